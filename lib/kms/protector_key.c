/* SPDX-License-Identifier: Apache-2.0 */
/* Protectors of types "key-file" and "raw-key": P is the key itself. */
#include "crypto/random.h"
#include "kms/protector_seal.h"

static const char *const members[] = {"id",    "type",    "created", "salt",
                                      "nonce", "wrapped", NULL};

static int
key_begin(const evc_protectors *list, const evc_presented *with, evc_protector *to,
          evc_error **err)
{
    (void)list;
    (void)with;
    (void)to;
    (void)err;
    return 0;
}

static int
key_wrap(const evc_protector_scope *scope, const evc_presented *with, evc_view s,
         evc_protector *to, evc_error **err)
{
    evc_random_public(to->salt, sizeof to->salt);
    return evc_protector_seal(scope, evc_view_of(with->secret.bytes, with->secret.size),
                              s, to, err);
}

static int
key_open(const evc_protector_scope *scope, const evc_presented *with,
         const evc_protector *from, uint8_t *s, evc_error **err)
{
    return evc_protector_unseal(
        scope, evc_view_of(with->secret.bytes, with->secret.size), from, s, err);
}

const evc_protector_type evc_protector_key_file = {
    .type = ENVCRYPT_PROTECTOR_KEY_FILE,
    .name = "key-file",
    .proves_origin = true,
    .members = members,
    .read = evc_protector_seal_read,
    .write = evc_protector_seal_write,
    .begin = key_begin,
    .wrap = key_wrap,
    .open = key_open,
};

const evc_protector_type evc_protector_raw_key = {
    .type = ENVCRYPT_PROTECTOR_RAW_KEY,
    .name = "raw-key",
    .proves_origin = true,
    .members = members,
    .read = evc_protector_seal_read,
    .write = evc_protector_seal_write,
    .begin = key_begin,
    .wrap = key_wrap,
    .open = key_open,
};
