/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_evidence.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

/* The cluster was changed last at 12:00:00 (DETAIL_OF). */
#define EVENTS_OF(key, session, time)                                               \
    "{\"Events\":[{\"eventId\":\"E-1\",\"eventTime\":\"2026-01-31T" time "Z\","     \
    "\"serviceName\":\"Kms\",\"eventName\":\"Decrypt\",\"userIdentity\":{\"type\":" \
    "\"assumed-role\",\"userName\":\"aliyuncsmanagedsecurityrole:" session "\"},"   \
    "\"requestParameters\":{\"KeyId\":\"" key "\"}}]}"
#define EVENTS(key) EVENTS_OF(key, "kms", "12:00:01")
#define NO_EVENTS "{\"Events\":[]}"
#define TASKS_AT(time)                                                         \
    "{\"tasks\":[{\"task_id\":\"T\",\"state\":\"success\",\"updated\":\"2026-" \
    "01-31T" time "+00:00\"}]}"
#define TASKS TASKS_AT("11:00:00")
#define STRANGER "c00000000000000000000000000000001"
#define SELF DETAIL_OF("running", ON)
#define OTHER_CLUSTER(state, meta)                                               \
    "{\"cluster_id\":\"" STRANGER "\",\"name\":\"shop\",\"region_id\":\"" REGION \
    "\",\"state\":\"" state "\",\"cluster_type\":\"ManagedKubernetes\","         \
    "\"cluster_spec\":\"ack.pro.small\",\"meta_data\":\"" meta "\"}"
#define ALONE LIST_OF("1", SELF)
#define WITH_OTHER(state, meta) LIST_OF("2", SELF "," OTHER_CLUSTER(state, meta))

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
    step steps[4];
    int32_t outcome;
    const char *reason;
} proofs[] = {
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS(KEY_ID)), REPLY(ALONE)},
     ENVCRYPT_OUTCOME_PROVEN,
     ""},
    {{REPLY(SELF), REPLY(TASKS), REPLY(NO_EVENTS)},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "since the change was over (2026-01-31T12:00:00"},
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS(OTHER_ID))},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "look again"},
    {{REPLY(SELF), REPLY(TASKS), FAULT(403, "NoPermission")},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "could not be asked"},
    {{REPLY(DETAIL_OF("updating", ON)), REPLY(TASKS), REPLY(EVENTS(KEY_ID)),
      REPLY(ALONE)},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "updating"},
    {{REPLY(DETAIL_OF("running", PLAIN)), REPLY(TASKS), REPLY(EVENTS(KEY_ID)),
      REPLY(ALONE)},
     ENVCRYPT_OUTCOME_CONTRADICTED,
     "off"},
    {{REPLY(DETAIL_OF("running", OFF)), REPLY(TASKS), REPLY(EVENTS(KEY_ID)),
      REPLY(ALONE)},
     ENVCRYPT_OUTCOME_CONTRADICTED,
     "off"},
    {{REPLY(DETAIL_OF("running", ON_UNDER(OTHER_ID))), REPLY(TASKS),
      REPLY(EVENTS(KEY_ID)), REPLY(ALONE)},
     ENVCRYPT_OUTCOME_CONTRADICTED,
     OTHER_ID},
    /* Before the last change, of the cluster or its newest task. */
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS_OF(KEY_ID, "kms", "11:59:59"))},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "look again"},
    {{REPLY(SELF), REPLY(TASKS_AT("12:30:00")), REPLY(EVENTS(KEY_ID))},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "2026-01-31T12:30:00"},
    {{REPLY(SELF), FAULT(403, "NoPermission"), REPLY(EVENTS(KEY_ID)), REPLY(ALONE)},
     ENVCRYPT_OUTCOME_PROVEN,
     ""},
    /* Of another cluster, or of who knows which. */
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS_OF(KEY_ID, STRANGER, "12:00:01"))},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "for this cluster"},
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS_OF(KEY_ID, CLUSTER, "12:00:01"))},
     ENVCRYPT_OUTCOME_PROVEN,
     ""},
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS(KEY_ID)),
      REPLY(WITH_OTHER("running", ON))},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "1 other cluster of the Region (" STRANGER ") has this key"},
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS(KEY_ID)),
      REPLY(WITH_OTHER("running", OFF))},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "cannot be told apart"},
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS(KEY_ID)),
      REPLY(WITH_OTHER("updating", PLAIN))},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "may be one"},
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS(KEY_ID)),
      REPLY(WITH_OTHER("running", ON_UNDER(OTHER_ID)))},
     ENVCRYPT_OUTCOME_PROVEN,
     ""},
    {{REPLY(SELF), REPLY(TASKS), REPLY(EVENTS(KEY_ID)), FAULT(403, "StatusForbidden")},
     ENVCRYPT_OUTCOME_NOT_PROVEN,
     "could not be listed"},
};

START_TEST(capabilities_state_and_trail_give_the_outcome)
{
    script_play(proofs[_i].steps, 4);
    EVC_CHECK_OK(evc_ack_evidence(ack, &job, &t.wait, &evidence, &err));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), proofs[_i].outcome);
    ck_assert_msg(strstr(evidence.reason, proofs[_i].reason) != NULL, "%s",
                  evidence.reason);
}
END_TEST

/* Of our own change, with the newest task and an event of 12:00:01. */
static void
change_ended(int64_t ms, const char *tasks)
{
    const step steps[] = {REPLY(SELF),
                          {.status = 200, .body = tasks},
                          REPLY(EVENTS(KEY_ID)),
                          REPLY(ALONE)};

    job.changed_ms = INT64_C(1769860800000) + ms; /* since 12:00:00 */
    script_play(steps, 4);
    EVC_CHECK_OK(evc_ack_evidence(ack, &job, &t.wait, &evidence, &err));
}

START_TEST(the_end_of_our_own_change_counts)
{
    change_ended(1000, TASKS);
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_PROVEN);
}
END_TEST

START_TEST(an_event_before_the_end_of_our_own_change_proves_nothing_and_may_still_come)
{
    change_ended(1001, TASKS);
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert(evc_evidence_may_come(&evidence));
}
END_TEST

START_TEST(the_services_clock_tells_when_the_task_of_our_change_ended)
{
    change_ended(-898000, TASKS_AT("12:00:02"));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_NOT_PROVEN);
}
END_TEST

START_TEST(a_task_long_after_our_change_is_not_its_own)
{
    change_ended(-898001, TASKS_AT("12:00:02"));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_PROVEN);
}
END_TEST

START_TEST(a_cluster_that_shares_its_key_is_not_waited_for)
{
    PLAY(REPLY(SELF), REPLY(TASKS), REPLY(EVENTS(KEY_ID)),
         REPLY(WITH_OTHER("running", ON)));
    EVC_CHECK_OK(evc_ack_evidence(ack, &job, &t.wait, &evidence, &err));
    ck_assert(!evc_evidence_may_come(&evidence));
}
END_TEST

#define TIMELESS \
    "{\"cluster_id\":\"" CLUSTER "\",\"state\":\"running\",\"meta_data\":\"" ON "\"}"

START_TEST(without_any_time_no_event_tells)
{
    PLAY(REPLY(TIMELESS), FAULT(403, "NoPermission"));
    EVC_CHECK_OK(evc_ack_evidence(ack, &job, &t.wait, &evidence, &err));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_uint_eq(t.started, 2);
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
    PLAY(REPLY(SELF), REPLY(TASKS), REPLY(EVENTS(KEY_ID)), REPLY(ALONE));
    ck_assert_uint_gt(evc_alloc_sweep(gather_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("ack_evidence");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, the_end_of_our_own_change_counts);
    tcase_add_test(
        tcase,
        an_event_before_the_end_of_our_own_change_proves_nothing_and_may_still_come);
    tcase_add_test(tcase, the_services_clock_tells_when_the_task_of_our_change_ended);
    tcase_add_test(tcase, a_task_long_after_our_change_is_not_its_own);
    tcase_add_test(tcase, a_cluster_that_shares_its_key_is_not_waited_for);
    tcase_add_test(tcase, without_any_time_no_event_tells);
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
