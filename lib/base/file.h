/* SPDX-License-Identifier: Apache-2.0 */
/* Files: capped reading, atomic replacing, a lock beside the file. */
#ifndef EVC_BASE_FILE_H
#define EVC_BASE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/wait.h"

#define EVC_FILE_PRIVATE 1u /* refuse modes that let group or others read or write, and links */

/*
 * Reads a regular file of at most limit bytes. FILE_NOT_FOUND, FILE_DENIED, FILE_TYPE,
 * FILE_TOO_LARGE, FILE_TOO_OPEN (with EVC_FILE_PRIVATE), FILE_CHANGED when its size changed
 * during the read, IO.
 */
int evc_file_read(const char *path, size_t limit, unsigned flags, evc_buf *out,
                  evc_error **err) EVC_MUST_CHECK;

/*
 * A replacement in the making: a temporary of mode 0600 in the same folder, named
 * ".<name>.envcrypt-<12 hex>.tmp"; stale ones of dead processes (flock on them is free)
 * are removed when the next one is made. Until commit the old file is untouched.
 */
typedef struct evc_replace {
    int fd;
    char *path;
    char *temporary;
    char *folder;
    uint64_t generation;
} evc_replace;

/* The target may be missing; a symlink, FIFO, device or folder is FILE_TYPE. */
int evc_replace_open(evc_replace *r, const char *path, evc_error **err) EVC_MUST_CHECK;
int evc_replace_write(evc_replace *r, evc_view bytes, evc_error **err) EVC_MUST_CHECK;
/*
 * fsync, rename, fsync of the folder. With keep_mode the mode of the old file is kept
 * where it is no wider than 0600 | its own; otherwise 0600. With exclusive an existing
 * target is FILE_EXISTS and stays. After success or failure the object is released.
 */
int evc_replace_commit(evc_replace *r, bool exclusive, bool keep_mode,
                       evc_error **err) EVC_MUST_CHECK;
void evc_replace_abort(evc_replace *r); /* removes the temporary; fine after commit */

/* Writes everything; EINTR and short writes are handled. */
int evc_file_write_all(int fd, const char *path, evc_view bytes,
                       evc_error **err) EVC_MUST_CHECK;

/*
 * An exclusive lock by fcntl open-file-description lock or flock on "<path>.lock" (mode 0600, left in
 * place). Waits for it under w. FILE_BUSY only when w has a deadline of 0.
 */
typedef struct evc_file_lock {
    int fd;
} evc_file_lock;
int evc_file_lock_take(evc_file_lock *lock, const char *path, evc_wait *w,
                       evc_error **err) EVC_MUST_CHECK;
void evc_file_lock_drop(evc_file_lock *lock);

#endif
