/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_change.h"

#include <string.h>

#include "base/clock.h"
#include "base/utf8.h"
#include "cloud/ibm_errors.h"
#include "cluster/iks_errors.h"
#include "cluster/iks_read.h"
#include "codec/jwrite.h"

/* --- texts of an update --- */

static void
put_text(char *out, size_t room, const char *text, const char *more)
{
    evc_buf b;

    evc_buf_init_fixed(&b, out, room - 1);
    evc_buf_put_text(&b, text);
    evc_buf_put_text(&b, more);
    out[b.size] = '\0';
    evc_utf8_clean(out); /* it may be of the service */
}

static void
tell(evc_cluster_update *update, const char *text, const char *more)
{
    put_text(update->detail, sizeof(update->detail), text, more);
}

/* --- plan --- */

static const char trouble[] =
    "the master may be unavailable meanwhile; the root key must never be deleted from "
    "then on, as the cluster and its data are lost with it";

int
evc_iks_plan(const evc_cluster *cluster, const evc_cluster_job *job, evc_table *steps,
             evc_error **err)
{
    char request[640];
    evc_buf b;

    (void)cluster;
    evc_buf_init_fixed(&b, request, sizeof(request) - 1);
    if (job->verb == EVC_VERB_ROTATE) {
        evc_buf_put_format(&b, "POST /api/v2/keys/%s/actions/rotate",
                           job->key ? job->key->short_id : "");
        request[b.size] = '\0';
        return evc_steps_add(steps, "rotate", request,
                             "Key Protect makes a new version of the root key, and the "
                             "cluster takes it by itself and stores its Secrets anew",
                             trouble, err);
    }
    if (job->verb != EVC_VERB_ENABLE && job->verb != EVC_VERB_CHANGE_KEY)
        return 0;
    evc_buf_put_format(&b, "POST /v2/enableKMS crk_id=%s private_endpoint=%s",
                       job->key ? job->key->short_id : "",
                       evc_cluster_change_flag(job->change, "public-endpoint", false)
                           ? "false"
                           : "true");
    request[b.size] = '\0';
    return evc_steps_add(
        steps, job->verb == EVC_VERB_ENABLE ? "enable" : "change key", request,
        job->verb == EVC_VERB_ENABLE
            ? "Secrets are encrypted under the root key, and stored anew by the "
              "service; "
              "this cannot be switched off again"
            : "Secrets are encrypted under the new root key, and stored anew by the "
              "service; the key before cannot be used for this cluster again",
        trouble, err);
}

/* --- looking --- */

typedef struct sight {
    evc_json_doc *doc;
    evc_iks_status status;
    evc_cluster_state state;
    evc_cluster_key key; /* as it is now; empty when it could not be read */
    evc_iks_use use;
    bool has_use;
} sight;

/* What cannot be read of the key leaves has_use unset. */
static int
look_at_key(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
            sight *out, evc_error **err)
{
    evc_service *keys = NULL;
    evc_error *failed = NULL;
    int rc = evc_iks_open_key(cluster, job->key, wait, &keys, &failed);

    if (!rc)
        rc = evc_iks_describe(keys, job->key->short_id, wait, &out->key, NULL, &failed);
    if (!rc)
        rc = evc_iks_look_for(keys, out->key.short_id, out->key.version, out->status.id,
                              wait, &out->use, &failed);
    evc_service_unref(keys);
    out->has_use = rc == 0;
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    evc_error_free(failed);
    return 0;
}

static void
sight_init(sight *s)
{
    *s = (sight){.doc = NULL};
    evc_cluster_state_init(&s->state);
    evc_cluster_key_init(&s->key);
}

static void
sight_reset(sight *s)
{
    evc_json_free(s->doc);
    evc_cluster_state_reset(&s->state);
    evc_cluster_key_reset(&s->key);
}

static int
look(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait, sight *out,
     evc_error **err)
{
    int rc = evc_iks_fetch(
        cluster,
        job->state ? evc_cluster_state_text(job->state, EVC_CLUSTER_ID) : cluster->name,
        wait, &out->doc, &out->status, err);

    if (!rc)
        rc = evc_iks_status_tell(&out->status, &out->state, err);
    return rc || !job->key ? rc : look_at_key(cluster, job, wait, out, err);
}

/* --- what a look means --- */

/* When the master's status changed last, which has no documented form; -1 = in another one
 * than "2026-01-31T12:00:00" with what follows. */
static int64_t
changed_ms(const evc_iks_status *status)
{
    char text[EVC_TIME_TEXT];
    int64_t ms = -1;
    evc_buf b;

    if (strlen(status->changed) < 19)
        return -1;
    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put(&b, status->changed, 19);
    evc_buf_put_text(&b, "Z");
    return b.failed || evc_clock_parse(evc_buf_view(&b), &ms, NULL) ? -1 : ms;
}

static void
judge_ready(evc_cluster_verb verb, const evc_iks_look *look, evc_cluster_update *update)
{
    const evc_iks_use *use = look->use;
    bool changed = update->mark[0] && strcmp(update->mark, look->mark) != 0;
    bool stale = !changed && update->sent_ms >= 0 &&
                 look->now_ms - update->sent_ms < EVC_IKS_STALE_MS;
    int64_t ready_ms = changed_ms(look->status);
    bool late = verb == EVC_VERB_ENABLE && changed && ready_ms >= 0 &&
                look->now_ms - ready_ms >= EVC_IKS_REGISTERS_MS;

    bool seen = use ? (use->found && (use->newest || verb != EVC_VERB_ROTATE)) || late
                    : changed;

    if (!look->status->enabled)
        tell(update, "the master is ready, and does not use the key service yet", "");
    else if (stale)
        tell(update, "the service accepted the change and did not begin it yet", "");
    else if (seen)
        update->phase = EVC_UPDATE_DONE;
    else
        tell(update, "the master is ready",
             use ? ", and the key service does not name the cluster yet"
                 : " as before, and the registrations of the key could not be read");
    if (update->phase != EVC_UPDATE_DONE)
        return;
    update->done_ms = look->now_ms;
    tell(update, "ready",
         !use          ? "; the registrations of the key could not be read"
         : !use->found ? "; the key service does not name the cluster"
                       : "");
}

void
evc_iks_judge(evc_cluster_verb verb, const evc_iks_look *look,
              evc_cluster_update *update)
{
    const char *failure = evc_iks_status_failure(look->status);

    if (failure) {
        update->phase = EVC_UPDATE_FAILED;
        tell(update, "the master is ", failure);
        return;
    }
    update->phase = EVC_UPDATE_RUNNING;
    if (evc_iks_status_is_ready(look->status))
        judge_ready(verb, look, update);
    else
        tell(update,
             look->status->master_status[0] ? look->status->master_status
                                            : look->status->master_state,
             "");
}

static void
judge(evc_cluster *cluster, evc_cluster_verb verb, const sight *s,
      evc_cluster_update *update)
{
    const evc_iks_look look = {
        .status = &s->status,
        .mark = evc_cluster_state_text(&s->state, EVC_CLUSTER_MARK),
        .use = s->has_use ? &s->use : NULL,
        .now_ms = evc_clock_wall_ms(evc_cluster_clock(cluster)),
    };

    evc_iks_judge(verb, &look, update);
}

/* --- sending --- */

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
            put_text(p->request_id, sizeof(p->request_id), id, "");
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

static int
write_body(const evc_cluster_job *job, const char *cluster, evc_buf *out,
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
        put_text(update->request_id, sizeof(update->request_id), p->request_id, "");
        tell(update, "the service accepted the change", "");
    } else if (is_lost(rc)) {
        tell(update, "the reply to the change was lost; a look tells what came of it",
             "");
        evc_error_free(failed);
        return 0;
    } else if (!evc_error_ends_call(rc)) {
        update->phase = EVC_UPDATE_NONE; /* it was refused */
    }
    evc_err_add_cause(err, failed);
    return rc;
}

static int
post_enable(evc_cluster *cluster, const evc_cluster_job *job, const sight *s,
            evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    posting p = {.ask = evc_iks_ask(cluster, &enable_kind, "enableKMS")};
    int rc;

    p.ask.method = "POST";
    p.ask.type = "application/json";
    p.ask.subject = s->status.id;
    rc = write_body(job, s->status.id, &p.ask.body, err);
    if (!rc)
        rc = post(cluster, &p, update, wait, err);
    evc_ibm_ask_reset(&p.ask);
    return rc;
}

static int
post_rotate(evc_cluster *cluster, const evc_cluster_job *job,
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

/* --- begin --- */

/* Of a rotation that may have been sent: whether the key has a version from then on. */
static bool
was_rotated(const sight *s, const evc_cluster_update *update)
{
    return s->key.version_ms >= 0 && update->sent_ms >= 0 &&
           s->key.version_ms + 60000 >= update->sent_ms;
}

/* Of what may have been sent. false: it was not, and may be sent. */
static bool
find_again(evc_cluster *cluster, const evc_cluster_job *job, const sight *s,
           evc_cluster_update *update)
{
    const char *mark = evc_cluster_state_text(&s->state, EVC_CLUSTER_MARK);
    int64_t now = evc_clock_wall_ms(evc_cluster_clock(cluster));
    bool moved = s->state.phase != EVC_CLUSTER_STEADY ||
                 (update->mark[0] && strcmp(mark, update->mark) != 0);
    /* A key that cannot be read does not tell, and nobody takes a second rotation back. */
    bool blind = job->verb == EVC_VERB_ROTATE && s->key.version_ms < 0;
    bool came = job->verb == EVC_VERB_ROTATE ? was_rotated(s, update)
                                             : moved || (s->has_use && s->use.found);

    if (update->sent_ms < 0)
        update->sent_ms = now; /* nobody knows when: the wait begins now */
    if (came) {
        judge(cluster, job->verb, s, update);
        return true;
    }
    if (blind) {
        tell(update,
             "the rotation may have been sent, and the key cannot be read to see", "");
        return true;
    }
    if (now - update->sent_ms < EVC_IKS_STALE_MS) {
        tell(update, "the change may have been sent; looking whether it begins", "");
        return true;
    }
    return false;
}

/* What is there before anything was sent. true: nothing is to be sent now. */
static bool
is_settled(const evc_cluster_job *job, const sight *s, evc_cluster_update *update)
{
    if (s->state.phase == EVC_CLUSTER_CHANGING) {
        tell(update,
             "another change of the master is under way: ", s->status.master_status);
        return true;
    }
    if (job->verb == EVC_VERB_ROTATE || !s->status.enabled || !s->has_use ||
        !s->use.found || s->state.phase != EVC_CLUSTER_STEADY)
        return false;
    update->phase = EVC_UPDATE_DONE;
    update->needless = true;
    tell(update, "the cluster uses this root key already", "");
    return true;
}

/* A conflict while the master moves is another change, which passes. */
static int
after_conflict(evc_cluster *cluster, const evc_cluster_job *job,
               evc_cluster_update *update, evc_wait *wait, int code, evc_error **err)
{
    evc_error *failed = NULL;
    sight now;

    sight_init(&now);
    if (!look(cluster, job, wait, &now, &failed) &&
        now.state.phase == EVC_CLUSTER_CHANGING) {
        evc_err_drop(err);
        tell(update,
             "another change of the master is under way: ", now.status.master_status);
        code = 0;
    }
    evc_error_free(failed);
    sight_reset(&now);
    return code;
}

int
evc_iks_begin(evc_cluster *cluster, const evc_cluster_job *job,
              evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    bool settled;
    sight s;
    int rc;

    if (!job->key)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a change of an IBM cluster needs a root key");
    sight_init(&s);
    rc = look(cluster, job, wait, &s, err);
    settled =
        !rc && (update->phase == EVC_UPDATE_SENT ? find_again(cluster, job, &s, update)
                                                 : is_settled(job, &s, update));
    if (!rc && !settled) {
        put_text(update->mark, sizeof(update->mark),
                 evc_cluster_state_text(&s.state, EVC_CLUSTER_MARK), "");
        rc = job->verb == EVC_VERB_ROTATE
                 ? post_rotate(cluster, job, update, wait, err)
                 : post_enable(cluster, job, &s, update, wait, err);
        if (rc == ENVCRYPT_E_SERVICE_CONFLICT)
            rc = after_conflict(cluster, job, update, wait, rc, err);
    }
    sight_reset(&s);
    return rc;
}

/* --- poll --- */

/* The master is restarted, and the service that tells of it has trouble meanwhile. */
static bool
passes(int code)
{
    return code == ENVCRYPT_E_SERVICE_DOWN || code == ENVCRYPT_E_THROTTLED ||
           code == ENVCRYPT_E_NET_BROKEN || code == ENVCRYPT_E_NET_CONNECT ||
           code == ENVCRYPT_E_NET_DNS || code == ENVCRYPT_E_CALL_BUDGET;
}

int
evc_iks_poll(evc_cluster *cluster, const evc_cluster_job *job,
             evc_cluster_update *update, evc_wait *wait, evc_error **err)
{
    sight s;
    int rc;

    sight_init(&s);
    rc = look(cluster, job, wait, &s, err);
    if (rc && passes(rc)) {
        tell(update, "the service does not answer, as it may while the master restarts",
             "");
        evc_err_drop(err);
        rc = 0;
    } else if (!rc) {
        judge(cluster, job->verb, &s, update);
    }
    sight_reset(&s);
    return rc;
}
