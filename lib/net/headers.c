/* SPDX-License-Identifier: Apache-2.0 */
#include "net/headers.h"

#include <string.h>
#include <strings.h>

#include "base/mem.h"

void
evc_headers_init(evc_headers *headers)
{
    *headers = (evc_headers){.items = NULL};
}

static void
free_header(evc_header *header)
{
    if (header->value)
        evc_mem_wipe(header->value, strlen(header->value));
    evc_mem_free(header->name);
    evc_mem_free(header->value);
}

void
evc_headers_reset(evc_headers *headers)
{
    for (size_t i = 0; i < headers->count; i++)
        free_header(&headers->items[i]);
    evc_mem_free(headers->items);
    evc_headers_init(headers);
}

/* RFC 9110 5.6.2: token. */
static bool
is_token(const char *name)
{
    static const char alphabet[] = "!#$%&'*+-.^_`|~0123456789"
                                   "abcdefghijklmnopqrstuvwxyz"
                                   "ABCDEFGHIJKLMNOPQRSTUVWXYZ";

    return name[0] && strspn(name, alphabet) == strlen(name);
}

static bool
is_value(evc_view value)
{
    for (size_t i = 0; i < value.size; i++) {
        if ((value.data[i] < 0x20 && value.data[i] != '\t') || value.data[i] == 0x7f)
            return false;
    }
    return value.size <= EVC_HEADER_VALUE_MAX;
}

static int
check(const evc_headers *headers, const char *name, evc_view value, evc_error **err)
{
    if (!is_token(name))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a header's name is empty or has bytes that no name may have");
    if (!is_value(value))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the value of the header %s is too long or has control bytes",
                       name);
    if (headers->count == EVC_HEADERS_MAX)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "there is no room for the header %s after %u others", name,
                       EVC_HEADERS_MAX);
    return 0;
}

static bool
make_room(evc_headers *headers)
{
    size_t capacity = headers->capacity ? 2 * headers->capacity : 8;
    evc_header *items;

    if (headers->count < headers->capacity)
        return true;
    items = evc_mem_grow(headers->items, headers->count, capacity, sizeof(*items));
    if (!items)
        return false;
    headers->items = items;
    headers->capacity = capacity;
    return true;
}

static int
add(evc_headers *headers, const char *name, evc_view value, bool secret,
    evc_error **err)
{
    evc_header header = {.secret = secret};
    int rc = check(headers, name, value, err);

    if (rc)
        return rc;
    header.name = evc_mem_strdup(name);
    header.value = evc_mem_text(value.data, value.size);
    if (!header.name || !header.value || !make_room(headers)) {
        free_header(&header);
        return evc_err_nomem(err);
    }
    headers->items[headers->count++] = header;
    return 0;
}

int
evc_headers_add(evc_headers *headers, const char *name, evc_view value, evc_error **err)
{
    return add(headers, name, value, false, err);
}

/* A name that is longer than this is none that anybody reads. */
#define LOWER_MAX 256u

int
evc_headers_add_lower(evc_headers *headers, evc_view name, evc_view value,
                      evc_error **err)
{
    char lower[LOWER_MAX] = "";

    /* Too long, or with a NUL in it, it stays empty and is refused. */
    if (name.size >= sizeof(lower) || (name.size && memchr(name.data, 0, name.size)))
        name.size = 0;
    for (size_t i = 0; i < name.size; i++) {
        uint8_t c = name.data[i];

        lower[i] = (char)(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
    }
    return add(headers, lower, value, false, err);
}

int
evc_headers_add_secret(evc_headers *headers, const char *name, evc_view value,
                       evc_error **err)
{
    return add(headers, name, value, true, err);
}

void
evc_headers_remove(evc_headers *headers, const char *name)
{
    size_t kept = 0;

    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->items[i].name, name) == 0)
            free_header(&headers->items[i]);
        else
            headers->items[kept++] = headers->items[i];
    }
    headers->count = kept;
}

int
evc_headers_set(evc_headers *headers, const char *name, evc_view value, evc_error **err)
{
    evc_headers_remove(headers, name);
    return add(headers, name, value, false, err);
}

const char *
evc_headers_find(const evc_headers *headers, const char *name)
{
    for (size_t i = 0; i < headers->count; i++) {
        if (strcasecmp(headers->items[i].name, name) == 0)
            return headers->items[i].value;
    }
    return NULL;
}
