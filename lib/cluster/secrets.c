/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/secrets.h"

#include <inttypes.h>
#include <string.h>

#include "cluster/kube_match.h"
#include "k8s/list.h"
#include "k8s/review.h"

#define OVERRIDE \
    "or leave the existing Secrets as they are (encrypt-existing-secrets=no)"

/* --- whose API server it is (R31) ------------------------------------------------- */

/* What the provider tells of the cluster's authority: it is in the cluster's own facts, or in
 * the kubeconfig that it gives. Where it gives none, it is not known. */
static int
find_authority(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
               evc_buf *out, evc_error **err)
{
    const char *told = evc_cluster_state_text(state, EVC_CLUSTER_CA);
    evc_error *why = NULL;
    evc_kube *own = NULL;
    int rc = 0;

    if (told[0]) {
        evc_buf_put_text(out, told);
    } else {
        rc = cluster->driver->access(cluster, state, wait, &own, &why);
        if (evc_error_ends_call(rc)) {
            evc_err_add_cause(err, why);
            return rc;
        }
        evc_error_free(why);
        rc = own ? evc_kube_match_authority(own, out, err) : 0;
        evc_kube_unref(own);
    }
    evc_buf_put_u8(out, 0);
    return rc ? rc : evc_buf_check(out, err);
}

static int
refuse_other(const evc_cluster *cluster, const char *server, evc_kube_match match,
             evc_error **err)
{
    static const char advice[] = "choose the context of this cluster, or leave "
                                 "kubeconfig and context out";

    if (match == EVC_KUBE_MATCH_OTHER_AUTHORITY) {
        return evc_err(err, ENVCRYPT_E_CLUSTER_OTHER,
                       "%s talks to %s and verifies it by a certificate authority that "
                       "is not one of the cluster %s%s%s: it is another cluster, or a "
                       "proxy that ends TLS, behind which nobody sees which one it is; "
                       "%s",
                       evc_kube_origin(cluster->kube), evc_kube_server(cluster->kube),
                       cluster->name, server[0] ? " at " : "", server, advice);
    }
    return evc_err(err, ENVCRYPT_E_CLUSTER_OTHER,
                   "%s talks to %s, and the API server of the cluster %s is %s; %s",
                   evc_kube_origin(cluster->kube), evc_kube_server(cluster->kube),
                   cluster->name, server, advice);
}

/* R31 of the API server that the caller gave. */
static int
check_own(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
          evc_kube_match *match, evc_error **err)
{
    const char *server = evc_cluster_state_text(state, EVC_CLUSTER_SERVER);
    evc_buf ca;
    int rc;

    evc_buf_init(&ca);
    rc = find_authority(cluster, state, wait, &ca, err);
    if (rc == 0)
        rc =
            evc_kube_match_of(cluster->kube, server, (const char *)ca.data, match, err);
    evc_buf_reset(&ca);
    if (rc == 0 && (*match == EVC_KUBE_MATCH_OTHER_AUTHORITY ||
                    *match == EVC_KUBE_MATCH_OTHER_ADDRESS))
        rc = refuse_other(cluster, server, *match, err);
    return rc;
}

/* match is only set where the caller gave one. */
static int
open_access(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
            evc_kube_match *match, evc_kube **out, evc_error **err)
{
    int rc;

    *out = NULL;
    if (!cluster->kube)
        return cluster->driver->access(cluster, state, wait, out, err);
    rc = check_own(cluster, state, wait, match, err);
    if (rc == 0)
        *out = evc_kube_ref(cluster->kube);
    return rc;
}

int
evc_secrets_access(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
                   evc_kube **out, evc_error **err)
{
    evc_kube_match match;

    return open_access(cluster, state, wait, &match, out, err);
}

/* --- what must hold there --------------------------------------------------------- */

/* What ends the call itself, and is nothing that was found out. */
static bool
is_of_the_call(int code, evc_wait *wait)
{
    return code == ENVCRYPT_E_NOMEM || code == ENVCRYPT_E_CANCELED ||
           code == ENVCRYPT_E_FORKED || evc_wait_check(wait, NULL) != 0;
}

/* A failed look as a refusal, unless it ends the call. why consumed. */
static int
refuse(evc_checks *out, const char *check, const char *rule, int code, evc_error **why,
       evc_wait *wait, evc_error **err)
{
    if (is_of_the_call(code, wait)) {
        evc_err_drop(err);
        evc_err_add_cause(err, *why);
        *why = NULL;
        return code;
    }
    return evc_checks_add_error(out, check, rule, why, err);
}

/* How it is known whose the caller's API server is. */
static const char *
sign_of(evc_kube_match match)
{
    switch (match) {
    case EVC_KUBE_MATCH_AUTHORITY:
        return ", whose certificate authority is the cluster's";
    case EVC_KUBE_MATCH_ADDRESS:
        return ", whose address is the cluster's";
    case EVC_KUBE_MATCH_OPEN:
    case EVC_KUBE_MATCH_OTHER_AUTHORITY:
    case EVC_KUBE_MATCH_OTHER_ADDRESS:
        break;
    }
    return ", and whether it is the cluster's cannot be known from here";
}

static int
check_access(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
             evc_checks *out, evc_kube **kube, evc_error **err)
{
    evc_kube_match match = EVC_KUBE_MATCH_OPEN;
    evc_error *why = NULL;
    int rc = open_access(cluster, state, wait, &match, kube, &why);
    bool unknown = cluster->kube && match == EVC_KUBE_MATCH_OPEN;

    if (rc == 0)
        return evc_checks_add(
            out, "kubeconfig", unknown ? EVC_CHECK_UNKNOWN : EVC_CHECK_OK, "R31", 0,
            err, "the API server is %s (by %s)%s", evc_kube_server(*kube),
            evc_kube_origin(*kube), cluster->kube ? sign_of(match) : "");
    if (rc == ENVCRYPT_E_CLUSTER_OTHER)
        return refuse(out, "kubeconfig", "R31", rc, &why, wait, err);
    if (!is_of_the_call(rc, wait))
        rc = evc_err_wrap(&why, ENVCRYPT_E_CLUSTER_ACCESS,
                          "there is no way to the API server of the cluster %s: %s; "
                          "give a kubeconfig that leads there, " OVERRIDE,
                          cluster->name, evc_error_message(why));
    return refuse(out, "API server", "R32", rc, &why, wait, err);
}

/* Whether it answers at all; a refusal to tell its version is an answer. */
static int
check_reach(evc_kube *kube, evc_wait *wait, evc_checks *out, bool *reached,
            evc_error **err)
{
    evc_error *why = NULL;
    evc_buf version;
    int rc;

    evc_buf_init(&version);
    rc = evc_kube_version(kube, wait, &version, &why);
    evc_buf_put_u8(&version, 0);
    if (rc == 0)
        rc = evc_buf_check(&version, &why);
    *reached = rc == 0 || rc == ENVCRYPT_E_DENIED || rc == ENVCRYPT_E_KUBE_NOT_FOUND;
    if (*reached)
        rc = evc_checks_add(out, "API server", EVC_CHECK_OK, "R32", 0, err,
                            "%s answers%s%s", evc_kube_server(kube),
                            rc == 0 ? ", with Kubernetes " : "",
                            rc == 0 ? (const char *)version.data : "");
    else if (!is_of_the_call(rc, wait))
        rc = evc_err_wrap(&why, ENVCRYPT_E_CLUSTER_ACCESS,
                          "cannot reach %s: %s; run this from a network and with "
                          "credentials that can, " OVERRIDE,
                          evc_kube_server(kube), evc_error_message(why));
    if (why && !*reached)
        rc = refuse(out, "API server", "R32", rc, &why, wait, err);
    evc_error_free(why);
    evc_buf_reset(&version);
    return rc;
}

static const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};

static int
check_right(evc_kube *kube, const char *verb, evc_wait *wait, evc_checks *out,
            evc_error **err)
{
    evc_kube_right right = EVC_KUBE_RIGHT_UNKNOWN;
    evc_error *why = NULL;
    int rc = evc_kube_review(kube, &secrets, verb, NULL, wait, &right, &why);

    if (rc && is_of_the_call(rc, wait))
        return refuse(out, "rights", "R33", rc, &why, wait, err);
    if (rc)
        rc = evc_checks_add(out, "rights", EVC_CHECK_UNKNOWN, "R33", 0, err,
                            "whether Secrets may be asked for (%s) was not to be "
                            "found out: %s",
                            verb, evc_error_message(why));
    else if (right == EVC_KUBE_RIGHT_NO)
        rc = evc_checks_add(
            out, "rights", EVC_CHECK_REFUSED, "R33", ENVCRYPT_E_KUBE_PREFLIGHT, err,
            "the caller (by %s) may not %s secrets in all namespaces; ask for a "
            "ClusterRole with the verbs list and patch on secrets, " OVERRIDE,
            evc_kube_origin(kube), verb);
    else
        rc = evc_checks_add(
            out, "rights",
            right == EVC_KUBE_RIGHT_YES ? EVC_CHECK_OK : EVC_CHECK_UNKNOWN, "R33", 0,
            err, "the API server %s to %s secrets in all namespaces",
            right == EVC_KUBE_RIGHT_YES ? "allows" : "does not tell whether it allows",
            verb);
    evc_error_free(why);
    return rc;
}

/* One object is listed; the server tells how many more there are. */
static int
ask_count(evc_kube *kube, evc_wait *wait, int64_t *count, evc_error **err)
{
    const evc_kube_list list = {.resource = &secrets, .limit = 1};
    evc_kube_page page;
    int rc = evc_kube_list_page(kube, &list, wait, &page, err);

    if (rc == 0 && page.next.size == 0)
        *count = (int64_t)page.count;
    else if (rc == 0 && page.remaining >= 0)
        *count = (int64_t)page.count + page.remaining;
    evc_kube_page_reset(&page);
    return rc;
}

static int
count_secrets(evc_kube *kube, evc_wait *wait, evc_checks *out, int64_t *count,
              evc_error **err)
{
    evc_error *why = NULL;
    int rc = ask_count(kube, wait, count, &why);

    /* Whatever it tells of rights, this was tried. */
    if (rc == ENVCRYPT_E_DENIED)
        rc = evc_err_wrap(
            &why, ENVCRYPT_E_KUBE_PREFLIGHT,
            "Secrets of all namespaces may not be listed (by %s); ask for "
            "a ClusterRole with the verbs list and patch on secrets, " OVERRIDE,
            evc_kube_origin(kube));
    if (rc && (rc == ENVCRYPT_E_KUBE_PREFLIGHT || is_of_the_call(rc, wait)))
        return refuse(out, "Secrets", "R33", rc, &why, wait, err);
    if (*count >= 0)
        rc = evc_checks_add(out, "Secrets", EVC_CHECK_OK, NULL, 0, err,
                            "there are %" PRId64, *count);
    else
        rc = evc_checks_add(out, "Secrets", EVC_CHECK_UNKNOWN, NULL, 0, err,
                            "they could not be counted%s%s", why ? ": " : "",
                            why ? evc_error_message(why) : "");
    evc_error_free(why);
    return rc;
}

static int
check_there(evc_kube *kube, evc_wait *wait, evc_checks *out, int64_t *count,
            evc_error **err)
{
    bool reached = false;
    int rc = check_reach(kube, wait, out, &reached, err);

    if (rc || !reached)
        return rc;
    rc = check_right(kube, "list", wait, out, err);
    if (rc == 0)
        rc = check_right(kube, "patch", wait, out, err);
    return rc == 0 ? count_secrets(kube, wait, out, count, err) : rc;
}

int
evc_secrets_check(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
                  evc_checks *out, int64_t *count, evc_error **err)
{
    evc_kube *kube = NULL;
    int rc;

    *count = -1;
    rc = check_access(cluster, state, wait, out, &kube, err);
    if (rc == 0 && kube)
        rc = check_there(kube, wait, out, count, err);
    evc_kube_unref(kube);
    return rc;
}

int
evc_secrets_count(evc_cluster *cluster, const evc_cluster_state *state, evc_wait *wait,
                  int64_t *count, evc_error **err)
{
    evc_kube *kube = NULL;
    int rc = evc_secrets_access(cluster, state, wait, &kube, err);

    *count = -1;
    if (rc == 0)
        rc = ask_count(kube, wait, count, err);
    evc_kube_unref(kube);
    return rc;
}
