/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"
#include "envelope-fixture.h"
#include "envelope/dek.h"
#include "envelope/materials.h"

static toy service;
static evc_keyring *keyring; /* of the toy "a" */
static evc_dek_cache *cache;
static evc_config config; /* uses the cache */
static evc_kv context;

static void
open_cache(struct envcrypt_cache_config limits)
{
    evc_dek_cache_unref(cache);
    EVC_CHECK_OK(evc_dek_cache_open(env, &limits, &cache, NULL));
    config.cache = cache;
}

static struct envcrypt_cache_config
limits(void)
{
    struct envcrypt_cache_config out;

    evc_dek_cache_defaults(&out);
    return out;
}

static void
open_materials(void)
{
    open_crypto();
    service = (toy){0};
    keyring = open_keyring(toy_open(&service, "a", TOY_BOTH), NULL, NULL, NULL);
    config = (evc_config){.policy = ENVCRYPT_POLICY_REQUIRE, .max_edks = 16};
    cache = NULL;
    open_cache(limits());
    evc_kv_init(&context);
    add_pair(&context, "table", "users");
}

static void
close_materials(void)
{
    evc_kv_reset(&context);
    evc_dek_cache_unref(cache);
    evc_keyring_unref(keyring);
    close_crypto();
}

static int
write_for(evc_keyring *by, int32_t suite, const evc_kv *pairs, uint64_t length,
          evc_write_materials *out)
{
    return evc_materials_for_write(by, &config, evc_suite_find((uint16_t)suite), pairs,
                                   length, NULL, NULL, out, NULL);
}

/* Writes with the fixture and says how many wraps that took. */
static unsigned
wraps_of_write(int32_t suite, uint64_t length)
{
    unsigned before = atomic_load(&service.wraps);
    evc_write_materials m;

    EVC_CHECK_OK(write_for(keyring, suite, &context, length, &m));
    evc_write_materials_reset(&m);
    return atomic_load(&service.wraps) - before;
}

/* A header for what was written. */
typedef struct message {
    evc_header header;
    evc_write_materials m;
    evc_edk edks[2];
} message;

static void
write_message(message *out, int32_t suite)
{
    evc_cursor c;

    *out = (message){.header.suite = evc_suite_find((uint16_t)suite)};
    EVC_CHECK_OK(write_for(keyring, suite, &context, 100, &out->m));
    c = evc_cursor_of_view(evc_buf_view(&out->m.edks));
    for (size_t i = 0; i < out->m.edk_count; i++)
        ck_assert(evc_edk_read(&c, &out->edks[i]));
    out->header.edks = out->edks;
    out->header.edk_count = out->m.edk_count;
}

static int
read_message(evc_keyring *by, const message *in, const evc_kv *pairs)
{
    evc_secret key = {0};
    int rc =
        evc_materials_for_read(by, &config, &in->header, pairs, NULL, NULL, &key, NULL);

    if (rc == 0)
        ck_assert_mem_eq(key.bytes, in->m.key.bytes, in->m.key.size);
    evc_secret_free(&key);
    return rc;
}

static unsigned
unwraps_of_read(const message *in)
{
    unsigned before = atomic_load(&service.unwraps);

    EVC_CHECK_OK(read_message(keyring, in, &context));
    return atomic_load(&service.unwraps) - before;
}

/* -- without a cache -------------------------------------------------------------- */

START_TEST(makes_a_key_of_the_size_of_the_suite)
{
    evc_write_materials m;

    config.cache = NULL;
    EVC_CHECK_OK(write_for(keyring, ENVCRYPT_SUITE_0114, &context, 1, &m));
    ck_assert_uint_eq(m.key.size, 16);
    evc_write_materials_reset(&m);
    EVC_CHECK_OK(write_for(keyring, ENVCRYPT_SUITE_0478, &context, 1, &m));
    ck_assert_uint_eq(m.key.size, 32);
    ck_assert_uint_eq(m.edk_count, 1);
    evc_write_materials_reset(&m);
}
END_TEST

START_TEST(every_message_has_its_own_key_without_a_cache)
{
    message a;
    message b;

    config.cache = NULL;
    write_message(&a, ENVCRYPT_SUITE_0478);
    write_message(&b, ENVCRYPT_SUITE_0478);
    ck_assert_mem_ne(a.m.key.bytes, b.m.key.bytes, 32);
    EVC_CHECK_OK(read_message(keyring, &a, &context));
    evc_write_materials_reset(&a.m);
    evc_write_materials_reset(&b.m);
}
END_TEST

START_TEST(a_failed_wrap_leaves_nothing)
{
    evc_write_materials m;

    service.wrap_code = ENVCRYPT_E_KEY_DISABLED;
    EVC_CHECK_CODE(write_for(keyring, ENVCRYPT_SUITE_0478, &context, 1, &m),
                   ENVCRYPT_E_KEY_DISABLED);
    ck_assert_ptr_null(m.key.bytes);
    ck_assert_uint_eq(m.edks.size, 0);
}
END_TEST

/* -- the caller's data key -------------------------------------------------------- */

START_TEST(reads_with_a_key_that_the_caller_has)
{
    static const uint8_t zeros[32];
    message in = {.header.suite = evc_suite_find(ENVCRYPT_SUITE_0478)};
    evc_secret key;
    evc_dek *dek;

    EVC_CHECK_OK(evc_dek_import(crypto, evc_view_of(zeros, 32), true, &dek, NULL));
    config.data_key = dek;
    EVC_CHECK_OK(evc_materials_for_read(NULL, &config, &in.header, &context, NULL, NULL,
                                        &key, NULL));
    ck_assert_ptr_ne(key.bytes, dek->key.bytes);
    ck_assert(evc_mem_is_zero(key.bytes, key.size));
    evc_secret_free(&key);
    in.header.suite = evc_suite_find(ENVCRYPT_SUITE_0114);
    EVC_CHECK_CODE(evc_materials_for_read(NULL, &config, &in.header, &context, NULL,
                                          NULL, &key, NULL),
                   ENVCRYPT_E_KEY_SIZE);
    evc_dek_destroy(dek);
    EVC_CHECK_CODE(evc_materials_for_read(NULL, &config, &in.header, &context, NULL,
                                          NULL, &key, NULL),
                   ENVCRYPT_E_DESTROYED);
    evc_dek_free(dek);
}
END_TEST

/* -- what is cached --------------------------------------------------------------- */

START_TEST(a_cached_key_is_wrapped_once)
{
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 100), 1);
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 100), 0);
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 0), 0);
}
END_TEST

START_TEST(messages_of_unknown_length_are_not_cached)
{
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, UINT64_MAX), 1);
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, UINT64_MAX), 1);
    ck_assert_uint_eq(evc_dek_cache_count(cache, ENVCRYPT_CACHE_ENTRIES), 0);
}
END_TEST

START_TEST(signed_messages_and_suites_without_kdf_are_not_cached)
{
    static const int32_t suites[] = {ENVCRYPT_SUITE_0578, ENVCRYPT_SUITE_0378,
                                     ENVCRYPT_SUITE_0078};

    for (size_t i = 0; i < 3; i++) {
        message m;

        ck_assert_uint_eq(wraps_of_write(suites[i], 100), 1);
        ck_assert_uint_eq(wraps_of_write(suites[i], 100), 1);
        write_message(&m, suites[i]);
        ck_assert_uint_eq(unwraps_of_read(&m), 1);
        ck_assert_uint_eq(unwraps_of_read(&m), 1);
        evc_write_materials_reset(&m.m);
    }
    ck_assert_uint_eq(evc_dek_cache_count(cache, ENVCRYPT_CACHE_ENTRIES), 0);
}
END_TEST

START_TEST(a_message_is_unwrapped_once)
{
    message m;

    write_message(&m, ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    ck_assert_uint_eq(unwraps_of_read(&m), 0);
    evc_write_materials_reset(&m.m);
}
END_TEST

START_TEST(a_failed_unwrap_is_not_kept)
{
    message m;

    write_message(&m, ENVCRYPT_SUITE_0478);
    service.unwrap_code = ENVCRYPT_E_KEY_DISABLED;
    EVC_CHECK_CODE(read_message(keyring, &m, &context), ENVCRYPT_E_KEY_DISABLED);
    service.unwrap_code = 0;
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    evc_write_materials_reset(&m.m);
}
END_TEST

/* -- limits ----------------------------------------------------------------------- */

START_TEST(a_key_encrypts_so_many_messages)
{
    struct envcrypt_cache_config l = limits();

    l.messages = 3;
    open_cache(l);
    for (int i = 0; i < 2; i++) {
        ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 1);
        ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 0);
        ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 0);
    }
}
END_TEST

START_TEST(a_key_encrypts_so_many_bytes)
{
    struct envcrypt_cache_config l = limits();

    l.bytes = 250;
    open_cache(l);
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 100), 1);
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 149), 0);
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 2), 1);   /* 251 */
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 248), 0); /* 250 */
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 1);
}
END_TEST

START_TEST(a_key_is_used_so_long)
{
    struct envcrypt_cache_config l = limits();
    message m;

    l.age_ms = 1000;
    open_cache(l);
    write_message(&m, ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    monotonic_ms += 999;
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 0);
    ck_assert_uint_eq(unwraps_of_read(&m), 0);
    monotonic_ms += 1;
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 1);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    evc_write_materials_reset(&m.m);
}
END_TEST

START_TEST(reading_counts_neither_messages_nor_bytes)
{
    struct envcrypt_cache_config l = limits();
    message m;

    write_message(&m, ENVCRYPT_SUITE_0478);
    l.messages = 1;
    l.bytes = 0;
    open_cache(l);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    for (int i = 0; i < 5; i++)
        ck_assert_uint_eq(unwraps_of_read(&m), 0);
    evc_write_materials_reset(&m.m);
}
END_TEST

START_TEST(the_limit_of_edks_belongs_to_each_message)
{
    toy second = {0};
    evc_keyring *pair = open_keyring(toy_open(&service, "a", TOY_BOTH),
                                     toy_open(&second, "b", TOY_BOTH), NULL, NULL);
    evc_write_materials m;

    EVC_CHECK_OK(write_for(pair, ENVCRYPT_SUITE_0478, &context, 1, &m));
    evc_write_materials_reset(&m);
    config.max_edks = 1;
    EVC_CHECK_CODE(write_for(pair, ENVCRYPT_SUITE_0478, &context, 1, &m),
                   ENVCRYPT_E_LIMIT_EDKS);
    evc_keyring_unref(pair);
}
END_TEST

/* -- single flight ---------------------------------------------------------------- */

#define THREADS 64

typedef struct crowd {
    const message *message; /* NULL: the threads write */
    int failures[THREADS];
} crowd;

static void
join_crowd(void *user, size_t index)
{
    crowd *c = user;
    evc_secret key = {0};
    evc_write_materials m = {0};

    if (c->message)
        c->failures[index] = evc_materials_for_read(
            keyring, &config, &c->message->header, &context, NULL, NULL, &key, NULL);
    else
        c->failures[index] = write_for(keyring, ENVCRYPT_SUITE_0478, &context, 1, &m);
    evc_secret_free(&key);
    evc_write_materials_reset(&m);
}

static void
run_crowd(const message *in)
{
    crowd c = {.message = in};

    EVC_CHECK_OK(evc_threads_run(THREADS, join_crowd, &c, NULL));
    for (size_t i = 0; i < THREADS; i++)
        EVC_CHECK_OK(c.failures[i]);
}

START_TEST(a_rotated_key_is_not_written_with_from_the_cache)
{
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 1);
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 0);
    service.version = "2";
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 1);
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 0);
}
END_TEST

START_TEST(a_service_that_does_not_tell_versions_is_cached_all_the_same)
{
    service.ignores_versions = true;
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 1);
    service.version = "2";
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 0);
}
END_TEST

START_TEST(sixty_four_writers_are_one_wrap)
{
    run_crowd(NULL);
    ck_assert_uint_eq(atomic_load(&service.wraps), 1);
}
END_TEST

START_TEST(sixty_four_readers_are_one_unwrap)
{
    message m;

    write_message(&m, ENVCRYPT_SUITE_0478);
    run_crowd(&m);
    ck_assert_uint_eq(atomic_load(&service.unwraps), 1);
    evc_write_materials_reset(&m.m);
}
END_TEST

/* -- who shares ------------------------------------------------------------------- */

START_TEST(contexts_do_not_share_keys)
{
    evc_write_materials m;
    evc_kv other;

    (void)wraps_of_write(ENVCRYPT_SUITE_0478, 1);
    evc_kv_init(&other);
    add_pair(&other, "table", "orders");
    EVC_CHECK_OK(write_for(keyring, ENVCRYPT_SUITE_0478, &other, 1, &m));
    ck_assert_uint_eq(atomic_load(&service.wraps), 2);
    evc_write_materials_reset(&m);
    evc_kv_reset(&other);
}
END_TEST

/* CVE-2026-6550: a cache that clients of different policies shared. */
START_TEST(policies_do_not_share_keys)
{
    message m;

    write_message(&m, ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    config.policy = ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT;
    ck_assert_uint_eq(wraps_of_write(ENVCRYPT_SUITE_0478, 1), 1);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    evc_write_materials_reset(&m.m);
}
END_TEST

START_TEST(keyrings_do_not_share_keys)
{
    toy denies = {.wrap_code = ENVCRYPT_E_KEY_DISABLED,
                  .unwrap_code = ENVCRYPT_E_KEY_DISABLED};
    evc_keyring *other =
        open_keyring(toy_open(&denies, "a", TOY_BOTH), NULL, NULL, NULL);
    evc_write_materials written;
    message m;

    write_message(&m, ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    EVC_CHECK_CODE(read_message(other, &m, &context), ENVCRYPT_E_KEY_DISABLED);
    EVC_CHECK_CODE(write_for(other, ENVCRYPT_SUITE_0478, &context, 1, &written),
                   ENVCRYPT_E_KEY_DISABLED);
    evc_write_materials_reset(&m.m);
    evc_keyring_unref(other);
}
END_TEST

START_TEST(suites_do_not_share_keys)
{
    message m;

    write_message(&m, ENVCRYPT_SUITE_0178);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    m.header.suite = evc_suite_find(ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    evc_write_materials_reset(&m.m);
}
END_TEST

START_TEST(other_edks_do_not_hit)
{
    message a;
    message b;

    write_message(&a, ENVCRYPT_SUITE_0478);
    evc_dek_cache_clear(cache);
    write_message(&b, ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(unwraps_of_read(&a), 1);
    ck_assert_uint_eq(unwraps_of_read(&b), 1);
    evc_write_materials_reset(&a.m);
    evc_write_materials_reset(&b.m);
}
END_TEST

/* Both directions use one cache, but a key that was made is not one that was opened. */
START_TEST(directions_do_not_share_keys)
{
    message m;

    write_message(&m, ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(unwraps_of_read(&m), 1);
    ck_assert_uint_eq(evc_dek_cache_count(cache, ENVCRYPT_CACHE_ENTRIES), 2);
    evc_write_materials_reset(&m.m);
}
END_TEST

START_TEST(a_message_for_none_of_the_keys_does_not_look_into_the_cache)
{
    toy t = {0};
    evc_keyring *other = open_keyring(toy_open(&t, "b", TOY_BOTH), NULL, NULL, NULL);
    uint64_t before;
    message m;

    write_message(&m, ENVCRYPT_SUITE_0478);
    before = evc_dek_cache_count(cache, ENVCRYPT_CACHE_MISSES);
    EVC_CHECK_CODE(read_message(other, &m, &context), ENVCRYPT_E_NO_KEY);
    ck_assert_uint_eq(evc_dek_cache_count(cache, ENVCRYPT_CACHE_MISSES), before);
    evc_write_materials_reset(&m.m);
    evc_keyring_unref(other);
}
END_TEST

/* Contexts past the room on the stack get ids as well. */
START_TEST(large_contexts_are_told_apart)
{
    static char value[600];
    evc_write_materials m;
    evc_kv large;

    memset(value, 'v', sizeof(value) - 1);
    for (int i = 0; i < 2; i++) {
        evc_kv_init(&large);
        value[550] = (char)('0' + i);
        add_pair(&large, "n", value);
        EVC_CHECK_OK(write_for(keyring, ENVCRYPT_SUITE_0478, &large, 1, &m));
        evc_write_materials_reset(&m);
        evc_kv_reset(&large);
    }
    ck_assert_uint_eq(atomic_load(&service.wraps), 2);
}
END_TEST

static void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_add_checked_fixture(tcase, open_materials, close_materials);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const uncached[] = {
        makes_a_key_of_the_size_of_the_suite,
        every_message_has_its_own_key_without_a_cache,
        a_failed_wrap_leaves_nothing,
        reads_with_a_key_that_the_caller_has,
        NULL,
    };
    const TTest *const cached[] = {
        a_cached_key_is_wrapped_once,
        messages_of_unknown_length_are_not_cached,
        signed_messages_and_suites_without_kdf_are_not_cached,
        a_message_is_unwrapped_once,
        a_failed_unwrap_is_not_kept,
        a_key_encrypts_so_many_messages,
        a_key_encrypts_so_many_bytes,
        a_key_is_used_so_long,
        reading_counts_neither_messages_nor_bytes,
        the_limit_of_edks_belongs_to_each_message,
        a_rotated_key_is_not_written_with_from_the_cache,
        a_service_that_does_not_tell_versions_is_cached_all_the_same,
        sixty_four_writers_are_one_wrap,
        sixty_four_readers_are_one_unwrap,
        NULL,
    };
    const TTest *const sharing[] = {
        contexts_do_not_share_keys,
        policies_do_not_share_keys,
        keyrings_do_not_share_keys,
        suites_do_not_share_keys,
        other_edks_do_not_hit,
        directions_do_not_share_keys,
        a_message_for_none_of_the_keys_does_not_look_into_the_cache,
        large_contexts_are_told_apart,
        NULL,
    };

    add_case(suite, "uncached", uncached);
    add_case(suite, "cached", cached);
    add_case(suite, "sharing", sharing);
}

EVC_TEST_MAIN("materials", add_tests)
