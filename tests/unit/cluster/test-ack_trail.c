/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_trail.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

#define WHO(type, name) \
    "\"userIdentity\":{\"type\":\"" type "\",\"userName\":\"" name "\"}"
#define ROLE WHO("assumed-role", "aliyuncsmanagedsecurityrole:kms")
#define EVENT(service, name, who, more)                                            \
    "{\"eventId\":\"E-1\",\"eventTime\":\"2026-01-31T12:00:00Z\",\"serviceName\":" \
    "\"" service "\",\"eventName\":\"" name "\"," who more "}"
#define WITH(key) ",\"requestParameters\":{\"RegionId\":\"x\",\"KeyId\":\"" key "\"}"
#define USE EVENT("Kms", "Decrypt", ROLE, WITH(KEY_ID))
#define OTHER EVENT("Kms", "Decrypt", ROLE, WITH(OTHER_ID))

#define AT(time, more)                                                         \
    "{\"eventId\":\"E-1\",\"eventTime\":\"" time "\",\"serviceName\":\"Kms\"," \
    "\"eventName\":\"Decrypt\"," ROLE                                          \
    WITH(KEY_ID) more "}"
#define FROM INT64_C(1769860800000) /* 2026-01-31T12:00:00Z */
#define STRANGER "c00000000000000000000000000000001"
#define NAMED(id) WHO("assumed-role", "aliyuncsmanagedsecurityrole:" id)

static const evc_ack_sought sought = {
    .key_arn = ARN, .cluster = CLUSTER, .from_ms = FROM};

static const struct {
    const char *event;
    evc_ack_whose whose;
} events[] = {
    {USE, EVC_ACK_SOMEBODYS},
    {EVENT("Kms", "Encrypt", ROLE, WITH(ARN)), EVC_ACK_SOMEBODYS},
    {EVENT("KMS", "GenerateDataKey", ROLE, WITH(KEY_ID)), EVC_ACK_SOMEBODYS},
    {EVENT("Kms", "Decrypt", WHO("assumed-role", "AliyunCSManagedSecurityRole:other"),
           WITH(KEY_ID)),
     EVC_ACK_SOMEBODYS},
    {EVENT("Kms", "Decrypt", ROLE,
           ",\"referencedResources\":{\"ACS::KMS::Key\":[\"x\",\"" KEY_ID "\"]}"),
     EVC_ACK_SOMEBODYS},
    {EVENT("Kms", "Decrypt", ROLE, ",\"resourceName\":\"" KEY_ID "\""),
     EVC_ACK_SOMEBODYS},
    {EVENT("Kms", "Decrypt", ROLE, WITH(KEY_ID) ",\"errorCode\":\"\""),
     EVC_ACK_SOMEBODYS},
    {EVENT("Kms", "Decrypt", ROLE, WITH(KEY_ID) ",\"errorCode\":\"Forbidden\""),
     EVC_ACK_NO_USE},
    {OTHER, EVC_ACK_NO_USE},
    {EVENT("Kms", "Decrypt", ROLE, ""), EVC_ACK_NO_USE},
    {EVENT("Kms", "DescribeKey", ROLE, WITH(KEY_ID)), EVC_ACK_NO_USE},
    {EVENT("Oss", "Decrypt", ROLE, WITH(KEY_ID)), EVC_ACK_NO_USE},
    {EVENT("Kms", "Decrypt", WHO("ram-user", "aliyuncsmanagedsecurityrole:kms"),
           WITH(KEY_ID)),
     EVC_ACK_NO_USE},
    {EVENT("Kms", "Decrypt", WHO("assumed-role", "aliyuncsmanagedsecurityrole2:kms"),
           WITH(KEY_ID)),
     EVC_ACK_NO_USE},
    {EVENT("Kms", "Decrypt", WHO("assumed-role", "aliyuncsmanagedsecurityrole"),
           WITH(KEY_ID)),
     EVC_ACK_NO_USE},
    {EVENT("Kms", "Decrypt", "\"userIdentity\":7", WITH(KEY_ID)), EVC_ACK_NO_USE},
    {EVENT("Kms", "Decrypt", ROLE, ",\"requestParameters\":[\"" KEY_ID "\"]"),
     EVC_ACK_NO_USE},
    {"{}", EVC_ACK_NO_USE},
    /* When. */
    {AT("2026-01-31T12:00:01Z", ""), EVC_ACK_SOMEBODYS},
    {AT("2026-01-31T11:59:59Z", ""), EVC_ACK_NO_USE},
    {AT("2026-01-31T11:59:59Z", ",\"userAgent\":\"" CLUSTER "\""), EVC_ACK_NO_USE},
    {AT("soon", ""), EVC_ACK_NO_USE},
    {AT("", ""), EVC_ACK_NO_USE},
    /* Whose: the session, the client, a parameter, a context, a word among others. */
    {EVENT("Kms", "Decrypt", NAMED(CLUSTER), WITH(KEY_ID)), EVC_ACK_OURS},
    {EVENT("Kms", "Decrypt", NAMED("kms-" CLUSTER "-1"), WITH(KEY_ID)), EVC_ACK_OURS},
    {EVENT("Kms", "Decrypt", NAMED(STRANGER), WITH(KEY_ID)), EVC_ACK_OTHERS},
    {EVENT("Kms", "Decrypt", NAMED(CLUSTER "0"), WITH(KEY_ID)), EVC_ACK_SOMEBODYS},
    {AT("2026-01-31T12:00:01Z", ",\"userAgent\":\"kms-plugin/1 (" CLUSTER ")\""),
     EVC_ACK_OURS},
    {AT("2026-01-31T12:00:01Z", ",\"userAgent\":\"kms-plugin/1 (" STRANGER ")\""),
     EVC_ACK_OTHERS},
    {AT("2026-01-31T12:00:01Z",
        ",\"additionalEventData\":{\"ClusterId\":\"" CLUSTER "\"}"),
     EVC_ACK_OURS},
    {EVENT("Kms", "Decrypt", ROLE,
           ",\"requestParameters\":{\"KeyId\":\"" KEY_ID
           "\",\"EncryptionContext\":\"{\\\"cluster\\\":\\\"" STRANGER "\\\"}\"}"),
     EVC_ACK_OTHERS},
    {EVENT("Kms", "Decrypt", ROLE,
           ",\"requestParameters\":{\"KeyId\":\"" KEY_ID
           "\",\"EncryptionContext\":{\"cluster\":\"" CLUSTER "\"}}"),
     EVC_ACK_OURS},
    {AT("2026-01-31T12:00:01Z", ",\"a\":\"" STRANGER "\",\"b\":\"" CLUSTER "\""),
     EVC_ACK_OURS},
};

START_TEST(only_what_the_role_did_with_the_key_since_is_a_use_and_of_whom)
{
    ck_assert_int_eq(evc_ack_trail_judge(ack_json(events[_i].event), &sought),
                     events[_i].whose);
    ack_json_end();
}
END_TEST

START_TEST(a_use_in_the_second_in_which_the_change_ended_may_be_before_it)
{
    evc_ack_sought later = sought;

    later.from_ms = FROM + 1;
    ck_assert_int_eq(evc_ack_trail_judge(ack_json(USE), &later), EVC_ACK_NO_USE);
    ack_json_end();
}
END_TEST

static evc_ack_use use;

static int
look(void)
{
    return evc_ack_trail_look(evc_ack_place_of(ack), &sought, &t.wait, &use, NULL);
}

START_TEST(the_newest_use_is_found_and_ends_the_look)
{
    PLAY(REPLY("{\"Events\":[" OTHER "," USE "],\"NextToken\":\"n\"}"));
    EVC_CHECK_OK(look());
    ck_assert_int_eq(use.whose, EVC_ACK_SOMEBODYS);
    ck_assert_str_eq(use.action, "Decrypt");
    ck_assert_str_eq(use.when, "2026-01-31T12:00:00Z");
    ck_assert_str_eq(use.event_id, "E-1");
    ck_assert_str_eq(
        asked, "POST LookupEvents?LookupAttribute.1.Key=RoleName&"
               "LookupAttribute.1.Value=aliyuncsmanagedsecurityrole&MaxResults=50 "
               "\n");
}
END_TEST

START_TEST(one_that_names_the_cluster_is_told_rather_than_a_newer_one_that_names_none)
{
    PLAY(REPLY("{\"Events\":[" USE
               "," EVENT("Kms", "Encrypt", NAMED(CLUSTER), WITH(KEY_ID)) "]}"));
    EVC_CHECK_OK(look());
    ck_assert_int_eq(use.whose, EVC_ACK_OURS);
    ck_assert_str_eq(use.action, "Encrypt");
}
END_TEST

START_TEST(another_clusters_use_does_not_end_the_look)
{
    PLAY(REPLY("{\"Events\":[" EVENT("Kms", "Decrypt", NAMED(STRANGER),
                                     WITH(KEY_ID)) "],\"NextToken\":\"n\"}"),
         REPLY("{\"Events\":[" USE "]}"));
    EVC_CHECK_OK(look());
    ck_assert_int_eq(use.whose, EVC_ACK_SOMEBODYS);
}
END_TEST

START_TEST(events_from_before_end_the_look)
{
    PLAY(
        REPLY("{\"Events\":[" AT("2026-01-31T11:59:59Z", "") "],\"NextToken\":\"n\"}"));
    EVC_CHECK_OK(look());
    ck_assert_int_eq(use.whose, EVC_ACK_NO_USE);
    ck_assert(use.whole);
    ck_assert_uint_eq(t.started, 1);
}
END_TEST

START_TEST(further_pages_are_asked_for_with_the_token_and_a_pause)
{
    PLAY(REPLY("{\"Events\":[" OTHER "],\"NextToken\":\"n1\"}"),
         REPLY("{\"Events\":[],\"NextToken\":\"n2\"}"),
         REPLY("{\"Events\":[" USE "]}"));
    EVC_CHECK_OK(look());
    ck_assert_int_eq(use.whose, EVC_ACK_SOMEBODYS);
    ck_assert_ptr_nonnull(strstr(asked, "NextToken=n2"));
    ck_assert_int_ge(t.start_ms[1] - t.start_ms[0], 600);
    ck_assert_int_ge(t.start_ms[2] - t.start_ms[1], 600);
}
END_TEST

START_TEST(no_use_on_the_last_page_is_none)
{
    PLAY(REPLY("{\"Events\":[" OTHER "]}"));
    EVC_CHECK_OK(look());
    ck_assert_int_eq(use.whose, EVC_ACK_NO_USE);
    ck_assert(use.whole);
}
END_TEST

START_TEST(after_twenty_pages_it_says_so)
{
    PLAY(REPLY("{\"Events\":[" OTHER "],\"NextToken\":\"n\"}"));
    EVC_CHECK_OK(look());
    ck_assert_int_eq(use.whose, EVC_ACK_NO_USE);
    ck_assert(!use.whole);
    ck_assert_uint_eq(t.started, 20);
}
END_TEST

static const char *const bad[] = {"{}", "{\"Events\":7}",
                                  "{\"Events\":[],\"NextToken\":7}"};

START_TEST(what_is_no_page_is_the_protocols_fault)
{
    PLAY(REPLY(bad[_i]));
    EVC_CHECK_CODE(look(), ENVCRYPT_E_PROTOCOL);
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
    return look();
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY("{\"Events\":[" OTHER "],\"NextToken\":\"n1\"}"),
         REPLY("{\"Events\":[" USE "]}"));
    evc_wait_release(&t.wait);
    evc_wait_init(&t.wait, &t.env->clock, -1);
    ck_assert_uint_gt(evc_alloc_sweep(look_once, NULL), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_newest_use_is_found_and_ends_the_look,
        one_that_names_the_cluster_is_told_rather_than_a_newer_one_that_names_none,
        another_clusters_use_does_not_end_the_look,
        events_from_before_end_the_look,
        a_use_in_the_second_in_which_the_change_ended_may_be_before_it,
        further_pages_are_asked_for_with_the_token_and_a_pause,
        no_use_on_the_last_page_is_none,
        after_twenty_pages_it_says_so,
        a_cancel_ends_it,
        survives_memory_that_runs_out,
        NULL};
    const ack_loop loops[] = {
        {only_what_the_role_did_with_the_key_since_is_a_use_and_of_whom, COUNT(events)},
        {what_is_no_page_is_the_protocols_fault, COUNT(bad)},
        {NULL, 0}};

    ack_add(suite, "ack_trail", tests, loops);
}

EVC_TEST_MAIN("ack_trail", add_tests)
