/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/statefile.h"

#include <string.h>

#include "base/dir.h"
#include "base/encode.h"
#include "base/file.h"
#include "base/mem.h"
#include "base/replace.h"
#include "base/text.h"
#include "crypto/digest.h"

#define HASH 32u
#define REPORT_MAX ((size_t)16 * 1024 * 1024)
#define KEPT 16u /* bytes of the hash that a name has */

struct evc_statefile {
    evc_crypto *crypto;
    evc_file_lock lock;
    char *path; /* "" = nothing is kept */
    char *journal;
    char *report;
};

/* --- names ------------------------------------------------------------------------ */

int
evc_statefile_name(evc_crypto *crypto, const char *folder, const char *scheme,
                   const char *cluster_id, const char *ending, char **out,
                   evc_error **err)
{
    evc_view whole = evc_view_text(cluster_id);
    uint8_t hash[HASH];
    evc_buf path;
    int rc = evc_digest(crypto, EVC_SHA256, &whole, 1, hash, err);

    if (rc)
        return rc;
    evc_buf_init(&path);
    evc_buf_put_format(&path, "%s/%s-", folder, scheme);
    evc_encode_hex(&path, evc_view_of(hash, KEPT));
    evc_buf_put_text(&path, ending);
    return evc_text_take(out, &path, err);
}

static int
name_files(evc_statefile *file, const char *folder, const char *scheme, const char *id,
           evc_error **err)
{
    int rc =
        evc_statefile_name(file->crypto, folder, scheme, id, ".json", &file->path, err);

    if (rc == 0)
        rc = evc_statefile_name(file->crypto, folder, scheme, id, ".journal",
                                &file->journal, err);
    if (rc == 0)
        rc = evc_statefile_name(file->crypto, folder, scheme, id, ".report",
                                &file->report, err);
    return rc;
}

/* --- reading ---------------------------------------------------------------------- */

static int
refuse(const char *path, evc_error **why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_CLUSTER_STATE,
                   "the state file %s cannot be used: %s; look how the cluster stands "
                   "with cluster status, then move the file away",
                   path, evc_error_message(*why));
}

static int
read_record(evc_crypto *crypto, const char *path, const char *id,
            evc_cluster_record *record, bool *found, evc_error **err)
{
    evc_error *why = NULL;
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    rc = evc_file_read(path, EVC_RECORD_MAX, EVC_FILE_PRIVATE | EVC_FILE_OWN, &text,
                       err);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND) {
        evc_err_drop(err);
        return 0;
    }
    if (rc)
        return rc;
    rc = evc_cluster_record_read(crypto, evc_buf_view(&text), record, &why);
    evc_buf_reset(&text);
    if (rc == 0 && strcmp(record->cluster, id) != 0)
        rc = evc_err(&why, ENVCRYPT_E_CLUSTER_STATE, "it is of another cluster");
    if (rc == ENVCRYPT_E_CLUSTER_STATE)
        rc = refuse(path, &why, err);
    else if (rc)
        rc = evc_err(err, rc, "the state file %s cannot be read: %s", path,
                     evc_error_message(why));
    evc_error_free(why);
    if (rc)
        evc_cluster_record_init(record);
    *found = rc == 0;
    return rc;
}

/* --- opening ---------------------------------------------------------------------- */

/* Not waited for: another flow would last too long. */
static int
take_lock(evc_statefile *file, evc_error **err)
{
    int rc = evc_file_lock_try(&file->lock, file->path, err);

    if (rc == ENVCRYPT_E_FILE_BUSY)
        rc = evc_err(err, ENVCRYPT_E_FILE_BUSY,
                     "another process is at work on this cluster and has its state "
                     "file %s; wait for its end",
                     file->path);
    return rc;
}

static int
set_up(evc_statefile *file, const char *folder, const char *scheme, const char *id,
       evc_cluster_record *record, bool *found, evc_error **err)
{
    int rc;

    if (!folder || !folder[0]) {
        file->path = evc_mem_strdup("");
        return file->path ? 0 : evc_err_nomem(err);
    }
    rc = evc_dir_make(folder, err);
    if (rc == 0)
        rc = name_files(file, folder, scheme, id, err);
    if (rc == 0)
        rc = take_lock(file, err);
    return rc == 0 ? read_record(file->crypto, file->path, id, record, found, err) : rc;
}

int
evc_statefile_open(evc_crypto *crypto, const char *folder, const char *scheme,
                   const char *cluster_id, evc_statefile **out,
                   evc_cluster_record *record, bool *found, evc_error **err)
{
    evc_statefile *file = evc_mem_new(sizeof(*file));
    int rc;

    *out = NULL;
    *found = false;
    evc_cluster_record_init(record);
    if (!file)
        return evc_err_nomem(err);
    file->crypto = evc_crypto_ref(crypto);
    file->lock.fd = -1;
    rc = set_up(file, folder, scheme, cluster_id, record, found, err);
    if (rc) {
        evc_statefile_close(file);
        return rc;
    }
    *out = file;
    return 0;
}

int
evc_statefile_peek(evc_crypto *crypto, const char *folder, const char *scheme,
                   const char *cluster_id, evc_cluster_record *record, bool *found,
                   evc_error **err)
{
    char *path = NULL;
    int rc;

    *found = false;
    evc_cluster_record_init(record);
    if (!folder || !folder[0])
        return 0;
    rc = evc_statefile_name(crypto, folder, scheme, cluster_id, ".json", &path, err);
    if (rc == 0)
        rc = read_record(crypto, path, cluster_id, record, found, err);
    evc_mem_free(path);
    return rc;
}

/* --- writing ---------------------------------------------------------------------- */

int
evc_statefile_write(evc_statefile *file, const evc_cluster_record *record,
                    evc_error **err)
{
    evc_buf text;
    int rc;

    if (!file->path[0])
        return 0;
    evc_buf_init(&text);
    rc = evc_cluster_record_write(file->crypto, record, &text, err);
    if (rc == 0)
        rc = evc_replace_put(file->path, evc_buf_view(&text), err);
    evc_buf_reset(&text);
    return rc;
}

int
evc_statefile_report(const evc_statefile *file, evc_view json, evc_error **err)
{
    return file->path[0] ? evc_replace_put(file->report, json, err) : 0;
}

int
evc_statefile_latest(evc_crypto *crypto, const char *folder, const char *scheme,
                     const char *cluster_id, evc_buf *json, evc_error **err)
{
    char *path = NULL;
    int rc;

    if (!folder || !folder[0])
        return evc_err(err, ENVCRYPT_E_FILE_NOT_FOUND,
                       "no report is kept without a folder for it; give the option "
                       "state-dir");
    rc = evc_statefile_name(crypto, folder, scheme, cluster_id, ".report", &path, err);
    if (rc == 0)
        rc =
            evc_file_read(path, REPORT_MAX, EVC_FILE_PRIVATE | EVC_FILE_OWN, json, err);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND)
        rc = evc_err(err, rc,
                     "nothing was done to this cluster from here yet, so there is no "
                     "report of it (%s)",
                     path);
    evc_mem_free(path);
    return rc;
}

const char *
evc_statefile_path(const evc_statefile *file)
{
    return file->path;
}

const char *
evc_statefile_journal(const evc_statefile *file)
{
    return file->journal;
}

void
evc_statefile_close(evc_statefile *file)
{
    if (!file)
        return;
    evc_file_lock_drop(&file->lock);
    evc_mem_free(file->path);
    evc_mem_free(file->journal);
    evc_mem_free(file->report);
    evc_crypto_unref(file->crypto);
    evc_mem_free(file);
}
