/* SPDX-License-Identifier: Apache-2.0 */
/* What a header or a record says, as an object that outlives its bytes. */
#ifndef EVC_ENVELOPE_INFO_H
#define EVC_ENVELOPE_INFO_H

#include "envelope/header.h"
#include "envelope/keyring.h"

typedef struct evc_info_edk {
    evc_edk edk;
    evc_edk_facts facts;
    const char *provider; /* a NUL stands behind it; its size is edk.provider's */
    const char *key_id;   /* same, with facts.key_id's */
} evc_info_edk;

typedef struct envcrypt_message_info {
    bool verified;          /* the data key authenticated it */
    const evc_suite *suite; /* NULL for a record */
    uint8_t purpose;        /* of a record; 0 for a message */
    uint8_t id[EVC_MESSAGE_ID_MAX];
    uint32_t frame_length;
    size_t header_size;
    evc_context context;
    evc_buf bytes; /* what the views below point to */
    evc_info_edk *edks;
    size_t edk_count;
} evc_info;

/* context: the whole one, NULL = as stored. NOMEM. */
int evc_info_from_header(const evc_header *h, const evc_kv *context, bool verified,
                         evc_info **out, evc_error **err) EVC_MUST_CHECK;
/* The errors of evc_record_read(). */
int evc_info_from_record(evc_view bytes, const evc_config *config, evc_info **out,
                         evc_error **err) EVC_MUST_CHECK;
/* Of a message or a record; TRUNCATED when bytes end before the header does. */
int evc_info_inspect(evc_view bytes, const evc_config *config, evc_info **out,
                     evc_error **err) EVC_MUST_CHECK;
void evc_info_free(evc_info *info); /* NULL is fine */
int evc_info_to_json(const evc_info *info, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;

/*
 * ENVCRYPT_YES, _NO or _UNKNOWN, without I/O to any cloud. An EDK for no key of the
 * keyring is UNKNOWN.
 */
int32_t evc_info_edk_is_current(const evc_info *info, size_t edk,
                                const evc_keyring *keyring);
/*
 * Whether there is an EDK that no key of the keyring writes, or a key that writes and
 * has none.
 */
bool evc_info_recipients_differ(const evc_info *info, const evc_keyring *keyring);
/* max_age_ms < 0 = any age. */
int32_t evc_info_needs_rewrap(const evc_info *info, const evc_keyring *keyring,
                              int64_t now_ms, int64_t max_age_ms);

#endif
