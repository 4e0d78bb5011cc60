/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster as "DescribeClusterDetail" and "DescribeClustersV1" tell it (API 2015-12-15). Its
 * encryption stands in meta_data, JSON in a text: Capabilities.EncryptionKMSKeyId and
 * .DisableEncryption (cluster-apis 5.2; terraform-provider-alicloud
 * alicloud/resource_alicloud_cs_managed_kubernetes.go).
 */
#ifndef EVC_CLUSTER_ACK_DETAIL_H
#define EVC_CLUSTER_ACK_DETAIL_H

#include "cluster/state.h"
#include "codec/json.h"

/* Texts live in the object it was read from, or in meta and master; "" = it does not say. */
typedef struct evc_ack_detail {
    evc_json_doc *meta;
    evc_json_doc *master;
    const char *id;
    const char *name;
    const char *region;
    const char *state; /* the service's word */
    const char *kind;
    const char *spec;
    const char *profile;
    const char *version;
    const char *server;
    const char *updated;
    const char *key; /* id of a key; stays there when encryption was switched off */
    bool disabled;
} evc_ack_detail;

/* ENVCRYPT_E_JSON: a member of a wrong type, meta_data that is no JSON. Pure. */
int evc_ack_detail_read(const evc_json *object, evc_ack_detail *out,
                        evc_error **err) EVC_MUST_CHECK;
void evc_ack_detail_reset(evc_ack_detail *detail);

bool evc_ack_detail_encrypts(const evc_ack_detail *detail);
/* Whether it is as wanted: key NULL = no encryption. */
bool evc_ack_detail_is(const evc_ack_detail *detail, const char *key);
bool evc_ack_detail_is_running(const evc_ack_detail *detail);
/* States that no change comes out of well. */
bool evc_ack_detail_is_broken(const evc_ack_detail *detail);
/* A managed cluster of the Pro kind, of any profile. */
bool evc_ack_detail_is_pro(const evc_ack_detail *detail);

/* All of it but the key's full id and state. NOMEM. */
int evc_ack_detail_state(const evc_ack_detail *detail, evc_cluster_state *out,
                         evc_error **err) EVC_MUST_CHECK;

#endif
