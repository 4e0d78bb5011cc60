/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the types of protectors share: one protector of a store that is all of
 * zeros, and JSON of it. */
#ifndef EVC_TESTS_PROTECTOR_FIXTURE_H
#define EVC_TESTS_PROTECTOR_FIXTURE_H

#include "kms/protector.h"
#include "store-fixture.h"

static const uint8_t store_id[EVC_STORE_ID];
static const char store_key[EVC_STORE_KEY] = "the store key, which is wrapped";
static evc_protector protector;

static inline evc_protector_scope
scope(void)
{
    return (evc_protector_scope){.crypto = crypto, .store_id = store_id};
}

static inline evc_view
s_view(void)
{
    return evc_view_of(store_key, sizeof(store_key));
}

/* Makes the protector by the last thing in the list, which stays the caller's. */
static inline int
make_protector(const evc_protector_type *type, const evc_protectors *list)
{
    static const uint8_t id[EVC_PROTECTOR_ID] = {1, 2, 3, 4, 5, 6, 7, 8};
    const evc_presented *with = &list->items[list->count - 1];
    evc_protector_scope of = scope();
    int rc;

    evc_protector_init(&protector, type->type);
    evc_protector_set_id(&protector, id);
    rc = type->begin(list, with, &protector, NULL);
    return rc ? rc : type->wrap(&of, with, s_view(), &protector, NULL);
}

/* What the last thing in the list makes of it; checks the store key. */
static inline int
open_protector(const evc_protector_type *type, const evc_protectors *list)
{
    evc_protector_scope of = scope();
    uint8_t s[EVC_STORE_KEY] = {0};
    int rc = type->open(&of, &list->items[list->count - 1], &protector, s, NULL);

    if (rc == 0)
        ck_assert_mem_eq(s, store_key, sizeof(s));
    return rc;
}

/* Through JSON of the file and back. */
static inline void
write_and_read(const evc_protector_type *type)
{
    evc_protector copy;
    evc_json_doc *doc;
    evc_buf text = {0};
    evc_jwrite w;

    evc_jwrite_begin(&w, &text, false);
    evc_jwrite_object(&w);
    type->write(&protector, &w);
    evc_jwrite_end(&w);
    EVC_CHECK_OK(evc_jwrite_finish(&w, NULL));
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&text), "text", &doc, NULL));
    evc_protector_init(&copy, type->type);
    evc_protector_set_id(&copy, protector.id);
    EVC_CHECK_OK(evc_json_only(evc_json_root(doc), type->members, NULL));
    EVC_CHECK_OK(type->read(evc_json_root(doc), &copy, NULL));
    evc_protector_reset(&protector);
    protector = copy;
    evc_json_free(doc);
    evc_buf_reset(&text);
}

/* Reads the members of a type from a text with ' for ". */
static inline int
read_text(const evc_protector_type *type, const char *text)
{
    evc_json_doc *doc;
    evc_buf json = {0};
    int rc;

    for (; *text; text++)
        evc_buf_put_u8(&json, *text == '\'' ? '"' : (uint8_t)*text);
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&json), "text", &doc, NULL));
    evc_protector_reset(&protector);
    evc_protector_init(&protector, type->type);
    rc = type->read(evc_json_root(doc), &protector, NULL);
    evc_json_free(doc);
    evc_buf_reset(&json);
    return rc;
}

#define HEX8 "0011223344556677"
#define HEX16 HEX8 HEX8
#define HEX24 HEX16 HEX8
#define HEX48 HEX24 HEX24

static void
close_protector(void)
{
    evc_protector_reset(&protector);
    close_fixture();
}

static inline void
protector_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_fixture, close_protector);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
