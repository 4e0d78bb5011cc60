/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd_snapshot.h"

#include "bolt-fixture.h"
#include "crypto/digest.h"
#include "envcrypt/k8s.h"
#include "etcd-fixture.h"
#include "evc-alloc.h"

static evc_infile file;
static evc_etcd_snapshot *snapshot;
static size_t keys_max;

static void
begin(void)
{
    etcd_begin();
    bolt_begin(false);
    change_begin();
    file.fd = -1;
    snapshot = NULL;
    keys_max = 100;
}

static void
end(void)
{
    evc_etcd_source_snapshot.close(snapshot);
    evc_infile_close(&file);
    etcd_end();
}

static void
open_file(void)
{
    evc_etcd_source_snapshot.close(snapshot);
    evc_infile_close(&file);
    EVC_CHECK_OK(evc_infile_open(&file, bolt_write("db"), NULL));
    EVC_CHECK_OK(evc_etcd_snapshot_open(crypto, &file, keys_max, &snapshot, NULL));
}

static int
read_range(const char *key, bool single)
{
    const evc_etcd_range range = {evc_view_text(key), single};

    evc_buf_clear(&seen);
    return evc_etcd_source_snapshot.read(snapshot, &range, NULL, note_pair, NULL, &err);
}

static int
read_all(void)
{
    open_file();
    return read_range("", false);
}

static void
two_keys(void)
{
    (void)put(2, "/a", "1");
    (void)put(3, "/b", "2");
    change_end();
}

/* As `etcdctl snapshot save` ends a file. */
static void
put_checksum(void)
{
    evc_view all = evc_view_of(bolt.bytes, bolt.size);

    EVC_CHECK_OK(evc_digest(crypto, EVC_SHA256, &all, 1, &bolt.bytes[bolt.size], NULL));
    bolt.size += 32;
}

START_TEST(gives_every_key)
{
    two_keys();
    EVC_CHECK_OK(read_all());
    SAW("/a=1@2 /b=2@3 ");
}
END_TEST

START_TEST(gives_the_newest_value_of_a_key)
{
    (void)put(2, "/a", "1");
    (void)put(3, "/b", "2");
    (void)put(4, "/a", "3");
    change_end();
    EVC_CHECK_OK(read_all());
    SAW("/b=2@3 /a=3@4 ");
}
END_TEST

START_TEST(tells_changes_of_one_revision_apart)
{
    (void)change(2, 0, "/a", "1", 1);
    (void)change(2, 1, "/b", "2", 1);
    (void)change(2, 2, "/a", "3", 1);
    change_end();
    EVC_CHECK_OK(read_all());
    SAW("/b=2@2 /a=3@2 ");
}
END_TEST

START_TEST(passes_over_deleted_keys)
{
    (void)put(2, "/a", "1");
    (void)put(3, "/b", "2");
    (void)change(4, 0, "/a", NULL, 0);
    change_end();
    EVC_CHECK_OK(read_all());
    SAW("/b=2@3 ");
}
END_TEST

START_TEST(gives_a_key_that_was_made_again)
{
    (void)put(2, "/a", "1");
    (void)change(3, 0, "/a", NULL, 0);
    (void)put(4, "/a", "2");
    change_end();
    EVC_CHECK_OK(read_all());
    SAW("/a=2@4 ");
}
END_TEST

START_TEST(gives_empty_values_and_any_bytes)
{
    (void)change(2, 0, "/a", "", 0);
    (void)change(3, 0, "/b", "\0\xff\n", 3);
    change_end();
    EVC_CHECK_OK(read_all());
    ck_assert(
        evc_view_equal(evc_buf_view(&seen), evc_view_of("/a=@2 /b=\0\xff\n@3 ", 15)));
}
END_TEST

START_TEST(gives_what_the_prefix_names)
{
    two_keys();
    open_file();
    EVC_CHECK_OK(read_range("/b", false));
    SAW("/b=2@3 ");
    EVC_CHECK_OK(read_range("/", true));
    SAW("");
    EVC_CHECK_OK(read_range("/a", true));
    SAW("/a=1@2 ");
}
END_TEST

START_TEST(reads_what_a_big_endian_machine_wrote)
{
    bolt_begin(true);
    two_keys();
    EVC_CHECK_OK(read_all());
    SAW("/a=1@2 /b=2@3 ");
}
END_TEST

START_TEST(accepts_a_checksum_that_fits)
{
    two_keys();
    put_checksum();
    EVC_CHECK_OK(read_all());
    SAW("/a=1@2 /b=2@3 ");
    EVC_CHECK_OK(read_range("/b", false));
    SAW("/b=2@3 ");
}
END_TEST

START_TEST(a_checksum_finds_any_wrong_byte)
{
    two_keys();
    put_checksum();
    for (size_t at = 0; at < bolt.size; at++) {
        bolt.bytes[at] ^= 0x10;
        EVC_CHECK_CODE(read_all(), ENVCRYPT_E_ETCD_DUMP);
        SAW("");
        bolt.bytes[at] ^= 0x10;
    }
}
END_TEST

START_TEST(rejects_a_snapshot_that_is_cut_anywhere)
{
    two_keys();
    put_checksum();
    for (size_t size = bolt.size; size-- > 0;) {
        if (size % 512 == 0 && size >= bolt_at(5))
            continue; /* the database whole, without its checksum */
        bolt.size = size;
        EVC_CHECK_CODE(read_all(), ENVCRYPT_E_ETCD_DUMP);
        SAW("");
    }
}
END_TEST

/* Without a checksum not all damage shows, but none does harm. */
START_TEST(without_a_checksum_any_byte_may_be_wrong)
{
    two_keys();
    for (size_t at = 0; at < bolt.size; at++) {
        int rc;

        bolt.bytes[at] ^= (uint8_t)(1 << _i);
        rc = read_all();
        bolt.bytes[at] ^= (uint8_t)(1 << _i);
        ck_assert_msg(rc == 0 || rc == ENVCRYPT_E_ETCD_DUMP, "byte %zu: %s", at,
                      envcrypt_error_name(rc));
        if (rc)
            SAW("");
    }
}
END_TEST

START_TEST(rejects_a_database_of_something_else)
{
    (void)put(2, "/a", "1");
    bolt_end("other", 4, bolt_put_page(4, false, changes.entries, changes.count));
    EVC_CHECK_CODE(read_all(), ENVCRYPT_E_ETCD_DUMP);
    SAYS("none of etcd");
}
END_TEST

static void
check_spoiled(void)
{
    change_end();
    EVC_CHECK_CODE(read_all(), ENVCRYPT_E_ETCD_DUMP);
    SAW("");
}

START_TEST(rejects_a_key_that_is_no_revision)
{
    static const struct {
        const char *key;
        size_t size;
    } wrong[] = {
        {"a", 1},
        {"\0\0\0\0\0\0\0\3-\0\0\0\0\0\0\0\0", 17},
        {"\0\0\0\0\0\0\0\3_\0\0\0\0\0\0\0", 16},
        {"\0\0\0\0\0\0\0\3_\0\0\0\0\0\0\0\0x", 18},
        {"\0\0\0\0\0\0\0\3_\0\0\0\0\0\0\0\0tt", 19},
        {"\x80\0\0\0\0\0\0\3_\0\0\0\0\0\0\0\0", 17},
        {"\0\0\0\0\0\0\0\3_\0\0\0\1\0\0\0\0", 17},
    };
    bolt_entry *entry;

    (void)put(2, "/a", "1");
    entry = put(3, "/b", "2");
    entry->key = wrong[_i].key;
    entry->key_size = wrong[_i].size;
    check_spoiled();
}
END_TEST

START_TEST(rejects_a_bucket_among_the_revisions)
{
    (void)put(2, "/a", "1");
    put(3, "/b", "2")->flags = 1;
    check_spoiled();
}
END_TEST

START_TEST(rejects_a_value_that_is_no_pair)
{
    static const struct {
        const char *value;
        size_t size;
    } wrong[] = {
        {"", 0},
        {"\x0a\x02/b", 4},                 /* no revision */
        {"\x0a\x02/b\x18\x02", 6},         /* another one */
        {"\x0a\x00\x18\x03", 4},           /* no key */
        {"\x0a\x7f/b\x18\x03", 6},         /* a length past the end */
        {"\x08\x02\x18\x03", 4},           /* other wire types */
        {"\x0a\x02/b\x1a\x01\x03", 7},     /* */
        {"\x0a\x02/b\x18\x03\x28\x01", 8}, /* */
        {"\x0a\x02/b\x12\x00\x18\x03", 8}, /* */
        {"\x0a\x02/b\x18\x03\x0b", 7},     /* a group */
        {"\x0a\x02/b\x18", 5},             /* cut */
    };
    bolt_entry *entry;

    (void)put(2, "/a", "1");
    entry = put(3, "/b", "2");
    entry->value = wrong[_i].value;
    entry->value_size = wrong[_i].size;
    check_spoiled();
}
END_TEST

START_TEST(passes_over_fields_that_it_does_not_know)
{
    bolt_entry *entry;

    entry = put(3, "/b", "2");
    entry->value = "\x0a\x02/b\x18\x03\x2a\x01z\x30\x07\x7a\x01x";
    entry->value_size = 14;
    change_end();
    EVC_CHECK_OK(read_all());
    SAW("/b=z@3 ");
}
END_TEST

START_TEST(reads_as_many_keys_as_its_limit)
{
    two_keys();
    keys_max = 2;
    EVC_CHECK_OK(read_all());
    SAW("/a=1@2 /b=2@3 ");
}
END_TEST

START_TEST(rejects_more_keys_than_its_limit)
{
    two_keys();
    keys_max = 1;
    EVC_CHECK_CODE(read_all(), ENVCRYPT_E_ETCD_DUMP);
    SAW("");
    SAYS("ask for a longer prefix");
    EVC_CHECK_OK(read_range("/b", false));
    SAW("/b=2@3 ");
}
END_TEST

static int
grow_file(void *user, const evc_etcd_pair *pair, evc_error **error)
{
    FILE *out = fopen(evc_folder_path("db"), "ae");

    (void)user;
    (void)pair;
    (void)error;
    ck_assert_ptr_nonnull(out);
    ck_assert_int_ge(fputs("more", out), 0);
    ck_assert_int_eq(fclose(out), 0);
    return 0;
}

START_TEST(tells_that_the_file_changed_meanwhile)
{
    const evc_etcd_range range = {evc_view_text(""), false};

    two_keys();
    open_file();
    EVC_CHECK_CODE(
        evc_etcd_source_snapshot.read(snapshot, &range, NULL, grow_file, NULL, &err),
        ENVCRYPT_E_FILE_CHANGED);
}
END_TEST

START_TEST(what_takes_a_pair_ends_the_reading)
{
    two_keys();
    stop_with = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(read_all(), ENVCRYPT_E_DENIED);
    ck_assert_uint_eq(taken, 1);
}
END_TEST

START_TEST(a_cancel_ends_the_reading)
{
    const evc_etcd_range range = {evc_view_text(""), false};
    evc_wait wait;

    two_keys();
    if (_i)
        put_checksum();
    open_file();
    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    EVC_CHECK_CODE(
        evc_etcd_source_snapshot.read(snapshot, &range, &wait, note_pair, NULL, NULL),
        ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
    SAW("");
}
END_TEST

START_TEST(no_message_shows_a_value)
{
    bolt_entry *entry;

    entry = put(3, "/b", "planted");
    entry->value_size--;
    check_spoiled();
    ck_assert(!says("plant"));
}
END_TEST

static int
read_short_of_memory(void *user)
{
    const evc_etcd_range range = {evc_view_text(""), false};
    evc_etcd_snapshot *own = NULL;
    evc_error *error = NULL;
    int rc = evc_etcd_snapshot_open(crypto, &file, 100, &own, &error);

    (void)user;
    if (rc == 0)
        rc = evc_etcd_source_snapshot.read(own, &range, NULL, note_pair, NULL, &error);
    evc_etcd_source_snapshot.close(own);
    evc_buf_reset(&seen);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    two_keys();
    put_checksum();
    open_file();
    ck_assert_uint_gt(evc_alloc_sweep(read_short_of_memory, NULL), 6);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("etcd_snapshot");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, gives_every_key);
    tcase_add_test(tcase, gives_the_newest_value_of_a_key);
    tcase_add_test(tcase, tells_changes_of_one_revision_apart);
    tcase_add_test(tcase, passes_over_deleted_keys);
    tcase_add_test(tcase, gives_a_key_that_was_made_again);
    tcase_add_test(tcase, gives_empty_values_and_any_bytes);
    tcase_add_test(tcase, gives_what_the_prefix_names);
    tcase_add_test(tcase, reads_what_a_big_endian_machine_wrote);
    tcase_add_test(tcase, accepts_a_checksum_that_fits);
    tcase_add_test(tcase, a_checksum_finds_any_wrong_byte);
    tcase_add_test(tcase, rejects_a_snapshot_that_is_cut_anywhere);
    tcase_add_loop_test(tcase, without_a_checksum_any_byte_may_be_wrong, 0, 8);
    tcase_add_test(tcase, rejects_a_database_of_something_else);
    tcase_add_loop_test(tcase, rejects_a_key_that_is_no_revision, 0, 7);
    tcase_add_test(tcase, rejects_a_bucket_among_the_revisions);
    tcase_add_loop_test(tcase, rejects_a_value_that_is_no_pair, 0, 11);
    tcase_add_test(tcase, passes_over_fields_that_it_does_not_know);
    tcase_add_test(tcase, reads_as_many_keys_as_its_limit);
    tcase_add_test(tcase, rejects_more_keys_than_its_limit);
    tcase_add_test(tcase, tells_that_the_file_changed_meanwhile);
    tcase_add_test(tcase, what_takes_a_pair_ends_the_reading);
    tcase_add_loop_test(tcase, a_cancel_ends_the_reading, 0, 2);
    tcase_add_test(tcase, no_message_shows_a_value);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("etcd_snapshot", add_tests)
