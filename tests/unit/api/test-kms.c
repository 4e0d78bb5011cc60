/* SPDX-License-Identifier: Apache-2.0 */
#include "api-fixture.h"
#include "api/cloud.h"
#include "evc-alloc.h"
#include "evc-child.h"

static const uint8_t key_bytes[32] = {1};
static int destroyed;

#define WRAPS (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP)

static void
count_destroy(void *user)
{
    (*(int *)user)++;
}

/* Describes a key of two versions; answers everything else with success. */
static void
serve(envcrypt_call *call, void *user)
{
    int rc = 0;

    (void)user;
    if (envcrypt_call_operation(call) == ENVCRYPT_OP_DESCRIBE) {
        envcrypt_call_set_state(call, ENVCRYPT_KEY_ENABLED);
        rc = envcrypt_call_add_version(call, "1", ENVCRYPT_KEY_DISABLED, 5, NULL);
        if (!rc)
            rc = envcrypt_call_add_version(call, "2", ENVCRYPT_KEY_ENABLED, 6, NULL);
    }
    envcrypt_call_finish(call, rc, NULL, NULL);
}

static envcrypt_kms *
open_custom(uint32_t operations)
{
    envcrypt_kms *kms = NULL;

    destroyed = 0;
    EVC_CHECK_OK(envcrypt_kms_open_custom(client, "acme", "key", operations, serve,
                                          &destroyed, count_destroy, &kms, NULL));
    return kms;
}

START_TEST(a_raw_aes_key_tells_what_it_is)
{
    envcrypt_kms *kms;

    EVC_CHECK_OK(
        envcrypt_kms_open_raw_aes(client, "ns", "name", key_bytes, 32, &kms, NULL));
    ck_assert_str_eq(envcrypt_kms_provider_id(kms), "ns");
    ck_assert_str_eq(envcrypt_kms_key_id(kms), "name");
    ck_assert_uint_eq(envcrypt_kms_operations(kms), WRAPS);
    ck_assert_int_eq(envcrypt_kms_is_authenticated(kms), 1);
    EVC_CHECK_OK(envcrypt_kms_probe(kms, NULL, NULL));
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(a_raw_rsa_key_needs_pem)
{
    envcrypt_kms *kms = (envcrypt_kms *)1;

    EVC_CHECK_CODE(envcrypt_kms_open_raw_rsa(client, "ns", "name", NULL, NULL,
                                             ENVCRYPT_RSA_OAEP_SHA256, 0, &kms, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(kms);
}
END_TEST

START_TEST(a_branch_key_tells_what_it_is)
{
    envcrypt_kms *kms;

    destroyed = 0;
    EVC_CHECK_OK(envcrypt_kms_open_branch(client, "branch", serve, &destroyed,
                                          count_destroy, &kms, NULL));
    ck_assert_str_eq(envcrypt_kms_provider_id(kms), "aws-kms-hierarchy");
    ck_assert_str_eq(envcrypt_kms_key_id(kms), "branch");
    ck_assert_uint_eq(envcrypt_kms_operations(kms), WRAPS);
    envcrypt_kms_unref(kms);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(the_last_reference_destroys)
{
    envcrypt_kms *kms = open_custom(WRAPS);

    ck_assert_ptr_eq(envcrypt_kms_ref(kms), kms);
    envcrypt_kms_unref(kms);
    ck_assert_int_eq(destroyed, 0);
    envcrypt_kms_unref(kms);
    ck_assert_int_eq(destroyed, 1);
    ck_assert_ptr_null(envcrypt_kms_ref(NULL));
    envcrypt_kms_unref(NULL);
}
END_TEST

START_TEST(a_key_outlives_its_client)
{
    envcrypt_client *other;
    envcrypt_kms *kms;

    EVC_CHECK_OK(envcrypt_client_open(NULL, &other, NULL));
    EVC_CHECK_OK(
        envcrypt_kms_open_raw_aes(other, "ns", "name", key_bytes, 32, &kms, NULL));
    envcrypt_client_unref(other);
    EVC_CHECK_OK(envcrypt_kms_probe(kms, NULL, NULL));
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(describes)
{
    envcrypt_kms *kms = open_custom(WRAPS | ENVCRYPT_OP_DESCRIBE);
    envcrypt_key_info *info;

    EVC_CHECK_OK(envcrypt_kms_describe(kms, NULL, &info, NULL));
    ck_assert_str_eq(envcrypt_key_info_id(info), "key");
    ck_assert_uint_eq(envcrypt_key_info_versions(info), 2);
    ck_assert_uint_eq(envcrypt_key_info_current(info), 1);
    envcrypt_key_info_free(info);
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(rotates_and_probes)
{
    envcrypt_kms *kms = open_custom(WRAPS | ENVCRYPT_OP_ROTATE | ENVCRYPT_OP_PROBE);

    EVC_CHECK_OK(envcrypt_kms_rotate(kms, NULL, NULL));
    EVC_CHECK_OK(envcrypt_kms_probe(kms, NULL, NULL));
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(what_a_key_cannot_do_is_not_supported)
{
    envcrypt_kms *kms = open_custom(WRAPS);
    envcrypt_key_info *info = (envcrypt_key_info *)1;

    EVC_CHECK_CODE(envcrypt_kms_rotate(kms, NULL, NULL), ENVCRYPT_E_UNSUPPORTED);
    EVC_CHECK_CODE(envcrypt_kms_describe(kms, NULL, &info, NULL),
                   ENVCRYPT_E_UNSUPPORTED);
    ck_assert_ptr_null(info);
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(an_error_is_cleared_by_the_next_success)
{
    envcrypt_kms *kms = open_custom(WRAPS | ENVCRYPT_OP_PROBE);
    envcrypt_error *err = NULL;

    EVC_CHECK_CODE(envcrypt_kms_rotate(kms, NULL, &err), ENVCRYPT_E_UNSUPPORTED);
    ck_assert_int_eq(envcrypt_error_class(err), ENVCRYPT_CLASS_UNSUPPORTED);
    envcrypt_error_free(err);
    EVC_CHECK_OK(envcrypt_kms_probe(kms, NULL, &err));
    ck_assert_ptr_null(err);
    envcrypt_kms_unref(kms);
}
END_TEST

static int
try_uri(const char *uri)
{
    envcrypt_kms *kms = (envcrypt_kms *)1;
    int rc = envcrypt_kms_open(client, uri, NULL, NULL, &kms, NULL);

    ck_assert_ptr_null(kms);
    return rc;
}

START_TEST(schemes_of_other_builds_are_not_built)
{
    bool built = evc_cloud_backends()[1] != NULL;

    EVC_CHECK_CODE(try_uri("ibm-kp://x"),
                   built ? ENVCRYPT_E_URI : ENVCRYPT_E_NOT_BUILT);
}
END_TEST

START_TEST(other_uris_are_refused)
{
    EVC_CHECK_CODE(try_uri("gopher://x"), ENVCRYPT_E_URI);
    EVC_CHECK_CODE(try_uri(""), ENVCRYPT_E_URI);
}
END_TEST

START_TEST(null_is_refused_by_each_way_to_open)
{
    envcrypt_kms *kms;

    EVC_CHECK_CODE(envcrypt_kms_open(NULL, "x://", NULL, NULL, &kms, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_open(client, NULL, NULL, NULL, &kms, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_open(client, "x://", NULL, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_kms_open_raw_aes(client, NULL, "n", key_bytes, 32, &kms, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_kms_open_raw_aes(client, "ns", NULL, key_bytes, 32, &kms, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_open_raw_aes(client, "ns", "n", NULL, 32, &kms, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_kms_open_raw_rsa(client, NULL, "n", "", NULL, 3, 0, &kms, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_kms_open_branch(client, NULL, serve, NULL, NULL, &kms, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_open_branch(client, "b", NULL, NULL, NULL, &kms, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_open_custom(client, "acme", "key", WRAPS, NULL, NULL,
                                            NULL, &kms, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(null_is_refused_where_a_key_is_needed)
{
    envcrypt_kms *kms = open_custom(WRAPS | ENVCRYPT_OP_DESCRIBE);
    envcrypt_key_info *info;

    EVC_CHECK_CODE(envcrypt_kms_describe(NULL, NULL, &info, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_describe(kms, NULL, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_rotate(NULL, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_kms_probe(NULL, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(null_tells_nothing)
{
    ck_assert_ptr_null(envcrypt_kms_provider_id(NULL));
    ck_assert_ptr_null(envcrypt_kms_key_id(NULL));
    ck_assert_uint_eq(envcrypt_kms_operations(NULL), 0);
    ck_assert_int_eq(envcrypt_kms_is_authenticated(NULL), 0);
}
END_TEST

static int
use_in_child(void *user)
{
    envcrypt_kms *kms = user;
    envcrypt_kms *other;
    envcrypt_key_info *info;

    if (envcrypt_kms_probe(kms, NULL, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    if (envcrypt_kms_rotate(kms, NULL, NULL) != ENVCRYPT_E_FORKED)
        return 2;
    if (envcrypt_kms_describe(kms, NULL, &info, NULL) != ENVCRYPT_E_FORKED)
        return 3;
    if (envcrypt_kms_open(client, "x://", NULL, NULL, &other, NULL) !=
        ENVCRYPT_E_FORKED)
        return 4;
    if (envcrypt_kms_open_custom(client, "acme", "key", WRAPS, serve, NULL, NULL,
                                 &other, NULL) != ENVCRYPT_E_FORKED)
        return 5;
    envcrypt_kms_unref(kms);
    return destroyed ? 6 : 0;
}

START_TEST(a_child_can_only_free_a_key)
{
    envcrypt_kms *kms = open_custom(WRAPS);

    EVC_CHECK_CHILD(use_in_child, kms);
    envcrypt_kms_unref(kms);
}
END_TEST

static int
open_and_describe(void *user)
{
    envcrypt_kms *kms;
    envcrypt_key_info *info = NULL;
    int rc =
        envcrypt_kms_open_custom(client, "acme", "key", WRAPS | ENVCRYPT_OP_DESCRIBE,
                                 serve, user, NULL, &kms, NULL);

    if (!rc)
        rc = envcrypt_kms_describe(kms, NULL, &info, NULL);
    envcrypt_key_info_free(info);
    envcrypt_kms_unref(kms);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_alloc_sweep(open_and_describe, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_raw_aes_key_tells_what_it_is,
                                  a_raw_rsa_key_needs_pem,
                                  a_branch_key_tells_what_it_is,
                                  the_last_reference_destroys,
                                  a_key_outlives_its_client,
                                  describes,
                                  rotates_and_probes,
                                  what_a_key_cannot_do_is_not_supported,
                                  an_error_is_cleared_by_the_next_success,
                                  schemes_of_other_builds_are_not_built,
                                  other_uris_are_refused,
                                  null_is_refused_by_each_way_to_open,
                                  null_is_refused_where_a_key_is_needed,
                                  null_tells_nothing,
                                  a_child_can_only_free_a_key,
                                  survives_memory_that_runs_out,
                                  NULL};

    api_add(suite, "kms", tests);
}

EVC_TEST_MAIN("kms", add_tests)
