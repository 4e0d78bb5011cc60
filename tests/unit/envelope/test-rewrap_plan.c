/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/rewrap_plan.h"

#include "../api/api-fixture.h"

static evc_info *
info_of(envcrypt_keyring *writer)
{
    envcrypt_buffer *message;
    envcrypt_message_info *info;

    EVC_CHECK_OK(envcrypt_encrypt(writer, NULL, "x", 1, NULL, &message, NULL));
    EVC_CHECK_OK(envcrypt_inspect(envcrypt_buffer_data(message),
                                  envcrypt_buffer_size(message), NULL, &info, NULL));
    envcrypt_buffer_free(message);
    return info;
}

static int32_t
reason_between(const char *second, const char *wanted, uint32_t flags)
{
    envcrypt_keyring *from = open_keyring("a", second);
    envcrypt_keyring *to = open_keyring("a", wanted);
    evc_info *info = info_of(from);
    int32_t reason = evc_rewrap_reason(info, to, flags);

    evc_info_free(info);
    envcrypt_keyring_unref(from);
    envcrypt_keyring_unref(to);
    return reason;
}

START_TEST(a_raw_key_does_not_tell)
{
    ck_assert_int_eq(reason_between(NULL, NULL, 0), ENVCRYPT_REWRAP_UNKNOWN);
}
END_TEST

START_TEST(force_is_a_reason)
{
    ck_assert_int_eq(reason_between(NULL, NULL, ENVCRYPT_REWRAP_FORCE),
                     ENVCRYPT_REWRAP_FORCED);
}
END_TEST

START_TEST(a_recipient_more_is_a_reason)
{
    ck_assert_int_eq(reason_between(NULL, "b", 0), ENVCRYPT_REWRAP_RECIPIENTS);
}
END_TEST

START_TEST(a_recipient_less_is_a_reason)
{
    ck_assert_int_eq(reason_between("b", NULL, 0), ENVCRYPT_REWRAP_RECIPIENTS);
}
END_TEST

START_TEST(what_is_current_needs_nothing)
{
    ck_assert(!evc_rewrap_is_needed(ENVCRYPT_REWRAP_CURRENT));
}
END_TEST

START_TEST(what_is_unknown_needs_nothing)
{
    ck_assert(!evc_rewrap_is_needed(ENVCRYPT_REWRAP_UNKNOWN));
}
END_TEST

START_TEST(what_is_stale_needs_a_rewrap)
{
    ck_assert(evc_rewrap_is_needed(ENVCRYPT_REWRAP_STALE));
}
END_TEST

START_TEST(what_does_not_commit_needs_a_rewrap)
{
    ck_assert(evc_rewrap_is_needed(ENVCRYPT_REWRAP_SUITE));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_raw_key_does_not_tell,
        force_is_a_reason,
        a_recipient_more_is_a_reason,
        a_recipient_less_is_a_reason,
        what_is_current_needs_nothing,
        what_is_unknown_needs_nothing,
        what_is_stale_needs_a_rewrap,
        what_does_not_commit_needs_a_rewrap,
        NULL,
    };

    api_add(suite, "rewrap_plan", tests);
}

EVC_TEST_MAIN("rewrap_plan", add_tests)
