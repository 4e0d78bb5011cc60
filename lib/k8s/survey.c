/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/survey.h"

#include <string.h>

#include "k8s/lister.h"
#include "k8s/version.h"

/* Whether it can be one of the oldest: versions without order have none. One that was stored since an
 * interrupted run began may be so by its test. */
static bool
is_candidate(const evc_task *task, const evc_kube_object *object)
{
    int64_t fresh_ms = evc_task_fresh_ms(task);
    int order;

    return evc_kube_version_compare(object->version, object->version, &order) &&
           !evc_kube_run_is_after(&task->run, object) &&
           (fresh_ms < 0 || evc_task_written_ms(task, object) < fresh_ms);
}

static void
keep_oldest(evc_survey *s, const evc_kube_object *object)
{
    size_t at = s->oldest_count;
    int order;

    while (
        at > 0 &&
        evc_kube_version_compare(object->version, s->oldest[at - 1].version, &order) &&
        order < 0)
        at--;
    if (at == EVC_SURVEY_OLDEST)
        return;
    if (s->oldest_count < EVC_SURVEY_OLDEST)
        s->oldest_count++;
    for (size_t i = s->oldest_count - 1; i > at; i--)
        s->oldest[i] = s->oldest[i - 1];
    s->oldest[at] = *object;
}

static void
take_page(const evc_task *task, const evc_kube_page *page, evc_survey *s)
{
    if (!s->version[0])
        memcpy(s->version, page->version, sizeof(s->version));
    for (size_t i = 0; i < page->count; i++) {
        const evc_kube_object *object = &page->items[i];

        if (!evc_selection_has(&task->selection, object->ns, object->name))
            continue;
        s->total++;
        if (is_candidate(task, object))
            keep_oldest(s, object);
    }
}

/* --- every page ------------------------------------------------------------------- */

typedef struct walk {
    evc_task *task;
    evc_survey *survey;
    evc_pace pace;
    evc_lister *lister;
    int code;
    evc_error *error;
} walk;

static evc_operation *
next(void *user)
{
    walk *w = user;
    evc_lister_page page;

    if (w->code)
        return NULL;
    if (evc_lister_take(w->lister, &page)) {
        take_page(w->task, &page.page, w->survey);
        evc_lister_page_reset(&page);
    }
    w->code = evc_task_tick(w->task, &w->error);
    return w->code ? NULL : evc_lister_next(w->lister);
}

static size_t
width(void *user)
{
    (void)user;
    return 1;
}

static int64_t
not_before(void *user)
{
    walk *w = user;

    return evc_pace_not_before(&w->pace,
                               evc_clock_monotonic_ms(evc_task_clock(w->task)));
}

/* What cannot be read is in the report, and in no count. */
static int
walk_all(evc_task *task, evc_survey *out, evc_error **err)
{
    walk w = {.task = task, .survey = out};
    const evc_feed feed = {next, width, not_before, &w};
    int rc;

    evc_pace_init(&w.pace, 1, 0, evc_clock_monotonic_ms(evc_task_clock(task)));
    rc = evc_lister_open(task, &w.pace, "", evc_view_of(NULL, 0), evc_view_of(NULL, 0),
                         &w.lister, err);
    if (rc)
        return rc;
    rc = evc_operation_run_feed(evc_kube_net(task->kube), &feed, task->wait, err);
    if (rc == 0 && w.code) {
        rc = w.code;
        evc_err_drop(err);
        evc_err_add_cause(err, w.error);
        w.error = NULL;
    }
    if (rc == 0)
        rc = evc_lister_code(w.lister, err);
    if (evc_lister_is_incomplete(w.lister))
        out->total = -1;
    evc_error_free(w.error);
    evc_lister_close(w.lister);
    return rc;
}

/* --- one page --------------------------------------------------------------------- */

/* By the server's own count of what remains; *counted is false where it gives none. */
static int
count_list(evc_task *task, const char *ns, evc_survey *s, bool *counted,
           evc_error **err)
{
    const evc_kube_list list = {.resource = &task->resource,
                                .ns = ns,
                                .labels = task->options->labels,
                                .limit = 1};
    evc_kube_page page;
    int rc = evc_kube_list_page(task->kube, &list, task->wait, &page, err);

    if (rc == ENVCRYPT_E_KUBE_UNREADABLE) {
        evc_err_drop(err);
        *counted = false;
        rc = 0;
    } else if (rc == 0) {
        *counted = page.next.size == 0 || page.remaining >= 0;
        take_page(task, &page, s);
        if (page.remaining > 0)
            s->total += page.remaining;
    }
    evc_kube_page_reset(&page);
    return rc;
}

static int
count_all(evc_task *task, evc_survey *out, bool *counted, evc_error **err)
{
    int rc = 0;

    *counted = task->selection.names == NULL;
    for (size_t i = 0; rc == 0 && *counted && i < evc_selection_lists(&task->selection);
         i++)
        rc = count_list(task, evc_selection_list(&task->selection, i), out, counted,
                        err);
    return rc;
}

int
evc_survey_take(evc_task *task, bool whole, evc_survey *out, evc_error **err)
{
    bool counted = false;
    int rc = 0;

    *out = (evc_survey){.total = 0};
    if (!whole)
        rc = count_all(task, out, &counted, err);
    if (rc || counted)
        return rc;
    *out = (evc_survey){.total = 0};
    return walk_all(task, out, err);
}
