/* SPDX-License-Identifier: Apache-2.0 */
/* UUIDs as text (RFC 9562, section 4): lower case is written, both cases are read. */
#ifndef EVC_KMS_UUID_H
#define EVC_KMS_UUID_H

#include "base/view.h"

#define EVC_UUID_SIZE 16
#define EVC_UUID_TEXT 37 /* with the NUL */

void evc_uuid_format(const uint8_t uuid[EVC_UUID_SIZE], char out[EVC_UUID_TEXT]);
bool evc_uuid_parse(evc_view text, uint8_t out[EVC_UUID_SIZE]); /* 8-4-4-4-12 digits */

#endif
