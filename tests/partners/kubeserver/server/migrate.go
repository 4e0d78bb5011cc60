// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"encoding/json"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/metadata"
	restclient "k8s.io/client-go/rest"
	"k8s.io/klog/v2"
)

// migrator carries out StorageVersionMigration objects, as kube-controller-manager's controller
// does: every object of the resource is patched with nothing, held to its uid and version.
type migrator struct {
	migrations dynamic.NamespaceableResourceInterface
	objects    metadata.Interface
	served     map[schema.GroupResource]string // version
}

func newMigrator(version string, served []schema.GroupVersionResource, config *restclient.Config) (*migrator, error) {
	unlimited := restclient.CopyConfig(config)
	unlimited.QPS = -1
	migrations, err := dynamic.NewForConfig(unlimited)
	if err != nil {
		return nil, err
	}
	objects, err := metadata.NewForConfig(unlimited)
	if err != nil {
		return nil, err
	}
	m := &migrator{
		migrations: migrations.Resource(schema.GroupVersionResource{
			Group: "storagemigration.k8s.io", Version: version, Resource: "storageversionmigrations"}),
		objects: objects, served: map[schema.GroupResource]string{}}
	for _, resource := range served {
		m.served[resource.GroupResource()] = resource.Version
	}
	return m, nil
}

func (m *migrator) run(ctx context.Context) {
	for ctx.Err() == nil {
		list, err := m.migrations.List(ctx, metav1.ListOptions{})
		if err != nil {
			klog.ErrorS(err, "migrations are not listed")
		} else {
			for i := range list.Items {
				m.carryOut(ctx, &list.Items[i])
			}
		}
		select {
		case <-ctx.Done():
		case <-time.After(200 * time.Millisecond):
		}
	}
}

func (m *migrator) carryOut(ctx context.Context, migration *unstructured.Unstructured) {
	conditions, _, _ := unstructured.NestedSlice(migration.Object, "status", "conditions")
	for _, c := range conditions {
		kind := c.(map[string]any)["type"]
		if kind == "Succeeded" || kind == "Failed" {
			return
		}
	}
	if len(conditions) == 0 {
		m.say(ctx, migration, "Running", "True", "")
	}
	if err := m.rewrite(ctx, migration); err != nil {
		klog.ErrorS(err, "a migration failed", "name", migration.GetName())
		m.say(ctx, migration, "Failed", "True", "StorageVersionMigrationFailed")
		return
	}
	m.say(ctx, migration, "Succeeded", "True", "StorageVersionMigrationSucceeded")
}

// say sets a condition, and takes back that it is running when it is over.
func (m *migrator) say(ctx context.Context, migration *unstructured.Unstructured, kind, status, reason string) {
	now := time.Now().UTC().Format(time.RFC3339)
	conditions := []any{map[string]any{"type": kind, "status": status, "reason": reason,
		"lastTransitionTime": now, "lastUpdateTime": now}}
	if kind != "Running" {
		conditions = append(conditions, map[string]any{"type": "Running", "status": "False",
			"reason": reason, "lastTransitionTime": now, "lastUpdateTime": now})
	}
	patch, err := json.Marshal(map[string]any{"status": map[string]any{"conditions": conditions}})
	if err == nil {
		_, err = m.migrations.Patch(ctx, migration.GetName(), types.MergePatchType, patch,
			metav1.PatchOptions{}, "status")
	}
	if err != nil {
		klog.ErrorS(err, "a migration's status is not written", "name", migration.GetName())
	}
}

func (m *migrator) rewrite(ctx context.Context, migration *unstructured.Unstructured) error {
	group, _, _ := unstructured.NestedString(migration.Object, "spec", "resource", "group")
	name, _, _ := unstructured.NestedString(migration.Object, "spec", "resource", "resource")
	asked := schema.GroupResource{Group: group, Resource: name}
	version, ok := m.served[asked]
	if !ok {
		return apierrors.NewNotFound(asked, "")
	}
	objects := m.objects.Resource(asked.WithVersion(version))
	options := metav1.ListOptions{Limit: 500}
	for {
		page, err := objects.List(ctx, options)
		if err != nil {
			return err
		}
		for _, object := range page.Items {
			patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
				"uid": object.UID, "resourceVersion": object.ResourceVersion}})
			if err != nil {
				return err
			}
			_, err = objects.Namespace(object.Namespace).Patch(ctx, object.Name,
				types.MergePatchType, patch, metav1.PatchOptions{})
			// Written or gone meanwhile: done by somebody else.
			if err != nil && !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
				return err
			}
		}
		if options.Continue = page.Continue; options.Continue == "" {
			return nil
		}
	}
}
