/* SPDX-License-Identifier: Apache-2.0 */
/* A pre-flight self-test of a key: what it can do now, how long that takes, and which
 * rights are missing. */
#ifndef EVC_KMS_CHECK_H
#define EVC_KMS_CHECK_H

#include "base/table.h"
#include "kms/kms.h"

#define EVC_CHECK_IDENTITY_MS 5000

/*
 * One row for each step: "identity", "describe", "generate", "wrap", "unwrap",
 * "wrong-context", "rewrap". Columns: step, result ("ok", "failed", "skipped",
 * "unknown"), detail (a sentence), permission (of a step that failed), milliseconds.
 * *failed: how many failed. The data key of the test is random and thrown away. Nothing
 * depends on the identity, which may be told by another service than that of the key: it
 * gets EVC_CHECK_IDENTITY_MS of the wait, and is "unknown" when it is not told. CANCELED,
 * TIMEOUT (of the wait), FORKED and NOMEM end it with that error; everything else is a
 * finding.
 */
int evc_check(evc_kms *kms, evc_wait *wait, evc_table **out, size_t *failed,
              evc_error **err) EVC_MUST_CHECK;

#endif
