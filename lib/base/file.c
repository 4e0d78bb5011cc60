/* SPDX-License-Identifier: Apache-2.0 */
#include "base/file.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/fork.h"

#define OTHERS_CAN_USE (S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH)
#define OTHERS_CAN_WRITE (S_IWGRP | S_IWOTH)
#define FIRST_PAUSE_MS 1
#define LONGEST_PAUSE_MS 50

static ssize_t
read_some(int fd, void *out, size_t size)
{
    ssize_t got;

    do
        got = read(fd, out, size);
    while (got < 0 && errno == EINTR);
    return got;
}

static bool
is_own(const struct stat *found)
{
    return (found->st_uid == geteuid() || found->st_uid == 0) &&
           !(found->st_mode & OTHERS_CAN_WRITE);
}

static int
check_kind(const char *path, const struct stat *found, size_t limit, unsigned flags,
           evc_error **err)
{
    if (!S_ISREG(found->st_mode))
        return evc_err(err, ENVCRYPT_E_FILE_TYPE, "cannot read %s: it is not a file",
                       path);
    if (flags & EVC_FILE_PRIVATE && found->st_mode & OTHERS_CAN_USE)
        return evc_err(
            err, ENVCRYPT_E_FILE_TOO_OPEN,
            "will not read %s: its mode %04o lets others read or write it; set "
            "it to 0600",
            path, (unsigned)found->st_mode & 07777u);
    if (flags & EVC_FILE_OWN && !is_own(found))
        return evc_err(err, ENVCRYPT_E_FILE_TOO_OPEN,
                       "will not read %s: it belongs to another user, or its mode %04o "
                       "lets others write it; own it, and set it to 0600",
                       path, (unsigned)found->st_mode & 07777u);
    if (found->st_size < 0 || (uintmax_t)found->st_size > limit)
        return evc_err(
            err, ENVCRYPT_E_FILE_TOO_LARGE,
            "cannot read %s: it has %jd bytes, more than the %zu that are read "
            "here",
            path, (intmax_t)found->st_size, limit);
    return 0;
}

static int
changed(const char *path, evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_FILE_CHANGED,
        "cannot read %s: it changed meanwhile; try again when nobody writes it", path);
}

/* Exactly size bytes, and the end after them. */
static int
read_exactly(int fd, const char *path, uint8_t *out, size_t size, evc_error **err)
{
    uint8_t extra;
    size_t done = 0;
    ssize_t got;

    while (done < size) {
        got = read_some(fd, &out[done], size - done);
        if (got < 0)
            return evc_err_errno(err, errno, "read", path);
        if (got == 0)
            return changed(path, err);
        done += (size_t)got;
    }
    got = read_some(fd, &extra, 1);
    if (got < 0)
        return evc_err_errno(err, errno, "read", path);
    return got == 0 ? 0 : changed(path, err);
}

static int
read_open_file(int fd, const char *path, size_t limit, unsigned flags, evc_buf *out,
               evc_error **err)
{
    struct stat before;
    struct stat after;
    size_t size;
    uint8_t *room;
    int rc;

    if (fstat(fd, &before) != 0)
        return evc_err_errno(err, errno, "read", path);
    rc = check_kind(path, &before, limit, flags, err);
    if (rc != 0)
        return rc;
    size = (size_t)before.st_size;
    room = evc_buf_extend(out, size);
    rc = evc_buf_check(out, err);
    if (rc == 0)
        rc = read_exactly(fd, path, room, size, err);
    if (rc != 0)
        return rc;
    if (fstat(fd, &after) != 0)
        return evc_err_errno(err, errno, "read", path);
    if (after.st_size != before.st_size ||
        after.st_mtim.tv_sec != before.st_mtim.tv_sec ||
        after.st_mtim.tv_nsec != before.st_mtim.tv_nsec)
        return changed(path, err);
    return 0;
}

int
evc_file_read(const char *path, size_t limit, unsigned flags, evc_buf *out,
              evc_error **err)
{
    size_t start = out->size;
    int how = O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK; /* a FIFO would block */
    int fd;
    int rc;

    if (flags & EVC_FILE_OWN ||
        (flags & EVC_FILE_PRIVATE && !(flags & EVC_FILE_LINKED)))
        how |= O_NOFOLLOW;
    fd = open(path, how);
    if (fd < 0 && errno == ENXIO)
        return evc_err(err, ENVCRYPT_E_FILE_TYPE, "cannot read %s: it is not a file",
                       path);
    if (fd < 0)
        return evc_err_errno(err, errno, "read", path);
    rc = read_open_file(fd, path, limit, flags, out, err);
    if (rc != 0)
        evc_buf_truncate(out, start);
    (void)close(fd);
    return rc;
}

/* Waits until a descriptor that does not block takes more; false with errno. */
static bool
wait_for_room(int fd)
{
    struct pollfd one = {.fd = fd, .events = POLLOUT};

    return poll(&one, 1, -1) >= 0 || errno == EINTR;
}

int
evc_file_write_all(int fd, const char *path, evc_view bytes, evc_error **err)
{
    size_t done = 0;

    while (done < bytes.size) {
        ssize_t wrote = write(fd, &bytes.data[done], bytes.size - done);

        if (wrote > 0)
            done += (size_t)wrote;
        else if (wrote == 0) /* no system should; else this would never end */
            return evc_err_errno(err, EIO, "write", path);
        else if (errno != EINTR && !(errno == EAGAIN && wait_for_room(fd)))
            return evc_err_errno(err, errno, "write", path);
    }
    return 0;
}

/* 0 when locked, EWOULDBLOCK when another holds it, or what else went wrong. */
static int
try_lock(int fd)
{
    while (flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EINTR)
            return errno;
    }
    return 0;
}

static int
open_lock_file(const char *path, int *fd, evc_error **err)
{
    struct stat found;

    *fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK,
               S_IRUSR | S_IWUSR);
    if (*fd < 0)
        return evc_err_errno(err, errno, "open the lock", path);
    if (fstat(*fd, &found) == 0 && S_ISREG(found.st_mode))
        return 0;
    (void)close(*fd);
    *fd = -1;
    return evc_err(err, ENVCRYPT_E_FILE_TYPE, "cannot lock %s: it is not a file", path);
}

/* Somebody may have removed the file while it was waited for: that lock excludes nobody. */
static bool
is_linked(int fd)
{
    struct stat found;

    return fstat(fd, &found) == 0 && found.st_nlink > 0;
}

static int
wait_for_lock(int fd, const char *path, evc_wait *w, evc_error **err)
{
    int64_t pause_ms = FIRST_PAUSE_MS;

    for (;;) {
        int failure = try_lock(fd);
        int rc;

        if (failure == 0)
            return 0;
        if (failure != EWOULDBLOCK)
            return evc_err_errno(err, failure, "lock", path);
        if (w->deadline_ms == EVC_WAIT_NEVER)
            return evc_err(err, ENVCRYPT_E_FILE_BUSY,
                           "cannot lock %s: another process holds it; try again", path);
        rc = evc_wait_sleep_for(w, pause_ms, err);
        if (rc != 0)
            return evc_err_wrap(err, rc, "cannot lock %s, which another process holds",
                                path);
        pause_ms = pause_ms * 2 < LONGEST_PAUSE_MS ? pause_ms * 2 : LONGEST_PAUSE_MS;
    }
}

static int
take(const char *path, evc_wait *w, int *fd, evc_error **err)
{
    int rc;

    do {
        rc = open_lock_file(path, fd, err);
        if (rc != 0)
            return rc;
        rc = wait_for_lock(*fd, path, w, err);
        if (rc == 0 && is_linked(*fd))
            return 0;
        (void)close(*fd);
        *fd = -1;
    } while (rc == 0);
    return rc;
}

int
evc_file_lock_take(evc_file_lock *lock, const char *path, evc_wait *w, evc_error **err)
{
    evc_wait endless;
    evc_buf name;
    int rc;

    *lock = (evc_file_lock){.fd = -1, .generation = evc_fork_generation()};
    evc_buf_init(&name);
    evc_wait_init(&endless, NULL, -1);
    evc_buf_put_text(&name, path);
    evc_buf_put(&name, ".lock", sizeof(".lock"));
    rc = evc_buf_check(&name, err);
    if (rc == 0)
        rc = evc_wait_begin(w, err);
    if (rc == 0)
        rc = take((const char *)name.data, w ? w : &endless, &lock->fd, err);
    evc_wait_release(&endless);
    evc_buf_reset(&name);
    return rc;
}

int
evc_file_lock_try(evc_file_lock *lock, const char *path, evc_error **err)
{
    evc_wait never;
    int rc;

    evc_wait_init(&never, NULL, 0);
    rc = evc_file_lock_take(lock, path, &never, err);
    evc_wait_release(&never);
    return rc;
}

void
evc_file_lock_drop(evc_file_lock *lock)
{
    if (lock->fd >= 0 && evc_fork_is_current(lock->generation)) {
        /* A child that was forked meanwhile has the descriptor too: closing is not enough. */
        (void)flock(lock->fd, LOCK_UN);
        (void)close(lock->fd);
    }
    lock->fd = -1;
}
