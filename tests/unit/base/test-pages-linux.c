/* SPDX-License-Identifier: Apache-2.0 */
#include "base/pages.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"
#include "smaps.h"

START_TEST(pages_say_that_they_are_not_dumped)
{
    evc_pages pages;

    ck_assert(evc_pages_map(&pages, 65536));
    ck_assert(pages.not_dumped);
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(kernel_leaves_pages_out_of_dumps)
{
    evc_pages pages;

    ck_assert(evc_pages_map(&pages, 65536));
    ck_assert(smaps_has_flag(pages.start, " dd"));
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(pages_say_that_a_child_reads_zeros)
{
    evc_pages pages;

    ck_assert(evc_pages_map(&pages, 65536));
    ck_assert(pages.fork_wiped);
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(kernel_wipes_pages_on_fork)
{
    evc_pages pages;

    ck_assert(evc_pages_map(&pages, 65536));
    ck_assert(smaps_has_flag(pages.start, " wf"));
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(a_lock_that_fails_midway_is_undone)
{
    long before = smaps_locked_kib();
    evc_pages pages;

    evc_alloc_fail_pages("mlock", 0, false);
    ck_assert(evc_pages_map(&pages, 65536));
    ck_assert_int_eq(smaps_locked_kib(), before);
    evc_pages_unmap(&pages);
}
END_TEST

static int
reads_zero(void *user)
{
    return *(const volatile uint64_t *)user == 0 ? 0 : 1;
}

START_TEST(child_reads_zero_in_the_marker)
{
    uint64_t *marker = evc_pages_map_marker();

    ck_assert_ptr_nonnull(marker);
    *marker = 7;
    EVC_CHECK_CHILD(reads_zero, marker);
    ck_assert_uint_eq(*marker, 7);
    evc_pages_unmap_marker(marker);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        pages_say_that_they_are_not_dumped,
        kernel_leaves_pages_out_of_dumps,
        pages_say_that_a_child_reads_zeros,
        kernel_wipes_pages_on_fork,
        a_lock_that_fails_midway_is_undone,
        child_reads_zero_in_the_marker,
        NULL,
    };

    evc_check_add(suite, "pages-linux", tests);
}

EVC_TEST_MAIN("pages-linux", add_tests)
