/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A custom key service for the tests of key stores: it "wraps" by turning the bits of the
 * bytes round, so that wrapped bytes are not the plain ones, and binds no context.
 */
#ifndef EVC_TESTS_FAKE_SERVICE_H
#define EVC_TESTS_FAKE_SERVICE_H

#include "evc-check.h"
#include "kms/keys.h"
#include "kms/kms.h"
#include "kms/protectors.h"
#include "kms/serve.h"

#define FAKE_BOTH (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP)

typedef struct fake_service {
    int32_t code;    /* what it answers with; 0 = it works */
    size_t short_by; /* the key that it unwraps lacks bytes */
    uint8_t spoil;   /* what is wrong with bytes that it rewraps */
    int calls;
    int32_t last;      /* operation */
    char context[512]; /* of the last call: name=value; … */
} fake_service;

static inline void
fake_answer(envcrypt_call *call, fake_service *of)
{
    uint8_t turned[64];
    size_t size;
    const uint8_t *input = envcrypt_call_input(call, &size);

    ck_assert_uint_le(size, sizeof(turned));
    for (size_t i = 0; i < size; i++)
        turned[i] = (uint8_t)~input[i];
    if (of->last == ENVCRYPT_OP_REWRAP)
        for (size_t i = 0; i < size; i++)
            turned[i] = input[i] ^ of->spoil;
    if (of->last == ENVCRYPT_OP_UNWRAP)
        EVC_CHECK_OK(envcrypt_call_set_key(call, turned, size - of->short_by, NULL));
    else
        EVC_CHECK_OK(envcrypt_call_set_wrapped(call, turned, size, NULL));
}

static inline void
fake_serve(envcrypt_call *call, void *user)
{
    const envcrypt_context *context = envcrypt_call_context(call);
    fake_service *of = user;

    of->calls++;
    of->last = envcrypt_call_operation(call);
    of->context[0] = 0;
    for (size_t i = 0; i < envcrypt_context_count(context); i++) {
        size_t used = strlen(of->context);

        (void)snprintf(&of->context[used], sizeof(of->context) - used, "%s=%s;",
                       envcrypt_context_name(context, i, NULL),
                       envcrypt_context_value(context, i, NULL));
    }
    if (!of->code)
        fake_answer(call, of);
    envcrypt_call_finish(call, of->code, of->code ? "FakeFailure" : NULL, NULL);
}

static inline evc_kms *
fake_open(evc_crypto *of, fake_service *service, const char *key_id,
          uint32_t operations)
{
    evc_kms *kms;

    EVC_CHECK_OK(evc_custom_open(of, "acme", key_id, operations, fake_serve, service,
                                 NULL, &kms, NULL));
    return kms;
}

/* Adds such a key to a list, which holds the only reference. */
static inline void
fake_add(evc_protectors *list, fake_service *service, const char *key_id,
         uint32_t operations)
{
    evc_kms *kms = fake_open(list->crypto, service, key_id, operations);

    EVC_CHECK_OK(evc_protectors_add_kms(list, kms, NULL));
    evc_kms_unref(kms);
}

#endif
