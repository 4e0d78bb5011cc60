/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file by which an interrupted re-encryption goes on, and which keeps, after its end, what
 * it showed (security.md 5.5, rows 57 and 59). Lines of JSON, each with a checksum; a torn
 * tail is dropped, a changed line or a file of another cluster is refused. Locked while a run
 * has it. It holds names of objects and nothing of their content. Mode 0600.
 */
#ifndef EVC_K8S_JOURNAL_H
#define EVC_K8S_JOURNAL_H

#include "base/file.h"
#include "k8s/resource.h"

typedef struct evc_kube_journal evc_kube_journal;

/* What a run is; one journal is of one cluster, resource and selection. */
typedef struct evc_kube_run_id {
    const char *cluster_id;
    const char *resource;  /* as group/version/plural */
    const char *selection; /* text of namespaces, labels, names */
} evc_kube_run_id;

/* What a run settled when it began, or found so far. */
typedef struct evc_kube_run {
    int32_t mode;                            /* ENVCRYPT_REENCRYPT_… */
    char baseline[EVC_KUBE_VERSION_MAX + 1]; /* version of the list at its beginning */
    char mark[40];                           /* the time that annotations get */
    int64_t began_ms;                        /* wall time */
    int64_t ended_ms;                        /* -1 = not yet */
    int64_t since_ms;                        /* of the change; -1 = not told */
    bool shown;                              /* the server rewrote something stale */
    uint64_t listed, rewritten, current, gone, settled, failed;
} evc_kube_run;

/*
 * Opens or makes it. found: there is an unfinished run, which *run then tells; or the last
 * finished one, whose ended_ms is set. JOURNAL (damaged), JOURNAL_OTHER (another cluster,
 * resource or selection), FILE_…, FILE_BUSY (another run has it), NO_SPACE, NOMEM.
 */
int evc_kube_journal_open(const char *path, const evc_kube_run_id *id, evc_wait *wait,
                          evc_kube_journal **out, evc_kube_run *run, bool *found,
                          evc_error **err) EVC_MUST_CHECK;
/* A new run; what the file had of an earlier one goes, but its last summary. Synced. */
int evc_kube_journal_begin(evc_kube_journal *journal, const evc_kube_run *run,
                           evc_error **err) EVC_MUST_CHECK;
/* One object is settled; written, not synced: what a crash of the machine takes is done
 * again, which harms nothing. */
int evc_kube_journal_done(evc_kube_journal *journal, const evc_kube_object *object,
                          evc_error **err) EVC_MUST_CHECK;
/* A page is settled: token of the next, counters. Synced. */
int evc_kube_journal_page(evc_kube_journal *journal, evc_view token,
                          const evc_kube_run *run, evc_error **err) EVC_MUST_CHECK;
/* The run is over. Synced. */
int evc_kube_journal_end(evc_kube_journal *journal, const evc_kube_run *run,
                         evc_error **err) EVC_MUST_CHECK;
evc_view evc_kube_journal_token(const evc_kube_journal *journal); /* to go on with */
bool evc_kube_journal_has(const evc_kube_journal *journal,
                          const evc_kube_object *object);
void evc_kube_journal_close(evc_kube_journal *journal); /* NULL is fine */

#endif
