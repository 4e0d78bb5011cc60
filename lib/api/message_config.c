/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/config.h"

#include <inttypes.h>

#include "api/hook.h"
#include "base/mem.h"

int
envcrypt_message_config_new(envcrypt_message_config **out, envcrypt_error **err)
{
    evc_config *config;

    evc_err_clear(err);
    if (!out)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "settings of messages cannot be made: out is NULL");
    *out = NULL;
    config = evc_mem_new(sizeof(*config));
    if (!config)
        return evc_err_nomem(err);
    evc_config_init(config);
    *out = config;
    return 0;
}

void
envcrypt_message_config_free(envcrypt_message_config *config)
{
    if (!config)
        return;
    evc_config_reset(config);
    evc_mem_free(config);
}

static int
check_config(const evc_config *config, evc_error **err)
{
    evc_err_clear(err);
    if (config)
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "a setting of messages cannot be made: config is NULL");
}

/* Of a setting that is a number. */
static int
check_number(const evc_config *config, const char *what, uint64_t value, uint64_t least,
             uint64_t most, evc_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0 || (value >= least && value <= most))
        return rc;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "%s cannot be %" PRIu64 ": from %" PRIu64 " to %" PRIu64
                   " is possible",
                   what, value, least, most);
}

int
envcrypt_message_config_set_context(envcrypt_message_config *config,
                                    const envcrypt_context *context,
                                    envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0)
        return rc;
    if (context)
        return evc_kv_copy(&config->context, &context->pairs, err);
    evc_kv_reset(&config->context);
    return 0;
}

int
envcrypt_message_config_require(envcrypt_message_config *config, const char *name,
                                envcrypt_error **err)
{
    evc_view none = evc_view_of(NULL, 0);
    int rc = check_config(config, err);

    if (rc != 0)
        return rc;
    if (!name)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a pair cannot be made authenticated only: name is NULL");
    rc = evc_context_check(evc_view_text(name), none, err);
    return rc ? rc : evc_kv_set(&config->required, evc_view_text(name), none, err);
}

int
envcrypt_message_config_set_suite(envcrypt_message_config *config, int32_t suite,
                                  envcrypt_error **err)
{
    const evc_suite *found = suite < 0 ? NULL : evc_suite_find((uint32_t)suite);
    int rc = check_config(config, err);

    if (rc != 0)
        return rc;
    if (!found)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "%" PRId32 " is no algorithm suite; 0x0478 and 0x0578 are written", suite);
    if (!found->commits)
        return evc_err(err, ENVCRYPT_E_POLICY_WRITE,
                       "suite %04x does not commit to its key and is only read; write "
                       "0478 or 0578",
                       found->id);
    config->suite = found;
    return 0;
}

int
envcrypt_message_config_set_frame_length(envcrypt_message_config *config,
                                         uint32_t bytes, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0)
        return rc;
    if (bytes > config->max_frame)
        return evc_err(err, ENVCRYPT_E_LIMIT_FRAME,
                       "frames cannot have %" PRIu32 " bytes: the limit is %" PRIu32
                       "; raise it first",
                       bytes, config->max_frame);
    config->frame_length = bytes;
    return 0;
}

int
envcrypt_message_config_set_policy(envcrypt_message_config *config, int32_t policy,
                                   envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0)
        return rc;
    if (policy < ENVCRYPT_POLICY_REQUIRE ||
        policy > ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "%" PRId32 " is no commitment policy: 1 to 3 are", policy);
    config->policy = policy;
    return 0;
}

int
envcrypt_message_config_set_max_edks(envcrypt_message_config *config, size_t count,
                                     envcrypt_error **err)
{
    int rc = check_number(config, "the limit of encrypted data keys", count, 1,
                          EVC_MAX_EDKS, err);

    if (rc == 0)
        config->max_edks = count;
    return rc;
}

int
envcrypt_message_config_set_max_context(envcrypt_message_config *config, size_t bytes,
                                        envcrypt_error **err)
{
    int rc = check_number(config, "the limit of an encryption context", bytes, 0,
                          EVC_CONTEXT_MAX, err);

    if (rc == 0)
        config->max_context = bytes;
    return rc;
}

int
envcrypt_message_config_set_max_header(envcrypt_message_config *config, size_t bytes,
                                       envcrypt_error **err)
{
    int rc = check_number(config, "the limit of a header", bytes, EVC_MIN_HEADER,
                          EVC_MAX_HEADER, err);

    if (rc == 0)
        config->max_header = bytes;
    return rc;
}

int
envcrypt_message_config_set_max_frame(envcrypt_message_config *config, uint32_t bytes,
                                      envcrypt_error **err)
{
    int rc = check_number(config, "the limit of a frame", bytes, 1, UINT32_MAX, err);

    if (rc == 0)
        config->max_frame = bytes;
    return rc;
}

int
envcrypt_message_config_set_length_bound(envcrypt_message_config *config,
                                         uint64_t bytes, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc == 0)
        config->length_bound = bytes;
    return rc;
}

int
envcrypt_message_config_set_allow_signed(envcrypt_message_config *config, int32_t allow,
                                         envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0)
        return rc;
    if (allow < -1 || allow > 1)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "signed messages are allowed by 1, forbidden by 0, and as the "
                       "call says by -1; %" PRId32 " is none of them",
                       allow);
    config->allow_signed = allow;
    return 0;
}

int
envcrypt_message_config_set_threads(envcrypt_message_config *config, size_t threads,
                                    envcrypt_error **err)
{
    int rc =
        check_number(config, "the number of threads", threads, 1, EVC_MAX_THREADS, err);

    if (rc == 0)
        config->threads = threads;
    return rc;
}

int
envcrypt_message_config_set_cache(envcrypt_message_config *config,
                                  envcrypt_cache *cache, envcrypt_error **err)
{
    evc_dek_cache *before;
    int rc = check_config(config, err);

    if (rc != 0)
        return rc;
    before = config->cache;
    config->cache = cache ? evc_dek_cache_ref(cache) : NULL;
    if (before)
        evc_dek_cache_unref(before);
    return 0;
}

int
envcrypt_message_config_set_data_key(envcrypt_message_config *config,
                                     const envcrypt_dek *dek, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc == 0)
        config->data_key = dek;
    return rc;
}

int
envcrypt_message_config_set_progress(envcrypt_message_config *config,
                                     envcrypt_progress_fn progress, void *user,
                                     envcrypt_destroy_fn destroy, envcrypt_error **err)
{
    int rc = check_config(config, err);

    if (rc != 0)
        return evc_hook_end(rc, destroy, user);
    evc_config_set_progress(config, progress, user, destroy);
    return 0;
}
