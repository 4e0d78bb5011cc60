/* SPDX-License-Identifier: Apache-2.0 */
/*
 * From --key to a keyring. A key is a URI, or the short form STORE#NAME for a key store file
 * (local:///path/to/STORE#NAME). Without #NAME it is whatever key of the store a message
 * names, which only decrypts.
 */
#include "cli.h"

#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#define LOCAL "local://"

/* A key that was opened; the same URI again is the same key. */
struct opened_key {
    char *uri;
    char *store; /* path of the key store; NULL for other key services */
    bool is_named;
    envcrypt_kms *kms;
};

static int
no_memory(void)
{
    (void)refuse(ENVCRYPT_E_NOMEM, "out of memory");
    return EXIT_MACHINE;
}

static void
release(opened_key *key)
{
    envcrypt_kms_unref(key->kms);
    free(key->uri);
    free(key->store);
}

/* Percent-encodes what is neither unreserved (RFC 3986 section 2.3) nor a slash. */
static char *
encode(const char *text)
{
    static const char digits[] = "0123456789ABCDEF";
    char *encoded = malloc(3 * strlen(text) + 1);
    char *at = encoded;

    if (!encoded)
        return NULL;
    for (; *text; text++) {
        unsigned char byte = (unsigned char)*text;

        if (isalnum(byte) || strchr("-._~/", byte)) {
            *at++ = (char)byte;
        } else {
            *at++ = '%';
            *at++ = digits[byte >> 4];
            *at++ = digits[byte & 15];
        }
    }
    *at = '\0';
    return encoded;
}

/* -1: not a hex digit */
static int
hex_value(char digit)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = digit ? strchr(digits, digit) : NULL;

    return found ? (int)(found - digits) % 16 : -1;
}

/* The path of a local URI, for questions and to see which protectors the store has. What is wrong
 * with a URI is told by envcrypt_kms_open(). */
static char *
decode_path(const char *uri)
{
    const char *from = uri + strlen(LOCAL);
    size_t size = strcspn(from, "?#");
    char *path = malloc(size + 1);
    size_t made = 0;

    if (!path)
        return NULL;
    for (size_t i = 0; i < size; i++) {
        bool coded = from[i] == '%' && i + 2 < size && hex_value(from[i + 1]) >= 0 &&
                     hex_value(from[i + 2]) >= 0;

        path[made++] =
            coded ? (char)(hex_value(from[i + 1]) * 16 + hex_value(from[i + 2]))
                  : from[i];
        i += coded ? 2 : 0;
    }
    path[made] = '\0';
    return path;
}

/* There is no such file; the bare id of a cloud's key is a common slip. */
static int
refuse_path(const char *path, const char *given)
{
    static const struct {
        const char *begin, *scheme;
    } ids[] = {{"arn:", "aws-kms"}, {"crn:", "ibm-kp"}, {"acs:", "alibaba-kms"}};
    int number = errno;

    for (size_t i = 0; i < sizeof ids / sizeof *ids; i++) {
        if (strncmp(given, ids[i].begin, 4) == 0)
            return refuse(ENVCRYPT_E_URI,
                          "there is no key store of this name; did you mean the key "
                          "%s:///%s?",
                          ids[i].scheme, given);
    }
    errno = number;
    return system_failed("open the key store", path);
}

/* STORE#NAME or STORE. A file name may hold a #, a key name does not. */
static int
parse_short(const char *given, opened_key *out)
{
    const char *hash = strrchr(given, '#');
    char *path = hash ? strndup(given, (size_t)(hash - given)) : strdup(given);
    char *encoded;

    if (!path)
        return no_memory();
    out->is_named = hash != NULL;
    out->store = realpath(path, NULL);
    if (!out->store) {
        int rc = refuse_path(path, given);

        free(path);
        return rc;
    }
    free(path);
    encoded = encode(out->store);
    if (!encoded)
        return no_memory();
    out->uri = text_format(LOCAL "%s%s", encoded, hash ? hash : "");
    free(encoded);
    return out->uri ? 0 : no_memory();
}

bool
keys_is_uri(const char *given)
{
    return strstr(given, ":/") != NULL;
}

static int
parse_key(const char *given, opened_key *out)
{
    if (!keys_is_uri(given))
        return parse_short(given, out);
    out->is_named = strchr(given, '#') != NULL;
    out->uri = strdup(given);
    if (strncmp(given, LOCAL, strlen(LOCAL)) == 0)
        out->store = decode_path(given);
    else
        out->is_named = true;
    return out->uri ? 0 : no_memory();
}

/* Its secrets are presented once. */
static bool
is_new_store(const cli *c, const char *store)
{
    for (size_t i = 0; i < c->opened_count; i++) {
        if (c->opened[i].store && strcmp(c->opened[i].store, store) == 0)
            return false;
    }
    return true;
}

static void
warn_of_origin(const cli *c, const opened_key *key)
{
    if (!envcrypt_kms_is_authenticated(key->kms))
        note(c,
             "envcrypt: warning: %s was opened by a recovery key or a key service, "
             "which proves no origin: who may encrypt under it may have made it; pin "
             "it by local://PATH?fingerprint=HEX#NAME\n",
             key->store ? key->store : key->uri);
}

static int
open_key(cli *c, opened_key *key)
{
    envcrypt_kms_config *config = NULL;
    envcrypt_error *error = NULL;
    int rc = 0;

    if (key->store && is_new_store(c, key->store))
        rc = secrets_present(c, key->store);
    if (!rc)
        rc = check(envcrypt_kms_config_new(&config, &error), &error, NULL);
    if (!rc && key->store)
        rc = check(envcrypt_kms_config_set_protectors(config, c->protectors, &error),
                   &error, NULL);
    if (!rc)
        rc = check(
            envcrypt_kms_open(c->client, key->uri, config, c->wait, &key->kms, &error),
            &error, NULL);
    if (!rc) {
        warn_of_origin(c, key);
        /* A URI of a cloud without a key is for whatever key a message names. */
        if (!key->store)
            key->is_named = *envcrypt_kms_key_id(key->kms) != '\0';
    }
    envcrypt_kms_config_free(config);
    return rc;
}

/* The key of this URI, opened now or before; takes what parse_key() made. */
static int
find_or_open(cli *c, opened_key *key, size_t *index)
{
    opened_key *grown;
    int rc;

    for (size_t i = 0; i < c->opened_count; i++) {
        if (key->uri && strcmp(c->opened[i].uri, key->uri) == 0) {
            release(key);
            *index = i;
            return 0;
        }
    }
    rc = open_key(c, key);
    grown = rc ? NULL : realloc(c->opened, (c->opened_count + 1) * sizeof *grown);
    if (!grown) {
        release(key);
        return rc ? rc : no_memory();
    }
    c->opened = grown;
    c->opened[c->opened_count] = *key;
    *index = c->opened_count++;
    return 0;
}

int
keys_open_service(const cli *c, const char *uri, envcrypt_kms **out)
{
    envcrypt_error *error = NULL;

    *out = NULL;
    if (!keys_is_uri(uri))
        return refuse(ENVCRYPT_E_URI,
                      "%s is not the URI of a key of a key service, as aws-kms:///ARN, "
                      "ibm-kp:///CRN or alibaba-kms:///ARN",
                      uri);
    return check(envcrypt_kms_open(c->client, uri, NULL, c->wait, out, &error), &error,
                 NULL);
}

int
keys_open_one(cli *c, const char *given, envcrypt_kms **out)
{
    opened_key key = {0};
    size_t index = 0;
    int rc = parse_key(given, &key);

    *out = NULL;
    if (rc) {
        release(&key);
        return rc;
    }
    rc = find_or_open(c, &key, &index);
    if (!rc)
        *out = c->opened[index].kms;
    return rc;
}

/* The keys of one keyring: indexes of what is open. */
typedef struct ring {
    size_t *keys;
    size_t count;
    bool writes;
} ring;

static int
choose(cli *c, ring *r, const char *given)
{
    opened_key key = {0};
    size_t index = 0;
    int rc = parse_key(given, &key);

    if (!rc && r->writes && !key.is_named)
        rc = refuse(ENVCRYPT_E_ARGUMENT,
                    "%s names no key to write with; say which: %s#NAME", given, given);
    if (rc) {
        release(&key);
        return rc;
    }
    rc = find_or_open(c, &key, &index);
    if (!rc && r->writes && !c->opened[index].is_named)
        rc = refuse(ENVCRYPT_E_ARGUMENT,
                    "%s names no key to write with; say which: %s/KEY", given, given);
    for (size_t i = 0; !rc && i < r->count; i++) {
        if (r->keys[i] == index)
            return 0;
    }
    if (!rc)
        r->keys[r->count++] = index;
    return rc;
}

/* The first key of a keyring that writes is its generator. */
static int
configure(const cli *c, const ring *r, envcrypt_keyring_config *config,
          envcrypt_error **error)
{
    bool discovery = false;
    int rc = 0;

    for (size_t i = 0; !rc && i < r->count; i++) {
        const opened_key *key = &c->opened[r->keys[i]];

        discovery |= !key->is_named;
        if (r->writes && i == 0)
            rc = envcrypt_keyring_config_set_generator(config, key->kms, error);
        else
            rc = envcrypt_keyring_config_add_recipient(config, key->kms, error);
    }
    return rc ? rc : envcrypt_keyring_config_set_discovery(config, discovery, error);
}

static int
open_ring(const cli *c, const ring *r, envcrypt_keyring **out)
{
    envcrypt_keyring_config *config = NULL;
    envcrypt_error *error = NULL;
    int rc = envcrypt_keyring_config_new(&config, &error);

    if (!rc)
        rc = configure(c, r, config, &error);
    if (!rc)
        rc = envcrypt_keyring_open(c->client, config, out, &error);
    envcrypt_keyring_config_free(config);
    return check(rc, &error, NULL);
}

int
keys_open(cli *c, const strings *uris, bool writes, envcrypt_keyring **out)
{
    ring r = {.writes = writes};
    int rc = 0;

    *out = NULL;
    if (uris->count == 0)
        return refuse(
            ENVCRYPT_E_ARGUMENT,
            "no key is given; name one by --key STORE#NAME (`envcrypt keystore "
            "create STORE` makes a key store)");
    r.keys = calloc(uris->count, sizeof *r.keys);
    if (!r.keys)
        return no_memory();
    for (size_t i = 0; !rc && i < uris->count; i++)
        rc = choose(c, &r, uris->items[i]);
    if (!rc)
        rc = open_ring(c, &r, out);
    free(r.keys);
    return rc;
}

void
keys_close(cli *c)
{
    for (size_t i = 0; i < c->opened_count; i++)
        release(&c->opened[i]);
    free(c->opened);
}

int
keys_context(const strings *pairs, const char *option, envcrypt_context **out)
{
    envcrypt_error *error = NULL;
    int rc = check(envcrypt_context_new(out, &error), &error, NULL);

    for (size_t i = 0; !rc && i < pairs->count; i++) {
        const char *pair = pairs->items[i];
        const char *value = NULL;
        char *name = NULL;

        rc = options_split(option, pair, &name, &value);
        if (!rc)
            rc = check(envcrypt_context_add(*out, name, value, &error), &error, pair);
        free(name);
    }
    return rc;
}
