/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_data.h"

#include "aws-fixture.h"
#include "base/encode.h"
#include "evc-alloc.h"

#define ROWS(table) ((int)(sizeof(table) / sizeof(table)[0]))

/* "0123456789abcdef0123456789abcdef" and "wrapped". */
#define KEY_TEXT "0123456789abcdef0123456789abcdef"
#define KEY_BASE64 "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="
#define WRAPPED_BASE64 "d3JhcHBlZA=="
#define DECRYPTED(arn, key)                                                            \
    "{\"KeyId\":\"" arn "\",\"Plaintext\":\"" key                                      \
    "\",\"EncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\",\"KeyMaterialId\":\"" MATERIAL_1 \
    "\"}"
#define GENERATED(arn, key)                                           \
    "{\"CiphertextBlob\":\"" WRAPPED_BASE64 "\",\"Plaintext\":\"" key \
    "\",\"KeyId\":\"" arn "\",\"KeyMaterialId\":\"" MATERIAL_1 "\"}"
#define ENCRYPTED(arn)                                            \
    "{\"CiphertextBlob\":\"" WRAPPED_BASE64 "\",\"KeyId\":\"" arn \
    "\",\"EncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"}"
#define REENCRYPTED(from, to)                                                      \
    "{\"CiphertextBlob\":\"" WRAPPED_BASE64 "\",\"SourceKeyId\":\"" from           \
    "\",\"KeyId\":\"" to "\",\"SourceEncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\"," \
    "\"DestinationEncryptionAlgorithm\":\"SYMMETRIC_DEFAULT\","                    \
    "\"DestinationKeyMaterialId\":\"" MATERIAL_2 "\"}"

static evc_kms *kms;
static evc_kv context;
static evc_edk_out wrapped;
static evc_secret key;
static bool stale;
static evc_error *err;

static void
set_up(void)
{
    aws_set_up();
    kms = aws_key(KEY_1, "eu-central-1");
    evc_kv_init(&context);
    EVC_CHECK_OK(
        evc_kv_add(&context, evc_view_text("tenant"), evc_view_text("blue"), NULL));
    evc_edk_out_init(&wrapped);
    key = (evc_secret){0};
    err = NULL;
    stale = false;
}

static void
tear_down(void)
{
    evc_kms_unref(kms);
    evc_kv_reset(&context);
    evc_edk_out_reset(&wrapped);
    evc_secret_free(&key);
    evc_error_free(err);
    aws_tear_down();
}

static void
use_key(const char *arn, const char *region)
{
    evc_kms_unref(kms);
    kms = aws_key(arn, region);
}

static int
wrap(void)
{
    return evc_kms_wrap(kms, evc_view_of(KEY_TEXT, 32), &context, &a.wait, NULL,
                        &wrapped, &err);
}

static int
unwrap(const char *arn)
{
    evc_edk edk = aws_edk(arn);

    return evc_kms_unwrap(kms, &edk, &context, 32, &a.wait, NULL, &key, &stale, &err);
}

static int
generate(void)
{
    return evc_kms_generate(kms, 32, &context, &a.wait, NULL, &key, &wrapped, &err);
}

static int
rewrap(const char *arn)
{
    evc_edk edk = aws_edk(arn);

    return evc_kms_rewrap(kms, &edk, &context, &a.wait, &wrapped, &err);
}

static void
expect_wrapped(const char *arn)
{
    ck_assert(evc_view_is_text(evc_buf_view(&wrapped.provider), "aws-kms"));
    ck_assert(evc_view_is_text(evc_buf_view(&wrapped.info), arn));
    ck_assert(evc_view_is_text(evc_buf_view(&wrapped.ciphertext), "wrapped"));
}

static void
expect_nothing(void)
{
    ck_assert_ptr_null(key.bytes);
    ck_assert_uint_eq(wrapped.ciphertext.size, 0);
}

/* --- requests, member by member --- */

#define CONTEXT "{\"tenant\":\"blue\"}"

START_TEST(encrypt_sends_key_context_and_plaintext)
{
    ANSWER({200, ENCRYPTED(KEY_1)});
    EVC_CHECK_OK(wrap());
    ck_assert_str_eq(a.targets[0], "TrentService.Encrypt");
    ck_assert_str_eq(a.bodies[0],
                     "{\"EncryptionContext\":" CONTEXT ",\"KeyId\":\"" KEY_1
                     "\",\"Plaintext\":\"" KEY_BASE64 "\"}");
    expect_wrapped(KEY_1);
}
END_TEST

/* Of which the transport leaves no copy (test-tls): a wrap sends one. */
START_TEST(whatever_carries_a_data_key_is_secret)
{
    static const struct {
        uint32_t operation;
        bool secret;
    } table[] = {
        {ENVCRYPT_OP_WRAP, true},     {ENVCRYPT_OP_UNWRAP, true},
        {ENVCRYPT_OP_GENERATE, true}, {ENVCRYPT_OP_REWRAP, false},
        {ENVCRYPT_OP_ROTATE, false},
    };

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        evc_call *call;

        EVC_CHECK_OK(evc_call_new(kms, (int32_t)table[i].operation, &call, NULL));
        ck_assert_int_eq(evc_aws_data_kind(call)->secret, table[i].secret);
        evc_call_unref(call);
    }
}
END_TEST

START_TEST(decrypt_always_sends_the_key)
{
    ANSWER({200, DECRYPTED(KEY_1, KEY_BASE64)});
    EVC_CHECK_OK(unwrap(KEY_1));
    ck_assert_str_eq(a.targets[0], "TrentService.Decrypt");
    ck_assert_str_eq(a.bodies[0],
                     "{\"CiphertextBlob\":\"" WRAPPED_BASE64
                     "\",\"EncryptionContext\":" CONTEXT ",\"KeyId\":\"" KEY_1 "\"}");
    ck_assert_uint_eq(key.size, 32);
    ck_assert_mem_eq(key.bytes, KEY_TEXT, 32);
}
END_TEST

START_TEST(generate_asks_for_a_number_of_bytes)
{
    ANSWER({200, GENERATED(KEY_1, KEY_BASE64)});
    EVC_CHECK_OK(generate());
    ck_assert_str_eq(a.targets[0], "TrentService.GenerateDataKey");
    ck_assert_str_eq(a.bodies[0], "{\"EncryptionContext\":" CONTEXT
                                  ",\"KeyId\":\"" KEY_1 "\",\"NumberOfBytes\":32}");
    expect_wrapped(KEY_1);
    ck_assert_mem_eq(key.bytes, KEY_TEXT, 32);
}
END_TEST

START_TEST(reencrypt_names_the_key_as_source_and_destination)
{
    ANSWER({200, REENCRYPTED(KEY_1, KEY_1)});
    EVC_CHECK_OK(rewrap(KEY_1));
    ck_assert_str_eq(a.targets[0], "TrentService.ReEncrypt");
    ck_assert_str_eq(a.bodies[0], "{\"CiphertextBlob\":\"" WRAPPED_BASE64
                                  "\",\"DestinationEncryptionContext\":" CONTEXT
                                  ",\"DestinationKeyId\":\"" KEY_1
                                  "\",\"SourceEncryptionContext\":" CONTEXT
                                  ",\"SourceKeyId\":\"" KEY_1 "\"}");
    expect_wrapped(KEY_1);
}
END_TEST

START_TEST(rotate_names_the_key)
{
    ANSWER({200, "{\"KeyId\":\"" KEY_1 "\"}"});
    EVC_CHECK_OK(evc_kms_rotate(kms, &a.wait, &err));
    ck_assert_str_eq(a.targets[0], "TrentService.RotateKeyOnDemand");
    ck_assert_str_eq(a.bodies[0], "{\"KeyId\":\"" KEY_1 "\"}");
}
END_TEST

START_TEST(grant_tokens_go_with_every_call_on_data)
{
    evc_aws_key *state = kms->state;

    state->grant_tokens = evc_mem_strdup("t1,t2");
    ANSWER({200, ENCRYPTED(KEY_1)}, {200, DECRYPTED(KEY_1, KEY_BASE64)},
           {200, REENCRYPTED(KEY_1, KEY_1)});
    EVC_CHECK_OK(wrap());
    EVC_CHECK_OK(unwrap(KEY_1));
    evc_edk_out_reset(&wrapped);
    EVC_CHECK_OK(rewrap(KEY_1));
    for (size_t i = 0; i < 3; i++)
        ck_assert_ptr_nonnull(strstr(a.bodies[i], "\"GrantTokens\":[\"t1\",\"t2\"]"));
}
END_TEST

START_TEST(a_nul_in_the_context_is_not_sent)
{
    EVC_CHECK_OK(
        evc_kv_add(&context, evc_view_text("x"), evc_view_of("a\0b", 3), NULL));
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(a.asked, 0);
}
END_TEST

/* --- multi-Region keys and discovery --- */

START_TEST(a_replica_is_opened_under_the_configured_arn)
{
    use_key(MRK_EU, "eu-central-1");
    ANSWER({200, DECRYPTED(MRK_EU, KEY_BASE64)});
    EVC_CHECK_OK(unwrap(MRK_US));
    ck_assert_ptr_nonnull(strstr(a.bodies[0], "\"KeyId\":\"" MRK_EU "\""));
}
END_TEST

START_TEST(the_answer_of_a_replica_elsewhere_is_refused)
{
    use_key(MRK_EU, "eu-central-1");
    ANSWER({200, DECRYPTED(MRK_US, KEY_BASE64)});
    EVC_CHECK_CODE(unwrap(MRK_US), ENVCRYPT_E_KEY_MISMATCH);
    expect_nothing();
}
END_TEST

START_TEST(discovery_asks_for_the_key_of_the_edk)
{
    use_key("", "eu-central-1");
    ANSWER({200, DECRYPTED(KEY_2, KEY_BASE64)});
    EVC_CHECK_OK(unwrap(KEY_2));
    ck_assert_ptr_nonnull(strstr(a.bodies[0], "\"KeyId\":\"" KEY_2 "\""));
}
END_TEST

START_TEST(discovery_refuses_another_key_than_that_of_the_edk)
{
    use_key("", "eu-central-1");
    ANSWER({200, DECRYPTED(KEY_1, KEY_BASE64)});
    EVC_CHECK_CODE(unwrap(KEY_2), ENVCRYPT_E_KEY_MISMATCH);
    expect_nothing();
}
END_TEST

START_TEST(discovery_takes_a_multi_region_key_in_its_region)
{
    use_key("", "eu-central-1");
    ANSWER({200, DECRYPTED(MRK_EU, KEY_BASE64)});
    EVC_CHECK_OK(unwrap(MRK_US));
    ck_assert_ptr_nonnull(strstr(a.bodies[0], "\"KeyId\":\"" MRK_EU "\""));
}
END_TEST

/* --- another key in the answer --- */

static const char *const others[] = {
    KEY_2,
    "arn:aws:kms:us-east-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws:kms:eu-central-1:444455556666:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "arn:aws-cn:kms:eu-central-1:111122223333:key/1234abcd-12ab-34cd-56ef-1234567890ab",
    "1234abcd-12ab-34cd-56ef-1234567890ab",
    KEY_1 "a",
    "",
};

static const char *
with_key_id(const char *format, const char *arn)
{
    static char text[2048];

    (void)snprintf(text, sizeof(text), "%s%s%s", format, arn, "\"}");
    return text;
}

START_TEST(an_answer_of_another_key_is_not_used)
{
    ANSWER({200,
            with_key_id("{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":\"", others[_i])});
    EVC_CHECK_CODE(unwrap(KEY_1), ENVCRYPT_E_KEY_MISMATCH);
    expect_nothing();
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

START_TEST(a_data_key_of_another_key_is_not_used)
{
    ANSWER(
        {200, with_key_id("{\"Plaintext\":\"" KEY_BASE64
                          "\",\"CiphertextBlob\":\"" WRAPPED_BASE64 "\",\"KeyId\":\"",
                          others[_i])});
    EVC_CHECK_CODE(generate(), ENVCRYPT_E_KEY_MISMATCH);
    expect_nothing();
}
END_TEST

START_TEST(what_another_key_wrapped_is_not_used)
{
    ANSWER({200, with_key_id("{\"CiphertextBlob\":\"" WRAPPED_BASE64 "\",\"KeyId\":\"",
                             others[_i])});
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_KEY_MISMATCH);
    expect_nothing();
}
END_TEST

START_TEST(reencrypt_between_other_keys_is_not_used)
{
    ANSWER({200, REENCRYPTED(KEY_2, KEY_1)});
    EVC_CHECK_CODE(rewrap(KEY_1), ENVCRYPT_E_KEY_MISMATCH);
    ANSWER({200, REENCRYPTED(KEY_1, KEY_2)});
    EVC_CHECK_CODE(rewrap(KEY_1), ENVCRYPT_E_KEY_MISMATCH);
    expect_nothing();
}
END_TEST

START_TEST(rotation_of_another_key_is_told)
{
    ANSWER({200, "{\"KeyId\":\"" KEY_2 "\"}"});
    EVC_CHECK_CODE(evc_kms_rotate(kms, &a.wait, &err), ENVCRYPT_E_KEY_MISMATCH);
}
END_TEST

/* --- data keys of wrong length --- */

static const struct {
    const char *base64;
    int code;
} lengths[] = {
    {"", ENVCRYPT_E_PROTOCOL},
    {"MDEyMzQ1Njc4OWFiY2Rl", ENVCRYPT_E_BAD_DEK},                         /* 15 */
    {"MDEyMzQ1Njc4OWFiY2RlZg==", ENVCRYPT_E_BAD_DEK},                     /* 16 */
    {"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZQ==", ENVCRYPT_E_BAD_DEK}, /* 31 */
    {"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYw", ENVCRYPT_E_BAD_DEK}, /* 33 */
    {"MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWYwMTIzNDU2Nzg5YWJjZGVmMDEyMzQ1Njc4OWFi"
     "Y2RlZg==",
     ENVCRYPT_E_BAD_DEK}, /* 64 */
    {"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ENVCRYPT_E_BAD_DEK},
};

static const char *
plaintext_reply(const char *base64)
{
    static char text[2048];

    (void)snprintf(text, sizeof(text),
                   "{\"CiphertextBlob\":\"" WRAPPED_BASE64 "\",\"KeyId\":\"" KEY_1
                   "\",\"Plaintext\":\"%s\"}",
                   base64);
    return text;
}

START_TEST(a_data_key_of_wrong_length_is_refused)
{
    ANSWER({200, plaintext_reply(lengths[_i].base64)});
    EVC_CHECK_CODE(unwrap(KEY_1), lengths[_i].code);
    EVC_CHECK_CODE(generate(), lengths[_i].code);
    expect_nothing();
}
END_TEST

START_TEST(the_same_data_key_twice_is_refused)
{
    ANSWER({200, GENERATED(KEY_1, KEY_BASE64)});
    EVC_CHECK_OK(generate());
    evc_secret_free(&key);
    evc_edk_out_reset(&wrapped);
    EVC_CHECK_CODE(generate(), ENVCRYPT_E_BAD_DEK);
    expect_nothing();
}
END_TEST

static const char *const bad_base64[] = {
    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY",   /* padding */
    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY==", /* more of it */
    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWZ=",  /* spare bits */
    "MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZW-=",  /* alphabet */
    " MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
    "MDEy\\u004dzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY=",
};

START_TEST(base64_is_strict)
{
    ANSWER({200, plaintext_reply(bad_base64[_i])});
    EVC_CHECK_CODE(unwrap(KEY_1), ENVCRYPT_E_PROTOCOL);
    expect_nothing();
}
END_TEST

/* --- malformed answers --- */

static const char *const bad[] = {
    "",
    "null",
    "[]",
    "{}",
    "{\"KeyId\":\"" KEY_1 "\"}",
    "{\"Plaintext\":\"" KEY_BASE64 "\"}",
    "{\"Plaintext\":null,\"KeyId\":\"" KEY_1 "\"}",
    "{\"Plaintext\":1,\"KeyId\":\"" KEY_1 "\"}",
    "{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":null}",
    "{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":[\"" KEY_1 "\"]}",
    "{\"Plaintext\":\"" KEY_BASE64 "\",\"Plaintext\":\"" KEY_BASE64
    "\",\"KeyId\":\"" KEY_1 "\"}",
    "{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":\"" KEY_2 "\",\"KeyId\":\"" KEY_1
    "\"}",
    "{\"Plainte\\u0078t\":\"" KEY_BASE64 "\",\"KeyId\":\"" KEY_1 "\"}",
    "\xef\xbb\xbf" DECRYPTED(KEY_1, KEY_BASE64),
    DECRYPTED(KEY_1, KEY_BASE64) "x",
    DECRYPTED(KEY_1, KEY_BASE64) DECRYPTED(KEY_1, KEY_BASE64),
    "{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":\"" KEY_1 "\",\"x\":\"\xff\"}",
    "{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":\"" KEY_1 "\",\"x\":\"\\u0000\"}",
    "{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":\"" KEY_1 "\",\"KeyMaterialId\":7}",
    "{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":\"" KEY_1
    "\",\"EncryptionAlgorithm\":7}",
};

START_TEST(a_malformed_answer_is_refused)
{
    ANSWER({200, bad[_i]});
    EVC_CHECK_CODE(unwrap(KEY_1), ENVCRYPT_E_PROTOCOL);
    expect_nothing();
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

/* Runs a call on every beginning of an answer: none is enough. */
static void
cut(const char *whole, int (*call)(void))
{
    static char text[2048];
    size_t size = strlen(whole);

    for (size_t i = 0; i < size; i++) {
        memcpy(text, whole, i);
        text[i] = 0;
        ANSWER({200, text});
        EVC_CHECK_CODE(call(), ENVCRYPT_E_PROTOCOL);
        expect_nothing();
    }
}

static int
unwrap_key_1(void)
{
    return unwrap(KEY_1);
}

static int
rewrap_key_1(void)
{
    return rewrap(KEY_1);
}

START_TEST(an_answer_cut_at_any_byte_is_refused)
{
    cut(DECRYPTED(KEY_1, KEY_BASE64), unwrap_key_1);
    cut(GENERATED(KEY_1, KEY_BASE64), generate);
    cut(ENCRYPTED(KEY_1), wrap);
    cut(REENCRYPTED(KEY_1, KEY_1), rewrap_key_1);
}
END_TEST

static const char *const bad_blobs[] = {
    "{\"KeyId\":\"" KEY_1 "\"}",
    "{\"KeyId\":\"" KEY_1 "\",\"CiphertextBlob\":\"\"}",
    "{\"KeyId\":\"" KEY_1 "\",\"CiphertextBlob\":1}",
    "{\"KeyId\":\"" KEY_1 "\",\"CiphertextBlob\":\"d3JhcHBlZA\"}",
    "{\"KeyId\":\"" KEY_1 "\",\"CiphertextBlob\":\"d3JhcHBlZA==\\n\"}",
    "{\"KeyId\":\"" KEY_1 "\",\"CiphertextBlob\":\"d3JhcHBlZA==\","
    "\"CiphertextBlob\":\"d3JhcHBlZA==\"}",
};

START_TEST(a_wrapped_key_that_is_none_is_refused)
{
    ANSWER({200, bad_blobs[_i]});
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_PROTOCOL);
    expect_nothing();
}
END_TEST

/* A blob of so many bytes. */
static int
wrap_to(size_t size)
{
    static char text[10000];
    evc_buf b;
    static const uint8_t zeros[EVC_AWS_BLOB_MAX + 1];

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_text(&b, "{\"KeyId\":\"" KEY_1 "\",\"CiphertextBlob\":\"");
    evc_encode_base64(&b, evc_view_of(zeros, size));
    evc_buf_put_text(&b, "\"}");
    evc_buf_put_u8(&b, 0);
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    ANSWER({200, text});
    return wrap();
}

START_TEST(a_wrapped_key_has_6144_bytes_at_most)
{
    EVC_CHECK_OK(wrap_to(EVC_AWS_BLOB_MAX));
    ck_assert_uint_eq(wrapped.ciphertext.size, EVC_AWS_BLOB_MAX);
    evc_edk_out_reset(&wrapped);
    EVC_CHECK_CODE(wrap_to(EVC_AWS_BLOB_MAX + 1), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(another_algorithm_is_refused)
{
    ANSWER({200, "{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":\"" KEY_1
                 "\",\"EncryptionAlgorithm\":\"RSAES_OAEP_SHA_1\"}"});
    EVC_CHECK_CODE(unwrap(KEY_1), ENVCRYPT_E_KEY_UNSUITABLE);
    expect_nothing();
}
END_TEST

START_TEST(an_old_peer_tells_neither_algorithm_nor_material)
{
    ANSWER({200, "{\"Plaintext\":\"" KEY_BASE64 "\",\"KeyId\":\"" KEY_1 "\"}"});
    EVC_CHECK_OK(unwrap(KEY_1));
    ck_assert(!stale);
}
END_TEST

/* --- key material --- */

START_TEST(a_key_under_retired_material_is_stale)
{
    evc_aws_key_retire(kms->state, MATERIAL_1);
    ANSWER({200, DECRYPTED(KEY_1, KEY_BASE64)});
    EVC_CHECK_OK(unwrap(KEY_1));
    ck_assert(stale);
}
END_TEST

/* Somebody may have rotated the key since. */
START_TEST(material_that_was_not_heard_of_is_not_called_stale)
{
    evc_aws_key_retire(kms->state, MATERIAL_2);
    ANSWER({200, DECRYPTED(KEY_1, KEY_BASE64)});
    EVC_CHECK_OK(unwrap(KEY_1));
    ck_assert(!stale);
}
END_TEST

/* --- errors of the service --- */

static const struct {
    const char *body;
    int code;
    size_t asked;
} faults[] = {
    {"{\"__type\":\"IncorrectKeyException\"}", ENVCRYPT_E_KEY_MISMATCH, 1},
    {"{\"__type\":\"InvalidCiphertextException\"}", ENVCRYPT_E_CONTEXT, 1},
    {"{\"__type\":\"AccessDeniedException\"}", ENVCRYPT_E_DENIED, 1},
    {"{\"__type\":\"LimitExceededException\"}", ENVCRYPT_E_SERVICE_QUOTA, 1},
    {"{\"__type\":\"KMSInternalException\"}", ENVCRYPT_E_SERVICE_DOWN, 2},
};

START_TEST(errors_are_told_and_retried_where_it_helps)
{
    ANSWER({400, faults[_i].body});
    EVC_CHECK_CODE(unwrap(KEY_1), faults[_i].code);
    ck_assert_uint_eq(a.asked, faults[_i].asked);
    expect_nothing();
}
END_TEST

START_TEST(a_denied_decrypt_says_what_to_allow)
{
    ANSWER({400, "{\"__type\":\"AccessDeniedException\",\"Message\":\"planted\"}"});
    EVC_CHECK_CODE(unwrap(KEY_1), ENVCRYPT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "kms:Decrypt"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "planted"));
}
END_TEST

START_TEST(a_rotation_is_not_sent_twice)
{
    ANSWER({500, "{\"__type\":\"KMSInternalException\"}"});
    EVC_CHECK_CODE(evc_kms_rotate(kms, &a.wait, &err), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_uint_eq(a.asked, 1);
}
END_TEST

/* --- operations that are not calls --- */

static evc_aws_blind blind;

static int
generate_blind(const char *body)
{
    evc_operation op;
    int rc;

    ANSWER({200, body});
    blind = (evc_aws_blind){.key_id = KEY_1, .size = 64, .context = &context};
    evc_buf_init(&blind.ciphertext);
    evc_operation_init(&op, &evc_aws_blind_kind, a.peer, &blind);
    rc = evc_operation_run(&op, &a.wait, &err);
    evc_operation_reset(&op);
    return rc;
}

START_TEST(a_data_key_can_be_made_unseen)
{
    EVC_CHECK_OK(generate_blind("{\"CiphertextBlob\":\"" WRAPPED_BASE64
                                "\",\"KeyId\":\"" KEY_1
                                "\",\"KeyMaterialId\":\"" MATERIAL_1 "\"}"));
    ck_assert_str_eq(a.targets[0], "TrentService.GenerateDataKeyWithoutPlaintext");
    ck_assert_str_eq(a.bodies[0], "{\"EncryptionContext\":" CONTEXT
                                  ",\"KeyId\":\"" KEY_1 "\",\"NumberOfBytes\":64}");
    ck_assert(evc_view_is_text(evc_buf_view(&blind.ciphertext), "wrapped"));
    ck_assert_str_eq(blind.material, MATERIAL_1);
    evc_buf_reset(&blind.ciphertext);
}
END_TEST

START_TEST(an_unseen_key_of_another_key_is_refused)
{
    EVC_CHECK_CODE(generate_blind("{\"CiphertextBlob\":\"" WRAPPED_BASE64
                                  "\",\"KeyId\":\"" KEY_2 "\"}"),
                   ENVCRYPT_E_KEY_MISMATCH);
    ck_assert_uint_eq(blind.ciphertext.size, 0);
}
END_TEST

/* --- memory --- */

static int
unwrap_once(void *user)
{
    evc_error *error = NULL;
    evc_secret out = {0};
    evc_edk edk = aws_edk(KEY_1);
    int rc;

    (void)user;
    a.asked = 0;
    rc = evc_kms_unwrap(kms, &edk, &context, 32, &a.wait, NULL, &out, NULL, &error);
    evc_secret_free(&out);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_while_unwrapping)
{
    ANSWER({200, DECRYPTED(KEY_1, KEY_BASE64)});
    (void)evc_alloc_sweep(unwrap_once, NULL);
}
END_TEST

static int
wrap_once(void *user)
{
    evc_error *error = NULL;
    evc_edk_out out;
    int rc;

    (void)user;
    a.asked = 0;
    rc = evc_kms_wrap(kms, evc_view_of(KEY_TEXT, 32), &context, &a.wait, NULL, &out,
                      &error);
    evc_edk_out_reset(&out);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_while_wrapping)
{
    ANSWER({200, ENCRYPTED(KEY_1)});
    (void)evc_alloc_sweep(wrap_once, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        encrypt_sends_key_context_and_plaintext,
        whatever_carries_a_data_key_is_secret,
        decrypt_always_sends_the_key,
        generate_asks_for_a_number_of_bytes,
        reencrypt_names_the_key_as_source_and_destination,
        rotate_names_the_key,
        grant_tokens_go_with_every_call_on_data,
        a_nul_in_the_context_is_not_sent,
        a_replica_is_opened_under_the_configured_arn,
        the_answer_of_a_replica_elsewhere_is_refused,
        discovery_asks_for_the_key_of_the_edk,
        discovery_refuses_another_key_than_that_of_the_edk,
        discovery_takes_a_multi_region_key_in_its_region,
        reencrypt_between_other_keys_is_not_used,
        rotation_of_another_key_is_told,
        the_same_data_key_twice_is_refused,
        an_answer_cut_at_any_byte_is_refused,
        a_wrapped_key_has_6144_bytes_at_most,
        another_algorithm_is_refused,
        an_old_peer_tells_neither_algorithm_nor_material,
        a_key_under_retired_material_is_stale,
        material_that_was_not_heard_of_is_not_called_stale,
        a_denied_decrypt_says_what_to_allow,
        a_rotation_is_not_sent_twice,
        a_data_key_can_be_made_unseen,
        an_unseen_key_of_another_key_is_refused,
        memory_may_run_out_while_unwrapping,
        memory_may_run_out_while_wrapping,
    };
    TCase *tcase = tcase_create("data");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, an_answer_of_another_key_is_not_used, 0, ROWS(others));
    tcase_add_loop_test(tcase, a_data_key_of_another_key_is_not_used, 0, ROWS(others));
    tcase_add_loop_test(tcase, what_another_key_wrapped_is_not_used, 0, ROWS(others));
    tcase_add_loop_test(tcase, a_data_key_of_wrong_length_is_refused, 0, ROWS(lengths));
    tcase_add_loop_test(tcase, base64_is_strict, 0, ROWS(bad_base64));
    tcase_add_loop_test(tcase, a_malformed_answer_is_refused, 0, ROWS(bad));
    tcase_add_loop_test(tcase, a_wrapped_key_that_is_none_is_refused, 0,
                        ROWS(bad_blobs));
    tcase_add_loop_test(tcase, errors_are_told_and_retried_where_it_helps, 0,
                        ROWS(faults));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_data", add_tests)
