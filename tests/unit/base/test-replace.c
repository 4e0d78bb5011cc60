/* SPDX-License-Identifier: Apache-2.0 */
#define _GNU_SOURCE /* unshare */
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include "base/replace.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"
#include "evc-folder.h"
#include "evc-io.h"

#define NOBODY 65534

static evc_replace r;

static void
begin(void)
{
    evc_folder_make();
    evc_io_reset();
}

static void
end(void)
{
    evc_io_reset();
    evc_replace_abort(&r);
    evc_folder_remove();
}

static int
open_named(const char *name)
{
    return evc_replace_open(&r, evc_folder_path(name), NULL);
}

static int
write_text(const char *text)
{
    return evc_replace_write(&r, evc_view_text(text), NULL);
}

/* All of it; the first code that is not 0. */
static int
replace(const char *name, const char *text, bool exclusive, bool keep_mode)
{
    int rc = open_named(name);

    if (rc != 0)
        return rc;
    rc = write_text(text);
    if (rc == 0)
        return evc_replace_commit(&r, exclusive, keep_mode, NULL);
    evc_replace_abort(&r);
    return rc;
}

/* The old file is there as it was, and nothing besides. */
#define CHECK_UNTOUCHED()                         \
    do {                                          \
        ck_assert(evc_folder_holds("f", "old"));  \
        ck_assert_uint_eq(evc_folder_count(), 1); \
    } while (0)

/* --- success ---------------------------------------------------------------------- */

START_TEST(makes_a_new_file)
{
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert(evc_folder_holds("f", "new"));
}
END_TEST

START_TEST(replaces_an_old_file)
{
    evc_folder_put("f", "old", 0600);
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert(evc_folder_holds("f", "new"));
}
END_TEST

START_TEST(leaves_nothing_besides)
{
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(old_file_stands_until_the_commit)
{
    evc_folder_put("f", "old", 0600);
    EVC_CHECK_OK(open_named("f"));
    EVC_CHECK_OK(write_text("new"));
    ck_assert(evc_folder_holds("f", "old"));
    EVC_CHECK_OK(evc_replace_commit(&r, false, false, NULL));
}
END_TEST

START_TEST(abort_leaves_the_old_file_alone)
{
    evc_folder_put("f", "old", 0600);
    EVC_CHECK_OK(open_named("f"));
    EVC_CHECK_OK(write_text("new"));
    evc_replace_abort(&r);
    CHECK_UNTOUCHED();
}
END_TEST

START_TEST(abort_after_commit_does_nothing)
{
    EVC_CHECK_OK(replace("f", "new", false, false));
    evc_replace_abort(&r);
    ck_assert(evc_folder_holds("f", "new"));
}
END_TEST

START_TEST(removes_a_file_and_syncs_its_folder)
{
    evc_folder_put("f", "old", 0600);
    evc_io_reset();
    EVC_CHECK_OK(evc_replace_remove(evc_folder_path("f"), NULL));
    ck_assert_str_eq(evc_io_trace(), "unlinkat fsync ");
    ck_assert_uint_eq(evc_folder_count(), 0);
    EVC_CHECK_OK(evc_replace_remove(evc_folder_path("f"), NULL)); /* it is gone */
}
END_TEST

START_TEST(what_cannot_be_removed_is_told)
{
    evc_folder_put("f", "old", 0600);
    evc_io_fail("unlinkat", 0, EACCES);
    EVC_CHECK_CODE(evc_replace_remove(evc_folder_path("f"), NULL),
                   ENVCRYPT_E_FILE_DENIED);
    CHECK_UNTOUCHED();
    evc_io_fail("fsync", 0, EIO);
    EVC_CHECK_CODE(evc_replace_remove(evc_folder_path("f"), NULL), ENVCRYPT_E_IO);
    EVC_CHECK_CODE(evc_replace_remove(evc_folder_path("none/f"), NULL),
                   ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(put_does_it_all)
{
    evc_folder_put("f", "old", 0644);
    EVC_CHECK_OK(evc_replace_put(evc_folder_path("f"), evc_view_text("new"), NULL));
    ck_assert(evc_folder_holds("f", "new"));
    ck_assert_uint_eq(evc_folder_mode("f"), 0600);
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(put_that_fails_leaves_the_old_file)
{
    evc_folder_put("f", "old", 0600);
    evc_io_fail("write", 0, ENOSPC);
    EVC_CHECK_CODE(evc_replace_put(evc_folder_path("f"), evc_view_text("new"), NULL),
                   ENVCRYPT_E_NO_SPACE);
    CHECK_UNTOUCHED();
}
END_TEST

START_TEST(writes_are_appended)
{
    EVC_CHECK_OK(open_named("f"));
    EVC_CHECK_OK(write_text("one "));
    EVC_CHECK_OK(write_text("two"));
    EVC_CHECK_OK(evc_replace_commit(&r, false, false, NULL));
    ck_assert(evc_folder_holds("f", "one two"));
}
END_TEST

START_TEST(temporary_can_be_read_back)
{
    char bytes[3];

    EVC_CHECK_OK(open_named("f"));
    EVC_CHECK_OK(write_text("new"));
    ck_assert_int_eq(pread(r.fd, bytes, 3, 0), 3);
    ck_assert_int_eq(strncmp(bytes, "new", 3), 0);
}
END_TEST

START_TEST(relative_path_holds_after_a_chdir)
{
    ck_assert_int_eq(chdir(evc_folder), 0);
    EVC_CHECK_OK(evc_replace_open(&r, "f", NULL));
    ck_assert_int_eq(chdir("/"), 0);
    EVC_CHECK_OK(write_text("new"));
    EVC_CHECK_OK(evc_replace_commit(&r, false, false, NULL));
    ck_assert(evc_folder_holds("f", "new"));
}
END_TEST

START_TEST(name_of_the_longest_size_works)
{
    char name[256];

    memset(name, 'n', 255);
    name[255] = '\0';
    EVC_CHECK_OK(replace(name, "new", false, false));
    ck_assert(evc_folder_holds(name, "new"));
}
END_TEST

START_TEST(temporary_of_a_long_name_is_cut_between_characters)
{
    char name[256];

    memset(name, 'n', 199);
    memcpy(&name[199], "\xe2\x82\xac.txt", 8);
    EVC_CHECK_OK(open_named(name));
    ck_assert_ptr_nonnull(strstr(r.temporary, "nnn.envcrypt-1.tmp"));
}
END_TEST

START_TEST(data_is_on_disk_before_the_name_and_the_name_before_the_end)
{
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert_str_eq(evc_io_trace(), "flock write fchmod fsync renameat fsync ");
}
END_TEST

START_TEST(descriptors_do_not_survive_exec)
{
    EVC_CHECK_OK(open_named("f"));
    ck_assert_int_eq(fcntl(r.fd, F_GETFD), FD_CLOEXEC);
    ck_assert_int_eq(fcntl(r.folder, F_GETFD), FD_CLOEXEC);
}
END_TEST

/* --- modes ------------------------------------------------------------------------ */

START_TEST(new_file_is_private)
{
    EVC_CHECK_OK(replace("f", "new", false, true));
    ck_assert_uint_eq(evc_folder_mode("f"), 0600);
}
END_TEST

START_TEST(temporary_is_private)
{
    evc_folder_put("f", "old", 0666);
    EVC_CHECK_OK(open_named("f"));
    ck_assert_uint_eq(evc_folder_mode(r.temporary), 0600);
}
END_TEST

START_TEST(mode_is_private_whatever_the_umask)
{
    mode_t before = umask(0777);
    int rc = replace("f", "new", false, false);

    (void)umask(before);
    EVC_CHECK_OK(rc);
    ck_assert_uint_eq(evc_folder_mode("f"), 0600);
}
END_TEST

START_TEST(open_mode_is_not_kept_unless_asked_for)
{
    evc_folder_put("f", "old", 0644);
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert_uint_eq(evc_folder_mode("f"), 0600);
}
END_TEST

START_TEST(mode_is_kept_when_asked_for)
{
    static const mode_t modes[] = {0644, 0640, 0400, 0666};

    evc_folder_put("f", "old", modes[_i]);
    EVC_CHECK_OK(replace("f", "new", false, true));
    ck_assert_uint_eq(evc_folder_mode("f"), modes[_i]);
}
END_TEST

START_TEST(set_id_bits_are_not_kept)
{
    evc_folder_put("f", "old", 06755);
    EVC_CHECK_OK(replace("f", "new", false, true));
    ck_assert_uint_eq(evc_folder_mode("f"), 0755);
}
END_TEST

START_TEST(owner_and_group_are_kept)
{
    struct stat found;

    if (geteuid() != 0)
        return;
    evc_folder_put("f", "old", 0640);
    ck_assert_int_eq(chown(evc_folder_path("f"), NOBODY, NOBODY), 0);
    EVC_CHECK_OK(replace("f", "new", false, true));
    ck_assert_int_eq(stat(evc_folder_path("f"), &found), 0);
    ck_assert_uint_eq(found.st_uid, NOBODY);
    ck_assert_uint_eq(found.st_gid, NOBODY);
    ck_assert_uint_eq(evc_folder_mode("f"), 0640);
}
END_TEST

static int
replace_as_nobody(void *user)
{
    (void)user;
    if (chmod(evc_folder, 0777) != 0 || setgroups(0, NULL) != 0 ||
        setgid(NOBODY) != 0 || setuid(NOBODY) != 0)
        return 1;
    return replace("f", "new", false, true) == 0 ? 0 : 2;
}

START_TEST(group_that_cannot_be_kept_gets_nothing)
{
    if (geteuid() != 0)
        return;
    evc_folder_put("f", "old", 0664);
    EVC_CHECK_CHILD(replace_as_nobody, NULL);
    ck_assert_uint_eq(evc_folder_mode("f"), 0600);
}
END_TEST

/* --- exclusive -------------------------------------------------------------------- */

START_TEST(exclusive_makes_a_new_file)
{
    EVC_CHECK_OK(replace("f", "new", true, false));
    ck_assert(evc_folder_holds("f", "new"));
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(exclusive_leaves_an_existing_file)
{
    evc_folder_put("f", "old", 0600);
    EVC_CHECK_CODE(replace("f", "new", true, false), ENVCRYPT_E_FILE_EXISTS);
    CHECK_UNTOUCHED();
}
END_TEST

static void
somebody_makes_it(void)
{
    evc_folder_put("f", "old", 0600);
}

START_TEST(exclusive_leaves_a_file_made_at_the_last_moment)
{
    evc_io_before("renameat2", 0, somebody_makes_it);
    EVC_CHECK_CODE(replace("f", "new", true, false), ENVCRYPT_E_FILE_EXISTS);
    CHECK_UNTOUCHED();
}
END_TEST

START_TEST(exclusive_works_without_the_rename_flag)
{
    evc_io_fail("renameat2", 0, EINVAL);
    EVC_CHECK_OK(replace("f", "new", true, false));
    ck_assert(evc_folder_holds("f", "new"));
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(without_the_rename_flag_too_an_existing_file_stays)
{
    evc_io_fail("renameat2", 0, ENOSYS);
    evc_io_before("linkat", 0, somebody_makes_it);
    EVC_CHECK_CODE(replace("f", "new", true, false), ENVCRYPT_E_FILE_EXISTS);
    CHECK_UNTOUCHED();
}
END_TEST

/* --- targets that are refused ----------------------------------------------------- */

static void
put_link(void)
{
    ck_assert_int_eq(symlink("elsewhere", evc_folder_path("f")), 0);
}

static void
put_fifo(void)
{
    ck_assert_int_eq(mkfifo(evc_folder_path("f"), 0600), 0);
}

static void
put_folder(void)
{
    ck_assert_int_eq(mkdir(evc_folder_path("f"), 0700), 0);
}

static void
put_two_names(void)
{
    evc_folder_put("f", "old", 0600);
    ck_assert_int_eq(link(evc_folder_path("f"), evc_folder_path("g")), 0);
}

static void (*const odd_targets[])(void) = {put_link, put_fifo, put_folder,
                                            put_two_names};

START_TEST(odd_target_is_refused)
{
    size_t before;

    odd_targets[_i]();
    before = evc_folder_count();
    EVC_CHECK_CODE(open_named("f"), ENVCRYPT_E_FILE_TYPE);
    ck_assert_uint_eq(evc_folder_count(), before);
}
END_TEST

START_TEST(target_that_becomes_odd_is_refused)
{
    size_t before;

    EVC_CHECK_OK(open_named("f"));
    odd_targets[_i]();
    before = evc_folder_count();
    EVC_CHECK_CODE(evc_replace_commit(&r, false, false, NULL), ENVCRYPT_E_FILE_TYPE);
    ck_assert_uint_eq(evc_folder_count(), before - 1);
}
END_TEST

START_TEST(path_that_names_no_file_is_refused)
{
    static const char *const paths[] = {"", "/", "/tmp/", ".", "..", "/tmp/.."};

    EVC_CHECK_CODE(evc_replace_open(&r, paths[_i], NULL), ENVCRYPT_E_FILE_TYPE);
}
END_TEST

START_TEST(missing_folder_is_not_found)
{
    EVC_CHECK_CODE(open_named("no/f"), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(file_in_the_place_of_the_folder_is_not_found)
{
    evc_folder_put("f", "old", 0600);
    EVC_CHECK_CODE(open_named("f/g"), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

/* --- temporaries ------------------------------------------------------------------ */

START_TEST(temporary_is_recognisable)
{
    EVC_CHECK_OK(open_named("f"));
    ck_assert_str_eq(r.temporary, ".f.envcrypt-1.tmp");
}
END_TEST

START_TEST(stale_temporaries_are_removed)
{
    evc_folder_put(".f.envcrypt-1.tmp", "stale", 0600);
    evc_folder_put(".f.envcrypt-2.tmp", "stale", 0600);
    evc_folder_put(".f.envcrypt-16.tmp", "stale", 0600);
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(temporaries_of_other_files_stay)
{
    evc_folder_put(".g.envcrypt-1.tmp", "stale", 0600);
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert_uint_eq(evc_folder_count(), 2);
}
END_TEST

START_TEST(stale_temporary_that_is_a_second_name_of_the_target_is_removed)
{
    evc_folder_put("f", "old", 0600);
    ck_assert_int_eq(link(evc_folder_path("f"), evc_folder_path(".f.envcrypt-1.tmp")),
                     0);
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(temporary_in_use_stays)
{
    evc_replace other;

    EVC_CHECK_OK(open_named("f"));
    EVC_CHECK_OK(evc_replace_open(&other, evc_folder_path("f"), NULL));
    ck_assert_str_eq(other.temporary, ".f.envcrypt-2.tmp");
    EVC_CHECK_OK(write_text("first"));
    EVC_CHECK_OK(evc_replace_commit(&r, false, false, NULL));
    EVC_CHECK_OK(evc_replace_write(&other, evc_view_text("second"), NULL));
    EVC_CHECK_OK(evc_replace_commit(&other, false, false, NULL));
    ck_assert(evc_folder_holds("f", "second"));
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(seventeenth_at_once_is_busy)
{
    static evc_replace others[16];

    for (int i = 0; i < 16; i++)
        EVC_CHECK_OK(evc_replace_open(&others[i], evc_folder_path("f"), NULL));
    EVC_CHECK_CODE(open_named("f"), ENVCRYPT_E_FILE_BUSY);
    for (int i = 0; i < 16; i++)
        evc_replace_abort(&others[i]);
    ck_assert_uint_eq(evc_folder_count(), 0);
}
END_TEST

START_TEST(odd_things_under_the_name_of_a_temporary_are_left_alone)
{
    evc_folder_put("victim", "old", 0600);
    ck_assert_int_eq(symlink("victim", evc_folder_path(".f.envcrypt-1.tmp")), 0);
    ck_assert_int_eq(mkfifo(evc_folder_path(".f.envcrypt-2.tmp"), 0600), 0);
    ck_assert_int_eq(mkdir(evc_folder_path(".f.envcrypt-3.tmp"), 0700), 0);
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert(evc_folder_holds("victim", "old"));
    ck_assert_uint_eq(evc_folder_count(), 5);
}
END_TEST

static void
somebody_takes_it_for_stale(void)
{
    ck_assert_int_eq(unlink(evc_folder_path(".f.envcrypt-1.tmp")), 0);
}

START_TEST(temporary_taken_for_stale_before_its_lock_is_made_anew)
{
    evc_io_before("flock", 0, somebody_takes_it_for_stale);
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert(evc_folder_holds("f", "new"));
}
END_TEST

START_TEST(file_system_without_locks_works)
{
    evc_io_fail("flock", 0, ENOLCK);
    EVC_CHECK_OK(replace("f", "new", false, false));
}
END_TEST

/* --- failures --------------------------------------------------------------------- */

typedef struct fault {
    const char *call;
    int errnum;
    int code;
} fault;

START_TEST(fault_before_the_rename_leaves_the_old_file)
{
    static const fault faults[] = {
        {"write", ENOSPC, ENVCRYPT_E_NO_SPACE},
        {"write", EDQUOT, ENVCRYPT_E_NO_SPACE},
        {"write", EIO, ENVCRYPT_E_IO},
        {"fchmod", EIO, ENVCRYPT_E_IO},
        {"fsync", EIO, ENVCRYPT_E_IO},
        {"fsync", ENOSPC, ENVCRYPT_E_NO_SPACE},
        {"fsync", EDQUOT, ENVCRYPT_E_NO_SPACE},
        {"renameat", EIO, ENVCRYPT_E_IO},
        {"renameat", ENOSPC, ENVCRYPT_E_NO_SPACE},
    };

    evc_folder_put("f", "old", 0600);
    evc_io_fail(faults[_i].call, 0, faults[_i].errnum);
    EVC_CHECK_CODE(replace("f", "new", false, false), faults[_i].code);
    CHECK_UNTOUCHED();
}
END_TEST

START_TEST(later_write_that_fails_leaves_the_old_file)
{
    evc_folder_put("f", "old", 0600);
    evc_io_short(1);
    evc_io_fail("write", 2, ENOSPC);
    EVC_CHECK_CODE(replace("f", "new", false, false), ENVCRYPT_E_NO_SPACE);
    CHECK_UNTOUCHED();
}
END_TEST

START_TEST(interruptions_and_short_writes_go_on)
{
    static const char *const calls[] = {"write", "fsync", "flock"};

    evc_io_short(1);
    evc_io_fail(calls[_i], 0, EINTR);
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert(evc_folder_holds("f", "new"));
}
END_TEST

START_TEST(folder_that_cannot_be_synced_is_told)
{
    evc_error *err = NULL;

    evc_folder_put("f", "old", 0600);
    EVC_CHECK_OK(open_named("f"));
    EVC_CHECK_OK(write_text("new"));
    evc_io_fail("fsync", 1, EIO);
    EVC_CHECK_CODE(evc_replace_commit(&r, false, false, &err), ENVCRYPT_E_IO);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "was replaced"));
    ck_assert(evc_folder_holds("f", "new"));
    evc_error_free(err);
}
END_TEST

START_TEST(file_system_that_syncs_no_folders_works)
{
    evc_io_fail("fsync", 1, EINVAL);
    EVC_CHECK_OK(replace("f", "new", false, false));
}
END_TEST

static int
replace_with_small_files_only(void *user)
{
    static char text[70000];
    struct rlimit limit = {65536, 65536};

    (void)user;
    memset(text, 'x', sizeof(text) - 1);
    (void)signal(SIGXFSZ, SIG_IGN);
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return 1;
    return replace("f", text, false, false) == ENVCRYPT_E_IO ? 0 : 2;
}

START_TEST(file_past_the_limit_of_the_process_leaves_the_old_file)
{
    evc_folder_put("f", "old", 0600);
    EVC_CHECK_CHILD(replace_with_small_files_only, NULL);
    CHECK_UNTOUCHED();
}
END_TEST

/*
 * In a mount name space of its own, so that nothing is left mounted. Only a machine's owner can
 * make a small disk; elsewhere the faults above stand in.
 */
static int
replace_on_a_small_disk(void *user)
{
    static char text[200000];

    (void)user;
    if (unshare(CLONE_NEWNS) != 0 ||
        mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("tmpfs", evc_folder, "tmpfs", 0, "size=128k") != 0)
        return 0;
    memset(text, 'x', sizeof(text) - 1);
    if (replace("f", "old", false, false) != 0)
        return 1;
    if (replace("f", text, false, false) != ENVCRYPT_E_NO_SPACE)
        return 2;
    return evc_folder_holds("f", "old") && evc_folder_count() == 1 ? 0 : 3;
}

START_TEST(full_disk_leaves_the_old_file)
{
    EVC_CHECK_CHILD(replace_on_a_small_disk, NULL);
}
END_TEST

static int
replace_anything(void *user)
{
    int rc = open_named("f");

    (void)user;
    if (rc == 0)
        rc = evc_replace_commit(&r, false, false, NULL);
    return rc;
}

START_TEST(memory_that_runs_out_is_reported)
{
    evc_folder_put("f", "old", 0600);
    ck_assert_uint_gt(evc_alloc_sweep(replace_anything, NULL), 0);
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

/* --- fork ------------------------------------------------------------------------- */

static int
write_in_child(void *user)
{
    (void)user;
    return write_text("child") == ENVCRYPT_E_FORKED ? 0 : 1;
}

static int
commit_in_child(void *user)
{
    (void)user;
    return evc_replace_commit(&r, false, false, NULL) == ENVCRYPT_E_FORKED ? 0 : 1;
}

static int
abort_in_child(void *user)
{
    (void)user;
    evc_replace_abort(&r);
    return 0;
}

START_TEST(child_can_neither_write_nor_commit_nor_abort)
{
    evc_folder_put("f", "old", 0600);
    EVC_CHECK_OK(open_named("f"));
    EVC_CHECK_CHILD(write_in_child, NULL);
    EVC_CHECK_CHILD(commit_in_child, NULL);
    EVC_CHECK_CHILD(abort_in_child, NULL);
    ck_assert(evc_folder_holds("f", "old"));
    EVC_CHECK_OK(write_text("new"));
    EVC_CHECK_OK(evc_replace_commit(&r, false, false, NULL));
    ck_assert(evc_folder_holds("f", "new"));
}
END_TEST

static int
die_in_the_making(void *user)
{
    (void)user;
    if (open_named("f") == 0 && write_text("half") == 0)
        (void)kill(getpid(), SIGKILL);
    return 1;
}

START_TEST(next_one_removes_what_a_killed_process_left)
{
    evc_folder_put("f", "old", 0600);
    EVC_CHECK_CHILD_SIGNAL(die_in_the_making, NULL, SIGKILL);
    ck_assert_uint_eq(evc_folder_count(), 2);
    EVC_CHECK_OK(replace("f", "new", false, false));
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

static void
add_case(Suite *suite, const char *name, const TTest *const *tests, int rounds)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (; *tests; tests++)
        tcase_add_loop_test(tcase, *tests, 0, rounds);
    suite_add_tcase(suite, tcase);
}

static void
add_one(Suite *suite, const TTest *test, int rounds)
{
    const TTest *const tests[] = {test, NULL};

    add_case(suite, test->name, tests, rounds);
}

static void
add_tests(Suite *suite)
{
    const TTest *const works[] = {
        makes_a_new_file,
        replaces_an_old_file,
        leaves_nothing_besides,
        old_file_stands_until_the_commit,
        abort_leaves_the_old_file_alone,
        abort_after_commit_does_nothing,
        removes_a_file_and_syncs_its_folder,
        what_cannot_be_removed_is_told,
        put_does_it_all,
        put_that_fails_leaves_the_old_file,
        writes_are_appended,
        temporary_can_be_read_back,
        relative_path_holds_after_a_chdir,
        name_of_the_longest_size_works,
        temporary_of_a_long_name_is_cut_between_characters,
        data_is_on_disk_before_the_name_and_the_name_before_the_end,
        descriptors_do_not_survive_exec,
        new_file_is_private,
        temporary_is_private,
        mode_is_private_whatever_the_umask,
        open_mode_is_not_kept_unless_asked_for,
        set_id_bits_are_not_kept,
        owner_and_group_are_kept,
        group_that_cannot_be_kept_gets_nothing,
        exclusive_makes_a_new_file,
        exclusive_leaves_an_existing_file,
        exclusive_leaves_a_file_made_at_the_last_moment,
        exclusive_works_without_the_rename_flag,
        without_the_rename_flag_too_an_existing_file_stays,
        NULL,
    };
    const TTest *const fails[] = {
        missing_folder_is_not_found,
        file_in_the_place_of_the_folder_is_not_found,
        temporary_is_recognisable,
        stale_temporaries_are_removed,
        temporaries_of_other_files_stay,
        stale_temporary_that_is_a_second_name_of_the_target_is_removed,
        temporary_in_use_stays,
        seventeenth_at_once_is_busy,
        odd_things_under_the_name_of_a_temporary_are_left_alone,
        temporary_taken_for_stale_before_its_lock_is_made_anew,
        file_system_without_locks_works,
        later_write_that_fails_leaves_the_old_file,
        folder_that_cannot_be_synced_is_told,
        file_system_that_syncs_no_folders_works,
        file_past_the_limit_of_the_process_leaves_the_old_file,
        full_disk_leaves_the_old_file,
        memory_that_runs_out_is_reported,
        child_can_neither_write_nor_commit_nor_abort,
        next_one_removes_what_a_killed_process_left,
        NULL,
    };

    add_case(suite, "works", works, 1);
    add_case(suite, "fails", fails, 1);
    add_one(suite, mode_is_kept_when_asked_for, 4);
    add_one(suite, odd_target_is_refused, 4);
    add_one(suite, target_that_becomes_odd_is_refused, 4);
    add_one(suite, path_that_names_no_file_is_refused, 6);
    add_one(suite, fault_before_the_rename_leaves_the_old_file, 9);
    add_one(suite, interruptions_and_short_writes_go_on, 3);
}

EVC_TEST_MAIN("replace", add_tests)
