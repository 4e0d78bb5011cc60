/* SPDX-License-Identifier: Apache-2.0 */
/* The files of a kubeconfig, which count as one (k8s/kubeconfig.h says how). One thread. */
#ifndef EVC_K8S_KUBECONFIG_FILES_H
#define EVC_K8S_KUBECONFIG_FILES_H

#include "base/log.h"
#include "k8s/kubeconfig_place.h"

#define EVC_KUBECONFIG_FILES_MAX 32u

typedef struct evc_kubeconfig_files {
    struct evc_kubeconfig_file {
        char *path;
        char *folder;
        evc_yaml_doc *doc;
    } items[EVC_KUBECONFIG_FILES_MAX];
    size_t count;
} evc_kubeconfig_files;

/*
 * list: separated by colons; NULL = the variable KUBECONFIG, else ~/.kube/config. Zeros
 * *out first. FILE_NOT_FOUND (a list of one), KUBECONFIG (none of several is there; no
 * Config of v1), YAML, BAD_CREDENTIALS (a file that cannot be read), ARGUMENT, NOMEM.
 */
int evc_kubeconfig_files_open(const char *list, const evc_log *log,
                              evc_kubeconfig_files *out,
                              evc_error **err) EVC_MUST_CHECK;
/* One that is no file: text is what it holds, origin what messages call it ("of Alibaba
 * ACK"). KUBECONFIG, YAML, NOMEM. */
int evc_kubeconfig_files_take(evc_view text, const char *origin,
                              evc_kubeconfig_files *out,
                              evc_error **err) EVC_MUST_CHECK;
void evc_kubeconfig_files_close(evc_kubeconfig_files *files); /* wipes; fine on zeros */

/* The first file's current-context; NULL = none has one. Borrowed. */
int evc_kubeconfig_files_current(const evc_kubeconfig_files *files, const char **out,
                                 evc_error **err) EVC_MUST_CHECK;
/* what: "context", "cluster", "user". out->element is NULL when there is none of this name.
 * KUBECONFIG: a list that is none, a name twice in a file. */
int evc_kubeconfig_files_find(const evc_kubeconfig_files *files, const char *what,
                              const char *name, evc_kubeconfig_place *out,
                              evc_error **err) EVC_MUST_CHECK;
bool evc_kubeconfig_files_has_any(const evc_kubeconfig_files *files, const char *what);
/* For messages: the names that there are, "a, b and c", cut; or "none". Appended, with a
 * NUL behind them. */
void evc_kubeconfig_files_names(const evc_kubeconfig_files *files, const char *what,
                                evc_buf *out);

#endif
