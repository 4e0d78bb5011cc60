/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/options.h"

#include <string.h>

#include "base/encode.h"
#include "base/nearest.h"
#include "cloud/arguments.h"

#define SECRETS "secrets-"
#define NUMBER_MAX INT64_C(86400000) /* of milliseconds: a day */

/* What a value must be, and how a message says that. */
typedef struct value_kind {
    const char *wanted;
    bool (*fits)(const char *value);
} value_kind;

/* --- kinds of values --- */

static bool
is_some(const char *value)
{
    return *value != '\0';
}

static bool
is_any(const char *value)
{
    (void)value;
    return true;
}

static bool
is_truth(const char *value)
{
    return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

static bool
is_answer(const char *value)
{
    return strcmp(value, "yes") == 0 || strcmp(value, "no") == 0;
}

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

static int64_t
number_of(const char *value)
{
    int64_t number = 0;

    for (const char *c = value; *c; c++) {
        if (*c < '0' || *c > '9' || number > NUMBER_MAX)
            return 0;
        number = number * 10 + (*c - '0');
    }
    return number <= NUMBER_MAX ? number : 0;
}

static bool
is_number(const char *value)
{
    return number_of(value) > 0;
}

static const value_kind some = {"not empty", is_some};
static const value_kind any = {"any text", is_any};
static const value_kind truth = {"true or false", is_truth};
static const value_kind answer = {"yes or no", is_answer};
static const value_kind region = {"the name of a Region", is_region};
static const value_kind regions = {"names of Regions with commas between", are_regions};
static const value_kind url = {"a URL: https://HOST", is_url};
static const value_kind number = {"a number from 1 to 86,400,000", is_number};

/* --- the names --- */

typedef struct option_kind {
    const char *name;
    const value_kind *value;
    bool common; /* every provider takes it */
} option_kind;

static const option_kind config_kinds[] = {
    {"region", &region, true},
    {"key-region", &region, false}, /* that of a key, where nothing else tells one */
    {"regions", &regions, true},
    {"endpoint-url", &url, true},
    {"kms-endpoint", &url, true},
    {"kubeconfig", &some, true},
    {"context", &some, true},
    {"allow-exec", &truth, true},
    {"state-dir", &any, true},
    {"rescue-dir", &any, true},
    /* As of keys and services of the clouds. */
    {"profile", &some, false},
    {"fips", &truth, false},
    {"dual-stack", &truth, false},
    {"vpc", &truth, false},
    {"private", &truth, false},
    {"credentials", &some, false},
    {"signature", &some, false},
    {"private-port", &number, false},
    {"find-endpoint", &truth, false},
    {"key-ring", &some, false},
    {"resource-controller", &url, false},
    {"iam-url", &url, false},
    {"profile-id", &some, false},
    {"profile-name", &some, false},
    {"profile-crn", &some, false},
    {"ca-file", &some, false},
    {"client-cert", &some, false},
    {"client-key", &some, false},
    {"proxy", &any, false},
    {"connect-timeout-ms", &number, false},
    {"attempt-timeout-ms", &number, false},
    /* Of further services that a provider asks. */
    {"sts-endpoint", &url, false},
    {"iam-endpoint", &url, false},
    {"ram-endpoint", &url, false},
    {"actiontrail-endpoint", &url, false},
    {"resource-group", &some, false},
};

static const option_kind change_kinds[] = {
    {"key", &some, true},
    {"confirm", &some, true},
    {"override", &some, true},
    {"encrypt-existing-secrets", &answer, true},
    {"wait", &answer, true},
    {"timeout-ms", &number, true},
    {"update-id", &some, true},
    {"instance-id", &some, false},
    {"crk", &some, false},
    {"kms-account-id", &some, false},
    {"public-endpoint", &answer, false},
    {"destructive", &answer, false},
    {"pending-days", &number, false},
    {"role-arn", &some, false},
    {"subnets", &some, false},
    {"vpc-id", &some, false},
    {"pod-cidr", &some, false},
    {"service-cidr", &some, false},
    {"security-groups", &some, false},
    {"kubernetes-version", &some, false},
    {"public-access", &answer, false},
    {"private-access", &answer, false},
    {"public-access-cidrs", &some, false},
};

typedef struct option_list {
    const option_kind *kinds;
    size_t count;
    const char *subject; /* of messages, with its verb */
    const char *of;
} option_list;

static const option_list configs = {config_kinds,
                                    sizeof(config_kinds) / sizeof(config_kinds[0]),
                                    "clusters have", "a cluster"};
static const option_list changes = {
    change_kinds, sizeof(change_kinds) / sizeof(change_kinds[0]),
    "a change of a cluster has", "a change of a cluster"};

static const option_kind *
find(const option_list *list, const char *name)
{
    for (size_t i = 0; i < list->count; i++) {
        if (strcmp(list->kinds[i].name, name) == 0)
            return &list->kinds[i];
    }
    return NULL;
}

#define NAMES_MAX 64u

static int
refuse_name(const option_list *list, const char *name, evc_error **err)
{
    const char *names[NAMES_MAX + 1] = {NULL};

    for (size_t i = 0; i < list->count && i < NAMES_MAX; i++)
        names[i] = list->kinds[i].name;
    return evc_nearest_refuse(list->subject, name, names, err);
}

/* Without the value: somebody may have put a secret there. */
static int
set(const option_list *list, evc_kv *to, const char *name, const char *value,
    evc_error **err)
{
    const option_kind *kind = find(list, name);

    if (!kind)
        return refuse_name(list, name, err);
    if (value && !kind->value->fits(value))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the option %s of %s is %s, and cannot be what was given", name,
                       list->of, kind->value->wanted);
    return evc_kv_set_text(to, name, value, err);
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
    return config ? evc_kv_text(&config->options, evc_view_text(name)) : NULL;
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
    return change ? evc_kv_text(&change->options, evc_view_text(name)) : NULL;
}

bool
evc_cluster_change_flag(const evc_cluster_change *change, const char *name,
                        bool otherwise)
{
    const char *value = evc_cluster_change_text(change, name);

    return value ? strcmp(value, "yes") == 0 : otherwise;
}

int64_t
evc_cluster_change_number(const evc_cluster_change *change, const char *name,
                          int64_t otherwise)
{
    const char *value = evc_cluster_change_text(change, name);

    return value ? number_of(value) : otherwise;
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
    const option_kind *kind = find(&configs, (const char *)name.data);

    if (!kind)
        kind = find(&changes, (const char *)name.data);
    if (kind && kind->common)
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
