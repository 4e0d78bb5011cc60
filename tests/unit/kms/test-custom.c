/* SPDX-License-Identifier: Apache-2.0 */
#include "evc-alloc.h"
#include "evc-child.h"
#include "serving.h"

#define WRAPS (ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP)
#define ALL                                                                     \
    (WRAPS | ENVCRYPT_OP_GENERATE | ENVCRYPT_OP_REWRAP | ENVCRYPT_OP_DESCRIBE | \
     ENVCRYPT_OP_ROTATE | ENVCRYPT_OP_PROBE)

static service acme;
static const char *named_version;
static char seen_version[64];
static size_t seen_pairs;

static evc_kms *
open_key(uint32_t operations, void (*answer)(envcrypt_call *call))
{
    evc_kms *kms = NULL;

    acme = (service){.answer = answer};
    named_version = "7";
    EVC_CHECK_OK(evc_custom_open(crypto, "acme", "key-1", operations, serve_call, &acme,
                                 destroy_service, &kms, NULL));
    return kms;
}

/* A toy: what it wraps is turned over, with "w" before it. */
static int
toy_wrap(envcrypt_call *call, evc_view key)
{
    uint8_t wrapped[65] = {'w'};
    int rc;

    for (size_t i = 0; i < key.size; i++)
        wrapped[i + 1] = key.data[i] ^ 0xff;
    rc = evc_serve_set_wrapped(call, evc_view_of(wrapped, key.size + 1), NULL);
    return rc ? rc : evc_serve_set_version(call, named_version, NULL);
}

static int
toy_unwrap(envcrypt_call *call, evc_view wrapped)
{
    uint8_t key[64];

    for (size_t i = 1; i < wrapped.size && i <= sizeof(key); i++)
        key[i - 1] = wrapped.data[i] ^ 0xff;
    return evc_serve_set_key(call, evc_view_of(key, wrapped.size - 1), NULL);
}

static int
toy_generate(envcrypt_call *call)
{
    uint8_t key[64] = {1, 2, 3};
    int rc = toy_wrap(call, evc_view_of(key, call->key_size));

    return rc ? rc : evc_serve_set_key(call, evc_view_of(key, call->key_size), NULL);
}

static int
toy_describe(envcrypt_call *call)
{
    evc_serve_set_state(call, ENVCRYPT_KEY_ENABLED);
    return evc_serve_add_version(call, "7", ENVCRYPT_KEY_ENABLED, 5, NULL);
}

static void
toy(envcrypt_call *call)
{
    int rc = 0;

    (void)snprintf(seen_version, sizeof(seen_version), "%s",
                   (const char *)call->key_version.data);
    seen_pairs = call->context->count;
    switch (call->operation) {
    case ENVCRYPT_OP_WRAP:
        rc = toy_wrap(call, call->input);
        break;
    case ENVCRYPT_OP_UNWRAP:
        rc = toy_unwrap(call, call->edk.ciphertext);
        break;
    case ENVCRYPT_OP_GENERATE:
        rc = toy_generate(call);
        break;
    case ENVCRYPT_OP_REWRAP:
        rc = evc_serve_set_wrapped(call, text("rewrapped"), NULL);
        break;
    case ENVCRYPT_OP_DESCRIBE:
        rc = toy_describe(call);
        break;
    default:
        break;
    }
    evc_serve_finish(call, rc, NULL, NULL);
}

static void
deny(envcrypt_call *call)
{
    evc_serve_finish(call, ENVCRYPT_E_KEY_DISABLED, "AcmeDisabled", "ask acme");
}

static int
wrap(evc_kms *kms, const evc_kv *context, evc_wait *wait, evc_edk_out *out)
{
    evc_secret key = make_secret(32, 1);
    int rc = evc_kms_wrap(kms, view_of_secret(&key), context, wait, NULL, out, NULL);

    evc_secret_free(&key);
    return rc;
}

static int
unwrap(evc_kms *kms, const evc_edk_out *wrapped, const evc_kv *context, evc_wait *wait)
{
    evc_edk edk = evc_edk_view(wrapped);
    evc_secret key;
    int rc = evc_kms_unwrap(kms, &edk, context, 32, wait, NULL, &key, NULL, NULL);

    if (!rc)
        ck_assert_uint_eq(key.bytes[31], 32);
    evc_secret_free(&key);
    return rc;
}

START_TEST(wraps_and_unwraps)
{
    evc_kms *kms = open_key(WRAPS, toy);
    evc_edk_out out;
    evc_edk edk;

    EVC_CHECK_OK(wrap(kms, NULL, NULL, &out));
    edk = evc_edk_view(&out);
    ck_assert(evc_view_is_text(edk.provider, "acme"));
    ck_assert(evc_kms_claims(kms, &edk));
    ck_assert_uint_eq(edk.ciphertext.size, 33);
    EVC_CHECK_OK(unwrap(kms, &out, NULL, NULL));
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(wraps_and_unwraps_on_another_thread)
{
    evc_kms *kms = open_key(WRAPS, toy);
    evc_edk_out out;

    acme.on_thread = true;
    EVC_CHECK_OK(wrap(kms, NULL, NULL, &out));
    join_service(&acme);
    EVC_CHECK_OK(unwrap(kms, &out, NULL, NULL));
    join_service(&acme);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(the_service_sees_version_and_context)
{
    evc_kms *kms = open_key(WRAPS, toy);
    evc_edk_out out;
    evc_kv context;

    evc_kv_init(&context);
    add_pair(&context, "a", "1");
    EVC_CHECK_OK(wrap(kms, &context, NULL, &out));
    ck_assert_uint_eq(seen_pairs, 1);
    ck_assert_str_eq(seen_version, "");
    EVC_CHECK_OK(unwrap(kms, &out, &context, NULL));
    ck_assert_uint_eq(seen_pairs, 1);
    ck_assert_str_eq(seen_version, "7");
    evc_edk_out_reset(&out);
    evc_kv_reset(&context);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(an_edk_of_another_form_of_context_is_not_sent)
{
    evc_kms *kms = open_key(WRAPS, toy);
    evc_edk_out out;
    evc_kv context;
    int calls;

    evc_kv_init(&context);
    add_pair(&context, "a", "1");
    EVC_CHECK_OK(wrap(kms, NULL, NULL, &out));
    calls = acme.calls;
    EVC_CHECK_CODE(unwrap(kms, &out, &context, NULL), ENVCRYPT_E_UNWRAP);
    evc_edk_out_reset(&out);
    EVC_CHECK_OK(wrap(kms, &context, NULL, &out));
    EVC_CHECK_CODE(unwrap(kms, &out, NULL, NULL), ENVCRYPT_E_UNWRAP);
    ck_assert_int_eq(acme.calls, calls + 1);
    evc_edk_out_reset(&out);
    evc_kv_reset(&context);
    evc_kms_unref(kms);
}
END_TEST

static evc_edk_out
make_edk(const char *provider, const char *key_id, evc_context_form form)
{
    evc_edk_service info = {text(key_id), text("7"), form, 1700000000};
    evc_edk_out out;

    evc_edk_out_init(&out);
    evc_buf_put_text(&out.provider, provider);
    evc_edk_service_info(&out.info, &info);
    evc_buf_put_text(&out.ciphertext, "w");
    return out;
}

static bool
claims(const evc_kms *kms, const char *provider, const char *key_id)
{
    evc_edk_out out = make_edk(provider, key_id, EVC_FORM_NONE);
    evc_edk edk = evc_edk_view(&out);
    bool claimed = evc_kms_claims(kms, &edk);

    evc_edk_out_reset(&out);
    return claimed;
}

START_TEST(claims_its_own_edks_alone)
{
    evc_kms *kms = open_key(WRAPS, toy);
    evc_edk other = {text("acme"), text("key-1"), text("w")};

    ck_assert(claims(kms, "acme", "key-1"));
    ck_assert(!claims(kms, "acme2", "key-1"));
    ck_assert(!claims(kms, "acme", "key-2"));
    ck_assert(!claims(kms, "acme", ""));
    ck_assert(!evc_kms_claims(kms, &other));
    evc_kms_unref(kms);
}
END_TEST

START_TEST(an_edk_with_a_hash_is_not_sent)
{
    evc_kms *kms = open_key(WRAPS, toy);
    evc_edk_out out = make_edk("acme", "key-1", EVC_FORM_HASH);

    EVC_CHECK_CODE(unwrap(kms, &out, NULL, NULL), ENVCRYPT_E_UNWRAP);
    ck_assert_int_eq(acme.calls, 0);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(the_age_is_that_of_the_wrapping)
{
    evc_kms *kms = open_key(WRAPS, toy);
    evc_edk_out out = make_edk("acme", "key-1", EVC_FORM_NONE);
    evc_edk edk = evc_edk_view(&out);

    ck_assert_int_eq(evc_kms_age_from_ms(kms, &edk), INT64_C(1700000000000));
    ck_assert_int_eq(evc_kms_is_current(kms, &edk), ENVCRYPT_UNKNOWN);
    edk.info.size--;
    ck_assert_int_eq(evc_kms_age_from_ms(kms, &edk), -1);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(generates_at_the_service_or_here)
{
    evc_kms *there = open_key(ALL, toy);
    evc_kms *here;
    evc_secret key;
    evc_edk_out out;

    EVC_CHECK_OK(evc_kms_generate(there, 32, NULL, NULL, NULL, &key, &out, NULL));
    ck_assert_mem_eq(key.bytes, "\1\2\3\0", 4);
    evc_secret_free(&key);
    evc_edk_out_reset(&out);
    evc_kms_unref(there);
    here = open_key(WRAPS, toy);
    EVC_CHECK_OK(evc_kms_generate(here, 32, NULL, NULL, NULL, &key, &out, NULL));
    ck_assert_mem_ne(key.bytes, "\1\2\3\0", 4);
    ck_assert_int_eq(acme.calls, 1);
    evc_secret_free(&key);
    evc_edk_out_reset(&out);
    evc_kms_unref(here);
}
END_TEST

START_TEST(rewraps_describes_rotates_and_probes)
{
    evc_kms *kms = open_key(ALL, toy);
    evc_edk_out out;
    evc_edk_out again;
    evc_edk edk;
    evc_key_info *info;

    EVC_CHECK_OK(wrap(kms, NULL, NULL, &out));
    edk = evc_edk_view(&out);
    EVC_CHECK_OK(evc_kms_rewrap(kms, &edk, NULL, NULL, &again, NULL));
    ck_assert(evc_view_is_text(evc_buf_view(&again.ciphertext), "rewrapped"));
    EVC_CHECK_OK(evc_kms_describe(kms, NULL, &info, NULL));
    ck_assert_str_eq(info->versions[info->current].id, "7");
    EVC_CHECK_OK(evc_kms_rotate(kms, NULL, NULL));
    EVC_CHECK_OK(evc_kms_probe(kms, NULL, NULL));
    evc_key_info_free(info);
    evc_edk_out_reset(&out);
    evc_edk_out_reset(&again);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(a_failure_of_the_service_comes_out)
{
    evc_kms *kms = open_key(WRAPS, deny);
    evc_secret key = make_secret(32, 1);
    evc_error *err = NULL;
    evc_edk_out out;

    EVC_CHECK_CODE(
        evc_kms_wrap(kms, view_of_secret(&key), NULL, NULL, NULL, &out, &err),
        ENVCRYPT_E_KEY_DISABLED);
    ck_assert_str_eq(evc_error_provider_code(err), "AcmeDisabled");
    evc_error_free(err);
    evc_secret_free(&key);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(after_a_timeout_the_finish_is_ignored)
{
    evc_kms *kms = open_key(WRAPS, NULL);
    evc_edk_out out;
    evc_wait wait;

    evc_wait_init(&wait, NULL, 5);
    EVC_CHECK_CODE(wrap(kms, NULL, &wait, &out), ENVCRYPT_E_TIMEOUT);
    evc_wait_release(&wait);
    ck_assert(evc_call_is_abandoned(acme.held));
    toy(acme.held); /* whose inputs are its own by now */
    evc_kms_unref(kms);
    ck_assert_int_eq(acme.destroyed, 1);
}
END_TEST

static void *
cancel(void *arg)
{
    pause_ms(10);
    evc_wait_cancel(arg);
    return NULL;
}

START_TEST(after_a_cancel_the_finish_is_ignored)
{
    evc_kms *kms = open_key(WRAPS, NULL);
    evc_edk_out wrapped = make_edk("acme", "key-1", EVC_FORM_NONE);
    evc_wait wait;
    pthread_t canceler;

    evc_wait_init(&wait, NULL, -1);
    ck_assert_int_eq(pthread_create(&canceler, NULL, cancel, &wait), 0);
    EVC_CHECK_CODE(unwrap(kms, &wrapped, NULL, &wait), ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(pthread_join(canceler, NULL), 0);
    evc_wait_release(&wait);
    evc_edk_out_reset(&wrapped);
    deny(acme.held);
    evc_kms_unref(kms);
}
END_TEST

START_TEST(the_last_call_may_outlive_every_handle)
{
    evc_kms *kms = open_key(WRAPS, NULL);
    evc_edk_out out;
    evc_wait wait;

    evc_wait_init(&wait, NULL, 0);
    EVC_CHECK_CODE(wrap(kms, NULL, &wait, &out), ENVCRYPT_E_TIMEOUT);
    evc_wait_release(&wait);
    evc_kms_unref(kms);
    ck_assert_int_eq(acme.destroyed, 0);
    toy(acme.held);
    ck_assert_int_eq(acme.destroyed, 1);
}
END_TEST

static int
try_open(const char *provider_id, const char *key_id, uint32_t operations)
{
    evc_kms *kms = (evc_kms *)1;
    int rc;

    acme = (service){.answer = toy};
    rc = evc_custom_open(crypto, provider_id, key_id, operations, serve_call, &acme,
                         destroy_service, &kms, NULL);
    if (rc) {
        ck_assert_ptr_null(kms);
        ck_assert_int_eq(acme.destroyed, 0);
    }
    evc_kms_unref(kms);
    return rc;
}

START_TEST(a_provider_id_has_1_to_64_plain_characters)
{
    char id[66];

    memset(id, 'a', 65);
    id[65] = '\0';
    EVC_CHECK_CODE(try_open(id, "k", WRAPS), ENVCRYPT_E_ARGUMENT);
    id[64] = '\0';
    EVC_CHECK_OK(try_open(id, "k", WRAPS));
    EVC_CHECK_OK(try_open("a-b.c_9", "k", WRAPS));
    EVC_CHECK_CODE(try_open("", "k", WRAPS), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("Acme", "k", WRAPS), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("a b", "k", WRAPS), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("a/b", "k", WRAPS), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(reserved_provider_ids_are_refused)
{
    EVC_CHECK_CODE(try_open("aws-kms", "k", WRAPS), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("aws-kms-x", "k", WRAPS), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("envcrypt-acme", "k", WRAPS), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(a_key_id_has_1_to_2048_bytes)
{
    static char id[2050];

    memset(id, 'k', 2049);
    EVC_CHECK_CODE(try_open("acme", id, WRAPS), ENVCRYPT_E_ARGUMENT);
    id[2048] = '\0';
    EVC_CHECK_OK(try_open("acme", id, WRAPS));
    EVC_CHECK_CODE(try_open("acme", "", WRAPS), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("acme", "\xff", WRAPS), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(operations_are_known_and_wrap_or_unwrap)
{
    EVC_CHECK_OK(try_open("acme", "k", ENVCRYPT_OP_WRAP));
    EVC_CHECK_OK(try_open("acme", "k", ENVCRYPT_OP_UNWRAP));
    EVC_CHECK_OK(try_open("acme", "k", ALL));
    EVC_CHECK_CODE(try_open("acme", "k", 0), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("acme", "k", ENVCRYPT_OP_GENERATE), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("acme", "k", WRAPS | ENVCRYPT_OP_BRANCH_KEY),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(try_open("acme", "k", WRAPS | 256), ENVCRYPT_E_ARGUMENT);
}
END_TEST

static int
free_in_child(void *user)
{
    evc_kms_unref(user);
    return acme.destroyed;
}

START_TEST(a_child_does_not_call_destroy)
{
    evc_kms *kms = open_key(WRAPS, toy);

    EVC_CHECK_CHILD(free_in_child, kms);
    evc_kms_unref(kms);
    ck_assert_int_eq(acme.destroyed, 1);
}
END_TEST

static int
open_wrap_unwrap(void *user)
{
    evc_kms *kms;
    evc_secret back = {0};
    evc_edk_out out;
    evc_edk edk;
    int rc = evc_custom_open(crypto, "acme", "key-1", WRAPS, serve_call, &acme, NULL,
                             &kms, NULL);

    if (rc)
        return rc;
    rc = evc_kms_wrap(kms, view_of_secret(user), NULL, NULL, NULL, &out, NULL);
    edk = evc_edk_view(&out);
    if (!rc)
        rc = evc_kms_unwrap(kms, &edk, NULL, 32, NULL, NULL, &back, NULL, NULL);
    evc_secret_free(&back);
    evc_edk_out_reset(&out);
    evc_kms_unref(kms);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    evc_secret key = make_secret(32, 1);

    acme = (service){.answer = toy};
    named_version = "7";
    evc_alloc_sweep(open_wrap_unwrap, &key);
    evc_secret_free(&key);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const calls[] = {wraps_and_unwraps,
                                  wraps_and_unwraps_on_another_thread,
                                  the_service_sees_version_and_context,
                                  an_edk_of_another_form_of_context_is_not_sent,
                                  claims_its_own_edks_alone,
                                  an_edk_with_a_hash_is_not_sent,
                                  the_age_is_that_of_the_wrapping,
                                  generates_at_the_service_or_here,
                                  rewraps_describes_rotates_and_probes,
                                  a_failure_of_the_service_comes_out,
                                  after_a_timeout_the_finish_is_ignored,
                                  after_a_cancel_the_finish_is_ignored,
                                  the_last_call_may_outlive_every_handle,
                                  survives_memory_that_runs_out,
                                  NULL};
    const TTest *const opening[] = {a_provider_id_has_1_to_64_plain_characters,
                                    reserved_provider_ids_are_refused,
                                    a_key_id_has_1_to_2048_bytes,
                                    operations_are_known_and_wrap_or_unwrap,
                                    a_child_does_not_call_destroy,
                                    NULL};

    kms_add(suite, "calls", calls);
    kms_add(suite, "open", opening);
}

EVC_TEST_MAIN("custom", add_tests)
