/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS KMS says of a key: KeyMetadata of DescribeKey, CreateKey and ReplicateKey, and
 * the operation DescribeKey.
 */
#ifndef EVC_CLOUD_AWS_METADATA_H
#define EVC_CLOUD_AWS_METADATA_H

#include "cloud/aws_arn.h"
#include "codec/json.h"
#include "net/operation.h"

/* Texts are borrowed from the document; NULL = the service did not say. */
typedef struct evc_aws_metadata {
    evc_json_doc *doc;
    const evc_json *root; /* the object itself */
    const char *arn;      /* a valid ARN of a key */
    evc_aws_arn parts;    /* of arn */
    const char *key_id;
    const char *state; /* "Enabled", … */
    const char *spec;
    const char *usage;
    const char *manager; /* "CUSTOMER" or "AWS" */
    const char *origin;
    const char *description;
    const char *material; /* CurrentKeyMaterialId */
    bool multi_region;
    int64_t created_ms;  /* -1 = unknown */
    int64_t deletion_ms; /* same: when it will be deleted */
    int64_t valid_to_ms; /* same: when imported material expires */
} evc_aws_metadata;

/* Member `name` of a document, which moves to *out unless this fails. ENVCRYPT_E_JSON. */
int evc_aws_metadata_read(evc_json_doc *doc, const char *name, evc_aws_metadata *out,
                          evc_error **err) EVC_MUST_CHECK;
void evc_aws_metadata_reset(evc_aws_metadata *metadata);

int32_t evc_aws_metadata_state(const evc_aws_metadata *metadata); /* ENVCRYPT_KEY_… */
/* ENVCRYPT_E_KEY_UNSUITABLE: it is known not to be SYMMETRIC_DEFAULT for
 * ENCRYPT_DECRYPT. */
int evc_aws_metadata_check_kind(const evc_aws_metadata *metadata,
                                evc_error **err) EVC_MUST_CHECK;
/* The error that an operation on data would give in this state; 0 when it would work. */
int evc_aws_metadata_check_state(const evc_aws_metadata *metadata,
                                 evc_error **err) EVC_MUST_CHECK;

/* DescribeKey. */
typedef struct evc_aws_describe {
    const char *key_id; /* anything that the service takes */
    const char *grant_tokens;
    evc_aws_metadata metadata; /* out */
} evc_aws_describe;
extern const evc_operation_kind evc_aws_describe_kind; /* user: an evc_aws_describe */
/* Runs it; metadata is the caller's to reset, and holds nothing after a failure. */
int evc_aws_describe_run(evc_peer *peer, evc_aws_describe *describe, evc_wait *wait,
                         evc_error **err) EVC_MUST_CHECK;

#endif
