/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key check: a pre-flight self-test of a configuration. Where credentials come from, whether the
 * key opens, what it can do, how long that takes, and which rights are missing.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* What was found so far. */
typedef struct findings {
    json j;
    table t;
    size_t failed;
    int code; /* exit code of the first failure */
} findings;

static void
put(const cli *c, findings *f, const char *step, const char *result, const char *detail,
    const char *permission, const char *ms)
{
    if (!c->json) {
        table_cell(&f->t, "%s", step);
        table_cell(&f->t, "%s", result);
        table_cell(&f->t, "%s", ms ? ms : "-");
        table_cell(&f->t, "%s%s%s%s", detail ? detail : "",
                   permission ? "; missing: " : "", permission ? permission : "", "");
        return;
    }
    json_open(&f->j, NULL, '{');
    json_text(&f->j, "step", step);
    json_text(&f->j, "result", result);
    json_text(&f->j, "detail", detail);
    json_text(&f->j, "permission", permission);
    json_text(&f->j, "milliseconds", ms);
    json_close(&f->j);
}

/* A step that failed as a whole; takes the error. */
static void
put_failure(const cli *c, findings *f, const char *step, envcrypt_error *error)
{
    int code = report_note(error);

    put(c, f, step, "failed", envcrypt_error_message(error), NULL, NULL);
    if (f->failed++ == 0)
        f->code = code;
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
    int rc =
        envcrypt_credentials_open(c->client, c->args[0], NULL, &credentials, &error);

    if (!rc)
        rc = envcrypt_credentials_check(credentials, c->wait, &found, &error);
    if (rc) {
        put_failure(c, f, "credentials", error);
    } else {
        text = credentials_text(found);
        put(c, f, "credentials", "ok", text, NULL, NULL);
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

    if (!is_cloud(c->args[0]))
        return keys_open_one(c, c->args[0], out);
    if (envcrypt_kms_open(c->client, c->args[0], NULL, c->wait, owned, &error))
        put_failure(c, f, "open", error);
    else
        put(c, f, "open", "ok", envcrypt_kms_key_id(*owned), NULL, NULL);
    *out = *owned;
    return 0;
}

static int
check_key(const cli *c, findings *f, envcrypt_kms *kms)
{
    envcrypt_table *found = NULL;
    envcrypt_error *error = NULL;
    size_t failed = 0;
    int rc =
        check(envcrypt_kms_check(kms, c->wait, &failed, &found, &error), &error, NULL);

    for (size_t i = 0; i < envcrypt_table_rows(found); i++)
        put(c, f, envcrypt_table_get(found, i, "step"),
            envcrypt_table_get(found, i, "result"),
            envcrypt_table_get(found, i, "detail"),
            envcrypt_table_get(found, i, "permission"),
            envcrypt_table_get(found, i, "milliseconds"));
    if (failed && f->failed == 0)
        f->code = EXIT_KEY;
    f->failed += failed;
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
        if (!rc && f->failed == 0)
            note(c, "\nThe key can be used as it is configured here.\n");
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
