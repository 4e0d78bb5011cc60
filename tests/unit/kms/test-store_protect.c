/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_protect.h"

#include "kms/store_edit.h"
#include "kms/unlock.h"
#include "store-fixture.h"

static const uint8_t store_id[EVC_STORE_ID] = {1, 2, 3};
static evc_store_data *data;
static evc_store_keys keys;
static evc_store_keys next;
static evc_protectors *list; /* a raw key, a passphrase */

static void
begin(void)
{
    open_fixture();
    list = raw_list('a');
    EVC_CHECK_OK(evc_protectors_add_passphrase(list, evc_view_text(PASSPHRASE), NULL));
    EVC_CHECK_OK(evc_store_data_new(store_id, "store", 0, &data, NULL));
    EVC_CHECK_OK(evc_store_keys_generate(crypto, store_id, &keys, NULL));
}

static void
end(void)
{
    evc_store_keys_reset(&next);
    evc_store_keys_reset(&keys);
    evc_store_data_unref(data);
    evc_protectors_free(list);
    close_fixture();
}

/* Whether a protector of data opens to the store key of `of`. */
static bool
opens_to(size_t protector, const evc_protectors *presented, const evc_store_keys *of)
{
    evc_protector_scope scope = {.crypto = crypto, .store_id = store_id};
    evc_secret s;
    bool same = false;
    int rc = evc_unlock_protector(&scope, &data->protectors[protector], presented, &s,
                                  NULL, NULL);

    if (rc == 0)
        same = memcmp(s.bytes, evc_store_keys_s(of).data, EVC_STORE_KEY) == 0;
    evc_secret_free(&s);
    return same;
}

static int
add(const evc_protectors *of)
{
    return evc_store_add_protectors(&keys, data, of, NULL, NULL);
}

START_TEST(each_added_protector_wraps_the_store_key)
{
    EVC_CHECK_OK(add(list));
    ck_assert_uint_eq(data->protector_count, 2);
    ck_assert(opens_to(0, list, &keys));
    ck_assert(opens_to(1, list, &keys));
    ck_assert_int_gt(data->protectors[0].created_ms, 0);
}
END_TEST

START_TEST(ids_differ)
{
    EVC_CHECK_OK(add(list));
    EVC_CHECK_OK(add(list));
    for (size_t i = 0; i < 4; i++)
        ck_assert_uint_eq(evc_store_data_find_protector(data, data->protectors[i].id),
                          i);
}
END_TEST

START_TEST(a_private_key_does_not_protect)
{
    add_rsa_private(list);
    EVC_CHECK_CODE(add(list), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_store_has_at_most_64_protectors)
{
    evc_protectors *one = raw_list('b');

    for (unsigned i = 0; i < EVC_STORE_MAX_PROTECTORS; i++)
        EVC_CHECK_OK(add(one));
    EVC_CHECK_CODE(add(one), ENVCRYPT_E_ARGUMENT);
    evc_protectors_free(one);
}
END_TEST

START_TEST(adding_stops_when_it_is_canceled)
{
    evc_wait wait;

    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    EVC_CHECK_CODE(evc_store_add_protectors(&keys, data, list, &wait, NULL),
                   ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
}
END_TEST

START_TEST(drops_by_ids)
{
    char ids[64];

    EVC_CHECK_OK(add(list));
    EVC_CHECK_OK(add(list));
    (void)snprintf(ids, sizeof(ids), "%s,%s", data->protectors[3].id_text,
                   data->protectors[0].id_text);
    EVC_CHECK_OK(evc_store_drop_protectors(data, ids, NULL));
    ck_assert_uint_eq(data->protector_count, 2);
    ck_assert_int_eq(data->protectors[0].type, ENVCRYPT_PROTECTOR_PASSPHRASE);
    ck_assert_int_eq(data->protectors[1].type, ENVCRYPT_PROTECTOR_RAW_KEY);
}
END_TEST

START_TEST(drops_nothing_when_nothing_is_named)
{
    EVC_CHECK_OK(add(list));
    EVC_CHECK_OK(evc_store_drop_protectors(data, "", NULL));
    EVC_CHECK_OK(evc_store_drop_protectors(data, NULL, NULL));
    ck_assert_uint_eq(data->protector_count, 2);
}
END_TEST

START_TEST(refuses_to_drop_what_is_not_there)
{
    EVC_CHECK_OK(add(list));
    EVC_CHECK_CODE(evc_store_drop_protectors(data, "0000000000000000", NULL),
                   ENVCRYPT_E_KEY_NOT_FOUND);
}
END_TEST

START_TEST(refuses_what_is_no_id)
{
    static const char *const texts[] = {"1", "000000000000000g", ",",
                                        "00000000000000000"};
    char ids[64];

    EVC_CHECK_OK(add(list));
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        EVC_CHECK_CODE(evc_store_drop_protectors(data, texts[i], NULL),
                       ENVCRYPT_E_ARGUMENT);
    (void)snprintf(ids, sizeof(ids), "%s,", data->protectors[0].id_text);
    EVC_CHECK_CODE(evc_store_drop_protectors(data, ids, NULL), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
rekey(const evc_protectors *present)
{
    return evc_store_rekey(&keys, data, present, NULL, &next, NULL);
}

static int
unwraps(const evc_store_keys *by, size_t key)
{
    evc_secret material;
    int rc = evc_store_keys_unwrap(by, data, &data->keys[key], data->keys[key].versions,
                                   &material, NULL);

    evc_secret_free(&material);
    return rc;
}

START_TEST(rekeying_makes_a_new_store_key_for_all)
{
    EVC_CHECK_OK(add(list));
    EVC_CHECK_OK(evc_store_add_key(&keys, data, "k", ENVCRYPT_KIND_WRAP, NULL));
    EVC_CHECK_OK(evc_store_add_key(&keys, data, "b", ENVCRYPT_KIND_BRANCH, NULL));
    EVC_CHECK_OK(rekey(list));
    ck_assert_mem_ne(evc_store_keys_s(&next).data, evc_store_keys_s(&keys).data, 32);
    ck_assert(opens_to(0, list, &next));
    ck_assert(opens_to(1, list, &next));
    EVC_CHECK_OK(unwraps(&next, 0));
    EVC_CHECK_OK(unwraps(&next, 1));
    EVC_CHECK_CODE(unwraps(&keys, 0), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(rekeying_keeps_ids_and_dates)
{
    evc_protector old;

    EVC_CHECK_OK(add(list));
    old = data->protectors[0];
    EVC_CHECK_OK(rekey(list));
    ck_assert_str_eq(data->protectors[0].id_text, old.id_text);
    ck_assert_int_eq(data->protectors[0].created_ms, old.created_ms);
    ck_assert_mem_ne(data->protectors[0].salt, old.salt, sizeof(old.salt));
}
END_TEST

START_TEST(rekeying_keeps_destroyed_versions)
{
    EVC_CHECK_OK(add(list));
    EVC_CHECK_OK(evc_store_add_key(&keys, data, "k", ENVCRYPT_KIND_WRAP, NULL));
    EVC_CHECK_OK(evc_store_destroy_version(data, "k", 1, NULL));
    EVC_CHECK_OK(rekey(list));
    ck_assert_int_eq(data->keys[0].versions[0].state, ENVCRYPT_KEY_DESTROYED);
    ck_assert_uint_eq(data->keys[0].versions[0].wrapped_size, 0);
}
END_TEST

START_TEST(rekeying_needs_what_stays)
{
    evc_protectors *one = raw_list('a');

    EVC_CHECK_OK(add(list));
    EVC_CHECK_CODE(rekey(one), ENVCRYPT_E_STORE_PROTECTOR);
    EVC_CHECK_CODE(rekey(NULL), ENVCRYPT_E_STORE_PROTECTOR);
    ck_assert_ptr_null(next.secret.bytes);
    evc_protectors_free(one);
}
END_TEST

START_TEST(rekeying_needs_no_rsa_key)
{
    evc_protectors *recovery = new_list();

    add_rsa_public(recovery);
    EVC_CHECK_OK(add(recovery));
    EVC_CHECK_OK(rekey(NULL));
    add_rsa_private(recovery);
    ck_assert(opens_to(0, recovery, &next));
    evc_protectors_free(recovery);
}
END_TEST

/* A protector that wraps another store key was put in by hand. */
START_TEST(rekeying_refuses_a_protector_of_another_store_key)
{
    evc_store_keys other;

    EVC_CHECK_OK(evc_store_keys_generate(crypto, store_id, &other, NULL));
    EVC_CHECK_OK(evc_store_add_protectors(&other, data, list, NULL, NULL));
    EVC_CHECK_CODE(rekey(list), ENVCRYPT_E_STORE_PROTECTOR);
    evc_store_keys_reset(&other);
}
END_TEST

START_TEST(rekeying_refuses_a_version_that_does_not_unwrap)
{
    EVC_CHECK_OK(add(list));
    EVC_CHECK_OK(evc_store_add_key(&keys, data, "k", ENVCRYPT_KIND_WRAP, NULL));
    data->keys[0].versions[0].wrapped[0] ^= 1;
    EVC_CHECK_CODE(rekey(list), ENVCRYPT_E_STORE_MAC);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        each_added_protector_wraps_the_store_key,
        ids_differ,
        a_private_key_does_not_protect,
        a_store_has_at_most_64_protectors,
        adding_stops_when_it_is_canceled,
        drops_by_ids,
        drops_nothing_when_nothing_is_named,
        refuses_to_drop_what_is_not_there,
        refuses_what_is_no_id,
        rekeying_makes_a_new_store_key_for_all,
        rekeying_keeps_ids_and_dates,
        rekeying_keeps_destroyed_versions,
        rekeying_needs_what_stays,
        rekeying_needs_no_rsa_key,
        rekeying_refuses_a_protector_of_another_store_key,
        rekeying_refuses_a_version_that_does_not_unwrap,
        NULL,
    };
    TCase *tcase = tcase_create("store_protect");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("store_protect", add_tests)
