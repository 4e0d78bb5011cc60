/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A folder of its own for each test: evc_folder_make and evc_folder_remove are a fixture of
 * Check. Works through stdio, which the wrapped system calls of evc-io.h do not see.
 */
#ifndef EVC_TESTS_EVC_FOLDER_H
#define EVC_TESTS_EVC_FOLDER_H

#include <check.h>
#include <dirent.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char evc_folder[PATH_MAX];

static inline void
evc_folder_make(void)
{
    const char *base = getenv("TMPDIR");

    (void)snprintf(evc_folder, sizeof(evc_folder), "%s/evc-test-XXXXXX",
                   base && *base ? base : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(evc_folder));
}

/* The path of a name in the folder. Good until the thread asked for
 * four more. */
static inline const char *
evc_folder_path(const char *name)
{
    static _Thread_local char paths[4][PATH_MAX + NAME_MAX + 2];
    static _Thread_local unsigned next;
    char *path = paths[next++ % 4];

    (void)snprintf(path, sizeof(paths[0]), "%s/%s", evc_folder, name);
    return path;
}

static inline size_t
evc_folder_count(void)
{
    DIR *folder = opendir(evc_folder);
    size_t count = 0;

    ck_assert_ptr_nonnull(folder);
    while (readdir(folder))
        count++;
    (void)closedir(folder);
    return count - 2; /* "." and ".." */
}

/* The folder is flat but for empty folders. */
static inline void
evc_folder_remove(void)
{
    DIR *folder = opendir(evc_folder);
    struct dirent *entry;

    while (folder && (entry = readdir(folder))) {
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            (void)remove(evc_folder_path(entry->d_name));
    }
    if (folder)
        (void)closedir(folder);
    (void)rmdir(evc_folder);
}

static inline void
evc_folder_put(const char *name, const char *text, mode_t mode)
{
    const char *path = evc_folder_path(name);
    FILE *file = fopen(path, "we");

    ck_assert_ptr_nonnull(file);
    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

/* Whether the file is there and holds exactly this text, of up to 64 KiB. */
static inline bool
evc_folder_holds(const char *name, const char *text)
{
    static char bytes[65536];
    FILE *file = fopen(evc_folder_path(name), "re");
    size_t size;

    if (!file)
        return false;
    size = fread(bytes, 1, sizeof(bytes), file);
    (void)fclose(file);
    return size == strlen(text) && strncmp(bytes, text, size) == 0;
}

/* The permission bits, without following a link; 0 when the name is not there. */
static inline unsigned
evc_folder_mode(const char *name)
{
    struct stat found;

    return lstat(evc_folder_path(name), &found) == 0 ? (unsigned)found.st_mode & 07777u
                                                     : 0;
}

#endif
