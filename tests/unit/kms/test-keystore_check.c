/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/keystore_check.h"

#include "keystore-fixture.h"

static evc_keystore_report *report;

static int
check(const evc_protectors *presented, const char *fingerprint)
{
    evc_keystore_report_free(report);
    return evc_keystore_check(crypto, store_path(), presented, fingerprint, NULL,
                              &report, NULL);
}

static void
begin(void)
{
    open_keystore_fixture();
    EVC_CHECK_OK(add_key("k"));
    EVC_CHECK_OK(rotate("k"));
}

static void
end(void)
{
    evc_keystore_report_free(report);
    report = NULL;
    close_keystore_fixture();
}

START_TEST(tells_which_protectors_open)
{
    evc_protectors *list = passphrase_list(PASSPHRASE);

    EVC_CHECK_OK(evc_keystore_protect(store, list, NULL, NULL));
    EVC_CHECK_OK(check(raw, NULL));
    ck_assert_uint_eq(report->data->protector_count, 2);
    ck_assert(report->opens[0]);
    ck_assert(!report->opens[1]);
    add_raw(list, 'r');
    EVC_CHECK_OK(check(list, NULL));
    ck_assert(report->opens[0]);
    ck_assert(report->opens[1]);
    evc_protectors_free(list);
}
END_TEST

START_TEST(counts_versions_that_are_not_destroyed)
{
    EVC_CHECK_OK(check(raw, NULL));
    ck_assert_uint_eq(report->good, 2);
    ck_assert_uint_eq(report->broken, 0);
    EVC_CHECK_OK(evc_keystore_destroy_version(store, "k", 1, "k/1", NULL, NULL));
    EVC_CHECK_OK(check(raw, NULL));
    ck_assert_uint_eq(report->good, 1);
}
END_TEST

/* Somebody with the store key wrote a file that is whole, but one version is not. */
START_TEST(counts_versions_that_do_not_unwrap)
{
    evc_store_data *data;

    EVC_CHECK_OK(evc_store_load(store->access, store->data, &data, NULL));
    data->keys[0].versions[1].wrapped[0] ^= 1;
    EVC_CHECK_OK(evc_store_save(&store->access->keys, data, store_path(), false, NULL));
    evc_store_data_unref(data);
    EVC_CHECK_OK(check(raw, NULL));
    ck_assert_uint_eq(report->good, 1);
    ck_assert_uint_eq(report->broken, 1);
}
END_TEST

START_TEST(when_nothing_opens_no_version_is_tried)
{
    evc_protectors *other = raw_list('x');

    EVC_CHECK_OK(check(other, NULL));
    ck_assert(!report->opens[0]);
    ck_assert_uint_eq(report->good, 0);
    ck_assert_uint_eq(report->broken, 0);
    evc_protectors_free(other);
}
END_TEST

START_TEST(says_that_the_file_was_changed)
{
    change_store_file("\"enabled\",", "\"disabled\"");
    EVC_CHECK_CODE(check(raw, NULL), ENVCRYPT_E_STORE_FORMAT);
    change_store_file("\"name\": \"k\"", "\"name\": \"l\"");
}
END_TEST

START_TEST(says_that_the_mac_does_not_hold)
{
    change_store_file("\"name\": \"k\"", "\"name\": \"l\"");
    EVC_CHECK_CODE(check(raw, NULL), ENVCRYPT_E_STORE_MAC);
}
END_TEST

START_TEST(a_pinned_store_must_have_the_fingerprint)
{
    EVC_CHECK_OK(check(raw, store->fingerprint));
    EVC_CHECK_CODE(check(raw, "00112233445566778899aabbccddeeff"),
                   ENVCRYPT_E_STORE_FINGERPRINT);
    EVC_CHECK_CODE(check(raw, "x"), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        tells_which_protectors_open,
        counts_versions_that_are_not_destroyed,
        counts_versions_that_do_not_unwrap,
        when_nothing_opens_no_version_is_tried,
        says_that_the_file_was_changed,
        says_that_the_mac_does_not_hold,
        a_pinned_store_must_have_the_fingerprint,
        NULL,
    };
    TCase *tcase = tcase_create("keystore_check");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("keystore_check", add_tests)
