/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/bolt.h"

#include "bolt-fixture.h"
#include "evc-alloc.h"

static evc_infile file;
static evc_buf seen;
static int stop_with;

static void
begin(void)
{
    evc_folder_make();
    bolt_begin(false);
    evc_buf_init(&seen);
    file.fd = -1;
    stop_with = 0;
}

static void
end(void)
{
    evc_buf_reset(&seen);
    evc_infile_close(&file);
    evc_folder_remove();
}

/* "a=1 b=2 " */
static int
note(void *user, const evc_bolt_item *item, evc_error **err)
{
    (void)user;
    evc_buf_put_view(&seen, item->key);
    evc_buf_put_u8(&seen, item->is_bucket ? '/' : '=');
    if (item->value.size <= 8)
        evc_buf_put_view(&seen, item->value);
    else
        evc_buf_put_format(&seen, "%zu", item->value.size);
    evc_buf_put_u8(&seen, ' ');
    return stop_with ? stop_with : evc_buf_check(&seen, err);
}

static int
walk_file(const evc_infile *of, const char *name, evc_wait *wait, evc_error **err)
{
    evc_bolt_bucket bucket = {.root = 0};
    evc_bolt b;
    bool found = false;
    int rc = evc_bolt_open(&b, of, of->size, err);

    evc_buf_clear(&seen);
    if (rc == 0)
        rc = evc_bolt_find(&b, name, wait, &bucket, &found, err);
    if (rc == 0 && found)
        rc = evc_bolt_walk(&b, &bucket, wait, note, NULL, err);
    else if (rc == 0)
        evc_buf_put_text(&seen, "none");
    evc_bolt_bucket_reset(&bucket);
    return rc;
}

/* Of what the fixture holds. */
static int
walk(void)
{
    int rc;

    evc_infile_close(&file);
    EVC_CHECK_OK(evc_infile_open(&file, bolt_write("db"), NULL));
    rc = walk_file(&file, "key", NULL, NULL);
    return rc;
}

#define SAW(text) ck_assert(evc_view_is_text(evc_buf_view(&seen), text))

static const bolt_entry ab[] = {{"a", 1, "1", 1, 0, 0}, {"b", 1, "2", 1, 0, 0}};
static const bolt_entry cd[] = {{"c", 1, "3", 1, 0, 0}, {"d", 1, "", 0, 0, 0}};

/* The bucket "key": page 4 a branch, 5 and 6 its leaves. */
static void
two_leaves(void)
{
    const bolt_entry both[] = {{"a", 1, NULL, 0, 0, 5}, {"c", 1, NULL, 0, 0, 6}};

    (void)bolt_put_page(4, true, both, 2);
    (void)bolt_put_page(5, false, ab, 2);
    (void)bolt_put_page(6, false, cd, 2);
    bolt_end("key", 4, 7);
}

START_TEST(walks_leaves_below_a_branch_in_order)
{
    two_leaves();
    EVC_CHECK_OK(walk());
    SAW("a=1 b=2 c=3 d= ");
}
END_TEST

START_TEST(walks_what_a_big_endian_machine_wrote)
{
    bolt_begin(true);
    two_leaves();
    EVC_CHECK_OK(walk());
    SAW("a=1 b=2 c=3 d= ");
}
END_TEST

START_TEST(walks_pages_that_go_on_behind_themselves)
{
    static char large[5000];
    const bolt_entry entries[] = {{"a", 1, large, sizeof(large), 0, 0},
                                  {"b", 1, "2", 1, 0, 0}};

    bolt_end("key", 4, bolt_put_page(4, false, entries, 2));
    EVC_CHECK_OK(walk());
    SAW("a=5000 b=2 ");
}
END_TEST

START_TEST(walks_an_empty_bucket)
{
    bolt_end("key", 4, bolt_put_page(4, false, NULL, 0));
    EVC_CHECK_OK(walk());
    SAW("");
}
END_TEST

START_TEST(tells_buckets_from_values)
{
    const bolt_entry entries[] = {{"a", 1, "1", 1, 1, 0}};

    bolt_end("key", 4, bolt_put_page(4, false, entries, 1));
    EVC_CHECK_OK(walk());
    SAW("a/1 ");
}
END_TEST

/* The page of the bucket stands in its value. */
static void
inlined(size_t spoil_at, uint8_t spoil)
{
    uint8_t value[16 + 16 + 2 * 16 + 4];
    bolt_entry entry = {"key", 3, value, sizeof(value), 1, 0};

    bolt_end("key", 4, 5);
    memset(bolt.bytes, 0, 2 * BOLT_PAGE);
    bolt_put_header(16, 0, 2, 2, 0);
    (void)bolt_put_entries(16, false, ab, 2);
    memcpy(value, bolt.bytes, sizeof(value));
    if (spoil_at)
        value[spoil_at] = spoil;
    memset(bolt.bytes, 0, BOLT_PAGE);
    (void)bolt_put_page(2, false, &entry, 1);
    bolt_put_meta(0, 7, 2, 5);
    bolt_put_meta(1, 6, 2, 5);
}

START_TEST(walks_a_bucket_within_a_page)
{
    inlined(0, 0);
    EVC_CHECK_OK(walk());
    SAW("a=1 b=2 ");
}
END_TEST

START_TEST(rejects_a_bucket_within_a_page_that_is_a_branch)
{
    inlined(16 + 8, 1);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_bucket_within_a_page_that_goes_on_elsewhere)
{
    inlined(16 + 12, 1);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(tells_that_there_is_no_such_bucket)
{
    bolt_end("keys", 4, bolt_put_page(4, false, ab, 2));
    EVC_CHECK_OK(walk());
    SAW("none");
}
END_TEST

START_TEST(rejects_a_bucket_that_is_a_value)
{
    const bolt_entry entry = {"key", 3, "0123456789abcdef", 16, 0, 0};

    two_leaves();
    (void)bolt_put_page(2, false, &entry, 1);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

/* --- meta pages --- */

/* Transaction 7 has the leaf 4, transaction 6 the leaf 5. */
static void
two_states(void)
{
    uint8_t value[16] = {5};
    const bolt_entry old = {"key", 3, value, sizeof(value), 1, 0};

    bolt_end("key", 4, 7);
    (void)bolt_put_page(4, false, ab, 2);
    (void)bolt_put_page(5, false, cd, 2);
    (void)bolt_put_page(6, false, &old, 1);
    bolt_put_meta(1, 6, 6, 7);
}

START_TEST(takes_the_later_transaction)
{
    two_states();
    EVC_CHECK_OK(walk());
    SAW("a=1 b=2 ");
}
END_TEST

START_TEST(takes_the_later_transaction_of_the_second_page)
{
    two_states();
    bolt_put_meta(1, 8, 6, 7);
    EVC_CHECK_OK(walk());
    SAW("c=3 d= ");
}
END_TEST

START_TEST(takes_the_second_page_when_the_first_is_damaged)
{
    two_states();
    bolt.bytes[40] ^= 1;
    EVC_CHECK_OK(walk());
    SAW("c=3 d= ");
}
END_TEST

START_TEST(takes_the_first_page_when_the_second_is_damaged)
{
    two_states();
    bolt_put_meta(1, 8, 6, 7);
    bolt.bytes[BOLT_PAGE + 40] ^= 1;
    EVC_CHECK_OK(walk());
    SAW("a=1 b=2 ");
}
END_TEST

START_TEST(rejects_a_file_whose_meta_pages_are_both_damaged)
{
    two_states();
    bolt.bytes[40] ^= 1;
    bolt.bytes[BOLT_PAGE + 40] ^= 1;
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

static void
spoil_meta(size_t at, uint64_t number, size_t size)
{
    two_leaves();
    for (uint64_t page = 0; page < 2; page++) {
        bolt_put(bolt_at(page) + at, number, size);
        bolt_sum(bolt_at(page));
    }
}

START_TEST(rejects_another_version)
{
    spoil_meta(20, 3, 4);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_page_size_that_is_none)
{
    static const uint64_t sizes[] = {0, 512, 1000, 33554432};

    spoil_meta(24, sizes[_i], 4);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_root_that_is_no_page_of_data)
{
    static const uint64_t roots[] = {0, 1, 3, 7, UINT64_MAX};

    spoil_meta(32, roots[_i], 8);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_more_pages_than_the_file_has)
{
    spoil_meta(56, 8, 8);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_file_that_is_cut_anywhere)
{
    two_leaves();
    for (size_t size = 0; size < bolt_at(7); size += size < 2200 ? 1 : 97) {
        bolt.size = size;
        EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
    }
}
END_TEST

START_TEST(recognizes_its_files)
{
    bool is_bolt;

    two_leaves();
    EVC_CHECK_OK(evc_infile_open(&file, bolt_write("db"), NULL));
    EVC_CHECK_OK(evc_bolt_recognize(&file, &is_bolt, NULL));
    ck_assert(is_bolt);
}
END_TEST

START_TEST(recognizes_its_files_by_their_second_page)
{
    bool is_bolt;

    two_leaves();
    memset(bolt.bytes, 0, BOLT_PAGE);
    EVC_CHECK_OK(evc_infile_open(&file, bolt_write("db"), NULL));
    EVC_CHECK_OK(evc_bolt_recognize(&file, &is_bolt, NULL));
    ck_assert(is_bolt);
}
END_TEST

START_TEST(does_not_recognize_other_files)
{
    bool is_bolt;

    bolt.size = (size_t)_i * 10;
    EVC_CHECK_OK(evc_infile_open(&file, bolt_write("db"), NULL));
    EVC_CHECK_OK(evc_bolt_recognize(&file, &is_bolt, NULL));
    ck_assert(!is_bolt);
}
END_TEST

/* --- pages --- */

START_TEST(rejects_a_page_that_leads_to_itself)
{
    const bolt_entry both[] = {{"a", 1, NULL, 0, 0, 5}, {"c", 1, NULL, 0, 0, 4}};

    two_leaves();
    (void)bolt_put_page(4, true, both, 2);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_page_that_is_reached_twice)
{
    const bolt_entry both[] = {{"a", 1, NULL, 0, 0, 5}, {"c", 1, NULL, 0, 0, 5}};

    two_leaves();
    (void)bolt_put_page(4, true, both, 2);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

/* A chain of branches, from page 4 on. */
static void
chain(uint64_t branches)
{
    for (uint64_t i = 0; i < branches; i++) {
        const bolt_entry next = {"a", 1, NULL, 0, 0, 5 + i};

        (void)bolt_put_page(4 + i, true, &next, 1);
    }
    (void)bolt_put_page(4 + branches, false, ab, 2);
    bolt_end("key", 4, 5 + branches);
}

START_TEST(walks_as_deep_as_the_limit)
{
    chain(EVC_BOLT_DEPTH - 1);
    EVC_CHECK_OK(walk());
    SAW("a=1 b=2 ");
}
END_TEST

START_TEST(rejects_pages_that_lie_deeper_than_the_limit)
{
    chain(EVC_BOLT_DEPTH);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_page_with_another_number)
{
    two_leaves();
    bolt_put(bolt_at(5), 6, 8);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_pages_of_other_kinds)
{
    static const unsigned flags[] = {0, 3, 4, 16, 0x102};

    two_leaves();
    bolt_put(bolt_at(5) + 8, flags[_i], 2);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_an_empty_leaf_below_a_branch)
{
    two_leaves();
    (void)bolt_put_page(5, false, NULL, 0);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_an_empty_branch)
{
    two_leaves();
    (void)bolt_put_page(4, true, NULL, 0);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_more_elements_than_the_page_has_room_for)
{
    two_leaves();
    bolt_put(bolt_at(5) + 10, 65535, 2);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_fewer_elements_than_were_written)
{
    two_leaves();
    bolt_put(bolt_at(4 + (uint64_t)_i) + 10, 1, 2);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_page_that_goes_on_past_the_file)
{
    static const uint64_t overflows[] = {1, 2, UINT32_MAX};

    two_leaves();
    bolt_put(bolt_at(6) + 12, overflows[_i], 4);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

/* A file of many pages, of which most are nothing. */
static int
walk_with_overflow(bool branch, uint64_t overflow)
{
    uint64_t pages = 8 + overflow;

    two_leaves();
    bolt_put_header(bolt_at(4), 4, branch ? 1 : 2, 2, (size_t)overflow);
    if (!branch)
        (void)bolt_put_entries(bolt_at(4), false, ab, 2);
    bolt_put_meta(0, 7, 2, pages);
    bolt_put_meta(1, 6, 2, pages);
    if (branch) { /* the leaves stand behind it */
        const bolt_entry both[] = {{"a", 1, NULL, 0, 0, 4 + overflow + 1}};

        (void)bolt_put_entries(bolt_at(4), true, both, 1);
        bolt_put(bolt_at(4) + 10, 1, 2);
    }
    bolt.size = bolt_at(7);
    ck_assert_int_eq(truncate(bolt_write("db"), (off_t)(pages * BOLT_PAGE)), 0);
    EVC_CHECK_OK(evc_infile_open(&file, evc_folder_path("db"), NULL));
    return walk_file(&file, "key", NULL, NULL);
}

START_TEST(walks_a_leaf_as_large_as_the_limit)
{
    EVC_CHECK_OK(walk_with_overflow(false, EVC_BOLT_LEAF_MAX / BOLT_PAGE - 1));
    SAW("a=1 b=2 ");
}
END_TEST

START_TEST(rejects_a_leaf_past_the_limit)
{
    EVC_CHECK_CODE(walk_with_overflow(false, EVC_BOLT_LEAF_MAX / BOLT_PAGE),
                   ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_branch_past_the_limit)
{
    evc_error *err = NULL;
    const char *where;

    EVC_CHECK_CODE(walk_with_overflow(true, EVC_BOLT_BRANCH_MAX / BOLT_PAGE),
                   ENVCRYPT_E_ETCD_DUMP);
    EVC_CHECK_CODE(walk_file(&file, "key", NULL, &err), ENVCRYPT_E_ETCD_DUMP);
    where = strstr(evc_error_message(err), "larger than any that is read");
    evc_error_free(err);
    ck_assert_ptr_nonnull(where);
}
END_TEST

START_TEST(reads_a_branch_as_large_as_the_limit)
{
    evc_error *err = NULL;
    const char *where;

    /* The page that it leads to is of zeros. */
    EVC_CHECK_CODE(walk_with_overflow(true, EVC_BOLT_BRANCH_MAX / BOLT_PAGE - 1),
                   ENVCRYPT_E_ETCD_DUMP);
    EVC_CHECK_CODE(walk_file(&file, "key", NULL, &err), ENVCRYPT_E_ETCD_DUMP);
    where = strstr(evc_error_message(err), "where another one belongs");
    evc_error_free(err);
    ck_assert_ptr_nonnull(where);
}
END_TEST

/* --- elements --- */

START_TEST(rejects_an_element_that_lies_elsewhere)
{
    static const uint64_t places[] = {0, 15, 31, 33, 4096, UINT32_MAX};

    two_leaves();
    bolt_put(bolt_at(5) + 16 + 4, places[_i], 4);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_key_past_the_page)
{
    two_leaves();
    bolt_put(bolt_at(5) + 32 + 8, BOLT_PAGE, 4);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_value_past_the_page)
{
    static const uint64_t sizes[] = {BOLT_PAGE - 50, UINT32_MAX};

    two_leaves();
    bolt_put(bolt_at(5) + 32 + 12, sizes[_i], 4);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_unknown_flags_of_an_element)
{
    two_leaves();
    bolt_put(bolt_at(5) + 16, 2, 4);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_key_of_a_branch_that_lies_elsewhere)
{
    two_leaves();
    bolt_put(bolt_at(4) + 16, 33, 4);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_keys_out_of_order)
{
    const bolt_entry wrong[] = {{"b", 1, "1", 1, 0, 0}, {"a", 1, "2", 1, 0, 0}};

    two_leaves();
    (void)bolt_put_page(5, false, wrong, 2);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_keys_out_of_order_across_pages)
{
    const bolt_entry both[] = {{"c", 1, NULL, 0, 0, 6}, {"a", 1, NULL, 0, 0, 5}};

    two_leaves();
    (void)bolt_put_page(4, true, both, 2);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_key_twice)
{
    const bolt_entry wrong[] = {{"a", 1, "1", 1, 0, 0}, {"a", 1, "2", 1, 0, 0}};

    two_leaves();
    (void)bolt_put_page(5, false, wrong, 2);
    EVC_CHECK_CODE(walk(), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

/* --- the walk --- */

START_TEST(what_takes_an_item_ends_the_walk)
{
    two_leaves();
    stop_with = 42;
    ck_assert_int_eq(walk(), 42);
    SAW("a=1 ");
}
END_TEST

START_TEST(a_cancel_ends_the_walk)
{
    evc_wait wait;

    two_leaves();
    EVC_CHECK_OK(walk());
    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    EVC_CHECK_CODE(walk_file(&file, "key", &wait, NULL), ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
}
END_TEST

START_TEST(any_byte_may_be_wrong)
{
    two_leaves();
    for (size_t at = 0; at < bolt_at(7); at++) {
        uint8_t right = bolt.bytes[at];
        int rc;

        bolt.bytes[at] ^= (uint8_t)(1 << _i);
        rc = walk();
        bolt.bytes[at] = right;
        ck_assert_msg(rc == 0 || rc == ENVCRYPT_E_ETCD_DUMP, "byte %zu: %s", at,
                      envcrypt_error_name(rc));
    }
}
END_TEST

static int
walk_whole(void *user)
{
    evc_error *err = NULL;
    int rc = walk_file(user, "key", NULL, &err);

    evc_error_free(err);
    evc_buf_reset(&seen);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    two_leaves();
    EVC_CHECK_OK(walk());
    evc_buf_reset(&seen);
    ck_assert_uint_gt(evc_alloc_sweep(walk_whole, &file), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("bolt");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, walks_leaves_below_a_branch_in_order);
    tcase_add_test(tcase, walks_what_a_big_endian_machine_wrote);
    tcase_add_test(tcase, walks_pages_that_go_on_behind_themselves);
    tcase_add_test(tcase, walks_an_empty_bucket);
    tcase_add_test(tcase, tells_buckets_from_values);
    tcase_add_test(tcase, walks_a_bucket_within_a_page);
    tcase_add_test(tcase, rejects_a_bucket_within_a_page_that_is_a_branch);
    tcase_add_test(tcase, rejects_a_bucket_within_a_page_that_goes_on_elsewhere);
    tcase_add_test(tcase, tells_that_there_is_no_such_bucket);
    tcase_add_test(tcase, rejects_a_bucket_that_is_a_value);
    tcase_add_test(tcase, takes_the_later_transaction);
    tcase_add_test(tcase, takes_the_later_transaction_of_the_second_page);
    tcase_add_test(tcase, takes_the_second_page_when_the_first_is_damaged);
    tcase_add_test(tcase, takes_the_first_page_when_the_second_is_damaged);
    tcase_add_test(tcase, rejects_a_file_whose_meta_pages_are_both_damaged);
    tcase_add_test(tcase, rejects_another_version);
    tcase_add_loop_test(tcase, rejects_a_page_size_that_is_none, 0, 4);
    tcase_add_loop_test(tcase, rejects_a_root_that_is_no_page_of_data, 0, 5);
    tcase_add_test(tcase, rejects_more_pages_than_the_file_has);
    tcase_add_test(tcase, rejects_a_file_that_is_cut_anywhere);
    tcase_add_test(tcase, recognizes_its_files);
    tcase_add_test(tcase, recognizes_its_files_by_their_second_page);
    tcase_add_loop_test(tcase, does_not_recognize_other_files, 0, 4);
    tcase_add_test(tcase, rejects_a_page_that_leads_to_itself);
    tcase_add_test(tcase, rejects_a_page_that_is_reached_twice);
    tcase_add_test(tcase, walks_as_deep_as_the_limit);
    tcase_add_test(tcase, rejects_pages_that_lie_deeper_than_the_limit);
    tcase_add_test(tcase, rejects_a_page_with_another_number);
    tcase_add_loop_test(tcase, rejects_pages_of_other_kinds, 0, 5);
    tcase_add_test(tcase, rejects_an_empty_leaf_below_a_branch);
    tcase_add_test(tcase, rejects_an_empty_branch);
    tcase_add_test(tcase, rejects_more_elements_than_the_page_has_room_for);
    tcase_add_loop_test(tcase, rejects_fewer_elements_than_were_written, 0, 3);
    tcase_add_loop_test(tcase, rejects_a_page_that_goes_on_past_the_file, 0, 3);
    tcase_add_test(tcase, walks_a_leaf_as_large_as_the_limit);
    tcase_add_test(tcase, rejects_a_leaf_past_the_limit);
    tcase_add_test(tcase, rejects_a_branch_past_the_limit);
    tcase_add_test(tcase, reads_a_branch_as_large_as_the_limit);
    tcase_add_loop_test(tcase, rejects_an_element_that_lies_elsewhere, 0, 6);
    tcase_add_test(tcase, rejects_a_key_past_the_page);
    tcase_add_loop_test(tcase, rejects_a_value_past_the_page, 0, 2);
    tcase_add_test(tcase, rejects_unknown_flags_of_an_element);
    tcase_add_test(tcase, rejects_a_key_of_a_branch_that_lies_elsewhere);
    tcase_add_test(tcase, rejects_keys_out_of_order);
    tcase_add_test(tcase, rejects_keys_out_of_order_across_pages);
    tcase_add_test(tcase, rejects_a_key_twice);
    tcase_add_test(tcase, what_takes_an_item_ends_the_walk);
    tcase_add_test(tcase, a_cancel_ends_the_walk);
    tcase_add_loop_test(tcase, any_byte_may_be_wrong, 0, 8);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("bolt", add_tests)
