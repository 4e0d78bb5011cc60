/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cluster is meant: by its URI, by the flags of the providers' own tools, or by a
 * ClusterConfig of eksctl.
 */
#include "cli.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG_FILE_MAX 1048576

#define FORMS "eks://REGION/NAME, iks://NAME-OR-ID or ack://REGION/ID"

/* --- the provider ----------------------------------------------------------------- */

static bool
begins(const char *text, const char *with)
{
    return strncmp(text, with, strlen(with)) == 0;
}

static const char *
scheme_of_key(const char *key)
{
    static const struct {
        const char *beginning, *scheme;
    } kinds[] = {
        {"aws-kms:", "eks"}, {"arn:", "eks"},         {"ibm-kp:", "iks"},
        {"crn:", "iks"},     {"alibaba-kms:", "ack"}, {"acs:", "ack"},
    };

    for (size_t i = 0; key && i < sizeof kinds / sizeof *kinds; i++) {
        if (begins(key, kinds[i].beginning))
            return kinds[i].scheme;
    }
    return NULL;
}

static const char *
scheme_of_uri(const char *uri)
{
    static const char *const schemes[] = {"eks", "iks", "ack"};

    for (size_t i = 0; uri && i < sizeof schemes / sizeof *schemes; i++) {
        if (begins(uri, schemes[i]) && begins(uri + 3, "://"))
            return schemes[i];
    }
    return NULL;
}

static const char *
title_of(const char *scheme)
{
    if (strcmp(scheme, "eks") == 0)
        return "Amazon EKS";
    return strcmp(scheme, "iks") == 0 ? "IBM Cloud Kubernetes Service" : "Alibaba ACK";
}

/* Where the command line tells of a provider; all of them must tell of the same. */
static int
find_scheme(const cli *c, const char *uri, const char **out)
{
    const cluster_options *o = &c->cluster;
    const struct {
        const char *what, *scheme;
        bool given;
    } told[] = {
        {uri, scheme_of_uri(uri), uri != NULL},
        {"--config-file", "eks", o->file != NULL},
        {"--key-arn", "eks", o->key_arn != NULL},
        {"-c", "iks", o->ibm_name != NULL},
        {"--instance-id", "iks", o->instance_id != NULL},
        {"--crk", "iks", o->crk != NULL},
        {"--kms-account-id", "iks", o->kms_account != NULL},
        {"--public-endpoint", "iks", o->public_endpoint},
        {"--resource-group", "iks", o->resource_group != NULL},
        {"--key-id", "ack", o->key_id != NULL},
        {"the --key", scheme_of_key(o->key), o->key != NULL},
        {"the key of --uses", scheme_of_key(o->uses), o->uses != NULL},
    };
    const char *first = NULL;

    *out = NULL;
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        if (!told[i].given || !told[i].scheme)
            continue;
        if (*out && strcmp(*out, told[i].scheme) != 0)
            return refuse(ENVCRYPT_E_ARGUMENT,
                          "%s is of %s, and %s of %s; a cluster has one provider",
                          first, title_of(*out), told[i].what,
                          title_of(told[i].scheme));
        if (!*out)
            first = told[i].what;
        *out = told[i].scheme;
    }
    return 0;
}

/* --- the URI ---------------------------------------------------------------------- */

/* Of CLUSTER, --cluster and --config-file one; the file tells Region and key as well. */
static int
check_ways(const cli *c, const char *uri)
{
    const cluster_options *o = &c->cluster;

    if (uri && !scheme_of_uri(uri))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "\"%s\" is no cluster; one is %s, or is named by --cluster NAME "
                      "with --region REGION",
                      uri, FORMS);
    if (o->name && o->ibm_name)
        return cluster_refuse_twice("--cluster", "-c");
    if (uri && (o->name || o->ibm_name))
        return cluster_refuse_twice(uri, o->name ? "--cluster" : "-c");
    if (!o->file)
        return 0;
    if (uri)
        return cluster_refuse_twice(uri, "--config-file");
    if (o->name || o->ibm_name)
        return cluster_refuse_twice("--config-file", "--cluster");
    if (c->aws_region)
        return cluster_refuse_twice("--config-file", "--region");
    if (o->key_arn)
        return cluster_refuse_twice("--config-file", "--key-arn");
    return o->key ? cluster_refuse_twice("--config-file", "--key") : 0;
}

static int
no_memory(void)
{
    return refuse(ENVCRYPT_E_NOMEM, "out of memory");
}

static int
name_cluster(const cli *c, const char *scheme, char **out)
{
    const char *name = c->cluster.name ? c->cluster.name : c->cluster.ibm_name;
    const char *region = c->aws_region ? c->aws_region : "";

    if (!scheme)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "nothing says which provider has the cluster %s; name it as %s, "
                      "or give its key by --key-arn, --crk or --key-id",
                      name, FORMS);
    *out = strcmp(scheme, "iks") == 0 ? text_format("iks://%s", name)
                                      : text_format("%s://%s/%s", scheme, region, name);
    return *out ? 0 : no_memory();
}

/* one: a cluster is meant, and not a place with clusters. */
static int
find_uri(const cli *c, const char *given, const char *scheme, bool one, char **out)
{
    if (c->cluster.name || c->cluster.ibm_name)
        return name_cluster(c, scheme, out);
    if (!given && one)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "say which cluster: %s, --cluster NAME, or -f FILE", FORMS);
    if (!given && !scheme)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "say where: eks://REGION, iks:// or ack://REGION");
    *out = given ? text_format("%s", given) : text_format("%s://", scheme);
    return *out ? 0 : no_memory();
}

/* --- the way there ---------------------------------------------------------------- */

/* A field between colons, by its number; NULL: it is empty, or memory is out. */
static char *
field_of(const char *text, int number)
{
    for (; text && number > 0; number--) {
        text = strchr(text, ':');
        text = text ? text + 1 : NULL;
    }
    return text && strcspn(text, ":") ? strndup(text, strcspn(text, ":")) : NULL;
}

/* The Region of a key: of its ARN, or of its URI. NULL: it tells none, or memory is out. A
 * placeholder is none, and refused as that of the key. */
static char *
region_of_key(const char *key)
{
    const char *aws = key ? strstr(key, "arn:") : NULL; /* arn:aws:kms:REGION:… */
    const char *ali = key ? strstr(key, "acs:") : NULL; /* acs:kms:REGION:… */
    const char *uri = key ? strstr(key, "://") : NULL;
    char *region = NULL;

    if (aws || ali)
        region = aws ? field_of(aws, 3) : field_of(ali, 2);
    else if (uri && strcspn(uri + 3, "/"))
        region = strndup(uri + 3, strcspn(uri + 3, "/"));
    if (region && region[strspn(region, "abcdefghijklmnopqrstuvwxyz0123456789-")]) {
        free(region);
        region = NULL;
    }
    return region;
}

static int
set_option(envcrypt_cluster_config *config, const char *name, const char *value)
{
    envcrypt_error *error = NULL;

    return check(envcrypt_cluster_config_set(config, name, value, &error), &error,
                 NULL);
}

static int
set_options(const cli *c, envcrypt_cluster_config *config)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < c->cluster.options.count; i++) {
        const char *value = NULL;
        char *name = NULL;

        rc = options_split("--option", c->cluster.options.items[i], &name, &value);
        if (!rc)
            rc = set_option(config, name, value);
        free(name);
    }
    return rc;
}

/* Where an interrupted change goes on from; what only looks does without. place: the usual
 * folder; NULL = there is none. */
static int
set_state(const cli *c, const char *place, envcrypt_cluster_config *config)
{
    const char *given = c->cluster.state ? c->cluster.state : place;

    if (given && strcmp(given, "none") == 0)
        return 0;
    if (given)
        return set_option(config, "state-dir", given);
    if (c->command->bit & (C_CLUSTER_CHANGES | C_CLUSTER_WAIT))
        return refuse(
            ENVCRYPT_E_ARGUMENT,
            "there is no HOME for the file that an interrupted change goes on "
            "from; give --state-dir FOLDER, or --state-dir none");
    return 0;
}

/* Who comes after a kill looks into the usual folder, and knows of no other. */
static int
set_folders(const cli *c, envcrypt_cluster_config *config)
{
    char *place = NULL;
    int rc;

    if (!(c->command->bit & C_ONE_CLUSTER))
        return 0;
    rc = journal_place(&place);
    if (!rc && place)
        rc = set_option(config, "rescue-dir", place);
    else if (!rc && c->cluster.destructive)
        rc = refuse(ENVCRYPT_E_ARGUMENT,
                    "there is no HOME for the record by which the key is enabled again "
                    "after a kill; set HOME, or XDG_STATE_HOME");
    if (!rc)
        rc = set_state(c, place, config);
    free(place);
    return rc;
}

/* told: the URI names the Region, which was one of several. */
static int
make_config(const cli *c, const char *uri, const char *key, bool told,
            envcrypt_cluster_config **out)
{
    bool several = c->aws_region && strchr(c->aws_region, ',');
    char *key_region = begins(uri, "eks:") ? region_of_key(key) : NULL;
    const struct {
        const char *name, *value;
    } settings[] = {
        {several ? "regions" : "region",
         c->cluster.name || told ? NULL : c->aws_region},
        {"key-region", key_region},
        {"profile", c->aws_profile},
        {"endpoint-url", c->cluster.endpoint},
        {"resource-group", c->cluster.resource_group},
        {"kubeconfig", c->kubeconfig},
        {"context", c->kube_context},
        {"allow-exec", c->allow_exec ? "true" : NULL},
    };
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_cluster_config_new(out, &error), &error, NULL);

    for (size_t i = 0; !rc && i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].value)
            rc = set_option(*out, settings[i].name, settings[i].value);
    }
    free(key_region);
    if (!rc)
        rc = set_options(c, *out);
    return rc ? rc : set_folders(c, *out);
}

/* --- a ClusterConfig ------------------------------------------------------------- */

/* What a verb is about, given by itself or by --for. */
static bool
is_about(const cli *c, uint64_t bit, const char *verb)
{
    return c->command->bit == bit ||
           (c->cluster.verb && !strcmp(c->cluster.verb, verb));
}

/* A ClusterConfig: which cluster, and what of it. */
static int
read_file(const cli *c, const cluster_target *t, char **uri, envcrypt_buffer **undone)
{
    bool creates = is_about(c, C_CLUSTER_CREATE, "create");
    envcrypt_buffer *named = NULL;
    envcrypt_error *error = NULL;
    unsigned char *text = NULL;
    size_t size = 0;
    input in;
    int rc = input_open(&in, c->cluster.file);

    if (rc)
        return rc;
    rc = input_read_all(&in, CONFIG_FILE_MAX, &text, &size);
    input_close(&in);
    if (!rc)
        rc = check(envcrypt_cluster_change_read(t->change, text, size, creates, &named,
                                                undone, &error),
                   &error, c->cluster.file);
    if (!rc) {
        *uri = strndup(envcrypt_buffer_data(named), envcrypt_buffer_size(named));
        rc = *uri ? 0 : no_memory();
    }
    envcrypt_buffer_free(named);
    wipe_free(text, size);
    return rc;
}

static void
tell_undone(const cli *c, const envcrypt_buffer *undone)
{
    if (undone && envcrypt_buffer_size(undone) > 0)
        note(c, "%s: not done by this command, but by eksctl: %.*s\n", c->cluster.file,
             (int)envcrypt_buffer_size(undone),
             (const char *)envcrypt_buffer_data(undone));
}

/* --- open ------------------------------------------------------------------------- */

static int
open_uri(const cli *c, const char *uri, bool told, cluster_target *t)
{
    envcrypt_cluster_config *config = NULL;
    envcrypt_error *error = NULL;
    int rc = make_config(c, uri, envcrypt_cluster_change_get(t->change, "key"), told,
                         &config);

    if (!rc)
        rc = check(
            envcrypt_cluster_open(c->client, uri, config, c->wait, &t->cluster, &error),
            &error, NULL);
    envcrypt_cluster_config_free(config);
    return rc;
}

/* --- one name in several Regions --------------------------------------------------- */

/* The Regions where a cluster is looked for: of its URI, else of --region; NULL: of fewer
 * than two. */
static const char *
several_regions(const cli *c, const char *uri, size_t *size)
{
    const char *place = strstr(uri, "://") + 3;
    const char *name = strchr(place, '/');

    if (!name || !name[1])
        return NULL;
    *size = (size_t)(name - place);
    if (*size == 0 && c->aws_region) {
        place = c->aws_region;
        *size = strlen(place);
    }
    return memchr(place, ',', *size) ? place : NULL;
}

/* The URI with one of them in its place, by number; *more: there are further ones. */
static int
narrow(const cli *c, size_t number, char **uri, bool *more)
{
    size_t size = 0;
    const char *at = several_regions(c, *uri, &size);
    const char *end = at ? at + size : NULL;
    const char *place = strstr(*uri, "://") + 3;
    char *narrowed;

    *more = false;
    if (!at)
        return 0;
    for (; number > 0; number--)
        at = (const char *)memchr(at, ',', (size_t)(end - at)) + 1;
    size = strcspn(at, ",/");
    *more = at + size < end;
    if (size == 0)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "there is a comma too many among the Regions of %s", *uri);
    narrowed = text_format("%.*s%.*s%s", (int)(place - *uri), *uri, (int)size, at,
                           strchr(place, '/'));
    free(*uri);
    *uri = narrowed;
    return narrowed ? 0 : no_memory();
}

static int
open_where(const cli *c, bool one, size_t region, bool *more, cluster_target *out)
{
    const char *given = c->arg_count ? c->args[0] : NULL;
    envcrypt_buffer *undone = NULL;
    envcrypt_error *error = NULL;
    const char *scheme = NULL;
    char *uri = NULL;
    int rc = check_ways(c, given);

    *out = (cluster_target){.cluster = NULL};
    if (!rc)
        rc = find_scheme(c, given, &scheme);
    if (!rc)
        rc = check(envcrypt_cluster_change_new(&out->change, &error), &error, NULL);
    if (!rc)
        rc = cluster_make_change(c, out);
    if (!rc)
        rc = c->cluster.file ? read_file(c, out, &uri, &undone)
                             : find_uri(c, given, scheme, one, &uri);
    if (!rc && uri && more)
        rc = narrow(c, region, &uri, more);
    if (!rc && uri)
        rc = open_uri(c, uri, more && (*more || region > 0), out);
    /* The key of a file is the one that its cluster has, which is rotated in place. */
    if (!rc && c->cluster.file && is_about(c, C_CLUSTER_ROTATE, "rotate"))
        rc = cluster_set(out, "key", NULL);
    if (!rc)
        tell_undone(c, undone);
    envcrypt_buffer_free(undone);
    free(uri);
    return rc;
}

int
cluster_open(const cli *c, bool one, cluster_target *out)
{
    return open_where(c, one, 0, NULL, out);
}

int
cluster_open_in(const cli *c, size_t region, bool *more, cluster_target *out)
{
    return open_where(c, true, region, more, out);
}

/* Where the clusters are that may use a key. */
static int
find_place(const cli *c, const char *key, char **out)
{
    const char *scheme = scheme_of_key(key);
    char *region;

    if (!scheme)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "\"%s\" does not say which service has the key; give its URI: "
                      "aws-kms:///ARN, ibm-kp:///CRN or alibaba-kms:///ARN",
                      key);
    region = c->aws_region || strcmp(scheme, "iks") == 0 ? NULL : region_of_key(key);
    *out = text_format("%s://%s", scheme, region ? region : "");
    free(region);
    return *out ? 0 : no_memory();
}

int
cluster_open_place(const cli *c, const char *key, cluster_target *out)
{
    envcrypt_error *error = NULL;
    char *uri = NULL;
    int rc = find_place(c, key, &uri);

    *out = (cluster_target){.cluster = NULL};
    if (!rc)
        rc = check(envcrypt_cluster_change_new(&out->change, &error), &error, NULL);
    if (!rc)
        rc = cluster_set(out, "key", key);
    if (!rc && uri)
        rc = open_uri(c, uri, false, out);
    free(uri);
    return rc;
}

void
cluster_close(cluster_target *t)
{
    envcrypt_cluster_change_free(t->change);
    envcrypt_cluster_unref(t->cluster);
}
