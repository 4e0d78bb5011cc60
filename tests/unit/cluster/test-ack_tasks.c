/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_tasks.h"

#include "ack-fixture.h"

#define TASKS(items) "{\"tasks\":[" items "]}"

static evc_ack_task task;
static bool found;

static int
read_text(const char *text)
{
    int rc = evc_ack_tasks_read(ack_json(text), &task, &found, NULL);

    ack_json_end();
    return rc;
}

static const struct {
    const char *text;
    int64_t ms;
} times[] = {
    {"2026-01-31T12:00:00Z", 1769860800000},
    {"2026-01-31T12:00:00+00:00", 1769860800000},
    {"2026-01-31T20:00:00+08:00", 1769860800000},
    {"2026-01-31T06:30:00-05:30", 1769860800000},
    {"2026-01-31T12:00:00", -1},
    {"2026-01-31T12:00:00+0800", -1},
    {"2026-01-31T12:00:00+a8:00", -1},
    {"2026-01-31T12:00:00*08:00", -1},
    {"2026-13-31T12:00:00Z", -1},
    {"2026-01-31", -1},
    {"", -1},
};

START_TEST(times_are_read_in_every_zone)
{
    ck_assert_int_eq(evc_ack_tasks_time(times[_i].text), times[_i].ms);
}
END_TEST

START_TEST(the_newest_task_is_the_first)
{
    EVC_CHECK_OK(read_text(
        TASKS("{\"task_id\":\"T-1\",\"state\":\"failed\",\"updated\":"
              "\"2026-01-31T20:00:00+08:00\",\"error\":{\"code\":\"Bad\",\"message\":"
              "\"no\\nway\"}},{\"task_id\":\"T-2\"}")));
    ck_assert(found);
    ck_assert_str_eq(task.id, "T-1");
    ck_assert_str_eq(task.state, "failed");
    ck_assert_str_eq(task.code, "Bad");
    ck_assert_str_eq(task.message, "no?way");
    ck_assert_int_eq(task.updated_ms, 1769860800000);
}
END_TEST

START_TEST(a_task_without_an_error_has_none)
{
    EVC_CHECK_OK(read_text(TASKS("{\"task_id\":\"T-1\",\"error\":null}")));
    ck_assert_str_eq(task.code, "");
    ck_assert_int_eq(task.updated_ms, -1);
}
END_TEST

START_TEST(there_may_be_no_task)
{
    EVC_CHECK_OK(read_text(TASKS("")));
    ck_assert(!found);
}
END_TEST

static const char *const bad[] = {"{}", "{\"tasks\":7}", TASKS("{\"task_id\":7}"),
                                  TASKS("{\"error\":{\"code\":7}}")};

START_TEST(what_is_no_list_of_tasks_is_refused)
{
    EVC_CHECK_CODE(read_text(bad[_i]), ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(texts_are_cut_to_fit)
{
    char text[1024];

    memset(text, 'a', sizeof(text));
    (void)snprintf(text, sizeof(text), TASKS("{\"error\":{\"message\":\"%0500d\"}}"),
                   0);
    EVC_CHECK_OK(read_text(text));
    ck_assert_uint_eq(strlen(task.message), sizeof(task.message) - 1);
}
END_TEST

START_TEST(one_task_is_asked_for)
{
    PLAY(REPLY(TASKS("{\"task_id\":\"T-1\"}")));
    EVC_CHECK_OK(evc_ack_tasks_newest(evc_ack_place_site(ack), CLUSTER, &t.wait, &task,
                                      &found, NULL));
    ck_assert_str_eq(asked,
                     "GET /clusters/" CLUSTER "/tasks?page_number=1&page_size=1 \n");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_newest_task_is_the_first, a_task_without_an_error_has_none,
        there_may_be_no_task,         texts_are_cut_to_fit,
        one_task_is_asked_for,        NULL};
    const ack_loop loops[] = {{times_are_read_in_every_zone, COUNT(times)},
                              {what_is_no_list_of_tasks_is_refused, COUNT(bad)},
                              {NULL, 0}};

    ack_add(suite, "ack_tasks", tests, loops);
}

EVC_TEST_MAIN("ack_tasks", add_tests)
