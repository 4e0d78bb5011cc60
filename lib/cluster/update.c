/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/update.h"

#include "base/text.h"

#include <string.h>

#include "base/utf8.h"

static const char *const names[] = {"none", "sent", "running", "done", "failed"};

void
evc_cluster_update_init(evc_cluster_update *update)
{
    *update = (evc_cluster_update){.sent_ms = -1, .done_ms = -1};
}

void
evc_cluster_update_clean(evc_cluster_update *update)
{
    evc_utf8_clean(update->id);
    evc_utf8_clean(update->detail);
    evc_utf8_clean(update->request_id);
}

const char *
evc_cluster_update_phase_name(evc_update_phase phase)
{
    return names[phase];
}

bool
evc_cluster_update_phase_of(const char *name, evc_update_phase *out)
{
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], name) == 0) {
            *out = (evc_update_phase)i;
            return true;
        }
    }
    return false;
}

void
evc_cluster_update_tell(evc_cluster_update *update, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    evc_text_format(update->detail, sizeof(update->detail), format, arguments);
    va_end(arguments);
}
