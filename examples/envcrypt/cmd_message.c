/* SPDX-License-Identifier: Apache-2.0 */
/* encrypt, decrypt and cat. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PIECE 262144

static const char *
input_path(const cli *c)
{
    return c->arg_count ? c->args[0] : NULL;
}

/* Both ends are files: then the library does it all, with threads. Its file calls follow no
 * symbolic link, so that a link is resolved here; NULL when the input is no file of known size. */
static int
resolve_file(const cli *c, char **path)
{
    const char *from = input_path(c);
    struct stat facts;

    *path = NULL;
    /* Told before a passphrase is asked for. */
    if (!input_is_standard(from) && access(from, R_OK))
        return system_failed("open", from);
    if (!from || input_is_standard(from) || output_is_standard(c->output))
        return 0;
    if (stat(from, &facts))
        return system_failed("open", from);
    /* Files in /proc say that they are empty. */
    if (!S_ISREG(facts.st_mode) || facts.st_size == 0)
        return 0;
    *path = realpath(from, NULL);
    return *path ? 0 : system_failed("open", from);
}

static uint32_t
file_flags(const cli *c)
{
    return c->force ? ENVCRYPT_FILE_REPLACE : 0;
}

static int
encrypt_file(cli *c, envcrypt_keyring *keyring, envcrypt_message_config *config,
             const char *path)
{
    envcrypt_error *error = NULL;
    progress p;
    int rc;

    progress_begin(&p, c, input_path(c), false);
    rc = progress_attach(&p, config);
    if (!rc)
        rc = envcrypt_encrypt_file(keyring, config, path, c->output, file_flags(c),
                                   c->wait, &error);
    if (error)
        rc = check(rc, &error, NULL);
    progress_end(&p, rc == 0);
    return rc;
}

/* `encrypt FILE >> FILE` would never end. */
static int
check_ends(const input *from, const output *to)
{
    if (!output_is_input(to, from))
        return 0;
    return refuse(ENVCRYPT_E_ARGUMENT,
                  "%s and standard output are the same file; give -o FILE", from->name);
}

static int
encrypt_stream(cli *c, envcrypt_keyring *keyring, envcrypt_message_config *config)
{
    output to;
    input from;
    int rc = input_open(&from, input_path(c));

    if (rc)
        return rc;
    rc = output_open(&to, c->output, c->force);
    if (!rc)
        rc = check_ends(&from, &to);
    if (!rc)
        rc = stream_encrypt(c, keyring, config, &from, &to);
    if (!rc)
        rc = output_commit(&to);
    output_abort(&to);
    input_close(&from);
    return rc;
}

int
run_encrypt(cli *c)
{
    envcrypt_message_config *config = NULL;
    envcrypt_keyring *keyring = NULL;
    char *path = NULL;
    int rc = resolve_file(c, &path);

    if (!rc)
        rc = output_probe(c->output, c->force);
    if (!rc)
        rc = output_check_binary(c->output, "");
    if (!rc)
        rc = settings_write(c, true, &config);
    if (!rc)
        rc = keys_open(c, &c->keys, true, &keyring);
    if (!rc)
        rc = path ? encrypt_file(c, keyring, config, path)
                  : encrypt_stream(c, keyring, config);
    if (!rc)
        json_files(c, NULL);
    envcrypt_keyring_unref(keyring);
    envcrypt_message_config_free(config);
    free(path);
    return rc;
}

static int
decrypt_file(cli *c, envcrypt_keyring *keyring, envcrypt_message_config *config,
             const char *path, envcrypt_buffer **header)
{
    envcrypt_message_info *info = NULL;
    envcrypt_error *error = NULL;
    progress p;
    int rc;

    progress_begin(&p, c, input_path(c), false);
    rc = progress_attach(&p, config);
    if (!rc)
        rc = envcrypt_decrypt_file(keyring, config, path, c->output, file_flags(c),
                                   c->wait, &info, &error);
    if (error)
        rc = check(rc, &error, NULL);
    progress_end(&p, rc == 0);
    if (!rc)
        rc = check(envcrypt_message_info_to_json(info, header, &error), &error, NULL);
    envcrypt_message_info_free(info);
    return rc;
}

static int
decrypt_stream(cli *c, envcrypt_keyring *keyring, envcrypt_message_config *config,
               envcrypt_buffer **header)
{
    output to;
    input from;
    int rc = input_open(&from, input_path(c));

    if (rc)
        return rc;
    rc = output_open(&to, c->output, c->force);
    if (!rc)
        rc = check_ends(&from, &to);
    if (!rc)
        rc = stream_decrypt(c, keyring, config, &from, &to, header);
    if (!rc)
        rc = output_commit(&to);
    output_abort(&to);
    input_close(&from);
    return rc;
}

int
run_decrypt(cli *c)
{
    envcrypt_message_config *config = NULL;
    envcrypt_keyring *keyring = NULL;
    envcrypt_buffer *header = NULL;
    char *path = NULL;
    int rc = resolve_file(c, &path);

    if (!rc)
        rc = output_probe(c->output, c->force);
    if (!rc)
        rc = settings_read(c, &config);
    if (!rc)
        rc = keys_open(c, &c->keys, false, &keyring);
    if (!rc)
        rc = path ? decrypt_file(c, keyring, config, path, &header)
                  : decrypt_stream(c, keyring, config, &header);
    if (!rc)
        json_files(c, header);
    envcrypt_buffer_free(header);
    envcrypt_keyring_unref(keyring);
    envcrypt_message_config_free(config);
    free(path);
    return rc;
}

/* envcrypt_read_at_fn: message bytes at an offset, by pread. */
static int32_t
read_at(void *user, uint64_t offset, void *out, size_t size)
{
    const input *from = user;
    char *at = out;

    while (size) {
        ssize_t got = pread(from->fd, at, size, (off_t)offset);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return -1;
        at += got;
        offset += (uint64_t)got;
        size -= (size_t)got;
    }
    return 0;
}

/* OFFSET, OFFSET:LENGTH; both in bytes, or with K, M, G, T. */
static int
parse_range(const char *text, uint64_t *offset, uint64_t *length)
{
    const char *colon = text ? strchr(text, ':') : NULL;
    char *first;
    bool good;

    *offset = 0;
    *length = UINT64_MAX;
    if (!text)
        return 0;
    first = colon ? strndup(text, (size_t)(colon - text)) : strdup(text);
    good = first && parse_size(first, 0, INT64_MAX, offset) &&
           (!colon || parse_size(colon + 1, 0, INT64_MAX, length));
    free(first);
    return good ? 0
                : refuse(ENVCRYPT_E_ARGUMENT,
                         "--range takes OFFSET or OFFSET:LENGTH, not %s", text);
}

/* One piece; *made: its bytes, fewer than wanted at the end. */
static int
copy_piece(const cli *c, envcrypt_range *range, uint64_t offset, unsigned char *piece,
           size_t wanted, output *to, size_t *made)
{
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_range_read(range, offset, piece, wanted, made, &error),
                   &error, c->args[0]);

    if (!rc && signals_interrupted())
        rc = refuse(ENVCRYPT_E_CANCELED, "interrupted");
    return rc ? rc : output_write(to, piece, *made);
}

static int
copy_range(const cli *c, envcrypt_range *range, uint64_t offset, uint64_t length,
           output *to)
{
    unsigned char *piece = malloc(PIECE);
    uint64_t size = envcrypt_range_size(range);
    uint64_t there = offset < size ? size - offset : 0;
    uint64_t left = length;
    uint64_t done = 0;
    progress p;
    int rc = piece ? 0 : refuse(ENVCRYPT_E_NOMEM, "out of memory");

    progress_begin(&p, c, c->args[0], to->terminal);
    /* Once at least: that tells of a range past the end. */
    do {
        size_t wanted = left < PIECE ? (size_t)left : PIECE;
        size_t made = 0;

        if (!rc)
            rc = copy_piece(c, range, offset + done, piece, wanted, to, &made);
        done += made;
        left = made < wanted ? 0 : left - made;
        progress_tell(&p, done, there < length ? there : length);
    } while (!rc && left);
    progress_end(&p, rc == 0);
    wipe_free(piece, PIECE);
    return rc;
}

static int
open_range(const cli *c, envcrypt_keyring *keyring, envcrypt_message_config *config,
           input *from, envcrypt_range **out)
{
    envcrypt_error *error = NULL;
    uint32_t flags = c->frames_only ? ENVCRYPT_RANGE_FRAMES_ONLY : 0;
    int rc;

    if (!from->regular)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "%s is not a regular file; `envcrypt decrypt` reads pipes",
                      from->name);
    /* A signed message is refused, or read by its flag alone. */
    rc = check(envcrypt_message_config_set_allow_signed(config, -1, &error), &error,
               NULL);
    if (rc)
        return rc;
    return check(envcrypt_range_open(keyring, config, from->size, read_at, from, NULL,
                                     flags, c->wait, out, &error),
                 &error, from->name);
}

int
run_cat(cli *c)
{
    envcrypt_message_config *config = NULL;
    envcrypt_keyring *keyring = NULL;
    envcrypt_range *range = NULL;
    output to = {.fd = -1};
    input from = {.fd = -1};
    uint64_t offset = 0;
    uint64_t length = 0;
    int rc = parse_range(c->range, &offset, &length);

    if (!rc)
        rc = settings_read(c, &config);
    if (!rc)
        rc = input_open(&from, c->args[0]);
    if (!rc)
        rc = keys_open(c, &c->keys, false, &keyring);
    if (!rc)
        rc = output_open(&to, c->output, c->force);
    if (!rc)
        rc = check_ends(&from, &to);
    if (!rc)
        rc = open_range(c, keyring, config, &from, &range);
    if (!rc)
        rc = copy_range(c, range, offset, length, &to);
    if (!rc)
        rc = output_commit(&to);
    if (!rc)
        json_files(c, NULL);
    envcrypt_range_free(range);
    output_abort(&to);
    input_close(&from);
    envcrypt_keyring_unref(keyring);
    envcrypt_message_config_free(config);
    return rc;
}
