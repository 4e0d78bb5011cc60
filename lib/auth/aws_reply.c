/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_reply.h"

#include "auth/aws_time.h"
#include "auth/json_value.h"
#include "codec/jscan.h"

static int
refuse(const evc_aws_origin *origin, const char *member, const char *why,
       evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_PROTOCOL,
                   "cannot read the credentials that %s gave: the member %s %s",
                   origin->source, member, why);
}

/* Not JSON's own code: it is somebody's answer that must not be so. */
static int
take(evc_arena *arena, evc_buf *text, const char *path, bool optional,
     const evc_aws_origin *origin, evc_secret *out, evc_error **err)
{
    char *bytes = (char *)text->data;
    int rc = optional ? evc_jscan_take_text_opt(bytes, text->size, path, arena,
                                                EVC_ARENA_MAX_SLOT, out, err)
                      : evc_jscan_take_text(bytes, text->size, path, arena,
                                            EVC_ARENA_MAX_SLOT, out, err);

    if (rc != ENVCRYPT_E_JSON)
        return rc;
    return evc_err_wrap(err, ENVCRYPT_E_PROTOCOL,
                        "cannot read the credentials that %s gave", origin->source);
}

static int
read_end(const evc_aws_form *form, evc_view body, const evc_aws_origin *origin,
         int64_t *out, evc_error **err)
{
    evc_view raw;
    bool good;
    int rc =
        evc_jscan_find((const char *)body.data, body.size, form->expires, &raw, err);

    if (rc)
        return rc;
    if (form->may_never_expire && (raw.size == 0 || evc_view_is_text(raw, "null") ||
                                   evc_view_is_text(raw, "\"\""))) {
        *out = EVC_CREDS_NEVER;
        return 0;
    }
    if (raw.size && raw.data[0] != '"')
        good = form->epoch_ms && evc_aws_time_epoch(raw, form->epoch_ms, out);
    else
        good = evc_aws_time_parse(evc_json_value_text(body, form->expires), out);
    return good ? 0 : refuse(origin, form->expires, "is missing or no time", err);
}

static int
make(evc_arena *arena, const evc_aws_form *form, const evc_aws_origin *origin,
     const evc_buf *text, const evc_secret *secret, const evc_secret *token,
     evc_creds **out, evc_error **err)
{
    evc_view body = evc_buf_view(text);
    evc_creds_parts parts = {.id = evc_json_value_text(body, form->id),
                             .secret = evc_view_of(secret->bytes, secret->size),
                             .token = evc_view_of(token->bytes, token->size),
                             .account = origin->account,
                             .source = origin->source,
                             .detail = origin->detail};
    int rc = read_end(form, body, origin, &parts.expires_ms, err);

    if (rc)
        return rc;
    if (parts.id.size == 0)
        return refuse(origin, form->id, "is missing", err);
    if (form->account)
        parts.account = evc_json_value_text(body, form->account);
    return evc_creds_new(arena, &parts, out, err);
}

int
evc_aws_reply_read(evc_arena *arena, const evc_aws_form *form,
                   const evc_aws_origin *origin, evc_buf *text, evc_creds **out,
                   evc_error **err)
{
    evc_secret secret = {0};
    evc_secret token = {0};
    int rc = take(arena, text, form->secret, false, origin, &secret, err);

    *out = NULL;
    if (rc == 0)
        rc = take(arena, text, form->token, form->may_have_no_token, origin, &token,
                  err);
    if (rc == 0)
        rc = make(arena, form, origin, text, &secret, &token, out, err);
    evc_secret_free(&secret);
    evc_secret_free(&token);
    if (rc)
        evc_buf_clear(text);
    return rc;
}
