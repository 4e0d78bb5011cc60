/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/ibm_properties.h"

#include <stddef.h>
#include <string.h>

#include "auth/credential_file.h"
#include "base/environ.h"
#include "base/mem.h"

#define NAME_MAX_SIZE 128u

static const struct property {
    const char *name;
    size_t offset;
    bool secret;
} table[] = {
    {"AUTHTYPE", offsetof(evc_ibm_properties, auth_type), false},
    {"AUTH_TYPE", offsetof(evc_ibm_properties, auth_type), false},
    {"AUTH_URL", offsetof(evc_ibm_properties, auth_url), false},
    {"SCOPE", offsetof(evc_ibm_properties, scope), false},
    {"CLIENT_ID", offsetof(evc_ibm_properties, client_id), false},
    {"CR_TOKEN_FILENAME", offsetof(evc_ibm_properties, token_file), false},
    {"VPC_IMS_VERSION", offsetof(evc_ibm_properties, vpc_version), false},
    {"URL", offsetof(evc_ibm_properties, service_url), false},
    {"IAM_PROFILE_ID", offsetof(evc_ibm_properties, profile.id), false},
    {"IAM_PROFILE_NAME", offsetof(evc_ibm_properties, profile.name), false},
    {"IAM_PROFILE_CRN", offsetof(evc_ibm_properties, profile.crn), false},
    {"IAM_ACCOUNT_ID", offsetof(evc_ibm_properties, profile.account), false},
    {"APIKEY", offsetof(evc_ibm_properties, api_key), true},
    {"CLIENT_SECRET", offsetof(evc_ibm_properties, client_secret), true},
    {"BEARER_TOKEN", offsetof(evc_ibm_properties, bearer_token), true},
};
#define PROPERTIES (sizeof table / sizeof *table)

void
evc_ibm_properties_init(evc_ibm_properties *properties)
{
    *properties = (evc_ibm_properties){.any = false};
}

static char **
text_at(evc_ibm_properties *properties, const struct property *property)
{
    return (char **)(void *)((uint8_t *)properties + property->offset);
}

static evc_secret *
secret_at(evc_ibm_properties *properties, const struct property *property)
{
    return (evc_secret *)(void *)((uint8_t *)properties + property->offset);
}

void
evc_ibm_properties_reset(evc_ibm_properties *properties)
{
    for (size_t i = 0; i < PROPERTIES; i++) {
        if (table[i].secret) {
            evc_secret_free(secret_at(properties, &table[i]));
        } else {
            evc_mem_free(*text_at(properties, &table[i]));
            *text_at(properties, &table[i]) = NULL;
        }
    }
    evc_mem_free(properties->origin);
    evc_ibm_properties_init(properties);
}

bool
evc_ibm_profile_is_named(const evc_ibm_profile *profile)
{
    return profile->id || profile->name || profile->crn;
}

/* -- one property --------------------------------------------------------------------- */

static int
set_secret(evc_secret *out, const char *name, evc_view value, evc_arena *arena,
           evc_error **err)
{
    if (value.size > EVC_ARENA_MAX_SLOT)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the property %s is longer than %u bytes, so it is no credential", name,
            EVC_ARENA_MAX_SLOT);
    evc_secret_free(out);
    return evc_secret_copy(arena, value, out, err);
}

static int
set_text(char **out, evc_view value, evc_error **err)
{
    char *text = evc_mem_text(value.data, value.size);

    if (!text)
        return evc_err_nomem(err);
    evc_mem_free(*out);
    *out = text;
    return 0;
}

/* An empty value is none. */
static int
set(evc_ibm_properties *properties, const struct property *property, evc_view value,
    evc_arena *arena, evc_error **err)
{
    if (!value.size)
        return 0;
    properties->any = true;
    if (property->secret)
        return set_secret(secret_at(properties, property), property->name, value, arena,
                          err);
    return set_text(text_at(properties, property), value, err);
}

/* "key-protect" → "KEY_PROTECT_". */
static int
make_prefix(const char *service, char out[NAME_MAX_SIZE], evc_error **err)
{
    size_t size = strlen(service);

    if (size == 0 || size > NAME_MAX_SIZE / 2)
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "the service whose variables are asked for has no name, or one of "
            "more than %u bytes",
            NAME_MAX_SIZE / 2);
    for (size_t i = 0; i < size; i++) {
        char c = service[i];

        if (c == ' ' || c == '-')
            c = '_';
        out[i] = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    out[size] = '_';
    out[size + 1] = 0;
    return 0;
}

/* -- environment ---------------------------------------------------------------------- */

int
evc_ibm_properties_read_environment(evc_ibm_properties *properties, const char *service,
                                    evc_arena *arena, evc_error **err)
{
    char prefix[NAME_MAX_SIZE];
    int rc = make_prefix(service, prefix, err);

    for (size_t i = 0; !rc && i < PROPERTIES; i++) {
        evc_buf name;

        evc_buf_init(&name);
        evc_buf_put_format(&name, "%s%s", prefix, table[i].name);
        evc_buf_put_u8(&name, 0);
        rc = evc_buf_check(&name, err);
        if (!rc)
            rc = set(properties, &table[i],
                     evc_view_text(evc_environ((const char *)name.data)), arena, err);
        evc_buf_reset(&name);
    }
    return rc;
}

/* -- file ----------------------------------------------------------------------------- */

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

static evc_view
trimmed(evc_view text)
{
    evc_cursor c = evc_cursor_of_view(text);
    size_t start;

    while (evc_cursor_left(&c) && is_blank(c.input.data[c.at]))
        (void)evc_cursor_u8(&c);
    start = c.at;
    (void)evc_cursor_bytes(&c, evc_cursor_left(&c));
    text = evc_cursor_since(&c, start);
    while (text.size && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* NAME=value; other lines say nothing, as in IBM's own reader. */
static int
read_line(evc_ibm_properties *properties, const char *prefix, evc_view line,
          evc_arena *arena, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(trimmed(line));
    evc_view rest;
    evc_view name;

    if (!evc_view_starts_with(c.input, prefix))
        return 0;
    (void)evc_cursor_bytes(&c, strlen(prefix));
    while (evc_cursor_left(&c) && c.input.data[c.at] != '=')
        (void)evc_cursor_u8(&c);
    name = evc_cursor_since(&c, strlen(prefix));
    if (!evc_cursor_left(&c))
        return 0;
    (void)evc_cursor_u8(&c);
    rest = evc_cursor_bytes(&c, evc_cursor_left(&c));
    for (size_t i = 0; i < PROPERTIES; i++) {
        if (evc_view_is_text(name, table[i].name))
            return set(properties, &table[i], rest, arena, err);
    }
    return 0;
}

int
evc_ibm_properties_read_file(evc_ibm_properties *properties, const char *service,
                             const char *path, bool own, evc_env *env, evc_error **err)
{
    char prefix[NAME_MAX_SIZE];
    evc_cursor c;
    evc_buf text;
    int rc = make_prefix(service, prefix, err);

    if (rc)
        return rc;
    evc_buf_init(&text);
    rc = (own ? evc_credential_file_read_own
              : evc_credential_file_read)(path, &env->log, &text, err);
    c = evc_cursor_of_view(evc_buf_view(&text));
    while (!rc && evc_cursor_left(&c))
        rc = read_line(properties, prefix, evc_cursor_until(&c, '\n'), env->arena, err);
    if (!rc && properties->any) {
        properties->origin = evc_mem_strdup(path);
        rc = properties->origin ? 0 : evc_err_nomem(err);
    }
    evc_buf_reset(&text);
    return rc;
}
