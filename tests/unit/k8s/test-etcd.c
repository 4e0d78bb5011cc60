/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd.h"

#include <unistd.h>

#include "bolt-fixture.h"
#include "envcrypt/k8s.h"
#include "etcd-fixture.h"
#include "evc-alloc.h"
#include "evc-child.h"

static evc_etcd *etcd;
static evc_buf value;
static int64_t revision;
static bool found;

static void
begin(void)
{
    etcd_begin();
    etcd = NULL;
    evc_buf_init(&value);
}

static void
end(void)
{
    evc_buf_reset(&value);
    evc_etcd_close(etcd);
    etcd_end();
}

#define DUMP                                                                       \
    "{\"header\":{\"revision\":9},\"kvs\":[{\"key\":\"L2E=\",\"mod_revision\":3,"  \
    "\"value\":\"MQ==\"},{\"key\":\"L2I=\",\"mod_revision\":4,\"value\":\"Mg==\"}" \
    "]}"

static int
open_name(const char *name)
{
    return evc_etcd_open_file(crypto, evc_folder_path(name), &etcd, &err);
}

static void
open_dump(void)
{
    evc_folder_put("dump", DUMP, 0600);
    EVC_CHECK_OK(open_name("dump"));
}

static void
write_snapshot(void)
{
    bolt_begin(false);
    change_begin();
    (void)put(2, "/a", "1");
    (void)put(3, "/b", "2");
    change_end();
    (void)bolt_write("db");
}

static int
get(const char *key)
{
    return evc_etcd_get(etcd, evc_view_text(key), NULL, &value, &revision, &found,
                        &err);
}

START_TEST(reads_a_dump)
{
    open_dump();
    EVC_CHECK_OK(evc_etcd_read(etcd, evc_view_text("/"), NULL, note_pair, NULL, &err));
    SAW("/a=1@3 /b=2@4 ");
}
END_TEST

START_TEST(reads_a_snapshot)
{
    write_snapshot();
    EVC_CHECK_OK(open_name("db"));
    EVC_CHECK_OK(evc_etcd_read(etcd, evc_view_text("/"), NULL, note_pair, NULL, &err));
    SAW("/a=1@2 /b=2@3 ");
}
END_TEST

START_TEST(reads_a_snapshot_at_the_standard_input)
{
    FILE *file;

    write_snapshot();
    file = fopen(evc_folder_path("db"), "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_int_eq(dup2(fileno(file), STDIN_FILENO), STDIN_FILENO);
    (void)fclose(file);
    EVC_CHECK_OK(evc_etcd_open_file(crypto, "-", &etcd, &err));
    EVC_CHECK_OK(evc_etcd_read(etcd, evc_view_text("/b"), NULL, note_pair, NULL, &err));
    SAW("/b=2@3 ");
}
END_TEST

START_TEST(gives_one_key)
{
    open_dump();
    EVC_CHECK_OK(get("/b"));
    ck_assert(found);
    ck_assert(evc_view_is_text(evc_buf_view(&value), "2"));
    ck_assert_int_eq(revision, 4);
}
END_TEST

START_TEST(says_that_a_key_is_not_there)
{
    open_dump();
    EVC_CHECK_OK(get("/"));
    ck_assert(!found);
    ck_assert_uint_eq(value.size, 0);
    ck_assert_int_eq(revision, 0);
}
END_TEST

START_TEST(gives_the_newest_value_of_several_dumps)
{
    evc_folder_put("dump",
                   "{\"header\":{\"revision\":9},\"kvs\":[{\"key\":\"L2E=\",\"mod_"
                   "revision\":8,\"value\":\"OA==\"}]}" DUMP,
                   0600);
    EVC_CHECK_OK(open_name("dump"));
    EVC_CHECK_OK(get("/a"));
    ck_assert(evc_view_is_text(evc_buf_view(&value), "8"));
    ck_assert_int_eq(revision, 8);
}
END_TEST

START_TEST(a_failed_get_gives_nothing)
{
    evc_folder_put("dump", DUMP "x", 0600);
    EVC_CHECK_OK(open_name("dump"));
    EVC_CHECK_CODE(get("/a"), ENVCRYPT_E_ETCD_DUMP);
    ck_assert(!found);
    ck_assert_uint_eq(value.size, 0);
}
END_TEST

START_TEST(rejects_what_is_neither)
{
    evc_folder_put("text", "hello\n", 0600);
    EVC_CHECK_CODE(open_name("text"), ENVCRYPT_E_ETCD_DUMP);
    SAYS("neither a dump of etcdctl in JSON nor a snapshot");
    ck_assert_ptr_null(etcd);
}
END_TEST

START_TEST(rejects_a_file_that_is_not_there)
{
    EVC_CHECK_CODE(open_name("none"), ENVCRYPT_E_FILE_NOT_FOUND);
    ck_assert_ptr_null(etcd);
}
END_TEST

START_TEST(a_live_etcd_needs_an_endpoint)
{
    const evc_etcd_options none = {.endpoint = NULL};
    static const evc_net_settings settings = {.max_attempts = 1};
    evc_net *net;

    EVC_CHECK_OK(evc_net_open(env, &settings, NULL, NULL, NULL, &net, NULL));
    EVC_CHECK_CODE(evc_etcd_open(net, &none, &etcd, &err), ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_null(etcd);
    evc_net_unref(net);
}
END_TEST

START_TEST(nothing_may_be_closed)
{
    evc_etcd_close(NULL);
}
END_TEST

static int
read_in_child(void *user)
{
    (void)user;
    if (evc_etcd_read(etcd, evc_view_text("/"), NULL, note_pair, NULL, NULL) !=
        ENVCRYPT_E_FORKED)
        return 1;
    if (get("/a") != ENVCRYPT_E_FORKED)
        return 2;
    evc_etcd_close(etcd);
    return 0;
}

START_TEST(a_child_of_fork_may_only_close_it)
{
    open_dump();
    EVC_CHECK_CHILD(read_in_child, NULL);
}
END_TEST

static int
read_short_of_memory(void *user)
{
    evc_etcd *own = NULL;
    evc_error *error = NULL;
    int rc = evc_etcd_open_file(crypto, evc_folder_path(user), &own, &error);

    if (rc == 0)
        rc = evc_etcd_get(own, evc_view_text("/a"), NULL, &value, &revision, &found,
                          &error);
    evc_etcd_close(own);
    evc_buf_reset(&value);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    static char dump[] = "dump";
    static char db[] = "db";

    evc_folder_put("dump", DUMP, 0600);
    write_snapshot();
    ck_assert_uint_gt(evc_alloc_sweep(read_short_of_memory, dump), 5);
    ck_assert_uint_gt(evc_alloc_sweep(read_short_of_memory, db), 5);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("etcd");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, reads_a_dump);
    tcase_add_test(tcase, reads_a_snapshot);
    tcase_add_test(tcase, reads_a_snapshot_at_the_standard_input);
    tcase_add_test(tcase, gives_one_key);
    tcase_add_test(tcase, says_that_a_key_is_not_there);
    tcase_add_test(tcase, gives_the_newest_value_of_several_dumps);
    tcase_add_test(tcase, a_failed_get_gives_nothing);
    tcase_add_test(tcase, rejects_what_is_neither);
    tcase_add_test(tcase, rejects_a_file_that_is_not_there);
    tcase_add_test(tcase, a_live_etcd_needs_an_endpoint);
    tcase_add_test(tcase, nothing_may_be_closed);
    tcase_add_test(tcase, a_child_of_fork_may_only_close_it);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("etcd", add_tests)
