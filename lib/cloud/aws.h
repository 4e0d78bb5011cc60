/* SPDX-License-Identifier: Apache-2.0 */
/*
 * AWS KMS as a back end: aws-kms:///ARN, aws-kms://REGION/KEY (KEY = id, alias/NAME or
 * ARN), and for discovery aws-kms://REGION alone. EDKs are those of Amazon's SDKs
 * ("framework/aws-kms/aws-kms-keyring.md").
 */
#ifndef EVC_CLOUD_AWS_H
#define EVC_CLOUD_AWS_H

#include "kms/backend.h"

extern const evc_backend evc_backend_aws;

#endif
