/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/env_proxy.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "evc-check.h"

#define SERVER "https://k.a.test:6443"

static char *proxy;
static char why[512];

static void
begin(void)
{
    (void)unsetenv("HTTPS_PROXY");
    (void)unsetenv("https_proxy");
    (void)unsetenv("NO_PROXY");
    (void)unsetenv("no_proxy");
    proxy = NULL;
}

static void
end(void)
{
    begin();
}

/* *what is NULL or right. */
static int
ask(const char *server)
{
    evc_error *err = NULL;
    int rc;

    evc_mem_free(proxy);
    rc = evc_env_proxy_for(server, &proxy, &err);
    (void)snprintf(why, sizeof(why), "%s", evc_error_message(err));
    evc_error_free(err);
    return rc;
}

static void
check_is(const char *wanted)
{
    EVC_CHECK_OK(ask(SERVER));
    if (wanted)
        ck_assert_ptr_nonnull(proxy);
    else
        ck_assert_ptr_null(proxy);
    if (wanted)
        ck_assert_str_eq(proxy, wanted);
    evc_mem_free(proxy);
    proxy = NULL;
}

static void
say(const char *name, const char *value)
{
    ck_assert_int_eq(setenv(name, value, 1), 0);
}

START_TEST(an_environment_that_says_nothing_means_none)
{
    say("HTTP_PROXY", "http://p:1");
    say("ALL_PROXY", "http://p:1");
    check_is(NULL);
    (void)unsetenv("HTTP_PROXY");
    (void)unsetenv("ALL_PROXY");
}
END_TEST

START_TEST(capital_letters_go_before_small_ones_unless_empty)
{
    say("https_proxy", "http://small:1");
    check_is("http://small:1");
    say("HTTPS_PROXY", "");
    check_is("http://small:1");
    say("HTTPS_PROXY", "http://capital:1");
    check_is("http://capital:1");
}
END_TEST

START_TEST(a_server_that_is_listed_is_reached_without)
{
    say("HTTPS_PROXY", "http://p:1");
    say("no_proxy", ".a.test");
    check_is(NULL);
    say("NO_PROXY", "b.test");
    check_is("http://p:1");
}
END_TEST

static const char *const local[] = {"https://localhost:6443", "https://127.0.0.1",
                                    "https://127.9.9.9:6443", "https://[::1]",
                                    "http://127.0.0.1:8080",  "no URL at all"};

START_TEST(this_machine_and_what_is_no_url_have_none)
{
    say("HTTPS_PROXY", "http://p:1");
    EVC_CHECK_OK(ask(local[_i]));
    ck_assert_ptr_null(proxy);
}
END_TEST

static const struct {
    const char *value;
    const char *wanted; /* NULL = refused */
} forms[] = {
    {"p:3128", "http://p:3128"},
    {"p", "http://p:80"},
    {"http://p", "http://p:80"},
    {"http://p/", "http://p:80"},
    {"http://p:3128/", "http://p:3128"},
    {"HTTP://p:1", "http://p:1"},
    {"socks5://p", "socks5://p:1080"},
    {"socks5h://p:9", "socks5://p:9"},
    {"[fd00::2]", "http://[fd00::2]:80"},
    {"http://[fd00::2]:1", "http://[fd00::2]:1"},
    {"https://p:1", NULL},
    {"socks4://p:1", NULL},
    {"http://", NULL},
    {"socks5://", NULL},
    {"http://planted:planted@p:1", NULL},
    {"planted:planted@p:1", NULL},
    {"socks5://planted:planted@p:1", NULL},
    {"http://p:1/planted", NULL},
    {"http://p:1?planted", NULL},
    {"http://p :1", NULL},
};

START_TEST(forms_are_as_go_has_them_or_refused_by_the_variables_name)
{
    say("https_proxy", forms[_i].value);
    if (forms[_i].wanted) {
        check_is(forms[_i].wanted);
        return;
    }
    EVC_CHECK_CODE(ask(SERVER), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_null(proxy);
    ck_assert_ptr_nonnull(strstr(why, "the variable https_proxy"));
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

START_TEST(a_given_proxy_gets_the_port_of_its_scheme)
{
    EVC_CHECK_OK(evc_env_proxy_complete("http://p", &proxy, NULL));
    ck_assert_str_eq(proxy, "http://p:80");
    evc_mem_free(proxy);
    EVC_CHECK_OK(evc_env_proxy_complete("other", &proxy, NULL));
    ck_assert_str_eq(proxy, "other");
    evc_mem_free(proxy);
    proxy = NULL;
}
END_TEST

static int
ask_once(void *user)
{
    int rc = evc_env_proxy_for(SERVER, &proxy, NULL);

    (void)user;
    evc_mem_free(proxy);
    proxy = NULL;
    return rc;
}

START_TEST(memory_that_runs_out_is_told)
{
    say("HTTPS_PROXY", "http://p:1");
    evc_alloc_sweep(ask_once, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const once[] = {
        an_environment_that_says_nothing_means_none,
        capital_letters_go_before_small_ones_unless_empty,
        a_server_that_is_listed_is_reached_without,
        a_given_proxy_gets_the_port_of_its_scheme,
        memory_that_runs_out_is_told,
        NULL,
    };
    TCase *tcase = tcase_create("all");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = once; *test; test++)
        tcase_add_test(tcase, *test);
    tcase_add_loop_test(tcase, this_machine_and_what_is_no_url_have_none, 0,
                        (int)(sizeof(local) / sizeof(local[0])));
    tcase_add_loop_test(tcase,
                        forms_are_as_go_has_them_or_refused_by_the_variables_name, 0,
                        (int)(sizeof(forms) / sizeof(forms[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("env_proxy", add_tests)
