/* SPDX-License-Identifier: Apache-2.0 */
/* How an operation that fetches credentials failed, in the codes of a source. */
#ifndef EVC_AUTH_FETCHED_H
#define EVC_AUTH_FETCHED_H

#include "net/operation.h"

/*
 * Runs it under the wait and frees what it held. A service that is away or throttles is
 * CREDENTIALS_DOWN, with its error as the cause and its facts; other codes stay. What
 * op->run.status says stays too.
 */
int evc_fetched_run(evc_operation *op, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
