/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Alibaba Cloud KMS as a back end: alibaba-kms:///ARN, or alibaba-kms://REGION/KEY (KEY =
 * id, alias/NAME or ARN). EDKs as in doc/format.md.
 */
#ifndef EVC_CLOUD_ALIBABA_H
#define EVC_CLOUD_ALIBABA_H

#include "kms/backend.h"

extern const evc_backend evc_backend_alibaba;

#endif
