/* SPDX-License-Identifier: Apache-2.0 */
#include "base/replace.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/fork.h"
#include "base/mem.h"
#include "base/rename.h"

#define PRIVATE_MODE (S_IRUSR | S_IWUSR)
#define ALL_BITS (S_IRWXU | S_IRWXG | S_IRWXO)
#define TEMPORARIES 16u
#define LONGEST_PART 200u /* of the name of a temporary */

static void
forget(evc_replace *r)
{
    evc_mem_free(r->path);
    evc_mem_free(r->name);
    *r = (evc_replace){.fd = -1, .folder = -1};
}

static void
release(evc_replace *r)
{
    if (r->fd >= 0)
        (void)close(r->fd);
    if (r->folder >= 0)
        (void)close(r->folder);
    forget(r);
}

/* Takes the path apart and opens the folder. */
static int
open_folder(evc_replace *r, const char *path, evc_error **err)
{
    const char *slash = strrchr(path, '/');
    const char *name = slash ? slash + 1 : path;
    size_t size = (size_t)(name - path);
    char *folder = size ? evc_mem_new(size + 1) : evc_mem_strdup(".");
    int rc = 0;

    r->path = evc_mem_strdup(path);
    r->name = evc_mem_strdup(name);
    if (!r->path || !r->name || !folder) {
        rc = evc_err_nomem(err);
        goto out;
    }
    if (!*name || strcmp(name, ".") == 0 || strcmp(name, "..") == 0) {
        rc = evc_err(err, ENVCRYPT_E_FILE_TYPE, "cannot write \"%s\": it names no file",
                     path);
        goto out;
    }
    memcpy(folder, path, size);
    r->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (r->folder < 0)
        rc = evc_err_errno(err, errno, "open the folder of", path);
out:
    evc_mem_free(folder);
    return rc;
}

static void
name_temporary(evc_replace *r, unsigned number)
{
    size_t size = strlen(r->name);

    if (size > LONGEST_PART) { /* leaves room for the rest; never half a character */
        size = LONGEST_PART;
        while (size > 0 && ((unsigned char)r->name[size] & 0xc0) == 0x80)
            size--;
    }
    (void)snprintf(r->temporary, sizeof(r->temporary), ".%.*s.envcrypt-%u.tmp",
                   (int)size, r->name, number);
}

/* Whether the temporary's name still stands for the open file. */
static bool
is_in_place(const evc_replace *r, int fd)
{
    struct stat open_one;
    struct stat named;

    return fstat(fd, &open_one) == 0 &&
           fstatat(r->folder, r->temporary, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           open_one.st_ino == named.st_ino && open_one.st_dev == named.st_dev;
}

/*
 * Its maker holds a lock as long as it lives. The lock is held here too while the name is
 * looked at and removed, so no other process can put a new temporary under it meanwhile.
 */
static void
remove_if_stale(const evc_replace *r)
{
    struct stat found;
    int fd = openat(r->folder, r->temporary,
                    O_RDWR | O_NOFOLLOW | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

    if (fd < 0)
        return;
    if (fstat(fd, &found) == 0 && S_ISREG(found.st_mode) &&
        flock(fd, LOCK_EX | LOCK_NB) == 0 && is_in_place(r, fd))
        (void)unlinkat(r->folder, r->temporary, 0);
    (void)close(fd);
}

/* 0, EEXIST, or what else went wrong. */
static int
make_temporary(evc_replace *r)
{
    for (;;) {
        int fd =
            openat(r->folder, r->temporary,
                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, PRIVATE_MODE);

        if (fd < 0)
            return errno;
        while (flock(fd, LOCK_EX) != 0 && errno == EINTR)
            ; /* where there are no locks, nobody can take it for stale */
        if (is_in_place(r, fd)) {
            r->fd = fd;
            return 0;
        }
        (void)close(fd); /* somebody took it for stale before it was locked */
    }
}

static int
open_temporary(evc_replace *r, evc_error **err)
{
    unsigned mine = 0;
    int failure = EEXIST;

    for (unsigned number = 1; number <= TEMPORARIES; number++) {
        name_temporary(r, number);
        remove_if_stale(r);
        if (r->fd < 0 && failure == EEXIST) {
            failure = make_temporary(r);
            mine = number;
        }
    }
    if (failure == EEXIST)
        return evc_err(err, ENVCRYPT_E_FILE_BUSY,
                       "cannot write %s: %u others replace it now; try again", r->path,
                       TEMPORARIES);
    if (failure != 0)
        return evc_err_errno(err, failure, "make a temporary file beside", r->path);
    name_temporary(r, mine);
    return 0;
}

/* What stands at the target now; *found has no links when there is nothing. */
static int
look_at_target(const evc_replace *r, struct stat *found, evc_error **err)
{
    *found = (struct stat){0};
    if (fstatat(r->folder, r->name, found, AT_SYMLINK_NOFOLLOW) != 0) {
        *found = (struct stat){0};
        return errno == ENOENT ? 0 : evc_err_errno(err, errno, "look at", r->path);
    }
    if (!S_ISREG(found->st_mode))
        return evc_err(err, ENVCRYPT_E_FILE_TYPE,
                       "will not replace %s: it is not a regular file", r->path);
    if (found->st_nlink > 1)
        return evc_err(
            err, ENVCRYPT_E_FILE_TYPE,
            "will not replace %s: it has more names (hard links), which would "
            "keep the old content",
            r->path);
    return 0;
}

int
evc_replace_open(evc_replace *r, const char *path, evc_error **err)
{
    struct stat found;
    int rc;

    *r = (evc_replace){.fd = -1, .folder = -1, .generation = evc_fork_generation()};
    rc = open_folder(r, path, err);
    if (rc == 0)
        rc = open_temporary(
            r, err); /* first: a stale one may be a second link of the target */
    if (rc == 0)
        rc = look_at_target(r, &found, err);
    if (rc != 0)
        evc_replace_abort(r);
    return rc;
}

int
evc_replace_write(evc_replace *r, evc_view bytes, evc_error **err)
{
    int rc = evc_fork_check(r->generation, "file replacement", err);

    return rc == 0 ? evc_file_write_all(r->fd, r->path, bytes, err) : rc;
}

static int
sync_to_disk(int fd)
{
    int rc;

    do
        rc = fsync(fd);
    while (rc != 0 && errno == EINTR);
    return rc;
}

/* Owner, group and mode of the old file; less where they cannot be kept, never more. */
static int
keep_mode_of(const struct stat *old, int fd)
{
    mode_t mode = old->st_mode & ALL_BITS;

    if (fchown(fd, old->st_uid, old->st_gid) != 0 &&
        fchown(fd, (uid_t)-1, old->st_gid) != 0)
        mode &= S_IRWXU;
    return fchmod(fd, mode);
}

static int
prepare(const evc_replace *r, bool exclusive, bool keep_mode, evc_error **err)
{
    struct stat old;
    int rc = look_at_target(r, &old, err);
    int failed;

    if (rc != 0)
        return rc;
    if (exclusive && old.st_nlink > 0)
        return evc_err_errno(err, EEXIST, "write", r->path);
    if (keep_mode && old.st_nlink > 0)
        failed = keep_mode_of(&old, r->fd);
    else
        failed = fchmod(r->fd, PRIVATE_MODE); /* whatever the umask left of it */
    if (failed)
        return evc_err_errno(err, errno, "set the mode of", r->path);
    if (sync_to_disk(r->fd) != 0)
        return evc_err_errno(err, errno, "write to disk", r->path);
    return 0;
}

/* File systems that cannot sync a folder say so by EINVAL; they keep names safe themselves. */
static int
sync_folder(const evc_replace *r, const char *what, evc_error **err)
{
    if (sync_to_disk(r->folder) == 0 || errno == EINVAL || errno == ENOTSUP)
        return 0;
    return evc_err(err, ENVCRYPT_E_IO,
                   "%s was %s, but its folder cannot be written to disk (system error "
                   "%d); a power loss may bring the old file back",
                   r->path, what, errno);
}

int
evc_replace_commit(evc_replace *r, bool exclusive, bool keep_mode, evc_error **err)
{
    int rc = evc_fork_check(r->generation, "file replacement", err);
    int failed;

    if (rc == 0)
        rc = prepare(r, exclusive, keep_mode, err);
    if (rc != 0)
        goto out;
    if (exclusive)
        failed = evc_rename_exclusive(r->folder, r->temporary, r->name);
    else
        failed = renameat(r->folder, r->temporary, r->folder, r->name);
    if (failed) {
        rc = evc_err_errno(err, errno, "write", r->path);
        goto out;
    }
    rc = sync_folder(r, "replaced", err);
    release(r);
    return rc;
out:
    evc_replace_abort(r);
    return rc;
}

void
evc_replace_abort(evc_replace *r)
{
    /* A child may have closed the descriptors and opened others under the same numbers. */
    if (!evc_fork_is_current(r->generation)) {
        forget(r);
        return;
    }
    if (r->fd >= 0)
        (void)unlinkat(r->folder, r->temporary, 0);
    release(r);
}

int
evc_replace_put(const char *path, evc_view bytes, evc_error **err)
{
    evc_replace r;
    int rc = evc_replace_open(&r, path, err);

    if (rc == 0)
        rc = evc_replace_write(&r, bytes, err);
    if (rc == 0)
        return evc_replace_commit(&r, false, false, err);
    evc_replace_abort(&r);
    return rc;
}

int
evc_replace_remove(const char *path, evc_error **err)
{
    evc_replace r = {.fd = -1, .folder = -1};
    int rc = open_folder(&r, path, err);

    if (rc == 0 && unlinkat(r.folder, r.name, 0) != 0 && errno != ENOENT)
        rc = evc_err_errno(err, errno, "remove", path);
    if (rc == 0)
        rc = sync_folder(&r, "removed", err);
    release(&r);
    return rc;
}
