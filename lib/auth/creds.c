/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/creds.h"

#include <string.h>

#include "base/mem.h"

static bool
is_printable(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    }
    return true;
}

static bool
is_pem(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if ((c < 0x20 || c > 0x7e) && c != '\n' && c != '\r' && c != '\t')
            return false;
    }
    return true;
}

static bool
is_clean(const evc_creds_parts *parts)
{
    return is_printable(parts->id) && is_printable(parts->token) &&
           is_printable(parts->account) && is_pem(parts->certificate) &&
           (parts->certificate.size ? is_pem(parts->secret)
                                    : is_printable(parts->secret));
}

static int
keep(evc_arena *arena, evc_view bytes, const evc_creds_parts *parts, evc_secret *out,
     evc_error **err)
{
    if (bytes.size == 0)
        return 0;
    if (bytes.size > EVC_ARENA_MAX_SLOT)
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "a secret or token of the credentials from %s is longer than "
                       "%u bytes",
                       parts->source, EVC_ARENA_MAX_SLOT);
    return evc_secret_copy(arena, bytes, out, err);
}

static int
fill(evc_creds *creds, evc_arena *arena, const evc_creds_parts *parts, evc_error **err)
{
    int rc;

    creds->id = evc_mem_text(parts->id.data, parts->id.size);
    creds->account = evc_mem_text(parts->account.data, parts->account.size);
    creds->certificate = evc_mem_text(parts->certificate.data, parts->certificate.size);
    creds->detail = evc_mem_strdup(parts->detail ? parts->detail : "");
    if (!creds->id || !creds->account || !creds->certificate || !creds->detail)
        return evc_err_nomem(err);
    rc = keep(arena, parts->secret, parts, &creds->secret, err);
    if (rc == 0)
        rc = keep(arena, parts->token, parts, &creds->token, err);
    return rc;
}

int
evc_creds_new(evc_arena *arena, const evc_creds_parts *parts, evc_creds **out,
              evc_error **err)
{
    evc_creds *creds;
    int rc;

    *out = NULL;
    if (!is_clean(parts))
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the credentials from %s have bytes that none may have; look "
                       "for a line end or a stray character in them",
                       parts->source);
    creds = evc_mem_new(sizeof(*creds));
    if (!creds)
        return evc_err_nomem(err);
    atomic_init(&creds->refs, 1);
    creds->expires_ms = parts->expires_ms;
    creds->source = parts->source;
    creds->fixed = parts->fixed;
    rc = fill(creds, arena, parts, err);
    if (rc) {
        evc_creds_unref(creds);
        return rc;
    }
    *out = creds;
    return 0;
}

evc_creds *
evc_creds_ref(evc_creds *creds)
{
    if (creds)
        atomic_fetch_add_explicit(&creds->refs, 1, memory_order_relaxed);
    return creds;
}

void
evc_creds_unref(evc_creds *creds)
{
    if (!creds || atomic_fetch_sub_explicit(&creds->refs, 1, memory_order_acq_rel) != 1)
        return;
    evc_secret_free(&creds->secret);
    evc_secret_free(&creds->token);
    evc_mem_free(creds->id);
    evc_mem_free(creds->account);
    evc_mem_free(creds->certificate);
    evc_mem_free(creds->detail);
    evc_mem_free(creds);
}
