/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/chain.h"

#include <pthread.h>
#include <unistd.h>

#include "base/threads.h"
#include "evc-alloc.h"
#include "evc-child.h"
#include "some-net.h"

#define HOUR ((int64_t)3600000)
#define MINUTE ((int64_t)60000)

/* A source that does what the test says. */
typedef struct script {
    atomic_int asked;
    atomic_int closed;
    int code;      /* instead of credentials */
    int64_t lives; /* ms from now; 0 = never ends */
    bool fixed;
    bool blocks;  /* until the gate opens, or the wait ends */
    bool cancels; /* the wait */
} script;

static script first;
static script second;
static atomic_bool gate;
static evc_chain *chain;
static const evc_chain_rules rules = {"aws", 15 * MINUTE, 10 * MINUTE, "do this"};

static int
block(evc_wait *wait, evc_error **err)
{
    int rc = 0;

    while (rc == 0 && !atomic_load(&gate))
        rc = evc_wait_sleep_for(wait, 2, err);
    return rc;
}

static int
fetch(void *state, evc_net *of, int64_t now_ms, evc_wait *wait, evc_creds **out,
      evc_error **err)
{
    script *s = state;
    int asked = atomic_fetch_add(&s->asked, 1) + 1;
    char id[32];
    evc_creds_parts parts = {.secret = evc_view_text("secret"), .source = "script"};
    int rc = s->blocks ? block(wait, err) : 0;

    if (s->cancels)
        evc_wait_cancel(wait);
    s->cancels = false;
    if (rc)
        return rc;
    if (s->code == EVC_NOT_CONFIGURED)
        return s->code;
    if (s->code) {
        rc = evc_err(err, s->code, "the script fails");
        if (err)
            evc_err_set_provider(*err, "Throttling", "req-1", 400);
        return rc;
    }
    (void)snprintf(id, sizeof(id), "ID%d", asked);
    parts.id = evc_view_text(id);
    parts.fixed = s->fixed;
    parts.expires_ms = s->lives ? now_ms + s->lives : EVC_CREDS_NEVER;
    return evc_creds_new(evc_net_env(of)->arena, &parts, out, err);
}

static void
close_script(void *state)
{
    script *s = state;

    atomic_fetch_add(&s->closed, 1);
}

static const evc_source scripted = {"script", fetch, close_script, false};
static const evc_source late = {"late", fetch, close_script, true};

static void
setup(void)
{
    open_net();
    memset(&first, 0, sizeof(first));
    memset(&second, 0, sizeof(second));
    atomic_store(&gate, false);
    EVC_CHECK_OK(evc_chain_new(net, &rules, &chain, NULL));
}

static void
teardown(void)
{
    evc_chain_unref(chain);
    close_net();
}

static void
add(const evc_source *source, script *s)
{
    EVC_CHECK_OK(evc_chain_add(chain, source, s, NULL));
}

/* The access key that is given now. */
static const char *
get(void)
{
    static char id[32];
    evc_creds *c = NULL;

    EVC_CHECK_OK(evc_chain_get(chain, NULL, &c, NULL));
    (void)snprintf(id, sizeof(id), "%s", c->id);
    evc_creds_unref(c);
    return id;
}

static void
check_fails(int code, const char *with)
{
    evc_error *err = NULL;
    evc_creds *c = NULL;

    EVC_CHECK_CODE(evc_chain_get(chain, NULL, &c, &err), code);
    ck_assert_ptr_null(c);
    ck_assert_msg(strstr(evc_error_message(err), with) != NULL, "%s",
                  evc_error_message(err));
    evc_error_free(err);
}

static void
pass_time(int64_t ms)
{
    atomic_fetch_add(&wall_now, ms);
}

/* --- order ------------------------------------------------------------------------ */

START_TEST(the_first_configured_source_gives)
{
    first.code = EVC_NOT_CONFIGURED;
    add(&scripted, &first);
    add(&scripted, &second);
    ck_assert_str_eq(get(), "ID1");
    ck_assert_int_eq(first.asked, 1);
}
END_TEST

START_TEST(a_configured_source_that_fails_ends_the_chain)
{
    first.code = ENVCRYPT_E_BAD_CREDENTIALS;
    add(&scripted, &first);
    add(&scripted, &second);
    check_fails(ENVCRYPT_E_BAD_CREDENTIALS, "the script fails");
    ck_assert_int_eq(second.asked, 0);
}
END_TEST

START_TEST(no_configured_source_says_where_was_looked)
{
    first.code = EVC_NOT_CONFIGURED;
    second.code = EVC_NOT_CONFIGURED;
    add(&scripted, &first);
    add(&late, &second);
    check_fails(ENVCRYPT_E_NO_CREDENTIALS, "script, late");
    check_fails(ENVCRYPT_E_NO_CREDENTIALS, "do this");
}
END_TEST

START_TEST(a_chain_without_sources_says_so)
{
    check_fails(ENVCRYPT_E_NO_CREDENTIALS, "switched off");
}
END_TEST

START_TEST(more_sources_than_fit_are_refused)
{
    for (int i = 0; i < 16; i++)
        add(&scripted, &first);
    EVC_CHECK_CODE(evc_chain_add(chain, &scripted, &second, NULL), ENVCRYPT_E_INTERNAL);
}
END_TEST

START_TEST(each_source_is_closed_once)
{
    add(&scripted, &first);
    add(&scripted, &second);
    evc_chain_unref(evc_chain_ref(chain));
    ck_assert_int_eq(first.closed, 0);
    evc_chain_unref(chain);
    ck_assert_int_eq(first.closed, 1);
    ck_assert_int_eq(second.closed, 1);
    EVC_CHECK_OK(evc_chain_new(net, &rules, &chain, NULL));
}
END_TEST

/* --- keeping and renewing --------------------------------------------------------- */

START_TEST(credentials_without_end_are_asked_for_once)
{
    add(&scripted, &first);
    (void)get();
    pass_time(1000 * HOUR);
    ck_assert_str_eq(get(), "ID1");
}
END_TEST

START_TEST(fresh_ones_are_kept_up_to_the_advisory_window)
{
    first.lives = HOUR;
    add(&scripted, &first);
    (void)get();
    pass_time(45 * MINUTE - 1);
    ck_assert_str_eq(get(), "ID1");
}
END_TEST

START_TEST(the_advisory_window_renews)
{
    first.lives = HOUR;
    add(&scripted, &first);
    (void)get();
    pass_time(45 * MINUTE);
    ck_assert_str_eq(get(), "ID2");
}
END_TEST

START_TEST(short_lives_are_renewed_in_their_second_half)
{
    first.lives = 15 * MINUTE;
    add(&scripted, &first);
    (void)get();
    pass_time(15 * MINUTE / 2 - 1);
    ck_assert_str_eq(get(), "ID1");
    pass_time(1);
    ck_assert_str_eq(get(), "ID2");
}
END_TEST

static void
fail_after(int64_t ms)
{
    first.lives = HOUR;
    add(&scripted, &first);
    (void)get();
    pass_time(ms);
    first.code = ENVCRYPT_E_CREDENTIALS_DOWN;
}

START_TEST(a_failed_renewal_keeps_the_old_ones_in_the_advisory_window)
{
    fail_after(45 * MINUTE);
    ck_assert_str_eq(get(), "ID1");
}
END_TEST

START_TEST(a_failed_renewal_keeps_the_old_ones_until_they_expire)
{
    fail_after(HOUR - 1);
    ck_assert_str_eq(get(), "ID1");
}
END_TEST

START_TEST(a_failed_renewal_of_expired_ones_is_its_error)
{
    fail_after(HOUR);
    check_fails(ENVCRYPT_E_CREDENTIALS_DOWN, "the script fails");
}
END_TEST

START_TEST(a_failed_renewal_is_a_warning)
{
    fail_after(45 * MINUTE);
    (void)get();
    ck_assert_int_eq(warnings, 1);
    ck_assert_ptr_nonnull(strstr(logged, "the script fails"));
}
END_TEST

START_TEST(a_failed_renewal_is_not_tried_again_at_once)
{
    fail_after(45 * MINUTE);
    (void)get();
    pass_time(EVC_CHAIN_PAUSE_MS - 1);
    (void)get();
    ck_assert_int_eq(first.asked, 2);
    pass_time(1);
    (void)get();
    ck_assert_int_eq(first.asked, 3);
}
END_TEST

START_TEST(ones_that_are_expired_when_they_come_are_refused)
{
    first.lives = -1;
    add(&scripted, &first);
    check_fails(ENVCRYPT_E_CREDENTIALS_DOWN, "clock");
}
END_TEST

START_TEST(fixed_ones_that_expired_are_the_owners_to_mend)
{
    first.lives = -1;
    first.fixed = true;
    add(&scripted, &first);
    check_fails(ENVCRYPT_E_BAD_CREDENTIALS, "2023-11-14T22:13:19Z");
}
END_TEST

/* --- instance metadata in an outage ----------------------------------------------- */

START_TEST(late_ones_are_used_for_more_than_a_quarter_of_an_hour)
{
    first.lives = -HOUR;
    add(&late, &first);
    ck_assert_str_eq(get(), "ID1");
    pass_time(17 * MINUTE - 1);
    ck_assert_str_eq(get(), "ID1");
}
END_TEST

START_TEST(late_ones_are_asked_for_again_within_25_minutes)
{
    first.lives = -HOUR;
    add(&late, &first);
    (void)get();
    pass_time(25 * MINUTE + 1);
    ck_assert_str_eq(get(), "ID2");
}
END_TEST

START_TEST(late_ones_go_on_while_their_service_is_away)
{
    first.lives = HOUR;
    add(&late, &first);
    (void)get();
    pass_time(2 * HOUR);
    first.code = ENVCRYPT_E_CREDENTIALS_DOWN;
    ck_assert_str_eq(get(), "ID1");
    pass_time(17 * MINUTE - 1);
    ck_assert_str_eq(get(), "ID1");
    ck_assert_int_eq(first.asked, 2);
}
END_TEST

/* --- refusal ---------------------------------------------------------------------- */

START_TEST(refused_ones_are_dropped)
{
    evc_creds *c = NULL;

    add(&scripted, &first);
    EVC_CHECK_OK(evc_chain_get(chain, NULL, &c, NULL));
    ck_assert(evc_chain_refuse(chain, c));
    evc_creds_unref(c);
    ck_assert_str_eq(get(), "ID2");
}
END_TEST

START_TEST(refusing_old_ones_leaves_the_new_ones)
{
    evc_creds *c = NULL;

    add(&scripted, &first);
    EVC_CHECK_OK(evc_chain_get(chain, NULL, &c, NULL));
    ck_assert(evc_chain_refuse(chain, c));
    (void)get();
    ck_assert(evc_chain_refuse(chain, c));
    evc_creds_unref(c);
    ck_assert_str_eq(get(), "ID2");
}
END_TEST

START_TEST(there_are_no_others_than_fixed_ones)
{
    evc_creds *c = NULL;

    first.fixed = true;
    add(&scripted, &first);
    EVC_CHECK_OK(evc_chain_get(chain, NULL, &c, NULL));
    ck_assert(!evc_chain_refuse(chain, c));
    evc_creds_unref(c);
}
END_TEST

START_TEST(a_chain_of_the_callers_own_gives_those_and_no_others)
{
    evc_creds_parts parts = {.id = evc_view_text("MINE"),
                             .secret = evc_view_text("s"),
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "caller"};
    evc_chain *own = NULL;
    evc_creds *c = NULL;
    evc_creds *got = NULL;

    EVC_CHECK_OK(evc_creds_new(env->arena, &parts, &c, NULL));
    EVC_CHECK_OK(evc_chain_of(net, &rules, c, &own, NULL));
    EVC_CHECK_OK(evc_chain_get(own, NULL, &got, NULL));
    ck_assert_ptr_eq(got, c);
    ck_assert(!evc_chain_refuse(own, got));
    ck_assert_str_eq(evc_chain_provider(own), "aws");
    evc_creds_unref(got);
    evc_creds_unref(c);
    evc_chain_unref(own);
}
END_TEST

/* --- threads ---------------------------------------------------------------------- */

static atomic_int arrived;
static atomic_int good;
static atomic_int bad;

static void
get_on_thread(void *user, size_t index)
{
    evc_error *err = NULL;
    evc_creds *c = NULL;
    int rc;

    (void)index;
    atomic_fetch_add(&arrived, 1);
    rc = evc_chain_get(user, NULL, &c, &err);
    if (rc == 0 && strcmp(c->id, "ID1") == 0)
        atomic_fetch_add(&good, 1);
    if (rc == ENVCRYPT_E_THROTTLED && err &&
        strcmp(evc_error_provider_code(err), "Throttling") == 0 &&
        strstr(evc_error_message(err), "the script fails"))
        atomic_fetch_add(&bad, 1);
    evc_creds_unref(c);
    evc_error_free(err);
}

/* Opens the gate when all others came, and had time to fall asleep. */
static void
get_or_open(void *user, size_t index)
{
    if (index != 63) {
        get_on_thread(user, index);
        return;
    }
    while (atomic_load(&arrived) < 63)
        (void)usleep(1000);
    (void)usleep(50000);
    atomic_store(&gate, true);
}

static void
run_64(void)
{
    atomic_store(&arrived, 0);
    atomic_store(&good, 0);
    atomic_store(&bad, 0);
    first.blocks = true;
    add(&scripted, &first);
    EVC_CHECK_OK(evc_threads_run(64, get_or_open, chain, NULL));
}

START_TEST(many_threads_make_one_call)
{
    run_64();
    ck_assert_int_eq(good, 63);
    ck_assert_int_eq(first.asked, 1);
}
END_TEST

START_TEST(many_threads_get_the_error_of_the_one_call)
{
    first.code = ENVCRYPT_E_THROTTLED;
    run_64();
    ck_assert_int_eq(bad, 63);
    ck_assert_int_eq(first.asked, 1);
}
END_TEST

static pthread_t other;
static evc_wait other_wait;
static int other_code;
static char other_id[32];

static void *
get_other(void *user)
{
    evc_creds *c = NULL;

    other_code = evc_chain_get(user, &other_wait, &c, NULL);
    if (c)
        (void)snprintf(other_id, sizeof(other_id), "%s", c->id);
    evc_creds_unref(c);
    return NULL;
}

/* One that renews and stands at the gate. */
static void
start_other(int64_t timeout_ms)
{
    int asked = atomic_load(&first.asked);

    first.blocks = true;
    evc_wait_init(&other_wait, NULL, timeout_ms);
    ck_assert_int_eq(pthread_create(&other, NULL, get_other, chain), 0);
    while (atomic_load(&first.asked) == asked)
        (void)usleep(1000);
}

static void
join_other(void)
{
    ck_assert_int_eq(pthread_join(other, NULL), 0);
    evc_wait_release(&other_wait);
}

static int
get_within(int64_t timeout_ms)
{
    evc_creds *c = NULL;
    evc_wait wait;
    int rc;

    evc_wait_init(&wait, NULL, timeout_ms);
    rc = evc_chain_get(chain, &wait, &c, NULL);
    evc_creds_unref(c);
    evc_wait_release(&wait);
    return rc;
}

START_TEST(who_waits_for_another_keeps_an_own_deadline)
{
    add(&scripted, &first);
    start_other(-1);
    EVC_CHECK_CODE(get_within(30), ENVCRYPT_E_TIMEOUT);
    atomic_store(&gate, true);
    join_other();
    EVC_CHECK_OK(other_code);
}
END_TEST

static void *
cancel_other(void *user)
{
    (void)user;
    (void)usleep(50000);
    evc_wait_cancel(&other_wait);
    while (atomic_load(&first.asked) < 2)
        (void)usleep(1000);
    atomic_store(&gate, true);
    return NULL;
}

/* Else each call with a short deadline would end in the same renewal. */
START_TEST(a_renewal_that_a_deadline_ended_is_not_tried_again_at_once)
{
    first.lives = HOUR;
    add(&scripted, &first);
    (void)get();
    pass_time(45 * MINUTE);
    first.blocks = true;
    EVC_CHECK_CODE(get_within(20), ENVCRYPT_E_TIMEOUT);
    EVC_CHECK_OK(get_within(20));
    ck_assert_int_eq(first.asked, 2);
}
END_TEST

START_TEST(late_ones_go_on_when_a_deadline_ended_their_renewal)
{
    first.lives = HOUR;
    add(&late, &first);
    (void)get();
    pass_time(HOUR);
    first.blocks = true;
    EVC_CHECK_CODE(get_within(20), ENVCRYPT_E_TIMEOUT);
    EVC_CHECK_OK(get_within(20));
}
END_TEST

START_TEST(a_canceled_renewal_is_tried_again_by_the_next)
{
    evc_wait wait;
    evc_creds *c = NULL;

    first.lives = HOUR;
    add(&scripted, &first);
    (void)get();
    pass_time(45 * MINUTE);
    first.code = ENVCRYPT_E_CANCELED;
    first.cancels = true;
    evc_wait_init(&wait, NULL, -1);
    EVC_CHECK_CODE(evc_chain_get(chain, &wait, &c, NULL), ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
    first.code = 0;
    ck_assert_str_eq(get(), "ID3");
}
END_TEST

START_TEST(who_waits_for_a_canceled_one_renews_then)
{
    pthread_t canceler;

    add(&scripted, &first);
    start_other(-1);
    ck_assert_int_eq(pthread_create(&canceler, NULL, cancel_other, NULL), 0);
    EVC_CHECK_OK(get_within(-1));
    ck_assert_int_eq(pthread_join(canceler, NULL), 0);
    join_other();
    ck_assert_int_eq(first.asked, 2);
}
END_TEST

START_TEST(others_go_on_with_the_old_ones_in_the_advisory_window)
{
    first.lives = HOUR;
    add(&scripted, &first);
    (void)get();
    pass_time(45 * MINUTE);
    start_other(-1);
    ck_assert_str_eq(get(), "ID1");
    atomic_store(&gate, true);
    join_other();
    ck_assert_str_eq(other_id, "ID2");
}
END_TEST

START_TEST(others_wait_in_the_mandatory_window)
{
    first.lives = HOUR;
    add(&scripted, &first);
    (void)get();
    pass_time(50 * MINUTE);
    start_other(-1);
    EVC_CHECK_CODE(get_within(20), ENVCRYPT_E_TIMEOUT);
    atomic_store(&gate, true);
    join_other();
}
END_TEST

START_TEST(a_canceled_wait_is_told_at_once)
{
    evc_creds *c = NULL;
    evc_wait wait;

    add(&scripted, &first);
    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    EVC_CHECK_CODE(evc_chain_get(chain, &wait, &c, NULL), ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
    ck_assert_int_eq(first.asked, 0);
}
END_TEST

START_TEST(sources_that_need_no_wait_succeed_under_any_deadline)
{
    add(&scripted, &first);
    EVC_CHECK_OK(get_within(0));
}
END_TEST

/* --- fork and memory -------------------------------------------------------------- */

static int
use_in_child(void *user)
{
    evc_creds *c = NULL;

    if (evc_chain_get(user, NULL, &c, NULL) != ENVCRYPT_E_FORKED || c)
        return 1;
    evc_chain_unref(user);
    return first.closed == 1 ? 0 : 2;
}

START_TEST(a_child_gets_nothing_and_may_free)
{
    first.lives = HOUR;
    add(&scripted, &first);
    (void)get();
    EVC_CHECK_CHILD(use_in_child, chain);
}
END_TEST

START_TEST(a_child_of_a_renewing_parent_may_free)
{
    add(&scripted, &first);
    start_other(-1);
    EVC_CHECK_CHILD(use_in_child, chain);
    atomic_store(&gate, true);
    join_other();
}
END_TEST

static int
open_and_get(void *user)
{
    evc_chain *own = NULL;
    evc_creds *c = NULL;
    evc_error *err = NULL;
    int rc = evc_chain_new(net, &rules, &own, &err);

    (void)user;
    if (rc == 0)
        rc = evc_chain_add(own, &scripted, &first, &err);
    if (rc == 0)
        rc = evc_chain_get(own, NULL, &c, &err);
    evc_creds_unref(c);
    evc_chain_unref(own);
    evc_error_free(err);
    return rc;
}

START_TEST(survives_memory_running_out)
{
    ck_assert_uint_ge(evc_alloc_sweep(open_and_get, NULL), 4);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_first_configured_source_gives,
        a_configured_source_that_fails_ends_the_chain,
        no_configured_source_says_where_was_looked,
        a_chain_without_sources_says_so,
        more_sources_than_fit_are_refused,
        each_source_is_closed_once,
        credentials_without_end_are_asked_for_once,
        fresh_ones_are_kept_up_to_the_advisory_window,
        the_advisory_window_renews,
        short_lives_are_renewed_in_their_second_half,
        a_failed_renewal_keeps_the_old_ones_in_the_advisory_window,
        a_failed_renewal_keeps_the_old_ones_until_they_expire,
        a_failed_renewal_of_expired_ones_is_its_error,
        a_failed_renewal_is_a_warning,
        a_failed_renewal_is_not_tried_again_at_once,
        ones_that_are_expired_when_they_come_are_refused,
        fixed_ones_that_expired_are_the_owners_to_mend,
        late_ones_are_used_for_more_than_a_quarter_of_an_hour,
        late_ones_are_asked_for_again_within_25_minutes,
        late_ones_go_on_while_their_service_is_away,
        refused_ones_are_dropped,
        refusing_old_ones_leaves_the_new_ones,
        there_are_no_others_than_fixed_ones,
        a_chain_of_the_callers_own_gives_those_and_no_others,
        many_threads_make_one_call,
        many_threads_get_the_error_of_the_one_call,
        who_waits_for_another_keeps_an_own_deadline,
        a_renewal_that_a_deadline_ended_is_not_tried_again_at_once,
        late_ones_go_on_when_a_deadline_ended_their_renewal,
        a_canceled_renewal_is_tried_again_by_the_next,
        who_waits_for_a_canceled_one_renews_then,
        others_go_on_with_the_old_ones_in_the_advisory_window,
        others_wait_in_the_mandatory_window,
        a_canceled_wait_is_told_at_once,
        sources_that_need_no_wait_succeed_under_any_deadline,
        a_child_gets_nothing_and_may_free,
        a_child_of_a_renewing_parent_may_free,
        survives_memory_running_out,
        NULL};
    TCase *tcase = tcase_create("chain");

    tcase_add_checked_fixture(tcase, setup, teardown);
    tcase_set_timeout(tcase, 60);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("chain", add_tests)
