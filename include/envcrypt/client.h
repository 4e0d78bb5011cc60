/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file
 * The client: what every other object is opened with. It holds the arena for key bytes,
 * the cryptographic library's context, and the caller's hooks. Also the wait: the deadline
 * and cancel switch of one call.
 *
 * Threads: an open client may be used by any number of threads. A config, until it was used to
 * open, by one at a time.
 */
#ifndef ENVCRYPT_CLIENT_H
#define ENVCRYPT_CLIENT_H

#include "envcrypt/error.h"

#ifdef __cplusplus
extern "C" {
#endif

/** A client; shared and counted. */
typedef struct envcrypt_client envcrypt_client;
/** Settings for a client; copied when it is opened. */
typedef struct envcrypt_client_config envcrypt_client_config;
/** Deadline and cancel switch for one call at a time. */
typedef struct envcrypt_wait envcrypt_wait;

/** Levels of the log, least talkative first. */
enum envcrypt_log_level {
    ENVCRYPT_LOG_ERROR = 1, /**< a failure that the caller may not see otherwise */
    ENVCRYPT_LOG_WARNING = 2, /**< worse than it should be: an arena without lock */
    ENVCRYPT_LOG_INFO = 3, /**< rare events: a key or key store changed, a cache emptied */
    ENVCRYPT_LOG_DEBUG = 4 /**< each call of a key: what, which key, how it ended */
};

/**
 * Takes one line of the log. Called on the thread of the call that writes it, with no lock
 * held; any function of the library but freeing the client may be called from it.
 * @param user   as given to envcrypt_client_config_set_log()
 * @param level  one of `ENVCRYPT_LOG_…`
 * @param text   UTF-8 without a line end; lives for the call. Never holds a secret.
 */
typedef void (*envcrypt_log_fn)(void *user, int32_t level, const char *text);

/**
 * Tells a time in milliseconds: wall time since 1970 (UTC), or monotonic time since any
 * fixed moment. Called from any thread.
 * @param user  as given to envcrypt_client_config_set_clock()
 * @return milliseconds
 */
typedef int64_t (*envcrypt_clock_fn)(void *user);

/**
 * Sleeps until a time of the monotonic clock comes or a descriptor is readable.
 * Called from any thread.
 * @param user      as given to envcrypt_client_config_set_clock()
 * @param until_ms  monotonic milliseconds; INT64_MAX = no limit
 * @param fd        a descriptor; -1 = none
 * @return 1 when the descriptor is readable, 0 when the time came, -1 on failure
 */
typedef int32_t (*envcrypt_clock_wait_fn)(void *user, int64_t until_ms, int32_t fd);

/**
 * Frees what a callback's `user` points to. Called once, on any thread: when the callback is not
 * needed any more, or by the call that took it when that fails. In a child of fork not at all for
 * what the parent gave, since it might wait for threads that are not there.
 * @param user  as given with the callback
 */
typedef void (*envcrypt_destroy_fn)(void *user);

/**
 * Makes settings with their defaults.
 * @param[out] out  the config; freed by envcrypt_client_config_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_client_config_new(envcrypt_client_config **out, envcrypt_error **err);

/**
 * Frees settings. Clients opened with them are not touched.
 * @param config  a config, or NULL
 */
ENVCRYPT_API void envcrypt_client_config_free(envcrypt_client_config *config);

/**
 * Sets the most bytes that the arena for keys grows to.
 * @param config  a config
 * @param bytes   65,536 to 1 GiB, rounded up to 64 KiB; default 1 MiB
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_client_config_set_arena_limit(envcrypt_client_config *config,
                                                        size_t bytes, envcrypt_error **err);

/**
 * Demands that the arena's memory is locked (never swapped). By default it need not be: when a
 * client is opened and the system would not lock all that its arena may grow to, one warning
 * of the log says so, and envcrypt_client_arena_locked() tells for each chunk.
 * @param config   a config
 * @param require  1: a chunk that cannot be locked is ENVCRYPT_E_ARENA_UNLOCKED; 0: it is used
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_client_config_set_require_locked(envcrypt_client_config *config,
                                                           int32_t require, envcrypt_error **err);

/**
 * Sets the function that takes the log; there is none by default. The hook moves to the first
 * client opened with the config; destroy is called when neither needs it any more.
 * @param config   a config
 * @param level    the highest level wanted, one of `ENVCRYPT_LOG_…`
 * @param log      the function; NULL = no log
 * @param user     passed to it
 * @param destroy  called once with user, also when this call fails; may be NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_client_config_set_log(envcrypt_client_config *config, int32_t level,
                                                envcrypt_log_fn log, void *user,
                                                envcrypt_destroy_fn destroy, envcrypt_error **err);

/**
 * Replaces the clock: for tests of the caller, and for schedulers that own all waiting. The hook
 * moves to the first client opened with the config.
 * @param config     a config
 * @param wall       wall time; NULL = the system's
 * @param monotonic  monotonic time; NULL = the system's
 * @param wait       the wait itself; NULL = poll(2)
 * @param user       passed to the three
 * @param destroy    called once with user, also when this call fails; may be NULL
 * @param[out] err   the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_client_config_set_clock(
    envcrypt_client_config *config, envcrypt_clock_fn wall, envcrypt_clock_fn monotonic,
    envcrypt_clock_wait_fn wait, void *user, envcrypt_destroy_fn destroy, envcrypt_error **err);

/**
 * Sets an option of the network by name, for everything that is opened with the client and says
 * nothing else.
 *
 * | name | value |
 * |---|---|
 * | `ca-file` | PEM file of the authorities that servers are checked against; the system's by default |
 * | `client-cert`, `client-key` | PEM files by which the client shows who it is; the key has mode 0600 |
 * | `proxy` | `http://HOST:PORT`; empty = none, whatever the environment says. Loopback and metadata addresses never go through one |
 * | `connect-timeout-ms` | most time to connect; default 3,000 |
 * | `attempt-timeout-ms` | most time of one request with its reply; default 10,000 |
 * | `deadline-ms` | of a call without an envcrypt_wait, all its attempts included; default 30,000 |
 * | `max-attempts` | requests for one call, the first included, 1 to 100; default 3 |
 * | `max-connections` | to one host, of one call for many keys, 1 to 1,024; default 16 |
 * | `memory` | `strict`: connections that brought a key are closed, which leaves no copy of it in memory; `fast`: they are used again. Default strict |
 *
 * Times are from 1 to 3,600,000 (the deadline: 86,400,000).
 * @param config  a config
 * @param name    the option
 * @param value   its value, checked now; NULL takes the option back
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_UNKNOWN_OPTION (the message names the nearest), ENVCRYPT_E_ARGUMENT,
 *         ENVCRYPT_E_NOT_BUILT (a build without network), ENVCRYPT_E_NOMEM
 */
ENVCRYPT_API int envcrypt_client_config_set(envcrypt_client_config *config, const char *name,
                                            const char *value, envcrypt_error **err);

/**
 * Opens a client.
 * @param config   settings, or NULL for the defaults; copied, but for hooks, which move to the
 *                 client
 * @param[out] out  the client; given back by envcrypt_client_unref()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARENA_UNLOCKED, ENVCRYPT_E_CRYPTO, ENVCRYPT_E_RANDOM,
 *         ENVCRYPT_E_STATE (a config with hooks opens one client), ENVCRYPT_E_ARGUMENT (client-cert
 *         without client-key, too)
 */
ENVCRYPT_API int envcrypt_client_open(envcrypt_client_config *config, envcrypt_client **out,
                                      envcrypt_error **err);

/**
 * Takes one more reference.
 * @param client  a client, or NULL
 * @return the same client
 */
ENVCRYPT_API envcrypt_client *envcrypt_client_ref(envcrypt_client *client);

/**
 * Gives a reference back; the last one closes the client once no object opened with it is left.
 * Legal in a child of fork.
 * @param client  a client, or NULL
 */
ENVCRYPT_API void envcrypt_client_unref(envcrypt_client *client);

/**
 * The number of 64 KiB chunks of the arena.
 * @param client  a client
 * @return chunks; 0 for NULL and in a child of fork
 */
ENVCRYPT_API size_t envcrypt_client_arena_chunks(const envcrypt_client *client);

/**
 * Whether a chunk of the arena is locked in memory.
 * @param client  a client
 * @param index   0 to envcrypt_client_arena_chunks() - 1
 * @return 1 or 0; 0 past the end, for NULL and in a child of fork
 */
ENVCRYPT_API int32_t envcrypt_client_arena_locked(const envcrypt_client *client, size_t index);

/**
 * How many bytes of the arena hold keys now.
 * @param client  a client
 * @return bytes of slots in use; 0 for NULL and in a child of fork
 */
ENVCRYPT_API size_t envcrypt_client_arena_used(const envcrypt_client *client);

/**
 * Makes a wait: the deadline of one call, and the switch by which another thread cancels it. Every
 * call that can wait takes one; NULL means no deadline for local work and the defaults of a key
 * service otherwise. It serves one call after the other; the deadline does not start anew.
 * @param client      whose clock counts
 * @param timeout_ms  milliseconds from now; 0 = what needs a wait fails at once, what needs
 *                    none is done; negative = no deadline
 * @param[out] out    the wait; freed by envcrypt_wait_free()
 * @param[out] err    the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_wait_new(envcrypt_client *client, int64_t timeout_ms, envcrypt_wait **out,
                                   envcrypt_error **err);

/**
 * Cancels the call that uses the wait now, and every later one: they return ENVCRYPT_E_CANCELED.
 * From any thread; not from a signal handler. What needs no wait and was done already stays done.
 * @param wait  a wait, or NULL
 */
ENVCRYPT_API void envcrypt_wait_cancel(envcrypt_wait *wait);

/**
 * Frees a wait that no call uses. Legal in a child of fork.
 * @param wait  a wait, or NULL
 */
ENVCRYPT_API void envcrypt_wait_free(envcrypt_wait *wait);

#ifdef __cplusplus
}
#endif

#endif
