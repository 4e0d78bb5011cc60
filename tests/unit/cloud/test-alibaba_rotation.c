/* SPDX-License-Identifier: Apache-2.0 */
#include "alibaba-fixture.h"

#define ITEM(id, date) "{\"KeyVersionId\":\"" id "\",\"CreationDate\":\"" date "\"}"
#define VERSIONS                                                                      \
    "{\"KeyVersions\":{\"KeyVersion\":[" ITEM(                                        \
        VERSION,                                                                      \
        "2024-03-25T10:42:40Z") "," ITEM(NEWER,                                       \
                                         "2023-03-25T10:42:40Z") "]},\"TotalCount\":" \
                                                                 "2}"

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

START_TEST(versions_come_oldest_first_and_one_is_current)
{
    PLAY(REPLY(VERSIONS), REPLY(DESCRIBED));
    EVC_CHECK_OK(RUN("list-versions", &table, "key=" ARN, ));
    ck_assert_uint_eq(table->rows, 2);
    ck_assert_str_eq(evc_table_cell(table, 0, 0), NEWER);
    ck_assert_str_eq(evc_table_cell(table, 0, 1), "older");
    ck_assert_str_eq(alibaba_cell(table, "version"), VERSION);
    ck_assert_str_eq(alibaba_cell(table, "state"), "current");
    ck_assert_str_eq(alibaba_cell(table, "created"), "2024-03-25T10:42:40Z");
}
END_TEST

static const struct {
    const char *argument;
    const char *sent; /* NULL = refused */
} days[] = {
    {"days=0", "EnableAutomaticRotation=false"},
    {"days=7", "EnableAutomaticRotation=true&RotationInterval=7d"},
    {"days=730", "EnableAutomaticRotation=true&RotationInterval=730d"},
    {"days=6", NULL},
    {"days=1", NULL},
    {"days=731", NULL},
    {"days=x", NULL},
};

START_TEST(a_policy_rotates_after_7_to_730_days_or_not)
{
    char wanted[256];

    PLAY(REPLY(DONE), REPLY(DESCRIBED));
    EVC_CHECK_CODE(RUN("rotation-policy", &table, "key=" ARN, days[_i].argument, ),
                   days[_i].sent ? 0 : ENVCRYPT_E_ARGUMENT);
    (void)snprintf(
        wanted, sizeof(wanted), "%s%s%s", "UpdateRotationPolicy KeyId=" ARN_FORM "&",
        days[_i].sent ? days[_i].sent : "", "\nDescribeKey KeyId=" ARN_FORM "\n");
    ck_assert_str_eq(asked, days[_i].sent ? wanted : "");
}
END_TEST

START_TEST(a_policy_needs_its_days)
{
    EVC_CHECK_CODE(RUN("rotation-policy", &table, "key=" ARN, ), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("rotation");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, versions_come_oldest_first_and_one_is_current);
    tcase_add_test(tcase, a_policy_needs_its_days);
    tcase_add_loop_test(tcase, a_policy_rotates_after_7_to_730_days_or_not, 0,
                        (int)(sizeof(days) / sizeof(days[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("alibaba_rotation", add_tests)
