/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_fetch.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

#define ITEM(id, name) "{\"cluster_id\":\"" id "\",\"name\":\"" name "\"}"

static evc_ack_found found;

static int
fetch(void)
{
    int rc;

    evc_error_free(err);
    err = NULL;
    rc = evc_ack_fetch_one(ack, &t.wait, &found, &err);
    evc_ack_found_reset(&found);
    return rc;
}

START_TEST(ids_have_1_to_64_characters_of_a_path)
{
    char id[66];

    memset(id, 'a', 65);
    id[65] = '\0';
    ck_assert(!evc_ack_fetch_is_id(id));
    id[64] = '\0';
    ck_assert(evc_ack_fetch_is_id(id));
    ck_assert(!evc_ack_fetch_is_id(""));
    ck_assert(!evc_ack_fetch_is_id("a/b"));
    ck_assert(!evc_ack_fetch_is_id("a.b"));
    ck_assert(!evc_ack_fetch_is_id("a b"));
}
END_TEST

START_TEST(an_id_that_cannot_be_is_not_asked_for)
{
    char path[EVC_ACK_PATH];

    EVC_CHECK_CODE(evc_ack_fetch_path("../x", "", path, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(evc_ack_fetch_path("c1", "/kms", path, NULL));
    ck_assert_str_eq(path, "/clusters/c1/kms");
}
END_TEST

START_TEST(an_id_is_asked_for_at_once)
{
    PLAY(REPLY(DETAIL_OF("running", ON)));
    EVC_CHECK_OK(fetch());
    ck_assert_str_eq(asked, "GET /clusters/" CLUSTER " \n");
}
END_TEST

START_TEST(a_name_is_looked_up_and_must_be_whole)
{
    ack_name("shop");
    PLAY(REPLY(LIST_OF("2", ITEM("c1", "shop-2") "," ITEM("c2", "shop"))),
         REPLY(DETAIL_OF("running", ON)));
    EVC_CHECK_OK(fetch());
    ck_assert_str_eq(asked, "GET /api/v1/clusters?name=shop&region_id=" REGION
                            "&page_number=1&page_size=50 \nGET /clusters/c2 \n");
}
END_TEST

START_TEST(a_name_that_several_have_is_refused_with_their_ids)
{
    ack_name("shop");
    PLAY(REPLY(LIST_OF("2", ITEM("c1", "shop") "," ITEM("c2", "shop"))));
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "c1 (shop), c2 (shop)"));
}
END_TEST

START_TEST(r02_an_unknown_one_is_told_with_the_first_few)
{
    PLAY(FAULT(404, "ErrorClusterNotFound"),
         REPLY(LIST_OF("6",
                       ITEM("c1", "a") "," ITEM("c2", "b") "," ITEM("c3", "c") "," ITEM(
                           "c4", "d") "," ITEM("c5", "e") "," ITEM("c6", "f"))));
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_CLUSTER_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "c5 (e) and others"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "c6"));
}
END_TEST

START_TEST(r02_without_any_cluster_the_account_is_doubted)
{
    PLAY(FAULT(404, "ErrorClusterNotFound"), REPLY(LIST_OF("0", "")));
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_CLUSTER_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "this account has none"));
}
END_TEST

START_TEST(that_others_may_not_be_listed_hides_nothing)
{
    PLAY(FAULT(404, "ErrorClusterNotFound"), FAULT(403, "StatusForbidden"));
    EVC_CHECK_CODE(fetch(), ENVCRYPT_E_CLUSTER_NOT_FOUND);
}
END_TEST

static int
count(void *user, const evc_json *item, evc_error **error)
{
    const char *id = NULL;
    int rc = evc_json_text(item, "cluster_id", &id, error);

    *(size_t *)user += !rc;
    return rc;
}

START_TEST(all_pages_are_taken)
{
    size_t seen = 0;

    PLAY(REPLY(LIST_OF("3", ITEM("c1", "a") "," ITEM("c2", "b"))),
         REPLY(LIST_OF("3", ITEM("c3", "c"))));
    EVC_CHECK_OK(
        evc_ack_fetch_all(evc_ack_place_site(ack), NULL, count, &seen, &t.wait, NULL));
    ck_assert_uint_eq(seen, 3);
    ck_assert_uint_eq(t.started, 2);
}
END_TEST

START_TEST(pages_of_a_name_end_with_an_empty_one)
{
    size_t seen = 0;

    PLAY(REPLY(LIST_OF("9", ITEM("c1", "a"))), REPLY(LIST_OF("9", "")));
    EVC_CHECK_OK(
        evc_ack_fetch_all(evc_ack_place_site(ack), "a", count, &seen, &t.wait, NULL));
    ck_assert_uint_eq(seen, 1);
}
END_TEST

START_TEST(fewer_clusters_than_ack_tells_of_are_not_all)
{
    size_t seen = 0;

    PLAY(REPLY(LIST_OF("9", ITEM("c1", "a"))), REPLY(LIST_OF("9", "")));
    EVC_CHECK_CODE(
        evc_ack_fetch_all(evc_ack_place_site(ack), NULL, count, &seen, &t.wait, &err),
        ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "9 clusters and shows 1"));
}
END_TEST

START_TEST(pages_that_do_not_end_are_the_protocols_fault)
{
    size_t seen = 0;

    PLAY(REPLY(LIST_OF("1000000", ITEM("c1", "a"))));
    EVC_CHECK_CODE(
        evc_ack_fetch_all(evc_ack_place_site(ack), NULL, count, &seen, &t.wait, NULL),
        ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(t.started, 1000);
}
END_TEST

static const char *const bad_pages[] = {"{}", "{\"clusters\":[]}",
                                        "{\"clusters\":7,\"page_info\":{}}",
                                        LIST_OF("-1", ""), LIST_OF("1", "{}")};

START_TEST(what_is_no_page_is_the_protocols_fault)
{
    size_t seen = 0;

    PLAY(REPLY(bad_pages[_i]));
    EVC_CHECK_CODE(
        evc_ack_fetch_all(evc_ack_place_site(ack), NULL, count, &seen, &t.wait, NULL),
        ENVCRYPT_E_PROTOCOL);
}
END_TEST

static int
fetch_once(void *user)
{
    evc_ack_found one;
    int rc;

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    rc = evc_ack_fetch_one(ack, &t.wait, &one, NULL);
    if (!rc)
        evc_ack_found_reset(&one);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ack_name("shop");
    PLAY(REPLY(LIST_OF("1", ITEM("c2", "shop"))), REPLY(DETAIL_OF("running", ON)));
    ck_assert_uint_gt(evc_alloc_sweep(fetch_once, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {ids_have_1_to_64_characters_of_a_path,
                                  an_id_that_cannot_be_is_not_asked_for,
                                  an_id_is_asked_for_at_once,
                                  a_name_is_looked_up_and_must_be_whole,
                                  a_name_that_several_have_is_refused_with_their_ids,
                                  r02_an_unknown_one_is_told_with_the_first_few,
                                  r02_without_any_cluster_the_account_is_doubted,
                                  that_others_may_not_be_listed_hides_nothing,
                                  all_pages_are_taken,
                                  pages_of_a_name_end_with_an_empty_one,
                                  fewer_clusters_than_ack_tells_of_are_not_all,
                                  pages_that_do_not_end_are_the_protocols_fault,
                                  survives_memory_that_runs_out,
                                  NULL};
    const ack_loop loops[] = {
        {what_is_no_page_is_the_protocols_fault, COUNT(bad_pages)}, {NULL, 0}};

    ack_add(suite, "ack_fetch", tests, loops);
}

EVC_TEST_MAIN("ack_fetch", add_tests)
