/* SPDX-License-Identifier: Apache-2.0 */
/* The hashes, by name. digest.h says what each is good for. */
#ifndef EVC_CRYPTO_HASH_H
#define EVC_CRYPTO_HASH_H

typedef enum evc_hash { EVC_SHA256, EVC_SHA384, EVC_SHA512, EVC_SHA1 } evc_hash;
#define EVC_HASH_COUNT 4
#define EVC_HASH_MAX 64 /* bytes of the longest */

#endif
