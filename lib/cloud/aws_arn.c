/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_arn.h"

#include <string.h>

#define LOWER "abcdefghijklmnopqrstuvwxyz"
#define UPPER "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

/* 1 to most characters, each of them one of those. */
static bool
is_made_of(evc_view text, const char *those, size_t most)
{
    if (text.size == 0 || text.size > most)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (text.data[i] == 0 || !strchr(those, text.data[i]))
            return false;
    }
    return true;
}

static evc_view
take_rest(evc_cursor *c)
{
    return evc_cursor_bytes(c, evc_cursor_left(c));
}

/* What stands after the prefix. */
static bool
skip_prefix(evc_view text, const char *prefix, evc_view *out)
{
    evc_cursor c = evc_cursor_of_view(text);

    if (!evc_view_starts_with(text, prefix))
        return false;
    (void)evc_cursor_bytes(&c, strlen(prefix));
    *out = take_rest(&c);
    return true;
}

bool
evc_aws_is_key_id(evc_view text)
{
    return is_made_of(text, LOWER UPPER DIGITS "-", 128);
}

bool
evc_aws_is_alias_name(evc_view text)
{
    evc_view name;

    return skip_prefix(text, "alias/", &name) && text.size <= EVC_AWS_ALIAS_MAX &&
           is_made_of(name, LOWER UPPER DIGITS ":/_-", EVC_AWS_ALIAS_MAX);
}

bool
evc_aws_is_region(evc_view text)
{
    return is_made_of(text, LOWER DIGITS "-", 63);
}

bool
evc_aws_is_partition(evc_view text)
{
    return evc_view_starts_with(text, "aws") && is_made_of(text, LOWER "-", 32);
}

bool
evc_aws_is_account(evc_view text)
{
    return text.size == 12 && is_made_of(text, DIGITS, 12);
}

bool
evc_aws_arn_parse(evc_view text, evc_aws_arn *out)
{
    evc_cursor c = evc_cursor_of_view(text);
    evc_view rest;
    bool fits;

    *out = (evc_aws_arn){.is_alias = false};
    if (text.size > EVC_AWS_ARN_MAX)
        return false;
    fits = evc_view_is_text(evc_cursor_until(&c, ':'), "arn");
    out->partition = evc_cursor_until(&c, ':');
    fits = fits && evc_view_is_text(evc_cursor_until(&c, ':'), "kms");
    out->region = evc_cursor_until(&c, ':');
    out->account = evc_cursor_until(&c, ':');
    rest = take_rest(&c);
    if (skip_prefix(rest, "key/", &out->id)) {
        fits = fits && evc_aws_is_key_id(out->id);
    } else {
        out->id = rest;
        out->is_alias = true;
        fits = fits && evc_aws_is_alias_name(rest);
    }
    return fits && evc_aws_is_partition(out->partition) &&
           evc_aws_is_region(out->region) && evc_aws_is_account(out->account);
}

bool
evc_aws_arn_is_multi_region(const evc_aws_arn *arn)
{
    return evc_view_starts_with(arn->id, "mrk-"); /* aliases begin with alias/ */
}

bool
evc_aws_arn_matches(const evc_aws_arn *a, const evc_aws_arn *b)
{
    return a->is_alias == b->is_alias && evc_view_equal(a->partition, b->partition) &&
           evc_view_equal(a->account, b->account) && evc_view_equal(a->id, b->id) &&
           (evc_view_equal(a->region, b->region) || evc_aws_arn_is_multi_region(a));
}

void
evc_aws_arn_write(const evc_aws_arn *arn, evc_view region, evc_buf *out)
{
    evc_buf_put_text(out, "arn:");
    evc_buf_put_view(out, arn->partition);
    evc_buf_put_text(out, ":kms:");
    evc_buf_put_view(out, region);
    evc_buf_put_text(out, ":");
    evc_buf_put_view(out, arn->account);
    evc_buf_put_text(out, arn->is_alias ? ":" : ":key/");
    evc_buf_put_view(out, arn->id);
}

bool
evc_aws_principal_parse(evc_view text, evc_aws_principal *out)
{
    static const char letters[] = LOWER UPPER DIGITS "+=,.@_/-";
    evc_cursor c = evc_cursor_of_view(text);
    evc_view name = {NULL, 0};
    bool fits;

    *out = (evc_aws_principal){.name = {NULL, 0}};
    if (text.size > EVC_AWS_ARN_MAX)
        return false;
    fits = evc_view_is_text(evc_cursor_until(&c, ':'), "arn");
    out->partition = evc_cursor_until(&c, ':');
    fits = fits && evc_view_is_text(evc_cursor_until(&c, ':'), "iam");
    fits = fits && evc_cursor_until(&c, ':').size == 0;
    out->account = evc_cursor_until(&c, ':');
    out->name = take_rest(&c);
    fits = fits && evc_aws_is_partition(out->partition) &&
           evc_aws_is_account(out->account);
    if (evc_view_is_text(out->name, "root"))
        return fits;
    return fits &&
           (skip_prefix(out->name, "user/", &name) ||
            skip_prefix(out->name, "role/", &name)) &&
           is_made_of(name, letters, EVC_AWS_ARN_MAX) && name.data &&
           name.data[name.size - 1] != '/';
}
