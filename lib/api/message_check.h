/* SPDX-License-Identifier: Apache-2.0 */
/* What every call that writes or reads messages asks of its keyring first. */
#ifndef EVC_API_MESSAGE_CHECK_H
#define EVC_API_MESSAGE_CHECK_H

#include "envelope/config.h"
#include "envelope/keyring.h"

/* ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED. */
int evc_message_check_writer(const evc_keyring *keyring,
                             evc_error **err) EVC_MUST_CHECK;
/* Same, and DESTROYED for a data key of the config, which replaces the keyring. */
int evc_message_check_reader(const evc_keyring *keyring, const evc_config *config,
                             evc_error **err) EVC_MUST_CHECK;

#endif
