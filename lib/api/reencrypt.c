/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/reencrypt.h"
#include "base/mem.h"
#include "k8s/verify.h"

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

static int
check(const envcrypt_kube *kube, envcrypt_reencrypt_report **out, evc_error **err)
{
    if (out)
        *out = NULL;
    if (!kube || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "nothing can be re-encrypted: kube or out is NULL");
    return evc_kube_begin(kube, err);
}

/* The options given, or the defaults. */
static const evc_reencrypt_options *
options_of(const envcrypt_reencrypt_config *config, evc_reencrypt_options *defaults)
{
    evc_reencrypt_options_init(defaults);
    return config ? config : defaults;
}

int
envcrypt_reencrypt_run(envcrypt_kube *kube, const envcrypt_reencrypt_config *config,
                       envcrypt_reencrypt_fn progress, void *user,
                       envcrypt_destroy_fn destroy, envcrypt_wait *wait,
                       envcrypt_reencrypt_report **out, envcrypt_error **err)
{
    evc_reencrypt_options defaults;
    int rc;

    evc_err_clear(err);
    rc = check(kube, out, err);
    if (rc == 0)
        rc = evc_wait_begin(wait, err);
    if (rc == 0)
        rc = evc_reencrypt_run(kube, options_of(config, &defaults), progress, user,
                               wait, out, err);
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
    evc_reencrypt_options defaults;
    int rc;

    evc_err_clear(err);
    rc = check(kube, out, err);
    if (rc == 0)
        rc = evc_wait_begin(wait, err);
    if (rc == 0)
        rc = evc_reencrypt_verify(kube, options_of(config, &defaults), etcd, progress,
                                  user, wait, out, err);
    if (destroy)
        destroy(user);
    return rc;
}
