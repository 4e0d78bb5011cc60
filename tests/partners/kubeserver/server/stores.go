// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"errors"
	"reflect"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	migrationv1 "k8s.io/api/storagemigration/v1"
	migrationv1beta1 "k8s.io/api/storagemigration/v1beta1"
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/validation"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilvalidation "k8s.io/apimachinery/pkg/util/validation"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/apiserver/pkg/registry/generic"
	genericregistry "k8s.io/apiserver/pkg/registry/generic/registry"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/apiserver/pkg/storage/names"
)

// strategy is what one resource asks of its objects beyond what all do. old is nil when an
// object is made.
type strategy struct {
	runtime.ObjectTyper
	names.NameGenerator
	namespaced bool
	prepare    func(object, old runtime.Object)
	validate   func(object, old runtime.Object) field.ErrorList
}

func (s strategy) NamespaceScoped() bool                                   { return s.namespaced }
func (strategy) AllowCreateOnUpdate(context.Context) bool                  { return false }
func (strategy) AllowUnconditionalUpdate(context.Context) bool             { return true }
func (strategy) Canonicalize(runtime.Object)                               {}
func (strategy) WarningsOnCreate(context.Context, runtime.Object) []string { return nil }
func (strategy) WarningsOnUpdate(_ context.Context, _, _ runtime.Object) []string {
	return nil
}

func (s strategy) PrepareForCreate(_ context.Context, object runtime.Object) {
	if s.prepare != nil {
		s.prepare(object, nil)
	}
}

func (s strategy) PrepareForUpdate(_ context.Context, object, old runtime.Object) {
	if s.prepare != nil {
		s.prepare(object, old)
	}
}

func (s strategy) Validate(_ context.Context, object runtime.Object) field.ErrorList {
	return s.check(object, nil)
}

func (s strategy) ValidateUpdate(_ context.Context, object, old runtime.Object) field.ErrorList {
	return s.check(object, old)
}

func (s strategy) check(object, old runtime.Object) field.ErrorList {
	meta := object.(metav1.Object)
	name := validation.NameIsDNSSubdomain
	if _, ok := object.(*corev1.Namespace); ok {
		name = validation.ValidateNamespaceName
	}
	errs := validation.ValidateObjectMetaAccessor(meta, s.namespaced, name, field.NewPath("metadata"))
	if old != nil {
		errs = append(errs, validation.ValidateObjectMetaAccessorUpdate(meta, old.(metav1.Object),
			field.NewPath("metadata"))...)
	}
	if s.validate != nil {
		errs = append(errs, s.validate(object, old)...)
	}
	return errs
}

// newStore is the storage of one resource, on the machinery's own generic store.
func newStore(scheme *runtime.Scheme, getter generic.RESTOptionsGetter, resource schema.GroupResource,
	singular string, object, list runtime.Object, own strategy) (*genericregistry.Store, error) {
	own.ObjectTyper, own.NameGenerator = scheme, names.SimpleNameGenerator
	fresh := func(of runtime.Object) func() runtime.Object {
		kind := reflect.TypeOf(of).Elem()
		return func() runtime.Object { return reflect.New(kind).Interface().(runtime.Object) }
	}
	store := &genericregistry.Store{
		NewFunc:                   fresh(object),
		NewListFunc:               fresh(list),
		DefaultQualifiedResource:  resource,
		SingularQualifiedResource: schema.GroupResource{Group: resource.Group, Resource: singular},
		CreateStrategy:            own,
		UpdateStrategy:            own,
		DeleteStrategy:            own,
		TableConvertor:            rest.NewDefaultTableConvertor(resource),
	}
	return store, store.CompleteWithOptions(&generic.StoreOptions{
		RESTOptions: getter, AttrFunc: attributes})
}

func attributes(object runtime.Object) (labels.Set, fields.Set, error) {
	meta, ok := object.(metav1.Object)
	if !ok {
		return nil, nil, errors.New("an object without metadata")
	}
	set := fields.Set{"metadata.name": meta.GetName()}
	if meta.GetNamespace() != "" {
		set["metadata.namespace"] = meta.GetNamespace()
	}
	switch of := object.(type) {
	case *corev1.Secret:
		set["type"] = string(of.Type)
	case *corev1.Namespace:
		set["status.phase"] = string(of.Status.Phase)
	}
	return meta.GetLabels(), set, nil
}

var secretStrategy = strategy{
	namespaced: true,
	validate: func(object, old runtime.Object) field.ErrorList {
		secret := object.(*corev1.Secret)
		errs := checkData(len(secret.Data), func(yield func(string, int)) {
			for name, value := range secret.Data {
				yield(name, len(value))
			}
		})
		if old == nil {
			return errs
		}
		was := old.(*corev1.Secret)
		errs = append(errs, validation.ValidateImmutableField(secret.Type, was.Type, field.NewPath("type"))...)
		return append(errs, checkImmutable(was.Immutable, secret.Immutable,
			equality.Semantic.DeepEqual(was.Data, secret.Data))...)
	},
}

var configMapStrategy = strategy{
	namespaced: true,
	validate: func(object, old runtime.Object) field.ErrorList {
		config := object.(*corev1.ConfigMap)
		errs := checkData(len(config.Data)+len(config.BinaryData), func(yield func(string, int)) {
			for name, value := range config.Data {
				yield(name, len(value))
			}
			for name, value := range config.BinaryData {
				yield(name, len(value))
			}
		})
		if old == nil {
			return errs
		}
		was := old.(*corev1.ConfigMap)
		return append(errs, checkImmutable(was.Immutable, config.Immutable,
			equality.Semantic.DeepEqual(was.Data, config.Data) &&
				equality.Semantic.DeepEqual(was.BinaryData, config.BinaryData))...)
	},
}

func checkData(count int, each func(func(name string, size int))) field.ErrorList {
	errs, total := field.ErrorList{}, 0
	each(func(name string, size int) {
		total += size
		for _, text := range utilvalidation.IsConfigMapKey(name) {
			errs = append(errs, field.Invalid(field.NewPath("data").Key(name), name, text))
		}
	})
	if total > corev1.MaxSecretSize {
		errs = append(errs, field.TooLong(field.NewPath("data"), "", corev1.MaxSecretSize))
	}
	return errs
}

func checkImmutable(was, is *bool, sameData bool) field.ErrorList {
	if was == nil || !*was {
		return nil
	}
	if is == nil || !*is {
		return field.ErrorList{field.Forbidden(field.NewPath("immutable"),
			"field is immutable when `immutable` is set")}
	}
	if !sameData {
		return field.ErrorList{field.Forbidden(field.NewPath("data"),
			"field is immutable when `immutable` is set")}
	}
	return nil
}

// A namespace goes at once, and what is in it stays: nothing here runs behind the server.
var namespaceStrategy = strategy{
	prepare: func(object, old runtime.Object) {
		namespace := object.(*corev1.Namespace)
		namespace.Status = corev1.NamespaceStatus{Phase: corev1.NamespaceActive}
		namespace.Spec.Finalizers = nil
	},
}

var leaseStrategy = strategy{
	namespaced: true,
	validate: func(object, _ runtime.Object) field.ErrorList {
		spec, errs := object.(*coordinationv1.Lease).Spec, field.ErrorList{}
		if spec.LeaseDurationSeconds != nil && *spec.LeaseDurationSeconds <= 0 {
			errs = append(errs, field.Invalid(field.NewPath("spec", "leaseDurationSeconds"),
				*spec.LeaseDurationSeconds, "must be greater than 0"))
		}
		if spec.LeaseTransitions != nil && *spec.LeaseTransitions < 0 {
			errs = append(errs, field.Invalid(field.NewPath("spec", "leaseTransitions"),
				*spec.LeaseTransitions, "must be greater than or equal to 0"))
		}
		return errs
	},
}

// Migrations: who writes the object cannot write its status, and who writes the status cannot
// write the rest, as in the real server.
var migrationStrategy = strategy{
	prepare: func(object, old runtime.Object) {
		switch is := object.(type) {
		case *migrationv1.StorageVersionMigration:
			is.Status = migrationv1.StorageVersionMigrationStatus{}
			if was, ok := old.(*migrationv1.StorageVersionMigration); ok {
				is.Status = was.Status
			}
		case *migrationv1beta1.StorageVersionMigration:
			is.Status = migrationv1beta1.StorageVersionMigrationStatus{}
			if was, ok := old.(*migrationv1beta1.StorageVersionMigration); ok {
				is.Status = was.Status
			}
		}
	},
	validate: func(object, old runtime.Object) field.ErrorList {
		resource := func(of runtime.Object) metav1.GroupResource {
			switch is := of.(type) {
			case *migrationv1.StorageVersionMigration:
				return is.Spec.Resource
			case *migrationv1beta1.StorageVersionMigration:
				return is.Spec.Resource
			}
			return metav1.GroupResource{}
		}
		path := field.NewPath("spec", "resource")
		if resource(object).Resource == "" {
			return field.ErrorList{field.Required(path.Child("resource"), "resource is required")}
		}
		if old != nil {
			return validation.ValidateImmutableField(resource(object), resource(old), path)
		}
		return nil
	},
}

var migrationStatusStrategy = strategy{
	prepare: func(object, old runtime.Object) {
		switch is := object.(type) {
		case *migrationv1.StorageVersionMigration:
			is.Spec = old.(*migrationv1.StorageVersionMigration).Spec
		case *migrationv1beta1.StorageVersionMigration:
			is.Spec = old.(*migrationv1beta1.StorageVersionMigration).Spec
		}
	},
}

// statusOf is the status subresource over the store of its resource.
type statusOf struct{ store *genericregistry.Store }

func newStatus(scheme *runtime.Scheme, of *genericregistry.Store, own strategy) *statusOf {
	own.ObjectTyper, own.NameGenerator = scheme, names.SimpleNameGenerator
	store := *of
	store.CreateStrategy, store.UpdateStrategy = nil, own
	return &statusOf{&store}
}

func (s *statusOf) New() runtime.Object { return s.store.New() }
func (s *statusOf) Destroy()            {}

func (s *statusOf) Get(ctx context.Context, name string, options *metav1.GetOptions) (runtime.Object, error) {
	return s.store.Get(ctx, name, options)
}

func (s *statusOf) Update(ctx context.Context, name string, info rest.UpdatedObjectInfo,
	create rest.ValidateObjectFunc, update rest.ValidateObjectUpdateFunc, _ bool,
	options *metav1.UpdateOptions) (runtime.Object, bool, error) {
	return s.store.Update(ctx, name, info, create, update, false, options)
}

func (s *statusOf) ConvertToTable(ctx context.Context, object, options runtime.Object) (*metav1.Table, error) {
	return s.store.ConvertToTable(ctx, object, options)
}

// newStores makes the storage of all resources: of the core group, of leases, of migrations.
func newStores(scheme *runtime.Scheme, getter generic.RESTOptionsGetter, migration string) (
	core, leases, migrations map[string]rest.Storage, err error) {
	core, leases, migrations = map[string]rest.Storage{}, map[string]rest.Storage{}, map[string]rest.Storage{}
	add := func(to map[string]rest.Storage, group, plural, singular string, object, list runtime.Object,
		own strategy) *genericregistry.Store {
		store, e := newStore(scheme, getter, schema.GroupResource{Group: group, Resource: plural},
			singular, object, list, own)
		err = errors.Join(err, e)
		to[plural] = store
		return store
	}
	add(core, "", "secrets", "secret", &corev1.Secret{}, &corev1.SecretList{}, secretStrategy)
	core["configmaps"] = shortNamed{add(core, "", "configmaps", "configmap",
		&corev1.ConfigMap{}, &corev1.ConfigMapList{}, configMapStrategy), "cm"}
	core["namespaces"] = shortNamed{add(core, "", "namespaces", "namespace",
		&corev1.Namespace{}, &corev1.NamespaceList{}, namespaceStrategy), "ns"}
	add(leases, "coordination.k8s.io", "leases", "lease",
		&coordinationv1.Lease{}, &coordinationv1.LeaseList{}, leaseStrategy)
	var object, list runtime.Object
	switch migration {
	case "v1":
		object, list = &migrationv1.StorageVersionMigration{}, &migrationv1.StorageVersionMigrationList{}
	case "v1beta1":
		object, list = &migrationv1beta1.StorageVersionMigration{}, &migrationv1beta1.StorageVersionMigrationList{}
	default:
		return core, leases, migrations, err
	}
	store := add(migrations, "storagemigration.k8s.io", "storageversionmigrations",
		"storageversionmigration", object, list, migrationStrategy)
	migrations["storageversionmigrations/status"] = newStatus(scheme, store, migrationStatusStrategy)
	return core, leases, migrations, err
}

// newWebhookStores makes the storage of what names webhooks. Its defaults are not in the published
// modules: who makes an object fills in every member.
func newWebhookStores(scheme *runtime.Scheme, getter generic.RESTOptionsGetter) (map[string]rest.Storage, error) {
	const group = "admissionregistration.k8s.io"
	changing, err := newStore(scheme, getter,
		schema.GroupResource{Group: group, Resource: "mutatingwebhookconfigurations"},
		"mutatingwebhookconfiguration", &admissionv1.MutatingWebhookConfiguration{},
		&admissionv1.MutatingWebhookConfigurationList{}, strategy{})
	if err != nil {
		return nil, err
	}
	refusing, err := newStore(scheme, getter,
		schema.GroupResource{Group: group, Resource: "validatingwebhookconfigurations"},
		"validatingwebhookconfiguration", &admissionv1.ValidatingWebhookConfiguration{},
		&admissionv1.ValidatingWebhookConfigurationList{}, strategy{})
	return map[string]rest.Storage{
		"mutatingwebhookconfigurations": changing, "validatingwebhookconfigurations": refusing}, err
}

// shortNamed is a store whose resource kubectl also knows by a short name.
type shortNamed struct {
	*genericregistry.Store
	short string
}

func (s shortNamed) ShortNames() []string { return []string{s.short} }
