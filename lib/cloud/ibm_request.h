/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What every request to IBM's key services and to the resource controller has: path and
 * headers (kms-apis 2.1). And what every JSON reply of theirs has. Pure.
 */
#ifndef EVC_CLOUD_IBM_REQUEST_H
#define EVC_CLOUD_IBM_REQUEST_H

#include "codec/json.h"
#include "net/http.h"

#define EVC_IBM_API "/api/v2"

/* An instance, and where in it keys are looked for. Texts are borrowed. */
typedef struct evc_ibm_target {
    const char *instance; /* its GUID */
    const char *ring;     /* key ring; NULL = the service looks in all */
} evc_ibm_target;

/*
 * Method, path and headers of a request. segments: what follows after base, NULL-ended,
 * encoded here. target NULL: a service that knows no instances. type: of the body; NULL =
 * it has none.
 */
int evc_ibm_request(evc_exchange *x, const char *method, const evc_ibm_target *target,
                    const char *base, const char *const *segments, const char *type,
                    evc_error **err) EVC_MUST_CHECK;

/* The reply as JSON that bears no secret. PROTOCOL, NOMEM. */
int evc_ibm_reply(const evc_exchange *x, evc_json_doc **out,
                  evc_error **err) EVC_MUST_CHECK;
/* Of a getter of codec/json.h on a reply: what is missing or wrong in it is PROTOCOL, with
 * the getter's message. */
int evc_ibm_reply_check(int rc, evc_error **err) EVC_MUST_CHECK;
/*
 * A member with a time ("2026-01-31T12:00:00Z", fraction of a second or not), in
 * milliseconds since 1970; -1 when it is missing or reads otherwise.
 */
int64_t evc_ibm_reply_time(const evc_json *of, const char *name);
/* The text of a member of an object that is a member itself ("keyVersion", "id"); NULL
 * when one of them is missing or of another type. */
const char *evc_ibm_reply_inner(const evc_json *of, const char *object,
                                const char *name);

#endif
