/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/kube_match.h"

#include <string.h>

#include "crypto/pem.h"
#include "net/pem_file.h"

static const evc_endpoint *
endpoint_of(const evc_kube *kube)
{
    return evc_kube_peer(kube)->endpoint;
}

/* --- authorities ------------------------------------------------------------------ */

int
evc_kube_match_authority(const evc_kube *kube, evc_buf *out, evc_error **err)
{
    const evc_link *link = &endpoint_of(kube)->link;
    int rc = 0;

    if (link->ca_pem)
        evc_buf_put_text(out, link->ca_pem);
    else if (link->ca_file)
        rc = evc_pem_file_read_authorities(link->ca_file, out, err);
    if (rc && rc != ENVCRYPT_E_NOMEM) {
        evc_err_drop(err); /* who connects is told */
        rc = 0;
    }
    evc_buf_put_u8(out, 0);
    return rc ? rc : evc_buf_check(out, err);
}

/* The next certificate; false at the end, and where the text is none. */
static bool
next(evc_cursor *c, evc_buf *der, int *rc, evc_error **err)
{
    evc_view label;

    do {
        evc_buf_clear(der);
        *rc = evc_pem_next(c, &label, der, err);
    } while (*rc == 0 && !evc_view_is_text(label, "CERTIFICATE"));
    if (*rc == 0)
        return true;
    if (*rc != ENVCRYPT_E_NOMEM) {
        evc_err_drop(err);
        *rc = 0;
    }
    return false;
}

static bool
has(const char *pem, evc_view certificate, int *rc, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(pem));
    bool found = false;
    evc_buf der;

    evc_buf_init(&der);
    while (!found && next(&c, &der, rc, err))
        found = evc_view_equal(evc_buf_view(&der), certificate);
    evc_buf_reset(&der);
    return found;
}

/* How many certificates of a text stand in another one, and how many do not. */
static int
compare(const char *ours, const char *theirs, size_t *shared, size_t *alone,
        evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(ours));
    evc_buf der;
    int rc = 0;

    *shared = *alone = 0;
    evc_buf_init(&der);
    while (rc == 0 && next(&c, &der, &rc, err)) {
        if (has(theirs, evc_buf_view(&der), &rc, err))
            (*shared)++;
        else
            (*alone)++;
    }
    evc_buf_reset(&der);
    return rc;
}

/* --- addresses -------------------------------------------------------------------- */

static bool
is_at(const evc_kube *kube, const char *server)
{
    const evc_endpoint *ours = endpoint_of(kube);
    const char *name = ours->link.tls_name;
    evc_endpoint *theirs = NULL;
    bool same = false;

    if (evc_endpoint_open(server, NULL, &theirs, NULL) == 0)
        same = name && name[0] ? strcmp(name, theirs->host) == 0
                               : strcmp(ours->host, theirs->host) == 0 &&
                                     ours->port == theirs->port;
    evc_endpoint_unref(theirs);
    return same;
}

int
evc_kube_match_of(const evc_kube *kube, const char *server, const char *ca,
                  evc_kube_match *out, evc_error **err)
{
    size_t shared = 0;
    size_t alone = 0;
    size_t none = 0;
    size_t known = 0;
    evc_buf trusted;
    int rc;

    evc_buf_init(&trusted);
    rc = evc_kube_match_authority(kube, &trusted, err);
    if (rc == 0)
        rc = compare((const char *)trusted.data, ca, &shared, &alone, err);
    if (rc == 0) /* whether the other side has any at all */
        rc = compare(ca, "", &none, &known, err);
    evc_buf_reset(&trusted);
    if (shared && !alone)
        *out = EVC_KUBE_MATCH_AUTHORITY;
    else if (known && alone && !shared)
        *out = EVC_KUBE_MATCH_OTHER_AUTHORITY;
    else if (!server[0])
        *out = EVC_KUBE_MATCH_OPEN;
    else
        *out =
            is_at(kube, server) ? EVC_KUBE_MATCH_ADDRESS : EVC_KUBE_MATCH_OTHER_ADDRESS;
    return rc;
}
