/* SPDX-License-Identifier: Apache-2.0 */
/* Commands and their groups, by the words of the command line. */
#include "cli.h"

#include <string.h>

static bool
is_in(const command *c, const char *group)
{
    return group ? c->group && strcmp(c->group, group) == 0 : !c->group;
}

/* How many words of the command line are this name; 0: they are another. */
static int
words_of(const char *name, char **words, int count)
{
    const char *space = strchr(name, ' ');
    size_t size = space ? (size_t)(space - name) : strlen(name);

    if (count < 1 || strncmp(words[0], name, size) != 0 || words[0][size])
        return 0;
    if (!space)
        return 1;
    return count > 1 && strcmp(words[1], space + 1) == 0 ? 2 : 0;
}

const command *
command_find(const char *group, char **words, int count, int *used)
{
    for (const command *c = commands; c->name; c++) {
        *used = is_in(c, group) ? words_of(c->name, words, count) : 0;
        if (*used)
            return c;
    }
    return NULL;
}

bool
command_begins(const char *group, const char *word)
{
    for (const command *c = commands; c->name; c++) {
        size_t size = strcspn(c->name, " ");

        if (is_in(c, group) && c->name[size] &&
            (!word || (strlen(word) == size && strncmp(c->name, word, size) == 0)))
            return true;
    }
    return false;
}

const command_group *
command_find_group(const char *name)
{
    for (const command_group *g = command_groups; g->name; g++) {
        if (strcmp(g->name, name) == 0)
            return g;
    }
    return NULL;
}

bool
command_is_group(const char *name)
{
    return command_find_group(name) != NULL;
}
