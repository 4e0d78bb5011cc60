/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/options.h"

#include <string.h>

#include "base/encode.h"
#include "base/option.h"
#include "cloud/arguments.h"

#define SECRETS "secrets-"
#define DAY_MS INT64_C(86400000)

/* --- kinds of values --- */

#define REGION_OF "abcdefghijklmnopqrstuvwxyz0123456789-"

static bool
is_region(const char *value)
{
    size_t size = strlen(value);

    return size >= 1 && size <= 63 && strspn(value, REGION_OF) == size;
}

static bool
are_regions(const char *value)
{
    return *value != '\0' && *value != ',' &&
           strspn(value, REGION_OF ",") == strlen(value);
}

static bool
is_url(const char *value)
{
    return strncmp(value, "https://", 8) == 0 || strncmp(value, "http://", 7) == 0;
}

/* Those that a refusal names. */
static bool
are_overrides(const char *value)
{
    static const char *const words[] = {"hpcs", "registrations", "rotation"};
    evc_cursor c = evc_cursor_of_view(evc_view_text(value));
    evc_view word;

    while (evc_arguments_next(&c, &word)) {
        bool known = false;

        for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
            known = known || evc_view_is_text(word, words[i]);
        if (!known)
            return false;
    }
    return *value != '\0';
}

static const evc_option_value region = {"the name of a Region", is_region, 0, 0};
static const evc_option_value regions = {"names of Regions with commas between",
                                         are_regions, 0, 0};
static const evc_option_value overrides = {
    "one of hpcs, registrations and rotation, or several with commas between",
    are_overrides, 0, 0};
static const evc_option_value url = {"a URL: https://HOST", is_url, 0, 0};
static const evc_option_value number = {.least = 1, .most = DAY_MS};

/* --- the names --- */

#define COMMON true /* the mark of those that every provider takes */

static const evc_option config_kinds[] = {
    {"region", &region, COMMON},
    {"key-region", &region, false}, /* that of a key, where nothing else tells one */
    {"regions", &regions, COMMON},
    {"endpoint-url", &url, COMMON},
    {"kms-endpoint", &url, COMMON},
    {"kubeconfig", &evc_option_some, COMMON},
    {"context", &evc_option_some, COMMON},
    {"allow-exec", &evc_option_truth, COMMON},
    {"state-dir", &evc_option_any, COMMON},
    {"rescue-dir", &evc_option_any, COMMON},
    /* As of keys and services of the clouds. */
    {"profile", &evc_option_some, false},
    {"fips", &evc_option_truth, false},
    {"dual-stack", &evc_option_truth, false},
    {"vpc", &evc_option_truth, false},
    {"private", &evc_option_truth, false},
    {"credentials", &evc_option_some, false},
    {"signature", &evc_option_some, false},
    {"private-port", &number, false},
    {"find-endpoint", &evc_option_truth, false},
    {"key-ring", &evc_option_some, false},
    {"resource-controller", &url, false},
    {"iam-url", &url, false},
    {"profile-id", &evc_option_some, false},
    {"profile-name", &evc_option_some, false},
    {"profile-crn", &evc_option_some, false},
    {"ca-file", &evc_option_some, false},
    {"client-cert", &evc_option_some, false},
    {"client-key", &evc_option_some, false},
    {"proxy", &evc_option_any, false},
    {"connect-timeout-ms", &number, false},
    {"attempt-timeout-ms", &number, false},
    /* Of further services that a provider asks. */
    {"sts-endpoint", &url, false},
    {"iam-endpoint", &url, false},
    {"ram-endpoint", &url, false},
    {"actiontrail-endpoint", &url, false},
    {"resource-group", &evc_option_some, false},
};

static const evc_option change_kinds[] = {
    {"key", &evc_option_some, COMMON},
    {"confirm", &evc_option_some, COMMON},
    {"override", &overrides, COMMON},
    {"encrypt-existing-secrets", &evc_option_answer, COMMON},
    {"wait", &evc_option_answer, COMMON},
    {"timeout-ms", &number, COMMON},
    {"update-id", &evc_option_some, COMMON},
    {"instance-id", &evc_option_some, false},
    {"crk", &evc_option_some, false},
    {"kms-account-id", &evc_option_some, false},
    {"public-endpoint", &evc_option_answer, false},
    {"destructive", &evc_option_answer, false},
    {"pending-days", &number, false},
    {"role-arn", &evc_option_some, false},
    {"subnets", &evc_option_some, false},
    {"vpc-id", &evc_option_some, false},
    {"pod-cidr", &evc_option_some, false},
    {"service-cidr", &evc_option_some, false},
    {"security-groups", &evc_option_some, false},
    {"kubernetes-version", &evc_option_some, false},
    {"public-access", &evc_option_answer, false},
    {"private-access", &evc_option_answer, false},
    {"public-access-cidrs", &evc_option_some, false},
};

static const evc_option_list configs = {config_kinds,
                                        sizeof(config_kinds) / sizeof(config_kinds[0]),
                                        "clusters have", "a cluster"};
static const evc_option_list changes = {
    change_kinds, sizeof(change_kinds) / sizeof(change_kinds[0]),
    "a change of a cluster has", "a change of a cluster"};

static int
set(const evc_option_list *list, evc_kv *to, const char *name, const char *value,
    evc_error **err)
{
    int rc = evc_option_check(list, name, value, err);

    return rc ? rc : evc_kv_set_text(to, name, value, err);
}

/* --- config --- */

void
evc_cluster_config_init(struct envcrypt_cluster_config *config)
{
    *config = (struct envcrypt_cluster_config){.kube = NULL};
    evc_kv_init(&config->options);
}

void
evc_cluster_config_reset(struct envcrypt_cluster_config *config)
{
    evc_kv_reset(&config->options);
    evc_chain_unref(config->credentials);
    evc_kube_unref(config->kube);
    evc_cluster_config_init(config);
}

const char *
evc_cluster_option(const struct envcrypt_cluster_config *config, const char *name)
{
    return config ? evc_option_text(&config->options, name) : NULL;
}

int
evc_cluster_option_set(struct envcrypt_cluster_config *config, const char *name,
                       const char *value, evc_error **err)
{
    return set(&configs, &config->options, name, value, err);
}

/* --- change --- */

void
evc_cluster_change_init(evc_cluster_change *change)
{
    evc_kv_init(&change->options);
    evc_reencrypt_options_init(&change->secrets);
}

void
evc_cluster_change_reset(evc_cluster_change *change)
{
    evc_kv_reset(&change->options);
    evc_reencrypt_options_reset(&change->secrets);
}

const char *
evc_cluster_change_text(const evc_cluster_change *change, const char *name)
{
    return change ? evc_option_text(&change->options, name) : NULL;
}

bool
evc_cluster_change_flag(const evc_cluster_change *change, const char *name,
                        bool otherwise)
{
    return change ? evc_option_flag(&change->options, name, otherwise) : otherwise;
}

int64_t
evc_cluster_change_number(const evc_cluster_change *change, const char *name,
                          int64_t otherwise)
{
    return change ? evc_option_number(&change->options, name, otherwise) : otherwise;
}

/* A dry run of one part would leave the rest undone in earnest. */
static int
set_secrets(evc_cluster_change *change, const char *name, const char *value,
            evc_error **err)
{
    if (strcmp(name, "dry-run") == 0)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a change of a cluster cannot be a dry run in part; ask for its "
                       "plan, which sends nothing that changes anything");
    return evc_reencrypt_options_set(&change->secrets, name, value, err);
}

int
evc_cluster_change_set(evc_cluster_change *change, const char *name, const char *value,
                       evc_error **err)
{
    if (strncmp(name, SECRETS, sizeof(SECRETS) - 1) == 0)
        return set_secrets(change, &name[sizeof(SECRETS) - 1], value, err);
    return set(&changes, &change->options, name, value, err);
}

bool
evc_cluster_change_lists(const evc_cluster_change *change, const char *name,
                         const char *word)
{
    const char *given = evc_cluster_change_text(change, name);
    evc_cursor c = evc_cursor_of_view(evc_view_text(given));
    evc_view each;

    while (given && evc_arguments_next(&c, &each)) {
        if (evc_view_is_text(each, word))
            return true;
    }
    return false;
}

bool
evc_cluster_change_overrides(const evc_cluster_change *change, const char *word)
{
    return evc_cluster_change_lists(change, "override", word);
}

bool
evc_cluster_change_names_key(const evc_cluster_change *change)
{
    return evc_cluster_change_text(change, "key") ||
           evc_cluster_change_text(change, "crk");
}

/* --- what a provider takes --- */

static bool
is_taken(evc_view name, const char *const *taken)
{
    const evc_option *option = evc_option_find(&configs, (const char *)name.data);

    if (!option)
        option = evc_option_find(&changes, (const char *)name.data);
    if (option && option->mark == COMMON)
        return true;
    for (; taken && *taken; taken++) {
        if (evc_view_is_text(name, *taken))
            return true;
    }
    return false;
}

int
evc_cluster_options_check(const evc_kv *given, const char *const *taken,
                          const char *provider, evc_error **err)
{
    for (size_t i = 0; i < given->count; i++) {
        evc_view name = given->pairs[i].name;
        char shown[EVC_SHOWN];

        if (is_taken(name, taken))
            continue;
        evc_encode_shown(name, shown);
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "%s takes no option %s; leave it out, or see whether the "
                       "cluster is of another provider",
                       provider, shown);
    }
    return 0;
}
