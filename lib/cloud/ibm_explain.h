/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A refusal of IBM's key services that does not tell the reason, looked at again: what
 * state the key is in, when it may be rotated, whether the context was the matter. One
 * more request where it helps.
 */
#ifndef EVC_CLOUD_IBM_EXPLAIN_H
#define EVC_CLOUD_IBM_EXPLAIN_H

#include "cloud/ibm_call.h"
#include "cloud/ibm_fetch.h"

/*
 * After a call failed with code and *err. Gives the code that says more, with *err as the
 * cause of the new error; or code, with *err as it was.
 */
int evc_ibm_explain(const evc_call *call, int code, evc_wait *wait,
                    evc_error **err) EVC_MUST_CHECK;
/* Same, after a rotation of the key at that place. now_ms is wall time. */
int evc_ibm_explain_rotation(const evc_ibm_where *where, int64_t now_ms, int code,
                             evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
