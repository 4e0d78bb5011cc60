/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/witness.h"

#include "toy-cloud.h"

/* How the API server answers. */
static struct {
    int secrets; /* status of lists of Secrets, 0 = as usual; or a code that is negative */
    int one;     /* of reading one */
    int namespaces;
    size_t bad; /* only so many lists of Secrets fail; 0 = all */
    size_t lists;
    size_t controls;
} server;

static evc_witness witness;
static evc_cluster_state state;
static evc_error *why;

static bool
fail_as(int how, kube_step *s)
{
    if (how < 0)
        s->code = how;
    else if (how > 0)
        toy_status(s, how, how == 500 ? "InternalError" : "Any");
    return how != 0;
}

static bool
at(const kube_request *r, kube_step *s)
{
    ck_assert_ptr_null(strstr(r->url, "resourceVersion"));
    if (strstr(r->url, "/secrets/"))
        return fail_as(server.one, s);
    if (strstr(r->url, "/secrets")) {
        ck_assert_ptr_nonnull(strstr(r->url, "limit="));
        if (server.bad && server.lists++ >= server.bad)
            return false;
        return fail_as(server.secrets, s);
    }
    if (strstr(r->url, "/namespaces")) {
        server.controls++;
        return fail_as(server.namespaces, s);
    }
    return false;
}

static void
set_up(void)
{
    cloud_set_up();
    memset(&server, 0, sizeof(server));
    witness = (evc_witness){.cluster = cluster};
    evc_cluster_state_init(&state);
    why = NULL;
    toy.at = at;
}

static void
tear_down(void)
{
    evc_witness_close(&witness);
    evc_cluster_state_reset(&state);
    evc_error_free(why);
    cloud_tear_down();
}

static int
open_it(void)
{
    return evc_witness_open(cluster, &change, &state, &k.wait, &witness, &error);
}

static evc_sight
look(void)
{
    evc_err_drop(&why);
    return evc_witness_look(&witness, &state, &k.wait, &why);
}

/* Secrets are fine when it is opened. */
static void
open_well(void)
{
    EVC_CHECK_OK(open_it());
    server.lists = 0;
    server.controls = 0;
}

START_TEST(before_secrets_are_listed_and_one_is_read)
{
    EVC_CHECK_OK(open_it());
    ck_assert_uint_eq(toy.lists, 1);
    ck_assert_uint_eq(toy.gets, 1);
    ck_assert_uint_eq(server.controls, 1);
    ck_assert_int_eq(look(), EVC_SIGHT_READABLE);
}
END_TEST

START_TEST(secrets_that_cannot_be_listed_before_are_refused)
{
    server.secrets = 500;
    EVC_CHECK_CODE(open_it(), ENVCRYPT_E_CLUSTER_ACCESS);
    ck_assert(cloud_says("encrypt-existing-secrets=no"));
    ck_assert_ptr_null(witness.kube);
}
END_TEST

START_TEST(who_may_not_list_secrets_is_refused)
{
    server.secrets = 403;
    EVC_CHECK_CODE(open_it(), ENVCRYPT_E_CLUSTER_ACCESS);
}
END_TEST

START_TEST(a_secret_that_cannot_be_read_before_is_refused)
{
    server.one = 500;
    EVC_CHECK_CODE(open_it(), ENVCRYPT_E_CLUSTER_ACCESS);
}
END_TEST

START_TEST(an_api_server_without_an_answer_to_compare_with_is_refused)
{
    server.namespaces = 500;
    EVC_CHECK_CODE(open_it(), ENVCRYPT_E_CLUSTER_ACCESS);
}
END_TEST

START_TEST(without_a_way_to_the_api_server_it_is_refused)
{
    cloud->access_code = ENVCRYPT_E_UNSUPPORTED;
    EVC_CHECK_CODE(open_it(), ENVCRYPT_E_CLUSTER_ACCESS);
}
END_TEST

START_TEST(the_api_server_of_another_cluster_is_refused)
{
    cluster->kube = evc_kube_ref(k.kube);
    EVC_CHECK_OK(
        evc_cluster_state_set(&state, EVC_CLUSTER_SERVER, "https://other", NULL));
    EVC_CHECK_CODE(open_it(), ENVCRYPT_E_CLUSTER_OTHER);
}
END_TEST

START_TEST(secrets_that_are_left_aside_are_not_asked_for)
{
    cloud->access_code = ENVCRYPT_E_UNSUPPORTED;
    cloud_set("encrypt-existing-secrets", "no");
    EVC_CHECK_OK(open_it());
    ck_assert_int_eq(look(), EVC_SIGHT_UNKNOWN);
    ck_assert_uint_eq(toy.lists, 0);
}
END_TEST

START_TEST(a_cluster_without_secrets_has_a_list_that_works)
{
    toy.count = 0;
    EVC_CHECK_OK(open_it());
    ck_assert_uint_eq(toy.gets, 0);
    ck_assert_int_eq(look(), EVC_SIGHT_READABLE);
}
END_TEST

START_TEST(what_ends_the_call_is_no_refusal)
{
    evc_wait_cancel(&k.wait);
    EVC_CHECK_CODE(open_it(), ENVCRYPT_E_CANCELED);
}
END_TEST

START_TEST(a_list_that_fails_while_all_else_is_answered_is_seen)
{
    open_well();
    server.secrets = 500;
    ck_assert_int_eq(look(), EVC_SIGHT_UNREADABLE);
    ck_assert_ptr_nonnull(why);
}
END_TEST

START_TEST(a_secret_that_cannot_be_read_from_etcd_is_seen_behind_a_list_from_memory)
{
    open_well();
    server.one = 500;
    ck_assert_int_eq(look(), EVC_SIGHT_UNREADABLE);
}
END_TEST

START_TEST(a_secret_that_cannot_be_decrypted_is_seen)
{
    open_well();
    toy.objects[0].unreadable = true;
    ck_assert_int_eq(look(), EVC_SIGHT_UNREADABLE);
}
END_TEST

START_TEST(a_failure_that_does_not_come_again_is_none)
{
    open_well();
    server.secrets = 500;
    server.bad = 2; /* the list, and its repetition by the driver */
    ck_assert_int_eq(look(), EVC_SIGHT_READABLE);
    ck_assert_uint_eq(server.controls, 1);
}
END_TEST

START_TEST(a_network_that_is_down_is_silence)
{
    open_well();
    server.secrets = ENVCRYPT_E_NET_BROKEN;
    server.namespaces = ENVCRYPT_E_NET_BROKEN;
    ck_assert_int_eq(look(), EVC_SIGHT_SILENT);
}
END_TEST

START_TEST(a_server_that_is_down_as_a_whole_is_silence)
{
    open_well();
    server.secrets = 503;
    server.namespaces = 503;
    ck_assert_int_eq(look(), EVC_SIGHT_SILENT);
}
END_TEST

START_TEST(one_that_forbids_the_comparison_answers_all_the_same)
{
    server.namespaces = 403;
    open_well();
    server.secrets = 500;
    ck_assert_int_eq(look(), EVC_SIGHT_UNREADABLE);
}
END_TEST

START_TEST(a_right_that_was_taken_away_is_no_sight)
{
    open_well();
    server.secrets = 403;
    ck_assert_int_eq(look(), EVC_SIGHT_UNKNOWN);
}
END_TEST

START_TEST(a_token_that_is_over_is_replaced)
{
    open_well();
    server.secrets = 401;
    ck_assert_int_eq(look(), EVC_SIGHT_UNKNOWN);
    ck_assert_int_eq(cloud->accesses, 2);
}
END_TEST

START_TEST(a_provider_that_answers_with_trouble_is_cut_off)
{
    open_well();
    ck_assert(!evc_witness_is_cut_off(&witness, &state, &k.wait, &why));
    cloud->access_code = ENVCRYPT_E_DENIED; /* without a status: not of a service */
    ck_assert(!evc_witness_is_cut_off(&witness, &state, &k.wait, &why));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        before_secrets_are_listed_and_one_is_read,
        secrets_that_cannot_be_listed_before_are_refused,
        who_may_not_list_secrets_is_refused,
        a_secret_that_cannot_be_read_before_is_refused,
        an_api_server_without_an_answer_to_compare_with_is_refused,
        without_a_way_to_the_api_server_it_is_refused,
        the_api_server_of_another_cluster_is_refused,
        secrets_that_are_left_aside_are_not_asked_for,
        a_cluster_without_secrets_has_a_list_that_works,
        what_ends_the_call_is_no_refusal,
        a_list_that_fails_while_all_else_is_answered_is_seen,
        a_secret_that_cannot_be_read_from_etcd_is_seen_behind_a_list_from_memory,
        a_secret_that_cannot_be_decrypted_is_seen,
        a_failure_that_does_not_come_again_is_none,
        a_network_that_is_down_is_silence,
        a_server_that_is_down_as_a_whole_is_silence,
        one_that_forbids_the_comparison_answers_all_the_same,
        a_right_that_was_taken_away_is_no_sight,
        a_token_that_is_over_is_replaced,
        a_provider_that_answers_with_trouble_is_cut_off,
        NULL};
    TCase *tcase = tcase_create("witness");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("witness", add_tests)
