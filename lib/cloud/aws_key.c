/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_key.h"

#include <string.h>

#include "base/fork.h"
#include "base/mem.h"
#include "cloud/arguments.h"

int
evc_aws_key_new(uint64_t generation, evc_aws_key **out, evc_error **err)
{
    evc_aws_key *key = evc_mem_new(sizeof(*key));

    *out = NULL;
    if (!key)
        return evc_err_nomem(err);
    key->generation = generation;
    evc_kv_init(&key->retired);
    if (pthread_mutex_init(&key->mutex, NULL) != 0) {
        evc_mem_free(key);
        return evc_err_nomem(err);
    }
    *out = key;
    return 0;
}

void
evc_aws_key_free(void *state)
{
    evc_aws_key *key = state;

    evc_peer_unref(key->cloud.peer);
    evc_aws_caller_reset(&key->caller);
    if (evc_fork_is_current(key->generation))
        (void)pthread_mutex_destroy(&key->mutex);
    evc_kv_reset(&key->retired);
    evc_mem_free(key->region);
    evc_mem_free(key->arn);
    evc_mem_free(key->grant_tokens);
    evc_mem_free(key->partition);
    evc_mem_free(key->accounts);
    evc_mem_free(key);
}

/* --- which EDKs --- */

static bool
is_listed(const char *list, evc_view account)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(list));
    evc_view item;

    if (!list)
        return true;
    while (evc_arguments_next(&c, &item)) {
        if (evc_view_equal(item, account))
            return true;
    }
    return false;
}

/* In discovery: the key can be used in this Region, and the caller's filters let it. */
static bool
is_discovered(const evc_aws_key *key, const evc_aws_arn *arn)
{
    if (key->partition && !evc_view_is_text(arn->partition, key->partition))
        return false;
    return is_listed(key->accounts, arn->account) &&
           (evc_view_is_text(arn->region, key->region) ||
            evc_aws_arn_is_multi_region(arn));
}

bool
evc_aws_key_claims(const evc_aws_key *key, const evc_edk *edk)
{
    evc_aws_arn named;
    evc_aws_arn own;

    if (!evc_view_is_text(edk->provider, EVC_AWS_PROVIDER) ||
        !evc_aws_arn_parse(edk->info, &named) || named.is_alias)
        return false;
    if (!key->arn[0])
        return is_discovered(key, &named);
    return evc_aws_arn_parse(evc_view_text(key->arn), &own) &&
           evc_aws_arn_matches(&own, &named);
}

void
evc_aws_key_target(const evc_aws_key *key, const evc_edk *edk, evc_buf *out)
{
    evc_aws_arn named;

    if (key->arn[0] || !edk || !evc_aws_arn_parse(edk->info, &named))
        evc_buf_put_text(out, key->arn);
    else
        evc_aws_arn_write(&named, evc_view_text(key->region), out);
    evc_buf_put_u8(out, 0);
}

/* --- key material --- */

bool
evc_aws_key_is_material(const char *text)
{
    size_t size = strlen(text);

    return size == EVC_AWS_MATERIAL - 1 && strspn(text, "0123456789abcdef") == size;
}

void
evc_aws_key_retire(evc_aws_key *key, const char *material)
{
    if (!evc_aws_key_is_material(material))
        return;
    (void)pthread_mutex_lock(&key->mutex);
    (void)!evc_kv_set(&key->retired, evc_view_text(material), evc_view_text(""), NULL);
    (void)pthread_mutex_unlock(&key->mutex);
}

bool
evc_aws_key_is_retired(evc_aws_key *key, const char *material)
{
    bool retired;

    (void)pthread_mutex_lock(&key->mutex);
    retired = evc_kv_find(&key->retired, evc_view_text(material));
    (void)pthread_mutex_unlock(&key->mutex);
    return retired;
}
