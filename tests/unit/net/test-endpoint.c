/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-alloc.h"
#include "evc-check.h"
#include "net/endpoint.h"

#define COUNT(array) ((int)(sizeof(array) / sizeof((array)[0])))

static evc_endpoint *endpoint;
static evc_error *error;

static void
forget(void)
{
    evc_endpoint_unref(endpoint);
    endpoint = NULL;
    evc_error_free(error);
    error = NULL;
}

static int
parse(const char *url)
{
    forget();
    return evc_endpoint_open(url, NULL, &endpoint, &error);
}

/* --- parts ------------------------------------------------------------------------ */

static const struct {
    const char *url;
    const char *scheme;
    const char *host;
    unsigned port;
    const char *authority;
    const char *path;
} good[] = {
    {"https://kms.eu-west-1.amazonaws.com", "https", "kms.eu-west-1.amazonaws.com", 443,
     "kms.eu-west-1.amazonaws.com", ""},
    {"https://kms.example/", "https", "kms.example", 443, "kms.example", ""},
    {"HTTPS://KMS.Example:443", "https", "kms.example", 443, "kms.example", ""},
    {"https://kms.example:8443/a/b/", "https", "kms.example", 8443, "kms.example:8443",
     "/a/b"},
    {"https://kms.example:80", "https", "kms.example", 80, "kms.example:80", ""},
    {"https://kms.example:", "https", "kms.example", 443, "kms.example", ""},
    {"https://192.0.2.1:1", "https", "192.0.2.1", 1, "192.0.2.1:1", ""},
    {"https://[2001:db8::1]:65535/x", "https", "[2001:db8::1]", 65535,
     "[2001:db8::1]:65535", "/x"},
    {"https://kms.example/a%2Fb", "https", "kms.example", 443, "kms.example", "/a%2Fb"},
    {"http://127.0.0.1:8080", "http", "127.0.0.1", 8080, "127.0.0.1:8080", ""},
    {"http://localhost", "http", "localhost", 80, "localhost", ""},
    {"http://[::1]:80/p", "http", "[::1]", 80, "[::1]", "/p"},
    {"http://169.254.169.254", "http", "169.254.169.254", 80, "169.254.169.254", ""},
    {"http://169.254.170.2/v2/x", "http", "169.254.170.2", 80, "169.254.170.2",
     "/v2/x"},
    {"http://169.254.170.23", "http", "169.254.170.23", 80, "169.254.170.23", ""},
    {"http://100.100.100.200", "http", "100.100.100.200", 80, "100.100.100.200", ""},
    {"http://[fd00:ec2::254]", "http", "[fd00:ec2::254]", 80, "[fd00:ec2::254]", ""},
    {"http://[fd00:ec2::23]", "http", "[fd00:ec2::23]", 80, "[fd00:ec2::23]", ""},
};

START_TEST(url_is_taken_apart)
{
    EVC_CHECK_OK(parse(good[_i].url));
    ck_assert_str_eq(endpoint->scheme, good[_i].scheme);
    ck_assert_str_eq(endpoint->host, good[_i].host);
    ck_assert_uint_eq(endpoint->port, good[_i].port);
    ck_assert_str_eq(endpoint->authority, good[_i].authority);
    ck_assert_str_eq(endpoint->path, good[_i].path);
}
END_TEST

/* --- what no endpoint is ---------------------------------------------------------- */

static const char *const bad[] = {
    "",
    "kms.example",
    "https://",
    "https:///path",
    "https://:443",
    "ftp://kms.example",
    "file:///etc/passwd",
    "gopher://127.0.0.1",
    "unix:///run/x",
    "javascript:alert(1)",
    "https://kms.example:0x1bb",
    "https://kms.example:65536",
    "https://kms.example:-1",
    "https://user@kms.example",
    "https://user:word@kms.example",
    "https://kms.example?x=y",
    "https://kms.example/?",
    "https://kms.example#part",
    "https://kms.example/a b",
    "https://kms.exam ple",
    "https://kms.example\r\nX: y",
    "https://kms.example/\r\nX:%20y",
    "https://kms_under.example",
    "https://k\xc3\xb6ln.example",
    "https://k%00.example",
    "https://kms.example%2eevil.example",
    "https://[::1",
    "https://[fe80::1%25eth0]",
};

START_TEST(what_is_no_endpoint_is_refused)
{
    EVC_CHECK_CODE(parse(bad[_i]), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_null(endpoint);
}
END_TEST

/* Plain http to anywhere but this machine, whatever it looks like. */
static const char *const plain[] = {
    "http://kms.example",
    "http://127.0.0.1.evil.example",
    "http://localhost.evil.example",
    "http://evil.example/127.0.0.1",
    "http://169.254.169.254.evil.example",
    "http://127.0.0.1@evil.example",
    "http://localhost:80@evil.example",
    "http://evil.example#@127.0.0.1",
    "http://evil.example\\@127.0.0.1",
    "http://169.254.169.253",
    "http://169.254.0.1",
    "http://169.254.170.3",
    "http://100.100.100.201",
    "http://127.0.0.2",
    "http://0.0.0.0",
    "http://10.0.0.1",
    "http://192.168.0.1",
    "http://2852039165", /* 169.254.169.253 */
    "http://3232235521", /* 192.168.0.1 */
    "http://0xc0a80001",
    "http://0300.0250.0.1",
    "http://[::2]",
    "http://[::ffff:10.0.0.1]",
    "http://[fd00:ec2::253]",
    "http://localhos",
    "http://xlocalhost",
    "http://127.0.0.1%2eevil.example",
};

START_TEST(plain_http_leaves_the_machine_nowhere)
{
    EVC_CHECK_CODE(parse(plain[_i]), ENVCRYPT_E_ENDPOINT);
}
END_TEST

/* Other spellings of an address are that address, or nothing: never another. */
static const char *const spellings[] = {
    "http://2130706433",        "http://0x7f000001", "http://127.1",
    "http://0177.0.0.1",        "http://LOCALHOST",  "http://localhost.",
    "http://[0:0:0:0:0:0:0:1]",
};

START_TEST(other_spellings_of_loopback_are_it_or_nothing)
{
    int rc = parse(spellings[_i]);

    ck_assert(rc == 0 || rc == ENVCRYPT_E_ENDPOINT);
    if (rc == 0)
        ck_assert(evc_endpoint_is_local(endpoint));
}
END_TEST

START_TEST(message_shows_no_credentials)
{
    EVC_CHECK_CODE(parse("https://me:planted@kms.example"), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_null(strstr(evc_error_message(error), "planted"));
    EVC_CHECK_CODE(parse("https://kms.example/?token=planted"), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_null(strstr(evc_error_message(error), "planted"));
}
END_TEST

START_TEST(message_names_what_is_wrong)
{
    EVC_CHECK_CODE(parse("http://kms.example"), ENVCRYPT_E_ENDPOINT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "http://kms.example"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "only https://"));
}
END_TEST

/* --- local ------------------------------------------------------------------------ */

START_TEST(loopback_and_metadata_are_local)
{
    EVC_CHECK_OK(parse("http://169.254.169.254"));
    ck_assert(evc_endpoint_is_local(endpoint));
    ck_assert(endpoint->link.never_proxy);
    EVC_CHECK_OK(parse("https://localhost:8443"));
    ck_assert(endpoint->link.never_proxy);
    EVC_CHECK_OK(parse("https://kms.example"));
    ck_assert(!evc_endpoint_is_local(endpoint));
    ck_assert(!endpoint->link.never_proxy);
}
END_TEST

/* --- links ------------------------------------------------------------------------ */

static const evc_link of_client = {.ca_file = "client-ca",
                                   .client_cert = "client-cert",
                                   .client_key = "client-key",
                                   .proxy = "http://client:1",
                                   .connect_ms = 11,
                                   .attempt_ms = 12};

START_TEST(link_of_nobody_has_the_defaults)
{
    evc_link none = {.ca_file = NULL};
    evc_link link = evc_link_choose(&none, &none);

    ck_assert_ptr_null(link.ca_file);
    ck_assert_ptr_null(link.client_cert);
    ck_assert_str_eq(link.proxy, "");
    ck_assert_int_eq(link.connect_ms, 3000);
    ck_assert_int_eq(link.attempt_ms, 10000);
}
END_TEST

START_TEST(link_of_the_client_holds_where_the_endpoint_says_nothing)
{
    evc_link none = {.ca_file = NULL};
    evc_link link = evc_link_choose(&none, &of_client);

    ck_assert_str_eq(link.ca_file, "client-ca");
    ck_assert_str_eq(link.client_cert, "client-cert");
    ck_assert_str_eq(link.client_key, "client-key");
    ck_assert_str_eq(link.proxy, "http://client:1");
    ck_assert_int_eq(link.connect_ms, 11);
    ck_assert_int_eq(link.attempt_ms, 12);
}
END_TEST

START_TEST(link_of_the_endpoint_comes_first)
{
    evc_link own = {.ca_file = "ca",
                    .client_cert = "cert",
                    .client_key = "key",
                    .proxy = "",
                    .connect_ms = 1,
                    .attempt_ms = 2};
    evc_link link = evc_link_choose(&own, &of_client);

    ck_assert_str_eq(link.ca_file, "ca");
    ck_assert_str_eq(link.client_cert, "cert");
    ck_assert_str_eq(link.client_key, "key");
    ck_assert_str_eq(link.proxy, "");
    ck_assert_int_eq(link.connect_ms, 1);
    ck_assert_int_eq(link.attempt_ms, 2);
}
END_TEST

/* Half of one and half of the other would be no pair. */
START_TEST(certificate_never_gets_the_key_of_another)
{
    evc_link own = {.client_cert = "cert"};
    evc_link link = evc_link_choose(&own, &of_client);

    ck_assert_str_eq(link.client_cert, "cert");
    ck_assert_ptr_null(link.client_key);
}
END_TEST

START_TEST(never_proxy_overrules_everybody)
{
    evc_link own = {.proxy = "http://own:1", .never_proxy = true};

    ck_assert_str_eq(evc_link_choose(&own, &of_client).proxy, "");
}
END_TEST

static int
open_with_link(void *user)
{
    evc_endpoint *opened;
    int rc = evc_endpoint_open("https://kms.example:1/a", user, &opened, NULL);

    evc_endpoint_unref(evc_endpoint_ref(opened));
    evc_endpoint_unref(opened);
    return rc;
}

START_TEST(memory_that_runs_out_is_nomem)
{
    evc_link link = of_client;

    ck_assert_uint_ge(evc_alloc_sweep(open_with_link, &link), 9);
}
END_TEST

START_TEST(texts_of_a_link_are_copied)
{
    char proxy[] = "http://own:1";
    evc_link own = {.proxy = proxy};

    EVC_CHECK_OK(evc_endpoint_open("https://kms.example", &own, &endpoint, NULL));
    proxy[0] = 'x';
    ck_assert_str_eq(endpoint->link.proxy, "http://own:1");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        message_shows_no_credentials,
        message_names_what_is_wrong,
        loopback_and_metadata_are_local,
        link_of_nobody_has_the_defaults,
        link_of_the_client_holds_where_the_endpoint_says_nothing,
        link_of_the_endpoint_comes_first,
        certificate_never_gets_the_key_of_another,
        never_proxy_overrules_everybody,
        memory_that_runs_out_is_nomem,
        texts_of_a_link_are_copied,
        NULL,
    };
    TCase *tcase = tcase_create("endpoint");

    tcase_add_checked_fixture(tcase, NULL, forget);
    tcase_add_loop_test(tcase, url_is_taken_apart, 0, COUNT(good));
    tcase_add_loop_test(tcase, what_is_no_endpoint_is_refused, 0, COUNT(bad));
    tcase_add_loop_test(tcase, plain_http_leaves_the_machine_nowhere, 0, COUNT(plain));
    tcase_add_loop_test(tcase, other_spellings_of_loopback_are_it_or_nothing, 0,
                        COUNT(spellings));
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("endpoint", add_tests)
