/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Runs of whole regular frames, by as many threads as the caller asked for: each gets
 * a contiguous group of frames and a cipher of its own. One thread at a time.
 */
#ifndef EVC_ENVELOPE_BULK_H
#define EVC_ENVELOPE_BULK_H

#include "base/wait.h"
#include "envelope/progress.h"
#include "envelope/session.h"

typedef struct evc_bulk_lane {
    evc_gcm *gcm;
    int rc;
    evc_error *error;
} evc_bulk_lane;

typedef struct evc_bulk {
    const evc_session *session;
    size_t threads;
    evc_wait *wait;         /* NULL: never cancelled */
    evc_progress *progress; /* NULL: nobody wants to know */
    evc_bulk_lane first;    /* borrows the session's cipher */
    evc_bulk_lane *lanes;   /* made when a run is long enough for several */
} evc_bulk;

/* session has begun and outlives the bulk. Nothing is allocated until it is needed. */
void evc_bulk_init(evc_bulk *b, const evc_session *session, size_t threads,
                   evc_wait *wait, evc_progress *progress);
void evc_bulk_end(evc_bulk *b); /* legal on one that is all zero */

/*
 * Seals plain, a whole number of frames, as the frames from sequence on: out gets the
 * overhead more for each. CANCELED, TIMEOUT, LIMIT_LENGTH, CRYPTO, NOMEM; out is zeroed
 * then.
 */
int evc_bulk_seal(evc_bulk *b, uint32_t sequence, evc_view plain, uint8_t *out,
                  evc_error **err) EVC_MUST_CHECK;
/*
 * Opens frames, a whole number of them, the first of which must have the sequence.
 * Errors as above and FRAME, FRAME_AUTH; all of out is zeroed then.
 */
int evc_bulk_open(evc_bulk *b, uint32_t sequence, evc_view frames, uint8_t *out,
                  evc_error **err) EVC_MUST_CHECK;

#endif
