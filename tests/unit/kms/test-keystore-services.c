/* SPDX-License-Identifier: Apache-2.0 */
/* Key stores that keys of key services protect: opening, rotation and forgery. */
#include "fake-service.h"
#include "keystore-fixture.h"
#include "kms/keystore_check.h"
#include "kms/store_protect.h"

static fake_service one;
static fake_service two;
static evc_protectors *first;  /* the key of the one */
static evc_protectors *second; /* and of the other */
static evc_protectors *both;

#define ABLE (FAKE_BOTH | ENVCRYPT_OP_REWRAP)

static void
begin(void)
{
    open_keystore_fixture();
    one = (fake_service){0};
    two = (fake_service){0};
    first = new_list();
    second = new_list();
    both = new_list();
    fake_add(first, &one, "one", ABLE);
    fake_add(second, &two, "two", FAKE_BOTH);
    fake_add(both, &one, "one", ABLE);
    fake_add(both, &two, "two", FAKE_BOTH);
    EVC_CHECK_OK(evc_keystore_protect(store, both, NULL, NULL));
    EVC_CHECK_OK(add_key("k"));
}

static void
end(void)
{
    evc_protectors_free(both);
    evc_protectors_free(second);
    evc_protectors_free(first);
    close_keystore_fixture();
}

START_TEST(either_service_opens_while_the_other_is_down)
{
    EVC_CHECK_OK(try_open(first));
    EVC_CHECK_OK(try_open(second));
    one.code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_OK(try_open(both));
    EVC_CHECK_CODE(try_open(first), ENVCRYPT_E_SERVICE_DOWN);
}
END_TEST

START_TEST(an_open_store_works_on_without_the_service)
{
    evc_keystore *opened;
    int calls;

    EVC_CHECK_OK(open_again(first, NULL, &opened));
    calls = one.calls;
    one.code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_OK(evc_keystore_rotate(opened, "k", NULL, NULL, NULL));
    EVC_CHECK_OK(evc_keystore_add_key(opened, "l", ENVCRYPT_KIND_WRAP, NULL, NULL));
    ck_assert_int_eq(one.calls, calls);
    evc_keystore_close(opened);
}
END_TEST

START_TEST(a_key_service_proves_no_origin)
{
    evc_keystore *opened;

    EVC_CHECK_OK(open_again(first, NULL, &opened));
    ck_assert(!opened->authenticated);
    evc_keystore_close(opened);
    EVC_CHECK_OK(open_again(first, store->fingerprint, &opened));
    ck_assert(opened->authenticated);
    evc_keystore_close(opened);
}
END_TEST

/* Whoever may encrypt under the key makes a whole store that it opens. */
START_TEST(a_forged_store_is_refused_when_it_is_pinned)
{
    evc_store_keys keys;
    evc_store_data *data;
    evc_keystore *opened;

    EVC_CHECK_OK(evc_store_data_new(store->data->id, "store", store->data->created_ms,
                                    &data, NULL));
    EVC_CHECK_OK(evc_store_keys_generate(crypto, data->id, &keys, NULL));
    EVC_CHECK_OK(evc_store_add_protectors(&keys, data, first, NULL, NULL));
    EVC_CHECK_OK(evc_store_save(&keys, data, store_path(), false, NULL));
    evc_store_keys_reset(&keys);
    evc_store_data_unref(data);
    EVC_CHECK_OK(open_again(first, NULL, &opened));
    ck_assert(!opened->authenticated);
    evc_keystore_close(opened);
    EVC_CHECK_CODE(open_again(first, store->fingerprint, &opened),
                   ENVCRYPT_E_STORE_FINGERPRINT);
}
END_TEST

/* --- rewrap --- */

START_TEST(rewrap_keeps_the_store_key_and_is_done_by_the_service)
{
    char fingerprint[EVC_STORE_FINGERPRINT_TEXT];
    size_t count = 0;

    memcpy(fingerprint, store->fingerprint, sizeof(fingerprint));
    EVC_CHECK_OK(evc_keystore_rewrap(store, store->data->protectors[1].id_text, first,
                                     NULL, &count, NULL));
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(one.last, ENVCRYPT_OP_UNWRAP); /* it is proven, after the rewrap */
    ck_assert_str_eq(store->fingerprint, fingerprint);
    EVC_CHECK_OK(try_open(first));
    EVC_CHECK_OK(try_open(second));
}
END_TEST

START_TEST(rewrap_of_all_takes_those_whose_keys_were_presented)
{
    size_t count = 0;
    int calls = two.calls;

    EVC_CHECK_OK(evc_keystore_rewrap(store, "", first, NULL, &count, NULL));
    ck_assert_uint_eq(count, 1);
    ck_assert_int_eq(two.calls, calls);
    EVC_CHECK_OK(evc_keystore_rewrap(store, "", both, NULL, &count, NULL));
    ck_assert_uint_eq(count, 2);
    EVC_CHECK_CODE(evc_keystore_rewrap(store, "", raw, NULL, &count, NULL),
                   ENVCRYPT_E_STORE_PROTECTOR);
}
END_TEST

START_TEST(rewrap_of_a_named_one_needs_its_key)
{
    EVC_CHECK_CODE(evc_keystore_rewrap(store, store->data->protectors[1].id_text,
                                       second, NULL, NULL, NULL),
                   ENVCRYPT_E_STORE_PROTECTOR);
    EVC_CHECK_CODE(
        evc_keystore_rewrap(store, "0000000000000000", both, NULL, NULL, NULL),
        ENVCRYPT_E_KEY_NOT_FOUND);
    EVC_CHECK_CODE(evc_keystore_rewrap(store, store->data->protectors[0].id_text, both,
                                       NULL, NULL, NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_rewrap_that_fails_or_lies_leaves_the_file)
{
    evc_buf before = {0};
    evc_buf after = {0};

    read_store_file(&before);
    two.code = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(evc_keystore_rewrap(store, "", both, NULL, NULL, NULL),
                   ENVCRYPT_E_DENIED);
    one.spoil = 1;
    EVC_CHECK_CODE(evc_keystore_rewrap(store, "", first, NULL, NULL, NULL),
                   ENVCRYPT_E_BAD_DEK);
    read_store_file(&after);
    ck_assert(evc_view_equal(evc_buf_view(&before), evc_buf_view(&after)));
    evc_buf_reset(&before);
    evc_buf_reset(&after);
}
END_TEST

/* design 6.1: a re-key needs one wrap of a key service, and no unwrap. */
START_TEST(a_rekey_wraps_once_for_each_key_service)
{
    evc_keystore_unprotect_args args = {.drop = "", .present = both};

    add_raw(both, 'r');
    one.calls = 0;
    two.calls = 0;
    EVC_CHECK_OK(evc_keystore_unprotect(store, &args, NULL, NULL));
    ck_assert_int_eq(one.calls, 1);
    ck_assert_int_eq(one.last, ENVCRYPT_OP_WRAP);
    ck_assert_int_eq(two.calls, 1);
    EVC_CHECK_OK(try_open(first));
    EVC_CHECK_OK(try_open(second));
}
END_TEST

START_TEST(a_rekey_needs_the_keys_of_services_that_stay)
{
    evc_keystore_unprotect_args args = {.drop = "", .present = first};

    add_raw(first, 'r');
    EVC_CHECK_CODE(evc_keystore_unprotect(store, &args, NULL, NULL),
                   ENVCRYPT_E_STORE_PROTECTOR);
    args.drop = store->data->protectors[2].id_text;
    EVC_CHECK_OK(evc_keystore_unprotect(store, &args, NULL, NULL));
    EVC_CHECK_CODE(try_open(second), ENVCRYPT_E_STORE_LOCKED);
}
END_TEST

/* Exchange of the cloud's key: protect by the new one, drop the old one. */
START_TEST(a_key_is_exchanged_for_another)
{
    evc_protectors *next = new_list();
    evc_keystore_unprotect_args args = {.present = both};

    fake_add(next, &two, "three", FAKE_BOTH);
    EVC_CHECK_OK(evc_keystore_protect(store, next, NULL, NULL));
    args.drop = store->data->protectors[1].id_text;
    add_raw(both, 'r');
    fake_add(both, &two, "three", FAKE_BOTH);
    EVC_CHECK_OK(evc_keystore_unprotect(store, &args, NULL, NULL));
    EVC_CHECK_OK(try_open(next));
    EVC_CHECK_CODE(try_open(first), ENVCRYPT_E_STORE_LOCKED);
    evc_protectors_free(next);
}
END_TEST

START_TEST(a_check_tells_why_a_service_did_not_unwrap)
{
    evc_keystore_report *report;

    one.code = ENVCRYPT_E_DENIED;
    EVC_CHECK_OK(
        evc_keystore_check(crypto, store_path(), both, NULL, NULL, &report, NULL));
    ck_assert(!report->opens[1]);
    ck_assert_ptr_nonnull(report->reasons[1]);
    ck_assert(report->opens[2]);
    ck_assert_ptr_null(report->reasons[2]);
    ck_assert_uint_eq(report->good, 1);
    evc_keystore_report_free(report);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        either_service_opens_while_the_other_is_down,
        an_open_store_works_on_without_the_service,
        a_key_service_proves_no_origin,
        a_forged_store_is_refused_when_it_is_pinned,
        rewrap_keeps_the_store_key_and_is_done_by_the_service,
        rewrap_of_all_takes_those_whose_keys_were_presented,
        rewrap_of_a_named_one_needs_its_key,
        a_rewrap_that_fails_or_lies_leaves_the_file,
        a_rekey_wraps_once_for_each_key_service,
        a_rekey_needs_the_keys_of_services_that_stay,
        a_key_is_exchanged_for_another,
        a_check_tells_why_a_service_did_not_unwrap,
        NULL,
    };
    TCase *tcase = tcase_create("keystore-services");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("keystore-services", add_tests)
