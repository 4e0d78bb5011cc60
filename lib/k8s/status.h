/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Replies of an API server that are no success: Status objects (metav1.Status), or plain
 * text for 429 (kubernetes.md 6.3). The reason becomes the fault's provider code; of the
 * message nothing is kept, since it may quote an object.
 *
 * | status, reason | code | verdict |
 * | 401 | AUTH | EXPIRED |
 * | 403 | DENIED | FAIL |
 * | 404 | KUBE_NOT_FOUND | FAIL |
 * | 409 Conflict, AlreadyExists | KUBE_CONFLICT | FAIL |
 * | 410 Expired, Gone | KUBE_EXPIRED | FAIL |
 * | 413, 400, 405, 406, 415 | REQUEST_REFUSED | FAIL |
 * | 422 Invalid | KUBE_INVALID | FAIL |
 * | 429 | THROTTLED | THROTTLED, Retry-After or details.retryAfterSeconds |
 * | 500 InternalError of storage (StorageReadError, cannot decrypt) | KUBE_UNREADABLE | FAIL |
 * | 500, 502, 503, 504 | SERVICE_DOWN | AGAIN |
 */
#ifndef EVC_K8S_STATUS_H
#define EVC_K8S_STATUS_H

#include "net/peer.h"

void evc_kube_classify(const evc_exchange *x, evc_fault *fault);
/*
 * The token with which a list goes on after 410 (metadata.continue of the Status); empty
 * when there is none. Appended.
 */
int evc_kube_status_continue(const evc_exchange *x, evc_buf *out,
                             evc_error **err) EVC_MUST_CHECK;

#endif
