/* SPDX-License-Identifier: Apache-2.0 */
#include "iks-fixture.h"

#include "cluster/iks_roles.h"

static const evc_iks_site site = {.account = ACCOUNT,
                                  .cluster = ID,
                                  .group = "g1",
                                  .region = "us-south",
                                  .instance = INSTANCE};

#define ATTRIBUTE(name, value) "{\"name\":\"" name "\",\"value\":\"" value "\"}"
#define LIKE(name, value) \
    "{\"name\":\"" name "\",\"value\":\"" value "\",\"operator\":\"stringMatch\"}"
#define ROLE(name) "{\"role_id\":\"crn:v1:bluemix:public:iam::::" name "\"}"
#define POLICY(roles, attributes)            \
    "{\"type\":\"access\",\"roles\":[" roles \
    "],\"resources\":[{\"attributes\":[" attributes "]}]}"
#define OURS ATTRIBUTE("accountId", ACCOUNT)
#define OF_CLUSTERS OURS "," ATTRIBUTE("serviceName", "containers-kubernetes")
#define OF_KEYS OURS "," ATTRIBUTE("serviceName", "kms")

static evc_iks_roles
given(const char *policy, const evc_iks_site *where)
{
    evc_json_doc *doc = NULL;
    evc_iks_roles roles = {.complete = true};

    EVC_CHECK_OK(evc_json_parse(evc_view_text(policy), "test", &doc, NULL));
    evc_iks_roles_add(evc_json_root(doc), where, &roles);
    evc_json_free(doc);
    return roles;
}

#define ADMIN ROLE("role:Administrator")
#define MANAGER ROLE("serviceRole:Manager")
#define KEYS_ALL (EVC_IKS_KEY_MANAGER | EVC_IKS_KEY_WRITER | EVC_IKS_KEY_READER)

static const struct {
    const char *policy;
    uint32_t held;
} policies[] = {
    {POLICY(ADMIN "," MANAGER, OF_CLUSTERS),
     EVC_IKS_ADMINISTRATOR | EVC_IKS_CLUSTER_MANAGER},
    {POLICY(MANAGER, OF_KEYS), KEYS_ALL},
    {POLICY(ROLE("serviceRole:Writer"), OF_KEYS),
     EVC_IKS_KEY_WRITER | EVC_IKS_KEY_READER},
    {POLICY(ROLE("serviceRole:Reader"), OF_KEYS), EVC_IKS_KEY_READER},
    {POLICY(ROLE("role:Editor"), OF_CLUSTERS), 0},
    {POLICY(ROLE("customRole:Administrator"), OF_CLUSTERS), 0},
    /* All services that are IAM-enabled. */
    {POLICY(ADMIN "," MANAGER, OURS "," ATTRIBUTE("serviceType", "service")),
     EVC_IKS_ADMINISTRATOR | EVC_IKS_CLUSTER_MANAGER | KEYS_ALL},
    {POLICY(ADMIN, ATTRIBUTE("accountId", "other")), 0},
    /* Narrowed to what is meant, and to something else. */
    {POLICY(ADMIN, OF_CLUSTERS "," ATTRIBUTE("serviceInstance", ID)),
     EVC_IKS_ADMINISTRATOR},
    {POLICY(ADMIN, OF_CLUSTERS "," ATTRIBUTE("serviceInstance", "other")), 0},
    {POLICY(ADMIN, OF_CLUSTERS "," LIKE("serviceInstance", "cex*cluster")),
     EVC_IKS_ADMINISTRATOR},
    {POLICY(ADMIN, OF_CLUSTERS "," LIKE("serviceInstance", "cex*x")), 0},
    {POLICY(ADMIN, OF_CLUSTERS "," ATTRIBUTE("serviceInstance", "cex*cluster")), 0},
    {POLICY(ADMIN, OF_CLUSTERS "," ATTRIBUTE("resourceGroupId", "g1")),
     EVC_IKS_ADMINISTRATOR},
    {POLICY(ADMIN, OF_CLUSTERS "," ATTRIBUTE("resourceGroupId", "g2")), 0},
    {POLICY(ADMIN, OF_CLUSTERS "," ATTRIBUTE("region", "us-south")),
     EVC_IKS_ADMINISTRATOR},
    {POLICY(ADMIN, OF_CLUSTERS "," ATTRIBUTE("region", "eu-de")), 0},
    {POLICY(MANAGER, OF_CLUSTERS "," ATTRIBUTE("namespace", "default")), 0},
    {POLICY(MANAGER, OF_KEYS "," ATTRIBUTE("serviceInstance", INSTANCE)), KEYS_ALL},
    {POLICY(MANAGER, OF_KEYS "," ATTRIBUTE("resource", KEY)), 0},
    /* What is no policy of access, or none at all. */
    {"{\"type\":\"authorization\",\"roles\":[" ADMIN
     "],\"resources\":[{\"attributes\":[]}]}",
     0},
    {"{\"type\":\"access\",\"roles\":[" ADMIN "]}", 0},
    {"{\"type\":\"access\",\"roles\":[1,{}],\"resources\":[]}", 0},
    {"{}", 0},
};

START_TEST(policies_give_roles_where_they_cover_the_whole)
{
    evc_iks_roles roles = given(policies[_i].policy, &site);

    ck_assert_uint_eq(roles.held, policies[_i].held);
    ck_assert_uint_eq(roles.maybe, 0);
}
END_TEST

START_TEST(a_policy_of_a_place_that_is_not_known_may_cover_it)
{
    const evc_iks_site less = {.account = ACCOUNT, .cluster = ID};
    evc_iks_roles roles =
        given(POLICY(ADMIN, OF_CLUSTERS "," ATTRIBUTE("resourceGroupId", "g2")), &less);

    ck_assert_uint_eq(roles.held, 0);
    ck_assert_uint_eq(roles.maybe, EVC_IKS_ADMINISTRATOR);
    ck_assert_str_eq(evc_iks_roles_has(&roles, EVC_IKS_ADMINISTRATOR), "unknown");
    ck_assert_str_eq(evc_iks_roles_has(&roles, EVC_IKS_CLUSTER_MANAGER), "no");
}
END_TEST

START_TEST(keys_are_in_groups_that_nobody_tells)
{
    evc_iks_roles roles =
        given(POLICY(MANAGER, OF_KEYS "," ATTRIBUTE("resourceGroupId", "g1")), &site);

    ck_assert_uint_eq(roles.held, 0);
    ck_assert_uint_eq(roles.maybe, KEYS_ALL);
}
END_TEST

static evc_iks_roles
ask(void)
{
    evc_iks_roles roles;

    EVC_CHECK_OK(evc_iks_roles_read(cluster, &site, &toy.wait, &roles, &err));
    return roles;
}

START_TEST(roles_of_person_and_groups_add_up)
{
    evc_iks_roles roles;

    reply_to("/v1/policies?", 200, "{\"policies\":[" POLICY(MANAGER, OF_KEYS) "]}");
    reply_to("access_group_id=AccessGroupId-1", 200,
             "{\"policies\":[" POLICY(ADMIN, OF_CLUSTERS) "]}");
    reply_to("/v2/groups?", 200, "{\"groups\":[{\"id\":\"AccessGroupId-1\"}]}");
    roles = ask();
    ck_assert_str_eq(roles.person, "IBMid-1");
    ck_assert(roles.complete);
    ck_assert_uint_eq(roles.held, EVC_IKS_ADMINISTRATOR | KEYS_ALL);
    ck_assert_str_eq(toy.requests[0].query,
                     "account_id=" ACCOUNT
                     "&iam_id=IBMid-1&type=access&state=active&limit=100");
}
END_TEST

START_TEST(pages_of_policies_are_followed)
{
    reply_to("/v1/policies?", 200, "{\"policies\":[],\"next\":{\"start\":\"s 2\"}}");
    reply_to("start=s%202", 200, "{\"policies\":[" POLICY(ADMIN, OF_CLUSTERS) "]}");
    reply_to("/v2/groups?", 200, "{\"groups\":[]}");
    ck_assert_uint_eq(ask().held, EVC_IKS_ADMINISTRATOR);
}
END_TEST

START_TEST(pages_that_do_not_end_are_no_lack)
{
    evc_iks_roles roles;

    reply_to(
        "/v1/policies?", 200,
        "{\"policies\":[" POLICY(MANAGER, OF_KEYS) "],\"next\":{\"start\":\"s\"}}");
    reply_to("/v2/groups?", 200, "{\"groups\":[]}");
    roles = ask();
    ck_assert(!roles.complete);
    ck_assert_uint_eq(roles.held, KEYS_ALL);
    ck_assert_str_eq(evc_iks_roles_has(&roles, EVC_IKS_ADMINISTRATOR), "unknown");
}
END_TEST

START_TEST(an_empty_list_is_no_lack)
{
    reply_to("/v1/policies?", 200, "{\"policies\":[]}");
    reply_to("/v2/groups?", 200, "{\"groups\":[]}");
    ck_assert(!ask().complete);
}
END_TEST

START_TEST(groups_that_may_not_be_read_are_no_lack)
{
    evc_iks_roles roles;

    reply_to("/v1/policies?", 200, "{\"policies\":[" POLICY(MANAGER, OF_KEYS) "]}");
    reply_to("/v2/groups?", 403, "{}");
    roles = ask();
    ck_assert(!roles.complete);
    ck_assert_uint_eq(roles.held, KEYS_ALL);
    ck_assert_str_ne(roles.why, "");
}
END_TEST

START_TEST(an_account_that_is_not_known_is_no_lack)
{
    evc_iks_site nowhere = site;
    evc_iks_roles roles;

    nowhere.account = "";
    EVC_CHECK_OK(evc_iks_roles_read(cluster, &nowhere, &toy.wait, &roles, &err));
    ck_assert(!roles.complete);
    ck_assert_uint_eq(toy.asked, 0);
}
END_TEST

static evc_table *
permissions(evc_cluster_verb verb)
{
    evc_cluster_job job = job_of(verb);
    evc_table *rows = NULL;

    EVC_CHECK_OK(evc_table_new(evc_cluster_permission_columns, &rows, NULL));
    EVC_CHECK_OK(evc_cluster_iks.permissions(cluster, &job, &toy.wait, rows, &err));
    return rows;
}

START_TEST(i25_permissions_are_told_row_by_row)
{
    evc_table *rows;

    take_key();
    read_state();
    reply_to("/v1/policies?", 200, "{\"policies\":[" POLICY(ADMIN, OF_CLUSTERS) "]}");
    reply_to("/v2/groups?", 200, "{\"groups\":[]}");
    rows = permissions(EVC_VERB_ENABLE);
    ck_assert_uint_eq(rows->rows, 3);
    ck_assert_str_eq(cell(rows, 0, "permission"), "platform role Administrator");
    ck_assert_str_eq(cell(rows, 0, "on"), "cluster " ID);
    ck_assert_str_eq(cell(rows, 0, "needed-for"), "enable");
    ck_assert_str_eq(cell(rows, 0, "has"), "yes");
    ck_assert_str_eq(cell(rows, 1, "permission"), "service role Manager");
    ck_assert_str_eq(cell(rows, 1, "has"), "no");
    ck_assert_str_eq(cell(rows, 2, "on"), "key service instance " INSTANCE);
    evc_table_free(rows);
}
END_TEST

START_TEST(permissions_that_nobody_tells_are_unknown)
{
    evc_table *rows;

    read_state();
    reply_to("/v1/policies?", 403, "{}");
    rows = permissions(EVC_VERB_ROTATE);
    ck_assert_uint_eq(rows->rows, 2);
    ck_assert_str_eq(cell(rows, 0, "has"), "unknown");
    ck_assert_str_ne(cell(rows, 0, "detail"), "");
    evc_table_free(rows);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_policy_of_a_place_that_is_not_known_may_cover_it,
                                  keys_are_in_groups_that_nobody_tells,
                                  roles_of_person_and_groups_add_up,
                                  pages_of_policies_are_followed,
                                  pages_that_do_not_end_are_no_lack,
                                  an_empty_list_is_no_lack,
                                  groups_that_may_not_be_read_are_no_lack,
                                  an_account_that_is_not_known_is_no_lack,
                                  i25_permissions_are_told_row_by_row,
                                  permissions_that_nobody_tells_are_unknown,
                                  NULL};
    TCase *tcase = tcase_create("policies");

    add_iks_tests(suite, "roles", tests);
    tcase_add_loop_test(tcase, policies_give_roles_where_they_cover_the_whole, 0,
                        sizeof(policies) / sizeof(policies[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("iks_roles", add_tests)
