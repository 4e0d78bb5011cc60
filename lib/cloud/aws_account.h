/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state of a service of AWS KMS, an account at a Region, and what its actions have in
 * common: which key is meant, rows about keys.
 */
#ifndef EVC_CLOUD_AWS_ACCOUNT_H
#define EVC_CLOUD_AWS_ACCOUNT_H

#include "cloud/aws_ask.h"
#include "cloud/aws_metadata.h"
#include "cloud/aws_policy.h"
#include "cloud/service.h"

typedef struct evc_aws_account {
    evc_peer *peer; /* a reference is held */
    char *region;
    char account[16]; /* of the key that the URI names; "" = it names none */
} evc_aws_account;

/* For evc_service_kind: aws-kms://REGION, aws-kms:/// for the configured Region, or the
 * URI of a key, whose account and Region are meant. */
int evc_aws_account_open(evc_service *service, const evc_uri *uri,
                         const struct envcrypt_kms_config *config, evc_wait *wait,
                         evc_error **err) EVC_MUST_CHECK;
void evc_aws_account_close(void *state);

const evc_aws_account *evc_aws_account_of(const evc_service *service);

/*
 * The argument "key" of an action as the service takes it, appended with a NUL: an id or
 * ARN as it is, an alias resolved. ENVCRYPT_E_ARGUMENT, REGION (an ARN of another
 * Region), the errors of DescribeKey.
 */
int evc_aws_account_key(const evc_service *service, const evc_kv *args, evc_wait *wait,
                        evc_buf *out, evc_error **err) EVC_MUST_CHECK;

/* Runs an operation whose answer tells nothing. key: of its only member KeyId. */
int evc_aws_account_do(const evc_service *service, const evc_operation_kind *kind,
                       const char *key, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

/*
 * The policy that the arguments policy, allow, allow-account and allow-grant ask for,
 * appended without a NUL; nothing when there are none of them. account is of the key.
 */
int evc_aws_account_policy(const evc_service *service, const evc_kv *args,
                           const char *account, evc_buf *out,
                           evc_error **err) EVC_MUST_CHECK;
bool evc_aws_account_has_policy(const evc_kv *args);

/* Columns of keys, and a row of them. aliases may be NULL. */
extern const char *const evc_aws_key_columns[];
int evc_aws_account_row(evc_table *out, const evc_aws_metadata *m, const char *aliases,
                        evc_error **err) EVC_MUST_CHECK;

#endif
