/* SPDX-License-Identifier: Apache-2.0 */
/*
 * key disable, enable, schedule-deletion, cancel-deletion: what takes a key away first looks up
 * which clusters use it, and has their names typed back.
 */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* Whether a name stands for several clusters, so that something else is typed for them. */
static bool
names_repeat(const envcrypt_table *users)
{
    for (size_t row = 0; row < envcrypt_table_rows(users); row++) {
        const char *name = envcrypt_table_get(users, row, "name");
        const char *word = envcrypt_table_get(users, row, "confirm");

        if (name && *name && word && strcmp(name, word) != 0)
            return true;
    }
    return false;
}

static int
show_users(const cli *c, const envcrypt_table *users)
{
    static const char *const columns[] = {"name", "region", "status", "what-to-do",
                                          NULL};
    static const char *const longer[] = {"name",       "region",  "status",
                                         "what-to-do", "confirm", NULL};

    if (envcrypt_table_rows(users) == 0)
        return 0;
    if (!c->json) {
        say("These clusters use the key, or it could not be found out:\n");
        return table_show_some(users, names_repeat(users) ? longer : columns);
    }
    json j = {0};

    json_open(&j, NULL, '{');
    json_text(&j, "event", "users");
    table_json(&j, "rows", users);
    json_close(&j);
    return 0;
}

/* Names of clusters that use it; of a key that none uses, yes. */
static int
confirm(const cli *c, const cluster_target *t, const envcrypt_table *users)
{
    char line[LINE_SIZE];
    int rc;

    if (c->confirm)
        return cluster_set(t, "confirm", c->confirm);
    if (envcrypt_table_rows(users) > 0) {
        bool repeat = names_repeat(users);

        rc = confirm_typed(
            text_format("%s", repeat
                                  ? "Some have the same name. Type what stands under "
                                    "CONFIRM for all of them, with commas between "
                                    "(unknown for what could not be looked at): "
                                  : "Type the names of all of them, with commas "
                                    "between (unknown for what could not be looked "
                                    "at): "),
            text_format("without this key they are lost; whoever wants that all the "
                        "same gives %s by --confirm",
                        repeat ? "what stands under CONFIRM" : "their names"),
            line);
        return rc ? rc : cluster_set(t, "confirm", line);
    }
    return c->yes ? 0
                  : confirm_yes("No cluster that could be seen uses the key. Do it? "
                                "Type yes: ",
                                "give --yes");
}

typedef int guarded_fn(envcrypt_cluster *place, const envcrypt_cluster_change *change,
                       envcrypt_wait *wait, envcrypt_table **users,
                       envcrypt_table **out, envcrypt_error **err);

static int
take_away(const cli *c, guarded_fn *fn)
{
    envcrypt_table *users = NULL;
    envcrypt_table *answer = NULL;
    envcrypt_error *error = NULL;
    cluster_target t;
    int rc = cluster_open_place(c, c->args[0], &t);

    if (!rc && c->cluster.days)
        rc = cluster_set(&t, "pending-days", c->cluster.days);
    if (!rc)
        rc = check(
            envcrypt_cluster_key_users(t.cluster, t.change, c->wait, &users, &error),
            &error, NULL);
    if (!rc)
        rc = show_users(c, users);
    if (!rc)
        rc = confirm(c, &t, users);
    /* They are looked up once more, at that moment. */
    if (!rc)
        rc = check(fn(t.cluster, t.change, c->wait, NULL, &answer, &error), &error,
                   NULL);
    if (!rc)
        rc = table_tell(c, answer, NULL);
    if (rc && c->json && json_is_begun())
        report_json(NULL, rc);
    envcrypt_table_free(answer);
    envcrypt_table_free(users);
    cluster_close(&t);
    return rc;
}

typedef int give_fn(envcrypt_cluster *place, const envcrypt_cluster_change *change,
                    envcrypt_wait *wait, envcrypt_table **out, envcrypt_error **err);

static int
give_back(const cli *c, give_fn *fn)
{
    envcrypt_table *answer = NULL;
    envcrypt_error *error = NULL;
    cluster_target t;
    int rc = cluster_open_place(c, c->args[0], &t);

    if (!rc)
        rc = check(fn(t.cluster, t.change, c->wait, &answer, &error), &error, NULL);
    if (!rc)
        rc = table_tell(c, answer, NULL);
    envcrypt_table_free(answer);
    cluster_close(&t);
    return rc;
}

int
run_key_disable(cli *c)
{
    return take_away(c, envcrypt_cluster_key_disable);
}

int
run_key_schedule_deletion(cli *c)
{
    return take_away(c, envcrypt_cluster_key_schedule_deletion);
}

int
run_key_enable(cli *c)
{
    return give_back(c, envcrypt_cluster_key_enable);
}

int
run_key_cancel_deletion(cli *c)
{
    return give_back(c, envcrypt_cluster_key_cancel_deletion);
}
