/* SPDX-License-Identifier: Apache-2.0 */
/* Each test runs over the three kinds of back ends: at once, together, later. */
#include "kms/bulk.h"

#include "evc-alloc.h"
#include "evc-child.h"
#include "scripted.h"

#define MANY 20u

enum kind { AT_ONCE, TOGETHER, LATER, KINDS };

static evc_kms *kms;
static evc_wait wait_of_test;
static evc_kms_item items[MANY];
static evc_kms_item *each[MANY];
static evc_secret keys[MANY];

/* --- back ends -------------------------------------------------------------------- */

static size_t most_width;   /* as start_many was told */
static atomic_size_t begun; /* calls that reached a back end */

/* What is wrapped tells the answer: "7" a key of sevens, "zero", "refused", "other". */
static void
answer(evc_call *call)
{
    evc_view in = call->edk.ciphertext;
    evc_error *error = NULL;
    int rc = 0;

    if (call->operation == ENVCRYPT_OP_WRAP) {
        evc_buf_put_text(&call->wrapped.provider, "scripted");
        evc_buf_put_view(&call->wrapped.ciphertext, call->input);
        if (call->input.data[0] == 13)
            rc = evc_err(&error, ENVCRYPT_E_DENIED, "not this one");
    } else if (evc_view_is_text(in, "refused")) {
        rc = evc_err(&error, ENVCRYPT_E_KEY_DISABLED, "it is disabled");
    } else {
        rc = evc_secret_new(env->arena, 32, &call->key, &error);
        if (!rc)
            memset(call->key.bytes, evc_view_is_text(in, "zero") ? 0 : in.data[0], 32);
        if (evc_view_is_text(in, "other"))
            evc_buf_put_text(&call->key_id, "another");
    }
    evc_call_finish(call, rc, error);
}

static void
start_at_once(evc_kms *one, evc_call *call)
{
    (void)one;
    (void)atomic_fetch_add(&begun, 1);
    answer(call);
}

static void
start_together(evc_kms *one, evc_call *const *calls, size_t count, size_t width,
               evc_wait *wait)
{
    (void)wait;
    most_width = width;
    for (size_t i = 0; i < count; i++)
        start_at_once(one, calls[i]);
}

/* A service that answers the newest first, from a thread of its own. */
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static evc_call *open_calls[MANY];
static size_t open_count;
static size_t most_open;
static bool silent;
static atomic_bool over;
static pthread_t server;

static void
start_later(evc_kms *one, evc_call *call)
{
    (void)one;
    (void)atomic_fetch_add(&begun, 1);
    (void)pthread_mutex_lock(&mutex);
    open_calls[open_count++] = call;
    if (open_count > most_open)
        most_open = open_count;
    (void)pthread_mutex_unlock(&mutex);
}

static void *
serve(void *unused)
{
    while (!atomic_load(&over)) {
        evc_call *call = NULL;

        pause_ms(1);
        (void)pthread_mutex_lock(&mutex);
        if (!silent && open_count)
            call = open_calls[--open_count];
        (void)pthread_mutex_unlock(&mutex);
        if (call)
            answer(call);
    }
    return unused;
}

static const evc_backend backends[KINDS] = {
    [AT_ONCE] = {.close = scripted_close,
                 .claims = scripted_claims,
                 .start = start_at_once,
                 .at_once = true},
    [TOGETHER] = {.close = scripted_close,
                  .claims = scripted_claims,
                  .start = start_at_once,
                  .at_once = true,
                  .start_many = start_together},
    [LATER] = {.close = scripted_close,
               .claims = scripted_claims,
               .start = start_later},
};

static int kind; /* of the test at hand */

static void
open_kms(int one)
{
    kind = one;
    kms = open_scripted(ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP);
    kms->backend = &backends[kind];
    if (kind == LATER)
        ck_assert_int_eq(pthread_create(&server, NULL, serve, NULL), 0);
}

static void
set_up(void)
{
    open_crypto();
    atomic_store(&begun, 0);
    atomic_store(&over, false);
    most_open = most_width = 0;
    silent = false;
    evc_wait_init(&wait_of_test, NULL, 30000);
    for (size_t i = 0; i < MANY; i++) {
        items[i] = (evc_kms_item){0};
        each[i] = &items[i];
    }
}

/* Answers what was abandoned. */
static void
drain(void)
{
    evc_call *call;

    do {
        (void)pthread_mutex_lock(&mutex);
        silent = false;
        call = open_count ? open_calls[--open_count] : NULL;
        (void)pthread_mutex_unlock(&mutex);
        if (call)
            answer(call);
    } while (call);
}

static void
tear_down(void)
{
    atomic_store(&over, true);
    if (kind == LATER)
        ck_assert_int_eq(pthread_join(server, NULL), 0);
    drain();
    for (size_t i = 0; i < MANY; i++) {
        evc_kms_item_reset(&items[i]);
        evc_secret_free(&keys[i]);
    }
    evc_wait_release(&wait_of_test);
    evc_kms_unref(kms);
    close_crypto();
}

static void
unwrap(const char *const *wrapped, size_t count, size_t width)
{
    for (size_t i = 0; i < count; i++)
        items[i] = (evc_kms_item){
            .edk = {.provider = text("scripted"), .ciphertext = text(wrapped[i])}};
    evc_kms_unwrap_many(kms, each, count, width, &wait_of_test);
}

/* --- both ways -------------------------------------------------------------------- */

START_TEST(results_come_in_order)
{
    char texts[MANY][2];
    const char *wrapped[MANY];

    open_kms(_i);
    for (size_t i = 0; i < MANY; i++) {
        texts[i][0] = (char)('a' + i);
        texts[i][1] = '\0';
        wrapped[i] = texts[i];
    }
    unwrap(wrapped, MANY, 4);
    for (size_t i = 0; i < MANY; i++) {
        ck_assert_int_eq(items[i].code, 0);
        ck_assert_uint_eq(items[i].secret.size, 32);
        ck_assert_uint_eq(items[i].secret.bytes[31], 'a' + i);
        ck_assert_ptr_null(items[i].error);
    }
    ck_assert_uint_eq(atomic_load(&begun), MANY);
}
END_TEST

START_TEST(each_item_is_checked_and_fails_by_itself)
{
    const char *const wrapped[] = {"7", "refused", "zero", "other", "8"};

    open_kms(_i);
    unwrap(wrapped, 5, 3);
    ck_assert_int_eq(items[0].code, 0);
    ck_assert_int_eq(items[1].code, ENVCRYPT_E_KEY_DISABLED);
    ck_assert_str_eq(evc_error_message(items[1].error), "it is disabled");
    ck_assert_int_eq(items[2].code, ENVCRYPT_E_BAD_DEK);
    ck_assert_int_eq(items[3].code, ENVCRYPT_E_KEY_MISMATCH);
    ck_assert_int_eq(items[4].code, 0);
    for (size_t i = 0; i < 5; i++) {
        ck_assert_int_eq(evc_error_code(items[i].error), items[i].code);
        ck_assert_int_eq(items[i].secret.bytes == NULL, items[i].code != 0);
    }
}
END_TEST

START_TEST(what_the_key_does_not_claim_is_not_asked)
{
    open_kms(_i);
    items[0].edk = (evc_edk){.provider = text("else"), .ciphertext = text("7")};
    items[1].edk = (evc_edk){.provider = text("scripted"), .ciphertext = text("7")};
    evc_kms_unwrap_many(kms, each, 2, 2, &wait_of_test);
    ck_assert_int_eq(items[0].code, ENVCRYPT_E_UNWRAP);
    ck_assert_int_eq(items[1].code, 0);
    ck_assert_uint_eq(atomic_load(&begun), 1);
}
END_TEST

START_TEST(a_key_of_another_size_is_refused)
{
    open_kms(_i);
    items[0] = (evc_kms_item){
        .edk = {.provider = text("scripted"), .ciphertext = text("7")}, .key_size = 16};
    evc_kms_unwrap_many(kms, each, 1, 1, NULL);
    ck_assert_int_eq(items[0].code, ENVCRYPT_E_BAD_DEK);
}
END_TEST

START_TEST(keys_are_wrapped_and_refused_by_themselves)
{
    open_kms(_i);
    for (size_t i = 0; i < 4; i++) {
        keys[i] = make_secret(32, i == 2 ? 13 : (uint8_t)i);
        items[i].key = view_of_secret(&keys[i]);
    }
    items[3].key.size = EVC_KMS_MAX_KEY + 1;
    evc_kms_wrap_many(kms, each, 4, 2, &wait_of_test);
    ck_assert_int_eq(items[0].code, 0);
    ck_assert_int_eq(items[1].code, 0);
    ck_assert_uint_eq(items[1].wrapped.ciphertext.data[0], 1);
    ck_assert_int_eq(items[2].code, ENVCRYPT_E_DENIED);
    ck_assert_uint_eq(items[2].wrapped.ciphertext.size, 0);
    ck_assert_int_eq(items[3].code, ENVCRYPT_E_KEY_SIZE);
}
END_TEST

START_TEST(a_key_that_only_opens_wraps_none)
{
    open_kms(_i);
    kms->operations = ENVCRYPT_OP_UNWRAP;
    keys[0] = make_secret(32, 1);
    items[0].key = view_of_secret(&keys[0]);
    evc_kms_wrap_many(kms, each, 1, 1, NULL);
    ck_assert_int_eq(items[0].code, ENVCRYPT_E_KEY_READ_ONLY);
}
END_TEST

START_TEST(none_is_no_work)
{
    open_kms(_i);
    evc_kms_unwrap_many(kms, NULL, 0, 4, &wait_of_test);
    ck_assert_uint_eq(atomic_load(&begun), 0);
}
END_TEST

START_TEST(a_canceled_wait_asks_nothing)
{
    const char *const wrapped[] = {"7", "8"};

    open_kms(_i == 0 ? AT_ONCE : LATER); /* together it is the back end's to see */
    evc_wait_cancel(&wait_of_test);
    unwrap(wrapped, 2, 2);
    ck_assert_int_eq(items[0].code, ENVCRYPT_E_CANCELED);
    ck_assert_int_eq(items[1].code, ENVCRYPT_E_CANCELED);
    ck_assert_uint_eq(atomic_load(&begun), 0);
}
END_TEST

/* --- those that answer later ------------------------------------------------------ */

START_TEST(no_more_than_width_are_open)
{
    const char *const wrapped[] = {"a", "b", "c", "d", "e", "f", "g", "h"};

    open_kms(LATER);
    unwrap(wrapped, 8, 3);
    ck_assert_uint_eq(most_open, 3);
}
END_TEST

START_TEST(the_width_reaches_the_back_end)
{
    const char *const wrapped[] = {"a", "b"};

    open_kms(TOGETHER);
    unwrap(wrapped, 2, 9);
    ck_assert_uint_eq(most_width, 9);
    evc_kms_item_reset(&items[0]);
    evc_kms_item_reset(&items[1]);
    unwrap(wrapped, 2, 0);
    ck_assert_uint_eq(most_width, 1);
}
END_TEST

START_TEST(a_deadline_cuts_off_what_is_open_and_what_did_not_begin)
{
    const char *const wrapped[] = {"a", "b", "c"};

    silent = true;
    open_kms(LATER);
    evc_wait_release(&wait_of_test);
    evc_wait_init(&wait_of_test, NULL, 50);
    unwrap(wrapped, 3, 2);
    for (size_t i = 0; i < 3; i++) {
        ck_assert_int_eq(items[i].code, ENVCRYPT_E_TIMEOUT);
        ck_assert_int_eq(evc_error_code(items[i].error), ENVCRYPT_E_TIMEOUT);
    }
    ck_assert_uint_eq(atomic_load(&begun), 2);
}
END_TEST

START_TEST(an_answer_after_the_deadline_is_dropped)
{
    const char *const wrapped[] = {"a"};

    silent = true;
    open_kms(LATER);
    evc_wait_release(&wait_of_test);
    evc_wait_init(&wait_of_test, NULL, 20);
    unwrap(wrapped, 1, 1);
    ck_assert_int_eq(items[0].code, ENVCRYPT_E_TIMEOUT);
    drain(); /* the arena must be empty at the end */
    ck_assert_ptr_null(items[0].secret.bytes);
}
END_TEST

/* --- memory and fork -------------------------------------------------------------- */

static int
unwrap_swept(void *unused)
{
    const char *const wrapped[] = {"7", "8"};
    int rc;

    (void)unused;
    unwrap(wrapped, 2, 2);
    rc = items[0].code ? items[0].code : items[1].code;
    evc_kms_item_reset(&items[0]);
    evc_kms_item_reset(&items[1]);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    open_kms(TOGETHER);
    ck_assert_uint_gt(evc_alloc_sweep(unwrap_swept, NULL), 3);
}
END_TEST

static int
unwrap_in_child(void *unused)
{
    const char *const wrapped[] = {"7", "8"};

    (void)unused;
    unwrap(wrapped, 2, 2);
    return items[0].code == ENVCRYPT_E_FORKED && items[1].code == ENVCRYPT_E_FORKED ? 0
                                                                                    : 1;
}

START_TEST(a_child_of_fork_asks_nothing)
{
    open_kms(_i);
    EVC_CHECK_CHILD(unwrap_in_child, NULL);
    ck_assert_uint_eq(atomic_load(&begun), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        results_come_in_order,
        each_item_is_checked_and_fails_by_itself,
        what_the_key_does_not_claim_is_not_asked,
        a_key_of_another_size_is_refused,
        keys_are_wrapped_and_refused_by_themselves,
        a_key_that_only_opens_wraps_none,
        none_is_no_work,
        a_child_of_fork_asks_nothing,
    };
    const TTest *const some[] = {
        no_more_than_width_are_open,
        the_width_reaches_the_back_end,
        a_deadline_cuts_off_what_is_open_and_what_did_not_begin,
        an_answer_after_the_deadline_is_dropped,
        survives_any_failed_allocation,
    };
    TCase *tcase = tcase_create("bulk");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_loop_test(tcase, all[i], 0, KINDS);
    tcase_add_loop_test(tcase, a_canceled_wait_asks_nothing, 0, 2);
    for (size_t i = 0; i < sizeof(some) / sizeof(some[0]); i++)
        tcase_add_test(tcase, some[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("bulk", add_tests)
