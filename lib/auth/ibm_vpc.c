/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm_vpc.h"
#include "auth/authorization.h"

#include <string.h>

#include "auth/fetched.h"
#include "codec/jwrite.h"

#define METADATA_URL "http://169.254.169.254"
#define OLD_VERSION "2022-03-01"
#define NEW_VERSION "2025-08-26"
#define IDENTITY_LIFE_S 300
#define CONNECT_MS 1000
#define ATTEMPT_MS 5000 /* the service asks IAM in its turn */

static const evc_protocol protocol = {
    .provider = "ibm-vpc-metadata",
    .classify = evc_ibm_classify_iam,
};

/* Both requests. */
typedef struct asking {
    const char *version;
    bool new_paths;
    const evc_ibm_profile *profile;
    evc_ibm_token identity; /* of the first, for the second */
    evc_ibm_token *out;
    int64_t asked_ms;
} asking;

static int
begin(const evc_operation *op, evc_exchange *x, const char *method, const char *path,
      evc_error **err)
{
    asking *a = op->user;
    static const char *const fixed[][2] = {
        {"content-type", "application/json"},
        {"accept", "application/json"},
        {"metadata-flavor", "ibm"},
    };
    int rc = 0;

    a->asked_ms = evc_clock_wall_ms(&evc_net_env(op->peer->net)->clock);
    x->method = method;
    evc_buf_put_text(&x->path, path);
    evc_form_add(&x->query, "version", evc_view_text(a->version));
    for (size_t i = 0; !rc && i < sizeof fixed / sizeof *fixed; i++)
        rc = evc_headers_add(&x->headers, fixed[i][0], evc_view_text(fixed[i][1]), err);
    if (!rc)
        rc = evc_buf_check(&x->path, err);
    return rc ? rc : evc_buf_check(&x->query, err);
}

/* -- the identity of the instance ------------------------------------------------------ */

static int
build_identity(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const asking *a = op->user;
    int rc =
        begin(op, x, "PUT",
              a->new_paths ? "/identity/v1/token" : "/instance_identity/v1/token", err);

    evc_buf_put_format(&x->body, "{\"expires_in\":%d}", IDENTITY_LIFE_S);
    return rc ? rc : evc_buf_check(&x->body, err);
}

static int
read_identity(evc_operation *op, evc_exchange *x, evc_error **err)
{
    asking *a = op->user;

    return evc_ibm_token_read(&x->reply, evc_net_env(op->peer->net)->arena, a->asked_ms,
                              &a->identity, err);
}

/* -- its token of IAM ------------------------------------------------------------------ */

static void
write_profile(const evc_ibm_profile *profile, evc_jwrite *w)
{
    const char *kind = profile->id ? "id" : profile->crn ? "crn" : "name";

    evc_jwrite_object(w);
    evc_jwrite_name(w, "trusted_profile");
    evc_jwrite_object(w);
    evc_jwrite_name(w, kind);
    evc_jwrite_text(w, profile->id    ? profile->id
                       : profile->crn ? profile->crn
                                      : profile->name);
    evc_jwrite_end(w);
    evc_jwrite_end(w);
}

static int
build_token(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const asking *a = op->user;
    evc_jwrite w;
    int rc = begin(op, x, "POST",
                   a->new_paths ? "/identity/v1/iam_tokens"
                                : "/instance_identity/v1/iam_token",
                   err);

    if (!rc)
        rc = evc_authorization_put(&a->identity.text, &x->headers, err);
    if (rc || !a->profile || !evc_ibm_profile_is_named(a->profile))
        return rc;
    evc_jwrite_begin(&w, &x->body, false);
    write_profile(a->profile, &w);
    return evc_jwrite_finish(&w, err);
}

static int
read_token(evc_operation *op, evc_exchange *x, evc_error **err)
{
    asking *a = op->user;

    return evc_ibm_token_read(&x->reply, evc_net_env(op->peer->net)->arena, a->asked_ms,
                              a->out, err);
}

static const evc_operation_kind identity_kind = {
    .name = "CreateIdentityToken",
    .build = build_identity,
    .read = read_identity,
    .secret = true,
};
static const evc_operation_kind token_kind = {
    .name = "CreateIamToken",
    .build = build_token,
    .read = read_token,
    .secret = true,
};

/* -- asking ---------------------------------------------------------------------------- */

/* Version by version: the paths changed with one. */
static int
ask_identity(evc_peer *peer, asking *a, const char *version, evc_wait *wait,
             int *status, evc_error **err)
{
    evc_operation op;
    int rc;

    a->version = version;
    a->new_paths = strcmp(version, NEW_VERSION) >= 0;
    evc_operation_init(&op, &identity_kind, peer, a);
    rc = evc_fetched_run(&op, wait, err);
    *status = op.run.status;
    return rc;
}

static int
ask(evc_peer *peer, const evc_ibm_vpc *how, evc_wait *wait, evc_ibm_token *out,
    evc_error **err)
{
    asking a = {.profile = how->profile, .out = out};
    evc_operation op;
    int status;
    int rc = ask_identity(peer, &a, how->version ? how->version : OLD_VERSION, wait,
                          &status, err);

    if (rc && status == 404 && !how->version)
        rc = ask_identity(peer, &a, NEW_VERSION, wait, &status, err);
    if (rc) {
        /* Nobody answers, or somebody else; who is down is there. */
        bool absent = (rc == ENVCRYPT_E_CREDENTIALS_DOWN && status == 0) ||
                      (status >= 400 && status < 500);

        if (how->probing && absent && status != 429)
            return EVC_NOT_CONFIGURED;
        return rc;
    }
    evc_operation_init(&op, &token_kind, peer, &a);
    rc = evc_fetched_run(&op, wait, err);
    evc_secret_free(&a.identity.text);
    return rc;
}

int
evc_ibm_vpc_token(evc_net *net, const evc_ibm_vpc *how, evc_wait *wait,
                  evc_ibm_token *out, evc_error **err)
{
    evc_link link = *how->link;
    evc_endpoint *endpoint = NULL;
    evc_peer *peer = NULL;
    int rc;

    *out = (evc_ibm_token){.expires_ms = 0};
    link.connect_ms = CONNECT_MS;
    link.attempt_ms = ATTEMPT_MS;
    link.never_proxy = true; /* under a name and https too it is of this host alone */
    rc = evc_endpoint_open(how->url ? how->url : METADATA_URL, &link, &endpoint, err);
    if (!rc)
        rc = evc_peer_open(net, endpoint, &protocol, NULL, NULL, &peer, err);
    if (!rc)
        rc = ask(peer, how, wait, out, err);
    if (rc == EVC_NOT_CONFIGURED)
        evc_err_drop(err);
    evc_endpoint_unref(endpoint);
    evc_peer_unref(peer);
    return rc;
}
