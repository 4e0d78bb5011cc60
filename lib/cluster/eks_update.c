/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_update.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"

static const struct status {
    const char *word;
    evc_eks_update_status status;
} statuses[] = {
    {"Successful", EVC_EKS_SUCCESSFUL},
    {"Failed", EVC_EKS_FAILED},
    {"Cancelled", EVC_EKS_CANCELLED},
};

static int
copy_text(const char *text, char *out, size_t size, const char *what, evc_error **err)
{
    if (!text || !text[0] || strlen(text) >= size)
        return evc_err(err, ENVCRYPT_E_JSON, "%s of an update is missing or too long",
                       what);
    memcpy(out, text, strlen(text) + 1);
    return 0;
}

static int
read_status(const evc_json *update, evc_eks_update *out, evc_error **err)
{
    const char *word = NULL;
    int rc = evc_json_text(update, "status", &word, err);

    out->status = EVC_EKS_IN_PROGRESS;
    for (size_t i = 0; rc == 0 && i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (strcmp(statuses[i].word, word) == 0)
            out->status = statuses[i].status;
    }
    return rc;
}

/* JSON in a text: [{"resources":["secrets"],"provider":{"keyArn":"…"}}]. What is none of
 * that tells no key. */
static void
read_key(const char *value, evc_eks_update *out)
{
    evc_json_doc *doc = NULL;
    const evc_json *provider = NULL;
    const char *key = NULL;

    if (evc_json_parse(evc_view_text(value), "the parameters of an update", &doc,
                       NULL) != 0)
        return;
    if (evc_json_object(evc_json_at(evc_json_root(doc), 0), "provider", &provider,
                        NULL) == 0 &&
        evc_json_text(provider, "keyArn", &key, NULL) == 0 &&
        strlen(key) < sizeof(out->key))
        memcpy(out->key, key, strlen(key) + 1);
    evc_json_free(doc);
}

static int
read_params(const evc_json *update, evc_eks_update *out, evc_error **err)
{
    const evc_json *list = NULL;

    if (evc_json_array(update, "params", &list, NULL) != 0)
        return 0;
    for (size_t i = 0; i < evc_json_count(list); i++) {
        const char *kind = NULL;
        const char *value = NULL;
        int rc = evc_json_text_opt(evc_json_at(list, i), "type", &kind, err);

        if (rc == 0)
            rc = evc_json_text_opt(evc_json_at(list, i), "value", &value, err);
        if (rc)
            return rc;
        if (kind && value && strcmp(kind, "EncryptionConfig") == 0)
            read_key(value, out);
    }
    return 0;
}

/* As many reasons as there is room for. */
static int
read_errors(const evc_json *update, evc_eks_update *out, evc_error **err)
{
    const evc_json *list = NULL;
    evc_buf why;
    int rc = 0;

    if (evc_json_array(update, "errors", &list, NULL) != 0)
        return 0;
    evc_buf_init_fixed(&why, out->why, sizeof(out->why) - 1);
    for (size_t i = 0; rc == 0 && !why.failed && i < evc_json_count(list); i++) {
        const char *code = NULL;
        const char *message = NULL;

        rc = evc_json_text_opt(evc_json_at(list, i), "errorCode", &code, err);
        if (rc == 0)
            rc = evc_json_text_opt(evc_json_at(list, i), "errorMessage", &message, err);
        if (rc)
            return rc;
        evc_buf_put_format(&why, "%s%.60s%s%.160s", why.size ? "; " : "",
                           code ? code : "no code", message && message[0] ? ": " : "",
                           message ? message : "");
    }
    evc_utf8_clean(out->why);
    return 0;
}

int
evc_eks_update_read(const evc_json *root, evc_eks_update *out, evc_error **err)
{
    const evc_json *update = NULL;
    const char *text = NULL;
    int rc;

    *out = (evc_eks_update){.created_ms = -1};
    rc = evc_json_object(root, "update", &update, err);
    if (rc == 0)
        rc = evc_json_text(update, "id", &text, err);
    if (rc == 0)
        rc = copy_text(text, out->id, sizeof(out->id), "the id", err);
    if (rc == 0)
        rc = read_status(update, out, err);
    text = NULL;
    if (rc == 0)
        rc = evc_json_text_opt(update, "type", &text, err);
    if (rc)
        return rc;
    if (evc_json_seconds_opt(update, "createdAt", &out->created_ms, NULL))
        out->created_ms = -1;
    out->is_association = text && strcmp(text, "AssociateEncryptionConfig") == 0;
    rc = read_params(update, out, err);
    return rc ? rc : read_errors(update, out, err);
}
