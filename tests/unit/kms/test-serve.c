/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/serve.h"

#include "evc-child.h"
#include "scripted.h"

static evc_kms *kms;
static evc_call *served; /* by serve(), not finished yet */
static int destroyed;

static void
setup(void)
{
    open_crypto();
    kms = open_scripted(ENVCRYPT_OP_WRAP);
    destroyed = 0;
}

static void
teardown(void)
{
    evc_kms_unref(kms);
    close_crypto();
}

static void
serve(envcrypt_call *call, void *user)
{
    ck_assert_ptr_eq(user, &destroyed);
    served = call;
}

static void
count_destroy(void *user)
{
    (*(int *)user)++;
}

static evc_server
make_server(void)
{
    return (evc_server){env->generation, serve, &destroyed, count_destroy};
}

/* A call that the function got. The reference that is returned is the maker's. */
static evc_call *
begin(int32_t operation)
{
    evc_server server = make_server();
    evc_call *call;

    EVC_CHECK_OK(evc_call_new(kms, operation, &call, NULL));
    evc_serve(&server, evc_call_ref(call));
    ck_assert_ptr_eq(served, call);
    return call;
}

/* Finishes it and tells with which code. */
static int
end(evc_call *call, int32_t code)
{
    int rc;

    evc_serve_finish(call, code, NULL, NULL);
    rc = call->code;
    evc_call_unref(call);
    return rc;
}

static const int32_t operations[] = {ENVCRYPT_OP_WRAP,     ENVCRYPT_OP_UNWRAP,
                                     ENVCRYPT_OP_GENERATE, ENVCRYPT_OP_REWRAP,
                                     ENVCRYPT_OP_DESCRIBE, ENVCRYPT_OP_ROTATE,
                                     ENVCRYPT_OP_PROBE,    ENVCRYPT_OP_BRANCH_KEY};

static bool
answers_wrapped(int32_t operation)
{
    return operation == ENVCRYPT_OP_WRAP || operation == ENVCRYPT_OP_GENERATE ||
           operation == ENVCRYPT_OP_REWRAP;
}

static bool
answers_key(int32_t operation)
{
    return operation == ENVCRYPT_OP_UNWRAP || operation == ENVCRYPT_OP_GENERATE ||
           operation == ENVCRYPT_OP_BRANCH_KEY;
}

START_TEST(a_wrapped_key_answers_wrap_generate_and_rewrap)
{
    for (size_t i = 0; i < 8; i++) {
        evc_call *call = begin(operations[i]);

        EVC_CHECK_CODE(evc_serve_set_wrapped(call, text("w"), NULL),
                       answers_wrapped(operations[i]) ? 0 : ENVCRYPT_E_ARGUMENT);
        (void)end(call, ENVCRYPT_E_CALLBACK);
    }
}
END_TEST

START_TEST(a_plain_key_answers_unwrap_generate_and_branch_key)
{
    for (size_t i = 0; i < 8; i++) {
        evc_call *call = begin(operations[i]);

        EVC_CHECK_CODE(evc_serve_set_key(call, text("k"), NULL),
                       answers_key(operations[i]) ? 0 : ENVCRYPT_E_ARGUMENT);
        (void)end(call, ENVCRYPT_E_CALLBACK);
    }
}
END_TEST

START_TEST(versions_answer_describe_alone)
{
    for (size_t i = 0; i < 8; i++) {
        evc_call *call = begin(operations[i]);
        bool good = operations[i] == ENVCRYPT_OP_DESCRIBE;

        EVC_CHECK_CODE(evc_serve_add_version(call, "1", 1, 2, NULL),
                       good ? 0 : ENVCRYPT_E_ARGUMENT);
        evc_serve_set_state(call, ENVCRYPT_KEY_ENABLED);
        (void)end(call, ENVCRYPT_E_CALLBACK);
    }
}
END_TEST

START_TEST(an_answer_must_be_whole)
{
    for (size_t i = 0; i < 8; i++) {
        evc_call *call = begin(operations[i]);
        bool needs = answers_wrapped(operations[i]) || answers_key(operations[i]);

        EVC_CHECK_CODE(end(call, 0), needs ? ENVCRYPT_E_CALLBACK : 0);
    }
}
END_TEST

START_TEST(generate_needs_both_keys)
{
    evc_call *call = begin(ENVCRYPT_OP_GENERATE);

    EVC_CHECK_OK(evc_serve_set_key(call, text("k"), NULL));
    EVC_CHECK_CODE(end(call, 0), ENVCRYPT_E_CALLBACK);
    call = begin(ENVCRYPT_OP_GENERATE);
    EVC_CHECK_OK(evc_serve_set_wrapped(call, text("w"), NULL));
    EVC_CHECK_CODE(end(call, 0), ENVCRYPT_E_CALLBACK);
    call = begin(ENVCRYPT_OP_GENERATE);
    EVC_CHECK_OK(evc_serve_set_key(call, text("k"), NULL));
    EVC_CHECK_OK(evc_serve_set_wrapped(call, text("w"), NULL));
    EVC_CHECK_OK(end(call, 0));
}
END_TEST

START_TEST(a_wrapped_key_has_1_to_6144_bytes)
{
    static uint8_t bytes[EVC_SERVE_WRAPPED_MAX + 1];
    evc_call *call = begin(ENVCRYPT_OP_WRAP);

    EVC_CHECK_CODE(evc_serve_set_wrapped(call, text(""), NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_serve_set_wrapped(call, evc_view_of(bytes, sizeof(bytes)), NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(
        evc_serve_set_wrapped(call, evc_view_of(bytes, sizeof(bytes) - 1), NULL));
    EVC_CHECK_OK(end(call, 0));
}
END_TEST

START_TEST(a_plain_key_has_1_to_64_bytes)
{
    static uint8_t bytes[65];
    evc_call *call = begin(ENVCRYPT_OP_UNWRAP);

    EVC_CHECK_CODE(evc_serve_set_key(call, text(""), NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_serve_set_key(call, evc_view_of(bytes, 65), NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(evc_serve_set_key(call, evc_view_of(bytes, 64), NULL));
    EVC_CHECK_OK(end(call, 0));
}
END_TEST

START_TEST(what_is_set_twice_counts_the_second_time)
{
    evc_call *call = begin(ENVCRYPT_OP_GENERATE);

    EVC_CHECK_OK(evc_serve_set_key(call, text("first"), NULL));
    EVC_CHECK_OK(evc_serve_set_key(call, text("2nd"), NULL));
    EVC_CHECK_OK(evc_serve_set_wrapped(call, text("first"), NULL));
    EVC_CHECK_OK(evc_serve_set_wrapped(call, text("2nd"), NULL));
    EVC_CHECK_OK(evc_serve_set_key_id(call, "first", NULL));
    EVC_CHECK_OK(evc_serve_set_key_id(call, "2nd", NULL));
    EVC_CHECK_OK(evc_serve_set_version(call, "first", NULL));
    EVC_CHECK_OK(evc_serve_set_version(call, "2nd", NULL));
    ck_assert(evc_view_is_text(view_of_secret(&call->key), "2nd"));
    ck_assert(evc_view_is_text(evc_buf_view(&call->wrapped.ciphertext), "2nd"));
    ck_assert(evc_view_is_text(evc_buf_view(&call->key_id), "2nd"));
    ck_assert(evc_view_is_text(evc_buf_view(&call->version), "2nd"));
    EVC_CHECK_OK(end(call, 0));
}
END_TEST

START_TEST(a_version_has_at_most_255_bytes_of_utf8)
{
    char version[257];
    evc_call *call = begin(ENVCRYPT_OP_DESCRIBE);

    memset(version, 'v', 256);
    version[256] = '\0';
    EVC_CHECK_CODE(evc_serve_set_version(call, version, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_serve_add_version(call, version, 1, 0, NULL),
                   ENVCRYPT_E_ARGUMENT);
    version[255] = '\0';
    EVC_CHECK_OK(evc_serve_set_version(call, version, NULL));
    EVC_CHECK_OK(evc_serve_add_version(call, version, 1, 0, NULL));
    EVC_CHECK_CODE(evc_serve_set_version(call, "\xff", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(end(call, 0));
}
END_TEST

START_TEST(states_are_those_of_the_list)
{
    evc_call *call = begin(ENVCRYPT_OP_DESCRIBE);

    EVC_CHECK_CODE(evc_serve_add_version(call, "1", -1, 0, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_serve_add_version(call, "1", ENVCRYPT_KEY_CREATING + 1, 0, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(evc_serve_add_version(call, "1", ENVCRYPT_KEY_CREATING, -7, NULL));
    ck_assert_int_eq(call->info->versions[0].created_ms, -1);
    evc_serve_set_state(call, ENVCRYPT_KEY_DISABLED);
    ck_assert_int_eq(call->info->state, ENVCRYPT_KEY_DISABLED);
    evc_serve_set_state(call, 99);
    ck_assert_int_eq(call->info->state, ENVCRYPT_KEY_UNKNOWN);
    EVC_CHECK_OK(end(call, 0));
}
END_TEST

START_TEST(a_description_has_the_id_of_the_key)
{
    evc_call *call = begin(ENVCRYPT_OP_DESCRIBE);

    ck_assert_str_eq(call->info->id, "id");
    EVC_CHECK_OK(end(call, 0));
}
END_TEST

static bool
has_info(const evc_call *call, evc_context_form form, const char *version,
         uint64_t wrapped_s)
{
    evc_edk_service info;

    return evc_view_is_text(evc_buf_view(&call->wrapped.provider), "scripted") &&
           evc_edk_service_parse(evc_buf_view(&call->wrapped.info), &info) &&
           evc_view_is_text(info.key_id, "id") && info.form == form &&
           evc_view_is_text(info.key_version, version) && info.wrapped_s == wrapped_s;
}

START_TEST(a_wrapped_key_becomes_an_edk)
{
    evc_call *call = begin(ENVCRYPT_OP_WRAP);

    EVC_CHECK_OK(evc_serve_set_wrapped(call, text("w"), NULL));
    EVC_CHECK_OK(evc_serve_set_version(call, "v7", NULL));
    evc_serve_finish(call, 0, NULL, NULL);
    EVC_CHECK_OK(call->code);
    ck_assert(has_info(call, EVC_FORM_NONE, "v7", WALL_MS / 1000));
    evc_call_unref(call);
}
END_TEST

START_TEST(an_edk_says_that_a_context_was_given)
{
    evc_server server = make_server();
    evc_call *call;
    evc_kv context;

    evc_kv_init(&context);
    add_pair(&context, "a", "1");
    EVC_CHECK_OK(evc_call_new(kms, ENVCRYPT_OP_WRAP, &call, NULL));
    call->context = &context;
    evc_serve(&server, evc_call_ref(call));
    evc_kv_reset(&context);
    EVC_CHECK_OK(evc_serve_set_wrapped(call, text("w"), NULL));
    evc_serve_finish(call, 0, NULL, NULL);
    ck_assert(has_info(call, EVC_FORM_MAP, "", WALL_MS / 1000));
    evc_call_unref(call);
}
END_TEST

START_TEST(a_time_before_1970_is_unknown)
{
    evc_call *call = begin(ENVCRYPT_OP_WRAP);

    wall_ms = -5000;
    EVC_CHECK_OK(evc_serve_set_wrapped(call, text("w"), NULL));
    evc_serve_finish(call, 0, NULL, NULL);
    ck_assert(has_info(call, EVC_FORM_NONE, "", 0));
    evc_call_unref(call);
}
END_TEST

START_TEST(an_error_has_code_message_and_provider_code)
{
    evc_call *call = begin(ENVCRYPT_OP_UNWRAP);

    evc_serve_finish(call, ENVCRYPT_E_KEY_DISABLED, "AcmeDisabled", "ask acme");
    EVC_CHECK_CODE(call->code, ENVCRYPT_E_KEY_DISABLED);
    ck_assert_int_eq(evc_error_code(call->error), ENVCRYPT_E_KEY_DISABLED);
    ck_assert_str_eq(evc_error_provider_code(call->error), "AcmeDisabled");
    ck_assert_str_eq(evc_error_message(call->error),
                     "UNWRAP by the key \"id\" of \"scripted\" failed: ask acme");
    evc_call_unref(call);
}
END_TEST

START_TEST(an_error_without_texts_has_that_of_its_code)
{
    evc_call *call = begin(ENVCRYPT_OP_PROBE);

    evc_serve_finish(call, ENVCRYPT_E_KEY_DISABLED, NULL, NULL);
    ck_assert_ptr_null(evc_error_provider_code(call->error));
    ck_assert_ptr_nonnull(strstr(evc_error_message(call->error),
                                 evc_error_text(ENVCRYPT_E_KEY_DISABLED)));
    evc_call_unref(call);
}
END_TEST

START_TEST(a_long_message_is_cut)
{
    static char message[4096];
    evc_call *call = begin(ENVCRYPT_OP_PROBE);

    memset(message, 'm', sizeof(message) - 1);
    evc_serve_finish(call, ENVCRYPT_E_CALLBACK, NULL, message);
    ck_assert_uint_lt(strlen(evc_error_message(call->error)), 1024);
    evc_call_unref(call);
}
END_TEST

START_TEST(a_code_that_is_none_becomes_callback)
{
    static const int32_t codes[] = {1, 5, 99999, -99999, -29, INT32_MIN, INT32_MAX};

    for (size_t i = 0; i < sizeof(codes) / sizeof(codes[0]); i++)
        EVC_CHECK_CODE(end(begin(ENVCRYPT_OP_PROBE), codes[i]), ENVCRYPT_E_CALLBACK);
}
END_TEST

START_TEST(a_second_finish_does_nothing)
{
    evc_call *call = begin(ENVCRYPT_OP_WRAP);

    evc_serve_finish(call, ENVCRYPT_E_UNWRAP, NULL, "first");
    evc_serve_finish(call, ENVCRYPT_E_CALLBACK, NULL, "second");
    ck_assert_int_eq(call->code, ENVCRYPT_E_UNWRAP);
    ck_assert_ptr_nonnull(strstr(evc_error_message(call->error), "first"));
    ck_assert_uint_eq(atomic_load(&call->refs), 1);
    evc_call_unref(call);
}
END_TEST

START_TEST(nothing_is_set_after_the_finish)
{
    evc_call *call = begin(ENVCRYPT_OP_UNWRAP);

    EVC_CHECK_OK(evc_serve_set_key(call, text("k"), NULL));
    evc_serve_finish(call, 0, NULL, NULL);
    EVC_CHECK_CODE(evc_serve_set_key(call, text("other"), NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_serve_set_key_id(call, "x", NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_serve_set_version(call, "x", NULL), ENVCRYPT_E_ARGUMENT);
    evc_serve_set_stale(call, true);
    ck_assert_uint_eq(call->key.size, 1);
    ck_assert(!call->stale);
    evc_call_unref(call);
}
END_TEST

START_TEST(destroy_is_called_when_there_is_one)
{
    evc_server server = make_server();

    evc_server_destroy(&server);
    ck_assert_int_eq(destroyed, 1);
    server.destroy = NULL;
    evc_server_destroy(&server);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

static int
use_in_child(void *user)
{
    evc_call *call = user;
    evc_server server = make_server();

    if (evc_serve_set_wrapped(call, text("w"), NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (evc_serve_set_key(call, text("k"), NULL) != ENVCRYPT_E_FORKED)
        return 2;
    if (evc_serve_set_key_id(call, "k", NULL) != ENVCRYPT_E_FORKED)
        return 3;
    if (evc_serve_set_version(call, "k", NULL) != ENVCRYPT_E_FORKED)
        return 4;
    if (evc_serve_add_version(call, "k", 1, 1, NULL) != ENVCRYPT_E_FORKED)
        return 5;
    evc_serve_finish(call, 0, NULL, NULL);
    evc_server_destroy(&server);
    return destroyed ? 6 : 0;
}

START_TEST(a_child_serves_nothing)
{
    evc_call *call = begin(ENVCRYPT_OP_GENERATE);

    EVC_CHECK_CHILD(use_in_child, call);
    (void)end(call, ENVCRYPT_E_CALLBACK);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_wrapped_key_answers_wrap_generate_and_rewrap,
                                  a_plain_key_answers_unwrap_generate_and_branch_key,
                                  versions_answer_describe_alone,
                                  an_answer_must_be_whole,
                                  generate_needs_both_keys,
                                  a_wrapped_key_has_1_to_6144_bytes,
                                  a_plain_key_has_1_to_64_bytes,
                                  what_is_set_twice_counts_the_second_time,
                                  a_version_has_at_most_255_bytes_of_utf8,
                                  states_are_those_of_the_list,
                                  a_description_has_the_id_of_the_key,
                                  a_wrapped_key_becomes_an_edk,
                                  an_edk_says_that_a_context_was_given,
                                  a_time_before_1970_is_unknown,
                                  an_error_has_code_message_and_provider_code,
                                  an_error_without_texts_has_that_of_its_code,
                                  a_long_message_is_cut,
                                  a_code_that_is_none_becomes_callback,
                                  a_second_finish_does_nothing,
                                  nothing_is_set_after_the_finish,
                                  destroy_is_called_when_there_is_one,
                                  a_child_serves_nothing,
                                  NULL};
    TCase *tcase = tcase_create("serve");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("serve", add_tests)
