/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of settings in sections, as AWS's tools ("Configuration and credential file
 * settings", AWS SDKs and Tools Reference Guide) and Alibaba Cloud's write them. The text
 * may hold secrets: nothing of it is copied, and no message shows any.
 *
 *     [profile "my name"]        ; a comment
 *     name = value               # what follows white space and # or ; is one too
 *     s3 =
 *         addressing_style = x   # of s3, which has no value of its own
 *
 * A byte order mark and CR before LF are skipped. Names of settings are the same in any
 * case of letters. A section or name that comes again adds to the first, and the last
 * value holds.
 */
#ifndef EVC_CODEC_INI_H
#define EVC_CODEC_INI_H

#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "base/view.h"

#define EVC_INI_MAX_SIZE ((size_t)1024 * 1024) /* bytes of a text */
#define EVC_INI_MAX_ITEMS 20000u               /* sections and settings of one */

/* Views into the text, which must outlive it. Any number of threads may read one. */
typedef struct evc_ini_item {
    evc_view section; /* what stands between the brackets, trimmed */
    evc_view parent;  /* the name whose indented lines this is of; else empty */
    evc_view name;    /* empty: the section's own line */
    evc_view value;
} evc_ini_item;

typedef struct evc_ini {
    evc_ini_item *items;
    size_t count;
    size_t capacity;
} evc_ini;

/*
 * what names the text in messages ("the file /path"). BAD_CREDENTIALS: a line that is
 * none of the above, a setting before the first section, control bytes, a limit. NOMEM.
 */
int evc_ini_parse(evc_view text, const char *what, evc_ini *out,
                  evc_error **err) EVC_MUST_CHECK;
void evc_ini_reset(evc_ini *ini); /* fine on zeros */

/* Which section: [kind name], where the name may stand in quotes; kind NULL: [name]. */
typedef struct evc_ini_key {
    const char *kind;
    evc_view name;
} evc_ini_key;

bool evc_ini_has(const evc_ini *ini, evc_ini_key section);
/* parent NULL: a setting of the section itself. False: it is not there; *value is empty. */
bool evc_ini_find(const evc_ini *ini, evc_ini_key section, const char *parent,
                  const char *name, evc_view *value);

#endif
