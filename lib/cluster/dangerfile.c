/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/dangerfile.h"

#include <errno.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/mem.h"
#include "base/replace.h"
#include "cluster/statefile.h"

#define ENDING ".endangered"

struct evc_dangerfile {
    evc_crypto *crypto;
    evc_file_lock lock;
    char *path;
};

/* path moves. */
static int
new_file(evc_crypto *crypto, char *path, evc_dangerfile **out, evc_error **err)
{
    evc_dangerfile *file = evc_mem_new(sizeof(*file));

    *out = file;
    if (!file) {
        evc_mem_free(path);
        return evc_err_nomem(err);
    }
    file->crypto = evc_crypto_ref(crypto);
    file->lock.fd = -1;
    file->path = path;
    return 0;
}

/* Not waited for: a proof lasts for hours. */
static int
take_lock(evc_dangerfile *file, evc_error **err)
{
    evc_wait never;
    int rc;

    evc_wait_init(&never, NULL, 0);
    rc = evc_file_lock_take(&file->lock, file->path, &never, err);
    evc_wait_release(&never);
    if (rc == ENVCRYPT_E_FILE_BUSY)
        rc = evc_err(err, ENVCRYPT_E_FILE_BUSY,
                     "another process is at work with the key that is named in %s: a "
                     "destructive proof, or what enables the key after one",
                     file->path);
    return rc;
}

static int
close_failed(evc_dangerfile **file, int rc)
{
    evc_dangerfile_close(*file);
    *file = NULL;
    return rc;
}

/* --- a new one -------------------------------------------------------------------- */

static int
refuse_standing(const evc_dangerfile *file, evc_error **err)
{
    struct stat now;

    if (lstat(file->path, &now) != 0 && errno == ENOENT)
        return 0;
    return evc_err(
        err, ENVCRYPT_E_CLUSTER_STATE,
        "%s stands since an earlier destructive proof; see to it that the key "
        "of the cluster is enabled, then move the file away",
        file->path);
}

int
evc_dangerfile_open(evc_crypto *crypto, const char *folder, const char *scheme,
                    const char *cluster_id, evc_dangerfile **out, evc_error **err)
{
    char *path = NULL;
    int rc = evc_dir_make(folder, err);

    *out = NULL;
    if (rc == 0)
        rc = evc_statefile_name(crypto, folder, scheme, cluster_id, ENDING, &path, err);
    if (rc == 0)
        rc = new_file(crypto, path, out, err);
    if (rc)
        return rc;
    rc = take_lock(*out, err);
    if (rc == 0)
        rc = refuse_standing(*out, err);
    return rc ? close_failed(out, rc) : 0;
}

/* --- one that stands -------------------------------------------------------------- */

int
evc_dangerfile_peek(evc_crypto *crypto, const char *path, evc_danger *danger,
                    evc_error **err)
{
    evc_error *why = NULL;
    evc_buf text;
    int rc;

    evc_danger_init(danger);
    evc_buf_init(&text);
    rc = evc_file_read(path, EVC_DANGER_MAX, EVC_FILE_PRIVATE | EVC_FILE_OWN, &text,
                       err);
    if (rc == 0) {
        rc = evc_danger_read(crypto, evc_buf_view(&text), danger, &why);
        if (rc)
            rc = evc_err(err, rc,
                         "%s, which names a key that a destructive proof disabled, "
                         "cannot be used: %s; see to it that the cluster's key is "
                         "enabled, then move the file away",
                         path, evc_error_message(why));
        evc_error_free(why);
    }
    evc_buf_reset(&text);
    return rc;
}

int
evc_dangerfile_take(evc_crypto *crypto, const char *path, evc_dangerfile **out,
                    evc_danger *danger, evc_error **err)
{
    char *copy = evc_mem_strdup(path);
    int rc = copy ? new_file(crypto, copy, out, err) : evc_err_nomem(err);

    evc_danger_init(danger);
    if (!copy)
        *out = NULL;
    if (rc)
        return rc;
    rc = take_lock(*out, err);
    if (rc == 0)
        rc = evc_dangerfile_peek(crypto, path, danger, err);
    return rc ? close_failed(out, rc) : 0;
}

/* --- while it stands -------------------------------------------------------------- */

int
evc_dangerfile_write(const evc_dangerfile *file, const evc_danger *danger,
                     evc_error **err)
{
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    rc = evc_danger_write(file->crypto, danger, &text, err);
    if (rc == 0)
        rc = evc_replace_put(file->path, evc_buf_view(&text), err);
    evc_buf_reset(&text);
    return rc;
}

int
evc_dangerfile_remove(const evc_dangerfile *file, evc_error **err)
{
    return evc_replace_remove(file->path, err);
}

const char *
evc_dangerfile_path(const evc_dangerfile *file)
{
    return file->path;
}

void
evc_dangerfile_close(evc_dangerfile *file)
{
    if (!file)
        return;
    evc_file_lock_drop(&file->lock);
    evc_mem_free(file->path);
    evc_crypto_unref(file->crypto);
    evc_mem_free(file);
}

int
evc_dangerfile_each(const char *folder, evc_dir_fn fn, void *user, evc_error **err)
{
    return evc_dir_each(folder, ENDING, fn, user, err);
}
