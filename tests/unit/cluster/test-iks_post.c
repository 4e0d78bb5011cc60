/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_post.h"

static evc_cluster_update update;

static void
set_up(void)
{
    iks_set_up();
    evc_cluster_update_init(&update);
    take_key();
    reply_to("POST /v2/enableKMS", 201, "{}");
    reply_to("POST /api/v2/keys/" KEY "/actions/rotate", 204, "");
}

static int
enable(void)
{
    evc_cluster_job job = job_of(EVC_VERB_ENABLE);

    return evc_iks_post_enable(cluster, &job, ID, &update, &toy.wait, &err);
}

static const seen *
the_post(void)
{
    for (size_t i = 0; i < toy.asked; i++) {
        if (strcmp(toy.requests[i].method, "POST") == 0)
            return &toy.requests[i];
    }
    ck_abort_msg("nothing was sent");
    return NULL;
}

START_TEST(the_private_endpoint_is_what_is_asked_for)
{
    EVC_CHECK_OK(enable());
    ck_assert_str_eq(the_post()->body,
                     "{\"cluster\":\"" ID "\",\"crk_id\":\"" KEY
                     "\",\"instance_id\":\"" INSTANCE "\",\"private_endpoint\":true}");
    ck_assert_ptr_nonnull(
        strstr(the_post()->headers, "content-type: application/json\n"));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_int_eq(update.sent_ms, WALL_MS);
}
END_TEST

START_TEST(the_public_endpoint_and_an_account_are_wishes)
{
    want("public-endpoint", "yes");
    want("kms-account-id", "bbbb");
    EVC_CHECK_OK(enable());
    ck_assert_str_eq(the_post()->body,
                     "{\"account_id\":\"bbbb\",\"cluster\":\"" ID "\",\"crk_id\":\"" KEY
                     "\",\"instance_id\":\"" INSTANCE "\",\"private_endpoint\":false}");
}
END_TEST

START_TEST(an_empty_reply_is_as_good)
{
    reply_to("POST /v2/enableKMS", 200, "");
    EVC_CHECK_OK(enable());
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

START_TEST(r17_a_former_key_is_refused_by_the_provider)
{
    reply_to("POST /v2/enableKMS", 409,
             "{\"code\":\"E1\",\"description\":\"planted: used before\"}");
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_KEY_FORMER);
    ck_assert_ptr_null(strstr(evc_error_message(err), "planted"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "another root key"));
}
END_TEST

START_TEST(a_key_that_the_service_does_not_find_is_no_missing_cluster)
{
    reply_to("POST /v2/enableKMS", 404, "{\"code\":\"E2\"}");
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_KEY_NOT_FOUND);
}
END_TEST

START_TEST(a_service_without_leave_to_read_keys_is_told_apart)
{
    reply_to("POST /v2/enableKMS", 401, "{\"code\":\"E09c0\"}");
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "authorization"));
    ck_assert_uint_eq(asked_for("POST /v2/enableKMS"), 1);
}
END_TEST

START_TEST(a_refusal_leaves_nothing_sent)
{
    reply_to("POST /v2/enableKMS", 403, "{}");
    EVC_CHECK_CODE(enable(), ENVCRYPT_E_DENIED);
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
}
END_TEST

START_TEST(a_reply_that_was_lost_leaves_it_sent)
{
    reply_to("POST /v2/enableKMS", 503, "");
    EVC_CHECK_OK(enable());
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
    ck_assert_int_eq(update.sent_ms, WALL_MS);
    ck_assert_uint_eq(asked_for("POST /v2/enableKMS"), 1);
}
END_TEST

START_TEST(a_rotation_has_no_body)
{
    evc_cluster_job job = job_of(EVC_VERB_ROTATE);

    EVC_CHECK_OK(evc_iks_post_rotate(cluster, &job, &update, &toy.wait, &err));
    ck_assert_str_eq(the_post()->path, "/api/v2/keys/" KEY "/actions/rotate");
    ck_assert_str_eq(the_post()->body, "");
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_private_endpoint_is_what_is_asked_for,
        the_public_endpoint_and_an_account_are_wishes,
        an_empty_reply_is_as_good,
        r17_a_former_key_is_refused_by_the_provider,
        a_key_that_the_service_does_not_find_is_no_missing_cluster,
        a_service_without_leave_to_read_keys_is_told_apart,
        a_refusal_leaves_nothing_sent,
        a_reply_that_was_lost_leaves_it_sent,
        a_rotation_has_no_body,
        NULL};
    TCase *tcase = tcase_create("post");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, iks_tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_post", add_tests)
