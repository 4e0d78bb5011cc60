/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Names of AWS: ARNs of keys and aliases, key ids, aliases, accounts and those who are
 * named in policies (kms-apis 1.4; "IAM identifiers", IAM User Guide). Pure.
 */
#ifndef EVC_CLOUD_AWS_ARN_H
#define EVC_CLOUD_AWS_ARN_H

#include "base/buf.h"

#define EVC_AWS_ARN_MAX 512u   /* characters of what is taken for an ARN */
#define EVC_AWS_ALIAS_MAX 256u /* characters of an alias, with its alias/ */

/* arn:PARTITION:kms:REGION:ACCOUNT:key/ID or …:alias/NAME. Borrowed. */
typedef struct evc_aws_arn {
    evc_view partition;
    evc_view region;
    evc_view account;
    evc_view id; /* of the key, or the alias with its alias/ */
    bool is_alias;
} evc_aws_arn;

/* Strict in every part. */
bool evc_aws_arn_parse(evc_view text, evc_aws_arn *out);
/* Whether the same key material may stand behind both: multi-Region keys have one id in
 * all their Regions. */
bool evc_aws_arn_is_multi_region(const evc_aws_arn *arn);
/* Equal, or multi-Region keys that differ in nothing but the Region. */
bool evc_aws_arn_matches(const evc_aws_arn *a, const evc_aws_arn *b);
/* The same in another Region; appended, without a NUL. */
void evc_aws_arn_write(const evc_aws_arn *arn, evc_view region, evc_buf *out);

bool evc_aws_is_key_id(evc_view text);     /* "1234abcd-…", "mrk-…" */
bool evc_aws_is_alias_name(evc_view text); /* "alias/…"; 1 to 250 characters after it */
bool evc_aws_is_region(evc_view text);
bool evc_aws_is_partition(evc_view text);
bool evc_aws_is_account(evc_view text); /* 12 digits */

/* Who can be named in a key policy: arn:PARTITION:iam::ACCOUNT:root, :user/NAME or
 * :role/NAME, paths before the name included. */
typedef struct evc_aws_principal {
    evc_view partition;
    evc_view account;
    evc_view name; /* root, user/… or role/… */
} evc_aws_principal;
bool evc_aws_principal_parse(evc_view text, evc_aws_principal *out);

#endif
