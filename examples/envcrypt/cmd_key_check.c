/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key check: a pre-flight self-test of a configuration. Where credentials come from, whether the
 * key opens, what it can do, how long that takes, and which rights are missing.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define CODES (-1000) /* all errors are above */

/* What was found so far. */
typedef struct findings {
    json j;
    table t;
    size_t failed;
    int code; /* exit code of the first failure */
} findings;

/* A row; members that are NULL are not told. */
typedef struct row {
    const char *step, *result, *detail, *permission, *error;
    int64_t ms; /* -1: it took none */
} row;

static void
put_json(findings *f, const row *r)
{
    json_open(&f->j, NULL, '{');
    json_text(&f->j, "step", r->step);
    json_text(&f->j, "result", r->result);
    json_text(&f->j, "detail", r->detail);
    json_text(&f->j, "permission", r->permission);
    json_text(&f->j, "error", r->error);
    if (r->ms < 0)
        json_text(&f->j, "milliseconds", NULL);
    else
        json_number(&f->j, "milliseconds", r->ms);
    json_close(&f->j);
}

static void
put(const cli *c, findings *f, const row *r)
{
    const char *detail = r->detail ? r->detail : "";
    /* An error names the right in its own words mostly. */
    const char *missing =
        r->permission && !strstr(detail, r->permission) ? r->permission : NULL;

    if (c->json) {
        put_json(f, r);
        return;
    }
    table_cell(&f->t, "%s", r->step);
    table_cell(&f->t, "%s", r->result);
    if (r->ms < 0)
        table_cell(&f->t, "-");
    else
        table_cell(&f->t, "%lld", (long long)r->ms);
    table_cell(&f->t, "%s%s%s", detail, missing ? "; missing: " : "",
               missing ? missing : "");
}

static void
count_failure(findings *f, int code)
{
    if (f->failed++ == 0)
        f->code = code;
}

/* A step that failed as a whole; takes the error. */
static void
put_failure(const cli *c, findings *f, const char *step, int64_t began_ms,
            envcrypt_error *error)
{
    int32_t code = envcrypt_error_code(error);

    put(c, f,
        &(row){.step = step,
               .result = "failed",
               .detail = envcrypt_error_message(error),
               .error = envcrypt_error_name(code),
               .ms = now_ms() - began_ms});
    count_failure(f, report_exit(code));
    envcrypt_error_free(error);
}

/* Whether the clouds' chains are asked for this key. */
static bool
is_cloud(const char *uri)
{
    return strncmp(uri, "aws-kms:", 8) == 0 || strncmp(uri, "ibm-kp:", 7) == 0 ||
           strncmp(uri, "alibaba-kms:", 12) == 0;
}

/* "profile default, AKIA…, account 1, until 2026-…" */
static char *
credentials_text(const envcrypt_table *found)
{
    const char *detail = envcrypt_table_get(found, 0, "detail");
    const char *id = envcrypt_table_get(found, 0, "id");
    const char *account = envcrypt_table_get(found, 0, "account");
    const char *expires = envcrypt_table_get(found, 0, "expires");

    return text_format("%s%s%s%s%s%s%s%s%s", envcrypt_table_get(found, 0, "source"),
                       detail ? " " : "", detail ? detail : "", id ? ", id " : "",
                       id ? id : "", account ? ", account " : "",
                       account ? account : "", expires ? ", until " : "",
                       expires ? expires : "");
}

static void
check_credentials(const cli *c, findings *f)
{
    envcrypt_credentials *credentials = NULL;
    envcrypt_table *found = NULL;
    envcrypt_error *error = NULL;
    char *text = NULL;
    int64_t began_ms = now_ms();
    int rc =
        envcrypt_credentials_open(c->client, c->args[0], NULL, &credentials, &error);

    if (!rc)
        rc = envcrypt_credentials_check(credentials, c->wait, &found, &error);
    if (rc) {
        put_failure(c, f, "credentials", began_ms, error);
    } else {
        text = credentials_text(found);
        put(c, f,
            &(row){.step = "credentials",
                   .result = "ok",
                   .detail = text,
                   .ms = now_ms() - began_ms});
    }
    free(text);
    envcrypt_table_free(found);
    envcrypt_credentials_unref(credentials);
}

/* A store key is presented its secrets as everywhere; a cloud's failure to open is a finding. */
static int
open_key(cli *c, findings *f, envcrypt_kms **out, envcrypt_kms **owned)
{
    envcrypt_error *error = NULL;
    int64_t began_ms = now_ms();

    if (!is_cloud(c->args[0]))
        return keys_open_one(c, c->args[0], out);
    if (f->failed)
        put(c, f,
            &(row){.step = "open",
                   .result = "skipped",
                   .detail = "there are no credentials",
                   .ms = -1});
    else if (envcrypt_kms_open(c->client, c->args[0], NULL, c->wait, owned, &error))
        put_failure(c, f, "open", began_ms, error);
    else
        put(c, f,
            &(row){.step = "open",
                   .result = "ok",
                   .detail = envcrypt_kms_key_id(*owned),
                   .ms = now_ms() - began_ms});
    *out = *owned;
    return 0;
}

/* CODES: no error of this name. */
static int32_t
code_named(const char *name)
{
    int32_t code = -1;

    while (code > CODES && strcmp(envcrypt_error_name(code), name) != 0)
        code--;
    return code;
}

static void
put_found(const cli *c, findings *f, const envcrypt_table *found, size_t i)
{
    const char *ms = envcrypt_table_get(found, i, "milliseconds");
    row r = {.step = envcrypt_table_get(found, i, "step"),
             .result = envcrypt_table_get(found, i, "result"),
             .detail = envcrypt_table_get(found, i, "detail"),
             .permission = envcrypt_table_get(found, i, "permission"),
             .error = envcrypt_table_get(found, i, "error"),
             .ms = ms ? strtoll(ms, NULL, 10) : -1};

    put(c, f, &r);
    if (r.error)
        count_failure(f, report_exit(code_named(r.error)));
}

static int
check_key(const cli *c, findings *f, envcrypt_kms *kms)
{
    envcrypt_table *found = NULL;
    envcrypt_error *error = NULL;
    int rc =
        check(envcrypt_kms_check(kms, c->wait, NULL, &found, &error), &error, NULL);

    for (size_t i = 0; i < envcrypt_table_rows(found); i++)
        put_found(c, f, found, i);
    envcrypt_table_free(found);
    return rc;
}

static void
begin(const cli *c, findings *f)
{
    f->t.columns = 4;
    if (c->json) {
        json_open(&f->j, NULL, '{');
        json_text(&f->j, "key", c->args[0]);
        json_open(&f->j, "steps", '[');
        return;
    }
    table_cell(&f->t, "STEP");
    table_cell(&f->t, "RESULT");
    table_cell(&f->t, "MS");
    table_cell(&f->t, "DETAIL");
}

static int
end(const cli *c, findings *f)
{
    int rc = 0;

    if (c->json) {
        json_close(&f->j);
        json_number(&f->j, "failed", (int64_t)f->failed);
        json_close(&f->j);
    } else {
        rc = table_print(&f->t);
        if (!rc)
            note(c, f->failed == 0 ? "\nThe key can be used as it is configured here.\n"
                                   : "\nThe key cannot be used for all of this.\n");
    }
    return rc ? rc : f->code;
}

int
run_key_check(cli *c)
{
    envcrypt_kms *owned = NULL;
    envcrypt_kms *kms = NULL;
    findings f = {0};
    int rc;

    begin(c, &f);
    if (is_cloud(c->args[0]))
        check_credentials(c, &f);
    rc = open_key(c, &f, &kms, &owned);
    if (!rc && kms)
        rc = check_key(c, &f, kms);
    envcrypt_kms_unref(owned);
    return rc ? rc : end(c, &f);
}
