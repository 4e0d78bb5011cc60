/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Sealed byte for byte as another implementation does, with the nonce of the known
 * answer: this program is linked with --wrap of evc_random_public. The library itself
 * has no way to choose a nonce.
 */
#include "crypto/random.h"
#include "envelope/value.h"
#include "known-answers.h"

static const uint8_t *nonce;

void __wrap_evc_random_public(void *out, size_t size);

void
__wrap_evc_random_public(void *out, size_t size)
{
    ck_assert_uint_eq(size, 24);
    memcpy(out, nonce, size);
}

static void
check_known(const evc_json *entry)
{
    evc_buf bytes[3];
    evc_view data_key = known_hex(entry, "data_key", &bytes[0]);
    evc_view plain = known_hex(entry, "plaintext", &bytes[1]);
    evc_view value = known_hex(entry, "value", &bytes[2]);
    uint8_t *out = evc_mem_new(value.size);
    evc_value_key *key;
    evc_kv pairs;

    known_context(entry, &pairs);
    EVC_CHECK_OK(evc_value_key_open(crypto, data_key, &key, NULL));
    nonce = &value.data[33];
    EVC_CHECK_OK(evc_value_seal(key, &pairs, plain, out, NULL));
    ck_assert_mem_eq(out, value.data, value.size);
    evc_value_key_unref(key);
    evc_kv_reset(&pairs);
    evc_mem_free(out);
    for (size_t i = 0; i < 3; i++)
        evc_buf_reset(&bytes[i]);
}

START_TEST(seals_like_another_implementation)
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

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {seals_like_another_implementation, NULL};

    envelope_add(suite, "known answers", tests);
}

EVC_TEST_MAIN("value-sealed", add_tests)
