/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/json_reply.h"

#include "codec/jscan.h"

int
evc_json_reply_parse(const evc_exchange *x, evc_json_doc **out, evc_error **err)
{
    int rc = evc_json_parse(evc_buf_view(&x->reply), "the answer", out, err);

    if (rc || !evc_json_at(evc_json_root(*out), 0))
        return rc;
    evc_json_free(*out);
    *out = NULL;
    return evc_err(err, ENVCRYPT_E_JSON, "the answer is an array, not an object");
}

int
evc_json_reply_take(evc_exchange *x, evc_arena *arena, evc_secret *key,
                    evc_json_doc **out, evc_error **err)
{
    int rc;

    *out = NULL;
    /* Longer than any key of ours, so that a wrong length is told as that. */
    rc = evc_jscan_take_base64((char *)x->reply.data, x->reply.size, "Plaintext", arena,
                               EVC_ARENA_MAX_SLOT, key, err);
    if (!rc)
        rc = evc_json_reply_parse(x, out, err);
    if (rc)
        evc_secret_free(key);
    return rc;
}

int
evc_json_reply_read(evc_exchange *x, evc_arena *arena, evc_call *call,
                    evc_json_reply_fn read, evc_error **err)
{
    evc_json_doc *doc = NULL;
    int rc = evc_json_reply_take(x, arena, &call->key, &doc, err);

    if (!rc)
        rc = read(call, evc_json_root(doc), err);
    if (rc)
        evc_secret_free(&call->key);
    evc_json_free(doc);
    return rc;
}
