/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A new file in the place of an old one, at once or not at all: until commit, and after any
 * failure before its rename, the old file is as it was.
 *
 * The new one is made as a temporary of mode 0600 in the same folder, ".<name>.envcrypt-N.tmp"
 * with N from 1 to 16, and locked by flock while its maker lives. Whoever replaces the same
 * file next removes the temporaries that nobody locks. (Numbers, not random names: finding
 * those of dead processes must not take a listing of the folder, which may hold a million
 * files that are all being replaced.)
 */
#ifndef EVC_BASE_REPLACE_H
#define EVC_BASE_REPLACE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

typedef struct evc_replace {
    int fd;     /* of the temporary, to read and write; -1 = nothing is in the making */
    int folder; /* descriptor; a later chdir does not matter */
    char *path; /* as given, for messages */
    char *name; /* of the file in its folder */
    char temporary[256]; /* its name, likewise */
    uint64_t generation;
} evc_replace;

/*
 * The target may be missing. A symbolic link, FIFO, device, folder, or a file of several names
 * (hard links; the others would keep the old content) is FILE_TYPE. FILE_BUSY when sixteen
 * others replace it now, FILE_NOT_FOUND (of the folder), FILE_DENIED, NO_SPACE, IO, NOMEM.
 */
int evc_replace_open(evc_replace *r, const char *path, evc_error **err) EVC_MUST_CHECK;
/* Appends. Errors as evc_file_write_all(), FORKED. */
int evc_replace_write(evc_replace *r, evc_view bytes, evc_error **err) EVC_MUST_CHECK;
/*
 * fsync, rename, fsync of the folder. The new file has mode 0600 and belongs to the caller; with
 * keep_mode it has the mode, owner and group of the old one, and where owner or group cannot be
 * kept, less. With exclusive an existing target is FILE_EXISTS and stays. After success or
 * failure the object is released. Errors as evc_replace_open(); an IO error whose message
 * says "was replaced" means that the folder could not be synced after the rename.
 */
int evc_replace_commit(evc_replace *r, bool exclusive, bool keep_mode,
                       evc_error **err) EVC_MUST_CHECK;
/* Removes the temporary; fine after commit and failed open. A child of fork only forgets. */
void evc_replace_abort(evc_replace *r);
/* All of these, of a private file that holds these bytes. */
int evc_replace_put(const char *path, evc_view bytes, evc_error **err) EVC_MUST_CHECK;
/* Nothing in the place of the file, also after a power loss; one that is missing is fine.
 * FILE_DENIED, FILE_NOT_FOUND (of the folder), IO, NOMEM. */
int evc_replace_remove(const char *path, evc_error **err) EVC_MUST_CHECK;

#endif
