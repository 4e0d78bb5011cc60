/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_fetch.h"
#include "ibm-fixture.h"

static const evc_ibm_target target = {INSTANCE, NULL};

static evc_ibm_where
here(void)
{
    return (evc_ibm_where){toy.peer, &target, KEY, CRN};
}

#define VERSIONS(list) \
    "{\"metadata\":{\"collectionType\":\"v\"},\"resources\":[" list "]}"

START_TEST(the_metadata_of_a_key_is_fetched)
{
    evc_ibm_where where = here();
    evc_json_doc *doc = NULL;
    evc_ibm_key key;

    reply_with(200, METADATA);
    EVC_CHECK_OK(evc_ibm_fetch_key(&where, &toy.wait, &doc, &key, NULL));
    ck_assert_str_eq(key.crn, CRN);
    ck_assert_str_eq(toy.requests[0].method, "GET");
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/metadata");
    evc_json_free(doc);
}
END_TEST

START_TEST(a_failure_leaves_no_document)
{
    evc_ibm_where where = here();
    evc_json_doc *doc = NULL;
    evc_ibm_key key;

    reply_with(200, "{\"resources\":[]}");
    EVC_CHECK_CODE(evc_ibm_fetch_key(&where, &toy.wait, &doc, &key, NULL),
                   ENVCRYPT_E_PROTOCOL);
    ck_assert_ptr_null(doc);
    start_over();
    reply_with(404, "");
    EVC_CHECK_CODE(evc_ibm_fetch_key(&where, &toy.wait, &doc, &key, NULL),
                   ENVCRYPT_E_KEY_NOT_FOUND);
}
END_TEST

START_TEST(versions_are_turned_to_oldest_first)
{
    evc_ibm_where where = here();
    evc_key_info *info = NULL;

    EVC_CHECK_OK(evc_key_info_new(evc_view_text(CRN), &info, NULL));
    reply_with(200,
               VERSIONS("{\"id\":\"new\",\"creationDate\":\"1970-01-01T00:00:02Z\"},"
                        "{\"id\":\"old\"}"));
    EVC_CHECK_OK(
        evc_ibm_fetch_versions(&where, ENVCRYPT_KEY_DISABLED, &toy.wait, info, NULL));
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/keys/" KEY "/versions");
    ck_assert_str_eq(toy.requests[0].query, "allKeyStates=true&limit=200&offset=0");
    ck_assert_uint_eq(info->count, 2);
    ck_assert_str_eq(info->versions[0].id, "old");
    ck_assert_int_eq(info->versions[0].created_ms, -1);
    ck_assert_str_eq(info->versions[1].id, "new");
    ck_assert_int_eq(info->versions[1].created_ms, 2000);
    ck_assert_int_eq(info->versions[1].state, ENVCRYPT_KEY_DISABLED);
    ck_assert_uint_eq(info->current, 1);
    evc_key_info_free(info);
}
END_TEST

START_TEST(a_version_has_an_id_of_255_bytes_at_most)
{
    static char body[512];
    evc_ibm_where where = here();
    char id[257] = {0};

    memset(id, 'v', 256);
    for (size_t over = 0; over < 2; over++) {
        evc_key_info *info = NULL;

        (void)snprintf(body, sizeof(body), VERSIONS("{\"id\":\"%.*s\"}"),
                       (int)(255 + over), id);
        start_over();
        reply_with(200, body);
        EVC_CHECK_OK(evc_key_info_new(evc_view_text(CRN), &info, NULL));
        EVC_CHECK_CODE(evc_ibm_fetch_versions(&where, 1, &toy.wait, info, NULL),
                       over ? ENVCRYPT_E_PROTOCOL : 0);
        evc_key_info_free(info);
    }
}
END_TEST

START_TEST(a_version_without_id_is_refused)
{
    evc_ibm_where where = here();
    evc_key_info *info = NULL;

    EVC_CHECK_OK(evc_key_info_new(evc_view_text(CRN), &info, NULL));
    reply_with(200, VERSIONS("{\"id\":\"new\"},{}"));
    EVC_CHECK_CODE(evc_ibm_fetch_versions(&where, 1, &toy.wait, info, NULL),
                   ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(info->count, 0);
    evc_key_info_free(info);
}
END_TEST

START_TEST(the_port_of_an_instance_is_fetched)
{
    uint16_t port = 7;

    reply_with(200, "{\"resources\":[{\"private_endpoint_port\":65535}]}");
    EVC_CHECK_OK(evc_ibm_fetch_port(toy.peer, &target, &toy.wait, &port, NULL));
    ck_assert_uint_eq(port, 65535);
    ck_assert_str_eq(toy.requests[0].path, "/api/v2/instance/allowed_ip_port");
}
END_TEST

START_TEST(an_instance_may_have_no_port)
{
    uint16_t port = 7;

    reply_with(200, "{\"resources\":[]}");
    EVC_CHECK_OK(evc_ibm_fetch_port(toy.peer, &target, &toy.wait, &port, NULL));
    ck_assert_uint_eq(port, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        the_metadata_of_a_key_is_fetched,    a_failure_leaves_no_document,
        versions_are_turned_to_oldest_first, a_version_has_an_id_of_255_bytes_at_most,
        a_version_without_id_is_refused,     the_port_of_an_instance_is_fetched,
        an_instance_may_have_no_port,        NULL};

    add_toy_tests(suite, "fetch", tests);
}

EVC_TEST_MAIN("ibm_fetch", add_tests)
