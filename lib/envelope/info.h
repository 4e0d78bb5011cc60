/* SPDX-License-Identifier: Apache-2.0 */
/* What a header or a record says, as an object that outlives its bytes. */
#ifndef EVC_ENVELOPE_INFO_H
#define EVC_ENVELOPE_INFO_H

#include "envelope/header.h"
#include "envelope/keyring.h"

typedef struct envcrypt_message_info {
    bool verified;
    const evc_suite *suite; /* NULL for a record */
    uint8_t purpose;        /* of a record */
    uint8_t id[EVC_MESSAGE_ID_MAX];
    uint32_t frame_length;
    size_t header_size;
    struct envcrypt_context context;
    evc_buf edk_bytes; /* the EDKs in wire form; the views below point here */
    evc_edk *edks;
    struct evc_edk_facts *facts;
    size_t edk_count;
} evc_info;

int evc_info_from_header(const evc_header *h, const evc_kv *context, bool verified,
                         evc_info **out, evc_error **err) EVC_MUST_CHECK;
/* context and EDKs of a record */
int evc_info_from_record(evc_view record, const evc_config *config, evc_info **out,
                         evc_error **err) EVC_MUST_CHECK;
void evc_info_free(evc_info *info);
int evc_info_to_json(const evc_info *info, evc_buf *out,
                     evc_error **err) EVC_MUST_CHECK;
int32_t evc_info_edk_is_current(const evc_info *info, size_t edk,
                                const evc_keyring *keyring);
int32_t evc_info_needs_rewrap(const evc_info *info, const evc_keyring *keyring,
                              int64_t now_ms, int64_t max_age_ms);

#endif
