/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * libenvcrypt: envelope encryption with key services. Includes all other headers.
 *
 * Rules that hold for every function:
 *
 * - **Errors.** A function that can fail returns `int`: 0 or a negative `ENVCRYPT_E_…`; see
 *   error.h. A NULL where an object or out-parameter must be is ENVCRYPT_E_ARGUMENT. Comments name
 *   every error of a function, "as f()" stands for the list of f; only ENVCRYPT_E_CRYPTO and
 *   ENVCRYPT_E_INTERNAL are not repeated everywhere: no input causes them, a broken installation or
 *   a bug does. Functions without an error take NULL, and indexes past the end, and give 0 or NULL
 *   where their comment says nothing else.
 * - **Ownership.** A result through an out-pointer belongs to the caller, who frees it with the
 *   function that its type names. A `const` result lives until its object is freed. Inputs
 *   are copied; nothing that the caller passes must outlive the call, but callbacks and their
 *   `user`, which live until `destroy` was called. On failure out-pointers are NULL and numbers 0.
 * - **Secrets.** Freeing wipes. `destroy` wipes and keeps the handle, `free` ends it.
 * - **Threads.** Clients, key services, keyrings, caches and value keys are immutable after open,
 *   counted, and safe from any number of threads. Everything else that can change: one thread at a
 *   time. What cannot change may be read by any number of threads.
 *   The library starts no threads but workers that the caller asked for.
 * - **Callbacks** run without a lock held; they may call anything but free or close of the
 *   object that they serve. With the call that takes one, its `user` moves to the library, which
 *   calls `destroy` once in every case: when the callback is not needed any more, or when that very
 *   call fails. `destroy` may be NULL.
 * - **Fork.** In a child, handles of the parent return ENVCRYPT_E_FORKED: clients, waits, lists of
 *   protectors, keys, calls, key stores, keyrings, data keys, value keys, caches, writers, readers,
 *   ranges. What is ordinary memory stays good: errors, buffers, contexts, configs, infos, reports
 *   and results. Freeing is legal for all, and calls no `destroy`. New handles work.
 * - **Units.** Sizes are bytes; `size_t` in memory, `uint64_t` for messages. Times are
 *   `int64_t` milliseconds, wall times since 1970 in UTC. Enums are passed as `int32_t`.
 * - **Text** is UTF-8 that ends with a NUL, unless a length goes with it.
 */
#ifndef ENVCRYPT_ENVCRYPT_H
#define ENVCRYPT_ENVCRYPT_H

#include "envcrypt/buffer.h"
#include "envcrypt/client.h"
#include "envcrypt/cluster.h"
#include "envcrypt/envelope.h"
#include "envcrypt/error.h"
#include "envcrypt/k8s.h"
#include "envcrypt/kms.h"
#include "envcrypt/stream.h"
#include "envcrypt/version.h"

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The version of the library that runs, which may be newer than the headers.
 * @return static text, "0.1.0"
 */
ENVCRYPT_API const char *envcrypt_version_string(void);

/**
 * The version of the library that runs, as a number to compare with ENVCRYPT_VERSION_NUMBER.
 * @return major × 1,000,000 + minor × 1,000 + patch
 */
ENVCRYPT_API int32_t envcrypt_version_number(void);

/**
 * The value of a constant of these headers by its name, for languages that do not read them.
 * @param name        "ENVCRYPT_CLASS_POLICY", …
 * @param[out] value  its value
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_UNKNOWN_OPTION (this version has none of that name; the message names the
 *         nearest), ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_constant(const char *name, int64_t *value, envcrypt_error **err);

/**
 * The names of all constants.
 * @param index  0 and up
 * @return static text; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_constant_name(size_t index);

#ifdef __cplusplus
}
#endif

#endif
