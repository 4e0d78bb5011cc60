/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/rewrap_plan.h"

#include "envelope/message_file.h"

int32_t
evc_rewrap_reason(const evc_info *info, const evc_keyring *to, uint32_t flags)
{
    int32_t quiet = ENVCRYPT_REWRAP_CURRENT;

    if (!info->suite->commits)
        return ENVCRYPT_REWRAP_SUITE;
    if (evc_info_recipients_differ(info, to))
        return ENVCRYPT_REWRAP_RECIPIENTS;
    for (size_t i = 0; i < info->edk_count; i++) {
        int32_t current = evc_info_edk_is_current(info, i, to);

        if (current == ENVCRYPT_NO)
            return ENVCRYPT_REWRAP_STALE;
        if (current == ENVCRYPT_UNKNOWN)
            quiet = ENVCRYPT_REWRAP_UNKNOWN;
    }
    return flags & ENVCRYPT_REWRAP_FORCE ? ENVCRYPT_REWRAP_FORCED : quiet;
}

bool
evc_rewrap_is_needed(int32_t reason)
{
    return reason != ENVCRYPT_REWRAP_CURRENT && reason != ENVCRYPT_REWRAP_UNKNOWN;
}

/* The pairs of the old message that are the caller's, and not the format's: a signer's
 * public key belongs to the old signature. */
static int
carry_context(evc_kv *to, const evc_kv *whole, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < whole->count; i++) {
        const evc_pair *pair = &whole->pairs[i];

        if (!evc_view_starts_with(pair->name, EVC_CONTEXT_RESERVED))
            rc = evc_kv_add(to, pair->name, pair->value, err);
    }
    return rc;
}

/* What was not stored is not stored now, whatever else is required. */
static int
carry_required(evc_kv *to, const evc_kv *whole, const evc_kv *stored, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < whole->count; i++) {
        evc_view name = whole->pairs[i].name;

        if (!evc_kv_find(stored, name))
            rc = evc_kv_set(to, name, evc_view_of(NULL, 0), err);
    }
    return rc;
}

static void
choose_form(evc_config *out, const evc_header *old, uint64_t bound)
{
    if (!out->suite)
        out->suite = evc_suite_find(old->suite->is_signed ? ENVCRYPT_SUITE_0578
                                                          : ENVCRYPT_SUITE_0478);
    if (!out->frame_length)
        out->frame_length = old->frame_length;
    if (!out->frame_length)
        out->frame_length = evc_message_file_frame_length(out, bound);
    if (bound < out->length_bound)
        out->length_bound = bound;
}

int
evc_rewrap_settings(const evc_rewrap *r, const evc_header *old, const evc_kv *whole,
                    uint64_t bound, evc_config *out, evc_error **err)
{
    const evc_config *given = r->write_config;
    bool keeps_context = !given || given->context.count == 0;
    int rc = given ? evc_config_copy(out, given, err) : 0;

    if (rc)
        return rc;
    if (!given) {
        out->max_edks = r->read_config->max_edks;
        out->max_context = r->read_config->max_context;
        out->max_header = r->read_config->max_header;
        out->max_frame = r->read_config->max_frame;
        out->threads = r->read_config->threads;
    }
    evc_dek_cache_unref(out->cache);
    out->cache = NULL;
    out->data_key = NULL;
    choose_form(out, old, bound);
    if (keeps_context)
        rc = carry_context(&out->context, whole, err);
    if (!rc && keeps_context)
        rc = carry_required(&out->required, whole, &old->context, err);
    return rc;
}
