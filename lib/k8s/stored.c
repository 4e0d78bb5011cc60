/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored.h"

#include "base/utf8.h"
#include "crypto/digest.h"

#define PREFIX "k8s:enc:"
#define PROTOBUF_MAGIC 4 /* bytes of "k8s\0" */

/* A length below this begins with a byte that is no character of a name. */
#define LIKELY_DEK 0x2000u

static const struct {
    const char *name;
    const char *prefix;
    size_t least; /* bytes of a body */
} kinds[] = {
    [EVC_STORED_IDENTITY] = {"identity", NULL, 0},
    [EVC_STORED_AESCBC] = {"aescbc", PREFIX "aescbc:v1:", 2 * EVC_STORED_CBC_IV},
    [EVC_STORED_AESGCM] = {"aesgcm", PREFIX "aesgcm:v1:", EVC_STORED_GCM_MORE},
    [EVC_STORED_SECRETBOX] = {"secretbox",
                              PREFIX "secretbox:v1:", EVC_STORED_SECRETBOX_MORE},
    [EVC_STORED_KMS_V1] = {"kms v1", PREFIX "kms:v1:", 3 + EVC_STORED_GCM_MORE},
    [EVC_STORED_KMS_V2] = {"kms v2", PREFIX "kms:v2:", 1},
    [EVC_STORED_UNKNOWN] = {"unknown", PREFIX, 0},
};

const char *
evc_stored_provider_name(evc_stored_provider provider)
{
    return kinds[provider].name;
}

const char *
evc_stored_prefix(evc_stored_provider provider)
{
    return kinds[provider].prefix;
}

static int
refuse(evc_stored_provider provider, const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_STORED,
                   "a stored value of the provider %s %s; it is damaged, or was not "
                   "written by kube-apiserver",
                   kinds[provider].name, why);
}

static bool
binds_place(evc_stored_provider provider)
{
    return provider == EVC_STORED_AESGCM || provider == EVC_STORED_KMS_V1 ||
           provider == EVC_STORED_KMS_V2;
}

int
evc_stored_check_place(evc_stored_provider provider, evc_view etcd_key, evc_error **err)
{
    if (etcd_key.size > 0 || !binds_place(provider))
        return 0;
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "values under the provider %s are bound to their key in etcd; give "
                   "it, as in /registry/secrets/NAMESPACE/NAME",
                   evc_stored_provider_name(provider));
}

/* Servers before 1.25 wrote AES-CBC, whose least is more than that of AES-GCM. */
static int
split_v1(evc_view body, evc_stored *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(body);
    evc_view dek = evc_cursor_bytes16(&c);

    if (dek.size == 0 || evc_cursor_left(&c) < EVC_STORED_GCM_MORE)
        return refuse(EVC_STORED_KMS_V1,
                      "holds no wrapped key with an encrypted text behind it", err);
    out->dek_source = dek;
    out->sealed = evc_cursor_bytes(&c, evc_cursor_left(&c));
    return 0;
}

static int
split_v2(evc_view body, evc_stored *out, evc_error **err)
{
    int rc = evc_encrypted_object_read(body, &out->object, err);
    size_t least = EVC_STORED_GCM_MORE;

    if (rc)
        return rc;
    if (out->object.type == EVC_DEK_SOURCE_SEED)
        least += EVC_STORED_INFO;
    if (out->object.data.size < least)
        return refuse(EVC_STORED_KMS_V2, "holds an encrypted text that is too short",
                      err);
    out->dek_source = out->object.dek_source;
    out->sealed = out->object.data;
    return 0;
}

int
evc_stored_split(evc_stored_provider provider, evc_view body, evc_stored *out,
                 evc_error **err)
{
    if (body.size < kinds[provider].least)
        return refuse(provider, "is too short", err);
    if (provider == EVC_STORED_AESCBC && body.size % EVC_STORED_CBC_IV != 0)
        return refuse(provider, "does not consist of whole blocks", err);
    if (provider == EVC_STORED_KMS_V1)
        return split_v1(body, out, err);
    if (provider == EVC_STORED_KMS_V2)
        return split_v2(body, out, err);
    return 0;
}

/* The next name that ends at a colon; c stands behind that. False when there is none. */
static bool
next_name(evc_cursor *c, evc_view *name)
{
    while (evc_cursor_left(c) > 0) {
        *name = evc_cursor_since(c, 0);
        if (evc_cursor_u8(c) == ':' && name->size > 0)
            return true;
    }
    return false;
}

/* Tries each place where the name may end. */
static bool
find_name(evc_view rest, size_t dek_limit, evc_stored *out)
{
    evc_cursor c = evc_cursor_of_view(rest);
    size_t checked = 0; /* bytes that are known to be UTF-8 */
    evc_view name;

    while (next_name(&c, &name)) {
        evc_cursor behind = c;
        evc_view body = evc_cursor_bytes(&behind, evc_cursor_left(&c));
        evc_cursor unchecked = evc_cursor_of_view(name);

        (void)evc_cursor_bytes(&unchecked, checked);
        if (!evc_is_utf8(evc_cursor_bytes(&unchecked, evc_cursor_left(&unchecked))))
            return false;
        checked = name.size;
        if (evc_stored_split(out->provider, body, out, NULL) ||
            out->dek_source.size >= dek_limit)
            continue;
        out->name = name;
        out->body = body;
        return true;
    }
    return false;
}

/* Names of kms v2 hold no colon (the validation of EncryptionConfiguration sees to it). */
static int
read_v2(evc_view rest, evc_stored *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(rest);

    if (!next_name(&c, &out->name) || evc_view_starts_with(rest, ":") ||
        !evc_is_utf8(out->name))
        return refuse(out->provider, "names no plugin", err);
    out->body = evc_cursor_bytes(&c, evc_cursor_left(&c));
    return evc_stored_split(out->provider, out->body, out, err);
}

static int
read_prefixed(evc_view value, evc_stored *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(value);
    evc_view rest;

    out->provider = EVC_STORED_AESCBC;
    while (!evc_view_starts_with(value, kinds[out->provider].prefix))
        out->provider++; /* all begin as UNKNOWN, the last one, does */
    (void)evc_cursor_bytes(&c, evc_view_text(kinds[out->provider].prefix).size);
    rest = evc_cursor_bytes(&c, evc_cursor_left(&c));
    if (out->provider == EVC_STORED_UNKNOWN) {
        out->body = rest;
        return 0;
    }
    if (out->provider == EVC_STORED_KMS_V2)
        return read_v2(rest, out, err);
    if (find_name(rest, LIKELY_DEK, out) || find_name(rest, SIZE_MAX, out))
        return 0;
    return refuse(out->provider, "has no name with a text of a possible size behind it",
                  err);
}

int
evc_stored_read(evc_crypto *crypto, evc_view value, evc_stored *out, evc_error **err)
{
    int rc;

    *out = (evc_stored){.provider = EVC_STORED_IDENTITY, .body = value};
    if (value.size > EVC_STORED_VALUE_MAX)
        return evc_err(
            err, ENVCRYPT_E_STORED,
            "a stored value has %zu bytes; kube-apiserver writes at most %zu",
            value.size, EVC_STORED_VALUE_MAX);
    if (!evc_view_starts_with(value, PREFIX)) {
        evc_cursor c = evc_cursor_of_view(value);

        out->is_protobuf = evc_view_equal(evc_cursor_bytes(&c, PROTOBUF_MAGIC),
                                          evc_view_of("k8s\0", PROTOBUF_MAGIC));
        return 0;
    }
    rc = read_prefixed(value, out, err);
    if (!rc && out->dek_source.size > 0)
        rc = evc_digest(crypto, EVC_SHA256, &out->dek_source, 1, out->dek_digest, err);
    if (rc)
        *out = (evc_stored){.provider = EVC_STORED_UNKNOWN};
    return rc;
}
