/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The answer holds a client's private key: it goes over a connection of its own kind
 * (`secret`), no parser that keeps copies sees it, and its text lives in wiped buffers.
 */
#include "cluster/ack_access.h"

#include <stdio.h>

#include "base/mem.h"
#include "cluster/ack_fetch.h"
#include "codec/jscan.h"

#define MINUTES "60" /* of its life: re-encryption of a large cluster takes some */
#define LONGEST ((size_t)262144) /* bytes of a kubeconfig */

/* --- the text --- */

/* One of the four digits of \uXXXX; -1 for others. */
static int
hex_digit(uint8_t c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* What a kubeconfig has of \u is ASCII; others stay away. */
static bool
put_unicode(evc_cursor *c, evc_buf *out)
{
    int value = 0;

    for (int i = 0; i < 4; i++) {
        int digit = hex_digit(evc_cursor_u8(c));

        if (digit < 0 || c->failed)
            return false;
        value = value * 16 + digit;
    }
    if (value == 0 || value > 0x7f)
        return false;
    evc_buf_put_u8(out, (uint8_t)value);
    return true;
}

static bool
put_escape(evc_cursor *c, evc_buf *out)
{
    static const struct {
        uint8_t name;
        uint8_t stands_for;
    } escapes[] = {{'n', '\n'}, {'t', '\t'}, {'r', '\r'}, {'b', '\b'},
                   {'f', '\f'}, {'"', '"'},  {'/', '/'},  {'\\', '\\'}};
    uint8_t name = evc_cursor_u8(c);

    if (name == 'u')
        return put_unicode(c, out);
    for (size_t i = 0; i < sizeof(escapes) / sizeof(escapes[0]); i++) {
        if (escapes[i].name == name) {
            evc_buf_put_u8(out, escapes[i].stands_for);
            return true;
        }
    }
    return false;
}

/* A string of JSON, with its quotes, as what it stands for. */
static bool
put_string(evc_view text, evc_buf *out)
{
    evc_cursor c = evc_cursor_of_view(text);

    if (text.size < 2 || evc_cursor_u8(&c) != '"')
        return false;
    while (evc_cursor_left(&c) > 1) {
        uint8_t each = evc_cursor_u8(&c);

        if (each != '\\')
            evc_buf_put_u8(out, each);
        else if (!put_escape(&c, out))
            return false;
    }
    return true;
}

/* --- the request --- */

typedef struct asking {
    char path[EVC_ACK_PATH];
    evc_buf config; /* out */
} asking;

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    static const evc_alibaba_parameter query[] = {{"PrivateIpAddress", "false"},
                                                  {"TemporaryDurationMinutes", MINUTES},
                                                  {NULL, NULL}};
    asking *a = op->user;
    evc_ack_call call = {.method = "GET", .path = a->path, .query = query};
    evc_operation as_call = *op;

    as_call.user = &call;
    return evc_ack_call_build(&as_call, x, err);
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    asking *a = op->user;
    evc_view found;
    int rc = evc_jscan_find((const char *)x->reply.data, x->reply.size, "config",
                            &found, err);

    evc_buf_clear(&a->config);
    if (!rc && (!found.size || !put_string(found, &a->config)))
        rc = evc_err(err, ENVCRYPT_E_JSON, "member \"config\" is no text");
    /* Without a text the person's own kubeconfig would be read. */
    if (!rc && !a->config.failed && a->config.size == 0)
        rc = evc_err(err, ENVCRYPT_E_JSON, "member \"config\" is empty");
    rc = evc_ack_call_result(op->kind, rc, err);
    return rc ? rc : evc_buf_check(&a->config, err);
}

static const evc_operation_kind config_kind = {.name = "DescribeClusterUserKubeconfig",
                                               .build = build,
                                               .read = read_reply,
                                               .secret = true,
                                               .cap = LONGEST};

static int
ask(const evc_cluster *cluster, const char *id, asking *a, evc_wait *wait,
    evc_error **err)
{
    evc_operation op;
    int size = snprintf(a->path, sizeof(a->path), "/k8s/%s/user_config", id);
    int rc;

    if (!evc_ack_fetch_is_id(id) || size < 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "the cluster has no id of ACK's");
    evc_operation_init(&op, &config_kind, evc_ack_place_site(cluster)->cs, a);
    op.subject = id;
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    return rc;
}

int
evc_ack_access(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
               evc_kube **out, evc_error **err)
{
    asking a;
    int rc;

    *out = NULL;
    evc_buf_init(&a.config);
    rc = ask(cluster, evc_cluster_state_text(state, EVC_CLUSTER_ID), &a, wait, err);
    if (!rc) {
        const evc_kube_options options = {.kubeconfig_text = evc_buf_view(&a.config),
                                          .kubeconfig_origin =
                                              "that Alibaba ACK gave for the cluster"};

        rc = evc_kube_open(cluster->crypto, cluster->net, &options, out, err);
    }
    evc_buf_reset(&a.config);
    return rc;
}
