/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/lease_read.h"

#include <string.h>

#include "auth/aws_time.h"
#include "base/decimal.h"

enum row {
    ROW_KIND,
    ROW_NAME,
    ROW_NAMESPACE,
    ROW_UID,
    ROW_VERSION,
    ROW_HOLDER,
    ROW_SECONDS,
    ROW_RENEWED,
    ROW_TRANSITIONS,
    ROWS
};

static const evc_kube_field rows[ROWS] = {
    [ROW_KIND] = {"kind", EVC_KUBE_FIELD_TEXT, 63},
    [ROW_NAME] = {"metadata.name", EVC_KUBE_FIELD_TEXT, EVC_KUBE_NAME_MAX},
    [ROW_NAMESPACE] = {"metadata.namespace", EVC_KUBE_FIELD_TEXT,
                       EVC_KUBE_NAMESPACE_MAX},
    [ROW_UID] = {"metadata.uid", EVC_KUBE_FIELD_TEXT, EVC_KUBE_UID_MAX},
    [ROW_VERSION] = {"metadata.resourceVersion", EVC_KUBE_FIELD_TEXT,
                     EVC_KUBE_VERSION_MAX},
    [ROW_HOLDER] = {"spec.holderIdentity", EVC_KUBE_FIELD_PARTS, UINT16_MAX},
    [ROW_SECONDS] = {"spec.leaseDurationSeconds", EVC_KUBE_FIELD_NUMBER, 0},
    [ROW_RENEWED] = {"spec.renewTime", EVC_KUBE_FIELD_HINT, 64},
    [ROW_TRANSITIONS] = {"spec.leaseTransitions", EVC_KUBE_FIELD_NUMBER, 0},
};

void
evc_lease_read_restart(void *user)
{
    evc_lease_read *r = user;

    r->wrong = false;
    r->state = (evc_lease_state){.renewed_ms = -1, .ours = true};
}

/* Identities may be of any length: of another's only the beginning is kept. */
static void
take_holder(evc_lease_read *r, evc_view part)
{
    evc_lease_state *now = &r->state;
    size_t own = strlen(r->holder);

    if (part.size > own || now->holder_size > own - part.size ||
        memcmp(&r->holder[now->holder_size], part.data, part.size) != 0)
        now->ours = false;
    for (size_t i = 0; i < part.size && now->holder_size + i < EVC_LEASE_SHOWN; i++)
        now->shown[now->holder_size + i] = (char)part.data[i];
    now->holder_size += part.size;
}

/* An int32 of the server's that is not negative, else 0. */
static int64_t
number_of(evc_view text)
{
    int64_t value = 0;

    (void)evc_decimal_read(text, INT32_MAX, &value);
    return value;
}

static int
take(void *user, const evc_kube_found *found, evc_error **err)
{
    evc_lease_read *r = user;
    evc_lease_state *now = &r->state;
    evc_view text = found->text;

    switch ((enum row)found->field) {
    case ROW_KIND:
        r->wrong = r->wrong || !evc_view_is_text(text, "Lease");
        break;
    case ROW_NAME:
        r->wrong = r->wrong || !evc_view_is_text(text, r->name);
        break;
    case ROW_NAMESPACE:
        r->wrong = r->wrong || !evc_view_is_text(text, r->ns);
        break;
    case ROW_UID:
        evc_view_to_text(text, now->uid);
        break;
    case ROW_VERSION:
        evc_view_to_text(text, now->version);
        break;
    case ROW_HOLDER:
        take_holder(r, text);
        break;
    case ROW_SECONDS:
        now->seconds = number_of(text);
        break;
    case ROW_RENEWED:
        (void)evc_aws_time_parse(text, &now->renewed_ms);
        break;
    case ROW_TRANSITIONS:
        now->transitions = number_of(text);
        break;
    case ROWS:
        break;
    }
    return r->wrong ? evc_err(err, ENVCRYPT_E_PROTOCOL,
                              "the API server's reply is about another lease")
                    : 0;
}

void
evc_lease_read_attach(evc_lease_read *r, evc_kube_fields *fields)
{
    fields->table = rows;
    fields->count = ROWS;
    fields->take = take;
    fields->user = r;
}

int
evc_lease_read_check(const evc_lease_read *r, evc_error **err)
{
    if (r->state.uid[0] && r->state.version[0])
        return 0;
    return evc_err(err, ENVCRYPT_E_PROTOCOL,
                   "the API server's lease has no uid or no resourceVersion");
}

bool
evc_lease_read_is_ours(const evc_lease_state *state, const char *holder)
{
    return state->ours && state->holder_size == strlen(holder);
}
