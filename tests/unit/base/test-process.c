/* SPDX-License-Identifier: Apache-2.0 */
#include "base/process.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-folder.h"

static evc_words words;
static evc_buf out;
static evc_wait wait_here;
static int status;

static void
setup(void)
{
    evc_folder_make();
    evc_buf_init(&out);
    evc_wait_init(&wait_here, NULL, 20000);
    status = -1;
}

static void
teardown(void)
{
    evc_words_reset(&words);
    evc_buf_reset(&out);
    evc_wait_release(&wait_here);
    evc_folder_remove();
}

/* --- words ------------------------------------------------------------------------ */

/* line, words joined by | */
static const char *const lines[][2] = {
    {"a", "a"},
    {"  a\tb  ", "a|b"},
    {"a 'b c' \"d e\"", "a|b c|d e"},
    {"a'b'\"c\"d", "abcd"},
    {"'' a \"\"", "|a|"},
    {"'a\"b' \"a'b\"", "a\"b|a'b"},
    {"a\\ b \\'c \\\\", "a b|'c|\\"},
    {"\"a\\\"b\\\\c\\$d\\`e\\f\"", "a\"b\\c$d`e\\f"},
    {"'a\\b'", "a\\b"},
    {"$HOME `id` ~ *", "$HOME|`id`|~|*"},
    {"a;b|c&d>e", "a;b|c&d>e"},
    {"/opt/my\\ tool --flag=\"x y\"", "/opt/my tool|--flag=x y"},
    {"caf\xc3\xa9", "caf\xc3\xa9"},
};

START_TEST(splits_like_a_shell_that_expands_nothing)
{
    char joined[128] = "";
    size_t at = 0;

    EVC_CHECK_OK(evc_words_split(evc_view_text(lines[_i][0]), &words, NULL));
    for (size_t i = 0; i < words.count; i++)
        at += (size_t)snprintf(&joined[at], sizeof(joined) - at, "%s%s", i ? "|" : "",
                               words.items[i]);
    ck_assert_str_eq(joined, lines[_i][1]);
    ck_assert_ptr_null(words.items[words.count]);
}
END_TEST

static const char *const bad_lines[] = {"",      "   ",  "'a",   "\"a",   "a\\",
                                        "\"a\\", "a\nb", "a\rb", "a\x01", "a\x7f"};

START_TEST(refuses_lines_that_no_shell_would_end)
{
    EVC_CHECK_CODE(evc_words_split(evc_view_text(bad_lines[_i]), &words, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(words.items);
}
END_TEST

START_TEST(a_nul_is_a_control_byte)
{
    EVC_CHECK_CODE(evc_words_split(evc_view_of("a\0b", 3), &words, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
split_count(size_t count)
{
    evc_buf line;
    int rc;

    evc_buf_init(&line);
    for (size_t i = 0; i < count; i++)
        evc_buf_put_text(&line, "w ");
    rc = evc_words_split(evc_buf_view(&line), &words, NULL);
    evc_buf_reset(&line);
    return rc;
}

START_TEST(takes_as_many_words_as_the_limit)
{
    EVC_CHECK_OK(split_count(EVC_WORDS_MAX));
    ck_assert_uint_eq(words.count, EVC_WORDS_MAX);
}
END_TEST

START_TEST(refuses_one_word_more)
{
    EVC_CHECK_CODE(split_count(EVC_WORDS_MAX + 1), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
split_two(void *user)
{
    int rc = evc_words_split(evc_view_text("one 'two words'"), &words, NULL);

    (void)user;
    evc_words_reset(&words);
    return rc;
}

START_TEST(splitting_survives_memory_running_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(split_two, NULL), 4);
}
END_TEST

/* --- running ---------------------------------------------------------------------- */

static int
run(const char *script, size_t limit, int64_t timeout_ms, evc_error **err)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const evc_process process = {argv, limit, timeout_ms, NULL};

    return evc_process_run(&process, &wait_here, &out, &status, err);
}

static void
check_output(const char *expected)
{
    ck_assert_uint_eq(out.size, strlen(expected));
    ck_assert_mem_eq(out.data, expected, out.size);
}

START_TEST(gives_output_and_status)
{
    EVC_CHECK_OK(run("printf abc; exit 3", 100, -1, NULL));
    check_output("abc");
    ck_assert_int_eq(status, 3);
}
END_TEST

START_TEST(no_shell_reads_the_words)
{
    const char *const argv[] = {"printf", "%s", "$HOME;`id`", NULL};
    const evc_process process = {argv, 100, -1, NULL};

    EVC_CHECK_OK(evc_process_run(&process, &wait_here, &out, &status, NULL));
    check_output("$HOME;`id`");
}
END_TEST

static int
run_with(const char *const *env, const char *script)
{
    const char *const argv[] = {"sh", "-c", script, NULL};
    const evc_process process = {argv, 100, -1, env};

    return evc_process_run(&process, &wait_here, &out, &status, NULL);
}

START_TEST(variables_are_added_to_ours_and_go_before_them)
{
    static const char *const env[] = {"EVC_BOTH=its = own", "EVC_ITS=", NULL};

    ck_assert_int_eq(setenv("EVC_OURS", "ours", 1), 0);
    ck_assert_int_eq(setenv("EVC_BOTH", "ours", 1), 0);
    ck_assert_int_eq(setenv("EVC_BOTH_NOT", "ours", 1), 0);
    EVC_CHECK_OK(run_with(env, "env | grep ^EVC_[BIO] | sort | tr '\\n' ';'"));
    check_output("EVC_BOTH=its = own;EVC_BOTH_NOT=ours;EVC_ITS=;EVC_OURS=ours;");
    ck_assert_str_eq(getenv("EVC_BOTH"), "ours");
    ck_assert_ptr_null(getenv("EVC_ITS"));
}
END_TEST

START_TEST(an_environment_that_is_too_long_is_told)
{
    static char long_one[4 * 1024 * 1024] = "EVC_LONG=";
    const char *const env[] = {long_one, NULL};

    memset(&long_one[9], 'x', sizeof(long_one) - 10);
    EVC_CHECK_CODE(run_with(env, "true"), ENVCRYPT_E_IO);
}
END_TEST

START_TEST(appends_to_what_the_buffer_holds)
{
    evc_buf_put_text(&out, "x");
    EVC_CHECK_OK(run("printf y", 1, -1, NULL));
    check_output("xy");
}
END_TEST

START_TEST(a_signal_is_a_status_too)
{
    EVC_CHECK_OK(run("kill -TERM $$", 100, -1, NULL));
    ck_assert_int_eq(status, 128 + SIGTERM);
}
END_TEST

START_TEST(output_of_the_limit_is_taken)
{
    EVC_CHECK_OK(run("head -c 65536 /dev/zero", 65536, -1, NULL));
    ck_assert_uint_eq(out.size, 65536);
}
END_TEST

START_TEST(output_past_the_limit_stops_the_program)
{
    evc_buf_put_text(&out, "x");
    EVC_CHECK_CODE(run("cat /dev/zero", 65536, -1, NULL), ENVCRYPT_E_FILE_TOO_LARGE);
    check_output("x");
    errno = 0;
    ck_assert_int_eq(waitpid(-1, NULL, 0), -1); /* nobody is left */
    ck_assert_int_eq(errno, ECHILD);
}
END_TEST

START_TEST(a_program_that_is_not_there_is_told)
{
    const char *const argv[] = {"/nowhere/tool", NULL};
    const evc_process process = {argv, 100, -1, NULL};
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_process_run(&process, &wait_here, &out, &status, &err),
                   ENVCRYPT_E_FILE_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "/nowhere/tool"));
    evc_error_free(err);
}
END_TEST

START_TEST(a_file_that_may_not_be_run_is_told)
{
    const char *const argv[] = {evc_folder_path("f"), NULL};
    const evc_process process = {argv, 100, -1, NULL};

    evc_folder_put("f", "x", 0600);
    EVC_CHECK_CODE(evc_process_run(&process, &wait_here, &out, &status, NULL),
                   ENVCRYPT_E_FILE_DENIED);
}
END_TEST

/* Whether the process whose number stands in the output is gone, or a zombie that init
 * has not looked at. */
static bool
is_gone(void)
{
    char path[64];
    char line[256] = "";
    FILE *file;
    bool gone;

    (void)snprintf(path, sizeof(path), "/proc/%.*s/stat", (int)out.size,
                   (const char *)out.data);
    file = fopen(path, "r");
    if (!file)
        return true;
    if (!fgets(line, sizeof(line), file))
        line[0] = 0;
    gone = strstr(line, ") Z ") != NULL;
    (void)fclose(file);
    return gone;
}

static int64_t
now_ms(void)
{
    return evc_clock_monotonic_ms(NULL);
}

START_TEST(its_own_time_is_over)
{
    int64_t began = now_ms();

    EVC_CHECK_CODE(run("sleep 20", 100, 50, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_lt(now_ms() - began, 2000);
}
END_TEST

START_TEST(the_deadline_holds)
{
    int64_t began = now_ms();

    evc_wait_init(&wait_here, NULL, 50);
    EVC_CHECK_CODE(run("sleep 20", 100, -1, NULL), ENVCRYPT_E_TIMEOUT);
    ck_assert_int_lt(now_ms() - began, 2000);
}
END_TEST

START_TEST(a_program_that_took_its_own_time_was_not_cut)
{
    evc_wait_init(&wait_here, NULL, 60000);
    ck_assert(!evc_process_was_cut(ENVCRYPT_E_TIMEOUT, &wait_here));
    ck_assert(!evc_process_was_cut(ENVCRYPT_E_FILE_NOT_FOUND, &wait_here));
}
END_TEST

START_TEST(a_run_past_the_deadline_or_canceled_was_cut)
{
    evc_wait_init(&wait_here, NULL, 0);
    ck_assert(evc_process_was_cut(ENVCRYPT_E_TIMEOUT, &wait_here));
    ck_assert(evc_process_was_cut(ENVCRYPT_E_CANCELED, &wait_here));
}
END_TEST

START_TEST(what_it_started_is_killed_too)
{
    EVC_CHECK_CODE(run(": > /dev/null; sleep 30 & echo -n $! > \"$PIDFILE\"; wait", 100,
                       100, NULL),
                   ENVCRYPT_E_TIMEOUT);
    EVC_CHECK_OK(evc_file_read(getenv("PIDFILE"), 100, 0, &out, NULL));
    for (int i = 0; i < 200 && !is_gone(); i++)
        (void)usleep(10000);
    ck_assert(is_gone());
}
END_TEST

static void *
cancel(void *user)
{
    (void)user;
    (void)usleep(50000);
    evc_wait_cancel(&wait_here);
    return NULL;
}

START_TEST(a_cancel_stops_it)
{
    int64_t began = now_ms();
    pthread_t thread;

    ck_assert_int_eq(pthread_create(&thread, NULL, cancel, NULL), 0);
    EVC_CHECK_CODE(run("sleep 20", 100, -1, NULL), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
    ck_assert_int_lt(now_ms() - began, 2000);
}
END_TEST

START_TEST(a_wait_of_no_time_runs_nothing)
{
    evc_wait_init(&wait_here, NULL, 0);
    EVC_CHECK_CODE(run("exit 0", 100, -1, NULL), ENVCRYPT_E_TIMEOUT);
}
END_TEST

START_TEST(it_inherits_no_descriptor)
{
    int open_fd = open("/dev/null", O_RDONLY); /* without O_CLOEXEC */

    ck_assert_int_gt(open_fd, 2);
    EVC_CHECK_OK(run("[ ! -e /proc/$$/fd/$FD ] && echo -n none", 100, -1, NULL));
    (void)close(open_fd);
    check_output("none");
}
END_TEST

START_TEST(its_input_is_empty)
{
    EVC_CHECK_OK(run("cat; echo -n end", 100, -1, NULL));
    check_output("end");
}
END_TEST

START_TEST(blocked_signals_are_not_inherited)
{
    sigset_t all;

    (void)sigfillset(&all);
    ck_assert_int_eq(sigprocmask(SIG_BLOCK, &all, NULL), 0);
    EVC_CHECK_OK(run("grep SigBlk /proc/self/status | tr -dc 0-9a-f", 100, -1, NULL));
    check_output("0000000000000000");
}
END_TEST

START_TEST(ignored_signals_are_not_inherited)
{
    ck_assert(signal(SIGPIPE, SIG_IGN) != SIG_ERR);
    EVC_CHECK_OK(run("kill -PIPE $$", 100, -1, NULL));
    ck_assert_int_eq(status, 128 + SIGPIPE);
}
END_TEST

START_TEST(it_does_not_wait_for_what_keeps_the_output)
{
    int64_t began = now_ms();

    EVC_CHECK_OK(run("sleep 5 & echo -n done", 100, -1, NULL));
    check_output("done");
    ck_assert_int_lt(now_ms() - began, 3000);
}
END_TEST

START_TEST(a_host_that_ignores_its_children_is_told)
{
    ck_assert(signal(SIGCHLD, SIG_IGN) != SIG_ERR);
    EVC_CHECK_CODE(run("exit 0", 100, -1, NULL), ENVCRYPT_E_IO);
}
END_TEST

static int
run_once(void *user)
{
    evc_buf_reset(&out);
    (void)user;
    return run("exit 0", 100, -1, NULL);
}

START_TEST(survives_memory_running_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(run_once, NULL), 1);
}
END_TEST

static void
set_variables(void)
{
    char fd[16];
    int next = dup(0);

    (void)snprintf(fd, sizeof(fd), "%d", next);
    (void)close(next);
    (void)setenv("FD", fd, 1);
    setup();
    (void)setenv("PIDFILE", evc_folder_path("pid"), 1);
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_nul_is_a_control_byte,
                                  takes_as_many_words_as_the_limit,
                                  refuses_one_word_more,
                                  splitting_survives_memory_running_out,
                                  gives_output_and_status,
                                  no_shell_reads_the_words,
                                  variables_are_added_to_ours_and_go_before_them,
                                  an_environment_that_is_too_long_is_told,
                                  appends_to_what_the_buffer_holds,
                                  a_signal_is_a_status_too,
                                  output_of_the_limit_is_taken,
                                  output_past_the_limit_stops_the_program,
                                  a_program_that_is_not_there_is_told,
                                  a_file_that_may_not_be_run_is_told,
                                  its_own_time_is_over,
                                  the_deadline_holds,
                                  a_program_that_took_its_own_time_was_not_cut,
                                  a_run_past_the_deadline_or_canceled_was_cut,
                                  what_it_started_is_killed_too,
                                  a_cancel_stops_it,
                                  a_wait_of_no_time_runs_nothing,
                                  it_inherits_no_descriptor,
                                  its_input_is_empty,
                                  blocked_signals_are_not_inherited,
                                  ignored_signals_are_not_inherited,
                                  it_does_not_wait_for_what_keeps_the_output,
                                  a_host_that_ignores_its_children_is_told,
                                  survives_memory_running_out,
                                  NULL};
    TCase *tcase = tcase_create("process");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_variables, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, splits_like_a_shell_that_expands_nothing, 0,
                        sizeof(lines) / sizeof(lines[0]));
    tcase_add_loop_test(tcase, refuses_lines_that_no_shell_would_end, 0,
                        sizeof(bad_lines) / sizeof(bad_lines[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("process", add_tests)
