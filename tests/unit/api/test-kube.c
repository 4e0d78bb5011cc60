/* SPDX-License-Identifier: Apache-2.0 */
/* The public handle; what each option means is tested where it is read, in tests/unit/k8s. */
#include "api-fixture.h"

static int
open_with(const char *name, const char *value, envcrypt_kube **out)
{
    envcrypt_kube_config *config;
    int rc;

    EVC_CHECK_OK(envcrypt_kube_config_new(client, &config, NULL));
    EVC_CHECK_OK(envcrypt_kube_config_set(config, name, value, NULL));
    rc = envcrypt_kube_open(config, out, NULL);
    envcrypt_kube_config_free(config);
    return rc;
}

START_TEST(outlives_its_config_and_its_client)
{
    envcrypt_kube *kube = NULL;
    int rc = open_with("server", "https://kube.example:6443/api-1", &kube);

    if (rc == ENVCRYPT_E_NOT_BUILT)
        return;
    EVC_CHECK_OK(rc);
    ck_assert_str_eq(envcrypt_kube_server(kube), "https://kube.example:6443/api-1");
    ck_assert_str_eq(envcrypt_kube_origin(kube), "the options given");
    ck_assert_ptr_eq(envcrypt_kube_ref(kube), kube);
    envcrypt_kube_unref(kube);
    envcrypt_kube_unref(kube);
}
END_TEST

START_TEST(a_server_that_is_no_url_is_refused)
{
    envcrypt_kube *kube = NULL;
    int rc = open_with("server", "http://kube.example", &kube);

    ck_assert_ptr_null(kube);
    if (rc != ENVCRYPT_E_NOT_BUILT)
        EVC_CHECK_CODE(rc, ENVCRYPT_E_ENDPOINT);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {outlives_its_config_and_its_client,
                                  a_server_that_is_no_url_is_refused, NULL};

    api_add(suite, "server", tests);
}

EVC_TEST_MAIN("kube", add_tests)
