/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd_json.h"

#include <string.h>

#include "base/decimal.h"
#include "base/mem.h"
#include "envcrypt/k8s.h"

enum member { OTHER, HEADER, KVS, MORE };
enum field { SKIPPED, KEY, VALUE, CREATED, MODIFIED, REVISION };

/* Where a piece stands: depth 1 is the reply, 2 the header or the list, 3 a pair. */
enum { IN_REPLY = 1, IN_MEMBER = 2, IN_PAIR = 3 };

static int
refuse(const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_JSON, "this is no reply of etcd to a read: %s", why);
}

static void
wipe_pair(evc_etcd_json *j)
{
    evc_buf_reset(&j->key);
    evc_buf_reset(&j->value);
    evc_mem_wipe(j->text, j->held);
    j->held = 0;
    j->padded = false;
    j->pair = (evc_etcd_pair){.create_revision = 0};
    j->seen = 0;
}

/* --- base64 ------------------------------------------------------------------------- */

static evc_buf *
buffer_of(evc_etcd_json *j)
{
    return j->field == KEY ? &j->key : &j->value;
}

/* Decodes what is held, whole groups of four characters unless it is the end. */
static int
decode_held(evc_etcd_json *j, evc_error **err)
{
    evc_buf *out = buffer_of(j);
    size_t most = j->field == KEY ? EVC_ETCD_KEY_MAX : (size_t)EVC_ETCD_VALUE_MAX;
    size_t room = j->held / 4 * 3;
    size_t size = 0;
    uint8_t *bytes;

    if (j->held == 0)
        return 0;
    if (j->padded || j->held % 4)
        return refuse("a key or value is not base64", err);
    if (room > most - out->size + 2)
        return refuse("a key or value is larger than any that is read", err);
    bytes = evc_buf_room(out, room);
    if (!bytes)
        return evc_buf_check(out, err);
    if (evc_decode_base64(evc_view_of(j->text, j->held), bytes, room, &size, NULL))
        return refuse("a key or value is not base64", err);
    evc_buf_truncate(out, out->size - (room - size));
    if (out->size > most)
        return refuse("a key or value is larger than any that is read", err);
    j->padded = size < room;
    evc_mem_wipe(j->text, j->held);
    j->held = 0;
    return 0;
}

static int
take_base64(evc_etcd_json *j, const evc_jpiece *piece, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(piece->text);
    int rc = 0;

    while (rc == 0 && evc_cursor_left(&c) > 0) {
        size_t room = sizeof(j->text) - j->held;
        size_t left = evc_cursor_left(&c);
        evc_view part = evc_cursor_bytes(&c, left < room ? left : room);

        if (part.size > 0)
            memcpy(&j->text[j->held], part.data, part.size);
        j->held += part.size;
        if (j->held == sizeof(j->text))
            rc = decode_held(j, err);
    }
    return rc == 0 && piece->last ? decode_held(j, err) : rc;
}

/* --- numbers ------------------------------------------------------------------------ */

/* A number, or a string of digits that may come in parts. */
static int
take_number(evc_etcd_json *j, const evc_jpiece *piece, int64_t *out, evc_error **err)
{
    bool is_number = piece->event == EVC_JEVENT_NUMBER;
    bool fits = piece->text.size <= 20 - j->held;
    bool good;

    if ((piece->event != EVC_JEVENT_TEXT && !is_number) || !fits)
        return refuse("a revision is no number", err);
    if (piece->text.size > 0)
        memcpy(&j->text[j->held], piece->text.data, piece->text.size);
    j->held += piece->text.size;
    if (!is_number && !piece->last)
        return 0;
    good = evc_decimal_read(evc_view_of(j->text, j->held), INT64_MAX, out);
    j->held = 0;
    return good ? 0 : refuse("a revision is no number", err);
}

/* --- the reply ---------------------------------------------------------------------- */

static int
member_of(evc_view name)
{
    if (evc_view_is_text(name, "header"))
        return HEADER;
    if (evc_view_is_text(name, "kvs"))
        return KVS;
    return evc_view_is_text(name, "more") ? MORE : OTHER;
}

static int
field_of(evc_view name)
{
    if (evc_view_is_text(name, "key"))
        return KEY;
    if (evc_view_is_text(name, "value"))
        return VALUE;
    if (evc_view_is_text(name, "create_revision"))
        return CREATED;
    return evc_view_is_text(name, "mod_revision") ? MODIFIED : SKIPPED;
}

static int
in_reply(evc_etcd_json *j, const evc_jpiece *piece, evc_error **err)
{
    bool null =
        piece->event == EVC_JEVENT_WORD && evc_view_is_text(piece->text, "null");

    if (piece->event == EVC_JEVENT_NAME) {
        j->member = member_of(piece->text);
        return 0;
    }
    if (null || piece->event == EVC_JEVENT_OBJECT_END ||
        piece->event == EVC_JEVENT_ARRAY_END)
        return 0;
    switch (j->member) {
    case HEADER:
        return piece->event == EVC_JEVENT_OBJECT ? 0
                                                 : refuse("its header is none", err);
    case KVS:
        if (piece->event != EVC_JEVENT_ARRAY || j->began_kvs)
            return refuse("its keys are not one list", err);
        j->began_kvs = true;
        return 0;
    case MORE:
        j->more = evc_view_is_text(piece->text, "true");
        return piece->event == EVC_JEVENT_WORD ? 0 : refuse("\"more\" is no word", err);
    default:
        return 0;
    }
}

static int
give_pair(evc_etcd_json *j, evc_error **err)
{
    static const uint8_t nothing[1] = {0};

    if (j->key.size == 0)
        return refuse("a pair has no key", err);
    j->pair.key = evc_buf_view(&j->key);
    j->pair.value = j->value.size ? evc_buf_view(&j->value) : evc_view_of(nothing, 0);
    j->pairs++;
    j->taken = j->take(j->user, &j->pair, err);
    wipe_pair(j);
    return j->taken;
}

static int
in_member(evc_etcd_json *j, const evc_jpiece *piece, evc_error **err)
{
    if (j->member == HEADER) {
        if (piece->event == EVC_JEVENT_NAME)
            j->field = evc_view_is_text(piece->text, "revision") ? REVISION : SKIPPED;
        else if (j->field == REVISION)
            return take_number(j, piece, &j->revision, err);
        return 0;
    }
    if (j->member != KVS)
        return 0;
    if (piece->event == EVC_JEVENT_OBJECT_END)
        return give_pair(j, err);
    if (piece->event != EVC_JEVENT_OBJECT)
        return refuse("a pair is no object", err);
    if (j->revision == 0)
        return refuse("its keys come before its revision", err);
    wipe_pair(j);
    return 0;
}

static int
begin_field(evc_etcd_json *j, evc_view name, evc_error **err)
{
    unsigned bit;

    j->field = field_of(name);
    bit = 1u << (unsigned)j->field;
    if (j->field != SKIPPED && j->seen & bit)
        return refuse("a pair has a field twice", err);
    j->seen |= bit;
    j->padded = false;
    return 0;
}

static int
in_pair(evc_etcd_json *j, const evc_jpiece *piece, evc_error **err)
{
    if (j->member != KVS)
        return 0;
    if (piece->event == EVC_JEVENT_NAME)
        return begin_field(j, piece->text, err);
    switch (j->field) {
    case KEY:
    case VALUE:
        if (piece->event != EVC_JEVENT_TEXT)
            return refuse("a key or value is no string", err);
        return take_base64(j, piece, err);
    case CREATED:
        return take_number(j, piece, &j->pair.create_revision, err);
    case MODIFIED:
        return take_number(j, piece, &j->pair.mod_revision, err);
    default:
        return 0;
    }
}

static int
take_piece(void *user, const evc_jpiece *piece, evc_error **err)
{
    evc_etcd_json *j = user;

    switch (piece->depth) {
    case 0:
        if (piece->event == EVC_JEVENT_ARRAY)
            return refuse("it is a list", err);
        return 0;
    case IN_REPLY:
        return in_reply(j, piece, err);
    case IN_MEMBER:
        return in_member(j, piece, err);
    case IN_PAIR:
        return in_pair(j, piece, err);
    default: /* within what is not looked at */
        return 0;
    }
}

void
evc_etcd_json_begin(evc_etcd_json *j, evc_etcd_pair_fn take, void *user)
{
    *j = (evc_etcd_json){.take = take, .user = user};
    evc_jstream_begin(&j->stream, take_piece, j);
    j->stream.wide = true; /* numbers of cluster and member, by etcdctl */
}

int
evc_etcd_json_feed(evc_etcd_json *j, evc_view part, evc_error **err)
{
    return evc_jstream_feed(&j->stream, part, err);
}

int
evc_etcd_json_end(evc_etcd_json *j, evc_error **err)
{
    int rc = evc_jstream_end(&j->stream, err);

    if (rc)
        return rc;
    return j->revision ? 0 : refuse("it has no header with a revision", err);
}

void
evc_etcd_json_reset(evc_etcd_json *j)
{
    wipe_pair(j);
    evc_mem_wipe(j, sizeof(*j));
}
