/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-alloc.h"
#include "kms/keys.h"
#include "known-edks.h"

static const uint8_t kek_bytes[33] = {1, 2, 3};

static evc_kms *
open_key(const char *name_space, const char *name)
{
    evc_kms *kms = NULL;

    EVC_CHECK_OK(evc_raw_aes_open(crypto, name_space, name, evc_view_of(kek_bytes, 32),
                                  &kms, NULL));
    return kms;
}

static void
check_answer(const known_edk *k)
{
    evc_kms *kms;
    evc_secret key;

    EVC_CHECK_OK(evc_raw_aes_open(crypto, (const char *)k->bytes[0].data, k->name,
                                  k->kek, &kms, NULL));
    ck_assert(evc_kms_claims(kms, &k->edk));
    EVC_CHECK_OK(evc_kms_unwrap(kms, &k->edk, &k->context, k->key.size, NULL, NULL,
                                &key, NULL, NULL));
    ck_assert(evc_view_equal(view_of_secret(&key), k->key));
    evc_secret_free(&key);
    evc_kms_unref(kms);
}

START_TEST(opens_keys_of_published_messages)
{
    open_known();
    ck_assert_uint_eq(each_known("raw-aes", check_answer), 6);
    close_known();
}
END_TEST

START_TEST(opens_what_it_wraps)
{
    evc_kms *kms = open_key("ns", "name");
    evc_secret key = make_secret(32, 1);
    evc_secret back;
    evc_edk_out wrapped;
    evc_edk edk;

    EVC_CHECK_OK(
        evc_kms_wrap(kms, view_of_secret(&key), NULL, NULL, NULL, &wrapped, NULL));
    edk = evc_edk_view(&wrapped);
    ck_assert(evc_kms_claims(kms, &edk));
    EVC_CHECK_OK(evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &back, NULL, NULL));
    ck_assert_mem_eq(back.bytes, key.bytes, 32);
    evc_edk_out_reset(&wrapped);
    evc_secret_free(&key);
    evc_secret_free(&back);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_key_is_known_by_namespace_and_name)
{
    evc_kms *kms = open_key("ns", "name");

    ck_assert_str_eq(kms->provider, "ns");
    ck_assert_str_eq(kms->key_id, "name");
    ck_assert_uint_eq(kms->operations, ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP);
    ck_assert(kms->authenticated);
    evc_kms_unref(kms);
}
END_TEST

static bool
claims(const evc_kms *kms, const char *provider, const char *name)
{
    static const uint8_t iv[12] = {0};
    evc_buf info;
    evc_edk edk;
    bool claimed;

    evc_buf_init(&info);
    evc_edk_raw_aes_info(&info, text(name), iv);
    edk = (evc_edk){text(provider), evc_buf_view(&info), text("0123456789abcdef+")};
    claimed = evc_kms_claims(kms, &edk);
    evc_buf_reset(&info);
    return claimed;
}

START_TEST(claims_its_own_edks_alone)
{
    evc_kms *kms = open_key("ns", "name");

    ck_assert(claims(kms, "ns", "name"));
    ck_assert(!claims(kms, "ns2", "name"));
    ck_assert(!claims(kms, "n", "name"));
    ck_assert(!claims(kms, "ns", "name2"));
    ck_assert(!claims(kms, "ns", "nam"));
    ck_assert(!claims(kms, "ns", ""));
    evc_kms_unref(kms);
}
END_TEST

START_TEST(claims_no_info_of_another_layout)
{
    evc_kms *kms = open_key("ns", "name");
    evc_edk edk = {text("ns"), text("name"), text("0123456789abcdef+")};

    ck_assert(!evc_kms_claims(kms, &edk));
    evc_kms_unref(kms);
}
END_TEST

/* 64 bytes is the largest key; one more cannot be one. */
START_TEST(refuses_a_wrapped_key_of_65_bytes_unopened)
{
    static const uint8_t iv[12] = {0};
    static uint8_t bytes[81];
    evc_kms *kms = open_key("ns", "name");
    evc_secret key;
    evc_buf info;
    evc_edk edk;
    evc_error *err = NULL;

    evc_buf_init(&info);
    evc_edk_raw_aes_info(&info, text("name"), iv);
    edk = (evc_edk){text("ns"), evc_buf_view(&info), evc_view_of(bytes, 81)};
    EVC_CHECK_CODE(evc_kms_unwrap(kms, &edk, NULL, 0, NULL, NULL, &key, NULL, &err),
                   ENVCRYPT_E_UNWRAP);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "length"));
    evc_error_free(err);
    evc_buf_reset(&info);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(never_knows_whether_an_edk_is_current)
{
    evc_kms *kms = open_key("ns", "name");
    evc_edk edk = {text("ns"), text("name"), text("x")};

    ck_assert_int_eq(evc_kms_is_current(kms, &edk), ENVCRYPT_UNKNOWN);
    ck_assert_int_eq(evc_kms_age_from_ms(kms, &edk), -1);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(takes_16_24_and_32_bytes)
{
    for (size_t size = 0; size <= 33; size++) {
        bool good = size == 16 || size == 24 || size == 32;
        evc_kms *kms;

        EVC_CHECK_CODE(evc_raw_aes_open(crypto, "ns", "name",
                                        evc_view_of(kek_bytes, size), &kms, NULL),
                       good ? 0 : ENVCRYPT_E_KEY_SIZE);
        evc_kms_unref(kms);
    }
}
END_TEST

static int
try_names(const char *name_space, const char *name)
{
    evc_kms *kms = (evc_kms *)1;
    int rc = evc_raw_aes_open(crypto, name_space, name, evc_view_of(kek_bytes, 32),
                              &kms, NULL);

    if (rc)
        ck_assert_ptr_null(kms);
    evc_kms_unref(kms);
    return rc;
}

START_TEST(a_key_of_zeros_does_not_wrap)
{
    static const uint8_t zeros[32];
    evc_secret key = make_secret(32, 1);
    evc_error *error = NULL;
    evc_edk_out out;
    evc_kms *kms;

    EVC_CHECK_OK(
        evc_raw_aes_open(crypto, "ns", "name", evc_view_of(zeros, 32), &kms, NULL));
    EVC_CHECK_CODE(
        evc_kms_wrap(kms, view_of_secret(&key), NULL, NULL, NULL, &out, &error),
        ENVCRYPT_E_KEY_READ_ONLY);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "all zero bytes"));
    evc_error_free(error);
    evc_kms_unref(kms);
    evc_secret_free(&key);
}
END_TEST

START_TEST(refuses_reserved_namespaces)
{
    EVC_CHECK_CODE(try_names("aws-kms", "name"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_names("aws-kms-mine", "name"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_names("envcrypt-x", "name"), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(names_have_1_to_1024_bytes)
{
    static char long_name[1026];

    memset(long_name, 'n', 1025);
    EVC_CHECK_CODE(try_names("", "name"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_names("ns", ""), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_names("ns", long_name), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_names(long_name, "name"), ENVCRYPT_E_ARGUMENT);
    long_name[1024] = '\0';
    EVC_CHECK_OK(try_names(long_name, long_name));
}
END_TEST

static int
open_wrap_unwrap(void *user)
{
    evc_kms *kms;
    evc_secret back = {0};
    evc_edk_out wrapped;
    evc_edk edk;
    int rc =
        evc_raw_aes_open(crypto, "ns", "name", evc_view_of(kek_bytes, 32), &kms, NULL);

    if (rc)
        return rc;
    rc = evc_kms_wrap(kms, view_of_secret(user), NULL, NULL, NULL, &wrapped, NULL);
    edk = evc_edk_view(&wrapped);
    if (!rc)
        rc = evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &back, NULL, NULL);
    evc_secret_free(&back);
    evc_edk_out_reset(&wrapped);
    evc_kms_unref(kms);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_secret key = make_secret(32, 1);

    EVC_CHECK_OK(open_wrap_unwrap(&key)); /* warms the pools */
    evc_alloc_sweep(open_wrap_unwrap, &key);
    evc_secret_free(&key);
}
END_TEST

static int
wrap_once(void *user)
{
    evc_edk_out wrapped;
    int rc = evc_kms_wrap(user, evc_view_of(kek_bytes, 32), NULL, NULL, NULL, &wrapped,
                          NULL);

    evc_edk_out_reset(&wrapped);
    return rc;
}

/* What comes out; the call stands in memory of its maker. */
START_TEST(a_wrap_allocates_once)
{
    evc_kms *kms = open_key("ns", "name");
    size_t count;
    int rc;

    EVC_CHECK_OK(wrap_once(kms));
    evc_alloc_fail(EVC_ALLOC_NONE, false);
    rc = wrap_once(kms);
    count = evc_alloc_stop();
    EVC_CHECK_OK(rc);
    ck_assert_uint_eq(count, 1);
    evc_kms_unref(kms);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {opens_keys_of_published_messages,
                                  opens_what_it_wraps,
                                  a_key_is_known_by_namespace_and_name,
                                  claims_its_own_edks_alone,
                                  claims_no_info_of_another_layout,
                                  refuses_a_wrapped_key_of_65_bytes_unopened,
                                  never_knows_whether_an_edk_is_current,
                                  takes_16_24_and_32_bytes,
                                  a_key_of_zeros_does_not_wrap,
                                  refuses_reserved_namespaces,
                                  names_have_1_to_1024_bytes,
                                  survives_memory_that_runs_out,
                                  a_wrap_allocates_once,
                                  NULL};

    kms_add(suite, "raw_aes", tests);
}

EVC_TEST_MAIN("raw_aes", add_tests)
