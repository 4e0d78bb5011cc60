/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_keys.h"

#include "store-fixture.h"

static const uint8_t store_id[EVC_STORE_ID] = {1, 2, 3};
static evc_store_data *data;
static evc_store_keys keys;

static void
begin(void)
{
    open_fixture();
    EVC_CHECK_OK(evc_store_data_new(store_id, "store", 0, &data, NULL));
    EVC_CHECK_OK(evc_store_keys_generate(crypto, store_id, &keys, NULL));
}

static void
end(void)
{
    evc_store_keys_reset(&keys);
    evc_store_data_unref(data);
    close_fixture();
}

#define MATERIAL "the thirty-two bytes of the key."

/* A key with one version, wrapped. */
static evc_store_key *
make_key(const char *name, int32_t kind)
{
    evc_store_key *key = evc_store_data_add_key(data, name, kind);

    EVC_CHECK_OK(evc_store_keys_wrap(&keys, data, key, evc_view_text(MATERIAL),
                                     evc_store_key_add_version(key), NULL));
    return key;
}

static int
unwrap_as(const evc_store_key *key, const evc_store_version *version)
{
    evc_secret material;
    int rc = evc_store_keys_unwrap(&keys, data, key, version, &material, NULL);

    if (rc == 0) {
        ck_assert_uint_eq(material.size, strlen(MATERIAL));
        ck_assert_mem_eq(material.bytes, MATERIAL, material.size);
    } else {
        ck_assert_ptr_null(material.bytes);
    }
    evc_secret_free(&material);
    return rc;
}

START_TEST(unwraps_what_it_wrapped)
{
    const evc_store_key *key = make_key("k", ENVCRYPT_KIND_WRAP);

    ck_assert_uint_eq(key->versions[0].wrapped_size, 48);
    EVC_CHECK_OK(unwrap_as(key, key->versions));
}
END_TEST

START_TEST(wraps_under_a_new_nonce)
{
    evc_store_key *key = make_key("k", ENVCRYPT_KIND_WRAP);
    evc_store_version old = key->versions[0];

    EVC_CHECK_OK(evc_store_keys_wrap(&keys, data, key, evc_view_text(MATERIAL),
                                     key->versions, NULL));
    ck_assert_mem_ne(old.nonce, key->versions[0].nonce, sizeof(old.nonce));
}
END_TEST

START_TEST(a_version_does_not_unwrap_as_another)
{
    const evc_store_key *key = make_key("k", ENVCRYPT_KIND_WRAP);
    evc_store_version moved = key->versions[0];

    moved.number = 2;
    EVC_CHECK_CODE(unwrap_as(key, &moved), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(a_key_does_not_unwrap_under_another_name)
{
    evc_store_version version = make_key("k", ENVCRYPT_KIND_WRAP)->versions[0];

    EVC_CHECK_CODE(unwrap_as(make_key("l", ENVCRYPT_KIND_WRAP), &version),
                   EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(a_key_does_not_unwrap_as_another_kind)
{
    evc_store_key *key = make_key("k", ENVCRYPT_KIND_WRAP);

    key->kind = ENVCRYPT_KIND_BRANCH;
    EVC_CHECK_CODE(unwrap_as(key, key->versions), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(a_key_does_not_unwrap_in_another_store)
{
    evc_store_key *key = make_key("k", ENVCRYPT_KIND_WRAP);

    data->id[15] ^= 1;
    EVC_CHECK_CODE(unwrap_as(key, key->versions), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(an_imported_key_is_bound_to_its_foreign_identity)
{
    static char name_space[] = "theirs";
    static char key_name[] = "name";
    static char other[] = "other";
    evc_store_key *key = evc_store_data_add_key(data, "k", ENVCRYPT_KIND_IMPORTED);
    evc_store_key as = *key;

    as.name_space = name_space;
    as.key_name = key_name;
    EVC_CHECK_OK(evc_store_keys_wrap(&keys, data, &as, evc_view_text(MATERIAL),
                                     evc_store_key_add_version(key), NULL));
    EVC_CHECK_OK(unwrap_as(&as, key->versions));
    as.key_name = other;
    EVC_CHECK_CODE(unwrap_as(&as, key->versions), EVC_NOT_AUTHENTIC);
    as.key_name = key_name;
    as.name_space = other;
    EVC_CHECK_CODE(unwrap_as(&as, key->versions), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(another_store_key_does_not_unwrap)
{
    const evc_store_key *key = make_key("k", ENVCRYPT_KIND_WRAP);

    evc_store_keys_reset(&keys);
    EVC_CHECK_OK(evc_store_keys_generate(crypto, store_id, &keys, NULL));
    EVC_CHECK_CODE(unwrap_as(key, key->versions), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(same_store_key_gives_the_same_keys)
{
    const evc_store_key *key = make_key("k", ENVCRYPT_KIND_WRAP);
    evc_store_keys again;

    EVC_CHECK_OK(
        evc_store_keys_derive(crypto, store_id, evc_store_keys_s(&keys), &again, NULL));
    ck_assert_mem_eq(again.fingerprint, keys.fingerprint, sizeof(keys.fingerprint));
    evc_store_keys_reset(&keys);
    keys = again;
    EVC_CHECK_OK(unwrap_as(key, key->versions));
}
END_TEST

START_TEST(fingerprint_depends_on_the_store_id)
{
    static const uint8_t other_id[EVC_STORE_ID] = {9};
    evc_store_keys other;

    EVC_CHECK_OK(
        evc_store_keys_derive(crypto, other_id, evc_store_keys_s(&keys), &other, NULL));
    ck_assert_mem_ne(other.fingerprint, keys.fingerprint, sizeof(keys.fingerprint));
    evc_store_keys_reset(&other);
}
END_TEST

START_TEST(mac_holds_for_the_same_bytes_only)
{
    uint8_t mac[EVC_STORE_MAC];

    EVC_CHECK_OK(evc_store_keys_mac(&keys, evc_view_text("text"), mac, NULL));
    EVC_CHECK_OK(evc_store_keys_verify(&keys, evc_view_text("text"), mac, NULL));
    EVC_CHECK_CODE(evc_store_keys_verify(&keys, evc_view_text("texT"), mac, NULL),
                   EVC_NOT_AUTHENTIC);
    mac[31] ^= 1;
    EVC_CHECK_CODE(evc_store_keys_verify(&keys, evc_view_text("text"), mac, NULL),
                   EVC_NOT_AUTHENTIC);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        unwraps_what_it_wrapped,
        wraps_under_a_new_nonce,
        a_version_does_not_unwrap_as_another,
        a_key_does_not_unwrap_under_another_name,
        a_key_does_not_unwrap_as_another_kind,
        a_key_does_not_unwrap_in_another_store,
        an_imported_key_is_bound_to_its_foreign_identity,
        another_store_key_does_not_unwrap,
        same_store_key_gives_the_same_keys,
        fingerprint_depends_on_the_store_id,
        mac_holds_for_the_same_bytes_only,
        NULL,
    };
    TCase *tcase = tcase_create("store_keys");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("store_keys", add_tests)
