/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of open key stores share: a store "store.json" of the name "store" that
 * the raw key of letters "r" protects, in a folder of its own.
 */
#ifndef EVC_TESTS_KEYSTORE_FIXTURE_H
#define EVC_TESTS_KEYSTORE_FIXTURE_H

#include "base/encode.h"
#include "kms/keystore_ops.h"
#include "store-fixture.h"

static evc_protectors *raw; /* opens the store */
static evc_keystore *store;

static inline const char *
store_path(void)
{
    static _Thread_local char path[PATH_MAX + 32];

    (void)snprintf(path, sizeof(path), "%s/store.json", evc_folder);
    return path;
}

static inline evc_keystore *
create_store(const evc_protectors *protectors)
{
    evc_keystore *made;

    EVC_CHECK_OK(evc_keystore_create(crypto, store_path(), "store", protectors, NULL,
                                     &made, NULL));
    return made;
}

static void
open_keystore_fixture(void)
{
    open_fixture();
    raw = raw_list('r');
    store = create_store(raw);
}

static void
close_keystore_fixture(void)
{
    evc_keystore_close(store);
    evc_protectors_free(raw);
    close_fixture();
}

/* Opens the store a second time. */
static inline int
open_again(const evc_protectors *protectors, const char *fingerprint,
           evc_keystore **out)
{
    evc_keystore_key by = {.protectors = protectors, .fingerprint = fingerprint};

    return evc_keystore_open(crypto, store_path(), &by, NULL, out, NULL);
}

/* What opening gives; the store is closed at once. */
static inline int
try_open(const evc_protectors *protectors)
{
    evc_keystore *opened;
    int rc = open_again(protectors, NULL, &opened);

    evc_keystore_close(opened);
    return rc;
}

static inline int
add_key(const char *name)
{
    return evc_keystore_add_key(store, name, ENVCRYPT_KIND_WRAP, NULL, NULL);
}

static inline int
rotate(const char *name)
{
    return evc_keystore_rotate(store, name, NULL, NULL, NULL);
}

/* The text of the file with a NUL, for tests that look at it or change it. */
static inline void
read_store_file(evc_buf *out)
{
    evc_buf_clear(out);
    slurp(store_path(), out);
    evc_buf_put_u8(out, 0);
    evc_buf_truncate(out, out->size - 1);
}

/* Puts `to` in the place of the first `from` in the file, which has the same length. */
static inline void
change_store_file(const char *from, const char *to)
{
    evc_buf text = {0};
    char *at;

    ck_assert_uint_eq(strlen(from), strlen(to));
    read_store_file(&text);
    at = strstr((char *)text.data, from);
    ck_assert_msg(at != NULL, "the file does not hold %s", from);
    memcpy(at, to, strlen(to));
    spit("store.json", evc_buf_view(&text));
    evc_buf_reset(&text);
}

static inline void
keystore_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_keystore_fixture, close_keystore_fixture);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
