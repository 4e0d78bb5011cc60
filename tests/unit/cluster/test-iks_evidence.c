/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_evidence.h"

static evc_evidence evidence;

static void
set_up(void)
{
    iks_set_up();
    take_key();
    EVC_CHECK_OK(evc_evidence_init(&evidence, NULL));
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    read_state();
}

static void
tear_down(void)
{
    evc_evidence_reset(&evidence);
    iks_tear_down();
}

static int32_t
gather(void)
{
    evc_cluster_job job = job_of(EVC_VERB_VERIFY);

    EVC_CHECK_OK(evc_cluster_iks.evidence(cluster, &job, &toy.wait, &evidence, &err));
    return evc_evidence_outcome(&evidence);
}

START_TEST(all_facts_together_are_a_proof)
{
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_uint_eq(evidence.seen, 4);
}
END_TEST

START_TEST(a_missing_registration_is_no_proof)
{
    reply_to("/keys/registrations", 200, ROWS(""));
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(strstr(evidence.reason, "does not name the cluster"));
}
END_TEST

START_TEST(a_registration_with_an_older_version_is_no_proof)
{
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, NEWER)));
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(strstr(evidence.reason, "not its newest"));
}
END_TEST

START_TEST(a_registration_with_another_key_contradicts)
{
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION("another", CLUSTER_CRN, VERSION)));
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_CONTRADICTED);
}
END_TEST

START_TEST(registrations_that_may_not_be_read_are_no_proof)
{
    reply_to("/keys/registrations", 401, REFUSAL("401", "UNAUTHORIZED_ERR"));
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_NOT_PROVEN);
}
END_TEST

START_TEST(a_cluster_that_is_not_enabled_contradicts)
{
    reply_to("/getCluster?", 200, READY(AFTER, "false"));
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_CONTRADICTED);
}
END_TEST

static const char *const unready[] = {
    UPDATING,
    CLUSTER_OF("normal", "deployed", "error", "Ready", AFTER, "true"),
    CLUSTER_OF("normal", "deployed", "normal", "x", AFTER, "true"),
};

START_TEST(a_master_that_is_not_ready_is_no_proof)
{
    reply_to("/getCluster?", 200, unready[_i]);
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_NOT_PROVEN);
}
END_TEST

START_TEST(a_key_that_is_not_active_is_no_proof)
{
    reply_to("/metadata", 200, METADATA_OF("2", ""));
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(strstr(evidence.reason, "Suspended"));
}
END_TEST

START_TEST(a_former_key_that_still_names_the_cluster_is_no_proof)
{
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY, CRN "-newer", NULL));
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(strstr(evidence.reason, "names the cluster too"));
}
END_TEST

START_TEST(another_key_that_alone_names_the_cluster_contradicts)
{
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY, CRN "-newer", NULL));
    reply_to("/keys/registrations", 200, ROWS(""));
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_CONTRADICTED);
    ck_assert_ptr_nonnull(strstr(evidence.reason, CRN "-newer"));
}
END_TEST

START_TEST(two_keys_of_an_instance_that_name_the_cluster_are_no_proof_of_either)
{
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION("other", CLUSTER_CRN,
                               "v") "," REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(strstr(evidence.reason, "names the cluster too"));
}
END_TEST

START_TEST(without_a_key_nothing_is_proven)
{
    evc_cluster_key_reset(&key);
    ck_assert_int_eq(gather(), ENVCRYPT_OUTCOME_NOT_PROVEN);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        all_facts_together_are_a_proof,
        a_missing_registration_is_no_proof,
        a_registration_with_an_older_version_is_no_proof,
        a_registration_with_another_key_contradicts,
        registrations_that_may_not_be_read_are_no_proof,
        a_cluster_that_is_not_enabled_contradicts,
        a_key_that_is_not_active_is_no_proof,
        another_key_that_alone_names_the_cluster_contradicts,
        two_keys_of_an_instance_that_name_the_cluster_are_no_proof_of_either,
        a_former_key_that_still_names_the_cluster_is_no_proof,
        without_a_key_nothing_is_proven,
        NULL};
    TCase *tcase = tcase_create("evidence");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_master_that_is_not_ready_is_no_proof, 0,
                        sizeof(unready) / sizeof(unready[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_evidence", add_tests)
