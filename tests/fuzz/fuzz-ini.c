/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Files of settings: what is read of one can be found again by its names, and lies in the
 * text.
 */
#include "codec/ini.h"

#include <string.h>

#include "fuzz.h"

static bool
lies_in(evc_view part, evc_view whole)
{
    return part.size == 0 ||
           (part.data >= whole.data && part.size <= whole.size &&
            (size_t)(part.data - whole.data) <= whole.size - part.size);
}

static void
check_item(const evc_ini *ini, const evc_ini_item *item, evc_view text)
{
    evc_view value;
    char name[64];
    char parent[64];

    FUZZ_DEMAND(lies_in(item->section, text) && lies_in(item->parent, text));
    FUZZ_DEMAND(lies_in(item->name, text) && lies_in(item->value, text));
    FUZZ_DEMAND(item->section.size > 0);
    if (item->name.size == 0 || item->name.size >= sizeof name ||
        item->parent.size >= sizeof parent || item->section.data[0] == '"' ||
        item->section.data[0] == '\'')
        return;
    memcpy(name, item->name.data, item->name.size);
    name[item->name.size] = 0;
    if (item->parent.size)
        memcpy(parent, item->parent.data, item->parent.size);
    parent[item->parent.size] = 0;
    FUZZ_DEMAND(evc_ini_find(ini, (evc_ini_key){NULL, item->section},
                             item->parent.size ? parent : NULL, name, &value));
    FUZZ_DEMAND(lies_in(value, text));
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    evc_view text = evc_view_of(data, size);
    evc_ini ini;
    int rc = evc_ini_parse(text, "it", &ini, NULL);

    FUZZ_DEMAND(rc == 0 || rc == ENVCRYPT_E_BAD_CREDENTIALS);
    FUZZ_DEMAND(rc == 0 || ini.count == 0);
    FUZZ_DEMAND(ini.items || ini.count == 0);
    for (size_t i = 0; ini.items && i < ini.count && i < 64; i++)
        check_item(&ini, &ini.items[i], text);
    evc_ini_reset(&ini);
    return 0;
}
