/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/encryption_config.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/nearest.h"
#include "codec/yaml_scalar.h"
#include "k8s/go_duration.h"

#define WHAT "the EncryptionConfiguration"
#define API_VERSION "apiserver.config.k8s.io/v1"
#define KIND "EncryptionConfiguration"
#define DEFAULT_VERSION "v1"
#define DEFAULT_TIMEOUT_NS (3 * EVC_SECOND_NS)

static const char *const file_members[] = {"apiVersion", "kind", "resources", NULL};
static const char *const rule_members[] = {"resources", "providers", NULL};
static const char *const keys_members[] = {"keys", NULL};
static const char *const key_members[] = {"name", "secret", NULL};
static const char *const kms_members[] = {"apiVersion", "name",    "cachesize",
                                          "endpoint",   "timeout", NULL};
static const char *const no_members[] = {NULL};

/* In the order in which the server looks at an item that names several. */
static const struct {
    const char *name;
    evc_stored_provider kind;
    const char *const *members;
} kinds[] = {
    {"kms", EVC_STORED_KMS_V1, kms_members},
    {"aesgcm", EVC_STORED_AESGCM, keys_members},
    {"aescbc", EVC_STORED_AESCBC, keys_members},
    {"secretbox", EVC_STORED_SECRETBOX, keys_members},
    {"identity", EVC_STORED_IDENTITY, no_members},
};
#define KINDS (sizeof(kinds) / sizeof(*kinds))
static const char *const provider_members[] = {"kms",       "aesgcm",   "aescbc",
                                               "secretbox", "identity", NULL};

/* --- strictness --- */

static int
refuse_member(const evc_yaml *value, const char *name, const char *const *members,
              evc_error **err)
{
    const char *nearest = evc_nearest(name, members);
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(name), shown);
    return evc_err(err, ENVCRYPT_E_ENCRYPTION_CONFIG,
                   WHAT " has a member \"%s\" in line %u, which there is not%s%s%s; "
                        "kube-apiserver would not start with it",
                   shown, (unsigned)evc_yaml_line(value), nearest ? " (is \"" : "",
                   nearest ? nearest : "", nearest ? "\" meant?)" : "");
}

/* A map, or null, which is an empty one, and no other members than these. */
static int
check_map(const evc_yaml *node, const char *const *members, evc_error **err)
{
    evc_yaml_kind kind = evc_yaml_kind_of(node);

    if (kind == EVC_YAML_NULL)
        return 0;
    if (kind != EVC_YAML_MAP)
        return evc_err(err, ENVCRYPT_E_YAML,
                       WHAT " has something else in line %u where a mapping must be",
                       (unsigned)evc_yaml_line(node));
    for (size_t i = 0; i < evc_yaml_count(node); i++) {
        const char *name = evc_yaml_name_at(node, i);
        size_t at = 0;

        while (members[at] && strcmp(members[at], name) != 0)
            at++;
        if (!members[at])
            return refuse_member(evc_yaml_at(node, i), name, members, err);
    }
    return 0;
}

/* --- providers --- */

static int
read_key(const evc_yaml *node, evc_config_key *out, evc_error **err)
{
    int rc = check_map(node, key_members, err);

    *out = (evc_config_key){"", "", evc_yaml_line(node)};
    if (!rc)
        rc = evc_yaml_text_opt(node, "name", &out->name, err);
    if (!rc)
        rc = evc_yaml_text_opt(node, "secret", &out->secret, err);
    return rc;
}

static int
read_keys(const evc_yaml *node, evc_config_provider *out, evc_error **err)
{
    const evc_yaml *list = NULL;
    int rc = evc_yaml_list_opt(node, "keys", &list, err);

    if (rc)
        return rc;
    out->keys = evc_mem_new_array(evc_yaml_count(list), sizeof(*out->keys));
    if (!out->keys)
        return evc_err_nomem(err);
    for (size_t i = 0; !rc && i < evc_yaml_count(list); i++) {
        rc = read_key(evc_yaml_at(list, i), &out->keys[i], err);
        out->key_count++;
    }
    return rc;
}

static int
read_timeout(const evc_yaml *node, evc_config_provider *out, evc_error **err)
{
    const char *text = NULL;
    int rc = evc_yaml_text_opt(node, "timeout", &text, err);

    if (rc || !text || evc_go_duration_parse(text, &out->timeout_ns))
        return rc;
    return evc_err(err, ENVCRYPT_E_ENCRYPTION_CONFIG,
                   WHAT " has a timeout in line %u that is no duration; write 3s",
                   (unsigned)evc_yaml_line(evc_yaml_get(node, "timeout")));
}

static evc_stored_provider
kind_of_version(const char *version)
{
    if (strcmp(version, "v1") == 0)
        return EVC_STORED_KMS_V1;
    return strcmp(version, "v2") == 0 ? EVC_STORED_KMS_V2 : EVC_STORED_UNKNOWN;
}

static int
read_kms(const evc_yaml *node, evc_config_provider *out, evc_error **err)
{
    int rc;

    out->is_kms = true;
    rc = evc_yaml_text_opt(node, "apiVersion", &out->api_version, err);
    if (!rc)
        rc = evc_yaml_text_opt(node, "name", &out->name, err);
    if (!rc)
        rc = evc_yaml_text_opt(node, "endpoint", &out->endpoint, err);
    if (!rc)
        rc = evc_yaml_integer_opt(node, "cachesize", INT32_MIN, INT32_MAX,
                                  &out->cachesize, err);
    if (!rc)
        rc = read_timeout(node, out, err);
    out->cachesize_given =
        evc_yaml_kind_of(evc_yaml_get(node, "cachesize")) != EVC_YAML_NULL;
    out->api_version_given = *out->api_version != 0;
    if (!out->api_version_given)
        out->api_version = DEFAULT_VERSION;
    out->kind = kind_of_version(out->api_version);
    return rc;
}

/* node is that of one kind: what stands under "kms". */
static int
read_kind(size_t index, const evc_yaml *node, evc_config_provider *out, evc_error **err)
{
    int rc = check_map(node, kinds[index].members, err);

    if (rc || evc_yaml_kind_of(node) == EVC_YAML_NULL || out->kinds++ > 0)
        return rc;
    out->kind = kinds[index].kind;
    if (kinds[index].members == kms_members)
        return read_kms(node, out, err);
    if (kinds[index].members == keys_members)
        return read_keys(node, out, err);
    return 0;
}

static int
read_provider(const evc_yaml *node, evc_config_provider *out, evc_error **err)
{
    int rc = check_map(node, provider_members, err);

    *out = (evc_config_provider){.kind = EVC_STORED_UNKNOWN,
                                 .line = evc_yaml_line(node),
                                 .api_version = "",
                                 .name = "",
                                 .endpoint = "",
                                 .timeout_ns = DEFAULT_TIMEOUT_NS};
    for (size_t i = 0; !rc && i < KINDS; i++)
        rc = read_kind(i, evc_yaml_get(node, kinds[i].name), out, err);
    return rc;
}

static int
read_providers(const evc_yaml *node, evc_config_rule *out, evc_error **err)
{
    const evc_yaml *list = NULL;
    int rc = evc_yaml_list_opt(node, "providers", &list, err);

    if (rc)
        return rc;
    out->providers = evc_mem_new_array(evc_yaml_count(list), sizeof(*out->providers));
    if (!out->providers)
        return evc_err_nomem(err);
    for (size_t i = 0; !rc && i < evc_yaml_count(list); i++) {
        rc = read_provider(evc_yaml_at(list, i), &out->providers[i], err);
        out->provider_count++;
    }
    return rc;
}

/* --- resources --- */

evc_config_resource
evc_config_resource_of(const char *text)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(text));
    evc_config_resource out = {.text = text};

    out.resource = evc_cursor_bytes(&c, strcspn(text, "."));
    (void)evc_cursor_bytes(&c, evc_cursor_left(&c) > 0);
    out.group = evc_cursor_bytes(&c, evc_cursor_left(&c));
    return out;
}

/* An element that is a text to Kubernetes; null is an empty one. */
static int
read_resource(const evc_yaml *node, evc_config_resource *out, evc_error **err)
{
    size_t size = 0;
    const char *text = evc_yaml_text(node, &size);
    bool plain = text && evc_yaml_is_plain(node);

    if (evc_yaml_kind_of(node) == EVC_YAML_NULL)
        text = "";
    if (!text || strlen(text) != size ||
        (plain && evc_yaml_scalar_of(evc_view_of(text, size)) != EVC_YAML_SCALAR_TEXT))
        return evc_err(err, ENVCRYPT_E_YAML,
                       WHAT " has something else in line %u where the name of a "
                            "resource must be; put it in quotes",
                       (unsigned)evc_yaml_line(node));
    *out = evc_config_resource_of(text);
    out->line = evc_yaml_line(node);
    return 0;
}

static int
read_resources(const evc_yaml *node, evc_config_rule *out, evc_error **err)
{
    const evc_yaml *list = NULL;
    int rc = evc_yaml_list_opt(node, "resources", &list, err);

    if (rc)
        return rc;
    out->resources = evc_mem_new_array(evc_yaml_count(list), sizeof(*out->resources));
    if (!out->resources)
        return evc_err_nomem(err);
    for (size_t i = 0; !rc && i < evc_yaml_count(list); i++) {
        rc = read_resource(evc_yaml_at(list, i), &out->resources[i], err);
        out->resource_count++;
    }
    return rc;
}

/* --- the file --- */

static int
read_rule(const evc_yaml *node, evc_config_rule *out, evc_error **err)
{
    int rc = check_map(node, rule_members, err);

    *out = (evc_config_rule){.line = evc_yaml_line(node)};
    if (!rc)
        rc = read_resources(node, out, err);
    if (!rc)
        rc = read_providers(node, out, err);
    return rc;
}

static int
check_kind(const evc_yaml *root, evc_error **err)
{
    const char *api_version = "";
    const char *kind = "";
    int rc = evc_yaml_text_opt(root, "apiVersion", &api_version, err);

    if (!rc)
        rc = evc_yaml_text_opt(root, "kind", &kind, err);
    if (rc || (strcmp(api_version, API_VERSION) == 0 && strcmp(kind, KIND) == 0))
        return rc;
    return evc_err(err, ENVCRYPT_E_ENCRYPTION_CONFIG,
                   "this is no file of kind " KIND " and apiVersion " API_VERSION
                   ", which kube-apiserver demands");
}

static int
read_root(const evc_yaml *root, evc_encryption_config *out, evc_error **err)
{
    const evc_yaml *list = NULL;
    int rc;

    if (evc_yaml_kind_of(root) != EVC_YAML_MAP)
        return evc_err(err, ENVCRYPT_E_ENCRYPTION_CONFIG,
                       WHAT " is empty, or no mapping");
    rc = check_kind(root, err); /* first: members of another kind are not its fault */
    if (!rc)
        rc = check_map(root, file_members, err);
    if (!rc)
        rc = evc_yaml_list_opt(root, "resources", &list, err);
    if (rc)
        return rc;
    out->rules = evc_mem_new_array(evc_yaml_count(list), sizeof(*out->rules));
    if (!out->rules)
        return evc_err_nomem(err);
    for (size_t i = 0; !rc && i < evc_yaml_count(list); i++) {
        rc = read_rule(evc_yaml_at(list, i), &out->rules[i], err);
        out->rule_count++;
    }
    return rc;
}

int
evc_encryption_config_read(evc_view text, evc_encryption_config **out, evc_error **err)
{
    evc_encryption_config *config = evc_mem_new(sizeof(*config));
    int rc;

    *out = NULL;
    if (!config)
        return evc_err_nomem(err);
    rc = evc_yaml_parse(text, WHAT, &config->doc, err);
    if (!rc) {
        config->documents = evc_yaml_documents(config->doc);
        rc = read_root(evc_yaml_root(config->doc, 0), config, err);
    }
    if (rc)
        evc_encryption_config_free(config);
    else
        *out = config;
    return rc;
}

static void
free_rule(evc_config_rule *rule)
{
    for (size_t i = 0; i < rule->provider_count; i++)
        evc_mem_free(rule->providers[i].keys);
    evc_mem_free(rule->providers);
    evc_mem_free(rule->resources);
}

void
evc_encryption_config_free(evc_encryption_config *config)
{
    if (!config)
        return;
    for (size_t i = 0; i < config->rule_count; i++)
        free_rule(&config->rules[i]);
    evc_mem_free(config->rules);
    evc_yaml_free(config->doc);
    evc_mem_free(config);
}
