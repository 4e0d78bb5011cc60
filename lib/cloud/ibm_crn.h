/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Cloud resource names of keys and instances of IBM's key services:
 *
 *     crn:v1:CNAME:CTYPE:SERVICE:REGION:a/ACCOUNT:INSTANCE:key:KEY
 *
 * ("Cloud Resource Names", IBM Cloud docs; kms-apis 2.2). Pure.
 */
#ifndef EVC_CLOUD_IBM_CRN_H
#define EVC_CLOUD_IBM_CRN_H

#include "base/view.h"

#define EVC_IBM_CRN_MAX 512u /* bytes */

#define EVC_IBM_KEY_PROTECT "kms"
#define EVC_IBM_HPCS "hs-crypto"

/* Parts of the text that was parsed. */
typedef struct evc_ibm_crn {
    evc_view kind;    /* "public", "dedicated", … */
    evc_view service; /* EVC_IBM_KEY_PROTECT or EVC_IBM_HPCS */
    evc_view region;
    evc_view account; /* without "a/" */
    evc_view instance;
    evc_view key; /* empty: the name is that of an instance */
} evc_ibm_crn;

/*
 * false: another form, another service, or a part with other characters than it can
 * have, so that every part may stand in a host or a path.
 */
bool evc_ibm_crn_parse(evc_view text, evc_ibm_crn *out);

/* 1 to 255 letters, digits, - and _: ids of instances and keys, aliases, key rings. */
bool evc_ibm_is_token(evc_view text);
/* 1 to 63 of a-z 0-9 -, neither first nor last a hyphen: a label of a host name. */
bool evc_ibm_is_region(evc_view text);

#endif
