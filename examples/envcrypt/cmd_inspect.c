/* SPDX-License-Identifier: Apache-2.0 */
/* inspect: what headers and records say, and whether a rewrap is due. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static const struct {
    int32_t id;
    const char *text;
} suites[] = {
    {ENVCRYPT_SUITE_0014, "AES-128-GCM, data key used directly"},
    {ENVCRYPT_SUITE_0046, "AES-192-GCM, data key used directly"},
    {ENVCRYPT_SUITE_0078, "AES-256-GCM, data key used directly"},
    {ENVCRYPT_SUITE_0114, "AES-128-GCM, HKDF-SHA256"},
    {ENVCRYPT_SUITE_0146, "AES-192-GCM, HKDF-SHA256"},
    {ENVCRYPT_SUITE_0178, "AES-256-GCM, HKDF-SHA256"},
    {ENVCRYPT_SUITE_0214, "AES-128-GCM, HKDF-SHA256, signed by ECDSA P-256"},
    {ENVCRYPT_SUITE_0346, "AES-192-GCM, HKDF-SHA384, signed by ECDSA P-384"},
    {ENVCRYPT_SUITE_0378, "AES-256-GCM, HKDF-SHA384, signed by ECDSA P-384"},
    {ENVCRYPT_SUITE_0478, "AES-256-GCM, HKDF-SHA512, key commitment"},
    {ENVCRYPT_SUITE_0578,
     "AES-256-GCM, HKDF-SHA512, key commitment, signed by ECDSA P-384"},
};

static const char *const answers[] = {
    [ENVCRYPT_NO] = "no", [ENVCRYPT_YES] = "yes", [ENVCRYPT_UNKNOWN] = "unknown"};

/* What is known about one file. */
typedef struct finding {
    envcrypt_message_info *info;
    int32_t due;      /* with keys: one of ENVCRYPT_NO … */
    int32_t *current; /* same, of each encrypted data key; NULL: without keys */
} finding;

static const char *
suite_text(int32_t id)
{
    for (size_t i = 0; i < sizeof suites / sizeof *suites; i++) {
        if (suites[i].id == id)
            return suites[i].text;
    }
    return "unknown";
}

static void
add_form(table *t, const envcrypt_message_info *info)
{
    int32_t suite = envcrypt_message_info_suite(info);
    uint32_t frame = envcrypt_message_info_frame_length(info);

    if (envcrypt_message_info_version(info) == 0) {
        table_cell(t, "  what");
        table_cell(t, "record of a wrapped data key");
        return;
    }
    table_cell(t, "  what");
    table_cell(t, "message of the AWS Encryption SDK, format version %d",
               envcrypt_message_info_version(info));
    table_cell(t, "  suite");
    table_cell(t, "%04x: %s", (unsigned)suite, suite_text(suite));
    table_cell(t, "  frames");
    if (frame)
        table_cell(t, "of %u bytes", frame);
    else
        table_cell(t, "none, the body is one piece");
}

static void
add_id(table *t, const envcrypt_message_info *info)
{
    size_t size = 0;
    const unsigned char *id = envcrypt_message_info_id(info, &size);
    char hex[2 * 32 + 1] = "";

    for (size_t i = 0; i < size && i < 32; i++)
        (void)snprintf(hex + 2 * i, 3, "%02x", id[i]);
    if (size == 0)
        return;
    table_cell(t, "  message id");
    table_cell(t, "%s", hex);
}

static void
add_context(table *t, const envcrypt_message_info *info)
{
    const envcrypt_context *context = envcrypt_message_info_context(info);
    size_t count = envcrypt_context_count(context);

    table_cell(t, "  context");
    if (count == 0)
        table_cell(t, "empty");
    for (size_t i = 0; i < count; i++) {
        if (i)
            table_cell(t, "%s", "");
        table_cell(t, "%s = %s", envcrypt_context_name(context, i, NULL),
                   envcrypt_context_value(context, i, NULL));
    }
}

static void
add_keys(table *t, const finding *f)
{
    const envcrypt_message_info *info = f->info;
    size_t count = envcrypt_message_info_edks(info);

    for (size_t i = 0; i < count; i++) {
        const char *version = envcrypt_message_info_edk_key_version(info, i);
        int64_t wrapped = envcrypt_message_info_edk_wrapped_ms(info, i);
        char when[24];

        format_time(wrapped, when);
        table_cell(t, i ? "%s" : "  %s",
                   i           ? ""
                   : count > 1 ? "opened by any of"
                               : "opened by");
        table_cell(
            t, "%s: %s%s%s%s%s%s%s", envcrypt_message_info_edk_provider(info, i, NULL),
            envcrypt_message_info_edk_key_id(info, i, NULL),
            version ? ", version " : "", version ? version : "",
            wrapped >= 0 ? ", wrapped " : "", wrapped >= 0 ? when : "",
            f->current ? ", current: " : "", f->current ? answers[f->current[i]] : "");
    }
}

static int
show(const char *path, const finding *f)
{
    table t = {.columns = 2};

    say_name(path);
    say("\n");
    add_form(&t, f->info);
    add_id(&t, f->info);
    add_context(&t, f->info);
    add_keys(&t, f);
    if (f->current) {
        table_cell(&t, "  rewrap due");
        table_cell(&t, "%s", answers[f->due]);
    }
    return table_print(&t);
}

static int
show_json(const char *path, const finding *f)
{
    envcrypt_buffer *header = NULL;
    envcrypt_error *error = NULL;
    json j = {0};
    int rc =
        check(envcrypt_message_info_to_json(f->info, &header, &error), &error, path);

    if (rc)
        return rc;
    json_open(&j, NULL, '{');
    json_text(&j, "file", path);
    json_raw(&j, "header", header);
    if (f->current) {
        json_text(&j, "rewrap_due", answers[f->due]);
        json_open(&j, "current", '[');
        for (size_t i = 0; i < envcrypt_message_info_edks(f->info); i++)
            json_text(&j, NULL, answers[f->current[i]]);
        json_close(&j);
    }
    json_close(&j);
    envcrypt_buffer_free(header);
    return 0;
}

/* Whether one encrypted data key is under its key's current version; --ask: by its service. */
static int
find_current(const cli *c, const char *path, finding *f, size_t at,
             envcrypt_keyring *keyring)
{
    envcrypt_error *error = NULL;

    f->current[at] = envcrypt_message_info_edk_is_current(f->info, at, keyring);
    if (!c->ask || f->current[at] != ENVCRYPT_UNKNOWN)
        return 0;
    return check(envcrypt_message_info_ask_current(f->info, at, keyring, NULL, c->wait,
                                                   &f->current[at], &error),
                 &error, path);
}

/* What was asked can make a rewrap due, or answer what was not known. */
static int
judge(const cli *c, const char *path, finding *f, envcrypt_keyring *keyring)
{
    size_t count = envcrypt_message_info_edks(f->info);
    size_t good = 0;
    int rc = header_due(c, path, f->info, keyring, &f->due);

    f->current = calloc(count, sizeof *f->current);
    if (!f->current)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    for (size_t i = 0; !rc && i < count; i++) {
        rc = find_current(c, path, f, i, keyring);
        good += f->current[i] == ENVCRYPT_YES;
        if (f->current[i] == ENVCRYPT_NO)
            f->due = ENVCRYPT_YES;
    }
    if (c->ask && f->due == ENVCRYPT_UNKNOWN && good == count)
        f->due = ENVCRYPT_NO;
    return rc;
}

static int
inspect(const cli *c, const char *path, envcrypt_keyring *keyring, int32_t *due)
{
    finding f = {.due = ENVCRYPT_UNKNOWN};
    int rc = header_read(c, path, &f.info);

    if (!rc && keyring)
        rc = judge(c, path, &f, keyring);
    if (!rc)
        rc = c->json ? show_json(path, &f) : show(path, &f);
    free(f.current);
    envcrypt_message_info_free(f.info);
    *due = f.due;
    return rc;
}

/* Each file by itself; the exit code sums up. */
static int
inspect_all(const cli *c, const files *all, envcrypt_keyring *keyring)
{
    size_t failed = 0;
    bool stale = false;
    int rc = 0;

    for (const char *path = files_next(all, NULL); path; path = files_next(all, path)) {
        int32_t due = ENVCRYPT_UNKNOWN;

        rc = inspect(c, path, keyring, &due);
        failed += rc != 0;
        if (rc && c->json)
            report_json(path, rc);
        stale |= due == ENVCRYPT_YES;
        if (rc == EXIT_INTERRUPTED)
            break;
    }
    if (rc == EXIT_INTERRUPTED || (failed && all->count == 1))
        return rc;
    if (failed)
        return EXIT_PARTIAL;
    return stale ? EXIT_STALE : 0;
}

int
run_inspect(cli *c)
{
    envcrypt_keyring *keyring = NULL;
    files all = {0};
    int rc = header_parse_age(c);

    if (!rc)
        rc = files_collect(c, &all);
    if (!rc && c->keys.count)
        rc = keys_open(c, &c->keys, false, &keyring);
    if (!rc)
        rc = inspect_all(c, &all, keyring);
    if (!c->json && all.count && rc != EXIT_INTERRUPTED)
        note(c, "Not verified: only decrypting checks what a header says.\n");
    envcrypt_keyring_unref(keyring);
    files_free(&all);
    return rc;
}
