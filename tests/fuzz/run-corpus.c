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
run_file(const char *path)
{
    struct stat about;
    FILE *file = fopen(path, "rb");
    size_t size;
    uint8_t *data;

    if (!file || fstat(fileno(file), &about) != 0)
        die("open", path);
    size = (size_t)about.st_size;
    data = malloc(size > 0 ? size : 1);
    if (!data || fread(data, 1, size, file) != size)
        die("read", path);
    (void)fclose(file);
    (void)fprintf(stderr, "%s\n", path);
    (void)LLVMFuzzerTestOneInput(data, size);
    free(data);
    inputs++;
}

static void
run_folder(const char *path, DIR *folder)
{
    for (struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        char inner[2048];
        int size = snprintf(inner, sizeof inner, "%s/%s", path, entry->d_name);

        if (size < 0 || (size_t)size >= sizeof inner)
            die("name", path);
        if (entry->d_name[0] != '.')
            run_file(inner);
    }
}

int
main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        DIR *folder = opendir(argv[i]);

        if (folder) {
            run_folder(argv[i], folder);
            (void)closedir(folder);
        } else {
            run_file(argv[i]);
        }
    }
    if (inputs == 0)
        (void)fprintf(stderr, "run-corpus: no input was found\n");
    return inputs > 0 ? 0 : 1;
}
