/* SPDX-License-Identifier: Apache-2.0 */
/* What is wanted of a cluster, by the options of the command line. */
#include "cli.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#define WAIT_MOST_MS INT64_C(86400000) /* the library's */

int
cluster_refuse_twice(const char *a, const char *b)
{
    return refuse(ENVCRYPT_E_ARGUMENT, "%s and %s both say what is meant; give one", a,
                  b);
}

int
cluster_set(const cluster_target *t, const char *name, const char *value)
{
    envcrypt_error *error = NULL;

    return check(envcrypt_cluster_change_set(t->change, name, value, &error), &error,
                 NULL);
}

/* The key has many names, and one of them is given. */
static int
set_key(const cli *c, const cluster_target *t)
{
    const struct {
        const char *option, *name, *value;
    } names[] = {
        {"--key", "key", c->cluster.key},
        {"--key-arn", "key", c->cluster.key_arn},
        {"--key-id", "key", c->cluster.key_id},
        {"--crk", "crk", c->cluster.crk},
    };
    const char *first = NULL;
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof names / sizeof *names; i++) {
        if (!names[i].value)
            continue;
        if (first)
            return cluster_refuse_twice(first, names[i].option);
        first = names[i].option;
        rc = cluster_set(t, names[i].name, names[i].value);
    }
    return rc;
}

static int
set_existing(const cli *c, const cluster_target *t)
{
    const char *given = c->cluster.existing;

    if (!given)
        return 0;
    if (strcmp(given, "true") == 0)
        return cluster_set(t, "encrypt-existing-secrets", "yes");
    if (strcmp(given, "false") == 0)
        return cluster_set(t, "encrypt-existing-secrets", "no");
    return refuse(ENVCRYPT_E_ARGUMENT,
                  "--encrypt-existing-secrets is true or false, not %s", given);
}

/* As long as --timeout says, also where the library would end sooner. */
static int
set_timeout(const cli *c, const cluster_target *t)
{
    char text[24];

    if (!c->timeout || !(c->command->bit & (C_CLUSTER_CHANGES | C_CLUSTER_WAIT)))
        return 0;
    (void)snprintf(
        text, sizeof text, "%lld",
        (long long)(c->timeout_ms < WAIT_MOST_MS ? c->timeout_ms : WAIT_MOST_MS));
    return cluster_set(t, "timeout-ms", text);
}

static int
set_pairs(const cli *c, const cluster_target *t)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < c->cluster.sets.count; i++) {
        const char *value = NULL;
        char *name = NULL;

        rc = options_split("--set", c->cluster.sets.items[i], &name, &value);
        if (!rc)
            rc = cluster_set(t, name, value);
        free(name);
    }
    return rc;
}

int
cluster_make_change(const cli *c, const cluster_target *t)
{
    const struct {
        const char *name, *value;
    } settings[] = {
        {"instance-id", c->cluster.instance_id},
        {"kms-account-id", c->cluster.kms_account},
        {"public-endpoint", c->cluster.public_endpoint ? "yes" : NULL},
        {"destructive", c->cluster.destructive ? "yes" : NULL},
        {"override", c->cluster.override},
        {"wait", c->cluster.no_wait ? "no" : NULL},
        {"update-id", c->cluster.update_id},
        {"secrets-mode", c->mode},
        {"secrets-annotation", c->annotation},
    };
    int rc = set_key(c, t);

    for (size_t i = 0; !rc && i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].value)
            rc = cluster_set(t, settings[i].name, settings[i].value);
    }
    if (!rc)
        rc = set_existing(c, t);
    if (!rc)
        rc = set_timeout(c, t);
    return rc ? rc : set_pairs(c, t);
}
