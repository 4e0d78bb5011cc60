/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keystore_list.h"

#include "codec/json.h"
#include "keystore-fixture.h"

static evc_buf text;
static evc_json_doc *doc;

static void
begin(void)
{
    open_keystore_fixture();
    evc_buf_init(&text);
}

static void
end(void)
{
    evc_json_free(doc);
    doc = NULL;
    evc_buf_reset(&text);
    close_keystore_fixture();
}

static const evc_json *
list(const evc_keystore *of)
{
    evc_buf_clear(&text);
    evc_json_free(doc);
    doc = NULL;
    EVC_CHECK_OK(evc_keystore_list(of, &text, NULL));
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&text), "list", &doc, NULL));
    return evc_json_root(doc);
}

static void
check_text(const evc_json *of, const char *name, const char *wanted)
{
    const char *found = NULL;

    EVC_CHECK_OK(evc_json_text_opt(of, name, &found, NULL));
    ck_assert_pstr_eq(found, wanted);
}

static void
check_bool(const evc_json *of, const char *name, bool wanted)
{
    bool found = !wanted;

    EVC_CHECK_OK(evc_json_bool_opt(of, name, &found, NULL));
    ck_assert_int_eq(found, wanted);
}

static const evc_json *
item(const evc_json *of, const char *name, size_t index)
{
    const evc_json *array = NULL;

    EVC_CHECK_OK(evc_json_array(of, name, &array, NULL));
    return evc_json_at(array, index);
}

START_TEST(a_verified_list_says_so)
{
    const evc_json *root = list(store);

    check_text(root, "name", "store");
    check_text(root, "fingerprint", store->fingerprint);
    check_bool(root, "verified", true);
    check_bool(root, "authenticated", true);
}
END_TEST

START_TEST(an_unverified_list_says_so)
{
    evc_keystore *opened;
    const evc_json *root;

    EVC_CHECK_OK(open_again(NULL, NULL, &opened));
    root = list(opened);
    check_bool(root, "verified", false);
    check_bool(root, "authenticated", false);
    check_text(root, "fingerprint", NULL);
    evc_keystore_close(opened);
}
END_TEST

START_TEST(lists_versions_and_the_current_one)
{
    const evc_json *key;

    EVC_CHECK_OK(add_key("k"));
    EVC_CHECK_OK(rotate("k"));
    EVC_CHECK_OK(rotate("k"));
    EVC_CHECK_OK(evc_keystore_set_enabled(store, "k", 3, false, NULL, NULL));
    key = item(list(store), "keys", 0);
    check_text(key, "name", "k");
    check_text(key, "kind", "wrap");
    check_bool(item(key, "versions", 0), "current", false);
    check_bool(item(key, "versions", 1), "current", true);
    check_bool(item(key, "versions", 2), "current", false);
    check_text(item(key, "versions", 2), "state", "disabled");
}
END_TEST

START_TEST(lists_what_an_imported_key_is_called)
{
    evc_store_import import = {.name = "i",
                               .name_space = "their\x1b[2J",
                               .key_name = "name",
                               .material = evc_view_text("0123456789abcdef")};
    const evc_json *key;

    EVC_CHECK_OK(evc_keystore_import(store, &import, NULL, NULL));
    key = item(list(store), "keys", 0);
    check_text(key, "namespace", "their\x1b[2J");
    check_text(key, "key-name", "name");
    check_bool(key, "writes", false);
    evc_buf_put_u8(&text, 0);
    ck_assert_ptr_null(strchr((const char *)text.data, 0x1b));
}
END_TEST

START_TEST(lists_branch_versions_by_their_uuids)
{
    const char *uuid = NULL;

    EVC_CHECK_OK(evc_keystore_add_key(store, "b", ENVCRYPT_KIND_BRANCH, NULL, NULL));
    EVC_CHECK_OK(evc_json_text(item(item(list(store), "keys", 0), "versions", 0),
                               "branch-version", &uuid, NULL));
    ck_assert_uint_eq(strlen(uuid), 36);
}
END_TEST

START_TEST(lists_protectors_and_the_one_that_opened)
{
    evc_protectors *list_of = passphrase_list(PASSPHRASE);
    evc_keystore *opened;
    const evc_json *root;

    add_rsa_public(list_of);
    EVC_CHECK_OK(evc_keystore_protect(store, list_of, NULL, NULL));
    EVC_CHECK_OK(open_again(list_of, NULL, &opened));
    root = list(opened);
    check_text(item(root, "protectors", 0), "type", "raw-key");
    check_bool(item(root, "protectors", 0), "opened", false);
    check_text(item(root, "protectors", 1), "type", "passphrase");
    check_bool(item(root, "protectors", 1), "opened", true);
    check_text(item(root, "protectors", 2), "type", "rsa");
    check_text(item(root, "protectors", 2), "id", opened->data->protectors[2].id_text);
    evc_keystore_close(opened);
    evc_protectors_free(list_of);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_verified_list_says_so,
        an_unverified_list_says_so,
        lists_versions_and_the_current_one,
        lists_what_an_imported_key_is_called,
        lists_branch_versions_by_their_uuids,
        lists_protectors_and_the_one_that_opened,
        NULL,
    };
    TCase *tcase = tcase_create("keystore_list");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("keystore_list", add_tests)
