/* SPDX-License-Identifier: Apache-2.0 */
/* What tests of the public functions share: a client, and keys opened with it. */
#ifndef EVC_TESTS_API_FIXTURE_H
#define EVC_TESTS_API_FIXTURE_H

#include "api/client.h"
#include "envcrypt/envcrypt.h"
#include "evc-check.h"
#include "kms/keys.h"

static envcrypt_client *client;

static void
open_client(void)
{
    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
}

/* Every test gives back what it took from the arena. */
static void
close_client(void)
{
    ck_assert_uint_eq(envcrypt_client_arena_used(client), 0);
    envcrypt_client_unref(client);
}

static inline void
api_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_client, close_client);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

/* A raw AES key of the namespace "test"; its bytes follow from its name. */
static inline envcrypt_kms *
open_key(const char *name)
{
    uint8_t bytes[32];
    envcrypt_kms *kms;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(name[0] + (int)i);
    EVC_CHECK_OK(evc_raw_aes_open(client->crypto, "test", name,
                                  evc_view_of(bytes, sizeof(bytes)), &kms, NULL));
    return kms;
}

/* A keyring with a generator and perhaps a further recipient, by name; either may be
 * NULL. */
static inline envcrypt_keyring *
open_keyring(const char *generator, const char *recipient)
{
    envcrypt_keyring_config *config;
    envcrypt_keyring *keyring;

    EVC_CHECK_OK(envcrypt_keyring_config_new(&config, NULL));
    if (generator) {
        envcrypt_kms *kms = open_key(generator);

        EVC_CHECK_OK(envcrypt_keyring_config_set_generator(config, kms, NULL));
        evc_kms_unref(kms);
    }
    if (recipient) {
        envcrypt_kms *kms = open_key(recipient);

        EVC_CHECK_OK(envcrypt_keyring_config_add_recipient(config, kms, NULL));
        evc_kms_unref(kms);
    }
    EVC_CHECK_OK(envcrypt_keyring_open(client, config, &keyring, NULL));
    envcrypt_keyring_config_free(config);
    return keyring;
}

#endif
