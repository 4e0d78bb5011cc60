/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How Alibaba Cloud KMS names keys: acs:kms:<Region>:<account>:key/<id>, the bare id, or
 * alias/<name> (API 2016-01-20, "DescribeKey", parameter KeyId; "CreateAlias"). Pure.
 */
#ifndef EVC_CLOUD_ALIBABA_ARN_H
#define EVC_CLOUD_ALIBABA_ARN_H

#include "base/buf.h"
#include "base/view.h"

#define EVC_ALIBABA_ARN_MAX 256u   /* bytes */
#define EVC_ALIBABA_ALIAS_MAX 255u /* bytes, alias/ included */

/* Of a key. Parts are borrowed from the text. */
typedef struct evc_alibaba_arn {
    evc_view region;
    evc_view account;
    evc_view id;
} evc_alibaba_arn;

/* false: it is no ARN of a key; those of aliases are none. */
bool evc_alibaba_arn_parse(evc_view text, evc_alibaba_arn *out);
/*
 * Whether text, the id or the ARN of a key, is this key. Replies have either (API
 * 2016-01-20, "Decrypt", KeyId); an id is unique in all Regions and accounts.
 */
bool evc_alibaba_arn_names(const evc_alibaba_arn *arn, evc_view text);

bool evc_alibaba_is_key_id(evc_view text);     /* key-hzz…, or a UUID */
bool evc_alibaba_is_alias_name(evc_view text); /* alias/… */
bool evc_alibaba_arn_is_region(evc_view text);
bool evc_alibaba_is_instance(evc_view text); /* kst-… */

#endif
