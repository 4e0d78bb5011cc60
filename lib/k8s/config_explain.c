/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_explain.h"

#include "base/encode.h"

static const char *const columns[] = {"resource", "#order", "provider", "name",
                                      "role",     "note",   NULL};

typedef struct explaining {
    const evc_encryption_config *config;
    evc_table *table;
    const evc_config_resource *resource;
    size_t order; /* of the provider or key of the resource, from 1 */
} explaining;

static const char *
note_of(evc_stored_provider kind, bool writes)
{
    switch (kind) {
    case EVC_STORED_IDENTITY:
        return writes ? "in the clear" : "what is in the clear is read";
    case EVC_STORED_AESCBC:
        return "not authenticated";
    case EVC_STORED_AESGCM:
        return "rotate the key every 200,000 writes";
    case EVC_STORED_SECRETBOX:
        return "the key stands in this file";
    case EVC_STORED_KMS_V1:
        return "deprecated; a wrapped key for each value";
    case EVC_STORED_KMS_V2:
        return "one wrapped seed for many values, a key for each";
    default:
        return "kube-apiserver refuses this";
    }
}

static int
set_name(evc_table *table, const char *name, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(name), shown);
    return evc_table_set(table, "name", shown, err);
}

/* The first of all providers writes, by its first key. */
static int
add_row(explaining *e, const evc_config_provider *provider, const char *name,
        evc_error **err)
{
    bool writes = e->order++ == 0;
    char resource[EVC_SHOWN];
    int rc = evc_table_add_row(e->table, err);

    evc_encode_shown(evc_view_text(e->resource->text), resource);
    if (!rc)
        rc = evc_table_set(e->table, "resource", resource, err);
    if (!rc)
        rc = evc_table_set_number(e->table, "order", (int64_t)e->order, err);
    if (!rc)
        rc = evc_table_set(e->table, "provider",
                           evc_stored_provider_name(provider->kind), err);
    if (!rc)
        rc = set_name(e->table, name, err);
    if (!rc)
        rc = evc_table_set(e->table, "role", writes ? "writes" : "reads", err);
    if (!rc)
        rc = evc_table_set(e->table, "note", note_of(provider->kind, writes), err);
    return rc;
}

static int
add_provider(explaining *e, const evc_config_provider *provider, evc_error **err)
{
    int rc = 0;

    if (provider->key_count == 0)
        return add_row(e, provider, provider->name, err);
    for (size_t i = 0; !rc && i < provider->key_count; i++)
        rc = add_row(e, provider, provider->keys[i].name, err);
    return rc;
}

static bool
names(const evc_config_rule *rule, const evc_config_resource *resource)
{
    for (size_t i = 0; i < rule->resource_count; i++)
        if (evc_view_equal(rule->resources[i].resource, resource->resource) &&
            evc_view_equal(rule->resources[i].group, resource->group))
            return true;
    return false;
}

/* All providers of a resource, where it is named first. */
static int
add_resource(explaining *e, size_t rule, size_t index, evc_error **err)
{
    int rc = 0;

    e->resource = &e->config->rules[rule].resources[index];
    e->order = 0;
    for (size_t i = 0; i < rule; i++)
        if (names(&e->config->rules[i], e->resource))
            return 0;
    for (size_t i = rule; i < e->config->rule_count; i++) {
        const evc_config_rule *of = &e->config->rules[i];

        if (!names(of, e->resource))
            continue;
        for (size_t j = 0; !rc && j < of->provider_count; j++)
            rc = add_provider(e, &of->providers[j], err);
    }
    return rc;
}

int
evc_config_explain(const evc_encryption_config *config, evc_table **out,
                   evc_error **err)
{
    explaining e = {.config = config};
    int rc = evc_table_new(columns, &e.table, err);

    for (size_t i = 0; !rc && i < config->rule_count; i++)
        for (size_t j = 0; !rc && j < config->rules[i].resource_count; j++)
            rc = add_resource(&e, i, j, err);
    if (rc) {
        evc_table_free(e.table);
        e.table = NULL;
    }
    *out = e.table;
    return rc;
}
