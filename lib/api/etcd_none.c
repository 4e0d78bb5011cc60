/* SPDX-License-Identifier: Apache-2.0 */
/* A build without Kubernetes reads no etcd, and no handle of one is ever open. */
#include <stdbool.h>

#include "api/client.h"
#include "envcrypt/k8s.h"

/* Arguments are looked at as elsewhere: what is missing is told first. */
static int
refuse(bool is_given, evc_error **err)
{
    if (!is_given)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "etcd cannot be read: an argument is NULL");
    return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                   "this build of the library reads no etcd; install a build with "
                   "Kubernetes");
}

int
envcrypt_etcd_config_new(envcrypt_etcd_config **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    return refuse(out, err);
}

void
envcrypt_etcd_config_free(envcrypt_etcd_config *config)
{
    (void)config;
}

int
envcrypt_etcd_config_set(envcrypt_etcd_config *config, const char *name,
                         const char *value, envcrypt_error **err)
{
    (void)value;
    evc_err_clear(err);
    return refuse(config && name, err);
}

static int
refuse_to_open(const envcrypt_client *client, const void *what, envcrypt_etcd **out,
               envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    return rc ? rc : refuse(what && out, err);
}

int
envcrypt_etcd_open(envcrypt_client *client, const envcrypt_etcd_config *config,
                   envcrypt_etcd **out, envcrypt_error **err)
{
    return refuse_to_open(client, config, out, err);
}

int
envcrypt_etcd_open_file(envcrypt_client *client, const char *path, envcrypt_etcd **out,
                        envcrypt_error **err)
{
    return refuse_to_open(client, path, out, err);
}

void
envcrypt_etcd_close(envcrypt_etcd *etcd)
{
    (void)etcd;
}

int
envcrypt_etcd_read(envcrypt_etcd *etcd, const char *prefix, envcrypt_etcd_fn fn,
                   void *user, envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                   envcrypt_error **err)
{
    (void)wait;
    evc_err_clear(err);
    if (destroy)
        destroy(user);
    return refuse(etcd && prefix && fn, err);
}

int
envcrypt_etcd_get(envcrypt_etcd *etcd, const char *key, envcrypt_wait *wait,
                  envcrypt_buffer **value, int64_t *mod_revision, envcrypt_error **err)
{
    (void)wait;
    evc_err_clear(err);
    if (value)
        *value = NULL;
    if (mod_revision)
        *mod_revision = 0;
    return refuse(etcd && key && value, err);
}
