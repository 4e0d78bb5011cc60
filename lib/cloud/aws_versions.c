/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_versions.h"

#include "cloud/arguments.h"
#include "cloud/aws_rotations.h"

static const char *const none[] = {NULL};
static const char *const with_key[] = {"key", NULL};

/* --- enable-rotation and rotate-key --- */

typedef struct rotating {
    const char *key;
    int64_t days; /* 0 = as the service says */
} rotating;

static int
write_rotation(const void *what, evc_jwrite *w, evc_error **err)
{
    const rotating *of = what;

    (void)err;
    evc_aws_wire_text(w, "KeyId", of->key);
    if (of->days) {
        evc_jwrite_name(w, "RotationPeriodInDays");
        evc_jwrite_integer(w, of->days);
    }
    return 0;
}

static int
add_key(evc_table *out, const char *key, evc_error **err)
{
    int rc = evc_table_add_row(out, err);

    return rc ? rc : evc_table_set(out, "key", key, err);
}

static int
run_enable(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("EnableKeyRotation");
    rotating of = {.days = 0};
    evc_aws_ask ask = {.write = write_rotation, .what = &of};
    evc_buf key;
    int rc = evc_arguments_number(args, "days", 90, 2560, &of.days, err);

    evc_buf_init(&key);
    if (!rc)
        rc = evc_aws_account_key(service, args, wait, &key, err);
    of.key = (const char *)key.data;
    if (!rc)
        rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, &kind, of.key, &ask,
                             wait, err);
    if (!rc)
        rc = add_key(out, of.key, err);
    evc_json_free(ask.doc);
    evc_buf_reset(&key);
    return rc;
}

static const char *const enable_takes[] = {"days", NULL};
const evc_action evc_aws_enable_rotation = {
    .name = "enable-rotation",
    .help = "has a key rotated by itself, each year or after 90 to 2,560 days",
    .needs = with_key,
    .takes = enable_takes,
    .columns = with_key,
    .permission = "kms:EnableKeyRotation",
    .flags = EVC_ACTION_CHANGES,
    .run = run_enable,
};

static int
run_rotate(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS_ONCE("RotateKeyOnDemand");
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    rc = evc_aws_account_key(service, args, wait, &key, err);
    if (!rc)
        rc = evc_aws_account_do(service, &kind, (const char *)key.data, wait, err);
    if (!rc)
        rc = add_key(out, (const char *)key.data, err);
    evc_buf_reset(&key);
    return rc;
}

const evc_action evc_aws_rotate_key = {
    .name = "rotate-key",
    .help = "rotates a key now; AWS KMS permits that 25 times for a key",
    .needs = with_key,
    .takes = none,
    .columns = with_key,
    .permission = "kms:RotateKeyOnDemand",
    .flags = EVC_ACTION_CHANGES,
    .run = run_rotate,
};

/* --- list-versions --- */

static int
add_version(const evc_aws_rotation *one, evc_table *out, evc_error **err)
{
    int rc = evc_table_add_row(out, err);

    if (!rc)
        rc = evc_table_set(out, "version", one->material, err);
    if (!rc)
        rc = evc_table_set(out, "state", one->state, err);
    if (!rc)
        rc = evc_table_set(out, "rotation", one->kind, err);
    if (!rc)
        rc = evc_table_set_time(out, "created", one->date_ms, err);
    return rc;
}

static int
run_list(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
         evc_error **err)
{
    evc_aws_rotations rotations = {.items = NULL};
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    rc = evc_aws_account_key(service, args, wait, &key, err);
    if (!rc)
        rc = evc_aws_rotations_list(evc_aws_account_of(service)->peer,
                                    (const char *)key.data, &rotations, wait, err);
    for (size_t i = 0; !rc && i < rotations.count; i++)
        rc = add_version(&rotations.items[i], out, err);
    evc_aws_rotations_reset(&rotations);
    evc_buf_reset(&key);
    return rc;
}

static const char *const list_columns[] = {"version", "state", "rotation", "created",
                                           NULL};
const evc_action evc_aws_list_versions = {
    .name = "list-versions",
    .help = "lists the versions of a key, oldest first",
    .needs = with_key,
    .takes = none,
    .columns = list_columns,
    .permission = "kms:ListKeyRotations",
    .run = run_list,
};

/* --- rotation-status and last-usage --- */

/* Asks a question of KeyId alone. ask->doc is the caller's to free. */
static int
ask_about(const evc_service *service, const evc_operation_kind *kind,
          const evc_kv *args, rotating *of, evc_buf *key, evc_aws_ask *ask,
          evc_wait *wait, evc_error **err)
{
    int rc = evc_aws_account_key(service, args, wait, key, err);

    *of = (rotating){.key = (const char *)key->data};
    *ask = (evc_aws_ask){.write = write_rotation, .what = of};
    if (!rc)
        rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, kind, of->key, ask,
                             wait, err);
    return rc;
}

static int
add_status(const evc_json *root, evc_table *out, evc_error **err)
{
    bool enabled = false;
    int64_t days = 0;
    int64_t next_ms = -1;
    int64_t since_ms = -1;
    int rc = evc_json_bool_opt(root, "KeyRotationEnabled", &enabled, err);

    if (!rc)
        rc = evc_json_integer_opt(root, "RotationPeriodInDays", 0, 1000000, &days, err);
    if (!rc)
        rc = evc_json_seconds_opt(root, "NextRotationDate", &next_ms, err);
    if (!rc)
        rc = evc_json_seconds_opt(root, "OnDemandRotationStartDate", &since_ms, err);
    rc = evc_aws_wire_result("GetKeyRotationStatus", rc, err);
    if (!rc)
        rc = evc_table_set(out, "rotates", enabled ? "true" : "false", err);
    if (!rc && days)
        rc = evc_table_set_number(out, "days", days, err);
    if (!rc)
        rc = evc_table_set_time(out, "next", next_ms, err);
    if (!rc)
        rc = evc_table_set_time(out, "rotating-since", since_ms, err);
    return rc;
}

/* Asks for facts of one key, and adds a row of them. */
static int
tell_of_key(evc_service *service, const evc_kv *args, const evc_operation_kind *kind,
            int (*tell)(const evc_json *root, evc_table *out, evc_error **err),
            evc_wait *wait, evc_table *out, evc_error **err)
{
    evc_aws_ask ask;
    rotating of;
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    rc = ask_about(service, kind, args, &of, &key, &ask, wait, err);
    if (!rc)
        rc = add_key(out, of.key, err);
    if (!rc)
        rc = tell(evc_aws_ask_root(&ask), out, err);
    evc_json_free(ask.doc);
    evc_buf_reset(&key);
    return rc;
}

static int
run_status(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("GetKeyRotationStatus");

    return tell_of_key(service, args, &kind, add_status, wait, out, err);
}

static const char *const status_columns[] = {"key",  "rotates",        "#days",
                                             "next", "rotating-since", NULL};
const evc_action evc_aws_rotation_status = {
    .name = "rotation-status",
    .help = "tells whether and when a key is rotated by itself",
    .needs = with_key,
    .takes = none,
    .columns = status_columns,
    .permission = "kms:GetKeyRotationStatus",
    .run = run_status,
};

static int
add_usage(const evc_json *root, evc_table *out, evc_error **err)
{
    const evc_json *usage = NULL;
    const char *operation = NULL;
    int64_t used_ms = -1;
    int64_t tracked_ms = -1;
    int64_t created_ms = -1;
    int rc = evc_json_seconds_opt(root, "TrackingStartDate", &tracked_ms, err);

    if (!rc)
        rc = evc_json_seconds_opt(root, "KeyCreationDate", &created_ms, err);
    if (!rc && evc_json_object(root, "KeyLastUsage", &usage, NULL) == 0) {
        rc = evc_json_text_opt(usage, "Operation", &operation, err);
        if (!rc)
            rc = evc_json_seconds_opt(usage, "Timestamp", &used_ms, err);
    }
    rc = evc_aws_wire_result("GetKeyLastUsage", rc, err);
    if (!rc)
        rc = evc_table_set(out, "operation", operation, err);
    if (!rc)
        rc = evc_table_set_time(out, "used", used_ms, err);
    if (!rc)
        rc = evc_table_set_time(out, "tracked-since", tracked_ms, err);
    if (!rc)
        rc = evc_table_set_time(out, "created", created_ms, err);
    return rc;
}

static int
run_usage(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
          evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("GetKeyLastUsage");

    return tell_of_key(service, args, &kind, add_usage, wait, out, err);
}

static const char *const usage_columns[] = {"key",           "operation", "used",
                                            "tracked-since", "created",   NULL};
const evc_action evc_aws_last_usage = {
    .name = "last-usage",
    .help = "tells when a key was used last, and for what",
    .needs = with_key,
    .takes = none,
    .columns = usage_columns,
    .permission = "kms:GetKeyLastUsage",
    .run = run_usage,
};
