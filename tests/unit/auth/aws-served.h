/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS's configuration over a served network: variables, the two files in a folder of the
 * test's own, and what the chain gives.
 */
#ifndef EVC_TESTS_AWS_SERVED_H
#define EVC_TESTS_AWS_SERVED_H

#include "auth/aws_config.h"
#include "served-net.h"

#define ROLE "arn:aws:iam::111122223333:role/r"

/* STS's answer in JSON; SERVED_TIME is 1,700,000,000 s. */
#define STS_JSON(action, id)                                           \
    "{\"" action "Response\":{\"" action "Result\":{\"Credentials\":{" \
    "\"AccessKeyId\":\"" id "\",\"SecretAccessKey\":\"s-" id "\","     \
    "\"SessionToken\":\"t-" id                                         \
    "\",\"Expiration\":1.7000036E9}},\"ResponseMetadata\":{"           \
    "\"RequestId\":\"q\"}}}"
#define STS_XML(action, id)                                                            \
    "<" action "Response xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><" action \
    "Result><Credentials><AccessKeyId>" id "</AccessKeyId><SecretAccessKey>s-" id      \
    "</SecretAccessKey><SessionToken>t-" id "</SessionToken><Expiration>"              \
    "2023-11-14T23:13:20Z</Expiration></Credentials></" action "Result></" action      \
    "Response>"

static evc_aws_options options;
static evc_aws_config *config;
static evc_chain *chain;
static evc_creds *creds;
static evc_error *error;

extern char **environ;

static void
clear_variables(void)
{
    char name[128];

    for (char **at = environ; *at;) {
        size_t size = strcspn(*at, "=");

        if (strncmp(*at, "AWS_", 4) == 0 && size < sizeof name) {
            memcpy(name, *at, size);
            name[size] = 0;
            ck_assert_int_eq(unsetenv(name), 0);
            at = environ;
        } else {
            at++;
        }
    }
}

static void
aws_open(void)
{
    clear_variables();
    served_net_open();
    memset(&options, 0, sizeof options);
}

static void
aws_drop(void)
{
    evc_error_free(error);
    error = NULL;
    evc_creds_unref(creds);
    creds = NULL;
    evc_chain_unref(chain);
    chain = NULL;
    evc_aws_config_unref(config);
    config = NULL;
}

static void
aws_close(void)
{
    aws_drop();
    served_net_close();
}

static inline void
aws_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, aws_open, aws_close);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static inline void
aws_add_loop(Suite *suite, const char *name, const TTest *test, int count)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, aws_open, aws_close);
    tcase_add_loop_test(tcase, test, 0, count);
    suite_add_tcase(suite, tcase);
}

/* The config file and the credentials file; NULL = there is none. */
static inline void
put_files(const char *settings, const char *secrets)
{
    if (settings) {
        evc_folder_put("config", settings, 0600);
        set_variable("AWS_CONFIG_FILE", evc_folder_path("config"));
    }
    if (secrets) {
        evc_folder_put("credentials", secrets, 0600);
        set_variable("AWS_SHARED_CREDENTIALS_FILE", evc_folder_path("credentials"));
    }
}

static inline int
open_config(void)
{
    aws_drop();
    return evc_aws_config_open(crypto, net, &options, &config, &error);
}

/* Opens all anew, and what the chain gives goes to creds. */
static inline int
get_creds(void)
{
    int rc = open_config();

    if (rc == 0)
        rc = evc_aws_chain_open(config, &chain, &error);
    return rc ? rc : evc_chain_get(chain, &wait_of_test, &creds, &error);
}

static inline void
check_id(const char *id)
{
    int rc = get_creds();

    ck_assert_msg(rc == 0, "%s: %s", envcrypt_error_name(rc), evc_error_message(error));
    ck_assert_str_eq(creds->id, id);
}

static inline void
check_error(int code, const char *with)
{
    int rc = get_creds();

    EVC_CHECK_CODE(rc, code);
    ck_assert_msg(strstr(evc_error_message(error), with) != NULL, "%s",
                  evc_error_message(error));
}

#endif
