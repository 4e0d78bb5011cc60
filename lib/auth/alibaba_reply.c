/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_reply.h"

#include "auth/json_value.h"
#include "base/clock.h"
#include "base/mem.h"
#include "codec/jscan.h"

const evc_alibaba_form evc_alibaba_form_sts = {
    .id = "Credentials.AccessKeyId",
    .secret = "Credentials.AccessKeySecret",
    .token = "Credentials.SecurityToken",
    .expiration = "Credentials.Expiration",
};
const evc_alibaba_form evc_alibaba_form_metadata = {
    .id = "AccessKeyId",
    .secret = "AccessKeySecret",
    .token = "SecurityToken",
    .expiration = "Expiration",
    .code = "Code",
};
const evc_alibaba_form evc_alibaba_form_uri = {
    .id = "AccessKeyId",
    .secret = "AccessKeySecret",
    .token = "SecurityToken",
    .expiration = "Expiration",
    .code = "Code",
    .may_be_lasting = true,
};
const evc_alibaba_form evc_alibaba_form_process = {
    .id = "access_key_id",
    .secret = "access_key_secret",
    .token = "sts_token",
    .expiration = "expiration",
    .may_be_lasting = true,
};
const evc_alibaba_form evc_alibaba_form_cloud_sso = {
    .id = "CloudCredential.AccessKeyId",
    .secret = "CloudCredential.AccessKeySecret",
    .token = "CloudCredential.SecurityToken",
    .expiration = "CloudCredential.Expiration",
};
/* Alibaba Cloud's library for JavaScript knows one spelling, that for Python the other. */
const evc_alibaba_form evc_alibaba_form_oauth = {
    .id = "accessKeyId",
    .secret = "accessKeySecret",
    .token = "securityToken",
    .expiration = "expiration",
    .other = &evc_alibaba_form_metadata,
};

static int
refuse(const char *source, const char *why, evc_error **err)
{
    return evc_err(
        err, ENVCRYPT_E_PROTOCOL,
        "no credentials of Alibaba Cloud could be read from the answer of %s: "
        "%s",
        source, why);
}

/* What is not secret, before the secrets are cut out. */
static int
read_facts(evc_view body, const evc_alibaba_form *form, evc_creds_parts *parts,
           evc_error **err)
{
    evc_view code = evc_view_of(NULL, 0);
    evc_view expiration = evc_json_value_text(body, form->expiration);

    if (form->code)
        code = evc_json_value_text(body, form->code);
    if (code.size && !evc_view_is_text(code, "Success"))
        return refuse(parts->source, "it says that it did not succeed", err);
    parts->id = evc_json_value_text(body, form->id);
    if (!parts->id.size)
        return refuse(parts->source, "there is no access key id in it", err);
    parts->expires_ms = EVC_CREDS_NEVER;
    if (!expiration.size)
        return form->may_be_lasting
                   ? 0
                   : refuse(parts->source, "it does not say when they expire", err);
    return evc_clock_parse(expiration, &parts->expires_ms, NULL)
               ? refuse(parts->source, "the time when they expire is malformed", err)
               : 0;
}

static int
take(evc_buf *text, const char *path, bool optional, evc_arena *arena, evc_secret *out,
     const char *source, evc_error **err)
{
    int rc = (optional ? evc_jscan_take_text_opt : evc_jscan_take_text)(
        (char *)text->data, text->size, path, arena, EVC_ARENA_MAX_SLOT, out, err);

    if (rc != ENVCRYPT_E_JSON)
        return rc;
    return evc_err_wrap(
        err, ENVCRYPT_E_PROTOCOL,
        "no credentials of Alibaba Cloud could be read from the answer of "
        "%s",
        source);
}

static int
assemble(evc_buf *text, const evc_alibaba_form *form, evc_creds_parts *parts,
         evc_arena *arena, evc_creds **out, evc_error **err)
{
    evc_secret secret = {.bytes = NULL};
    evc_secret token = {.bytes = NULL};
    int rc = take(text, form->secret, false, arena, &secret, parts->source, err);

    if (!rc)
        rc = take(text, form->token, form->may_be_lasting, arena, &token, parts->source,
                  err);
    if (!rc) {
        parts->secret = evc_view_of(secret.bytes, secret.size);
        parts->token = evc_view_of(token.bytes, token.size);
        rc = evc_creds_new(arena, parts, out, err);
    }
    evc_secret_free(&secret);
    evc_secret_free(&token);
    return rc;
}

int
evc_alibaba_reply_read(evc_buf *text, const evc_alibaba_form *form, const char *source,
                       const char *detail, evc_arena *arena, evc_creds **out,
                       evc_error **err)
{
    evc_creds_parts parts = {.source = source, .detail = detail};
    int rc;

    *out = NULL;
    if (form->other && !evc_json_value_text(evc_buf_view(text), form->id).size)
        form = form->other;
    rc = read_facts(evc_buf_view(text), form, &parts, err);
    return rc ? rc : assemble(text, form, &parts, arena, out, err);
}
