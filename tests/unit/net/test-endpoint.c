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

START_TEST(a_text_and_a_file_are_one_choice)
{
    const evc_link texts = {.ca_pem = "ca text", .cert_pem = "cert text"};
    const evc_link files = {.ca_file = "ca", .client_cert = "cert"};
    evc_link link = evc_link_choose(&texts, &of_client);

    ck_assert_str_eq(link.ca_pem, "ca text");
    ck_assert_ptr_null(link.ca_file);
    ck_assert_str_eq(link.cert_pem, "cert text");
    ck_assert_ptr_null(link.client_cert);
    ck_assert_ptr_null(link.client_key);
    link = evc_link_choose(&files, &texts);
    ck_assert_str_eq(link.ca_file, "ca");
    ck_assert_ptr_null(link.ca_pem);
    ck_assert_str_eq(link.client_cert, "cert");
    ck_assert_ptr_null(link.cert_pem);
}
END_TEST

START_TEST(name_of_a_certificate_is_of_the_endpoint_alone)
{
    const evc_link none = {.ca_file = NULL};
    const evc_link named = {.tls_name = "api.example"};

    ck_assert_ptr_null(evc_link_choose(&none, &named).tls_name);
    ck_assert_str_eq(evc_link_choose(&named, &none).tls_name, "api.example");
}
END_TEST

static const struct {
    const char *name;
    const char *kept; /* NULL = refused */
} names[] = {
    {"api.example", "api.example"},
    {"API.Example", "api.example"},
    {"kubernetes", "kubernetes"},
    {"10.0.0.1", "10.0.0.1"},
    {"::1", "[::1]"},
    {"2001:DB8::1", "[2001:db8::1]"},
    {"", NULL},
    {"[::1]", NULL},
    {"api.example:443", NULL},
    {"api.example/", NULL},
    {"a@b", NULL},
    {"a b", NULL},
    {"*.example", NULL},
    {"a%41", NULL},
    {"a?b", NULL},
    {"a#b", NULL},
    {"a\nb", NULL},
    {":", NULL},
};

START_TEST(name_of_a_certificate_is_a_host)
{
    const evc_link link = {.tls_name = names[_i].name};
    int rc = evc_endpoint_open("https://10.1.1.1:6443", &link, &endpoint, &error);

    if (names[_i].kept) {
        EVC_CHECK_OK(rc);
        ck_assert_str_eq(endpoint->link.tls_name, names[_i].kept);
        ck_assert_str_eq(endpoint->host, "10.1.1.1");
        ck_assert_str_eq(endpoint->authority, "10.1.1.1:6443");
    } else {
        EVC_CHECK_CODE(rc, ENVCRYPT_E_ENDPOINT);
        ck_assert_ptr_nonnull(strstr(evc_error_message(error), "10.1.1.1:6443"));
    }
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
    char text[] = "http://own:1";
    evc_link own = {.proxy = text, .ca_pem = text, .cert_pem = text};

    EVC_CHECK_OK(evc_endpoint_open("https://kms.example", &own, &endpoint, NULL));
    text[0] = 'x';
    ck_assert_str_eq(endpoint->link.proxy, "http://own:1");
    ck_assert_str_eq(endpoint->link.ca_pem, "http://own:1");
    ck_assert_str_eq(endpoint->link.cert_pem, "http://own:1");
}
END_TEST

/* --- the key ---------------------------------------------------------------------- */

static evc_arena *arena;

static size_t
slots(void)
{
    evc_arena_status status;

    evc_arena_get_status(arena, &status);
    return status.used_slots;
}

static evc_secret
key_of(const char *text)
{
    evc_secret key;

    EVC_CHECK_OK(evc_secret_new(arena, strlen(text), &key, NULL));
    memcpy(key.bytes, text, strlen(text));
    return key;
}

START_TEST(key_of_a_link_is_copied_to_a_slot_of_its_own)
{
    evc_link own = {.cert_pem = "cert"};

    EVC_CHECK_OK(evc_arena_open(1, false, &arena, NULL));
    own.key_pem = key_of("planted key");
    EVC_CHECK_OK(evc_endpoint_open("https://kms.example", &own, &endpoint, NULL));
    ck_assert_ptr_ne(endpoint->link.key_pem.bytes, own.key_pem.bytes);
    evc_secret_free(&own.key_pem);
    ck_assert_uint_eq(slots(), 1);
    ck_assert_uint_eq(endpoint->link.key_pem.size, 11);
    ck_assert_mem_eq(endpoint->link.key_pem.bytes, "planted key", 11);
    forget();
    ck_assert_uint_eq(slots(), 0);
    evc_arena_close(arena);
}
END_TEST

START_TEST(key_that_finds_no_slot_leaves_nothing_behind)
{
    evc_link own = {.ca_pem = "ca", .cert_pem = "cert"};
    static evc_secret more[EVC_ARENA_CHUNK / 64];
    size_t count = 0;

    EVC_CHECK_OK(evc_arena_open(1, false, &arena, NULL));
    own.key_pem = key_of("planted key");
    while (evc_secret_new(arena, 64, &more[count], NULL) == 0)
        count++;
    EVC_CHECK_CODE(evc_endpoint_open("https://kms.example", &own, &endpoint, &error),
                   ENVCRYPT_E_ARENA_FULL);
    ck_assert_ptr_null(endpoint);
    while (count)
        evc_secret_free(&more[--count]);
    evc_secret_free(&own.key_pem);
    evc_arena_close(arena);
}
END_TEST

START_TEST(memory_that_runs_out_with_texts_is_nomem)
{
    evc_link link = {.ca_pem = "ca", .cert_pem = "cert", .tls_name = "::1"};

    EVC_CHECK_OK(evc_arena_open(1, false, &arena, NULL));
    link.key_pem = key_of("planted key");
    ck_assert_uint_ge(evc_alloc_sweep(open_with_link, &link), 9);
    ck_assert_uint_eq(slots(), 1);
    evc_secret_free(&link.key_pem);
    evc_arena_close(arena);
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
        a_text_and_a_file_are_one_choice,
        name_of_a_certificate_is_of_the_endpoint_alone,
        key_of_a_link_is_copied_to_a_slot_of_its_own,
        key_that_finds_no_slot_leaves_nothing_behind,
        memory_that_runs_out_with_texts_is_nomem,
        NULL,
    };
    TCase *tcase = tcase_create("endpoint");

    tcase_add_checked_fixture(tcase, NULL, forget);
    tcase_add_loop_test(tcase, url_is_taken_apart, 0, COUNT(good));
    tcase_add_loop_test(tcase, what_is_no_endpoint_is_refused, 0, COUNT(bad));
    tcase_add_loop_test(tcase, name_of_a_certificate_is_a_host, 0, COUNT(names));
    tcase_add_loop_test(tcase, plain_http_leaves_the_machine_nowhere, 0, COUNT(plain));
    tcase_add_loop_test(tcase, other_spellings_of_loopback_are_it_or_nothing, 0,
                        COUNT(spellings));
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("endpoint", add_tests)
