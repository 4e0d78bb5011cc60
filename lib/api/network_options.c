/* SPDX-License-Identifier: Apache-2.0 */
#include "api/network_options.h"

#include <inttypes.h>
#include <string.h>

#include "base/encode.h"
#include "base/nearest.h"
#include "kms/uri.h"

#define HOUR_MS 3600000

typedef struct option_kind {
    const char *name;
    int (*check)(const struct option_kind *option, const char *value, evc_error **err);
    int64_t least; /* of numbers */
    int64_t most;
} option_kind;

static int
refuse(const option_kind *option, const char *value, const char *wanted,
       evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(value), shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the option %s of a client cannot be \"%s\": it is %s", option->name,
                   shown, wanted);
}

static int
check_file(const option_kind *option, const char *value, evc_error **err)
{
    return *value ? 0 : refuse(option, value, "the path of a PEM file", err);
}

/* Not a URL with credentials or a path: they would stand in messages of the proxy. */
static int
check_proxy(const option_kind *option, const char *value, evc_error **err)
{
    if (evc_uri_is_proxy(value))
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the option %s of a client cannot be what was given: it is "
                   "http://HOST:PORT, or empty for none; it has no name and password",
                   option->name);
}

/* -1: no number in decimal. */
static int64_t
number_of(evc_view text)
{
    int64_t number = 0;

    if (text.size < 1 || text.size > 10)
        return -1;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < '0' || text.data[i] > '9')
            return -1;
        number = number * 10 + (text.data[i] - '0');
    }
    return number;
}

static int
check_number(const option_kind *option, const char *value, evc_error **err)
{
    char wanted[96];
    evc_buf text;
    int64_t number = number_of(evc_view_text(value));

    if (number >= option->least && number <= option->most)
        return 0;
    evc_buf_init_fixed(&text, wanted, sizeof(wanted));
    evc_buf_put_format(&text, "a number from %" PRId64 " to %" PRId64, option->least,
                       option->most);
    evc_buf_put_u8(&text, 0);
    return refuse(option, value, wanted, err);
}

static int
check_memory(const option_kind *option, const char *value, evc_error **err)
{
    if (strcmp(value, "strict") == 0 || strcmp(value, "fast") == 0)
        return 0;
    return refuse(option, value, "strict or fast", err);
}

static const option_kind known[] = {
    {"ca-file", check_file, 0, 0},
    {"client-cert", check_file, 0, 0},
    {"client-key", check_file, 0, 0},
    {"proxy", check_proxy, 0, 0},
    {"connect-timeout-ms", check_number, 1, HOUR_MS},
    {"attempt-timeout-ms", check_number, 1, HOUR_MS},
    {"deadline-ms", check_number, 1, 24 * (int64_t)HOUR_MS},
    {"max-attempts", check_number, 1, 100},
    {"max-connections", check_number, 1, 1024},
    {"memory", check_memory, 0, 0},
};
#define OPTIONS (sizeof(known) / sizeof(known[0]))

static int
refuse_name(const char *name, evc_error **err)
{
    const char *names[OPTIONS + 1] = {0};

    for (size_t i = 0; i < OPTIONS; i++)
        names[i] = known[i].name;
    return evc_nearest_refuse("clients have", name, names, err);
}

int
evc_network_options_check(const char *name, const char *value, evc_error **err)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strcmp(known[i].name, name) == 0)
            return value ? known[i].check(&known[i], value, err) : 0;
    }
    return refuse_name(name, err);
}

const char *
evc_network_options_text(const evc_kv *options, const char *name)
{
    return evc_kv_text(options, evc_view_text(name));
}

int64_t
evc_network_options_number(const evc_kv *options, const char *name)
{
    const evc_pair *pair = evc_kv_find(options, evc_view_text(name));

    return pair ? number_of(pair->value) : 0;
}
