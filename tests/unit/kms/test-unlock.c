/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/unlock.h"

#include "fake-service.h"
#include "kms/store_protect.h"
#include "store-fixture.h"

static const uint8_t store_id[EVC_STORE_ID] = {1, 2, 3};
static const char covered[] = "what the MAC covers";
static evc_store_data *data;
static evc_store_keys keys;
static evc_store_keys found;
static evc_store_text text;
static evc_protectors *raw;
static evc_protectors *other;
static evc_wait wait;

static void
begin(void)
{
    open_fixture();
    raw = raw_list('r');
    other = raw_list('o');
    evc_wait_init(&wait, NULL, -1);
    EVC_CHECK_OK(evc_store_data_new(store_id, "store", 0, &data, NULL));
    EVC_CHECK_OK(evc_store_keys_generate(crypto, store_id, &keys, NULL));
    text.path = "the-file";
    text.covered = evc_view_text(covered);
    EVC_CHECK_OK(evc_store_keys_mac(&keys, text.covered, text.mac, NULL));
}

static void
end(void)
{
    evc_store_keys_reset(&found);
    evc_store_keys_reset(&keys);
    evc_store_data_unref(data);
    evc_protectors_free(other);
    evc_protectors_free(raw);
    evc_wait_release(&wait);
    close_fixture();
}

static void
protect_by(const evc_protectors *list)
{
    EVC_CHECK_OK(evc_store_add_protectors(&keys, data, list, NULL, NULL));
}

/* The index of the protector that opens, or the error. */
static int
unlock_type(const evc_protectors *presented, int32_t type)
{
    size_t at = 0;
    int rc = evc_unlock(crypto, &text, data, presented, type, &wait, &found, &at, NULL);

    if (rc)
        ck_assert_ptr_null(found.secret.bytes);
    else
        ck_assert_mem_eq(found.fingerprint, keys.fingerprint, sizeof(keys.fingerprint));
    return rc ? rc : (int)at;
}

static int
unlock(const evc_protectors *presented)
{
    return unlock_type(presented, 0);
}

START_TEST(opens_by_the_protector_that_fits)
{
    protect_by(other);
    protect_by(raw);
    EVC_CHECK_CODE(unlock(raw), 1);
}
END_TEST

START_TEST(tries_everything_that_is_presented)
{
    protect_by(raw);
    add_raw(other, 'r');
    EVC_CHECK_OK(unlock(other));
}
END_TEST

START_TEST(says_that_nothing_opens)
{
    protect_by(raw);
    EVC_CHECK_CODE(unlock(other), ENVCRYPT_E_STORE_LOCKED);
}
END_TEST

START_TEST(a_secret_of_another_type_does_not_open)
{
    evc_protectors *list = passphrase_list("rrrrrrrrrrrrrrrrrrrrrrrrrrrrrrrr");

    protect_by(raw);
    EVC_CHECK_CODE(unlock(list), ENVCRYPT_E_STORE_LOCKED);
    evc_protectors_free(list);
}
END_TEST

START_TEST(says_that_the_store_was_changed)
{
    protect_by(raw);
    text.mac[0] ^= 1;
    EVC_CHECK_CODE(unlock(raw), ENVCRYPT_E_STORE_MAC);
}
END_TEST

START_TEST(a_protector_of_another_store_key_does_not_hinder)
{
    evc_store_keys strange;

    EVC_CHECK_OK(evc_store_keys_generate(crypto, store_id, &strange, NULL));
    EVC_CHECK_OK(evc_store_add_protectors(&strange, data, raw, NULL, NULL));
    evc_store_keys_reset(&strange);
    EVC_CHECK_CODE(unlock(raw), ENVCRYPT_E_STORE_MAC);
    protect_by(raw);
    EVC_CHECK_CODE(unlock(raw), 1);
}
END_TEST

START_TEST(a_secret_comes_before_a_recovery_key)
{
    evc_protectors *all = passphrase_list(PASSPHRASE);
    evc_protectors *halves = new_list();

    add_rsa_public(halves);
    protect_by(halves);
    protect_by(all);
    add_rsa_private(all);
    EVC_CHECK_CODE(unlock(all), 1);
    evc_store_keys_reset(&found);
    EVC_CHECK_OK(unlock_type(all, ENVCRYPT_PROTECTOR_RSA));
    evc_protectors_free(halves);
    evc_protectors_free(all);
}
END_TEST

START_TEST(only_the_wanted_type_is_tried)
{
    protect_by(raw);
    EVC_CHECK_CODE(unlock_type(raw, ENVCRYPT_PROTECTOR_RSA), ENVCRYPT_E_STORE_LOCKED);
}
END_TEST

START_TEST(a_canceled_wait_stops_after_a_slow_try)
{
    evc_protectors *right = passphrase_list(PASSPHRASE);
    evc_protectors *wrong = passphrase_list("wrong");

    protect_by(right);
    EVC_CHECK_OK(evc_protectors_add_passphrase(wrong, evc_view_text(PASSPHRASE), NULL));
    evc_wait_cancel(&wait);
    EVC_CHECK_CODE(unlock(wrong), ENVCRYPT_E_CANCELED);
    EVC_CHECK_OK(unlock(right));
    evc_protectors_free(wrong);
    evc_protectors_free(right);
}
END_TEST

START_TEST(tells_what_opened)
{
    evc_protector_scope scope = {.crypto = crypto, .store_id = store_id};
    const evc_presented *with = NULL;
    evc_secret s;

    protect_by(raw);
    add_raw(other, 'r');
    EVC_CHECK_OK(
        evc_unlock_protector(&scope, data->protectors, other, &s, &with, NULL));
    ck_assert_ptr_eq(with, &other->items[1]);
    evc_secret_free(&s);
}
END_TEST

/* --- key services --- */

static fake_service first;
static fake_service second;

/* Two key services protect; the list has the keys of both. */
static evc_protectors *
protect_by_two(void)
{
    evc_protectors *both = new_list();

    first = (fake_service){0};
    second = (fake_service){0};
    fake_add(both, &first, "one", FAKE_BOTH);
    fake_add(both, &second, "two", FAKE_BOTH);
    protect_by(both);
    return both;
}

START_TEST(either_of_two_key_services_opens_while_the_other_is_down)
{
    evc_protectors *both = protect_by_two();

    first.code = ENVCRYPT_E_SERVICE_DOWN;
    EVC_CHECK_CODE(unlock(both), 1);
    evc_store_keys_reset(&found);
    first.code = 0;
    second.code = ENVCRYPT_E_NET_CONNECT;
    EVC_CHECK_CODE(unlock(both), 0);
    evc_protectors_free(both);
}
END_TEST

START_TEST(a_key_service_that_times_out_does_not_hinder_the_other)
{
    evc_protectors *both = protect_by_two();

    first.code = ENVCRYPT_E_TIMEOUT;
    EVC_CHECK_CODE(unlock(both), 1);
    evc_protectors_free(both);
}
END_TEST

START_TEST(when_all_are_down_the_first_says_why)
{
    evc_protectors *both = protect_by_two();
    evc_error *err = NULL;
    size_t at;

    first.code = ENVCRYPT_E_SERVICE_DOWN;
    second.code = ENVCRYPT_E_DENIED;
    EVC_CHECK_CODE(evc_unlock(crypto, &text, data, both, 0, &wait, &found, &at, &err),
                   ENVCRYPT_E_SERVICE_DOWN);
    ck_assert_ptr_nonnull(strstr(envcrypt_error_message(err), "the-file"));
    ck_assert_str_eq(envcrypt_error_provider_code(envcrypt_error_cause(err)),
                     "FakeFailure");
    envcrypt_error_free(err);
    EVC_CHECK_CODE(unlock(both), ENVCRYPT_E_SERVICE_DOWN);
    evc_protectors_free(both);
}
END_TEST

START_TEST(a_canceled_wait_asks_no_other_key_service)
{
    evc_protectors *both = protect_by_two();

    first.code = ENVCRYPT_E_CANCELED;
    second.calls = 0;
    EVC_CHECK_CODE(unlock(both), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(second.calls, 0);
    evc_protectors_free(both);
}
END_TEST

START_TEST(a_secret_is_tried_before_a_key_service)
{
    evc_protectors *both = protect_by_two();

    protect_by(raw);
    add_raw(both, 'r');
    first.calls = 0;
    second.calls = 0;
    EVC_CHECK_CODE(unlock(both), 2);
    ck_assert_int_eq(first.calls + second.calls, 0);
    evc_protectors_free(both);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_by_the_protector_that_fits,
        tries_everything_that_is_presented,
        says_that_nothing_opens,
        a_secret_of_another_type_does_not_open,
        says_that_the_store_was_changed,
        a_protector_of_another_store_key_does_not_hinder,
        a_secret_comes_before_a_recovery_key,
        only_the_wanted_type_is_tried,
        a_canceled_wait_stops_after_a_slow_try,
        tells_what_opened,
        either_of_two_key_services_opens_while_the_other_is_down,
        a_key_service_that_times_out_does_not_hinder_the_other,
        when_all_are_down_the_first_says_why,
        a_canceled_wait_asks_no_other_key_service,
        a_secret_is_tried_before_a_key_service,
        NULL,
    };
    TCase *tcase = tcase_create("unlock");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("unlock", add_tests)
