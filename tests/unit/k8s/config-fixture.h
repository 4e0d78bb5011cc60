/* SPDX-License-Identifier: Apache-2.0 */
/* What the tests of EncryptionConfiguration share: files from parts, and what is found. */
#ifndef EVC_TESTS_CONFIG_FIXTURE_H
#define EVC_TESTS_CONFIG_FIXTURE_H

#include "base/env.h"
#include "base/table.h"
#include "evc-check.h"
#include "k8s/encryption_config.h"

#define HEAD                                   \
    "apiVersion: apiserver.config.k8s.io/v1\n" \
    "kind: EncryptionConfiguration\n"          \
    "resources:\n"
/* One rule, whose providers follow in one line. */
#define SECRETS "- resources: [secrets]\n  providers: "
#define KMS_V2 "{kms: {apiVersion: v2, name: p, endpoint: 'unix:///p'}}"
/* Random bytes, which protect nothing. */
#define RANDOM_32 "pDnSAYAAEEhR+5P+K0JRrpMYQD+gHUUpJnwuyx8lRjA="
#define RANDOM_16 "qBHo8gLG5SrU/6kdZXR9gQ=="

static evc_env *env;

static void
open_env(void)
{
    EVC_CHECK_OK(evc_env_open(EVC_ARENA_LIMIT, false, NULL, NULL, &env, NULL));
}

static void
close_env(void)
{
    evc_env_unref(env);
}

static inline evc_encryption_config *
read_config(const char *text)
{
    evc_encryption_config *config;
    evc_error *err = NULL;
    int rc = evc_encryption_config_read(evc_view_text(text), &config, &err);

    ck_assert_msg(rc == 0, "%s:\n%s", rc ? evc_error_message(err) : "", text);
    return config;
}

/* Rows of a severity whose finding has this part; NULL = any. */
static inline size_t
count_findings(const evc_table *table, const char *severity, const char *part)
{
    size_t count = 0;

    for (size_t i = 0; i < table->rows; i++)
        count += strcmp(evc_table_cell(table, i, 0), severity) == 0 &&
                 (!part || strstr(evc_table_cell(table, i, 3), part));
    return count;
}

static inline void
config_add(Suite *suite, const char *name, const TTest *const *tests)
{
    TCase *tcase = tcase_create(name);

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, open_env, close_env);
    for (; *tests; tests++)
        tcase_add_test(tcase, *tests);
    suite_add_tcase(suite, tcase);
}

#endif
