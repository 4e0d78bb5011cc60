/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/checks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "base/utf8.h"

#define SENTENCE 1024u

static const char *const columns[] = {"check",  "result", "rule",
                                      "detail", "error",  NULL};
static const char *const result_names[] = {"ok", "warning", "unknown", "refused"};

int
evc_checks_init(evc_checks *checks, evc_error **err)
{
    *checks = (evc_checks){.rows = NULL};
    return evc_table_new(columns, &checks->rows, err);
}

void
evc_checks_reset(evc_checks *checks)
{
    if (!checks)
        return;
    evc_table_free(checks->rows);
    evc_error_free(checks->first);
    *checks = (evc_checks){.rows = NULL};
}

static int
add_row(evc_checks *checks, const char *check, evc_check_result result,
        const char *rule, int code, const char *detail, evc_error **err)
{
    evc_table *rows = checks->rows;
    int rc = evc_table_add_row(rows, err);

    if (rc == 0)
        rc = evc_table_set(rows, "check", check, err);
    if (rc == 0)
        rc = evc_table_set(rows, "result", result_names[result], err);
    if (rc == 0)
        rc = evc_table_set(rows, "rule", rule, err);
    if (rc == 0)
        rc = evc_table_set(rows, "detail", detail, err);
    if (rc == 0 && code)
        rc = evc_table_set(rows, "error", evc_error_name(code), err);
    return rc;
}

int
evc_checks_add(evc_checks *checks, const char *check, evc_check_result result,
               const char *rule, int code, evc_error **err, const char *format, ...)
{
    char detail[SENTENCE];
    va_list arguments;
    int rc;

    va_start(arguments, format);
    evc_text_format(detail, sizeof(detail), format, arguments);
    va_end(arguments);
    rc = add_row(checks, check, result, rule, code, detail, err);
    if (rc || result != EVC_CHECK_REFUSED)
        return rc;
    if (checks->refused++ == 0)
        checks->code = evc_err(&checks->first, code, "%s", detail);
    return 0;
}

/* What failed and why, as a row has no causes beneath it. Some messages say it themselves. */
static void
put_whole(const evc_error *failed, char detail[SENTENCE])
{
    size_t size = 0;

    detail[0] = '\0';
    for (const evc_error *each = failed; each; each = evc_error_cause(each)) {
        const char *message = evc_error_message(each);
        int more = strstr(detail, message)
                       ? 0
                       : snprintf(detail + size, SENTENCE - size, "%s%s",
                                  size ? ": " : "", message);

        if (more < 0 || (size_t)more >= SENTENCE - size)
            break;
        size += (size_t)more;
    }
    evc_utf8_clean(detail);
}

int
evc_checks_add_error(evc_checks *checks, const char *check, const char *rule,
                     evc_error **failed, evc_error **err)
{
    char detail[SENTENCE];
    int code = evc_error_code(*failed);
    int rc;

    put_whole(*failed, detail);
    rc = add_row(checks, check, EVC_CHECK_REFUSED, rule, code, detail, err);

    if (rc == 0 && checks->refused++ == 0) {
        checks->code = code;
        checks->first = *failed;
        *failed = NULL;
    }
    evc_err_drop(failed);
    return rc;
}

int
evc_checks_conclude(evc_checks *checks, evc_error **err)
{
    evc_error *first = checks->first;

    checks->first = NULL;
    if (checks->refused > 1 && first)
        (void)evc_err_wrap(&first, checks->code,
                           "%s (%zu more checks refuse; see the report)",
                           evc_error_message(first), checks->refused - 1);
    evc_err_drop(err);
    evc_err_add_cause(err, first);
    return checks->code;
}
