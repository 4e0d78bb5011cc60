/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_users.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

#define STRANGER "c00000000000000000000000000000001"
#define SELF DETAIL_OF("running", ON)
#define BESIDE(state, meta)                                                          \
    "{\"cluster_id\":\"" STRANGER "\",\"state\":\"" state "\",\"meta_data\":\"" meta \
    "\"}"

static const struct {
    const char *cluster;
    evc_ack_tie tie;
} ties[] = {
    {BESIDE("running", ON), EVC_ACK_TIED},
    {BESIDE("running", ON_UNDER(ARN)), EVC_ACK_TIED},
    {BESIDE("running", OFF), EVC_ACK_TIED},
    {BESIDE("updating", ON), EVC_ACK_TIED},
    {BESIDE("running", PLAIN), EVC_ACK_APART},
    {BESIDE("running", ON_UNDER(OTHER_ID)), EVC_ACK_APART},
    {BESIDE("updating", ON_UNDER(OTHER_ID)), EVC_ACK_COMING},
    {BESIDE("initial", PLAIN), EVC_ACK_COMING},
    {BESIDE("deleting", PLAIN), EVC_ACK_APART},
    {BESIDE("running", ON_UNDER("alias/shop")), EVC_ACK_ANY},
};

START_TEST(a_cluster_is_tied_to_what_its_capabilities_name)
{
    static const char *const keys[] = {KEY_ID, ARN};
    evc_ack_detail detail;

    for (size_t i = 0; i < 2; i++) {
        EVC_CHECK_OK(evc_ack_detail_read(ack_json(ties[_i].cluster), &detail, NULL));
        ck_assert_int_eq(evc_ack_users_tie(&detail, keys[i]), ties[_i].tie);
        evc_ack_detail_reset(&detail);
        ack_json_end();
    }
}
END_TEST

static evc_ack_others others;

static int
look(void)
{
    return evc_ack_users_others(evc_ack_place_site(ack), ARN, CLUSTER, &t.wait, &others,
                                &err);
}

START_TEST(the_cluster_itself_is_no_other)
{
    PLAY(REPLY(LIST_OF("1", SELF)));
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(others.count, 0);
    ck_assert_str_eq(others.unsure, "");
}
END_TEST

START_TEST(another_one_is_named)
{
    PLAY(REPLY(LIST_OF("2", SELF "," BESIDE("running", OFF))));
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(others.count, 1);
    ck_assert_str_eq(others.first, STRANGER);
}
END_TEST

static const struct {
    step reply;
    const char *told;
} unsure[] = {
    {REPLY(LIST_OF("1", BESIDE("updating", PLAIN))), STRANGER " may be one"},
    {REPLY(LIST_OF("1", BESIDE("running", ON_UNDER("alias/x")))), "may be one"},
    {REPLY(LIST_OF("1", BESIDE("running", "7"))), "could not be listed"},
    {FAULT(403, "StatusForbidden"), "could not be listed"},
    {FAULT(404, "Gone"), "could not be listed"},
};

START_TEST(what_cannot_be_known_is_told)
{
    script_play(&unsure[_i].reply, 1);
    EVC_CHECK_OK(look());
    ck_assert_uint_eq(others.count, 0);
    ck_assert_msg(strstr(others.unsure, unsure[_i].told) != NULL, "%s", others.unsure);
}
END_TEST

START_TEST(a_cancel_ends_it)
{
    evc_wait_cancel(&t.wait);
    EVC_CHECK_CODE(look(), ENVCRYPT_E_CANCELED);
}
END_TEST

static int
look_once(void *user)
{
    (void)user;
    t.started = 0;
    asked[0] = '\0';
    return evc_ack_users_others(evc_ack_place_site(ack), ARN, CLUSTER, &t.wait, &others,
                                NULL);
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY(LIST_OF("2", SELF "," BESIDE("running", ON))));
    ck_assert_uint_gt(evc_alloc_sweep(look_once, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_cluster_itself_is_no_other, another_one_is_named,
                                  a_cancel_ends_it, survives_memory_that_runs_out,
                                  NULL};
    const ack_loop loops[] = {
        {a_cluster_is_tied_to_what_its_capabilities_name, COUNT(ties)},
        {what_cannot_be_known_is_told, COUNT(unsure)},
        {NULL, 0}};

    ack_add(suite, "ack_users", tests, loops);
}

EVC_TEST_MAIN("ack_users", add_tests)
