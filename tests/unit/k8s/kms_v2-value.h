/* SPDX-License-Identifier: Apache-2.0 */
/* A stored value of KMS v2 as far as it can be read without keys (kubernetes.md 3.1). */
#ifndef EVC_TESTS_KMS_V2_VALUE_H
#define EVC_TESTS_KMS_V2_VALUE_H

#include <string.h>

#include "base/buf.h"

/* seed: as it is wrapped; it and key_id have up to 127 bytes. */
static inline void
put_kms_v2(evc_buf *out, const char *key_id, const char *seed)
{
    evc_buf_put_text(out, "k8s:enc:kms:v2:plugin:\x0a\x40");
    for (int i = 0; i < 64; i++)
        evc_buf_put_u8(out, 'd');
    evc_buf_put_u8(out, 0x12);
    evc_buf_put_u8(out, (uint8_t)strlen(key_id));
    evc_buf_put_text(out, key_id);
    evc_buf_put_u8(out, 0x1a);
    evc_buf_put_u8(out, (uint8_t)strlen(seed));
    evc_buf_put_text(out, seed);
    evc_buf_put_text(out, "\x28\x01");
}

#endif
