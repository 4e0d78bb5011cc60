/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/migration.h"

#include "evc-alloc.h"
#include "scripted-kube.h"

static const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};
static const evc_kube_resource widgets = {"x.io", "v1beta1", "widgets", "Widget", true};

#define GROUP(versions)                                                         \
    "{\"kind\":\"APIGroup\",\"name\":\"storagemigration.k8s.io\",\"versions\":" \
    "[" versions "],\"preferredVersion\":{\"version\":\"v1beta1\"}}"
#define VERSION(v) \
    "{\"groupVersion\":\"storagemigration.k8s.io/" v "\",\"version\":\"" v "\"}"
#define CONDITION(type, status, reason)                                        \
    "{\"type\":\"" type "\",\"status\":\"" status "\",\"lastTransitionTime\":" \
    "\"2026-01-01T00:00:00Z\",\"reason\":\"" reason "\",\"message\":\"planted\"}"
#define MIGRATION(conditions)                                                          \
    "{\"kind\":\"StorageVersionMigration\",\"metadata\":{\"name\":\"libenvcrypt-x7\"}" \
    ","                                                                                \
    "\"spec\":{\"resource\":{\"resource\":\"secrets\"}},\"status\":{\"conditions\":"   \
    "[" conditions "]}}"
#define API "https://kube.example/apis/storagemigration.k8s.io/"

static char version[64];
static char name[EVC_KUBE_NAME_MAX + 1];
static bool found;
static evc_kube_migration_state state;
static evc_error *error;

static void
set_up(void)
{
    kube_set_up();
    error = NULL;
}

static void
tear_down(void)
{
    evc_error_free(error);
    kube_tear_down();
}

static int
find(void)
{
    return evc_kube_migration_find(k.kube, &k.wait, version, &found, &error);
}

static int
begin(const char *of, const evc_kube_resource *resource)
{
    return evc_kube_migration_begin(k.kube, of, resource, &k.wait, name, &error);
}

static int
poll_it(void)
{
    return evc_kube_migration_poll(k.kube, "v1", "libenvcrypt-x7", &k.wait, &state,
                                   &error);
}

/* --- find ------------------------------------------------------------------------- */

static const struct {
    const char *body;
    const char *version; /* NULL = not found */
} groups[] = {
    {GROUP(VERSION("v1beta1") "," VERSION("v1") "," VERSION("v1alpha1")), "v1"},
    {GROUP(VERSION("v1alpha1") "," VERSION("v1beta1")), "v1beta1"},
    {GROUP(VERSION("v1alpha1")), "v1alpha1"},
    {GROUP(VERSION("v2")), NULL},
    {GROUP(""), NULL},
    {"{}", NULL},
};

START_TEST(best_version_that_we_know_is_taken)
{
    KUBE_PLAY({.status = 200, .body = groups[_i].body});
    EVC_CHECK_OK(find());
    ck_assert_str_eq(k.requests[0].url,
                     "https://kube.example/apis/storagemigration.k8s.io");
    ck_assert(found == (groups[_i].version != NULL));
    ck_assert_str_eq(version, found ? groups[_i].version : "");
}
END_TEST

START_TEST(cluster_without_the_engine_is_no_error)
{
    KUBE_PLAY({.status = 404, .body = "404 page not found", .type = "text/plain"});
    EVC_CHECK_OK(find());
    ck_assert(!found);
    ck_assert_ptr_null(error);
}
END_TEST

START_TEST(discovery_that_is_denied_is_an_error)
{
    KUBE_PLAY({.status = 403, .body = "{}"});
    EVC_CHECK_CODE(find(), ENVCRYPT_E_DENIED);
    ck_assert(!found);
}
END_TEST

/* --- begin ------------------------------------------------------------------------ */

START_TEST(migration_of_the_stable_version_names_group_and_resource)
{
    KUBE_PLAY({.status = 201, .body = MIGRATION("")});
    EVC_CHECK_OK(begin("v1", &secrets));
    ck_assert_str_eq(k.requests[0].method, "POST");
    ck_assert_str_eq(k.requests[0].url,
                     API "v1/storageversionmigrations?fieldManager=libenvcrypt");
    ck_assert_str_eq(k.requests[0].body,
                     "{\"apiVersion\":\"storagemigration.k8s.io/v1\",\"kind\":"
                     "\"StorageVersionMigration\",\"metadata\":{\"generateName\":"
                     "\"libenvcrypt-\"},\"spec\":{\"resource\":{\"group\":\"\","
                     "\"resource\":\"secrets\"}}}");
    ck_assert_str_eq(name, "libenvcrypt-x7");
}
END_TEST

START_TEST(migration_of_the_beta_is_of_the_same_form)
{
    KUBE_PLAY({.status = 201, .body = MIGRATION("")});
    EVC_CHECK_OK(begin("v1beta1", &widgets));
    ck_assert(strstr(k.requests[0].url, "/v1beta1/") != NULL);
    ck_assert(strstr(k.requests[0].body,
                     "{\"group\":\"x.io\",\"resource\":\"widgets\"}") != NULL);
}
END_TEST

START_TEST(migration_of_the_alpha_names_the_version_too)
{
    KUBE_PLAY({.status = 201, .body = MIGRATION("")});
    EVC_CHECK_OK(begin("v1alpha1", &widgets));
    ck_assert(strstr(k.requests[0].body, "{\"group\":\"x.io\",\"version\":\"v1beta1\","
                                         "\"resource\":\"widgets\"}") != NULL);
}
END_TEST

START_TEST(migration_is_made_once)
{
    KUBE_PLAY({.code = ENVCRYPT_E_NET_BROKEN}, {.status = 201, .body = MIGRATION("")});
    EVC_CHECK_CODE(begin("v1", &secrets), ENVCRYPT_E_NET_BROKEN);
    ck_assert_uint_eq(k.asked, 1);
    ck_assert_str_eq(name, "");
}
END_TEST

START_TEST(unknown_version_is_not_asked_for)
{
    EVC_CHECK_CODE(begin("v2", &secrets), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(begin("../v1", &secrets), ENVCRYPT_E_ARGUMENT);
    ck_assert_uint_eq(k.asked, 0);
}
END_TEST

static const char *const nameless[] = {"{}", "{\"metadata\":{\"name\":\"\"}}",
                                       "{\"metadata\":{\"name\":\"../x\"}}",
                                       "{\"metadata\":{\"name\":7}}"};

START_TEST(migration_without_a_name_is_refused)
{
    KUBE_PLAY({.status = 201, .body = nameless[_i]});
    EVC_CHECK_CODE(begin("v1", &secrets), ENVCRYPT_E_PROTOCOL);
    ck_assert_str_eq(name, "");
}
END_TEST

/* --- poll ------------------------------------------------------------------------- */

static const struct {
    const char *conditions;
    bool running;
    bool succeeded;
    bool failed;
    const char *reason;
} states[] = {
    {"", false, false, false, ""},
    {CONDITION("Running", "True", "Busy"), true, false, false, "Busy"},
    {CONDITION("Running", "False", "Busy"), false, false, false, ""},
    {CONDITION("Running", "Unknown", "Busy"), false, false, false, ""},
    {CONDITION("Running", "False", "Over") "," CONDITION("Succeeded", "True", "Done"),
     false, true, false, "Done"},
    {CONDITION("Failed", "True", "No luck: 7!") "," CONDITION("Running", "True",
                                                              "Busy"),
     true, false, true, "Noluck"},
    {CONDITION("Running", "True", "Busy") "," CONDITION("Failed", "True", "Late"), true,
     false, true, "Late"},
    {CONDITION("Other", "True", "What"), false, false, false, "What"},
};

START_TEST(conditions_tell_the_state)
{
    char body[2048];

    (void)snprintf(body, sizeof(body), MIGRATION("%s"), states[_i].conditions);
    KUBE_PLAY({.status = 200, .body = body});
    EVC_CHECK_OK(poll_it());
    ck_assert_str_eq(k.requests[0].url,
                     API "v1/storageversionmigrations/libenvcrypt-x7");
    ck_assert(state.running == states[_i].running);
    ck_assert(state.succeeded == states[_i].succeeded);
    ck_assert(state.failed == states[_i].failed);
    ck_assert_str_eq(state.reason, states[_i].reason);
}
END_TEST

START_TEST(migration_without_a_status_is_nothing_yet)
{
    KUBE_PLAY({.status = 200, .body = "{\"metadata\":{\"name\":\"libenvcrypt-x7\"}}"});
    EVC_CHECK_OK(poll_it());
    ck_assert(!state.running && !state.succeeded && !state.failed);
}
END_TEST

START_TEST(reply_about_another_migration_is_refused)
{
    KUBE_PLAY({.status = 200, .body = "{\"metadata\":{\"name\":\"other\"}}"});
    EVC_CHECK_CODE(poll_it(), ENVCRYPT_E_PROTOCOL);
    KUBE_PLAY({.status = 200,
               .body = "{\"status\":{\"conditions\":[" CONDITION("Succeeded", "True",
                                                                 "x") "]}}"});
    EVC_CHECK_CODE(poll_it(), ENVCRYPT_E_PROTOCOL);
    ck_assert(!state.succeeded);
}
END_TEST

START_TEST(migration_that_is_gone_is_told)
{
    KUBE_PLAY({.status = 404, .body = "{}"});
    EVC_CHECK_CODE(poll_it(), ENVCRYPT_E_KUBE_NOT_FOUND);
}
END_TEST

static int
sweep(void *user)
{
    evc_kube_migration_state own;
    char made[EVC_KUBE_NAME_MAX + 1];
    char best[64];
    bool any;
    int rc;

    (void)user;
    k.asked = 0;
    rc = evc_kube_migration_find(k.kube, &k.wait, best, &any, NULL);
    if (!rc)
        rc = evc_kube_migration_begin(k.kube, best, &secrets, &k.wait, made, NULL);
    if (!rc)
        rc = evc_kube_migration_poll(k.kube, best, made, &k.wait, &own, NULL);
    return rc;
}

START_TEST(memory_that_runs_out_is_named)
{
    KUBE_PLAY({.status = 200, .body = GROUP(VERSION("v1"))},
              {.status = 201, .body = MIGRATION("")},
              {.status = 200, .body = MIGRATION(CONDITION("Succeeded", "True", "x"))});
    (void)evc_alloc_sweep(sweep, NULL);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        cluster_without_the_engine_is_no_error,
        discovery_that_is_denied_is_an_error,
        migration_of_the_stable_version_names_group_and_resource,
        migration_of_the_beta_is_of_the_same_form,
        migration_of_the_alpha_names_the_version_too,
        migration_is_made_once,
        unknown_version_is_not_asked_for,
        migration_without_a_status_is_nothing_yet,
        reply_about_another_migration_is_refused,
        migration_that_is_gone_is_told,
        memory_that_runs_out_is_named,
        NULL,
    };
    TCase *tcase = tcase_create("migration");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, best_version_that_we_know_is_taken, 0,
                        (int)(sizeof(groups) / sizeof(groups[0])));
    tcase_add_loop_test(tcase, migration_without_a_name_is_refused, 0,
                        (int)(sizeof(nameless) / sizeof(nameless[0])));
    tcase_add_loop_test(tcase, conditions_tell_the_state, 0,
                        (int)(sizeof(states) / sizeof(states[0])));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("migration", add_tests)
