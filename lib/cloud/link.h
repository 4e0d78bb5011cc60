/* SPDX-License-Identifier: Apache-2.0 */
/* The options of keys and services that say what connections need: the same for all
 * clouds, named as those of a client. Pure. */
#ifndef EVC_CLOUD_LINK_H
#define EVC_CLOUD_LINK_H

#include "kms/backend.h"
#include "net/endpoint.h"

/* For the list of options of a back end. */
#define EVC_LINK_OPTIONS                                                   \
    "ca-file", "client-cert", "client-key", "proxy", "connect-timeout-ms", \
        "attempt-timeout-ms"

#define EVC_LINK_TIMEOUT_MAX 3600000 /* ms */

/*
 * Texts are borrowed from URI and config. ENVCRYPT_E_ARGUMENT: a time that is no number
 * from 1 to EVC_LINK_TIMEOUT_MAX, or one of client-cert and client-key without the other.
 */
int evc_link_of(const evc_uri *uri, const struct envcrypt_kms_config *config,
                evc_link *out, evc_error **err) EVC_MUST_CHECK;

/* An option that is "true" or "false"; out is left alone when it is not there. ARGUMENT. */
int evc_link_flag(const evc_uri *uri, const struct envcrypt_kms_config *config,
                  const char *name, bool *out, evc_error **err) EVC_MUST_CHECK;
/* One that is a whole number in decimal, from 1 to most. ARGUMENT. */
int evc_link_number(const evc_uri *uri, const struct envcrypt_kms_config *config,
                    const char *name, int64_t most, int64_t *out,
                    evc_error **err) EVC_MUST_CHECK;

#endif
