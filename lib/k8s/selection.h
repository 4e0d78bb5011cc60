/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which objects a re-encryption is about: all, those of some namespaces, those of a file of
 * names. (Labels are the server's to judge, and only kept in text.) It remembers what of it was met.
 * One thread.
 */
#ifndef EVC_K8S_SELECTION_H
#define EVC_K8S_SELECTION_H

#include "crypto/crypto.h"
#include "k8s/resource.h"

#define EVC_SELECTION_FILE_MAX ((size_t)64 * 1024 * 1024)

typedef struct evc_selection {
    char *text; /* what namespaces and names point into */
    size_t text_size;
    evc_view *names; /* "ns/name" in order of bytes, each once; NULL = all */
    size_t name_count;
    char **namespaces; /* in order of keys, each once; NULL = all */
    size_t namespace_count;
    bool *met; /* by name, or by namespace where there are no names; NULL = all */
    evc_buf described; /* the same for the same selection; of the journal */
} evc_selection;

/*
 * namespaces: separated by commas; names_file: lines NAMESPACE/NAME, or NAME of objects
 * without namespace; empty lines and such that begin with # do not count. Each, and labels,
 * may be NULL. With names, the namespaces are theirs. ARGUMENT: what cannot be a name, which
 * the message tells with its line; FILE_…, IO, NOMEM.
 */
int evc_selection_open(evc_crypto *crypto, const char *namespaces, const char *labels,
                       const char *names_file, evc_selection *out,
                       evc_error **err) EVC_MUST_CHECK;
void evc_selection_close(evc_selection *selection); /* fine on zeros */
/*
 * ARGUMENT: names without namespace of a resource that has namespaces, which would be looked for
 * in all of them; namespaces for a resource that has none.
 */
int evc_selection_suits(const evc_selection *selection,
                        const evc_kube_resource *resource,
                        evc_error **err) EVC_MUST_CHECK;

/* The lists that have them all: of a namespace each, or one of all, which is NULL. */
size_t evc_selection_lists(const evc_selection *selection);
const char *evc_selection_list(const evc_selection *selection, size_t index);
/* By namespace and name, of an object that there is: that it was met is remembered. */
bool evc_selection_has(const evc_selection *selection, const char *ns,
                       const char *name);
/*
 * What was selected and never met: names, or namespaces where no names were given. From *at on,
 * which moves behind it; false = no more. A name is "ns/name", or "name" of no namespace.
 */
bool evc_selection_missed(const evc_selection *selection, size_t *at, evc_view *out);
const char *evc_selection_text(const evc_selection *selection);

#endif
