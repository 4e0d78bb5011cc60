/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of Alibaba Cloud's sources share: a configuration, and replies. */
#ifndef EVC_TESTS_ALIBABA_FIXTURE_H
#define EVC_TESTS_ALIBABA_FIXTURE_H

#include "auth/alibaba_config.h"
#include "served-net.h"

#define STS_REPLY                                                           \
    "{\"RequestId\":\"R\",\"Credentials\":{\"AccessKeyId\":\"STS.role\","   \
    "\"AccessKeySecret\":\"role-secret\",\"SecurityToken\":\"role-token\"," \
    "\"Expiration\":\"2023-11-14T23:13:20Z\"}}"
#define FLAT_REPLY                                                          \
    "{\"Code\":\"Success\",\"AccessKeyId\":\"STS.flat\","                   \
    "\"AccessKeySecret\":\"flat-secret\",\"SecurityToken\":\"flat-token\"," \
    "\"Expiration\":\"2023-11-14T23:13:20Z\"}"
#define HOUR_MS 3600000

static evc_alibaba_config *config;
static evc_creds *creds;

static inline void
open_config(const evc_alibaba_options *options)
{
    static const evc_alibaba_options none;

    evc_alibaba_config_unref(config);
    EVC_CHECK_OK(
        evc_alibaba_config_open(crypto, net, options ? options : &none, &config, NULL));
}

static void
alibaba_set_up(void)
{
    served_net_open();
    config = NULL;
    creds = NULL;
    open_config(NULL);
}

static void
alibaba_tear_down(void)
{
    evc_creds_unref(creds);
    evc_alibaba_config_unref(config);
    (void)remove(evc_folder_path(".aliyun/config.json"));
    (void)remove(evc_folder_path(".alibabacloud/credentials"));
    (void)remove(evc_folder_path(".alibabacloud/credentials.ini"));
    served_net_close();
}

static inline void
alibaba_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, alibaba_set_up, alibaba_tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static inline void
check_creds(const char *id, const char *secret, const char *token, int64_t expires_ms)
{
    ck_assert_ptr_nonnull(creds);
    ck_assert_str_eq(creds->id, id);
    ck_assert(is_secret(&creds->secret, secret));
    ck_assert(is_secret(&creds->token, token));
    ck_assert_int_eq(creds->expires_ms, expires_ms);
}

#endif
