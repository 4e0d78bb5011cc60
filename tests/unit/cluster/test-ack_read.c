/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_read.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

static evc_cluster_state state;
static evc_table *rows;
static bool partial;

static void
set_up(void)
{
    ack_set_up();
    evc_cluster_state_init(&state);
    EVC_CHECK_OK(evc_table_new(evc_cluster_list_columns, &rows, NULL));
}

static void
tear_down(void)
{
    evc_table_free(rows);
    evc_cluster_state_reset(&state);
    ack_tear_down();
}

START_TEST(a_plain_cluster_asks_for_no_key)
{
    PLAY(REPLY(DETAIL_OF("running", PLAIN)));
    EVC_CHECK_OK(evc_ack_read(ack, &t.wait, &state, &err));
    ck_assert_int_eq(state.encryption, ENVCRYPT_CLUSTER_ENCRYPTION_NONE);
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

static const struct {
    step key;
    int32_t key_state;
    const char *about_key; /* NULL = no issue */
} keys[] = {
    {REPLY(DESCRIBED), ENVCRYPT_KEY_ENABLED, NULL},
    {REPLY(METADATA_OF(ARN, KEY_ID, "Disabled", "")), ENVCRYPT_KEY_DISABLED, "yes"},
    {REPLY(METADATA_OF(ARN, KEY_ID, "PendingDeletion", "")),
     ENVCRYPT_KEY_PENDING_DELETION, "yes"},
    {FAULT(404, "Forbidden.KeyNotFound"), ENVCRYPT_KEY_DESTROYED, "yes"},
    {FAULT(403, "Forbidden.InDebt"), ENVCRYPT_KEY_UNAVAILABLE, "yes"},
    {FAULT(403, "Forbidden.NoPermission"), ENVCRYPT_KEY_UNKNOWN, "no"},
    {REPLY("nonsense"), ENVCRYPT_KEY_UNKNOWN, "no"},
    {{.code = ENVCRYPT_E_NET_BROKEN}, ENVCRYPT_KEY_UNKNOWN, "no"},
};

START_TEST(what_is_known_of_the_key_is_told)
{
    PLAY(REPLY(DETAIL_OF("running", ON)), keys[_i].key);
    EVC_CHECK_OK(evc_ack_read(ack, &t.wait, &state, &err));
    ck_assert_ptr_null(err);
    ck_assert_int_eq(state.encryption, ENVCRYPT_CLUSTER_ENCRYPTION_OWN);
    ck_assert_int_eq(state.key_state, keys[_i].key_state);
    if (keys[_i].about_key) {
        ck_assert_uint_eq(state.issues->rows, 1);
        ck_assert_str_eq(ack_cell(state.issues, 0, "about-key"), keys[_i].about_key);
    } else {
        ck_assert_ptr_null(state.issues);
        ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY), ARN);
    }
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY_GIVEN), KEY_ID);
}
END_TEST

START_TEST(a_deadline_during_the_look_at_the_key_ends_it)
{
    PLAY(REPLY(DETAIL_OF("running", ON)), {.silent = true});
    EVC_CHECK_CODE(evc_ack_read(ack, &t.wait, &state, &err), ENVCRYPT_E_TIMEOUT);
    ck_assert_ptr_nonnull(err);
}
END_TEST

static int
list(const char *uses)
{
    return evc_ack_list(ack, uses, &t.wait, rows, &partial, &err);
}

START_TEST(clusters_are_rows_with_their_keys)
{
    PLAY(REPLY(LIST_OF("2", DETAIL_OF("running", PLAIN) "," DETAIL_OF("failed", ON))),
         REPLY(DESCRIBED));
    EVC_CHECK_OK(list(NULL));
    ck_assert_uint_eq(rows->rows, 2);
    ck_assert(!partial);
    ck_assert_str_eq(ack_cell(rows, 0, "encryption"), "none");
    ck_assert_ptr_null(ack_cell(rows, 0, "key"));
    ck_assert_str_eq(ack_cell(rows, 1, "key"), ARN);
    ck_assert_str_eq(ack_cell(rows, 1, "health"), "broken");
}
END_TEST

static const struct {
    const char *uses;
    const char *meta_row;
    size_t rows;
} filters[] = {
    {ARN, DETAIL_OF("running", ON), 1},
    {KEY_ID, DETAIL_OF("running", ON), 1},
    {ARN, DETAIL_OF("running", ON_UNDER(ARN)), 1},
    {OTHER_ARN, DETAIL_OF("running", ON), 0},
    /* What was not stored anew since is still under it. */
    {ARN, DETAIL_OF("running", OFF), 1},
    {OTHER_ARN, DETAIL_OF("running", OFF), 0},
    {ARN, DETAIL_OF("running", PLAIN), 0},
    {ARN, DETAIL_OF("failed", PLAIN), 0},
    {ARN, DETAIL_OF("updating", ON), 1},
};

START_TEST(only_those_that_use_the_key_are_listed)
{
    char text[2048];

    (void)snprintf(text, sizeof(text),
                   "{\"clusters\":[%s],\"page_info\":{"
                   "\"total_count\":1}}",
                   filters[_i].meta_row);
    PLAY(REPLY(text), REPLY(DESCRIBED));
    EVC_CHECK_OK(list(filters[_i].uses));
    ck_assert_uint_eq(rows->rows, filters[_i].rows);
}
END_TEST

START_TEST(a_key_behind_a_switch_that_is_off_comes_with_advice)
{
    PLAY(REPLY(LIST_OF("1", DETAIL_OF("running", OFF))));
    EVC_CHECK_OK(list(ARN));
    ck_assert_str_eq(ack_cell(rows, 0, "encryption"), "none");
    ck_assert_str_eq(ack_cell(rows, 0, "key"), KEY_ID);
    ck_assert_ptr_nonnull(strstr(ack_cell(rows, 0, "what-to-do"), "keep the key"));
    ck_assert(!partial);
}
END_TEST

static const char *const coming[] = {DETAIL_OF("updating", PLAIN),
                                     DETAIL_OF("initial", PLAIN),
                                     DETAIL_OF("updating", ON_UNDER(OTHER_ID))};

START_TEST(one_that_is_being_changed_may_be_about_to_use_the_key)
{
    char text[2048];

    (void)snprintf(text, sizeof(text),
                   "{\"clusters\":[%s],\"page_info\":{\"total_count\":1}}", coming[_i]);
    PLAY(REPLY(text));
    EVC_CHECK_OK(list(ARN));
    ck_assert(partial);
    ck_assert_ptr_null(ack_cell(rows, 0, "name"));
    ck_assert_ptr_nonnull(strstr(ack_cell(rows, 0, "what-to-do"), CLUSTER));
}
END_TEST

START_TEST(one_that_names_an_alias_may_use_any_key)
{
    PLAY(REPLY(LIST_OF("1", DETAIL_OF("running", ON_UNDER("alias/x")))));
    EVC_CHECK_OK(list(ARN));
    ck_assert(partial);
    ck_assert_uint_eq(rows->rows, 1);
    ck_assert_ptr_null(ack_cell(rows, 0, "name"));
    ck_assert_ptr_nonnull(strstr(ack_cell(rows, 0, "what-to-do"), "alias/x"));
}
END_TEST

START_TEST(an_alias_is_not_looked_for)
{
    EVC_CHECK_CODE(list("alias/x"), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(t.started, 0);
}
END_TEST

START_TEST(one_that_cannot_be_read_may_use_any_key)
{
    PLAY(REPLY(LIST_OF("1", DETAIL_OF("running", "{"))));
    EVC_CHECK_OK(list(ARN));
    ck_assert(partial);
    ck_assert_uint_eq(rows->rows, 1);
    ck_assert_ptr_null(ack_cell(rows, 0, "name"));
}
END_TEST

START_TEST(a_region_that_is_not_told_is_a_row_without_a_name)
{
    PLAY(FAULT(403, "StatusForbidden"));
    EVC_CHECK_OK(list(ARN));
    ck_assert(partial);
    ck_assert_ptr_null(ack_cell(rows, 0, "name"));
    ck_assert_str_eq(ack_cell(rows, 0, "region"), REGION);
    ck_assert_ptr_null(err);
}
END_TEST

START_TEST(a_cancel_ends_the_list)
{
    evc_wait_cancel(&t.wait);
    EVC_CHECK_CODE(list(NULL), ENVCRYPT_E_CANCELED);
    ck_assert_ptr_nonnull(err);
}
END_TEST

static int
read_once(void *user)
{
    evc_cluster_state one;
    int rc;

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    evc_cluster_state_init(&one);
    rc = evc_ack_read(ack, &t.wait, &one, NULL);
    evc_cluster_state_reset(&one);
    return rc;
}

static int
list_once(void *user)
{
    evc_table *one = NULL;
    bool part;
    int rc = evc_table_new(evc_cluster_list_columns, &one, NULL);

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    if (!rc)
        rc = evc_ack_list(ack, NULL, &t.wait, one, &part, NULL);
    evc_table_free(one);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY(DETAIL_OF("running", ON)),
         REPLY(METADATA_OF(ARN, KEY_ID, "Disabled", "")));
    ck_assert_uint_gt(evc_alloc_sweep(read_once, NULL), 20);
    PLAY(REPLY(LIST_OF("2", DETAIL_OF("running", "{") "," DETAIL_OF("running", ON))),
         REPLY(DESCRIBED));
    ck_assert_uint_gt(evc_alloc_sweep(list_once, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_plain_cluster_asks_for_no_key,
                                  a_deadline_during_the_look_at_the_key_ends_it,
                                  clusters_are_rows_with_their_keys,
                                  a_key_behind_a_switch_that_is_off_comes_with_advice,
                                  one_that_names_an_alias_may_use_any_key,
                                  an_alias_is_not_looked_for,
                                  one_that_cannot_be_read_may_use_any_key,
                                  a_region_that_is_not_told_is_a_row_without_a_name,
                                  a_cancel_ends_the_list,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("ack_read");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, what_is_known_of_the_key_is_told, 0, COUNT(keys));
    tcase_add_loop_test(tcase, only_those_that_use_the_key_are_listed, 0,
                        COUNT(filters));
    tcase_add_loop_test(tcase, one_that_is_being_changed_may_be_about_to_use_the_key, 0,
                        COUNT(coming));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_read", add_tests)
