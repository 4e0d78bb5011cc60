/* SPDX-License-Identifier: Apache-2.0 */
#include "api/request.h"

#include "base/mem.h"

int
envcrypt_request_new(const char *action, envcrypt_request **out, envcrypt_error **err)
{
    envcrypt_request *request;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!action || !*action || !out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a request cannot be made: the action or out is NULL, or the "
                       "action is empty");
    request = evc_mem_new(sizeof(*request));
    if (request)
        request->action = evc_mem_strdup(action);
    if (!request || !request->action) {
        evc_mem_free(request);
        return evc_err_nomem(err);
    }
    evc_kv_init(&request->args);
    *out = request;
    return 0;
}

void
envcrypt_request_free(envcrypt_request *request)
{
    if (!request)
        return;
    evc_kv_reset(&request->args);
    evc_mem_free(request->action);
    evc_mem_free(request);
}

int
envcrypt_request_set(envcrypt_request *request, const char *name, const char *value,
                     envcrypt_error **err)
{
    evc_err_clear(err);
    if (!request || !name || !*name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an argument cannot be set: the request or the name is NULL, or "
                       "the name is empty");
    return evc_kv_set_text(&request->args, name, value, err);
}
