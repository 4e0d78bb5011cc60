/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/backend.h"

#include "evc-child.h"
#include "kms-fixture.h"

typedef struct state {
    int closed;
} state;

static void
count_close(void *user)
{
    state *s = user;

    s->closed++;
}

static const evc_backend counting = {.close = count_close};

static evc_kms *
make(state *s, uint32_t operations)
{
    evc_kms *kms = NULL;

    EVC_CHECK_OK(
        evc_kms_new(crypto, &counting, s, "provider", "id", operations, &kms, NULL));
    return kms;
}

START_TEST(a_key_has_what_it_was_given)
{
    state s = {0};
    evc_kms *kms = make(&s, ENVCRYPT_OP_WRAP);

    ck_assert_str_eq(kms->provider, "provider");
    ck_assert_str_eq(kms->key_id, "id");
    ck_assert_uint_eq(kms->operations, ENVCRYPT_OP_WRAP);
    ck_assert(kms->authenticated);
    ck_assert(!kms->discovery);
    ck_assert_uint_eq(kms->max_plaintext, 0);
    ck_assert_ptr_null(kms->repeats);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(the_last_reference_closes_the_state)
{
    state s = {0};
    evc_kms *kms = make(&s, ENVCRYPT_OP_WRAP);

    ck_assert_ptr_eq(evc_kms_ref(kms), kms);
    evc_kms_unref(kms);
    ck_assert_int_eq(s.closed, 0);
    evc_kms_unref(kms);
    ck_assert_int_eq(s.closed, 1);
}
END_TEST

START_TEST(null_is_fine)
{
    ck_assert_ptr_null(evc_kms_ref(NULL));
    evc_kms_unref(NULL);
}
END_TEST

START_TEST(a_service_that_generates_is_watched_for_repeats)
{
    state s = {0};
    evc_kms *kms = make(&s, ENVCRYPT_OP_WRAP | ENVCRYPT_OP_GENERATE);

    ck_assert_ptr_nonnull(kms->repeats);
    evc_kms_unref(kms);
}
END_TEST

static int
free_in_child(void *user)
{
    evc_kms_unref(user);
    return 0;
}

START_TEST(a_child_frees_a_key)
{
    state s = {0};
    evc_kms *kms = make(&s, ENVCRYPT_OP_WRAP | ENVCRYPT_OP_GENERATE);

    EVC_CHECK_CHILD(free_in_child, kms);
    evc_kms_unref(kms);
}
END_TEST

static int open_code;

static int
open_by_uri(evc_kms *kms, const evc_uri *uri, const struct envcrypt_kms_config *config,
            evc_wait *wait, evc_error **err)
{
    static state s;

    (void)wait;
    s.closed = 0;
    kms->state = &s;
    kms->provider = evc_mem_strdup("uri");
    kms->key_id = evc_mem_strdup(evc_backend_option(uri, config, "id"));
    kms->operations = ENVCRYPT_OP_GENERATE;
    return open_code ? evc_err(err, open_code, "no") : 0;
}

static const evc_backend by_uri = {.open = open_by_uri, .close = count_close};

static int
try_uri(const char *uri_text, const struct envcrypt_kms_config *config, evc_kms **out)
{
    evc_uri uri;
    int rc;

    EVC_CHECK_OK(evc_uri_parse(uri_text, &uri, NULL));
    rc = evc_kms_new_by_uri(crypto, NULL, &by_uri, &uri, config, NULL, out, NULL);
    evc_uri_reset(&uri);
    return rc;
}

START_TEST(a_back_end_opens_a_uri)
{
    evc_kms *kms;

    EVC_CHECK_OK(try_uri("x://?id=k", NULL, &kms));
    ck_assert_str_eq(kms->key_id, "k");
    ck_assert_ptr_nonnull(kms->repeats);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(options_come_from_the_settings_too)
{
    struct envcrypt_kms_config config = {.protectors = NULL};
    evc_kms *kms;

    evc_kv_init(&config.options);
    add_pair(&config.options, "id", "from settings");
    EVC_CHECK_OK(try_uri("x://", &config, &kms));
    ck_assert_str_eq(kms->key_id, "from settings");
    evc_kms_unref(kms);
    evc_kv_reset(&config.options);
}
END_TEST

START_TEST(a_failed_open_closes_the_state_and_gives_no_key)
{
    evc_kms *kms = (evc_kms *)1;

    open_code = ENVCRYPT_E_KEY_NOT_FOUND;
    EVC_CHECK_CODE(try_uri("x://?id=k", NULL, &kms), ENVCRYPT_E_KEY_NOT_FOUND);
    ck_assert_ptr_null(kms);
    open_code = 0;
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_key_has_what_it_was_given,
                                  the_last_reference_closes_the_state,
                                  null_is_fine,
                                  a_service_that_generates_is_watched_for_repeats,
                                  a_child_frees_a_key,
                                  a_back_end_opens_a_uri,
                                  options_come_from_the_settings_too,
                                  a_failed_open_closes_the_state_and_gives_no_key,
                                  NULL};

    kms_add(suite, "backend", tests);
}

EVC_TEST_MAIN("backend", add_tests)
