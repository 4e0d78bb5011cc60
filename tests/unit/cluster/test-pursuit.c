/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/pursuit.h"

#include <errno.h>
#include <signal.h>

#include "evc-alloc.h"
#include "evc-child.h"
#include "evc-io.h"
#include "toy-cloud.h"

static void
set_up(void)
{
    cloud_set_up();
    evc_io_reset();
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF; /* only the change counts */
}

static int
enable(void)
{
    return cloud_change(EVC_VERB_ENABLE);
}

static void
well(int rc)
{
    ck_assert_msg(rc == 0, "%s: %s", evc_error_name(rc), evc_error_message(error));
    ck_assert_str_eq(cloud->key, KEY_A);
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
}

/* --- one request for one token ---------------------------------------------------- */

START_TEST(a_token_is_a_random_uuid)
{
    char first[40];

    well(enable());
    (void)snprintf(first, sizeof(first), "%s", report->update.token);
    ck_assert_uint_eq(strlen(first), 36);
    ck_assert_int_eq(first[14], '4');
    cloud->key[0] = '\0';
    cloud->encryption = ENVCRYPT_CLUSTER_ENCRYPTION_NONE;
    well(enable());
    ck_assert_str_ne(report->update.token, first);
}
END_TEST

START_TEST(a_lost_reply_is_asked_again_with_the_same_token)
{
    cloud->lost = 2;
    cloud->looks_left = 5;
    well(enable());
    ck_assert_int_eq(cloud->heard, 1);
    ck_assert_int_eq(cloud->begins, 2); /* the second finds it under way */
}
END_TEST

START_TEST(trouble_that_passes_is_waited_out)
{
    cloud->begin_codes[0] = ENVCRYPT_E_SERVICE_DOWN;
    cloud->begin_codes[1] = ENVCRYPT_E_THROTTLED;
    well(enable());
    ck_assert_int_eq(cloud->begins, 3);
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(a_refusal_is_no_change_under_way)
{
    cloud->begin_codes[0] = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_DENIED);
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_NONE);
    ck_assert_ptr_null(strstr(report->next, "cluster wait"));
    well(enable());
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

static const int no_answers[] = {ENVCRYPT_E_DENIED, ENVCRYPT_E_AUTH,
                                 ENVCRYPT_E_THROTTLED};

START_TEST(what_may_have_been_heard_stays_so_when_it_may_not_be_looked_at)
{
    char first[40];

    cloud->lost = 1;
    for (size_t i = 1; i < 4; i++)
        cloud->begin_codes[i] = no_answers[_i];
    ck_assert_int_ne(enable(), 0);
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_SENT);
    ck_assert_ptr_nonnull(strstr(report->next, "repeat the command"));
    (void)snprintf(first, sizeof(first), "%s", report->update.token);
    (void)memset(cloud->begin_codes, 0, sizeof(cloud->begin_codes));
    well(enable());
    ck_assert_str_eq(report->update.token, first);
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(another_change_under_way_is_waited_for)
{
    cloud->busy = 3;
    well(enable());
    ck_assert_int_eq(cloud->begins, 4);
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(the_same_change_of_another_tool_is_adopted)
{
    cloud->adopts = true;
    well(enable());
    ck_assert(report->update.adopted);
    ck_assert_int_eq(cloud->heard, 0);
    ck_assert_int_eq(report->update.sent_ms, -1);
    ck_assert_int_gt(report->update.done_ms, 0);
}
END_TEST

/* --- its end ---------------------------------------------------------------------- */

START_TEST(a_failed_change_is_told_with_its_reason_and_begun_anew)
{
    char first[40];

    cloud->fails = true;
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_CLUSTER_FAILED);
    ck_assert(cloud_says("AccessDenied: no grant"));
    (void)snprintf(first, sizeof(first), "%s", report->update.token);
    cloud->fails = false;
    well(enable());
    ck_assert_str_ne(report->update.token, first);
    ck_assert_int_eq(cloud->heard, 2);
}
END_TEST

static int
poll_with_commands(evc_cluster *of, const evc_cluster_job *job,
                   evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    int rc = cloud_poll(of, job, update, wait, err);

    (void)snprintf(update->detail, sizeof(update->detail), "\033[2Jdone");
    return rc;
}

START_TEST(what_a_provider_says_has_no_commands_for_a_terminal)
{
    cloud_driver.poll = poll_with_commands;
    well(enable());
    ck_assert_str_eq(report->update.detail, "?[2Jdone");
    cloud_driver.poll = cloud_poll;
}
END_TEST

START_TEST(looks_that_fail_for_a_while_are_tolerated)
{
    cloud->deaf_looks = 5;
    well(enable());
    ck_assert_int_eq(cloud->polls, 8);
}
END_TEST

START_TEST(three_replies_that_are_not_understood_are_tolerated)
{
    cloud->looks_left = 2;
    cloud->deaf_code = ENVCRYPT_E_PROTOCOL;
    cloud->deaf_looks = 3;
    EVC_CHECK_OK(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
}
END_TEST

START_TEST(a_fourth_reply_that_is_not_understood_ends_the_wait_and_keeps_the_place)
{
    cloud->looks_left = 2;
    cloud->deaf_code = ENVCRYPT_E_PROTOCOL;
    cloud->deaf_looks = 4;
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(report->next, "cluster wait"));
}
END_TEST

START_TEST(without_waiting_what_was_accepted_before_is_looked_at_once)
{
    cloud->looks_left = 1;
    cloud_set("wait", "no");
    EVC_CHECK_OK(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(cloud->polls, 0);
    EVC_CHECK_OK(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(cloud->polls, 1);
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_RUNNING);
    EVC_CHECK_OK(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(a_look_that_is_denied_ends_the_wait_and_keeps_the_place)
{
    cloud->poll_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_DENIED);
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_RUNNING);
    ck_assert_ptr_nonnull(strstr(report->next, report->state_file));
    cloud->poll_code = 0;
    well(enable());
    ck_assert_int_eq(cloud->heard, 1);
    ck_assert_int_eq(cloud->begins, 1);
}
END_TEST

/* --- time ------------------------------------------------------------------------- */

START_TEST(pauses_grow_between_their_bounds)
{
    int64_t began = k.now;

    cloud->looks_left = 9; /* 1, 2, 3, 4.5, 6.75, 8 … seconds, each by a quarter */
    well(enable());
    ck_assert_int_ge(k.now - began, 48 * 1000);
    ck_assert_int_le(k.now - began, 72 * 1000);
}
END_TEST

START_TEST(the_providers_time_is_the_limit)
{
    int64_t began = k.now;

    cloud->looks_left = 1000000;
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(k.now - began, 600000);
    ck_assert(cloud_says("InProgress"));
    ck_assert_ptr_nonnull(strstr(report->next, "cluster wait eks://eu-west-1/prod"));
}
END_TEST

START_TEST(the_callers_time_is_the_limit)
{
    int64_t began = k.now;

    cloud->looks_left = 1000000;
    cloud_set("timeout-ms", "30000");
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_eq(k.now - began, 30000);
    cloud->looks_left = 0;
    well(enable());
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(canceling_leaves_the_place)
{
    cloud->looks_left = 1000000;
    cancel_at_poll = &k.wait;
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_CANCELED);
    ck_assert_ptr_nonnull(strstr(report->next, report->state_file));
    cancel_at_poll = NULL;
    evc_wait_release(&k.wait);
    evc_wait_init(&k.wait, &k.env->clock, 3600000);
    cloud->looks_left = 0;
    well(enable());
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

/* --- the state file --------------------------------------------------------------- */

START_TEST(nothing_is_sent_before_the_file_says_so)
{
    evc_io_fail("renameat", 0, EIO);
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_IO);
    ck_assert_int_eq(cloud->begins, 0);
    evc_io_reset();
    well(enable());
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(a_file_that_cannot_be_written_after_the_request_ends_the_flow)
{
    evc_io_fail("renameat", 1, EIO);
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_IO);
    ck_assert_int_eq(cloud->heard, 1);
    evc_io_reset();
    well(enable());
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(another_key_waits_for_the_change_that_is_under_way)
{
    cloud->poll_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_DENIED);
    cloud->poll_code = 0;
    cloud_set("key", KEY_B);
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_CLUSTER_BUSY);
    ck_assert(cloud_says(KEY_A));
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

/* --- kill -9 ---------------------------------------------------------------------- */

/* Opens all anew, as a child must, and goes on as the parent would. */
static int
enable_in_child(void *user)
{
    const size_t *rename = user;
    const evc_clock clock = {kube_wall, kube_monotonic, kube_wait, NULL};
    const evc_net_settings settings = {.max_attempts = 2, .deadline_ms = 30000};

    if (evc_env_open(65536, false, &clock, NULL, &k.env, NULL) ||
        evc_net_open(k.env, &settings, &toy_transport, &k, NULL, &k.net, NULL) ||
        evc_crypto_open(k.env, &k.crypto, NULL) ||
        cloud_open_cluster("eks://eu-west-1/prod"))
        return 1;
    evc_wait_init(&k.wait, &k.env->clock, 3600000);
    if (rename)
        evc_io_before("renameat", *rename, cloud_die);
    return evc_flow_change(cluster, EVC_VERB_ENABLE, &change, NULL, &k.wait, &report,
                           NULL)
               ? 2
               : 0;
}

static void
finished_once(int at)
{
    EVC_CHECK_CHILD(enable_in_child, NULL);
    ck_assert_msg(cloud->heard == 1, "killed at %d: heard %d times", at, cloud->heard);
    ck_assert_msg(strcmp(cloud->key, KEY_A) == 0, "killed at %d: no key", at);
    ck_assert_str_eq(cloud->token, "");
}

static void
begin_anew(void)
{
    toy_cloud fresh = {.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER,
                       .die_at = -1,
                       .looks_left = 2,
                       .version_ms = -1};

    *cloud = fresh;
    evc_folder_remove();
    ck_assert_int_eq(mkdir(evc_folder, 0700), 0);
}

START_TEST(killed_at_any_request_it_ends_the_same_with_one_change)
{
    int at = 0;
    int status;

    for (;; at++) {
        begin_anew();
        cloud->die_at = at;
        status = evc_child_status(enable_in_child, NULL);
        if (WIFEXITED(status))
            break;
        cloud->die_at = -1;
        finished_once(at);
    }
    ck_assert_int_eq(status, 0);
    ck_assert_int_eq(at, 5); /* before and after it was heard, and at three looks */
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(killed_at_any_write_of_the_file_it_ends_the_same_with_one_change)
{
    size_t at = 0;
    int status;

    for (;; at++) {
        begin_anew();
        status = evc_child_status(enable_in_child, &at);
        if (WIFEXITED(status))
            break;
        finished_once((int)at);
    }
    ck_assert_int_eq(status, 0);
    ck_assert_uint_ge(at, 3); /* sent, running, done at least */
}
END_TEST

/* --- memory ----------------------------------------------------------------------- */

static int
enable_afresh(void *user)
{
    evc_cluster_report *r = NULL;
    int rc;

    (void)user;
    *cloud = (toy_cloud){.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER,
                         .die_at = -1,
                         .version_ms = -1};
    rc = evc_flow_change(cluster, EVC_VERB_ENABLE, &change, NULL, &k.wait, &r, NULL);
    evc_cluster_report_free(r);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    (void)evc_kv_remove(&cluster->options, evc_view_text("state-dir"));
    ck_assert_uint_gt(evc_alloc_sweep(enable_afresh, NULL), 30);
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        a_token_is_a_random_uuid,
        a_lost_reply_is_asked_again_with_the_same_token,
        trouble_that_passes_is_waited_out,
        a_refusal_is_no_change_under_way,
        another_change_under_way_is_waited_for,
        the_same_change_of_another_tool_is_adopted,
        a_failed_change_is_told_with_its_reason_and_begun_anew,
        looks_that_fail_for_a_while_are_tolerated,
        three_replies_that_are_not_understood_are_tolerated,
        a_fourth_reply_that_is_not_understood_ends_the_wait_and_keeps_the_place,
        without_waiting_what_was_accepted_before_is_looked_at_once,
        what_a_provider_says_has_no_commands_for_a_terminal,
        a_look_that_is_denied_ends_the_wait_and_keeps_the_place,
        pauses_grow_between_their_bounds,
        the_providers_time_is_the_limit,
        the_callers_time_is_the_limit,
        canceling_leaves_the_place,
        nothing_is_sent_before_the_file_says_so,
        a_file_that_cannot_be_written_after_the_request_ends_the_flow,
        another_key_waits_for_the_change_that_is_under_way,
        killed_at_any_request_it_ends_the_same_with_one_change,
        killed_at_any_write_of_the_file_it_ends_the_same_with_one_change,
        survives_any_failed_allocation};
    TCase *tcase = tcase_create("pursuit");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, cloud_tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    tcase_add_loop_test(tcase,
                        what_may_have_been_heard_stays_so_when_it_may_not_be_looked_at,
                        0, sizeof(no_answers) / sizeof(no_answers[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("pursuit", add_tests)
