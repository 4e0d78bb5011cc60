/* SPDX-License-Identifier: Apache-2.0 */
/* A home in which somebody signed in to IAM Identity Center. */
#ifndef EVC_TESTS_AWS_SSO_HOME_H
#define EVC_TESTS_AWS_SSO_HOME_H

#include "aws-served.h"

/* SHA-1 of "my-session" and of the start URL, as AWS's tools name their files. */
#define SESSION_FILE ".aws/sso/cache/9e28173066ce536e277c5fb355efd9c64f398167.json"
#define START "https://start.example/start"
#define START_FILE ".aws/sso/cache/58b18e2cde391127c3492e1eba984431065982b0.json"

#define SSO_PROFILE                                                              \
    "[default]\nsso_session = my-session\nsso_account_id = 111122223333\n"       \
    "sso_role_name = Reader\n[sso-session my-session]\nsso_region = eu-west-1\n" \
    "sso_start_url = " START "\n"
#define OLD_PROFILE                                                  \
    "[default]\nsso_start_url = " START "\nsso_region = eu-west-1\n" \
    "sso_account_id = 111122223333\nsso_role_name = Reader\n"

#define ROLE_CREDENTIALS                                                     \
    "{\"roleCredentials\":{\"accessKeyId\":\"S\",\"secretAccessKey\":\"s\"," \
    "\"sessionToken\":\"t\",\"expiration\":1700003600000}}"

static void
make_home(void)
{
    aws_open();
    ck_assert_int_eq(mkdir(evc_folder_path(".aws"), 0700), 0);
    ck_assert_int_eq(mkdir(evc_folder_path(".aws/sso"), 0700), 0);
    ck_assert_int_eq(mkdir(evc_folder_path(".aws/sso/cache"), 0700), 0);
}

static void
remove_home(void)
{
    static const char *const names[] = {SESSION_FILE, START_FILE, ".aws/sso/cache",
                                        ".aws/sso", ".aws"};

    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)remove(evc_folder_path(names[i]));
    aws_close();
}

/* A token that ends then, and what renews it. */
static inline void
sign_in(const char *file, const char *ends, const char *registration_ends)
{
    char text[1024];

    (void)snprintf(
        text, sizeof text,
        "{\"accessToken\":\"at-1\",\"expiresAt\":\"%s\",\"refreshToken\":\"rt-1\","
        "\"clientId\":\"ci\",\"clientSecret\":\"cs\","
        "\"registrationExpiresAt\":\"%s\",\"region\":\"eu-west-1\","
        "\"startUrl\":\"" START "\"}",
        ends, registration_ends);
    evc_folder_put(file, text, 0600);
}

static inline void
sso_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, make_home, remove_home);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
