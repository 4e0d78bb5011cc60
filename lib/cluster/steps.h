/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What would be done, row by row: columns step, request, effect, warning. A driver writes
 * the rows of its requests, the flow those of Kubernetes; nothing is sent. One thread.
 */
#ifndef EVC_CLUSTER_STEPS_H
#define EVC_CLUSTER_STEPS_H

#include "base/table.h"

int evc_steps_new(evc_table **out, evc_error **err) EVC_MUST_CHECK;
/* step: "enable"; request: "POST /clusters/prod/encryption-config/associate", NULL = none
 * is sent; effect: one sentence; warning: one, or NULL. NOMEM. */
int evc_steps_add(evc_table *steps, const char *step, const char *request,
                  const char *effect, const char *warning,
                  evc_error **err) EVC_MUST_CHECK;

#endif
