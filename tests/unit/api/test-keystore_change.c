/* SPDX-License-Identifier: Apache-2.0 */
#include "envcrypt/kms.h"

#include "keystore-fixture.h"

#define OTHER_KEY "another key of thirty-two bytes."
#define AES_KEY "0123456789abcdef"

static int
import(const char *name, const char *key, uint32_t flags)
{
    return envcrypt_keystore_import_aes(store, name, "theirs", name, key, 16, flags,
                                        NULL, NULL);
}

START_TEST(adds_imports_and_rotates)
{
    uint32_t version = 0;

    EVC_CHECK_OK(
        envcrypt_keystore_add_key(store, "b", ENVCRYPT_KIND_BRANCH, NULL, NULL));
    EVC_CHECK_OK(import("i", AES_KEY, 0));
    EVC_CHECK_OK(envcrypt_keystore_rotate(store, "b", &version, NULL, NULL));
    ck_assert_uint_eq(version, 2);
    ck_assert_uint_eq(envcrypt_keystore_keys(store), 3);
    ck_assert_int_eq(envcrypt_keystore_key_kind(store, 2), ENVCRYPT_KIND_IMPORTED);
}
END_TEST

START_TEST(import_says_whether_the_key_writes)
{
    envcrypt_kms *kms;

    EVC_CHECK_OK(import("reads", AES_KEY, 0));
    EVC_CHECK_OK(import("writes", AES_KEY, ENVCRYPT_IMPORT_WRITE));
    EVC_CHECK_OK(envcrypt_keystore_open_key(store, "reads", &kms, NULL));
    ck_assert(!(envcrypt_kms_operations(kms) & ENVCRYPT_OP_WRAP));
    envcrypt_kms_unref(kms);
    EVC_CHECK_OK(envcrypt_keystore_open_key(store, "writes", &kms, NULL));
    ck_assert(envcrypt_kms_operations(kms) & ENVCRYPT_OP_WRAP);
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(disables_enables_and_destroys)
{
    EVC_CHECK_OK(envcrypt_keystore_set_enabled(store, "k", 1, 0, NULL, NULL));
    ck_assert_int_eq(envcrypt_keystore_version_state(store, 0, 0),
                     ENVCRYPT_KEY_DISABLED);
    EVC_CHECK_OK(envcrypt_keystore_set_enabled(store, "k", 1, 1, NULL, NULL));
    ck_assert_int_eq(envcrypt_keystore_version_state(store, 0, 0),
                     ENVCRYPT_KEY_ENABLED);
    EVC_CHECK_CODE(envcrypt_keystore_destroy_version(store, "k", 1, NULL, NULL, NULL),
                   ENVCRYPT_E_CONFIRMATION);
    EVC_CHECK_OK(envcrypt_keystore_destroy_version(store, "k", 1, "k/1", NULL, NULL));
    ck_assert_int_eq(envcrypt_keystore_version_state(store, 0, 0),
                     ENVCRYPT_KEY_DESTROYED);
}
END_TEST

/* A cache hands out a key that was wrapped a while ago: not under a version that is gone. */
START_TEST(what_is_written_through_a_cache_outlives_the_old_version)
{
    envcrypt_message_config *config;
    envcrypt_keyring_config *keys;
    envcrypt_keyring *keyring;
    envcrypt_buffer *message[2];
    envcrypt_buffer *back;
    envcrypt_cache *cache;
    envcrypt_kms *kms;

    EVC_CHECK_OK(envcrypt_keystore_open_key(store, "k", &kms, NULL));
    EVC_CHECK_OK(envcrypt_keyring_config_new(&keys, NULL));
    EVC_CHECK_OK(envcrypt_keyring_config_set_generator(keys, kms, NULL));
    EVC_CHECK_OK(envcrypt_keyring_open(client, keys, &keyring, NULL));
    EVC_CHECK_OK(envcrypt_cache_open(client, NULL, &cache, NULL));
    EVC_CHECK_OK(envcrypt_message_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_cache(config, cache, NULL));
    EVC_CHECK_OK(envcrypt_encrypt(keyring, config, "1", 1, NULL, &message[0], NULL));
    EVC_CHECK_OK(envcrypt_kms_rotate(kms, NULL, NULL));
    EVC_CHECK_OK(envcrypt_encrypt(keyring, config, "2", 1, NULL, &message[1], NULL));
    EVC_CHECK_OK(envcrypt_keystore_destroy_version(store, "k", 1, "k/1", NULL, NULL));
    envcrypt_kms_unref(kms);
    envcrypt_keyring_unref(keyring);
    EVC_CHECK_OK(envcrypt_keystore_open_key(store, "k", &kms, NULL));
    EVC_CHECK_OK(envcrypt_keyring_config_set_generator(keys, kms, NULL));
    EVC_CHECK_OK(envcrypt_keyring_open(client, keys, &keyring, NULL));
    EVC_CHECK_CODE(envcrypt_decrypt(keyring, NULL, envcrypt_buffer_data(message[0]),
                                    envcrypt_buffer_size(message[0]), NULL, &back, NULL,
                                    NULL),
                   ENVCRYPT_E_KEY_DESTROYED);
    EVC_CHECK_OK(envcrypt_decrypt(keyring, NULL, envcrypt_buffer_data(message[1]),
                                  envcrypt_buffer_size(message[1]), NULL, &back, NULL,
                                  NULL));
    envcrypt_buffer_free(back);
    envcrypt_buffer_free(message[0]);
    envcrypt_buffer_free(message[1]);
    envcrypt_message_config_free(config);
    envcrypt_keyring_config_free(keys);
    envcrypt_cache_unref(cache);
    envcrypt_keyring_unref(keyring);
    envcrypt_kms_unref(kms);
}
END_TEST

START_TEST(protects_and_unprotects)
{
    envcrypt_protectors *other = raw_list(OTHER_KEY);
    envcrypt_keystore *opened;
    char drop[17];

    (void)snprintf(drop, sizeof(drop), "%s", envcrypt_keystore_protector_id(store, 0));
    EVC_CHECK_OK(envcrypt_keystore_protect(store, other, NULL, NULL));
    EVC_CHECK_CODE(envcrypt_keystore_unprotect(store, drop, NULL, NULL, 0, NULL, NULL),
                   ENVCRYPT_E_STORE_PROTECTOR);
    EVC_CHECK_OK(envcrypt_keystore_unprotect(store, drop, other, NULL, 0, NULL, NULL));
    EVC_CHECK_CODE(open_store(raw, &opened), ENVCRYPT_E_STORE_LOCKED);
    EVC_CHECK_OK(open_store(other, &opened));
    envcrypt_keystore_close(opened);
    envcrypt_protectors_free(other);
}
END_TEST

START_TEST(unprotect_can_keep_the_store_key)
{
    envcrypt_protectors *other = raw_list(OTHER_KEY);
    char fingerprint[33];

    (void)snprintf(fingerprint, sizeof(fingerprint), "%s",
                   envcrypt_keystore_fingerprint(store));
    EVC_CHECK_OK(envcrypt_keystore_protect(store, other, NULL, NULL));
    EVC_CHECK_OK(envcrypt_keystore_unprotect(
        store, envcrypt_keystore_protector_id(store, 0), NULL, NULL,
        ENVCRYPT_UNPROTECT_KEEP_STORE_KEY, NULL, NULL));
    ck_assert_str_eq(fingerprint, envcrypt_keystore_fingerprint(store));
    envcrypt_protectors_free(other);
}
END_TEST

START_TEST(an_empty_drop_only_rekeys)
{
    char fingerprint[33];

    (void)snprintf(fingerprint, sizeof(fingerprint), "%s",
                   envcrypt_keystore_fingerprint(store));
    EVC_CHECK_OK(envcrypt_keystore_unprotect(store, "", raw, NULL, 0, NULL, NULL));
    ck_assert_str_ne(fingerprint, envcrypt_keystore_fingerprint(store));
    ck_assert_uint_eq(envcrypt_keystore_protectors(store), 1);
}
END_TEST

START_TEST(recovery_needs_a_recovery_key)
{
    envcrypt_keystore *opened;

    EVC_CHECK_CODE(envcrypt_keystore_recover(client, store_path(), raw, NULL, "store",
                                             raw, NULL, &opened, NULL),
                   ENVCRYPT_E_STORE_LOCKED);
    ck_assert_ptr_null(opened);
}
END_TEST

START_TEST(unknown_flags_are_refused)
{
    EVC_CHECK_CODE(import("i", AES_KEY, 2), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_unprotect(store, "", raw, NULL, 2, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_set_enabled(store, "k", 1, 2, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(null_arguments_are_named)
{
    envcrypt_keystore *opened;

    EVC_CHECK_CODE(envcrypt_keystore_add_key(NULL, "x", ENVCRYPT_KIND_WRAP, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(
        envcrypt_keystore_add_key(store, NULL, ENVCRYPT_KIND_WRAP, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(import(NULL, AES_KEY, 0), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(import("i", NULL, 0), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_rotate(store, NULL, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_set_enabled(store, NULL, 1, 1, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_destroy_version(store, NULL, 1, "k/1", NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_protect(store, NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_unprotect(store, NULL, raw, NULL, 0, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_recover(client, store_path(), NULL, NULL, "store",
                                             raw, NULL, &opened, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_keystore_recover(client, store_path(), raw, NULL, "store",
                                             NULL, NULL, &opened, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(an_unverified_store_is_not_changed)
{
    envcrypt_keystore *opened;

    EVC_CHECK_OK(open_store(NULL, &opened));
    EVC_CHECK_CODE(envcrypt_keystore_rotate(opened, "k", NULL, NULL, NULL),
                   ENVCRYPT_E_STORE_UNVERIFIED);
    EVC_CHECK_CODE(envcrypt_keystore_protect(opened, raw, NULL, NULL),
                   ENVCRYPT_E_STORE_UNVERIFIED);
    envcrypt_keystore_close(opened);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        adds_imports_and_rotates,
        import_says_whether_the_key_writes,
        disables_enables_and_destroys,
        what_is_written_through_a_cache_outlives_the_old_version,
        protects_and_unprotects,
        unprotect_can_keep_the_store_key,
        an_empty_drop_only_rekeys,
        recovery_needs_a_recovery_key,
        unknown_flags_are_refused,
        null_arguments_are_named,
        an_unverified_store_is_not_changed,
        NULL,
    };

    store_add(suite, "keystore_change", tests);
}

EVC_TEST_MAIN("keystore_change", add_tests)
