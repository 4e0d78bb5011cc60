/* SPDX-License-Identifier: Apache-2.0 */
/* An action of a service with its arguments, behind the public handle. */
#ifndef EVC_API_REQUEST_H
#define EVC_API_REQUEST_H

#include "base/kv.h"
#include "envcrypt/kms.h"

struct envcrypt_request {
    char *action;
    evc_kv args;
};

#endif
