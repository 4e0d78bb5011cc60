/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/fetched.h"

static bool
is_away(int code)
{
    int32_t its_class = evc_error_class_of(code);

    return its_class == ENVCRYPT_CLASS_UNAVAILABLE ||
           its_class == ENVCRYPT_CLASS_THROTTLED;
}

/* The facts of the cause are those of the whole. */
static int
down(const evc_operation *op, evc_error **err)
{
    const evc_error *cause;
    int rc =
        evc_err_wrap(err, ENVCRYPT_E_CREDENTIALS_DOWN,
                     "%s, which gives the credentials, did not answer %s; try again",
                     op->peer->protocol->provider, op->kind->name);

    if (!err)
        return rc;
    cause = evc_error_cause(*err);
    evc_err_set_provider(*err, evc_error_provider_code(cause),
                         evc_error_request_id(cause), evc_error_http_status(cause));
    evc_err_set_retry(*err, 1, evc_error_retry_after_ms(cause));
    return rc;
}

int
evc_fetched_run(evc_operation *op, evc_wait *wait, evc_error **err)
{
    int rc = evc_operation_run(op, wait, err);

    if (rc && is_away(rc))
        rc = down(op, err);
    evc_operation_reset(op);
    return rc;
}
