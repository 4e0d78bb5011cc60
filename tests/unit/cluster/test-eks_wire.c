/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_wire.h"

#include "eks-fixture.h"

static int
run(const evc_operation_kind *kind, evc_eks_ask *ask)
{
    return evc_eks_ask_run(evc_eks_here(e.cluster)->eks, kind, ask, &e.wait, &e.err);
}

static int
write_config(const void *what, evc_jwrite *w, evc_error **err)
{
    (void)err;
    evc_eks_write_config(w, what);
    return 0;
}

START_TEST(names_are_what_eks_takes)
{
    char longest[EVC_EKS_NAME_MAX + 2];

    memset(longest, 'a', sizeof(longest));
    ck_assert(evc_eks_is_name(evc_view_of(longest, EVC_EKS_NAME_MAX)));
    ck_assert(!evc_eks_is_name(evc_view_of(longest, EVC_EKS_NAME_MAX + 1)));
    ck_assert(evc_eks_is_name(evc_view_text("0-_aZ")));
    ck_assert(!evc_eks_is_name(evc_view_text("")));
    ck_assert(!evc_eks_is_name(evc_view_text("-a")));
    ck_assert(!evc_eks_is_name(evc_view_text("_a")));
    ck_assert(!evc_eks_is_name(evc_view_text("a b")));
    ck_assert(!evc_eks_is_name(evc_view_text("a/b")));
}
END_TEST

START_TEST(a_request_is_method_path_and_body)
{
    evc_eks_ask ask = {.method = "POST",
                       .cluster = "prod",
                       .tail = "encryption-config/associate",
                       .write = write_config,
                       .what = KEY_1};

    EVC_CHECK_OK(run(&evc_eks_associate_encryption_config, &ask));
    ck_assert_str_eq(e.requests[0], "POST /clusters/prod/encryption-config/associate");
    ck_assert_str_eq(e.bodies[0], "{\"encryptionConfig\":[{\"resources\":[\"secrets\"],"
                                  "\"provider\":{\"keyArn\":\"" KEY_1 "\"}}]}");
    ck_assert_str_eq(ask.request_id, "request-1");
    evc_json_free(ask.doc);
}
END_TEST

START_TEST(parts_of_a_path_are_quoted)
{
    evc_eks_ask ask = {.method = "GET",
                       .cluster = "my cluster/\xc3\xa9",
                       .tail = "updates",
                       .id = "a/b"};

    EVC_CHECK_OK(run(&evc_eks_describe_update, &ask));
    ck_assert_str_eq(e.requests[0],
                     "GET /clusters/my%20cluster%2F%C3%A9/updates/a%2Fb");
    ck_assert_str_eq(e.bodies[0], "");
    evc_json_free(ask.doc);
}
END_TEST

START_TEST(an_answer_that_is_none_is_a_broken_protocol)
{
    evc_eks_ask ask = {.method = "GET", .cluster = "prod"};

    ANSWER({"GET", 200, "{\"cluster\":", 0});
    EVC_CHECK_CODE(run(&evc_eks_describe_cluster, &ask), ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(ask.doc);
}
END_TEST

/* --- lists --- */

static char seen[256];

static int
take(void *user, const char *name, evc_error **err)
{
    size_t used = strlen(seen);

    (void)user;
    (void)snprintf(&seen[used], sizeof(seen) - used, "%s ", name);
    return strcmp(name, "stop") == 0 ? evc_err(err, ENVCRYPT_E_STATE, "stop") : 0;
}

static int
list(const char *cluster)
{
    seen[0] = '\0';
    return evc_eks_list(evc_eks_here(e.cluster)->eks,
                        cluster ? &evc_eks_list_updates : &evc_eks_list_clusters,
                        cluster, take, NULL, &e.wait, &e.err);
}

START_TEST(a_list_is_read_page_by_page)
{
    ANSWER({"GET /clusters?maxResults=100&nextToken=a%2Bb%2Fc%3D%3D", 200,
            "{\"clusters\":[\"three\"],\"nextToken\":null}", 0},
           {"GET /clusters?maxResults=100", 200,
            "{\"clusters\":[\"one\",\"two\"],\"nextToken\":\"a+b/c==\"}", 0});
    EVC_CHECK_OK(list(NULL));
    ck_assert_str_eq(seen, "one two three ");
    ck_assert_uint_eq(e.asked, 2);
}
END_TEST

START_TEST(updates_are_listed_of_their_cluster)
{
    ANSWER({"GET /clusters/prod/updates?maxResults=100", 200, "{\"updateIds\":[\"u\"]}",
            0});
    EVC_CHECK_OK(list("prod"));
    ck_assert_str_eq(seen, "u ");
}
END_TEST

START_TEST(pages_that_do_not_end_are_refused)
{
    ANSWER({"GET", 200, "{\"clusters\":[\"a\"],\"nextToken\":\"again\"}", 0});
    EVC_CHECK_CODE(list(NULL), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(e.asked, 2);
}
END_TEST

START_TEST(a_list_of_something_else_is_refused)
{
    ANSWER({"GET", 200, "{\"clusters\":[1]}", 0});
    EVC_CHECK_CODE(list(NULL), ENVCRYPT_E_PROTOCOL);
    ANSWER({"GET", 200, "{}", 0});
    EVC_CHECK_CODE(list(NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(who_takes_a_list_can_end_it)
{
    ANSWER({"GET", 200, "{\"clusters\":[\"stop\",\"never\"],\"nextToken\":\"n\"}", 0});
    EVC_CHECK_CODE(list(NULL), ENVCRYPT_E_STATE);
    ck_assert_str_eq(seen, "stop ");
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        names_are_what_eks_takes,          a_request_is_method_path_and_body,
        parts_of_a_path_are_quoted,        an_answer_that_is_none_is_a_broken_protocol,
        a_list_is_read_page_by_page,       updates_are_listed_of_their_cluster,
        pages_that_do_not_end_are_refused, a_list_of_something_else_is_refused,
        who_takes_a_list_can_end_it,       NULL};

    add_eks_case(suite, "wire", tests);
}

EVC_TEST_MAIN("eks_wire", add_tests)
