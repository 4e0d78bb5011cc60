/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored.h"

#include "api/client.h"
#include "base/encode.h"
#include "base/mem.h"
#include "envcrypt/k8s.h"

typedef struct note {
    char *name;
    uint8_t *value; /* with a NUL behind it */
    size_t value_size;
} note;

struct envcrypt_stored {
    evc_buf value; /* what the views point into */
    evc_stored read;
    char *name; /* of both, fit for a terminal */
    char *key_id;
    char digest[sizeof(((evc_stored *)NULL)->dek_digest) * 2 + 1]; /* "" = none */
    note *notes;
    size_t note_count;
};

/* --- made --- */

static int
make_text(evc_view of, char **out, evc_error **err)
{
    *out = evc_mem_text(of.data, of.size);
    if (!*out)
        return evc_err_nomem(err);
    evc_utf8_clean(*out);
    return 0;
}

static int
make_note(evc_view name, evc_view value, note *out, evc_error **err)
{
    int rc = make_text(name, &out->name, err);

    if (rc)
        return rc;
    out->value = (uint8_t *)evc_mem_text(value.data, value.size);
    out->value_size = value.size;
    return out->value ? 0 : evc_err_nomem(err);
}

static int
make_notes(envcrypt_stored *stored, evc_error **err)
{
    size_t count = stored->read.object.annotation_count;
    evc_view name;
    evc_view value;
    int rc = 0;

    stored->notes = evc_mem_new_array(count, sizeof(*stored->notes));
    if (!stored->notes)
        return evc_err_nomem(err);
    for (size_t i = 0;
         !rc && evc_encrypted_object_annotation(&stored->read.object, i, &name, &value);
         i++) {
        stored->note_count++;
        rc = make_note(name, value, &stored->notes[i], err);
    }
    return rc;
}

static void
make_digest(envcrypt_stored *stored)
{
    evc_buf hex;

    if (stored->read.dek_source.size == 0)
        return;
    evc_buf_init_fixed(&hex, stored->digest, sizeof(stored->digest) - 1);
    evc_encode_hex(
        &hex, evc_view_of(stored->read.dek_digest, sizeof(stored->read.dek_digest)));
}

static int
fill(envcrypt_stored *stored, evc_crypto *crypto, evc_view value, evc_error **err)
{
    int rc;

    evc_buf_put_view(&stored->value, value);
    rc = evc_buf_check(&stored->value, err);
    if (!rc)
        rc = evc_stored_read(crypto, evc_buf_view(&stored->value), &stored->read, err);
    if (!rc)
        rc = make_text(stored->read.name, &stored->name, err);
    if (!rc)
        rc = make_text(stored->read.object.key_id, &stored->key_id, err);
    if (!rc)
        rc = make_notes(stored, err);
    if (!rc)
        make_digest(stored);
    return rc;
}

int
envcrypt_stored_inspect(envcrypt_client *client, const void *value, size_t size,
                        envcrypt_stored **out, envcrypt_error **err)
{
    envcrypt_stored *stored;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    rc = evc_client_check(client, err);
    if (rc == 0 && (!out || (!value && size)))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "a stored value cannot be inspected: value or out is NULL");
    if (rc)
        return rc;
    if (size > EVC_STORED_VALUE_MAX) /* before it is copied */
        return evc_stored_read(client->crypto, evc_view_of(value, size),
                               &(evc_stored){.name = {NULL, 0}}, err);
    stored = evc_mem_new(sizeof(*stored));
    if (!stored)
        return evc_err_nomem(err);
    evc_buf_init(&stored->value);
    rc = fill(stored, client->crypto, evc_view_of(value, size), err);
    if (rc)
        envcrypt_stored_free(stored);
    else
        *out = stored;
    return rc;
}

void
envcrypt_stored_free(envcrypt_stored *stored)
{
    if (!stored)
        return;
    for (size_t i = 0; i < stored->note_count; i++) {
        evc_mem_free(stored->notes[i].name);
        evc_mem_free(stored->notes[i].value);
    }
    evc_mem_free(stored->notes);
    evc_mem_free(stored->name);
    evc_mem_free(stored->key_id);
    evc_buf_reset(&stored->value);
    evc_mem_free(stored);
}

/* --- told --- */

int32_t
envcrypt_stored_provider(const envcrypt_stored *stored)
{
    return stored ? (int32_t)stored->read.provider : 0;
}

const char *
envcrypt_stored_provider_name(const envcrypt_stored *stored)
{
    return stored ? evc_stored_provider_name(stored->read.provider) : NULL;
}

const char *
envcrypt_stored_name(const envcrypt_stored *stored)
{
    return stored ? stored->name : NULL;
}

const char *
envcrypt_stored_key_id(const envcrypt_stored *stored)
{
    return stored ? stored->key_id : NULL;
}

const void *
envcrypt_stored_dek_source(const envcrypt_stored *stored, size_t *size)
{
    evc_view source = stored ? stored->read.dek_source : evc_view_of(NULL, 0);

    if (size)
        *size = source.size;
    return source.data;
}

const char *
envcrypt_stored_dek_digest(const envcrypt_stored *stored)
{
    return stored ? stored->digest : NULL;
}

int32_t
envcrypt_stored_dek_type(const envcrypt_stored *stored)
{
    if (!stored || stored->read.provider != EVC_STORED_KMS_V2)
        return ENVCRYPT_STORED_DEK_NONE;
    return stored->read.object.type == EVC_DEK_SOURCE_SEED ? ENVCRYPT_STORED_DEK_SEED
                                                           : ENVCRYPT_STORED_DEK_KEY;
}

size_t
envcrypt_stored_annotations(const envcrypt_stored *stored)
{
    return stored ? stored->note_count : 0;
}

static const note *
note_at(const envcrypt_stored *stored, size_t annotation)
{
    return stored && annotation < stored->note_count ? &stored->notes[annotation]
                                                     : NULL;
}

const char *
envcrypt_stored_annotation_name(const envcrypt_stored *stored, size_t annotation)
{
    const note *found = note_at(stored, annotation);

    return found ? found->name : NULL;
}

const void *
envcrypt_stored_annotation_value(const envcrypt_stored *stored, size_t annotation,
                                 size_t *size)
{
    const note *found = note_at(stored, annotation);

    if (size)
        *size = found ? found->value_size : 0;
    return found ? found->value : NULL;
}

int32_t
envcrypt_stored_is_protobuf(const envcrypt_stored *stored)
{
    return stored && stored->read.is_protobuf;
}

size_t
envcrypt_stored_size(const envcrypt_stored *stored)
{
    return stored ? stored->value.size : 0;
}
