/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/missing.h"

#include <string.h>

#include "base/mem.h"
#include "k8s/patch.h"

#define SHOWN 5u
#define ROOM 400u /* of their names; a sentence of the report has more */

static bool
selects(const evc_task *task)
{
    return task->selection.namespaces || task->options->labels;
}

/* --- what was not met ------------------------------------------------------------- */

/* Whether the server says that there is none; false where it may not be asked. */
static bool
is_no_namespace(const evc_task *task, const char *name)
{
    static const evc_kube_resource namespaces = {"", "v1", "namespaces", "Namespace",
                                                 false};
    evc_kube_get *get = evc_mem_new(sizeof(*get));
    int rc;

    if (!get)
        return false;
    get->resource = &namespaces;
    memcpy(get->object.name, name, strlen(name) + 1);
    rc = evc_kube_get_run(task->kube, get, task->wait, NULL);
    evc_mem_free(get);
    return rc == ENVCRYPT_E_KUBE_NOT_FOUND;
}

static void
put_one(const evc_task *task, evc_view one, evc_buf *out)
{
    char ns[EVC_KUBE_NAMESPACE_MAX + 1] = "";

    evc_buf_put_format(out, "%s%.*s", out->size ? ", " : "", (int)one.size,
                       (const char *)one.data);
    if (task->selection.names || one.size > EVC_KUBE_NAMESPACE_MAX)
        return;
    memcpy(ns, one.data, one.size);
    if (is_no_namespace(task, ns))
        evc_buf_put_text(out, " (no such namespace)");
}

/* "a, b, c and 4 more", as a text; how many. */
static uint64_t
put_missed(const evc_task *task, char room[ROOM + 64])
{
    uint64_t count = 0;
    uint64_t shown = 0;
    size_t at = 0;
    evc_view one;
    evc_buf out;

    evc_buf_init_fixed(&out, room, ROOM + 63);
    while (evc_selection_missed(&task->selection, &at, &one)) {
        count++;
        if (shown == SHOWN || out.size + one.size + 32 > ROOM)
            continue;
        put_one(task, one, &out);
        shown++;
    }
    if (count > shown)
        evc_buf_put_format(&out, " and %llu more", (unsigned long long)(count - shown));
    room[out.size] = '\0';
    return count;
}

/* --- what is said of it ----------------------------------------------------------- */

int
evc_missing_refuse(const evc_task *task, int64_t total, evc_error **err)
{
    const char *labels = task->options->labels;
    const char *plural = task->resource.plural;
    char missed[ROOM + 64];

    if (total != 0 || !selects(task) ||
        task->report->figures[ENVCRYPT_REENCRYPT_FIGURE_FAILED] > 0)
        return 0;
    (void)put_missed(task, missed);
    return evc_err(err, ENVCRYPT_E_KUBE_NOT_FOUND,
                   "nothing was written: there are no %s of those that were selected "
                   "(%s%s%s%s%.200s); see whether that is written correctly",
                   plural,
                   task->selection.names        ? "names: "
                   : task->selection.namespaces ? "namespaces: "
                                                : "",
                   missed, missed[0] && labels ? "; " : "", labels ? "selector: " : "",
                   labels ? labels : "");
}

void
evc_missing_note(const evc_task *task, uint64_t seen)
{
    const char *plural = task->resource.plural;
    char missed[ROOM + 64];
    uint64_t count;

    if (seen == 0 && !selects(task))
        evc_reencrypt_report_note(task->report, "there are no %s in this cluster",
                                  plural);
    count = put_missed(task, missed);
    if (count == 0)
        return;
    if (task->selection.names) {
        evc_reencrypt_report_note(task->report,
                                  "%llu of the %zu objects in the file \"%.100s\" were "
                                  "not found: %s; see whether they are written "
                                  "correctly",
                                  (unsigned long long)count, task->selection.name_count,
                                  task->options->names_file, missed);
    } else {
        evc_reencrypt_report_note(task->report,
                                  "no %s that are selected were found in %s; see "
                                  "whether they are written correctly",
                                  plural, missed);
    }
}
