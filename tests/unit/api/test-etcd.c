/* SPDX-License-Identifier: Apache-2.0 */
/* The same whether the build has Kubernetes or not. */
#include "envcrypt/envcrypt.h"
#include "evc-check.h"
#include "evc-folder.h"

static envcrypt_client *client;
static envcrypt_etcd *etcd; /* of a dump; NULL in a build without */
static envcrypt_error *err;
static int destroyed;
static char seen[256];
static int32_t answer;

#define DUMP                                                                       \
    "{\"header\":{\"revision\":9},\"kvs\":[{\"key\":\"L2E=\",\"create_revision\":" \
    "2,\"mod_revision\":3,\"value\":\"MQ==\"},{\"key\":\"L2I=\",\"mod_revision\":" \
    "4}]}"

static void
begin(void)
{
    int rc;

    evc_folder_make();
    evc_folder_put("dump", DUMP, 0600);
    EVC_CHECK_OK(envcrypt_client_open(NULL, &client, NULL));
    err = NULL;
    rc = envcrypt_etcd_open_file(client, evc_folder_path("dump"), &etcd, &err);
    if (rc == ENVCRYPT_E_NOT_BUILT) {
        ck_assert_ptr_null(etcd);
        ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "Kubernetes"));
    } else {
        EVC_CHECK_OK(rc);
    }
    destroyed = 0;
    seen[0] = 0;
    answer = 0;
}

static void
end(void)
{
    envcrypt_error_free(err);
    envcrypt_etcd_close(etcd);
    envcrypt_client_unref(client);
    evc_folder_remove();
}

static void
count_destroy(void *user)
{
    ck_assert_ptr_eq(user, &destroyed);
    destroyed++;
}

static int32_t
note(void *user, const void *key, size_t key_size, const void *value, size_t value_size,
     int64_t create_revision, int64_t mod_revision)
{
    size_t used = strlen(seen);

    ck_assert_ptr_eq(user, &destroyed);
    ck_assert_int_eq(destroyed, 0);
    ck_assert_ptr_nonnull(value);
    (void)snprintf(&seen[used], sizeof(seen) - used, "%.*s=%.*s@%d,%d ", (int)key_size,
                   (const char *)key, (int)value_size, (const char *)value,
                   (int)create_revision, (int)mod_revision);
    return answer;
}

static int
read_all(void)
{
    return envcrypt_etcd_read(etcd, "/", note, &destroyed, count_destroy, NULL, NULL);
}

START_TEST(gives_each_pair_and_destroys_once)
{
    if (!etcd)
        return;
    EVC_CHECK_OK(read_all());
    ck_assert_str_eq(seen, "/a=1@2,3 /b=@0,4 ");
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(a_positive_answer_ends_it_well)
{
    if (!etcd)
        return;
    answer = 1;
    EVC_CHECK_OK(read_all());
    ck_assert_str_eq(seen, "/a=1@2,3 ");
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(a_negative_answer_is_a_failure)
{
    if (!etcd)
        return;
    answer = -7;
    EVC_CHECK_CODE(
        envcrypt_etcd_read(etcd, "/", note, &destroyed, count_destroy, NULL, &err),
        ENVCRYPT_E_CALLBACK);
    ck_assert_str_eq(seen, "/a=1@2,3 ");
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(the_user_of_a_refused_reading_is_destroyed_once)
{
    EVC_CHECK_CODE(
        envcrypt_etcd_read(NULL, "/", note, &destroyed, count_destroy, NULL, NULL),
        ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

START_TEST(gives_one_value)
{
    envcrypt_buffer *value;
    int64_t revision;

    if (!etcd)
        return;
    EVC_CHECK_OK(envcrypt_etcd_get(etcd, "/a", NULL, &value, &revision, NULL));
    ck_assert_uint_eq(envcrypt_buffer_size(value), 1);
    ck_assert_mem_eq(envcrypt_buffer_data(value), "1", 1);
    ck_assert_int_eq(revision, 3);
    envcrypt_buffer_free(value);
    EVC_CHECK_OK(envcrypt_etcd_get(etcd, "/b", NULL, &value, NULL, NULL));
    ck_assert_uint_eq(envcrypt_buffer_size(value), 0);
    envcrypt_buffer_free(value);
}
END_TEST

START_TEST(a_key_that_is_not_there_is_a_named_error)
{
    envcrypt_buffer *value;
    int64_t revision = 5;

    if (!etcd)
        return;
    EVC_CHECK_CODE(envcrypt_etcd_get(etcd, "/c\x1b", NULL, &value, &revision, &err),
                   ENVCRYPT_E_KUBE_NOT_FOUND);
    ck_assert_ptr_null(value);
    ck_assert_int_eq(revision, 0);
    ck_assert_str_eq(envcrypt_error_message(err), "etcd holds no key \"/c\\x1b\"");
}
END_TEST

START_TEST(a_canceled_wait_ends_it)
{
    envcrypt_buffer *value;
    envcrypt_wait *wait;

    if (!etcd)
        return;
    EVC_CHECK_OK(envcrypt_wait_new(client, -1, &wait, NULL));
    envcrypt_wait_cancel(wait);
    EVC_CHECK_CODE(envcrypt_etcd_get(etcd, "/a", wait, &value, NULL, NULL),
                   ENVCRYPT_E_CANCELED);
    EVC_CHECK_CODE(
        envcrypt_etcd_read(etcd, "/", note, &destroyed, count_destroy, wait, NULL),
        ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(destroyed, 1);
    envcrypt_wait_free(wait);
}
END_TEST

START_TEST(options_are_checked_or_not_built)
{
    envcrypt_etcd_config *config;
    envcrypt_etcd *live;
    int rc = envcrypt_etcd_config_new(&config, NULL);

    if (rc == ENVCRYPT_E_NOT_BUILT) {
        ck_assert_ptr_null(config);
        return;
    }
    EVC_CHECK_OK(rc);
    EVC_CHECK_CODE(envcrypt_etcd_open(client, config, &live, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(envcrypt_etcd_config_set(config, "end-point", "x", &err),
                   ENVCRYPT_E_UNKNOWN_OPTION);
    ck_assert_ptr_nonnull(
        strstr(envcrypt_error_message(err), "did you mean \"endpoint\"?"));
    EVC_CHECK_OK(
        envcrypt_etcd_config_set(config, "endpoint", "http://etcd.example:2379", NULL));
    EVC_CHECK_CODE(envcrypt_etcd_open(client, config, &live, NULL),
                   ENVCRYPT_E_ENDPOINT);
    EVC_CHECK_OK(envcrypt_etcd_config_set(config, "endpoint",
                                          "https://etcd.example:2379", NULL));
    EVC_CHECK_OK(envcrypt_etcd_config_set(config, "client-key", "key.pem", NULL));
    EVC_CHECK_CODE(envcrypt_etcd_open(client, config, &live, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(envcrypt_etcd_config_set(config, "client-key", NULL, NULL));
    EVC_CHECK_OK(envcrypt_etcd_open(client, config, &live, NULL));
    envcrypt_etcd_config_free(config);
    envcrypt_etcd_close(live);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("etcd");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, gives_each_pair_and_destroys_once);
    tcase_add_test(tcase, a_positive_answer_ends_it_well);
    tcase_add_test(tcase, a_negative_answer_is_a_failure);
    tcase_add_test(tcase, the_user_of_a_refused_reading_is_destroyed_once);
    tcase_add_test(tcase, gives_one_value);
    tcase_add_test(tcase, a_key_that_is_not_there_is_a_named_error);
    tcase_add_test(tcase, a_canceled_wait_ends_it);
    tcase_add_test(tcase, options_are_checked_or_not_built);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("etcd", add_tests)
