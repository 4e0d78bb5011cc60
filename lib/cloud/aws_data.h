/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The operations of AWS KMS on data keys, one request for one call of the kms layer:
 * Encrypt, Decrypt, GenerateDataKey, ReEncrypt, and RotateKeyOnDemand. KeyId is always
 * sent, and what the answer names is compared with it before anything else is used.
 */
#ifndef EVC_CLOUD_AWS_DATA_H
#define EVC_CLOUD_AWS_DATA_H

#include "cloud/aws_key.h"
#include "kms/call.h"

#define EVC_AWS_BLOB_MAX 6144u      /* bytes of a CiphertextBlob */
#define EVC_AWS_PLAINTEXT_MAX 4096u /* bytes that Encrypt takes */

/* For evc_cloud.kind_of: the operation of a call of a key whose state is an evc_aws_key;
 * its user is the call. NULL: the call takes another way. */
const evc_operation_kind *evc_aws_data_kind(const evc_call *call);

/* GenerateDataKeyWithoutPlaintext. */
typedef struct evc_aws_blind {
    const char *key_id; /* an ARN */
    size_t size;        /* of the data key: 1 to 1,024 */
    const evc_kv *context;
    const char *grant_tokens;
    evc_buf ciphertext;              /* out; the caller's to reset */
    char material[EVC_AWS_MATERIAL]; /* out; "" = not told */
} evc_aws_blind;
extern const evc_operation_kind evc_aws_blind_kind; /* user: an evc_aws_blind */

/* Encrypt as a dry run, which succeeds when it is answered by EVC_AWS_DRY_RUN, or by a
 * ciphertext from imitations that know no dry runs. */
extern const evc_operation_kind evc_aws_dry_run_kind; /* user: the evc_aws_key */

#endif
