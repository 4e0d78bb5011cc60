/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keystore.h"

#include "evc-alloc.h"
#include "keystore-fixture.h"

START_TEST(a_new_store_opens_by_its_protector)
{
    evc_keystore *opened;

    EVC_CHECK_OK(open_again(raw, NULL, &opened));
    ck_assert_str_eq(opened->data->name, "store");
    ck_assert_str_eq(opened->fingerprint, store->fingerprint);
    ck_assert_uint_eq(strlen(opened->fingerprint), 32);
    ck_assert(opened->opened);
    ck_assert_mem_eq(opened->opened_by, opened->data->protectors[0].id,
                     EVC_PROTECTOR_ID);
    evc_keystore_close(opened);
}
END_TEST

START_TEST(a_new_store_is_usable_and_ours)
{
    EVC_CHECK_OK(evc_keystore_check_verified(store, NULL));
    ck_assert(store->authenticated);
    ck_assert(!store->opened);
}
END_TEST

static int
create(const char *name, const evc_protectors *list)
{
    evc_keystore *made;
    int rc = evc_keystore_create(crypto, evc_folder_path("new.json"), name, list, NULL,
                                 &made, NULL);

    evc_keystore_close(made);
    return rc;
}

START_TEST(refuses_to_create_what_nothing_opens)
{
    evc_protectors *none = new_list();

    EVC_CHECK_CODE(create("s", none), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(create("s", NULL), ENVCRYPT_E_ARGUMENT);
    evc_protectors_free(none);
}
END_TEST

START_TEST(refuses_names_that_are_not_for_stores)
{
    EVC_CHECK_CODE(create("aws-kms", raw), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(create("envcrypt-x", raw), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(create("A", raw), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(create("", raw), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(create("s", raw));
}
END_TEST

START_TEST(does_not_create_over_a_file)
{
    EVC_CHECK_OK(create("s", raw));
    EVC_CHECK_CODE(create("s", raw), ENVCRYPT_E_FILE_EXISTS);
}
END_TEST

START_TEST(says_that_the_file_is_missing)
{
    ck_assert_int_eq(unlink(store_path()), 0);
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(refuses_a_file_that_others_can_read)
{
    ck_assert_int_eq(chmod(store_path(), 0604), 0);
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_FILE_TOO_OPEN);
    EVC_CHECK_CODE(try_open(NULL), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(a_wrong_secret_does_not_open)
{
    evc_protectors *other = raw_list('x');

    EVC_CHECK_CODE(try_open(other), ENVCRYPT_E_STORE_LOCKED);
    evc_protectors_free(other);
}
END_TEST

START_TEST(opens_unverified_without_a_protector)
{
    evc_keystore *opened;

    EVC_CHECK_OK(add_key("k"));
    EVC_CHECK_OK(open_again(NULL, NULL, &opened));
    ck_assert_uint_eq(opened->data->key_count, 1);
    ck_assert_str_eq(opened->fingerprint, "");
    ck_assert(!opened->authenticated);
    EVC_CHECK_CODE(evc_keystore_check_verified(opened, NULL),
                   ENVCRYPT_E_STORE_UNVERIFIED);
    EVC_CHECK_CODE(evc_keystore_add_key(opened, "l", ENVCRYPT_KIND_WRAP, NULL, NULL),
                   ENVCRYPT_E_STORE_UNVERIFIED);
    evc_keystore_close(opened);
}
END_TEST

START_TEST(a_changed_file_opens_unverified_only)
{
    EVC_CHECK_OK(add_key("k"));
    change_store_file("\"enabled\"", "\"Enabled\"");
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_MAC);
    EVC_CHECK_CODE(try_open(NULL), ENVCRYPT_E_STORE_FORMAT);
    change_store_file("\"Enabled\"", "\"enabled\"");
    EVC_CHECK_OK(try_open(raw));
}
END_TEST

START_TEST(a_version_cannot_be_enabled_by_hand)
{
    EVC_CHECK_OK(add_key("k"));
    EVC_CHECK_OK(evc_keystore_set_enabled(store, "k", 1, false, NULL, NULL));
    change_store_file("\"disabled\",", "\"enabled\", ");
    EVC_CHECK_OK(try_open(NULL));
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_MAC);
}
END_TEST

START_TEST(a_current_mark_cannot_be_put_in)
{
    EVC_CHECK_OK(add_key("k"));
    change_store_file("\"state\": \"enabled\"", "\"current\": true   ");
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_MAC);
    EVC_CHECK_CODE(try_open(NULL), ENVCRYPT_E_STORE_FORMAT);
}
END_TEST

START_TEST(a_newer_format_is_told_first)
{
    change_store_file("\"format\": 1", "\"format\": 2");
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_NEWER);
    EVC_CHECK_CODE(try_open(NULL), ENVCRYPT_E_STORE_NEWER);
}
END_TEST

START_TEST(costs_past_the_limits_are_refused_before_they_are_paid)
{
    evc_protectors *list = passphrase_list(PASSPHRASE);

    EVC_CHECK_OK(evc_keystore_protect(store, list, NULL, NULL));
    change_store_file("\"memory-kib\": 8192", "\"memory-kib\": 8191");
    EVC_CHECK_CODE(try_open(list), ENVCRYPT_E_STORE_KDF);
    change_store_file("\"memory-kib\": 8191", "\"memory-kib\": 8193");
    EVC_CHECK_CODE(try_open(list), ENVCRYPT_E_STORE_LOCKED);
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_MAC);
    evc_protectors_free(list);
}
END_TEST

START_TEST(a_pinned_store_must_have_the_fingerprint)
{
    evc_keystore *opened;

    EVC_CHECK_OK(open_again(raw, store->fingerprint, &opened));
    ck_assert(opened->authenticated);
    evc_keystore_close(opened);
    EVC_CHECK_CODE(open_again(raw, "00112233445566778899aabbccddeeff", &opened),
                   ENVCRYPT_E_STORE_FINGERPRINT);
}
END_TEST

START_TEST(a_pin_is_32_hex_digits)
{
    evc_keystore *opened;

    EVC_CHECK_CODE(open_again(raw, "", &opened), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_again(raw, "00112233445566778899aabbccddeef", &opened),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(open_again(raw, "00112233445566778899aabbccddeefg", &opened),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_pin_needs_a_protector)
{
    evc_keystore *opened;

    EVC_CHECK_CODE(open_again(NULL, store->fingerprint, &opened), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_recovery_key_proves_no_origin)
{
    evc_protectors *halves = new_list();
    evc_keystore *opened;

    add_rsa_public(halves);
    EVC_CHECK_OK(evc_keystore_protect(store, halves, NULL, NULL));
    add_rsa_private(halves);
    EVC_CHECK_OK(open_again(halves, NULL, &opened));
    ck_assert(!opened->authenticated);
    evc_keystore_close(opened);
    EVC_CHECK_OK(open_again(halves, store->fingerprint, &opened));
    ck_assert(opened->authenticated);
    evc_keystore_close(opened);
    add_raw(halves, 'r');
    EVC_CHECK_OK(open_again(halves, NULL, &opened));
    ck_assert(opened->authenticated);
    evc_keystore_close(opened);
    evc_protectors_free(halves);
}
END_TEST

/* One flipped bit in each byte: whatever it hits, the store does not open verified. */
START_TEST(no_changed_byte_goes_unnoticed)
{
    evc_keystore *opened;
    evc_buf text = {0};

    EVC_CHECK_OK(add_key("k"));
    EVC_CHECK_OK(rotate("k"));
    read_store_file(&text);
    for (size_t i = 0; i < text.size; i++) {
        text.data[i] ^= (uint8_t)(1u << (i % 8));
        spit("store.json", evc_buf_view(&text));
        ck_assert_msg(open_again(raw, NULL, &opened) != 0, "byte %zu", i);
        ck_assert_ptr_null(opened);
        text.data[i] ^= (uint8_t)(1u << (i % 8));
    }
    spit("store.json", evc_buf_view(&text));
    EVC_CHECK_OK(try_open(raw));
    evc_buf_reset(&text);
}
END_TEST

START_TEST(no_shorter_or_longer_file_opens)
{
    evc_buf text = {0};

    EVC_CHECK_OK(add_key("k"));
    read_store_file(&text);
    for (size_t size = 0; size < text.size; size++) {
        spit("store.json", evc_view_of(text.data, size));
        EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_FORMAT);
    }
    evc_buf_put_u8(&text, '\n');
    spit("store.json", evc_buf_view(&text));
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_FORMAT);
    evc_buf_reset(&text);
}
END_TEST

START_TEST(an_older_copy_still_opens)
{
    evc_keystore *opened;
    evc_buf old = {0};

    EVC_CHECK_OK(add_key("k"));
    read_store_file(&old);
    EVC_CHECK_OK(rotate("k"));
    spit("store.json", evc_buf_view(&old));
    EVC_CHECK_OK(open_again(raw, store->fingerprint, &opened));
    ck_assert_uint_eq(opened->data->keys[0].count, 1);
    evc_keystore_close(opened);
    evc_buf_reset(&old);
}
END_TEST

static int
create_and_open(void *user)
{
    const char *path = user;
    evc_keystore_key by = {.protectors = raw};
    evc_keystore *made = NULL;
    evc_keystore *opened = NULL;
    int rc;

    (void)unlink(path);
    rc = evc_keystore_create(crypto, path, "s", raw, NULL, &made, NULL);
    if (!rc)
        rc = evc_keystore_open(crypto, path, &by, NULL, &opened, NULL);
    evc_keystore_close(opened);
    evc_keystore_close(made);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    static char path[PATH_MAX];

    (void)snprintf(path, sizeof(path), "%s", evc_folder_path("other.json"));
    ck_assert_uint_gt(evc_alloc_sweep(create_and_open, path), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_new_store_opens_by_its_protector,
        a_new_store_is_usable_and_ours,
        refuses_to_create_what_nothing_opens,
        refuses_names_that_are_not_for_stores,
        does_not_create_over_a_file,
        says_that_the_file_is_missing,
        refuses_a_file_that_others_can_read,
        a_wrong_secret_does_not_open,
        opens_unverified_without_a_protector,
        a_changed_file_opens_unverified_only,
        a_version_cannot_be_enabled_by_hand,
        a_current_mark_cannot_be_put_in,
        a_newer_format_is_told_first,
        costs_past_the_limits_are_refused_before_they_are_paid,
        a_pinned_store_must_have_the_fingerprint,
        a_pin_is_32_hex_digits,
        a_pin_needs_a_protector,
        a_recovery_key_proves_no_origin,
        no_changed_byte_goes_unnoticed,
        no_shorter_or_longer_file_opens,
        an_older_copy_still_opens,
        survives_memory_that_runs_out,
        NULL,
    };

    keystore_add(suite, "keystore", tests);
}

EVC_TEST_MAIN("keystore", add_tests)
