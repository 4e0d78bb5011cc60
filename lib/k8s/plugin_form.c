/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/plugin_form.h"

#include <string.h>

#define AWS "aws-kms"
#define ALIBABA "envcrypt-alibaba-kms"
#define AWS_VERSION '1' /* KMSStorageVersionV2 of aws-encryption-provider */

static const struct {
    const char *name;
    const char *provider; /* NULL = of any key */
} forms[] = {
    [EVC_PLUGIN_AWS] = {"aws", AWS},
    [EVC_PLUGIN_ALIBABA] = {"alibaba", ALIBABA},
    [EVC_PLUGIN_EDK] = {"edk", NULL},
    [EVC_PLUGIN_RAW] = {"raw", NULL},
};

static int
check_provider(evc_plugin_form form, const evc_kms *kms, evc_error **err)
{
    const char *wanted = forms[form].provider;

    if (!wanted || strcmp(wanted, kms->provider) == 0)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "ciphertexts of the form \"%s\" are opened by keys of \"%s\", and "
                   "this is a key of \"%s\"; give that key, or another form",
                   forms[form].name, wanted, kms->provider);
}

int
evc_plugin_form_parse(const char *name, const evc_kms *kms, evc_plugin_form *out,
                      evc_error **err)
{
    for (evc_plugin_form form = EVC_PLUGIN_AWS; form <= EVC_PLUGIN_RAW; form++) {
        if (strcmp(forms[form].name, name) == 0) {
            *out = form;
            return check_provider(form, kms, err);
        }
    }
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "KMS plugins have no ciphertexts of the form \"%s\"; it is aws, "
                   "alibaba, edk or raw",
                   name);
}

static int
refuse(evc_plugin_form form, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_STORED,
                   "the wrapped key of a stored value has not the form \"%s\"; name "
                   "the form that the cluster's plugin writes",
                   forms[form].name);
}

static int
read_whole(evc_view text, evc_edk *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(text);

    if (evc_edk_read(&c, out) && evc_cursor_done(&c))
        return 0;
    return refuse(EVC_PLUGIN_EDK, err);
}

/* AWS's EDKs have the ARN of the key as their info; others as design 6.3. */
static void
put_info(const evc_kms *kms, evc_view key_id, bool has_context, evc_buf *info)
{
    evc_edk_service service = {
        .key_id = kms->key_id[0] ? evc_view_text(kms->key_id) : key_id,
        .form = has_context ? EVC_FORM_MAP : EVC_FORM_NONE,
    };

    if (strcmp(kms->provider, AWS) == 0)
        evc_buf_put_view(info, service.key_id);
    else
        evc_edk_service_info(info, &service);
}

int
evc_plugin_form_read(evc_plugin_form form, const evc_kms *kms, evc_view text,
                     evc_view key_id, bool has_context, evc_buf *info, evc_edk *out,
                     evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(text);
    int rc;

    *out = (evc_edk){.provider = {NULL, 0}};
    if (form == EVC_PLUGIN_EDK)
        return read_whole(text, out, err);
    if (form == EVC_PLUGIN_AWS && evc_view_starts_with(text, "1"))
        (void)evc_cursor_u8(&c);
    if (evc_cursor_left(&c) == 0)
        return refuse(form, err);
    put_info(kms, key_id, has_context, info);
    rc = evc_buf_check(info, err);
    if (rc)
        return rc;
    *out = (evc_edk){evc_view_text(kms->provider), evc_buf_view(info),
                     evc_cursor_bytes(&c, evc_cursor_left(&c))};
    return 0;
}

void
evc_plugin_form_write(evc_plugin_form form, const evc_edk *edk, evc_buf *out)
{
    if (form == EVC_PLUGIN_EDK) {
        evc_edk_write(edk, out);
        return;
    }
    if (form == EVC_PLUGIN_AWS)
        evc_buf_put_u8(out, AWS_VERSION);
    evc_buf_put_view(out, edk->ciphertext);
}
