/* SPDX-License-Identifier: Apache-2.0 */
/* The errors of Alibaba Cloud KMS (kms-apis 3.6; "Common error codes" of its API
 * reference). */
#ifndef EVC_CLOUD_ALIBABA_ERRORS_H
#define EVC_CLOUD_ALIBABA_ERRORS_H

#include "net/peer.h"

/* For evc_alibaba_peer_open. Pure. */
void evc_alibaba_kms_classify(const evc_exchange *x, evc_fault *fault);

#endif
