/* SPDX-License-Identifier: Apache-2.0 */
/* Where stored values come from, opened by the options of the command line. */
#include "cli.h"

#include <string.h>

bool
etcd_is_url(const char *where)
{
    return strncmp(where, "https://", 8) == 0 || strncmp(where, "http://", 7) == 0;
}

static int
open_live(const cli *c, const char *url, envcrypt_etcd **out)
{
    const struct {
        const char *name, *value;
    } settings[] = {
        {"endpoint", url},
        {"ca-file", c->etcd_ca},
        {"client-cert", c->etcd_cert},
        {"client-key", c->etcd_key},
        {"tls-name", c->etcd_tls_name},
    };
    envcrypt_etcd_config *config = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_etcd_config_new(&config, &error), &error, NULL);

    for (size_t i = 0; !rc && i < sizeof settings / sizeof *settings; i++) {
        if (settings[i].value)
            rc = check(envcrypt_etcd_config_set(config, settings[i].name,
                                                settings[i].value, &error),
                       &error, NULL);
    }
    if (!rc)
        rc = check(envcrypt_etcd_open(c->client, config, out, &error), &error, NULL);
    envcrypt_etcd_config_free(config);
    return rc;
}

int
etcd_open(const cli *c, const char *where, envcrypt_etcd **out)
{
    envcrypt_error *error = NULL;

    if (etcd_is_url(where))
        return open_live(c, where, out);
    if (c->etcd_ca || c->etcd_cert || c->etcd_key || c->etcd_tls_name)
        return refuse(
            ENVCRYPT_E_ARGUMENT,
            "certificates are for a live etcd, https://HOST:2379; %s is a file", where);
    return check(envcrypt_etcd_open_file(c->client, where, out, &error), &error, NULL);
}

int
etcd_open_wanted(const cli *c, envcrypt_etcd **out)
{
    *out = NULL;
    if (c->etcd)
        return etcd_open(c, c->etcd, out);
    if (c->etcd_ca || c->etcd_cert || c->etcd_key || c->etcd_tls_name)
        return refuse(ENVCRYPT_E_ARGUMENT, "say which etcd: --etcd https://HOST:2379");
    return 0;
}

int
etcd_open_source(const cli *c, size_t file, envcrypt_etcd **out)
{
    const char *path = c->arg_count > file ? c->args[file] : NULL;

    if (!c->etcd == !path)
        return refuse(
            ENVCRYPT_E_ARGUMENT,
            "say where values are read: --etcd https://HOST:2379, or FILE: a "
            "dump (etcdctl get --prefix / -w json) or a snapshot; - is standard "
            "input");
    if (c->etcd && !etcd_is_url(c->etcd))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--etcd takes a URL; a file is given without it: %s", c->etcd);
    return etcd_open(c, c->etcd ? c->etcd : path, out);
}

int
etcd_read_value(const char *path, unsigned char **out, size_t *size)
{
    input in;
    int rc = input_open(&in, path);

    if (!rc)
        rc = input_read_all(&in, ETCD_VALUE_MAX, out, size);
    input_close(&in);
    return rc;
}

size_t
etcd_value_size(const unsigned char *value, size_t size)
{
    return size > 0 && value[size - 1] == '\n' ? size - 1 : size;
}
