/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/key.h"

#include "base/mem.h"
#include "base/text.h"

void
evc_cluster_key_init(evc_cluster_key *key)
{
    *key = (evc_cluster_key){.version_ms = -1};
}

void
evc_cluster_key_reset(evc_cluster_key *key)
{
    if (!key)
        return;
    evc_mem_free(key->id);
    evc_mem_free(key->short_id);
    evc_mem_free(key->service);
    evc_mem_free(key->region);
    evc_mem_free(key->account);
    evc_mem_free(key->aliases);
    evc_mem_free(key->version);
    evc_mem_free(key->word);
    evc_cluster_key_init(key);
}

int
evc_cluster_key_set(char **field, const char *text, evc_error **err)
{
    return evc_text_set(field, text ? text : "", err);
}
