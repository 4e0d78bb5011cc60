/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keystore_ops.h"

#include <pthread.h>

#include "evc-alloc.h"
#include "evc-child.h"
#include "keystore-fixture.h"
#include "kms/store_protect.h"
#include "kms/store_writer.h"

#define WORKERS 4
#define ROTATIONS 5

static size_t
versions_in_file(void)
{
    evc_keystore *opened;
    size_t count;

    EVC_CHECK_OK(open_again(raw, NULL, &opened));
    count = opened->data->keys[0].count;
    evc_keystore_close(opened);
    return count;
}

START_TEST(keys_stay_in_the_file)
{
    evc_keystore *opened;
    evc_store_import import = {.name = "i",
                               .name_space = "n",
                               .key_name = "x",
                               .material = evc_view_text("0123456789abcdef"),
                               .writes = true};

    EVC_CHECK_OK(add_key("k"));
    EVC_CHECK_OK(evc_keystore_add_key(store, "b", ENVCRYPT_KIND_BRANCH, NULL, NULL));
    EVC_CHECK_OK(evc_keystore_import(store, &import, NULL, NULL));
    ck_assert_uint_eq(store->data->key_count, 3);
    EVC_CHECK_OK(open_again(raw, NULL, &opened));
    ck_assert_uint_eq(opened->data->key_count, 3);
    ck_assert_int_eq(opened->data->keys[1].kind, ENVCRYPT_KIND_BRANCH);
    ck_assert_str_eq(opened->data->keys[2].key_name, "x");
    ck_assert(opened->data->keys[2].writes);
    evc_keystore_close(opened);
}
END_TEST

START_TEST(rotation_copies_the_other_versions)
{
    evc_store_version old;
    uint32_t version = 0;

    EVC_CHECK_OK(add_key("k"));
    old = store->data->keys[0].versions[0];
    EVC_CHECK_OK(evc_keystore_rotate(store, "k", &version, NULL, NULL));
    ck_assert_uint_eq(version, 2);
    ck_assert_mem_eq(old.nonce, store->data->keys[0].versions[0].nonce,
                     sizeof(old.nonce));
    ck_assert_mem_eq(old.wrapped, store->data->keys[0].versions[0].wrapped,
                     sizeof(old.wrapped));
}
END_TEST

START_TEST(a_failed_change_leaves_file_and_handle)
{
    evc_buf before = {0};
    evc_buf after = {0};

    EVC_CHECK_OK(add_key("k"));
    read_store_file(&before);
    EVC_CHECK_CODE(add_key("k"), ENVCRYPT_E_KEY_EXISTS);
    EVC_CHECK_CODE(rotate("l"), ENVCRYPT_E_KEY_NOT_FOUND);
    read_store_file(&after);
    ck_assert(evc_view_equal(evc_buf_view(&before), evc_buf_view(&after)));
    EVC_CHECK_OK(rotate("k"));
    evc_buf_reset(&before);
    evc_buf_reset(&after);
}
END_TEST

START_TEST(destroying_wants_the_name_and_version_typed)
{
    static const char *const wrong[] = {NULL, "", "k", "k/2", "K/1", "k/1 ", "yes"};

    EVC_CHECK_OK(add_key("k"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
        EVC_CHECK_CODE(
            evc_keystore_destroy_version(store, "k", 1, wrong[i], NULL, NULL),
            ENVCRYPT_E_CONFIRMATION);
    EVC_CHECK_OK(evc_keystore_destroy_version(store, "k", 1, "k/1", NULL, NULL));
    ck_assert_int_eq(store->data->keys[0].versions[0].state, ENVCRYPT_KEY_DESTROYED);
}
END_TEST

START_TEST(a_confirmation_names_what_to_type)
{
    evc_error *error = NULL;

    EVC_CHECK_CODE(evc_keystore_destroy_version(store, "k", 7, "no", NULL, &error),
                   ENVCRYPT_E_CONFIRMATION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "\"k/7\""));
    evc_error_free(error);
}
END_TEST

START_TEST(destroyed_material_leaves_the_file)
{
    char wrapped[2 * sizeof(store->data->keys->versions->wrapped) + 1] = {0};
    evc_buf hex;
    evc_buf text = {0};

    EVC_CHECK_OK(add_key("k"));
    evc_buf_init_fixed(&hex, wrapped, sizeof(wrapped) - 1);
    evc_encode_hex(&hex, evc_view_of(store->data->keys[0].versions[0].wrapped,
                                     sizeof(store->data->keys->versions->wrapped)));
    read_store_file(&text);
    ck_assert_ptr_nonnull(strstr((char *)text.data, wrapped));
    EVC_CHECK_OK(evc_keystore_destroy_version(store, "k", 1, "k/1", NULL, NULL));
    read_store_file(&text);
    ck_assert_ptr_null(strstr((char *)text.data, wrapped));
    evc_buf_reset(&text);
}
END_TEST

static void *
rotate_in_thread(void *user)
{
    evc_keystore *mine;
    int *failed = user;

    *failed = open_again(raw, NULL, &mine);
    for (unsigned i = 0; !*failed && i < ROTATIONS; i++)
        *failed = evc_keystore_rotate(mine, "k", NULL, NULL, NULL);
    evc_keystore_close(mine);
    return NULL;
}

START_TEST(rotations_of_threads_all_survive)
{
    pthread_t threads[WORKERS];
    int failed[WORKERS];

    EVC_CHECK_OK(add_key("k"));
    for (size_t i = 0; i < WORKERS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, rotate_in_thread, &failed[i]), 0);
    for (size_t i = 0; i < WORKERS; i++) {
        ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
        EVC_CHECK_OK(failed[i]);
    }
    ck_assert_uint_eq(versions_in_file(), 1 + WORKERS * ROTATIONS);
}
END_TEST

/* In a child everything must be opened anew. */
static int
rotate_in_child(void)
{
    evc_env *my_env = NULL;
    evc_crypto *my_crypto = NULL;
    evc_protectors *mine = NULL;
    evc_keystore *opened = NULL;
    evc_keystore_key by = {0};
    int rc = evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &my_env, NULL);

    if (!rc)
        rc = evc_crypto_open(my_env, &my_crypto, NULL);
    if (!rc)
        rc = evc_protectors_new(my_crypto, &mine, NULL);
    if (!rc)
        rc = evc_protectors_add_raw_key(
            mine, evc_view_text("rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"), NULL);
    by.protectors = mine;
    if (!rc)
        rc = evc_keystore_open(my_crypto, store_path(), &by, NULL, &opened, NULL);
    for (unsigned i = 0; !rc && i < ROTATIONS; i++)
        rc = evc_keystore_rotate(opened, "k", NULL, NULL, NULL);
    return rc ? 1 : 0;
}

START_TEST(rotations_of_processes_all_survive)
{
    pid_t children[WORKERS];
    int status = 0;

    EVC_CHECK_OK(add_key("k"));
    for (size_t i = 0; i < WORKERS; i++) {
        children[i] = fork();
        if (children[i] == 0)
            _exit(rotate_in_child());
        ck_assert_int_gt(children[i], 0);
    }
    for (size_t i = 0; i < WORKERS; i++) {
        ck_assert_int_eq(waitpid(children[i], &status, 0), children[i]);
        ck_assert_int_eq(status, 0);
    }
    ck_assert_uint_eq(versions_in_file(), 1 + WORKERS * ROTATIONS);
}
END_TEST

START_TEST(changes_of_others_are_seen_by_the_next_change)
{
    evc_keystore *other;

    EVC_CHECK_OK(open_again(raw, NULL, &other));
    EVC_CHECK_OK(add_key("k"));
    EVC_CHECK_OK(evc_keystore_add_key(other, "l", ENVCRYPT_KIND_WRAP, NULL, NULL));
    ck_assert_uint_eq(other->data->key_count, 2);
    EVC_CHECK_CODE(evc_keystore_add_key(other, "k", ENVCRYPT_KIND_WRAP, NULL, NULL),
                   ENVCRYPT_E_KEY_EXISTS);
    evc_keystore_close(other);
}
END_TEST

START_TEST(a_changed_file_is_not_written_over)
{
    EVC_CHECK_OK(add_key("k"));
    change_store_file("\"name\": \"k\"", "\"name\": \"l\"");
    EVC_CHECK_CODE(rotate("k"), ENVCRYPT_E_STORE_MAC);
}
END_TEST

START_TEST(an_added_protector_opens)
{
    evc_protectors *list = passphrase_list(PASSPHRASE);

    EVC_CHECK_OK(evc_keystore_protect(store, list, NULL, NULL));
    EVC_CHECK_OK(try_open(list));
    EVC_CHECK_OK(try_open(raw));
    evc_protectors_free(list);
}
END_TEST

START_TEST(adding_nothing_is_a_mistake)
{
    evc_protectors *none = new_list();

    EVC_CHECK_CODE(evc_keystore_protect(store, none, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_keystore_protect(store, NULL, NULL, NULL), ENVCRYPT_E_ARGUMENT);
    evc_protectors_free(none);
}
END_TEST

static int
unprotect(const char *drop, const evc_protectors *present,
          const evc_protectors *replace, bool keep)
{
    evc_keystore_unprotect_args args = {
        .drop = drop, .present = present, .replace = replace, .keep_store_key = keep};

    return evc_keystore_unprotect(store, &args, NULL, NULL);
}

/* The id of the raw key's protector, the first one. */
static const char *
first_id(void)
{
    static char text[2 * EVC_PROTECTOR_ID + 1];

    memcpy(text, store->data->protectors[0].id_text, sizeof(text));
    return text;
}

START_TEST(a_removed_protector_does_not_open)
{
    evc_protectors *list = passphrase_list(PASSPHRASE);
    char old[EVC_STORE_FINGERPRINT_TEXT];

    EVC_CHECK_OK(add_key("k"));
    EVC_CHECK_OK(evc_keystore_protect(store, list, NULL, NULL));
    memcpy(old, store->fingerprint, sizeof(old));
    EVC_CHECK_OK(unprotect(first_id(), list, NULL, false));
    ck_assert_str_ne(old, store->fingerprint);
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_LOCKED);
    EVC_CHECK_OK(try_open(list));
    EVC_CHECK_OK(rotate("k"));
    EVC_CHECK_OK(try_open(list));
    evc_protectors_free(list);
}
END_TEST

START_TEST(rekeying_wraps_every_version_anew)
{
    evc_store_version old;

    EVC_CHECK_OK(add_key("k"));
    old = store->data->keys[0].versions[0];
    EVC_CHECK_OK(unprotect("", raw, NULL, false));
    ck_assert_mem_ne(old.nonce, store->data->keys[0].versions[0].nonce,
                     sizeof(old.nonce));
    ck_assert_mem_ne(old.wrapped, store->data->keys[0].versions[0].wrapped,
                     sizeof(old.wrapped));
    EVC_CHECK_OK(try_open(raw));
}
END_TEST

START_TEST(a_protector_that_stays_must_be_presented)
{
    evc_protectors *list = passphrase_list(PASSPHRASE);

    EVC_CHECK_OK(evc_keystore_protect(store, list, NULL, NULL));
    EVC_CHECK_CODE(unprotect(first_id(), NULL, NULL, false),
                   ENVCRYPT_E_STORE_PROTECTOR);
    EVC_CHECK_CODE(unprotect(first_id(), raw, NULL, false), ENVCRYPT_E_STORE_PROTECTOR);
    EVC_CHECK_OK(try_open(raw));
    evc_protectors_free(list);
}
END_TEST

START_TEST(several_protectors_are_dropped_at_once)
{
    evc_protectors *list = passphrase_list(PASSPHRASE);
    evc_protectors *stays = raw_list('s');
    char ids[64];

    EVC_CHECK_OK(evc_keystore_protect(store, list, NULL, NULL));
    EVC_CHECK_OK(evc_keystore_protect(store, stays, NULL, NULL));
    (void)snprintf(ids, sizeof(ids), "%s,%s", store->data->protectors[0].id_text,
                   store->data->protectors[1].id_text);
    EVC_CHECK_OK(unprotect(ids, stays, NULL, false));
    ck_assert_uint_eq(store->data->protector_count, 1);
    EVC_CHECK_CODE(try_open(list), ENVCRYPT_E_STORE_LOCKED);
    EVC_CHECK_OK(try_open(stays));
    evc_protectors_free(stays);
    evc_protectors_free(list);
}
END_TEST

START_TEST(the_last_protector_stays)
{
    EVC_CHECK_CODE(unprotect(first_id(), NULL, NULL, false),
                   ENVCRYPT_E_STORE_LAST_PROTECTOR);
    EVC_CHECK_CODE(unprotect(first_id(), NULL, NULL, true),
                   ENVCRYPT_E_STORE_LAST_PROTECTOR);
    EVC_CHECK_OK(try_open(raw));
}
END_TEST

START_TEST(a_passphrase_is_exchanged_in_one_step)
{
    evc_protectors *next = passphrase_list("next");

    EVC_CHECK_OK(unprotect(first_id(), NULL, next, false));
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_LOCKED);
    EVC_CHECK_OK(try_open(next));
    evc_protectors_free(next);
}
END_TEST

START_TEST(unknown_protectors_are_not_dropped)
{
    EVC_CHECK_CODE(unprotect("0123456789abcdef", raw, NULL, false),
                   ENVCRYPT_E_KEY_NOT_FOUND);
    EVC_CHECK_CODE(unprotect("abc", raw, NULL, false), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(keeping_the_store_key_keeps_the_fingerprint)
{
    evc_protectors *list = passphrase_list(PASSPHRASE);
    char old[EVC_STORE_FINGERPRINT_TEXT];

    EVC_CHECK_OK(evc_keystore_protect(store, list, NULL, NULL));
    memcpy(old, store->fingerprint, sizeof(old));
    EVC_CHECK_OK(unprotect(first_id(), NULL, NULL, true));
    ck_assert_str_eq(old, store->fingerprint);
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_LOCKED);
    EVC_CHECK_OK(try_open(list));
    evc_protectors_free(list);
}
END_TEST

static int
rekey_with_memory_for(size_t allocations)
{
    evc_keystore_unprotect_args args = {.drop = "", .present = raw};
    int rc;

    evc_alloc_fail(allocations, true);
    rc = evc_keystore_unprotect(store, &args, NULL, NULL);
    (void)evc_alloc_stop();
    return rc;
}

START_TEST(rekeying_changes_handle_and_file_or_neither)
{
    int rc = ENVCRYPT_E_NOMEM;

    EVC_CHECK_OK(add_key("k"));
    for (size_t n = 0; rc != 0; n++) {
        evc_store_data *now;

        rc = rekey_with_memory_for(n);
        ck_assert(rc == 0 || rc == ENVCRYPT_E_NOMEM);
        EVC_CHECK_OK(evc_store_load(store->access, store->data, &now, NULL));
        evc_store_data_unref(now);
    }
}
END_TEST

START_TEST(other_handles_are_told_of_a_new_store_key)
{
    evc_keystore *other;

    EVC_CHECK_OK(open_again(raw, NULL, &other));
    EVC_CHECK_OK(unprotect("", raw, NULL, false));
    EVC_CHECK_CODE(evc_keystore_add_key(other, "k", ENVCRYPT_KIND_WRAP, NULL, NULL),
                   ENVCRYPT_E_STORE_CHANGED);
    evc_keystore_close(other);
    EVC_CHECK_OK(open_again(raw, NULL, &other));
    EVC_CHECK_OK(evc_keystore_add_key(other, "k", ENVCRYPT_KIND_WRAP, NULL, NULL));
    evc_keystore_close(other);
}
END_TEST

/* --- recovery --- */

static evc_protectors *halves; /* the public half */
static evc_protectors *recovery;

static void
begin_recovery(void)
{
    open_keystore_fixture();
    halves = new_list();
    recovery = new_list();
    add_rsa_public(halves);
    add_rsa_private(recovery);
    EVC_CHECK_OK(evc_keystore_protect(store, halves, NULL, NULL));
    EVC_CHECK_OK(add_key("k"));
}

static void
end_recovery(void)
{
    evc_protectors_free(halves);
    evc_protectors_free(recovery);
    close_keystore_fixture();
}

static int
recover(const char *fingerprint, const char *confirm, const evc_protectors *replace,
        evc_keystore **out)
{
    evc_keystore_recover_args args = {.recovery = recovery,
                                      .fingerprint = fingerprint,
                                      .confirm = confirm,
                                      .replace = replace};

    return evc_keystore_recover(crypto, store_path(), &args, NULL, out, NULL);
}

START_TEST(a_recovery_key_alone_gives_the_store_back)
{
    evc_protectors *next = passphrase_list("next");
    evc_keystore *opened;

    EVC_CHECK_OK(recover(store->fingerprint, NULL, next, &opened));
    ck_assert(opened->authenticated);
    ck_assert_str_ne(opened->fingerprint, store->fingerprint);
    ck_assert_uint_eq(opened->data->key_count, 1);
    EVC_CHECK_OK(evc_keystore_rotate(opened, "k", NULL, NULL, NULL));
    evc_keystore_close(opened);
    EVC_CHECK_OK(try_open(next));
    EVC_CHECK_OK(try_open(recovery));
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_LOCKED);
    evc_protectors_free(next);
}
END_TEST

START_TEST(recovery_wants_a_fingerprint_or_the_name)
{
    evc_protectors *next = passphrase_list("next");
    evc_keystore *opened;

    EVC_CHECK_CODE(recover(NULL, NULL, next, &opened), ENVCRYPT_E_CONFIRMATION);
    EVC_CHECK_CODE(recover(NULL, "", next, &opened), ENVCRYPT_E_CONFIRMATION);
    EVC_CHECK_CODE(recover(NULL, "other", next, &opened), ENVCRYPT_E_CONFIRMATION);
    EVC_CHECK_OK(try_open(raw));
    EVC_CHECK_OK(recover(NULL, "store", next, &opened));
    ck_assert(!opened->authenticated);
    evc_keystore_close(opened);
    evc_protectors_free(next);
}
END_TEST

START_TEST(recovery_wants_a_new_protector)
{
    evc_protectors *none = new_list();
    evc_keystore *opened;

    EVC_CHECK_CODE(recover(NULL, "store", none, &opened), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(recover(NULL, "store", NULL, &opened), ENVCRYPT_E_ARGUMENT);
    evc_protectors_free(none);
}
END_TEST

START_TEST(recovery_takes_no_other_secret)
{
    evc_protectors *saved = recovery;
    evc_protectors *next = passphrase_list("next");
    evc_keystore *opened;

    recovery = raw;
    EVC_CHECK_CODE(recover(NULL, "store", next, &opened), ENVCRYPT_E_STORE_LOCKED);
    recovery = saved;
    evc_protectors_free(next);
}
END_TEST

/* Writes a whole store that only the public half of the recovery key was needed for. */
static void
forge_store(void)
{
    evc_store_keys keys;
    evc_store_data *data;

    EVC_CHECK_OK(evc_store_data_new(store->data->id, "store", store->data->created_ms,
                                    &data, NULL));
    EVC_CHECK_OK(evc_store_keys_generate(crypto, data->id, &keys, NULL));
    EVC_CHECK_OK(evc_store_add_protectors(&keys, data, halves, NULL, NULL));
    EVC_CHECK_OK(evc_store_add_key(&keys, data, "k", ENVCRYPT_KIND_WRAP, NULL));
    EVC_CHECK_OK(evc_store_save(&keys, data, store_path(), false, NULL));
    evc_store_keys_reset(&keys);
    evc_store_data_unref(data);
}

START_TEST(a_forged_store_is_consistent_but_not_authenticated)
{
    evc_keystore *opened;

    forge_store();
    EVC_CHECK_OK(open_again(recovery, NULL, &opened));
    ck_assert(!opened->authenticated);
    evc_keystore_close(opened);
    EVC_CHECK_CODE(try_open(raw), ENVCRYPT_E_STORE_LOCKED);
}
END_TEST

START_TEST(a_forged_store_has_not_the_pinned_fingerprint)
{
    evc_protectors *next = passphrase_list("next");
    evc_keystore *opened;

    forge_store();
    EVC_CHECK_CODE(open_again(recovery, store->fingerprint, &opened),
                   ENVCRYPT_E_STORE_FINGERPRINT);
    EVC_CHECK_CODE(recover(store->fingerprint, NULL, next, &opened),
                   ENVCRYPT_E_STORE_FINGERPRINT);
    EVC_CHECK_CODE(recover(NULL, NULL, next, &opened), ENVCRYPT_E_CONFIRMATION);
    evc_protectors_free(next);
}
END_TEST

START_TEST(a_forged_store_is_not_taken_by_an_open_handle)
{
    forge_store();
    EVC_CHECK_CODE(rotate("k"), ENVCRYPT_E_STORE_CHANGED);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        keys_stay_in_the_file,
        rotation_copies_the_other_versions,
        a_failed_change_leaves_file_and_handle,
        destroying_wants_the_name_and_version_typed,
        a_confirmation_names_what_to_type,
        destroyed_material_leaves_the_file,
        rotations_of_threads_all_survive,
        rotations_of_processes_all_survive,
        changes_of_others_are_seen_by_the_next_change,
        a_changed_file_is_not_written_over,
        an_added_protector_opens,
        adding_nothing_is_a_mistake,
        a_removed_protector_does_not_open,
        rekeying_wraps_every_version_anew,
        a_protector_that_stays_must_be_presented,
        several_protectors_are_dropped_at_once,
        the_last_protector_stays,
        a_passphrase_is_exchanged_in_one_step,
        unknown_protectors_are_not_dropped,
        keeping_the_store_key_keeps_the_fingerprint,
        rekeying_changes_handle_and_file_or_neither,
        other_handles_are_told_of_a_new_store_key,
        NULL,
    };
    const TTest *const recovery_tests[] = {
        a_recovery_key_alone_gives_the_store_back,
        recovery_wants_a_fingerprint_or_the_name,
        recovery_wants_a_new_protector,
        recovery_takes_no_other_secret,
        a_forged_store_is_consistent_but_not_authenticated,
        a_forged_store_has_not_the_pinned_fingerprint,
        a_forged_store_is_not_taken_by_an_open_handle,
        NULL,
    };
    TCase *tcase = tcase_create("recovery");

    keystore_add(suite, "changes", tests);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin_recovery, end_recovery);
    for (size_t i = 0; recovery_tests[i]; i++)
        tcase_add_test(tcase, recovery_tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("keystore_ops", add_tests)
