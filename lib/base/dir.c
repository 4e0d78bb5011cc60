/* SPDX-License-Identifier: Apache-2.0 */
#include "base/dir.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/mem.h"
#include "base/text.h"

/* Where others may write they may take files away, or put older ones in their place. With the
 * sticky bit they may not. */
static int
check_owner(const char *path, evc_error **err)
{
    struct stat found;

    if (stat(path, &found) != 0)
        return evc_err_errno(err, errno, "look at the folder", path);
    if (!S_ISDIR(found.st_mode))
        return evc_err(err, ENVCRYPT_E_FILE_TYPE, "%s is not a folder", path);
    if ((found.st_uid == geteuid() || found.st_uid == 0) &&
        (!(found.st_mode & (S_IWGRP | S_IWOTH)) || found.st_mode & S_ISVTX))
        return 0;
    return evc_err(err, ENVCRYPT_E_FILE_TOO_OPEN,
                   "will not keep files in %s: it belongs to another user, or its mode "
                   "%04o lets others write to it; own it, and set it to 0700",
                   path, (unsigned)found.st_mode & 07777u);
}

int
evc_dir_make(const char *path, evc_error **err)
{
    size_t size = strlen(path);
    char *copy = evc_mem_strdup(path);
    int rc = copy ? 0 : evc_err_nomem(err);

    for (size_t i = 1; rc == 0 && i <= size; i++) {
        if (path[i] != '/' && path[i] != '\0')
            continue;
        copy[i] = '\0';
        if (mkdir(copy, 0700) != 0 && errno != EEXIST)
            rc = evc_err_errno(err, errno, "make the folder", copy);
        copy[i] = path[i];
    }
    evc_mem_free(copy);
    return rc ? rc : check_owner(path, err);
}

/* --- what stands in one ----------------------------------------------------------- */

/* Names, while the folder is read. */
typedef struct names {
    const char *folder;
    const char *ending;
    char **paths;
    size_t count, capacity;
} names;

static bool
fits(const names *n, const char *name)
{
    size_t size = strlen(name);
    size_t end = strlen(n->ending);

    return name[0] != '.' && size >= end && strcmp(name + size - end, n->ending) == 0;
}

static int
grow(names *n, evc_error **err)
{
    size_t capacity = n->capacity ? n->capacity * 2 : 8;
    char **paths;

    if (n->count < n->capacity)
        return 0;
    paths = evc_mem_new(capacity * sizeof(*paths));
    if (!paths)
        return evc_err_nomem(err);
    if (n->count)
        memcpy(paths, n->paths, n->count * sizeof(*paths));
    evc_mem_free(n->paths);
    n->paths = paths;
    n->capacity = capacity;
    return 0;
}

static int
keep(names *n, const char *name, evc_error **err)
{
    evc_buf path;
    int rc = grow(n, err);

    if (rc)
        return rc;
    n->paths[n->count] = NULL;
    evc_buf_init(&path);
    evc_buf_put_format(&path, "%s/%s", n->folder, name);
    rc = evc_text_take(&n->paths[n->count], &path, err);
    n->count += rc == 0;
    return rc;
}

static int
gather(names *n, DIR *open, evc_error **err)
{
    const struct dirent *entry;
    int rc = 0;

    do {
        errno = 0;
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): the stream is this call's own */
        entry = readdir(open);
        if (entry && fits(n, entry->d_name))
            rc = keep(n, entry->d_name, err);
        else if (!entry && errno)
            rc = evc_err_errno(err, errno, "read the folder", n->folder);
    } while (rc == 0 && entry);
    return rc;
}

static int
compare(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

int
evc_dir_each(const char *folder, const char *ending, evc_dir_fn fn, void *user,
             evc_error **err)
{
    names n = {.folder = folder, .ending = ending};
    DIR *open = opendir(folder);
    int rc;

    if (!open)
        return errno == ENOENT ? 0
                               : evc_err_errno(err, errno, "read the folder", folder);
    rc = gather(&n, open, err);
    (void)closedir(open);
    if (n.count > 1)
        qsort(n.paths, n.count, sizeof(*n.paths), compare);
    for (size_t i = 0; rc == 0 && i < n.count; i++)
        rc = fn(user, n.paths[i], err);
    for (size_t i = 0; i < n.count; i++)
        evc_mem_free(n.paths[i]);
    evc_mem_free(n.paths);
    return rc;
}
