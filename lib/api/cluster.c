/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/cluster.h"

#include <string.h>

#include "api/client.h"
#include "cluster/flow.h"
#include "cluster/outlook.h"
#include "cluster/rescue.h"

/* Adding a provider is one line here. */
static const evc_cluster_driver *const drivers[] = {
    &evc_cluster_eks,
    &evc_cluster_iks,
    &evc_cluster_ack,
    NULL,
};

int
envcrypt_cluster_open(envcrypt_client *client, const char *uri,
                      const envcrypt_cluster_config *config, envcrypt_wait *wait,
                      envcrypt_cluster **out, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!uri || !out))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a cluster cannot be opened: the URI or out is NULL");
    return rc == 0 ? evc_cluster_open(client->crypto, client->net, drivers, uri, config,
                                      wait, out, err)
                   : rc;
}

/* Both folders; the second is worth looking into when the first has a key that stays disabled. */
static int
recover(const evc_rescue *rescue, evc_error **err)
{
    const char *first = evc_cluster_option(rescue->config, "rescue-dir");
    const char *second = evc_cluster_option(rescue->config, "state-dir");
    int rc = evc_rescue_folder(rescue, first, err);
    int other = 0;

    if (rc != ENVCRYPT_E_NOMEM && rc != ENVCRYPT_E_FORKED && second &&
        (!first || strcmp(first, second) != 0))
        other = evc_rescue_folder(rescue, second, rc ? NULL : err);
    return rc ? rc : other;
}

int
envcrypt_cluster_recover(envcrypt_client *client, const envcrypt_cluster_config *config,
                         envcrypt_wait *wait, envcrypt_table **out,
                         envcrypt_error **err)
{
    evc_rescue rescue = {.drivers = drivers, .config = config, .wait = wait};
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!config || !out))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "no key can be enabled: the config or out is NULL");
    if (rc == 0)
        rc = evc_table_new(evc_rescue_columns, &rescue.rows, err);
    if (rc)
        return rc;
    rescue.crypto = client->crypto;
    rescue.net = client->net;
    *out = rescue.rows;
    return recover(&rescue, err);
}

envcrypt_cluster *
envcrypt_cluster_ref(envcrypt_cluster *cluster)
{
    return cluster ? evc_cluster_ref(cluster) : NULL;
}

void
envcrypt_cluster_unref(envcrypt_cluster *cluster)
{
    evc_cluster_unref(cluster);
}

const char *
envcrypt_cluster_uri(const envcrypt_cluster *cluster)
{
    return cluster ? cluster->uri : NULL;
}

const char *
envcrypt_cluster_provider(const envcrypt_cluster *cluster)
{
    return cluster ? cluster->driver->title : NULL;
}

const char *
envcrypt_cluster_name(const envcrypt_cluster *cluster)
{
    return cluster ? cluster->name : NULL;
}

/* --- arguments --- */

/* First in every function that uses one; given: whether nothing else is missing. */
static int
begin(const envcrypt_cluster *cluster, bool given, evc_error **err)
{
    evc_err_clear(err);
    if (!cluster || !given)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "nothing can be done with a cluster: it or out is NULL");
    return evc_cluster_begin(cluster, err);
}

/* Same, of one that gives a report. */
static int
begin_report(const envcrypt_cluster *cluster, evc_cluster_report **out, evc_error **err)
{
    if (out)
        *out = NULL;
    return begin(cluster, out != NULL, err);
}

/* Of the public verb; whether a key is named tells the two kinds of rotation apart. */
static int
verb_of(int32_t verb, const envcrypt_cluster_change *change, evc_cluster_verb *out,
        evc_error **err)
{
    static const evc_cluster_verb verbs[] = {
        [ENVCRYPT_CLUSTER_VERB_CREATE] = EVC_VERB_CREATE,
        [ENVCRYPT_CLUSTER_VERB_ENABLE] = EVC_VERB_ENABLE,
        [ENVCRYPT_CLUSTER_VERB_ROTATE] = EVC_VERB_ROTATE,
        [ENVCRYPT_CLUSTER_VERB_DISABLE] = EVC_VERB_DISABLE,
        [ENVCRYPT_CLUSTER_VERB_REENCRYPT] = EVC_VERB_REENCRYPT,
        [ENVCRYPT_CLUSTER_VERB_VERIFY] = EVC_VERB_VERIFY,
    };

    if (verb < ENVCRYPT_CLUSTER_VERB_CREATE || verb > ENVCRYPT_CLUSTER_VERB_VERIFY)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "%d is no verb of clusters; take one of "
                       "ENVCRYPT_CLUSTER_VERB_…",
                       (int)verb);
    *out = verbs[verb];
    if (*out == EVC_VERB_ROTATE && evc_cluster_change_names_key(change))
        *out = EVC_VERB_CHANGE_KEY;
    return 0;
}

/* --- looking --- */

int
envcrypt_cluster_list(envcrypt_cluster *place, const char *uses_key,
                      envcrypt_wait *wait, int32_t *partial, envcrypt_table **out,
                      envcrypt_error **err)
{
    evc_table *rows = NULL;
    bool some = false;
    int rc;

    if (out)
        *out = NULL;
    if (partial)
        *partial = 0;
    rc = begin(place, out != NULL, err);
    if (rc == 0)
        rc = evc_table_new(evc_cluster_list_columns, &rows, err);
    if (rc == 0)
        rc = place->driver->list(place, uses_key, wait, rows, &some, err);
    if (rc) {
        evc_table_free(rows);
        return rc;
    }
    if (partial)
        *partial = some;
    *out = rows;
    return 0;
}

int
envcrypt_cluster_keys(envcrypt_cluster *place, const envcrypt_cluster_change *change,
                      envcrypt_wait *wait, envcrypt_table **out, envcrypt_error **err)
{
    evc_table *rows = NULL;
    int rc;

    if (out)
        *out = NULL;
    rc = begin(place, out != NULL, err);
    if (rc == 0)
        rc = evc_cluster_check_change(place, change, err);
    if (rc == 0)
        rc = evc_table_new(evc_cluster_key_columns, &rows, err);
    if (rc == 0)
        rc = place->driver->keys(place, change, wait, rows, err);
    if (rc) {
        evc_table_free(rows);
        return rc;
    }
    *out = rows;
    return 0;
}

int
envcrypt_cluster_permissions(envcrypt_cluster *cluster, int32_t verb,
                             const envcrypt_cluster_change *change, envcrypt_wait *wait,
                             envcrypt_table **out, envcrypt_error **err)
{
    evc_cluster_verb of;
    int rc;

    if (out)
        *out = NULL;
    rc = begin(cluster, out != NULL, err);
    if (rc == 0)
        rc = verb_of(verb, change, &of, err);
    return rc == 0 ? evc_outlook_permissions(cluster, of, change, wait, out, err) : rc;
}

int
envcrypt_cluster_policy(envcrypt_cluster *cluster, int32_t verb,
                        const envcrypt_cluster_change *change, envcrypt_buffer **out,
                        envcrypt_error **err)
{
    evc_cluster_verb of;
    evc_buf text;
    int rc;

    if (out)
        *out = NULL;
    rc = begin(cluster, out != NULL, err);
    if (rc == 0)
        rc = verb_of(verb, change, &of, err);
    if (rc)
        return rc;
    evc_buf_init(&text);
    rc = evc_outlook_policy(cluster, of, change, &text, err);
    if (rc == 0)
        rc = evc_buf_publish(&text, out, err);
    evc_buf_reset(&text);
    return rc;
}

int
envcrypt_cluster_status(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    int rc = begin_report(cluster, out, err);

    return rc == 0 ? evc_outlook_status(cluster, change, wait, out, err) : rc;
}

int
envcrypt_cluster_preflight(envcrypt_cluster *cluster, int32_t verb,
                           const envcrypt_cluster_change *change, envcrypt_wait *wait,
                           envcrypt_cluster_report **out, envcrypt_error **err)
{
    evc_cluster_verb of;
    int rc = begin_report(cluster, out, err);

    if (rc == 0)
        rc = verb_of(verb, change, &of, err);
    return rc == 0 ? evc_outlook_preflight(cluster, of, change, wait, out, err) : rc;
}

int
envcrypt_cluster_plan(envcrypt_cluster *cluster, int32_t verb,
                      const envcrypt_cluster_change *change, envcrypt_wait *wait,
                      envcrypt_cluster_report **out, envcrypt_error **err)
{
    evc_cluster_verb of;
    int rc = begin_report(cluster, out, err);

    if (rc == 0)
        rc = verb_of(verb, change, &of, err);
    return rc == 0 ? evc_outlook_plan(cluster, of, change, wait, out, err) : rc;
}

int
envcrypt_cluster_latest_report(envcrypt_cluster *cluster, envcrypt_wait *wait,
                               envcrypt_buffer **out, envcrypt_error **err)
{
    evc_buf json;
    int rc;

    if (out)
        *out = NULL;
    rc = begin(cluster, out != NULL, err);
    if (rc)
        return rc;
    evc_buf_init(&json);
    rc = evc_outlook_latest(cluster, wait, &json, err);
    if (rc == 0)
        rc = evc_buf_publish(&json, out, err);
    evc_buf_reset(&json);
    return rc;
}

/* --- changing --- */

/* What all verbs that change have in common; verb: one of ENVCRYPT_CLUSTER_VERB_…. */
static int
run(envcrypt_cluster *cluster, int32_t verb, const envcrypt_cluster_change *change,
    const evc_flow_ears *ears, envcrypt_destroy_fn destroy, envcrypt_wait *wait,
    envcrypt_cluster_report **out, envcrypt_error **err)
{
    evc_cluster_verb of;
    int rc = begin_report(cluster, out, err);

    if (rc == 0)
        rc = verb_of(verb, change, &of, err);
    if (rc == 0 && of == EVC_VERB_REENCRYPT)
        rc = evc_flow_reencrypt(cluster, change, ears, wait, out, err);
    else if (rc == 0)
        rc = evc_flow_change(cluster, of, change, ears, wait, out, err);
    if (destroy)
        destroy(ears->user);
    return rc;
}

int
envcrypt_cluster_enable(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change,
                        envcrypt_cluster_fn progress, void *user,
                        envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    const evc_flow_ears ears = {progress, user};

    return run(cluster, ENVCRYPT_CLUSTER_VERB_ENABLE, change, &ears, destroy, wait, out,
               err);
}

int
envcrypt_cluster_rotate(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change,
                        envcrypt_cluster_fn progress, void *user,
                        envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    const evc_flow_ears ears = {progress, user};

    return run(cluster, ENVCRYPT_CLUSTER_VERB_ROTATE, change, &ears, destroy, wait, out,
               err);
}

int
envcrypt_cluster_disable(envcrypt_cluster *cluster,
                         const envcrypt_cluster_change *change,
                         envcrypt_cluster_fn progress, void *user,
                         envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                         envcrypt_cluster_report **out, envcrypt_error **err)
{
    const evc_flow_ears ears = {progress, user};

    return run(cluster, ENVCRYPT_CLUSTER_VERB_DISABLE, change, &ears, destroy, wait,
               out, err);
}

int
envcrypt_cluster_create(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change,
                        envcrypt_cluster_fn progress, void *user,
                        envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    const evc_flow_ears ears = {progress, user};

    return run(cluster, ENVCRYPT_CLUSTER_VERB_CREATE, change, &ears, destroy, wait, out,
               err);
}

int
envcrypt_cluster_reencrypt(envcrypt_cluster *cluster,
                           const envcrypt_cluster_change *change,
                           envcrypt_cluster_fn progress, void *user,
                           envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                           envcrypt_cluster_report **out, envcrypt_error **err)
{
    const evc_flow_ears ears = {progress, user};

    return run(cluster, ENVCRYPT_CLUSTER_VERB_REENCRYPT, change, &ears, destroy, wait,
               out, err);
}

int
envcrypt_cluster_wait(envcrypt_cluster *cluster, const envcrypt_cluster_change *change,
                      envcrypt_cluster_fn progress, void *user,
                      envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                      envcrypt_cluster_report **out, envcrypt_error **err)
{
    const evc_flow_ears ears = {progress, user};
    int rc = begin_report(cluster, out, err);

    if (rc == 0)
        rc = evc_flow_wait(cluster, change, &ears, wait, out, err);
    if (destroy)
        destroy(user);
    return rc;
}

int
envcrypt_cluster_verify(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change,
                        struct envcrypt_etcd *etcd, envcrypt_cluster_fn progress,
                        void *user, envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    const evc_flow_ears ears = {progress, user};
    int rc = begin_report(cluster, out, err);

    if (rc == 0)
        rc = evc_flow_verify(cluster, change, etcd, &ears, wait, out, err);
    if (destroy)
        destroy(user);
    return rc;
}
