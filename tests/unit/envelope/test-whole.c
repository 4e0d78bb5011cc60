/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/whole.h"

#include "message-fixture.h"

#define LENGTH 16u /* of frames */

static uint8_t out[PLAIN_MAX];
static evc_room room;

static int
decrypt(evc_view bytes, const evc_config *settings)
{
    memset(out, 'x', sizeof out);
    room = evc_room_memory(out, sizeof out);
    return evc_whole_decrypt(settings->data_key ? NULL : keyring, settings, bytes, NULL,
                             &room, NULL, NULL);
}

/* Writes a message under config; it is in message then. */
static evc_view
encrypt(size_t size)
{
    evc_buf_reset(&message);
    room = evc_room_buf(&message);
    EVC_CHECK_OK(
        evc_whole_encrypt(keyring, &config, plain_of(size), NULL, &room, NULL));
    ck_assert_uint_eq(room.made, message.size);
    return evc_buf_view(&message);
}

static void
check_plain(size_t size)
{
    ck_assert_uint_eq(room.made, size);
    ck_assert_mem_eq(out, plain_bytes, size);
}

static void
check_nothing_is_given(void)
{
    ck_assert_uint_eq(room.made, 0);
    ck_assert(evc_mem_is_zero(out, sizeof out));
}

static const size_t sizes[] = {0,          1,          LENGTH - 1,     LENGTH,
                               LENGTH + 1, 2 * LENGTH, 2 * LENGTH + 1, 1000};
#define SIZES 8

/* -- writing ---------------------------------------------------------------------- */

START_TEST(decrypts_what_it_encrypts)
{
    config.frame_length = LENGTH;
    add_pair(&config.context, "a", "1");
    EVC_CHECK_OK(decrypt(encrypt(sizes[_i]), &config));
    check_plain(sizes[_i]);
}
END_TEST

START_TEST(decrypts_what_it_signs)
{
    config.frame_length = LENGTH;
    config.suite = evc_suite_find(0x0578);
    EVC_CHECK_OK(decrypt(encrypt(sizes[_i]), &config));
    check_plain(sizes[_i]);
}
END_TEST

START_TEST(encrypts_into_memory_that_is_just_large_enough)
{
    size_t size;

    config.frame_length = LENGTH;
    size = encrypt(100).size;
    room = evc_room_memory(out, size);
    EVC_CHECK_OK(evc_whole_encrypt(keyring, &config, plain_of(100), NULL, &room, NULL));
    ck_assert_uint_eq(room.made, size);
}
END_TEST

START_TEST(tells_what_is_needed_when_the_message_does_not_fit)
{
    size_t size;

    config.frame_length = LENGTH;
    size = encrypt(100).size;
    memset(out, 'x', sizeof out);
    room = evc_room_memory(out, size - 1);
    EVC_CHECK_CODE(
        evc_whole_encrypt(keyring, &config, plain_of(100), NULL, &room, NULL),
        ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(room.made, size);
    ck_assert(evc_mem_is_zero(out, size - 1));
    ck_assert_uint_eq(out[size - 1], 'x');
}
END_TEST

START_TEST(a_message_is_never_longer_than_its_bound)
{
    config.frame_length = LENGTH;
    config.max_header = 300;
    for (int signs = 0; signs < 2; signs++) {
        config.suite = evc_suite_find(signs ? 0x0578 : 0x0478);
        ck_assert_uint_le(encrypt(sizes[_i]).size, evc_whole_bound(&config, sizes[_i]));
    }
}
END_TEST

START_TEST(the_bound_has_an_exact_body_and_a_header_at_its_limit)
{
    config.frame_length = LENGTH;
    config.max_header = 1000;
    ck_assert_uint_eq(evc_whole_bound(&config, 2 * LENGTH),
                      1000 + 2 * LENGTH + 32 + 40);
    config.suite = evc_suite_find(0x0578);
    ck_assert_uint_eq(evc_whole_bound(&config, 0), 1000 + 40 + 105);
}
END_TEST

START_TEST(there_is_no_bound_for_what_the_format_cannot_hold)
{
    config.frame_length = 1;
    ck_assert_uint_lt(evc_whole_bound(&config, UINT32_MAX), UINT64_MAX);
    ck_assert_uint_eq(evc_whole_bound(&config, (uint64_t)UINT32_MAX + 1), UINT64_MAX);
    config.frame_length = UINT32_MAX;
    ck_assert_uint_eq(evc_whole_bound(&config, UINT64_MAX), UINT64_MAX);
}
END_TEST

START_TEST(a_failed_encryption_leaves_zeros)
{
    config.policy = ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT;
    memset(out, 'x', sizeof out);
    room = evc_room_memory(out, sizeof out);
    EVC_CHECK_CODE(evc_whole_encrypt(keyring, &config, plain_of(1), NULL, &room, NULL),
                   ENVCRYPT_E_POLICY_WRITE);
    check_nothing_is_given();
}
END_TEST

START_TEST(a_failed_encryption_leaves_an_empty_buffer)
{
    evc_buf buf;

    evc_buf_init(&buf);
    config.policy = ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT;
    room = evc_room_buf(&buf);
    EVC_CHECK_CODE(evc_whole_encrypt(keyring, &config, plain_of(1), NULL, &room, NULL),
                   ENVCRYPT_E_POLICY_WRITE);
    ck_assert_uint_eq(buf.size, 0);
    ck_assert_ptr_null(buf.data);
}
END_TEST

/* -- reading ---------------------------------------------------------------------- */

START_TEST(reads_all_suites_framed)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], LENGTH);

    for (size_t i = 0; i < SIZES; i++) {
        EVC_CHECK_OK(decrypt(build(&b, sizes[i]), &data_config));
        check_plain(sizes[i]);
    }
}
END_TEST

START_TEST(reads_all_suites_unframed)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], 0);

    for (size_t i = 0; i < SIZES; i++) {
        EVC_CHECK_OK(decrypt(build(&b, sizes[i]), &data_config));
        check_plain(sizes[i]);
    }
}
END_TEST

START_TEST(reads_an_empty_final_frame_behind_a_full_one)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], LENGTH);

    b.empty_final = true;
    EVC_CHECK_OK(decrypt(build(&b, 2 * LENGTH), &data_config));
    check_plain(2 * LENGTH);
}
END_TEST

START_TEST(reads_with_the_ivs_that_the_message_carries)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], LENGTH);

    b.odd_ivs = true;
    EVC_CHECK_OK(decrypt(build(&b, 100), &data_config));
    check_plain(100);
    b.frame_length = 0;
    EVC_CHECK_OK(decrypt(build(&b, 100), &data_config));
    check_plain(100);
}
END_TEST

START_TEST(reads_an_unframed_body_past_the_frame_limit)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 0);

    data_config.max_frame = 10;
    EVC_CHECK_OK(decrypt(build(&b, 1000), &data_config));
    check_plain(1000);
}
END_TEST

START_TEST(decrypts_into_memory_that_is_just_large_enough)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, 100);

    room = evc_room_memory(out, 100);
    EVC_CHECK_OK(evc_whole_decrypt(NULL, &data_config, bytes, NULL, &room, NULL, NULL));
    check_plain(100);
    memset(out, 'x', sizeof out);
    room = evc_room_memory(out, 99);
    EVC_CHECK_CODE(
        evc_whole_decrypt(NULL, &data_config, bytes, NULL, &room, NULL, NULL),
        ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(room.made, 100);
    ck_assert(evc_mem_is_zero(out, 99));
}
END_TEST

START_TEST(nothing_needs_no_memory)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);

    room = evc_room_memory(NULL, 0);
    EVC_CHECK_OK(
        evc_whole_decrypt(NULL, &data_config, build(&b, 0), NULL, &room, NULL, NULL));
    ck_assert_uint_eq(room.made, 0);
}
END_TEST

START_TEST(the_info_says_what_the_header_says)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, LENGTH);
    evc_view bytes = build(&b, 1);
    evc_info *info = NULL;

    room = evc_room_memory(out, sizeof out);
    EVC_CHECK_OK(
        evc_whole_decrypt(NULL, &data_config, bytes, NULL, &room, &info, NULL));
    ck_assert(info->verified);
    ck_assert_uint_eq(info->suite->id, 0x0578);
    ck_assert_uint_eq(info->frame_length, LENGTH);
    evc_info_free(info);
    bytes = evc_view_of(bytes.data, bytes.size - 1);
    EVC_CHECK_CODE(
        evc_whole_decrypt(NULL, &data_config, bytes, NULL, &room, &info, NULL),
        ENVCRYPT_E_TRUNCATED);
    ck_assert_ptr_null(info);
}
END_TEST

START_TEST(signed_messages_can_be_forbidden)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, LENGTH);

    data_config.allow_signed = 0;
    EVC_CHECK_CODE(decrypt(build(&b, 1), &data_config), ENVCRYPT_E_POLICY_SIGNED);
}
END_TEST

/* -- bad input -------------------------------------------------------------------- */

/* Small messages: of both versions, framed and not, signed and not. */
/* Every suite, framed by an even index and unframed by an odd one. */
#define SHAPES (2 * ALL_SUITES)

static evc_builder
builder_of(int shape)
{
    return evc_builder_of(crypto, all_suites[shape / 2], shape % 2 ? 0 : LENGTH);
}

START_TEST(every_truncation_is_refused)
{
    evc_builder b = builder_of(_i);
    evc_view bytes = build(&b, LENGTH + 3);

    for (size_t size = 0; size < bytes.size; size++) {
        EVC_CHECK_CODE(decrypt(evc_view_of(bytes.data, size), &data_config),
                       ENVCRYPT_E_TRUNCATED);
        check_nothing_is_given();
    }
}
END_TEST

START_TEST(every_flipped_bit_is_refused)
{
    evc_builder b = builder_of(_i);
    evc_view bytes = build(&b, LENGTH + 3);

    for (size_t bit = 0; bit < 8 * bytes.size; bit++) {
        int rc;

        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
        rc = decrypt(bytes, &data_config);
        ck_assert_msg(rc < 0, "bit %zu of byte %zu may be flipped", bit % 8, bit / 8);
        check_nothing_is_given();
        message.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
    }
    EVC_CHECK_OK(decrypt(bytes, &data_config));
}
END_TEST

START_TEST(bytes_behind_the_end_are_refused)
{
    evc_builder b = builder_of(_i);

    (void)build(&b, LENGTH + 3);
    evc_buf_put_u8(&message, 0);
    EVC_CHECK_CODE(decrypt(evc_buf_view(&message), &data_config), ENVCRYPT_E_TRAILING);
    check_nothing_is_given();
}
END_TEST

/* Three whole frames of a message, and the places where they begin. */
static evc_view
three_frames(size_t *first)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, 3 * LENGTH + 1);

    *first = bytes.size - (LENGTH + 32) * 3 - 41;
    return bytes;
}

START_TEST(exchanged_frames_are_refused)
{
    size_t first;
    evc_view bytes = three_frames(&first);
    uint8_t frame[LENGTH + 32];

    memcpy(frame, &message.data[first], sizeof frame);
    memcpy(&message.data[first], &message.data[first + sizeof frame], sizeof frame);
    memcpy(&message.data[first + sizeof frame], frame, sizeof frame);
    EVC_CHECK_CODE(decrypt(bytes, &data_config), ENVCRYPT_E_FRAME);
    check_nothing_is_given();
}
END_TEST

START_TEST(exchanged_frames_with_right_numbers_are_refused)
{
    size_t first;
    evc_view bytes = three_frames(&first);
    size_t second = first + LENGTH + 32;

    for (size_t i = 4; i < LENGTH + 32; i++) { /* all but the numbers */
        uint8_t byte = message.data[first + i];

        message.data[first + i] = message.data[second + i];
        message.data[second + i] = byte;
    }
    EVC_CHECK_CODE(decrypt(bytes, &data_config), ENVCRYPT_E_FRAME_AUTH);
    check_nothing_is_given();
}
END_TEST

START_TEST(a_frame_twice_is_refused)
{
    size_t first;
    evc_view bytes = three_frames(&first);

    memcpy(&message.data[first + LENGTH + 32], &message.data[first], LENGTH + 32);
    EVC_CHECK_CODE(decrypt(bytes, &data_config), ENVCRYPT_E_FRAME);
    check_nothing_is_given();
}
END_TEST

START_TEST(a_frame_left_out_is_refused)
{
    size_t first;
    evc_view bytes = three_frames(&first);

    memmove(&message.data[first], &message.data[first + LENGTH + 32],
            bytes.size - first - LENGTH - 32);
    EVC_CHECK_CODE(
        decrypt(evc_view_of(bytes.data, bytes.size - LENGTH - 32), &data_config),
        ENVCRYPT_E_FRAME);
    check_nothing_is_given();
}
END_TEST

START_TEST(a_message_without_its_final_frame_is_refused)
{
    size_t first;
    evc_view bytes = three_frames(&first);

    EVC_CHECK_CODE(decrypt(evc_view_of(bytes.data, bytes.size - 41), &data_config),
                   ENVCRYPT_E_TRUNCATED);
    check_nothing_is_given();
}
END_TEST

START_TEST(a_final_frame_that_claims_everything_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, LENGTH);
    evc_view bytes = build(&b, 3);

    memset(&message.data[bytes.size - 16 - 3 - 4], 0xff, 4);
    EVC_CHECK_CODE(decrypt(bytes, &data_config), ENVCRYPT_E_FRAME);
    check_nothing_is_given();
}
END_TEST

START_TEST(an_unframed_body_that_claims_everything_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 0);
    evc_view bytes = build(&b, 3);
    size_t length_at = bytes.size - 16 - 3 - 8;

    memset(&message.data[length_at], 0xff, 8);
    EVC_CHECK_CODE(decrypt(bytes, &data_config), ENVCRYPT_E_FRAME);
    memset(&message.data[length_at], 0, 3); /* 2^40 - 1 */
    EVC_CHECK_CODE(decrypt(bytes, &data_config), ENVCRYPT_E_FRAME);
    message.data[length_at + 3] = 0x0f; /* 2^36 - 1 */
    EVC_CHECK_CODE(decrypt(bytes, &data_config), ENVCRYPT_E_FRAME);
    message.data[length_at + 7] = 0xe0; /* 2^36 - 32 is legal, and not there */
    EVC_CHECK_CODE(decrypt(bytes, &data_config), ENVCRYPT_E_TRUNCATED);
    check_nothing_is_given();
}
END_TEST

START_TEST(the_signature_of_another_message_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, LENGTH);
    evc_view bytes = build(&b, 3);
    uint8_t footer[105];

    memcpy(footer, &bytes.data[bytes.size - sizeof footer], sizeof footer);
    bytes = build(&b, 3);
    memcpy(&message.data[bytes.size - sizeof footer], footer, sizeof footer);
    EVC_CHECK_CODE(decrypt(bytes, &data_config), ENVCRYPT_E_SIGNATURE);
    check_nothing_is_given();
}
END_TEST

/* A signed message whose footer was cut off, as of an unsigned one. */
START_TEST(half_signed_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, LENGTH);
    evc_view bytes = build(&b, 3);

    EVC_CHECK_CODE(decrypt(evc_view_of(bytes.data, bytes.size - 105), &data_config),
                   ENVCRYPT_E_TRUNCATED);
    check_nothing_is_given();
}
END_TEST

/* -- threads ---------------------------------------------------------------------- */

#define LARGE (3u * 1024 * 1024 + 5)

static uint8_t *large;
static uint8_t *large_back;

static void
open_large(void)
{
    open_messages();
    large = evc_mem_new(LARGE);
    large_back = evc_mem_new(LARGE);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = (uint8_t)(i * 3 + (i >> 10));
}

static void
close_large(void)
{
    evc_mem_free(large);
    evc_mem_free(large_back);
    close_messages();
}

static evc_view
encrypt_large(size_t threads)
{
    config.threads = threads;
    room = evc_room_buf(&message);
    EVC_CHECK_OK(evc_whole_encrypt(keyring, &config, evc_view_of(large, LARGE), NULL,
                                   &room, NULL));
    return evc_buf_view(&message);
}

static int
decrypt_large(evc_view bytes, size_t threads, evc_wait *wait)
{
    config.threads = threads;
    memset(large_back, 'x', LARGE);
    room = evc_room_memory(large_back, LARGE);
    return evc_whole_decrypt(keyring, &config, bytes, wait, &room, NULL, NULL);
}

static const uint16_t written_suites[] = {0x0478, 0x0578};

START_TEST(any_number_of_threads_reads_what_any_other_wrote)
{
    evc_view bytes;

    config.suite = evc_suite_find(written_suites[_i]);
    bytes = encrypt_large(3);
    for (size_t threads = 1; threads <= 4; threads++) {
        EVC_CHECK_OK(decrypt_large(bytes, threads, NULL));
        ck_assert_uint_eq(room.made, LARGE);
        ck_assert_mem_eq(large_back, large, LARGE);
    }
}
END_TEST

START_TEST(a_bad_frame_leaves_no_plaintext_of_any_thread)
{
    evc_view bytes;

    config.suite = evc_suite_find(written_suites[_i]);
    bytes = encrypt_large(3);
    message.data[bytes.size / 2] ^= 1;
    for (size_t threads = 1; threads <= 4; threads++) {
        int rc = decrypt_large(bytes, threads, NULL);

        ck_assert(rc == ENVCRYPT_E_FRAME_AUTH || rc == ENVCRYPT_E_FRAME);
        ck_assert(evc_mem_is_zero(large_back, LARGE));
    }
}
END_TEST

START_TEST(a_cancelled_wait_leaves_no_plaintext)
{
    evc_view bytes = encrypt_large(1);
    evc_wait wait;

    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    EVC_CHECK_CODE(decrypt_large(bytes, 1, &wait), ENVCRYPT_E_CANCELED);
    ck_assert(evc_mem_is_zero(large_back, LARGE));
    evc_wait_release(&wait);
}
END_TEST

static void
add_large(Suite *suite)
{
    TCase *tcase = tcase_create("threads");

    tcase_set_timeout(tcase, 120);
    tcase_add_checked_fixture(tcase, open_large, close_large);
    tcase_add_loop_test(tcase, any_number_of_threads_reads_what_any_other_wrote, 0, 2);
    tcase_add_loop_test(tcase, a_bad_frame_leaves_no_plaintext_of_any_thread, 0, 2);
    tcase_add_test(tcase, a_cancelled_wait_leaves_no_plaintext);
    suite_add_tcase(suite, tcase);
}

static void
add_tests(Suite *suite)
{
    const TTest *const alone[] = {
        encrypts_into_memory_that_is_just_large_enough,
        tells_what_is_needed_when_the_message_does_not_fit,
        the_bound_has_an_exact_body_and_a_header_at_its_limit,
        there_is_no_bound_for_what_the_format_cannot_hold,
        a_failed_encryption_leaves_zeros,
        a_failed_encryption_leaves_an_empty_buffer,
        reads_an_unframed_body_past_the_frame_limit,
        decrypts_into_memory_that_is_just_large_enough,
        nothing_needs_no_memory,
        the_info_says_what_the_header_says,
        signed_messages_can_be_forbidden,
        exchanged_frames_are_refused,
        exchanged_frames_with_right_numbers_are_refused,
        a_frame_twice_is_refused,
        a_frame_left_out_is_refused,
        a_message_without_its_final_frame_is_refused,
        a_final_frame_that_claims_everything_is_refused,
        an_unframed_body_that_claims_everything_is_refused,
        the_signature_of_another_message_is_refused,
        half_signed_is_refused,
        NULL,
    };

    add_messages(suite, "alone", alone);
    add_message_loop(suite, "sizes", decrypts_what_it_encrypts, SIZES);
    add_message_loop(suite, "sizes", decrypts_what_it_signs, SIZES);
    add_message_loop(suite, "sizes", a_message_is_never_longer_than_its_bound, SIZES);
    add_message_loop(suite, "suites", reads_all_suites_framed, ALL_SUITES);
    add_message_loop(suite, "suites", reads_all_suites_unframed, ALL_SUITES);
    add_message_loop(suite, "suites", reads_an_empty_final_frame_behind_a_full_one,
                     ALL_SUITES);
    add_message_loop(suite, "suites", reads_with_the_ivs_that_the_message_carries,
                     ALL_SUITES);
    add_message_loop(suite, "damage", every_truncation_is_refused, SHAPES);
    add_message_loop(suite, "damage", every_flipped_bit_is_refused, SHAPES);
    add_message_loop(suite, "damage", bytes_behind_the_end_are_refused, SHAPES);
    add_large(suite);
}

EVC_TEST_MAIN("whole", add_tests)
