/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_file.h"

#include <errno.h>

#include "evc-child.h"
#include "evc-io.h"
#include "kms/keystore_ops.h"
#include "kms/store_protect.h"
#include "store-fixture.h"

static const uint8_t store_id[EVC_STORE_ID] = {1, 2, 3};
static evc_protectors *raw;
static evc_store_data *data; /* as it was written first */
static evc_store_access *access_of;
static evc_error *error;

static const char *
path(void)
{
    static char text[PATH_MAX + 32];

    (void)snprintf(text, sizeof(text), "%s/store.json", evc_folder);
    return text;
}

static void
begin(void)
{
    evc_store_keys keys;

    evc_io_reset();
    open_fixture();
    raw = raw_list('r');
    EVC_CHECK_OK(evc_store_data_new(store_id, "store", 0, &data, NULL));
    EVC_CHECK_OK(evc_store_keys_generate(crypto, store_id, &keys, NULL));
    EVC_CHECK_OK(evc_store_add_protectors(&keys, data, raw, NULL, NULL));
    EVC_CHECK_OK(evc_store_access_new(crypto, path(), &keys, &access_of, NULL));
    EVC_CHECK_OK(evc_store_save(&access_of->keys, data, path(), true, NULL));
}

static void
end(void)
{
    evc_error_free(error);
    error = NULL;
    evc_store_access_unref(access_of);
    evc_store_data_unref(data);
    evc_protectors_free(raw);
    close_fixture();
}

/* What loading gives; the data is dropped at once. */
static int
load(void)
{
    evc_store_data *loaded;
    int rc = evc_store_load(access_of, data, &loaded, &error);

    evc_store_data_unref(loaded);
    return rc;
}

START_TEST(loads_what_it_saved)
{
    evc_store_data *loaded;

    EVC_CHECK_OK(evc_store_load(access_of, data, &loaded, NULL));
    ck_assert_str_eq(loaded->name, "store");
    ck_assert_str_eq(loaded->protectors[0].id_text, data->protectors[0].id_text);
    evc_store_data_unref(loaded);
}
END_TEST

START_TEST(saves_for_the_owner_alone)
{
    ck_assert_uint_eq(evc_folder_mode("store.json"), 0600);
}
END_TEST

START_TEST(does_not_save_over_another_file)
{
    EVC_CHECK_CODE(evc_store_save(&access_of->keys, data, path(), true, NULL),
                   ENVCRYPT_E_FILE_EXISTS);
}
END_TEST

START_TEST(refuses_a_file_that_others_can_read)
{
    ck_assert_int_eq(chmod(path(), 0644), 0);
    EVC_CHECK_CODE(load(), ENVCRYPT_E_FILE_TOO_OPEN);
    ck_assert_int_eq(chmod(path(), 0620), 0);
    EVC_CHECK_CODE(load(), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(refuses_a_file_past_16_mib)
{
    ck_assert_int_eq(truncate(path(), (off_t)EVC_STORE_FILE_MAX + 1), 0);
    EVC_CHECK_CODE(load(), ENVCRYPT_E_FILE_TOO_LARGE);
    ck_assert_int_eq(truncate(path(), EVC_STORE_FILE_MAX), 0);
    EVC_CHECK_CODE(load(), ENVCRYPT_E_STORE_FORMAT);
}
END_TEST

START_TEST(does_not_save_past_16_mib)
{
    static char name[EVC_STORE_FOREIGN_MAX + 1];

    for (size_t i = 0; i < EVC_STORE_FOREIGN_MAX; i++)
        name[i] = 'x';
    for (unsigned i = 0; i < 16384; i++) {
        evc_store_key *key = evc_store_data_add_key(data, name, ENVCRYPT_KIND_WRAP);

        ck_assert_ptr_nonnull(key);
    }
    EVC_CHECK_CODE(evc_store_save(&access_of->keys, data, path(), false, NULL),
                   ENVCRYPT_E_FILE_TOO_LARGE);
    data->key_count = 0; /* as the file was, to be compared with it */
    EVC_CHECK_OK(load());
    data->key_count = 16384;
}
END_TEST

/* Puts `to` in the place of `from` in the file. */
static void
change(const char *from, const char *to)
{
    evc_buf text = {0};
    char *at;

    slurp(path(), &text);
    evc_buf_put_u8(&text, 0);
    evc_buf_truncate(&text, text.size - 1);
    at = strstr((char *)text.data, from);
    ck_assert_ptr_nonnull(at);
    memcpy(at, to, strlen(to));
    spit("store.json", evc_buf_view(&text));
    evc_buf_reset(&text);
}

START_TEST(says_that_the_file_was_changed)
{
    change("\"created\": \"1970", "\"created\": \"1971");
    EVC_CHECK_CODE(load(), ENVCRYPT_E_STORE_MAC);
}
END_TEST

START_TEST(says_that_the_store_was_rekeyed)
{
    evc_store_data *rekeyed;
    evc_store_keys next;

    EVC_CHECK_OK(evc_store_load(access_of, data, &rekeyed, NULL));
    EVC_CHECK_OK(evc_store_rekey(&access_of->keys, rekeyed, raw, NULL, &next, NULL));
    EVC_CHECK_OK(evc_store_save(&next, rekeyed, path(), false, NULL));
    EVC_CHECK_CODE(load(), ENVCRYPT_E_STORE_CHANGED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "re-keyed"));
    evc_store_keys_reset(&next);
    evc_store_data_unref(rekeyed);
}
END_TEST

START_TEST(says_that_another_store_stands_there)
{
    change("\"id\": \"01", "\"id\": \"02");
    EVC_CHECK_CODE(load(), ENVCRYPT_E_STORE_CHANGED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "another key store"));
}
END_TEST

START_TEST(transaction_writes_what_was_changed)
{
    evc_store_txn txn;
    evc_store_data *written = evc_store_data_ref(data);

    EVC_CHECK_OK(evc_store_txn_begin(&txn, access_of, data, NULL, NULL));
    EVC_CHECK_OK(
        evc_store_add_key(&access_of->keys, txn.data, "k", ENVCRYPT_KIND_WRAP, NULL));
    EVC_CHECK_OK(evc_store_txn_commit(&txn, NULL, &written, NULL));
    ck_assert_ptr_ne(written, data);
    ck_assert_uint_eq(written->key_count, 1);
    evc_store_data_unref(written);
    EVC_CHECK_OK(evc_store_load(access_of, data, &written, NULL));
    ck_assert_uint_eq(written->key_count, 1);
    evc_store_data_unref(written);
}
END_TEST

START_TEST(aborted_transaction_changes_nothing)
{
    evc_store_txn txn;
    evc_buf before = {0};
    evc_buf after = {0};

    slurp(path(), &before);
    EVC_CHECK_OK(evc_store_txn_begin(&txn, access_of, data, NULL, NULL));
    evc_store_txn_abort(&txn);
    evc_store_txn_abort(&txn);
    slurp(path(), &after);
    ck_assert(evc_view_equal(evc_buf_view(&before), evc_buf_view(&after)));
    evc_buf_reset(&before);
    evc_buf_reset(&after);
}
END_TEST

START_TEST(one_transaction_at_a_time)
{
    evc_store_txn first;
    evc_store_txn second;
    evc_wait wait;

    evc_wait_init(&wait, NULL, 0);
    EVC_CHECK_OK(evc_store_txn_begin(&first, access_of, data, NULL, NULL));
    EVC_CHECK_CODE(evc_store_txn_begin(&second, access_of, data, &wait, NULL),
                   ENVCRYPT_E_FILE_BUSY);
    evc_store_txn_abort(&first);
    EVC_CHECK_OK(evc_store_txn_begin(&second, access_of, data, &wait, NULL));
    evc_store_txn_abort(&second);
    evc_wait_release(&wait);
}
END_TEST

START_TEST(a_transaction_that_cannot_begin_holds_nothing)
{
    evc_store_txn txn;

    ck_assert_int_eq(chmod(path(), 0644), 0);
    EVC_CHECK_CODE(evc_store_txn_begin(&txn, access_of, data, NULL, NULL),
                   ENVCRYPT_E_FILE_TOO_OPEN);
    ck_assert_int_eq(txn.lock.fd, -1);
    ck_assert_ptr_null(txn.data);
}
END_TEST

/* A commit in which a system call fails: the file stays, nothing is left behind. */
static void
fail_commit(const char *call, int errnum, int expected)
{
    evc_store_txn txn;
    evc_store_data *written = evc_store_data_ref(data);
    evc_buf before = {0};
    evc_buf after = {0};

    slurp(path(), &before);
    EVC_CHECK_OK(evc_store_txn_begin(&txn, access_of, data, NULL, NULL));
    evc_io_fail(call, 0, errnum);
    EVC_CHECK_CODE(evc_store_txn_commit(&txn, NULL, &written, NULL), expected);
    evc_io_reset();
    ck_assert_ptr_eq(written, data);
    slurp(path(), &after);
    ck_assert(evc_view_equal(evc_buf_view(&before), evc_buf_view(&after)));
    ck_assert_uint_eq(evc_folder_count(), 2); /* the store, its lock */
    evc_store_data_unref(written);
    evc_buf_reset(&before);
    evc_buf_reset(&after);
}

START_TEST(full_disk_leaves_the_old_store)
{
    fail_commit("write", ENOSPC, ENVCRYPT_E_NO_SPACE);
    fail_commit("write", EDQUOT, ENVCRYPT_E_NO_SPACE);
}
END_TEST

START_TEST(failed_sync_and_rename_leave_the_old_store)
{
    fail_commit("fsync", EIO, ENVCRYPT_E_IO);
    fail_commit("renameat", EIO, ENVCRYPT_E_IO);
}
END_TEST

static void
die(void)
{
    (void)raise(SIGKILL);
}

typedef struct moment {
    const char *call;
    size_t number;
} moment;

/* Opens all anew, as a child must, and is killed in the midst of a change. */
static int
change_and_die(void *user)
{
    const moment *at = user;
    evc_keystore_key by = {0};
    evc_protectors *mine = NULL;
    evc_keystore *store = NULL;
    evc_env *my_env = NULL;

    if (evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &my_env, NULL) ||
        evc_crypto_open(my_env, &crypto, NULL) ||
        evc_protectors_new(crypto, &mine, NULL) ||
        evc_protectors_add_raw_key(
            mine, evc_view_text("rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr"), NULL))
        return 1;
    by.protectors = mine;
    if (evc_keystore_open(crypto, path(), &by, NULL, &store, NULL))
        return 2;
    evc_io_reset();
    evc_io_before(at->call, at->number, die);
    return evc_keystore_add_key(store, "k", ENVCRYPT_KIND_WRAP, NULL, NULL) ? 3 : 4;
}

START_TEST(killed_writer_leaves_the_old_or_the_new_store)
{
    moment moments[] = {{"write", 0},    {"fsync", 0}, {"fchmod", 0},
                        {"renameat", 0}, {"fsync", 1}, {"flock", 0}};
    size_t written = 0;

    for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++) {
        evc_store_data *loaded;

        EVC_CHECK_OK(evc_store_save(&access_of->keys, data, path(), false, NULL));
        EVC_CHECK_CHILD_SIGNAL(change_and_die, &moments[i], SIGKILL);
        EVC_CHECK_OK(evc_store_load(access_of, data, &loaded, NULL));
        written += loaded->key_count;
        evc_store_data_unref(loaded);
    }
    ck_assert_uint_eq(written, 1); /* killed after the rename only */
    EVC_CHECK_OK(evc_store_save(&access_of->keys, data, path(), false, NULL));
    ck_assert_uint_eq(evc_folder_count(), 2); /* what they left behind is gone */
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        loads_what_it_saved,
        saves_for_the_owner_alone,
        does_not_save_over_another_file,
        refuses_a_file_that_others_can_read,
        refuses_a_file_past_16_mib,
        does_not_save_past_16_mib,
        says_that_the_file_was_changed,
        says_that_the_store_was_rekeyed,
        says_that_another_store_stands_there,
        transaction_writes_what_was_changed,
        aborted_transaction_changes_nothing,
        one_transaction_at_a_time,
        a_transaction_that_cannot_begin_holds_nothing,
        full_disk_leaves_the_old_store,
        failed_sync_and_rename_leave_the_old_store,
        killed_writer_leaves_the_old_or_the_new_store,
        NULL,
    };
    TCase *tcase = tcase_create("store_file");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("store_file", add_tests)
