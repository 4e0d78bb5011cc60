/* SPDX-License-Identifier: Apache-2.0 */
/* KeyMetadata: what Alibaba Cloud KMS knows of a key ("DescribeKey", "CreateKey"). */
#ifndef EVC_CLOUD_ALIBABA_METADATA_H
#define EVC_CLOUD_ALIBABA_METADATA_H

#include "base/wait.h"
#include "cloud/alibaba_arn.h"
#include "codec/json.h"
#include "net/peer.h"

/* Texts live in doc; NULL or "" = it does not tell. */
typedef struct evc_alibaba_metadata {
    evc_json_doc *doc;
    const evc_json *object; /* KeyMetadata */
    const char *arn;
    evc_alibaba_arn parts; /* of arn */
    const char *key_id;
    const char *state; /* the service's word */
    const char *spec;
    const char *usage;
    const char *version; /* PrimaryKeyVersion */
    int64_t created_ms;  /* -1 = unknown */
} evc_alibaba_metadata;

/* Of an answer, which moves on success. ENVCRYPT_E_JSON; the ARN must be one, and of the
 * key id. */
int evc_alibaba_metadata_read(evc_json_doc *doc, evc_alibaba_metadata *out,
                              evc_error **err) EVC_MUST_CHECK;
void evc_alibaba_metadata_reset(evc_alibaba_metadata *metadata);

/* DescribeKey. key_id: id, alias or ARN. */
int evc_alibaba_describe(evc_peer *peer, const char *key_id, evc_wait *wait,
                         evc_alibaba_metadata *out, evc_error **err) EVC_MUST_CHECK;

/* ENVCRYPT_KEY_… of the state. */
int32_t evc_alibaba_metadata_state(const evc_alibaba_metadata *metadata);
/* ENVCRYPT_E_KEY_UNSUITABLE: not symmetric, or not for ENCRYPT/DECRYPT. */
int evc_alibaba_metadata_check_kind(const evc_alibaba_metadata *metadata,
                                    evc_error **err) EVC_MUST_CHECK;
/* KEY_DISABLED, KEY_PENDING_DELETION, KEY_PENDING_IMPORT, KEY_UNAVAILABLE: it is not
 * enabled. The error has the key's state. */
int evc_alibaba_metadata_check_state(const evc_alibaba_metadata *metadata,
                                     evc_error **err) EVC_MUST_CHECK;

/* "2026-01-31T12:00:00Z" of a member; -1 for others, and when there is none. */
int64_t evc_alibaba_time(const evc_json *object, const char *name);

#endif
