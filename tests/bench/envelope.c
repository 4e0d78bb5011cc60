/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How fast messages are, as a ratio to raw AES-256-GCM of the same OpenSSL in the same process.
 *
 *     envelope [--json] [--smoke] [--only PART]
 *
 * PART is messages, threads, values, rewrap or stream. Raw is a ready EVP context: for each
 * message a new IV, 32 bytes of AAD, one update over the same bytes, the tag made or
 * checked. Rounds of raw, encrypt and decrypt follow one another; a ratio is taken within a
 * round, and the median of the rounds is printed. `allocs` counts every allocation of the
 * process for one message, OpenSSL's too. --smoke runs each part once, to see that it runs.
 */
#include "bench.h"

#include <getopt.h>
#include <string.h>

static const struct part {
    const char *name;
    void (*run)(bench *b);
} parts[] = {
    {"messages", bench_messages}, {"threads", bench_threads}, {"values", bench_values},
    {"rewrap", bench_rewrap},     {"stream", bench_stream},
};

static int
usage(void)
{
    fputs("usage: envelope [--json] [--smoke] "
          "[--only messages|threads|values|rewrap|stream]\n",
          stderr);
    return 2;
}

int
main(int argc, char **argv)
{
    static const struct option options[] = {
        {"json", no_argument, NULL, 'j'},
        {"smoke", no_argument, NULL, 's'},
        {"only", required_argument, NULL, 'o'},
        {NULL, 0, NULL, 0},
    };
    const char *only = NULL;
    bench b = {0};
    size_t ran = 0;
    int c;

    while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
        if (c == 'j')
            b.json = 1;
        else if (c == 's')
            b.smoke = 1;
        else if (c == 'o')
            only = optarg;
        else
            return usage();
    }
    if (optind != argc)
        return usage();
    bench_open(&b);
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        if (!only || strcmp(only, parts[i].name) == 0) {
            parts[i].run(&b);
            ran++;
        }
    }
    bench_close(&b);
    return ran ? 0 : usage();
}
