/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eksctl.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "base/text.h"
#include "codec/yaml.h"

#define API "eksctl.io/" /* each of its versions has these members */

static const char *const option_names[EVC_EKSCTL_TEXTS] = {
    [EVC_EKSCTL_KEY] = "key",
    [EVC_EKSCTL_ROLE] = "role-arn",
    [EVC_EKSCTL_SUBNETS] = "subnets",
    [EVC_EKSCTL_SECURITY_GROUPS] = "security-groups",
    [EVC_EKSCTL_VERSION] = "kubernetes-version",
    [EVC_EKSCTL_PUBLIC] = "public-access",
    [EVC_EKSCTL_PRIVATE] = "private-access",
    [EVC_EKSCTL_CIDRS] = "public-access-cidrs",
};

/* What is read here; by all others, also those that eksctl will have one day, it makes a
 * cluster what this one is not (assets/schema.json, ClusterConfig). */
static const char *const done[] = {
    "apiVersion", "kind",    "metadata", "iam",
    "vpc",        "outpost", "status",   "secretsEncryption"};

static int
keep(char **to, const char *text, evc_error **err)
{
    return text && text[0] ? evc_text_set(to, text, err) : 0;
}

static int
keep_buf(char **to, evc_buf *text, evc_error **err)
{
    return text->size || text->failed ? evc_text_take(to, text, err) : 0;
}

/* A text at most two maps deep; *out is left alone when it is not there. */
static int
find_text(const evc_yaml *root, const char *section, const char *name, const char **out,
          evc_error **err)
{
    const evc_yaml *map = NULL;
    int rc = evc_yaml_map_opt(root, section, &map, err);

    return rc || !map ? rc : evc_yaml_text_opt(map, name, out, err);
}

/* --- which document --- */

static bool
is_cluster_config(const evc_yaml *root)
{
    size_t size;
    const char *kind = evc_yaml_text(evc_yaml_get(root, "kind"), &size);
    const char *api = evc_yaml_text(evc_yaml_get(root, "apiVersion"), &size);

    return kind && api && strcmp(kind, "ClusterConfig") == 0 &&
           strncmp(api, API, strlen(API)) == 0;
}

static int
find_root(const evc_yaml_doc *doc, const char *what, const evc_yaml **out,
          evc_error **err)
{
    *out = NULL;
    for (size_t i = 0; i < evc_yaml_documents(doc); i++) {
        const evc_yaml *root = evc_yaml_root(doc, i);

        if (!is_cluster_config(root))
            continue;
        if (*out)
            return evc_err(err, ENVCRYPT_E_CLUSTER_CONFIG,
                           "%s has a second ClusterConfig at line %" PRIu32
                           "; give a file for each cluster",
                           what, evc_yaml_line(root));
        *out = root;
    }
    if (*out)
        return 0;
    return evc_err(err, ENVCRYPT_E_CLUSTER_CONFIG,
                   "%s is no ClusterConfig of eksctl: it has no apiVersion: "
                   "eksctl.io/v1alpha5 with kind: ClusterConfig",
                   what);
}

/* --- parts --- */

static int
read_metadata(const evc_yaml *root, const char *what, evc_eksctl *out, evc_error **err)
{
    const char *name = NULL;
    const char *region = NULL;
    const char *version = NULL;
    int rc = find_text(root, "metadata", "name", &name, err);

    if (rc == 0)
        rc = find_text(root, "metadata", "region", &region, err);
    if (rc == 0)
        rc = find_text(root, "metadata", "version", &version, err);
    if (rc)
        return rc;
    if (!name || !name[0])
        return evc_err(err, ENVCRYPT_E_CLUSTER_CONFIG,
                       "%s names no cluster: metadata.name is missing at line %" PRIu32,
                       what, evc_yaml_line(root));
    rc = keep(&out->name, name, err);
    if (rc == 0)
        rc = keep(&out->region, region, err);
    return rc ? rc : keep(&out->texts[EVC_EKSCTL_VERSION], version, err);
}

static int
refuse_outposts(const evc_yaml *root, const char *what, evc_error **err)
{
    const evc_yaml *outpost = evc_yaml_get(root, "outpost");

    if (!outpost)
        return 0;
    return evc_err(err, ENVCRYPT_E_CLUSTER_CONFIG,
                   "%s is for a cluster on Outposts (line %" PRIu32
                   "), whose Secrets EKS does not encrypt with a key of one's own",
                   what, evc_yaml_line(outpost));
}

/* Ids of subnets by name, of one kind. */
static int
put_subnets(const evc_yaml *subnets, const char *kind, evc_buf *out, evc_error **err)
{
    const evc_yaml *map = NULL;
    int rc = evc_yaml_map_opt(subnets, kind, &map, err);

    for (size_t i = 0; rc == 0 && i < evc_yaml_count(map); i++) {
        const char *id = NULL;

        if (evc_yaml_kind_of(evc_yaml_at(map, i)) == EVC_YAML_MAP)
            rc = evc_yaml_text_opt(evc_yaml_at(map, i), "id", &id, err);
        if (rc == 0 && id && id[0]) {
            evc_buf_put_text(out, out->size ? "," : "");
            evc_buf_put_text(out, id);
        }
    }
    return rc;
}

static int
read_subnets(const evc_yaml *vpc, evc_eksctl *out, evc_error **err)
{
    const evc_yaml *subnets = NULL;
    evc_buf list;
    int rc = evc_yaml_map_opt(vpc, "subnets", &subnets, err);

    evc_buf_init(&list);
    if (rc == 0 && subnets)
        rc = put_subnets(subnets, "private", &list, err);
    if (rc == 0 && subnets)
        rc = put_subnets(subnets, "public", &list, err);
    if (rc == 0)
        return keep_buf(&out->texts[EVC_EKSCTL_SUBNETS], &list, err);
    evc_buf_reset(&list);
    return rc;
}

static int
read_flag(const evc_yaml *map, const char *name, char **out, evc_error **err)
{
    bool value = false;
    int rc = evc_yaml_bool_opt(map, name, &value, err);

    if (rc || !evc_yaml_get(map, name))
        return rc;
    return keep(out, value ? "yes" : "no", err);
}

static int
read_cidrs(const evc_yaml *vpc, evc_eksctl *out, evc_error **err)
{
    const evc_yaml *list = NULL;
    evc_buf text;
    int rc = evc_yaml_list_opt(vpc, "publicAccessCIDRs", &list, err);

    if (rc)
        return rc;
    evc_buf_init(&text);
    for (size_t i = 0; i < evc_yaml_count(list); i++) {
        size_t size;
        const char *one = evc_yaml_text(evc_yaml_at(list, i), &size);

        evc_buf_put_text(&text, i && one ? "," : "");
        evc_buf_put_text(&text, one ? one : "");
    }
    return keep_buf(&out->texts[EVC_EKSCTL_CIDRS], &text, err);
}

static int
read_vpc(const evc_yaml *root, evc_eksctl *out, evc_error **err)
{
    const evc_yaml *vpc = NULL;
    const evc_yaml *endpoints = NULL;
    const char *group = NULL;
    int rc = evc_yaml_map_opt(root, "vpc", &vpc, err);

    if (rc || !vpc)
        return rc;
    rc = evc_yaml_text_opt(vpc, "securityGroup", &group, err);
    if (rc == 0)
        rc = keep(&out->texts[EVC_EKSCTL_SECURITY_GROUPS], group, err);
    if (rc == 0)
        rc = read_subnets(vpc, out, err);
    if (rc == 0)
        rc = read_cidrs(vpc, out, err);
    if (rc == 0)
        rc = evc_yaml_map_opt(vpc, "clusterEndpoints", &endpoints, err);
    if (rc || !endpoints)
        return rc;
    rc = read_flag(endpoints, "publicAccess", &out->texts[EVC_EKSCTL_PUBLIC], err);
    return rc ? rc
              : read_flag(endpoints, "privateAccess", &out->texts[EVC_EKSCTL_PRIVATE],
                          err);
}

/* Without a way from outside: its endpoints, where the file does not say so itself. */
static int
read_private(const evc_yaml *root, evc_eksctl *out, evc_error **err)
{
    const evc_yaml *section = NULL;
    bool enabled = false;
    int rc = evc_yaml_map_opt(root, "privateCluster", &section, err);

    if (rc == 0 && section)
        rc = evc_yaml_bool_opt(section, "enabled", &enabled, err);
    if (rc || !enabled)
        return rc;
    if (!out->texts[EVC_EKSCTL_PUBLIC])
        rc = keep(&out->texts[EVC_EKSCTL_PUBLIC], "no", err);
    if (rc == 0 && !out->texts[EVC_EKSCTL_PRIVATE])
        rc = keep(&out->texts[EVC_EKSCTL_PRIVATE], "yes", err);
    return rc;
}

static bool
is_done(const char *name)
{
    for (size_t i = 0; i < sizeof(done) / sizeof(done[0]); i++) {
        if (strcmp(done[i], name) == 0)
            return true;
    }
    return false;
}

/* A section with nothing in it: [], {}, or no value. */
static bool
is_empty(const evc_yaml *section)
{
    size_t size = 0;
    const char *text = evc_yaml_text(section, &size);

    return evc_yaml_count(section) == 0 && (!text || size == 0);
}

static int
read_undone(const evc_yaml *root, evc_eksctl *out, evc_error **err)
{
    evc_buf list;

    evc_buf_init(&list);
    for (size_t i = 0; i < evc_yaml_count(root); i++) {
        const char *name = evc_yaml_name_at(root, i);

        if (is_done(name) || is_empty(evc_yaml_at(root, i)))
            continue;
        evc_buf_put_text(&list, list.size ? ", " : "");
        evc_buf_put_text(&list, name);
    }
    return keep_buf(&out->undone, &list, err);
}

static int
read_root(const evc_yaml *root, const char *what, evc_eksctl *out, evc_error **err)
{
    const char *text = NULL;
    int rc = refuse_outposts(root, what, err);

    if (rc == 0)
        rc = read_metadata(root, what, out, err);
    if (rc == 0)
        rc = find_text(root, "secretsEncryption", "keyARN", &text, err);
    if (rc == 0)
        rc = keep(&out->texts[EVC_EKSCTL_KEY], text, err);
    text = NULL;
    if (rc == 0)
        rc = find_text(root, "iam", "serviceRoleARN", &text, err);
    if (rc == 0)
        rc = keep(&out->texts[EVC_EKSCTL_ROLE], text, err);
    if (rc == 0)
        rc = read_vpc(root, out, err);
    if (rc == 0)
        rc = read_private(root, out, err);
    return rc ? rc : read_undone(root, out, err);
}

/* --- of the header --- */

int
evc_eksctl_read(evc_view text, const char *what, evc_eksctl *out, evc_error **err)
{
    evc_yaml_doc *doc = NULL;
    const evc_yaml *root;
    int rc;

    *out = (evc_eksctl){.name = NULL};
    rc = evc_yaml_parse(text, what, &doc, err);
    if (rc == 0)
        rc = find_root(doc, what, &root, err);
    if (rc == 0)
        rc = read_root(root, what, out, err);
    if (rc)
        evc_eksctl_reset(out);
    evc_yaml_free(doc);
    return rc;
}

void
evc_eksctl_reset(evc_eksctl *config)
{
    if (!config)
        return;
    evc_mem_free(config->name);
    evc_mem_free(config->region);
    for (size_t i = 0; i < EVC_EKSCTL_TEXTS; i++)
        evc_mem_free(config->texts[i]);
    evc_mem_free(config->undone);
    *config = (evc_eksctl){.name = NULL};
}

int
evc_eksctl_apply(const evc_eksctl *config, bool creation, evc_cluster_change *change,
                 evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < EVC_EKSCTL_TEXTS; i++) {
        if (!config->texts[i] || (!creation && i != EVC_EKSCTL_KEY) ||
            evc_cluster_change_text(change, option_names[i]))
            continue;
        rc = evc_cluster_change_set(change, option_names[i], config->texts[i], err);
    }
    return rc;
}
