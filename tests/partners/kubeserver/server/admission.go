// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"

	"k8s.io/apimachinery/pkg/util/sets"
	"k8s.io/apiserver/pkg/admission"
	"k8s.io/apiserver/pkg/admission/initializer"
	"k8s.io/apiserver/pkg/admission/plugin/namespace/lifecycle"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/mutating"
	"k8s.io/apiserver/pkg/admission/plugin/webhook/validating"
	genericapiserver "k8s.io/apiserver/pkg/server"
	utilfeature "k8s.io/apiserver/pkg/util/feature"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
)

// newAdmission gives the plugins that may refuse what is written: nothing is made in a namespace
// that is not there, and, if webhooks are wanted, the webhooks that objects of
// admissionregistration.k8s.io name are asked. All of it is the machinery's own.
func (s *settings) newAdmission(ctx context.Context, config *genericapiserver.Config,
	client kubernetes.Interface, informed informers.SharedInformerFactory) (admission.Interface, error) {
	guard, err := lifecycle.NewLifecycle(sets.New(s.namespaces...))
	if err != nil {
		return nil, err
	}
	plugins := []admission.Interface{guard}
	if s.webhooks {
		changing, err := mutating.NewMutatingWebhook(nil)
		if err != nil {
			return nil, err
		}
		refusing, err := validating.NewValidatingAdmissionWebhook(nil)
		if err != nil {
			return nil, err
		}
		plugins = append(plugins, changing, refusing)
	}
	all := initializer.New(client, nil, informed, config.Authorization.Authorizer,
		utilfeature.DefaultFeatureGate, config.EffectiveVersion, ctx.Done(), nil)
	for _, plugin := range plugins {
		all.Initialize(plugin)
		if err := admission.ValidateInitialization(plugin); err != nil {
			return nil, err
		}
	}
	return admission.NewChainHandler(plugins...), nil
}
