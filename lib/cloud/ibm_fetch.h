/* SPDX-License-Identifier: Apache-2.0 */
/* What a key service of IBM's knows of one key, GET keys/ID/metadata and …/versions; and
 * of an instance, GET instance/allowed_ip_port. */
#ifndef EVC_CLOUD_IBM_FETCH_H
#define EVC_CLOUD_IBM_FETCH_H

#include "cloud/ibm_ask.h"
#include "cloud/ibm_key.h"
#include "kms/key_info.h"

/* Where a key is looked for. Borrowed. */
typedef struct evc_ibm_where {
    evc_peer *peer;
    const evc_ibm_target *target;
    const char *key;     /* id or alias */
    const char *subject; /* for errors */
} evc_ibm_where;

/*
 * The metadata; key borrows from *doc, which the caller frees. Errors of an operation;
 * PROTOCOL.
 */
int evc_ibm_fetch_key(const evc_ibm_where *where, evc_wait *wait, evc_json_doc **doc,
                      evc_ibm_key *key, evc_error **err) EVC_MUST_CHECK;
/*
 * Adds all versions to an info that has none, oldest first, each in the state of the key:
 * the service knows no states of versions.
 */
int evc_ibm_fetch_versions(const evc_ibm_where *where, int32_t state, evc_wait *wait,
                           evc_key_info *info, evc_error **err) EVC_MUST_CHECK;

/* The port of the private endpoint where a policy of allowed addresses holds; 0 = none
 * does. Errors of an operation; PROTOCOL. */
int evc_ibm_fetch_port(evc_peer *peer, const evc_ibm_target *target, evc_wait *wait,
                       uint16_t *port, evc_error **err) EVC_MUST_CHECK;

#endif
