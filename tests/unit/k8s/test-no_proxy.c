/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/no_proxy.h"

#include "evc-check.h"

/* As http.ProxyFromEnvironment of Go 1.26 answers each of them. */
static const struct {
    const char *list;
    const char *server;
    bool direct;
} rows[] = {
    {"", "https://k.a.test", false},
    {"*", "https://k.a.test", true},
    {" * ", "https://10.1.2.3", true},
    {"b, *", "https://10.1.2.3", true},
    {"*:443", "https://k.a.test", false},
    {"10.1.2.3", "https://10.1.2.3", true},
    {"10.1.2.3", "https://10.1.2.4", false},
    {"10.1.2.3:443", "https://10.1.2.3", true},
    {"10.1.2.3:6443", "https://10.1.2.3", false},
    {"10.1.2.3:6443", "https://10.1.2.3:6443", true},
    {"10.1.2.03", "https://10.1.2.3", false},
    {"10.1.0.0/16", "https://10.1.2.3", true},
    {"10.1.0.0/16", "https://10.2.2.3", false},
    {"10.1.2.255/15", "https://10.0.0.1", true},
    {"10.1.2.128/25", "https://10.1.2.127", false},
    {"10.1.2.128/25", "https://10.1.2.129", true},
    {"0.0.0.0/0", "https://10.1.2.3", true},
    {"10.1.2.3/32", "https://10.1.2.3", true},
    {"10.1.2.3/33", "https://10.1.2.3", false},
    {"10.1.2.3/", "https://10.1.2.3", false},
    {"10.1.2.3/0x8", "https://10.1.2.3", false},
    {"10.1.2.3/08", "https://10.1.2.3", true},
    {"10.0.0.0/8:443", "https://10.1.2.3", false},
    {"0.0.0.0/0", "https://[fd00::1]", false},
    {"0.0.0.0/0", "https://k.a.test", false},
    {"fd00::1", "https://[fd00::1]", true},
    {"[fd00::1]", "https://[fd00::1]", false},
    {"[fd00::1]:443", "https://[fd00::1]", true},
    {"[fd00::1]:444", "https://[fd00::1]", false},
    {"FD00:0::0:1", "https://[fd00::1]", true},
    {"fd00::/8", "https://[fd01::1]", true},
    {"fd00::/8", "https://[fe01::1]", false},
    {"fd00::/129", "https://[fd00::1]", false},
    {"::ffff:10.1.2.3", "https://10.1.2.3", true},
    {"::ffff:10.1.0.0/112", "https://10.1.2.3", true},
    {"::ffff:10.1.0.0/112", "https://10.2.2.3", false},
    {"::/0", "https://10.1.2.3", false},
    {"::/0", "https://[fd00::1]", true},
    {"10.1.2.3", "https://[::ffff:10.1.2.3]", true},
    {"a.test", "https://a.test", true},
    {"a.test", "https://k.a.test", true},
    {"a.test", "https://x.k.a.test", true},
    {"a.test", "https://ka.test", false},
    {"A.Test", "https://k.a.test", true},
    {"a.test", "https://K.A.TEST", true},
    {".a.test", "https://a.test", false},
    {".a.test", "https://k.a.test", true},
    {"*.a.test", "https://a.test", false},
    {"*.a.test", "https://k.a.test", true},
    {"*a.test", "https://ka.test", false},
    {"*a.test", "https://k.a.test", false},
    {"a.test:443", "https://k.a.test", true},
    {"a.test:443", "https://k.a.test:6443", false},
    {"a.test:6443", "https://k.a.test:6443", true},
    {"a.test:06443", "https://k.a.test:6443", false},
    {"a.test:", "https://k.a.test", true},
    {":443", "https://k.a.test", false},
    {".", "https://k.a.test", false},
    {"test", "https://k.a.test", true},
    {"est", "https://k.a.test", false},
    {".3", "https://10.1.2.3", false},
    {"2.3", "https://10.1.2.3", false},
    {"b.test,,\ta.test ,c", "https://k.a.test", true},
    {"b.test a.test", "https://k.a.test", false},
    {"https://a.test", "https://a.test", false},
    {"a.test.", "https://a.test", false},
    {"k.a.test.long", "https://k.a.test", false},
    {"a.test:443:443", "https://a.test", false},
    {"[a.test]:443", "https://a.test", true},
    {"", "https://localhost", true},
    {"", "https://127.0.0.1", true},
    {"", "https://127.1.2.3:6443", true},
    {"", "https://[::1]", true},
    {"", "https://[::ffff:127.0.0.1]", true},
    {"", "https://[::2]", false},
    {"", "https://k.localhost", false},
    {"", "https://localhost.", false},
};

static bool
holds(const char *list, const char *server)
{
    evc_endpoint *endpoint = NULL;
    bool direct;

    EVC_CHECK_OK(evc_endpoint_open(server, NULL, &endpoint, NULL));
    direct = evc_no_proxy_holds(list, endpoint);
    evc_endpoint_unref(endpoint);
    return direct;
}

START_TEST(servers_are_listed_as_go_has_it)
{
    ck_assert_msg(holds(rows[_i].list, rows[_i].server) == rows[_i].direct,
                  "\"%s\" and %s", rows[_i].list, rows[_i].server);
}
END_TEST

START_TEST(no_list_is_an_empty_one)
{
    ck_assert(!holds(NULL, "https://k.a.test"));
    ck_assert(holds(NULL, "https://localhost"));
}
END_TEST

START_TEST(an_item_longer_than_any_name_lists_nothing_and_the_next_counts)
{
    static char list[400 + sizeof(",a.test")];

    memset(list, 'x', 400);
    memcpy(&list[392], ".a.test", 7);
    ck_assert(!holds(list, "https://k.a.test"));
    memcpy(&list[399], ",a.test", sizeof(",a.test"));
    ck_assert(holds(list, "https://k.a.test"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("all");

    tcase_add_loop_test(tcase, servers_are_listed_as_go_has_it, 0,
                        (int)(sizeof(rows) / sizeof(rows[0])));
    tcase_add_test(tcase, no_list_is_an_empty_one);
    tcase_add_test(tcase,
                   an_item_longer_than_any_name_lists_nothing_and_the_next_counts);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("no_proxy", add_tests)
