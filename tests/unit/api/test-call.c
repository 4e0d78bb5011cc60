/* SPDX-License-Identifier: Apache-2.0 */
/* A key service that is served through the public functions alone, from both sides. */
#include <pthread.h>

#include "api-fixture.h"
#include "kms/kms.h"

#define WRAPS (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP)

static void (*serve_now)(envcrypt_call *call);
static envcrypt_call *held;

static void
serve(envcrypt_call *call, void *user)
{
    (void)user;
    held = call;
    if (serve_now)
        serve_now(call);
}

static envcrypt_kms *
open_custom(uint32_t operations, void (*now)(envcrypt_call *call))
{
    envcrypt_kms *kms = NULL;

    serve_now = now;
    EVC_CHECK_OK(envcrypt_kms_open_custom(client, "acme", "key", operations, serve,
                                          NULL, NULL, &kms, NULL));
    return kms;
}

/* Wraps the 32 bytes 1, 1, … with one pair in the context. */
static int
wrap(envcrypt_kms *kms, envcrypt_wait *wait, evc_edk_out *out, evc_error **err)
{
    uint8_t bytes[32];
    evc_kv context;
    int rc;

    memset(bytes, 1, sizeof(bytes));
    evc_kv_init(&context);
    EVC_CHECK_OK(
        evc_kv_add(&context, evc_view_text("team"), evc_view_text("blue"), NULL));
    rc = evc_kms_wrap(kms, evc_view_of(bytes, 32), &context, wait, NULL, out, err);
    evc_kv_reset(&context);
    return rc;
}

static int
unwrap(envcrypt_kms *kms, const evc_edk_out *wrapped, bool *stale)
{
    evc_edk edk = evc_edk_view(wrapped);
    evc_secret key;
    evc_kv context;
    int rc;

    evc_kv_init(&context);
    EVC_CHECK_OK(
        evc_kv_add(&context, evc_view_text("team"), evc_view_text("blue"), NULL));
    rc = evc_kms_unwrap(kms, &edk, &context, 32, NULL, NULL, &key, stale, NULL);
    evc_kv_reset(&context);
    if (!rc)
        ck_assert_int_eq(key.bytes[31], 1);
    evc_secret_free(&key);
    return rc;
}

static void
check_inputs(const envcrypt_call *call)
{
    const envcrypt_context *context = envcrypt_call_context(call);

    ck_assert_str_eq(envcrypt_call_key_id(call), "key");
    ck_assert_uint_eq(envcrypt_context_count(context), 1);
    ck_assert_str_eq(envcrypt_context_name(context, 0, NULL), "team");
    ck_assert_str_eq(envcrypt_context_value(context, 0, NULL), "blue");
    ck_assert_int_eq(envcrypt_call_is_abandoned(call), 0);
}

/* The wrapped key is the key itself: this is a test. */
static void
serve_copies(envcrypt_call *call)
{
    size_t size;
    const void *input = envcrypt_call_input(call, &size);

    check_inputs(call);
    ck_assert_uint_eq(size, 32);
    if (envcrypt_call_operation(call) == ENVCRYPT_OP_WRAP) {
        ck_assert_str_eq(envcrypt_call_key_version(call), "");
        ck_assert_uint_eq(envcrypt_call_key_size(call), 0);
        EVC_CHECK_OK(envcrypt_call_set_wrapped(call, input, size, NULL));
    } else {
        ck_assert_str_eq(envcrypt_call_key_version(call), "v1");
        ck_assert_uint_eq(envcrypt_call_key_size(call), 32);
        EVC_CHECK_OK(envcrypt_call_set_key(call, input, size, NULL));
        envcrypt_call_set_stale(call, 1);
    }
    EVC_CHECK_OK(envcrypt_call_set_key_id(call, "key", NULL));
    EVC_CHECK_OK(envcrypt_call_set_key_version(call, "v1", NULL));
    envcrypt_call_finish(call, 0, NULL, NULL);
}

START_TEST(a_service_sees_all_inputs_and_sets_all_outputs)
{
    envcrypt_kms *kms = open_custom(WRAPS, serve_copies);
    evc_edk_out out;
    bool stale = false;

    EVC_CHECK_OK(wrap(kms, NULL, &out, NULL));
    EVC_CHECK_OK(unwrap(kms, &out, &stale));
    ck_assert(stale);
    evc_edk_out_reset(&out);
    envcrypt_kms_unref(kms);
}
END_TEST

static void
serve_probe(envcrypt_call *call)
{
    size_t size = 7;

    ck_assert_str_eq(envcrypt_call_input(call, &size), "");
    ck_assert_uint_eq(size, 0);
    ck_assert_uint_eq(envcrypt_context_count(envcrypt_call_context(call)), 0);
    ck_assert_str_eq(envcrypt_call_input(call, NULL), "");
    envcrypt_call_finish(call, 0, NULL, NULL);
}

START_TEST(an_operation_without_input_has_an_empty_one)
{
    envcrypt_kms *kms = open_custom(WRAPS | ENVCRYPT_OP_PROBE, serve_probe);

    EVC_CHECK_OK(envcrypt_kms_probe(kms, NULL, NULL));
    envcrypt_kms_unref(kms);
}
END_TEST

static void
serve_error(envcrypt_call *call)
{
    envcrypt_call_finish(call, 4711, "AcmeBusy", "come back later");
}

START_TEST(an_error_of_the_service_reaches_the_caller)
{
    envcrypt_kms *kms = open_custom(WRAPS, serve_error);
    evc_error *err = NULL;
    evc_edk_out out;

    EVC_CHECK_CODE(wrap(kms, NULL, &out, &err), ENVCRYPT_E_CALLBACK);
    ck_assert_int_eq(envcrypt_error_class(err), ENVCRYPT_CLASS_INTERNAL);
    ck_assert_str_eq(envcrypt_error_provider_code(err), "AcmeBusy");
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "come back later"));
    envcrypt_error_free(err);
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(a_call_that_was_given_up_says_so_and_can_be_finished)
{
    envcrypt_kms *kms = open_custom(WRAPS, NULL);
    envcrypt_wait *wait;
    evc_edk_out out;

    EVC_CHECK_OK(envcrypt_wait_new(client, 5, &wait, NULL));
    EVC_CHECK_CODE(wrap(kms, wait, &out, NULL), ENVCRYPT_E_TIMEOUT);
    envcrypt_wait_free(wait);
    ck_assert_int_eq(envcrypt_call_is_abandoned(held), 1);
    EVC_CHECK_OK(envcrypt_call_set_wrapped(held, "w", 1, NULL));
    envcrypt_call_finish(held, 0, NULL, NULL);
    envcrypt_kms_unref(kms);
}
END_TEST

static void
serve_setters(envcrypt_call *call)
{
    envcrypt_error *err = NULL;

    EVC_CHECK_CODE(envcrypt_call_set_wrapped(call, NULL, 1, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_set_wrapped(call, "", 0, &err), ENVCRYPT_E_ARGUMENT);
    envcrypt_error_free(err);
    EVC_CHECK_CODE(envcrypt_call_set_key(call, NULL, 1, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_set_key(call, "k", 1, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_set_key_id(call, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_set_key_version(call, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_add_version(call, NULL, 1, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_add_version(call, "1", 1, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_call_set_wrapped(call, "w", 1, &err));
    ck_assert_ptr_null(err);
    envcrypt_call_finish(call, 0, NULL, NULL);
}

START_TEST(setters_refuse_what_does_not_belong)
{
    envcrypt_kms *kms = open_custom(WRAPS, serve_setters);
    evc_edk_out out;

    EVC_CHECK_OK(wrap(kms, NULL, &out, NULL));
    evc_edk_out_reset(&out);
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(null_is_no_call)
{
    size_t size = 7;

    ck_assert_int_eq(envcrypt_call_operation(NULL), 0);
    ck_assert_ptr_null(envcrypt_call_key_id(NULL));
    ck_assert_ptr_null(envcrypt_call_key_version(NULL));
    ck_assert_ptr_null(envcrypt_call_context(NULL));
    ck_assert_str_eq(envcrypt_call_input(NULL, &size), "");
    ck_assert_uint_eq(size, 0);
    ck_assert_uint_eq(envcrypt_call_key_size(NULL), 0);
    ck_assert_int_eq(envcrypt_call_is_abandoned(NULL), 0);
    EVC_CHECK_CODE(envcrypt_call_set_wrapped(NULL, "w", 1, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_set_key(NULL, "k", 1, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_set_key_id(NULL, "k", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_set_key_version(NULL, "k", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_call_add_version(NULL, "k", 1, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    envcrypt_call_set_stale(NULL, 1);
    envcrypt_call_set_state(NULL, 1);
    envcrypt_call_finish(NULL, 0, NULL, NULL);
}
END_TEST

static void *
finish_held(void *arg)
{
    serve_copies(arg);
    return NULL;
}

static pthread_t thread;

static void
serve_on_a_thread(envcrypt_call *call)
{
    ck_assert_int_eq(pthread_create(&thread, NULL, finish_held, call), 0);
}

START_TEST(a_service_may_finish_on_another_thread)
{
    envcrypt_kms *kms = open_custom(WRAPS, serve_on_a_thread);
    evc_edk_out out;

    EVC_CHECK_OK(wrap(kms, NULL, &out, NULL));
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    EVC_CHECK_OK(unwrap(kms, &out, NULL));
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    evc_edk_out_reset(&out);
    envcrypt_kms_unref(kms);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_service_sees_all_inputs_and_sets_all_outputs,
                                  an_operation_without_input_has_an_empty_one,
                                  an_error_of_the_service_reaches_the_caller,
                                  a_call_that_was_given_up_says_so_and_can_be_finished,
                                  setters_refuse_what_does_not_belong,
                                  null_is_no_call,
                                  a_service_may_finish_on_another_thread,
                                  NULL};

    api_add(suite, "call", tests);
}

EVC_TEST_MAIN("call", add_tests)
