/* SPDX-License-Identifier: Apache-2.0 */
/* key list, describe, create, policy, rotate, run: keys of key services and who may use them. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* An action that is about to be run. */
typedef struct plan {
    envcrypt_service *service;
    envcrypt_request *request;
    const char *action;
} plan;

static int
open_service(const cli *c, const char *uri, envcrypt_service **out)
{
    envcrypt_error *error = NULL;

    return check(envcrypt_service_open(c->client, uri, NULL, c->wait, out, &error),
                 &error, NULL);
}

static int
begin(const cli *c, const char *uri, const char *action, plan *p)
{
    envcrypt_error *error = NULL;
    int rc = open_service(c, uri, &p->service);

    p->action = action;
    if (!rc)
        rc = check(envcrypt_request_new(action, &p->request, &error), &error, NULL);
    return rc;
}

static void
end(plan *p)
{
    envcrypt_request_free(p->request);
    envcrypt_service_unref(p->service);
}

static int
set(const plan *p, const char *name, const char *value)
{
    envcrypt_error *error = NULL;

    return check(envcrypt_request_set(p->request, name, value, &error), &error, name);
}

/* NAME=VALUE of --arg, or of the command line. */
static int
set_pair(const plan *p, const char *pair)
{
    const char *equals = strchr(pair, '=');
    char *name;
    int rc;

    if (!equals || equals == pair)
        return refuse(ENVCRYPT_E_ARGUMENT, "an argument is NAME=VALUE, not %s", pair);
    name = strndup(pair, (size_t)(equals - pair));
    if (!name)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    rc = set(p, name, equals + 1);
    free(name);
    return rc;
}

/* Several values of one argument are separated by commas. */
static int
set_list(const plan *p, const char *name, const strings *values)
{
    char *all = NULL;
    int rc;

    for (size_t i = 0; i < values->count; i++) {
        char *longer =
            text_format("%s%s%s", all ? all : "", all ? "," : "", values->items[i]);

        free(all);
        all = longer;
        if (!all)
            return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    }
    rc = all ? set(p, name, all) : 0;
    free(all);
    return rc;
}

/* What the options say. */
static int
set_options(const cli *c, const plan *p)
{
    int rc = c->alias ? set(p, "alias", c->alias) : 0;

    if (!rc && c->name)
        rc = set(p, "name", c->name);
    if (!rc)
        rc = set_list(p, "allow", &c->allow);
    for (size_t i = 0; !rc && i < c->action_args.count; i++)
        rc = set_pair(p, c->action_args.items[i]);
    return rc;
}

/* The index of an action; how many there are when there is no such. */
static size_t
find_action(const envcrypt_service *service, const char *action)
{
    size_t count = envcrypt_service_actions(service);

    for (size_t i = 0; i < count; i++) {
        if (strcmp(envcrypt_service_action_name(service, i), action) == 0)
            return i;
    }
    return count;
}

/* --- before something changes --- */

static void
tell_plan(const cli *c, const plan *p)
{
    size_t at = find_action(p->service, p->action);
    const char *right = envcrypt_service_action_permission(p->service, at);

    note(c, "Would run   %s at %s\n", p->action, c->args[0]);
    if (envcrypt_service_action_help(p->service, at))
        note(c, "            %s\n", envcrypt_service_action_help(p->service, at));
    if (c->name)
        note(c, "Argument    name=%s\n", c->name);
    if (c->alias)
        note(c, "Argument    alias=%s\n", c->alias);
    for (size_t i = 0; i < c->allow.count; i++)
        note(c, "Argument    allow=%s\n", c->allow.items[i]);
    for (size_t i = 0; i < c->action_args.count; i++)
        note(c, "Argument    %s\n", c->action_args.items[i]);
    if (right && *right)
        note(c, "Permission  %s\n", right);
}

/* "yes" on the terminal, or --yes. *go: whether to do it; a dry run does not. */
static int
confirm(const cli *c, bool *go)
{
    *go = !c->dry_run;
    if (c->dry_run || c->yes)
        return 0;
    return confirm_yes("Do it? Type yes: ",
                       "this changes something at the key service: look at it by "
                       "--dry-run, then give --yes");
}

/* Tells and asks where the action changes something. */
static int
confirm_action(const cli *c, const plan *p, bool *go)
{
    size_t at = find_action(p->service, p->action);
    uint32_t flags = envcrypt_service_action_flags(p->service, at);

    *go = true;
    if (!(flags & ENVCRYPT_ACTION_CHANGES) || flags & ENVCRYPT_ACTION_GUARDED)
        return 0; /* what is guarded the library refuses */
    if (!c->yes || c->dry_run)
        tell_plan(c, p);
    return confirm(c, go);
}

/* --- running --- */

/* What one looks for in a list; the rest is many lines a key. */
static int
show_keys(const cli *c, const envcrypt_table *answer)
{
    static const char *const names[] = {"key",  "name", "aliases", "state",
                                        "spec", "type", NULL};
    int rc = table_show_some(answer, names);

    if (!rc && envcrypt_table_rows(answer) > 0)
        note(c,
             "\n--json shows all of every key, `envcrypt key run SERVICE describe-key "
             "key=KEY` all of one.\n");
    return rc;
}

static int
show(const cli *c, const plan *p, const envcrypt_table *answer)
{
    return !c->json && strcmp(p->action, "list-keys") == 0
               ? show_keys(c, answer)
               : table_tell(c, answer, NULL);
}

static int
run(const cli *c, const plan *p)
{
    envcrypt_table *answer = NULL;
    envcrypt_error *error = NULL;
    bool go = false;
    int rc = confirm_action(c, p, &go);

    if (rc || !go)
        return rc;
    rc = check(envcrypt_service_run(p->service, p->request, c->wait, &answer, &error),
               &error, NULL);
    if (!rc)
        rc = show(c, p, answer);
    envcrypt_table_free(answer);
    return rc;
}

static int
run_action(cli *c, const char *action)
{
    plan p = {0};
    int rc = begin(c, c->args[0], action, &p);

    if (!rc && find_action(p.service, action) == envcrypt_service_actions(p.service))
        rc = refuse(ENVCRYPT_E_UNSUPPORTED,
                    "this key service has no %s; `envcrypt key run SERVICE` shows what "
                    "it has",
                    action);
    if (!rc)
        rc = set_options(c, &p);
    if (!rc)
        rc = run(c, &p);
    end(&p);
    return rc;
}

int
run_key_list(cli *c)
{
    return run_action(c, "list-keys");
}

int
run_key_create(cli *c)
{
    return run_action(c, "create-key");
}

int
run_key_policy(cli *c)
{
    return run_action(c, "key-policy");
}

/* --- describe --- */

static const char *
state_word(int32_t state)
{
    static const char *const words[] = {
        [ENVCRYPT_KEY_UNKNOWN] = "unknown",
        [ENVCRYPT_KEY_ENABLED] = "enabled",
        [ENVCRYPT_KEY_DISABLED] = "disabled",
        [ENVCRYPT_KEY_DESTROYED] = "destroyed",
        [ENVCRYPT_KEY_DECRYPT_ONLY] = "decrypt-only",
        [ENVCRYPT_KEY_PENDING_DELETION] = "pending-deletion",
        [ENVCRYPT_KEY_PENDING_IMPORT] = "pending-import",
        [ENVCRYPT_KEY_UNAVAILABLE] = "unavailable",
        [ENVCRYPT_KEY_CREATING] = "creating"};

    return state >= 0 && (size_t)state < sizeof words / sizeof *words ? words[state]
                                                                      : "unknown";
}

static int
show_versions(const envcrypt_key_info *info)
{
    table t = {.columns = 4};

    if (envcrypt_key_info_versions(info) == 0)
        return 0;
    say("\n");
    table_cell(&t, "VERSION");
    table_cell(&t, "STATE");
    table_cell(&t, "MADE");
    table_cell(&t, "%s", "");
    for (size_t i = 0; i < envcrypt_key_info_versions(info); i++) {
        int64_t created_ms = envcrypt_key_info_version_created_ms(info, i);
        char created[24] = "-";

        if (created_ms >= 0)
            format_time(created_ms, created);
        table_cell(&t, "%s", envcrypt_key_info_version(info, i));
        table_cell(&t, "%s", state_word(envcrypt_key_info_version_state(info, i)));
        table_cell(&t, "%s", created);
        table_cell(&t, "%s", i == envcrypt_key_info_current(info) ? "current" : "");
    }
    return table_print(&t);
}

static int
show_info(const envcrypt_kms *kms, const envcrypt_key_info *info)
{
    table t = {.columns = 2};
    int rc;

    table_cell(&t, "PROVIDER");
    table_cell(&t, "%s", envcrypt_kms_provider_id(kms));
    table_cell(&t, "KEY");
    table_cell(&t, "%s", envcrypt_key_info_id(info));
    table_cell(&t, "STATE");
    table_cell(&t, "%s", state_word(envcrypt_key_info_state(info)));
    rc = table_print(&t);
    return rc ? rc : show_versions(info);
}

static void
show_info_json(const envcrypt_kms *kms, const envcrypt_key_info *info)
{
    json j = {0};

    json_open(&j, NULL, '{');
    json_text(&j, "provider", envcrypt_kms_provider_id(kms));
    json_text(&j, "key", envcrypt_key_info_id(info));
    json_text(&j, "state", state_word(envcrypt_key_info_state(info)));
    json_open(&j, "versions", '[');
    for (size_t i = 0; i < envcrypt_key_info_versions(info); i++) {
        json_open(&j, NULL, '{');
        json_text(&j, "version", envcrypt_key_info_version(info, i));
        json_text(&j, "state", state_word(envcrypt_key_info_version_state(info, i)));
        json_number(&j, "created_ms", envcrypt_key_info_version_created_ms(info, i));
        json_bool(&j, "current", i == envcrypt_key_info_current(info));
        json_close(&j);
    }
    json_close(&j);
    json_close(&j);
}

int
run_key_describe(cli *c)
{
    envcrypt_key_info *info = NULL;
    envcrypt_error *error = NULL;
    envcrypt_kms *kms = NULL;
    int rc = keys_open_one(c, c->args[0], &kms);

    if (!rc)
        rc = check(envcrypt_kms_describe(kms, c->wait, &info, &error), &error, NULL);
    if (!rc && c->json)
        show_info_json(kms, info);
    else if (!rc)
        rc = show_info(kms, info);
    envcrypt_key_info_free(info);
    return rc;
}

/* --- rotate --- */

int
run_key_rotate(cli *c)
{
    envcrypt_error *error = NULL;
    envcrypt_kms *kms = NULL;
    bool go = false;
    int rc = keys_open_one(c, c->args[0], &kms);

    if (rc)
        return rc;
    if (!(envcrypt_kms_operations(kms) & ENVCRYPT_OP_ROTATE))
        return refuse(ENVCRYPT_E_UNSUPPORTED,
                      "the service of %s rotates no key on demand; see what it offers, "
                      "as a rotation policy, by `envcrypt key run SERVICE`",
                      envcrypt_kms_key_id(kms));
    if (!c->yes || c->dry_run)
        note(c,
             "Would make a new version of %s of %s, which wraps from then on; older "
             "ones go on opening.\n",
             envcrypt_kms_key_id(kms), envcrypt_kms_provider_id(kms));
    rc = confirm(c, &go);
    if (rc || !go)
        return rc;
    rc = check(envcrypt_kms_rotate(kms, c->wait, &error), &error, NULL);
    if (!rc && !c->json)
        say("The key was rotated: `envcrypt rewrap --all` moves messages, `envcrypt "
            "keystore rewrap` key stores.\n");
    else if (!rc)
        rc = run_key_describe(c);
    return rc;
}

/* --- any action --- */

static char *
arguments_of(const envcrypt_service *service, size_t action)
{
    char *all = strdup("");
    int32_t needed;
    const char *name;

    for (size_t i = 0;
         all && (name = envcrypt_service_action_argument(service, action, i, &needed));
         i++) {
        char *longer = text_format("%s%s%s%s%s", all, i ? " " : "", needed ? "" : "[",
                                   name, needed ? "" : "]");

        free(all);
        all = longer;
    }
    return all;
}

static const char *
effect_of(uint32_t flags)
{
    if (flags & ENVCRYPT_ACTION_GUARDED)
        return "guarded: not from here";
    return flags & ENVCRYPT_ACTION_CHANGES ? "changes" : "reads";
}

/* An action: what it does, its effect and permission, its arguments. */
static int
tell_action(const envcrypt_service *service, size_t action)
{
    const char *help = envcrypt_service_action_help(service, action);
    const char *right = envcrypt_service_action_permission(service, action);
    bool needs = right && *right;
    char *arguments = arguments_of(service, action);
    char *text =
        text_format("%s%s%s", effect_of(envcrypt_service_action_flags(service, action)),
                    needs ? "; needs " : "", needs ? right : "");
    int rc = 0;

    if (!arguments || !text) {
        rc = refuse(ENVCRYPT_E_NOMEM, "out of memory");
    } else {
        help_entry(envcrypt_service_action_name(service, action), help ? help : "");
        help_entry("", text);
        if (*arguments)
            help_entry("", arguments);
    }
    free(arguments);
    free(text);
    return rc;
}

static int
list_actions(const envcrypt_service *service)
{
    int rc = 0;

    say("Actions, what they do and need, and their arguments ([some] may be left "
        "out):\n\n");
    for (size_t i = 0; !rc && i < envcrypt_service_actions(service); i++)
        rc = tell_action(service, i);
    return rc;
}

static void
list_actions_json(const envcrypt_service *service)
{
    json j = {0};

    json_open(&j, NULL, '{');
    json_open(&j, "actions", '[');
    for (size_t i = 0; i < envcrypt_service_actions(service); i++) {
        uint32_t flags = envcrypt_service_action_flags(service, i);
        const char *name;
        int32_t needed;

        json_open(&j, NULL, '{');
        json_text(&j, "action", envcrypt_service_action_name(service, i));
        json_text(&j, "help", envcrypt_service_action_help(service, i));
        json_text(&j, "permission", envcrypt_service_action_permission(service, i));
        json_bool(&j, "changes", flags & ENVCRYPT_ACTION_CHANGES);
        json_bool(&j, "guarded", flags & ENVCRYPT_ACTION_GUARDED);
        json_open(&j, "arguments", '[');
        for (size_t a = 0;
             (name = envcrypt_service_action_argument(service, i, a, &needed)); a++) {
            json_open(&j, NULL, '{');
            json_text(&j, "name", name);
            json_bool(&j, "needed", needed);
            json_close(&j);
        }
        json_close(&j);
        json_close(&j);
    }
    json_close(&j);
    json_close(&j);
}

int
run_key_run(cli *c)
{
    plan p = {0};
    int rc;

    if (c->arg_count < 2) {
        rc = open_service(c, c->args[0], &p.service);
        if (!rc && c->json)
            list_actions_json(p.service);
        else if (!rc)
            rc = list_actions(p.service);
        end(&p);
        return rc;
    }
    rc = begin(c, c->args[0], c->args[1], &p);
    if (!rc)
        rc = set_options(c, &p);
    for (size_t i = 2; !rc && i < c->arg_count; i++)
        rc = set_pair(&p, c->args[i]);
    if (!rc)
        rc = run(c, &p);
    end(&p);
    return rc;
}
