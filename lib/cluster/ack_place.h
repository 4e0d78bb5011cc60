/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whom the driver of ACK talks to: in each Region the cluster service and KMS; ActionTrail of
 * the first Region; RAM and STS of the account. One chain of credentials for all of them.
 */
#ifndef EVC_CLUSTER_ACK_PLACE_H
#define EVC_CLUSTER_ACK_PLACE_H

#include "auth/alibaba.h"
#include "cloud/service.h"
#include "cluster/cluster.h"
#include "cluster/options.h"

typedef struct evc_ack_site {
    char *region;
    evc_peer *cs;
    evc_service *kms; /* of cloud/alibaba_service.c */
} evc_ack_site;

typedef struct evc_ack_place {
    evc_alibaba_config *config;
    evc_chain *chain;
    evc_ack_site *sites; /* one or more; of one cluster its own is the first */
    size_t count;
    evc_peer *trail;
    evc_peer *ram;
    evc_peer *sts;
} evc_ack_place;

/* Names of its options, NULL-ended. */
extern const char *const evc_ack_place_options[];

/* Fills in cluster->state. Sends nothing. ARGUMENT, REGION, ENDPOINT, NO_CREDENTIALS,
 * BAD_CREDENTIALS, NOMEM. */
int evc_ack_place_open(evc_cluster *cluster,
                       const struct envcrypt_cluster_config *config, evc_wait *wait,
                       evc_error **err) EVC_MUST_CHECK;
void evc_ack_place_close(void *state);
const evc_ack_place *evc_ack_place_of(const evc_cluster *cluster);
/* The first Region. */
const evc_ack_site *evc_ack_place_site(const evc_cluster *cluster);
/* The peer of KMS of a site. */
evc_peer *evc_ack_place_kms(const evc_ack_site *site);

#endif
