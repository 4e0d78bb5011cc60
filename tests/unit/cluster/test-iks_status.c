/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_status.h"

static evc_json_doc *doc;
static evc_iks_status status;

static void
set_up(void)
{
    doc = NULL;
    err = NULL;
    evc_cluster_state_init(&state);
}

static void
tear_down(void)
{
    evc_json_free(doc);
    evc_error_free(err);
    evc_cluster_state_reset(&state);
}

static int
read_text(const char *text)
{
    EVC_CHECK_OK(evc_json_parse(evc_view_text(text), "test", &doc, NULL));
    return evc_iks_status_read(evc_json_root(doc), &status, &err);
}

static void
tell(const char *text)
{
    EVC_CHECK_OK(read_text(text));
    EVC_CHECK_OK(evc_iks_status_tell(&status, &state, &err));
}

START_TEST(a_steady_cluster_is_told_whole)
{
    tell(READY(BEFORE, "true"));
    ck_assert_int_eq(state.phase, EVC_CLUSTER_STEADY);
    ck_assert_int_eq(state.encryption, ENVCRYPT_CLUSTER_ENCRYPTION_OWN);
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_ID), ID);
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_NAME), "mine");
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_ACCOUNT), ACCOUNT);
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KIND), "vpc-gen2");
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_SERVER),
                     "https://c1.example:1");
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_MARK), BEFORE " Ready");
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_STATUS),
                     "normal; master deployed, normal: Ready");
    ck_assert_ptr_null(state.issues);
}
END_TEST

START_TEST(members_at_the_top_are_read_too)
{
    tell("{\"id\":\"x\",\"keyProtectEnabled\":true,\"masterState\":\"deployed\","
         "\"masterHealth\":\"normal\",\"masterStatus\":\"Ready\","
         "\"masterStatusModifiedDate\":\"then\",\"masterURL\":\"\","
         "\"serverURL\":\"https://s\"}");
    ck_assert_int_eq(state.phase, EVC_CLUSTER_STEADY);
    ck_assert(status.enabled);
    ck_assert_str_eq(status.changed, "then");
    ck_assert_str_eq(status.server, "https://s");
}
END_TEST

START_TEST(what_is_nested_goes_before_what_is_hoisted_and_empty_is_no_answer)
{
    EVC_CHECK_OK(
        read_text("{\"id\":\"x\",\"masterState\":\"top\",\"masterHealth\":\"h\","
                  "\"lifecycle\":{\"masterState\":\"in\",\"masterHealth\":\"\"}}"));
    ck_assert_str_eq(status.master_state, "in");
    ck_assert_str_eq(status.master_health, "h");
}
END_TEST

static const struct {
    const char *text;
    evc_cluster_phase phase;
} phases[] = {
    {UPDATING, EVC_CLUSTER_CHANGING},
    {CLUSTER_OF("normal", "deploying", "normal", "Ready", AFTER, "false"),
     EVC_CLUSTER_CHANGING},
    {CLUSTER_OF("normal", "deployed", "unavailable", "Ready", AFTER, "false"),
     EVC_CLUSTER_CHANGING},
    {CLUSTER_OF("normal", "deployed", "normal", "Ready, change IN PROGRESS", AFTER,
                "false"),
     EVC_CLUSTER_CHANGING},
    {CLUSTER_OF("normal", "deployed", "normal", "ready (1 min ago)", AFTER, "false"),
     EVC_CLUSTER_STEADY},
    {CLUSTER_OF("normal", "something new", "normal", "Ready", AFTER, "false"),
     EVC_CLUSTER_CHANGING},
    {CLUSTER_OF("normal", "deploy_failed", "normal", "Ready", AFTER, "false"),
     EVC_CLUSTER_BROKEN},
    {CLUSTER_OF("normal", "update_failed", "error", "x", AFTER, "false"),
     EVC_CLUSTER_BROKEN},
    {CLUSTER_OF("normal", "update_cancelled", "normal", "x", AFTER, "false"),
     EVC_CLUSTER_BROKEN},
    {CLUSTER_OF("aborted", "deployed", "normal", "Ready", AFTER, "false"),
     EVC_CLUSTER_BROKEN},
    {CLUSTER_OF("deleting", "deployed", "normal", "Ready", AFTER, "false"),
     EVC_CLUSTER_BROKEN},
};

START_TEST(states_of_the_master_tell_whether_it_can_be_changed)
{
    tell(phases[_i].text);
    ck_assert_int_eq(state.phase, phases[_i].phase);
}
END_TEST

START_TEST(a_cluster_in_trouble_may_lack_its_key)
{
    tell(CLUSTER_OF("critical", "deployed", "error", "x", AFTER, "true"));
    ck_assert(evc_cluster_state_is_sick(&state));
}
END_TEST

START_TEST(trouble_of_a_cluster_without_a_key_is_not_the_keys)
{
    tell(CLUSTER_OF("critical", "deployed", "error", "x", AFTER, "false"));
    ck_assert_uint_eq(state.issues->rows, 1);
    ck_assert(!evc_cluster_state_is_sick(&state));
}
END_TEST

START_TEST(a_warning_alone_says_nothing_of_the_key)
{
    tell(CLUSTER_OF("warning", "deployed", "normal", "Ready", AFTER, "true"));
    ck_assert_uint_eq(state.issues->rows, 1);
    ck_assert(!evc_cluster_state_is_sick(&state));
}
END_TEST

START_TEST(a_master_in_error_may_lack_its_key)
{
    tell(CLUSTER_OF("normal", "deployed", "error", "x", AFTER, "true"));
    ck_assert(evc_cluster_state_is_sick(&state));
}
END_TEST

START_TEST(a_cluster_without_an_id_is_none)
{
    EVC_CHECK_CODE(read_text("{\"name\":\"mine\"}"), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(a_member_of_another_type_is_refused)
{
    EVC_CHECK_CODE(
        read_text("{\"id\":\"x\",\"features\":{\"keyProtectEnabled\":\"yes\"}}"),
        ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(a_status_of_any_length_leaves_the_time_in_the_mark)
{
    static char text[2048];
    static char long_status[1000];

    memset(long_status, 'x', sizeof(long_status) - 1);
    (void)snprintf(text, sizeof(text),
                   "{\"id\":\"x\",\"masterStatus\":\"%s\","
                   "\"masterStatusModifiedDate\":\"then\"}",
                   long_status);
    tell(text);
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_MARK), "then");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_steady_cluster_is_told_whole,
        members_at_the_top_are_read_too,
        what_is_nested_goes_before_what_is_hoisted_and_empty_is_no_answer,
        a_cluster_in_trouble_may_lack_its_key,
        trouble_of_a_cluster_without_a_key_is_not_the_keys,
        a_warning_alone_says_nothing_of_the_key,
        a_master_in_error_may_lack_its_key,
        a_cluster_without_an_id_is_none,
        a_member_of_another_type_is_refused,
        a_status_of_any_length_leaves_the_time_in_the_mark,
        NULL};
    TCase *tcase = tcase_create("status");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, states_of_the_master_tell_whether_it_can_be_changed, 0,
                        sizeof(phases) / sizeof(phases[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_status", add_tests)
