/* SPDX-License-Identifier: Apache-2.0 */
#include "envelope/header.h"

#include "evc-check.h"

/* Limits that no header of these tests touches. */
static const evc_config roomy = {
    .max_edks = EVC_MAX_EDKS,
    .max_context = 65535,
    .max_header = EVC_MAX_HEADER,
};

/* The fields of a header, each of which a test may spoil. */
typedef struct shape {
    uint8_t version;
    uint8_t type;
    uint16_t suite;
    evc_view context; /* as bytes */
    uint16_t edk_count;
    size_t edks_written;
    evc_edk edk;
    uint8_t content_type;
    uint32_t reserved;
    uint8_t iv_size;
    uint32_t frame_length;
} shape;

static const uint8_t one_pair[] = {0, 1, 0, 1, 'n', 0, 1, 'v'};

static shape
good(uint16_t suite)
{
    return (shape){
        .version = suite < 0x0400 ? 1 : 2,
        .type = 0x80,
        .suite = suite,
        .context = evc_view_of(one_pair, sizeof one_pair),
        .edk_count = 2,
        .edks_written = 2,
        .edk = {evc_view_text("provider"), evc_view_text("info"),
                evc_view_text("ciphertext")},
        .content_type = 2,
        .iv_size = 12,
        .frame_length = 4096,
    };
}

/* Bytes of a message id and the like: 1, 2, 3, … */
static void
put_counting(evc_buf *out, size_t size)
{
    for (size_t i = 1; i <= size; i++)
        evc_buf_put_u8(out, (uint8_t)i);
}

static evc_buf bytes;

static evc_view
write_shape(const shape *s)
{
    evc_buf_clear(&bytes);
    evc_buf_put_u8(&bytes, s->version);
    if (s->version == 1)
        evc_buf_put_u8(&bytes, s->type);
    evc_buf_put_u16(&bytes, s->suite);
    put_counting(&bytes, s->version == 1 ? 16 : 32);
    evc_buf_put_bytes16(&bytes, s->context);
    evc_buf_put_u16(&bytes, s->edk_count);
    for (size_t i = 0; i < s->edks_written; i++)
        evc_edk_write(&s->edk, &bytes);
    evc_buf_put_u8(&bytes, s->content_type);
    if (s->version == 1) {
        evc_buf_put_u32(&bytes, s->reserved);
        evc_buf_put_u8(&bytes, s->iv_size);
    }
    evc_buf_put_u32(&bytes, s->frame_length);
    put_counting(&bytes, s->version == 1 ? 12 : 32); /* IV, or commitment */
    put_counting(&bytes, 16);                        /* tag */
    EVC_CHECK_OK(evc_buf_check(&bytes, NULL));
    return evc_buf_view(&bytes);
}

static void
drop_bytes(void)
{
    evc_buf_reset(&bytes);
}

static int
read_under(evc_view view, const evc_config *config)
{
    evc_header h;
    bool more = false;
    int rc = evc_header_read(view, config, &h, &more, NULL);

    if (!rc && more)
        return ENVCRYPT_E_TRUNCATED;
    if (!rc)
        evc_header_reset(&h);
    return rc;
}

static int
read_shape(const shape *s)
{
    return read_under(write_shape(s), &roomy);
}

static const uint16_t suites[] = {0x0178, 0x0478};
#define SUITES 2

/* -- fields ----------------------------------------------------------------------- */

START_TEST(reads_the_fields_of_version_1)
{
    shape s = good(0x0178);
    evc_view view = write_shape(&s);
    evc_header h;
    bool more = true;

    EVC_CHECK_OK(evc_header_read(view, &roomy, &h, &more, NULL));
    ck_assert(!more);
    ck_assert_uint_eq(h.suite->id, 0x0178);
    ck_assert_mem_eq(h.id, &view.data[4], 16);
    ck_assert_uint_eq(h.frame_length, 4096);
    ck_assert_uint_eq(h.size, view.size);
    ck_assert_uint_eq(h.body_size, view.size - 28);
    ck_assert_mem_eq(h.iv, &view.data[h.body_size], 12);
    ck_assert_mem_eq(h.tag, &view.data[h.body_size + 12], 16);
    evc_header_reset(&h);
}
END_TEST

START_TEST(reads_the_fields_of_version_2)
{
    static const uint8_t zeros[12];
    shape s = good(0x0478);
    evc_view view = write_shape(&s);
    evc_header h;
    bool more = true;

    EVC_CHECK_OK(evc_header_read(view, &roomy, &h, &more, NULL));
    ck_assert(!more);
    ck_assert_uint_eq(h.suite->id, 0x0478);
    ck_assert_mem_eq(h.id, &view.data[3], 32);
    ck_assert_uint_eq(h.size, view.size);
    ck_assert_uint_eq(h.body_size, view.size - 16);
    ck_assert_mem_eq(h.commitment, &view.data[h.body_size - 32], 32);
    ck_assert_mem_eq(h.iv, zeros, 12);
    ck_assert_mem_eq(h.tag, &view.data[h.body_size], 16);
    evc_header_reset(&h);
}
END_TEST

START_TEST(reads_context_and_edks)
{
    shape s = good(suites[_i]);
    evc_header h;
    bool more;

    EVC_CHECK_OK(evc_header_read(write_shape(&s), &roomy, &h, &more, NULL));
    ck_assert_uint_eq(h.context.count, 1);
    ck_assert(evc_view_is_text(h.context.pairs[0].name, "n"));
    ck_assert_uint_eq(h.edk_count, 2);
    ck_assert(evc_view_is_text(h.edks[1].provider, "provider"));
    ck_assert(evc_view_is_text(h.edks[1].info, "info"));
    ck_assert(evc_view_is_text(h.edks[1].ciphertext, "ciphertext"));
    evc_header_reset(&h);
}
END_TEST

START_TEST(reads_an_absent_context)
{
    shape s = good(suites[_i]);
    evc_header h;
    bool more;

    s.context = evc_view_of(NULL, 0);
    EVC_CHECK_OK(evc_header_read(write_shape(&s), &roomy, &h, &more, NULL));
    ck_assert_uint_eq(h.context.count, 0);
    evc_header_reset(&h);
}
END_TEST

START_TEST(reads_an_unframed_header)
{
    shape s = good(suites[_i]);
    evc_header h;
    bool more;

    s.content_type = 1;
    s.frame_length = 0;
    EVC_CHECK_OK(evc_header_read(write_shape(&s), &roomy, &h, &more, NULL));
    ck_assert_uint_eq(h.frame_length, 0);
    evc_header_reset(&h);
}
END_TEST

START_TEST(what_follows_the_header_is_not_touched)
{
    shape s = good(suites[_i]);
    size_t size = write_shape(&s).size;
    evc_header h;
    bool more;

    evc_buf_put_text(&bytes, "body");
    EVC_CHECK_OK(evc_header_read(evc_buf_view(&bytes), &roomy, &h, &more, NULL));
    ck_assert_uint_eq(h.size, size);
    evc_header_reset(&h);
}
END_TEST

/* -- refusals --------------------------------------------------------------------- */

START_TEST(every_truncation_asks_for_more)
{
    shape s = good(suites[_i]);
    evc_view whole = write_shape(&s);

    for (size_t size = 0; size < whole.size; size++)
        EVC_CHECK_CODE(read_under(evc_view_of(whole.data, size), &roomy),
                       ENVCRYPT_E_TRUNCATED);
}
END_TEST

START_TEST(refuses_what_begins_otherwise)
{
    static const uint8_t versions[] = {0, 3, 0x80, 0xff, 'B', '{'};

    for (size_t i = 0; i < sizeof versions; i++)
        EVC_CHECK_CODE(read_under(evc_view_of(&versions[i], 1), &roomy),
                       ENVCRYPT_E_NOT_A_MESSAGE);
}
END_TEST

START_TEST(refuses_another_type)
{
    shape s = good(0x0178);

    s.type = 0x81;
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_NOT_A_MESSAGE);
}
END_TEST

START_TEST(knows_base64_of_version_1)
{
    EVC_CHECK_CODE(read_under(evc_view_text("AYADeN"), &roomy),
                   ENVCRYPT_E_BASE64_MESSAGE);
}
END_TEST

START_TEST(knows_base64_of_version_2)
{
    EVC_CHECK_CODE(read_under(evc_view_text("AgR4"), &roomy),
                   ENVCRYPT_E_BASE64_MESSAGE);
}
END_TEST

START_TEST(other_text_with_an_a_is_no_base64_message)
{
    EVC_CHECK_CODE(read_under(evc_view_text("Abc"), &roomy), ENVCRYPT_E_NOT_A_MESSAGE);
}
END_TEST

START_TEST(refuses_unknown_suites)
{
    static const uint16_t unknown[] = {0x0000, 0x0070, 0x0073, 0x0479, 0x6701, 0xffff};

    for (size_t i = 0; i < sizeof unknown / sizeof unknown[0]; i++) {
        shape s = good(unknown[i]);

        EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_SUITE);
    }
}
END_TEST

START_TEST(refuses_a_suite_of_the_other_version)
{
    shape s = good(0x0178);

    s.version = 2;
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
    s = good(0x0478);
    s.version = 1;
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_a_context_that_counts_no_pairs)
{
    static const uint8_t zero[] = {0, 0};
    shape s = good(suites[_i]);

    s.context = evc_view_of(zero, sizeof zero);
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_a_context_with_bytes_left_over)
{
    static const uint8_t extra[] = {0, 1, 0, 1, 'n', 0, 1, 'v', 0};
    shape s = good(suites[_i]);

    s.context = evc_view_of(extra, sizeof extra);
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_no_edk)
{
    shape s = good(suites[_i]);

    s.edk_count = 0;
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_other_content_types)
{
    static const uint8_t other[] = {0, 3, 0x82, 0xff};

    for (size_t i = 0; i < sizeof other; i++) {
        shape s = good(suites[_i]);

        s.content_type = other[i];
        EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
    }
}
END_TEST

START_TEST(refuses_a_reserved_field_that_is_not_zero)
{
    shape s = good(0x0178);

    s.reserved = 1;
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_another_iv_length)
{
    shape s = good(0x0178);

    s.iv_size = 11;
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_frames_of_no_bytes)
{
    shape s = good(suites[_i]);

    s.frame_length = 0;
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
}
END_TEST

START_TEST(refuses_an_unframed_header_with_a_frame_length)
{
    shape s = good(suites[_i]);

    s.content_type = 1;
    s.frame_length = 1;
    EVC_CHECK_CODE(read_shape(&s), ENVCRYPT_E_HEADER);
}
END_TEST

/* -- limits ----------------------------------------------------------------------- */

START_TEST(edks_are_limited)
{
    shape s = good(suites[_i]);
    evc_config config = roomy;

    config.max_edks = 2;
    EVC_CHECK_OK(read_under(write_shape(&s), &config));
    config.max_edks = 1;
    EVC_CHECK_CODE(read_under(write_shape(&s), &config), ENVCRYPT_E_LIMIT_EDKS);
}
END_TEST

START_TEST(context_is_limited)
{
    shape s = good(suites[_i]);
    evc_config config = roomy;

    config.max_context = sizeof one_pair;
    EVC_CHECK_OK(read_under(write_shape(&s), &config));
    config.max_context--;
    EVC_CHECK_CODE(read_under(write_shape(&s), &config), ENVCRYPT_E_LIMIT_CONTEXT);
}
END_TEST

START_TEST(header_is_limited)
{
    shape s = good(suites[_i]);
    evc_config config = roomy;

    config.max_header = write_shape(&s).size;
    EVC_CHECK_OK(read_under(write_shape(&s), &config));
    config.max_header--;
    EVC_CHECK_CODE(read_under(write_shape(&s), &config), ENVCRYPT_E_LIMIT_HEADER);
}
END_TEST

START_TEST(too_many_edks_are_seen_before_they_come)
{
    shape s = good(suites[_i]);
    evc_config config = roomy;

    s.edk_count = 65535;
    s.edks_written = 0;
    config.max_edks = 16;
    EVC_CHECK_CODE(read_under(write_shape(&s), &config), ENVCRYPT_E_LIMIT_EDKS);
}
END_TEST

START_TEST(a_header_that_must_become_too_long_is_seen_at_once)
{
    shape s = good(suites[_i]);
    evc_config config = roomy;

    s.edk_count = 65535; /* of six bytes each at least */
    s.edks_written = 0;
    config.max_header = 65535 * 6;
    EVC_CHECK_CODE(read_under(write_shape(&s), &config), ENVCRYPT_E_LIMIT_HEADER);
}
END_TEST

/* -- scan ------------------------------------------------------------------------- */

START_TEST(scan_in_pieces_finds_the_end_that_a_read_finds)
{
    shape s = good(suites[_i]);
    evc_view whole = write_shape(&s);
    evc_header_scan scan;
    bool more = true;

    evc_header_scan_init(&scan);
    for (size_t size = 0; size <= whole.size; size++) {
        ck_assert(more);
        EVC_CHECK_OK(evc_header_scan_run(&scan, evc_view_of(whole.data, size), &roomy,
                                         &more, NULL));
    }
    ck_assert(!more);
    ck_assert_uint_eq(scan.need, whole.size);
}
END_TEST

START_TEST(scan_never_needs_bytes_behind_the_header)
{
    shape s = good(suites[_i]);
    evc_view whole = write_shape(&s);
    evc_header_scan scan;
    bool more;

    evc_header_scan_init(&scan);
    for (size_t size = 0; size < whole.size; size++) {
        EVC_CHECK_OK(evc_header_scan_run(&scan, evc_view_of(whole.data, size), &roomy,
                                         &more, NULL));
        ck_assert_uint_gt(scan.need, size);
        ck_assert_uint_le(scan.need, whole.size);
    }
}
END_TEST

/* -- write ------------------------------------------------------------------------ */

START_TEST(reads_what_it_writes)
{
    evc_edk edk = {evc_view_text("p"), evc_view_text("i"), evc_view_text("c")};
    evc_header written = {.suite = evc_suite_find(0x0478), .frame_length = 77};
    evc_header h;
    evc_kv context;
    evc_buf edks;
    evc_buf out;
    bool more;

    evc_kv_init(&context);
    evc_buf_init(&edks);
    evc_buf_init(&out);
    memset(written.id, 5, sizeof written.id);
    memset(written.commitment, 6, sizeof written.commitment);
    EVC_CHECK_OK(evc_kv_add(&context, evc_view_text("a"), evc_view_text("b"), NULL));
    evc_edk_write(&edk, &edks);
    evc_header_write(&written, &context, evc_buf_view(&edks), 1, &out);
    ck_assert_uint_eq(out.size, written.body_size);
    (void)evc_buf_extend(&out, EVC_HEADER_TAG);
    ck_assert_uint_eq(out.capacity, out.size);

    EVC_CHECK_OK(evc_header_read(evc_buf_view(&out), &roomy, &h, &more, NULL));
    ck_assert(!more);
    ck_assert_ptr_eq(h.suite, written.suite);
    ck_assert_mem_eq(h.id, written.id, sizeof h.id);
    ck_assert_mem_eq(h.commitment, written.commitment, sizeof h.commitment);
    ck_assert_uint_eq(h.frame_length, 77);
    ck_assert_uint_eq(h.size, written.size);
    ck_assert_uint_eq(h.context.count, 1);
    ck_assert_uint_eq(h.edk_count, 1);
    evc_header_reset(&h);
    evc_buf_reset(&out);
    evc_buf_reset(&edks);
    evc_kv_reset(&context);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const of_both_versions[] = {
        reads_context_and_edks,
        reads_an_absent_context,
        reads_an_unframed_header,
        what_follows_the_header_is_not_touched,
        every_truncation_asks_for_more,
        refuses_a_context_that_counts_no_pairs,
        refuses_a_context_with_bytes_left_over,
        refuses_no_edk,
        refuses_other_content_types,
        refuses_frames_of_no_bytes,
        refuses_an_unframed_header_with_a_frame_length,
        edks_are_limited,
        context_is_limited,
        header_is_limited,
        too_many_edks_are_seen_before_they_come,
        a_header_that_must_become_too_long_is_seen_at_once,
        scan_in_pieces_finds_the_end_that_a_read_finds,
        scan_never_needs_bytes_behind_the_header,
        NULL,
    };
    const TTest *const of_one[] = {
        reads_the_fields_of_version_1,
        reads_the_fields_of_version_2,
        refuses_what_begins_otherwise,
        refuses_another_type,
        knows_base64_of_version_1,
        knows_base64_of_version_2,
        other_text_with_an_a_is_no_base64_message,
        refuses_unknown_suites,
        refuses_a_suite_of_the_other_version,
        refuses_a_reserved_field_that_is_not_zero,
        refuses_another_iv_length,
        reads_what_it_writes,
        NULL,
    };
    TCase *tcase = tcase_create("header");

    tcase_add_checked_fixture(tcase, NULL, drop_bytes);
    for (const TTest *const *test = of_one; *test; test++)
        tcase_add_test(tcase, *test);
    for (const TTest *const *test = of_both_versions; *test; test++)
        tcase_add_loop_test(tcase, *test, 0, SUITES);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("header", add_tests)
