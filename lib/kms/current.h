/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whether an encrypted data key is under the current version of its key, as the service
 * says: the online form of evc_kms_is_current.
 */
#ifndef EVC_KMS_CURRENT_H
#define EVC_KMS_CURRENT_H

#include "kms/kms.h"

/*
 * *answer: ENVCRYPT_YES, _NO or _UNKNOWN (the service does not tell versions). Where the
 * key knows by itself nobody is asked; else one unwrap of an EDK that the key claims, and
 * one DESCRIBE whose current version is compared with the one that unwrapped. context: the
 * whole one. The errors of both.
 */
int evc_current_ask(evc_kms *kms, const evc_edk *edk, const evc_kv *context,
                    evc_wait *wait, int32_t *answer, evc_error **err) EVC_MUST_CHECK;

#endif
