/* SPDX-License-Identifier: Apache-2.0 */
#include "base/mem.h"
#include "cluster/eksctl.h"
#include "cluster/options.h"

/* --- how it is reached --- */

int
envcrypt_cluster_config_new(envcrypt_cluster_config **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "settings of a cluster cannot be made: out is NULL");
    *out = evc_mem_new(sizeof(**out));
    if (!*out)
        return evc_err_nomem(err);
    evc_cluster_config_init(*out);
    return 0;
}

void
envcrypt_cluster_config_free(envcrypt_cluster_config *config)
{
    if (!config)
        return;
    evc_cluster_config_reset(config);
    evc_mem_free(config);
}

int
envcrypt_cluster_config_set(envcrypt_cluster_config *config, const char *name,
                            const char *value, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!config || !name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an option of a cluster cannot be set: config or name is NULL");
    return evc_cluster_option_set(config, name, value, err);
}

int
envcrypt_cluster_config_set_credentials(envcrypt_cluster_config *config,
                                        envcrypt_credentials *credentials,
                                        envcrypt_error **err)
{
    evc_err_clear(err);
    if (!config)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "credentials cannot be given: config is NULL");
    (void)envcrypt_credentials_ref(credentials);
    envcrypt_credentials_unref(config->credentials);
    config->credentials = credentials;
    return 0;
}

int
envcrypt_cluster_config_set_kube(envcrypt_cluster_config *config, envcrypt_kube *kube,
                                 envcrypt_error **err)
{
    evc_err_clear(err);
    if (!config)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an API server cannot be given: config is NULL");
    (void)envcrypt_kube_ref(kube);
    envcrypt_kube_unref(config->kube);
    config->kube = kube;
    return 0;
}

/* --- what is wanted --- */

int
envcrypt_cluster_change_new(envcrypt_cluster_change **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a change of a cluster cannot be made: out is NULL");
    *out = evc_mem_new(sizeof(**out));
    if (!*out)
        return evc_err_nomem(err);
    evc_cluster_change_init(*out);
    return 0;
}

void
envcrypt_cluster_change_free(envcrypt_cluster_change *change)
{
    if (!change)
        return;
    evc_cluster_change_reset(change);
    evc_mem_free(change);
}

int
envcrypt_cluster_change_set(envcrypt_cluster_change *change, const char *name,
                            const char *value, envcrypt_error **err)
{
    evc_err_clear(err);
    if (!change || !name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an option of a change cannot be set: change or name is NULL");
    return evc_cluster_change_set(change, name, value, err);
}

const char *
envcrypt_cluster_change_get(const envcrypt_cluster_change *change, const char *name)
{
    return change && name ? evc_cluster_change_text(change, name) : NULL;
}

/* "eks://REGION/NAME", and what eksctl would make besides. */
static int
tell(const evc_eksctl *file, envcrypt_buffer **uri, envcrypt_buffer **undone,
     evc_error **err)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_format(&text, "eks://%s/%s", file->region ? file->region : "",
                       file->name);
    rc = evc_buf_publish(&text, uri, err);
    if (rc == 0 && undone) {
        evc_buf_put_text(&text, file->undone ? file->undone : "");
        rc = evc_buf_publish(&text, undone, err);
    }
    evc_buf_reset(&text);
    return rc;
}

int
envcrypt_cluster_change_read(envcrypt_cluster_change *change, const void *text,
                             size_t size, int32_t creation, envcrypt_buffer **uri,
                             envcrypt_buffer **undone, envcrypt_error **err)
{
    evc_eksctl file;
    int rc;

    evc_err_clear(err);
    if (uri)
        *uri = NULL;
    if (undone)
        *undone = NULL;
    if (!change || !text || !uri)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a ClusterConfig cannot be read: change, text or uri is NULL");
    rc = evc_eksctl_read(evc_view_of(text, size), "the ClusterConfig", &file, err);
    if (rc)
        return rc;
    rc = evc_eksctl_apply(&file, creation != 0, change, err);
    if (rc == 0)
        rc = tell(&file, uri, undone, err);
    if (rc) {
        evc_buf_free(*uri);
        *uri = NULL;
    }
    evc_eksctl_reset(&file);
    return rc;
}
