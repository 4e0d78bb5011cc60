/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/kube_match.h"

#include <stdarg.h>

#include "../k8s/toy-cluster.h"
#include "evc-alloc.h"

#define CERTIFICATE(base64) \
    "-----BEGIN CERTIFICATE-----\n" base64 "\n-----END CERTIFICATE-----\n"
#define CLUSTERS CERTIFICATE("Y2x1c3Rlcg==")
#define CLUSTERS_NEXT CERTIFICATE("bmV4dA==")
#define STRANGERS CERTIFICATE("c3RyYW5nZXI=")
/* The same bytes as CLUSTERS, in other lines. */
#define CLUSTERS_LINES                                                       \
    "# kept\r\n-----BEGIN CERTIFICATE-----\r\nY2x1c3\r\nRlcg==\r\n-----END " \
    "CERTIFICATE-----"

#define AT "https://kube.example"
#define TUNNEL "https://127.0.0.1:6443"

typedef struct meeting {
    const char *server; /* of the caller's kubeconfig */
    const char *tls_name;
    const char *ca;
    const char *cloud_server;
    const char *cloud_ca;
    evc_kube_match match;
} meeting;

static const meeting meetings[] = {
    /* both authorities are known: they decide */
    {AT, NULL, CLUSTERS, AT, CLUSTERS, EVC_KUBE_MATCH_AUTHORITY},
    {AT, NULL, CLUSTERS_LINES, AT, CLUSTERS, EVC_KUBE_MATCH_AUTHORITY},
    {TUNNEL, NULL, CLUSTERS, AT, CLUSTERS, EVC_KUBE_MATCH_AUTHORITY},
    {TUNNEL, "kube.example", CLUSTERS, AT, CLUSTERS, EVC_KUBE_MATCH_AUTHORITY},
    {"https://private.example", NULL, CLUSTERS, AT, CLUSTERS, EVC_KUBE_MATCH_AUTHORITY},
    {AT, NULL, CLUSTERS, "", CLUSTERS, EVC_KUBE_MATCH_AUTHORITY},
    {AT, NULL, STRANGERS, AT, CLUSTERS, EVC_KUBE_MATCH_OTHER_AUTHORITY},
    {AT, NULL, STRANGERS, "", CLUSTERS, EVC_KUBE_MATCH_OTHER_AUTHORITY},
    {TUNNEL, "kube.example", STRANGERS, AT, CLUSTERS, EVC_KUBE_MATCH_OTHER_AUTHORITY},
    /* an authority is being replaced */
    {AT, NULL, CLUSTERS CLUSTERS_NEXT, AT, CLUSTERS_NEXT CLUSTERS,
     EVC_KUBE_MATCH_AUTHORITY},
    {TUNNEL, NULL, CLUSTERS, AT, CLUSTERS_NEXT CLUSTERS, EVC_KUBE_MATCH_AUTHORITY},
    /* who trusts others beside may be anywhere */
    {AT, NULL, CLUSTERS STRANGERS, AT, CLUSTERS, EVC_KUBE_MATCH_ADDRESS},
    {TUNNEL, NULL, CLUSTERS STRANGERS, AT, CLUSTERS, EVC_KUBE_MATCH_OTHER_ADDRESS},
    /* one side is not known: the address decides */
    {AT, NULL, NULL, AT, CLUSTERS, EVC_KUBE_MATCH_ADDRESS},
    {AT, NULL, CLUSTERS, AT, "", EVC_KUBE_MATCH_ADDRESS},
    {AT, NULL, CLUSTERS, AT, "no certificate", EVC_KUBE_MATCH_ADDRESS},
    {"https://KUBE.example:443/", NULL, NULL, AT, "", EVC_KUBE_MATCH_ADDRESS},
    {TUNNEL, "kube.example", NULL, AT, "", EVC_KUBE_MATCH_ADDRESS},
    {AT, "other.example", NULL, AT, "", EVC_KUBE_MATCH_OTHER_ADDRESS},
    {TUNNEL, NULL, NULL, AT, "", EVC_KUBE_MATCH_OTHER_ADDRESS},
    {"https://kube.example:6443", NULL, NULL, AT, "", EVC_KUBE_MATCH_OTHER_ADDRESS},
    {"https://other.example", NULL, CLUSTERS, AT, "", EVC_KUBE_MATCH_OTHER_ADDRESS},
    /* nothing is */
    {AT, NULL, NULL, "", "", EVC_KUBE_MATCH_OPEN},
    {AT, NULL, NULL, "", CLUSTERS, EVC_KUBE_MATCH_OPEN},
    {AT, NULL, CLUSTERS, "", "", EVC_KUBE_MATCH_OPEN},
};

static evc_kube *
open_kube(const char *server, const char *tls_name, const char *ca, const char *ca_file)
{
    const evc_kube_options options = {
        .server = server, .tls_name = tls_name, .ca_pem = ca, .ca_file = ca_file};
    evc_kube *kube = NULL;

    EVC_CHECK_OK(evc_kube_open(k.crypto, k.net, &options, &kube, NULL));
    return kube;
}

START_TEST(authorities_decide_and_else_addresses)
{
    const meeting *m = &meetings[_i];
    evc_kube *kube = open_kube(m->server, m->tls_name, m->ca, NULL);
    evc_kube_match match;

    EVC_CHECK_OK(evc_kube_match_of(kube, m->cloud_server, m->cloud_ca, &match, NULL));
    ck_assert_int_eq(match, m->match);
    evc_kube_unref(kube);
}
END_TEST

START_TEST(a_file_of_authorities_is_read)
{
    const char *path = evc_folder_path("ca.pem");
    evc_kube *kube;
    evc_kube_match match;

    evc_folder_put("ca.pem", CLUSTERS, 0600);
    kube = open_kube(TUNNEL, NULL, NULL, path);
    EVC_CHECK_OK(evc_kube_match_of(kube, AT, CLUSTERS, &match, NULL));
    ck_assert_int_eq(match, EVC_KUBE_MATCH_AUTHORITY);
    (void)unlink(path);
    EVC_CHECK_OK(evc_kube_match_of(kube, AT, CLUSTERS, &match, NULL));
    ck_assert_int_eq(match, EVC_KUBE_MATCH_OTHER_ADDRESS);
    evc_kube_unref(kube);
}
END_TEST

static int
match_once(void *user)
{
    evc_kube_match match;

    return evc_kube_match_of(user, AT, STRANGERS CLUSTERS, &match, NULL);
}

START_TEST(memory_may_end_anywhere)
{
    evc_kube *kube = open_kube(AT, NULL, CLUSTERS, NULL);

    ck_assert_uint_gt(evc_alloc_sweep(match_once, kube), 3);
    evc_kube_unref(kube);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("kube_match");

    tcase_add_checked_fixture(tcase, toy_set_up, toy_tear_down);
    tcase_add_loop_test(tcase, authorities_decide_and_else_addresses, 0,
                        sizeof(meetings) / sizeof(meetings[0]));
    tcase_add_test(tcase, a_file_of_authorities_is_read);
    tcase_add_test(tcase, memory_may_end_anywhere);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("kube_match", add_tests)
