/* SPDX-License-Identifier: Apache-2.0 */
/* The base64 of a key in EncryptionConfiguration, as Go reads it, into the arena. */
#ifndef EVC_K8S_CONFIG_KEY_H
#define EVC_K8S_CONFIG_KEY_H

#include "base/arena.h"
#include "base/err.h"
#include "base/view.h"

#define EVC_CONFIG_KEY_MAX 4096u /* bytes of a key that is looked at */

/*
 * Line breaks are passed over and spare bits at the end do not count, as in Go's
 * base64.StdEncoding. ENVCRYPT_E_ENCODING: no base64. KEY_SIZE: empty, or more than
 * EVC_CONFIG_KEY_MAX bytes; ARENA_FULL, ARENA_UNLOCKED, NOMEM. *out holds nothing then.
 */
int evc_config_key_decode(evc_view base64, evc_arena *arena, evc_secret *out,
                          evc_error **err) EVC_MUST_CHECK;

#endif
