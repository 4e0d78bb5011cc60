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

/* Our limits: kube-apiserver takes requests of 3 MiB; prefix, wrapped key and annotations
 * come on top. */
#define EVC_STORED_PLAIN_MAX ((size_t)3 * 1024 * 1024)
#define EVC_STORED_VALUE_MAX (EVC_STORED_PLAIN_MAX + (size_t)128 * 1024)

/* What precedes the sealed text, and what it grows by. */
#define EVC_STORED_CBC_IV 16u         /* of whole blocks, one of them at least */
#define EVC_STORED_GCM_MORE 28u       /* nonce before, tag behind */
#define EVC_STORED_SECRETBOX_MORE 40u /* nonce and tag before */
#define EVC_STORED_INFO 32u           /* of a value under a seed: before the nonce */

/*
 * Where the name ends. Only names of kms v2 hold no colon, so there may be several places.
 * Without keys the shortest name is taken that is UTF-8 and that the rest is well formed
 * with: the sizes are possible, and a wrapped key of kms v1 has fewer than 8,192 bytes, or if
 * there is no such place, any length. Who has keys compares their names, as kube-apiserver
 * does (k8s/stored_open.h).
 */
typedef struct evc_stored {
    evc_stored_provider provider;
    evc_view name; /* of the key (aescbc …) or of the plugin (kms); else empty */
    evc_view body; /* after the prefix and the name; of identity the whole
                                  * value, of an unknown one what follows k8s:enc: */
    evc_view dek_source;         /* of kms: the wrapped data key or seed */
    evc_view sealed;             /* of kms: what is encrypted under it */
    evc_encrypted_object object; /* of kms v2 */
    uint8_t dek_digest[32];      /* of kms: SHA-256 of dek_source; else zeros */
    bool is_protobuf;            /* of identity: begins k8s\0; else JSON or unknown */
} evc_stored;

/*
 * Anything is a stored value: what has no prefix is identity. ENVCRYPT_E_STORED: a prefix that
 * is known with a body that cannot be (too short, a length past the end, a message that
 * is malformed), and more than EVC_STORED_VALUE_MAX bytes.
 */
int evc_stored_read(evc_crypto *crypto, evc_view value, evc_stored *out,
                    evc_error **err) EVC_MUST_CHECK;
const char *evc_stored_provider_name(evc_stored_provider provider); /* "kms v2" */
/* "k8s:enc:kms:v2:"; NULL for identity. */
const char *evc_stored_prefix(evc_stored_provider provider);
/*
 * Whether a body, after prefix and name, may be what the provider writes. Of kms it fills in
 * *dek_source and *sealed, of kms v2 *object too; these are not touched otherwise. Stores why
 * not, as ENVCRYPT_E_STORED.
 */
int evc_stored_split(evc_stored_provider provider, evc_view body, evc_stored *out,
                     evc_error **err) EVC_MUST_CHECK;
/* ENVCRYPT_E_ARGUMENT: no key of etcd, for a provider that binds values to theirs. */
int evc_stored_check_place(evc_stored_provider provider, evc_view etcd_key,
                           evc_error **err) EVC_MUST_CHECK;

#endif
