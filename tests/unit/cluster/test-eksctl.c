/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eksctl.h"

#include "evc-alloc.h"
#include "evc-check.h"

#define HEAD "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\n"
/* As the EKS User Guide has it, with a comment and what is none of our business. */
#define WHOLE                                                                        \
    "# An existing cluster\n---\n" HEAD                                              \
    "metadata:\n  name: my-cluster\n  region: region-code\n  version: \"1.31\"\n"    \
    "managedNodeGroups:\n  - name: ng-1\n    instanceType: m5.large\n"               \
    "addons:\n  - name: vpc-cni\n"                                                   \
    "secretsEncryption:\n"                                                           \
    "  # ARN of the KMS key\n"                                                       \
    "  keyARN: arn:aws:kms:region-code:111122223333:key/1234abcd\n"                  \
    "iam:\n  serviceRoleARN: arn:aws:iam::111122223333:role/eks\n"                   \
    "vpc:\n  id: vpc-1\n  securityGroup: sg-1\n"                                     \
    "  subnets:\n    private:\n      a: {id: subnet-1}\n      b: {id: subnet-2}\n"   \
    "    public:\n      c: {id: subnet-3, cidr: 192.0.2.0/26}\n      d: {cidr: x}\n" \
    "  clusterEndpoints: {publicAccess: true, privateAccess: false}\n"               \
    "  publicAccessCIDRs: [\"192.0.2.0/24\", 198.51.100.0/24]\n"

static evc_eksctl config;
static evc_error *err;

static int
read_text(const char *text)
{
    evc_eksctl_reset(&config);
    return evc_eksctl_read(evc_view_text(text), "the file c.yaml", &config, &err);
}

static void
refused(const char *text, int code, const char *part)
{
    EVC_CHECK_CODE(read_text(text), code);
    ck_assert_msg(strstr(evc_error_message(err), part) != NULL, "%s",
                  evc_error_message(err));
    ck_assert_ptr_null(config.name);
}

START_TEST(a_whole_file_is_read)
{
    static const char *const texts[EVC_EKSCTL_TEXTS] = {
        [EVC_EKSCTL_KEY] = "arn:aws:kms:region-code:111122223333:key/1234abcd",
        [EVC_EKSCTL_ROLE] = "arn:aws:iam::111122223333:role/eks",
        [EVC_EKSCTL_SUBNETS] = "subnet-1,subnet-2,subnet-3",
        [EVC_EKSCTL_SECURITY_GROUPS] = "sg-1",
        [EVC_EKSCTL_VERSION] = "1.31",
        [EVC_EKSCTL_PUBLIC] = "yes",
        [EVC_EKSCTL_PRIVATE] = "no",
        [EVC_EKSCTL_CIDRS] = "192.0.2.0/24,198.51.100.0/24",
    };

    EVC_CHECK_OK(read_text(WHOLE));
    ck_assert_str_eq(config.name, "my-cluster");
    ck_assert_str_eq(config.region, "region-code");
    ck_assert_str_eq(config.undone, "managedNodeGroups, addons");
    for (size_t i = 0; i < EVC_EKSCTL_TEXTS; i++)
        ck_assert_str_eq(config.texts[i], texts[i]);
}
END_TEST

START_TEST(the_least_is_a_name)
{
    EVC_CHECK_OK(read_text(HEAD "metadata: {name: a}\n"));
    ck_assert_str_eq(config.name, "a");
    ck_assert_ptr_null(config.region);
    ck_assert_ptr_null(config.undone);
    for (size_t i = 0; i < EVC_EKSCTL_TEXTS; i++)
        ck_assert_ptr_null(config.texts[i]);
}
END_TEST

START_TEST(each_section_that_is_not_read_is_named)
{
    EVC_CHECK_OK(read_text(HEAD "metadata: {name: a}\nnodeGroups: []\n"
                                "addonsConfig: {}\ngitops:\n"
                                "accessConfig: {authenticationMode: API}\n"
                                "kubernetesNetworkConfig: {ipFamily: IPv6}\n"
                                "ofTomorrow: yes\nfargateProfiles: [{name: f}]\n"));
    ck_assert_str_eq(
        config.undone,
        "accessConfig, kubernetesNetworkConfig, ofTomorrow, fargateProfiles");
}
END_TEST

START_TEST(a_private_cluster_has_no_public_endpoint)
{
    EVC_CHECK_OK(
        read_text(HEAD "metadata: {name: a}\nprivateCluster: {enabled: true}\n"));
    ck_assert_str_eq(config.texts[EVC_EKSCTL_PUBLIC], "no");
    ck_assert_str_eq(config.texts[EVC_EKSCTL_PRIVATE], "yes");
    ck_assert_str_eq(config.undone, "privateCluster");
    EVC_CHECK_OK(
        read_text(HEAD "metadata: {name: a}\nprivateCluster: {enabled: false}\n"));
    ck_assert_ptr_null(config.texts[EVC_EKSCTL_PUBLIC]);
    EVC_CHECK_OK(read_text(HEAD "metadata: {name: a}\nprivateCluster: {enabled: true}\n"
                                "vpc: {clusterEndpoints: {publicAccess: true}}\n"));
    ck_assert_str_eq(config.texts[EVC_EKSCTL_PUBLIC], "yes");
    refused(HEAD "metadata: {name: a}\nprivateCluster: {enabled: maybe}\n",
            ENVCRYPT_E_YAML, "enabled");
}
END_TEST

START_TEST(placeholders_are_left_to_who_looks_at_keys)
{
    EVC_CHECK_OK(read_text(HEAD
                           "metadata: {name: a}\nsecretsEncryption:\n"
                           "  keyARN: arn:aws:kms:us-west-2:<account>:key/<key>\n"));
    ck_assert_str_eq(config.texts[EVC_EKSCTL_KEY],
                     "arn:aws:kms:us-west-2:<account>:key/<key>");
}
END_TEST

START_TEST(json_is_read_too)
{
    EVC_CHECK_OK(
        read_text("{\"apiVersion\":\"eksctl.io/v1alpha5\",\"kind\":\"ClusterConfig\","
                  "\"metadata\":{\"name\":\"a\"}}"));
    ck_assert_str_eq(config.name, "a");
}
END_TEST

START_TEST(other_documents_of_the_file_are_passed_over)
{
    EVC_CHECK_OK(read_text("kind: ConfigMap\n---\n" HEAD "metadata: {name: a}\n---\n"));
    ck_assert_str_eq(config.name, "a");
}
END_TEST

START_TEST(what_names_no_cluster_is_refused)
{
    refused("", ENVCRYPT_E_CLUSTER_CONFIG, "no ClusterConfig");
    refused("kind: ClusterConfig\nmetadata: {name: a}\n", ENVCRYPT_E_CLUSTER_CONFIG,
            "no ClusterConfig");
    refused("apiVersion: v1\nkind: ClusterConfig\n", ENVCRYPT_E_CLUSTER_CONFIG,
            "no ClusterConfig");
    refused("[1]", ENVCRYPT_E_CLUSTER_CONFIG, "no ClusterConfig");
    refused(HEAD, ENVCRYPT_E_CLUSTER_CONFIG, "metadata.name");
    refused(HEAD "metadata: {name: \"\"}\n", ENVCRYPT_E_CLUSTER_CONFIG,
            "metadata.name");
    refused(HEAD "metadata: {name: a}\n---\n" HEAD "metadata: {name: b}\n",
            ENVCRYPT_E_CLUSTER_CONFIG, "second ClusterConfig");
}
END_TEST

START_TEST(a_cluster_on_outposts_is_refused)
{
    refused(HEAD "metadata: {name: a}\noutpost:\n  controlPlaneOutpostARN: x\n",
            ENVCRYPT_E_CLUSTER_CONFIG, "Outposts");
}
END_TEST

START_TEST(what_has_another_type_is_refused_with_its_line)
{
    refused(HEAD "metadata: {name: a, version: 1.31}\n", ENVCRYPT_E_YAML, "version");
    refused(HEAD "metadata: a\n", ENVCRYPT_E_YAML, "metadata");
    refused(HEAD "metadata: {name: a}\nsecretsEncryption: {keyARN: [1]}\n",
            ENVCRYPT_E_YAML, "keyARN");
    refused(HEAD
            "metadata: {name: a}\nvpc: {clusterEndpoints: {publicAccess: maybe}}\n",
            ENVCRYPT_E_YAML, "publicAccess");
    refused("a: [", ENVCRYPT_E_YAML, "c.yaml");
}
END_TEST

/* --- into a change --- */

static const char *
option(const evc_cluster_change *change, const char *name)
{
    const char *text = evc_cluster_change_text(change, name);

    return text ? text : "";
}

START_TEST(enabling_takes_the_key_alone)
{
    evc_cluster_change change;

    EVC_CHECK_OK(read_text(WHOLE));
    evc_cluster_change_init(&change);
    EVC_CHECK_OK(evc_eksctl_apply(&config, false, &change, &err));
    ck_assert_str_eq(option(&change, "key"), config.texts[EVC_EKSCTL_KEY]);
    ck_assert_str_eq(option(&change, "subnets"), "");
    evc_cluster_change_reset(&change);
}
END_TEST

START_TEST(creation_takes_all_but_what_was_given)
{
    evc_cluster_change change;

    EVC_CHECK_OK(read_text(WHOLE));
    evc_cluster_change_init(&change);
    EVC_CHECK_OK(evc_cluster_change_set(&change, "role-arn", "given", &err));
    EVC_CHECK_OK(evc_eksctl_apply(&config, true, &change, &err));
    ck_assert_str_eq(option(&change, "role-arn"), "given");
    ck_assert_str_eq(option(&change, "subnets"), "subnet-1,subnet-2,subnet-3");
    ck_assert_str_eq(option(&change, "public-access"), "yes");
    ck_assert_str_eq(option(&change, "kubernetes-version"), "1.31");
    evc_cluster_change_reset(&change);
}
END_TEST

static int
read_all(void *user)
{
    evc_eksctl found;
    int rc = evc_eksctl_read(evc_view_text(user), "a test", &found, NULL);

    evc_eksctl_reset(&found);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    static char text[] = WHOLE;

    ck_assert_uint_gt(evc_alloc_sweep(read_all, text), 20);
}
END_TEST

static void
tear_down(void)
{
    evc_eksctl_reset(&config);
    evc_error_free(err);
    err = NULL;
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_whole_file_is_read,
                                  a_private_cluster_has_no_public_endpoint,
                                  each_section_that_is_not_read_is_named,
                                  the_least_is_a_name,
                                  placeholders_are_left_to_who_looks_at_keys,
                                  json_is_read_too,
                                  other_documents_of_the_file_are_passed_over,
                                  what_names_no_cluster_is_refused,
                                  a_cluster_on_outposts_is_refused,
                                  what_has_another_type_is_refused_with_its_line,
                                  enabling_takes_the_key_alone,
                                  creation_takes_all_but_what_was_given,
                                  survives_any_failed_allocation};
    TCase *tcase = tcase_create("eksctl");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eksctl", add_tests)
