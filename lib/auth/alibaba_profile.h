/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One profile of the file that Alibaba Cloud's CLI keeps, ~/.aliyun/config.json (aliyun-cli,
 * config/profile.go; kms-apis 3.7). The file holds the secrets of every profile: no part
 * of it goes through a parser that keeps copies.
 */
#ifndef EVC_AUTH_ALIBABA_PROFILE_H
#define EVC_AUTH_ALIBABA_PROFILE_H

#include "base/arena.h"
#include "base/buf.h"

#define EVC_ALIBABA_PROFILES_MAX 256u

/* Texts are NULL and numbers 0 where the profile says nothing; times are seconds. */
typedef struct evc_alibaba_profile {
    char *name;
    char *mode; /* "AK", "RamRoleArn", … */
    char *access_key_id;
    char *ram_role_arn;
    char *ram_session_name;
    char *external_id;
    char *policy;
    char *source_profile;
    char *ram_role_name;
    char *sts_region;
    char *sts_endpoint;
    char *process_command;
    char *credentials_uri;
    char *oidc_provider_arn;
    char *oidc_token_file;
    char *cloud_sso_sign_in_url;
    char *cloud_sso_account_id;
    char *cloud_sso_access_config;
    char *oauth_site_type;
    char *region_id;
    int64_t expired_seconds;
    int64_t sts_expiration;
    int64_t cloud_sso_access_token_expire;
    int64_t oauth_access_token_expire;
    bool enable_vpc;
    evc_secret access_key_secret;
    evc_secret sts_token;
    evc_secret access_token; /* of CloudSSO */
    evc_secret oauth_access_token;
} evc_alibaba_profile;

/*
 * name NULL: the one that the file calls current. path: of messages. The text is spoiled.
 * BAD_CREDENTIALS: it is not such a file, or its current profile is not there; NOMEM,
 * ARENA_…. *found = false: there is none of this name, or none at all; out is empty then.
 */
int evc_alibaba_profile_read(evc_buf *text, const char *path, const char *name,
                             evc_arena *arena, evc_alibaba_profile *out, bool *found,
                             evc_error **err) EVC_MUST_CHECK;
void evc_alibaba_profile_reset(evc_alibaba_profile *profile); /* fine on zeros */

#endif
