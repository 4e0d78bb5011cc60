/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/iks_roles.h"

#include <string.h>

#define PAGES 100u /* of policies of one subject */
#define GROUPS 64u /* access groups of one person that are looked at */

static const evc_operation_kind policies_kind = {
    .name = "list policies", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};
static const evc_operation_kind groups_kind = {
    .name = "list access groups", .build = evc_ibm_ask_build, .read = evc_ibm_ask_read};

/* --- what a policy gives --- */

typedef struct grant {
    const char *role; /* last part of its CRN */
    uint32_t on_cluster;
    uint32_t on_keys;
} grant;

/* Each role includes those below it: Manager, Writer, Reader. */
static const grant grants[] = {
    {":role:Administrator", EVC_IKS_ADMINISTRATOR, 0},
    {":serviceRole:Manager", EVC_IKS_CLUSTER_MANAGER,
     EVC_IKS_KEY_MANAGER | EVC_IKS_KEY_WRITER | EVC_IKS_KEY_READER},
    {":serviceRole:Writer", 0, EVC_IKS_KEY_WRITER | EVC_IKS_KEY_READER},
    {":serviceRole:Reader", 0, EVC_IKS_KEY_READER},
};

/* A pattern whose * stands for any text, as stringMatch has it. */
static bool
matches(const char *pattern, const char *text)
{
    const char *star = NULL;
    const char *from = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = pattern++;
            from = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star + 1;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

/* Whether something holds. In order: of several the least counts. */
typedef enum holding { HOLDS_NOT, HOLDS_MAYBE, HOLDS } holding;

/* Whether one attribute of a policy's resource holds there. A name that is not known here (a
 * namespace, a resource type) narrows the policy to less than the whole. */
static holding
attribute_holds(const evc_json *attribute, const evc_iks_site *site, bool keys)
{
    const char *service = !keys        ? EVC_IKS_SERVICE
                          : site->hpcs ? EVC_IBM_HPCS
                                       : EVC_IBM_KEY_PROTECT;
    const struct {
        const char *name;
        const char *seen;
    } known[] = {
        {"accountId", site->account},
        {"serviceName", service},
        {"serviceType", "service"},
        {"serviceInstance", keys ? site->instance : site->cluster},
        {"resourceGroupId", keys ? NULL : site->group},
        {"region", keys ? site->key_region : site->region},
    };
    const char *name = NULL;
    const char *value = NULL;
    const char *operator= "stringEquals";

    if (evc_json_text(attribute, "name", &name, NULL) ||
        evc_json_text(attribute, "value", &value, NULL) ||
        evc_json_text_opt(attribute, "operator", &operator, NULL))
        return HOLDS_NOT;
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        const char *seen = known[i].seen;

        if (strcmp(name, known[i].name) != 0)
            continue;
        if (!seen || !seen[0])
            return HOLDS_MAYBE;
        if (strcmp(operator, "stringMatch") == 0)
            return matches(value, seen) ? HOLDS : HOLDS_NOT;
        return strcmp(value, seen) == 0 ? HOLDS : HOLDS_NOT;
    }
    return HOLDS_NOT;
}

static holding
covers(const evc_json *policy, const evc_iks_site *site, bool keys)
{
    const evc_json *resources = NULL;
    const evc_json *list = NULL;
    holding least = HOLDS;

    if (evc_json_array(policy, "resources", &resources, NULL) ||
        !evc_json_at(resources, 0) ||
        evc_json_array(evc_json_at(resources, 0), "attributes", &list, NULL))
        return HOLDS_NOT;
    for (size_t i = 0; i < evc_json_count(list); i++) {
        holding one = attribute_holds(evc_json_at(list, i), site, keys);

        least = one < least ? one : least;
    }
    return least;
}

static bool
ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);
    size_t tail = strlen(end);

    return size >= tail && strcmp(&text[size - tail], end) == 0;
}

static void
add(evc_iks_roles *out, holding how, uint32_t roles)
{
    if (how == HOLDS)
        out->held |= roles;
    else if (how == HOLDS_MAYBE)
        out->maybe |= roles;
}

void
evc_iks_roles_add(const evc_json *policy, const evc_iks_site *site, evc_iks_roles *out)
{
    holding cluster = covers(policy, site, false);
    holding keys = covers(policy, site, true);
    const evc_json *roles = NULL;
    const char *type = NULL;
    const char *id = NULL;

    if (evc_json_text(policy, "type", &type, NULL) || strcmp(type, "access") != 0 ||
        evc_json_array(policy, "roles", &roles, NULL))
        return;
    for (size_t i = 0; i < evc_json_count(roles); i++) {
        if (evc_json_text(evc_json_at(roles, i), "role_id", &id, NULL))
            continue;
        for (size_t g = 0; g < sizeof(grants) / sizeof(grants[0]); g++) {
            if (!ends_with(id, grants[g].role))
                continue;
            add(out, cluster, grants[g].on_cluster);
            add(out, keys, grants[g].on_keys);
        }
    }
}

const char *
evc_iks_roles_why(const evc_iks_roles *roles)
{
    return roles->why[0] ? roles->why
                         : "a policy names a resource group or a Region of which it is "
                           "not known whether they are its own";
}

const char *
evc_iks_roles_has(const evc_iks_roles *roles, uint32_t role)
{
    if (roles->held & role)
        return "yes";
    return roles->complete && !(roles->maybe & role) ? "no" : "unknown";
}

/* --- asking IAM --- */

typedef struct reading {
    const evc_iks *iks;
    const evc_iks_site *site;
    evc_iks_roles *out;
    evc_wait *wait;
    size_t seen; /* policies */
} reading;

static evc_ibm_ask
ask_iam(const reading *r, const evc_operation_kind *kind, const char *base,
        const char *path)
{
    return (evc_ibm_ask){.kind = kind,
                         .peer = r->iks->iam,
                         .subject = r->out->person,
                         .method = "GET",
                         .base = base,
                         .path = {path}};
}

/* The mark of the next page; NULL = there is none. */
static const char *
next_start(const evc_json *root)
{
    return evc_ibm_reply_inner(root, "next", "start");
}

static int
read_page(reading *r, const evc_ibm_ask *ask, evc_error **err)
{
    const evc_json *list = NULL;
    int rc = evc_ibm_reply_check(
        evc_json_array(evc_json_root(ask->doc), "policies", &list, err), err);

    for (size_t i = 0; !rc && i < evc_json_count(list); i++) {
        if (evc_json_at(list, i))
            evc_iks_roles_add(evc_json_at(list, i), r->site, r->out);
        r->seen++;
    }
    return rc;
}

/* All policies of one subject. */
static int
read_policies(reading *r, const char *by, const char *subject, evc_error **err)
{
    evc_ibm_ask ask = ask_iam(r, &policies_kind, "/v1", "policies");
    const char *start = NULL;
    size_t query;
    int rc;

    evc_form_add(&ask.query, "account_id", evc_view_text(r->site->account));
    evc_form_add(&ask.query, by, evc_view_text(subject));
    evc_form_add(&ask.query, "type", evc_view_text("access"));
    evc_form_add(&ask.query, "state", evc_view_text("active"));
    evc_form_add(&ask.query, "limit", evc_view_text("100"));
    query = ask.query.size;
    for (size_t page = 0; page < PAGES; page++) {
        rc = evc_iks_ask_run(&ask, r->wait, err);
        if (!rc)
            rc = read_page(r, &ask, err);
        start = rc ? NULL : next_start(evc_json_root(ask.doc));
        if (!start || !start[0])
            break;
        if (page + 1 == PAGES) {
            rc = evc_err(err, ENVCRYPT_E_UNSUPPORTED,
                         "the pages of policies that IAM gives do not end");
            break;
        }
        evc_buf_truncate(&ask.query, query);
        evc_form_add(&ask.query, "start", evc_view_text(start));
    }
    evc_ibm_ask_reset(&ask);
    return rc;
}

static int
read_groups(reading *r, evc_error **err)
{
    evc_ibm_ask ask = ask_iam(r, &groups_kind, "/v2", "groups");
    const evc_json *list = NULL;
    int rc;

    evc_form_add(&ask.query, "account_id", evc_view_text(r->site->account));
    evc_form_add(&ask.query, "iam_id", evc_view_text(r->out->person));
    evc_form_add(&ask.query, "limit", evc_view_text("100"));
    evc_form_add(&ask.query, "offset", evc_view_text("0"));
    rc = evc_iks_ask_run(&ask, r->wait, err);
    if (!rc)
        rc = evc_ibm_reply_check(
            evc_json_array(evc_json_root(ask.doc), "groups", &list, err), err);
    for (size_t i = 0; !rc && i < evc_json_count(list) && i < GROUPS; i++) {
        const char *id = NULL;

        rc = evc_ibm_reply_check(evc_json_text(evc_json_at(list, i), "id", &id, err),
                                 err);
        if (!rc)
            rc = read_policies(r, "access_group_id", id, err);
    }
    if (!rc && evc_json_count(list) > GROUPS)
        rc = evc_err(err, ENVCRYPT_E_UNSUPPORTED,
                     "the caller is in more than %u access groups", GROUPS);
    evc_ibm_ask_reset(&ask);
    return rc;
}

static void
incomplete(evc_iks_roles *out, const char *why)
{
    evc_buf b;

    out->complete = false;
    evc_buf_init_fixed(&b, out->why, sizeof(out->why) - 1);
    evc_buf_put_text(&b, why);
    if (b.failed)
        evc_buf_put_text(&b, "the policies could not be read");
    out->why[b.size] = '\0';
}

static int
read_all(reading *r, evc_error **err)
{
    evc_buf who;
    int rc;

    evc_buf_init_fixed(&who, r->out->person, sizeof(r->out->person) - 1);
    rc = evc_ibm_claim(r->iks->chain, "iam_id", r->wait, &who, err);
    r->out->person[who.size] = '\0';
    if (!rc && (who.failed || who.size == 0))
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL, "the token does not tell whom it is of");
    if (!rc)
        rc = read_policies(r, "iam_id", r->out->person, err);
    return rc ? rc : read_groups(r, err);
}

int
evc_iks_roles_read(const evc_cluster *cluster, const evc_iks_site *site, evc_wait *wait,
                   evc_iks_roles *out, evc_error **err)
{
    reading r = {.iks = cluster->state, .site = site, .out = out, .wait = wait};
    evc_error *failed = NULL;
    int rc;

    *out = (evc_iks_roles){.complete = true};
    if (!r.iks || !site->account || !site->account[0]) {
        incomplete(out, "the cluster's account is not known");
        return 0;
    }
    rc = read_all(&r, &failed);
    if (evc_error_ends_call(rc)) {
        evc_err_add_cause(err, failed);
        return rc;
    }
    if (rc)
        incomplete(out, failed ? evc_error_message(failed)
                               : "the policies could not be read");
    else if (r.seen == 0)
        incomplete(out,
                   "no policy was shown, which is also what IAM answers to who may "
                   "not read policies");
    evc_error_free(failed);
    return 0;
}

/* --- what is needed --- */

static const struct {
    enum evc_iks_role role;
    const char *permission;
    const char *on;
    const char *text;
    uint32_t verbs;
} needs[] = {
    {EVC_IKS_ADMINISTRATOR, "platform role Administrator", "cluster",
     "the platform role Administrator on the cluster",
     1u << EVC_VERB_ENABLE | 1u << EVC_VERB_CHANGE_KEY},
    {EVC_IKS_CLUSTER_MANAGER, "service role Manager", "cluster",
     "the service role Manager on the cluster",
     1u << EVC_VERB_ENABLE | 1u << EVC_VERB_CHANGE_KEY},
    {EVC_IKS_KEY_READER, "service role Reader", "key service instance",
     "the service role Reader on the key service instance",
     1u << EVC_VERB_ENABLE | 1u << EVC_VERB_CHANGE_KEY | 1u << EVC_VERB_ROTATE |
         1u << EVC_VERB_VERIFY},
    {EVC_IKS_KEY_WRITER, "service role Writer", "key service instance",
     "the service role Writer on the key service instance", 1u << EVC_VERB_ROTATE},
    {EVC_IKS_KEY_MANAGER, "service role Manager", "key service instance",
     "the service role Manager on the key service instance", 0},
};

#define NEEDS (sizeof(needs) / sizeof(needs[0]))

const char *
evc_iks_role_text(enum evc_iks_role role)
{
    for (size_t i = 0; i < NEEDS; i++) {
        if (needs[i].role == role)
            return needs[i].text;
    }
    return "a role";
}

uint32_t
evc_iks_roles_needed(const evc_cluster_job *job)
{
    uint32_t needed = 0;

    for (size_t i = 0; i < NEEDS; i++) {
        if (needs[i].verbs & 1u << job->verb)
            needed |= needs[i].role;
    }
    if (job->verb == EVC_VERB_VERIFY &&
        evc_cluster_change_flag(job->change, "destructive", false))
        needed |= EVC_IKS_KEY_MANAGER;
    return needed;
}

static int
put_row(evc_table *out, size_t need, const evc_iks_site *site, const char *verb,
        const char *has, const char *detail, evc_error **err)
{
    bool keys = needs[need].role >= EVC_IKS_KEY_READER;
    const char *what = keys ? site->instance : site->cluster;
    char on[512];
    evc_buf b;
    int rc = evc_table_add_row(out, err);

    evc_buf_init_fixed(&b, on, sizeof(on) - 1);
    evc_buf_put_text(&b, needs[need].on);
    if (what && what[0])
        evc_buf_put_format(&b, " %s", what);
    on[b.size] = '\0';
    if (!rc)
        rc = evc_table_set(out, "permission", needs[need].permission, err);
    if (!rc)
        rc = evc_table_set(out, "on", on, err);
    if (!rc)
        rc = evc_table_set(out, "needed-for", verb, err);
    if (!rc)
        rc = evc_table_set(out, "has", has, err);
    if (!rc)
        rc = evc_table_set(out, "detail", detail, err);
    return rc;
}

evc_iks_site
evc_iks_site_of(const evc_cluster *cluster, const evc_cluster_job *job)
{
    const evc_cluster_state *state = job->state;
    const evc_iks *iks = cluster->state;

    return (evc_iks_site){
        .account = state ? evc_cluster_state_text(state, EVC_CLUSTER_ACCOUNT) : NULL,
        .cluster = state ? evc_cluster_state_text(state, EVC_CLUSTER_ID) : NULL,
        .region = state ? evc_cluster_state_text(state, EVC_CLUSTER_REGION) : NULL,
        .group = iks ? iks->group : NULL,
        .instance = job->key ? job->key->service : NULL,
        .key_region = job->key ? job->key->region : NULL,
        .hpcs = job->key && job->key->id && strstr(job->key->id, ":" EVC_IBM_HPCS ":"),
    };
}

int
evc_iks_permissions(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
                    evc_table *out, evc_error **err)
{
    evc_iks_site site = evc_iks_site_of(cluster, job);
    uint32_t needed = evc_iks_roles_needed(job);
    evc_iks_roles roles;
    int rc = evc_iks_roles_read(cluster, &site, wait, &roles, err);

    for (size_t i = 0; i < NEEDS && !rc; i++) {
        const char *has = evc_iks_roles_has(&roles, needs[i].role);

        if (needed & needs[i].role)
            rc = put_row(out, i, &site, evc_cluster_verb_name(job->verb), has,
                         strcmp(has, "unknown") == 0 ? evc_iks_roles_why(&roles) : NULL,
                         err);
    }
    return rc;
}
