/* SPDX-License-Identifier: Apache-2.0 */
#include "aws-served.h"

#define GOOD "{\"Version\":1,\"AccessKeyId\":\"P\",\"SecretAccessKey\":\"s\""

/* A profile whose program prints text, in the words of a shell, and ends with status. */
static void
put_program(const char *command)
{
    char text[2048];

    (void)snprintf(text, sizeof text, "[default]\ncredential_process = %s\n", command);
    put_files(text, NULL);
    evc_wait_init(&wait_of_test, NULL, 20000); /* a program takes real time */
}

START_TEST(a_program_gives_credentials)
{
    put_program("echo '" GOOD ",\"SessionToken\":\"t\",\"Expiration\":"
                "\"2023-11-14T23:13:20Z\",\"AccountId\":\"1\"}'");
    check_id("P");
    ck_assert_str_eq(creds->source, "profile");
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 3600000);
    ck_assert(is_secret(&creds->token, "t"));
    ck_assert_str_eq(creds->account, "1");
    ck_assert(!creds->fixed);
}
END_TEST

START_TEST(without_an_end_they_are_kept)
{
    put_program("echo '" GOOD "}'");
    check_id("P");
    ck_assert(creds->expires_ms == EVC_CREDS_NEVER);
}
END_TEST

START_TEST(no_shell_runs_it)
{
    put_program("echo '" GOOD "}' && exit 3");
    check_error(ENVCRYPT_E_BAD_CREDENTIALS,
                "credential_process"); /* "&& exit 3" is printed */
}
END_TEST

/* command, code, part of the message */
static const struct {
    const char *command;
    int code;
    const char *with;
} failures[] = {
    {"/nowhere/program", ENVCRYPT_E_BAD_CREDENTIALS, "did not give"},
    {"sh -c 'exit 3'", ENVCRYPT_E_CREDENTIALS_DOWN, "status 3"},
    {"echo '{\"Version\":2}'", ENVCRYPT_E_BAD_CREDENTIALS, "\"Version\": 1"},
    {"echo no JSON", ENVCRYPT_E_BAD_CREDENTIALS, "\"Version\": 1"},
    {"true", ENVCRYPT_E_BAD_CREDENTIALS, "\"Version\": 1"},
    {"echo '{\"Version\":1}'", ENVCRYPT_E_BAD_CREDENTIALS, "wrote no credentials"},
    {"head -c 70000 /dev/zero", ENVCRYPT_E_BAD_CREDENTIALS, "did not give"},
    {"'open", ENVCRYPT_E_BAD_CREDENTIALS, "cannot be read"},
    {"echo '" GOOD ",\"Expiration\":\"2023-11-14T22:13:20Z\"}'",
     ENVCRYPT_E_CREDENTIALS_DOWN, "expired"},
};

START_TEST(what_goes_wrong_is_told)
{
    put_program(failures[_i].command);
    check_error(failures[_i].code, failures[_i].with);
}
END_TEST

START_TEST(the_deadline_holds)
{
    put_program("sleep 20");
    evc_wait_init(&wait_of_test, NULL, 50);
    check_error(ENVCRYPT_E_TIMEOUT, "deadline");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_program_gives_credentials,
                                  without_an_end_they_are_kept, no_shell_runs_it,
                                  the_deadline_holds, NULL};

    aws_add(suite, "process", tests);
    aws_add_loop(suite, "failures", what_goes_wrong_is_told,
                 sizeof failures / sizeof failures[0]);
}

EVC_TEST_MAIN("aws_process", add_tests)
