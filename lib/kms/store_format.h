/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The key store file: JSON whose last member is the line of the MAC (doc/format.md,
 * "Key store"). What reader and writer share.
 */
#ifndef EVC_KMS_STORE_FORMAT_H
#define EVC_KMS_STORE_FORMAT_H

#include <stdint.h>

#define EVC_STORE_FORMAT 1
#define EVC_STORE_TYPE "envcrypt-keystore"
#define EVC_STORE_FILE_MAX (16u * 1024u * 1024u) /* bytes */

/*
 * The end of every file, byte for byte: this, 64 hex digits, the tail. The MAC covers
 * all that stands before.
 */
#define EVC_STORE_MAC 32
#define EVC_STORE_MAC_HEAD "  \"mac\": \""
#define EVC_STORE_MAC_TAIL "\"\n}\n"
#define EVC_STORE_MAC_LINE \
    (sizeof EVC_STORE_MAC_HEAD - 1 + 2 * EVC_STORE_MAC + sizeof EVC_STORE_MAC_TAIL - 1)

/* Kinds and states of keys in words; 0 for a word that is none. */
const char *evc_store_kind_word(int32_t kind);
int32_t evc_store_kind_of(const char *text);
const char *evc_store_state_word(int32_t state);
int32_t evc_store_state_of(const char *text);

#endif
