/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/exec_credential.h"

#include "auth/aws_time.h"
#include "base/encode.h"
#include "codec/jstream.h"
#include "codec/jwrite.h"

#define GROUP "client.authentication.k8s.io/"

static const char *
version_of(bool v1)
{
    return v1 ? GROUP "v1" : GROUP "v1beta1";
}

/* --- what it is told -------------------------------------------------------------- */

static void
put_text(evc_jwrite *w, const char *name, const char *text)
{
    if (text)
        evc_jwrite_member_text(w, name, text);
}

/* The members of client-go's type Cluster, in its order; config is the last, and is JSON. */
static void
put_cluster(evc_jwrite *w, const evc_kube_access *access, evc_view ca)
{
    evc_jwrite_name(w, "cluster");
    evc_jwrite_object(w);
    put_text(w, "server", access->server);
    put_text(w, "tls-server-name", access->tls_name);
    if (ca.size) {
        evc_jwrite_name(w, "certificate-authority-data");
        evc_jwrite_base64(w, ca);
    }
    put_text(w, "proxy-url", access->proxy);
    if (access->exec.config) {
        evc_jwrite_name(w, "config");
        evc_jwrite_json(w, evc_view_text(access->exec.config));
    }
    evc_jwrite_end(w);
}

int
evc_exec_credential_write(const evc_kube_access *access, evc_view ca, evc_buf *out,
                          evc_error **err)
{
    evc_jwrite w;
    int rc;

    evc_jwrite_begin(&w, out, false);
    evc_jwrite_object(&w);
    put_text(&w, "kind", "ExecCredential");
    put_text(&w, "apiVersion", version_of(access->exec.v1));
    evc_jwrite_name(&w, "spec");
    evc_jwrite_object(&w);
    if (access->exec.provide_cluster)
        put_cluster(&w, access, ca);
    evc_jwrite_name(&w, "interactive");
    evc_jwrite_bool(&w, false);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    if (rc == ENVCRYPT_E_UTF8)
        rc = evc_err_wrap(err, ENVCRYPT_E_KUBECONFIG,
                          "the program of the %s cannot be told of its cluster",
                          access->exec.user);
    return rc;
}

/* --- what it answers -------------------------------------------------------------- */

enum field { KIND, VERSION, TOKEN, CERTIFICATE, KEY, EXPIRES, FIELDS, NONE = FIELDS };

static const struct {
    const char *name;
    bool in_status;
    size_t most; /* bytes */
} fields[FIELDS] = {
    [KIND] = {"kind", false, 64},
    [VERSION] = {"apiVersion", false, 64},
    [TOKEN] = {"token", true, EVC_ARENA_MAX_SLOT},
    [CERTIFICATE] = {"clientCertificateData", true, 65536},
    [KEY] = {"clientKeyData", true, EVC_ARENA_MAX_SLOT},
    [EXPIRES] = {"expirationTimestamp", true, 64},
};

typedef struct reader {
    const char *who;
    evc_buf texts[FIELDS];
    bool found[FIELDS];
    bool
        in_status; /* the object around the next member, or the next value, is status */
    bool status;   /* there was one */
    enum field next; /* whose value comes next */
} reader;

static int
refuse(const reader *r, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                   "the program of the %s did not write an ExecCredential that can be "
                   "used: %s",
                   r->who, why);
}

static enum field
field_of(const reader *r, const evc_jpiece *piece)
{
    bool in_status = r->in_status && piece->depth == 2;

    if (piece->cut || (piece->depth != 1 && !in_status))
        return NONE;
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].in_status == in_status &&
            evc_view_is_text(piece->text, fields[i].name))
            return (enum field)i;
    }
    return NONE;
}

static int
take_name(reader *r, const evc_jpiece *piece, evc_error **err)
{
    bool status = evc_view_is_text(piece->text, "status");

    if (piece->depth == 1 && status && r->status)
        return refuse(r, "its status is there twice", err);
    if (piece->depth == 1)
        r->in_status = status;
    r->status = r->status || r->in_status;
    r->next = field_of(r, piece);
    if (r->next == NONE)
        return 0;
    if (r->found[r->next])
        return refuse(r, "a member is there twice", err);
    return 0;
}

static int
take_text(reader *r, const evc_jpiece *piece, evc_error **err)
{
    evc_buf *text = &r->texts[r->next];

    if (piece->text.size > fields[r->next].most - text->size)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the program of the %s wrote an ExecCredential whose %s is "
                       "longer than %zu bytes",
                       r->who, fields[r->next].name, fields[r->next].most);
    evc_buf_put_view(text, piece->text);
    if (piece->last) {
        r->found[r->next] = true;
        r->next = NONE;
    }
    return evc_buf_check(text, err);
}

static int
take(void *user, const evc_jpiece *piece, evc_error **err)
{
    reader *r = user;

    if (piece->event == EVC_JEVENT_NAME)
        return take_name(r, piece, err);
    if (piece->depth == 0 && piece->event != EVC_JEVENT_OBJECT &&
        piece->event != EVC_JEVENT_OBJECT_END)
        return refuse(r, "it is no JSON object", err);
    if (r->next == NONE)
        return 0;
    if (piece->event == EVC_JEVENT_TEXT)
        return take_text(r, piece, err);
    if (piece->event != EVC_JEVENT_WORD || !evc_view_is_text(piece->text, "null"))
        return refuse(r, "a member that must be text is none", err);
    r->next = NONE;
    return 0;
}

static int
check(const reader *r, bool v1, evc_error **err)
{
    char shown[EVC_SHOWN];

    if (!evc_view_is_text(evc_buf_view(&r->texts[KIND]), "ExecCredential"))
        return refuse(r, "its kind is another one", err);
    if (!evc_view_starts_with(evc_buf_view(&r->texts[VERSION]), GROUP))
        return refuse(r, "its apiVersion is of another group", err);
    if (!evc_view_is_text(evc_buf_view(&r->texts[VERSION]), version_of(v1))) {
        evc_encode_shown(evc_buf_view(&r->texts[VERSION]), shown);
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the program of the %s wrote an ExecCredential of apiVersion "
                       "\"%s\", and the kubeconfig wants %s; correct apiVersion in "
                       "its exec section, or update the program",
                       r->who, shown, version_of(v1));
    }
    if (!r->texts[CERTIFICATE].size != !r->texts[KEY].size)
        return refuse(r, "of a client certificate and its key one is missing", err);
    if (!r->texts[TOKEN].size && !r->texts[KEY].size)
        return refuse(r, "its status has neither a token nor a client certificate",
                      err);
    return 0;
}

static int
make(const reader *r, evc_arena *arena, evc_creds **out, evc_error **err)
{
    evc_creds_parts parts = {.token = evc_buf_view(&r->texts[TOKEN]),
                             .certificate = evc_buf_view(&r->texts[CERTIFICATE]),
                             .secret = evc_buf_view(&r->texts[KEY]),
                             .expires_ms = EVC_CREDS_NEVER,
                             .source = "exec",
                             .detail = r->who};
    int rc;

    if (r->texts[EXPIRES].size &&
        !evc_aws_time_parse(evc_buf_view(&r->texts[EXPIRES]), &parts.expires_ms))
        return refuse(r, "its expirationTimestamp is no time of RFC 3339", err);
    rc = evc_creds_new(arena, &parts, out, err);
    if (rc == ENVCRYPT_E_BAD_CREDENTIALS)
        rc = evc_err_wrap(err, rc, "the program of the %s gave what cannot be used",
                          r->who);
    return rc;
}

static int
read_text(reader *r, evc_view text, evc_error **err)
{
    evc_jstream s;
    int rc;

    evc_jstream_begin(&s, take, r);
    rc = evc_jstream_feed(&s, text, err);
    if (rc == 0)
        rc = evc_jstream_end(&s, err);
    evc_jstream_reset(&s);
    if (rc == ENVCRYPT_E_JSON)
        rc = evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                          "the program of the %s did not write an ExecCredential",
                          r->who);
    return rc;
}

int
evc_exec_credential_read(evc_buf *text, bool v1, const char *who, evc_arena *arena,
                         evc_creds **out, evc_error **err)
{
    reader r = {.who = who, .next = NONE};
    int rc;

    *out = NULL;
    for (size_t i = 0; i < FIELDS; i++)
        evc_buf_init(&r.texts[i]);
    rc = read_text(&r, evc_buf_view(text), err);
    if (rc == 0)
        rc = check(&r, v1, err);
    if (rc == 0)
        rc = make(&r, arena, out, err);
    for (size_t i = 0; i < FIELDS; i++)
        evc_buf_reset(&r.texts[i]);
    evc_buf_clear(text);
    return rc;
}
