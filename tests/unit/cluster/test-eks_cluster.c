/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_cluster.h"

#include "eks-fixture.h"
#include "evc-alloc.h"

static evc_cluster_state state;

static int
read_text(const char *text, evc_error **err)
{
    evc_json_doc *doc = NULL;
    int rc = evc_json_parse(evc_view_text(text), "a test", &doc, err);

    evc_cluster_state_reset(&state);
    if (rc == 0)
        rc = evc_eks_cluster_read(evc_json_root(doc), &state, err);
    evc_json_free(doc);
    return rc;
}

static const char *
text(evc_cluster_text which)
{
    return evc_cluster_state_text(&state, which);
}

START_TEST(a_cluster_is_told)
{
    EVC_CHECK_OK(read_text(ENCRYPTED(KEY_1), NULL));
    ck_assert_str_eq(text(EVC_CLUSTER_NAME), "prod");
    ck_assert_str_eq(text(EVC_CLUSTER_ID),
                     "arn:aws:eks:" REGION ":" ACCOUNT ":cluster/prod");
    ck_assert_str_eq(text(EVC_CLUSTER_REGION), REGION);
    ck_assert_str_eq(text(EVC_CLUSTER_ACCOUNT), ACCOUNT);
    ck_assert_str_eq(text(EVC_CLUSTER_VERSION), "1.30");
    ck_assert_str_eq(text(EVC_CLUSTER_KIND), "eks");
    ck_assert_str_eq(text(EVC_CLUSTER_STATUS), "ACTIVE");
    ck_assert_str_eq(text(EVC_CLUSTER_KEY), KEY_1);
    ck_assert_str_eq(text(EVC_CLUSTER_SERVER), "https://api.example");
    ck_assert_str_eq(text(EVC_CLUSTER_CA), "PEM");
    ck_assert_int_eq(state.phase, EVC_CLUSTER_STEADY);
    ck_assert_int_eq(state.encryption, ENVCRYPT_CLUSTER_ENCRYPTION_OWN);
    ck_assert(!state.unsupported);
}
END_TEST

START_TEST(an_alias_is_kept_as_it_is_given)
{
    EVC_CHECK_OK(read_text(ENCRYPTED("alias/one"), NULL));
    ck_assert_str_eq(text(EVC_CLUSTER_KEY_GIVEN), "alias/one");
    ck_assert_str_eq(text(EVC_CLUSTER_KEY), "");
}
END_TEST

START_TEST(without_a_key_the_version_tells)
{
    static const struct {
        const char *version;
        int32_t encryption;
    } rows[] = {
        {"1.27", ENVCRYPT_CLUSTER_ENCRYPTION_NONE},
        {"1.28", ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER},
        {"1.100", ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER},
        {"1.9", ENVCRYPT_CLUSTER_ENCRYPTION_NONE},
        {"1.30+", ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER},
        {"", ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN},
        {"1.", ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN},
        {"2.0", ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN},
        {"1.x", ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        ck_assert_msg(evc_eks_cluster_default(rows[i].version) == rows[i].encryption,
                      "%s", rows[i].version);
    EVC_CHECK_OK(read_text(UNENCRYPTED, NULL));
    ck_assert_int_eq(state.encryption, ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER);
}
END_TEST

START_TEST(its_status_says_whether_it_can_be_changed)
{
    static const struct {
        const char *body;
        evc_cluster_phase phase;
    } rows[] = {
        {CLUSTER_WITH("ACTIVE", ""), EVC_CLUSTER_STEADY},
        {CLUSTER_WITH("UPDATING", ""), EVC_CLUSTER_CHANGING},
        {CLUSTER_WITH("CREATING", ""), EVC_CLUSTER_CHANGING},
        {CLUSTER_WITH("PENDING", ""), EVC_CLUSTER_CHANGING},
        {CLUSTER_WITH("SOMETHING_NEW", ""), EVC_CLUSTER_CHANGING},
        {CLUSTER_WITH("DELETING", ""), EVC_CLUSTER_BROKEN},
        {CLUSTER_WITH("FAILED", ""), EVC_CLUSTER_BROKEN},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        EVC_CHECK_OK(read_text(rows[i].body, NULL));
        ck_assert_int_eq(state.phase, rows[i].phase);
    }
}
END_TEST

START_TEST(clusters_that_run_elsewhere_cannot_be_changed)
{
    EVC_CHECK_OK(read_text(CLUSTER_WITH("ACTIVE", ",\"outpostConfig\":{}"), NULL));
    ck_assert(state.unsupported);
    ck_assert_str_eq(text(EVC_CLUSTER_KIND), "outposts");
    ck_assert_int_eq(state.encryption, ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN);
    EVC_CHECK_OK(read_text(CLUSTER_WITH("ACTIVE", ",\"connectorConfig\":{}"), NULL));
    ck_assert(state.unsupported);
    ck_assert_str_eq(text(EVC_CLUSTER_KIND), "connector");
}
END_TEST

START_TEST(trouble_with_the_key_says_what_to_do)
{
    static const char *const bodies[] = {
        CLUSTER_WITH("ACTIVE", ISSUE("KmsKeyDisabled")),
        CLUSTER_WITH("ACTIVE", ISSUE("KmsKeyMarkedForDeletion")),
        CLUSTER_WITH("ACTIVE", ISSUE("KmsKeyNotFound")),
        CLUSTER_WITH("ACTIVE", ISSUE("KmsGrantRevoked")),
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++) {
        EVC_CHECK_OK(read_text(bodies[i], NULL));
        ck_assert(evc_cluster_state_is_sick(&state));
        ck_assert_str_ne(cell(state.issues, 0, "what-to-do"), "");
        ck_assert_str_eq(cell(state.issues, 0, "message"), "trouble");
    }
}
END_TEST

START_TEST(trouble_with_something_else_is_told_too)
{
    EVC_CHECK_OK(read_text(
        CLUSTER_WITH("ACTIVE", ",\"health\":{\"issues\":[{\"code\":\"VpcNotFound\","
                               "\"message\":\"a\\u001bb\"}]}"),
        NULL));
    ck_assert(!evc_cluster_state_is_sick(&state));
    ck_assert_str_eq(cell(state.issues, 0, "code"), "VpcNotFound");
    ck_assert_str_eq(cell(state.issues, 0, "message"), "a?b");
}
END_TEST

START_TEST(what_is_no_cluster_is_refused)
{
    static const char *const bodies[] = {
        "{}",
        "{\"cluster\":{\"name\":\"prod\"}}",
        "{\"cluster\":{\"name\":\"prod\",\"arn\":\"arn:aws:iam::1:x\",\"status\":"
        "\"ACTIVE\"}}",
        CLUSTER_WITH("ACTIVE", ",\"encryptionConfig\":[{\"provider\":{}}]"),
        CLUSTER_WITH("ACTIVE", ",\"encryptionConfig\":[1]"),
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        EVC_CHECK_CODE(read_text(bodies[i], NULL), ENVCRYPT_E_JSON);
}
END_TEST

#define SECRETS_UNDER(provider) \
    "[{\"resources\":[\"secrets\"],\"provider\":" provider "}]"
#define ONE "{\"resources\":[\"secrets\"],\"provider\":{\"keyArn\":\"" KEY_1 "\"}}"

static const char *const strange[] = {
    "{}",
    "true",
    "\"\"",
    "\"" KEY_1 "\"",
    ONE,
    "[null]",
    "[{}]",
    "[" ONE "," ONE "]",
    "[{\"provider\":{\"keyArn\":\"" KEY_1 "\"}}]",
    "[{\"resources\":\"secrets\",\"provider\":{\"keyArn\":\"" KEY_1 "\"}}]",
    "[{\"resources\":[],\"provider\":{\"keyArn\":\"" KEY_1 "\"}}]",
    "[{\"resources\":[\"configmaps\",1],\"provider\":{\"keyArn\":\"" KEY_1 "\"}}]",
    SECRETS_UNDER("null"),
    SECRETS_UNDER("{\"keyArn\":null}"),
    SECRETS_UNDER("{\"keyArn\":\"\"}"),
    SECRETS_UNDER("{\"keyArn\":7}"),
};

START_TEST(a_configuration_that_is_not_understood_is_never_none)
{
    char body[1024];

    (void)snprintf(body, sizeof(body),
                   CLUSTER_WITH("ACTIVE", ",\"encryptionConfig\":%s"), strange[_i]);
    EVC_CHECK_CODE(read_text(body, NULL), ENVCRYPT_E_JSON);
}
END_TEST

static const char *const none[] = {"null", "[]"};

START_TEST(no_configuration_is_none)
{
    char body[1024];

    (void)snprintf(body, sizeof(body),
                   CLUSTER_WITH("ACTIVE", ",\"encryptionConfig\":%s"), none[_i]);
    EVC_CHECK_OK(read_text(body, NULL));
    ck_assert_int_eq(state.encryption, ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER);
}
END_TEST

START_TEST(further_resources_beside_secrets_are_fine)
{
    EVC_CHECK_OK(read_text(
        CLUSTER_WITH("ACTIVE",
                     ",\"encryptionConfig\":[{\"resources\":[\"all\",\"secrets\"],"
                     "\"provider\":{\"keyArn\":\"" KEY_1 "\"}}]"),
        NULL));
    ck_assert_str_eq(text(EVC_CLUSTER_KEY), KEY_1);
}
END_TEST

static int
read_doc(void *doc)
{
    int rc = evc_eks_cluster_read(evc_json_root(doc), &state, NULL);

    evc_cluster_state_reset(&state);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    evc_json_doc *doc = NULL;

    EVC_CHECK_OK(evc_json_parse(
        evc_view_text(CLUSTER_WITH("ACTIVE", CONFIG(KEY_1) ISSUE("KmsKeyDisabled"))),
        "a test", &doc, NULL));
    ck_assert_uint_gt(evc_alloc_sweep(read_doc, doc), 10);
    evc_json_free(doc);
}
END_TEST

static void
set_up(void)
{
    evc_cluster_state_init(&state);
}

static void
tear_down(void)
{
    evc_cluster_state_reset(&state);
}

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_cluster_is_told,
                                  an_alias_is_kept_as_it_is_given,
                                  without_a_key_the_version_tells,
                                  its_status_says_whether_it_can_be_changed,
                                  clusters_that_run_elsewhere_cannot_be_changed,
                                  trouble_with_the_key_says_what_to_do,
                                  trouble_with_something_else_is_told_too,
                                  what_is_no_cluster_is_refused,
                                  further_resources_beside_secrets_are_fine,
                                  survives_any_failed_allocation,
                                  NULL};
    TCase *tcase = tcase_create("cluster");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_configuration_that_is_not_understood_is_never_none, 0,
                        (int)(sizeof(strange) / sizeof(strange[0])));
    tcase_add_loop_test(tcase, no_configuration_is_none, 0,
                        (int)(sizeof(none) / sizeof(none[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("eks_cluster", add_tests)
