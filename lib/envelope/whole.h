/* SPDX-License-Identifier: Apache-2.0 */
/* Whole messages in memory: nothing is handed out before all of it was checked. */
#ifndef EVC_ENVELOPE_WHOLE_H
#define EVC_ENVELOPE_WHOLE_H

#include "envelope/config.h"
#include "envelope/info.h"
#include "envelope/keyring.h"
#include "envelope/room.h"

int evc_whole_encrypt(evc_keyring *keyring, const evc_config *config, evc_view plain,
                      evc_wait *wait, evc_room *room, evc_error **err) EVC_MUST_CHECK;
/* keyring may be NULL when the config has a data key; info may be NULL. */
int evc_whole_decrypt(evc_keyring *keyring, const evc_config *config, evc_view message,
                      evc_wait *wait, evc_room *room, evc_info **info,
                      evc_error **err) EVC_MUST_CHECK;

/* The most bytes of a message; UINT64_MAX when the format cannot hold so many. */
uint64_t evc_whole_bound(const evc_config *config, uint64_t plain_size);

#endif
