/* SPDX-License-Identifier: Apache-2.0 */
#include "base/threads.h"
#include "envelope/value.h"
#include "evc-child.h"
#include "known-answers.h"

static evc_value_key *key;
static evc_kv context;
static uint8_t sealed[1024];

static void
open_value(void)
{
    uint8_t data_key[32];

    open_crypto();
    for (size_t i = 0; i < sizeof(data_key); i++)
        data_key[i] = (uint8_t)i;
    EVC_CHECK_OK(evc_value_key_open(crypto, evc_view_of(data_key, 32), &key, NULL));
    evc_kv_init(&context);
    add_pair(&context, "table", "users");
}

static void
close_value(void)
{
    evc_kv_reset(&context);
    evc_value_key_unref(key);
    close_crypto();
}

static evc_view
seal(const char *plain)
{
    evc_view view = text(plain);

    EVC_CHECK_OK(evc_value_seal(key, &context, view, sealed, NULL));
    return evc_view_of(sealed, view.size + ENVCRYPT_VALUE_OVERHEAD);
}

static int
open_sealed(evc_view value, const evc_kv *pairs)
{
    uint8_t out[1024];

    return evc_value_open(key, pairs, value, out, NULL);
}

/* -- known answers ---------------------------------------------------------------- */

static void
check_known(const evc_json *entry)
{
    evc_buf bytes[4];
    evc_view data_key = known_hex(entry, "data_key", &bytes[0]);
    evc_view commitment = known_hex(entry, "commitment", &bytes[1]);
    evc_view plain = known_hex(entry, "plaintext", &bytes[2]);
    evc_view value = known_hex(entry, "value", &bytes[3]);
    uint8_t *out = evc_mem_new(plain.size + 1);
    evc_value_key *known;
    evc_kv pairs;

    known_context(entry, &pairs);
    ck_assert_ptr_nonnull(out);
    ck_assert_ptr_nonnull(commitment.data);
    EVC_CHECK_OK(evc_value_key_open(crypto, data_key, &known, NULL));
    ck_assert_mem_eq(evc_value_key_commitment(known), commitment.data, 32);
    EVC_CHECK_OK(evc_value_open(known, &pairs, value, out, NULL));
    ck_assert_uint_eq(value.size, plain.size + ENVCRYPT_VALUE_OVERHEAD);
    ck_assert(evc_view_equal(evc_view_of(out, plain.size), plain));
    evc_value_key_unref(known);
    evc_kv_reset(&pairs);
    evc_mem_free(out);
    for (size_t i = 0; i < 4; i++)
        evc_buf_reset(&bytes[i]);
}

START_TEST(opens_the_values_of_another_implementation)
{
    evc_json_doc *known = open_known("value");
    const evc_json *entries;

    EVC_CHECK_OK(evc_json_array(evc_json_root(known), "values", &entries, NULL));
    ck_assert_uint_ge(evc_json_count(entries), 9);
    for (size_t i = 0; i < evc_json_count(entries); i++)
        check_known(evc_json_at(entries, i));
    evc_json_free(known);
}
END_TEST

/* -- sealing ---------------------------------------------------------------------- */

START_TEST(writes_the_documented_layout)
{
    evc_view value = seal("token");

    ck_assert_uint_eq(value.size, 5 + 73);
    ck_assert_uint_eq(value.data[0], 1);
    ck_assert_mem_eq(&value.data[1], evc_value_key_commitment(key), 32);
}
END_TEST

START_TEST(opens_what_it_sealed)
{
    uint8_t out[5];

    EVC_CHECK_OK(evc_value_open(key, &context, seal("token"), out, NULL));
    ck_assert_mem_eq(out, "token", 5);
}
END_TEST

START_TEST(an_empty_value_is_73_bytes)
{
    ck_assert_uint_eq(seal("").size, 73);
    EVC_CHECK_OK(open_sealed(seal(""), &context));
}
END_TEST

START_TEST(two_seals_have_two_nonces)
{
    uint8_t first[73];

    memcpy(first, seal("").data, sizeof(first));
    ck_assert_mem_ne(&first[33], &seal("").data[33], 24);
}
END_TEST

START_TEST(holds_a_mebibyte_and_no_more)
{
    size_t size = ENVCRYPT_VALUE_MAX;
    uint8_t *plain = evc_mem_new(size + 1);
    uint8_t *out = evc_mem_new(size + 1 + ENVCRYPT_VALUE_OVERHEAD);
    uint8_t *again = evc_mem_new(size);

    EVC_CHECK_OK(evc_value_seal(key, NULL, evc_view_of(plain, size), out, NULL));
    EVC_CHECK_OK(evc_value_open(
        key, NULL, evc_view_of(out, size + ENVCRYPT_VALUE_OVERHEAD), again, NULL));
    EVC_CHECK_CODE(evc_value_seal(key, NULL, evc_view_of(plain, size + 1), out, NULL),
                   ENVCRYPT_E_VALUE_SIZE);
    EVC_CHECK_CODE(evc_value_open(key, NULL,
                                  evc_view_of(out, size + 1 + ENVCRYPT_VALUE_OVERHEAD),
                                  again, NULL),
                   ENVCRYPT_E_VALUE);
    evc_mem_free(plain);
    evc_mem_free(out);
    evc_mem_free(again);
}
END_TEST

/* A context of so many serialized bytes. */
static int
seal_with_context(size_t size)
{
    static char value[8193];
    evc_kv pairs;
    int rc;

    memset(value, 'v', size - 7);
    value[size - 7] = '\0';
    evc_kv_init(&pairs);
    add_pair(&pairs, "n", value);
    ck_assert_uint_eq(evc_context_size(&pairs), size);
    rc = evc_value_seal(key, &pairs, text("token"), sealed, NULL);
    if (rc == 0)
        rc = open_sealed(evc_view_of(sealed, 5 + ENVCRYPT_VALUE_OVERHEAD), &pairs);
    evc_kv_reset(&pairs);
    return rc;
}

START_TEST(limits_the_context)
{
    EVC_CHECK_OK(seal_with_context(512));
    EVC_CHECK_OK(seal_with_context(513)); /* past what needs no allocation */
    EVC_CHECK_OK(seal_with_context(8192));
    EVC_CHECK_CODE(seal_with_context(8193), ENVCRYPT_E_LIMIT_CONTEXT);
}
END_TEST

/* -- bad input -------------------------------------------------------------------- */

START_TEST(another_context_does_not_open)
{
    evc_view value = seal("token");
    evc_kv other;

    evc_kv_init(&other);
    add_pair(&other, "table", "orders");
    EVC_CHECK_CODE(open_sealed(value, &other), ENVCRYPT_E_VALUE_AUTH);
    EVC_CHECK_CODE(open_sealed(value, NULL), ENVCRYPT_E_VALUE_AUTH);
    evc_kv_reset(&other);
}
END_TEST

START_TEST(another_key_says_so)
{
    uint8_t data_key[32] = {1};
    evc_value_key *other;
    uint8_t out[5];
    evc_view value = seal("token");

    EVC_CHECK_OK(evc_value_key_open(crypto, evc_view_of(data_key, 32), &other, NULL));
    EVC_CHECK_CODE(evc_value_open(other, &context, value, out, NULL),
                   ENVCRYPT_E_VALUE_KEY);
    evc_value_key_unref(other);
}
END_TEST

START_TEST(every_flipped_bit_is_a_named_error)
{
    evc_view value = seal("token");

    for (size_t bit = 0; bit < value.size * 8; bit++) {
        int wanted = bit < 8        ? ENVCRYPT_E_VALUE
                     : bit < 33 * 8 ? ENVCRYPT_E_VALUE_KEY
                                    : ENVCRYPT_E_VALUE_AUTH;

        sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
        EVC_CHECK_CODE(open_sealed(value, &context), wanted);
        sealed[bit / 8] ^= (uint8_t)(1u << (bit % 8));
    }
}
END_TEST

START_TEST(every_truncation_is_a_named_error)
{
    evc_view value = seal("token");

    for (size_t size = 0; size < value.size; size++)
        EVC_CHECK_CODE(open_sealed(evc_view_of(value.data, size), &context),
                       size < 73 ? ENVCRYPT_E_VALUE : ENVCRYPT_E_VALUE_AUTH);
}
END_TEST

START_TEST(an_extended_value_does_not_open)
{
    evc_view value = seal("token");

    sealed[value.size] = 0;
    EVC_CHECK_CODE(open_sealed(evc_view_of(sealed, value.size + 1), &context),
                   ENVCRYPT_E_VALUE_AUTH);
}
END_TEST

START_TEST(output_is_zero_after_a_failure)
{
    uint8_t out[5] = {1, 2, 3, 4, 5};
    evc_view value = seal("token");

    sealed[value.size - 1] ^= 1;
    EVC_CHECK_CODE(evc_value_open(key, &context, value, out, NULL),
                   ENVCRYPT_E_VALUE_AUTH);
    ck_assert(evc_mem_is_zero(out, sizeof(out)));
}
END_TEST

/* -- threads and fork ------------------------------------------------------------- */

#define THREADS 24 /* more than the key pools ciphers for */

static void
seal_and_open(void *user, size_t index)
{
    int *failures = user;
    uint8_t value[16 + ENVCRYPT_VALUE_OVERHEAD];
    uint8_t plain[16];
    uint8_t out[16];

    memset(plain, (int)index, sizeof(plain));
    for (int i = 0; i < 50; i++) {
        if (evc_value_seal(key, &context, evc_view_of(plain, 16), value, NULL) ||
            evc_value_open(key, &context, evc_view_of(value, sizeof(value)), out,
                           NULL) ||
            memcmp(out, plain, 16) != 0)
            failures[index]++;
    }
}

START_TEST(many_threads_share_a_key)
{
    int failures[THREADS] = {0};

    EVC_CHECK_OK(evc_threads_run(THREADS, seal_and_open, failures, NULL));
    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(failures[i], 0);
}
END_TEST

static int
free_in_child(void *user)
{
    (void)user;
    evc_value_key_unref(key);
    return 0;
}

START_TEST(a_child_of_fork_may_free_it)
{
    (void)seal("token"); /* so that a cipher is pooled */
    EVC_CHECK_CHILD(free_in_child, NULL);
}
END_TEST

static void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_value, close_value);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const sealing[] = {
        opens_the_values_of_another_implementation,
        writes_the_documented_layout,
        opens_what_it_sealed,
        an_empty_value_is_73_bytes,
        two_seals_have_two_nonces,
        holds_a_mebibyte_and_no_more,
        limits_the_context,
        NULL,
    };
    const TTest *const bad_input[] = {
        another_context_does_not_open,
        another_key_says_so,
        every_flipped_bit_is_a_named_error,
        every_truncation_is_a_named_error,
        an_extended_value_does_not_open,
        output_is_zero_after_a_failure,
        NULL,
    };
    const TTest *const sharing[] = {
        many_threads_share_a_key,
        a_child_of_fork_may_free_it,
        NULL,
    };

    add_case(suite, "sealing", sealing);
    add_case(suite, "bad input", bad_input);
    add_case(suite, "sharing", sharing);
}

EVC_TEST_MAIN("value", add_tests)
