/* SPDX-License-Identifier: Apache-2.0 */
/* What YAMLToJSONStrict of sigs.k8s.io/yaml v1.4.0 makes of each, asked one by one. */
#include "codec/yaml_scalar.h"

#include "evc-check.h"

#define NOTHING EVC_YAML_SCALAR_NULL
#define TRUTH EVC_YAML_SCALAR_TRUE
#define LIE EVC_YAML_SCALAR_FALSE
#define NUMBER EVC_YAML_SCALAR_NUMBER
#define WORD EVC_YAML_SCALAR_TEXT

static const struct scalar {
    const char *text;
    evc_yaml_scalar scalar;
} scalars[] = {
    {"", NOTHING},
    {"~", NOTHING},
    {"null", NOTHING},
    {"Null", NOTHING},
    {"NULL", NOTHING},
    {"nULL", WORD},
    {"y", TRUTH},
    {"Y", TRUTH},
    {"n", LIE},
    {"N", LIE},
    {"yes", TRUTH},
    {"Yes", TRUTH},
    {"YES", TRUTH},
    {"yEs", WORD},
    {"no", LIE},
    {"No", LIE},
    {"NO", LIE},
    {"nO", WORD},
    {"true", TRUTH},
    {"True", TRUTH},
    {"TRUE", TRUTH},
    {"tRUE", WORD},
    {"false", LIE},
    {"False", LIE},
    {"FALSE", LIE},
    {"on", TRUTH},
    {"On", TRUTH},
    {"ON", TRUTH},
    {"oN", WORD},
    {"off", LIE},
    {"Off", LIE},
    {"OFF", LIE},
    {"oFF", WORD},
    {".Nan", WORD},
    {".iNF", WORD},
    {"nan", WORD},
    {"inf", WORD},
    {"0", NUMBER},
    {"00", NUMBER},
    {"007", NUMBER},
    {"08", NUMBER},
    {"089", NUMBER},
    {"0o17", NUMBER},
    {"0O17", NUMBER},
    {"0o18", WORD},
    {"0x1F", NUMBER},
    {"0X1f", NUMBER},
    {"0xG", WORD},
    {"0x", WORD},
    {"0b101", NUMBER},
    {"0B1", NUMBER},
    {"0b2", WORD},
    {"-0b11", NUMBER},
    {"+0b11", NUMBER},
    {"-0x1f", NUMBER},
    {"+5", NUMBER},
    {"-5", NUMBER},
    {"--5", WORD},
    {"5-", WORD},
    {"+-5", WORD},
    {"5", NUMBER},
    {"1_000", NUMBER},
    {"1__0", NUMBER},
    {"1_", NUMBER},
    {"_1", WORD},
    {"+", WORD},
    {".", WORD},
    {"..", WORD},
    {"...", WORD},
    {".5", NUMBER},
    {"5.", NUMBER},
    {".5e3", NUMBER},
    {".e3", WORD},
    {".", WORD},
    {"1.5", NUMBER},
    {"1.5.5", WORD},
    {"1e3", NUMBER},
    {"1E3", NUMBER},
    {"1e+3", NUMBER},
    {"1e-3", NUMBER},
    {"1e", WORD},
    {"1e+", WORD},
    {"e3", WORD},
    {"0e0", NUMBER},
    {"1.30", NUMBER},
    {"1.31", NUMBER},
    {"12:30:45", WORD},
    {"2001-01-01", WORD},
    {"2001-1-1", WORD},
    {"99999999999999999999", NUMBER},
    {"18446744073709551615", NUMBER},
    {"-9223372036854775808", NUMBER},
    {"1,000", WORD},
    {"0.0.0.0", WORD},
    {"10.0.0.1", WORD},
    {"-.5", NUMBER},
    {"+.5", NUMBER},
    {".5_0", NUMBER},
    {"0_x1", NUMBER},
    {"0x_1", NUMBER},
    {"5a", WORD},
    {"a5", WORD},
    {"1.e5", NUMBER},
    {"abc", WORD},
    {":=", WORD},
    {"=", WORD},
    {"<<", WORD},
};

START_TEST(is_what_kubernetes_takes_it_for)
{
    ck_assert_msg(evc_yaml_scalar_of(evc_view_text(scalars[_i].text)) ==
                      scalars[_i].scalar,
                  "%s", scalars[_i].text);
}
END_TEST

/* Too large for Kubernetes, which makes a text of it. */
START_TEST(a_number_is_one_however_large)
{
    ck_assert_int_eq(evc_yaml_scalar_of(evc_view_text("1e999")), NUMBER);
}
END_TEST

START_TEST(a_nul_is_no_end)
{
    ck_assert_int_eq(evc_yaml_scalar_of(evc_view_of("5\0", 2)), WORD);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_number_is_one_however_large, a_nul_is_no_end, NULL};
    TCase *tcase = tcase_create("kubernetes");

    evc_check_add(suite, "limits", tests);
    tcase_add_loop_test(tcase, is_what_kubernetes_takes_it_for, 0,
                        sizeof scalars / sizeof scalars[0]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("yaml_scalar", add_tests)
