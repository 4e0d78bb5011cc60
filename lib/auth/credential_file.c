/* SPDX-License-Identifier: Apache-2.0 */
#include "auth/credential_file.h"

#include <string.h>

#include "base/file.h"

static int
refuse(const char *path, int rc, evc_error **err)
{
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND || rc == ENVCRYPT_E_NOMEM)
        return rc;
    return evc_err_wrap(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the file of credentials %s cannot be used; mend it, or take it "
        "out of the configuration",
        path);
}

static int
check_text(evc_view text, const char *path, evc_error **err)
{
    if (!evc_view_starts_with(text, "\xef\xbb\xbf") &&
        !(text.size && memchr(text.data, 0, text.size)))
        return 0;
    return evc_err(
        err, ENVCRYPT_E_BAD_CREDENTIALS,
        "the file of credentials %s begins with a byte order mark or has NUL "
        "bytes; save it as plain UTF-8",
        path);
}

/* flags: what must hold in any case. */
static int
read_with(const char *path, unsigned flags, const evc_log *log, evc_buf *out,
          evc_error **err)
{
    size_t before = out->size;
    bool open;
    int rc = evc_file_read(path, EVC_CREDENTIAL_FILE_MAX,
                           flags | EVC_FILE_PRIVATE | EVC_FILE_LINKED, out, err);

    open = rc == ENVCRYPT_E_FILE_TOO_OPEN;
    if (open) {
        evc_err_drop(err);
        rc = evc_file_read(path, EVC_CREDENTIAL_FILE_MAX, flags, out, err);
    }
    if (rc)
        return refuse(path, rc, err);
    rc = check_text(evc_view_of(&out->data[before], out->size - before), path, err);
    if (rc)
        evc_buf_truncate(out, before);
    else if (open)
        evc_log_write(
            log, ENVCRYPT_LOG_WARNING,
            "others than its owner can read the file of credentials %s; set its "
            "mode to 0600",
            path);
    return rc;
}

int
evc_credential_file_read(const char *path, const evc_log *log, evc_buf *out,
                         evc_error **err)
{
    return read_with(path, 0, log, out, err);
}

int
evc_credential_file_read_own(const char *path, const evc_log *log, evc_buf *out,
                             evc_error **err)
{
    return read_with(path, EVC_FILE_OWN, log, out, err);
}

static bool
is_blank(uint8_t c)
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

static evc_view
trimmed(evc_view text)
{
    evc_cursor c = evc_cursor_of_view(text);

    while (evc_cursor_left(&c) && is_blank(c.input.data[c.at]))
        (void)evc_cursor_u8(&c);
    text = evc_cursor_bytes(&c, evc_cursor_left(&c));
    while (text.size && is_blank(text.data[text.size - 1]))
        text.size--;
    return text;
}

int
evc_token_file_read(const char *path, evc_buf *out, evc_error **err)
{
    evc_buf text;
    evc_view token;
    int rc;

    evc_buf_init(&text);
    rc = evc_file_read(path, EVC_TOKEN_FILE_MAX, 0, &text, err);
    if (rc) {
        evc_buf_reset(&text);
        return refuse(path, rc, err);
    }
    token = trimmed(evc_buf_view(&text));
    if (token.size)
        evc_buf_put_view(out, token);
    else
        rc = evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                     "the file %s holds no token; look at what writes it", path);
    evc_buf_reset(&text);
    return rc ? rc : evc_buf_check(out, err);
}
