/* SPDX-License-Identifier: Apache-2.0 */
#include "api/access.h"

static int
refuse(evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_NOT_BUILT,
                   "this build of the library talks to no API servers of Kubernetes; "
                   "install a build with k8s");
}

int
evc_access_open(const envcrypt_kube_config *config, envcrypt_kube **out,
                evc_error **err)
{
    (void)config;
    (void)out;
    return refuse(err);
}

envcrypt_kube *
evc_access_ref(envcrypt_kube *kube)
{
    return kube;
}

void
evc_access_unref(envcrypt_kube *kube)
{
    (void)kube;
}

const char *
evc_access_server(const envcrypt_kube *kube)
{
    (void)kube;
    return NULL;
}

const char *
evc_access_origin(const envcrypt_kube *kube)
{
    (void)kube;
    return NULL;
}

int
evc_access_check(envcrypt_kube *kube, evc_wait *wait, evc_table **out, evc_error **err)
{
    (void)kube;
    (void)wait;
    (void)out;
    return refuse(err);
}
