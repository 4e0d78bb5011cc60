/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/uri.h"

#include "evc-alloc.h"
#include "evc-check.h"

static const char *
option(const evc_uri *uri, const char *name)
{
    const evc_pair *pair = evc_kv_find(&uri->query, evc_view_text(name));

    return pair ? (const char *)pair->value.data : NULL;
}

START_TEST(takes_all_parts)
{
    evc_uri uri;

    EVC_CHECK_OK(evc_uri_parse("Local://host/a/b.json?x=1&y=#NAME", &uri, NULL));
    ck_assert_str_eq(uri.scheme, "local");
    ck_assert_str_eq(uri.authority, "host");
    ck_assert_str_eq(uri.path, "/a/b.json");
    ck_assert_str_eq(uri.fragment, "NAME");
    ck_assert_uint_eq(uri.query.count, 2);
    ck_assert_str_eq(option(&uri, "x"), "1");
    ck_assert_str_eq(option(&uri, "y"), "");
    evc_uri_reset(&uri);
}
END_TEST

START_TEST(parts_may_be_missing)
{
    evc_uri uri;

    EVC_CHECK_OK(evc_uri_parse("aws-kms://", &uri, NULL));
    ck_assert_str_eq(uri.scheme, "aws-kms");
    ck_assert_str_eq(uri.authority, "");
    ck_assert_str_eq(uri.path, "");
    ck_assert_ptr_null(uri.fragment);
    ck_assert_uint_eq(uri.query.count, 0);
    evc_uri_reset(&uri);
}
END_TEST

START_TEST(an_empty_fragment_is_one)
{
    evc_uri uri;

    EVC_CHECK_OK(evc_uri_parse("local:///s?#", &uri, NULL));
    ck_assert_str_eq(uri.fragment, "");
    evc_uri_reset(&uri);
}
END_TEST

START_TEST(decodes_every_part)
{
    evc_uri uri;

    EVC_CHECK_OK(evc_uri_parse("x://a%2Fb/c%23d+?n%3D=v%26%c3%a9#%25", &uri, NULL));
    ck_assert_str_eq(uri.authority, "a/b");
    ck_assert_str_eq(uri.path, "/c#d+");
    ck_assert_str_eq(option(&uri, "n="), "v&\xc3\xa9");
    ck_assert_str_eq(uri.fragment, "%");
    evc_uri_reset(&uri);
}
END_TEST

START_TEST(an_arn_is_a_path)
{
    static const char arn[] = "/arn:aws:kms:eu-west-1:111122223333:key/mrk-1";
    evc_uri uri;

    EVC_CHECK_OK(evc_uri_parse(
        "aws-kms:///arn:aws:kms:eu-west-1:111122223333:key/mrk-1", &uri, NULL));
    ck_assert_str_eq(uri.path, arn);
    evc_uri_reset(&uri);
}
END_TEST

START_TEST(a_value_may_hold_an_equals_sign)
{
    evc_uri uri;

    EVC_CHECK_OK(evc_uri_parse("x:///?a=b=c", &uri, NULL));
    ck_assert_str_eq(option(&uri, "a"), "b=c");
    evc_uri_reset(&uri);
}
END_TEST

START_TEST(rejects_what_is_no_uri)
{
    static const char *const wrong[] = {
        "",           "local",         "local:",          "local:/",
        "local:/x//", "://x",          "/path",           "1x://",
        "l_cal://",   "\xc3\xa9://",   "x://%",           "x://%4",
        "x://%g0",    "x://%00",       "x://a\nb",        "x:///%0a",
        "x:///\x7f",  "x:///?a",       "x:///?=b",        "x:///?a=1&",
        "x:///?&a=1", "x:///?a=%zz",   "x:///?%61%=1",    "x:///#a#b",
        "x:///\xff",  "x:///?a=1&a=2", "x:///?a=1&%61=2", "x:///#%01",
    };
    evc_uri uri;

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        evc_error *err = NULL;

        ck_assert_msg(evc_uri_parse(wrong[i], &uri, &err) == ENVCRYPT_E_URI, "%s",
                      wrong[i]);
        ck_assert_ptr_null(uri.scheme);
        ck_assert_ptr_nonnull(strstr(evc_error_message(err), "scheme://"));
        evc_error_free(err);
    }
}
END_TEST

START_TEST(takes_8192_bytes_and_not_one_more)
{
    static char uri_text[EVC_URI_MAX + 2];
    evc_uri uri;

    memset(uri_text, 'a', EVC_URI_MAX + 1);
    memcpy(uri_text, "x:///", 5);
    EVC_CHECK_CODE(evc_uri_parse(uri_text, &uri, NULL), ENVCRYPT_E_URI);
    uri_text[EVC_URI_MAX] = '\0';
    EVC_CHECK_OK(evc_uri_parse(uri_text, &uri, NULL));
    evc_uri_reset(&uri);
}
END_TEST

static int
parse_whole(void *user)
{
    evc_uri uri;
    int rc = evc_uri_parse(user, &uri, NULL);

    evc_uri_reset(&uri);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    char text[] = "local://h/p?a=1&b=2#f";

    evc_alloc_sweep(parse_whole, text);
}
END_TEST

START_TEST(a_proxy_is_a_host_and_its_port)
{
    ck_assert(evc_uri_is_proxy(""));
    ck_assert(evc_uri_is_proxy("http://proxy:3128"));
    ck_assert(!evc_uri_is_proxy("http://"));
    ck_assert(!evc_uri_is_proxy("https://proxy:3128"));
    ck_assert(!evc_uri_is_proxy("http://user:word@proxy:3128"));
    ck_assert(!evc_uri_is_proxy("http://proxy:3128/path"));
    ck_assert(!evc_uri_is_proxy("http://proxy:3128\r\nX: y"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {takes_all_parts,
                                  parts_may_be_missing,
                                  an_empty_fragment_is_one,
                                  decodes_every_part,
                                  an_arn_is_a_path,
                                  a_value_may_hold_an_equals_sign,
                                  rejects_what_is_no_uri,
                                  takes_8192_bytes_and_not_one_more,
                                  a_proxy_is_a_host_and_its_port,
                                  survives_memory_that_runs_out,
                                  NULL};

    evc_check_add(suite, "uri", tests);
}

EVC_TEST_MAIN("uri", add_tests)
