/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A dump of etcd: what `etcdctl get --prefix KEY -w json` prints (etcd-io/etcd,
 * etcdctl/ctlv3/command/printer_json.go), one or several objects, which need not begin on lines
 * of their own. It is streamed, and costs one value. Objects that overlap are refused, since
 * what both have would count twice (key_spans.h), but where a single key is asked for.
 *
 * Other forms are recognized and refused. `-w simple` cannot be read: keys and values have
 * a line end between them, and values hold any bytes. `-w fields` and `-w protobuf` could be,
 * but have nothing that JSON has not, and the second has no mark of its own.
 */
#ifndef EVC_K8S_ETCD_DUMP_H
#define EVC_K8S_ETCD_DUMP_H

#include "base/instream.h"
#include "k8s/etcd_source.h"

typedef struct evc_etcd_dump evc_etcd_dump;

extern const evc_etcd_source evc_etcd_source_dump;

/* in stays the caller's and must outlive the dump. A file that is none is ETCD_DUMP here, a
 * pipe when it is read. IO, NOMEM. */
int evc_etcd_dump_open(evc_instream *in, evc_etcd_dump **out,
                       evc_error **err) EVC_MUST_CHECK;

#endif
