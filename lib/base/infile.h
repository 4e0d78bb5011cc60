/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file that is read in pieces, at any place, and must not change meanwhile. One
 * object, one thread; a child of fork may close it.
 */
#ifndef EVC_BASE_INFILE_H
#define EVC_BASE_INFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"

typedef struct evc_infile {
    int fd;           /* -1: not open */
    const char *path; /* the caller's, for messages */
    uint64_t size;
    struct stat found; /* when it was opened */
} evc_infile;

/* A regular file; links are followed. FILE_NOT_FOUND, FILE_DENIED, FILE_TYPE, IO. */
int evc_infile_open(evc_infile *f, const char *path, evc_error **err) EVC_MUST_CHECK;
/* A descriptor of the caller's, which must not be closed here. FILE_TYPE, IO. */
int evc_infile_of(evc_infile *f, int fd, const char *path,
                  evc_error **err) EVC_MUST_CHECK;
void evc_infile_close(evc_infile *f); /* fine on one that is not open */

/* Exactly size bytes, within f->size. FILE_CHANGED when they are not there; IO. */
int evc_infile_read(const evc_infile *f, uint64_t offset, void *out, size_t size,
                    evc_error **err) EVC_MUST_CHECK;
/* FILE_CHANGED when somebody wrote to the file since it was opened, or its size never
 * told of all its bytes. */
int evc_infile_check(const evc_infile *f, evc_error **err) EVC_MUST_CHECK;
/* Same, and when the path names another file by now. */
int evc_infile_check_path(const evc_infile *f, evc_error **err) EVC_MUST_CHECK;
/* Whether path names this very file, by whatever name. */
bool evc_infile_is(const evc_infile *f, const char *path);

#endif
