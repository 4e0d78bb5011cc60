/* SPDX-License-Identifier: Apache-2.0 */
#include "base/err.h"

#include <ctype.h>
#include <errno.h>
#include <stdbool.h>

#include "evc-alloc.h"
#include "evc-check.h"

typedef struct row {
    const char *name;
    int32_t constant;
    int32_t number;
    int32_t error_class;
    const char *sentence;
} row;

static const row rows[] = {
#define EVC_ERROR(name, number, error_class, sentence)                             \
    {"ENVCRYPT_E_" #name, ENVCRYPT_E_##name, number, ENVCRYPT_CLASS_##error_class, \
     sentence},
#include "base/errors.def"
};

static const row class_rows[] = {
#define EVC_CLASS(name, number, meaning) \
    {#name, ENVCRYPT_CLASS_##name, number, 0, meaning},
#include "base/errors.def"
};

static const row *const rows_end = rows + sizeof(rows) / sizeof(rows[0]);
static const row *const classes_end =
    class_rows + sizeof(class_rows) / sizeof(class_rows[0]);

/* One test for all rows of a table; where that does not show, the message names the
 * row. */

START_TEST(public_constants_are_the_negative_numbers)
{
    for (const row *r = rows; r < rows_end; r++)
        ck_assert_msg(r->constant == -r->number, "%s is not -%d", r->name, r->number);
}
END_TEST

START_TEST(names_of_codes_are_those_of_the_list)
{
    for (const row *r = rows; r < rows_end; r++)
        ck_assert_str_eq(evc_error_name(r->constant), r->name);
}
END_TEST

START_TEST(classes_of_codes_are_those_of_the_list)
{
    for (const row *r = rows; r < rows_end; r++)
        ck_assert_msg(evc_error_class_of(r->constant) == r->error_class, "%s", r->name);
}
END_TEST

START_TEST(sentences_of_codes_are_those_of_the_list)
{
    for (const row *r = rows; r < rows_end; r++)
        ck_assert_str_eq(evc_error_text(r->constant), r->sentence);
}
END_TEST

START_TEST(sentences_say_something)
{
    for (const row *r = rows; r < rows_end; r++)
        ck_assert_msg(strlen(r->sentence) > 10, "%s", r->name);
}
END_TEST

/* They follow a colon: no capital but that of a name, no full stop. */
START_TEST(sentences_begin_small_and_end_without_a_stop)
{
    for (const row *r = rows; r < rows_end; r++) {
        bool word = isupper((unsigned char)r->sentence[0]) &&
                    islower((unsigned char)r->sentence[1]);

        ck_assert_msg(!word, "%s", r->name);
        ck_assert_msg(r->sentence[strlen(r->sentence) - 1] != '.', "%s", r->name);
    }
}
END_TEST

START_TEST(class_constants_and_names_are_those_of_the_list)
{
    for (const row *r = class_rows; r < classes_end; r++) {
        ck_assert_int_eq(r->constant, r->number);
        ck_assert_str_eq(evc_error_class_name(r->constant), r->name);
    }
}
END_TEST

static const int32_t unknown_codes[] = {1, INT32_MAX, -29, -10000, INT32_MIN};

START_TEST(unknown_code_is_internal)
{
    int32_t code = unknown_codes[_i];

    ck_assert_str_eq(evc_error_name(code), "ENVCRYPT_E_?");
    ck_assert_int_eq(evc_error_class_of(code), ENVCRYPT_CLASS_INTERNAL);
    ck_assert_ptr_nonnull(evc_error_text(code));
}
END_TEST

START_TEST(zero_is_ok_and_has_no_class)
{
    ck_assert_str_eq(evc_error_name(0), "ENVCRYPT_OK");
    ck_assert_int_eq(evc_error_class_of(0), 0);
    ck_assert_str_eq(evc_error_text(0), "success");
}
END_TEST

START_TEST(what_is_of_the_call_ends_it)
{
    ck_assert(evc_error_ends_call(ENVCRYPT_E_CANCELED));
    ck_assert(evc_error_ends_call(ENVCRYPT_E_TIMEOUT));
    ck_assert(evc_error_ends_call(ENVCRYPT_E_NOMEM));
    ck_assert(evc_error_ends_call(ENVCRYPT_E_FORKED));
    ck_assert(!evc_error_ends_call(ENVCRYPT_E_DENIED));
    ck_assert(!evc_error_ends_call(ENVCRYPT_E_SERVICE_DOWN));
    ck_assert(!evc_error_ends_call(0));
}
END_TEST

START_TEST(what_a_service_gets_over_passes)
{
    ck_assert(evc_error_passes(ENVCRYPT_E_SERVICE_DOWN));
    ck_assert(evc_error_passes(ENVCRYPT_E_THROTTLED));
    ck_assert(evc_error_passes(ENVCRYPT_E_NET_BROKEN));
    ck_assert(!evc_error_passes(ENVCRYPT_E_CLUSTER_FAILED));
    ck_assert(!evc_error_passes(ENVCRYPT_E_MIGRATION));
    ck_assert(!evc_error_passes(ENVCRYPT_E_DENIED));
    ck_assert(!evc_error_passes(ENVCRYPT_E_TIMEOUT));
    ck_assert(!evc_error_passes(0));
}
END_TEST

START_TEST(unknown_class_is_a_question_mark)
{
    ck_assert_str_eq(evc_error_class_name(0), "?");
    ck_assert_str_eq(evc_error_class_name(-1), "?");
    ck_assert_str_eq(evc_error_class_name(classes_end[-1].number + 1), "?");
}
END_TEST

START_TEST(an_error_holds_its_code_class_and_message)
{
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_err(&err, ENVCRYPT_E_FRAME, "frame %d of %s", 7, "a"),
                   ENVCRYPT_E_FRAME);
    ck_assert_int_eq(evc_error_code(err), ENVCRYPT_E_FRAME);
    ck_assert_int_eq(evc_error_class(err), ENVCRYPT_CLASS_FORMAT);
    ck_assert_str_eq(evc_error_message(err), "frame 7 of a");
    evc_error_free(err);
}
END_TEST

START_TEST(a_new_error_has_no_facts)
{
    evc_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_FRAME, "x");
    ck_assert_int_eq(evc_error_is_retryable(err), 0);
    ck_assert_int_eq(evc_error_retry_after_ms(err), -1);
    ck_assert_int_eq(evc_error_http_status(err), 0);
    ck_assert_ptr_null(evc_error_provider_code(err));
    ck_assert_ptr_null(evc_error_request_id(err));
    ck_assert_ptr_null(evc_error_key_state(err));
    ck_assert_ptr_null(evc_error_cause(err));
    evc_error_free(err);
}
END_TEST

START_TEST(no_error_answers_every_getter)
{
    ck_assert_int_eq(evc_error_code(NULL), 0);
    ck_assert_int_eq(evc_error_class(NULL), 0);
    ck_assert_str_eq(evc_error_message(NULL), "");
    ck_assert_int_eq(evc_error_is_retryable(NULL), 0);
    ck_assert_int_eq(evc_error_retry_after_ms(NULL), -1);
    ck_assert_int_eq(evc_error_http_status(NULL), 0);
    ck_assert_ptr_null(evc_error_provider_code(NULL));
    ck_assert_ptr_null(evc_error_request_id(NULL));
    ck_assert_ptr_null(evc_error_key_state(NULL));
    ck_assert_ptr_null(evc_error_cause(NULL));
    evc_error_free(NULL);
}
END_TEST

/* The argument cannot be read: formatting it would crash. */
START_TEST(without_a_place_nothing_is_formatted_or_allocated)
{
    const char *unreadable = (const char *)(uintptr_t)1;
    int codes[4];

    evc_alloc_fail(EVC_ALLOC_NONE, false);
    codes[0] = evc_err(NULL, ENVCRYPT_E_FRAME, "%s", unreadable);
    codes[1] = evc_err_wrap(NULL, ENVCRYPT_E_FRAME, "%s", unreadable);
    codes[2] = evc_err_errno(NULL, ENOENT, "read", unreadable);
    codes[3] = evc_err_nomem(NULL);
    ck_assert_uint_eq(evc_alloc_stop(), 0);
    ck_assert_int_eq(codes[0], ENVCRYPT_E_FRAME);
    ck_assert_int_eq(codes[1], ENVCRYPT_E_FRAME);
    ck_assert_int_eq(codes[2], ENVCRYPT_E_FILE_NOT_FOUND);
    ck_assert_int_eq(codes[3], ENVCRYPT_E_NOMEM);
}
END_TEST

START_TEST(a_new_error_replaces_the_old_and_may_quote_it)
{
    evc_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_FRAME, "inner");
    (void)evc_err(&err, ENVCRYPT_E_HEADER, "outer of %s", evc_error_message(err));
    ck_assert_str_eq(evc_error_message(err), "outer of inner");
    ck_assert_ptr_null(evc_error_cause(err));
    evc_error_free(err);
}
END_TEST

START_TEST(wrapping_keeps_the_old_error_as_cause)
{
    evc_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_FRAME, "inner");
    EVC_CHECK_CODE(evc_err_wrap(&err, ENVCRYPT_E_HEADER, "outer"), ENVCRYPT_E_HEADER);
    ck_assert_str_eq(evc_error_message(err), "outer");
    ck_assert_str_eq(evc_error_message(evc_error_cause(err)), "inner");
    evc_error_free(err);
}
END_TEST

START_TEST(a_hundred_thousand_causes_are_freed_without_recursion)
{
    evc_error *err = NULL;

    for (int i = 0; i < 100000; i++)
        (void)evc_err_wrap(&err, ENVCRYPT_E_FRAME, "x");
    evc_error_free(err);
}
END_TEST

START_TEST(causes_are_appended_at_the_end)
{
    evc_error *err = NULL;
    evc_error *first = NULL;
    evc_error *second = NULL;

    (void)evc_err(&err, ENVCRYPT_E_NO_KEY, "head");
    (void)evc_err(&first, ENVCRYPT_E_UNWRAP, "first");
    (void)evc_err(&second, ENVCRYPT_E_UNWRAP, "second");
    evc_err_add_cause(&err, first);
    evc_err_add_cause(&err, second);
    ck_assert_str_eq(evc_error_message(err), "head");
    ck_assert_ptr_eq(evc_error_cause(err), first);
    ck_assert_ptr_eq(evc_error_cause(first), second);
    evc_error_free(err);
}
END_TEST

START_TEST(a_cause_of_nothing_begins_the_chain)
{
    evc_error *err = NULL;
    evc_error *first = NULL;

    (void)evc_err(&first, ENVCRYPT_E_UNWRAP, "first");
    evc_err_add_cause(&err, first);
    ck_assert_ptr_eq(err, first);
    evc_err_add_cause(&err, NULL);
    ck_assert_ptr_null(evc_error_cause(err));
    evc_error_free(err);
}
END_TEST

/* The sanitizer sees a cause that is not freed. */
START_TEST(a_cause_without_a_place_is_freed)
{
    evc_error *cause = NULL;

    (void)evc_err(&cause, ENVCRYPT_E_UNWRAP, "lost");
    evc_err_add_cause(NULL, cause);
}
END_TEST

START_TEST(a_cause_behind_the_static_error_is_freed)
{
    evc_error *err = NULL;
    evc_error *cause = NULL;

    (void)evc_err_nomem(&err);
    (void)evc_err(&cause, ENVCRYPT_E_UNWRAP, "lost");
    evc_err_add_cause(&err, cause);
    ck_assert_ptr_null(evc_error_cause(err));
    evc_error_free(err);
}
END_TEST

START_TEST(facts_are_stored)
{
    evc_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_IO, "x");
    evc_err_set_retry(err, 1, 2500);
    evc_err_set_provider(err, "ThrottlingException", "r-1", 400);
    evc_err_set_key_state(err, "Disabled");
    ck_assert_int_eq(evc_error_is_retryable(err), 1);
    ck_assert_int_eq(evc_error_retry_after_ms(err), 2500);
    ck_assert_str_eq(evc_error_provider_code(err), "ThrottlingException");
    ck_assert_str_eq(evc_error_request_id(err), "r-1");
    ck_assert_int_eq(evc_error_http_status(err), 400);
    ck_assert_str_eq(evc_error_key_state(err), "Disabled");
    evc_error_free(err);
}
END_TEST

START_TEST(facts_can_be_replaced_and_taken_away)
{
    evc_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_IO, "x");
    evc_err_set_provider(err, "A", "B", 400);
    evc_err_set_provider(err, "C", NULL, 0);
    ck_assert_str_eq(evc_error_provider_code(err), "C");
    ck_assert_ptr_null(evc_error_request_id(err));
    evc_error_free(err);
}
END_TEST

START_TEST(facts_of_no_error_or_the_static_one_are_dropped)
{
    evc_error *err = NULL;

    evc_err_set_retry(NULL, 1, 1);
    evc_err_set_provider(NULL, "A", "B", 1);
    evc_err_set_key_state(NULL, "A");
    (void)evc_err_nomem(&err);
    evc_err_set_retry(err, 1, 1);
    evc_err_set_provider(err, "A", "B", 1);
    evc_err_set_key_state(err, "A");
    ck_assert_int_eq(evc_error_is_retryable(err), 0);
    ck_assert_int_eq(evc_error_retry_after_ms(err), -1);
    ck_assert_ptr_null(evc_error_provider_code(err));
    ck_assert_ptr_null(evc_error_key_state(err));
}
END_TEST

START_TEST(a_message_is_clean_utf8)
{
    evc_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_IO, "a\033[2J\nb\xff \xc3\xa4");
    ck_assert_str_eq(evc_error_message(err), "a?[2J?b? \xc3\xa4");
    evc_error_free(err);
}
END_TEST

START_TEST(provider_texts_are_clean_utf8)
{
    evc_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_IO, "x");
    evc_err_set_provider(err, "a\033", "b\xff", 400);
    evc_err_set_key_state(err, "c\n");
    ck_assert_str_eq(evc_error_provider_code(err), "a?");
    ck_assert_str_eq(evc_error_request_id(err), "b?");
    ck_assert_str_eq(evc_error_key_state(err), "c?");
    evc_error_free(err);
}
END_TEST

static const struct {
    int errnum;
    int code;
} errnos[] = {
    {ENOENT, ENVCRYPT_E_FILE_NOT_FOUND},
    {ENOTDIR, ENVCRYPT_E_FILE_NOT_FOUND},
    {EEXIST, ENVCRYPT_E_FILE_EXISTS},
    {EACCES, ENVCRYPT_E_FILE_DENIED},
    {EPERM, ENVCRYPT_E_FILE_DENIED},
    {EROFS, ENVCRYPT_E_FILE_DENIED},
    {ELOOP, ENVCRYPT_E_FILE_TYPE},
    {EISDIR, ENVCRYPT_E_FILE_TYPE},
    {ENOSPC, ENVCRYPT_E_NO_SPACE},
    {EDQUOT, ENVCRYPT_E_NO_SPACE},
    {EPIPE, ENVCRYPT_E_PIPE_CLOSED},
    {EIO, ENVCRYPT_E_IO},
    {EMFILE, ENVCRYPT_E_IO},
    {ENOMEM, ENVCRYPT_E_NOMEM},
    {99999, ENVCRYPT_E_IO},
};

START_TEST(errno_maps_to_its_code)
{
    EVC_CHECK_CODE(evc_err_errno(NULL, errnos[_i].errnum, "read", "f"),
                   errnos[_i].code);
}
END_TEST

START_TEST(errno_message_names_what_and_why)
{
    evc_error *err = NULL;

    (void)evc_err_errno(&err, ENOENT, "read", "/tmp/x");
    ck_assert_str_eq(evc_error_message(err),
                     "cannot read /tmp/x: No such file or directory");
    evc_error_free(err);
}
END_TEST

START_TEST(a_symbolic_link_is_called_one)
{
    evc_error *err = NULL;

    (void)evc_err_errno(&err, ELOOP, "read", "/tmp/x");
    ck_assert_ptr_nonnull(
        strstr(evc_error_message(err), "symbolic link; name the file"));
    evc_error_free(err);
}
END_TEST

START_TEST(unknown_errno_still_has_a_message)
{
    evc_error *err = NULL;

    (void)evc_err_errno(&err, 99999, "read", "x");
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "99999"));
    evc_error_free(err);
}
END_TEST

START_TEST(clear_forgets_without_freeing)
{
    evc_error *err = NULL;
    evc_error *kept;

    (void)evc_err(&err, ENVCRYPT_E_IO, "x");
    kept = err;
    evc_err_clear(&err);
    ck_assert_ptr_null(err);
    ck_assert_str_eq(evc_error_message(kept), "x");
    evc_error_free(kept);
    evc_err_clear(NULL);
}
END_TEST

START_TEST(drop_frees_and_takes_null)
{
    evc_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_IO, "it does not matter");
    evc_err_drop(&err);
    ck_assert_ptr_null(err);
    evc_err_drop(&err);
    evc_err_drop(NULL);
}
END_TEST

START_TEST(without_memory_the_code_stays_and_the_error_says_why)
{
    evc_error *err = NULL;
    int code;

    evc_alloc_fail(0, true);
    code = evc_err(&err, ENVCRYPT_E_FRAME, "x");
    (void)evc_alloc_stop();
    ck_assert_int_eq(code, ENVCRYPT_E_FRAME);
    ck_assert_int_eq(evc_error_code(err), ENVCRYPT_E_NOMEM);
    ck_assert_str_eq(evc_error_message(err), "out of memory");
    evc_error_free(err);
    evc_error_free(err); /* it is never freed */
}
END_TEST

START_TEST(the_static_error_can_be_wrapped)
{
    evc_error *err = NULL;

    (void)evc_err_nomem(&err);
    (void)evc_err_wrap(&err, ENVCRYPT_E_IO, "outer");
    ck_assert_str_eq(evc_error_message(evc_error_cause(err)), "out of memory");
    evc_error_free(err);
}
END_TEST

START_TEST(a_fact_that_finds_no_memory_is_left_out)
{
    evc_error *err = NULL;

    (void)evc_err(&err, ENVCRYPT_E_IO, "x");
    evc_alloc_fail(0, true);
    evc_err_set_provider(err, "A", "B", 500);
    (void)evc_alloc_stop();
    ck_assert_ptr_null(evc_error_provider_code(err));
    ck_assert_int_eq(evc_error_http_status(err), 500);
    evc_error_free(err);
}
END_TEST

static int
make_a_chain(void *user)
{
    evc_error *err = NULL;
    evc_error *other = NULL;

    (void)user;
    (void)evc_err(&err, ENVCRYPT_E_IO, "a");
    evc_err_set_provider(err, "A", "B", 500);
    (void)evc_err_wrap(&err, ENVCRYPT_E_IO, "b");
    (void)evc_err_errno(&other, ENOENT, "read", "x");
    evc_err_add_cause(&err, other);
    evc_error_free(err);
    return 0;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_eq(evc_alloc_sweep(make_a_chain, NULL), 5);
}
END_TEST

static void
add_loop(Suite *suite, const char *name, const TTest *test, int count)
{
    TCase *tcase = tcase_create(name);

    tcase_add_loop_test(tcase, test, 0, count);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const list[] = {public_constants_are_the_negative_numbers,
                                 names_of_codes_are_those_of_the_list,
                                 classes_of_codes_are_those_of_the_list,
                                 sentences_of_codes_are_those_of_the_list,
                                 sentences_say_something,
                                 sentences_begin_small_and_end_without_a_stop,
                                 class_constants_and_names_are_those_of_the_list,
                                 zero_is_ok_and_has_no_class,
                                 what_is_of_the_call_ends_it,
                                 what_a_service_gets_over_passes,
                                 unknown_class_is_a_question_mark,
                                 NULL};
    const TTest *const object[] = {
        an_error_holds_its_code_class_and_message,
        a_new_error_has_no_facts,
        no_error_answers_every_getter,
        without_a_place_nothing_is_formatted_or_allocated,
        a_new_error_replaces_the_old_and_may_quote_it,
        wrapping_keeps_the_old_error_as_cause,
        a_hundred_thousand_causes_are_freed_without_recursion,
        causes_are_appended_at_the_end,
        a_cause_of_nothing_begins_the_chain,
        a_cause_without_a_place_is_freed,
        a_cause_behind_the_static_error_is_freed,
        facts_are_stored,
        facts_can_be_replaced_and_taken_away,
        facts_of_no_error_or_the_static_one_are_dropped,
        a_message_is_clean_utf8,
        provider_texts_are_clean_utf8,
        errno_message_names_what_and_why,
        a_symbolic_link_is_called_one,
        unknown_errno_still_has_a_message,
        drop_frees_and_takes_null,
        clear_forgets_without_freeing,
        NULL};
    const TTest *const memory[] = {without_memory_the_code_stays_and_the_error_says_why,
                                   the_static_error_can_be_wrapped,
                                   a_fact_that_finds_no_memory_is_left_out,
                                   survives_any_failed_allocation, NULL};

    evc_check_add(suite, "list", list);
    add_loop(suite, "unknown", unknown_code_is_internal,
             (int)(sizeof(unknown_codes) / sizeof(unknown_codes[0])));
    evc_check_add(suite, "object", object);
    add_loop(suite, "errno", errno_maps_to_its_code,
             (int)(sizeof(errnos) / sizeof(errnos[0])));
    evc_check_add(suite, "memory", memory);
}

EVC_TEST_MAIN("err", add_tests)
