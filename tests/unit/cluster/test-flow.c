/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/flow.h"

#include <signal.h>

#include "toy-cloud.h"

static void
well(int rc)
{
    ck_assert_msg(rc == 0, "%s: %s", evc_error_name(rc), evc_error_message(error));
    ck_assert_int_eq(report->phase, ENVCRYPT_CLUSTER_PHASE_ENDED);
}

static const char *
step(size_t row)
{
    const char *name = report->steps ? evc_table_cell(report->steps, row, 0) : NULL;

    return name ? name : "";
}

/* --- enable ----------------------------------------------------------------------- */

START_TEST(enabling_goes_from_nothing_to_secrets_stored_anew)
{
    well(cloud_change(EVC_VERB_ENABLE));
    ck_assert_str_eq(cloud->key, KEY_A);
    ck_assert_int_eq(cloud->heard, 1);
    ck_assert_int_eq(report->standing, ENVCRYPT_CLUSTER_AS_WANTED);
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
    ck_assert_uint_eq(toy_stale(), 0);
    ck_assert_uint_eq(toy.rewrites, 6);
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_str_eq(report->update.request_id, "req-1");
    ck_assert_int_gt(report->ended_ms, report->began_ms);
    ck_assert_str_ne(report->state_file, "");
}
END_TEST

START_TEST(enabling_again_sends_nothing_to_the_provider)
{
    well(cloud_change(EVC_VERB_ENABLE));
    well(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(cloud->begins, 1);
    ck_assert(report->update.needless);
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_PROVEN);
}
END_TEST

START_TEST(what_was_enabled_is_not_sent_again_where_the_provider_tells_no_key)
{
    well(cloud_change(EVC_VERB_ENABLE));
    cloud->key[0] = '\0';
    (void)cloud_change(EVC_VERB_ENABLE);
    ck_assert_int_eq(cloud->begins, 1);
    ck_assert(report->update.needless);
}
END_TEST

START_TEST(what_somebody_else_enabled_needs_no_confirmation)
{
    cloud_encrypt(KEY_A);
    cloud_set("confirm", NULL);
    well(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(cloud->begins, 0);
    ck_assert(report->update.needless);
    ck_assert_uint_eq(toy_stale(), 0);
}
END_TEST

START_TEST(a_refusal_of_a_check_sends_nothing)
{
    cloud->refusals = 2;
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_KEY_REGION);
    ck_assert(cloud_says("the key is RSA"));
    ck_assert(cloud_says("1 more"));
    ck_assert_int_eq(cloud->begins, 0);
    ck_assert_uint_eq(toy.patches, 0);
    ck_assert_str_eq(cloud_rule(report->checks, "R06"), "refused");
}
END_TEST

START_TEST(without_confirmation_the_plan_is_given_and_nothing_sent)
{
    cloud_set("confirm", NULL);
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_CONFIRMATION);
    ck_assert(cloud_says("R30"));
    ck_assert_str_eq(step(0), "enable");
    ck_assert_int_eq(cloud->begins, 0);
}
END_TEST

START_TEST(an_api_server_that_is_away_stops_it_before_anything_is_sent)
{
    cloud->access_code = ENVCRYPT_E_NET_CONNECT;
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_CLUSTER_ACCESS);
    ck_assert_int_eq(cloud->begins, 0);
}
END_TEST

START_TEST(secrets_are_left_alone_when_the_caller_says_so)
{
    cloud->access_code = ENVCRYPT_E_NET_CONNECT;
    cloud_set("encrypt-existing-secrets", "no");
    well(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(cloud->heard, 1);
    ck_assert_int_eq(cloud->accesses, 0);
    ck_assert_ptr_null(report->secrets);
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(strstr(report->next, "cluster reencrypt"));
}
END_TEST

START_TEST(a_provider_that_stores_anew_itself_gets_no_patch)
{
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    well(cloud_change(EVC_VERB_ENABLE));
    ck_assert_uint_eq(toy.patches, 0);
    ck_assert_uint_eq(toy.lists, 0);
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_PROVEN);
}
END_TEST

START_TEST(a_place_is_no_cluster_to_change)
{
    evc_cluster_unref(cluster);
    EVC_CHECK_OK(cloud_open_cluster("eks://eu-west-1"));
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(report);
}
END_TEST

START_TEST(an_option_that_the_provider_does_not_take_is_refused)
{
    cloud_set("crk", "x");
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(report);
}
END_TEST

START_TEST(a_cluster_that_is_not_there_is_told_with_a_report)
{
    cloud->missing = true;
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_CLUSTER_NOT_FOUND);
    ck_assert_ptr_nonnull(report);
    ck_assert_int_eq(report->standing, -1);
}
END_TEST

START_TEST(a_second_process_is_turned_away)
{
    evc_cluster_record record;
    evc_statefile *file = NULL;
    bool found;

    EVC_CHECK_OK(evc_statefile_open(k.crypto, evc_folder, "eks", CLOUD_ID, &file,
                                    &record, &found, NULL));
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_FILE_BUSY);
    ck_assert_int_eq(cloud->begins, 0);
    evc_statefile_close(file);
}
END_TEST

/* --- other verbs ------------------------------------------------------------------ */

START_TEST(a_key_is_changed_and_secrets_follow)
{
    cloud_encrypt(KEY_B);
    well(cloud_change(EVC_VERB_CHANGE_KEY));
    ck_assert_str_eq(cloud->key, KEY_A);
    ck_assert_uint_eq(toy_stale(), 0);
}
END_TEST

START_TEST(encryption_is_switched_off_and_secrets_follow)
{
    cloud_encrypt(KEY_A);
    cloud_set("key", NULL);
    well(cloud_change(EVC_VERB_DISABLE));
    ck_assert_int_eq(cloud->encryption, ENVCRYPT_CLUSTER_ENCRYPTION_NONE);
    ck_assert_int_eq(report->standing, ENVCRYPT_CLUSTER_AS_WANTED);
    ck_assert_uint_eq(toy_stale(), 0);
}
END_TEST

START_TEST(a_key_is_rotated_in_place_without_confirmation)
{
    cloud_encrypt(KEY_A);
    cloud_set("key", NULL);
    cloud_set("confirm", NULL);
    well(cloud_change(EVC_VERB_ROTATE));
    ck_assert_int_eq(cloud->rotations, 1);
}
END_TEST

START_TEST(the_name_of_another_cluster_rotates_nothing)
{
    cloud_encrypt(KEY_A);
    cloud_set("key", NULL);
    cloud_set("confirm", "other");
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ROTATE), ENVCRYPT_E_CONFIRMATION);
    ck_assert_int_eq(cloud->rotations, 0);
}
END_TEST

START_TEST(after_rotation_with_the_same_key_id_the_new_material_is_not_provable)
{
    cloud_encrypt(KEY_A);
    cloud_driver.abilities |= EVC_CLUSTER_KEEPS_KEY_ID;
    cloud_set("key", NULL);
    well(cloud_change(EVC_VERB_ROTATE));
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(strstr(report->outcome_reason, "not provable"));
}
END_TEST

START_TEST(a_cluster_is_made_with_encryption)
{
    cloud->missing = true;
    well(cloud_change(EVC_VERB_CREATE));
    ck_assert_int_eq(cloud->heard, 1);
    ck_assert_uint_eq(toy.patches, 0);
    ck_assert_int_eq(report->standing, ENVCRYPT_CLUSTER_AS_WANTED);
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_PROVEN);
}
END_TEST

START_TEST(a_refused_verb_asks_no_further)
{
    cloud_driver.abilities = 0;
    EVC_CHECK_CODE(cloud_change(EVC_VERB_DISABLE), ENVCRYPT_E_CLUSTER_CANNOT);
    ck_assert_int_eq(cloud->checks, 0);
    ck_assert_uint_eq(toy.reviews, 0);
}
END_TEST

/* --- wait ------------------------------------------------------------------------- */

static int
wait_for(void)
{
    evc_cluster_report_free(report);
    report = NULL;
    evc_err_drop(&error);
    return evc_flow_wait(cluster, &change, NULL, &k.wait, &report, &error);
}

START_TEST(without_waiting_the_update_is_told_and_waited_for_later)
{
    cloud_set("wait", "no");
    well(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_RUNNING);
    ck_assert_str_eq(report->update.id, "update-1");
    ck_assert_ptr_nonnull(strstr(report->next, "cluster wait"));
    ck_assert_int_eq(cloud->polls, 0);
    ck_assert_uint_eq(toy.patches, 0);
    cloud_set("wait", NULL);
    well(wait_for());
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
    ck_assert_int_eq(cloud->heard, 1);
    ck_assert_uint_eq(toy.patches, 0);
    ck_assert_ptr_nonnull(strstr(report->next, "reencrypt"));
}
END_TEST

/* It was kept by the URI, as there was no id yet. */
START_TEST(a_creation_is_waited_for_too)
{
    cloud->missing = true;
    cloud_set("wait", "no");
    well(cloud_change(EVC_VERB_CREATE));
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_RUNNING);
    cloud->missing = false; /* the provider tells it while it makes it */
    cloud_set("wait", NULL);
    well(wait_for());
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
    ck_assert_int_eq(cloud->heard, 1);
    ck_assert_str_eq(report->update.key, KEY_A);
}
END_TEST

START_TEST(a_change_of_another_tool_is_waited_for_by_its_id)
{
    cloud_set("update-id", "their-id");
    (void)snprintf(cloud->token, sizeof(cloud->token), "theirs");
    (void)snprintf(cloud->wanted, sizeof(cloud->wanted), "%s", KEY_A);
    cloud->verb = EVC_VERB_ENABLE;
    well(wait_for());
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
    ck_assert(report->update.adopted);
    ck_assert_int_eq(cloud->begins, 0);
}
END_TEST

START_TEST(a_change_without_an_id_that_goes_on_is_waited_for)
{
    cloud_driver.abilities |= EVC_CLUSTER_GIVES_NO_IDS;
    cloud->encryption = ENVCRYPT_CLUSTER_ENCRYPTION_NONE;
    (void)snprintf(cloud->token, sizeof(cloud->token), "%s", "theirs");
    (void)snprintf(cloud->wanted, sizeof(cloud->wanted), "%s", KEY_A);
    cloud->looks_left = 2;
    well(wait_for());
    ck_assert(report->update.adopted);
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
    ck_assert_int_eq(cloud->begins, 0);
}
END_TEST

/* --- a provider that tells nothing while a master restarts --- */

START_TEST(a_silent_provider_is_asked_again_before_a_change)
{
    cloud_driver.abilities |= EVC_CLUSTER_FALLS_SILENT;
    cloud->silent = 3;
    well(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(cloud->heard, 1);
    ck_assert_int_eq(cloud->silent, 0);
}
END_TEST

START_TEST(a_silent_provider_is_waited_for_as_long_as_is_said)
{
    cloud_driver.abilities |= EVC_CLUSTER_FALLS_SILENT;
    cloud->silent = 1000000;
    cloud_set("timeout-ms", "60000");
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_TIMEOUT);
    ck_assert(cloud_says("while a master restarts"));
    ck_assert_int_eq(cloud->begins, 0);
    ck_assert_int_lt(cloud->reads, 100);
}
END_TEST

START_TEST(a_silent_provider_is_an_error_without_waiting)
{
    cloud_driver.abilities |= EVC_CLUSTER_FALLS_SILENT;
    cloud->silent = 1;
    cloud_set("wait", "no");
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(cloud->reads, 1);
}
END_TEST

START_TEST(a_provider_that_never_falls_silent_is_not_waited_for)
{
    cloud->silent = 1;
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_int_eq(cloud->reads, 1);
}
END_TEST

/* As it is now. */
static const evc_cluster_record *
kept(void)
{
    static evc_cluster_record record;
    bool found;

    EVC_CHECK_OK(evc_statefile_peek(k.crypto, evc_folder, "eks", CLOUD_ID, &record,
                                    &found, NULL));
    ck_assert(found);
    return &record;
}

START_TEST(a_change_that_is_not_over_keeps_its_record_while_another_is_waited_for)
{
    cloud_set("wait", "no");
    well(cloud_change(EVC_VERB_ENABLE));
    cloud_set("wait", NULL);
    cloud_set("update-id", "their-id");
    well(wait_for());
    ck_assert_str_eq(report->update.id, "their-id");
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_DONE);
    ck_assert_ptr_nonnull(strstr(report->notes[0], "its record stays"));
    ck_assert_str_eq(kept()->update.id, "update-1");
    ck_assert_int_eq(kept()->update.phase, EVC_UPDATE_RUNNING);
    cloud_set("update-id", NULL);
    well(wait_for());
    ck_assert_str_eq(report->update.id, "update-1");
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(what_may_not_have_been_heard_keeps_its_token_while_another_is_waited_for)
{
    char token[sizeof(kept()->update.token)];

    cloud->begin_codes[0] = ENVCRYPT_E_CANCELED;
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_CANCELED);
    (void)snprintf(token, sizeof(token), "%s", kept()->update.token);
    cloud->poll_code = ENVCRYPT_E_DENIED;
    cloud_set("update-id", "their-id");
    EVC_CHECK_CODE(wait_for(), ENVCRYPT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(report->next, "--update-id their-id"));
    ck_assert_str_eq(kept()->update.token, token);
    ck_assert_int_eq(kept()->update.phase, EVC_UPDATE_SENT);
}
END_TEST

START_TEST(a_change_that_is_over_keeps_what_a_proof_goes_by_while_another_is_waited_for)
{
    int64_t changed_ms;

    well(cloud_change(EVC_VERB_ENABLE));
    changed_ms = kept()->changed_ms;
    cloud_set("update-id", "their-id");
    well(wait_for());
    ck_assert_int_eq(kept()->changed_ms, changed_ms);
    ck_assert_str_eq(kept()->update.id, "update-1");
}
END_TEST

static int calm_after; /* so many looks */

static int
read_until_calm(evc_cluster *of, evc_wait *wait, evc_cluster_state *out,
                evc_error **err)
{
    cloud->phase = calm_after-- > 0 ? EVC_CLUSTER_CHANGING : EVC_CLUSTER_STEADY;
    if (calm_after == 1) /* while its master restarts */
        return evc_err(err, ENVCRYPT_E_NET_BROKEN, "nobody answers");
    return cloud_read(of, wait, out, err);
}

START_TEST(a_cluster_that_somebody_else_changes_is_waited_for_until_it_is_steady)
{
    calm_after = 4;
    cloud_driver.read = read_until_calm;
    well(wait_for());
    cloud_driver.read = cloud_read;
    ck_assert_int_eq(report->state.phase, EVC_CLUSTER_STEADY);
    ck_assert_int_eq(report->update.phase, EVC_UPDATE_NONE);
    ck_assert_int_eq(cloud->begins + cloud->polls, 0);
}
END_TEST

START_TEST(nothing_to_wait_for_is_told)
{
    EVC_CHECK_CODE(wait_for(), ENVCRYPT_E_ARGUMENT);
    ck_assert(cloud_says("--update-id"));
}
END_TEST

START_TEST(an_id_of_255_characters_is_the_longest)
{
    char id[257];

    memset(id, 'i', sizeof(id));
    id[255] = '\0';
    cloud->poll_code = ENVCRYPT_E_DENIED;
    cloud_set("update-id", id);
    EVC_CHECK_CODE(wait_for(), ENVCRYPT_E_DENIED);
    id[255] = 'i';
    id[256] = '\0';
    cloud_set("update-id", id);
    EVC_CHECK_CODE(wait_for(), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(waiting_never_sends_what_may_not_have_been_heard)
{
    cloud->begin_codes[0] = ENVCRYPT_E_CANCELED;
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_CANCELED);
    EVC_CHECK_CODE(wait_for(), ENVCRYPT_E_CLUSTER_BUSY);
    ck_assert_int_eq(cloud->begins, 1);
    ck_assert(cloud_says("repeat the command"));
}
END_TEST

/* --- re-encryption and verification ----------------------------------------------- */

static int
reencrypt(void)
{
    evc_cluster_report_free(report);
    report = NULL;
    evc_err_drop(&error);
    return evc_flow_reencrypt(cluster, &change, NULL, &k.wait, &report, &error);
}

START_TEST(secrets_are_stored_anew_later)
{
    cloud_set("encrypt-existing-secrets", "no");
    well(cloud_change(EVC_VERB_ENABLE));
    ck_assert_uint_eq(toy_stale(), 6);
    cloud_set("encrypt-existing-secrets", NULL);
    well(reencrypt());
    ck_assert_uint_eq(toy_stale(), 0);
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

START_TEST(secrets_of_a_provider_that_does_it_itself_are_not_touched)
{
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    EVC_CHECK_CODE(reencrypt(), ENVCRYPT_E_CLUSTER_CANNOT);
    ck_assert_uint_eq(toy.patches, 0);
}
END_TEST

START_TEST(a_key_that_a_killed_proof_left_disabled_comes_before_that_refusal)
{
    evc_dangerfile *file = NULL;

    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    cloud_driver.find_key = cloud_find_disabled;
    cloud_endanger(&file);
    evc_dangerfile_close(file);
    EVC_CHECK_CODE(reencrypt(), ENVCRYPT_E_CLUSTER_CANNOT);
    ck_assert_str_eq(cloud->action, "enable-key");
    cloud_driver.find_key = cloud_find_key;
}
END_TEST

START_TEST(secrets_wait_for_the_change_that_is_under_way)
{
    cloud_set("wait", "no");
    well(cloud_change(EVC_VERB_ENABLE));
    EVC_CHECK_CODE(reencrypt(), ENVCRYPT_E_CLUSTER_BUSY);
    ck_assert(cloud_says("cluster wait"));
}
END_TEST

static int
verify(void)
{
    evc_cluster_report_free(report);
    report = NULL;
    evc_err_drop(&error);
    return evc_flow_verify(cluster, &change, NULL, NULL, &k.wait, &report, &error);
}

START_TEST(verification_proves_what_enabling_did)
{
    well(cloud_change(EVC_VERB_ENABLE));
    well(verify());
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_uint_eq(toy.rewrites, 6);
}
END_TEST

START_TEST(verification_contradicts_what_is_contrary)
{
    well(cloud_change(EVC_VERB_ENABLE));
    cloud->fact = EVC_FACT_CONTRARY;
    well(verify());
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_CONTRADICTED);
    ck_assert_str_eq(report->outcome_reason, "the status");
}
END_TEST

START_TEST(verification_without_a_way_to_the_api_server_proves_nothing_and_says_why)
{
    well(cloud_change(EVC_VERB_ENABLE));
    cloud->access_code = ENVCRYPT_E_NET_CONNECT;
    well(verify());
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(strstr(report->outcome_reason, "not looked at"));
    ck_assert_uint_gt(report->note_count, 0);
    ck_assert_ptr_nonnull(strstr(report->notes[0], "the Secrets were not looked at"));
}
END_TEST

START_TEST(verification_without_a_way_there_is_contradicted_by_the_provider_still)
{
    well(cloud_change(EVC_VERB_ENABLE));
    cloud->access_code = ENVCRYPT_E_NET_CONNECT;
    cloud->fact = EVC_FACT_CONTRARY;
    well(verify());
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_CONTRADICTED);
}
END_TEST

START_TEST(what_ends_the_call_ends_a_verification)
{
    well(cloud_change(EVC_VERB_ENABLE));
    cloud->access_code = ENVCRYPT_E_NOMEM;
    EVC_CHECK_CODE(verify(), ENVCRYPT_E_NOMEM);
}
END_TEST

START_TEST(verification_where_the_provider_rewrites_sends_no_patch)
{
    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    cloud_encrypt(KEY_A);
    well(verify());
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_uint_eq(toy.patches + toy.lists, 0);
}
END_TEST

START_TEST(a_destructive_proof_needs_the_name_and_gives_the_key_back)
{
    static const char *const taken[] = {"destructive", NULL};

    cloud_driver.abilities |= EVC_CLUSTER_REWRITES_ITSELF;
    cloud_driver.changes = taken;
    cloud_encrypt(KEY_A);
    cloud_set("destructive", "yes");
    cloud_set("confirm", NULL);
    EVC_CHECK_CODE(verify(), ENVCRYPT_E_CONFIRMATION);
    ck_assert_int_eq(cloud->actions, 0);
    cloud_set("confirm", "prod");
    evc_wait_release(&k.wait);
    evc_wait_init(&k.wait, &k.env->clock, -1);
    well(verify());
    ck_assert_int_ge(cloud->actions, 1);
    ck_assert_int_eq(report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN); /* no effect */
    ck_assert_ptr_nonnull(strstr(report->outcome_reason, "4 hours"));
    cloud_driver.changes = NULL;
}
END_TEST

/* --- who hears -------------------------------------------------------------------- */

static int heard_phases[16];
static int heard_count;
static int heard_secrets;
static int cancel_after;

static int32_t
hear(void *user, const envcrypt_cluster_report *so_far)
{
    (void)user;
    heard_secrets += so_far->secrets_so_far != NULL;
    if (heard_count == 0 || heard_phases[heard_count - 1] != so_far->phase) {
        if (heard_count < 16)
            heard_phases[heard_count++] = so_far->phase;
    }
    return cancel_after > 0 && --cancel_after == 0;
}

START_TEST(each_phase_is_heard_in_turn_to_the_end)
{
    static const int wanted[] = {
        ENVCRYPT_CLUSTER_PHASE_READING,  ENVCRYPT_CLUSTER_PHASE_CHECKING,
        ENVCRYPT_CLUSTER_PHASE_CHANGING, ENVCRYPT_CLUSTER_PHASE_WAITING,
        ENVCRYPT_CLUSTER_PHASE_SECRETS,  ENVCRYPT_CLUSTER_PHASE_VERIFYING,
        ENVCRYPT_CLUSTER_PHASE_ENDED};
    const evc_flow_ears ears = {hear, NULL};

    well(evc_flow_change(cluster, EVC_VERB_ENABLE, &change, &ears, &k.wait, &report,
                         &error));
    ck_assert_int_eq(heard_count, 7);
    for (int i = 0; i < 7; i++)
        ck_assert_int_eq(heard_phases[i], wanted[i]);
    ck_assert_int_gt(heard_secrets, 0);
}
END_TEST

START_TEST(who_hears_may_cancel)
{
    const evc_flow_ears ears = {hear, NULL};

    cancel_after = 5;
    EVC_CHECK_CODE(evc_flow_change(cluster, EVC_VERB_ENABLE, &change, &ears, &k.wait,
                                   &report, &error),
                   ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(cloud->heard, 1);
    ck_assert_ptr_nonnull(strstr(report->next, "cluster wait"));
    cancel_after = 0;
    well(cloud_change(EVC_VERB_ENABLE));
    ck_assert_int_eq(cloud->heard, 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const enable[] = {
        enabling_goes_from_nothing_to_secrets_stored_anew,
        enabling_again_sends_nothing_to_the_provider,
        what_was_enabled_is_not_sent_again_where_the_provider_tells_no_key,
        what_somebody_else_enabled_needs_no_confirmation,
        a_refusal_of_a_check_sends_nothing,
        without_confirmation_the_plan_is_given_and_nothing_sent,
        an_api_server_that_is_away_stops_it_before_anything_is_sent,
        secrets_are_left_alone_when_the_caller_says_so,
        a_provider_that_stores_anew_itself_gets_no_patch,
        a_place_is_no_cluster_to_change,
        an_option_that_the_provider_does_not_take_is_refused,
        a_cluster_that_is_not_there_is_told_with_a_report,
        a_second_process_is_turned_away,
        NULL};
    const TTest *const verbs[] = {
        a_key_is_changed_and_secrets_follow,
        encryption_is_switched_off_and_secrets_follow,
        a_key_is_rotated_in_place_without_confirmation,
        the_name_of_another_cluster_rotates_nothing,
        after_rotation_with_the_same_key_id_the_new_material_is_not_provable,
        a_cluster_is_made_with_encryption,
        a_refused_verb_asks_no_further,
        NULL};
    const TTest *const waits[] = {
        without_waiting_the_update_is_told_and_waited_for_later,
        a_creation_is_waited_for_too,
        a_change_of_another_tool_is_waited_for_by_its_id,
        a_change_without_an_id_that_goes_on_is_waited_for,
        a_silent_provider_is_asked_again_before_a_change,
        a_silent_provider_is_waited_for_as_long_as_is_said,
        a_silent_provider_is_an_error_without_waiting,
        a_provider_that_never_falls_silent_is_not_waited_for,
        a_change_that_is_not_over_keeps_its_record_while_another_is_waited_for,
        what_may_not_have_been_heard_keeps_its_token_while_another_is_waited_for,
        a_change_that_is_over_keeps_what_a_proof_goes_by_while_another_is_waited_for,
        a_cluster_that_somebody_else_changes_is_waited_for_until_it_is_steady,
        nothing_to_wait_for_is_told,
        an_id_of_255_characters_is_the_longest,
        waiting_never_sends_what_may_not_have_been_heard,
        NULL};
    const TTest *const secrets[] = {
        secrets_are_stored_anew_later,
        secrets_of_a_provider_that_does_it_itself_are_not_touched,
        a_key_that_a_killed_proof_left_disabled_comes_before_that_refusal,
        secrets_wait_for_the_change_that_is_under_way,
        verification_proves_what_enabling_did,
        verification_contradicts_what_is_contrary,
        verification_without_a_way_to_the_api_server_proves_nothing_and_says_why,
        verification_without_a_way_there_is_contradicted_by_the_provider_still,
        what_ends_the_call_ends_a_verification,
        verification_where_the_provider_rewrites_sends_no_patch,
        a_destructive_proof_needs_the_name_and_gives_the_key_back,
        each_phase_is_heard_in_turn_to_the_end,
        who_hears_may_cancel,
        NULL};

    cloud_case(suite, "enable", enable);
    cloud_case(suite, "verbs", verbs);
    cloud_case(suite, "waits", waits);
    cloud_case(suite, "secrets", secrets);
}

EVC_TEST_MAIN("flow", add_tests)
