/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the sources of etcd share: a crypto, a folder, and pairs noted as text. */
#ifndef EVC_TESTS_ETCD_FIXTURE_H
#define EVC_TESTS_ETCD_FIXTURE_H

#include "crypto/crypto.h"
#include "evc-check.h"
#include "evc-folder.h"
#include "k8s/etcd_source.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_buf seen;
static evc_error *err;
static int stop_with;
static size_t taken;

static inline void
etcd_begin(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    evc_folder_make();
    evc_buf_init(&seen);
    err = NULL;
    stop_with = 0;
    taken = 0;
}

static inline void
etcd_end(void)
{
    evc_error_free(err);
    evc_buf_reset(&seen);
    evc_folder_remove();
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

/* "/a=1@3 ": key, value, mod_revision. */
static inline int
note_pair(void *user, const evc_etcd_pair *pair, evc_error **error)
{
    (void)user;
    taken++;
    if (stop_with)
        return evc_err(error, stop_with, "the test ended it");
    evc_buf_put_view(&seen, pair->key);
    evc_buf_put_u8(&seen, '=');
    if (pair->value.size <= 16)
        evc_buf_put_view(&seen, pair->value);
    else
        evc_buf_put_format(&seen, "[%zu]", pair->value.size);
    evc_buf_put_format(&seen, "@%lld ", (long long)pair->mod_revision);
    return evc_buf_check(&seen, error);
}

static inline bool
says(const char *text)
{
    return strstr(evc_error_message(err), text) != NULL;
}

#define SAW(text)                                                          \
    ck_assert_msg(evc_view_is_text(evc_buf_view(&seen), text), "saw %.*s", \
                  (int)seen.size, seen.size ? (const char *)seen.data : "")
#define SAYS(text) ck_assert_msg(says(text), "it says: %s", evc_error_message(err))

#endif
