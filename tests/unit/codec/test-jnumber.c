/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/jnumber.h"

#include <jansson.h>

#include "evc-check.h"

static const char *const taken[] = {"0",
                                    "-0",
                                    "7",
                                    "-7",
                                    "120",
                                    "9223372036854775807",
                                    "-9223372036854775808",
                                    "0.5",
                                    "-0.0",
                                    "1e100",
                                    "1E-100",
                                    "1.5e+00010",
                                    "99999999999999999999.5"};

/* jansson refuses these too. */
static const char *const refused[] = {"",
                                      "-",
                                      "+1",
                                      "--1",
                                      "01",
                                      "-01",
                                      "00",
                                      ".5",
                                      "5.",
                                      "1e",
                                      "1e+",
                                      "e1",
                                      "1.e1",
                                      "1.5.5",
                                      "1e5e5",
                                      "1-2",
                                      "1e-",
                                      "1e5.5",
                                      "1+1",
                                      "-.5",
                                      "1..",
                                      "0e",
                                      "1 ",
                                      " 1",
                                      "1e400",
                                      "9223372036854775808",
                                      "-9223372036854775809",
                                      "99999999999999999999"};

static bool
jansson_takes(const char *number)
{
    char text[128];
    json_t *value;
    bool is_number;

    (void)snprintf(text, sizeof text, "[%s]", number);
    value = json_loads(text, 0, NULL);
    is_number = json_is_number(json_array_get(value, 0)) && json_array_size(value) == 1;
    json_decref(value);
    return is_number && number[0] != ' ' && number[strlen(number) - 1] != ' ';
}

START_TEST(takes_what_jansson_takes)
{
    ck_assert(jansson_takes(taken[_i]));
    ck_assert_ptr_null(evc_jnumber_refusal(evc_view_text(taken[_i])));
}
END_TEST

START_TEST(refuses_what_jansson_refuses)
{
    ck_assert(refused[_i][0] == '\0' || !jansson_takes(refused[_i]));
    ck_assert_ptr_nonnull(evc_jnumber_refusal(evc_view_text(refused[_i])));
}
END_TEST

/* These jansson would take. */
START_TEST(reals_end_at_their_limits)
{
    char number[EVC_JNUMBER_MAX_REAL + 2] = "0.";

    memset(&number[2], '1', EVC_JNUMBER_MAX_REAL - 2);
    ck_assert_ptr_null(evc_jnumber_refusal(evc_view_text(number)));
    number[EVC_JNUMBER_MAX_REAL] = '1';
    ck_assert_ptr_nonnull(evc_jnumber_refusal(evc_view_text(number)));
    ck_assert_ptr_nonnull(evc_jnumber_refusal(evc_view_text("1e101")));
    ck_assert_ptr_nonnull(evc_jnumber_refusal(evc_view_text("1e-101")));
}
END_TEST

START_TEST(tells_integers_of_64_bits_without_a_sign)
{
    static const char *const good[] = {"0", "7", "9223372036854775808",
                                       "18446744073709551615"};
    static const char *const bad[] = {"",
                                      "-1",
                                      "00",
                                      "01",
                                      "+1",
                                      "1.0",
                                      "1e1",
                                      "1x",
                                      "18446744073709551616",
                                      "100000000000000000000"};

    for (size_t i = 0; i < sizeof good / sizeof *good; i++)
        ck_assert(evc_jnumber_is_u64(evc_view_text(good[i])));
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
        ck_assert(!evc_jnumber_is_u64(evc_view_text(bad[i])));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {reals_end_at_their_limits,
                                  tells_integers_of_64_bits_without_a_sign, NULL};
    TCase *tcase = tcase_create("jansson");

    evc_check_add(suite, "limits", tests);
    tcase_add_loop_test(tcase, takes_what_jansson_takes, 0,
                        sizeof taken / sizeof taken[0]);
    tcase_add_loop_test(tcase, refuses_what_jansson_refuses, 0,
                        sizeof refused / sizeof refused[0]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("jnumber", add_tests)
