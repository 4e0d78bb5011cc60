/* SPDX-License-Identifier: Apache-2.0 */
#include <inttypes.h>

#include "cloud/alibaba_account.h"
#include "cloud/alibaba_actions.h"
#include "cloud/arguments.h"

static const evc_operation_kind enable_kind = EVC_ALIBABA_ASKS("EnableKey");
static const evc_operation_kind disable_kind = EVC_ALIBABA_ASKS("DisableKey");
static const evc_operation_kind schedule_kind = EVC_ALIBABA_ASKS("ScheduleKeyDeletion");
static const evc_operation_kind cancel_kind = EVC_ALIBABA_ASKS("CancelKeyDeletion");
static const evc_operation_kind protect_kind =
    EVC_ALIBABA_ASKS("SetDeletionProtection");
static const evc_operation_kind status_kind =
    EVC_ALIBABA_ASKS("DescribeAccountKmsStatus");

/* Changes the key that the arguments name, and shows it. more: a further parameter, whose
 * value may be NULL. key_name: what the action calls the key. */
static int
change(const evc_service *service, const evc_operation_kind *kind, const char *key_name,
       evc_alibaba_parameter more, const evc_kv *args, evc_wait *wait, evc_table *out,
       evc_error **err)
{
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    rc = evc_alibaba_account_key(service, args, wait, &key, err);
    if (!rc) {
        const char *arn = (const char *)key.data;
        const evc_alibaba_parameter parameters[] = {
            {key_name, arn}, more, {NULL, NULL}};

        rc = evc_alibaba_account_do(service, kind, arn, parameters, wait, err);
        if (!rc)
            rc = evc_alibaba_account_show(service, arn, NULL, wait, out, err);
    }
    evc_buf_reset(&key);
    return rc;
}

static const evc_alibaba_parameter nothing = {NULL, NULL};

static int
enable_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    return change(service, &enable_kind, "KeyId", nothing, args, wait, out, err);
}

static int
disable_key(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
            evc_error **err)
{
    return change(service, &disable_kind, "KeyId", nothing, args, wait, out, err);
}

static int
cancel_deletion(evc_service *service, const evc_kv *args, evc_wait *wait,
                evc_table *out, evc_error **err)
{
    return change(service, &cancel_kind, "KeyId", nothing, args, wait, out, err);
}

/* The longest that is usual elsewhere, so that a mistake is found in time. */
#define USUAL_DAYS 30

static int
schedule_deletion(evc_service *service, const evc_kv *args, evc_wait *wait,
                  evc_table *out, evc_error **err)
{
    int64_t days = USUAL_DAYS;
    char text[16];
    evc_buf b;
    int rc = evc_arguments_number(args, "days", 7, 366, &days, err);

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_format(&b, "%" PRId64, days);
    evc_buf_put_u8(&b, 0);
    if (!rc)
        rc = evc_buf_check(&b, err);
    if (rc)
        return rc;
    return change(service, &schedule_kind, "KeyId",
                  (evc_alibaba_parameter){"PendingWindowInDays", text}, args, wait, out,
                  err);
}

static int
set_protection(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
               evc_error **err)
{
    const char *flag = NULL;
    int rc = evc_arguments_flag(args, "enable", &flag, err);

    if (rc)
        return rc;
    return change(service, &protect_kind, "ProtectedResourceArn",
                  (evc_alibaba_parameter){"EnableDeletionProtection", flag}, args, wait,
                  out, err);
}

static int
account_status(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
               evc_error **err)
{
    const evc_alibaba_account *account = evc_alibaba_account_of(service);
    evc_alibaba_ask ask = {.parameters = NULL};
    const char *status = NULL;
    int rc = evc_alibaba_ask_run(account->peer, &status_kind, NULL, &ask, wait, err);

    (void)args;
    if (rc)
        return rc;
    rc = evc_json_text(evc_json_root(ask.doc), "AccountStatus", &status, err);
    rc = evc_alibaba_wire_result(status_kind.name, rc, err);
    if (!rc)
        rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "region", account->region, err);
    if (!rc)
        rc = evc_table_set(out, "status", status, err);
    evc_json_free(ask.doc);
    return rc;
}

static const char *const key_only[] = {"key", NULL};
static const char *const days_only[] = {"days", NULL};
static const char *const protect_needs[] = {"key", "enable", NULL};
static const char *const status_columns[] = {"region", "status", NULL};

const evc_action evc_alibaba_enable_key = {
    .name = "enable-key",
    .help = "enables a key that was disabled",
    .needs = key_only,
    .columns = evc_alibaba_key_columns,
    .permission = "kms:EnableKey, kms:DescribeKey",
    .flags = EVC_ACTION_CHANGES,
    .run = enable_key,
};
const evc_action evc_alibaba_disable_key = {
    .name = "disable-key",
    .help = "disables a key: what it wrapped opens no more until it is enabled",
    .needs = key_only,
    .columns = evc_alibaba_key_columns,
    .permission = "kms:DisableKey, kms:DescribeKey",
    .flags = EVC_ACTION_CHANGES | EVC_ACTION_GUARDED,
    .run = disable_key,
};
const evc_action evc_alibaba_schedule_deletion = {
    .name = "schedule-deletion",
    .help = "has a key deleted after 7 to 366 days: what it wrapped is lost then",
    .needs = key_only,
    .takes = days_only,
    .columns = evc_alibaba_key_columns,
    .permission = "kms:ScheduleKeyDeletion, kms:DescribeKey",
    .flags = EVC_ACTION_CHANGES | EVC_ACTION_GUARDED,
    .run = schedule_deletion,
};
const evc_action evc_alibaba_cancel_deletion = {
    .name = "cancel-deletion",
    .help = "keeps a key that waits to be deleted",
    .needs = key_only,
    .columns = evc_alibaba_key_columns,
    .permission = "kms:CancelKeyDeletion, kms:DescribeKey",
    .flags = EVC_ACTION_CHANGES,
    .run = cancel_deletion,
};
const evc_action evc_alibaba_set_deletion_protection = {
    .name = "set-deletion-protection",
    .help = "protects a key from deletion (enable=true), or not any more",
    .needs = protect_needs,
    .columns = evc_alibaba_key_columns,
    .permission = "kms:SetDeletionProtection, kms:DescribeKey",
    .flags = EVC_ACTION_CHANGES,
    .run = set_protection,
};
const evc_action evc_alibaba_account_status = {
    .name = "account-status",
    .help = "tells whether Key Management Service is switched on for the account",
    .columns = status_columns,
    .permission = "kms:DescribeAccountKmsStatus",
    .run = account_status,
};
