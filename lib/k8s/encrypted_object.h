/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What kube-apiserver stores under a KMS v2 provider: the protobuf message v2.EncryptedObject
 * (k8s.io/apiserver, kmsv2/v2/api.proto; kubernetes.md 3.1). Views into the value.
 */
#ifndef EVC_K8S_ENCRYPTED_OBJECT_H
#define EVC_K8S_ENCRYPTED_OBJECT_H

#include "base/buf.h"
#include "base/err.h"

#define EVC_KUBE_KEY_ID_MAX 1024u
#define EVC_KUBE_DEK_SOURCE_MAX 1024u
#define EVC_KUBE_ANNOTATIONS_MAX 32768u /* bytes of names and values */

typedef enum evc_dek_source {
    EVC_DEK_SOURCE_KEY = 0, /* the AES-256-GCM key itself */
    EVC_DEK_SOURCE_SEED = 1 /* HKDF-SHA-256 seed: a key for each value */
} evc_dek_source;

typedef struct evc_encrypted_object {
    evc_view data;
    evc_view key_id;
    evc_view dek_source; /* the plugin's ciphertext */
    evc_dek_source type;
    evc_view annotations; /* the whole message: iterate by the function below */
    size_t annotation_count;
} evc_encrypted_object;

/* ENVCRYPT_E_STORED: malformed, a limit, an unknown type. Unknown fields are passed over,
 * the last of a doubled one holds. */
int evc_encrypted_object_read(evc_view bytes, evc_encrypted_object *out,
                              evc_error **err) EVC_MUST_CHECK;
/* The annotation at index in the order of the wire; false past the end. */
bool evc_encrypted_object_annotation(const evc_encrypted_object *object, size_t index,
                                     evc_view *name, evc_view *value);
/* The next one behind c, which begins as evc_cursor_of_view(object->annotations): all of them
 * in one pass. */
bool evc_encrypted_object_next(evc_cursor *c, evc_view *name, evc_view *value);
/* As Go's encoder does: ascending fields, zero type left out. names sorted by bytes. */
typedef struct evc_object_note {
    evc_view name;
    evc_view value;
} evc_object_note;
void evc_encrypted_object_write(const evc_encrypted_object *object,
                                const evc_object_note *notes, size_t count,
                                evc_buf *out);

#endif
