/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted data keys that Python made from doc/format.md (tests/vectors/service): ours
 * are the same, byte for byte, and are asked for with the same parameter.
 */
#include "alibaba-fixture.h"

static evc_kms *kms;
static evc_json_doc *doc;
static evc_kv context;

static void
read_vectors(void)
{
    char path[1024];
    evc_buf b;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/tests/vectors/service/alibaba.json",
                   getenv("EVC_TEST_SOURCE"));
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    evc_buf_init(&b);
    for (int c = fgetc(file); c != EOF; c = fgetc(file))
        evc_buf_put_u8(&b, (uint8_t)c);
    (void)fclose(file);
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&b), path, &doc, NULL));
    evc_buf_reset(&b);
}

static void
set_up(void)
{
    alibaba_set_up();
    kms = alibaba_key();
    evc_kv_init(&context);
    read_vectors();
}

static void
tear_down(void)
{
    evc_json_free(doc);
    evc_kv_reset(&context);
    evc_kms_unref(kms);
    alibaba_tear_down();
}

static const char *
text_of(const evc_json *object, const char *name)
{
    const char *text = NULL;

    EVC_CHECK_OK(evc_json_text_opt(object, name, &text, NULL));
    return text;
}

static const evc_json *
case_at(size_t i)
{
    const evc_json *cases = NULL;
    const evc_json *pairs = NULL;
    const evc_json *one;

    EVC_CHECK_OK(evc_json_array(evc_json_root(doc), "cases", &cases, NULL));
    one = evc_json_at(cases, i);
    if (!one)
        return NULL;
    evc_kv_reset(&context);
    EVC_CHECK_OK(evc_json_object(one, "context", &pairs, NULL));
    for (const char *name = evc_json_next_name(pairs, NULL); name;
         name = evc_json_next_name(pairs, name))
        EVC_CHECK_OK(evc_kv_add(&context, evc_view_text(name),
                                evc_view_text(text_of(pairs, name)), NULL));
    return one;
}

/* What stands in a request between its last parameter of ours and the end of its line. */
static void
expect_parameter(const char *before, const evc_json *one)
{
    const char *parameter = text_of(one, "parameter");
    evc_buf wanted;

    evc_buf_init(&wanted);
    if (parameter) {
        evc_buf_put_text(&wanted, "&EncryptionContext=");
        evc_percent_encode(&wanted, evc_view_text(parameter), false);
    }
    evc_buf_put_text(&wanted, "\n");
    evc_buf_put_u8(&wanted, 0);
    ck_assert_msg(strstr(asked, before) != NULL, "%.200s", asked);
    ck_assert_str_eq(&strstr(asked, before)[strlen(before)], (const char *)wanted.data);
    evc_buf_reset(&wanted);
}

static void
expect_edk(const evc_json *one, const evc_edk_out *made)
{
    static uint8_t wanted[8192];
    evc_edk edk = evc_edk_view(made);
    evc_buf b;

    evc_buf_init(&b);
    evc_edk_write(&edk, &b);
    ck_assert_uint_eq(strlen(text_of(one, "edk")), 2 * b.size);
    EVC_CHECK_OK(evc_json_hex(one, "edk", wanted, b.size, NULL));
    ck_assert(evc_view_equal(evc_buf_view(&b), evc_view_of(wanted, b.size)));
    evc_buf_reset(&b);
}

START_TEST(edks_are_those_that_python_made)
{
    static const uint8_t key[32] = {1};
    const evc_json *one;
    size_t compared = 0;
    char reply[1024];

    while ((one = case_at(compared)) != NULL) {
        const char *version = text_of(one, "version");
        evc_edk_out made;

        (void)snprintf(reply, sizeof(reply),
                       "{\"CiphertextBlob\":\"%s\",\"KeyId\":\"" KEY_ID "\"%s%s%s}",
                       text_of(evc_json_root(doc), "ciphertext"),
                       version[0] ? ",\"KeyVersionId\":\"" : "", version,
                       version[0] ? "\"" : "");
        PLAY(REPLY(reply));
        asked[0] = 0;
        EVC_CHECK_OK(evc_kms_wrap(kms, evc_view_of(key, 32), &context, &t.wait, NULL,
                                  &made, NULL));
        expect_edk(one, &made);
        expect_parameter("Plaintext=AQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA%3D",
                         one);
        evc_edk_out_reset(&made);
        compared++;
    }
    ck_assert_uint_eq(compared, 10);
}
END_TEST

START_TEST(edks_that_python_made_are_asked_for_as_they_say)
{
    static uint8_t bytes[8192];
    const evc_json *one;
    size_t compared = 0;

    while ((one = case_at(compared)) != NULL) {
        size_t size = strlen(text_of(one, "edk")) / 2;
        evc_cursor c = evc_cursor_of(bytes, size);
        evc_secret key;
        evc_edk edk;

        EVC_CHECK_OK(evc_json_hex(one, "edk", bytes, size, NULL));
        ck_assert(evc_edk_read(&c, &edk) && evc_cursor_done(&c));
        ck_assert(evc_kms_claims(kms, &edk));
        PLAY(REPLY(DECRYPTED));
        asked[0] = 0;
        EVC_CHECK_OK(
            evc_kms_unwrap(kms, &edk, &context, 32, &t.wait, NULL, &key, NULL, NULL));
        ck_assert_ptr_nonnull(strstr(asked, "Decrypt CiphertextBlob="));
        if (text_of(one, "parameter"))
            ck_assert_ptr_nonnull(strstr(asked, "&EncryptionContext="));
        else
            ck_assert_ptr_null(strstr(asked, "EncryptionContext"));
        evc_secret_free(&key);
        compared++;
    }
    ck_assert_uint_eq(compared, 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("vectors");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, edks_are_those_that_python_made);
    tcase_add_test(tcase, edks_that_python_made_are_asked_for_as_they_say);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_data-golden", add_tests)
