/* SPDX-License-Identifier: Apache-2.0 */
#include "net/pem_file.h"

#include "base/file.h"
#include "base/infile.h"

int
evc_pem_file_read_key(const char *path, evc_buf *out, evc_error **err)
{
    return evc_file_read(path, EVC_PEM_CLIENT_MAX, EVC_FILE_PRIVATE | EVC_FILE_LINKED,
                         out, err);
}

int
evc_pem_file_read_cert(const char *path, evc_buf *out, evc_error **err)
{
    return evc_file_read(path, EVC_PEM_CLIENT_MAX, 0, out, err);
}

int
evc_pem_file_read_authorities(const char *path, evc_buf *out, evc_error **err)
{
    return evc_file_read(path, EVC_PEM_AUTHORITIES_MAX, 0, out, err);
}

int
evc_pem_file_check_authorities(const char *path, evc_error **err)
{
    evc_infile file;
    int rc = evc_infile_open(&file, path, err);

    if (rc)
        return rc;
    if (file.size > EVC_PEM_AUTHORITIES_MAX)
        rc = evc_err(err, ENVCRYPT_E_FILE_TOO_LARGE,
                     "cannot read %s: it has more than the %zu bytes that authorities "
                     "may have",
                     path, EVC_PEM_AUTHORITIES_MAX);
    evc_infile_close(&file);
    return rc;
}
