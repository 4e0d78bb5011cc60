/* SPDX-License-Identifier: Apache-2.0 */
/*
 * run-corpus FOLDER|FILE…: gives every regular file, and every one of each folder, to a
 * fuzz target once. Ends with 1 when there was none: then nothing was tested.
 */
#include <dirent.h>
#include <errno.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz.h"

static size_t inputs;

static _Noreturn void
die(const char *what, const char *path)
{
    (void)fprintf(stderr, "run-corpus: cannot %s %s: %s\n", what, path,
                  strerror(errno));
    exit(1);
}

/* In a block of the exact size, so that a sanitizer sees each read past the end. */
static void
run_file(const char *path, size_t size)
{
    FILE *file = fopen(path, "rb");
    uint8_t *data = malloc(size > 0 ? size : 1);

    if (!file || !data || fread(data, 1, size, file) != size)
        die("read", path);
    (void)fclose(file);
    (void)fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    inputs++;
}

static void
run_path(const char *path, int levels)
{
    struct stat about;
    DIR *folder;

    if (stat(path, &about) != 0)
        die("find", path);
    if (S_ISREG(about.st_mode)) {
        run_file(path, (size_t)about.st_size);
        return;
    }
    folder = levels > 0 ? opendir(path) : NULL;
    if (!folder)
        die("open", path);
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char inner[2048];
        int size = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);

        if (size < 0 || (size_t)size >= sizeof inner)
            die("name", path);
        if (entry->d_name[0] != '.')
            run_path(inner, levels - 1);
    }
    (void)closedir(folder);
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++)
        run_path(argv[i], 1);
    if (inputs == 0)
        (void)fprintf(stderr, "run-corpus: no input was found\n");
    return inputs > 0 ? 0 : 1;
}
