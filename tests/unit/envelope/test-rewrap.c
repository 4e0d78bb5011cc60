/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/rewrap.h"

#include <errno.h>

#include "../api/file-fixture.h"
#include "api/client.h"
#include "base/fork.h"
#include "envelope/dek.h"
#include "evc-builder.h"
#include "evc-io.h"

#define ROOM ((size_t)64 * 1024)
#define LENGTH 512u

static evc_config read_config; /* takes all suites */
static evc_config write_config;
static evc_dek data_key; /* of messages of the builder */
static evc_buf built;
static unsigned char plain[PLAIN_SIZE];
static unsigned char before[ROOM];
static unsigned char after[ROOM];
static size_t before_size;

static void
open_all(void)
{
    open_files();
    fill_plain(plain);
    evc_config_init(&read_config);
    evc_config_init(&write_config);
    read_config.policy = ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT;
    evc_buf_init(&built);
    data_key.crypto = client->crypto;
    data_key.generation = evc_fork_generation();
    evc_io_reset();
}

static void
close_all(void)
{
    evc_io_reset();
    evc_secret_free(&data_key.key);
    evc_buf_reset(&built);
    evc_config_reset(&read_config);
    evc_config_reset(&write_config);
    close_files();
}

static void
remember(void)
{
    before_size = read_file("message", before, sizeof(before));
}

/* The old message stands where it stood, and nothing besides. */
static void
check_untouched(void)
{
    ck_assert_uint_eq(read_file("message", after, sizeof(after)), before_size);
    ck_assert_mem_eq(after, before, before_size);
    ck_assert_uint_eq(evc_folder_count(), 2); /* plain, message */
}

static int
rewrap(envcrypt_keyring *to, uint32_t flags, evc_rewrap_result *result, evc_error **err)
{
    evc_rewrap r = {keyring, to, &read_config, &write_config, flags, NULL};
    evc_rewrap_result ignored;

    return evc_rewrap_file(&r, evc_folder_path("message"), result ? result : &ignored,
                           err);
}

static int
force(void)
{
    return rewrap(keyring, ENVCRYPT_REWRAP_FORCE, NULL, NULL);
}

/* -- signed messages -------------------------------------------------------------- */

static void
encrypt_signed(void)
{
    envcrypt_message_config *config;

    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_suite(config, ENVCRYPT_SUITE_0578, NULL));
    encrypt_plain(config);
    envcrypt_message_config_free(config);
}

/* A signed message in the file, rewrapped. */
static evc_rewrap_result
rewrap_signed(void)
{
    evc_rewrap_result result;

    encrypt_signed();
    EVC_CHECK_OK(rewrap(keyring, ENVCRYPT_REWRAP_FORCE, &result, NULL));
    return result;
}

START_TEST(tells_that_the_signer_changed)
{
    ck_assert(rewrap_signed().signer_changed);
}
END_TEST

START_TEST(tells_of_no_signer_where_there_was_none)
{
    evc_rewrap_result result;

    encrypt_plain(NULL);
    EVC_CHECK_OK(rewrap(keyring, ENVCRYPT_REWRAP_FORCE, &result, NULL));
    ck_assert(result.changed && !result.signer_changed);
}
END_TEST

START_TEST(a_signed_message_stays_signed)
{
    envcrypt_message_info *info;

    (void)rewrap_signed();
    EVC_CHECK_OK(envcrypt_decrypt_file(keyring, NULL, evc_folder_path("message"),
                                       evc_folder_path("back"), 0, NULL, &info, NULL));
    ck_assert_int_eq(envcrypt_message_info_suite(info), ENVCRYPT_SUITE_0578);
    envcrypt_message_info_free(info);
}
END_TEST

static unsigned char large[(size_t)2 * 1024 * 1024]; /* many chunks of a rewrap */

/* The whole of it is read before the first byte of a new one is written. */
START_TEST(a_signature_that_does_not_hold_is_seen_before_anything_is_written)
{
    static unsigned char message[sizeof(large) + sizeof(large) / 16];
    size_t size;

    write_file("plain", large, sizeof(large));
    encrypt_signed();
    size = read_file("message", message, sizeof(message));
    message[size - 1] ^= 1;
    write_file("message", message, size);
    evc_io_reset();
    EVC_CHECK_CODE(force(), ENVCRYPT_E_SIGNATURE);
    ck_assert_ptr_nonnull(strstr(evc_io_trace(), "pread64 "));
    ck_assert_ptr_null(strstr(evc_io_trace(), "write "));
    ck_assert_uint_eq(evc_folder_count(), 2);
}
END_TEST

/* -- what becomes of a message ---------------------------------------------------- */

START_TEST(a_new_message_has_a_new_id)
{
    encrypt_plain(NULL);
    remember();
    EVC_CHECK_OK(force());
    (void)read_file("message", after, sizeof(after));
    ck_assert_mem_ne(before + 3, after + 3, 32);
}
END_TEST

START_TEST(a_new_message_has_a_data_key_of_no_cache)
{
    envcrypt_cache *cache;

    EVC_CHECK_OK(envcrypt_cache_open(client, NULL, &cache, NULL));
    read_config.cache = evc_dek_cache_ref(cache);
    write_config.cache = evc_dek_cache_ref(cache);
    encrypt_plain(NULL);
    EVC_CHECK_OK(force());
    /* the old message, and the new one that is looked at again, may be read from there */
    ck_assert_uint_eq(envcrypt_cache_count(cache, ENVCRYPT_CACHE_HITS), 0);
    EVC_CHECK_OK(force());
    ck_assert_uint_eq(envcrypt_cache_count(cache, ENVCRYPT_CACHE_HITS), 0);
    envcrypt_cache_unref(cache);
}
END_TEST

static const uint16_t suites[] = {0x0014, 0x0046, 0x0078, 0x0114, 0x0146, 0x0178,
                                  0x0214, 0x0346, 0x0378, 0x0478, 0x0578};
#define SUITES 11

/* A message of the builder in the file, and its data key in read_config. */
static const evc_suite *
build(uint16_t id, uint32_t frame_length)
{
    evc_builder b = evc_builder_of(client->crypto, id, frame_length);
    const evc_suite *suite = evc_suite_find(id);

    evc_secret_free(&data_key.key);
    EVC_CHECK_OK(evc_secret_new(evc_crypto_env(client->crypto)->arena, suite->key_size,
                                &data_key.key, NULL));
    memcpy(data_key.key.bytes, b.data_key, suite->key_size);
    evc_build(&b, evc_view_of(plain, sizeof(plain)), &built);
    write_file("message", built.data, built.size);
    read_config.data_key = &data_key;
    return suite;
}

static void
check_becomes(const evc_suite *old, const evc_rewrap_result *result)
{
    static unsigned char back[2 * PLAIN_SIZE];
    envcrypt_message_info *info;

    EVC_CHECK_OK(envcrypt_decrypt_file(keyring, NULL, evc_folder_path("message"),
                                       evc_folder_path("back"), ENVCRYPT_FILE_REPLACE,
                                       NULL, &info, NULL));
    ck_assert_uint_eq(read_file("back", back, sizeof(back)), PLAIN_SIZE);
    ck_assert_mem_eq(back, plain, PLAIN_SIZE);
    ck_assert_int_eq(envcrypt_message_info_suite(info),
                     old->is_signed ? ENVCRYPT_SUITE_0578 : ENVCRYPT_SUITE_0478);
    ck_assert_uint_ne(envcrypt_message_info_frame_length(info), 0);
    ck_assert_int_eq(result->reason,
                     old->commits ? ENVCRYPT_REWRAP_RECIPIENTS : ENVCRYPT_REWRAP_SUITE);
    ck_assert(result->signer_changed == old->is_signed);
    envcrypt_message_info_free(info);
}

/* Framed by an even index, unframed by an odd one. */
START_TEST(any_message_becomes_one_that_commits)
{
    const evc_suite *suite = build(suites[_i / 2], _i % 2 ? 0 : LENGTH);
    evc_rewrap_result result;

    EVC_CHECK_OK(rewrap(keyring, ENVCRYPT_REWRAP_VERIFY, &result, NULL));
    check_becomes(suite, &result);
}
END_TEST

START_TEST(any_message_in_memory_becomes_one_that_commits)
{
    const evc_suite *suite = build(suites[_i / 2], _i % 2 ? 0 : LENGTH);
    evc_rewrap r = {keyring, keyring, &read_config, NULL, 0, NULL};
    evc_rewrap_result result;
    evc_room room;
    evc_buf out;

    evc_buf_init(&out);
    room = evc_room_buf(&out);
    EVC_CHECK_OK(evc_rewrap_memory(&r, evc_buf_view(&built), &room, &result, NULL));
    write_file("message", out.data, out.size);
    check_becomes(suite, &result);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(the_policy_of_reading_holds)
{
    (void)build(0x0178, LENGTH);
    remember();
    read_config.policy = ENVCRYPT_POLICY_REQUIRE;
    EVC_CHECK_CODE(force(), ENVCRYPT_E_POLICY_COMMITMENT);
    check_untouched();
}
END_TEST

START_TEST(the_policy_of_writing_holds)
{
    encrypt_plain(NULL);
    remember();
    write_config.policy = ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT;
    EVC_CHECK_CODE(force(), ENVCRYPT_E_POLICY_WRITE);
    check_untouched();
}
END_TEST

/* -- pairs that are given again --------------------------------------------------- */

static void
encrypt_with_required_pair(void)
{
    envcrypt_message_config *config;

    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
    EVC_CHECK_OK(evc_kv_add(&config->context, evc_view_text("stored"),
                            evc_view_text("a"), NULL));
    EVC_CHECK_OK(
        evc_kv_add(&config->context, evc_view_text("given"), evc_view_text("b"), NULL));
    EVC_CHECK_OK(envcrypt_message_config_require(config, "given", NULL));
    encrypt_plain(config);
    envcrypt_message_config_free(config);
    remember();
}

static void
give(const char *value)
{
    EVC_CHECK_OK(evc_kv_set(&read_config.context, evc_view_text("given"),
                            evc_view_text(value), NULL));
}

START_TEST(a_pair_that_is_not_stored_must_be_given)
{
    encrypt_with_required_pair();
    ck_assert_int_ne(force(), 0);
    check_untouched();
}
END_TEST

START_TEST(a_pair_that_is_not_stored_must_have_its_value)
{
    encrypt_with_required_pair();
    give("c");
    ck_assert_int_ne(force(), 0);
    check_untouched();
}
END_TEST

/* The pairs that the new message stores. */
static size_t
count_stored(void)
{
    envcrypt_message_info *info;
    size_t size = read_file("message", after, sizeof(after));
    size_t stored;

    EVC_CHECK_OK(envcrypt_inspect(after, size, NULL, &info, NULL));
    stored = envcrypt_context_count(envcrypt_message_info_context(info));
    envcrypt_message_info_free(info);
    return stored;
}

START_TEST(a_pair_that_was_given_is_not_stored_in_the_new_message)
{
    encrypt_with_required_pair();
    give("b");
    EVC_CHECK_OK(force());
    ck_assert_uint_eq(count_stored(), 1);
}
END_TEST

START_TEST(a_pair_that_was_given_is_not_stored_when_others_are_required)
{
    encrypt_with_required_pair();
    give("b");
    EVC_CHECK_OK(evc_kv_add(&write_config.required, evc_view_text("stored"),
                            evc_view_of(NULL, 0), NULL));
    EVC_CHECK_OK(evc_kv_set(&read_config.context, evc_view_text("stored"),
                            evc_view_text("a"), NULL));
    EVC_CHECK_OK(force());
    ck_assert_uint_eq(count_stored(), 0);
    EVC_CHECK_OK(envcrypt_decrypt_file(keyring, &read_config,
                                       evc_folder_path("message"),
                                       evc_folder_path("back"), 0, NULL, NULL, NULL));
}
END_TEST

START_TEST(a_pair_that_was_given_binds_the_new_message)
{
    encrypt_with_required_pair();
    give("b");
    EVC_CHECK_OK(force());
    EVC_CHECK_OK(envcrypt_decrypt_file(keyring, &read_config,
                                       evc_folder_path("message"),
                                       evc_folder_path("back"), 0, NULL, NULL, NULL));
    ck_assert_int_ne(envcrypt_decrypt_file(keyring, NULL, evc_folder_path("message"),
                                           evc_folder_path("other"), 0, NULL, NULL,
                                           NULL),
                     0);
}
END_TEST

/* -- nothing to do ---------------------------------------------------------------- */

START_TEST(a_message_without_a_reason_is_not_touched)
{
    struct stat was;
    struct stat is;
    evc_rewrap_result result;

    encrypt_plain(NULL);
    ck_assert_int_eq(stat(evc_folder_path("message"), &was), 0);
    EVC_CHECK_OK(rewrap(keyring, 0, &result, NULL));
    ck_assert(!result.changed);
    ck_assert_int_eq(stat(evc_folder_path("message"), &is), 0);
    ck_assert(was.st_ino == is.st_ino && was.st_mtim.tv_sec == is.st_mtim.tv_sec &&
              was.st_mtim.tv_nsec == is.st_mtim.tv_nsec);
}
END_TEST

/* -- failures leave the old message ----------------------------------------------- */

static const struct {
    const char *call;
    int errnum;
    int code;
    bool succeeds_later; /* the call also comes when the new message is in place */
} failures[] = {
    {"pread64", EIO, ENVCRYPT_E_IO, false},
    {"write", ENOSPC, ENVCRYPT_E_NO_SPACE, false},
    {"write", EIO, ENVCRYPT_E_IO, false},
    {"fsync", ENOSPC, ENVCRYPT_E_NO_SPACE, true},
    {"fchmod", EIO, ENVCRYPT_E_IO, false},
    {"renameat", EIO, ENVCRYPT_E_IO, false},
};
#define FAILURES 6

/* Each of the calls of that name fails, one in each run. */
START_TEST(a_failed_system_call_leaves_the_old_message)
{
    size_t n;

    encrypt_plain(NULL);
    remember();
    for (n = 0; n < 1000; n++) {
        int rc;

        if (failures[_i].succeeds_later && n == 1)
            break;
        evc_io_fail(failures[_i].call, n, failures[_i].errnum);
        rc =
            rewrap(keyring, ENVCRYPT_REWRAP_FORCE | ENVCRYPT_REWRAP_VERIFY, NULL, NULL);
        evc_io_reset();
        if (rc == 0)
            break;
        EVC_CHECK_CODE(rc, failures[_i].code);
        check_untouched();
    }
    ck_assert_uint_gt(n, 0);
}
END_TEST

/* A key service that wraps, and gives back another key than it was given. */
static void
serve_wrongly(envcrypt_call *call, void *user)
{
    static const unsigned char other[32] = {1, 2, 3};
    size_t size;
    const void *input = envcrypt_call_input(call, &size);

    (void)user;
    if (envcrypt_call_operation(call) == ENVCRYPT_OP_WRAP)
        EVC_CHECK_OK(envcrypt_call_set_wrapped(call, input, size, NULL));
    else
        EVC_CHECK_OK(envcrypt_call_set_key(call, other, sizeof(other), NULL));
    envcrypt_call_finish(call, 0, NULL, NULL);
}

START_TEST(new_recipients_that_do_not_open_leave_the_old_message)
{
    struct envcrypt_keyring_config keys = {0};
    envcrypt_keyring *to;
    evc_error *err = NULL;

    EVC_CHECK_OK(envcrypt_kms_open_custom(
        client, "acme", "key", ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP, serve_wrongly,
        NULL, NULL, &keys.generator, NULL));
    EVC_CHECK_OK(evc_keyring_open(client->crypto, &keys, &to, NULL));
    evc_kms_unref(keys.generator);
    encrypt_plain(NULL);
    remember();
    EVC_CHECK_CODE(rewrap(to, 0, NULL, &err), ENVCRYPT_E_COMMITMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "the old one stays"));
    check_untouched();
    evc_error_free(err);
    evc_keyring_unref(to);
}
END_TEST

static long damaged_at; /* from the end when negative */

/* Somebody, or a disk, changes the new message before it was looked at again. */
static void
damage_new(void)
{
    FILE *file = fopen(evc_folder_path(".message.envcrypt-1.tmp"), "r+b");
    int byte;

    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(fseek(file, damaged_at, damaged_at < 0 ? SEEK_END : SEEK_SET), 0);
    byte = fgetc(file);
    ck_assert_int_eq(fseek(file, -1, SEEK_CUR), 0);
    ck_assert_int_ne(fputc(byte ^ 1, file), EOF);
    ck_assert_int_eq(fclose(file), 0);
}

/* The number of reads before the last write of a rewrap. */
static size_t
reads_of_the_old(void)
{
    const char *last = NULL;
    size_t reads = 0;

    evc_io_reset();
    EVC_CHECK_OK(force());
    for (const char *at = evc_io_trace(); (at = strstr(at, " write ")); at++)
        last = at;
    for (const char *at = evc_io_trace(); (at = strstr(at, "pread64")) && at < last;
         at++)
        reads++;
    return reads;
}

static int
rewrap_with_damage(long at, uint32_t flags)
{
    size_t reads;

    encrypt_plain(NULL);
    reads = reads_of_the_old();
    remember();
    evc_io_reset();
    damaged_at = at;
    evc_io_before("pread64", reads, damage_new);
    return rewrap(keyring, ENVCRYPT_REWRAP_FORCE | flags, NULL, NULL);
}

START_TEST(a_new_header_that_was_damaged_leaves_the_old_message)
{
    ck_assert_int_ne(rewrap_with_damage(50, 0), 0);
    check_untouched();
}
END_TEST

START_TEST(a_new_final_frame_that_was_damaged_leaves_the_old_message)
{
    EVC_CHECK_CODE(rewrap_with_damage(-1, 0), ENVCRYPT_E_FRAME_AUTH);
    check_untouched();
}
END_TEST

START_TEST(to_verify_is_to_read_every_frame_of_the_new_message)
{
    write_config.frame_length = LENGTH;
    EVC_CHECK_CODE(
        rewrap_with_damage(-1 - 2 * (long)(LENGTH + 32), ENVCRYPT_REWRAP_VERIFY),
        ENVCRYPT_E_FRAME_AUTH);
    check_untouched();
}
END_TEST

static void
write_another(void)
{
    write_file("message", "another", 7);
}

START_TEST(what_somebody_wrote_meanwhile_stays)
{
    encrypt_plain(NULL);
    evc_io_before("write", 0, write_another);
    EVC_CHECK_CODE(force(), ENVCRYPT_E_FILE_CHANGED);
    ck_assert_uint_eq(read_file("message", after, sizeof(after)), 7);
    ck_assert_uint_eq(evc_folder_count(), 2);
}
END_TEST

START_TEST(a_cancelled_wait_leaves_the_old_message)
{
    evc_wait wait;
    evc_rewrap r = {keyring, keyring, &read_config, NULL, ENVCRYPT_REWRAP_FORCE, &wait};
    evc_rewrap_result result;

    encrypt_plain(NULL);
    remember();
    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    EVC_CHECK_CODE(evc_rewrap_file(&r, evc_folder_path("message"), &result, NULL),
                   ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
    check_untouched();
}
END_TEST

static void
add_loop(Suite *suite, const TTest *test, int count)
{
    TCase *tcase = tcase_create("rewrap");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_loop_test(tcase, test, 0, count);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_that_the_signer_changed,
        tells_of_no_signer_where_there_was_none,
        a_signed_message_stays_signed,
        a_signature_that_does_not_hold_is_seen_before_anything_is_written,
        a_new_message_has_a_new_id,
        a_new_message_has_a_data_key_of_no_cache,
        the_policy_of_reading_holds,
        the_policy_of_writing_holds,
        a_pair_that_is_not_stored_must_be_given,
        a_pair_that_is_not_stored_must_have_its_value,
        a_pair_that_was_given_is_not_stored_in_the_new_message,
        a_pair_that_was_given_is_not_stored_when_others_are_required,
        a_pair_that_was_given_binds_the_new_message,
        a_message_without_a_reason_is_not_touched,
        new_recipients_that_do_not_open_leave_the_old_message,
        a_new_header_that_was_damaged_leaves_the_old_message,
        a_new_final_frame_that_was_damaged_leaves_the_old_message,
        to_verify_is_to_read_every_frame_of_the_new_message,
        what_somebody_wrote_meanwhile_stays,
        a_cancelled_wait_leaves_the_old_message,
        NULL,
    };

    for (const TTest *const *test = tests; *test; test++)
        add_loop(suite, *test, 1);
    add_loop(suite, any_message_becomes_one_that_commits, 2 * SUITES);
    add_loop(suite, any_message_in_memory_becomes_one_that_commits, 2 * SUITES);
    add_loop(suite, a_failed_system_call_leaves_the_old_message, FAILURES);
}

EVC_TEST_MAIN("rewrap", add_tests)
