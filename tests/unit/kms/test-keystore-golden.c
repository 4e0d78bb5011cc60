/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The store of tests/vectors/keystore, which another implementation made from
 * doc/format.md alone: it opens by each type of protector, and its keys are the ones that
 * were put in.
 */
#include "codec/json.h"
#include "keystore-fixture.h"

static evc_json_doc *doc;
static evc_protectors *list;
static evc_keystore *golden;

static const char *
expected_text(const char *name)
{
    const char *text = NULL;

    EVC_CHECK_OK(evc_json_text(evc_json_root(doc), name, &text, NULL));
    return text;
}

static void
begin(void)
{
    evc_buf text = {0};

    open_fixture();
    list = new_list();
    slurp_vector("expected.json", &text);
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&text), "expected.json", &doc, NULL));
    evc_buf_clear(&text);
    slurp_vector("keystore.json", &text);
    spit("store.json", evc_buf_view(&text));
    evc_buf_reset(&text);
}

static void
end(void)
{
    evc_keystore_close(golden);
    golden = NULL;
    evc_json_free(doc);
    evc_protectors_free(list);
    close_fixture();
}

/* 32 bytes of expected.json. */
static evc_view
expected_key(const char *name)
{
    static uint8_t key[32];

    EVC_CHECK_OK(evc_json_hex(evc_json_root(doc), name, key, sizeof(key), NULL));
    return evc_view_of(key, sizeof(key));
}

/* Opens the store by what is in the list, and checks all that is known of it. */
static void
open_golden(int32_t type)
{
    size_t at;

    EVC_CHECK_OK(open_again(list, expected_text("fingerprint"), &golden));
    at = evc_store_data_find_protector(golden->data, golden->opened_by);
    ck_assert_int_eq(golden->data->protectors[at].type, type);
}

START_TEST(opens_by_the_passphrase)
{
    const char *passphrase = expected_text("passphrase");

    EVC_CHECK_OK(evc_protectors_add_passphrase(list, evc_view_text(passphrase), NULL));
    open_golden(ENVCRYPT_PROTECTOR_PASSPHRASE);
}
END_TEST

START_TEST(opens_by_the_key_file)
{
    spit("key", expected_key("key-file"));
    EVC_CHECK_OK(evc_protectors_add_key_file(list, evc_folder_path("key"), NULL));
    open_golden(ENVCRYPT_PROTECTOR_KEY_FILE);
}
END_TEST

START_TEST(opens_by_the_raw_key)
{
    EVC_CHECK_OK(evc_protectors_add_raw_key(list, expected_key("raw-key"), NULL));
    open_golden(ENVCRYPT_PROTECTOR_RAW_KEY);
}
END_TEST

START_TEST(opens_by_the_recovery_key)
{
    add_rsa_private(list);
    open_golden(ENVCRYPT_PROTECTOR_RSA);
}
END_TEST

/* Compares a version with its material in hex, which is null for a destroyed one. */
static void
check_version(const evc_store_key *key, size_t version, const char *hex)
{
    const evc_store_version *of = &key->versions[version];
    evc_secret material;
    evc_buf text = {0};

    ck_assert_int_eq(hex == NULL, of->state == ENVCRYPT_KEY_DESTROYED);
    if (!hex)
        return;
    EVC_CHECK_OK(evc_store_keys_unwrap(&golden->access->keys, golden->data, key, of,
                                       &material, NULL));
    evc_encode_hex(&text, evc_view_of(material.bytes, material.size));
    ck_assert(evc_view_is_text(evc_buf_view(&text), hex));
    evc_secret_free(&material);
    evc_buf_reset(&text);
}

START_TEST(its_keys_are_the_ones_that_were_put_in)
{
    const evc_json *materials = NULL;

    EVC_CHECK_OK(evc_protectors_add_raw_key(list, expected_key("raw-key"), NULL));
    open_golden(ENVCRYPT_PROTECTOR_RAW_KEY);
    EVC_CHECK_OK(evc_json_object(evc_json_root(doc), "materials", &materials, NULL));
    ck_assert_uint_eq(evc_json_count(materials), golden->data->key_count);
    for (size_t i = 0; i < golden->data->key_count; i++) {
        const evc_store_key *key = &golden->data->keys[i];
        const evc_json *of_key = NULL;

        EVC_CHECK_OK(evc_json_array(materials, key->name, &of_key, NULL));
        ck_assert_uint_eq(evc_json_count(of_key), key->count);
        for (size_t v = 0; v < key->count; v++)
            check_version(key, v, evc_json_as_text(evc_json_at(of_key, v)));
    }
}
END_TEST

START_TEST(can_be_changed_and_rekeyed)
{
    evc_keystore_unprotect_args args = {.drop = "", .present = list};

    EVC_CHECK_OK(evc_protectors_add_raw_key(list, expected_key("raw-key"), NULL));
    spit("key", expected_key("key-file"));
    EVC_CHECK_OK(evc_protectors_add_key_file(list, evc_folder_path("key"), NULL));
    EVC_CHECK_OK(evc_protectors_add_passphrase(
        list, evc_view_text(expected_text("passphrase")), NULL));
    open_golden(ENVCRYPT_PROTECTOR_RAW_KEY);
    EVC_CHECK_OK(evc_keystore_rotate(golden, "orders", NULL, NULL, NULL));
    EVC_CHECK_OK(evc_keystore_unprotect(golden, &args, NULL, NULL));
    ck_assert_str_ne(golden->fingerprint, expected_text("fingerprint"));
    ck_assert_uint_eq(golden->data->protector_count, 4);
    EVC_CHECK_OK(try_open(list));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_by_the_passphrase,
        opens_by_the_key_file,
        opens_by_the_raw_key,
        opens_by_the_recovery_key,
        its_keys_are_the_ones_that_were_put_in,
        can_be_changed_and_rekeyed,
        NULL,
    };
    TCase *tcase = tcase_create("golden");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("keystore-golden", add_tests)
