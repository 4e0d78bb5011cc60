/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_rules.h"

#include "config-fixture.h"
#include "evc-alloc.h"

/* What the rules find in a file, for Kubernetes 1.minor. */
static evc_table *
find(const char *text, unsigned minor)
{
    evc_encryption_config *config = read_config(text);
    evc_findings f;

    evc_findings_init(&f, NULL);
    evc_config_rules(config, env->arena, minor, &f);
    EVC_CHECK_OK(f.rc);
    evc_encryption_config_free(config);
    return f.table;
}

static void
check_errors(const char *text, size_t wanted)
{
    evc_table *table = find(text, 0);

    ck_assert_msg(count_findings(table, "error", NULL) == wanted,
                  "%zu errors, not %zu: %s", count_findings(table, "error", NULL),
                  wanted, text);
    evc_table_free(table);
}

#define IDENTITY "\n  providers: [{identity: {}}]\n"

static const char *const accepted[] = {
    HEAD SECRETS "[" KMS_V2 ", {identity: {}}]\n",
    HEAD SECRETS "[{kms: {name: 'a:b', endpoint: 'unix:///p'}}]\n",
    HEAD SECRETS "[{aesgcm: {keys: [{name: k, secret: " RANDOM_16 "}]}}]\n",
    HEAD SECRETS "[{secretbox: {keys: [{name: k, secret: " RANDOM_32 "}]}}]\n",
    HEAD "- resources: [secrets, '*.apps', pandas.bears.example]" IDENTITY,
    HEAD "- resources: ['*.*']" IDENTITY,
    HEAD "- resources: ['*.']" IDENTITY "- resources: ['*.*']" IDENTITY,
    HEAD "- resources: [secrets]" IDENTITY "- resources: [secrets]" IDENTITY,
    HEAD "- resources: [events, secrets.extensions.example]" IDENTITY,
    HEAD SECRETS "[{kms: {name: p, endpoint: 'unix:///p', cachesize: -5}}]\n",
};

START_TEST(accepts_what_the_server_accepts)
{
    for (size_t i = 0; i < sizeof(accepted) / sizeof(*accepted); i++)
        check_errors(accepted[i], 0);
}
END_TEST

/* One error each. */
static const char *const refused[] = {
    "apiVersion: apiserver.config.k8s.io/v1\nkind: EncryptionConfiguration\n",
    HEAD "- resources: []" IDENTITY,
    HEAD "- resources: [secrets]\n  providers: []\n",
    HEAD "- resources: [Secrets]" IDENTITY,
    HEAD "- resources: ['*']" IDENTITY,
    HEAD "- resources: [apiserveripinfo]" IDENTITY,
    HEAD "- resources: [serviceipallocations]" IDENTITY,
    HEAD "- resources: [servicenodeportallocations]" IDENTITY,
    HEAD "- resources: [events.events.k8s.io]" IDENTITY,
    HEAD "- resources: [deployments.extensions]" IDENTITY,
    HEAD "- resources: ['secrets.*']" IDENTITY,
    HEAD "- resources: [secrets, secrets]" IDENTITY,
    HEAD "- resources: [secrets, secrets.]" IDENTITY,
    HEAD "- resources: [secrets, '*.']" IDENTITY,
    HEAD "- resources: ['*.apps', deployments.apps]" IDENTITY,
    HEAD "- resources: [secrets, '*.*']" IDENTITY,
    HEAD "- resources: ['*.']" IDENTITY "- resources: [secrets]" IDENTITY,
    HEAD "- resources: ['*.*']" IDENTITY "- resources: [pods.apps]" IDENTITY,
    HEAD SECRETS "[{}]\n",
    HEAD SECRETS "[{identity: }]\n",
    HEAD SECRETS "[{identity: {}, secretbox: {keys: [{name: k, secret: " RANDOM_32
                 "}]}}]\n",
    HEAD SECRETS "[{aescbc: {}}]\n",
    HEAD SECRETS "[{aescbc: {keys: []}}]\n",
    HEAD SECRETS "[{aescbc: {keys: [{secret: " RANDOM_32 "}]}}]\n",
    HEAD SECRETS "[{aescbc: {keys: [{name: k}]}}]\n",
    HEAD SECRETS "[{aescbc: {keys: [{name: k, secret: c2VjcmV0}]}}]\n",
    HEAD SECRETS "[{aescbc: {keys: [{name: k, secret: '*'}]}}]\n",
    HEAD SECRETS "[{secretbox: {keys: [{name: k, secret: " RANDOM_16 "}]}}]\n",
    HEAD SECRETS "[{kms: {apiVersion: v2, endpoint: 'unix:///p'}}]\n",
    HEAD SECRETS "[{kms: {apiVersion: v2, name: 'a:b', endpoint: 'unix:///p'}}]\n",
    HEAD SECRETS "[{kms: {apiVersion: v3, name: p, endpoint: 'unix:///p'}}]\n",
    HEAD SECRETS "[{kms: {apiVersion: v2, name: p}}]\n",
    HEAD SECRETS "[{kms: {apiVersion: v2, name: p, endpoint: 'tcp://p'}}]\n",
    HEAD SECRETS "[{kms: {apiVersion: v2, name: p, endpoint: 'unix://a b/'}}]\n",
    HEAD SECRETS
    "[{kms: {apiVersion: v2, name: p, endpoint: 'unix:///p', timeout: 0s}}]\n",
    HEAD SECRETS
    "[{kms: {apiVersion: v2, name: p, endpoint: 'unix:///p', timeout: -1s}}]\n",
    HEAD SECRETS
    "[{kms: {apiVersion: v2, name: p, endpoint: 'unix:///p', cachesize: 5}}]\n",
    HEAD SECRETS "[{kms: {name: p, endpoint: 'unix:///p', cachesize: 0}}]\n",
    HEAD SECRETS "[" KMS_V2 ", " KMS_V2 "]\n",
    HEAD SECRETS "[" KMS_V2 "]\n- resources: [pods]\n  providers: [" KMS_V2 "]\n",
    HEAD SECRETS "[{kms: {name: p, endpoint: 'unix:///p'}}, " KMS_V2 "]\n",
};

START_TEST(refuses_what_the_server_refuses)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++)
        check_errors(refused[i], 1);
}
END_TEST

START_TEST(names_line_and_place)
{
    evc_table *table = find(HEAD SECRETS "[" KMS_V2 ",\n"
                                         "  {aescbc: {keys: [{name: k}]}}]\n",
                            0);

    ck_assert_str_eq(evc_table_cell(table, 0, 1), "6");
    ck_assert_str_eq(evc_table_cell(table, 0, 2),
                     "resources[0].providers[1].aescbc.keys[0].secret");
    evc_table_free(table);
}
END_TEST

static const struct {
    const char *text;
    unsigned minor; /* the last that refuses, or the first, as told below */
} versions[] = {
    {HEAD SECRETS "[" KMS_V2 "]\n", 26},
    {HEAD "- resources: ['*.apps']" IDENTITY, 26},
};

START_TEST(old_servers_refuse_what_is_new)
{
    for (size_t i = 0; i < sizeof(versions) / sizeof(*versions); i++) {
        evc_table *before = find(versions[i].text, versions[i].minor);
        evc_table *after = find(versions[i].text, versions[i].minor + 1);
        evc_table *unknown = find(versions[i].text, 0);

        ck_assert_uint_eq(count_findings(before, "error", NULL), 1);
        ck_assert_uint_eq(count_findings(after, "error", NULL), 0);
        ck_assert_uint_eq(count_findings(unknown, "error", NULL), 0);
        evc_table_free(before);
        evc_table_free(after);
        evc_table_free(unknown);
    }
}
END_TEST

START_TEST(new_servers_refuse_kms_v1)
{
    const char *text = HEAD SECRETS "[{kms: {name: p, endpoint: 'unix:///p'}}]\n";
    evc_table *before = find(text, 28);
    evc_table *after = find(text, 29);

    ck_assert_uint_eq(count_findings(before, "error", NULL), 0);
    ck_assert_uint_eq(count_findings(after, "error", "left out"), 1);
    evc_table_free(before);
    evc_table_free(after);
}
END_TEST

static const struct {
    const char *text;
    const char *part;
} warned[] = {
    {HEAD SECRETS "[{kms: {apiVersion: v2, name: p, endpoint: 'unix://run/p'}}]\n",
     "host"},
    {HEAD SECRETS "[{kms: {apiVersion: v2, name: p, endpoint: 'unix://'}}]\n",
     "socket"},
    {HEAD SECRETS "[{kms: {name: p, endpoint: 'unix:///p'}}, "
                  "{kms: {name: p, endpoint: 'unix:///p'}}]\n",
     "one name"},
};

START_TEST(warns_of_what_depends_on_the_server)
{
    for (size_t i = 0; i < sizeof(warned) / sizeof(*warned); i++) {
        evc_table *table = find(warned[i].text, 0);

        ck_assert_uint_eq(count_findings(table, "error", NULL), 0);
        ck_assert_msg(count_findings(table, "warning", warned[i].part) == 1, "%s",
                      warned[i].text);
        evc_table_free(table);
    }
}
END_TEST

static int
rules_once(void *user)
{
    evc_findings f;
    int rc;

    evc_findings_init(&f, NULL);
    evc_config_rules(user, env->arena, 0, &f);
    rc = f.rc;
    evc_findings_reset(&f);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    evc_encryption_config *config =
        read_config(HEAD SECRETS "[{aescbc: {keys: [{name: k, secret: " RANDOM_32
                                 "}, {name: j, secret: c2VjcmV0}]}}]\n");

    ck_assert_uint_gt(evc_alloc_sweep(rules_once, config), 3);
    evc_encryption_config_free(config);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        accepts_what_the_server_accepts,
        refuses_what_the_server_refuses,
        names_line_and_place,
        old_servers_refuse_what_is_new,
        new_servers_refuse_kms_v1,
        warns_of_what_depends_on_the_server,
        survives_any_lack_of_memory,
        NULL,
    };

    config_add(suite, "config rules", tests);
}

EVC_TEST_MAIN("config rules", add_tests)
