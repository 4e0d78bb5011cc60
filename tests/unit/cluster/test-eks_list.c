/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_list.h"

#include "eks-fixture.h"

#define NAMES(names) "{\"clusters\":[" names "]}"
#define NAMED(name, more)                                                           \
    "{\"cluster\":{\"name\":\"" name "\",\"arn\":\"arn:aws:eks:" REGION ":" ACCOUNT \
    ":cluster/" name "\",\"version\":\"1.27\",\"status\":\"ACTIVE\"" more "}}"
#define DENIED_FAULT FAULT("AccessDeniedException", "no")
#define GRANT(account)                                                      \
    "{\"GrantId\":\"g\",\"GranteePrincipal\":\"eks.amazonaws.com\","        \
    "\"IssuingAccount\":\"arn:aws:iam::" account ":root\",\"Operations\":[" \
    "\"Decrypt\"]}"
#define GRANTS(grants) "{\"Grants\":[" grants "],\"Truncated\":false}"
#define OUR_GRANT GRANT(ACCOUNT)
#define MRK_ID "mrk-1234abcd12ab34cd56ef1234567890ab"

static evc_table *table;
static bool partial;

static int
list(const char *uses_key)
{
    evc_table_free(table);
    EVC_CHECK_OK(evc_table_new(evc_cluster_list_columns, &table, NULL));
    return evc_eks_list_all(e.cluster, uses_key, &e.wait, table, &partial, &e.err);
}

START_TEST(each_cluster_is_told_with_its_key)
{
    ANSWER({"GET /clusters?", 200, NAMES("\"a\",\"b\""), 0},
           {"GET /clusters/a", 200, NAMED("a", CONFIG("alias/x")), 0},
           {"GET /clusters/b", 200, NAMED("b", ""), 0},
           {"KMS DescribeKey", 200, METADATA_1, 0});
    EVC_CHECK_OK(list(NULL));
    ck_assert(!partial);
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 0, "name"), "a");
    ck_assert_str_eq(cell(table, 0, "region"), REGION);
    ck_assert_str_eq(cell(table, 0, "encryption"), "own");
    ck_assert_str_eq(cell(table, 0, "key"), KEY_1);
    ck_assert_str_eq(cell(table, 0, "key-state"), "enabled");
    ck_assert_str_eq(cell(table, 0, "health"), "ok");
    ck_assert_str_eq(cell(table, 1, "encryption"), "none");
    ck_assert_str_eq(cell(table, 1, "key-state"), "");
    ck_assert_ptr_nonnull(strstr(cell(table, 1, "what-to-do"), "enable"));
}
END_TEST

START_TEST(trouble_is_told_with_what_to_do)
{
    ANSWER(
        {"GET /clusters?", 200, NAMES("\"a\""), 0},
        {"GET /clusters/a", 200, NAMED("a", CONFIG(KEY_1) ISSUE("KmsKeyDisabled")), 0},
        {"KMS DescribeKey", 200, METADATA_WITH(KEY_1, ID_1, "Disabled", ""), 0});
    EVC_CHECK_OK(list(NULL));
    ck_assert_str_eq(cell(table, 0, "key-state"), "disabled");
    ck_assert_str_eq(cell(table, 0, "health"), "KmsKeyDisabled");
    ck_assert_ptr_nonnull(strstr(cell(table, 0, "what-to-do"), "enable the key"));
}
END_TEST

START_TEST(only_those_that_use_a_key_are_told)
{
    ANSWER({"GET /clusters?", 200, NAMES("\"a\",\"b\",\"c\""), 0},
           {"GET /clusters/a", 200, NAMED("a", CONFIG(KEY_1)), 0},
           {"GET /clusters/b", 200, NAMED("b", CONFIG(KEY_2)), 0},
           {"GET /clusters/c", 200, NAMED("c", ""), 0},
           {"KMS DescribeKey {\"KeyId\":\"" KEY_1, 200, METADATA_1, 0},
           {"KMS DescribeKey {\"KeyId\":\"" KEY_2, 200, METADATA_2, 0},
           {"KMS ListGrants", 200, GRANTS(OUR_GRANT), 0});
    EVC_CHECK_OK(list(KEY_2));
    ck_assert(!partial);
    ck_assert_uint_eq(table->rows, 1);
    ck_assert_str_eq(cell(table, 0, "name"), "b");
}
END_TEST

START_TEST(a_cluster_that_is_being_changed_may_come_to_use_any_key)
{
    ANSWER({"GET /clusters?", 200, NAMES("\"prod\",\"other\""), 0},
           {"GET /clusters/prod", 200, CLUSTER_WITH("UPDATING", ""), 0},
           {"GET /clusters/other", 200, CLUSTER_WITH("UPDATING", CONFIG(KEY_2)), 0},
           {"KMS DescribeKey", 200, METADATA_2, 0},
           {"KMS ListGrants", 200, GRANTS(""), 0});
    EVC_CHECK_OK(list(KEY_1));
    ck_assert_uint_eq(table->rows, 1); /* the other one has its key for good */
    ck_assert_str_eq(cell(table, 0, "name"), "prod");
    ck_assert_str_eq(cell(table, 0, "status"), "UPDATING");
    ck_assert_ptr_nonnull(strstr(cell(table, 0, "what-to-do"), "may come to use"));
    ck_assert(!partial);
}
END_TEST

START_TEST(a_cluster_that_is_being_changed_explains_no_grant)
{
    ANSWER({"GET /clusters?", 200, NAMES("\"prod\""), 0},
           {"GET /clusters/prod", 200, CLUSTER_WITH("UPDATING", ""), 0},
           {"KMS ListGrants", 200, GRANTS(OUR_GRANT), 0});
    EVC_CHECK_OK(list(KEY_1));
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 0, "name"), "prod");
    ck_assert_str_eq(cell(table, 1, "name"), "");
    ck_assert(partial);
}
END_TEST

static const char *const no_arns[] = {"alias/x", ID_1, "aws-kms:///" KEY_1,
                                      "arn:aws:kms:" REGION ":" ACCOUNT ":alias/x", ""};

START_TEST(what_is_no_arn_of_a_key_is_not_looked_for)
{
    ANSWER({"GET /clusters?", 200, NAMES(""), 0});
    EVC_CHECK_CODE(list(no_arns[_i]), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(e.asked, 0);
}
END_TEST

START_TEST(a_multi_region_key_is_one_in_all_regions)
{
    ANSWER({"GET /clusters?", 200, NAMES("\"a\""), 0},
           {"GET /clusters/a", 200, NAMED("a", CONFIG(KEY_OF(REGION, MRK_ID))), 0},
           {"KMS DescribeKey", 200,
            METADATA_WITH(KEY_OF(REGION, MRK_ID), MRK_ID, "Enabled", ""), 0});
    EVC_CHECK_OK(list(KEY_OF("us-east-1", MRK_ID)));
    ck_assert_uint_eq(table->rows, 1);
}
END_TEST

START_TEST(an_alias_that_could_not_be_resolved_may_be_any_key)
{
    ANSWER({"GET /clusters?", 200, NAMES("\"a\""), 0},
           {"GET /clusters/a", 200, NAMED("a", CONFIG("alias/x")), 0},
           {"KMS DescribeKey", 400, DENIED_FAULT, 0},
           {"KMS ListGrants", 200, GRANTS(OUR_GRANT), 0});
    EVC_CHECK_OK(list(KEY_1));
    ck_assert_uint_eq(table->rows, 1);
    ck_assert_str_eq(cell(table, 0, "key"), "alias/x");
    ck_assert_str_eq(cell(table, 0, "key-state"), "unknown");
}
END_TEST

START_TEST(a_region_that_may_not_be_listed_is_a_gap)
{
    EVC_CHECK_OK(open_cluster("eks://eu-central-1,us-east-1"));
    ANSWER({"GET /clusters?", 403, DENIED_FAULT, 1},
           {"GET /clusters?", 200, NAMES(""), 0});
    EVC_CHECK_OK(list(NULL));
    ck_assert(partial);
    ck_assert_uint_eq(table->rows, 1);
    ck_assert_str_eq(cell(table, 0, "name"), "");
    ck_assert_str_eq(cell(table, 0, "region"), "eu-central-1");
    ck_assert_ptr_nonnull(strstr(cell(table, 0, "what-to-do"), "eks:ListClusters"));
}
END_TEST

START_TEST(a_cluster_that_may_not_be_described_is_a_gap)
{
    ANSWER({"GET /clusters?", 200, NAMES("\"a\""), 0},
           {"GET /clusters/a", 403, DENIED_FAULT, 0},
           {"KMS ListGrants", 200, GRANTS(""), 0});
    EVC_CHECK_OK(list(KEY_1));
    ck_assert(partial);
    ck_assert_str_eq(cell(table, 0, "name"), "");
    ck_assert_str_eq(cell(table, 0, "status"), "a");
}
END_TEST

/* A key with no cluster in our lists, and what its grants tell. */
static const struct {
    int status;
    const char *grants;
    const char *says; /* NULL = nothing */
} grants[] = {
    {200, GRANTS(""), NULL},
    {200, GRANTS(GRANT("444455556666")), "1 grant on the key belongs to no cluster"},
    {200, GRANTS(OUR_GRANT "," OUR_GRANT), "2 grants on the key belong to no cluster"},
    {400, DENIED_FAULT, "kms:ListGrants"},
};

START_TEST(grants_tell_of_users_that_no_list_has)
{
    ANSWER({"GET /clusters?", 200, NAMES(""), 0},
           {"KMS ListGrants", grants[_i].status, grants[_i].grants, 0});
    EVC_CHECK_OK(list(KEY_1));
    ck_assert_uint_eq(table->rows, grants[_i].says ? 1 : 0);
    ck_assert(partial == (grants[_i].says != NULL));
    if (!grants[_i].says)
        return;
    ck_assert_str_eq(cell(table, 0, "name"), "");
    ck_assert_ptr_nonnull(strstr(cell(table, 0, "what-to-do"), grants[_i].says));
}
END_TEST

START_TEST(a_grant_of_another_account_is_no_cluster_of_ours)
{
    ANSWER({"GET /clusters?", 200, NAMES("\"a\""), 0},
           {"GET /clusters/a", 200, NAMED("a", CONFIG(KEY_1)), 0},
           {"KMS DescribeKey", 200, METADATA_1, 0},
           {"KMS ListGrants", 200, GRANTS(GRANT("444455556666")), 0});
    EVC_CHECK_OK(list(KEY_1));
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(cell(table, 1, "name"), "");
}
END_TEST

START_TEST(a_cluster_that_was_deleted_meanwhile_is_none)
{
    ANSWER({"GET /clusters?", 200, NAMES("\"a\""), 0},
           {"GET /clusters/a", 404, FAULT("ResourceNotFoundException", "no"), 0});
    EVC_CHECK_OK(list(NULL));
    ck_assert(!partial);
    ck_assert_uint_eq(table->rows, 0);
}
END_TEST

START_TEST(more_than_a_batch_is_told)
{
    evc_buf names;

    evc_buf_init(&names);
    evc_buf_put_text(&names, "{\"clusters\":[");
    for (size_t i = 0; i < 70; i++)
        evc_buf_put_format(&names, "%s\"c%zu\"", i ? "," : "", i);
    evc_buf_put_text(&names, "]}");
    evc_buf_put_u8(&names, 0);
    ANSWER({"GET /clusters?", 200, (const char *)names.data, 0},
           {"GET /clusters/c", 200, NAMED("c", ""), 0});
    EVC_CHECK_OK(list(NULL));
    ck_assert_uint_eq(table->rows, 70);
    evc_buf_reset(&names);
}
END_TEST

START_TEST(the_first_few_names_are_told)
{
    char text[128] = "";
    evc_buf b;

    evc_buf_init_fixed(&b, text, sizeof(text) - 1);
    ANSWER({"GET /clusters?", 200, NAMES("\"a\",\"b\",\"c\",\"d\",\"e\",\"f\""), 0});
    evc_eks_list_some(evc_eks_here(e.cluster), &e.wait, &b);
    ck_assert_str_eq(text, "a, b, c, d, e and more");
    evc_buf_clear(&b);
    ANSWER({"GET /clusters?", 403, DENIED_FAULT, 0});
    evc_eks_list_some(evc_eks_here(e.cluster), &e.wait, &b);
    ck_assert_uint_eq(b.size, 0);
}
END_TEST

/* --- keys --- */

static int
keys(void)
{
    evc_table_free(table);
    EVC_CHECK_OK(evc_table_new(evc_cluster_key_columns, &table, NULL));
    return evc_eks_keys(e.cluster, &e.change, &e.wait, table, &e.err);
}

START_TEST(keys_are_told_with_why_they_cannot_be_used)
{
    ANSWER({"KMS ListKeys", 200,
            "{\"Keys\":[{\"KeyArn\":\"" KEY_1 "\"},{\"KeyArn\":\"" KEY_2
            "\"},{\"KeyArn\":\"" KEY_OF(REGION, MRK_ID) "\"}]}",
            0},
           {"KMS ListAliases", 200,
            "{\"Aliases\":[{\"AliasName\":\"alias/one\",\"TargetKeyId\":\"" ID_1
            "\"}]}",
            0},
           {"KMS DescribeKey {\"KeyId\":\"" KEY_1, 200, METADATA_1, 0},
           {"KMS DescribeKey {\"KeyId\":\"" KEY_2, 200,
            METADATA_WITH(KEY_2, ID_2, "Disabled", ""), 0},
           {"KMS DescribeKey", 400, DENIED_FAULT, 0});
    EVC_CHECK_OK(keys());
    ck_assert_uint_eq(table->rows, 3);
    ck_assert_str_eq(cell(table, 0, "id"), ID_1);
    ck_assert_str_eq(cell(table, 0, "aliases"), "alias/one");
    ck_assert_str_eq(cell(table, 0, "arn"), KEY_1);
    ck_assert_str_eq(cell(table, 0, "region"), REGION);
    ck_assert_str_eq(cell(table, 0, "usable"), "yes");
    ck_assert_str_eq(cell(table, 0, "why-not"), "");
    ck_assert_str_eq(cell(table, 1, "usable"), "no");
    ck_assert_str_eq(cell(table, 1, "why-not"), "it is not enabled");
    ck_assert_str_eq(cell(table, 2, "usable"), "unknown");
    ck_assert_ptr_nonnull(strstr(cell(table, 2, "why-not"), "kms:DescribeKey"));
}
END_TEST

START_TEST(keys_that_may_not_be_listed_are_an_error)
{
    ANSWER({"KMS ListKeys", 400, DENIED_FAULT, 0});
    EVC_CHECK_CODE(keys(), ENVCRYPT_E_DENIED);
}
END_TEST

static void
end_table(void)
{
    evc_table_free(table);
    table = NULL;
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        each_cluster_is_told_with_its_key,
        trouble_is_told_with_what_to_do,
        only_those_that_use_a_key_are_told,
        a_multi_region_key_is_one_in_all_regions,
        an_alias_that_could_not_be_resolved_may_be_any_key,
        a_region_that_may_not_be_listed_is_a_gap,
        a_cluster_that_may_not_be_described_is_a_gap,
        a_grant_of_another_account_is_no_cluster_of_ours,
        a_cluster_that_is_being_changed_may_come_to_use_any_key,
        a_cluster_that_is_being_changed_explains_no_grant,
        a_cluster_that_was_deleted_meanwhile_is_none,
        more_than_a_batch_is_told,
        the_first_few_names_are_told,
        keys_are_told_with_why_they_cannot_be_used,
        keys_that_may_not_be_listed_are_an_error,
        NULL};
    TCase *tcase = tcase_create("list");

    tcase_add_checked_fixture(tcase, eks_set_up, eks_tear_down);
    tcase_add_checked_fixture(tcase, NULL, end_table);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_is_no_arn_of_a_key_is_not_looked_for, 0,
                        sizeof(no_arns) / sizeof(no_arns[0]));
    tcase_add_loop_test(tcase, grants_tell_of_users_that_no_list_has, 0,
                        sizeof(grants) / sizeof(grants[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_list", add_tests)
