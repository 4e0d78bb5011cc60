/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/reached.h"

#include <string.h>

static bool
is_behind(const evc_reached *r, evc_view key)
{
    return evc_view_compare(key, evc_view_of(r->room, r->size)) > 0;
}

void
evc_reached_resume(evc_reached *reached, evc_view key)
{
    *reached = (evc_reached){.size = 0};
    if (key.size == 0 || key.size > sizeof(reached->room))
        return;
    memcpy(reached->room, key.data, key.size);
    reached->size = key.size;
    reached->again = true;
}

void
evc_reached_begin_anew(evc_reached *reached)
{
    reached->again = true;
}

bool
evc_reached_has(const evc_reached *reached, evc_view key)
{
    return reached->again && !reached->unordered && !is_behind(reached, key);
}

void
evc_reached_move(evc_reached *reached, evc_view key)
{
    reached->again = false;
    reached->unordered |= !is_behind(reached, key) || key.size > sizeof(reached->room);
    reached->size = reached->unordered ? 0 : key.size;
    if (!reached->unordered)
        memcpy(reached->room, key.data, key.size);
}

evc_view
evc_reached_key(const evc_reached *reached)
{
    return evc_view_of(reached->room, reached->size);
}
