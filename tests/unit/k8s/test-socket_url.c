/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/socket_url.h"

#include "evc-check.h"

/* As Go 1.26's net/url takes them apart. */
static const struct {
    const char *text;
    evc_socket_url is;
} cases[] = {
    {"unix:///run/x.sock", EVC_SOCKET_URL_GOOD},
    {"UNIX:///x", EVC_SOCKET_URL_GOOD},
    {"unix:/x", EVC_SOCKET_URL_GOOD},
    {"unix:///a b", EVC_SOCKET_URL_GOOD},
    {"unix:///a%41", EVC_SOCKET_URL_GOOD},
    {"unix:///@abstract", EVC_SOCKET_URL_GOOD},
    {"unix:///x?y#z", EVC_SOCKET_URL_GOOD},
    {"", EVC_SOCKET_URL_EMPTY},
    {"unix://a b/x", EVC_SOCKET_URL_MALFORMED},
    {"unix:///a%zz", EVC_SOCKET_URL_MALFORMED},
    {"unix:///a%4", EVC_SOCKET_URL_MALFORMED},
    {"unix:///x\x01", EVC_SOCKET_URL_MALFORMED},
    {"unix:///x\x7f", EVC_SOCKET_URL_MALFORMED},
    {"unix://a:b/x", EVC_SOCKET_URL_MALFORMED},
    {"unix://a^/x", EVC_SOCKET_URL_MALFORMED},
    {"unix://a%41/x", EVC_SOCKET_URL_MALFORMED},
    {"unix://[::1/x", EVC_SOCKET_URL_MALFORMED},
    {"tcp://x", EVC_SOCKET_URL_SCHEME},
    {"/run/x", EVC_SOCKET_URL_SCHEME},
    {"x", EVC_SOCKET_URL_SCHEME},
    {":x", EVC_SOCKET_URL_SCHEME},
    {" unix:///x", EVC_SOCKET_URL_SCHEME},
    {"unix://run/x", EVC_SOCKET_URL_HOST},
    {"unix://a:1/x", EVC_SOCKET_URL_HOST},
    {"unix://[::1]/x", EVC_SOCKET_URL_HOST},
    {"unix://a@b/x", EVC_SOCKET_URL_HOST},
    {"unix:", EVC_SOCKET_URL_NO_PATH},
    {"unix:x", EVC_SOCKET_URL_NO_PATH},
    {"unix://", EVC_SOCKET_URL_NO_PATH},
    {"unix:///", EVC_SOCKET_URL_NO_PATH},
    {"unix://?x", EVC_SOCKET_URL_NO_PATH},
};

START_TEST(takes_apart_as_go_does)
{
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++)
        ck_assert_msg(evc_socket_url_check(cases[i].text) == cases[i].is,
                      "\"%s\" is %d", cases[i].text,
                      (int)evc_socket_url_check(cases[i].text));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {takes_apart_as_go_does, NULL};

    evc_check_add(suite, "socket url", tests);
}

EVC_TEST_MAIN("socket url", add_tests)
