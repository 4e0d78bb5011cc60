/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rewrap-file make|rewrap|check PATH: what rewrap.sh kills at each system call. All three know
 * the same wrapping key and the same plaintext; make writes the message anew.
 */
#include <stdio.h>
#include <string.h>

#include "envcrypt/envcrypt.h"

static unsigned char plain[100000];

static int
make(envcrypt_keyring *keyring, const char *path)
{
    envcrypt_buffer *message = NULL;
    FILE *file = fopen(path, "wb");
    int code =
        envcrypt_encrypt(keyring, NULL, plain, sizeof plain, NULL, &message, NULL);

    if (!file || code)
        return 2;
    code = fwrite(envcrypt_buffer_data(message), 1, envcrypt_buffer_size(message),
                  file) != envcrypt_buffer_size(message);
    envcrypt_buffer_free(message);
    return fclose(file) || code;
}

/* In one piece: reading a file by the library would write another. */
static int
check(envcrypt_keyring *keyring, const char *path)
{
    static unsigned char message[2 * sizeof plain];
    static unsigned char back[sizeof plain];
    FILE *file = fopen(path, "rb");
    size_t size;
    size_t made = 0;

    if (!file)
        return 2;
    size = fread(message, 1, sizeof message, file);
    (void)fclose(file);
    if (envcrypt_decrypt_into(keyring, NULL, message, size, back, sizeof back, &made,
                              NULL, NULL))
        return 1;
    return made != sizeof plain || memcmp(back, plain, made) != 0;
}

int
main(int argc, char **argv)
{
    static const unsigned char key[32] = {1};
    envcrypt_keyring_config *config = NULL;
    envcrypt_keyring *keyring = NULL;
    envcrypt_client *client = NULL;
    envcrypt_kms *kms = NULL;

    if (argc != 3 || envcrypt_client_open(NULL, &client, NULL) ||
        envcrypt_kms_open_raw_aes(client, "test", "key", key, sizeof key, &kms, NULL) ||
        envcrypt_keyring_config_new(&config, NULL) ||
        envcrypt_keyring_config_set_generator(config, kms, NULL) ||
        envcrypt_keyring_open(client, config, &keyring, NULL))
        return 2;
    for (size_t i = 0; i < sizeof plain; i++)
        plain[i] = (unsigned char)(i * 7);
    if (strcmp(argv[1], "make") == 0)
        return make(keyring, argv[2]);
    if (strcmp(argv[1], "check") == 0)
        return check(keyring, argv[2]);
    return envcrypt_rewrap_file(keyring, keyring, NULL, NULL, argv[2],
                                ENVCRYPT_REWRAP_FORCE, NULL, NULL, NULL) != 0;
}
