/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Reading JSON (RFC 8259) that comes in parts and may be of any length, in bounded memory:
 * who reads hears of each piece and keeps what it wants. What the reader itself holds is
 * wiped as it goes. Accepts no text that jansson would refuse; of strings it checks UTF-8
 * and escapes also where nobody wants them.
 */
#ifndef EVC_CODEC_JSTREAM_H
#define EVC_CODEC_JSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "base/view.h"

#define EVC_JSTREAM_MAX_DEPTH 64u
#define EVC_JSTREAM_MAX_NAME 1024u  /* bytes of a name that is told whole */
#define EVC_JSTREAM_MAX_NUMBER 128u /* characters */

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

/* Anything but 0 ends the reading, and is what evc_jstream_feed returns. */
typedef int (*evc_jpiece_fn)(void *user, const evc_jpiece *piece, evc_error **err);

typedef struct evc_jstream {
    evc_jpiece_fn take;
    void *user;
    int code; /* of an earlier failure */
    /* Of jstream.c. */
    uint8_t open[EVC_JSTREAM_MAX_DEPTH]; /* 1 = object */
    uint32_t depth;
    int state;
    int sub;
    uint32_t unit;
    uint32_t high;
    uint32_t utf8_left;
    uint32_t utf8_code;
    uint64_t at; /* bytes so far, for messages */
    size_t held;
    bool cut;
    char hold[EVC_JSTREAM_MAX_NAME];
} evc_jstream;

void evc_jstream_begin(evc_jstream *s, evc_jpiece_fn take, void *user);
/* ENVCRYPT_E_JSON, with the offset and nothing of the text; what take gave. */
int evc_jstream_feed(evc_jstream *s, evc_view part, evc_error **err) EVC_MUST_CHECK;
/* ENVCRYPT_E_JSON: the text is not whole. Wipes in any case. */
int evc_jstream_end(evc_jstream *s, evc_error **err) EVC_MUST_CHECK;
void evc_jstream_reset(evc_jstream *s); /* wipes without judging */

#endif
