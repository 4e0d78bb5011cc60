/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/no_proxy.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "base/decimal.h"

#define ITEM_MAX \
    320u /* bytes; no name has as many, so what is longer matches nothing */
#define V4_BITS 32u
#define V6_BITS 128u

typedef struct address {
    uint8_t bytes[16];
    unsigned bits; /* 0: none */
} address;

typedef struct target {
    char host[ITEM_MAX]; /* without brackets */
    char port[8];
    address address;
} target;

/* Addresses of version 4 within version 6 are those of version 4. */
static bool
read_address(const char *text, address *out)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    uint8_t long_one[16];

    *out = (address){.bits = 0};
    if (inet_pton(AF_INET, text, out->bytes) == 1) {
        out->bits = V4_BITS;
    } else if (inet_pton(AF_INET6, text, long_one) == 1) {
        bool is_mapped = memcmp(long_one, mapped, sizeof(mapped)) == 0;

        out->bits = is_mapped ? V4_BITS : V6_BITS;
        memcpy(out->bytes, is_mapped ? &long_one[12] : long_one, out->bits / 8);
    }
    return out->bits > 0;
}

static bool
is_within(const address *a, const address *net, unsigned prefix)
{
    unsigned whole = prefix / 8;
    unsigned rest = (8 - prefix % 8) % 8; /* bits of the next byte that do not count */

    return a->bits == net->bits && memcmp(a->bytes, net->bytes, whole) == 0 &&
           (rest == 0 || a->bytes[whole] >> rest == net->bytes[whole] >> rest);
}

/* Decimal; more than any address has when it is none. */
static unsigned
read_prefix(const char *text)
{
    int64_t value = V6_BITS + 1;

    (void)evc_decimal_read(evc_view_text(text), V6_BITS, &value);
    return (unsigned)value;
}

/* item is cut at its slash, and whole again when it is no network. */
static bool
read_network(char *item, address *net, unsigned *prefix)
{
    char *slash = strchr(item, '/');
    bool v6 = strchr(item, ':') != NULL;
    bool is_net;

    if (!slash)
        return false;
    *slash = 0;
    *prefix = read_prefix(&slash[1]);
    is_net = read_address(item, net) && *prefix <= (v6 ? V6_BITS : V4_BITS);
    *slash = '/';
    /* Of addresses of version 4 within version 6 the last 32 bits are left. */
    if (is_net && v6 && net->bits == V4_BITS) {
        if (*prefix < V6_BITS - V4_BITS)
            net->bits = 0; /* no address is in it */
        else
            *prefix -= V6_BITS - V4_BITS;
    }
    return is_net;
}

/* The port behind the last colon, which is cut off with its colon, and so are brackets; ""
 * when there is none, as in an address of version 6 without brackets. */
static const char *
cut_port(char **item)
{
    char *text = *item;
    char *colon = strrchr(text, ':');
    char *close = strrchr(text, ']');

    if (!colon ||
        (text[0] == '[' ? !close || &close[1] != colon : strchr(text, ':') != colon))
        return "";
    *colon = 0;
    if (text[0] == '[') {
        *close = 0;
        *item = &text[1];
    }
    return &colon[1];
}

static bool
ends_with(const char *text, const char *end)
{
    size_t size = strlen(text);
    size_t end_size = strlen(end);

    return size >= end_size && strcmp(&text[size - end_size], end) == 0;
}

static bool
is_name_of(const char *item, const target *t)
{
    size_t host_size = strlen(t->host);
    size_t size;

    if (strncmp(item, "*.", 2) == 0)
        item = &item[1];
    size = strlen(item);
    if (t->address.bits || !ends_with(t->host, item))
        return false;
    return item[0] == '.' || size == host_size || t->host[host_size - size - 1] == '.';
}

static bool
item_lists(char *item, const target *t)
{
    const char *port;
    unsigned prefix;
    address a;

    if (strcmp(item, "*") == 0)
        return true;
    if (read_network(item, &a, &prefix))
        return is_within(&t->address, &a, prefix) && a.bits > 0;
    port = cut_port(&item);
    if (!*item || (*port && strcmp(port, t->port) != 0))
        return false;
    if (read_address(item, &a))
        return is_within(&t->address, &a, a.bits);
    return is_name_of(item, t);
}

/* --- the list --------------------------------------------------------------------- */

static bool
is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* In lower case, without the white space around; false when there is nothing of it. */
static bool
take_item(const char *text, size_t size, char out[ITEM_MAX])
{
    size_t at = 0;

    while (at < size && is_blank(text[at]))
        at++;
    while (size > at && is_blank(text[size - 1]))
        size--;
    if (size == at || size - at >= ITEM_MAX)
        return false;
    for (size_t i = 0; i < size - at; i++) {
        char c = text[at + i];

        out[i] = c >= 'A' && c <= 'Z' ? (char)(c - 'A' + 'a') : c;
    }
    out[size - at] = 0;
    return true;
}

static target
target_of(const evc_endpoint *server)
{
    bool brackets = server->host[0] == '[';
    size_t size = strlen(server->host) - (brackets ? 2 : 0);
    target t = {.address = {.bits = 0}};

    if (size < sizeof(t.host))
        memcpy(t.host, &server->host[brackets], size);
    (void)snprintf(t.port, sizeof(t.port), "%u", (unsigned)server->port);
    (void)read_address(t.host, &t.address);
    return t;
}

static bool
is_this_machine(const target *t)
{
    static const uint8_t one[16] = {[15] = 1};

    if (t->address.bits == V4_BITS)
        return t->address.bytes[0] == 127;
    if (t->address.bits == V6_BITS)
        return memcmp(t->address.bytes, one, sizeof(one)) == 0;
    return strcmp(t->host, "localhost") == 0;
}

bool
evc_no_proxy_holds(const char *list, const evc_endpoint *server)
{
    const target t = target_of(server);
    char item[ITEM_MAX];

    if (is_this_machine(&t))
        return true;
    while (list && *list) {
        size_t size = strcspn(list, ",");

        if (take_item(list, size, item) && item_lists(item, &t))
            return true;
        list = &list[size + (list[size] == ',')];
    }
    return false;
}
