/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/refusals.h"

#include "evc-check.h"

static evc_checks checks;
static evc_cluster_state state;
static evc_cluster_key key;
static evc_cluster_change change;
static evc_error *error;
static evc_cluster_driver driver = {.scheme = "toy", .title = "Toy cloud"};

#define ALL                                                                          \
    (EVC_CLUSTER_CAN_DISABLE | EVC_CLUSTER_CAN_CHANGE_KEY | EVC_CLUSTER_CAN_ROTATE | \
     EVC_CLUSTER_CAN_CREATE)

static void
set_up(void)
{
    error = NULL;
    driver.abilities = ALL;
    EVC_CHECK_OK(evc_checks_init(&checks, NULL));
    evc_cluster_state_init(&state);
    evc_cluster_key_init(&key);
    evc_cluster_change_init(&change);
    EVC_CHECK_OK(evc_cluster_key_set(&key.id, "key-a", NULL));
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_NAME, "prod", NULL));
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_ID, "id-1", NULL));
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_STATUS, "UPDATING", NULL));
}

static void
tear_down(void)
{
    evc_error_free(error);
    evc_checks_reset(&checks);
    evc_cluster_state_reset(&state);
    evc_cluster_key_reset(&key);
    evc_cluster_change_reset(&change);
}

static evc_cluster_job
job_of(evc_cluster_verb verb)
{
    return (evc_cluster_job){
        .verb = verb, .change = &change, .state = &state, .key = &key};
}

static void
encrypt(const char *with)
{
    state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY, with, NULL));
}

static void
refused(const char *rule, int code, const char *says)
{
    size_t last = checks.rows->rows - 1;
    const char *seen;

    ck_assert_uint_eq(checks.refused, 1);
    ck_assert_str_eq(evc_table_cell(checks.rows, last, 1), "refused");
    seen = evc_table_cell(checks.rows, last, 2);
    ck_assert_str_eq(seen ? seen : "", rule);
    EVC_CHECK_CODE(evc_checks_conclude(&checks, &error), code);
    ck_assert_msg(strstr(evc_error_message(error), says) != NULL, "%s",
                  evc_error_message(error));
}

static void
ability(evc_cluster_verb verb)
{
    evc_cluster_job job = job_of(verb);

    EVC_CHECK_OK(evc_refusals_ability(&driver, &job, &checks, NULL));
}

static void
look(evc_cluster_verb verb, bool under_way)
{
    evc_cluster_job job = job_of(verb);

    EVC_CHECK_OK(evc_refusals_state(&driver, &job, under_way, &checks, NULL));
}

/* --- abilities -------------------------------------------------------------------- */

START_TEST(a_provider_that_can_all_is_refused_nothing)
{
    for (int verb = EVC_VERB_CREATE; verb <= EVC_VERB_VERIFY; verb++)
        ability((evc_cluster_verb)verb);
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

START_TEST(r13_switching_off_for_good)
{
    driver.abilities = 0;
    ability(EVC_VERB_DISABLE);
    refused("R13", ENVCRYPT_E_CLUSTER_CANNOT, "cannot switch Secret encryption off");
}
END_TEST

START_TEST(r16_switching_off_where_the_key_can_be_changed)
{
    driver.abilities = EVC_CLUSTER_CAN_CHANGE_KEY;
    ability(EVC_VERB_DISABLE);
    refused("R16", ENVCRYPT_E_CLUSTER_CANNOT, "another instance or root key");
}
END_TEST

START_TEST(r12_another_key_where_it_cannot_be_changed)
{
    encrypt("key-b");
    driver.abilities = EVC_CLUSTER_CAN_ROTATE;
    ability(EVC_VERB_CHANGE_KEY);
    refused("R12", ENVCRYPT_E_CLUSTER_CANNOT, "already uses key-b");
}
END_TEST

START_TEST(r36_rotation_in_place)
{
    driver.abilities = EVC_CLUSTER_CAN_CHANGE_KEY;
    ability(EVC_VERB_ROTATE);
    refused("R36", ENVCRYPT_E_CLUSTER_CANNOT, "rotate --key");
}
END_TEST

START_TEST(i02_creation)
{
    driver.abilities = 0;
    ability(EVC_VERB_CREATE);
    refused("I02", ENVCRYPT_E_CLUSTER_CANNOT, "cluster enable");
}
END_TEST

/* --- states ----------------------------------------------------------------------- */

START_TEST(a_steady_cluster_is_fine)
{
    look(EVC_VERB_ENABLE, false);
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(evc_table_cell(checks.rows, 0, 1), "ok");
}
END_TEST

START_TEST(r03_a_broken_cluster)
{
    state.phase = EVC_CLUSTER_BROKEN;
    look(EVC_VERB_ENABLE, false);
    refused("R03", ENVCRYPT_E_CLUSTER_BUSY, "UPDATING");
}
END_TEST

START_TEST(r03_a_changing_cluster_is_waited_for_unless_nobody_waits)
{
    state.phase = EVC_CLUSTER_CHANGING;
    look(EVC_VERB_ENABLE, false);
    ck_assert_uint_eq(checks.refused, 0);
    ck_assert_str_eq(evc_table_cell(checks.rows, 0, 1), "warning");
    EVC_CHECK_OK(evc_cluster_change_set(&change, "wait", "no", NULL));
    look(EVC_VERB_ENABLE, false);
    refused("R03", ENVCRYPT_E_CLUSTER_BUSY, "wait until it is steady");
}
END_TEST

START_TEST(an_own_change_is_no_reason_to_refuse)
{
    state.phase = EVC_CLUSTER_CHANGING;
    EVC_CHECK_OK(evc_cluster_change_set(&change, "wait", "no", NULL));
    look(EVC_VERB_ENABLE, true);
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

START_TEST(r12_enabling_over_another_key)
{
    encrypt("key-b");
    driver.abilities = 0;
    look(EVC_VERB_ENABLE, false);
    refused("R12", ENVCRYPT_E_CLUSTER_CANNOT, "already uses key-b");
}
END_TEST

START_TEST(r12_enabling_over_another_key_names_the_verb_that_changes_it)
{
    encrypt("key-b");
    look(EVC_VERB_ENABLE, false);
    refused("R12", ENVCRYPT_E_CLUSTER_CANNOT, "rotate --key");
}
END_TEST

START_TEST(what_has_no_own_key_cannot_be_rotated)
{
    state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER;
    look(EVC_VERB_ROTATE, false);
    refused("", ENVCRYPT_E_CLUSTER_CANNOT, "cluster enable");
}
END_TEST

START_TEST(a_cluster_that_is_there_is_not_created)
{
    look(EVC_VERB_CREATE, false);
    refused("", ENVCRYPT_E_CLUSTER_CANNOT, "exists already");
}
END_TEST

START_TEST(a_cluster_that_we_create_may_be_there)
{
    look(EVC_VERB_CREATE, true);
    ck_assert_uint_eq(checks.refused, 0);
}
END_TEST

/* --- needless --------------------------------------------------------------------- */

static bool
needless(evc_cluster_verb verb)
{
    evc_cluster_job job = job_of(verb);

    return evc_refusals_is_needless(&job);
}

START_TEST(only_what_is_as_wanted_and_steady_is_needless)
{
    ck_assert(!needless(EVC_VERB_ENABLE));
    encrypt("key-a");
    ck_assert(needless(EVC_VERB_ENABLE));
    ck_assert(needless(EVC_VERB_CHANGE_KEY));
    ck_assert(!needless(EVC_VERB_ROTATE));
    ck_assert(!needless(EVC_VERB_DISABLE));
    state.phase = EVC_CLUSTER_CHANGING;
    ck_assert(!needless(EVC_VERB_ENABLE));
    state.phase = EVC_CLUSTER_STEADY;
    encrypt("key-b");
    ck_assert(!needless(EVC_VERB_ENABLE));
    state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_NONE;
    ck_assert(needless(EVC_VERB_DISABLE));
    state.encryption = ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN;
    ck_assert(!needless(EVC_VERB_DISABLE));
}
END_TEST

/* --- R30 -------------------------------------------------------------------------- */

static int
confirm(evc_cluster_verb verb, const char *with)
{
    evc_cluster_job job = job_of(verb);

    EVC_CHECK_OK(evc_cluster_change_set(&change, "confirm", with, NULL));
    return evc_refusals_confirm(&driver, &job, "the-name", &error);
}

START_TEST(r30_changes_need_the_name_of_the_cluster)
{
    static const evc_cluster_verb verbs[] = {EVC_VERB_CREATE, EVC_VERB_ENABLE,
                                             EVC_VERB_CHANGE_KEY, EVC_VERB_DISABLE};

    encrypt("key-b");
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++) {
        EVC_CHECK_CODE(confirm(verbs[i], NULL), ENVCRYPT_E_CONFIRMATION);
        ck_assert_ptr_nonnull(strstr(evc_error_message(error), "the-name"));
        EVC_CHECK_CODE(confirm(verbs[i], "yes"), ENVCRYPT_E_CONFIRMATION);
        EVC_CHECK_CODE(confirm(verbs[i], "the-nam"), ENVCRYPT_E_CONFIRMATION);
        EVC_CHECK_OK(confirm(verbs[i], "the-name"));
        EVC_CHECK_OK(confirm(verbs[i], "prod"));
        EVC_CHECK_OK(confirm(verbs[i], "id-1"));
    }
}
END_TEST

START_TEST(r30_says_what_cannot_be_undone)
{
    driver.abilities = EVC_CLUSTER_IRREVERSIBLE;
    EVC_CHECK_CODE(confirm(EVC_VERB_ENABLE, NULL), ENVCRYPT_E_CONFIRMATION);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "cannot be undone"));
}
END_TEST

START_TEST(rotation_in_place_and_what_is_needless_need_no_confirmation)
{
    encrypt("key-a");
    EVC_CHECK_OK(confirm(EVC_VERB_ROTATE, NULL));
    EVC_CHECK_OK(confirm(EVC_VERB_ENABLE, NULL));
    EVC_CHECK_OK(confirm(EVC_VERB_REENCRYPT, NULL));
}
END_TEST

START_TEST(another_name_refuses_a_rotation_in_place_too)
{
    encrypt("key-a");
    EVC_CHECK_CODE(confirm(EVC_VERB_ROTATE, "other"), ENVCRYPT_E_CONFIRMATION);
    EVC_CHECK_OK(confirm(EVC_VERB_ROTATE, "prod"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        a_provider_that_can_all_is_refused_nothing,
        r13_switching_off_for_good,
        r16_switching_off_where_the_key_can_be_changed,
        r12_another_key_where_it_cannot_be_changed,
        r36_rotation_in_place,
        i02_creation,
        a_steady_cluster_is_fine,
        r03_a_broken_cluster,
        r03_a_changing_cluster_is_waited_for_unless_nobody_waits,
        an_own_change_is_no_reason_to_refuse,
        r12_enabling_over_another_key,
        r12_enabling_over_another_key_names_the_verb_that_changes_it,
        what_has_no_own_key_cannot_be_rotated,
        a_cluster_that_is_there_is_not_created,
        a_cluster_that_we_create_may_be_there,
        only_what_is_as_wanted_and_steady_is_needless,
        r30_changes_need_the_name_of_the_cluster,
        r30_says_what_cannot_be_undone,
        rotation_in_place_and_what_is_needless_need_no_confirmation,
        another_name_refuses_a_rotation_in_place_too};
    TCase *tcase = tcase_create("refusals");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("refusals", add_tests)
