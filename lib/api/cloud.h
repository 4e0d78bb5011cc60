/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the public surface needs of the clouds: which key services there are. cloud.c in
 * builds with cloud, cloud_none.c in the others, where no service is ever open.
 */
#ifndef EVC_API_CLOUD_H
#define EVC_API_CLOUD_H

#include <stdbool.h>

#include "api/client.h"
#include "base/kv.h"
#include "base/table.h"
#include "envcrypt/kms.h"
#include "kms/backend.h"

/* All back ends that a URI opens; NULL-ended. */
const evc_backend *const *evc_cloud_backends(void);

/* As envcrypt_service_open. */
int evc_cloud_open_service(const envcrypt_client *client, const char *uri,
                           const envcrypt_kms_config *config, evc_wait *wait,
                           envcrypt_service **out, evc_error **err) EVC_MUST_CHECK;
envcrypt_service *evc_cloud_ref_service(envcrypt_service *service);
void evc_cloud_unref_service(envcrypt_service *service);
const char *evc_cloud_service_scheme(const envcrypt_service *service);
int evc_cloud_run(envcrypt_service *service, const char *action, const evc_kv *args,
                  evc_wait *wait, evc_table **out, evc_error **err) EVC_MUST_CHECK;

/* What a service offers; borrowed, static. Zeros past the end. */
typedef struct evc_cloud_action {
    const char *name;
    const char *help;
    const char *permission;
    const char *const *needs;
    const char *const *takes;
    uint32_t flags; /* ENVCRYPT_ACTION_… */
} evc_cloud_action;
evc_cloud_action evc_cloud_action_at(const envcrypt_service *service, size_t index);

#endif
