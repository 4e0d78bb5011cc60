/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_open.h"

#include "base/encode.h"
#include "crypto/digest.h"
#include "kms/kms.h"

/* One opening. */
typedef struct opening {
    evc_stored_keys *keys;
    evc_view etcd_key;
    const evc_stored *stored; /* as it reads without keys */
    evc_view rest;            /* after the prefix: name, colon, body */
    evc_buf *out;

    evc_stored split; /* as it reads with the name of the key at hand */
    bool opened;      /* out has the text */

    size_t tried;
    int code;          /* of the failure that says most; 0 = none yet */
    evc_error *causes; /* of all of them; NULL when nobody reads them */
    bool explain;
} opening;

/* --- failures --- */

/* What ends the search: another key would fare no better. */
static bool
is_final(int code)
{
    return code == ENVCRYPT_E_CANCELED || code == ENVCRYPT_E_FORKED ||
           evc_error_class_of(code) == ENVCRYPT_CLASS_NOMEM;
}

/* A key that is plainly another one; as envelope/search.c judges. */
static bool
says_little(int code)
{
    int32_t error_class = evc_error_class_of(code);

    return error_class == ENVCRYPT_CLASS_WRONG_KEY ||
           error_class == ENVCRYPT_CLASS_AUTHENTICITY;
}

/* Keeps a failure, unless it is final: then it is the result. */
static int
note(opening *o, int code, evc_error *failure, evc_error **err)
{
    if (is_final(code)) {
        evc_err_drop(err);
        evc_err_add_cause(err, failure);
        return code;
    }
    if (!o->code || (says_little(o->code) && !says_little(code)))
        o->code = code;
    if (failure)
        evc_err_add_cause(&o->causes, failure);
    return 0;
}

/* Why nothing opened it: a key that could not be used may be the right one. */
static const char *
reason_of(const opening *o)
{
    if (!says_little(o->code))
        return o->tried == 1
                   ? "was not opened: the key that was given for it could not "
                     "be used"
                   : "was not opened: of the keys that were given for it, one "
                     "could not be used";
    return o->tried == 1
               ? "does not open with the key that was given for it; check that "
                 "key, and under which one it stands in etcd"
               : "does not open with any of the keys that were given for it; "
                 "check them, and under which one it stands in etcd";
}

static int
refuse(opening *o, evc_error **err)
{
    const char *provider = evc_stored_provider_name(o->stored->provider);
    char name[EVC_SHOWN];
    char key_id[EVC_SHOWN];
    int rc;

    evc_encode_shown(o->stored->name, name);
    evc_encode_shown(o->stored->object.key_id, key_id);
    if (o->tried == 0)
        return evc_err(err, ENVCRYPT_E_STORED_NO_KEY,
                       "no key was given for the stored value, which is under the "
                       "provider %s, name \"%s\"%s%s",
                       provider, name, key_id[0] ? ", key id " : "", key_id);
    rc = evc_err(err, o->code,
                 "the stored value under the provider %s, name \"%s\"%s%s, %s",
                 provider, name, key_id[0] ? ", key id " : "", key_id, reason_of(o));
    if (err && o->causes) {
        evc_err_add_cause(err, o->causes);
        o->causes = NULL;
    }
    return rc;
}

/* --- one key --- */

/* Whether the value is named as the key is; then o->split is how it reads. */
static bool
fits(opening *o, const evc_stored_key *key)
{
    evc_cursor c = evc_cursor_of_view(o->rest);
    evc_stored_provider provider = o->stored->provider;

    if (!evc_stored_key_serves(key, provider))
        return false;
    o->split = *o->stored;
    if (!key->name)
        return true;
    o->split.name = evc_cursor_bytes(&c, evc_view_text(key->name).size);
    if (!evc_view_is_text(o->split.name, key->name) || evc_cursor_u8(&c) != ':')
        return false;
    o->split.body = evc_cursor_bytes(&c, evc_cursor_left(&c));
    return evc_stored_split(provider, o->split.body, &o->split, NULL) == 0;
}

static evc_stored_layout
layout_of(const evc_stored *split)
{
    if (split->provider == EVC_STORED_KMS_V2 &&
        split->object.type == EVC_DEK_SOURCE_KEY)
        return EVC_LAYOUT_GCM;
    return evc_stored_layout_of(split->provider);
}

/* Opens the text under the key itself; STORED_AUTH. */
static int
open_text(opening *o, const evc_secret *key, evc_view sealed, evc_error **err)
{
    int rc = evc_stored_cipher_open(o->keys->crypto, layout_of(&o->split),
                                    evc_view_of(key->bytes, key->size), o->etcd_key,
                                    sealed, o->out, err);

    if (rc == EVC_NOT_AUTHENTIC)
        return evc_err(err, ENVCRYPT_E_STORED_AUTH,
                       "the stored value does not open: another key, another place in "
                       "etcd, or changed bytes");
    o->opened = rc == 0;
    return rc;
}

static int
try_local(opening *o, const evc_stored_key *key, evc_error **err)
{
    evc_error *failure = NULL;
    int rc = open_text(o, &key->bytes, o->split.body, o->explain ? &failure : NULL);

    o->tried++;
    return rc ? note(o, rc, failure, err) : 0;
}

/* --- keys of key services --- */

static int
unwrap(opening *o, const evc_stored_key *key, evc_wait *wait, evc_secret *out,
       evc_error **err)
{
    size_t size = layout_of(&o->split) == EVC_LAYOUT_SEED ? 32 : 0;
    evc_edk edk;
    evc_buf info;
    int rc;

    evc_buf_init(&info);
    rc = evc_plugin_form_read(key->form, key->kms, o->split.dek_source,
                              o->split.object.key_id, key->context.count > 0, &info,
                              &edk, err);
    if (!rc)
        rc = evc_kms_unwrap(key->kms, &edk, &key->context, size, wait, NULL, out, NULL,
                            err);
    evc_buf_reset(&info);
    return rc;
}

static int
try_kms(opening *o, const evc_stored_key *key, evc_wait *wait, evc_secret *out,
        evc_error **err)
{
    evc_error *failure = NULL;
    evc_error **told = o->explain ? &failure : NULL;
    int rc = unwrap(o, key, wait, out, told);

    o->tried++;
    if (!rc)
        rc = open_text(o, out, o->split.sealed, told);
    if (!rc)
        return 0;
    evc_secret_free(out);
    return note(o, rc, failure, err);
}

/* Tries all keys that read the value as o->split does. Only a key that opened the text
 * enters the cache. */
static int
make(void *user, evc_wait *wait, evc_secret *key, evc_buf *kept, evc_error **err)
{
    opening *o = user;
    size_t body = o->split.body.size;
    int rc = 0;

    (void)kept;
    for (size_t i = 0; rc == 0 && !o->opened && i < o->keys->count; i++)
        if (fits(o, &o->keys->keys[i]) && o->split.body.size == body)
            rc = try_kms(o, &o->keys->keys[i], wait, key, err);
    if (rc)
        return rc;
    return o->opened ? 0 : ENVCRYPT_E_STORED_NO_KEY;
}

/* Names what is unwrapped. Parts of fixed sizes first; the wrapped key is of 64 KiB at most. */
static int
cache_id(const opening *o, uint8_t id[EVC_DEK_CACHE_ID], evc_error **err)
{
    const evc_stored *s = &o->split;
    uint8_t fixed[8];
    evc_buf head;
    evc_view parts[4];

    evc_buf_init_fixed(&head, fixed, sizeof(fixed));
    evc_buf_put_u8(&head, 'o');
    evc_buf_put_u8(&head, (uint8_t)s->provider);
    evc_buf_put_u8(&head, (uint8_t)s->object.type);
    evc_buf_put_u16(&head, (uint16_t)s->dek_source.size);
    evc_buf_put_u16(&head, (uint16_t)s->object.key_id.size);
    parts[0] = evc_buf_view(&head);
    parts[1] = s->dek_source;
    parts[2] = s->object.key_id;
    parts[3] = s->name;
    return evc_digest(o->keys->crypto, EVC_SHA256, parts, 4, id, err);
}

static int
open_kms(opening *o, evc_wait *wait, evc_error **err)
{
    uint8_t id[EVC_DEK_CACHE_ID];
    const evc_dek_use use = {id, 0, 0};
    evc_error *failure = NULL;
    evc_stored split = o->split;
    evc_secret key = {0};
    evc_buf kept;
    int rc = cache_id(o, id, err);

    if (rc)
        return rc;
    evc_buf_init(&kept);
    rc = evc_dek_cache_get(o->keys->cache, &use, make, o, wait, &key, &kept, err);
    o->split = split;
    if (rc == 0 && !o->opened) { /* it was in the cache */
        rc = open_text(o, &key, o->split.sealed, o->explain ? &failure : NULL);
        o->tried++;
        if (rc)
            rc = note(o, rc, failure, err);
    } else if (rc == ENVCRYPT_E_STORED_NO_KEY) {
        rc = 0; /* what failed was noted */
    }
    evc_buf_reset(&kept);
    evc_secret_free(&key);
    return rc;
}

/* Whether an earlier key reads the value in the same way, so that this one was tried. */
static bool
was_tried(opening *o, size_t index)
{
    const evc_stored split = o->split;
    bool found = false;

    for (size_t i = 0; i < index && !found; i++)
        found = fits(o, &o->keys->keys[i]) && o->split.body.size == split.body.size;
    o->split = split;
    return found;
}

static int
search(opening *o, evc_wait *wait, evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; rc == 0 && !o->opened && i < o->keys->count; i++) {
        const evc_stored_key *key = &o->keys->keys[i];

        if (!fits(o, key))
            continue;
        if (!key->kms)
            rc = try_local(o, key, err);
        else if (!was_tried(o, i))
            rc = open_kms(o, wait, err);
    }
    if (rc == 0 && !o->opened)
        rc = refuse(o, err);
    evc_error_free(o->causes);
    return rc;
}

int
evc_stored_open(evc_stored_keys *keys, evc_view etcd_key, evc_view value,
                evc_wait *wait, evc_buf *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(value);
    evc_stored stored;
    opening o = {.keys = keys,
                 .etcd_key = etcd_key,
                 .stored = &stored,
                 .out = out,
                 .explain = err != NULL};
    int rc = evc_stored_read(keys->crypto, value, &stored, err);

    if (rc)
        return rc;
    if (stored.provider == EVC_STORED_IDENTITY) {
        evc_buf_put_view(out, value);
        return evc_buf_check(out, err);
    }
    if (stored.provider == EVC_STORED_UNKNOWN)
        return evc_err(err, ENVCRYPT_E_STORED,
                       "the stored value is encrypted by a provider that is not known "
                       "here");
    rc = evc_stored_check_place(stored.provider, etcd_key, err);
    if (rc)
        return rc;
    (void)evc_cursor_bytes(&c, evc_view_text(evc_stored_prefix(stored.provider)).size);
    o.rest = evc_cursor_bytes(&c, evc_cursor_left(&c));
    return search(&o, wait, err);
}
