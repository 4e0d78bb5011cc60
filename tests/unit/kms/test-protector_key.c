/* SPDX-License-Identifier: Apache-2.0 */
#include "protector-fixture.h"

static evc_protectors *
file_list(char fill)
{
    evc_protectors *list = new_list();
    char text[EVC_PROTECTOR_KEY + 1] = {0};

    for (size_t i = 0; i < EVC_PROTECTOR_KEY; i++)
        text[i] = fill;
    evc_folder_put("key", text, 0600);
    EVC_CHECK_OK(evc_protectors_add_key_file(list, evc_folder_path("key"), NULL));
    return list;
}

START_TEST(raw_key_opens_after_a_way_through_the_file)
{
    evc_protectors *list = raw_list('k');

    EVC_CHECK_OK(make_protector(&evc_protector_raw_key, list));
    write_and_read(&evc_protector_raw_key);
    EVC_CHECK_OK(open_protector(&evc_protector_raw_key, list));
    evc_protectors_free(list);
}
END_TEST

START_TEST(key_file_opens_after_a_way_through_the_file)
{
    evc_protectors *list = file_list('k');

    EVC_CHECK_OK(make_protector(&evc_protector_key_file, list));
    write_and_read(&evc_protector_key_file);
    EVC_CHECK_OK(open_protector(&evc_protector_key_file, list));
    evc_protectors_free(list);
}
END_TEST

START_TEST(another_key_does_not_open)
{
    evc_protectors *list = raw_list('k');
    evc_protectors *other = raw_list('l');

    EVC_CHECK_OK(make_protector(&evc_protector_raw_key, list));
    EVC_CHECK_CODE(open_protector(&evc_protector_raw_key, other), EVC_NOT_AUTHENTIC);
    evc_protectors_free(other);
    evc_protectors_free(list);
}
END_TEST

START_TEST(wraps_under_a_new_salt)
{
    evc_protectors *list = raw_list('k');
    uint8_t old[EVC_PROTECTOR_SALT];

    EVC_CHECK_OK(make_protector(&evc_protector_raw_key, list));
    memcpy(old, protector.salt, sizeof(old));
    evc_protector_reset(&protector);
    EVC_CHECK_OK(make_protector(&evc_protector_raw_key, list));
    ck_assert_mem_ne(old, protector.salt, sizeof(old));
    evc_protectors_free(list);
}
END_TEST

START_TEST(both_prove_the_origin)
{
    ck_assert(evc_protector_raw_key.proves_origin);
    ck_assert(evc_protector_key_file.proves_origin);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        raw_key_opens_after_a_way_through_the_file,
        key_file_opens_after_a_way_through_the_file,
        another_key_does_not_open,
        wraps_under_a_new_salt,
        both_prove_the_origin,
        NULL,
    };

    protector_add(suite, "protector_key", tests);
}

EVC_TEST_MAIN("protector_key", add_tests)
