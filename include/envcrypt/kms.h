/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * Key services, and the local key store. An envcrypt_kms is one key of one key service: it wraps
 * and unwraps data keys. It is opened from a URI, from raw key material, or served by the
 * caller's own callback.
 *
 * Threads: an envcrypt_kms is shared, counted, and safe from any number of threads. Contexts,
 * configs, protectors and key stores: one thread at a time.
 *
 * **The errors of keys** are what a call that wraps or unwraps under keys may return beside what
 * its comment names:
 *
 * - what the key says: ENVCRYPT_E_UNWRAP (another key, another context or changed bytes),
 *   ENVCRYPT_E_KEY_NOT_FOUND, ENVCRYPT_E_KEY_DISABLED, ENVCRYPT_E_KEY_DESTROYED,
 *   ENVCRYPT_E_KEY_EXHAUSTED, ENVCRYPT_E_KEY_READ_ONLY, ENVCRYPT_E_KEY_SIZE,
 *   ENVCRYPT_E_UNSUPPORTED;
 * - what a custom key service does: ENVCRYPT_E_KEY_MISMATCH (it used another key than the expected
 *   one), ENVCRYPT_E_BAD_DEK (a data key of wrong length or all zero), ENVCRYPT_E_CALLBACK, and
 *   every code that it finishes with;
 * - what a key store says whose file changed: ENVCRYPT_E_STORE_CHANGED, ENVCRYPT_E_STORE_MAC,
 *   ENVCRYPT_E_STORE_FORMAT, ENVCRYPT_E_STORE_NEWER, ENVCRYPT_E_STORE_KDF,
 *   ENVCRYPT_E_FILE_TOO_OPEN, ENVCRYPT_E_FILE_TYPE, ENVCRYPT_E_FILE_TOO_LARGE; and where its file
 *   must be read and cannot be, ENVCRYPT_E_FILE_NOT_FOUND, ENVCRYPT_E_FILE_DENIED,
 *   ENVCRYPT_E_FILE_CHANGED, ENVCRYPT_E_IO;
 * - what a key of a cloud says: ENVCRYPT_E_CONTEXT, ENVCRYPT_E_DENIED, ENVCRYPT_E_THROTTLED,
 *   ENVCRYPT_E_REQUEST_REFUSED, ENVCRYPT_E_BILLING, ENVCRYPT_E_SERVICE_QUOTA,
 *   ENVCRYPT_E_KEY_MISMATCH, ENVCRYPT_E_BAD_DEK, ENVCRYPT_E_KEY_PENDING_DELETION,
 *   ENVCRYPT_E_KEY_PENDING_IMPORT, ENVCRYPT_E_KEY_UNAVAILABLE, ENVCRYPT_E_KEY_NOT_READY,
 *   ENVCRYPT_E_KEY_DECRYPT_ONLY, ENVCRYPT_E_KEY_UNSUITABLE;
 * - **the errors of the network**: ENVCRYPT_E_NO_CREDENTIALS, ENVCRYPT_E_BAD_CREDENTIALS,
 *   ENVCRYPT_E_CREDENTIALS_DOWN, ENVCRYPT_E_AUTH, ENVCRYPT_E_NET_DNS, ENVCRYPT_E_NET_CONNECT,
 *   ENVCRYPT_E_NET_BROKEN, ENVCRYPT_E_PROXY, ENVCRYPT_E_TLS, ENVCRYPT_E_REDIRECT,
 *   ENVCRYPT_E_PROTOCOL, ENVCRYPT_E_SERVICE_DOWN, ENVCRYPT_E_CALL_BUDGET,
 *   ENVCRYPT_E_TRANSPORT (of a transport of the application);
 * - what the machine lacks: ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_RANDOM,
 *   ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_NOMEM.
 */
#ifndef ENVCRYPT_KMS_H
#define ENVCRYPT_KMS_H

#include "envcrypt/buffer.h"
#include "envcrypt/client.h"
#include "envcrypt/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** @name Encryption context
 * Pairs of text that are not secret and are bound to a ciphertext: whoever opens it must have the
 * same. Key services write them to their audit trails.
 * @{ */

/** An encryption context: unique names with values. */
typedef struct envcrypt_context envcrypt_context;

/**
 * Makes an empty context.
 * @param[out] out  the context; freed by envcrypt_context_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_context_new(envcrypt_context **out, envcrypt_error **err);

/**
 * Frees a context.
 * @param context  a context, or NULL
 */
ENVCRYPT_API void envcrypt_context_free(envcrypt_context *context);

/**
 * Adds a pair. Names are unique; an empty value is legal, an empty name is not.
 * @param context  a context
 * @param name     UTF-8; may not begin with "aws-crypto-"
 * @param value    UTF-8
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_CONTEXT_DUPLICATE, ENVCRYPT_E_CONTEXT_RESERVED, ENVCRYPT_E_UTF8,
 *         ENVCRYPT_E_LIMIT_CONTEXT (more than 65,535 bytes), ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_context_add(envcrypt_context *context, const char *name,
                                      const char *value, envcrypt_error **err);

/**
 * The number of pairs.
 * @param context  a context, or NULL
 * @return pairs
 */
ENVCRYPT_API size_t envcrypt_context_count(const envcrypt_context *context);

/**
 * The name of a pair, in the order of the bytes of the names.
 * @param context    a context
 * @param index      0 to count - 1
 * @param[out] size  bytes without the NUL behind them; may be NULL. The context of a message that
 *                   others wrote may hold NUL bytes: programs that bind the library use the size
 * @return text that lives as long as the context is unchanged; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_context_name(const envcrypt_context *context, size_t index,
                                               size_t *size);

/**
 * The value of a pair.
 * @param context    a context
 * @param index      0 to count - 1
 * @param[out] size  bytes without the NUL behind them, as of envcrypt_context_name(); may be NULL
 * @return text that lives as long as the context is unchanged; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_context_value(const envcrypt_context *context, size_t index,
                                                size_t *size);
/** @} */

/** @name Protectors
 * What opens a key store: any one of its protectors does. The same list says which protectors a new
 * store gets and which ones are presented to open a store.
 * @{ */

/** One key of a key service; shared and counted. */
typedef struct envcrypt_kms envcrypt_kms;
/** A list of protectors. Secrets live in the arena of the client, RSA keys in OpenSSL's memory. */
typedef struct envcrypt_protectors envcrypt_protectors;

/** Types of protectors. */
enum envcrypt_protector_type {
    ENVCRYPT_PROTECTOR_PASSPHRASE = 1, /**< Argon2id of a passphrase */
    ENVCRYPT_PROTECTOR_KEY_FILE = 2, /**< a file of exactly 32 bytes, mode 0600 */
    ENVCRYPT_PROTECTOR_RAW_KEY = 3, /**< 32 bytes that the caller keeps */
    ENVCRYPT_PROTECTOR_RSA = 4, /**< an RSA key: the public half protects, the private opens */
    ENVCRYPT_PROTECTOR_KMS = 5 /**< a key of a key service, of a cloud say */
};

/**
 * Makes an empty list.
 * @param client    whose arena holds the secrets
 * @param[out] out  the list; freed by envcrypt_protectors_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_protectors_new(envcrypt_client *client, envcrypt_protectors **out,
                                         envcrypt_error **err);

/**
 * Wipes and frees a list.
 * @param protectors  a list, or NULL
 */
ENVCRYPT_API void envcrypt_protectors_free(envcrypt_protectors *protectors);

/**
 * Adds a passphrase.
 * @param protectors  a list
 * @param passphrase  1 to 4,096 bytes, used as they are
 * @param size        their number
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_protectors_add_passphrase(envcrypt_protectors *protectors,
                                                    const void *passphrase, size_t size,
                                                    envcrypt_error **err);

/**
 * Adds a key file, read now: 32 bytes, not readable by others.
 * @param protectors  a list
 * @param path        the file
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_FILE_NOT_FOUND, ENVCRYPT_E_FILE_DENIED, ENVCRYPT_E_FILE_TOO_OPEN,
 *         ENVCRYPT_E_FILE_TYPE, ENVCRYPT_E_FILE_CHANGED, ENVCRYPT_E_KEY_SIZE, ENVCRYPT_E_IO, and as
 *         envcrypt_protectors_add_passphrase()
 */
ENVCRYPT_API int envcrypt_protectors_add_key_file(envcrypt_protectors *protectors, const char *path,
                                                  envcrypt_error **err);

/**
 * Adds 32 bytes of the caller.
 * @param protectors  a list
 * @param key         32 random bytes; not all zero
 * @param size        must be 32
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_SIZE, and as envcrypt_protectors_add_passphrase()
 */
ENVCRYPT_API int envcrypt_protectors_add_raw_key(envcrypt_protectors *protectors, const void *key,
                                                 size_t size, envcrypt_error **err);

/**
 * Adds the public half of an RSA recovery key: it can protect a store, not open one.
 * @param protectors  a list
 * @param pem         SubjectPublicKeyInfo in PEM (RFC 7468), 3,072 bits or more
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT (no such PEM, or a smaller key), ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_protectors_add_rsa_public(envcrypt_protectors *protectors,
                                                    const char *pem, envcrypt_error **err);

/**
 * Adds the private half of an RSA recovery key: it opens the stores that its public half protects.
 * @param protectors  a list
 * @param pem         PKCS #8 in PEM (RFC 5958, 7468); wiping the caller's copy is the caller's part
 * @param passphrase  of an encrypted PEM, at most 1,024 bytes; NULL for a plain one
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT (no such PEM, or a smaller key), ENVCRYPT_E_PASSPHRASE,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_protectors_add_rsa_private(envcrypt_protectors *protectors,
                                                     const char *pem, const char *passphrase,
                                                     envcrypt_error **err);

/**
 * Adds a key of a key service: opening a store costs one unwrap under it, then work goes on without
 * the service. Whoever may encrypt under the key can make a store that it opens, so the origin of
 * such a store is not proven unless its fingerprint is pinned.
 * @param protectors  a list
 * @param kms         a key that wraps (to protect) or unwraps (to open); a reference is taken
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_protectors_add_kms(envcrypt_protectors *protectors, envcrypt_kms *kms,
                                             envcrypt_error **err);

/**
 * Sets the cost of Argon2id (RFC 9106, one lane) for passphrases of this list when they protect a
 * store; what is in the file counts when they open one.
 * @param protectors  a list
 * @param passes      1 to 16; default 3
 * @param memory_kib  8,192 to 1,048,576 KiB; default 262,144
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_STORE_KDF, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_protectors_set_argon2(envcrypt_protectors *protectors, uint32_t passes,
                                                uint32_t memory_kib, envcrypt_error **err);
/** @} */

/** @name Credentials of clouds
 * By default a key of a cloud finds its credentials where that cloud's own tools find them. These
 * objects are for programs that have credentials of their own, that share one chain among many keys,
 * or that want to see where credentials come from. Shared and counted; any number of threads.
 * @{ */

/** Credentials of one provider: fixed ones, or a chain of sources that is asked and renewed. */
typedef struct envcrypt_credentials envcrypt_credentials;
/** Settings for opening a key; copied. */
typedef struct envcrypt_kms_config envcrypt_kms_config;

/**
 * Fixed credentials of the caller. AWS (`aws`) and Alibaba Cloud (`alibaba`): id and secret of an
 * access key, with the token of a session where they have one. IBM Cloud (`ibm`): a bearer token as
 * token, which is used as it is until the service refuses it, or an API key as secret, for which
 * tokens are fetched and renewed; no id.
 * @param client       the client
 * @param provider     `aws`, `ibm` or `alibaba`
 * @param id           id of the access key; NULL for ibm
 * @param secret       its secret, or the API key; copied to the arena. NULL = none
 * @param secret_size  its bytes
 * @param token        session or bearer token; copied to the arena. NULL = none
 * @param token_size   its bytes
 * @param config       for an API key the options that say where IAM is (`iam-url`, `private`,
 *                     `profile-id`, `profile-name`, `profile-crn`); else, or NULL, none
 * @param[out] out     the credentials; given back by envcrypt_credentials_unref()
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT (no such provider, or parts that it does not have),
 *         ENVCRYPT_E_BAD_CREDENTIALS (bytes that none has), ENVCRYPT_E_NOT_BUILT,
 *         ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_credentials_new(envcrypt_client *client, const char *provider,
                                          const char *id, const void *secret, size_t secret_size,
                                          const void *token, size_t token_size,
                                          const envcrypt_kms_config *config,
                                          envcrypt_credentials **out, envcrypt_error **err);

/**
 * The chain of a provider: environment, files, and the services that give credentials to machines,
 * as that cloud's own tools look at them. Environment and files are read now, services are asked
 * when credentials are needed.
 * @param client    the client
 * @param provider  `aws`, `ibm` or `alibaba`; or the URI of a key or service, whose chain is meant,
 *                  with its options
 * @param config    options that say where to look (`profile`, `region` and the others of keys of
 *                  that provider, doc/keys.md), or NULL
 * @param[out] out  the credentials; given back by envcrypt_credentials_unref()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT (no such provider), ENVCRYPT_E_URI, ENVCRYPT_E_UNKNOWN_OPTION,
 *         ENVCRYPT_E_BAD_CREDENTIALS (what is configured cannot be read), ENVCRYPT_E_NOT_BUILT,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_credentials_open(envcrypt_client *client, const char *provider,
                                           const envcrypt_kms_config *config,
                                           envcrypt_credentials **out, envcrypt_error **err);

/**
 * Takes one more reference.
 * @param credentials  credentials, or NULL
 * @return the same credentials
 */
ENVCRYPT_API envcrypt_credentials *envcrypt_credentials_ref(envcrypt_credentials *credentials);

/**
 * Gives a reference back; the last one wipes the secrets. Legal in a child of fork.
 * @param credentials  credentials, or NULL
 */
ENVCRYPT_API void envcrypt_credentials_unref(envcrypt_credentials *credentials);

/**
 * Fetches credentials if none are there, and tells where they come from; never the secret. One row:
 * `provider`, `source` (`environment`, `profile`, …, `fixed`), `detail` (which profile, file or
 * role), `id` (of the access key), `account`, `expires`.
 * @param credentials  credentials
 * @param wait         deadline and cancel, or NULL
 * @param[out] out     the answer; freed by envcrypt_table_free()
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_NO_CREDENTIALS, ENVCRYPT_E_BAD_CREDENTIALS, ENVCRYPT_E_CREDENTIALS_DOWN,
 *         ENVCRYPT_E_AUTH, ENVCRYPT_E_DENIED, the errors of the network,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_credentials_check(envcrypt_credentials *credentials, envcrypt_wait *wait,
                                            envcrypt_table **out, envcrypt_error **err);
/** @} */

/** @name Key services
 * @{ */

/** What a key service says about a key. */
typedef struct envcrypt_key_info envcrypt_key_info;
/** One request to a custom key service. */
typedef struct envcrypt_call envcrypt_call;

/** What can be asked of a key service; also bits for envcrypt_kms_operations(). */
enum envcrypt_operation {
    ENVCRYPT_OP_WRAP = 1, /**< wrap a data key */
    ENVCRYPT_OP_UNWRAP = 2, /**< unwrap a data key */
    ENVCRYPT_OP_GENERATE = 4, /**< make a data key, and wrap it */
    ENVCRYPT_OP_REWRAP = 8, /**< wrap a wrapped key anew without showing it */
    ENVCRYPT_OP_DESCRIBE = 16, /**< state and versions of the key */
    ENVCRYPT_OP_ROTATE = 32, /**< make a new version */
    ENVCRYPT_OP_PROBE = 64, /**< answer that it works, without a data key */
    ENVCRYPT_OP_BRANCH_KEY = 128 /**< hand out a branch key */
};

/** States of a key or of a version of it. */
enum envcrypt_key_state {
    ENVCRYPT_KEY_UNKNOWN = 0, /**< the service does not say */
    ENVCRYPT_KEY_ENABLED = 1, /**< wraps and unwraps */
    ENVCRYPT_KEY_DISABLED = 2, /**< does nothing until it is enabled */
    ENVCRYPT_KEY_DESTROYED = 3, /**< gone */
    ENVCRYPT_KEY_DECRYPT_ONLY = 4, /**< unwraps only */
    ENVCRYPT_KEY_PENDING_DELETION = 5, /**< will be destroyed */
    ENVCRYPT_KEY_PENDING_IMPORT = 6, /**< has no material yet */
    ENVCRYPT_KEY_UNAVAILABLE = 7, /**< its store cannot be reached */
    ENVCRYPT_KEY_CREATING = 8 /**< not ready yet */
};

/** Paddings of raw RSA keys. */
enum envcrypt_rsa_padding {
    ENVCRYPT_RSA_PKCS1 = 1, /**< PKCS #1 v1.5: to read old messages */
    ENVCRYPT_RSA_OAEP_SHA1 = 2, /**< OAEP with SHA-1 and MGF1-SHA-1 */
    ENVCRYPT_RSA_OAEP_SHA256 = 3, /**< OAEP with SHA-256 and MGF1-SHA-256 */
    ENVCRYPT_RSA_OAEP_SHA384 = 4, /**< OAEP with SHA-384 and MGF1-SHA-384 */
    ENVCRYPT_RSA_OAEP_SHA512 = 5 /**< OAEP with SHA-512 and MGF1-SHA-512 */
};

/** Flag: a PKCS #1 v1.5 key may also write. */
#define ENVCRYPT_RAW_WRITE_PKCS1 1u

/**
 * Makes empty settings.
 * @param[out] out  the config; freed by envcrypt_kms_config_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_kms_config_new(envcrypt_kms_config **out, envcrypt_error **err);

/**
 * Frees settings.
 * @param config  a config, or NULL
 */
ENVCRYPT_API void envcrypt_kms_config_free(envcrypt_kms_config *config);

/**
 * Sets an option by name. Which names a key service knows is checked when it is opened. Key store:
 * `fingerprint` (32 hex digits) pins the store.
 * @param config  a config
 * @param name    the option
 * @param value   its value; NULL takes the option back
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_kms_config_set(envcrypt_kms_config *config, const char *name,
                                         const char *value, envcrypt_error **err);

/**
 * Gives the protectors to open a key store with.
 * @param config      a config
 * @param protectors  the list, not copied: it must live until the last envcrypt_kms_open() with
 *                    this config returned. NULL takes it back
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_kms_config_set_protectors(envcrypt_kms_config *config,
                                                    const envcrypt_protectors *protectors,
                                                    envcrypt_error **err);

/**
 * Gives the credentials to open a key of a cloud, or a service, with, in place of the provider's
 * chain.
 * @param config       a config
 * @param credentials  credentials of the same provider; a reference is taken. NULL takes them back
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_kms_config_set_credentials(envcrypt_kms_config *config,
                                                     envcrypt_credentials *credentials,
                                                     envcrypt_error **err);

/**
 * Opens a key by URI. `local:///path/store.json#NAME` is a key of a key store, with
 * `?fingerprint=HEX` before the `#` to pin the store; without `#NAME` it opens whatever key of
 * the store a message names, and only for decryption in discovery mode. A key store handle
 * notices changes of its file within a second.
 *
 * Keys of clouds: `aws-kms:///ARN` or `aws-kms://REGION/KEY`, `ibm-kp:///CRN` or
 * `ibm-kp://HOST-OR-REGION/INSTANCE/KEY`, `alibaba-kms:///ARN` or `alibaba-kms://REGION/KEY`, with
 * their options as `?name=value` (doc/keys.md). An alias or bare id is resolved here, once, and
 * replies are compared with what it was.
 * @param client   the client
 * @param uri      the URI; parts are percent-encoded
 * @param config   settings, or NULL
 * @param wait     deadline and cancel, or NULL
 * @param[out] out  the key; given back by envcrypt_kms_unref()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_URI, ENVCRYPT_E_UNKNOWN_OPTION (the message names the nearest),
 *         ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_KEY_NOT_FOUND, for a key store also the errors of
 *         envcrypt_keystore_open(), for a key of a cloud ENVCRYPT_E_REGION, ENVCRYPT_E_ENDPOINT, the
 *         errors of keys and those of the network; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT (an option
 *         that differs from the one in the URI, too), ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kms_open(envcrypt_client *client, const char *uri,
                                   const envcrypt_kms_config *config, envcrypt_wait *wait,
                                   envcrypt_kms **out, envcrypt_error **err);

/**
 * Opens a raw AES key, which wraps by AES-GCM as the raw AES keyring of the AWS Encryption SDK does
 * (specification: framework/raw-aes-keyring.md). What is opened here wraps 2^32 times, then it is
 * ENVCRYPT_E_KEY_EXHAUSTED. A key of zero bytes only, which is what wiped memory looks like, opens old
 * messages; wrapping under it is ENVCRYPT_E_KEY_READ_ONLY.
 * @param client      the client
 * @param name_space  the provider id, 1 to 1,024 bytes of UTF-8; may not begin with "aws-kms" or
 *                    "envcrypt-"
 * @param name        the key's name, 1 to 1,024 bytes of UTF-8
 * @param key         the key; copied to the arena, wiping the caller's copy is the caller's part
 * @param size        16, 24 or 32 bytes
 * @param[out] out    the key; given back by envcrypt_kms_unref()
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_SIZE, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_ARENA_FULL,
 *         ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kms_open_raw_aes(envcrypt_client *client, const char *name_space,
                                           const char *name, const void *key, size_t size,
                                           envcrypt_kms **out, envcrypt_error **err);

/**
 * Opens a raw RSA key (AWS Encryption SDK specification: framework/raw-rsa-keyring.md). Without the
 * public half it only opens, without the private half it only writes.
 * @param client       the client
 * @param name_space   the provider id, 1 to 1,024 bytes of UTF-8; may not begin with "aws-kms" or
 *                     "envcrypt-"
 * @param name         the key's name, 1 to 1,024 bytes of UTF-8
 * @param public_pem   SubjectPublicKeyInfo in PEM, 2,048 bits or more, or NULL
 * @param private_pem  PKCS #8 in PEM, not encrypted, or NULL; wiping it is the caller's part
 * @param padding      one of `ENVCRYPT_RSA_…`
 * @param flags        ENVCRYPT_RAW_WRITE_PKCS1 or 0
 * @param[out] out     the key; given back by envcrypt_kms_unref()
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_PASSPHRASE (an encrypted private_pem), ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kms_open_raw_rsa(envcrypt_client *client, const char *name_space,
                                           const char *name, const char *public_pem,
                                           const char *private_pem, int32_t padding, uint32_t flags,
                                           envcrypt_kms **out, envcrypt_error **err);

/**
 * Serves one request. Called on the thread of the call that needs it. The call is finished by
 * envcrypt_call_finish() inside the function or later, from any thread.
 * @param call  the request; lives until it is finished
 * @param user  as given when the key was opened
 */
typedef void (*envcrypt_call_fn)(envcrypt_call *call, void *user);

/**
 * Opens a branch key: data keys are wrapped locally under keys derived from it, as the hierarchical
 * keyring of the AWS Encryption SDK does. The function answers ENVCRYPT_OP_BRANCH_KEY: it sets
 * 32 bytes of output and the key version, a UUID as text. envcrypt_call_key_version() says which
 * version is wanted; "" is the active one.
 * @param client         the client
 * @param branch_key_id  1 to 1,024 bytes of UTF-8
 * @param serve          the function
 * @param user           passed to it
 * @param destroy        called once with user when the key is closed, by the last reference or the
 *                       last finish of a call, on that thread, or when this function fails; not in
 *                       a child of fork. May be NULL
 * @param[out] out       the key; given back by envcrypt_kms_unref()
 * @param[out] err       the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kms_open_branch(envcrypt_client *client, const char *branch_key_id,
                                          envcrypt_call_fn serve, void *user,
                                          envcrypt_destroy_fn destroy, envcrypt_kms **out,
                                          envcrypt_error **err);

/**
 * Opens a key of the caller's own key service. Messages name it by provider_id and key_id (layout:
 * doc/format.md).
 * @param client       the client
 * @param provider_id  1 to 64 bytes of `[a-z0-9._-]`; may not begin with "aws-kms" or "envcrypt-"
 * @param key_id       1 to 2,048 bytes of UTF-8
 * @param operations   the bits `ENVCRYPT_OP_…` that serve answers; WRAP or UNWRAP at least
 * @param serve        the function
 * @param user         passed to it
 * @param destroy      called once with user when the key is closed, by the last reference or the
 *                     last finish of a call, on that thread, or when this function fails; not in a
 *                     child of fork. May be NULL
 * @param[out] out     the key; given back by envcrypt_kms_unref()
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kms_open_custom(envcrypt_client *client, const char *provider_id,
                                          const char *key_id, uint32_t operations,
                                          envcrypt_call_fn serve, void *user,
                                          envcrypt_destroy_fn destroy, envcrypt_kms **out,
                                          envcrypt_error **err);

/**
 * Takes one more reference.
 * @param kms  a key, or NULL
 * @return the same key
 */
ENVCRYPT_API envcrypt_kms *envcrypt_kms_ref(envcrypt_kms *kms);

/**
 * Gives a reference back; the last one closes the key. Legal in a child of fork.
 * @param kms  a key, or NULL
 */
ENVCRYPT_API void envcrypt_kms_unref(envcrypt_kms *kms);

/**
 * The provider id under which messages name this key.
 * @param kms  a key
 * @return text that lives as long as the key; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_kms_provider_id(const envcrypt_kms *kms);

/**
 * The resolved id of the key: a key store's key name, a raw key's name, a key service's full id.
 * @param kms  a key
 * @return text that lives as long as the key; "" where any key of a store is used
 */
ENVCRYPT_API const char *envcrypt_kms_key_id(const envcrypt_kms *kms);

/**
 * What the key can be asked to do.
 * @param kms  a key
 * @return bits `ENVCRYPT_OP_…`
 */
ENVCRYPT_API uint32_t envcrypt_kms_operations(const envcrypt_kms *kms);

/**
 * Whether the origin of the key is proven, not only its consistency: 0 for a key store that was
 * opened by a public-key protector without a pinned fingerprint.
 * @param kms  a key
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_kms_is_authenticated(const envcrypt_kms *kms);

/**
 * Asks for state and versions of the key.
 * @param kms       a key
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the answer; freed by envcrypt_key_info_free()
 * @param[out] err  the error, or NULL
 * @return 0; the errors of keys (ENVCRYPT_E_UNSUPPORTED: a raw key, or a service that does not
 *         answer DESCRIBE), ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kms_describe(envcrypt_kms *kms, envcrypt_wait *wait,
                                       envcrypt_key_info **out, envcrypt_error **err);

/**
 * Makes a new version of the key, which wraps from now on.
 * @param kms       a key
 * @param wait      deadline and cancel, or NULL
 * @param[out] err  the error, or NULL
 * @return as envcrypt_kms_describe(); for a key of a key store as envcrypt_keystore_rotate()
 */
ENVCRYPT_API int envcrypt_kms_rotate(envcrypt_kms *kms, envcrypt_wait *wait, envcrypt_error **err);

/**
 * Asks whether the key can be used now, without moving a data key where the service can. Otherwise
 * a random key is wrapped, and unwrapped where the key can.
 * @param kms       a key
 * @param wait      deadline and cancel, or NULL
 * @param[out] err  the error, or NULL
 * @return 0 when it can; the reason otherwise, as envcrypt_kms_describe()
 */
ENVCRYPT_API int envcrypt_kms_probe(envcrypt_kms *kms, envcrypt_wait *wait, envcrypt_error **err);

/**
 * A pre-flight self-test of a key: asks as whom it is used, describes it, makes and wraps a random
 * data key, unwraps it, sees that another encryption context is refused, and rewraps, each as far as
 * the key can. A row for each step: `step`, `result` (`ok`, `failed`, `skipped`, `unknown`: nobody
 * tells as whom it is used, which is no failure), `detail`, `permission` (what the service calls the
 * right that is missing), `milliseconds`, `error` (the name of a failure, `ENVCRYPT_E_…`). Where the
 * service is not reached, or takes no credentials, the steps that follow are skipped.
 * @param kms          a key
 * @param wait         deadline and cancel, or NULL
 * @param[out] failed  how many steps failed; may be NULL
 * @param[out] out     the answer; freed by envcrypt_table_free()
 * @param[out] err     the error, or NULL
 * @return 0 whatever was found; ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_kms_check(envcrypt_kms *kms, envcrypt_wait *wait, size_t *failed,
                                    envcrypt_table **out, envcrypt_error **err);

/**
 * The id of the key.
 * @param info  what envcrypt_kms_describe() gave
 * @return text that lives as long as info; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_key_info_id(const envcrypt_key_info *info);

/**
 * The state of the key.
 * @param info  what envcrypt_kms_describe() gave
 * @return one of `ENVCRYPT_KEY_…`
 */
ENVCRYPT_API int32_t envcrypt_key_info_state(const envcrypt_key_info *info);

/**
 * The number of versions that the service tells of.
 * @param info  what envcrypt_kms_describe() gave
 * @return versions; 0 when it tells of none
 */
ENVCRYPT_API size_t envcrypt_key_info_versions(const envcrypt_key_info *info);

/**
 * The id of a version, oldest first.
 * @param info   what envcrypt_kms_describe() gave
 * @param index  0 to versions - 1
 * @return text that lives as long as info; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_key_info_version(const envcrypt_key_info *info, size_t index);

/**
 * The state of a version.
 * @param info   what envcrypt_kms_describe() gave
 * @param index  0 to versions - 1
 * @return one of `ENVCRYPT_KEY_…`
 */
ENVCRYPT_API int32_t envcrypt_key_info_version_state(const envcrypt_key_info *info, size_t index);

/**
 * When a version was made.
 * @param info   what envcrypt_kms_describe() gave
 * @param index  0 to versions - 1
 * @return milliseconds since 1970; -1 when unknown
 */
ENVCRYPT_API int64_t envcrypt_key_info_version_created_ms(const envcrypt_key_info *info,
                                                          size_t index);

/**
 * Which version wraps now.
 * @param info  what envcrypt_kms_describe() gave
 * @return an index; SIZE_MAX when unknown or none
 */
ENVCRYPT_API size_t envcrypt_key_info_current(const envcrypt_key_info *info);

/**
 * Frees an answer.
 * @param info  what envcrypt_kms_describe() gave, or NULL
 */
ENVCRYPT_API void envcrypt_key_info_free(envcrypt_key_info *info);
/** @} */

/** @name Managing keys of clouds
 * A service is an account of a cloud at a Region or instance; what it can do for those who manage
 * keys are actions, which have the same names for all clouds where they mean the same. Disabling and
 * deleting keys is not among what can be run here: only who knows the clusters that use a key may do
 * it. Services are shared, counted, and safe from any number of threads; a request is for one thread
 * at a time.
 * @{ */

/** A key service as those who manage keys see it; shared and counted. */
typedef struct envcrypt_service envcrypt_service;
/** An action with its arguments. */
typedef struct envcrypt_request envcrypt_request;

/** Flags of an action. */
enum envcrypt_action_flag {
    ENVCRYPT_ACTION_CHANGES = 1, /**< it changes something at the service */
    ENVCRYPT_ACTION_GUARDED = 2 /**< it disables or deletes; envcrypt_service_run() refuses it */
};

/**
 * Opens a service: `aws-kms://REGION`, `ibm-kp://HOST-OR-REGION/INSTANCE`, `alibaba-kms://REGION`;
 * or the URI of a key, whose service is meant.
 * @param client   the client
 * @param uri      the URI, with the options of keys
 * @param config   settings as of keys, or NULL
 * @param wait     deadline and cancel, or NULL
 * @param[out] out  the service; given back by envcrypt_service_unref()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_URI, ENVCRYPT_E_UNKNOWN_OPTION, ENVCRYPT_E_NOT_BUILT, ENVCRYPT_E_REGION,
 *         ENVCRYPT_E_ENDPOINT, and as envcrypt_kms_open()
 */
ENVCRYPT_API int envcrypt_service_open(envcrypt_client *client, const char *uri,
                                       const envcrypt_kms_config *config, envcrypt_wait *wait,
                                       envcrypt_service **out, envcrypt_error **err);

/**
 * Takes one more reference.
 * @param service  a service, or NULL
 * @return the same service
 */
ENVCRYPT_API envcrypt_service *envcrypt_service_ref(envcrypt_service *service);

/**
 * Gives a reference back. Legal in a child of fork.
 * @param service  a service, or NULL
 */
ENVCRYPT_API void envcrypt_service_unref(envcrypt_service *service);

/**
 * The scheme of the service's URIs: `aws-kms`, `ibm-kp`, `alibaba-kms`.
 * @param service  a service
 * @return static text; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_service_scheme(const envcrypt_service *service);

/**
 * How many actions the service offers.
 * @param service  a service
 * @return actions
 */
ENVCRYPT_API size_t envcrypt_service_actions(const envcrypt_service *service);

/**
 * The name of an action: `list-keys`, `create-key`, ….
 * @param service  a service
 * @param action   0 to actions - 1
 * @return static text; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_service_action_name(const envcrypt_service *service,
                                                      size_t action);

/**
 * What an action does, in one line.
 * @param service  a service
 * @param action   0 to actions - 1
 * @return static text; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_service_action_help(const envcrypt_service *service,
                                                      size_t action);

/**
 * What the cloud calls the right to do it, for its policies.
 * @param service  a service
 * @param action   0 to actions - 1
 * @return static text; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_service_action_permission(const envcrypt_service *service,
                                                            size_t action);

/**
 * The flags of an action.
 * @param service  a service
 * @param action   0 to actions - 1
 * @return bits `ENVCRYPT_ACTION_…`; 0 past the end
 */
ENVCRYPT_API uint32_t envcrypt_service_action_flags(const envcrypt_service *service, size_t action);

/**
 * The name of an argument of an action. Those that must be given come first.
 * @param service      a service
 * @param action       0 to actions - 1
 * @param argument     0 and up
 * @param[out] needed  1 when it must be given, else 0; may be NULL
 * @return static text; NULL past the ends
 */
ENVCRYPT_API const char *envcrypt_service_action_argument(const envcrypt_service *service,
                                                          size_t action, size_t argument,
                                                          int32_t *needed);

/**
 * Makes a request without arguments.
 * @param action    the name of an action
 * @param[out] out  the request; freed by envcrypt_request_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_request_new(const char *action, envcrypt_request **out,
                                      envcrypt_error **err);

/**
 * Frees a request.
 * @param request  a request, or NULL
 */
ENVCRYPT_API void envcrypt_request_free(envcrypt_request *request);

/**
 * Sets an argument by name. Which ones the action takes is checked when it is run.
 * @param request  a request
 * @param name     the argument
 * @param value    UTF-8; NULL takes the argument back
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_request_set(envcrypt_request *request, const char *name,
                                      const char *value, envcrypt_error **err);

/**
 * Runs an action at the service and gives its answer. What is listed in pages is listed whole.
 * @param service   a service
 * @param request   the action and its arguments; stays the caller's
 * @param wait      deadline and cancel, or NULL
 * @param[out] out  the answer; freed by envcrypt_table_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_UNSUPPORTED (the service has no such action), ENVCRYPT_E_CONFIRMATION (a
 *         guarded action), ENVCRYPT_E_ARGUMENT (an argument is missing or unknown, too),
 *         ENVCRYPT_E_REQUEST_REFUSED, ENVCRYPT_E_SERVICE_CONFLICT, ENVCRYPT_E_SERVICE_QUOTA,
 *         ENVCRYPT_E_KEY_NOT_FOUND, ENVCRYPT_E_DENIED, ENVCRYPT_E_BILLING, ENVCRYPT_E_THROTTLED, the
 *         states of keys and the errors of the network (see the top of this file),
 *         ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_service_run(envcrypt_service *service, const envcrypt_request *request,
                                      envcrypt_wait *wait, envcrypt_table **out,
                                      envcrypt_error **err);
/** @} */

/** @name Serving a custom key service
 * The getters and setters are for the one thread that serves the call at a time. A call lives until
 * its one envcrypt_call_finish(), which is also legal after the caller gave up waiting. Setters
 * give ENVCRYPT_E_ARGUMENT for what does not belong to the answer to the call's operation, and
 * after the finish. In a
 * child of fork the calls of its parent cannot be answered: setters give ENVCRYPT_E_FORKED, and a
 * finish changes nothing in the parent.
 * @{ */

/**
 * What is asked.
 * @param call  a call
 * @return one of `ENVCRYPT_OP_…`
 */
ENVCRYPT_API int32_t envcrypt_call_operation(const envcrypt_call *call);

/**
 * The id of the key, as the key was opened.
 * @param call  a call
 * @return text that lives as long as the call
 */
ENVCRYPT_API const char *envcrypt_call_key_id(const envcrypt_call *call);

/**
 * The key version that the message names; for BRANCH_KEY the wanted one.
 * @param call  a call
 * @return text that lives as long as the call; "" when none is named
 */
ENVCRYPT_API const char *envcrypt_call_key_version(const envcrypt_call *call);

/**
 * The encryption context to bind.
 * @param call  a call
 * @return a context that lives as long as the call
 */
ENVCRYPT_API const envcrypt_context *envcrypt_call_context(const envcrypt_call *call);

/**
 * What comes in: WRAP the data key, UNWRAP and REWRAP the wrapped key.
 * @param call       a call
 * @param[out] size  bytes
 * @return bytes that live as long as the call; "" when there are none
 */
ENVCRYPT_API const void *envcrypt_call_input(const envcrypt_call *call, size_t *size);

/**
 * How many bytes the data key has: GENERATE makes that many, UNWRAP must give that many. 0 = any.
 * @param call  a call
 * @return bytes
 */
ENVCRYPT_API size_t envcrypt_call_key_size(const envcrypt_call *call);

/**
 * Whether nobody waits for the call any more.
 * @param call  a call
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_call_is_abandoned(const envcrypt_call *call);

/**
 * Sets the wrapped key: WRAP, GENERATE, REWRAP.
 * @param call       a call
 * @param bytes      1 to 6,144 bytes; copied
 * @param size       their number
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_call_set_wrapped(envcrypt_call *call, const void *bytes, size_t size,
                                           envcrypt_error **err);

/**
 * Sets the plain key: UNWRAP, GENERATE, BRANCH_KEY.
 * @param call       a call
 * @param bytes      1 to 64 bytes; copied to the arena. The caller wipes its own copy
 * @param size       their number
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_call_set_key(envcrypt_call *call, const void *bytes, size_t size,
                                       envcrypt_error **err);

/**
 * Says which key was used; it is compared with the expected one. Not called = the expected one.
 * @param call      a call
 * @param key_id    the id that the service named
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_call_set_key_id(envcrypt_call *call, const char *key_id,
                                          envcrypt_error **err);

/**
 * Says which version of the key was used.
 * @param call         a call
 * @param key_version  at most 255 bytes of UTF-8
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_call_set_key_version(envcrypt_call *call, const char *key_version,
                                               envcrypt_error **err);

/**
 * Says that the unwrapped key was wrapped under an older version than the current one.
 * @param call   a call
 * @param stale  1 or 0
 */
ENVCRYPT_API void envcrypt_call_set_stale(envcrypt_call *call, int32_t stale);

/**
 * Adds a version to the answer to DESCRIBE, oldest first; the last one added is the current one.
 * @param call         a call
 * @param key_version  at most 255 bytes of UTF-8
 * @param state        one of `ENVCRYPT_KEY_…`
 * @param created_ms   milliseconds since 1970; -1 = unknown
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_call_add_version(envcrypt_call *call, const char *key_version,
                                           int32_t state, int64_t created_ms, envcrypt_error **err);

/**
 * Sets the state in the answer to DESCRIBE.
 * @param call   a call
 * @param state  one of `ENVCRYPT_KEY_…`
 */
ENVCRYPT_API void envcrypt_call_set_state(envcrypt_call *call, int32_t state);

/**
 * Finishes the call. Exactly once; the call is gone afterwards, and when the function that serves it has
 * returned. From any thread. A second finish within that function does nothing.
 * @param call           a call
 * @param code           0, or the `ENVCRYPT_E_…` that fits; a value that is none becomes
 *                       ENVCRYPT_E_CALLBACK, as does 0 where the answer lacks a key
 * @param provider_code  the service's own name of the error; may be NULL
 * @param message        a sentence without secrets for the error, of which 512 bytes are kept; may
 *                       be NULL
 */
ENVCRYPT_API void envcrypt_call_finish(envcrypt_call *call, int32_t code, const char *provider_code,
                                       const char *message);
/** @} */

/** @name The key store
 * A file of keys under a random store key, which its protectors wrap (layout: doc/format.md). Every
 * writing call locks the file, reads it anew, checks its MAC, and replaces it atomically.
 * @{ */

/** An open key store. */
typedef struct envcrypt_keystore envcrypt_keystore;
/** What envcrypt_keystore_check() found. */
typedef struct envcrypt_keystore_report envcrypt_keystore_report;

/** Kinds of keys; a key of one kind is never used as another. */
enum envcrypt_key_kind {
    ENVCRYPT_KIND_WRAP = 1, /**< wraps data keys of messages and records */
    ENVCRYPT_KIND_BRANCH = 2, /**< a branch key of the hierarchical keyring */
    ENVCRYPT_KIND_IMPORTED = 3 /**< a raw AES key with a foreign namespace and name */
};

/** Flag of import: the key also writes; by default it only opens. */
#define ENVCRYPT_IMPORT_WRITE 1u
/** Flag of unprotect: keep the store key, so that an old copy of the file and the removed protector
 * still open the store. */
#define ENVCRYPT_UNPROTECT_KEEP_STORE_KEY 1u

/**
 * Makes a key store without keys. Each protector of the list will open it.
 * @param client      the client
 * @param path        the file; must not exist; gets mode 0600
 * @param store_name  1 to 64 of `[a-z0-9._-]`, not beginning "aws-kms" or "envcrypt-"; the provider
 *                    id of what its keys wrap
 * @param protectors  at least one
 * @param wait        deadline and cancel, or NULL
 * @param[out] out    the open store; closed by envcrypt_keystore_close()
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_FILE_EXISTS, ENVCRYPT_E_FILE_NOT_FOUND (the folder),
 *         ENVCRYPT_E_FILE_DENIED, ENVCRYPT_E_FILE_TYPE, ENVCRYPT_E_FILE_BUSY, ENVCRYPT_E_NO_SPACE,
 *         ENVCRYPT_E_IO, ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_RANDOM,
 *         ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_keystore_create(envcrypt_client *client, const char *path,
                                          const char *store_name,
                                          const envcrypt_protectors *protectors,
                                          envcrypt_wait *wait, envcrypt_keystore **out,
                                          envcrypt_error **err);

/**
 * Opens a key store. Without protectors nothing in it is verified: it can be listed, and every list
 * says so.
 * @param client       the client
 * @param path         the file, mode 0600
 * @param protectors   what is presented; NULL = open unverified
 * @param fingerprint  32 hex digits that pin the store, or NULL
 * @param wait         deadline and cancel, or NULL
 * @param[out] out     the open store; closed by envcrypt_keystore_close()
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_FILE_NOT_FOUND, ENVCRYPT_E_FILE_DENIED, ENVCRYPT_E_FILE_TOO_OPEN,
 *         ENVCRYPT_E_FILE_TYPE, ENVCRYPT_E_FILE_TOO_LARGE, ENVCRYPT_E_FILE_CHANGED,
 *         ENVCRYPT_E_STORE_FORMAT, ENVCRYPT_E_STORE_NEWER, ENVCRYPT_E_STORE_LOCKED,
 *         ENVCRYPT_E_STORE_MAC, ENVCRYPT_E_STORE_KDF, ENVCRYPT_E_STORE_FINGERPRINT, ENVCRYPT_E_IO,
 *         ENVCRYPT_E_CANCELED, ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_ARENA_FULL,
 *         ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_ARGUMENT (a fingerprint without protectors, too),
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED; when nothing opens and a key service failed, what it
 *         says: the errors of keys and of the network
 */
ENVCRYPT_API int envcrypt_keystore_open(envcrypt_client *client, const char *path,
                                        const envcrypt_protectors *protectors,
                                        const char *fingerprint, envcrypt_wait *wait,
                                        envcrypt_keystore **out, envcrypt_error **err);

/**
 * Closes a key store; keys opened from it stay open. Legal in a child of fork.
 * @param store  a store, or NULL
 */
ENVCRYPT_API void envcrypt_keystore_close(envcrypt_keystore *store);

/**
 * Opens a key of the store: the same as by URI, without presenting protectors again.
 * @param store     an open store
 * @param name      the key; NULL = any key that a message names, for discovery
 * @param[out] out  the key; given back by envcrypt_kms_unref()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_NOT_FOUND, ENVCRYPT_E_STORE_UNVERIFIED, ENVCRYPT_E_NOMEM,
 *         ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_keystore_open_key(envcrypt_keystore *store, const char *name,
                                            envcrypt_kms **out, envcrypt_error **err);

/**
 * Whether a protector opened the store and its MAC holds.
 * @param store  a store
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_keystore_is_verified(const envcrypt_keystore *store);

/**
 * Whether the origin of the store is proven: by a secret protector or by a pinned fingerprint.
 * @param store  a store
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_keystore_is_authenticated(const envcrypt_keystore *store);

/**
 * The fingerprint of the store key, to be pinned.
 * @param store  a store
 * @return 32 hex digits that live as long as the store is unchanged; NULL when it is not verified
 */
ENVCRYPT_API const char *envcrypt_keystore_fingerprint(const envcrypt_keystore *store);

/**
 * The name of the store.
 * @param store  a store
 * @return text that lives as long as the store
 */
ENVCRYPT_API const char *envcrypt_keystore_name(const envcrypt_keystore *store);

/**
 * The number of keys.
 * @param store  a store
 * @return keys
 */
ENVCRYPT_API size_t envcrypt_keystore_keys(const envcrypt_keystore *store);

/**
 * The name of a key.
 * @param store  a store
 * @param key    0 to keys - 1
 * @return text that lives as long as the store is unchanged; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_keystore_key_name(const envcrypt_keystore *store, size_t key);

/**
 * The kind of a key.
 * @param store  a store
 * @param key    0 to keys - 1
 * @return one of `ENVCRYPT_KIND_…`; 0 past the end
 */
ENVCRYPT_API int32_t envcrypt_keystore_key_kind(const envcrypt_keystore *store, size_t key);

/**
 * The number of versions of a key, destroyed ones included.
 * @param store  a store
 * @param key    0 to keys - 1
 * @return versions
 */
ENVCRYPT_API size_t envcrypt_keystore_versions(const envcrypt_keystore *store, size_t key);

/**
 * The number of a version, by which messages name it.
 * @param store    a store
 * @param key      0 to keys - 1
 * @param version  0 to versions - 1
 * @return 1 and up; 0 past the end
 */
ENVCRYPT_API uint32_t envcrypt_keystore_version_number(const envcrypt_keystore *store, size_t key,
                                                       size_t version);

/**
 * The state of a version.
 * @param store    a store
 * @param key      0 to keys - 1
 * @param version  0 to versions - 1
 * @return ENVCRYPT_KEY_ENABLED, _DISABLED or _DESTROYED; ENVCRYPT_KEY_UNKNOWN past the end
 */
ENVCRYPT_API int32_t envcrypt_keystore_version_state(const envcrypt_keystore *store, size_t key,
                                                     size_t version);

/**
 * When a version was made.
 * @param store    a store
 * @param key      0 to keys - 1
 * @param version  0 to versions - 1
 * @return milliseconds since 1970; -1 past the end
 */
ENVCRYPT_API int64_t envcrypt_keystore_version_created_ms(const envcrypt_keystore *store,
                                                          size_t key, size_t version);

/**
 * Whether a version is the one that wraps.
 * @param store    a store
 * @param key      0 to keys - 1
 * @param version  0 to versions - 1
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_keystore_version_is_current(const envcrypt_keystore *store,
                                                          size_t key, size_t version);

/**
 * The number of protectors.
 * @param store  a store
 * @return protectors
 */
ENVCRYPT_API size_t envcrypt_keystore_protectors(const envcrypt_keystore *store);

/**
 * The id of a protector: 16 hex digits.
 * @param store      a store
 * @param protector  0 to protectors - 1
 * @return text that lives as long as the store is unchanged; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_keystore_protector_id(const envcrypt_keystore *store,
                                                        size_t protector);

/**
 * The type of a protector.
 * @param store      a store
 * @param protector  0 to protectors - 1
 * @return one of `ENVCRYPT_PROTECTOR_…`; 0 past the end
 */
ENVCRYPT_API int32_t envcrypt_keystore_protector_type(const envcrypt_keystore *store,
                                                      size_t protector);

/**
 * Whether this protector is the one that opened the store.
 * @param store      a store
 * @param protector  0 to protectors - 1
 * @return 1 or 0
 */
ENVCRYPT_API int32_t envcrypt_keystore_protector_opened(const envcrypt_keystore *store,
                                                        size_t protector);

/**
 * The provider id of the key that a protector of a key service is wrapped under.
 * @param store      a store
 * @param protector  0 to protectors - 1
 * @return text that lives as long as the store is unchanged; NULL for other types and past the end
 */
ENVCRYPT_API const char *envcrypt_keystore_protector_provider(const envcrypt_keystore *store,
                                                              size_t protector);

/**
 * The id of the key that a protector of a key service is wrapped under.
 * @param store      a store
 * @param protector  0 to protectors - 1
 * @return as envcrypt_keystore_protector_provider()
 */
ENVCRYPT_API const char *envcrypt_keystore_protector_key_id(const envcrypt_keystore *store,
                                                            size_t protector);

/**
 * Everything that the getters tell, as one JSON object; `"verified"` says whether it was checked.
 * @param store     a store
 * @param[out] out  UTF-8 JSON; freed by envcrypt_buffer_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_keystore_to_json(const envcrypt_keystore *store, envcrypt_buffer **out,
                                           envcrypt_error **err);

/**
 * Adds a key with its first version.
 * @param store  an open store
 * @param name   1 to 64 of `[a-z0-9._-]`
 * @param kind   ENVCRYPT_KIND_WRAP or ENVCRYPT_KIND_BRANCH
 * @param wait   deadline and cancel, or NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_EXISTS; as every writing call also: ENVCRYPT_E_STORE_UNVERIFIED,
 *         ENVCRYPT_E_STORE_CHANGED, ENVCRYPT_E_STORE_MAC, ENVCRYPT_E_STORE_FORMAT,
 *         ENVCRYPT_E_STORE_NEWER, ENVCRYPT_E_STORE_KDF, ENVCRYPT_E_FILE_NOT_FOUND,
 *         ENVCRYPT_E_FILE_DENIED, ENVCRYPT_E_FILE_TOO_OPEN, ENVCRYPT_E_FILE_TYPE,
 *         ENVCRYPT_E_FILE_TOO_LARGE, ENVCRYPT_E_FILE_CHANGED, ENVCRYPT_E_FILE_BUSY (another process
 *         writes, and wait does not let us wait), ENVCRYPT_E_NO_SPACE, ENVCRYPT_E_IO,
 *         ENVCRYPT_E_CALLBACK (the clock's own wait failed), ENVCRYPT_E_CANCELED,
 *         ENVCRYPT_E_TIMEOUT, ENVCRYPT_E_RANDOM, ENVCRYPT_E_ARENA_FULL, ENVCRYPT_E_ARENA_UNLOCKED,
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_keystore_add_key(envcrypt_keystore *store, const char *name, int32_t kind,
                                           envcrypt_wait *wait, envcrypt_error **err);

/**
 * Imports a raw AES key with the namespace and name that messages have for it. It has one version
 * and is not rotated.
 * @param store       an open store
 * @param name        its name in the store, 1 to 64 of `[a-z0-9._-]`
 * @param name_space  as messages have it, 1 to 255 bytes of UTF-8; not beginning "aws-kms" or
 *                    "envcrypt-"
 * @param key_name    as messages have it, 1 to 1,024 bytes of UTF-8
 * @param key         the key; not all zero bytes
 * @param size        16, 24 or 32 bytes
 * @param flags       ENVCRYPT_IMPORT_WRITE or 0
 * @param wait        deadline and cancel, or NULL
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_EXISTS (the name, or namespace and key name), ENVCRYPT_E_KEY_SIZE,
 *         and as envcrypt_keystore_add_key()
 */
ENVCRYPT_API int envcrypt_keystore_import_aes(envcrypt_keystore *store, const char *name,
                                              const char *name_space, const char *key_name,
                                              const void *key, size_t size, uint32_t flags,
                                              envcrypt_wait *wait, envcrypt_error **err);

/**
 * Adds a version to a key, which wraps from now on. Older versions still open. Open handles of the
 * key notice within a second; the one that is rotated by envcrypt_kms_rotate() at once.
 * @param store         an open store
 * @param name          the key
 * @param[out] version  the new version's number; may be NULL
 * @param wait          deadline and cancel, or NULL
 * @param[out] err      the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_NOT_FOUND, ENVCRYPT_E_KEY_KIND (an imported key), and as
 *         every writing call (envcrypt_keystore_add_key())
 */
ENVCRYPT_API int envcrypt_keystore_rotate(envcrypt_keystore *store, const char *name,
                                          uint32_t *version, envcrypt_wait *wait,
                                          envcrypt_error **err);

/**
 * Enables or disables a version. The version that wraps is the newest enabled one.
 * @param store    an open store
 * @param name     the key
 * @param version  its number
 * @param enabled  1 or 0
 * @param wait     deadline and cancel, or NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_KEY_NOT_FOUND, ENVCRYPT_E_KEY_DESTROYED, and as every writing call
 *         (envcrypt_keystore_add_key())
 */
ENVCRYPT_API int envcrypt_keystore_set_enabled(envcrypt_keystore *store, const char *name,
                                               uint32_t version, int32_t enabled,
                                               envcrypt_wait *wait, envcrypt_error **err);

/**
 * Removes the key material of a version from the file for good; copies of the file keep it.
 * @param store    an open store
 * @param name     the key
 * @param version  its number
 * @param confirm  must be "NAME/VERSION", as a person typed it
 * @param wait     deadline and cancel, or NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_CONFIRMATION (confirm is NULL or another text), ENVCRYPT_E_KEY_NOT_FOUND,
 *         ENVCRYPT_E_KEY_DESTROYED, and as every writing call (envcrypt_keystore_add_key())
 */
ENVCRYPT_API int envcrypt_keystore_destroy_version(envcrypt_keystore *store, const char *name,
                                                   uint32_t version, const char *confirm,
                                                   envcrypt_wait *wait, envcrypt_error **err);

/**
 * Adds protectors; the store key stays.
 * @param store  an open store
 * @param add    at least one
 * @param wait   deadline and cancel, or NULL
 * @param[out] err  the error, or NULL
 * @return as every writing call (envcrypt_keystore_add_key())
 */
ENVCRYPT_API int envcrypt_keystore_protect(envcrypt_keystore *store, const envcrypt_protectors *add,
                                           envcrypt_wait *wait, envcrypt_error **err);

/**
 * Wraps the store key anew for protectors of key services, after a rotation of their keys: by the
 * service's own rewrap where it has one. Store key and fingerprint stay, and what was wrapped before
 * still opens an old copy: it is rotation, not revocation. To exchange a key for another one, protect
 * the store by the new one, then drop the old protector by envcrypt_keystore_unprotect().
 * @param store    an open store
 * @param ids      16 hex digits each, separated by commas; "" = all that present has the key of
 * @param present  the keys (envcrypt_protectors_add_kms())
 * @param[out] count  how many were wrapped anew; may be NULL
 * @param wait     deadline and cancel, or NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_STORE_PROTECTOR (the key of one was not presented), ENVCRYPT_E_KEY_NOT_FOUND
 *         (no protector of this id), the errors of keys and of the network (envcrypt_kms_open()), and
 *         as every writing call (envcrypt_keystore_add_key()); after one, nothing was written
 */
ENVCRYPT_API int envcrypt_keystore_rewrap(envcrypt_keystore *store, const char *ids,
                                          const envcrypt_protectors *present, size_t *count,
                                          envcrypt_wait *wait, envcrypt_error **err);

/**
 * Removes protectors and re-keys the store: a new store key, every version wrapped anew, one write.
 * The fingerprint changes. Protectors that stay must be presented (RSA ones by the public half that
 * the file holds; of key services it is the key, which wraps once); one that is not presented stops the call unless it is dropped too.
 * An old copy of the file still opens by what protected it then. With
 * ENVCRYPT_UNPROTECT_KEEP_STORE_KEY the entries only go, nothing needs to be presented, and the
 * fingerprint stays.
 * @param store    an open store
 * @param drop     ids of protectors, 16 hex digits each, separated by commas; "" only re-keys
 * @param present  the protectors that stay; what opens none of them is ignored; NULL = nothing
 * @param replace  protectors that come in place of the dropped ones, a new passphrase say; NULL =
 *                 none
 * @param flags    ENVCRYPT_UNPROTECT_KEEP_STORE_KEY or 0
 * @param wait     deadline and cancel, or NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_STORE_PROTECTOR, ENVCRYPT_E_STORE_LAST_PROTECTOR, ENVCRYPT_E_KEY_NOT_FOUND
 *         (no protector of this id), and as every writing call (envcrypt_keystore_add_key())
 */
ENVCRYPT_API int envcrypt_keystore_unprotect(envcrypt_keystore *store, const char *drop,
                                             const envcrypt_protectors *present,
                                             const envcrypt_protectors *replace, uint32_t flags,
                                             envcrypt_wait *wait, envcrypt_error **err);

/**
 * Opens a store by its RSA recovery key alone, drops all secret protectors, adds new ones and
 * re-keys. As a public-key protector proves no origin, either the fingerprint is given or the
 * store's name is typed back.
 * @param client       the client
 * @param path         the file
 * @param recovery     a list with the RSA private key
 * @param fingerprint  32 hex digits, or NULL
 * @param confirm      the store's name, where fingerprint is NULL
 * @param replace      the protectors that open the store from now on, beside RSA ones
 * @param wait         deadline and cancel, or NULL
 * @param[out] out     the open store; closed by envcrypt_keystore_close()
 * @param[out] err     the error, or NULL
 * @return 0; ENVCRYPT_E_CONFIRMATION, the errors of envcrypt_keystore_open() and of every writing
 *         call (envcrypt_keystore_add_key())
 */
ENVCRYPT_API int envcrypt_keystore_recover(envcrypt_client *client, const char *path,
                                           const envcrypt_protectors *recovery,
                                           const char *fingerprint, const char *confirm,
                                           const envcrypt_protectors *replace, envcrypt_wait *wait,
                                           envcrypt_keystore **out, envcrypt_error **err);

/**
 * Proves for each protector of the file whether what is presented opens it, and that every version
 * that is not destroyed unwraps. When nothing opens, no version is tried, and ids and types are as
 * unverified as the file.
 * @param client       the client
 * @param path         the file
 * @param protectors   what is presented
 * @param fingerprint  32 hex digits that pin the store, or NULL
 * @param wait         deadline and cancel, or NULL
 * @param[out] out     the findings; freed by envcrypt_keystore_report_free()
 * @param[out] err     the error, or NULL
 * @return 0 when the file could be read and checked, whatever was found; otherwise as
 *         envcrypt_keystore_open(), but ENVCRYPT_E_STORE_LOCKED
 */
ENVCRYPT_API int envcrypt_keystore_check(envcrypt_client *client, const char *path,
                                         const envcrypt_protectors *protectors,
                                         const char *fingerprint, envcrypt_wait *wait,
                                         envcrypt_keystore_report **out, envcrypt_error **err);

/**
 * The number of protectors in the file.
 * @param report  a report
 * @return protectors
 */
ENVCRYPT_API size_t envcrypt_keystore_report_count(const envcrypt_keystore_report *report);

/**
 * The id of a protector.
 * @param report  a report
 * @param index   0 to count - 1
 * @return 16 hex digits that live as long as the report; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_keystore_report_id(const envcrypt_keystore_report *report,
                                                     size_t index);

/**
 * The type of a protector.
 * @param report  a report
 * @param index   0 to count - 1
 * @return one of `ENVCRYPT_PROTECTOR_…`; 0 past the end
 */
ENVCRYPT_API int32_t envcrypt_keystore_report_type(const envcrypt_keystore_report *report,
                                                   size_t index);

/**
 * Whether something that was presented opens the store by this protector, with a valid MAC.
 * @param report  a report
 * @param index   0 to count - 1
 * @return 1 it opens; 0 nothing that was presented opens it
 */
ENVCRYPT_API int32_t envcrypt_keystore_report_opens(const envcrypt_keystore_report *report,
                                                    size_t index);

/**
 * Why a key service, which was presented, did not unwrap: it is away, say, or does not permit it.
 * @param report  a report
 * @param index   0 to count - 1
 * @return a sentence that lives as long as the report; NULL when there was no such failure
 */
ENVCRYPT_API const char *envcrypt_keystore_report_reason(const envcrypt_keystore_report *report,
                                                         size_t index);

/**
 * How many key versions are not destroyed and unwrap, and how many do not. Both are 0 when nothing opened the
 * store.
 * @param report       a report
 * @param[out] broken  versions that do not unwrap; may be NULL
 * @return versions that do
 */
ENVCRYPT_API size_t envcrypt_keystore_report_versions(const envcrypt_keystore_report *report,
                                                      size_t *broken);

/**
 * Frees a report.
 * @param report  a report, or NULL
 */
ENVCRYPT_API void envcrypt_keystore_report_free(envcrypt_keystore_report *report);
/** @} */

#ifdef __cplusplus
}
#endif

#endif
