/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the tests of keys of a local store share: the store of keystore-fixture.h with a
 * wrap key "k", under a monotonic clock that the test sets, and data keys.
 */
#ifndef EVC_TESTS_LOCAL_FIXTURE_H
#define EVC_TESTS_LOCAL_FIXTURE_H

#include <stdatomic.h>

#include "keystore-fixture.h"
#include "kms/kms.h"
#include "kms/local.h"

static _Atomic int64_t clock_ms;
static evc_kms *kms;

static int64_t
tell_clock_ms(void *user)
{
    (void)user;
    return clock_ms;
}

static const evc_clock local_clock = {.monotonic_ms = tell_clock_ms};

static inline evc_kms *
open_key(const char *name)
{
    evc_kms *opened;

    EVC_CHECK_OK(evc_local_open_key(store, name, &opened, NULL));
    return opened;
}

static void
open_local_fixture(void)
{
    clock_ms = 1000000;
    fixture_clock = &local_clock;
    open_keystore_fixture();
    EVC_CHECK_OK(add_key("k"));
    kms = open_key("k");
}

static void
close_local_fixture(void)
{
    evc_kms_unref(kms);
    close_keystore_fixture();
}

#define DATA_KEY "the thirty-two bytes of the DEK."

static inline evc_view
data_key(void)
{
    return evc_view_text(DATA_KEY);
}

static inline int
wrap_by(evc_kms *by, evc_edk_out *out)
{
    return evc_kms_wrap(by, data_key(), NULL, NULL, NULL, out, NULL);
}

/* Unwraps and compares. */
static inline int
unwrap_by(evc_kms *by, const evc_edk_out *wrapped, bool *stale)
{
    evc_edk edk = evc_edk_view(wrapped);
    evc_secret key;
    int rc = evc_kms_unwrap(by, &edk, NULL, 32, NULL, NULL, &key, stale, NULL);

    if (rc == 0)
        ck_assert_mem_eq(key.bytes, DATA_KEY, 32);
    evc_secret_free(&key);
    return rc;
}

/* The name in the info of a raw-AES EDK. */
static inline evc_view
name_in(const evc_edk_out *wrapped)
{
    evc_view name;
    evc_view iv;

    ck_assert(evc_edk_raw_aes_parse(evc_buf_view(&wrapped->info), &name, &iv));
    return name;
}

static inline void
local_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_local_fixture, close_local_fixture);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
