/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where a re-encryption, or the change of a cluster, keeps how far it is, so that the same
 * command goes on after an interruption: in $XDG_STATE_HOME/envcrypt, or ~/.local/state/envcrypt (XDG Base Directory
 * Specification). Which file there is the library's to say, which knows cluster and selection.
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

/* All folders of the path, up to its last slash, for us alone; those that stand stay as they are. */
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

/* With a slash at its end; NULL: there is no home, or memory is out. */
static int
find_place(char **out)
{
    const char *state = folder_of("XDG_STATE_HOME");
    const char *home = state ? state : folder_of("HOME");

    *out =
        home ? text_format("%s%s/envcrypt/", home, state ? "" : "/.local/state") : NULL;
    return home && !*out ? refuse(ENVCRYPT_E_NOMEM, "out of memory") : 0;
}

int
journal_place(char **out)
{
    int rc = find_place(out);

    if (*out)
        (*out)[strlen(*out) - 1] = '\0';
    return rc;
}

int
journal_folder(const cli *c, char **out)
{
    char *path = NULL;
    int rc;

    *out = NULL;
    if (c->no_journal && c->journal)
        return refuse(ENVCRYPT_E_ARGUMENT, "--journal and --no-journal contradict");
    if (c->no_journal || c->journal || c->dry_run)
        return 0;
    rc = find_place(&path);
    if (!rc && !path)
        return refuse(
            ENVCRYPT_E_ARGUMENT,
            "there is no HOME for the journal that an interrupted run goes on "
            "from; give --journal FILE, or --no-journal");
    if (!rc)
        rc = make_folders(path);
    if (rc) {
        free(path);
        return rc;
    }
    path[strlen(path) - 1] = '\0';
    *out = path;
    return 0;
}
