/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_rotations.h"

#include "aws-fixture.h"

static evc_aws_rotations rotations;
static evc_error *err;

static void
set_up(void)
{
    aws_set_up();
    rotations = (evc_aws_rotations){.items = NULL};
    err = NULL;
}

static void
tear_down(void)
{
    evc_aws_rotations_reset(&rotations);
    evc_error_free(err);
    aws_tear_down();
}

static int
list(void)
{
    return evc_aws_rotations_list(a.peer, KEY_1, &rotations, &a.wait, &err);
}

START_TEST(lists_all_pages_oldest_first)
{
    ANSWER({200, "{\"Rotations\":[{\"KeyMaterialId\":\"" MATERIAL_2
                 "\",\"KeyMaterialState\":\"CURRENT\",\"RotationType\":\"ON_DEMAND\","
                 "\"RotationDate\":1700000009}],\"Truncated\":true,\"NextMarker\":"
                 "\"m\"}"},
           {200, "{\"Rotations\":[{\"KeyMaterialId\":\"" MATERIAL_1
                 "\",\"KeyMaterialState\":\"NON_CURRENT\"}],\"Truncated\":false}"});
    EVC_CHECK_OK(list());
    ck_assert_str_eq(a.targets[0], "TrentService.ListKeyRotations");
    ck_assert_str_eq(a.bodies[0],
                     "{\"IncludeKeyMaterial\":\"ALL_KEY_MATERIAL\",\"KeyId\":\"" KEY_1
                     "\"}");
    ck_assert_ptr_nonnull(strstr(a.bodies[1], "\"Marker\":\"m\""));
    ck_assert_uint_eq(rotations.count, 2);
    ck_assert_str_eq(rotations.items[0].material, MATERIAL_1);
    ck_assert_int_eq(rotations.items[0].date_ms, -1);
    ck_assert_str_eq(rotations.items[1].kind, "ON_DEMAND");
    ck_assert_int_eq(rotations.items[1].date_ms, INT64_C(1700000009000));
}
END_TEST

START_TEST(those_of_one_time_stay_in_their_order)
{
    ANSWER({200, "{\"Rotations\":[{\"RotationDate\":5,\"RotationType\":\"a\"},"
                 "{\"RotationDate\":5,\"RotationType\":\"b\"},{\"RotationDate\":1,"
                 "\"RotationType\":\"c\"}]}"});
    EVC_CHECK_OK(list());
    ck_assert_str_eq(rotations.items[0].kind, "c");
    ck_assert_str_eq(rotations.items[1].kind, "a");
    ck_assert_str_eq(rotations.items[2].kind, "b");
}
END_TEST

static const char *const bad[] = {
    "",
    "{}",
    "{\"Rotations\":{}}",
    "{\"Rotations\":[1]}x",
    "{\"Rotations\":[{\"KeyMaterialId\":1}]}",
    "{\"Rotations\":[{\"RotationDate\":\"x\"}]}",
    "{\"Rotations\":[{\"RotationType\":\"x\"},{\"KeyMaterialState\":[]}]}",
    "{\"Rotations\":[],\"Truncated\":true}",
    "{\"Rotations\":[],\"Truncated\":1}",
};

START_TEST(refuses_what_is_no_list)
{
    ANSWER({200, bad[_i]});
    EVC_CHECK_CODE(list(), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(rotations.count, 0);
    ck_assert_ptr_null(rotations.items);
}
END_TEST

START_TEST(a_failure_on_a_later_page_leaves_nothing)
{
    ANSWER({200, "{\"Rotations\":[{}],\"Truncated\":true,\"NextMarker\":\"m\"}"},
           {400, "{\"__type\":\"AccessDeniedException\"}"});
    EVC_CHECK_CODE(list(), ENVCRYPT_E_DENIED);
    ck_assert_uint_eq(rotations.count, 0);
}
END_TEST

START_TEST(ten_thousand_versions_are_believed_and_no_more)
{
    evc_json_doc *doc = NULL;

    EVC_CHECK_OK(
        evc_json_parse(evc_view_text("{\"Rotations\":[{}]}"), "list", &doc, NULL));
    for (unsigned i = 0; i < EVC_AWS_ROTATIONS_MAX; i++)
        EVC_CHECK_OK(evc_aws_rotations_read(&rotations, evc_json_root(doc), &err));
    EVC_CHECK_CODE(evc_aws_rotations_read(&rotations, evc_json_root(doc), &err),
                   ENVCRYPT_E_JSON);
    evc_json_free(doc);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        lists_all_pages_oldest_first,
        those_of_one_time_stay_in_their_order,
        a_failure_on_a_later_page_leaves_nothing,
        ten_thousand_versions_are_believed_and_no_more,
    };
    TCase *tcase = tcase_create("rotations");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, refuses_what_is_no_list, 0,
                        (int)(sizeof(bad) / sizeof(bad[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("aws_rotations", add_tests)
