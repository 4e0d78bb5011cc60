/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_check.h"

#define POLICY(service, roles)                                                       \
    "{\"type\":\"access\",\"roles\":[" roles                                         \
    "],\"resources\":[{\"attributes\":[{\"name\":\"accountId\",\"value\":\"" ACCOUNT \
    "\"},{\"name\":\"serviceName\",\"value\":\"" service "\"}]}]}"
#define ROLE(name) "{\"role_id\":\"crn:v1:bluemix:public:iam::::" name "\"}"
#define ALL                                           \
    "{\"policies\":[" POLICY(                         \
        "containers-kubernetes",                      \
        ROLE("role:Administrator") "," ROLE(          \
            "serviceRole:Manager")) "," POLICY("kms", \
                                               ROLE("serviceRole:Manager")) "]}"

static evc_checks checks;
static evc_iks_traits traits;

static void
set_up(void)
{
    iks_set_up();
    take_key();
    read_state();
    EVC_CHECK_OK(evc_checks_init(&checks, NULL));
    traits = (evc_iks_traits){.rotated_ms = -1, .expires_ms = -1};
    reply_to("/v1/policies", 200, ALL);
    reply_to("/v2/groups", 200, "{\"groups\":[]}");
    reply_to("/keys/" KEY "/registrations", 200,
             ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    reply_to("/getClusters", 200, "[]");
}

static void
tear_down(void)
{
    evc_checks_reset(&checks);
    iks_tear_down();
}

static void
check(evc_cluster_verb verb)
{
    evc_cluster_job job = job_of(verb);

    EVC_CHECK_OK(evc_cluster_iks.check(cluster, &job, &toy.wait, &checks, &err));
}

static void
check_key(evc_cluster_verb verb, bool hpcs)
{
    evc_cluster_job job = job_of(verb);

    EVC_CHECK_OK(evc_iks_check_key(&job, &traits, hpcs, WALL_MS, &checks, &err));
}

static void
check_use(evc_cluster_verb verb, const evc_iks_use *use)
{
    evc_cluster_job job = job_of(verb);

    EVC_CHECK_OK(evc_iks_check_use(&job, use, &checks, &err));
}

/* The result of the first row about something, and what it says. */
static const char *
row(const char *about, const char *column)
{
    for (size_t i = 0; i < checks.rows->rows; i++) {
        if (strcmp(cell(checks.rows, i, "check"), about) == 0)
            return cell(checks.rows, i, column);
    }
    return "";
}

static void
refused(int code, const char *part)
{
    EVC_CHECK_CODE(evc_checks_conclude(&checks, &err), code);
    ck_assert_msg(strstr(evc_error_message(err), part) != NULL, "%s",
                  evc_error_message(err));
}

START_TEST(all_is_well)
{
    check(EVC_VERB_ENABLE);
    EVC_CHECK_OK(evc_checks_conclude(&checks, &err));
    ck_assert_str_eq(row("key state", "result"), "ok");
    ck_assert_str_eq(row("key kind", "result"), "ok");
    ck_assert_str_eq(row("account", "result"), "ok");
    ck_assert_str_eq(row("roles", "result"), "ok");
    ck_assert_str_eq(row("former key", "result"), "unknown");
    ck_assert_uint_eq(asked_for("POST "), 0);
}
END_TEST

static const struct {
    const char *metadata;
    int code;
} bad_states[] = {
    {METADATA_OF("2", ""), ENVCRYPT_E_KEY_DISABLED},
    {METADATA_OF("3", ""), ENVCRYPT_E_KEY_DECRYPT_ONLY},
    {METADATA_OF("5", ""), ENVCRYPT_E_KEY_DESTROYED},
    {METADATA_OF("0", ""), ENVCRYPT_E_KEY_NOT_READY},
};

START_TEST(r08_a_key_must_be_active)
{
    reply_to("/metadata", 200, bad_states[_i].metadata);
    check(EVC_VERB_ENABLE);
    ck_assert_str_eq(row("key state", "rule"), "R08");
    refused(bad_states[_i].code, "must be Active");
}
END_TEST

START_TEST(r17_a_key_that_names_the_cluster_and_is_not_its_own_was_its_own)
{
    const evc_iks_use use = {.found = true};

    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY, "crn:other", NULL));
    check_use(EVC_VERB_CHANGE_KEY, &use);
    refused(ENVCRYPT_E_KEY_FORMER, "a former root key cannot be reused");
}
END_TEST

static int
check_had(const char *active)
{
    evc_cluster_job job = job_of(EVC_VERB_CHANGE_KEY);
    const evc_iks_use use = {.found = false};

    job.had_key = true;
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY, active, NULL));
    return evc_iks_check_use(&job, &use, &checks, &err);
}

START_TEST(r17_a_report_from_here_tells_of_a_former_key)
{
    EVC_CHECK_OK(check_had(NULL));
    refused(ENVCRYPT_E_KEY_FORMER, "from here says");
}
END_TEST

START_TEST(r17_the_key_that_is_active_is_no_former_one)
{
    EVC_CHECK_OK(check_had(CRN));
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

START_TEST(r17_else_it_cannot_be_known)
{
    const evc_iks_use use = {.found = false};

    check_use(EVC_VERB_CHANGE_KEY, &use);
    ck_assert_str_eq(row("former key", "result"), "unknown");
    ck_assert_ptr_nonnull(
        strstr(row("former key", "detail"), "cannot be known from here"));
}
END_TEST

START_TEST(which_key_is_active_must_be_known)
{
    state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    check_use(EVC_VERB_CHANGE_KEY, NULL);
    refused(ENVCRYPT_E_CLUSTER_OVERRIDE, "override=registrations");
}
END_TEST

START_TEST(of_two_keys_that_name_the_cluster_none_is_sent)
{
    const evc_iks_use use = {.found = true, .other = "k2"};

    state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    check_use(EVC_VERB_CHANGE_KEY, &use);
    refused(ENVCRYPT_E_CLUSTER_OVERRIDE, "with another one");
}
END_TEST

START_TEST(a_change_that_somebody_has_under_way_is_waited_for)
{
    state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    state.phase = EVC_CLUSTER_CHANGING;
    check_use(EVC_VERB_ENABLE, NULL);
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

START_TEST(which_key_is_active_may_be_known_to_the_caller)
{
    state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    want("override", "registrations");
    check_use(EVC_VERB_CHANGE_KEY, NULL);
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(row("active key", "result"), "warning");
}
END_TEST

START_TEST(a_cluster_without_a_key_has_none_that_is_active)
{
    check_use(EVC_VERB_ENABLE, NULL);
    ck_assert_str_eq(row("active key", "result"), "");
}
END_TEST

START_TEST(r18_a_standard_key_is_refused)
{
    traits.extractable = true;
    check_key(EVC_VERB_ENABLE, false);
    refused(ENVCRYPT_E_KEY_UNSUITABLE, "standard key");
}
END_TEST

START_TEST(r18_a_key_that_expires_soon_is_refused)
{
    traits.expires_ms = WALL_MS + EVC_IKS_EXPIRY_DAYS * INT64_C(86400000) - 1;
    check_key(EVC_VERB_ENABLE, false);
    refused(ENVCRYPT_E_KEY_UNSUITABLE, "expires in 29 days");
}
END_TEST

START_TEST(r18_one_that_expires_later_is_a_warning)
{
    traits.expires_ms = WALL_MS + EVC_IKS_EXPIRY_DAYS * INT64_C(86400000);
    check_key(EVC_VERB_ENABLE, false);
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(row("key expiry", "result"), "warning");
    ck_assert_ptr_nonnull(strstr(row("key expiry", "detail"), "30 days"));
}
END_TEST

START_TEST(r19_a_key_of_another_account_needs_the_account)
{
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ACCOUNT, "ours", NULL));
    check(EVC_VERB_ENABLE);
    refused(ENVCRYPT_E_ARGUMENT, "kms-account-id=" ACCOUNT);
}
END_TEST

START_TEST(r19_with_the_account_it_is_taken)
{
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ACCOUNT, "ours", NULL));
    want("kms-account-id", ACCOUNT);
    check(EVC_VERB_ENABLE);
    ck_assert_str_eq(row("account", "result"), "ok");
}
END_TEST

START_TEST(r19_satellite_takes_no_key_of_another_account)
{
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ACCOUNT, "ours", NULL));
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KIND, "satellite", NULL));
    want("kms-account-id", ACCOUNT);
    check(EVC_VERB_ENABLE);
    refused(ENVCRYPT_E_CLUSTER_KIND,
            "Satellite clusters take no key of another account");
}
END_TEST

START_TEST(r19_a_wrong_account_is_refused)
{
    want("kms-account-id", "wrong");
    check(EVC_VERB_ENABLE);
    refused(ENVCRYPT_E_ARGUMENT, "says another one");
}
END_TEST

START_TEST(r20_hyper_protect_ends)
{
    check_key(EVC_VERB_ENABLE, true);
    refused(ENVCRYPT_E_CLUSTER_OVERRIDE, "2027-03-28");
}
END_TEST

START_TEST(r20_is_told_where_such_a_key_is_rotated)
{
    check_key(EVC_VERB_ROTATE, true);
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(row("key service", "result"), "warning");
    ck_assert_ptr_nonnull(strstr(row("key service", "detail"), "rotate --key"));
}
END_TEST

START_TEST(r20_may_be_overridden)
{
    want("override", "hpcs");
    check_key(EVC_VERB_ENABLE, true);
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(row("key service", "result"), "warning");
}
END_TEST

START_TEST(r21_a_key_is_rotated_once_an_hour)
{
    traits.rotated_ms = WALL_MS - 3600000 + 1;
    check_key(EVC_VERB_ROTATE, false);
    ck_assert_int_eq(evc_error_retry_after_ms(checks.first), 1);
    refused(ENVCRYPT_E_CLUSTER_TOO_EARLY, "wait 1 s");
}
END_TEST

START_TEST(r21_an_hour_later_it_may_be_rotated)
{
    traits.rotated_ms = WALL_MS - 3600000;
    check_key(EVC_VERB_ROTATE, false);
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

START_TEST(r21_the_first_rotation_is_not_limited)
{
    check_key(EVC_VERB_ROTATE, false);
    ck_assert_str_eq(row("rotation", "result"), "ok");
}
END_TEST

START_TEST(an_imported_key_is_rotated_elsewhere)
{
    traits.imported = true;
    check_key(EVC_VERB_ROTATE, false);
    refused(ENVCRYPT_E_UNSUPPORTED, "imported");
}
END_TEST

START_TEST(r34_a_role_that_is_lacking_is_refused)
{
    reply_to("/v1/policies", 200,
             "{\"policies\":[" POLICY("kms", ROLE("serviceRole:Reader")) "]}");
    check(EVC_VERB_ENABLE);
    refused(ENVCRYPT_E_DENIED,
            "IBMid-1 lacks the platform role Administrator on the cluster");
}
END_TEST

START_TEST(r34_roles_that_nobody_tells_are_unknown)
{
    reply_to("/v1/policies", 200, "{\"policies\":[]}");
    check(EVC_VERB_ENABLE);
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(row("roles", "result"), "unknown");
}
END_TEST

/* --- the destructive proof --- */

START_TEST(a_destructive_proof_is_allowed_where_all_is_known)
{
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    want("destructive", "yes");
    check(EVC_VERB_VERIFY);
    EVC_CHECK_OK(evc_checks_conclude(&checks, &err));
    ck_assert_str_eq(row("other users of the key", "result"), "ok");
}
END_TEST

START_TEST(a_destructive_proof_spares_other_users_of_the_key)
{
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION) "," REGISTRATION(
                 KEY, "crn:v1:bluemix:public:cloud-object-storage:global:a/1:s:b:c",
                 VERSION)));
    want("destructive", "yes");
    check(EVC_VERB_VERIFY);
    refused(ENVCRYPT_E_KEY_IN_USE, "1 other resources use");
}
END_TEST

START_TEST(a_destructive_proof_spares_clusters_that_come_to_use_the_key)
{
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    reply_to("/vpc/getClusters", 200, "[{\"id\":\"c2\",\"name\":\"two\"}]");
    reply_to("/getCluster?cluster=c2", 200,
             "{\"id\":\"c2\",\"name\":\"two\",\"lifecycle\":{\"masterState\":"
             "\"updating\",\"masterStatus\":\"enablement in progress\"}}");
    want("destructive", "yes");
    check(EVC_VERB_VERIFY);
    refused(ENVCRYPT_E_KEY_IN_USE, "two may use");
}
END_TEST

START_TEST(a_destructive_proof_needs_to_know_the_users)
{
    reply_to("/keys/registrations", 401, REFUSAL("401", "UNAUTHORIZED_ERR"));
    want("destructive", "yes");
    check(EVC_VERB_VERIFY);
    refused(ENVCRYPT_E_KEY_IN_USE, "could not be read");
}
END_TEST

START_TEST(a_destructive_proof_is_for_the_owner_of_the_key)
{
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ACCOUNT, "ours", NULL));
    want("destructive", "yes");
    check(EVC_VERB_VERIFY);
    ck_assert_str_eq(row("account", "result"), "refused");
}
END_TEST

START_TEST(a_destructive_proof_needs_to_know_whose_the_cluster_is)
{
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ACCOUNT, "", NULL));
    want("destructive", "yes");
    check(EVC_VERB_VERIFY);
    ck_assert_str_eq(row("account", "result"), "refused");
}
END_TEST

START_TEST(a_destructive_proof_needs_to_know_that_the_key_can_be_enabled)
{
    reply_to("/v1/policies", 200, "{\"policies\":[]}");
    want("destructive", "yes");
    check(EVC_VERB_VERIFY);
    refused(ENVCRYPT_E_DENIED,
            "is not known to have the service role Manager on the key");
}
END_TEST

START_TEST(verification_alone_takes_no_leave_to_change)
{
    reply_to("/v1/policies", 200,
             "{\"policies\":[" POLICY("kms", ROLE("serviceRole:Reader")) "]}");
    check(EVC_VERB_VERIFY);
    EVC_CHECK_OK(evc_checks_conclude(&checks, &err));
}
END_TEST

START_TEST(other_users_of_the_key_are_told)
{
    const evc_iks_use use = {.neighbours = 2};

    check_use(EVC_VERB_ENABLE, &use);
    ck_assert_str_eq(row("other users of the key", "result"), "warning");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        all_is_well,
        r17_a_key_that_names_the_cluster_and_is_not_its_own_was_its_own,
        r17_a_report_from_here_tells_of_a_former_key,
        r17_the_key_that_is_active_is_no_former_one,
        r17_else_it_cannot_be_known,
        which_key_is_active_must_be_known,
        of_two_keys_that_name_the_cluster_none_is_sent,
        a_change_that_somebody_has_under_way_is_waited_for,
        which_key_is_active_may_be_known_to_the_caller,
        a_cluster_without_a_key_has_none_that_is_active,
        r18_a_standard_key_is_refused,
        r18_a_key_that_expires_soon_is_refused,
        r18_one_that_expires_later_is_a_warning,
        r19_a_key_of_another_account_needs_the_account,
        r19_with_the_account_it_is_taken,
        r19_satellite_takes_no_key_of_another_account,
        r19_a_wrong_account_is_refused,
        r20_hyper_protect_ends,
        r20_is_told_where_such_a_key_is_rotated,
        r20_may_be_overridden,
        r21_a_key_is_rotated_once_an_hour,
        r21_an_hour_later_it_may_be_rotated,
        r21_the_first_rotation_is_not_limited,
        an_imported_key_is_rotated_elsewhere,
        r34_a_role_that_is_lacking_is_refused,
        r34_roles_that_nobody_tells_are_unknown,
        a_destructive_proof_is_allowed_where_all_is_known,
        a_destructive_proof_spares_other_users_of_the_key,
        a_destructive_proof_spares_clusters_that_come_to_use_the_key,
        a_destructive_proof_needs_to_know_the_users,
        a_destructive_proof_is_for_the_owner_of_the_key,
        a_destructive_proof_needs_to_know_whose_the_cluster_is,
        a_destructive_proof_needs_to_know_that_the_key_can_be_enabled,
        verification_alone_takes_no_leave_to_change,
        other_users_of_the_key_are_told,
        NULL};
    TCase *tcase = tcase_create("check");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, r08_a_key_must_be_active, 0,
                        sizeof(bad_states) / sizeof(bad_states[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_check", add_tests)
