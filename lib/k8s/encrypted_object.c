/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/encrypted_object.h"

#include "base/utf8.h"
#include "codec/protobuf.h"

/* Numbers of the message's fields, and of an entry of its map. */
enum { DATA = 1, KEY_ID = 2, DEK_SOURCE = 3, ANNOTATIONS = 4, TYPE = 5 };
enum { NAME = 1, VALUE = 2 };

#define DOMAIN_MAX 253u /* bytes of a name of an annotation */
#define LABEL_MAX 63u

static int
refuse(evc_error **err, const char *why)
{
    return evc_err(
        err, ENVCRYPT_E_STORED,
        "the EncryptedObject of a stored value %s; it is damaged, or was not "
        "written by kube-apiserver",
        why);
}

static bool
is_alphanumeric(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
}

/* As IsFullyQualifiedDomainName of k8s.io/apimachinery: two labels or more of letters, digits
 * and dashes, and it may end with a dot. */
static bool
is_domain(evc_view name)
{
    size_t labels = 1;
    size_t size = 0; /* of the label so far */
    uint8_t before = '.';

    if (name.size > 0 && name.data[name.size - 1] == '.')
        name.size--;
    if (name.size > DOMAIN_MAX)
        return false;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.data[i];

        size = c == '.' ? 0 : size + 1;
        if (size > LABEL_MAX ||
            (c == '.' ? !is_alphanumeric(before)
                      : !is_alphanumeric(c) && (c != '-' || before == '.')))
            return false;
        labels += c == '.';
        before = c;
    }
    return labels > 1 && is_alphanumeric(before);
}

/* One entry of the map; what it lacks is empty. */
static bool
read_note(evc_view entry, evc_view *name, evc_view *value)
{
    evc_cursor c = evc_cursor_of_view(entry);
    evc_pb_field field;

    *name = *value = evc_view_of(NULL, 0);
    while (evc_pb_next(&c, &field)) {
        if (field.wire != EVC_PB_BYTES)
            continue;
        if (field.number == NAME)
            *name = field.bytes;
        else if (field.number == VALUE)
            *value = field.bytes;
    }
    return !c.failed && is_domain(*name);
}

/* Adds up one annotation; NULL, or what is wrong with it. */
static const char *
count_note(evc_view entry, evc_encrypted_object *out, size_t *size)
{
    evc_view name;
    evc_view value;

    if (!read_note(entry, &name, &value))
        return "has a malformed annotation";
    if (name.size > EVC_KUBE_ANNOTATIONS_MAX - *size ||
        value.size > EVC_KUBE_ANNOTATIONS_MAX - *size - name.size)
        return "has annotations of more than 32,768 bytes";
    *size += name.size + value.size;
    out->annotation_count++;
    return NULL;
}

static const char *
take_field(const evc_pb_field *field, evc_encrypted_object *out, uint64_t *type,
           size_t *notes_size)
{
    if (field->number == TYPE && field->wire == EVC_PB_VARINT)
        *type = field->value;
    if (field->wire != EVC_PB_BYTES)
        return NULL;
    switch (field->number) {
    case DATA:
        out->data = field->bytes;
        break;
    case KEY_ID:
        out->key_id = field->bytes;
        break;
    case DEK_SOURCE:
        out->dek_source = field->bytes;
        break;
    case ANNOTATIONS:
        return count_note(field->bytes, out, notes_size);
    default:
        break;
    }
    return NULL;
}

/* The rules of ValidateEncryptedObject in k8s.io/apiserver, kmsv2/envelope.go; and
 * proto3's, that a string is UTF-8. */
static const char *
what_is_wrong(const evc_encrypted_object *object, uint64_t type)
{
    if (object->data.size == 0)
        return "holds no encrypted data";
    if (object->key_id.size == 0)
        return "names no key id";
    if (object->key_id.size > EVC_KUBE_KEY_ID_MAX)
        return "has a key id of more than 1,024 bytes";
    if (!evc_is_utf8(object->key_id))
        return "has a key id that is not UTF-8";
    if (object->dek_source.size == 0)
        return "holds no wrapped key";
    if (object->dek_source.size > EVC_KUBE_DEK_SOURCE_MAX)
        return "has a wrapped key of more than 1,024 bytes";
    if (type != EVC_DEK_SOURCE_KEY && type != EVC_DEK_SOURCE_SEED)
        return "has a type of wrapped key that is not known";
    return NULL;
}

int
evc_encrypted_object_read(evc_view bytes, evc_encrypted_object *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(bytes);
    uint64_t type = EVC_DEK_SOURCE_KEY;
    const char *wrong = NULL;
    size_t notes_size = 0;
    evc_pb_field field;

    *out = (evc_encrypted_object){.annotations = bytes};
    while (!wrong && evc_pb_next(&c, &field))
        wrong = take_field(&field, out, &type, &notes_size);
    if (!wrong)
        wrong =
            c.failed ? "is no message of Protocol Buffers" : what_is_wrong(out, type);
    out->type = type == EVC_DEK_SOURCE_SEED ? EVC_DEK_SOURCE_SEED : EVC_DEK_SOURCE_KEY;
    if (!wrong)
        return 0;
    *out = (evc_encrypted_object){.data = {NULL, 0}};
    return refuse(err, wrong);
}

bool
evc_encrypted_object_next(evc_cursor *c, evc_view *name, evc_view *value)
{
    evc_pb_field field;

    *name = *value = evc_view_of(NULL, 0);
    while (evc_pb_next(c, &field))
        if (field.number == ANNOTATIONS && field.wire == EVC_PB_BYTES)
            return read_note(field.bytes, name, value);
    return false;
}

bool
evc_encrypted_object_annotation(const evc_encrypted_object *object, size_t index,
                                evc_view *name, evc_view *value)
{
    evc_cursor c = evc_cursor_of_view(object->annotations);

    while (evc_encrypted_object_next(&c, name, value))
        if (index-- == 0)
            return true;
    return false;
}

/* Both members always stand in an entry of a map, also empty ones. */
static void
write_note(const evc_object_note *note, evc_buf *out)
{
    evc_buf entry;

    evc_buf_init(&entry);
    evc_pb_put_bytes(&entry, NAME, note->name);
    evc_pb_put_bytes(&entry, VALUE, note->value);
    if (entry.failed)
        out->failed = true;
    else
        evc_pb_put_bytes(out, ANNOTATIONS, evc_buf_view(&entry));
    evc_buf_reset(&entry);
}

void
evc_encrypted_object_write(const evc_encrypted_object *object,
                           const evc_object_note *notes, size_t count, evc_buf *out)
{
    evc_pb_put_bytes(out, DATA, object->data);
    evc_pb_put_bytes(out, KEY_ID, object->key_id);
    evc_pb_put_bytes(out, DEK_SOURCE, object->dek_source);
    for (size_t i = 0; i < count; i++)
        write_note(&notes[i], out);
    if (object->type != EVC_DEK_SOURCE_KEY)
        evc_pb_put_varint(out, TYPE, (uint64_t)object->type);
}
