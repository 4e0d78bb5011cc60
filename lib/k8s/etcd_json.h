/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A RangeResponse of etcd as JSON (etcd-io/etcd, api/etcdserverpb/rpc.proto, api/mvccpb/kv.proto),
 * in parts of any length, of which it keeps one value and no more:
 *
 *     {"header": {"revision": 7, …}, "kvs": [{"key": "BASE64", "create_revision": 2,
 *      "mod_revision": 5, "version": 4, "value": "BASE64"}, …], "more": true, "count": 9}
 *
 * etcdctl (encoding/json) writes numbers, the gateway (protobuf's JSON) writes them as
 * strings; both leave out what is empty, and both write the header first.
 */
#ifndef EVC_K8S_ETCD_JSON_H
#define EVC_K8S_ETCD_JSON_H

#include "base/buf.h"
#include "codec/jstream.h"
#include "k8s/etcd_source.h"

#define EVC_ETCD_TEXT \
    4096u /* characters that wait to be decoded, and a multiple of 4 */

typedef struct evc_etcd_json {
    /* Told as it comes. */
    int64_t revision; /* of the header; 0 = none yet */
    bool more;        /* further keys are in the range */
    uint64_t pairs;
    int taken; /* what take gave, when that ended the reading */

    /* Of etcd_json.c. */
    evc_etcd_pair_fn take;
    void *user;
    int member; /* of the reply, and of the pair or header at hand */
    int field;
    unsigned seen; /* fields of the pair */
    evc_etcd_pair pair;
    evc_buf key;
    evc_buf value;
    bool padded; /* the base64 at hand ended */
    bool began_kvs;
    size_t held;
    char text[EVC_ETCD_TEXT];
    evc_jstream stream;
} evc_etcd_json;

void evc_etcd_json_begin(evc_etcd_json *j, evc_etcd_pair_fn take, void *user);
/* JSON: malformed, or no such reply; what take gave, which taken holds then too; NOMEM. */
int evc_etcd_json_feed(evc_etcd_json *j, evc_view part, evc_error **err) EVC_MUST_CHECK;
/* JSON: it is not whole, or no reply of etcd since it has no header. */
int evc_etcd_json_end(evc_etcd_json *j, evc_error **err) EVC_MUST_CHECK;
void evc_etcd_json_reset(evc_etcd_json *j); /* wipes; fine on zeros */

#endif
