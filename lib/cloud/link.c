/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/link.h"

#include <inttypes.h>
#include <string.h>

#include "base/decimal.h"
#include "base/encode.h"

static int
refuse(const char *name, const char *value, const char *wanted, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(value), shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "the option %s of a key cannot be \"%s\": it is %s", name, shown,
                   wanted);
}

int
evc_link_flag(const evc_uri *uri, const struct envcrypt_kms_config *config,
              const char *name, bool *out, evc_error **err)
{
    const char *value = evc_backend_option(uri, config, name);

    if (!value)
        return 0;
    if (strcmp(value, "true") != 0 && strcmp(value, "false") != 0)
        return refuse(name, value, "true or false", err);
    *out = strcmp(value, "true") == 0;
    return 0;
}

int
evc_link_number(const evc_uri *uri, const struct envcrypt_kms_config *config,
                const char *name, int64_t most, int64_t *out, evc_error **err)
{
    const char *value = evc_backend_option(uri, config, name);
    int64_t number = 0;
    char wanted[64];
    evc_buf b;

    if (!value)
        return 0;
    if (evc_decimal_read(evc_view_text(value), most, &number) && number >= 1) {
        *out = number;
        return 0;
    }
    evc_buf_init_fixed(&b, wanted, sizeof(wanted));
    evc_buf_put_format(&b, "a number from 1 to %" PRId64, most);
    evc_buf_put_u8(&b, 0);
    return refuse(name, value, wanted, err);
}

int
evc_link_of(const evc_uri *uri, const struct envcrypt_kms_config *config, evc_link *out,
            evc_error **err)
{
    int rc;

    *out = (evc_link){
        .ca_file = evc_backend_option(uri, config, "ca-file"),
        .client_cert = evc_backend_option(uri, config, "client-cert"),
        .client_key = evc_backend_option(uri, config, "client-key"),
        .proxy = evc_backend_option(uri, config, "proxy"),
    };
    if (!out->client_cert != !out->client_key)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the options client-cert and client-key of a key go together, "
                       "and one of them is missing");
    if (out->proxy && !evc_uri_is_proxy(out->proxy))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the option proxy of a key cannot be what was given: it is "
                       "http://HOST:PORT, or empty for none; it has no name and "
                       "password");
    rc = evc_link_number(uri, config, "connect-timeout-ms", EVC_LINK_TIMEOUT_MAX,
                         &out->connect_ms, err);
    if (rc)
        return rc;
    return evc_link_number(uri, config, "attempt-timeout-ms", EVC_LINK_TIMEOUT_MAX,
                           &out->attempt_ms, err);
}
