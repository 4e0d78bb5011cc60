/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_generate.h"

#include <string.h>

#include "base/option.h"
#include "k8s/config_rules.h"
#include "k8s/go_duration.h"
#include "k8s/socket_url.h"

#define NAME_MAX_SHOWN 253

static const evc_option known[] = {
    {"endpoint", &evc_option_any, false},
    {"name", &evc_option_any, false},
    {"order", &evc_option_any, false},
    {"previous-endpoint", &evc_option_any, false},
    {"previous-name", &evc_option_any, false},
    {"resources", &evc_option_any, false},
    {"timeout", &evc_option_any, false},
};
static const evc_option_list settable = {known, sizeof(known) / sizeof(known[0]),
                                         "the making of an EncryptionConfiguration has",
                                         "making an EncryptionConfiguration"};

typedef enum evc_order { ORDER_STEADY, ORDER_ROLLOUT, ORDER_DISABLE } evc_order;

static const struct {
    const char *name;
    const char *comment;
} orders[] = {
    [ORDER_STEADY] =
        {"steady", "# The plugin writes. Use this file on all API servers, after all "
                   "of them have\n"
                   "# loaded the one in which the plugin only reads; then "
                   "re-encrypt what exists.\n"},
    [ORDER_ROLLOUT] =
        {"rollout", "# First step: the plugin reads, and does not write yet. Use this "
                    "file on all API\n"
                    "# servers, and only then the one in which it writes.\n"},
    [ORDER_DISABLE] = {"disable",
                       "# Encryption is switched off: values are written in the clear, "
                       "and the plugin\n"
                       "# reads what is encrypted. Use this file on all API servers, "
                       "re-encrypt what\n"
                       "# exists, and only then remove the plugin.\n"},
};
#define ORDERS (sizeof(orders) / sizeof(*orders))

int
evc_encryption_options_set(evc_encryption_options *options, const char *name,
                           const char *value, evc_error **err)
{
    int rc = evc_option_check(&settable, name, value, err);

    return rc ? rc : evc_kv_set_text(&options->values, name, value, err);
}

/* NUL-ended, or the default. */
static const char *
get(const evc_encryption_options *options, const char *name, const char *otherwise)
{
    const char *given = evc_option_text(&options->values, name);

    return given ? given : otherwise;
}

/* --- what the rules would refuse --- */

static int
refuse(const char *option, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_ENCRYPTION_CONFIG,
                   "no EncryptionConfiguration is made: the option \"%s\" %s", option,
                   why);
}

/* Printable ASCII without what would end a text in single quotes. */
static bool
is_plain(const char *text)
{
    for (; *text; text++)
        if (*text < ' ' || *text > '~' || *text == '\'')
            return false;
    return true;
}

static int
check_plugin(const evc_encryption_options *options, const char *name_option,
             const char *endpoint_option, evc_error **err)
{
    const char *name = get(options, name_option, NULL);
    const char *endpoint = get(options, endpoint_option, NULL);

    if (!name || !endpoint)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "no EncryptionConfiguration is made: the option \"%s\" must be "
                       "given",
                       name ? endpoint_option : name_option);
    if (!*name || strlen(name) > NAME_MAX_SHOWN || !is_plain(name) || strchr(name, ':'))
        return refuse(name_option,
                      "is no name of a plugin: 1 to 253 printable characters of ASCII "
                      "without colon and single quote",
                      err);
    if (!is_plain(endpoint) || evc_socket_url_check(endpoint) != EVC_SOCKET_URL_GOOD)
        return refuse(endpoint_option, "is no socket; write unix:///path/of/its/socket",
                      err);
    return 0;
}

static int
check_previous(const evc_encryption_options *options, evc_error **err)
{
    const char *name = get(options, "previous-name", NULL);

    if (!name && !get(options, "previous-endpoint", NULL))
        return 0;
    if (name && strcmp(name, get(options, "name", "")) == 0)
        return refuse("previous-name",
                      "is that of the new plugin, and names must differ", err);
    return check_plugin(options, "previous-name", "previous-endpoint", err);
}

static int
check_timeout(const char *text, evc_error **err)
{
    int64_t ns;

    if (evc_go_duration_parse(text, &ns) && ns > 0 && is_plain(text))
        return 0;
    return refuse("timeout", "is no time above zero; write 3s", err);
}

static int
find_order(const char *name, evc_order *out, evc_error **err)
{
    for (size_t i = 0; i < ORDERS; i++) {
        if (strcmp(orders[i].name, name) == 0) {
            *out = (evc_order)i;
            return 0;
        }
    }
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "there is no order \"%s\" of providers; it is rollout, steady or "
                   "disable",
                   name);
}

/* --- the text --- */

static void
put_resources(const char *list, evc_buf *out)
{
    while (*list) {
        size_t size = strcspn(list, ",");

        if (size > 0) {
            evc_buf_put_text(out, "      - '");
            evc_buf_put(out, list, size);
            evc_buf_put_text(out, "'\n");
        }
        list += size + (list[size] == ',');
    }
}

static void
put_plugin(const char *name, const char *endpoint, const char *timeout, evc_buf *out)
{
    evc_buf_put_format(out,
                       "      - kms:\n"
                       "          apiVersion: v2\n"
                       "          name: '%s'\n"
                       "          endpoint: '%s'\n"
                       "          timeout: '%s'\n",
                       name, endpoint, timeout);
}

static void
put_file(const evc_encryption_options *options, evc_order order, evc_buf *out)
{
    const char *timeout = get(options, "timeout", "3s");
    const char *previous = get(options, "previous-name", NULL);
    bool clear = order != ORDER_STEADY && !previous;

    evc_buf_put_text(out, "apiVersion: apiserver.config.k8s.io/v1\n"
                          "kind: EncryptionConfiguration\n");
    evc_buf_put_text(out, orders[order].comment);
    evc_buf_put_text(out, "resources:\n  - resources:\n");
    put_resources(get(options, "resources", "secrets"), out);
    evc_buf_put_text(out, "    providers:\n");
    if (clear || order == ORDER_DISABLE)
        evc_buf_put_text(out, "      - identity: {}\n");
    if (previous && order == ORDER_ROLLOUT)
        put_plugin(previous, get(options, "previous-endpoint", ""), timeout, out);
    put_plugin(get(options, "name", ""), get(options, "endpoint", ""), timeout, out);
    if (previous && order != ORDER_ROLLOUT)
        put_plugin(previous, get(options, "previous-endpoint", ""), timeout, out);
    if (!clear && order != ORDER_DISABLE)
        evc_buf_put_text(out, "      - identity: {}\n");
}

/* By the rules that any file is checked by; there are no keys in it, so no arena. */
static int
check_made(evc_view text, evc_error **err)
{
    evc_encryption_config *config;
    evc_findings findings;
    int rc = evc_encryption_config_read(text, &config, err);

    if (rc)
        return rc;
    evc_findings_init(&findings, err);
    evc_config_rules(config, NULL, 0, &findings);
    rc = findings.rc;
    if (!rc && findings.table->rows > 0)
        rc = evc_err(err, ENVCRYPT_E_ENCRYPTION_CONFIG,
                     "no EncryptionConfiguration is made: kube-apiserver would refuse "
                     "%s: %s",
                     evc_table_cell(findings.table, 0, 2),
                     evc_table_cell(findings.table, 0, 3));
    evc_findings_reset(&findings);
    evc_encryption_config_free(config);
    return rc;
}

int
evc_config_generate(const evc_encryption_options *options, evc_buf *out,
                    evc_error **err)
{
    evc_order order = ORDER_STEADY;
    int rc = check_plugin(options, "name", "endpoint", err);

    if (!rc)
        rc = check_previous(options, err);
    if (!rc)
        rc = check_timeout(get(options, "timeout", "3s"), err);
    if (!rc)
        rc = find_order(get(options, "order", "steady"), &order, err);
    if (!rc && !is_plain(get(options, "resources", "secrets")))
        rc =
            refuse("resources", "holds other characters than a list of resources", err);
    if (rc)
        return rc;
    put_file(options, order, out);
    rc = evc_buf_check(out, err);
    return rc ? rc : check_made(evc_buf_view(out), err);
}
