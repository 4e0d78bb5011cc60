/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_read.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"

static const evc_operation_kind cluster_kind = {
    .name = "get cluster", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};
static const evc_operation_kind list_kind = {
    .name = "get clusters", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};

/* --- all clusters --- */

static int
tell_clusters(const evc_json *list, evc_iks_cluster_fn each, void *user,
              evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; i < evc_json_count(list) && !rc; i++) {
        const evc_json *row = evc_json_at(list, i);
        const char *id = NULL;
        const char *name = NULL;

        if (!row)
            return evc_err(err, ENVCRYPT_E_PROTOCOL,
                           "get clusters got something else than a list");
        rc = evc_json_text(row, "id", &id, err);
        if (!rc)
            rc = evc_json_text_opt(row, "name", &name, err);
        rc = evc_ibm_reply_check(rc, err);
        if (!rc)
            rc = each(user, id, name ? name : id, err);
    }
    return rc;
}

/* Whether an error is about the call itself, or about who asks, and not about what was
 * asked. */
static bool
ends_it(int code)
{
    return evc_error_ends_call(code) || code == ENVCRYPT_E_AUTH ||
           code == ENVCRYPT_E_NO_CREDENTIALS || code == ENVCRYPT_E_BAD_CREDENTIALS;
}

/* Those of one kind. What keeps from listing them goes to *partial, and no further. */
static int
tell_kind(const evc_cluster *place, const char *kind, const char *group,
          evc_iks_cluster_fn each, void *user, evc_wait *wait, evc_error **partial,
          evc_error **err)
{
    evc_ibm_ask ask = evc_iks_ask(place, &list_kind, kind);
    evc_error *failed = NULL;
    int rc;

    ask.path[1] = "getClusters";
    ask.group = group;
    rc = evc_iks_ask_run(&ask, wait, &failed);
    if (!rc) {
        rc = tell_clusters(evc_json_root(ask.doc), each, user, err);
    } else if (ends_it(rc)) {
        evc_err_add_cause(err, failed);
    } else {
        evc_error_free(*partial);
        *partial = failed;
        rc = 0;
    }
    evc_ibm_ask_reset(&ask);
    return rc;
}

int
evc_iks_clusters(const evc_cluster *place, const char *group, evc_iks_cluster_fn each,
                 void *user, evc_wait *wait, evc_error **partial, evc_error **err)
{
    static const char *const kinds[] = {"vpc", "classic", "satellite"};
    int rc = 0;

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]) && !rc; i++)
        rc = tell_kind(place, kinds[i], group, each, user, wait, partial, err);
    return rc;
}

/* --- one --- */

#define NAMED 5u /* clusters that a message about a missing one names */

typedef struct names {
    evc_buf text;
    size_t count;
} names;

static int
name_one(void *user, const char *id, const char *name, evc_error **err)
{
    names *n = user;
    char shown[EVC_SHOWN];

    (void)id;
    evc_encode_shown(evc_view_text(name), shown);
    if (n->count < NAMED)
        evc_buf_put_format(&n->text, "%s%s", n->count ? ", " : "", shown);
    n->count++;
    return evc_buf_check(&n->text, err);
}

/* R02: what there is instead. */
static int
explain_missing(const evc_cluster *cluster, const char *name, evc_wait *wait,
                evc_error **err)
{
    char shown[EVC_SHOWN];
    names n = {.count = 0};
    evc_error *partial = NULL;
    int rc;

    evc_buf_init(&n.text);
    rc = evc_iks_clusters(cluster, evc_iks_group_of(cluster), name_one, &n, wait,
                          &partial, NULL);
    evc_buf_put_u8(&n.text, 0);
    evc_encode_shown(evc_view_text(name), shown);
    if (rc || n.text.failed || n.count == 0) {
        rc =
            evc_err_wrap(err, ENVCRYPT_E_CLUSTER_NOT_FOUND,
                         "IBM Cloud Kubernetes Service knows no cluster \"%s\" in this "
                         "account and resource group (R02), %s; give the option "
                         "resource-group when it is in another one",
                         shown,
                         rc || partial ? "and which there are could not be listed"
                                       : "and shows no other ones");
    } else {
        rc =
            evc_err_wrap(err, ENVCRYPT_E_CLUSTER_NOT_FOUND,
                         "IBM Cloud Kubernetes Service knows no cluster \"%s\" in this "
                         "account and resource group (R02); there %s %s%s",
                         shown, n.count > 1 ? "are" : "is", (const char *)n.text.data,
                         n.count > NAMED ? " and more" : "");
    }
    evc_buf_reset(&n.text);
    evc_error_free(partial);
    return rc;
}

int
evc_iks_fetch(const evc_cluster *cluster, const char *name, evc_wait *wait,
              evc_json_doc **doc, evc_iks_status *status, evc_error **err)
{
    evc_ibm_ask ask = evc_iks_ask(cluster, &cluster_kind, "getCluster");
    int rc;

    *doc = NULL;
    ask.subject = name;
    if (!cluster->name || strcmp(name, cluster->name) != 0)
        ask.group = NULL; /* an id, which is of one group alone */
    evc_form_add(&ask.query, "cluster", evc_view_text(name));
    rc = evc_iks_ask_run(&ask, wait, err);
    if (!rc)
        rc = evc_iks_status_read(evc_json_root(ask.doc), status, err);
    if (!rc) {
        *doc = ask.doc;
        ask.doc = NULL;
    }
    evc_ibm_ask_reset(&ask);
    return rc;
}

/* --- the key that it uses --- */

typedef struct active {
    const evc_cluster *cluster;
    const char *id; /* of the cluster */
    evc_wait *wait;
    evc_cluster_key key; /* the first one that names it */
    char candidate[256]; /* in the instance that is looked at */
    size_t keys;         /* that name it */
} active;

static int
look_for_us(void *user, const evc_iks_registration *r, evc_error **err)
{
    active *a = user;
    evc_buf b;

    (void)err;
    if (!evc_iks_is_cluster(r->resource, a->id, NULL) ||
        strcmp(r->key, a->candidate) == 0 || strlen(r->key) >= sizeof(a->candidate))
        return 0;
    evc_buf_init_fixed(&b, a->candidate, sizeof(a->candidate));
    evc_buf_put_text(&b, r->key);
    evc_buf_put_u8(&b, 0);
    a->keys++;
    return 0;
}

/* What cannot be looked at is passed over: then the key is not known from here. */
static int
look_in_instance(void *user, const char *id, const char *name, const char *region,
                 const char *service, evc_error **err)
{
    active *a = user;
    evc_service *keys = NULL;
    evc_error *failed = NULL;
    char uri[EVC_IKS_URI];
    int rc;

    (void)name;
    a->candidate[0] = '\0';
    evc_iks_instance_uri(id, region, service, uri);
    if (!uri[0])
        return 0;
    rc = evc_iks_open_keys(a->cluster, uri, a->wait, &keys, &failed);
    if (!rc)
        rc = evc_iks_registrations(keys, NULL, look_for_us, a, a->wait, &failed);
    if (!rc && a->candidate[0] && a->keys == 1)
        rc = evc_iks_describe(keys, a->candidate, a->wait, &a->key, NULL, &failed);
    evc_service_unref(keys);
    if (rc && ends_it(rc) && rc != ENVCRYPT_E_AUTH) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    evc_error_free(failed);
    return 0;
}

/* The service tells of no key; the time of a registration tells when it was written, and not
 * that the key is in use: former ones are forgotten late. */
static int
tell_several(evc_cluster_state *out, evc_error **err)
{
    return evc_cluster_state_issue(
        out, EVC_IKS_SEVERAL_KEYS,
        "the key service names the cluster with several root keys, and Kubernetes "
        "Service does not tell which of them it uses",
        "look again in some hours, as a former key is forgotten late; disable and "
        "delete none of them",
        false, err);
}

bool
evc_iks_has_several_keys(const evc_cluster_state *state)
{
    for (size_t i = 0; state && state->issues && i < state->issues->rows; i++) {
        if (strcmp(evc_table_text(state->issues, i, "code"), EVC_IKS_SEVERAL_KEYS) == 0)
            return true;
    }
    return false;
}

/* R20. */
static int
tell_end_of_hpcs(evc_cluster_state *out, evc_error **err)
{
    return evc_cluster_state_issue(
        out, "hpcs-ends",
        "Hyper Protect Crypto Services, which has the root key, "
        "ends " EVC_IKS_HPCS_ENDS,
        "switch to a root key of Key Protect before that, with cluster rotate --key",
        false, err);
}

static int
find_active(evc_cluster *cluster, const char *id, evc_wait *wait,
            evc_cluster_state *out, evc_error **err)
{
    active a = {.cluster = cluster, .id = id, .wait = wait};
    evc_error *failed = NULL;
    int rc;

    evc_cluster_key_init(&a.key);
    rc = evc_iks_instances(cluster, look_in_instance, &a, wait, &failed);
    if (rc && !ends_it(rc))
        rc = 0;
    if (!rc && a.keys > 1) {
        rc = tell_several(out, err);
    } else if (!rc && a.key.id) {
        rc = evc_cluster_state_set(out, EVC_CLUSTER_KEY, a.key.id, err);
        if (!rc)
            rc = evc_cluster_state_set(out, EVC_CLUSTER_KEY_GIVEN, a.key.id, err);
        if (!rc && strstr(a.key.id, ":" EVC_IBM_HPCS ":"))
            rc = tell_end_of_hpcs(out, err);
        out->key_state = a.key.state;
    } else if (rc) {
        evc_err_add_cause(err, failed);
        failed = NULL;
    }
    evc_error_free(failed);
    evc_cluster_key_reset(&a.key);
    return rc;
}

int
evc_iks_read(evc_cluster *cluster, evc_wait *wait, evc_cluster_state *out,
             evc_error **err)
{
    evc_json_doc *doc = NULL;
    evc_iks_status status;
    int rc = evc_iks_fetch(cluster, cluster->name, wait, &doc, &status, err);

    if (rc == ENVCRYPT_E_CLUSTER_NOT_FOUND)
        return explain_missing(cluster, cluster->name, wait, err);
    if (!rc)
        rc = evc_iks_status_tell(&status, out, err);
    if (!rc && status.enabled)
        rc = find_active(cluster, status.id, wait, out, err);
    evc_json_free(doc);
    return rc;
}

/* --- the key that is wanted --- */

int
evc_iks_open_key(const evc_cluster *cluster, const evc_cluster_key *key, evc_wait *wait,
                 evc_service **out, evc_error **err)
{
    evc_iks_named named;
    int rc = evc_iks_name_crn(key->id ? key->id : "", &named, err);

    *out = NULL;
    return rc ? rc : evc_iks_open_keys(cluster, named.uri, wait, out, err);
}

int
evc_iks_find_key(evc_cluster *cluster, const evc_cluster_change *change,
                 const evc_cluster_state *state, evc_wait *wait, evc_cluster_key *out,
                 evc_error **err)
{
    const char *used = state ? evc_cluster_state_text(state, EVC_CLUSTER_KEY) : "";
    evc_service *keys = NULL;
    evc_iks_named named;
    int rc;

    if (evc_cluster_change_names_key(change) ||
        evc_cluster_change_text(change, "instance-id")) {
        rc = evc_iks_name_key(cluster, change, wait, &named, err);
    } else if (used[0]) {
        rc = evc_iks_name_crn(used, &named, err);
    } else {
        rc = evc_err(err, ENVCRYPT_E_KEY_NOT_FOUND,
                     "which root key the cluster uses cannot be seen from here, as %s; "
                     "name the key by the option key",
                     evc_iks_has_several_keys(state)
                         ? "the key service names it with several of them"
                         : "no key service instance that could be looked at has it "
                           "registered");
    }
    if (!rc)
        rc = evc_iks_open_keys(cluster, named.uri, wait, &keys, err);
    if (!rc)
        rc = evc_iks_describe(keys, named.key, wait, out, NULL, err);
    evc_service_unref(keys);
    return rc;
}
