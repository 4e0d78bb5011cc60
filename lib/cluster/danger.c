/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/danger.h"

#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "cluster/summed.h"
#include "codec/json.h"
#include "codec/jwrite.h"

#define FORMAT "envcrypt-endangered-1"

void
evc_danger_init(evc_danger *danger)
{
    *danger = (evc_danger){.since_ms = -1, .until_ms = -1};
    evc_kv_init(&danger->options);
}

void
evc_danger_reset(evc_danger *danger)
{
    evc_mem_free(danger->uri);
    evc_mem_free(danger->cluster);
    evc_mem_free(danger->name);
    evc_mem_free(danger->key);
    evc_kv_reset(&danger->options);
    evc_danger_init(danger);
}

/* --- how the cloud is reached ----------------------------------------------------- */

static bool
leads_to_the_cloud(const evc_pair *pair)
{
    static const char *const others[] = {"kubeconfig", "context", "allow-exec",
                                         "state-dir", "rescue-dir"};

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        if (evc_view_is_text(pair->name, others[i]))
            return false;
    }
    return !evc_view_is_text(pair->name, "proxy") ||
           memchr(pair->value.data, '@', pair->value.size) == NULL;
}

int
evc_danger_take_options(evc_danger *danger, const evc_kv *options, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < options->count; i++) {
        const evc_pair *pair = &options->pairs[i];

        if (leads_to_the_cloud(pair))
            rc = evc_kv_set(&danger->options, pair->name, pair->value, err);
    }
    return rc;
}

/* --- writing ---------------------------------------------------------------------- */

static void
put_danger(evc_jwrite *w, const evc_danger *danger)
{
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "format", FORMAT);
    evc_jwrite_member_text(w, "uri", danger->uri);
    evc_jwrite_member_text(w, "cluster", danger->cluster);
    evc_jwrite_member_text(w, "name", danger->name);
    evc_jwrite_member_text(w, "key", danger->key);
    evc_jwrite_member_integer(w, "since_ms", danger->since_ms);
    evc_jwrite_member_integer(w, "until_ms", danger->until_ms);
    evc_jwrite_name(w, "options");
    evc_jwrite_object(w);
    for (size_t i = 0; i < danger->options.count; i++) {
        const evc_pair *pair = &danger->options.pairs[i];

        evc_jwrite_name(w, (const char *)pair->name.data); /* a NUL stands behind it */
        evc_jwrite_view(w, pair->value);
    }
    evc_jwrite_end(w);
    evc_jwrite_end(w);
}

int
evc_danger_write(evc_crypto *crypto, const evc_danger *danger, evc_buf *out,
                 evc_error **err)
{
    evc_jwrite w;
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_jwrite_begin(&w, &text, true);
    put_danger(&w, danger);
    rc = evc_jwrite_finish(&w, err);
    if (rc == 0 && text.size > EVC_DANGER_MAX / 2)
        rc =
            evc_err(err, ENVCRYPT_E_ARGUMENT,
                    "the options of the cluster are too long for the record of its key "
                    "(at most %u bytes)",
                    EVC_DANGER_MAX / 2);
    if (rc == 0)
        rc = evc_summed_put(crypto, evc_buf_view(&text), out, err);
    evc_buf_reset(&text);
    return rc;
}

/* --- reading ---------------------------------------------------------------------- */

static int
take_text(const evc_json *of, const char *name, char **out, evc_error **err)
{
    const char *text;
    int rc = evc_json_text(of, name, &text, err);

    return rc ? rc : evc_text_set(out, text, err);
}

static int
take_options(const evc_json *root, evc_kv *out, evc_error **err)
{
    const evc_json *options;
    int rc = evc_json_object(root, "options", &options, err);

    for (const char *name = rc ? NULL : evc_json_next_name(options, NULL);
         name && rc == 0; name = evc_json_next_name(options, name)) {
        const char *value;

        rc = evc_json_text(options, name, &value, err);
        if (rc == 0)
            rc = evc_kv_set_text(out, name, value, err);
    }
    return rc;
}

static int
take_format(const evc_json *root, evc_error **err)
{
    const char *format;
    int rc = evc_json_text(root, "format", &format, err);

    if (rc == 0 && strcmp(format, FORMAT) != 0)
        rc = evc_err(err, ENVCRYPT_E_CLUSTER_STATE,
                     "it is of another version of the library");
    return rc;
}

static int
take_danger(const evc_json *root, evc_danger *out, evc_error **err)
{
    int rc = take_format(root, err);

    if (rc == 0)
        rc = take_text(root, "uri", &out->uri, err);
    if (rc == 0)
        rc = take_text(root, "cluster", &out->cluster, err);
    if (rc == 0)
        rc = take_text(root, "name", &out->name, err);
    if (rc == 0)
        rc = take_text(root, "key", &out->key, err);
    if (rc == 0)
        rc = evc_json_integer(root, "since_ms", -1, INT64_MAX, &out->since_ms, err);
    if (rc == 0)
        rc = evc_json_integer(root, "until_ms", -1, INT64_MAX, &out->until_ms, err);
    return rc ? rc : take_options(root, &out->options, err);
}

int
evc_danger_read(evc_crypto *crypto, evc_view text, evc_danger *out, evc_error **err)
{
    evc_json_doc *doc = NULL;
    int rc = evc_summed_check(crypto, text, err);

    evc_danger_init(out);
    if (rc == 0)
        rc = evc_json_parse(text, "record of a key in danger", &doc, err);
    if (rc == 0)
        rc = take_danger(evc_json_root(doc), out, err);
    if (rc == ENVCRYPT_E_JSON)
        rc = evc_err_wrap(err, ENVCRYPT_E_CLUSTER_STATE, "it is not as it is written");
    if (rc)
        evc_danger_reset(out);
    evc_json_free(doc);
    return rc;
}
