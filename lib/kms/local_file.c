/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local_file.h"

#include <pthread.h>
#include <string.h>
#include <sys/stat.h>

#include "base/fork.h"
#include "base/mem.h"
#include "kms/store_edit.h"

/* What tells one state of a file from another without reading it. */
typedef struct stamp {
    dev_t device;
    ino_t inode;
    off_t size;
    struct timespec changed;
} stamp;

struct evc_local_file {
    uint64_t generation;
    evc_store_access *access;
    pthread_mutex_t mutex; /* of all that follows */
    evc_store_data *data;
    stamp seen;           /* of data; all zero: not known */
    int64_t next_look_ms; /* monotonic */
    uint64_t begun;       /* number of the look that began last, */
    uint64_t applied;     /* and of the one whose result stands here */
    int code;             /* why the file is no good; 0 when it is */
    char *message;
};

/* What one look found. */
typedef struct finding {
    uint64_t number;
    stamp seen;
    evc_store_data *data; /* NULL: nothing new, or code */
    int code;
    char *message;
} finding;

static stamp
stamp_of(const char *path)
{
    struct stat info;

    if (lstat(path, &info) != 0)
        return (stamp){0};
    return (stamp){.device = info.st_dev,
                   .inode = info.st_ino,
                   .size = info.st_size,
                   .changed = info.st_mtim};
}

static bool
same_stamp(const stamp *a, const stamp *b)
{
    return a->inode != 0 && a->inode == b->inode && a->device == b->device &&
           a->size == b->size && a->changed.tv_sec == b->changed.tv_sec &&
           a->changed.tv_nsec == b->changed.tv_nsec;
}

static int64_t
now_ms(const evc_local_file *file)
{
    return evc_clock_monotonic_ms(&evc_crypto_env(file->access->crypto)->clock);
}

int
evc_local_file_open(evc_store_access *access, evc_store_data *data,
                    evc_local_file **out, evc_error **err)
{
    evc_local_file *file = evc_mem_new(sizeof *file);

    *out = NULL;
    if (!file)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&file->mutex, NULL) != 0) {
        evc_mem_free(file);
        return evc_err_nomem(err);
    }
    file->generation = evc_fork_generation();
    file->access = evc_store_access_ref(access);
    file->data = evc_store_data_ref(data);
    *out = file;
    return 0;
}

void
evc_local_file_close(evc_local_file *file)
{
    if (!file)
        return;
    /* In a child another thread of the parent may have held it for ever. */
    if (evc_fork_is_current(file->generation))
        (void)pthread_mutex_destroy(&file->mutex);
    evc_store_data_unref(file->data);
    evc_store_access_unref(file->access);
    evc_mem_free(file->message);
    evc_mem_free(file);
}

const evc_store_access *
evc_local_file_access(const evc_local_file *file)
{
    return file->access;
}

evc_store_data *
evc_local_file_last(evc_local_file *file)
{
    evc_store_data *data;

    (void)pthread_mutex_lock(&file->mutex);
    data = evc_store_data_ref(file->data);
    (void)pthread_mutex_unlock(&file->mutex);
    return data;
}

/* Whether a failure to read says something about the store, not only about the way to it. */
static bool
is_verdict(int code)
{
    switch (code) {
    case ENVCRYPT_E_FILE_NOT_FOUND:
    case ENVCRYPT_E_FILE_DENIED:
    case ENVCRYPT_E_FILE_CHANGED:
    case ENVCRYPT_E_IO:
    case ENVCRYPT_E_NOMEM:
        return false;
    default:
        return true;
    }
}

/*
 * The reading, without the mutex. The stamp is taken first: should the file be replaced
 * in between, the next look sees a difference and reads once more.
 */
static void
look(const evc_local_file *file, const evc_store_data *known, const stamp *seen,
     bool force, finding *out)
{
    const evc_env *env = evc_crypto_env(file->access->crypto);
    evc_error *error = NULL;
    int rc;

    out->seen = stamp_of(file->access->path);
    if (!force && same_stamp(&out->seen, seen))
        return;
    rc = evc_store_load(file->access, known, &out->data, &error);
    if (rc && is_verdict(rc)) {
        out->code = rc;
        out->message = evc_mem_strdup(evc_error_message(error));
    } else if (rc) {
        out->seen = (stamp){0};
        evc_log_write(&env->log, ENVCRYPT_LOG_WARNING,
                      "the key store is used as it was read last: %s",
                      evc_error_message(error));
    }
    evc_error_free(error);
}

/* With the mutex held. A later look may have been quicker; then its result stands. */
static void
apply(evc_local_file *file, finding *found)
{
    if (found->number > file->applied) {
        file->applied = found->number;
        file->seen = found->seen;
        if (found->data || found->code) {
            char *old = file->message;

            file->code = found->code;
            file->message = found->message;
            found->message = old;
        }
        if (found->data) {
            evc_store_data *old = file->data;

            file->data = found->data;
            found->data = old;
        }
    }
}

static void
drop_finding(finding *found)
{
    evc_store_data_unref(found->data);
    evc_mem_free(found->message);
}

int
evc_local_file_get(evc_local_file *file, bool now, evc_store_data **out,
                   evc_error **err)
{
    int64_t time = now_ms(file);
    evc_store_data *known = NULL;
    finding found = {0};
    stamp seen;
    bool bad;
    int rc = 0;

    *out = NULL;
    (void)pthread_mutex_lock(&file->mutex);
    if (now || time >= file->next_look_ms) {
        known = evc_store_data_ref(file->data);
        seen = file->seen;
        bad = file->code != 0;
        found.number = ++file->begun;
        file->next_look_ms = time + EVC_LOCAL_LOOK_MS;
        (void)pthread_mutex_unlock(&file->mutex);
        look(file, known, &seen, bad, &found);
        (void)pthread_mutex_lock(&file->mutex);
        apply(file, &found);
    }
    if (file->code)
        rc = evc_err(err, file->code, "%s",
                     file->message ? file->message : evc_error_text(file->code));
    else
        *out = evc_store_data_ref(file->data);
    (void)pthread_mutex_unlock(&file->mutex);
    drop_finding(&found);
    evc_store_data_unref(known);
    return rc;
}

int
evc_local_file_rotate(evc_local_file *file, const char *name, evc_wait *wait,
                      evc_error **err)
{
    evc_store_data *known = evc_local_file_last(file);
    finding found = {0};
    evc_store_txn txn;
    uint32_t version;
    int rc = evc_store_txn_begin(&txn, file->access, known, wait, err);

    if (rc)
        goto out;
    rc = evc_store_rotate_key(&file->access->keys, txn.data, name, &version, err);
    if (rc)
        evc_store_txn_abort(&txn);
    else
        rc = evc_store_txn_commit(&txn, NULL, &found.data, err);
    if (rc)
        goto out;
    /* The stamp stays unknown: what stands in the file by now may be another's work. */
    (void)pthread_mutex_lock(&file->mutex);
    found.number = ++file->begun;
    apply(file, &found);
    (void)pthread_mutex_unlock(&file->mutex);
out:
    drop_finding(&found);
    evc_store_data_unref(known);
    return rc;
}
