/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a re-encryption keeps how far it is, so that the same command goes on after an
 * interruption: $XDG_STATE_HOME/envcrypt, or ~/.local/state/envcrypt (XDG Base Directory
 * Specification).
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* NULL when it is not set, or is no path to rely on. */
static const char *
folder_of(const char *variable)
{
    /* NOLINTNEXTLINE(concurrency-mt-unsafe): nothing changes the environment */
    const char *path = getenv(variable);

    return path && path[0] == '/' ? path : NULL;
}

/* All folders of the path, for us alone; those that stand stay as they are. */
static int
make_folders(char *path)
{
    for (char *slash = strchr(path + 1, '/'); slash; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(path, 0700) && errno != EEXIST)
            return system_failed("make the folder", path);
        *slash = '/';
    }
    return 0;
}

/* What may be in the name of a file stays, the rest becomes '_'. */
static void
clean_name(char *name)
{
    static const char good[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                               "0123456789.-";

    for (; *name; name++) {
        if (!strchr(good, *name))
            *name = '_';
    }
}

/* One text of all that is selected: another selection is another run. NULL: memory is out. */
static char *
selection_text(const cli *c)
{
    char *text =
        text_format("%s\n%s", c->selector ? c->selector : "", c->names ? c->names : "");

    for (size_t i = 0; text && i < c->namespaces.count; i++) {
        char *longer = text_format("%s\n%s", text, c->namespaces.items[i]);

        free(text);
        text = longer;
    }
    return text;
}

/* "10.0.0.1_6443-secrets", with a number behind it where not all are selected. */
static char *
file_name(const cli *c, const char *server)
{
    const char *host = strstr(server, "://");
    bool some = c->selector || c->names || c->namespaces.count;
    char *selection = selection_text(c);
    char *name = NULL;

    host = host ? host + 3 : server;
    if (selection && some)
        name = text_format("%s-%s-%08x", host, c->resource ? c->resource : "secrets",
                           (unsigned)(text_hash(selection) & 0xffffffffu));
    else if (selection)
        name = text_format("%s-%s", host, c->resource ? c->resource : "secrets");
    if (name)
        clean_name(name);
    free(selection);
    return name;
}

int
journal_path(const cli *c, const char *server, char **out)
{
    const char *state = folder_of("XDG_STATE_HOME");
    const char *home = state ? state : folder_of("HOME");
    char *name;
    int rc;

    *out = NULL;
    if (c->no_journal && c->journal)
        return refuse(ENVCRYPT_E_ARGUMENT, "--journal and --no-journal contradict");
    if (c->no_journal || c->dry_run)
        return 0;
    if (c->journal) {
        *out = text_format("%s", c->journal);
        return *out ? 0 : refuse(ENVCRYPT_E_NOMEM, "out of memory");
    }
    if (!home)
        return refuse(
            ENVCRYPT_E_ARGUMENT,
            "there is no HOME for the journal that an interrupted run goes on "
            "from; give --journal FILE, or --no-journal");
    name = file_name(c, server);
    if (name)
        *out = text_format("%s%s/envcrypt/%s.journal", home,
                           state ? "" : "/.local/state", name);
    free(name);
    if (!*out)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    rc = make_folders(*out);
    if (rc) {
        free(*out);
        *out = NULL;
    }
    return rc;
}
