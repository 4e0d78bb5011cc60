/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/kubeconfig_user.h"

#include <string.h>

#include "base/encode.h"
#include "k8s/kubeconfig_exec.h"
#include "net/pem_file.h"

static int
refuse(const evc_kubeconfig_place *user, const char *member, const char *why,
       evc_error **err)
{
    return evc_kubeconfig_refuse(user, evc_yaml_get(user->node, member),
                                 ENVCRYPT_E_KUBECONFIG, why, err);
}

/* --- what is gone ----------------------------------------------------------------- */

static int
refuse_password(const evc_kubeconfig_place *user, evc_error **err)
{
    const char *name = NULL;
    const char *password = NULL;
    int rc = evc_kubeconfig_text(user, user->node, "username", &name, err);

    if (rc == 0)
        rc = evc_kubeconfig_text(user, user->node, "password", &password, err);
    if (rc || (!name && !password))
        return rc;
    return refuse(user, name ? "username" : "password",
                  "it has username and password, which API servers take no more since "
                  "Kubernetes 1.19; give a token or a client certificate",
                  err);
}

static int
refuse_provider(const evc_kubeconfig_place *user, evc_error **err)
{
    const evc_yaml *provider = NULL;
    const char *name = "";
    char shown[EVC_SHOWN];
    evc_buf why;
    int rc = evc_kubeconfig_map(user, user->node, "auth-provider", &provider, err);

    if (rc == 0)
        rc = evc_kubeconfig_text(user, provider, "name", &name, err);
    if (rc || !provider)
        return rc;
    evc_encode_shown(evc_view_text(name), shown);
    evc_buf_init(&why);
    evc_buf_put_format(&why,
                       "its auth-provider %s was a part of old clients and is not one "
                       "of this library; let the cloud's tool write the kubeconfig "
                       "anew with a credential plugin (exec), or give a token",
                       shown);
    evc_buf_put_u8(&why, 0);
    rc = evc_buf_check(&why, err);
    if (rc == 0)
        rc = refuse(user, "auth-provider", (const char *)why.data, err);
    evc_buf_reset(&why);
    return rc;
}

/* --- token ------------------------------------------------------------------------ */

static int
read_token(const evc_kubeconfig_place *user, evc_arena *arena, evc_kube_access *out,
           evc_error **err)
{
    const char *token = NULL;
    int rc = evc_kubeconfig_path(user, "tokenFile", &out->token_file, err);

    if (rc == 0)
        rc = evc_kubeconfig_text(user, user->node, "token", &token, err);
    if (rc || !token || out->token_file)
        return rc;
    rc = evc_kube_access_keep(arena, "its token", evc_view_text(token), &out->token,
                              err);
    if (rc == ENVCRYPT_E_BAD_CREDENTIALS && err && *err)
        return evc_kubeconfig_refuse(user, evc_yaml_get(user->node, "token"), rc,
                                     evc_error_message(*err), err);
    return rc;
}

/* --- certificate ------------------------------------------------------------------ */

static int
read_certificate(const evc_kubeconfig_place *user, evc_kube_access *out,
                 evc_error **err)
{
    bool found = false;
    evc_buf pem;
    int rc;

    evc_buf_init(&pem);
    rc = evc_kubeconfig_data(user, "client-certificate-data", &pem, &found, err);
    if (rc == 0 && found)
        rc = evc_text_take(&out->cert_pem, &pem, err);
    else if (rc == 0)
        rc = evc_kubeconfig_path(user, "client-certificate", &out->cert_file, err);
    evc_buf_reset(&pem);
    return rc;
}

static int
read_key(const evc_kubeconfig_place *user, evc_arena *arena, evc_kube_access *out,
         evc_error **err)
{
    bool found = false;
    evc_buf pem;
    int rc;

    evc_buf_init(&pem);
    rc = evc_kubeconfig_data(user, "client-key-data", &pem, &found, err);
    if (rc == 0 && found)
        rc = evc_kube_access_keep(arena, "its client-key-data", evc_buf_view(&pem),
                                  &out->key_pem, err);
    else if (rc == 0)
        rc = evc_kubeconfig_path(user, "client-key", &out->key_file, err);
    evc_buf_reset(&pem);
    if (rc == ENVCRYPT_E_BAD_CREDENTIALS && err && *err)
        return evc_kubeconfig_refuse(user, evc_yaml_get(user->node, "client-key-data"),
                                     rc, evc_error_message(*err), err);
    return rc;
}

static int
check_pair(const evc_kubeconfig_place *user, const evc_kube_access *access,
           evc_error **err)
{
    bool cert = access->cert_pem || access->cert_file;
    bool key = access->key_pem.bytes || access->key_file;

    if (cert != key)
        return evc_kubeconfig_refuse(user, NULL, ENVCRYPT_E_KUBECONFIG,
                                     cert ? "it has a client certificate without its "
                                            "key"
                                          : "it has a key without the client "
                                            "certificate",
                                     err);
    return 0;
}

/*
 * The network takes both as files or both as texts, and a kubeconfig may mix them: then
 * the one that is a file is read now.
 */
static int
join_pair(evc_arena *arena, evc_kube_access *out, evc_error **err)
{
    evc_buf text;
    int rc = 0;

    evc_buf_init(&text);
    if (out->cert_pem && out->key_file) {
        rc = evc_pem_file_read_key(out->key_file, &text, err);
        if (rc == 0)
            rc = evc_kube_access_keep(arena, out->key_file, evc_buf_view(&text),
                                      &out->key_pem, err);
    } else if (out->cert_file && out->key_pem.bytes) {
        rc = evc_pem_file_read_cert(out->cert_file, &text, err);
        if (rc == 0)
            rc = evc_text_take(&out->cert_pem, &text, err);
    }
    evc_buf_reset(&text);
    return rc;
}

/* --- whom we stand for ------------------------------------------------------------ */

static int
add_as(evc_kube_access *out, const char *name, const char *value,
       const evc_kubeconfig_place *user, const evc_yaml *at, evc_error **err)
{
    int rc = evc_kube_access_as(out, name, value, err);

    if (rc != ENVCRYPT_E_ARGUMENT)
        return rc;
    return evc_kubeconfig_refuse(user, at, ENVCRYPT_E_KUBECONFIG,
                                 "whom it impersonates has characters that no header "
                                 "may have",
                                 err);
}

static int
add_list(const evc_kubeconfig_place *user, const evc_yaml *list, const char *name,
         evc_kube_access *out, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < evc_yaml_count(list); i++) {
        const char *value = NULL;

        rc = evc_kubeconfig_item(user, list, i, &value, err);
        if (rc == 0)
            rc = add_as(out, name, value, user, evc_yaml_at(list, i), err);
    }
    return rc;
}

static int
add_extra(const evc_kubeconfig_place *user, const evc_yaml *extra, evc_kube_access *out,
          evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < evc_yaml_count(extra); i++) {
        const char *key = evc_yaml_name_at(extra, i);
        const evc_yaml *list = NULL;
        evc_buf name;

        rc = evc_kubeconfig_list(user, extra, key, &list, err);
        evc_buf_init(&name);
        evc_buf_put_format(&name, "Extra-%s", key);
        evc_buf_put_u8(&name, 0);
        if (rc == 0)
            rc = evc_buf_check(&name, err);
        if (rc == 0)
            rc = add_list(user, list, (const char *)name.data, out, err);
        evc_buf_reset(&name);
    }
    return rc;
}

static int
read_as(const evc_kubeconfig_place *user, evc_kube_access *out, evc_error **err)
{
    const evc_yaml *groups = NULL;
    const evc_yaml *extra = NULL;
    const char *name = NULL;
    const char *uid = NULL;
    int rc = evc_kubeconfig_text(user, user->node, "as", &name, err);

    if (rc == 0)
        rc = evc_kubeconfig_text(user, user->node, "as-uid", &uid, err);
    if (rc == 0)
        rc = evc_kubeconfig_list(user, user->node, "as-groups", &groups, err);
    if (rc == 0)
        rc = evc_kubeconfig_map(user, user->node, "as-user-extra", &extra, err);
    if (rc == 0 && !name && (uid || evc_yaml_count(groups) || evc_yaml_count(extra)))
        return evc_kubeconfig_refuse(user, NULL, ENVCRYPT_E_KUBECONFIG,
                                     "it impersonates a uid, groups or extra fields "
                                     "without a user (as)",
                                     err);
    if (rc || !name)
        return rc;
    rc = add_as(out, "User", name, user, NULL, err);
    if (rc == 0 && uid)
        rc = add_as(out, "Uid", uid, user, NULL, err);
    if (rc == 0)
        rc = add_list(user, groups, "Group", out, err);
    return rc == 0 ? add_extra(user, extra, out, err) : rc;
}

/* --- all -------------------------------------------------------------------------- */

static int
read_exec(const evc_kubeconfig_place *user, bool allowed, evc_kube_access *out,
          evc_error **err)
{
    const evc_yaml *exec = NULL;
    int rc = evc_kubeconfig_map(user, user->node, "exec", &exec, err);

    if (rc || !exec || evc_kube_access_has_user(out))
        return rc;
    return evc_kubeconfig_exec_read(user, exec, allowed, &out->exec, err);
}

int
evc_kubeconfig_user_read(const evc_kubeconfig_place *user, bool allow_exec,
                         evc_arena *arena, evc_kube_access *out, evc_error **err)
{
    int rc = refuse_password(user, err);

    if (rc == 0)
        rc = refuse_provider(user, err);
    if (rc == 0)
        rc = read_token(user, arena, out, err);
    if (rc == 0)
        rc = read_certificate(user, out, err);
    if (rc == 0)
        rc = read_key(user, arena, out, err);
    if (rc == 0)
        rc = check_pair(user, out, err);
    if (rc == 0)
        rc = join_pair(arena, out, err);
    if (rc == 0)
        rc = read_exec(user, allow_exec, out, err);
    return rc == 0 ? read_as(user, out, err) : rc;
}
