/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Protectors of type "kms": the store key under a key of a key service, as an encrypted
 * data key whose context is envcrypt-store and envcrypt-protector, both ids in hex. One
 * unwrap opens the store, then work goes on without the service. Whoever may encrypt
 * under the key can make such a protector: it proves no origin.
 */
#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "kms/kms.h"
#include "kms/protector.h"

#define PROVIDER_MAX 1024u
#define INFO_MAX 4096u
#define WRAPPED_MAX 8192u

static const char *const members[] = {"id",     "type", "created", "provider",
                                      "key-id", "info", "wrapped", NULL};

static evc_edk
edk_of(const evc_protector *of)
{
    return (evc_edk){evc_view_text(of->provider), evc_buf_view(&of->info),
                     evc_buf_view(&of->wrapped)};
}

static int
set_text(evc_view text, char **to, evc_error **err)
{
    char *copy = evc_mem_text(text.data, text.size);

    if (!copy)
        return evc_err_nomem(err);
    evc_mem_free(*to);
    *to = copy;
    return 0;
}

/* For people: the key that the info names. */
static int
set_key_id(evc_protector *to, evc_error **err)
{
    evc_edk edk = edk_of(to);
    evc_edk_facts facts;

    evc_edk_describe(&edk, &facts);
    return set_text(facts.key_id, &to->key_id, err);
}

/* --- the file --- */

static int
read_base64(const evc_json *from, const char *name, size_t most, evc_buf *to,
            evc_error **err)
{
    size_t size = 0;
    int rc;

    (void)evc_buf_extend(to, most);
    rc = evc_buf_check(to, err);
    if (!rc)
        rc = evc_json_base64(from, name, to->data, most, &size, err);
    if (rc)
        return rc;
    evc_buf_truncate(to, size);
    if (size == 0)
        return evc_err(err, ENVCRYPT_E_JSON, "member \"%s\" is empty", name);
    return 0;
}

/* It stands there for people; what counts is in the info, so they must agree. */
static int
check_key_id(const evc_json *from, evc_protector *of, evc_error **err)
{
    const char *key_id = NULL;
    int rc = evc_json_text(from, "key-id", &key_id, err);

    if (!rc)
        rc = set_key_id(of, err);
    if (rc || strcmp(of->key_id, key_id) == 0)
        return rc;
    return evc_err(err, ENVCRYPT_E_JSON,
                   "member \"key-id\" is not the key that \"info\" names");
}

static int
kms_read(const evc_json *from, evc_protector *to, evc_error **err)
{
    const char *provider = NULL;
    int rc = evc_json_text(from, "provider", &provider, err);

    if (rc)
        return rc;
    if (!*provider || strlen(provider) > PROVIDER_MAX)
        return evc_err(err, ENVCRYPT_E_JSON,
                       "member \"provider\" has not 1 to %u bytes", PROVIDER_MAX);
    rc = set_text(evc_view_text(provider), &to->provider, err);
    if (!rc)
        rc = read_base64(from, "info", INFO_MAX, &to->info, err);
    if (!rc)
        rc = read_base64(from, "wrapped", WRAPPED_MAX, &to->wrapped, err);
    return rc ? rc : check_key_id(from, to, err);
}

static void
kms_write(const evc_protector *from, evc_jwrite *to)
{
    evc_jwrite_name(to, "provider");
    evc_jwrite_text(to, from->provider);
    evc_jwrite_name(to, "key-id");
    evc_jwrite_text(to, from->key_id);
    evc_jwrite_name(to, "info");
    evc_jwrite_base64(to, evc_buf_view(&from->info));
    evc_jwrite_name(to, "wrapped");
    evc_jwrite_base64(to, evc_buf_view(&from->wrapped));
}

/* --- wrapping --- */

static int
add_id(evc_kv *context, const char *name, const uint8_t *id, size_t size,
       evc_error **err)
{
    char hex[2 * EVC_STORE_ID];
    evc_buf text;

    evc_buf_init_fixed(&text, hex, sizeof(hex));
    evc_encode_hex(&text, evc_view_of(id, size));
    return evc_kv_add(context, evc_view_text(name), evc_buf_view(&text), err);
}

/* Of an initialised list. */
static int
make_context(const evc_protector_scope *scope, const evc_protector *of, evc_kv *context,
             evc_error **err)
{
    int rc = add_id(context, "envcrypt-store", scope->store_id, EVC_STORE_ID, err);

    return rc ? rc : add_id(context, "envcrypt-protector", of->id, sizeof of->id, err);
}

static int
check_field(evc_view field, size_t most, evc_error **err)
{
    if (field.size > 0 && field.size <= most)
        return 0;
    return evc_err(
        err, ENVCRYPT_E_KEY_SIZE,
        "what the key service gave for the store key does not fit into a key "
        "store: a field has %zu bytes, where 1 to %zu are possible",
        field.size, most);
}

static int
put_field(evc_view from, evc_buf *to, evc_error **err)
{
    evc_buf_clear(to);
    evc_buf_put_view(to, from);
    return evc_buf_check(to, err);
}

static int
keep(const evc_edk_out *made, evc_protector *to, evc_error **err)
{
    evc_edk edk = evc_edk_view(made);
    int rc = check_field(edk.provider, PROVIDER_MAX, err);

    if (!rc)
        rc = check_field(edk.info, INFO_MAX, err);
    if (!rc)
        rc = check_field(edk.ciphertext, WRAPPED_MAX, err);
    if (!rc)
        rc = set_text(edk.provider, &to->provider, err);
    if (!rc)
        rc = put_field(edk.info, &to->info, err);
    if (!rc)
        rc = put_field(edk.ciphertext, &to->wrapped, err);
    return rc ? rc : set_key_id(to, err);
}

static int
kms_begin(const evc_protectors *list, const evc_presented *with, evc_protector *to,
          evc_error **err)
{
    (void)list;
    (void)to;
    if (evc_kms_can(with->kms, ENVCRYPT_OP_WRAP) && !with->kms->discovery)
        return 0;
    if (with->kms->discovery)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "what should protect the key store names \"%s\" but no key of "
                       "it; name the key in the URI",
                       with->kms->provider);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the key \"%s\" of \"%s\" only opens, so it cannot protect a key "
                   "store; give a key that wraps",
                   with->kms->key_id, with->kms->provider);
}

static int
kms_wrap(const evc_protector_scope *scope, const evc_presented *with, evc_view s,
         evc_protector *to, evc_error **err)
{
    evc_edk_out made;
    evc_kv context;
    int rc;

    evc_kv_init(&context);
    evc_edk_out_init(&made);
    rc = make_context(scope, to, &context, err);
    if (!rc)
        rc = evc_kms_wrap(with->kms, s, &context, scope->wait, NULL, &made, err);
    if (!rc)
        rc = keep(&made, to, err);
    evc_edk_out_reset(&made);
    evc_kv_reset(&context);
    return rc;
}

static bool
kms_claims(const evc_presented *with, const evc_protector *of)
{
    evc_edk edk = edk_of(of);

    return evc_kms_claims(with->kms, &edk);
}

static int
kms_open(const evc_protector_scope *scope, const evc_presented *with,
         const evc_protector *from, uint8_t *s, evc_error **err)
{
    evc_edk edk = edk_of(from);
    evc_secret plain = {0};
    evc_kv context;
    int rc;

    if (!evc_kms_can(with->kms, ENVCRYPT_OP_UNWRAP) || !kms_claims(with, from))
        return EVC_NOT_AUTHENTIC;
    evc_kv_init(&context);
    rc = make_context(scope, from, &context, err);
    if (!rc)
        rc = evc_kms_unwrap(with->kms, &edk, &context, EVC_STORE_KEY, scope->wait, NULL,
                            &plain, NULL, err);
    if (!rc)
        memcpy(s, plain.bytes, EVC_STORE_KEY);
    evc_secret_free(&plain);
    evc_kv_reset(&context);
    return rc;
}

/* By the service where it can, so that the store key is not seen on the way. */
static int
kms_rewrap(const evc_protector_scope *scope, const evc_presented *with, evc_view s,
           evc_protector *to, evc_error **err)
{
    evc_edk edk = edk_of(to);
    evc_edk_out made;
    evc_kv context;
    int rc;

    if (!evc_kms_can(with->kms, ENVCRYPT_OP_REWRAP))
        return kms_wrap(scope, with, s, to, err);
    evc_kv_init(&context);
    evc_edk_out_init(&made);
    rc = make_context(scope, to, &context, err);
    if (!rc)
        rc = evc_kms_rewrap(with->kms, &edk, &context, scope->wait, &made, err);
    if (!rc)
        rc = keep(&made, to, err);
    evc_edk_out_reset(&made);
    evc_kv_reset(&context);
    return rc;
}

const evc_protector_type evc_protector_kms = {
    .type = ENVCRYPT_PROTECTOR_KMS,
    .name = "kms",
    .proves_origin = false,
    .remote = true,
    .members = members,
    .read = kms_read,
    .write = kms_write,
    .begin = kms_begin,
    .wrap = kms_wrap,
    .open = kms_open,
    .claims = kms_claims,
    .rewrap = kms_rewrap,
};
