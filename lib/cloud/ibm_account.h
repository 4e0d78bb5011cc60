/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the actions of the service "ibm-kp" share: an instance and the resource
 * controller, and how an action asks one of them.
 */
#ifndef EVC_CLOUD_IBM_ACCOUNT_H
#define EVC_CLOUD_IBM_ACCOUNT_H

#include "cloud/ibm_ask.h"
#include "cloud/ibm_crn.h"
#include "cloud/ibm_fetch.h"
#include "cloud/service.h"

/* The state of the service. */
typedef struct evc_ibm_account {
    evc_peer *peer; /* of the instance; NULL when the URI names none */
    evc_peer *controller;
    evc_ibm_target target;
    char *instance;
    char *ring;
} evc_ibm_account;

int evc_ibm_account_open(evc_service *service, const evc_uri *uri,
                         const struct envcrypt_kms_config *config, evc_wait *wait,
                         evc_error **err);
void evc_ibm_account_close(void *state);

/*
 * Begins a request to the instance: the caller sets what else there is, and resets it in
 * every case. ENVCRYPT_E_URI: the URI names no instance.
 */
int evc_ibm_account_ask(const evc_service *service, const evc_operation_kind *kind,
                        const char *method, evc_ibm_ask *out,
                        evc_error **err) EVC_MUST_CHECK;
/* Same, of a key by the argument "key", which becomes the subject and second segment.
 * ARGUMENT: it is neither an id nor an alias nor the CRN of a key of this instance. */
int evc_ibm_account_ask_key(const evc_service *service, const evc_kv *args,
                            const evc_operation_kind *kind, const char *method,
                            evc_ibm_ask *out, evc_error **err) EVC_MUST_CHECK;
/* Where such a request finds its key. */
evc_ibm_where evc_ibm_account_where(const evc_ibm_ask *ask);

/* The columns of a key, and a row of them. */
extern const char *const evc_ibm_key_columns[];
int evc_ibm_account_put_key(evc_table *out, const evc_ibm_key *key,
                            evc_error **err) EVC_MUST_CHECK;
/* The row of the key that an action was about, as it is now. */
int evc_ibm_account_show_key(const evc_ibm_ask *ask, evc_wait *wait, evc_table *out,
                             evc_error **err) EVC_MUST_CHECK;

#endif
