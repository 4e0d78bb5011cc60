/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/go_duration.h"

#include "evc-check.h"

/* What Go 1.26 makes of them; tests/partners/kubeserver/stored prints it. */
static const struct {
    const char *text;
    int64_t ns;
} taken[] = {
    {"0", 0},
    {"+0", 0},
    {"0s", 0},
    {"3s", 3 * EVC_SECOND_NS},
    {"1m30s", 90 * EVC_SECOND_NS},
    {"1.5h", 5400 * EVC_SECOND_NS},
    {".5s", EVC_SECOND_NS / 2},
    {"5.s", 5 * EVC_SECOND_NS},
    {"-2ms", -2000000},
    {"1us1\xc2\xb5s1\xce\xbcs", 3000},
    {"1ns", 1},
    {"0.3ns", 0},
    {"1h1h", 7200 * EVC_SECOND_NS},
    {"9223372036854775807ns", INT64_MAX},
    {"-9223372036854775808ns", INT64_MIN},
    {"2562047h47m16.854775807s", INT64_MAX},
    {"0.33333333333333333333h", INT64_C(1200000000000)},
};

START_TEST(reads_as_go_does)
{
    for (size_t i = 0; i < sizeof(taken) / sizeof(*taken); i++) {
        int64_t ns = 77;

        ck_assert_msg(evc_go_duration_parse(taken[i].text, &ns), "%s", taken[i].text);
        ck_assert_msg(ns == taken[i].ns, "%s is %lld", taken[i].text, (long long)ns);
    }
}
END_TEST

static const char *const refused[] = {
    "",
    "-",
    "+",
    "3",
    "s",
    ".s",
    ".",
    "3 s",
    " 3s",
    "3S",
    "3d",
    "3s4",
    "1e3s",
    "--3s",
    "0x3s",
    "9223372036854775808ns",
    "-9223372036854775809ns",
    "2562048h",
    "99999999999999999999s",
    "1mss",
    "2562047h47m16.854775808s",
};

START_TEST(refuses_as_go_does)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        int64_t ns = 77;

        ck_assert_msg(!evc_go_duration_parse(refused[i], &ns), "%s", refused[i]);
        ck_assert_int_eq(ns, 77);
    }
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {reads_as_go_does, refuses_as_go_does, NULL};

    evc_check_add(suite, "go duration", tests);
}

EVC_TEST_MAIN("go duration", add_tests)
