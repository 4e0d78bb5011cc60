/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IBM Key Protect, Key Protect Dedicated and Hyper Protect Crypto Services as a back end:
 * ibm-kp:///CRN, or ibm-kp://HOST-OR-REGION/INSTANCE/KEY (KEY = id or alias). EDKs as in
 * doc/format.md.
 */
#ifndef EVC_CLOUD_IBM_H
#define EVC_CLOUD_IBM_H

#include "kms/backend.h"

extern const evc_backend evc_backend_ibm;

#endif
