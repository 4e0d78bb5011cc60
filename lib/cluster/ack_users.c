/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_users.h"

#include <stdio.h>
#include <string.h>

#include "cloud/alibaba_arn.h"
#include "cluster/ack_fetch.h"

static bool
names_key(const evc_ack_detail *detail, const char *key)
{
    evc_alibaba_arn arn;

    if (!detail->key[0])
        return false;
    if (evc_alibaba_arn_parse(evc_view_text(key), &arn))
        return evc_alibaba_arn_names(&arn, evc_view_text(detail->key));
    if (evc_alibaba_arn_parse(evc_view_text(detail->key), &arn))
        return evc_alibaba_arn_names(&arn, evc_view_text(key));
    return strcmp(key, detail->key) == 0;
}

/* A name of a key that is neither id nor ARN, an alias as a rule. */
static bool
may_be_any(const evc_ack_detail *detail)
{
    evc_view key = evc_view_text(detail->key);
    evc_alibaba_arn arn;

    return key.size && !evc_alibaba_is_key_id(key) && !evc_alibaba_arn_parse(key, &arn);
}

evc_ack_tie
evc_ack_users_tie(const evc_ack_detail *detail, const char *key)
{
    if (names_key(detail, key))
        return EVC_ACK_TIED;
    if (!evc_ack_detail_is_running(detail) && !evc_ack_detail_is_broken(detail))
        return EVC_ACK_COMING;
    return may_be_any(detail) ? EVC_ACK_ANY : EVC_ACK_APART;
}

/* --- others --- */

typedef struct search {
    const char *key;
    const char *id;
    evc_ack_others *out;
} search;

static int
take_cluster(void *user, const evc_json *item, evc_error **err)
{
    const search *s = user;
    evc_ack_others *out = s->out;
    evc_ack_detail detail;
    int rc = evc_ack_detail_read(item, &detail, err);

    if (rc)
        return rc;
    if (strcmp(detail.id, s->id) != 0) {
        switch (evc_ack_users_tie(&detail, s->key)) {
        case EVC_ACK_TIED:
            if (out->count++ == 0)
                (void)snprintf(out->first, sizeof(out->first), "%s", detail.id);
            break;
        case EVC_ACK_COMING:
        case EVC_ACK_ANY:
            (void)snprintf(out->unsure, sizeof(out->unsure),
                           "the cluster %.64s may be one", detail.id);
            break;
        case EVC_ACK_APART:
            break;
        }
    }
    evc_ack_detail_reset(&detail);
    return 0;
}

int
evc_ack_users_others(const evc_ack_site *site, const char *key, const char *id,
                     evc_wait *wait, evc_ack_others *out, evc_error **err)
{
    search s = {.key = key, .id = id, .out = out};
    evc_error *failed = NULL;
    int rc;

    *out = (evc_ack_others){.count = 0};
    rc = evc_ack_fetch_all(site, NULL, take_cluster, &s, wait, &failed);
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    if (rc)
        (void)snprintf(out->unsure, sizeof(out->unsure),
                       "they could not be listed: %.120s", evc_error_message(failed));
    evc_error_free(failed);
    return 0;
}
