/* SPDX-License-Identifier: Apache-2.0 */
/* What tests/fakes/rude_server.py plants in its replies, and how memory is searched for it. */
#ifndef EVC_TESTS_TLS_FIXTURE_H
#define EVC_TESTS_TLS_FIXTURE_H

#include "curl-fixture.h"
#include "evc-memscan.h"

/* The planted key of rude_server.py, in base64 as it comes, and as it is. */
static evc_memscan text; /* base64 */
static evc_memscan tail; /* its last 16 characters */
static evc_memscan raw;
static evc_secret key;

static inline void
read_masked(const char *name, evc_memscan *scan)
{
    unsigned char masked[EVC_MEMSCAN_MAX];
    FILE *file = fopen(evc_folder_path(name), "re");
    size_t size;

    ck_assert_ptr_nonnull(file);
    size = fread(masked, 1, sizeof(masked), file);
    ck_assert_int_eq(fclose(file), 0);
    evc_memscan_for_masked(scan, masked, size);
}

static inline void
know_the_key(void)
{
    prepare();
    read_masked("planted-text", &text);
    read_masked("planted-raw", &raw);
    ck_assert_uint_eq(text.size, 44);
    ck_assert_uint_eq(raw.size, 33);
    evc_memscan_for_masked(&tail, &text.masked[text.size - 16], 16);
}

/* A sink that keeps nothing; user is a size_t that counts. */
static inline int
look_away(void *user, evc_view part, evc_error **err)
{
    size_t *size = user;

    (void)err;
    *size += part.size;
    return 0;
}

static inline void
forget(void)
{
    evc_secret_free(&key);
    finish();
}

#endif
