/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_policy.h"

#include "evc-alloc.h"
#include "evc-check.h"

#define ALICE "arn:aws:iam::111122223333:user/alice"
#define ROLE "arn:aws:iam::111122223333:role/app"
#define GUEST "arn:aws:iam::444455556666:role/guest"

#define USE                                                           \
    "\"Action\":[\"kms:Encrypt\",\"kms:Decrypt\",\"kms:ReEncrypt*\"," \
    "\"kms:GenerateDataKey*\",\"kms:DescribeKey\"],\"Resource\":\"*\"}"
#define ROOT                                                                     \
    "{\"Version\":\"2012-10-17\",\"Statement\":[{\"Sid\":\"Enable IAM User "     \
    "Permissions\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":"                 \
    "[\"arn:aws:iam::111122223333:root\"]},\"Action\":[\"kms:*\"],\"Resource\":" \
    "\"*\"}"
#define STATEMENT(sid, who) \
    ",{\"Sid\":\"" sid "\",\"Effect\":\"Allow\",\"Principal\":{\"AWS\":[" who "]},"

static evc_buf out;
static evc_error *err;

static void
set_up(void)
{
    evc_buf_init(&out);
    err = NULL;
}

static void
tear_down(void)
{
    evc_buf_reset(&out);
    evc_error_free(err);
}

static int
write_policy(const char *users, const char *accounts, const char *granters)
{
    const evc_aws_policy policy = {.account = "111122223333",
                                   .partition = "aws",
                                   .users = users,
                                   .accounts = accounts,
                                   .granters = granters};

    return evc_aws_policy_write(&policy, false, &out, &err);
}

static void
expect(const char *text)
{
    ck_assert_msg(evc_view_is_text(evc_buf_view(&out), text), "%.*s", (int)out.size,
                  (const char *)out.data);
}

START_TEST(by_default_the_account_has_full_control)
{
    EVC_CHECK_OK(write_policy(NULL, NULL, NULL));
    expect(ROOT "]}");
}
END_TEST

START_TEST(users_and_roles_may_use_the_key)
{
    EVC_CHECK_OK(write_policy(ALICE ", " ROLE, NULL, NULL));
    expect(ROOT STATEMENT("Allow use of the key", "\"" ALICE "\",\"" ROLE "\"") USE
           "]}");
}
END_TEST

START_TEST(those_of_other_accounts_have_a_statement_of_their_own)
{
    EVC_CHECK_OK(write_policy(GUEST "," ALICE, NULL, NULL));
    expect(ROOT STATEMENT("Allow use of the key", "\"" ALICE "\"") USE STATEMENT(
        "Allow use of the key by others", "\"" GUEST "\"") USE "]}");
}
END_TEST

START_TEST(other_accounts_are_named_by_their_roots)
{
    EVC_CHECK_OK(write_policy(NULL, "444455556666,777788889999", NULL));
    expect(ROOT STATEMENT("Allow other accounts to use the key",
                          "\"arn:aws:iam::444455556666:root\","
                          "\"arn:aws:iam::777788889999:root\"") USE "]}");
}
END_TEST

START_TEST(grants_for_clusters_bear_no_condition)
{
    EVC_CHECK_OK(write_policy(NULL, NULL, ROLE));
    expect(ROOT STATEMENT("Allow grants for clusters",
                          "\"" ROLE "\"") "\"Action\":[\"kms:CreateGrant\","
                                          "\"kms:DescribeKey\"],\"Resource\":\"*\"}]}");
}
END_TEST

static const struct {
    const char *users;
    const char *accounts;
    const char *granters;
} bad[] = {
    {"alice", NULL, NULL},
    {"*", NULL, NULL},
    {ALICE ",", NULL, NULL}, /* nothing after the comma is fine, see below */
    {ALICE ",,", NULL, NULL},
    {"arn:aws:iam::111122223333:group/team", NULL, NULL},
    {"arn:aws-cn:iam::111122223333:user/alice", NULL, NULL},
    {NULL, "44445555666", NULL},
    {NULL, "arn:aws:iam::444455556666:root", NULL},
    {NULL, NULL, "arn:aws:sts::111122223333:assumed-role/a/b"},
};

START_TEST(refuses_who_cannot_be_named)
{
    int rc = write_policy(bad[_i].users, bad[_i].accounts, bad[_i].granters);

    if (_i == 2)
        EVC_CHECK_OK(rc);
    else
        EVC_CHECK_CODE(rc, ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(out.size == 0, _i != 2);
}
END_TEST

START_TEST(the_account_of_the_key_is_needed)
{
    const evc_aws_policy none = {.partition = "aws"};
    const evc_aws_policy wrong = {.account = "1", .partition = "aws"};

    EVC_CHECK_CODE(evc_aws_policy_write(&none, false, &out, &err), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_aws_policy_write(&wrong, false, &out, &err),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(the_message_says_who_is_wrong_and_what_would_be_right)
{
    EVC_CHECK_CODE(write_policy("arn:aws:iam::111122223333:group/team", NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "group/team"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "role/NAME"));
}
END_TEST

static int
write_many(size_t count)
{
    evc_buf list;
    int rc;

    evc_buf_init(&list);
    for (size_t i = 0; i < count; i++)
        evc_buf_put_format(&list, "%sarn:aws:iam::111122223333:user/u%zu", i ? "," : "",
                           i);
    evc_buf_put_u8(&list, 0);
    rc = write_policy((const char *)list.data, NULL, NULL);
    evc_buf_reset(&list);
    return rc;
}

START_TEST(a_statement_names_100_at_most)
{
    EVC_CHECK_OK(write_many(EVC_AWS_POLICY_PRINCIPALS));
    EVC_CHECK_CODE(write_many(EVC_AWS_POLICY_PRINCIPALS + 1), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
write_once(void *user)
{
    evc_error *e = NULL;
    const evc_aws_policy policy = {
        .account = "111122223333", .partition = "aws", .users = ALICE};
    int rc;

    (void)user;
    evc_buf_init(&out);
    rc = evc_aws_policy_write(&policy, true, &out, &e);
    evc_buf_reset(&out);
    evc_error_free(e);
    return rc;
}

START_TEST(memory_may_run_out)
{
    (void)evc_alloc_sweep(write_once, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        by_default_the_account_has_full_control,
        users_and_roles_may_use_the_key,
        those_of_other_accounts_have_a_statement_of_their_own,
        other_accounts_are_named_by_their_roots,
        grants_for_clusters_bear_no_condition,
        the_account_of_the_key_is_needed,
        the_message_says_who_is_wrong_and_what_would_be_right,
        a_statement_names_100_at_most,
        memory_may_run_out,
    };
    TCase *tcase = tcase_create("policies");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, refuses_who_cannot_be_named, 0,
                        (int)(sizeof(bad) / sizeof(bad[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_policy", add_tests)
