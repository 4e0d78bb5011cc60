// SPDX-License-Identifier: Apache-2.0

package main

import (
	"fmt"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	authenticationv1 "k8s.io/api/authentication/v1"
	authorizationv1 "k8s.io/api/authorization/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	migrationv1 "k8s.io/api/storagemigration/v1"
	migrationv1beta1 "k8s.io/api/storagemigration/v1beta1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilruntime "k8s.io/apimachinery/pkg/util/runtime"
)

// kinds of one API group in one version. The machinery wants internal types too: the published
// modules have none, so the same Go types are registered a second time as __internal.
type kinds struct {
	version schema.GroupVersion
	add     func(*runtime.Scheme) error
	types   []runtime.Object
}

func servedKinds(migration string, webhooks bool) ([]kinds, error) {
	all := []kinds{
		{corev1.SchemeGroupVersion, corev1.AddToScheme, []runtime.Object{
			&corev1.Secret{}, &corev1.SecretList{}, &corev1.ConfigMap{}, &corev1.ConfigMapList{},
			&corev1.Namespace{}, &corev1.NamespaceList{}}},
		{coordinationv1.SchemeGroupVersion, coordinationv1.AddToScheme, []runtime.Object{
			&coordinationv1.Lease{}, &coordinationv1.LeaseList{}}},
		{authorizationv1.SchemeGroupVersion, authorizationv1.AddToScheme, []runtime.Object{
			&authorizationv1.SelfSubjectAccessReview{}}},
		{authenticationv1.SchemeGroupVersion, authenticationv1.AddToScheme, []runtime.Object{
			&authenticationv1.SelfSubjectReview{}}},
	}
	if webhooks {
		all = append(all, kinds{admissionv1.SchemeGroupVersion, admissionv1.AddToScheme, []runtime.Object{
			&admissionv1.MutatingWebhookConfiguration{}, &admissionv1.MutatingWebhookConfigurationList{},
			&admissionv1.ValidatingWebhookConfiguration{}, &admissionv1.ValidatingWebhookConfigurationList{}}})
	}
	switch migration {
	case "":
	case "v1":
		all = append(all, kinds{migrationv1.SchemeGroupVersion, migrationv1.AddToScheme,
			[]runtime.Object{&migrationv1.StorageVersionMigration{},
				&migrationv1.StorageVersionMigrationList{}}})
	case "v1beta1":
		all = append(all, kinds{migrationv1beta1.SchemeGroupVersion, migrationv1beta1.AddToScheme,
			[]runtime.Object{&migrationv1beta1.StorageVersionMigration{},
				&migrationv1beta1.StorageVersionMigrationList{}}})
	default:
		return nil, fmt.Errorf("there is no version %q of storagemigration.k8s.io", migration)
	}
	return all, nil
}

// newScheme makes the scheme that serves, and one without internal types, which names the
// definitions of OpenAPI.
func newScheme(all []kinds) (serving, naming *runtime.Scheme) {
	serving, naming = runtime.NewScheme(), runtime.NewScheme()
	v1 := schema.GroupVersion{Version: "v1"}
	for _, scheme := range []*runtime.Scheme{serving, naming} {
		for _, group := range all {
			utilruntime.Must(group.add(scheme))
		}
		metav1.AddToGroupVersion(scheme, v1)
		scheme.AddUnversionedTypes(v1, &metav1.Status{}, &metav1.APIVersions{},
			&metav1.APIGroupList{}, &metav1.APIGroup{}, &metav1.APIResourceList{})
	}
	for _, group := range all {
		internal := schema.GroupVersion{Group: group.version.Group,
			Version: runtime.APIVersionInternal}
		serving.AddKnownTypes(internal, group.types...)
		utilruntime.Must(serving.SetVersionPriority(group.version))
	}
	for _, kind := range []string{"Secret", "ConfigMap", "Namespace"} {
		utilruntime.Must(serving.AddFieldLabelConversionFunc(v1.WithKind(kind), selectable))
	}
	serving.AddTypeDefaultingFunc(&corev1.Secret{}, func(o any) { completeSecret(o.(*corev1.Secret)) })
	serving.AddTypeDefaultingFunc(&corev1.SecretList{}, func(o any) {
		for i := range o.(*corev1.SecretList).Items {
			completeSecret(&o.(*corev1.SecretList).Items[i])
		}
	})
	return serving, naming
}

func selectable(label, value string) (string, string, error) {
	switch label {
	case "metadata.name", "metadata.namespace", "type", "status.phase":
		return label, value, nil
	}
	return "", "", fmt.Errorf("%q is not a known field selector", label)
}

// completeSecret does what the real server's conversion and defaults do.
func completeSecret(secret *corev1.Secret) {
	if secret.Type == "" {
		secret.Type = corev1.SecretTypeOpaque
	}
	for name, text := range secret.StringData {
		if secret.Data == nil {
			secret.Data = map[string][]byte{}
		}
		secret.Data[name] = []byte(text)
	}
	secret.StringData = nil
}
