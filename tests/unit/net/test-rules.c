/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for every exchange (security.md 5.1, rows 4, 5, 11, 17): servers that prove
 * nothing get nothing, nothing is followed, and the environment has no say.
 */
#include <sys/stat.h>

#include "curl-fixture.h"

/* --- certificates ----------------------------------------------------------------- */

static const struct {
    const char *server;
    const char *says;
} distrusted[] = {
    {"selfsigned", "self-signed"},
    {"expired", "expired"},
    {"notyet", "not yet valid"},
    {"wronghost", "other hosts"},
    {"otherca", "unable to get local issuer"},
    {"sha1", "digest"},
    {"tls10", "protocol version"},
    {"tls11", "protocol version"},
};

START_TEST(server_that_proves_nothing_gets_nothing)
{
    const char *server = distrusted[_i].server;

    CHECK_GET(server, "/ok", ENVCRYPT_E_TLS);
    check_not_sent(false);
    check_says(distrusted[_i].says);
    ck_assert_uint_eq(requests_of(server), 0);
}
END_TEST

START_TEST(certificate_of_the_given_authority_is_taken)
{
    CHECK_GET("tls", "/ok", 0);
    CHECK_GET("tls12", "/ok", 0);
}
END_TEST

/* The system's authorities do not know ours. */
START_TEST(without_a_ca_file_the_systems_count)
{
    make(&x, "tls", "/ok");
    evc_endpoint_unref(x.endpoint);
    EVC_CHECK_OK(evc_endpoint_open(url_of("tls"), NULL, &x.endpoint, NULL));
    carry(&x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_TLS);
    check_not_sent(false);
}
END_TEST

START_TEST(ca_file_of_the_client_counts_where_the_endpoint_has_none)
{
    settings.link.ca_file = evc_folder_path("ca.pem");
    make(&x, "tls", "/ok");
    evc_endpoint_unref(x.endpoint);
    EVC_CHECK_OK(evc_endpoint_open(url_of("tls"), NULL, &x.endpoint, NULL));
    carry(&x);
    EVC_CHECK_OK(x.code);
}
END_TEST

START_TEST(environment_names_no_authorities)
{
    (void)setenv("SSL_CERT_FILE", evc_folder_path("ca.pem"), 1);
    (void)setenv("CURL_CA_BUNDLE", evc_folder_path("ca.pem"), 1);
    make(&x, "tls", "/ok");
    evc_endpoint_unref(x.endpoint);
    EVC_CHECK_OK(evc_endpoint_open(url_of("tls"), NULL, &x.endpoint, NULL));
    carry(&x);
    EVC_CHECK_CODE(x.code, ENVCRYPT_E_TLS);
}
END_TEST

START_TEST(missing_ca_file_is_named)
{
    own.ca_file = evc_folder_path("none.pem");
    CHECK_GET("tls", "/ok", ENVCRYPT_E_FILE_NOT_FOUND);
    check_says("none.pem");
    ck_assert(!x.sent);
}
END_TEST

START_TEST(ca_file_that_is_no_file_is_refused)
{
    own.ca_file = evc_folder_path(".");
    CHECK_GET("tls", "/ok", ENVCRYPT_E_FILE_TYPE);
    ck_assert(!x.sent);
}
END_TEST

START_TEST(ca_file_without_certificates_is_named)
{
    evc_folder_put("empty.pem", "nothing\n", 0600);
    own.ca_file = evc_folder_path("empty.pem");
    CHECK_GET("tls", "/ok", ENVCRYPT_E_BAD_CREDENTIALS);
    check_says("empty.pem");
}
END_TEST

/* --- the client's certificate ----------------------------------------------------- */

static void
show_certificate(void)
{
    own.client_cert = evc_folder_path("client.pem");
    own.client_key = evc_folder_path("client.key");
}

START_TEST(client_certificate_is_shown)
{
    show_certificate();
    CHECK_GET("mutual", "/ok", 0);
    CHECK_GET("mutual12", "/ok", 0);
}
END_TEST

START_TEST(server_that_wants_a_client_certificate_refuses)
{
    CHECK_GET("mutual12", "/ok", ENVCRYPT_E_TLS);
    ck_assert(!evc_error_is_retryable(x.error));
}
END_TEST

/* In TLS 1.3 the client is done before the server looks. */
START_TEST(server_that_wants_a_client_certificate_refuses_later)
{
    CHECK_GET("mutual", "/ok", ENVCRYPT_E_TLS);
    ck_assert(!evc_error_is_retryable(x.error));
    ck_assert_uint_eq(requests_of("mutual"), 0);
}
END_TEST

START_TEST(client_key_that_others_can_read_is_refused)
{
    show_certificate();
    ck_assert_int_eq(chmod(own.client_key, 0644), 0);
    CHECK_GET("mutual", "/ok", ENVCRYPT_E_FILE_TOO_OPEN);
    ck_assert_int_eq(chmod(own.client_key, 0600), 0);
}
END_TEST

START_TEST(client_certificate_and_key_may_be_links)
{
    ck_assert_int_eq(symlink("client.pem", evc_folder_path("current.pem")), 0);
    ck_assert_int_eq(symlink("client.key", evc_folder_path("current.key")), 0);
    own.client_cert = evc_folder_path("current.pem");
    own.client_key = evc_folder_path("current.key");
    CHECK_GET("mutual", "/ok", 0);
    ck_assert_int_eq(unlink(evc_folder_path("current.pem")), 0);
    ck_assert_int_eq(unlink(evc_folder_path("current.key")), 0);
}
END_TEST

START_TEST(client_certificate_that_is_no_file_is_refused)
{
    show_certificate();
    own.client_cert = evc_folder_path(".");
    CHECK_GET("mutual", "/ok", ENVCRYPT_E_FILE_TYPE);
    ck_assert(!x.sent);
}
END_TEST

START_TEST(client_certificate_needs_its_key)
{
    own.client_cert = evc_folder_path("client.pem");
    CHECK_GET("mutual", "/ok", ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

START_TEST(missing_client_key_is_named)
{
    show_certificate();
    own.client_key = evc_folder_path("none.key");
    CHECK_GET("mutual", "/ok", ENVCRYPT_E_FILE_NOT_FOUND);
    check_says("none.key");
}
END_TEST

START_TEST(missing_client_certificate_is_named)
{
    show_certificate();
    own.client_cert = evc_folder_path("none.pem");
    CHECK_GET("mutual", "/ok", ENVCRYPT_E_FILE_NOT_FOUND);
    check_says("none.pem");
}
END_TEST

START_TEST(client_key_of_another_certificate_is_refused)
{
    show_certificate();
    own.client_key = evc_folder_path("good.key");
    CHECK_GET("mutual", "/ok", ENVCRYPT_E_BAD_CREDENTIALS);
    check_says("client.pem");
    check_says("good.key");
    check_says("one for the other");
    ck_assert(!x.sent);
}
END_TEST

/* --- redirects -------------------------------------------------------------------- */

static const int redirects[] = {301, 302, 303, 307, 308};

START_TEST(redirects_are_not_followed)
{
    static const char *const targets[] = {
        "http://localhost:PORT/ok", "https://localhost:PORT/ok", "//localhost:PORT/ok",
        "file:///etc/passwd", "http://169.254.169.254/"};

    for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
        char path[128];

        (void)snprintf(path, sizeof(path), "/redirect?code=%d&to=%s&port=%u",
                       redirects[_i], targets[i], evc_server_port("second"));
        CHECK_GET("tls", path, 0);
        ck_assert_int_eq(x.status, redirects[_i]);
    }
    ck_assert_uint_eq(connections_of("second"), 0);
}
END_TEST

/* --- proxies ---------------------------------------------------------------------- */

static const char *
proxy_url(const char *server)
{
    static char url[64];

    (void)snprintf(url, sizeof(url), "http://planted:secret@127.0.0.1:%u",
                   evc_server_port(server));
    return url;
}

/* localhost never goes through one, so: a name that only the proxy resolves. */
static int
get_by_proxy(const char *host, const char *server)
{
    char url[128];
    evc_link link = own;

    make(&x, "tls", "/ok");
    evc_endpoint_unref(x.endpoint);
    link.ca_file = evc_folder_path("ca.pem");
    (void)snprintf(url, sizeof(url), "https://%s:%u", host, evc_server_port(server));
    EVC_CHECK_OK(evc_endpoint_open(url, &link, &x.endpoint, NULL));
    carry(&x);
    return x.code;
}

START_TEST(proxy_tunnels)
{
    own.proxy = proxy_url("proxy");
    EVC_CHECK_CODE(get_by_proxy("kms.eu-central-1.example", "wronghost"), 0);
    ck_assert_ptr_null(evc_headers_find(&x.reply_headers, "x-from-proxy"));
    ck_assert_uint_eq(requests_of("proxy"), 1);
}
END_TEST

START_TEST(proxy_of_the_client_is_used)
{
    settings.link.proxy = proxy_url("proxy");
    EVC_CHECK_CODE(get_by_proxy("kms.eu-central-1.example", "wronghost"), 0);
    ck_assert_uint_eq(requests_of("proxy"), 1);
}
END_TEST

START_TEST(empty_proxy_of_an_endpoint_is_none)
{
    settings.link.proxy = proxy_url("proxy");
    own.proxy = "";
    EVC_CHECK_CODE(get_by_proxy("kms.example.invalid", "tls"), ENVCRYPT_E_NET_DNS);
    ck_assert_uint_eq(requests_of("proxy"), 0);
}
END_TEST

/* The proxy hears the host's name and nothing of the request. */
START_TEST(proxy_in_the_middle_is_not_believed)
{
    own.proxy = proxy_url("proxy");
    EVC_CHECK_CODE(get_by_proxy("kms.us-east-1.example", "wronghost"), ENVCRYPT_E_TLS);
    ck_assert(!x.sent);
    ck_assert_uint_eq(requests_of("wronghost"), 0);
}
END_TEST

START_TEST(proxy_that_refuses)
{
    own.proxy = proxy_url("proxy");
    EVC_CHECK_CODE(get_by_proxy("refused.example", "tls"), ENVCRYPT_E_PROXY);
    check_says("403");
    ck_assert(!x.sent);
    ck_assert_ptr_null(strstr(evc_error_message(x.error), "secret"));
}
END_TEST

START_TEST(proxy_that_is_not_there)
{
    own.proxy = proxy_url("closed");
    EVC_CHECK_CODE(get_by_proxy("kms.example", "tls"), ENVCRYPT_E_PROXY);
    ck_assert(evc_error_is_retryable(x.error));
    ck_assert_ptr_null(strstr(evc_error_message(x.error), "secret"));
}
END_TEST

START_TEST(proxy_that_is_silent)
{
    own.proxy = proxy_url("mute");
    own.connect_ms = 300;
    EVC_CHECK_CODE(get_by_proxy("kms.example", "tls"), ENVCRYPT_E_PROXY);
    ck_assert_int_lt(took_ms(), 1500);
}
END_TEST

START_TEST(proxy_that_is_no_http_proxy_is_refused)
{
    static const char *const urls[] = {"socks4://127.0.0.1:1", "https://127.0.0.1:1",
                                       "127.0.0.1:1", "file:///x"};

    for (size_t i = 0; i < sizeof(urls) / sizeof(urls[0]); i++) {
        own.proxy = urls[i];
        EVC_CHECK_CODE(get_by_proxy("kms.example", "tls"), ENVCRYPT_E_ENDPOINT);
        ck_assert(!x.sent);
    }
}
END_TEST

START_TEST(environment_names_no_proxy)
{
    static const char *const names[] = {"https_proxy", "HTTPS_PROXY", "http_proxy",
                                        "all_proxy", "ALL_PROXY"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        (void)setenv(names[i], proxy_url("proxy"), 1);
    CHECK_GET("tls", "/ok", 0);
    CHECK_GET("plain", "/ok", 0);
    EVC_CHECK_CODE(get_by_proxy("kms.example.invalid", "tls"), ENVCRYPT_E_NET_DNS);
    ck_assert_uint_eq(connections_of("proxy"), 0);
}
END_TEST

/* no_proxy neither: what is configured is used. */
START_TEST(environment_takes_no_proxy_away)
{
    (void)setenv("no_proxy", "*", 1);
    (void)setenv("NO_PROXY", "*", 1);
    own.proxy = proxy_url("proxy");
    EVC_CHECK_CODE(get_by_proxy("kms.eu-central-1.example", "wronghost"), 0);
    ck_assert_uint_eq(requests_of("proxy"), 1);
}
END_TEST

START_TEST(loopback_never_goes_through_a_proxy)
{
    own.proxy = proxy_url("proxy");
    settings.link.proxy = proxy_url("proxy");
    CHECK_GET("tls", "/ok", 0);
    CHECK_GET("plain", "/ok", 0);
    ck_assert_uint_eq(connections_of("proxy"), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const authorities[] = {
        certificate_of_the_given_authority_is_taken,
        without_a_ca_file_the_systems_count,
        ca_file_of_the_client_counts_where_the_endpoint_has_none,
        environment_names_no_authorities,
        missing_ca_file_is_named,
        ca_file_that_is_no_file_is_refused,
        ca_file_without_certificates_is_named,
        NULL,
    };
    const TTest *const client[] = {
        client_certificate_is_shown,
        server_that_wants_a_client_certificate_refuses,
        server_that_wants_a_client_certificate_refuses_later,
        client_certificate_and_key_may_be_links,
        client_certificate_that_is_no_file_is_refused,
        client_key_that_others_can_read_is_refused,
        client_certificate_needs_its_key,
        missing_client_key_is_named,
        missing_client_certificate_is_named,
        client_key_of_another_certificate_is_refused,
        NULL,
    };
    const TTest *const proxies[] = {
        proxy_tunnels,
        proxy_of_the_client_is_used,
        empty_proxy_of_an_endpoint_is_none,
        proxy_in_the_middle_is_not_believed,
        proxy_that_refuses,
        proxy_that_is_not_there,
        proxy_that_is_silent,
        proxy_that_is_no_http_proxy_is_refused,
        environment_names_no_proxy,
        environment_takes_no_proxy_away,
        loopback_never_goes_through_a_proxy,
        NULL,
    };
    const TTest *const none[] = {NULL};
    TCase *distrust = add_served(suite, "distrusted", none);
    TCase *moved = add_served(suite, "redirects", none);

    tcase_add_loop_test(distrust, server_that_proves_nothing_gets_nothing, 0,
                        (int)(sizeof(distrusted) / sizeof(distrusted[0])));
    tcase_add_loop_test(moved, redirects_are_not_followed, 0,
                        (int)(sizeof(redirects) / sizeof(redirects[0])));
    add_served(suite, "authorities", authorities);
    add_served(suite, "client's certificate", client);
    add_served(suite, "proxies", proxies);
}

EVC_TEST_MAIN("rules", add_tests)
