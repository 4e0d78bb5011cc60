/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/trial.h"

#include "cluster/rescue.h"
#include "toy-cloud.h"

/* The key of the cluster, and what the cluster does without it. */
static struct {
    bool disabled;
    int64_t since_ms; /* wall time of the last change; -1 = none */
    int64_t enabled_ms;
    int64_t notices_ms; /* after which the cluster stops; -1 = never */
    int enable_code;    /* of attempts to enable it that fail */
    size_t failures;    /* so many; then it is enabled */
    int disable_code;
    bool does_it_anyway; /* the reply alone was lost */
    size_t enables;
    size_t disables;
    bool recorded; /* the record named it when it was disabled */
    void (*at_disable)(void);
    int32_t state; /* of the key before; 0 = enabled */
    int secrets;   /* status of lists of Secrets while it is disabled; 0 = as usual */
    int server;    /* same, or a code, of everything of the API server */
} lock;

static evc_scene *scene;
static evc_trial trial;

static int64_t
now(void)
{
    return evc_clock_wall_ms(evc_cluster_clock(cluster));
}

static int
read_cluster(evc_cluster *of, evc_wait *wait, evc_cluster_state *out, evc_error **err)
{
    int rc = cloud_read(of, wait, out, err);

    if (rc == 0 && lock.disabled && lock.notices_ms >= 0 &&
        now() - lock.since_ms >= lock.notices_ms)
        rc = evc_cluster_state_issue(out, "warning", "it does not work",
                                     "enable the key", true, err);
    return rc;
}

static int
find_key(evc_cluster *of, const evc_cluster_change *wanted,
         const evc_cluster_state *state, evc_wait *wait, evc_cluster_key *out,
         evc_error **err)
{
    int rc = cloud_find_key(of, wanted, state, wait, out, err);

    if (lock.disabled)
        out->state = ENVCRYPT_KEY_DISABLED;
    else if (lock.state)
        out->state = lock.state;
    return rc;
}

/* The record, by what stands in the folder. */
static int
see_record(void *user, const char *path, evc_error **err)
{
    evc_danger danger;

    (void)err;
    EVC_CHECK_OK(evc_dangerfile_peek(k.crypto, path, &danger, NULL));
    ck_assert_str_eq(danger.uri, "eks://eu-west-1/prod");
    ck_assert_int_eq(danger.until_ms - danger.since_ms <= EVC_TRIAL_MOST_MS, 1);
    *(bool *)user = strcmp(danger.key, KEY_A) == 0;
    evc_danger_reset(&danger);
    return 0;
}

static bool
file_names_it(void)
{
    bool it_does = false;

    EVC_CHECK_OK(evc_dangerfile_each(evc_folder, see_record, &it_does, NULL));
    return it_does;
}

static int
disable(evc_error **err)
{
    lock.disables++;
    lock.recorded = file_names_it();
    if (lock.at_disable)
        lock.at_disable();
    if (!lock.disable_code || lock.does_it_anyway) {
        lock.disabled = true;
        lock.since_ms = now();
    }
    return cloud_fail(lock.disable_code, err);
}

static int
enable(evc_error **err)
{
    lock.enables++;
    if (lock.failures > 0) {
        lock.failures--;
        return cloud_fail(lock.enable_code, err);
    }
    ck_assert_int_ge(now() - lock.since_ms, EVC_RESCUE_LEAST_MS);
    lock.disabled = false;
    lock.enabled_ms = now();
    return 0;
}

static int
act_on_key(evc_cluster *of, const char *action, const evc_cluster_key *key,
           const evc_cluster_change *wanted, evc_wait *wait, evc_table **out,
           evc_error **err)
{
    (void)of;
    (void)wanted;
    (void)wait;
    *out = NULL;
    ck_assert_str_eq(key->id, KEY_A);
    return strcmp(action, "disable-key") == 0 ? disable(err) : enable(err);
}

static bool
at(const kube_request *r, kube_step *s)
{
    int how = strstr(r->url, "/secrets") && lock.secrets ? lock.secrets : lock.server;

    if (!lock.disabled || how == 0)
        return false;
    if (how < 0)
        s->code = how;
    else
        toy_status(s, how, "InternalError");
    return true;
}

static const char *const taken[] = {"destructive", NULL};

static void
set_up(void)
{
    cloud_set_up();
    cloud_encrypt(KEY_A);
    memset(&lock, 0, sizeof(lock));
    lock.since_ms = -1;
    lock.notices_ms = 600000;
    cloud_driver.read = read_cluster;
    cloud_driver.find_key = find_key;
    cloud_driver.key_action = act_on_key;
    cloud_driver.changes = taken;
    toy.at = at;
    cloud_set("destructive", "yes");
    evc_wait_release(&k.wait);
    evc_wait_init(&k.wait, evc_cluster_clock(cluster), -1);
    scene = NULL;
}

static void
close_scene(void)
{
    if (scene)
        evc_cluster_report_free(evc_scene_close(scene, 0));
    scene = NULL;
}

static void
tear_down(void)
{
    close_scene();
    cloud_tear_down();
}

/* Everything that goes before. */
static void
open_scene(void)
{
    EVC_CHECK_OK(evc_scene_open(cluster, EVC_VERB_VERIFY, &change, NULL, &k.wait,
                                &scene, &error));
    EVC_CHECK_OK(evc_scene_read(scene, &error));
    EVC_CHECK_OK(evc_scene_open_file(scene, &error));
    EVC_CHECK_OK(evc_scene_find_key(scene, &error));
    ck_assert(evc_trial_is_wanted(scene));
}

static int
run(void)
{
    open_scene();
    return evc_trial_run(scene, &trial, &error);
}

static void
all_is_as_before(void)
{
    ck_assert(!lock.disabled);
    ck_assert(!file_names_it());
}

START_TEST(a_cluster_that_stops_is_seen_and_its_key_is_enabled_again)
{
    EVC_CHECK_OK(run());
    ck_assert(trial.effect);
    ck_assert_int_ge(trial.after_ms, 600000);
    ck_assert(lock.recorded);
    ck_assert_uint_eq(lock.disables, 1);
    ck_assert_uint_eq(lock.enables, 1);
    all_is_as_before();
}
END_TEST

START_TEST(a_key_is_enabled_half_a_minute_after_it_was_disabled_at_the_earliest)
{
    lock.notices_ms = 0;
    EVC_CHECK_OK(run()); /* the toy looks at the time */
    all_is_as_before();
}
END_TEST

START_TEST(no_effect_in_four_hours_is_not_proven)
{
    lock.notices_ms = -1;
    EVC_CHECK_OK(run());
    ck_assert(!trial.effect);
    ck_assert_int_ge(now() - lock.since_ms, EVC_TRIAL_MOST_MS);
    all_is_as_before();
    evc_trial_conclude(scene, &trial);
    ck_assert_int_eq(scene->report->outcome, ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_ptr_nonnull(strstr(scene->report->outcome_reason, "4 hours"));
}
END_TEST

static void
cancel(void)
{
    evc_wait_cancel(&k.wait);
}

START_TEST(a_cancel_enables_the_key_first)
{
    lock.at_disable = cancel;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_CANCELED);
    all_is_as_before();
    ck_assert_uint_eq(lock.enables, 1);
}
END_TEST

START_TEST(a_cancel_before_leaves_the_key_alone)
{
    open_scene();
    cancel();
    EVC_CHECK_CODE(evc_trial_run(scene, &trial, &error), ENVCRYPT_E_CANCELED);
    all_is_as_before();
    ck_assert_uint_eq(lock.disables, 0);
}
END_TEST

START_TEST(a_deadline_enables_the_key_first)
{
    lock.notices_ms = -1;
    evc_wait_release(&k.wait);
    evc_wait_init(&k.wait, evc_cluster_clock(cluster), 60000);
    EVC_CHECK_CODE(run(), ENVCRYPT_E_TIMEOUT);
    all_is_as_before();
}
END_TEST

static void
deny(void)
{
    cloud->read_code = ENVCRYPT_E_DENIED;
}

START_TEST(an_error_of_watching_enables_the_key_first)
{
    lock.at_disable = deny;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_DENIED);
    all_is_as_before();
    ck_assert_uint_eq(lock.enables, 1);
}
END_TEST

START_TEST(a_lost_reply_to_disabling_enables_the_key)
{
    lock.disable_code = ENVCRYPT_E_NET_BROKEN;
    lock.does_it_anyway = true;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_NET_BROKEN);
    all_is_as_before();
    ck_assert_uint_eq(lock.enables, 1);
}
END_TEST

START_TEST(a_refusal_to_disable_leaves_nothing)
{
    lock.disable_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_DENIED);
    all_is_as_before();
    ck_assert_uint_eq(lock.enables, 0); /* it is enabled */
}
END_TEST

START_TEST(trouble_that_passes_is_waited_out_when_the_key_is_enabled)
{
    lock.enable_code = ENVCRYPT_E_SERVICE_DOWN;
    lock.failures = 20;
    EVC_CHECK_OK(run());
    all_is_as_before();
    ck_assert_uint_eq(lock.enables, 21);
}
END_TEST

START_TEST(a_key_that_stays_disabled_is_said_loudly_and_stays_in_the_file)
{
    lock.enable_code = ENVCRYPT_E_DENIED;
    lock.failures = 1000;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_DENIED);
    ck_assert(cloud_says("IS STILL DISABLED"));
    ck_assert_uint_eq(lock.enables, EVC_RESCUE_REFUSALS);
    ck_assert(file_names_it());
}
END_TEST

/* --- what is seen --- */

static const char *
note_with(const char *part)
{
    for (size_t i = 0; i < scene->report->note_count; i++) {
        if (strstr(scene->report->notes[i], part))
            return scene->report->notes[i];
    }
    return NULL;
}

START_TEST(secrets_that_cannot_be_listed_are_the_effect)
{
    lock.notices_ms = -1;
    lock.secrets = 500;
    EVC_CHECK_OK(run());
    ck_assert(trial.effect);
    ck_assert_ptr_nonnull(note_with("Secrets could not be listed, while the API"));
    ck_assert_ptr_null(note_with("the cluster was"));
    all_is_as_before();
}
END_TEST

START_TEST(what_the_provider_tells_is_noted)
{
    EVC_CHECK_OK(run());
    ck_assert_ptr_nonnull(note_with("the cluster was ACTIVE: it does not work"));
    ck_assert_ptr_null(note_with("Secrets could not"));
    ck_assert_ptr_nonnull(note_with(KEY_A " is enabled again"));
}
END_TEST

START_TEST(an_api_server_that_is_out_of_reach_is_no_effect)
{
    lock.notices_ms = -1;
    lock.server = ENVCRYPT_E_NET_BROKEN;
    EVC_CHECK_OK(run());
    ck_assert(!trial.effect);
    ck_assert_ptr_null(note_with("Secrets could not"));
    all_is_as_before();
}
END_TEST

START_TEST(an_api_server_that_is_silent_in_a_cluster_that_is_ill_is_noted)
{
    lock.server = ENVCRYPT_E_NET_BROKEN;
    EVC_CHECK_OK(run());
    ck_assert(trial.effect);
    ck_assert_ptr_nonnull(note_with("nor did the API server answer anything else"));
}
END_TEST

static void
take_down(void)
{
    cloud->read_code = ENVCRYPT_E_SERVICE_DOWN;
}

START_TEST(trouble_of_the_provider_is_no_effect)
{
    lock.notices_ms = -1;
    lock.at_disable = take_down;
    EVC_CHECK_OK(run());
    ck_assert(!trial.effect);
    all_is_as_before();
}
END_TEST

/* --- who hears --- */

static size_t heard;
static size_t heard_while_disabled;
static int32_t heard_phases[8];

/* Each takes an hour. */
static int32_t
hear(void *user, const envcrypt_cluster_report *so_far)
{
    (void)user;
    if (heard < 8)
        heard_phases[heard++] = so_far->phase;
    heard_while_disabled += lock.disabled;
    k.now += 3600000;
    return 0;
}

START_TEST(who_hears_cannot_keep_the_key_disabled)
{
    const evc_flow_ears ears = {hear, NULL};

    heard = 0;
    heard_while_disabled = 0;
    lock.notices_ms = -1;
    open_scene();
    scene->ears = &ears;
    EVC_CHECK_OK(evc_trial_run(scene, &trial, &error));
    ck_assert_uint_eq(heard_while_disabled, 0);
    ck_assert_uint_ge(heard, 2);
    ck_assert_int_eq(heard_phases[0], ENVCRYPT_CLUSTER_PHASE_KEY_DISABLED);
    ck_assert_int_eq(heard_phases[1], ENVCRYPT_CLUSTER_PHASE_VERIFYING);
    all_is_as_before();
    scene->ears = NULL;
}
END_TEST

/* The latest moment at which it is enabled again, after it was disabled. */
static int64_t
lasted(void)
{
    return lock.enabled_ms - lock.since_ms;
}

START_TEST(four_hours_are_not_passed_by_a_look_that_lasts)
{
    lock.notices_ms = -1;
    EVC_CHECK_OK(run());
    ck_assert_int_ge(lasted(), EVC_TRIAL_MOST_MS);
    ck_assert_int_le(lasted(), EVC_TRIAL_MOST_MS + 1000);
}
END_TEST

/* --- after a kill --- */

static void
die_with_the_key_disabled(void)
{
    evc_dangerfile *file = NULL;

    cloud_endanger_at(now(), &file);
    evc_dangerfile_close(file);
    lock.disabled = true;
    lock.since_ms = now();
}

static void
open_unread(void)
{
    EVC_CHECK_OK(
        evc_scene_open(cluster, EVC_VERB_VERIFY, &change, NULL, &k.wait, &scene, NULL));
}

START_TEST(whoever_comes_after_a_kill_enables_the_key_first)
{
    die_with_the_key_disabled();
    open_unread();
    EVC_CHECK_OK(evc_trial_rescue(scene, &error));
    ck_assert_int_eq(cloud->reads, 0);
    all_is_as_before();
    ck_assert_uint_eq(lock.enables, 1);
    EVC_CHECK_OK(evc_trial_rescue(scene, &error));
    ck_assert_uint_eq(lock.enables, 1);
    ck_assert_ptr_nonnull(note_with("enabled again"));
}
END_TEST

START_TEST(without_a_record_nothing_is_enabled)
{
    open_unread();
    EVC_CHECK_OK(evc_trial_rescue(scene, &error));
    ck_assert_uint_eq(lock.enables, 0);
}
END_TEST

/* --- what it takes --- */

static void
nothing_is_done(int code)
{
    EVC_CHECK_CODE(run(), code);
    ck_assert_uint_eq(lock.disables, 0);
    ck_assert(!file_names_it());
}

START_TEST(the_clusters_name_must_be_typed)
{
    cloud_set("confirm", "other");
    nothing_is_done(ENVCRYPT_E_CONFIRMATION);
}
END_TEST

START_TEST(refusals_of_the_provider_count)
{
    cloud->refusals = 1;
    nothing_is_done(ENVCRYPT_E_KEY_REGION);
}
END_TEST

START_TEST(a_cluster_that_is_not_well_is_no_object)
{
    cloud->phase = EVC_CLUSTER_BROKEN;
    nothing_is_done(ENVCRYPT_E_CLUSTER_BUSY);
}
END_TEST

START_TEST(a_key_that_somebody_else_disabled_is_left_as_it_is)
{
    lock.state = ENVCRYPT_KEY_DISABLED;
    nothing_is_done(ENVCRYPT_E_KEY_DISABLED);
    ck_assert_uint_eq(lock.enables, 0);
}
END_TEST

START_TEST(secrets_that_cannot_be_listed_before_are_refused)
{
    toy.objects[0].unreadable = true;
    nothing_is_done(ENVCRYPT_E_CLUSTER_ACCESS);
}
END_TEST

START_TEST(what_cannot_be_recorded_is_not_disabled)
{
    evc_folder_put("file", "", 0600);
    EVC_CHECK_OK(evc_kv_set_text(&cluster->options, "rescue-dir",
                                 evc_folder_path("file/a"), NULL));
    nothing_is_done(ENVCRYPT_E_FILE_NOT_FOUND);
}
END_TEST

START_TEST(a_folder_for_the_record_is_needed)
{
    EVC_CHECK_OK(evc_kv_set_text(&cluster->options, "state-dir", NULL, NULL));
    nothing_is_done(ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
remove_it(void *user, const char *path, evc_error **err)
{
    (void)user;
    (void)err;
    return remove(path);
}

START_TEST(the_record_has_a_folder_of_its_own_where_one_is_given)
{
    EVC_CHECK_OK(
        evc_kv_set_text(&cluster->options, "rescue-dir", evc_folder_path("own"), NULL));
    lock.disable_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(run(), ENVCRYPT_E_DENIED);
    ck_assert(!lock.recorded); /* not in the folder of states */
    ck_assert_uint_eq(evc_folder_mode("own"), 0700);
    EVC_CHECK_OK(evc_dir_each(evc_folder_path("own"), "", remove_it, NULL, NULL));
    ck_assert_int_eq(remove(evc_folder_path("own")), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_cluster_that_stops_is_seen_and_its_key_is_enabled_again,
        a_key_is_enabled_half_a_minute_after_it_was_disabled_at_the_earliest,
        no_effect_in_four_hours_is_not_proven,
        a_cancel_enables_the_key_first,
        a_cancel_before_leaves_the_key_alone,
        a_deadline_enables_the_key_first,
        an_error_of_watching_enables_the_key_first,
        a_lost_reply_to_disabling_enables_the_key,
        a_refusal_to_disable_leaves_nothing,
        trouble_that_passes_is_waited_out_when_the_key_is_enabled,
        a_key_that_stays_disabled_is_said_loudly_and_stays_in_the_file,
        whoever_comes_after_a_kill_enables_the_key_first,
        without_a_record_nothing_is_enabled,
        the_clusters_name_must_be_typed,
        refusals_of_the_provider_count,
        a_cluster_that_is_not_well_is_no_object,
        a_key_that_somebody_else_disabled_is_left_as_it_is,
        secrets_that_cannot_be_listed_before_are_refused,
        what_cannot_be_recorded_is_not_disabled,
        a_folder_for_the_record_is_needed,
        the_record_has_a_folder_of_its_own_where_one_is_given,
        secrets_that_cannot_be_listed_are_the_effect,
        what_the_provider_tells_is_noted,
        an_api_server_that_is_out_of_reach_is_no_effect,
        an_api_server_that_is_silent_in_a_cluster_that_is_ill_is_noted,
        trouble_of_the_provider_is_no_effect,
        who_hears_cannot_keep_the_key_disabled,
        four_hours_are_not_passed_by_a_look_that_lasts,
        NULL};
    TCase *tcase = tcase_create("trial");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("trial", add_tests)
