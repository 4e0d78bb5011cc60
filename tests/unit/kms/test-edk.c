/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/edk.h"

#include "evc-alloc.h"
#include "evc-check.h"

static evc_view
text(const char *s)
{
    return evc_view_text(s);
}

static const uint8_t iv[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};

static evc_edk_facts
describe(evc_view provider, evc_view info, evc_view ciphertext)
{
    evc_edk edk = {provider, info, ciphertext};
    evc_edk_facts facts;

    evc_edk_describe(&edk, &facts);
    return facts;
}

START_TEST(writes_three_fields_with_lengths)
{
    evc_edk edk = {text("p"), text(""), text("xyz")};
    evc_buf out;

    evc_buf_init(&out);
    evc_edk_write(&edk, &out);
    ck_assert_uint_eq(out.size, 10);
    ck_assert_mem_eq(out.data, "\0\1p\0\0\0\3xyz", 10);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(reads_one_after_the_other)
{
    evc_cursor c = evc_cursor_of("\0\1p\0\1i\0\1c\0\0\0\0\0\0", 15);
    evc_edk edk;

    ck_assert(evc_edk_read(&c, &edk));
    ck_assert(evc_view_is_text(edk.provider, "p"));
    ck_assert(evc_view_is_text(edk.info, "i"));
    ck_assert(evc_view_is_text(edk.ciphertext, "c"));
    ck_assert(evc_edk_read(&c, &edk));
    ck_assert_uint_eq(edk.ciphertext.size, 0);
    ck_assert(evc_cursor_done(&c));
}
END_TEST

START_TEST(reads_no_truncated_one)
{
    for (size_t size = 0; size < 9; size++) {
        evc_cursor c = evc_cursor_of("\0\1p\0\1i\0\1c", size);
        evc_edk edk;

        ck_assert(!evc_edk_read(&c, &edk));
    }
}
END_TEST

START_TEST(a_field_past_65535_bytes_is_not_written)
{
    static uint8_t bytes[65536];
    evc_edk edk = {text("p"), text("i"), evc_view_of(bytes, sizeof(bytes))};
    evc_buf out;

    evc_buf_init(&out);
    evc_edk_write(&edk, &out);
    EVC_CHECK_CODE(evc_buf_check(&out, NULL), ENVCRYPT_E_INTERNAL);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(an_owned_one_that_failed_is_told)
{
    evc_edk_out out;

    evc_edk_out_init(&out);
    EVC_CHECK_OK(evc_edk_out_check(&out, NULL));
    out.info.failed = true;
    EVC_CHECK_CODE(evc_edk_out_check(&out, NULL), ENVCRYPT_E_NOMEM);
    evc_edk_out_reset(&out);
}
END_TEST

START_TEST(reserved_room_is_one_allocation_for_all_fields)
{
    evc_edk_out out;
    size_t count;

    evc_edk_out_init(&out);
    evc_alloc_fail(EVC_ALLOC_NONE, false);
    evc_edk_out_reserve(&out, 1, 2, 3);
    evc_buf_put_text(&out.provider, "p");
    evc_buf_put_text(&out.info, "in");
    evc_buf_put_text(&out.ciphertext, "abc");
    count = evc_alloc_stop();
    ck_assert_uint_eq(count, 1);
    EVC_CHECK_OK(evc_edk_out_check(&out, NULL));
    evc_edk_out_reset(&out);
}
END_TEST

START_TEST(fields_that_outgrow_reserved_room_stay_whole)
{
    evc_edk_out out;
    evc_edk view;

    evc_edk_out_init(&out);
    evc_edk_out_reserve(&out, 1, 1, 1);
    evc_buf_put_text(&out.provider, "provider");
    evc_buf_put_text(&out.info, "i");
    evc_buf_put_text(&out.ciphertext, "ciphertext");
    view = evc_edk_view(&out);
    ck_assert(evc_view_is_text(view.provider, "provider"));
    ck_assert(evc_view_is_text(view.info, "i"));
    ck_assert(evc_view_is_text(view.ciphertext, "ciphertext"));
    evc_edk_out_reset(&out);
}
END_TEST

START_TEST(reserved_providers_are_prefixes)
{
    ck_assert(evc_edk_is_reserved_provider(text("aws-kms")));
    ck_assert(evc_edk_is_reserved_provider(text("aws-kms-hierarchy")));
    ck_assert(evc_edk_is_reserved_provider(text("aws-kmsx")));
    ck_assert(evc_edk_is_reserved_provider(text("envcrypt-")));
    ck_assert(evc_edk_is_reserved_provider(text("envcrypt-ibm-kp")));
}
END_TEST

START_TEST(other_providers_are_free)
{
    ck_assert(!evc_edk_is_reserved_provider(text("aws-km")));
    ck_assert(!evc_edk_is_reserved_provider(text("my-aws-kms")));
    ck_assert(!evc_edk_is_reserved_provider(text("envcrypt")));
    ck_assert(!evc_edk_is_reserved_provider(text("")));
}
END_TEST

START_TEST(raw_aes_info_is_name_lengths_iv)
{
    evc_buf out;
    evc_view name;
    evc_view got;

    evc_buf_init(&out);
    evc_edk_raw_aes_info(&out, text("key"), iv);
    ck_assert_uint_eq(out.size, 3 + EVC_EDK_RAW_AES_TAIL);
    ck_assert_mem_eq(out.data, "key\0\0\0\200\0\0\0\14\1\2\3", 14);
    ck_assert(evc_edk_raw_aes_parse(evc_buf_view(&out), &name, &got));
    ck_assert(evc_view_is_text(name, "key"));
    ck_assert(evc_view_equal(got, evc_view_of(iv, 12)));
    evc_buf_reset(&out);
}
END_TEST

START_TEST(raw_aes_info_with_other_lengths_is_refused)
{
    evc_buf out;
    evc_view name;
    evc_view got;

    evc_buf_init(&out);
    evc_edk_raw_aes_info(&out, text("key"), iv);
    out.data[6] = 96;
    ck_assert(!evc_edk_raw_aes_parse(evc_buf_view(&out), &name, &got));
    out.data[6] = 128;
    out.data[10] = 16;
    ck_assert(!evc_edk_raw_aes_parse(evc_buf_view(&out), &name, &got));
    ck_assert(!evc_edk_raw_aes_parse(evc_view_of(out.data, 19), &name, &got));
    evc_buf_reset(&out);
}
END_TEST

START_TEST(service_info_is_as_designed)
{
    static const uint8_t expected[] = {1, 0, 2, 'i', 'd', 0, 1, '7', 2,
                                       0, 0, 0, 0,   1,   2, 3, 4};
    evc_edk_service in = {text("id"), text("7"), EVC_FORM_HASH, 0x01020304};
    evc_edk_service back;
    evc_buf out;

    evc_buf_init(&out);
    evc_edk_service_info(&out, &in);
    ck_assert_uint_eq(out.size, sizeof(expected));
    ck_assert_mem_eq(out.data, expected, sizeof(expected));
    ck_assert(evc_edk_service_parse(evc_buf_view(&out), &back));
    ck_assert(evc_view_is_text(back.key_id, "id"));
    ck_assert(evc_view_is_text(back.key_version, "7"));
    ck_assert_int_eq(back.form, EVC_FORM_HASH);
    ck_assert_uint_eq(back.wrapped_s, 0x01020304);
    evc_buf_reset(&out);
}
END_TEST

static bool
parses(const char *info, size_t size)
{
    evc_edk_service out;

    return evc_edk_service_parse(evc_view_of(info, size), &out);
}

#define TIME8 "\0\0\0\0\0\0\0\0"

START_TEST(service_info_of_another_version_is_refused)
{
    ck_assert(parses("\1\0\1k\0\1v\0" TIME8, 16));
    ck_assert(!parses("\2\0\1k\0\1v\0" TIME8, 16));
    ck_assert(!parses("\0\0\1k\0\1v\0" TIME8, 16));
}
END_TEST

START_TEST(service_info_with_an_unknown_form_is_refused)
{
    ck_assert(parses("\1\0\1k\0\1v\2" TIME8, 16));
    ck_assert(!parses("\1\0\1k\0\1v\3" TIME8, 16));
}
END_TEST

START_TEST(service_info_of_another_length_is_refused)
{
    ck_assert(!parses("\1\0\1k\0\1v\0" TIME8 "x", 17));
    for (size_t size = 0; size < 16; size++)
        ck_assert(!parses("\1\0\1k\0\1v\0" TIME8, size));
}
END_TEST

START_TEST(service_info_with_bytes_that_are_no_text_is_refused)
{
    ck_assert(!parses("\1\0\1\xff\0\1v\0" TIME8, 16));
    ck_assert(!parses("\1\0\1\0\0\1v\0" TIME8, 16));
    ck_assert(!parses("\1\0\1k\0\1\xff\0" TIME8, 16));
    ck_assert(!parses("\1\0\1k\0\1\0\0" TIME8, 16));
}
END_TEST

START_TEST(service_key_version_is_at_most_255_bytes)
{
    static char version[EVC_EDK_VERSION_MAX + 1];
    evc_edk_service in = {text("id"), evc_view_of(version, 255), EVC_FORM_NONE, 0};
    evc_edk_service back;
    evc_buf out;

    memset(version, 'v', sizeof(version));
    evc_buf_init(&out);
    evc_edk_service_info(&out, &in);
    ck_assert(evc_edk_service_parse(evc_buf_view(&out), &back));
    evc_buf_clear(&out);
    in.key_version.size++;
    evc_edk_service_info(&out, &in);
    ck_assert(!evc_edk_service_parse(evc_buf_view(&out), &back));
    evc_buf_reset(&out);
}
END_TEST

START_TEST(service_times_that_do_not_fit_are_unknown)
{
    evc_edk_service info = {.wrapped_s = 0};

    ck_assert_int_eq(evc_edk_service_wrapped_ms(&info), -1);
    info.wrapped_s = 5;
    ck_assert_int_eq(evc_edk_service_wrapped_ms(&info), 5000);
    info.wrapped_s = INT64_MAX / 1000;
    ck_assert_int_eq(evc_edk_service_wrapped_ms(&info), INT64_MAX / 1000 * 1000);
    info.wrapped_s++;
    ck_assert_int_eq(evc_edk_service_wrapped_ms(&info), -1);
}
END_TEST

START_TEST(hierarchy_parts_are_in_their_places)
{
    uint8_t bytes[61];
    evc_edk_hierarchy parts;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)i;
    ck_assert(evc_edk_hierarchy_parse(evc_view_of(bytes, 61), &parts));
    ck_assert_ptr_eq(parts.salt.data, &bytes[0]);
    ck_assert_ptr_eq(parts.iv.data, &bytes[16]);
    ck_assert_ptr_eq(parts.version.data, &bytes[28]);
    ck_assert_ptr_eq(parts.wrapped.data, &bytes[44]);
    ck_assert_uint_eq(parts.wrapped.size, 1);
    ck_assert_ptr_eq(parts.tag.data, &bytes[45]);
    ck_assert_uint_eq(parts.tag.size, 16);
}
END_TEST

START_TEST(hierarchy_without_a_key_is_refused)
{
    uint8_t bytes[60] = {0};
    evc_edk_hierarchy parts;

    ck_assert(!evc_edk_hierarchy_parse(evc_view_of(bytes, 60), &parts));
    ck_assert(!evc_edk_hierarchy_parse(evc_view_of(bytes, 0), &parts));
}
END_TEST

START_TEST(describes_an_aws_key_by_its_arn_alone)
{
    evc_edk_facts facts =
        describe(text("aws-kms"), evc_view_of("\1\0\1k\0\1v\0" TIME8, 16), text("c"));

    ck_assert_uint_eq(facts.key_id.size, 16);
    ck_assert_str_eq(facts.key_version, "");
    ck_assert_int_eq(facts.wrapped_ms, -1);
}
END_TEST

START_TEST(describes_a_service_by_its_info)
{
    evc_edk_facts facts = describe(
        text("acme"), evc_view_of("\1\0\1k\0\1v\0\0\0\0\0\0\0\0\2", 16), text("c"));

    ck_assert(evc_view_is_text(facts.key_id, "k"));
    ck_assert_str_eq(facts.key_version, "v");
    ck_assert_int_eq(facts.wrapped_ms, 2000);
}
END_TEST

START_TEST(describes_a_raw_aes_key_by_its_name)
{
    evc_edk_facts facts;
    evc_buf info;

    evc_buf_init(&info);
    evc_edk_raw_aes_info(&info, text("app/3"), iv);
    facts = describe(text("store"), evc_buf_view(&info), text("c"));
    ck_assert(evc_view_is_text(facts.key_id, "app/3"));
    ck_assert_str_eq(facts.key_version, "");
    evc_buf_reset(&info);
}
END_TEST

START_TEST(describes_any_other_key_by_its_info)
{
    evc_edk_facts facts = describe(text("ns"), text("rsa-1"), text("c"));

    ck_assert(evc_view_is_text(facts.key_id, "rsa-1"));
    ck_assert_str_eq(facts.key_version, "");
    ck_assert_int_eq(facts.wrapped_ms, -1);
}
END_TEST

START_TEST(describes_a_branch_key_with_its_version)
{
    uint8_t bytes[61] = {0};
    evc_edk_facts facts;

    bytes[28] = 0xab;
    facts = describe(text("aws-kms-hierarchy"), text("branch"), evc_view_of(bytes, 61));
    ck_assert(evc_view_is_text(facts.key_id, "branch"));
    ck_assert_str_eq(facts.key_version, "ab000000-0000-0000-0000-000000000000");
}
END_TEST

START_TEST(describes_a_broken_branch_key_without_version)
{
    evc_edk_facts facts =
        describe(text("aws-kms-hierarchy"), text("branch"), text("short"));

    ck_assert(evc_view_is_text(facts.key_id, "branch"));
    ck_assert_str_eq(facts.key_version, "");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const fields[] = {writes_three_fields_with_lengths,
                                   reads_one_after_the_other,
                                   reads_no_truncated_one,
                                   a_field_past_65535_bytes_is_not_written,
                                   an_owned_one_that_failed_is_told,
                                   reserved_room_is_one_allocation_for_all_fields,
                                   fields_that_outgrow_reserved_room_stay_whole,
                                   reserved_providers_are_prefixes,
                                   other_providers_are_free,
                                   NULL};
    const TTest *const layouts[] = {raw_aes_info_is_name_lengths_iv,
                                    raw_aes_info_with_other_lengths_is_refused,
                                    service_info_is_as_designed,
                                    service_info_of_another_version_is_refused,
                                    service_info_with_an_unknown_form_is_refused,
                                    service_info_of_another_length_is_refused,
                                    service_info_with_bytes_that_are_no_text_is_refused,
                                    service_key_version_is_at_most_255_bytes,
                                    service_times_that_do_not_fit_are_unknown,
                                    hierarchy_parts_are_in_their_places,
                                    hierarchy_without_a_key_is_refused,
                                    NULL};
    const TTest *const facts[] = {describes_an_aws_key_by_its_arn_alone,
                                  describes_a_service_by_its_info,
                                  describes_a_raw_aes_key_by_its_name,
                                  describes_any_other_key_by_its_info,
                                  describes_a_branch_key_with_its_version,
                                  describes_a_broken_branch_key_without_version,
                                  NULL};

    evc_check_add(suite, "fields", fields);
    evc_check_add(suite, "layouts", layouts);
    evc_check_add(suite, "facts", facts);
}

EVC_TEST_MAIN("edk", add_tests)
