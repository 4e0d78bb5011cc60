/* SPDX-License-Identifier: Apache-2.0 */
/* Folders: made with those above them, and what stands in one. Any thread. */
#ifndef EVC_BASE_DIR_H
#define EVC_BASE_DIR_H

#include "base/err.h"

/* Each folder of the path that is missing, mode 0700; those that stand stay as they are. The last
 * must be ours or root's, and without the sticky bit nobody else may write to it. The errors of
 * mkdir, FILE_TYPE, FILE_TOO_OPEN, NOMEM. */
int evc_dir_make(const char *path, evc_error **err) EVC_MUST_CHECK;

/* path: folder, a slash and the name. Not 0 ends it, and is what evc_dir_each() gives. */
typedef int (*evc_dir_fn)(void *user, const char *path, evc_error **err);
/*
 * Tells of each name that ends so and begins with no dot, sorted, as it was when it was called.
 * A folder that is missing has none. FILE_DENIED, FILE_NOT_FOUND (of a path through a file), IO,
 * NOMEM.
 */
int evc_dir_each(const char *folder, const char *ending, evc_dir_fn fn, void *user,
                 evc_error **err) EVC_MUST_CHECK;

#endif
