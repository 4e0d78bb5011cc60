/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/env_proxy.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "base/environ.h"
#include "base/mem.h"
#include "base/text.h"
#include "k8s/no_proxy.h"
#include "kms/uri.h"

#define SOCKS "socks5://"
#define PROXY_MAX 300u /* bytes; hosts have 253 at most */

typedef struct form {
    const char *given;
    const char *taken;
    const char *port;
} form;

/* Under either scheme of SOCKS 5 the proxy resolves names, as in net/http. */
static const form forms[] = {
    {"http://", "http://", "80"},
    {SOCKS, SOCKS, "1080"},
    {"socks5h://", SOCKS, "1080"},
};

static const form *
form_of(const char *proxy)
{
    for (size_t i = 0; i < sizeof(forms) / sizeof(forms[0]); i++) {
        if (strncasecmp(proxy, forms[i].given, strlen(forms[i].given)) == 0)
            return &forms[i];
    }
    return NULL;
}

static int
put_completed(const form *f, const char *place, char **out, evc_error **err)
{
    const char *close = strrchr(place, ']');
    size_t size = strlen(place);
    evc_buf text;

    if (size > 0 && place[size - 1] == '/')
        size--;
    evc_buf_init(&text);
    evc_buf_put_text(&text, f->taken);
    evc_buf_put(&text, place, size);
    if (size > 0 && !strchr(close ? close : place, ':'))
        evc_buf_put_format(&text, ":%s", f->port);
    *out = NULL;
    return evc_text_take(out, &text, err);
}

int
evc_env_proxy_complete(const char *proxy, char **out, evc_error **err)
{
    const form *f = form_of(proxy);

    if (f)
        return put_completed(f, &proxy[strlen(f->given)], out, err);
    *out = NULL;
    return evc_text_set(out, proxy, err);
}

/* Without a scheme it is http. */
static int
complete_value(const char *value, char **out, evc_error **err)
{
    if (strstr(value, "://"))
        return evc_env_proxy_complete(value, out, err);
    return put_completed(&forms[0], value, out, err);
}

bool
evc_env_proxy_is_usable(const char *proxy)
{
    char http[PROXY_MAX];

    if (strncasecmp(proxy, SOCKS, sizeof(SOCKS) - 1) != 0)
        return evc_uri_is_proxy(proxy);
    if (strlen(proxy) >= sizeof(http))
        return false;
    (void)snprintf(http, sizeof(http), "http://%s", &proxy[sizeof(SOCKS) - 1]);
    return http[sizeof("http://") - 1] && evc_uri_is_proxy(http);
}

static int
take_value(const char *variable, const char *value, char **out, evc_error **err)
{
    int rc = complete_value(value, out, err);

    if (rc || !*out || evc_env_proxy_is_usable(*out))
        return rc;
    evc_mem_free(*out);
    *out = NULL;
    return evc_err(err, ENVCRYPT_E_ENDPOINT,
                   "the proxy that the variable %s names cannot be used for an API "
                   "server: it must be http://HOST:PORT or socks5://HOST:PORT without "
                   "name and password; change it, list the server in NO_PROXY, or give "
                   "the option proxy, where an empty one means none",
                   variable);
}

/* *name: which of the two says something; NULL = neither. */
static const char *
first_of(const char *upper, const char *lower, const char **name)
{
    const char *value = evc_environ(upper);

    *name = value ? upper : lower;
    return value ? value : evc_environ(lower);
}

int
evc_env_proxy_for(const char *server, char **out, evc_error **err)
{
    const char *variable;
    const char *ignored;
    const char *value = first_of("HTTPS_PROXY", "https_proxy", &variable);
    const char *list = first_of("NO_PROXY", "no_proxy", &ignored);
    evc_endpoint *endpoint = NULL;
    bool direct;
    int rc;

    *out = NULL;
    if (!value)
        return 0;
    rc = evc_endpoint_open(server, NULL, &endpoint, NULL);
    if (rc == ENVCRYPT_E_NOMEM)
        return evc_err_nomem(err);
    if (rc) /* what is wrong with the URL is told by who opens the server */
        return 0;
    direct = strcmp(endpoint->scheme, "https") != 0 ||
             evc_endpoint_is_local(endpoint) || evc_no_proxy_holds(list, endpoint);
    evc_endpoint_unref(endpoint);
    return direct ? 0 : take_value(variable, value, out, err);
}
