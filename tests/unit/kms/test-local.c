/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/local.h"

#include <pthread.h>

#include "base/mem.h"
#include "codec/json.h"
#include "envcrypt/envelope.h"
#include "evc-alloc.h"
#include "evc-child.h"
#include "kms/open.h"
#include "local-fixture.h"

static const evc_backend *const table[] = {&evc_backend_local, NULL};
static struct envcrypt_kms_config config;
static evc_edk_out wrapped;

static void
begin(void)
{
    open_local_fixture();
    evc_edk_out_init(&wrapped);
    evc_kv_init(&config.options);
    config.protectors = raw;
}

static void
end(void)
{
    evc_kv_reset(&config.options);
    evc_edk_out_reset(&wrapped);
    close_local_fixture();
}

/* local://<path><rest>; the key is given to *out. */
static int
open_uri(const char *rest, evc_kms **out)
{
    static char uri[PATH_MAX + 128];

    (void)snprintf(uri, sizeof(uri), "local://%s%s", store_path(), rest);
    return evc_kms_open(crypto, NULL, table, uri, &config, NULL, out, NULL);
}

static int
try_uri(const char *rest)
{
    evc_kms *opened;
    int rc = open_uri(rest, &opened);

    evc_kms_unref(opened);
    return rc;
}

START_TEST(opens_by_uri)
{
    evc_kms *opened;

    EVC_CHECK_OK(open_uri("#k", &opened));
    ck_assert_str_eq(opened->provider, "store");
    ck_assert_str_eq(opened->key_id, "k");
    ck_assert(opened->authenticated);
    ck_assert(!opened->discovery);
    EVC_CHECK_OK(wrap_by(opened, &wrapped));
    EVC_CHECK_OK(unwrap_by(kms, &wrapped, NULL));
    evc_kms_unref(opened);
}
END_TEST

START_TEST(operations_are_those_of_the_kind)
{
    evc_store_import import = {.name = "i",
                               .name_space = "theirs",
                               .key_name = "x",
                               .material = evc_view_text("0123456789abcdef")};
    const uint32_t reads =
        ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_DESCRIBE | ENVCRYPT_OP_PROBE;
    evc_kms *opened;

    ck_assert_uint_eq(kms->operations, reads | ENVCRYPT_OP_WRAP | ENVCRYPT_OP_ROTATE);
    EVC_CHECK_OK(evc_keystore_import(store, &import, NULL, NULL));
    opened = open_key("i");
    ck_assert_uint_eq(opened->operations, reads);
    ck_assert_str_eq(opened->provider, "theirs");
    evc_kms_unref(opened);
    opened = open_key(NULL);
    ck_assert_uint_eq(opened->operations, ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_PROBE);
    evc_kms_unref(opened);
}
END_TEST

START_TEST(says_that_there_is_no_such_key)
{
    EVC_CHECK_CODE(try_uri("#l"), ENVCRYPT_E_KEY_NOT_FOUND);
}
END_TEST

START_TEST(a_pinned_store_must_have_the_fingerprint)
{
    char rest[64];

    (void)snprintf(rest, sizeof(rest), "?fingerprint=%s#k", store->fingerprint);
    EVC_CHECK_OK(try_uri(rest));
    EVC_CHECK_CODE(try_uri("?fingerprint=00112233445566778899aabbccddeeff#k"),
                   ENVCRYPT_E_STORE_FINGERPRINT);
    EVC_CHECK_CODE(try_uri("?fingerprint=0#k"), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_OK(evc_kv_set(&config.options, evc_view_text("fingerprint"),
                            evc_view_text("00112233445566778899aabbccddeeff"), NULL));
    EVC_CHECK_CODE(try_uri("#k"), ENVCRYPT_E_STORE_FINGERPRINT);
}
END_TEST

START_TEST(refuses_other_options)
{
    EVC_CHECK_CODE(try_uri("?fingerprnt=0#k"), ENVCRYPT_E_UNKNOWN_OPTION);
}
END_TEST

START_TEST(refuses_uris_of_another_form)
{
    static const char *const uris[] = {"local://host/store.json#k", "local:///#k",
                                       "local://#k", "local:///store.json#"};
    evc_kms *opened;

    for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++)
        EVC_CHECK_CODE(
            evc_kms_open(crypto, NULL, table, uris[i], &config, NULL, &opened, NULL),
            ENVCRYPT_E_URI);
}
END_TEST

START_TEST(wants_a_protector_that_opens)
{
    evc_protectors *other = raw_list('x');

    config.protectors = other;
    EVC_CHECK_CODE(try_uri("#k"), ENVCRYPT_E_STORE_LOCKED);
    config.protectors = NULL;
    EVC_CHECK_CODE(try_uri("#k"), ENVCRYPT_E_STORE_LOCKED);
    evc_protectors_free(other);
}
END_TEST

START_TEST(an_unverified_store_opens_no_key)
{
    evc_keystore *opened;
    evc_kms *none;

    EVC_CHECK_OK(open_again(NULL, NULL, &opened));
    EVC_CHECK_CODE(evc_local_open_key(opened, "k", &none, NULL),
                   ENVCRYPT_E_STORE_UNVERIFIED);
    evc_keystore_close(opened);
}
END_TEST

START_TEST(a_key_lives_on_without_its_store)
{
    evc_keystore *opened;
    evc_kms *key;

    EVC_CHECK_OK(open_again(raw, NULL, &opened));
    EVC_CHECK_OK(evc_local_open_key(opened, "k", &key, NULL));
    evc_keystore_close(opened);
    EVC_CHECK_OK(wrap_by(key, &wrapped));
    evc_kms_unref(key);
}
END_TEST

START_TEST(a_key_of_a_recovered_store_is_not_authenticated)
{
    evc_protectors *halves = new_list();
    evc_keystore *recovered;
    char rest[64];
    evc_kms *opened;

    add_rsa_public(halves);
    EVC_CHECK_OK(evc_keystore_protect(store, halves, NULL, NULL));
    add_rsa_private(halves);
    config.protectors = halves;
    EVC_CHECK_OK(open_uri("#k", &opened));
    ck_assert(!opened->authenticated);
    evc_kms_unref(opened);
    EVC_CHECK_OK(open_again(halves, NULL, &recovered));
    EVC_CHECK_OK(evc_local_open_key(recovered, "k", &opened, NULL));
    ck_assert(!opened->authenticated);
    evc_kms_unref(opened);
    evc_keystore_close(recovered);
    (void)snprintf(rest, sizeof(rest), "?fingerprint=%s#k", store->fingerprint);
    EVC_CHECK_OK(open_uri(rest, &opened));
    ck_assert(opened->authenticated);
    evc_kms_unref(opened);
    evc_protectors_free(halves);
}
END_TEST

/* --- which EDKs --- */

static bool
claims(const evc_kms *by)
{
    evc_edk edk = evc_edk_view(&wrapped);

    return evc_kms_claims(by, &edk);
}

START_TEST(a_key_claims_its_own)
{
    evc_kms *other;

    EVC_CHECK_OK(add_key("l"));
    other = open_key("l");
    EVC_CHECK_OK(wrap_by(kms, &wrapped));
    ck_assert(claims(kms));
    ck_assert(!claims(other));
    EVC_CHECK_CODE(unwrap_by(other, &wrapped, NULL), ENVCRYPT_E_UNWRAP);
    evc_kms_unref(other);
}
END_TEST

START_TEST(discovery_opens_what_any_key_wrapped)
{
    evc_kms *any;
    evc_kms *branch;

    EVC_CHECK_OK(evc_keystore_add_key(store, "b", ENVCRYPT_KIND_BRANCH, NULL, NULL));
    any = open_key(NULL);
    branch = open_key("b");
    ck_assert(any->discovery);
    ck_assert_str_eq(any->key_id, "");
    EVC_CHECK_OK(wrap_by(kms, &wrapped));
    EVC_CHECK_OK(unwrap_by(any, &wrapped, NULL));
    evc_edk_out_reset(&wrapped);
    EVC_CHECK_OK(wrap_by(branch, &wrapped));
    EVC_CHECK_OK(unwrap_by(any, &wrapped, NULL));
    EVC_CHECK_OK(evc_kms_probe(any, NULL, NULL));
    evc_kms_unref(branch);
    evc_kms_unref(any);
}
END_TEST

START_TEST(discovery_does_not_write)
{
    evc_kms *any = open_key(NULL);

    EVC_CHECK_CODE(wrap_by(any, &wrapped), ENVCRYPT_E_KEY_READ_ONLY);
    evc_kms_unref(any);
}
END_TEST

START_TEST(discovery_names_a_key_that_the_store_has_not)
{
    evc_kms *any = open_key(NULL);

    EVC_CHECK_OK(wrap_by(kms, &wrapped));
    wrapped.info.data[0] = 'z'; /* z/1 */
    ck_assert(claims(any));
    EVC_CHECK_CODE(unwrap_by(any, &wrapped, NULL), ENVCRYPT_E_KEY_NOT_FOUND);
    evc_kms_unref(any);
}
END_TEST

START_TEST(discovery_finds_a_branch_key_that_was_added_later)
{
    evc_kms *any = open_key(NULL);
    evc_kms *branch;

    ck_assert(!claims(any)); /* an empty EDK; the handle looked at the file */
    EVC_CHECK_OK(evc_keystore_add_key(store, "b", ENVCRYPT_KIND_BRANCH, NULL, NULL));
    branch = open_key("b");
    EVC_CHECK_OK(wrap_by(branch, &wrapped));
    ck_assert(!claims(any));
    clock_ms += 1000;
    ck_assert(claims(any));
    EVC_CHECK_OK(unwrap_by(any, &wrapped, NULL));
    evc_kms_unref(branch);
    evc_kms_unref(any);
}
END_TEST

static int32_t
is_current(void)
{
    evc_edk edk = evc_edk_view(&wrapped);

    return evc_kms_is_current(kms, &edk);
}

START_TEST(tells_whether_a_version_is_current)
{
    EVC_CHECK_OK(wrap_by(kms, &wrapped));
    ck_assert_int_eq(is_current(), ENVCRYPT_YES);
    EVC_CHECK_OK(evc_kms_rotate(kms, NULL, NULL));
    ck_assert_int_eq(is_current(), ENVCRYPT_NO);
    wrapped.info.data[2] = '7'; /* k/7 */
    ck_assert_int_eq(is_current(), ENVCRYPT_UNKNOWN);
}
END_TEST

START_TEST(nothing_is_current_without_an_enabled_version)
{
    EVC_CHECK_OK(wrap_by(kms, &wrapped));
    EVC_CHECK_OK(evc_keystore_set_enabled(store, "k", 1, false, NULL, NULL));
    clock_ms += 1000;
    ck_assert_int_eq(is_current(), ENVCRYPT_NO);
}
END_TEST

START_TEST(age_counts_from_the_date_of_the_version)
{
    evc_edk edk;

    EVC_CHECK_OK(wrap_by(kms, &wrapped));
    edk = evc_edk_view(&wrapped);
    ck_assert_int_eq(evc_kms_age_from_ms(kms, &edk),
                     store->data->keys[0].versions[0].created_ms);
    wrapped.info.data[2] = '7'; /* k/7 */
    ck_assert_int_eq(evc_kms_age_from_ms(kms, &edk), -1);
}
END_TEST

START_TEST(an_imported_key_tells_neither_version_nor_age)
{
    evc_store_import import = {.name = "i",
                               .name_space = "ns",
                               .key_name = "theirs",
                               .material = data_key(),
                               .writes = true};
    evc_kms *imported;
    evc_edk edk;

    EVC_CHECK_OK(evc_keystore_import(store, &import, NULL, NULL));
    imported = open_key("i");
    EVC_CHECK_OK(wrap_by(imported, &wrapped));
    edk = evc_edk_view(&wrapped);
    ck_assert_int_eq(evc_kms_is_current(imported, &edk), ENVCRYPT_UNKNOWN);
    ck_assert_int_eq(evc_kms_age_from_ms(imported, &edk), -1);
    EVC_CHECK_OK(evc_keystore_set_enabled(store, "i", 1, false, NULL, NULL));
    clock_ms += 1000;
    ck_assert_int_eq(evc_kms_is_current(imported, &edk), ENVCRYPT_NO);
    evc_kms_unref(imported);
}
END_TEST

/* --- threads, fork, memory --- */

#define THREADS 4
#define ROUNDS 50

static void *
use_key(void *user)
{
    evc_edk_out mine;

    for (unsigned i = 0; i < ROUNDS; i++) {
        int rc = wrap_by(kms, &mine);

        if (!rc)
            rc = unwrap_by(kms, &mine, NULL);
        evc_edk_out_reset(&mine);
        if (rc || (user && i % 10 == 0 && evc_kms_rotate(kms, NULL, NULL)))
            return kms;
        clock_ms += 100;
    }
    return NULL;
}

START_TEST(threads_wrap_unwrap_and_rotate_together)
{
    pthread_t threads[THREADS];

    for (size_t i = 0; i < THREADS; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, use_key, i ? NULL : kms), 0);
    for (size_t i = 0; i < THREADS; i++) {
        void *failed = NULL;

        ck_assert_int_eq(pthread_join(threads[i], &failed), 0);
        ck_assert_ptr_null(failed);
    }
}
END_TEST

static int
use_in_child(void *user)
{
    evc_edk_out mine;
    int rc = evc_kms_wrap(kms, data_key(), NULL, NULL, NULL, &mine, NULL);

    (void)user;
    evc_kms_unref(kms);
    return rc != ENVCRYPT_E_FORKED;
}

START_TEST(child_of_fork_gets_an_error_and_may_free)
{
    EVC_CHECK_CHILD(use_in_child, NULL);
}
END_TEST

static int
open_and_use(void *user)
{
    evc_edk_out mine;
    evc_kms *opened = NULL;
    int rc = open_uri("#k", &opened);

    (void)user;
    evc_edk_out_init(&mine);
    if (!rc)
        rc = evc_kms_wrap(opened, data_key(), NULL, NULL, NULL, &mine, NULL);
    evc_edk_out_reset(&mine);
    evc_kms_unref(opened);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(open_and_use, NULL), 0);
}
END_TEST

/* --- the golden store --- */

static void
put_golden(const char *name, const evc_json *of, evc_buf *out)
{
    const char *text = NULL;
    uint8_t *room;

    EVC_CHECK_OK(evc_json_text(of, name, &text, NULL));
    room = evc_buf_extend(out, strlen(text) / 2);
    EVC_CHECK_OK(evc_json_hex(of, name, room, strlen(text) / 2, NULL));
}

/* Unwraps an EDK of expected.json by any key of the store; checks the data key. */
static int
unwrap_golden(evc_kms *any, const evc_json *root, const char *which)
{
    const evc_json *edks = NULL;
    const evc_json *of = NULL;
    const evc_json *pairs = NULL;
    const char *provider = NULL;
    uint8_t wanted[32];
    evc_kv context;
    evc_secret key;
    evc_edk edk;
    int rc;

    evc_kv_init(&context);
    evc_edk_out_reset(&wrapped);
    EVC_CHECK_OK(evc_json_object(root, "edks", &edks, NULL));
    EVC_CHECK_OK(evc_json_object(edks, which, &of, NULL));
    EVC_CHECK_OK(evc_json_object(root, "context", &pairs, NULL));
    EVC_CHECK_OK(evc_json_hex(root, "data-key", wanted, sizeof(wanted), NULL));
    EVC_CHECK_OK(evc_json_text(of, "provider", &provider, NULL));
    evc_buf_put_text(&wrapped.provider, provider);
    put_golden("info", of, &wrapped.info);
    put_golden("ciphertext", of, &wrapped.ciphertext);
    for (const char *name = evc_json_next_name(pairs, NULL); name;
         name = evc_json_next_name(pairs, name)) {
        const char *value = NULL;

        EVC_CHECK_OK(evc_json_text(pairs, name, &value, NULL));
        EVC_CHECK_OK(
            evc_kv_add(&context, evc_view_text(name), evc_view_text(value), NULL));
    }
    edk = evc_edk_view(&wrapped);
    rc = evc_kms_unwrap(any, &edk, &context, 32, NULL, NULL, &key, NULL, NULL);
    if (rc == 0)
        ck_assert_mem_eq(key.bytes, wanted, 32);
    evc_secret_free(&key);
    evc_kv_reset(&context);
    return rc;
}

START_TEST(unwraps_what_another_implementation_wrapped)
{
    evc_protectors *list = new_list();
    evc_json_doc *doc;
    const evc_json *root;
    uint8_t key[32];
    evc_buf text = {0};
    evc_kms *any;

    slurp_vector("keystore.json", &text);
    spit("store.json", evc_buf_view(&text));
    evc_buf_clear(&text);
    slurp_vector("expected.json", &text);
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&text), "expected.json", &doc, NULL));
    root = evc_json_root(doc);
    EVC_CHECK_OK(evc_json_hex(root, "raw-key", key, sizeof(key), NULL));
    EVC_CHECK_OK(evc_protectors_add_raw_key(list, evc_view_of(key, sizeof(key)), NULL));
    config.protectors = list;
    EVC_CHECK_OK(open_uri("", &any));
    EVC_CHECK_OK(unwrap_golden(any, root, "orders/3"));
    EVC_CHECK_OK(unwrap_golden(any, root, "orders/4"));
    EVC_CHECK_CODE(unwrap_golden(any, root, "orders/2"), ENVCRYPT_E_KEY_DISABLED);
    EVC_CHECK_OK(unwrap_golden(any, root, "legacy"));
    EVC_CHECK_OK(unwrap_golden(any, root, "tenant"));
    evc_kms_unref(any);
    evc_protectors_free(list);
    evc_json_free(doc);
    evc_buf_reset(&text);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_by_uri,
        operations_are_those_of_the_kind,
        says_that_there_is_no_such_key,
        a_pinned_store_must_have_the_fingerprint,
        refuses_other_options,
        refuses_uris_of_another_form,
        wants_a_protector_that_opens,
        an_unverified_store_opens_no_key,
        a_key_lives_on_without_its_store,
        a_key_of_a_recovered_store_is_not_authenticated,
        a_key_claims_its_own,
        discovery_opens_what_any_key_wrapped,
        discovery_does_not_write,
        discovery_names_a_key_that_the_store_has_not,
        discovery_finds_a_branch_key_that_was_added_later,
        tells_whether_a_version_is_current,
        nothing_is_current_without_an_enabled_version,
        age_counts_from_the_date_of_the_version,
        an_imported_key_tells_neither_version_nor_age,
        threads_wrap_unwrap_and_rotate_together,
        child_of_fork_gets_an_error_and_may_free,
        survives_memory_that_runs_out,
        unwraps_what_another_implementation_wrapped,
        NULL,
    };
    TCase *tcase = tcase_create("local");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("local", add_tests)
