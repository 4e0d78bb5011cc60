/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One context, cluster or user of a kubeconfig, where it stands, and its members. Every
 * error names the file, the line and whose member it is. One thread; all of it borrowed
 * from the files.
 */
#ifndef EVC_K8S_KUBECONFIG_PLACE_H
#define EVC_K8S_KUBECONFIG_PLACE_H

#include "base/buf.h"
#include "codec/yaml.h"

typedef struct evc_kubeconfig_place {
    const evc_yaml *element; /* of the list that it is in; NULL = there is none */
    const evc_yaml *node;    /* its map; NULL = an empty one */
    const char *what;        /* "context", "cluster", "user" */
    const char *name;
    const char *path;   /* of the file */
    const char *folder; /* that the file's own paths are relative to; NULL = it is no
                           file, and may have no paths */
} evc_kubeconfig_place;

/* "line 7 of the kubeconfig /path, user "dev": why". at: whose line; NULL = the place's. */
int evc_kubeconfig_refuse(const evc_kubeconfig_place *place, const evc_yaml *at,
                          int code, const char *why, evc_error **err);
/* An error of a typed member, which names no file yet, with the file. Returns rc. */
int evc_kubeconfig_told(const evc_kubeconfig_place *place, int rc, evc_error **err);

/* Members of a map of the place: NULL and empty texts alike are absent, and leave *out
 * alone. YAML, NOMEM. */
int evc_kubeconfig_text(const evc_kubeconfig_place *place, const evc_yaml *map,
                        const char *name, const char **out,
                        evc_error **err) EVC_MUST_CHECK;
int evc_kubeconfig_copy(const evc_kubeconfig_place *place, const evc_yaml *map,
                        const char *name, char **out, evc_error **err) EVC_MUST_CHECK;
int evc_kubeconfig_bool(const evc_kubeconfig_place *place, const evc_yaml *map,
                        const char *name, bool *out, evc_error **err) EVC_MUST_CHECK;
int evc_kubeconfig_list(const evc_kubeconfig_place *place, const evc_yaml *map,
                        const char *name, const evc_yaml **out,
                        evc_error **err) EVC_MUST_CHECK;
int evc_kubeconfig_map(const evc_kubeconfig_place *place, const evc_yaml *map,
                       const char *name, const evc_yaml **out,
                       evc_error **err) EVC_MUST_CHECK;
/* The text at index of a list; what is none, or is empty, is refused. */
int evc_kubeconfig_item(const evc_kubeconfig_place *place, const evc_yaml *list,
                        size_t index, const char **out, evc_error **err) EVC_MUST_CHECK;
/* A path, made absolute by the file's folder unless it is. KUBECONFIG: there is none. */
int evc_kubeconfig_path(const evc_kubeconfig_place *place, const char *name, char **out,
                        evc_error **err) EVC_MUST_CHECK;
int evc_kubeconfig_resolve(const evc_kubeconfig_place *place, const char *path,
                           char **out, evc_error **err) EVC_MUST_CHECK;
/*
 * Base64 of PEM text, appended to out, which is secret for all we know; line ends in it are
 * passed over, as Go does. *found: it was there. KUBECONFIG: no base64, no PEM.
 */
int evc_kubeconfig_data(const evc_kubeconfig_place *place, const char *name,
                        evc_buf *out, bool *found, evc_error **err) EVC_MUST_CHECK;

#endif
