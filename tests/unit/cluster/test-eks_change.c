/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_change.h"

#include "eks-fixture.h"

#define ASSOCIATE "POST /clusters/prod/encryption-config/associate"
#define LIST "GET /clusters/prod/updates?"
#define LOOK_1 "GET /clusters/prod/updates/" UPDATE_1
#define LOOK_2 "GET /clusters/prod/updates/" UPDATE_2
#define IDS "{\"updateIds\":[\"" UPDATE_1 "\",\"" UPDATE_2 "\"]}"
#define ALREADY \
    FAULT("InvalidParameterException", "Encryption is already enabled on the cluster")
#define BUSY \
    FAULT("ResourceInUseException", "Cannot: currently has update x in progress")
#define DESCRIBE_1 "KMS DescribeKey {\"KeyId\":\"" KEY_1
#define DESCRIBE_2 "KMS DescribeKey {\"KeyId\":\"" KEY_2
#define TOKEN "cccccccc-0000-4000-8000-000000000001"

static evc_cluster_key key;
static evc_cluster_update update;

static evc_cluster_job
job_of(evc_cluster_verb verb)
{
    return (evc_cluster_job){.verb = verb, .change = &e.change, .key = &key};
}

static int
begin(evc_cluster_verb verb)
{
    evc_cluster_job job = job_of(verb);

    return evc_eks_begin(e.cluster, &job, &update, &e.wait, &e.err);
}

static int
poll(evc_cluster_verb verb)
{
    evc_cluster_job job = job_of(verb);

    return evc_eks_poll(e.cluster, &job, &update, &e.wait, &e.err);
}

/* --- association --- */

START_TEST(an_association_is_sent_with_its_token)
{
    ANSWER({ASSOCIATE, 200, UPDATE("InProgress"), 0});
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_str_eq(update.id, UPDATE_1);
    ck_assert_str_eq(update.request_id, "request-1");
    ck_assert(!update.adopted && !update.needless);
    ck_assert_str_eq(
        body_of(ASSOCIATE),
        "{\"encryptionConfig\":[{\"resources\":[\"secrets\"],\"provider\":{"
        "\"keyArn\":\"" KEY_1 "\"}}],\"clientRequestToken\":\"" TOKEN "\"}");
}
END_TEST

START_TEST(what_is_on_already_with_the_same_key_is_done)
{
    ANSWER({ASSOCIATE, 400, ALREADY, 0},
           {"GET /clusters/prod", 200, ENCRYPTED("alias/x"), 0},
           {"KMS DescribeKey {\"KeyId\":\"alias/x\"", 200, METADATA_1, 0});
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert(update.needless);
    ck_assert_ptr_null(e.err);
}
END_TEST

START_TEST(what_our_lost_request_switched_on_is_not_needless)
{
    ANSWER({ASSOCIATE, 400, ALREADY, 0},
           {"GET /clusters/prod", 200, ENCRYPTED(KEY_1), 0},
           {DESCRIBE_1, 200, METADATA_1, 0});
    update.phase = EVC_UPDATE_SENT;
    update.sent_ms = 1;
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert(!update.needless);
}
END_TEST

START_TEST(what_is_on_already_with_another_key_is_refused)
{
    ANSWER({ASSOCIATE, 400, ALREADY, 0},
           {"GET /clusters/prod", 200, ENCRYPTED(KEY_2), 0},
           {DESCRIBE_2, 200, METADATA_2, 0});
    EVC_CHECK_CODE(begin(EVC_VERB_ENABLE), ENVCRYPT_E_CLUSTER_CANNOT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), KEY_2));
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), "rotate"));
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
}
END_TEST

START_TEST(an_association_that_another_tool_began_is_adopted)
{
    ANSWER({ASSOCIATE, 409, BUSY, 0}, {LIST, 200, IDS, 0},
           {LOOK_2, 200, UPDATE_WITH(UPDATE_2, "InProgress", "alias/x", ""), 0},
           {"KMS DescribeKey {\"KeyId\":\"alias/x\"", 200, METADATA_1, 0});
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_str_eq(update.id, UPDATE_2);
    ck_assert(update.adopted);
    ck_assert_uint_eq(asked(LOOK_1), 0); /* the newest first */
}
END_TEST

/* More updates than are looked at, on pages, the wanted one at this end of all. */
static const char *
page_of(bool has_ours, bool is_first, const char *next)
{
    static char pages[4][20000];
    static size_t number;
    char *page = pages[number++ % 4];
    evc_buf b;

    evc_buf_init_fixed(&b, page, sizeof(pages[0]) - 1);
    evc_buf_put_text(&b, "{\"updateIds\":[");
    if (has_ours && is_first)
        evc_buf_put_text(&b, "\"" UPDATE_1 "\",");
    for (unsigned i = 0; i < 150; i++)
        evc_buf_put_format(&b, "%s\"u-%03u\"", i ? "," : "", i);
    if (has_ours && !is_first)
        evc_buf_put_text(&b, ",\"" UPDATE_1 "\"");
    evc_buf_put_format(&b, "],\"nextToken\":\"%s\"}", next);
    ck_assert(!b.failed);
    page[b.size] = '\0';
    return page;
}

START_TEST(an_association_is_found_beyond_two_hundred_updates_at_either_end)
{
    const bool first = _i == 0;

    ANSWER({ASSOCIATE, 409, BUSY, 0},
           {LIST "maxResults=100&nextToken=b", 200, page_of(!first, first, ""), 0},
           {LIST "maxResults=100&nextToken=a", 200, page_of(false, first, "b"), 0},
           {LIST, 200, page_of(first, first, "a"), 0},
           {LOOK_1, 200, UPDATE("InProgress"), 0},
           {"GET /clusters/prod/updates/u-", 200,
            "{\"update\":{\"id\":\"u\",\"status\":\"Successful\",\"type\":"
            "\"VersionUpdate\"}}",
            0});
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_str_eq(update.id, UPDATE_1);
    ck_assert(update.adopted);
}
END_TEST

START_TEST(an_update_that_eks_forgot_since_is_passed_over)
{
    evc_eks_update seen;

    ANSWER({LIST, 200, IDS, 0},
           {LOOK_2, 404, FAULT("ResourceNotFoundException", "No update found"), 0},
           {LOOK_1, 200, UPDATE("Successful"), 0});
    EVC_CHECK_OK(evc_eks_last_association(e.cluster, &seen, &e.wait, &e.err));
    ck_assert_str_eq(seen.id, UPDATE_1);
    ck_assert_ptr_null(e.err);
}
END_TEST

START_TEST(of_associations_that_failed_the_newest_counts)
{
    evc_eks_update seen;

    ANSWER({LIST, 200, IDS, 0},
           {LOOK_2, 200,
            "{\"update\":{\"id\":\"" UPDATE_2 "\",\"status\":\"Failed\",\"type\":"
            "\"AssociateEncryptionConfig\",\"createdAt\":1600000000}}",
            0},
           {LOOK_1, 200, UPDATE("Failed"), 0});
    EVC_CHECK_OK(evc_eks_last_association(e.cluster, &seen, &e.wait, &e.err));
    ck_assert_str_eq(seen.id, UPDATE_1);
    ck_assert_uint_eq(asked(LIST), 1);
}
END_TEST

START_TEST(an_association_with_another_key_is_refused)
{
    ANSWER({ASSOCIATE, 409, BUSY, 0}, {LIST, 200, IDS, 0},
           {LOOK_2, 200, UPDATE_WITH(UPDATE_2, "InProgress", KEY_2, ""), 0},
           {DESCRIBE_2, 200, METADATA_2, 0});
    EVC_CHECK_CODE(begin(EVC_VERB_ENABLE), ENVCRYPT_E_CLUSTER_CANNOT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), UPDATE_2));
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), KEY_2));
}
END_TEST

START_TEST(a_key_that_could_not_be_asked_for_is_not_another_one)
{
    ANSWER({ASSOCIATE, 409, BUSY, 0}, {LIST, 200, IDS, 0},
           {LOOK_2, 200, UPDATE_WITH(UPDATE_2, "InProgress", "alias/x", ""), 0},
           {"KMS DescribeKey {\"KeyId\":\"alias/x\"", 400,
            FAULT("AccessDeniedException", "no"), 0});
    EVC_CHECK_CODE(begin(EVC_VERB_ENABLE), ENVCRYPT_E_DENIED);
}
END_TEST

START_TEST(another_update_is_waited_for)
{
    ANSWER({ASSOCIATE, 400,
            FAULT("InvalidRequestException", "Cannot: currently has update x"), 0},
           {LIST, 200, "{\"updateIds\":[\"" UPDATE_1 "\"]}", 0},
           {LOOK_1, 200,
            "{\"update\":{\"id\":\"" UPDATE_1 "\",\"status\":\"InProgress\",\"type\":"
            "\"VersionUpdate\"}}",
            0});
    EVC_CHECK_OK(begin(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_NONE);
    ck_assert_ptr_nonnull(strstr(update.detail, "another update"));
}
END_TEST

START_TEST(a_grant_that_may_not_be_made_is_denied)
{
    ANSWER({ASSOCIATE, 400,
            FAULT("InvalidRequestException",
                  "User not authorized to perform kms:CreateGrant"),
            0});
    EVC_CHECK_CODE(begin(EVC_VERB_ENABLE), ENVCRYPT_E_DENIED);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), "kms:CreateGrant"));
}
END_TEST

START_TEST(changes_that_eks_does_not_make_are_refused)
{
    EVC_CHECK_CODE(begin(EVC_VERB_DISABLE), ENVCRYPT_E_CLUSTER_CANNOT);
    EVC_CHECK_CODE(begin(EVC_VERB_CHANGE_KEY), ENVCRYPT_E_CLUSTER_CANNOT);
    ck_assert_uint_eq(e.asked, 0);
}
END_TEST

/* --- waiting --- */

static void
run_on(void)
{
    update.phase = EVC_UPDATE_RUNNING;
    (void)snprintf(update.id, sizeof(update.id), "%s", UPDATE_1);
}

START_TEST(an_update_in_progress_runs_on)
{
    run_on();
    ANSWER({LOOK_1, 200, UPDATE("InProgress"), 0});
    EVC_CHECK_OK(poll(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_uint_eq(e.asked, 1);
}
END_TEST

START_TEST(a_successful_update_is_done_when_the_cluster_tells_the_key)
{
    run_on();
    ANSWER({LOOK_1, 200, UPDATE("Successful"), 0},
           {"GET /clusters/prod", 200, CLUSTER_WITH("UPDATING", CONFIG(KEY_1)), 1},
           {"GET /clusters/prod", 200, UNENCRYPTED, 1},
           {"GET /clusters/prod", 200, ENCRYPTED(KEY_1), 0},
           {DESCRIBE_1, 200, METADATA_1, 0});
    EVC_CHECK_OK(poll(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_ptr_nonnull(strstr(update.detail, "UPDATING"));
    EVC_CHECK_OK(poll(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    EVC_CHECK_OK(poll(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
}
END_TEST

START_TEST(a_cluster_that_tells_another_key_failed)
{
    run_on();
    ANSWER({LOOK_1, 200, UPDATE("Successful"), 0},
           {"GET /clusters/prod", 200, ENCRYPTED(KEY_2), 0},
           {DESCRIBE_2, 200, METADATA_2, 0});
    EVC_CHECK_OK(poll(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_FAILED);
    ck_assert_ptr_nonnull(strstr(update.detail, KEY_2));
}
END_TEST

START_TEST(an_update_that_a_person_named_is_done_with_any_key)
{
    const evc_cluster_job job = {.verb = EVC_VERB_ENABLE, .change = &e.change};

    run_on();
    ANSWER({LOOK_1, 200, UPDATE("Successful"), 0},
           {"GET /clusters/prod", 200, ENCRYPTED(KEY_2), 0},
           {DESCRIBE_2, 200, METADATA_2, 0});
    EVC_CHECK_OK(evc_eks_poll(e.cluster, &job, &update, &e.wait, &e.err));
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
}
END_TEST

START_TEST(an_update_of_another_kind_is_not_waited_for)
{
    run_on();
    ANSWER({LOOK_1, 200,
            "{\"update\":{\"id\":\"" UPDATE_1 "\",\"status\":\"InProgress\",\"type\":"
            "\"VersionUpdate\"}}",
            0});
    EVC_CHECK_CODE(poll(EVC_VERB_ENABLE), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(e.err), UPDATE_1));
}
END_TEST

START_TEST(trouble_with_the_key_is_no_end)
{
    run_on();
    ANSWER({LOOK_1, 200, UPDATE("Successful"), 0},
           {"GET /clusters/prod", 200,
            CLUSTER_WITH("ACTIVE", CONFIG(KEY_1) ISSUE("KmsKeyDisabled")), 0},
           {DESCRIBE_1, 200, METADATA_1, 0});
    EVC_CHECK_OK(poll(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_ptr_nonnull(strstr(update.detail, "trouble"));
}
END_TEST

START_TEST(an_update_that_failed_says_why)
{
    run_on();
    ANSWER({LOOK_1, 200,
            UPDATE_WITH(
                UPDATE_1, "Failed", KEY_1,
                ",\"errors\":[{\"errorCode\":\"AccessDenied\",\"errorMessage\":\"no "
                "grant\"}]"),
            0});
    EVC_CHECK_OK(poll(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_FAILED);
    ck_assert_str_eq(update.detail, "Failed: AccessDenied: no grant");
    ANSWER({LOOK_1, 200, UPDATE("Cancelled"), 0});
    EVC_CHECK_OK(poll(EVC_VERB_ENABLE));
    ck_assert_str_eq(update.detail, "Cancelled");
}
END_TEST

START_TEST(an_update_that_eks_forgot_failed)
{
    run_on();
    ANSWER({LOOK_1, 404, FAULT("ResourceNotFoundException", "No update found"), 0});
    EVC_CHECK_OK(poll(EVC_VERB_ENABLE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_FAILED);
    ck_assert_ptr_null(e.err);
}
END_TEST

START_TEST(an_update_that_a_person_named_and_nobody_knows_is_no_failure_of_eks)
{
    run_on();
    update.adopted = true;
    ANSWER({LOOK_1, 404, FAULT("ResourceNotFoundException", "No update found"), 0});
    EVC_CHECK_CODE(poll(EVC_VERB_ENABLE), ENVCRYPT_E_ARGUMENT);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

START_TEST(trouble_that_passes_is_told_as_that_and_changes_nothing)
{
    run_on();
    ANSWER({LOOK_1, 503, FAULT("ServiceUnavailableException", "x"), 1},
           {LOOK_1, 429, FAULT("ThrottlingException", "x"), 1},
           {LOOK_1, 403, FAULT("AccessDeniedException", "x"), 0});
    for (int i = 0; i < 2; i++) {
        ck_assert(evc_error_passes(poll(EVC_VERB_ENABLE)));
        evc_err_drop(&e.err);
    }
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    EVC_CHECK_CODE(poll(EVC_VERB_ENABLE), ENVCRYPT_E_DENIED);
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
}
END_TEST

/* --- creation --- */

START_TEST(a_cluster_is_created_and_waited_for)
{
    want("role-arn", "arn:aws:iam::" ACCOUNT ":role/eks");
    want("subnets", "subnet-1,subnet-2");
    ANSWER({"POST /clusters", 200, CLUSTER_WITH("CREATING", CONFIG(KEY_1)), 0},
           {"GET /clusters/prod", 200, CLUSTER_WITH("CREATING", CONFIG(KEY_1)), 1},
           {"GET /clusters/prod", 200, ENCRYPTED(KEY_1), 0},
           {DESCRIBE_1, 200, METADATA_1, 0});
    EVC_CHECK_OK(begin(EVC_VERB_CREATE));
    ck_assert_ptr_nonnull(strstr(body_of("POST /clusters"), TOKEN));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    EVC_CHECK_OK(poll(EVC_VERB_CREATE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    EVC_CHECK_OK(poll(EVC_VERB_CREATE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
}
END_TEST

START_TEST(a_cluster_that_cannot_be_made_failed)
{
    update.phase = EVC_UPDATE_RUNNING;
    ANSWER({"GET /clusters/prod", 200, CLUSTER_WITH("FAILED", CONFIG(KEY_1)), 0},
           {DESCRIBE_1, 200, METADATA_1, 0});
    EVC_CHECK_OK(poll(EVC_VERB_CREATE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_FAILED);
}
END_TEST

START_TEST(nothing_is_created_of_half_a_description)
{
    EVC_CHECK_CODE(begin(EVC_VERB_CREATE), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(e.asked, 0);
}
END_TEST

static const char *const orders[] = {
    "{\"updateIds\":[\"" UPDATE_1 "\",\"" UPDATE_2 "\"]}",
    "{\"updateIds\":[\"" UPDATE_2 "\",\"" UPDATE_1 "\"]}",
};

START_TEST(the_association_that_succeeded_counts_in_any_order)
{
    evc_eks_update seen;

    ANSWER({LIST, 200, orders[_i], 0},
           {"GET /clusters/prod/updates/" UPDATE_1, 200, UPDATE("Successful"), 0},
           {"GET /clusters/prod/updates/" UPDATE_2, 200,
            UPDATE_WITH(UPDATE_2, "Failed", KEY_1, ""), 0});
    EVC_CHECK_OK(evc_eks_last_association(e.cluster, &seen, &e.wait, &e.err));
    ck_assert_str_eq(seen.id, UPDATE_1);
}
END_TEST

/* --- rotation --- */

#define STATUS(more) "{\"KeyRotationEnabled\":false" more "}"
#define MATERIAL(id) \
    METADATA_WITH(KEY_1, ID_1, "Enabled", ",\"CurrentKeyMaterialId\":\"" id "\"")

static void
mark(const char *material)
{
    (void)snprintf(update.mark, sizeof(update.mark), "%s", material);
}

START_TEST(a_key_is_rotated_and_waited_for)
{
    mark("m1");
    ANSWER({"KMS RotateKeyOnDemand", 200, "{\"KeyId\":\"" KEY_1 "\"}", 0},
           {"KMS DescribeKey", 200, MATERIAL("m1"), 1},
           {"KMS GetKeyRotationStatus", 200,
            STATUS(",\"OnDemandRotationStartDate\":1700000000"), 1},
           {"KMS DescribeKey", 200, MATERIAL("m2"), 0},
           {"KMS GetKeyRotationStatus", 200, STATUS(""), 0});
    EVC_CHECK_OK(begin(EVC_VERB_ROTATE));
    EVC_CHECK_OK(poll(EVC_VERB_ROTATE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    EVC_CHECK_OK(poll(EVC_VERB_ROTATE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_DONE);
    ck_assert_uint_eq(asked("KMS RotateKeyOnDemand"), 1);
}
END_TEST

START_TEST(a_rotation_that_was_heard_is_not_sent_again)
{
    mark("m1");
    update.phase = EVC_UPDATE_SENT;
    ANSWER({"KMS DescribeKey", 200, MATERIAL("m2"), 0},
           {"KMS GetKeyRotationStatus", 200, STATUS(""), 0});
    EVC_CHECK_OK(begin(EVC_VERB_ROTATE));
    ck_assert_int_eq(update.phase, EVC_UPDATE_RUNNING);
    ck_assert_uint_eq(asked("KMS RotateKeyOnDemand"), 0);
}
END_TEST

START_TEST(a_rotation_that_runs_is_not_sent_again)
{
    mark("m1");
    update.phase = EVC_UPDATE_SENT;
    ANSWER({"KMS DescribeKey", 200, MATERIAL("m1"), 0},
           {"KMS GetKeyRotationStatus", 200,
            STATUS(",\"OnDemandRotationStartDate\":1700000000"), 0});
    EVC_CHECK_OK(begin(EVC_VERB_ROTATE));
    ck_assert_uint_eq(asked("KMS RotateKeyOnDemand"), 0);
}
END_TEST

START_TEST(a_rotation_needs_a_key)
{
    evc_cluster_job job = job_of(EVC_VERB_ROTATE);

    job.key = NULL;
    update.phase = EVC_UPDATE_SENT;
    EVC_CHECK_CODE(evc_eks_begin(e.cluster, &job, &update, &e.wait, &e.err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(asked("KMS RotateKeyOnDemand"), 0);
}
END_TEST

START_TEST(a_rotation_that_was_not_heard_is_sent)
{
    mark("m1");
    update.phase = EVC_UPDATE_SENT;
    ANSWER({"KMS DescribeKey", 200, MATERIAL("m1"), 0},
           {"KMS GetKeyRotationStatus", 200, STATUS(""), 0},
           {"KMS RotateKeyOnDemand", 200, "{\"KeyId\":\"" KEY_1 "\"}", 0});
    EVC_CHECK_OK(begin(EVC_VERB_ROTATE));
    ck_assert_uint_eq(asked("KMS RotateKeyOnDemand"), 1);
}
END_TEST

/* --- history --- */

START_TEST(the_last_association_is_found)
{
    evc_eks_update last;

    ANSWER({LIST, 200, IDS, 0},
           {LOOK_2, 200,
            "{\"update\":{\"id\":\"" UPDATE_2 "\",\"status\":\"Successful\",\"type\":"
            "\"VersionUpdate\"}}",
            0},
           {LOOK_1, 200, UPDATE("Successful"), 0});
    EVC_CHECK_OK(evc_eks_last_association(e.cluster, &last, &e.wait, &e.err));
    ck_assert_str_eq(last.id, UPDATE_1);
    ANSWER({LIST, 200, "{\"updateIds\":[]}", 0});
    EVC_CHECK_OK(evc_eks_last_association(e.cluster, &last, &e.wait, &e.err));
    ck_assert_str_eq(last.id, "");
}
END_TEST

static void
set_up(void)
{
    eks_set_up();
    give_key(&key, KEY_1, ID_1);
    evc_cluster_update_init(&update);
    (void)snprintf(update.token, sizeof(update.token), "%s", TOKEN);
}

static void
tear_down(void)
{
    evc_cluster_key_reset(&key);
    eks_tear_down();
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        an_association_is_sent_with_its_token,
        what_is_on_already_with_the_same_key_is_done,
        what_our_lost_request_switched_on_is_not_needless,
        what_is_on_already_with_another_key_is_refused,
        an_association_that_another_tool_began_is_adopted,
        a_key_that_could_not_be_asked_for_is_not_another_one,
        an_association_with_another_key_is_refused,
        another_update_is_waited_for,
        a_grant_that_may_not_be_made_is_denied,
        changes_that_eks_does_not_make_are_refused,
        an_update_in_progress_runs_on,
        a_successful_update_is_done_when_the_cluster_tells_the_key,
        a_cluster_that_tells_another_key_failed,
        an_update_that_a_person_named_is_done_with_any_key,
        an_update_of_another_kind_is_not_waited_for,
        trouble_with_the_key_is_no_end,
        an_update_that_failed_says_why,
        an_update_that_eks_forgot_failed,
        an_update_that_a_person_named_and_nobody_knows_is_no_failure_of_eks,
        trouble_that_passes_is_told_as_that_and_changes_nothing,
        a_cluster_is_created_and_waited_for,
        a_cluster_that_cannot_be_made_failed,
        nothing_is_created_of_half_a_description,
        a_key_is_rotated_and_waited_for,
        a_rotation_that_was_heard_is_not_sent_again,
        a_rotation_that_runs_is_not_sent_again,
        a_rotation_needs_a_key,
        a_rotation_that_was_not_heard_is_sent,
        the_last_association_is_found,
        of_associations_that_failed_the_newest_counts,
        an_update_that_eks_forgot_since_is_passed_over,
        NULL};
    TCase *tcase = tcase_create("change");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, the_association_that_succeeded_counts_in_any_order, 0,
                        sizeof(orders) / sizeof(orders[0]));
    tcase_add_loop_test(
        tcase, an_association_is_found_beyond_two_hundred_updates_at_either_end, 0, 2);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_change", add_tests)
