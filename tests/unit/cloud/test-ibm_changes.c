/* SPDX-License-Identifier: Apache-2.0 */
#include "ibm-fixture.h"

static evc_table *table;
static evc_error *err;

static void
begin(void)
{
    open_service();
    start_over();
    table = NULL;
    err = NULL;
}

static void
end(void)
{
    evc_table_free(table);
    evc_error_free(err);
}

static const struct {
    const char *action;
    const char *path;
    bool guarded;
    bool once;
} rows[] = {
    {"rotate-key", "/api/v2/keys/" KEY "/actions/rotate", false, true},
    {"enable-key", "/api/v2/keys/" KEY "/actions/enable", false, false},
    {"disable-key", "/api/v2/keys/" KEY "/actions/disable", true, false},
    {"restore-key", "/api/v2/keys/" KEY "/restore", false, true},
};
#define ROWS (sizeof(rows) / sizeof(rows[0]))

START_TEST(a_change_shows_the_key_as_it_is_then)
{
    for (size_t i = 0; i < ROWS; i++) {
        begin();
        reply_with(204, "");
        reply_with(200, METADATA);
        EVC_CHECK_OK(RUN(rows[i].action, rows[i].guarded, &table, &err, "key", KEY));
        ck_assert_str_eq(toy.requests[0].method, "POST");
        ck_assert_str_eq(toy.requests[0].path, rows[i].path);
        ck_assert_str_eq(toy.requests[0].body, "");
        ck_assert_str_eq(toy.requests[1].path, "/api/v2/keys/" KEY "/metadata");
        ck_assert_str_eq(cell(table, 0, "key"), KEY);
        end();
    }
}
END_TEST

START_TEST(what_counts_when_it_is_done_twice_is_sent_once)
{
    for (size_t i = 0; i < ROWS; i++) {
        begin();
        reply_with(503, "");
        EVC_CHECK_CODE(RUN(rows[i].action, rows[i].guarded, &table, &err, "key", KEY),
                       ENVCRYPT_E_SERVICE_DOWN);
        ck_assert_uint_eq(toy.asked, rows[i].once ? 1 : 3);
        end();
    }
}
END_TEST

START_TEST(a_refusal_shows_no_key)
{
    for (size_t i = 0; i < ROWS; i++) {
        begin();
        reply_with(409, REFUSAL("409", "REQ_TOO_EARLY_ERR"));
        EVC_CHECK_CODE(RUN(rows[i].action, rows[i].guarded, &table, &err, "key", KEY),
                       ENVCRYPT_E_SERVICE_CONFLICT);
        ck_assert_ptr_null(table);
        ck_assert_int_eq(evc_error_retry_after_ms(err), 30000);
        ck_assert_uint_eq(toy.asked, 1);
        end();
    }
}
END_TEST

START_TEST(an_early_rotation_says_when_it_may_come)
{
    begin();
    reply_with(409, REFUSAL("409", "KEY_ROTATION_NOT_PERMITTED"));
    reply_with(200, METADATA_OF("1", ",\"lastRotateDate\":\"2023-11-14T22:00:00Z\""));
    EVC_CHECK_CODE(RUN("rotate-key", false, &table, &err, "key", KEY),
                   ENVCRYPT_E_SERVICE_CONFLICT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "2023-11-14T23:00:00Z"));
    end();
}
END_TEST

START_TEST(disabling_and_deleting_are_for_clusters_alone)
{
    begin();
    EVC_CHECK_CODE(RUN("disable-key", false, &table, &err, "key", KEY),
                   ENVCRYPT_E_CONFIRMATION);
    EVC_CHECK_CODE(RUN("delete-key", false, &table, &err, "key", KEY),
                   ENVCRYPT_E_CONFIRMATION);
    ck_assert_uint_eq(toy.asked, 0);
    end();
}
END_TEST

START_TEST(a_key_is_deleted_and_forced_only_when_asked)
{
    begin();
    reply_with(204, "");
    EVC_CHECK_OK(RUN("delete-key", true, &table, &err, "key", KEY));
    ck_assert_str_eq(toy.requests[0].method, "DELETE");
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY);
    ck_assert_str_eq(toy.requests[0].query, "");
    ck_assert(had_header(0, "prefer: return=minimal"));
    end();
    begin();
    reply_with(204, "");
    EVC_CHECK_OK(RUN("delete-key", true, &table, &err, "key", KEY, "force", "true"));
    ck_assert_str_eq(toy.requests[0].query, "force=true");
    end();
    begin();
    EVC_CHECK_CODE(RUN("delete-key", true, &table, &err, "key", KEY, "force", "yes"),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(toy.asked, 0);
    end();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_change_shows_the_key_as_it_is_then,
                                  what_counts_when_it_is_done_twice_is_sent_once,
                                  a_refusal_shows_no_key,
                                  an_early_rotation_says_when_it_may_come,
                                  disabling_and_deleting_are_for_clusters_alone,
                                  a_key_is_deleted_and_forced_only_when_asked,
                                  NULL};

    add_toy_tests(suite, "changes", tests);
}

EVC_TEST_MAIN("ibm_changes", add_tests)
