/* SPDX-License-Identifier: Apache-2.0 */
/* rewrap: many files, one after the other; a bad one does not stop the others. */
#include "cli.h"

#define REASON_AGE (ENVCRYPT_REWRAP_UNKNOWN + 1) /* the command's own */

static const struct {
    const char *word; /* for programs */
    const char *text;
} reasons[] = {
    [ENVCRYPT_REWRAP_CURRENT] = {"current", "current"},
    [ENVCRYPT_REWRAP_STALE] = {"stale", "older key version"},
    [ENVCRYPT_REWRAP_RECIPIENTS] = {"recipients", "other recipients"},
    [ENVCRYPT_REWRAP_SUITE] = {"suite", "suite without key commitment"},
    [ENVCRYPT_REWRAP_FORCED] = {"forced", "by --all"},
    [ENVCRYPT_REWRAP_UNKNOWN] = {"unknown", "not known to be stale; --all rewraps it"},
    [REASON_AGE] = {"age", "older than --max-age"},
};

typedef struct job {
    cli *c;
    envcrypt_keyring *from, *to; /* to: may be the same as from */
    envcrypt_message_config *reading, *writing;
    progress progress;
    size_t changed, kept, failed;
} job;

/* What was done with one file, or would be done. */
typedef struct outcome {
    bool changed;
    bool signer_changed;
    int32_t reason;
} outcome;

static const char *
status(const job *w, const outcome *o)
{
    if (!o->changed)
        return "kept";
    return w->c->dry_run ? "due" : "rewrapped";
}

static void
tell(const job *w, const char *path, const outcome *o)
{
    json j = {0};

    if (!w->c->json) {
        if (w->c->quiet)
            return;
        say("%-9s  ", status(w, o));
        say_name(path);
        say("  (%s%s)\n", reasons[o->reason].text,
            o->signer_changed ? "; signed anew" : "");
        return;
    }
    json_open(&j, NULL, '{');
    json_text(&j, "file", path);
    json_text(&j, "status", status(w, o));
    json_text(&j, "reason", reasons[o->reason].word);
    json_bool(&j, "signer_changed", o->signer_changed);
    json_close(&j);
}

/* Why a rewrap is due; the library says only that it is. */
static int32_t
why_due(const job *w, const envcrypt_message_info *info)
{
    int32_t suite = envcrypt_message_info_suite(info);

    if (suite != 0 && suite != ENVCRYPT_SUITE_0478 && suite != ENVCRYPT_SUITE_0578)
        return ENVCRYPT_REWRAP_SUITE;
    for (size_t i = 0; i < envcrypt_message_info_edks(info); i++) {
        if (envcrypt_message_info_edk_is_current(info, i, w->to) == ENVCRYPT_NO)
            return ENVCRYPT_REWRAP_STALE;
    }
    return w->c->max_age ? REASON_AGE : ENVCRYPT_REWRAP_RECIPIENTS;
}

/* What is to be done by what the header says. */
static int
plan(const job *w, const char *path, const envcrypt_message_info *info, outcome *out)
{
    int32_t due = ENVCRYPT_UNKNOWN;
    int rc = header_due(w->c, path, info, w->to, &due);

    *out = (outcome){.changed = due == ENVCRYPT_YES || w->c->all};
    if (due == ENVCRYPT_YES)
        out->reason = why_due(w, info);
    else if (w->c->all)
        out->reason = ENVCRYPT_REWRAP_FORCED;
    else
        out->reason =
            due == ENVCRYPT_NO ? ENVCRYPT_REWRAP_CURRENT : ENVCRYPT_REWRAP_UNKNOWN;
    return rc;
}

static int
rewrap_message(job *w, const char *path, outcome *o)
{
    bool too_old = o->reason == REASON_AGE;
    uint32_t flags = (w->c->all || too_old ? ENVCRYPT_REWRAP_FORCE : 0) |
                     (w->c->verify ? ENVCRYPT_REWRAP_VERIFY : 0);
    envcrypt_rewrap_result *result = NULL;
    envcrypt_error *error = NULL;
    int rc;

    progress_begin(&w->progress, w->c, path, false);
    rc = check(envcrypt_rewrap_file(w->from, w->to, w->reading, w->writing, path, flags,
                                    w->c->wait, &result, &error),
               &error, path);
    progress_end(&w->progress, rc == 0);
    if (rc)
        return rc;
    o->changed = envcrypt_rewrap_result_is_changed(result);
    o->signer_changed = envcrypt_rewrap_result_is_signer_changed(result);
    if (!too_old || envcrypt_rewrap_result_reason(result) != ENVCRYPT_REWRAP_FORCED)
        o->reason = envcrypt_rewrap_result_reason(result);
    envcrypt_rewrap_result_free(result);
    return 0;
}

/* A record is small: a new one takes its place, and what its data key encrypted stays. */
static int
rewrap_record(job *w, const char *path)
{
    envcrypt_buffer *fresh = NULL;
    envcrypt_error *error = NULL;
    unsigned char *record = NULL;
    size_t size = 0;
    output o = {.fd = -1, .folder = -1};
    int rc = secrets_read_file(path, false, &record, &size);

    if (!rc)
        rc = check(envcrypt_record_rewrap(w->from, w->to, record, size, w->c->wait,
                                          &fresh, &error),
                   &error, path);
    if (!rc)
        rc = output_open(&o, path, true);
    o.keep_mode = true;
    if (!rc)
        rc = output_write(&o, envcrypt_buffer_data(fresh), envcrypt_buffer_size(fresh));
    if (!rc)
        rc = output_commit(&o);
    output_abort(&o);
    envcrypt_buffer_free(fresh);
    wipe_free(record, size);
    return rc;
}

static int
rewrap(job *w, const char *path, outcome *o)
{
    envcrypt_message_info *info = NULL;
    int rc;

    if (input_is_standard(path))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "rewrap puts new files in the place of old ones, and standard "
                      "input is none; name a file, or ./- for one of this name");
    rc = header_read(w->c, path, &info);
    if (!rc)
        rc = plan(w, path, info, o);
    if (!rc && !w->c->dry_run) {
        if (envcrypt_message_info_version(info) != 0)
            rc = rewrap_message(w, path, o);
        else if (o->changed)
            rc = rewrap_record(w, path);
    }
    envcrypt_message_info_free(info);
    return rc;
}

static int
rewrap_all(job *w, const files *all)
{
    int rc = 0;

    for (const char *path = files_next(all, NULL); path; path = files_next(all, path)) {
        outcome o = {0};

        rc = rewrap(w, path, &o);
        if (rc) {
            if (w->c->json)
                report_json(path, rc);
            w->failed++;
        } else {
            tell(w, path, &o);
            w->changed += o.changed;
            w->kept += !o.changed;
        }
        if (rc == EXIT_INTERRUPTED || (rc && report_last() == ENVCRYPT_E_TIMEOUT))
            break;
    }
    if (w->failed && all->count > 1 && rc != EXIT_INTERRUPTED)
        rc = EXIT_PARTIAL;
    return rc;
}

static int
open_job(job *w)
{
    cli *c = w->c;
    int rc = header_parse_age(c);

    if (!rc)
        rc = settings_read(c, &w->reading);

    if (!rc)
        rc = progress_attach(&w->progress, w->reading);
    if (!rc)
        rc = settings_write(c, false, &w->writing);
    if (!rc)
        rc = keys_open(c, &c->keys, c->to.count == 0, &w->from);
    if (rc)
        return rc;
    if (c->to.count)
        return keys_open(c, &c->to, true, &w->to);
    w->to = envcrypt_keyring_ref(w->from);
    return 0;
}

int
run_rewrap(cli *c)
{
    job w = {.c = c};
    files all = {0};
    int rc = files_collect(c, &all);

    if (!rc)
        rc = open_job(&w);
    if (!rc) {
        rc = rewrap_all(&w, &all);
        if (!c->json && all.count != 1)
            note(c, "%zu %s: %zu %s, %zu kept, %zu failed\n", all.count,
                 all.count == 1 ? "file" : "files", w.changed,
                 c->dry_run ? "due" : "rewrapped", w.kept, w.failed);
    }
    envcrypt_keyring_unref(w.from);
    envcrypt_keyring_unref(w.to);
    envcrypt_message_config_free(w.reading);
    envcrypt_message_config_free(w.writing);
    files_free(&all);
    return rc;
}
