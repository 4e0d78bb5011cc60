/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/edk.h"

#include <string.h>

#include "base/mem.h"
#include "base/utf8.h"
#include "kms/uuid.h"

#define RAW_AES_TAG_BITS 128u
#define RAW_AES_IV 12u
#define SERVICE_VERSION 1u
#define HIERARCHY_FIXED (EVC_EDK_HIERARCHY_SALT + 12u + EVC_UUID_SIZE + 16u)

void
evc_edk_out_init(evc_edk_out *edk)
{
    evc_buf_init(&edk->provider);
    evc_buf_init(&edk->info);
    evc_buf_init(&edk->ciphertext);
    edk->block = NULL;
}

void
evc_edk_out_reserve(evc_edk_out *edk, size_t provider, size_t info, size_t ciphertext)
{
    uint8_t *block = evc_mem_new(provider + info + ciphertext);

    if (!block) /* each field tries for itself, and tells */
        return;
    edk->block = block;
    evc_buf_init_lent(&edk->provider, block, provider);
    evc_buf_init_lent(&edk->info, &block[provider], info);
    evc_buf_init_lent(&edk->ciphertext, &block[provider + info], ciphertext);
}

void
evc_edk_out_reset(evc_edk_out *edk)
{
    evc_buf_reset(&edk->provider);
    evc_buf_reset(&edk->info);
    evc_buf_reset(&edk->ciphertext);
    evc_mem_free(edk->block);
    edk->block = NULL;
}

evc_edk
evc_edk_view(const evc_edk_out *edk)
{
    return (evc_edk){evc_buf_view(&edk->provider), evc_buf_view(&edk->info),
                     evc_buf_view(&edk->ciphertext)};
}

int
evc_edk_out_check(const evc_edk_out *edk, evc_error **err)
{
    int rc = evc_buf_check(&edk->provider, err);

    if (!rc)
        rc = evc_buf_check(&edk->info, err);
    if (!rc)
        rc = evc_buf_check(&edk->ciphertext, err);
    return rc;
}

void
evc_edk_write(const evc_edk *edk, evc_buf *out)
{
    evc_buf_put_bytes16(out, edk->provider);
    evc_buf_put_bytes16(out, edk->info);
    evc_buf_put_bytes16(out, edk->ciphertext);
}

bool
evc_edk_read(evc_cursor *c, evc_edk *out)
{
    out->provider = evc_cursor_bytes16(c);
    out->info = evc_cursor_bytes16(c);
    out->ciphertext = evc_cursor_bytes16(c);
    return !c->failed;
}

bool
evc_edk_is_reserved_provider(evc_view provider)
{
    return evc_view_starts_with(provider, "aws-kms") ||
           evc_view_starts_with(provider, "envcrypt-");
}

void
evc_edk_raw_aes_info(evc_buf *out, evc_view name, const uint8_t iv[12])
{
    evc_buf_put_view(out, name);
    evc_buf_put_u32(out, RAW_AES_TAG_BITS);
    evc_buf_put_u32(out, RAW_AES_IV);
    evc_buf_put(out, iv, RAW_AES_IV);
}

bool
evc_edk_raw_aes_parse(evc_view info, evc_view *name, evc_view *iv)
{
    evc_cursor c = evc_cursor_of_view(info);
    bool good;

    if (info.size < EVC_EDK_RAW_AES_TAIL)
        return false;
    *name = evc_cursor_bytes(&c, info.size - EVC_EDK_RAW_AES_TAIL);
    good = evc_cursor_u32(&c) == RAW_AES_TAG_BITS;
    good = evc_cursor_u32(&c) == RAW_AES_IV && good;
    *iv = evc_cursor_bytes(&c, RAW_AES_IV);
    return good && evc_cursor_done(&c);
}

void
evc_edk_service_info(evc_buf *out, const evc_edk_service *info)
{
    evc_buf_put_u8(out, SERVICE_VERSION);
    evc_buf_put_bytes16(out, info->key_id);
    evc_buf_put_bytes16(out, info->key_version);
    evc_buf_put_u8(out, (uint8_t)info->form);
    evc_buf_put_u64(out, info->wrapped_s);
}

static bool
is_text(evc_view bytes)
{
    return evc_is_utf8(bytes) &&
           (bytes.size == 0 || !memchr(bytes.data, 0, bytes.size));
}

bool
evc_edk_service_parse(evc_view info, evc_edk_service *out)
{
    evc_cursor c = evc_cursor_of_view(info);
    uint8_t form;

    if (evc_cursor_u8(&c) != SERVICE_VERSION)
        return false;
    out->key_id = evc_cursor_bytes16(&c);
    out->key_version = evc_cursor_bytes16(&c);
    form = evc_cursor_u8(&c);
    out->wrapped_s = evc_cursor_u64(&c);
    if (!evc_cursor_done(&c) || form > EVC_FORM_HASH)
        return false;
    out->form = (evc_context_form)form;
    return is_text(out->key_id) && is_text(out->key_version) &&
           out->key_version.size <= EVC_EDK_VERSION_MAX;
}

int64_t
evc_edk_service_wrapped_ms(const evc_edk_service *info)
{
    if (info->wrapped_s == 0 || info->wrapped_s > INT64_MAX / 1000)
        return -1;
    return (int64_t)info->wrapped_s * 1000;
}

bool
evc_edk_hierarchy_parse(evc_view ciphertext, evc_edk_hierarchy *out)
{
    evc_cursor c = evc_cursor_of_view(ciphertext);

    if (ciphertext.size <= HIERARCHY_FIXED)
        return false;
    out->salt = evc_cursor_bytes(&c, EVC_EDK_HIERARCHY_SALT);
    out->iv = evc_cursor_bytes(&c, 12);
    out->version = evc_cursor_bytes(&c, EVC_UUID_SIZE);
    out->wrapped = evc_cursor_bytes(&c, ciphertext.size - HIERARCHY_FIXED);
    out->tag = evc_cursor_bytes(&c, 16);
    return evc_cursor_done(&c);
}

static void
describe_service(const evc_edk_service *service, evc_edk_facts *out)
{
    out->key_id = service->key_id;
    if (service->key_version.size)
        memcpy(out->key_version, service->key_version.data, service->key_version.size);
    out->wrapped_ms = evc_edk_service_wrapped_ms(service);
}

void
evc_edk_describe(const evc_edk *edk, evc_edk_facts *out)
{
    evc_edk_service service;
    evc_edk_hierarchy parts;
    evc_view name;
    evc_view iv;

    *out = (evc_edk_facts){.key_id = edk->info, .wrapped_ms = -1};
    if (evc_view_is_text(edk->provider, EVC_EDK_HIERARCHY)) {
        if (evc_edk_hierarchy_parse(edk->ciphertext, &parts))
            evc_uuid_format(parts.version.data, out->key_version);
    } else if (evc_view_starts_with(edk->provider, "aws-kms")) {
        return; /* the info is the ARN, and it tells no more */
    } else if (evc_edk_service_parse(edk->info, &service)) {
        describe_service(&service, out);
    } else if (evc_edk_raw_aes_parse(edk->info, &name, &iv)) {
        out->key_id = name;
    }
}
