/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd.h"

#include <string.h>

#include "api/client.h"
#include "api/hook.h"
#include "base/mem.h"
#include "base/option.h"
#include "envcrypt/k8s.h"

struct envcrypt_etcd_config {
    evc_kv options;
};

static const evc_option options[] = {
    {"endpoint", &evc_option_any, false},    {"ca-file", &evc_option_any, false},
    {"client-cert", &evc_option_any, false}, {"client-key", &evc_option_any, false},
    {"tls-name", &evc_option_any, false},
};
static const evc_option_list list = {options, sizeof(options) / sizeof(options[0]),
                                     "etcd has", "etcd"};

int
envcrypt_etcd_config_new(envcrypt_etcd_config **out, envcrypt_error **err)
{
    envcrypt_etcd_config *config;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "settings for etcd cannot be made: out is NULL");
    *out = NULL;
    config = evc_mem_new(sizeof(*config));
    if (!config)
        return evc_err_nomem(err);
    evc_kv_init(&config->options);
    *out = config;
    return 0;
}

void
envcrypt_etcd_config_free(envcrypt_etcd_config *config)
{
    if (!config)
        return;
    evc_kv_reset(&config->options);
    evc_mem_free(config);
}

int
envcrypt_etcd_config_set(envcrypt_etcd_config *config, const char *name,
                         const char *value, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (!config || !name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an option of etcd cannot be set: config or name is NULL");
    rc = evc_option_check(&list, name, value, err);
    if (rc)
        return rc;
    return evc_kv_set_text(&config->options, name, value, err);
}

int
envcrypt_etcd_open(envcrypt_client *client, const envcrypt_etcd_config *config,
                   envcrypt_etcd **out, envcrypt_error **err)
{
    evc_etcd_options wanted;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc)
        return rc;
    if (!config || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "etcd cannot be opened: config or out is NULL");
    wanted = (evc_etcd_options){
        .endpoint = evc_option_text(&config->options, "endpoint"),
        .ca_file = evc_option_text(&config->options, "ca-file"),
        .client_cert = evc_option_text(&config->options, "client-cert"),
        .client_key = evc_option_text(&config->options, "client-key"),
        .tls_name = evc_option_text(&config->options, "tls-name"),
    };
    return evc_etcd_open(client->net, &wanted, out, err);
}

int
envcrypt_etcd_open_file(envcrypt_client *client, const char *path, envcrypt_etcd **out,
                        envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc)
        return rc;
    if (!path || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "values of etcd cannot be opened: path or out is NULL");
    return evc_etcd_open_file(client->crypto, path, out, err);
}

void
envcrypt_etcd_close(envcrypt_etcd *etcd)
{
    evc_etcd_close(etcd);
}

typedef struct caller {
    envcrypt_etcd_fn fn;
    void *user;
} caller;

enum { ENOUGH = 1 }; /* beside the codes, which are negative */

static int
hand_over(void *user, const evc_etcd_pair *pair, evc_error **err)
{
    const caller *c = user;
    int32_t answer = c->fn(c->user, pair->key.data, pair->key.size, pair->value.data,
                           pair->value.size, pair->create_revision, pair->mod_revision);

    if (answer >= 0)
        return answer ? ENOUGH : 0;
    return evc_err(err, ENVCRYPT_E_CALLBACK,
                   "the application ended the reading of etcd with %d", (int)answer);
}

static int
read_all(envcrypt_etcd *etcd, const char *prefix, caller *to, envcrypt_wait *wait,
         envcrypt_error **err)
{
    int rc;

    if (!etcd || !prefix || !to->fn)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "etcd cannot be read: etcd, prefix or fn is NULL");
    rc = evc_wait_begin(wait, err);
    if (rc)
        return rc;
    rc = evc_etcd_read(etcd, evc_view_text(prefix), wait, hand_over, to, err);
    return rc == ENOUGH ? 0 : rc;
}

int
envcrypt_etcd_read(envcrypt_etcd *etcd, const char *prefix, envcrypt_etcd_fn fn,
                   void *user, envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                   envcrypt_error **err)
{
    caller to = {fn, user};
    int rc;

    evc_err_clear(err);
    rc = read_all(etcd, prefix, &to, wait, err);
    if (destroy)
        destroy(user);
    return rc;
}

static int
get_value(envcrypt_etcd *etcd, const char *key, envcrypt_wait *wait, evc_buf *value,
          int64_t *mod_revision, envcrypt_error **err)
{
    char shown[EVC_SHOWN];
    bool found = false;
    int rc = evc_wait_begin(wait, err);

    if (rc == 0)
        rc = evc_etcd_get(etcd, evc_view_text(key), wait, value, mod_revision, &found,
                          err);
    if (rc || found)
        return rc;
    evc_encode_shown(evc_view_text(key), shown);
    return evc_err(err, ENVCRYPT_E_KUBE_NOT_FOUND, "etcd holds no key \"%s\"", shown);
}

int
envcrypt_etcd_get(envcrypt_etcd *etcd, const char *key, envcrypt_wait *wait,
                  envcrypt_buffer **value, int64_t *mod_revision, envcrypt_error **err)
{
    int64_t revision = 0;
    evc_buf bytes;
    int rc;

    evc_err_clear(err);
    if (value)
        *value = NULL;
    if (mod_revision)
        *mod_revision = 0;
    if (!etcd || !key || !*key || !value)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "a key of etcd cannot be read: etcd, key or value is NULL, or the "
            "key is empty");
    evc_buf_init(&bytes);
    rc = get_value(etcd, key, wait, &bytes, &revision, err);
    if (rc == 0)
        rc = evc_buf_publish(&bytes, value, err);
    if (rc == 0 && mod_revision)
        *mod_revision = revision;
    evc_buf_reset(&bytes);
    return rc;
}
