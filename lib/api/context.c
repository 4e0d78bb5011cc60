/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/context.h"
#include "base/mem.h"
#include "envcrypt/kms.h"

int
envcrypt_context_new(envcrypt_context **out, envcrypt_error **err)
{
    envcrypt_context *context;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "an encryption context cannot be made: out is NULL");
    *out = NULL;
    context = evc_mem_new(sizeof(*context));
    if (!context)
        return evc_err_nomem(err);
    evc_context_init(context);
    *out = context;
    return 0;
}

void
envcrypt_context_free(envcrypt_context *context)
{
    if (!context)
        return;
    evc_context_reset(context);
    evc_mem_free(context);
}

int
envcrypt_context_add(envcrypt_context *context, const char *name, const char *value,
                     envcrypt_error **err)
{
    evc_err_clear(err);
    if (!context || !name || !value)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a pair cannot be added to an encryption context: context, name "
                       "or value is NULL");
    return evc_context_add(context, evc_view_text(name), evc_view_text(value), err);
}

size_t
envcrypt_context_count(const envcrypt_context *context)
{
    return context ? context->pairs.count : 0;
}

/* The bytes have a NUL behind them, which their list put there. */
static const char *
text_of(const envcrypt_context *context, size_t index, bool value, size_t *size)
{
    const evc_pair *pair;
    evc_view view;

    if (size)
        *size = 0;
    if (!context || index >= context->pairs.count)
        return NULL;
    pair = &context->pairs.pairs[index];
    view = value ? pair->value : pair->name;
    if (size)
        *size = view.size;
    return (const char *)view.data;
}

const char *
envcrypt_context_name(const envcrypt_context *context, size_t index, size_t *size)
{
    return text_of(context, index, false, size);
}

const char *
envcrypt_context_value(const envcrypt_context *context, size_t index, size_t *size)
{
    return text_of(context, index, true, size);
}
