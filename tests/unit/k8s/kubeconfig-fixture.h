/* SPDX-License-Identifier: Apache-2.0 */
/* Kubeconfigs in a folder of the test's own, and what is read of them. */
#ifndef EVC_TESTS_KUBECONFIG_FIXTURE_H
#define EVC_TESTS_KUBECONFIG_FIXTURE_H

#include "../auth/served-net.h"
#include "k8s/access.h"
#include "k8s/kubeconfig_files.h"

static evc_kubeconfig_files files;
static evc_kube_access granted;
static char why[2048];

static void
kubeconfig_set_up(void)
{
    served_net_open();
    set_variable("KUBECONFIG", NULL);
    files = (evc_kubeconfig_files){.count = 0};
    evc_kube_access_init(&granted);
}

static void
kubeconfig_tear_down(void)
{
    evc_kubeconfig_files_close(&files);
    evc_kube_access_reset(&granted);
    served_net_close();
}

/* Keeps what an error and its causes say, and frees it. Returns rc. */
static inline int
kubeconfig_told(int rc, evc_error *err)
{
    why[0] = '\0';
    for (const evc_error *at = err; at; at = evc_error_cause(at)) {
        size_t used = strlen(why);

        (void)snprintf(&why[used], sizeof(why) - used, "%s\n", evc_error_message(at));
    }
    evc_error_free(err);
    return rc;
}

static inline int
kubeconfig_open(const char *list)
{
    evc_error *err = NULL;
    int rc;

    evc_kubeconfig_files_close(&files);
    rc = evc_kubeconfig_files_open(list, &env->log, &files, &err);
    return kubeconfig_told(rc, err);
}

/* The file "config" is this, and is open. */
static inline int
kubeconfig_put(const char *content)
{
    evc_folder_put("config", content, 0600);
    return kubeconfig_open(evc_folder_path("config"));
}

/* The user "u", which has these members (flow style), of the file "config". */
static inline evc_kubeconfig_place
kubeconfig_user(const char *members)
{
    static char content[70000];
    evc_kubeconfig_place place;

    (void)snprintf(content, sizeof(content), "users:\n- name: u\n  user:\n    %s\n",
                   members);
    EVC_CHECK_OK(kubeconfig_put(content));
    EVC_CHECK_OK(evc_kubeconfig_files_find(&files, "user", "u", &place, NULL));
    ck_assert_ptr_nonnull(place.node);
    return place;
}

static inline void
kubeconfig_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, kubeconfig_set_up, kubeconfig_tear_down);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
