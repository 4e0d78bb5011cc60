/* SPDX-License-Identifier: Apache-2.0 */
/* Files and pipes to read from. */
#include "cli.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

bool
input_is_standard(const char *path)
{
    return !path || strcmp(path, "-") == 0;
}

/* Standard input may have been read by somebody before. An empty file may be one of those in
 * /proc, which have bytes all the same. */
static void
set_left(input *in)
{
    off_t at = lseek(in->fd, 0, SEEK_CUR);

    if (at >= 0 && in->size > 0 && (uint64_t)at <= in->size)
        in->left = in->size - (uint64_t)at;
}

int
input_open(input *in, const char *path)
{
    struct stat facts;

    *in = (input){.fd = STDIN_FILENO,
                  .name = "standard input",
                  .size = UINT64_MAX,
                  .left = UINT64_MAX};
    if (!input_is_standard(path)) {
        in->name = in->path = path;
        signals_waiting(true); /* for who opens the other end of a pipe */
        in->fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        signals_waiting(false);
        if (in->fd < 0)
            return system_failed("open", path);
    }
    if (fstat(in->fd, &facts))
        return system_failed("read", in->name);
    if (S_ISDIR(facts.st_mode))
        return refuse(ENVCRYPT_E_ARGUMENT, "%s is a folder; give files", in->name);
    if (S_ISREG(facts.st_mode)) {
        in->regular = true;
        in->size = (uint64_t)facts.st_size;
        in->changed = facts.st_mtim;
        set_left(in);
    }
    return 0;
}

int
input_check(const input *in)
{
    struct stat now;

    if (in->left == UINT64_MAX)
        return 0;
    if (fstat(in->fd, &now))
        return system_failed("read", in->name);
    if ((uint64_t)now.st_size == in->size && now.st_mtim.tv_sec == in->changed.tv_sec &&
        now.st_mtim.tv_nsec == in->changed.tv_nsec)
        return 0;
    return refuse(ENVCRYPT_E_FILE_CHANGED,
                  "%s changed while it was read; try again when nobody writes it",
                  in->name);
}

int
input_read(const input *in, void *bytes, size_t size, size_t *made)
{
    ssize_t got;

    signals_waiting(!in->regular);
    do
        got = read(in->fd, bytes, size);
    while (got < 0 && errno == EINTR);
    signals_waiting(false);
    *made = got > 0 ? (size_t)got : 0;
    if (signals_interrupted())
        return refuse(ENVCRYPT_E_CANCELED, "interrupted");
    return got < 0 ? system_failed("read", in->name) : 0;
}

int
input_read_full(const input *in, void *bytes, size_t size, size_t *made)
{
    int rc = 0;

    *made = 0;
    while (!rc && *made < size) {
        size_t got = 0;

        rc = input_read(in, (unsigned char *)bytes + *made, size - *made, &got);
        if (got == 0)
            break;
        *made += got;
    }
    return rc;
}

int
input_read_all(const input *in, size_t limit, unsigned char **out, size_t *size)
{
    unsigned char *bytes = malloc(limit + 2);
    int rc;

    *out = NULL;
    *size = 0;
    if (!bytes)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    rc = input_read_full(in, bytes, limit + 1, size);
    if (!rc && *size > limit)
        rc = refuse(ENVCRYPT_E_FILE_TOO_LARGE,
                    "%s is larger than %zu bytes, the most that is read here", in->name,
                    limit);
    if (rc) {
        wipe_free(bytes, limit + 2);
        return rc;
    }
    bytes[*size] = '\0';
    *out = bytes;
    return 0;
}

void
input_close(input *in)
{
    if (in->path && in->fd >= 0)
        (void)close(in->fd);
    in->fd = -1;
}
