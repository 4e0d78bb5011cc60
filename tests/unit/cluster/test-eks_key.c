/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_key.h"

#include "eks-fixture.h"

#define MRK "mrk-1234abcd12ab34cd56ef1234567890ab"

static evc_cluster_key key;

static int
given(const char *text, const char **out)
{
    static char room[600];
    evc_buf b;

    evc_buf_init_fixed(&b, room, sizeof(room));
    *out = room;
    return evc_eks_key_given(REGION, text, &b, &e.err);
}

static int
find(void)
{
    evc_cluster_key_reset(&key);
    return evc_eks_find_key(e.cluster, &e.change, NULL, &e.wait, &key, &e.err);
}

START_TEST(a_key_may_be_given_in_each_form)
{
    static const char *const forms[][2] = {
        {KEY_1, KEY_1},
        {ID_1, ID_1},
        {MRK, MRK},
        {"alias/one", "alias/one"},
        {"arn:aws:kms:" REGION ":" ACCOUNT ":alias/one",
         "arn:aws:kms:" REGION ":" ACCOUNT ":alias/one"},
        {"aws-kms:///" KEY_1, KEY_1},
        {"aws-kms://" REGION "/alias/one", "alias/one"},
    };
    const char *out;

    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        EVC_CHECK_OK(given(forms[i][0], &out));
        ck_assert_str_eq(out, forms[i][1]);
    }
}
END_TEST

START_TEST(what_names_no_key_of_the_partition_is_refused)
{
    static const char *const wrong[] = {
        "",
        "one two",
        "arn:aws:s3:::bucket",
        "arn:aws:kms:" REGION ":<account>:key/" ID_1,
        "arn:aws-cn:kms:" REGION ":" ACCOUNT ":key/" ID_1,
        "aws-kms:///",
    };
    const char *out;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        EVC_CHECK_CODE(given(wrong[i], &out), ENVCRYPT_E_ARGUMENT);
        ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), "partition aws"));
    }
}
END_TEST

START_TEST(a_key_of_another_region_is_refused)
{
    const char *out;

    EVC_CHECK_CODE(given(KEY_OF("us-east-1", ID_1), &out), ENVCRYPT_E_KEY_REGION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), "us-east-1"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), REGION));
    EVC_CHECK_CODE(given("aws-kms://us-east-1/alias/one", &out), ENVCRYPT_E_KEY_REGION);
}
END_TEST

START_TEST(a_key_is_resolved_to_its_arn)
{
    ANSWER({"KMS DescribeKey {\"KeyId\":\"alias/one\"}", 200, METADATA_1, 0});
    want("key", "alias/one");
    EVC_CHECK_OK(find());
    ck_assert_str_eq(key.id, KEY_1);
    ck_assert_str_eq(key.short_id, ID_1);
    ck_assert_str_eq(key.region, REGION);
    ck_assert_str_eq(key.account, ACCOUNT);
    ck_assert_str_eq(key.aliases, "alias/one");
    ck_assert_str_eq(key.version, "m1");
    ck_assert_str_eq(key.word, "Enabled");
    ck_assert_int_eq(key.state, ENVCRYPT_KEY_ENABLED);
}
END_TEST

START_TEST(the_age_of_the_material_is_told_where_it_may_be_asked)
{
    want("key", KEY_1);
    ANSWER(
        {"KMS DescribeKey", 200, METADATA_1, 0},
        {"KMS ListKeyRotations", 200,
         "{\"Rotations\":[{\"KeyMaterialId\":\"m2\",\"KeyMaterialState\":\"CURRENT\","
         "\"RotationDate\":86400,\"RotationType\":\"ON_DEMAND\"},{\"KeyMaterialId\":"
         "\"m1\",\"KeyMaterialState\":\"NON_CURRENT\"}]}",
         0});
    EVC_CHECK_OK(find());
    ck_assert_int_eq(key.version_ms, 86400000);
    ANSWER({"KMS DescribeKey", 200, METADATA_1, 0},
           {"KMS ListKeyRotations", 400, FAULT("AccessDeniedException", "no"), 0});
    EVC_CHECK_OK(find());
    ck_assert_int_eq(key.version_ms, -1);
}
END_TEST

START_TEST(without_a_key_that_of_the_cluster_is_meant)
{
    evc_cluster_state state;

    ANSWER({"KMS DescribeKey {\"KeyId\":\"" KEY_1, 200, METADATA_1, 0});
    EVC_CHECK_CODE(find(), ENVCRYPT_E_ARGUMENT);
    evc_cluster_state_init(&state);
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY_GIVEN, KEY_1, NULL));
    EVC_CHECK_OK(evc_eks_find_key(e.cluster, NULL, &state, &e.wait, &key, &e.err));
    ck_assert_str_eq(key.id, KEY_1);
    evc_cluster_state_reset(&state);
}
END_TEST

START_TEST(the_replica_of_a_multi_region_key_is_named)
{
    ANSWER({"KMS DescribeKey {\"KeyId\":\"" KEY_OF(REGION, MRK), 200,
            METADATA_WITH(KEY_OF(REGION, MRK), MRK, "Enabled", ""), 0});
    want("key", KEY_OF("us-east-1", MRK));
    EVC_CHECK_CODE(find(), ENVCRYPT_E_KEY_REGION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), KEY_OF(REGION, MRK)));
}
END_TEST

START_TEST(the_replica_of_a_key_that_a_uri_names_is_named)
{
    ANSWER({"KMS DescribeKey {\"KeyId\":\"" KEY_OF(REGION, MRK), 200,
            METADATA_WITH(KEY_OF(REGION, MRK), MRK, "Enabled", ""), 0});
    want("key", "aws-kms:///" KEY_OF("us-east-1", MRK));
    EVC_CHECK_CODE(find(), ENVCRYPT_E_KEY_REGION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), KEY_OF(REGION, MRK)));
}
END_TEST

START_TEST(a_multi_region_key_without_a_replica_here_names_none)
{
    ANSWER({"KMS DescribeKey", 400, FAULT("NotFoundException", "no"), 0});
    want("key", KEY_OF("us-east-1", MRK));
    EVC_CHECK_CODE(find(), ENVCRYPT_E_KEY_REGION);
    ck_assert_ptr_null(strstr(evc_error_message(e.err), "replica"));
}
END_TEST

START_TEST(a_key_that_is_not_there_is_not_found)
{
    ANSWER({"KMS DescribeKey", 400, FAULT("NotFoundException", "no"), 0});
    want("key", "alias/none");
    EVC_CHECK_CODE(find(), ENVCRYPT_E_KEY_NOT_FOUND);
}
END_TEST

/* --- of a cluster --- */

static int
resolve(evc_cluster_state *state)
{
    evc_cluster_state_init(state);
    EVC_CHECK_OK(
        evc_cluster_state_set(state, EVC_CLUSTER_KEY_GIVEN, "alias/one", NULL));
    return evc_eks_key_resolve(evc_eks_here(e.cluster), state, &e.wait, &e.err);
}

START_TEST(the_key_of_a_cluster_is_resolved)
{
    evc_cluster_state state;

    ANSWER({"KMS DescribeKey", 200, METADATA_1, 0});
    EVC_CHECK_OK(resolve(&state));
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY), KEY_1);
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_MARK), "m1");
    ck_assert_int_eq(state.key_state, ENVCRYPT_KEY_ENABLED);
    evc_cluster_state_reset(&state);
}
END_TEST

START_TEST(a_key_that_is_gone_is_told_as_gone)
{
    evc_cluster_state state;

    ANSWER({"KMS DescribeKey", 400, FAULT("NotFoundException", "no"), 0});
    EVC_CHECK_OK(resolve(&state));
    ck_assert_int_eq(state.key_state, ENVCRYPT_KEY_DESTROYED);
    ck_assert_ptr_null(e.err);
    evc_cluster_state_reset(&state);
}
END_TEST

START_TEST(a_key_that_may_not_be_described_is_unknown)
{
    evc_cluster_state state;

    ANSWER({"KMS DescribeKey", 400, FAULT("AccessDeniedException", "no"), 0});
    EVC_CHECK_OK(resolve(&state));
    ck_assert_int_eq(state.key_state, ENVCRYPT_KEY_UNKNOWN);
    evc_cluster_state_reset(&state);
}
END_TEST

START_TEST(trouble_of_kms_is_an_error)
{
    evc_cluster_state state;

    ANSWER({"KMS DescribeKey", 500, FAULT("KMSInternalException", "no"), 0});
    EVC_CHECK_CODE(resolve(&state), ENVCRYPT_E_SERVICE_DOWN);
    evc_cluster_state_reset(&state);
}
END_TEST

static void
end_key(void)
{
    evc_cluster_key_reset(&key);
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_key_may_be_given_in_each_form,
                                  what_names_no_key_of_the_partition_is_refused,
                                  a_key_of_another_region_is_refused,
                                  a_key_is_resolved_to_its_arn,
                                  the_age_of_the_material_is_told_where_it_may_be_asked,
                                  without_a_key_that_of_the_cluster_is_meant,
                                  the_replica_of_a_multi_region_key_is_named,
                                  the_replica_of_a_key_that_a_uri_names_is_named,
                                  a_multi_region_key_without_a_replica_here_names_none,
                                  a_key_that_is_not_there_is_not_found,
                                  the_key_of_a_cluster_is_resolved,
                                  a_key_that_is_gone_is_told_as_gone,
                                  a_key_that_may_not_be_described_is_unknown,
                                  trouble_of_kms_is_an_error,
                                  NULL};
    TCase *tcase = tcase_create("key");

    tcase_add_checked_fixture(tcase, eks_set_up, eks_tear_down);
    tcase_add_checked_fixture(tcase, NULL, end_key);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_key", add_tests)
