/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Many data keys and their records at a time: what evc_record_wrap and _unwrap do, with
 * the calls to key services side by side, and an error for each. The public envcrypt_bulk.
 * One thread at a time.
 */
#ifndef EVC_ENVELOPE_BATCH_H
#define EVC_ENVELOPE_BATCH_H

#include "envelope/dek.h"
#include "envelope/keyring.h"

#define EVC_BATCH_WIDTH 16u /* by default */
#define EVC_BATCH_WIDTH_MAX 1024u

typedef struct envcrypt_bulk evc_batch;

int evc_batch_new(evc_keyring *keyring, evc_batch **out,
                  evc_error **err) EVC_MUST_CHECK;
void evc_batch_free(evc_batch *batch); /* NULL is fine; legal in a child of fork */
int evc_batch_check(const evc_batch *batch,
                    evc_error **err) EVC_MUST_CHECK; /* FORKED */

/*
 * Items get indices from 0 on; inputs are copied. Malformed records fail when they are
 * run. ARGUMENT (a size of no data key), ARENA_FULL,
 * ARENA_UNLOCKED, RANDOM, NOMEM: nothing was added.
 */
int evc_batch_add_generate(evc_batch *batch, size_t size, const evc_kv *context,
                           evc_error **err) EVC_MUST_CHECK;
int evc_batch_add_wrap(evc_batch *batch, evc_view key, const evc_kv *context,
                       evc_error **err) EVC_MUST_CHECK;
int evc_batch_add_unwrap(evc_batch *batch, evc_view record, const evc_kv *expected,
                         evc_error **err) EVC_MUST_CHECK;
size_t evc_batch_count(const evc_batch *batch);

/*
 * Runs those that did not succeed yet. 0 when all have; else the code of the first that
 * did not, whose message is quoted. NOMEM.
 */
int evc_batch_run(evc_batch *batch, size_t width, evc_wait *wait,
                  evc_error **err) EVC_MUST_CHECK;

/* Of an item: 0, its failure, STATE when it did not run yet, ARGUMENT past the end. */
int evc_batch_code(const evc_batch *batch, size_t index);
const evc_error *evc_batch_error(const evc_batch *batch, size_t index); /* or NULL */
/* The record that was made, or given; empty of what did not succeed. */
evc_view evc_batch_record(const evc_batch *batch, size_t index);
/* The record that takes the place of a given one: the key service handed a new wrapped key
 * back; empty when it did not. */
evc_view evc_batch_renewed(const evc_batch *batch, size_t index);
/* The data key as a handle of its own, once. Code of the item, when it did not succeed;
 * STATE when it was taken; NOMEM. */
int evc_batch_take_dek(evc_batch *batch, size_t index, evc_dek **out,
                       evc_error **err) EVC_MUST_CHECK;

#endif
