/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/kms.h"

#include "evc-child.h"
#include "kms/call.h"
#include "scripted.h"

#define ALL                                                           \
    (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_GENERATE |   \
     ENVCRYPT_OP_REWRAP | ENVCRYPT_OP_DESCRIBE | ENVCRYPT_OP_ROTATE | \
     ENVCRYPT_OP_PROBE)

/* What the back end answers with. */
static size_t answer_size;
static uint8_t answer_byte;
static const char *answer_id;
static int answers;
static int32_t last_operation;

static void
act_answer(evc_call *call)
{
    last_operation = call->operation;
    answers++;
    if (answer_id)
        evc_buf_put_text(&call->key_id, answer_id);
    if (answer_size)
        call->key = make_secret(answer_size, answer_byte);
    if (answer_size && answer_byte == 0)
        memset(call->key.bytes, 0, answer_size);
    evc_buf_put_text(&call->wrapped.provider, "scripted");
    evc_buf_put_text(&call->wrapped.ciphertext, "wrapped");
    call->stale = true;
    evc_call_finish(call, 0, NULL);
}

static evc_kms *
answering(uint32_t operations, size_t size)
{
    act = act_answer;
    answer_size = size;
    answer_byte = 1;
    answer_id = NULL;
    answers = 0;
    return open_scripted(operations);
}

static int
wrap(evc_kms *kms, size_t size)
{
    evc_secret key = make_secret(size, 1);
    evc_edk_out out;
    int rc = evc_kms_wrap(kms, view_of_secret(&key), NULL, NULL, NULL, &out, NULL);

    if (rc)
        ck_assert_uint_eq(out.ciphertext.size, 0);
    evc_edk_out_reset(&out);
    evc_secret_free(&key);
    return rc;
}

static int
unwrap(evc_kms *kms, size_t size)
{
    evc_edk edk = {text("scripted"), text("i"), text("c")};
    evc_secret key;
    int rc = evc_kms_unwrap(kms, &edk, NULL, size, NULL, NULL, &key, NULL, NULL);

    if (rc)
        ck_assert_ptr_null(key.bytes);
    evc_secret_free(&key);
    return rc;
}

static int
generate(evc_kms *kms, size_t size)
{
    evc_secret key;
    evc_edk_out out;
    int rc = evc_kms_generate(kms, size, NULL, NULL, NULL, &key, &out, NULL);

    if (rc) {
        ck_assert_ptr_null(key.bytes);
        ck_assert_uint_eq(out.ciphertext.size, 0);
    }
    evc_secret_free(&key);
    evc_edk_out_reset(&out);
    return rc;
}

START_TEST(wraps)
{
    evc_kms *kms = answering(ENVCRYPT_OP_WRAP, 0);

    EVC_CHECK_OK(wrap(kms, 32));
    ck_assert_int_eq(last_operation, ENVCRYPT_OP_WRAP);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_key_without_wrap_is_read_only)
{
    evc_kms *kms = answering(ENVCRYPT_OP_UNWRAP, 0);

    EVC_CHECK_CODE(wrap(kms, 32), ENVCRYPT_E_KEY_READ_ONLY);
    EVC_CHECK_CODE(generate(kms, 32), ENVCRYPT_E_KEY_READ_ONLY);
    ck_assert_int_eq(answers, 0);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(other_operations_that_are_missing_are_not_supported)
{
    evc_kms *kms = answering(ENVCRYPT_OP_WRAP, 0);
    evc_edk edk = {text("scripted"), text("i"), text("c")};
    evc_edk_out out;
    evc_key_info *info;

    EVC_CHECK_CODE(unwrap(kms, 32), ENVCRYPT_E_UNSUPPORTED);
    EVC_CHECK_CODE(evc_kms_rewrap(kms, &edk, NULL, NULL, &out, NULL),
                   ENVCRYPT_E_UNSUPPORTED);
    EVC_CHECK_CODE(evc_kms_describe(kms, NULL, &info, NULL), ENVCRYPT_E_UNSUPPORTED);
    EVC_CHECK_CODE(evc_kms_rotate(kms, NULL, NULL), ENVCRYPT_E_UNSUPPORTED);
    ck_assert_int_eq(answers, 0);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(wraps_64_bytes_and_not_one_more)
{
    evc_kms *kms = answering(ENVCRYPT_OP_WRAP, 0);

    EVC_CHECK_OK(wrap(kms, 64));
    EVC_CHECK_CODE(wrap(kms, 65), ENVCRYPT_E_KEY_SIZE);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(wraps_no_empty_key)
{
    evc_kms *kms = answering(ENVCRYPT_OP_WRAP, 0);
    evc_edk_out out;

    EVC_CHECK_CODE(evc_kms_wrap(kms, text(""), NULL, NULL, NULL, &out, NULL),
                   ENVCRYPT_E_KEY_SIZE);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(wraps_what_the_service_takes_and_not_one_byte_more)
{
    evc_kms *kms = answering(ENVCRYPT_OP_WRAP, 0);

    kms->max_plaintext = 24;
    EVC_CHECK_OK(wrap(kms, 24));
    EVC_CHECK_CODE(wrap(kms, 25), ENVCRYPT_E_KEY_SIZE);
    evc_kms_unref(kms);
}
END_TEST

static void
act_empty(evc_call *call)
{
    evc_call_finish(call, 0, NULL);
}

START_TEST(a_back_end_without_a_result_is_told)
{
    evc_kms *kms = answering(ALL, 0);
    evc_edk edk = {text("scripted"), text("i"), text("c")};
    evc_edk_out out;
    evc_key_info *info;

    act = act_empty;
    EVC_CHECK_CODE(wrap(kms, 32), ENVCRYPT_E_INTERNAL);
    EVC_CHECK_CODE(evc_kms_rewrap(kms, &edk, NULL, NULL, &out, NULL),
                   ENVCRYPT_E_INTERNAL);
    EVC_CHECK_CODE(evc_kms_describe(kms, NULL, &info, NULL), ENVCRYPT_E_INTERNAL);
    EVC_CHECK_CODE(unwrap(kms, 32), ENVCRYPT_E_BAD_DEK);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(unwraps_and_tells_what_is_stale)
{
    evc_kms *kms = answering(ENVCRYPT_OP_UNWRAP, 32);
    evc_edk edk = {text("scripted"), text("i"), text("c")};
    evc_secret key;
    bool stale = false;

    EVC_CHECK_OK(evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &key, &stale, NULL));
    ck_assert(stale);
    ck_assert_uint_eq(key.bytes[31], 32);
    evc_secret_free(&key);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_data_key_of_another_length_is_refused)
{
    static const size_t wrong[] = {0, 15, 16, 31, 33, 64};

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        evc_kms *kms = answering(ENVCRYPT_OP_UNWRAP, wrong[i]);

        EVC_CHECK_CODE(unwrap(kms, 32), ENVCRYPT_E_BAD_DEK);
        evc_kms_unref(kms);
    }
}
END_TEST

START_TEST(any_data_key_has_16_24_or_32_bytes)
{
    static const size_t sizes[] = {0, 1, 15, 16, 17, 23, 24, 25, 31, 32, 33, 64};

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        bool good = sizes[i] == 16 || sizes[i] == 24 || sizes[i] == 32;
        evc_kms *kms = answering(ENVCRYPT_OP_UNWRAP, sizes[i]);

        EVC_CHECK_CODE(unwrap(kms, 0), good ? 0 : ENVCRYPT_E_BAD_DEK);
        evc_kms_unref(kms);
    }
}
END_TEST

START_TEST(a_data_key_of_zeros_is_refused)
{
    evc_kms *kms = answering(ALL, 32);

    answer_byte = 0;
    EVC_CHECK_CODE(unwrap(kms, 32), ENVCRYPT_E_BAD_DEK);
    EVC_CHECK_CODE(generate(kms, 32), ENVCRYPT_E_BAD_DEK);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(another_key_id_is_a_mismatch_everywhere)
{
    evc_kms *kms = answering(ALL, 32);
    evc_edk edk = {text("scripted"), text("i"), text("c")};
    evc_edk_out out;
    evc_key_info *info;

    answer_id = "other";
    EVC_CHECK_CODE(wrap(kms, 32), ENVCRYPT_E_KEY_MISMATCH);
    EVC_CHECK_CODE(unwrap(kms, 32), ENVCRYPT_E_KEY_MISMATCH);
    EVC_CHECK_CODE(generate(kms, 32), ENVCRYPT_E_KEY_MISMATCH);
    EVC_CHECK_CODE(evc_kms_rewrap(kms, &edk, NULL, NULL, &out, NULL),
                   ENVCRYPT_E_KEY_MISMATCH);
    EVC_CHECK_CODE(evc_kms_describe(kms, NULL, &info, NULL), ENVCRYPT_E_KEY_MISMATCH);
    EVC_CHECK_CODE(evc_kms_rotate(kms, NULL, NULL), ENVCRYPT_E_KEY_MISMATCH);
    EVC_CHECK_CODE(evc_kms_probe(kms, NULL, NULL), ENVCRYPT_E_KEY_MISMATCH);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(the_expected_key_id_is_none)
{
    evc_kms *kms = answering(ALL, 32);

    answer_id = "id";
    EVC_CHECK_OK(unwrap(kms, 32));
    evc_kms_unref(kms);
}
END_TEST

START_TEST(in_discovery_the_edk_says_which_key_is_expected)
{
    evc_kms *kms = answering(ENVCRYPT_OP_UNWRAP, 32);

    kms->discovery = true;
    kms->key_id[0] = '\0';
    answer_id = "i";
    EVC_CHECK_OK(unwrap(kms, 32));
    answer_id = "other";
    EVC_CHECK_CODE(unwrap(kms, 32), ENVCRYPT_E_KEY_MISMATCH);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(an_edk_of_another_key_is_not_sent)
{
    evc_kms *kms = answering(ALL, 32);
    evc_edk edk = {text("foreign"), text("i"), text("c")};
    evc_secret key;
    evc_edk_out out;

    EVC_CHECK_CODE(evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &key, NULL, NULL),
                   ENVCRYPT_E_UNWRAP);
    EVC_CHECK_CODE(evc_kms_rewrap(kms, &edk, NULL, NULL, &out, NULL),
                   ENVCRYPT_E_UNWRAP);
    ck_assert_int_eq(answers, 0);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(generates_at_the_service)
{
    evc_kms *kms = answering(ALL, 24);

    EVC_CHECK_OK(generate(kms, 24));
    ck_assert_int_eq(last_operation, ENVCRYPT_OP_GENERATE);
    EVC_CHECK_CODE(generate(kms, 32), ENVCRYPT_E_BAD_DEK);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_generated_key_that_comes_twice_is_refused)
{
    evc_kms *kms = answering(ALL, 32);

    EVC_CHECK_OK(generate(kms, 32));
    EVC_CHECK_CODE(generate(kms, 32), ENVCRYPT_E_BAD_DEK);
    answer_byte = 2;
    EVC_CHECK_OK(generate(kms, 32));
    evc_kms_unref(kms);
}
END_TEST

START_TEST(generates_here_where_the_service_cannot)
{
    evc_kms *kms = answering(ENVCRYPT_OP_WRAP, 0);
    evc_secret keys[2];
    evc_edk_out out;

    for (size_t i = 0; i < 2; i++) {
        EVC_CHECK_OK(evc_kms_generate(kms, 32, NULL, NULL, NULL, &keys[i], &out, NULL));
        evc_edk_out_reset(&out);
    }
    ck_assert_int_eq(last_operation, ENVCRYPT_OP_WRAP);
    ck_assert_mem_ne(keys[0].bytes, keys[1].bytes, 32);
    evc_secret_free(&keys[0]);
    evc_secret_free(&keys[1]);
    evc_kms_unref(kms);
}
END_TEST

static void
act_refuse(evc_call *call)
{
    evc_error *error = NULL;
    int rc = evc_err(&error, ENVCRYPT_E_KEY_DISABLED, "disabled");

    evc_call_finish(call, rc, error);
}

START_TEST(what_the_service_finished_with_comes_out)
{
    evc_kms *kms = answering(ALL & ~(uint32_t)ENVCRYPT_OP_GENERATE, 32);

    act = act_refuse;
    EVC_CHECK_CODE(wrap(kms, 32), ENVCRYPT_E_KEY_DISABLED);
    EVC_CHECK_CODE(unwrap(kms, 32), ENVCRYPT_E_KEY_DISABLED);
    EVC_CHECK_CODE(generate(kms, 32), ENVCRYPT_E_KEY_DISABLED);
    EVC_CHECK_CODE(evc_kms_rotate(kms, NULL, NULL), ENVCRYPT_E_KEY_DISABLED);
    EVC_CHECK_CODE(evc_kms_probe(kms, NULL, NULL), ENVCRYPT_E_KEY_DISABLED);
    evc_kms_unref(kms);
}
END_TEST

static void
act_describe(evc_call *call)
{
    EVC_CHECK_OK(evc_key_info_new(text("id"), &call->info, NULL));
    evc_call_finish(call, 0, NULL);
}

START_TEST(describes)
{
    evc_kms *kms = answering(ALL, 0);
    evc_key_info *info;

    act = act_describe;
    EVC_CHECK_OK(evc_kms_describe(kms, NULL, &info, NULL));
    ck_assert_str_eq(info->id, "id");
    evc_key_info_free(info);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(rewraps_rotates_and_probes_at_the_service)
{
    evc_kms *kms = answering(ALL, 0);
    evc_edk edk = {text("scripted"), text("i"), text("c")};
    evc_edk_out out;

    EVC_CHECK_OK(evc_kms_rewrap(kms, &edk, NULL, NULL, &out, NULL));
    ck_assert_int_eq(last_operation, ENVCRYPT_OP_REWRAP);
    ck_assert(evc_view_is_text(evc_buf_view(&out.ciphertext), "wrapped"));
    evc_edk_out_reset(&out);
    EVC_CHECK_OK(evc_kms_rotate(kms, NULL, NULL));
    ck_assert_int_eq(last_operation, ENVCRYPT_OP_ROTATE);
    EVC_CHECK_OK(evc_kms_probe(kms, NULL, NULL));
    ck_assert_int_eq(last_operation, ENVCRYPT_OP_PROBE);
    evc_kms_unref(kms);
}
END_TEST

static uint8_t probed[64];
static bool mangle;

/* Keeps what it wraps, and hands it out again. */
static void
act_keep(evc_call *call)
{
    answers++;
    if (call->operation == ENVCRYPT_OP_WRAP) {
        memcpy(probed, call->input.data, call->input.size);
        evc_buf_put_text(&call->wrapped.provider, "scripted");
        evc_buf_put_text(&call->wrapped.ciphertext, "wrapped");
    } else {
        call->key = make_secret(call->key_size, 1);
        memcpy(call->key.bytes, probed, call->key_size);
        call->key.bytes[0] ^= mangle;
    }
    evc_call_finish(call, 0, NULL);
}

START_TEST(probes_by_wrapping_where_there_is_no_probe)
{
    evc_kms *kms = answering(ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP, 0);

    act = act_keep;
    mangle = false;
    EVC_CHECK_OK(evc_kms_probe(kms, NULL, NULL));
    ck_assert_int_eq(answers, 2);
    mangle = true;
    EVC_CHECK_CODE(evc_kms_probe(kms, NULL, NULL), ENVCRYPT_E_BAD_DEK);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(probes_a_key_that_only_wraps)
{
    evc_kms *kms = answering(ENVCRYPT_OP_WRAP, 0);

    act = act_keep;
    EVC_CHECK_OK(evc_kms_probe(kms, NULL, NULL));
    ck_assert_int_eq(answers, 1);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_key_that_only_unwraps_cannot_be_probed)
{
    evc_kms *kms = answering(ENVCRYPT_OP_UNWRAP, 0);

    EVC_CHECK_CODE(evc_kms_probe(kms, NULL, NULL), ENVCRYPT_E_UNSUPPORTED);
    evc_kms_unref(kms);
}
END_TEST

static int
use_in_child(void *user)
{
    evc_kms *kms = user;
    evc_edk edk = {text("scripted"), text("i"), text("c")};
    evc_secret key;
    evc_edk_out out;
    evc_key_info *info;

    if (evc_kms_wrap(kms, text("key"), NULL, NULL, NULL, &out, NULL) !=
        ENVCRYPT_E_FORKED)
        return 1;
    if (evc_kms_unwrap(kms, &edk, NULL, 0, NULL, NULL, &key, NULL, NULL) !=
        ENVCRYPT_E_FORKED)
        return 2;
    if (evc_kms_generate(kms, 32, NULL, NULL, NULL, &key, &out, NULL) !=
        ENVCRYPT_E_FORKED)
        return 3;
    if (evc_kms_describe(kms, NULL, &info, NULL) != ENVCRYPT_E_FORKED)
        return 4;
    if (evc_kms_probe(kms, NULL, NULL) != ENVCRYPT_E_FORKED)
        return 5;
    if (evc_kms_rotate(kms, NULL, NULL) != ENVCRYPT_E_FORKED)
        return 6;
    evc_kms_unref(kms);
    return 0;
}

START_TEST(a_child_cannot_use_a_key)
{
    evc_kms *kms = answering(ALL, 32);

    EVC_CHECK_CHILD(use_in_child, kms);
    evc_kms_unref(kms);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const calls[] = {wraps,
                                  a_key_without_wrap_is_read_only,
                                  other_operations_that_are_missing_are_not_supported,
                                  wraps_64_bytes_and_not_one_more,
                                  wraps_no_empty_key,
                                  wraps_what_the_service_takes_and_not_one_byte_more,
                                  a_back_end_without_a_result_is_told,
                                  unwraps_and_tells_what_is_stale,
                                  a_data_key_of_another_length_is_refused,
                                  any_data_key_has_16_24_or_32_bytes,
                                  a_data_key_of_zeros_is_refused,
                                  another_key_id_is_a_mismatch_everywhere,
                                  the_expected_key_id_is_none,
                                  in_discovery_the_edk_says_which_key_is_expected,
                                  an_edk_of_another_key_is_not_sent,
                                  what_the_service_finished_with_comes_out,
                                  a_child_cannot_use_a_key,
                                  NULL};
    const TTest *const others[] = {generates_at_the_service,
                                   a_generated_key_that_comes_twice_is_refused,
                                   generates_here_where_the_service_cannot,
                                   describes,
                                   rewraps_rotates_and_probes_at_the_service,
                                   probes_by_wrapping_where_there_is_no_probe,
                                   probes_a_key_that_only_wraps,
                                   a_key_that_only_unwraps_cannot_be_probed,
                                   NULL};
    kms_add(suite, "wrap and unwrap", calls);
    kms_add(suite, "other operations", others);
}

EVC_TEST_MAIN("kms", add_tests)
