/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/encryption_config.h"

#include "config-fixture.h"
#include "evc-alloc.h"
#include "k8s/go_duration.h"

static const char whole[] =
    HEAD "- resources: [secrets, '*.apps']\n"
         "  providers:\n"
         "  - kms:\n"
         "      apiVersion: v2\n"
         "      name: plugin\n"
         "      endpoint: unix:///p.sock\n"
         "      timeout: 5s\n"
         "  - kms: {name: old, endpoint: 'unix:///o', cachesize: -1}\n"
         "  - aescbc: {keys: [{name: a, secret: c2VjcmV0}, {name: b, secret: cw==}]}\n"
         "  - secretbox: {keys: [{name: s, secret: cw==}]}\n"
         "  - aesgcm: {keys: []}\n"
         "  - identity: {}\n"
         "- resources: [events]\n"
         "  providers: [{identity: {}}]\n";

START_TEST(reads_every_provider)
{
    static const evc_stored_provider kinds[] = {EVC_STORED_KMS_V2, EVC_STORED_KMS_V1,
                                                EVC_STORED_AESCBC, EVC_STORED_SECRETBOX,
                                                EVC_STORED_AESGCM, EVC_STORED_IDENTITY};
    evc_encryption_config *config = read_config(whole);
    const evc_config_rule *rule = &config->rules[0];

    ck_assert_uint_eq(config->rule_count, 2);
    ck_assert_uint_eq(rule->provider_count, 6);
    for (size_t i = 0; i < 6; i++) {
        ck_assert_int_eq(rule->providers[i].kind, kinds[i]);
        ck_assert_uint_eq(rule->providers[i].kinds, 1);
    }
    evc_encryption_config_free(config);
}
END_TEST

START_TEST(reads_resources_with_their_groups)
{
    evc_encryption_config *config = read_config(whole);
    const evc_config_resource *apps = &config->rules[0].resources[1];

    ck_assert_str_eq(config->rules[0].resources[0].text, "secrets");
    ck_assert_uint_eq(config->rules[0].resources[0].group.size, 0);
    ck_assert(evc_view_is_text(apps->resource, "*"));
    ck_assert(evc_view_is_text(apps->group, "apps"));
    ck_assert_uint_eq(apps->line, 4);
    evc_encryption_config_free(config);
}
END_TEST

START_TEST(groups_begin_at_the_first_dot)
{
    evc_config_resource r = evc_config_resource_of("pandas.awesome.bears.example");

    ck_assert(evc_view_is_text(r.resource, "pandas"));
    ck_assert(evc_view_is_text(r.group, "awesome.bears.example"));
    r = evc_config_resource_of("*.");
    ck_assert(evc_view_is_text(r.resource, "*"));
    ck_assert_uint_eq(r.group.size, 0);
    r = evc_config_resource_of("");
    ck_assert_uint_eq(r.resource.size + r.group.size, 0);
}
END_TEST

START_TEST(reads_keys_with_their_lines)
{
    evc_encryption_config *config = read_config(whole);
    const evc_config_provider *cbc = &config->rules[0].providers[2];

    ck_assert_uint_eq(cbc->key_count, 2);
    ck_assert_str_eq(cbc->keys[1].name, "b");
    ck_assert_str_eq(cbc->keys[1].secret, "cw==");
    ck_assert_uint_eq(cbc->keys[1].line, 12);
    evc_encryption_config_free(config);
}
END_TEST

START_TEST(has_the_defaults_of_the_server)
{
    evc_encryption_config *config = read_config(whole);
    const evc_config_provider *given = &config->rules[0].providers[0];
    const evc_config_provider *left_out = &config->rules[0].providers[1];

    ck_assert(given->api_version_given);
    ck_assert_int_eq(given->timeout_ns, 5 * EVC_SECOND_NS);
    ck_assert(!given->cachesize_given);
    ck_assert(!left_out->api_version_given);
    ck_assert_str_eq(left_out->api_version, "v1");
    ck_assert_int_eq(left_out->timeout_ns, 3 * EVC_SECOND_NS);
    ck_assert(left_out->cachesize_given);
    ck_assert_int_eq(left_out->cachesize, -1);
    evc_encryption_config_free(config);
}
END_TEST

START_TEST(reads_json)
{
    evc_encryption_config *config = read_config(
        "{\"kind\":\"EncryptionConfiguration\",\"apiVersion\":"
        "\"apiserver.config.k8s.io/v1\",\"resources\":[{\"resources\":[\"secrets\"],"
        "\"providers\":[{\"identity\":{}}]}]}");

    ck_assert_uint_eq(config->rule_count, 1);
    evc_encryption_config_free(config);
}
END_TEST

START_TEST(null_is_left_out)
{
    evc_encryption_config *config =
        read_config(HEAD SECRETS "[{identity: , aesgcm: null, kms: {timeout: }}, ]\n"
                                 "- resources: [null]\n"
                                 "- \n");

    ck_assert_uint_eq(config->rules[0].providers[0].kinds, 1);
    ck_assert_int_eq(config->rules[0].providers[0].timeout_ns, 3 * EVC_SECOND_NS);
    ck_assert_str_eq(config->rules[1].resources[0].text, "");
    ck_assert_uint_eq(config->rules[2].provider_count, 0);
    evc_encryption_config_free(config);
}
END_TEST

/* Of what the server reads: the first document. */
START_TEST(counts_documents)
{
    evc_encryption_config *config =
        read_config(HEAD SECRETS "[{identity: {}}]\n---\nanything: else\n");

    ck_assert_uint_eq(config->documents, 2);
    evc_encryption_config_free(config);
}
END_TEST

static const struct {
    const char *text;
    int code;
    const char *line; /* that the message names */
} refused[] = {
    {"", ENVCRYPT_E_ENCRYPTION_CONFIG, NULL},
    {"[]", ENVCRYPT_E_ENCRYPTION_CONFIG, NULL},
    {"kind: EncryptionConfiguration\n", ENVCRYPT_E_ENCRYPTION_CONFIG, NULL},
    {"apiVersion: apiserver.config.k8s.io/v1\n", ENVCRYPT_E_ENCRYPTION_CONFIG, NULL},
    {"apiVersion: v1\nkind: EncryptionConfig\n", ENVCRYPT_E_ENCRYPTION_CONFIG, NULL},
    {HEAD "metadata: {}\n", ENVCRYPT_E_ENCRYPTION_CONFIG, "line 4"},
    {HEAD SECRETS "[{kms: {naem: p}}]\n", ENVCRYPT_E_ENCRYPTION_CONFIG, "line 5"},
    {HEAD SECRETS "[{aesgcm: {keys: [{name: k, key: x}]}}]\n",
     ENVCRYPT_E_ENCRYPTION_CONFIG, "line 5"},
    {HEAD SECRETS "[{identity: {keys: []}}]\n", ENVCRYPT_E_ENCRYPTION_CONFIG, "line 5"},
    {HEAD SECRETS "[{Identity: {}}]\n", ENVCRYPT_E_ENCRYPTION_CONFIG, "line 5"},
    {HEAD SECRETS "[{kms: {timeout: 3}}]\n", ENVCRYPT_E_YAML, "line 5"},
    {HEAD SECRETS "[{kms: {timeout: 3 s}}]\n", ENVCRYPT_E_ENCRYPTION_CONFIG, "line 5"},
    {HEAD SECRETS "[{kms: {cachesize: '3'}}]\n", ENVCRYPT_E_YAML, "line 5"},
    {HEAD SECRETS "[{kms: {cachesize: 2147483648}}]\n", ENVCRYPT_E_YAML, "line 5"},
    {HEAD SECRETS "[{kms: {name: 7}}]\n", ENVCRYPT_E_YAML, "line 5"},
    {HEAD SECRETS "[{kms: []}]\n", ENVCRYPT_E_YAML, "line 5"},
    {HEAD SECRETS "[{identity: true}]\n", ENVCRYPT_E_YAML, "line 5"},
    {HEAD SECRETS "[identity]\n", ENVCRYPT_E_YAML, "line 5"},
    {HEAD SECRETS "{identity: {}}\n", ENVCRYPT_E_YAML, "line 5"},
    {HEAD "- resources: secrets\n", ENVCRYPT_E_YAML, "line 4"},
    {HEAD "- resources: [1]\n", ENVCRYPT_E_YAML, "line 4"},
    {HEAD "- resources: [yes]\n", ENVCRYPT_E_YAML, "line 4"},
    {HEAD "- resources: [[a]]\n", ENVCRYPT_E_YAML, "line 4"},
    {HEAD "- resources: ['a\0']\n", ENVCRYPT_E_YAML, NULL},
    {HEAD "- resources: [a]\n  resources: [b]\n", ENVCRYPT_E_YAML, "line 5"},
    {HEAD "- resources: [*.*]\n", ENVCRYPT_E_YAML, "line 4"},
};

START_TEST(refuses_what_the_server_cannot_read)
{
    for (size_t i = 0; i < sizeof(refused) / sizeof(*refused); i++) {
        evc_encryption_config *config = (void *)&config;
        evc_error *err = NULL;
        int rc =
            evc_encryption_config_read(evc_view_text(refused[i].text), &config, &err);

        ck_assert_msg(rc == refused[i].code, "%s gave %s", refused[i].text,
                      evc_error_name(rc));
        ck_assert_ptr_null(config);
        if (refused[i].line)
            ck_assert_msg(strstr(evc_error_message(err), refused[i].line), "%s: %s",
                          refused[i].text, evc_error_message(err));
        evc_error_free(err);
    }
}
END_TEST

START_TEST(names_the_nearest_member)
{
    evc_encryption_config *config;
    evc_error *err = NULL;

    EVC_CHECK_CODE(
        evc_encryption_config_read(
            evc_view_text(HEAD SECRETS "[{kms: {endpont: x}}]\n"), &config, &err),
        ENVCRYPT_E_ENCRYPTION_CONFIG);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "endpoint"));
    evc_error_free(err);
}
END_TEST

START_TEST(no_message_shows_a_secret)
{
    evc_encryption_config *config;
    evc_error *err = NULL;

    ck_assert_int_ne(evc_encryption_config_read(
                         evc_view_text(HEAD SECRETS "[{aesgcm: {keys: [{secret: "
                                                    "[c2VjcmV0]}]}}]\n"),
                         &config, &err),
                     0);
    ck_assert_ptr_null(strstr(evc_error_message(err), "c2VjcmV0"));
    evc_error_free(err);
}
END_TEST

static int
read_once(void *user)
{
    evc_encryption_config *config;
    int rc = evc_encryption_config_read(evc_view_text(user), &config, NULL);

    evc_encryption_config_free(config);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    static char text[sizeof(whole)];

    memcpy(text, whole, sizeof(whole));
    ck_assert_uint_gt(evc_alloc_sweep(read_once, text), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_every_provider,
        reads_resources_with_their_groups,
        groups_begin_at_the_first_dot,
        reads_keys_with_their_lines,
        has_the_defaults_of_the_server,
        reads_json,
        null_is_left_out,
        counts_documents,
        refuses_what_the_server_cannot_read,
        names_the_nearest_member,
        no_message_shows_a_secret,
        survives_any_lack_of_memory,
        NULL,
    };

    config_add(suite, "encryption config", tests);
}

EVC_TEST_MAIN("encryption config", add_tests)
