/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The layouts in which kube-apiserver encrypts a value under a key that is at hand
 * (kubernetes.md 3; k8s.io/apiserver, pkg/storage/value/encrypt). Pure.
 *
 * Opening: EVC_NOT_AUTHENTIC when the text does not open. Both append to out, which is as it
 * was after a failure. key_of_etcd is authenticated where the layout does that.
 */
#ifndef EVC_K8S_STORED_CIPHER_H
#define EVC_K8S_STORED_CIPHER_H

#include "base/buf.h"
#include "crypto/crypto.h"

typedef enum evc_stored_layout {
    EVC_LAYOUT_CBC,       /* IV | AES-CBC; nothing is authenticated */
    EVC_LAYOUT_GCM,       /* nonce | AES-GCM | tag */
    EVC_LAYOUT_SECRETBOX, /* nonce | tag | XSalsa20 */
    EVC_LAYOUT_SEED,      /* info | GCM under HKDF-Expand-SHA256(seed, info) */
    /*
     * Under data keys of kms v1: GCM, and for opening also the CBC of servers before 1.25. A
     * text that was changed may pass as CBC by chance, so that is believed only where it
     * begins as what Kubernetes stores: "k8s" and a NUL, or "{".
     */
    EVC_LAYOUT_KMS_V1
} evc_stored_layout;

/* Bytes of a key that the layout takes. */
bool evc_stored_cipher_takes(evc_stored_layout layout, size_t key_size);

int evc_stored_cipher_open(evc_crypto *crypto, evc_stored_layout layout, evc_view key,
                           evc_view key_of_etcd, evc_view sealed, evc_buf *out,
                           evc_error **err) EVC_MUST_CHECK;
int evc_stored_cipher_seal(evc_crypto *crypto, evc_stored_layout layout, evc_view key,
                           evc_view key_of_etcd, evc_view plain, evc_buf *out,
                           evc_error **err) EVC_MUST_CHECK;

#endif
