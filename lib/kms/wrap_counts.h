/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How often each version of a key store's key wrapped in this process. A count lives as
 * long as the process and belongs to all handles: whoever opens the store anew for each
 * message must not begin at 0 each time (decision 2: 2^32 wraps by one version). A child
 * of fork goes on from where its parent stood.
 *
 * Any number of threads, without locks, so that a child never finds one held.
 */
#ifndef EVC_KMS_WRAP_COUNTS_H
#define EVC_KMS_WRAP_COUNTS_H

#include "kms/store_data.h"
#include "kms/wrap_aes.h"

/* NULL when memory is out. Nothing frees it, nor the 120 bytes that it takes. */
evc_wrap_count *evc_wrap_counts_find(const uint8_t store_id[EVC_STORE_ID],
                                     const char *name, uint32_t version);

#endif
