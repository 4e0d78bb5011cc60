/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/witness.h"

#include <string.h>

#include "cluster/secrets.h"
#include "k8s/list.h"
#include "k8s/patch.h"

#define LIST_MS 45000    /* for Secrets; a server that reads them takes less */
#define CONTROL_MS 15000 /* for something that needs no key */

static const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};
/* Stored as it is, in etcd like Secrets. */
static const evc_kube_resource namespaces = {"", "v1", "namespaces", "Namespace",
                                             false};

/* --- asking ----------------------------------------------------------------------- */

/* A wait that ends sooner, and as it was afterwards. */
typedef struct bound {
    evc_wait *wait;
    int64_t deadline_ms;
} bound;

static bound
begin(const evc_witness *witness, evc_wait *wait, int64_t ms)
{
    const evc_clock *clock = evc_cluster_clock(witness->cluster);
    bound b = {wait, wait->deadline_ms};
    int64_t until = evc_clock_monotonic_ms(clock) + ms;

    if (wait->deadline_ms > until)
        wait->deadline_ms = until;
    return b;
}

static void
end(const bound *b)
{
    b->wait->deadline_ms = b->deadline_ms;
}

static int
list(evc_kube *kube, const evc_kube_resource *resource, uint32_t limit,
     evc_kube_page *page, evc_wait *wait, evc_error **err)
{
    const evc_kube_list wanted = {.resource = resource, .limit = limit};

    return evc_kube_list_page(kube, &wanted, wait, page, err);
}

/* Metadata of one, from etcd. That it is gone by now is an answer. */
static int
read_one(evc_kube *kube, const evc_kube_object *object, evc_wait *wait, evc_error **err)
{
    evc_kube_get get = {.resource = &secrets, .object = *object};
    int rc = evc_kube_get_run(kube, &get, wait, err);

    if (rc != ENVCRYPT_E_KUBE_NOT_FOUND)
        return rc;
    evc_err_drop(err);
    return 0;
}

static int
read_secrets(const evc_witness *witness, evc_wait *wait, evc_error **err)
{
    bound b = begin(witness, wait, LIST_MS);
    evc_kube_page page;
    int rc = list(witness->kube, &secrets, EVC_KUBE_PAGE_MAX, &page, wait, err);

    if (rc == 0 && page.count > 0)
        rc = read_one(witness->kube, &page.items[0], wait, err);
    evc_kube_page_reset(&page);
    end(&b);
    return rc;
}

/* Of the server itself, and not of what stands between or of its trouble. */
static bool
is_answer(int code, const evc_error *why)
{
    int32_t status = evc_error_http_status(why);

    return code == 0 ||
           (status >= 200 && status < 500 && status != 408 && status != 429);
}

/* Something that needs no key. */
static bool
answers(const evc_witness *witness, evc_wait *wait)
{
    bound b = begin(witness, wait, CONTROL_MS);
    evc_error *why = NULL;
    evc_kube_page page;
    int rc = list(witness->kube, &namespaces, 1, &page, wait, &why);
    bool answered = is_answer(rc, why);

    evc_kube_page_reset(&page);
    end(&b);
    evc_error_free(why);
    return answered;
}

/* --- before ----------------------------------------------------------------------- */

static bool
ends_the_call(int code, evc_wait *wait)
{
    return code == ENVCRYPT_E_NOMEM || code == ENVCRYPT_E_FORKED ||
           evc_wait_check(wait, NULL) != 0;
}

#define OVERRIDE                                                                     \
    "give a kubeconfig that leads there, or leave Secrets aside "                    \
    "(encrypt-existing-secrets=no): then what the provider tells of the cluster is " \
    "all "                                                                           \
    "that is seen"

static int
refuse(const evc_witness *witness, int code, evc_wait *wait, evc_error *why,
       evc_error **err)
{
    if (ends_the_call(code, wait) || code == ENVCRYPT_E_CLUSTER_OTHER) {
        evc_err_add_cause(err, why);
        return code;
    }
    code = evc_err(err, ENVCRYPT_E_CLUSTER_ACCESS,
                   "Secrets of the cluster %s cannot be listed before its key is "
                   "disabled, so that nobody would see what that does: %s; " OVERRIDE,
                   witness->cluster->name, evc_error_message(why));
    evc_error_free(why);
    return code;
}

int
evc_witness_open(evc_cluster *cluster, const evc_cluster_change *change,
                 const evc_cluster_state *state, evc_wait *wait, evc_witness *out,
                 evc_error **err)
{
    evc_error *why = NULL;
    int rc;

    *out = (evc_witness){.cluster = cluster};
    if (!evc_cluster_change_flag(change, "encrypt-existing-secrets", true))
        return 0;
    rc = evc_secrets_access(cluster, state, wait, &out->kube, &why);
    if (rc == 0)
        rc = read_secrets(out, wait, &why);
    if (rc == 0 && !answers(out, wait))
        rc = evc_err(&why, ENVCRYPT_E_CLUSTER_ACCESS,
                     "%s did not answer when it was asked for its namespaces",
                     evc_kube_server(out->kube));
    if (rc == 0)
        return 0;
    rc = refuse(out, rc, wait, why, err);
    evc_witness_close(out);
    return rc;
}

/* --- while it is disabled --------------------------------------------------------- */

static bool
is_silence(int code, const evc_error *why)
{
    int32_t of = evc_error_class_of(code);

    if (code == ENVCRYPT_E_KUBE_UNREADABLE)
        return false;
    return of == ENVCRYPT_CLASS_UNAVAILABLE || of == ENVCRYPT_CLASS_TIMEOUT ||
           evc_error_http_status(why) >= 500;
}

/* The token that opened the API server lasts for an hour. */
static void
renew(evc_witness *witness, const evc_cluster_state *state, evc_wait *wait)
{
    bound b = begin(witness, wait, CONTROL_MS);
    evc_kube *kube = NULL;

    if (evc_secrets_access(witness->cluster, state, wait, &kube, NULL) == 0) {
        evc_kube_unref(witness->kube);
        witness->kube = kube;
    }
    end(&b);
}

/* Once; a failure counts when it comes again, and something else is answered between. */
static evc_sight
look_once(const evc_witness *witness, evc_wait *wait, evc_error **why)
{
    int rc = read_secrets(witness, wait, why);

    if (rc == 0)
        return EVC_SIGHT_READABLE;
    if (rc != ENVCRYPT_E_KUBE_UNREADABLE && !is_silence(rc, *why))
        return EVC_SIGHT_UNKNOWN;
    if (!answers(witness, wait))
        return EVC_SIGHT_SILENT;
    evc_err_drop(why);
    rc = read_secrets(witness, wait, why);
    return rc == ENVCRYPT_E_KUBE_UNREADABLE || (rc && is_silence(rc, *why))
               ? EVC_SIGHT_UNREADABLE
           : rc ? EVC_SIGHT_UNKNOWN
                : EVC_SIGHT_READABLE;
}

evc_sight
evc_witness_look(evc_witness *witness, const evc_cluster_state *state, evc_wait *wait,
                 evc_error **why)
{
    evc_error *own = NULL;
    evc_sight sight = EVC_SIGHT_UNKNOWN;

    if (witness->kube)
        sight = look_once(witness, wait, &own);
    if (witness->kube && sight == EVC_SIGHT_UNKNOWN &&
        evc_error_class(own) == ENVCRYPT_CLASS_CREDENTIALS) {
        evc_err_drop(&own);
        renew(witness, state, wait);
        sight = look_once(witness, wait, &own);
    }
    evc_err_add_cause(why, own);
    return sight;
}

bool
evc_witness_is_cut_off(const evc_witness *witness, const evc_cluster_state *state,
                       evc_wait *wait, evc_error **why)
{
    bound b = begin(witness, wait, CONTROL_MS);
    evc_cluster *cluster = witness->cluster;
    evc_error *own = NULL;
    evc_kube *kube = NULL;
    bool cut_off = cluster->driver->access(cluster, state, wait, &kube, &own) != 0 &&
                   evc_error_http_status(own) >= 500;

    evc_kube_unref(kube);
    end(&b);
    evc_err_add_cause(why, own);
    return cut_off;
}

void
evc_witness_close(evc_witness *witness)
{
    evc_kube_unref(witness->kube);
    witness->kube = NULL;
}
