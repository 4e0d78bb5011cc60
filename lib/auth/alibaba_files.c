/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/alibaba_files.h"

#include <stddef.h>
#include <string.h>

#include "auth/credential_file.h"
#include "base/mem.h"
#include "codec/ini.h"

/* A named file must be there; a usual one may be. */
static int
read_file(const evc_alibaba_config *config, const char *path, const char *variable,
          evc_buf *out, bool *found, evc_error **err)
{
    int rc = evc_credential_file_read(path, &evc_net_env(config->net)->log, out, err);

    *found = rc == 0;
    if (rc != ENVCRYPT_E_FILE_NOT_FOUND)
        return rc;
    if (variable)
        return evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                            "there is no file %s, which %s names; mend the variable or "
                            "unset it",
                            path, variable);
    evc_err_drop(err);
    return 0;
}

static int
read_home_file(const evc_alibaba_config *config, const char *name, evc_buf *out,
               char **path, bool *found, evc_error **err)
{
    *path = NULL;
    *found = false;
    if (!config->variables[EVC_ALIBABA_HOME])
        return 0;
    *path = evc_alibaba_home_file(config, name);
    if (!*path)
        return evc_err_nomem(err);
    return read_file(config, *path, NULL, out, found, err);
}

/* -- the CLI's file ------------------------------------------------------------------- */

int
evc_alibaba_cli_profile(const evc_alibaba_config *config, const char *name,
                        evc_alibaba_profile *out, bool *found, evc_error **err)
{
    const char *named = config->variables[EVC_ALIBABA_CONFIG_FILE];
    char *path = NULL;
    evc_buf text;
    int rc;

    *out = (evc_alibaba_profile){.name = NULL};
    *found = false;
    if (evc_alibaba_is_true(config->variables[EVC_ALIBABA_CLI_PROFILE_DISABLED]))
        return 0;
    evc_buf_init(&text);
    rc = named
             ? read_file(config, named, "ALIBABA_CLOUD_CONFIG_FILE", &text, found, err)
             : read_home_file(config, ".aliyun/config.json", &text, &path, found, err);
    if (!rc && *found)
        rc = evc_alibaba_profile_read(&text, named ? named : path,
                                      name ? name : config->profile, config->arena, out,
                                      found, err);
    evc_buf_reset(&text);
    evc_mem_free(path);
    return rc;
}

/* -- the file of sections -------------------------------------------------------------- */

static const struct setting {
    const char *name;
    size_t offset;
} settings[] = {
    {"access_key_id", offsetof(evc_alibaba_profile, access_key_id)},
    {"role_arn", offsetof(evc_alibaba_profile, ram_role_arn)},
    {"role_session_name", offsetof(evc_alibaba_profile, ram_session_name)},
    {"policy", offsetof(evc_alibaba_profile, policy)},
    {"role_name", offsetof(evc_alibaba_profile, ram_role_name)},
    {"oidc_provider_arn", offsetof(evc_alibaba_profile, oidc_provider_arn)},
    {"oidc_token_file_path", offsetof(evc_alibaba_profile, oidc_token_file)},
};

/* What the sections call type, as the CLI calls the mode. */
static const char *const types[][2] = {
    {"access_key", "AK"},
    {"ram_role_arn", "RamRoleArn"},
    {"ecs_ram_role", "EcsRamRole"},
    {"oidc_role_arn", "OIDC"},
};

static int
copy_setting(const evc_ini *ini, evc_ini_key section, const char *name, char **out,
             evc_error **err)
{
    evc_view value;

    if (!evc_ini_find(ini, section, NULL, name, &value) || !value.size)
        return 0;
    *out = evc_mem_text(value.data, value.size);
    return *out ? 0 : evc_err_nomem(err);
}

static int
copy_secret(const evc_ini *ini, evc_ini_key section, evc_arena *arena, evc_secret *out,
            evc_error **err)
{
    evc_view value;

    if (!evc_ini_find(ini, section, NULL, "access_key_secret", &value) || !value.size)
        return 0;
    if (value.size > EVC_ARENA_MAX_SLOT)
        return evc_err(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "an access_key_secret of Alibaba Cloud is longer than %u bytes, so "
            "it is none",
            EVC_ARENA_MAX_SLOT);
    return evc_secret_copy(arena, value, out, err);
}

static int
set_mode(evc_view type, evc_alibaba_profile *out, evc_error **err)
{
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        if (evc_view_is_text(type, types[i][0]))
            type = evc_view_text(types[i][1]);
    }
    out->mode = evc_mem_text(type.data, type.size);
    return out->mode ? 0 : evc_err_nomem(err);
}

static int
fill(const evc_ini *ini, evc_ini_key section, evc_arena *arena,
     evc_alibaba_profile *out, evc_error **err)
{
    evc_view type;
    int rc = 0;

    (void)evc_ini_find(ini, section, NULL, "type", &type);
    for (size_t i = 0; !rc && i < sizeof settings / sizeof *settings; i++)
        rc = copy_setting(ini, section, settings[i].name,
                          (char **)(void *)((uint8_t *)out + settings[i].offset), err);
    if (!rc)
        rc = copy_secret(ini, section, arena, &out->access_key_secret, err);
    if (!rc)
        rc = set_mode(type, out, err);
    if (!rc)
        out->name = evc_mem_text(section.name.data, section.name.size);
    return rc ? rc : out->name ? 0 : evc_err_nomem(err);
}

static int
parse(const evc_alibaba_config *config, evc_view text, const char *path,
      evc_alibaba_profile *out, bool *found, evc_error **err)
{
    const char *name = config->profile ? config->profile : "default";
    evc_ini_key section = {.name = evc_view_text(name)};
    evc_ini ini = {.items = NULL};
    evc_buf what;
    int rc;

    evc_buf_init(&what);
    evc_buf_put_format(&what, "the file %s", path);
    evc_buf_put_u8(&what, 0);
    rc = evc_buf_check(&what, err);
    if (!rc)
        rc = evc_ini_parse(text, (const char *)what.data, &ini, err);
    *found = !rc && evc_ini_has(&ini, section);
    if (*found)
        rc = fill(&ini, section, config->arena, out, err);
    evc_ini_reset(&ini);
    evc_buf_reset(&what);
    return rc;
}

static int
read_ini(const evc_alibaba_config *config, evc_buf *text, char **path, bool *found,
         evc_error **err)
{
    const char *named = config->variables[EVC_ALIBABA_CREDENTIALS_FILE];
    int rc;

    *path = NULL;
    if (named) {
        *path = evc_mem_strdup(named);
        return *path ? read_file(config, named, "ALIBABA_CLOUD_CREDENTIALS_FILE", text,
                                 found, err)
                     : evc_err_nomem(err);
    }
    rc = read_home_file(config, ".alibabacloud/credentials", text, path, found, err);
    if (rc || *found)
        return rc;
    evc_mem_free(*path);
    return read_home_file(config, ".alibabacloud/credentials.ini", text, path, found,
                          err);
}

int
evc_alibaba_ini_profile(const evc_alibaba_config *config, evc_alibaba_profile *out,
                        bool *found, evc_error **err)
{
    char *path;
    evc_buf text;
    int rc;

    *out = (evc_alibaba_profile){.name = NULL};
    *found = false;
    evc_buf_init(&text);
    rc = read_ini(config, &text, &path, found, err);
    if (!rc && *found)
        rc = parse(config, evc_buf_view(&text), path, out, found, err);
    if (rc)
        evc_alibaba_profile_reset(out);
    evc_buf_reset(&text);
    evc_mem_free(path);
    return rc;
}
