/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_versions.h"

#include "alibaba-fixture.h"
#include "evc-alloc.h"

#define ITEM(id, date)                                                               \
    "{\"KeyId\":\"" KEY_ID "\",\"KeyVersionId\":\"" id "\",\"CreationDate\":\"" date \
    "\"}"
#define PAGE(items, total) \
    "{\"KeyVersions\":{\"KeyVersion\":[" items "]},\"TotalCount\":" total "}"
#define TWO                                                                            \
    PAGE(                                                                              \
        ITEM(NEWER, "2024-03-25T10:42:40Z") "," ITEM(VERSION, "2023-03-25T10:42:40Z"), \
        "2")

static evc_alibaba_versions versions;

static int
list(void)
{
    return evc_alibaba_versions_list(alibaba_peer, ARN, &t.wait, &versions, &err);
}

START_TEST(versions_are_listed_oldest_first)
{
    PLAY(REPLY(TWO));
    EVC_CHECK_OK(list());
    ck_assert_uint_eq(versions.count, 2);
    ck_assert_str_eq(versions.items[0].id, VERSION);
    ck_assert_str_eq(versions.items[1].id, NEWER);
    ck_assert_int_eq(versions.items[1].created_ms, INT64_C(1711363360000));
    ck_assert_ptr_nonnull(strstr(asked, "ListKeyVersions KeyId="));
    evc_alibaba_versions_reset(&versions);
}
END_TEST

static const char *const wrong[] = {
    PAGE("{\"KeyId\":\"a\"}", "1"),
    PAGE(ITEM("a b", "2024-03-25T10:42:40Z"), "1"),
    PAGE(ITEM("", "2024-03-25T10:42:40Z"), "1"),
};

START_TEST(what_is_no_version_is_refused)
{
    PLAY(REPLY(wrong[_i]));
    EVC_CHECK_CODE(list(), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(versions.count, 0);
    ck_assert_ptr_null(versions.items);
}
END_TEST

static evc_key_info *
describe(const char *metadata)
{
    evc_alibaba_metadata found;
    evc_key_info *info;
    evc_json_doc *doc;

    EVC_CHECK_OK(evc_json_parse(evc_view_text(metadata), "it", &doc, NULL));
    EVC_CHECK_OK(evc_alibaba_metadata_read(doc, &found, NULL));
    EVC_CHECK_OK(evc_key_info_new(evc_view_text(ARN), &info, NULL));
    EVC_CHECK_OK(evc_alibaba_versions_describe(&versions, &found, info, NULL));
    evc_alibaba_metadata_reset(&found);
    return info;
}

START_TEST(the_primary_version_is_the_current_one)
{
    evc_key_info *info;

    PLAY(REPLY(TWO));
    EVC_CHECK_OK(list());
    info = describe(METADATA_OF(ARN, KEY_ID, "Disabled", SYMMETRIC));
    ck_assert_uint_eq(info->count, 2);
    ck_assert_uint_eq(info->current, 0);
    ck_assert_int_eq(info->state, ENVCRYPT_KEY_DISABLED);
    ck_assert_int_eq(info->versions[1].state, ENVCRYPT_KEY_DISABLED);
    evc_key_info_free(info);
    evc_alibaba_versions_reset(&versions);
}
END_TEST

START_TEST(without_a_list_the_primary_version_is_told)
{
    evc_key_info *info;

    versions = (evc_alibaba_versions){.count = 0};
    info = describe(DESCRIBED);
    ck_assert_uint_eq(info->count, 1);
    ck_assert_str_eq(info->versions[0].id, VERSION);
    ck_assert_uint_eq(info->current, 0);
    evc_key_info_free(info);
}
END_TEST

START_TEST(without_a_primary_version_none_is_current)
{
    evc_key_info *info;

    PLAY(REPLY(TWO));
    EVC_CHECK_OK(list());
    info = describe(METADATA_OF(ARN, KEY_ID, "Enabled",
                                "\"KeySpec\":\"Aliyun_AES_256\","
                                "\"KeyUsage\":\"ENCRYPT/DECRYPT\""));
    ck_assert_uint_eq(info->current, SIZE_MAX);
    evc_key_info_free(info);
    evc_alibaba_versions_reset(&versions);
}
END_TEST

/* Pages of 100 until there is one too many. */
START_TEST(a_key_has_at_most_10000_versions)
{
    evc_buf page;

    for (int more = 0; more < 2; more++) {
        evc_buf_init(&page);
        evc_buf_put_text(&page, "{\"KeyVersions\":{\"KeyVersion\":[");
        for (int i = 0; i < 100; i++)
            evc_buf_put_text(&page, i ? "," ITEM("v", "") : ITEM("v", ""));
        evc_buf_put_format(&page, "]},\"TotalCount\":%d}", 10000 + more);
        evc_buf_put_u8(&page, 0);
        t.started = 0;
        t.steps[0] = (step)REPLY((const char *)page.data);
        t.step_count = 1;
        EVC_CHECK_CODE(list(), more ? ENVCRYPT_E_PROTOCOL : 0);
        ck_assert_uint_eq(versions.count, more ? 0 : 10000);
        asked[0] = 0;
        evc_alibaba_versions_reset(&versions);
        evc_buf_reset(&page);
    }
}
END_TEST

static int
list_once(void *user)
{
    int rc;

    (void)user;
    t.started = 0;
    rc = evc_alibaba_versions_list(alibaba_peer, ARN, &t.wait, &versions, NULL);
    evc_alibaba_versions_reset(&versions);
    return rc == ENVCRYPT_E_PROTOCOL ? ENVCRYPT_E_NOMEM : rc;
}

START_TEST(memory_may_run_out)
{
    PLAY(REPLY(TWO));
    ck_assert_uint_ge(evc_alloc_sweep(list_once, NULL), 6);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *loops = tcase_create("wrong versions");

    alibaba_add(suite, "versions",
                (const TTest *const[]){versions_are_listed_oldest_first,
                                       the_primary_version_is_the_current_one,
                                       without_a_list_the_primary_version_is_told,
                                       without_a_primary_version_none_is_current,
                                       a_key_has_at_most_10000_versions,
                                       memory_may_run_out, NULL});
    tcase_add_checked_fixture(loops, alibaba_set_up, alibaba_tear_down);
    tcase_add_loop_test(loops, what_is_no_version_is_refused, 0,
                        (int)(sizeof(wrong) / sizeof(wrong[0])));
    suite_add_tcase(suite, loops);
}

EVC_TEST_MAIN("alibaba_versions", add_tests)
