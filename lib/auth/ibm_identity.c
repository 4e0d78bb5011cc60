/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IAM has no question for it that takes no permission; its tokens tell, which are JSON Web
 * Tokens (RFC 7519; claims as in "IAM Identity Services", Create an IAM access token).
 */
#include "auth/ibm.h"
#include "auth/identity.h"
#include "auth/json_value.h"
#include "base/encode.h"
#include "base/mem.h"

/* What stands between the two dots of a token; empty = there are other than two. */
static evc_view
payload_of(evc_view token)
{
    evc_cursor c = evc_cursor_of_view(token);
    evc_view part[3];

    for (size_t i = 0; i < 3; i++) {
        size_t start = c.at;

        while (evc_cursor_left(&c) > 0 && token.data[c.at] != '.')
            (void)evc_cursor_u8(&c);
        part[i] = evc_cursor_since(&c, start);
        if (i < 2 && evc_cursor_left(&c) > 0)
            (void)evc_cursor_u8(&c);
        else if (i < 2)
            return evc_view_of(NULL, 0);
    }
    return evc_cursor_left(&c) == 0 ? part[1] : evc_view_of(NULL, 0);
}

static int
put_claim(evc_view claims, const char *path, const char *before, evc_buf *out,
          evc_error **err)
{
    char *text = NULL;
    int rc = evc_json_value_copy(claims, path, &text, err);

    if (!rc && text) {
        evc_buf_put_text(out, before);
        rc = evc_identity_put(out, "a claim of the token", evc_view_text(text), err);
    }
    evc_mem_free(text);
    return rc;
}

static int
put_claims(evc_view claims, evc_buf *out, evc_error **err)
{
    size_t before = out->size;
    int rc = put_claim(claims, "iam_id", "", out, err);

    if (!rc && out->size == before)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "cannot tell whom the token is of: it has no claim iam_id");
    if (!rc)
        rc = put_claim(claims, "sub", ", subject ", out, err);
    if (!rc)
        rc = put_claim(claims, "account.bss", ", account ", out, err);
    evc_buf_put_text(out, "; as the token says, not verified");
    return rc ? rc : evc_buf_check(out, err);
}

/* path: the one claim that is wanted; NULL = all. They stay in the arena, as the token does. */
static int
read_token(const evc_secret *token, const char *path, evc_buf *out, evc_error **err)
{
    evc_view payload = payload_of(evc_view_of(token->bytes, token->size));
    evc_secret claims = {0};
    size_t size = 0;
    int rc;

    if (payload.size == 0)
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "cannot tell whom the token is of: it is no JSON Web Token");
    rc = evc_secret_new(token->arena, payload.size, &claims, err);
    if (!rc)
        rc = evc_decode_base64url(payload, claims.bytes, claims.size, &size, err);
    if (rc == ENVCRYPT_E_ENCODING)
        rc = evc_err_wrap(err, ENVCRYPT_E_PROTOCOL,
                          "cannot tell whom the token is of: its claims are no "
                          "base64url");
    if (!rc && path)
        rc = put_claim(evc_view_of(claims.bytes, size), path, "", out, err);
    else if (!rc)
        rc = put_claims(evc_view_of(claims.bytes, size), out, err);
    evc_secret_free(&claims);
    return rc;
}

int
evc_ibm_claim(evc_chain *chain, const char *path, evc_wait *wait, evc_buf *out,
              evc_error **err)
{
    evc_creds *creds = NULL;
    int rc = evc_chain_get(chain, wait, &creds, err);

    if (rc)
        return rc;
    rc = read_token(&creds->token, path, out, err);
    evc_creds_unref(creds);
    return rc;
}

int
evc_ibm_identity(evc_chain *chain, evc_wait *wait, evc_buf *out, evc_error **err)
{
    return evc_ibm_claim(chain, NULL, wait, out, err);
}
