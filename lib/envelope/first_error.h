/* SPDX-License-Identifier: Apache-2.0 */
/* The first error of a stream, which every later call reports again. */
#ifndef EVC_ENVELOPE_FIRST_ERROR_H
#define EVC_ENVELOPE_FIRST_ERROR_H

#include "base/err.h"

typedef struct evc_first_error {
    int code; /* 0: none yet */
    char message[512];
} evc_first_error;

/* Keeps code and message of a failure that was just stored in *err (err may be NULL);
 * returns code. */
int evc_first_error_keep(evc_first_error *first, int code, evc_error *const *err);
/* 0 when there was none; else stores it again and returns its code. */
int evc_first_error_again(const evc_first_error *first, evc_error **err) EVC_MUST_CHECK;

#endif
