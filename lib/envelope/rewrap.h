/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rewrap of a message (design decision 3): the old one is verified whole while a new
 * one is written, with a new data key, message id, header and body; then the new header
 * is opened with the new recipients and its final frame checked. Only then may the new
 * one take the old one's place. There is no way to write a second header for a data key
 * and message id.
 */
#ifndef EVC_ENVELOPE_REWRAP_H
#define EVC_ENVELOPE_REWRAP_H

#include "envelope/rewrap_plan.h"
#include "envelope/room.h"

typedef struct envcrypt_rewrap_result {
    int32_t reason; /* ENVCRYPT_REWRAP_… */
    bool changed;
    bool signer_changed;
} evc_rewrap_result;

/* room stays empty when nothing was done. Errors of reading and writing messages. */
int evc_rewrap_memory(const evc_rewrap *r, evc_view message, evc_room *room,
                      evc_rewrap_result *result, evc_error **err) EVC_MUST_CHECK;
/* In place; the file keeps its mode. Also the errors of files. */
int evc_rewrap_file(const evc_rewrap *r, const char *path, evc_rewrap_result *result,
                    evc_error **err) EVC_MUST_CHECK;

#endif
