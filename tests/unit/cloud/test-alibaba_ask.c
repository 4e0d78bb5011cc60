/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_ask.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"

static const evc_operation_kind toy_list = EVC_ALIBABA_ASKS("ListToys");
static const evc_operation_kind toy_make = EVC_ALIBABA_ASKS_ONCE("MakeToy");

static char taken[256];
static int take_code;

static int
take_toy(void *user, const evc_json *item, evc_error **error)
{
    const char *name = NULL;
    int rc = evc_json_text(item, "Name", &name, error);

    (void)user;
    if (!rc)
        (void)snprintf(&taken[strlen(taken)], sizeof(taken) - strlen(taken), "%s ",
                       name);
    return rc ? rc : take_code;
}

static int
run_list(evc_error **error)
{
    const evc_alibaba_parameter parameters[] = {
        {"Colour", "red"}, {"Size", NULL}, {NULL, NULL}};
    const evc_alibaba_list list = {
        .kind = &toy_list, .outer = "Toys", .inner = "Toy", .take = take_toy};

    taken[0] = 0;
    return evc_alibaba_list_run(alibaba_peer, &list, parameters, NULL, &t.wait, error);
}

#define PAGE(items, total) "{\"Toys\":{\"Toy\":[" items "]},\"TotalCount\":" total "}"

START_TEST(a_request_has_the_parameters_that_have_a_value)
{
    const evc_alibaba_parameter parameters[] = {
        {"A", "1"}, {"B", NULL}, {"C", "a b"}, {NULL, NULL}};
    evc_alibaba_ask ask = {.parameters = parameters};

    PLAY(REPLY("{\"Answer\":\"yes\"}"));
    EVC_CHECK_OK(
        evc_alibaba_ask_run(alibaba_peer, &toy_make, "it", &ask, &t.wait, NULL));
    ck_assert_str_eq(asked, "MakeToy A=1&C=a%20b\n");
    ck_assert_ptr_nonnull(ask.doc);
    evc_json_free(ask.doc);
}
END_TEST

START_TEST(a_failure_leaves_no_answer)
{
    evc_alibaba_ask ask = {.parameters = NULL};

    PLAY(FAULT(400, "MissingParameter"));
    EVC_CHECK_CODE(
        evc_alibaba_ask_run(alibaba_peer, &toy_make, "it", &ask, &t.wait, &err),
        ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert_ptr_null(ask.doc);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "MakeToy for \"it\""));
}
END_TEST

START_TEST(what_makes_something_is_not_sent_twice)
{
    evc_alibaba_ask ask = {.parameters = NULL};

    PLAY({.code = ENVCRYPT_E_NET_BROKEN, .sent = true}, REPLY(DONE));
    EVC_CHECK_CODE(
        evc_alibaba_ask_run(alibaba_peer, &toy_make, NULL, &ask, &t.wait, NULL),
        ENVCRYPT_E_NET_BROKEN);
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

START_TEST(pages_are_asked_for_until_all_items_came)
{
    PLAY(REPLY(PAGE("{\"Name\":\"a\"},{\"Name\":\"b\"}", "3")),
         REPLY(PAGE("{\"Name\":\"c\"}", "3")));
    EVC_CHECK_OK(run_list(NULL));
    ck_assert_str_eq(taken, "a b c ");
    ck_assert_str_eq(asked, "ListToys Colour=red&PageNumber=1&PageSize=100\n"
                            "ListToys Colour=red&PageNumber=2&PageSize=100\n");
}
END_TEST

START_TEST(an_empty_page_is_the_end)
{
    PLAY(REPLY(PAGE("{\"Name\":\"a\"}", "9")), REPLY(PAGE("", "9")));
    EVC_CHECK_OK(run_list(NULL));
    ck_assert_str_eq(taken, "a ");
    ck_assert_uint_eq(t.started, 2);
}
END_TEST

START_TEST(an_empty_list_is_one_page)
{
    PLAY(REPLY(PAGE("", "0")));
    EVC_CHECK_OK(run_list(NULL));
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

static const char *const wrong[] = {
    DONE,
    "{\"Toys\":[],\"TotalCount\":0}",
    "{\"Toys\":{\"Toy\":{}},\"TotalCount\":0}",
    "{\"Toys\":{\"Toy\":[]}}",
    PAGE("", "-1"),
    PAGE("", "\"0\""),
    PAGE("{}", "1"),
    PAGE("1", "1"),
};

START_TEST(what_is_no_page_is_the_protocols_fault)
{
    PLAY(REPLY(wrong[_i]));
    EVC_CHECK_CODE(run_list(NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(an_item_that_is_not_taken_ends_the_list)
{
    take_code = ENVCRYPT_E_NOMEM;
    PLAY(REPLY(PAGE("{\"Name\":\"a\"},{\"Name\":\"b\"}", "3")));
    EVC_CHECK_CODE(run_list(NULL), ENVCRYPT_E_NOMEM);
    ck_assert_str_eq(taken, "a ");
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

/* The script keeps no more than 2,048 requests, so the cap is not reached by it. */
START_TEST(a_list_that_does_not_end_is_ended_by_the_deadline)
{
    PLAY({.status = 200,
          .body = PAGE("{\"Name\":\"a\"}", "2147483647"),
          .lasts_ms = 1000});
    EVC_CHECK_CODE(run_list(NULL), ENVCRYPT_E_TIMEOUT);
}
END_TEST

static int
list_once(void *user)
{
    int rc;

    (void)user;
    t.started = 0;
    rc = run_list(NULL);
    return rc == ENVCRYPT_E_PROTOCOL ? ENVCRYPT_E_NOMEM : rc;
}

START_TEST(memory_may_run_out)
{
    PLAY(REPLY(PAGE("{\"Name\":\"a\"}", "2")), REPLY(PAGE("{\"Name\":\"b\"}", "2")));
    ck_assert_uint_ge(evc_alloc_sweep(list_once, NULL), 8);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *loops = tcase_create("wrong pages");

    alibaba_add(suite, "requests",
                (const TTest *const[]){a_request_has_the_parameters_that_have_a_value,
                                       a_failure_leaves_no_answer,
                                       what_makes_something_is_not_sent_twice, NULL});
    alibaba_add(suite, "lists",
                (const TTest *const[]){
                    pages_are_asked_for_until_all_items_came, an_empty_page_is_the_end,
                    an_empty_list_is_one_page, an_item_that_is_not_taken_ends_the_list,
                    a_list_that_does_not_end_is_ended_by_the_deadline,
                    memory_may_run_out, NULL});
    tcase_add_checked_fixture(loops, alibaba_set_up, alibaba_tear_down);
    tcase_add_loop_test(loops, what_is_no_page_is_the_protocols_fault, 0,
                        (int)(sizeof(wrong) / sizeof(wrong[0])));
    suite_add_tcase(suite, loops);
}

EVC_TEST_MAIN("alibaba_ask", add_tests)
