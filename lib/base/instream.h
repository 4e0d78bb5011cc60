/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A file, a pipe or the standard input that is read from its first byte to its end. One
 * object, one thread.
 */
#ifndef EVC_BASE_INSTREAM_H
#define EVC_BASE_INSTREAM_H

#include "base/infile.h"
#include "base/wait.h"

typedef struct evc_instream {
    int fd;           /* -1: not open */
    const char *path; /* the caller's, for messages */
    evc_infile file;  /* of a regular file, which may be read at any place too */
    uint64_t at;
    bool is_regular;
    bool is_begun;
} evc_instream;

/*
 * path "-" is the standard input, which stays open at the end. Links are followed; nothing is
 * read yet, and a named pipe without a writer is not waited for. FILE_NOT_FOUND,
 * FILE_DENIED, FILE_TYPE (neither a file nor a pipe), IO.
 */
int evc_instream_open(evc_instream *s, const char *path,
                      evc_error **err) EVC_MUST_CHECK;
void evc_instream_close(evc_instream *s); /* fine on one that is not open */

/* From the first byte: of a file any number of times, of a pipe once, then STATE. */
int evc_instream_begin(evc_instream *s, evc_error **err) EVC_MUST_CHECK;
/*
 * Up to size bytes; *got is 0 at the end only. Of a pipe it waits for some, under wait (NULL
 * = without deadline). A file that somebody wrote meanwhile is FILE_CHANGED at its end.
 * IO, CANCELED, TIMEOUT, FORKED.
 */
int evc_instream_read(evc_instream *s, void *out, size_t size, evc_wait *wait,
                      size_t *got, evc_error **err) EVC_MUST_CHECK;

#endif
