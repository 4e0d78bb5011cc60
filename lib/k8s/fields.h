/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Takes a few named members out of a JSON reply of any length, as it comes, in bounded memory.
 * What is wanted stands in a table of paths; all else is passed over unread, since any reply
 * of an API server may hold a Secret (kubernetes.md 6.2). A member of the table that comes
 * twice in one object, or is of another type than the table says, ends the reading; null is
 * the same as its absence. Order of members is free.
 */
#ifndef EVC_K8S_FIELDS_H
#define EVC_K8S_FIELDS_H

#include "codec/jstream.h"
#include "net/http.h"

#define EVC_KUBE_FIELDS_MAX 32u  /* rows of a table */
#define EVC_KUBE_FIELDS_DEPTH 8u /* segments of a path */
#define EVC_KUBE_FIELD_HELD 256u /* longest text that is told whole */

typedef enum evc_kube_field_type {
    EVC_KUBE_FIELD_TEXT,   /* a string, told whole; longer than max ends the reading */
    EVC_KUBE_FIELD_HINT,   /* same, but a longer one is passed over */
    EVC_KUBE_FIELD_PARTS,  /* a string, told in parts; max holds for them all */
    EVC_KUBE_FIELD_NUMBER, /* told as it stands */
    EVC_KUBE_FIELD_FLAG,   /* true or false */
    EVC_KUBE_FIELD_OBJECT, /* told when it begins and when it ends */
    EVC_KUBE_FIELD_ARRAY,
    EVC_KUBE_FIELD_BANNED /* ends the reading as soon as its name comes */
} evc_kube_field_type;

typedef struct evc_kube_field {
    const char
        *path; /* "items.[].metadata.name"; [] = each element, $ = the wanted name */
    evc_kube_field_type type;
    uint16_t max; /* bytes of a text; at most EVC_KUBE_FIELD_HELD of one told whole */
} evc_kube_field;

typedef struct evc_kube_found {
    size_t field;  /* row of the table */
    bool end;      /* of OBJECT and ARRAY */
    bool yes;      /* of FLAG */
    evc_view text; /* borrowed for the call, and wiped after it */
} evc_kube_found;

/* Anything but 0 ends the reading and is what feed gives. */
typedef int (*evc_kube_found_fn)(void *user, const evc_kube_found *found,
                                 evc_error **err);

typedef struct evc_kube_fields {
    /* Set by who reads, and borrowed. */
    const evc_kube_field *table;
    size_t count;
    const char *wanted; /* name that $ stands for; NULL = none */
    evc_kube_found_fn take;
    void *user;
    /* Of fields.c. */
    const evc_exchange *x;
    evc_jstream json;
    bool fed;
    uint32_t depth; /* objects and arrays that are open */
    struct evc_kube_level {
        uint32_t rows; /* rows whose paths lead through here, one bit each */
        uint32_t seen; /* those whose members came */
        bool array;
        uint8_t row; /* the one that ends here, + 1; 0 = none */
    } levels[EVC_KUBE_FIELDS_DEPTH + 1];
    uint32_t next; /* rows of the value that comes */
    uint8_t text;  /* row + 1 of the string that is under way */
    bool in_text;
    bool dropped; /* it is passed over */
    size_t size;  /* of the string so far */
    char held[EVC_KUBE_FIELD_HELD];
} evc_kube_fields;

/* From the beginning; fit for each attempt anew. */
void evc_kube_fields_begin(evc_kube_fields *f);
/* ENVCRYPT_E_PROTOCOL: no JSON, a member that must not be so; and what take gives. */
int evc_kube_fields_feed(evc_kube_fields *f, evc_view part,
                         evc_error **err) EVC_MUST_CHECK;
/* PROTOCOL: the reply is not whole. Wipes in any case. */
int evc_kube_fields_end(evc_kube_fields *f, evc_error **err) EVC_MUST_CHECK;
void evc_kube_fields_wipe(evc_kube_fields *f);

/* Begins, and becomes the sink of an exchange; a reply that is no application/json is
 * PROTOCOL. The end is the same. */
void evc_kube_fields_attach(evc_kube_fields *f, evc_exchange *x);

#endif
