/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/key.h"

#include "evc-alloc.h"
#include "evc-check.h"

START_TEST(a_field_gets_a_copy_in_the_place_of_another)
{
    char text[] = "one";
    evc_cluster_key key;

    evc_cluster_key_init(&key);
    EVC_CHECK_OK(evc_cluster_key_set(&key.id, text, NULL));
    text[0] = 'x';
    ck_assert_str_eq(key.id, "one");
    EVC_CHECK_OK(evc_cluster_key_set(&key.id, "two", NULL));
    ck_assert_str_eq(key.id, "two");
    EVC_CHECK_OK(evc_cluster_key_set(&key.id, NULL, NULL));
    ck_assert_str_eq(key.id, "");
    evc_cluster_key_reset(&key);
    ck_assert_ptr_null(key.id);
    ck_assert_int_eq(key.version_ms, -1);
    evc_cluster_key_reset(NULL);
}
END_TEST

static int
fill(void *user)
{
    evc_cluster_key key;
    int rc;

    (void)user;
    evc_cluster_key_init(&key);
    rc = evc_cluster_key_set(&key.id, "arn", NULL);
    if (rc == 0)
        rc = evc_cluster_key_set(&key.aliases, "a,b", NULL);
    evc_cluster_key_reset(&key);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_eq(evc_alloc_sweep(fill, NULL), 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {a_field_gets_a_copy_in_the_place_of_another,
                                survives_any_failed_allocation, NULL};

    evc_check_add(suite, "key", all);
}

EVC_TEST_MAIN("key", add_tests)
