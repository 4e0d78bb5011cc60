/* SPDX-License-Identifier: Apache-2.0 */
/* Which protectors of a key store open, and whether its key versions unwrap. */
#ifndef EVC_KMS_KEYSTORE_CHECK_H
#define EVC_KMS_KEYSTORE_CHECK_H

#include "kms/keystore.h"

typedef struct envcrypt_keystore_report {
    evc_store_data *data; /* a reference is held */
    bool *opens;          /* for each protector */
    char **reasons;       /* why a key service did not, for each; else NULL */
    size_t good;          /* versions that unwrap, */
    size_t broken;        /* and that do not, though something opened the store */
} evc_keystore_report;

/*
 * Tries all that is presented at every protector. fingerprint: 32 hex digits, or NULL.
 * When nothing opens, no version is tried, and the file's keys are unverified.
 */
int evc_keystore_check(evc_crypto *crypto, const char *path,
                       const evc_protectors *protectors, const char *fingerprint,
                       evc_wait *wait, evc_keystore_report **out,
                       evc_error **err) EVC_MUST_CHECK;
void evc_keystore_report_free(evc_keystore_report *report); /* NULL is fine */

#endif
