/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_users.h"

#include <string.h>

#include "cluster/iks_read.h"

typedef struct users {
    evc_iks_rows *rows;
    evc_service *keys; /* NULL = the key service could not be asked */
    char key[256];     /* id there */
} users;

/* --- by registration --- */

static int
put_registered(void *user, const evc_iks_registration *r, evc_error **err)
{
    users *u = user;

    if (r->cluster[0] && evc_iks_row_has(u->rows, r->cluster))
        return 0;
    return r->cluster[0] ? evc_iks_row_fetch(u->rows, r->cluster, r->cluster, err)
                         : evc_iks_row_other(u->rows, r->resource, err);
}

static int
list_registered(users *u, const evc_iks_named *named, evc_error **err)
{
    evc_iks_rows *rows = u->rows;
    evc_error *failed = NULL;
    evc_cluster_key key;
    int rc = evc_iks_open_keys(rows->place, named->uri, rows->wait, &u->keys, &failed);

    evc_cluster_key_init(&key);
    if (!rc)
        rc = evc_iks_describe(u->keys, named->key, rows->wait, &key, NULL, &failed);
    rows->key_state = rc ? NULL : key.word;
    if (!rc)
        rc = evc_iks_registrations(u->keys, named->key, put_registered, u, rows->wait,
                                   &failed);
    rows->key_state = NULL;
    if (rc && !evc_error_ends_call(rc)) {
        rc = evc_iks_row_gap(rows, failed, err);
    } else if (rc) {
        evc_err_add_cause(err, failed);
        failed = NULL;
    }
    evc_error_free(failed);
    evc_cluster_key_reset(&key);
    return rc;
}

/* --- by what clusters say --- */

static bool
is_moving(const evc_iks_status *status)
{
    return strcmp(status->master_state, "deployed") != 0 ||
           evc_iks_has(status->master_status, "in progress");
}

const char *
evc_iks_users_suspect(const evc_iks_status *status, bool elsewhere, int64_t now_ms)
{
    int64_t changed = evc_iks_status_changed_ms(status);
    int64_t ago = now_ms - changed;

    if (is_moving(status))
        return "its master is being changed, and it may come to use the key; look "
               "again when it is Ready";
    if (!status->enabled)
        return NULL;
    if (changed < 0 && !elsewhere)
        return "it does not tell when it was changed last, so the key service may not "
               "name it yet";
    if (changed >= 0 &&
        (ago < EVC_IKS_UNSETTLED_MS || (ago < EVC_IKS_STALENESS_MS && !elsewhere)))
        return "it was changed a short while ago, and the key service may not name it "
               "yet; look again later";
    return NULL;
}

/* Whether another key of the instance names the cluster; what cannot be read does not. */
static int
is_elsewhere(const users *u, const char *id, bool *out, evc_error **err)
{
    evc_iks_use use = {.found = false};
    evc_error *failed = NULL;
    int rc = u->keys ? evc_iks_look_for(u->keys, u->key, "", id, u->rows->wait, &use,
                                        &failed)
                     : 0;

    *out = rc == 0 && use.other[0];
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    evc_error_free(failed);
    return 0;
}

static int
judge(users *u, const evc_iks_status *status, evc_error **err)
{
    int64_t now = evc_clock_wall_ms(evc_cluster_clock(u->rows->place));
    const char *why = evc_iks_users_suspect(status, false, now);
    bool elsewhere = false;
    int rc = 0;

    if (why && !is_moving(status)) { /* a question more may settle it */
        rc = is_elsewhere(u, status->id, &elsewhere, err);
        why = evc_iks_users_suspect(status, elsewhere, now);
    }
    return rc || !why ? rc : evc_iks_row_add(u->rows, status, why, err);
}

static int
look_at(void *user, const char *id, const char *name, evc_error **err)
{
    users *u = user;
    evc_json_doc *doc = NULL;
    evc_error *failed = NULL;
    evc_iks_status status;
    int rc;

    if (evc_iks_row_has(u->rows, id))
        return 0; /* it is registered */
    rc = evc_iks_fetch(u->rows->place, id, u->rows->wait, &doc, &status, &failed);
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    rc = rc ? evc_iks_row_unread(u->rows, id, name, failed, err)
            : judge(u, &status, err);
    evc_error_free(failed);
    evc_json_free(doc);
    return rc;
}

/* Clusters of all resource groups: whoever has the key does not know which one they are in. */
static int
list_clusters(users *u, evc_error **err)
{
    evc_error *partial = NULL;
    evc_error *failed = NULL;
    int rc = evc_iks_clusters(u->rows->place, NULL, look_at, u, u->rows->wait, &partial,
                              &failed);

    if (rc && !evc_error_ends_call(rc)) {
        rc = evc_iks_row_gap(u->rows, failed, err);
    } else if (rc) {
        evc_err_add_cause(err, failed);
        failed = NULL;
    }
    if (!rc && partial)
        rc = evc_iks_row_gap(u->rows, partial, err);
    evc_error_free(failed);
    evc_error_free(partial);
    return rc;
}

int
evc_iks_users(evc_iks_rows *rows, evc_error **err)
{
    users u = {.rows = rows};
    evc_iks_named named;
    int rc = evc_iks_name_crn(rows->key, &named, err);

    if (rc)
        return rc;
    memcpy(u.key, named.key, sizeof(u.key));
    rc = list_registered(&u, &named, err);
    if (!rc)
        rc = list_clusters(&u, err);
    evc_service_unref(u.keys);
    return rc;
}
