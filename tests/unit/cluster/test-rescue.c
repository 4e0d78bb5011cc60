/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/rescue.h"

#include <fcntl.h>
#include <unistd.h>

#include "evc-alloc.h"
#include "toy-cloud.h"

/* The key, until somebody enables it. */
static struct {
    bool enabled;
    size_t failures;
    int code;
    int64_t tried_ms[16]; /* wall time of each attempt */
    size_t tries;
} lock;

static evc_table *rows;
static char told[1024];

static int64_t
now(void)
{
    return evc_clock_wall_ms(evc_cluster_clock(cluster));
}

static int
find_key(evc_cluster *of, const evc_cluster_change *wanted,
         const evc_cluster_state *state, evc_wait *wait, evc_cluster_key *out,
         evc_error **err)
{
    int rc = cloud_find_key(of, wanted, state, wait, out, err);

    if (!lock.enabled)
        out->state = ENVCRYPT_KEY_DISABLED;
    return rc;
}

static int
act_on_key(evc_cluster *of, const char *action, const evc_cluster_key *key,
           const evc_cluster_change *wanted, evc_wait *wait, evc_table **out,
           evc_error **err)
{
    (void)of;
    (void)wanted;
    (void)wait;
    *out = NULL;
    ck_assert_str_eq(action, "enable-key");
    ck_assert_str_eq(key->id, KEY_A);
    ck_assert_uint_lt(lock.tries, 16);
    lock.tried_ms[lock.tries++] = now();
    if (lock.failures > 0) {
        lock.failures--;
        return cloud_fail(lock.code, err);
    }
    lock.enabled = true;
    return 0;
}

static void
set_up(void)
{
    cloud_set_up();
    memset(&lock, 0, sizeof(lock));
    told[0] = '\0';
    cloud_driver.find_key = find_key;
    cloud_driver.key_action = act_on_key;
    EVC_CHECK_OK(evc_table_new(evc_rescue_columns, &rows, NULL));
}

static void
tear_down(void)
{
    evc_table_free(rows);
    cloud_tear_down();
}

static void
kill_a_proof(int64_t since_ms)
{
    evc_dangerfile *file = NULL;

    cloud_endanger_at(since_ms, &file);
    evc_dangerfile_close(file);
}

static int
recover(const char *folder)
{
    const evc_rescue rescue = {.crypto = k.crypto,
                               .net = k.net,
                               .drivers = cloud_drivers,
                               .wait = &k.wait,
                               .rows = rows};

    evc_err_drop(&error);
    evc_table_clear(rows);
    return evc_rescue_folder(&rescue, folder, &error);
}

static void
hear(void *user, const char *text)
{
    ck_assert_ptr_eq(user, told);
    (void)snprintf(told, sizeof(told), "%s", text);
}

static int
rescue_own(void)
{
    return evc_rescue_own(cluster, evc_folder, &k.wait, hear, told, &error);
}

#define CHECK_ROW(row, state_wanted) \
    ck_assert_str_eq(evc_table_text(rows, row, "state"), state_wanted)

START_TEST(who_knows_nothing_of_the_cluster_enables_its_key)
{
    kill_a_proof(1);
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert(lock.enabled);
    ck_assert_uint_eq(rows->rows, 1);
    CHECK_ROW(0, "enabled");
    ck_assert_str_eq(evc_table_text(rows, 0, "key"), KEY_A);
    ck_assert_str_eq(evc_table_text(rows, 0, "cluster"), "eks://eu-west-1/prod");
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert_uint_eq(rows->rows, 0);
}
END_TEST

START_TEST(half_a_minute_passes_since_it_was_disabled)
{
    int64_t since = now() - 10000;

    kill_a_proof(since);
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert_int_eq(lock.tried_ms[0], since + EVC_RESCUE_LEAST_MS);
}
END_TEST

START_TEST(a_record_of_the_future_is_not_waited_for)
{
    int64_t began = now();

    kill_a_proof(began + 3600000);
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert_int_eq(lock.tried_ms[0], began);
}
END_TEST

START_TEST(a_key_that_is_enabled_by_now_only_loses_its_record)
{
    lock.enabled = true;
    kill_a_proof(1);
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert_uint_eq(lock.tries, 0);
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert_uint_eq(rows->rows, 0);
}
END_TEST

START_TEST(a_refusal_is_said_loudly_and_the_record_stays)
{
    lock.code = ENVCRYPT_E_DENIED;
    lock.failures = 2;
    kill_a_proof(1);
    EVC_CHECK_CODE(recover(evc_folder), ENVCRYPT_E_DENIED);
    ck_assert_uint_eq(lock.tries, EVC_RESCUE_LATER_REFUSALS);
    ck_assert(cloud_says("THE KEY \"" KEY_A "\" IS STILL DISABLED"));
    ck_assert(cloud_says("envcrypt key enable " KEY_A));
    CHECK_ROW(0, "disabled");
    ck_assert_ptr_nonnull(strstr(evc_table_text(rows, 0, "detail"), "STILL DISABLED"));
    EVC_CHECK_OK(recover(evc_folder)); /* it is allowed now */
    ck_assert(lock.enabled);
}
END_TEST

START_TEST(trouble_that_passes_is_waited_out)
{
    lock.code = ENVCRYPT_E_SERVICE_DOWN;
    lock.failures = 5;
    kill_a_proof(1);
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert_uint_eq(lock.tries, 6);
}
END_TEST

START_TEST(trouble_that_stays_is_given_up_after_some_minutes)
{
    int64_t began = now();

    lock.code = ENVCRYPT_E_SERVICE_DOWN;
    lock.failures = 1000;
    kill_a_proof(1);
    EVC_CHECK_CODE(recover(evc_folder), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_ge(now() - began, EVC_RESCUE_MOST_MS - 60000);
    ck_assert_int_le(now() - began, EVC_RESCUE_MOST_MS);
    ck_assert(cloud_says("STILL DISABLED"));
    EVC_CHECK_OK(evc_wait_check(&k.wait, NULL)); /* its own deadline is as before */
    ck_assert_int_gt(evc_wait_left_ms(&k.wait), 0);
}
END_TEST

START_TEST(a_cancel_leaves_it_for_the_next_one)
{
    kill_a_proof(now());
    evc_wait_cancel(&k.wait);
    EVC_CHECK_CODE(recover(evc_folder), ENVCRYPT_E_CANCELED);
    ck_assert(cloud_says("STILL DISABLED"));
    ck_assert_uint_eq(lock.tries, 0);
}
END_TEST

START_TEST(a_proof_that_is_at_work_is_left_alone)
{
    evc_dangerfile *file = NULL;

    cloud_endanger(&file);
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert_uint_eq(lock.tries, 0);
    CHECK_ROW(0, "busy");
    ck_assert_str_eq(evc_table_text(rows, 0, "key"), KEY_A);
    EVC_CHECK_CODE(rescue_own(), ENVCRYPT_E_FILE_BUSY);
    ck_assert_uint_eq(lock.tries, 0);
    evc_dangerfile_close(file);
}
END_TEST

START_TEST(damaged_and_foreign_files_are_told_and_stop_nobody)
{
    evc_folder_put("eks-0.endangered", "{}", 0600);
    evc_folder_put("iks-1.endangered", "x", 0644);
    kill_a_proof(1);
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert_uint_eq(rows->rows, 3);
    CHECK_ROW(0, "unreadable");
    ck_assert_ptr_nonnull(strstr(evc_table_text(rows, 0, "file"), "eks-0.endangered"));
    ck_assert_ptr_nonnull(strstr(evc_table_text(rows, 0, "detail"), "see to it"));
    CHECK_ROW(1, "enabled");
    CHECK_ROW(2, "unreadable");
}
END_TEST

START_TEST(a_folder_that_is_none_is_told)
{
    evc_folder_put("file", "", 0600);
    EVC_CHECK_OK(recover(evc_folder_path("file")));
    CHECK_ROW(0, "unreadable");
    EVC_CHECK_OK(recover(evc_folder_path("missing")));
    ck_assert_uint_eq(rows->rows, 0);
    EVC_CHECK_OK(recover(""));
    EVC_CHECK_OK(recover(NULL));
}
END_TEST

static void
put_danger(const char *uri, const char *option)
{
    evc_dangerfile *file = NULL;
    evc_danger danger;

    evc_danger_init(&danger);
    EVC_CHECK_OK(evc_text_set(&danger.uri, uri, NULL));
    EVC_CHECK_OK(evc_text_set(&danger.cluster, uri, NULL));
    EVC_CHECK_OK(evc_text_set(&danger.name, "n", NULL));
    EVC_CHECK_OK(evc_text_set(&danger.key, KEY_A, NULL));
    if (option)
        EVC_CHECK_OK(evc_kv_set_text(&danger.options, option, "https://a", NULL));
    EVC_CHECK_OK(evc_dangerfile_open(k.crypto, evc_folder, "eks", uri, &file, NULL));
    EVC_CHECK_OK(evc_dangerfile_write(file, &danger, NULL));
    evc_dangerfile_close(file);
    evc_danger_reset(&danger);
}

START_TEST(a_cloud_that_cannot_be_reached_does_not_hide_the_next_key)
{
    put_danger("gke://x/y", NULL);
    put_danger("eks://eu-west-1/a", "no-such-option");
    put_danger("eks://eu-west-1/b", "endpoint-url");
    ck_assert_int_lt(recover(evc_folder), 0);
    ck_assert(cloud_says("STILL DISABLED"));
    ck_assert_uint_eq(rows->rows, 3);
    ck_assert(lock.enabled);
}
END_TEST

START_TEST(the_next_call_about_a_cluster_finds_its_own_alone)
{
    put_danger("eks://eu-west-1/other", NULL);
    EVC_CHECK_OK(rescue_own());
    ck_assert_uint_eq(lock.tries, 0);
    kill_a_proof(1);
    EVC_CHECK_OK(rescue_own());
    ck_assert_uint_eq(lock.tries, 1);
    ck_assert_ptr_nonnull(strstr(told, KEY_A " is enabled again"));
    EVC_CHECK_OK(recover(evc_folder));
    ck_assert_uint_eq(rows->rows, 1);
}
END_TEST

static struct {
    char path[PATH_MAX];
    uint8_t text[4096];
    size_t size;
} kept;

static int
keep(void *user, const char *path, evc_error **err)
{
    evc_buf text;

    (void)user;
    (void)err;
    evc_buf_init(&text);
    EVC_CHECK_OK(evc_file_read(path, sizeof(kept.text), 0, &text, NULL));
    (void)snprintf(kept.path, sizeof(kept.path), "%s", path);
    kept.size = text.size;
    memcpy(kept.text, text.data, text.size);
    evc_buf_reset(&text);
    return 0;
}

/* The record is there again; without memory of the test's own. */
static int
put_and_recover(void *user)
{
    const evc_rescue rescue = {
        .crypto = k.crypto, .net = k.net, .drivers = cloud_drivers, .rows = rows};
    int fd = open(kept.path, O_WRONLY | O_CREAT | O_TRUNC, 0600);

    (void)user;
    if (fd < 0 || write(fd, kept.text, kept.size) != (ssize_t)kept.size)
        return ENVCRYPT_E_IO;
    (void)close(fd);
    evc_table_clear(rows);
    return evc_rescue_folder(&rescue, evc_folder, NULL);
}

/* Memory that is back at the next attempt is enough. */
START_TEST(every_failed_allocation_is_told_or_overcome)
{
    lock.enabled = true;
    kill_a_proof(1);
    EVC_CHECK_OK(evc_dangerfile_each(evc_folder, keep, NULL, NULL));
    evc_folder_put("eks-0.endangered", "{}", 0600);
    ck_assert_uint_gt(evc_alloc_sweep(put_and_recover, NULL), 20);
    ck_assert_uint_eq(rows->rows, 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        who_knows_nothing_of_the_cluster_enables_its_key,
        half_a_minute_passes_since_it_was_disabled,
        a_record_of_the_future_is_not_waited_for,
        a_key_that_is_enabled_by_now_only_loses_its_record,
        a_refusal_is_said_loudly_and_the_record_stays,
        trouble_that_passes_is_waited_out,
        trouble_that_stays_is_given_up_after_some_minutes,
        a_cancel_leaves_it_for_the_next_one,
        a_proof_that_is_at_work_is_left_alone,
        damaged_and_foreign_files_are_told_and_stop_nobody,
        a_folder_that_is_none_is_told,
        a_cloud_that_cannot_be_reached_does_not_hide_the_next_key,
        the_next_call_about_a_cluster_finds_its_own_alone,
        every_failed_allocation_is_told_or_overcome,
        NULL};
    TCase *tcase = tcase_create("rescue");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("rescue", add_tests)
