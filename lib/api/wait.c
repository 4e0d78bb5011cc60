/* SPDX-License-Identifier: Apache-2.0 */
#include "base/wait.h"

#include "api/client.h"
#include "base/mem.h"

int
envcrypt_wait_new(envcrypt_client *client, int64_t timeout_ms, envcrypt_wait **out,
                  envcrypt_error **err)
{
    envcrypt_wait *wait;
    int rc;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT, "a wait cannot be made: out is NULL");
    *out = NULL;
    rc = evc_client_check(client, err);
    if (rc != 0)
        return rc;
    wait = evc_mem_new(sizeof(*wait));
    if (!wait)
        return evc_err_nomem(err);
    evc_wait_init(wait, &client->env->clock, timeout_ms);
    wait->env = evc_env_ref(client->env); /* whose clock it is */
    *out = wait;
    return 0;
}

void
envcrypt_wait_cancel(envcrypt_wait *wait)
{
    evc_wait_cancel(wait);
}

void
envcrypt_wait_free(envcrypt_wait *wait)
{
    evc_env *env;

    if (!wait)
        return;
    env = wait->env;
    evc_wait_release(wait);
    evc_mem_free(wait);
    evc_env_unref(env);
}
