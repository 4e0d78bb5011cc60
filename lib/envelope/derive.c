/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/derive.h"

#include <string.h>

#include "base/buf.h"

#define ID_SIZE 2u /* of a suite */

static evc_view
write_suite_id(const evc_suite *suite, uint8_t out[ID_SIZE])
{
    out[0] = (uint8_t)(suite->id >> 8);
    out[1] = (uint8_t)suite->id;
    return evc_view_of(out, ID_SIZE);
}

/* Version 1: the message id is part of the info, and there is no salt. */
static int
derive_plain(evc_crypto *crypto, const evc_suite *suite, evc_view data_key,
             const uint8_t *message_id, uint8_t *content, evc_error **err)
{
    uint8_t info_memory[ID_SIZE + 16];
    uint8_t id[ID_SIZE];
    evc_buf info;

    evc_buf_init_fixed(&info, info_memory, sizeof info_memory);
    evc_buf_put_view(&info, write_suite_id(suite, id));
    evc_buf_put(&info, message_id, suite->id_size);
    return evc_hkdf(crypto, suite->kdf_hash, evc_view_of(NULL, 0), data_key,
                    evc_buf_view(&info), content, suite->key_size, err);
}

/* Version 2: the message id is the salt; one extract, two expands. */
static int
derive_committing(evc_crypto *crypto, const evc_suite *suite, evc_view data_key,
                  const uint8_t *message_id, uint8_t *content,
                  uint8_t commitment[EVC_COMMITMENT], evc_error **err)
{
    static const char label[] = "DERIVEKEY";
    uint8_t info_memory[ID_SIZE + sizeof label];
    uint8_t id[ID_SIZE];
    evc_hkdf_output outputs[2];
    evc_buf info;

    evc_buf_init_fixed(&info, info_memory, sizeof info_memory);
    evc_buf_put_view(&info, write_suite_id(suite, id));
    evc_buf_put_text(&info, label);
    outputs[0].info = evc_buf_view(&info);
    outputs[0].out = content;
    outputs[0].size = suite->key_size;
    outputs[1].info = evc_view_text("COMMITKEY");
    outputs[1].out = commitment;
    outputs[1].size = EVC_COMMITMENT;
    return evc_hkdf_outputs(crypto, suite->kdf_hash,
                            evc_view_of(message_id, suite->id_size), data_key, outputs,
                            2, err);
}

int
evc_derive(evc_crypto *crypto, const evc_suite *suite, evc_view data_key,
           const uint8_t *message_id, uint8_t *content,
           uint8_t commitment[EVC_COMMITMENT], evc_error **err)
{
    memset(commitment, 0, EVC_COMMITMENT);
    if (data_key.size != suite->key_size)
        return evc_err(err, ENVCRYPT_E_BAD_DEK,
                       "the data key has %zu bytes and suite %04x takes %u; the key "
                       "belongs to another message or the key service is faulty",
                       data_key.size, suite->id, suite->key_size);
    if (suite->commits)
        return derive_committing(crypto, suite, data_key, message_id, content,
                                 commitment, err);
    if (suite->kdf)
        return derive_plain(crypto, suite, data_key, message_id, content, err);
    memmove(content, data_key.data, data_key.size);
    return 0;
}
