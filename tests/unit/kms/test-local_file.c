/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local_file.h"

#include <pthread.h>

#include "evc-child.h"
#include "local-fixture.h"

static evc_local_file *file;
static evc_error *error;
static char logged[512];

static void
take_log(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    (void)snprintf(logged, sizeof(logged), "%s", text);
}

static void
begin(void)
{
    open_local_fixture();
    env->log = (evc_log){.sink = take_log, .level = ENVCRYPT_LOG_WARNING};
    EVC_CHECK_OK(evc_local_file_open(store->access, store->data, &file, NULL));
}

static void
end(void)
{
    evc_error_free(error);
    error = NULL;
    evc_local_file_close(file);
    close_local_fixture();
}

/* How many versions the file's key has as the handle sees it, or the error. */
static int
get(bool now)
{
    evc_store_data *data;
    int rc = evc_local_file_get(file, now, &data, &error);
    int count = rc ? rc : (int)data->keys[0].count;

    evc_store_data_unref(data);
    return count;
}

static int
versions(void)
{
    return get(false);
}

static void
pass_ms(int64_t ms)
{
    clock_ms += ms;
}

START_TEST(sees_a_change_after_a_second)
{
    ck_assert_int_eq(versions(), 1);
    EVC_CHECK_OK(rotate("k"));
    pass_ms(EVC_LOCAL_LOOK_MS - 1);
    ck_assert_int_eq(versions(), 1);
    pass_ms(1);
    ck_assert_int_eq(versions(), 2);
}
END_TEST

START_TEST(sees_a_change_now_when_asked)
{
    ck_assert_int_eq(versions(), 1);
    EVC_CHECK_OK(rotate("k"));
    ck_assert_int_eq(get(true), 2);
}
END_TEST

START_TEST(an_unchanged_file_is_not_read_again)
{
    evc_store_data *first;
    evc_store_data *second;

    EVC_CHECK_OK(evc_local_file_get(file, true, &first, NULL));
    EVC_CHECK_OK(evc_local_file_get(file, true, &second, NULL));
    ck_assert_ptr_eq(first, second);
    evc_store_data_unref(first);
    evc_store_data_unref(second);
}
END_TEST

START_TEST(own_rotation_is_seen_at_once)
{
    ck_assert_int_eq(versions(), 1);
    EVC_CHECK_OK(evc_local_file_rotate(file, "k", NULL, NULL));
    ck_assert_int_eq(versions(), 2);
    pass_ms(EVC_LOCAL_LOOK_MS);
    ck_assert_int_eq(versions(), 2);
}
END_TEST

START_TEST(a_failed_rotation_changes_nothing)
{
    EVC_CHECK_CODE(evc_local_file_rotate(file, "none", NULL, NULL),
                   ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_int_eq(get(true), 1);
}
END_TEST

START_TEST(goes_on_when_the_file_is_gone)
{
    ck_assert_int_eq(versions(), 1);
    ck_assert_int_eq(unlink(store_path()), 0);
    ck_assert_int_eq(get(true), 1);
    ck_assert_ptr_nonnull(strstr(logged, store_path()));
}
END_TEST

START_TEST(sees_a_file_that_comes_back)
{
    evc_buf text = {0};

    EVC_CHECK_OK(rotate("k"));
    read_store_file(&text);
    ck_assert_int_eq(unlink(store_path()), 0);
    ck_assert_int_eq(get(true), 1);
    spit("store.json", evc_buf_view(&text));
    ck_assert_int_eq(get(true), 2);
    evc_buf_reset(&text);
}
END_TEST

START_TEST(a_changed_file_is_an_error_until_it_is_put_right)
{
    ck_assert_int_eq(versions(), 1);
    change_store_file("\"name\": \"k\"", "\"name\": \"l\"");
    ck_assert_int_eq(get(true), ENVCRYPT_E_STORE_MAC);
    ck_assert_int_eq(versions(), ENVCRYPT_E_STORE_MAC);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), store_path()));
    change_store_file("\"name\": \"l\"", "\"name\": \"k\"");
    ck_assert_int_eq(versions(), ENVCRYPT_E_STORE_MAC);
    pass_ms(EVC_LOCAL_LOOK_MS);
    ck_assert_int_eq(versions(), 1);
}
END_TEST

START_TEST(a_file_that_others_can_read_is_an_error_when_it_changes)
{
    ck_assert_int_eq(versions(), 1);
    EVC_CHECK_OK(rotate("k"));
    ck_assert_int_eq(chmod(store_path(), 0644), 0);
    ck_assert_int_eq(get(true), ENVCRYPT_E_FILE_TOO_OPEN);
}
END_TEST

START_TEST(a_rekeyed_store_is_an_error_for_good)
{
    evc_keystore_unprotect_args args = {.drop = "", .present = raw};

    ck_assert_int_eq(versions(), 1);
    EVC_CHECK_OK(evc_keystore_unprotect(store, &args, NULL, NULL));
    ck_assert_int_eq(get(true), ENVCRYPT_E_STORE_CHANGED);
    pass_ms(10 * EVC_LOCAL_LOOK_MS);
    ck_assert_int_eq(versions(), ENVCRYPT_E_STORE_CHANGED);
    EVC_CHECK_CODE(evc_local_file_rotate(file, "k", NULL, NULL),
                   ENVCRYPT_E_STORE_CHANGED);
}
END_TEST

START_TEST(last_state_is_there_without_a_look)
{
    evc_store_data *data;

    change_store_file("\"name\": \"k\"", "\"name\": \"l\"");
    ck_assert_int_eq(get(true), ENVCRYPT_E_STORE_MAC);
    data = evc_local_file_last(file);
    ck_assert_str_eq(data->keys[0].name, "k");
    evc_store_data_unref(data);
}
END_TEST

#define THREADS 4
#define ROUNDS 20

/* Looks and rotates; what a thread saw once never goes away again. */
static void *
use_file(void *user)
{
    bool rotates = user != NULL;
    int seen = 0;

    for (unsigned i = 0; i < ROUNDS; i++) {
        evc_store_data *data = NULL;
        int count;

        if (rotates && evc_local_file_rotate(file, "k", NULL, NULL))
            return file;
        if (evc_local_file_get(file, true, &data, NULL))
            return file;
        count = (int)data->keys[0].count;
        evc_store_data_unref(data);
        if (count < seen)
            return file;
        seen = count;
    }
    return NULL;
}

START_TEST(threads_look_and_rotate_together)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(
            pthread_create(&threads[i], NULL, use_file, i < 2 ? file : NULL), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = NULL;

        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
    ck_assert_int_eq(versions(), 1 + 2 * ROUNDS);
}
END_TEST

static int
close_in_child(void *user)
{
    (void)user;
    evc_local_file_close(file);
    return 0;
}

START_TEST(child_of_fork_may_close)
{
    EVC_CHECK_CHILD(close_in_child, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        sees_a_change_after_a_second,
        sees_a_change_now_when_asked,
        an_unchanged_file_is_not_read_again,
        own_rotation_is_seen_at_once,
        a_failed_rotation_changes_nothing,
        goes_on_when_the_file_is_gone,
        sees_a_file_that_comes_back,
        a_changed_file_is_an_error_until_it_is_put_right,
        a_file_that_others_can_read_is_an_error_when_it_changes,
        a_rekeyed_store_is_an_error_for_good,
        last_state_is_there_without_a_look,
        threads_look_and_rotate_together,
        child_of_fork_may_close,
        NULL,
    };
    TCase *tcase = tcase_create("local_file");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("local_file", add_tests)
