/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Operations of AWS KMS that manage keys: any JSON asked, any JSON answered, in pages
 * where there are many. No secret is in them.
 */
#ifndef EVC_CLOUD_AWS_ASK_H
#define EVC_CLOUD_AWS_ASK_H

#include "cloud/aws_wire.h"
#include "net/operation.h"

#define EVC_AWS_PAGES 10000u /* of one list */

/* Where a list goes on. */
typedef struct evc_aws_page {
    evc_buf marker; /* with a NUL; empty = from the start */
    bool more;
    uint32_t number;
} evc_aws_page;

typedef struct evc_aws_ask {
    /* Writes the members of the request. NULL = none. Pure. */
    int (*write)(const void *what, evc_jwrite *w, evc_error **err);
    const void *what;
    const evc_aws_page *page; /* of a list: its marker is written; or NULL */

    /* Out: the answer, NULL when it was empty; and the fault's own code, "" = none. */
    evc_json_doc *doc;
    char provider_code[EVC_FAULT_TEXT];
} evc_aws_ask;

/* The two functions of a kind whose user is an evc_aws_ask. */
int evc_aws_ask_build(const evc_operation *op, evc_exchange *x,
                      evc_error **err) EVC_MUST_CHECK;
int evc_aws_ask_read(evc_operation *op, evc_exchange *x,
                     evc_error **err) EVC_MUST_CHECK;
#define EVC_AWS_ASKS(operation)                                                   \
    {                                                                             \
        .name = (operation), .build = evc_aws_ask_build, .read = evc_aws_ask_read \
    }
/* One that must not be sent twice, as it would make two things. */
#define EVC_AWS_ASKS_ONCE(operation)                                               \
    {                                                                              \
        .name = (operation), .build = evc_aws_ask_build, .read = evc_aws_ask_read, \
        .once = true                                                               \
    }

/* Runs it; ask->doc is the caller's to free, and NULL after a failure. */
int evc_aws_ask_run(evc_peer *peer, const evc_operation_kind *kind, const char *subject,
                    evc_aws_ask *ask, evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

/* What was answered; has no members when it was empty. */
const evc_json *evc_aws_ask_root(const evc_aws_ask *ask);

/* From Truncated and NextMarker of an answer. ENVCRYPT_E_JSON: the same marker again, or
 * page EVC_AWS_PAGES. */
int evc_aws_page_read(evc_aws_page *page, const evc_json *root,
                      evc_error **err) EVC_MUST_CHECK;
void evc_aws_page_reset(evc_aws_page *page);

#endif
