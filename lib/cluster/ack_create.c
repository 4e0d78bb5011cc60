/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_create.h"

#include <stdio.h>
#include <string.h>

#include "cloud/arguments.h"
#include "cluster/ack_change.h"
#include "cluster/ack_fetch.h"
#include "codec/jwrite.h"

static const evc_operation_kind create_kind = EVC_ACK_CALLS_ONCE("CreateCluster");

/* --- the request --- */

static void
put_list(evc_jwrite *w, const char *name, const char *texts)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(texts));
    evc_view each;

    evc_jwrite_name(w, name);
    evc_jwrite_array(w);
    while (evc_arguments_next(&c, &each))
        evc_jwrite_view(w, each);
    evc_jwrite_end(w);
}

static void
put_options(evc_jwrite *w, const evc_cluster_change *change)
{
    static const struct {
        const char *option;
        const char *member;
    } texts[] = {
        {"kubernetes-version", "kubernetes_version"},
        {"vpc-id", "vpcid"},
        {"pod-cidr", "container_cidr"},
        {"service-cidr", "service_cidr"},
        {"security-groups", "security_group_id"},
    };
    const char *subnets = evc_cluster_change_text(change, "subnets");

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *value = evc_cluster_change_text(change, texts[i].option);

        if (value)
            evc_jwrite_member_text(w, texts[i].member, value);
    }
    if (subnets)
        put_list(w, "vswitch_ids", subnets);
    if (evc_cluster_change_text(change, "public-access"))
        evc_jwrite_member_bool(w, "endpoint_public_access",
                               evc_cluster_change_flag(change, "public-access", false));
}

int
evc_ack_create_write(const evc_cluster *cluster, const evc_cluster_job *job,
                     evc_buf *out, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    evc_jwrite_member_text(&w, "name", cluster->name);
    evc_jwrite_member_text(&w, "cluster_type", "ManagedKubernetes");
    evc_jwrite_member_text(&w, "cluster_spec", "ack.pro.small");
    evc_jwrite_member_text(&w, "region_id", evc_ack_place_site(cluster)->region);
    if (job->key)
        evc_jwrite_member_text(&w, "encryption_provider_key", job->key->short_id);
    put_options(&w, job->change);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

/* --- begin --- */

typedef struct search {
    const char *name;
    char id[65]; /* "" = none has it */
} search;

static int
take_match(void *user, const evc_json *item, evc_error **err)
{
    const char *name = "";
    const char *id = NULL;
    search *s = user;
    int rc = evc_json_text(item, "cluster_id", &id, err);

    if (!rc)
        rc = evc_json_text_opt(item, "name", &name, err);
    if (!rc && strcmp(name, s->name) == 0 && evc_ack_fetch_is_id(id))
        (void)snprintf(s->id, sizeof(s->id), "%s", id);
    return rc;
}

static int
read_answer(const evc_ack_call *call, evc_cluster_update *update, evc_error **err)
{
    const char *id = NULL;
    int rc = evc_json_text(evc_json_root(call->doc), "cluster_id", &id, err);

    rc = evc_ack_call_result(&create_kind, rc, err);
    if (rc)
        return rc;
    update->phase = EVC_UPDATE_RUNNING;
    (void)snprintf(update->id, sizeof(update->id), "%s", id);
    evc_cluster_update_tell(update, "the service accepted the cluster");
    (void)snprintf(update->request_id, sizeof(update->request_id), "%s",
                   call->request_id);
    return 0;
}

static int
send_creation(evc_cluster *cluster, const evc_cluster_job *job,
              evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    evc_buf body;
    evc_ack_call call = {.method = "POST", .path = "/clusters", .body = &body};
    int rc;

    evc_buf_init(&body);
    rc = evc_ack_create_write(cluster, job, &body, err);
    if (!rc) {
        update->phase = EVC_UPDATE_SENT;
        update->sent_ms = evc_clock_wall_ms(evc_cluster_clock(cluster));
        rc = evc_ack_call_run(evc_ack_place_site(cluster)->cs, &create_kind,
                              cluster->name, &call, wait, err);
        if (rc && call.status && call.status < 500)
            update->phase = EVC_UPDATE_NONE;
        if (!rc)
            rc = read_answer(&call, update, err);
        evc_json_free(call.doc);
    }
    evc_buf_reset(&body);
    return rc;
}

int
evc_ack_create_begin(evc_cluster *cluster, const evc_cluster_job *job,
                     evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    const evc_ack_site *site = evc_ack_place_site(cluster);
    search s = {.name = cluster->name};
    int rc = evc_ack_fetch_all(site, cluster->name, take_match, &s, wait, err);

    if (rc)
        return rc;
    if (!s.id[0])
        return send_creation(cluster, job, update, wait, err);
    if (update->phase != EVC_UPDATE_SENT)
        return evc_err(
            err, ENVCRYPT_E_SERVICE_CONFLICT,
            "a cluster \"%s\" of ACK is there in %s already, with the id %s; "
            "switch its encryption on by `enable`, or take another name",
            cluster->name, site->region, s.id);
    update->phase = EVC_UPDATE_RUNNING;
    (void)snprintf(update->id, sizeof(update->id), "%s", s.id);
    evc_cluster_update_tell(update, "the cluster that was asked for before is there");
    return 0;
}

/* --- poll --- */

static void
judge(const evc_ack_detail *detail, const char *key, int64_t now_ms,
      evc_cluster_update *update)
{
    evc_cluster_update_tell(update, "the cluster is %.64s", detail->state);
    if (evc_ack_detail_is_broken(detail)) {
        update->phase = EVC_UPDATE_FAILED;
    } else if (evc_ack_detail_is_running(detail)) {
        update->done_ms = now_ms;
        update->phase = EVC_UPDATE_DONE;
        if (!evc_ack_detail_is(detail, key)) {
            update->phase = EVC_UPDATE_FAILED;
            evc_cluster_update_tell(
                update, "the cluster was created, and does not encrypt under the key");
        }
    }
}

int
evc_ack_create_poll(evc_cluster *cluster, const evc_cluster_job *job,
                    evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    evc_ack_found found;
    int rc =
        evc_ack_fetch_id(evc_ack_place_site(cluster), update->id, wait, &found, err);

    if (rc)
        return rc;
    judge(&found.detail, evc_ack_change_wants(job),
          evc_clock_wall_ms(evc_cluster_clock(cluster)), update);
    if (update->phase == EVC_UPDATE_FAILED)
        evc_ack_change_explain(cluster, update->id, wait, update);
    evc_ack_found_reset(&found);
    return 0;
}
