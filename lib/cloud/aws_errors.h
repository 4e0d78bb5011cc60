/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What AWS KMS says went wrong: by the name of the error, never by the HTTP status, as it
 * throttles with 400 (kms-apis 1.5, 1.6; messages as recorded from the service). Pure.
 */
#ifndef EVC_CLOUD_AWS_ERRORS_H
#define EVC_CLOUD_AWS_ERRORS_H

#include "net/peer.h"

/* The provider code with which a dry run says that the call would have worked. */
#define EVC_AWS_DRY_RUN "DryRunOperationException"

/* For a peer of AWS KMS. The operation is read off the request. */
void evc_aws_kms_classify(const evc_exchange *x, evc_fault *fault);

#endif
