/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of the journal share: a folder, a crypto, a run that is worth keeping. */
#ifndef EVC_TESTS_JOURNAL_FIXTURE_H
#define EVC_TESTS_JOURNAL_FIXTURE_H

#include "base/env.h"
#include "envcrypt/k8s.h"
#include "evc-check.h"
#include "evc-folder.h"
#include "k8s/journal_line.h"

static evc_env *env;
static evc_crypto *crypto;
static evc_kube_run run;
static const evc_kube_run_id id = {"uid-of-the-cluster", "/v1/secrets", "all"};

static void
set_up(void)
{
    evc_folder_make();
    EVC_CHECK_OK(evc_env_open(65536, false, NULL, NULL, &env, NULL));
    EVC_CHECK_OK(evc_crypto_open(env, &crypto, NULL));
    evc_kube_run_init(&run);
    run.mode = ENVCRYPT_REENCRYPT_REWRITE;
    run.began_ms = INT64_C(1700000000000);
    (void)snprintf(run.id, sizeof(run.id), "0123456789abcdef");
    (void)snprintf(run.baseline, sizeof(run.baseline), "1000");
    (void)snprintf(run.mark, sizeof(run.mark), "2023-11-14T22:13:20Z");
}

static void
tear_down(void)
{
    evc_crypto_unref(crypto);
    evc_env_unref(env);
    evc_folder_remove();
}

static inline evc_kube_object
object_of(const char *ns, const char *name, const char *version)
{
    evc_kube_object object = {.ns = ""};

    (void)snprintf(object.ns, sizeof(object.ns), "%s", ns);
    (void)snprintf(object.name, sizeof(object.name), "%s", name);
    (void)snprintf(object.version, sizeof(object.version), "%s", version);
    return object;
}

static inline void
add_case(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
