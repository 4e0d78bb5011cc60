/* SPDX-License-Identifier: Apache-2.0 */
#include <stdbool.h>

#include "base/err.h"
#include "envcrypt/cluster.h"

/* given: whether all is there that must be. */
static int
refuse(bool given, evc_error **err)
{
    evc_err_clear(err);
    if (!given)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "nothing can be done with a cluster: an argument that must be given is "
            "NULL");
    return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                   "this build of the library knows no clusters of clouds; install a "
                   "build with them");
}

/* Of a call that gives a report of one. */
static int
refuse_report(const envcrypt_cluster *cluster, envcrypt_cluster_report **out,
              evc_error **err)
{
    if (out)
        *out = NULL;
    return refuse(cluster && out, err);
}

int
envcrypt_cluster_config_new(envcrypt_cluster_config **out, envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(out != NULL, err);
}

void
envcrypt_cluster_config_free(envcrypt_cluster_config *config)
{
    (void)config;
}

int
envcrypt_cluster_config_set(envcrypt_cluster_config *config, const char *name,
                            const char *value, envcrypt_error **err)
{
    (void)value;
    return refuse(config && name, err);
}

int
envcrypt_cluster_config_set_credentials(envcrypt_cluster_config *config,
                                        envcrypt_credentials *credentials,
                                        envcrypt_error **err)
{
    (void)credentials;
    return refuse(config != NULL, err);
}

int
envcrypt_cluster_config_set_kube(envcrypt_cluster_config *config, envcrypt_kube *kube,
                                 envcrypt_error **err)
{
    (void)kube;
    return refuse(config != NULL, err);
}

int
envcrypt_cluster_open(envcrypt_client *client, const char *uri,
                      const envcrypt_cluster_config *config, envcrypt_wait *wait,
                      envcrypt_cluster **out, envcrypt_error **err)
{
    (void)config;
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(client && uri && out, err);
}

int
envcrypt_cluster_recover(envcrypt_client *client, const envcrypt_cluster_config *config,
                         envcrypt_wait *wait, envcrypt_table **out,
                         envcrypt_error **err)
{
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(client && config && out, err);
}

envcrypt_cluster *
envcrypt_cluster_ref(envcrypt_cluster *cluster)
{
    return cluster;
}

void
envcrypt_cluster_unref(envcrypt_cluster *cluster)
{
    (void)cluster;
}

const char *
envcrypt_cluster_uri(const envcrypt_cluster *cluster)
{
    (void)cluster;
    return NULL;
}

const char *
envcrypt_cluster_provider(const envcrypt_cluster *cluster)
{
    (void)cluster;
    return NULL;
}

const char *
envcrypt_cluster_name(const envcrypt_cluster *cluster)
{
    (void)cluster;
    return NULL;
}

int
envcrypt_cluster_change_new(envcrypt_cluster_change **out, envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(out != NULL, err);
}

void
envcrypt_cluster_change_free(envcrypt_cluster_change *change)
{
    (void)change;
}

int
envcrypt_cluster_change_set(envcrypt_cluster_change *change, const char *name,
                            const char *value, envcrypt_error **err)
{
    (void)value;
    return refuse(change && name, err);
}

const char *
envcrypt_cluster_change_get(const envcrypt_cluster_change *change, const char *name)
{
    (void)change;
    (void)name;
    return NULL;
}

int
envcrypt_cluster_change_read(envcrypt_cluster_change *change, const void *text,
                             size_t size, int32_t creation, envcrypt_buffer **uri,
                             envcrypt_buffer **undone, envcrypt_error **err)
{
    (void)size;
    (void)creation;
    if (uri)
        *uri = NULL;
    if (undone)
        *undone = NULL;
    return refuse(change && text && uri, err);
}

int
envcrypt_cluster_list(envcrypt_cluster *place, const char *uses_key,
                      envcrypt_wait *wait, int32_t *partial, envcrypt_table **out,
                      envcrypt_error **err)
{
    (void)uses_key;
    (void)wait;
    if (partial)
        *partial = 0;
    if (out)
        *out = NULL;
    return refuse(place && out, err);
}

int
envcrypt_cluster_keys(envcrypt_cluster *place, const envcrypt_cluster_change *change,
                      envcrypt_wait *wait, envcrypt_table **out, envcrypt_error **err)
{
    (void)change;
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(place && out, err);
}

int
envcrypt_cluster_permissions(envcrypt_cluster *cluster, int32_t verb,
                             const envcrypt_cluster_change *change, envcrypt_wait *wait,
                             envcrypt_table **out, envcrypt_error **err)
{
    (void)verb;
    (void)change;
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(cluster && out, err);
}

int
envcrypt_cluster_policy(envcrypt_cluster *cluster, int32_t verb,
                        const envcrypt_cluster_change *change, envcrypt_buffer **out,
                        envcrypt_error **err)
{
    (void)verb;
    (void)change;
    if (out)
        *out = NULL;
    return refuse(cluster && out, err);
}

int
envcrypt_cluster_status(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)change;
    (void)wait;
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_preflight(envcrypt_cluster *cluster, int32_t verb,
                           const envcrypt_cluster_change *change, envcrypt_wait *wait,
                           envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)verb;
    (void)change;
    (void)wait;
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_plan(envcrypt_cluster *cluster, int32_t verb,
                      const envcrypt_cluster_change *change, envcrypt_wait *wait,
                      envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)verb;
    (void)change;
    (void)wait;
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_latest_report(envcrypt_cluster *cluster, envcrypt_wait *wait,
                               envcrypt_buffer **out, envcrypt_error **err)
{
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(cluster && out, err);
}

int
envcrypt_cluster_enable(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change,
                        envcrypt_cluster_fn progress, void *user,
                        envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)change;
    (void)progress;
    (void)wait;
    if (destroy)
        destroy(user);
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_rotate(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change,
                        envcrypt_cluster_fn progress, void *user,
                        envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)change;
    (void)progress;
    (void)wait;
    if (destroy)
        destroy(user);
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_disable(envcrypt_cluster *cluster,
                         const envcrypt_cluster_change *change,
                         envcrypt_cluster_fn progress, void *user,
                         envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                         envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)change;
    (void)progress;
    (void)wait;
    if (destroy)
        destroy(user);
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_create(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change,
                        envcrypt_cluster_fn progress, void *user,
                        envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)change;
    (void)progress;
    (void)wait;
    if (destroy)
        destroy(user);
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_wait(envcrypt_cluster *cluster, const envcrypt_cluster_change *change,
                      envcrypt_cluster_fn progress, void *user,
                      envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                      envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)change;
    (void)progress;
    (void)wait;
    if (destroy)
        destroy(user);
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_reencrypt(envcrypt_cluster *cluster,
                           const envcrypt_cluster_change *change,
                           envcrypt_cluster_fn progress, void *user,
                           envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                           envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)change;
    (void)progress;
    (void)wait;
    if (destroy)
        destroy(user);
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_verify(envcrypt_cluster *cluster,
                        const envcrypt_cluster_change *change,
                        struct envcrypt_etcd *etcd, envcrypt_cluster_fn progress,
                        void *user, envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                        envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)change;
    (void)etcd;
    (void)progress;
    (void)wait;
    if (destroy)
        destroy(user);
    return refuse_report(cluster, out, err);
}

int
envcrypt_cluster_key_users(envcrypt_cluster *place,
                           const envcrypt_cluster_change *change, envcrypt_wait *wait,
                           envcrypt_table **out, envcrypt_error **err)
{
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(place && change && out, err);
}

int
envcrypt_cluster_key_disable(envcrypt_cluster *place,
                             const envcrypt_cluster_change *change, envcrypt_wait *wait,
                             envcrypt_table **users, envcrypt_table **out,
                             envcrypt_error **err)
{
    (void)wait;
    if (users)
        *users = NULL;
    if (out)
        *out = NULL;
    return refuse(place && change && out, err);
}

int
envcrypt_cluster_key_enable(envcrypt_cluster *place,
                            const envcrypt_cluster_change *change, envcrypt_wait *wait,
                            envcrypt_table **out, envcrypt_error **err)
{
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(place && change && out, err);
}

int
envcrypt_cluster_key_schedule_deletion(envcrypt_cluster *place,
                                       const envcrypt_cluster_change *change,
                                       envcrypt_wait *wait, envcrypt_table **users,
                                       envcrypt_table **out, envcrypt_error **err)
{
    (void)wait;
    if (users)
        *users = NULL;
    if (out)
        *out = NULL;
    return refuse(place && change && out, err);
}

int
envcrypt_cluster_key_cancel_deletion(envcrypt_cluster *place,
                                     const envcrypt_cluster_change *change,
                                     envcrypt_wait *wait, envcrypt_table **out,
                                     envcrypt_error **err)
{
    (void)wait;
    if (out)
        *out = NULL;
    return refuse(place && change && out, err);
}

void
envcrypt_cluster_report_free(envcrypt_cluster_report *report)
{
    (void)report;
}

int32_t
envcrypt_cluster_report_standing(const envcrypt_cluster_report *report)
{
    (void)report;
    return -1;
}

int32_t
envcrypt_cluster_report_phase(const envcrypt_cluster_report *report)
{
    (void)report;
    return 0;
}

int32_t
envcrypt_cluster_report_outcome(const envcrypt_cluster_report *report)
{
    (void)report;
    return 0;
}

const char *
envcrypt_cluster_report_outcome_reason(const envcrypt_cluster_report *report)
{
    (void)report;
    return "";
}

const char *
envcrypt_cluster_report_next(const envcrypt_cluster_report *report)
{
    (void)report;
    return "";
}

const char *
envcrypt_cluster_report_note(const envcrypt_cluster_report *report, size_t index)
{
    (void)report;
    (void)index;
    return NULL;
}

const char *
envcrypt_cluster_report_text(const envcrypt_cluster_report *report, const char *name)
{
    (void)report;
    (void)name;
    return NULL;
}

const envcrypt_table *
envcrypt_cluster_report_table(const envcrypt_cluster_report *report, const char *name)
{
    (void)report;
    (void)name;
    return NULL;
}

const envcrypt_reencrypt_report *
envcrypt_cluster_report_secrets(const envcrypt_cluster_report *report)
{
    (void)report;
    return NULL;
}

int64_t
envcrypt_cluster_report_began_ms(const envcrypt_cluster_report *report)
{
    (void)report;
    return -1;
}

int64_t
envcrypt_cluster_report_ended_ms(const envcrypt_cluster_report *report)
{
    (void)report;
    return -1;
}

int64_t
envcrypt_cluster_report_sent_ms(const envcrypt_cluster_report *report)
{
    (void)report;
    return -1;
}

int64_t
envcrypt_cluster_report_done_ms(const envcrypt_cluster_report *report)
{
    (void)report;
    return -1;
}

int
envcrypt_cluster_report_read(const void *text, size_t size,
                             envcrypt_cluster_report **out, envcrypt_error **err)
{
    (void)size;
    if (out)
        *out = NULL;
    return refuse(text && out, err);
}

int
envcrypt_cluster_report_to_json(const envcrypt_cluster_report *report,
                                envcrypt_buffer **out, envcrypt_error **err)
{
    if (out)
        *out = NULL;
    return refuse(report && out, err);
}
