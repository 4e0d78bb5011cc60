/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the replies of IBM's key services that are no success mean: by reason code first,
 * by HTTP status where there is none ("Error messages", Key Protect docs; kms-apis 2.4).
 * Tried again is what IBM's own client tries again: 429, and 5xx but for 501.
 */
#ifndef EVC_CLOUD_IBM_ERRORS_H
#define EVC_CLOUD_IBM_ERRORS_H

#include "net/peer.h"

/* Reason codes that call for a further look. */
#define EVC_IBM_INVALID_STATE "KEY_ACTION_INVALID_STATE_ERR"
#define EVC_IBM_INVALID_STATE_OLD "KEY_INVALID_STATE_ERR"
#define EVC_IBM_ROTATED_LATELY "KEY_ROTATION_NOT_PERMITTED"

#define EVC_IBM_SETTLE_MS 30000     /* after a change of a key until the next one */
#define EVC_IBM_ROTATION_MS 3600000 /* from one rotation of a key to the next */

/* For evc_protocol.classify. Pure. */
void evc_ibm_classify(const evc_exchange *x, evc_fault *fault);

#endif
