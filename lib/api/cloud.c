/* SPDX-License-Identifier: Apache-2.0 */
#include "api/cloud.h"

#include <string.h>

#include "cloud/alibaba.h"
#include "cloud/aws.h"
#include "cloud/ibm.h"
#include "cloud/service.h"
#include "kms/local.h"
#include "kms/open.h"

/* Adding a cloud is one line in each of these. */
static const evc_backend *const backends[] = {
    &evc_backend_local, &evc_backend_aws, &evc_backend_ibm, &evc_backend_alibaba, NULL,
};
static const evc_service_kind *const services[] = {
    &evc_service_aws,
    &evc_service_ibm,
    &evc_service_alibaba,
    NULL,
};

const evc_backend *const *
evc_cloud_backends(void)
{
    return backends;
}

static const evc_service_kind *
find_kind(const char *scheme)
{
    for (size_t i = 0; services[i]; i++) {
        if (strcmp(services[i]->scheme, scheme) == 0)
            return services[i];
    }
    return NULL;
}

int
evc_cloud_open_service(const envcrypt_client *client, const char *uri,
                       const envcrypt_kms_config *config, evc_wait *wait,
                       envcrypt_service **out, evc_error **err)
{
    const evc_service_kind *kind;
    evc_uri parsed;
    int rc = evc_uri_parse(uri, &parsed, err);

    if (rc)
        return rc;
    kind = find_kind(parsed.scheme);
    if (!kind)
        rc = evc_err(err, ENVCRYPT_E_URI,
                     "there is no service of the scheme \"%s\" whose keys are managed "
                     "here; take aws-kms://REGION, ibm-kp://HOST/INSTANCE or "
                     "alibaba-kms://REGION",
                     parsed.scheme);
    if (!rc)
        rc = evc_kms_check_options(parsed.scheme, kind->options, &parsed.query, config,
                                   err);
    if (!rc)
        rc = evc_service_open(client->crypto, client->net, kind, &parsed, config, wait,
                              out, err);
    evc_uri_reset(&parsed);
    return rc;
}

envcrypt_service *
evc_cloud_ref_service(envcrypt_service *service)
{
    return evc_service_ref(service);
}

void
evc_cloud_unref_service(envcrypt_service *service)
{
    evc_service_unref(service);
}

const char *
evc_cloud_service_scheme(const envcrypt_service *service)
{
    return service->kind->scheme;
}

int
evc_cloud_run(envcrypt_service *service, const char *action, const evc_kv *args,
              evc_wait *wait, evc_table **out, evc_error **err)
{
    return evc_service_run(service, action, args, false, wait, out, err);
}

evc_cloud_action
evc_cloud_action_at(const envcrypt_service *service, size_t index)
{
    const evc_action *const *actions = service->kind->actions;

    for (size_t i = 0; actions[i]; i++) {
        if (i == index)
            return (evc_cloud_action){actions[i]->name,       actions[i]->help,
                                      actions[i]->permission, actions[i]->needs,
                                      actions[i]->takes,      actions[i]->flags};
    }
    return (evc_cloud_action){0};
}
