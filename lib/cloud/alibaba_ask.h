/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Actions of Alibaba Cloud KMS that manage keys: texts asked, any JSON answered, in pages
 * where there are many. No secret is in them.
 */
#ifndef EVC_CLOUD_ALIBABA_ASK_H
#define EVC_CLOUD_ALIBABA_ASK_H

#include "cloud/alibaba_wire.h"
#include "net/operation.h"

#define EVC_ALIBABA_PAGE 100u    /* items: the most that ListKeys takes */
#define EVC_ALIBABA_PAGES 10000u /* of one list */

typedef struct evc_alibaba_parameter {
    const char *name;
    const char *value; /* NULL = is not sent */
} evc_alibaba_parameter;

typedef struct evc_alibaba_ask {
    const evc_alibaba_parameter *parameters; /* up to one without a name */
    uint32_t page;                           /* of a list; 0 = it is none */

    evc_json_doc *doc; /* out: the answer */
} evc_alibaba_ask;

/* The two functions of a kind whose user is an evc_alibaba_ask. */
int evc_alibaba_ask_build(const evc_operation *op, evc_exchange *x,
                          evc_error **err) EVC_MUST_CHECK;
int evc_alibaba_ask_read(evc_operation *op, evc_exchange *x,
                         evc_error **err) EVC_MUST_CHECK;
#define EVC_ALIBABA_ASKS(action)                          \
    {                                                     \
        .name = (action), .build = evc_alibaba_ask_build, \
        .read = evc_alibaba_ask_read,                     \
    }
/* One that must not be sent twice, as it would make two things. */
#define EVC_ALIBABA_ASKS_ONCE(action)                     \
    {                                                     \
        .name = (action), .build = evc_alibaba_ask_build, \
        .read = evc_alibaba_ask_read, .once = true        \
    }

/*
 * Runs it. ask->doc is the caller's to free, and NULL after a failure. subject: what it is
 * about, for errors; or NULL.
 */
int evc_alibaba_ask_run(evc_peer *peer, const evc_operation_kind *kind,
                        const char *subject, evc_alibaba_ask *ask, evc_wait *wait,
                        evc_error **err) EVC_MUST_CHECK;

/* A list: where its items stand in the answer, {outer: {inner: [items]}}, and what is done
 * with each. ENVCRYPT_E_JSON of take becomes PROTOCOL. */
typedef struct evc_alibaba_list {
    const evc_operation_kind *kind;
    const char *outer;
    const char *inner;
    int (*take)(void *user, const evc_json *item, evc_error **err);
    void *user;
} evc_alibaba_list;
/*
 * All pages of a list. PROTOCOL: it does not end, or is not what the service answers. An
 * error of take ends it.
 */
int evc_alibaba_list_run(evc_peer *peer, const evc_alibaba_list *list,
                         const evc_alibaba_parameter *parameters, const char *subject,
                         evc_wait *wait, evc_error **err) EVC_MUST_CHECK;

#endif
