/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_detail.h"

#include <string.h>

#include "base/buf.h"

#define MARK_SIZE 256u

/* --- reading --- */

/* A text that stands in the document, "" when it is missing or null. */
static int
read_text(const evc_json *of, const char *name, const char **out, evc_error **err)
{
    *out = "";
    return evc_json_text_opt(of, name, out, err);
}

static int
read_members(const evc_json *object, evc_ack_detail *out, evc_error **err)
{
    const struct {
        const char *name;
        const char **text;
    } members[] = {
        {"name", &out->name},         {"region_id", &out->region},
        {"cluster_type", &out->kind}, {"cluster_spec", &out->spec},
        {"profile", &out->profile},   {"current_version", &out->version},
        {"updated", &out->updated},
    };
    int rc = evc_json_text(object, "cluster_id", &out->id, err);

    if (!rc)
        rc = evc_json_text(object, "state", &out->state, err);
    for (size_t i = 0; !rc && i < sizeof(members) / sizeof(members[0]); i++)
        rc = read_text(object, members[i].name, members[i].text, err);
    return rc;
}

/* true, "true": both are seen. */
static int
read_flag(const evc_json *of, const char *name, bool *out, evc_error **err)
{
    const char *text = NULL;

    if (evc_json_text_opt(of, name, &text, NULL) || !text)
        return evc_json_bool_opt(of, name, out, err);
    if (strcmp(text, "true") == 0)
        *out = true;
    else if (strcmp(text, "false") != 0 && text[0])
        return evc_err(err, ENVCRYPT_E_JSON, "member \"%s\" is neither true nor false",
                       name);
    return 0;
}

/* Whether an object has the member at all. */
static bool
has(const evc_json *object, const char *name)
{
    const char *each = NULL;

    while ((each = evc_json_next_name(object, each))) {
        if (strcmp(each, name) == 0)
            return true;
    }
    return false;
}

static int
read_meta(const char *text, evc_ack_detail *out, evc_error **err)
{
    const evc_json *capabilities;
    int rc;

    if (!text[0])
        return 0;
    if (text[strspn(text, " \t\r\n")] != '{')
        return evc_err(err, ENVCRYPT_E_JSON, "member \"meta_data\" holds no object");
    rc = evc_json_parse(evc_view_text(text), "the meta_data of the cluster", &out->meta,
                        err);
    if (rc)
        return rc;
    if (!has(evc_json_root(out->meta), "Capabilities"))
        return 0;
    rc = evc_json_object(evc_json_root(out->meta), "Capabilities", &capabilities, err);
    if (!rc)
        rc = read_text(capabilities, "EncryptionKMSKeyId", &out->key, err);
    return rc ? rc : read_flag(capabilities, "DisableEncryption", &out->disabled, err);
}

/* JSON in a text too; nothing depends on it but where the API server is. */
static void
read_master(const char *text, evc_ack_detail *out)
{
    if (text[0] &&
        evc_json_parse(evc_view_text(text), "master_url", &out->master, NULL) == 0 &&
        read_text(evc_json_root(out->master), "api_server_endpoint", &out->server,
                  NULL))
        out->server = "";
}

int
evc_ack_detail_read(const evc_json *object, evc_ack_detail *out, evc_error **err)
{
    const char *master = "";
    const char *meta = "";
    int rc;

    *out = (evc_ack_detail){.key = "", .server = ""};
    rc = read_members(object, out, err);
    if (!rc)
        rc = read_text(object, "meta_data", &meta, err);
    if (!rc)
        rc = read_text(object, "master_url", &master, err);
    if (!rc)
        rc = read_meta(meta, out, err);
    if (rc)
        evc_ack_detail_reset(out);
    else
        read_master(master, out);
    return rc;
}

void
evc_ack_detail_reset(evc_ack_detail *detail)
{
    evc_json_free(detail->meta);
    evc_json_free(detail->master);
    *detail = (evc_ack_detail){.id = NULL};
}

/* --- what it says --- */

bool
evc_ack_detail_encrypts(const evc_ack_detail *detail)
{
    return detail->key[0] && !detail->disabled;
}

bool
evc_ack_detail_is(const evc_ack_detail *detail, const char *key)
{
    if (!key)
        return !evc_ack_detail_encrypts(detail);
    return evc_ack_detail_encrypts(detail) && strcmp(detail->key, key) == 0;
}

static bool
is_among(const char *word, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(*words, word) == 0)
            return true;
    }
    return false;
}

bool
evc_ack_detail_is_running(const evc_ack_detail *detail)
{
    return strcmp(detail->state, "running") == 0;
}

bool
evc_ack_detail_is_broken(const evc_ack_detail *detail)
{
    static const char *const words[] = {"failed",   "updating_failed", "stopped",
                                        "deleting", "deleted",         "delete_failed",
                                        NULL};

    return is_among(detail->state, words);
}

bool
evc_ack_detail_is_pro(const evc_ack_detail *detail)
{
    static const char pro[] = "ack.pro.";

    return strcmp(detail->kind, "ManagedKubernetes") == 0 &&
           strncmp(detail->spec, pro, sizeof(pro) - 1) == 0;
}

static evc_cluster_phase
phase_of(const evc_ack_detail *detail)
{
    if (evc_ack_detail_is_running(detail))
        return EVC_CLUSTER_STEADY;
    return evc_ack_detail_is_broken(detail) ? EVC_CLUSTER_BROKEN : EVC_CLUSTER_CHANGING;
}

/* Key, switch and time of the last change, which all change with a later one. */
static int
set_mark(const evc_ack_detail *detail, evc_cluster_state *out, evc_error **err)
{
    char text[MARK_SIZE];
    evc_buf b;

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_format(&b, "%.100s %s %.100s", detail->key[0] ? detail->key : "-",
                       detail->disabled ? "off" : "on", detail->updated);
    evc_buf_put_u8(&b, 0);
    if (b.failed)
        return evc_buf_check(&b, err);
    return evc_cluster_state_set(out, EVC_CLUSTER_MARK, text, err);
}

static int
set_kind(const evc_ack_detail *detail, evc_cluster_state *out, evc_error **err)
{
    char text[MARK_SIZE];
    evc_buf b;

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_format(&b, "%.80s %.80s %.80s", detail->kind,
                       detail->spec[0] ? detail->spec : "-", detail->profile);
    evc_buf_put_u8(&b, 0);
    if (b.failed)
        return evc_buf_check(&b, err);
    return evc_cluster_state_set(out, EVC_CLUSTER_KIND, text, err);
}

int
evc_ack_detail_state(const evc_ack_detail *detail, evc_cluster_state *out,
                     evc_error **err)
{
    const bool encrypts = evc_ack_detail_encrypts(detail);
    const struct {
        evc_cluster_text which;
        const char *text;
    } texts[] = {
        {EVC_CLUSTER_NAME, detail->name},
        {EVC_CLUSTER_ID, detail->id},
        {EVC_CLUSTER_REGION, detail->region},
        {EVC_CLUSTER_VERSION, detail->version},
        {EVC_CLUSTER_STATUS, detail->state},
        {EVC_CLUSTER_KEY, encrypts ? detail->key : NULL},
        {EVC_CLUSTER_KEY_GIVEN, encrypts ? detail->key : NULL},
        {EVC_CLUSTER_SERVER, detail->server},
    };
    int rc = 0;

    for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++)
        rc = evc_cluster_state_set(out, texts[i].which, texts[i].text, err);
    if (!rc)
        rc = set_kind(detail, out, err);
    if (!rc)
        rc = set_mark(detail, out, err);
    out->phase = phase_of(detail);
    out->unsupported = !evc_ack_detail_is_pro(detail);
    out->encryption =
        encrypts ? ENVCRYPT_CLUSTER_ENCRYPTION_OWN : ENVCRYPT_CLUSTER_ENCRYPTION_NONE;
    return rc;
}
