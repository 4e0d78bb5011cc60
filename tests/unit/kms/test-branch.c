/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-alloc.h"
#include "kms/wrap_aes.h"
#include "known-edks.h"
#include "serving.h"

#define ACTIVE "0A0B0C0D-0000-4000-8000-000000000001"
#define ACTIVE_LOWER "0a0b0c0d-0000-4000-8000-000000000001"
#define OLDER "0a0b0c0d-0000-4000-8000-000000000000"

static service source;
static evc_view branch_key; /* that is handed out */
static const char *handed_version;
static const char *handed_id;
static char wanted[64];
static int32_t operation;
static size_t seen_pairs;
static size_t seen_size;

static const uint8_t branch_bytes[33] = {7, 7, 7};

/* Hands out the version that is wanted, or the active one. */
static void
hand_out(envcrypt_call *call)
{
    const char *version = handed_version;
    int rc;

    (void)snprintf(wanted, sizeof(wanted), "%s", (const char *)call->key_version.data);
    operation = call->operation;
    seen_pairs = call->context->count;
    seen_size = call->key_size;
    if (!version)
        version = wanted[0] ? wanted : ACTIVE;
    rc = evc_serve_set_key(call, branch_key, NULL);
    if (!rc)
        rc = evc_serve_set_version(call, version, NULL);
    if (!rc && handed_id)
        rc = evc_serve_set_key_id(call, handed_id, NULL);
    evc_serve_finish(call, rc, NULL, NULL);
}

static void
deny(envcrypt_call *call)
{
    evc_serve_finish(call, ENVCRYPT_E_KEY_NOT_FOUND, "NoBranch", "no such branch");
}

static evc_kms *
open_branch(const char *id, void (*answer)(envcrypt_call *call))
{
    evc_kms *kms = NULL;

    source = (service){.answer = answer};
    branch_key = evc_view_of(branch_bytes, 32);
    handed_version = NULL;
    handed_id = NULL;
    EVC_CHECK_OK(
        evc_branch_open(crypto, id, serve_call, &source, destroy_service, &kms, NULL));
    return kms;
}

static int
wrap(evc_kms *kms, const evc_kv *context, evc_wait *wait, evc_edk_out *out)
{
    evc_secret key = make_secret(32, 1);
    int rc = evc_kms_wrap(kms, view_of_secret(&key), context, wait, NULL, out, NULL);

    evc_secret_free(&key);
    return rc;
}

static int
unwrap(evc_kms *kms, const evc_edk_out *wrapped, const evc_kv *context, evc_wait *wait)
{
    evc_edk edk = evc_edk_view(wrapped);
    evc_secret key;
    int rc = evc_kms_unwrap(kms, &edk, context, 32, wait, NULL, &key, NULL, NULL);

    if (!rc)
        ck_assert_uint_eq(key.bytes[31], 32);
    evc_secret_free(&key);
    return rc;
}

static void
check_answer(const known_edk *k)
{
    evc_kms *kms = open_branch(k->name, hand_out);
    evc_secret key;

    branch_key = k->kek;
    ck_assert(evc_kms_claims(kms, &k->edk));
    EVC_CHECK_OK(evc_kms_unwrap(kms, &k->edk, &k->context, k->key.size, NULL, NULL,
                                &key, NULL, NULL));
    ck_assert(evc_view_equal(view_of_secret(&key), k->key));
    evc_secret_free(&key);
    evc_kms_unref(kms);
}

START_TEST(opens_keys_of_published_messages)
{
    open_known();
    ck_assert_uint_eq(each_known("hierarchy", check_answer), 4);
    close_known();
}
END_TEST

START_TEST(wraps_under_the_active_version)
{
    evc_kms *kms = open_branch("branch", hand_out);
    evc_edk_out out;
    evc_edk_facts facts;
    evc_edk edk;

    EVC_CHECK_OK(wrap(kms, NULL, NULL, &out));
    ck_assert_str_eq(wanted, "");
    ck_assert_int_eq(operation, ENVCRYPT_OP_BRANCH_KEY);
    ck_assert_uint_eq(seen_size, 32);
    edk = evc_edk_view(&out);
    ck_assert(evc_kms_claims(kms, &edk));
    evc_edk_describe(&edk, &facts);
    ck_assert(evc_view_is_text(facts.key_id, "branch"));
    ck_assert_str_eq(facts.key_version, ACTIVE_LOWER);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(asks_for_the_version_that_the_edk_names)
{
    evc_kms *kms = open_branch("branch", hand_out);
    evc_edk_out out;
    evc_kv context;

    evc_kv_init(&context);
    add_pair(&context, "a", "1");
    EVC_CHECK_OK(wrap(kms, &context, NULL, &out));
    EVC_CHECK_OK(unwrap(kms, &out, &context, NULL));
    ck_assert_str_eq(wanted, ACTIVE_LOWER);
    ck_assert_uint_eq(seen_pairs, 0);
    EVC_CHECK_CODE(unwrap(kms, &out, NULL, NULL), ENVCRYPT_E_UNWRAP);
    evc_edk_out_reset(&out);
    evc_kv_reset(&context);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(another_version_than_the_wanted_one_is_a_mismatch)
{
    evc_kms *kms = open_branch("branch", hand_out);
    evc_edk_out out;

    EVC_CHECK_OK(wrap(kms, NULL, NULL, &out));
    handed_version = OLDER;
    EVC_CHECK_CODE(unwrap(kms, &out, NULL, NULL), ENVCRYPT_E_KEY_MISMATCH);
    handed_version = ACTIVE; /* the same one, written otherwise */
    EVC_CHECK_OK(unwrap(kms, &out, NULL, NULL));
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(another_branch_key_id_is_a_mismatch)
{
    evc_kms *kms = open_branch("branch", hand_out);
    evc_edk_out out;

    handed_id = "other";
    EVC_CHECK_CODE(wrap(kms, NULL, NULL, &out), ENVCRYPT_E_KEY_MISMATCH);
    handed_id = "branch";
    EVC_CHECK_OK(wrap(kms, NULL, NULL, &out));
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_branch_key_has_32_bytes_that_are_not_all_zero)
{
    static const uint8_t zeros[32] = {0};
    evc_kms *kms = open_branch("branch", hand_out);
    evc_edk_out out;

    branch_key = evc_view_of(branch_bytes, 31);
    EVC_CHECK_CODE(wrap(kms, NULL, NULL, &out), ENVCRYPT_E_CALLBACK);
    branch_key = evc_view_of(branch_bytes, 33);
    EVC_CHECK_CODE(wrap(kms, NULL, NULL, &out), ENVCRYPT_E_CALLBACK);
    branch_key = evc_view_of(zeros, 32);
    EVC_CHECK_CODE(wrap(kms, NULL, NULL, &out), ENVCRYPT_E_CALLBACK);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_version_is_a_uuid)
{
    evc_kms *kms = open_branch("branch", hand_out);
    evc_edk_out out;

    handed_version = "7";
    EVC_CHECK_CODE(wrap(kms, NULL, NULL, &out), ENVCRYPT_E_CALLBACK);
    handed_version = "";
    EVC_CHECK_CODE(wrap(kms, NULL, NULL, &out), ENVCRYPT_E_CALLBACK);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(claims_its_own_edks_alone)
{
    evc_kms *kms = open_branch("branch", hand_out);
    evc_edk edk = {text("aws-kms-hierarchy"), text("branch"), text("")};

    ck_assert(evc_kms_claims(kms, &edk));
    edk.info = text("branch2");
    ck_assert(!evc_kms_claims(kms, &edk));
    edk.info = text("branch");
    edk.provider = text("aws-kms");
    ck_assert(!evc_kms_claims(kms, &edk));
    evc_kms_unref(kms);
}
END_TEST

/* Without 1 to 64 bytes of a wrapped key: 60 bytes stand around it. */
START_TEST(an_edk_that_holds_no_key_asks_for_none)
{
    static uint8_t bytes[125];
    evc_kms *kms = open_branch("branch", hand_out);
    evc_edk edk = {text("aws-kms-hierarchy"), text("branch"), evc_view_of(bytes, 60)};
    evc_secret key;

    EVC_CHECK_CODE(evc_kms_unwrap(kms, &edk, NULL, 0, NULL, NULL, &key, NULL, NULL),
                   ENVCRYPT_E_UNWRAP);
    edk.ciphertext.size = 125;
    EVC_CHECK_CODE(evc_kms_unwrap(kms, &edk, NULL, 0, NULL, NULL, &key, NULL, NULL),
                   ENVCRYPT_E_UNWRAP);
    ck_assert_int_eq(source.calls, 0);
    edk.ciphertext.size = 124;
    EVC_CHECK_CODE(evc_kms_unwrap(kms, &edk, NULL, 0, NULL, NULL, &key, NULL, NULL),
                   ENVCRYPT_E_UNWRAP);
    ck_assert_int_eq(source.calls, 1);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_failure_of_the_callback_comes_out)
{
    evc_kms *kms = open_branch("branch", deny);
    evc_secret key = make_secret(32, 1);
    evc_error *err = NULL;
    evc_edk_out out;

    EVC_CHECK_CODE(
        evc_kms_wrap(kms, view_of_secret(&key), NULL, NULL, NULL, &out, &err),
        ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_str_eq(evc_error_provider_code(err), "NoBranch");
    evc_error_free(err);
    evc_secret_free(&key);
    evc_kms_unref(kms);
}
END_TEST

static void
hand_out_twice(envcrypt_call *call)
{
    hand_out(call);
    hand_out(call);
}

START_TEST(a_branch_key_that_comes_twice_comes_once)
{
    evc_kms *kms = open_branch("branch", hand_out_twice);
    evc_edk_out out;

    EVC_CHECK_OK(wrap(kms, NULL, NULL, &out));
    EVC_CHECK_OK(unwrap(kms, &out, NULL, NULL));
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(the_branch_key_may_come_from_another_thread)
{
    evc_kms *kms = open_branch("branch", hand_out);
    evc_edk_out out;

    source.on_thread = true;
    EVC_CHECK_OK(wrap(kms, NULL, NULL, &out));
    join_service(&source);
    EVC_CHECK_OK(unwrap(kms, &out, NULL, NULL));
    join_service(&source);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_branch_key_that_comes_too_late_is_ignored)
{
    evc_kms *kms = open_branch("branch", NULL);
    evc_edk_out out;
    evc_wait wait;

    evc_wait_init(&wait, NULL, 5);
    EVC_CHECK_CODE(wrap(kms, NULL, &wait, &out), ENVCRYPT_E_TIMEOUT);
    evc_wait_release(&wait);
    evc_kms_unref(kms);
    ck_assert(evc_call_is_abandoned(source.held));
    hand_out(source.held);
    ck_assert_int_eq(source.destroyed, 1);
}
END_TEST

static int
try_open(const char *id)
{
    evc_kms *kms = (evc_kms *)1;
    int rc;

    source = (service){.answer = hand_out};
    rc = evc_branch_open(crypto, id, serve_call, &source, destroy_service, &kms, NULL);
    if (rc) {
        ck_assert_ptr_null(kms);
        ck_assert_int_eq(source.destroyed, 0);
    }
    evc_kms_unref(kms);
    return rc;
}

START_TEST(a_branch_key_id_has_1_to_1024_bytes)
{
    static char id[1026];

    memset(id, 'b', 1025);
    EVC_CHECK_CODE(try_open(id), ENVCRYPT_E_ARGUMENT);
    id[1024] = '\0';
    EVC_CHECK_OK(try_open(id));
    EVC_CHECK_CODE(try_open(""), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("\xff"), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
open_wrap_unwrap(void *user)
{
    evc_kms *kms;
    evc_secret back = {0};
    evc_edk_out out;
    evc_edk edk;
    int rc = evc_branch_open(crypto, "branch", serve_call, &source, NULL, &kms, NULL);

    if (rc)
        return rc;
    rc = evc_kms_wrap(kms, view_of_secret(user), NULL, NULL, NULL, &out, NULL);
    edk = evc_edk_view(&out);
    if (!rc)
        rc = evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &back, NULL, NULL);
    evc_secret_free(&back);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_secret key = make_secret(32, 1);

    evc_kms_unref(open_branch("branch", hand_out));
    EVC_CHECK_OK(open_wrap_unwrap(&key)); /* warms the pools */
    evc_alloc_sweep(open_wrap_unwrap, &key);
    evc_secret_free(&key);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {opens_keys_of_published_messages,
                                  wraps_under_the_active_version,
                                  asks_for_the_version_that_the_edk_names,
                                  another_version_than_the_wanted_one_is_a_mismatch,
                                  another_branch_key_id_is_a_mismatch,
                                  a_branch_key_has_32_bytes_that_are_not_all_zero,
                                  a_version_is_a_uuid,
                                  claims_its_own_edks_alone,
                                  an_edk_that_holds_no_key_asks_for_none,
                                  a_failure_of_the_callback_comes_out,
                                  a_branch_key_that_comes_twice_comes_once,
                                  the_branch_key_may_come_from_another_thread,
                                  a_branch_key_that_comes_too_late_is_ignored,
                                  a_branch_key_id_has_1_to_1024_bytes,
                                  survives_memory_that_runs_out,
                                  NULL};

    kms_add(suite, "branch", tests);
}

EVC_TEST_MAIN("branch", add_tests)
