/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Threads change nothing of an unsigned message: with the same random bytes N of them make the
 * bytes that one makes. Here the random functions of the libraries below are replaced. Threads
 * are counted, so that no test passes because a message was too short for several.
 */
#include <pthread.h>
#include <sodium.h>
#include <stdatomic.h>

#include "../api/file-fixture.h"

#define LARGE ((size_t)3 * 1024 * 1024 + 777)
#define ROOM (LARGE + LARGE / 64)

/* -- the same random bytes for each message --------------------------------------- */

int __wrap_getentropy(void *out, size_t size);
void __wrap_randombytes_buf(void *out, size_t size);
int __real_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg);
int __wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                          void *(*start)(void *), void *arg);

static size_t drawn;
static atomic_size_t threads_begun;

void
__wrap_randombytes_buf(void *out, size_t size)
{
    unsigned char *bytes = out;

    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(drawn++ * 167 + 1);
}

int
__wrap_getentropy(void *out, size_t size)
{
    __wrap_randombytes_buf(out, size);
    return 0;
}

int
__wrap_pthread_create(pthread_t *thread, const pthread_attr_t *attributes,
                      void *(*start)(void *), void *arg)
{
    atomic_fetch_add(&threads_begun, 1);
    return __real_pthread_create(thread, attributes, start, arg);
}

/* -- ways to write ---------------------------------------------------------------- */

static envcrypt_message_config *config;
static unsigned char plain[LARGE];
static unsigned char one[ROOM]; /* what one thread made */
static unsigned char many[ROOM];

static size_t
write_whole(unsigned char *out)
{
    size_t made;

    EVC_CHECK_OK(envcrypt_encrypt_into(keyring, config, plain, sizeof(plain), out, ROOM,
                                       &made, NULL, NULL));
    return made;
}

/* In pieces that are no multiple of any frame; the bound is that of the other ways. */
static size_t
write_stream(unsigned char *out)
{
    const size_t piece = (size_t)1024 * 1024 + 13;
    envcrypt_writer *writer;
    int32_t done = 0;
    size_t size = 0;
    size_t made;

    EVC_CHECK_OK(envcrypt_writer_open(keyring, config, NULL, &writer, NULL));
    for (size_t at = 0; at < sizeof(plain);) {
        size_t left = sizeof(plain) - at;
        size_t used;

        EVC_CHECK_OK(envcrypt_writer_process(writer, plain + at,
                                             left < piece ? left : piece, &used,
                                             out + size, ROOM - size, &made, NULL));
        at += used;
        size += made;
    }
    while (!done) {
        EVC_CHECK_OK(envcrypt_writer_finish(writer, out + size, ROOM - size, &made,
                                            &done, NULL));
        size += made;
    }
    envcrypt_writer_free(writer);
    return size;
}

static size_t
write_a_file(unsigned char *out)
{
    EVC_CHECK_OK(envcrypt_encrypt_file(keyring, config, evc_folder_path("large"),
                                       evc_folder_path("message"),
                                       ENVCRYPT_FILE_REPLACE, NULL, NULL));
    return read_file("message", out, ROOM);
}

/* From a message that another key wrote, so that only the result's random bytes count. */
static size_t
write_rewrapped(unsigned char *out)
{
    envcrypt_keyring *from = open_keyring("b", NULL);
    envcrypt_buffer *made;
    envcrypt_buffer *old;
    size_t size;

    EVC_CHECK_OK(envcrypt_encrypt(from, NULL, plain, sizeof(plain), NULL, &old, NULL));
    EVC_CHECK_OK(envcrypt_rewrap(from, keyring, config, config,
                                 envcrypt_buffer_data(old), envcrypt_buffer_size(old),
                                 0, NULL, &made, NULL, NULL));
    size = envcrypt_buffer_size(made);
    ck_assert_uint_le(size, ROOM);
    memcpy(out, envcrypt_buffer_data(made), size);
    envcrypt_buffer_free(made);
    envcrypt_buffer_free(old);
    envcrypt_keyring_unref(from);
    return size;
}

static size_t (*const ways[])(unsigned char *out) = {write_whole, write_stream,
                                                     write_a_file, write_rewrapped};
static const uint32_t frame_lengths[] = {4096, 65536, 300001};
static const size_t thread_counts[] = {2, 3, 4, 7};
#define WAYS 4
#define LENGTHS 3
#define COUNTS 4

static void
open_all(void)
{
    open_files();
    for (size_t i = 0; i < sizeof(plain); i++)
        plain[i] = (unsigned char)(i * 31 + (i >> 11));
    write_file("large", plain, sizeof(plain));
    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
}

static void
close_all(void)
{
    envcrypt_message_config_free(config);
    close_files();
}

static size_t
write_with(size_t (*way)(unsigned char *out), size_t threads, unsigned char *out)
{
    EVC_CHECK_OK(envcrypt_message_config_set_threads(config, threads, NULL));
    drawn = 0;
    threads_begun = 0;
    return way(out);
}

/* -- tests ------------------------------------------------------------------------ */

START_TEST(any_number_of_threads_makes_the_bytes_of_one)
{
    EVC_CHECK_OK(envcrypt_message_config_set_frame_length(
        config, frame_lengths[_i % LENGTHS], NULL));
    for (size_t c = 0; c < COUNTS; c++) {
        size_t size = write_with(ways[_i / LENGTHS], 1, one);

        ck_assert_uint_eq(threads_begun, 0);
        ck_assert_uint_eq(write_with(ways[_i / LENGTHS], thread_counts[c], many), size);
        ck_assert_uint_gt(threads_begun, 0);
        ck_assert_mem_eq(one, many, size);
    }
}
END_TEST

START_TEST(every_way_makes_the_same_bytes)
{
    EVC_CHECK_OK(envcrypt_message_config_set_frame_length(
        config, frame_lengths[_i % LENGTHS], NULL));
    for (size_t c = 0; c < COUNTS; c++) {
        size_t size = write_with(write_whole, 1, one);

        ck_assert_uint_eq(write_with(ways[_i / LENGTHS], thread_counts[c], many), size);
        ck_assert_mem_eq(one, many, size);
    }
}
END_TEST

/* Else the tests above would compare nothing. */
START_TEST(other_random_bytes_make_another_message)
{
    size_t size = write_with(write_whole, 1, one);

    (void)write_whole(many);
    ck_assert_mem_ne(one, many, size);
}
END_TEST

/* -- reading ---------------------------------------------------------------------- */

static unsigned char back[LARGE];

static int
read_whole(size_t size)
{
    size_t made;

    return envcrypt_decrypt_into(keyring, config, one, size, back, sizeof(back), &made,
                                 NULL, NULL);
}

static int
read_stream(size_t size)
{
    envcrypt_reader *reader;
    int32_t done = 0;
    size_t used;
    size_t made;
    size_t more = 0;
    int code;

    EVC_CHECK_OK(envcrypt_reader_open(keyring, config, &reader, NULL));
    code = envcrypt_reader_process(reader, one, size, &used, back, sizeof(back), &made,
                                   NULL, NULL);
    if (code == 0)
        code = envcrypt_reader_finish(reader, back + made, sizeof(back) - made, &more,
                                      &done, NULL);
    ck_assert(code || (done && made + more == sizeof(plain)));
    envcrypt_reader_free(reader);
    return code;
}

static int
read_a_file(size_t size)
{
    int code;

    memset(back, 0, sizeof(back));
    write_file("message", one, size);
    code = envcrypt_decrypt_file(keyring, config, evc_folder_path("message"),
                                 evc_folder_path("back"), ENVCRYPT_FILE_REPLACE, NULL,
                                 NULL, NULL);
    ck_assert_int_eq(code == 0, exists("back"));
    if (code == 0)
        ck_assert_uint_eq(read_file("back", back, sizeof(back)), sizeof(back));
    return code;
}

static int (*const readers[])(size_t size) = {read_whole, read_stream, read_a_file};
#define READERS 3

static int
read_with(int (*reader)(size_t size), size_t threads, size_t size)
{
    EVC_CHECK_OK(envcrypt_message_config_set_threads(config, threads, NULL));
    threads_begun = 0;
    memset(back, 'x', sizeof(back));
    return reader(size);
}

START_TEST(any_number_of_threads_reads_what_one_reads)
{
    size_t size;

    EVC_CHECK_OK(envcrypt_message_config_set_frame_length(
        config, frame_lengths[_i % LENGTHS], NULL));
    size = write_with(write_whole, 1, one);
    for (size_t c = 0; c < COUNTS; c++) {
        EVC_CHECK_OK(read_with(readers[_i / LENGTHS], thread_counts[c], size));
        ck_assert_uint_gt(threads_begun, 0);
        ck_assert_mem_eq(back, plain, sizeof(plain));
    }
}
END_TEST

static const char zeros[LARGE];

/* At the beginning, within and at the end of what each thread does. */
START_TEST(a_bad_frame_leaves_no_plaintext_before_or_behind_it)
{
    static const size_t parts[] = {0, 1, 3, 4, 7, 8, 9, 11};
    size_t size = write_with(write_whole, 1, one);

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t bad = size - 1 - (size - 5000) / 12 * parts[i];

        one[bad] ^= 1;
        EVC_CHECK_CODE(read_with(readers[_i], 4, size), ENVCRYPT_E_FRAME_AUTH);
        ck_assert_uint_gt(threads_begun, 0);
        ck_assert_mem_eq(back, zeros, sizeof(back));
        one[bad] ^= 1;
    }
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("identity");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, open_all, close_all);
    tcase_add_loop_test(tcase, any_number_of_threads_makes_the_bytes_of_one, 0,
                        WAYS * LENGTHS);
    tcase_add_loop_test(tcase, every_way_makes_the_same_bytes, 0,
                        (WAYS - 1) * LENGTHS); /* rewrap draws for the old one first */
    tcase_add_loop_test(tcase, any_number_of_threads_reads_what_one_reads, 0,
                        READERS * LENGTHS);
    tcase_add_loop_test(tcase, a_bad_frame_leaves_no_plaintext_before_or_behind_it, 0,
                        READERS);
    tcase_add_test(tcase, other_random_bytes_make_another_message);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("bulk-identity", add_tests)
