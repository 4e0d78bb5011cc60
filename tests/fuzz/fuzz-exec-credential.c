/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What credential plugins write: credentials come out or nothing does, and jansson, which
 * is the judge of what the text says, finds the same in it.
 */
#include <jansson.h>
#include <string.h>

#include "fuzz.h"
#include "k8s/exec_credential.h"

static void
check_secret(const evc_secret *secret, const json_t *text)
{
    const char *value = text ? json_string_value(text) : NULL;
    size_t size = value ? json_string_length(text) : 0;

    FUZZ_DEMAND(secret->size == size);
    FUZZ_DEMAND(size == 0 ||
                (value && secret->bytes && memcmp(secret->bytes, value, size) == 0));
}

static void
check(const uint8_t *data, size_t size, const evc_creds *creds)
{
    json_t *root = json_loadb((const char *)data, size, 0, NULL);
    const json_t *status = json_object_get(root, "status");
    const json_t *certificate = json_object_get(status, "clientCertificateData");
    const char *kind = json_string_value(json_object_get(root, "kind"));

    FUZZ_DEMAND(root);
    FUZZ_DEMAND(kind && strcmp(kind, "ExecCredential") == 0);
    FUZZ_DEMAND(creds->token.bytes || creds->secret.bytes);
    check_secret(&creds->token, json_object_get(status, "token"));
    check_secret(&creds->secret, json_object_get(status, "clientKeyData"));
    FUZZ_DEMAND(strcmp(creds->certificate, json_is_string(certificate)
                                               ? json_string_value(certificate)
                                               : "") == 0);
    json_decref(root);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static evc_arena *arena;
    evc_creds *creds = NULL;
    evc_buf text;
    int rc;

    if (!arena)
        FUZZ_DEMAND(!evc_arena_open(EVC_ARENA_CHUNK, false, &arena, NULL));
    evc_buf_init(&text);
    evc_buf_put(&text, data, size);
    rc = evc_exec_credential_read(&text, true, "user u", arena, &creds, NULL);
    FUZZ_DEMAND(rc == 0 || rc == ENVCRYPT_E_BAD_CREDENTIALS);
    FUZZ_DEMAND((rc == 0) == (creds != NULL));
    FUZZ_DEMAND(text.size == 0);
    if (creds)
        check(data, size, creds);
    evc_creds_unref(creds);
    evc_buf_reset(&text);
    return 0;
}
