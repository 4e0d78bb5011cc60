/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_evidence.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

#define EVENTS(key)                                                                 \
    "{\"Events\":[{\"eventId\":\"E-1\",\"eventTime\":\"2026-01-31T12:00:00Z\","     \
    "\"serviceName\":\"Kms\",\"eventName\":\"Decrypt\",\"userIdentity\":{\"type\":" \
    "\"assumed-role\",\"userName\":\"aliyuncsmanagedsecurityrole:kms\"},"           \
    "\"requestParameters\":{\"KeyId\":\"" key "\"}}]}"
#define NO_EVENTS "{\"Events\":[]}"

static evc_cluster_key key;
static evc_cluster_job job;
static evc_evidence evidence;

static void
set_up(void)
{
    ack_set_up();
    key = ack_wanted();
    job = (evc_cluster_job){.verb = EVC_VERB_VERIFY, .key = &key};
    EVC_CHECK_OK(evc_evidence_init(&evidence, NULL));
}

static void
tear_down(void)
{
    evc_evidence_reset(&evidence);
    evc_cluster_key_reset(&key);
    ack_tear_down();
}

static const struct {
    step steps[2];
    int32_t outcome;
} proofs[] = {
    {{REPLY(DETAIL_OF("running", ON)), REPLY(EVENTS(KEY_ID))}, ENVCRYPT_OUTCOME_PROVEN},
    {{REPLY(DETAIL_OF("running", ON)), REPLY(NO_EVENTS)}, ENVCRYPT_OUTCOME_NOT_PROVEN},
    {{REPLY(DETAIL_OF("running", ON)), REPLY(EVENTS(OTHER_ID))},
     ENVCRYPT_OUTCOME_NOT_PROVEN},
    {{REPLY(DETAIL_OF("running", ON)), FAULT(403, "NoPermission")},
     ENVCRYPT_OUTCOME_NOT_PROVEN},
    {{REPLY(DETAIL_OF("updating", ON)), REPLY(EVENTS(KEY_ID))},
     ENVCRYPT_OUTCOME_NOT_PROVEN},
    {{REPLY(DETAIL_OF("running", PLAIN)), REPLY(EVENTS(KEY_ID))},
     ENVCRYPT_OUTCOME_CONTRADICTED},
    {{REPLY(DETAIL_OF("running", OFF)), REPLY(EVENTS(KEY_ID))},
     ENVCRYPT_OUTCOME_CONTRADICTED},
    {{REPLY(DETAIL_OF("running", ON_UNDER(OTHER_ID))), REPLY(EVENTS(KEY_ID))},
     ENVCRYPT_OUTCOME_CONTRADICTED},
};

START_TEST(capabilities_state_and_trail_give_the_outcome)
{
    script_play(proofs[_i].steps, 2);
    EVC_CHECK_OK(evc_ack_evidence(ack, &job, &t.wait, &evidence, &err));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), proofs[_i].outcome);
}
END_TEST

static const struct {
    const char *detail;
    int32_t outcome;
} offs[] = {
    {DETAIL_OF("running", PLAIN), ENVCRYPT_OUTCOME_PROVEN},
    {DETAIL_OF("running", OFF), ENVCRYPT_OUTCOME_PROVEN},
    {DETAIL_OF("updating", OFF), ENVCRYPT_OUTCOME_NOT_PROVEN},
    {DETAIL_OF("running", ON), ENVCRYPT_OUTCOME_CONTRADICTED},
};

START_TEST(that_it_is_off_takes_no_trail)
{
    job.verb = EVC_VERB_DISABLE;
    PLAY(REPLY(offs[_i].detail));
    EVC_CHECK_OK(evc_ack_evidence(ack, &job, &t.wait, &evidence, &err));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), offs[_i].outcome);
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

static const struct {
    const char *detail;
    int32_t outcome;
} unnamed[] = {
    {DETAIL_OF("running", PLAIN), ENVCRYPT_OUTCOME_CONTRADICTED},
    {DETAIL_OF("running", OFF), ENVCRYPT_OUTCOME_CONTRADICTED},
    {DETAIL_OF("running", ON), ENVCRYPT_OUTCOME_NOT_PROVEN},
};

START_TEST(without_a_key_nothing_is_proven_but_what_was_switched_off)
{
    job.verb = EVC_VERB_VERIFY;
    job.key = NULL;
    PLAY(REPLY(unnamed[_i].detail));
    EVC_CHECK_OK(evc_ack_evidence(ack, &job, &t.wait, &evidence, &err));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), unnamed[_i].outcome);
}
END_TEST

START_TEST(a_cancel_ends_it)
{
    evc_wait_cancel(&t.wait);
    EVC_CHECK_CODE(evc_ack_evidence(ack, &job, &t.wait, &evidence, &err),
                   ENVCRYPT_E_CANCELED);
}
END_TEST

static int
gather_once(void *user)
{
    evc_evidence one;
    int rc;

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    rc = evc_evidence_init(&one, NULL);
    if (rc)
        return rc;
    rc = evc_ack_evidence(ack, &job, &t.wait, &one, NULL);
    evc_evidence_reset(&one);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY(DETAIL_OF("running", ON)), REPLY(EVENTS(KEY_ID)));
    ck_assert_uint_gt(evc_alloc_sweep(gather_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("ack_evidence");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, a_cancel_ends_it);
    tcase_add_test(tcase, survives_memory_that_runs_out);
    tcase_add_loop_test(tcase, capabilities_state_and_trail_give_the_outcome, 0,
                        COUNT(proofs));
    tcase_add_loop_test(tcase, that_it_is_off_takes_no_trail, 0, COUNT(offs));
    tcase_add_loop_test(tcase,
                        without_a_key_nothing_is_proven_but_what_was_switched_off, 0,
                        COUNT(unnamed));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_evidence", add_tests)
