/* SPDX-License-Identifier: Apache-2.0 */
#include "api/request.h"

#include "evc-alloc.h"
#include "evc-check.h"

static const char *
value_of(const envcrypt_request *request, const char *name)
{
    const evc_pair *pair = evc_kv_find(&request->args, evc_view_text(name));

    return pair ? (const char *)pair->value.data : NULL;
}

START_TEST(keeps_the_action_and_the_last_value_of_an_argument)
{
    envcrypt_request *request;

    EVC_CHECK_OK(envcrypt_request_new("create-key", &request, NULL));
    EVC_CHECK_OK(envcrypt_request_set(request, "alias", "alias/a", NULL));
    EVC_CHECK_OK(envcrypt_request_set(request, "alias", "alias/b", NULL));
    ck_assert_str_eq(request->action, "create-key");
    ck_assert_str_eq(value_of(request, "alias"), "alias/b");
    envcrypt_request_free(request);
}
END_TEST

START_TEST(null_takes_an_argument_back)
{
    envcrypt_request *request;

    EVC_CHECK_OK(envcrypt_request_new("create-key", &request, NULL));
    EVC_CHECK_OK(envcrypt_request_set(request, "alias", "alias/a", NULL));
    EVC_CHECK_OK(envcrypt_request_set(request, "alias", NULL, NULL));
    EVC_CHECK_OK(envcrypt_request_set(request, "never", NULL, NULL));
    ck_assert_ptr_null(value_of(request, "alias"));
    envcrypt_request_free(request);
}
END_TEST

START_TEST(empty_names_are_refused)
{
    envcrypt_request *request;

    EVC_CHECK_CODE(envcrypt_request_new("", &request, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_request_new("list-keys", &request, NULL));
    EVC_CHECK_CODE(envcrypt_request_set(request, "", "v", NULL), ENVCRYPT_E_ARGUMENT);
    envcrypt_request_free(request);
}
END_TEST

static int
make_and_set(void *user)
{
    envcrypt_request *request;
    int rc = envcrypt_request_new("create-key", &request, NULL);

    (void)user;
    if (!rc)
        rc = envcrypt_request_set(request, "alias", "alias/a", NULL);
    envcrypt_request_free(request);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    (void)evc_alloc_sweep(make_and_set, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {keeps_the_action_and_the_last_value_of_an_argument,
                                  null_takes_an_argument_back, empty_names_are_refused,
                                  memory_may_run_out_anywhere, NULL};

    evc_check_add(suite, "request", tests);
}

EVC_TEST_MAIN("request", add_tests)
