/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_fetch.h"

#include <string.h>

#include "base/encode.h"

#define PAGE "50"   /* clusters: the most that a page has */
#define PAGES 1000u /* of one list */
#define FEW 5u      /* names in a message */

static const evc_operation_kind detail_kind = EVC_ACK_CALLS("DescribeClusterDetail");
static const evc_operation_kind list_kind = EVC_ACK_CALLS("DescribeClustersV1");

void
evc_ack_found_reset(evc_ack_found *found)
{
    evc_ack_detail_reset(&found->detail);
    evc_json_free(found->doc);
    found->doc = NULL;
}

/* --- one --- */

bool
evc_ack_fetch_is_id(const char *text)
{
    size_t size = strlen(text);

    return size >= 1 && size <= 64 &&
           strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                        "0123456789-_") == size;
}

int
evc_ack_fetch_path(const char *id, const char *tail, char out[EVC_ACK_PATH],
                   evc_error **err)
{
    char shown[EVC_SHOWN];
    evc_buf b;

    if (!evc_ack_fetch_is_id(id)) {
        evc_encode_shown(evc_view_text(id), shown);
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" is no id of a cluster of ACK; those are like "
                       "c0123456789abcdef0123456789abcdef",
                       shown);
    }
    evc_buf_init_fixed(&b, out, EVC_ACK_PATH);
    evc_buf_put_format(&b, "/clusters/%s%s", id, tail);
    evc_buf_put_u8(&b, 0);
    return evc_buf_check(&b, err);
}

int
evc_ack_fetch_id(const evc_ack_site *site, const char *id, evc_wait *wait,
                 evc_ack_found *out, evc_error **err)
{
    char path[EVC_ACK_PATH];
    evc_ack_call call = {.method = "GET", .path = path};
    int rc = evc_ack_fetch_path(id, "", path, err);

    *out = (evc_ack_found){.doc = NULL};
    if (!rc)
        rc = evc_ack_call_run(site->cs, &detail_kind, id, &call, wait, err);
    if (rc)
        return rc;
    out->doc = call.doc;
    rc = evc_ack_detail_read(evc_json_root(out->doc), &out->detail, err);
    if (rc)
        evc_ack_found_reset(out);
    return evc_ack_call_result(&detail_kind, rc, err);
}

/* --- all --- */

static int
ask_page(const evc_ack_site *site, const char *name, uint32_t number, evc_wait *wait,
         evc_json_doc **out, evc_error **err)
{
    char text[16];
    const evc_alibaba_parameter query[] = {{"name", name},
                                           {"region_id", site->region},
                                           {"page_number", text},
                                           {"page_size", PAGE},
                                           {NULL, NULL}};
    evc_ack_call call = {.method = "GET", .path = "/api/v1/clusters", .query = query};
    evc_buf b;
    int rc;

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_format(&b, "%u", number);
    evc_buf_put_u8(&b, 0);
    rc = evc_buf_check(&b, err);
    if (!rc)
        rc = evc_ack_call_run(site->cs, &list_kind, site->region, &call, wait, err);
    *out = call.doc;
    return rc;
}

static int
take_page(const evc_json *root, bool whole, evc_ack_take_fn *take, void *user,
          size_t *seen, bool *last, evc_error **err)
{
    const evc_json *clusters;
    const evc_json *info;
    int64_t total = 0;
    int rc = evc_json_array(root, "clusters", &clusters, err);

    if (!rc)
        rc = evc_json_object(root, "page_info", &info, err);
    if (!rc)
        rc = evc_json_integer(info, "total_count", 0, INT32_MAX, &total, err);
    if (rc)
        return rc;
    for (size_t i = 0; !rc && i < evc_json_count(clusters); i++)
        rc = take(user, evc_json_at(clusters, i), err);
    *seen += evc_json_count(clusters);
    *last = evc_json_count(clusters) == 0 || *seen >= (size_t)total;
    /* Some are kept back: who looks for users of a key must not take these for all. */
    if (!rc && whole && *seen < (size_t)total && *last)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL,
                     "ACK tells of %zu clusters and shows %zu; look with an identity "
                     "that may see all of them",
                     (size_t)total, *seen);
    return rc;
}

int
evc_ack_fetch_all(const evc_ack_site *site, const char *name, evc_ack_take_fn *take,
                  void *user, evc_wait *wait, evc_error **err)
{
    bool last = false;
    size_t seen = 0;
    int rc = 0;

    for (uint32_t number = 1; !rc && !last; number++) {
        evc_json_doc *doc = NULL;

        if (number > PAGES)
            return evc_err(err, ENVCRYPT_E_PROTOCOL,
                           "the pages that ACK gives for the clusters of %s do not end",
                           site->region);
        rc = ask_page(site, name, number, wait, &doc, err);
        if (rc)
            return rc;
        rc = take_page(evc_json_root(doc), !name, take, user, &seen, &last, err);
        evc_json_free(doc);
    }
    return evc_ack_call_result(&list_kind, rc, err);
}

/* --- by name --- */

typedef struct search {
    const char *name; /* NULL = any */
    char id[65];      /* of the last that has it */
    size_t count;
    evc_buf few; /* names and ids of the first, for messages */
} search;

static int
take_match(void *user, const evc_json *item, evc_error **err)
{
    const char *name = "";
    const char *id = NULL;
    search *s = user;
    int rc = evc_json_text(item, "cluster_id", &id, err);

    if (!rc)
        rc = evc_json_text_opt(item, "name", &name, err);
    if (rc || (s->name && strcmp(name, s->name) != 0))
        return rc;
    if (!evc_ack_fetch_is_id(id))
        return evc_err(err, ENVCRYPT_E_JSON, "member \"cluster_id\" is no id");
    evc_view_to_text(evc_view_text(id), s->id);
    if (s->count++ < FEW) {
        char shown[EVC_SHOWN];

        evc_encode_shown(evc_view_text(name), shown);
        evc_buf_put_format(&s->few, "%s%s (%s)", s->count > 1 ? ", " : "", id, shown);
    }
    return 0;
}

/* A NUL behind the text, which stays out of its size. */
static const char *
few_text(search *s)
{
    evc_buf_put_u8(&s->few, 0);
    return s->few.failed ? "" : (const char *)s->few.data;
}

/* What there is instead; that asking for it may fail does not matter. */
static int
refuse_unknown(const evc_ack_site *site, const char *wanted, evc_wait *wait,
               evc_error **err)
{
    search s = {.name = NULL};
    char shown[EVC_SHOWN];
    int rc;

    evc_encode_shown(evc_view_text(wanted), shown);
    evc_buf_init(&s.few);
    rc = evc_ack_fetch_all(site, NULL, take_match, &s, wait, NULL);
    if (rc || s.count == 0) {
        rc = evc_err_wrap(err, ENVCRYPT_E_CLUSTER_NOT_FOUND,
                          "no cluster \"%s\" of ACK was found in %s; %s", shown,
                          site->region,
                          rc ? "check its id, its Region and the account"
                             : "this account has none there, so check Region and "
                               "account");
    } else {
        rc = evc_err_wrap(err, ENVCRYPT_E_CLUSTER_NOT_FOUND,
                          "no cluster \"%s\" of ACK was found in %s; there are %s%s",
                          shown, site->region, few_text(&s),
                          s.count > FEW ? " and others" : "");
    }
    evc_buf_reset(&s.few);
    return rc;
}

static int
fetch_named(const evc_ack_site *site, const char *name, evc_wait *wait,
            evc_ack_found *out, evc_error **err)
{
    search s = {.name = name};
    int rc;

    evc_buf_init(&s.few);
    rc = evc_ack_fetch_all(site, name, take_match, &s, wait, err);
    if (!rc && s.count == 0)
        rc = refuse_unknown(site, name, wait, err);
    else if (!rc && s.count > 1)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "several clusters of ACK in %s have the name \"%s\"; name one by "
                     "its id: %s",
                     site->region, name, few_text(&s));
    if (!rc)
        rc = evc_ack_fetch_id(site, s.id, wait, out, err);
    evc_buf_reset(&s.few);
    return rc;
}

/* Ids are c and 32 of hex as far as anybody saw; whatever else may be a name. */
static bool
is_surely_id(const char *text)
{
    return strlen(text) == 33 && text[0] == 'c' &&
           strspn(&text[1], "0123456789abcdef") == 32;
}

int
evc_ack_fetch_one(const evc_cluster *cluster, evc_wait *wait, evc_ack_found *out,
                  evc_error **err)
{
    const evc_ack_site *site = evc_ack_place_site(cluster);
    int rc;

    *out = (evc_ack_found){.doc = NULL};
    if (!is_surely_id(cluster->name))
        return fetch_named(site, cluster->name, wait, out, err);
    rc = evc_ack_fetch_id(site, cluster->name, wait, out, err);
    if (rc == ENVCRYPT_E_CLUSTER_NOT_FOUND)
        rc = refuse_unknown(site, cluster->name, wait, err);
    return rc;
}
