/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A program as a user writes it: installed headers, pkg-config, nothing of this tree. It
 * encrypts and decrypts with a context, reads an error, and serves a key service. Exits with
 * the number of the check that did not hold.
 */
#include <envcrypt/envcrypt.h>

#include <string.h>

typedef struct program {
    envcrypt_client *client;
    envcrypt_context *context;
    envcrypt_message_config *config;
} program;

static int
setup(program *p)
{
    return envcrypt_client_open(NULL, &p->client, NULL) ||
           envcrypt_context_new(&p->context, NULL) ||
           envcrypt_context_add(p->context, "purpose", "consumer", NULL) ||
           envcrypt_message_config_new(&p->config, NULL) ||
           envcrypt_message_config_set_context(p->config, p->context, NULL);
}

/* A keyring of one key, which moves to it. */
static envcrypt_keyring *
keyring_of(program *p, envcrypt_kms *kms)
{
    envcrypt_keyring_config *config = NULL;
    envcrypt_keyring *keyring = NULL;

    if (kms && envcrypt_keyring_config_new(&config, NULL) == 0 &&
        envcrypt_keyring_config_set_generator(config, kms, NULL) == 0)
        (void)envcrypt_keyring_open(p->client, config, &keyring, NULL);
    envcrypt_keyring_config_free(config);
    envcrypt_kms_unref(kms);
    return keyring;
}

static envcrypt_keyring *
aes_keyring(program *p, unsigned char fill)
{
    envcrypt_kms *kms = NULL;
    unsigned char key[32];

    memset(key, fill, sizeof key);
    (void)envcrypt_kms_open_raw_aes(p->client, "consumer", "key", key, sizeof key, &kms,
                                    NULL);
    return keyring_of(p, kms);
}

static int
round_trip(program *p, envcrypt_keyring *keyring)
{
    envcrypt_buffer *message = NULL;
    envcrypt_buffer *plain = NULL;
    int failed =
        envcrypt_encrypt(keyring, p->config, "plain", 5, NULL, &message, NULL) ||
        envcrypt_decrypt(keyring, p->config, envcrypt_buffer_data(message),
                         envcrypt_buffer_size(message), NULL, &plain, NULL, NULL) ||
        envcrypt_buffer_size(plain) != 5 ||
        memcmp(envcrypt_buffer_data(plain), "plain", 5) != 0;

    envcrypt_buffer_free(message);
    envcrypt_buffer_free(plain);
    return failed;
}

/* Another key than the one that wrapped: class, code and cause are told. */
static int
wrong_key(program *p, envcrypt_keyring *keyring, envcrypt_keyring *other)
{
    envcrypt_buffer *message = NULL;
    envcrypt_buffer *plain = NULL;
    envcrypt_error *err = NULL;
    int failed = envcrypt_encrypt(keyring, p->config, "plain", 5, NULL, &message, NULL);

    if (!failed)
        failed = envcrypt_decrypt(other, p->config, envcrypt_buffer_data(message),
                                  envcrypt_buffer_size(message), NULL, &plain, NULL,
                                  &err) != ENVCRYPT_E_NO_KEY ||
                 plain != NULL ||
                 envcrypt_error_class(err) != ENVCRYPT_CLASS_WRONG_KEY ||
                 envcrypt_error_code(err) != ENVCRYPT_E_NO_KEY ||
                 envcrypt_error_code(envcrypt_error_cause(err)) != ENVCRYPT_E_UNWRAP ||
                 strlen(envcrypt_error_message(err)) == 0;
    envcrypt_error_free(err);
    envcrypt_buffer_free(message);
    return failed;
}

/* A key service that hides nothing: it turns each byte over. */
static void
serve(envcrypt_call *call, void *user)
{
    unsigned char bytes[64];
    size_t size = 0;
    const unsigned char *in = envcrypt_call_input(call, &size);
    size_t i;
    int code;

    ++*(int *)user;
    for (i = 0; i < size && i < sizeof bytes; i++)
        bytes[i] = (unsigned char)(in[i] ^ 0xff);
    code = envcrypt_call_operation(call) == ENVCRYPT_OP_WRAP
               ? envcrypt_call_set_wrapped(call, bytes, size, NULL)
               : envcrypt_call_set_key(call, bytes, size, NULL);
    envcrypt_call_finish(call, code, NULL, NULL);
}

static envcrypt_keyring *
custom_keyring(program *p, int *calls)
{
    envcrypt_kms *kms = NULL;

    (void)envcrypt_kms_open_custom(p->client, "acme", "key-1",
                                   ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP, serve, calls,
                                   NULL, &kms, NULL);
    return keyring_of(p, kms);
}

int
main(void)
{
    program p = {NULL, NULL, NULL};
    envcrypt_keyring *keyring;
    envcrypt_keyring *other;
    envcrypt_keyring *custom;
    int calls = 0;
    int result = 0;

    if (envcrypt_version_number() != ENVCRYPT_VERSION_NUMBER)
        return 1;
    if (setup(&p))
        return 2;
    keyring = aes_keyring(&p, 1);
    other = aes_keyring(&p, 2);
    custom = custom_keyring(&p, &calls);
    if (round_trip(&p, keyring))
        result = 3;
    else if (wrong_key(&p, keyring, other))
        result = 4;
    else if (round_trip(&p, custom) || calls != 2)
        result = 5;
    envcrypt_keyring_unref(keyring);
    envcrypt_keyring_unref(other);
    envcrypt_keyring_unref(custom);
    envcrypt_message_config_free(p.config);
    envcrypt_context_free(p.context);
    envcrypt_client_unref(p.client);
    return result;
}
