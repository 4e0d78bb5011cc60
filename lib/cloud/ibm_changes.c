/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cloud/ibm_account.h"
#include "cloud/ibm_actions.h"
#include "cloud/ibm_explain.h"

static const evc_operation_kind rotate_kind = {.name = "rotate",
                                               .build = evc_ibm_ask_build,
                                               .read = evc_ibm_ask_read,
                                               .once = true};
static const evc_operation_kind enable_kind = {
    .name = "enable key", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};
static const evc_operation_kind disable_kind = {
    .name = "disable key", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};
static const evc_operation_kind restore_kind = {.name = "restore key",
                                                .build = evc_ibm_ask_build,
                                                .read = evc_ibm_ask_read,
                                                .once = true};
static const evc_operation_kind delete_kind = {.name = "delete key",
                                               .build = evc_ibm_ask_build,
                                               .read = evc_ibm_ask_read,
                                               .once = true};

static const char *const key_only[] = {"key", NULL};

/* Asks for a change that has no body, and shows the key as it is then. */
static int
change(evc_service *service, const evc_kv *args, const evc_operation_kind *kind,
       const char *action, evc_wait *wait, evc_table *out, evc_error **err)
{
    evc_ibm_ask ask;
    int rc = evc_ibm_account_ask_key(service, args, kind, "POST", &ask, err);

    ask.path[2] = "actions";
    ask.path[3] = action;
    if (!rc)
        rc = evc_ibm_ask_run(&ask, wait, err);
    if (!rc)
        rc = evc_ibm_account_show_key(&ask, wait, out, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static int
rotate_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    const evc_clock *clock = &evc_crypto_env(service->crypto)->clock;
    evc_ibm_where where;
    evc_ibm_ask ask;
    int rc = evc_ibm_account_ask_key(service, args, &rotate_kind, "POST", &ask, err);

    ask.path[2] = "actions";
    ask.path[3] = "rotate";
    ask.type = "application/vnd.ibm.kms.key_action_rotate+json";
    ask.prefer = "return=minimal";
    if (!rc)
        rc = evc_ibm_ask_run(&ask, wait, err);
    if (!rc) {
        rc = evc_ibm_account_show_key(&ask, wait, out, err);
    } else if (ask.subject) {
        where = evc_ibm_account_where(&ask);
        rc = evc_ibm_explain_rotation(&where, evc_clock_wall_ms(clock), rc, wait, err);
    }
    evc_ibm_ask_reset(&ask);
    return rc;
}

const evc_action evc_ibm_rotate_key = {
    .name = "rotate-key",
    .help =
        "makes a new version of a root key that the service made; once an hour at most",
    .needs = key_only,
    .columns = evc_ibm_key_columns,
    .permission = EVC_IBM_WRITER,
    .flags = EVC_ACTION_CHANGES,
    .run = rotate_key,
};

static int
enable_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    return change(service, args, &enable_kind, "enable", wait, out, err);
}

const evc_action evc_ibm_enable_key = {
    .name = "enable-key",
    .help = "makes a disabled key active again, 30 seconds after the last change or "
            "later",
    .needs = key_only,
    .columns = evc_ibm_key_columns,
    .permission = EVC_IBM_MANAGER,
    .flags = EVC_ACTION_CHANGES,
    .run = enable_key,
};

static int
disable_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
            evc_error **err)
{
    return change(service, args, &disable_kind, "disable", wait, out, err);
}

const evc_action evc_ibm_disable_key = {
    .name = "disable-key",
    .help = "suspends a key: nothing it wrapped opens until it is enabled",
    .needs = key_only,
    .columns = evc_ibm_key_columns,
    .permission = EVC_IBM_MANAGER,
    .flags = EVC_ACTION_CHANGES | EVC_ACTION_GUARDED,
    .run = disable_key,
};

static int
restore_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
            evc_error **err)
{
    evc_ibm_ask ask;
    int rc = evc_ibm_account_ask_key(service, args, &restore_kind, "POST", &ask, err);

    ask.path[2] = "restore";
    ask.accept = "application/vnd.ibm.kms.key+json";
    ask.prefer = "return=minimal";
    if (!rc)
        rc = evc_ibm_ask_run(&ask, wait, err);
    if (!rc)
        rc = evc_ibm_account_show_key(&ask, wait, out, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

const evc_action evc_ibm_restore_key = {
    .name = "restore-key",
    .help = "brings a deleted key back, 30 seconds to 30 days after it was deleted",
    .needs = key_only,
    .columns = evc_ibm_key_columns,
    .permission = EVC_IBM_MANAGER,
    .flags = EVC_ACTION_CHANGES,
    .run = restore_key,
};

static int
delete_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    const char *force = evc_service_arg(args, "force");
    evc_ibm_ask ask;
    int rc = evc_ibm_account_ask_key(service, args, &delete_kind, "DELETE", &ask, err);

    if (!rc && force && strcmp(force, "true") != 0 && strcmp(force, "false") != 0)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the argument force of delete-key is true or false");
    ask.prefer = "return=minimal";
    if (!rc && force)
        evc_form_add(&ask.query, "force", evc_view_text(force));
    if (!rc)
        rc = evc_ibm_ask_run(&ask, wait, err);
    if (!rc)
        rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "key", ask.subject, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static const char *const delete_takes[] = {"force", NULL};
static const char *const delete_columns[] = {"key", NULL};
const evc_action evc_ibm_delete_key = {
    .name = "delete-key",
    .help =
        "destroys a key, with force=true also one that protects resources; what only "
        "it opens is lost after 30 days",
    .needs = key_only,
    .takes = delete_takes,
    .columns = delete_columns,
    .permission = EVC_IBM_MANAGER,
    .flags = EVC_ACTION_CHANGES | EVC_ACTION_GUARDED,
    .run = delete_key,
};
