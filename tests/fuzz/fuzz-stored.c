/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored values, and the message of KMS v2 on its own. What is read of the message and
 * written again reads as the same; what is read of a value lies in it; and it is opened with
 * keys that everybody knows, of whatever plugin one that turns bits round.
 */
#include <string.h>

#include "base/mem.h"
#include "fuzz.h"
#include "k8s/stored_open.h"
#include "kms/keys.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_stored_keys *keys;

static void
turn(envcrypt_call *call, void *user)
{
    unsigned char turned[64];
    size_t size;
    const unsigned char *input = envcrypt_call_input(call, &size);

    (void)user;
    for (size_t i = 0; i < size && i < sizeof(turned); i++)
        turned[i] = (unsigned char)~input[i];
    FUZZ_DEMAND(size > sizeof(turned) || size == 0 ||
                !envcrypt_call_set_key(call, turned, size, NULL));
    envcrypt_call_finish(call, 0, NULL, NULL);
}

static void
open_once(void)
{
    static const char key[] = "a raw key of thirty-two bytes...";
    evc_view bytes = evc_view_of(key, 32);
    evc_kms *kms;

    if (env)
        return;
    FUZZ_DEMAND(!evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
    FUZZ_DEMAND(!evc_crypto_open(env, &crypto, NULL));
    FUZZ_DEMAND(!evc_stored_keys_new(crypto, &keys, NULL));
    FUZZ_DEMAND(!evc_stored_keys_add(keys, EVC_STORED_AESCBC, "k", bytes, NULL));
    FUZZ_DEMAND(!evc_stored_keys_add(keys, EVC_STORED_AESGCM, "k:", bytes, NULL));
    FUZZ_DEMAND(!evc_stored_keys_add(keys, EVC_STORED_SECRETBOX, "k", bytes, NULL));
    FUZZ_DEMAND(!evc_custom_open(crypto, "acme", "k", ENVCRYPT_OP_UNWRAP, turn, NULL,
                                 NULL, &kms, NULL));
    FUZZ_DEMAND(!evc_stored_keys_add_kms(keys, NULL, "raw", kms, NULL, NULL));
    FUZZ_DEMAND(!evc_stored_keys_add_kms(keys, "k", "edk", kms, NULL, NULL));
    evc_kms_unref(kms);
}

/* Writes the message again, with its annotations in their order. */
static void
write_again(const evc_encrypted_object *object, evc_buf *out)
{
    evc_object_note *notes =
        evc_mem_new_array(object->annotation_count, sizeof(*notes));
    evc_cursor c = evc_cursor_of_view(object->annotations);
    evc_object_note note;
    size_t count = 0;

    FUZZ_DEMAND(notes);
    while (evc_encrypted_object_next(&c, &note.name, &note.value)) {
        FUZZ_DEMAND(count < object->annotation_count);
        notes[count++] = note;
    }
    FUZZ_DEMAND(count == object->annotation_count);
    evc_encrypted_object_write(object, notes, count, out);
    FUZZ_DEMAND(!out->failed);
    evc_mem_free(notes);
}

static void
check_object(evc_view input)
{
    evc_encrypted_object object;
    evc_encrypted_object again;
    evc_buf first = {0};
    evc_buf second = {0};

    if (evc_encrypted_object_read(input, &object, NULL))
        return;
    write_again(&object, &first);
    FUZZ_DEMAND(!evc_encrypted_object_read(evc_buf_view(&first), &again, NULL));
    FUZZ_DEMAND(evc_view_equal(object.data, again.data));
    FUZZ_DEMAND(evc_view_equal(object.key_id, again.key_id));
    FUZZ_DEMAND(evc_view_equal(object.dek_source, again.dek_source));
    FUZZ_DEMAND(object.type == again.type);
    write_again(&again, &second);
    FUZZ_DEMAND(evc_view_equal(evc_buf_view(&first), evc_buf_view(&second)));
    evc_buf_reset(&first);
    evc_buf_reset(&second);
}

/* Prefix, name, colon and body are the value. */
static void
check_parts(evc_view input, const evc_stored *stored)
{
    const char *prefix = evc_stored_prefix(stored->provider);
    evc_buf whole = {0};

    if (prefix)
        evc_buf_put_text(&whole, prefix);
    evc_buf_put_view(&whole, stored->name);
    if (stored->name.size > 0)
        evc_buf_put_u8(&whole, ':');
    evc_buf_put_view(&whole, stored->body);
    FUZZ_DEMAND(evc_view_equal(evc_buf_view(&whole), input));
    evc_buf_reset(&whole);
}

static void
check_value(evc_view input)
{
    evc_stored stored;
    evc_buf out = {0};
    int read_rc = evc_stored_read(crypto, input, &stored, NULL);
    int rc = evc_stored_open(keys, evc_view_text("/registry/secrets/default/s1"), input,
                             NULL, &out, NULL);

    if (read_rc == 0)
        check_parts(input, &stored);
    FUZZ_DEMAND(rc || read_rc == 0);
    FUZZ_DEMAND(rc == 0 || out.size == 0);
    if (read_rc == 0 && stored.provider == EVC_STORED_IDENTITY)
        FUZZ_DEMAND(rc == 0 && evc_view_equal(evc_buf_view(&out), input));
    evc_buf_reset(&out);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    open_once();
    check_object(evc_view_of(data, size));
    check_value(evc_view_of(data, size));
    return 0;
}
