/* SPDX-License-Identifier: Apache-2.0 */
/* What comes of many at a time is what comes of each alone. */
#include "envelope/keyring_many.h"

#include "envelope-fixture.h"
#include "evc-alloc.h"

#define MANY 12u
#define TOYS 3u

static toy toys[TOYS];
static evc_keyring *keyring; /* of the keys a, b and c; a generates */
static evc_kv context;
static evc_keyring_item items[MANY];
static evc_keyring_item *each[MANY];
static evc_secret keys[MANY];

static void
set_up(void)
{
    static const char *const names[TOYS] = {"a", "b", "c"};
    evc_kms *kms[TOYS];

    open_crypto();
    for (size_t i = 0; i < TOYS; i++) {
        toys[i] = (toy){.ignores_versions = true};
        kms[i] = toy_open(&toys[i], names[i], TOY_BOTH);
    }
    keyring = open_keyring(kms[0], kms[1], kms[2], NULL);
    evc_kv_init(&context);
    add_pair(&context, "table", "users");
    for (size_t i = 0; i < MANY; i++) {
        each[i] = &items[i];
        EVC_CHECK_OK(evc_secret_new(env->arena, 32, &keys[i], NULL));
        memset(keys[i].bytes, (int)i + 1, 32);
    }
}

static void
tear_down(void)
{
    for (size_t i = 0; i < MANY; i++) {
        evc_keyring_item_reset(&items[i]);
        evc_secret_free(&keys[i]);
    }
    evc_kv_reset(&context);
    evc_keyring_unref(keyring);
    close_crypto();
}

static void
wrap_many(size_t count)
{
    for (size_t i = 0; i < count; i++)
        items[i] = (evc_keyring_item){.key = evc_view_of(keys[i].bytes, 32),
                                      .context = &context};
    evc_keyring_wrap_many(keyring, each, count, 16, 4, NULL);
}

/* --- wrapping --------------------------------------------------------------------- */

START_TEST(each_key_is_wrapped_for_all_in_their_order)
{
    evc_buf alone;

    wrap_many(MANY);
    for (size_t i = 0; i < MANY; i++) {
        evc_buf_init(&alone);
        EVC_CHECK_OK(evc_keyring_wrap(keyring, evc_view_of(keys[i].bytes, 32), 16,
                                      &context, NULL, &alone, NULL));
        ck_assert_int_eq(items[i].code, 0);
        ck_assert(
            evc_view_equal(evc_buf_view(&alone), evc_buf_view(&items[i].wrapped)));
        evc_buf_reset(&alone);
    }
}
END_TEST

START_TEST(a_recipient_that_fails_fails_the_whole_and_is_the_last_asked)
{
    toys[1].wrap_code = ENVCRYPT_E_DENIED;
    wrap_many(3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(items[i].code, ENVCRYPT_E_DENIED);
        ck_assert_int_eq(evc_error_code(items[i].error), ENVCRYPT_E_DENIED);
        ck_assert_ptr_null(items[i].wrapped.data);
    }
    ck_assert_uint_eq(toys[0].wraps, 3);
    ck_assert_uint_eq(toys[2].wraps, 0);
}
END_TEST

START_TEST(more_recipients_than_the_limit_are_refused)
{
    items[0] = (evc_keyring_item){.key = evc_view_of(keys[0].bytes, 32)};
    evc_keyring_wrap_many(keyring, each, 1, 3, 1, NULL);
    ck_assert_int_eq(items[0].code, 0);
    evc_keyring_item_reset(&items[0]);
    items[0] = (evc_keyring_item){.key = evc_view_of(keys[0].bytes, 32)};
    evc_keyring_wrap_many(keyring, each, 1, 2, 1, NULL);
    ck_assert_int_eq(items[0].code, ENVCRYPT_E_LIMIT_EDKS);
}
END_TEST

/* --- unwrapping ------------------------------------------------------------------- */

static evc_buf wrapped[MANY];
static evc_edk edks[MANY][TOYS];

/* The EDKs of keys; which[i]: a bit for each key whose EDK item i has. */
static void
make_edks(const unsigned *which, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        evc_cursor c;

        evc_buf_init(&wrapped[i]);
        EVC_CHECK_OK(evc_keyring_wrap(keyring, evc_view_of(keys[i].bytes, 32), 16,
                                      &context, NULL, &wrapped[i], NULL));
        c = evc_cursor_of_view(evc_buf_view(&wrapped[i]));
        items[i] = (evc_keyring_item){.edks = edks[i], .context = &context};
        for (unsigned k = 0; k < TOYS; k++) {
            evc_edk edk;

            ck_assert(evc_edk_read(&c, &edk));
            if (which[i] & 1u << k)
                edks[i][items[i].edk_count++] = edk;
        }
    }
}

static void
free_edks(size_t count)
{
    for (size_t i = 0; i < count; i++)
        evc_buf_reset(&wrapped[i]);
}

/* Item i must be what evc_keyring_unwrap gives. */
static void
compare(size_t i)
{
    evc_error *err = NULL;
    evc_secret alone = {0};
    int rc = evc_keyring_unwrap(keyring, edks[i], items[i].edk_count, items[i].key_size,
                                items[i].context, NULL, NULL, &alone, &err);

    ck_assert_int_eq(items[i].code, rc);
    ck_assert_str_eq(evc_error_message(items[i].error), evc_error_message(err));
    ck_assert_uint_eq(items[i].secret.size, alone.size);
    if (alone.size)
        ck_assert_mem_eq(items[i].secret.bytes, alone.bytes, alone.size);
    evc_secret_free(&alone);
    evc_error_free(err);
}

static const struct {
    int codes[TOYS]; /* what unwrapping fails with */
} modes[] = {
    {{0}},
    {{ENVCRYPT_E_UNWRAP, 0, 0}},
    {{ENVCRYPT_E_SERVICE_DOWN, ENVCRYPT_E_UNWRAP, 0}},
    {{ENVCRYPT_E_UNWRAP, ENVCRYPT_E_UNWRAP, ENVCRYPT_E_UNWRAP}},
    {{ENVCRYPT_E_UNWRAP, ENVCRYPT_E_KEY_DISABLED, ENVCRYPT_E_SERVICE_DOWN}},
    {{ENVCRYPT_E_TIMEOUT, 0, 0}},
    {{ENVCRYPT_E_CANCELED, 0, 0}},
    {{0, ENVCRYPT_E_NOMEM, 0}},
};

START_TEST(each_item_is_what_it_would_be_alone)
{
    const unsigned which[MANY] = {7, 1, 2, 4, 3, 5, 6, 7, 2, 1, 4, 7};

    make_edks(which, MANY);
    items[7].edks = edks[7];
    items[7].key_size = 16;
    for (size_t k = 0; k < TOYS; k++)
        toys[k].unwrap_code = modes[_i].codes[k];
    evc_keyring_unwrap_many(keyring, each, MANY, 5, NULL);
    for (size_t i = 0; i < MANY; i++)
        compare(i);
    free_edks(MANY);
}
END_TEST

START_TEST(no_key_is_asked_about_what_is_open_already)
{
    const unsigned which[3] = {7, 7, 7};

    make_edks(which, 3);
    evc_keyring_unwrap_many(keyring, each, 3, 2, NULL);
    ck_assert_uint_eq(toys[0].unwraps, 3);
    ck_assert_uint_eq(toys[1].unwraps + toys[2].unwraps, 0);
    free_edks(3);
}
END_TEST

START_TEST(a_key_tries_each_edk_that_it_claims)
{
    const unsigned which[1] = {1};
    evc_edk twice[2];

    make_edks(which, 1);
    twice[0] = edks[0][0];
    twice[0].ciphertext = text("broken");
    twice[1] = edks[0][0];
    items[0].edks = twice;
    items[0].edk_count = 2;
    evc_keyring_unwrap_many(keyring, each, 1, 1, NULL);
    ck_assert_int_eq(items[0].code, 0);
    ck_assert_uint_eq(toys[0].unwraps, 2);
    free_edks(1);
}
END_TEST

START_TEST(what_no_key_claims_is_no_key)
{
    items[0] = (evc_keyring_item){.edks = edks[0], .edk_count = 1};
    edks[0][0] = (evc_edk){.provider = text("other")};
    evc_keyring_unwrap_many(keyring, each, 1, 1, NULL);
    ck_assert_int_eq(items[0].code, ENVCRYPT_E_NO_KEY);
}
END_TEST

static int
wrap_swept(void *unused)
{
    int rc;

    (void)unused;
    wrap_many(2);
    rc = items[0].code ? items[0].code : items[1].code;
    evc_keyring_item_reset(&items[0]);
    evc_keyring_item_reset(&items[1]);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(wrap_swept, NULL), 10);
}
END_TEST

static int
unwrap_swept(void *unused)
{
    int rc;

    (void)unused;
    items[0].key_size = 0;
    evc_keyring_unwrap_many(keyring, each, 2, 2, NULL);
    rc = items[0].code ? items[0].code : items[1].code;
    for (size_t i = 0; i < 2; i++) {
        evc_keyring_item_reset(&items[i]);
        items[i].secret = (evc_secret){0};
    }
    return rc;
}

START_TEST(unwrapping_survives_any_failed_allocation)
{
    const unsigned which[2] = {7, 2};

    make_edks(which, 2);
    ck_assert_uint_gt(evc_alloc_sweep(unwrap_swept, NULL), 5);
    free_edks(2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        each_key_is_wrapped_for_all_in_their_order,
        a_recipient_that_fails_fails_the_whole_and_is_the_last_asked,
        more_recipients_than_the_limit_are_refused,
        no_key_is_asked_about_what_is_open_already,
        a_key_tries_each_edk_that_it_claims,
        what_no_key_claims_is_no_key,
        survives_any_failed_allocation,
        unwrapping_survives_any_failed_allocation,
    };
    TCase *tcase = tcase_create("keyring_many");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, each_item_is_what_it_would_be_alone, 0,
                        (int)(sizeof(modes) / sizeof(modes[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("keyring_many", add_tests)
