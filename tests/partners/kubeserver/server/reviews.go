// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/authorization/authorizer"
	"k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
)

// created is what both reviews have in common: they are made and answered, and not kept.
type created struct{ singular string }

func (created) Destroy()                  {}
func (created) NamespaceScoped() bool     { return false }
func (c created) GetSingularName() string { return c.singular }

// accessReview answers "may I …?" by the server's own authorizer.
type accessReview struct {
	created
	authorizer authorizer.Authorizer
}

func (accessReview) New() runtime.Object { return &authorizationv1.SelfSubjectAccessReview{} }

func (r accessReview) Create(ctx context.Context, object runtime.Object,
	_ rest.ValidateObjectFunc, _ *metav1.CreateOptions) (runtime.Object, error) {
	review := object.(*authorizationv1.SelfSubjectAccessReview)
	who, ok := request.UserFrom(ctx)
	if !ok {
		return nil, apierrors.NewBadRequest("no user present on request")
	}
	asked := authorizer.AttributesRecord{User: who}
	switch resource, path := review.Spec.ResourceAttributes, review.Spec.NonResourceAttributes; {
	case (resource == nil) == (path == nil):
		return nil, apierrors.NewBadRequest("exactly one of resourceAttributes and nonResourceAttributes is needed")
	case resource != nil:
		asked.Verb, asked.Namespace, asked.Name = resource.Verb, resource.Namespace, resource.Name
		asked.APIGroup, asked.APIVersion = resource.Group, resource.Version
		asked.Resource, asked.Subresource = resource.Resource, resource.Subresource
		asked.ResourceRequest = true
	default:
		asked.Verb, asked.Path = path.Verb, path.Path
	}
	decision, reason, err := r.authorizer.Authorize(ctx, asked)
	review.Status = authorizationv1.SubjectAccessReviewStatus{
		Allowed: decision == authorizer.DecisionAllow,
		Denied:  decision == authorizer.DecisionDeny,
		Reason:  reason,
	}
	if err != nil {
		review.Status.EvaluationError = err.Error()
	}
	return review, nil
}

// selfReview answers "who am I?".
type selfReview struct{ created }

func (selfReview) New() runtime.Object { return &authenticationv1.SelfSubjectReview{} }

func (selfReview) Create(ctx context.Context, object runtime.Object,
	_ rest.ValidateObjectFunc, _ *metav1.CreateOptions) (runtime.Object, error) {
	who, ok := request.UserFrom(ctx)
	if !ok {
		return nil, apierrors.NewBadRequest("no user present on request")
	}
	review := object.(*authenticationv1.SelfSubjectReview)
	extra := map[string]authenticationv1.ExtraValue{}
	for name, values := range who.GetExtra() {
		extra[name] = values
	}
	review.Status.UserInfo = authenticationv1.UserInfo{
		Username: who.GetName(), UID: who.GetUID(), Groups: who.GetGroups(), Extra: extra}
	return review, nil
}
