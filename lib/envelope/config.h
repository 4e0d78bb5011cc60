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
    evc_kv context;  /* writing: to bind; reading: given again */
    evc_kv required; /* names (empty values) that are authenticated only */
    const evc_suite *suite;
    uint32_t frame_length; /* 0 = not chosen */
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
};

#define EVC_FRAME_LENGTH 4096u

const evc_config *evc_config_or_default(
    const evc_config *config); /* NULL: static defaults */
void evc_config_init(evc_config *config);
int evc_config_copy(evc_config *to, const evc_config *from,
                    evc_error **err) EVC_MUST_CHECK; /* no destroy */
void evc_config_reset(evc_config *config);

/* ENVCRYPT_E_POLICY_COMMITMENT. */
int evc_config_check_read(const evc_config *config, const evc_suite *suite,
                          evc_error **err) EVC_MUST_CHECK;
/* ENVCRYPT_E_POLICY_WRITE under forbid-encrypt. */
int evc_config_check_write(const evc_config *config, evc_error **err) EVC_MUST_CHECK;

#endif
