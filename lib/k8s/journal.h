/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file by which an interrupted re-encryption goes on, and which keeps, after its end, what
 * it showed (security.md 5.5, rows 57 and 59). Lines of JSON with checksums (doc/format.md); a
 * torn tail is dropped, a changed line or a file of another cluster is refused. Locked while a
 * run has it. It holds names of objects and nothing of their content. Mode 0600, and one of
 * another user is refused. It stays small however many objects there are: what settled pages
 * said is dropped now and then. One thread.
 */
#ifndef EVC_K8S_JOURNAL_H
#define EVC_K8S_JOURNAL_H

#include "base/file.h"
#include "k8s/journal_line.h"

typedef struct evc_kube_journal evc_kube_journal;

/*
 * Opens or makes it. found: there is an unfinished run, which *run then tells; or the last
 * finished one, whose ended_ms is set. JOURNAL (damaged), JOURNAL_OTHER (another cluster,
 * resource or selection), FILE_…, FILE_BUSY (another run has it), NO_SPACE, NOMEM.
 */
int evc_kube_journal_open(evc_crypto *crypto, const char *path,
                          const evc_kube_run_id *id, evc_kube_journal **out,
                          evc_kube_run *run, bool *found,
                          evc_error **err) EVC_MUST_CHECK;

/* Of what it had when it was opened, and of what was written since: */
/*
 * The latest finished run that showed that the server sees what is stale, by
 * evc_kube_run_is_shown(); NULL = none.
 */
const evc_kube_run *evc_kube_journal_shown(const evc_kube_journal *journal);
const evc_kube_run *evc_kube_journal_ended(const evc_kube_journal *journal);
/* The latest reading of etcd before that time; NULL = none. Until the next is kept. */
const evc_kube_reading *evc_kube_journal_read_before(const evc_kube_journal *journal,
                                                     int64_t since_ms);
uint64_t evc_kube_journal_pages(const evc_kube_journal *journal); /* settled */
const char *evc_kube_journal_ns(const evc_kube_journal *journal); /* whose list … */
evc_view evc_kube_journal_token(const evc_kube_journal *journal); /* … goes on so … */
/* … behind this object, by its key; empty = not told. */
evc_view evc_kube_journal_reached(const evc_kube_journal *journal);
/* Whether it is settled, though its page is not. */
bool evc_kube_journal_has(const evc_kube_journal *journal,
                          const evc_kube_object *object);

/* A new run; what the file had of an earlier one goes, but shown, ended and readings. Synced. */
int evc_kube_journal_begin(evc_kube_journal *journal, const evc_kube_run *run,
                           evc_error **err) EVC_MUST_CHECK;
/*
 * One object of a page (1 and up) is settled. Written, not synced: what a crash of the machine
 * takes is done again, which harms nothing.
 */
int evc_kube_journal_done(evc_kube_journal *journal, uint64_t page,
                          const evc_kube_object *object, evc_settled how,
                          evc_error **err) EVC_MUST_CHECK;
/* All up to a page is settled: namespace and token of the next ("" = of the first), the key of
 * the last object (empty = lists are not in order of keys), and counts. Synced. */
int evc_kube_journal_page(evc_kube_journal *journal, uint64_t page, const char *ns,
                          evc_view token, evc_view reached, const evc_kube_run *run,
                          evc_error **err) EVC_MUST_CHECK;
/* The run is over. Synced. */
int evc_kube_journal_end(evc_kube_journal *journal, const evc_kube_run *run,
                         evc_error **err) EVC_MUST_CHECK;
/* A verification, given as a run, had something stored anew (evc_journal_kept_show). An interrupted
 * run stays, as with a reading. Synced. */
int evc_kube_journal_show(evc_kube_journal *journal, const evc_kube_run *seen,
                          int64_t since_ms, evc_error **err) EVC_MUST_CHECK;
/* What a verification read; since_ms: of the change of key, -1 = not told. Synced. */
int evc_kube_journal_keep_reading(evc_kube_journal *journal,
                                  const evc_kube_reading *reading, int64_t since_ms,
                                  evc_error **err) EVC_MUST_CHECK;
void evc_kube_journal_close(evc_kube_journal *journal); /* NULL is fine */

#endif
