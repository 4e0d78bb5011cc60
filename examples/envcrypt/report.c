/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told, and the exit code that a program is told. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What was reported last; text NULL: memory was out. */
static struct {
    int32_t code;
    char *text;
} last;
static bool bar_shown;         /* the cursor stands behind a progress bar */
static const command *running; /* NULL: none yet */

void
report_for(const command *of)
{
    running = of;
}

bool
report_bar(bool shown)
{
    bool before = bar_shown;

    bar_shown = shown;
    return before;
}

static void
leave_bar(void)
{
    if (report_bar(false))
        (void)fputc('\n', stderr);
}

static void put(FILE *to, const char *format, va_list args) PRINTF(2, 0);

static void
put(FILE *to, const char *format, va_list args)
{
    char *text = text_format_args(format, args);

    if (text)
        text_put_safe(to, text, strlen(text), true);
    free(text);
}

void
say(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    put(stdout, format, args);
    va_end(args);
}

void
say_name(const char *name)
{
    text_put_safe(stdout, name, strlen(name), false);
}

void
note(const cli *c, const char *format, ...)
{
    va_list args;

    if (c->quiet)
        return;
    (void)fflush(stdout); /* in the order in which it happened */
    leave_bar();
    va_start(args, format);
    put(stderr, format, args);
    va_end(args);
}

static void complain_args(const char *format, va_list args) PRINTF(1, 0);

static void
complain_args(const char *format, va_list args)
{
    (void)fflush(stdout);
    leave_bar();
    (void)fputs("envcrypt: ", stderr);
    put(stderr, format, args);
    (void)fputc('\n', stderr);
}

void
complain(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    complain_args(format, args);
    va_end(args);
}

/* The library's codes name the command's own failures too; its exit code follows. */
static int
code_exit(int32_t code)
{
    switch (code) {
    case ENVCRYPT_E_KEY_NOT_FOUND:
    case ENVCRYPT_E_NO_CREDENTIALS:
    case ENVCRYPT_E_BAD_CREDENTIALS:
    case ENVCRYPT_E_DENIED:
    case ENVCRYPT_E_BILLING:
    case ENVCRYPT_E_KUBE_PREFLIGHT:
        return EXIT_KEY;
    case ENVCRYPT_E_SUITE:
    case ENVCRYPT_E_STORE_NEWER:
    case ENVCRYPT_E_ENCRYPTION_CONFIG:
        return EXIT_DATA;
    case ENVCRYPT_E_UNSUPPORTED: /* what was asked for is not to be had there */
    case ENVCRYPT_E_KUBE_NOT_FOUND:
    case ENVCRYPT_E_JOURNAL_OTHER:
    case ENVCRYPT_E_CLUSTER_NOT_FOUND:
        return EXIT_USAGE;
    case ENVCRYPT_E_CLUSTER_KIND: /* refused by a rule, as a preflight tells it */
    case ENVCRYPT_E_CLUSTER_CANNOT:
    case ENVCRYPT_E_KEY_FORMER:
        return EXIT_POLICY;
    case ENVCRYPT_E_KUBE_EXPIRED: /* lists grow old too soon: the server's trouble */
    case ENVCRYPT_E_SERVICE_CONFLICT:
    case ENVCRYPT_E_LEASE_HELD: /* another run or process is at work */
    case ENVCRYPT_E_FILE_BUSY:
    case ENVCRYPT_E_CLUSTER_BUSY:
    case ENVCRYPT_E_CLUSTER_TOO_EARLY:
        return EXIT_SERVICE;
    default:
        break;
    }
    switch (envcrypt_error_class_of(code)) {
    case 0:
        return EXIT_DONE;
    case ENVCRYPT_CLASS_ARGUMENT:
    case ENVCRYPT_CLASS_CONFIG:
        return EXIT_USAGE;
    case ENVCRYPT_CLASS_WRONG_KEY:
    case ENVCRYPT_CLASS_KEY_STATE:
    case ENVCRYPT_CLASS_CREDENTIALS:
        return EXIT_KEY;
    case ENVCRYPT_CLASS_FORMAT:
    case ENVCRYPT_CLASS_AUTHENTICITY:
        return EXIT_DATA;
    case ENVCRYPT_CLASS_POLICY:
    case ENVCRYPT_CLASS_QUOTA:
        return EXIT_POLICY;
    case ENVCRYPT_CLASS_UNAVAILABLE:
    case ENVCRYPT_CLASS_THROTTLED:
    case ENVCRYPT_CLASS_PROTOCOL:
        return EXIT_SERVICE;
    case ENVCRYPT_CLASS_CANCELED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_MACHINE;
    }
}

/* Keeps what failed for report_json(); the exit code. Takes the text. */
static int
remember(int32_t code, char *text)
{
    free(last.text);
    last.code = code;
    last.text = text;
    return code_exit(code);
}

int
refuse(int32_t code, const char *format, ...)
{
    int32_t of = envcrypt_error_class_of(code);
    va_list args;
    char *text;

    va_start(args, format);
    text = text_format_args(format, args);
    va_end(args);
    /* A slip on the command line is told in words alone. */
    if (of == ENVCRYPT_CLASS_ARGUMENT || of == ENVCRYPT_CLASS_CANCELED)
        complain("%s", text ? text : envcrypt_error_text(code));
    else
        complain("%s [%s]", text ? text : envcrypt_error_text(code),
                 envcrypt_error_name(code));
    return remember(code, text);
}

static int32_t
code_of_errno(int number)
{
    switch (number) {
    case ENOENT:
    case ENOTDIR:
        return ENVCRYPT_E_FILE_NOT_FOUND;
    case EEXIST:
        return ENVCRYPT_E_FILE_EXISTS;
    case EACCES:
    case EPERM:
    case EROFS:
        return ENVCRYPT_E_FILE_DENIED;
    case ENOSPC:
    case EDQUOT:
        return ENVCRYPT_E_NO_SPACE;
    case EPIPE:
        return ENVCRYPT_E_PIPE_CLOSED;
    case ENOMEM:
        return ENVCRYPT_E_NOMEM;
    default:
        return ENVCRYPT_E_IO;
    }
}

int
system_failed(const char *what, const char *path)
{
    int number = errno;
    char reason[128] = "unknown reason";

    (void)!strerror_r(number, reason, sizeof reason);
    return refuse(code_of_errno(number), "cannot %s %s: %s", what, path, reason);
}

int32_t
report_last(void)
{
    return last.code;
}

void
report_json(const char *file, int code)
{
    json j = {0};

    json_open(&j, NULL, '{');
    if (file)
        json_text(&j, "file", file);
    json_text(&j, "status", "failed");
    json_text(&j, "error", envcrypt_error_name(last.code));
    json_text(&j, "message", last.text);
    json_number(&j, "exit_code", code);
    json_close(&j);
}

int
report_error(const envcrypt_error *error, const char *about)
{
    const envcrypt_error *cause = envcrypt_error_cause(error);
    int32_t code = envcrypt_error_code(error);
    const char *next = running ? hint_for(running, error) : NULL;
    const char *told = envcrypt_error_message(error);

    /* Only a signal cancels. */
    if (code_exit(code) == EXIT_INTERRUPTED)
        return refuse(code, "interrupted%s%s", about ? ": " : "", about ? about : "");
    complain("%s%s%s [%s]", about ? about : "", about ? ": " : "", told,
             envcrypt_error_name(code));
    for (; cause; cause = envcrypt_error_cause(cause)) {
        /* An error often tells its cause in its own words already. */
        if (!strstr(told, envcrypt_error_message(cause)))
            complain("  because %s [%s]", envcrypt_error_message(cause),
                     envcrypt_error_name(envcrypt_error_code(cause)));
        told = envcrypt_error_message(cause);
    }
    if (next)
        complain("  %s", next);
    return remember(code, text_format("%s", envcrypt_error_message(error)));
}

int
report_exit(int32_t code)
{
    return code_exit(code);
}

int
check(int rc, envcrypt_error **error, const char *about)
{
    if (rc == 0)
        return 0;
    rc = report_error(*error, about);
    envcrypt_error_free(*error);
    *error = NULL;
    return rc;
}

int
flush_output(void)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return 0;
    return system_failed("write to", "standard output");
}
