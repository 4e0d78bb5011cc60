/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_sight.h"

static evc_iks_sight sight;

static void
set_up(void)
{
    iks_set_up();
    evc_iks_sight_init(&sight);
    take_key();
    read_state();
}

static void
tear_down(void)
{
    evc_iks_sight_reset(&sight);
    iks_tear_down();
}

static int
take(const evc_cluster_key *of)
{
    evc_cluster_job job = job_of(EVC_VERB_ENABLE);

    job.key = of;
    return evc_iks_sight_take(cluster, &job, &toy.wait, &sight, &err);
}

START_TEST(cluster_key_and_registrations_are_seen_at_once)
{
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    EVC_CHECK_OK(take(&key));
    ck_assert_str_eq(sight.status.id, ID);
    ck_assert_str_eq(sight.key.version, VERSION);
    ck_assert(sight.has_use && sight.use.found && sight.use.newest);
    ck_assert_uint_eq(asked_for("getCluster?cluster=" ID), 1);
}
END_TEST

START_TEST(without_a_key_no_key_service_is_asked)
{
    EVC_CHECK_OK(take(NULL));
    ck_assert(!sight.has_use);
    ck_assert_uint_eq(asked_for("/registrations"), 0);
}
END_TEST

START_TEST(what_the_key_service_does_not_tell_is_left_out)
{
    reply_to("/keys/registrations", 401, REFUSAL("401", "UNAUTHORIZED_ERR"));
    EVC_CHECK_OK(take(&key));
    ck_assert(!sight.has_use && !sight.passes);
    ck_assert_str_eq(sight.key.version, VERSION);
}
END_TEST

START_TEST(whether_it_may_tell_later_is_known)
{
    static const struct {
        int status;
        const char *body;
    } troubles[] = {{503, ""}, {429, "{}"}, {200, "<html>Sign in</html>"}};

    reply_to("/keys/registrations", troubles[_i].status, troubles[_i].body);
    EVC_CHECK_OK(take(&key));
    ck_assert(!sight.has_use && sight.passes);
}
END_TEST

START_TEST(a_cluster_that_cannot_be_read_is_an_error)
{
    reply_to("/getCluster?", 404, "{\"code\":\"G0004\"}");
    EVC_CHECK_CODE(take(&key), ENVCRYPT_E_CLUSTER_NOT_FOUND);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {cluster_key_and_registrations_are_seen_at_once,
                                  without_a_key_no_key_service_is_asked,
                                  what_the_key_service_does_not_tell_is_left_out,
                                  a_cluster_that_cannot_be_read_is_an_error, NULL};
    TCase *tcase = tcase_create("sight");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, whether_it_may_tell_later_is_known, 0, 3);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_sight", add_tests)
