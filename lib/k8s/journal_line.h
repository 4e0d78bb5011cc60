/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The lines of a journal (doc/format.md): JSON objects of one member each but for the last, "sum",
 * which is the checksum of the line and of all before it. Pure, but for the digest.
 */
#ifndef EVC_K8S_JOURNAL_LINE_H
#define EVC_K8S_JOURNAL_LINE_H

#include "crypto/crypto.h"
#include "k8s/reading.h"
#include "k8s/run.h"

#define EVC_JOURNAL_SUM 8u /* bytes; zeros before the first line */

/* What a run is; one journal is of one cluster, resource and selection. */
typedef struct evc_kube_run_id {
    const char *cluster_id;
    const char *resource;  /* as group/version/plural */
    const char *selection; /* text of namespaces, labels, names */
} evc_kube_run_id;

typedef enum evc_journal_kind {
    EVC_JOURNAL_HEAD,  /* id */
    EVC_JOURNAL_SHOWN, /* run: the latest finished one that showed something stale */
    EVC_JOURNAL_ENDED, /* run: the latest finished one */
    EVC_JOURNAL_BEGAN, /* run */
    EVC_JOURNAL_DONE,  /* object, how, page */
    EVC_JOURNAL_PAGE,  /* page, ns, token, reached, run */
    EVC_JOURNAL_READ   /* reading; from version 2 on */
} evc_journal_kind;

typedef struct evc_journal_line {
    evc_journal_kind kind;
    int64_t version; /* of the head */
    evc_kube_run_id id;
    evc_kube_run run;
    evc_kube_object object; /* ns, name, version */
    evc_settled how;
    evc_kube_reading *reading; /* of a line that was read: the line's own */
    uint64_t page;
    char ns[EVC_KUBE_NAMESPACE_MAX + 1]; /* whose list token goes on */
    evc_buf text; /* of a line that was read: token and reached, or what id points to */
    evc_view token;
    evc_view reached; /* evc_object_key() of the last one listed; empty = not told */
} evc_journal_line;

/* What a head says: the lowest that has what follows it. */
#define EVC_JOURNAL_VERSION 1
#define EVC_JOURNAL_VERSION_READ 2

/* Appends a line with its end; sum becomes that of the line. NOMEM, and of the digest. */
int evc_journal_line_write(evc_crypto *crypto, const evc_journal_line *line,
                           uint8_t sum[EVC_JOURNAL_SUM], evc_buf *out,
                           evc_error **err) EVC_MUST_CHECK;
/*
 * Reads one without its end. JOURNAL: the checksum does not hold, or it is no such line; sum is
 * then as it was. line is set on success; evc_journal_line_reset. NOMEM.
 */
int evc_journal_line_read(evc_crypto *crypto, evc_view bytes,
                          uint8_t sum[EVC_JOURNAL_SUM], evc_journal_line *line,
                          evc_error **err) EVC_MUST_CHECK;
void evc_journal_line_reset(evc_journal_line *line);

#endif
