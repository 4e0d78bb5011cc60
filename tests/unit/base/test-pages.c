/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "base/pages.h"
#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"

static evc_pages
map(size_t size)
{
    evc_pages pages;

    ck_assert(evc_pages_map(&pages, size));
    return pages;
}

START_TEST(pages_are_zeroed)
{
    evc_pages pages = map(65536);

    ck_assert(evc_mem_is_zero(pages.start, pages.size));
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(size_is_rounded_up_to_whole_pages)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    evc_pages pages = map(page + 1);

    ck_assert_uint_eq(pages.size, 2 * page);
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(rejects_size_zero)
{
    evc_pages pages;

    ck_assert(!evc_pages_map(&pages, 0));
}
END_TEST

START_TEST(rejects_size_that_overflows)
{
    evc_pages pages;

    ck_assert(!evc_pages_map(&pages, SIZE_MAX));
}
END_TEST

START_TEST(rejects_more_than_the_system_has)
{
    evc_pages pages;

    /* Half of it would be there for a 32-bit process under a 64-bit kernel. */
    ck_assert(!evc_pages_map(&pages, SIZE_MAX / 16 * 15));
}
END_TEST

static int
touch(void *user)
{
    *(volatile uint8_t *)user = 1;
    return 0;
}

START_TEST(first_and_last_byte_can_be_written)
{
    evc_pages pages = map(65536);

    EVC_CHECK_CHILD(touch, pages.start);
    EVC_CHECK_CHILD(touch, (uint8_t *)pages.start + pages.size - 1);
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(byte_before_is_guarded)
{
    evc_pages pages = map(65536);

    EVC_CHECK_CHILD_SIGNAL(touch, (uint8_t *)pages.start - 1, SIGSEGV);
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(byte_after_is_guarded)
{
    evc_pages pages = map(65536);

    EVC_CHECK_CHILD_SIGNAL(touch, (uint8_t *)pages.start + pages.size, SIGSEGV);
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(unmapped_pages_are_gone)
{
    evc_pages pages = map(65536);
    void *start = pages.start;

    evc_pages_unmap(&pages);
    EVC_CHECK_CHILD_SIGNAL(touch, start, SIGSEGV);
}
END_TEST

START_TEST(unmapping_wipes_first)
{
    uint8_t left[16];
    evc_pages pages = map(65536);

    memset(pages.start, 0xa5, pages.size);
    evc_alloc_watch(pages.start, sizeof(left), left);
    evc_pages_unmap(&pages);
    ck_assert(evc_alloc_was_freed());
    ck_assert(evc_mem_is_zero(left, sizeof(left)));
}
END_TEST

START_TEST(unmap_twice_does_nothing)
{
    evc_pages pages = map(65536);

    evc_pages_unmap(&pages);
    evc_pages_unmap(&pages);
    ck_assert_ptr_null(pages.start);
}
END_TEST

static int
reads_zero(void *user)
{
    const evc_pages *pages = user;

    return evc_mem_is_zero(pages->start, pages->size) ? 0 : 1;
}

START_TEST(child_reads_zeros_exactly_where_it_is_promised)
{
    evc_pages pages = map(65536);
    int status;

    memset(pages.start, 0xa5, pages.size);
    status = evc_child_status(reads_zero, &pages);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), pages.fork_wiped ? 0 : 1);
    evc_pages_unmap(&pages);
}
END_TEST

/* -- what the system refuses --------------------------------------------------------- */

START_TEST(pages_that_cannot_be_mapped_are_none)
{
    evc_pages pages;

    evc_alloc_fail_pages("mmap64", 0, false);
    ck_assert(!evc_pages_map(&pages, 65536));
    ck_assert_ptr_null(pages.start);
}
END_TEST

START_TEST(pages_that_cannot_be_opened_are_none)
{
    evc_pages pages;

    evc_alloc_fail_pages("mprotect", 0, false);
    ck_assert(!evc_pages_map(&pages, 65536));
    ck_assert_ptr_null(pages.start);
}
END_TEST

START_TEST(a_lock_that_fails_is_told)
{
    evc_pages pages;

    evc_alloc_fail_pages("mlock", 0, false);
    pages = map(65536);
    ck_assert(!pages.locked);
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(advice_that_is_not_taken_is_told)
{
    evc_pages pages;

    evc_alloc_fail_pages("madvise", 0, true);
    pages = map(65536);
    ck_assert(!pages.not_dumped);
    ck_assert(!pages.fork_wiped);
    evc_pages_unmap(&pages);
}
END_TEST

START_TEST(marker_that_a_child_would_read_is_none)
{
    evc_alloc_fail_pages("madvise", 0, true);
    ck_assert_ptr_null(evc_pages_map_marker());
}
END_TEST

START_TEST(marker_without_memory_is_none)
{
    evc_alloc_fail_pages("mmap64", 0, false);
    ck_assert_ptr_null(evc_pages_map_marker());
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        pages_are_zeroed,
        size_is_rounded_up_to_whole_pages,
        rejects_size_zero,
        rejects_size_that_overflows,
        rejects_more_than_the_system_has,
        first_and_last_byte_can_be_written,
        byte_before_is_guarded,
        byte_after_is_guarded,
        unmapped_pages_are_gone,
        unmapping_wipes_first,
        unmap_twice_does_nothing,
        child_reads_zeros_exactly_where_it_is_promised,
        pages_that_cannot_be_mapped_are_none,
        pages_that_cannot_be_opened_are_none,
        a_lock_that_fails_is_told,
        advice_that_is_not_taken_is_told,
        marker_that_a_child_would_read_is_none,
        marker_without_memory_is_none,
        NULL,
    };

    evc_check_add(suite, "pages", tests);
}

EVC_TEST_MAIN("pages", add_tests)
