/* SPDX-License-Identifier: Apache-2.0 */
/* What a person is told, and the exit code that a program is told. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int32_t last_code; /* of the error that was reported last */
static bool bar_shown;    /* the cursor stands behind a progress bar */

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

int
refuse(int code, const char *format, ...)
{
    va_list args;

    last_code = 0;
    va_start(args, format);
    complain_args(format, args);
    va_end(args);
    return code;
}

int
system_failed(const char *what, const char *path)
{
    char reason[128] = "unknown reason";

    (void)!strerror_r(errno, reason, sizeof reason);
    return refuse(EXIT_MACHINE, "cannot %s %s: %s", what, path, reason);
}

int
exit_code(const envcrypt_error *error)
{
    switch (envcrypt_error_code(error)) {
    case ENVCRYPT_E_KEY_NOT_FOUND:
        return EXIT_KEY;
    case ENVCRYPT_E_SUITE:
        return EXIT_DATA;
    default:
        break;
    }
    switch (envcrypt_error_class(error)) {
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
        return EXIT_POLICY;
    case ENVCRYPT_CLASS_CANCELED:
        return EXIT_INTERRUPTED;
    default:
        return EXIT_MACHINE;
    }
}

/* The command's own words for what a caller of the library would do next. */
static const char *
hint(int32_t code)
{
    switch (code) {
    case ENVCRYPT_E_POLICY_COMMITMENT:
        return "Read it by --policy allow-decrypt if you trust where it comes from.";
    case ENVCRYPT_E_LIMIT_EDKS:
        return "The limit is --max-edks.";
    case ENVCRYPT_E_LIMIT_FRAME:
        return "The limit is --max-frame.";
    case ENVCRYPT_E_FILE_EXISTS:
        return "--force replaces it.";
    case ENVCRYPT_E_CONTEXT_MISSING:
        return "Give the pair by --context NAME=VALUE.";
    case ENVCRYPT_E_POLICY_SIGNED:
        return "`envcrypt decrypt` reads it whole; `cat` reads parts of it with "
               "--frames-only.";
    case ENVCRYPT_E_STORE_LOCKED:
        return "Present a protector: --passphrase, --key-file, --rsa-private …; "
               "`envcrypt "
               "keystore list STORE` shows which there are.";
    case ENVCRYPT_E_STORE_PROTECTOR:
        return "Present it (--passphrase-file, --key-file …) or drop it by --drop ID.";
    default:
        return NULL;
    }
}

int32_t
report_last(void)
{
    return last_code;
}

int
report_error(const envcrypt_error *error, const char *about)
{
    const envcrypt_error *cause = envcrypt_error_cause(error);
    const char *next = hint(envcrypt_error_code(error));
    const char *told = envcrypt_error_message(error);

    last_code = envcrypt_error_code(error);
    /* Only a signal cancels. */
    if (exit_code(error) == EXIT_INTERRUPTED)
        return refuse(EXIT_INTERRUPTED, "interrupted%s%s", about ? ": " : "",
                      about ? about : "");
    complain("%s%s%s [%s]", about ? about : "", about ? ": " : "",
             envcrypt_error_message(error),
             envcrypt_error_name(envcrypt_error_code(error)));
    for (; cause; cause = envcrypt_error_cause(cause)) {
        /* An error often tells its cause in its own words already. */
        if (!strstr(told, envcrypt_error_message(cause)))
            complain("  because %s [%s]", envcrypt_error_message(cause),
                     envcrypt_error_name(envcrypt_error_code(cause)));
        told = envcrypt_error_message(cause);
    }
    if (next)
        complain("  %s", next);
    return exit_code(error);
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
