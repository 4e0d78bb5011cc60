/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files of commands that take many: those named on the command line and those that
 * --files-from lists, and of them the share of one shard.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define SHARDS_MAX 1000000

typedef struct shard {
    uint64_t index, count; /* count 0: all files */
} shard;

/* "2/5" */
static int
parse_shard(const char *text, shard *out)
{
    const char *slash = text ? strchr(text, '/') : NULL;
    char *first;
    bool good;

    *out = (shard){0};
    if (!text)
        return 0;
    first = slash ? strndup(text, (size_t)(slash - text)) : NULL;
    good = first && parse_number(slash + 1, 1, SHARDS_MAX, &out->count) &&
           parse_number(first, 1, out->count, &out->index);
    free(first);
    return good ? 0
                : refuse(ENVCRYPT_E_ARGUMENT,
                         "--shard takes I/N with I from 1 to N, as 2/5, not %s", text);
}

static int
add(files *f, const shard *part, const char *name)
{
    size_t size = strlen(name) + 1;
    char *grown;

    /* Only the name counts, not the place in the list: every machine comes to the same
     * split, whatever the order of its list. */
    if (part->count && text_hash(name) % part->count != part->index - 1)
        return 0;
    if (f->size + size > f->room) {
        grown = realloc(f->text, 2 * (f->size + size));
        if (!grown)
            return refuse(ENVCRYPT_E_NOMEM, "out of memory");
        f->text = grown;
        f->room = 2 * (f->size + size);
    }
    memcpy(f->text + f->size, name, size);
    f->size += size;
    f->count++;
    return 0;
}

static int
add_list(files *f, const shard *part, FILE *list, char end)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t size;
    int rc = 0;

    while (!rc && (size = getdelim(&line, &room, end, list)) > 0) {
        if (line[size - 1] == end)
            line[--size] = '\0';
        /* Cut at the first one, the rest would be left out without a word. */
        if (memchr(line, '\0', (size_t)size))
            rc = refuse(ENVCRYPT_E_ARGUMENT,
                        "the list of --files-from holds NUL bytes; lists of `find "
                        "-print0` are read with --null");
        else if (size)
            rc = add(f, part, line);
    }
    free(line);
    return rc;
}

static int
read_list(const cli *c, files *f, const shard *part)
{
    bool standard = strcmp(c->files_from, "-") == 0;
    FILE *list = standard ? stdin : fopen(c->files_from, "re");
    int rc;

    if (!list)
        return system_failed("open", c->files_from);
    signals_waiting(true);
    rc = add_list(f, part, list, c->null_names ? '\0' : '\n');
    signals_waiting(false);
    if (!rc && ferror(list))
        rc = system_failed("read", c->files_from);
    if (!standard)
        (void)fclose(list);
    return rc;
}

int
files_collect(const cli *c, files *out)
{
    shard part;
    int rc = parse_shard(c->shard, &part);

    *out = (files){0};
    for (size_t i = 0; !rc && i < c->arg_count; i++)
        rc = add(out, &part, c->args[i]);
    if (!rc && c->files_from)
        rc = read_list(c, out, &part);
    if (!rc && c->arg_count == 0 && !c->files_from)
        rc = refuse(ENVCRYPT_E_ARGUMENT,
                    "no files are given; name them or give --files-from");
    return rc;
}

const char *
files_next(const files *f, const char *name)
{
    const char *next = name ? name + strlen(name) + 1 : f->text;

    return f->count && next < f->text + f->size ? next : NULL;
}

void
files_free(files *f)
{
    free(f->text);
    *f = (files){0};
}
