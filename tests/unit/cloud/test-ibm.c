/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm.h"

#include "evc-alloc.h"
#include "ibm-fixture.h"
#include "kms/open.h"

#define WRAP_REPLY "{\"ciphertext\":\"YQ==\",\"keyVersion\":{\"id\":\"" VERSION "\"}}"
#define HPCS_CRN "crn:v1:bluemix:public:hs-crypto:us-south:a/1:" INSTANCE ":key:" KEY

static evc_kms *kms;
static evc_error *err;

static void
set_up(void)
{
    open_toy();
    kms = NULL;
    err = NULL;
}

static void
tear_down(void)
{
    evc_error_free(err);
    evc_kms_unref(kms);
    close_toy();
}

/* No assertion of Check in here: memory may be out. */
static int
open_quietly(const char *uri, const evc_chain *chain, evc_kms **out, evc_error **error)
{
    static const evc_backend *const table[] = {&evc_backend_ibm, NULL};
    struct envcrypt_kms_config config = {.credentials = (evc_chain *)(uintptr_t)chain};
    int rc;

    evc_kv_init(&config.options);
    rc = evc_kv_add(&config.options, evc_view_text("credentials"), evc_view_text(""),
                    error);
    if (!rc)
        rc = evc_kms_open(toy.crypto, toy.net, table, uri, &config, &toy.wait, out,
                          error);
    evc_kv_reset(&config.options);
    return rc;
}

static int
open_by(const char *uri)
{
    evc_chain *chain = open_token();
    int rc;

    evc_kms_unref(kms);
    evc_error_free(err);
    err = NULL;
    rc = open_quietly(uri, chain, &kms, &err);
    evc_chain_unref(chain);
    return rc;
}

static int
wrap(void)
{
    evc_secret key = make_key(32);
    evc_edk_out out;
    int rc;

    evc_error_free(err);
    err = NULL;
    rc = evc_kms_wrap(kms, evc_view_of(key.bytes, key.size), NULL, &toy.wait, NULL,
                      &out, &err);
    evc_secret_free(&key);
    evc_edk_out_reset(&out);
    return rc;
}

/* --- opening --- */

START_TEST(a_key_is_resolved_once_and_pinned)
{
    reply_with(200, METADATA);
    reply_with(200, WRAP_REPLY);
    EVC_CHECK_OK(open_by("ibm-kp://us-south/" INSTANCE "/alias-1?key-ring=blue"));
    ck_assert_str_eq(kms->key_id, CRN);
    ck_assert_str_eq(kms->provider, "envcrypt-ibm-kp");
    ck_assert_uint_eq(kms->operations, EVC_IBM_OPERATIONS);
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/alias-1/metadata");
    EVC_CHECK_OK(wrap());
    ck_assert_str_eq(toy.requests[1].path, "/api/v2/keys/" KEY "/actions/wrap");
    ck_assert(had_header(1, "bluemix-instance: " INSTANCE));
    ck_assert(had_header(1, "x-kms-key-ring: blue"));
    ck_assert(had_header(1, "authorization: Bearer planted-token"));
}
END_TEST

#define SHOWN(id, crn, more) \
    "{\"resources\":[{\"id\":\"" id "\",\"crn\":\"" crn "\",\"state\":1" more "}]}"
#define OTHER "00000000-a14c-4af9-88f0-27c0cb2739e2"
#define ROOT ",\"extractable\":false"

START_TEST(a_key_that_was_not_asked_for_is_refused)
{
    static const struct {
        const char *uri;
        const char *body;
        int code;
    } rows[] = {
        /* another id, in one place or both */
        {"ibm-kp:///" CRN, SHOWN(OTHER, CRN, ROOT), ENVCRYPT_E_KEY_MISMATCH},
        {"ibm-kp://us-south/" INSTANCE "/" OTHER, SHOWN(KEY, CRN, ROOT),
         ENVCRYPT_E_KEY_MISMATCH},
        /* another instance, account or Region */
        {"ibm-kp://us-south/another/" KEY, SHOWN(KEY, CRN, ROOT),
         ENVCRYPT_E_KEY_MISMATCH},
        {"ibm-kp:///crn:v1:bluemix:public:kms:us-south:a/0:" INSTANCE ":key:" KEY,
         SHOWN(KEY, CRN, ROOT), ENVCRYPT_E_KEY_MISMATCH},
        {"ibm-kp:///crn:v1:bluemix:public:kms:eu-de:a/f047b55a:" INSTANCE ":key:" KEY,
         SHOWN(KEY, CRN, ROOT), ENVCRYPT_E_KEY_MISMATCH},
        /* no CRN of a key */
        {"ibm-kp:///" CRN, SHOWN(KEY, "crn", ROOT), ENVCRYPT_E_PROTOCOL},
        {"ibm-kp:///" CRN,
         SHOWN(KEY, "crn:v1:bluemix:public:kms:us-south:a/1:" INSTANCE "::", ROOT),
         ENVCRYPT_E_PROTOCOL},
        /* a standard key, or one that does not tell */
        {"ibm-kp:///" CRN, SHOWN(KEY, CRN, ",\"extractable\":true"),
         ENVCRYPT_E_KEY_UNSUITABLE},
        {"ibm-kp:///" CRN, SHOWN(KEY, CRN, ""), ENVCRYPT_E_KEY_UNSUITABLE},
        {"ibm-kp:///" CRN, "{\"resources\":[]}", ENVCRYPT_E_PROTOCOL},
        {"ibm-kp:///" CRN, "", ENVCRYPT_E_PROTOCOL},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        start_over();
        reply_with(200, rows[i].body);
        EVC_CHECK_CODE(open_by(rows[i].uri), rows[i].code);
        ck_assert_ptr_null(kms);
    }
}
END_TEST

START_TEST(an_id_may_be_written_in_upper_case)
{
    reply_with(200, METADATA);
    EVC_CHECK_OK(
        open_by("ibm-kp://us-south/" INSTANCE "/2291E4AE-A14C-4AF9-88F0-27C0CB2739E2"));
}
END_TEST

START_TEST(a_uri_without_key_opens_none)
{
    EVC_CHECK_CODE(open_by("ibm-kp://us-south/" INSTANCE), ENVCRYPT_E_URI);
    EVC_CHECK_CODE(open_by("ibm-kp://us-south/" INSTANCE "/" KEY "?endpont=x"),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "endpoint"));
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

START_TEST(the_end_of_hyper_protect_is_told_at_each_open)
{
    reply_with(200, METADATA);
    EVC_CHECK_OK(open_by("ibm-kp:///" CRN));
    ck_assert_ptr_null(strstr(toy.log, "2027-03-28"));
    start_over();
    reply_with(200, SHOWN(KEY, HPCS_CRN, ROOT));
    EVC_CHECK_OK(open_by("ibm-kp://keys.example/" INSTANCE "/" KEY));
    ck_assert_ptr_nonnull(strstr(toy.log, "2 the key " HPCS_CRN));
    ck_assert_ptr_nonnull(strstr(toy.log, "2027-03-28"));
}
END_TEST

START_TEST(without_a_network_no_key_opens)
{
    evc_uri uri;

    EVC_CHECK_OK(evc_uri_parse("ibm-kp:///" CRN, &uri, NULL));
    EVC_CHECK_CODE(evc_kms_new_by_uri(toy.crypto, NULL, &evc_backend_ibm, &uri, NULL,
                                      NULL, &kms, NULL),
                   ENVCRYPT_E_UNSUPPORTED);
    evc_uri_reset(&uri);
}
END_TEST

/* --- calls --- */

START_TEST(a_refusal_is_explained)
{
    reply_with(200, METADATA);
    reply_with(409, REFUSAL("409", "KEY_ACTION_INVALID_STATE_ERR"));
    reply_with(200, METADATA_OF("5", ""));
    EVC_CHECK_OK(open_by("ibm-kp:///" CRN));
    EVC_CHECK_CODE(wrap(), ENVCRYPT_E_KEY_DESTROYED);
    ck_assert_str_eq(evc_error_key_state(err), "Destroyed");
}
END_TEST

START_TEST(a_key_is_described)
{
    evc_key_info *info = NULL;

    reply_with(200, METADATA);
    reply_with(200, METADATA_OF("2", ""));
    reply_with(200, "{\"metadata\":{\"collectionType\":\"v\"},\"resources\":[{\"id\":"
                    "\"new\"},{\"id\":\"old\"}]}");
    EVC_CHECK_OK(open_by("ibm-kp:///" CRN));
    EVC_CHECK_OK(evc_kms_describe(kms, &toy.wait, &info, NULL));
    ck_assert_str_eq(info->id, CRN);
    ck_assert_int_eq(info->state, ENVCRYPT_KEY_DISABLED);
    ck_assert_uint_eq(info->count, 2);
    ck_assert_str_eq(info->versions[info->current].id, "new");
    evc_key_info_free(info);
}
END_TEST

START_TEST(a_description_of_another_key_is_refused)
{
    evc_key_info *info = NULL;

    reply_with(200, METADATA);
    reply_with(200, SHOWN(KEY, HPCS_CRN, ROOT));
    reply_with(200, "{\"metadata\":{\"collectionType\":\"v\"},\"resources\":[]}");
    EVC_CHECK_OK(open_by("ibm-kp:///" CRN));
    EVC_CHECK_CODE(evc_kms_describe(kms, &toy.wait, &info, NULL),
                   ENVCRYPT_E_KEY_MISMATCH);
    ck_assert_ptr_null(info);
}
END_TEST

START_TEST(only_edks_of_this_very_key_are_claimed)
{
    evc_edk_service info = {.key_id = evc_view_text(CRN), .wrapped_s = 5};
    evc_edk edk = {.provider = evc_view_text("envcrypt-ibm-kp"),
                   .ciphertext = evc_view_text("x")};
    evc_buf b;

    reply_with(200, METADATA);
    EVC_CHECK_OK(open_by("ibm-kp:///" CRN));
    evc_buf_init(&b);
    evc_edk_service_info(&b, &info);
    edk.info = evc_buf_view(&b);
    ck_assert(evc_kms_claims(kms, &edk));
    ck_assert_int_eq(evc_kms_age_from_ms(kms, &edk), 5000);
    ck_assert_int_eq(evc_kms_is_current(kms, &edk), ENVCRYPT_UNKNOWN);
    edk.provider = evc_view_text("envcrypt-alibaba-kms");
    ck_assert(!evc_kms_claims(kms, &edk));
    edk.provider = evc_view_text("envcrypt-ibm-kp");
    edk.info.size--;
    ck_assert(!evc_kms_claims(kms, &edk));
    ck_assert_int_eq(evc_kms_age_from_ms(kms, &edk), -1);
    evc_buf_clear(&b);
    info.key_id = evc_view_text(HPCS_CRN);
    evc_edk_service_info(&b, &info);
    edk.info = evc_buf_view(&b);
    ck_assert(!evc_kms_claims(kms, &edk));
    evc_buf_reset(&b);
}
END_TEST

START_TEST(many_calls_go_over_one_lane)
{
    evc_secret key = make_key(32);
    evc_call *calls[3];

    reply_with(200, METADATA);
    reply_with(200, WRAP_REPLY);
    EVC_CHECK_OK(open_by("ibm-kp:///" CRN));
    for (size_t i = 0; i < 3; i++) {
        EVC_CHECK_OK(evc_call_new(kms, ENVCRYPT_OP_WRAP, &calls[i], NULL));
        calls[i]->input = evc_view_of(key.bytes, key.size);
        (void)evc_call_ref(calls[i]);
    }
    kms->backend->start_many(kms, calls, 3, 2, &toy.wait);
    for (size_t i = 0; i < 3; i++) {
        EVC_CHECK_OK(calls[i]->code);
        ck_assert(
            evc_view_is_text(evc_buf_view(&calls[i]->wrapped.ciphertext), "YQ=="));
        evc_call_unref(calls[i]);
    }
    ck_assert_uint_eq(toy.asked, 4);
    evc_secret_free(&key);
}
END_TEST

/* --- memory --- */

typedef struct attempt {
    evc_chain *chain;
} attempt;

static int
open_and_wrap(void *user)
{
    const attempt *a = user;
    evc_kms *key = NULL;
    evc_secret dek;
    evc_edk_out out;
    int rc;

    toy.asked = 0;
    rc = open_quietly("ibm-kp:///" CRN, a->chain, &key, NULL);
    if (rc)
        return rc;
    rc = evc_secret_new(toy.env->arena, 32, &dek, NULL);
    if (!rc) {
        memset(dek.bytes, 7, 32);
        rc = evc_kms_wrap(key, evc_view_of(dek.bytes, 32), NULL, &toy.wait, NULL, &out,
                          NULL);
        evc_secret_free(&dek);
        evc_edk_out_reset(&out);
    }
    evc_kms_unref(key);
    return rc;
}

/* jansson's memory may show as bad JSON (codec/json.h), so a reply as PROTOCOL. */
static int
open_and_wrap_or_nomem(void *user)
{
    int rc = open_and_wrap(user);

    return rc == ENVCRYPT_E_PROTOCOL ? ENVCRYPT_E_NOMEM : rc;
}

START_TEST(survives_memory_that_runs_out)
{
    attempt a = {.chain = open_token()};

    reply_with(200, METADATA);
    reply_with(200, WRAP_REPLY);
    ck_assert_uint_gt(evc_alloc_sweep(open_and_wrap_or_nomem, &a), 20);
    evc_chain_unref(a.chain);
}
END_TEST

/* The token of this test is none that tells. */
START_TEST(the_token_alone_is_asked_as_whom_a_key_is_used)
{
    evc_buf who;
    size_t asked;

    reply_with(200, METADATA);
    EVC_CHECK_OK(open_by("ibm-kp:///" CRN));
    asked = toy.asked;
    evc_buf_init(&who);
    EVC_CHECK_CODE(evc_backend_ibm.identity(kms, &toy.wait, &who, &err),
                   ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(strstr(evc_error_message(err), "planted-token"));
    ck_assert_uint_eq(toy.asked, asked);
    evc_buf_reset(&who);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_key_is_resolved_once_and_pinned,
                                  a_key_that_was_not_asked_for_is_refused,
                                  an_id_may_be_written_in_upper_case,
                                  a_uri_without_key_opens_none,
                                  the_end_of_hyper_protect_is_told_at_each_open,
                                  without_a_network_no_key_opens,
                                  a_refusal_is_explained,
                                  the_token_alone_is_asked_as_whom_a_key_is_used,
                                  a_key_is_described,
                                  a_description_of_another_key_is_refused,
                                  only_edks_of_this_very_key_are_claimed,
                                  many_calls_go_over_one_lane,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("ibm");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ibm", add_tests)
