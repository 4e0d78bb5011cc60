/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Encrypted data keys: the three fields of the message format, and the layouts of their
 * key info (design 6.3 for services of ours; raw AES, raw RSA and hierarchical keyring
 * as in the Encryption SDK).
 */
#ifndef EVC_KMS_EDK_H
#define EVC_KMS_EDK_H

#include "base/buf.h"
#include "base/kv.h"
#include "base/view.h"

/* As read: borrowed. */
typedef struct evc_edk {
    evc_view provider;
    evc_view info;
    evc_view ciphertext;
} evc_edk;

/* As made: owned. */
typedef struct evc_edk_out {
    evc_buf provider;
    evc_buf info;
    evc_buf ciphertext;
    void *block; /* that all three may begin in */
} evc_edk_out;

void evc_edk_out_init(evc_edk_out *edk);
/* Of an initialised one: room for fields of these sizes, by one allocation. */
void evc_edk_out_reserve(evc_edk_out *edk, size_t provider, size_t info,
                         size_t ciphertext);
void evc_edk_out_reset(evc_edk_out *edk);
evc_edk evc_edk_view(const evc_edk_out *edk);
/* 0, or what evc_buf_check says of the first field that failed. */
int evc_edk_out_check(const evc_edk_out *edk, evc_error **err) EVC_MUST_CHECK;

/* u16 length before each field (message-header.md, "Encrypted Data Key Entries"). */
void evc_edk_write(const evc_edk *edk, evc_buf *out);
bool evc_edk_read(evc_cursor *c, evc_edk *out); /* false: the cursor failed */

/* Names that no key of ours may write under: "aws-kms…" and "envcrypt-…". */
bool evc_edk_is_reserved_provider(evc_view provider);

/* Raw AES info: name | tag bits u32 128 | IV bytes u32 12 | IV 12. */
#define EVC_EDK_RAW_AES_TAIL 20
void evc_edk_raw_aes_info(evc_buf *out, evc_view name, const uint8_t iv[12]);
bool evc_edk_raw_aes_parse(evc_view info, evc_view *name, evc_view *iv);

/*
 * Info of 6.3. Parsing gives false for another version byte, an unknown form, left-over
 * bytes, a key version past EVC_EDK_VERSION_MAX bytes, and text that is not UTF-8 or
 * has a NUL.
 */
#define EVC_EDK_VERSION_MAX 255u
typedef enum evc_context_form {
    EVC_FORM_NONE = 0,
    EVC_FORM_MAP = 1,
    EVC_FORM_HASH = 2
} evc_context_form;
typedef struct evc_edk_service {
    evc_view key_id;
    evc_view key_version;
    evc_context_form form;
    uint64_t wrapped_s; /* Unix seconds; 0 = unknown */
} evc_edk_service;
void evc_edk_service_info(evc_buf *out, const evc_edk_service *info);
bool evc_edk_service_parse(evc_view info, evc_edk_service *out);
/* Milliseconds since 1970; -1 when unknown, or out of range. */
int64_t evc_edk_service_wrapped_ms(const evc_edk_service *info);

/* Hierarchy ciphertext: salt 16 | IV 12 | version 16 | wrapped key | tag 16. */
#define EVC_EDK_HIERARCHY "aws-kms-hierarchy"
#define EVC_EDK_HIERARCHY_SALT 16
typedef struct evc_edk_hierarchy {
    evc_view salt;
    evc_view iv;
    evc_view version;
    evc_view wrapped;
    evc_view tag;
} evc_edk_hierarchy;
bool evc_edk_hierarchy_parse(evc_view ciphertext, evc_edk_hierarchy *out);

/*
 * What an EDK tells without any key, for inspection. key_id points into the EDK: it may
 * be any bytes. Where the layout of a provider is not known, it is read off the info:
 * as 6.3 if it parses, else raw AES, else the info is the key id.
 */
typedef struct evc_edk_facts {
    evc_view key_id;
    char key_version[EVC_EDK_VERSION_MAX + 1]; /* "" = does not tell */
    int64_t wrapped_ms;                        /* -1 = does not tell */
} evc_edk_facts;
void evc_edk_describe(const evc_edk *edk, evc_edk_facts *out);

#endif
