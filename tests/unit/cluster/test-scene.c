/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/scene.h"

#include "toy-cloud.h"

static evc_scene *scene;

static int
open_for(evc_cluster_verb verb)
{
    return evc_scene_open(cluster, verb, &change, NULL, &k.wait, &scene, &error);
}

static void
close_it(void)
{
    report = evc_scene_close(scene, 0);
}

START_TEST(what_is_read_goes_to_the_report)
{
    cloud_encrypt(KEY_B);
    EVC_CHECK_OK(open_for(EVC_VERB_ENABLE));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    ck_assert(scene->exists);
    ck_assert_str_eq(evc_cluster_state_text(&scene->report->state, EVC_CLUSTER_ID),
                     CLOUD_ID);
    EVC_CHECK_OK(evc_scene_find_key(scene, NULL));
    ck_assert_str_eq(evc_scene_key(scene)->id, KEY_A);
    ck_assert_int_eq(scene->report->standing, ENVCRYPT_CLUSTER_OTHER_KEY);
    close_it();
}
END_TEST

START_TEST(only_a_cluster_that_is_to_be_made_may_be_missing)
{
    cloud->missing = true;
    EVC_CHECK_OK(open_for(EVC_VERB_CREATE));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    ck_assert(!scene->exists);
    close_it();
    evc_cluster_report_free(report);
    EVC_CHECK_OK(open_for(EVC_VERB_ENABLE));
    EVC_CHECK_CODE(evc_scene_read(scene, NULL), ENVCRYPT_E_CLUSTER_NOT_FOUND);
    close_it();
}
END_TEST

START_TEST(verbs_without_a_named_key_are_about_the_one_of_the_cluster)
{
    cloud_set("key", NULL);
    cloud_encrypt(KEY_B);
    EVC_CHECK_OK(open_for(EVC_VERB_ROTATE));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    EVC_CHECK_OK(evc_scene_find_key(scene, NULL));
    ck_assert_str_eq(evc_scene_key(scene)->id, KEY_B);
    close_it();
}
END_TEST

START_TEST(switching_off_is_about_no_key)
{
    EVC_CHECK_OK(open_for(EVC_VERB_DISABLE));
    EVC_CHECK_OK(evc_scene_find_key(scene, NULL));
    ck_assert_ptr_null(evc_scene_key(scene));
    ck_assert_int_eq(cloud->finds, 0);
    close_it();
}
END_TEST

START_TEST(a_verb_that_needs_a_key_asks_for_one)
{
    cloud_set("key", NULL);
    EVC_CHECK_OK(open_for(EVC_VERB_ENABLE));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    EVC_CHECK_CODE(evc_scene_find_key(scene, NULL), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(evc_scene_key(scene));
    close_it();
}
END_TEST

START_TEST(what_is_kept_is_there_for_the_next)
{
    EVC_CHECK_OK(open_for(EVC_VERB_ENABLE));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    EVC_CHECK_OK(evc_scene_open_file(scene, NULL));
    ck_assert(!scene->found);
    scene->report->update.phase = EVC_UPDATE_RUNNING;
    EVC_CHECK_OK(evc_scene_keep(scene, NULL));
    close_it();
    evc_cluster_report_free(report);
    EVC_CHECK_OK(open_for(EVC_VERB_ENABLE));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    EVC_CHECK_OK(evc_scene_open_file(scene, NULL));
    ck_assert(scene->found);
    ck_assert_int_eq(scene->record.update.phase, EVC_UPDATE_RUNNING);
    ck_assert_str_eq(scene->record.cluster, CLOUD_ID);
    close_it();
}
END_TEST

START_TEST(a_report_is_kept_beside_the_state_file)
{
    EVC_CHECK_OK(open_for(EVC_VERB_ENABLE));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    EVC_CHECK_OK(evc_scene_open_file(scene, NULL));
    scene->report->update.phase = EVC_UPDATE_RUNNING;
    close_it();
    ck_assert_uint_eq(evc_folder_count(), 2); /* report and lock */
    ck_assert_uint_eq(report->note_count, 0);
}
END_TEST

START_TEST(of_what_did_nothing_no_report_is_kept)
{
    EVC_CHECK_OK(open_for(EVC_VERB_ENABLE));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    EVC_CHECK_OK(evc_scene_open_file(scene, NULL));
    close_it();
    ck_assert_uint_eq(evc_folder_count(), 1);
}
END_TEST

START_TEST(without_a_wait_there_is_no_deadline)
{
    EVC_CHECK_OK(
        evc_scene_open(cluster, EVC_VERB_VERIFY, NULL, NULL, NULL, &scene, &error));
    EVC_CHECK_OK(evc_wait_check(scene->wait, NULL));
    EVC_CHECK_OK(evc_wait_sleep_for(scene->wait, 100000000, NULL));
    EVC_CHECK_OK(evc_scene_read(scene, NULL));
    close_it();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        what_is_read_goes_to_the_report,
        only_a_cluster_that_is_to_be_made_may_be_missing,
        verbs_without_a_named_key_are_about_the_one_of_the_cluster,
        switching_off_is_about_no_key,
        a_verb_that_needs_a_key_asks_for_one,
        what_is_kept_is_there_for_the_next,
        a_report_is_kept_beside_the_state_file,
        of_what_did_nothing_no_report_is_kept,
        without_a_wait_there_is_no_deadline,
        NULL};

    cloud_case(suite, "scene", all);
}

EVC_TEST_MAIN("scene", add_tests)
