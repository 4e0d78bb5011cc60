/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_read.h"

#define OTHER_KEY "70f1c2d3-0000-4000-8000-000000000003"

START_TEST(a_cluster_is_asked_for_by_its_name)
{
    read_state();
    ck_assert_str_eq(toy.requests[0].method, "GET");
    ck_assert_str_eq(toy.requests[0].path, "/v2/getCluster");
    ck_assert_str_eq(toy.requests[0].query, "cluster=mine");
    ck_assert(!had_header(0, "x-auth-resource-group: g1"));
    ck_assert_int_eq(state.encryption, ENVCRYPT_CLUSTER_ENCRYPTION_NONE);
    ck_assert_uint_eq(toy.asked, 1);
}
END_TEST

START_TEST(the_resource_group_goes_with_it)
{
    evc_cluster_unref(cluster);
    cluster = NULL;
    EVC_CHECK_OK(
        open_at("iks://mine", (const char *const[]){"resource-group", "g1", NULL}));
    read_state();
    ck_assert(had_header(0, "x-auth-resource-group: g1"));
}
END_TEST

START_TEST(the_key_that_registered_the_cluster_is_its_key)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    read_state();
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY), CRN);
    ck_assert_int_eq(state.key_state, ENVCRYPT_KEY_ENABLED);
}
END_TEST

START_TEST(of_two_keys_that_name_the_cluster_none_is_taken_for_its_key)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    reply_to("/keys/registrations", 200,
             ROWS("{\"keyId\":\"" OTHER_KEY "\",\"resourceCrn\":\"" CLUSTER_CRN
                  "\",\"lastUpdated\":\"2023-01-01T00:00:00Z\"}," REGISTRATION(
                      KEY, CLUSTER_CRN, VERSION)));
    read_state();
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY), "");
    ck_assert(evc_iks_has_several_keys(&state));
    ck_assert(!evc_cluster_state_is_sick(&state));
    EVC_CHECK_CODE(
        evc_cluster_iks.find_key(cluster, &change, &state, &toy.wait, &key, &err),
        ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "several"));
}
END_TEST

START_TEST(a_key_that_names_the_cluster_twice_is_one_key)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION(KEY, CLUSTER_CRN,
                               "v1") "," REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    read_state();
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY), CRN);
    ck_assert(!evc_iks_has_several_keys(&state));
}
END_TEST

START_TEST(keys_of_two_instances_that_name_the_cluster_are_several)
{
    toy.route_count = 0; /* the replies come in turn */
    reply_with(200, READY(BEFORE, "true"));
    reply_with(200, "[{\"instance_id\":\"" INSTANCE "\",\"region\":\"us-south\"},"
                    "{\"instance_id\":\"" INSTANCE "\",\"region\":\"eu-de\"}]");
    reply_with(200, ROWS("{\"keyId\":\"" KEY "\",\"resourceCrn\":\"" CLUSTER_CRN
                         "\",\"lastUpdated\":\"2023-01-01T00:00:00Z\"}"));
    reply_with(200, METADATA);
    reply_with(200, ROWS(REGISTRATION(OTHER_KEY, CLUSTER_CRN, VERSION)));
    read_state();
    ck_assert(evc_iks_has_several_keys(&state));
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY), "");
}
END_TEST

START_TEST(a_key_that_may_not_be_read_is_not_known)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    reply_to("/metadata", 403, REFUSAL("403", "FORBIDDEN_ERR"));
    read_state();
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY), "");
    ck_assert(!evc_iks_has_several_keys(&state));
}
END_TEST

START_TEST(a_key_service_that_may_not_be_read_leaves_the_key_unknown)
{
    reply_to("/getCluster?", 200, READY(BEFORE, "true"));
    reply_to("/keys/registrations", 401, REFUSAL("401", "UNAUTHORIZED_ERR"));
    read_state();
    ck_assert_str_eq(evc_cluster_state_text(&state, EVC_CLUSTER_KEY), "");
    ck_assert_int_eq(state.encryption, ENVCRYPT_CLUSTER_ENCRYPTION_OWN);
}
END_TEST

#define LOST "{\"code\":\"G0004\",\"description\":\"planted\",\"incidentID\":\"i\"}"

START_TEST(r02_a_cluster_that_is_not_there_is_told_with_those_that_are)
{
    reply_to("/getCluster?", 404, LOST);
    reply_to("/vpc/getClusters", 200,
             "[{\"id\":\"a\",\"name\":\"blue\"},{\"id\":\"b\",\"name\":\"green\"}]");
    reply_to("/classic/getClusters", 200, "[]");
    reply_to("/satellite/getClusters", 200, "[]");
    EVC_CHECK_CODE(evc_cluster_iks.read(cluster, &toy.wait, &state, &err),
                   ENVCRYPT_E_CLUSTER_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "\"mine\""));
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "there are blue, green"));
    ck_assert_ptr_null(strstr(evc_error_message(err), "planted"));
}
END_TEST

START_TEST(r02_a_list_that_is_denied_is_said_to_be)
{
    reply_to("/getCluster?", 404, LOST);
    reply_to("/getClusters", 403, "{}");
    EVC_CHECK_CODE(evc_cluster_iks.read(cluster, &toy.wait, &state, &err),
                   ENVCRYPT_E_CLUSTER_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "could not be listed"));
}
END_TEST

/* --- find_key --- */

static int
find_key(void)
{
    return evc_cluster_iks.find_key(cluster, &change, &state, &toy.wait, &key, &err);
}

static const char *const forms[] = {CRN, "ibm-kp:///" CRN,
                                    "ibm-kp://us-south/" INSTANCE "/" KEY};

START_TEST(a_key_is_named_in_every_form)
{
    want("key", forms[_i]);
    EVC_CHECK_OK(find_key());
    ck_assert_str_eq(key.id, CRN);
    ck_assert_str_eq(key.short_id, KEY);
    ck_assert_str_eq(key.service, INSTANCE);
    ck_assert_str_eq(key.account, ACCOUNT);
    ck_assert_str_eq(key.region, "us-south");
    ck_assert_str_eq(key.version, VERSION);
    ck_assert_str_eq(key.word, "Active");
    ck_assert(had_header(0, "bluemix-instance: " INSTANCE));
}
END_TEST

START_TEST(ids_as_ibmcloud_has_them_are_looked_up)
{
    want("instance-id", INSTANCE);
    want("crk", KEY);
    EVC_CHECK_OK(find_key());
    ck_assert_str_eq(key.id, CRN);
    ck_assert_str_eq(toy.requests[0].path, "/v2/getKMSInstances");
}
END_TEST

START_TEST(an_instance_that_is_not_the_accounts_is_told_with_what_to_do)
{
    want("instance-id", "other");
    want("crk", KEY);
    EVC_CHECK_CODE(find_key(), ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "kms-account-id"));
}
END_TEST

static const char *const wrong[][2] = {
    {"key", "arn:aws:kms:x"},
    {"key", "ibm-kp://us-south/" INSTANCE},
    {"key", "crn:v1:bluemix:public:kms:us-south:a/x:" INSTANCE "::"},
    {"instance-id", INSTANCE},
    {"crk", KEY},
};

START_TEST(what_names_no_key_is_refused)
{
    int rc;

    want(wrong[_i][0], wrong[_i][1]);
    rc = find_key();
    ck_assert_msg(rc == ENVCRYPT_E_ARGUMENT || rc == ENVCRYPT_E_URI, "%d", rc);
    ck_assert_uint_eq(asked_for("/metadata"), 0);
}
END_TEST

START_TEST(one_way_to_name_a_key_is_enough)
{
    want("key", CRN);
    want("crk", KEY);
    EVC_CHECK_CODE(find_key(), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(without_a_wish_it_is_the_key_of_the_state)
{
    EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY, CRN, NULL));
    EVC_CHECK_OK(find_key());
    ck_assert_str_eq(key.id, CRN);
}
END_TEST

START_TEST(a_key_that_is_not_known_is_to_be_named)
{
    EVC_CHECK_CODE(find_key(), ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "option key"));
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_cluster_is_asked_for_by_its_name,
        the_resource_group_goes_with_it,
        the_key_that_registered_the_cluster_is_its_key,
        of_two_keys_that_name_the_cluster_none_is_taken_for_its_key,
        a_key_that_names_the_cluster_twice_is_one_key,
        keys_of_two_instances_that_name_the_cluster_are_several,
        a_key_that_may_not_be_read_is_not_known,
        a_key_service_that_may_not_be_read_leaves_the_key_unknown,
        r02_a_cluster_that_is_not_there_is_told_with_those_that_are,
        r02_a_list_that_is_denied_is_said_to_be,
        ids_as_ibmcloud_has_them_are_looked_up,
        an_instance_that_is_not_the_accounts_is_told_with_what_to_do,
        one_way_to_name_a_key_is_enough,
        without_a_wish_it_is_the_key_of_the_state,
        a_key_that_is_not_known_is_to_be_named,
        NULL};
    TCase *tcase = tcase_create("names");

    add_iks_tests(suite, "read", tests);
    tcase_add_checked_fixture(tcase, iks_set_up, iks_tear_down);
    tcase_add_loop_test(tcase, a_key_is_named_in_every_form, 0,
                        sizeof(forms) / sizeof(forms[0]));
    tcase_add_loop_test(tcase, what_names_no_key_is_refused, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_read", add_tests)
