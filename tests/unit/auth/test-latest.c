/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/latest.h"

#include "evc-alloc.h"
#include "evc-child.h"
#include "served-net.h"

static int fetches;
static evc_latest *latest;

/* Credentials whose id is the number of the fetch. */
static int
fetch(void *state, evc_net *its_net, int64_t now_ms, evc_wait *wait, evc_creds **out,
      evc_error **err)
{
    char id[16];
    evc_creds_parts parts = {.expires_ms = EVC_CREDS_NEVER, .source = "test"};

    (void)state;
    (void)its_net;
    (void)now_ms;
    (void)wait;
    (void)snprintf(id, sizeof id, "%d", ++fetches);
    parts.id = evc_view_text(id);
    return evc_creds_new(env->arena, &parts, out, err);
}

static const evc_source source = {.name = "test", .fetch = fetch};
static const evc_chain_rules rules = {.provider = "test", .none = ""};

static int
open_it(evc_error **err)
{
    evc_chain *chain;
    int rc = evc_chain_new(net, &rules, &chain, err);

    if (rc)
        return rc;
    rc = evc_chain_add(chain, &source, NULL, err);
    if (!rc)
        rc = evc_latest_open(chain, &latest, err);
    evc_chain_unref(chain);
    return rc;
}

static void
set_up(void)
{
    served_net_open();
    fetches = 0;
    EVC_CHECK_OK(open_it(NULL));
}

static void
tear_down(void)
{
    evc_latest_close(latest);
    served_net_close();
}

/* The exchange's path is the id of what signed it. */
static bool
signed_by(const evc_exchange *x, const evc_creds *creds)
{
    return evc_view_is_text(evc_buf_view(&x->path), creds->id);
}

static bool
refuse(const char *id)
{
    evc_exchange x;
    bool others;

    evc_exchange_init(&x);
    evc_buf_put_text(&x.path, id);
    others = evc_latest_refuse(latest, &x, signed_by);
    evc_exchange_reset(&x);
    return others;
}

static void
check_gives(const char *id)
{
    evc_creds *creds;

    EVC_CHECK_OK(evc_latest_get(latest, &wait_of_test, &creds, NULL));
    ck_assert_str_eq(creds->id, id);
    evc_creds_unref(creds);
}

START_TEST(gives_what_the_chain_keeps)
{
    check_gives("1");
    check_gives("1");
}
END_TEST

START_TEST(what_was_refused_is_not_given_again)
{
    check_gives("1");
    ck_assert(refuse("1"));
    check_gives("2");
}
END_TEST

START_TEST(newer_ones_stay_when_older_were_refused)
{
    check_gives("1");
    ck_assert(refuse("1"));
    check_gives("2");
    ck_assert(refuse("1"));
    check_gives("2");
}
END_TEST

START_TEST(before_the_first_nothing_is_refused)
{
    ck_assert(refuse("1"));
    check_gives("1");
}
END_TEST

START_TEST(close_of_none_is_fine)
{
    evc_latest_close(NULL);
}
END_TEST

static int
close_in_child(void *user)
{
    (void)user;
    evc_latest_close(latest);
    return 0;
}

START_TEST(a_child_of_fork_may_close_it)
{
    check_gives("1");
    EVC_CHECK_CHILD(close_in_child, NULL);
}
END_TEST

static int
open_once(void *user)
{
    evc_latest *before = latest;
    int rc = open_it(NULL);

    (void)user;
    if (!rc)
        evc_latest_close(latest);
    latest = before;
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(open_once, NULL), 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        gives_what_the_chain_keeps,
        what_was_refused_is_not_given_again,
        newer_ones_stay_when_older_were_refused,
        before_the_first_nothing_is_refused,
        close_of_none_is_fine,
        a_child_of_fork_may_close_it,
        survives_memory_that_runs_out,
        NULL,
    };
    TCase *tcase = tcase_create("latest");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("latest", add_tests)
