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

/** What services were asked, by provider and operation: one row for each pair. */
typedef struct envcrypt_meter envcrypt_meter;

/** What stands in a row of an envcrypt_meter. */
enum envcrypt_meter_figure {
    ENVCRYPT_METER_CALLS = 1, /**< finished operations */
    ENVCRYPT_METER_FAILURES = 2, /**< those of them that failed */
    ENVCRYPT_METER_ATTEMPTS = 3, /**< requests that were sent, retries included */
    ENVCRYPT_METER_THROTTLES = 4, /**< replies that asked for fewer requests */
    ENVCRYPT_METER_BYTES_OUT = 5, /**< bytes that were sent */
    ENVCRYPT_METER_BYTES_IN = 6, /**< bytes that were received */
    ENVCRYPT_METER_LATENCY_SUM_MS = 7, /**< time of all, waits between attempts included */
    ENVCRYPT_METER_LATENCY_MAX_MS = 8 /**< time of the longest */
};

/**
 * Hears of one finished operation of a service: of a key service, or of one that gives credentials.
 * Called on the thread that ran it, with no lock held; any function of the library but freeing
 * the client may be called from it.
 * @param user  as given to envcrypt_client_config_set_meter()
 * @param code  0, or the error code
 * @param call  one row, number 0; lives for the call
 */
typedef void (*envcrypt_meter_fn)(void *user, int32_t code, const envcrypt_meter *call);

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
 * Sets the function that hears of each operation of a service; there is none by default. The hook
 * moves to the first client opened with the config.
 * @param config   a config
 * @param meter    the function; NULL = none
 * @param user     passed to it
 * @param destroy  called once with user, also when this call fails; may be NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOT_BUILT (a build without network), ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_client_config_set_meter(envcrypt_client_config *config,
                                                  envcrypt_meter_fn meter, void *user,
                                                  envcrypt_destroy_fn destroy,
                                                  envcrypt_error **err);

/**
 * Limits the requests that the client ever sends to services, retries and requests for credentials
 * included. What is past it is not sent: ENVCRYPT_E_CALL_BUDGET.
 * @param config    a config
 * @param requests  the most; 0 = no limit, which is the default
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOT_BUILT (a build without network), ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_client_config_set_call_budget(envcrypt_client_config *config,
                                                        uint64_t requests, envcrypt_error **err);

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

/** @name A transport of the caller's
 * Requests go over libcurl. A program that has an HTTP client of its own, or must own all sockets,
 * can carry them itself: each request comes as an exchange, which the program reads, answers and
 * finishes once, inside the function or later, from any thread. Until then an exchange is used by
 * one thread at a time. Whoever carries exchanges
 *
 * - checks the server's certificate and name, always;
 * - follows no redirect: a reply of status 3xx is given as it is;
 * - sends what is asked and nothing else that counts: requests are signed;
 * - sends a request once, since the library itself tries again;
 * - wipes what it held of an exchange for which envcrypt_exchange_is_secret() is 1.
 *
 * The options of the client that are about connections are not looked at.
 * @{ */

/** One HTTP request that is to be carried. */
typedef struct envcrypt_exchange envcrypt_exchange;

/**
 * Carries an exchange. Called on the thread of the call that needs it, with no lock held; it must
 * not free the client.
 * @param exchange  the request; lives until envcrypt_exchange_finish()
 * @param user      as given to envcrypt_client_config_set_transport()
 */
typedef void (*envcrypt_transport_fn)(envcrypt_exchange *exchange, void *user);

/**
 * Replaces libcurl. The hook moves to the first client opened with the config.
 * @param config   a config
 * @param carry    the function; NULL = libcurl
 * @param user     passed to it
 * @param destroy  called once with user when client and exchanges are done with it, also when this
 *                 call fails; may be NULL
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOT_BUILT (a build without network), ENVCRYPT_E_ARGUMENT
 */
ENVCRYPT_API int envcrypt_client_config_set_transport(envcrypt_client_config *config,
                                                      envcrypt_transport_fn carry, void *user,
                                                      envcrypt_destroy_fn destroy,
                                                      envcrypt_error **err);

/**
 * The method.
 * @param exchange  an exchange
 * @return `GET`, `POST`, …; NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_exchange_method(const envcrypt_exchange *exchange);

/**
 * Where the request goes; https, or http to this machine and its metadata services. To be sent as it
 * is: path and query are signed.
 * @param exchange  an exchange
 * @return the whole URL; lives until the finish. NULL for NULL
 */
ENVCRYPT_API const char *envcrypt_exchange_url(const envcrypt_exchange *exchange);

/**
 * How many header fields the request has. Host and Content-Length may be missing: they follow from
 * URL and body.
 * @param exchange  an exchange
 * @return fields; 0 for NULL
 */
ENVCRYPT_API size_t envcrypt_exchange_header_count(const envcrypt_exchange *exchange);

/**
 * The name of a header field.
 * @param exchange  an exchange
 * @param index     0 to envcrypt_exchange_header_count() - 1
 * @return the name; lives until the finish. NULL past the end and for NULL
 */
ENVCRYPT_API const char *envcrypt_exchange_header_name(const envcrypt_exchange *exchange,
                                                       size_t index);

/**
 * The value of a header field, which may be a secret: signatures and tokens are not for logs.
 * @param exchange  an exchange
 * @param index     0 to envcrypt_exchange_header_count() - 1
 * @return the value; lives until the finish. NULL past the end and for NULL
 */
ENVCRYPT_API const char *envcrypt_exchange_header_value(const envcrypt_exchange *exchange,
                                                        size_t index);

/**
 * The body of the request, which may be a secret.
 * @param exchange   an exchange
 * @param[out] size  bytes of it, or NULL
 * @return the bytes; live until the finish. "" when there are none
 */
ENVCRYPT_API const void *envcrypt_exchange_body(const envcrypt_exchange *exchange, size_t *size);

/**
 * How long the library waits for the finish; past it the exchange is abandoned.
 * @param exchange  an exchange
 * @return milliseconds from the call of the function; 0 for NULL
 */
ENVCRYPT_API int64_t envcrypt_exchange_timeout_ms(const envcrypt_exchange *exchange);

/**
 * Whether the request or its reply bears a data key, or the reply a credential.
 * @param exchange  an exchange
 * @return 1 or 0; 0 for NULL
 */
ENVCRYPT_API int32_t envcrypt_exchange_is_secret(const envcrypt_exchange *exchange);

/**
 * Whether nobody waits for the reply any more. It must be finished nevertheless. From any thread.
 * @param exchange  an exchange
 * @return 1 or 0; 0 for NULL, 1 in a child of fork
 */
ENVCRYPT_API int32_t envcrypt_exchange_is_abandoned(const envcrypt_exchange *exchange);

/**
 * Adds a header field of the reply; the same name more than once if need be.
 * @param exchange  an exchange
 * @param name      the name, in any case of letters
 * @param value     the value, up to 17,408 bytes
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_ARGUMENT (no name or value of a header, or more than 128 fields),
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_exchange_add_header(envcrypt_exchange *exchange, const char *name,
                                              const char *value, envcrypt_error **err);

/**
 * Adds a part of the reply's body, in order. It is copied, and wiped when the exchange ends.
 * @param exchange  an exchange
 * @param bytes     the part
 * @param size      bytes of it
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_PROTOCOL (more than this reply may have: finish with that code),
 *         ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_exchange_add_body(envcrypt_exchange *exchange, const void *bytes,
                                            size_t size, envcrypt_error **err);

/**
 * Ends an exchange, once, and frees it. After a timeout, a cancel or the end of the client it
 * changes nothing else.
 * @param exchange  an exchange, or NULL
 * @param code      0: a whole reply came. ENVCRYPT_E_NET_DNS, ENVCRYPT_E_NET_CONNECT,
 *                  ENVCRYPT_E_PROXY, ENVCRYPT_E_TLS: the request was not sent;
 *                  ENVCRYPT_E_NET_BROKEN: no whole reply came; ENVCRYPT_E_PROTOCOL: it is none. Any
 *                  other code is ENVCRYPT_E_TRANSPORT, for which nothing is tried again
 * @param status    of the reply, 100 to 599, when code is 0
 * @param message   what went wrong, for the error: up to 512 bytes, without secrets. NULL = nothing
 */
ENVCRYPT_API void envcrypt_exchange_finish(envcrypt_exchange *exchange, int32_t code,
                                           int32_t status, const char *message);
/** @} */

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
 * What services were asked since the client was opened, sorted by provider and operation. Past 256
 * pairs of them the rest is counted in a row "other", "other".
 * @param client    the client
 * @param[out] out  the figures, which do not change; freed by envcrypt_meter_free()
 * @param[out] err  the error, or NULL
 * @return 0; ENVCRYPT_E_NOMEM, ENVCRYPT_E_ARGUMENT, ENVCRYPT_E_FORKED
 */
ENVCRYPT_API int envcrypt_client_meter(envcrypt_client *client, envcrypt_meter **out,
                                       envcrypt_error **err);

/**
 * Frees figures.
 * @param meter  figures that envcrypt_client_meter() made, or NULL
 */
ENVCRYPT_API void envcrypt_meter_free(envcrypt_meter *meter);

/**
 * The number of rows.
 * @param meter  figures, or NULL
 * @return rows
 */
ENVCRYPT_API size_t envcrypt_meter_rows(const envcrypt_meter *meter);

/**
 * Who was asked: `aws-kms`, `aws-sts`, `ibm-kp`, ….
 * @param meter  figures
 * @param row    0 to rows - 1
 * @return text that lives as long as the library is loaded; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_meter_provider(const envcrypt_meter *meter, size_t row);

/**
 * What was asked, as the provider calls it: `Decrypt`.
 * @param meter  figures
 * @param row    0 to rows - 1
 * @return text that lives as long as the library is loaded; NULL past the end
 */
ENVCRYPT_API const char *envcrypt_meter_operation(const envcrypt_meter *meter, size_t row);

/**
 * A figure of a row.
 * @param meter   figures
 * @param row     0 to rows - 1
 * @param figure  one of `ENVCRYPT_METER_…`
 * @return the figure; 0 past the end, and for what is no figure
 */
ENVCRYPT_API uint64_t envcrypt_meter_figure(const envcrypt_meter *meter, size_t row,
                                            int32_t figure);

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
