/* SPDX-License-Identifier: Apache-2.0 */
/* Messages through pipes: a writer or a reader of the library between input and output. */
#include "cli.h"

#include <stdlib.h>

#define PIECE 262144          /* read at once */
#define ROOM (PIECE + 131072) /* a piece encrypted, and a header */

/* One of the library's two engines, and what stands around it. */
typedef struct stream {
    const cli *c;
    const input *from;
    output *to;
    envcrypt_writer *writer;
    envcrypt_reader *reader;
    unsigned char *piece, *room; /* hold plaintext: wiped */
    size_t begun;                /* bytes of the first piece */
    progress progress;
} stream;

static int
process(stream *s, const void *in, size_t in_size, size_t *used, size_t *made,
        envcrypt_error **error)
{
    if (s->writer)
        return envcrypt_writer_process(s->writer, in, in_size, used, s->room, ROOM,
                                       made, error);
    return envcrypt_reader_process(s->reader, in, in_size, used, s->room, ROOM, made,
                                   s->c->wait, error);
}

static int
finish(stream *s, size_t *made, int32_t *done, envcrypt_error **error)
{
    if (s->writer)
        return envcrypt_writer_finish(s->writer, s->room, ROOM, made, done, error);
    return envcrypt_reader_finish(s->reader, s->room, ROOM, made, done, error);
}

/* Feeds one piece until nothing of it is left. */
static int
feed(stream *s, size_t size)
{
    const unsigned char *in = s->piece;
    int rc = 0;

    while (!rc && size) {
        envcrypt_error *error = NULL;
        size_t used = 0;
        size_t made = 0;

        rc = check(process(s, in, size, &used, &made, &error), &error, s->from->name);
        if (!rc)
            rc = output_write(s->to, s->room, made);
        in += used;
        size -= used;
    }
    return rc;
}

static int
feed_end(stream *s)
{
    int32_t done = 0;
    int rc = 0;

    while (!rc && !done) {
        envcrypt_error *error = NULL;
        size_t made = 0;

        rc = check(finish(s, &made, &done, &error), &error, s->from->name);
        if (!rc)
            rc = output_write(s->to, s->room, made);
    }
    return rc;
}

static int
pump(stream *s)
{
    uint64_t total = 0;
    size_t size = s->begun;
    int rc = 0;

    while (!rc && size) {
        if (s->writer && total + size > s->from->left)
            rc = input_check(s->from);
        if (!rc)
            rc = feed(s, size);
        total += size;
        progress_tell(&s->progress, total, s->from->left);
        if (!rc)
            rc = input_read_full(s->from, s->piece, PIECE, &size);
    }
    /* Without its end nobody takes the message for a whole one. */
    if (!rc && s->writer)
        rc = input_check(s->from);
    return rc ? rc : feed_end(s);
}

/* The first piece tells whether the input is short, and so how large its frames should be. */
static int
begin(stream *s, const cli *c, const input *from, output *to)
{
    *s = (stream){.c = c, .from = from, .to = to};
    s->piece = malloc(PIECE);
    s->room = malloc(ROOM);
    progress_begin(&s->progress, c, from->name, to->terminal);
    if (!s->piece || !s->room)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    return input_read_full(from, s->piece, PIECE, &s->begun);
}

static int
end(stream *s, int rc)
{
    progress_end(&s->progress, rc == 0);
    envcrypt_writer_free(s->writer);
    envcrypt_reader_free(s->reader);
    wipe_free(s->piece, PIECE);
    wipe_free(s->room, ROOM);
    return rc;
}

int
stream_encrypt(const cli *c, envcrypt_keyring *keyring, envcrypt_message_config *config,
               const input *from, output *to)
{
    envcrypt_error *error = NULL;
    stream s;
    int rc = begin(&s, c, from, to);

    if (!rc)
        rc = settings_length(c, config, s.begun < PIECE ? s.begun : from->left);
    if (!rc)
        rc = check(envcrypt_writer_open(keyring, config, c->wait, &s.writer, &error),
                   &error, NULL);
    if (!rc)
        rc = pump(&s);
    return end(&s, rc);
}

int
stream_decrypt(const cli *c, envcrypt_keyring *keyring,
               const envcrypt_message_config *config, const input *from, output *to,
               envcrypt_buffer **header)
{
    envcrypt_error *error = NULL;
    stream s;
    int rc = begin(&s, c, from, to);

    if (!rc)
        rc = check(envcrypt_reader_open(keyring, config, &s.reader, &error), &error,
                   NULL);
    if (!rc)
        rc = pump(&s);
    if (!rc)
        rc = check(envcrypt_message_info_to_json(envcrypt_reader_info(s.reader), header,
                                                 &error),
                   &error, from->name);
    return end(&s, rc);
}
