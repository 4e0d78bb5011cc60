/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON (RFC 8259) that comes in parts and may be of any length, in bounded memory:
 * who reads hears of each piece and keeps what it wants. What the reader itself holds is
 * wiped as it goes; it never writes to the parts, which are the feeder's to wipe.
 *
 * The whole is one object or array. Accepts no text that evc_json_parse would refuse, save
 * that a member may come twice (who reads sees both); refuses besides nesting past
 * EVC_JSTREAM_MAX_DEPTH, as that does, the reals that codec/jnumber.h names. UTF-8 and
 * escapes of strings are checked also where nobody wants them. What was told before an error
 * came to light was told: nothing of it may be trusted until the end has been judged.
 *
 * Where the parts end changes nothing but how TEXT is cut, which may be inside of a
 * character.
 */
#ifndef EVC_CODEC_JSTREAM_H
#define EVC_CODEC_JSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define EVC_JSTREAM_MAX_DEPTH 64u
#define EVC_JSTREAM_MAX_NAME 1024u /* bytes of a name that is told whole */

typedef enum evc_jevent {
    EVC_JEVENT_OBJECT,
    EVC_JEVENT_OBJECT_END,
    EVC_JEVENT_ARRAY,
    EVC_JEVENT_ARRAY_END,
    EVC_JEVENT_NAME,   /* of a member, decoded; longer ones come cut, with cut set */
    EVC_JEVENT_TEXT,   /* a part of a string, decoded; at least one for each string */
    EVC_JEVENT_NUMBER, /* as it stands */
    EVC_JEVENT_WORD    /* true, false, null */
} evc_jevent;

typedef struct evc_jpiece {
    evc_jevent event;
    uint32_t depth; /* objects and arrays around it */
    evc_view text;  /* borrowed for the call */
    bool last;      /* of TEXT: the string ends here */
    bool cut;       /* of NAME: it is longer than this */
} evc_jpiece;

/* An error ends the reading, and is what evc_jstream_feed returns. */
typedef int (*evc_jpiece_fn)(void *user, const evc_jpiece *piece, evc_error **err);

typedef struct evc_jstream {
    evc_jpiece_fn take;
    void *user;
    int code;  /* of an earlier failure */
    bool wide; /* set after begin: integers from 2^63 to 2^64 - 1 are told too */
    /* Of jstream.c. */
    uint8_t open[EVC_JSTREAM_MAX_DEPTH]; /* closing brackets */
    uint32_t depth;
    int state;
    bool in_name;  /* the string at hand is one of a member */
    uint32_t unit; /* of an escape so far, and how many digits are missing */
    uint32_t digits;
    uint32_t high;     /* surrogate that waits for its low half */
    uint8_t utf8_left; /* continuation bytes, the next of which is in these bounds */
    uint8_t utf8_least;
    uint8_t utf8_most;
    uint64_t at; /* bytes so far, for messages */
    size_t held;
    bool cut;
    char hold[EVC_JSTREAM_MAX_NAME]; /* a name, a number, a word */
} evc_jstream;

void evc_jstream_begin(evc_jstream *s, evc_jpiece_fn take, void *user);
/* ENVCRYPT_E_JSON, with the offset and nothing of the text; what take gave. After a failure
 * every call is refused with its code. */
int evc_jstream_feed(evc_jstream *s, evc_view part, evc_error **err) EVC_MUST_CHECK;
/* ENVCRYPT_E_JSON: the text is not whole. Wipes in any case. */
int evc_jstream_end(evc_jstream *s, evc_error **err) EVC_MUST_CHECK;
void evc_jstream_reset(evc_jstream *s); /* wipes without judging */

#endif
