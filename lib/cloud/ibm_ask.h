/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Requests to IBM's services that bear no key, with a JSON reply or none: what an
 * operation is made of, and how lists come page by page. One thread at a time.
 */
#ifndef EVC_CLOUD_IBM_ASK_H
#define EVC_CLOUD_IBM_ASK_H

#include "cloud/ibm_request.h"
#include "net/operation.h"

#define EVC_IBM_ASK_PATH 5u
#define EVC_IBM_PAGE 200 /* entries that a page is asked for: the service's default */

/* What is asked; texts are borrowed. */
typedef struct evc_ibm_ask {
    const evc_operation_kind *kind; /* whose build and read are those below */
    evc_peer *peer;
    const char *subject; /* for errors; or NULL */
    const evc_ibm_target *target;
    const char *method;
    const char *base;                       /* NULL = EVC_IBM_API */
    const char *path[EVC_IBM_ASK_PATH + 1]; /* NULL-ended */
    const char *type;                       /* of the body; NULL = none */
    const char *accept;                     /* of the reply; NULL = JSON */
    const char *prefer;                     /* "return=minimal"; NULL = not said */
    const char *group; /* X-Auth-Resource-Group of clusters; NULL = not said */
    evc_buf query;
    evc_buf body;
    evc_json_doc *doc; /* the last reply; NULL when it was empty */
} evc_ibm_ask;

void evc_ibm_ask_reset(evc_ibm_ask *ask); /* frees query, body and reply */

/* Of the kinds of such operations: op->user is an evc_ibm_ask. */
int evc_ibm_ask_build(const evc_operation *op, evc_exchange *x, evc_error **err);
int evc_ibm_ask_read(evc_operation *op, evc_exchange *x, evc_error **err);

/* One request. Errors as evc_operation_run. */
int evc_ibm_ask_run(evc_ibm_ask *ask, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

/* An entry of "resources". */
typedef int (*evc_ibm_each_fn)(void *user, const evc_json *resource, evc_error **err);
/*
 * All entries of a list, page by page: limit and offset go behind the query. The first
 * error of each ends it. PROTOCOL past EVC_IBM_ENTRIES entries.
 */
#define EVC_IBM_ENTRIES 1000000u
int evc_ibm_ask_pages(evc_ibm_ask *ask, evc_ibm_each_fn each, void *user,
                      evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
