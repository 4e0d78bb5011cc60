/* SPDX-License-Identifier: Apache-2.0 */
/* Credentials out of the JSON in which Alibaba Cloud's services and programs give them. */
#ifndef EVC_AUTH_ALIBABA_REPLY_H
#define EVC_AUTH_ALIBABA_REPLY_H

#include "auth/creds.h"
#include "base/buf.h"

/* Where each part stands: paths of codec/jscan.h. */
typedef struct evc_alibaba_form {
    const char *id;
    const char *secret;
    const char *token;
    const char *expiration; /* "2026-01-31T12:00:00Z" */
    const char *code; /* must be "Success" where there is one; NULL = not looked at */
    bool may_be_lasting;                  /* without token, or without expiration */
    const struct evc_alibaba_form *other; /* where there is no id; NULL = none */
} evc_alibaba_form;

extern const evc_alibaba_form evc_alibaba_form_sts;
extern const evc_alibaba_form evc_alibaba_form_metadata;
extern const evc_alibaba_form evc_alibaba_form_uri;
extern const evc_alibaba_form evc_alibaba_form_process;
extern const evc_alibaba_form evc_alibaba_form_cloud_sso;
extern const evc_alibaba_form evc_alibaba_form_oauth;

/*
 * The text is spoiled. source and detail (may be NULL): of the credentials. PROTOCOL: it
 * is not of the form; the errors of evc_creds_new().
 */
int evc_alibaba_reply_read(evc_buf *text, const evc_alibaba_form *form,
                           const char *source, const char *detail, evc_arena *arena,
                           evc_creds **out, evc_error **err) EVC_MUST_CHECK;

#endif
