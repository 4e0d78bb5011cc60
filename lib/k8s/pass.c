/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/pass.h"

#include <string.h>

#include "base/mem.h"
#include "k8s/asked.h"
#include "k8s/lister.h"
#include "k8s/patch.h"
#include "k8s/settle.h"
#include "k8s/tally.h"

#define PAGES 2u         /* one that is at work, and the next */
#define DRY_FAILURES 50u /* objects one after the other that fail by trouble */

/* A page at work. */
typedef struct work {
    evc_lister_page of;
    uint64_t number; /* 0 = none */
    size_t at;       /* the next object */
    size_t settled;
} work;

enum task_of { FREE, TO_PATCH, TO_READ, FLYING };

/* An object at work. The operation's user is its first member. */
typedef struct slot {
    union {
        evc_kube_patch patch;
        evc_kube_get get;
    } do_;
    struct pass *pass;
    enum task_of state;
    bool reading; /* what flies */
    work *page;
    evc_kube_object object;
    uint32_t tries; /* patches */
    uint32_t troubles;
    uint32_t alone;   /* of these: while others succeeded */
    uint32_t noticed; /* attempts whose trouble was heard of */
    int64_t began_ms;
    int64_t first_ms; /* of its first request */
    int refused;      /* the code of the patch that led to a reading */
    evc_error *why;   /* same */
    evc_operation op;
} slot;

typedef struct pass {
    evc_task *task;
    evc_pass_facts *facts;
    evc_pace pace;
    evc_lister *lister;
    work pages[PAGES];
    uint64_t numbers; /* of pages so far */
    slot *slots;
    size_t slot_count;
    uint32_t dry;  /* failures by trouble since the latest success */
    bool hopeless; /* it was waited in vain, and nothing succeeded since */
    int code;      /* what ended it */
    evc_error *error;
} pass;

static int64_t
now_of(const pass *p)
{
    return evc_clock_monotonic_ms(evc_task_clock(p->task));
}

/* error moves; the first one counts. */
static void
stop(pass *p, int code, evc_error *error)
{
    if (p->code == 0) {
        p->code = code;
        p->error = error;
        return;
    }
    evc_error_free(error);
}

/* --- an object is settled --------------------------------------------------------- */

static void
settle(pass *p, work *page, const evc_kube_object *object, evc_settled how)
{
    evc_error *error = NULL;
    int rc = evc_tally_add(p->task, p->facts, page->number, object, how, &error);

    page->settled++;
    if (rc)
        stop(p, rc, error);
}

/*
 * Where a resumed run goes on. A first pass ends together with the beginning of the second, which
 * is its caller's; further passes begin anew.
 */
static void
keep_place(pass *p, const work *page)
{
    evc_task *task = p->task;
    bool first = evc_tally_is_first(task);
    evc_error *error = NULL;
    int rc;

    if (!task->journal || task->verifying || (first && page->of.last))
        return;
    rc = evc_kube_journal_page(
        task->journal, page->number, first ? page->of.next_ns : "",
        first ? evc_buf_view(&page->of.next_token) : evc_view_of(NULL, 0),
        first ? evc_reached_key(&page->of.reached) : evc_view_of(NULL, 0), &task->run,
        &error);
    if (rc)
        stop(p, rc, error);
}

/* Pages that are settled, in their order. Whether there was one. */
static bool
settle_pages(pass *p)
{
    bool any = false;

    while (!p->code && p->pages[0].number &&
           p->pages[0].settled == p->pages[0].of.page.count) {
        work *page = &p->pages[0];

        any = true;
        keep_place(p, page);
        evc_lister_page_reset(&page->of);
        p->pages[0] = p->pages[1];
        p->pages[1] = (work){.number = 0};
        for (size_t i = 0; i < p->slot_count; i++)
            p->slots[i].page = &p->pages[0];
    }
    return any;
}

static void
free_slot(slot *s)
{
    evc_error_free(s->why);
    s->why = NULL;
    s->state = FREE;
}

static void
settle_slot(slot *s, evc_settled how, int code, const evc_error *why)
{
    pass *p = s->pass;
    evc_error *error = NULL;
    int rc = 0;

    if (how == EVC_SETTLED_FAILED)
        rc = evc_reencrypt_report_fail(p->task->report, s->object.ns, s->object.name,
                                       code, why, &error);
    if (rc)
        stop(p, rc, error);
    settle(p, s->page, &s->object, how);
    free_slot(s);
    (void)settle_pages(p);
}

/* --- an operation ended ----------------------------------------------------------- */

/* Whether the server answered that something inside of it failed: of one object, maybe. */
static bool
is_of_object(const evc_error *error)
{
    return evc_error_http_status(error) == 500;
}

/*
 * Whether it is this object that the server has trouble with: what fails inside of the server is
 * told after some tries, and without another wait where the pass before waited in vain; a webhook
 * that calls its refusal trouble, when nothing else succeeded for long, and others had succeeded
 * between the tries.
 */
static bool
is_its_own(const slot *s, const evc_error *error, bool too_long)
{
    const pass *p = s->pass;
    bool tried = s->troubles >= EVC_SETTLE_TRIES;

    if (is_of_object(error))
        return too_long || (tried && p->pace.fine_ms > s->first_ms) ||
               (p->hopeless && (tried || p->dry > 0));
    return too_long && s->alone >= 2 && evc_error_http_status(error) > 0;
}

/*
 * Trouble. What troubles one object while others succeed fails that object after some tries;
 * what troubles all of them is waited out, but not for ever.
 */
static void
later(slot *s, int code, const evc_error *error, bool reading)
{
    pass *p = s->pass;
    int64_t now = now_of(p);
    bool alone = p->pace.fine_ms > s->began_ms;
    bool too_long = evc_pace_trouble_ms(&p->pace, now) > EVC_LISTER_PATIENCE_MS;

    evc_reencrypt_report_count(p->task->report, ENVCRYPT_REENCRYPT_FIGURE_RETRIED, 1);
    s->state = reading ? TO_READ : TO_PATCH;
    s->troubles++;
    s->alone += alone ? 1 : 0;
    if (is_its_own(s, error, too_long)) {
        p->dry++;
        p->hopeless |= too_long;
        settle_slot(s, EVC_SETTLED_FAILED, code, error);
        too_long = p->dry > DRY_FAILURES;
    } else if (!is_of_object(error) || !alone) {
        evc_pace_trouble(&p->pace, now, s->began_ms, evc_error_retry_after_ms(error));
    }
    if (too_long) {
        evc_error *last = NULL;

        (void)evc_err(&last, code,
                      "the run ended: for %d s the API server did nothing that was "
                      "asked; %s",
                      EVC_LISTER_PATIENCE_MS / 1000, evc_error_message(error));
        evc_err_set_facts_of(last, error);
        stop(p, code, last);
    }
}

static void
act(slot *s, evc_settle_next next, evc_settled how, bool reading)
{
    pass *p = s->pass;
    int code = s->op.code;

    switch (next) {
    case EVC_SETTLE_DONE:
        if (s->why && code == 0) /* what the reading left a failure */
            settle_slot(s, how, s->refused, s->why);
        else
            settle_slot(s, how, code, s->op.error);
        break;
    case EVC_SETTLE_READ:
        s->refused = code;
        evc_error_free(s->why);
        s->why = s->op.error;
        s->op.error = NULL;
        s->state = TO_READ;
        break;
    case EVC_SETTLE_AGAIN:
        s->state = TO_PATCH;
        break;
    case EVC_SETTLE_LATER:
        later(s, code, s->op.error, reading);
        break;
    case EVC_SETTLE_STOP:
        stop(p, code, s->op.error);
        s->op.error = NULL;
        free_slot(s);
        break;
    }
}

/* What an annotation changes, it is meant to. */
static int64_t
written_ms(const slot *s)
{
    return s->do_.patch.annotation ? s->object.written_ms : s->do_.patch.written_ms;
}

static void
ended(evc_operation *op)
{
    slot *s = op->user;
    pass *p = s->pass;
    bool reading = s->reading;
    evc_settled how = EVC_SETTLED_FAILED;
    evc_settle_next next;

    if (op->attempts > 1)
        evc_reencrypt_report_count(p->task->report, ENVCRYPT_REENCRYPT_FIGURE_RETRIED,
                                   op->attempts - 1);
    if (!evc_settle_is_passing(op->code)) {
        evc_pace_success(&p->pace, now_of(p));
        p->dry = 0;
        p->hopeless = false;
    }
    if (reading)
        next = evc_settle_read(op->code, s->refused, &s->object, &s->do_.get.object,
                               s->tries, &how);
    else
        next = evc_settle_patch(op->code, &s->object, s->do_.patch.version,
                                written_ms(s), &how);
    act(s, next, how, reading);
    evc_operation_reset(op);
}

/* --- operations begin ------------------------------------------------------------- */

static void
begin_patch(slot *s)
{
    evc_task *task = s->pass->task;
    bool annotates = task->run.mode == ENVCRYPT_REENCRYPT_ANNOTATE;

    s->do_.patch = (evc_kube_patch){.resource = &task->resource, .object = s->object};
    s->do_.patch.annotation = annotates ? task->options->annotation : NULL;
    s->do_.patch.value = annotates ? task->run.mark : NULL;
    evc_kube_patch_init(&s->do_.patch, task->kube, &s->op);
    s->tries++;
    s->reading = false;
    evc_pace_begin(&s->pass->pace, s->began_ms);
}

static void
begin_read(slot *s)
{
    s->do_.get =
        (evc_kube_get){.resource = &s->pass->task->resource, .object = s->object};
    evc_kube_get_init(&s->do_.get, s->pass->task->kube, &s->op);
    s->reading = true;
}

static evc_operation *
begin(slot *s)
{
    s->began_ms = now_of(s->pass);
    s->noticed = 0;
    if (s->state == TO_READ)
        begin_read(s);
    else
        begin_patch(s);
    s->op.finished = ended;
    s->state = FLYING;
    return &s->op;
}

/* The next object of a page that is asked about; NULL = none. */
static const evc_kube_object *
next_of_page(pass *p, work *w)
{
    evc_task *task = p->task;

    while (!p->code && w->at < w->of.page.count) {
        const evc_kube_object *object = &w->of.page.items[w->at++];
        evc_settled how;

        switch (evc_asked_of(task, object, &how)) {
        case EVC_ASKED_NOT:
            w->settled++;
            break;
        case EVC_ASKED_PATCH:
            return object;
        case EVC_ASKED_SETTLED: /* what the test of mode auto stored counts as it was */
            settle(p, w,
                   how == EVC_SETTLED_REWRITTEN ? evc_task_tested(task, object)
                                                : object,
                   how);
            break;
        }
    }
    return NULL;
}

/* Of the pages that are there. */
static const evc_kube_object *
next_object(pass *p, work **page)
{
    const evc_kube_object *object = NULL;

    for (size_t i = 0; i < PAGES && p->pages[i].number && !object; i++) {
        *page = &p->pages[i];
        object = next_of_page(p, *page);
    }
    return object;
}

static slot *
slot_in(const pass *p, bool waiting)
{
    for (size_t i = 0; i < p->slot_count; i++) {
        enum task_of state = p->slots[i].state;

        if (waiting ? state == TO_PATCH || state == TO_READ : state == FREE)
            return &p->slots[i];
    }
    return NULL;
}

static evc_operation *
next_patch(pass *p)
{
    slot *s = slot_in(p, true);
    const evc_kube_object *object;

    if (s)
        return begin(s);
    s = slot_in(p, false);
    object = s ? next_object(p, &s->page) : NULL;
    if (!object)
        return NULL;
    s->object = *object;
    s->state = TO_PATCH;
    s->tries = 0;
    s->troubles = 0;
    s->alone = 0;
    s->first_ms = now_of(p);
    s->refused = 0;
    p->facts->asked++;
    return begin(s);
}

/* --- the feed --------------------------------------------------------------------- */

/* A page that was fetched goes to work where there is a place. Whether there was one. */
static bool
take_page(pass *p)
{
    work *w = p->pages[0].number ? &p->pages[1] : &p->pages[0];

    if (w->number || !evc_lister_take(p->lister, &w->of))
        return false;
    w->number = ++p->numbers;
    if (p->task->verifying && !p->task->run.baseline[0]) /* before the first patch */
        memcpy(p->task->run.baseline, w->of.page.version,
               sizeof(p->task->run.baseline));
    return true;
}

static evc_operation *
next(void *user)
{
    pass *p = user;
    evc_error *error = NULL;
    evc_operation *op = NULL;
    int rc = p->code ? 0 : evc_task_tick(p->task, &error);

    if (!rc && !p->code)
        rc = evc_lister_code(p->lister, &error);
    if (rc)
        stop(p, rc, error);
    /* A page may come that needs nothing at all. */
    for (bool moved = true; moved && !p->code && !op;) {
        moved = take_page(p);
        if (!p->pages[evc_lister_is_anew(p->lister) ? 0 : 1].number)
            op = evc_lister_next(p->lister);
        if (!op)
            op = next_patch(p);
        moved |= settle_pages(p);
    }
    return op;
}

/* Trouble that the driver waits out by itself is heard of here. */
static void
notice_trouble(pass *p)
{
    int64_t now = now_of(p);

    for (size_t i = 0; i < p->slot_count; i++) {
        slot *s = &p->slots[i];
        int status = s->op.run.status;

        if (s->state != FLYING || (status != 429 && status != 503) ||
            s->op.attempts <= s->noticed)
            continue;
        s->noticed = s->op.attempts;
        evc_pace_trouble(&p->pace, now, s->began_ms,
                         s->op.run.again_ms > now ? s->op.run.again_ms - now : 0);
    }
    p->task->report->figures[ENVCRYPT_REENCRYPT_FIGURE_IN_FLIGHT] = p->pace.width;
}

static size_t
width(void *user)
{
    pass *p = user;

    notice_trouble(p);
    return p->pace.width;
}

static int64_t
not_before(void *user)
{
    pass *p = user;

    return evc_pace_not_before(&p->pace, now_of(p));
}

/* --- beginning and end ------------------------------------------------------------ */

static int
open_pass(pass *p, evc_error **err)
{
    evc_task *task = p->task;
    const evc_reencrypt_options *o = task->options;
    bool resumes = evc_tally_is_first(task) && task->journal;

    evc_pace_init(&p->pace, o->in_flight, o->rate, now_of(p));
    p->slots = evc_mem_new_array(o->in_flight, sizeof(*p->slots));
    if (!p->slots)
        return evc_err_nomem(err);
    p->slot_count = o->in_flight;
    for (size_t i = 0; i < p->slot_count; i++)
        p->slots[i].pass = p;
    if (task->journal)
        p->numbers = evc_kube_journal_pages(task->journal);
    return evc_lister_open(
        task, &p->pace, resumes ? evc_kube_journal_ns(task->journal) : "",
        resumes ? evc_kube_journal_token(task->journal) : evc_view_of(NULL, 0),
        resumes ? evc_kube_journal_reached(task->journal) : evc_view_of(NULL, 0),
        &p->lister, err);
}

static void
close_pass(pass *p)
{
    for (size_t i = 0; i < p->slot_count; i++)
        evc_error_free(p->slots[i].why);
    for (size_t i = 0; i < PAGES; i++)
        evc_lister_page_reset(&p->pages[i].of);
    evc_mem_free(p->slots);
    evc_lister_close(p->lister);
}

int
evc_pass_run(evc_task *task, evc_pass_facts *facts, evc_error **err)
{
    pass p = {.task = task, .facts = facts, .hopeless = task->hopeless};
    const evc_feed feed = {next, width, not_before, &p};
    evc_error *error = NULL;
    int rc;

    *facts = (evc_pass_facts){.seen = 0};
    evc_reencrypt_report_forgive(task->report);
    task->report->figures[ENVCRYPT_REENCRYPT_FIGURE_PASS] = task->run.pass;
    task->report->figures[ENVCRYPT_REENCRYPT_FIGURE_CHECKED] = 0;
    rc = open_pass(&p, &error);
    if (rc == 0)
        rc =
            evc_operation_run_feed(evc_kube_net(task->kube), &feed, task->wait, &error);
    if (rc)
        stop(&p, rc, error);
    if (p.lister) {
        facts->failed += evc_lister_unreadable(p.lister);
        facts->seen += evc_lister_unreadable(p.lister);
        facts->incomplete = evc_lister_is_incomplete(p.lister);
    }
    task->hopeless = p.hopeless;
    close_pass(&p);
    if (err && p.error) {
        evc_error_free(*err);
        *err = p.error;
    } else {
        evc_error_free(p.error);
    }
    return p.code;
}
