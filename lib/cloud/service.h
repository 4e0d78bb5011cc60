/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A key service as those who manage keys see it: an account at a Region or instance, and
 * the actions it offers, by name. A public envcrypt_service. Counted; immutable after
 * open; any number of threads.
 */
#ifndef EVC_CLOUD_SERVICE_H
#define EVC_CLOUD_SERVICE_H

#include <stdatomic.h>

#include "base/table.h"
#include "kms/backend.h"
#include "kms/uri.h"
#include "net/net.h"

typedef struct envcrypt_service evc_service;

enum evc_action_flags {
    EVC_ACTION_CHANGES = 1, /* changes something at the service */
    EVC_ACTION_GUARDED = 2  /* disables or deletes: lib/cluster alone may run it */
};

typedef struct evc_action {
    const char *name; /* "list-keys", "create-key", …: the same for all clouds */
    const char *help; /* one line, for --help */
    const char *const *needs;   /* arguments that must be given; NULL-ended */
    const char *const *takes;   /* arguments that may be given; NULL-ended */
    const char *const *columns; /* of the answer; NULL-ended */
    const char *permission;     /* what the cloud calls the right to do it */
    uint32_t flags;
    /* Adds rows to out, which has the columns. args were checked against the lists. */
    int (*run)(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
               evc_error **err);
} evc_action;

typedef struct evc_service_kind {
    const char *scheme;
    const char *const *options;       /* as of evc_backend */
    const evc_action *const *actions; /* NULL-ended */
    /* Fills in state. The URI names no key, or one whose account is meant. */
    int (*open)(evc_service *service, const evc_uri *uri,
                const struct envcrypt_kms_config *config, evc_wait *wait,
                evc_error **err);
    void (*close)(void *state); /* in a child of fork: memory only */
} evc_service_kind;

struct envcrypt_service {
    atomic_size_t refs;
    uint64_t generation;
    evc_crypto *crypto; /* references are held */
    evc_net *net;
    const evc_service_kind *kind;
    void *state;
};

int evc_service_open(evc_crypto *crypto, evc_net *net, const evc_service_kind *kind,
                     const evc_uri *uri, const struct envcrypt_kms_config *config,
                     evc_wait *wait, evc_service **out, evc_error **err) EVC_MUST_CHECK;
evc_service *evc_service_ref(evc_service *service);
void evc_service_unref(evc_service *service); /* NULL is fine; legal in a child */

const evc_action *evc_service_find(const evc_service *service, const char *action);
/*
 * UNSUPPORTED: the service has no such action (the message names the nearest); ARGUMENT:
 * an argument is missing or unknown; what the service says. guarded: the caller is
 * lib/cluster; else POLICY-class CONFIRMATION for a guarded one. *out is NULL after a
 * failure.
 */
int evc_service_run(evc_service *service, const char *action, const evc_kv *args,
                    bool guarded, evc_wait *wait, evc_table **out,
                    evc_error **err) EVC_MUST_CHECK;

/* Text of an argument, or NULL. */
const char *evc_service_arg(const evc_kv *args, const char *name);

extern const evc_service_kind evc_service_aws;
extern const evc_service_kind evc_service_ibm;
extern const evc_service_kind evc_service_alibaba;

#endif
