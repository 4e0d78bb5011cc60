/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where stored values come from: a live etcd by its JSON gateway (POST /v3/kv/range), a dump
 * of etcdctl, or a snapshot file. Each gives keys and values in order of keys, one at a time,
 * in bounded memory.
 */
#ifndef EVC_K8S_ETCD_H
#define EVC_K8S_ETCD_H

#include "base/buf.h"
#include "crypto/crypto.h"
#include "net/net.h"

typedef struct evc_etcd_pair {
    evc_view key;
    evc_view value;          /* wiped after the call */
    int64_t create_revision; /* 0 = not told */
    int64_t mod_revision;
} evc_etcd_pair;

/* Anything but 0 ends the reading and is what the reader returns. */
typedef int (*evc_etcd_pair_fn)(void *user, const evc_etcd_pair *pair, evc_error **err);

typedef struct evc_etcd_options {
    const char *endpoint; /* https://host:2379; http to loopback only */
    const char *ca_file;
    const char *client_cert;
    const char *client_key;
} evc_etcd_options;

typedef struct envcrypt_etcd evc_etcd;

/* A live etcd; ENDPOINT, FILE_…, NOMEM. Counted by its one owner. */
int evc_etcd_open(evc_net *net, const evc_etcd_options *options, evc_etcd **out,
                  evc_error **err) EVC_MUST_CHECK;
/*
 * A file: `etcdctl get --prefix -w json` (or the gateway's own replies, one or many),
 * `etcdctl get --prefix` with a line for key and value each is refused with what to do
 * instead, since values have line ends; a snapshot (`etcdctl snapshot save`), whose pages are
 * checked. ETCD_DUMP: neither, or damaged.
 */
int evc_etcd_open_file(const char *path, evc_etcd **out,
                       evc_error **err) EVC_MUST_CHECK;
void evc_etcd_close(evc_etcd *etcd); /* NULL is fine */

/* Every key that begins with prefix, at one revision. */
int evc_etcd_read(evc_etcd *etcd, evc_view prefix, evc_wait *wait,
                  evc_etcd_pair_fn take, void *user, evc_error **err) EVC_MUST_CHECK;
/* One key: *found false when it is not there; then value is empty. Appended. */
int evc_etcd_get(evc_etcd *etcd, evc_view key, evc_wait *wait, evc_buf *value,
                 int64_t *mod_revision, bool *found, evc_error **err) EVC_MUST_CHECK;

#endif
