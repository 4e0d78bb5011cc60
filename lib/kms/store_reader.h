/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From the text of a key store file to its data, in two steps: what is needed to open
 * the store, and, once the MAC was checked, the keys.
 */
#ifndef EVC_KMS_STORE_READER_H
#define EVC_KMS_STORE_READER_H

#include "codec/json.h"
#include "kms/store_data.h"
#include "kms/store_format.h"

typedef struct evc_store_text {
    const char *path; /* for messages */
    evc_json_doc *doc;
    evc_view covered; /* by the MAC; points into the file's text */
    uint8_t mac[EVC_STORE_MAC];
} evc_store_text;

/*
 * Checks syntax, format number, type and the line of the MAC. file must outlive the
 * result. ENVCRYPT_E_STORE_FORMAT, STORE_NEWER, NOMEM.
 */
int evc_store_text_open(evc_view file, const char *path, evc_store_text *out,
                        evc_error **err) EVC_MUST_CHECK;
void evc_store_text_close(evc_store_text *text); /* fine after a failed open */

/*
 * Id, name, date and protectors, without keys. ENVCRYPT_E_STORE_FORMAT; STORE_KDF when
 * the cost of a passphrase is outside of its limits; NOMEM.
 */
int evc_store_read_head(const evc_store_text *text, evc_store_data **out,
                        evc_error **err) EVC_MUST_CHECK;
/* Adds the keys to what evc_store_read_head gave. ENVCRYPT_E_STORE_FORMAT, NOMEM. */
int evc_store_read_keys(const evc_store_text *text, evc_store_data *into,
                        evc_error **err) EVC_MUST_CHECK;

#endif
