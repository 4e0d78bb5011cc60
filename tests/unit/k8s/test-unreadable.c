/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/unreadable.h"

#include "base/encode.h"
#include "evc-alloc.h"
#include "scripted-kube.h"

static const evc_kube_resource secrets = {"", "v1", "secrets", "Secret", true};
static const evc_kube_resource widgets = {"x.io", "v1", "widgets", "Widget", false};

static evc_unreadable u;

static int
ask(const evc_kube_resource *resource)
{
    evc_operation op;
    int rc;

    u.list = (evc_kube_list){.resource = resource,
                             .ns = resource->namespaced ? "a" : NULL,
                             .labels = "x=y",
                             .limit = 1,
                             .token = evc_view_text("t")};
    evc_unreadable_init(&u, k.kube, &op);
    rc = evc_operation_run(&op, &k.wait, NULL);
    evc_operation_reset(&op);
    return rc;
}

#define CAUSES(keys)                                                                \
    "{\"kind\":\"Status\",\"reason\":\"StorageReadError\",\"details\":{\"causes\":" \
    "[" keys "]}}"
#define KEY(key) "{\"field\":\"" key "\"}"

START_TEST(the_keys_of_the_causes_name_them)
{
    KUBE_PLAY(
        {.status = 500,
         .body = CAUSES(KEY("/registry/secrets/a/one") "," KEY("/r/secrets/b/two"))});
    EVC_CHECK_OK(ask(&secrets));
    ck_assert(!u.readable);
    ck_assert_uint_eq(u.count, 2);
    ck_assert_str_eq(u.names[0].ns, "a");
    ck_assert_str_eq(u.names[0].name, "one");
    ck_assert_str_eq(u.names[1].name, "two");
    ck_assert_str_eq(k.requests[0].url,
                     "https://kube.example/api/v1/namespaces/a/secrets?limit=1&"
                     "labelSelector=x%3Dy&continue=t");
}
END_TEST

START_TEST(the_message_of_an_older_server_names_one)
{
    KUBE_PLAY({.status = 500,
               .body = "{\"kind\":\"Status\",\"reason\":\"InternalError\",\"message\":"
                       "\"Internal error occurred: unable to transform key "
                       "\\\"/registry/secrets/a/one\\\": no matching prefix found\"}"});
    EVC_CHECK_OK(ask(&secrets));
    ck_assert_uint_eq(u.count, 1);
    ck_assert_str_eq(u.names[0].name, "one");
}
END_TEST

START_TEST(an_object_without_namespace_has_its_name)
{
    KUBE_PLAY({.status = 500, .body = CAUSES(KEY("/registry/x.io/widgets/one"))});
    EVC_CHECK_OK(ask(&widgets));
    ck_assert_str_eq(u.names[0].ns, "");
    ck_assert_str_eq(u.names[0].name, "one");
}
END_TEST

START_TEST(what_is_no_key_names_nothing)
{
    KUBE_PLAY(
        {.status = 500,
         .body = CAUSES(
             KEY("one") "," KEY("/one") "," KEY("/registry/secrets/A/one") "," KEY(
                 "/registry/secrets/a/../x") "," KEY("/registry/a/"))});
    EVC_CHECK_OK(ask(&secrets));
    ck_assert_uint_eq(u.count, 0);
}
END_TEST

START_TEST(what_is_readable_again_is_told)
{
    KUBE_PLAY({.status = 200, .body = "{}"});
    EVC_CHECK_OK(ask(&secrets));
    ck_assert(u.readable);
}
END_TEST

START_TEST(other_errors_stay_errors)
{
    KUBE_PLAY({.status = 403, .body = "{}"});
    EVC_CHECK_CODE(ask(&secrets), ENVCRYPT_E_DENIED);
}
END_TEST

START_TEST(names_are_taken_to_the_limit)
{
    static char body[16384];
    size_t used;

    (void)snprintf(body, sizeof(body), "%s",
                   "{\"reason\":\"StorageReadError\",\"details\":{\"causes\":[");
    for (unsigned i = 0; i < EVC_UNREADABLE_MAX + 1; i++) {
        used = strlen(body);
        (void)snprintf(&body[used], sizeof(body) - used,
                       "%s{\"field\":\"/registry/secrets/a/s-%u\"}", i ? "," : "", i);
    }
    used = strlen(body);
    (void)snprintf(&body[used], sizeof(body) - used, "]}}");
    KUBE_PLAY({.status = 500, .body = body});
    EVC_CHECK_OK(ask(&secrets));
    ck_assert_uint_eq(u.count, EVC_UNREADABLE_MAX);
}
END_TEST

START_TEST(the_last_is_by_the_order_of_keys)
{
    u.count = 3;
    u.names[0] = (evc_unreadable_name){"a", "z"};
    u.names[1] = (evc_unreadable_name){"b", "a"};
    u.names[2] = (evc_unreadable_name){"a-b", "z"};
    ck_assert_str_eq(evc_unreadable_last(&u)->ns, "b");
}
END_TEST

/* As Go encodes it: base64url of {"v","rv","start"} (k8s.io/apiserver, continue.go). */
START_TEST(a_token_begins_behind_the_object)
{
    const evc_unreadable_name name = {"a", "one"};
    char text[256] = "";
    evc_buf out;
    size_t size;

    evc_buf_init(&out);
    EVC_CHECK_OK(evc_unreadable_token(NULL, &name, &out, NULL));
    EVC_CHECK_OK(
        evc_decode_base64url(evc_buf_view(&out), text, sizeof(text) - 1, &size, NULL));
    ck_assert_str_eq(text,
                     "{\"v\":\"meta.k8s.io/v1\",\"rv\":-1,\"start\":\"a/one\\u0000\"}");
    evc_buf_reset(&out);
    EVC_CHECK_OK(evc_unreadable_token("a", &name, &out, NULL));
    memset(text, 0, sizeof(text));
    EVC_CHECK_OK(
        evc_decode_base64url(evc_buf_view(&out), text, sizeof(text) - 1, &size, NULL));
    ck_assert_str_eq(text,
                     "{\"v\":\"meta.k8s.io/v1\",\"rv\":-1,\"start\":\"one\\u0000\"}");
    evc_buf_reset(&out);
}
END_TEST

START_TEST(the_longest_names_have_a_token)
{
    evc_unreadable_name name;
    evc_buf out;

    memset(name.ns, 'a', sizeof(name.ns));
    memset(name.name, 'b', sizeof(name.name));
    name.ns[sizeof(name.ns) - 1] = '\0';
    name.name[sizeof(name.name) - 1] = '\0';
    evc_buf_init(&out);
    EVC_CHECK_OK(evc_unreadable_token(NULL, &name, &out, NULL));
    evc_buf_reset(&out);
}
END_TEST

static int
ask_quietly(void *unused)
{
    (void)unused;
    k.asked = 0;
    return ask(&secrets);
}

START_TEST(survives_any_failed_allocation)
{
    KUBE_PLAY({.status = 500,
               .body =
                   "{\"reason\":\"InternalError\",\"message\":\"unable to transform "
                   "key \\\"/registry/secrets/a/one\\\"\"}"});
    ck_assert_uint_gt(evc_alloc_sweep(ask_quietly, NULL), 3);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {the_keys_of_the_causes_name_them,
                                the_message_of_an_older_server_names_one,
                                an_object_without_namespace_has_its_name,
                                what_is_no_key_names_nothing,
                                what_is_readable_again_is_told,
                                other_errors_stay_errors,
                                names_are_taken_to_the_limit,
                                the_last_is_by_the_order_of_keys,
                                a_token_begins_behind_the_object,
                                the_longest_names_have_a_token,
                                survives_any_failed_allocation};
    TCase *tcase = tcase_create("unreadable");

    tcase_add_checked_fixture(tcase, kube_set_up, kube_tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("unreadable", add_tests)
