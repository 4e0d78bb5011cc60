/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot of etcd: a bbolt file (k8s/bolt.h), behind which `etcdctl snapshot save` writes the
 * SHA-256 of it (etcd-io/etcd, client/v3/snapshot/v3_snapshot.go: there is one when the size is
 * 32 more than a multiple of 512). Its bucket "key" holds every change that was not compacted
 * (server/storage/mvcc/revision.go, api/mvccpb/kv.proto):
 *
 * key: main revision u64 ‖ '_' ‖ sub revision u64 [‖ 't': the key was deleted], big-endian
 * value: mvccpb.KeyValue {1 key, 2 create_revision, 3 mod_revision, 4 version, 5 value, 6 lease}
 *
 * Two walks: the first one checks everything and notes the last change of each key under the
 * range, the second one gives those that are no deletions, in the order of their revisions. It
 * costs the largest page, and 32 bytes for each of at most ENVCRYPT_ETCD_SNAPSHOT_KEYS_MAX keys
 * in a table that is at least three eighths full.
 */
#ifndef EVC_K8S_ETCD_SNAPSHOT_H
#define EVC_K8S_ETCD_SNAPSHOT_H

#include "base/infile.h"
#include "crypto/crypto.h"
#include "k8s/etcd_source.h"

typedef struct evc_etcd_snapshot evc_etcd_snapshot;

extern const evc_etcd_source evc_etcd_source_snapshot;

/* file stays the caller's and must outlive the snapshot; keys_max: most different keys of a
 * range. NOMEM. */
int evc_etcd_snapshot_open(evc_crypto *crypto, const evc_infile *file, size_t keys_max,
                           evc_etcd_snapshot **out, evc_error **err) EVC_MUST_CHECK;

#endif
