/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_profile.h"

#include <stddef.h>
#include <string.h>

#include "auth/json_value.h"
#include "base/mem.h"
#include "codec/jscan.h"

#define PATH_SIZE 96u
#define SECONDS_MAX INT64_C(253402300799) /* of the year 9999 */

enum kind { TEXT, NUMBER, FLAG, SECRET };

static const struct field {
    const char *name;
    enum kind kind;
    size_t offset;
} fields[] = {
#define FIELD(name, kind)                                \
    {                                                    \
#name, kind, offsetof(evc_alibaba_profile, name) \
    }
    FIELD(name, TEXT),
    FIELD(mode, TEXT),
    FIELD(access_key_id, TEXT),
    FIELD(ram_role_arn, TEXT),
    FIELD(ram_session_name, TEXT),
    FIELD(external_id, TEXT),
    FIELD(policy, TEXT),
    FIELD(source_profile, TEXT),
    FIELD(ram_role_name, TEXT),
    FIELD(sts_region, TEXT),
    FIELD(sts_endpoint, TEXT),
    FIELD(process_command, TEXT),
    FIELD(credentials_uri, TEXT),
    FIELD(oidc_provider_arn, TEXT),
    FIELD(oidc_token_file, TEXT),
    FIELD(cloud_sso_sign_in_url, TEXT),
    FIELD(cloud_sso_account_id, TEXT),
    FIELD(cloud_sso_access_config, TEXT),
    FIELD(oauth_site_type, TEXT),
    FIELD(region_id, TEXT),
    FIELD(expired_seconds, NUMBER),
    FIELD(sts_expiration, NUMBER),
    FIELD(cloud_sso_access_token_expire, NUMBER),
    FIELD(oauth_access_token_expire, NUMBER),
    FIELD(enable_vpc, FLAG),
    FIELD(access_key_secret, SECRET),
    FIELD(sts_token, SECRET),
    FIELD(access_token, SECRET),
    FIELD(oauth_access_token, SECRET),
#undef FIELD
};
#define FIELDS (sizeof fields / sizeof *fields)

static void *
place_of(evc_alibaba_profile *profile, const struct field *field)
{
    return (uint8_t *)profile + field->offset;
}

void
evc_alibaba_profile_reset(evc_alibaba_profile *profile)
{
    for (size_t i = 0; i < FIELDS; i++) {
        if (fields[i].kind == TEXT)
            evc_mem_free(*(char **)place_of(profile, &fields[i]));
        else if (fields[i].kind == SECRET)
            evc_secret_free(place_of(profile, &fields[i]));
    }
    *profile = (evc_alibaba_profile){.name = NULL};
}

static int
refuse(const char *path, const char *why, evc_error **err)
{
    return evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                        "the file %s of Alibaba Cloud's CLI cannot be used: %s; run "
                        "\"aliyun configure\"",
                        path, why);
}

/* -- which ---------------------------------------------------------------------------- */

static void
make_path(char out[PATH_SIZE], size_t index, const char *member)
{
    evc_buf text;

    evc_buf_init_fixed(&text, out, PATH_SIZE);
    evc_buf_put_format(&text, "profiles.%zu.%s", index, member);
    evc_buf_put_u8(&text, 0);
}

/* The profile's number; EVC_ALIBABA_PROFILES_MAX: there is none of that name. */
static int
find(evc_view text, const char *name, size_t *index, evc_error **err)
{
    for (*index = 0; *index < EVC_ALIBABA_PROFILES_MAX; (*index)++) {
        char path[PATH_SIZE];
        char *its_name;
        bool is_it;
        int rc;

        make_path(path, *index, "name");
        rc = evc_json_value_copy(text, path, &its_name, err);
        if (rc)
            return rc;
        is_it = its_name && strcmp(its_name, name) == 0;
        evc_mem_free(its_name);
        if (is_it)
            return 0;
        if (!its_name)
            *index = EVC_ALIBABA_PROFILES_MAX - 1; /* past the end */
    }
    return 0;
}

/* -- what it says --------------------------------------------------------------------- */

static int
read_field(evc_buf *text, size_t index, const struct field *field, evc_arena *arena,
           evc_alibaba_profile *out, evc_error **err)
{
    evc_view body = evc_buf_view(text);
    void *place = place_of(out, field);
    char path[PATH_SIZE];

    make_path(path, index, field->name);
    switch (field->kind) {
    case TEXT:
        return evc_json_value_copy(body, path, place, err);
    case NUMBER:
        (void)evc_json_value_integer(body, path, 0, SECONDS_MAX, place);
        return 0;
    case FLAG:
        *(bool *)place = evc_json_value_is_true(body, path);
        return 0;
    case SECRET:
        break;
    }
    return evc_jscan_take_text_opt((char *)text->data, text->size, path, arena,
                                   EVC_ARENA_MAX_SLOT, place, err);
}

static int
read_fields(evc_buf *text, size_t index, evc_arena *arena, evc_alibaba_profile *out,
            evc_error **err)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < FIELDS; i++)
        rc = read_field(text, index, &fields[i], arena, out, err);
    return rc;
}

static int
read_named(evc_buf *text, const char *path, const char *name, evc_arena *arena,
           evc_alibaba_profile *out, bool *found, evc_error **err)
{
    size_t index;
    int rc = find(evc_buf_view(text), name, &index, err);

    if (!rc && index < EVC_ALIBABA_PROFILES_MAX) {
        *found = true;
        rc = read_fields(text, index, arena, out, err);
    }
    if (rc == ENVCRYPT_E_JSON)
        rc = refuse(path, "a secret in it has characters that none has", err);
    return rc;
}

/* The current one of a file that has any must be there. */
static int
read_current(evc_buf *text, const char *path, evc_arena *arena,
             evc_alibaba_profile *out, bool *found, evc_error **err)
{
    char *name;
    int rc = evc_json_value_copy(evc_buf_view(text), "current", &name, err);

    if (rc || !name)
        return rc;
    rc = read_named(text, path, name, arena, out, found, err);
    evc_mem_free(name);
    if (!rc && !*found &&
        evc_json_value_text(evc_buf_view(text), "profiles.0.name").size)
        rc = refuse(path, "its current profile is not among its profiles", err);
    return rc;
}

int
evc_alibaba_profile_read(evc_buf *text, const char *path, const char *name,
                         evc_arena *arena, evc_alibaba_profile *out, bool *found,
                         evc_error **err)
{
    evc_view current;
    int rc =
        evc_jscan_find((const char *)text->data, text->size, "current", &current, err);

    *out = (evc_alibaba_profile){.name = NULL};
    *found = false;
    if (rc)
        return refuse(path, "it is no JSON", err);
    rc = name ? read_named(text, path, name, arena, out, found, err)
              : read_current(text, path, arena, out, found, err);
    if (rc)
        evc_alibaba_profile_reset(out);
    return rc;
}
