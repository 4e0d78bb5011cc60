/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/object_key.h"

#include <string.h>

#include "evc-check.h"

static char room[EVC_OBJECT_KEY_MAX];

START_TEST(it_is_namespace_and_name)
{
    ck_assert(evc_view_is_text(evc_object_key("ns", "name", room), "ns/name"));
    ck_assert(evc_view_is_text(evc_object_key("", "name", room), "/name"));
}
END_TEST

START_TEST(the_longest_fits)
{
    char ns[EVC_KUBE_NAMESPACE_MAX + 1];
    char name[EVC_KUBE_NAME_MAX + 1];

    memset(ns, 'n', sizeof(ns));
    memset(name, 'o', sizeof(name));
    ns[sizeof(ns) - 1] = '\0';
    name[sizeof(name) - 1] = '\0';
    ck_assert_uint_eq(evc_object_key(ns, name, room).size, 63 + 1 + 253);
    ck_assert_uint_eq(evc_object_key("one more", name, room).size, 8 + 1 + 253);
    ck_assert_uint_eq(evc_object_key(name, name, room).size, 0);
}
END_TEST

START_TEST(its_order_is_that_of_etcd)
{
    char other[EVC_OBJECT_KEY_MAX];

    ck_assert_int_lt(evc_view_compare(evc_object_key("a-b", "z", room),
                                      evc_object_key("a", "a", other)),
                     0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("object_key");

    tcase_add_test(tcase, it_is_namespace_and_name);
    tcase_add_test(tcase, the_longest_fits);
    tcase_add_test(tcase, its_order_is_that_of_etcd);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("object_key", add_tests)
