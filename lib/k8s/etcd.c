/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd.h"

#include "base/fork.h"
#include "base/instream.h"
#include "base/mem.h"
#include "envcrypt/k8s.h"
#include "k8s/bolt.h"
#include "k8s/etcd_dump.h"
#include "k8s/etcd_snapshot.h"

struct envcrypt_etcd {
    const evc_etcd_source *source;
    void *state; /* of the source */
    uint64_t generation;
    char *path;
    evc_instream in;
};

static int
make(evc_etcd **out, evc_error **err)
{
    evc_etcd *etcd = evc_mem_new(sizeof(*etcd));

    if (!etcd)
        return evc_err_nomem(err);
    etcd->generation = evc_fork_generation();
    etcd->in.fd = -1;
    *out = etcd;
    return 0;
}

int
evc_etcd_open(evc_net *net, const evc_etcd_options *options, evc_etcd **out,
              evc_error **err)
{
    evc_etcd_gateway *gateway = NULL;
    evc_etcd *etcd;
    int rc = make(&etcd, err);

    if (rc)
        return rc;
    rc = evc_etcd_gateway_open(net, options, &gateway, err);
    if (rc) {
        evc_etcd_close(etcd);
        return rc;
    }
    etcd->source = &evc_etcd_source_gateway;
    etcd->state = gateway;
    *out = etcd;
    return 0;
}

static int
open_snapshot(evc_etcd *etcd, evc_crypto *crypto, evc_error **err)
{
    evc_etcd_snapshot *snapshot = NULL;
    int rc = evc_etcd_snapshot_open(crypto, &etcd->in.file,
                                    ENVCRYPT_ETCD_SNAPSHOT_KEYS_MAX, &snapshot, err);

    etcd->source = &evc_etcd_source_snapshot;
    etcd->state = snapshot;
    return rc;
}

static int
open_dump(evc_etcd *etcd, evc_error **err)
{
    evc_etcd_dump *dump = NULL;
    int rc = evc_etcd_dump_open(&etcd->in, &dump, err);

    etcd->source = &evc_etcd_source_dump;
    etcd->state = dump;
    return rc;
}

static int
open_path(evc_etcd *etcd, evc_crypto *crypto, const char *path, evc_error **err)
{
    bool is_bolt = false;
    int rc;

    etcd->path = evc_mem_strdup(path);
    if (!etcd->path)
        return evc_err_nomem(err);
    rc = evc_instream_open(&etcd->in, etcd->path, err);
    if (rc == 0 && etcd->in.is_regular)
        rc = evc_bolt_recognize(&etcd->in.file, &is_bolt, err);
    if (rc)
        return rc;
    return is_bolt ? open_snapshot(etcd, crypto, err) : open_dump(etcd, err);
}

int
evc_etcd_open_file(evc_crypto *crypto, const char *path, evc_etcd **out,
                   evc_error **err)
{
    evc_etcd *etcd;
    int rc = make(&etcd, err);

    if (rc)
        return rc;
    rc = open_path(etcd, crypto, path, err);
    if (rc)
        evc_etcd_close(etcd);
    else
        *out = etcd;
    return rc;
}

void
evc_etcd_close(evc_etcd *etcd)
{
    if (!etcd)
        return;
    if (etcd->source)
        etcd->source->close(etcd->state);
    evc_instream_close(&etcd->in);
    evc_mem_free(etcd->path);
    evc_mem_free(etcd);
}

static int
read_range(evc_etcd *etcd, const evc_etcd_range *range, evc_wait *wait,
           evc_etcd_pair_fn take, void *user, evc_error **err)
{
    int rc = evc_fork_check(etcd->generation, "etcd", err);

    return rc ? rc : etcd->source->read(etcd->state, range, wait, take, user, err);
}

int
evc_etcd_read(evc_etcd *etcd, evc_view prefix, evc_wait *wait, evc_etcd_pair_fn take,
              void *user, evc_error **err)
{
    const evc_etcd_range range = {.key = prefix, .single = false};

    return read_range(etcd, &range, wait, take, user, err);
}

typedef struct newest {
    evc_buf value;
    int64_t revision;
    bool found;
} newest;

/* A dump may be several, of different times. */
static int
keep_newest(void *user, const evc_etcd_pair *pair, evc_error **err)
{
    newest *n = user;

    if (n->found && pair->mod_revision <= n->revision)
        return 0;
    n->found = true;
    n->revision = pair->mod_revision;
    evc_buf_clear(&n->value);
    evc_buf_put_view(&n->value, pair->value);
    return evc_buf_check(&n->value, err);
}

int
evc_etcd_get(evc_etcd *etcd, evc_view key, evc_wait *wait, evc_buf *value,
             int64_t *mod_revision, bool *found, evc_error **err)
{
    const evc_etcd_range range = {.key = key, .single = true};
    newest n = {.found = false};
    int rc;

    *found = false;
    *mod_revision = 0;
    rc = read_range(etcd, &range, wait, keep_newest, &n, err);
    if (rc == 0) {
        evc_buf_put_view(value, evc_buf_view(&n.value));
        rc = evc_buf_check(value, err);
    }
    if (rc == 0) {
        *found = n.found;
        *mod_revision = n.revision;
    }
    evc_buf_reset(&n.value);
    return rc;
}
