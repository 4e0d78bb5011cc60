/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/bulk.h"

#include <stdatomic.h>

#include "base/mem.h"
#include "base/threads.h"

/* Less than this is done before a further thread has begun. */
#define LEAST_PER_THREAD ((uint64_t)256 * 1024)
/* How often progress and cancellation are looked at. */
#define TICK ((uint64_t)1024 * 1024)

typedef struct job job;
typedef int (*frame_work)(const job *j, evc_gcm *gcm, size_t index, evc_error **err);

struct job {
    evc_bulk *bulk;
    evc_bulk_lane *lanes;
    size_t lane_count;
    frame_work work;
    uint32_t sequence; /* of the first frame */
    size_t frames;
    evc_view in;
    size_t in_stride;
    uint8_t *out;
    size_t out_stride;
    bool with_errors;
    atomic_bool stop;
};

void
evc_bulk_init(evc_bulk *b, const evc_session *session, size_t threads, evc_wait *wait,
              evc_progress *progress)
{
    *b = (evc_bulk){
        .session = session,
        .threads = threads,
        .wait = wait,
        .progress = progress,
        .first = {.gcm = session->gcm},
    };
}

void
evc_bulk_end(evc_bulk *b)
{
    for (size_t i = 0; b->lanes && i < b->threads; i++)
        evc_gcm_give(b->lanes[i].gcm);
    evc_mem_free(b->lanes);
    *b = (evc_bulk){0};
}

/* A cipher for each of count threads, taken here: threads only work. */
static int
make_lanes(evc_bulk *b, size_t count, evc_error **err)
{
    const evc_secret *key = &b->session->content_key;
    int rc = 0;

    if (!b->lanes)
        b->lanes = evc_mem_new_array(b->threads, sizeof *b->lanes);
    if (!b->lanes)
        return evc_err_nomem(err);
    for (size_t i = 0; !rc && i < count; i++)
        if (!b->lanes[i].gcm)
            rc = evc_gcm_take(b->session->crypto, evc_view_of(key->bytes, key->size),
                              &b->lanes[i].gcm, err);
    return rc;
}

static size_t
lanes_for(const evc_bulk *b, size_t frames)
{
    uint64_t bytes = (uint64_t)frames * b->session->body.frame_length;
    uint64_t most = bytes / LEAST_PER_THREAD;

    if (most > frames)
        most = frames;
    if (most > b->threads)
        most = b->threads;
    return most ? (size_t)most : 1;
}

static int
seal_frame(const job *j, evc_gcm *gcm, size_t index, evc_error **err)
{
    evc_view plain = evc_view_of(&j->in.data[index * j->in_stride], j->in_stride);

    return evc_frame_seal(gcm, &j->bulk->session->body, j->sequence + (uint32_t)index,
                          false, plain, &j->out[index * j->out_stride], err);
}

static int
open_frame(const job *j, evc_gcm *gcm, size_t index, evc_error **err)
{
    const evc_body *body = &j->bulk->session->body;
    evc_view bytes = evc_view_of(&j->in.data[index * j->in_stride], j->in_stride);
    evc_frame frame;
    bool more;
    int rc = evc_frame_read(bytes, body, j->sequence + (uint32_t)index, UINT64_MAX,
                            &frame, &more, err);

    if (rc)
        return rc;
    if (more || frame.size != bytes.size)
        return evc_err(err, ENVCRYPT_E_INTERNAL, "a run of frames holds a final one");
    return evc_frame_open(gcm, body, &frame, bytes, &j->out[index * j->out_stride],
                          err);
}

/* On the caller's thread, for its own frames; the other threads are about as far. */
static int
tick(const job *j, uint64_t *since, evc_error **err)
{
    *since += j->bulk->session->body.frame_length;
    if (*since < TICK)
        return 0;
    if (j->bulk->progress)
        evc_progress_add(j->bulk->progress, *since * j->lane_count);
    *since = 0;
    return j->bulk->wait ? evc_wait_check(j->bulk->wait, err) : 0;
}

static void
run_lane(void *user, size_t index)
{
    job *j = user;
    evc_bulk_lane *lane = &j->lanes[index];
    evc_error **err = j->with_errors ? &lane->error : NULL;
    size_t at = (size_t)((uint64_t)j->frames * index / j->lane_count);
    size_t end = (size_t)((uint64_t)j->frames * (index + 1) / j->lane_count);
    uint64_t since = 0;

    lane->rc = 0;
    lane->error = NULL;
    for (; at < end && !atomic_load_explicit(&j->stop, memory_order_relaxed); at++) {
        lane->rc = j->work(j, lane->gcm, at, err);
        if (!lane->rc && index + 1 == j->lane_count)
            lane->rc = tick(j, &since, err);
        if (lane->rc)
            atomic_store_explicit(&j->stop, true, memory_order_relaxed);
    }
}

/* The error of the first group that failed, and an end to those of the others. */
static int
collect(const job *j, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; i < j->lane_count; i++) {
        evc_bulk_lane *lane = &j->lanes[i];

        if (!rc && lane->rc && err) {
            evc_error_free(*err);
            *err = lane->error;
        } else {
            evc_error_free(lane->error);
        }
        lane->error = NULL;
        if (!rc)
            rc = lane->rc;
    }
    return rc;
}

static int
run(job *j, evc_error **err)
{
    int rc;

    j->lanes = &j->bulk->first;
    j->lane_count = lanes_for(j->bulk, j->frames);
    j->with_errors = err != NULL;
    atomic_init(&j->stop, false);
    if (j->lane_count == 1) {
        run_lane(j, 0);
        rc = collect(j, err);
    } else {
        rc = make_lanes(j->bulk, j->lane_count, err);
        j->lanes = j->bulk->lanes;
        if (!rc)
            rc = evc_threads_run(j->lane_count, run_lane, j, err);
        if (!rc)
            rc = collect(j, err);
    }
    if (rc)
        evc_mem_wipe(j->out, j->frames * j->out_stride);
    return rc;
}

int
evc_bulk_seal(evc_bulk *b, uint32_t sequence, evc_view plain, uint8_t *out,
              evc_error **err)
{
    size_t length = b->session->body.frame_length;
    job j = {
        .bulk = b,
        .work = seal_frame,
        .sequence = sequence,
        .frames = plain.size / length,
        .in = plain,
        .in_stride = length,
        .out_stride = length + EVC_FRAME_OVERHEAD,
    };

    j.out = out;
    if (j.frames <= EVC_FRAME_FINAL - sequence)
        return run(&j, err);
    evc_mem_wipe(out, j.frames * j.out_stride);
    return evc_err(err, ENVCRYPT_E_LIMIT_LENGTH,
                   "the plaintext needs more than 2^32 - 1 frames of %zu bytes; choose "
                   "a larger frame length",
                   length);
}

int
evc_bulk_open(evc_bulk *b, uint32_t sequence, evc_view frames, uint8_t *out,
              evc_error **err)
{
    size_t length = b->session->body.frame_length;
    job j = {
        .bulk = b,
        .work = open_frame,
        .sequence = sequence,
        .frames = frames.size / (length + EVC_FRAME_OVERHEAD),
        .in = frames,
        .in_stride = length + EVC_FRAME_OVERHEAD,
        .out_stride = length,
    };

    j.out = out;
    return run(&j, err);
}
