/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What Alibaba Cloud KMS does with data keys: Encrypt, Decrypt, GenerateDataKey and
 * ReEncrypt (kms-apis 3.2), as kinds of operations whose user is the call. Pure.
 */
#ifndef EVC_CLOUD_ALIBABA_DATA_H
#define EVC_CLOUD_ALIBABA_DATA_H

#include "cloud/alibaba_key.h"
#include "net/operation.h"

#define EVC_ALIBABA_CONTEXT_MAX 8192u /* characters of JSON */
#define EVC_ALIBABA_BLOB_MAX 6144u    /* bytes of a wrapped key's text */

/* For evc_cloud.kind_of. NULL: more than one request serves it. */
const evc_operation_kind *evc_alibaba_data_kind(const evc_call *call);

/* The parameter of a context in this form; nothing when the form is none. ENVCRYPT_E_UNWRAP:
 * it has no such form. */
int evc_alibaba_put_context(evc_crypto *crypto, evc_buf *form, const char *name,
                            const evc_kv *context, evc_context_form how,
                            evc_error **err) EVC_MUST_CHECK;

#endif
