/* SPDX-License-Identifier: Apache-2.0 */
#include "api/kube_options.h"

#include <string.h>

#include "base/nearest.h"

#define HOUR_MS 3600000

typedef struct option_kind {
    const char *name;
    const char *wanted; /* of messages */
    bool (*fits)(const char *value);
} option_kind;

static bool
is_some(const char *value)
{
    return *value != '\0';
}

static bool
is_any(const char *value)
{
    (void)value;
    return true;
}

static bool
is_flag(const char *value)
{
    return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
}

/* 0: not from 1 to an hour. */
static int64_t
time_of(const char *value)
{
    int64_t number = 0;

    for (const char *c = value; *c; c++) {
        if (*c < '0' || *c > '9' || number > HOUR_MS)
            return 0;
        number = number * 10 + (*c - '0');
    }
    return number <= HOUR_MS ? number : 0;
}

static bool
is_time(const char *value)
{
    return time_of(value) > 0;
}

#define PATH_OF "the path of a file"
#define NAME_OF "a name"
#define FLAG "true or false"

static const option_kind known[] = {
    {"kubeconfig", "a path, or several with colons between", is_some},
    {"context", NAME_OF, is_some},
    {"cluster", NAME_OF, is_some},
    {"user", NAME_OF, is_some},
    {"in-cluster", FLAG, is_flag},
    {"server", "a URL", is_some},
    {"ca-file", PATH_OF, is_some},
    {"ca-pem", "PEM text", is_some},
    {"tls-name", NAME_OF, is_some},
    {"proxy", "", is_any},
    {"attempt-timeout-ms", "a number from 1 to 3600000", is_time},
    {"token-file", PATH_OF, is_some},
    {"client-cert", PATH_OF, is_some},
    {"client-key", PATH_OF, is_some},
    {"eks-cluster", NAME_OF, is_some},
    {"aws-region", NAME_OF, is_some},
    {"aws-profile", NAME_OF, is_some},
    {"as", NAME_OF, is_some},
    {"as-groups", "names with commas between", is_some},
    {"allow-exec", FLAG, is_flag},
};
#define OPTIONS (sizeof(known) / sizeof(known[0]))

/* Without the value: somebody may have put a secret there. */
static int
check_value(const option_kind *option, const char *value, evc_error **err)
{
    if (!value || option->fits(value))
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the option %s of access to an API server is %s, and cannot be what "
                   "was given",
                   option->name, option->wanted);
}

static int
refuse_name(const char *name, evc_error **err)
{
    const char *names[OPTIONS + 1] = {0};

    for (size_t i = 0; i < OPTIONS; i++)
        names[i] = known[i].name;
    return evc_nearest_refuse("access to an API server has", name, names, err);
}

int
evc_kube_options_check(const char *name, const char *value, evc_error **err)
{
    for (size_t i = 0; i < OPTIONS; i++) {
        if (strcmp(known[i].name, name) == 0)
            return check_value(&known[i], value, err);
    }
    return refuse_name(name, err);
}

const char *
evc_kube_options_text(const evc_kv *options, const char *name)
{
    return evc_kv_text(options, evc_view_text(name));
}

bool
evc_kube_options_flag(const evc_kv *options, const char *name)
{
    const char *value = evc_kube_options_text(options, name);

    return value && strcmp(value, "true") == 0;
}

int64_t
evc_kube_options_number(const evc_kv *options, const char *name)
{
    const char *value = evc_kube_options_text(options, name);

    return value ? time_of(value) : 0;
}
