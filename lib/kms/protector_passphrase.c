/* SPDX-License-Identifier: Apache-2.0 */
/* Protectors of type "passphrase": P = Argon2id 1.3 with one lane of the passphrase,
 * under the protector's salt, 32 bytes. */
#include "crypto/argon2.h"
#include "crypto/random.h"
#include "kms/protector_seal.h"

_Static_assert(EVC_ARGON2_SALT == EVC_PROTECTOR_SALT, "one salt for both derivations");

static const char *const members[] = {
    "id", "type", "created", "salt", "nonce", "wrapped", "passes", "memory-kib", NULL};

/* A number past 32 bits is as far out of the limits as the largest one. */
static uint32_t
clamp(int64_t number)
{
    return number > UINT32_MAX ? UINT32_MAX : (uint32_t)number;
}

/* The costs are judged here: before anything was authenticated, and before memory is
 * taken. */
static int
passphrase_read(const evc_json *from, evc_protector *to, evc_error **err)
{
    int64_t passes = 0;
    int64_t memory_kib = 0;
    int rc = evc_json_integer(from, "passes", 0, INT64_MAX, &passes, err);

    if (!rc)
        rc = evc_json_integer(from, "memory-kib", 0, INT64_MAX, &memory_kib, err);
    if (!rc)
        rc = evc_protector_seal_read(from, to, err);
    if (rc)
        return rc;
    to->passes = clamp(passes);
    to->memory_kib = clamp(memory_kib);
    return evc_argon2_check(to->passes, to->memory_kib, err);
}

static void
passphrase_write(const evc_protector *from, evc_jwrite *to)
{
    evc_jwrite_name(to, "passes");
    evc_jwrite_integer(to, from->passes);
    evc_jwrite_name(to, "memory-kib");
    evc_jwrite_integer(to, from->memory_kib);
    evc_protector_seal_write(from, to);
}

static int
passphrase_begin(const evc_protectors *list, const evc_presented *with,
                 evc_protector *to, evc_error **err)
{
    (void)with;
    (void)err;
    to->passes = list->passes;
    to->memory_kib = list->memory_kib;
    return 0;
}

/* P, in the arena. */
static int
derive(const evc_protector_scope *scope, const evc_presented *with,
       const evc_protector *of, evc_secret *p, evc_error **err)
{
    int rc = evc_secret_new(evc_crypto_env(scope->crypto)->arena, 32, p, err);

    if (rc)
        return rc;
    rc = evc_argon2id(evc_view_of(with->secret.bytes, with->secret.size), of->salt,
                      of->passes, of->memory_kib, p->bytes, err);
    if (rc)
        evc_secret_free(p);
    return rc;
}

static int
passphrase_wrap(const evc_protector_scope *scope, const evc_presented *with, evc_view s,
                evc_protector *to, evc_error **err)
{
    evc_secret p;
    int rc;

    evc_random_public(to->salt, sizeof to->salt);
    rc = derive(scope, with, to, &p, err);
    if (rc)
        return rc;
    rc = evc_protector_seal(scope, evc_view_of(p.bytes, p.size), s, to, err);
    evc_secret_free(&p);
    return rc;
}

static int
passphrase_open(const evc_protector_scope *scope, const evc_presented *with,
                const evc_protector *from, uint8_t *s, evc_error **err)
{
    evc_secret p;
    int rc = derive(scope, with, from, &p, err);

    if (rc)
        return rc;
    rc = evc_protector_unseal(scope, evc_view_of(p.bytes, p.size), from, s, err);
    evc_secret_free(&p);
    return rc;
}

const evc_protector_type evc_protector_passphrase = {
    .type = ENVCRYPT_PROTECTOR_PASSPHRASE,
    .name = "passphrase",
    .proves_origin = true,
    .slow = true,
    .members = members,
    .read = passphrase_read,
    .write = passphrase_write,
    .begin = passphrase_begin,
    .wrap = passphrase_wrap,
    .open = passphrase_open,
};
