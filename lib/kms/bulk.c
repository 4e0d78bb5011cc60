/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/bulk.h"

#include "base/mem.h"

typedef struct bulk {
    evc_kms *kms;
    uint32_t operation; /* WRAP or UNWRAP */
    evc_kms_item *const *items;
    size_t count;
    size_t width;
    evc_wait *wait;

    /* Of those that could be made, in order: */
    evc_call **calls;
    evc_kms_item **owners;
    size_t made;
} bulk;

void
evc_kms_item_reset(evc_kms_item *item)
{
    evc_edk_out_reset(&item->wrapped);
    evc_secret_free(&item->secret);
    evc_unwrapped_reset(&item->about);
    evc_error_free(item->error);
    item->error = NULL;
}

static void
run_one_by_one(const bulk *b)
{
    for (size_t i = 0; i < b->count; i++) {
        evc_kms_item *item = b->items[i];

        if (b->operation == ENVCRYPT_OP_WRAP)
            item->code = evc_kms_wrap(b->kms, item->key, item->context, b->wait, NULL,
                                      &item->wrapped, &item->error);
        else
            item->code = evc_kms_unwrap_about(
                b->kms, &item->edk, item->context, item->key_size, b->wait, NULL,
                &item->secret, &item->about, &item->error);
    }
}

/* --- calls of their own ----------------------------------------------------------- */

static void
make_calls(bulk *b)
{
    for (size_t i = 0; i < b->count; i++) {
        evc_kms_item *item = b->items[i];
        evc_call *call;

        if (b->operation == ENVCRYPT_OP_WRAP)
            item->code = evc_ask_wrap(b->kms, item->key, item->context, NULL, &call,
                                      &item->error);
        else
            item->code = evc_ask_edk(b->kms, ENVCRYPT_OP_UNWRAP, &item->edk,
                                     item->context, NULL, &call, &item->error);
        if (item->code)
            continue;
        call->key_size = item->key_size;
        b->owners[b->made] = item;
        b->calls[b->made++] = call;
    }
}

/* The call's result becomes the item's; cut: see evc_call_end. The call is gone then. */
static void
end_call(const bulk *b, size_t i, int cut)
{
    evc_kms_item *item = b->owners[i];
    evc_call *call = b->calls[i];

    item->code = evc_call_end(call, cut, &item->error);
    if (!item->code && b->operation == ENVCRYPT_OP_WRAP)
        item->code = evc_ask_take_wrapped(call, &item->wrapped, &item->error);
    else if (!item->code)
        item->code = evc_ask_take_key(call, &item->secret, &item->about, &item->error);
    evc_call_unref(call);
    b->calls[i] = NULL;
}

static void
run_together(const bulk *b)
{
    for (size_t i = 0; i < b->made; i++)
        (void)evc_call_ref(b->calls[i]); /* the back end's */
    b->kms->backend->start_many(b->kms, b->calls, b->made, b->width, b->wait);
    for (size_t i = 0; i < b->made; i++)
        end_call(b, i, 0);
}

/* --- back ends that finish later -------------------------------------------------- */

/* Ends those between first and next that are finished; how many are not. */
static size_t
end_finished(const bulk *b, size_t first, size_t next)
{
    size_t open = 0;

    for (size_t i = first; i < next; i++) {
        evc_call *call = b->calls[i];

        if (!call)
            continue;
        if (evc_call_is_finished(call) && evc_call_settle(call))
            end_call(b, i, 0);
        else
            open++;
    }
    return open;
}

/* Begins as many as there is room for, and sleeps until one more is finished; *next is
 * the first that did not begin. 0, or the errors of the wait. */
static int
advance(const bulk *b, evc_wait *wait, size_t *first, size_t *next, evc_error **err)
{
    size_t open = end_finished(b, *first, *next);
    int rc = evc_wait_begin(wait, err);

    while (*first < *next && !b->calls[*first])
        (*first)++;
    while (!rc && open < b->width && *next < b->made) {
        evc_call *call = b->calls[(*next)++];

        if (!evc_call_begin(call, wait))
            open++;
        else
            end_call(b, *next - 1, 0);
        rc = evc_wait_begin(wait, err);
    }
    if (!rc && open)
        rc = evc_wait_sleep(wait, err);
    return rc;
}

/* All that has no result gets the reason's, with a text of its own. */
static void
cut_off(const bulk *b, size_t next, int code, const evc_error *reason)
{
    for (size_t i = 0; i < b->made; i++) {
        evc_call *call = b->calls[i];

        if (!call)
            continue;
        if (i < next && evc_call_settle(call)) { /* in the same moment */
            end_call(b, i, 0);
            continue;
        }
        end_call(b, i,
                 evc_err(&b->owners[i]->error, code, "%s", evc_error_message(reason)));
    }
}

static void
run_later(const bulk *b)
{
    evc_error *reason = NULL;
    evc_wait own;
    evc_wait *wait = b->wait;
    size_t first = 0;
    size_t next = 0;
    int rc;

    if (!wait) {
        evc_wait_init(&own, &evc_crypto_env(b->kms->crypto)->clock, -1);
        wait = &own;
    }
    rc = evc_wait_arm(wait, &reason);
    while (!rc && first < b->made)
        rc = advance(b, wait, &first, &next, &reason);
    if (rc)
        cut_off(b, next, rc, reason);
    if (wait == &own)
        evc_wait_release(&own);
    evc_error_free(reason);
}

/* --- both ------------------------------------------------------------------------- */

static void
fail_all(const bulk *b)
{
    for (size_t i = 0; i < b->count; i++)
        b->items[i]->code = evc_err_nomem(&b->items[i]->error);
}

static void
run_calls(bulk *b)
{
    b->calls = evc_mem_new_array(b->count, sizeof(*b->calls));
    b->owners = evc_mem_new_array(b->count, sizeof(*b->owners));
    if (b->calls && b->owners) {
        make_calls(b);
        if (b->kms->backend->start_many)
            run_together(b);
        else
            run_later(b);
    } else {
        fail_all(b);
    }
    evc_mem_free((void *)b->calls);
    evc_mem_free((void *)b->owners);
}

static void
run(bulk *b)
{
    for (size_t i = 0; i < b->count; i++) {
        evc_edk_out_init(&b->items[i]->wrapped);
        b->items[i]->secret = (evc_secret){0};
        b->items[i]->about = (evc_unwrapped){0};
        b->items[i]->error = NULL;
    }
    if (b->width == 0)
        b->width = 1;
    if (b->kms->backend->at_once && !b->kms->backend->start_many)
        run_one_by_one(b);
    else
        run_calls(b);
}

void
evc_kms_wrap_many(evc_kms *kms, evc_kms_item *const *items, size_t count, size_t width,
                  evc_wait *wait)
{
    bulk b = {.kms = kms,
              .operation = ENVCRYPT_OP_WRAP,
              .items = items,
              .count = count,
              .width = width,
              .wait = wait};

    run(&b);
}

void
evc_kms_unwrap_many(evc_kms *kms, evc_kms_item *const *items, size_t count,
                    size_t width, evc_wait *wait)
{
    bulk b = {.kms = kms,
              .operation = ENVCRYPT_OP_UNWRAP,
              .items = items,
              .count = count,
              .width = width,
              .wait = wait};

    run(&b);
}
