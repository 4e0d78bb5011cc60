/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a kubeconfig says of one context (kubernetes.md 6.4; client-go tools/clientcmd:
 * api/v1/types.go, loader.go, client_config.go, validation.go).
 *
 * Of several files the first that has a context, cluster or user of a name gives all of it;
 * of current-context the first that has one. Files that are missing are passed over, unless
 * all are. Paths inside of a file are relative to its folder. Data in the file goes before
 * a path.
 */
#ifndef EVC_K8S_KUBECONFIG_H
#define EVC_K8S_KUBECONFIG_H

#include "base/log.h"
#include "k8s/access.h"

typedef struct evc_kubeconfig_wish {
    const char *files; /* separated by colons; NULL = KUBECONFIG, else ~/.kube/config */
    evc_view text; /* the kubeconfig itself, in the place of files: one that a service
                          gave; empty = none */
    const char *origin;  /* of text, for messages */
    const char *context; /* NULL = the current one */
    const char *cluster; /* NULL = the context's */
    const char *user;    /* same */
    bool no_user;        /* nothing of a user is wanted, nor looked at */
    bool allow_exec;     /* a credential plugin may be run */
} evc_kubeconfig_wish;

/*
 * Fills an initialised access. KUBECONFIG, YAML: what is wrong in which line of which file;
 * KUBE_EXEC (a plugin, not allowed), KUBE_INSECURE, FILE_NOT_FOUND (of the only file that
 * was named), BAD_CREDENTIALS (a file that cannot be read, a token or key that is too
 * long), ARGUMENT (more than EVC_KUBECONFIG_FILES_MAX), NOMEM. KUBECONFIG too: a text names
 * a file or program of this host, which a service has no business with.
 */
int evc_kubeconfig_read(const evc_kubeconfig_wish *wish, evc_arena *arena,
                        const evc_log *log, evc_kube_access *out,
                        evc_error **err) EVC_MUST_CHECK;

#endif
