/* SPDX-License-Identifier: Apache-2.0 */
/*
 * change-keystore OPERATION PATH: one change of a key store, which keystore.sh kills at each
 * system call. The mark of kill-at-syscall -m stands before the store is touched.
 *
 * "create" makes a store that a passphrase and a raw key open, with the key "main"; the others
 * change such a store. "state" opens it, sees that all its protectors open and all its versions
 * unwrap, and prints what tells the states before and after each change apart.
 */
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "envcrypt/envcrypt.h"

#define KIB \
    8192u /* the least that a store takes: Argon2id is not what is tested here */

static const char first_passphrase[] = "the passphrase at first";
static const char second_passphrase[] = "the passphrase that takes its place";
static const uint8_t raw_key[32] = {7};

typedef struct store {
    const char *path;
    envcrypt_client *client;
    envcrypt_keystore *open;
} store;

static int
report(int rc, envcrypt_error *error)
{
    if (rc)
        (void)fprintf(stderr, "change-keystore: %s\n", envcrypt_error_message(error));
    envcrypt_error_free(error);
    return rc;
}

/* A list of a passphrase, unless it is NULL, and, if wanted, the raw key. */
static envcrypt_protectors *
protectors(store *s, const char *passphrase, int with_raw_key)
{
    envcrypt_protectors *list = NULL;
    envcrypt_error *error = NULL;
    int rc = envcrypt_protectors_new(s->client, &list, &error);

    if (!rc)
        rc = envcrypt_protectors_set_argon2(list, 1, KIB, &error);
    if (!rc && passphrase)
        rc = envcrypt_protectors_add_passphrase(list, passphrase, strlen(passphrase),
                                                &error);
    if (!rc && with_raw_key)
        rc = envcrypt_protectors_add_raw_key(list, raw_key, sizeof(raw_key), &error);
    if (!report(rc, error))
        return list;
    envcrypt_protectors_free(list);
    return NULL;
}

static int
open_store(store *s, const envcrypt_protectors *by, envcrypt_error **err)
{
    return envcrypt_keystore_open(s->client, s->path, by, NULL, NULL, &s->open, err);
}

static const char *
id_of(const store *s, int32_t type)
{
    size_t at = 0;

    while (envcrypt_keystore_protector_type(s->open, at) != type)
        at++;
    return envcrypt_keystore_protector_id(s->open, at);
}

/* --- the changes --- */

static int
create(store *s, const envcrypt_protectors *by, envcrypt_error **err)
{
    return envcrypt_keystore_create(s->client, s->path, "crash", by, NULL, &s->open,
                                    err);
}

static int
add(store *s, const envcrypt_protectors *by, envcrypt_error **err)
{
    int rc = open_store(s, by, err);

    return rc ? rc
              : envcrypt_keystore_add_key(s->open, "main", ENVCRYPT_KIND_WRAP, NULL,
                                          err);
}

static int
rotate(store *s, const envcrypt_protectors *by, envcrypt_error **err)
{
    int rc = open_store(s, by, err);

    return rc ? rc : envcrypt_keystore_rotate(s->open, "main", NULL, NULL, err);
}

static int
destroy(store *s, const envcrypt_protectors *by, envcrypt_error **err)
{
    int rc = open_store(s, by, err);

    return rc ? rc
              : envcrypt_keystore_destroy_version(s->open, "main", 1, "main/1", NULL,
                                                  err);
}

static int
protect(store *s, const envcrypt_protectors *by, envcrypt_error **err)
{
    envcrypt_protectors *more = protectors(s, second_passphrase, 0);
    int rc = open_store(s, by, err);

    if (!rc)
        rc = envcrypt_keystore_protect(s->open, more, NULL, err);
    envcrypt_protectors_free(more);
    return rc;
}

static int
unprotect(store *s, const envcrypt_protectors *by, envcrypt_error **err)
{
    int rc = open_store(s, by, err);

    return rc ? rc
              : envcrypt_keystore_unprotect(s->open,
                                            id_of(s, ENVCRYPT_PROTECTOR_RAW_KEY), by,
                                            NULL, 0, NULL, err);
}

static int
exchange(store *s, const envcrypt_protectors *by, envcrypt_error **err)
{
    envcrypt_protectors *other = protectors(s, second_passphrase, 0);
    int rc = open_store(s, by, err);

    if (!rc)
        rc = envcrypt_keystore_unprotect(
            s->open, id_of(s, ENVCRYPT_PROTECTOR_PASSPHRASE), by, other, 0, NULL, err);
    envcrypt_protectors_free(other);
    return rc;
}

/* --- what it came to --- */

/* All protectors open by one of what is presented, and all versions unwrap. */
static int
check(store *s, envcrypt_error **err)
{
    envcrypt_protectors *all = protectors(s, first_passphrase, 1);
    envcrypt_keystore_report *found = NULL;
    size_t broken = 1;
    int rc = envcrypt_protectors_add_passphrase(all, second_passphrase,
                                                strlen(second_passphrase), err);

    if (!rc)
        rc = envcrypt_keystore_check(s->client, s->path, all, NULL, NULL, &found, err);
    if (!rc)
        (void)envcrypt_keystore_report_versions(found, &broken);
    for (size_t i = 0; !rc && i < envcrypt_keystore_report_count(found); i++) {
        if (!envcrypt_keystore_report_opens(found, i))
            broken++;
    }
    envcrypt_keystore_report_free(found);
    envcrypt_protectors_free(all);
    if (!rc && broken)
        (void)fprintf(stderr, "change-keystore: something does not open\n");
    return rc ? rc : (int)broken;
}

static void
print_state(const store *s, const char *passphrase)
{
    (void)printf("%s passphrase, protectors %zu", passphrase,
                 envcrypt_keystore_protectors(s->open));
    for (size_t key = 0; key < envcrypt_keystore_keys(s->open); key++) {
        (void)printf(", %s", envcrypt_keystore_key_name(s->open, key));
        for (size_t v = 0; v < envcrypt_keystore_versions(s->open, key); v++)
            (void)printf(" %" PRId32, envcrypt_keystore_version_state(s->open, key, v));
    }
    (void)printf("\n");
}

static int
state(store *s, const envcrypt_protectors *by, envcrypt_error **err)
{
    envcrypt_protectors *first = protectors(s, first_passphrase, 0);
    int rc = check(s, err);

    if (!rc && open_store(s, first, NULL) == 0)
        print_state(s, "first");
    else if (!rc && (rc = open_store(s, by, err)) == 0)
        print_state(s, "other");
    envcrypt_protectors_free(first);
    return rc;
}

static const struct {
    const char *name;
    int (*run)(store *s, const envcrypt_protectors *by, envcrypt_error **err);
} operations[] = {{"create", create},     {"add", add},
                  {"rotate", rotate},     {"destroy", destroy},
                  {"protect", protect},   {"unprotect", unprotect},
                  {"exchange", exchange}, {"state", state}};

static int
run(store *s, const char *name)
{
    envcrypt_protectors *by = protectors(s, first_passphrase, 1);
    envcrypt_error *error = NULL;
    int rc = 2;

    for (size_t i = 0; by && i < sizeof(operations) / sizeof(operations[0]); i++) {
        if (strcmp(operations[i].name, name) == 0) {
            (void)raise(SIGUSR1);
            rc = operations[i].run(s, by, &error);
        }
    }
    envcrypt_protectors_free(by);
    return report(rc, error);
}

int
main(int argc, char **argv)
{
    store s = {0};
    envcrypt_error *error = NULL;
    int rc;

    if (argc != 3)
        return 2;
    s.path = argv[2];
    (void)signal(SIGUSR1, SIG_IGN); /* the mark, when nobody traces */
    rc = report(envcrypt_client_open(NULL, &s.client, &error), error);
    if (!rc)
        rc = run(&s, argv[1]);
    envcrypt_keystore_close(s.open);
    envcrypt_client_unref(s.client);
    return rc ? 1 : 0;
}
