/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/survey.h"

#include <string.h>

#include "k8s/list.h"
#include "k8s/version.h"

/* Whether it can be one of the oldest: versions without order have none. */
static bool
is_candidate(const evc_task *task, const evc_kube_object *object)
{
    int order;

    return evc_kube_version_compare(object->version, object->version, &order) &&
           (task->since_ms < 0 || object->written_ms < task->since_ms);
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

/* One list, page by page. */
static int
take_list(evc_task *task, const char *ns, uint32_t limit, evc_survey *s,
          evc_error **err)
{
    evc_kube_list list = {.resource = &task->resource,
                          .ns = ns,
                          .labels = task->options->labels,
                          .annotation = task->options->annotation,
                          .limit = limit};
    evc_kube_page page;
    evc_buf token;
    int rc;

    evc_buf_init(&token);
    do {
        list.token = evc_buf_view(&token);
        rc = evc_kube_list_page(task->kube, &list, task->wait, &page, err);
        if (rc == 0) {
            take_page(task, &page, s);
            evc_buf_clear(&token);
            evc_buf_put_view(&token, evc_buf_view(&page.next));
            rc = evc_buf_check(&token, err);
        }
        if (rc == 0 && limit == 1 && page.remaining >= 0) {
            s->total += page.remaining;
            evc_buf_clear(&token);
        }
        evc_kube_page_reset(&page);
        list.limit = limit == 1 ? task->options->page : limit;
        if (rc == 0)
            rc = evc_task_tick(task, err);
    } while (rc == 0 && token.size > 0);
    evc_buf_reset(&token);
    return rc;
}

int
evc_survey_take(evc_task *task, bool whole, evc_survey *out, evc_error **err)
{
    bool by_name = task->selection.names != NULL;
    uint32_t limit = whole || by_name ? task->options->page : 1;
    int rc = 0;

    *out = (evc_survey){.total = 0};
    for (size_t i = 0; rc == 0 && i < evc_selection_lists(&task->selection); i++)
        rc = take_list(task, evc_selection_list(&task->selection, i), limit, out, err);
    if (rc != ENVCRYPT_E_KUBE_UNREADABLE)
        return rc;
    evc_err_drop(err);
    out->total = -1;
    return 0;
}
