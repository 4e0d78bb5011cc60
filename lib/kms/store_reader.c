/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/encode.h"
#include "base/mem.h"
#include "kms/protector_types.h"
#include "kms/uuid.h"

/* The reason why something could not be read becomes the reason why the file could not. */
static int
damaged(const evc_store_text *text, int rc, evc_error **err)
{
    if (rc != ENVCRYPT_E_JSON && rc != ENVCRYPT_E_ARGUMENT &&
        rc != ENVCRYPT_E_STORE_KDF)
        return rc;
    return evc_err(err,
                   rc == ENVCRYPT_E_STORE_KDF ? ENVCRYPT_E_STORE_KDF
                                              : ENVCRYPT_E_STORE_FORMAT,
                   "cannot read the key store %s: %s", text->path,
                   err ? evc_error_message(*err) : "");
}

static int
refuse(evc_error **err, const char *what)
{
    return evc_err(err, ENVCRYPT_E_JSON, "%s", what);
}

/* The format comes first, so that a newer one is told before all else is judged. */
static int
check_format(const evc_json *root, const char *path, evc_error **err)
{
    const char *type = NULL;
    const char *first = evc_json_next_name(root, NULL);
    int64_t format = 0;
    int rc;

    if (!first || strcmp(first, "format") != 0)
        return refuse(err, "its first member is not \"format\"");
    rc = evc_json_text(root, "type", &type, err);
    if (rc)
        return rc;
    if (strcmp(type, EVC_STORE_TYPE) != 0)
        return refuse(err, "member \"type\" is not \"" EVC_STORE_TYPE "\"");
    rc = evc_json_integer(root, "format", 1, INT64_MAX, &format, err);
    if (rc || format == EVC_STORE_FORMAT)
        return rc;
    return evc_err(err, ENVCRYPT_E_STORE_NEWER,
                   "the key store %s has format %lld and this library reads format %d; "
                   "upgrade the library",
                   path, (long long)format, EVC_STORE_FORMAT);
}

static int
split_mac(evc_view file, evc_store_text *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(file);
    evc_view head, digits, tail;

    if (file.size > EVC_STORE_MAC_LINE)
        out->covered = evc_cursor_bytes(&c, file.size - EVC_STORE_MAC_LINE);
    head = evc_cursor_bytes(&c, sizeof EVC_STORE_MAC_HEAD - 1);
    digits = evc_cursor_bytes(&c, 2 * sizeof out->mac);
    tail = evc_cursor_bytes(&c, sizeof EVC_STORE_MAC_TAIL - 1);
    if (!evc_cursor_done(&c) || !evc_view_is_text(head, EVC_STORE_MAC_HEAD) ||
        !evc_view_is_text(tail, EVC_STORE_MAC_TAIL))
        return refuse(err, "it does not end with the line of \"mac\"");
    for (size_t i = 0; i < digits.size; i++) {
        if (!memchr("0123456789abcdef", digits.data[i], 16))
            return refuse(err, "\"mac\" is not 64 lower-case hex digits");
    }
    if (evc_decode_hex(digits, out->mac, sizeof out->mac, err))
        return refuse(err, "\"mac\" is not 64 lower-case hex digits");
    return 0;
}

int
evc_store_text_open(evc_view file, const char *path, evc_store_text *out,
                    evc_error **err)
{
    int rc;

    *out = (evc_store_text){.path = path};
    rc = evc_json_parse(file, "its text", &out->doc, err);
    if (!rc)
        rc = check_format(evc_json_root(out->doc), path, err);
    if (!rc)
        rc = split_mac(file, out, err);
    if (rc) {
        rc = damaged(out, rc, err);
        evc_store_text_close(out);
    }
    return rc;
}

void
evc_store_text_close(evc_store_text *text)
{
    evc_json_free(text->doc);
    text->doc = NULL;
}

static int
read_time(const evc_json *from, const char *name, int64_t *out, evc_error **err)
{
    const char *text = NULL;
    int rc = evc_json_text(from, name, &text, err);

    return rc ? rc : evc_clock_parse(evc_view_text(text), out, err);
}

static int
read_protector(const evc_json *from, evc_store_data *into, evc_error **err)
{
    const evc_protector_type *type;
    evc_protector *to;
    uint8_t id[EVC_PROTECTOR_ID] = {0};
    const char *name = NULL;
    int rc = evc_json_text(from, "type", &name, err);

    if (rc)
        return rc;
    type = evc_protector_types_named(name);
    if (!type)
        return refuse(err, "a protector's \"type\" is not a known one");
    rc = evc_json_hex(from, "id", id, sizeof id, err);
    if (!rc)
        rc = evc_json_only(from, type->members, err);
    if (rc)
        return rc;
    if (evc_store_data_find_protector(into, id) != EVC_STORE_NONE)
        return refuse(err, "two protectors have the same \"id\"");
    to = evc_store_data_add_protector(into, type->type);
    if (!to)
        return evc_err_nomem(err);
    evc_protector_set_id(to, id);
    rc = read_time(from, "created", &to->created_ms, err);
    return rc ? rc : type->read(from, to, err);
}

static int
read_protectors(const evc_json *root, evc_store_data *into, evc_error **err)
{
    const evc_json *list = NULL;
    int rc = evc_json_array(root, "protectors", &list, err);

    if (rc)
        return rc;
    if (evc_json_count(list) < 1 || evc_json_count(list) > EVC_STORE_MAX_PROTECTORS)
        return refuse(err, "it has no protector, or more than 64");
    for (size_t i = 0; !rc && i < evc_json_count(list); i++)
        rc = read_protector(evc_json_at(list, i), into, err);
    return rc;
}

static int
read_head(const evc_json *root, evc_store_data **out, evc_error **err)
{
    static const char *const members[] = {
        "format", "type", "id", "name", "created", "protectors", "keys", "mac", NULL};
    uint8_t id[EVC_STORE_ID] = {0};
    const char *name = NULL;
    int64_t created_ms = 0;
    int rc = evc_json_only(root, members, err);

    if (!rc)
        rc = evc_json_hex(root, "id", id, sizeof id, err);
    if (!rc)
        rc = evc_json_text(root, "name", &name, err);
    if (!rc)
        rc = read_time(root, "created", &created_ms, err);
    if (rc)
        return rc;
    if (!evc_store_is_store_name(evc_view_text(name)))
        return refuse(err, "member \"name\" is not the name of a key store");
    rc = evc_store_data_new(id, name, created_ms, out, err);
    return rc ? rc : read_protectors(root, *out, err);
}

int
evc_store_read_head(const evc_store_text *text, evc_store_data **out, evc_error **err)
{
    int rc;

    *out = NULL;
    rc = read_head(evc_json_root(text->doc), out, err);
    if (rc) {
        rc = damaged(text, rc, err);
        evc_store_data_unref(*out);
        *out = NULL;
    }
    return rc;
}

static int
read_word(const evc_json *from, const char *name, int32_t (*value_of)(const char *),
          int32_t *out, evc_error **err)
{
    const char *text = NULL;
    int rc = evc_json_text(from, name, &text, err);

    if (rc)
        return rc;
    *out = value_of(text);
    if (*out)
        return 0;
    return evc_err(err, ENVCRYPT_E_JSON, "member \"%s\" is not a known word", name);
}

/* Nonce and wrapped key. Wrap and branch keys have 32 bytes, imported ones 16, 24, 32. */
static int
read_wrapped(const evc_json *from, int32_t kind, evc_store_version *to, evc_error **err)
{
    const char *text = NULL;
    size_t material;
    int rc = evc_json_text(from, "wrapped", &text, err);

    if (rc)
        return rc;
    to->wrapped_size = strlen(text) / 2;
    material = to->wrapped_size - EVC_STORE_TAG;
    if (material != 32 &&
        (kind != ENVCRYPT_KIND_IMPORTED || (material != 16 && material != 24)))
        return refuse(err, "member \"wrapped\" has not the size of a wrapped key");
    rc = evc_json_hex(from, "wrapped", to->wrapped, to->wrapped_size, err);
    return rc ? rc : evc_json_hex(from, "nonce", to->nonce, sizeof to->nonce, err);
}

static const char *const *
members_of_version(const evc_store_version *version, int32_t kind)
{
    static const char *const all[] = {"version", "state",   "created", "branch-version",
                                      "nonce",   "wrapped", NULL};
    static const char *const plain[] = {"version", "state",   "created",
                                        "nonce",   "wrapped", NULL};
    static const char *const gone_branch[] = {"version", "state", "created",
                                              "branch-version", NULL};
    static const char *const gone[] = {"version", "state", "created", NULL};

    if (version->state == ENVCRYPT_KEY_DESTROYED)
        return kind == ENVCRYPT_KIND_BRANCH ? gone_branch : gone;
    return kind == ENVCRYPT_KIND_BRANCH ? all : plain;
}

static int
read_version(const evc_json *from, evc_store_key *into, evc_error **err)
{
    evc_store_version *to = evc_store_key_add_version(into);
    const char *uuid = NULL;
    int64_t number;
    int rc;

    if (!to)
        return evc_err_nomem(err);
    rc = evc_json_integer(from, "version", to->number, to->number, &number, err);
    if (!rc)
        rc = read_word(from, "state", evc_store_state_of, &to->state, err);
    if (!rc)
        rc = read_time(from, "created", &to->created_ms, err);
    if (!rc)
        rc = evc_json_only(from, members_of_version(to, into->kind), err);
    if (!rc && into->kind == ENVCRYPT_KIND_BRANCH) {
        rc = evc_json_text(from, "branch-version", &uuid, err);
        if (!rc && !evc_uuid_parse(evc_view_text(uuid), to->uuid))
            rc = refuse(err, "member \"branch-version\" is not a UUID");
    }
    if (!rc && to->state != ENVCRYPT_KEY_DESTROYED)
        rc = read_wrapped(from, into->kind, to, err);
    return rc;
}

static int
read_versions(const evc_json *from, evc_store_key *into, evc_error **err)
{
    const evc_json *list = NULL;
    int rc = evc_json_array(from, "versions", &list, err);

    if (rc)
        return rc;
    if (evc_json_count(list) < 1 || evc_json_count(list) >= UINT32_MAX ||
        (into->kind == ENVCRYPT_KIND_IMPORTED && evc_json_count(list) != 1))
        return refuse(err, "a key has no version, or more than its kind has");
    for (size_t i = 0; !rc && i < evc_json_count(list); i++)
        rc = read_version(evc_json_at(list, i), into, err);
    return rc;
}

static int
read_foreign(const evc_json *from, evc_store_key *to, evc_error **err)
{
    const char *name_space = NULL;
    const char *key_name = NULL;
    int rc = evc_json_text(from, "namespace", &name_space, err);

    if (!rc)
        rc = evc_json_text(from, "key-name", &key_name, err);
    if (!rc)
        rc = evc_json_bool_opt(from, "writes", &to->writes, err);
    if (rc)
        return rc;
    if (!evc_store_is_foreign(evc_view_text(name_space), evc_view_text(key_name)))
        return refuse(err,
                      "an imported key has a namespace or name that none may have");
    to->name_space = evc_mem_strdup(name_space);
    to->key_name = evc_mem_strdup(key_name);
    return to->name_space && to->key_name ? 0 : evc_err_nomem(err);
}

static int
read_key(const evc_json *from, evc_store_data *into, evc_error **err)
{
    static const char *const own[] = {"name", "kind", "versions", NULL};
    static const char *const imported[] = {
        "name", "kind", "namespace", "key-name", "writes", "versions", NULL};
    evc_store_key *to;
    const char *name = NULL;
    int32_t kind = 0;
    int rc = evc_json_text(from, "name", &name, err);

    if (!rc)
        rc = read_word(from, "kind", evc_store_kind_of, &kind, err);
    if (!rc)
        rc = evc_json_only(from, kind == ENVCRYPT_KIND_IMPORTED ? imported : own, err);
    if (rc)
        return rc;
    if (!evc_store_is_name(evc_view_text(name)))
        return refuse(err, "a key's \"name\" is not the name of a key");
    to = evc_store_data_add_key(into, name, kind);
    if (!to)
        return evc_err_nomem(err);
    if (kind == ENVCRYPT_KIND_IMPORTED)
        rc = read_foreign(from, to, err);
    return rc ? rc : read_versions(from, to, err);
}

static int
compare_names(const void *a, const void *b)
{
    const char *const *left = a;
    const char *const *right = b;

    return strcmp(*left, *right);
}

/* By sorting: a file of 16 MiB can hold so many keys that comparing all pairs takes
 * minutes. */
static int
check_unique(const evc_store_data *data, evc_error **err)
{
    const char **names = evc_mem_new_array(data->key_count, sizeof *names);
    int rc = 0;

    if (!names)
        return evc_err_nomem(err);
    for (size_t i = 0; i < data->key_count; i++)
        names[i] = data->keys[i].name;
    qsort(names, data->key_count, sizeof *names, compare_names);
    for (size_t i = 1; !rc && i < data->key_count; i++) {
        if (strcmp(names[i - 1], names[i]) == 0)
            rc = refuse(err, "two keys have the same \"name\"");
    }
    evc_mem_free(names);
    return rc;
}

int
evc_store_read_keys(const evc_store_text *text, evc_store_data *into, evc_error **err)
{
    const evc_json *list = NULL;
    int rc = evc_json_array(evc_json_root(text->doc), "keys", &list, err);

    for (size_t i = 0; !rc && i < evc_json_count(list); i++)
        rc = read_key(evc_json_at(list, i), into, err);
    if (!rc)
        rc = check_unique(into, err);
    return damaged(text, rc, err);
}
