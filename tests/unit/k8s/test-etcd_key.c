/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd_key.h"

#include "evc-check.h"

static void
check(const char *key, const char *resource)
{
    char text[EVC_ETCD_RESOURCE_MAX];
    evc_buf out;

    evc_buf_init_fixed(&out, text, sizeof(text));
    evc_etcd_key_resource(evc_view_text(key), &out);
    ck_assert(!out.failed);
    ck_assert_msg(evc_view_is_text(evc_buf_view(&out), resource), "%s gave %.*s", key,
                  (int)out.size, text);
}

START_TEST(knows_built_in_resources)
{
    check("/registry/secrets/default/s1", "secrets");
    check("/registry/configmaps/a/b", "configmaps");
    check("/registry/namespaces/default", "namespaces");
}
END_TEST

START_TEST(knows_resources_whose_prefix_is_another)
{
    check("/registry/services/specs/default/kubernetes", "services");
    check("/registry/services/endpoints/default/kubernetes", "endpoints");
    check("/registry/minions/node-1", "nodes");
    check("/registry/controllers/a/b", "replicationcontrollers");
    check("/registry/ingress/a/b", "ingresses");
}
END_TEST

START_TEST(knows_resources_with_a_group)
{
    check("/registry/example.com/widgets/ns/name", "widgets.example.com");
    check("/registry/apiregistration.k8s.io/apiservices/v1.apps",
          "apiservices.apiregistration.k8s.io");
}
END_TEST

START_TEST(knows_the_prefixes_of_openshift)
{
    check("/kubernetes.io/secrets/default/s1", "secrets");
    check("/openshift.io/routes/ns/name", "routes");
    check("/openshift.io/oauth/accesstokens/sha256~x", "oauthaccesstokens");
}
END_TEST

START_TEST(says_that_a_key_has_not_the_form)
{
    check("", "unknown");
    check("/", "unknown");
    check("foo", "unknown");
    check("registry/secrets/a/b", "unknown");
    check("/registry/secrets", "unknown");
    check("/registry/secrets/", "unknown");
    check("//secrets/a/b", "unknown");
    check("/registry//a/b", "unknown");
    check("compact_rev_key", "unknown");
}
END_TEST

START_TEST(shows_nothing_that_is_no_name)
{
    check("/registry/sec\x1bret/a/b", "unknown");
    check("/registry/example.com/wid\ngets/a", "example.com");
    check("/registry/SECRETS/a/b", "unknown");
}
END_TEST

START_TEST(takes_names_as_long_as_the_limit)
{
    char key[1200] = "/registry/";
    char resource[600];
    size_t half = EVC_ETCD_RESOURCE_MAX / 2 - 1;

    memset(&key[10], 'a', half);
    key[11] = '.';
    key[10 + half] = '/';
    memset(&key[11 + half], 'b', half);
    memset(resource, 'b', half);
    resource[half] = '.';
    memset(&resource[half + 1], 'a', half);
    resource[half + 2] = '.';
    resource[2 * half + 1] = 0;
    check(key, resource);
    key[11 + 2 * half] = 'b'; /* one more: then it is no name */
    resource[2 * half + 1] = 0;
    check(key, &resource[half + 1]);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("etcd_key");

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, knows_built_in_resources);
    tcase_add_test(tcase, knows_resources_whose_prefix_is_another);
    tcase_add_test(tcase, knows_resources_with_a_group);
    tcase_add_test(tcase, knows_the_prefixes_of_openshift);
    tcase_add_test(tcase, says_that_a_key_has_not_the_form);
    tcase_add_test(tcase, shows_nothing_that_is_no_name);
    tcase_add_test(tcase, takes_names_as_long_as_the_limit);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("etcd_key", add_tests)
