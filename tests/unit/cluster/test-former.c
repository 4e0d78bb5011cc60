/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/former.h"

#include "base/mem.h"
#include "base/replace.h"
#include "cluster/statefile.h"
#include "evc-alloc.h"
#include "evc-folder.h"
#include "record-fixture.h"

#define ID "c1"

static evc_error *error;

static void
set_up(void)
{
    evc_folder_make();
    record_set_up();
    error = NULL;
}

static void
tear_down(void)
{
    evc_error_free(error);
    record_tear_down();
    evc_folder_remove();
}

static int
add_of(const char *id, const char *key)
{
    evc_err_drop(&error);
    return evc_former_add(crypto, evc_folder, "iks", id, key, &error);
}

static bool
had(const char *key)
{
    bool out = true;

    EVC_CHECK_OK(evc_former_has(crypto, evc_folder, "iks", ID, key, &out, &error));
    return out;
}

START_TEST(a_key_is_former_when_another_one_came_after_it)
{
    EVC_CHECK_OK(add_of(ID, "crn:a"));
    ck_assert(!had("crn:a"));
    EVC_CHECK_OK(add_of(ID, "crn:b"));
    ck_assert(had("crn:a"));
    ck_assert(!had("crn:b"));
    ck_assert(!had("crn:c"));
}
END_TEST

START_TEST(a_key_that_is_told_again_stays_where_it_is)
{
    EVC_CHECK_OK(add_of(ID, "crn:a"));
    EVC_CHECK_OK(add_of(ID, "crn:b"));
    EVC_CHECK_OK(add_of(ID, "crn:a"));
    ck_assert(had("crn:a"));
    ck_assert(!had("crn:b"));
}
END_TEST

START_TEST(each_cluster_has_its_own)
{
    EVC_CHECK_OK(add_of("c2", "crn:a"));
    EVC_CHECK_OK(add_of("c2", "crn:b"));
    ck_assert(!had("crn:a"));
}
END_TEST

START_TEST(no_key_is_no_entry)
{
    EVC_CHECK_OK(add_of(ID, "crn:a"));
    EVC_CHECK_OK(add_of(ID, ""));
    ck_assert(!had("crn:a"));
}
END_TEST

START_TEST(without_a_folder_nothing_is_known)
{
    bool out = true;

    EVC_CHECK_OK(evc_former_add(crypto, NULL, "iks", ID, "crn:a", &error));
    EVC_CHECK_OK(evc_former_add(crypto, "", "iks", ID, "crn:b", &error));
    EVC_CHECK_OK(evc_former_has(crypto, NULL, "iks", ID, "crn:a", &out, &error));
    ck_assert(!out);
}
END_TEST

START_TEST(the_latest_hundred_are_kept)
{
    char key[32];

    for (unsigned i = 0; i <= EVC_FORMER_KEYS; i++) {
        (void)snprintf(key, sizeof(key), "crn:%u", i);
        EVC_CHECK_OK(add_of(ID, key));
    }
    ck_assert(!had("crn:0"));
    ck_assert(had("crn:1"));
    ck_assert(!had("crn:100"));
}
END_TEST

static const char *const damaged[] = {
    "",
    "{",
    "[]",
    "{\"format\":\"envcrypt-cluster-keys-2\",\"cluster\":\"c1\",\"keys\":[]}",
    "{\"format\":\"envcrypt-cluster-keys-1\",\"cluster\":\"c2\",\"keys\":[]}",
    "{\"format\":\"envcrypt-cluster-keys-1\",\"cluster\":\"c1\",\"keys\":[1]}",
    "{\"format\":\"envcrypt-cluster-keys-1\",\"cluster\":\"c1\"}",
};

START_TEST(a_damaged_list_is_told_and_left_alone)
{
    char *path = NULL;
    bool out = true;

    EVC_CHECK_OK(
        evc_statefile_name(crypto, evc_folder, "iks", ID, ".keys", &path, &error));
    EVC_CHECK_OK(evc_replace_put(path, evc_view_text(damaged[_i]), &error));
    EVC_CHECK_CODE(evc_former_has(crypto, evc_folder, "iks", ID, "a", &out, &error),
                   ENVCRYPT_E_CLUSTER_STATE);
    ck_assert(!out);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), path));
    EVC_CHECK_CODE(add_of(ID, "a"), ENVCRYPT_E_CLUSTER_STATE);
    evc_mem_free(path);
}
END_TEST

static int
add_and_ask(void *user)
{
    bool out;
    int rc = add_of(ID, "crn:a");

    (void)user;
    if (rc == 0)
        rc = add_of(ID, "crn:b");
    return rc == 0
               ? evc_former_has(crypto, evc_folder, "iks", ID, "crn:a", &out, &error)
               : rc;
}

START_TEST(memory_may_end_anywhere)
{
    ck_assert_uint_gt(evc_alloc_sweep(add_and_ask, NULL), 5);
    ck_assert(had("crn:a"));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {a_key_is_former_when_another_one_came_after_it,
                                a_key_that_is_told_again_stays_where_it_is,
                                each_cluster_has_its_own,
                                no_key_is_no_entry,
                                without_a_folder_nothing_is_known,
                                the_latest_hundred_are_kept,
                                memory_may_end_anywhere};
    TCase *tcase = tcase_create("former");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    tcase_add_loop_test(tcase, a_damaged_list_is_told_and_left_alone, 0,
                        sizeof(damaged) / sizeof(damaged[0]));
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("former", add_tests)
