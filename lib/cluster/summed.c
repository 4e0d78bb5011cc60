/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/summed.h"

#include <string.h>

#include "base/encode.h"
#include "crypto/digest.h"

#define SUM 32u
#define SUM_BEGIN ",\n  \"sum\": \""
#define SUM_END "\"\n}\n"
#define CLOSING "\n}\n" /* of what is summed, as it is written */
#define TAIL (sizeof(SUM_BEGIN) - 1 + (size_t)2 * SUM + sizeof(SUM_END) - 1)

int
evc_summed_put(evc_crypto *crypto, evc_view object, evc_buf *out, evc_error **err)
{
    evc_view summed = evc_view_of(object.data, object.size - (sizeof(CLOSING) - 1));
    uint8_t sum[SUM];
    int rc = evc_digest(crypto, EVC_SHA256, &summed, 1, sum, err);

    if (rc)
        return rc;
    evc_buf_put_view(out, summed);
    evc_buf_put_text(out, SUM_BEGIN);
    evc_encode_hex(out, evc_view_of(sum, sizeof(sum)));
    evc_buf_put_text(out, SUM_END);
    return evc_buf_check(out, err);
}

int
evc_summed_check(evc_crypto *crypto, evc_view text, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(text);
    evc_view summed = evc_cursor_bytes(&c, text.size < TAIL ? 0 : text.size - TAIL);
    uint8_t told[SUM];
    uint8_t sum[SUM];
    evc_view begin;
    evc_view hex;
    int rc;

    begin = evc_cursor_bytes(&c, sizeof(SUM_BEGIN) - 1);
    hex = evc_cursor_bytes(&c, (size_t)2 * SUM);
    if (!evc_view_is_text(begin, SUM_BEGIN) ||
        !evc_view_is_text(evc_cursor_bytes(&c, sizeof(SUM_END) - 1), SUM_END) ||
        evc_decode_hex(hex, told, sizeof(told), NULL) != 0)
        return evc_err(err, ENVCRYPT_E_CLUSTER_STATE, "it does not end with its sum");
    rc = evc_digest(crypto, EVC_SHA256, &summed, 1, sum, err);
    if (rc == 0 && memcmp(told, sum, sizeof(sum)) != 0)
        rc = evc_err(err, ENVCRYPT_E_CLUSTER_STATE,
                     "its sum is wrong, so it was changed");
    return rc;
}
