/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_create.h"

#include "eks-fixture.h"

#define ROLE "arn:aws:iam::" ACCOUNT ":role/eks"

static const char *
body(void)
{
    static char text[2048];
    const evc_eks_create of = {
        .name = "new", .key = "KEY", .token = "TOKEN", .change = &e.change};
    evc_jwrite w;
    evc_buf b;

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_jwrite_begin(&w, &b, false);
    evc_jwrite_object(&w);
    EVC_CHECK_OK(evc_eks_create_write(&of, &w, NULL));
    evc_jwrite_end(&w);
    EVC_CHECK_OK(evc_jwrite_finish(&w, NULL));
    evc_buf_put_u8(&b, 0);
    return text;
}

static int
check(void)
{
    const evc_eks_create of = {.name = "new", .change = &e.change};

    return evc_eks_create_check(&of, &e.err);
}

START_TEST(a_cluster_is_asked_for_with_what_was_given)
{
    want("role-arn", ROLE);
    want("subnets", "subnet-1, subnet-2");
    want("security-groups", "sg-1");
    want("kubernetes-version", "1.31");
    want("public-access", "yes");
    want("private-access", "no");
    want("public-access-cidrs", "192.0.2.0/24");
    EVC_CHECK_OK(check());
    ck_assert_str_eq(
        body(),
        "{\"name\":\"new\",\"version\":\"1.31\",\"roleArn\":\"" ROLE
        "\",\"resourcesVpcConfig\":{\"subnetIds\":[\"subnet-1\",\"subnet-2\"],"
        "\"securityGroupIds\":[\"sg-1\"],\"endpointPublicAccess\":true,"
        "\"endpointPrivateAccess\":false,\"publicAccessCidrs\":[\"192.0.2.0/24\"]},"
        "\"encryptionConfig\":[{\"resources\":[\"secrets\"],\"provider\":{\"keyArn\":"
        "\"KEY\"}}],\"clientRequestToken\":\"TOKEN\"}");
}
END_TEST

START_TEST(what_was_not_given_is_left_to_eks)
{
    want("role-arn", ROLE);
    want("subnets", "subnet-1,subnet-2");
    EVC_CHECK_OK(check());
    ck_assert_ptr_null(strstr(body(), "version"));
    ck_assert_ptr_null(strstr(body(), "securityGroupIds"));
    ck_assert_ptr_null(strstr(body(), "endpoint"));
}
END_TEST

START_TEST(a_role_is_needed)
{
    want("subnets", "subnet-1,subnet-2");
    EVC_CHECK_CODE(check(), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), "role-arn"));
    want("role-arn", "arn:aws:iam::" ACCOUNT ":user/eks");
    EVC_CHECK_CODE(check(), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(two_subnets_are_needed)
{
    want("role-arn", ROLE);
    EVC_CHECK_CODE(check(), ENVCRYPT_E_ARGUMENT);
    want("subnets", "subnet-1");
    EVC_CHECK_CODE(check(), ENVCRYPT_E_ARGUMENT);
    want("subnets", "subnet-1,vpc-1");
    EVC_CHECK_CODE(check(), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), "vpc-1"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_cluster_is_asked_for_with_what_was_given,
                                  what_was_not_given_is_left_to_eks, a_role_is_needed,
                                  two_subnets_are_needed, NULL};

    add_eks_case(suite, "create", tests);
}

EVC_TEST_MAIN("eks_create", add_tests)
