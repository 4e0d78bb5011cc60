/* SPDX-License-Identifier: Apache-2.0 */
/* The objects that are settled though their pages are not, of a journal (k8s/journal.h). */
#ifndef EVC_K8S_JOURNAL_DONE_H
#define EVC_K8S_JOURNAL_DONE_H

#include "base/kv.h"
#include "k8s/journal_line.h"

typedef struct evc_journal_done {
    evc_kv objects; /* evc_object_key: u64 page, u8 how, version */
} evc_journal_done;

int evc_journal_done_add(evc_journal_done *done, uint64_t page,
                         const evc_kube_object *object, evc_settled how,
                         evc_error **err) EVC_MUST_CHECK;
bool evc_journal_done_has(const evc_journal_done *done, const evc_kube_object *object);
/* Up to an object by its key, whatever pages were; where that is not told (empty), up to a page. */
void evc_journal_done_drop(evc_journal_done *done, uint64_t page, evc_view reached);
size_t evc_journal_done_count(const evc_journal_done *done);
/* The line of one of them, in order of names. */
void evc_journal_done_line(const evc_journal_done *done, size_t index,
                           evc_journal_line *line);
void evc_journal_done_reset(evc_journal_done *done); /* fine on zeros */

#endif
