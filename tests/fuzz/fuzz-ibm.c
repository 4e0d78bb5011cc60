/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of IBM's key services, and the texts that name keys. The first byte says what
 * the rest is: the reply to a wrap, unwrap, rewrap or probe, to an action of the service,
 * or to a refused request (whose status the second byte says); a URI; or a wrapped key
 * that is sent. What is accepted is whole; what is not leaves nothing behind.
 */
#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "cloud/ibm_access.h"
#include "cloud/ibm_account.h"
#include "cloud/ibm_call.h"
#include "cloud/ibm_errors.h"
#include "one-reply.h"

#define INSTANCE "1e0a7b9c-0000-4000-8000-000000000001"
#define KEY "2291e4ae-a14c-4af9-88f0-27c0cb2739e2"
#define CRN "crn:v1:bluemix:public:kms:us-south:a/f047b55a:" INSTANCE ":key:" KEY

static evc_kms *kms;
static char key_id[] = KEY;
static char instance[] = INSTANCE;
static evc_ibm key = {.target = {INSTANCE, NULL}, .key = key_id};
static evc_ibm_account account = {.target = {INSTANCE, NULL}, .instance = instance};
static evc_service service;

static const evc_protocol protocol = {.provider = "ibm-kp",
                                      .classify = evc_ibm_classify};

static void
close_nothing(void *state)
{
    (void)state;
}

static const evc_backend backend = {.close = close_nothing, .at_once = true};

static void
open_once(void)
{
    if (env)
        return;
    open_one_reply("https://kp.example", &protocol);
    key.cloud.peer = peer;
    account.peer = peer;
    account.controller = peer;
    FUZZ_DEMAND(
        !evc_kms_new(crypto, &backend, &key, EVC_IBM_PROVIDER, CRN, 0, &kms, NULL));
    service = (evc_service){.generation = env->generation,
                            .crypto = crypto,
                            .net = net,
                            .kind = &evc_service_ibm,
                            .state = &account};
}

/* --- data keys --- */

static void
check_edk(const evc_edk_out *made)
{
    evc_edk edk = evc_edk_view(made);
    evc_edk_service info;

    FUZZ_DEMAND(evc_view_is_text(edk.provider, EVC_IBM_PROVIDER));
    FUZZ_DEMAND(evc_edk_service_parse(edk.info, &info));
    FUZZ_DEMAND(evc_view_is_text(info.key_id, CRN) && info.form == EVC_FORM_NONE);
    FUZZ_DEMAND(edk.ciphertext.size && edk.ciphertext.size <= EVC_IBM_WRAPPED_MAX);
    FUZZ_DEMAND(evc_is_utf8(edk.ciphertext));
}

static void
read_reply(int32_t operation)
{
    evc_call *call = NULL;
    evc_operation op = {.kind = NULL};
    evc_exchange x;
    int rc;

    FUZZ_DEMAND(!evc_call_new(kms, operation, &call, NULL));
    evc_exchange_init(&x);
    evc_buf_put_view(&x.reply, body);
    op.user = call;
    rc = evc_ibm_kind_of(call)->read(&op, &x, NULL);
    if (rc) {
        FUZZ_DEMAND(rc == ENVCRYPT_E_PROTOCOL || rc == ENVCRYPT_E_BAD_DEK ||
                    rc == ENVCRYPT_E_KEY_MISMATCH ||
                    evc_error_class_of(rc) == ENVCRYPT_CLASS_KEY_STATE);
        FUZZ_DEMAND(call->key.size == 0);
    } else if (operation == ENVCRYPT_OP_UNWRAP) {
        FUZZ_DEMAND(call->key.size > 0);
        FUZZ_DEMAND(call->stale || call->replacement.ciphertext.size == 0);
        if (call->replacement.ciphertext.size)
            check_edk(&call->replacement);
    } else if (operation != ENVCRYPT_OP_PROBE) {
        check_edk(&call->wrapped);
    }
    evc_exchange_reset(&x);
    evc_call_unref(call);
}

/* A wrapped key that came from anywhere is sent as what it is, or not at all. */
static void
send_wrapped(void)
{
    evc_edk_service facts = {.key_id = evc_view_text(CRN)};
    evc_call *call = NULL;
    evc_operation op = {.kind = NULL};
    evc_json_doc *doc = NULL;
    evc_exchange x;
    evc_buf info;

    FUZZ_DEMAND(!evc_call_new(kms, ENVCRYPT_OP_UNWRAP, &call, NULL));
    evc_buf_init(&info);
    evc_edk_service_info(&info, &facts);
    evc_exchange_init(&x);
    call->edk.info = evc_buf_view(&info);
    call->edk.ciphertext = body;
    op.user = call;
    if (!evc_ibm_kind_of(call)->build(&op, &x, NULL)) {
        const char *sent = NULL;

        FUZZ_DEMAND(!evc_json_parse(evc_buf_view(&x.body), "it", &doc, NULL));
        FUZZ_DEMAND(evc_json_count(evc_json_root(doc)) == 1);
        FUZZ_DEMAND(!evc_json_text(evc_json_root(doc), "ciphertext", &sent, NULL));
        FUZZ_DEMAND(evc_view_equal(evc_view_text(sent), body));
    }
    evc_json_free(doc);
    evc_exchange_reset(&x);
    evc_buf_reset(&info);
    evc_call_unref(call);
}

/* --- the others --- */

static void
run_action(const char *action, const char *name, const char *value)
{
    evc_table *table = NULL;
    evc_kv args;
    int rc;

    evc_kv_init(&args);
    if (name)
        FUZZ_DEMAND(
            !evc_kv_add(&args, evc_view_text(name), evc_view_text(value), NULL));
    answered = 0;
    rc = evc_service_run(&service, action, &args, false, NULL, &table, NULL);
    FUZZ_DEMAND(!rc == (table != NULL));
    FUZZ_DEMAND(!rc || rc == ENVCRYPT_E_PROTOCOL || answered > ANSWERS);
    evc_table_free(table);
    evc_kv_reset(&args);
}

static void
classify(void)
{
    evc_cursor c = evc_cursor_of_view(body);
    evc_fault fault = {.retry_after_ms = -1};
    evc_exchange x;

    evc_exchange_init(&x);
    x.status = 300 + evc_cursor_u8(&c);
    evc_buf_put_view(&x.reply, evc_cursor_bytes(&c, evc_cursor_left(&c)));
    evc_ibm_classify(&x, &fault);
    FUZZ_DEMAND(fault.code < 0);
    for (const char *at = fault.provider_code; *at; at++)
        FUZZ_DEMAND(strchr("._-", *at) || (*at >= '0' && *at <= '9') ||
                    (*at >= 'A' && *at <= 'Z') || (*at >= 'a' && *at <= 'z'));
    evc_exchange_reset(&x);
}

static void
name_key(void)
{
    evc_ibm_place place;
    evc_buf text;
    evc_uri uri;

    evc_buf_init(&text);
    evc_buf_put_text(&text, "ibm-kp://");
    evc_buf_put_view(&text, body);
    evc_buf_put_u8(&text, 0);
    if (!evc_uri_parse((const char *)text.data, &uri, NULL)) {
        if (!evc_ibm_place_of(&uri, &place, NULL)) {
            FUZZ_DEMAND(place.host || evc_ibm_is_region(place.region));
            FUZZ_DEMAND(!place.instance.size || evc_ibm_is_token(place.instance));
            FUZZ_DEMAND(!place.key.size ||
                        (evc_ibm_is_token(place.key) && place.instance.size));
        }
        evc_uri_reset(&uri);
    }
    evc_buf_reset(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const int32_t operations[] = {ENVCRYPT_OP_WRAP, ENVCRYPT_OP_UNWRAP,
                                         ENVCRYPT_OP_REWRAP, ENVCRYPT_OP_PROBE};
    static const struct {
        const char *action;
        const char *name;
        const char *value;
    } actions[] = {{"list-keys", NULL, NULL},          {"describe-key", "key", KEY},
                   {"list-versions", "key", KEY},      {"rotation-status", "key", KEY},
                   {"list-registrations", NULL, NULL}, {"list-instances", NULL, NULL},
                   {"show-private-port", NULL, NULL}};
    evc_cursor c = evc_cursor_of(data, size);
    uint8_t what = evc_cursor_u8(&c);

    open_once();
    body = evc_cursor_bytes(&c, evc_cursor_left(&c));
    if (what < 4)
        read_reply(operations[what]);
    else if (what < 11)
        run_action(actions[what - 4].action, actions[what - 4].name,
                   actions[what - 4].value);
    else if (what == 11)
        classify();
    else if (what == 12)
        name_key();
    else
        send_wrapped();
    return 0;
}
