/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/service.h"

#include "base/buf.h"
#include "base/encode.h"
#include "base/env.h"
#include "base/fork.h"
#include "base/mem.h"
#include "base/nearest.h"

#define MOST_NAMES 64u /* actions of a service, and arguments of an action */
#define LIST_SIZE 256u /* the names of an action's arguments */

int
evc_service_open(evc_crypto *crypto, evc_net *net, const evc_service_kind *kind,
                 const evc_uri *uri, const struct envcrypt_kms_config *config,
                 evc_wait *wait, evc_service **out, evc_error **err)
{
    evc_service *service = evc_mem_new(sizeof(*service));
    int rc;

    *out = NULL;
    if (!service)
        return evc_err_nomem(err);
    atomic_init(&service->refs, 1);
    service->generation = evc_crypto_env(crypto)->generation;
    service->crypto = evc_crypto_ref(crypto);
    service->net = evc_net_ref(net);
    service->kind = kind;
    rc = kind->open(service, uri, config, wait, err);
    if (rc) {
        evc_service_unref(service);
        return rc;
    }
    *out = service;
    return 0;
}

evc_service *
evc_service_ref(evc_service *service)
{
    if (service)
        atomic_fetch_add_explicit(&service->refs, 1, memory_order_relaxed);
    return service;
}

void
evc_service_unref(evc_service *service)
{
    if (!service ||
        atomic_fetch_sub_explicit(&service->refs, 1, memory_order_acq_rel) != 1)
        return;
    if (service->state)
        service->kind->close(service->state);
    evc_net_unref(service->net);
    evc_crypto_unref(service->crypto);
    evc_mem_free(service);
}

/* --- the action and its arguments --- */

const evc_action *
evc_service_find(const evc_service *service, const char *action)
{
    const evc_action *const *at = service->kind->actions;

    for (; *at; at++) {
        if (evc_view_is_text(evc_view_text(action), (*at)->name))
            return *at;
    }
    return NULL;
}

static bool
has_name(const char *const *list, evc_view name)
{
    for (; list && *list; list++) {
        if (evc_view_is_text(name, *list))
            return true;
    }
    return false;
}

/* Appends a list to names, which ends with NULL. */
static size_t
gather(const char *names[MOST_NAMES + 1], size_t count, const char *const *list)
{
    for (; list && *list && count < MOST_NAMES; list++)
        names[count++] = *list;
    return count;
}

static int
refuse_action(const evc_service *service, const char *action, evc_error **err)
{
    const char *names[MOST_NAMES + 1] = {0};
    const evc_action *const *at = service->kind->actions;
    const char *nearest;
    char shown[EVC_SHOWN];

    for (size_t i = 0; i < MOST_NAMES && at[i]; i++)
        names[i] = at[i]->name;
    nearest = evc_nearest(action, names);
    evc_encode_shown(evc_view_text(action), shown);
    return evc_err(err, ENVCRYPT_E_UNSUPPORTED,
                   "services of %s:// have no action \"%s\"%s%s%s",
                   service->kind->scheme, shown, nearest ? "; did you mean \"" : "",
                   nearest ? nearest : "", nearest ? "\"?" : "");
}

static int
refuse_argument(const evc_action *action, evc_view name, evc_error **err)
{
    const char *names[MOST_NAMES + 1] = {0};
    const char *nearest;
    char shown[EVC_SHOWN];
    char all[LIST_SIZE] = ""; /* ends with a NUL however full */
    evc_buf list;

    (void)gather(names, gather(names, 0, action->needs), action->takes);
    nearest = evc_nearest((const char *)name.data, names);
    evc_encode_shown(name, shown);
    evc_buf_init_fixed(&list, all, sizeof(all) - 1);
    for (size_t i = 0; names[i]; i++)
        evc_buf_put_format(&list, "%s%s", i ? ", " : "", names[i]);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the action %s takes no argument \"%s\"; %s%s%s", action->name,
                   shown,
                   nearest    ? "did you mean \""
                   : names[0] ? "it takes "
                              : "",
                   nearest    ? nearest
                   : names[0] ? all
                              : "it takes none",
                   nearest ? "\"?" : "");
}

static int
check_args(const evc_action *action, const evc_kv *args, evc_error **err)
{
    /* First what is wrong: a name that was mistyped is missing too. */
    for (size_t i = 0; i < args->count; i++) {
        evc_view name = args->pairs[i].name;

        if (!has_name(action->needs, name) && !has_name(action->takes, name))
            return refuse_argument(action, name, err);
    }
    for (const char *const *need = action->needs; need && *need; need++) {
        const char *value = evc_service_arg(args, *need);

        if (!value || !*value)
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "the action %s needs the argument \"%s\", which was not "
                           "given or is empty",
                           action->name, *need);
    }
    return 0;
}

static int
check_guard(const evc_action *action, bool guarded, evc_error **err)
{
    if (guarded || !(action->flags & EVC_ACTION_GUARDED))
        return 0;
    return evc_err(
        err, ENVCRYPT_E_CONFIRMATION,
        "the action %s can cost clusters their Secrets, so it is not run "
        "from here; only what looks up the clusters that use the key runs it",
        action->name);
}

int
evc_service_run(evc_service *service, const char *action, const evc_kv *args,
                bool guarded, evc_wait *wait, evc_table **out, evc_error **err)
{
    const evc_action *found;
    evc_table *table = NULL;
    int rc = evc_fork_check(service->generation, "service", err);

    *out = NULL;
    if (rc)
        return rc;
    found = evc_service_find(service, action);
    if (!found)
        return refuse_action(service, action, err);
    rc = check_guard(found, guarded, err);
    if (!rc)
        rc = check_args(found, args, err);
    if (!rc)
        rc = evc_table_new(found->columns, &table, err);
    if (!rc)
        rc = found->run(service, args, wait, table, err);
    if (rc) {
        evc_table_free(table);
        return rc;
    }
    *out = table;
    return 0;
}

const char *
evc_service_arg(const evc_kv *args, const char *name)
{
    return evc_kv_text(args, evc_view_text(name));
}
