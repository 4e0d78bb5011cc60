/* SPDX-License-Identifier: Apache-2.0 */
#include "crypto/crypto.h"

#include <pthread.h>
#include <semaphore.h>

#include "crypto-fixture.h"
#include "crypto/digest.h"
#include "crypto/ecdsa.h"
#include "crypto/gcm.h"
#include "crypto/random.h"
#include "evc-alloc.h"
#include "evc-child.h"

static const uint8_t zeros[32];

static int
use_all(void)
{
    uint8_t out[64];
    size_t size;
    evc_view parts[] = {evc_view_text("abc")};
    evc_gcm *gcm = NULL;
    evc_ec *ec = NULL;
    int rc;

    if ((rc = evc_digest(crypto, EVC_SHA512, parts, 1, out, NULL)) == 0 &&
        (rc = evc_random_key(crypto, out, 32, NULL)) == 0 &&
        (rc = evc_gcm_take(crypto, evc_view_of(zeros, 32), &gcm, NULL)) == 0 &&
        (rc = evc_ec_generate(crypto, EVC_P256, &ec, NULL)) == 0)
        rc = evc_ec_sign(ec, evc_view_of(zeros, 32), (uint8_t[EVC_EC_SIGNATURE_MAX]){0},
                         &size, NULL);
    evc_gcm_give(gcm);
    evc_ec_free(ec);
    return rc;
}

START_TEST(opens_with_every_algorithm)
{
    EVC_CHECK_OK(use_all());
}
END_TEST

START_TEST(holds_its_env)
{
    evc_env_unref(env);
    env = NULL;
    EVC_CHECK_OK(use_all());
    ck_assert_ptr_nonnull(evc_crypto_env(crypto));
}
END_TEST

START_TEST(lives_until_the_last_reference)
{
    ck_assert_ptr_eq(evc_crypto_ref(crypto), crypto);
    evc_crypto_unref(crypto);
    EVC_CHECK_OK(use_all());
}
END_TEST

START_TEST(lives_while_a_context_is_taken)
{
    uint8_t tag[EVC_GCM_TAG];
    evc_gcm *gcm;

    EVC_CHECK_OK(evc_gcm_take(crypto, evc_view_of(zeros, 32), &gcm, NULL));
    evc_crypto_unref(crypto);
    crypto = NULL;
    EVC_CHECK_OK(
        evc_gcm_seal(gcm, zeros, NULL, 0, evc_view_of(NULL, 0), NULL, tag, NULL));
    evc_gcm_give(gcm);
}
END_TEST

START_TEST(unref_of_nothing_is_fine)
{
    evc_crypto_unref(NULL);
}
END_TEST

static int
open_and_close(void *user)
{
    evc_crypto *made;
    int rc = evc_crypto_open(user, &made, NULL);

    evc_crypto_unref(made);
    return rc;
}

START_TEST(memory_that_runs_out_is_an_error)
{
    evc_alloc_sweep(open_and_close, env);
}
END_TEST

static int
use_in_child(void *user)
{
    (void)user;
    return use_all() == ENVCRYPT_E_FORKED ? 0 : 1;
}

START_TEST(child_of_fork_gets_an_error)
{
    EVC_CHECK_OK(use_all()); /* the pools are full */
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static evc_ec *inherited_ec;
static evc_gcm *inherited_gcm;
static evc_hasher *inherited_hasher;

static int
free_in_child(void *user)
{
    (void)user;
    evc_hasher_close(inherited_hasher);
    evc_gcm_give(inherited_gcm);
    evc_ec_free(inherited_ec);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    return 0;
}

START_TEST(child_of_fork_may_free_everything)
{
    EVC_CHECK_OK(evc_ec_generate(crypto, EVC_P384, &inherited_ec, NULL));
    EVC_CHECK_OK(evc_gcm_take(crypto, evc_view_of(zeros, 16), &inherited_gcm, NULL));
    EVC_CHECK_OK(evc_hasher_open(crypto, EVC_SHA256, &inherited_hasher, NULL));
    EVC_CHECK_CHILD(free_in_child, NULL);
    evc_hasher_close(inherited_hasher);
    evc_gcm_give(inherited_gcm);
    evc_ec_free(inherited_ec);
}
END_TEST

static int
open_in_child(void *user)
{
    (void)user;
    if (evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL))
        return 1;
    if (evc_crypto_open(env, &crypto, NULL))
        return 2;
    return use_all() == 0 ? 0 : 3;
}

START_TEST(child_of_fork_may_open_its_own)
{
    EVC_CHECK_CHILD(open_in_child, NULL);
}
END_TEST

static struct {
    sem_t used;
    sem_t done;
    int rc;
} outliving;

static void *
use_and_stay(void *user)
{
    (void)user;
    outliving.rc = use_all();
    sem_post(&outliving.used);
    sem_wait(&outliving.done);
    return NULL;
}

/* With OpenSSL's generator for each thread this ended in a crash at the thread's end.
 */
START_TEST(thread_may_outlive_the_client)
{
    pthread_t thread;

    ck_assert_int_eq(sem_init(&outliving.used, 0, 0), 0);
    ck_assert_int_eq(sem_init(&outliving.done, 0, 0), 0);
    ck_assert_int_eq(pthread_create(&thread, NULL, use_and_stay, NULL), 0);
    sem_wait(&outliving.used);
    EVC_CHECK_OK(outliving.rc);
    evc_crypto_unref(crypto);
    crypto = NULL;
    sem_post(&outliving.done);
    ck_assert_int_eq(pthread_join(thread, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const life_tests[] = {
        opens_with_every_algorithm,     holds_its_env,
        lives_until_the_last_reference, lives_while_a_context_is_taken,
        unref_of_nothing_is_fine,       memory_that_runs_out_is_an_error,
        thread_may_outlive_the_client,  NULL,
    };
    const TTest *const fork_tests[] = {
        child_of_fork_gets_an_error,
        child_of_fork_may_free_everything,
        child_of_fork_may_open_its_own,
        NULL,
    };

    crypto_add(suite, "life", life_tests);
    crypto_add(suite, "fork", fork_tests);
}

EVC_TEST_MAIN("crypto", add_tests)
