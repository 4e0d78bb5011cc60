/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of the key store share: a folder, an open evc_crypto, lists of protectors,
 * and the golden store of tests/vectors/keystore.
 */
#ifndef EVC_TESTS_STORE_FIXTURE_H
#define EVC_TESTS_STORE_FIXTURE_H

#include "base/buf.h"
#include "evc-check.h"
#include "evc-folder.h"
#include "kms/protectors.h"

#define PASSPHRASE "open sesame"
#define TEST_KIB 8192u /* of Argon2id: the least that is accepted */

static evc_env *env;
static evc_crypto *crypto;
static const evc_clock *fixture_clock; /* NULL = the system's */

static void
open_fixture(void)
{
    evc_folder_make();
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, fixture_clock, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
}

static void
close_fixture(void)
{
    evc_arena_status status;

    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    evc_folder_remove();
}

/* As evc_check_add, with the fixture. Nobody may leave a secret in the arena. */
static inline void
store_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_fixture, close_fixture);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

/* The whole of a file, appended to out. */
static inline void
slurp(const char *path, evc_buf *out)
{
    FILE *file = fopen(path, "re");
    static char part[4096];
    size_t size;

    ck_assert_msg(file != NULL, "cannot open %s", path);
    while ((size = fread(part, 1, sizeof(part), file)) > 0)
        evc_buf_put(out, part, size);
    (void)fclose(file);
    EVC_CHECK_OK(evc_buf_check(out, NULL));
}

/* Writes bytes to a file of the folder, mode 0600. */
static inline void
spit(const char *name, evc_view bytes)
{
    const char *path = evc_folder_path(name);
    FILE *file = fopen(path, "we");

    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(bytes.data, 1, bytes.size, file), bytes.size);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, 0600), 0);
}

/* A file of tests/vectors/keystore, with a NUL behind it that is not counted. */
static inline void
slurp_vector(const char *name, evc_buf *out)
{
    const char *source = getenv("EVC_TEST_SOURCE");
    static char path[2 * PATH_MAX];

    ck_assert_ptr_nonnull(source);
    (void)snprintf(path, sizeof(path), "%s/tests/vectors/keystore/%s", source, name);
    slurp(path, out);
    evc_buf_put_u8(out, 0);
    EVC_CHECK_OK(evc_buf_check(out, NULL));
    evc_buf_truncate(out, out->size - 1);
}

static inline evc_protectors *
new_list(void)
{
    evc_protectors *list;

    EVC_CHECK_OK(evc_protectors_new(crypto, &list, NULL));
    EVC_CHECK_OK(evc_protectors_set_argon2(list, 1, TEST_KIB, NULL));
    return list;
}

static inline void
add_raw(evc_protectors *list, char fill)
{
    char key[EVC_PROTECTOR_KEY];

    for (size_t i = 0; i < sizeof(key); i++)
        key[i] = fill;
    EVC_CHECK_OK(evc_protectors_add_raw_key(list, evc_view_of(key, sizeof(key)), NULL));
}

/* A list with one raw key of equal bytes. */
static inline evc_protectors *
raw_list(char fill)
{
    evc_protectors *list = new_list();

    add_raw(list, fill);
    return list;
}

static inline evc_protectors *
passphrase_list(const char *passphrase)
{
    evc_protectors *list = new_list();

    EVC_CHECK_OK(evc_protectors_add_passphrase(list, evc_view_text(passphrase), NULL));
    return list;
}

static inline void
add_rsa_private(evc_protectors *list)
{
    evc_buf pem = {0};

    slurp_vector("recovery.pem", &pem);
    EVC_CHECK_OK(
        evc_protectors_add_rsa_private(list, (const char *)pem.data, NULL, NULL));
    evc_buf_reset(&pem);
}

/* The public half, as PEM with a NUL. */
static inline void
public_pem(evc_buf *out)
{
    evc_buf pem = {0};
    evc_rsa *key;

    slurp_vector("recovery.pem", &pem);
    EVC_CHECK_OK(evc_rsa_from_private_pem(crypto, evc_buf_view(&pem),
                                          evc_view_of(NULL, 0), &key, NULL));
    EVC_CHECK_OK(evc_rsa_public_pem(key, out, NULL));
    evc_buf_put_u8(out, 0);
    evc_rsa_unref(key);
    evc_buf_reset(&pem);
}

static inline void
add_rsa_public(evc_protectors *list)
{
    evc_buf pem = {0};

    public_pem(&pem);
    EVC_CHECK_OK(evc_protectors_add_rsa_public(list, (const char *)pem.data, NULL));
    evc_buf_reset(&pem);
}

#endif
