/* SPDX-License-Identifier: Apache-2.0 */
#include "net/peer.h"

#include "evc-alloc.h"
#include "evc-child.h"
#include "scripted-net.h"

static evc_fault fault;

/* --- faults --- */

START_TEST(a_code_keeps_its_alphabet_only)
{
    evc_fault_set_code(&fault, evc_view_text("Forbidden.Key_Not-Found2"));
    ck_assert_str_eq(fault.provider_code, "Forbidden.Key_Not-Found2");
    evc_fault_set_code(&fault, evc_view_of("a b\n\"c\0:/\xc3\xa4%s", 13));
    ck_assert_str_eq(fault.provider_code, "abcs");
    evc_fault_set_code(&fault, evc_view_of(NULL, 0));
    ck_assert_str_eq(fault.provider_code, "");
}
END_TEST

START_TEST(a_request_id_has_colons_and_slashes_too)
{
    evc_fault_set_request_id(&fault, evc_view_text("1-2:3/4 5"));
    ck_assert_str_eq(fault.request_id, "1-2:3/45");
}
END_TEST

START_TEST(long_texts_are_cut)
{
    char text[EVC_FAULT_TEXT + 10];

    memset(text, 'x', sizeof(text));
    evc_fault_set_code(&fault, evc_view_of(text, EVC_FAULT_TEXT - 1));
    ck_assert_uint_eq(strlen(fault.provider_code), EVC_FAULT_TEXT - 1);
    evc_fault_set_code(&fault, evc_view_of(text, sizeof(text)));
    ck_assert_uint_eq(strlen(fault.provider_code), EVC_FAULT_TEXT - 1);
}
END_TEST

static const struct {
    int status;
    int code;
} statuses[] = {
    {0, ENVCRYPT_E_PROTOCOL},
    {101, ENVCRYPT_E_PROTOCOL},
    {199, ENVCRYPT_E_PROTOCOL},
    {200, 0},
    {204, 0},
    {299, 0},
    {300, ENVCRYPT_E_REDIRECT},
    {301, ENVCRYPT_E_REDIRECT},
    {302, ENVCRYPT_E_REDIRECT},
    {304, ENVCRYPT_E_REDIRECT},
    {307, ENVCRYPT_E_REDIRECT},
    {308, ENVCRYPT_E_REDIRECT},
    {399, ENVCRYPT_E_REDIRECT},
    {400, ENVCRYPT_E_DENIED},
    {599, ENVCRYPT_E_DENIED},
    {600, ENVCRYPT_E_PROTOCOL},
};

START_TEST(a_status_decides_who_reads_the_fault)
{
    evc_exchange x;

    evc_exchange_init(&x);
    x.status = statuses[_i].status;
    evc_fault_read(&script_protocol, &x, &fault);
    ck_assert_int_eq(fault.code, statuses[_i].code);
    ck_assert_int_eq(fault.retry_after_ms, -1);
    evc_exchange_reset(&x);
}
END_TEST

START_TEST(a_reply_without_a_code_is_no_reply_of_the_service)
{
    evc_exchange x;

    evc_exchange_init(&x);
    x.status = 400;
    evc_buf_put_text(&x.reply, "Unknown");
    evc_fault_read(&script_protocol, &x, &fault);
    ck_assert_int_eq(fault.code, ENVCRYPT_E_PROTOCOL);
    ck_assert_int_eq(fault.verdict, EVC_VERDICT_FAIL);
    evc_exchange_reset(&x);
}
END_TEST

/* --- peers --- */

static size_t closed;

static void
count_close(void *state)
{
    script_expect(state == &closed);
    closed++;
}

static const evc_protocol closing = {.provider = "toy", .close = count_close};

START_TEST(the_last_reference_closes_the_state)
{
    evc_peer *peer;

    closed = 0;
    EVC_CHECK_OK(
        evc_peer_open(t.net, t.endpoint, &closing, &closed, NULL, &peer, NULL));
    ck_assert_ptr_eq(evc_peer_ref(peer), peer);
    evc_peer_unref(peer);
    ck_assert_uint_eq(closed, 0);
    evc_peer_unref(peer);
    ck_assert_uint_eq(closed, 1);
    evc_peer_unref(NULL);
    ck_assert_ptr_null(evc_peer_ref(NULL));
}
END_TEST

START_TEST(rules_come_from_the_client_or_the_caller)
{
    evc_retry rules;
    evc_peer *peer;

    ck_assert_uint_eq(t.peer->retry.max_attempts, 3);
    ck_assert_int_eq(t.peer->retry.base_ms, 50);
    evc_retry_defaults(&rules);
    rules.max_attempts = 9;
    EVC_CHECK_OK(
        evc_peer_open(t.net, t.endpoint, &script_protocol, NULL, &rules, &peer, NULL));
    ck_assert_uint_eq(peer->retry.max_attempts, 9);
    evc_peer_unref(peer);
}
END_TEST

static int
open_peer(void *unused)
{
    evc_peer *peer = NULL;
    int rc = evc_peer_open(t.net, t.endpoint, &closing, &closed, NULL, &peer, NULL);

    (void)unused;
    if (rc && closed) /* the state stays the caller's */
        return ENVCRYPT_E_INTERNAL;
    evc_peer_unref(peer);
    closed = 0;
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    closed = 0;
    ck_assert_uint_gt(evc_alloc_sweep(open_peer, NULL), 0);
}
END_TEST

static int
unref_in_child(void *peer)
{
    evc_peer_unref(peer);
    return closed == 1 ? 0 : 1;
}

START_TEST(a_child_of_fork_may_free_it)
{
    evc_peer *peer;

    closed = 0;
    EVC_CHECK_OK(
        evc_peer_open(t.net, t.endpoint, &closing, &closed, NULL, &peer, NULL));
    EVC_CHECK_CHILD(unref_in_child, peer);
    evc_peer_unref(peer);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_code_keeps_its_alphabet_only,
        a_request_id_has_colons_and_slashes_too,
        long_texts_are_cut,
        a_reply_without_a_code_is_no_reply_of_the_service,
        the_last_reference_closes_the_state,
        rules_come_from_the_client_or_the_caller,
        survives_any_failed_allocation,
        a_child_of_fork_may_free_it,
    };
    TCase *tcase = tcase_create("peer");

    tcase_add_checked_fixture(tcase, script_set_up, script_tear_down);
    for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_status_decides_who_reads_the_fault, 0,
                        (int)(sizeof(statuses) / sizeof(statuses[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("peer", add_tests)
