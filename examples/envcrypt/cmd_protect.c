/* SPDX-License-Identifier: Apache-2.0 */
/* keystore protect, unprotect, recover, check: what opens a key store. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

/* "ID,ID,…": the protectors to drop. */
static char *
join(const char *first, const strings *more)
{
    char *ids = strdup(first);

    for (size_t i = 0; ids && i < more->count; i++) {
        char *longer = text_format("%s,%s", ids, more->items[i]);

        free(ids);
        ids = longer;
    }
    return ids;
}

static void
tell_fingerprint(const cli *c, const envcrypt_keystore *store, const char *sentence)
{
    json j = {0};

    if (!c->json) {
        say("%s\nFingerprint  %s\n", sentence, envcrypt_keystore_fingerprint(store));
        return;
    }
    json_open(&j, NULL, '{');
    json_text(&j, "store", envcrypt_keystore_name(store));
    json_text(&j, "fingerprint", envcrypt_keystore_fingerprint(store));
    json_close(&j);
}

static int
exchange(cli *c, envcrypt_keystore *store, const char *id,
         const envcrypt_protectors *replace, uint32_t flags)
{
    envcrypt_error *error = NULL;
    char *ids = join(id, &c->drop);
    int rc;

    if (!ids)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    rc = check(envcrypt_keystore_unprotect(store, ids, c->protectors, replace, flags,
                                           c->wait, &error),
               &error, NULL);
    free(ids);
    return rc;
}

/* A key of a service that protects the store already protects it no better. */
static void
tell_twins(const cli *c, const envcrypt_keystore *store, size_t before)
{
    for (size_t i = before; i < envcrypt_keystore_protectors(store); i++) {
        const char *key = envcrypt_keystore_protector_key_id(store, i);

        for (size_t k = 0; key && k < i; k++) {
            const char *other = envcrypt_keystore_protector_key_id(store, k);

            if (other && strcmp(key, other) == 0)
                note(c,
                     "envcrypt: warning: this key protected the store already, as %s; "
                     "`envcrypt keystore rewrap` wraps anew, `unprotect` removes one\n",
                     envcrypt_keystore_protector_id(store, k));
        }
    }
}

static int
protect(cli *c, envcrypt_keystore *store, const envcrypt_protectors *fresh)
{
    size_t before = envcrypt_keystore_protectors(store);
    envcrypt_error *error = NULL;
    int rc;

    if (c->replace)
        rc = exchange(c, store, c->replace, fresh, 0);
    else
        rc = check(envcrypt_keystore_protect(store, fresh, c->wait, &error), &error,
                   NULL);
    if (!rc) {
        tell_twins(c, store, before);
        tell_fingerprint(
            c, store,
            c->replace
                ? "The protector was exchanged. The store has a new store key, and so "
                  "a new fingerprint;\nchange where the old one is pinned."
                : "The protector was added; `envcrypt keystore check` proves that it "
                  "opens the store.");
    }
    return rc;
}

int
run_keystore_protect(cli *c)
{
    envcrypt_protectors *fresh = NULL;
    envcrypt_keystore *store = NULL;
    int rc = 0;

    if (c->drop.count && !c->replace)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--drop goes with --replace; to remove a protector use "
                      "`envcrypt keystore unprotect`");
    if (!secrets_are_given(c, &c->fresh))
        return refuse(ENVCRYPT_E_ARGUMENT, "give the new protector: --new-passphrase, "
                                           "--make-key-file FILE, --new-key-file FILE, "
                                           "--with URI, --new-rsa-public FILE...");
    rc = store_open(c, true, &store);
    if (!rc)
        rc = secrets_new(c, &c->fresh, c->args[0], &fresh);
    if (!rc) {
        rc = protect(c, store, fresh);
        if (rc)
            secrets_unmake(c);
    }
    envcrypt_protectors_free(fresh);
    envcrypt_keystore_close(store);
    return rc;
}

/* The ids of the command line as the library takes them; "" for none. */
static char *
ids_of(const cli *c)
{
    strings more = {0};

    if (c->arg_count < 2)
        return strdup("");
    for (size_t i = 2; i < c->arg_count && i < STRINGS_MAX; i++)
        more.items[more.count++] = c->args[i];
    return join(c->args[1], &more);
}

int
run_keystore_rewrap(cli *c)
{
    envcrypt_keystore *store = NULL;
    envcrypt_error *error = NULL;
    char *ids = ids_of(c);
    size_t count = 0;
    json j = {0};
    int rc = ids ? 0 : refuse(ENVCRYPT_E_NOMEM, "out of memory");

    if (!rc && c->opens.services.count == 0)
        rc = refuse(ENVCRYPT_E_ARGUMENT,
                    "give the key of the key service by --with URI; `envcrypt keystore "
                    "list STORE` shows which one protects the store");
    if (!rc)
        rc = store_open(c, true, &store);
    if (!rc)
        rc = check(envcrypt_keystore_rewrap(store, ids, c->protectors, &count, c->wait,
                                            &error),
                   &error, NULL);
    if (!rc && c->json) {
        json_open(&j, NULL, '{');
        json_text(&j, "store", envcrypt_keystore_name(store));
        json_text(&j, "fingerprint", envcrypt_keystore_fingerprint(store));
        json_number(&j, "rewrapped", (int64_t)count);
        json_close(&j);
    } else if (!rc) {
        say("The store key is wrapped anew for %zu protector%s; it stays, and so does "
            "the fingerprint.\n",
            count, count == 1 ? "" : "s");
    }
    free(ids);
    envcrypt_keystore_close(store);
    return rc;
}

int
run_keystore_unprotect(cli *c)
{
    uint32_t flags = c->keep_store_key ? ENVCRYPT_UNPROTECT_KEEP_STORE_KEY : 0;
    envcrypt_keystore *store = NULL;
    int rc = store_open(c, true, &store);

    if (!rc)
        rc = exchange(c, store, c->args[1], NULL, flags);
    if (!rc) {
        tell_fingerprint(
            c, store,
            c->keep_store_key
                ? "The protector was removed from this file. With an old copy "
                  "of the file it still\nopens the store."
                : "The protector was removed. The store has a new store key, and so a "
                  "new fingerprint;\nchange where the old one is pinned.");
    }
    envcrypt_keystore_close(store);
    return rc;
}

/* Without a fingerprint the store's name is typed back by who knows the store. */
static int
confirm_recovery(const cli *c, char line[LINE_SIZE])
{
    line[0] = '\0';
    if (c->fingerprint)
        return 0;
    if (c->confirm) {
        (void)snprintf(line, LINE_SIZE, "%s", c->confirm);
        return 0;
    }
    return confirm_typed(
        text_format("Anybody who has the public half of the recovery key can make a "
                    "store that it opens.\nType the name of the store to trust what is "
                    "in %s: ",
                    c->args[0]),
        text_format("give --fingerprint, or the store's name by --confirm"), line);
}

static int
recover(cli *c, const char *confirm, const envcrypt_protectors *fresh)
{
    envcrypt_keystore *store = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_keystore_recover(c->client, c->args[0], c->protectors,
                                             c->fingerprint, confirm, fresh, c->wait,
                                             &store, &error),
                   &error, NULL);

    if (rc)
        secrets_unmake(c);
    else
        tell_fingerprint(
            c, store,
            "The store was recovered: it has a new store key, and opens by the new "
            "protector and by its\nRSA recovery keys.");
    envcrypt_keystore_close(store);
    return rc;
}

int
run_keystore_recover(cli *c)
{
    envcrypt_protectors *fresh = NULL;
    char line[LINE_SIZE];
    int rc = 0;

    if (c->opens.rsa_private.count == 0)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "give the recovery key by --rsa-private FILE");
    rc = secrets_present(c, c->args[0]);
    if (!rc)
        rc = confirm_recovery(c, line);
    if (!rc)
        rc = secrets_new(c, &c->fresh, c->args[0], &fresh);
    if (!rc)
        rc = recover(c, c->fingerprint ? NULL : line, fresh);
    envcrypt_protectors_free(fresh);
    return rc;
}

static const char *
why_not(const envcrypt_keystore_report *report, size_t index)
{
    const char *reason = envcrypt_keystore_report_reason(report, index);

    return reason ? reason : "no, nothing that was presented does";
}

static int
show_report(const envcrypt_keystore_report *report)
{
    table t = {.columns = 3};
    size_t broken = 0;
    size_t good = envcrypt_keystore_report_versions(report, &broken);
    int opened = 0;
    int rc;

    table_cell(&t, "PROTECTOR");
    table_cell(&t, "TYPE");
    table_cell(&t, "OPENS THE STORE");
    for (size_t i = 0; i < envcrypt_keystore_report_count(report); i++) {
        table_cell(&t, "%s", envcrypt_keystore_report_id(report, i));
        table_cell(&t, "%s",
                   store_protector_word(envcrypt_keystore_report_type(report, i)));
        table_cell(&t, "%s",
                   envcrypt_keystore_report_opens(report, i) ? "yes"
                                                             : why_not(report, i));
        opened |= envcrypt_keystore_report_opens(report, i);
    }
    rc = table_print(&t);
    if (opened)
        say("\nVersions that unwrap: %zu; that do not: %zu\n", good, broken);
    else
        say("\nNothing opened the store, so its versions were not tried.\n");
    return rc;
}

static void
show_report_json(const envcrypt_keystore_report *report)
{
    size_t broken = 0;
    size_t good = envcrypt_keystore_report_versions(report, &broken);
    json j = {0};

    json_open(&j, NULL, '{');
    json_open(&j, "protectors", '[');
    for (size_t i = 0; i < envcrypt_keystore_report_count(report); i++) {
        json_open(&j, NULL, '{');
        json_text(&j, "id", envcrypt_keystore_report_id(report, i));
        json_text(&j, "type",
                  store_protector_word(envcrypt_keystore_report_type(report, i)));
        json_bool(&j, "opens", envcrypt_keystore_report_opens(report, i));
        if (envcrypt_keystore_report_reason(report, i))
            json_text(&j, "reason", envcrypt_keystore_report_reason(report, i));
        json_close(&j);
    }
    json_close(&j);
    json_number(&j, "versions", (int64_t)good);
    json_number(&j, "broken_versions", (int64_t)broken);
    json_close(&j);
}

/* Of each type as many must open as were presented. */
static int
judge(const cli *c, const envcrypt_keystore_report *report)
{
    size_t opens[PROTECTOR_TYPES] = {0};
    size_t broken = 0;
    int rc = 0;

    for (size_t i = 0; i < envcrypt_keystore_report_count(report); i++) {
        int32_t type = envcrypt_keystore_report_type(report, i);

        if (type > 0 && type < PROTECTOR_TYPES)
            opens[type] += envcrypt_keystore_report_opens(report, i) == 1;
    }
    for (int32_t type = 1; type < PROTECTOR_TYPES; type++) {
        if (opens[type] < c->presented[type])
            rc = refuse(ENVCRYPT_E_STORE_LOCKED,
                        "something of type %s was presented that does not open %s",
                        store_protector_word(type), c->args[0]);
    }
    (void)envcrypt_keystore_report_versions(report, &broken);
    if (broken)
        rc = refuse(ENVCRYPT_E_STORE_FORMAT,
                    "%s has versions that do not unwrap: restore a good copy",
                    c->args[0]);
    return rc;
}

int
run_keystore_check(cli *c)
{
    envcrypt_keystore_report *report = NULL;
    envcrypt_error *error = NULL;
    int rc = secrets_present(c, c->args[0]);

    if (!rc)
        rc = check(envcrypt_keystore_check(c->client, c->args[0], c->protectors,
                                           c->fingerprint, c->wait, &report, &error),
                   &error, NULL);
    if (!rc && c->json)
        show_report_json(report);
    else if (!rc)
        rc = show_report(report);
    if (!rc)
        rc = judge(c, report);
    envcrypt_keystore_report_free(report);
    return rc;
}
