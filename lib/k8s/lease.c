/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lease.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "codec/jwrite.h"
#include "crypto/random.h"
#include "k8s/call.h"
#include "k8s/lease_read.h"
#include "k8s/names.h"

#define API "coordination.k8s.io/v1"
#define OWN_BYTES 8u   /* random ones of a holder's identity */
#define TRIES 4u       /* somebody else may be quicker each time */
#define DROP_MS 2000   /* giving back is no reason to wait */
#define MICRO_TIME 28u /* 2026-01-31T12:00:00.000000Z and a NUL */
#define HOLDER_FITS (EVC_KUBE_HOLDER_MAX + 1 + 2 * OWN_BYTES + 1)

static const evc_kube_resource leases = {"coordination.k8s.io", "v1", "leases", "Lease",
                                         true};

struct evc_kube_lease {
    evc_kube *kube; /* a reference is held */
    char ns[EVC_KUBE_NAMESPACE_MAX + 1];
    char name[EVC_KUBE_NAME_MAX + 1];
    char holder[HOLDER_FITS];       /* our identity: no other run has it */
    char dead[EVC_LEASE_SHOWN + 1]; /* what the identity of a dead holder begins with */
    evc_lease_state now;
    bool dated;      /* the server told its time in its last reply */
    int64_t date_ms; /* what its clock showed */
    int64_t at_ms;   /* when that was, monotonic */
    int64_t due_ms;
};

static const evc_env *
env_of(const evc_kube_lease *lease)
{
    return evc_net_env(evc_kube_peer(lease->kube)->net);
}

static int64_t
monotonic_ms(const evc_kube_lease *lease)
{
    return evc_clock_monotonic_ms(&env_of(lease)->clock);
}

/* The server's clock, which is also that of others that look at the lease. */
static int64_t
server_ms(const evc_kube_lease *lease)
{
    if (!lease->dated)
        return evc_clock_wall_ms(&env_of(lease)->clock);
    return lease->date_ms + (monotonic_ms(lease) - lease->at_ms);
}

/* --- asking ----------------------------------------------------------------------- */

/* Body is NULL for a reading. */
static int
ask(evc_kube_lease *lease, const char *method, const char *content, evc_buf *body,
    evc_wait *wait, evc_error **err)
{
    evc_lease_read reply = {
        .ns = lease->ns, .name = lease->name, .holder = lease->holder};
    evc_kube_call call = {.name = "lease",
                          .subject = lease->name,
                          .method = method,
                          .query = content ? EVC_KUBE_MANAGER : NULL,
                          .content = content,
                          .restart = evc_lease_read_restart};
    bool makes = strcmp(method, "POST") == 0;
    int rc;

    evc_lease_read_attach(&reply, &call.fields);
    evc_kube_resource_path(&leases, lease->ns, makes ? NULL : lease->name, &call.path);
    if (body) {
        call.body = *body;
        evc_buf_init(body);
    }
    rc = evc_kube_call_run(lease->kube, &call, wait, err);
    lease->dated = call.date_ms >= 0;
    if (lease->dated) {
        lease->date_ms = call.date_ms;
        lease->at_ms = call.at_ms;
    }
    evc_kube_call_reset(&call);
    if (!rc)
        rc = evc_lease_read_check(&reply, err);
    if (!rc)
        lease->now = reply.state;
    return rc;
}

/* --- writing ---------------------------------------------------------------------- */

/* Of the type MicroTime: exactly six digits of a fraction. */
static void
write_time(evc_jwrite *w, const char *name, int64_t wall_ms)
{
    char seconds[EVC_TIME_TEXT];
    char text[MICRO_TIME];
    evc_buf b;

    evc_clock_format(wall_ms, seconds);
    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_format(&b, "%.19s.%03u000Z", seconds, (unsigned int)(wall_ms % 1000));
    evc_jwrite_name(w, name);
    evc_jwrite_view(w, evc_buf_view(&b));
}

static void
write_spec(evc_jwrite *w, const evc_kube_lease *lease, bool anew)
{
    int64_t now_ms = server_ms(lease);

    evc_jwrite_name(w, "spec");
    evc_jwrite_object(w);
    evc_jwrite_name(w, "holderIdentity");
    evc_jwrite_text(w, lease->holder);
    evc_jwrite_name(w, "leaseDurationSeconds");
    evc_jwrite_integer(w, EVC_KUBE_LEASE_SECONDS);
    write_time(w, "renewTime", now_ms);
    if (anew) {
        write_time(w, "acquireTime", now_ms);
        evc_jwrite_name(w, "leaseTransitions");
        evc_jwrite_integer(w, (lease->now.transitions + 1) % INT32_MAX);
    }
    evc_jwrite_end(w);
}

static int
make(evc_kube_lease *lease, evc_wait *wait, evc_error **err)
{
    evc_buf body;
    evc_jwrite w;
    int rc;

    evc_buf_init(&body);
    lease->now = (evc_lease_state){.renewed_ms = -1};
    evc_jwrite_begin(&w, &body, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "apiVersion");
    evc_jwrite_text(&w, API);
    evc_jwrite_name(&w, "kind");
    evc_jwrite_text(&w, "Lease");
    evc_jwrite_name(&w, "metadata");
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "name");
    evc_jwrite_text(&w, lease->name);
    evc_jwrite_name(&w, "namespace");
    evc_jwrite_text(&w, lease->ns);
    evc_jwrite_end(&w);
    write_spec(&w, lease, true);
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    if (!rc)
        rc = ask(lease, "POST", EVC_KUBE_JSON, &body, wait, err);
    evc_buf_reset(&body);
    return rc;
}

/* A patch that holds only while the lease is as we read it. */
static void
begin_patch(evc_jwrite *w, const evc_kube_lease *lease, evc_buf *body)
{
    evc_jwrite_begin(w, body, false);
    evc_jwrite_object(w);
    evc_jwrite_name(w, "metadata");
    evc_jwrite_object(w);
    evc_jwrite_name(w, "uid");
    evc_jwrite_text(w, lease->now.uid);
    evc_jwrite_name(w, "resourceVersion");
    evc_jwrite_text(w, lease->now.version);
    evc_jwrite_end(w);
}

static int
end_patch(evc_jwrite *w, evc_kube_lease *lease, evc_buf *body, evc_wait *wait,
          evc_error **err)
{
    int rc;

    evc_jwrite_end(w);
    rc = evc_jwrite_finish(w, err);
    if (!rc)
        rc = ask(lease, "PATCH", EVC_KUBE_MERGE_PATCH, body, wait, err);
    evc_buf_reset(body);
    return rc;
}

static bool
is_ours(const evc_kube_lease *lease)
{
    return evc_lease_read_is_ours(&lease->now, lease->holder);
}

/* Takes it over, or renews it. */
static int
claim(evc_kube_lease *lease, evc_wait *wait, evc_error **err)
{
    evc_buf body;
    evc_jwrite w;

    evc_buf_init(&body);
    begin_patch(&w, lease, &body);
    write_spec(&w, lease, !is_ours(lease));
    return end_patch(&w, lease, &body, wait, err);
}

/* --- who holds it ----------------------------------------------------------------- */

static int64_t
until_ms(const evc_kube_lease *lease)
{
    return lease->now.renewed_ms + lease->now.seconds * 1000;
}

/* Without the server's time nothing is over: our own clock may be wrong. */
static bool
is_over(const evc_kube_lease *lease)
{
    return lease->now.renewed_ms < 0 ||
           (lease->dated && until_ms(lease) < server_ms(lease));
}

/* Of a process that is no more. */
static bool
is_inherited(const evc_kube_lease *lease)
{
    size_t size = strlen(lease->dead);

    return size > 0 && strncmp(lease->now.shown, lease->dead, size) == 0;
}

static int
held(const evc_kube_lease *lease, evc_error **err)
{
    evc_view holder = evc_view_text(lease->now.shown);
    char shown[EVC_SHOWN];
    char until[EVC_TIME_TEXT];
    int rc;

    evc_encode_shown(holder, shown);
    evc_clock_format(until_ms(lease), until);
    rc = evc_err(err, ENVCRYPT_E_LEASE_HELD,
                 "the lease %s of namespace %s is held by \"%s\" until %s: another "
                 "re-encryption of this cluster is under way; wait for its end",
                 lease->name, lease->ns, shown, until);
    if (err && lease->now.renewed_ms >= 0 && lease->dated)
        evc_err_set_retry(*err, 1, until_ms(lease) - server_ms(lease));
    return rc;
}

static bool
is_changed(int rc)
{
    return rc == ENVCRYPT_E_KUBE_CONFLICT || rc == ENVCRYPT_E_KUBE_NOT_FOUND;
}

/* One look at the lease, and what follows from it; *again: it changed meanwhile. */
static int
try_once(evc_kube_lease *lease, bool strict, evc_wait *wait, bool *again,
         evc_error **err)
{
    int rc = ask(lease, "GET", NULL, NULL, wait, err);

    *again = false;
    if (rc == ENVCRYPT_E_KUBE_NOT_FOUND) {
        evc_err_drop(err);
        rc = make(lease, wait, err);
        *again = rc == ENVCRYPT_E_KUBE_CONFLICT;
        return rc;
    }
    if (rc)
        return rc;
    if (lease->now.holder_size && !is_ours(lease) && !is_inherited(lease) &&
        (strict || !is_over(lease)))
        return held(lease, err);
    rc = claim(lease, wait, err);
    *again = is_changed(rc);
    return rc;
}

/* strict: what another took is lost, also when its time is over again. */
static int
secure(evc_kube_lease *lease, bool strict, evc_wait *wait, evc_error **err)
{
    bool again = true;
    int rc = 0;

    for (unsigned int i = 0; again && i < TRIES; i++) {
        evc_err_drop(err);
        rc = try_once(lease, strict, wait, &again, err);
    }
    if (!again && !rc && !is_ours(lease)) /* a webhook may change what is written */
        rc = held(lease, err);
    if (again)
        rc = evc_err(err, ENVCRYPT_E_LEASE_HELD,
                     "the lease %s of namespace %s changed each time that it was to be "
                     "taken: others want it too; try again later",
                     lease->name, lease->ns);
    return rc;
}

/* --- public ----------------------------------------------------------------------- */

static void
free_lease(evc_kube_lease *lease)
{
    evc_kube_unref(lease->kube);
    evc_mem_free(lease);
}

static int
check_names(const char *ns, const char *name, const char *holder, evc_error **err)
{
    if (!evc_kube_is_label(evc_view_text(ns)) ||
        !evc_kube_is_subdomain(evc_view_text(name)))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" and \"%s\" cannot be namespace and name of a lease", ns,
                       name);
    if (!holder[0] || strlen(holder) > EVC_KUBE_HOLDER_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "who holds a lease has a name of 1 to %u bytes",
                       EVC_KUBE_HOLDER_MAX);
    return 0;
}

/* As others do: a name that people know, and behind it what no second run has. */
static void
set_holder(evc_kube_lease *lease, const char *holder)
{
    uint8_t own[OWN_BYTES];
    evc_buf b;

    evc_random_public(own, sizeof(own));
    evc_buf_init_fixed(&b, lease->holder, sizeof(lease->holder));
    evc_buf_put_text(&b, holder);
    evc_buf_put_u8(&b, '_');
    evc_encode_hex(&b, evc_view_of(own, sizeof(own)));
    evc_buf_put_u8(&b, 0);
}

static void
set_due(evc_kube_lease *lease, int64_t began_ms)
{
    lease->due_ms = began_ms + (int64_t)EVC_KUBE_LEASE_SECONDS * 1000 / 3;
}

int
evc_kube_lease_take(evc_kube *kube, const char *ns, const char *name,
                    const char *holder, evc_wait *wait, evc_kube_lease **out,
                    evc_error **err)
{
    return evc_kube_lease_inherit(kube, ns, name, holder, NULL, wait, out, err);
}

int
evc_kube_lease_inherit(evc_kube *kube, const char *ns, const char *name,
                       const char *holder, const char *dead, evc_wait *wait,
                       evc_kube_lease **out, evc_error **err)
{
    evc_kube_lease *lease;
    int64_t began_ms;
    int rc;

    *out = NULL;
    rc = check_names(ns, name, holder, err);
    if (rc)
        return rc;
    lease = evc_mem_new(sizeof(*lease));
    if (!lease)
        return evc_err_nomem(err);
    lease->kube = evc_kube_ref(kube);
    evc_view_to_text(evc_view_text(ns), lease->ns);
    evc_view_to_text(evc_view_text(name), lease->name);
    set_holder(lease, holder);
    if (dead && strlen(dead) <= EVC_LEASE_SHOWN)
        evc_view_to_text(evc_view_text(dead), lease->dead);
    began_ms = monotonic_ms(lease);
    rc = secure(lease, false, wait, err);
    if (rc) {
        free_lease(lease);
        return rc;
    }
    set_due(lease, began_ms);
    *out = lease;
    return 0;
}

int64_t
evc_kube_lease_due_ms(const evc_kube_lease *lease)
{
    return lease->due_ms;
}

int
evc_kube_lease_renew(evc_kube_lease *lease, evc_wait *wait, evc_error **err)
{
    int64_t began_ms = monotonic_ms(lease);
    int rc = claim(lease, wait, err);

    if (is_changed(rc))
        rc = secure(lease, true, wait, err);
    else if (!rc && !is_ours(lease))
        rc = held(lease, err);
    if (!rc)
        set_due(lease, began_ms);
    return rc;
}

/* The lease stays, without a holder: to delete it would need one more right. */
static void
give_back(evc_kube_lease *lease)
{
    evc_wait wait;
    evc_buf body;
    evc_jwrite w;

    evc_buf_init(&body);
    evc_wait_init(&wait, &env_of(lease)->clock, DROP_MS);
    begin_patch(&w, lease, &body);
    evc_jwrite_name(&w, "spec");
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "holderIdentity");
    evc_jwrite_null(&w);
    evc_jwrite_name(&w, "leaseDurationSeconds");
    evc_jwrite_integer(&w, 1);
    evc_jwrite_end(&w);
    /* A failure harms nobody: the lease ends by itself when its time is over. */
    (void)end_patch(&w, lease, &body, &wait, NULL);
    evc_wait_release(&wait);
}

void
evc_kube_lease_drop(evc_kube_lease *lease)
{
    if (!lease)
        return;
    if (is_ours(lease))
        give_back(lease);
    free_lease(lease);
}
