/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/config.h"

#include "base/fork.h"

static const evc_config defaults = {
    .policy = ENVCRYPT_POLICY_REQUIRE,
    .max_edks = 16,
    .max_context = 8192,
    .max_header = 131072,
    .max_frame = 16777216,
    .length_bound = UINT64_MAX,
    .allow_signed = -1,
    .threads = 1,
};

const evc_config *
evc_config_or_default(const evc_config *config)
{
    return config ? config : &defaults;
}

void
evc_config_init(evc_config *config)
{
    *config = defaults;
}

int
evc_config_copy(evc_config *to, const evc_config *from, evc_error **err)
{
    evc_kv context;
    evc_kv required;
    int rc;

    evc_kv_init(&context);
    evc_kv_init(&required);
    rc = evc_kv_copy(&context, &from->context, err);
    if (!rc)
        rc = evc_kv_copy(&required, &from->required, err);
    if (rc) {
        evc_kv_reset(&context);
        return rc;
    }
    evc_config_reset(to);
    *to = *from;
    to->context = context;
    to->required = required;
    to->progress_destroy = NULL;
    if (from->cache)
        to->cache = evc_dek_cache_ref(from->cache);
    return 0;
}

void
evc_config_set_progress(evc_config *config, envcrypt_progress_fn progress, void *user,
                        envcrypt_destroy_fn destroy)
{
    /* Not in a child of fork, where it might wait for threads that are not there. */
    if (config->progress_destroy && evc_fork_is_current(config->progress_generation))
        config->progress_destroy(config->progress_user);
    config->progress = progress;
    config->progress_user = user;
    config->progress_destroy = destroy;
    config->progress_generation = evc_fork_generation();
}

void
evc_config_reset(evc_config *config)
{
    evc_kv_reset(&config->context);
    evc_kv_reset(&config->required);
    if (config->cache)
        evc_dek_cache_unref(config->cache);
    evc_config_set_progress(config, NULL, NULL, NULL);
    evc_config_init(config);
}

const evc_suite *
evc_config_suite(const evc_config *config)
{
    return config->suite ? config->suite : evc_suite_find(ENVCRYPT_SUITE_0478);
}

uint32_t
evc_config_frame_length(const evc_config *config)
{
    if (config->frame_length)
        return config->frame_length;
    return config->max_frame < EVC_FRAME_LENGTH ? config->max_frame : EVC_FRAME_LENGTH;
}

bool
evc_config_allows_signed(const evc_config *config, bool by_default)
{
    return config->allow_signed < 0 ? by_default : config->allow_signed != 0;
}

int
evc_config_check_read(const evc_config *config, const evc_suite *suite, evc_error **err)
{
    if (config->policy != ENVCRYPT_POLICY_REQUIRE || suite->commits)
        return 0;
    return evc_err(err, ENVCRYPT_E_POLICY_COMMITMENT,
                   "the message has suite %04x, which does not commit to its key, and "
                   "the policy refuses that; if you trust its source, read it under a "
                   "policy that allows decryption of all suites, and rewrap it",
                   suite->id);
}

int
evc_config_check_write(const evc_config *config, evc_error **err)
{
    if (config->policy != ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT)
        return 0;
    return evc_err(err, ENVCRYPT_E_POLICY_WRITE,
                   "the policy forbids to write suites that commit to the key, and "
                   "others are never written; choose a policy that requires commitment "
                   "on encryption");
}
