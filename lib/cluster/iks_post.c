/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_post.h"

#include <stdio.h>
#include <string.h>

#include "cluster/iks_errors.h"
#include "cluster/iks_read.h"
#include "codec/jwrite.h"

typedef struct posting {
    evc_ibm_ask ask; /* first: it is the operation's user */
    char request_id[EVC_UPDATE_TEXT];
} posting;

/* A 2xx says {} or nothing. What else says so stands in between, and may not have passed
 * it on. */
static int
read_accepted(evc_operation *op, evc_exchange *x, evc_error **err)
{
    static const char *const names[] = {"x-request-id", "x-correlation-id",
                                        "correlation-id"};
    posting *p = op->user;
    int rc = evc_ibm_ask_read(op, x, err);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        const char *id = evc_headers_find(&x->reply_headers, names[i]);

        if (id && !p->request_id[0])
            (void)snprintf(p->request_id, sizeof(p->request_id), "%s", id);
    }
    return rc;
}

/* What the statuses of other calls do not say. */
static int
settle_refusal(evc_operation *op, const evc_exchange *x, evc_error **err)
{
    evc_fault *fault = &op->fault;

    (void)err;
    if (x->status >= 400 && x->status < 500 && x->status != 401 &&
        evc_iks_says_former(evc_buf_view(&x->reply))) {
        fault->code = ENVCRYPT_E_KEY_FORMER;
        fault->advice = "choose or create another root key (R17)";
    } else if (x->status == 404 && strcmp(fault->provider_code, "G0004") != 0 &&
               strcmp(fault->provider_code, "A0006") != 0) {
        fault->code = ENVCRYPT_E_KEY_NOT_FOUND;
        fault->advice = "check instance, root key and the account that owns them (R19)";
    }
    return 0;
}

static const evc_operation_kind enable_kind = {.name = "enable KMS",
                                               .build = evc_ibm_ask_build,
                                               .read = read_accepted,
                                               .settle = settle_refusal,
                                               .once = true};
static const evc_operation_kind rotate_kind = {
    .name = "rotate", .build = evc_ibm_ask_build, .read = read_accepted, .once = true};

int
evc_iks_post_write(const evc_cluster_job *job, const char *cluster, evc_buf *out,
                   evc_error **err)
{
    const char *account = evc_cluster_change_text(job->change, "kms-account-id");
    evc_jwrite w;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    if (account)
        evc_jwrite_member_text(&w, "account_id", account);
    evc_jwrite_member_text(&w, "cluster", cluster);
    evc_jwrite_member_text(&w, "crk_id", job->key->short_id);
    evc_jwrite_member_text(&w, "instance_id", job->key->service);
    evc_jwrite_member_bool(
        &w, "private_endpoint",
        !evc_cluster_change_flag(job->change, "public-endpoint", false));
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

/* A reply that did not come, or said that the service has trouble: it may have done it. */
static bool
is_lost(int code)
{
    return code == ENVCRYPT_E_NET_BROKEN || code == ENVCRYPT_E_SERVICE_DOWN ||
           code == ENVCRYPT_E_PROTOCOL;
}

static int
post(evc_cluster *cluster, posting *p, evc_cluster_update *update, evc_wait *wait,
     evc_error **err)
{
    evc_error *failed = NULL;
    int rc;

    update->phase = EVC_UPDATE_SENT;
    update->sent_ms = evc_clock_wall_ms(evc_cluster_clock(cluster));
    rc = evc_ibm_ask_run(&p->ask, wait, &failed);
    if (!rc) {
        update->phase = EVC_UPDATE_RUNNING;
        (void)snprintf(update->request_id, sizeof(update->request_id), "%s",
                       p->request_id);
        evc_cluster_update_tell(update, "the service accepted the change");
    } else if (is_lost(rc)) {
        evc_cluster_update_tell(
            update, "the reply to the change was lost; a look tells what came of it");
        evc_error_free(failed);
        return 0;
    } else if (!evc_error_ends_call(rc)) {
        update->phase = EVC_UPDATE_NONE; /* it was refused */
    }
    evc_err_add_cause(err, failed);
    return rc;
}

int
evc_iks_post_enable(evc_cluster *cluster, const evc_cluster_job *job, const char *id,
                    evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    posting p = {.ask = evc_iks_ask(cluster, &enable_kind, "enableKMS")};
    int rc;

    p.ask.method = "POST";
    p.ask.type = "application/json";
    p.ask.subject = id;
    rc = evc_iks_post_write(job, id, &p.ask.body, err);
    if (!rc)
        rc = post(cluster, &p, update, wait, err);
    evc_ibm_ask_reset(&p.ask);
    return rc;
}

int
evc_iks_post_rotate(evc_cluster *cluster, const evc_cluster_job *job,
                    evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    evc_service *keys = NULL;
    posting p = {.request_id = ""};
    int rc = evc_iks_open_key(cluster, job->key, wait, &keys, err);

    if (!rc)
        rc = evc_ibm_account_ask(keys, &rotate_kind, "POST", &p.ask, err);
    if (!rc) {
        p.ask.path[0] = "keys";
        p.ask.path[1] = job->key->short_id;
        p.ask.path[2] = "actions";
        p.ask.path[3] = "rotate";
        p.ask.subject = job->key->short_id;
        p.ask.type = "application/vnd.ibm.kms.key_action_rotate+json";
        p.ask.prefer = "return=minimal";
        rc = post(cluster, &p, update, wait, err);
        evc_ibm_ask_reset(&p.ask);
    }
    evc_service_unref(keys);
    return rc;
}
