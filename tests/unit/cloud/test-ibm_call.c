/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "ibm-fixture.h"

#define PLAIN "AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyA=" /* 1 to 32 */
#define WRAPPED "eyJjIjoiYWIrL3oifQ=="
#define WRAP_REPLY \
    "{\"ciphertext\":\"" WRAPPED "\",\"keyVersion\":{\"id\":\"" VERSION "\"}}"
#define UNWRAP_REPLY_OF(plaintext, more) \
    "{\"plaintext\":\"" plaintext "\",\"keyVersion\":{\"id\":\"" VERSION "\"}" more "}"
#define UNWRAP_REPLY UNWRAP_REPLY_OF(PLAIN, "")

static evc_kms *kms;
static evc_edk_out wrapped;
static evc_secret out;
static evc_kv context;
static evc_error *err;
static bool stale;

static void
set_up(void)
{
    open_toy();
    kms = open_key();
    evc_edk_out_init(&wrapped);
    evc_kv_init(&context);
    out = (evc_secret){0};
    err = NULL;
    stale = false;
}

static void
tear_down(void)
{
    evc_secret_free(&out);
    evc_error_free(err);
    evc_edk_out_reset(&wrapped);
    evc_kv_reset(&context);
    evc_kms_unref(kms);
    close_toy();
}

static void
add_pair(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_add(&context, evc_view_text(name), evc_view_text(value), NULL));
}

static int
wrap(void)
{
    evc_secret key = make_key(32);
    int rc;

    evc_edk_out_reset(&wrapped);
    evc_error_free(err);
    err = NULL;
    rc = evc_kms_wrap(kms, evc_view_of(key.bytes, key.size), &context, &toy.wait, NULL,
                      &wrapped, &err);
    evc_secret_free(&key);
    return rc;
}

static int
unwrap(void)
{
    evc_edk edk = evc_edk_view(&wrapped);

    evc_secret_free(&out);
    evc_error_free(err);
    err = NULL;
    return evc_kms_unwrap(kms, &edk, &context, 32, &toy.wait, NULL, &out, &stale, &err);
}

static int
rewrap(evc_edk_out *into)
{
    evc_edk edk = evc_edk_view(&wrapped);

    evc_error_free(err);
    err = NULL;
    return evc_kms_rewrap(kms, &edk, &context, &toy.wait, into, &err);
}

/* An EDK of the key, as the service gave it. */
static void
have_edk(void)
{
    reply_with(200, WRAP_REPLY);
    EVC_CHECK_OK(wrap());
    start_over();
}

/* --- requests --- */

START_TEST(a_wrap_is_asked_for_as_documented)
{
    reply_with(200, WRAP_REPLY);
    EVC_CHECK_OK(wrap());
    ck_assert_uint_eq(toy.asked, 1);
    ck_assert_str_eq(toy.requests[0].method, "POST");
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/actions/wrap");
    ck_assert_str_eq(toy.requests[0].query, "");
    ck_assert_str_eq(toy.requests[0].body, "{\"plaintext\":\"" PLAIN "\"}");
    ck_assert(had_header(0, "bluemix-instance: " INSTANCE));
    ck_assert(had_header(0, "accept: application/json"));
    ck_assert(had_header(0, "content-type: "
                            "application/vnd.ibm.kms.key_action_wrap+json"));
    ck_assert_ptr_null(strstr(toy.requests[0].headers, "x-kms-key-ring"));
}
END_TEST

START_TEST(a_key_ring_is_named_when_it_is_known)
{
    key_state.target.ring = "blue";
    reply_with(200, WRAP_REPLY);
    EVC_CHECK_OK(wrap());
    ck_assert(had_header(0, "x-kms-key-ring: blue"));
}
END_TEST

START_TEST(an_unwrap_sends_the_text_of_the_service_unchanged)
{
    have_edk();
    reply_with(200, UNWRAP_REPLY);
    EVC_CHECK_OK(unwrap());
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/actions/unwrap");
    ck_assert_str_eq(toy.requests[0].body, "{\"ciphertext\":\"" WRAPPED "\"}");
    ck_assert(had_header(0, "content-type: "
                            "application/vnd.ibm.kms.key_action_unwrap+json"));
    ck_assert_uint_eq(out.size, 32);
    ck_assert_uint_eq(out.bytes[31], 32);
    ck_assert(!stale);
}
END_TEST

START_TEST(what_bears_keys_is_marked_secret)
{
    reply_with(200, WRAP_REPLY);
    reply_with(200, UNWRAP_REPLY);
    EVC_CHECK_OK(wrap());
    EVC_CHECK_OK(unwrap());
    ck_assert(toy.requests[0].secret);
    ck_assert(toy.requests[1].secret);
}
END_TEST

START_TEST(a_rotation_has_no_body_and_is_sent_once)
{
    reply_with(503, "");
    EVC_CHECK_CODE(evc_kms_rotate(kms, &toy.wait, NULL), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_uint_eq(toy.asked, 1);
    ck_assert_str_eq(toy.requests[0].method, "POST");
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/actions/rotate");
    ck_assert_str_eq(toy.requests[0].body, "");
    ck_assert(had_header(0, "content-type: "
                            "application/vnd.ibm.kms.key_action_rotate+json"));
    ck_assert(had_header(0, "prefer: return=minimal"));
    start_over();
    reply_with(204, "");
    EVC_CHECK_OK(evc_kms_rotate(kms, &toy.wait, NULL));
}
END_TEST

START_TEST(trouble_that_passes_is_tried_again)
{
    have_edk();
    reply_with(503, "");
    reply_with(429, "");
    reply_with(200, UNWRAP_REPLY);
    EVC_CHECK_OK(unwrap());
    ck_assert_uint_eq(toy.asked, 3);
}
END_TEST

/* --- EDKs, against those that Python made --- */

static evc_json_doc *vectors;

static const evc_json *
vector_at(size_t index)
{
    const evc_json *cases = NULL;

    EVC_CHECK_OK(evc_json_array(evc_json_root(vectors), "cases", &cases, NULL));
    return evc_json_at(cases, index);
}

static void
open_vectors(void)
{
    char path[1024];
    evc_buf b;
    FILE *file;

    (void)snprintf(path, sizeof(path), "%s/tests/vectors/service/ibm.json",
                   getenv("EVC_TEST_SOURCE"));
    file = fopen(path, "rb");
    ck_assert_ptr_nonnull(file);
    evc_buf_init(&b);
    for (int c = fgetc(file); c != EOF; c = fgetc(file))
        evc_buf_put_u8(&b, (uint8_t)c);
    (void)fclose(file);
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&b), path, &vectors, NULL));
    evc_buf_reset(&b);
}

static const char *
text_in(const evc_json *of, const char *name)
{
    const char *text = NULL;

    EVC_CHECK_OK(evc_json_text(of, name, &text, NULL));
    return text;
}

static void
take_context(const evc_json *vector)
{
    const evc_json *pairs = NULL;

    evc_kv_reset(&context);
    EVC_CHECK_OK(evc_json_object(vector, "context", &pairs, NULL));
    for (const char *name = evc_json_next_name(pairs, NULL); name;
         name = evc_json_next_name(pairs, name))
        add_pair(name, text_in(pairs, name));
}

/* The bytes of the EDK of a vector, as they stand in a message. */
static size_t
bytes_of(const evc_json *vector, uint8_t *bytes, size_t room)
{
    const char *hex = text_in(vector, "edk");
    size_t size = strlen(hex) / 2;

    ck_assert_uint_le(size, room);
    EVC_CHECK_OK(evc_json_hex(vector, "edk", bytes, size, NULL));
    return size;
}

START_TEST(edks_are_those_that_python_made)
{
    static char body[4096];
    static uint8_t expected[4096];
    evc_buf made;

    open_vectors();
    for (size_t i = 0; vector_at(i); i++) {
        const evc_json *vector = vector_at(i);
        const char *version = text_in(vector, "version");
        size_t size = bytes_of(vector, expected, sizeof(expected));
        const evc_json *aad = NULL;
        char sent[256];
        evc_edk edk;

        take_context(vector);
        (void)snprintf(body, sizeof(body), "{\"ciphertext\":\"%s\"%s%s%s}",
                       text_in(evc_json_root(vectors), "ciphertext"),
                       version[0] ? ",\"keyVersion\":{\"id\":\"" : "", version,
                       version[0] ? "\"}" : "");
        start_over();
        reply_with(200, body);
        EVC_CHECK_OK(wrap());
        edk = evc_edk_view(&wrapped);
        evc_buf_init(&made);
        evc_edk_write(&edk, &made);
        ck_assert_msg(evc_view_equal(evc_buf_view(&made), evc_view_of(expected, size)),
                      "case \"%s\" differs", text_in(vector, "name"));
        evc_buf_reset(&made);

        EVC_CHECK_OK(evc_json_array(vector, "aad", &aad, NULL));
        if (evc_json_count(aad)) {
            (void)snprintf(sent, sizeof(sent),
                           "{\"plaintext\":\"" PLAIN "\",\"aad\":[\"%s\"]}",
                           evc_json_as_text(evc_json_at(aad, 0)));
            ck_assert_str_eq(toy.requests[0].body, sent);
        }
    }
    evc_json_free(vectors);
}
END_TEST

START_TEST(edks_that_python_made_are_opened)
{
    static uint8_t bytes[4096];

    open_vectors();
    for (size_t i = 0; vector_at(i); i++) {
        size_t size = bytes_of(vector_at(i), bytes, sizeof(bytes));
        evc_cursor c = evc_cursor_of(bytes, size);
        evc_edk edk;

        take_context(vector_at(i));
        ck_assert(evc_edk_read(&c, &edk) && evc_cursor_done(&c));
        start_over();
        reply_with(200, UNWRAP_REPLY);
        EVC_CHECK_OK(
            evc_kms_unwrap(kms, &edk, &context, 32, &toy.wait, NULL, &out, NULL, NULL));
        ck_assert_ptr_nonnull(strstr(toy.requests[0].body,
                                     text_in(evc_json_root(vectors), "ciphertext")));
        evc_secret_free(&out);
    }
    evc_json_free(vectors);
}
END_TEST

/* --- the context --- */

START_TEST(the_same_context_goes_along_with_wrap_unwrap_and_rewrap)
{
    evc_edk_out again;
    const char *aad;

    add_pair("tenant", "blue");
    reply_with(200, WRAP_REPLY);
    reply_with(200, UNWRAP_REPLY);
    reply_with(200, WRAP_REPLY);
    EVC_CHECK_OK(wrap());
    EVC_CHECK_OK(unwrap());
    EVC_CHECK_OK(rewrap(&again));
    evc_edk_out_reset(&again);
    aad = strstr(toy.requests[0].body, ",\"aad\":[\"");
    ck_assert_ptr_nonnull(aad);
    ck_assert_ptr_nonnull(strstr(toy.requests[1].body, aad));
    ck_assert_ptr_nonnull(strstr(toy.requests[2].body, aad));
}
END_TEST

START_TEST(another_form_of_context_is_not_sent)
{
    have_edk();
    add_pair("tenant", "blue");
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_UNWRAP);
    ck_assert_uint_eq(toy.asked, 0);
    reply_with(200, WRAP_REPLY);
    EVC_CHECK_OK(wrap());
    start_over();
    evc_kv_reset(&context);
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_UNWRAP);
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

/* --- wrapped keys that were changed --- */

START_TEST(a_wrapped_key_that_is_no_text_is_not_sent)
{
    static const char *const texts[] = {"", "ab\xff", "\xc0\x80", "\xed\xa0\x80"};

    have_edk();
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        evc_buf_clear(&wrapped.ciphertext);
        evc_buf_put_text(&wrapped.ciphertext, texts[i]);
        EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_UNWRAP);
    }
    evc_buf_clear(&wrapped.ciphertext);
    evc_buf_put(&wrapped.ciphertext, "ab\0c", 4);
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_UNWRAP);
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

START_TEST(a_wrapped_key_has_6144_bytes_at_most)
{
    have_edk();
    reply_with(200, UNWRAP_REPLY);
    evc_buf_clear(&wrapped.ciphertext);
    for (size_t i = 0; i < EVC_IBM_WRAPPED_MAX; i++)
        evc_buf_put_u8(&wrapped.ciphertext, 'a');
    EVC_CHECK_OK(unwrap());
    evc_buf_put_u8(&wrapped.ciphertext, 'a');
    EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_UNWRAP);
    ck_assert_uint_eq(toy.asked, 1);
}
END_TEST

/* --- replies --- */

START_TEST(a_wrap_reply_with_ciphertext_of_6144_characters_is_taken_and_no_longer_one)
{
    static char body[8192];

    for (size_t over = 0; over < 2; over++) {
        size_t size = EVC_IBM_WRAPPED_MAX + over;
        size_t used = (size_t)snprintf(body, sizeof(body), "{\"ciphertext\":\"");

        memset(&body[used], 'A', size);
        (void)snprintf(&body[used + size], sizeof(body) - used - size, "\"}");
        start_over();
        reply_with(200, body);
        EVC_CHECK_CODE(wrap(), over ? ENVCRYPT_E_PROTOCOL : 0);
    }
}
END_TEST

START_TEST(wrap_replies_that_are_not_as_documented_are_refused)
{
    static const char *const bodies[] = {
        "",
        "{}",
        "[]",
        "null",
        "\xef\xbb\xbf" WRAP_REPLY, /* a byte order mark */
        WRAP_REPLY "x",
        "{\"ciphertext\":null}",
        "{\"ciphertext\":5}",
        "{\"ciphertext\":\"\"}",
        "{\"ciphertext\":\"a\\u0000b\"}",
        "{\"ciphertext\":\"a\xff\"}",
        "{\"ciphertext\":\"a\",\"ciphertext\":\"b\"}",
        "{\"ciphertext\":\"a\",\"\\u0063iphertext\":\"b\"}",
        "<html></html>",
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        start_over();
        reply_with(200, bodies[i]);
        EVC_CHECK_CODE(wrap(), ENVCRYPT_E_PROTOCOL);
        ck_assert_uint_eq(toy.asked, 1);
        ck_assert_uint_eq(wrapped.ciphertext.size, 0);
    }
}
END_TEST

/* A reply is cut at each of its bytes: all but the whole of it is refused. */
static void
cut_everywhere(const char *whole, int (*call)(void))
{
    static char body[2048];

    for (size_t size = 0; size < strlen(whole); size++) {
        memcpy(body, whole, size);
        body[size] = '\0';
        start_over();
        reply_with(200, body);
        EVC_CHECK_CODE(call(), ENVCRYPT_E_PROTOCOL);
    }
}

START_TEST(a_wrap_reply_that_is_cut_is_refused)
{
    cut_everywhere(WRAP_REPLY, wrap);
}
END_TEST

START_TEST(an_unwrap_reply_that_is_cut_is_refused)
{
    have_edk();
    cut_everywhere(UNWRAP_REPLY_OF(PLAIN, ",\"ciphertext\":\"eQ==\",\"rewrappedKey"
                                          "Version\":{\"id\":\"" NEWER "\"}"),
                   unwrap);
}
END_TEST

START_TEST(unwrap_replies_that_are_not_as_documented_are_refused)
{
    static const char *const bodies[] = {
        "{}",
        "{\"plaintext\":null}",
        "{\"plaintext\":1}",
        "{\"plaintext\":\"" PLAIN "\",\"plaintext\":\"" PLAIN "\"}",
        "{\"\\u0070laintext\":\"" PLAIN "\"}",
        UNWRAP_REPLY_OF("AQID BAUG", ""), /* white space */
        UNWRAP_REPLY_OF("AQIDBAU", ""),   /* no padding */
        UNWRAP_REPLY_OF("AQIDBAV=", ""),  /* spare bits */
        UNWRAP_REPLY_OF("____", ""),
        UNWRAP_REPLY_OF(PLAIN, ",\"x\":\"\xff\""),
        UNWRAP_REPLY_OF(PLAIN, ",\"x\":\"\\u0000\""),
        UNWRAP_REPLY "{}",
        UNWRAP_REPLY_OF(PLAIN, ",\"rewrappedKeyVersion\":{\"id\":\"n\"},"
                               "\"ciphertext\":\"\""),
    };

    have_edk();
    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        start_over();
        reply_with(200, bodies[i]);
        EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_PROTOCOL);
        ck_assert_uint_eq(out.size, 0);
    }
}
END_TEST

START_TEST(a_data_key_of_wrong_length_or_zero_bytes_is_refused)
{
    static const char *const plaintexts[] = {
        UNWRAP_REPLY_OF("", ""),
        UNWRAP_REPLY_OF("AQIDBAUGBwgJCgsMDQ4P", ""),     /* 15 bytes */
        UNWRAP_REPLY_OF("AQIDBAUGBwgJCgsMDQ4PEA==", ""), /* 16 */
        UNWRAP_REPLY_OF("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHw==", ""), /* 31 */
        UNWRAP_REPLY_OF("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyAh", ""), /* 33 */
        UNWRAP_REPLY_OF("AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyABAgMEBQYHCAkKCwwNDg"
                        "8QERITFBUWFxgZGhscHR4fIA==",
                        ""), /* 64 */
        UNWRAP_REPLY_OF("AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", ""),
    };

    have_edk();
    for (size_t i = 0; i < sizeof(plaintexts) / sizeof(plaintexts[0]); i++) {
        start_over();
        reply_with(200, plaintexts[i]);
        EVC_CHECK_CODE(unwrap(), ENVCRYPT_E_BAD_DEK);
        ck_assert_uint_eq(toy.asked, 1);
    }
}
END_TEST

START_TEST(a_key_version_has_255_bytes_at_most)
{
    static char body[1024];
    char version[257] = {0};

    memset(version, 'v', 256);
    for (size_t over = 0; over < 2; over++) {
        (void)snprintf(body, sizeof(body),
                       "{\"ciphertext\":\"YQ==\",\"keyVersion\":{\"id\":\"%.*s\"}}",
                       (int)(255 + over), version);
        start_over();
        reply_with(200, body);
        EVC_CHECK_CODE(wrap(), over ? ENVCRYPT_E_PROTOCOL : 0);
    }
}
END_TEST

START_TEST(a_plaintext_that_comes_back_must_be_the_one_that_was_sent)
{
    reply_with(200, "{\"plaintext\":\"" PLAIN "\",\"ciphertext\":\"YQ==\"}");
    EVC_CHECK_OK(wrap());
    start_over();
    reply_with(200, "{\"plaintext\":\"AQIDBAUGBwgJCgsMDQ4PEBESExQVFhcYGRobHB0eHyE=\","
                    "\"ciphertext\":\"YQ==\"}");
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_PROTOCOL);
}
END_TEST

/* --- rotation --- */

static evc_call *
call_unwrap(void)
{
    evc_call *call = NULL;

    EVC_CHECK_OK(evc_call_new(kms, ENVCRYPT_OP_UNWRAP, &call, NULL));
    call->edk = evc_edk_view(&wrapped);
    call->context = &context;
    EVC_CHECK_OK(evc_call_run(call, &toy.wait, NULL));
    return call;
}

START_TEST(a_replacement_is_a_whole_edk_of_the_newest_version)
{
    evc_call *call;
    evc_edk_service info;
    evc_edk edk;

    add_pair("tenant", "blue");
    have_edk();
    reply_with(200, UNWRAP_REPLY_OF(PLAIN,
                                    ",\"ciphertext\":\"bmV3\","
                                    "\"rewrappedKeyVersion\":{\"id\":\"" NEWER "\"}"));
    call = call_unwrap();
    ck_assert(call->stale);
    ck_assert(evc_view_is_text(evc_buf_view(&call->version), VERSION));
    edk = evc_edk_view(&call->replacement);
    ck_assert(evc_view_is_text(edk.provider, EVC_IBM_PROVIDER));
    ck_assert(evc_view_is_text(edk.ciphertext, "bmV3"));
    ck_assert(evc_edk_service_parse(edk.info, &info));
    ck_assert(evc_view_is_text(info.key_id, CRN));
    ck_assert(evc_view_is_text(info.key_version, NEWER));
    ck_assert_int_eq(info.form, EVC_FORM_HASH);
    ck_assert_uint_eq(info.wrapped_s, WALL_MS / 1000);
    evc_call_unref(call);
}
END_TEST

START_TEST(under_the_newest_version_nothing_is_stale)
{
    evc_call *call;

    have_edk();
    reply_with(200, UNWRAP_REPLY_OF(PLAIN, ",\"ciphertext\":\"bmV3\","
                                           "\"rewrappedKeyVersion\":{\"id\":\"" VERSION
                                           "\"}"));
    call = call_unwrap();
    ck_assert(!call->stale);
    ck_assert_uint_eq(call->replacement.ciphertext.size, 0);
    evc_call_unref(call);
}
END_TEST

START_TEST(a_rewrap_tells_the_version_that_it_went_to)
{
    evc_edk_out again;
    evc_edk_service info;

    have_edk();
    reply_with(200, "{\"ciphertext\":\"bmV3\",\"keyVersion\":{\"id\":\"" VERSION "\"},"
                    "\"rewrappedKeyVersion\":{\"id\":\"" NEWER "\"}}");
    EVC_CHECK_OK(rewrap(&again));
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/actions/rewrap");
    ck_assert(had_header(0, "content-type: "
                            "application/vnd.ibm.kms.key_action_rewrap+json"));
    ck_assert(evc_edk_service_parse(evc_buf_view(&again.info), &info));
    ck_assert(evc_view_is_text(info.key_version, NEWER));
    evc_edk_out_reset(&again);
}
END_TEST

/* --- probe --- */

START_TEST(a_probe_asks_for_the_metadata_alone)
{
    reply_with(200, METADATA);
    EVC_CHECK_OK(evc_kms_probe(kms, &toy.wait, NULL));
    ck_assert_uint_eq(toy.asked, 1);
    ck_assert_str_eq(toy.requests[0].method, "GET");
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/metadata");
}
END_TEST

START_TEST(a_probe_tells_the_state)
{
    static const struct {
        const char *body;
        int code;
    } rows[] = {
        {METADATA_OF("0", ""), ENVCRYPT_E_KEY_NOT_READY},
        {METADATA_OF("2", ""), ENVCRYPT_E_KEY_DISABLED},
        {METADATA_OF("3", ""), ENVCRYPT_E_KEY_DECRYPT_ONLY},
        {METADATA_OF("5", ""), ENVCRYPT_E_KEY_DESTROYED},
        {"{\"resources\":[]}", ENVCRYPT_E_PROTOCOL},
        {"", ENVCRYPT_E_PROTOCOL},
        {"{\"resources\":[{\"id\":\"a\",\"crn\":\"b\",\"state\":1}]}",
         ENVCRYPT_E_KEY_MISMATCH},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start_over();
        reply_with(200, rows[i].body);
        EVC_CHECK_CODE(evc_kms_probe(kms, &toy.wait, NULL), rows[i].code);
    }
}
END_TEST

START_TEST(no_error_shows_a_key_or_a_reply)
{
    reply_with(422, REFUSAL("422", "UNPROCESSABLE_CIPHERTEXT_ERR"));
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_CONTEXT);
    ck_assert_ptr_null(strstr(evc_error_message(err), "planted"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "AQIDBAUG"));
    ck_assert_str_eq(evc_error_provider_code(err), "UNPROCESSABLE_CIPHERTEXT_ERR");
    ck_assert_ptr_null(strstr(toy.log, "planted"));
    ck_assert_ptr_null(strstr(toy.log, "AQIDBAUG"));
}
END_TEST

static void
add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const requests[] = {a_wrap_is_asked_for_as_documented,
                                     a_key_ring_is_named_when_it_is_known,
                                     an_unwrap_sends_the_text_of_the_service_unchanged,
                                     what_bears_keys_is_marked_secret,
                                     a_rotation_has_no_body_and_is_sent_once,
                                     trouble_that_passes_is_tried_again,
                                     a_probe_asks_for_the_metadata_alone,
                                     a_probe_tells_the_state,
                                     NULL};
    const TTest *const edks[] = {
        edks_are_those_that_python_made,
        edks_that_python_made_are_opened,
        the_same_context_goes_along_with_wrap_unwrap_and_rewrap,
        another_form_of_context_is_not_sent,
        a_wrapped_key_that_is_no_text_is_not_sent,
        a_wrapped_key_has_6144_bytes_at_most,
        NULL};
    const TTest *const replies[] = {
        a_wrap_reply_with_ciphertext_of_6144_characters_is_taken_and_no_longer_one,
        wrap_replies_that_are_not_as_documented_are_refused,
        a_wrap_reply_that_is_cut_is_refused,
        an_unwrap_reply_that_is_cut_is_refused,
        unwrap_replies_that_are_not_as_documented_are_refused,
        a_data_key_of_wrong_length_or_zero_bytes_is_refused,
        a_key_version_has_255_bytes_at_most,
        a_plaintext_that_comes_back_must_be_the_one_that_was_sent,
        a_replacement_is_a_whole_edk_of_the_newest_version,
        under_the_newest_version_nothing_is_stale,
        a_rewrap_tells_the_version_that_it_went_to,
        no_error_shows_a_key_or_a_reply,
        NULL};

    add(suite, "requests", requests);
    add(suite, "edks", edks);
    add(suite, "replies", replies);
}

EVC_TEST_MAIN("ibm_call", add_tests)
