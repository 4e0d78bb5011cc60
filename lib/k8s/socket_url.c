/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/socket_url.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#define SCHEME "unix:"

static bool
is_hex(char c)
{
    return c && strchr("0123456789abcdefABCDEF", c);
}

/* Of control characters, and of percent signs without two hex digits, Go makes errors. */
static bool
has_broken_bytes(const char *text)
{
    for (; *text; text++) {
        if ((unsigned char)*text < 0x20 || *text == 0x7f)
            return true;
        if (*text == '%' && (!is_hex(text[1]) || !is_hex(text[2])))
            return true;
    }
    return false;
}

/* Whether Go takes what stands before the path for a host, with a port or without. */
static bool
is_host(const char *text, size_t size)
{
    size_t port = strcspn(text, ":");

    if (strcspn(text, " %\\^`{|}") < size)
        return false;
    if (*text == '[') /* an address of IPv6, which has colons itself */
        return memchr(text, ']', size) != NULL;
    for (size_t i = port + 1; port < size && i < size; i++)
        if (text[i] < '0' || text[i] > '9')
            return false;
    return true;
}

evc_socket_url
evc_socket_url_check(const char *text)
{
    size_t scheme = strlen(SCHEME);
    const char *rest;
    size_t host;

    if (!*text)
        return EVC_SOCKET_URL_EMPTY;
    if (has_broken_bytes(text))
        return EVC_SOCKET_URL_MALFORMED;
    if (strncasecmp(text, SCHEME, scheme) != 0)
        return EVC_SOCKET_URL_SCHEME;
    rest = &text[scheme];
    if (strncmp(rest, "//", 2) != 0)
        return *rest == '/' ? EVC_SOCKET_URL_GOOD : EVC_SOCKET_URL_NO_PATH;
    rest = &rest[2];
    host = strcspn(rest, "/?#");
    if (!is_host(rest, host))
        return EVC_SOCKET_URL_MALFORMED;
    if (rest[host] != '/' || rest[host + 1] == 0)
        return EVC_SOCKET_URL_NO_PATH;
    return host > 0 ? EVC_SOCKET_URL_HOST : EVC_SOCKET_URL_GOOD;
}
