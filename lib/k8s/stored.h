/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Values as kube-apiserver stores them in etcd (kubernetes.md 3): what protects one, without
 * any key. Opening and sealing: k8s/stored_open.h. Views into the value. Pure.
 */
#ifndef EVC_K8S_STORED_H
#define EVC_K8S_STORED_H

#include "crypto/crypto.h"
#include "k8s/encrypted_object.h"

typedef enum evc_stored_provider {
    EVC_STORED_IDENTITY = 1,
    EVC_STORED_AESCBC = 2,
    EVC_STORED_AESGCM = 3,
    EVC_STORED_SECRETBOX = 4,
    EVC_STORED_KMS_V1 = 5,
    EVC_STORED_KMS_V2 = 6,
    EVC_STORED_UNKNOWN = 7 /* k8s:enc:…, of a provider that we do not know */
} evc_stored_provider;

typedef struct evc_stored {
    evc_stored_provider provider;
    evc_view name; /* of the key (aescbc …) or of the plugin (kms); names of v1 may hold
                            colons, then the shortest that the rest is well formed with */
    evc_view body;               /* after the prefix; of identity the whole value */
    evc_view dek_source;         /* of kms: the wrapped data key or seed */
    evc_view sealed;             /* of kms: what is encrypted under it */
    evc_encrypted_object object; /* of kms v2 */
    uint8_t dek_digest[32];      /* of kms: SHA-256 of dek_source; else zeros */
    bool is_protobuf;            /* of identity: begins k8s\0; else JSON or unknown */
} evc_stored;

/*
 * Anything is a stored value: what has no prefix is identity. ENVCRYPT_E_STORED: a prefix that
 * is known with a body that cannot be (too short, a length past the end, a message that
 * is malformed).
 */
int evc_stored_read(evc_crypto *crypto, evc_view value, evc_stored *out,
                    evc_error **err) EVC_MUST_CHECK;
const char *evc_stored_provider_name(evc_stored_provider provider); /* "kms v2" */

#endif
