/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kube_check.h"

#include <string.h>

#include "k8s/kube_ask.h"

static const char *const columns[] = {"check", "result", "detail", "error", NULL};

static int
add_row(evc_table *table, const char *check, const char *result, const char *detail,
        const char *error, evc_error **err)
{
    int rc = evc_table_add_row(table, err);

    if (rc == 0)
        rc = evc_table_set(table, "check", check, err);
    if (rc == 0)
        rc = evc_table_set(table, "result", result, err);
    if (rc == 0)
        rc = evc_table_set(table, "detail", detail, err);
    return rc == 0 ? evc_table_set(table, "error", error, err) : rc;
}

/* Whether a failure is of the check, and not of whoever asked for it. */
static bool
is_told(int code, evc_wait *wait)
{
    if (code == ENVCRYPT_E_NOMEM || code == ENVCRYPT_E_FORKED ||
        code == ENVCRYPT_E_CANCELED)
        return false;
    return code != ENVCRYPT_E_TIMEOUT || evc_wait_check(wait, NULL) == 0;
}

/* The server did something with the request: it was reached, and TLS was fine. */
static bool
is_reply(int code)
{
    return code == ENVCRYPT_E_AUTH || code == ENVCRYPT_E_DENIED ||
           code == ENVCRYPT_E_KUBE_NOT_FOUND;
}

/* --- steps ------------------------------------------------------------------------ */

typedef struct checks {
    evc_kube *kube;
    evc_wait *wait;
    evc_table *table;
    bool reached;
} checks;

/* What one question came to; text is its answer. */
static int
add_answer(const checks *c, const char *check, int code, const evc_buf *text,
           const evc_error *error, evc_error **err)
{
    if (code == 0)
        return add_row(c->table, check, "ok", (const char *)text->data, NULL, err);
    return add_row(c->table, check, "failed", evc_error_message(error),
                   evc_error_name(code), err);
}

/* /version is the first question: what comes of it tells of reach and version. */
static int
add_version(checks *c, int code, const evc_buf *text, const evc_error *error,
            evc_error **err)
{
    const char *server = evc_kube_server(c->kube);
    int rc;

    c->reached = code == 0 || is_reply(code);
    if (c->reached)
        rc = add_row(c->table, "reach", "ok", server, NULL, err);
    else
        rc = add_answer(c, "reach", code, text, error, err);
    if (rc == 0 && !c->reached)
        return add_row(c->table, "version", "skipped", NULL, NULL, err);
    return rc == 0 ? add_answer(c, "version", code, text, error, err) : rc;
}

static int
add_identity(checks *c, int code, const evc_buf *text, const evc_error *error,
             evc_error **err)
{
    if (code == ENVCRYPT_E_KUBE_NOT_FOUND || code == ENVCRYPT_E_DENIED)
        return add_row(c->table, "identity", "unknown",
                       "this server does not tell who we are", evc_error_name(code),
                       err);
    return add_answer(c, "identity", code, text, error, err);
}

static int
add_cluster(checks *c, int code, const evc_buf *text, const evc_error *error,
            evc_error **err)
{
    if (code == 0 && strncmp((const char *)text->data, "server:", 7) == 0)
        return add_row(c->table, "cluster", "unknown",
                       "the namespace kube-system may not be read, so the cluster is "
                       "known by its URL and CA",
                       NULL, err);
    return add_answer(c, "cluster", code, text, error, err);
}

static int
ask_version(checks *c, evc_buf *out, evc_error **err)
{
    return evc_kube_version(c->kube, c->wait, out, err);
}

static int
ask_identity(checks *c, evc_buf *out, evc_error **err)
{
    return evc_kube_ask_identity(evc_kube_peer(c->kube), c->wait, out, err);
}

static int
ask_cluster(checks *c, evc_buf *out, evc_error **err)
{
    const char *id = NULL;
    int rc = evc_kube_cluster_id(c->kube, c->wait, &id, err);

    if (rc == 0)
        evc_buf_put_text(out, id);
    return rc;
}

static const struct step {
    const char *name;
    int (*ask)(checks *c, evc_buf *out, evc_error **err);
    int (*add)(checks *c, int code, const evc_buf *text, const evc_error *error,
               evc_error **err);
} steps[] = {
    {"version", ask_version, add_version},
    {"identity", ask_identity, add_identity},
    {"cluster", ask_cluster, add_cluster},
};

static int
run_step(checks *c, const struct step *step, evc_error **err)
{
    evc_error *error = NULL;
    evc_buf text;
    int code;
    int rc;

    evc_buf_init(&text);
    code = step->ask(c, &text, &error);
    evc_buf_put_u8(&text, 0);
    rc = evc_buf_check(&text, err);
    if (rc == 0 && code != 0 && !is_told(code, c->wait)) {
        rc = evc_err(err, code, "%s", evc_error_message(error));
        evc_err_set_facts_of(err ? *err : NULL, error);
    }
    if (rc == 0)
        rc = step->add(c, code, &text, error, err);
    evc_error_free(error);
    evc_buf_reset(&text);
    return rc;
}

int
evc_kube_check(evc_kube *kube, evc_wait *wait, evc_table **out, evc_error **err)
{
    checks c = {.kube = kube, .wait = wait, .reached = true};
    int rc = evc_table_new(columns, &c.table, err);

    *out = NULL;
    for (size_t i = 0; rc == 0 && i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (c.reached)
            rc = run_step(&c, &steps[i], err);
        else
            rc = add_row(c.table, steps[i].name, "skipped", NULL, NULL, err);
    }
    if (rc) {
        evc_table_free(c.table);
        return rc;
    }
    *out = c.table;
    return 0;
}
