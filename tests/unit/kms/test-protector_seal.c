/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/protector_seal.h"

#include "protector-fixture.h"

static const char secret[32] = "a secret of thirty-two bytes...";
static uint8_t s[EVC_STORE_KEY];

static void
seal(int32_t type)
{
    evc_protector_scope of = scope();

    evc_protector_reset(&protector);
    evc_protector_init(&protector, type);
    protector.passes = 2;
    protector.memory_kib = 8192;
    EVC_CHECK_OK(evc_protector_seal(&of, evc_view_of(secret, sizeof(secret)), s_view(),
                                    &protector, NULL));
}

static int
unseal_in(const uint8_t *id, const char *by)
{
    evc_protector_scope of = {.crypto = crypto, .store_id = id};

    return evc_protector_unseal(&of, evc_view_of(by, 32), &protector, s, NULL);
}

static int
unseal(void)
{
    return unseal_in(store_id, secret);
}

START_TEST(opens_what_it_sealed)
{
    seal(ENVCRYPT_PROTECTOR_RAW_KEY);
    EVC_CHECK_OK(unseal());
    ck_assert_mem_eq(s, store_key, sizeof(s));
}
END_TEST

START_TEST(info_is_label_store_and_protector)
{
    uint8_t info[EVC_PROTECTOR_INFO];
    evc_protector_scope of = {.crypto = crypto,
                              .store_id = (const uint8_t *)"the store's id.."};

    evc_protector_init(&protector, ENVCRYPT_PROTECTOR_RSA);
    evc_protector_set_id(&protector, (const uint8_t *)"prot. id");
    evc_protector_info(&of, &protector, info);
    ck_assert_mem_eq(info, "envcrypt-keystore-1 protectorthe store's id..prot. id",
                     sizeof(info));
}
END_TEST

START_TEST(seals_under_a_new_nonce)
{
    uint8_t old[EVC_PROTECTOR_NONCE];

    seal(ENVCRYPT_PROTECTOR_RAW_KEY);
    memcpy(old, protector.nonce, sizeof(old));
    seal(ENVCRYPT_PROTECTOR_RAW_KEY);
    ck_assert_mem_ne(old, protector.nonce, sizeof(old));
}
END_TEST

START_TEST(another_secret_does_not_open)
{
    seal(ENVCRYPT_PROTECTOR_RAW_KEY);
    EVC_CHECK_CODE(unseal_in(store_id, store_key), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(another_store_does_not_open)
{
    static const uint8_t other[EVC_STORE_ID] = {1};

    seal(ENVCRYPT_PROTECTOR_RAW_KEY);
    EVC_CHECK_CODE(unseal_in(other, secret), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(another_protector_id_does_not_open)
{
    seal(ENVCRYPT_PROTECTOR_RAW_KEY);
    protector.id[7] ^= 1;
    EVC_CHECK_CODE(unseal(), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(another_type_does_not_open)
{
    seal(ENVCRYPT_PROTECTOR_RAW_KEY);
    protector.type = ENVCRYPT_PROTECTOR_KEY_FILE;
    EVC_CHECK_CODE(unseal(), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(another_salt_does_not_open)
{
    seal(ENVCRYPT_PROTECTOR_RAW_KEY);
    protector.salt[0] ^= 1;
    EVC_CHECK_CODE(unseal(), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(other_costs_do_not_open)
{
    seal(ENVCRYPT_PROTECTOR_PASSPHRASE);
    EVC_CHECK_OK(unseal());
    protector.passes ^= 1;
    EVC_CHECK_CODE(unseal(), EVC_NOT_AUTHENTIC);
    protector.passes ^= 1;
    protector.memory_kib ^= 1;
    EVC_CHECK_CODE(unseal(), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(a_changed_byte_does_not_open)
{
    seal(ENVCRYPT_PROTECTOR_RAW_KEY);
    for (size_t i = 0; i < protector.wrapped.size; i++) {
        protector.wrapped.data[i] ^= 1;
        EVC_CHECK_CODE(unseal(), EVC_NOT_AUTHENTIC);
        protector.wrapped.data[i] ^= 1;
    }
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_what_it_sealed,
        info_is_label_store_and_protector,
        seals_under_a_new_nonce,
        another_secret_does_not_open,
        another_store_does_not_open,
        another_protector_id_does_not_open,
        another_type_does_not_open,
        another_salt_does_not_open,
        other_costs_do_not_open,
        a_changed_byte_does_not_open,
        NULL,
    };

    protector_add(suite, "protector_seal", tests);
}

EVC_TEST_MAIN("protector_seal", add_tests)
