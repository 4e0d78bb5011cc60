/* SPDX-License-Identifier: Apache-2.0 */
/* Runs against cloud.c and cloud_none.c alike: what is expected follows from which one is
 * linked. */
#include "api-fixture.h"
#include "api/cloud.h"

static bool
is_built(void)
{
    return evc_cloud_backends()[1] != NULL;
}

static bool
is_here(const char *uri)
{
    const evc_backend *const *at = evc_cloud_backends();

    while (*at && strncmp((*at)->scheme, uri, strlen((*at)->scheme)) != 0)
        at++;
    return *at != NULL;
}

static int
open_service(const char *uri, envcrypt_service **out)
{
    return envcrypt_service_open(client, uri, NULL, NULL, out, NULL);
}

START_TEST(a_build_without_cloud_manages_no_keys)
{
    envcrypt_service *service;

    if (is_built())
        return;
    EVC_CHECK_CODE(open_service("aws-kms://us-east-1", &service), ENVCRYPT_E_NOT_BUILT);
    ck_assert_ptr_null(service);
}
END_TEST

START_TEST(only_clouds_have_a_service)
{
    envcrypt_service *service;

    if (!is_built())
        return;
    EVC_CHECK_CODE(open_service("local:///store.json", &service), ENVCRYPT_E_URI);
    EVC_CHECK_CODE(open_service("no uri", &service), ENVCRYPT_E_URI);
    ck_assert_ptr_null(service);
}
END_TEST

START_TEST(unknown_options_are_refused)
{
    envcrypt_service *service;

    if (!is_built())
        return;
    EVC_CHECK_CODE(open_service("ibm-kp://us-south/0?profil=x", &service),
                   ENVCRYPT_E_UNKNOWN_OPTION);
}
END_TEST

static void
check_arguments(const envcrypt_service *service, size_t action)
{
    const char *name;
    int32_t needed = 1;
    int32_t before = 1;

    for (size_t i = 0;
         (name = envcrypt_service_action_argument(service, action, i, &needed)); i++) {
        ck_assert_uint_gt(strlen(name), 0);
        ck_assert_int_le(needed, before); /* those that must be given come first */
        before = needed;
    }
    ck_assert_int_eq(needed, 0);
}

static const char *const uris[] = {
    "aws-kms://us-east-1", "ibm-kp://us-south/00000000-0000-0000-0000-000000000000",
    "alibaba-kms://cn-hangzhou"};

START_TEST(every_action_is_described)
{
    envcrypt_service *service;
    size_t actions;

    if (!is_here(uris[_i]))
        return;
    EVC_CHECK_OK(open_service(uris[_i], &service));
    ck_assert_int_eq(strncmp(envcrypt_service_scheme(service), uris[_i],
                             strlen(envcrypt_service_scheme(service))),
                     0);
    actions = envcrypt_service_actions(service);
    ck_assert_uint_gt(actions, 0);
    for (size_t i = 0; i < actions; i++) {
        ck_assert_uint_gt(strlen(envcrypt_service_action_name(service, i)), 0);
        ck_assert_uint_gt(strlen(envcrypt_service_action_help(service, i)), 0);
        ck_assert_ptr_nonnull(envcrypt_service_action_permission(service, i));
        check_arguments(service, i);
    }
    ck_assert_ptr_null(envcrypt_service_action_name(service, actions));
    ck_assert_uint_eq(envcrypt_service_action_flags(service, actions), 0);
    envcrypt_service_unref(service);
}
END_TEST

static bool
loses_a_key(const char *action)
{
    return strcmp(action, "delete-key") == 0 || strcmp(action, "disable-key") == 0 ||
           strcmp(action, "schedule-deletion") == 0;
}

/* Decision 16: no action that disables or deletes can be run from here. */
START_TEST(what_disables_or_deletes_is_refused)
{
    envcrypt_service *service;

    if (!is_here(uris[_i]))
        return;
    EVC_CHECK_OK(open_service(uris[_i], &service));
    for (size_t i = 0; i < envcrypt_service_actions(service); i++) {
        const char *name = envcrypt_service_action_name(service, i);
        bool guarded =
            envcrypt_service_action_flags(service, i) & ENVCRYPT_ACTION_GUARDED;
        envcrypt_request *request;
        envcrypt_table *table;

        ck_assert_msg(guarded || !loses_a_key(name), "%s is not guarded", name);
        if (!guarded)
            continue;
        EVC_CHECK_OK(envcrypt_request_new(name, &request, NULL));
        EVC_CHECK_CODE(envcrypt_service_run(service, request, NULL, &table, NULL),
                       ENVCRYPT_E_CONFIRMATION);
        envcrypt_request_free(request);
    }
    envcrypt_service_unref(service);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_build_without_cloud_manages_no_keys,
                                  only_clouds_have_a_service,
                                  unknown_options_are_refused, NULL};
    TCase *loop = tcase_create("each cloud");

    api_add(suite, "service", tests);
    tcase_add_checked_fixture(loop, open_client, close_client);
    tcase_add_loop_test(loop, every_action_is_described, 0, 3);
    tcase_add_loop_test(loop, what_disables_or_deletes_is_refused, 0, 3);
    suite_add_tcase(suite, loop);
}

EVC_TEST_MAIN("service", add_tests)
