/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "cloud/alibaba_account.h"
#include "cloud/alibaba_actions.h"
#include "cloud/alibaba_versions.h"
#include "cloud/arguments.h"

static const evc_operation_kind update_policy =
    EVC_ALIBABA_ASKS("UpdateRotationPolicy");

static const char *const key_only[] = {"key", NULL};

/* --- list-versions --- */

static int
show_version(const evc_alibaba_version *version, const char *current, evc_table *out,
             evc_error **err)
{
    int rc = evc_table_add_row(out, err);

    if (!rc)
        rc = evc_table_set(out, "version", version->id, err);
    if (!rc)
        rc = evc_table_set(
            out, "state",
            current && strcmp(current, version->id) == 0 ? "current" : "older", err);
    if (!rc)
        rc = evc_table_set_time(out, "created", version->created_ms, err);
    return rc;
}

static int
show_versions(const evc_service *service, const char *key, evc_wait *wait,
              evc_table *out, evc_error **err)
{
    evc_peer *peer = evc_alibaba_account_of(service)->peer;
    evc_alibaba_versions versions;
    evc_alibaba_metadata found;
    int rc = evc_alibaba_versions_list(peer, key, wait, &versions, err);

    if (rc)
        return rc;
    rc = evc_alibaba_describe(peer, key, wait, &found, err);
    for (size_t i = 0; !rc && i < versions.count; i++)
        rc = show_version(&versions.items[i], found.version, out, err);
    evc_alibaba_metadata_reset(&found);
    evc_alibaba_versions_reset(&versions);
    return rc;
}

static int
list_versions(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
              evc_error **err)
{
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    rc = evc_alibaba_account_key(service, args, wait, &key, err);
    if (!rc)
        rc = show_versions(service, (const char *)key.data, wait, out, err);
    evc_buf_reset(&key);
    return rc;
}

static const char *const version_columns[] = {"version", "state", "created", NULL};
const evc_action evc_alibaba_list_versions = {
    .name = "list-versions",
    .help = "lists the versions of a key, oldest first",
    .needs = key_only,
    .columns = version_columns,
    .permission = "kms:ListKeyVersions, kms:DescribeKey",
    .run = list_versions,
};

/* --- rotation-policy --- */

#define LEAST_DAYS 7
#define MOST_DAYS 730

/* The two parameters of the policy that the argument days asks for; 0 = no rotation. */
static int
read_policy(const evc_kv *args, evc_buf *interval, const char **rotates,
            evc_error **err)
{
    int64_t days = 0;
    int rc = evc_arguments_number(args, "days", 0, MOST_DAYS, &days, err);

    if (!rc && days > 0 && days < LEAST_DAYS)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the argument days is 0 for no rotation, or %d to %d", LEAST_DAYS,
                     MOST_DAYS);
    if (rc)
        return rc;
    *rotates = days ? "true" : "false";
    if (!days)
        return 0;
    evc_buf_put_format(interval, "%dd", (int)days);
    evc_buf_put_u8(interval, 0);
    return evc_buf_check(interval, err);
}

static int
rotation_policy(evc_service *service, const evc_kv *args, evc_wait *wait,
                evc_table *out, evc_error **err)
{
    const char *rotates = NULL;
    evc_buf interval;
    evc_buf key;
    int rc;

    evc_buf_init(&interval);
    evc_buf_init(&key);
    rc = read_policy(args, &interval, &rotates, err);
    if (!rc)
        rc = evc_alibaba_account_key(service, args, wait, &key, err);
    if (!rc) {
        const char *arn = (const char *)key.data;
        const evc_alibaba_parameter parameters[] = {
            {"KeyId", arn},
            {"EnableAutomaticRotation", rotates},
            {"RotationInterval", interval.size ? (const char *)interval.data : NULL},
            {NULL, NULL},
        };

        rc =
            evc_alibaba_account_do(service, &update_policy, arn, parameters, wait, err);
        if (!rc)
            rc = evc_alibaba_account_show(service, arn, NULL, wait, out, err);
    }
    evc_buf_reset(&interval);
    evc_buf_reset(&key);
    return rc;
}

static const char *const policy_needs[] = {"key", "days", NULL};
const evc_action evc_alibaba_rotation_policy = {
    .name = "rotation-policy",
    .help =
        "has a key rotated by itself after 7 to 730 days, or not any more (days=0); "
        "ACK takes only keys that are not rotated",
    .needs = policy_needs,
    .columns = evc_alibaba_key_columns,
    .permission = "kms:UpdateRotationPolicy, kms:DescribeKey",
    .flags = EVC_ACTION_CHANGES,
    .run = rotation_policy,
};
