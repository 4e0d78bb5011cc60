/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_keys.h"

#include <string.h>

#include "base/encode.h"
#include "cloud/ibm_access.h"
#include "kms/uri.h"

static const evc_operation_kind instances_kind = {
    .name = "get KMS instances", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};
static const evc_operation_kind registrations_kind = {
    .name = "list registrations", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};

/* --- what a change names --- */

/* Text with a NUL into room that has place for it: parts of a URI are shorter. */
static int
copy(char *out, size_t room, evc_view text, evc_error **err)
{
    evc_buf b;

    evc_buf_init_fixed(&b, out, room);
    evc_buf_put_view(&b, text);
    evc_buf_put_u8(&b, 0);
    if (!b.failed)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the name of the key is longer than %zu bytes", room - 1);
}

static int
no_key(const char *text, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(text), shown);
    return evc_err(
        err, ENVCRYPT_E_ARGUMENT,
        "\"%s\" names no root key; the forms are crn:v1:...:key:ID, "
        "ibm-kp:///crn:v1:...:key:ID and ibm-kp://REGION/INSTANCE/KEY, or the "
        "options instance-id and crk",
        shown);
}

/* What a URI of a key names: the URI of its instance is the same without the key. */
static int
name_uri(const char *text, evc_iks_named *out, evc_error **err)
{
    evc_ibm_place place;
    evc_uri uri;
    evc_buf b;
    int rc = evc_uri_parse(text, &uri, err);

    if (rc)
        return rc;
    rc = evc_ibm_place_of(&uri, &place, err);
    if (!rc && (!place.instance.size || !place.key.size))
        rc = no_key(text, err);
    if (!rc)
        rc = copy(out->instance, sizeof(out->instance), place.instance, err);
    if (!rc)
        rc = copy(out->key, sizeof(out->key), place.key, err);
    if (!rc) {
        evc_buf_init_fixed(&b, out->uri, sizeof(out->uri));
        evc_buf_put_text(&b, text);
        evc_buf_put_u8(&b, 0);
        if (b.failed)
            rc = no_key(text, err);
    }
    evc_uri_reset(&uri);
    return rc;
}

int
evc_iks_name_crn(const char *crn, evc_iks_named *out, evc_error **err)
{
    char uri[EVC_IKS_URI] = "";
    evc_buf b;

    *out = (evc_iks_named){.uri = ""};
    evc_buf_init_fixed(&b, uri, sizeof(uri) - 1);
    evc_buf_put_format(&b, "ibm-kp:///%s", crn);
    return b.failed ? no_key(crn, err) : name_uri(uri, out, err);
}

bool
evc_iks_is_hpcs(const char *service)
{
    return strcmp(service, EVC_IBM_HPCS) == 0 || strcmp(service, "hpcs") == 0;
}

void
evc_iks_instance_uri(const char *id, const char *region, const char *service,
                     char out[EVC_IKS_URI])
{
    evc_buf b;

    evc_buf_init_fixed(&b, out, EVC_IKS_URI - 1);
    if (evc_ibm_is_region(evc_view_text(region)))
        evc_buf_put_format(&b, "ibm-kp://%s/%s%s", region, id,
                           evc_iks_is_hpcs(service) ? "?find-endpoint=true" : "");
    out[b.size] = '\0';
}

typedef struct search {
    const char *instance;
    evc_iks_named *out;
    bool found;
} search;

static int
match_instance(void *user, const char *id, const char *name, const char *region,
               const char *service, evc_error **err)
{
    search *s = user;

    (void)name;
    if (s->found || strcmp(id, s->instance) != 0)
        return 0;
    s->found = true;
    evc_iks_instance_uri(id, region, service, s->out->uri);
    if (s->out->uri[0])
        return 0;
    return evc_err(err, ENVCRYPT_E_PROTOCOL,
                   "the key service instance \"%s\" is in no Region that there can be",
                   s->instance);
}

/* One that the account does not have: the resource controller knows where it is, so that
 * the Region, which a URI must have, is of no account. */
static int
name_foreign(const char *instance, evc_iks_named *out, evc_error **err)
{
    evc_buf b;

    evc_buf_init_fixed(&b, out->uri, sizeof(out->uri));
    evc_buf_put_format(&b, "ibm-kp://us-south/%s?find-endpoint=true", instance);
    evc_buf_put_u8(&b, 0);
    return evc_buf_check(&b, err);
}

/* As ibmcloud has them: ids without a Region. */
static int
name_ids(evc_cluster *cluster, const evc_cluster_change *change, evc_wait *wait,
         evc_iks_named *out, evc_error **err)
{
    const char *instance = evc_cluster_change_text(change, "instance-id");
    const char *crk = evc_cluster_change_text(change, "crk");
    search s = {.instance = instance, .out = out};
    int rc;

    if (!instance || !crk)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the options instance-id and crk go together, and %s is missing",
                       instance ? "crk" : "instance-id");
    if (!evc_ibm_is_token(evc_view_text(instance)) ||
        !evc_ibm_is_token(evc_view_text(crk)))
        return no_key(crk, err);
    rc = copy(out->instance, sizeof(out->instance), evc_view_text(instance), err);
    if (!rc)
        rc = copy(out->key, sizeof(out->key), evc_view_text(crk), err);
    if (!rc)
        rc = evc_iks_instances(cluster, match_instance, &s, wait, err);
    if (rc || s.found)
        return rc;
    if (evc_cluster_change_text(change, "kms-account-id"))
        return name_foreign(instance, out, err);
    return evc_err(err, ENVCRYPT_E_KEY_NOT_FOUND,
                   "this account has no key service instance \"%s\" (R19); of one of "
                   "another account give the option kms-account-id",
                   instance);
}

int
evc_iks_name_key(evc_cluster *cluster, const evc_cluster_change *change, evc_wait *wait,
                 evc_iks_named *out, evc_error **err)
{
    const char *key = evc_cluster_change_text(change, "key");
    const char *instance = evc_cluster_change_text(change, "instance-id");
    const char *crk = evc_cluster_change_text(change, "crk");

    *out = (evc_iks_named){.uri = ""};
    if (key && (instance || crk))
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "the option key says it all; instance-id and crk are another way "
            "to say it, and both were given");
    if (!key)
        return name_ids(cluster, change, wait, out, err);
    if (strncmp(key, "crn:", 4) == 0)
        return evc_iks_name_crn(key, out, err);
    if (strncmp(key, "ibm-kp:", 7) == 0)
        return name_uri(key, out, err);
    return no_key(key, err);
}

/* --- the key itself --- */

static int
keep_key(const evc_ibm_key *key, evc_cluster_key *out, evc_error **err)
{
    evc_ibm_crn crn;
    const evc_json *version = NULL;
    char region[64] = "";
    char account[256] = "";
    char instance[256] = "";
    int rc;

    if (!evc_ibm_crn_parse(evc_view_text(key->crn), &crn))
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "the key service showed a key whose CRN is none");
    rc = copy(region, sizeof(region), crn.region, err);
    if (!rc)
        rc = copy(account, sizeof(account), crn.account, err);
    if (!rc)
        rc = copy(instance, sizeof(instance), crn.instance, err);
    const struct {
        char **field;
        const char *text;
    } texts[] = {
        {&out->id, key->crn},       {&out->short_id, key->id},
        {&out->service, instance},  {&out->region, region},
        {&out->account, account},   {&out->version, key->version},
        {&out->aliases, key->name}, {&out->word, evc_ibm_key_state_name(key->state)},
    };
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]) && !rc; i++)
        rc = evc_cluster_key_set(texts[i].field, texts[i].text, err);
    out->state = evc_ibm_key_state(key->state);
    if (!evc_json_object(key->json, "keyVersion", &version, NULL))
        out->version_ms = evc_ibm_reply_time(version, "creationDate");
    return rc;
}

int
evc_iks_describe(const evc_service *service, const char *key, evc_wait *wait,
                 evc_cluster_key *out, evc_iks_traits *traits, evc_error **err)
{
    const evc_ibm_account *account = service->state;
    evc_ibm_where where = {account->peer, &account->target, key, key};
    const evc_json *dual = NULL;
    evc_json_doc *doc = NULL;
    evc_ibm_key found;
    int rc = evc_ibm_fetch_key(&where, wait, &doc, &found, err);

    if (!rc)
        rc = keep_key(&found, out, err);
    if (!rc && traits) {
        *traits = (evc_iks_traits){
            .extractable = found.extractable,
            .imported = found.imported,
            .rotated_ms = found.rotated_ms,
            .expires_ms = found.expires_ms,
        };
        if (!evc_json_object(found.json, "dualAuthDelete", &dual, NULL))
            rc = evc_ibm_reply_check(
                evc_json_bool_opt(dual, "enabled", &traits->dual_auth, err), err);
    }
    evc_json_free(doc);
    return rc;
}

/* --- registrations --- */

bool
evc_iks_is_cluster(const char *resource, const char *id, char out[64])
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(resource));
    bool service = false;
    evc_view found = evc_view_text("");

    for (size_t part = 0; evc_cursor_left(&c) > 0; part++) {
        size_t start = c.at;
        evc_view text;

        while (evc_cursor_left(&c) > 0 && c.input.data[c.at] != ':')
            (void)evc_cursor_u8(&c);
        text = evc_cursor_since(&c, start);
        if (evc_cursor_left(&c) > 0)
            (void)evc_cursor_u8(&c);
        if (part == 4)
            service = evc_view_is_text(text, EVC_IKS_SERVICE);
        /* ...:INSTANCE:TYPE:RESOURCE */
        if (service && part >= 7 &&
            (id ? evc_view_is_text(text, id)
                : text.size && !evc_view_is_text(text, "cluster")))
            found = found.size ? found : text;
    }
    if (out) {
        evc_buf b;

        out[0] = '\0';
        evc_buf_init_fixed(&b, out, 63);
        evc_buf_put_view(&b, found);
        out[b.size] = '\0';
    }
    return found.size > 0;
}

typedef struct telling {
    evc_iks_each_fn each;
    void *user;
} telling;

static int
tell_registration(void *user, const evc_json *row, evc_error **err)
{
    telling *t = user;
    const char *key = NULL;
    const char *resource = NULL;
    const char *version = evc_ibm_reply_inner(row, "keyVersion", "id");
    char cluster[64];
    int64_t updated = evc_ibm_reply_time(row, "lastUpdated");
    int rc = evc_json_text(row, "resourceCrn", &resource, err);

    if (!rc)
        rc = evc_json_text_opt(row, "keyId", &key, err);
    rc = evc_ibm_reply_check(rc, err);
    if (rc)
        return rc;
    (void)evc_iks_is_cluster(resource, NULL, cluster);
    if (updated < 0)
        updated = evc_ibm_reply_time(row, "creationDate");
    return t->each(t->user,
                   &(evc_iks_registration){key ? key : "", resource, cluster,
                                           version ? version : "", updated},
                   err);
}

int
evc_iks_registrations(const evc_service *service, const char *key, evc_iks_each_fn each,
                      void *user, evc_wait *wait, evc_error **err)
{
    telling t = {each, user};
    evc_ibm_ask ask;
    int rc = evc_ibm_account_ask(service, &registrations_kind, "GET", &ask, err);

    if (rc)
        return rc;
    ask.path[0] = "keys";
    ask.path[1] = key ? key : "registrations";
    ask.path[2] = key ? "registrations" : NULL;
    if (key)
        ask.subject = key;
    rc = evc_ibm_ask_pages(&ask, tell_registration, &t, wait, err);
    evc_ibm_ask_reset(&ask);
    return rc;
}

typedef struct looking {
    const char *key;
    const char *newest;
    const char *cluster;
    evc_iks_use *out;
} looking;

static int
look_at(void *user, const evc_iks_registration *r, evc_error **err)
{
    looking *l = user;
    evc_iks_use *out = l->out;
    bool ours = evc_iks_is_cluster(r->resource, l->cluster, NULL);

    if (strcmp(r->key, l->key) != 0)
        return ours ? copy(out->other, sizeof(out->other), evc_view_text(r->key), err)
                    : 0;
    if (!ours) {
        out->neighbours++;
        return 0;
    }
    if (out->newest)
        return 0; /* an older entry of the same cluster */
    out->found = true;
    out->newest = l->newest[0] && strcmp(r->version, l->newest) == 0;
    return copy(out->version, sizeof(out->version), evc_view_text(r->version), err);
}

int
evc_iks_look_for(const evc_service *service, const char *key, const char *newest,
                 const char *cluster, evc_wait *wait, evc_iks_use *out, evc_error **err)
{
    looking l = {key, newest, cluster, out};

    *out = (evc_iks_use){.found = false};
    return evc_iks_registrations(service, NULL, look_at, &l, wait, err);
}

/* --- instances --- */

static int
tell_instance(const evc_json *row, evc_iks_instance_fn each, void *user,
              evc_error **err)
{
    const char *id = NULL;
    const char *name = "";
    const char *region = "";
    const char *service = "";
    int rc = evc_json_text(row, "instance_id", &id, err);

    if (!rc)
        rc = evc_json_text_opt(row, "name", &name, err);
    if (!rc)
        rc = evc_json_text_opt(row, "region", &region, err);
    if (!rc)
        rc = evc_json_text_opt(row, "service", &service, err);
    rc = evc_ibm_reply_check(rc, err);
    return rc ? rc : each(user, id, name, region, service, err);
}

int
evc_iks_instances(const evc_cluster *cluster, evc_iks_instance_fn each, void *user,
                  evc_wait *wait, evc_error **err)
{
    evc_ibm_ask ask = evc_iks_ask(cluster, &instances_kind, "getKMSInstances");
    int rc = evc_iks_ask_run(&ask, wait, err);
    const evc_json *list = rc ? NULL : evc_json_root(ask.doc);

    for (size_t i = 0; list && i < evc_json_count(list) && !rc; i++) {
        const evc_json *row = evc_json_at(list, i);

        if (!row)
            rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                         "get KMS instances got something else than a list");
        else
            rc = tell_instance(row, each, user, err);
    }
    evc_ibm_ask_reset(&ask);
    return rc;
}
