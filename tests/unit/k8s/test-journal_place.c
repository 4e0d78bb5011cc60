/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal_place.h"

#include "base/mem.h"
#include "evc-alloc.h"
#include "journal-fixture.h"

/* Until the next call. */
static const char *
place(const evc_kube_run_id *of)
{
    static char kept[2][200];
    static size_t turn;
    char *path;

    EVC_CHECK_OK(evc_journal_place(crypto, "/state", "secrets", of, &path, NULL));
    turn = !turn;
    (void)snprintf(kept[turn], sizeof(kept[turn]), "%s", path);
    evc_mem_free(path);
    return kept[turn];
}

START_TEST(it_is_a_file_of_the_folder_and_tells_the_resource)
{
    /* printf 'uid-of-the-cluster\0/v1/secrets\0all\0' | sha256sum */
    ck_assert_str_eq(place(&id), "/state/secrets-fc2a77eefe912da5.journal");
}
END_TEST

START_TEST(the_same_run_has_the_same_journal)
{
    const char *first = place(&id);

    ck_assert_str_eq(first, place(&id));
}
END_TEST

START_TEST(another_cluster_resource_or_selection_has_another)
{
    static const evc_kube_run_id others[] = {
        {"uid-of-another", "/v1/secrets", "all"},
        {"uid-of-the-cluster", "/v1/configmaps", "all"},
        {"uid-of-the-cluster", "/v1/secrets", "namespaces=a "},
        {"uid-of-the-cluster/v1", "/secrets", "all"},
    };

    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        const char *first = place(&id);

        ck_assert_str_ne(first, place(&others[i]));
    }
}
END_TEST

static int
place_quietly(void *unused)
{
    char *path;
    int rc = evc_journal_place(crypto, "/state", "secrets", &id, &path, NULL);

    (void)unused;
    evc_mem_free(path);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(place_quietly, NULL), 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {it_is_a_file_of_the_folder_and_tells_the_resource,
                                the_same_run_has_the_same_journal,
                                another_cluster_resource_or_selection_has_another,
                                survives_any_failed_allocation, NULL};

    add_case(suite, "place", all);
}

EVC_TEST_MAIN("journal_place", add_tests)
