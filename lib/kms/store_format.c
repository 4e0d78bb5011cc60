/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_format.h"

#include <stddef.h>
#include <string.h>

#include "envcrypt/kms.h"

typedef struct word {
    const char *text;
    int32_t value;
} word;

static const word kinds[] = {{"wrap", ENVCRYPT_KIND_WRAP},
                             {"branch", ENVCRYPT_KIND_BRANCH},
                             {"imported", ENVCRYPT_KIND_IMPORTED},
                             {NULL, 0}};
static const word states[] = {{"enabled", ENVCRYPT_KEY_ENABLED},
                              {"disabled", ENVCRYPT_KEY_DISABLED},
                              {"destroyed", ENVCRYPT_KEY_DESTROYED},
                              {NULL, 0}};

static const char *
text_of(const word *words, int32_t value)
{
    while (words->text && words->value != value)
        words++;
    return words->text;
}

static int32_t
value_of(const word *words, const char *text)
{
    while (words->text && strcmp(words->text, text) != 0)
        words++;
    return words->value;
}

const char *
evc_store_kind_word(int32_t kind)
{
    return text_of(kinds, kind);
}

int32_t
evc_store_kind_of(const char *text)
{
    return value_of(kinds, text);
}

const char *
evc_store_state_word(int32_t state)
{
    return text_of(states, state);
}

int32_t
evc_store_state_of(const char *text)
{
    return value_of(states, text);
}
