/* SPDX-License-Identifier: Apache-2.0 */
/* Help that teaches: what there is, what it does, an example of it. */
#include "cli.h"
#include "commands.h"

#include <string.h>

#define COLUMN 28 /* where explanations begin */
#define WIDTH 79

static const struct {
    int code;
    uint64_t commands;
    const char *text;
} exits[] = {
    {EXIT_DONE, C_ALL, "done"},
    {EXIT_MACHINE, C_ALL, "the machine: files, memory, a deadline, a closed pipe"},
    {EXIT_USAGE, C_ALL, "the command line is wrong"},
    {EXIT_KEY, C_WORK,
     "no key opens it (wrong, disabled, destroyed), or no right or secret does"},
    {EXIT_DATA, C_WORK, "the input is malformed or not authentic"},
    {EXIT_POLICY, C_WORK, "a limit or policy forbids it, or a confirmation is missing"},
    {EXIT_PARTIAL,
     C_INSPECT | C_REWRAP | C_SECRETS | C_ETCD_INSPECT | C_CLUSTER_CHANGES |
         C_CLUSTER_REENCRYPT | C_CLUSTER_LIST | C_CLUSTER_STATUS,
     "some of several files or objects failed, or could not be looked at"},
    {EXIT_STALE, C_INSPECT, "with --key: a rewrap is due"},
    {EXIT_SERVICE, C_WORK,
     "a service is away, throttles or answers wrongly, or another run is at work"},
    {EXIT_NOT_PROVEN, C_SECRETS | C_CLUSTER_PROOFS,
     "verify, or with --require-proof: nothing speaks against it, nothing proves it"},
    {EXIT_CONTRADICTED, C_SECRETS | C_CLUSTER_PROOFS,
     "something is not stored under the current key"},
    {EXIT_UNCONFIRMED, C_CLUSTER_CHANGES | C_CLUSTER_VERIFY,
     "the plan was printed, and nothing done: there is no --yes and no terminal"},
    {EXIT_DEFAULT_KEY, C_CLUSTER_STATUS, "encrypted under a key of the provider"},
    {EXIT_NOT_ENCRYPTED, C_CLUSTER_STATUS, "not encrypted by a key service"},
    {EXIT_OTHER_KEY, C_CLUSTER_STATUS, "encrypted under another key than --key"},
    {EXIT_CHANGING, C_CLUSTER_STATUS, "a change is under way"},
    {EXIT_DEGRADED, C_CLUSTER_STATUS, "the provider reports trouble with the key"},
    {EXIT_KEY_UNUSABLE, C_CLUSTER_STATUS, "the key is disabled, or is being deleted"},
    {EXIT_CANNOT_ENCRYPT, C_CLUSTER_STATUS,
     "a kind of cluster whose encryption cannot be changed"},
    {EXIT_INTERRUPTED, C_WORK, "interrupted; output files are as they were"},
};

static void
put_exits(FILE *to, uint64_t of)
{
    (void)fputs("\nExit codes:\n", to);
    for (size_t i = 0; i < sizeof exits / sizeof *exits; i++) {
        if (exits[i].commands & of)
            (void)fprintf(to, "  %3d  %s\n", exits[i].code, exits[i].text);
    }
}

/* A group in a line, and its commands below. */
static void
put_group(FILE *to, const command_group *g)
{
    size_t count = 0;

    (void)fprintf(to, "  %-*s%s:", COLUMN - 2, g->name, g->summary);
    for (const command *c = commands; c->name; c++) {
        if (!c->group || strcmp(c->group, g->name) != 0)
            continue;
        if (count++ % 6 == 0)
            (void)fprintf(to, "\n%*s%s", COLUMN, "", c->name);
        else
            (void)fprintf(to, " %s", c->name);
    }
    (void)fputc('\n', to);
}

void
help_overview(FILE *to)
{
    (void)fputs(
        "envcrypt encrypts files, streams and small values under data keys, and wraps "
        "those\nunder keys of a key store that can be rotated. It stores the Secrets "
        "of "
        "a Kubernetes\ncluster anew under a new key, and proves it.\n\n"
        "  envcrypt keystore create keys.json\n"
        "  envcrypt encrypt report.pdf -o report.pdf.enc -k keys.json#main\n"
        "  envcrypt decrypt report.pdf.enc -o report.pdf -k keys.json#main\n"
        "  envcrypt secrets reencrypt\n\n"
        "Commands:\n",
        to);
    for (const command_group *g = command_groups; g->name; g++)
        put_group(to, g);
    for (const command *c = commands; c->name; c++) {
        if (!c->group)
            (void)fprintf(to, "  %-*s%s\n", COLUMN - 2, c->name, c->summary);
    }
    put_exits(to, C_ALL);
    (void)fputs(
        "\n`envcrypt COMMAND --help` explains a command, `man envcrypt` all of them.\n"
        "`envcrypt --version` shows the version.\n",
        to);
}

void
help_group(const char *group)
{
    const command_group *g = command_find_group(group);

    say("usage: envcrypt %s COMMAND%s%s [options]\n\n%s\nCommands:\n", group,
        *g->argument ? " " : "", g->argument, g->text);
    for (const command *c = commands; c->name; c++) {
        if (c->group && strcmp(c->group, group) == 0)
            say("  %-*s%s\n", COLUMN - 2, c->name, c->summary);
    }
    say("\n%s\n`envcrypt %s COMMAND --help` explains a command.\n", g->example, group);
}

/* Words in a column of their own. */
static void
put_wrapped(const char *text)
{
    size_t at = COLUMN;

    while (*text) {
        size_t word = strcspn(text, " ");

        if (at > COLUMN && at + 1 + word > WIDTH) {
            (void)printf("\n%*s", COLUMN, "");
            at = COLUMN;
        }
        (void)printf("%s%.*s", at > COLUMN ? " " : "", (int)word, text);
        at += word + (at > COLUMN);
        text += word;
        text += strspn(text, " ");
    }
    (void)putchar('\n');
}

void
help_entry(const char *name, const char *text)
{
    (void)printf("  %-*s", COLUMN - 2, name);
    put_wrapped(text);
}

static void
put_option(const option_facts *o)
{
    char left[64];
    int size;

    size = snprintf(left, sizeof left, "  %s%c%s--%s%s%s", o->letter ? "-" : " ",
                    o->letter ? o->letter : ' ', o->letter ? ", " : "  ", o->name,
                    o->argument ? " " : "", o->argument ? o->argument : "");
    if (size > COLUMN - 2)
        (void)printf("%s\n%*s", left, COLUMN, "");
    else
        (void)printf("%-*s", COLUMN, left);
    put_wrapped(o->help);
}

/* title NULL: what follows belongs to what stands above. */
static void
put_options(const command *of, int section, const char *title)
{
    option_facts o;

    for (size_t i = 0; options_get(of, i, &o); i++) {
        if (o.section != section)
            continue;
        if (title)
            (void)printf("\n%s:\n", title);
        title = NULL;
        put_option(&o);
    }
}

static char
capital(char letter)
{
    return (char)(letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter);
}

void
help_command(const command *of)
{
    bool creates = strcmp(of->name, "create") == 0;

    (void)printf("usage: envcrypt %s%s%s%s%s [options]\n\n%c%s.\n",
                 of->group ? of->group : "", of->group ? " " : "", of->name,
                 *of->arguments ? " " : "", of->arguments, capital(of->summary[0]),
                 of->summary + 1);
    if (of->text)
        (void)printf("\n%s", of->text);
    (void)printf("\nFor example:\n%s", of->examples);
    put_options(of, SECTION_OWN, "Options");
    put_options(of, SECTION_SERVER, "The API server");
    put_options(of, SECTION_OPENS,
                creates ? "What will open the key store" : "What opens the key store");
    put_options(of, SECTION_NEW, creates ? NULL : "The new protector");
    put_options(of, SECTION_GENERAL, "General");
    put_exits(stdout, of->bit);
}

int
help_unknown(const char *group, const char *name)
{
    const char *names[64];
    const char *near;
    size_t count = 0;

    for (const command *c = commands; c->name && count < 62; c++) {
        if (group ? c->group && strcmp(c->group, group) == 0 : c->group == NULL)
            names[count++] = c->name;
    }
    for (const command_group *g = command_groups; !group && g->name; g++)
        names[count++] = g->name;
    /* `envcrypt rotate` is a common slip. */
    for (const command *c = commands; !group && c->name; c++) {
        if (c->group && strcmp(c->name, name) == 0)
            return refuse(ENVCRYPT_E_ARGUMENT, "did you mean `envcrypt %s %s`?",
                          c->group, c->name);
    }
    near = text_nearest(name, names, count);
    if (near)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "there is no command %s; did you mean `envcrypt %s%s%s`?", name,
                      group ? group : "", group ? " " : "", near);
    return refuse(ENVCRYPT_E_ARGUMENT,
                  "there is no command %s; `envcrypt %s%s--help` shows them", name,
                  group ? group : "", group ? " " : "");
}
