/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/open.h"

#include <string.h>

#include "base/encode.h"
#include "base/nearest.h"

static const evc_backend *
find_backend(const evc_backend *const *table, const char *scheme)
{
    for (; *table; table++) {
        if (strcmp((*table)->scheme, scheme) == 0)
            return *table;
    }
    return NULL;
}

/* Whether the library has a back end of this scheme in some build. */
static bool
is_left_out(const char *scheme)
{
    static const char *const optional[] = {"aws-kms", "ibm-kp", "alibaba-kms"};

    for (size_t i = 0; i < sizeof(optional) / sizeof(optional[0]); i++) {
        if (strcmp(optional[i], scheme) == 0)
            return true;
    }
    return false;
}

static int
refuse_scheme(const evc_backend *const *table, const char *scheme, evc_error **err)
{
    char shown[EVC_SHOWN];
    evc_buf known;
    int rc;

    if (is_left_out(scheme))
        return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                       "this build of the library cannot open %s:// keys; install a "
                       "build with cloud key services",
                       scheme);
    evc_buf_init(&known);
    for (; *table; table++)
        evc_buf_put_format(&known, " %s://", (*table)->scheme);
    evc_buf_put_u8(&known, 0);
    evc_encode_shown(evc_view_text(scheme), shown);
    rc = evc_buf_check(&known, err);
    if (!rc)
        rc = evc_err(err, ENVCRYPT_E_URI,
                     "there is no key service of the scheme \"%s\"; known are%s", shown,
                     known.size > 1 ? (const char *)known.data : " none");
    evc_buf_reset(&known);
    return rc;
}

static bool
knows_option(const char *const *names, evc_view name)
{
    for (; names && *names; names++) {
        if (evc_view_is_text(name, *names))
            return true;
    }
    return false;
}

static int
check_names(const char *scheme, const char *const *names, const evc_kv *options,
            evc_error **err)
{
    static const char *const none[] = {NULL};

    for (size_t i = 0; i < options->count; i++) {
        evc_view name = options->pairs[i].name;
        const char *nearest;
        char shown[EVC_SHOWN];

        if (knows_option(names, name))
            continue;
        evc_encode_shown(name, shown);
        nearest = evc_nearest((const char *)name.data, names ? names : none);
        return evc_err(err, ENVCRYPT_E_UNKNOWN_OPTION,
                       "%s:// keys have no option \"%s\"%s%s%s", scheme, shown,
                       nearest ? "; did you mean \"" : "", nearest ? nearest : "",
                       nearest ? "\"?" : "");
    }
    return 0;
}

static int
check_conflicts(const evc_kv *query, const evc_kv *options, evc_error **err)
{
    for (size_t i = 0; i < query->count; i++) {
        const evc_pair *other = evc_kv_find(options, query->pairs[i].name);

        if (other && !evc_view_equal(other->value, query->pairs[i].value))
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "the option \"%s\" has one value in the URI and another in "
                           "the settings; give it once",
                           (const char *)query->pairs[i].name.data);
    }
    return 0;
}

int
evc_kms_check_options(const char *scheme, const char *const *names, const evc_kv *query,
                      const struct envcrypt_kms_config *config, evc_error **err)
{
    int rc = check_names(scheme, names, query, err);

    if (!rc && config)
        rc = check_names(scheme, names, &config->options, err);
    if (!rc && config)
        rc = check_conflicts(query, &config->options, err);
    return rc;
}

int
evc_kms_open(evc_crypto *crypto, struct evc_net *net, const evc_backend *const *table,
             const char *uri, const struct envcrypt_kms_config *config, evc_wait *wait,
             evc_kms **out, evc_error **err)
{
    const evc_backend *backend;
    evc_uri parsed;
    int rc = evc_uri_parse(uri, &parsed, err);

    *out = NULL;
    if (rc)
        return rc;
    backend = find_backend(table, parsed.scheme);
    if (!backend)
        rc = refuse_scheme(table, parsed.scheme, err);
    else
        rc = evc_kms_check_options(backend->scheme, backend->options, &parsed.query,
                                   config, err);
    if (!rc)
        rc = evc_kms_new_by_uri(crypto, net, backend, &parsed, config, wait, out, err);
    evc_uri_reset(&parsed);
    return rc;
}
