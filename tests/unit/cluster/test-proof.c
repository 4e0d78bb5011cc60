/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/proof.h"

#include "toy-cloud.h"

static evc_scene *scene;

static void
open_for(evc_cluster_verb verb)
{
    cloud_encrypt(KEY_A);
    EVC_CHECK_OK(evc_scene_open(cluster, verb, &change, NULL, &k.wait, &scene, NULL));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    EVC_CHECK_OK(evc_scene_find_key(scene, NULL));
}

static void
conclude(bool looked)
{
    EVC_CHECK_OK(evc_proof_conclude(scene, looked, &error));
    report = evc_scene_close(scene, 0);
}

static void
concludes(int32_t outcome, const char *reason)
{
    ck_assert_int_eq(report->outcome, outcome);
    ck_assert_msg(strstr(report->outcome_reason, reason) != NULL, "%s",
                  report->outcome_reason);
}

START_TEST(all_seen_is_proven)
{
    open_for(EVC_VERB_VERIFY);
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    conclude(false);
    concludes(ENVCRYPT_OUTCOME_PROVEN, "see the evidence");
    ck_assert_uint_eq(report->evidence->rows, 2);
}
END_TEST

START_TEST(what_was_switched_off_is_proven_to_be_off)
{
    EVC_CHECK_OK(
        evc_scene_open(cluster, EVC_VERB_VERIFY, &change, NULL, &k.wait, &scene, NULL));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    scene->found = true;
    scene->record.verb = EVC_VERB_DISABLE;
    scene->record.update.phase = EVC_UPDATE_DONE;
    conclude(false);
    ck_assert_int_eq(cloud->proves, EVC_VERB_DISABLE);
}
END_TEST

START_TEST(what_was_never_on_is_asked_to_be_on)
{
    EVC_CHECK_OK(
        evc_scene_open(cluster, EVC_VERB_VERIFY, &change, NULL, &k.wait, &scene, NULL));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    conclude(false);
    ck_assert_int_eq(cloud->proves, EVC_VERB_VERIFY);
}
END_TEST

START_TEST(a_missing_fact_of_the_provider_is_not_proven)
{
    cloud->fact = EVC_FACT_MISSING;
    open_for(EVC_VERB_VERIFY);
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    conclude(false);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "the status");
}
END_TEST

START_TEST(a_contrary_fact_of_the_provider_contradicts)
{
    cloud->fact = EVC_FACT_CONTRARY;
    open_for(EVC_VERB_VERIFY);
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    conclude(false);
    concludes(ENVCRYPT_OUTCOME_CONTRADICTED, "the status");
}
END_TEST

START_TEST(secrets_that_are_not_proven_leave_the_whole_not_proven)
{
    toy.blind = true;
    open_for(EVC_VERB_VERIFY);
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    ck_assert_int_eq(scene->report->secrets->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    conclude(false);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, report->secrets->outcome_reason);
}
END_TEST

START_TEST(a_part_of_the_secrets_proves_nothing_of_the_whole)
{
    static const char *const options[][2] = {{"secrets-namespaces", "a"},
                                             {"secrets-selector", "a=b"},
                                             {"secrets-resource", "configmaps"}};

    open_for(EVC_VERB_VERIFY);
    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        cloud_set(options[i][0], options[i][1]);
        ck_assert(evc_proof_is_partial(scene));
        cloud_set(options[i][0], NULL);
    }
    ck_assert(!evc_proof_is_partial(scene));
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    cloud_set("secrets-namespaces", "a");
    conclude(false);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "only a part");
}
END_TEST

START_TEST(secrets_that_contradict_contradict_the_whole)
{
    open_for(EVC_VERB_VERIFY);
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    evc_reencrypt_report_concludes(scene->report->secrets,
                                   ENVCRYPT_OUTCOME_CONTRADICTED, "s-01 is old");
    conclude(false);
    concludes(ENVCRYPT_OUTCOME_CONTRADICTED, "s-01 is old");
}
END_TEST

START_TEST(secrets_that_were_not_asked_about_are_missing)
{
    open_for(EVC_VERB_VERIFY);
    conclude(false);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "not looked at");
}
END_TEST

START_TEST(secrets_that_the_provider_stores_itself_need_no_proof)
{
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    open_for(EVC_VERB_VERIFY);
    conclude(false);
    concludes(ENVCRYPT_OUTCOME_PROVEN, "");
}
END_TEST

START_TEST(stored_values_that_do_not_tell_when_leave_the_proof_of_who_stores_them)
{
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    toy.blind = true;
    open_for(EVC_VERB_VERIFY);
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    ck_assert_int_eq(scene->report->secrets->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    conclude(true);
    concludes(ENVCRYPT_OUTCOME_PROVEN, "");
}
END_TEST

START_TEST(stored_values_contradict_who_should_have_stored_them)
{
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    open_for(EVC_VERB_VERIFY);
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    evc_reencrypt_report_concludes(scene->report->secrets,
                                   ENVCRYPT_OUTCOME_CONTRADICTED, "s-01 is plain");
    conclude(true);
    concludes(ENVCRYPT_OUTCOME_CONTRADICTED, "s-01 is plain");
}
END_TEST

START_TEST(nothing_to_be_seen_proves_nothing)
{
    cloud->fact = EVC_FACT_HINT;
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    open_for(EVC_VERB_VERIFY);
    conclude(false);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "nothing was seen");
}
END_TEST

START_TEST(evidence_that_cannot_be_asked_for_is_an_error)
{
    cloud->evidence_code = ENVCRYPT_E_DENIED;
    open_for(EVC_VERB_VERIFY);
    EVC_CHECK_CODE(evc_proof_conclude(scene, false, &error), ENVCRYPT_E_DENIED);
    report = evc_scene_close(scene, ENVCRYPT_E_DENIED);
    ck_assert_int_eq(report->outcome, 0);
}
END_TEST

/* --- the Lease of who was killed --------------------------------------------------- */

static int held; /* so many looks show it in other hands */

static bool
holds_lease(const kube_request *r, kube_step *s)
{
    if (!strstr(r->url, "/leases/") || held == 0)
        return false;
    held--;
    (void)s;
    toy_put(
        "{\"kind\":\"Lease\",\"metadata\":{\"name\":\"libenvcrypt-reencrypt-secrets\","
        "\"namespace\":\"kube-system\",\"uid\":\"l-1\",\"resourceVersion\":\"1\"},"
        "\"spec\":{\"holderIdentity\":\"run 0000 of there\","
        "\"leaseDurationSeconds\":60,\"renewTime\":\"2027-01-15T08:00:00.000000Z\"}}");
    return true;
}

/* How long it took. */
static int64_t
rewrite(int looks, int code)
{
    int64_t began = k.now;

    held = looks;
    toy.at = holds_lease;
    cloud_set("secrets-lease", "kube-system");
    open_for(EVC_VERB_ENABLE);
    EVC_CHECK_CODE(evc_proof_rewrite(scene, &error), code);
    report = evc_scene_close(scene, 0);
    return k.now - began;
}

START_TEST(the_lease_of_who_was_killed_is_waited_for)
{
    int64_t lasted = rewrite(1, 0);

    ck_assert_int_ge(lasted, 60000);
    ck_assert_int_le(lasted, 70000);
    ck_assert_ptr_nonnull(strstr(report->notes[0], "run 0000 of there"));
    ck_assert_int_eq(report->secrets->phase, ENVCRYPT_REENCRYPT_PHASE_ENDED);
}
END_TEST

START_TEST(who_is_alive_keeps_the_lease)
{
    ck_assert_int_le(rewrite(2, ENVCRYPT_E_LEASE_HELD), 70000);
}
END_TEST

START_TEST(who_does_not_want_to_wait_is_told_at_once)
{
    cloud_set("wait", "no");
    ck_assert_int_le(rewrite(1, ENVCRYPT_E_LEASE_HELD), 1000);
    ck_assert_uint_eq(report->note_count, 0);
}
END_TEST

/* --- a trail that lags ------------------------------------------------------------ */

/* How long it took, when it is told so many looks late. */
static int64_t
await(evc_cluster_verb verb, int late)
{
    int64_t began;

    cloud->late = late;
    open_for(verb);
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    began = k.now;
    conclude(false);
    return k.now - began;
}

START_TEST(a_change_waits_for_what_the_trail_tells_late)
{
    ck_assert_int_eq(await(EVC_VERB_ENABLE, 3), 90000);
    concludes(ENVCRYPT_OUTCOME_PROVEN, "");
    ck_assert_str_eq(report->next, "");
    ck_assert_uint_eq(report->evidence->rows, 2);
}
END_TEST

START_TEST(it_waits_for_ten_minutes_and_says_how_to_prove_it_later)
{
    ck_assert_int_eq(await(EVC_VERB_ENABLE, 100), 600000);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "no event yet");
    ck_assert_ptr_nonnull(strstr(report->next, "envcrypt cluster verify"));
    ck_assert_ptr_null(strstr(report->update.detail, "trail"));
}
END_TEST

START_TEST(who_verifies_is_told_at_once)
{
    ck_assert_int_eq(await(EVC_VERB_VERIFY, 100), 0);
    ck_assert_ptr_nonnull(strstr(report->next, "envcrypt cluster verify"));
}
END_TEST

START_TEST(who_does_not_want_to_wait_is_not_kept_for_the_trail)
{
    cloud_set("wait", "no");
    ck_assert_int_eq(await(EVC_VERB_ENABLE, 100), 0);
}
END_TEST

START_TEST(the_end_of_the_callers_time_ends_it_without_an_error)
{
    evc_wait_release(&k.wait);
    evc_wait_init(&k.wait, &k.env->clock, 100000);
    ck_assert_int_le(await(EVC_VERB_ENABLE, 100), 100000);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "no event yet");
}
END_TEST

START_TEST(a_trail_is_not_waited_for_when_more_is_missing)
{
    cloud->late = 100;
    open_for(EVC_VERB_ENABLE);
    conclude(false); /* the Secrets were not looked at */
    ck_assert_int_eq(cloud->evidences, 1);
}
END_TEST

/* --- new material under the same key id ------------------------------------------- */

static void
rotated(bool looked)
{
    EVC_CHECK_OK(evc_proof_rewrite(scene, NULL));
    conclude(looked);
}

START_TEST(a_rotation_under_the_same_key_id_is_not_provable)
{
    cloud_driver.abilities |= EVC_CLUSTER_KEEPS_KEY_ID;
    open_for(EVC_VERB_ROTATE);
    rotated(false);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "not provable that Secrets use the new");
}
END_TEST

START_TEST(that_is_told_rather_than_what_secrets_do_not_show)
{
    cloud_driver.abilities |= EVC_CLUSTER_KEEPS_KEY_ID;
    toy.blind = true;
    open_for(EVC_VERB_ROTATE);
    rotated(false);
    ck_assert_int_eq(report->secrets->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "not provable that Secrets use the new");
}
END_TEST

START_TEST(stored_values_prove_a_rotation)
{
    cloud_driver.abilities |= EVC_CLUSTER_KEEPS_KEY_ID;
    open_for(EVC_VERB_ROTATE);
    rotated(true);
    concludes(ENVCRYPT_OUTCOME_PROVEN, "");
}
END_TEST

START_TEST(a_key_id_that_changes_shows_a_rotation)
{
    open_for(EVC_VERB_ROTATE);
    rotated(false);
    concludes(ENVCRYPT_OUTCOME_PROVEN, "");
}
END_TEST

/* Of a key that had another material before, in a cluster without a record. */
static void
verified_without_record(int64_t chosen_ms)
{
    cloud_driver.abilities |= EVC_CLUSTER_KEEPS_KEY_ID;
    cloud->version_ms = KUBE_WALL;
    cloud->chosen_ms = chosen_ms;
    open_for(EVC_VERB_VERIFY);
    scene->report->key.rotated = true;
    rotated(false);
}

START_TEST(without_a_record_the_provider_tells_that_the_key_was_rotated_since)
{
    verified_without_record(KUBE_WALL - 1);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "not provable that Secrets use the new");
}
END_TEST

START_TEST(without_a_record_the_provider_tells_that_the_key_was_rotated_before)
{
    verified_without_record(KUBE_WALL + 1);
    concludes(ENVCRYPT_OUTCOME_PROVEN, "");
}
END_TEST

START_TEST(
    who_does_not_know_when_the_key_was_chosen_cannot_tell_that_it_was_not_rotated)
{
    verified_without_record(0);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "not provable that Secrets use the new");
}
END_TEST

START_TEST(a_rotation_by_another_tool_after_the_change_counts_too)
{
    cloud_driver.abilities |= EVC_CLUSTER_KEEPS_KEY_ID;
    cloud->version_ms = KUBE_WALL;
    open_for(EVC_VERB_VERIFY);
    scene->record.changed_ms = KUBE_WALL - 1;
    rotated(false);
    concludes(ENVCRYPT_OUTCOME_NOT_PROVEN, "new material");
}
END_TEST

START_TEST(a_version_from_before_the_change_is_no_rotation)
{
    cloud_driver.abilities |= EVC_CLUSTER_KEEPS_KEY_ID;
    cloud->version_ms = KUBE_WALL - 1;
    open_for(EVC_VERB_VERIFY);
    scene->record.changed_ms = KUBE_WALL;
    rotated(false);
    concludes(ENVCRYPT_OUTCOME_PROVEN, "");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        all_seen_is_proven,
        what_was_switched_off_is_proven_to_be_off,
        what_was_never_on_is_asked_to_be_on,
        a_missing_fact_of_the_provider_is_not_proven,
        a_contrary_fact_of_the_provider_contradicts,
        secrets_that_are_not_proven_leave_the_whole_not_proven,
        a_part_of_the_secrets_proves_nothing_of_the_whole,
        secrets_that_contradict_contradict_the_whole,
        secrets_that_were_not_asked_about_are_missing,
        secrets_that_the_provider_stores_itself_need_no_proof,
        stored_values_that_do_not_tell_when_leave_the_proof_of_who_stores_them,
        stored_values_contradict_who_should_have_stored_them,
        nothing_to_be_seen_proves_nothing,
        evidence_that_cannot_be_asked_for_is_an_error,
        a_change_waits_for_what_the_trail_tells_late,
        it_waits_for_ten_minutes_and_says_how_to_prove_it_later,
        who_verifies_is_told_at_once,
        who_does_not_want_to_wait_is_not_kept_for_the_trail,
        the_end_of_the_callers_time_ends_it_without_an_error,
        a_trail_is_not_waited_for_when_more_is_missing,
        the_lease_of_who_was_killed_is_waited_for,
        who_is_alive_keeps_the_lease,
        who_does_not_want_to_wait_is_told_at_once,
        a_rotation_under_the_same_key_id_is_not_provable,
        that_is_told_rather_than_what_secrets_do_not_show,
        stored_values_prove_a_rotation,
        a_key_id_that_changes_shows_a_rotation,
        without_a_record_the_provider_tells_that_the_key_was_rotated_since,
        without_a_record_the_provider_tells_that_the_key_was_rotated_before,
        who_does_not_know_when_the_key_was_chosen_cannot_tell_that_it_was_not_rotated,
        a_rotation_by_another_tool_after_the_change_counts_too,
        a_version_from_before_the_change_is_no_rotation,
        NULL};

    cloud_case(suite, "proof", all);
}

EVC_TEST_MAIN("proof", add_tests)
