/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/census.h"

#include "base/encode.h"
#include "etcd-fixture.h"
#include "evc-alloc.h"
#include "evc-child.h"
#include "stored-vectors.h"

static evc_census *census;
static evc_table *table;
static char big[100];

static void
begin(void)
{
    etcd_begin();
    EVC_CHECK_OK(evc_census_new(crypto, &census, NULL));
    table = NULL;
}

static void
end(void)
{
    evc_table_free(table);
    evc_census_free(census);
    etcd_end();
}

static void
add(const char *key, evc_view value, int64_t revision)
{
    EVC_CHECK_OK(evc_census_add(census, evc_view_text(key), value, revision, &err));
    ck_assert_ptr_null(err);
}

static void
add_text(const char *key, const char *value, int64_t revision)
{
    add(key, evc_view_text(value), revision);
}

/* A value under a plugin of kms v2. */
static evc_view
kms2(const char *name, const char *key_id, const char *dek)
{
    static uint8_t memory[512];
    const evc_encrypted_object object = {.data =
                                             evc_view_text("0123456789abcdef0123456789"
                                                           "abcdef0123456789abcdef0123"
                                                           "456789abcdef"),
                                         .key_id = evc_view_text(key_id),
                                         .dek_source = evc_view_text(dek),
                                         .type = EVC_DEK_SOURCE_SEED};
    evc_buf out;

    evc_buf_init_fixed(&out, memory, sizeof(memory));
    evc_buf_put_format(&out, "k8s:enc:kms:v2:%s:", name);
    evc_encrypted_object_write(&object, NULL, 0, &out);
    ck_assert(!out.failed);
    return evc_buf_view(&out);
}

/* Rows with slashes between cells and spaces between rows; "-" = empty. */
static void
tell(bool by_key)
{
    evc_table_free(table);
    table = NULL;
    EVC_CHECK_OK(by_key ? evc_census_keys(census, &table, NULL)
                        : evc_census_table(census, &table, NULL));
    evc_buf_clear(&seen);
    for (size_t i = 0; i < table->rows; i++) {
        for (size_t k = 0; k < table->width; k++) {
            const char *cell = evc_table_cell(table, i, k);

            evc_buf_put_text(&seen, cell ? cell : "-");
            evc_buf_put_u8(&seen, k + 1 < table->width ? '|' : '\n');
        }
    }
    ck_assert(!seen.failed);
}

START_TEST(counts_what_protects_by_resource)
{
    add_text("/registry/secrets/a/b", "k8s", 5);
    add_text("/registry/secrets/a/c", "{}", 3);
    add("/registry/configmaps/a/b", kms2("plug", "key-1", "dek"), 7);
    tell(false);
    SAW("secrets|identity|-|-|-|2|/registry/secrets/a/c|3|5|-\n"
        "configmaps|kms v2|plug|key-1|1|1|/registry/configmaps/a/b|7|7|-\n");
}
END_TEST

START_TEST(has_the_columns_that_its_header_names)
{
    static const char *const names[] = {"resource",
                                        "provider",
                                        "name",
                                        "key_id",
                                        "deks",
                                        "objects",
                                        "oldest",
                                        "oldest_revision",
                                        "newest_revision",
                                        "more_deks"};

    tell(false);
    ck_assert_uint_eq(table->width, 10);
    for (size_t i = 0; i < 10; i++)
        ck_assert_str_eq(evc_table_column(table, i), names[i]);
    tell(true);
    ck_assert_uint_eq(table->width, 9);
    for (size_t i = 0; i < 9; i++)
        ck_assert_str_eq(evc_table_column(table, i), names[i + 1]);
}
END_TEST

START_TEST(tells_keys_of_one_plugin_apart)
{
    add("/registry/secrets/a/b", kms2("plug", "key-1", "dek"), 1);
    add("/registry/secrets/a/c", kms2("plug", "key-2", "dek"), 2);
    add("/registry/secrets/a/d", kms2("plug", "key-2", "other"), 3);
    tell(false);
    SAW("secrets|kms v2|plug|key-2|2|2|/registry/secrets/a/c|2|3|-\n"
        "secrets|kms v2|plug|key-1|1|1|/registry/secrets/a/b|1|1|-\n");
}
END_TEST

START_TEST(what_would_be_lost_counts_all_resources_of_a_key)
{
    add_text("/registry/secrets/a/z", "plain", 1);
    add("/registry/secrets/a/b", kms2("plug", "key-1", "dek"), 4);
    add("/registry/configmaps/a/b", kms2("plug", "key-1", "dek"), 2);
    add("/registry/secrets/a/d", kms2("plug", "key-2", "dek"), 3);
    add_text("/registry/secrets/a/x", "k8s:enc:kms:v2:", 1);
    tell(true);
    SAW("kms v2|plug|key-1|1|2|/registry/configmaps/a/b|2|4|-\n"
        "kms v2|plug|key-2|1|1|/registry/secrets/a/d|3|3|-\n");
}
END_TEST

static void
add_hex(const char *key, const char *hex)
{
    uint8_t bytes[256];
    size_t size = strlen(hex) / 2;

    EVC_CHECK_OK(evc_decode_hex(evc_view_text(hex), bytes, size, NULL));
    add(key, evc_view_of(bytes, size), 9);
}

START_TEST(counts_the_vectors)
{
    add_hex(STORED_ETCD_KEY, STORED_V2);
    add_hex("/registry/secrets/default/s2", STORED_V1);
    tell(false);
    SAW("secrets|kms v2|libenvcrypt|kek-1|1|1|/registry/secrets/default/s1|9|9|-\n"
        "secrets|kms v1|libenvcrypt|-|1|1|/registry/secrets/default/s2|9|9|-\n");
}
END_TEST

START_TEST(counts_keys_that_stand_in_the_configuration)
{
    memset(big, 'x', 64);
    (void)memcpy(big, "k8s:enc:aescbc:v1:key1:", 23);
    big[23 + 32] = 0;
    add_text("/registry/secrets/a/b", big, 1);
    tell(true);
    SAW("aescbc|key1|-|-|1|/registry/secrets/a/b|1|1|-\n");
}
END_TEST

START_TEST(counts_what_is_damaged_with_its_key)
{
    add_text("/registry/secrets/a/b", "k8s:enc:aescbc:v1:key1:short", 4);
    add_text("/registry/secrets/a/c", "k8s:enc:kms:v2:plug:x", 5);
    tell(false);
    SAW("secrets|damaged|-|-|-|2|/registry/secrets/a/b|4|5|-\n");
    tell(true);
    SAW("");
}
END_TEST

START_TEST(counts_providers_that_it_does_not_know)
{
    add_text("/registry/secrets/a/b", "k8s:enc:future:v1:key1:body", 4);
    tell(false);
    SAW("secrets|unknown|-|-|-|1|/registry/secrets/a/b|4|4|-\n");
}
END_TEST

START_TEST(an_empty_value_is_plaintext)
{
    add("/registry/secrets/a/b", evc_view_of(NULL, 0), 4);
    tell(false);
    SAW("secrets|identity|-|-|-|1|/registry/secrets/a/b|4|4|-\n");
}
END_TEST

START_TEST(texts_of_values_are_made_printable)
{
    add("/registry/secrets/a/\x1b[31m", kms2("plug", "key\n1", "dek"), 1);
    tell(false);
    SAW("secrets|kms v2|plug|key?1|1|1|/registry/secrets/a/?[31m|1|1|-\n");
}
END_TEST

START_TEST(may_be_added_to_after_it_was_told)
{
    add_text("/registry/secrets/a/b", "k8s", 5);
    tell(false);
    add_text("/registry/secrets/a/c", "k8s", 6);
    tell(false);
    SAW("secrets|identity|-|-|-|2|/registry/secrets/a/b|5|6|-\n");
}
END_TEST

static void
add_resources(unsigned from, unsigned to)
{
    for (unsigned i = from; i < to; i++) {
        char key[64];

        (void)snprintf(key, sizeof(key), "/registry/r%u/a/b", i);
        add_text(key, "k8s", 1 + i);
    }
}

START_TEST(has_as_many_rows_as_its_limit)
{
    add_resources(0, EVC_CENSUS_ROWS);
    tell(false);
    ck_assert_uint_eq(table->rows, EVC_CENSUS_ROWS);
}
END_TEST

START_TEST(counts_further_rows_together)
{
    add_resources(0, EVC_CENSUS_ROWS + 2);
    tell(false);
    ck_assert_uint_eq(table->rows, EVC_CENSUS_ROWS + 1);
    ck_assert_str_eq(evc_table_cell(table, 0, 0), "others");
    ck_assert_str_eq(evc_table_cell(table, 0, 1), "others");
    ck_assert_str_eq(evc_table_cell(table, 0, 5), "2");
    ck_assert_str_eq(evc_table_cell(table, 0, 6), "/registry/r10000/a/b");
    add_resources(3, 4); /* one that has a row */
    tell(false);
    ck_assert_uint_eq(table->rows, EVC_CENSUS_ROWS + 1);
}
END_TEST

static void
add_deks(unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        char dek[32];

        (void)snprintf(dek, sizeof(dek), "dek %u", i);
        add("/registry/secrets/a/b", kms2("plug", "key", dek), 1);
    }
}

START_TEST(tells_as_many_deks_apart_as_its_limit)
{
    add_deks(EVC_CENSUS_ROWS);
    tell(false);
    SAW("secrets|kms v2|plug|key|10000|10000|/registry/secrets/a/b|1|1|-\n");
}
END_TEST

START_TEST(says_that_further_deks_were_not_told_apart)
{
    add_deks(EVC_CENSUS_ROWS + 1);
    tell(false);
    SAW("secrets|kms v2|plug|key|10000|10001|/registry/secrets/a/b|1|1|true\n");
    tell(true);
    SAW("kms v2|plug|key|10000|10001|/registry/secrets/a/b|1|1|true\n");
}
END_TEST

static int
use_in_child(void *user)
{
    evc_table *none = NULL;

    (void)user;
    if (evc_census_add(census, evc_view_text("/a"), evc_view_text("b"), 1, NULL) !=
        ENVCRYPT_E_FORKED)
        return 1;
    if (evc_census_table(census, &none, NULL) != ENVCRYPT_E_FORKED || none)
        return 2;
    if (evc_census_keys(census, &none, NULL) != ENVCRYPT_E_FORKED || none)
        return 3;
    evc_census_free(census);
    return 0;
}

START_TEST(a_child_of_fork_may_only_free_it)
{
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static int
count_short_of_memory(void *user)
{
    evc_census *own = NULL;
    evc_table *rows = NULL;
    evc_error *error = NULL;
    int rc = evc_census_new(crypto, &own, &error);

    if (rc == 0)
        rc = evc_census_add(own, evc_view_text("/registry/secrets/a/b"),
                            *(const evc_view *)user, 3, &error);
    if (rc == 0)
        rc = evc_census_add(own, evc_view_text("/registry/secrets/a/c"),
                            evc_view_text("k8s:enc:kms:v2:"), 2, &error);
    if (rc == 0)
        rc = evc_census_table(own, &rows, &error);
    evc_table_free(rows);
    evc_census_free(own);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    evc_view value = kms2("plug", "key", "dek");

    ck_assert_uint_gt(evc_alloc_sweep(count_short_of_memory, &value), 15);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("census");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, counts_what_protects_by_resource);
    tcase_add_test(tcase, has_the_columns_that_its_header_names);
    tcase_add_test(tcase, tells_keys_of_one_plugin_apart);
    tcase_add_test(tcase, what_would_be_lost_counts_all_resources_of_a_key);
    tcase_add_test(tcase, counts_the_vectors);
    tcase_add_test(tcase, counts_keys_that_stand_in_the_configuration);
    tcase_add_test(tcase, counts_what_is_damaged_with_its_key);
    tcase_add_test(tcase, counts_providers_that_it_does_not_know);
    tcase_add_test(tcase, an_empty_value_is_plaintext);
    tcase_add_test(tcase, texts_of_values_are_made_printable);
    tcase_add_test(tcase, may_be_added_to_after_it_was_told);
    tcase_add_test(tcase, has_as_many_rows_as_its_limit);
    tcase_add_test(tcase, counts_further_rows_together);
    tcase_add_test(tcase, tells_as_many_deks_apart_as_its_limit);
    tcase_add_test(tcase, says_that_further_deks_were_not_told_apart);
    tcase_add_test(tcase, a_child_of_fork_may_only_free_it);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("census", add_tests)
