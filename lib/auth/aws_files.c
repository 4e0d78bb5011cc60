/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/aws_files.h"

#include <string.h>

#include "auth/credential_file.h"

static int
read_one(const char *path, const evc_log *log, evc_buf *text, evc_ini *ini,
         evc_error **err)
{
    evc_buf what;
    int rc;

    if (!path)
        return 0;
    rc = evc_credential_file_read(path, log, text, err);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND) {
        evc_err_drop(err);
        return 0;
    }
    if (rc)
        return rc;
    evc_buf_init(&what);
    evc_buf_put_format(&what, "the file %s", path);
    evc_buf_put_u8(&what, 0);
    rc = evc_buf_check(&what, err);
    if (rc == 0)
        rc = evc_ini_parse(evc_buf_view(text), (const char *)what.data, ini, err);
    evc_buf_reset(&what);
    return rc;
}

int
evc_aws_files_open(evc_aws_files *files, const char *config_path,
                   const char *credentials_path, const evc_log *log, evc_error **err)
{
    int rc;

    *files = (evc_aws_files){.config = {.items = NULL}};
    rc = read_one(config_path, NULL, &files->config_text, &files->config, err);
    if (rc == 0)
        rc = read_one(credentials_path, log, &files->credentials_text,
                      &files->credentials, err);
    if (rc)
        evc_aws_files_reset(files);
    return rc;
}

void
evc_aws_files_reset(evc_aws_files *files)
{
    evc_ini_reset(&files->config);
    evc_ini_reset(&files->credentials);
    evc_buf_reset(&files->config_text);
    evc_buf_reset(&files->credentials_text);
}

static evc_ini_key
named(const char *kind, evc_view name)
{
    return (evc_ini_key){kind, name};
}

bool
evc_aws_files_has(const evc_aws_files *files, const char *profile)
{
    evc_view name = evc_view_text(profile);

    return evc_ini_has(&files->config, named("profile", name)) ||
           (strcmp(profile, "default") == 0 &&
            evc_ini_has(&files->config, named(NULL, name))) ||
           evc_ini_has(&files->credentials, named(NULL, name));
}

evc_view
evc_aws_files_get(const evc_aws_files *files, const char *profile, const char *name)
{
    evc_view section = evc_view_text(profile);
    evc_view value;

    (void)evc_ini_find(&files->credentials, named(NULL, section), NULL, name, &value);
    if (value.size == 0)
        (void)evc_ini_find(&files->config, named("profile", section), NULL, name,
                           &value);
    /* [profile default] holds before [default]. */
    if (value.size == 0 && strcmp(profile, "default") == 0 &&
        !evc_ini_has(&files->config, named("profile", section)))
        (void)evc_ini_find(&files->config, named(NULL, section), NULL, name, &value);
    return value;
}

evc_view
evc_aws_files_session(const evc_aws_files *files, evc_view session, const char *name)
{
    evc_view value;

    (void)evc_ini_find(&files->config, named("sso-session", session), NULL, name,
                       &value);
    return value;
}

bool
evc_aws_files_has_session(const evc_aws_files *files, evc_view session)
{
    return evc_ini_has(&files->config, named("sso-session", session));
}

evc_view
evc_aws_files_service(const evc_aws_files *files, evc_view services,
                      const char *service, const char *name)
{
    evc_view value;

    (void)evc_ini_find(&files->config, named("services", services), service, name,
                       &value);
    return value;
}
