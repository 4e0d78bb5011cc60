/* SPDX-License-Identifier: Apache-2.0 */
#include "api/message_check.h"
#include "envelope/message_file.h"

static int
check(const char *from, const char *to, uint32_t flags, evc_error **err)
{
    evc_err_clear(err);
    if (!from || !to)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a file cannot be encrypted or decrypted: from or to is NULL");
    if (flags & ~ENVCRYPT_FILE_REPLACE)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "a file cannot be encrypted or decrypted: flags has unknown bits");
    return 0;
}

int
envcrypt_encrypt_file(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                      const char *from, const char *to, uint32_t flags,
                      envcrypt_wait *wait, envcrypt_error **err)
{
    int rc = check(from, to, flags, err);

    if (!rc)
        rc = evc_message_check_writer(keyring, err);
    if (rc)
        return rc;
    return evc_message_file_encrypt(keyring, evc_config_or_default(config), from, to,
                                    flags & ENVCRYPT_FILE_REPLACE, wait, err);
}

int
envcrypt_decrypt_file(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                      const char *from, const char *to, uint32_t flags,
                      envcrypt_wait *wait, envcrypt_message_info **info,
                      envcrypt_error **err)
{
    int rc = check(from, to, flags, err);

    if (info)
        *info = NULL;
    if (!rc)
        rc = evc_message_check_reader(keyring, config, err);
    if (rc)
        return rc;
    return evc_message_file_decrypt(keyring, evc_config_or_default(config), from, to,
                                    flags & ENVCRYPT_FILE_REPLACE, wait, info, err);
}
