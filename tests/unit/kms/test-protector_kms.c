/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"
#include "fake-service.h"
#include "protector-fixture.h"

#define TYPE (&evc_protector_kms)

static fake_service service;
static evc_protectors *list;

static void
begin(void)
{
    open_fixture();
    service = (fake_service){0};
    list = new_list();
    fake_add(list, &service, "key-1", FAKE_BOTH);
    EVC_CHECK_OK(make_protector(TYPE, list));
}

static void
end(void)
{
    evc_protectors_free(list);
    close_protector();
}

START_TEST(opens_after_a_way_through_the_file)
{
    write_and_read(TYPE);
    ck_assert_str_eq(protector.provider, "acme");
    ck_assert_str_eq(protector.key_id, "key-1");
    EVC_CHECK_OK(open_protector(TYPE, list));
}
END_TEST

/* design 6.1: both ids in hex. */
START_TEST(the_context_names_store_and_protector)
{
    ck_assert_str_eq(service.context,
                     "envcrypt-protector=0102030405060708;"
                     "envcrypt-store=00000000000000000000000000000000;");
    EVC_CHECK_OK(open_protector(TYPE, list));
    ck_assert_str_eq(service.context,
                     "envcrypt-protector=0102030405060708;"
                     "envcrypt-store=00000000000000000000000000000000;");
}
END_TEST

START_TEST(opening_costs_one_call)
{
    service.calls = 0;
    EVC_CHECK_OK(open_protector(TYPE, list));
    ck_assert_int_eq(service.calls, 1);
}
END_TEST

START_TEST(another_key_is_not_asked)
{
    evc_protectors *other = new_list();

    fake_add(other, &service, "key-2", FAKE_BOTH);
    service.calls = 0;
    EVC_CHECK_CODE(open_protector(TYPE, other), EVC_NOT_AUTHENTIC);
    ck_assert_int_eq(service.calls, 0);
    evc_protectors_free(other);
}
END_TEST

START_TEST(a_service_that_is_away_says_so)
{
    service.code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_CODE(open_protector(TYPE, list), ENVCRYPT_E_SERVICE_DOWN);
}
END_TEST

START_TEST(a_store_key_of_another_length_does_not_open)
{
    service.short_by = 16;
    EVC_CHECK_CODE(open_protector(TYPE, list), ENVCRYPT_E_BAD_DEK);
}
END_TEST

START_TEST(a_key_that_only_opens_does_not_protect)
{
    evc_protectors *readers = new_list();
    evc_protector made;

    fake_add(readers, &service, "key-1", ENVCRYPT_OP_UNWRAP);
    evc_protector_init(&made, ENVCRYPT_PROTECTOR_KMS);
    EVC_CHECK_CODE(TYPE->begin(readers, readers->items, &made, NULL),
                   ENVCRYPT_E_ARGUMENT);
    evc_protector_reset(&made);
    EVC_CHECK_OK(open_protector(TYPE, readers));
    evc_protectors_free(readers);
}
END_TEST

START_TEST(a_key_that_only_wraps_does_not_open)
{
    evc_protectors *writers = new_list();

    fake_add(writers, &service, "key-1", ENVCRYPT_OP_WRAP);
    EVC_CHECK_CODE(open_protector(TYPE, writers), EVC_NOT_AUTHENTIC);
    evc_protectors_free(writers);
}
END_TEST

START_TEST(wraps_anew_by_the_service_where_it_can)
{
    evc_protector_scope of = scope();
    evc_protectors *able = new_list();

    fake_add(able, &service, "key-1", FAKE_BOTH | ENVCRYPT_OP_REWRAP);
    EVC_CHECK_OK(TYPE->rewrap(&of, able->items, s_view(), &protector, NULL));
    ck_assert_int_eq(service.last, ENVCRYPT_OP_REWRAP);
    EVC_CHECK_OK(open_protector(TYPE, able));
    EVC_CHECK_OK(TYPE->rewrap(&of, list->items, s_view(), &protector, NULL));
    ck_assert_int_eq(service.last, ENVCRYPT_OP_WRAP);
    EVC_CHECK_OK(open_protector(TYPE, list));
    evc_protectors_free(able);
}
END_TEST

/* Of the provider "acme", the key "k", no version, form 1, no time. */
#define INFO "AQABawAAAQAAAAAAAAAA"

static const struct {
    const char *text;
    int code;
} texts[] = {
    {"{'provider':'acme','key-id':'k','info':'" INFO "','wrapped':'AAAA'}", 0},
    {"{'provider':'','key-id':'k','info':'" INFO "','wrapped':'AAAA'}",
     ENVCRYPT_E_JSON},
    {"{'key-id':'k','info':'" INFO "','wrapped':'AAAA'}", ENVCRYPT_E_JSON},
    {"{'provider':'acme','info':'" INFO "','wrapped':'AAAA'}", ENVCRYPT_E_JSON},
    {"{'provider':'acme','key-id':'j','info':'" INFO "','wrapped':'AAAA'}",
     ENVCRYPT_E_JSON},
    {"{'provider':'acme','key-id':'k','info':'','wrapped':'AAAA'}", ENVCRYPT_E_JSON},
    {"{'provider':'acme','key-id':'k','info':'" INFO "','wrapped':''}",
     ENVCRYPT_E_JSON},
    {"{'provider':'acme','key-id':'k','info':'" INFO "','wrapped':'AAA'}",
     ENVCRYPT_E_JSON},
    {"{'provider':'acme','key-id':'k','info':'*','wrapped':'AAAA'}", ENVCRYPT_E_JSON},
};

START_TEST(members_are_checked)
{
    int rc = read_text(TYPE, texts[_i].text);

    EVC_CHECK_CODE(rc == ENVCRYPT_E_ENCODING ? ENVCRYPT_E_JSON : rc, texts[_i].code);
}
END_TEST

/* A text of the file whose member has base64 of size bytes. */
static int
read_sized(const char *name, size_t size)
{
    static uint8_t zeros[8193];
    evc_buf text;
    int rc;

    evc_buf_init(&text);
    evc_buf_put_text(&text, "{'provider':'acme','key-id':'k',");
    evc_buf_put_text(&text, strcmp(name, "info") == 0 ? "'wrapped':'AAAA','"
                                                      : "'info':'" INFO "','");
    evc_buf_put_text(&text, name);
    evc_buf_put_text(&text, "':'");
    evc_encode_base64(&text, evc_view_of(zeros, size));
    evc_buf_put_text(&text, "'}");
    evc_buf_put_u8(&text, 0);
    rc = read_text(TYPE, (const char *)text.data);
    evc_buf_reset(&text);
    return rc;
}

START_TEST(a_wrapped_key_has_at_most_8192_bytes)
{
    EVC_CHECK_OK(read_sized("wrapped", 8192));
    EVC_CHECK_CODE(read_sized("wrapped", 8193), ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(an_info_has_at_most_4096_bytes)
{
    EVC_CHECK_CODE(read_sized("info", 4097), ENVCRYPT_E_JSON);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {opens_after_a_way_through_the_file,
                                  the_context_names_store_and_protector,
                                  opening_costs_one_call,
                                  another_key_is_not_asked,
                                  a_service_that_is_away_says_so,
                                  a_store_key_of_another_length_does_not_open,
                                  a_key_that_only_opens_does_not_protect,
                                  a_key_that_only_wraps_does_not_open,
                                  wraps_anew_by_the_service_where_it_can,
                                  a_wrapped_key_has_at_most_8192_bytes,
                                  an_info_has_at_most_4096_bytes,
                                  NULL};
    TCase *tcase = tcase_create("protector_kms");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, members_are_checked, 0,
                        sizeof(texts) / sizeof(texts[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("protector_kms", add_tests)
