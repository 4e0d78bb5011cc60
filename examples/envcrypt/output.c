/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where bytes go: standard output, or a file that appears when it is whole. Until then it is a
 * temporary in the same folder, mode 0600, named and locked as the library does with
 * its own (".NAME.envcrypt-N.tmp"), so that either removes what a killed process left.
 */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define TEMPORARIES 16
#define LONGEST_PART 200
#define ALL_BITS (S_IRWXU | S_IRWXG | S_IRWXO)

/* Its names in /dev mean the stream, too. */
bool
output_is_standard(const char *path)
{
    return !path || strcmp(path, "-") == 0 || strcmp(path, "/dev/stdout") == 0 ||
           strcmp(path, "/dev/fd/1") == 0;
}

/* What may be replaced: a regular file, by --force. */
static int
check_target(const output *o)
{
    struct stat facts;

    if (fstatat(o->folder, o->name, &facts, AT_SYMLINK_NOFOLLOW)) {
        return errno == ENOENT ? 0 : system_failed("write", o->path);
    }
    if (S_ISDIR(facts.st_mode))
        return refuse(ENVCRYPT_E_ARGUMENT, "%s is a folder; name a file in it",
                      o->path);
    if (!S_ISREG(facts.st_mode))
        return refuse(ENVCRYPT_E_FILE_TYPE,
                      "%s is not a regular file and is not replaced; name the file "
                      "itself, or redirect standard output to it",
                      o->path);
    if (!o->replace)
        return refuse(ENVCRYPT_E_FILE_EXISTS, "%s exists already; --force replaces it",
                      o->path);
    if (facts.st_nlink > 1)
        return refuse(ENVCRYPT_E_FILE_TYPE,
                      "%s has more names (hard links), which would keep the old "
                      "content; remove it first",
                      o->path);
    return 0;
}

static bool
is_same_file(const output *o, int fd)
{
    struct stat opened;
    struct stat named;

    return fstat(fd, &opened) == 0 &&
           fstatat(o->folder, o->temporary, &named, AT_SYMLINK_NOFOLLOW) == 0 &&
           opened.st_dev == named.st_dev && opened.st_ino == named.st_ino;
}

/* Removes a temporary whose maker is dead: nobody locks it. */
static void
remove_stale(const output *o)
{
    int fd =
        openat(o->folder, o->temporary, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);

    if (fd < 0)
        return;
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && is_same_file(o, fd))
        (void)unlinkat(o->folder, o->temporary, 0);
    (void)close(fd);
}

/* true when the temporary is ours; false with errno when it cannot be made. */
static bool
make_temporary(output *o)
{
    o->fd = openat(o->folder, o->temporary,
                   O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (o->fd < 0 && errno == EEXIST) {
        remove_stale(o);
        o->fd = openat(o->folder, o->temporary,
                       O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    }
    if (o->fd < 0)
        return false;
    /* Between the two calls somebody may have taken it for a stale one. */
    if (flock(o->fd, LOCK_EX | LOCK_NB) == 0 && is_same_file(o, o->fd))
        return true;
    (void)close(o->fd);
    o->fd = -1;
    errno = EEXIST;
    return false;
}

/* Of a long name as much as leaves room for the rest, and no part of a character. */
static int
longest_part(const char *name)
{
    int size = (int)strnlen(name, LONGEST_PART);

    if (name[size])
        for (; size > 0 && ((unsigned char)name[size] & 0xc0) == 0x80; size--)
            ;
    return size;
}

static int
open_temporary(output *o)
{
    for (int i = 1; i <= TEMPORARIES; i++) {
        (void)snprintf(o->temporary, sizeof o->temporary, ".%.*s.envcrypt-%d.tmp",
                       longest_part(o->name), o->name, i);
        if (make_temporary(o)) {
            signals_remove(o->folder, o->temporary);
            return 0;
        }
        if (errno != EEXIST)
            break;
    }
    o->temporary[0] = '\0';
    return system_failed("write beside", o->path);
}

static int
open_folder(output *o)
{
    const char *slash = strrchr(o->path, '/');
    char *folder;

    o->name = slash ? slash + 1 : o->path;
    if (*o->name == '\0')
        return refuse(ENVCRYPT_E_ARGUMENT, "%s is a folder; name a file in it",
                      o->path);
    folder = slash ? strndup(o->path, (size_t)(slash - o->path) + 1) : strdup(".");
    if (folder)
        o->folder = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    free(folder);
    return o->folder < 0 ? system_failed("open the folder of", o->path) : 0;
}

int
output_open(output *o, const char *path, bool replace)
{
    int rc;

    *o = (output){.fd = STDOUT_FILENO, .folder = -1, .replace = replace};
    if (output_is_standard(path)) {
        o->terminal = isatty(STDOUT_FILENO) == 1;
        return 0;
    }
    o->path = path;
    o->fd = -1;
    rc = open_folder(o);
    if (!rc)
        rc = check_target(o);
    if (!rc)
        rc = open_temporary(o);
    return rc;
}

int
output_probe(const char *path, bool replace)
{
    output o = {.fd = -1, .folder = -1, .path = path, .replace = replace};
    int rc = 0;

    if (output_is_standard(path))
        return 0;
    rc = open_folder(&o);
    if (!rc)
        rc = check_target(&o);
    if (o.folder >= 0)
        (void)close(o.folder);
    return rc;
}

int
output_check_binary(const char *path, const char *instead)
{
    if (!output_is_standard(path) || isatty(STDOUT_FILENO) != 1)
        return 0;
    return refuse(ENVCRYPT_E_ARGUMENT,
                  "what is encrypted is not text, so it is not written to a terminal; "
                  "give -o FILE%s, or redirect standard output",
                  instead);
}

bool
output_is_input(const output *o, const input *in)
{
    struct stat to;
    struct stat from;

    return !o->path && in->regular && fstat(o->fd, &to) == 0 &&
           fstat(in->fd, &from) == 0 && to.st_dev == from.st_dev &&
           to.st_ino == from.st_ino;
}

int
output_write(output *o, const void *bytes, size_t size)
{
    const char *at = bytes;

    if (o->terminal && !text_is_safe(bytes, size, &o->awaited))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "this is not text%s, so it is not written to a terminal; give "
                      "-o FILE, or redirect standard output",
                      text_is_ascii_only() ? " of a terminal without UTF-8" : "");
    while (size) {
        ssize_t done;

        signals_waiting(!o->path);
        done = write(o->fd, at, size);
        signals_waiting(false);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            return system_failed("write to", o->path ? o->path : "standard output");
        at += done;
        size -= (size_t)done;
    }
    return 0;
}

static int
rename_temporary(output *o)
{
    if (renameat(o->folder, o->temporary, o->folder, o->name))
        return system_failed("write", o->path);
    o->temporary[0] = '\0';
    return 0;
}

/* Without --force the name must be free at this very moment. */
static int
give_name(output *o)
{
    int rc;

    if (o->replace)
        return rename_temporary(o);
    if (linkat(o->folder, o->temporary, o->folder, o->name, 0) == 0)
        return 0; /* the temporary name goes in output_abort() */
    rc = check_target(o);
    /* A file system without links. */
    return rc ? rc : rename_temporary(o);
}

/* 0600 whatever the umask left of it; or as the old file, less where that cannot be kept. */
static int
set_mode(const output *o)
{
    mode_t mode = S_IRUSR | S_IWUSR;
    struct stat old;

    if (o->keep_mode && fstatat(o->folder, o->name, &old, AT_SYMLINK_NOFOLLOW) == 0) {
        mode = old.st_mode & ALL_BITS;
        if (fchown(o->fd, old.st_uid, old.st_gid) &&
            fchown(o->fd, (uid_t)-1, old.st_gid))
            mode &= S_IRWXU;
    }
    return fchmod(o->fd, mode) ? system_failed("set the mode of", o->path) : 0;
}

int
output_commit(output *o)
{
    int rc;

    if (!o->path)
        return 0;
    rc = set_mode(o);
    if (!rc)
        rc = fsync(o->fd) ? system_failed("write", o->path) : give_name(o);
    if (!rc && fsync(o->folder) && errno != EINVAL)
        rc = system_failed("sync the folder of", o->path);
    output_abort(o);
    return rc;
}

void
output_abort(output *o)
{
    if (!o->path)
        return;
    signals_remove(-1, NULL);
    if (o->temporary[0])
        (void)unlinkat(o->folder, o->temporary, 0);
    o->temporary[0] = '\0';
    if (o->fd >= 0)
        (void)close(o->fd);
    if (o->folder >= 0)
        (void)close(o->folder);
    o->fd = o->folder = -1;
}
