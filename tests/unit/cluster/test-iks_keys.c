/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_keys.h"

static evc_service *keys;

static void
set_up(void)
{
    iks_set_up();
    keys = NULL;
    EVC_CHECK_OK(evc_iks_open_keys(cluster, "ibm-kp://us-south/" INSTANCE, &toy.wait,
                                   &keys, &err));
}

static void
tear_down(void)
{
    evc_service_unref(keys);
    iks_tear_down();
}

static const struct {
    const char *resource;
    const char *id;
    bool is;
} names[] = {
    {CLUSTER_CRN, ID, true},
    {"crn:v1:bluemix:public:containers-kubernetes:us-south:a/x::cluster:" ID, ID, true},
    {"crn:v1:bluemix:public:containers-kubernetes:us-south:a/x:" ID ":cluster:" ID, ID,
     true},
    {"crn:v1:bluemix:public:containers-kubernetes:us-south:a/" ID ":other::", ID,
     false},
    {CLUSTER_CRN, "other", false},
    {"crn:v1:bluemix:public:cloud-object-storage:global:a/x:" ID "::", ID, false},
    {"containers-kubernetes:" ID, ID, false},
    {"", ID, false},
};

START_TEST(a_cluster_is_known_by_service_and_id)
{
    ck_assert_int_eq(evc_iks_is_cluster(names[_i].resource, names[_i].id, NULL),
                     names[_i].is);
}
END_TEST

START_TEST(the_id_of_any_cluster_is_told)
{
    char id[64];

    ck_assert(evc_iks_is_cluster(CLUSTER_CRN, NULL, id));
    ck_assert_str_eq(id, ID);
    ck_assert(evc_iks_is_cluster(
        "crn:v1:bluemix:public:containers-kubernetes:us-south:a/x::cluster:" ID, NULL,
        id));
    ck_assert_str_eq(id, ID);
    ck_assert(!evc_iks_is_cluster("crn:v1:x", NULL, id));
    ck_assert_str_eq(id, "");
}
END_TEST

START_TEST(traits_are_read)
{
    evc_iks_traits traits;

    reply_to("/metadata", 200,
             METADATA_OF("1", ",\"expirationDate\":\"2030-01-02T03:04:05Z\","
                              "\"lastRotateDate\":\"2023-01-02T03:04:06Z\","
                              "\"lastUpdateDate\":\"2023-01-02T03:04:07Z\","
                              "\"dualAuthDelete\":{\"enabled\":true}"));
    EVC_CHECK_OK(evc_iks_describe(keys, KEY, &toy.wait, &key, &traits, &err));
    ck_assert(!traits.extractable && !traits.imported && traits.dual_auth);
    ck_assert_int_eq(traits.rotated_ms, INT64_C(1672628646000));
    ck_assert_int_eq(traits.expires_ms, INT64_C(1893553445000));
    ck_assert_int_eq(key.version_ms, -1);
}
END_TEST

START_TEST(what_is_not_told_is_not_known)
{
    evc_iks_traits traits;

    EVC_CHECK_OK(evc_iks_describe(keys, KEY, &toy.wait, &key, &traits, &err));
    ck_assert_int_eq(traits.rotated_ms, -1);
    ck_assert_int_eq(traits.expires_ms, -1);
    ck_assert(!traits.dual_auth);
}
END_TEST

static evc_iks_use
look_for(const char *newest)
{
    evc_iks_use use;

    EVC_CHECK_OK(evc_iks_look_for(keys, KEY, newest, ID, &toy.wait, &use, &err));
    return use;
}

START_TEST(registrations_tell_who_uses_a_key)
{
    evc_iks_use use;

    reply_to(
        "/keys/registrations", 200,
        ROWS(REGISTRATION(KEY, "crn:v1:x", "v") "," REGISTRATION(
            KEY, CLUSTER_CRN, VERSION) "," REGISTRATION("another", "crn:v1:y", "v")));
    use = look_for(VERSION);
    ck_assert(use.found && use.newest);
    ck_assert_str_eq(use.version, VERSION);
    ck_assert_str_eq(use.other, "");
    ck_assert_uint_eq(use.neighbours, 1);
}
END_TEST

START_TEST(of_two_entries_the_newest_version_counts)
{
    evc_iks_use use;

    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION(KEY, CLUSTER_CRN,
                               NEWER) "," REGISTRATION(KEY, CLUSTER_CRN, VERSION)));
    use = look_for(NEWER);
    ck_assert(use.newest);
    ck_assert_str_eq(use.version, NEWER);
    use = look_for(VERSION);
    ck_assert(use.newest);
    ck_assert_str_eq(use.version, VERSION);
}
END_TEST

START_TEST(a_version_that_is_not_known_is_never_the_newest)
{
    reply_to("/keys/registrations", 200, ROWS(REGISTRATION(KEY, CLUSTER_CRN, "")));
    ck_assert(!look_for("").newest);
}
END_TEST

START_TEST(another_key_of_the_cluster_is_told)
{
    reply_to("/keys/registrations", 200,
             ROWS(REGISTRATION("another", CLUSTER_CRN, VERSION)));
    ck_assert_str_eq(look_for(VERSION).other, "another");
}
END_TEST

START_TEST(a_registration_without_a_resource_is_refused)
{
    evc_iks_use use;

    reply_to("/keys/registrations", 200, ROWS("{\"keyId\":\"" KEY "\"}"));
    EVC_CHECK_CODE(evc_iks_look_for(keys, KEY, VERSION, ID, &toy.wait, &use, &err),
                   ENVCRYPT_E_PROTOCOL);
}
END_TEST

static int
count_instance(void *user, const char *id, const char *name, const char *region,
               const char *kind, evc_error **error)
{
    (void)error;
    ck_assert_str_eq(id, INSTANCE);
    ck_assert_str_eq(name, "keys");
    ck_assert_str_eq(region, "us-south");
    ck_assert_str_eq(kind, "kms");
    (*(size_t *)user)++;
    return 0;
}

START_TEST(instances_are_listed)
{
    size_t count = 0;

    EVC_CHECK_OK(evc_iks_instances(cluster, count_instance, &count, &toy.wait, &err));
    ck_assert_uint_eq(count, 1);
}
END_TEST

START_TEST(an_instance_is_found_by_its_region_or_by_its_resource)
{
    char uri[EVC_IKS_URI];

    evc_iks_instance_uri("i", "eu-de", "kms", uri);
    ck_assert_str_eq(uri, "ibm-kp://eu-de/i");
    evc_iks_instance_uri("i", "eu-de", "hs-crypto", uri);
    ck_assert_str_eq(uri, "ibm-kp://eu-de/i?find-endpoint=true");
    evc_iks_instance_uri("i", "evil.example/x", "kms", uri);
    ck_assert_str_eq(uri, "");
}
END_TEST

static const char *const odd[] = {"", "{\"x\":1}", "[1]", "[{}]", "<html>"};

START_TEST(what_is_no_list_of_instances_is_refused)
{
    size_t count = 0;

    reply_to("/getKMSInstances", 200, odd[_i]);
    EVC_CHECK_CODE(evc_iks_instances(cluster, count_instance, &count, &toy.wait, &err),
                   ENVCRYPT_E_PROTOCOL);
}
END_TEST

static int
name_by_ids(const char *instance, const char *owner, evc_iks_named *named)
{
    evc_cluster_change wanted;
    int rc;

    evc_cluster_change_init(&wanted);
    EVC_CHECK_OK(evc_cluster_change_set(&wanted, "instance-id", instance, NULL));
    EVC_CHECK_OK(evc_cluster_change_set(&wanted, "crk", KEY, NULL));
    EVC_CHECK_OK(evc_cluster_change_set(&wanted, "kms-account-id", owner, NULL));
    rc = evc_iks_name_key(cluster, &wanted, &toy.wait, named, &err);
    evc_cluster_change_reset(&wanted);
    return rc;
}

START_TEST(ids_of_the_account_tell_the_region)
{
    evc_iks_named named;

    EVC_CHECK_OK(name_by_ids(INSTANCE, NULL, &named));
    ck_assert_str_eq(named.uri, "ibm-kp://us-south/" INSTANCE);
    ck_assert_str_eq(named.key, KEY);
}
END_TEST

/* The two ids and the account are all that ibmcloud is given. */
START_TEST(an_instance_of_another_account_is_looked_for)
{
    const char *elsewhere = "9f3d0c1e-0000-4000-8000-000000000009";
    evc_iks_named named;

    EVC_CHECK_OK(name_by_ids(elsewhere, "0123456789abcdef0123456789abcdef", &named));
    ck_assert_ptr_nonnull(strstr(named.uri, elsewhere));
    ck_assert_ptr_nonnull(strstr(named.uri, "find-endpoint=true"));
    EVC_CHECK_CODE(name_by_ids(elsewhere, NULL, &named), ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "kms-account-id"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {the_id_of_any_cluster_is_told,
                                  traits_are_read,
                                  what_is_not_told_is_not_known,
                                  registrations_tell_who_uses_a_key,
                                  of_two_entries_the_newest_version_counts,
                                  a_version_that_is_not_known_is_never_the_newest,
                                  another_key_of_the_cluster_is_told,
                                  a_registration_without_a_resource_is_refused,
                                  instances_are_listed,
                                  an_instance_is_found_by_its_region_or_by_its_resource,
                                  ids_of_the_account_tell_the_region,
                                  an_instance_of_another_account_is_looked_for,
                                  NULL};
    TCase *tcase = tcase_create("keys");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    tcase_add_loop_test(tcase, a_cluster_is_known_by_service_and_id, 0,
                        sizeof(names) / sizeof(names[0]));
    tcase_add_loop_test(tcase, what_is_no_list_of_instances_is_refused, 0,
                        sizeof(odd) / sizeof(odd[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_keys", add_tests)
