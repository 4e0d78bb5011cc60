/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a service of Alibaba Cloud KMS, an account at a Region, and what its
 * actions have in common: which key is meant, rows about keys.
 */
#ifndef EVC_CLOUD_ALIBABA_ACCOUNT_H
#define EVC_CLOUD_ALIBABA_ACCOUNT_H

#include "cloud/alibaba_ask.h"
#include "cloud/alibaba_metadata.h"
#include "cloud/service.h"

typedef struct evc_alibaba_account {
    evc_peer *peer; /* a reference is held */
    char *region;
} evc_alibaba_account;

/* For evc_service_kind: alibaba-kms://REGION, or alibaba-kms:/// for the configured
 * Region; of the URI of a key its Region counts. */
int evc_alibaba_account_open(evc_service *service, const evc_uri *uri,
                             const struct envcrypt_kms_config *config, evc_wait *wait,
                             evc_error **err) EVC_MUST_CHECK;
void evc_alibaba_account_close(void *state);
const evc_alibaba_account *evc_alibaba_account_of(const evc_service *service);

/*
 * The ARN of the argument "key" with a NUL, appended: asked for unless it is one, since
 * some actions take no alias. ENVCRYPT_E_ARGUMENT, REGION (an ARN of another Region), the
 * errors of DescribeKey.
 */
int evc_alibaba_account_key(const evc_service *service, const evc_kv *args,
                            evc_wait *wait, evc_buf *out,
                            evc_error **err) EVC_MUST_CHECK;

/* Runs an action whose answer tells nothing more. */
int evc_alibaba_account_do(const evc_service *service, const evc_operation_kind *kind,
                           const char *subject, const evc_alibaba_parameter *parameters,
                           evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

/* Columns of keys, a row of them, and a row of a key as the service describes it now. */
extern const char *const evc_alibaba_key_columns[];
int evc_alibaba_account_row(evc_table *out, const evc_alibaba_metadata *metadata,
                            const char *aliases, evc_error **err) EVC_MUST_CHECK;
int evc_alibaba_account_show(const evc_service *service, const char *key,
                             const char *aliases, evc_wait *wait, evc_table *out,
                             evc_error **err) EVC_MUST_CHECK;

#endif
