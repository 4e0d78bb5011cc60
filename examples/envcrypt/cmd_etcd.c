/* SPDX-License-Identifier: Apache-2.0 */
/* etcd inspect and census: what protects the values that kube-apiserver stored. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

#define PREFIX "/registry/secrets/"
#define DIGEST_SHOWN 12

/* ---- inspect ---- */

typedef struct inspection {
    const cli *cli;
    size_t seen, damaged;
    int rc; /* what ended the reading, told already */
} inspection;

static void
put_padded(const char *text, int width)
{
    int columns = (int)text_columns(text);

    text_put_safe(stdout, text, strlen(text), false);
    (void)printf("%*s", columns < width ? width - columns + 1 : 1, "");
}

static const char *
or_dash(const char *text)
{
    return *text ? text : "-";
}

/* A line as it comes: there may be a hundred thousand. */
static void
put_line(const char *revision, const char *provider, const char *digest,
         const char *name, const char *key_id, const char *key)
{
    char shown[DIGEST_SHOWN + 1];

    (void)snprintf(shown, sizeof shown, "%.*s", DIGEST_SHOWN, or_dash(digest));
    put_padded(revision, 10);
    put_padded(provider, 9);
    put_padded(shown, DIGEST_SHOWN);
    put_padded(or_dash(name), 16);
    put_padded(or_dash(key_id), 20);
    text_put_safe(stdout, key, strlen(key), false);
    (void)putchar('\n');
}

/* stored NULL: what cannot be read. */
static void
put_row(const char *key, int64_t revision, const envcrypt_stored *stored)
{
    char number[24];

    (void)snprintf(number, sizeof number, "%lld", (long long)revision);
    if (stored)
        put_line(number, envcrypt_stored_provider_name(stored),
                 envcrypt_stored_dek_digest(stored), envcrypt_stored_name(stored),
                 envcrypt_stored_key_id(stored), key);
    else
        put_line(number, "damaged", "", "", "", key);
}

static const char *
dek_word(const envcrypt_stored *stored)
{
    switch (envcrypt_stored_dek_type(stored)) {
    case ENVCRYPT_STORED_DEK_KEY:
        return "key";
    case ENVCRYPT_STORED_DEK_SEED:
        return "seed";
    default:
        return NULL;
    }
}

static const char *
or_null(const char *text)
{
    return *text ? text : NULL;
}

static void
put_annotations(json *j, const envcrypt_stored *stored)
{
    json_open(j, "annotations", '{');
    for (size_t i = 0; i < envcrypt_stored_annotations(stored); i++)
        json_text(j, envcrypt_stored_annotation_name(stored, i),
                  envcrypt_stored_annotation_value(stored, i, NULL));
    json_close(j);
}

/* key NULL: none is known. */
static void
put_json(const char *key, int64_t revision, const envcrypt_stored *stored)
{
    json j = {0};

    json_open(&j, NULL, '{');
    json_text(&j, "key", key);
    json_text(&j, "provider", envcrypt_stored_provider_name(stored));
    json_text(&j, "name", or_null(envcrypt_stored_name(stored)));
    json_text(&j, "key_id", or_null(envcrypt_stored_key_id(stored)));
    json_text(&j, "dek_digest", or_null(envcrypt_stored_dek_digest(stored)));
    json_text(&j, "dek_type", dek_word(stored));
    json_number(&j, "size", (int64_t)envcrypt_stored_size(stored));
    json_number(&j, "revision", revision);
    put_annotations(&j, stored);
    json_close(&j);
}

/* What has the prefix of a provider and cannot be opened by anything. */
static void
put_damaged(inspection *of, const char *key, int64_t revision,
            const envcrypt_error *error)
{
    json j = {0};

    of->damaged++;
    if (!of->cli->json) {
        put_row(key, revision, NULL);
        return;
    }
    json_open(&j, NULL, '{');
    json_text(&j, "key", key);
    json_text(&j, "provider", "damaged");
    json_text(&j, "error", envcrypt_error_name(envcrypt_error_code(error)));
    json_text(&j, "message", envcrypt_error_message(error));
    json_number(&j, "revision", revision);
    json_close(&j);
}

static void
put_value(inspection *of, const char *key, int64_t revision,
          const envcrypt_stored *stored)
{
    if (of->cli->json)
        put_json(key, revision, stored);
    else
        put_row(key, revision, stored);
}

/* An envcrypt_etcd_fn. */
static int32_t
inspect_one(void *user, const void *key, size_t key_size, const void *value,
            size_t value_size, int64_t create_revision, int64_t mod_revision)
{
    inspection *of = user;
    envcrypt_stored *stored = NULL;
    envcrypt_error *error = NULL;
    char *name = strndup(key, key_size);
    int rc;

    (void)create_revision;
    if (!name) {
        of->rc = refuse(ENVCRYPT_E_NOMEM, "out of memory");
        return 1;
    }
    if (of->seen++ == 0 && !of->cli->json)
        put_line("REVISION", "PROVIDER", "DATA KEY", "NAME", "KEY ID", "KEY");
    rc = envcrypt_stored_inspect(of->cli->client, value, value_size, &stored, &error);
    if (rc == ENVCRYPT_E_STORED) {
        put_damaged(of, name, mod_revision, error);
        envcrypt_error_free(error);
    } else if (rc) {
        of->rc = check(rc, &error, name);
    } else {
        put_value(of, name, mod_revision, stored);
    }
    envcrypt_stored_free(stored);
    free(name);
    return of->rc ? 1 : 0;
}

static void
put_pair(table *t, const char *name, const char *value)
{
    if (!value || !*value)
        return;
    table_cell(t, "%s", name);
    table_cell(t, "%s", value);
}

static int
show_value(const envcrypt_stored *stored)
{
    table t = {.columns = 2};
    bool clear = envcrypt_stored_provider(stored) == ENVCRYPT_STORED_IDENTITY;

    put_pair(&t, "provider", envcrypt_stored_provider_name(stored));
    put_pair(&t, "name", envcrypt_stored_name(stored));
    put_pair(&t, "key id", envcrypt_stored_key_id(stored));
    put_pair(&t, "data key", envcrypt_stored_dek_digest(stored));
    put_pair(&t, "which is", dek_word(stored));
    put_pair(&t, "form",
             !clear                                ? NULL
             : envcrypt_stored_is_protobuf(stored) ? "in the clear, protobuf"
                                                   : "in the clear, JSON or unknown");
    for (size_t i = 0; i < envcrypt_stored_annotations(stored); i++) {
        table_cell(&t, "%s", envcrypt_stored_annotation_name(stored, i));
        table_cell(&t, "%s",
                   (const char *)envcrypt_stored_annotation_value(stored, i, NULL));
    }
    table_cell(&t, "bytes");
    table_cell(&t, "%zu", envcrypt_stored_size(stored));
    return table_print(&t);
}

static int
inspect_value(const cli *c, const unsigned char *value, size_t size,
              envcrypt_stored **out)
{
    size_t own = etcd_value_size(value, size);
    envcrypt_error *error = NULL;

    if (own < size && !envcrypt_stored_inspect(c->client, value, own, out, NULL))
        return 0;
    return check(envcrypt_stored_inspect(c->client, value, size, out, &error), &error,
                 NULL);
}

static int
inspect_raw(const cli *c)
{
    unsigned char *value = NULL;
    envcrypt_stored *stored = NULL;
    size_t size = 0;
    int rc;

    if (c->etcd)
        return refuse(ENVCRYPT_E_ARGUMENT, "--raw is for a file, not for --etcd");
    rc = etcd_read_value(c->arg_count ? c->args[0] : NULL, &value, &size);
    if (!rc)
        rc = inspect_value(c, value, size, &stored);
    if (!rc && c->json)
        put_json(NULL, 0, stored);
    else if (!rc)
        rc = show_value(stored);
    envcrypt_stored_free(stored);
    wipe_free(value, ETCD_VALUE_MAX);
    return rc;
}

static const char *
prefix_of(const cli *c)
{
    return c->prefix ? c->prefix : PREFIX;
}

static void
tell_nothing(const cli *c)
{
    note(c, "There is no key that begins with %s; --prefix looks elsewhere.\n",
         prefix_of(c));
}

int
run_etcd_inspect(cli *c)
{
    inspection of = {.cli = c};
    envcrypt_etcd *etcd = NULL;
    envcrypt_error *error = NULL;
    int rc;

    if (c->raw_value)
        return inspect_raw(c);
    rc = etcd_open_source(c, 0, &etcd);
    if (!rc)
        rc = check(envcrypt_etcd_read(etcd, prefix_of(c), inspect_one, &of, NULL,
                                      c->wait, &error),
                   &error, NULL);
    if (!rc && of.seen == 0)
        tell_nothing(c);
    envcrypt_etcd_close(etcd);
    if (rc || of.rc)
        return rc ? rc : of.rc;
    if (of.damaged)
        complain("%zu of %zu values are damaged: no key opens them", of.damaged,
                 of.seen);
    return of.damaged ? EXIT_PARTIAL : 0;
}

/* ---- census ---- */

typedef struct counting {
    envcrypt_census *census;
    int rc;
    progress bar;
    uint64_t seen;
} counting;

/* An envcrypt_etcd_fn. */
static int32_t
count_one(void *user, const void *key, size_t key_size, const void *value,
          size_t value_size, int64_t create_revision, int64_t mod_revision)
{
    counting *of = user;
    envcrypt_error *error = NULL;

    (void)create_revision;
    of->rc = check(envcrypt_census_add(of->census, key, key_size, value, value_size,
                                       mod_revision, &error),
                   &error, NULL);
    progress_tell(&of->bar, ++of->seen, UINT64_MAX);
    return of->rc ? 1 : 0;
}

static int
show_census(const cli *c, const envcrypt_table *counted, const envcrypt_table *keys)
{
    static const char *const counted_columns[] = {
        "objects", "resource", "provider", "name", "key_id", "deks", "oldest", NULL};
    static const char *const key_columns[] = {"objects", "provider", "name",
                                              "key_id",  "deks",     NULL};
    json j = {0};
    int rc = 0;

    if (c->json) {
        json_open(&j, NULL, '{');
        table_json(&j, "census", counted);
        table_json(&j, "keys", keys);
        json_close(&j);
        return 0;
    }
    rc = table_show_some(counted, counted_columns);
    if (!rc && envcrypt_table_rows(keys) > 0) {
        say("\nIf a key went, all objects of its row would be lost:\n\n");
        rc = table_show_some(keys, key_columns);
    }
    return rc;
}

static int
tell_census(const cli *c, const envcrypt_census *census)
{
    envcrypt_table *counted = NULL;
    envcrypt_table *keys = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_census_table(census, &counted, &error), &error, NULL);

    if (!rc)
        rc = check(envcrypt_census_keys(census, &keys, &error), &error, NULL);
    if (!rc && !c->json && envcrypt_table_rows(counted) == 0)
        tell_nothing(c);
    else if (!rc)
        rc = show_census(c, counted, keys);
    envcrypt_table_free(keys);
    envcrypt_table_free(counted);
    return rc;
}

int
run_etcd_census(cli *c)
{
    counting of = {0};
    envcrypt_etcd *etcd = NULL;
    envcrypt_error *error = NULL;
    int rc = etcd_open_source(c, 0, &etcd);

    if (!rc)
        rc = check(envcrypt_census_new(c->client, &of.census, &error), &error, NULL);
    if (!rc) {
        progress_begin(&of.bar, c, "counting", false);
        of.bar.counts = true;
        rc = check(envcrypt_etcd_read(etcd, prefix_of(c), count_one, &of, NULL, c->wait,
                                      &error),
                   &error, NULL);
        progress_end(&of.bar, rc == 0);
        rc = rc ? rc : of.rc;
    }
    if (!rc)
        rc = tell_census(c, of.census);
    envcrypt_census_free(of.census);
    envcrypt_etcd_close(etcd);
    return rc;
}
