/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_change.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

#define NOW WALL_AT_START
#define TASK_LIST                                                                      \
    "{\"tasks\":[{\"task_id\":\"T\",\"state\":\"failed\",\"error\":{\"code\":\"Bad\"," \
    "\"message\":\"no way\"}}]}"

static evc_cluster_key key;
static evc_cluster_update update;
static evc_cluster_job job;

static void
set_up(void)
{
    ack_set_up();
    key = ack_wanted();
    job = (evc_cluster_job){.verb = EVC_VERB_ENABLE, .key = &key};
    evc_cluster_update_init(&update);
}

static void
tear_down(void)
{
    evc_cluster_key_reset(&key);
    ack_tear_down();
}

static int
begin(void)
{
    evc_error_free(err);
    err = NULL;
    return evc_ack_change_begin(ack, &job, &update, &t.wait, &err);
}

/* How often something was put. */
static size_t
puts_sent(void)
{
    size_t count = 0;

    for (const char *at = asked; (at = strstr(at, "PUT ")); at++)
        count++;
    return count;
}

/* --- the request --- */

static void
check_body(const char *text)
{
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_OK(evc_ack_change_write(&job, &out, NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&out), text));
    evc_buf_reset(&out);
}

START_TEST(enabling_sends_both_members_and_disabling_no_key)
{
    check_body("{\"disable_encryption\":false,\"kms_key_id\":\"" KEY_ID "\"}");
    job.verb = EVC_VERB_CHANGE_KEY;
    check_body("{\"disable_encryption\":false,\"kms_key_id\":\"" KEY_ID "\"}");
    job.verb = EVC_VERB_DISABLE;
    check_body("{\"disable_encryption\":true}");
}
END_TEST

/* --- judging --- */

static const struct {
    const char *detail;
    evc_update_phase before;
    int64_t sent_ago_ms; /* -1 = unknown */
    evc_update_phase after;
} looks[] = {
    {DETAIL_OF("running", ON), EVC_UPDATE_RUNNING, 1000, EVC_UPDATE_DONE},
    {DETAIL_OF("running", ON), EVC_UPDATE_SENT, 1000, EVC_UPDATE_DONE},
    {DETAIL_OF("running", ON), EVC_UPDATE_RUNNING, -1, EVC_UPDATE_DONE},
    {DETAIL_OF("updating", PLAIN), EVC_UPDATE_RUNNING, 1000, EVC_UPDATE_RUNNING},
    {DETAIL_OF("updating", ON), EVC_UPDATE_RUNNING, 1000, EVC_UPDATE_RUNNING},
    {DETAIL_OF("updating", PLAIN), EVC_UPDATE_SENT, 1000, EVC_UPDATE_RUNNING},
    {DETAIL_OF("running", PLAIN), EVC_UPDATE_RUNNING, 0, EVC_UPDATE_RUNNING},
    {DETAIL_OF("running", PLAIN), EVC_UPDATE_RUNNING, EVC_ACK_GRACE_MS - 1,
     EVC_UPDATE_RUNNING},
    {DETAIL_OF("running", PLAIN), EVC_UPDATE_RUNNING, EVC_ACK_GRACE_MS,
     EVC_UPDATE_FAILED},
    {DETAIL_OF("running", OFF), EVC_UPDATE_RUNNING, EVC_ACK_GRACE_MS,
     EVC_UPDATE_FAILED},
    {DETAIL_OF("running", ON_UNDER(OTHER_ID)), EVC_UPDATE_RUNNING, EVC_ACK_GRACE_MS,
     EVC_UPDATE_FAILED},
    {DETAIL_OF("running", PLAIN), EVC_UPDATE_SENT, EVC_ACK_GRACE_MS - 1,
     EVC_UPDATE_SENT},
    {DETAIL_OF("running", PLAIN), EVC_UPDATE_SENT, EVC_ACK_GRACE_MS, EVC_UPDATE_NONE},
    {DETAIL_OF("running", PLAIN), EVC_UPDATE_SENT, -1, EVC_UPDATE_NONE},
    /* Sent by a clock that was set back since. */
    {DETAIL_OF("running", PLAIN), EVC_UPDATE_SENT, -3600000, EVC_UPDATE_NONE},
    {DETAIL_OF("updating_failed", PLAIN), EVC_UPDATE_RUNNING, 1000, EVC_UPDATE_FAILED},
    {DETAIL_OF("failed", ON), EVC_UPDATE_RUNNING, 1000, EVC_UPDATE_FAILED},
    {DETAIL_OF("deleting", PLAIN), EVC_UPDATE_SENT, 1000, EVC_UPDATE_FAILED},
    {DETAIL_OF("stopped", PLAIN), EVC_UPDATE_RUNNING, 1000, EVC_UPDATE_FAILED},
    {DETAIL_OF("scaling", PLAIN), EVC_UPDATE_RUNNING, 1000, EVC_UPDATE_RUNNING},
};

START_TEST(a_look_tells_how_far_a_change_is)
{
    evc_ack_detail detail;

    EVC_CHECK_OK(evc_ack_detail_read(ack_json(looks[_i].detail), &detail, NULL));
    update.phase = looks[_i].before;
    update.sent_ms = looks[_i].sent_ago_ms == -1 ? -1 : NOW - looks[_i].sent_ago_ms;
    evc_ack_change_judge(&detail, KEY_ID, NOW, &update);
    ck_assert_str_eq(evc_cluster_update_phase_name(update.phase),
                     evc_cluster_update_phase_name(looks[_i].after));
    ck_assert_uint_gt(strlen(update.detail), 0);
    ck_assert_int_eq(update.done_ms >= 0, update.phase == EVC_UPDATE_DONE);
    evc_ack_detail_reset(&detail);
    ack_json_end();
}
END_TEST

/* --- begin --- */

START_TEST(a_change_is_one_put)
{
    PLAY(REPLY(DETAIL_OF("running", PLAIN)), REPLY(""));
    EVC_CHECK_OK(begin());
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_int_ge(update.sent_ms, NOW);
    ck_assert_str_eq(
        asked, "GET /clusters/" CLUSTER " \nPUT /clusters/" CLUSTER
               "/kms {\"disable_encryption\":false,\"kms_key_id\":\"" KEY_ID "\"}\n");
}
END_TEST

START_TEST(what_is_so_already_is_needless)
{
    PLAY(REPLY(DETAIL_OF("running", ON)));
    EVC_CHECK_OK(begin());
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert(update.needless);
    ck_assert_uint_eq(puts_sent(), 0);
}
END_TEST

START_TEST(somebody_elses_change_to_the_same_is_adopted)
{
    PLAY(REPLY(DETAIL_OF("updating", ON)));
    EVC_CHECK_OK(begin());
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert(update.adopted);
    ck_assert_uint_eq(puts_sent(), 0);
}
END_TEST

static const char *const waits_for[] = {"updating", "scaling", "initial",
                                        "updating_failed", "deleting"};

START_TEST(nothing_is_sent_to_a_cluster_that_is_not_running)
{
    char text[1024];

    (void)snprintf(text, sizeof(text), DETAIL_OF("%s", PLAIN), waits_for[_i]);
    PLAY(REPLY(text));
    EVC_CHECK_OK(begin());
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    ck_assert_ptr_nonnull(strstr(update.detail, waits_for[_i]));
    ck_assert_uint_eq(puts_sent(), 0);
}
END_TEST

START_TEST(r27_the_cool_down_is_waited_for)
{
    PLAY(REPLY(DETAIL_OF("running", PLAIN)), FAULT(409, "ErrorClusterState"));
    EVC_CHECK_OK(begin());
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    ck_assert_int_eq(update.sent_ms, -1);
    ck_assert_ptr_nonnull(strstr(update.detail, "five minutes"));
    ck_assert_ptr_null(err);
}
END_TEST

START_TEST(r28_the_rbac_role_is_named)
{
    PLAY(REPLY(DETAIL_OF("running", PLAIN)), FAULT(403, "ForbiddenUpdateKMSState"));
    EVC_CHECK_CODE(begin(), ENVCRYPT_E_DENIED);
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "O&M engineer"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), CLUSTER));
    ck_assert_str_eq(evc_error_provider_code(err), "ForbiddenUpdateKMSState");
    ck_assert_ptr_nonnull(evc_error_cause(err));
}
END_TEST

START_TEST(r28_without_an_error_object_is_the_same_code)
{
    PLAY(REPLY(DETAIL_OF("running", PLAIN)), FAULT(403, "ForbiddenUpdateKMSState"));
    EVC_CHECK_CODE(evc_ack_change_begin(ack, &job, &update, &t.wait, NULL),
                   ENVCRYPT_E_DENIED);
}
END_TEST

START_TEST(a_lost_reply_leaves_it_sent)
{
    PLAY(REPLY(DETAIL_OF("running", PLAIN)),
         {.code = ENVCRYPT_E_NET_BROKEN, .sent = true});
    EVC_CHECK_CODE(begin(), ENVCRYPT_E_NET_BROKEN);
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
    ck_assert_int_ge(update.sent_ms, NOW);
    ck_assert_uint_eq(puts_sent(), 1);
}
END_TEST

START_TEST(trouble_of_the_service_leaves_it_sent)
{
    PLAY(REPLY(DETAIL_OF("running", PLAIN)), FAULT(500, "InternalError"));
    EVC_CHECK_CODE(begin(), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
    ck_assert_uint_eq(puts_sent(), 1);
}
END_TEST

START_TEST(what_may_have_been_sent_is_not_sent_again_in_two_minutes)
{
    update.phase = EVC_UPDATE_SENT;
    update.sent_ms = NOW;
    PLAY(REPLY(DETAIL_OF("running", PLAIN)));
    EVC_CHECK_OK(begin());
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
    ck_assert_uint_eq(puts_sent(), 0);
    update.sent_ms = NOW - EVC_ACK_GRACE_MS - 1000;
    PLAY(REPLY(DETAIL_OF("running", PLAIN)), REPLY(DETAIL_OF("running", PLAIN)),
         REPLY(""));
    EVC_CHECK_OK(begin());
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_uint_eq(puts_sent(), 1);
}
END_TEST

/* --- poll --- */

START_TEST(a_failure_has_the_error_of_the_newest_task)
{
    update.phase = EVC_UPDATE_RUNNING;
    PLAY(REPLY(DETAIL_OF("updating_failed", PLAIN)), REPLY(TASK_LIST));
    EVC_CHECK_OK(evc_ack_change_poll(ack, &job, &update, &t.wait, &err));
    ck_assert_int_eq(update.phase, EVC_UPDATE_FAILED);
    ck_assert_ptr_nonnull(strstr(update.detail, "updating_failed"));
    ck_assert_ptr_nonnull(strstr(update.detail, "Bad: no way"));
}
END_TEST

START_TEST(a_failure_whose_task_is_not_told_is_one_all_the_same)
{
    update.phase = EVC_UPDATE_RUNNING;
    PLAY(REPLY(DETAIL_OF("failed", PLAIN)), FAULT(403, "StatusForbidden"));
    EVC_CHECK_OK(evc_ack_change_poll(ack, &job, &update, &t.wait, &err));
    ck_assert_int_eq(update.phase, EVC_UPDATE_FAILED);
}
END_TEST

START_TEST(trouble_that_passes_is_told_as_that_and_changes_nothing)
{
    update.phase = EVC_UPDATE_RUNNING;
    PLAY(FAULT(503, "ServiceUnavailable"));
    ck_assert(evc_error_passes(evc_ack_change_poll(ack, &job, &update, &t.wait, &err)));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

START_TEST(what_does_not_pass_ends_the_look)
{
    update.phase = EVC_UPDATE_RUNNING;
    PLAY(FAULT(403, "StatusForbidden"));
    EVC_CHECK_CODE(evc_ack_change_poll(ack, &job, &update, &t.wait, &err),
                   ENVCRYPT_E_DENIED);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

static int
begin_once(void *user)
{
    evc_cluster_update one;

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    evc_cluster_update_init(&one);
    return evc_ack_change_begin(ack, &job, &one, &t.wait, NULL);
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY(DETAIL_OF("running", PLAIN)), REPLY(""));
    ck_assert_uint_gt(evc_alloc_sweep(begin_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        enabling_sends_both_members_and_disabling_no_key,
        a_change_is_one_put,
        what_is_so_already_is_needless,
        somebody_elses_change_to_the_same_is_adopted,
        r27_the_cool_down_is_waited_for,
        r28_the_rbac_role_is_named,
        r28_without_an_error_object_is_the_same_code,
        a_lost_reply_leaves_it_sent,
        trouble_of_the_service_leaves_it_sent,
        what_may_have_been_sent_is_not_sent_again_in_two_minutes,
        a_failure_has_the_error_of_the_newest_task,
        a_failure_whose_task_is_not_told_is_one_all_the_same,
        trouble_that_passes_is_told_as_that_and_changes_nothing,
        what_does_not_pass_ends_the_look,
        survives_memory_that_runs_out,
        NULL};
    TCase *tcase = tcase_create("ack_change");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_look_tells_how_far_a_change_is, 0, COUNT(looks));
    tcase_add_loop_test(tcase, nothing_is_sent_to_a_cluster_that_is_not_running, 0,
                        COUNT(waits_for));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_change", add_tests)
