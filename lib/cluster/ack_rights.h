/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Who asks, and what that may (cluster-apis 5.8; rows A05, A06): "GetCallerIdentity" of STS,
 * "ListPoliciesForUser", "…ForGroup" and "…ForRole" of RAM, "CheckServiceRole" of ACK.
 */
#ifndef EVC_CLUSTER_ACK_RIGHTS_H
#define EVC_CLUSTER_ACK_RIGHTS_H

#include "cluster/ack_place.h"

#define EVC_ACK_SERVICE_ROLE "AliyunCSManagedSecurityRole"
#define EVC_ACK_POLICY "AliyunKMSCryptoAdminAccess"

typedef enum evc_ack_has { EVC_ACK_HAS, EVC_ACK_LACKS, EVC_ACK_UNKNOWN } evc_ack_has;

typedef enum evc_ack_caller_kind {
    EVC_ACK_CALLER_ROOT,
    EVC_ACK_CALLER_USER,
    EVC_ACK_CALLER_ROLE,
    EVC_ACK_CALLER_OTHER
} evc_ack_caller_kind;

typedef struct evc_ack_caller {
    evc_ack_caller_kind kind;
    char arn[256];
    char name[128]; /* of the user or role; "" */
} evc_ack_caller;

/* Of an ARN: "acs:ram::ACCOUNT:user/NAME", ":assumed-role/ROLE/SESSION", ":root". Pure. */
void evc_ack_rights_caller(const char *arn, evc_ack_caller *out);
int evc_ack_rights_identify(const evc_ack_place *place, evc_wait *wait,
                            evc_ack_caller *out, evc_error **err) EVC_MUST_CHECK;

/*
 * Whether the caller has EVC_ACK_POLICY, or one of Alibaba's that grants more; why: a
 * sentence. Custom policies are not read, so whoever has some is unknown; so is whoever may
 * not ask. Errors are those that end everything: CANCELED, TIMEOUT, FORKED, NOMEM.
 */
int evc_ack_rights_policy(const evc_ack_place *place, const evc_ack_caller *caller,
                          evc_wait *wait, evc_ack_has *has, char why[256],
                          evc_error **err) EVC_MUST_CHECK;

/* Whether the account has given ACK the role; message: the service's words when not. */
int evc_ack_rights_role(const evc_ack_site *site, evc_wait *wait, bool *granted,
                        char message[256], evc_error **err) EVC_MUST_CHECK;

#endif
