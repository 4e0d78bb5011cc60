/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_policy.h"

#include "evc-check.h"

#define STATEMENT(effect, action, condition)        \
    "{\"Effect\":\"" effect "\",\"Action\":" action \
    ",\"Resource\":\"*\",\"Principal\":"            \
    "{\"AWS\":\"*\"}" condition "}"
#define POLICY(statements) "{\"Version\":\"2012-10-17\",\"Statement\":[" statements "]}"
#define GATED ",\"Condition\":{\"Bool\":{\"kms:GrantIsForAWSResource\":\"true\"}}"
#define OTHER ",\"Condition\":{\"StringEquals\":{\"kms:ViaService\":\"x\"}}"

START_TEST(grants_that_only_services_may_make_are_found)
{
    static const char *const gated[] = {
        POLICY(STATEMENT("Allow", "\"kms:CreateGrant\"", GATED)),
        POLICY(STATEMENT("Allow", "[\"kms:ListGrants\",\"KMS:creategrant\"]", GATED)),
        POLICY(STATEMENT("Allow", "\"kms:Create*\"", GATED)),
        POLICY(STATEMENT("Allow", "\"kms:CreateGrant\"",
                         ",\"Condition\":{\"BoolIfExists\":{\"kms:viaService\":\"x\","
                         "\"KMS:GrantIsForAwsResource\":true}}")),
        POLICY(STATEMENT("Allow", "\"kms:*\"",
                         "") "," STATEMENT("Deny", "\"kms:CreateGrant\"", GATED)),
    };

    for (size_t i = 0; i < sizeof(gated) / sizeof(gated[0]); i++)
        ck_assert_msg(evc_eks_policy_gates_grants(gated[i]), "%s", gated[i]);
}
END_TEST

START_TEST(policies_that_allow_grants_freely_are_fine)
{
    static const char *const fine[] = {
        POLICY(STATEMENT("Allow", "\"kms:*\"", "")),
        POLICY(STATEMENT("Allow", "\"kms:CreateGrant\"", OTHER)),
        POLICY(STATEMENT("Allow", "\"kms:CreateGrant\"",
                         GATED) "," STATEMENT("Allow", "\"*\"", "")),
        POLICY(STATEMENT("Allow", "\"kms:Decrypt\"", GATED)),
        POLICY(STATEMENT("Allow", "\"kms:CreateGrants\"", GATED)),
        POLICY(""),
        "{}",
        "not JSON",
        "",
    };

    for (size_t i = 0; i < sizeof(fine) / sizeof(fine[0]); i++)
        ck_assert_msg(!evc_eks_policy_gates_grants(fine[i]), "%s", fine[i]);
}
END_TEST

static const char *
written(const evc_eks_wish *wish)
{
    static char text[4096];
    evc_buf b;

    evc_buf_init_fixed(&b, text, sizeof(text));
    EVC_CHECK_OK(evc_eks_policy_write(wish, &b, NULL));
    evc_buf_put_u8(&b, 0);
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
    return text;
}

#define HAS(text, part) ck_assert_msg(strstr(text, part) != NULL, "%s", text)
#define HAS_NOT(text, part) ck_assert_msg(strstr(text, part) == NULL, "%s", text)

START_TEST(enabling_takes_the_cluster_and_the_key)
{
    const evc_eks_wish wish = {.partition = "aws",
                               .region = "eu-central-1",
                               .account = "111122223333",
                               .cluster = "prod",
                               .key = "KEY",
                               .enable = true};
    const char *text = written(&wish);

    HAS(text, "\"eks:AssociateEncryptionConfig\"");
    HAS(text, "\"arn:aws:eks:eu-central-1:111122223333:cluster/prod\"");
    HAS(text, "\"kms:DescribeKey\"");
    HAS(text, "\"kms:CreateGrant\"");
    HAS(text, "\"Resource\": \"KEY\"");
    HAS_NOT(text, "eks:CreateCluster");
    HAS_NOT(text, "kms:RotateKeyOnDemand");
    HAS_NOT(text, "Condition"); /* E25 */
}
END_TEST

START_TEST(creating_takes_the_role_too)
{
    const evc_eks_wish wish = {.partition = "aws-cn", .role = "ROLE", .create = true};
    const char *text = written(&wish);

    HAS(text, "\"eks:CreateCluster\"");
    HAS(text, "\"iam:PassRole\"");
    HAS(text, "\"ROLE\"");
    HAS(text, "\"arn:aws-cn:eks:*:*:cluster/*\"");
    HAS_NOT(text, "AssociateEncryptionConfig");
}
END_TEST

START_TEST(rotating_takes_no_grant)
{
    const evc_eks_wish wish = {.partition = "aws", .rotate = true, .keys = true};
    const char *text = written(&wish);

    HAS(text, "\"kms:RotateKeyOnDemand\"");
    HAS(text, "\"kms:ListAliases\"");
    HAS_NOT(text, "kms:CreateGrant");
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("policy");

    tcase_add_test(tcase, grants_that_only_services_may_make_are_found);
    tcase_add_test(tcase, policies_that_allow_grants_freely_are_fine);
    tcase_add_test(tcase, enabling_takes_the_cluster_and_the_key);
    tcase_add_test(tcase, creating_takes_the_role_too);
    tcase_add_test(tcase, rotating_takes_no_grant);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_policy", add_tests)
