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

static const struct {
    const char *event;
    bool is;
} events[] = {
    {USE, true},
    {EVENT("Kms", "Encrypt", ROLE, WITH(ARN)), true},
    {EVENT("KMS", "GenerateDataKey", ROLE, WITH(KEY_ID)), true},
    {EVENT("Kms", "Decrypt", WHO("assumed-role", "AliyunCSManagedSecurityRole:other"),
           WITH(KEY_ID)),
     true},
    {EVENT("Kms", "Decrypt", ROLE,
           ",\"referencedResources\":{\"ACS::KMS::Key\":[\"x\",\"" KEY_ID "\"]}"),
     true},
    {EVENT("Kms", "Decrypt", ROLE, ",\"resourceName\":\"" KEY_ID "\""), true},
    {EVENT("Kms", "Decrypt", ROLE, WITH(KEY_ID) ",\"errorCode\":\"\""), true},
    {EVENT("Kms", "Decrypt", ROLE, WITH(KEY_ID) ",\"errorCode\":\"Forbidden\""), false},
    {OTHER, false},
    {EVENT("Kms", "Decrypt", ROLE, ""), false},
    {EVENT("Kms", "DescribeKey", ROLE, WITH(KEY_ID)), false},
    {EVENT("Oss", "Decrypt", ROLE, WITH(KEY_ID)), false},
    {EVENT("Kms", "Decrypt", WHO("ram-user", "aliyuncsmanagedsecurityrole:kms"),
           WITH(KEY_ID)),
     false},
    {EVENT("Kms", "Decrypt", WHO("assumed-role", "aliyuncsmanagedsecurityrole2:kms"),
           WITH(KEY_ID)),
     false},
    {EVENT("Kms", "Decrypt", WHO("assumed-role", "aliyuncsmanagedsecurityrole"),
           WITH(KEY_ID)),
     false},
    {EVENT("Kms", "Decrypt", "\"userIdentity\":7", WITH(KEY_ID)), false},
    {EVENT("Kms", "Decrypt", ROLE, ",\"requestParameters\":[\"" KEY_ID "\"]"), false},
    {"{}", false},
};

START_TEST(only_what_the_role_did_with_the_key_is_a_use)
{
    ck_assert_int_eq(evc_ack_trail_is_use(ack_json(events[_i].event), ARN),
                     events[_i].is);
    ack_json_end();
}
END_TEST

static evc_ack_use use;

static int
look(void)
{
    return evc_ack_trail_look(evc_ack_place_of(ack), ARN, &t.wait, &use, NULL);
}

START_TEST(the_newest_use_is_found_and_ends_the_look)
{
    PLAY(REPLY("{\"Events\":[" OTHER "," USE "],\"NextToken\":\"n\"}"));
    EVC_CHECK_OK(look());
    ck_assert(use.found);
    ck_assert_str_eq(use.action, "Decrypt");
    ck_assert_str_eq(use.when, "2026-01-31T12:00:00Z");
    ck_assert_str_eq(use.event_id, "E-1");
    ck_assert_str_eq(
        asked, "POST LookupEvents?LookupAttribute.1.Key=RoleName&"
               "LookupAttribute.1.Value=aliyuncsmanagedsecurityrole&MaxResults=50 "
               "\n");
}
END_TEST

START_TEST(further_pages_are_asked_for_with_the_token_and_a_pause)
{
    PLAY(REPLY("{\"Events\":[" OTHER "],\"NextToken\":\"n1\"}"),
         REPLY("{\"Events\":[],\"NextToken\":\"n2\"}"),
         REPLY("{\"Events\":[" USE "]}"));
    EVC_CHECK_OK(look());
    ck_assert(use.found);
    ck_assert_ptr_nonnull(strstr(asked, "NextToken=n2"));
    ck_assert_int_ge(t.start_ms[1] - t.start_ms[0], 600);
    ck_assert_int_ge(t.start_ms[2] - t.start_ms[1], 600);
}
END_TEST

START_TEST(no_use_on_the_last_page_is_none)
{
    PLAY(REPLY("{\"Events\":[" OTHER "]}"));
    EVC_CHECK_OK(look());
    ck_assert(!use.found);
    ck_assert(use.whole);
}
END_TEST

START_TEST(after_twenty_pages_it_says_so)
{
    PLAY(REPLY("{\"Events\":[" OTHER "],\"NextToken\":\"n\"}"));
    EVC_CHECK_OK(look());
    ck_assert(!use.found);
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
        further_pages_are_asked_for_with_the_token_and_a_pause,
        no_use_on_the_last_page_is_none,
        after_twenty_pages_it_says_so,
        a_cancel_ends_it,
        survives_memory_that_runs_out,
        NULL};
    const ack_loop loops[] = {
        {only_what_the_role_did_with_the_key_is_a_use, COUNT(events)},
        {what_is_no_page_is_the_protocols_fault, COUNT(bad)},
        {NULL, 0}};

    ack_add(suite, "ack_trail", tests, loops);
}

EVC_TEST_MAIN("ack_trail", add_tests)
