/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_states.h"

#include "cloud/arguments.h"

static const char *const none[] = {NULL};
static const char *const with_key[] = {"key", NULL};

/* Does it, and tells the state of the key after it. */
static int
change_state(evc_service *service, const evc_operation_kind *kind, const evc_kv *args,
             evc_wait *wait, evc_table *out, evc_error **err)
{
    evc_aws_describe ask = {.key_id = NULL};
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    rc = evc_aws_account_key(service, args, wait, &key, err);
    if (!rc)
        rc = evc_aws_account_do(service, kind, (const char *)key.data, wait, err);
    ask.key_id = (const char *)key.data;
    if (!rc)
        rc = evc_aws_describe_run(evc_aws_account_of(service)->peer, &ask, wait, err);
    if (!rc)
        rc = evc_aws_account_row(out, &ask.metadata, NULL, err);
    evc_aws_metadata_reset(&ask.metadata);
    evc_buf_reset(&key);
    return rc;
}

static int
run_enable(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("EnableKey");

    return change_state(service, &kind, args, wait, out, err);
}

static int
run_disable(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
            evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("DisableKey");

    return change_state(service, &kind, args, wait, out, err);
}

static int
run_cancel(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("CancelKeyDeletion");

    return change_state(service, &kind, args, wait, out, err);
}

typedef struct scheduling {
    const char *key;
    int64_t days;
} scheduling;

static int
write_schedule(const void *what, evc_jwrite *w, evc_error **err)
{
    const scheduling *of = what;

    (void)err;
    evc_aws_wire_text(w, "KeyId", of->key);
    evc_jwrite_name(w, "PendingWindowInDays");
    evc_jwrite_integer(w, of->days);
    return 0;
}

static int
read_schedule(const evc_aws_ask *ask, const char *key, evc_table *out, evc_error **err)
{
    const evc_json *root = evc_aws_ask_root(ask);
    const char *state = NULL;
    int64_t deletion_ms = -1;
    int rc = evc_json_text_opt(root, "KeyState", &state, err);

    if (!rc)
        rc = evc_json_seconds_opt(root, "DeletionDate", &deletion_ms, err);
    rc = evc_aws_wire_result("ScheduleKeyDeletion", rc, err);
    if (!rc)
        rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "key", key, err);
    if (!rc)
        rc = evc_table_set(out, "state", state, err);
    if (!rc)
        rc = evc_table_set_time(out, "deletion", deletion_ms, err);
    return rc;
}

static int
run_schedule(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
             evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("ScheduleKeyDeletion");
    scheduling of = {.days = 30};
    evc_aws_ask ask = {.write = write_schedule, .what = &of};
    evc_buf key;
    int rc = evc_arguments_number(args, "days", 7, 30, &of.days, err);

    evc_buf_init(&key);
    if (!rc)
        rc = evc_aws_account_key(service, args, wait, &key, err);
    of.key = (const char *)key.data;
    if (!rc)
        rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, &kind, of.key, &ask,
                             wait, err);
    if (!rc)
        rc = read_schedule(&ask, of.key, out, err);
    evc_json_free(ask.doc);
    evc_buf_reset(&key);
    return rc;
}

static const char *const schedule_takes[] = {"days", NULL};
static const char *const schedule_columns[] = {"key", "state", "deletion", NULL};

const evc_action evc_aws_enable_key = {
    .name = "enable-key",
    .help = "enables a key that was disabled",
    .needs = with_key,
    .takes = none,
    .columns = evc_aws_key_columns,
    .permission = "kms:EnableKey",
    .flags = EVC_ACTION_CHANGES,
    .run = run_enable,
};
const evc_action evc_aws_disable_key = {
    .name = "disable-key",
    .help = "disables a key: what it wrapped opens no more until it is enabled",
    .needs = with_key,
    .takes = none,
    .columns = evc_aws_key_columns,
    .permission = "kms:DisableKey",
    .flags = EVC_ACTION_CHANGES | EVC_ACTION_GUARDED,
    .run = run_disable,
};
const evc_action evc_aws_schedule_deletion = {
    .name = "schedule-deletion",
    .help = "has a key deleted after 7 to 30 days: what it wrapped is lost then",
    .needs = with_key,
    .takes = schedule_takes,
    .columns = schedule_columns,
    .permission = "kms:ScheduleKeyDeletion",
    .flags = EVC_ACTION_CHANGES | EVC_ACTION_GUARDED,
    .run = run_schedule,
};
const evc_action evc_aws_cancel_deletion = {
    .name = "cancel-deletion",
    .help = "keeps a key that waits to be deleted; it is disabled after that",
    .needs = with_key,
    .takes = none,
    .columns = evc_aws_key_columns,
    .permission = "kms:CancelKeyDeletion",
    .flags = EVC_ACTION_CHANGES,
    .run = run_cancel,
};
