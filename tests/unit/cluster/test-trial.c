/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/trial.h"

#include "toy-cloud.h"

/* The key of the cluster, and what the cluster does without it. */
static struct {
    bool disabled;
    int64_t since_ms;   /* wall time of the last change; -1 = none */
    int64_t notices_ms; /* after which the cluster stops; -1 = never */
    int enable_code;    /* of attempts to enable it that fail */
    size_t failures;    /* so many; then it is enabled */
    int disable_code;
    bool does_it_anyway; /* the reply alone was lost */
    size_t enables;
    size_t disables;
    bool recorded; /* the state file named it when it was disabled */
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
    return rc;
}

static bool
file_names_it(void)
{
    evc_cluster_record record;
    evc_buf text;

    evc_buf_init(&text);
    EVC_CHECK_OK(evc_file_read(evc_statefile_path(scene->file), 65536, 0, &text, NULL));
    EVC_CHECK_OK(evc_cluster_record_read(k.crypto, evc_buf_view(&text), &record, NULL));
    evc_buf_reset(&text);
    return strcmp(record.endangered, KEY_A) == 0;
}

static int
disable(evc_error **err)
{
    lock.disables++;
    lock.recorded = file_names_it();
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
    ck_assert_int_ge(now() - lock.since_ms, EVC_TRIAL_LEAST_MS);
    lock.disabled = false;
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
    ck_assert_str_eq(scene->record.endangered, "");
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

START_TEST(a_cancel_enables_the_key_first)
{
    open_scene();
    evc_wait_cancel(&k.wait);
    EVC_CHECK_CODE(evc_trial_run(scene, &trial, &error), ENVCRYPT_E_CANCELED);
    all_is_as_before();
    ck_assert_uint_eq(lock.enables, 1);
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

START_TEST(an_error_of_watching_enables_the_key_first)
{
    open_scene();
    cloud->read_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(evc_trial_run(scene, &trial, &error), ENVCRYPT_E_DENIED);
    all_is_as_before();
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
    ck_assert_uint_eq(lock.enables, EVC_TRIAL_REFUSALS);
    ck_assert(file_names_it());
}
END_TEST

/* --- after a kill --- */

static void
die_with_the_key_disabled(void)
{
    (void)snprintf(scene->record.endangered, sizeof(scene->record.endangered), KEY_A);
    scene->record.endangered_since_ms = now();
    EVC_CHECK_OK(evc_statefile_write(scene->file, &scene->record, &error));
    lock.disabled = true;
    lock.since_ms = now();
    close_scene();
}

START_TEST(whoever_comes_after_a_kill_enables_the_key_first)
{
    open_scene();
    die_with_the_key_disabled();
    open_scene();
    EVC_CHECK_OK(evc_trial_restore(scene, &error));
    all_is_as_before();
    ck_assert_uint_eq(lock.enables, 1);
    close_scene();
    open_scene();
    EVC_CHECK_OK(evc_trial_restore(scene, &error));
    ck_assert_uint_eq(lock.enables, 1);
}
END_TEST

static void
open_unread(void)
{
    EVC_CHECK_OK(
        evc_scene_open(cluster, EVC_VERB_VERIFY, &change, NULL, &k.wait, &scene, NULL));
}

START_TEST(a_cluster_that_cannot_be_read_gets_its_key_back_by_its_id)
{
    open_unread();
    EVC_CHECK_OK(evc_scene_open_file(scene, &error));
    die_with_the_key_disabled();
    open_unread();
    EVC_CHECK_CODE(evc_trial_rescue(scene, ENVCRYPT_E_SERVICE_DOWN, &error),
                   ENVCRYPT_E_SERVICE_DOWN);
    all_is_as_before();
    ck_assert_uint_eq(lock.enables, 1);
}
END_TEST

START_TEST(without_a_record_nothing_is_enabled)
{
    open_scene();
    EVC_CHECK_OK(evc_trial_restore(scene, &error));
    ck_assert_uint_eq(lock.enables, 0);
}
END_TEST

/* --- what it takes --- */

static void
nothing_is_done(int code)
{
    EVC_CHECK_CODE(run(), code);
    ck_assert_uint_eq(lock.disables, 0);
    ck_assert_str_eq(scene->record.endangered, "");
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

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_cluster_that_stops_is_seen_and_its_key_is_enabled_again,
        a_key_is_enabled_half_a_minute_after_it_was_disabled_at_the_earliest,
        no_effect_in_four_hours_is_not_proven,
        a_cancel_enables_the_key_first,
        a_deadline_enables_the_key_first,
        an_error_of_watching_enables_the_key_first,
        a_lost_reply_to_disabling_enables_the_key,
        a_refusal_to_disable_leaves_nothing,
        trouble_that_passes_is_waited_out_when_the_key_is_enabled,
        a_key_that_stays_disabled_is_said_loudly_and_stays_in_the_file,
        whoever_comes_after_a_kill_enables_the_key_first,
        a_cluster_that_cannot_be_read_gets_its_key_back_by_its_id,
        without_a_record_nothing_is_enabled,
        the_clusters_name_must_be_typed,
        refusals_of_the_provider_count,
        a_cluster_that_is_not_well_is_no_object,
        NULL};
    TCase *tcase = tcase_create("trial");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("trial", add_tests)
