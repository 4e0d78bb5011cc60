/* SPDX-License-Identifier: Apache-2.0 */
#include "api/hook.h"
#include "base/mem.h"
#include "k8s/kube.h"
#include "k8s/reencrypt_options.h"

int
envcrypt_reencrypt_config_new(envcrypt_reencrypt_config **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "settings of a re-encryption cannot be made: out is NULL");
    *out = evc_mem_new(sizeof(**out));
    if (!*out)
        return evc_err_nomem(err);
    evc_reencrypt_options_init(*out);
    return 0;
}

void
envcrypt_reencrypt_config_free(envcrypt_reencrypt_config *config)
{
    if (!config)
        return;
    evc_reencrypt_options_reset(config);
    evc_mem_free(config);
}

int
envcrypt_reencrypt_config_set(envcrypt_reencrypt_config *config, const char *name,
                              const char *value, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!config || !name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an option of a re-encryption cannot be set: config or name is "
                       "NULL");
    return evc_reencrypt_options_set(config, name, value, err);
}

int
envcrypt_reencrypt_run(envcrypt_kube *kube, const envcrypt_reencrypt_config *config,
                       envcrypt_reencrypt_fn progress, void *user,
                       envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                       envcrypt_reencrypt_report **out, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    (void)config;
    (void)progress;
    (void)wait;
    if (!kube || !out)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "nothing can be re-encrypted: kube or out is NULL");
    else
        rc = evc_kube_begin(kube, err);
    if (rc == 0)
        rc = evc_err(err, ENVCRYPT_E_NOT_BUILT, "re-encryption is not built yet");
    if (destroy)
        destroy(user);
    return rc;
}

int
envcrypt_reencrypt_verify(envcrypt_kube *kube, const envcrypt_reencrypt_config *config,
                          struct envcrypt_etcd *etcd, envcrypt_reencrypt_fn progress,
                          void *user, envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                          envcrypt_reencrypt_report **out, envcrypt_error **err)
{
    (void)etcd;
    return envcrypt_reencrypt_run(kube, config, progress, user, destroy, wait, out,
                                  err);
}
