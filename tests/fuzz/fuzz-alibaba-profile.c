/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of Alibaba Cloud's CLI, against jansson, which is the judge of what it says. The
 * input is the text; the profiles asked for are the current one, and "p".
 */
#include <jansson.h>
#include <string.h>

#include "auth/alibaba_profile.h"
#include "fuzz.h"

static const json_t *
profile_named(const json_t *root, const char *name)
{
    const json_t *profile;
    size_t i;

    json_array_foreach(json_object_get(root, "profiles"), i, profile)
    {
        const char *its_name = json_string_value(json_object_get(profile, "name"));

        if (its_name && strcmp(its_name, name) == 0)
            return profile;
    }
    return NULL;
}

static void
check_text(const json_t *of, const char *name, const char *text)
{
    const char *expected = json_string_value(json_object_get(of, name));

    FUZZ_DEMAND(strcmp(expected ? expected : "", text ? text : "") == 0);
}

static void
check_secret(const json_t *of, const char *name, const evc_secret *secret)
{
    const json_t *expected = json_object_get(of, name);

    FUZZ_DEMAND(secret->size == json_string_length(expected));
    FUZZ_DEMAND(secret->size == 0 ||
                memcmp(secret->bytes, json_string_value(expected), secret->size) == 0);
}

static void
check_found(const uint8_t *data, size_t size, const char *name,
            const evc_alibaba_profile *profile)
{
    json_t *root = json_loadb((const char *)data, size, JSON_REJECT_DUPLICATES, NULL);
    const json_t *expected;

    FUZZ_DEMAND(root);
    if (!name)
        name = json_string_value(json_object_get(root, "current"));
    expected = profile_named(root, name);
    FUZZ_DEMAND(expected);
    check_text(expected, "name", profile->name);
    check_text(expected, "mode", profile->mode);
    check_text(expected, "process_command", profile->process_command);
    check_secret(expected, "access_key_secret", &profile->access_key_secret);
    check_secret(expected, "sts_token", &profile->sts_token);
    json_decref(root);
}

static void
read_one(const uint8_t *data, size_t size, const char *name, evc_arena *arena)
{
    evc_alibaba_profile profile;
    evc_buf text;
    bool found;
    int rc;

    evc_buf_init(&text);
    evc_buf_put(&text, data, size);
    rc = evc_alibaba_profile_read(&text, "/file", name, arena, &profile, &found, NULL);
    FUZZ_DEMAND(rc == 0 || rc == ENVCRYPT_E_BAD_CREDENTIALS || rc == ENVCRYPT_E_JSON);
    if (!rc && found)
        check_found(data, size, name, &profile);
    else
        FUZZ_DEMAND(!profile.name && !profile.access_key_secret.bytes);
    evc_alibaba_profile_reset(&profile);
    evc_buf_reset(&text);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static evc_arena *arena;

    if (!arena)
        FUZZ_DEMAND(!evc_arena_open(EVC_ARENA_CHUNK, false, &arena, NULL));
    read_one(data, size, NULL, arena);
    read_one(data, size, "p", arena);
    return 0;
}
