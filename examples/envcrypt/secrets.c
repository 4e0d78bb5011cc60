/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What protects and opens key stores: passphrases, key files, raw keys, RSA recovery keys.
 * Secrets come from the terminal, files and descriptors, never from the command line or the
 * environment, which others can read; copies of them are wiped.
 */
#include "cli.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define RAW_KEY_SIZE 32
#define PASSPHRASE_MAX 4096
#define SHORT_PASSPHRASE 8
#define DESCRIPTOR_MAX 65535
#define PROTECTOR_OPTIONS                                                      \
    "--passphrase-file, --passphrase-fd, --key-file, --raw-key-fd, --with or " \
    "--rsa-private"

/* One way to read secrets from a place that an option names. */
typedef int (*add_fn)(envcrypt_protectors *to, const char *where);

static int
check_private(const input *in)
{
    struct stat facts;

    if (fstat(in->fd, &facts))
        return system_failed("read", in->name);
    if (!S_ISREG(facts.st_mode))
        return refuse(ENVCRYPT_E_FILE_TYPE,
                      "%s is not a regular file; give a descriptor by the option that "
                      "ends in -fd",
                      in->name);
    if (facts.st_mode & (S_IRWXG | S_IRWXO))
        return refuse(ENVCRYPT_E_FILE_TOO_OPEN,
                      "others can read or write %s; protect it by `chmod 600 %s`",
                      in->name, in->name);
    return 0;
}

int
secrets_read_file(const char *path, bool private_file, unsigned char **out,
                  size_t *size)
{
    input in;
    int rc = input_open(&in, path);

    *out = NULL;
    if (!rc && private_file)
        rc = check_private(&in);
    if (!rc)
        rc = input_read_all(&in, SECRET_FILE_MAX, out, size);
    input_close(&in);
    return rc;
}

static int
parse_descriptor(const char *text, input *out)
{
    uint64_t number;

    if (!parse_number(text, 0, DESCRIPTOR_MAX, &number))
        return refuse(ENVCRYPT_E_ARGUMENT, "%s is not the number of a descriptor",
                      text);
    *out = (input){.fd = (int)number, .name = "the descriptor of a secret"};
    return 0;
}

static int
add_passphrase(envcrypt_protectors *to, const char *bytes, size_t size)
{
    envcrypt_error *error = NULL;

    if (size == 0)
        return refuse(ENVCRYPT_E_ARGUMENT, "the passphrase is empty");
    return check(envcrypt_protectors_add_passphrase(to, bytes, size, &error), &error,
                 NULL);
}

/* One line and no byte more, so that what follows it can be read as something else. */
static int
read_line(const input *in, char *line, size_t *size)
{
    size_t got = 0;
    int rc;

    for (*size = 0; *size <= PASSPHRASE_MAX; (*size)++) {
        rc = input_read(in, line + *size, 1, &got);
        if (rc)
            return rc;
        if (got == 0 || line[*size] == '\n')
            return 0;
    }
    return refuse(ENVCRYPT_E_ARGUMENT, "a passphrase has at most %d bytes",
                  PASSPHRASE_MAX);
}

static int
add_passphrase_fd(envcrypt_protectors *to, const char *where)
{
    char *line = malloc(PASSPHRASE_MAX + 1);
    size_t size = 0;
    input in;
    int rc = parse_descriptor(where, &in);

    if (!line) {
        (void)refuse(ENVCRYPT_E_NOMEM, "out of memory");
        return EXIT_MACHINE;
    }
    if (!rc)
        rc = read_line(&in, line, &size);
    if (!rc)
        rc = add_passphrase(to, line, size);
    wipe_free(line, PASSPHRASE_MAX + 1);
    return rc;
}

/* The same bytes are the same passphrase, from a file or from a descriptor. */
static size_t
first_line(const unsigned char *bytes, size_t size)
{
    const unsigned char *end = memchr(bytes, '\n', size);

    return end ? (size_t)(end - bytes) : size;
}

static int
add_passphrase_file(envcrypt_protectors *to, const char *where)
{
    unsigned char *bytes;
    size_t size;
    int rc = secrets_read_file(where, true, &bytes, &size);

    if (!rc)
        rc = add_passphrase(to, (const char *)bytes, first_line(bytes, size));
    wipe_free(bytes, SECRET_FILE_MAX);
    return rc;
}

static int
add_key_file(envcrypt_protectors *to, const char *where)
{
    envcrypt_error *error = NULL;

    return check(envcrypt_protectors_add_key_file(to, where, &error), &error, NULL);
}

static int
add_raw_key_fd(envcrypt_protectors *to, const char *where)
{
    unsigned char key[RAW_KEY_SIZE];
    envcrypt_error *error = NULL;
    size_t size = 0;
    input in;
    int rc = parse_descriptor(where, &in);

    if (!rc)
        rc = input_read_full(&in, key, sizeof key, &size);
    if (!rc)
        rc =
            check(envcrypt_protectors_add_raw_key(to, key, size, &error), &error, NULL);
    explicit_bzero(key, sizeof key);
    return rc;
}

static int
add_rsa_public(envcrypt_protectors *to, const char *where)
{
    envcrypt_error *error = NULL;
    unsigned char *pem;
    size_t size;
    int rc = secrets_read_file(where, false, &pem, &size);

    if (!rc)
        rc = check(envcrypt_protectors_add_rsa_public(to, (char *)pem, &error), &error,
                   where);
    wipe_free(pem, SECRET_FILE_MAX);
    return rc;
}

/* The passphrase of an encrypted PEM, from its file or the terminal. */
static int
ask_rsa_passphrase(const cli *c, const char *where, char line[LINE_SIZE])
{
    char *prompt;
    unsigned char *bytes;
    size_t size;
    int rc;

    if (c->rsa_passphrase_file) {
        rc = secrets_read_file(c->rsa_passphrase_file, true, &bytes, &size);
        if (rc)
            return rc;
        size = first_line(bytes, size);
        if (size >= LINE_SIZE || memchr(bytes, '\0', size))
            rc = refuse(ENVCRYPT_E_PASSPHRASE,
                        "the first line of %s is not the passphrase of a recovery key: "
                        "it is longer than %d bytes or no text",
                        c->rsa_passphrase_file, LINE_SIZE - 1);
        else
            (void)snprintf(line, LINE_SIZE, "%.*s", (int)size, (char *)bytes);
        wipe_free(bytes, SECRET_FILE_MAX);
        return rc;
    }
    prompt = text_format("Passphrase of the recovery key %s: ", where);
    if (!prompt)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    rc = terminal_ask(prompt, true, line);
    free(prompt);
    if (rc == TERMINAL_NONE)
        return refuse(
            ENVCRYPT_E_PASSPHRASE,
            "the recovery key %s is encrypted and there is no terminal to ask "
            "on; give --rsa-passphrase-file",
            where);
    return rc;
}

static int
add_rsa_private(const cli *c, envcrypt_protectors *to, const char *where)
{
    envcrypt_error *error = NULL;
    char line[LINE_SIZE] = "";
    unsigned char *pem;
    size_t size;
    int added;
    int rc = secrets_read_file(where, true, &pem, &size);

    if (rc)
        return rc;
    added = envcrypt_protectors_add_rsa_private(to, (char *)pem, NULL, &error);
    if (envcrypt_error_code(error) == ENVCRYPT_E_PASSPHRASE) {
        envcrypt_error_free(error);
        error = NULL;
        added = 0;
        rc = ask_rsa_passphrase(c, where, line);
        if (!rc)
            added = envcrypt_protectors_add_rsa_private(to, (char *)pem, line, &error);
    }
    if (!rc)
        rc = check(added, &error, where);
    explicit_bzero(line, sizeof line);
    wipe_free(pem, SECRET_FILE_MAX);
    return rc;
}

static int
add_each(envcrypt_protectors *to, const strings *places, add_fn add)
{
    int rc = 0;

    for (size_t i = 0; !rc && i < places->count; i++)
        rc = add(to, places->items[i]);
    return rc;
}

static int
add_service(const cli *c, envcrypt_protectors *to, const char *uri)
{
    envcrypt_error *error = NULL;
    envcrypt_kms *kms = NULL;
    int rc = keys_open_service(c, uri, &kms);

    if (!rc)
        rc = check(envcrypt_protectors_add_kms(to, kms, &error), &error, NULL);
    envcrypt_kms_unref(kms);
    return rc;
}

/* All but what the terminal is asked for. */
static int
add_all(const cli *c, envcrypt_protectors *to, const protector_options *from)
{
    int rc = add_each(to, &from->passphrase_files, add_passphrase_file);

    if (!rc)
        rc = add_each(to, &from->passphrase_fds, add_passphrase_fd);
    if (!rc)
        rc = add_each(to, &from->key_files, add_key_file);
    if (!rc)
        rc = add_each(to, &from->raw_key_fds, add_raw_key_fd);
    for (size_t i = 0; !rc && i < from->rsa_private.count; i++)
        rc = add_rsa_private(c, to, from->rsa_private.items[i]);
    if (!rc)
        rc = add_each(to, &from->rsa_public, add_rsa_public);
    for (size_t i = 0; !rc && i < from->services.count; i++)
        rc = add_service(c, to, from->services.items[i]);
    return rc;
}

bool
secrets_are_given(const cli *c, const protector_options *from)
{
    return from->passphrase || from->passphrase_files.count ||
           from->passphrase_fds.count || from->key_files.count ||
           from->raw_key_fds.count || from->rsa_private.count ||
           from->rsa_public.count || from->services.count ||
           (from == &c->fresh && c->make_key_file);
}

static int
new_list(const cli *c, envcrypt_protectors **out)
{
    envcrypt_error *error = NULL;

    return check(envcrypt_protectors_new(c->client, out, &error), &error, NULL);
}

/* A passphrase from the terminal. again: the question that checks a new one; or NULL. */
static int
ask_passphrase(const cli *c, envcrypt_protectors *to, const char *question,
               const char *again)
{
    char line[LINE_SIZE];
    char second[LINE_SIZE] = "";
    int rc = terminal_ask(question, true, line);

    if (!rc && again)
        rc = terminal_ask(again, true, second);
    if (!rc && again && strcmp(line, second) != 0)
        rc =
            refuse(ENVCRYPT_E_ARGUMENT, "the two passphrases differ; nothing was done");
    if (!rc)
        rc = add_passphrase(to, line, strlen(line));
    if (!rc && again && strlen(line) < SHORT_PASSPHRASE)
        note(c, "envcrypt: warning: a passphrase this short is soon guessed\n");
    explicit_bzero(line, sizeof line);
    explicit_bzero(second, sizeof second);
    return rc;
}

static int
ask_existing(cli *c, const char *store_path)
{
    char *question = text_format("Passphrase of %s: ", store_path);
    int rc;

    if (!question)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    rc = ask_passphrase(c, c->protectors, question, NULL);
    free(question);
    if (rc == TERMINAL_NONE)
        return refuse(ENVCRYPT_E_STORE_LOCKED,
                      "%s needs a passphrase and there is no terminal to ask on; "
                      "give " PROTECTOR_OPTIONS,
                      store_path);
    if (!rc)
        c->presented[ENVCRYPT_PROTECTOR_PASSPHRASE]++;
    return rc;
}

/* Does the store say that a passphrase opens it? */
static int
wants_passphrase(const cli *c, const char *store_path, bool *out)
{
    envcrypt_keystore *store = NULL;
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_keystore_open(c->client, store_path, NULL, NULL, c->wait,
                                          &store, &error),
                   &error, NULL);

    *out = false;
    for (size_t i = 0; !rc && i < envcrypt_keystore_protectors(store); i++)
        *out |=
            envcrypt_keystore_protector_type(store, i) == ENVCRYPT_PROTECTOR_PASSPHRASE;
    envcrypt_keystore_close(store);
    return rc;
}

static int
present_options(cli *c)
{
    const protector_options *from = &c->opens;
    int rc = new_list(c, &c->protectors);

    c->presented[ENVCRYPT_PROTECTOR_PASSPHRASE] =
        from->passphrase_files.count + from->passphrase_fds.count;
    c->presented[ENVCRYPT_PROTECTOR_KEY_FILE] = from->key_files.count;
    c->presented[ENVCRYPT_PROTECTOR_RAW_KEY] = from->raw_key_fds.count;
    c->presented[ENVCRYPT_PROTECTOR_RSA] = from->rsa_private.count;
    c->presented[ENVCRYPT_PROTECTOR_KMS] = from->services.count;
    return rc ? rc : add_all(c, c->protectors, from);
}

int
secrets_present(cli *c, const char *store_path)
{
    bool wanted = false;
    int rc = c->protectors ? 0 : present_options(c);

    if (!rc && secrets_are_given(c, &c->opens)) {
        for (size_t i = 0; !rc && i < c->opens.passphrase; i++)
            rc = ask_existing(c, store_path);
        return rc;
    }
    if (!rc)
        rc = wants_passphrase(c, store_path, &wanted);
    if (rc)
        return rc;
    if (wanted)
        return ask_existing(c, store_path);
    return refuse(ENVCRYPT_E_STORE_LOCKED,
                  "no passphrase opens %s; give " PROTECTOR_OPTIONS, store_path);
}

static int
parse_argon2(const cli *c, envcrypt_protectors *to)
{
    envcrypt_error *error = NULL;
    const char *colon = c->argon2 ? strchr(c->argon2, ':') : NULL;
    uint64_t passes = 0;
    uint64_t mib = 0;
    char *first;
    bool good;

    if (!c->argon2)
        return 0;
    first = text_format("%.*s", (int)(colon ? colon - c->argon2 : 0), c->argon2);
    good = first && colon && parse_number(first, 1, 16, &passes) &&
           parse_number(colon + 1, 8, 1024, &mib);
    free(first);
    if (!good)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--argon2 takes PASSES:MIB from 1:8 to 16:1024, not %s",
                      c->argon2);
    return check(envcrypt_protectors_set_argon2(to, (uint32_t)passes,
                                                (uint32_t)mib * 1024, &error),
                 &error, NULL);
}

/* A key file with new random bytes, made by the library's generator of keys. */
static int
make_key_file(const cli *c)
{
    unsigned char key[RAW_KEY_SIZE];
    envcrypt_error *error = NULL;
    envcrypt_dek *dek = NULL;
    size_t size = 0;
    output o;
    int rc = output_open(&o, c->make_key_file, false);

    if (!rc)
        rc = check(envcrypt_dek_generate(c->client, sizeof key, &dek, &error), &error,
                   NULL);
    if (!rc)
        rc = check(envcrypt_dek_export(dek, key, sizeof key, &size, &error), &error,
                   NULL);
    if (!rc)
        rc = output_write(&o, key, size);
    if (!rc)
        rc = output_commit(&o);
    output_abort(&o);
    envcrypt_dek_free(dek);
    explicit_bzero(key, sizeof key);
    return rc;
}

static int
ask_new(const cli *c, const char *store_path, envcrypt_protectors *to)
{
    char *question = text_format("New passphrase of %s: ", store_path);
    int rc;

    if (!question)
        return refuse(ENVCRYPT_E_NOMEM, "out of memory");
    rc = ask_passphrase(c, to, question, "The same again: ");
    free(question);
    if (rc == TERMINAL_NONE)
        return refuse(
            ENVCRYPT_E_ARGUMENT,
            "there is no terminal to ask for a passphrase on; --help shows the "
            "options for files, descriptors and other protectors");
    return rc;
}

int
secrets_new(const cli *c, const protector_options *from, const char *store_path,
            envcrypt_protectors **out)
{
    bool given = secrets_are_given(c, from) || c->make_key_file;
    int rc = new_list(c, out);

    if (!rc)
        rc = parse_argon2(c, *out);
    if (!rc)
        rc = add_all(c, *out, from);
    if (!rc && (from->passphrase || !given))
        rc = ask_new(c, store_path, *out);
    if (!rc && c->make_key_file) {
        rc = make_key_file(c);
        if (!rc)
            rc = add_key_file(*out, c->make_key_file);
    }
    return rc;
}

void
secrets_unmake(const cli *c)
{
    if (c->make_key_file)
        (void)unlink(c->make_key_file);
}
