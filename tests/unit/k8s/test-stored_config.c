/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_config.h"

#include "evc-alloc.h"
#include "stored-fixture.h"

#define HEAD                                   \
    "apiVersion: apiserver.config.k8s.io/v1\n" \
    "kind: EncryptionConfiguration\n"          \
    "resources:\n"                             \
    "- resources: [secrets]\n"                 \
    "  providers: "
#define RANDOM_32 "pDnSAYAAEEhR+5P+K0JRrpMYQD+gHUUpJnwuyx8lRjA="
#define RANDOM_16 "qBHo8gLG5SrU/6kdZXR9gQ=="
#define THREE                                                                        \
    HEAD "[{kms: {apiVersion: v2, name: p, endpoint: 'unix:///p'}}, "                \
         "{aescbc: {keys: [{name: a, secret: " RANDOM_16 "}]}}, {secretbox: {keys: " \
         "[{name: s, secret: " RANDOM_32                                             \
         "}]}}, {aesgcm: {keys: [{name: g, secret: " RANDOM_32                       \
         "}]}}, {identity: {}}]\n"

static int
add_config(const char *text)
{
    return evc_stored_keys_add_config(keys, evc_view_text(text), NULL);
}

START_TEST(adds_the_keys_of_a_file_in_their_order)
{
    static const evc_stored_provider kinds[] = {EVC_STORED_AESCBC, EVC_STORED_SECRETBOX,
                                                EVC_STORED_AESGCM};
    static const char *const names[] = {"a", "s", "g"};

    EVC_CHECK_OK(add_config(THREE));
    ck_assert_uint_eq(keys->count, 3);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(keys->keys[i].provider, kinds[i]);
        ck_assert_str_eq(keys->keys[i].name, names[i]);
        ck_assert_uint_eq(keys->keys[i].bytes.size, i ? 32 : 16);
    }
}
END_TEST

static const char *const broken[] = {
    HEAD "[{aescbc: {keys: [{name: a, secret: " RANDOM_16
         "}, {name: b, secret: c2Vj}]}}]\n",
    HEAD "[{aescbc: {keys: [{name: a, secret: " RANDOM_16
         "}, {name: b, secret: '*'}]}}]\n",
    HEAD "[{aescbc: {keys: [{name: a, secret: " RANDOM_16 "}, {name: b}]}}]\n",
    HEAD "[{aescbc: {keys: [{name: a, secret: " RANDOM_16 "}, {secret: " RANDOM_16
         "}]}}]\n",
};

START_TEST(adds_all_keys_or_none)
{
    add_local(EVC_STORED_AESGCM, "before", KEY_32);
    for (size_t i = 0; i < sizeof(broken) / sizeof(*broken); i++) {
        EVC_CHECK_CODE(add_config(broken[i]), ENVCRYPT_E_ENCRYPTION_CONFIG);
        ck_assert_uint_eq(keys->count, 1);
    }
    EVC_CHECK_CODE(add_config("{"), ENVCRYPT_E_YAML);
}
END_TEST

START_TEST(no_message_shows_a_secret)
{
    evc_error *err = NULL;

    ck_assert_int_ne(evc_stored_keys_add_config(keys, evc_view_text(broken[0]), &err),
                     0);
    for (const evc_error *e = err; e; e = evc_error_cause(e))
        ck_assert_ptr_null(strstr(evc_error_message(e), "c2Vj"));
    evc_error_free(err);
}
END_TEST

static int
add_once(void *user)
{
    evc_stored_keys *set;
    int rc = evc_stored_keys_new(crypto, &set, NULL);

    if (!rc)
        rc = evc_stored_keys_add_config(set, evc_view_text(user), NULL);
    evc_stored_keys_free(set);
    return rc;
}

START_TEST(survives_any_lack_of_memory)
{
    static char text[] = THREE;

    ck_assert_uint_gt(evc_alloc_sweep(add_once, text), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {adds_the_keys_of_a_file_in_their_order,
                                  adds_all_keys_or_none, no_message_shows_a_secret,
                                  survives_any_lack_of_memory, NULL};

    stored_add(suite, "stored config", tests);
}

EVC_TEST_MAIN("stored config", add_tests)
