/* SPDX-License-Identifier: Apache-2.0 */
#include "base/log.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"

void
evc_log_write(const evc_log *log, int32_t level, const char *format, ...)
{
    char text[1024];
    va_list args;
    int size;

    if (!evc_log_wants(log, level))
        return;
    va_start(args, format);
    size = vsnprintf(text, sizeof(text), format, args); /* a longer line is cut */
    va_end(args);
    if (size < 0)
        return;
    evc_utf8_clean(text);
    log->sink(log->user, level, text);
}
