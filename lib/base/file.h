/* SPDX-License-Identifier: Apache-2.0 */
/* Files: capped reading, complete writing, a lock beside the file. Replacing: replace.h. */
#ifndef EVC_BASE_FILE_H
#define EVC_BASE_FILE_H

#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/err.h"
#include "base/view.h"
#include "base/wait.h"

/* Refuse a mode that lets group or others read or write, and a symbolic link. */
#define EVC_FILE_PRIVATE 1u
/* Refuse what belongs to neither this user nor root, a mode that lets others write, and a
 * symbolic link: of a folder where others may put files. */
#define EVC_FILE_OWN 2u
/* With EVC_FILE_PRIVATE: a link is followed, and the mode is that of what it leads to. */
#define EVC_FILE_LINKED 4u

/*
 * Appends a regular file of at most limit bytes to out; on failure nothing. FILE_NOT_FOUND,
 * FILE_DENIED, FILE_TYPE, FILE_TOO_LARGE, FILE_TOO_OPEN (with a flag), FILE_CHANGED when somebody wrote
 * it during the read, IO, NOMEM, BUFFER_TOO_SMALL.
 */
int evc_file_read(const char *path, size_t limit, unsigned flags, evc_buf *out,
                  evc_error **err) EVC_MUST_CHECK;

/*
 * Writes everything; EINTR, short writes and descriptors that do not block are handled. path
 * is for the message. NO_SPACE, PIPE_CLOSED, IO.
 */
int evc_file_write_all(int fd, const char *path, evc_view bytes,
                       evc_error **err) EVC_MUST_CHECK;

/*
 * An exclusive lock between processes and between threads: flock on "<path>.lock" (mode 0600,
 * left in place). Waits for it under w; NULL = without deadline. FILE_BUSY when w has a timeout
 * of 0, TIMEOUT, CANCELED, FORKED, FILE_DENIED, FILE_NOT_FOUND (of the folder), FILE_TYPE, IO,
 * NOMEM. A child of fork does not hold the locks of its parent.
 */
typedef struct evc_file_lock {
    int fd; /* -1: nothing is held */
    uint64_t generation;
} evc_file_lock;
int evc_file_lock_take(evc_file_lock *lock, const char *path, evc_wait *w,
                       evc_error **err) EVC_MUST_CHECK;
/* Same, without a wait: FILE_BUSY at once. */
int evc_file_lock_try(evc_file_lock *lock, const char *path,
                      evc_error **err) EVC_MUST_CHECK;
void evc_file_lock_drop(evc_file_lock *lock); /* fine when nothing is held */

#endif
