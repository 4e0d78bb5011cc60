/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_change.h"
#include "cluster/iks_judge.h"

static evc_cluster_update update;

static void
set_up(void)
{
    iks_set_up();
    evc_cluster_update_init(&update);
    take_key();
    read_state();
    reply_to("POST /v2/enableKMS", 201, "{}");
    reply_to("POST /api/v2/keys/" KEY "/actions/rotate", 204, "");
}

/* The registrations of the key name the cluster, with its newest version. */
static void
register_it(void)
{
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
}

static int
begin(evc_cluster_verb verb)
{
    evc_cluster_job job = job_of(verb);

    return evc_cluster_iks.begin(cluster, &job, &update, &toy.wait, &err);
}

static void
poll_it(evc_cluster_verb verb)
{
    evc_cluster_job job = job_of(verb);

    EVC_CHECK_OK(evc_cluster_iks.poll(cluster, &job, &update, &toy.wait, &err));
}

static size_t
posts(void)
{
    return asked_for("POST /v2/enableKMS");
}

static const seen *
the_post(void)
{
    for (size_t i = 0; i < toy.asked; i++) {
        if (strcmp(toy.requests[i].method, "POST") == 0)
            return &toy.requests[i];
    }
    ck_abort_msg("nothing was sent");
    return NULL;
}

/* --- begin --- */

START_TEST(a_key_that_is_active_is_not_sent_again)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    register_it();
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert(update.needless);
    ck_assert_uint_eq(posts(), 0);
}
END_TEST

START_TEST(another_key_is_sent_when_the_cluster_has_one)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION("other", CLUSTER_CRN, "v")));
    EVC_CHECK_OK(begin(EVC_VERB_CHANGE_KEY));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_uint_eq(posts(), 1);
}
END_TEST

/* --- what somebody else did --- */

#define OTHER_KEY "0b2a1c3d-0000-4000-8000-000000000009"
#define LONG_AGO "2023-11-14T22:03:20+0000" /* ten minutes before WALL_MS */

static void
register_both(void)
{
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION(OTHER_KEY, CLUSTER_CRN,
                               "v") "," REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
}

START_TEST(an_enablement_that_somebody_else_began_is_adopted)
{
    reply_to("/getCluster?", 200, UPDATING);
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    ck_assert_ptr_nonnull(strstr(update.detail, "somebody else's"));
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE); /* not registered yet */
    register_it();
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert(update.adopted && !update.needless);
    ck_assert_uint_eq(posts(), 0);
}
END_TEST

START_TEST(r12_an_enablement_with_another_key_is_not_followed_by_a_switch)
{
    reply_to("/getCluster?", 200, UPDATING);
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    reply_to("/getCluster?", 200, READY(LONG_AGO, "true"));
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION(OTHER_KEY, CLUSTER_CRN, "v")));
    EVC_CHECK_CODE(begin(EVC_VERB_ENABLE), ENVCRYPT_E_CLUSTER_CANNOT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "R12"));
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    ck_assert_uint_eq(posts(), 0);
}
END_TEST

START_TEST(a_switch_follows_another_one_when_the_key_service_had_its_time)
{
    reply_to("/getCluster?", 200, UPDATING);
    EVC_CHECK_OK(begin(EVC_VERB_CHANGE_KEY));
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION(OTHER_KEY, CLUSTER_CRN, "v")));
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    EVC_CHECK_OK(begin(EVC_VERB_CHANGE_KEY));
    ck_assert_uint_eq(posts(), 0); /* it may have got this key */
    reply_to("/getCluster?", 200, READY(LONG_AGO, "true"));
    EVC_CHECK_OK(begin(EVC_VERB_CHANGE_KEY));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert(!update.adopted);
    ck_assert_uint_eq(posts(), 1);
}
END_TEST

START_TEST(a_key_that_nobody_names_is_waited_for_and_never_enabled_over)
{
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_ptr_nonnull(strstr(update.detail, "a moment ago"));
    reply_to("/getCluster?", 200, READY(LONG_AGO, "true"));
    EVC_CHECK_CODE(begin(EVC_VERB_ENABLE), ENVCRYPT_E_CLUSTER_OVERRIDE);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "rotate --key"));
    ck_assert_uint_eq(posts(), 0);
    EVC_CHECK_OK(begin(EVC_VERB_CHANGE_KEY)); /* its registration would be there */
    ck_assert_uint_eq(posts(), 1);
}
END_TEST

START_TEST(of_two_keys_that_name_the_cluster_none_is_sent)
{
    reply_to("/getCluster?", 200, READY(LONG_AGO, "true"));
    register_both();
    EVC_CHECK_CODE(begin(EVC_VERB_CHANGE_KEY), ENVCRYPT_E_CLUSTER_OVERRIDE);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "with another root key"));
    ck_assert_uint_eq(posts(), 0);
    want("override", "registrations");
    EVC_CHECK_OK(begin(EVC_VERB_CHANGE_KEY));
    ck_assert_uint_eq(posts(), 1);
}
END_TEST

START_TEST(a_master_that_is_busy_is_left_alone)
{
    reply_to("/getCluster?", 200,
             CLUSTER_OF("normal", "updating", "normal", "Version update in progress.",
                        AFTER, "false"));
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    ck_assert_ptr_nonnull(strstr(update.detail, "another change"));
    ck_assert(!update.adopted);
    ck_assert_uint_eq(posts(), 0);
}
END_TEST

START_TEST(a_conflict_while_the_master_stands_is_a_refusal)
{
    reply_to("POST /v2/enableKMS", 409, "{\"code\":\"E1\",\"incidentID\":\"i\"}");
    EVC_CHECK_CODE(begin(EVC_VERB_ENABLE), ENVCRYPT_E_SERVICE_CONFLICT);
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    ck_assert_str_eq(evc_error_provider_code(err), "E1");
}
END_TEST

START_TEST(what_stood_before_is_kept_with_what_is_sent)
{
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_str_eq(update.mark, BEFORE " Ready");
}
END_TEST

START_TEST(a_lost_reply_is_no_second_request)
{
    reply_to("POST /v2/enableKMS", 503, "");
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
    ck_assert_uint_eq(posts(), 1);
    reply_to("/getCluster?", 200, UPDATING);
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_uint_eq(posts(), 1);
}
END_TEST

START_TEST(what_did_not_begin_in_time_is_sent_again)
{
    reply_to("POST /v2/enableKMS", 503, "");
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    toy.wall_ahead_ms = EVC_IKS_STALE_MS - 1;
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_uint_eq(posts(), 1);
    toy.wall_ahead_ms = EVC_IKS_STALE_MS;
    reply_to("POST /v2/enableKMS", 201, "{}");
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_uint_eq(posts(), 2);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

START_TEST(an_answer_of_somebody_in_between_accepts_nothing)
{
    reply_to("POST /v2/enableKMS", 200, "<html>Sign in</html>");
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
    ck_assert_uint_eq(posts(), 1);
}
END_TEST

START_TEST(a_change_that_went_by_unseen_is_found_by_its_mark)
{
    update.phase = EVC_UPDATE_SENT;
    update.sent_ms = WALL_MS - 1000;
    (void)snprintf(update.mark, sizeof(update.mark), "%s", BEFORE " Ready");
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    register_it();
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert(!update.needless);
    ck_assert_uint_eq(posts(), 0);
}
END_TEST

START_TEST(a_change_of_which_nobody_knows_when_is_waited_for_first)
{
    update.phase = EVC_UPDATE_SENT;
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
    ck_assert_int_eq(update.sent_ms, WALL_MS);
    ck_assert_uint_eq(posts(), 0);
}
END_TEST

START_TEST(a_rotation_asks_the_key_service)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    register_it();
    EVC_CHECK_OK(begin(EVC_VERB_ROTATE));
    ck_assert_str_eq(the_post()->path, "/api/v2/keys/" KEY "/actions/rotate");
    ck_assert_str_eq(the_post()->body, "");
    ck_assert_ptr_nonnull(
        strstr(the_post()->headers,
               "content-type: application/vnd.ibm.kms.key_action_rotate+json\n"));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

#define ROTATED                                                                      \
    "{\"resources\":[{\"id\":\"" KEY "\",\"state\":1,\"extractable\":false,\"crn\":" \
    "\"" CRN "\",\"keyVersion\":{\"id\":\"" NEWER                                    \
    "\",\"creationDate\":\"2023-11-14T22:13:20Z\"}}]}"

START_TEST(a_rotation_that_was_sent_is_known_by_its_version)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    register_it();
    update.phase = EVC_UPDATE_SENT;
    update.sent_ms = WALL_MS;
    reply_to("/metadata", 200, ROTATED);
    EVC_CHECK_OK(begin(EVC_VERB_ROTATE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_uint_eq(asked_for("/actions/rotate"), 0);
}
END_TEST

START_TEST(a_rotation_that_was_sent_is_not_sent_again_while_the_key_cannot_be_read)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    reply_to("/metadata", 403, "{}");
    update.phase = EVC_UPDATE_SENT;
    update.sent_ms = WALL_MS;
    toy.wall_ahead_ms = EVC_IKS_STALE_MS;
    EVC_CHECK_OK(begin(EVC_VERB_ROTATE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
    ck_assert_uint_eq(asked_for("/actions/rotate"), 0);
}
END_TEST

START_TEST(a_change_needs_a_key)
{
    evc_cluster_job job = job_of(EVC_VERB_ENABLE);

    job.key = NULL;
    EVC_CHECK_CODE(evc_cluster_iks.begin(cluster, &job, &update, &toy.wait, &err),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

/* --- poll --- */

/* A change that was accepted at WALL_MS. */
static void
accept(void)
{
    update.phase = EVC_UPDATE_RUNNING;
    update.sent_ms = WALL_MS;
    (void)snprintf(update.mark, sizeof(update.mark), "%s", BEFORE " Ready");
}

START_TEST(ready_as_before_is_no_end)
{
    accept();
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    register_it();
    poll_it(EVC_VERB_CHANGE_KEY);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_ptr_nonnull(strstr(update.detail, "did not begin"));
}
END_TEST

START_TEST(a_busy_master_tells_its_status)
{
    accept();
    reply_to("/getCluster?", 200, UPDATING);
    poll_it(EVC_VERB_ENABLE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_str_eq(update.detail,
                     "Key management service feature enablement in progress.");
}
END_TEST

START_TEST(ready_and_registered_is_the_end)
{
    accept();
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    register_it();
    poll_it(EVC_VERB_ENABLE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert_int_eq(update.done_ms, WALL_MS);
}
END_TEST

START_TEST(ready_and_not_enabled_is_no_end)
{
    accept();
    reply_to("/getCluster?", 200, READY(AFTER, "false"));
    register_it();
    poll_it(EVC_VERB_ENABLE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

START_TEST(a_registration_is_waited_for)
{
    accept();
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    poll_it(EVC_VERB_ENABLE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_ptr_nonnull(strstr(update.detail, "does not name the cluster"));
    register_it();
    poll_it(EVC_VERB_ENABLE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
}
END_TEST

START_TEST(enabling_ends_without_a_registration_after_some_time)
{
    accept();
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    /* Ready since 22:13:00, and it is 22:13:20.123. */
    toy.wall_ahead_ms = EVC_IKS_REGISTERS_MS - 20124;
    poll_it(EVC_VERB_ENABLE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    toy.wall_ahead_ms++;
    poll_it(EVC_VERB_ENABLE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert_ptr_nonnull(strstr(update.detail, "does not name the cluster"));
}
END_TEST

START_TEST(a_change_of_key_ends_with_its_registration_alone)
{
    accept();
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    toy.wall_ahead_ms = 4 * 3600000;
    poll_it(EVC_VERB_CHANGE_KEY);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

START_TEST(registrations_that_may_not_be_read_leave_the_masters_word)
{
    accept();
    reply_to("/keys/registrations", 401, REFUSAL("401", "UNAUTHORIZED_ERR"));
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    poll_it(EVC_VERB_CHANGE_KEY);
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert_ptr_nonnull(strstr(update.detail, "could not be read"));
}
END_TEST

START_TEST(a_rotation_ends_with_the_newest_version)
{
    accept();
    reply_to("/metadata", 200, ROTATED);
    reply_to("/getCluster?", 200, READY(AFTER, "true"));
    register_it(); /* with the version of before */
    poll_it(EVC_VERB_ROTATE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, NEWER)));
    poll_it(EVC_VERB_ROTATE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
}
END_TEST

START_TEST(trouble_while_the_master_restarts_passes_and_changes_nothing)
{
    evc_cluster_job job = job_of(EVC_VERB_ENABLE);

    accept();
    reply_to("/getCluster?", 503, "");
    ck_assert(evc_error_passes(
        evc_cluster_iks.poll(cluster, &job, &update, &toy.wait, &err)));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

static const char *const failures[] = {
    CLUSTER_OF("normal", "update_failed", "error", "x", AFTER, "false"),
    CLUSTER_OF("normal", "deploy_failed", "error", "x", AFTER, "false"),
    CLUSTER_OF("normal", "update_cancelled", "normal", "x", AFTER, "false"),
    CLUSTER_OF("aborted", "deployed", "normal", "Ready", AFTER, "true"),
    CLUSTER_OF("deleting", "deleting", "normal", "x", AFTER, "true"),
    CLUSTER_OF("deleted", "deployed", "normal", "Ready", AFTER, "true"),
};

START_TEST(a_change_fails_with_the_providers_reason)
{
    accept();
    reply_to("/getCluster?", 200, failures[_i]);
    poll_it(EVC_VERB_ENABLE);
    ck_assert_int_eq(update.phase, EVC_UPDATE_FAILED);
    ck_assert_ptr_nonnull(strstr(update.detail, "the master is "));
}
END_TEST

START_TEST(a_cluster_that_is_gone_is_an_error)
{
    evc_cluster_job job = job_of(EVC_VERB_ENABLE);

    accept();
    reply_to("/getCluster?", 404, "{\"code\":\"G0004\"}");
    EVC_CHECK_CODE(evc_cluster_iks.poll(cluster, &job, &update, &toy.wait, &err),
                   ENVCRYPT_E_CLUSTER_NOT_FOUND);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_key_that_is_active_is_not_sent_again,
        another_key_is_sent_when_the_cluster_has_one,
        an_enablement_that_somebody_else_began_is_adopted,
        r12_an_enablement_with_another_key_is_not_followed_by_a_switch,
        a_switch_follows_another_one_when_the_key_service_had_its_time,
        a_key_that_nobody_names_is_waited_for_and_never_enabled_over,
        of_two_keys_that_name_the_cluster_none_is_sent,
        a_master_that_is_busy_is_left_alone,
        a_conflict_while_the_master_stands_is_a_refusal,
        what_stood_before_is_kept_with_what_is_sent,
        a_lost_reply_is_no_second_request,
        what_did_not_begin_in_time_is_sent_again,
        an_answer_of_somebody_in_between_accepts_nothing,
        a_change_that_went_by_unseen_is_found_by_its_mark,
        a_change_of_which_nobody_knows_when_is_waited_for_first,
        a_rotation_asks_the_key_service,
        a_rotation_that_was_sent_is_known_by_its_version,
        a_rotation_that_was_sent_is_not_sent_again_while_the_key_cannot_be_read,
        a_change_needs_a_key,
        ready_as_before_is_no_end,
        a_busy_master_tells_its_status,
        ready_and_registered_is_the_end,
        ready_and_not_enabled_is_no_end,
        a_registration_is_waited_for,
        enabling_ends_without_a_registration_after_some_time,
        a_change_of_key_ends_with_its_registration_alone,
        registrations_that_may_not_be_read_leave_the_masters_word,
        a_rotation_ends_with_the_newest_version,
        trouble_while_the_master_restarts_passes_and_changes_nothing,
        a_cluster_that_is_gone_is_an_error,
        NULL};
    TCase *tcase = tcase_create("change");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, iks_tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_change_fails_with_the_providers_reason, 0,
                        sizeof(failures) / sizeof(failures[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_change", add_tests)
