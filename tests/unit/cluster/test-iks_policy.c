/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_policy.h"

#include "cluster/iks_roles.h"
#include "iks-fixture.h"

/* What the policies that are written for a verb give, as those that IAM shows are read. */
static uint32_t
roles_of(evc_cluster_verb verb, size_t policies)
{
    evc_cluster_job job = job_of(verb);
    evc_iks_site site = evc_iks_site_of(cluster, &job);
    evc_iks_roles roles = {.complete = true};
    evc_json_doc *doc = NULL;
    evc_buf text;

    evc_buf_init(&text);
    EVC_CHECK_OK(evc_iks_policy(cluster, &job, &text, &err));
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&text), "test", &doc, NULL));
    ck_assert_uint_eq(evc_json_count(evc_json_root(doc)), policies);
    for (size_t i = 0; i < policies; i++)
        evc_iks_roles_add(evc_json_at(evc_json_root(doc), i), &site, &roles);
    evc_json_free(doc);
    evc_buf_reset(&text);
    return roles.held;
}

START_TEST(the_policies_are_written_as_iam_takes_them)
{
    take_key();
    read_state();
    ck_assert_uint_eq(roles_of(EVC_VERB_ENABLE, 2), EVC_IKS_ADMINISTRATOR |
                                                        EVC_IKS_CLUSTER_MANAGER |
                                                        EVC_IKS_KEY_READER);
}
END_TEST

START_TEST(of_roles_that_include_each_other_the_highest_is_written)
{
    take_key();
    read_state();
    ck_assert_uint_eq(roles_of(EVC_VERB_ROTATE, 1),
                      EVC_IKS_KEY_WRITER | EVC_IKS_KEY_READER);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_policies_are_written_as_iam_takes_them,
        of_roles_that_include_each_other_the_highest_is_written, NULL};

    add_iks_tests(suite, "policies", tests);
}

EVC_TEST_MAIN("iks_policy", add_tests)
