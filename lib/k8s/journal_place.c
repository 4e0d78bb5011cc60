/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal_place.h"

#include <string.h>

#include "base/encode.h"
#include "base/text.h"
#include "crypto/digest.h"

#define NAME_BYTES 8u /* of the digest */

/* Each with its NUL, so that nothing moves from one to the next. */
static int
digest_of(evc_crypto *crypto, const evc_kube_run_id *id, uint8_t digest[32],
          evc_error **err)
{
    const char *const texts[] = {id->cluster_id, id->resource, id->selection};
    evc_hasher *hasher;
    int rc = evc_hasher_open(crypto, EVC_SHA256, &hasher, err);

    if (rc)
        return rc;
    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
        rc = evc_hasher_add(hasher, evc_view_of(texts[i], strlen(texts[i]) + 1), err);
    if (rc == 0)
        rc = evc_hasher_finish(hasher, digest, err);
    evc_hasher_close(hasher);
    return rc;
}

int
evc_journal_place(evc_crypto *crypto, const char *folder, const char *plural,
                  const evc_kube_run_id *id, char **out, evc_error **err)
{
    uint8_t digest[32];
    evc_buf path;
    int rc = digest_of(crypto, id, digest, err);

    *out = NULL;
    if (rc)
        return rc;
    evc_buf_init(&path);
    evc_buf_put_format(&path, "%s/%s-", folder, plural);
    evc_encode_hex(&path, evc_view_of(digest, NAME_BYTES));
    evc_buf_put_text(&path, ".journal");
    return evc_text_take(out, &path, err);
}
