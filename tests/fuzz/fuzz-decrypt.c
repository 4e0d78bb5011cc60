/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whole messages, with a data key that everybody knows: 01 02 03 … What is decrypted in
 * one piece is decrypted by a stream in small pieces and by a range to the same bytes, and
 * what is refused there is refused here.
 */
#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "envelope/dek.h"
#include "envelope/header.h"
#include "envelope/range.h"
#include "envelope/reader.h"
#include "envelope/whole.h"
#include "fuzz.h"

#define PIECE 7u

static evc_env *env;
static evc_crypto *crypto;
static evc_dek data_key;
static evc_config config;

static void
open_once(void)
{
    if (env)
        return;
    FUZZ_DEMAND(!evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    FUZZ_DEMAND(!evc_crypto_open(env, &crypto, NULL));
    data_key.generation = evc_fork_generation();
    data_key.crypto = crypto;
    FUZZ_DEMAND(!evc_secret_new(env->arena, 32, &data_key.key, NULL));
    for (uint8_t i = 0; i < 32; i++)
        data_key.key.bytes[i] = (uint8_t)(i + 1);
    evc_config_init(&config);
    config.policy = ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT;
    config.data_key = &data_key;
    config.max_frame = 1 << 20;
}

/* The data key is as long as the suite wants it. */
static void
fit_data_key(evc_view input)
{
    evc_header h;
    bool more;

    data_key.key.size = 32;
    if (evc_header_read(input, &config, &h, &more, NULL) || more)
        return;
    data_key.key.size = h.suite->key_size;
    evc_header_reset(&h);
}

/* Reads in small pieces into plain, which has room; returns the code. */
static int
read_stream(evc_view input, uint8_t *plain, size_t room, size_t *made)
{
    evc_cursor c = evc_cursor_of_view(input);
    evc_reader *reader;
    bool done = false;
    int rc = 0;

    *made = 0;
    FUZZ_DEMAND(!evc_reader_open(NULL, &config, true, &reader, NULL));
    while (rc == 0 && !done) {
        size_t left = evc_cursor_left(&c);
        evc_cursor peek = c;
        size_t used = 0;
        size_t some = 0;
        size_t space = room - *made < PIECE ? room - *made : PIECE;

        if (left > 0)
            rc = evc_reader_process(
                reader, evc_cursor_bytes(&peek, left < PIECE ? left : PIECE), &used,
                &plain[*made], space, &some, NULL, NULL);
        else
            rc = evc_reader_finish(reader, &plain[*made], space, &some, &done, NULL);
        FUZZ_DEMAND(rc || used || some || done);
        (void)evc_cursor_bytes(&c, used);
        *made += some;
    }
    evc_reader_free(reader);
    return rc;
}

static int32_t
read_at(void *user, uint64_t offset, void *out, size_t size)
{
    const evc_view *input = user;

    FUZZ_DEMAND(offset <= input->size && size <= input->size - offset);
    memcpy(out, &input->data[offset], size);
    return 0;
}

/* What a range opens is nothing else than what decryption gives, if it gives anything. */
static void
check_range(evc_view input, int whole_rc, evc_view plain)
{
    evc_source source = {.size = input.size, .read_at = read_at, .user = &input};
    uint8_t *out = evc_mem_new(plain.size + 1);
    evc_range *range;
    size_t made = 0;
    int rc = evc_range_open(NULL, &config, &source, true, NULL, &range, NULL);

    FUZZ_DEMAND(out);
    if (whole_rc == 0)
        FUZZ_DEMAND(rc == 0 || rc == ENVCRYPT_E_POLICY_UNFRAMED);
    if (rc == 0 && whole_rc == 0) {
        FUZZ_DEMAND(evc_range_size(range) == plain.size);
        FUZZ_DEMAND(!evc_range_read(range, 0, out, plain.size, &made, NULL));
        FUZZ_DEMAND(evc_view_equal(evc_view_of(out, made), plain));
    }
    if (rc == 0)
        evc_range_free(range);
    evc_mem_free(out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_view input = evc_view_of(data, size);
    uint8_t *whole = evc_mem_new(size + 1);
    uint8_t *pieces = evc_mem_new(size + 1);
    evc_room room = evc_room_memory(whole, size + 1);
    size_t made;
    int stream_rc;
    int rc;

    open_once();
    FUZZ_DEMAND(whole && pieces);
    fit_data_key(input);
    rc = evc_whole_decrypt(NULL, &config, input, NULL, &room, NULL, NULL);
    stream_rc = read_stream(input, pieces, size + 1, &made);
    FUZZ_DEMAND((rc == 0) == (stream_rc == 0));
    if (rc == 0)
        FUZZ_DEMAND(made == room.made && memcmp(whole, pieces, made) == 0);
    else
        FUZZ_DEMAND(room.made == 0 && evc_mem_is_zero(whole, size + 1));
    check_range(input, rc, evc_view_of(whole, room.made));
    evc_mem_free(whole);
    evc_mem_free(pieces);
    return 0;
}
