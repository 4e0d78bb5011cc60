/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that are opened from material or callbacks: one file each. */
#ifndef EVC_KMS_KEYS_H
#define EVC_KMS_KEYS_H

#include "envcrypt/kms.h"
#include "kms/kms.h"

/* raw_aes.c */
int evc_raw_aes_open(evc_crypto *crypto, const char *name_space, const char *name,
                     evc_view key, evc_kms **out, evc_error **err) EVC_MUST_CHECK;
/* raw_rsa.c */
int evc_raw_rsa_open(evc_crypto *crypto, const char *name_space, const char *name,
                     const char *public_pem, const char *private_pem, int32_t padding,
                     uint32_t flags, evc_kms **out, evc_error **err) EVC_MUST_CHECK;
/* branch.c */
int evc_branch_open(evc_crypto *crypto, const char *branch_key_id,
                    envcrypt_call_fn serve, void *user, envcrypt_destroy_fn destroy,
                    evc_kms **out, evc_error **err) EVC_MUST_CHECK;
/* custom.c */
int evc_custom_open(evc_crypto *crypto, const char *provider_id, const char *key_id,
                    uint32_t operations, envcrypt_call_fn serve, void *user,
                    envcrypt_destroy_fn destroy, evc_kms **out,
                    evc_error **err) EVC_MUST_CHECK;

#endif
