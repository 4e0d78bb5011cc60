/* SPDX-License-Identifier: Apache-2.0 */
#include "base/instream.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define STDIN_NAME "the standard input"
#define LOOK_MS 50

static int
look(evc_instream *s, evc_error **err)
{
    struct stat found;

    if (fstat(s->fd, &found) != 0)
        return evc_err_errno(err, errno, "read", s->path);
    if (S_ISREG(found.st_mode)) {
        s->is_regular = true;
        return evc_infile_of(&s->file, s->fd, s->path, err);
    }
    if (S_ISFIFO(found.st_mode) || S_ISSOCK(found.st_mode) || S_ISCHR(found.st_mode))
        return 0;
    return evc_err(err, ENVCRYPT_E_FILE_TYPE,
                   "cannot read %s: it is neither a file nor a pipe", s->path);
}

int
evc_instream_open(evc_instream *s, const char *path, evc_error **err)
{
    int rc;

    *s = (evc_instream){.fd = -1, .path = path, .file.fd = -1};
    if (strcmp(path, "-") == 0) {
        s->path = STDIN_NAME;
        s->fd = STDIN_FILENO;
        return look(s, err);
    }
    /* Without O_NONBLOCK the open of a named pipe would wait for a writer. */
    s->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    if (s->fd < 0)
        return evc_err_errno(err, errno, "read", path);
    rc = look(s, err);
    if (rc)
        evc_instream_close(s);
    return rc;
}

void
evc_instream_close(evc_instream *s)
{
    if (s->fd > STDIN_FILENO)
        (void)close(s->fd);
    s->fd = -1;
    s->file.fd = -1; /* the same descriptor */
}

int
evc_instream_begin(evc_instream *s, evc_error **err)
{
    if (s->is_begun && !s->is_regular)
        return evc_err(
            err, ENVCRYPT_E_STATE,
            "%s was read already, and a pipe gives its bytes once; save them "
            "to a file to read them again",
            s->path);
    s->is_begun = true;
    s->at = 0;
    return 0;
}

static int
read_file(evc_instream *s, void *out, size_t size, size_t *got, evc_error **err)
{
    uint64_t left = s->file.size - s->at;
    int rc;

    if (left == 0)
        return evc_infile_check(&s->file, err);
    if (size > left)
        size = (size_t)left;
    rc = evc_infile_read(&s->file, s->at, out, size, err);
    if (rc)
        return rc;
    s->at += size;
    *got = size;
    return 0;
}

/* Until it gives bytes or its end. The wait sleeps at one descriptor, so a cancel by another
 * thread is looked for in between. */
static int
await_pipe(const evc_instream *s, evc_wait *wait, evc_error **err)
{
    struct pollfd one = {.fd = s->fd, .events = POLLIN};

    while (poll(&one, 1, 0) <= 0) {
        int rc = evc_wait_sleep_at(wait, evc_clock_monotonic_ms(wait->clock) + LOOK_MS,
                                   s->fd, err);

        if (rc)
            return rc;
    }
    return 0;
}

static int
read_pipe(const evc_instream *s, void *out, size_t size, evc_wait *wait, size_t *got,
          evc_error **err)
{
    ssize_t bytes;

    do {
        int rc = await_pipe(s, wait, err);

        if (rc)
            return rc;
        bytes = read(s->fd, out, size);
    } while (bytes < 0 && (errno == EINTR || errno == EAGAIN));
    if (bytes < 0)
        return evc_err_errno(err, errno, "read", s->path);
    *got = (size_t)bytes;
    return 0;
}

int
evc_instream_read(evc_instream *s, void *out, size_t size, evc_wait *wait, size_t *got,
                  evc_error **err)
{
    evc_wait own;
    int rc = evc_wait_check(wait, err);

    *got = 0;
    if (rc || size == 0)
        return rc;
    if (s->is_regular)
        return read_file(s, out, size, got, err);
    if (wait)
        return read_pipe(s, out, size, wait, got, err);
    evc_wait_init(&own, NULL, -1);
    rc = read_pipe(s, out, size, &own, got, err);
    evc_wait_release(&own);
    return rc;
}
