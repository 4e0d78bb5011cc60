/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Signs requests to Alibaba Cloud for test_signatures.py: one JSON object a line on standard
 * input, one on standard output.
 *
 *   {"signature": "v3", "url", "method", "query": [["name", "value"], …], "form": […] or null,
 *    "action", "version", "time": ms, "nonce", "id", "secret", "token"}
 *   → {"headers": {…}, "query": "…", "body": "…"}
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/acs.h"

static evc_env *env;
static evc_crypto *crypto;

static void
demand(int code, const char *what)
{
    if (code == 0)
        return;
    (void)fprintf(stderr, "sign: %s gave %s\n", what, envcrypt_error_name(code));
    exit(2);
}

static const char *
text_of(const json_t *object, const char *name)
{
    return json_string_value(json_object_get(object, name));
}

static void
add_pairs(const json_t *pairs, evc_buf *out)
{
    size_t i;
    json_t *pair;

    json_array_foreach(pairs, i, pair)
    {
        evc_form_add(out, json_string_value(json_array_get(pair, 0)),
                     evc_view_text(json_string_value(json_array_get(pair, 1))));
    }
}

static void
build(const json_t *request, evc_exchange *x)
{
    const json_t *form = json_object_get(request, "form");

    demand(evc_endpoint_open(text_of(request, "url"), NULL, &x->endpoint, NULL), "url");
    x->method = text_of(request, "method");
    add_pairs(json_object_get(request, "query"), &x->query);
    if (!json_is_array(form))
        return;
    add_pairs(form, &x->body);
    demand(evc_headers_add(&x->headers, "content-type",
                           evc_view_text("application/x-www-form-urlencoded"), NULL),
           "content-type");
}

static void
sign(const json_t *request, evc_exchange *x)
{
    evc_acs how = {.action = text_of(request, "action"),
                   .version = text_of(request, "version"),
                   .now_ms = json_integer_value(json_object_get(request, "time")),
                   .nonce = text_of(request, "nonce")};
    evc_creds_parts parts = {.id = evc_view_text(text_of(request, "id")),
                             .secret = evc_view_text(text_of(request, "secret")),
                             .token = evc_view_text(text_of(request, "token")),
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "test"};
    evc_creds *creds;

    demand(evc_creds_new(env->arena, &parts, &creds, NULL), "credentials");
    if (strcmp(text_of(request, "signature"), "v3") == 0)
        demand(evc_acs3_sign(crypto, &how, creds, x, NULL), "V3");
    else
        demand(evc_acs1_sign(crypto, &how, creds, x, NULL), "V1");
    evc_creds_unref(creds);
}

static json_t *
text_in(const evc_buf *buf)
{
    return json_stringn(buf->size ? (const char *)buf->data : "", buf->size);
}

static void
answer(const json_t *request)
{
    json_t *headers = json_object();
    json_t *reply;
    evc_exchange x;

    evc_exchange_init(&x);
    build(request, &x);
    sign(request, &x);
    for (size_t i = 0; i < x.headers.count; i++)
        json_object_set_new(headers, x.headers.items[i].name,
                            json_string(x.headers.items[i].value));
    reply = json_pack("{s:o, s:o, s:o}", "headers", headers, "query", text_in(&x.query),
                      "body", text_in(&x.body));
    if (!reply || json_dumpf(reply, stdout, JSON_COMPACT) || fputs("\n", stdout) < 0 ||
        fflush(stdout))
        exit(2);
    json_decref(reply);
    evc_exchange_reset(&x);
}

int
main(void)
{
    static char line[1 << 20];

    demand(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL), "environment");
    demand(evc_crypto_open(env, &crypto, NULL), "cryptography");
    while (fgets(line, (int)sizeof line, stdin)) {
        json_t *request = json_loads(line, 0, NULL);

        if (!request)
            exit(2);
        answer(request);
        json_decref(request);
    }
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    return 0;
}
