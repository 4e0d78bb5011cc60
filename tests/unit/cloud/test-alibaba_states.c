/* SPDX-License-Identifier: Apache-2.0 */
#include "alibaba-fixture.h"

#define THEN_SHOWN "DescribeKey KeyId=" ARN_FORM "\n"

static evc_service *service;
static evc_table *table;

static void
set_up(void)
{
    alibaba_set_up();
    service = alibaba_open_account();
    table = NULL;
}

static void
tear_down(void)
{
    evc_table_free(table);
    evc_service_unref(service);
    alibaba_tear_down();
}

static int
run_guarded(const char *action, const char *const *arguments)
{
    return alibaba_run(service, action, arguments, true, &table);
}

START_TEST(a_change_is_one_request_and_shows_the_key)
{
    PLAY(REPLY(DONE), REPLY(DESCRIBED));
    EVC_CHECK_OK(RUN("enable-key", &table, "key=" ARN, ));
    ck_assert_str_eq(asked, "EnableKey KeyId=" ARN_FORM "\n" THEN_SHOWN);
    ck_assert_uint_eq(table->rows, 1);
    ck_assert_str_eq(alibaba_cell(table, "key"), KEY_ID);
    ck_assert_str_eq(alibaba_cell(table, "state"), "Enabled");
    ck_assert_str_eq(alibaba_cell(table, "created"), "2024-03-25T10:42:40Z");
    ck_assert_ptr_null(alibaba_cell(table, "deletion"));
}
END_TEST

START_TEST(cancel_deletion_is_one_request)
{
    PLAY(REPLY(DONE), REPLY(DESCRIBED));
    EVC_CHECK_OK(RUN("cancel-deletion", &table, "key=" ARN, ));
    ck_assert_str_eq(asked, "CancelKeyDeletion KeyId=" ARN_FORM "\n" THEN_SHOWN);
}
END_TEST

START_TEST(protection_takes_the_arn_of_the_key)
{
    PLAY(REPLY(DESCRIBED), REPLY(DONE), REPLY(DESCRIBED));
    EVC_CHECK_OK(
        RUN("set-deletion-protection", &table, "key=alias/a", "enable=true", ));
    ck_assert_str_eq(asked, "DescribeKey KeyId=alias%2Fa\n"
                            "SetDeletionProtection ProtectedResourceArn=" ARN_FORM
                            "&EnableDeletionProtection=true\n" THEN_SHOWN);
}
END_TEST

START_TEST(protection_is_true_or_false)
{
    EVC_CHECK_CODE(RUN("set-deletion-protection", &table, "key=" ARN, "enable=yes", ),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(disabling_and_deleting_are_guarded)
{
    EVC_CHECK_CODE(RUN("disable-key", &table, "key=" ARN, ), ENVCRYPT_E_CONFIRMATION);
    EVC_CHECK_CODE(RUN("schedule-deletion", &table, "key=" ARN, ),
                   ENVCRYPT_E_CONFIRMATION);
    ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(who_is_guarded_may_disable)
{
    PLAY(REPLY(DONE), REPLY(DESCRIBED));
    EVC_CHECK_OK(run_guarded("disable-key", (const char *const[]){"key=" ARN, NULL}));
    ck_assert_str_eq(asked, "DisableKey KeyId=" ARN_FORM "\n" THEN_SHOWN);
}
END_TEST

static const struct {
    const char *argument;
    const char *sent; /* NULL = refused */
} days[] = {
    {NULL, "30"},      {"days=7", "7"},    {"days=366", "366"},
    {"days=6", NULL},  {"days=367", NULL}, {"days=", NULL},
    {"days=7d", NULL}, {"days=-7", NULL},  {"days=0000000007", NULL},
};

START_TEST(a_deletion_waits_7_to_366_days)
{
    const char *const arguments[] = {"key=" ARN, days[_i].argument, NULL};
    char wanted[256];
    int rc;

    PLAY(REPLY(DONE), REPLY(DESCRIBED));
    rc = run_guarded("schedule-deletion", arguments);
    EVC_CHECK_CODE(rc, days[_i].sent ? 0 : ENVCRYPT_E_ARGUMENT);
    (void)snprintf(wanted, sizeof(wanted), "%s%s%s",
                   "ScheduleKeyDeletion KeyId=" ARN_FORM "&PendingWindowInDays=",
                   days[_i].sent ? days[_i].sent : "", "\n" THEN_SHOWN);
    ck_assert_str_eq(asked, days[_i].sent ? wanted : "");
}
END_TEST

START_TEST(a_refused_change_gives_no_table)
{
    PLAY(FAULT(409, "Rejected.DeletionProtection"));
    EVC_CHECK_CODE(
        run_guarded("schedule-deletion", (const char *const[]){"key=" ARN, NULL}),
        ENVCRYPT_E_SERVICE_CONFLICT);
    ck_assert_ptr_null(table);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "protected from deletion"));
}
END_TEST

START_TEST(the_account_has_a_status)
{
    PLAY(REPLY("{\"AccountStatus\":\"Enabled\",\"RequestId\":\"r\"}"));
    EVC_CHECK_OK(RUN("account-status", &table, ));
    ck_assert_str_eq(asked, "DescribeAccountKmsStatus \n");
    ck_assert_str_eq(alibaba_cell(table, "status"), "Enabled");
    ck_assert_str_eq(alibaba_cell(table, "region"), REGION);
}
END_TEST

START_TEST(a_status_that_is_none_is_the_protocols_fault)
{
    PLAY(REPLY("{\"AccountStatus\":1}"));
    EVC_CHECK_CODE(RUN("account-status", &table, ), ENVCRYPT_E_PROTOCOL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_change_is_one_request_and_shows_the_key,
                                  cancel_deletion_is_one_request,
                                  protection_takes_the_arn_of_the_key,
                                  protection_is_true_or_false,
                                  disabling_and_deleting_are_guarded,
                                  who_is_guarded_may_disable,
                                  a_refused_change_gives_no_table,
                                  the_account_has_a_status,
                                  a_status_that_is_none_is_the_protocols_fault};
    TCase *tcase = tcase_create("states");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_deletion_waits_7_to_366_days, 0,
                        (int)(sizeof(days) / sizeof(days[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_states", add_tests)
