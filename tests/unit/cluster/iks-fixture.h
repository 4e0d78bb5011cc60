/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A cluster of IBM Cloud Kubernetes Service that was opened by its URI, and services that
 * answer by routes (../cloud/ibm-fixture.h). One cluster, one instance, one root key.
 */
#ifndef EVC_TESTS_IKS_FIXTURE_H
#define EVC_TESTS_IKS_FIXTURE_H

#include "../cloud/ibm-fixture.h"
#include "cluster/cluster.h"

#define ID "cexample0of0a0cluster"
#define ACCOUNT "f047b55a"
#define CLUSTER_CRN \
    "crn:v1:bluemix:public:containers-kubernetes:us-south:a/" ACCOUNT ":" ID "::"
#define BEFORE "2023-11-14T22:00:00+0000"
#define AFTER "2023-11-14T22:13:00+0000"

/* What getCluster says. */
#define CLUSTER_OF(state, master, health, status, changed, enabled)                    \
    "{\"id\":\"" ID "\",\"name\":\"mine\",\"crn\":\"" CLUSTER_CRN                      \
    "\",\"region\":\"us-south\",\"provider\":\"vpc-gen2\",\"state\":\"" state          \
    "\",\"masterKubeVersion\":\"1.33.4_1530\",\"masterURL\":\"https://c1.example:1\"," \
    "\"lifecycle\":{\"masterState\":\"" master "\",\"masterHealth\":\"" health         \
    "\",\"masterStatus\":\"" status "\",\"masterStatusModifiedDate\":\"" changed       \
    "\"},\"features\":{\"keyProtectEnabled\":" enabled "}}"
#define READY(changed, enabled) \
    CLUSTER_OF("normal", "deployed", "normal", "Ready", changed, enabled)
#define UPDATING                                                                \
    CLUSTER_OF("normal", "updating", "normal",                                  \
               "Key management service feature enablement in progress.", AFTER, \
               "true")

#define REGISTRATION(key, resource, version)                                        \
    "{\"keyId\":\"" key "\",\"resourceCrn\":\"" resource                            \
    "\",\"lastUpdated\":\"2023-11-14T22:13:00Z\",\"keyVersion\":{\"id\":\"" version \
    "\"}}"
#define ROWS(rows) "{\"metadata\":{\"collectionType\":\"t\"},\"resources\":[" rows "]}"

#define INSTANCES                                                                   \
    "[{\"instance_id\":\"" INSTANCE "\",\"name\":\"keys\",\"region\":\"us-south\"," \
    "\"service\":\"kms\"}]"

/* {"iam_id":"IBMid-1","account":{"bss":"f047b55a"}} */
#define TOKEN              \
    "eyJhbGciOiJub25lIn0." \
    "eyJpYW1faWQiOiJJQk1pZC0xIiwiYWNjb3VudCI6eyJic3MiOiJmMDQ3YjU1YSJ9fQ.c2ln"

static evc_cluster *cluster;
static evc_cluster_change change;
static evc_cluster_state state;
static evc_cluster_key key;
static evc_error *err;

static inline evc_chain *
open_jwt(void)
{
    static const evc_chain_rules rules = {.provider = "ibm", .none = "give a token"};
    const evc_creds_parts parts = {
        .token = evc_view_text(TOKEN), .expires_ms = EVC_CREDS_NEVER, .source = "test"};
    evc_creds *creds = NULL;
    evc_chain *chain = NULL;

    EVC_CHECK_OK(evc_creds_new(toy.env->arena, &parts, &creds, NULL));
    EVC_CHECK_OK(evc_chain_of(toy.net, &rules, creds, &chain, NULL));
    evc_creds_unref(creds);
    return chain;
}

/* Options as name, value, …, NULL. */
static inline int
open_at(const char *uri, const char *const *options)
{
    static const evc_cluster_driver *const drivers[] = {&evc_cluster_iks, NULL};
    struct envcrypt_cluster_config config;
    int rc;

    evc_cluster_config_init(&config);
    config.credentials = open_jwt();
    for (; *options; options += 2)
        EVC_CHECK_OK(evc_cluster_option_set(&config, options[0], options[1], NULL));
    rc = evc_cluster_open(toy.crypto, toy.net, drivers, uri, &config, &toy.wait,
                          &cluster, &err);
    evc_cluster_config_reset(&config);
    return rc;
}

static inline void
want(const char *name, const char *value)
{
    EVC_CHECK_OK(evc_cluster_change_set(&change, name, value, NULL));
}

/* The key as find_key gives it. */
static inline void
take_key(void)
{
    EVC_CHECK_OK(evc_cluster_key_set(&key.id, CRN, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key.short_id, KEY, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key.service, INSTANCE, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key.account, ACCOUNT, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key.version, VERSION, NULL));
    EVC_CHECK_OK(evc_cluster_key_set(&key.word, "Active", NULL));
    key.state = ENVCRYPT_KEY_ENABLED;
}

static void
iks_set_up(void)
{
    open_toy();
    cluster = NULL;
    err = NULL;
    evc_cluster_change_init(&change);
    evc_cluster_state_init(&state);
    evc_cluster_key_init(&key);
    EVC_CHECK_OK(open_at("iks://mine", (const char *const[]){NULL}));
    reply_to("/getKMSInstances", 200, INSTANCES);
    reply_to("/metadata", 200, METADATA);
    reply_to("/keys/registrations", 200, ROWS(""));
    reply_to("/getCluster?", 200, READY(BEFORE, "false"));
}

static void
iks_tear_down(void)
{
    evc_cluster_unref(cluster);
    evc_cluster_change_reset(&change);
    evc_cluster_state_reset(&state);
    evc_cluster_key_reset(&key);
    evc_error_free(err);
    close_toy();
}

static inline evc_cluster_job
job_of(evc_cluster_verb verb)
{
    return (evc_cluster_job){
        .verb = verb, .change = &change, .state = &state, .key = &key};
}

static inline void
read_state(void)
{
    EVC_CHECK_OK(evc_cluster_iks.read(cluster, &toy.wait, &state, &err));
}

static inline void
add_iks_tests(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, iks_set_up, iks_tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
