/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/reencrypt_options.h"

#include <string.h>

#include "base/clock.h"
#include "base/decimal.h"
#include "base/encode.h"
#include "base/nearest.h"
#include "k8s/list.h"
#include "k8s/names.h"

#define RATE_MAX 1000000u
#define PATH_LIMIT 4096u
#define SELECTOR_MAX 4096u
#define NAMESPACES_MAX 65536u
#define PREFIX_MAX \
    63u /* of the name of an annotation; its own limit is 253 before the / */

static const char *const mode_names[] = {"auto", "rewrite", "annotate", "migrate"};

const char *
evc_reencrypt_mode_name(int32_t mode)
{
    if (mode < ENVCRYPT_REENCRYPT_AUTO || mode > ENVCRYPT_REENCRYPT_MIGRATE)
        return "?";
    return mode_names[mode - ENVCRYPT_REENCRYPT_AUTO];
}

int32_t
evc_reencrypt_mode_of(const char *name)
{
    for (int32_t mode = ENVCRYPT_REENCRYPT_AUTO; mode <= ENVCRYPT_REENCRYPT_MIGRATE;
         mode++) {
        if (strcmp(name, evc_reencrypt_mode_name(mode)) == 0)
            return mode;
    }
    return 0;
}

/* --- values --- */

/* Whether it is a decimal number between least and most. */
static bool
read_number(const char *text, uint32_t least, uint32_t most, uint32_t *out)
{
    int64_t value;

    if (!evc_decimal_read(evc_view_text(text), most, &value) || value < least)
        return false;
    *out = (uint32_t)value;
    return true;
}

static bool
read_answer(const char *text, bool *out)
{
    *out = strcmp(text, "yes") == 0;
    return *out || strcmp(text, "no") == 0;
}

static bool
is_between(const char *text, size_t least, size_t most)
{
    size_t size = strlen(text);

    return size >= least && size <= most;
}

static bool
is_printable(const char *text)
{
    for (; *text; text++) {
        if (*text < '!' || *text > '~')
            return false;
    }
    return true;
}

#define ALNUM "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

/* --- one function for each option; NULL = its default --- */

static bool
set_resource(evc_reencrypt_options *o, const char *value)
{
    o->resource = value ? value : "secrets";
    return is_between(o->resource, 1, (size_t)2 * EVC_KUBE_NAME_MAX) &&
           strspn(o->resource, ALNUM "-.") == strlen(o->resource);
}

static bool
set_mode(evc_reencrypt_options *o, const char *value)
{
    o->mode = evc_reencrypt_mode_of(value ? value : "auto");
    return o->mode != 0;
}

static bool
set_annotation(evc_reencrypt_options *o, const char *value)
{
    evc_view name = evc_view_text(value ? value : "kms-encryption-timestamp");

    o->annotation = (const char *)name.data;
    /* A time in the place of what kubectl or a token's account stands for would break them. */
    return evc_kube_is_qualified_name(name) && !evc_kube_is_reserved_name(name);
}

static bool
set_namespaces(evc_reencrypt_options *o, const char *value)
{
    o->namespaces = value;
    return !value ||
           (is_between(value, 1, NAMESPACES_MAX) &&
            strspn(value, "abcdefghijklmnopqrstuvwxyz0123456789-,") == strlen(value));
}

static bool
set_selector(evc_reencrypt_options *o, const char *value)
{
    o->labels = value;
    return !value || is_between(value, 1, SELECTOR_MAX);
}

static bool
set_names_file(evc_reencrypt_options *o, const char *value)
{
    o->names_file = value;
    return !value || is_between(value, 1, PATH_LIMIT);
}

static bool
set_journal(evc_reencrypt_options *o, const char *value)
{
    o->journal = value;
    return !value || is_between(value, 1, PATH_LIMIT);
}

static bool
set_journal_folder(evc_reencrypt_options *o, const char *value)
{
    o->journal_folder = value;
    return !value || is_between(value, 1, PATH_LIMIT);
}

static bool
set_lease(evc_reencrypt_options *o, const char *value)
{
    o->lease_ns = value ? value : "kube-system";
    return is_between(o->lease_ns, 0, EVC_KUBE_NAMESPACE_MAX) &&
           strspn(o->lease_ns, "abcdefghijklmnopqrstuvwxyz0123456789-") ==
               strlen(o->lease_ns);
}

static bool
read_time(const char *value, int64_t *out)
{
    *out = -1;
    return !value || evc_clock_parse(evc_view_text(value), out, NULL) == 0;
}

static bool
set_since(evc_reencrypt_options *o, const char *value)
{
    return read_time(value, &o->since_ms);
}

static bool
set_restarted(evc_reencrypt_options *o, const char *value)
{
    return read_time(value, &o->restarted_ms);
}

static bool
set_in_flight(evc_reencrypt_options *o, const char *value)
{
    return read_number(value ? value : "8", 1, EVC_REENCRYPT_IN_FLIGHT_MAX,
                       &o->in_flight);
}

static bool
set_rate(evc_reencrypt_options *o, const char *value)
{
    return read_number(value ? value : "0", 0, RATE_MAX, &o->rate);
}

static bool
set_page(evc_reencrypt_options *o, const char *value)
{
    return read_number(value ? value : "500", 1, EVC_KUBE_PAGE_MAX, &o->page);
}

static bool
set_second_pass(evc_reencrypt_options *o, const char *value)
{
    return read_answer(value ? value : "yes", &o->second_pass);
}

static bool
set_dry_run(evc_reencrypt_options *o, const char *value)
{
    return read_answer(value ? value : "no", &o->dry_run);
}

static bool
set_etcd_prefix(evc_reencrypt_options *o, const char *value)
{
    o->etcd_prefix = value ? value : "/registry";
    return is_between(o->etcd_prefix, 1, SELECTOR_MAX) && is_printable(o->etcd_prefix);
}

static const struct option_kind {
    const char *name;
    bool (*set)(evc_reencrypt_options *o, const char *value);
    const char *wanted;
} kinds[] = {
    {"resource", set_resource,
     "secrets, configmaps, PLURAL.GROUP or PLURAL.VERSION.GROUP"},
    {"mode", set_mode, "auto, rewrite, annotate or migrate"},
    {"annotation", set_annotation,
     "the name of an annotation: letters, digits and -_. after an optional DOMAIN/, "
     "which "
     "is not one of Kubernetes' own (kubernetes.io, k8s.io)"},
    {"namespaces", set_namespaces, "names of namespaces with commas between"},
    {"selector", set_selector, "a label selector of 1 to 4,096 characters"},
    {"names-file", set_names_file, "the path of a file"},
    {"journal", set_journal, "the path of a file"},
    {"journal-folder", set_journal_folder, "the path of a folder"},
    {"lease", set_lease, "the name of a namespace, or empty for no lease"},
    {"since", set_since, "a time of the form 2026-01-31T12:00:00Z"},
    {"restarted", set_restarted, "a time of the form 2026-01-31T12:30:00Z"},
    {"in-flight", set_in_flight, "a number from 1 to 256"},
    {"rate", set_rate, "a number from 0 to 1,000,000"},
    {"page", set_page, "a number from 1 to 500"},
    {"second-pass", set_second_pass, "yes or no"},
    {"dry-run", set_dry_run, "yes or no"},
    {"etcd-prefix", set_etcd_prefix, "the beginning of keys of etcd"},
};
#define KINDS (sizeof(kinds) / sizeof(kinds[0]))

void
evc_reencrypt_options_init(evc_reencrypt_options *options)
{
    *options = (evc_reencrypt_options){.resource = NULL};
    evc_kv_init(&options->given);
    for (size_t i = 0; i < KINDS; i++)
        (void)kinds[i].set(options, NULL);
}

void
evc_reencrypt_options_reset(evc_reencrypt_options *options)
{
    evc_kv_reset(&options->given);
    evc_reencrypt_options_init(options);
}

static int
refuse_name(const char *name, evc_error **err)
{
    const char *names[KINDS + 1] = {NULL};

    for (size_t i = 0; i < KINDS; i++)
        names[i] = kinds[i].name;
    return evc_nearest_refuse("a re-encryption has", name, names, err);
}

static int
refuse_value(const struct option_kind *kind, const char *value, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(value), shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the option %s of a re-encryption cannot be \"%s\": it is %s",
                   kind->name, shown, kind->wanted);
}

int
evc_reencrypt_options_set(evc_reencrypt_options *options, const char *name,
                          const char *value, evc_error **err)
{
    const struct option_kind *kind = NULL;
    evc_reencrypt_options trial = *options;
    int rc;

    for (size_t i = 0; i < KINDS && !kind; i++) {
        if (strcmp(kinds[i].name, name) == 0)
            kind = &kinds[i];
    }
    if (!kind)
        return refuse_name(name, err);
    if (!kind->set(&trial, value))
        return refuse_value(kind, value, err);
    if (!value) {
        (void)kind->set(options, NULL);
        (void)evc_kv_remove(&options->given, evc_view_text(name));
        return 0;
    }
    rc = evc_kv_set(&options->given, evc_view_text(name), evc_view_text(value), err);
    if (rc == 0)
        (void)kind->set(options,
                        (const char *)evc_kv_find(&options->given, evc_view_text(name))
                            ->value.data);
    return rc;
}
