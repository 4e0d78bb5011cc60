/* SPDX-License-Identifier: Apache-2.0 */
/* From data to the text of a key store file, but for the MAC. */
#ifndef EVC_KMS_STORE_WRITER_H
#define EVC_KMS_STORE_WRITER_H

#include "kms/store_data.h"
#include "kms/store_format.h"

/* Appends all that the MAC covers. NOMEM, UTF8. */
int evc_store_write(const evc_store_data *data, evc_buf *out,
                    evc_error **err) EVC_MUST_CHECK;
/* Appends the line of the MAC and the end. */
void evc_store_write_mac(const uint8_t mac[EVC_STORE_MAC], evc_buf *out);

#endif
