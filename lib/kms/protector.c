/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/protector.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"

void
evc_protector_init(evc_protector *protector, int32_t type)
{
    *protector = (evc_protector){.type = type};
    evc_buf_init(&protector->wrapped);
    evc_buf_init(&protector->public_pem);
    evc_buf_init(&protector->info);
}

void
evc_protector_reset(evc_protector *protector)
{
    evc_buf_reset(&protector->wrapped);
    evc_buf_reset(&protector->public_pem);
    evc_buf_reset(&protector->info);
    evc_mem_free(protector->provider);
    evc_mem_free(protector->key_id);
}

void
evc_protector_set_id(evc_protector *protector, const uint8_t id[EVC_PROTECTOR_ID])
{
    evc_buf text;

    memcpy(protector->id, id, EVC_PROTECTOR_ID);
    evc_buf_init_fixed(&text, protector->id_text, 2 * EVC_PROTECTOR_ID);
    evc_encode_hex(&text, evc_view_of(id, EVC_PROTECTOR_ID));
}

bool
evc_protector_equal(const evc_protector *a, const evc_protector *b)
{
    return a->type == b->type &&
           evc_view_equal(evc_view_of(a->id, sizeof a->id),
                          evc_view_of(b->id, sizeof b->id)) &&
           evc_view_equal(evc_view_of(a->nonce, sizeof a->nonce),
                          evc_view_of(b->nonce, sizeof b->nonce)) &&
           evc_view_equal(evc_buf_view(&a->wrapped), evc_buf_view(&b->wrapped));
}
