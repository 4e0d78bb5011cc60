/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_key.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"
#include "evc-child.h"

#define NOON INT64_C(1700000000000)

static evc_alibaba_key *
make(void)
{
    evc_alibaba_key *key;

    EVC_CHECK_OK(evc_alibaba_key_new(crypto, &key, NULL));
    EVC_CHECK_OK(evc_alibaba_key_pin(key, evc_view_text(ARN), NULL));
    return key;
}

START_TEST(a_pinned_arn_has_its_parts)
{
    evc_alibaba_key *key = make();

    ck_assert_str_eq(key->arn, ARN);
    ck_assert(evc_view_is_text(key->parts.id, KEY_ID));
    evc_alibaba_key_free(key);
}
END_TEST

START_TEST(what_is_no_arn_is_not_pinned)
{
    evc_alibaba_key *key;

    EVC_CHECK_OK(evc_alibaba_key_new(crypto, &key, NULL));
    EVC_CHECK_CODE(evc_alibaba_key_pin(key, evc_view_text("alias/a"), NULL),
                   ENVCRYPT_E_INTERNAL);
    evc_alibaba_key_free(key);
}
END_TEST

static bool
claims(const char *provider, const char *key_id, bool whole)
{
    evc_alibaba_key *key = make();
    evc_edk_service info = {.key_id = evc_view_text(key_id)};
    evc_edk edk = {.provider = evc_view_text(provider)};
    evc_buf b;
    bool claimed;

    evc_buf_init(&b);
    evc_edk_service_info(&b, &info);
    edk.info = evc_view_of(b.data, b.size - !whole);
    claimed = evc_alibaba_key_claims(key, &edk, &info);
    evc_buf_reset(&b);
    evc_alibaba_key_free(key);
    return claimed;
}

START_TEST(its_own_edks_are_claimed)
{
    ck_assert(claims(EVC_ALIBABA_PROVIDER, ARN, true));
}
END_TEST

START_TEST(other_edks_are_not_claimed)
{
    ck_assert(!claims(EVC_ALIBABA_PROVIDER, OTHER_ARN, true));
    ck_assert(!claims(EVC_ALIBABA_PROVIDER, KEY_ID, true));
    ck_assert(!claims("envcrypt-ibm-kp", ARN, true));
    ck_assert(!claims(EVC_ALIBABA_PROVIDER, ARN, false));
}
END_TEST

START_TEST(nothing_is_old_before_a_version_was_seen)
{
    evc_alibaba_key *key = make();

    ck_assert(!evc_alibaba_key_is_old(key, VERSION, -1));
    evc_alibaba_key_free(key);
}
END_TEST

START_TEST(another_version_of_before_is_old)
{
    evc_alibaba_key *key = make();

    evc_alibaba_key_learn(key, NEWER, NOON);
    ck_assert(!evc_alibaba_key_is_old(key, NEWER, NOON - 5000));
    ck_assert(!evc_alibaba_key_is_old(key, "", NOON - 5000));
    ck_assert(evc_alibaba_key_is_old(key, VERSION, NOON - 5000));
    ck_assert(evc_alibaba_key_is_old(key, VERSION, -1));
    evc_alibaba_key_free(key);
}
END_TEST

START_TEST(another_version_of_after_may_be_the_next)
{
    evc_alibaba_key *key = make();

    evc_alibaba_key_learn(key, VERSION, NOON);
    ck_assert(!evc_alibaba_key_is_old(key, NEWER, NOON + 1));
    ck_assert(!evc_alibaba_key_is_old(key, NEWER, NOON - 1000));
    ck_assert(evc_alibaba_key_is_old(key, NEWER, NOON - 1001));
    evc_alibaba_key_free(key);
}
END_TEST

START_TEST(what_is_no_version_is_not_learnt)
{
    char text[EVC_EDK_VERSION_MAX + 2];
    evc_alibaba_key *key = make();

    memset(text, 'a', sizeof(text));
    text[EVC_EDK_VERSION_MAX + 1] = 0;
    ck_assert(!evc_alibaba_is_version(text));
    evc_alibaba_key_learn(key, text, NOON);
    evc_alibaba_key_learn(key, "", NOON);
    evc_alibaba_key_learn(key, "a b", NOON);
    evc_alibaba_key_learn(key, NULL, NOON);
    ck_assert_str_eq(key->version, "");
    text[EVC_EDK_VERSION_MAX] = 0;
    evc_alibaba_key_learn(key, text, NOON);
    ck_assert_str_eq(key->version, text);
    evc_alibaba_key_free(key);
}
END_TEST

static int
make_and_free(void *user)
{
    evc_alibaba_key *key;
    int rc = evc_alibaba_key_new(crypto, &key, NULL);

    (void)user;
    if (!rc)
        rc = evc_alibaba_key_pin(key, evc_view_text(ARN), NULL);
    if (key)
        evc_alibaba_key_free(key);
    return rc;
}

START_TEST(memory_may_run_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(make_and_free, NULL), 2);
}
END_TEST

static evc_alibaba_key *of_parent;

static int
free_in_child(void *user)
{
    (void)user;
    evc_alibaba_key_free(of_parent);
    return 0;
}

START_TEST(freeing_in_a_child_takes_no_lock)
{
    of_parent = make();
    (void)pthread_mutex_lock(&of_parent->mutex);
    EVC_CHECK_CHILD(free_in_child, NULL);
    (void)pthread_mutex_unlock(&of_parent->mutex);
    evc_alibaba_key_free(of_parent);
}
END_TEST

static void
add_tests(Suite *suite)
{
    alibaba_add(suite, "keys",
                (const TTest *const[]){
                    a_pinned_arn_has_its_parts, what_is_no_arn_is_not_pinned,
                    its_own_edks_are_claimed, other_edks_are_not_claimed,
                    memory_may_run_out, freeing_in_a_child_takes_no_lock, NULL});
    alibaba_add(suite, "versions",
                (const TTest *const[]){nothing_is_old_before_a_version_was_seen,
                                       another_version_of_before_is_old,
                                       another_version_of_after_may_be_the_next,
                                       what_is_no_version_is_not_learnt, NULL});
}

EVC_TEST_MAIN("alibaba_key", add_tests)
