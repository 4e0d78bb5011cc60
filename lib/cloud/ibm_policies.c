/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "base/decimal.h"
#include "cloud/ibm_account.h"
#include "cloud/ibm_actions.h"
#include "codec/jwrite.h"

#define POLICY_TYPE "application/vnd.ibm.kms.policy+json"
#define MONTHS 12

static const evc_operation_kind get_kind = {.name = "get rotation policy",
                                            .build = evc_ibm_ask_build,
                                            .read = evc_ibm_ask_read};
static const evc_operation_kind set_kind = {.name = "set rotation policy",
                                            .build = evc_ibm_ask_build,
                                            .read = evc_ibm_ask_read};

static const char *const columns[] = {"key", "rotates", "#months", "changed", NULL};

static int
put_row(evc_table *out, const char *key, bool enabled, int64_t months,
        int64_t changed_ms, evc_error **err)
{
    int rc = evc_table_add_row(out, err);

    if (!rc)
        rc = evc_table_set(out, "key", key, err);
    if (!rc)
        rc = evc_table_set(out, "rotates", enabled ? "true" : "false", err);
    if (!rc && months)
        rc = evc_table_set_number(out, "months", months, err);
    if (!rc)
        rc = evc_table_set_time(out, "changed", changed_ms, err);
    return rc;
}

/* A key without such a policy has an empty list, or none. */
static int
put_policy(evc_table *out, const evc_ibm_ask *ask, evc_error **err)
{
    const evc_json *list = NULL;
    const evc_json *rotation = NULL;
    bool enabled = true;
    int64_t months = 0;
    int rc;

    if (!ask->doc ||
        evc_json_array(evc_json_root(ask->doc), "resources", &list, NULL) ||
        evc_json_count(list) == 0)
        return put_row(out, ask->subject, false, 0, -1, err);
    rc = evc_json_object(evc_json_at(list, 0), "rotation", &rotation, err);
    if (!rc)
        rc = evc_json_integer_opt(rotation, "interval_month", 0, MONTHS, &months, err);
    /* Older policies have no member enabled: there they are, so they hold. */
    if (!rc)
        rc = evc_json_bool_opt(rotation, "enabled", &enabled, err);
    rc = evc_ibm_reply_check(rc, err);
    if (rc)
        return rc;
    return put_row(out, ask->subject, enabled, months,
                   evc_ibm_reply_time(evc_json_at(list, 0), "lastUpdateDate"), err);
}

static int
begin(evc_service *service, const evc_kv *args, const evc_operation_kind *kind,
      const char *method, evc_ibm_ask *ask, evc_error **err)
{
    int rc = evc_ibm_account_ask_key(service, args, kind, method, ask, err);

    ask->path[2] = "policies";
    evc_form_add(&ask->query, "policy", evc_view_text("rotation"));
    return rc;
}

static int
get_policy(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    evc_ibm_ask ask;
    int rc = begin(service, args, &get_kind, "GET", &ask, err);

    if (!rc)
        rc = evc_ibm_ask_run(&ask, wait, err);
    if (!rc)
        rc = put_policy(out, &ask, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static const char *const get_needs[] = {"key", NULL};
const evc_action evc_ibm_rotation_status = {
    .name = "rotation-status",
    .help = "tells whether and how often the service rotates a key by itself",
    .needs = get_needs,
    .columns = columns,
    .permission = EVC_IBM_MANAGER,
    .run = get_policy,
};

/* 1 to 12, or 0 for "off"; -1: something else. */
static int64_t
months_of(const char *text)
{
    int64_t months = 0;

    if (strcmp(text, "off") == 0)
        return 0;
    return evc_decimal_read(evc_view_text(text), MONTHS, &months) && months >= 1
               ? months
               : -1;
}

static int
write_policy(int64_t months, evc_buf *body, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, body, false);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "metadata");
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "collectionType");
    evc_jwrite_text(&w, POLICY_TYPE);
    evc_jwrite_name(&w, "collectionTotal");
    evc_jwrite_integer(&w, 1);
    evc_jwrite_end(&w);
    evc_jwrite_name(&w, "resources");
    evc_jwrite_array(&w);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "type");
    evc_jwrite_text(&w, POLICY_TYPE);
    evc_jwrite_name(&w, "rotation");
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "enabled");
    evc_jwrite_bool(&w, months > 0);
    if (months > 0) {
        evc_jwrite_name(&w, "interval_month");
        evc_jwrite_integer(&w, months);
    }
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}

static int
set_policy(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    int64_t months = months_of(evc_service_arg(args, "months"));
    evc_ibm_ask ask;
    int rc = begin(service, args, &set_kind, "PUT", &ask, err);

    ask.type = "application/json";
    if (!rc && months < 0)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the argument months of rotation-policy is 1 to 12, or off");
    if (!rc)
        rc = write_policy(months, &ask.body, err);
    if (!rc)
        rc = evc_ibm_ask_run(&ask, wait, err);
    if (!rc)
        rc = put_policy(out, &ask, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static const char *const set_needs[] = {"key", "months", NULL};
const evc_action evc_ibm_rotation_policy = {
    .name = "rotation-policy",
    .help = "lets the service rotate a key every 1 to 12 months, or off",
    .needs = set_needs,
    .columns = columns,
    .permission = EVC_IBM_MANAGER,
    .flags = EVC_ACTION_CHANGES,
    .run = set_policy,
};
