/* SPDX-License-Identifier: Apache-2.0 */
/* etcd decrypt: a stored value is opened without an API server, for disaster recovery. */
#include "cli.h"

#include <string.h>

static int
add_file(const cli *c, envcrypt_stored_keys *keys)
{
    unsigned char *text = NULL;
    envcrypt_error *error = NULL;
    size_t size = 0;
    int rc;

    if (!c->encryption_config)
        return 0;
    rc = secrets_read_file(c->encryption_config, true, &text, &size);
    if (!rc)
        rc = check(envcrypt_stored_keys_add_config(keys, text, size, &error), &error,
                   c->encryption_config);
    wipe_free(text, SECRET_FILE_MAX);
    return rc;
}

static const char *
form_of(const cli *c, const char *key)
{
    if (c->form)
        return c->form;
    if (strncmp(key, "aws-kms:", 8) == 0)
        return "aws";
    return strncmp(key, "alibaba-kms:", 12) == 0 ? "alibaba" : "edk";
}

static int
add_services(cli *c, envcrypt_stored_keys *keys)
{
    envcrypt_context *context = NULL;
    envcrypt_error *error = NULL;
    int rc = keys_context(&c->context, "--context", &context);

    for (size_t i = 0; !rc && i < c->keys.count; i++) {
        const char *given = c->keys.items[i];
        envcrypt_kms *kms = NULL;

        rc = keys_open_one(c, given, &kms);
        if (!rc)
            rc = check(
                envcrypt_stored_keys_add_kms(keys, c->plugin, form_of(c, given), kms,
                                             c->context.count ? context : NULL, &error),
                &error, given);
    }
    envcrypt_context_free(context);
    return rc;
}

static int
make_keys(cli *c, envcrypt_stored_keys **out)
{
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_stored_keys_new(c->client, out, &error), &error, NULL);

    if (!rc)
        rc = add_file(c, *out);
    return rc ? rc : add_services(c, *out);
}

/* A value, and how to free it: from etcd, or a file of it alone. */
typedef struct found {
    envcrypt_buffer *from_etcd;
    unsigned char *raw;
    size_t raw_size;
} found;

static int
find_value(const cli *c, found *f)
{
    envcrypt_etcd *etcd = NULL;
    envcrypt_error *error = NULL;
    int rc;

    if (c->raw_value && c->etcd)
        return refuse(ENVCRYPT_E_ARGUMENT, "--raw is for a file, not for --etcd");
    if (c->raw_value)
        return etcd_read_value(c->arg_count > 1 ? c->args[1] : NULL, &f->raw,
                               &f->raw_size);
    rc = etcd_open_source(c, 1, &etcd);
    if (!rc)
        rc = check(
            envcrypt_etcd_get(etcd, c->args[0], c->wait, &f->from_etcd, NULL, &error),
            &error, NULL);
    envcrypt_etcd_close(etcd);
    return rc;
}

static int
write_plain(const cli *c, const envcrypt_buffer *plain)
{
    output out;
    int rc = output_open(&out, c->output, c->force);

    if (!rc)
        rc = output_write(&out, envcrypt_buffer_data(plain),
                          envcrypt_buffer_size(plain));
    if (!rc)
        rc = output_commit(&out);
    output_abort(&out);
    return rc;
}

static void
warn_of_cbc(const cli *c, const void *value, size_t size)
{
    envcrypt_stored *stored = NULL;

    if (envcrypt_stored_inspect(c->client, value, size, &stored, NULL))
        return;
    if (envcrypt_stored_provider(stored) == ENVCRYPT_STORED_AESCBC)
        note(c,
             "envcrypt: warning: aescbc does not authenticate; who can write to etcd "
             "can have changed this\n");
    envcrypt_stored_free(stored);
}

/* Whether other bytes would do. */
static bool
is_of_bytes(int code)
{
    int32_t of = envcrypt_error_class_of(code);

    return of == ENVCRYPT_CLASS_FORMAT || of == ENVCRYPT_CLASS_AUTHENTICITY;
}

static int
open_value(const cli *c, envcrypt_stored_keys *keys, const void *value, size_t size,
           envcrypt_buffer **plain)
{
    size_t own = c->raw_value ? etcd_value_size(value, size) : size;
    envcrypt_error *error = NULL;
    int rc =
        envcrypt_stored_decrypt(keys, c->args[0], value, own, c->wait, plain, &error);

    if (own < size && is_of_bytes(rc) &&
        !envcrypt_stored_decrypt(keys, c->args[0], value, size, c->wait, plain, NULL)) {
        envcrypt_error_free(error);
        return 0;
    }
    return check(rc, &error, c->args[0]);
}

static int
decrypt(const cli *c, envcrypt_stored_keys *keys, const found *f)
{
    const void *value = f->raw ? f->raw : envcrypt_buffer_data(f->from_etcd);
    size_t size = f->raw ? f->raw_size : envcrypt_buffer_size(f->from_etcd);
    envcrypt_buffer *plain = NULL;
    int rc = open_value(c, keys, value, size, &plain);

    if (!rc)
        warn_of_cbc(c, value, size);
    if (!rc)
        rc = write_plain(c, plain);
    envcrypt_buffer_free(plain);
    return rc;
}

int
run_etcd_decrypt(cli *c)
{
    envcrypt_stored_keys *keys = NULL;
    found f = {0};
    json j = {0};
    int rc = output_probe(c->output, c->force);

    if (!rc)
        rc = find_value(c, &f);
    if (!rc)
        rc = make_keys(c, &keys);
    if (!rc)
        rc = decrypt(c, keys, &f);
    if (!rc && c->json) {
        json_open(&j, NULL, '{');
        json_text(&j, "key", c->args[0]);
        json_text(&j, "output", c->output);
        json_close(&j);
    }
    envcrypt_stored_keys_free(keys);
    envcrypt_buffer_free(f.from_etcd);
    wipe_free(f.raw, ETCD_VALUE_MAX);
    return rc;
}
