/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/rewrap.h"

#include "api/message_check.h"
#include "base/mem.h"

#define KNOWN_FLAGS (ENVCRYPT_REWRAP_FORCE | ENVCRYPT_REWRAP_VERIFY)

/* First in all calls: what is asked for, checked. */
static int
begin(evc_rewrap *r, bool given, evc_rewrap_result **result, evc_error **err)
{
    int rc;

    if (!given)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "a message cannot be rewrapped: an argument that must be given is "
            "NULL");
    if (r->flags & ~KNOWN_FLAGS)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a message cannot be rewrapped: flags has unknown bits");
    rc = evc_message_check_reader(r->from, r->read_config, err);
    if (!rc)
        rc = evc_message_check_writer(r->to, err);
    if (rc)
        return rc;
    r->read_config = evc_config_or_default(r->read_config);
    if (!result)
        return 0;
    *result = evc_mem_new(sizeof(**result));
    return *result ? 0 : evc_err_nomem(err);
}

static int
end(int rc, const evc_rewrap_result *done, evc_rewrap_result **result)
{
    if (!result || !*result)
        return rc;
    if (rc) {
        evc_mem_free(*result);
        *result = NULL;
    } else {
        **result = *done;
    }
    return rc;
}

int
envcrypt_rewrap(envcrypt_keyring *from, envcrypt_keyring *to,
                const envcrypt_message_config *read_config,
                const envcrypt_message_config *write_config, const void *message,
                size_t size, uint32_t flags, envcrypt_wait *wait, envcrypt_buffer **out,
                envcrypt_rewrap_result **result, envcrypt_error **err)
{
    evc_rewrap r = {from, to, read_config, write_config, flags, wait};
    evc_rewrap_result done = {0};
    evc_buf made;
    evc_room room;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (result)
        *result = NULL;
    evc_buf_init(&made);
    room = evc_room_buf(&made);
    rc = begin(&r, out && (message || !size), result, err);
    if (!rc)
        rc = evc_rewrap_memory(&r, evc_view_of(message, size), &room, &done, err);
    if (!rc && done.changed)
        rc = evc_buf_publish(&made, out, err);
    evc_buf_reset(&made);
    return end(rc, &done, result);
}

int
envcrypt_rewrap_into(envcrypt_keyring *from, envcrypt_keyring *to,
                     const envcrypt_message_config *read_config,
                     const envcrypt_message_config *write_config, const void *message,
                     size_t size, uint32_t flags, void *out, size_t capacity,
                     size_t *made, envcrypt_wait *wait, envcrypt_rewrap_result **result,
                     envcrypt_error **err)
{
    evc_rewrap r = {from, to, read_config, write_config, flags, wait};
    evc_room room = evc_room_memory(out, capacity);
    evc_rewrap_result done = {0};
    int rc;

    evc_err_clear(err);
    if (made)
        *made = 0;
    if (result)
        *result = NULL;
    rc = begin(&r, made && (out || !capacity) && (message || !size), result, err);
    if (rc)
        evc_room_clear(&room, rc);
    else
        rc = evc_rewrap_memory(&r, evc_view_of(message, size), &room, &done, err);
    if (made)
        *made = room.made;
    return end(rc, &done, result);
}

int
envcrypt_rewrap_file(envcrypt_keyring *from, envcrypt_keyring *to,
                     const envcrypt_message_config *read_config,
                     const envcrypt_message_config *write_config, const char *path,
                     uint32_t flags, envcrypt_wait *wait,
                     envcrypt_rewrap_result **result, envcrypt_error **err)
{
    evc_rewrap r = {from, to, read_config, write_config, flags, wait};
    evc_rewrap_result done = {0};
    int rc;

    evc_err_clear(err);
    if (result)
        *result = NULL;
    rc = begin(&r, path != NULL, result, err);
    if (!rc)
        rc = evc_rewrap_file(&r, path, &done, err);
    return end(rc, &done, result);
}

int32_t
envcrypt_rewrap_result_is_changed(const envcrypt_rewrap_result *result)
{
    return result && result->changed;
}

int32_t
envcrypt_rewrap_result_reason(const envcrypt_rewrap_result *result)
{
    return result ? result->reason : 0;
}

int32_t
envcrypt_rewrap_result_is_signer_changed(const envcrypt_rewrap_result *result)
{
    return result && result->signer_changed;
}

void
envcrypt_rewrap_result_free(envcrypt_rewrap_result *result)
{
    evc_mem_free(result);
}
