/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/former.h"

#include <string.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/replace.h"
#include "cluster/statefile.h"
#include "codec/json.h"
#include "codec/jwrite.h"

#define FORMAT "envcrypt-cluster-keys-1"
#define FILE_MAX ((size_t)256 * 1024)

/* What the file says; empty where there is none. */
typedef struct history {
    char *path;
    evc_json_doc *doc;
    const evc_json *keys; /* NULL = none */
} history;

static void
history_reset(history *h)
{
    evc_json_free(h->doc);
    evc_mem_free(h->path);
    *h = (history){.path = NULL};
}

static int
read_members(history *h, const char *cluster_id, evc_error **err)
{
    const evc_json *root = evc_json_root(h->doc);
    const char *format = NULL;
    const char *cluster = NULL;
    int rc = evc_json_text(root, "format", &format, err);

    if (rc == 0)
        rc = evc_json_text(root, "cluster", &cluster, err);
    if (rc == 0)
        rc = evc_json_array(root, "keys", &h->keys, err);
    if (rc == 0 && (strcmp(format, FORMAT) != 0 || strcmp(cluster, cluster_id) != 0))
        rc = evc_err(err, ENVCRYPT_E_JSON, "it is of another format or cluster");
    for (size_t i = 0; rc == 0 && i < evc_json_count(h->keys); i++) {
        if (!evc_json_as_text(evc_json_at(h->keys, i)))
            rc = evc_err(err, ENVCRYPT_E_JSON, "one of its keys is no text");
    }
    return rc;
}

static int
history_read(history *h, evc_crypto *crypto, const char *folder, const char *scheme,
             const char *cluster_id, evc_error **err)
{
    evc_error *why = NULL;
    evc_buf text;
    int rc;

    *h = (history){.path = NULL};
    rc = evc_statefile_name(crypto, folder, scheme, cluster_id, ".keys", &h->path, err);
    if (rc)
        return rc;
    evc_buf_init(&text);
    rc = evc_file_read(h->path, FILE_MAX, EVC_FILE_PRIVATE | EVC_FILE_OWN, &text, &why);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND) {
        evc_error_free(why);
        return 0;
    }
    if (rc == 0)
        rc = evc_json_parse(evc_buf_view(&text), "the list of keys", &h->doc, &why);
    if (rc == 0)
        rc = read_members(h, cluster_id, &why);
    evc_buf_reset(&text);
    if (rc == ENVCRYPT_E_JSON)
        rc = evc_err_wrap(&why, ENVCRYPT_E_CLUSTER_STATE,
                          "the list of keys that the cluster had, %s, is not as it is "
                          "written; move the file away",
                          h->path);
    if (rc) {
        history_reset(h);
        evc_err_add_cause(err, why);
    }
    return rc;
}

static const char *
key_at(const history *h, size_t place)
{
    return evc_json_as_text(evc_json_at(h->keys, place));
}

static size_t
count_of(const history *h)
{
    return h->keys ? evc_json_count(h->keys) : 0;
}

/* The count where it does not stand. */
static size_t
place_of(const history *h, const char *key)
{
    size_t place = 0;

    while (place < count_of(h) && strcmp(key_at(h, place), key) != 0)
        place++;
    return place;
}

static int
write_with(const history *h, const char *cluster_id, const char *key, evc_error **err)
{
    size_t first =
        count_of(h) >= EVC_FORMER_KEYS ? count_of(h) - (EVC_FORMER_KEYS - 1) : 0;
    evc_jwrite w;
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_jwrite_begin(&w, &text, true);
    evc_jwrite_object(&w);
    evc_jwrite_member_text(&w, "format", FORMAT);
    evc_jwrite_member_text(&w, "cluster", cluster_id);
    evc_jwrite_name(&w, "keys");
    evc_jwrite_array(&w);
    for (size_t i = first; i < count_of(h); i++)
        evc_jwrite_text(&w, key_at(h, i));
    evc_jwrite_text(&w, key);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    rc = evc_jwrite_finish(&w, err);
    if (rc == 0)
        rc = evc_replace_put(h->path, evc_buf_view(&text), err);
    evc_buf_reset(&text);
    return rc;
}

int
evc_former_add(evc_crypto *crypto, const char *folder, const char *scheme,
               const char *cluster_id, const char *key, evc_error **err)
{
    history h;
    int rc;

    if (!folder || !folder[0] || !key[0])
        return 0;
    rc = history_read(&h, crypto, folder, scheme, cluster_id, err);
    if (rc == 0 && place_of(&h, key) == count_of(&h))
        rc = write_with(&h, cluster_id, key, err);
    history_reset(&h);
    return rc;
}

int
evc_former_has(evc_crypto *crypto, const char *folder, const char *scheme,
               const char *cluster_id, const char *key, bool *out, evc_error **err)
{
    history h;
    int rc;

    *out = false;
    if (!folder || !folder[0])
        return 0;
    rc = history_read(&h, crypto, folder, scheme, cluster_id, err);
    if (rc == 0)
        *out = place_of(&h, key) + 1 < count_of(&h);
    history_reset(&h);
    return rc;
}
