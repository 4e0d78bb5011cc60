/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key as IBM's key services show it: metadata, never its material (kms-apis 2.2, 2.3).
 * Pure.
 */
#ifndef EVC_CLOUD_IBM_KEY_H
#define EVC_CLOUD_IBM_KEY_H

#include "codec/json.h"

/* NIST SP 800-57 by number; there is no 4. */
enum evc_ibm_state {
    EVC_IBM_PRE_ACTIVE = 0,
    EVC_IBM_ACTIVE = 1,
    EVC_IBM_SUSPENDED = 2,
    EVC_IBM_DEACTIVATED = 3,
    EVC_IBM_DESTROYED = 5
};

/* Borrowed from the document. Texts are NULL, and times -1, where the service says
 * nothing. */
typedef struct evc_ibm_key {
    const char *id;
    const char *crn;
    const char *name;
    const char *version;
    const char *ring;
    int64_t state;
    bool extractable; /* a standard key, whose material can be read */
    bool imported;
    int64_t created_ms;
    int64_t rotated_ms;
    int64_t expires_ms;
    const evc_json *json;
} evc_ibm_key;

/* PROTOCOL: id, crn or state is missing, or a member of another type. A key that is not
 * said to be no standard key counts as one. */
int evc_ibm_key_read(const evc_json *resource, evc_ibm_key *out,
                     evc_error **err) EVC_MUST_CHECK;
/* The only entry of "resources". PROTOCOL: there is another number of them. doc may be
 * NULL. */
int evc_ibm_key_only(const evc_json_doc *doc, evc_ibm_key *out,
                     evc_error **err) EVC_MUST_CHECK;

int32_t evc_ibm_key_state(int64_t state);          /* ENVCRYPT_KEY_… */
const char *evc_ibm_key_state_name(int64_t state); /* "Active", …; "unknown" */
/*
 * Whether a key of this state unwraps, and with wrap, also wraps: 0, or the error that
 * says why not: KEY_DISABLED, KEY_DECRYPT_ONLY, KEY_DESTROYED, KEY_NOT_READY.
 */
int evc_ibm_key_check(int64_t state, bool wrap, const char *crn,
                      evc_error **err) EVC_MUST_CHECK;

#endif
