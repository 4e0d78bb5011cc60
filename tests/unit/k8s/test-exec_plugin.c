/* SPDX-License-Identifier: Apache-2.0 */
/* Real programs are run: shell scripts in a folder of the test's own. */
#include "k8s/exec_plugin.h"

#include "../auth/served-net.h"
#include "evc-alloc.h"

#define ANSWER                                                      \
    "{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":" \
    "\"ExecCredential\",\"status\":{\"token\":\"planted-token\"}}"

static evc_kube_access granted;
static evc_exec_plugin *plugin;
static evc_creds *creds;
static char why[2048];

static void
set_up(void)
{
    served_net_open();
    evc_kube_access_init(&granted);
    EVC_CHECK_OK(evc_text_set(&granted.server, "https://kube.example", NULL));
    EVC_CHECK_OK(evc_text_set(&granted.exec.user, "user dev of /k", NULL));
    granted.exec.v1 = true;
}

static void
tear_down(void)
{
    evc_creds_unref(creds);
    creds = NULL;
    evc_exec_plugin_close(plugin);
    plugin = NULL;
    evc_kube_access_reset(&granted);
    served_net_close();
}

/* The plugin is this script. */
static void
put_plugin(const char *script)
{
    evc_folder_put("plugin", script, 0700);
    EVC_CHECK_OK(evc_text_set(&granted.exec.command, evc_folder_path("plugin"), NULL));
}

static void
set_env(const char *name, const char *value)
{
    EVC_CHECK_OK(
        evc_kv_set(&granted.exec.env, evc_view_text(name), evc_view_text(value), NULL));
}

static void
set_args(const char *first, const char *second)
{
    granted.exec.args = evc_mem_new_array(2, sizeof(char *));
    ck_assert_ptr_nonnull(granted.exec.args);
    granted.exec.args[0] = evc_mem_strdup(first);
    granted.exec.args[1] = evc_mem_strdup(second);
    granted.exec.arg_count = 2;
}

static int
fetch(void)
{
    evc_error *err = NULL;
    int rc = evc_exec_plugin_open(&granted, &plugin, &err);

    if (rc == 0)
        rc = evc_exec_plugin_fetch(plugin, net, 0, &real_wait, &creds, &err);
    why[0] = '\0';
    for (const evc_error *at = err; at; at = evc_error_cause(at)) {
        size_t used = strlen(why);

        (void)snprintf(&why[used], sizeof(why) - used, "%s\n", evc_error_message(at));
    }
    evc_error_free(err);
    return rc;
}

START_TEST(what_a_program_writes_is_taken)
{
    put_plugin("#!/bin/sh\necho '" ANSWER "'\n");
    EVC_CHECK_OK(fetch());
    ck_assert(is_secret(&creds->token, "planted-token"));
}
END_TEST

/* The script answers only if the condition holds. */
static void
check_holds(const char *condition)
{
    static char script[2048];

    (void)snprintf(script, sizeof(script), "#!/bin/sh\nif %s\nthen echo '%s'\nfi\n",
                   condition, ANSWER);
    put_plugin(script);
    EVC_CHECK_OK(fetch());
}

START_TEST(it_gets_its_arguments_as_they_are)
{
    set_args("get token; $HOME", "");
    check_holds("[ $# = 2 ] && [ \"$1\" = 'get token; $HOME' ] && [ \"$2\" = '' ]");
}
END_TEST

START_TEST(it_gets_our_environment_and_its_own_variables_before_it)
{
    set_variable("EVC_OURS", "ours");
    set_variable("EVC_BOTH", "ours");
    set_env("EVC_BOTH", "its");
    set_env("EVC_ITS", "a b=c");
    check_holds(
        "[ \"$EVC_OURS\" = ours ] && [ \"$EVC_BOTH\" = its ] && "
        "[ \"$EVC_ITS\" = 'a b=c' ] && [ \"$(env | grep -c ^EVC_BOTH=)\" = 1 ]");
    ck_assert_str_eq(getenv("EVC_BOTH"), "ours");
}
END_TEST

START_TEST(it_is_told_of_the_request_and_nobody_overrides_that)
{
    set_variable("KUBERNETES_EXEC_INFO", "ours");
    set_env("KUBERNETES_EXEC_INFO", "its");
    check_holds("[ \"$KUBERNETES_EXEC_INFO\" = '{\"kind\":\"ExecCredential\","
                "\"apiVersion\":\"client.authentication.k8s.io/v1\",\"spec\":"
                "{\"interactive\":false}}' ]");
}
END_TEST

START_TEST(it_is_told_of_the_cluster_with_the_authorities_of_a_file)
{
    evc_folder_put("ca", "PEM", 0600);
    EVC_CHECK_OK(evc_text_set(&granted.ca_file, evc_folder_path("ca"), NULL));
    granted.exec.provide_cluster = true;
    check_holds("echo \"$KUBERNETES_EXEC_INFO\" | grep -q "
                "'\"certificate-authority-data\":\"UEVN\"'");
}
END_TEST

START_TEST(it_has_no_terminal)
{
    check_holds("! [ -t 0 ] && ! [ -t 2 ]");
}
END_TEST

START_TEST(one_that_is_not_there_is_named_with_the_hint)
{
    EVC_CHECK_OK(evc_text_set(&granted.exec.command, "evc-no-such-plugin", NULL));
    EVC_CHECK_OK(
        evc_text_set(&granted.exec.hint, "get it\nfrom \x1b[31mexample.org", NULL));
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(why, "evc-no-such-plugin"));
    ck_assert_ptr_nonnull(strstr(why, "user dev of /k"));
    ck_assert_ptr_nonnull(strstr(why, "get it from ?[31mexample.org"));
}
END_TEST

START_TEST(the_hint_is_cut_at_a_character)
{
    static char hint[1000];

    memset(hint, 'h', sizeof(hint) - 1);
    memcpy(&hint[EVC_EXEC_HINT_MAX - 1], "\xc3\xa9", 2);
    EVC_CHECK_OK(evc_text_set(&granted.exec.command, "evc-no-such-plugin", NULL));
    EVC_CHECK_OK(evc_text_set(&granted.exec.hint, hint, NULL));
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_BAD_CREDENTIALS);
    hint[EVC_EXEC_HINT_MAX - 1] = '\n';
    hint[EVC_EXEC_HINT_MAX] = '\0';
    ck_assert_msg(strstr(why, hint), "%s", why);
}
END_TEST

START_TEST(a_status_is_told_and_no_text_of_it)
{
    put_plugin("#!/bin/sh\necho planted-output\necho planted-error >&2\nexit 3\n");
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_CREDENTIALS_DOWN);
    ck_assert_ptr_nonnull(strstr(why, "status 3"));
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

START_TEST(what_is_no_answer_is_not_shown)
{
    put_plugin("#!/bin/sh\necho planted-output\n");
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_null(strstr(why, "planted"));
}
END_TEST

START_TEST(too_much_output_ends_it)
{
    put_plugin("#!/bin/sh\nwhile :; do echo planted-output; done\n");
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(why, "262144"));
}
END_TEST

START_TEST(output_may_fill_its_limit)
{
    static char script[1024];

    /* 262,144 bytes in all: the answer, spaces, and the last line end. */
    (void)snprintf(script, sizeof(script),
                   "#!/bin/sh\nprintf '%%s' '%s'\nprintf '%%%us\\n' ''\n", ANSWER,
                   (unsigned)(EVC_EXEC_OUTPUT_MAX - strlen(ANSWER) - 1));
    put_plugin(script);
    EVC_CHECK_OK(fetch());
}
END_TEST

START_TEST(a_deadline_ends_it)
{
    put_plugin("#!/bin/sh\nsleep 600\n");
    evc_wait_release(&real_wait);
    evc_wait_init(&real_wait, NULL, 200);
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_TIMEOUT);
}
END_TEST

/* By the clock of the test, on which a minute is over at once. */
START_TEST(a_minute_ends_it)
{
    evc_error *err = NULL;

    put_plugin("#!/bin/sh\nsleep 600\n");
    evc_wait_release(&wait_of_test);
    evc_wait_init(&wait_of_test, &env->clock, 120000);
    EVC_CHECK_OK(evc_exec_plugin_open(&granted, &plugin, NULL));
    EVC_CHECK_CODE(evc_exec_plugin_fetch(plugin, net, 0, &wait_of_test, &creds, &err),
                   ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(evc_error_message(evc_error_cause(err)), "60000 ms"));
    evc_error_free(err);
}
END_TEST

static int
open_once(void *user)
{
    evc_exec_plugin *made = NULL;
    int rc = evc_exec_plugin_open(&granted, &made, NULL);

    (void)user;
    evc_exec_plugin_close(made);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    put_plugin("#!/bin/sh\n");
    set_env("A", "b");
    set_args("a", "b");
    granted.exec.provide_cluster = true;
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        what_a_program_writes_is_taken,
        it_gets_its_arguments_as_they_are,
        it_gets_our_environment_and_its_own_variables_before_it,
        it_is_told_of_the_request_and_nobody_overrides_that,
        it_is_told_of_the_cluster_with_the_authorities_of_a_file,
        it_has_no_terminal,
        one_that_is_not_there_is_named_with_the_hint,
        the_hint_is_cut_at_a_character,
        a_status_is_told_and_no_text_of_it,
        what_is_no_answer_is_not_shown,
        too_much_output_ends_it,
        output_may_fill_its_limit,
        a_deadline_ends_it,
        a_minute_ends_it,
        survives_memory_that_runs_out,
        NULL};
    TCase *tcase = tcase_create("exec_plugin");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("exec_plugin", add_tests)
