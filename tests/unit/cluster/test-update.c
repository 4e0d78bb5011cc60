/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/update.h"

#include "evc-check.h"

START_TEST(nothing_was_sent_at_first)
{
    evc_cluster_update update;

    evc_cluster_update_init(&update);
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    ck_assert_int_eq(update.sent_ms, -1);
    ck_assert_int_eq(update.done_ms, -1);
    ck_assert_str_eq(update.token, "");
}
END_TEST

START_TEST(the_words_of_a_provider_are_fit_for_a_terminal)
{
    evc_cluster_update update;

    evc_cluster_update_init(&update);
    (void)snprintf(update.id, sizeof(update.id), "u\n1");
    (void)snprintf(update.detail, sizeof(update.detail), "\033[2Jcaf\xc3");
    (void)snprintf(update.request_id, sizeof(update.request_id), "r\xff");
    evc_cluster_update_clean(&update);
    ck_assert_str_eq(update.id, "u?1");
    ck_assert_str_eq(update.detail, "?[2Jcaf?");
    ck_assert_str_eq(update.request_id, "r?");
}
END_TEST

START_TEST(what_is_said_of_it_is_cut_and_clean)
{
    evc_cluster_update update;
    char text[EVC_UPDATE_TEXT + 2];

    memset(text, 'x', sizeof(text) - 1);
    text[sizeof(text) - 1] = '\0';
    evc_cluster_update_init(&update);
    evc_cluster_update_tell(&update, "%s", text);
    ck_assert_uint_eq(strlen(update.detail), EVC_UPDATE_TEXT - 1);
    evc_cluster_update_tell(&update, "the cluster is %s", "\033[2J");
    ck_assert_str_eq(update.detail, "the cluster is ?[2J");
}
END_TEST

START_TEST(names_of_phases_go_both_ways)
{
    evc_update_phase phase;

    for (int i = EVC_UPDATE_NONE; i <= EVC_UPDATE_FAILED; i++) {
        ck_assert(evc_cluster_update_phase_of(
            evc_cluster_update_phase_name((evc_update_phase)i), &phase));
        ck_assert_int_eq(phase, i);
    }
    ck_assert(!evc_cluster_update_phase_of("lost", &phase));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        nothing_was_sent_at_first, the_words_of_a_provider_are_fit_for_a_terminal,
        what_is_said_of_it_is_cut_and_clean, names_of_phases_go_both_ways, NULL};

    evc_check_add(suite, "update", all);
}

EVC_TEST_MAIN("update", add_tests)
