// SPDX-License-Identifier: Apache-2.0

package main

import (
	"reflect"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/version"
	"k8s.io/kube-openapi/pkg/common"
	"k8s.io/kube-openapi/pkg/util"
	"k8s.io/kube-openapi/pkg/validation/spec"
)

// The generated definitions of OpenAPI are not in the published modules, and server-side apply,
// kubectl and the server's own start need them: these are made from the Go types.
type definitions struct {
	ref  common.ReferenceCallback
	made map[string]common.OpenAPIDefinition
}

func definitionsOf(all []kinds) common.GetOpenAPIDefinitions {
	roots := []any{metav1.Status{}, metav1.DeleteOptions{}, metav1.Patch{}, metav1.APIGroup{},
		metav1.APIGroupList{}, metav1.APIResourceList{}, metav1.APIVersions{},
		metav1.WatchEvent{}, metav1.Table{}, metav1.PartialObjectMetadataList{}, version.Info{}}
	for _, group := range all {
		for _, object := range group.types {
			roots = append(roots, reflect.ValueOf(object).Elem().Interface())
		}
	}
	return func(ref common.ReferenceCallback) map[string]common.OpenAPIDefinition {
		d := definitions{ref, map[string]common.OpenAPIDefinition{}}
		for _, root := range roots {
			d.define(reflect.TypeOf(root))
		}
		return d.made
	}
}

func nameOf(t reflect.Type) string {
	return util.GetCanonicalTypeName(reflect.New(t).Interface())
}

// define makes the definition of a struct, and those of all that it holds.
func (d definitions) define(t reflect.Type) string {
	name := nameOf(t)
	if _, there := d.made[name]; there {
		return name
	}
	d.made[name] = common.OpenAPIDefinition{} // types may hold themselves
	schema := spec.Schema{SchemaProps: spec.SchemaProps{Type: spec.StringOrArray{"object"}}}
	docs := map[string]string{}
	value := reflect.New(t).Interface()
	if described, ok := value.(interface{ SwaggerDoc() map[string]string }); ok {
		docs = described.SwaggerDoc()
		schema.Description = docs[""]
	}
	needs := map[string]bool{}
	if typed, ok := value.(interface{ OpenAPISchemaType() []string }); ok {
		schema.Type = typed.OpenAPISchemaType()
		if formatted, ok := value.(interface{ OpenAPISchemaFormat() string }); ok {
			schema.Format = formatted.OpenAPISchemaFormat()
		}
	} else {
		d.members(t, docs, &schema, needs)
	}
	definition := common.OpenAPIDefinition{Schema: schema}
	for need := range needs {
		definition.Dependencies = append(definition.Dependencies, need)
	}
	d.made[name] = definition
	return name
}

func (d definitions) members(t reflect.Type, docs map[string]string, schema *spec.Schema, needs map[string]bool) {
	for i := range t.NumField() {
		member := t.Field(i)
		name, options, _ := strings.Cut(member.Tag.Get("json"), ",")
		if name == "-" || !member.IsExported() {
			continue
		}
		if member.Anonymous && name == "" {
			d.members(member.Type, docs, schema, needs)
			continue
		}
		property := d.schema(member.Type, needs)
		property.Description = docs[name]
		listKind(member, &property)
		schema.SetProperty(name, property)
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			schema.Required = append(schema.Required, name)
		}
	}
}

// listKind says how lists are merged, which the types tell for strategic merge patches.
func listKind(member reflect.StructField, property *spec.Schema) {
	strategy, key := member.Tag.Get("patchStrategy"), member.Tag.Get("patchMergeKey")
	if strategy != "" {
		property.AddExtension("x-kubernetes-patch-strategy", strategy)
	}
	if key != "" {
		property.AddExtension("x-kubernetes-patch-merge-key", key)
	}
	if !property.Type.Contains("array") || !strings.Contains(strategy, "merge") {
		return
	}
	if key == "" {
		property.AddExtension("x-kubernetes-list-type", "set")
		return
	}
	property.AddExtension("x-kubernetes-list-type", "map")
	property.AddExtension("x-kubernetes-list-map-keys", []any{key})
}

func (d definitions) schema(t reflect.Type, needs map[string]bool) spec.Schema {
	plain := func(kind, format string) spec.Schema {
		return spec.Schema{SchemaProps: spec.SchemaProps{Type: spec.StringOrArray{kind}, Format: format}}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return d.schema(t.Elem(), needs)
	case reflect.String:
		return plain("string", "")
	case reflect.Bool:
		return plain("boolean", "")
	case reflect.Int64, reflect.Int, reflect.Uint64, reflect.Uint32:
		return plain("integer", "int64")
	case reflect.Int32, reflect.Int16, reflect.Int8, reflect.Uint16, reflect.Uint8:
		return plain("integer", "int32")
	case reflect.Float32, reflect.Float64:
		return plain("number", "double")
	case reflect.Slice, reflect.Array:
		if t.Elem().Kind() == reflect.Uint8 {
			return plain("string", "byte")
		}
		list, of := plain("array", ""), d.schema(t.Elem(), needs)
		list.Items = &spec.SchemaOrArray{Schema: &of}
		return list
	case reflect.Map:
		dictionary, of := plain("object", ""), d.schema(t.Elem(), needs)
		dictionary.AdditionalProperties = &spec.SchemaOrBool{Allows: true, Schema: &of}
		return dictionary
	case reflect.Struct:
		name := d.define(t)
		needs[name] = true
		return spec.Schema{SchemaProps: spec.SchemaProps{Ref: d.ref(name)}}
	}
	return plain("object", "")
}
