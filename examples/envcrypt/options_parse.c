/* SPDX-License-Identifier: Apache-2.0 */
/* The command line by the table of options.c, and what of it is said again to a person. */
#include "options.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#define LONG_BASE 1000 /* above every letter */

static int
apply(cli *c, const spec *s, const char *value)
{
    void *field = (char *)c + s->field;
    strings *list = field;

    switch (s->kind) {
    case FLAG:
        *(bool *)field = true;
        return 0;
    case COUNT:
        ++*(size_t *)field;
        return 0;
    case TEXT:
        if (*(const char **)field)
            return refuse(ENVCRYPT_E_ARGUMENT, "--%s is given twice", s->name);
        *(const char **)field = value;
        return 0;
    case LIST:
        if (list->count == STRINGS_MAX)
            return refuse(ENVCRYPT_E_ARGUMENT, "--%s is given more than %d times",
                          s->name, STRINGS_MAX);
        list->items[list->count++] = value;
        return 0;
    }
    return EXIT_USAGE;
}

static bool
takes_value(const spec *s)
{
    return s->argument != NULL;
}

/* What getopt_long wants, for the options of one command. */
static void
build(const command *of, struct option *longs, char *letters)
{
    *letters++ = ':';
    for (size_t i = 0; i < option_count; i++) {
        if (!(option_specs[i].commands & of->bit))
            continue;
        *longs++ = (struct option){option_specs[i].name,
                                   takes_value(&option_specs[i]) ? required_argument
                                                                 : no_argument,
                                   NULL, LONG_BASE + (int)i};
        if (option_specs[i].letter) {
            *letters++ = (char)option_specs[i].letter;
            if (takes_value(&option_specs[i]))
                *letters++ = ':';
        }
    }
    *longs = (struct option){NULL, 0, NULL, 0};
    *letters = '\0';
}

static const spec *
spec_of(const command *of, int code)
{
    if (code >= LONG_BASE)
        return &option_specs[code - LONG_BASE];
    for (size_t i = 0; i < option_count; i++) {
        if (option_specs[i].letter == code && option_specs[i].commands & of->bit)
            return &option_specs[i];
    }
    return NULL;
}

static const char *
full_name(const command *of, char out[64])
{
    (void)snprintf(out, 64, "envcrypt %s%s%s", of->group ? of->group : "",
                   of->group ? " " : "", of->name);
    return out;
}

/* What a person may have meant by a long option that there is not. */
static int
unknown_option(const command *of, const char *given)
{
    const char *names[OPTIONS_MAX];
    const char *const name = given + 2;
    char called[64];
    char *cut = strndup(name, strcspn(name, "="));
    const char *near;
    size_t count = 0;
    size_t begun = 0; /* how many begin with it */
    int rc;

    for (size_t i = 0; cut && i < option_count; i++) {
        if (!(option_specs[i].commands & of->bit))
            continue;
        names[count++] = option_specs[i].name;
        begun += strncmp(option_specs[i].name, cut, strlen(cut)) == 0;
    }
    near = cut ? text_nearest(cut, names, count) : NULL;
    /* Without what stands behind the =, which may be meant for no other eyes. */
    if (begun > 1)
        rc = refuse(ENVCRYPT_E_ARGUMENT,
                    "--%s could be several options; see `%s --help`", cut,
                    full_name(of, called));
    else if (near)
        rc = refuse(ENVCRYPT_E_ARGUMENT, "there is no option --%s; did you mean --%s?",
                    cut, near);
    else
        rc = refuse(ENVCRYPT_E_ARGUMENT, "`%s` has no option --%s; see `%s --help`",
                    full_name(of, called), cut ? cut : "", called);
    free(cut);
    return rc;
}

static int
bad_option(const command *of, int code, const char *given)
{
    char called[64];
    const spec *s = optopt ? spec_of(of, optopt) : NULL;

    if (code == ':' && s)
        return refuse(ENVCRYPT_E_ARGUMENT, "--%s needs a value: %s", s->name,
                      s->argument);
    if (optopt >= LONG_BASE && s)
        return refuse(ENVCRYPT_E_ARGUMENT, "--%s takes no value%s", s->name,
                      s->kind == COUNT
                          ? ": others can see arguments; it asks on the terminal"
                          : "");
    if (optopt)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "`%s` has no option -%c; see `%s --help`; file names that begin "
                      "with - go behind --",
                      full_name(of, called), optopt, called);
    return unknown_option(of, given);
}

static int
check_command(const cli *c)
{
    const command *of = c->command;
    char called[64];

    if (c->json && of->bit & C_HAS_OUTPUT && output_is_standard(c->output))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--json needs -o FILE: standard output is for the data");
    if (c->arg_count >= (size_t)of->min_args &&
        (of->max_args < 0 || c->arg_count <= (size_t)of->max_args))
        return 0;
    return refuse(ENVCRYPT_E_ARGUMENT, "usage: %s%s%s [options]; see `%s --help`",
                  full_name(of, called), *of->arguments ? " " : "", of->arguments,
                  called);
}

int
options_parse(cli *c, int argc, char **argv)
{
    static struct option longs[OPTIONS_MAX + 1]; /* too large for the stack */
    char letters[2 * OPTIONS_MAX + 2];
    const spec *s;
    int code;
    int rc = 0;

    build(c->command, longs, letters);
    opterr = 0;
    while (!rc) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread runs yet */
        code = getopt_long(argc, argv, letters, longs, NULL);
        if (code == -1)
            break;
        s = code == ':' || code == '?' ? NULL : spec_of(c->command, code);
        rc = s ? apply(c, s, optarg) : bad_option(c->command, code, argv[optind - 1]);
    }
    if (rc)
        return rc;
    c->args = argv + optind;
    c->arg_count = (size_t)(argc - optind);
    return c->help ? 0 : check_command(c);
}

bool
options_get(const command *of, size_t index, option_facts *out)
{
    for (size_t i = 0; i < option_count; i++) {
        if (!(option_specs[i].commands & of->bit) || index-- > 0)
            continue;
        *out = (option_facts){.name = option_specs[i].name,
                              .letter = option_specs[i].letter,
                              .argument = option_specs[i].argument,
                              .help = option_specs[i].help,
                              .section = option_specs[i].section};
        return true;
    }
    return false;
}

int
options_split(const char *option, const char *given, char **name, const char **value)
{
    const char *equals = strchr(given, '=');

    if (!equals || equals == given)
        return refuse(ENVCRYPT_E_ARGUMENT, "%s takes NAME=VALUE, not %s", option,
                      given);
    *name = strndup(given, (size_t)(equals - given));
    *value = equals + 1;
    return *name ? 0 : refuse(ENVCRYPT_E_NOMEM, "out of memory");
}

/* " --name 'value'" behind the line, which is freed; value NULL: none. NULL: memory is out. */
static char *
add_option(char *line, const spec *s, const char *value)
{
    char *quoted = value ? text_quote(value) : NULL;
    char *longer = !line || (value && !quoted)
                       ? NULL
                       : text_format("%s --%s%s%s", line, s->name, value ? " " : "",
                                     value ? quoted : "");

    free(quoted);
    free(line);
    return longer;
}

/* Which cluster is meant, in one of the ways beside its URI. */
static bool
names_a_cluster(const spec *s)
{
    return s->field == AT(cluster.name) || s->field == AT(cluster.ibm_name) ||
           s->field == AT(cluster.file) || s->field == AT(aws_region);
}

static char *
repeat(const cli *c, uint64_t of, bool names)
{
    char *line = text_format("%s", "");

    for (size_t i = 0; i < option_count; i++) {
        const spec *s = &option_specs[i];
        const void *field = (const char *)c + s->field;
        const strings *list = field;

        if (!(s->commands & of) || !(s->commands & c->command->bit) ||
            (s->section == SECTION_GENERAL && s->field != AT(net)) ||
            (!names && names_a_cluster(s)))
            continue;
        if (s->kind == FLAG && *(const bool *)field)
            line = add_option(line, s, NULL);
        else if (s->kind == TEXT && *(const char *const *)field)
            line = add_option(line, s, *(const char *const *)field);
        for (size_t n = 0; s->kind == LIST && n < list->count; n++)
            line = add_option(line, s, list->items[n]);
    }
    return line;
}

char *
options_repeat(const cli *c, uint64_t of)
{
    return repeat(c, of, true);
}

char *
options_repeat_way(const cli *c)
{
    return repeat(c, C_CLUSTER_REPORT, false);
}
