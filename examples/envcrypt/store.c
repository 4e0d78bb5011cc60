/* SPDX-License-Identifier: Apache-2.0 */
/* What the commands about key stores share. */
#include "cli.h"

#include <stdlib.h>
#include <string.h>

static const char *const kinds[] = {[ENVCRYPT_KIND_WRAP] = "wrap",
                                    [ENVCRYPT_KIND_BRANCH] = "branch",
                                    [ENVCRYPT_KIND_IMPORTED] = "imported"};
static const char *const states[] = {[ENVCRYPT_KEY_ENABLED] = "enabled",
                                     [ENVCRYPT_KEY_DISABLED] = "disabled",
                                     [ENVCRYPT_KEY_DESTROYED] = "destroyed"};
/* As the library names them in JSON. */
static const char *const protectors[] = {[ENVCRYPT_PROTECTOR_PASSPHRASE] = "passphrase",
                                         [ENVCRYPT_PROTECTOR_KEY_FILE] = "key-file",
                                         [ENVCRYPT_PROTECTOR_RAW_KEY] = "raw-key",
                                         [ENVCRYPT_PROTECTOR_RSA] = "rsa",
                                         [ENVCRYPT_PROTECTOR_KMS] = "kms"};

static const char *
word(const char *const *words, size_t count, int32_t index)
{
    return index > 0 && (size_t)index < count ? words[index] : "unknown";
}

const char *
store_kind_word(int32_t kind)
{
    return word(kinds, sizeof kinds / sizeof *kinds, kind);
}

const char *
store_state_word(int32_t state)
{
    return word(states, sizeof states / sizeof *states, state);
}

const char *
store_protector_word(int32_t type)
{
    return word(protectors, sizeof protectors / sizeof *protectors, type);
}

int
store_open(cli *c, bool verified, envcrypt_keystore **out)
{
    envcrypt_error *error = NULL;
    int rc = verified ? secrets_present(c, c->args[0]) : 0;

    if (rc)
        return rc;
    return check(envcrypt_keystore_open(c->client, c->args[0],
                                        verified ? c->protectors : NULL, c->fingerprint,
                                        c->wait, out, &error),
                 &error, NULL);
}

int
store_version(const char *text, char **name, uint32_t *version)
{
    const char *slash = strrchr(text, '/');
    uint64_t number = 0;

    *name = NULL;
    if (!slash || slash == text || !parse_number(slash + 1, 1, UINT32_MAX, &number))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "a version is NAME/VERSION, as main/1, not %s", text);
    *name = strndup(text, (size_t)(slash - text));
    *version = (uint32_t)number;
    return *name ? 0 : refuse(ENVCRYPT_E_NOMEM, "out of memory");
}
