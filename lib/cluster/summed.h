/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A text of JSON whose last member is the sum over all that stands before it (doc/format.md),
 * so that what was cut or changed is not taken for what was written. Pure.
 */
#ifndef EVC_CLUSTER_SUMMED_H
#define EVC_CLUSTER_SUMMED_H

#include "base/buf.h"
#include "crypto/crypto.h"

/* object: as a pretty writer of codec/jwrite.h leaves it. Appended, with its sum. NOMEM, and
 * what a digest can fail with. */
int evc_summed_put(evc_crypto *crypto, evc_view object, evc_buf *out,
                   evc_error **err) EVC_MUST_CHECK;
/* CLUSTER_STATE: it has no sum, or a wrong one. */
int evc_summed_check(evc_crypto *crypto, evc_view text, evc_error **err) EVC_MUST_CHECK;

#endif
