/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_read.h"

#include <stdio.h>
#include <string.h>

#include "base/encode.h"
#include "cluster/ack_fetch.h"
#include "cluster/ack_key.h"
#include "cluster/ack_users.h"

/* What the key of a cluster turned out to be. */
typedef struct key_facts {
    evc_cluster_key key; /* empty when it could not be described */
    const char *word;    /* "Enabled", "not found", "unknown" */
    const char *advice;  /* when it is in trouble; NULL */
    char code[64];       /* of the key service, when it refused to tell */
} key_facts;

/* --- the key --- */

static void
keep_code(key_facts *facts, const evc_error *failed)
{
    const char *code = failed ? evc_error_provider_code(failed) : NULL;

    (void)snprintf(facts->code, sizeof(facts->code), "%s",
                   code && code[0] ? code : "KeyUnknown");
}

static void
judge(key_facts *facts, int code)
{
    static const char lost[] =
        "the cluster loses its Secrets when the key is gone; look "
        "in the console of KMS whether it can be brought back";

    if (code == ENVCRYPT_E_KEY_NOT_FOUND) {
        facts->word = "not found";
        facts->key.state = ENVCRYPT_KEY_DESTROYED;
        facts->advice = lost;
    } else if (code == ENVCRYPT_E_BILLING) {
        facts->word = "account barred";
        facts->key.state = ENVCRYPT_KEY_UNAVAILABLE;
        facts->advice = "settle the account: KMS stops answering, and the API server "
                        "with it";
    } else if (code) {
        facts->word = "unknown";
    } else if (facts->key.state == ENVCRYPT_KEY_PENDING_DELETION) {
        facts->advice = "cancel the deletion and enable the key while there is time";
    } else if (facts->key.state != ENVCRYPT_KEY_ENABLED) {
        facts->advice = "enable the key: Secrets cannot be read without it";
    }
}

/* 0 also when the key service does not tell. */
static int
ask_key(const evc_ack_site *site, const char *id, evc_wait *wait, key_facts *out,
        evc_error **err)
{
    evc_alibaba_metadata metadata;
    evc_error *failed = NULL;
    int rc =
        evc_alibaba_describe(evc_ack_place_kms(site), id, wait, &metadata, &failed);

    *out = (key_facts){.word = "unknown"};
    evc_cluster_key_init(&out->key);
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    keep_code(out, failed);
    evc_err_drop(&failed);
    if (rc) {
        judge(out, rc);
        return 0;
    }
    rc = evc_ack_key_of(&metadata, &out->key, err);
    evc_alibaba_metadata_reset(&metadata);
    if (rc) {
        evc_cluster_key_reset(&out->key);
        return rc;
    }
    out->word = out->key.word;
    judge(out, 0);
    return 0;
}

/* --- one --- */

static int
add_key_issue(const key_facts *facts, evc_cluster_state *out, evc_error **err)
{
    static const char unasked[] = "allow kms:DescribeKey on the key to these "
                                  "credentials, to see its state";

    if (!facts->advice && facts->key.id)
        return 0;
    if (!facts->advice)
        return evc_cluster_state_issue(out, facts->code,
                                       "the key service does not tell of the key",
                                       unasked, false, err);
    return evc_cluster_state_issue(out, facts->key.id ? facts->word : facts->code,
                                   "the key of the cluster cannot be used",
                                   facts->advice, true, err);
}

static int
add_key(const evc_ack_site *site, const evc_ack_detail *detail, evc_wait *wait,
        evc_cluster_state *out, evc_error **err)
{
    key_facts facts;
    int rc = ask_key(site, detail->key, wait, &facts, err);

    if (rc)
        return rc;
    out->key_state = facts.key.state;
    if (facts.key.id)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_KEY, facts.key.id, err);
    if (!rc && facts.key.account)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_ACCOUNT, facts.key.account, err);
    if (!rc)
        rc = add_key_issue(&facts, out, err);
    evc_cluster_key_reset(&facts.key);
    return rc;
}

int
evc_ack_read(evc_cluster *cluster, evc_wait *wait, evc_cluster_state *out,
             evc_error **err)
{
    evc_ack_found found;
    int rc = evc_ack_fetch_one(cluster, wait, &found, err);

    if (rc)
        return rc;
    rc = evc_ack_detail_state(&found.detail, out, err);
    if (!rc && evc_ack_detail_encrypts(&found.detail))
        rc = add_key(evc_ack_place_site(cluster), &found.detail, wait, out, err);
    evc_ack_found_reset(&found);
    return rc;
}

/* --- all --- */

typedef struct listing {
    const evc_ack_site *site;
    const char *uses_key;
    evc_wait *wait;
    evc_table *out;
    bool *partial;
} listing;

static const char *
advice_of(const listing *l, const evc_ack_detail *detail, const key_facts *facts)
{
    if (facts->advice || !l->uses_key || evc_ack_detail_encrypts(detail))
        return facts->advice;
    return "encryption was switched off; keep the key until all Secrets were stored "
           "anew "
           "and that was verified";
}

static const char *
health_of(const evc_ack_detail *detail, const key_facts *facts)
{
    if (facts->advice)
        return "key in trouble";
    return evc_ack_detail_is_broken(detail) ? "broken" : "as the provider says";
}

static int
add_row(const listing *l, const evc_ack_detail *detail, const key_facts *facts,
        evc_error **err)
{
    const bool encrypts = evc_ack_detail_encrypts(detail);
    const struct {
        const char *column;
        const char *text;
    } cells[] = {
        {"name", detail->name[0] ? detail->name : detail->id},
        {"region", l->site->region},
        {"status", detail->state},
        {"encryption", encrypts ? "own" : "none"},
        {"key", facts->key.id             ? facts->key.id
                : encrypts || l->uses_key ? detail->key
                                          : NULL},
        {"key-state", encrypts ? facts->word : NULL},
        {"health", health_of(detail, facts)},
        {"what-to-do", advice_of(l, detail, facts)},
        {"id", detail->id},
    };
    int rc = evc_table_add_row(l->out, err);

    for (size_t i = 0; !rc && i < sizeof(cells) / sizeof(cells[0]); i++)
        rc = evc_table_set(l->out, cells[i].column, cells[i].text, err);
    return rc;
}

static int
add_unknown(const listing *l, const char *why, evc_error **err)
{
    int rc = evc_table_add_row(l->out, err);

    *l->partial = true;
    if (!rc)
        rc = evc_table_set(l->out, "region", l->site->region, err);
    return rc ? rc : evc_table_set(l->out, "what-to-do", why, err);
}

static int
add_any(const listing *l, const evc_ack_detail *detail, evc_error **err)
{
    char text[256];

    (void)snprintf(text, sizeof(text),
                   "the cluster %.64s names its key %.100s, which may be any key",
                   detail->id, detail->key);
    return add_unknown(l, text, err);
}

static int
add_coming(const listing *l, const evc_ack_detail *detail, evc_error **err)
{
    char text[256];

    (void)snprintf(text, sizeof(text),
                   "the cluster %.64s is %.64s, and may be about to use the key; look "
                   "again when it is running",
                   detail->id, detail->state);
    return add_unknown(l, text, err);
}

static int
add_user(const listing *l, const evc_ack_detail *detail, evc_error **err)
{
    key_facts facts = {.word = NULL};
    int rc = 0;

    if (evc_ack_detail_encrypts(detail))
        rc = ask_key(l->site, detail->key, l->wait, &facts, err);
    if (!rc)
        rc = add_row(l, detail, &facts, err);
    evc_cluster_key_reset(&facts.key);
    return rc;
}

static int
take_detail(const listing *l, const evc_ack_detail *detail, evc_error **err)
{
    evc_ack_tie tie =
        l->uses_key ? evc_ack_users_tie(detail, l->uses_key) : EVC_ACK_TIED;

    switch (tie) {
    case EVC_ACK_TIED:
        return add_user(l, detail, err);
    case EVC_ACK_COMING:
        return add_coming(l, detail, err);
    case EVC_ACK_ANY:
        return add_any(l, detail, err);
    case EVC_ACK_APART:
        break;
    }
    return 0;
}

static int
take_cluster(void *user, const evc_json *item, evc_error **err)
{
    const listing *l = user;
    evc_error *failed = NULL;
    evc_ack_detail detail;
    int rc = evc_ack_detail_read(item, &detail, &failed);

    /* One whose meta_data cannot be read may use any key. */
    if (rc == ENVCRYPT_E_JSON) {
        rc = add_unknown(l, failed ? evc_error_message(failed) : NULL, err);
        evc_err_drop(&failed);
        return rc;
    }
    if (rc) {
        evc_err_drop(&failed);
        return evc_err_nomem(err);
    }
    rc = take_detail(l, &detail, err);
    evc_ack_detail_reset(&detail);
    return rc;
}

static int
list_site(listing *l, evc_error **err)
{
    evc_error *failed = NULL;
    int rc = evc_ack_fetch_all(l->site, NULL, take_cluster, l, l->wait, &failed);

    if (!rc)
        return 0;
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    rc = add_unknown(l, evc_error_message(failed), err);
    evc_error_free(failed);
    return rc;
}

/* What clusters use is compared by id; any other name would be found nowhere. */
static int
check_key(const char *uses_key, evc_error **err)
{
    char shown[EVC_SHOWN];
    evc_alibaba_arn arn;

    if (!uses_key || evc_alibaba_is_key_id(evc_view_text(uses_key)) ||
        evc_alibaba_arn_parse(evc_view_text(uses_key), &arn))
        return 0;
    evc_encode_shown(evc_view_text(uses_key), shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "clusters that use a key are found by its id or ARN, and \"%s\" is "
                   "neither; see cluster keys for it",
                   shown);
}

int
evc_ack_list(evc_cluster *place, const char *uses_key, evc_wait *wait, evc_table *out,
             bool *partial, evc_error **err)
{
    const evc_ack_place *all = evc_ack_place_of(place);
    int rc = check_key(uses_key, err);

    *partial = false;
    for (size_t i = 0; !rc && i < all->count; i++) {
        listing l = {.site = &all->sites[i],
                     .uses_key = uses_key,
                     .wait = wait,
                     .out = out,
                     .partial = partial};

        rc = list_site(&l, err);
    }
    return rc;
}
