/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/danger.h"

#include <stdlib.h>

#include "base/text.h"
#include "cluster/summed.h"
#include "evc-alloc.h"
#include "record-fixture.h"

static evc_danger danger;
static evc_danger got;
static evc_kv options;
static evc_buf text;
static evc_error *error;

static void
option(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_kv_set_text(&options, name, value, NULL));
}

static void
set_up(void)
{
    record_set_up();
    evc_danger_init(&danger);
    evc_danger_init(&got);
    evc_kv_init(&options);
    evc_buf_init(&text);
    error = NULL;
    EVC_CHECK_OK(evc_text_set(&danger.uri, "iks://mine", NULL));
    EVC_CHECK_OK(evc_text_set(&danger.cluster, "c1", NULL));
    EVC_CHECK_OK(evc_text_set(&danger.name, "mine", NULL));
    EVC_CHECK_OK(evc_text_set(&danger.key, "crn:key", NULL));
    danger.since_ms = 1700000000000;
    danger.until_ms = 1700014400000;
    option("endpoint-url", "https://private.us-south.containers.cloud.ibm.com/global");
    option("resource-group", "g");
}

static void
tear_down(void)
{
    evc_danger_reset(&danger);
    evc_danger_reset(&got);
    evc_kv_reset(&options);
    evc_buf_reset(&text);
    evc_error_free(error);
    record_tear_down();
}

static void
write_it(void)
{
    EVC_CHECK_OK(evc_danger_take_options(&danger, &options, NULL));
    EVC_CHECK_OK(evc_danger_write(crypto, &danger, &text, NULL));
}

static int
read_it(void)
{
    evc_danger_reset(&got);
    return evc_danger_read(crypto, evc_buf_view(&text), &got, &error);
}

static const char *
got_option(const char *name)
{
    return evc_kv_text(&got.options, evc_view_text(name));
}

START_TEST(what_was_written_is_read)
{
    write_it();
    EVC_CHECK_OK(read_it());
    ck_assert_str_eq(got.uri, "iks://mine");
    ck_assert_str_eq(got.cluster, "c1");
    ck_assert_str_eq(got.name, "mine");
    ck_assert_str_eq(got.key, "crn:key");
    ck_assert_int_eq(got.since_ms, danger.since_ms);
    ck_assert_int_eq(got.until_ms, danger.until_ms);
    ck_assert_uint_eq(got.options.count, 2);
    ck_assert_str_eq(got_option("resource-group"), "g");
}
END_TEST

START_TEST(only_what_leads_to_the_cloud_is_written)
{
    option("kubeconfig", "/k");
    option("context", "c");
    option("allow-exec", "true");
    option("state-dir", "/s");
    option("rescue-dir", "/r");
    option("proxy", "http://proxy:3128");
    write_it();
    EVC_CHECK_OK(read_it());
    ck_assert_uint_eq(got.options.count, 3);
    ck_assert_str_eq(got_option("proxy"), "http://proxy:3128");
}
END_TEST

START_TEST(the_password_of_a_proxy_is_not_written)
{
    option("proxy", "http://me:geheim@proxy:3128");
    write_it();
    evc_buf_put_u8(&text, 0);
    ck_assert_ptr_null(strstr((const char *)text.data, "geheim"));
}
END_TEST

START_TEST(any_changed_byte_is_seen)
{
    write_it();
    for (size_t i = 0; i < text.size; i++) {
        text.data[i] ^= 1;
        EVC_CHECK_CODE(read_it(), ENVCRYPT_E_CLUSTER_STATE);
        evc_error_free(error);
        error = NULL;
        text.data[i] ^= 1;
    }
    ck_assert_ptr_null(got.key);
}
END_TEST

static void
sum(const char *object)
{
    evc_buf_clear(&text);
    EVC_CHECK_OK(evc_summed_put(crypto, evc_view_text(object), &text, NULL));
}

START_TEST(what_is_not_of_this_form_is_refused)
{
    static const char *const objects[] = {
        "{\n  \"format\": \"envcrypt-endangered-2\"\n}\n",
        "{\n  \"format\": \"envcrypt-endangered-1\"\n}\n",
        "{\n  \"format\": \"envcrypt-endangered-1\", \"uri\": 1\n}\n",
        "{\n  \"format\": \"envcrypt-endangered-1\", \"uri\": \"a\", \"cluster\": "
        "\"\", "
        "\"name\": \"\", \"key\": \"\", \"since_ms\": 1, \"until_ms\": 1, \"options\": "
        "{\"a\": 1}\n}\n",
        "{\n  \"format\": \"envcrypt-endangered-1\", \"uri\": \"a\", \"cluster\": "
        "\"\", "
        "\"name\": \"\", \"key\": \"\", \"since_ms\": -2, \"until_ms\": 1, "
        "\"options\": "
        "{}\n}\n",
        "[\n  1\n}\n",
    };

    for (size_t i = 0; i < sizeof(objects) / sizeof(objects[0]); i++) {
        sum(objects[i]);
        EVC_CHECK_CODE(read_it(), ENVCRYPT_E_CLUSTER_STATE);
        evc_error_free(error);
        error = NULL;
    }
}
END_TEST

static void
fill(size_t size)
{
    char *value = malloc(size + 1);

    ck_assert_ptr_nonnull(value);
    memset(value, 'x', size);
    value[size] = '\0';
    option("ca-file", value);
    free(value);
    EVC_CHECK_OK(evc_danger_take_options(&danger, &options, NULL));
    evc_buf_clear(&text);
}

/* As long as it can be, and a byte more. */
START_TEST(options_fit_up_to_a_limit)
{
    size_t object;

    fill(10);
    EVC_CHECK_OK(evc_danger_write(crypto, &danger, &text, NULL));
    object = text.size - 80 + 3; /* without its sum */
    fill(10 + EVC_DANGER_MAX / 2 - object);
    EVC_CHECK_OK(evc_danger_write(crypto, &danger, &text, NULL));
    EVC_CHECK_OK(read_it());
    fill(11 + EVC_DANGER_MAX / 2 - object);
    EVC_CHECK_CODE(evc_danger_write(crypto, &danger, &text, &error),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
write_and_read(void *user)
{
    int rc = evc_danger_take_options(&danger, &options, NULL);

    (void)user;
    evc_buf_reset(&text);
    evc_danger_reset(&got);
    if (rc == 0)
        rc = evc_danger_write(crypto, &danger, &text, NULL);
    return rc ? rc : evc_danger_read(crypto, evc_buf_view(&text), &got, NULL);
}

START_TEST(every_failed_allocation_is_told)
{
    ck_assert_uint_gt(evc_alloc_sweep(write_and_read, NULL), 6);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {what_was_written_is_read,
                                  only_what_leads_to_the_cloud_is_written,
                                  the_password_of_a_proxy_is_not_written,
                                  any_changed_byte_is_seen,
                                  what_is_not_of_this_form_is_refused,
                                  options_fit_up_to_a_limit,
                                  every_failed_allocation_is_told,
                                  NULL};
    TCase *tcase = tcase_create("danger");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("danger", add_tests)
