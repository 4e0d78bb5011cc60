/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/journal_line.h"

#include "base/encode.h"
#include "crypto/digest.h"
#include "evc-alloc.h"
#include "journal-fixture.h"

static uint8_t sum[EVC_JOURNAL_SUM];

static void
write_line(const evc_journal_line *line, evc_buf *out)
{
    evc_buf_init(out);
    memset(sum, 0, sizeof(sum));
    EVC_CHECK_OK(evc_journal_line_write(crypto, line, sum, out, NULL));
    ck_assert_int_eq(out->data[out->size - 1], '\n');
}

static int
read_line(evc_view bytes, evc_journal_line *line)
{
    memset(sum, 0, sizeof(sum));
    return evc_journal_line_read(crypto, bytes, sum, line, NULL);
}

/* Without its end. */
static evc_view
body_of(const evc_buf *out)
{
    return evc_view_of(out->data, out->size - 1);
}

/* The line with a right checksum. */
static int
read_sealed(const char *members)
{
    static evc_journal_line back;
    uint8_t digest[32];
    uint8_t zeros[EVC_JOURNAL_SUM] = {0};
    evc_view parts[] = {evc_view_of(zeros, sizeof(zeros)), evc_view_text(members)};
    evc_buf out;
    int rc;

    evc_buf_init(&out);
    EVC_CHECK_OK(evc_digest(crypto, EVC_SHA256, parts, 2, digest, NULL));
    evc_buf_put_text(&out, members);
    evc_buf_put_text(&out, ",\"sum\":\"");
    evc_encode_hex(&out, evc_view_of(digest, EVC_JOURNAL_SUM));
    evc_buf_put_text(&out, "\"}");
    rc = read_line(evc_buf_view(&out), &back);
    if (rc == 0)
        evc_journal_line_reset(&back);
    evc_buf_reset(&out);
    return rc;
}

START_TEST(the_head_names_what_the_run_is)
{
    evc_journal_line line = {.kind = EVC_JOURNAL_HEAD, .id = id, .version = 2};
    static evc_journal_line back;
    evc_buf out;

    write_line(&line, &out);
    EVC_CHECK_OK(read_line(body_of(&out), &back));
    ck_assert_int_eq(back.kind, EVC_JOURNAL_HEAD);
    ck_assert_int_eq(back.version, 2);
    ck_assert_str_eq(back.id.cluster_id, id.cluster_id);
    ck_assert_str_eq(back.id.resource, id.resource);
    ck_assert_str_eq(back.id.selection, id.selection);
    evc_journal_line_reset(&back);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(a_run_comes_back_whole)
{
    evc_journal_line line = {.kind = EVC_JOURNAL_ENDED};
    static evc_journal_line back;
    evc_buf out;

    run.ended_ms = 5;
    run.since_ms = 6;
    run.left_ms = 7;
    run.pass = 3;
    run.shown = true;
    run.inverted = true;
    run.sure = true;
    for (size_t i = 0; i < EVC_SETTLED_COUNT; i++)
        run.counts[i] = 100 + i;
    (void)snprintf(run.left, sizeof(run.left), "77");
    (void)snprintf(run.rewrote, sizeof(run.rewrote), "66");
    line.run = run;
    write_line(&line, &out);
    EVC_CHECK_OK(read_line(body_of(&out), &back));
    ck_assert_int_eq(back.kind, EVC_JOURNAL_ENDED);
    ck_assert_mem_eq(&back.run, &run, sizeof(run));
    evc_journal_line_reset(&back);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(an_object_comes_back_whole)
{
    evc_journal_line done = {.kind = EVC_JOURNAL_DONE,
                             .object = object_of("ns", "name", "9"),
                             .how = EVC_SETTLED_GONE,
                             .page = 4};
    static evc_journal_line back;
    evc_buf out;

    write_line(&done, &out);
    EVC_CHECK_OK(read_line(body_of(&out), &back));
    ck_assert_mem_eq(&back.object, &done.object, sizeof(done.object));
    ck_assert_int_eq(back.how, EVC_SETTLED_GONE);
    ck_assert_uint_eq(back.page, 4);
    evc_journal_line_reset(&back);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(a_page_comes_back_whole)
{
    evc_journal_line page = {.kind = EVC_JOURNAL_PAGE, .page = 4, .ns = "ns"};
    static evc_journal_line back;
    evc_buf out;

    page.run = run;
    page.token = evc_view_text("token");
    page.reached = evc_view_text("ns/name");
    write_line(&page, &out);
    EVC_CHECK_OK(read_line(body_of(&out), &back));
    ck_assert_uint_eq(back.page, 4);
    ck_assert_str_eq(back.ns, "ns");
    ck_assert(evc_view_is_text(back.token, "token"));
    ck_assert(evc_view_is_text(back.reached, "ns/name"));
    ck_assert_mem_eq(&back.run, &run, sizeof(run));
    evc_journal_line_reset(&back);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(a_reading_comes_back_whole)
{
    static evc_kube_reading reading = {.read_ms = 7, .next_ms = 8, .complete = true};
    evc_journal_line line = {.kind = EVC_JOURNAL_READ, .reading = &reading};
    static evc_journal_line back;
    evc_buf out;

    reading.kind_count = EVC_READING_KINDS;
    reading.dek_count = EVC_READING_DEKS;
    for (size_t i = 0; i < EVC_READING_KINDS; i++)
        memset(reading.kinds[i], (int)i, EVC_READING_DIGEST);
    for (size_t i = 0; i < EVC_READING_DEKS; i++)
        memset(reading.deks[i], 128 + (int)i, EVC_READING_DIGEST);
    write_line(&line, &out);
    EVC_CHECK_OK(read_line(body_of(&out), &back));
    ck_assert_int_eq(back.kind, EVC_JOURNAL_READ);
    ck_assert_mem_eq(back.reading, &reading, sizeof(reading));
    evc_journal_line_reset(&back);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(more_digests_than_are_kept_are_refused)
{
    static const char digest[] = "\"000102030405060708090a0b0c0d0e0f\"";
    static evc_buf text;

    for (size_t count = EVC_READING_KINDS; count <= EVC_READING_KINDS + 1; count++) {
        evc_buf_init(&text);
        evc_buf_put_text(&text, "{\"read\":{\"read_ms\":1,\"next_ms\":-1,\"kinds\":[");
        for (size_t i = 0; i < count; i++)
            evc_buf_put_format(&text, "%s%s", i ? "," : "", digest);
        evc_buf_put_text(&text, "],\"deks\":[]}");
        evc_buf_put_u8(&text, 0);
        ck_assert_int_eq(read_sealed((const char *)text.data),
                         count > EVC_READING_KINDS ? ENVCRYPT_E_JOURNAL : 0);
        evc_buf_reset(&text);
    }
}
END_TEST

START_TEST(no_line_holds_data_of_an_object)
{
    evc_journal_line done = {
        .kind = EVC_JOURNAL_DONE, .object = object_of("ns", "name", "9"), .page = 1};
    evc_buf out;

    write_line(&done, &out);
    evc_buf_put_u8(&out, 0);
    ck_assert_ptr_nonnull(
        strstr((const char *)out.data,
               "{\"done\":{\"namespace\":\"ns\",\"name\":\"name\",\"version\":\"9\","
               "\"how\":\"rewritten\",\"page\":1},\"sum\":\""));
    evc_buf_reset(&out);
}
END_TEST

START_TEST(any_flipped_bit_is_seen)
{
    evc_journal_line line = {
        .kind = EVC_JOURNAL_DONE, .object = object_of("ns", "name", "9"), .page = 1};
    static evc_journal_line back;
    evc_buf out;

    write_line(&line, &out);
    for (size_t bit = 0; bit < 8 * (out.size - 1); bit++) {
        out.data[bit / 8] = (uint8_t)(out.data[bit / 8] ^ 1u << bit % 8);
        EVC_CHECK_CODE(read_line(body_of(&out), &back), ENVCRYPT_E_JOURNAL);
        out.data[bit / 8] = (uint8_t)(out.data[bit / 8] ^ 1u << bit % 8);
    }
    evc_buf_reset(&out);
}
END_TEST

START_TEST(a_line_that_was_moved_is_seen)
{
    evc_journal_line line = {.kind = EVC_JOURNAL_HEAD, .id = id, .version = 1};
    static evc_journal_line back;
    evc_buf out;

    write_line(&line, &out);
    sum[0] ^= 1; /* as if another line stood before */
    EVC_CHECK_CODE(evc_journal_line_read(crypto, body_of(&out), sum, &back, NULL),
                   ENVCRYPT_E_JOURNAL);
    evc_buf_reset(&out);
}
END_TEST

START_TEST(what_no_run_writes_is_refused)
{
    static const char *const bad[] = {
        "",
        "{\"page\":1",
        "{\"lost\":{}",
        "{\"journal\":{\"version\":3,\"cluster\":\"\",\"resource\":\"\",\"selection\":"
        "\"\"}",
        "{\"journal\":{\"version\":1,\"cluster\":\"\",\"resource\":\"\"}",
        "{\"done\":{\"namespace\":\"\",\"name\":\"\",\"version\":\"\",\"how\":\"lost\","
        "\"page\":1}",
        "{\"done\":{\"namespace\":\"\",\"name\":\"\",\"version\":\"\",\"how\":\"gone\","
        "\"page\":-1}",
        "{\"done\":{\"namespace\":"
        "\"0123456789012345678901234567890123456789012345678901"
        "234567890123\",\"name\":\"\",\"version\":\"\",\"how\":\"gone\",\"page\":1}",
        "{\"ended\":{\"mode\":\"none\"}",
        "{\"page\":{\"page\":1,\"namespace\":\"\",\"token\":\"\",\"reached\":7}",
        "{\"read\":{\"read_ms\":1,\"next_ms\":-1,\"kinds\":[]}",
        "{\"read\":{\"read_ms\":-1,\"next_ms\":-1,\"kinds\":[],\"deks\":[]}",
        "{\"read\":{\"read_ms\":1,\"next_ms\":-2,\"kinds\":[],\"deks\":[]}",
        "{\"read\":{\"read_ms\":1,\"next_ms\":-1,\"kinds\":[7],\"deks\":[]}",
        "{\"read\":{\"read_ms\":1,\"next_ms\":-1,\"kinds\":[\"00\"],\"deks\":[]}",
    };

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        ck_assert_msg(read_sealed(bad[i]) == ENVCRYPT_E_JOURNAL, "%zu was read", i);
    EVC_CHECK_OK(read_sealed("{\"journal\":{\"version\":1,\"cluster\":\"\","
                             "\"resource\":\"\",\"selection\":\"\"}"));
}
END_TEST

static int
there_and_back(void *unused)
{
    static evc_kube_reading reading = {.next_ms = -1, .kind_count = 1, .dek_count = 1};
    evc_journal_line line = {.kind = EVC_JOURNAL_HEAD, .id = id, .version = 1};
    static evc_journal_line back;
    evc_buf out;
    int rc;

    if (unused)
        line = (evc_journal_line){.kind = EVC_JOURNAL_READ, .reading = &reading};
    evc_buf_init(&out);
    memset(sum, 0, sizeof(sum));
    rc = evc_journal_line_write(crypto, &line, sum, &out, NULL);
    if (!rc)
        rc = read_line(body_of(&out), &back);
    if (!rc)
        evc_journal_line_reset(&back);
    evc_buf_reset(&out);
    return rc;
}

START_TEST(survives_any_failed_allocation)
{
    ck_assert_uint_gt(evc_alloc_sweep(there_and_back, NULL), 2);
    ck_assert_uint_gt(evc_alloc_sweep(there_and_back, sum), 2);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const all[] = {
        the_head_names_what_the_run_is,  a_run_comes_back_whole,
        an_object_comes_back_whole,      a_page_comes_back_whole,
        a_reading_comes_back_whole,      more_digests_than_are_kept_are_refused,
        no_line_holds_data_of_an_object, any_flipped_bit_is_seen,
        a_line_that_was_moved_is_seen,   what_no_run_writes_is_refused,
        survives_any_failed_allocation,  NULL};

    add_case(suite, "journal_line", all);
}

EVC_TEST_MAIN("journal_line", add_tests)
