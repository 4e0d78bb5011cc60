/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/wrap_aes.h"

#include "known-edks.h"

static const uint8_t kek_bytes[32] = {1, 2, 3};
static const uint8_t key_bytes[32] = {9, 8, 7};
static const uint8_t version[16] = {0xaa, 0xbb};

static evc_view
kek(size_t size)
{
    return evc_view_of(kek_bytes, size);
}

static evc_view
key(size_t size)
{
    return evc_view_of(key_bytes, size);
}

static void
wrap_raw(const evc_kv *context, evc_edk_out *out)
{
    evc_edk_out_init(out);
    EVC_CHECK_OK(evc_wrap_raw_aes(crypto, kek(32), text("ns"), text("name"), context,
                                  key(32), NULL, out, NULL));
}

static void
wrap_branch(const evc_kv *context, evc_edk_out *out)
{
    evc_edk_out_init(out);
    EVC_CHECK_OK(evc_wrap_hierarchy(crypto, kek(32), text("branch"), version, context,
                                    key(32), out, NULL));
}

static void
check_raw_answer(const known_edk *k)
{
    uint8_t out[64];

    ck_assert_uint_eq(evc_raw_aes_key_size(&k->edk), k->key.size);
    EVC_CHECK_OK(
        evc_unwrap_raw_aes(crypto, k->kek, &k->edk, &k->context, NULL, out, NULL));
    ck_assert_mem_eq(out, k->key.data, k->key.size);
}

START_TEST(opens_raw_aes_keys_of_published_messages)
{
    open_known();
    ck_assert_uint_eq(each_known("raw-aes", check_raw_answer), 6);
    close_known();
}
END_TEST

static void
check_hierarchy_answer(const known_edk *k)
{
    uint8_t out[64];

    ck_assert_uint_eq(evc_hierarchy_key_size(&k->edk), k->key.size);
    EVC_CHECK_OK(evc_unwrap_hierarchy(crypto, k->kek, text(k->name), &k->edk,
                                      &k->context, out, NULL));
    ck_assert_mem_eq(out, k->key.data, k->key.size);
}

START_TEST(opens_branch_keys_of_published_messages)
{
    open_known();
    ck_assert_uint_eq(each_known("hierarchy", check_hierarchy_answer), 4);
    close_known();
}
END_TEST

/* For each size of the wrapping key and of the data key. */
START_TEST(raw_aes_opens_what_it_wraps)
{
    static const size_t sizes[] = {16, 24, 32};
    uint8_t out[32];

    for (size_t i = 0; i < 9; i++) {
        evc_edk_out made;
        evc_edk edk;

        evc_edk_out_init(&made);
        EVC_CHECK_OK(evc_wrap_raw_aes(crypto, kek(sizes[i / 3]), text("ns"),
                                      text("name"), NULL, key(sizes[i % 3]), NULL,
                                      &made, NULL));
        edk = evc_edk_view(&made);
        ck_assert_uint_eq(evc_raw_aes_key_size(&edk), sizes[i % 3]);
        EVC_CHECK_OK(
            evc_unwrap_raw_aes(crypto, kek(sizes[i / 3]), &edk, NULL, NULL, out, NULL));
        ck_assert_mem_eq(out, key_bytes, sizes[i % 3]);
        evc_edk_out_reset(&made);
    }
}
END_TEST

START_TEST(raw_aes_layout_is_that_of_the_sdk)
{
    evc_edk_out made;
    evc_view name;
    evc_view iv;

    wrap_raw(NULL, &made);
    ck_assert(evc_view_is_text(evc_buf_view(&made.provider), "ns"));
    ck_assert(evc_edk_raw_aes_parse(evc_buf_view(&made.info), &name, &iv));
    ck_assert(evc_view_is_text(name, "name"));
    ck_assert_uint_eq(made.ciphertext.size, 32 + 16);
    evc_edk_out_reset(&made);
}
END_TEST

START_TEST(every_wrap_has_its_own_iv)
{
    evc_edk_out first;
    evc_edk_out second;

    wrap_raw(NULL, &first);
    wrap_raw(NULL, &second);
    ck_assert(!evc_view_equal(evc_buf_view(&first.info), evc_buf_view(&second.info)));
    evc_edk_out_reset(&first);
    evc_edk_out_reset(&second);
}
END_TEST

START_TEST(the_context_is_bound)
{
    evc_edk_out made;
    evc_edk edk;
    evc_kv context;
    uint8_t out[32];

    evc_kv_init(&context);
    add_pair(&context, "a", "1");
    wrap_raw(&context, &made);
    edk = evc_edk_view(&made);
    EVC_CHECK_OK(evc_unwrap_raw_aes(crypto, kek(32), &edk, &context, NULL, out, NULL));
    EVC_CHECK_CODE(evc_unwrap_raw_aes(crypto, kek(32), &edk, NULL, NULL, out, NULL),
                   ENVCRYPT_E_UNWRAP);
    evc_edk_out_reset(&made);
    wrap_branch(&context, &made);
    edk = evc_edk_view(&made);
    EVC_CHECK_OK(evc_unwrap_hierarchy(crypto, kek(32), text("branch"), &edk, &context,
                                      out, NULL));
    EVC_CHECK_CODE(
        evc_unwrap_hierarchy(crypto, kek(32), text("branch"), &edk, NULL, out, NULL),
        ENVCRYPT_E_UNWRAP);
    evc_edk_out_reset(&made);
    evc_kv_reset(&context);
}
END_TEST

/* One that leaves the stack: more than 512 bytes. */
START_TEST(a_long_context_is_bound)
{
    static char value[60000];
    evc_edk_out made;
    evc_edk edk;
    evc_kv context;
    uint8_t out[32];

    memset(value, 'v', sizeof(value) - 1);
    evc_kv_init(&context);
    add_pair(&context, "a", value);
    wrap_raw(&context, &made);
    edk = evc_edk_view(&made);
    EVC_CHECK_OK(evc_unwrap_raw_aes(crypto, kek(32), &edk, &context, NULL, out, NULL));
    ck_assert_mem_eq(out, key_bytes, 32);
    evc_edk_out_reset(&made);
    evc_kv_reset(&context);
}
END_TEST

START_TEST(a_context_that_cannot_be_serialized_wraps_nothing)
{
    static char value[65537];
    evc_edk_out made;
    evc_kv context;

    memset(value, 'v', sizeof(value) - 1);
    evc_kv_init(&context);
    add_pair(&context, "a", value);
    evc_edk_out_init(&made);
    EVC_CHECK_CODE(evc_wrap_raw_aes(crypto, kek(32), text("ns"), text("name"), &context,
                                    key(32), NULL, &made, NULL),
                   ENVCRYPT_E_INTERNAL);
    ck_assert_uint_eq(made.ciphertext.size, 0);
    evc_kv_reset(&context);
}
END_TEST

/* Every single bit of IV, wrapped key and tag. */
START_TEST(raw_aes_refuses_every_changed_bit)
{
    evc_edk_out made;
    uint8_t out[32];

    wrap_raw(NULL, &made);
    for (size_t bit = 0; bit < (12 + made.ciphertext.size) * 8; bit++) {
        size_t byte = bit / 8;
        uint8_t *at = byte < 12 ? &made.info.data[made.info.size - 12 + byte]
                                : &made.ciphertext.data[byte - 12];
        evc_edk edk = evc_edk_view(&made);

        *at ^= (uint8_t)(1u << bit % 8);
        memset(out, 1, sizeof(out));
        EVC_CHECK_CODE(evc_unwrap_raw_aes(crypto, kek(32), &edk, NULL, NULL, out, NULL),
                       ENVCRYPT_E_UNWRAP);
        ck_assert(evc_mem_is_zero(out, sizeof(out)));
        *at ^= (uint8_t)(1u << bit % 8);
    }
    evc_edk_out_reset(&made);
}
END_TEST

START_TEST(raw_aes_refuses_another_wrapping_key)
{
    evc_edk_out made;
    evc_edk edk;
    uint8_t out[32];

    wrap_raw(NULL, &made);
    edk = evc_edk_view(&made);
    EVC_CHECK_CODE(evc_unwrap_raw_aes(crypto, key(32), &edk, NULL, NULL, out, NULL),
                   ENVCRYPT_E_UNWRAP);
    evc_edk_out_reset(&made);
}
END_TEST

START_TEST(raw_aes_refuses_what_holds_no_key)
{
    evc_edk_out made;
    evc_edk edk;
    uint8_t out[32];

    wrap_raw(NULL, &made);
    edk = evc_edk_view(&made);
    for (size_t size = 0; size <= 16; size++) {
        edk.ciphertext.size = size;
        ck_assert_uint_eq(evc_raw_aes_key_size(&edk), 0);
        EVC_CHECK_CODE(evc_unwrap_raw_aes(crypto, kek(32), &edk, NULL, NULL, out, NULL),
                       ENVCRYPT_E_UNWRAP);
    }
    evc_edk_out_reset(&made);
}
END_TEST

START_TEST(raw_aes_refuses_another_info)
{
    evc_edk_out made;
    evc_edk edk;
    uint8_t out[32];

    wrap_raw(NULL, &made);
    edk = evc_edk_view(&made);
    edk.info.size--;
    EVC_CHECK_CODE(evc_unwrap_raw_aes(crypto, kek(32), &edk, NULL, NULL, out, NULL),
                   ENVCRYPT_E_UNWRAP);
    evc_edk_out_reset(&made);
}
END_TEST

START_TEST(a_wrapping_key_of_a_wrong_size_is_refused)
{
    evc_edk_out made;

    evc_edk_out_init(&made);
    EVC_CHECK_CODE(evc_wrap_raw_aes(crypto, kek(31), text("ns"), text("name"), NULL,
                                    key(32), NULL, &made, NULL),
                   ENVCRYPT_E_KEY_SIZE);
    EVC_CHECK_CODE(evc_wrap_hierarchy(crypto, kek(31), text("branch"), version, NULL,
                                      key(32), &made, NULL),
                   ENVCRYPT_E_KEY_SIZE);
    ck_assert_uint_eq(made.provider.size, 0);
}
END_TEST

START_TEST(hierarchy_layout_is_that_of_the_sdk)
{
    evc_edk_out made;
    evc_edk edk;
    uint8_t named[16];
    uint8_t out[32];

    wrap_branch(NULL, &made);
    edk = evc_edk_view(&made);
    ck_assert(evc_view_is_text(edk.provider, "aws-kms-hierarchy"));
    ck_assert(evc_view_is_text(edk.info, "branch"));
    ck_assert_uint_eq(edk.ciphertext.size, 16 + 12 + 16 + 32 + 16);
    ck_assert(evc_hierarchy_version(&edk, named));
    ck_assert_mem_eq(named, version, 16);
    EVC_CHECK_OK(
        evc_unwrap_hierarchy(crypto, kek(32), text("branch"), &edk, NULL, out, NULL));
    ck_assert_mem_eq(out, key_bytes, 32);
    evc_edk_out_reset(&made);
}
END_TEST

START_TEST(hierarchy_refuses_every_changed_bit)
{
    evc_edk_out made;
    uint8_t out[32];

    wrap_branch(NULL, &made);
    for (size_t bit = 0; bit < made.ciphertext.size * 8; bit++) {
        evc_edk edk = evc_edk_view(&made);

        made.ciphertext.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        memset(out, 1, sizeof(out));
        EVC_CHECK_CODE(evc_unwrap_hierarchy(crypto, kek(32), text("branch"), &edk, NULL,
                                            out, NULL),
                       ENVCRYPT_E_UNWRAP);
        ck_assert(evc_mem_is_zero(out, sizeof(out)));
        made.ciphertext.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    evc_edk_out_reset(&made);
}
END_TEST

START_TEST(hierarchy_binds_the_branch_key_id)
{
    evc_edk_out made;
    evc_edk edk;
    uint8_t out[32];

    wrap_branch(NULL, &made);
    edk = evc_edk_view(&made);
    EVC_CHECK_CODE(
        evc_unwrap_hierarchy(crypto, kek(32), text("other"), &edk, NULL, out, NULL),
        ENVCRYPT_E_UNWRAP);
    evc_edk_out_reset(&made);
}
END_TEST

START_TEST(hierarchy_refuses_what_holds_no_key)
{
    uint8_t bytes[60] = {0};
    evc_edk edk = {text("aws-kms-hierarchy"), text("branch"), evc_view_of(bytes, 60)};
    uint8_t out[32];

    ck_assert_uint_eq(evc_hierarchy_key_size(&edk), 0);
    ck_assert(!evc_hierarchy_version(&edk, out));
    EVC_CHECK_CODE(
        evc_unwrap_hierarchy(crypto, kek(32), text("branch"), &edk, NULL, out, NULL),
        ENVCRYPT_E_UNWRAP);
}
END_TEST

START_TEST(a_key_wraps_2_to_the_32_times_and_not_once_more)
{
    evc_wrap_count count;

    atomic_init(&count, EVC_WRAPS_MAX - 1);
    EVC_CHECK_OK(evc_wrap_count_add(&count, "k", NULL));
    EVC_CHECK_CODE(evc_wrap_count_add(&count, "k", NULL), ENVCRYPT_E_KEY_EXHAUSTED);
    EVC_CHECK_CODE(evc_wrap_count_add(&count, "k", NULL), ENVCRYPT_E_KEY_EXHAUSTED);
}
END_TEST

START_TEST(a_refusal_names_the_key_and_no_bytes)
{
    evc_edk_out made;
    evc_edk edk;
    evc_error *err = NULL;
    uint8_t out[32];

    wrap_raw(NULL, &made);
    edk = evc_edk_view(&made);
    EVC_CHECK_CODE(evc_unwrap_raw_aes(crypto, key(32), &edk, NULL, NULL, out, &err),
                   ENVCRYPT_E_UNWRAP);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "\"name\" of \"ns\""));
    evc_error_free(err);
    evc_edk_out_reset(&made);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const raw[] = {opens_raw_aes_keys_of_published_messages,
                                raw_aes_opens_what_it_wraps,
                                raw_aes_layout_is_that_of_the_sdk,
                                every_wrap_has_its_own_iv,
                                the_context_is_bound,
                                a_long_context_is_bound,
                                a_context_that_cannot_be_serialized_wraps_nothing,
                                raw_aes_refuses_every_changed_bit,
                                raw_aes_refuses_another_wrapping_key,
                                raw_aes_refuses_what_holds_no_key,
                                raw_aes_refuses_another_info,
                                a_wrapping_key_of_a_wrong_size_is_refused,
                                a_key_wraps_2_to_the_32_times_and_not_once_more,
                                a_refusal_names_the_key_and_no_bytes,
                                NULL};
    const TTest *const hierarchy[] = {
        opens_branch_keys_of_published_messages, hierarchy_layout_is_that_of_the_sdk,
        hierarchy_refuses_every_changed_bit,     hierarchy_binds_the_branch_key_id,
        hierarchy_refuses_what_holds_no_key,     NULL};

    kms_add(suite, "raw", raw);
    kms_add(suite, "hierarchy", hierarchy);
}

EVC_TEST_MAIN("wrap_aes", add_tests)
