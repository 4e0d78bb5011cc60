/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_permissions.h"

#include "cloud/alibaba_metadata.h"
#include "cluster/ack_place.h"
#include "cluster/ack_rights.h"

typedef struct answer {
    const char *permission;
    const char *on;
    const char *needed_for;
    const char *has; /* "yes", "no", "unknown" */
    const char *detail;
} answer;

static int
add(evc_table *out, const answer *a, evc_error **err)
{
    const struct {
        const char *column;
        const char *text;
    } cells[] = {
        {"permission", a->permission}, {"on", a->on},
        {"needed-for", a->needed_for}, {"has", a->has},
        {"detail", a->detail},
    };
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; !rc && i < sizeof(cells) / sizeof(cells[0]); i++)
        rc = evc_table_set(out, cells[i].column, cells[i].text, err);
    return rc;
}

/* --- what was tried --- */

/* Whether a call that changes nothing went through. failed is consumed. */
static int
add_tried(evc_table *out, answer a, int code, evc_error *failed, evc_error **err)
{
    if (evc_error_ends_call(code)) {
        evc_err_add_cause(err, failed);
        return code;
    }
    a.has = code == 0 ? "yes" : code == ENVCRYPT_E_DENIED ? "no" : "unknown";
    a.detail = code ? evc_error_message(failed) : a.detail;
    code = add(out, &a, err);
    evc_error_free(failed);
    return code;
}

static int
try_key(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
        evc_table *out, evc_error **err)
{
    const evc_cluster_key *key = job->key;
    evc_alibaba_metadata metadata;
    evc_error *failed = NULL;
    int rc;

    if (!key || !key->id)
        return 0;
    rc = evc_alibaba_describe(evc_ack_place_kms(evc_ack_place_site(cluster)), key->id,
                              wait, &metadata, &failed);
    if (!rc)
        evc_alibaba_metadata_reset(&metadata);
    return add_tried(out,
                     (answer){.permission = "kms:DescribeKey",
                              .on = key->id,
                              .needed_for = "preflight, status",
                              .detail = "asked for"},
                     rc, failed, err);
}

static int
try_keys(evc_cluster *cluster, evc_wait *wait, evc_table *out, evc_error **err)
{
    evc_error *failed = NULL;
    evc_table *keys = NULL;
    evc_kv none;
    int rc;

    evc_kv_init(&none);
    rc = evc_service_run(evc_ack_place_site(cluster)->kms, "list-keys", &none, true,
                         wait, &keys, &failed);
    evc_table_free(keys);
    return add_tried(out,
                     (answer){.permission = "kms:ListKeys",
                              .on = "*",
                              .needed_for = "keys",
                              .detail = "asked for"},
                     rc, failed, err);
}

/* --- what is told --- */

static int
add_policy(evc_cluster *cluster, evc_wait *wait, evc_table *out, evc_error **err)
{
    static const char *const words[] = {
        [EVC_ACK_HAS] = "yes", [EVC_ACK_LACKS] = "no", [EVC_ACK_UNKNOWN] = "unknown"};
    const evc_ack_place *place = evc_ack_place_of(cluster);
    evc_ack_has has = EVC_ACK_UNKNOWN;
    evc_error *failed = NULL;
    evc_ack_caller caller;
    char why[256] = "";
    answer a = {.permission = EVC_ACK_POLICY,
                .on = "the caller",
                .needed_for = "create, enable, rotate --key"};
    int rc = evc_ack_rights_identify(place, wait, &caller, &failed);

    if (!rc)
        rc = evc_ack_rights_policy(place, &caller, wait, &has, why, &failed);
    if (rc)
        return add_tried(out, a, rc == ENVCRYPT_E_DENIED ? ENVCRYPT_E_AUTH : rc, failed,
                         err);
    a.has = words[has];
    a.detail = why;
    return add(out, &a, err);
}

static int
add_role(evc_cluster *cluster, evc_wait *wait, evc_table *out, evc_error **err)
{
    evc_error *failed = NULL;
    char message[256];
    bool granted;
    answer a = {.permission = EVC_ACK_SERVICE_ROLE,
                .on = "ACK",
                .needed_for = "create, enable, rotate --key"};
    int rc = evc_ack_rights_role(evc_ack_place_site(cluster), wait, &granted, message,
                                 &failed);

    /* That asking was denied says nothing of the role. */
    if (rc)
        return add_tried(out, a, rc == ENVCRYPT_E_DENIED ? ENVCRYPT_E_AUTH : rc, failed,
                         err);
    a.has = granted ? "yes" : "no";
    a.detail = granted ? "the account has authorised it" : message;
    return add(out, &a, err);
}

static int
add_unasked(evc_table *out, evc_error **err)
{
    static const answer rows[] = {
        {"cs:UpdateKMSEncryption", "the cluster", "enable, rotate --key, disable",
         "unknown", "only the change itself shows it"},
        {"administrator or O&M engineer", "RBAC of the cluster",
         "enable, rotate --key, disable", "unknown", "only the change itself shows it"},
        {"actiontrail:LookupEvents", "*", "verify", "unknown", "asked for by verify"},
    };
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof(rows) / sizeof(rows[0]); i++)
        rc = add(out, &rows[i], err);
    return rc;
}

int
evc_ack_permissions(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                    evc_table *out, evc_error **err)
{
    int rc = try_key(cluster, job, wait, out, err);

    if (!rc)
        rc = try_keys(cluster, wait, out, err);
    if (!rc)
        rc = add_policy(cluster, wait, out, err);
    if (!rc)
        rc = add_role(cluster, wait, out, err);
    return rc ? rc : add_unasked(out, err);
}
