/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A second header tag for one data key and message id would give GHASH's key away. So every
 * public way that writes a message is gone here while each use of AES-GCM is recorded.
 */
#include <glob.h>

#include "../api/file-fixture.h"
#include "evc-child.h"
#include "evc-seals.h"

#include <pthread.h>

#define LARGE ((size_t)2 * 1024 * 1024)
#define TIMES 3

static envcrypt_message_config *config;
static unsigned char large[LARGE];

static void
open_all(void)
{
    open_files();
    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
    evc_seals_reset();
}

static void
close_all(void)
{
    envcrypt_message_config_free(config);
    close_files();
}

static void
set_threads(size_t threads)
{
    EVC_CHECK_OK(envcrypt_message_config_set_threads(config, threads, NULL));
}

static void
set_cache(envcrypt_cache *with)
{
    EVC_CHECK_OK(envcrypt_message_config_set_cache(config, with, NULL));
}

static void
set_suite(int32_t suite)
{
    EVC_CHECK_OK(envcrypt_message_config_set_suite(config, suite, NULL));
}

static envcrypt_buffer *
encrypt(const void *plain, size_t size)
{
    envcrypt_buffer *message;

    EVC_CHECK_OK(envcrypt_encrypt(keyring, config, plain, size, NULL, &message, NULL));
    return message;
}

/* -- the ways: each tells how many header tags it must have made ------------------ */

static size_t
in_one_piece(void)
{
    envcrypt_buffer_free(encrypt("plain", 5));
    return 1;
}

static size_t
signed_in_one_piece(void)
{
    set_suite(ENVCRYPT_SUITE_0578);
    envcrypt_buffer_free(encrypt("plain", 5));
    set_suite(ENVCRYPT_SUITE_0478);
    return 1;
}

static size_t
by_several_threads_of_one_call(void)
{
    set_threads(4);
    envcrypt_buffer_free(encrypt(large, sizeof(large)));
    set_threads(1);
    return 1;
}

static size_t
into_memory(void)
{
    unsigned char out[1024];
    size_t made;

    EVC_CHECK_OK(envcrypt_encrypt_into(keyring, config, "plain", 5, out, sizeof(out),
                                       &made, NULL, NULL));
    return 1;
}

/* The call that fails knows what is needed because it has made a header. */
static size_t
again_when_the_memory_was_too_small(void)
{
    unsigned char out[1024];
    size_t made;

    EVC_CHECK_CODE(
        envcrypt_encrypt_into(keyring, config, "plain", 5, out, 10, &made, NULL, NULL),
        ENVCRYPT_E_BUFFER_TOO_SMALL);
    EVC_CHECK_OK(envcrypt_encrypt_into(keyring, config, "plain", 5, out, made, &made,
                                       NULL, NULL));
    return 2;
}

static envcrypt_writer *
open_writer(void)
{
    envcrypt_writer *writer;

    EVC_CHECK_OK(envcrypt_writer_open(keyring, config, NULL, &writer, NULL));
    return writer;
}

static void
write_some(envcrypt_writer *writer, const void *plain, size_t size)
{
    static unsigned char out[2 * LARGE];
    size_t used;
    size_t made;

    EVC_CHECK_OK(envcrypt_writer_process(writer, plain, size, &used, out, sizeof(out),
                                         &made, NULL));
    ck_assert_uint_eq(used, size);
}

static void
finish(envcrypt_writer *writer)
{
    static unsigned char out[8192];
    int32_t done = 0;
    size_t made;

    while (!done)
        EVC_CHECK_OK(
            envcrypt_writer_finish(writer, out, sizeof(out), &made, &done, NULL));
    envcrypt_writer_free(writer);
}

static size_t
by_a_stream(void)
{
    envcrypt_writer *writer = open_writer();

    write_some(writer, "plain", 5);
    finish(writer);
    return 1;
}

static size_t
by_a_stream_with_threads(void)
{
    envcrypt_writer *writer;

    set_threads(4);
    writer = open_writer();
    write_some(writer, large, sizeof(large));
    finish(writer);
    set_threads(1);
    return 1;
}

static size_t
by_a_stream_begun_again(void)
{
    envcrypt_writer *writer = open_writer();

    write_some(writer, large, 10000);
    envcrypt_writer_free(writer);
    return 1 + by_a_stream();
}

static size_t
by_two_streams_in_turns(void)
{
    envcrypt_writer *first = open_writer();
    envcrypt_writer *second = open_writer();

    for (size_t i = 0; i < 3; i++) {
        write_some(first, large, 10000);
        write_some(second, large, 10000);
    }
    finish(second);
    finish(first);
    return 2;
}

static size_t
by_a_file(void)
{
    encrypt_plain(config);
    return 1;
}

static size_t
by_a_file_that_exists(void)
{
    encrypt_plain(config);
    EVC_CHECK_CODE(envcrypt_encrypt_file(keyring, config, evc_folder_path("plain"),
                                         evc_folder_path("message"), 0, NULL, NULL),
                   ENVCRYPT_E_FILE_EXISTS);
    return 1;
}

static void
rewrap_in_memory(const envcrypt_buffer *message)
{
    envcrypt_buffer *out;

    EVC_CHECK_OK(envcrypt_rewrap(
        keyring, keyring, NULL, config, envcrypt_buffer_data(message),
        envcrypt_buffer_size(message), ENVCRYPT_REWRAP_FORCE, NULL, &out, NULL, NULL));
    ck_assert_ptr_nonnull(out);
    envcrypt_buffer_free(out);
}

/* One message twice. */
static size_t
by_rewrap_in_memory(void)
{
    envcrypt_buffer *message = encrypt("plain", 5);

    rewrap_in_memory(message);
    rewrap_in_memory(message);
    envcrypt_buffer_free(message);
    return 3;
}

static size_t
by_rewrap_of_a_file(void)
{
    encrypt_plain(config);
    for (int i = 0; i < 2; i++)
        EVC_CHECK_OK(envcrypt_rewrap_file(
            keyring, keyring, NULL, config, evc_folder_path("message"),
            ENVCRYPT_REWRAP_FORCE | ENVCRYPT_REWRAP_VERIFY, NULL, NULL, NULL));
    return 3;
}

static size_t
by_rewrap_of_a_damaged_file(void)
{
    encrypt_plain(config);
    damage_message();
    EVC_CHECK_CODE(envcrypt_rewrap_file(keyring, keyring, NULL, config,
                                        evc_folder_path("message"),
                                        ENVCRYPT_REWRAP_FORCE, NULL, NULL, NULL),
                   ENVCRYPT_E_FRAME_AUTH);
    return 2;
}

/* The data key of the old message is known to the caller. */
static size_t
with_a_data_key_that_the_caller_gave(void)
{
    static const unsigned char key[32] = {9};
    envcrypt_dek *dek;

    EVC_CHECK_OK(envcrypt_dek_import(client, key, sizeof(key), 0, &dek, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_data_key(config, dek, NULL));
    envcrypt_buffer_free(encrypt("plain", 5));
    envcrypt_buffer_free(encrypt("plain", 5));
    (void)by_a_stream();
    EVC_CHECK_OK(envcrypt_message_config_set_data_key(config, NULL, NULL));
    envcrypt_dek_free(dek);
    return 3;
}

static envcrypt_cache *
open_cache(void)
{
    envcrypt_cache *cache;

    EVC_CHECK_OK(envcrypt_cache_open(client, NULL, &cache, NULL));
    set_cache(cache);
    return cache;
}

/* So many messages had one data key. */
static void
close_cache(envcrypt_cache *cache, uint64_t messages)
{
    uint64_t hits = envcrypt_cache_count(cache, ENVCRYPT_CACHE_HITS) +
                    envcrypt_cache_count(cache, ENVCRYPT_CACHE_WAITS);

    ck_assert_uint_eq(envcrypt_cache_count(cache, ENVCRYPT_CACHE_MISSES), 1);
    ck_assert_uint_ge(hits, messages - 1);
    set_cache(NULL);
    envcrypt_cache_unref(cache);
}

/* Every way of known length under one data key; rewrap makes keys of its own. */
static size_t
with_a_cached_data_key(void)
{
    envcrypt_cache *cache = open_cache();
    size_t tags = 0;

    tags += in_one_piece();
    tags += into_memory();
    tags += again_when_the_memory_was_too_small();
    tags += by_several_threads_of_one_call();
    tags += by_a_file();
    EVC_CHECK_OK(envcrypt_message_config_set_length_bound(config, LARGE, NULL));
    tags += by_a_stream();
    tags += by_a_stream_begun_again();
    tags += by_two_streams_in_turns();
    EVC_CHECK_OK(envcrypt_message_config_set_length_bound(config, UINT64_MAX, NULL));
    tags += by_rewrap_in_memory();
    close_cache(cache, tags - 2);
    return tags;
}

#define WRITERS 4
#define EACH 16

static void *
write_many(void *user)
{
    envcrypt_buffer *message;

    for (int i = 0; i < EACH; i++) {
        if (envcrypt_encrypt(keyring, config, "plain", 5, NULL, &message, NULL))
            return NULL;
        envcrypt_buffer_free(message);
    }
    return user;
}

static size_t
by_many_threads_with_a_cached_data_key(void)
{
    envcrypt_cache *cache = open_cache();
    pthread_t threads[WRITERS];

    for (int i = 0; i < WRITERS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, write_many, &cache), 0);
    for (int i = 0; i < WRITERS; i++) {
        void *done;

        ck_assert_int_eq(pthread_join(threads[i], &done), 0);
        ck_assert_ptr_nonnull(done);
    }
    close_cache(cache, (uint64_t)WRITERS * EACH);
    return (size_t)WRITERS * EACH;
}

/* In a child of fork: a message with new handles and the same wrapping key. */
static int
write_message(void)
{
    static const unsigned char key[32] = {1};
    envcrypt_keyring_config *keys = NULL;
    envcrypt_keyring *to = NULL;
    envcrypt_kms *kms = NULL;
    envcrypt_buffer *message = NULL;
    envcrypt_client *own = NULL;

    return envcrypt_client_open(NULL, &own, NULL) ||
           envcrypt_kms_open_raw_aes(own, "test", "a", key, sizeof(key), &kms, NULL) ||
           envcrypt_keyring_config_new(&keys, NULL) ||
           envcrypt_keyring_config_set_generator(keys, kms, NULL) ||
           envcrypt_keyring_open(own, keys, &to, NULL) ||
           envcrypt_encrypt(to, NULL, "plain", 5, NULL, &message, NULL);
}

/* What was sealed goes through the pipe. */
static int
write_in_child(void *user)
{
    int out = *(int *)user;

    evc_seals_reset();
    if (write_message())
        return 1;
    for (size_t i = 0; i < evc_seals_count(); i++)
        if (write(out, evc_seals_get(i), sizeof(evc_seal)) != (ssize_t)sizeof(evc_seal))
            return 2;
    return 0;
}

/* Whatever a process keeps for its next message, all three have. */
static size_t
on_both_sides_of_fork(void)
{
    size_t tags = in_one_piece();
    evc_seal seal;
    int ends[2];

    for (int i = 0; i < 2; i++) {
        ck_assert_int_eq(pipe(ends), 0);
        EVC_CHECK_CHILD(write_in_child, &ends[1]);
        (void)close(ends[1]);
        while (read(ends[0], &seal, sizeof(seal)) == (ssize_t)sizeof(seal))
            evc_seals_add(&seal);
        (void)close(ends[0]);
        tags++;
    }
    return tags + in_one_piece();
}

/* -- tests ------------------------------------------------------------------------ */

static size_t (*const ways[])(void) = {
    in_one_piece,
    signed_in_one_piece,
    by_several_threads_of_one_call,
    into_memory,
    again_when_the_memory_was_too_small,
    by_a_stream,
    by_a_stream_with_threads,
    by_a_stream_begun_again,
    by_two_streams_in_turns,
    by_a_file,
    by_a_file_that_exists,
    by_rewrap_in_memory,
    by_rewrap_of_a_file,
    by_rewrap_of_a_damaged_file,
    with_a_data_key_that_the_caller_gave,
    with_a_cached_data_key,
    by_many_threads_with_a_cached_data_key,
    on_both_sides_of_fork,
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

START_TEST(each_way_makes_header_tags_of_its_own)
{
    size_t tags = 0;

    for (int i = 0; i < TIMES; i++)
        tags += ways[_i]();
    ck_assert_uint_eq(evc_seals_headers(), tags);
    ck_assert(!evc_seals_headers_repeat());
}
END_TEST

START_TEST(no_way_makes_a_header_tag_of_another)
{
    size_t tags = 0;

    for (size_t i = 0; i < TIMES * WAYS; i++)
        tags += ways[i % WAYS]();
    ck_assert_uint_eq(evc_seals_headers(), tags);
    ck_assert(!evc_seals_headers_repeat());
}
END_TEST

/* Frames and wrapped keys too. */
START_TEST(nothing_is_sealed_twice_with_one_key_and_iv)
{
    for (size_t i = 0; i < TIMES * WAYS; i++)
        (void)ways[i % WAYS]();
    ck_assert_uint_gt(evc_seals_count(), 5000);
    ck_assert(!evc_seals_repeat());
}
END_TEST

/* Would a repeated tag be seen? */
START_TEST(a_tag_made_twice_is_seen)
{
    evc_seal header;

    (void)in_one_piece();
    for (size_t i = 0; i < evc_seals_count(); i++)
        if (evc_seals_get(i)->header)
            header = *evc_seals_get(i);
    evc_seals_add(&header);
    ck_assert(evc_seals_headers_repeat() && evc_seals_repeat());
}
END_TEST

static bool
holds(const char *path, const char *word)
{
    static char line[4096];
    FILE *file = fopen(path, "re");
    bool found = false;

    ck_assert_ptr_nonnull(file);
    while (!found && fgets(line, sizeof(line), file))
        found = strstr(line, word) != NULL;
    (void)fclose(file);
    return found;
}

/* The ways above end in one function, and nothing else in the library makes a header. */
START_TEST(one_file_makes_headers)
{
    static char pattern[4096];
    glob_t files;
    size_t holders = 0;

    (void)snprintf(pattern, sizeof(pattern), "%s/lib/*/*.c", getenv("EVC_TEST_SOURCE"));
    ck_assert_int_eq(glob(pattern, 0, NULL, &files), 0);
    for (size_t i = 0; i < files.gl_pathc; i++) {
        const char *path = files.gl_pathv[i];

        if (!holds(path, "evc_header_write("))
            continue;
        ck_assert(strstr(path, "envelope/session.c") ||
                  strstr(path, "envelope/header.c"));
        holders++;
    }
    globfree(&files);
    ck_assert_uint_eq(holders, 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("tags");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_loop_test(tcase, each_way_makes_header_tags_of_its_own, 0, WAYS);
    tcase_add_test(tcase, no_way_makes_a_header_tag_of_another);
    tcase_add_test(tcase, nothing_is_sealed_twice_with_one_key_and_iv);
    tcase_add_test(tcase, a_tag_made_twice_is_seen);
    tcase_add_test(tcase, one_file_makes_headers);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("session-tags", add_tests)
