/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/wrap_aes.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "crypto/digest.h"
#include "crypto/gcm.h"
#include "crypto/random.h"
#include "kms/context.h"

/* Contexts are small: they are serialized on the stack, and seldom on the heap. */
#define CONTEXT_ROOM 512u

static int
serialize(const evc_kv *context, uint8_t room[CONTEXT_ROOM], evc_buf *out,
          evc_error **err)
{
    size_t size = evc_context_size(context);

    if (size <= CONTEXT_ROOM) {
        evc_buf_init_fixed(out, room, CONTEXT_ROOM);
    } else {
        evc_buf_init(out);
        (void)evc_buf_reserve(out, size);
    }
    evc_context_write(context, out);
    return evc_buf_check(out, err);
}

/* The wrapped key and the tag behind it, at the end of out. */
static int
seal(evc_crypto *crypto, evc_view kek, const uint8_t iv[EVC_GCM_IV],
     const evc_view *aad, size_t aad_count, evc_view key, evc_loan *loan, evc_buf *out,
     evc_error **err)
{
    uint8_t *room = evc_buf_extend(out, key.size + EVC_GCM_TAG);
    evc_gcm *gcm = NULL;
    int rc;

    if (!room)
        return evc_buf_check(out, err);
    rc = evc_loan_borrow(loan, crypto, kek, &gcm, err);
    if (!rc)
        rc = evc_gcm_seal(gcm, iv, aad, aad_count, key, room, &room[key.size], err);
    evc_loan_return(loan, gcm);
    return rc;
}

typedef struct sealed {
    evc_view iv;
    evc_view wrapped;
    evc_view tag;
} sealed;

static int
open_sealed(evc_crypto *crypto, evc_view kek, const sealed *from, const evc_view *aad,
            size_t aad_count, evc_loan *loan, uint8_t *out, evc_error **err)
{
    evc_gcm *gcm;
    int rc = evc_loan_borrow(loan, crypto, kek, &gcm, err);

    if (rc)
        return rc;
    rc = evc_gcm_open(gcm, from->iv.data, aad, aad_count, from->wrapped, out,
                      from->tag.data, err);
    evc_loan_return(loan, gcm);
    return rc;
}

static int
refuse(const evc_edk *edk, evc_view key_id, evc_error **err)
{
    char provider[EVC_SHOWN];
    char name[EVC_SHOWN];

    if (!err)
        return ENVCRYPT_E_UNWRAP;
    evc_encode_shown(edk->provider, provider);
    evc_encode_shown(key_id, name);
    return evc_err(
        err, ENVCRYPT_E_UNWRAP,
        "a wrapped key does not open under the key \"%s\" of \"%s\": the key "
        "or the encryption context is another one, or bytes were changed",
        name, provider);
}

int
evc_wrap_raw_aes(evc_crypto *crypto, evc_view kek, evc_view provider, evc_view name,
                 const evc_kv *context, evc_view key, evc_loan *loan, evc_edk_out *out,
                 evc_error **err)
{
    EVC_UNSET uint8_t room[CONTEXT_ROOM];
    uint8_t iv[EVC_GCM_IV];
    evc_buf serialized;
    evc_view aad;
    int rc = serialize(context, room, &serialized, err);

    if (rc)
        goto out;
    evc_loan_iv(loan, iv);
    evc_edk_out_reserve(out, provider.size, name.size + EVC_EDK_RAW_AES_TAIL,
                        key.size + EVC_GCM_TAG);
    evc_buf_put_view(&out->provider, provider);
    evc_edk_raw_aes_info(&out->info, name, iv);
    aad = evc_buf_view(&serialized);
    rc = seal(crypto, kek, iv, &aad, 1, key, loan, &out->ciphertext, err);
    if (!rc)
        rc = evc_edk_out_check(out, err);
out:
    if (rc)
        evc_edk_out_reset(out);
    evc_buf_reset(&serialized);
    return rc;
}

size_t
evc_raw_aes_key_size(const evc_edk *edk)
{
    return edk->ciphertext.size > EVC_GCM_TAG ? edk->ciphertext.size - EVC_GCM_TAG : 0;
}

int
evc_unwrap_raw_aes(evc_crypto *crypto, evc_view kek, const evc_edk *edk,
                   const evc_kv *context, evc_loan *loan, uint8_t *out, evc_error **err)
{
    EVC_UNSET uint8_t room[CONTEXT_ROOM];
    size_t size = evc_raw_aes_key_size(edk);
    evc_cursor c = evc_cursor_of_view(edk->ciphertext);
    sealed from = {.wrapped = evc_cursor_bytes(&c, size)};
    evc_buf serialized;
    evc_view name = edk->info;
    evc_view aad;
    int rc;

    from.tag = evc_cursor_bytes(&c, EVC_GCM_TAG);
    if (size == 0 || !evc_edk_raw_aes_parse(edk->info, &name, &from.iv)) {
        evc_mem_wipe(out, size);
        return refuse(edk, name, err);
    }
    rc = serialize(context, room, &serialized, err);
    aad = evc_buf_view(&serialized);
    if (!rc)
        rc = open_sealed(crypto, kek, &from, &aad, 1, loan, out, err);
    evc_buf_reset(&serialized);
    if (rc)
        evc_mem_wipe(out, size);
    return rc == EVC_NOT_AUTHENTIC ? refuse(edk, name, err) : rc;
}

/* The wrapping key: one block of the KDF in counter mode of SP 800-108, HMAC-SHA256. */
static int
derive(evc_crypto *crypto, evc_view branch_key, evc_view salt, uint8_t out[32],
       evc_error **err)
{
    static const uint8_t before[] = "\0\0\0\1" EVC_EDK_HIERARCHY; /* with its NUL */
    static const uint8_t after[] = {0, 0, 1, 0};                  /* 256 bits */
    const evc_view parts[] = {evc_view_of(before, sizeof(before)), salt,
                              evc_view_of(after, sizeof(after))};

    if (branch_key.size != EVC_BRANCH_KEY)
        return evc_err(err, ENVCRYPT_E_KEY_SIZE,
                       "a branch key has %u bytes, and this one %zu", EVC_BRANCH_KEY,
                       branch_key.size);
    return evc_hmac(crypto, EVC_SHA256, branch_key, parts, 3, out, err);
}

#define HIERARCHY_AAD 4

/* What the hierarchical keyring binds, as parts. */
static void
hierarchy_aad(evc_view branch_key_id, evc_view version, evc_view context,
              evc_view parts[HIERARCHY_AAD])
{
    parts[0] = evc_view_text(EVC_EDK_HIERARCHY);
    parts[1] = branch_key_id;
    parts[2] = version;
    parts[3] = context;
}

int
evc_wrap_hierarchy(evc_crypto *crypto, evc_view branch_key, evc_view branch_key_id,
                   const uint8_t version[EVC_UUID_SIZE], const evc_kv *context,
                   evc_view key, evc_edk_out *out, evc_error **err)
{
    EVC_UNSET uint8_t room[CONTEXT_ROOM];
    uint8_t random[EVC_EDK_HIERARCHY_SALT + EVC_GCM_IV]; /* as they stand in the EDK */
    uint8_t kek[32];
    evc_view aad[HIERARCHY_AAD];
    evc_buf serialized;
    int rc = serialize(context, room, &serialized, err);

    evc_random_public(random, sizeof(random));
    if (!rc)
        rc = derive(crypto, branch_key, evc_view_of(random, EVC_EDK_HIERARCHY_SALT),
                    kek, err);
    if (rc)
        goto out;
    evc_buf_put_text(&out->provider, EVC_EDK_HIERARCHY);
    evc_buf_put_view(&out->info, branch_key_id);
    (void)evc_buf_reserve(&out->ciphertext,
                          sizeof(random) + EVC_UUID_SIZE + key.size + EVC_GCM_TAG);
    evc_buf_put(&out->ciphertext, random, sizeof(random));
    evc_buf_put(&out->ciphertext, version, EVC_UUID_SIZE);
    hierarchy_aad(branch_key_id, evc_view_of(version, EVC_UUID_SIZE),
                  evc_buf_view(&serialized), aad);
    rc = seal(crypto, evc_view_of(kek, sizeof(kek)), &random[EVC_EDK_HIERARCHY_SALT],
              aad, HIERARCHY_AAD, key, NULL, &out->ciphertext, err);
    if (!rc)
        rc = evc_edk_out_check(out, err);
out:
    if (rc)
        evc_edk_out_reset(out);
    evc_buf_reset(&serialized);
    evc_mem_wipe(kek, sizeof(kek));
    return rc;
}

size_t
evc_hierarchy_key_size(const evc_edk *edk)
{
    evc_edk_hierarchy parts;

    return evc_edk_hierarchy_parse(edk->ciphertext, &parts) ? parts.wrapped.size : 0;
}

int
evc_unwrap_hierarchy(evc_crypto *crypto, evc_view branch_key, evc_view branch_key_id,
                     const evc_edk *edk, const evc_kv *context, uint8_t *out,
                     evc_error **err)
{
    EVC_UNSET uint8_t room[CONTEXT_ROOM];
    uint8_t kek[32];
    evc_edk_hierarchy parts;
    evc_view aad[HIERARCHY_AAD];
    sealed from;
    evc_buf serialized;
    int rc;

    if (!evc_edk_hierarchy_parse(edk->ciphertext, &parts))
        return refuse(edk, branch_key_id, err);
    from = (sealed){parts.iv, parts.wrapped, parts.tag};
    rc = serialize(context, room, &serialized, err);
    if (!rc)
        rc = derive(crypto, branch_key, parts.salt, kek, err);
    hierarchy_aad(branch_key_id, parts.version, evc_buf_view(&serialized), aad);
    if (!rc)
        rc = open_sealed(crypto, evc_view_of(kek, sizeof(kek)), &from, aad,
                         HIERARCHY_AAD, NULL, out, err);
    evc_buf_reset(&serialized);
    evc_mem_wipe(kek, sizeof(kek));
    if (rc)
        evc_mem_wipe(out, parts.wrapped.size);
    return rc == EVC_NOT_AUTHENTIC ? refuse(edk, branch_key_id, err) : rc;
}

bool
evc_hierarchy_version(const evc_edk *edk, uint8_t version[EVC_UUID_SIZE])
{
    evc_edk_hierarchy parts;

    if (!evc_edk_hierarchy_parse(edk->ciphertext, &parts))
        return false;
    memcpy(version, parts.version.data, EVC_UUID_SIZE);
    return true;
}

int
evc_wrap_count_add(evc_wrap_count *count, const char *name, evc_error **err)
{
    if (atomic_fetch_add_explicit(count, 1, memory_order_relaxed) < EVC_WRAPS_MAX)
        return 0;
    return evc_err(err, ENVCRYPT_E_KEY_EXHAUSTED,
                   "the key \"%s\" wrapped 2^32 times, which is as often as is safe; "
                   "go on with another version or key",
                   name);
}
