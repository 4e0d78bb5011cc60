/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds for every exported function, proven on every one of them: the rows of
 * every-function.def are compared with the symbol map.
 */
#include "evc-alloc.h"
#include "evc-child.h"
#include "world.h"

/* What a call may give, all of it 0 or NULL at first. */
#define OUTS(X)                                             \
    X(client_config, envcrypt_client_config_free)           \
    X(client, envcrypt_client_unref)                        \
    X(wait, envcrypt_wait_free)                             \
    X(context, envcrypt_context_free)                       \
    X(protectors, envcrypt_protectors_free)                 \
    X(kms_config, envcrypt_kms_config_free)                 \
    X(kms, envcrypt_kms_unref)                              \
    X(credentials, envcrypt_credentials_unref)              \
    X(service, envcrypt_service_unref)                      \
    X(request, envcrypt_request_free)                       \
    X(kube_config, envcrypt_kube_config_free)               \
    X(kube, envcrypt_kube_unref)                            \
    X(table, envcrypt_table_free)                           \
    X(key_info, envcrypt_key_info_free)                     \
    X(keystore, envcrypt_keystore_close)                    \
    X(report, envcrypt_keystore_report_free)                \
    X(keyring_config, envcrypt_keyring_config_free)         \
    X(keyring, envcrypt_keyring_unref)                      \
    X(dek, envcrypt_dek_free)                               \
    X(bulk, envcrypt_bulk_free)                             \
    X(meter, envcrypt_meter_free)                           \
    X(buffer, envcrypt_buffer_free)                         \
    X(cache_config, envcrypt_cache_config_free)             \
    X(cache, envcrypt_cache_unref)                          \
    X(message_config, envcrypt_message_config_free)         \
    X(info, envcrypt_message_info_free)                     \
    X(rewrap_result, envcrypt_rewrap_result_free)           \
    X(value_key, envcrypt_value_key_unref)                  \
    X(writer, envcrypt_writer_free)                         \
    X(reader, envcrypt_reader_free)                         \
    X(range, envcrypt_range_free)                           \
    X(reencrypt_config, envcrypt_reencrypt_config_free)     \
    X(reencrypt_report, envcrypt_reencrypt_report_free)     \
    X(etcd_config, envcrypt_etcd_config_free)               \
    X(etcd, envcrypt_etcd_close)                            \
    X(census, envcrypt_census_free)                         \
    X(stored, envcrypt_stored_free)                         \
    X(stored_keys, envcrypt_stored_keys_free)               \
    X(encryption_options, envcrypt_encryption_options_free) \
    X(cluster_config, envcrypt_cluster_config_free)         \
    X(cluster_change, envcrypt_cluster_change_free)         \
    X(cluster, envcrypt_cluster_unref)                      \
    X(cluster_report, envcrypt_cluster_report_free)         \
    X(undone, envcrypt_buffer_free)

typedef envcrypt_keystore_report envcrypt_report;
typedef envcrypt_message_info envcrypt_info;
typedef envcrypt_buffer envcrypt_undone;

typedef struct outs {
#define OUT_MEMBER(name, release) envcrypt_##name *(name);
    OUTS(OUT_MEMBER)
    size_t used;
    size_t made;
    int64_t wide;
    int32_t done;
    int32_t answer;
} outs;

#define GARBAGE 0x5a5a5a58 /* what stands in an out-parameter before the call */

static bool
is_cleared(const outs *o)
{
#define OUT_IS_CLEAR(type, release) &&!o->type
    return !o->used && !o->made && !o->wide && !o->done &&
           (o->answer == 0 || o->answer == ENVCRYPT_UNKNOWN) OUTS(OUT_IS_CLEAR);
}

static void
release(outs *o)
{
#define OUT_RELEASE(type, release) release(o->type);
    OUTS(OUT_RELEASE)
}

static char room[4096 + 200];

static const char *
store_uri(void)
{
    static char uri[PATH_MAX + 64];

    (void)snprintf(uri, sizeof(uri), "local://%s#k", evc_folder_path("store.json"));
    return uri;
}

#define FREE 31u
#define IS_NULL(i) (nulls >> (i)&1u)
#define N(i, value) (IS_NULL(i) ? NULL : (value))
#define OUT(i, type) \
    (IS_NULL(i) ? NULL : (o->type = (void *)(uintptr_t)GARBAGE, &o->type))
#define NUM(i, member) (IS_NULL(i) ? NULL : (o->member = GARBAGE, &o->member))

/* Each makes its good call, but for the arguments that nulls names. */
#define FALLIBLE(name, required, kind, ...)                               \
    static int call_##name(unsigned nulls, outs *o, envcrypt_error **err) \
    {                                                                     \
        (void)nulls;                                                      \
        (void)o;                                                          \
        return envcrypt_##name(__VA_ARGS__);                              \
    }
#include "every-function.def"

#define GIVES(name, condition)     \
    static bool gives_##name(void) \
    {                              \
        return condition;          \
    }
#include "every-function.def"

enum kind {
    HANDLE,
    MEMORY,
    NET,
    NET_MEMORY,
    CLOUD,
    REMOTE,
    K8S,
    K8S_MEMORY,
    K8S_REMOTE,
    REPORT_MEMORY,
    CLUSTER,
    CLUSTER_MEMORY,
    CLUSTER_REMOTE
};

static const struct row {
    const char *name;
    int (*call)(unsigned nulls, outs *o, envcrypt_error **err);
    unsigned required;
    enum kind kind;
} fallible[] = {
#define FALLIBLE(name, required, kind, ...) \
    {"envcrypt_" #name, call_##name, required, kind},
#include "every-function.def"
};

static const struct {
    const char *name;
    bool (*gives)(void);
} others[] = {
#define GIVES(name, condition) {"envcrypt_" #name, gives_##name},
#include "every-function.def"
};

/* Whether this build has what a row needs. */
static bool
is_built(const struct row *row)
{
    switch (row->kind) {
    case NET:
    case NET_MEMORY:
        return w.credentials != NULL;
    case CLOUD:
    case REMOTE:
        return w.service != NULL;
    case K8S_MEMORY:
        return w.reencrypt_config != NULL;
    case K8S:
    case K8S_REMOTE:
        return w.kube != NULL;
    case REPORT_MEMORY:
        return w.reencrypt_report != NULL;
    case CLUSTER:
    case CLUSTER_MEMORY:
    case CLUSTER_REMOTE:
        return w.cluster != NULL;
    default:
        return true;
    }
}

static bool
works_in_a_child(const struct row *row)
{
    return row->kind == MEMORY || row->kind == NET_MEMORY || row->kind == K8S_MEMORY ||
           row->kind == REPORT_MEMORY || row->kind == CLUSTER_MEMORY;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

/* --- the rows are all that there are --- */

static bool
has_row(const char *name)
{
    for (size_t i = 0; i < COUNT(fallible); i++) {
        if (strcmp(fallible[i].name, name) == 0)
            return true;
    }
    for (size_t i = 0; i < COUNT(others); i++) {
        if (strcmp(others[i].name, name) == 0)
            return true;
    }
    return false;
}

START_TEST(every_symbol_of_the_map_has_a_row)
{
    static char path[PATH_MAX];
    char line[256];
    size_t found = 0;
    FILE *map;

    (void)snprintf(path, sizeof(path), "%s/lib/api/libenvcrypt.map",
                   getenv("EVC_TEST_SOURCE"));
    map = fopen(path, "re");
    ck_assert_ptr_nonnull(map);
    while (fgets(line, sizeof(line), map)) {
        char name[256];

        if (sscanf(line, " %255[a-z0-9_];", name) == 1 &&
            strncmp(name, "envcrypt_", 9) == 0) {
            found++;
            ck_assert_msg(has_row(name), "%s has no row in every-function.def", name);
        }
    }
    (void)fclose(map);
    ck_assert_uint_eq(found, COUNT(fallible) + COUNT(others));
}
END_TEST

/* --- arguments --- */

static void
check_refusal(const struct row *row, unsigned nulls)
{
    envcrypt_error *err = (envcrypt_error *)(uintptr_t)GARBAGE;
    outs o = {0};
    int rc = row->call(nulls, &o, &err);

    ck_assert_msg(rc == ENVCRYPT_E_ARGUMENT, "%s without %#x gave %s", row->name, nulls,
                  envcrypt_error_name(rc));
    ck_assert_msg(envcrypt_error_code(err) == rc, "%s without %#x left err", row->name,
                  nulls);
    ck_assert_uint_gt(strlen(envcrypt_error_message(err)), 0);
    ck_assert_msg(is_cleared(&o), "%s without %#x left an out-parameter", row->name,
                  nulls);
    envcrypt_error_free(err);
}

START_TEST(a_missing_argument_is_an_error_and_clears_the_results)
{
    for (size_t i = 0; i < COUNT(fallible); i++) {
        const struct row *row = &fallible[i];

        for (unsigned at = 0; at < row->required; at++)
            check_refusal(row, 1u << at);
        check_refusal(row, (1u << row->required) - 1);
    }
}
END_TEST

static void
check_quiet_refusal(const struct row *row, unsigned nulls)
{
    outs o = {0};
    size_t allocations;
    int rc;

    evc_alloc_fail(EVC_ALLOC_NONE, false);
    rc = row->call(nulls, &o, NULL);
    allocations = evc_alloc_stop();
    ck_assert_msg(rc == ENVCRYPT_E_ARGUMENT, "%s without %#x gave %s", row->name, nulls,
                  envcrypt_error_name(rc));
    ck_assert_msg(allocations == 0, "%s without %#x: %zu allocations", row->name, nulls,
                  allocations);
}

START_TEST(without_err_nothing_is_allocated_for_a_refusal)
{
    for (size_t i = 0; i < COUNT(fallible); i++) {
        for (unsigned at = 0; at < fallible[i].required; at++)
            check_quiet_refusal(&fallible[i], 1u << at);
    }
}
END_TEST

/* In their order: some change what they are called with. */
START_TEST(success_stores_null_in_err)
{
    for (size_t i = 0; i < COUNT(fallible); i++) {
        envcrypt_error *err = (envcrypt_error *)(uintptr_t)GARBAGE;
        outs o = {0};
        int rc;

        if (!is_built(&fallible[i]) || fallible[i].kind == REMOTE ||
            fallible[i].kind == K8S_REMOTE || fallible[i].kind == CLUSTER_REMOTE)
            continue;
        rc = fallible[i].call(0, &o, &err);
        ck_assert_msg(rc == 0, "%s gave %s: %s", fallible[i].name,
                      envcrypt_error_name(rc), rc ? envcrypt_error_message(err) : "");
        ck_assert_msg(!err, "%s left err", fallible[i].name);
        release(&o);
    }
}
END_TEST

START_TEST(null_is_a_legal_object_of_all_others)
{
    for (size_t i = 0; i < COUNT(others); i++)
        ck_assert_msg(others[i].gives(), "%s(NULL) gave something else",
                      others[i].name);
}
END_TEST

/* --- fork --- */

/* With handles of the parent. 0 when the answer is the one of the row. */
static int
call_in_child(void *user)
{
    const struct row *row = user;
    envcrypt_error *err = (envcrypt_error *)(uintptr_t)GARBAGE;
    outs o = {0};
    int rc = row->call(0, &o, &err);
    int wanted = works_in_a_child(row) ? 0 : ENVCRYPT_E_FORKED;

    if (rc != wanted)
        return 1;
    if (envcrypt_error_code(err) != wanted)
        return 2;
    if (rc && !is_cleared(&o))
        return 3;
    if (rc && row->call(0, &o, NULL) != wanted)
        return 4;
    envcrypt_error_free(err);
    return 0;
}

START_TEST(a_child_of_fork_gets_a_named_error_for_each_handle)
{
    for (size_t i = 0; i < COUNT(fallible); i++) {
        struct row row = fallible[i];
        int status;

        if (!is_built(&row))
            continue;
        status = evc_child_status(call_in_child, &row);
        ck_assert_msg(status == 0, "%s in a child: status %#x", row.name,
                      (unsigned)status);
    }
}
END_TEST

static int
free_in_child(void *user)
{
    (void)user;
    free_world();
    return destroyed;
}

START_TEST(a_child_of_fork_may_free_everything_and_destroys_nothing_of_the_caller)
{
    EVC_CHECK_CHILD(free_in_child, NULL);
}
END_TEST

/* --- callbacks --- */

START_TEST(each_user_is_destroyed_once)
{
    free_world();
    ck_assert_int_eq(destroyed, 5);
}
END_TEST

static int
refused_by_a_setter(int which, envcrypt_kms **kms, envcrypt_range **range)
{
    envcrypt_client_config *none = NULL;

    switch (which) {
    case 0:
        return envcrypt_client_config_set_log(none, 1, log_nowhere, NULL, count_destroy,
                                              NULL);
    case 1:
        return envcrypt_client_config_set_log(w.client_config, 99, log_nowhere, NULL,
                                              count_destroy, NULL);
    case 2:
        return envcrypt_client_config_set_clock(none, NULL, NULL, NULL, NULL,
                                                count_destroy, NULL);
    case 3:
        return envcrypt_message_config_set_progress(NULL, no_progress, NULL,
                                                    count_destroy, NULL);
    case 4:
        return envcrypt_kms_open_custom(w.client, "aws-kms", "key", ENVCRYPT_OP_WRAP,
                                        serve_never, NULL, count_destroy, kms, NULL);
    case 5:
        return envcrypt_kms_open_branch(w.client, "", serve_never, NULL, count_destroy,
                                        kms, NULL);
    case 6:
        return envcrypt_client_config_set_meter(none, NULL, NULL, count_destroy, NULL);
    default:
        return envcrypt_range_open(w.keyring, NULL, 3, read_message, w.message,
                                   count_destroy, 0, NULL, range, NULL);
    }
}
#define SETTERS 8

START_TEST(the_user_of_a_refused_callback_is_destroyed_once)
{
    envcrypt_range *range;
    envcrypt_kms *kms;

    ck_assert_int_lt(refused_by_a_setter(_i, &kms, &range), 0);
    ck_assert_int_eq(destroyed, 1);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const without[] = {every_symbol_of_the_map_has_a_row,
                                    null_is_a_legal_object_of_all_others, NULL};
    const TTest *const with[] = {
        a_missing_argument_is_an_error_and_clears_the_results,
        without_err_nothing_is_allocated_for_a_refusal,
        success_stores_null_in_err,
        a_child_of_fork_gets_a_named_error_for_each_handle,
        a_child_of_fork_may_free_everything_and_destroys_nothing_of_the_caller,
        each_user_is_destroyed_once,
        NULL};
    TCase *tcase = tcase_create("with a handle of each kind");

    evc_check_add(suite, "without handles", without);
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, make_world, end_world);
    for (size_t i = 0; with[i]; i++)
        tcase_add_test(tcase, with[i]);
    tcase_add_loop_test(tcase, the_user_of_a_refused_callback_is_destroyed_once, 0,
                        SETTERS);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("contract", add_tests)
