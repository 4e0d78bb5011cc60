/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What KMS plugins of Kubernetes return as ciphertext, which is stored beside each value, and
 * the encrypted data key (EDK) that a key of ours opens. Pure.
 *
 * - aws: the byte '1', then the CiphertextBlob of AWS KMS (kubernetes-sigs/
 *   aws-encryption-provider, pkg/plugin; its v1 takes blobs without the byte too, and so do
 *   we). The key may have been given pairs of an encryption context.
 * - alibaba: the CiphertextBlob of Alibaba Cloud KMS, which is a text of base64
 *   (AliyunContainerService/ack-kms-plugin, plugin/kms.go).
 * - edk: a whole EDK, as in the wrapped-key record (doc/format.md).
 * - raw: what the key service itself gave.
 */
#ifndef EVC_K8S_PLUGIN_FORM_H
#define EVC_K8S_PLUGIN_FORM_H

#include "kms/backend.h"

typedef enum evc_plugin_form {
    EVC_PLUGIN_AWS = 1,
    EVC_PLUGIN_ALIBABA = 2,
    EVC_PLUGIN_EDK = 3,
    EVC_PLUGIN_RAW = 4
} evc_plugin_form;

/* ENVCRYPT_E_ARGUMENT: an unknown name, or one that is no form of this key's service. */
int evc_plugin_form_parse(const char *name, const evc_kms *kms, evc_plugin_form *out,
                          evc_error **err) EVC_MUST_CHECK;
/*
 * The EDK of a plugin's ciphertext under this key; it points into text and info, an empty
 * buffer. A key that opens what others name (of AWS, discovery) is given key_id, the name
 * that is stored beside it. ENVCRYPT_E_STORED: the text has not that form. NOMEM.
 */
int evc_plugin_form_read(evc_plugin_form form, const evc_kms *kms, evc_view text,
                         evc_view key_id, bool has_context, evc_buf *info, evc_edk *out,
                         evc_error **err) EVC_MUST_CHECK;
/* The other way round; appended. */
void evc_plugin_form_write(evc_plugin_form form, const evc_edk *edk, evc_buf *out);

#endif
