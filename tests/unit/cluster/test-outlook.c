/* SPDX-License-Identifier: Apache-2.0 */
#include "base/replace.h"
#include "cluster/outlook.h"

#include "toy-cloud.h"

static const char *
step(size_t row)
{
    const char *name = report->steps ? evc_table_cell(report->steps, row, 0) : NULL;

    return name ? name : "";
}

START_TEST(status_reads_and_changes_nothing)
{
    EVC_CHECK_OK(evc_outlook_status(cluster, NULL, &k.wait, &report, &error));
    ck_assert_int_eq(report->standing, ENVCRYPT_CLUSTER_DEFAULT_KEY);
    ck_assert_int_eq(cloud->reads, 1);
    ck_assert_uint_eq(toy.lists + toy.patches, 0);
    ck_assert_uint_eq(evc_folder_count(), 0);
}
END_TEST

START_TEST(status_compares_with_the_key_that_is_named)
{
    cloud_encrypt(KEY_B);
    EVC_CHECK_OK(evc_outlook_status(cluster, &change, &k.wait, &report, &error));
    ck_assert_int_eq(report->standing, ENVCRYPT_CLUSTER_OTHER_KEY);
}
END_TEST

START_TEST(status_tells_what_is_under_way)
{
    cloud_set("wait", "no");
    EVC_CHECK_OK(cloud_change(EVC_VERB_ENABLE));
    evc_cluster_report_free(report);
    EVC_CHECK_OK(evc_outlook_status(cluster, NULL, &k.wait, &report, &error));
    ck_assert_int_eq(report->standing, ENVCRYPT_CLUSTER_CHANGING);
    ck_assert_str_eq(report->update.id, "update-1");
}
END_TEST

START_TEST(status_without_a_look_at_the_key_is_told_all_the_same)
{
    cloud_encrypt(KEY_A);
    cloud->find_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_OK(evc_outlook_status(cluster, NULL, &k.wait, &report, &error));
    ck_assert_uint_eq(report->note_count, 1);
    ck_assert_int_eq(report->standing, ENVCRYPT_CLUSTER_AS_WANTED);
}
END_TEST

/* Its own message sends the reader here. */
START_TEST(status_is_told_where_the_state_file_cannot_be_used)
{
    evc_statefile *file = NULL;
    evc_cluster_record record;
    bool found;

    EVC_CHECK_OK(evc_statefile_open(k.crypto, evc_folder, "eks", CLOUD_ID, &file,
                                    &record, &found, NULL));
    EVC_CHECK_OK(
        evc_replace_put(evc_statefile_path(file), evc_view_text("not a state"), NULL));
    evc_statefile_close(file);
    cloud_encrypt(KEY_A);
    EVC_CHECK_OK(evc_outlook_status(cluster, NULL, &k.wait, &report, &error));
    ck_assert_int_eq(report->standing, ENVCRYPT_CLUSTER_AS_WANTED);
    ck_assert_ptr_nonnull(strstr(report->notes[0], "cannot be used"));
    evc_cluster_report_free(report);
    report = NULL;
    EVC_CHECK_CODE(
        evc_outlook_plan(cluster, EVC_VERB_ENABLE, &change, &k.wait, &report, &error),
        ENVCRYPT_E_CLUSTER_STATE);
}
END_TEST

START_TEST(preflight_tells_refusals_and_is_no_failure)
{
    cloud->refusals = 1;
    EVC_CHECK_OK(evc_outlook_preflight(cluster, EVC_VERB_ENABLE, &change, &k.wait,
                                       &report, &error));
    ck_assert_str_eq(cloud_rule(report->checks, "R06"), "refused");
    ck_assert_str_eq(cloud_rule(report->checks, "R32"), "ok");
    ck_assert_ptr_null(report->steps);
}
END_TEST

START_TEST(a_plan_has_the_requests_and_the_number_of_secrets)
{
    EVC_CHECK_OK(
        evc_outlook_plan(cluster, EVC_VERB_ENABLE, &change, &k.wait, &report, &error));
    ck_assert_str_eq(step(0), "enable");
    ck_assert_str_eq(step(1), "count");
    ck_assert_str_eq(step(2), "re-encrypt");
    ck_assert_ptr_nonnull(strstr(evc_table_cell(report->steps, 2, 2), "6 Secrets"));
    ck_assert_ptr_nonnull(strstr(evc_table_cell(report->steps, 2, 3), "GitOps"));
    ck_assert_int_eq(cloud->begins, 0);
    ck_assert_uint_eq(toy.patches, 0);
}
END_TEST

/* --- a key that a destructive proof left disabled --------------------------------- */

START_TEST(a_look_enables_the_key_that_a_killed_proof_left_disabled)
{
    evc_dangerfile *file = NULL;

    cloud_endanger(&file);
    evc_dangerfile_close(file);
    cloud_driver.find_key = cloud_find_disabled;
    EVC_CHECK_OK(evc_outlook_status(cluster, NULL, &k.wait, &report, &error));
    ck_assert_str_eq(cloud->action, "enable-key");
    ck_assert_ptr_nonnull(strstr(report->notes[0], "enabled again"));
    evc_cluster_report_free(report);
    report = NULL;
    EVC_CHECK_OK(evc_outlook_status(cluster, NULL, &k.wait, &report, &error));
    ck_assert_int_eq(cloud->actions, 1);
    cloud_driver.find_key = cloud_find_key;
}
END_TEST

START_TEST(a_look_leaves_a_proof_alone_that_is_at_work)
{
    evc_dangerfile *file = NULL;

    cloud_endanger(&file);
    EVC_CHECK_OK(evc_outlook_status(cluster, NULL, &k.wait, &report, &error));
    ck_assert_int_eq(cloud->actions, 0);
    ck_assert_ptr_nonnull(strstr(report->notes[0], "another process"));
    evc_dangerfile_close(file);
}
END_TEST

/* --- rights ----------------------------------------------------------------------- */

static evc_table *rights;
static const evc_cluster_key *right_key;
static const evc_cluster_state *right_state;
static char right_id[64];

static int
tell_rights(evc_cluster *of, const evc_cluster_job *job, evc_wait *wait, evc_table *out,
            evc_error **err)
{
    int rc = evc_table_add_row(out, err);

    (void)of;
    (void)wait;
    right_key = job->key;
    right_state = job->state;
    return rc == 0 ? evc_table_set(out, "permission", "toy:Change", err) : rc;
}

static int
ask_rights(void)
{
    cloud_driver.permissions = tell_rights;
    return evc_outlook_permissions(cluster, EVC_VERB_ENABLE, &change, &k.wait, &rights,
                                   &error);
}

START_TEST(rights_are_told_with_cluster_and_key)
{
    EVC_CHECK_OK(ask_rights());
    ck_assert_str_eq(evc_table_cell(rights, 0, 0), "toy:Change");
    ck_assert_ptr_nonnull(right_key);
    ck_assert_ptr_nonnull(right_state);
    evc_table_free(rights);
}
END_TEST

START_TEST(rights_are_told_also_where_cluster_and_key_may_not_be_read)
{
    cloud->read_code = ENVCRYPT_E_DENIED;
    cloud->find_code = ENVCRYPT_E_DENIED;
    EVC_CHECK_OK(ask_rights());
    ck_assert_ptr_null(right_key);
    ck_assert_ptr_null(right_state);
    evc_table_free(rights);
}
END_TEST

START_TEST(a_provider_that_is_away_tells_no_rights)
{
    cloud->read_code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_CODE(ask_rights(), ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_ptr_null(rights);
}
END_TEST

static int
write_policy(const evc_cluster *of, const evc_cluster_job *job, evc_buf *out,
             evc_error **err)
{
    (void)of;
    (void)snprintf(right_id, sizeof(right_id), "%s", job->key ? job->key->id : "none");
    evc_buf_put_text(out, "{}");
    return evc_buf_check(out, err);
}

START_TEST(a_policy_is_written_without_asking_anybody)
{
    static const char *const keys[][2] = {{"arn:aws:kms:x", "arn:aws:kms:x"},
                                          {"aws-kms:///arn:aws:kms:x", "arn:aws:kms:x"},
                                          {"ibm-kp:///crn:v1:x", "crn:v1:x"},
                                          {"acs:kms:x", "acs:kms:x"},
                                          {"alias/warn:x", "none"},
                                          {NULL, "none"}};
    evc_buf text;

    evc_buf_init(&text);
    cloud_driver.policy = write_policy;
    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        cloud_set("key", keys[i][0]);
        EVC_CHECK_OK(
            evc_outlook_policy(cluster, EVC_VERB_ENABLE, &change, &text, NULL));
        ck_assert_str_eq(right_id, keys[i][1]);
    }
    ck_assert_int_eq(cloud->reads + cloud->finds, 0);
    evc_buf_reset(&text);
}
END_TEST

/* --- what was done ---------------------------------------------------------------- */

START_TEST(the_report_of_the_latest_change_is_kept)
{
    evc_buf json;

    evc_buf_init(&json);
    EVC_CHECK_CODE(evc_outlook_latest(cluster, &k.wait, &json, &error),
                   ENVCRYPT_E_FILE_NOT_FOUND);
    EVC_CHECK_OK(cloud_change(EVC_VERB_ENABLE));
    EVC_CHECK_OK(evc_outlook_latest(cluster, &k.wait, &json, &error));
    evc_buf_put_u8(&json, 0);
    ck_assert_ptr_nonnull(strstr((const char *)json.data, "\"request_id\":\"req-1\""));
    evc_buf_reset(&json);
}
END_TEST

static void
latest_has(const char *text)
{
    evc_buf json;

    evc_buf_init(&json);
    EVC_CHECK_OK(evc_outlook_latest(cluster, &k.wait, &json, &error));
    evc_buf_put_u8(&json, 0);
    ck_assert_ptr_nonnull(strstr((const char *)json.data, text));
    evc_buf_reset(&json);
}

START_TEST(what_did_nothing_does_not_take_the_place_of_a_report)
{
    EVC_CHECK_OK(cloud_change(EVC_VERB_ENABLE));
    cloud_set("key", KEY_B);
    EVC_CHECK_CODE(cloud_change(EVC_VERB_ENABLE), ENVCRYPT_E_CLUSTER_CANNOT);
    latest_has("\"request_id\":\"req-1\"");
    cloud_set("confirm", NULL);
    EVC_CHECK_CODE(cloud_change(EVC_VERB_CHANGE_KEY), ENVCRYPT_E_CONFIRMATION);
    latest_has("\"request_id\":\"req-1\"");
}
END_TEST

START_TEST(the_report_of_a_creation_is_kept)
{
    cloud->missing = true;
    EVC_CHECK_OK(cloud_change(EVC_VERB_CREATE));
    latest_has("\"verb\":\"create\"");
}
END_TEST

START_TEST(without_a_folder_there_is_no_report)
{
    evc_buf json;

    evc_buf_init(&json);
    (void)evc_kv_remove(&cluster->options, evc_view_text("state-dir"));
    EVC_CHECK_CODE(evc_outlook_latest(cluster, &k.wait, &json, &error),
                   ENVCRYPT_E_FILE_NOT_FOUND);
    ck_assert(cloud_says("state-dir"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const looks[] = {
        status_reads_and_changes_nothing,
        status_is_told_where_the_state_file_cannot_be_used,
        status_compares_with_the_key_that_is_named,
        status_tells_what_is_under_way,
        status_without_a_look_at_the_key_is_told_all_the_same,
        preflight_tells_refusals_and_is_no_failure,
        a_plan_has_the_requests_and_the_number_of_secrets,
        a_look_enables_the_key_that_a_killed_proof_left_disabled,
        a_look_leaves_a_proof_alone_that_is_at_work,
        rights_are_told_with_cluster_and_key,
        rights_are_told_also_where_cluster_and_key_may_not_be_read,
        a_provider_that_is_away_tells_no_rights,
        a_policy_is_written_without_asking_anybody,
        the_report_of_the_latest_change_is_kept,
        what_did_nothing_does_not_take_the_place_of_a_report,
        the_report_of_a_creation_is_kept,
        without_a_folder_there_is_no_report,
        NULL};

    cloud_case(suite, "outlook", looks);
}

EVC_TEST_MAIN("outlook", add_tests)
