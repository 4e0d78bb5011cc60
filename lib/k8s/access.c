/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/access.h"

#include <string.h>

#include "base/mem.h"

/* Of a field name (RFC 9110 5.6.2), but for the percent sign, which escapes. */
#define FIELD                                            \
    "!#$&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz" \
    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

void
evc_kube_access_init(evc_kube_access *access)
{
    *access = (evc_kube_access){.server = NULL};
    evc_kv_init(&access->exec.env);
    evc_headers_init(&access->as);
}

static void
reset_exec(evc_exec_spec *exec)
{
    for (size_t i = 0; i < exec->arg_count; i++)
        evc_mem_free_wiped(exec->args[i], strlen(exec->args[i]));
    evc_mem_free(exec->args);
    evc_mem_free(exec->command);
    evc_kv_reset(&exec->env);
    evc_mem_free(exec->hint);
    evc_mem_free(exec->config);
    evc_mem_free(exec->user);
}

void
evc_kube_access_reset(evc_kube_access *access)
{
    evc_mem_free(access->server);
    evc_mem_free(access->tls_name);
    evc_mem_free(access->proxy);
    evc_mem_free(access->ca_file);
    evc_mem_free(access->ca_pem);
    evc_mem_free(access->cert_file);
    evc_mem_free(access->cert_pem);
    evc_mem_free(access->key_file);
    evc_secret_free(&access->key_pem);
    evc_secret_free(&access->token);
    evc_mem_free(access->token_file);
    reset_exec(&access->exec);
    evc_headers_reset(&access->as);
    evc_mem_free(access->ns);
    evc_mem_free(access->origin);
    evc_kube_access_init(access);
}

bool
evc_kube_access_has_user(const evc_kube_access *access)
{
    return access->token.bytes || access->token_file || access->cert_file ||
           access->cert_pem || access->exec.command;
}

int
evc_kube_access_keep(evc_arena *arena, const char *what, evc_view bytes, evc_secret *to,
                     evc_error **err)
{
    evc_secret made = {.bytes = NULL};
    int rc;

    if (bytes.size < 1 || bytes.size > EVC_ARENA_MAX_SLOT)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "%s has %zu bytes, and can have 1 to %u", what, bytes.size,
                       EVC_ARENA_MAX_SLOT);
    rc = evc_secret_copy(arena, bytes, &made, err);
    if (rc)
        return rc;
    evc_secret_free(to);
    *to = made;
    return 0;
}

int
evc_kube_access_as(evc_kube_access *access, const char *name, const char *value,
                   evc_error **err)
{
    evc_buf field;
    int rc;

    evc_buf_init(&field);
    evc_buf_put_text(&field, "Impersonate-");
    for (const char *c = name; *c; c++) {
        if (strchr(FIELD, *c))
            evc_buf_put_u8(&field, (uint8_t)*c);
        else
            evc_buf_put_format(&field, "%%%02X", (unsigned)(unsigned char)*c);
    }
    evc_buf_put_u8(&field, 0);
    rc = evc_buf_check(&field, err);
    if (rc == 0)
        rc = evc_headers_add(&access->as, (const char *)field.data,
                             evc_view_text(value), err);
    evc_buf_reset(&field);
    return rc;
}
