/* SPDX-License-Identifier: Apache-2.0 */
#include "api/cloud.h"

#include "kms/local.h"

static const evc_backend *const backends[] = {
    &evc_backend_local,
    NULL,
};

const evc_backend *const *
evc_cloud_backends(void)
{
    return backends;
}

static int
refuse(evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                   "this build of the library manages no keys of clouds; install a "
                   "build with cloud key services");
}

int
evc_cloud_open_service(const envcrypt_client *client, const char *uri,
                       const envcrypt_kms_config *config, evc_wait *wait,
                       envcrypt_service **out, evc_error **err)
{
    (void)client;
    (void)uri;
    (void)config;
    (void)wait;
    (void)out;
    return refuse(err);
}

envcrypt_service *
evc_cloud_ref_service(envcrypt_service *service)
{
    return service;
}

void
evc_cloud_unref_service(envcrypt_service *service)
{
    (void)service;
}

const char *
evc_cloud_service_scheme(const envcrypt_service *service)
{
    (void)service;
    return NULL;
}

int
evc_cloud_run(envcrypt_service *service, const char *action, const evc_kv *args,
              evc_wait *wait, evc_table **out, evc_error **err)
{
    (void)service;
    (void)action;
    (void)args;
    (void)wait;
    (void)out;
    return refuse(err);
}

evc_cloud_action
evc_cloud_action_at(const envcrypt_service *service, size_t index)
{
    (void)service;
    (void)index;
    return (evc_cloud_action){0};
}
