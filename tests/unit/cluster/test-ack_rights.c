/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_rights.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

#define POLICIES(items) "{\"Policies\":{\"Policy\":[" items "]}}"
#define POLICY(name, type) "{\"PolicyName\":\"" name "\",\"PolicyType\":\"" type "\"}"
#define GROUPS(items) "{\"Groups\":{\"Group\":[" items "]}}"
#define GROUP(name) "{\"GroupName\":\"" name "\"}"
#define READER POLICY("ReadOnlyAccess", "System")
#define ADMIN POLICY("AdministratorAccess", "System")
#define OWN POLICY("own", "Custom")

static evc_ack_has has;
static char why[256];

static const struct {
    const char *arn;
    evc_ack_caller_kind kind;
    const char *name;
} arns[] = {
    {"acs:ram::1:user/me", EVC_ACK_CALLER_USER, "me"},
    {"acs:ram::1:assumed-role/cleaner/session", EVC_ACK_CALLER_ROLE, "cleaner"},
    {"acs:ram::1:assumed-role/cleaner", EVC_ACK_CALLER_ROLE, "cleaner"},
    {"acs:ram::1:root", EVC_ACK_CALLER_ROOT, ""},
    {"acs:ram::1:federated-user/x", EVC_ACK_CALLER_OTHER, ""},
    {"root", EVC_ACK_CALLER_OTHER, ""},
    {"", EVC_ACK_CALLER_OTHER, ""},
};

START_TEST(callers_are_told_by_their_arn)
{
    evc_ack_caller caller;

    evc_ack_rights_caller(arns[_i].arn, &caller);
    ck_assert_int_eq(caller.kind, arns[_i].kind);
    ck_assert_str_eq(caller.name, arns[_i].name);
}
END_TEST

START_TEST(who_asks_is_told_by_sts)
{
    evc_ack_caller caller;

    PLAY(REPLY("{\"Arn\":\"acs:ram::1:user/me\",\"IdentityType\":\"RAMUser\"}"));
    EVC_CHECK_OK(
        evc_ack_rights_identify(evc_ack_place_of(ack), &t.wait, &caller, NULL));
    ck_assert_str_eq(caller.name, "me");
    ck_assert_str_eq(asked, "POST GetCallerIdentity \n");
}
END_TEST

static int
look(const char *arn)
{
    evc_ack_caller caller;

    evc_ack_rights_caller(arn, &caller);
    return evc_ack_rights_policy(evc_ack_place_of(ack), &caller, &t.wait, &has, why,
                                 NULL);
}

static const struct {
    step steps[3];
    evc_ack_has has;
    const char *says;
} users[] = {
    {{REPLY(POLICIES(POLICY("AliyunKMSCryptoAdminAccess", "System")))},
     EVC_ACK_HAS,
     "has the policy AliyunKMSCryptoAdminAccess"},
    {{REPLY(POLICIES(ADMIN))}, EVC_ACK_HAS, "AdministratorAccess"},
    {{REPLY(POLICIES(POLICY("AliyunKMSFullAccess", "System")))},
     EVC_ACK_HAS,
     "AliyunKMSFullAccess"},
    {{REPLY(POLICIES(READER)), REPLY(GROUPS(""))}, EVC_ACK_LACKS, "attach it"},
    /* Of the same name, but not Alibaba's. */
    {{REPLY(POLICIES(POLICY("AdministratorAccess", "Custom"))), REPLY(GROUPS(""))},
     EVC_ACK_UNKNOWN,
     "policies of its own"},
    {{REPLY(POLICIES(OWN)), REPLY(GROUPS(""))}, EVC_ACK_UNKNOWN, "policies of its own"},
    {{REPLY(POLICIES("")), REPLY(GROUPS(GROUP("g"))), REPLY(POLICIES(ADMIN))},
     EVC_ACK_HAS,
     "AdministratorAccess"},
    {{REPLY(POLICIES("")), REPLY(GROUPS(GROUP("g"))), REPLY(POLICIES(READER))},
     EVC_ACK_LACKS,
     "lacks"},
    {{REPLY(POLICIES("")), REPLY(GROUPS(GROUP("g"))), REPLY(POLICIES(OWN))},
     EVC_ACK_UNKNOWN,
     "of its own"},
    {{FAULT(403, "NoPermission"), REPLY(GROUPS(""))}, EVC_ACK_UNKNOWN, "may not all"},
    {{REPLY(POLICIES("")), FAULT(403, "NoPermission")}, EVC_ACK_UNKNOWN, "may not all"},
    {{REPLY(POLICIES("")), REPLY(GROUPS(GROUP("g"))), FAULT(403, "NoPermission")},
     EVC_ACK_UNKNOWN,
     "may not all"},
};

START_TEST(a_user_has_lacks_or_is_unknown)
{
    script_play(users[_i].steps, 3);
    EVC_CHECK_OK(look("acs:ram::1:user/me"));
    ck_assert_int_eq(has, users[_i].has);
    ck_assert_ptr_nonnull(strstr(why, users[_i].says));
}
END_TEST

START_TEST(a_role_has_no_groups)
{
    PLAY(REPLY(POLICIES(READER)));
    EVC_CHECK_OK(look("acs:ram::1:assumed-role/cleaner/session"));
    ck_assert_int_eq(has, EVC_ACK_LACKS);
    ck_assert_str_eq(asked, "POST ListPoliciesForRole?RoleName=cleaner \n");
}
END_TEST

START_TEST(the_account_itself_may_do_everything_and_nobody_is_asked)
{
    EVC_CHECK_OK(look("acs:ram::1:root"));
    ck_assert_int_eq(has, EVC_ACK_HAS);
    EVC_CHECK_OK(look("acs:ram::1:something"));
    ck_assert_int_eq(has, EVC_ACK_UNKNOWN);
    ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(groups_past_the_limit_leave_it_unknown)
{
    static char text[8192] = "{\"Groups\":{\"Group\":[";

    for (int i = 0; i < 65; i++)
        (void)snprintf(&text[strlen(text)], sizeof(text) - strlen(text),
                       "%s{\"GroupName\":\"g%d\"}", i ? "," : "", i);
    (void)snprintf(&text[strlen(text)], sizeof(text) - strlen(text), "]}}");
    PLAY(REPLY(POLICIES("")), REPLY(text), REPLY(POLICIES("")));
    EVC_CHECK_OK(look("acs:ram::1:user/me"));
    ck_assert_int_eq(has, EVC_ACK_UNKNOWN);
    ck_assert_uint_eq(t.started, 66);
}
END_TEST

static const char *const bad[] = {"{}", "{\"Policies\":7}",
                                  POLICIES("{\"PolicyName\":7}"),
                                  POLICIES("{\"PolicyName\":\"a\"}")};

START_TEST(what_is_no_list_of_policies_is_the_protocols_fault)
{
    PLAY(REPLY(bad[_i]));
    EVC_CHECK_CODE(look("acs:ram::1:user/me"), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(the_service_role_is_granted_or_not)
{
    const evc_ack_site *site = evc_ack_place_site(ack);
    char message[256];
    bool granted;

    PLAY(REPLY("{\"roles\":[{\"granted\":true,\"message\":\"x\"}]}"),
         REPLY("{\"roles\":[{\"granted\":false,\"message\":\"no\\u0007role\"}]}"),
         REPLY("{\"roles\":[]}"));
    EVC_CHECK_OK(evc_ack_rights_role(site, &t.wait, &granted, message, NULL));
    ck_assert(granted);
    ck_assert_str_eq(asked, "POST /ram/check-service-role {\"roles\":[{\"name\":"
                            "\"AliyunCSManagedSecurityRole\"}]}\n");
    EVC_CHECK_OK(evc_ack_rights_role(site, &t.wait, &granted, message, NULL));
    ck_assert(!granted);
    ck_assert_str_eq(message, "no?role");
    EVC_CHECK_CODE(evc_ack_rights_role(site, &t.wait, &granted, message, NULL),
                   ENVCRYPT_E_PROTOCOL);
}
END_TEST

static int
look_once(void *user)
{
    (void)user;
    t.started = 0;
    asked[0] = '\0';
    return look("acs:ram::1:user/me");
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY(POLICIES(READER)), REPLY(GROUPS(GROUP("g"))), REPLY(POLICIES(READER)));
    ck_assert_uint_gt(evc_alloc_sweep(look_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        who_asks_is_told_by_sts,
        a_role_has_no_groups,
        the_account_itself_may_do_everything_and_nobody_is_asked,
        groups_past_the_limit_leave_it_unknown,
        the_service_role_is_granted_or_not,
        survives_memory_that_runs_out,
        NULL};
    const ack_loop loops[] = {
        {callers_are_told_by_their_arn, COUNT(arns)},
        {a_user_has_lacks_or_is_unknown, COUNT(users)},
        {what_is_no_list_of_policies_is_the_protocols_fault, COUNT(bad)},
        {NULL, 0}};

    ack_add(suite, "ack_rights", tests, loops);
}

EVC_TEST_MAIN("ack_rights", add_tests)
