/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the public key store share: a client, and a store "store.json" with a
 * wrap key "k" that a raw key opens. */
#ifndef EVC_TESTS_API_KEYSTORE_FIXTURE_H
#define EVC_TESTS_API_KEYSTORE_FIXTURE_H

#include "envcrypt/envcrypt.h"
#include "evc-check.h"
#include "evc-folder.h"

#define RAW_KEY "a raw key of thirty-two bytes..."

static envcrypt_client *client;
static envcrypt_protectors *raw;
static envcrypt_keystore *store;

static inline const char *
store_path(void)
{
    return evc_folder_path("store.json");
}

static inline envcrypt_protectors *
raw_list(const char *key)
{
    envcrypt_protectors *list;

    EVC_CHECK_OK(envcrypt_protectors_new(client, &list, NULL));
    EVC_CHECK_OK(envcrypt_protectors_set_argon2(list, 1, 8192, NULL));
    EVC_CHECK_OK(envcrypt_protectors_add_raw_key(list, key, 32, NULL));
    return list;
}

static void
open_store_fixture(void)
{
    evc_folder_make();
    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    raw = raw_list(RAW_KEY);
    EVC_CHECK_OK(envcrypt_keystore_create(client, store_path(), "store", raw, NULL,
                                          &store, NULL));
    EVC_CHECK_OK(envcrypt_keystore_add_key(store, "k", ENVCRYPT_KIND_WRAP, NULL, NULL));
}

static void
close_store_fixture(void)
{
    envcrypt_keystore_close(store);
    envcrypt_protectors_free(raw);
    ck_assert_uint_eq(envcrypt_client_arena_used(client), 0);
    envcrypt_client_unref(client);
    evc_folder_remove();
}

static inline void
store_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_store_fixture, close_store_fixture);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static inline int
open_store(const envcrypt_protectors *by, envcrypt_keystore **out)
{
    return envcrypt_keystore_open(client, store_path(), by, NULL, NULL, out, NULL);
}

#endif
