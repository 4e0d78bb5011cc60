/* SPDX-License-Identifier: Apache-2.0 */
/* One request to a service that gives AWS credentials, unsigned or signed by its peer. */
#ifndef EVC_AUTH_AWS_PLAIN_H
#define EVC_AUTH_AWS_PLAIN_H

#include "net/operation.h"

#define EVC_AWS_PLAIN_HEADERS 3u

typedef struct evc_aws_plain_header {
    const char *name; /* NULL: none */
    evc_view value;
    bool secret;
} evc_aws_plain_header;

typedef struct evc_aws_plain {
    const char *name; /* of the operation, for errors; static */
    const char *method;
    evc_view path; /* percent-encoded, as is the query */
    evc_view query;
    evc_view body;
    evc_aws_plain_header headers[EVC_AWS_PLAIN_HEADERS];
} evc_aws_plain;

/* The 2xx reply, of at most EVC_REPLY_KEY_MAX bytes, goes to reply, which is empty before.
 * *status: the last reply's, 0 = none came. Errors of evc_fetched_run. */
int evc_aws_plain_run(evc_peer *peer, const evc_aws_plain *request, evc_wait *wait,
                      evc_buf *reply, int *status, evc_error **err) EVC_MUST_CHECK;

#endif
