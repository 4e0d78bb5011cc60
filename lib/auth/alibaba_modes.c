/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_modes.h"

#include <strings.h>

#include "auth/alibaba_ecs.h"
#include "auth/alibaba_files.h"
#include "auth/alibaba_given.h"
#include "auth/alibaba_sts.h"

typedef struct fetching {
    const evc_alibaba_config *config;
    const char *source;
    int64_t now_ms;
    evc_wait *wait;
} fetching;

static int
lacks(const fetching *f, const evc_alibaba_profile *p, const char *what,
      evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the profile %s of Alibaba Cloud, of mode %s, from %s, cannot be used: "
        "%s; run \"aliyun configure --profile %s\"",
        p->name, p->mode, f->source, what, p->name);
}

/* -- credentials in the profile ---------------------------------------------------------- */

/* fixed: they stand there until somebody writes others. */
static int
kept(const fetching *f, const evc_alibaba_profile *p, bool with_token, bool fixed,
     evc_creds **out, evc_error **err)
{
    evc_creds_parts parts = {
        .id = evc_view_text(p->access_key_id),
        .secret = evc_view_of(p->access_key_secret.bytes, p->access_key_secret.size),
        .expires_ms = EVC_CREDS_NEVER,
        .source = f->source,
        .detail = p->name,
        .fixed = fixed,
    };

    if (!p->access_key_id || !p->access_key_secret.size)
        return lacks(f, p, "access_key_id or access_key_secret is missing", err);
    if (with_token)
        parts.token = evc_view_of(p->sts_token.bytes, p->sts_token.size);
    if (with_token && p->sts_expiration)
        parts.expires_ms = p->sts_expiration * 1000;
    return evc_creds_new(f->config->arena, &parts, out, err);
}

static int
by_access_key(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
              evc_error **err)
{
    return kept(f, p, false, true, out, err);
}

static int
by_token(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
         evc_error **err)
{
    if (!p->sts_token.size)
        return lacks(f, p, "sts_token is missing", err);
    return kept(f, p, true, false, out, err);
}

/* -- roles ------------------------------------------------------------------------------- */

static evc_alibaba_role
role_of(const fetching *f, const evc_alibaba_profile *p)
{
    return (evc_alibaba_role){.arn = p->ram_role_arn,
                              .session_name = p->ram_session_name,
                              .policy = p->policy,
                              .external_id = p->external_id,
                              .duration_s = p->expired_seconds,
                              .sts_endpoint = p->sts_endpoint,
                              .sts_region = p->sts_region,
                              .vpc = p->enable_vpc,
                              .source = f->source,
                              .detail = p->name};
}

/* with moves. */
static int
assume(const fetching *f, const evc_alibaba_profile *p, evc_creds *with,
       evc_creds **out, evc_error **err)
{
    evc_alibaba_role role = role_of(f, p);
    int rc;

    *out = NULL;
    rc = role.arn ? evc_alibaba_sts_assume(f->config, &role, with, f->wait, out, err)
                  : lacks(f, p, "ram_role_arn is missing", err);
    evc_creds_unref(with);
    return rc;
}

static int
by_role(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
        evc_error **err)
{
    evc_creds *with;
    int rc = kept(f, p, p->sts_token.size != 0, false, &with, err);

    return rc ? rc : assume(f, p, with, out, err);
}

static int
by_instance(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
            evc_error **err)
{
    return evc_alibaba_ecs_role(f->config, p->ram_role_name, false, f->source, f->wait,
                                out, err);
}

static int
by_role_of_instance(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
                    evc_error **err)
{
    evc_creds *with;
    int rc = by_instance(f, p, &with, err);

    return rc ? rc : assume(f, p, with, out, err);
}

static int
by_oidc(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
        evc_error **err)
{
    evc_alibaba_role role = role_of(f, p);

    if (!p->oidc_provider_arn || !p->oidc_token_file || !p->ram_role_arn)
        return lacks(
            f, p, "oidc_provider_arn, oidc_token_file or ram_role_arn is missing", err);
    return evc_alibaba_sts_oidc(f->config, &role, p->oidc_provider_arn,
                                p->oidc_token_file, f->wait, out, err);
}

/* -- given by others --------------------------------------------------------------------- */

static int
by_process(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
           evc_error **err)
{
    if (!p->process_command)
        return lacks(f, p, "process_command is missing", err);
    return evc_alibaba_given_by_process(f->config, p->process_command, f->source,
                                        p->name, f->wait, out, err);
}

static int
by_uri(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
       evc_error **err)
{
    const char *uri = p->credentials_uri
                          ? p->credentials_uri
                          : f->config->variables[EVC_ALIBABA_CREDENTIALS_URI];

    if (!uri)
        return lacks(f, p, "credentials_uri is missing", err);
    return evc_alibaba_given_by_uri(f->config, uri, f->source, f->wait, out, err);
}

static int
by_sign_in(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
           evc_error **err)
{
    return evc_alibaba_given_by_sign_in(f->config, p, f->source, f->now_ms, f->wait,
                                        out, err);
}

static const struct mode {
    const char *name;
    int (*fetch)(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
                 evc_error **err);
} modes[] = {
    {"AK", by_access_key},
    {"StsToken", by_token},
    {"RamRoleArn", by_role},
    {"EcsRamRole", by_instance},
    {"RamRoleArnWithRoleName", by_role_of_instance},
    {"OIDC", by_oidc},
    {"External", by_process},
    {"CredentialsURI", by_uri},
    {"CloudSSO", by_sign_in},
    {"OAuth", by_sign_in},
};

static int
fetch_one(const fetching *f, const evc_alibaba_profile *p, evc_creds **out,
          evc_error **err)
{
    for (size_t i = 0; p->mode && i < sizeof modes / sizeof *modes; i++) {
        if (strcasecmp(p->mode, modes[i].name) == 0)
            return modes[i].fetch(f, p, out, err);
    }
    return evc_err(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the profile %s of Alibaba Cloud from %s has the mode %s, which is not "
        "supported here; take AK, RamRoleArn, EcsRamRole, OIDC or External",
        p->name, f->source, p->mode ? p->mode : "(none)");
}

/* -- roles on roles ---------------------------------------------------------------------- */

static bool
is_chained(const evc_alibaba_profile *p)
{
    return p->mode && strcasecmp(p->mode, "ChainableRamRoleArn") == 0;
}

/* Reads the sources of a chained profile, outermost first, up to one that is none. */
static int
read_sources(const fetching *f, const evc_alibaba_profile *profile,
             evc_alibaba_profile *sources, size_t *count, evc_error **err)
{
    const evc_alibaba_profile *outer = profile;

    for (*count = 0; is_chained(outer); (*count)++) {
        bool found;
        int rc;

        if (!outer->source_profile)
            return lacks(f, outer, "source_profile is missing", err);
        if (*count == EVC_ALIBABA_ROLES_MAX)
            return lacks(f, profile,
                         "its source profiles form a circle, or too long a row", err);
        rc = evc_alibaba_cli_profile(f->config, outer->source_profile, &sources[*count],
                                     &found, err);
        if (rc)
            return rc;
        if (!found)
            return lacks(f, outer, "its source_profile is not there", err);
        outer = &sources[*count];
    }
    return 0;
}

static int
fetch_chained(const fetching *f, const evc_alibaba_profile *profile,
              const evc_alibaba_profile *sources, size_t count, evc_creds **out,
              evc_error **err)
{
    evc_creds *creds;
    int rc = fetch_one(f, &sources[count - 1], &creds, err);

    for (size_t i = count - 1; !rc && i > 0; i--) {
        evc_creds *with = creds;

        rc = assume(f, &sources[i - 1], with, &creds, err);
    }
    return rc ? rc : assume(f, profile, creds, out, err);
}

int
evc_alibaba_modes_fetch(const evc_alibaba_config *config,
                        const evc_alibaba_profile *profile, const char *source,
                        int64_t now_ms, evc_wait *wait, evc_creds **out,
                        evc_error **err)
{
    fetching f = {.config = config, .source = source, .now_ms = now_ms, .wait = wait};
    evc_alibaba_profile sources[EVC_ALIBABA_ROLES_MAX] = {{.name = NULL}};
    size_t count;
    int rc;

    *out = NULL;
    if (!is_chained(profile))
        return fetch_one(&f, profile, out, err);
    rc = read_sources(&f, profile, sources, &count, err);
    if (!rc)
        rc = fetch_chained(&f, profile, sources, count, out, err);
    for (size_t i = 0; i < EVC_ALIBABA_ROLES_MAX; i++)
        evc_alibaba_profile_reset(&sources[i]);
    return rc;
}
