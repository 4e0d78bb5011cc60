/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/record.h"

#include "base/encode.h"
#include "crypto/digest.h"
#include "evc-alloc.h"
#include "record-fixture.h"

static evc_buf text;
static evc_cluster_record got;
static evc_error *error;

static void
set_up(void)
{
    record_set_up();
    evc_buf_init(&text);
    error = NULL;
    EVC_CHECK_OK(evc_cluster_record_write(crypto, &record, &text, NULL));
}

static void
tear_down(void)
{
    evc_error_free(error);
    evc_buf_reset(&text);
    record_tear_down();
}

static int
read_it(evc_view from)
{
    return evc_cluster_record_read(crypto, from, &got, &error);
}

/* The text with another sum, so that only the content decides. */
static void
change(const char *from, const char *to)
{
    evc_buf changed;
    const char *all;
    const char *at;
    size_t before;

    evc_buf_put_u8(&text, 0);
    all = (const char *)text.data;
    at = strstr(all, from);
    ck_assert_ptr_nonnull(at);
    before = (size_t)(at - all);
    evc_buf_truncate(&text, text.size - 1);
    evc_buf_init(&changed);
    evc_buf_put(&changed, text.data, before);
    evc_buf_put_text(&changed, to);
    evc_buf_put(&changed, &text.data[before + strlen(from)],
                text.size - before - strlen(from));
    ck_assert_ptr_nonnull(changed.data);
    evc_buf_clear(&text);
    evc_buf_put_view(&text, evc_buf_view(&changed));
    evc_buf_reset(&changed);
}

static void
sum_anew(void)
{
    size_t summed = text.size - 80;
    uint8_t sum[32];
    evc_view whole = evc_view_of(text.data, summed);

    EVC_CHECK_OK(evc_digest(crypto, EVC_SHA256, &whole, 1, sum, NULL));
    evc_buf_truncate(&text, summed);
    evc_buf_put_text(&text, ",\n  \"sum\": \"");
    evc_encode_hex(&text, evc_view_of(sum, sizeof(sum)));
    evc_buf_put_text(&text, "\"\n}\n");
}

START_TEST(what_was_written_is_read)
{
    EVC_CHECK_OK(read_it(evc_buf_view(&text)));
    record_check_same(&got, &record);
}
END_TEST

START_TEST(every_verb_and_phase_comes_back)
{
    for (int verb = EVC_VERB_CREATE; verb <= EVC_VERB_VERIFY; verb++) {
        for (int phase = EVC_UPDATE_NONE; phase <= EVC_UPDATE_FAILED; phase++) {
            record.verb = (evc_cluster_verb)verb;
            record.update.phase = (evc_update_phase)phase;
            evc_buf_clear(&text);
            EVC_CHECK_OK(evc_cluster_record_write(crypto, &record, &text, NULL));
            EVC_CHECK_OK(read_it(evc_buf_view(&text)));
            record_check_same(&got, &record);
        }
    }
}
END_TEST

START_TEST(texts_as_long_as_can_be_fit)
{
    memset(record.cluster, 'c', sizeof(record.cluster) - 1);
    memset(record.update.key, 'k', sizeof(record.update.key) - 1);
    memset(record.update.detail, '"', sizeof(record.update.detail) - 1);
    memset(record.update.id, '\\', sizeof(record.update.id) - 1);
    memset(record.update.mark, 'm', sizeof(record.update.mark) - 1);
    memset(record.update.token, 't', sizeof(record.update.token) - 1);
    evc_buf_clear(&text);
    EVC_CHECK_OK(evc_cluster_record_write(crypto, &record, &text, NULL));
    ck_assert_uint_lt(text.size, EVC_RECORD_MAX);
    EVC_CHECK_OK(read_it(evc_buf_view(&text)));
    record_check_same(&got, &record);
}
END_TEST

START_TEST(a_text_that_was_cut_in_a_character_is_written_all_the_same)
{
    (void)snprintf(record.update.detail, sizeof(record.update.detail), "caf\xc3");
    evc_buf_clear(&text);
    EVC_CHECK_OK(evc_cluster_record_write(crypto, &record, &text, NULL));
    EVC_CHECK_OK(read_it(evc_buf_view(&text)));
    ck_assert_str_eq(got.update.detail, "caf?");
}
END_TEST

START_TEST(any_changed_byte_is_seen)
{
    for (size_t i = 0; i < text.size; i++) {
        text.data[i] ^= 1;
        EVC_CHECK_CODE(read_it(evc_buf_view(&text)), ENVCRYPT_E_CLUSTER_STATE);
        text.data[i] ^= 1;
    }
    EVC_CHECK_OK(read_it(evc_buf_view(&text)));
}
END_TEST

START_TEST(any_cut_is_seen)
{
    for (size_t size = 0; size < text.size; size++)
        EVC_CHECK_CODE(read_it(evc_view_of(text.data, size)), ENVCRYPT_E_CLUSTER_STATE);
    ck_assert_str_eq(got.cluster, "");
    ck_assert_int_eq(got.began_ms, -1);
}
END_TEST

START_TEST(what_is_behind_it_is_seen)
{
    evc_buf_put_u8(&text, '\n');
    EVC_CHECK_CODE(read_it(evc_buf_view(&text)), ENVCRYPT_E_CLUSTER_STATE);
}
END_TEST

START_TEST(members_that_cannot_be_are_refused_whatever_the_sum)
{
    static const char *const bad[][2] = {
        {"envcrypt-cluster-1", "envcrypt-cluster-2"},
        {"\"change-key\"", "\"burn\""},
        {"\"running\"", "\"flying\""},
        {"1700000060000", "-2"},
        {"1700000060000", "\"x\""},
        {"\"secrets_done\": true", "\"secrets_done\": 1"},
        {"\"token-1\"", "\"0123456789012345678901234567890123456789\""},
        {"\"cluster\"", "\"clusters\""},
        {"\"update\"", "\"updates\""}};

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        change(bad[i][0], bad[i][1]);
        sum_anew();
        EVC_CHECK_CODE(read_it(evc_buf_view(&text)), ENVCRYPT_E_CLUSTER_STATE);
        evc_buf_clear(&text);
        EVC_CHECK_OK(evc_cluster_record_write(crypto, &record, &text, NULL));
    }
}
END_TEST

START_TEST(a_token_of_39_characters_is_the_longest)
{
    change("\"token-1\"", "\"012345678901234567890123456789012345678\"");
    sum_anew();
    EVC_CHECK_OK(read_it(evc_buf_view(&text)));
}
END_TEST

static int
write_and_read(void *user)
{
    evc_cluster_record r;
    evc_buf b;
    int rc;

    (void)user;
    evc_buf_init(&b);
    rc = evc_cluster_record_write(crypto, &record, &b, NULL);
    if (rc == 0) {
        rc = evc_cluster_record_read(crypto, evc_buf_view(&b), &r, NULL);
        /* Memory that runs out inside of jansson may show as bad JSON. */
        rc = rc == ENVCRYPT_E_CLUSTER_STATE ? ENVCRYPT_E_NOMEM : rc;
    }
    evc_buf_reset(&b);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(write_and_read, NULL), 3);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        what_was_written_is_read,
        every_verb_and_phase_comes_back,
        texts_as_long_as_can_be_fit,
        a_text_that_was_cut_in_a_character_is_written_all_the_same,
        any_changed_byte_is_seen,
        any_cut_is_seen,
        what_is_behind_it_is_seen,
        members_that_cannot_be_are_refused_whatever_the_sum,
        a_token_of_39_characters_is_the_longest,
        survives_any_failed_allocation};
    TCase *tcase = tcase_create("record");

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        tcase_add_test(tcase, all[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("record", add_tests)
