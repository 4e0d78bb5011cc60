/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every command about clusters, and about keys that they need, begins with: keys that a
 * destructive proof left disabled because it was killed are enabled. Where one stays disabled,
 * what only looks, or gives a key back, goes on, as that may be the way out; the rest stops.
 */
#include "cli.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#define GOES_ON                                                        \
    (C_CLUSTER_LIST | C_CLUSTER_STATUS | C_CLUSTER_KEYS | C_OUTLOOKS | \
     C_CLUSTER_REPORT | C_KEY_ENABLE | C_KEY_KEEP)

static int
set_folder(envcrypt_cluster_config *config, const char *name, const char *path)
{
    envcrypt_error *error = NULL;

    return path ? check(envcrypt_cluster_config_set(config, name, path, &error), &error,
                        NULL)
                : 0;
}

/* The usual folder, whatever --state-dir says, and that one besides. */
static int
find_folders(const cli *c, envcrypt_cluster_config *config)
{
    const char *given = c->cluster.state;
    char *place = NULL;
    int rc = journal_place(&place);

    if (!rc)
        rc = set_folder(config, "rescue-dir", place);
    if (!rc && given && strcmp(given, "none") != 0)
        rc = set_folder(config, "state-dir", given);
    free(place);
    return rc;
}

/* first: that of the error, which is told as one. */
static void
tell_row(const cli *c, const envcrypt_table *rows, size_t row, bool *first)
{
    const char *state = envcrypt_table_get(rows, row, "state");
    const char *detail = envcrypt_table_get(rows, row, "detail");

    if (strcmp(state, "enabled") == 0)
        complain("the key %s is enabled again, which a destructive proof of %s left "
                 "disabled when it was killed%s%s",
                 envcrypt_table_get(rows, row, "key"),
                 envcrypt_table_get(rows, row, "cluster"), detail ? "; " : "",
                 detail ? detail : "");
    else if (strcmp(state, "busy") == 0)
        note(c, "%s: %s\n", envcrypt_table_get(rows, row, "cluster"), detail);
    else if (strcmp(state, "unreadable") == 0 || !*first)
        complain("%s", detail);
    else
        *first = false;
}

/* An interruption is told as that alone otherwise. */
static int
tell_error(const cli *c, int rc, envcrypt_error **error)
{
    bool goes_on = (c->command->bit & GOES_ON) && !signals_interrupted();

    if (envcrypt_error_class_of(rc) == ENVCRYPT_CLASS_CANCELED)
        complain("%s", envcrypt_error_message(*error));
    rc = check(rc, error, NULL);
    complain("  %s",
             goes_on ? "this command goes on all the same" : "nothing else was done");
    return goes_on ? 0 : rc;
}

int
cluster_rescue(const cli *c)
{
    envcrypt_cluster_config *config = NULL;
    envcrypt_error *error = NULL;
    envcrypt_table *rows = NULL;
    bool first = true;
    int told;
    int rc = envcrypt_cluster_config_new(&config, &error);

    if (rc == ENVCRYPT_E_NOT_BUILT) { /* what was asked for says so */
        envcrypt_error_free(error);
        return 0;
    }
    rc = check(rc, &error, NULL);
    if (!rc)
        rc = find_folders(c, config);
    if (!rc) {
        told = envcrypt_cluster_recover(c->client, config, c->wait, &rows, &error);
        for (size_t row = 0; row < envcrypt_table_rows(rows); row++)
            tell_row(c, rows, row, &first);
        rc = told ? tell_error(c, told, &error) : 0;
    }
    envcrypt_table_free(rows);
    envcrypt_cluster_config_free(config);
    return rc;
}
