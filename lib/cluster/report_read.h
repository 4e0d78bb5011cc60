/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A report that was written as JSON (evc_cluster_report_json), read back: of the same library it
 * gives the same JSON again. What is missing or not known is left as a new report has it. Pure.
 */
#ifndef EVC_CLUSTER_REPORT_READ_H
#define EVC_CLUSTER_REPORT_READ_H

#include "base/view.h"
#include "cluster/report.h"

/* JSON: it is no report of a cluster. NOMEM. */
int evc_cluster_report_read(evc_view text, evc_cluster_report **out,
                            evc_error **err) EVC_MUST_CHECK;

#endif
