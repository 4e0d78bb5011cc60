/* SPDX-License-Identifier: Apache-2.0 */
/* The keys that are opened from material or callbacks: one file each. */
#ifndef EVC_KMS_KEYS_H
#define EVC_KMS_KEYS_H

#include "envcrypt/kms.h"
#include "kms/kms.h"

#define EVC_KEY_NAME_MAX 1024u
#define EVC_KEY_ID_MAX 2048u
#define EVC_PROVIDER_MAX 64u

/*
 * raw_aes.c: 16, 24 or 32 bytes. ENVCRYPT_E_KEY_SIZE; ARGUMENT: namespace and name are
 * 1 to EVC_KEY_NAME_MAX bytes of UTF-8, and the namespace is not reserved.
 */
int evc_raw_aes_open(evc_crypto *crypto, const char *name_space, const char *name,
                     evc_view key, evc_kms **out, evc_error **err) EVC_MUST_CHECK;
/* raw_rsa.c: same names. ARGUMENT also for PEM, padding, flags, and for no PEM at all.
 */
int evc_raw_rsa_open(evc_crypto *crypto, const char *name_space, const char *name,
                     const char *public_pem, const char *private_pem, int32_t padding,
                     uint32_t flags, evc_kms **out, evc_error **err) EVC_MUST_CHECK;

/*
 * When the following fail, destroy is not called. Later it is called when the key is
 * closed, which may be the thread that finishes the last call; not in a child of fork.
 */

/*
 * branch.c: the hierarchical keyring over a branch key that a callback hands out. The
 * calls that the callback sees have the operation BRANCH_KEY, no context and no input.
 */
int evc_branch_open(evc_crypto *crypto, const char *branch_key_id,
                    envcrypt_call_fn serve, void *user, envcrypt_destroy_fn destroy,
                    evc_kms **out, evc_error **err) EVC_MUST_CHECK;
/*
 * custom.c: a key service of the caller's. Its EDKs have the layout of design 6.3 under
 * provider_id: the key id as it was opened, the key version that the service named (or
 * none), the wrap time of the client's clock, and the form of the context: 0 when it is
 * empty, else 1, since the service is given the pairs themselves. An EDK of form 2, or
 * one whose form does not fit the context, is not given to the service.
 */
int evc_custom_open(evc_crypto *crypto, const char *provider_id, const char *key_id,
                    uint32_t operations, envcrypt_call_fn serve, void *user,
                    envcrypt_destroy_fn destroy, evc_kms **out,
                    evc_error **err) EVC_MUST_CHECK;

/* What the four check of their names: UTF-8 of 1 to most bytes; and not reserved. */
int evc_keys_check_name(const char *name, size_t most, const char *what,
                        evc_error **err) EVC_MUST_CHECK;
int evc_keys_check_provider(const char *provider, size_t most, const char *what,
                            evc_error **err) EVC_MUST_CHECK;

#endif
