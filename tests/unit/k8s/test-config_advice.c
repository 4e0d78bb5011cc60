/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_advice.h"

#include "config-fixture.h"
#include "evc-alloc.h"

static evc_table *
find(const char *text, unsigned minor)
{
    evc_encryption_config *config = read_config(text);
    evc_findings f;

    evc_findings_init(&f, NULL);
    evc_config_advice(config, env->arena, minor, &f);
    EVC_CHECK_OK(f.rc);
    evc_encryption_config_free(config);
    return f.table;
}

#define KEY(cipher, name, secret) \
    "{" cipher ": {keys: [{name: " name ", secret: " secret "}]}}"
#define TWO(secret_a, secret_b)                                                     \
    "{aesgcm: {keys: [{name: a, secret: " secret_a "}, {name: b, secret: " secret_b \
    "}]}}"
#define KMS_V1 "{kms: {apiVersion: v1, name: p, endpoint: 'unix:///p'}}"
#define KMS_OMITTED "{kms: {name: p, endpoint: 'unix:///p'}}"
#define TIMEOUT(text) \
    "{kms: {apiVersion: v2, name: p, endpoint: 'unix:///p', timeout: " text "}}"

/* The docs' own sample key: "secret is secure". */
#define SAMPLE "c2VjcmV0IGlzIHNlY3VyZQ=="

static const struct {
    const char *text;
    unsigned minor;
    const char *severity;
    const char *part; /* of the finding */
} told[] = {
    {HEAD SECRETS "[" KEY("aescbc", "k", RANDOM_32) "]\n", 0, "warning",
     "authenticates nothing"},
    {HEAD SECRETS "[" KMS_V2 ", " KEY("aescbc", "k", RANDOM_32) "]\n", 0, "hint",
     "still reads"},
    {HEAD SECRETS "[" KEY("aesgcm", "k", RANDOM_32) "]\n", 0, "warning", "200,000"},
    {HEAD SECRETS "[" KEY("secretbox", "k", RANDOM_32) "]\n", 0, "hint", "FIPS"},
    {HEAD SECRETS "[{identity: {}}, " KMS_V2 "]\n", 0, "warning", "stands first"},
    {HEAD SECRETS "[{identity: {}}]\n", 0, "hint", "not encrypted"},
    {HEAD SECRETS "[" KMS_V2 "]\n", 0, "hint", "identity is not among"},
    {HEAD SECRETS "[" KMS_V1 "]\n", 28, "warning", "KMS v1 is deprecated"},
    {HEAD SECRETS "[" KMS_OMITTED "]\n", 0, "warning", "apiVersion is left out"},
    {HEAD SECRETS "[" KMS_V2 "]\n", 28, "hint", "stable since"},
    {HEAD SECRETS "[" TIMEOUT("999ms") "]\n", 0, "warning", "below one second"},
    {HEAD SECRETS "[" TIMEOUT("30001ms") "]\n", 0, "hint", "above 30 seconds"},
    {HEAD SECRETS "[" KEY("aesgcm", "k", SAMPLE) "]\n", 0, "warning", "chose"},
    {HEAD SECRETS "[" KEY("aesgcm", "k", "AAECAwQFBgABAgMEBQYAAQ==") "]\n", 0,
     "warning", "chose"},
    {HEAD SECRETS "[" TWO(RANDOM_32, RANDOM_32) "]\n", 0, "warning", "two names"},
    {HEAD SECRETS
     "[" KEY("aesgcm", "k", RANDOM_32) ", " KEY("aescbc", "k", RANDOM_32) "]\n",
     0, "warning", "two ciphers"},
    {HEAD "- resources: [configmaps]\n  providers: [" KMS_V2 "]\n", 0, "warning",
     "no list names secrets"},
    {HEAD SECRETS "[" KMS_V2
                  "]\n- resources: [secrets]\n  providers: [{identity: {}}]\n",
     0, "warning", "earlier list"},
    {HEAD "- resources: [secrets, '']\n  providers: [" KMS_V2 "]\n", 0, "warning",
     "empty name"},
    {HEAD "- resources: [secrets, pandas.bears.example]\n  providers: [" KMS_V2 "]\n",
     25, "warning", "custom resources"},
    {HEAD SECRETS "[" KMS_V2 "]\n---\nmore: {}\n", 0, "warning", "several documents"},
    {HEAD SECRETS "[" KMS_V2 "]\n", 0, "hint", "all of them must be able to read"},
};

START_TEST(tells_what_should_be_otherwise)
{
    for (size_t i = 0; i < sizeof(told) / sizeof(*told); i++) {
        evc_table *table = find(told[i].text, told[i].minor);

        ck_assert_msg(count_findings(table, told[i].severity, told[i].part) == 1,
                      "no %s \"%s\": %s", told[i].severity, told[i].part, told[i].text);
        ck_assert_uint_eq(count_findings(table, "error", NULL), 0);
        evc_table_free(table);
    }
}
END_TEST

/* Each differs from one above in what matters. */
static const char *const quiet[] = {
    HEAD SECRETS "[" KMS_V2 ", {identity: {}}]\n",
    HEAD SECRETS "[" TIMEOUT("1s") ", {identity: {}}]\n",
    HEAD SECRETS "[" TIMEOUT("30s") ", {identity: {}}]\n",
    HEAD "- resources: ['*.*']\n  providers: [" KMS_V2 ", {identity: {}}]\n",
    HEAD "- resources: ['*.']\n  providers: [" KMS_V2 ", {identity: {}}]\n",
    HEAD "- resources: [secrets, pandas.bears.example, leases.coordination.k8s.io]\n"
         "  providers: [" KMS_V2 ", {identity: {}}]\n",
    HEAD SECRETS "[" KMS_V2 ", " TWO(RANDOM_32, RANDOM_16) ", {identity: {}}]\n",
};

START_TEST(tells_nothing_of_what_is_right)
{
    for (size_t i = 0; i < sizeof(quiet) / sizeof(*quiet); i++) {
        evc_table *table = find(quiet[i], 31);

        ck_assert_msg(table->rows == 1, "%zu rows, \"%s\": %s", table->rows,
                      evc_table_cell(table, 0, 3), quiet[i]);
        evc_table_free(table);
    }
}
END_TEST

/* A rotation of keys: one secret, one name, in two lists. */
START_TEST(one_key_of_two_lists_is_not_reused)
{
    evc_table *table = find(
        HEAD SECRETS "[" KEY("secretbox", "k",
                             RANDOM_32) "]\n"
                                        "- resources: [configmaps]\n  providers: [" KEY(
                                            "secretbox", "k", RANDOM_32) "]\n",
        0);

    ck_assert_uint_eq(count_findings(table, "warning", NULL), 0);
    evc_table_free(table);
}
END_TEST

START_TEST(no_row_shows_a_secret)
{
    evc_table *table = find(HEAD SECRETS "[" TWO(SAMPLE, SAMPLE) "]\n", 0);

    for (size_t i = 0; i < table->rows; i++) {
        for (size_t j = 0; j < table->width; j++) {
            const char *cell = evc_table_cell(table, i, j);

            ck_assert(!cell || (!strstr(cell, "c2Vj") && !strstr(cell, "is secure")));
        }
    }
    evc_table_free(table);
}
END_TEST

static int
advise_once(void *user)
{
    evc_findings f;
    int rc;

    evc_findings_init(&f, NULL);
    evc_config_advice(user, env->arena, 0, &f);
    rc = f.rc;
    evc_findings_reset(&f);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    evc_encryption_config *config =
        read_config(HEAD SECRETS "[" KMS_V1 ", {identity: {}}]\n");

    ck_assert_uint_gt(evc_alloc_sweep(advise_once, config), 3);
    evc_encryption_config_free(config);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_what_should_be_otherwise,     tells_nothing_of_what_is_right,
        one_key_of_two_lists_is_not_reused, no_row_shows_a_secret,
        survives_any_lack_of_memory,        NULL};

    config_add(suite, "config advice", tests);
}

EVC_TEST_MAIN("config advice", add_tests)
