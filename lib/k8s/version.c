/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/version.h"

#include <string.h>

static bool
is_number(const char *text)
{
    size_t digits = strspn(text, "0123456789");

    return digits > 0 && text[digits] == '\0' && (text[0] != '0' || digits == 1);
}

/* Of any length, so that there is no number that is too large. */
bool
evc_kube_version_compare(const char *a, const char *b, int *out)
{
    size_t length_a = strlen(a);
    size_t length_b = strlen(b);
    int order;

    if (!is_number(a) || !is_number(b))
        return false;
    if (length_a != length_b)
        order = length_a < length_b ? -1 : 1;
    else
        order = strcmp(a, b);
    *out = (order > 0) - (order < 0);
    return true;
}
