/* SPDX-License-Identifier: Apache-2.0 */
/* The settings of messages: limits, policy, context, and what else a caller chose. */
#ifndef EVC_ENVELOPE_CONFIG_H
#define EVC_ENVELOPE_CONFIG_H

#include "envcrypt/envelope.h"
#include "envelope/suite.h"
#include "kms/context.h"
#include "kms/dek_cache.h"

typedef struct envcrypt_message_config evc_config;

struct envcrypt_message_config {
    evc_kv context;         /* writing: to bind; reading: given again */
    evc_kv required;        /* names (empty values) that are authenticated only */
    const evc_suite *suite; /* NULL = not chosen */
    uint32_t frame_length;  /* 0 = not chosen */
    int32_t policy;
    size_t max_edks;
    size_t max_context;
    size_t max_header;
    uint32_t max_frame;
    uint64_t length_bound; /* UINT64_MAX = unknown */
    int32_t allow_signed;  /* -1 = by the kind of call */
    size_t threads;
    evc_dek_cache *cache; /* a reference is held */
    const struct envcrypt_dek *data_key;
    envcrypt_progress_fn progress;
    void *progress_user;
    envcrypt_destroy_fn progress_destroy;
    uint64_t progress_generation; /* of the process that set it, which destroys it */
};

#define EVC_FRAME_LENGTH 4096u

/* What the setters accept. */
#define EVC_MAX_EDKS 65535u
#define EVC_MIN_HEADER 128u
#define EVC_MAX_HEADER (UINT32_C(1) << 31)
#define EVC_MAX_THREADS 256u

/* NULL: static defaults */
const evc_config *evc_config_or_default(const evc_config *config);
void evc_config_init(evc_config *config);
/* Into an initialised config; without the progress function's destroy. NOMEM. */
int evc_config_copy(evc_config *to, const evc_config *from,
                    evc_error **err) EVC_MUST_CHECK;
void evc_config_reset(evc_config *config);
/* Destroys the user of the function before, which is not called again. */
void evc_config_set_progress(evc_config *config, envcrypt_progress_fn progress,
                             void *user, envcrypt_destroy_fn destroy);

const evc_suite *evc_config_suite(const evc_config *config); /* to write; the default */
uint32_t evc_config_frame_length(const evc_config *config);  /* to write; the default */
/* by_default: what the kind of call says when the caller said nothing */
bool evc_config_allows_signed(const evc_config *config, bool by_default);

/* ENVCRYPT_E_POLICY_COMMITMENT. */
int evc_config_check_read(const evc_config *config, const evc_suite *suite,
                          evc_error **err) EVC_MUST_CHECK;
/* ENVCRYPT_E_POLICY_WRITE under forbid-encrypt. */
int evc_config_check_write(const evc_config *config, evc_error **err) EVC_MUST_CHECK;

#endif
