/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/session.h"

#include "message-fixture.h"

#define ACCEPT_ALL (EVC_ACCEPT_SIGNED | EVC_ACCEPT_UNFRAMED)

static evc_session session;

static int
begin_write(const evc_config *settings, uint64_t length)
{
    int rc = evc_session_begin_write(&session, keyring, settings, length, NULL, NULL);

    if (rc)
        evc_session_end(&session);
    return rc;
}

static int
begin_read(evc_view bytes, evc_keyring *keys, const evc_config *settings,
           unsigned accept)
{
    bool more = false;
    int rc = evc_session_begin_read(&session, keys, settings, accept, bytes, NULL,
                                    &more, NULL);

    if (!rc && more)
        rc = ENVCRYPT_E_TRUNCATED;
    if (rc)
        evc_session_end(&session);
    return rc;
}

/* Reads a message of the builder, with its data key. */
static int
read_built(const evc_builder *b)
{
    int rc = begin_read(build(b, 0), NULL, &data_config, ACCEPT_ALL);

    evc_session_end(&session);
    return rc;
}

/* Writes a header under config; it is in message then. */
static evc_view
write_header(void)
{
    EVC_CHECK_OK(begin_write(&config, UINT64_MAX));
    evc_buf_clear(&message);
    evc_buf_put_view(&message, evc_buf_view(&session.header_bytes));
    evc_session_end(&session);
    return evc_buf_view(&message);
}

/* A good message with a broken EDK, so that it says NO_KEY where a key is asked for. */
static int
read_without_key(const evc_builder *b, const evc_config *settings, unsigned accept)
{
    return begin_read(build(b, 0), keyring, settings, accept);
}

/* -- writing ---------------------------------------------------------------------- */

START_TEST(reads_the_header_that_it_writes)
{
    add_pair(&config.context, "a", "1");
    EVC_CHECK_OK(begin_read(write_header(), keyring, &config, 0));
    ck_assert_uint_eq(session.header.suite->id, 0x0478);
    ck_assert_uint_eq(session.header.frame_length, 4096);
    ck_assert_uint_eq(session.header.size, message.size);
    ck_assert_uint_eq(evc_session_context(&session)->count, 1);
    ck_assert_uint_eq(session.body.frame_length, 4096);
    ck_assert_uint_eq(session.body.id_size, 32);
    evc_session_end(&session);
}
END_TEST

START_TEST(each_message_has_an_id_of_its_own)
{
    uint8_t first[EVC_MESSAGE_ID_MAX];

    memcpy(first, &write_header().data[3], sizeof first);
    ck_assert_mem_ne(&write_header().data[3], first, sizeof first);
}
END_TEST

START_TEST(required_pairs_are_not_stored)
{
    add_pair(&config.context, "a", "1");
    add_pair(&config.context, "secret", "pair");
    add_pair(&config.required, "secret", "");
    EVC_CHECK_OK(begin_read(write_header(), keyring, &config, 0));
    ck_assert_uint_eq(session.header.context.count, 1);
    ck_assert_ptr_null(evc_kv_find(&session.header.context, evc_view_text("secret")));
    ck_assert_uint_eq(evc_session_context(&session)->count, 2);
    evc_session_end(&session);
}
END_TEST

START_TEST(a_signed_header_stores_the_public_key)
{
    config.suite = evc_suite_find(0x0578);
    EVC_CHECK_OK(begin_read(write_header(), keyring, &config, EVC_ACCEPT_SIGNED));
    ck_assert_ptr_nonnull(
        evc_kv_find(&session.header.context, evc_view_text(EVC_CONTEXT_PUBLIC_KEY)));
    evc_session_end(&session);
}
END_TEST

START_TEST(a_signed_header_with_required_pairs_stores_the_public_key_alone)
{
    add_pair(&config.context, "secret", "pair");
    add_pair(&config.required, "secret", "");
    config.suite = evc_suite_find(0x0578);
    EVC_CHECK_OK(begin_read(write_header(), keyring, &config, EVC_ACCEPT_SIGNED));
    ck_assert_uint_eq(session.header.context.count, 1);
    ck_assert_uint_eq(evc_session_context(&session)->count, 2);
    evc_session_end(&session);
}
END_TEST

START_TEST(writing_is_refused_when_a_required_pair_is_missing)
{
    add_pair(&config.required, "secret", "");
    EVC_CHECK_CODE(begin_write(&config, 0), ENVCRYPT_E_CONTEXT_MISSING);
}
END_TEST

START_TEST(writing_is_refused_under_forbid_encrypt)
{
    config.policy = ENVCRYPT_POLICY_FORBID_ENCRYPT_ALLOW_DECRYPT;
    EVC_CHECK_CODE(begin_write(&config, 0), ENVCRYPT_E_POLICY_WRITE);
}
END_TEST

START_TEST(the_written_context_is_limited)
{
    add_pair(&config.context, "a", "1");
    config.max_context = 2 + 2 + 1 + 2 + 1;
    EVC_CHECK_OK(begin_write(&config, 0));
    evc_session_end(&session);
    config.max_context--;
    EVC_CHECK_CODE(begin_write(&config, 0), ENVCRYPT_E_LIMIT_CONTEXT);
}
END_TEST

START_TEST(required_pairs_count_for_the_limit_of_the_context)
{
    add_pair(&config.context, "a", "1");
    add_pair(&config.required, "a", "");
    config.max_context = 2 + 2 + 1 + 2;
    EVC_CHECK_CODE(begin_write(&config, 0), ENVCRYPT_E_LIMIT_CONTEXT);
}
END_TEST

START_TEST(the_public_key_counts_for_the_limit_of_the_context)
{
    config.suite = evc_suite_find(0x0578);
    config.max_context = 2 + 2 + strlen(EVC_CONTEXT_PUBLIC_KEY) + 2 + 68;
    EVC_CHECK_OK(begin_write(&config, 0));
    evc_session_end(&session);
    config.max_context--;
    EVC_CHECK_CODE(begin_write(&config, 0), ENVCRYPT_E_LIMIT_CONTEXT);
}
END_TEST

START_TEST(the_written_header_is_limited)
{
    add_pair(&config.context, "a", "1");
    config.max_header = write_header().size;
    EVC_CHECK_OK(begin_write(&config, 0));
    evc_session_end(&session);
    config.max_header--;
    EVC_CHECK_CODE(begin_write(&config, 0), ENVCRYPT_E_LIMIT_HEADER);
}
END_TEST

START_TEST(written_edks_are_limited)
{
    config.max_edks = 1;
    EVC_CHECK_OK(begin_write(&config, 0));
    evc_session_end(&session);
    config.max_edks = 0;
    EVC_CHECK_CODE(begin_write(&config, 0), ENVCRYPT_E_LIMIT_EDKS);
}
END_TEST

START_TEST(written_frames_are_limited)
{
    config.frame_length = 1000;
    config.max_frame = 1000;
    EVC_CHECK_OK(begin_write(&config, 0));
    evc_session_end(&session);
    config.max_frame = 999;
    EVC_CHECK_CODE(begin_write(&config, 0), ENVCRYPT_E_LIMIT_FRAME);
}
END_TEST

/* With its head and tag it has more bytes than 32 bits count. */
START_TEST(a_frame_that_memory_cannot_hold_is_refused)
{
    config.frame_length = UINT32_MAX;
    config.max_frame = UINT32_MAX;
    EVC_CHECK_CODE(begin_write(&config, 0), sizeof(size_t) == 4 ? ENVCRYPT_E_NOMEM : 0);
}
END_TEST

START_TEST(a_length_past_the_announced_one_is_refused)
{
    config.length_bound = 10;
    EVC_CHECK_OK(begin_write(&config, 10));
    evc_session_end(&session);
    EVC_CHECK_CODE(begin_write(&config, 11), ENVCRYPT_E_LIMIT_LENGTH);
}
END_TEST

START_TEST(a_length_past_the_last_frame_is_refused)
{
    config.frame_length = 1;
    EVC_CHECK_OK(begin_write(&config, UINT32_MAX));
    evc_session_end(&session);
    EVC_CHECK_CODE(begin_write(&config, (uint64_t)UINT32_MAX + 1),
                   ENVCRYPT_E_LIMIT_LENGTH);
}
END_TEST

/* -- reading ---------------------------------------------------------------------- */

START_TEST(reads_headers_of_all_suites)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], 16);

    EVC_CHECK_OK(begin_read(build(&b, 0), NULL, &data_config, ACCEPT_ALL));
    ck_assert_uint_eq(session.header.suite->id, all_suites[_i]);
    evc_session_end(&session);
    b.frame_length = 0;
    EVC_CHECK_OK(read_built(&b));
}
END_TEST

START_TEST(the_policy_is_checked_before_any_key)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], 16);

    EVC_CHECK_CODE(read_without_key(&b, &config, ACCEPT_ALL),
                   evc_suite_find(b.suite)->commits ? ENVCRYPT_E_NO_KEY
                                                    : ENVCRYPT_E_POLICY_COMMITMENT);
}
END_TEST

START_TEST(a_signed_message_is_refused_before_any_key)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, 16);

    EVC_CHECK_CODE(read_without_key(&b, &config, EVC_ACCEPT_UNFRAMED),
                   ENVCRYPT_E_POLICY_SIGNED);
}
END_TEST

START_TEST(an_unframed_message_is_refused_before_any_key)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 0);

    EVC_CHECK_CODE(read_without_key(&b, &config, EVC_ACCEPT_SIGNED),
                   ENVCRYPT_E_POLICY_UNFRAMED);
}
END_TEST

START_TEST(frames_past_the_limit_are_refused_before_any_key)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 16);

    config.max_frame = 15;
    EVC_CHECK_CODE(read_without_key(&b, &config, 0), ENVCRYPT_E_LIMIT_FRAME);
    config.max_frame = 16;
    EVC_CHECK_CODE(read_without_key(&b, &config, 0), ENVCRYPT_E_NO_KEY);
}
END_TEST

START_TEST(a_signed_suite_without_public_key_is_refused_before_any_key)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, 16);

    b.no_public_key = true;
    EVC_CHECK_CODE(read_without_key(&b, &config, ACCEPT_ALL), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(an_unsigned_suite_with_a_public_key_is_refused_before_any_key)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 16);

    b.extra_public_key = true;
    b.public_key = evc_view_text("AAAA");
    EVC_CHECK_CODE(read_without_key(&b, &config, ACCEPT_ALL), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(a_public_key_that_is_none_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0578, 16);

    b.public_key = evc_view_text("AAAA");
    EVC_CHECK_CODE(read_built(&b), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(another_data_key_breaks_the_commitment)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 16);
    evc_view bytes = build(&b, 0);

    data_key.key.bytes[0] ^= 1;
    EVC_CHECK_CODE(begin_read(bytes, NULL, &data_config, 0), ENVCRYPT_E_COMMITMENT);
}
END_TEST

START_TEST(another_data_key_breaks_the_tag_where_there_is_no_commitment)
{
    evc_builder b = evc_builder_of(crypto, 0x0178, 16);
    evc_view bytes = build(&b, 0);

    data_key.key.bytes[0] ^= 1;
    EVC_CHECK_CODE(begin_read(bytes, NULL, &data_config, 0), ENVCRYPT_E_HEADER_AUTH);
}
END_TEST

START_TEST(a_data_key_of_another_size_is_refused)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 16);
    evc_view bytes = build(&b, 0);

    data_key.key.size = 24;
    EVC_CHECK_CODE(begin_read(bytes, NULL, &data_config, 0), ENVCRYPT_E_KEY_SIZE);
    data_key.key.size = 32;
}
END_TEST

START_TEST(a_wrong_header_tag_is_refused)
{
    evc_builder b = evc_builder_of(crypto, all_suites[_i], 16);

    b.bad_tag = true;
    EVC_CHECK_CODE(read_built(&b), ENVCRYPT_E_HEADER_AUTH);
}
END_TEST

START_TEST(a_header_in_part_asks_for_more_and_touches_nothing)
{
    static const evc_session untouched;
    evc_builder b = evc_builder_of(crypto, 0x0478, 16);
    evc_view bytes = build(&b, 0);
    bool more = false;

    EVC_CHECK_OK(evc_session_begin_read(&session, NULL, &data_config, 0,
                                        evc_view_of(bytes.data, 100), NULL, &more,
                                        NULL));
    ck_assert(more);
    ck_assert_mem_eq(&session, &untouched, sizeof session);
}
END_TEST

/* -- pairs that are given again --------------------------------------------------- */

/* A message with the pair "stored", and another one that is not stored. */
static int
read_with_unstored(uint16_t suite)
{
    evc_builder b = evc_builder_of(crypto, suite, 16);
    evc_kv stored;
    evc_kv unstored;
    int rc;

    evc_kv_init(&stored);
    evc_kv_init(&unstored);
    add_pair(&stored, "stored", "1");
    add_pair(&unstored, "unstored", "2");
    b.stored = &stored;
    b.unstored = &unstored;
    rc = read_built(&b);
    evc_kv_reset(&stored);
    evc_kv_reset(&unstored);
    return rc;
}

static const uint16_t both_versions[] = {0x0178, 0x0478};

START_TEST(a_pair_that_is_not_stored_must_be_given)
{
    EVC_CHECK_CODE(read_with_unstored(both_versions[_i]), ENVCRYPT_E_HEADER_AUTH);
    add_pair(&data_config.context, "unstored", "2");
    EVC_CHECK_OK(read_with_unstored(both_versions[_i]));
}
END_TEST

START_TEST(a_pair_that_is_not_stored_must_have_its_value)
{
    add_pair(&data_config.context, "unstored", "3");
    EVC_CHECK_CODE(read_with_unstored(both_versions[_i]), ENVCRYPT_E_HEADER_AUTH);
}
END_TEST

START_TEST(a_pair_that_nobody_bound_is_refused)
{
    add_pair(&data_config.context, "unstored", "2");
    add_pair(&data_config.context, "zz", "1");
    EVC_CHECK_CODE(read_with_unstored(both_versions[_i]), ENVCRYPT_E_HEADER_AUTH);
}
END_TEST

START_TEST(a_stored_pair_may_be_given_again)
{
    add_pair(&data_config.context, "unstored", "2");
    add_pair(&data_config.context, "stored", "1");
    EVC_CHECK_OK(read_with_unstored(both_versions[_i]));
}
END_TEST

START_TEST(a_stored_pair_given_with_another_value_is_a_mismatch)
{
    add_pair(&data_config.context, "unstored", "2");
    add_pair(&data_config.context, "stored", "2");
    EVC_CHECK_CODE(read_with_unstored(both_versions[_i]), ENVCRYPT_E_CONTEXT_MISMATCH);
}
END_TEST

START_TEST(a_required_name_must_be_given_even_when_it_is_stored)
{
    add_pair(&data_config.context, "unstored", "2");
    add_pair(&data_config.required, "stored", "");
    EVC_CHECK_CODE(read_with_unstored(both_versions[_i]), ENVCRYPT_E_CONTEXT_MISSING);
    add_pair(&data_config.context, "stored", "1");
    EVC_CHECK_OK(read_with_unstored(both_versions[_i]));
}
END_TEST

START_TEST(given_pairs_count_for_the_limit_of_the_context)
{
    size_t size = 2 + (2 + 6 + 2 + 1) + (2 + 8 + 2 + 1);

    add_pair(&data_config.context, "unstored", "2");
    data_config.max_context = size;
    EVC_CHECK_OK(read_with_unstored(both_versions[_i]));
    data_config.max_context = size - 1;
    EVC_CHECK_CODE(read_with_unstored(both_versions[_i]), ENVCRYPT_E_LIMIT_CONTEXT);
}
END_TEST

START_TEST(the_error_tells_of_pairs_that_the_message_does_not_store)
{
    evc_builder b = evc_builder_of(crypto, 0x0478, 16);
    evc_error *err = NULL;
    bool more;

    add_pair(&config.context, "unstored", "2");
    EVC_CHECK_CODE(evc_session_begin_read(&session, keyring, &config, 0, build(&b, 0),
                                          NULL, &more, &err),
                   ENVCRYPT_E_NO_KEY);
    evc_session_end(&session);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "does not store"));
    ck_assert_ptr_nonnull(evc_error_cause(err));
    evc_error_free(err);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const writing[] = {
        reads_the_header_that_it_writes,
        each_message_has_an_id_of_its_own,
        required_pairs_are_not_stored,
        a_signed_header_stores_the_public_key,
        a_signed_header_with_required_pairs_stores_the_public_key_alone,
        writing_is_refused_when_a_required_pair_is_missing,
        writing_is_refused_under_forbid_encrypt,
        the_written_context_is_limited,
        required_pairs_count_for_the_limit_of_the_context,
        the_public_key_counts_for_the_limit_of_the_context,
        the_written_header_is_limited,
        written_edks_are_limited,
        written_frames_are_limited,
        a_frame_that_memory_cannot_hold_is_refused,
        a_length_past_the_announced_one_is_refused,
        a_length_past_the_last_frame_is_refused,
        NULL,
    };
    const TTest *const reading[] = {
        a_signed_message_is_refused_before_any_key,
        an_unframed_message_is_refused_before_any_key,
        frames_past_the_limit_are_refused_before_any_key,
        a_signed_suite_without_public_key_is_refused_before_any_key,
        an_unsigned_suite_with_a_public_key_is_refused_before_any_key,
        a_public_key_that_is_none_is_refused,
        another_data_key_breaks_the_commitment,
        another_data_key_breaks_the_tag_where_there_is_no_commitment,
        a_data_key_of_another_size_is_refused,
        a_header_in_part_asks_for_more_and_touches_nothing,
        the_error_tells_of_pairs_that_the_message_does_not_store,
        NULL,
    };
    const TTest *const of_both_versions[] = {
        a_pair_that_is_not_stored_must_be_given,
        a_pair_that_is_not_stored_must_have_its_value,
        a_pair_that_nobody_bound_is_refused,
        a_stored_pair_may_be_given_again,
        a_stored_pair_given_with_another_value_is_a_mismatch,
        a_required_name_must_be_given_even_when_it_is_stored,
        given_pairs_count_for_the_limit_of_the_context,
        NULL,
    };

    add_messages(suite, "writing", writing);
    add_messages(suite, "reading", reading);
    add_message_loop(suite, "suites", reads_headers_of_all_suites, ALL_SUITES);
    add_message_loop(suite, "policy", the_policy_is_checked_before_any_key, ALL_SUITES);
    add_message_loop(suite, "tag", a_wrong_header_tag_is_refused, ALL_SUITES);
    for (const TTest *const *test = of_both_versions; *test; test++)
        add_message_loop(suite, "given pairs", *test, 2);
}

EVC_TEST_MAIN("session", add_tests)
