/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Which cluster is meant, and what of it: by its URI, by the flags of the providers' own tools,
 * or by a ClusterConfig of eksctl.
 */
#include "cli.h"
#include "commands.h"

#include <stdlib.h>
#include <string.h>

#define CONFIG_FILE_MAX 1048576
#define WAIT_MOST_MS INT64_C(86400000) /* the library's */

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

static int
refuse_twice(const char *a, const char *b)
{
    return refuse(ENVCRYPT_E_ARGUMENT, "%s and %s both say what is meant; give one", a,
                  b);
}

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
    if (uri && o->name)
        return refuse_twice(uri, "--cluster");
    if (!o->file)
        return 0;
    if (uri)
        return refuse_twice(uri, "--config-file");
    if (o->name)
        return refuse_twice("--config-file", "--cluster");
    if (c->aws_region)
        return refuse_twice("--config-file", "--region");
    if (o->key_arn)
        return refuse_twice("--config-file", "--key-arn");
    return o->key ? refuse_twice("--config-file", "--key") : 0;
}

static int
no_memory(void)
{
    return refuse(ENVCRYPT_E_NOMEM, "out of memory");
}

static int
name_cluster(const cli *c, const char *scheme, char **out)
{
    const char *region = c->aws_region ? c->aws_region : "";

    if (!scheme)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "nothing says which provider has the cluster %s; name it as %s, "
                      "or give its key by --key-arn, --crk or --key-id",
                      c->cluster.name, FORMS);
    *out = strcmp(scheme, "iks") == 0
               ? text_format("iks://%s", c->cluster.name)
               : text_format("%s://%s/%s", scheme, region, c->cluster.name);
    return *out ? 0 : no_memory();
}

/* one: a cluster is meant, and not a place with clusters. */
static int
find_uri(const cli *c, const char *given, const char *scheme, bool one, char **out)
{
    if (c->cluster.name)
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

/* The Region of a key: of its ARN, or of its URI. NULL: it tells none, or memory is out. */
static char *
region_of_key(const char *key)
{
    const char *aws = key ? strstr(key, "arn:") : NULL; /* arn:aws:kms:REGION:… */
    const char *ali = key ? strstr(key, "acs:") : NULL; /* acs:kms:REGION:… */
    const char *uri = key ? strstr(key, "://") : NULL;

    if (aws || ali)
        return aws ? field_of(aws, 3) : field_of(ali, 2);
    return uri && strcspn(uri + 3, "/") ? strndup(uri + 3, strcspn(uri + 3, "/"))
                                        : NULL;
}

static int
set_option(envcrypt_cluster_config *config, const char *name, const char *value)
{
    envcrypt_error *error = NULL;

    return check(envcrypt_cluster_config_set(config, name, value, &error), &error,
                 NULL);
}

/* NAME=VALUE; freed by the caller as one text. */
static int
split(const char *option, const char *given, char **name, const char **value)
{
    const char *equals = strchr(given, '=');

    if (!equals || equals == given)
        return refuse(ENVCRYPT_E_ARGUMENT, "%s takes NAME=VALUE, not %s", option,
                      given);
    *name = strndup(given, (size_t)(equals - given));
    *value = equals + 1;
    return *name ? 0 : no_memory();
}

static int
set_options(const cli *c, envcrypt_cluster_config *config)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < c->cluster.options.count; i++) {
        const char *value = NULL;
        char *name = NULL;

        rc = split("--option", c->cluster.options.items[i], &name, &value);
        if (!rc)
            rc = set_option(config, name, value);
        free(name);
    }
    return rc;
}

/* Where an interrupted change goes on from; what only looks does without. */
static int
set_state(const cli *c, envcrypt_cluster_config *config)
{
    const char *given = c->cluster.state;
    char *path = NULL;
    int rc;

    if (!(c->command->bit & C_ONE_CLUSTER) || (given && strcmp(given, "none") == 0))
        return 0;
    if (given)
        return set_option(config, "state-dir", given);
    rc = journal_place(&path);
    if (!rc && path)
        rc = set_option(config, "state-dir", path);
    else if (!rc && c->command->bit & (C_CLUSTER_CHANGES | C_CLUSTER_WAIT))
        rc = refuse(ENVCRYPT_E_ARGUMENT,
                    "there is no HOME for the file that an interrupted change goes on "
                    "from; give --state-dir FOLDER, or --state-dir none");
    free(path);
    return rc;
}

static int
make_config(const cli *c, const char *uri, envcrypt_cluster_config **out)
{
    bool several = c->aws_region && strchr(c->aws_region, ',');
    bool is_eks = begins(uri, "eks:");
    char *key_region =
        is_eks ? region_of_key(c->cluster.key ? c->cluster.key : c->cluster.key_arn)
               : NULL;
    const struct {
        const char *name, *value;
    } settings[] = {
        {several ? "regions" : "region", c->cluster.name ? NULL : c->aws_region},
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
    return rc ? rc : set_state(c, *out);
}

/* --- what is wanted --------------------------------------------------------------- */

int
cluster_set(const cluster_target *t, const char *name, const char *value)
{
    envcrypt_error *error = NULL;

    return check(envcrypt_cluster_change_set(t->change, name, value, &error), &error,
                 NULL);
}

/* The key has many names, and one of them is given. */
static int
set_key(const cli *c, const cluster_target *t)
{
    const struct {
        const char *option, *name, *value;
    } names[] = {
        {"--key", "key", c->cluster.key},
        {"--key-arn", "key", c->cluster.key_arn},
        {"--key-id", "key", c->cluster.key_id},
        {"--crk", "crk", c->cluster.crk},
    };
    const char *first = NULL;
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof names / sizeof *names; i++) {
        if (!names[i].value)
            continue;
        if (first)
            return refuse_twice(first, names[i].option);
        first = names[i].option;
        rc = cluster_set(t, names[i].name, names[i].value);
    }
    return rc;
}

static int
set_existing(const cli *c, const cluster_target *t)
{
    const char *given = c->cluster.existing;

    if (!given)
        return 0;
    if (strcmp(given, "true") == 0)
        return cluster_set(t, "encrypt-existing-secrets", "yes");
    if (strcmp(given, "false") == 0)
        return cluster_set(t, "encrypt-existing-secrets", "no");
    return refuse(ENVCRYPT_E_ARGUMENT,
                  "--encrypt-existing-secrets is true or false, not %s", given);
}

/* As long as --timeout says, also where the library would end sooner. */
static int
set_timeout(const cli *c, const cluster_target *t)
{
    char text[24];

    if (!c->timeout || !(c->command->bit & (C_CLUSTER_CHANGES | C_CLUSTER_WAIT)))
        return 0;
    (void)snprintf(
        text, sizeof text, "%lld",
        (long long)(c->timeout_ms < WAIT_MOST_MS ? c->timeout_ms : WAIT_MOST_MS));
    return cluster_set(t, "timeout-ms", text);
}

static int
set_pairs(const cli *c, const cluster_target *t)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < c->cluster.sets.count; i++) {
        const char *value = NULL;
        char *name = NULL;

        rc = split("--set", c->cluster.sets.items[i], &name, &value);
        if (!rc)
            rc = cluster_set(t, name, value);
        free(name);
    }
    return rc;
}

static int
make_change(const cli *c, const cluster_target *t)
{
    const struct {
        const char *name, *value;
    } settings[] = {
        {"instance-id", c->cluster.instance_id},
        {"kms-account-id", c->cluster.kms_account},
        {"public-endpoint", c->cluster.public_endpoint ? "yes" : NULL},
        {"destructive", c->cluster.destructive ? "yes" : NULL},
        {"override", c->cluster.override},
        {"wait", c->cluster.no_wait ? "no" : NULL},
        {"update-id", c->cluster.update_id},
        {"secrets-mode", c->mode},
        {"secrets-annotation", c->annotation},
    };
    int rc = set_key(c, t);

    for (size_t i = 0; !rc && i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].value)
            rc = cluster_set(t, settings[i].name, settings[i].value);
    }
    if (!rc)
        rc = set_existing(c, t);
    if (!rc)
        rc = set_timeout(c, t);
    return rc ? rc : set_pairs(c, t);
}

/* A ClusterConfig: which cluster, and what of it. */
static int
read_file(const cli *c, const cluster_target *t, char **uri, envcrypt_buffer **undone)
{
    bool creates = c->command->bit == C_CLUSTER_CREATE ||
                   (c->cluster.verb && strcmp(c->cluster.verb, "create") == 0);
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
open_uri(const cli *c, const char *uri, cluster_target *t)
{
    envcrypt_cluster_config *config = NULL;
    envcrypt_error *error = NULL;
    int rc = make_config(c, uri, &config);

    if (!rc)
        rc = check(
            envcrypt_cluster_open(c->client, uri, config, c->wait, &t->cluster, &error),
            &error, NULL);
    envcrypt_cluster_config_free(config);
    return rc;
}

int
cluster_open(const cli *c, bool one, cluster_target *out)
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
        rc = make_change(c, out);
    if (!rc)
        rc = c->cluster.file ? read_file(c, out, &uri, &undone)
                             : find_uri(c, given, scheme, one, &uri);
    if (!rc)
        rc = open_uri(c, uri, out);
    if (!rc)
        tell_undone(c, undone);
    envcrypt_buffer_free(undone);
    free(uri);
    return rc;
}

int
cluster_open_place(const cli *c, const char *key, cluster_target *out)
{
    const char *scheme = scheme_of_key(key);
    char *region = scheme && !c->aws_region ? region_of_key(key) : NULL;
    envcrypt_error *error = NULL;
    char *uri = NULL;
    int rc = 0;

    *out = (cluster_target){.cluster = NULL};
    if (!scheme)
        rc = refuse(ENVCRYPT_E_ARGUMENT,
                    "\"%s\" does not say which service has the key; give its URI: "
                    "aws-kms:///ARN, ibm-kp:///CRN or alibaba-kms:///ARN",
                    key);
    if (!rc) {
        bool regional = strcmp(scheme, "iks") != 0;

        uri = text_format("%s://%s", scheme, regional && region ? region : "");
        rc = uri ? 0 : no_memory();
    }
    if (!rc)
        rc = check(envcrypt_cluster_change_new(&out->change, &error), &error, NULL);
    if (!rc)
        rc = cluster_set(out, "key", key);
    if (!rc)
        rc = open_uri(c, uri, out);
    free(region);
    free(uri);
    return rc;
}

void
cluster_close(cluster_target *t)
{
    envcrypt_cluster_change_free(t->change);
    envcrypt_cluster_unref(t->cluster);
    signals_patient(false);
}
