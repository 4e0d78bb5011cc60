/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/key_spans.h"

static void
span_init(evc_key_span *span)
{
    evc_buf_init(&span->first);
    evc_buf_init(&span->last);
    span->more = false;
}

static void
span_reset(evc_key_span *span)
{
    evc_buf_reset(&span->first);
    evc_buf_reset(&span->last);
}

void
evc_key_spans_init(evc_key_spans *s)
{
    for (size_t i = 0; i < EVC_KEY_SPANS; i++)
        span_init(&s->kept[i]);
    span_init(&s->at_hand);
    s->count = 0;
    s->any = false;
}

void
evc_key_spans_reset(evc_key_spans *s)
{
    for (size_t i = 0; i < EVC_KEY_SPANS; i++)
        span_reset(&s->kept[i]);
    span_reset(&s->at_hand);
}

static void
swap(evc_buf *a, evc_buf *b)
{
    evc_buf kept = *a;

    *a = *b;
    *b = kept;
}

static bool
is_before(evc_view a, const evc_buf *b)
{
    return evc_view_compare(a, evc_buf_view(b)) < 0;
}

static bool
is_behind(evc_view a, const evc_buf *b)
{
    return evc_view_compare(a, evc_buf_view(b)) > 0;
}

static void
put(evc_buf *to, evc_view key)
{
    evc_buf_truncate(to, 0);
    evc_buf_put_view(to, key);
}

int
evc_key_spans_add(evc_key_spans *s, evc_view key, bool *twice, evc_error **err)
{
    evc_key_span *at_hand = &s->at_hand;
    int rc;

    *twice = false;
    for (size_t i = 0; i < s->count && !*twice; i++)
        *twice =
            !is_before(key, &s->kept[i].first) && !is_behind(key, &s->kept[i].last);
    if (!s->any || is_before(key, &at_hand->first))
        put(&at_hand->first, key);
    if (!s->any || is_behind(key, &at_hand->last))
        put(&at_hand->last, key);
    s->any = true;
    rc = evc_buf_check(&at_hand->first, err);
    return rc ? rc : evc_buf_check(&at_hand->last, err);
}

/* The texts of the later one are left in it, to be written over. */
static void
join(evc_key_span *to, evc_key_span *later)
{
    if (is_before(evc_buf_view(&later->first), &to->first))
        swap(&to->first, &later->first);
    if (is_behind(evc_buf_view(&later->last), &to->last))
        swap(&to->last, &later->last);
    to->more = later->more;
}

static void
drop_oldest(evc_key_spans *s)
{
    evc_key_span spare;

    join(&s->kept[0], &s->kept[1]);
    spare = s->kept[1];
    for (size_t i = 2; i < s->count; i++)
        s->kept[i - 1] = s->kept[i];
    s->kept[--s->count] = spare;
}

void
evc_key_spans_end(evc_key_spans *s, bool more)
{
    evc_key_span *at_hand = &s->at_hand;
    evc_key_span *latest = s->count > 0 ? &s->kept[s->count - 1] : NULL;

    if (!s->any)
        return;
    s->any = false;
    at_hand->more = more;
    if (latest && latest->more &&
        is_behind(evc_buf_view(&at_hand->first), &latest->last)) {
        join(latest, at_hand);
        return;
    }
    if (s->count == EVC_KEY_SPANS)
        drop_oldest(s);
    latest = &s->kept[s->count++];
    swap(&latest->first, &at_hand->first);
    swap(&latest->last, &at_hand->last);
    latest->more = more;
}
