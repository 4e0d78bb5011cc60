/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal_done.h"

#include "k8s/object_key.h"

static evc_view
key_of(const evc_kube_object *object, char room[EVC_OBJECT_KEY_MAX])
{
    return evc_object_key(object->ns, object->name, room);
}

int
evc_journal_done_add(evc_journal_done *done, uint64_t page,
                     const evc_kube_object *object, evc_settled how, evc_error **err)
{
    uint8_t memory[8 + 1 + EVC_KUBE_VERSION_MAX];
    char room[EVC_OBJECT_KEY_MAX];
    evc_buf value;

    evc_buf_init_fixed(&value, memory, sizeof(memory));
    evc_buf_put_u64(&value, page);
    evc_buf_put_u8(&value, (uint8_t)how);
    evc_buf_put_text(&value, object->version);
    return evc_kv_set(&done->objects, key_of(object, room), evc_buf_view(&value), err);
}

bool
evc_journal_done_has(const evc_journal_done *done, const evc_kube_object *object)
{
    char room[EVC_OBJECT_KEY_MAX];

    return evc_kv_find(&done->objects, key_of(object, room)) != NULL;
}

void
evc_journal_done_drop(evc_journal_done *done, uint64_t page, evc_view reached)
{
    for (size_t i = done->objects.count; i-- > 0;) {
        const evc_pair *pair = &done->objects.pairs[i];
        evc_cursor c = evc_cursor_of_view(pair->value);

        if (reached.size > 0 ? evc_view_compare(pair->name, reached) <= 0
                             : evc_cursor_u64(&c) <= page)
            (void)evc_kv_remove(&done->objects, pair->name);
    }
}

size_t
evc_journal_done_count(const evc_journal_done *done)
{
    return done->objects.count;
}

void
evc_journal_done_line(const evc_journal_done *done, size_t index,
                      evc_journal_line *line)
{
    const evc_pair *pair = &done->objects.pairs[index];
    evc_cursor value = evc_cursor_of_view(pair->value);
    evc_cursor name = evc_cursor_of_view(pair->name);
    evc_kube_object *o = &line->object;
    size_t slash = 0;

    while (pair->name.data[slash] != '/')
        slash++;
    *line = (evc_journal_line){.kind = EVC_JOURNAL_DONE};
    line->page = evc_cursor_u64(&value);
    line->how = (evc_settled)evc_cursor_u8(&value);
    evc_cursor_copy(&value, o->version, evc_cursor_left(&value));
    evc_cursor_copy(&name, o->ns, slash);
    (void)evc_cursor_u8(&name);
    evc_cursor_copy(&name, o->name, evc_cursor_left(&name));
}

void
evc_journal_done_reset(evc_journal_done *done)
{
    evc_kv_reset(&done->objects);
}
