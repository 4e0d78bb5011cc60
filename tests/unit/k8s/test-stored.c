/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored.h"

#include "base/encode.h"
#include "evc-check.h"
#include "stored-vectors.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_buf value;
static evc_stored stored;

static void
begin(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    evc_buf_init(&value);
}

static void
end(void)
{
    evc_buf_reset(&value);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
}

static int
read_value(void)
{
    ck_assert(!value.failed);
    return evc_stored_read(crypto, evc_buf_view(&value), &stored, NULL);
}

static void
put_hex(const char *text)
{
    size_t size = strlen(text) / 2;

    EVC_CHECK_OK(
        evc_decode_hex(evc_view_text(text), evc_buf_extend(&value, size), size, NULL));
}

/* A prefix with the name, and a body of that many bytes of no meaning. */
static void
put_value(const char *prefix, size_t body)
{
    evc_buf_clear(&value);
    evc_buf_put_text(&value, prefix);
    for (size_t i = 0; i < body; i++)
        evc_buf_put_u8(&value, 0xfe);
}

START_TEST(reads_kms_v2)
{
    put_hex(STORED_V2);
    EVC_CHECK_OK(read_value());
    ck_assert_int_eq(stored.provider, EVC_STORED_KMS_V2);
    ck_assert(evc_view_is_text(stored.name, "libenvcrypt"));
    ck_assert(evc_view_is_text(stored.object.key_id, "kek-1"));
    ck_assert(evc_view_is_text(stored.dek_source, "wrapped-seed"));
    ck_assert_uint_eq(stored.sealed.size, 69);
}
END_TEST

START_TEST(reads_kms_v1)
{
    put_hex(STORED_V1);
    EVC_CHECK_OK(read_value());
    ck_assert_int_eq(stored.provider, EVC_STORED_KMS_V1);
    ck_assert(evc_view_is_text(stored.name, "libenvcrypt"));
    ck_assert(evc_view_is_text(stored.dek_source, "wrapped-dek"));
    ck_assert_uint_eq(stored.sealed.size, 37);
}
END_TEST

/* printf %s wrapped-dek | sha256sum */
START_TEST(digests_the_wrapped_key)
{
    static const char digest[] =
        "d7c3562cc989c4ebbc5740afbdd81cafc1bde093e98fea018550b40128051798";
    evc_buf hex;

    evc_buf_init(&hex);
    put_hex(STORED_V1);
    EVC_CHECK_OK(read_value());
    evc_encode_hex(&hex, evc_view_of(stored.dek_digest, sizeof(stored.dek_digest)));
    ck_assert(evc_view_is_text(evc_buf_view(&hex), digest));
    evc_buf_reset(&hex);
}
END_TEST

static const struct {
    const char *prefix;
    evc_stored_provider provider;
    size_t least;
} local[] = {
    {"k8s:enc:aescbc:v1:key1:", EVC_STORED_AESCBC, 32},
    {"k8s:enc:aesgcm:v1:key1:", EVC_STORED_AESGCM, 28},
    {"k8s:enc:secretbox:v1:key1:", EVC_STORED_SECRETBOX, 40},
};
#define LOCAL (sizeof(local) / sizeof(*local))

START_TEST(reads_values_under_local_keys)
{
    for (size_t i = 0; i < LOCAL; i++) {
        put_value(local[i].prefix, local[i].least);
        EVC_CHECK_OK(read_value());
        ck_assert_int_eq(stored.provider, local[i].provider);
        ck_assert(evc_view_is_text(stored.name, "key1"));
        ck_assert_uint_eq(stored.body.size, local[i].least);
    }
}
END_TEST

START_TEST(refuses_values_that_are_too_short)
{
    for (size_t i = 0; i < LOCAL; i++) {
        put_value(local[i].prefix, local[i].least - 1);
        EVC_CHECK_CODE(read_value(), ENVCRYPT_E_STORED);
        ck_assert_ptr_null(stored.body.data);
    }
}
END_TEST

START_TEST(refuses_aescbc_of_broken_blocks)
{
    put_value("k8s:enc:aescbc:v1:key1:", 47);
    EVC_CHECK_CODE(read_value(), ENVCRYPT_E_STORED);
}
END_TEST

START_TEST(takes_what_has_no_prefix_as_identity)
{
    static const evc_view values[] = {{(const uint8_t *)"", 0},
                                      {(const uint8_t *)"{}", 2},
                                      {(const uint8_t *)"k8s", 3},
                                      {(const uint8_t *)"k8s:enc", 7}};

    for (size_t i = 0; i < sizeof(values) / sizeof(*values); i++) {
        EVC_CHECK_OK(evc_stored_read(crypto, values[i], &stored, NULL));
        ck_assert_int_eq(stored.provider, EVC_STORED_IDENTITY);
        ck_assert(!stored.is_protobuf);
        ck_assert(evc_view_equal(stored.body, values[i]));
    }
}
END_TEST

START_TEST(knows_protobuf_in_the_clear)
{
    evc_buf_put(&value, "k8s\0\x0a", 5);
    EVC_CHECK_OK(read_value());
    ck_assert_int_eq(stored.provider, EVC_STORED_IDENTITY);
    ck_assert(stored.is_protobuf);
}
END_TEST

START_TEST(tells_providers_that_it_does_not_know)
{
    put_value("k8s:enc:kms:v3:name:", 4);
    EVC_CHECK_OK(read_value());
    ck_assert_int_eq(stored.provider, EVC_STORED_UNKNOWN);
    ck_assert(evc_view_starts_with(stored.body, "kms:v3:name:"));
}
END_TEST

static const char *const nameless[] = {
    "k8s:enc:aescbc:v1:", "k8s:enc:aesgcm:v1::", "k8s:enc:secretbox:v1:key",
    "k8s:enc:kms:v1::",   "k8s:enc:kms:v2:",     "k8s:enc:kms:v2::",
    "k8s:enc:kms:v2:key",
};

START_TEST(refuses_values_without_a_name)
{
    for (size_t i = 0; i < sizeof(nameless) / sizeof(*nameless); i++) {
        put_value(nameless[i], 64);
        EVC_CHECK_CODE(read_value(), ENVCRYPT_E_STORED);
    }
}
END_TEST

static void
put_v1(const char *name, size_t dek, size_t sealed)
{
    evc_buf_clear(&value);
    evc_buf_put_text(&value, "k8s:enc:kms:v1:");
    evc_buf_put_text(&value, name);
    evc_buf_put_u8(&value, ':');
    evc_buf_put_u16(&value, (uint16_t)dek);
    (void)evc_buf_extend(&value, dek + sealed);
}

/* "b:" would be a length of 25,146, which a value of this size can hold. */
START_TEST(finds_names_of_kms_v1_with_colons)
{
    put_v1("a:b", 40, 30000);
    EVC_CHECK_OK(read_value());
    ck_assert(evc_view_is_text(stored.name, "a:b"));
    ck_assert_uint_eq(stored.dek_source.size, 40);
}
END_TEST

START_TEST(reads_wrapped_keys_of_kms_v1_of_any_length)
{
    static const size_t sizes[] = {1, 0x1fff, 0x2000, 0xffff};

    for (size_t i = 0; i < 4; i++) {
        put_v1("name", sizes[i], 28);
        EVC_CHECK_OK(read_value());
        ck_assert(evc_view_is_text(stored.name, "name"));
        ck_assert_uint_eq(stored.dek_source.size, sizes[i]);
        ck_assert_uint_eq(stored.sealed.size, 28);
    }
}
END_TEST

START_TEST(refuses_kms_v1_with_impossible_sizes)
{
    put_v1("name", 0, 64);
    EVC_CHECK_CODE(read_value(), ENVCRYPT_E_STORED);
    put_v1("name", 12, 27);
    EVC_CHECK_CODE(read_value(), ENVCRYPT_E_STORED);
}
END_TEST

START_TEST(refuses_kms_v2_with_too_short_a_text)
{
    static const uint8_t object[] = {0x0a, 0x3b};

    evc_buf_put_text(&value, "k8s:enc:kms:v2:name:");
    evc_buf_put(&value, object, sizeof(object));
    (void)evc_buf_extend(&value, 0x3b);
    evc_buf_put(&value, "\x12\x01k\x1a\x01w\x28\x01", 8);
    EVC_CHECK_CODE(read_value(), ENVCRYPT_E_STORED);
    value.data[value.size - 1] = 0; /* a plain key: nothing stands before the nonce */
    EVC_CHECK_OK(read_value());
}
END_TEST

START_TEST(reads_values_up_to_the_limit)
{
    put_value("", EVC_STORED_VALUE_MAX);
    EVC_CHECK_OK(read_value());
    evc_buf_put_u8(&value, 0);
    EVC_CHECK_CODE(read_value(), ENVCRYPT_E_STORED);
}
END_TEST

START_TEST(names_every_provider)
{
    ck_assert_str_eq(evc_stored_provider_name(EVC_STORED_IDENTITY), "identity");
    ck_assert_str_eq(evc_stored_provider_name(EVC_STORED_KMS_V1), "kms v1");
    ck_assert_str_eq(evc_stored_provider_name(EVC_STORED_UNKNOWN), "unknown");
    ck_assert_str_eq(evc_stored_prefix(EVC_STORED_KMS_V2), "k8s:enc:kms:v2:");
    ck_assert_ptr_null(evc_stored_prefix(EVC_STORED_IDENTITY));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_kms_v2,
        reads_kms_v1,
        digests_the_wrapped_key,
        reads_values_under_local_keys,
        refuses_values_that_are_too_short,
        refuses_aescbc_of_broken_blocks,
        takes_what_has_no_prefix_as_identity,
        knows_protobuf_in_the_clear,
        tells_providers_that_it_does_not_know,
        refuses_values_without_a_name,
        finds_names_of_kms_v1_with_colons,
        reads_wrapped_keys_of_kms_v1_of_any_length,
        refuses_kms_v1_with_impossible_sizes,
        refuses_kms_v2_with_too_short_a_text,
        reads_values_up_to_the_limit,
        names_every_provider,
        NULL,
    };
    TCase *tcase = tcase_create("stored");

    tcase_add_checked_fixture(tcase, begin, end);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("stored", add_tests)
