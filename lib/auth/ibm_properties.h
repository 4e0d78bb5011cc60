/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The properties of one service in IBM's manner: <SERVICE>_APIKEY and so on, out of the
 * environment or of a file of NAME=value lines (ibm-cloud-sdk-core, "external
 * configuration"; kms-apis 2.5). Secrets live in the arena.
 */
#ifndef EVC_AUTH_IBM_PROPERTIES_H
#define EVC_AUTH_IBM_PROPERTIES_H

#include <stdbool.h>

#include "base/env.h"
#include "base/err.h"

/* A trusted profile; each NULL or text. */
typedef struct evc_ibm_profile {
    char *id;
    char *name;
    char *crn;
    char *account; /* of a name */
} evc_ibm_profile;

typedef struct evc_ibm_properties {
    bool any; /* at least one is set */
    char *auth_type;
    char *auth_url;
    char *scope;
    char *client_id;
    char *token_file;  /* CR_TOKEN_FILENAME */
    char *vpc_version; /* VPC_IMS_VERSION */
    char *service_url; /* URL */
    evc_ibm_profile profile;
    evc_secret api_key;
    evc_secret client_secret;
    evc_secret bearer_token;
    char *origin; /* the file's path; NULL of the environment */
} evc_ibm_properties;

void evc_ibm_properties_init(evc_ibm_properties *properties);
void evc_ibm_properties_reset(evc_ibm_properties *properties);
/* service: as people write it; blanks and - count as _, small letters as capitals.
 * BAD_CREDENTIALS: a secret past a slot of the arena. NOMEM, ARENA_…. */
int evc_ibm_properties_read_environment(evc_ibm_properties *properties,
                                        const char *service, evc_arena *arena,
                                        evc_error **err) EVC_MUST_CHECK;
/* own: it must be nobody else's (evc_credential_file_read_own), whose errors come too. */
int evc_ibm_properties_read_file(evc_ibm_properties *properties, const char *service,
                                 const char *path, bool own, evc_env *env,
                                 evc_error **err) EVC_MUST_CHECK;
bool evc_ibm_profile_is_named(const evc_ibm_profile *profile);

#endif
