/* SPDX-License-Identifier: Apache-2.0 */
#include "api/client.h"
#include "api/cloud.h"
#include "api/request.h"
#include "envcrypt/kms.h"

int
envcrypt_service_open(envcrypt_client *client, const char *uri,
                      const envcrypt_kms_config *config, envcrypt_wait *wait,
                      envcrypt_service **out, envcrypt_error **err)
{
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!uri || !out))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a service cannot be opened: the URI or out is NULL");
    return rc == 0 ? evc_cloud_open_service(client, uri, config, wait, out, err) : rc;
}

envcrypt_service *
envcrypt_service_ref(envcrypt_service *service)
{
    return service ? evc_cloud_ref_service(service) : NULL;
}

void
envcrypt_service_unref(envcrypt_service *service)
{
    if (service)
        evc_cloud_unref_service(service);
}

const char *
envcrypt_service_scheme(const envcrypt_service *service)
{
    return service ? evc_cloud_service_scheme(service) : NULL;
}

/* --- what it offers --- */

static evc_cloud_action
action_at(const envcrypt_service *service, size_t index)
{
    return service ? evc_cloud_action_at(service, index) : (evc_cloud_action){0};
}

size_t
envcrypt_service_actions(const envcrypt_service *service)
{
    size_t count = 0;

    while (action_at(service, count).name)
        count++;
    return count;
}

const char *
envcrypt_service_action_name(const envcrypt_service *service, size_t action)
{
    return action_at(service, action).name;
}

const char *
envcrypt_service_action_help(const envcrypt_service *service, size_t action)
{
    return action_at(service, action).help;
}

const char *
envcrypt_service_action_permission(const envcrypt_service *service, size_t action)
{
    return action_at(service, action).permission;
}

uint32_t
envcrypt_service_action_flags(const envcrypt_service *service, size_t action)
{
    return action_at(service, action).flags;
}

/* The one at *index of a NULL-ended list, which may be NULL; else *index past the list. */
static const char *
take(const char *const *list, size_t *index)
{
    for (; list && *list; list++, (*index)--) {
        if (*index == 0)
            return *list;
    }
    return NULL;
}

const char *
envcrypt_service_action_argument(const envcrypt_service *service, size_t action,
                                 size_t argument, int32_t *needed)
{
    evc_cloud_action at = action_at(service, action);
    const char *name = take(at.needs, &argument);

    if (needed)
        *needed = name != NULL;
    return name ? name : take(at.takes, &argument);
}

/* --- running --- */

int
envcrypt_service_run(envcrypt_service *service, const envcrypt_request *request,
                     envcrypt_wait *wait, envcrypt_table **out, envcrypt_error **err)
{
    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!service || !request || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an action cannot be run: the service, the request or out is "
                       "NULL");
    return evc_cloud_run(service, request->action, &request->args, wait, out, err);
}
