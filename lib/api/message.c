/* SPDX-License-Identifier: Apache-2.0 */
#include "api/message_check.h"

#include "base/mem.h"
#include "envelope/whole.h"

int
envcrypt_encrypt(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                 const void *plain, size_t size, envcrypt_wait *wait,
                 envcrypt_buffer **out, envcrypt_error **err)
{
    evc_room room;
    evc_buf message;
    int rc;

    evc_err_clear(err);
    if (out)
        *out = NULL;
    if (!out || (!plain && size))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a message cannot be encrypted: plain or out is NULL");
    rc = evc_message_check_writer(keyring, err);
    if (rc != 0)
        return rc;
    evc_buf_init(&message);
    room = evc_room_buf(&message);
    rc = evc_whole_encrypt(keyring, evc_config_or_default(config),
                           evc_view_of(plain, size), wait, &room, err);
    if (rc == 0)
        rc = evc_buf_publish(&message, out, err);
    evc_buf_reset(&message);
    return rc;
}

/* What an argument makes impossible leaves zeros in the output, too. */
static int
refuse(int rc, void *out, size_t capacity)
{
    if (out)
        evc_mem_wipe(out, capacity);
    return rc;
}

int
envcrypt_encrypt_into(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                      const void *plain, size_t size, void *out, size_t capacity,
                      size_t *made, envcrypt_wait *wait, envcrypt_error **err)
{
    evc_room room = evc_room_memory(out, capacity);
    int rc;

    evc_err_clear(err);
    if (made)
        *made = 0;
    if ((!out && capacity) || !made || (!plain && size))
        return refuse(evc_err(err, ENVCRYPT_E_ARGUMENT,
                              "a message cannot be encrypted: plain, out or made is "
                              "NULL"),
                      out, capacity);
    rc = evc_message_check_writer(keyring, err);
    if (rc != 0)
        return refuse(rc, out, capacity);
    rc = evc_whole_encrypt(keyring, evc_config_or_default(config),
                           evc_view_of(plain, size), wait, &room, err);
    *made = room.made;
    return rc;
}

uint64_t
envcrypt_encrypt_bound(const envcrypt_message_config *config, uint64_t plain_size)
{
    return evc_whole_bound(evc_config_or_default(config), plain_size);
}

int
envcrypt_decrypt(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                 const void *message, size_t size, envcrypt_wait *wait,
                 envcrypt_buffer **out, envcrypt_message_info **info,
                 envcrypt_error **err)
{
    evc_room room;
    evc_buf plain;
    int rc;

    evc_err_clear(err);
    if (info)
        *info = NULL;
    if (out)
        *out = NULL;
    if (!out || (!message && size))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a message cannot be decrypted: message or out is NULL");
    rc = evc_message_check_reader(keyring, config, err);
    if (rc != 0)
        return rc;
    evc_buf_init(&plain);
    room = evc_room_buf(&plain);
    rc = evc_whole_decrypt(keyring, evc_config_or_default(config),
                           evc_view_of(message, size), wait, &room, info, err);
    if (rc == 0)
        rc = evc_buf_publish(&plain, out, err);
    if (rc != 0 && info) {
        evc_info_free(*info);
        *info = NULL;
    }
    evc_buf_reset(&plain);
    return rc;
}

int
envcrypt_decrypt_into(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                      const void *message, size_t size, void *out, size_t capacity,
                      size_t *made, envcrypt_wait *wait, envcrypt_error **err)
{
    evc_room room = evc_room_memory(out, capacity);
    int rc;

    evc_err_clear(err);
    if (made)
        *made = 0;
    if ((!out && capacity) || !made || (!message && size))
        return refuse(evc_err(err, ENVCRYPT_E_ARGUMENT,
                              "a message cannot be decrypted: message, out or made is "
                              "NULL"),
                      out, capacity);
    rc = evc_message_check_reader(keyring, config, err);
    if (rc != 0)
        return refuse(rc, out, capacity);
    rc = evc_whole_decrypt(keyring, evc_config_or_default(config),
                           evc_view_of(message, size), wait, &room, NULL, err);
    *made = room.made;
    return rc;
}
