/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The callbacks of the caller. With the call that takes one its `user` moves to the library,
 * also when that call fails: so destroy is called once in every case, and a binding has
 * nothing to undo.
 */
#ifndef EVC_API_HOOK_H
#define EVC_API_HOOK_H

#include "envcrypt/client.h"

/* Last in every function that takes a callback: destroys its user unless rc is 0. Returns rc. */
int evc_hook_end(int rc, envcrypt_destroy_fn destroy, void *user);

#endif
