/* SPDX-License-Identifier: Apache-2.0 */
#include "base/infile.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

static int
not_a_file(const char *path, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_FILE_TYPE, "cannot read %s: it is not a file", path);
}

static int
changed(const evc_infile *f, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_FILE_CHANGED,
                   "%s changed while it was read; try again when nobody writes it",
                   f->path);
}

int
evc_infile_of(evc_infile *f, int fd, const char *path, evc_error **err)
{
    *f = (evc_infile){.fd = fd, .path = path};
    if (fstat(fd, &f->found) != 0)
        return evc_err_errno(err, errno, "read", path);
    if (!S_ISREG(f->found.st_mode))
        return not_a_file(path, err);
    f->size = (uint64_t)f->found.st_size;
    return 0;
}

int
evc_infile_open(evc_infile *f, const char *path, evc_error **err)
{
    /* Without O_NONBLOCK the open of a FIFO would wait for a writer. */
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
    int rc;

    *f = (evc_infile){.fd = -1, .path = path};
    if (fd < 0)
        return errno == ENXIO ? not_a_file(path, err)
                              : evc_err_errno(err, errno, "read", path);
    rc = evc_infile_of(f, fd, path, err);
    if (rc)
        evc_infile_close(f);
    return rc;
}

void
evc_infile_close(evc_infile *f)
{
    if (f->fd >= 0)
        (void)close(f->fd);
    f->fd = -1;
}

int
evc_infile_read(const evc_infile *f, uint64_t offset, void *out, size_t size,
                evc_error **err)
{
    uint8_t *bytes = out;
    size_t done = 0;

    if (offset > f->size || size > f->size - offset)
        return evc_err(err, ENVCRYPT_E_INTERNAL,
                       "bytes past the end of %s were asked for; please report",
                       f->path);
    while (done < size) {
        ssize_t got = pread(f->fd, &bytes[done], size - done, (off_t)(offset + done));

        if (got > 0)
            done += (size_t)got;
        else if (got == 0)
            return changed(f, err);
        else if (errno != EINTR)
            return evc_err_errno(err, errno, "read", f->path);
    }
    return 0;
}

static bool
is_same_file(const struct stat *a, const struct stat *b)
{
    return a->st_dev == b->st_dev && a->st_ino == b->st_ino;
}

static bool
is_unchanged(const struct stat *a, const struct stat *b)
{
    return a->st_size == b->st_size && a->st_mtim.tv_sec == b->st_mtim.tv_sec &&
           a->st_mtim.tv_nsec == b->st_mtim.tv_nsec;
}

/* Files of /proc and the like hold more than they say: what was read is not all of them. */
static int
check_end(const evc_infile *f, evc_error **err)
{
    uint8_t more;
    ssize_t got;

    do
        got = pread(f->fd, &more, 1, (off_t)f->size);
    while (got < 0 && errno == EINTR);
    if (got < 0)
        return evc_err_errno(err, errno, "read", f->path);
    if (got == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_FILE_CHANGED,
                   "%s holds more bytes than its size says; it grows, or its bytes are "
                   "made when it is read: pass it through a pipe",
                   f->path);
}

int
evc_infile_check(const evc_infile *f, evc_error **err)
{
    struct stat now;

    if (fstat(f->fd, &now) != 0)
        return evc_err_errno(err, errno, "read", f->path);
    return is_unchanged(&now, &f->found) ? check_end(f, err) : changed(f, err);
}

int
evc_infile_check_path(const evc_infile *f, evc_error **err)
{
    return evc_infile_is(f, f->path) ? evc_infile_check(f, err) : changed(f, err);
}

bool
evc_infile_is(const evc_infile *f, const char *path)
{
    struct stat other;

    return stat(path, &other) == 0 && is_same_file(&other, &f->found);
}
