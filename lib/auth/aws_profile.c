/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a profile gives credentials by ("Assume role credential provider", AWS SDKs and
 * Tools Reference Guide; kms-apis 1.11): a role over another profile or source; keys; a
 * web identity; a program; SSO. The first that its settings name.
 */
#include <string.h>

#include "auth/aws_sources.h"
#include "base/encode.h"
#include "base/mem.h"

#define MAX_CHAIN 8u

/* The profiles on the way to the keys, outermost first. */
typedef struct walk {
    evc_aws_config *config;
    evc_net *net;
    int64_t now_ms;
    evc_wait *wait;
    char *names[MAX_CHAIN]; /* owned */
    size_t count;
    evc_creds *creds; /* of the innermost so far */
} walk;

static evc_view
get(const walk *w, const char *profile, const char *name)
{
    return evc_aws_files_get(&w->config->files, profile, name);
}

static bool
has(const walk *w, const char *profile, const char *name)
{
    return get(w, profile, name).size > 0;
}

static int
refuse(const char *profile, const char *why, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(profile), shown);
    return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS, "the profile %s %s", shown, why);
}

static bool
has_keys(const walk *w, const char *profile)
{
    return has(w, profile, "aws_access_key_id") ||
           has(w, profile, "aws_secret_access_key");
}

static bool
is_role(const walk *w, const char *profile)
{
    return has(w, profile, "role_arn") && !has(w, profile, "web_identity_token_file");
}

/* --- one profile ------------------------------------------------------------------ */

static int
take_keys(const walk *w, const char *profile, evc_creds **out, evc_error **err)
{
    const evc_creds_parts parts = {.id = get(w, profile, "aws_access_key_id"),
                                   .secret = get(w, profile, "aws_secret_access_key"),
                                   .token = get(w, profile, "aws_session_token"),
                                   .expires_ms = EVC_CREDS_NEVER,
                                   .account = get(w, profile, "aws_account_id"),
                                   .source = "profile",
                                   .detail = profile,
                                   .fixed = true};

    if (parts.id.size == 0 || parts.secret.size == 0)
        return refuse(
            profile, "has one of aws_access_key_id and aws_secret_access_key; set both",
            err);
    return evc_creds_new(w->config->env->arena, &parts, out, err);
}

static evc_aws_role
role_of(const walk *w, const char *profile)
{
    return (evc_aws_role){.arn = get(w, profile, "role_arn"),
                          .session = get(w, profile, "role_session_name"),
                          .external_id = get(w, profile, "external_id"),
                          .duration = get(w, profile, "duration_seconds")};
}

static int
take_web_identity(const walk *w, const char *profile, evc_creds **out, evc_error **err)
{
    evc_aws_role role = role_of(w, profile);
    char *file;
    int rc;

    if (role.arn.size == 0)
        return refuse(profile, "has web_identity_token_file and no role_arn", err);
    file = evc_aws_config_text(get(w, profile, "web_identity_token_file"));
    if (!file)
        return evc_err_nomem(err);
    role.external_id = evc_view_of(NULL, 0);
    rc = evc_aws_sts_web_identity(w->config, &role, file, w->wait, "profile", profile,
                                  out, err);
    evc_mem_free(file);
    return rc;
}

/* What needs no other profile. */
static int
take_own(const walk *w, const char *profile, evc_creds **out, evc_error **err)
{
    if (has_keys(w, profile))
        return take_keys(w, profile, out, err);
    if (has(w, profile, "web_identity_token_file"))
        return take_web_identity(w, profile, out, err);
    if (has(w, profile, "credential_process"))
        return evc_aws_process_fetch(w->config, profile, w->wait, out, err);
    if (has(w, profile, "sso_session") || has(w, profile, "sso_start_url") ||
        has(w, profile, "sso_account_id"))
        return evc_aws_sso_fetch(w->config, profile, w->now_ms, w->wait, out, err);
    return EVC_NOT_CONFIGURED;
}

static int
take_source(const walk *w, const char *profile, evc_creds **out, evc_error **err)
{
    evc_view name = get(w, profile, "credential_source");
    int rc;

    if (evc_view_is_text(name, "Environment"))
        rc = evc_aws_env_fetch(w->config, w->net, w->now_ms, w->wait, out, err);
    else if (evc_view_is_text(name, "Ec2InstanceMetadata"))
        rc = evc_aws_imds_fetch(w->config, w->net, w->now_ms, w->wait, out, err);
    else if (evc_view_is_text(name, "EcsContainer"))
        rc = evc_aws_container_fetch(w->config, w->net, w->now_ms, w->wait, out, err);
    else
        return refuse(profile,
                      "has a credential_source other than Environment, "
                      "Ec2InstanceMetadata and EcsContainer",
                      err);
    if (rc == EVC_NOT_CONFIGURED)
        return refuse(profile, "has a credential_source that gives nothing here", err);
    return rc;
}

/* --- the way to the keys ---------------------------------------------------------- */

static int
check_role(const walk *w, const char *profile, evc_error **err)
{
    bool profile_given = has(w, profile, "source_profile");

    if (has(w, profile, "mfa_serial"))
        return refuse(profile,
                      "has mfa_serial, and nobody can be asked for a code here; give "
                      "credentials that were made with one",
                      err);
    if (profile_given == has(w, profile, "credential_source"))
        return refuse(profile,
                      "has role_arn, so it must have one of source_profile and "
                      "credential_source",
                      err);
    return 0;
}

static int
push(walk *w, evc_view name, evc_error **err)
{
    const char *last = w->count ? w->names[w->count - 1] : "";

    for (size_t i = 0; i < w->count; i++) {
        /* One that names itself takes its own keys. */
        if (evc_view_is_text(name, w->names[i]) &&
            !(i == w->count - 1 && has_keys(w, w->names[i])))
            return refuse(last, "has a source_profile that leads back to itself", err);
    }
    if (w->count == MAX_CHAIN)
        return refuse(last, "is behind too many others by source_profile", err);
    w->names[w->count] = evc_aws_config_text(name);
    if (!w->names[w->count])
        return evc_err_nomem(err);
    w->count++;
    if (!evc_aws_files_has(&w->config->files, w->names[w->count - 1]))
        return refuse(last, "has a source_profile that is in neither of AWS's files",
                      err);
    return 0;
}

/* From the outermost profile to the one that has credentials of its own: a source's own
 * keys win over its role. */
static int
find_first(walk *w, evc_error **err)
{
    for (;;) {
        const char *profile = w->names[w->count - 1];
        int rc;

        if (!is_role(w, profile) || (w->count > 1 && has_keys(w, profile))) {
            rc = take_own(w, profile, &w->creds, err);
            w->count--;
            evc_mem_free(w->names[w->count]);
            if (rc == EVC_NOT_CONFIGURED && w->count > 0)
                return refuse(w->names[w->count - 1],
                              "has a source_profile without credentials", err);
            return rc;
        }
        rc = check_role(w, profile, err);
        if (rc)
            return rc;
        if (has(w, profile, "credential_source"))
            return take_source(w, profile, &w->creds, err);
        rc = push(w, get(w, profile, "source_profile"), err);
        if (rc)
            return rc;
    }
}

/* Back again: each role by the credentials of the one before. */
static int
assume_all(walk *w, evc_error **err)
{
    while (w->count > 0) {
        const char *profile = w->names[w->count - 1];
        evc_aws_role role = role_of(w, profile);
        evc_creds *base = w->creds;
        int rc;

        w->creds = NULL;
        rc = evc_aws_sts_assume_role(w->config, &role, base, w->wait, profile,
                                     &w->creds, err);
        evc_creds_unref(base);
        if (rc)
            return rc;
        w->count--;
        evc_mem_free(w->names[w->count]);
    }
    return 0;
}

int
evc_aws_profile_fetch(void *state, evc_net *net, int64_t now_ms, evc_wait *wait,
                      evc_creds **out, evc_error **err)
{
    walk w = {.config = state, .net = net, .now_ms = now_ms, .wait = wait};
    int rc;

    if (!evc_aws_files_has(&w.config->files, w.config->profile))
        return EVC_NOT_CONFIGURED;
    w.names[0] = evc_mem_strdup(w.config->profile);
    if (!w.names[0])
        return evc_err_nomem(err);
    w.count = 1;
    rc = find_first(&w, err);
    if (rc == 0)
        rc = assume_all(&w, err);
    while (w.count > 0)
        evc_mem_free(w.names[--w.count]);
    if (rc == 0)
        *out = w.creds;
    else
        evc_creds_unref(w.creds);
    return rc;
}
