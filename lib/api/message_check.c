/* SPDX-License-Identifier: Apache-2.0 */
#include "api/message_check.h"

#include "base/fork.h"
#include "envelope/dek.h"

int
evc_message_check_writer(const evc_keyring *keyring, evc_error **err)
{
    if (!keyring)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a message cannot be encrypted: keyring is NULL");
    return evc_fork_check(keyring->generation, "keyring", err);
}

int
evc_message_check_reader(const evc_keyring *keyring, const evc_config *config,
                         evc_error **err)
{
    const evc_dek *data_key = config ? config->data_key : NULL;
    int rc = 0;

    if (!keyring && !data_key)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a message cannot be decrypted: keyring is NULL, and the config "
                       "has no data key");
    if (keyring)
        rc = evc_fork_check(keyring->generation, "keyring", err);
    if (rc == 0 && data_key)
        rc = evc_dek_check(data_key, err);
    return rc;
}
