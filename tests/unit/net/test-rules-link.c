/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What an endpoint's own link may say beside files: certificates and keys as texts, the name
 * that a certificate is for, and a SOCKS proxy. And that no connection made under one link
 * serves another.
 */
#include <sys/stat.h>

#include "curl-fixture.h"

static char texts[4][65536];

/* A file of the folder as a text, at one of four places. */
static const char *
text_of(size_t at, const char *name)
{
    FILE *file = fopen(evc_folder_path(name), "r");
    size_t size;

    ck_assert_ptr_nonnull(file);
    size = fread(texts[at], 1, sizeof(texts[at]) - 1, file);
    texts[at][size] = 0;
    (void)fclose(file);
    return texts[at];
}

static evc_secret key;

static void
take_key(const char *text)
{
    evc_secret_free(&key);
    EVC_CHECK_OK(evc_secret_new(env->arena, strlen(text), &key, NULL));
    memcpy(key.bytes, text, strlen(text));
    own.key_pem = key;
}

static void
show_texts(void)
{
    own.cert_pem = text_of(0, "client.crt");
    take_key(text_of(1, "client.key"));
}

static void
prepare_link(void)
{
    prepare();
    own.ca_pem = text_of(3, "ca.pem");
}

static void
finish_link(void)
{
    evc_arena_status status;

    evc_secret_free(&key);
    evc_exchange_reset(&x);
    evc_arena_get_status(env->arena, &status);
    ck_assert_uint_eq(status.used_slots, 0);
    finish();
}

/* As make() of the fixture, without its file of authorities. */
static int
get_by(const char *url)
{
    evc_exchange_reset(&x);
    EVC_CHECK_OK(evc_endpoint_open(url, &own, &x.endpoint, NULL));
    x.method = "GET";
    evc_buf_put_text(&x.path, "/ok");
    carry(&x);
    return x.code;
}

static const char *
url_at(const char *host, const char *server)
{
    static char url[128];

    (void)snprintf(url, sizeof(url), "https://%s:%u", host, evc_server_port(server));
    return url;
}

#define CHECK_BY(host, server, expected)                                     \
    do {                                                                     \
        int got_ = get_by(url_at(host, server));                             \
        ck_assert_msg(got_ == (expected), "%s gave %s (%s), not %s", server, \
                      envcrypt_error_name(got_),                             \
                      x.error ? evc_error_message(x.error) : "", #expected); \
    } while (0)

static void
check_says_not(const char *part)
{
    ck_assert_ptr_null(strstr(evc_error_message(x.error), part));
}

/* --- texts ------------------------------------------------------------------------ */

START_TEST(authorities_as_a_text_are_trusted)
{
    CHECK_BY("localhost", "tls", 0);
    CHECK_BY("localhost", "tls12", 0);
}
END_TEST

START_TEST(authorities_as_a_text_are_the_only_ones)
{
    own.ca_file = evc_folder_path("ca.pem");
    own.ca_pem = text_of(0, "other.pem");
    CHECK_BY("localhost", "tls", ENVCRYPT_E_TLS);
    ck_assert(!x.sent);
    CHECK_BY("localhost", "otherca", 0);
}
END_TEST

START_TEST(several_authorities_in_one_text_are_trusted)
{
    static char both[16384];

    (void)snprintf(both, sizeof(both), "%s%s", text_of(0, "other.pem"),
                   text_of(1, "ca.pem"));
    own.ca_pem = both;
    CHECK_BY("localhost", "tls", 0);
    CHECK_BY("localhost", "otherca", 0);
}
END_TEST

START_TEST(a_text_of_authorities_that_is_none_is_told)
{
    static const char *const bad[] = {
        "", "nothing",
        "-----BEGIN CERTIFICATE-----\nplanted\n-----END CERTIFICATE-----\n"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        own.ca_pem = bad[i];
        CHECK_BY("localhost", "tls", ENVCRYPT_E_BAD_CREDENTIALS);
        check_says("authorities for localhost");
        check_says_not("planted");
        ck_assert(!x.sent);
    }
}
END_TEST

START_TEST(client_certificate_as_a_text_is_shown)
{
    show_texts();
    CHECK_BY("localhost", "mutual", 0);
    CHECK_BY("localhost", "mutual12", 0);
}
END_TEST

START_TEST(texts_go_before_files)
{
    show_texts();
    own.client_cert = evc_folder_path("none.pem");
    own.client_key = evc_folder_path("none.key");
    CHECK_BY("localhost", "mutual", 0);
}
END_TEST

START_TEST(certificate_as_a_text_needs_its_key)
{
    show_texts();
    own.key_pem = (evc_secret){.bytes = NULL};
    CHECK_BY("localhost", "mutual", ENVCRYPT_E_BAD_CREDENTIALS);
    check_says("no key");
    ck_assert(!x.sent);
}
END_TEST

START_TEST(key_of_another_certificate_is_told)
{
    show_texts();
    take_key(text_of(1, "good.key"));
    CHECK_BY("localhost", "mutual", ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert(!x.sent);
}
END_TEST

START_TEST(key_that_is_none_is_told_without_a_byte_of_it)
{
    static const char *const bad[] = {
        "planted", "-----BEGIN PRIVATE KEY-----\nplanted\n-----END PRIVATE KEY-----\n"};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        show_texts();
        take_key(bad[i]);
        CHECK_BY("localhost", "mutual", ENVCRYPT_E_BAD_CREDENTIALS);
        check_says("its key");
        check_says_not("planted");
        ck_assert(!x.sent);
    }
}
END_TEST

START_TEST(certificate_that_is_none_is_told)
{
    show_texts();
    own.cert_pem = "planted";
    CHECK_BY("localhost", "mutual", ENVCRYPT_E_BAD_CREDENTIALS);
    check_says_not("planted");
}
END_TEST

/* And nobody is asked for a passphrase. */
START_TEST(key_under_a_passphrase_is_told)
{
    show_texts();
    take_key(text_of(1, "client-locked.key"));
    CHECK_BY("localhost", "mutual", ENVCRYPT_E_BAD_CREDENTIALS);
    check_says("not encrypted");
    own.cert_pem = NULL;
    own.client_cert = evc_folder_path("client.pem");
    own.client_key = evc_folder_path("client-locked.key");
    ck_assert_int_eq(chmod(own.client_key, 0600), 0);
    CHECK_BY("localhost", "mutual", ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

/* --- connections are of one link -------------------------------------------------- */

START_TEST(connection_with_a_certificate_serves_nobody_without)
{
    show_texts();
    CHECK_BY("localhost", "mutual", 0);
    own.cert_pem = NULL;
    CHECK_BY("localhost", "mutual", ENVCRYPT_E_TLS);
    ck_assert_uint_eq(connections_of("mutual"), 2);
}
END_TEST

START_TEST(connection_under_one_authority_serves_nobody_under_another)
{
    CHECK_BY("localhost", "tls", 0);
    own.ca_pem = text_of(0, "other.pem");
    CHECK_BY("localhost", "tls", ENVCRYPT_E_TLS);
}
END_TEST

START_TEST(connection_under_one_name_serves_nobody_under_another)
{
    own.tls_name = "kms.eu-central-1.example";
    CHECK_BY("localhost", "wronghost", 0);
    CHECK_BY("localhost", "wronghost", 0);
    ck_assert_uint_eq(connections_of("wronghost"), 1);
    own.tls_name = "127.0.0.2";
    CHECK_BY("localhost", "wronghost", 0);
    ck_assert_uint_eq(connections_of("wronghost"), 2);
    own.tls_name = NULL;
    CHECK_BY("localhost", "wronghost", ENVCRYPT_E_TLS);
    ck_assert_uint_eq(requests_of("wronghost"), 3);
}
END_TEST

/* Of the name alone: two servers under one name are two. */
START_TEST(connections_under_one_name_are_of_their_hosts)
{
    own.tls_name = "localhost";
    CHECK_BY("127.0.0.1", "tls", 0);
    CHECK_BY("127.0.0.1", "tls12", 0);
    ck_assert_uint_eq(requests_of("tls"), 1);
    ck_assert_uint_eq(requests_of("tls12"), 1);
}
END_TEST

/* --- the name of the certificate -------------------------------------------------- */

START_TEST(name_of_the_certificate_is_the_links)
{
    own.tls_name = "KMS.eu-central-1.example";
    CHECK_BY("localhost", "wronghost", 0);
    ck_assert_str_eq(evc_server_ask("sni", "wronghost"), "kms.eu-central-1.example");
}
END_TEST

START_TEST(host_field_stays_the_endpoints)
{
    char expected[64];

    own.tls_name = "kms.eu-central-1.example";
    CHECK_BY("localhost", "wronghost", 0);
    (void)snprintf(expected, sizeof(expected), "Host: localhost:%u\\r\\n",
                   evc_server_port("wronghost"));
    ck_assert_ptr_nonnull(strstr(evc_server_ask("last", "wronghost"), expected));
    ck_assert_ptr_null(strstr(evc_server_ask("last", "wronghost"), "example"));
}
END_TEST

START_TEST(address_may_be_the_name_and_is_not_told_to_tls)
{
    own.tls_name = "127.0.0.2";
    CHECK_BY("localhost", "wronghost", 0);
    ck_assert_str_eq(evc_server_ask("sni", "wronghost"), "-");
    own.tls_name = "::1";
    CHECK_BY("localhost", "tls", 0);
    own.tls_name = "::2";
    CHECK_BY("localhost", "tls", ENVCRYPT_E_TLS);
}
END_TEST

START_TEST(certificate_for_another_name_is_refused)
{
    own.tls_name = "api.cluster.example";
    CHECK_BY("localhost", "tls", ENVCRYPT_E_TLS);
    check_says("localhost");
    check_says("other hosts than api.cluster.example");
    ck_assert(!x.sent);
    ck_assert_uint_eq(requests_of("tls"), 0);
}
END_TEST

/* The address is reached, whoever listens there. */
START_TEST(host_may_be_an_address_in_brackets)
{
    own.tls_name = "kms.eu-central-1.example";
    CHECK_BY("[::1]", "closed", ENVCRYPT_E_NET_CONNECT);
    check_says("[::1]");
}
END_TEST

/* --- SOCKS ------------------------------------------------------------------------ */

static const char *
socks_url(const char *scheme, const char *server)
{
    static char url[64];

    (void)snprintf(url, sizeof(url), "%s://127.0.0.1:%u", scheme,
                   evc_server_port(server));
    return url;
}

START_TEST(socks_proxy_resolves_the_name)
{
    static const char *const schemes[] = {"socks5", "socks5h"};
    char expected[64];

    for (size_t i = 0; i < 2; i++) {
        own.proxy = socks_url(schemes[i], "socks");
        CHECK_BY("kms.eu-central-1.example", "wronghost", 0);
        (void)snprintf(expected, sizeof(expected), "\"3 kms.eu-central-1.example %u\"",
                       evc_server_port("wronghost"));
        ck_assert_str_eq(evc_server_ask("last", "socks"), expected);
    }
}
END_TEST

START_TEST(socks_proxy_is_told_the_host_and_not_the_name)
{
    own.proxy = socks_url("socks5", "socks");
    own.tls_name = "kms.eu-central-1.example";
    CHECK_BY("api.example", "wronghost", 0);
    ck_assert_ptr_nonnull(strstr(evc_server_ask("last", "socks"), "3 api.example "));
}
END_TEST

START_TEST(http_proxy_is_told_the_host_and_not_the_name)
{
    own.proxy = socks_url("http", "proxy");
    own.tls_name = "kms.eu-central-1.example";
    CHECK_BY("api.example", "wronghost", 0);
    ck_assert_ptr_nonnull(
        strstr(evc_server_ask("last", "proxy"), "CONNECT api.example:"));
}
END_TEST

START_TEST(socks_proxy_is_not_believed)
{
    own.proxy = socks_url("socks5", "socks");
    CHECK_BY("api.example", "wronghost", ENVCRYPT_E_TLS);
    ck_assert_uint_eq(requests_of("wronghost"), 0);
}
END_TEST

START_TEST(socks_proxy_that_refuses)
{
    own.proxy = socks_url("socks5", "socks");
    CHECK_BY("refused.example", "tls", ENVCRYPT_E_PROXY);
    check_says("rules forbid");
    ck_assert(!evc_error_is_retryable(x.error));
    CHECK_BY("away.example", "tls", ENVCRYPT_E_PROXY);
    check_says("no way");
    ck_assert(evc_error_is_retryable(x.error));
    ck_assert(!x.sent);
}
END_TEST

START_TEST(socks_proxy_that_is_not_there)
{
    own.proxy = socks_url("socks5", "closed");
    CHECK_BY("api.example", "tls", ENVCRYPT_E_PROXY);
    ck_assert(evc_error_is_retryable(x.error));
}
END_TEST

START_TEST(socks_proxy_that_is_none)
{
    own.proxy = socks_url("socks5", "plain");
    own.connect_ms = 500;
    CHECK_BY("api.example", "tls", ENVCRYPT_E_PROXY);
    ck_assert(!x.sent);
}
END_TEST

START_TEST(socks_proxy_of_the_client_is_refused)
{
    settings.link.proxy = socks_url("socks5", "socks");
    CHECK_BY("kms.eu-central-1.example", "wronghost", ENVCRYPT_E_ENDPOINT);
    ck_assert_uint_eq(connections_of("socks"), 0);
}
END_TEST

START_TEST(loopback_never_goes_through_a_socks_proxy)
{
    own.proxy = socks_url("socks5", "socks");
    CHECK_BY("localhost", "tls", 0);
    ck_assert_uint_eq(connections_of("socks"), 0);
}
END_TEST

static void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_unchecked_fixture(tcase, start_servers, evc_server_end);
    tcase_add_checked_fixture(tcase, prepare_link, finish_link);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#define ADD(name, ...) add_case(suite, name, (const TTest *const[]){__VA_ARGS__, NULL})

static void
add_tests(Suite *suite)
{
    ADD("texts", authorities_as_a_text_are_trusted,
        authorities_as_a_text_are_the_only_ones,
        several_authorities_in_one_text_are_trusted,
        a_text_of_authorities_that_is_none_is_told,
        client_certificate_as_a_text_is_shown, texts_go_before_files,
        certificate_as_a_text_needs_its_key, key_of_another_certificate_is_told,
        key_that_is_none_is_told_without_a_byte_of_it, certificate_that_is_none_is_told,
        key_under_a_passphrase_is_told);
    ADD("connections", connection_with_a_certificate_serves_nobody_without,
        connection_under_one_authority_serves_nobody_under_another,
        connection_under_one_name_serves_nobody_under_another,
        connections_under_one_name_are_of_their_hosts);
    ADD("names", name_of_the_certificate_is_the_links, host_field_stays_the_endpoints,
        address_may_be_the_name_and_is_not_told_to_tls,
        certificate_for_another_name_is_refused, host_may_be_an_address_in_brackets);
    ADD("socks", socks_proxy_resolves_the_name,
        socks_proxy_is_told_the_host_and_not_the_name,
        http_proxy_is_told_the_host_and_not_the_name, socks_proxy_is_not_believed,
        socks_proxy_that_refuses, socks_proxy_that_is_not_there,
        socks_proxy_that_is_none, socks_proxy_of_the_client_is_refused,
        loopback_never_goes_through_a_socks_proxy);
}

EVC_TEST_MAIN("rules-link", add_tests)
