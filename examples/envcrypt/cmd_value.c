/* SPDX-License-Identifier: Apache-2.0 */
/* seal and open: small values under the data key of a record. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define SEALED_MAX (ENVCRYPT_VALUE_MAX + ENVCRYPT_VALUE_OVERHEAD)
#define BASE64_MAX ((size_t)SEALED_MAX * 3 / 2) /* with line ends */

/* The value, and what stands around it. */
typedef struct value {
    unsigned char *in, *out; /* wiped: one of them is the plaintext */
    size_t in_size, out_size, out_room;
    envcrypt_value_key *key;
    envcrypt_context *context;
} value;

static int
read_value(const cli *c, size_t limit, value *v)
{
    input in;
    int rc = input_open(&in, c->arg_count ? c->args[0] : NULL);

    if (!rc)
        rc = input_read_all(&in, limit, &v->in, &v->in_size);
    input_close(&in);
    return rc;
}

static int
make_room(value *v, size_t size)
{
    v->out = malloc(size + 1);
    v->out_room = size;
    return v->out ? 0 : refuse(ENVCRYPT_E_NOMEM, "out of memory");
}

static int
write_bytes(const char *path, bool replace, const void *bytes, size_t size)
{
    output o;
    int rc = output_open(&o, path, replace);

    if (!rc)
        rc = output_write(&o, bytes, size);
    if (!rc)
        rc = output_commit(&o);
    output_abort(&o);
    return rc;
}

static int
open_key(cli *c, envcrypt_keyring *keyring, value *v)
{
    envcrypt_context *context = NULL;
    envcrypt_error *error = NULL;
    unsigned char *record = NULL;
    size_t size = 0;
    int rc = keys_context(&c->record_context, "--record-context", &context);

    if (!rc)
        rc = secrets_read_file(c->record, false, &record, &size);
    if (!rc)
        rc = check(envcrypt_value_key_open(keyring, record, size, context, NULL,
                                           c->wait, &v->key, &error),
                   &error, c->record);
    wipe_free(record, size);
    envcrypt_context_free(context);
    return rc;
}

/* The record is on the disk before a value is sealed under its key. */
static int
make_key(cli *c, envcrypt_keyring *keyring, value *v)
{
    envcrypt_buffer *record = NULL;
    envcrypt_context *context = NULL;
    envcrypt_error *error = NULL;
    int rc = keys_context(&c->record_context, "--record-context", &context);

    if (!rc)
        rc = check(
            envcrypt_value_key_new(keyring, context, c->wait, &v->key, &record, &error),
            &error, NULL);
    if (!rc)
        rc = write_bytes(c->new_record, false, envcrypt_buffer_data(record),
                         envcrypt_buffer_size(record));
    envcrypt_buffer_free(record);
    envcrypt_context_free(context);
    return rc;
}

static int
prepare(cli *c, value *v)
{
    envcrypt_keyring *keyring = NULL;
    int rc;

    if (!c->record == !c->new_record)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      c->command->run == run_seal
                          ? "give --record FILE, or --new-record FILE to make "
                            "a data key and its record"
                          : "give the record of the data key by --record FILE");
    rc = keys_context(&c->context, "--context", &v->context);
    if (!rc)
        rc = keys_open(c, &c->keys, c->new_record != NULL, &keyring);
    if (!rc)
        rc = c->record ? open_key(c, keyring, v) : make_key(c, keyring, v);
    envcrypt_keyring_unref(keyring);
    return rc;
}

static void
release(value *v)
{
    wipe_free(v->in, v->in_size);
    wipe_free(v->out, v->out_room);
    envcrypt_value_key_unref(v->key);
    envcrypt_context_free(v->context);
}

static int
write_base64(const cli *c, const value *v)
{
    size_t size = 0;
    char *text = base64_encode(v->out, v->out_size, &size);
    int rc;

    if (!text)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    text[size++] = '\n'; /* in the place of the NUL */
    rc = write_bytes(c->output, c->force, text, size);
    free(text);
    return rc;
}

int
run_seal(cli *c)
{
    envcrypt_error *error = NULL;
    value v = {0};
    int rc = read_value(c, ENVCRYPT_VALUE_MAX, &v);

    /* Before a new record is made. */
    if (!rc)
        rc = output_probe(c->output, c->force);
    if (!rc && !c->base64)
        rc = output_check_binary(c->output, " or --base64");
    if (!rc)
        rc = prepare(c, &v);
    if (!rc)
        rc = make_room(&v, v.in_size + ENVCRYPT_VALUE_OVERHEAD);
    if (!rc)
        rc = check(envcrypt_value_seal(v.key, v.context, v.in, v.in_size, v.out,
                                       v.out_room, &v.out_size, &error),
                   &error, NULL);
    if (!rc)
        rc = c->base64 ? write_base64(c, &v)
                       : write_bytes(c->output, c->force, v.out, v.out_size);
    if (!rc)
        json_files(c, NULL);
    release(&v);
    return rc;
}

/* Turns base64 into the bytes that it stands for. */
static int
decode(const cli *c, value *v)
{
    unsigned char *bytes;
    size_t size = 0;

    if (!c->base64)
        return 0;
    bytes = base64_decode(v->in, v->in_size, &size);
    if (!bytes)
        return refuse(ENVCRYPT_E_ENCODING,
                      "the sealed value is not base64; leave --base64 away if it "
                      "is the bytes themselves");
    wipe_free(v->in, v->in_size);
    v->in = bytes;
    v->in_size = size;
    return 0;
}

int
run_open(cli *c)
{
    envcrypt_error *error = NULL;
    value v = {0};
    int rc = read_value(c, c->base64 ? BASE64_MAX : SEALED_MAX, &v);

    if (!rc)
        rc = decode(c, &v);
    if (!rc && !c->base64 && v.in_size && v.in[0] == 'A')
        note(c, "envcrypt: warning: this looks like base64; --base64 decodes it\n");
    if (!rc)
        rc = prepare(c, &v);
    if (!rc)
        rc = make_room(&v, v.in_size);
    if (!rc)
        rc = check(envcrypt_value_open(v.key, v.context, v.in, v.in_size, v.out,
                                       v.out_room, &v.out_size, &error),
                   &error, NULL);
    if (!rc)
        rc = write_bytes(c->output, c->force, v.out, v.out_size);
    if (!rc)
        json_files(c, NULL);
    release(&v);
    return rc;
}
