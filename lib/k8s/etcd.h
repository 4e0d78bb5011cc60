/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Where stored values come from: a live etcd by its JSON gateway, a dump of etcdctl, or a
 * snapshot file. Each gives keys and values one at a time, in bounded memory: the gateway in the order
 * of keys, a dump as they stand there, a snapshot in the order of their last writes.
 */
#ifndef EVC_K8S_ETCD_H
#define EVC_K8S_ETCD_H

#include "base/buf.h"
#include "crypto/crypto.h"
#include "k8s/etcd_gateway.h"
#include "k8s/etcd_source.h"
#include "net/net.h"

typedef struct envcrypt_etcd evc_etcd;

/* A live etcd; ENDPOINT, FILE_…, ARGUMENT (one of certificate and key), NOMEM. Counted by its one owner. */
int evc_etcd_open(evc_net *net, const evc_etcd_options *options, evc_etcd **out,
                  evc_error **err) EVC_MUST_CHECK;
/*
 * A file, a pipe, or "-" for the standard input: `etcdctl get --prefix KEY -w json` (or the
 * gateway's own replies, one or many); other forms of etcdctl are refused with what to do
 * instead. Of a file also a snapshot (`etcdctl snapshot save`, or member/snap/db of an etcd
 * that does not run). ETCD_DUMP: neither. FILE_…, IO, NOMEM.
 */
int evc_etcd_open_file(evc_crypto *crypto, const char *path, evc_etcd **out,
                       evc_error **err) EVC_MUST_CHECK;
void evc_etcd_close(evc_etcd *etcd); /* NULL is fine; legal in a child of fork */

/* Every key that begins with prefix, at one revision. When it fails some may have been given.
 * FORKED, ETCD_DUMP, STATE (a pipe, again), KUBE_EXPIRED, what operations give, what take gives. */
int evc_etcd_read(evc_etcd *etcd, evc_view prefix, evc_wait *wait,
                  evc_etcd_pair_fn take, void *user, evc_error **err) EVC_MUST_CHECK;
/* One key: *found false when it is not there; then value is empty. Appended. */
int evc_etcd_get(evc_etcd *etcd, evc_view key, evc_wait *wait, evc_buf *value,
                 int64_t *mod_revision, bool *found, evc_error **err) EVC_MUST_CHECK;

#endif
