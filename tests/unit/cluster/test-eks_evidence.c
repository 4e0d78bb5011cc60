/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_evidence.h"

#include "cluster/eks_cluster.h"
#include "eks-fixture.h"

#define LIST "GET /clusters/prod/updates?"
#define LOOK "GET /clusters/prod/updates/"
#define IDS "{\"updateIds\":[\"" UPDATE_1 "\"]}"
#define NO_USE FAULT("AccessDeniedException", "no")

static evc_cluster_state state;
static evc_cluster_key key;
static evc_evidence evidence;

/* What the cluster says, and what its last update is (NULL: none is listed). */
static int
prove(const char *cluster, const char *last)
{
    const evc_cluster_job job = {.verb = EVC_VERB_VERIFY, .state = &state, .key = &key};
    evc_json_doc *doc = NULL;

    evc_cluster_state_reset(&state);
    evc_evidence_reset(&evidence);
    EVC_CHECK_OK(evc_evidence_init(&evidence, NULL));
    EVC_CHECK_OK(evc_json_parse(evc_view_text(cluster), "a test", &doc, NULL));
    EVC_CHECK_OK(evc_eks_cluster_read(evc_json_root(doc), &state, NULL));
    evc_json_free(doc);
    if (state.encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN)
        state.key_state = ENVCRYPT_KEY_ENABLED;
    ANSWER({LIST, 200, last ? IDS : "{\"updateIds\":[]}", 0},
           {LOOK, 200, last ? last : "{}", 0}, {"KMS GetKeyLastUsage", 400, NO_USE, 0});
    return evc_eks_evidence(e.cluster, &job, &e.wait, &evidence, &e.err);
}

static int32_t
outcome(const char *cluster, const char *last)
{
    EVC_CHECK_OK(prove(cluster, last));
    return evc_evidence_outcome(&evidence);
}

static const char *
fact(const char *name)
{
    return cell(evidence.rows, row_of(evidence.rows, name), "result");
}

START_TEST(all_of_it_seen_is_a_proof)
{
    ck_assert_int_eq(outcome(ENCRYPTED(KEY_1), UPDATE("Successful")),
                     ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_uint_eq(evidence.seen, 5);
}
END_TEST

START_TEST(when_the_key_was_chosen_is_told_by_the_update_else_by_the_cluster)
{
    EVC_CHECK_OK(prove(ENCRYPTED(KEY_1), UPDATE("Successful")));
    ck_assert_int_eq(evidence.changed_ms, INT64_C(1700000000500));
    EVC_CHECK_OK(prove(
        CLUSTER_WITH("ACTIVE", CONFIG(KEY_1) ",\"createdAt\":1600000000.25"), NULL));
    ck_assert_int_eq(evidence.changed_ms, INT64_C(1600000000250));
    EVC_CHECK_OK(prove(ENCRYPTED(KEY_1), NULL));
    ck_assert_int_eq(evidence.changed_ms, 0);
}
END_TEST

START_TEST(a_cancel_ends_it)
{
    evc_wait_cancel(&e.wait);
    EVC_CHECK_CODE(prove(ENCRYPTED(KEY_1), UPDATE("Successful")), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(evc_error_code(e.err), ENVCRYPT_E_CANCELED);
}
END_TEST

START_TEST(a_cluster_that_was_created_encrypted_has_no_update)
{
    ck_assert_int_eq(outcome(ENCRYPTED(KEY_1), NULL), ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_uint_eq(evidence.seen, 4);
}
END_TEST

START_TEST(an_update_under_way_proves_nothing)
{
    ck_assert_int_eq(outcome(ENCRYPTED(KEY_1), UPDATE("InProgress")),
                     ENVCRYPT_OUTCOME_NOT_PROVEN);
}
END_TEST

START_TEST(an_update_that_failed_contradicts)
{
    ck_assert_int_eq(outcome(ENCRYPTED(KEY_1), UPDATE("Failed")),
                     ENVCRYPT_OUTCOME_CONTRADICTED);
}
END_TEST

START_TEST(a_cluster_that_is_not_active_proves_nothing)
{
    ck_assert_int_eq(
        outcome(CLUSTER_WITH("UPDATING", CONFIG(KEY_1)), UPDATE("Successful")),
        ENVCRYPT_OUTCOME_NOT_PROVEN);
}
END_TEST

START_TEST(another_key_contradicts)
{
    ck_assert_int_eq(outcome(ENCRYPTED(KEY_2), UPDATE("Successful")),
                     ENVCRYPT_OUTCOME_CONTRADICTED);
    ck_assert_ptr_nonnull(strstr(evidence.reason, KEY_2));
}
END_TEST

START_TEST(a_default_key_contradicts)
{
    ck_assert_int_eq(outcome(UNENCRYPTED, NULL), ENVCRYPT_OUTCOME_CONTRADICTED);
    ck_assert_ptr_nonnull(strstr(evidence.reason, "AWS owns"));
}
END_TEST

START_TEST(an_alias_that_could_not_be_resolved_proves_nothing)
{
    ck_assert_int_eq(outcome(ENCRYPTED("alias/one"), UPDATE("Successful")),
                     ENVCRYPT_OUTCOME_NOT_PROVEN);
}
END_TEST

START_TEST(trouble_with_the_key_contradicts)
{
    ck_assert_int_eq(
        outcome(CLUSTER_WITH("ACTIVE", CONFIG(KEY_1) ISSUE("KmsKeyDisabled")),
                UPDATE("Successful")),
        ENVCRYPT_OUTCOME_CONTRADICTED);
    ck_assert_ptr_nonnull(strstr(evidence.reason, "KmsKeyDisabled"));
}
END_TEST

static int
gather(int32_t key_state)
{
    const evc_cluster_job job = {.verb = EVC_VERB_VERIFY, .state = &state, .key = &key};

    evc_evidence_reset(&evidence);
    EVC_CHECK_OK(evc_evidence_init(&evidence, NULL));
    state.key_state = key_state;
    return evc_eks_evidence(e.cluster, &job, &e.wait, &evidence, &e.err);
}

START_TEST(the_state_of_the_key_counts)
{
    (void)outcome(ENCRYPTED(KEY_1), UPDATE("Successful"));
    EVC_CHECK_OK(gather(ENVCRYPT_KEY_DISABLED));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_CONTRADICTED);
    EVC_CHECK_OK(gather(ENVCRYPT_KEY_DESTROYED));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_CONTRADICTED);
    EVC_CHECK_OK(gather(ENVCRYPT_KEY_UNKNOWN));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_NOT_PROVEN);
}
END_TEST

START_TEST(updates_that_may_not_be_read_are_missing)
{
    (void)outcome(ENCRYPTED(KEY_1), UPDATE("Successful"));
    ANSWER({LIST, 403, FAULT("AccessDeniedException", "no"), 0},
           {"KMS", 400, NO_USE, 0});
    EVC_CHECK_OK(gather(ENVCRYPT_KEY_ENABLED));
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_NOT_PROVEN);
    ck_assert_str_eq(fact("update"), "missing");
}
END_TEST

START_TEST(the_last_use_of_the_key_is_a_hint)
{
    (void)outcome(ENCRYPTED(KEY_1), NULL);
    ANSWER({LIST, 200, "{\"updateIds\":[]}", 0},
           {"KMS GetKeyLastUsage", 200,
            "{\"KeyLastUsage\":{\"Operation\":\"Decrypt\",\"Timestamp\":86400}}", 0});
    EVC_CHECK_OK(gather(ENVCRYPT_KEY_ENABLED));
    ck_assert_str_eq(fact("last use of the key"), "hint");
    ck_assert_int_eq(evc_evidence_outcome(&evidence), ENVCRYPT_OUTCOME_PROVEN);
}
END_TEST

START_TEST(the_age_of_the_material_is_a_hint)
{
    key.version_ms = 86400000;
    ck_assert_int_eq(outcome(ENCRYPTED(KEY_1), NULL), ENVCRYPT_OUTCOME_PROVEN);
    ck_assert_str_eq(fact("key material"), "hint");
    ck_assert_ptr_nonnull(
        strstr(cell(evidence.rows, row_of(evidence.rows, "key material"), "detail"),
               "1970-01-02"));
}
END_TEST

static void
set_up(void)
{
    eks_set_up();
    give_key(&key, KEY_1, ID_1);
    evc_cluster_state_init(&state);
    EVC_CHECK_OK(evc_evidence_init(&evidence, NULL));
}

static void
tear_down(void)
{
    evc_evidence_reset(&evidence);
    evc_cluster_state_reset(&state);
    evc_cluster_key_reset(&key);
    eks_tear_down();
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        all_of_it_seen_is_a_proof,
        when_the_key_was_chosen_is_told_by_the_update_else_by_the_cluster,
        a_cancel_ends_it,
        a_cluster_that_was_created_encrypted_has_no_update,
        an_update_under_way_proves_nothing,
        an_update_that_failed_contradicts,
        a_cluster_that_is_not_active_proves_nothing,
        another_key_contradicts,
        a_default_key_contradicts,
        an_alias_that_could_not_be_resolved_proves_nothing,
        trouble_with_the_key_contradicts,
        the_state_of_the_key_counts,
        updates_that_may_not_be_read_are_missing,
        the_last_use_of_the_key_is_a_hint,
        the_age_of_the_material_is_a_hint,
        NULL};
    TCase *tcase = tcase_create("evidence");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_evidence", add_tests)
