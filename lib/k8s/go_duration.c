/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/go_duration.h"

#include <stddef.h>
#include <string.h>

/* The magnitude of the least number that Go's type holds. */
#define MOST ((uint64_t)INT64_MAX + 1)

/* The longer of two that begin alike stands first. */
static const struct {
    const char *name;
    uint64_t ns;
} units[] = {
    {"ns", 1},
    {"us", 1000},
    {"\xc2\xb5s", 1000}, /* the micro sign */
    {"\xce\xbcs", 1000}, /* the Greek letter */
    {"ms", 1000000},
    {"s", 1000000000},
    {"m", UINT64_C(60000000000)},
    {"h", UINT64_C(3600000000000)},
};

typedef struct part {
    uint64_t whole;
    uint64_t fraction; /* of scale */
    double scale;
    bool any; /* a digit stands there */
} part;

/* False past what Go takes; digits of a fraction that do not count are passed over. */
static bool
read_number(const char **at, part *out)
{
    *out = (part){.scale = 1};
    for (; **at >= '0' && **at <= '9'; (*at)++) {
        uint64_t digit = (uint64_t)(**at - '0');

        out->any = true;
        if (out->whole > (MOST - digit) / 10)
            return false;
        out->whole = out->whole * 10 + digit;
    }
    if (**at != '.')
        return out->any;
    for ((*at)++; **at >= '0' && **at <= '9'; (*at)++) {
        out->any = true;
        if (out->fraction > (uint64_t)INT64_MAX / 10)
            continue;
        out->fraction = out->fraction * 10 + (uint64_t)(**at - '0');
        out->scale *= 10;
    }
    return out->any;
}

static uint64_t
read_unit(const char **at)
{
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
        size_t size = strlen(units[i].name);

        /* "m" is no "ms": what follows a unit is a number, or the end. */
        if (strncmp(*at, units[i].name, size) == 0 &&
            ((*at)[size] == 0 || strchr("0123456789.", (*at)[size]))) {
            *at += size;
            return units[i].ns;
        }
    }
    return 0;
}

static bool
read_part(const char **at, uint64_t *sum)
{
    uint64_t unit;
    uint64_t ns;
    part p;

    if (!read_number(at, &p))
        return false;
    unit = read_unit(at);
    if (unit == 0 || p.whole > MOST / unit)
        return false;
    ns = p.whole * unit + (uint64_t)((double)p.fraction * ((double)unit / p.scale));
    if (ns > MOST || *sum > MOST - ns)
        return false;
    *sum += ns;
    return true;
}

bool
evc_go_duration_parse(const char *text, int64_t *out)
{
    bool negative = *text == '-';
    const char *at = text + (*text == '-' || *text == '+');
    uint64_t sum = 0;

    if (strcmp(at, "0") == 0) {
        *out = 0;
        return true;
    }
    if (*at == 0)
        return false;
    while (*at)
        if (!read_part(&at, &sum))
            return false;
    if (!negative && sum > INT64_MAX)
        return false;
    if (negative)
        *out = sum == MOST ? INT64_MIN : -(int64_t)sum;
    else
        *out = (int64_t)sum;
    return true;
}
