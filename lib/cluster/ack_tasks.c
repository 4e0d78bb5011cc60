/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_tasks.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cluster/ack_fetch.h"

#define MINUTE_MS INT64_C(60000)

static const evc_operation_kind tasks_kind = EVC_ACK_CALLS("DescribeClusterTasks");

/* --- times --- */

static int
two_digits(const char *text)
{
    if (text[0] < '0' || text[0] > '9' || text[1] < '0' || text[1] > '9')
        return -1;
    return (text[0] - '0') * 10 + text[1] - '0';
}

int64_t
evc_ack_tasks_time(const char *text)
{
    char whole[EVC_TIME_TEXT] = "";
    const char *zone;
    int64_t ms;
    int hours;
    int minutes;

    if (strlen(text) < EVC_TIME_TEXT - 2)
        return -1;
    memcpy(whole, text, EVC_TIME_TEXT - 2);
    whole[EVC_TIME_TEXT - 2] = 'Z';
    if (evc_clock_parse(evc_view_text(whole), &ms, NULL))
        return -1;
    zone = &text[EVC_TIME_TEXT - 2];
    if (strcmp(zone, "Z") == 0)
        return ms;
    if (strlen(zone) != 6 || (zone[0] != '+' && zone[0] != '-') || zone[3] != ':')
        return -1;
    hours = two_digits(&zone[1]);
    minutes = two_digits(&zone[4]);
    if (hours < 0 || minutes < 0)
        return -1;
    minutes += hours * 60;
    return zone[0] == '+' ? ms - minutes * MINUTE_MS : ms + minutes * MINUTE_MS;
}

/* --- tasks --- */

static int
read_error(const evc_json *task, evc_ack_task *out, evc_error **err)
{
    const evc_json *error = NULL;
    const char *message = "";
    const char *code = "";
    int rc;

    if (evc_json_object(task, "error", &error, NULL))
        return 0;
    rc = evc_json_text_opt(error, "code", &code, err);
    if (!rc)
        rc = evc_json_text_opt(error, "message", &message, err);
    evc_utf8_copy(out->code, sizeof(out->code), code);
    evc_utf8_copy(out->message, sizeof(out->message), message);
    return rc;
}

static int
read_task(const evc_json *task, evc_ack_task *out, evc_error **err)
{
    const char *updated = "";
    const char *state = "";
    const char *id = "";
    int rc = evc_json_text_opt(task, "task_id", &id, err);

    if (!rc)
        rc = evc_json_text_opt(task, "state", &state, err);
    if (!rc)
        rc = evc_json_text_opt(task, "updated", &updated, err);
    evc_utf8_copy(out->id, sizeof(out->id), id);
    evc_utf8_copy(out->state, sizeof(out->state), state);
    out->updated_ms = evc_ack_tasks_time(updated);
    return rc ? rc : read_error(task, out, err);
}

int
evc_ack_tasks_read(const evc_json *root, evc_ack_task *out, bool *found,
                   evc_error **err)
{
    const evc_json *tasks;
    int rc = evc_json_array(root, "tasks", &tasks, err);

    *out = (evc_ack_task){.updated_ms = -1};
    *found = !rc && evc_json_count(tasks) > 0;
    return *found ? read_task(evc_json_at(tasks, 0), out, err) : rc;
}

int
evc_ack_tasks_newest(const evc_ack_site *site, const char *cluster_id, evc_wait *wait,
                     evc_ack_task *out, bool *found, evc_error **err)
{
    static const evc_alibaba_parameter query[] = {
        {"page_number", "1"}, {"page_size", "1"}, {NULL, NULL}};
    char path[EVC_ACK_PATH];
    evc_ack_call call = {.method = "GET", .path = path, .query = query};
    int rc = evc_ack_fetch_path(cluster_id, "/tasks", path, err);

    *found = false;
    if (!rc)
        rc = evc_ack_call_run(site->cs, &tasks_kind, cluster_id, &call, wait, err);
    if (rc)
        return rc;
    rc = evc_ack_tasks_read(evc_json_root(call.doc), out, found, err);
    evc_json_free(call.doc);
    return evc_ack_call_result(&tasks_kind, rc, err);
}
