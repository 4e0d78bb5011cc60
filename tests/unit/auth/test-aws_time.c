/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_time.h"

#include "evc-check.h"

#define NONE INT64_MIN

static const struct {
    const char *text;
    int64_t ms;
} texts[] = {
    {"2023-11-14T22:13:20Z", 1700000000000},
    {"2023-11-14T22:13:20.5Z", 1700000000000},
    {"2023-11-14T22:13:20.123456Z", 1700000000000},
    {"2023-11-14T22:13:20UTC", 1700000000000},
    {"2023-11-14T22:13:20+00:00", 1700000000000},
    {"2023-11-14T23:13:20+01:00", 1700000000000},
    {"2023-11-14T23:13:20+0100", 1700000000000},
    {"2023-11-14T17:43:20-04:30", 1700000000000},
    {"2023-11-14T22:13:20", NONE},
    {"2023-11-14T22:13:20.Z", NONE},
    {"2023-11-14T22:13:20Zx", NONE},
    {"2023-11-14T22:13:20+1:00", NONE},
    {"2023-11-14T22:13:20+24:00", NONE},
    {"2023-11-14T22:13:20+01:60", NONE},
    {"2023-11-14T22:13:20+", NONE},
    {"2023-11-14T22:13:20UT", NONE},
    {"2023-13-14T22:13:20Z", NONE},
    {"2023-11-14 22:13:20Z", NONE},
    {"", NONE},
    {"never", NONE},
};

START_TEST(reads_what_services_write)
{
    int64_t ms = NONE;
    bool good = evc_aws_time_parse(evc_view_text(texts[_i].text), &ms);

    ck_assert_int_eq(good, texts[_i].ms != NONE);
    ck_assert_int_eq(ms, texts[_i].ms);
}
END_TEST

static const struct {
    const char *text;
    int64_t scale;
    int64_t ms;
} numbers[] = {
    {"1700000000", 1000, 1700000000000},
    {"1.7E9", 1000, 1700000000000},
    {"1.7e+9", 1000, 1700000000000},
    {"1700000000.0", 1000, 1700000000000},
    {"1700000000.25", 1000, 1700000000250},
    {"17000000000000E-4", 1000, 1700000000000},
    {"1700000000000", 1, 1700000000000},
    {"1.7E12", 1, 1700000000000},
    {"0", 1, 0},
    {"253402300799999", 1, 253402300799999},
    {"253402300800000", 1, NONE},
    {"1e100", 1, NONE},
    {"99999999999999999999999999", 1, NONE},
    {"1e", 1, NONE},
    {"1.", 1, NONE},
    {".5", 1, NONE},
    {"-1", 1, NONE},
    {"", 1, NONE},
    {"1x", 1, NONE},
    {"true", 1, NONE},
};

START_TEST(reads_numbers_since_1970)
{
    int64_t ms = NONE;
    bool good =
        evc_aws_time_epoch(evc_view_text(numbers[_i].text), numbers[_i].scale, &ms);

    ck_assert_int_eq(good, numbers[_i].ms != NONE);
    ck_assert_int_eq(ms, numbers[_i].ms);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("time");

    tcase_add_loop_test(tcase, reads_what_services_write, 0,
                        sizeof(texts) / sizeof(texts[0]));
    tcase_add_loop_test(tcase, reads_numbers_since_1970, 0,
                        sizeof(numbers) / sizeof(numbers[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_time", add_tests)
