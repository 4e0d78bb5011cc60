/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lister.h"

#include <string.h>

#include "base/mem.h"
#include "k8s/settle.h"
#include "k8s/unreadable.h"

#define RESTARTS_MAX 8u /* of lists that grew too old, without a page between */

enum state { IDLE, LISTING, NAMING, READY, OVER, FAILED };

/* The operations find their lister by the object that is their user. */
typedef struct listing {
    evc_kube_listing of;
    evc_lister *lister;
} listing;
typedef struct naming {
    evc_unreadable of;
    evc_lister *lister;
} naming;

struct evc_lister {
    evc_task *task;
    evc_pace *pace;
    enum state state;
    size_t list;   /* of the selection */
    evc_buf token; /* where the next page begins */
    uint32_t limit;
    uint32_t restarts;
    bool anew;           /* from the list's beginning */
    evc_reached reached; /* what was given, or told as a failure */
    bool ask_names;      /* one object could not be read: which one? */
    int64_t began_ms;
    evc_operation op;
    listing listing;
    naming *naming; /* made when it is needed */
    evc_lister_page ready;
    uint64_t unreadable;
    bool incomplete;
    int code;
    evc_error *error;
};

static int64_t
now_of(const evc_lister *l)
{
    return evc_clock_monotonic_ms(evc_task_clock(l->task));
}

static const char *
ns_of(const evc_lister *l)
{
    return evc_selection_list(&l->task->selection, l->list);
}

void
evc_lister_page_reset(evc_lister_page *page)
{
    evc_kube_page_reset(&page->page);
    evc_buf_reset(&page->next_token);
    *page = (evc_lister_page){.last = false};
}

/* --- what ends it --- */

/* error moves. */
static void
fail(evc_lister *l, int code, evc_error *error)
{
    l->state = FAILED;
    l->code = code;
    l->error = error;
}

static void
fail_nomem(evc_lister *l)
{
    evc_error *error = NULL;
    int rc = evc_err_nomem(&error);

    fail(l, rc, error);
}

/* --- the place --- */

static void
next_list(evc_lister *l)
{
    evc_buf_clear(&l->token);
    l->list++;
    if (l->list == evc_selection_lists(&l->task->selection))
        l->state = OVER;
}

/* Behind what was just read. */
static bool
move_on(evc_lister *l, evc_view token)
{
    evc_buf_clear(&l->token);
    evc_buf_put_view(&l->token, token);
    return !l->token.failed;
}

/* --- what came before --- */

static void
drop_known(evc_lister *l, evc_kube_page *page)
{
    char room[EVC_OBJECT_KEY_MAX];
    size_t kept = 0;

    for (size_t i = 0; i < page->count; i++) {
        evc_view key = evc_object_key(page->items[i].ns, page->items[i].name, room);

        if (evc_reached_has(&l->reached, key))
            continue;
        evc_reached_move(&l->reached, key);
        page->items[kept++] = page->items[i];
    }
    page->count = kept;
}

/* --- a page that came --- */

static void
keep_page(evc_lister *l, evc_kube_page *page)
{
    evc_lister_page *ready = &l->ready;
    const char *ns;

    drop_known(l, page);
    ready->reached = l->reached;
    ready->page = *page;
    *page = (evc_kube_page){.remaining = -1};
    if (ready->page.next.size == 0)
        next_list(l);
    else if (!move_on(l, evc_buf_view(&ready->page.next))) {
        fail_nomem(l);
        return;
    }
    ready->last = l->state == OVER;
    ns = ready->last ? NULL : ns_of(l);
    memcpy(ready->next_ns, ns ? ns : "", ns ? strlen(ns) + 1 : 1);
    if (l->token.data)
        evc_buf_put(&ready->next_token, l->token.data, l->token.size);
    if (ready->next_token.failed)
        fail_nomem(l);
    else
        l->state = READY;
}

/* From the fresh token, or from the list's beginning; but not for ever. */
static void
restart(evc_lister *l, evc_kube_page *page)
{
    evc_error *error = NULL;
    int rc;

    l->state = IDLE;
    l->anew = page->next.size == 0;
    evc_reached_begin_anew(&l->reached);
    if (++l->restarts > RESTARTS_MAX) {
        rc = evc_err(&error, ENVCRYPT_E_KUBE_EXPIRED,
                     "the list of %s grows too old before its next page is asked for, "
                     "each time anew; ask for larger pages, or find out why etcd is "
                     "compacted so often",
                     l->task->resource.plural);
        fail(l, rc, error);
    } else if (!move_on(l, evc_buf_view(&page->next))) {
        fail_nomem(l);
    }
    evc_kube_page_reset(page);
}

static void
took_page(evc_lister *l, evc_kube_page *page)
{
    if (page->restarted) {
        restart(l, page);
        return;
    }
    l->anew = false;
    if (l->token.size > 0)
        l->restarts = 0;
    if (l->limit < l->task->options->page)
        l->limit = l->limit * 2 < l->task->options->page ? l->limit * 2
                                                         : l->task->options->page;
    keep_page(l, page);
}

/* --- what is unreadable --- */

/* What else there may be in this list stays unknown. */
static int
give_up_list(evc_lister *l, evc_error **err)
{
    evc_error *why = NULL;
    const char *ns = ns_of(l);
    int rc;

    (void)evc_err(&why, ENVCRYPT_E_KUBE_UNREADABLE,
                  "the API server cannot read an object and does not say which; what "
                  "follows it in its list could not be asked for. Stored values that "
                  "no provider opens are found in etcd (envcrypt etcd census); put "
                  "their provider or key back");
    rc = evc_reencrypt_report_fail(l->task->report, ns ? ns : "", "",
                                   ENVCRYPT_E_KUBE_UNREADABLE, why, err);
    evc_error_free(why);
    l->incomplete = true;
    l->limit = l->task->options->page;
    l->state = IDLE;
    next_list(l);
    return rc;
}

static int
pass_over(evc_lister *l, const evc_unreadable *found, evc_error **err)
{
    const evc_unreadable_name *last = evc_unreadable_last(found);
    char room[EVC_OBJECT_KEY_MAX];
    evc_error *why = NULL;
    evc_view key;
    int rc = evc_unreadable_explain(found, &why, err);

    for (size_t i = 0; rc == 0 && i < found->count; i++) {
        const evc_unreadable_name *name = &found->names[i];

        if (evc_reached_has(&l->reached, evc_object_key(name->ns, name->name, room)) ||
            !evc_selection_has(&l->task->selection, name->ns, name->name))
            continue;
        l->unreadable++;
        rc = evc_reencrypt_report_fail(l->task->report, name->ns, name->name,
                                       ENVCRYPT_E_KUBE_UNREADABLE, why, err);
    }
    evc_error_free(why);
    if (rc)
        return rc;
    key = evc_object_key(last->ns, last->name, room);
    if (!evc_reached_has(&l->reached, key))
        evc_reached_move(&l->reached, key);
    evc_buf_clear(&l->token);
    l->state = IDLE;
    l->limit = l->task->options->page;
    return evc_unreadable_token(ns_of(l), last, &l->token, err);
}

/* --- ends of operations --- */

/* Smaller pages; when it is one object that cannot be read, which one. */
static void
met_unreadable(evc_lister *l)
{
    if (l->limit > 1)
        l->limit /= 2;
    else
        l->ask_names = true;
    l->state = IDLE;
}

/* The same once more, in smaller pages, if the trouble has not lasted too long. */
static void
met_trouble(evc_lister *l)
{
    int64_t now = now_of(l);

    if (evc_pace_trouble_ms(l->pace, now) > EVC_LISTER_PATIENCE_MS) {
        fail(l, l->op.code, l->op.error);
        l->op.error = NULL;
        return;
    }
    evc_pace_trouble(l->pace, now, l->began_ms, evc_error_retry_after_ms(l->op.error));
    if (l->limit > 1)
        l->limit /= 2;
    l->state = IDLE;
}

static void
met_error(evc_lister *l)
{
    if (l->op.code == ENVCRYPT_E_KUBE_UNREADABLE) {
        met_unreadable(l);
    } else if (evc_settle_is_passing(l->op.code)) {
        met_trouble(l);
    } else {
        fail(l, l->op.code, l->op.error);
        l->op.error = NULL;
    }
}

static void
count_tries(evc_lister *l)
{
    if (l->op.attempts > 1)
        evc_reencrypt_report_count(l->task->report, ENVCRYPT_REENCRYPT_FIGURE_RETRIED,
                                   l->op.attempts - 1);
}

static void
listed(evc_operation *op)
{
    evc_lister *l = ((listing *)op->user)->lister;

    count_tries(l);
    if (op->code == 0) {
        evc_pace_success(l->pace, now_of(l));
        took_page(l, &l->listing.of.page);
    } else {
        met_error(l);
    }
    evc_kube_listing_reset(&l->listing.of);
    evc_operation_reset(op);
}

static void
named(evc_operation *op)
{
    evc_lister *l = ((naming *)op->user)->lister;
    const evc_unreadable *found = &l->naming->of;
    evc_error *error = NULL;
    int rc = 0;

    count_tries(l);
    l->ask_names = false;
    if (op->code)
        met_error(l);
    else if (found->readable)
        l->state = IDLE;
    else if (found->count > 0)
        rc = pass_over(l, found, &error);
    else
        rc = give_up_list(l, &error);
    if (rc)
        fail(l, rc, error);
    evc_operation_reset(op);
}

/* --- operations --- */

static evc_kube_list
page_wanted(const evc_lister *l)
{
    const evc_task *task = l->task;

    return (evc_kube_list){.resource = &task->resource,
                           .ns = ns_of(l),
                           .labels = task->options->labels,
                           .annotation = task->options->annotation,
                           .limit = l->limit,
                           .token = evc_buf_view(&l->token)};
}

static bool
begin_naming(evc_lister *l)
{
    if (!l->naming)
        l->naming = evc_mem_new(sizeof(*l->naming));
    if (!l->naming) {
        fail_nomem(l);
        return false;
    }
    l->naming->lister = l;
    l->naming->of.list = page_wanted(l);
    evc_unreadable_init(&l->naming->of, l->task->kube, &l->op);
    l->op.finished = named;
    l->state = NAMING;
    return true;
}

evc_operation *
evc_lister_next(evc_lister *lister)
{
    if (lister->state != IDLE)
        return NULL;
    lister->began_ms = now_of(lister);
    if (lister->ask_names)
        return begin_naming(lister) ? &lister->op : NULL;
    lister->listing = (listing){.of = {.list = page_wanted(lister)}, .lister = lister};
    evc_kube_listing_init(&lister->listing.of, lister->task->kube, &lister->op);
    lister->op.finished = listed;
    lister->state = LISTING;
    return &lister->op;
}

bool
evc_lister_is_anew(const evc_lister *lister)
{
    return lister->state == IDLE && lister->anew;
}

bool
evc_lister_take(evc_lister *lister, evc_lister_page *out)
{
    if (lister->state != READY)
        return false;
    *out = lister->ready;
    lister->ready = (evc_lister_page){.last = false};
    lister->state = out->last ? OVER : IDLE;
    return true;
}

bool
evc_lister_is_over(const evc_lister *lister)
{
    return lister->state == OVER;
}

int
evc_lister_code(evc_lister *lister, evc_error **err)
{
    if (lister->state != FAILED)
        return 0;
    if (err) {
        evc_error_free(*err);
        *err = lister->error;
        lister->error = NULL;
    }
    return lister->code;
}

uint64_t
evc_lister_unreadable(const evc_lister *lister)
{
    return lister->unreadable;
}

bool
evc_lister_is_incomplete(const evc_lister *lister)
{
    return lister->incomplete;
}

/* --- beginning and end --- */

/* The list of a namespace; the first, where there is none such. */
static size_t
list_of(const evc_selection *selection, const char *ns)
{
    for (size_t i = 0; i < evc_selection_lists(selection); i++) {
        const char *its = evc_selection_list(selection, i);

        if (strcmp(its ? its : "", ns) == 0)
            return i;
    }
    return 0;
}

int
evc_lister_open(evc_task *task, evc_pace *pace, const char *ns, evc_view token,
                evc_view reached, evc_lister **out, evc_error **err)
{
    evc_lister *l = evc_mem_new(sizeof(*l));
    int rc;

    if (!l)
        return evc_err_nomem(err);
    l->task = task;
    l->pace = pace;
    l->limit = task->options->page;
    l->list = list_of(&task->selection, ns);
    evc_buf_put_view(&l->token, token);
    evc_reached_resume(&l->reached, reached);
    rc = evc_buf_check(&l->token, err);
    if (rc)
        evc_lister_close(l);
    else
        *out = l;
    return rc;
}

void
evc_lister_close(evc_lister *lister)
{
    if (!lister)
        return;
    evc_lister_page_reset(&lister->ready);
    evc_buf_reset(&lister->token);
    evc_error_free(lister->error);
    evc_mem_free(lister->naming);
    evc_mem_free(lister);
}
