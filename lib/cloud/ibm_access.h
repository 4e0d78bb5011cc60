/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How one comes to an instance of IBM's key services: what URI and options say,
 * credentials, and where its endpoint is (kms-apis 2.6, cluster-apis 4.4). The network is
 * used where only the resource controller knows the endpoint.
 */
#ifndef EVC_CLOUD_IBM_ACCESS_H
#define EVC_CLOUD_IBM_ACCESS_H

#include "auth/ibm.h"
#include "cloud/ibm_crn.h"
#include "cloud/link.h"

/* For the lists of options of back end and service. */
#define EVC_IBM_OPTIONS                                                            \
    "endpoint", "private", "private-port", "find-endpoint", "resource-controller", \
        "key-ring", "iam-url", "profile-id", "profile-name", "profile-crn",        \
        "credentials", EVC_LINK_OPTIONS

/* What a URI names; borrowed from it. */
typedef struct evc_ibm_place {
    const char *host;  /* HOST[:PORT]; NULL = the Region tells */
    evc_view region;   /* empty when there is a host */
    evc_view service;  /* EVC_IBM_KEY_PROTECT unless a CRN says otherwise */
    evc_view kind;     /* "public" unless a CRN says otherwise */
    evc_view instance; /* empty: none is named */
    evc_view key;      /* id or alias; empty: none is named */
    evc_view crn;      /* the whole CRN; empty: the URI has none */
} evc_ibm_place;

/*
 * ibm-kp:///CRN, ibm-kp://HOST-OR-REGION[/INSTANCE[/KEY]]. A host has a dot or a colon.
 * ENVCRYPT_E_URI.
 */
int evc_ibm_place_of(const evc_uri *uri, evc_ibm_place *out,
                     evc_error **err) EVC_MUST_CHECK;

/* Texts are borrowed from URI and config, and the whole lives within an open. */
typedef struct evc_ibm_access {
    evc_net *net;
    evc_ibm_config *config; /* references are held */
    evc_chain *chain;
    evc_link link;
    const char *endpoint;   /* NULL = not given */
    const char *ring;       /* NULL = the service looks in all */
    const char *controller; /* URL of the resource controller */
    bool is_private;
    bool find;            /* ask the resource controller for the endpoint */
    int64_t private_port; /* 0 = that of https */
} evc_ibm_access;

/* config may be NULL. ARGUMENT, the errors of evc_ibm_config_open. */
int evc_ibm_access_open(evc_ibm_access *access, evc_net *net, const evc_uri *uri,
                        const struct envcrypt_kms_config *config,
                        evc_error **err) EVC_MUST_CHECK;
void evc_ibm_access_close(evc_ibm_access *access);

/* A peer at a URL. ENDPOINT, NOMEM. */
int evc_ibm_access_peer(const evc_ibm_access *access, const char *url, evc_peer **out,
                        evc_error **err) EVC_MUST_CHECK;
/*
 * The URL of an instance's key API, with a NUL, appended: the option endpoint, the host
 * of the URI, what environment or file say, and else the Region's, or what the resource
 * controller says of Hyper Protect Crypto Services, of what is not public (Key Protect
 * Dedicated), and where find is set. Of a private endpoint of Key Protect that nobody named
 * it is asked itself whether a policy of the instance demands another port. ENDPOINT; the errors of an operation.
 */
int evc_ibm_access_find(const evc_ibm_access *access, const evc_ibm_place *place,
                        evc_wait *wait, evc_buf *out, evc_error **err) EVC_MUST_CHECK;

#endif
