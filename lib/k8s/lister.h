/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pages of all lists of a task, one after the other, by operations for a feed: the next one is
 * fetched while the objects of the one before are at work. Pages get smaller where the server
 * has trouble, down to one object; what it cannot read is told in the report and passed over. A
 * list that grew too old begins anew; what it had given by then it does not give again.
 */
#ifndef EVC_K8S_LISTER_H
#define EVC_K8S_LISTER_H

#include "k8s/list.h"
#include "k8s/pace.h"
#include "k8s/reached.h"
#include "k8s/task.h"

#define EVC_LISTER_PATIENCE_MS \
    120000 /* trouble without any success, until it is an error */

typedef struct evc_lister evc_lister;

/* What was fetched, and where the next page begins. */
typedef struct evc_lister_page {
    evc_kube_page page;
    char next_ns[EVC_KUBE_NAMESPACE_MAX + 1]; /* "" = of all */
    evc_buf next_token;
    bool last;           /* there is no next page */
    evc_reached reached; /* so far */
} evc_lister_page;
void evc_lister_page_reset(evc_lister_page *page); /* fine on zeros */

/*
 * ns and token: where to begin; "" and empty = at the beginning. reached: the last object before,
 * by its key; empty = not told. task and pace are borrowed and hear of failures and trouble.
 * NOMEM.
 */
int evc_lister_open(evc_task *task, evc_pace *pace, const char *ns, evc_view token,
                    evc_view reached, evc_lister **out, evc_error **err) EVC_MUST_CHECK;
void evc_lister_close(evc_lister *lister); /* no operation in flight; NULL is fine */

/* The operation that fetches the next page; NULL = none is wanted: one is under way, or waits to
 * be taken, or there are no more, or it failed. */
evc_operation *evc_lister_next(evc_lister *lister);
/* The next page is the first once more, since the list grew too old: who has pages at work
 * finishes them before, so that nothing is asked for at the same time where lists are in no order. */
bool evc_lister_is_anew(const evc_lister *lister);
/* The page that was fetched; false = there is none (yet). It moves. */
bool evc_lister_take(evc_lister *lister, evc_lister_page *out);
bool evc_lister_is_over(const evc_lister *lister); /* all were taken */
/* 0, or what ended it: the errors of evc_kube_list_page(). The error moves. */
int evc_lister_code(evc_lister *lister, evc_error **err);

/* Objects that were told as failures, and whether something could not even be named. */
uint64_t evc_lister_unreadable(const evc_lister *lister);
bool evc_lister_is_incomplete(const evc_lister *lister);

#endif
