/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which names Kubernetes takes (k8s.io/apimachinery, pkg/util/validation). Pure. No name that
 * passes holds a slash (but the one of a qualified name), a percent sign, or two dots in a
 * row, so it can stand in a path.
 */
#ifndef EVC_K8S_NAMES_H
#define EVC_K8S_NAMES_H

#include <stdbool.h>

#include "base/view.h"

/* RFC 1123 label: 1 to 63 of a-z 0-9 -, first and last a letter or digit. */
bool evc_kube_is_label(evc_view text);
/* RFC 1123 subdomain: labels of any length with dots between, 253 in all. */
bool evc_kube_is_subdomain(evc_view text);
/*
 * Name of an object of this group ("" = core): a subdomain. Those of RBAC are held to less
 * ("system:node"): 1 to 253 printable characters of ASCII without space, slash and percent
 * sign, and not one or two dots (pkg/api/validation/path).
 */
bool evc_kube_is_object_name(const char *group, evc_view text);
/* Key of an annotation or label: [subdomain/]name, the name 1 to 63 of A-Z a-z 0-9 - _ . with
 * a letter or digit at both ends. */
bool evc_kube_is_qualified_name(evc_view text);
/*
 * Whether a qualified name is Kubernetes' own: its domain is kubernetes.io, k8s.io, or below one of
 * them (kubernetes.io, "Labels and Selectors", "Annotations": reserved for core components).
 */
bool evc_kube_is_reserved_name(evc_view text);
/* Something opaque of the server's: 1 to max printable characters of ASCII without space. */
bool evc_kube_is_opaque(evc_view text, size_t max);
/* A version of an API: v1, v2beta3. */
bool evc_kube_is_api_version(evc_view text);

#endif
