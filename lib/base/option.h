/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Options that go by name: tables of what there is, and what a value of each must be. Values are
 * kept as texts in a list (base/kv.h), by who has the table. Pure.
 */
#ifndef EVC_BASE_OPTION_H
#define EVC_BASE_OPTION_H

#include "base/kv.h"

/* What a value must be. */
typedef struct evc_option_value {
    const char *wanted; /* "the option NAME is …"; NULL = a number from least to most */
    bool (*fits)(const char *value);
    int64_t least, most;
} evc_option_value;

extern const evc_option_value evc_option_any;    /* empty as well */
extern const evc_option_value evc_option_some;   /* not empty */
extern const evc_option_value evc_option_truth;  /* true or false */
extern const evc_option_value evc_option_answer; /* yes or no */

typedef struct evc_option {
    const char *name;
    const evc_option_value *value;
    bool mark; /* means what the table's file says */
} evc_option;

#define EVC_OPTIONS_MAX 64u

typedef struct evc_option_list {
    const evc_option *options;
    size_t count;        /* up to EVC_OPTIONS_MAX */
    const char *subject; /* of messages, with its verb: "clients have" */
    const char *of;      /* same: "the option NAME of …" */
} evc_option_list;

const evc_option *evc_option_find(const evc_option_list *list,
                                  const char *name); /* NULL = none */
/*
 * UNKNOWN_OPTION, which names the nearest; ARGUMENT for a value that cannot be, without it:
 * somebody may have put a secret there. value NULL is none: only the name is checked.
 */
int evc_option_check(const evc_option_list *list, const char *name, const char *value,
                     evc_error **err) EVC_MUST_CHECK;

/* Of values that were checked; NULL, or otherwise, where there is none of the name. */
const char *evc_option_text(const evc_kv *values, const char *name);
bool evc_option_flag(const evc_kv *values, const char *name, bool otherwise);
int64_t evc_option_number(const evc_kv *values, const char *name, int64_t otherwise);

#endif
