/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/serve.h"

#include "base/mem.h"

static evc_cloud *
cloud_of(const evc_kms *kms)
{
    return kms->state;
}

static void
run_plain(evc_kms *kms, evc_call *call, evc_wait *wait)
{
    evc_error *error = NULL;
    int rc = cloud_of(kms)->run
                 ? cloud_of(kms)->run(kms, call, wait, &error)
                 : evc_err(&error, ENVCRYPT_E_UNSUPPORTED,
                           "the key \"%s\" of \"%s\" cannot do %s", kms->key_id,
                           kms->provider, evc_call_name(call));

    evc_call_finish(call, rc, error);
}

/* Moves the end of the operation to its call. */
static void
finish_call(evc_operation *op)
{
    evc_call *call = op->user;
    evc_error *error = op->error;

    op->error = NULL;
    evc_call_finish(call, op->code, error);
}

void
evc_cloud_start(evc_kms *kms, evc_call *call)
{
    const evc_operation_kind *kind = cloud_of(kms)->kind_of(call);
    evc_operation op;
    evc_operation *one = &op;

    if (!kind) {
        run_plain(kms, call, call->wait);
        return;
    }
    evc_operation_init(&op, kind, cloud_of(kms)->peer, call);
    op.subject = kms->key_id;
    op.finished = finish_call;
    evc_operation_run_many(&one, 1, 1, call->wait);
    evc_operation_reset(&op);
}

static void
fail_all(evc_call *const *calls, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        evc_error *error = NULL;
        int rc = evc_err_nomem(&error);

        evc_call_finish(calls[i], rc, error);
    }
}

void
evc_cloud_start_many(evc_kms *kms, evc_call *const *calls, size_t count, size_t width,
                     evc_wait *wait)
{
    evc_operation *room = evc_mem_new_array(count, sizeof(*room));
    evc_operation **ops = evc_mem_new_array(count, sizeof(*ops));
    size_t begun = 0;

    if (!room || !ops) {
        fail_all(calls, count);
        goto out;
    }
    for (size_t i = 0; i < count; i++) {
        const evc_operation_kind *kind = cloud_of(kms)->kind_of(calls[i]);

        if (!kind) {
            run_plain(kms, calls[i], wait);
            continue;
        }
        evc_operation_init(&room[begun], kind, cloud_of(kms)->peer, calls[i]);
        room[begun].subject = kms->key_id;
        room[begun].finished = finish_call;
        ops[begun] = &room[begun];
        begun++;
    }
    evc_operation_run_many(ops, begun, width, wait);
    for (size_t i = 0; i < begun; i++)
        evc_operation_reset(&room[i]);
out:
    evc_mem_free(room);
    evc_mem_free((void *)ops);
}
