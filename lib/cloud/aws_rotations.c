/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_rotations.h"

#include "base/mem.h"

static void
free_one(evc_aws_rotation *rotation)
{
    evc_mem_free(rotation->material);
    evc_mem_free(rotation->kind);
    evc_mem_free(rotation->state);
    *rotation = (evc_aws_rotation){.material = NULL};
}

void
evc_aws_rotations_reset(evc_aws_rotations *rotations)
{
    for (size_t i = 0; i < rotations->count; i++)
        free_one(&rotations->items[i]);
    evc_mem_free(rotations->items);
    *rotations = (evc_aws_rotations){.items = NULL};
}

static int
copy_text(const evc_json *of, const char *name, char **out, evc_error **err)
{
    const char *text = NULL;
    int rc = evc_json_text_opt(of, name, &text, err);

    if (rc || !text)
        return rc;
    *out = evc_mem_strdup(text);
    return *out ? 0 : evc_err_nomem(err);
}

static int
make_room(evc_aws_rotations *rotations, evc_error **err)
{
    size_t capacity = rotations->capacity ? 2 * rotations->capacity : 16;
    evc_aws_rotation *items;

    if (rotations->count == EVC_AWS_ROTATIONS_MAX)
        return evc_err(err, ENVCRYPT_E_JSON,
                       "more than %u versions of a key are listed",
                       EVC_AWS_ROTATIONS_MAX);
    if (rotations->count < rotations->capacity)
        return 0;
    items = evc_mem_grow(rotations->items, rotations->count, capacity, sizeof(*items));
    if (!items)
        return evc_err_nomem(err);
    rotations->items = items;
    rotations->capacity = capacity;
    return 0;
}

static int
read_one(evc_aws_rotations *rotations, const evc_json *from, evc_error **err)
{
    evc_aws_rotation one = {.date_ms = -1};
    int rc = make_room(rotations, err);

    if (!rc)
        rc = copy_text(from, "KeyMaterialId", &one.material, err);
    if (!rc)
        rc = copy_text(from, "RotationType", &one.kind, err);
    if (!rc)
        rc = copy_text(from, "KeyMaterialState", &one.state, err);
    if (!rc)
        rc = evc_json_seconds_opt(from, "RotationDate", &one.date_ms, err);
    if (rc)
        free_one(&one);
    else
        rotations->items[rotations->count++] = one;
    return rc;
}

int
evc_aws_rotations_read(evc_aws_rotations *rotations, const evc_json *root,
                       evc_error **err)
{
    const evc_json *list = NULL;
    int rc = evc_json_array(root, "Rotations", &list, err);

    for (size_t i = 0; !rc && i < evc_json_count(list); i++)
        rc = read_one(rotations, evc_json_at(list, i), err);
    return rc;
}

/* Stable: those of one time stay in the order of the service. */
void
evc_aws_rotations_sort(evc_aws_rotations *rotations)
{
    evc_aws_rotation *items = rotations->items;

    for (size_t i = 1; i < rotations->count; i++) {
        evc_aws_rotation one = items[i];
        size_t at = i;

        for (; at > 0 && items[at - 1].date_ms > one.date_ms; at--)
            items[at] = items[at - 1];
        items[at] = one;
    }
}

static int
write_request(const void *what, evc_jwrite *w, evc_error **err)
{
    (void)err;
    evc_aws_wire_text(w, "IncludeKeyMaterial", "ALL_KEY_MATERIAL");
    evc_aws_wire_text(w, "KeyId", what);
    return 0;
}

int
evc_aws_rotations_list(evc_peer *peer, const char *key_id, evc_aws_rotations *rotations,
                       evc_wait *wait, evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("ListKeyRotations");
    evc_aws_page page = {.more = false};
    int rc;

    do {
        evc_aws_ask ask = {.write = write_request, .what = key_id, .page = &page};

        rc = evc_aws_ask_run(peer, &kind, key_id, &ask, wait, err);
        if (rc)
            break;
        rc = evc_aws_rotations_read(rotations, evc_aws_ask_root(&ask), err);
        if (!rc)
            rc = evc_aws_page_read(&page, evc_aws_ask_root(&ask), err);
        evc_json_free(ask.doc);
        rc = evc_aws_wire_result(kind.name, rc, err);
    } while (!rc && page.more);
    evc_aws_page_reset(&page);
    if (rc)
        evc_aws_rotations_reset(rotations);
    else
        evc_aws_rotations_sort(rotations);
    return rc;
}
