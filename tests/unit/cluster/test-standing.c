/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/standing.h"

#include "evc-check.h"

static evc_cluster_state state;
static evc_cluster_key wanted;
static char next[EVC_REENCRYPT_SENTENCE];

static void
set_up(void)
{
    evc_cluster_state_init(&state);
    evc_cluster_key_init(&wanted);
    EVC_CHECK_OK(evc_cluster_key_set(&wanted.id, "key-a", NULL));
}

static void
tear_down(void)
{
    evc_cluster_state_reset(&state);
    evc_cluster_key_reset(&wanted);
}

typedef struct row {
    const char *what;
    evc_cluster_phase phase;
    int32_t encryption;
    int32_t key_state;
    bool unsupported, sick;
    const char *key; /* NULL = is not told */
    bool wants;      /* key-a; else any */
    evc_cluster_verb verb;
    int32_t standing;
    const char *says; /* part of what a person does next; "" = nothing is to do */
} row;

#define OWN ENVCRYPT_CLUSTER_ENCRYPTION_OWN
#define PROVIDERS ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER
#define NONE ENVCRYPT_CLUSTER_ENCRYPTION_NONE
#define GOOD ENVCRYPT_KEY_ENABLED

static const row rows[] = {
    {"the wanted key", EVC_CLUSTER_STEADY, OWN, GOOD, false, false, "key-a", true,
     EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_AS_WANTED, ""},
    {"any own key", EVC_CLUSTER_STEADY, OWN, GOOD, false, false, "key-b", false,
     EVC_VERB_VERIFY, ENVCRYPT_CLUSTER_AS_WANTED, ""},
    {"a key whose state was not asked", EVC_CLUSTER_STEADY, OWN, 0, false, false,
     "key-a", true, EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_AS_WANTED, ""},
    {"an own key that is not told, any is wanted", EVC_CLUSTER_STEADY, OWN, GOOD, false,
     false, NULL, false, EVC_VERB_VERIFY, ENVCRYPT_CLUSTER_AS_WANTED, ""},
    {"an own key that is not told, one is wanted", EVC_CLUSTER_STEADY, OWN, GOOD, false,
     false, NULL, true, EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_OTHER_KEY, "does not tell"},
    {"another key", EVC_CLUSTER_STEADY, OWN, GOOD, false, false, "key-b", true,
     EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_OTHER_KEY, "not under key-a"},
    {"the provider's key", EVC_CLUSTER_STEADY, PROVIDERS, 0, false, false, NULL, true,
     EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_DEFAULT_KEY, "cluster enable"},
    {"no key", EVC_CLUSTER_STEADY, NONE, 0, false, false, NULL, true, EVC_VERB_ENABLE,
     ENVCRYPT_CLUSTER_NOT_ENCRYPTED, "cluster enable"},
    {"who knows", EVC_CLUSTER_STEADY, ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN, 0, false,
     false, NULL, false, EVC_VERB_VERIFY, ENVCRYPT_CLUSTER_NOT_ENCRYPTED,
     "does not say"},
    {"a disabled key", EVC_CLUSTER_STEADY, OWN, ENVCRYPT_KEY_DISABLED, false, true,
     "key-a", true, EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_KEY_UNUSABLE, "enable it"},
    {"another key, which is disabled", EVC_CLUSTER_STEADY, OWN, ENVCRYPT_KEY_DISABLED,
     false, false, "key-b", true, EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_KEY_UNUSABLE,
     "enable it"},
    {"a key that will be deleted", EVC_CLUSTER_STEADY, OWN,
     ENVCRYPT_KEY_PENDING_DELETION, false, false, "key-a", true, EVC_VERB_ENABLE,
     ENVCRYPT_CLUSTER_KEY_UNUSABLE, "cancel its deletion"},
    {"a key that is gone", EVC_CLUSTER_STEADY, OWN, ENVCRYPT_KEY_DESTROYED, false,
     false, "key-a", true, EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_KEY_UNUSABLE, "restore"},
    {"a key whose store is away", EVC_CLUSTER_STEADY, OWN, ENVCRYPT_KEY_UNAVAILABLE,
     false, false, "key-a", true, EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_KEY_UNUSABLE,
     "can be used"},
    {"trouble with the key", EVC_CLUSTER_STEADY, OWN, GOOD, false, true, "key-a", true,
     EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_DEGRADED, "trouble"},
    {"a change under way", EVC_CLUSTER_CHANGING, OWN, GOOD, false, false, "key-a", true,
     EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_CHANGING, "cluster wait"},
    {"a restless cluster whose key is disabled", EVC_CLUSTER_CHANGING, OWN,
     ENVCRYPT_KEY_DISABLED, false, true, "key-a", false, EVC_VERB_VERIFY,
     ENVCRYPT_CLUSTER_KEY_UNUSABLE, "enable it"},
    {"a broken cluster", EVC_CLUSTER_BROKEN, OWN, GOOD, false, false, "key-a", true,
     EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_DEGRADED, "console"},
    {"a broken cluster without key", EVC_CLUSTER_BROKEN, NONE, 0, false, false, NULL,
     true, EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_NOT_ENCRYPTED, "cluster enable"},
    {"a kind that cannot", EVC_CLUSTER_CHANGING, NONE, 0, true, false, NULL, true,
     EVC_VERB_ENABLE, ENVCRYPT_CLUSTER_UNSUPPORTED, "cannot be changed"},
    {"off, as wanted", EVC_CLUSTER_STEADY, NONE, 0, false, false, NULL, false,
     EVC_VERB_DISABLE, ENVCRYPT_CLUSTER_AS_WANTED, ""},
    {"still on", EVC_CLUSTER_STEADY, OWN, GOOD, false, false, "key-a", false,
     EVC_VERB_DISABLE, ENVCRYPT_CLUSTER_OTHER_KEY, "still"},
    {"perhaps off", EVC_CLUSTER_STEADY, ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN, 0, false,
     false, NULL, false, EVC_VERB_DISABLE, ENVCRYPT_CLUSTER_NOT_ENCRYPTED,
     "does not say"},
};

START_TEST(a_cluster_stands_as_state_and_key_say)
{
    const row *r = &rows[_i];
    int32_t standing = -7;

    state.phase = r->phase;
    state.encryption = r->encryption;
    state.key_state = r->key_state;
    state.unsupported = r->unsupported;
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY, r->key, NULL));
    if (r->sick)
        EVC_CHECK_OK(
            evc_cluster_state_issue(&state, "KmsKeyDisabled", "m", "a", true, NULL));
    evc_standing_judge(&state, r->wants ? &wanted : NULL, r->verb, &standing, next);
    ck_assert_msg(standing == r->standing, "%s: %s", r->what,
                  evc_standing_name(standing));
    if (r->says[0])
        ck_assert_msg(strstr(next, r->says) != NULL, "%s: %s", r->what, next);
    else
        ck_assert_msg(next[0] == '\0', "%s: %s", r->what, next);
}
END_TEST

START_TEST(a_wanted_key_without_an_id_is_any)
{
    int32_t standing;

    evc_cluster_key_reset(&wanted);
    state.encryption = OWN;
    evc_standing_judge(&state, &wanted, EVC_VERB_ENABLE, &standing, next);
    ck_assert_int_eq(standing, ENVCRYPT_CLUSTER_AS_WANTED);
}
END_TEST

START_TEST(each_has_a_name)
{
    ck_assert_str_eq(evc_standing_name(ENVCRYPT_CLUSTER_AS_WANTED), "as-wanted");
    ck_assert_str_eq(evc_standing_name(ENVCRYPT_CLUSTER_UNSUPPORTED), "unsupported");
    ck_assert_str_eq(evc_standing_name(8), "unknown");
    ck_assert_str_eq(evc_standing_name(-1), "unknown");
    ck_assert_str_eq(evc_standing_key_state(ENVCRYPT_KEY_CREATING), "creating");
    ck_assert_str_eq(evc_standing_key_state(9), "unknown");
    ck_assert_str_eq(evc_standing_encryption(OWN), "own");
    ck_assert_str_eq(evc_standing_encryption(4), "unknown");
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("standing");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, a_cluster_stands_as_state_and_key_say, 0,
                        (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(tcase, a_wanted_key_without_an_id_is_any);
    tcase_add_test(tcase, each_has_a_name);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("standing", add_tests)
