/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/names.h"

#include "evc-check.h"

#define TEN "abcdefghij"
#define SIXTY TEN TEN TEN TEN TEN TEN

typedef bool (*rule)(evc_view text);

static void
check_all(rule is, const char *const *names, bool good)
{
    for (; *names; names++)
        ck_assert_msg(is(evc_view_text(*names)) == good, "\"%s\"", *names);
}

static void
fill(char *to, size_t size)
{
    memset(to, 'a', size);
    to[size] = '\0';
}

START_TEST(label_is_of_lower_letters_digits_and_inner_dashes)
{
    const char *const good[] = {"a", "0", "kube-system", "a--b", SIXTY "abc", NULL};
    const char *const bad[] = {"",    "-a",   "a-",       "A",  "a.b",        "a_b",
                               "a/b", "a\nb", "\xc3\xa9", " a", SIXTY "abcd", NULL};

    check_all(evc_kube_is_label, good, true);
    check_all(evc_kube_is_label, bad, false);
}
END_TEST

START_TEST(subdomain_is_of_parts_with_dots_between)
{
    const char *const good[] = {"a",   "a.b",          "sh.helm.release.v1.x",
                                "0.1", SIXTY "abcd.x", NULL};
    const char *const bad[] = {"",     ".",   "..",  "a..b",  ".a",  "a.",  "a.-b",
                               "a-.b", "A.b", "a/b", "a%2fb", "a_b", "a:b", NULL};

    check_all(evc_kube_is_subdomain, good, true);
    check_all(evc_kube_is_subdomain, bad, false);
}
END_TEST

START_TEST(subdomain_has_253_bytes_and_no_more)
{
    char name[300];

    fill(name, 253);
    ck_assert(evc_kube_is_subdomain(evc_view_text(name)));
    fill(name, 254);
    ck_assert(!evc_kube_is_subdomain(evc_view_text(name)));
}
END_TEST

static bool
is_name_of_rbac(evc_view text)
{
    return evc_kube_is_object_name("rbac.authorization.k8s.io", text);
}

static bool
is_name_of_core(evc_view text)
{
    return evc_kube_is_object_name("", text);
}

START_TEST(names_of_rbac_are_held_to_less)
{
    const char *const good[] = {"system:controller:x", "Admin_1", "a", "...", NULL};
    const char *const bad[] = {"",    ".",   "..",       "a/b", "a%2fb",
                               "a b", "a\n", "\xc3\xa9", NULL};
    const char *const others[] = {"system:controller:x", "Admin_1", "...", NULL};
    char name[300];

    check_all(is_name_of_rbac, good, true);
    check_all(is_name_of_rbac, bad, false);
    check_all(is_name_of_core, others, false);
    ck_assert(is_name_of_core(evc_view_text("a.b")));
    fill(name, 253);
    ck_assert(is_name_of_rbac(evc_view_text(name)));
    fill(name, 254);
    ck_assert(!is_name_of_rbac(evc_view_text(name)));
}
END_TEST

START_TEST(qualified_name_has_a_domain_or_none)
{
    const char *const good[] = {"kms-encryption-timestamp",
                                "eksctl.io/kms-encryption-timestamp",
                                "a/B_c.d",
                                "X",
                                SIXTY "abc",
                                NULL};
    const char *const bad[] = {
        "",    "/a",  "a/", "a/b/c",           "A.io/a", "a/-b", "a/b-",
        "a b", "a\"", "-a", "a/" SIXTY "abcd", "a..b/c", ".a",   NULL};

    check_all(evc_kube_is_qualified_name, good, true);
    check_all(evc_kube_is_qualified_name, bad, false);
}
END_TEST

START_TEST(qualified_name_has_a_domain_of_253_and_a_name_of_63)
{
    char name[400];

    fill(name, 253);
    (void)snprintf(&name[253], 100, "/%s", SIXTY "abc");
    ck_assert(evc_kube_is_qualified_name(evc_view_text(name)));
    fill(name, 254);
    (void)snprintf(&name[254], 100, "/%s", "abc");
    ck_assert(!evc_kube_is_qualified_name(evc_view_text(name)));
}
END_TEST

START_TEST(names_of_kubernetes_itself_are_reserved)
{
    const char *const reserved[] = {"kubernetes.io/service-account.name",
                                    "kubectl.kubernetes.io/last-applied-configuration",
                                    "k8s.io/x", "a.b.k8s.io/x", NULL};
    const char *const free_to_all[] = {"kms-encryption-timestamp",
                                       "eksctl.io/kms-encryption-timestamp",
                                       "notk8s.io/x",
                                       "k8s.io.example.com/x",
                                       "k8s.io",
                                       "s.io/x",
                                       "",
                                       NULL};

    check_all(evc_kube_is_reserved_name, reserved, true);
    check_all(evc_kube_is_reserved_name, free_to_all, false);
}
END_TEST

START_TEST(opaque_is_printable_and_bounded)
{
    ck_assert(evc_kube_is_opaque(evc_view_text("12~!\"{}"), 8));
    ck_assert(evc_kube_is_opaque(evc_view_text("12345678"), 8));
    ck_assert(!evc_kube_is_opaque(evc_view_text("123456789"), 8));
    ck_assert(!evc_kube_is_opaque(evc_view_text(""), 8));
    ck_assert(!evc_kube_is_opaque(evc_view_text("a b"), 8));
    ck_assert(!evc_kube_is_opaque(evc_view_text("a\x7f"), 8));
    ck_assert(!evc_kube_is_opaque(evc_view_text("\xc3\xa9"), 8));
}
END_TEST

START_TEST(version_of_an_api_is_a_number_and_its_ripeness)
{
    const char *const good[] = {"v1", "v10", "v1alpha1", "v2beta3", NULL};
    const char *const bad[] = {
        "",    "v",        "v0",       "1",  "v1gamma1",      "v1alpha",
        "v1a", "v1alpha0", "v1beta1x", "V1", "v1alpha1beta1", NULL};

    check_all(evc_kube_is_api_version, good, true);
    check_all(evc_kube_is_api_version, bad, false);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {label_is_of_lower_letters_digits_and_inner_dashes,
                                  subdomain_is_of_parts_with_dots_between,
                                  subdomain_has_253_bytes_and_no_more,
                                  names_of_rbac_are_held_to_less,
                                  qualified_name_has_a_domain_or_none,
                                  qualified_name_has_a_domain_of_253_and_a_name_of_63,
                                  names_of_kubernetes_itself_are_reserved,
                                  opaque_is_printable_and_bounded,
                                  version_of_an_api_is_a_number_and_its_ripeness,
                                  NULL};

    evc_check_add(suite, "names", tests);
}

EVC_TEST_MAIN("names", add_tests)
