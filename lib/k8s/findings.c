/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/findings.h"

#include <stdarg.h>
#include <stdio.h>

#define PLACE 128

static const char *const columns[] = {"severity", "#line",  "place",
                                      "finding",  "advice", NULL};
static const char *const names[] = {
    [EVC_SEVERITY_ERROR] = "error",
    [EVC_SEVERITY_WARNING] = "warning",
    [EVC_SEVERITY_HINT] = "hint",
};

void
evc_findings_init(evc_findings *f, evc_error **err)
{
    *f = (evc_findings){.err = err};
    f->rc = evc_table_new(columns, &f->table, err);
}

void
evc_findings_reset(evc_findings *f)
{
    evc_table_free(f->table);
    f->table = NULL;
}

static void
set(evc_findings *f, const char *column, const char *text)
{
    if (!f->rc)
        f->rc = evc_table_set(f->table, column, text, f->err);
}

void
evc_findings_add(evc_findings *f, evc_severity severity, uint32_t line,
                 const char *finding, const char *advice, const char *place, ...)
{
    char text[PLACE];
    va_list args;

    va_start(args, place);
    (void)vsnprintf(text, sizeof(text), place, args);
    va_end(args);
    if (!f->rc)
        f->rc = evc_table_add_row(f->table, f->err);
    set(f, "severity", names[severity]);
    if (!f->rc && line)
        f->rc = evc_table_set_number(f->table, "line", line, f->err);
    set(f, "place", text);
    set(f, "finding", finding);
    set(f, "advice", advice);
}
