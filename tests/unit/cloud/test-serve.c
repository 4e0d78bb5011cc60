/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/serve.h"

#include "evc-alloc.h"
#include "kms/kms.h"
#include "scripted-net.h"

#define PROVIDER "toy-kms"

static evc_crypto *crypto;
static evc_kms *kms;
static evc_cloud cloud;
static evc_edk edk;
static evc_secret key;
static evc_error *err;

/* --- a back end ------------------------------------------------------------------- */

static int
cloud_build(const evc_operation *op, evc_exchange *x, evc_error **error)
{
    const evc_call *call = op->user;

    x->method = "POST";
    evc_buf_put_view(&x->body, call->edk.ciphertext);
    return evc_buf_check(&x->body, error);
}

/* A data key of sevens. */
static int
cloud_read(evc_operation *op, evc_exchange *x, evc_error **error)
{
    evc_call *call = op->user;
    int rc = evc_secret_new(t.env->arena, 32, &call->key, error);

    (void)x;
    if (!rc)
        memset(call->key.bytes, 7, 32);
    return rc;
}

static const evc_operation_kind unwrap_kind = {
    .name = "Unwrap", .build = cloud_build, .read = cloud_read, .secret = true};

static const evc_operation_kind *
kind_of(const evc_call *call)
{
    return call->operation == ENVCRYPT_OP_UNWRAP ? &unwrap_kind : NULL;
}

static evc_wait *seen_wait;

static int
run_plain(evc_kms *one, evc_call *call, evc_wait *wait, evc_error **error)
{
    (void)one;
    seen_wait = wait;
    if (call->operation == ENVCRYPT_OP_ROTATE)
        return 0;
    return evc_err(error, ENVCRYPT_E_DENIED, "not today");
}

static bool
claims(const evc_kms *one, const evc_edk *any)
{
    (void)one;
    (void)any;
    return true;
}

static void
close_nothing(void *state)
{
    (void)state;
}

static const evc_backend backend = {
    .close = close_nothing,
    .claims = claims,
    .start = evc_cloud_start,
    .at_once = true,
    .start_many = evc_cloud_start_many,
};

static void
set_up(void)
{
    script_set_up();
    EVC_CHECK_OK(evc_crypto_open(t.env, &crypto, NULL));
    cloud = (evc_cloud){t.peer, kind_of, run_plain};
    EVC_CHECK_OK(evc_kms_new(
        crypto, &backend, &cloud, PROVIDER, "key-1",
        ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_ROTATE | ENVCRYPT_OP_PROBE, &kms, NULL));
    edk = (evc_edk){.provider = evc_view_text(PROVIDER),
                    .ciphertext = evc_view_text("wrapped")};
    key = (evc_secret){0};
    err = NULL;
}

static void
tear_down(void)
{
    evc_secret_free(&key);
    evc_error_free(err);
    evc_kms_unref(kms);
    evc_crypto_unref(crypto);
    script_tear_down();
}

static int
unwrap(evc_wait *wait)
{
    return evc_kms_unwrap(kms, &edk, NULL, 32, wait, NULL, &key, NULL, &err);
}

/* --- one -------------------------------------------------------------------------- */

START_TEST(a_call_is_one_operation)
{
    PLAY(OK_STEP);
    EVC_CHECK_OK(unwrap(&t.wait));
    ck_assert_uint_eq(key.size, 32);
    ck_assert_int_eq(key.bytes[31], 7);
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

START_TEST(an_error_of_the_service_is_the_calls)
{
    PLAY({.status = 400, .body = "Disabled"});
    EVC_CHECK_CODE(unwrap(&t.wait), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_ptr_nonnull(
        strstr(evc_error_message(err), "toy-kms Unwrap for \"key-1\" at "));
    ck_assert_str_eq(evc_error_key_state(err), "Disabled");
    ck_assert_uint_eq(key.size, 0);
}
END_TEST

START_TEST(without_a_wait_the_clients_deadline_holds)
{
    PLAY({.silent = true});
    EVC_CHECK_CODE(unwrap(NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(atomic_load(&t.now), 31000);
}
END_TEST

START_TEST(a_call_of_more_than_one_request_runs_by_itself)
{
    EVC_CHECK_OK(evc_kms_rotate(kms, &t.wait, &err));
    ck_assert_ptr_eq(seen_wait, &t.wait);
    EVC_CHECK_CODE(evc_kms_probe(kms, &t.wait, &err), ENVCRYPT_E_DENIED);
    ck_assert_str_eq(evc_error_message(err), "not today");
    ck_assert_uint_eq(t.started, 0);
}
END_TEST

START_TEST(what_nothing_serves_is_not_supported)
{
    cloud.run = NULL;
    EVC_CHECK_CODE(evc_kms_rotate(kms, &t.wait, &err), ENVCRYPT_E_UNSUPPORTED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "cannot do ROTATE"));
}
END_TEST

/* --- many ------------------------------------------------------------------------- */

#define MANY 10u

static evc_call *calls[MANY];

static int
make_calls(const int32_t *operations, size_t count)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < count; i++) {
        rc = evc_call_new(kms, operations ? operations[i] : ENVCRYPT_OP_UNWRAP,
                          &calls[i], NULL);
        if (!rc)
            calls[i]->edk = edk;
    }
    return rc;
}

/* The reference that start_many takes. */
static void
start_many(size_t count, size_t width)
{
    for (size_t i = 0; i < count; i++)
        (void)evc_call_ref(calls[i]);
    evc_cloud_start_many(kms, calls, count, width, &t.wait);
}

static void
free_calls(size_t count)
{
    for (size_t i = 0; i < count; i++) {
        evc_call_unref(calls[i]);
        calls[i] = NULL;
    }
}

START_TEST(many_calls_run_side_by_side)
{
    EVC_CHECK_OK(make_calls(NULL, MANY));
    PLAY({.status = 200, .lasts_ms = 20});
    start_many(MANY, 5);
    ck_assert_uint_eq(t.most_in_flight, 5);
    ck_assert_int_eq(atomic_load(&t.now), 1040);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(calls[i]->code, 0);
        ck_assert_uint_eq(calls[i]->key.size, 32);
    }
    free_calls(MANY);
}
END_TEST

START_TEST(each_of_many_calls_ends_by_itself)
{
    const int32_t operations[] = {ENVCRYPT_OP_UNWRAP, ENVCRYPT_OP_ROTATE,
                                  ENVCRYPT_OP_UNWRAP, ENVCRYPT_OP_PROBE};

    EVC_CHECK_OK(make_calls(operations, 4));
    PLAY({.status = 400, .body = "Disabled"}, OK_STEP);
    start_many(4, 1);
    ck_assert_int_eq(calls[0]->code, ENVCRYPT_E_KEY_DISABLED);
    ck_assert_int_eq(calls[1]->code, 0);
    ck_assert_int_eq(calls[2]->code, 0);
    ck_assert_int_eq(calls[3]->code, ENVCRYPT_E_DENIED);
    ck_assert_int_eq(evc_error_code(calls[0]->error), ENVCRYPT_E_KEY_DISABLED);
    free_calls(4);
}
END_TEST

static int
run_swept(void *unused)
{
    int rc;

    (void)unused;
    t.started = 0;
    rc = make_calls(NULL, 2);
    if (!rc) {
        start_many(2, 2);
        rc = calls[0]->code ? calls[0]->code : calls[1]->code;
    }
    free_calls(2);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    PLAY(OK_STEP);
    ck_assert_uint_gt(evc_alloc_sweep(run_swept, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_call_is_one_operation,
        an_error_of_the_service_is_the_calls,
        without_a_wait_the_clients_deadline_holds,
        a_call_of_more_than_one_request_runs_by_itself,
        what_nothing_serves_is_not_supported,
        many_calls_run_side_by_side,
        each_of_many_calls_ends_by_itself,
        survives_any_failed_allocation,
    };
    TCase *tcase = tcase_create("serve");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("serve", add_tests)
