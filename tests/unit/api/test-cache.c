/* SPDX-License-Identifier: Apache-2.0 */
#include "api-fixture.h"
#include "evc-alloc.h"
#include "evc-child.h"
#include "kms/dek_cache.h"

static envcrypt_cache_config *
make(void)
{
    envcrypt_cache_config *config = NULL;

    EVC_CHECK_OK(envcrypt_cache_config_new(&config, NULL));
    return config;
}

static envcrypt_cache *
open_cache(const envcrypt_cache_config *config)
{
    envcrypt_cache *cache = NULL;

    EVC_CHECK_OK(envcrypt_cache_open(client, config, &cache, NULL));
    return cache;
}

static int
make_key(void *user, evc_wait *wait, evc_secret *key, evc_buf *note, evc_error **err)
{
    (void)user;
    (void)wait;
    (void)note;
    return evc_secret_new(client->env->arena, 32, key, err);
}

static void
use(envcrypt_cache *cache)
{
    static const uint8_t id[EVC_DEK_CACHE_ID] = {1};
    const evc_dek_use once = {id, 1, 1};
    evc_secret key;
    evc_buf note;

    EVC_CHECK_OK(
        evc_dek_cache_get(cache, &once, make_key, NULL, NULL, &key, &note, NULL));
    evc_secret_free(&key);
    evc_buf_reset(&note);
}

START_TEST(the_defaults_are_those_of_the_header)
{
    envcrypt_cache_config *config = make();

    ck_assert_uint_eq(config->entries, 1000);
    ck_assert_int_eq(config->age_ms, 300000);
    ck_assert_uint_eq(config->messages, UINT64_C(1) << 32);
    ck_assert_uint_eq(config->bytes, INT64_MAX);
    envcrypt_cache_config_free(config);
    envcrypt_cache_config_free(NULL);
}
END_TEST

START_TEST(entries_are_1_to_a_million)
{
    envcrypt_cache_config *config = make();

    EVC_CHECK_CODE(envcrypt_cache_config_set_entries(config, 0, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_cache_config_set_entries(config, 1, NULL));
    EVC_CHECK_OK(envcrypt_cache_config_set_entries(config, 1000000, NULL));
    EVC_CHECK_CODE(envcrypt_cache_config_set_entries(config, 1000001, NULL),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(config->entries, 1000000);
    envcrypt_cache_config_free(config);
}
END_TEST

START_TEST(the_age_is_1_ms_and_up)
{
    envcrypt_cache_config *config = make();

    EVC_CHECK_CODE(envcrypt_cache_config_set_age_ms(config, 0, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cache_config_set_age_ms(config, -1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_cache_config_set_age_ms(config, INT64_MAX, NULL));
    EVC_CHECK_OK(envcrypt_cache_config_set_age_ms(config, 1, NULL));
    ck_assert_int_eq(config->age_ms, 1);
    envcrypt_cache_config_free(config);
}
END_TEST

START_TEST(messages_are_1_to_2_to_the_32)
{
    envcrypt_cache_config *config = make();

    EVC_CHECK_CODE(envcrypt_cache_config_set_messages(config, 0, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_cache_config_set_messages(config, 1, NULL));
    EVC_CHECK_OK(envcrypt_cache_config_set_messages(config, UINT64_C(1) << 32, NULL));
    EVC_CHECK_CODE(
        envcrypt_cache_config_set_messages(config, (UINT64_C(1) << 32) + 1, NULL),
        ENVCRYPT_E_ARGUMENT);
    envcrypt_cache_config_free(config);
}
END_TEST

START_TEST(bytes_are_0_to_2_to_the_63_less_1)
{
    envcrypt_cache_config *config = make();

    EVC_CHECK_OK(envcrypt_cache_config_set_bytes(config, 0, NULL));
    EVC_CHECK_OK(envcrypt_cache_config_set_bytes(config, INT64_MAX, NULL));
    EVC_CHECK_CODE(
        envcrypt_cache_config_set_bytes(config, (uint64_t)INT64_MAX + 1, NULL),
        ENVCRYPT_E_ARGUMENT);
    envcrypt_cache_config_free(config);
}
END_TEST

START_TEST(settings_reach_the_cache)
{
    envcrypt_cache_config *config = make();
    envcrypt_cache *cache;

    EVC_CHECK_OK(envcrypt_cache_config_set_messages(config, 2, NULL));
    cache = open_cache(config);
    envcrypt_cache_config_free(config);
    use(cache);
    ck_assert_uint_eq(envcrypt_cache_count(cache, ENVCRYPT_CACHE_ENTRIES), 1);
    use(cache);
    ck_assert_uint_eq(envcrypt_cache_count(cache, ENVCRYPT_CACHE_ENTRIES), 0);
    envcrypt_cache_unref(cache);
}
END_TEST

START_TEST(clearing_wipes_all_keys)
{
    envcrypt_cache *cache = open_cache(NULL);

    use(cache);
    ck_assert_uint_gt(envcrypt_client_arena_used(client), 0);
    envcrypt_cache_clear(cache);
    ck_assert_uint_eq(envcrypt_client_arena_used(client), 0);
    ck_assert_uint_eq(envcrypt_cache_count(cache, ENVCRYPT_CACHE_MISSES), 1);
    envcrypt_cache_unref(cache);
}
END_TEST

START_TEST(the_last_reference_wipes_all_keys)
{
    envcrypt_cache *cache = open_cache(NULL);

    ck_assert_ptr_eq(envcrypt_cache_ref(cache), cache);
    use(cache);
    envcrypt_cache_unref(cache);
    ck_assert_uint_gt(envcrypt_client_arena_used(client), 0);
    envcrypt_cache_unref(cache);
    ck_assert_uint_eq(envcrypt_client_arena_used(client), 0);
}
END_TEST

START_TEST(null_is_refused_or_harmless)
{
    envcrypt_cache *cache;

    EVC_CHECK_CODE(envcrypt_cache_config_new(NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cache_config_set_entries(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cache_config_set_age_ms(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cache_config_set_messages(NULL, 1, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cache_config_set_bytes(NULL, 1, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cache_open(NULL, NULL, &cache, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_cache_open(client, NULL, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(envcrypt_cache_ref(NULL));
    envcrypt_cache_unref(NULL);
    envcrypt_cache_clear(NULL);
    ck_assert_uint_eq(envcrypt_cache_count(NULL, ENVCRYPT_CACHE_HITS), 0);
}
END_TEST

static int
use_in_child(void *user)
{
    envcrypt_cache *other;

    if (envcrypt_cache_open(client, NULL, &other, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    envcrypt_cache_clear(user);
    envcrypt_cache_unref(user);
    return 0;
}

START_TEST(a_child_can_only_free_a_cache)
{
    envcrypt_cache *cache = open_cache(NULL);

    use(cache);
    EVC_CHECK_CHILD(use_in_child, cache);
    envcrypt_cache_unref(cache);
}
END_TEST

static int
open_once(void *user)
{
    envcrypt_cache_config *config;
    envcrypt_cache *cache = NULL;
    int rc = envcrypt_cache_config_new(&config, NULL);

    (void)user;
    if (!rc)
        rc = envcrypt_cache_open(client, config, &cache, NULL);
    envcrypt_cache_unref(cache);
    envcrypt_cache_config_free(config);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_alloc_sweep(open_once, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_defaults_are_those_of_the_header,
                                  entries_are_1_to_a_million,
                                  the_age_is_1_ms_and_up,
                                  messages_are_1_to_2_to_the_32,
                                  bytes_are_0_to_2_to_the_63_less_1,
                                  settings_reach_the_cache,
                                  clearing_wipes_all_keys,
                                  the_last_reference_wipes_all_keys,
                                  null_is_refused_or_harmless,
                                  a_child_can_only_free_a_cache,
                                  survives_memory_that_runs_out,
                                  NULL};

    api_add(suite, "cache", tests);
}

EVC_TEST_MAIN("cache", add_tests)
