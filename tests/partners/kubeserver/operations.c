/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Our operations against an API server, one of each run:
 *
 *     operations SERVER CA TOKEN find RESOURCE
 *     operations SERVER CA TOKEN list RESOURCE LIMIT [ns=] [labels=] [annotation=] [token=]
 *     operations SERVER CA TOKEN patch RESOURCE NS NAME UID VERSION [annotation=] [value=] [dry=1]
 *     operations SERVER CA TOKEN get RESOURCE NS NAME [annotation=]
 *     operations SERVER CA TOKEN review RESOURCE VERB [ns=]
 *     operations SERVER CA TOKEN lease NS NAME HOLDER [renew=1] [keep=1]
 *     operations SERVER CA TOKEN migrations
 *     operations SERVER CA TOKEN migrate VERSION RESOURCE
 *     operations SERVER CA TOKEN migration VERSION NAME
 *
 * One line of JSON: what came of it; or code, message and http_status of the error.
 */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "k8s/lease.h"
#include "k8s/list.h"
#include "k8s/migration.h"
#include "k8s/patch.h"
#include "k8s/review.h"

static evc_kube *kube;
static evc_error *error;
static char **args; /* of the command, up to a NULL */

/* The value of an argument NAME=VALUE; NULL = it is not there. */
static const char *
option(const char *name)
{
    size_t size = strlen(name);

    for (char **at = args; *at; at++) {
        if (strncmp(*at, name, size) == 0 && (*at)[size] == '=')
            return &(*at)[size + 1];
    }
    return NULL;
}

static const char *
argument(size_t n)
{
    for (size_t i = 0; i < n; i++) {
        if (!args[i])
            exit(2);
    }
    if (!args[n])
        exit(2);
    return args[n];
}

static void
set(char *to, size_t size, const char *text)
{
    (void)snprintf(to, size, "%s", text);
}

static int
resource_of(size_t n, evc_kube_resource *out)
{
    return evc_kube_resource_find(kube, argument(n), NULL, out, &error);
}

static void
print(json_t *object)
{
    char *text = json_dumps(object, JSON_SORT_KEYS);

    (void)puts(text ? text : "null");
    free(text);
    json_decref(object);
}

static json_t *
object_json(const evc_kube_object *o)
{
    return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I}", "ns", o->ns, "name", o->name,
                     "uid", o->uid, "version", o->version, "written_ms",
                     (json_int_t)o->written_ms, "mark_ms", (json_int_t)o->mark_ms);
}

static int
find(json_t **out)
{
    evc_kube_resource r;
    int rc = resource_of(0, &r);

    *out =
        json_pack("{s:s, s:s, s:s, s:s, s:b}", "group", r.group, "version", r.version,
                  "plural", r.plural, "kind", r.kind, "namespaced", r.namespaced);
    return rc;
}

static json_t *
page_json(const evc_kube_page *page)
{
    json_t *items = json_array();

    for (size_t i = 0; i < page->count; i++)
        (void)json_array_append_new(items, object_json(&page->items[i]));
    return json_pack(
        "{s:o, s:s, s:s%, s:I, s:b}", "items", items, "version", page->version, "next",
        page->next.size ? (const char *)page->next.data : "", page->next.size,
        "remaining", (json_int_t)page->remaining, "restarted", page->restarted);
}

static int
list(json_t **out)
{
    evc_kube_resource r;
    evc_kube_list l = {.resource = &r,
                       .ns = option("ns"),
                       .labels = option("labels"),
                       .annotation = option("annotation"),
                       .limit = (uint32_t)strtoul(argument(1), NULL, 10),
                       .token = evc_view_text(option("token"))};
    evc_kube_page page = {.items = NULL};
    int rc = resource_of(0, &r);

    if (!rc)
        rc = evc_kube_list_page(kube, &l, NULL, &page, &error);
    *out = page_json(&page);
    evc_kube_page_reset(&page);
    return rc;
}

static int
patch(json_t **out)
{
    static evc_kube_patch p;
    evc_kube_resource r;
    int rc = resource_of(0, &r);

    p.resource = &r;
    set(p.object.ns, sizeof(p.object.ns), argument(1));
    set(p.object.name, sizeof(p.object.name), argument(2));
    set(p.object.uid, sizeof(p.object.uid), argument(3));
    set(p.object.version, sizeof(p.object.version), argument(4));
    p.annotation = option("annotation");
    p.value = option("value");
    p.dry_run = option("dry") != NULL;
    if (!rc)
        rc = evc_kube_patch_run(kube, &p, NULL, &error);
    *out = json_pack("{s:s}", "version", p.version);
    return rc;
}

static int
get(json_t **out)
{
    static evc_kube_get g;
    evc_kube_resource r;
    int rc = resource_of(0, &r);

    g.resource = &r;
    g.annotation = option("annotation");
    set(g.object.ns, sizeof(g.object.ns), argument(1));
    set(g.object.name, sizeof(g.object.name), argument(2));
    if (!rc)
        rc = evc_kube_get_run(kube, &g, NULL, &error);
    *out = object_json(&g.object);
    return rc;
}

static int
review(json_t **out)
{
    static const char *const rights[] = {"no", "yes", "unknown"};
    evc_kube_right right = EVC_KUBE_RIGHT_UNKNOWN;
    evc_kube_resource r;
    int rc = resource_of(0, &r);

    if (!rc)
        rc = evc_kube_review(kube, &r, argument(1), option("ns"), NULL, &right, &error);
    *out = json_pack("{s:s}", "right", rights[right]);
    return rc;
}

/* keep: dies with it, and gives nothing back. */
static int
lease(json_t **out)
{
    evc_kube_lease *l;
    int rc = evc_kube_lease_take(kube, argument(0), argument(1), argument(2), NULL, &l,
                                 &error);

    *out = json_pack("{s:b}", "taken", rc == 0);
    if (!rc && option("renew"))
        rc = evc_kube_lease_renew(l, NULL, &error);
    if (!rc && option("keep")) {
        print(*out);
        (void)fflush(stdout);
        _Exit(0);
    }
    evc_kube_lease_drop(l);
    return rc;
}

static int
migrations(json_t **out)
{
    char version[64];
    bool found;
    int rc = evc_kube_migration_find(kube, NULL, version, &found, &error);

    *out = json_pack("{s:b, s:s}", "found", found, "version", version);
    return rc;
}

static int
migrate(json_t **out)
{
    char name[EVC_KUBE_NAME_MAX + 1] = "";
    evc_kube_resource r;
    int rc = resource_of(1, &r);

    if (!rc)
        rc = evc_kube_migration_begin(kube, argument(0), &r, NULL, name, &error);
    *out = json_pack("{s:s}", "name", name);
    return rc;
}

static int
migration(json_t **out)
{
    evc_kube_migration_state state;
    int rc =
        evc_kube_migration_poll(kube, argument(0), argument(1), NULL, &state, &error);

    *out = json_pack("{s:b, s:b, s:b, s:s}", "running", state.running, "succeeded",
                     state.succeeded, "failed", state.failed, "reason", state.reason);
    return rc;
}

static const struct {
    const char *name;
    int (*run)(json_t **out);
} commands[] = {{"find", find},
                {"list", list},
                {"patch", patch},
                {"get", get},
                {"review", review},
                {"lease", lease},
                {"migrations", migrations},
                {"migrate", migrate},
                {"migration", migration}};

static int
run(const char *command, json_t **out)
{
    for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++) {
        if (strcmp(command, commands[i].name) == 0)
            return commands[i].run(out);
    }
    exit(2);
}

static int
open_kube(evc_crypto *crypto, evc_net *net, evc_env *env, char **argv)
{
    evc_kube_options options = {.server = argv[1], .ca_file = argv[2]};
    evc_secret token;
    int rc = evc_secret_new(env->arena, strlen(argv[3]), &token, &error);

    if (rc)
        return rc;
    memcpy(token.bytes, argv[3], token.size);
    options.token = &token;
    rc = evc_kube_open(crypto, net, &options, &kube, &error);
    evc_secret_free(&token);
    return rc;
}

int
main(int argc, char **argv)
{
    const evc_net_settings settings = {.max_attempts = 3};
    evc_crypto *crypto = NULL;
    evc_net *net = NULL;
    evc_env *env = NULL;
    json_t *out = NULL;
    int rc;

    if (argc < 5)
        return 2;
    args = &argv[5];
    rc = evc_env_open(65536, false, NULL, NULL, &env, &error);
    if (!rc)
        rc = evc_crypto_open(env, &crypto, &error);
    if (!rc)
        rc = evc_net_open(env, &settings, NULL, NULL, NULL, &net, &error);
    if (!rc)
        rc = open_kube(crypto, net, env, argv);
    if (!rc)
        rc = run(argv[4], &out);
    if (rc) {
        json_decref(out);
        out = json_pack("{s:s, s:s, s:i}", "code", envcrypt_error_name(rc), "message",
                        evc_error_message(error), "http_status",
                        evc_error_http_status(error));
    }
    print(out);
    evc_error_free(error);
    evc_kube_unref(kube);
    evc_net_unref(net);
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    return 0;
}
