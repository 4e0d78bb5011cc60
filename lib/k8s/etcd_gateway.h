/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A live etcd, by the JSON gateway that it serves at its client URL: POST /v3/kv/range with a
 * RangeRequest (etcd-io/etcd, api/etcdserverpb/rpc.proto; Documentation "Why gRPC gateway"). It is
 * on by default since etcd 3.4; 3.3 served it as /v3beta, 3.2 as /v3alpha, which are not read.
 *
 * Pages: each asks for the keys behind the last one that came, at the revision of the first
 * page, and for as many keys as gave about EVC_ETCD_PAGE_BYTES. So a page whose connection
 * broke goes on where it broke, and nothing comes twice.
 */
#ifndef EVC_K8S_ETCD_GATEWAY_H
#define EVC_K8S_ETCD_GATEWAY_H

#include "k8s/etcd_source.h"
#include "net/peer.h"

#define EVC_ETCD_PAGE_FIRST 32u /* keys of the first page */
#define EVC_ETCD_PAGE_MOST 250u /* of any: with the largest values of etcd 500 MiB */
#define EVC_ETCD_PAGE_BYTES \
    ((uint64_t)2 * 1024 * 1024) /* of values: what a page aims at */
#define EVC_ETCD_REPLY_MAX ((size_t)1024 * 1024 * 1024)

typedef struct evc_etcd_options {
    const char *endpoint; /* https://host:2379; http to loopback only */
    const char *ca_file;
    const char *client_cert; /* with client_key */
    const char *client_key;
    const char *tls_name;
} evc_etcd_options;

typedef struct evc_etcd_gateway evc_etcd_gateway;

extern const evc_etcd_source evc_etcd_source_gateway;

/* Texts are copied. ENDPOINT, ARGUMENT, NOMEM. */
int evc_etcd_gateway_open(evc_net *net, const evc_etcd_options *options,
                          evc_etcd_gateway **out, evc_error **err) EVC_MUST_CHECK;

/*
 * Replies that are no success: {"error", "message", "code"} of grpc-gateway 1, {"code", "message",
 * "details"} of 2, or plain text of the server in front of it.
 *
 * | gRPC code | our code | verdict |
 * | 11 OutOfRange: the revision was compacted | KUBE_EXPIRED | FAIL |
 * | 7 PermissionDenied | DENIED | FAIL |
 * | 16 Unauthenticated | AUTH | FAIL |
 * | 3 InvalidArgument; 9 FailedPrecondition | REQUEST_REFUSED | FAIL; AGAIN (not the leader) |
 * | 8 ResourceExhausted | THROTTLED | THROTTLED |
 * | 12 Unimplemented; HTTP 404 | ENDPOINT | FAIL |
 * | 2, 4, 13, 14: no leader, the leader changed, a timeout | SERVICE_DOWN | AGAIN |
 * | 15 DataLoss | SERVICE_DOWN | FAIL |
 * | HTTP 400 "CommonName of client …": etcd's own accounts are on | DENIED | FAIL |
 * | HTTP 401, 403, 429, 400, 5xx else | AUTH, DENIED, THROTTLED, REQUEST_REFUSED, SERVICE_DOWN | … |
 */
void evc_etcd_gateway_classify(const evc_exchange *x, evc_fault *fault);

#endif
