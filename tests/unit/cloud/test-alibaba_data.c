/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_data.h"

#include "alibaba-fixture.h"
#include "base/encode.h"
#include "cloud/context_form.h"
#include "evc-alloc.h"
#include "kms/call.h"

#define BLOB_FORM "MmFiMWE5ODMtNzA3Mi00YmJj%2B%2FWE1ODI%3D"
#define DEK_FORM "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA%3D"

static evc_kms *kms;
static evc_call *call;
static evc_kv context;
static evc_secret dek;
static evc_buf info;
static evc_operation op;

static void
set_up(void)
{
    alibaba_set_up();
    kms = alibaba_key();
    evc_kv_init(&context);
    evc_buf_init(&info);
    EVC_CHECK_OK(evc_secret_new(t.env->arena, 32, &dek, NULL));
    for (size_t i = 0; i < 32; i++)
        dek.bytes[i] = (uint8_t)(i + 1);
    call = NULL;
}

static void
tear_down(void)
{
    evc_operation_reset(&op);
    evc_call_unref(call);
    evc_secret_free(&dek);
    evc_kv_reset(&context);
    evc_buf_reset(&info);
    evc_kms_unref(kms);
    alibaba_tear_down();
}

static void
add_pair(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_add(&context, evc_view_text(name), evc_view_text(value), NULL));
}

static void
begin(uint32_t operation)
{
    evc_operation_reset(&op);
    evc_call_unref(call);
    EVC_CHECK_OK(evc_call_new(kms, (int32_t)operation, &call, NULL));
    call->context = &context;
    call->input = evc_view_of(dek.bytes, dek.size);
    call->key_size = 32;
    evc_operation_init(&op, evc_alibaba_data_kind(call), alibaba_peer, call);
}

static void
set_edk(const char *blob, evc_context_form form)
{
    evc_edk_service service = {.key_id = evc_view_text(ARN),
                               .key_version = evc_view_text(VERSION),
                               .form = form,
                               .wrapped_s = 1000};

    evc_buf_reset(&info);
    evc_edk_service_info(&info, &service);
    call->edk = (evc_edk){.provider = evc_view_text(EVC_ALIBABA_PROVIDER),
                          .info = evc_buf_view(&info),
                          .ciphertext = evc_view_text(blob)};
}

static int
build(void)
{
    evc_exchange_restart(&op.exchange);
    return op.kind->build(&op, &op.exchange, &err);
}

static void
expect_form(const char *form)
{
    EVC_CHECK_OK(build());
    ck_assert_msg(evc_view_is_text(evc_buf_view(&op.exchange.body), form), "%.*s",
                  (int)op.exchange.body.size, (const char *)op.exchange.body.data);
    ck_assert_uint_eq(op.exchange.query.size, 0);
}

static int
read_reply(evc_view text)
{
    evc_error_free(err);
    err = NULL;
    evc_exchange_restart(&op.exchange);
    evc_buf_put_view(&op.exchange.reply, text);
    return op.kind->read(&op, &op.exchange, &err);
}

static int
read_text(const char *text)
{
    return read_reply(evc_view_text(text));
}

/* --- requests --------------------------------------------------------------------- */

START_TEST(encrypt_names_the_key_and_bears_the_plaintext)
{
    begin(ENVCRYPT_OP_WRAP);
    expect_form("KeyId=" ARN_FORM "&Plaintext=" DEK_FORM);
    ck_assert_str_eq(evc_headers_find(&op.exchange.headers, "x-acs-action"), "Encrypt");
}
END_TEST

START_TEST(a_context_is_json_text_in_the_order_of_names)
{
    begin(ENVCRYPT_OP_WRAP);
    add_pair("b", "2 \"&");
    add_pair("a", "1");
    expect_form("KeyId=" ARN_FORM "&Plaintext=" DEK_FORM
                "&EncryptionContext=%7B%22a%22%3A%221%22%2C%22b%22%3A%222%20%5C%22%26"
                "%22%7D");
}
END_TEST

START_TEST(generate_asks_for_the_bytes_that_are_wanted)
{
    begin(ENVCRYPT_OP_GENERATE);
    expect_form("KeyId=" ARN_FORM "&NumberOfBytes=32");
    call->key_size = 16;
    expect_form("KeyId=" ARN_FORM "&NumberOfBytes=16");
}
END_TEST

START_TEST(decrypt_begins_with_the_ciphertext_as_it_was_received)
{
    begin(ENVCRYPT_OP_UNWRAP);
    set_edk(BLOB_TEXT, EVC_FORM_NONE);
    expect_form("CiphertextBlob=" BLOB_FORM);
}
END_TEST

/* SHA-256("envcrypt-context-1" 00 | 0001 0001 61 0001 31), by another implementation. */
#define HASH_FORM                                                                      \
    "%7B%22envcrypt-context%22%3A%22iQhDskFkzpm3OMriQo01idVzo8fvh7Sl%2F6NNrSraTrg%3D%" \
    "22%7D"

START_TEST(the_form_that_the_edk_names_decides)
{
    begin(ENVCRYPT_OP_UNWRAP);
    add_pair("a", "1");
    set_edk(BLOB_TEXT, EVC_FORM_MAP);
    expect_form("CiphertextBlob=" BLOB_FORM
                "&EncryptionContext=%7B%22a%22%3A%221%22%7D");
    set_edk(BLOB_TEXT, EVC_FORM_HASH);
    expect_form("CiphertextBlob=" BLOB_FORM "&EncryptionContext=" HASH_FORM);
}
END_TEST

START_TEST(an_edk_of_another_context_is_not_sent)
{
    begin(ENVCRYPT_OP_UNWRAP);
    set_edk(BLOB_TEXT, EVC_FORM_MAP);
    EVC_CHECK_CODE(build(), ENVCRYPT_E_UNWRAP);
    set_edk(BLOB_TEXT, EVC_FORM_HASH);
    EVC_CHECK_CODE(build(), ENVCRYPT_E_UNWRAP);
    add_pair("a", "1");
    set_edk(BLOB_TEXT, EVC_FORM_NONE);
    EVC_CHECK_CODE(build(), ENVCRYPT_E_UNWRAP);
}
END_TEST

/* {"a":"…"} of so many characters. */
static void
add_long_pair(size_t characters)
{
    char *text = evc_mem_new(characters);

    ck_assert_ptr_nonnull(text);
    memset(text, 'x', characters - 8);
    add_pair("a", text);
    evc_mem_free(text);
}

static evc_context_form
form_written(void)
{
    evc_edk_service service;

    EVC_CHECK_OK(build());
    EVC_CHECK_OK(read_text(ENCRYPTED));
    ck_assert(evc_edk_service_parse(evc_buf_view(&call->wrapped.info), &service));
    return service.form;
}

START_TEST(a_context_of_8192_characters_is_a_map)
{
    begin(ENVCRYPT_OP_WRAP);
    add_long_pair(8192);
    ck_assert_int_eq(form_written(), EVC_FORM_MAP);
}
END_TEST

START_TEST(a_longer_one_is_a_hash)
{
    begin(ENVCRYPT_OP_WRAP);
    add_long_pair(8193);
    ck_assert_int_eq(form_written(), EVC_FORM_HASH);
    ck_assert_uint_lt(op.exchange.body.size, 512);
}
END_TEST

START_TEST(a_map_that_cannot_be_is_not_sent)
{
    begin(ENVCRYPT_OP_UNWRAP);
    add_long_pair(8193);
    set_edk(BLOB_TEXT, EVC_FORM_MAP);
    EVC_CHECK_CODE(build(), ENVCRYPT_E_UNWRAP);
    set_edk(BLOB_TEXT, EVC_FORM_HASH);
    EVC_CHECK_OK(build());
}
END_TEST

static const char *const no_blobs[] = {"", "a b", "a\tb", "\x7f", "\xc3\xa4", "a\n"};

START_TEST(a_ciphertext_that_is_no_text_is_not_sent)
{
    begin(ENVCRYPT_OP_UNWRAP);
    set_edk(no_blobs[_i], EVC_FORM_NONE);
    EVC_CHECK_CODE(build(), ENVCRYPT_E_UNWRAP);
}
END_TEST

START_TEST(a_ciphertext_has_at_most_6144_bytes)
{
    static char text[EVC_ALIBABA_BLOB_MAX + 2];

    begin(ENVCRYPT_OP_UNWRAP);
    memset(text, 'a', sizeof(text));
    text[EVC_ALIBABA_BLOB_MAX + 1] = 0;
    set_edk(text, EVC_FORM_NONE);
    EVC_CHECK_CODE(build(), ENVCRYPT_E_UNWRAP);
    text[EVC_ALIBABA_BLOB_MAX] = 0;
    set_edk(text, EVC_FORM_NONE);
    EVC_CHECK_OK(build());
}
END_TEST

START_TEST(reencrypt_has_both_contexts)
{
    begin(ENVCRYPT_OP_REWRAP);
    add_pair("a", "1");
    set_edk(BLOB_TEXT, EVC_FORM_HASH);
    expect_form("CiphertextBlob=" BLOB_FORM "&DestinationKeyId=" ARN_FORM
                "&SourceEncryptionContext=" HASH_FORM
                "&DestinationEncryptionContext=%7B%22a%22%3A%221%22%7D");
}
END_TEST

/* Of which the transport leaves no copy (test-tls): a wrap sends one. */
START_TEST(whatever_carries_a_data_key_is_secret)
{
    const uint32_t secret[] = {ENVCRYPT_OP_WRAP, ENVCRYPT_OP_UNWRAP,
                               ENVCRYPT_OP_GENERATE};

    for (size_t i = 0; i < sizeof(secret) / sizeof(secret[0]); i++) {
        begin(secret[i]);
        ck_assert(op.kind->secret && !op.kind->once);
    }
    begin(ENVCRYPT_OP_REWRAP);
    ck_assert(!op.kind->secret && !op.kind->once);
    ck_assert_uint_eq(op.kind->cap, EVC_REPLY_KEY_MAX);
}
END_TEST

START_TEST(the_other_operations_take_more_requests)
{
    EVC_CHECK_OK(evc_call_new(kms, ENVCRYPT_OP_DESCRIBE, &call, NULL));
    ck_assert_ptr_null(evc_alibaba_data_kind(call));
}
END_TEST

/* --- replies ---------------------------------------------------------------------- */

START_TEST(an_edk_is_as_its_format_says)
{
    evc_edk_service service;
    evc_edk edk;

    begin(ENVCRYPT_OP_WRAP);
    add_pair("a", "1");
    EVC_CHECK_OK(read_text(ENCRYPTED));
    edk = evc_edk_view(&call->wrapped);
    ck_assert(evc_view_is_text(edk.provider, "envcrypt-alibaba-kms"));
    ck_assert(evc_view_is_text(edk.ciphertext, BLOB_TEXT));
    ck_assert(evc_edk_service_parse(edk.info, &service));
    ck_assert(evc_view_is_text(service.key_id, ARN));
    ck_assert(evc_view_is_text(service.key_version, VERSION));
    ck_assert_int_eq(service.form, EVC_FORM_MAP);
    ck_assert_uint_eq(service.wrapped_s, (uint64_t)(WALL_AT_START + 1000) / 1000);
    ck_assert(evc_view_is_text(evc_buf_view(&call->version), VERSION));
}
END_TEST

START_TEST(a_reply_without_a_version_makes_an_edk_without_one)
{
    evc_edk_service service;

    begin(ENVCRYPT_OP_WRAP);
    EVC_CHECK_OK(read_text("{\"CiphertextBlob\":\"abcd\",\"KeyId\":\"" KEY_ID "\"}"));
    ck_assert(evc_edk_service_parse(evc_buf_view(&call->wrapped.info), &service));
    ck_assert_uint_eq(service.key_version.size, 0);
    ck_assert_int_eq(service.form, EVC_FORM_NONE);
}
END_TEST

START_TEST(decrypt_gives_the_key)
{
    begin(ENVCRYPT_OP_UNWRAP);
    set_edk(BLOB_TEXT, EVC_FORM_NONE);
    EVC_CHECK_OK(read_text(DECRYPTED));
    ck_assert_uint_eq(call->key.size, 32);
    ck_assert(
        evc_view_equal(evc_view_of(call->key.bytes, 32), evc_view_of(dek.bytes, 32)));
    ck_assert(!call->stale);
}
END_TEST

START_TEST(the_reply_may_name_the_arn)
{
    begin(ENVCRYPT_OP_UNWRAP);
    set_edk(BLOB_TEXT, EVC_FORM_NONE);
    EVC_CHECK_OK(read_text("{\"Plaintext\":\"" DEK_TEXT "\",\"KeyId\":\"" ARN "\"}"));
}
END_TEST

START_TEST(generate_gives_key_and_edk)
{
    begin(ENVCRYPT_OP_GENERATE);
    EVC_CHECK_OK(read_text(GENERATED));
    ck_assert_uint_eq(call->key.size, 32);
    ck_assert(evc_view_is_text(evc_buf_view(&call->wrapped.ciphertext), BLOB_TEXT));
}
END_TEST

START_TEST(a_key_under_an_older_version_is_stale)
{
    begin(ENVCRYPT_OP_WRAP);
    EVC_CHECK_OK(read_text("{\"CiphertextBlob\":\"abcd\",\"KeyId\":\"" KEY_ID
                           "\",\"KeyVersionId\":\"" NEWER "\"}"));
    begin(ENVCRYPT_OP_UNWRAP);
    set_edk(BLOB_TEXT, EVC_FORM_NONE);
    EVC_CHECK_OK(read_text(DECRYPTED));
    ck_assert(call->stale);
}
END_TEST

static const char *const other_keys[] = {
    OTHER_ID,
    OTHER_ARN,
    "acs:kms:cn-beijing:1234567890123456:key/" KEY_ID,
    "acs:kms:cn-hangzhou:6543210987654321:key/" KEY_ID,
    "alias/main",
    "",
};

START_TEST(an_answer_of_another_key_is_not_used)
{
    const uint32_t operations[] = {ENVCRYPT_OP_WRAP, ENVCRYPT_OP_UNWRAP,
                                   ENVCRYPT_OP_GENERATE, ENVCRYPT_OP_REWRAP};
    char text[512];

    for (size_t i = 0; i < 4; i++) {
        begin(operations[i]);
        set_edk(BLOB_TEXT, EVC_FORM_NONE);
        (void)snprintf(text, sizeof(text),
                       "{\"Plaintext\":\"" DEK_TEXT "\",\"CiphertextBlob\":\"" BLOB_TEXT
                       "\",\"KeyId\":\"%s\"}",
                       other_keys[_i]);
        EVC_CHECK_CODE(read_text(text), ENVCRYPT_E_KEY_MISMATCH);
        ck_assert_uint_eq(call->key.size, 0);
        ck_assert_uint_eq(call->wrapped.ciphertext.size, 0);
        ck_assert_ptr_null(strstr(evc_error_message(err), DEK_TEXT));
    }
}
END_TEST

static const char *const wrong[] = {
    "",
    "{}",
    "[]",
    "null",
    "<html>",
    "{\"Plaintext\":\"" DEK_TEXT "\",\"CiphertextBlob\":\"" BLOB_TEXT "\"}",
    "{\"Plaintext\":\"" DEK_TEXT "\",\"CiphertextBlob\":\"" BLOB_TEXT "\",\"KeyId\":1}",
    "{\"Plaintext\":\"" DEK_TEXT "\",\"CiphertextBlob\":\"" BLOB_TEXT
    "\",\"KeyId\":null}",
    "{\"Plaintext\":\"" DEK_TEXT "\",\"CiphertextBlob\":\"" BLOB_TEXT
    "\",\"KeyId\":\"" KEY_ID "\",\"KeyId\":\"" KEY_ID "\"}",
    "{\"Plaintext\":\"" DEK_TEXT "\",\"CiphertextBlob\":\"" BLOB_TEXT
    "\",\"KeyId\":\"" KEY_ID "\",\"KeyVersionId\":7}",
    "{\"Plaintext\":\"" DEK_TEXT "\",\"CiphertextBlob\":\"" BLOB_TEXT
    "\",\"KeyId\":\"" KEY_ID "\",\"KeyVersionId\":\"\"}",
    "{\"Plaintext\":\"" DEK_TEXT "\",\"CiphertextBlob\":\"" BLOB_TEXT
    "\",\"KeyId\":\"" KEY_ID "\",\"KeyVersionId\":\"a b\"}",
    "{\"Plaintext\":\"" DEK_TEXT "\",\"Plaintext\":\"" DEK_TEXT
    "\",\"CiphertextBlob\":\"" BLOB_TEXT "\",\"KeyId\":\"" KEY_ID
    "\",\"KeyId\":\"" KEY_ID "\"}",
    "{\"Plaintext\":\"" DEK_TEXT "\",\"CiphertextBlob\":\"" BLOB_TEXT
    "\",\"KeyId\":\"" KEY_ID "\"} x",
};

START_TEST(what_is_no_answer_is_the_protocols_fault)
{
    const uint32_t operations[] = {ENVCRYPT_OP_WRAP, ENVCRYPT_OP_UNWRAP,
                                   ENVCRYPT_OP_GENERATE, ENVCRYPT_OP_REWRAP};

    for (size_t i = 0; i < 4; i++) {
        begin(operations[i]);
        set_edk(BLOB_TEXT, EVC_FORM_NONE);
        EVC_CHECK_CODE(read_text(wrong[_i]), ENVCRYPT_E_PROTOCOL);
        ck_assert_uint_eq(call->key.size, 0);
    }
}
END_TEST

static const char *const wrong_plaintexts[] = {
    "\"\"",     "null",         "1",        "\"AQI\"",    "\"AQI=\\n\"",
    "\"A-_=\"", "\"AQ==AQ==\"", "\"AR==\"", "[\"AQID\"]", "\" AQID\"",
};

START_TEST(a_plaintext_is_strict_base64)
{
    const uint32_t operations[] = {ENVCRYPT_OP_UNWRAP, ENVCRYPT_OP_GENERATE};
    char text[512];

    for (size_t i = 0; i < 2; i++) {
        begin(operations[i]);
        set_edk(BLOB_TEXT, EVC_FORM_NONE);
        (void)snprintf(text, sizeof(text),
                       "{\"CiphertextBlob\":\"a\",\"Plaintext\":%s," TAIL,
                       wrong_plaintexts[_i]);
        EVC_CHECK_CODE(read_text(text), ENVCRYPT_E_PROTOCOL);
        ck_assert_uint_eq(call->key.size, 0);
    }
}
END_TEST

START_TEST(a_reply_that_is_cut_off_anywhere_gives_nothing)
{
    const struct {
        uint32_t operation;
        const char *reply;
    } all[] = {{ENVCRYPT_OP_WRAP, ENCRYPTED},
               {ENVCRYPT_OP_UNWRAP, DECRYPTED},
               {ENVCRYPT_OP_GENERATE, GENERATED},
               {ENVCRYPT_OP_REWRAP, ENCRYPTED}};

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        begin(all[i].operation);
        set_edk(BLOB_TEXT, EVC_FORM_NONE);
        for (size_t size = 0; size < strlen(all[i].reply); size++) {
            EVC_CHECK_CODE(read_reply(evc_view_of(all[i].reply, size)),
                           ENVCRYPT_E_PROTOCOL);
            ck_assert_uint_eq(call->key.size, 0);
            ck_assert_uint_eq(call->wrapped.ciphertext.size, 0);
        }
        EVC_CHECK_OK(read_text(all[i].reply));
    }
}
END_TEST

START_TEST(a_huge_plaintext_is_refused)
{
    evc_buf text;

    begin(ENVCRYPT_OP_UNWRAP);
    set_edk(BLOB_TEXT, EVC_FORM_NONE);
    evc_buf_init(&text);
    evc_buf_put_text(&text, "{\"Plaintext\":\"");
    for (size_t i = 0; i < 16000; i++)
        evc_buf_put_text(&text, "AAAA");
    evc_buf_put_text(&text, "\"," TAIL);
    EVC_CHECK_CODE(read_reply(evc_buf_view(&text)), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(call->key.size, 0);
    evc_buf_reset(&text);
}
END_TEST

START_TEST(a_blob_of_a_reply_has_at_most_6144_bytes)
{
    evc_buf text;

    for (size_t more = 0; more < 2; more++) {
        begin(ENVCRYPT_OP_WRAP);
        evc_buf_init(&text);
        evc_buf_put_text(&text, "{\"CiphertextBlob\":\"");
        memset(evc_buf_room(&text, EVC_ALIBABA_BLOB_MAX + more), 'a',
               EVC_ALIBABA_BLOB_MAX + more);
        evc_buf_put_text(&text, "\"," TAIL);
        EVC_CHECK_CODE(read_reply(evc_buf_view(&text)), more ? ENVCRYPT_E_PROTOCOL : 0);
        evc_buf_reset(&text);
    }
}
END_TEST

/* --- over the network ------------------------------------------------------------- */

static int
unwrap(void)
{
    evc_edk edk;
    evc_secret key;
    int rc;

    begin(ENVCRYPT_OP_UNWRAP);
    set_edk(BLOB_TEXT, EVC_FORM_NONE);
    edk = call->edk;
    rc = evc_kms_unwrap(kms, &edk, NULL, 32, &t.wait, NULL, &key, NULL, &err);
    evc_secret_free(&key);
    return rc;
}

#define OF_SIZE(text) "{\"Plaintext\":\"" text "\"," TAIL
static const char *const sizes[] = {
    OF_SIZE("AQIDBAUGBwgJCgsMDQ4P"),                         /* 15 */
    OF_SIZE("AQIDBAUGBwgJCgsMDQ4PEA=="),                     /* 16 */
    OF_SIZE("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw=="), /* 31 */
    OF_SIZE("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh"), /* 33 */
    OF_SIZE(
        "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyABAgMEBQYHCAkKCwwNDg8QERITFBUWFxgZ"
        "GhscHR4fIA=="),                                     /* 64 */
    OF_SIZE("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="), /* all zero */
};

START_TEST(a_data_key_of_another_length_or_of_zeros_is_refused)
{
    PLAY(REPLY(sizes[_i]));
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_BAD_DEK);
}
END_TEST

START_TEST(an_unwrap_is_one_request)
{
    PLAY(REPLY(DECRYPTED));
    EVC_CHECK_OK(unwrap());
    ck_assert_str_eq(asked, "Decrypt CiphertextBlob=" BLOB_FORM "\n");
}
END_TEST

START_TEST(throttles_of_the_service_are_waited_for)
{
    PLAY(FAULT(429, "Rejected.Throttling"), FAULT(503, "ServiceUnavailableTemporary"),
         REPLY(DECRYPTED));
    EVC_CHECK_OK(unwrap());
    ck_assert_uint_eq(t.started, 3);
}
END_TEST

START_TEST(a_ciphertext_that_does_not_open_is_of_another_context)
{
    PLAY(FAULT(400, "InvalidParameter"));
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_CONTEXT);
    ck_assert_uint_eq(t.started, 1);
    ck_assert_str_eq(evc_error_provider_code(err), "InvalidParameter");
    ck_assert_str_eq(evc_error_request_id(err), "r-1");
}
END_TEST

START_TEST(a_generated_key_that_comes_twice_is_refused)
{
    evc_secret key;
    evc_edk_out out;

    PLAY(REPLY(GENERATED));
    EVC_CHECK_OK(evc_kms_generate(kms, 32, NULL, &t.wait, NULL, &key, &out, NULL));
    evc_secret_free(&key);
    evc_edk_out_reset(&out);
    EVC_CHECK_CODE(evc_kms_generate(kms, 32, NULL, &t.wait, NULL, &key, &out, NULL),
                   ENVCRYPT_E_BAD_DEK);
}
END_TEST

/* --- memory ----------------------------------------------------------------------- */

static uint32_t swept;

static int
serve_once(void *user)
{
    const char *reply = user;
    evc_edk edk = call->edk;
    evc_edk_out out;
    evc_secret key = {0};
    int rc;

    evc_edk_out_init(&out);
    t.started = 0;
    t.steps[0] = (step)REPLY(reply);
    t.step_count = 1;
    if (swept == ENVCRYPT_OP_WRAP)
        rc = evc_kms_wrap(kms, evc_view_of(dek.bytes, 32), &context, &t.wait, NULL,
                          &out, NULL);
    else if (swept == ENVCRYPT_OP_UNWRAP)
        rc = evc_kms_unwrap(kms, &edk, &context, 32, &t.wait, NULL, &key, NULL, NULL);
    else
        rc = evc_kms_rewrap(kms, &edk, &context, &t.wait, &out, NULL);
    evc_secret_free(&key);
    evc_edk_out_reset(&out);
    return rc == ENVCRYPT_E_PROTOCOL ? ENVCRYPT_E_NOMEM : rc; /* as jansson tells it */
}

START_TEST(memory_may_run_out)
{
    const struct {
        uint32_t operation;
        const char *reply;
    } all[] = {{ENVCRYPT_OP_WRAP, ENCRYPTED},
               {ENVCRYPT_OP_UNWRAP, DECRYPTED},
               {ENVCRYPT_OP_REWRAP, ENCRYPTED}};
    char reply[512];

    begin(ENVCRYPT_OP_UNWRAP);
    add_pair("a", "1");
    set_edk(BLOB_TEXT, EVC_FORM_HASH);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        swept = all[i].operation;
        (void)snprintf(reply, sizeof(reply), "%s", all[i].reply);
        ck_assert_uint_ge(evc_alloc_sweep(serve_once, reply), 5);
    }
}
END_TEST

static void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#define ADD_LOOP(tcase, test, list) \
    tcase_add_loop_test(tcase, test, 0, (int)(sizeof(list) / sizeof((list)[0])))

static void
add_tests(Suite *suite)
{
    TCase *loops = tcase_create("wrong answers");

    add_case(suite, "requests",
             (const TTest *const[]){
                 encrypt_names_the_key_and_bears_the_plaintext,
                 a_context_is_json_text_in_the_order_of_names,
                 generate_asks_for_the_bytes_that_are_wanted,
                 decrypt_begins_with_the_ciphertext_as_it_was_received,
                 the_form_that_the_edk_names_decides,
                 an_edk_of_another_context_is_not_sent,
                 a_context_of_8192_characters_is_a_map, a_longer_one_is_a_hash,
                 a_map_that_cannot_be_is_not_sent, a_ciphertext_has_at_most_6144_bytes,
                 reencrypt_has_both_contexts, whatever_carries_a_data_key_is_secret,
                 the_other_operations_take_more_requests, NULL});
    add_case(suite, "replies",
             (const TTest *const[]){an_edk_is_as_its_format_says,
                                    a_reply_without_a_version_makes_an_edk_without_one,
                                    decrypt_gives_the_key, the_reply_may_name_the_arn,
                                    generate_gives_key_and_edk,
                                    a_key_under_an_older_version_is_stale,
                                    a_reply_that_is_cut_off_anywhere_gives_nothing,
                                    a_huge_plaintext_is_refused,
                                    a_blob_of_a_reply_has_at_most_6144_bytes, NULL});
    add_case(suite, "network",
             (const TTest *const[]){
                 an_unwrap_is_one_request, throttles_of_the_service_are_waited_for,
                 a_ciphertext_that_does_not_open_is_of_another_context,
                 a_generated_key_that_comes_twice_is_refused, memory_may_run_out,
                 NULL});
    tcase_set_timeout(loops, 60);
    tcase_add_checked_fixture(loops, set_up, tear_down);
    ADD_LOOP(loops, a_ciphertext_that_is_no_text_is_not_sent, no_blobs);
    ADD_LOOP(loops, an_answer_of_another_key_is_not_used, other_keys);
    ADD_LOOP(loops, what_is_no_answer_is_the_protocols_fault, wrong);
    ADD_LOOP(loops, a_plaintext_is_strict_base64, wrong_plaintexts);
    ADD_LOOP(loops, a_data_key_of_another_length_or_of_zeros_is_refused, sizes);
    suite_add_tcase(suite, loops);
}

EVC_TEST_MAIN("alibaba_data", add_tests)
