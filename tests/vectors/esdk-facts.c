/* SPDX-License-Identifier: Apache-2.0 */
#include "esdk-facts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "envcrypt/envcrypt.h"

#define SIGNER "aws-crypto-public-key" /* which the manifest leaves out */

static int
is_number(const json_t *test, const char *name, uint64_t value)
{
    const json_t *expected = json_object_get(test, name);

    return !expected || (uint64_t)json_integer_value(expected) == value;
}

static int
is_text(const json_t *test, const char *name, const char *value)
{
    const char *expected = json_string_value(json_object_get(test, name));

    return !expected || strcmp(expected, value) == 0;
}

static int
is_pair(const json_t *expected, const envcrypt_context *context, size_t i)
{
    const json_t *value =
        json_object_get(expected, envcrypt_context_name(context, i, NULL));
    size_t size;
    const char *stored = envcrypt_context_value(context, i, &size);

    return value && json_string_length(value) == size &&
           memcmp(json_string_value(value), stored, size) == 0;
}

static int
is_context(const json_t *test, const envcrypt_context *context)
{
    const json_t *expected = json_object_get(test, "encryption_context");
    size_t pairs = 0;

    if (!expected)
        return 1;
    for (size_t i = 0; i < envcrypt_context_count(context); i++) {
        if (strcmp(envcrypt_context_name(context, i, NULL), SIGNER) == 0)
            continue;
        if (!is_pair(expected, context, i))
            return 0;
        pairs++;
    }
    return pairs == json_object_size(expected);
}

static int
has_facts(const json_t *test)
{
    static const char *const names[] = {"format",    "suite",
                                        "content",   "frame_length",
                                        "edk_count", "encryption_context"};

    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        if (json_object_get(test, names[i]))
            return 1;
    }
    return 0;
}

static const char *
differs(const json_t *test, const envcrypt_message_info *info)
{
    uint32_t length = envcrypt_message_info_frame_length(info);
    char suite[8];

    (void)snprintf(suite, sizeof suite, "%04x",
                   (unsigned)envcrypt_message_info_suite(info));
    if (!is_number(test, "format", (uint64_t)envcrypt_message_info_version(info)))
        return "format";
    if (!is_text(test, "suite", suite))
        return "suite";
    if (!is_text(test, "content", length ? "framed" : "unframed"))
        return "content";
    if (!is_number(test, "frame_length", length))
        return "frame_length";
    if (!is_number(test, "edk_count", envcrypt_message_info_edks(info)))
        return "edk_count";
    return is_context(test, envcrypt_message_info_context(info)) ? NULL
                                                                 : "encryption_context";
}

/* Limits are not what is tried here. */
static envcrypt_message_config *
without_limits(void)
{
    envcrypt_message_config *config = NULL;

    if (envcrypt_message_config_new(&config, NULL) ||
        envcrypt_message_config_set_max_edks(config, 65535, NULL) ||
        envcrypt_message_config_set_max_context(config, 65535, NULL) ||
        envcrypt_message_config_set_max_header(config, 1u << 30, NULL))
        exit(2);
    return config;
}

int
esdk_facts_hold(const json_t *test, const void *message, size_t size)
{
    envcrypt_message_config *config = without_limits();
    envcrypt_message_info *info = NULL;
    const char *what = NULL;
    int code = 0;

    if (!is_number(test, "ciphertext_len", size)) {
        what = "ciphertext_len";
    } else if (has_facts(test)) {
        code = envcrypt_inspect(message, size, config, &info, NULL);
        what = code ? envcrypt_error_name(code) : differs(test, info);
    }
    if (what)
        printf("%s: inspection: %s is not as expected\n",
               json_string_value(json_object_get(test, "id")), what);
    envcrypt_message_info_free(info);
    envcrypt_message_config_free(config);
    return !what;
}
