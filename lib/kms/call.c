/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/call.h"

#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "kms/backend.h"

/*
 * OPEN until the finish or until the waiter gives up, whichever comes first. The results
 * are read only when FINISHED was seen.
 */
enum phase { OPEN, FINISHED, ABANDONED };

int
evc_call_new(evc_kms *kms, int32_t operation, evc_call **out, evc_error **err)
{
    evc_call *call = evc_mem_new(sizeof(*call));

    *out = NULL;
    if (!call)
        return evc_err_nomem(err);
    if (pthread_mutex_init(&call->mutex, NULL) != 0) {
        evc_mem_free(call);
        return evc_err_nomem(err);
    }
    atomic_init(&call->refs, 1);
    atomic_init(&call->served, false);
    atomic_init(&call->phase, OPEN);
    call->operation = operation;
    call->kms = evc_kms_ref(kms);
    evc_context_init(&call->own.context);
    evc_buf_init(&call->own.bytes);
    evc_edk_out_init(&call->wrapped);
    evc_edk_out_init(&call->replacement);
    evc_buf_init(&call->key_id);
    evc_buf_init(&call->version);
    *out = call;
    return 0;
}

void
evc_call_place(evc_call *call, evc_kms *kms, int32_t operation)
{
    *call = (evc_call){.placed = true, .operation = operation, .kms = kms};
}

evc_call *
evc_call_ref(evc_call *call)
{
    if (!call->placed)
        atomic_fetch_add_explicit(&call->refs, 1, memory_order_relaxed);
    return call;
}

static void
reset_call(evc_call *call)
{
    evc_context_reset(&call->own.context);
    evc_secret_free(&call->own.input);
    evc_buf_reset(&call->own.bytes);
    evc_edk_out_reset(&call->wrapped);
    evc_secret_free(&call->key);
    evc_buf_reset(&call->key_id);
    evc_buf_reset(&call->version);
    evc_edk_out_reset(&call->replacement);
    evc_key_info_free(call->info);
    evc_error_free(call->error);
}

static void
free_call(evc_call *call)
{
    reset_call(call);
    if (evc_fork_is_current(call->kms->generation))
        (void)pthread_mutex_destroy(&call->mutex);
    evc_kms_unref(call->kms);
    evc_mem_free(call);
}

void
evc_call_unref(evc_call *call)
{
    if (call && call->placed) {
        reset_call(call);
        return;
    }
    while (call &&
           atomic_fetch_sub_explicit(&call->refs, 1, memory_order_acq_rel) == 1) {
        evc_call *parent = call->parent;

        free_call(call);
        call = parent;
    }
}

static int
own_input(evc_call *call, evc_error **err)
{
    evc_arena *arena = evc_crypto_env(call->kms->crypto)->arena;
    int rc;

    if (call->input.size == 0)
        return 0;
    rc = evc_secret_copy(arena, call->input, &call->own.input, err);
    if (rc)
        return rc;
    call->input = evc_view_of(call->own.input.bytes, call->own.input.size);
    return 0;
}

/* A view of the same bytes in the copy, which has a NUL behind each part. */
static evc_view
next_part(evc_cursor *c, size_t size)
{
    evc_view part = evc_cursor_bytes(c, size);

    (void)evc_cursor_u8(c);
    return part;
}

static int
own_bytes(evc_call *call, evc_error **err)
{
    evc_view *const parts[] = {&call->edk.provider, &call->edk.info,
                               &call->edk.ciphertext, &call->key_version};
    const size_t count = sizeof(parts) / sizeof(parts[0]);
    evc_buf *b = &call->own.bytes;
    evc_cursor c;
    size_t size = 0;

    for (size_t i = 0; i < count; i++)
        size += parts[i]->size + 1;
    (void)evc_buf_reserve(b, size);
    for (size_t i = 0; i < count; i++) {
        evc_buf_put_view(b, *parts[i]);
        evc_buf_put_u8(b, 0);
    }
    if (b->failed)
        return evc_buf_check(b, err);
    c = evc_cursor_of_view(evc_buf_view(b));
    for (size_t i = 0; i < count; i++)
        *parts[i] = next_part(&c, parts[i]->size);
    return 0;
}

int
evc_call_own(evc_call *call, evc_error **err)
{
    int rc = evc_context_copy(&call->own.context, call->context, err);

    if (rc)
        return rc;
    call->context = &call->own.context.pairs;
    rc = own_input(call, err);
    if (!rc)
        rc = own_bytes(call, err);
    return rc;
}

bool
evc_call_is_abandoned(const evc_call *call)
{
    for (; call; call = call->parent) {
        if (atomic_load_explicit(&call->phase, memory_order_acquire) == ABANDONED)
            return true;
    }
    return false;
}

void
evc_call_finish(evc_call *call, int code, evc_error *error)
{
    if (!evc_fork_is_current(call->kms->generation)) {
        evc_error_free(error);
        return;
    }
    call->code = code;
    call->error = error;
    if (call->placed) {
        atomic_store_explicit(&call->phase, FINISHED, memory_order_relaxed);
        return;
    }
    (void)pthread_mutex_lock(&call->mutex);
    if (atomic_load_explicit(&call->phase, memory_order_relaxed) == OPEN)
        atomic_store_explicit(&call->phase, FINISHED, memory_order_release);
    /* With the lock held: once the waiter saw FINISHED, its wait may be gone. */
    if (call->waiter)
        evc_wait_wake(call->waiter);
    (void)pthread_mutex_unlock(&call->mutex);
    if (call->then)
        call->then(call, call->parent);
    evc_call_unref(call);
}

bool
evc_call_is_finished(const evc_call *call)
{
    return atomic_load_explicit(&call->phase, memory_order_acquire) == FINISHED;
}

/* Whether it is finished; if not, the finish will wake the waiter. */
static bool
set_waiter(evc_call *call, evc_wait *wait)
{
    bool finished;

    (void)pthread_mutex_lock(&call->mutex);
    finished = evc_call_is_finished(call);
    if (!finished)
        call->waiter = wait;
    (void)pthread_mutex_unlock(&call->mutex);
    return finished;
}

bool
evc_call_settle(evc_call *call)
{
    bool finished;

    (void)pthread_mutex_lock(&call->mutex);
    finished = evc_call_is_finished(call);
    if (!finished)
        atomic_store_explicit(&call->phase, ABANDONED, memory_order_release);
    call->waiter = NULL;
    (void)pthread_mutex_unlock(&call->mutex);
    return finished;
}

static int
sleep_until_finished(evc_call *call, evc_wait *wait, evc_error **err)
{
    int rc = evc_wait_arm(wait, err);

    if (rc == 0 && set_waiter(call, wait))
        return 0;
    while (rc == 0 && !evc_call_is_finished(call))
        rc = evc_wait_sleep(wait, err);
    /* What came in the same moment as cancel or deadline is taken. */
    if (!evc_call_settle(call))
        return rc;
    if (rc && err) {
        evc_error_free(*err);
        *err = NULL;
    }
    return 0;
}

/* For a maker without deadline. */
static int
sleep_for_ever(evc_call *call, evc_error **err)
{
    evc_wait wait;
    int rc;

    evc_wait_init(&wait, &evc_crypto_env(call->kms->crypto)->clock, -1);
    rc = sleep_until_finished(call, &wait, err);
    evc_wait_release(&wait);
    return rc;
}

/* One line for each call, and never what it is about. */
static void
tell(const evc_call *call, int rc)
{
    const evc_env *env = evc_crypto_env(call->kms->crypto);

    if (rc != ENVCRYPT_E_FORKED && evc_log_wants(&env->log, ENVCRYPT_LOG_DEBUG))
        evc_log_write(&env->log, ENVCRYPT_LOG_DEBUG,
                      "%s by the key \"%s\" of \"%s\": %s", evc_call_name(call),
                      call->kms->key_id, call->kms->provider,
                      rc ? evc_error_name(rc) : "done");
}

static void
start(evc_call *call, evc_wait *wait)
{
    call->wait = wait;
    call->kms->backend->start(call->kms, evc_call_ref(call));
    call->wait = NULL;
    call->loan = NULL;
}

/* 0 when it was finished, whatever with. */
static int
run(evc_call *call, evc_wait *wait, evc_error **err)
{
    int rc = 0;

    if (wait && atomic_load(&wait->canceled))
        rc = evc_wait_check(wait, err);
    if (rc)
        return rc;
    start(call, wait);
    if (evc_call_is_finished(call))
        return 0;
    /* A child that came out of the back end has no thread that would finish it. */
    rc = evc_fork_check(call->kms->generation, "key", err);
    if (rc)
        return rc;
    return wait ? sleep_until_finished(call, wait, err) : sleep_for_ever(call, err);
}

int
evc_call_end(evc_call *call, int cut, evc_error **err)
{
    int rc = cut ? cut : call->code;

    if (rc && !cut && err) {
        evc_error_free(*err);
        *err = call->error;
        call->error = NULL;
    }
    tell(call, rc);
    return rc;
}

int
evc_call_run(evc_call *call, evc_wait *wait, evc_error **err)
{
    int cut = run(call, wait, err);

    return evc_call_end(call, cut, err);
}

bool
evc_call_begin(evc_call *call, evc_wait *wait)
{
    start(call, wait);
    return set_waiter(call, wait);
}

const char *
evc_call_name(const evc_call *call)
{
    switch (call->operation) {
    case ENVCRYPT_OP_WRAP:
        return "WRAP";
    case ENVCRYPT_OP_UNWRAP:
        return "UNWRAP";
    case ENVCRYPT_OP_GENERATE:
        return "GENERATE";
    case ENVCRYPT_OP_REWRAP:
        return "REWRAP";
    case ENVCRYPT_OP_DESCRIBE:
        return "DESCRIBE";
    case ENVCRYPT_OP_ROTATE:
        return "ROTATE";
    case ENVCRYPT_OP_PROBE:
        return "PROBE";
    default:
        return "BRANCH_KEY";
    }
}
