/* SPDX-License-Identifier: Apache-2.0 */
/* Lanes and their borrowers, with a transport that only counts. */
#include <pthread.h>

#include "evc-alloc.h"
#include "evc-check.h"
#include "evc-child.h"
#include "net/net.h"

#define IDLE_LANES 16

static evc_env *env;
static evc_net *net;
static evc_net_settings settings;
static atomic_int opened;
static atomic_int closed;
static int destroyed;
static bool fails;
static const evc_net_settings *_Atomic given;

static int
open_lane(void *state, evc_env *of, const evc_net_settings *told, void **lane,
          evc_error **err)
{
    ck_assert_ptr_eq(state, &destroyed);
    ck_assert_ptr_eq(of, env);
    given = told;
    if (fails)
        return evc_err_nomem(err);
    opened++;
    *lane = &opened;
    return 0;
}

static void
close_lane(void *lane)
{
    (void)lane;
    closed++;
}

static const evc_transport counting = {.open = open_lane, .close = close_lane};

static void
destroy(void *state)
{
    ck_assert_ptr_eq(state, &destroyed);
    destroyed++;
}

static void
open_net(void)
{
    EVC_CHECK_OK(
        evc_net_open(env, &settings, &counting, &destroyed, destroy, &net, NULL));
}

static void
setup(void)
{
    opened = 0;
    closed = 0;
    destroyed = 0;
    settings = (evc_net_settings){.fast = false};
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    open_net();
}

static void
teardown(void)
{
    evc_net_unref(net);
    evc_env_unref(env);
}

static evc_lane *
borrow(void)
{
    evc_lane *lane;

    EVC_CHECK_OK(evc_net_borrow(net, &lane, NULL));
    ck_assert_ptr_nonnull(lane);
    return lane;
}

START_TEST(settings_that_are_zero_have_defaults)
{
    const evc_net_settings *own = evc_net_get_settings(net);

    ck_assert_uint_eq(own->max_connections, 16);
    ck_assert_uint_eq(own->max_attempts, 3);
    ck_assert_int_eq(own->deadline_ms, 30000);
    ck_assert(!own->fast);
}
END_TEST

START_TEST(settings_are_copied)
{
    char proxy[] = "http://p:1";

    evc_net_unref(net);
    settings = (evc_net_settings){.link = {.proxy = proxy},
                                  .fast = true,
                                  .max_connections = 2,
                                  .max_attempts = 5,
                                  .deadline_ms = 7};
    open_net();
    proxy[0] = 'x';
    evc_net_give_back(net, borrow(), true);
    ck_assert_ptr_eq(given, evc_net_get_settings(net));
    ck_assert_str_eq(atomic_load(&given)->link.proxy, "http://p:1");
    ck_assert(atomic_load(&given)->fast);
    ck_assert_uint_eq(atomic_load(&given)->max_connections, 2);
    ck_assert_uint_eq(atomic_load(&given)->max_attempts, 5);
    ck_assert_int_eq(atomic_load(&given)->deadline_ms, 7);
}
END_TEST

START_TEST(what_it_holds_is_handed_out)
{
    ck_assert_ptr_eq(evc_net_env(net), env);
    ck_assert_ptr_nonnull(evc_net_meter(net));
    ck_assert_ptr_nonnull(evc_net_skew(net));
}
END_TEST

START_TEST(budget_of_the_settings_is_the_meters)
{
    evc_net_unref(net);
    settings.call_budget = 1;
    open_net();
    EVC_CHECK_OK(evc_meter_spend(evc_net_meter(net), NULL));
    EVC_CHECK_CODE(evc_meter_spend(evc_net_meter(net), NULL), ENVCRYPT_E_CALL_BUDGET);
}
END_TEST

START_TEST(lane_is_lent_again)
{
    evc_lane *lane = borrow();

    ck_assert_ptr_eq(lane->transport, &counting);
    evc_net_give_back(net, lane, true);
    ck_assert_ptr_eq(borrow(), lane);
    evc_net_give_back(net, lane, true);
    ck_assert_int_eq(opened, 1);
    ck_assert_int_eq(closed, 0);
}
END_TEST

START_TEST(lane_that_is_not_healthy_is_closed)
{
    evc_net_give_back(net, borrow(), false);
    ck_assert_int_eq(closed, 1);
    evc_net_give_back(net, borrow(), true);
    ck_assert_int_eq(opened, 2);
}
END_TEST

START_TEST(borrowers_at_one_time_have_lanes_of_their_own)
{
    evc_lane *one = borrow();
    evc_lane *other = borrow();

    ck_assert_ptr_ne(one, other);
    evc_net_give_back(net, one, true);
    evc_net_give_back(net, other, true);
    /* The warmest is lent first. */
    ck_assert_ptr_eq(borrow(), other);
    evc_net_give_back(net, other, true);
}
END_TEST

START_TEST(idle_lanes_are_limited)
{
    evc_lane *lanes[IDLE_LANES + 3];

    for (size_t i = 0; i < IDLE_LANES + 3; i++)
        lanes[i] = borrow();
    for (size_t i = 0; i < IDLE_LANES + 3; i++)
        evc_net_give_back(net, lanes[i], true);
    ck_assert_int_eq(closed, 3);
}
END_TEST

START_TEST(last_reference_closes_lanes_and_destroys)
{
    evc_net_give_back(net, borrow(), true);
    evc_net_unref(evc_net_ref(net));
    ck_assert_int_eq(closed + destroyed, 0);
    evc_net_unref(net);
    net = NULL;
    ck_assert_int_eq(closed, 1);
    ck_assert_int_eq(destroyed, 1);
    evc_net_unref(NULL);
}
END_TEST

START_TEST(transport_that_does_not_open_is_told)
{
    evc_lane *lane;

    fails = true;
    EVC_CHECK_CODE(evc_net_borrow(net, &lane, NULL), ENVCRYPT_E_NOMEM);
    ck_assert_ptr_null(lane);
    fails = false;
}
END_TEST

static void *
borrow_often(void *user)
{
    (void)user;
    for (int i = 0; i < 2000; i++) {
        evc_lane *lane;

        if (evc_net_borrow(net, &lane, NULL) != 0)
            return user;
        evc_net_give_back(net, lane, i % 100 != 0);
    }
    return NULL;
}

START_TEST(threads_borrow_at_one_time)
{
    pthread_t threads[8];

    for (size_t i = 0; i < 8; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, borrow_often, &threads), 0);
    for (size_t i = 0; i < 8; i++) {
        void *result;

        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_ptr_null(result);
    }
    evc_net_unref(net);
    net = NULL;
    ck_assert_int_eq(opened, closed);
}
END_TEST

static int
in_child(void *user)
{
    evc_lane *lane;

    if (evc_net_borrow(net, &lane, NULL) != ENVCRYPT_E_FORKED)
        return 1;
    evc_net_give_back(net, user, true);
    evc_net_unref(net);
    evc_env_unref(env);
    return destroyed ? 2 : 0;
}

START_TEST(child_of_fork_borrows_nothing_and_frees_all)
{
    evc_lane *lane = borrow();

    EVC_CHECK_CHILD(in_child, lane);
    evc_net_give_back(net, lane, true);
}
END_TEST

/* Check allocates, so nothing is asserted here. */
static int
open_quietly(void *state, evc_env *of, const evc_net_settings *told, void **lane,
             evc_error **err)
{
    (void)of;
    (void)told;
    (void)err;
    *lane = state;
    return 0;
}

static const evc_transport quiet = {.open = open_quietly, .close = close_lane};

static int
open_and_borrow(void *user)
{
    evc_net *own;
    evc_lane *lane;
    int rc = evc_net_open(env, user, &quiet, NULL, NULL, &own, NULL);

    if (rc)
        return rc;
    rc = evc_net_borrow(own, &lane, NULL);
    if (!rc)
        evc_net_give_back(own, lane, true);
    evc_net_unref(own);
    return rc;
}

START_TEST(memory_that_runs_out_is_nomem)
{
    settings.link.proxy = "http://p:1";
    settings.link.ca_file = "ca.pem";
    ck_assert_uint_ge(evc_alloc_sweep(open_and_borrow, &settings), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        settings_that_are_zero_have_defaults,
        settings_are_copied,
        what_it_holds_is_handed_out,
        budget_of_the_settings_is_the_meters,
        lane_is_lent_again,
        lane_that_is_not_healthy_is_closed,
        borrowers_at_one_time_have_lanes_of_their_own,
        idle_lanes_are_limited,
        last_reference_closes_lanes_and_destroys,
        transport_that_does_not_open_is_told,
        threads_borrow_at_one_time,
        child_of_fork_borrows_nothing_and_frees_all,
        memory_that_runs_out_is_nomem,
        NULL,
    };
    TCase *tcase = tcase_create("net");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, setup, teardown);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("net", add_tests)
