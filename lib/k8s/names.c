/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/names.h"

#include <string.h>

#define LABEL_MAX 63u
#define SUBDOMAIN_MAX 253u

static bool
is_digit(uint8_t c)
{
    return c >= '0' && c <= '9';
}

static bool
is_lower(uint8_t c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c);
}

static bool
is_any_case(uint8_t c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* A part of a subdomain, which is not held to 63 of its own. */
static bool
is_part(evc_view text)
{
    if (text.size == 0 || !is_lower(text.data[0]) ||
        !is_lower(text.data[text.size - 1]))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_lower(text.data[i]) && text.data[i] != '-')
            return false;
    }
    return true;
}

bool
evc_kube_is_label(evc_view text)
{
    return text.size <= LABEL_MAX && is_part(text);
}

bool
evc_kube_is_subdomain(evc_view text)
{
    size_t start = 0;

    if (text.size > SUBDOMAIN_MAX)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] != '.')
            continue;
        if (!is_part(evc_view_of(&text.data[start], i - start)))
            return false;
        start = i + 1;
    }
    return start < text.size &&
           is_part(evc_view_of(&text.data[start], text.size - start));
}

static bool
is_path_segment(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '/' || text.data[i] == '%')
            return false;
    }
    return evc_kube_is_opaque(text, SUBDOMAIN_MAX) && !evc_view_is_text(text, ".") &&
           !evc_view_is_text(text, "..");
}

bool
evc_kube_is_object_name(const char *group, evc_view text)
{
    if (strcmp(group, "rbac.authorization.k8s.io") == 0)
        return is_path_segment(text);
    return evc_kube_is_subdomain(text);
}

static bool
is_name_part(evc_view text)
{
    if (text.size == 0 || text.size > LABEL_MAX || !is_any_case(text.data[0]) ||
        !is_any_case(text.data[text.size - 1]))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if (!is_any_case(c) && c != '-' && c != '_' && c != '.')
            return false;
    }
    return true;
}

bool
evc_kube_is_qualified_name(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == '/')
            return evc_kube_is_subdomain(evc_view_of(text.data, i)) &&
                   is_name_part(evc_view_of(&text.data[i + 1], text.size - i - 1));
    }
    return is_name_part(text);
}

/* What a domain is, or ends in behind a dot. */
static bool
is_below(evc_view domain, const char *above)
{
    size_t size = strlen(above);

    if (domain.size < size ||
        memcmp(&domain.data[domain.size - size], above, size) != 0)
        return false;
    return domain.size == size || domain.data[domain.size - size - 1] == '.';
}

bool
evc_kube_is_reserved_name(evc_view text)
{
    const uint8_t *slash = text.size ? memchr(text.data, '/', text.size) : NULL;
    evc_view domain = evc_view_of(text.data, slash ? (size_t)(slash - text.data) : 0);

    return is_below(domain, "kubernetes.io") || is_below(domain, "k8s.io");
}

bool
evc_kube_is_opaque(evc_view text, size_t max)
{
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] <= ' ' || text.data[i] > '~')
            return false;
    }
    return text.size > 0 && text.size <= max;
}

/* Digits of a number from 1 on; false when there are none. */
static bool
take_number(evc_view text, size_t *at)
{
    size_t start = *at;

    while (*at < text.size && is_digit(text.data[*at]))
        (*at)++;
    return *at > start && text.data[start] != '0';
}

bool
evc_kube_is_api_version(evc_view text)
{
    size_t at = 1;
    evc_view rest;

    if (text.size < 2 || text.size > LABEL_MAX || text.data[0] != 'v' ||
        !take_number(text, &at))
        return false;
    if (at == text.size)
        return true;
    rest = evc_view_of(&text.data[at], text.size - at);
    if (evc_view_starts_with(rest, "alpha"))
        at += 5;
    else if (evc_view_starts_with(rest, "beta"))
        at += 4;
    else
        return false;
    return take_number(text, &at) && at == text.size;
}
