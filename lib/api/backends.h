/* SPDX-License-Identifier: Apache-2.0 */
/* The key services that a URI opens: the one array that a new back end is added to. */
#ifndef EVC_API_BACKENDS_H
#define EVC_API_BACKENDS_H

#include "kms/backend.h"

const evc_backend *const *evc_backends(void); /* NULL-ended; static */

#endif
