/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-alloc.h"
#include "iks-fixture.h"

START_TEST(what_it_can_is_what_ibm_can)
{
    uint32_t can = evc_cluster_iks.abilities;

    ck_assert(can & EVC_CLUSTER_CAN_CHANGE_KEY);
    ck_assert(can & EVC_CLUSTER_CAN_ROTATE);
    ck_assert(can & EVC_CLUSTER_REWRITES_ITSELF);
    ck_assert(can & EVC_CLUSTER_IRREVERSIBLE);
    ck_assert(can & EVC_CLUSTER_GLOBAL);
    ck_assert(!(can & EVC_CLUSTER_CAN_DISABLE));
    ck_assert(!(can & EVC_CLUSTER_CAN_CREATE));
}
END_TEST

START_TEST(every_option_that_it_takes_can_be_set)
{
    struct envcrypt_cluster_config config;

    evc_cluster_config_init(&config);
    for (const char *const *name = evc_cluster_iks.options; *name; name++)
        ck_assert_int_ne(evc_cluster_option_set(&config, *name, "\x01", NULL),
                         ENVCRYPT_E_UNKNOWN_OPTION);
    for (const char *const *name = evc_cluster_iks.changes; *name; name++)
        ck_assert_int_ne(evc_cluster_change_set(&change, *name, "\x01", NULL),
                         ENVCRYPT_E_UNKNOWN_OPTION);
    evc_cluster_config_reset(&config);
}
END_TEST

/* --- memory that runs out, at every allocation of a look and of a change --- */

static int
one_round(void *user)
{
    evc_error *failed = NULL;
    evc_error **error = &failed;
    evc_cluster_state now;
    evc_cluster_update update;
    evc_cluster_job job = job_of(EVC_VERB_CHANGE_KEY);
    evc_checks checks = {.rows = NULL};
    evc_evidence evidence = {.rows = NULL};
    int rc;

    (void)user;
    evc_cluster_state_init(&now);
    evc_cluster_update_init(&update);
    job.state = &now;
    rc = evc_cluster_iks.read(cluster, &toy.wait, &now, error);
    if (!rc)
        rc = evc_checks_init(&checks, error);
    if (!rc)
        rc = evc_cluster_iks.check(cluster, &job, &toy.wait, &checks, error);
    if (!rc)
        rc = evc_cluster_iks.begin(cluster, &job, &update, &toy.wait, error);
    if (!rc)
        rc = evc_cluster_iks.poll(cluster, &job, &update, &toy.wait, error);
    if (!rc)
        rc = evc_evidence_init(&evidence, error);
    if (!rc)
        rc = evc_cluster_iks.evidence(cluster, &job, &toy.wait, &evidence, error);
    evc_checks_reset(&checks);
    evc_evidence_reset(&evidence);
    evc_cluster_state_reset(&now);
    evc_error_free(failed);
    return rc;
}

START_TEST(without_memory_it_fails_and_keeps_nothing)
{
    take_key();
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION("x", CLUSTER_CRN, "v")));
    reply_to("/v1/policies?", 200, "{\"policies\":[]}");
    reply_to("/v2/groups?", 200, "{\"groups\":[]}");
    reply_to("POST /v2/enableKMS", 201, "{}");
    ck_assert_uint_gt(evc_alloc_sweep(one_round, NULL), 100);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {what_it_can_is_what_ibm_can,
                                  every_option_that_it_takes_can_be_set,
                                  without_memory_it_fails_and_keeps_nothing, NULL};

    add_iks_tests(suite, "iks", tests);
}

EVC_TEST_MAIN("iks", add_tests)
