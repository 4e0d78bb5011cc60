/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Envelopes: data keys, keyrings, messages in the format of the AWS Encryption SDK, and small
 * values. Streams and random access are in stream.h.
 *
 * Files named as sources (data-format/message.md, …) are those of the specification of the AWS
 * Encryption SDK, github.com/awslabs/aws-encryption-sdk-specification.
 *
 * Threads: keyrings, caches and value keys are shared, counted, and safe from any number of
 * threads. Data keys and configs: one thread at a time while they change; any number while they are
 * only used. Infos are immutable.
 */
#ifndef ENVCRYPT_ENVELOPE_H
#define ENVCRYPT_ENVELOPE_H

#include "envcrypt/kms.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name Keyring
 * The recipients of messages: one generator key and any number of further ones. Any of them opens
 * what the keyring writes.
 * @{ */

/** Settings of a keyring. */
typedef struct envcrypt_keyring_config envcrypt_keyring_config;
/** Recipients; shared and counted. */
typedef struct envcrypt_keyring envcrypt_keyring;

/**
 * Makes empty settings.
 * @param[out] out  the config; freed by envcrypt_keyring_config_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_keyring_config_new(envcrypt_keyring_config **out, envcrypt_error **err);

/**
 * Frees settings; opened keyrings are not touched.
 * @param config  a config, or NULL
 */
ENVCRYPT_API void envcrypt_keyring_config_free(envcrypt_keyring_config *config);

/**
 * Sets the key that wraps first. A keyring without one only decrypts.
 * @param config    a config
 * @param kms       the key; a reference is taken
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_keyring_config_set_generator(envcrypt_keyring_config *config,
                                                       envcrypt_kms *kms, envcrypt_error **err);

/**
 * Adds a further recipient. A key that cannot wrap is used for decryption only.
 * @param config    a config
 * @param kms       the key; a reference is taken
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_keyring_config_add_recipient(envcrypt_keyring_config *config,
                                                       envcrypt_kms *kms, envcrypt_error **err);

/**
 * Demands that a recipient is always among those that are written to (a recovery key, say). A
 * keyring that can write but lacks it is not opened.
 * @param config       a config
 * @param provider_id  as envcrypt_kms_provider_id()
 * @param key_id       as envcrypt_kms_key_id()
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_keyring_config_require(envcrypt_keyring_config *config,
                                                 const char *provider_id, const char *key_id,
                                                 envcrypt_error **err);

/**
 * Allows keys that use whatever key a message names. Such a keyring only decrypts.
 * @param config     a config
 * @param discovery  1 or 0
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_keyring_config_set_discovery(envcrypt_keyring_config *config,
                                                       int32_t discovery, envcrypt_error **err);

/**
 * Opens a keyring.
 * @param client    the client that its keys were opened with
 * @param config    settings with at least one key
 * @param[out] out  the keyring; given back by envcrypt_keyring_unref()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_POLICY_RECIPIENT, ENVCRYPT_E_DISCOVERY (a discovery key without the
 *         setting, or one beside a generator), ENVCRYPT_E_KEY_READ_ONLY (a generator that cannot
 *         wrap), ENVCRYPT_E_ARGUMENT (no key, keys of another client, one that writes twice),
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_keyring_open(envcrypt_client *client,
                                       const envcrypt_keyring_config *config,
                                       envcrypt_keyring **out, envcrypt_error **err);

/**
 * Takes one more reference.
 * @param keyring  a keyring, or NULL
 * @return the same keyring
 */
ENVCRYPT_API envcrypt_keyring *envcrypt_keyring_ref(envcrypt_keyring *keyring);

/**
 * Gives a reference back. Legal in a child of fork.
 * @param keyring  a keyring, or NULL
 */
ENVCRYPT_API void envcrypt_keyring_unref(envcrypt_keyring *keyring);
/** @} */

/** @name Data keys
 * A handle on a data key in the arena, and the record in which a caller stores it wrapped (layout:
 * doc/format.md).
 * @{ */

/** A data key. */
typedef struct envcrypt_dek envcrypt_dek;

/**
 * Makes a random data key.
 * @param client    the client
 * @param size      16, 24 or 32 bytes
 * @param[out] out  the key; freed by envcrypt_dek_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_RANDOM, ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_dek_generate(envcrypt_client *client, size_t size, envcrypt_dek **out,
                                       envcrypt_error **err);

/** Flag of envcrypt_dek_import(): the key reads messages and is never wrapped. */
#define ENVCRYPT_DEK_READ_ONLY 1u

/**
 * Takes a data key that the caller has. A key of zero bytes only is refused, as it is what wiped
 * memory looks like; ENVCRYPT_DEK_READ_ONLY takes it, since old messages have such keys.
 * @param client    the client
 * @param key       the bytes; wiping them is the caller's part
 * @param size      16, 24 or 32
 * @param flags     ENVCRYPT_DEK_READ_ONLY or 0
 * @param[out] out  the key; freed by envcrypt_dek_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_BAD_DEK, ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_dek_import(envcrypt_client *client, const void *key, size_t size,
                                     uint32_t flags, envcrypt_dek **out, envcrypt_error **err);

/**
 * The size of a data key.
 * @param dek  a data key
 * @return bytes; 0 when it was destroyed or belongs to the parent of a fork
 */
ENVCRYPT_API size_t envcrypt_dek_size(const envcrypt_dek *dek);

/**
 * Copies the bytes of a data key out of the arena: the only call that does.
 * @param dek        a data key
 * @param[out] out   room for the key; wiping it is the caller's part
 * @param capacity   bytes of room
 * @param[out] size  bytes of the key
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_BUFFER_TOO_SMALL, ENVCRYPT_E_DESTROYED, ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_dek_export(const envcrypt_dek *dek, void *out, size_t capacity,
                                     size_t *size, envcrypt_error **err);

/**
 * Wipes a data key; the handle stays and every use of it is ENVCRYPT_E_DESTROYED.
 * @param dek  a data key, or NULL
 */
ENVCRYPT_API void envcrypt_dek_destroy(envcrypt_dek *dek);

/**
 * Wipes and frees. Legal in a child of fork.
 * @param dek  a data key, or NULL
 */
ENVCRYPT_API void envcrypt_dek_free(envcrypt_dek *dek);

/**
 * Wraps a data key under all recipients of a keyring, into a record to be stored: at most 16 of
 * them and 8 KiB of context.
 * @param dek       a data key
 * @param keyring   the recipients
 * @param context   the encryption context, stored in the record; may be NULL
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the record; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NO_GENERATOR, ENVCRYPT_E_DESTROYED, ENVCRYPT_E_KEY_READ_ONLY (a data key
 *         imported for reading), ENVCRYPT_E_LIMIT_CONTEXT, ENVCRYPT_E_LIMIT_EDKS, the errors of
 *         keys (kms.h), ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_dek_wrap(const envcrypt_dek *dek, envcrypt_keyring *keyring,
                                   const envcrypt_context *context, envcrypt_wait *wait,
                                   envcrypt_buffer **out, envcrypt_error **err);

/**
 * Unwraps a record. Its MAC is checked before the key is handed out.
 * @param keyring   keys, any of which may open it
 * @param record    the record
 * @param size      its bytes
 * @param context   pairs that must be in the record's context with these values; may be NULL
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the key; freed by envcrypt_dek_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_RECORD, ENVCRYPT_E_RECORD_PURPOSE, ENVCRYPT_E_RECORD_MAC,
 *         ENVCRYPT_E_NO_KEY, ENVCRYPT_E_CONTEXT_MISMATCH, ENVCRYPT_E_CONTEXT_MISSING,
 *         ENVCRYPT_E_LIMIT_EDKS (more than 16), ENVCRYPT_E_LIMIT_CONTEXT (more than 8 KiB), the
 *         errors of keys (kms.h), ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_dek_unwrap(envcrypt_keyring *keyring, const void *record, size_t size,
                                     const envcrypt_context *context, envcrypt_wait *wait,
                                     envcrypt_dek **out, envcrypt_error **err);

/**
 * As envcrypt_dek_unwrap(), and gives the record anew where the key service handed back a newer
 * wrapped key, since its key was rotated: what is stored is best replaced by it.
 * @param keyring        keys that open the record
 * @param record         the record
 * @param size           its bytes
 * @param context        pairs that its context must have, or NULL
 * @param wait           deadline and cancel, or NULL
 * @param[out] out       the data key; freed by envcrypt_dek_free()
 * @param[out] renewed   the new record, freed by envcrypt_buffer_free(); NULL when there is none
 * @param[out] err       the error, or NULL
 * @return as envcrypt_dek_unwrap()
 */
ENVCRYPT_API int envcrypt_dek_unwrap_renewed(envcrypt_keyring *keyring, const void *record,
                                             size_t size, const envcrypt_context *context,
                                             envcrypt_wait *wait, envcrypt_dek **out,
                                             envcrypt_buffer **renewed, envcrypt_error **err);

/**
 * Wraps the key of a record under the recipients of another keyring, or under their newest
 * versions: by the key service's own rewrap where it has one and permits it. The data encrypted
 * under the key is not touched. The new record was opened once with the new keyring where that can
 * unwrap.
 * @param from      keys that open the record
 * @param to        the new recipients; may be the same keyring
 * @param record    the record, of any purpose
 * @param size      its bytes
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the new record; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_dek_unwrap(); ENVCRYPT_E_NO_GENERATOR
 */
ENVCRYPT_API int envcrypt_record_rewrap(envcrypt_keyring *from, envcrypt_keyring *to,
                                        const void *record, size_t size, envcrypt_wait *wait,
                                        envcrypt_buffer **out, envcrypt_error **err);
/** @} */

/** @name Many data keys at a time
 * Wraps and unwraps of many data keys, each under its own record, with the calls to key services
 * side by side: a thousand keys of a cloud take the time of some dozens. Every item has its own
 * result and error, in the order in which they were added; those that failed can be run again. One
 * thread at a time.
 * @{ */

/** Wraps and unwraps to be run together. */
typedef struct envcrypt_bulk envcrypt_bulk;

/**
 * Makes an empty bulk.
 * @param keyring   the recipients, and the keys that open records; a reference is held
 * @param[out] out  the bulk; freed by envcrypt_bulk_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_bulk_new(envcrypt_keyring *keyring, envcrypt_bulk **out,
                                   envcrypt_error **err);

/**
 * Wipes and frees a bulk with the results that were not taken. Legal in a child of fork.
 * @param bulk  a bulk, or NULL
 */
ENVCRYPT_API void envcrypt_bulk_free(envcrypt_bulk *bulk);

/**
 * Adds a new random data key, to be wrapped as envcrypt_dek_wrap() does. Both the key and its record
 * are its results.
 * @param bulk      a bulk
 * @param size      16, 24 or 32 bytes
 * @param context   the encryption context, stored in the record; copied; may be NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_RANDOM, ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_bulk_add_generate(envcrypt_bulk *bulk, size_t size,
                                            const envcrypt_context *context, envcrypt_error **err);

/**
 * Adds a data key that there is, to be wrapped as envcrypt_dek_wrap() does.
 * @param bulk      a bulk
 * @param dek       the data key; copied
 * @param context   the encryption context, stored in the record; copied; may be NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_DESTROYED, ENVCRYPT_E_KEY_READ_ONLY (a data key imported for reading),
 *         ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_bulk_add_wrap(envcrypt_bulk *bulk, const envcrypt_dek *dek,
                                        const envcrypt_context *context, envcrypt_error **err);

/**
 * Adds a record, to be unwrapped as envcrypt_dek_unwrap() does. A malformed one is an error of its
 * item when the bulk is run, so that the items keep the caller's order.
 * @param bulk      a bulk
 * @param record    the record; copied
 * @param size      its bytes
 * @param context   pairs that must be in the record's context with these values; copied; may be NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_bulk_add_unwrap(envcrypt_bulk *bulk, const void *record, size_t size,
                                          const envcrypt_context *context, envcrypt_error **err);

/**
 * The number of items.
 * @param bulk  a bulk, or NULL
 * @return items
 */
ENVCRYPT_API size_t envcrypt_bulk_count(const envcrypt_bulk *bulk);

/**
 * Runs all items that did not succeed yet. It goes on when some fail. A deadline or a cancel leaves
 * what is done and gives the others its error.
 * @param bulk      a bulk
 * @param width     the most calls to one key service at a time, up to 1,024; 0 = 16. The client's
 *                  option `max-connections` limits the connections to one host
 * @param wait      one deadline for all, and cancel; or NULL
 * @param[out] err  what the first failed item says, and how many failed; or NULL
 * @return 0 when every item has succeeded; else the code of the first that has not, which is one of
 *         envcrypt_dek_wrap() or envcrypt_dek_unwrap(); ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_bulk_run(envcrypt_bulk *bulk, size_t width, envcrypt_wait *wait,
                                   envcrypt_error **err);

/**
 * What came of an item.
 * @param bulk   a bulk
 * @param index  0 to count - 1
 * @return 0 when it succeeded, or its error code; ENVCRYPT_E_STATE when it did not run yet;
 *         ENVCRYPT_E_ARGUMENT past the end
 */
ENVCRYPT_API int32_t envcrypt_bulk_code(const envcrypt_bulk *bulk, size_t index);

/**
 * The error of an item.
 * @param bulk   a bulk
 * @param index  0 to count - 1
 * @return an error that lives until the bulk is run again or freed, and is not to be freed; NULL
 *         when it succeeded or did not run yet
 */
ENVCRYPT_API const envcrypt_error *envcrypt_bulk_error(const envcrypt_bulk *bulk, size_t index);

/**
 * The record of an item that succeeded.
 * @param bulk       a bulk
 * @param index      0 to count - 1
 * @param[out] size  its bytes; may be NULL
 * @return bytes that live until the bulk is freed; NULL when it did not succeed
 */
ENVCRYPT_API const void *envcrypt_bulk_record(const envcrypt_bulk *bulk, size_t index,
                                              size_t *size);

/**
 * The record to be stored in the place of one that was unwrapped: some key services hand the data
 * key back wrapped anew when their key was rotated, as envcrypt_dek_unwrap_renewed() tells.
 * @param bulk       a bulk
 * @param index      0 to count - 1
 * @param[out] size  its bytes; may be NULL
 * @return bytes that live until the bulk is freed; NULL when the service gave none, or the item
 *         did not succeed
 */
ENVCRYPT_API const void *envcrypt_bulk_renewed(const envcrypt_bulk *bulk, size_t index,
                                               size_t *size);

/**
 * Takes the data key of an item that succeeded, once.
 * @param bulk      a bulk
 * @param index     0 to count - 1
 * @param[out] out  the key; freed by envcrypt_dek_free()
 * @param[out] err  the error, or NULL
 * @return 0; the code of an item that failed; ENVCRYPT_E_STATE (it did not run yet, or was taken),
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_bulk_take_dek(envcrypt_bulk *bulk, size_t index, envcrypt_dek **out,
                                        envcrypt_error **err);
/** @} */

/** @name Cache of data keys
 * @{ */

/** Settings of a cache. */
typedef struct envcrypt_cache_config envcrypt_cache_config;
/** Data keys in use, with limits; shared and counted. */
typedef struct envcrypt_cache envcrypt_cache;

/** Counters of a cache. */
enum envcrypt_cache_counter {
    ENVCRYPT_CACHE_ENTRIES = 1, /**< entries now */
    ENVCRYPT_CACHE_HITS = 2, /**< look-ups that found a key within its limits */
    ENVCRYPT_CACHE_MISSES = 3, /**< look-ups that did not */
    ENVCRYPT_CACHE_WAITS = 4 /**< look-ups that waited for another thread's call */
};

/**
 * Makes settings with their defaults: 1,000 entries, 300,000 ms, 2^32 messages, 2^63 - 1 bytes.
 * @param[out] out  the config; freed by envcrypt_cache_config_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_cache_config_new(envcrypt_cache_config **out, envcrypt_error **err);

/**
 * Frees settings.
 * @param config  a config, or NULL
 */
ENVCRYPT_API void envcrypt_cache_config_free(envcrypt_cache_config *config);

/**
 * Sets the most entries; the least recently used one goes first.
 * @param config    a config
 * @param entries   1 to 1,000,000; the arena must have room for them
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_cache_config_set_entries(envcrypt_cache_config *config, size_t entries,
                                                   envcrypt_error **err);

/**
 * Sets how long a key is used, for writing and for reading.
 * @param config    a config
 * @param age_ms    1 and up
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_cache_config_set_age_ms(envcrypt_cache_config *config, int64_t age_ms,
                                                  envcrypt_error **err);

/**
 * Sets how many messages a key encrypts. Reading wears no key out and is limited by entries and age
 * alone.
 * @param config    a config
 * @param messages  1 to 2^32
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_cache_config_set_messages(envcrypt_cache_config *config,
                                                    uint64_t messages, envcrypt_error **err);

/**
 * Sets how many bytes of plaintext a key encrypts, reading aside. Messages whose length is not
 * known before are not cached.
 * @param config    a config
 * @param bytes     0 to 2^63 - 1
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_cache_config_set_bytes(envcrypt_cache_config *config, uint64_t bytes,
                                                 envcrypt_error **err);

/**
 * Opens a cache.
 * @param client    whose arena holds the keys
 * @param config    settings, or NULL for the defaults
 * @param[out] out  the cache; given back by envcrypt_cache_unref()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_cache_open(envcrypt_client *client, const envcrypt_cache_config *config,
                                     envcrypt_cache **out, envcrypt_error **err);

/**
 * Takes one more reference.
 * @param cache  a cache, or NULL
 * @return the same cache
 */
ENVCRYPT_API envcrypt_cache *envcrypt_cache_ref(envcrypt_cache *cache);

/**
 * Gives a reference back; the last one wipes all keys. Legal in a child of fork.
 * @param cache  a cache, or NULL
 */
ENVCRYPT_API void envcrypt_cache_unref(envcrypt_cache *cache);

/**
 * Wipes all keys now.
 * @param cache  a cache, or NULL
 */
ENVCRYPT_API void envcrypt_cache_clear(envcrypt_cache *cache);

/**
 * Reads a counter.
 * @param cache    a cache
 * @param counter  one of `ENVCRYPT_CACHE_…`
 * @return its value; 0 for an unknown one
 */
ENVCRYPT_API uint64_t envcrypt_cache_count(const envcrypt_cache *cache, int32_t counter);
/** @} */

/** @name Settings of messages
 * One object for writing and reading. It may be used by many calls and threads at once as long as
 * nobody changes it.
 * @{ */

/** Settings of messages. */
typedef struct envcrypt_message_config envcrypt_message_config;

/** Algorithm suites of the format (framework/algorithm-suites.md); 0x0478 and 0x0578 are written,
 * all are read. */
enum envcrypt_suite {
    ENVCRYPT_SUITE_0014 = 0x0014, /**< AES-128, data key used directly */
    ENVCRYPT_SUITE_0046 = 0x0046, /**< AES-192, data key used directly */
    ENVCRYPT_SUITE_0078 = 0x0078, /**< AES-256, data key used directly */
    ENVCRYPT_SUITE_0114 = 0x0114, /**< AES-128, HKDF-SHA256 */
    ENVCRYPT_SUITE_0146 = 0x0146, /**< AES-192, HKDF-SHA256 */
    ENVCRYPT_SUITE_0178 = 0x0178, /**< AES-256, HKDF-SHA256 */
    ENVCRYPT_SUITE_0214 = 0x0214, /**< AES-128, HKDF-SHA256, ECDSA P-256 */
    ENVCRYPT_SUITE_0346 = 0x0346, /**< AES-192, HKDF-SHA384, ECDSA P-384 */
    ENVCRYPT_SUITE_0378 = 0x0378, /**< AES-256, HKDF-SHA384, ECDSA P-384 */
    ENVCRYPT_SUITE_0478 = 0x0478, /**< AES-256, HKDF-SHA512, key commitment: the default */
    ENVCRYPT_SUITE_0578 = 0x0578 /**< as 0478, and ECDSA P-384 */
};

/** Commitment policies (framework/commitment-policy.md). */
enum envcrypt_policy {
    ENVCRYPT_POLICY_REQUIRE = 1, /**< only committing suites, the default */
    ENVCRYPT_POLICY_REQUIRE_ENCRYPT_ALLOW_DECRYPT = 2, /**< reads all suites */
    ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT = 3 /**< reads all suites, writes none */
};

/**
 * Tells how far a long call is: on whole messages, files and rewraps, not on streams. On the thread
 * of the call, at most ten times a second. It may call anything but the setters and free of the
 * config that it came with.
 * @param user   as given
 * @param done   bytes of plaintext so far
 * @param total  bytes in all; UINT64_MAX when not known
 */
typedef void (*envcrypt_progress_fn)(void *user, uint64_t done, uint64_t total);

/**
 * Makes settings with their defaults.
 * @param[out] out  the config; freed by envcrypt_message_config_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_new(envcrypt_message_config **out, envcrypt_error **err);

/**
 * Frees settings.
 * @param config  a config, or NULL
 */
ENVCRYPT_API void envcrypt_message_config_free(envcrypt_message_config *config);

/**
 * Sets the encryption context: what a writer binds and stores, what a reader demands. A pair that
 * is given to a reader must have the same value in the message; one that the message does not
 * store is taken as authenticated only, so that a wrong one does not open.
 * @param config    a config
 * @param context   the pairs; copied. NULL = none
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_context(envcrypt_message_config *config,
                                                     const envcrypt_context *context,
                                                     envcrypt_error **err);

/**
 * Makes a pair of the context authenticated only: a writer binds it without storing it, a reader
 * must give it again (client-apis/encrypt.md, authentication tag of the header).
 * @param config    a config
 * @param name      the pair's name
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_CONTEXT_RESERVED, ENVCRYPT_E_UTF8, ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_require(envcrypt_message_config *config, const char *name,
                                                 envcrypt_error **err);

/**
 * Sets the suite to write.
 * @param config    a config
 * @param suite     ENVCRYPT_SUITE_0478 (default) or ENVCRYPT_SUITE_0578
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_POLICY_WRITE (a suite that is only read), ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_suite(envcrypt_message_config *config, int32_t suite,
                                                   envcrypt_error **err);

/**
 * Sets the plaintext bytes of a frame (data-format/message-body.md, framed data).
 * @param config    a config
 * @param bytes     1 to 2^32 - 1, within the frame limit; 0 = the default: 4,096, and in file calls
 *                  4 KiB to 256 KiB by the size of the file
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_LIMIT_FRAME, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_frame_length(envcrypt_message_config *config,
                                                          uint32_t bytes, envcrypt_error **err);

/**
 * Sets the commitment policy.
 * @param config    a config
 * @param policy    one of `ENVCRYPT_POLICY_…`
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_policy(envcrypt_message_config *config, int32_t policy,
                                                    envcrypt_error **err);

/**
 * Sets the most encrypted data keys of a message, read or written.
 * @param config    a config
 * @param count     1 to 65,535; default 16
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_max_edks(envcrypt_message_config *config, size_t count,
                                                      envcrypt_error **err);

/**
 * Sets the most bytes of a serialized context, read or written.
 * @param config    a config
 * @param bytes     0 to 65,535; default 8,192
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_max_context(envcrypt_message_config *config,
                                                         size_t bytes, envcrypt_error **err);

/**
 * Sets the most bytes of a header, read or written.
 * @param config    a config
 * @param bytes     128 to 2^31; default 131,072
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_max_header(envcrypt_message_config *config,
                                                        size_t bytes, envcrypt_error **err);

/**
 * Sets the most plaintext bytes of a frame, and of an unframed body in a stream.
 * @param config    a config
 * @param bytes     1 to 2^32 - 1; default 16,777,216
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_max_frame(envcrypt_message_config *config,
                                                       uint32_t bytes, envcrypt_error **err);

/**
 * Announces how long the plaintext is at most; a writer refuses more. Lets a stream use the cache.
 * @param config    a config
 * @param bytes     the bound; UINT64_MAX = not known, the default
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_length_bound(envcrypt_message_config *config,
                                                          uint64_t bytes, envcrypt_error **err);

/**
 * Allows or forbids signed messages when reading. Streams and ranges forbid them by default; calls
 * on whole messages and files allow them.
 * @param config    a config
 * @param allow     1 allow, 0 forbid, -1 the default
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_allow_signed(envcrypt_message_config *config,
                                                          int32_t allow, envcrypt_error **err);

/**
 * Sets how many threads encrypt or decrypt the frames of one large message; the library makes the
 * same bytes with any number, but for signatures.
 * @param config    a config
 * @param threads   1 (default) to 256
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_threads(envcrypt_message_config *config,
                                                     size_t threads, envcrypt_error **err);

/**
 * Uses a cache of data keys. A reference is taken.
 * @param config    a config
 * @param cache     the cache; NULL = none
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_cache(envcrypt_message_config *config,
                                                   envcrypt_cache *cache, envcrypt_error **err);

/**
 * Reads with a data key that the caller has instead of unwrapping one; the encrypted data keys of
 * the message are not used. The keyring may be NULL then. Never for writing.
 * @param config    a config
 * @param dek       the data key, not copied: it must live as long as the config is used, and as
 *                  readers that were opened with it. NULL = unwrap
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_data_key(envcrypt_message_config *config,
                                                      const envcrypt_dek *dek,
                                                      envcrypt_error **err);

/**
 * Sets a function that is told the progress of long calls.
 * @param config    a config
 * @param progress  the function; NULL = none
 * @param user      passed to it
 * @param destroy   called once with user when the function is replaced or the config freed, also
 *                  when this call fails; may be NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_config_set_progress(envcrypt_message_config *config,
                                                      envcrypt_progress_fn progress, void *user,
                                                      envcrypt_destroy_fn destroy,
                                                      envcrypt_error **err);
/** @} */

/** @name Whole messages
 * @{ */

/** What a header says. */
typedef struct envcrypt_message_info envcrypt_message_info;

/**
 * Encrypts. The message names its recipients and context and is read by any AWS Encryption SDK.
 * @param keyring   the recipients
 * @param config    settings, or NULL
 * @param plain     the plaintext
 * @param size      its bytes
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the message; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NO_GENERATOR, ENVCRYPT_E_POLICY_WRITE, ENVCRYPT_E_CONTEXT_MISSING (a
 *         required name without a pair), ENVCRYPT_E_LIMIT_CONTEXT, ENVCRYPT_E_LIMIT_EDKS,
 *         ENVCRYPT_E_LIMIT_HEADER, ENVCRYPT_E_LIMIT_FRAME, ENVCRYPT_E_LIMIT_LENGTH, the errors of
 *         keys (kms.h), ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_RANDOM,
 *         ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_encrypt(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                                  const void *plain, size_t size, envcrypt_wait *wait,
                                  envcrypt_buffer **out, envcrypt_error **err);

/**
 * Encrypts into the caller's memory.
 * @param keyring    the recipients
 * @param config     settings, or NULL
 * @param plain      the plaintext; must not overlap out
 * @param size       its bytes
 * @param[out] out   room for the message; zeroed on failure
 * @param capacity   bytes of room; envcrypt_encrypt_bound() tells how many suffice
 * @param[out] made  bytes of the message; on ENVCRYPT_E_BUFFER_TOO_SMALL the bytes needed
 * @param wait       deadline and cancel, or NULL
 * @param[out] err   the error, or NULL
 * @return as envcrypt_encrypt(); ENVCRYPT_E_BUFFER_TOO_SMALL
 */
ENVCRYPT_API int envcrypt_encrypt_into(envcrypt_keyring *keyring,
                                       const envcrypt_message_config *config, const void *plain,
                                       size_t size, void *out, size_t capacity, size_t *made,
                                       envcrypt_wait *wait, envcrypt_error **err);

/**
 * An upper bound of the bytes of a message: body exact, header at its limit.
 * @param config      settings, or NULL
 * @param plain_size  bytes of plaintext
 * @return bytes; UINT64_MAX when the format cannot hold so many
 */
ENVCRYPT_API uint64_t envcrypt_encrypt_bound(const envcrypt_message_config *config,
                                             uint64_t plain_size);

/**
 * Decrypts a whole message. Nothing is handed out before all of it, the signature included, was
 * checked.
 * @param keyring    keys, any of which may open it
 * @param config     settings, or NULL
 * @param message    the message
 * @param size       its bytes
 * @param wait       deadline and cancel, or NULL
 * @param[out] out   the plaintext; freed (and wiped) by envcrypt_buffer_free()
 * @param[out] info  what the header says; freed by envcrypt_message_info_free(); may be NULL
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_NOT_A_MESSAGE, ENVCRYPT_E_BASE64_MESSAGE, ENVCRYPT_E_HEADER,
 *         ENVCRYPT_E_SUITE, ENVCRYPT_E_TRUNCATED, ENVCRYPT_E_TRAILING, ENVCRYPT_E_FRAME,
 *         ENVCRYPT_E_NO_KEY, ENVCRYPT_E_KEY_MISMATCH, ENVCRYPT_E_BAD_DEK, ENVCRYPT_E_COMMITMENT,
 *         ENVCRYPT_E_HEADER_AUTH, ENVCRYPT_E_FRAME_AUTH, ENVCRYPT_E_SIGNATURE,
 *         ENVCRYPT_E_POLICY_COMMITMENT, ENVCRYPT_E_POLICY_SIGNED, ENVCRYPT_E_LIMIT_EDKS,
 *         ENVCRYPT_E_LIMIT_CONTEXT, ENVCRYPT_E_LIMIT_HEADER, ENVCRYPT_E_LIMIT_FRAME,
 *         ENVCRYPT_E_CONTEXT_MISSING, ENVCRYPT_E_CONTEXT_MISMATCH, ENVCRYPT_E_DESTROYED (the data
 *         key of the config), the errors of keys (kms.h), ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT,
 *         ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_decrypt(envcrypt_keyring *keyring, const envcrypt_message_config *config,
                                  const void *message, size_t size, envcrypt_wait *wait,
                                  envcrypt_buffer **out, envcrypt_message_info **info,
                                  envcrypt_error **err);

/**
 * Decrypts a whole message into the caller's memory.
 * @param keyring    keys, any of which may open it
 * @param config     settings, or NULL
 * @param message    the message; must not overlap out
 * @param size       its bytes
 * @param[out] out   room for the plaintext, at most size bytes are needed; zeroed on failure
 * @param capacity   bytes of room
 * @param[out] made  bytes of plaintext; on ENVCRYPT_E_BUFFER_TOO_SMALL the bytes needed
 * @param wait       deadline and cancel, or NULL
 * @param[out] err   the error, or NULL
 * @return as envcrypt_decrypt(); ENVCRYPT_E_BUFFER_TOO_SMALL
 */
ENVCRYPT_API int envcrypt_decrypt_into(envcrypt_keyring *keyring,
                                       const envcrypt_message_config *config, const void *message,
                                       size_t size, void *out, size_t capacity, size_t *made,
                                       envcrypt_wait *wait, envcrypt_error **err);

/** Flag of file calls: an existing output is replaced; by default it is ENVCRYPT_E_FILE_EXISTS. */
#define ENVCRYPT_FILE_REPLACE 1u

/**
 * Encrypts a file into another. The output appears when it is whole, with mode 0600.
 * @param keyring   the recipients
 * @param config    settings, or NULL
 * @param from      the plaintext file
 * @param to        the message file
 * @param flags     ENVCRYPT_FILE_REPLACE or 0
 * @param wait      deadline and cancel, or NULL
 * @param[out] err  the error, or NULL
 * @return as envcrypt_encrypt(), and the file errors: ENVCRYPT_E_FILE_NOT_FOUND,
 *         ENVCRYPT_E_FILE_DENIED, ENVCRYPT_E_FILE_TYPE, ENVCRYPT_E_FILE_EXISTS,
 *         ENVCRYPT_E_FILE_CHANGED, ENVCRYPT_E_FILE_BUSY, ENVCRYPT_E_NO_SPACE, ENVCRYPT_E_IO
 */
ENVCRYPT_API int envcrypt_encrypt_file(envcrypt_keyring *keyring,
                                       const envcrypt_message_config *config, const char *from,
                                       const char *to, uint32_t flags, envcrypt_wait *wait,
                                       envcrypt_error **err);

/**
 * Decrypts a file into another. The output appears when all of it was checked, with mode 0600.
 * @param keyring    keys, any of which may open it
 * @param config     settings, or NULL
 * @param from       the message file
 * @param to         the plaintext file
 * @param flags      ENVCRYPT_FILE_REPLACE or 0
 * @param wait       deadline and cancel, or NULL
 * @param[out] info  what the header says; freed by envcrypt_message_info_free(); may be NULL
 * @param[out] err   the error, or NULL
 * @return as envcrypt_decrypt() and the file errors of envcrypt_encrypt_file()
 */
ENVCRYPT_API int envcrypt_decrypt_file(envcrypt_keyring *keyring,
                                       const envcrypt_message_config *config, const char *from,
                                       const char *to, uint32_t flags, envcrypt_wait *wait,
                                       envcrypt_message_info **info, envcrypt_error **err);
/** @} */

/** @name Rewrap
 * A message is immutable: two headers for one data key would let an attacker forge. So rewrap
 * verifies a message whole and writes a new one, in one pass.
 * @{ */

/** What a rewrap did. */
typedef struct envcrypt_rewrap_result envcrypt_rewrap_result;

/** Flag: rewrap also where nothing is known to be stale. */
#define ENVCRYPT_REWRAP_FORCE 1u
/** Flag: read the whole new message before it replaces the old one, not only both its ends. */
#define ENVCRYPT_REWRAP_VERIFY 2u

/** Why a message was rewrapped, or why not. */
enum envcrypt_rewrap_reason {
    ENVCRYPT_REWRAP_CURRENT = 1, /**< every encrypted data key is current: nothing done */
    ENVCRYPT_REWRAP_STALE = 2, /**< a key version is not the current one */
    ENVCRYPT_REWRAP_RECIPIENTS = 3, /**< the set of recipients differs */
    ENVCRYPT_REWRAP_SUITE = 4, /**< the suite did not commit to the key */
    ENVCRYPT_REWRAP_FORCED = 5, /**< the caller demanded it */
    ENVCRYPT_REWRAP_UNKNOWN = 6 /**< not known to be stale: nothing done */
};

/**
 * Rewraps a message in memory.
 * @param from         keys that open it
 * @param to           the new recipients; may be the same keyring
 * @param read_config  settings for reading (policy, limits, pairs that must be given again), or
 *                     NULL
 * @param write_config settings for the new message (suite, frame length, context), or NULL. What it
 *                     does not set is that of the old one: frame length, signed or not, context.
 *                     With the old context the pairs that were not stored are not stored again,
 *                     whatever else is required
 * @param message      the message
 * @param size         its bytes
 * @param flags        ENVCRYPT_REWRAP_FORCE, ENVCRYPT_REWRAP_VERIFY
 * @param wait         deadline and cancel, or NULL
 * @param[out] out     the new message, freed by envcrypt_buffer_free(); NULL when nothing was done
 * @param[out] result  what was done, freed by envcrypt_rewrap_result_free(); may be NULL
 * @param[out] err     the error, or NULL
 * @return as envcrypt_decrypt() and envcrypt_encrypt()
 */
ENVCRYPT_API int envcrypt_rewrap(envcrypt_keyring *from, envcrypt_keyring *to,
                                 const envcrypt_message_config *read_config,
                                 const envcrypt_message_config *write_config, const void *message,
                                 size_t size, uint32_t flags, envcrypt_wait *wait,
                                 envcrypt_buffer **out, envcrypt_rewrap_result **result,
                                 envcrypt_error **err);

/**
 * Rewraps a message in memory, into memory of the caller.
 * @param from         as envcrypt_rewrap(), and so the following up to flags
 * @param to           the new recipients
 * @param read_config  settings for reading, or NULL
 * @param write_config settings for the new message, or NULL
 * @param message      the message
 * @param size         its bytes
 * @param flags        ENVCRYPT_REWRAP_FORCE, ENVCRYPT_REWRAP_VERIFY
 * @param out          gets the new message; no part of message; zeros after a failure
 * @param capacity     bytes of room
 * @param[out] made    bytes of the new message; 0 when nothing was done; after
 *                     ENVCRYPT_E_BUFFER_TOO_SMALL the bytes that suffice
 * @param wait         deadline and cancel, or NULL
 * @param[out] result  what was done, freed by envcrypt_rewrap_result_free(); may be NULL
 * @param[out] err     the error, or NULL
 * @return as envcrypt_rewrap(); ENVCRYPT_E_BUFFER_TOO_SMALL
 */
ENVCRYPT_API int envcrypt_rewrap_into(envcrypt_keyring *from, envcrypt_keyring *to,
                                      const envcrypt_message_config *read_config,
                                      const envcrypt_message_config *write_config,
                                      const void *message, size_t size, uint32_t flags, void *out,
                                      size_t capacity, size_t *made, envcrypt_wait *wait,
                                      envcrypt_rewrap_result **result, envcrypt_error **err);

/**
 * Rewraps a message file in place: verify while writing a temporary, open the new header and check
 * the final frame, then rename. Any failure before the rename leaves the old file. Where none of
 * the new recipients can open a message here (public keys alone), the new one is not looked at
 * again; ENVCRYPT_REWRAP_VERIFY is refused then.
 * @param from         keys that open it
 * @param to           the new recipients; may be the same keyring
 * @param read_config  as envcrypt_rewrap()
 * @param write_config as envcrypt_rewrap()
 * @param path         the file; its mode is kept
 * @param flags        ENVCRYPT_REWRAP_FORCE, ENVCRYPT_REWRAP_VERIFY
 * @param wait         deadline and cancel, or NULL
 * @param[out] result  what was done, freed by envcrypt_rewrap_result_free(); may be NULL
 * @param[out] err     the error, or NULL
 * @return as envcrypt_decrypt() and envcrypt_encrypt_file()
 */
ENVCRYPT_API int envcrypt_rewrap_file(envcrypt_keyring *from, envcrypt_keyring *to,
                                      const envcrypt_message_config *read_config,
                                      const envcrypt_message_config *write_config, const char *path,
                                      uint32_t flags, envcrypt_wait *wait,
                                      envcrypt_rewrap_result **result, envcrypt_error **err);

/**
 * Whether a new message was written.
 * @param result  a result
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_rewrap_result_is_changed(const envcrypt_rewrap_result *result);

/**
 * Why.
 * @param result  a result
 * @return one of `ENVCRYPT_REWRAP_…` reasons
 */
ENVCRYPT_API int32_t envcrypt_rewrap_result_reason(const envcrypt_rewrap_result *result);

/**
 * Whether the old message was signed, so that the signer changed or the signature is gone.
 * @param result  a result
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_rewrap_result_is_signer_changed(const envcrypt_rewrap_result *result);

/**
 * Frees a result.
 * @param result  a result, or NULL
 */
ENVCRYPT_API void envcrypt_rewrap_result_free(envcrypt_rewrap_result *result);
/** @} */

/** @name Inspection
 * What a header says, without keys and network. Until the message was decrypted nothing of it is
 * verified.
 * @{ */

/** What a wrapped-key record is for. */
enum envcrypt_record_purpose {
    ENVCRYPT_PURPOSE_KEY = 1, /**< a data key of the caller */
    ENVCRYPT_PURPOSE_VALUES = 2 /**< a data key of small values */
};

/** Answers to questions about encrypted data keys. */
enum envcrypt_answer {
    ENVCRYPT_NO = 0, /**< no */
    ENVCRYPT_YES = 1, /**< yes */
    ENVCRYPT_UNKNOWN = 2 /**< the message does not tell */
};

/**
 * Reads the header at the beginning of a message, or a wrapped-key record.
 * @param data      the message, or its beginning; or a record
 * @param size      its bytes; at least the whole header
 * @param config    limits, or NULL
 * @param[out] out  what it says; freed by envcrypt_message_info_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOT_A_MESSAGE, ENVCRYPT_E_BASE64_MESSAGE, ENVCRYPT_E_HEADER,
 *         ENVCRYPT_E_SUITE, ENVCRYPT_E_RECORD, ENVCRYPT_E_TRUNCATED, ENVCRYPT_E_LIMIT_EDKS,
 *         ENVCRYPT_E_LIMIT_CONTEXT, ENVCRYPT_E_LIMIT_HEADER, ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_inspect(const void *data, size_t size,
                                  const envcrypt_message_config *config,
                                  envcrypt_message_info **out, envcrypt_error **err);

/**
 * Frees an info.
 * @param info  an info, or NULL
 */
ENVCRYPT_API void envcrypt_message_info_free(envcrypt_message_info *info);

/**
 * Whether the header was authenticated by the data key.
 * @param info  an info
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_message_info_is_verified(const envcrypt_message_info *info);

/**
 * The version of the message format.
 * @param info  an info
 * @return 1 or 2; 0 for a wrapped-key record
 */
ENVCRYPT_API int32_t envcrypt_message_info_version(const envcrypt_message_info *info);

/**
 * The algorithm suite.
 * @param info  an info
 * @return one of `ENVCRYPT_SUITE_…`; 0 for a record
 */
ENVCRYPT_API int32_t envcrypt_message_info_suite(const envcrypt_message_info *info);

/**
 * The plaintext bytes of a frame.
 * @param info  an info
 * @return bytes; 0 for an unframed message or a record
 */
ENVCRYPT_API uint32_t envcrypt_message_info_frame_length(const envcrypt_message_info *info);

/**
 * The bytes of the header, its tag included.
 * @param info  an info
 * @return bytes
 */
ENVCRYPT_API size_t envcrypt_message_info_header_size(const envcrypt_message_info *info);

/**
 * The message id.
 * @param info       an info
 * @param[out] size  16 or 32 bytes; 0 for a record
 * @return bytes that live as long as the info
 */
ENVCRYPT_API const void *envcrypt_message_info_id(const envcrypt_message_info *info, size_t *size);

/**
 * The commitment to the data key that the header carries (suite data of the specification).
 * @param info       an info
 * @param[out] size  32 bytes; 0 for a suite that does not commit, or a record; may be NULL
 * @return bytes that live as long as the info; NULL when there are none
 */
ENVCRYPT_API const void *envcrypt_message_info_commitment(const envcrypt_message_info *info,
                                                          size_t *size);

/**
 * What a record is for.
 * @param info  an info
 * @return one of `ENVCRYPT_PURPOSE_…`; 0 for a message
 */
ENVCRYPT_API int32_t envcrypt_message_info_purpose(const envcrypt_message_info *info);

/**
 * The encryption context that is stored, with the signature's public key where there is one. Once
 * the message was decrypted, also the pairs that were given again.
 * @param info  an info
 * @return a context that lives as long as the info
 */
ENVCRYPT_API const envcrypt_context *envcrypt_message_info_context(
    const envcrypt_message_info *info);

/**
 * The number of encrypted data keys.
 * @param info  an info
 * @return their number
 */
ENVCRYPT_API size_t envcrypt_message_info_edks(const envcrypt_message_info *info);

/**
 * The provider id of an encrypted data key, as the message has it: UTF-8 if its writer kept to the
 * format.
 * @param info       an info
 * @param edk        0 to edks - 1
 * @param[out] size  bytes without the NUL behind them; may be NULL
 * @return bytes that live as long as the info; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_message_info_edk_provider(const envcrypt_message_info *info,
                                                            size_t edk, size_t *size);

/**
 * The id of the key that wrapped an encrypted data key, as the message has it: UTF-8 if its writer
 * kept to the format.
 * @param info       an info
 * @param edk        0 to edks - 1
 * @param[out] size  bytes without the NUL behind them; may be NULL
 * @return bytes that live as long as the info; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_message_info_edk_key_id(const envcrypt_message_info *info,
                                                          size_t edk, size_t *size);

/**
 * The key info of an encrypted data key as it stands in the header (layouts: doc/format.md).
 * @param info       an info
 * @param edk        0 to edks - 1
 * @param[out] size  bytes; may be NULL
 * @return bytes that live as long as the info; NULL past the end
 */
ENVCRYPT_API const void *envcrypt_message_info_edk_info(const envcrypt_message_info *info,
                                                        size_t edk, size_t *size);

/**
 * The wrapped data key itself.
 * @param info       an info
 * @param edk        0 to edks - 1
 * @param[out] size  bytes; may be NULL
 * @return bytes that live as long as the info; NULL past the end
 */
ENVCRYPT_API const void *envcrypt_message_info_edk_ciphertext(const envcrypt_message_info *info,
                                                              size_t edk, size_t *size);

/**
 * The version of that key, where the encrypted data key tells.
 * @param info  an info
 * @param edk   0 to edks - 1
 * @return text that lives as long as the info; NULL when it does not tell
 */
ENVCRYPT_API const char *envcrypt_message_info_edk_key_version(const envcrypt_message_info *info,
                                                               size_t edk);

/**
 * When the data key was wrapped, where the encrypted data key tells.
 * @param info  an info
 * @param edk   0 to edks - 1
 * @return milliseconds since 1970; -1 when it does not tell
 */
ENVCRYPT_API int64_t envcrypt_message_info_edk_wrapped_ms(const envcrypt_message_info *info,
                                                          size_t edk);

/**
 * Whether an encrypted data key is under the current version of its key.
 * @param info     an info
 * @param edk      0 to edks - 1
 * @param keyring  the keyring whose key is asked; without I/O to any cloud
 * @return one of ENVCRYPT_NO, ENVCRYPT_YES, ENVCRYPT_UNKNOWN (no key of the keyring, or its kind
 *         does not tell)
 */
ENVCRYPT_API int32_t envcrypt_message_info_edk_is_current(const envcrypt_message_info *info,
                                                          size_t edk, envcrypt_keyring *keyring);

/**
 * The same, asking the key service: one unwrap, and where that does not tell one DESCRIBE, whose
 * current version is compared with the one that unwrapped. Local keys answer without.
 * @param info        an info
 * @param edk         0 to edks - 1
 * @param keyring     the keyring whose key is asked
 * @param context     pairs of the context that the message does not store, or NULL
 * @param wait        deadline and cancel, or NULL
 * @param[out] answer one of ENVCRYPT_NO, ENVCRYPT_YES, ENVCRYPT_UNKNOWN (no key of the keyring, or
 *                    the service does not tell)
 * @param[out] err    the error, or NULL
 * @return 0; the errors of keys (kms.h), ENVCRYPT_E_CONTEXT_DUPLICATE (a pair that is stored),
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_message_info_ask_current(const envcrypt_message_info *info, size_t edk,
                                                   envcrypt_keyring *keyring,
                                                   const envcrypt_context *context,
                                                   envcrypt_wait *wait, int32_t *answer,
                                                   envcrypt_error **err);

/**
 * Whether a message should be rewrapped.
 * @param info        an info
 * @param keyring     the recipients that are wanted
 * @param max_age_ms  the most age of the wrapping (of a local key: of its version); negative = any
 * @param[out] answer ENVCRYPT_YES: a key is not current, too old, missing from or not in the
 *                    keyring, or the suite does not commit; ENVCRYPT_NO; ENVCRYPT_UNKNOWN: some key
 *                    does not tell
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_message_info_needs_rewrap(const envcrypt_message_info *info,
                                                    envcrypt_keyring *keyring, int64_t max_age_ms,
                                                    int32_t *answer, envcrypt_error **err);

/**
 * What the getters tell, as one JSON object; of wrapped data keys and key infos only their sizes
 * and meaning. Members may be added in later versions.
 * @param info      an info
 * @param[out] out  UTF-8 JSON; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_message_info_to_json(const envcrypt_message_info *info,
                                               envcrypt_buffer **out, envcrypt_error **err);
/** @} */

/** @name Small values
 * Fields and tokens under one data key, which is kept as a record (layout: doc/format.md). 73 bytes
 * are added to each value.
 * @{ */

/** Bytes that a sealed value is longer than its plaintext. */
#define ENVCRYPT_VALUE_OVERHEAD 73
/** The most bytes of a value. */
#define ENVCRYPT_VALUE_MAX 1048576

/** A data key made ready for small values; shared and counted. */
typedef struct envcrypt_value_key envcrypt_value_key;

/**
 * Makes a new data key for values.
 * @param keyring      the recipients
 * @param context      the context of the record; may be NULL
 * @param wait         deadline and cancel, or NULL
 * @param[out] out     the key; given back by envcrypt_value_key_unref()
 * @param[out] record  its record, to be stored; freed by envcrypt_buffer_free()
 * @param[out] err     the error, or NULL
 * @return as envcrypt_dek_wrap(), but ENVCRYPT_E_DESTROYED
 */
ENVCRYPT_API int envcrypt_value_key_new(envcrypt_keyring *keyring, const envcrypt_context *context,
                                        envcrypt_wait *wait, envcrypt_value_key **out,
                                        envcrypt_buffer **record, envcrypt_error **err);

/**
 * Opens the data key of a record for values.
 * @param keyring   keys, any of which may open it
 * @param record    the record
 * @param size      its bytes
 * @param context   pairs that must be in the record's context with these values; may be NULL
 * @param cache     a cache of data keys, or NULL
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the key; given back by envcrypt_value_key_unref()
 * @param[out] err  the error, or NULL
 * @return as envcrypt_dek_unwrap()
 */
ENVCRYPT_API int envcrypt_value_key_open(envcrypt_keyring *keyring, const void *record, size_t size,
                                         const envcrypt_context *context, envcrypt_cache *cache,
                                         envcrypt_wait *wait, envcrypt_value_key **out,
                                         envcrypt_error **err);

/**
 * Takes one more reference.
 * @param key  a value key, or NULL
 * @return the same key
 */
ENVCRYPT_API envcrypt_value_key *envcrypt_value_key_ref(envcrypt_value_key *key);

/**
 * Gives a reference back; the last one wipes the key. Legal in a child of fork.
 * @param key  a value key, or NULL
 */
ENVCRYPT_API void envcrypt_value_key_unref(envcrypt_value_key *key);

/**
 * The commitment to the data key, which every value under it carries in bytes 1 to 32.
 * @param key       a value key
 * @param[out] out  32 bytes
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_value_key_commitment(const envcrypt_value_key *key, void *out,
                                               envcrypt_error **err);

/**
 * Seals a value (XAES-256-GCM of C2SP; layout: doc/format.md). Equal values give different results.
 * Any number of threads may use one key.
 * @param key        a value key
 * @param context    pairs bound to the value and not stored; may be NULL
 * @param plain      the value
 * @param size       its bytes, at most ENVCRYPT_VALUE_MAX
 * @param[out] out   room for size + ENVCRYPT_VALUE_OVERHEAD bytes; zeroed on failure
 * @param capacity   bytes of room
 * @param[out] made  bytes of the sealed value
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_VALUE_SIZE, ENVCRYPT_E_BUFFER_TOO_SMALL, ENVCRYPT_E_LIMIT_CONTEXT (more
 *         than 8 KiB), ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_value_seal(envcrypt_value_key *key, const envcrypt_context *context,
                                     const void *plain, size_t size, void *out, size_t capacity,
                                     size_t *made, envcrypt_error **err);

/**
 * Opens a sealed value.
 * @param key        a value key
 * @param context    the pairs that it was sealed with; may be NULL
 * @param value      the sealed value
 * @param size       its bytes
 * @param[out] out   room for size - ENVCRYPT_VALUE_OVERHEAD bytes; zeroed on failure
 * @param capacity   bytes of room
 * @param[out] made  bytes of the value
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_VALUE, ENVCRYPT_E_VALUE_KEY, ENVCRYPT_E_VALUE_AUTH,
 *         ENVCRYPT_E_BUFFER_TOO_SMALL, ENVCRYPT_E_LIMIT_CONTEXT, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_value_open(envcrypt_value_key *key, const envcrypt_context *context,
                                     const void *value, size_t size, void *out, size_t capacity,
                                     size_t *made, envcrypt_error **err);
/** @} */

#ifdef __cplusplus
}
#endif

#endif
