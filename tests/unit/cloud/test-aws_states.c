/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_states.h"

#include "action-tests.h"

START_TEST(disables_and_tells_the_state)
{
    ANSWER({200, ""}, {200, METADATA(KEY_1, ",\"KeyState\":\"Disabled\"")});
    EVC_CHECK_OK(RUN(evc_aws_disable_key, "key", KEY_1, NULL));
    expect_target(0, "DisableKey");
    ck_assert_str_eq(a.bodies[0], "{\"KeyId\":\"" KEY_1 "\"}");
    ck_assert_str_eq(cell(table, 0, "state"), "Disabled");
}
END_TEST

START_TEST(enables_and_cancels_deletion)
{
    ANSWER({200, ""}, {200, METADATA(KEY_1, "")});
    EVC_CHECK_OK(RUN(evc_aws_enable_key, "key", KEY_1, NULL));
    expect_target(0, "EnableKey");
    ANSWER({200, "{\"KeyId\":\"x\"}"}, {200, METADATA(KEY_1, "")});
    EVC_CHECK_OK(RUN(evc_aws_cancel_deletion, "key", KEY_1, NULL));
    expect_target(0, "CancelKeyDeletion");
}
END_TEST

START_TEST(schedules_deletion_after_30_days_or_as_said)
{
    ANSWER({200, "{\"KeyState\":\"PendingDeletion\",\"DeletionDate\":86400}"});
    EVC_CHECK_OK(RUN(evc_aws_schedule_deletion, "key", KEY_1, NULL));
    ck_assert_str_eq(a.bodies[0],
                     "{\"KeyId\":\"" KEY_1 "\",\"PendingWindowInDays\":30}");
    ck_assert_str_eq(cell(table, 0, "deletion"), "1970-01-02T00:00:00Z");
    EVC_CHECK_OK(RUN(evc_aws_schedule_deletion, "key", KEY_1, "days", "7", NULL));
    ck_assert_ptr_nonnull(strstr(a.bodies[1], "\"PendingWindowInDays\":7"));
    EVC_CHECK_CODE(RUN(evc_aws_schedule_deletion, "key", KEY_1, "days", "6", NULL),
                   ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(what_can_cost_a_cluster_is_guarded)
{
    ck_assert(evc_aws_disable_key.flags & EVC_ACTION_GUARDED);
    ck_assert(evc_aws_schedule_deletion.flags & EVC_ACTION_GUARDED);
    ck_assert(!(evc_aws_enable_key.flags & EVC_ACTION_GUARDED));
    ck_assert(!(evc_aws_cancel_deletion.flags & EVC_ACTION_GUARDED));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const states[] = {
        disables_and_tells_the_state,
        enables_and_cancels_deletion,
        schedules_deletion_after_30_days_or_as_said,
        what_can_cost_a_cluster_is_guarded,
        NULL,
    };

    add_action_tests(suite, "states", states);
}

EVC_TEST_MAIN("aws_states", add_tests)
