/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/frame.h"

#include "../crypto/crypto-fixture.h"
#include "base/mem.h"

/* -- arithmetic ------------------------------------------------------------------- */

START_TEST(a_body_of_nothing_is_one_final_frame)
{
    ck_assert_uint_eq(evc_body_frames(10, 0), 1);
    ck_assert_uint_eq(evc_body_size(10, 0), EVC_FINAL_OVERHEAD);
}
END_TEST

START_TEST(the_final_frame_is_full_on_an_exact_multiple)
{
    ck_assert_uint_eq(evc_body_frames(10, 9), 1);
    ck_assert_uint_eq(evc_body_frames(10, 10), 1);
    ck_assert_uint_eq(evc_body_frames(10, 11), 2);
    ck_assert_uint_eq(evc_body_frames(10, 20), 2);
    ck_assert_uint_eq(evc_body_size(10, 20),
                      20 + EVC_FRAME_OVERHEAD + EVC_FINAL_OVERHEAD);
}
END_TEST

START_TEST(a_body_has_at_most_so_many_frames_as_the_sequence_counts)
{
    uint64_t most = UINT32_MAX;

    ck_assert_uint_eq(evc_body_size(1, most),
                      most + (most - 1) * EVC_FRAME_OVERHEAD + EVC_FINAL_OVERHEAD);
    ck_assert_uint_eq(evc_body_size(1, most + 1), UINT64_MAX);
}
END_TEST

START_TEST(a_size_past_64_bits_is_too_much)
{
    uint64_t most = (uint64_t)UINT32_MAX * UINT32_MAX;

    ck_assert_uint_eq(evc_body_frames(UINT32_MAX, most), UINT32_MAX);
    ck_assert_uint_eq(evc_body_size(UINT32_MAX, most), UINT64_MAX);
    most -= (uint64_t)1 << 38;
    ck_assert_uint_gt(evc_body_size(UINT32_MAX, most), most);
    ck_assert_uint_lt(evc_body_size(UINT32_MAX, most), UINT64_MAX);
}
END_TEST

/* -- sealing and opening ---------------------------------------------------------- */

#define LENGTH 10u

static evc_gcm *gcm;
static evc_body body;
static uint8_t sealed[LENGTH + EVC_FINAL_OVERHEAD];

static void
open_cipher(void)
{
    static const uint8_t key[32] = {1, 2, 3};

    open_crypto();
    EVC_CHECK_OK(evc_gcm_take(crypto, evc_view_of(key, sizeof key), &gcm, NULL));
    body = (evc_body){.id = {9, 8, 7}, .id_size = 32, .frame_length = LENGTH};
}

static void
close_cipher(void)
{
    evc_gcm_give(gcm);
    close_crypto();
}

/* The frame as bytes. */
static evc_view
seal(uint32_t sequence, bool final, const char *plain)
{
    evc_view text = evc_view_text(plain);

    EVC_CHECK_OK(evc_frame_seal(gcm, &body, sequence, final, text, sealed, NULL));
    return evc_view_of(sealed,
                       text.size + (final ? EVC_FINAL_OVERHEAD : EVC_FRAME_OVERHEAD));
}

static int
read_frame(evc_view whole, uint32_t expected, evc_frame *frame)
{
    bool more;
    int rc = evc_frame_read(whole, &body, expected, UINT64_MAX, frame, &more, NULL);

    return !rc && more ? ENVCRYPT_E_TRUNCATED : rc;
}

static int
open_frame(evc_view whole, uint32_t expected, uint8_t *out)
{
    evc_frame frame;
    int rc = read_frame(whole, expected, &frame);

    return rc ? rc : evc_frame_open(gcm, &body, &frame, whole, out, NULL);
}

START_TEST(a_regular_frame_has_the_layout_of_the_format)
{
    static const uint8_t head[] = {0, 0, 0, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3};

    (void)seal(3, false, "0123456789");
    ck_assert_mem_eq(sealed, head, sizeof head);
}
END_TEST

START_TEST(a_final_frame_has_the_layout_of_the_format)
{
    static const uint8_t head[] = {0xff, 0xff, 0xff, 0xff, 0, 0, 0, 3, 0, 0, 0, 0,
                                   0,    0,    0,    0,    0, 0, 0, 3, 0, 0, 0, 2};

    (void)seal(3, true, "01");
    ck_assert_mem_eq(sealed, head, sizeof head);
}
END_TEST

/* The additional data by hand, so that the labels are checked. */
START_TEST(the_tag_covers_id_label_sequence_and_length)
{
    static const char *const labels[] = {"AWSKMSEncryptionClient Frame",
                                         "AWSKMSEncryptionClient Final Frame"};
    bool final = _i == 1;
    evc_view frame = seal(7, final, "0123456789");
    evc_cursor c = evc_cursor_of_view(frame);
    evc_view cipher;
    evc_view tag;
    uint8_t plain[LENGTH];
    evc_buf aad;
    evc_view aad_view;

    (void)evc_cursor_bytes(&c, final ? EVC_FINAL_HEAD : EVC_FRAME_HEAD);
    cipher = evc_cursor_bytes(&c, LENGTH);
    tag = evc_cursor_bytes(&c, EVC_GCM_TAG);
    evc_buf_init(&aad);
    evc_buf_put(&aad, body.id, 32);
    evc_buf_put_text(&aad, labels[_i]);
    evc_buf_put_u32(&aad, 7);
    evc_buf_put_u64(&aad, LENGTH);
    aad_view = evc_buf_view(&aad);
    EVC_CHECK_OK(evc_gcm_open(gcm, &sealed[final ? 8 : 4], &aad_view, 1, cipher, plain,
                              tag.data, NULL));
    ck_assert_mem_eq(plain, "0123456789", LENGTH);
    evc_buf_reset(&aad);
}
END_TEST

START_TEST(opens_what_it_seals)
{
    uint8_t out[LENGTH];

    EVC_CHECK_OK(open_frame(seal(1, false, "0123456789"), 1, out));
    ck_assert_mem_eq(out, "0123456789", LENGTH);
    EVC_CHECK_OK(open_frame(seal(2, true, "01"), 2, out));
    ck_assert_mem_eq(out, "01", 2);
    EVC_CHECK_OK(open_frame(seal(3, true, ""), 3, out));
}
END_TEST

START_TEST(seals_in_place_what_stands_behind_its_head)
{
    uint8_t frame[LENGTH + EVC_FINAL_OVERHEAD];
    evc_view expected = seal(1, true, "0123456789");

    memcpy(&frame[EVC_FINAL_HEAD], "0123456789", LENGTH);
    EVC_CHECK_OK(evc_frame_seal(
        gcm, &body, 1, true, evc_view_of(&frame[EVC_FINAL_HEAD], LENGTH), frame, NULL));
    ck_assert_mem_eq(frame, expected.data, expected.size);
}
END_TEST

START_TEST(opens_in_place)
{
    evc_view frame = seal(1, true, "0123456789");

    EVC_CHECK_OK(open_frame(frame, 1, &sealed[EVC_FINAL_HEAD]));
    ck_assert_mem_eq(&sealed[EVC_FINAL_HEAD], "0123456789", LENGTH);
}
END_TEST

START_TEST(the_number_of_the_marker_is_for_a_final_frame_alone)
{
    uint8_t out[LENGTH];

    EVC_CHECK_OK(open_frame(seal(UINT32_MAX, true, "01"), UINT32_MAX, out));
    EVC_CHECK_OK(
        open_frame(seal(UINT32_MAX - 1, false, "0123456789"), UINT32_MAX - 1, out));
    EVC_CHECK_CODE(evc_frame_seal(gcm, &body, UINT32_MAX, false,
                                  evc_view_text("0123456789"), sealed, NULL),
                   ENVCRYPT_E_LIMIT_LENGTH);
}
END_TEST

START_TEST(every_flipped_bit_is_refused)
{
    bool final = _i == 1;
    evc_view frame = seal(5, final, "0123456789");
    uint8_t out[LENGTH];

    for (size_t bit = 0; bit < 8 * frame.size; bit++) {
        int rc;

        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = open_frame(frame, 5, out);
        ck_assert_msg(rc != 0, "bit %zu may be flipped", bit);
        sealed[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EVC_CHECK_OK(open_frame(frame, 5, out));
}
END_TEST

START_TEST(a_frame_that_is_not_authentic_gives_no_byte)
{
    static const uint8_t zeros[LENGTH];
    evc_view frame = seal(5, false, "0123456789");
    uint8_t out[LENGTH];

    sealed[frame.size - 1] ^= 1;
    memset(out, 'x', sizeof out);
    EVC_CHECK_CODE(open_frame(frame, 5, out), ENVCRYPT_E_FRAME_AUTH);
    ck_assert_mem_eq(out, zeros, sizeof zeros);
}
END_TEST

START_TEST(a_frame_of_another_message_is_refused)
{
    evc_view frame = seal(5, false, "0123456789");
    uint8_t out[LENGTH];

    body.id[31]++;
    EVC_CHECK_CODE(open_frame(frame, 5, out), ENVCRYPT_E_FRAME_AUTH);
}
END_TEST

START_TEST(the_carried_iv_is_used)
{
    static const uint8_t iv[12] = {255, 255, 255, 255, 255, 255, 255, 255, 0, 0, 0, 1};
    evc_view plain = evc_view_text("0123456789");
    uint8_t out[LENGTH];
    evc_buf aad;
    evc_view aad_view;

    (void)seal(1, false, "0123456789");
    memcpy(&sealed[4], iv, sizeof iv);
    evc_buf_init(&aad);
    evc_buf_put(&aad, body.id, 32);
    evc_buf_put_text(&aad, "AWSKMSEncryptionClient Frame");
    evc_buf_put_u32(&aad, 1);
    evc_buf_put_u64(&aad, LENGTH);
    aad_view = evc_buf_view(&aad);
    EVC_CHECK_OK(evc_gcm_seal(gcm, iv, &aad_view, 1, plain, &sealed[16],
                              &sealed[16 + LENGTH], NULL));
    EVC_CHECK_OK(open_frame(evc_view_of(sealed, LENGTH + EVC_FRAME_OVERHEAD), 1, out));
    ck_assert_mem_eq(out, "0123456789", LENGTH);
    evc_buf_reset(&aad);
}
END_TEST

/* -- reading the head ------------------------------------------------------------- */

START_TEST(tells_how_many_bytes_a_head_needs)
{
    evc_view frame = seal(1, true, "0123456789");
    evc_frame read;
    bool more;

    for (size_t size = 0; size < EVC_FINAL_HEAD; size++) {
        EVC_CHECK_OK(evc_frame_read(evc_view_of(frame.data, size), &body, 1, UINT64_MAX,
                                    &read, &more, NULL));
        ck_assert(more);
        ck_assert_uint_eq(read.head, size < 4 ? 4 : EVC_FINAL_HEAD);
    }
    frame = seal(1, false, "0123456789");
    EVC_CHECK_OK(evc_frame_read(evc_view_of(frame.data, 15), &body, 1, UINT64_MAX,
                                &read, &more, NULL));
    ck_assert(more);
    ck_assert_uint_eq(read.head, EVC_FRAME_HEAD);
}
END_TEST

START_TEST(tells_the_size_of_a_frame_by_its_head_alone)
{
    evc_frame frame;

    EVC_CHECK_OK(
        read_frame(evc_view_of(seal(1, true, "0123").data, EVC_FINAL_HEAD), 1, &frame));
    ck_assert_uint_eq(frame.size, 4 + EVC_FINAL_OVERHEAD);
    ck_assert(frame.final);
    EVC_CHECK_OK(read_frame(
        evc_view_of(seal(1, false, "0123456789").data, EVC_FRAME_HEAD), 1, &frame));
    ck_assert_uint_eq(frame.size, LENGTH + EVC_FRAME_OVERHEAD);
    ck_assert(!frame.final);
}
END_TEST

START_TEST(refuses_another_sequence_number)
{
    bool final = _i == 1;
    evc_view whole = seal(5, final, "0123456789");
    evc_frame frame;

    EVC_CHECK_CODE(read_frame(whole, 4, &frame), ENVCRYPT_E_FRAME);
    EVC_CHECK_CODE(read_frame(whole, 6, &frame), ENVCRYPT_E_FRAME);
}
END_TEST

START_TEST(refuses_a_final_frame_past_the_frame_length)
{
    evc_view whole = seal(1, true, "0123456789");
    evc_frame frame;

    sealed[EVC_FINAL_HEAD - 1] = LENGTH;
    EVC_CHECK_OK(read_frame(whole, 1, &frame));
    sealed[EVC_FINAL_HEAD - 1] = LENGTH + 1;
    EVC_CHECK_CODE(read_frame(whole, 1, &frame), ENVCRYPT_E_FRAME);
}
END_TEST

/* -- unframed --------------------------------------------------------------------- */

static evc_view
unframed_head(uint64_t content)
{
    evc_buf head;

    body.frame_length = 0;
    evc_buf_init_fixed(&head, sealed, sizeof sealed);
    (void)evc_buf_extend(&head, EVC_GCM_IV);
    evc_buf_put_u64(&head, content);
    return evc_buf_view(&head);
}

START_TEST(reads_the_head_of_an_unframed_body)
{
    evc_frame frame;

    EVC_CHECK_OK(read_frame(unframed_head(77), 1, &frame));
    ck_assert(frame.final);
    ck_assert_uint_eq(frame.sequence, 1);
    ck_assert_uint_eq(frame.content, 77);
    ck_assert_uint_eq(frame.size, 77 + EVC_UNFRAMED_OVERHEAD);
}
END_TEST

START_TEST(an_unframed_body_is_limited_by_the_format)
{
    evc_frame frame;

    EVC_CHECK_OK(read_frame(unframed_head(EVC_UNFRAMED_MAX), 1, &frame));
    EVC_CHECK_CODE(read_frame(unframed_head(EVC_UNFRAMED_MAX + 1), 1, &frame),
                   ENVCRYPT_E_FRAME);
    EVC_CHECK_CODE(read_frame(unframed_head(UINT64_MAX), 1, &frame), ENVCRYPT_E_FRAME);
}
END_TEST

START_TEST(an_unframed_body_is_limited_by_the_caller)
{
    evc_frame frame;
    bool more;

    EVC_CHECK_OK(evc_frame_read(unframed_head(77), &body, 1, 77, &frame, &more, NULL));
    EVC_CHECK_CODE(evc_frame_read(unframed_head(78), &body, 1, 77, &frame, &more, NULL),
                   ENVCRYPT_E_LIMIT_FRAME);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const arithmetic[] = {
        a_body_of_nothing_is_one_final_frame,
        the_final_frame_is_full_on_an_exact_multiple,
        a_body_has_at_most_so_many_frames_as_the_sequence_counts,
        a_size_past_64_bits_is_too_much,
        NULL,
    };
    const TTest *const of_both_kinds[] = {
        the_tag_covers_id_label_sequence_and_length,
        every_flipped_bit_is_refused,
        refuses_another_sequence_number,
        NULL,
    };
    const TTest *const of_one[] = {
        a_regular_frame_has_the_layout_of_the_format,
        a_final_frame_has_the_layout_of_the_format,
        opens_what_it_seals,
        seals_in_place_what_stands_behind_its_head,
        opens_in_place,
        the_number_of_the_marker_is_for_a_final_frame_alone,
        a_frame_that_is_not_authentic_gives_no_byte,
        a_frame_of_another_message_is_refused,
        the_carried_iv_is_used,
        tells_how_many_bytes_a_head_needs,
        tells_the_size_of_a_frame_by_its_head_alone,
        refuses_a_final_frame_past_the_frame_length,
        reads_the_head_of_an_unframed_body,
        an_unframed_body_is_limited_by_the_format,
        an_unframed_body_is_limited_by_the_caller,
        NULL,
    };
    TCase *tcase = tcase_create("frame");

    evc_check_add(suite, "arithmetic", arithmetic);
    tcase_add_checked_fixture(tcase, open_cipher, close_cipher);
    for (const TTest *const *test = of_one; *test; test++)
        tcase_add_test(tcase, *test);
    for (const TTest *const *test = of_both_kinds; *test; test++)
        tcase_add_loop_test(tcase, *test, 0, 2);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("frame", add_tests)
