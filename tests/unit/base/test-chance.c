/* SPDX-License-Identifier: Apache-2.0 */
#include "base/chance.h"

#include <stdbool.h>

#include "base/mem.h"
#include "evc-check.h"

START_TEST(numbers_reach_both_halves_of_the_range)
{
    bool low = false;
    bool high = false;

    ck_assert_int_eq(evc_mem_init(), 0);
    for (int i = 0; i < 200; i++) {
        uint32_t number = evc_chance_u32();

        low |= number < UINT32_MAX / 2;
        high |= number > UINT32_MAX / 2;
    }
    ck_assert(low && high);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {numbers_reach_both_halves_of_the_range, NULL};

    evc_check_add(suite, "chance", tests);
}

EVC_TEST_MAIN("chance", add_tests)
