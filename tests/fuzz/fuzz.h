/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every fuzz target shares. A target is one file, tests/fuzz/fuzz-<target>.c, with
 * the function below. It is linked twice: with libFuzzer (-Dfuzz=true), and with
 * run-corpus.c, which runs the kept inputs as a test of every build.
 *
 * To add one: the file, its name in tests/fuzz/meson.build, a few inputs in
 * tests/fuzz/corpus/<target>/, if it helps a libFuzzer dictionary fuzz-<target>.dict.
 */
#ifndef EVC_TESTS_FUZZ_H
#define EVC_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* Runs one input. Returns 0 always; what must not be aborts. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* Aborts, so that the input is kept, when a rule does not hold. */
#define FUZZ_DEMAND(condition) \
    fuzz_demand((condition) != 0, #condition, __FILE__, __LINE__)

static inline void
fuzz_demand(int holds, const char *rule, const char *file, int line)
{
    if (holds)
        return;
    (void)fprintf(stderr, "%s:%d: this must hold: %s\n", file, line, rule);
    abort();
}

/* A file without a name that holds these bytes, by a path; the same one each time. */
static inline const char *
fuzz_file(const uint8_t *data, size_t size)
{
    static FILE *file;
    static char path[32];

    if (!file) {
        file = tmpfile();
        FUZZ_DEMAND(file);
        (void)snprintf(path, sizeof path, "/dev/fd/%d", fileno(file));
    }
    FUZZ_DEMAND(ftruncate(fileno(file), 0) == 0);
    if (size > 0)
        FUZZ_DEMAND(pwrite(fileno(file), data, size, 0) == (ssize_t)size);
    return path;
}

#endif
