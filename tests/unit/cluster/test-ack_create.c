/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_create.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

#define NAMED(id, name) "{\"cluster_id\":\"" id "\",\"name\":\"" name "\"}"
#define NOBODY REPLY(LIST_OF("0", ""))

static evc_cluster_key key;
static evc_cluster_change change;
static evc_cluster_update update;
static evc_cluster_job job;

static void
set_up(void)
{
    ack_set_up();
    ack_name("shop");
    key = ack_wanted();
    evc_cluster_change_init(&change);
    evc_cluster_update_init(&update);
    job = (evc_cluster_job){.verb = EVC_VERB_CREATE, .key = &key, .change = &change};
}

static void
tear_down(void)
{
    evc_cluster_change_reset(&change);
    evc_cluster_key_reset(&key);
    ack_tear_down();
}

static void
check_body(const char *text)
{
    evc_buf out;

    evc_buf_init(&out);
    EVC_CHECK_OK(evc_ack_create_write(ack, &job, &out, NULL));
    evc_buf_put_u8(&out, 0);
    ck_assert_str_eq((const char *)out.data, text);
    evc_buf_reset(&out);
}

#define BODY(more)                                                                 \
    "{\"name\":\"shop\",\"cluster_type\":\"ManagedKubernetes\",\"cluster_spec\":"  \
    "\"ack.pro.small\",\"region_id\":\"cn-hangzhou\",\"encryption_provider_key\":" \
    "\"" KEY_ID "\"" more "}"

START_TEST(a_new_cluster_is_a_pro_one_with_the_key)
{
    check_body(BODY(""));
}
END_TEST

START_TEST(options_become_members)
{
    static const char *const options[][2] = {{"subnets", "vsw-1, vsw-2"},
                                             {"security-groups", "sg-1"},
                                             {"kubernetes-version", "1.34"},
                                             {"public-access", "no"},
                                             {"vpc-id", "vpc-1"},
                                             {"pod-cidr", "10.0.0.0/16"},
                                             {"service-cidr", "10.1.0.0/20"}};

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++)
        EVC_CHECK_OK(
            evc_cluster_change_set(&change, options[i][0], options[i][1], NULL));
    check_body(BODY(",\"kubernetes_version\":\"1.34\",\"vpcid\":\"vpc-1\","
                    "\"container_cidr\":\"10.0.0.0/16\",\"service_cidr\":"
                    "\"10.1.0.0/20\",\"security_group_id\":\"sg-1\",\"vswitch_ids\":["
                    "\"vsw-1\",\"vsw-2\"],\"endpoint_public_access\":false"));
}
END_TEST

static int
begin(void)
{
    evc_error_free(err);
    err = NULL;
    return evc_ack_create_begin(ack, &job, &update, &t.wait, &err);
}

START_TEST(the_new_clusters_id_is_that_of_the_change)
{
    PLAY(NOBODY, REPLY("{\"cluster_id\":\"c9\",\"task_id\":\"T\"}"));
    EVC_CHECK_OK(begin());
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_str_eq(update.id, "c9");
}
END_TEST

START_TEST(an_answer_without_an_id_is_the_protocols_fault)
{
    PLAY(NOBODY, REPLY("{}"));
    EVC_CHECK_CODE(begin(), ENVCRYPT_E_PROTOCOL);
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
}
END_TEST

START_TEST(a_name_that_is_taken_is_refused)
{
    PLAY(REPLY(LIST_OF("1", NAMED("c1", "shop"))));
    EVC_CHECK_CODE(begin(), ENVCRYPT_E_SERVICE_CONFLICT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "c1"));
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

START_TEST(a_cluster_that_was_asked_for_before_is_found_again)
{
    update.phase = EVC_UPDATE_SENT;
    PLAY(REPLY(LIST_OF("2", NAMED("c1", "shop-2") "," NAMED("c2", "shop"))));
    EVC_CHECK_OK(begin());
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_str_eq(update.id, "c2");
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

START_TEST(a_refusal_creates_nothing_and_a_lost_reply_may_have)
{
    PLAY(NOBODY, FAULT(400, "QuotaExceeded"));
    EVC_CHECK_CODE(begin(), ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    t.started = 0;
    PLAY(NOBODY, {.code = ENVCRYPT_E_NET_BROKEN, .sent = true});
    EVC_CHECK_CODE(begin(), ENVCRYPT_E_NET_BROKEN);
    ck_assert_int_eq(update.phase, EVC_UPDATE_SENT);
}
END_TEST

static const struct {
    const char *detail;
    evc_update_phase after;
} looks[] = {
    {DETAIL_OF("initial", PLAIN), EVC_UPDATE_RUNNING},
    {DETAIL_OF("running", ON), EVC_UPDATE_DONE},
    {DETAIL_OF("running", PLAIN), EVC_UPDATE_FAILED},
    {DETAIL_OF("running", ON_UNDER(OTHER_ID)), EVC_UPDATE_FAILED},
    {DETAIL_OF("failed", PLAIN), EVC_UPDATE_FAILED},
    {DETAIL_OF("deleting", ON), EVC_UPDATE_FAILED},
};

START_TEST(a_look_tells_how_far_it_is)
{
    update.phase = EVC_UPDATE_RUNNING;
    (void)snprintf(update.id, sizeof(update.id), "%s", CLUSTER);
    PLAY(REPLY(looks[_i].detail), REPLY("{\"tasks\":[]}"));
    EVC_CHECK_OK(evc_ack_create_poll(ack, &job, &update, &t.wait, &err));
    ck_assert_int_eq(update.phase, looks[_i].after);
}
END_TEST

static int
begin_once(void *user)
{
    evc_cluster_update one;

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    evc_cluster_update_init(&one);
    return evc_ack_create_begin(ack, &job, &one, &t.wait, NULL);
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(NOBODY, REPLY("{\"cluster_id\":\"c9\"}"));
    ck_assert_uint_gt(evc_alloc_sweep(begin_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_new_cluster_is_a_pro_one_with_the_key,
                                  options_become_members,
                                  the_new_clusters_id_is_that_of_the_change,
                                  an_answer_without_an_id_is_the_protocols_fault,
                                  a_name_that_is_taken_is_refused,
                                  a_cluster_that_was_asked_for_before_is_found_again,
                                  a_refusal_creates_nothing_and_a_lost_reply_may_have,
                                  survives_memory_that_runs_out,
                                  NULL};
    TCase *tcase = tcase_create("ack_create");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_look_tells_how_far_it_is, 0, COUNT(looks));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ack_create", add_tests)
