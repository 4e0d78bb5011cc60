/* SPDX-License-Identifier: Apache-2.0 */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>

#include "base/file.h"
#include "evc-check.h"
#include "evc-child.h"
#include "evc-folder.h"
#include "evc-io.h"

#define NOBODY 65534

static evc_buf got;

static void
begin(void)
{
    evc_folder_make();
    evc_buf_init(&got);
    evc_io_reset();
}

static void
end(void)
{
    evc_io_reset();
    evc_buf_reset(&got);
    evc_folder_remove();
}

static int
read_named(const char *name, size_t limit, unsigned flags)
{
    return evc_file_read(evc_folder_path(name), limit, flags, &got, NULL);
}

static bool
got_is(const char *text)
{
    return evc_view_is_text(evc_buf_view(&got), text);
}

/* --- reading ---------------------------------------------------------------------- */

START_TEST(reads_a_file)
{
    evc_folder_put("f", "content", 0600);
    EVC_CHECK_OK(read_named("f", 100, 0));
    ck_assert(got_is("content"));
}
END_TEST

START_TEST(reads_an_empty_file)
{
    evc_folder_put("f", "", 0600);
    EVC_CHECK_OK(read_named("f", 0, 0));
    ck_assert_uint_eq(got.size, 0);
}
END_TEST

START_TEST(reads_a_file_of_the_limit)
{
    evc_folder_put("f", "content", 0600);
    EVC_CHECK_OK(read_named("f", 7, 0));
}
END_TEST

START_TEST(rejects_a_file_one_past_the_limit)
{
    evc_folder_put("f", "content", 0600);
    EVC_CHECK_CODE(read_named("f", 6, 0), ENVCRYPT_E_FILE_TOO_LARGE);
}
END_TEST

START_TEST(rejects_a_sparse_giant_without_reading_it)
{
    evc_folder_put("f", "", 0600);
    ck_assert_int_eq(truncate(evc_folder_path("f"), (off_t)1 << 40), 0);
    EVC_CHECK_CODE(read_named("f", 1 << 20, 0), ENVCRYPT_E_FILE_TOO_LARGE);
    ck_assert_str_eq(evc_io_trace(), "");
}
END_TEST

START_TEST(appends_to_what_the_buffer_holds)
{
    evc_folder_put("f", "content", 0600);
    evc_buf_put_text(&got, "some ");
    EVC_CHECK_OK(read_named("f", 100, 0));
    ck_assert(got_is("some content"));
}
END_TEST

START_TEST(failure_leaves_the_buffer_as_it_was)
{
    evc_folder_put("f", "content", 0600);
    evc_buf_put_text(&got, "some ");
    evc_io_fail("read", 1, EIO);
    EVC_CHECK_CODE(read_named("f", 100, 0), ENVCRYPT_E_IO);
    ck_assert(got_is("some "));
}
END_TEST

START_TEST(missing_file_is_not_found)
{
    EVC_CHECK_CODE(read_named("f", 100, 0), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(folder_is_no_file)
{
    EVC_CHECK_CODE(evc_file_read(evc_folder, 100, 0, &got, NULL), ENVCRYPT_E_FILE_TYPE);
}
END_TEST

START_TEST(fifo_is_no_file_and_does_not_block)
{
    ck_assert_int_eq(mkfifo(evc_folder_path("f"), 0600), 0);
    EVC_CHECK_CODE(read_named("f", 100, 0), ENVCRYPT_E_FILE_TYPE);
}
END_TEST

START_TEST(device_is_no_file)
{
    EVC_CHECK_CODE(evc_file_read("/dev/zero", 100, 0, &got, NULL),
                   ENVCRYPT_E_FILE_TYPE);
}
END_TEST

static int
read_as_nobody(void *user)
{
    (void)user;
    if (chmod(evc_folder, 0755) != 0 ||
        (geteuid() == 0 && (setgroups(0, NULL) != 0 || setuid(NOBODY) != 0)))
        return 1;
    return read_named("f", 100, 0) == ENVCRYPT_E_FILE_DENIED ? 0 : 2;
}

START_TEST(unreadable_file_is_denied)
{
    evc_folder_put("f", "content", 0);
    EVC_CHECK_CHILD(read_as_nobody, NULL);
}
END_TEST

START_TEST(buffer_without_room_is_too_small)
{
    uint8_t memory[6];

    evc_folder_put("f", "content", 0600);
    evc_buf_init_fixed(&got, memory, sizeof(memory));
    EVC_CHECK_CODE(read_named("f", 100, 0), ENVCRYPT_E_BUFFER_TOO_SMALL);
}
END_TEST

START_TEST(short_and_interrupted_reads_go_on)
{
    evc_folder_put("f", "content", 0600);
    evc_io_short(2);
    evc_io_fail("read", (size_t)_i, EINTR);
    EVC_CHECK_OK(read_named("f", 100, 0));
    ck_assert(got_is("content"));
}
END_TEST

START_TEST(read_error_is_io)
{
    evc_folder_put("f", "content", 0600);
    evc_io_fail("read", (size_t)_i, EIO);
    EVC_CHECK_CODE(read_named("f", 100, 0), ENVCRYPT_E_IO);
}
END_TEST

/* --- private ---------------------------------------------------------------------- */

START_TEST(private_modes_are_read)
{
    static const mode_t modes[] = {0600, 0400, 0700, 0611};

    evc_folder_put("f", "content", modes[_i]);
    EVC_CHECK_OK(read_named("f", 100, EVC_FILE_PRIVATE));
}
END_TEST

START_TEST(modes_open_to_others_are_refused)
{
    static const mode_t modes[] = {0640, 0620, 0604, 0602};

    evc_folder_put("f", "content", modes[_i]);
    EVC_CHECK_CODE(read_named("f", 100, EVC_FILE_PRIVATE), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(own_modes_are_read)
{
    static const mode_t modes[] = {0600, 0644, 0444};

    evc_folder_put("f", "content", modes[_i]);
    EVC_CHECK_OK(read_named("f", 100, EVC_FILE_OWN));
}
END_TEST

START_TEST(modes_that_let_others_write_are_not_own)
{
    static const mode_t modes[] = {0620, 0602, 0666};

    evc_folder_put("f", "content", modes[_i]);
    EVC_CHECK_CODE(read_named("f", 100, EVC_FILE_OWN), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

/* Only root can make one; for others, root's own files are. */
START_TEST(file_of_another_user_is_not_own)
{
    int expected = geteuid() == 0 ? ENVCRYPT_E_FILE_TOO_OPEN : 0;

    evc_folder_put("f", "content", 0600);
    if (geteuid() == 0)
        ck_assert_int_eq(chown(evc_folder_path("f"), NOBODY, NOBODY), 0);
    EVC_CHECK_CODE(read_named("f", 100, EVC_FILE_OWN), expected);
    EVC_CHECK_OK(evc_file_read("/etc/passwd", 1000000, EVC_FILE_OWN, &got, NULL));
}
END_TEST

START_TEST(link_is_not_own)
{
    evc_folder_put("f", "content", 0600);
    ck_assert_int_eq(symlink("f", evc_folder_path("l")), 0);
    EVC_CHECK_CODE(read_named("l", 100, EVC_FILE_OWN), ENVCRYPT_E_FILE_TYPE);
}
END_TEST

START_TEST(open_mode_is_read_where_it_need_not_be_private)
{
    evc_folder_put("f", "content", 0666);
    EVC_CHECK_OK(read_named("f", 100, 0));
}
END_TEST

START_TEST(link_is_refused_where_it_must_be_private)
{
    evc_folder_put("f", "content", 0600);
    ck_assert_int_eq(symlink("f", evc_folder_path("l")), 0);
    EVC_CHECK_CODE(read_named("l", 100, EVC_FILE_PRIVATE), ENVCRYPT_E_FILE_TYPE);
}
END_TEST

START_TEST(link_is_followed_where_what_it_leads_to_must_be_private)
{
    unsigned flags = EVC_FILE_PRIVATE | EVC_FILE_LINKED;

    evc_folder_put("f", "content", 0600);
    evc_folder_put("open", "content", 0644);
    ck_assert_int_eq(symlink("f", evc_folder_path("l")), 0);
    ck_assert_int_eq(symlink("open", evc_folder_path("o")), 0);
    EVC_CHECK_OK(read_named("l", 100, flags));
    EVC_CHECK_CODE(read_named("o", 100, flags), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(link_is_followed_where_it_need_not_be_private)
{
    evc_folder_put("f", "content", 0600);
    ck_assert_int_eq(symlink("f", evc_folder_path("l")), 0);
    EVC_CHECK_OK(read_named("l", 100, 0));
}
END_TEST

/* --- a file that changes ---------------------------------------------------------- */

static void
grow(void)
{
    evc_folder_put("f", "content and more", 0600);
}

static void
shrink(void)
{
    evc_folder_put("f", "con", 0600);
}

static void
rewrite(void)
{
    evc_folder_put("f", "CONTENT", 0600);
}

static const struct timespec long_ago[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
static const struct timespec soon_after[2] = {{1000, 1}, {1000, 1}};

static void
rewrite_within_the_second(void)
{
    rewrite();
    if (utimensat(AT_FDCWD, evc_folder_path("f"), soon_after, 0) != 0)
        abort();
}

START_TEST(change_during_the_read_is_told)
{
    static void (*const changes[])(void) = {grow, shrink, rewrite,
                                            rewrite_within_the_second};

    evc_folder_put("f", "content", 0600);
    ck_assert_int_eq(utimensat(AT_FDCWD, evc_folder_path("f"), long_ago, 0), 0);
    evc_io_short(3);
    evc_io_before("read", 1, changes[_i]);
    EVC_CHECK_CODE(read_named("f", 100, 0), ENVCRYPT_E_FILE_CHANGED);
    ck_assert_uint_eq(got.size, 0);
}
END_TEST

/* --- writing ---------------------------------------------------------------------- */

static int
write_to(const char *path, int flags, const char *text)
{
    int fd = open(path, flags | O_CLOEXEC, 0600);
    int rc;

    ck_assert_int_ge(fd, 0);
    rc = evc_file_write_all(fd, path, evc_view_text(text), NULL);
    (void)close(fd);
    return rc;
}

START_TEST(short_writes_go_on)
{
    evc_io_short(2);
    EVC_CHECK_OK(write_to(evc_folder_path("f"), O_WRONLY | O_CREAT, "content"));
    ck_assert(evc_folder_holds("f", "content"));
}
END_TEST

START_TEST(interrupted_writes_go_on)
{
    evc_io_short(4);
    evc_io_fail("write", (size_t)_i, EINTR);
    EVC_CHECK_OK(write_to(evc_folder_path("f"), O_WRONLY | O_CREAT, "content"));
    ck_assert(evc_folder_holds("f", "content"));
}
END_TEST

START_TEST(nothing_is_written_at_once)
{
    EVC_CHECK_OK(write_to(evc_folder_path("f"), O_WRONLY | O_CREAT, ""));
    ck_assert_str_eq(evc_io_trace(), "");
}
END_TEST

START_TEST(full_disk_is_no_space)
{
    EVC_CHECK_CODE(write_to("/dev/full", O_WRONLY, "content"), ENVCRYPT_E_NO_SPACE);
}
END_TEST

START_TEST(used_up_quota_is_no_space)
{
    evc_io_fail("write", 0, EDQUOT);
    EVC_CHECK_CODE(write_to(evc_folder_path("f"), O_WRONLY | O_CREAT, "content"),
                   ENVCRYPT_E_NO_SPACE);
}
END_TEST

START_TEST(write_error_is_io)
{
    evc_io_fail("write", 0, EIO);
    EVC_CHECK_CODE(write_to(evc_folder_path("f"), O_WRONLY | O_CREAT, "content"),
                   ENVCRYPT_E_IO);
}
END_TEST

START_TEST(write_that_takes_nothing_is_io)
{
    evc_io_short(0);
    EVC_CHECK_CODE(write_to(evc_folder_path("f"), O_WRONLY | O_CREAT, "content"),
                   ENVCRYPT_E_IO);
}
END_TEST

START_TEST(pipe_without_a_reader_is_closed)
{
    int ends[2];

    ck_assert_ptr_ne((void *)(uintptr_t)signal(SIGPIPE, SIG_IGN),
                     (void *)(uintptr_t)SIG_ERR);
    ck_assert_int_eq(pipe(ends), 0);
    (void)close(ends[0]);
    EVC_CHECK_CODE(evc_file_write_all(ends[1], "-", evc_view_text("x"), NULL),
                   ENVCRYPT_E_PIPE_CLOSED);
    (void)close(ends[1]);
}
END_TEST

/* A child writes more than the pipe holds; here it is read slowly. */
START_TEST(pipe_that_does_not_block_gets_everything)
{
    static const uint8_t bytes[300000];
    static uint8_t some[4096];
    size_t total = 0;
    ssize_t size;
    int ends[2];
    pid_t pid;

    ck_assert_int_eq(pipe(ends), 0);
    pid = fork();
    if (pid == 0) {
        (void)close(ends[0]);
        _exit(fcntl(ends[1], F_SETFL, O_NONBLOCK) != 0 ||
              evc_file_write_all(ends[1], "-", evc_view_of(bytes, sizeof(bytes)),
                                 NULL) != 0);
    }
    (void)close(ends[1]);
    while ((size = read(ends[0], some, sizeof(some))) > 0)
        total += (size_t)size;
    (void)waitpid(pid, NULL, 0);
    (void)close(ends[0]);
    ck_assert_uint_eq(total, sizeof(bytes));
}
END_TEST

static void
add_loop(Suite *suite, const char *name, const TTest *test, int rounds)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_loop_test(tcase, test, 0, rounds);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_a_file,
        reads_an_empty_file,
        reads_a_file_of_the_limit,
        rejects_a_file_one_past_the_limit,
        rejects_a_sparse_giant_without_reading_it,
        appends_to_what_the_buffer_holds,
        failure_leaves_the_buffer_as_it_was,
        missing_file_is_not_found,
        folder_is_no_file,
        fifo_is_no_file_and_does_not_block,
        device_is_no_file,
        unreadable_file_is_denied,
        buffer_without_room_is_too_small,
        file_of_another_user_is_not_own,
        link_is_not_own,
        open_mode_is_read_where_it_need_not_be_private,
        link_is_refused_where_it_must_be_private,
        link_is_followed_where_what_it_leads_to_must_be_private,
        link_is_followed_where_it_need_not_be_private,
        short_writes_go_on,
        nothing_is_written_at_once,
        full_disk_is_no_space,
        used_up_quota_is_no_space,
        write_error_is_io,
        write_that_takes_nothing_is_io,
        pipe_without_a_reader_is_closed,
        pipe_that_does_not_block_gets_everything,
        NULL,
    };
    TCase *tcase = tcase_create("file");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
    add_loop(suite, "interrupted reads", short_and_interrupted_reads_go_on, 5);
    add_loop(suite, "read errors", read_error_is_io, 2);
    add_loop(suite, "private", private_modes_are_read, 4);
    add_loop(suite, "too open", modes_open_to_others_are_refused, 4);
    add_loop(suite, "own", own_modes_are_read, 3);
    add_loop(suite, "not own", modes_that_let_others_write_are_not_own, 3);
    add_loop(suite, "changes", change_during_the_read_is_told, 4);
    add_loop(suite, "interrupted writes", interrupted_writes_go_on, 2);
}

EVC_TEST_MAIN("file", add_tests)
