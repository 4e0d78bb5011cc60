/* SPDX-License-Identifier: Apache-2.0 */
/* The entry of a NULL-ended list of names that looks most like a mistyped one. */
#ifndef EVC_BASE_NEAREST_H
#define EVC_BASE_NEAREST_H

#include "base/err.h"

/*
 * NULL when none is within an edit distance of 3 and of half the name. Case does not
 * count; of equals the first is taken.
 */
const char *evc_nearest(const char *name, const char *const *names);
/* UNKNOWN_OPTION: "<subject> no option "<name>"; did you mean "…"?", where subject ends with
 * its verb: "clients have". */
int evc_nearest_refuse(const char *subject, const char *name, const char *const *names,
                       evc_error **err) EVC_MUST_CHECK;

#endif
