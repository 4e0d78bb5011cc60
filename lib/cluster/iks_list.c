/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_list.h"

#include <string.h>

#include "cloud/ibm_errors.h"
#include "cluster/iks_read.h"
#include "cluster/iks_users.h"

/* --- clusters --- */

static int
put_cluster(void *user, const char *id, const char *name, evc_error **err)
{
    return evc_iks_row_fetch(user, id, name, err);
}

int
evc_iks_list(evc_cluster *place, const char *uses_key, evc_wait *wait, evc_table *out,
             bool *partial, evc_error **err)
{
    evc_iks_rows rows = {.place = place, .wait = wait, .out = out, .key = uses_key};
    evc_error *failed = NULL;
    int rc;

    if (uses_key)
        rc = evc_iks_users(&rows, err);
    else
        rc = evc_iks_clusters(place, evc_iks_group_of(place), put_cluster, &rows, wait,
                              &failed, err);
    if (!rc && failed)
        rc = evc_iks_row_gap(&rows, failed, err);
    evc_error_free(failed);
    *partial = rows.partial;
    return rc;
}

/* --- rows of keys --- */

typedef struct gathering {
    evc_cluster *place;
    evc_wait *wait;
    evc_table *out;
    const char *instance; /* NULL = all */
    const char *region;
    bool hpcs;
} gathering;

static const char *
cell(const evc_table *table, size_t row, const char *column)
{
    return evc_table_cell(table, row, evc_table_find(table, column));
}

static int
put_key(const gathering *g, const evc_table *keys, size_t row, evc_error **err)
{
    const char *state = cell(keys, row, "state");
    bool active = state && strcmp(state, evc_ibm_key_state_name(EVC_IBM_ACTIVE)) == 0;
    const char *aliases = cell(keys, row, "aliases");
    const struct {
        const char *column;
        const char *text;
    } cells[] = {
        {"id", cell(keys, row, "key")},
        {"aliases", aliases ? aliases : cell(keys, row, "name")},
        {"arn", cell(keys, row, "crn")},
        {"region", g->region},
        {"state", state},
        {"usable", active && !g->hpcs ? "yes" : "no"},
        {"why-not", !active   ? "it must be Active"
                    : g->hpcs ? "Hyper Protect Crypto Services ends " EVC_IKS_HPCS_ENDS
                                "; take a root key of Key Protect, or override=hpcs"
                              : NULL},
    };
    int rc = evc_table_add_row(g->out, err);

    for (size_t i = 0; i < sizeof(cells) / sizeof(cells[0]) && !rc; i++)
        rc = evc_table_set(g->out, cells[i].column, cells[i].text, err);
    return rc;
}

static int
put_unread(const gathering *g, const char *id, evc_error *failed, evc_error **err)
{
    int rc = evc_table_add_row(g->out, err);

    if (!rc)
        rc = evc_table_set(g->out, "id", id, err);
    if (!rc)
        rc = evc_table_set(g->out, "region", g->region, err);
    if (!rc)
        rc = evc_table_set(g->out, "usable", "unknown", err);
    if (!rc)
        rc = evc_table_set(
            g->out, "why-not",
            failed ? evc_error_message(failed) : "the instance could not be read", err);
    return rc;
}

static int
list_root_keys(const gathering *g, const char *uri, evc_table **out, evc_error **err)
{
    evc_service *keys = NULL;
    evc_kv args;
    int rc = evc_iks_open_keys(g->place, uri, g->wait, &keys, err);

    evc_kv_init(&args);
    if (!rc)
        rc = evc_kv_set(&args, evc_view_text("type"), evc_view_text("root"), err);
    if (!rc)
        rc = evc_service_run(keys, "list-keys", &args, false, g->wait, out, err);
    evc_kv_reset(&args);
    evc_service_unref(keys);
    return rc;
}

static int
put_instance(void *user, const char *id, const char *name, const char *region,
             const char *service, evc_error **err)
{
    gathering *g = user;
    evc_table *keys = NULL;
    evc_error *failed = NULL;
    char uri[EVC_IKS_URI];
    int rc;

    (void)name;
    if (g->instance && strcmp(g->instance, id) != 0)
        return 0;
    g->region = region;
    g->hpcs = evc_iks_is_hpcs(service);
    evc_iks_instance_uri(id, region, service, uri);
    rc = list_root_keys(g, uri, &keys, &failed);
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    if (rc)
        rc = put_unread(g, id, failed, err);
    for (size_t i = 0; keys && i < keys->rows && !rc; i++)
        rc = put_key(g, keys, i, err);
    evc_error_free(failed);
    evc_table_free(keys);
    return rc;
}

int
evc_iks_keys(evc_cluster *place, const evc_cluster_change *change, evc_wait *wait,
             evc_table *out, evc_error **err)
{
    gathering g = {.place = place,
                   .wait = wait,
                   .out = out,
                   .instance = evc_cluster_change_text(change, "instance-id")};

    return evc_iks_instances(place, put_instance, &g, wait, err);
}

/* --- what is done with a key --- */

/* R21. */
static int
explain_early(int code, const evc_cluster_key *key, evc_error **err)
{
    int64_t left;

    if (code != ENVCRYPT_E_SERVICE_CONFLICT || !err || !*err ||
        strcmp(evc_error_provider_code(*err), "REQ_TOO_EARLY_ERR") != 0)
        return code;
    left = evc_error_retry_after_ms(*err);
    if (left <= 0)
        left = EVC_IBM_SETTLE_MS;
    code =
        evc_err_wrap(err, ENVCRYPT_E_CLUSTER_TOO_EARLY,
                     "the root key \"%s\" was changed a moment ago; wait %lld s (R21: "
                     "Key Protect's limit)",
                     key->id, (long long)(left + 999) / 1000);
    evc_err_set_retry(*err, 1, left);
    return code;
}

int
evc_iks_key_action(evc_cluster *place, const char *action, const evc_cluster_key *key,
                   const evc_cluster_change *change, evc_wait *wait, evc_table **out,
                   evc_error **err)
{
    evc_service *keys = NULL;
    evc_kv args;
    int rc;

    (void)change;
    *out = NULL;
    if (strcmp(action, "disable-key") != 0 && strcmp(action, "enable-key") != 0)
        return evc_err(
            err, ENVCRYPT_E_UNSUPPORTED,
            "this library deletes no root key of IBM Cloud, as a cluster whose "
            "key is deleted is lost, and needs no deletion taken back; use "
            "IBM's own tools");
    evc_kv_init(&args);
    rc = evc_iks_open_key(place, key, wait, &keys, err);
    if (!rc)
        rc = evc_kv_set(&args, evc_view_text("key"), evc_view_text(key->short_id), err);
    if (!rc)
        rc = explain_early(evc_service_run(keys, action, &args, true, wait, out, err),
                           key, err);
    evc_kv_reset(&args);
    evc_service_unref(keys);
    return rc;
}
