/* SPDX-License-Identifier: Apache-2.0 */
/* keystore create, list, add, import, rotate, disable, enable, destroy. */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FIRST_KEY "main"

/* The option that opens the new store without a question, for the example. */
static char *
opening_option(const cli *c)
{
    if (c->make_key_file)
        return text_format(" --key-file %s", c->make_key_file);
    if (c->opens.key_files.count)
        return text_format(" --key-file %s", c->opens.key_files.items[0]);
    if (c->opens.passphrase_files.count)
        return text_format(" --passphrase-file %s", c->opens.passphrase_files.items[0]);
    return NULL;
}

/* What is said about a store after it was made or changed: path, name, fingerprint. */
static void
tell_store(const cli *c, const envcrypt_keystore *store, const char *key)
{
    char *full = realpath(c->args[0], NULL);
    const char *path = full ? full : c->args[0];
    char *option = opening_option(c);
    json j = {0};

    if (c->json) {
        json_open(&j, NULL, '{');
        json_text(&j, "store", envcrypt_keystore_name(store));
        json_text(&j, "path", path);
        json_text(&j, "fingerprint", envcrypt_keystore_fingerprint(store));
        json_text(&j, "key", key);
        json_close(&j);
    } else {
        say("Key store    %s, in %s\n"
            "Key          %s, version 1\n"
            "Fingerprint  %s\n\n"
            "Encrypt with it:  envcrypt encrypt FILE -o FILE.enc -k %s#%s%s\n"
            "Note the fingerprint: it tells this store from one that somebody else "
            "puts in its place.\n"
            "Keep a copy of the store and of what opens it: without both nothing is "
            "decrypted.\n",
            envcrypt_keystore_name(store), path, key,
            envcrypt_keystore_fingerprint(store), c->args[0], key,
            option ? option : "");
    }
    free(option);
    free(full);
}

static int
parse_kind(const cli *c, int32_t *out)
{
    *out = ENVCRYPT_KIND_WRAP;
    if (c->kind && strcmp(c->kind, "branch") == 0)
        *out = ENVCRYPT_KIND_BRANCH;
    else if (c->kind && strcmp(c->kind, "wrap") != 0)
        return refuse(ENVCRYPT_E_ARGUMENT, "--kind is wrap or branch, not %s", c->kind);
    return 0;
}

/* Messages name the store by this, so that two stores should not share it. */
static int
choose_name(const cli *c, char out[80])
{
    unsigned char random[4];

    if (c->name) {
        if (snprintf(out, 80, "%s", c->name) >= 80)
            return refuse(ENVCRYPT_E_ARGUMENT,
                          "the name of a store has at most 64 characters");
        return 0;
    }
    if (getentropy(random, sizeof random))
        return system_failed("get", "random bytes");
    (void)snprintf(out, 80, "store-%02x%02x%02x%02x", random[0], random[1], random[2],
                   random[3]);
    return 0;
}

static int
create(cli *c, const char *name, int32_t kind, const char *key,
       const envcrypt_protectors *protectors)
{
    envcrypt_keystore *store = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_keystore_create(c->client, c->args[0], name, protectors,
                                            c->wait, &store, &error),
                   &error, NULL);

    if (rc) {
        secrets_unmake(c);
        return rc;
    }
    rc = check(envcrypt_keystore_add_key(store, key, kind, c->wait, &error), &error,
               NULL);
    if (rc) {
        complain(
            "%s is a key store now, but without a key; `envcrypt keystore add` adds "
            "one",
            c->args[0]);
    } else {
        tell_store(c, store, key);
    }
    envcrypt_keystore_close(store);
    return rc;
}

int
run_keystore_create(cli *c)
{
    const char *key = c->first_key ? c->first_key : FIRST_KEY;
    envcrypt_protectors *protectors = NULL;
    char name[80];
    int32_t kind;
    int rc = parse_kind(c, &kind);

    if (!rc)
        rc = choose_name(c, name);
    if (!rc && access(c->args[0], F_OK) == 0)
        rc = refuse(ENVCRYPT_E_FILE_EXISTS, "%s exists already and is not overwritten",
                    c->args[0]);
    if (!rc)
        rc = secrets_new(c, &c->opens, c->args[0], &protectors);
    if (!rc)
        rc = create(c, name, kind, key, protectors);
    envcrypt_protectors_free(protectors);
    return rc;
}

static void
list_versions(table *t, const envcrypt_keystore *store, size_t key)
{
    for (size_t v = 0; v < envcrypt_keystore_versions(store, key); v++) {
        char when[24];

        format_time(envcrypt_keystore_version_created_ms(store, key, v), when);
        table_cell(t, "%s", v ? "" : envcrypt_keystore_key_name(store, key));
        table_cell(t, "%s",
                   v ? "" : store_kind_word(envcrypt_keystore_key_kind(store, key)));
        table_cell(t, "%u", envcrypt_keystore_version_number(store, key, v));
        table_cell(t, "%s",
                   store_state_word(envcrypt_keystore_version_state(store, key, v)));
        table_cell(t, "%s", when);
        table_cell(t, "%s",
                   envcrypt_keystore_version_is_current(store, key, v) ? "wraps" : "");
    }
}

static int
list_keys(const envcrypt_keystore *store)
{
    static const char *const heads[] = {"KEY", "KIND", "VERSION", "STATE", "MADE", ""};
    table t = {.columns = 6};

    for (size_t i = 0; i < sizeof heads / sizeof *heads; i++)
        table_cell(&t, "%s", heads[i]);
    for (size_t i = 0; i < envcrypt_keystore_keys(store); i++)
        list_versions(&t, store, i);
    return table_print(&t);
}

static int
list_protectors(const envcrypt_keystore *store)
{
    table t = {.columns = 4};

    table_cell(&t, "PROTECTOR");
    table_cell(&t, "TYPE");
    table_cell(&t, "%s", "");
    table_cell(&t, "KEY");
    for (size_t i = 0; i < envcrypt_keystore_protectors(store); i++) {
        const char *key = envcrypt_keystore_protector_key_id(store, i);

        table_cell(&t, "%s", envcrypt_keystore_protector_id(store, i));
        table_cell(&t, "%s",
                   store_protector_word(envcrypt_keystore_protector_type(store, i)));
        table_cell(&t, "%s",
                   envcrypt_keystore_protector_opened(store, i) ? "opened the store"
                                                                : "");
        table_cell(&t, "%s", key ? key : "-"); /* the longest */
    }
    return table_print(&t);
}

static int
list(const envcrypt_keystore *store)
{
    bool verified = envcrypt_keystore_is_verified(store);
    int rc;

    say("Key store    %s\n", envcrypt_keystore_name(store));
    if (!verified) {
        say("NOT VERIFIED: no protector was presented, so whoever can write the file "
            "may\n"
            "have changed what follows. --passphrase or another protector verifies "
            "it.\n");
    } else {
        say("Fingerprint  %s\n", envcrypt_keystore_fingerprint(store));
        if (!envcrypt_keystore_is_authenticated(store))
            say("ORIGIN NOT PROVEN: it was opened by a recovery key or a key service,\n"
                "and whoever may encrypt under that may have made it. Compare the\n"
                "fingerprint.\n");
    }
    say("\n");
    rc = list_keys(store);
    say("\n");
    return rc ? rc : list_protectors(store);
}

static int
list_json(const envcrypt_keystore *store)
{
    envcrypt_buffer *made = NULL;
    envcrypt_error *error = NULL;
    json j = {0};
    int rc = check(envcrypt_keystore_to_json(store, &made, &error), &error, NULL);

    if (rc)
        return rc;
    json_raw(&j, NULL, made);
    say("\n");
    envcrypt_buffer_free(made);
    return 0;
}

int
run_keystore_list(cli *c)
{
    envcrypt_keystore *store = NULL;
    int rc = store_open(c, secrets_are_given(c, &c->opens) || c->fingerprint, &store);

    if (!rc)
        rc = c->json ? list_json(store) : list(store);
    envcrypt_keystore_close(store);
    return rc;
}

/* {"key": NAME, "version": N, "state": …} or a sentence. */
static void
tell_version(const cli *c, const char *name, uint32_t version, const char *state,
             const char *sentence)
{
    json j = {0};

    if (!c->json) {
        note(c, "%s/%u %s\n", name, version, sentence);
        return;
    }
    json_open(&j, NULL, '{');
    json_text(&j, "key", name);
    json_number(&j, "version", version);
    json_text(&j, "state", state);
    json_close(&j);
}

int
run_keystore_add(cli *c)
{
    envcrypt_keystore *store = NULL;
    envcrypt_error *error = NULL;
    int32_t kind;
    int rc = parse_kind(c, &kind);

    if (!rc)
        rc = store_open(c, true, &store);
    if (!rc)
        rc = check(envcrypt_keystore_add_key(store, c->args[1], kind, c->wait, &error),
                   &error, NULL);
    if (!rc)
        tell_version(c, c->args[1], 1, "enabled", "was made");
    envcrypt_keystore_close(store);
    return rc;
}

int
run_keystore_import(cli *c)
{
    envcrypt_keystore *store = NULL;
    envcrypt_error *error = NULL;
    unsigned char *key = NULL;
    size_t size = 0;
    int rc = 0;

    if (!c->name_space || !c->key_name || !c->material)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "give --namespace and --key-name, as messages have them, "
                      "and --material FILE with the raw key");
    rc = secrets_read_file(c->material, true, &key, &size);
    if (!rc)
        rc = store_open(c, true, &store);
    if (!rc)
        rc = check(envcrypt_keystore_import_aes(
                       store, c->args[1], c->name_space, c->key_name, key, size,
                       c->writes ? ENVCRYPT_IMPORT_WRITE : 0, c->wait, &error),
                   &error, NULL);
    if (!rc)
        tell_version(c, c->args[1], 1, "enabled",
                     c->writes ? "was imported; it opens and wraps"
                               : "was imported; it opens only");
    wipe_free(key, SECRET_FILE_MAX);
    envcrypt_keystore_close(store);
    return rc;
}

int
run_keystore_rotate(cli *c)
{
    envcrypt_keystore *store = NULL;
    envcrypt_error *error = NULL;
    uint32_t version = 0;
    int rc = store_open(c, true, &store);

    if (!rc)
        rc = check(
            envcrypt_keystore_rotate(store, c->args[1], &version, c->wait, &error),
            &error, NULL);
    if (!rc)
        tell_version(c, c->args[1], version, "enabled",
                     "wraps from now on; `envcrypt rewrap` moves messages to it");
    envcrypt_keystore_close(store);
    return rc;
}

/* What wraps after the state of a version changed: it may be an older one, or none. */
static void
note_current(const cli *c, const envcrypt_keystore *store, const char *name)
{
    size_t key = 0;

    if (c->json)
        return;
    while (key < envcrypt_keystore_keys(store) &&
           strcmp(envcrypt_keystore_key_name(store, key), name) != 0)
        key++;
    for (size_t v = 0; v < envcrypt_keystore_versions(store, key); v++) {
        if (envcrypt_keystore_version_is_current(store, key, v)) {
            note(c, "%s/%u wraps\n", name,
                 envcrypt_keystore_version_number(store, key, v));
            return;
        }
    }
    note(c,
         "no version of %s wraps now; `envcrypt keystore rotate` makes one that does\n",
         name);
}

static int
set_enabled(cli *c, bool enabled)
{
    envcrypt_keystore *store = NULL;
    envcrypt_error *error = NULL;
    uint32_t version = 0;
    char *name = NULL;
    int rc = store_version(c->args[1], &name, &version);

    if (!rc)
        rc = store_open(c, true, &store);
    if (!rc)
        rc = check(envcrypt_keystore_set_enabled(store, name, version, enabled, c->wait,
                                                 &error),
                   &error, NULL);
    if (!rc) {
        tell_version(c, name, version, enabled ? "enabled" : "disabled",
                     enabled ? "is enabled"
                             : "is disabled; what needs it fails until "
                               "`keystore enable`");
        note_current(c, store, name);
    }
    envcrypt_keystore_close(store);
    free(name);
    return rc;
}

int
run_keystore_enable(cli *c)
{
    return set_enabled(c, true);
}

int
run_keystore_disable(cli *c)
{
    return set_enabled(c, false);
}

/* What is typed back, or given by --confirm; the library compares it. */
static int
confirm_destroy(const cli *c, char line[LINE_SIZE])
{
    if (c->confirm) {
        (void)snprintf(line, LINE_SIZE, "%s", c->confirm);
        return 0;
    }
    return confirm_typed(text_format("What only %s of %s opens will be lost for good.\n"
                                     "Type %s to destroy it: ",
                                     c->args[1], c->args[0], c->args[1]),
                         text_format("confirm by --confirm %s", c->args[1]), line);
}

int
run_keystore_destroy(cli *c)
{
    envcrypt_keystore *store = NULL;
    envcrypt_error *error = NULL;
    char line[LINE_SIZE];
    uint32_t version = 0;
    char *name = NULL;
    int rc = store_version(c->args[1], &name, &version);

    if (!rc)
        rc = store_open(c, true, &store);
    if (!rc)
        rc = confirm_destroy(c, line);
    if (!rc)
        rc = check(envcrypt_keystore_destroy_version(store, name, version, line,
                                                     c->wait, &error),
                   &error, NULL);
    if (!rc) {
        tell_version(c, name, version, "destroyed",
                     "is destroyed in this file; copies of the file still hold it");
        note_current(c, store, name);
    }
    envcrypt_keystore_close(store);
    free(name);
    return rc;
}
