/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/bulk.h"

#include "message-fixture.h"

#define LENGTH 4096u
#define SEALED (LENGTH + EVC_FRAME_OVERHEAD)
#define FRAMES 512u /* enough for eight threads */

static evc_session session;
static evc_bulk bulk;
static uint8_t *plain;
static uint8_t *frames;
static uint8_t *back;

static void
open_bulk(void)
{
    open_messages();
    config.frame_length = LENGTH;
    EVC_CHECK_OK(
        evc_session_begin_write(&session, keyring, &config, UINT64_MAX, NULL, NULL));
    plain = evc_mem_new(FRAMES * LENGTH);
    back = evc_mem_new(FRAMES * LENGTH);
    frames = evc_mem_new(FRAMES * SEALED);
    for (size_t i = 0; i < FRAMES * LENGTH; i++)
        plain[i] = (uint8_t)(i * 5 + (i >> 12));
}

static void
close_bulk(void)
{
    evc_bulk_end(&bulk);
    evc_session_end(&session);
    evc_mem_free(plain);
    evc_mem_free(back);
    evc_mem_free(frames);
    close_messages();
}

static void
begin(size_t threads, evc_wait *wait, evc_progress *progress)
{
    evc_bulk_end(&bulk);
    evc_bulk_init(&bulk, &session, threads, wait, progress);
}

static int
seal(uint32_t sequence)
{
    return evc_bulk_seal(&bulk, sequence, evc_view_of(plain, FRAMES * LENGTH), frames,
                         NULL);
}

static int
open_frames(uint32_t sequence, evc_error **err)
{
    return evc_bulk_open(&bulk, sequence, evc_view_of(frames, FRAMES * SEALED), back,
                         err);
}

static const size_t thread_counts[] = {1, 2, 3, 8, 64};
#define THREAD_COUNTS 5

START_TEST(opens_what_it_seals_with_any_number_of_threads)
{
    begin(thread_counts[_i], NULL, NULL);
    EVC_CHECK_OK(seal(7));
    EVC_CHECK_OK(open_frames(7, NULL));
    ck_assert_mem_eq(back, plain, FRAMES * LENGTH);
}
END_TEST

START_TEST(makes_the_frames_that_are_made_one_by_one)
{
    static uint8_t one[SEALED];

    begin(thread_counts[_i], NULL, NULL);
    EVC_CHECK_OK(seal(7));
    for (uint32_t i = 0; i < FRAMES; i++) {
        EVC_CHECK_OK(evc_frame_seal(session.gcm, &session.body, 7 + i, false,
                                    evc_view_of(&plain[i * LENGTH], LENGTH), one,
                                    NULL));
        ck_assert_mem_eq(&frames[i * SEALED], one, SEALED);
    }
}
END_TEST

START_TEST(one_bad_frame_anywhere_leaves_no_plaintext)
{
    static const uint32_t bad[] = {0, 1, FRAMES / 2, FRAMES - 1};

    begin(thread_counts[_i], NULL, NULL);
    EVC_CHECK_OK(seal(1));
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        frames[bad[i] * SEALED + 20] ^= 1;
        memset(back, 'x', FRAMES * LENGTH);
        EVC_CHECK_CODE(open_frames(1, NULL), ENVCRYPT_E_FRAME_AUTH);
        ck_assert(evc_mem_is_zero(back, FRAMES * LENGTH));
        frames[bad[i] * SEALED + 20] ^= 1;
    }
}
END_TEST

START_TEST(the_error_names_the_frame)
{
    evc_error *err = NULL;

    begin(thread_counts[_i], NULL, NULL);
    EVC_CHECK_OK(seal(1));
    frames[300 * SEALED + 20] ^= 1;
    EVC_CHECK_CODE(open_frames(1, &err), ENVCRYPT_E_FRAME_AUTH);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "frame 301 "));
    evc_error_free(err);
}
END_TEST

START_TEST(several_failures_make_one_error)
{
    evc_error *err = NULL;

    begin(thread_counts[_i], NULL, NULL);
    EVC_CHECK_OK(seal(1));
    for (size_t i = 0; i < FRAMES; i++)
        frames[i * SEALED + 20] ^= 1;
    EVC_CHECK_CODE(open_frames(1, &err), ENVCRYPT_E_FRAME_AUTH);
    ck_assert_ptr_null(evc_error_cause(err));
    evc_error_free(err);
}
END_TEST

START_TEST(a_run_that_begins_elsewhere_is_refused)
{
    begin(thread_counts[_i], NULL, NULL);
    EVC_CHECK_OK(seal(1));
    EVC_CHECK_CODE(open_frames(2, NULL), ENVCRYPT_E_FRAME);
    ck_assert(evc_mem_is_zero(back, FRAMES * LENGTH));
}
END_TEST

START_TEST(a_cancelled_wait_ends_the_run)
{
    evc_wait wait;

    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    begin(thread_counts[_i], &wait, NULL);
    memset(frames, 'x', FRAMES * SEALED);
    if (FRAMES * LENGTH / thread_counts[_i] >= 1024 * 1024) {
        EVC_CHECK_CODE(seal(1), ENVCRYPT_E_CANCELED);
        ck_assert(evc_mem_is_zero(frames, FRAMES * SEALED));
    }
    evc_wait_release(&wait);
}
END_TEST

static uint64_t told;

static void
note(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    told = done;
    ck_assert_uint_eq(total, FRAMES * LENGTH);
}

static int64_t
later(void *user)
{
    static int64_t now;

    (void)user;
    return now += 100;
}

START_TEST(progress_is_told_on_the_way)
{
    static const evc_clock clock = {.monotonic_ms = later};
    evc_progress progress;

    config.progress = note;
    evc_progress_begin(&progress, &config, &clock, FRAMES * LENGTH);
    begin(1, NULL, &progress);
    EVC_CHECK_OK(seal(1));
    ck_assert_uint_eq(told, FRAMES * LENGTH);
}
END_TEST

START_TEST(the_sequence_ends_before_the_marker)
{
    begin(1, NULL, NULL);
    EVC_CHECK_OK(seal(UINT32_MAX - FRAMES));
    EVC_CHECK_CODE(seal(UINT32_MAX - FRAMES + 1), ENVCRYPT_E_LIMIT_LENGTH);
}
END_TEST

START_TEST(a_final_frame_in_a_run_is_refused)
{
    begin(1, NULL, NULL);
    EVC_CHECK_OK(seal(1));
    memset(&frames[5 * SEALED], 0xff, 4);
    ck_assert_int_ne(open_frames(1, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const with_threads[] = {
        opens_what_it_seals_with_any_number_of_threads,
        makes_the_frames_that_are_made_one_by_one,
        one_bad_frame_anywhere_leaves_no_plaintext,
        the_error_names_the_frame,
        several_failures_make_one_error,
        a_run_that_begins_elsewhere_is_refused,
        a_cancelled_wait_ends_the_run,
        NULL,
    };
    TCase *tcase = tcase_create("bulk");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, open_bulk, close_bulk);
    for (const TTest *const *test = with_threads; *test; test++)
        tcase_add_loop_test(tcase, *test, 0, THREAD_COUNTS);
    tcase_add_test(tcase, progress_is_told_on_the_way);
    tcase_add_test(tcase, the_sequence_ends_before_the_marker);
    tcase_add_test(tcase, a_final_frame_in_a_run_is_refused);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("bulk", add_tests)
