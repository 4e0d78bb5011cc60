/* SPDX-License-Identifier: Apache-2.0 */
#include "base/encode.h"

#include "base/mem.h"
#include "evc-check.h"

/* RFC 4648 section 10. */
static const struct {
    const char *bytes, *base64, *hex;
} vectors[] = {
    {"", "", ""},
    {"f", "Zg==", "66"},
    {"fo", "Zm8=", "666f"},
    {"foo", "Zm9v", "666f6f"},
    {"foob", "Zm9vYg==", "666f6f62"},
    {"fooba", "Zm9vYmE=", "666f6f6261"},
    {"foobar", "Zm9vYmFy", "666f6f626172"},
};

START_TEST(base64_writes_the_vectors)
{
    evc_buf b;

    evc_buf_init(&b);
    evc_encode_base64(&b, evc_view_text(vectors[_i].bytes));
    ck_assert(evc_view_is_text(evc_buf_view(&b), vectors[_i].base64));
    evc_buf_reset(&b);
}
END_TEST

START_TEST(base64_reads_the_vectors)
{
    uint8_t out[6];
    size_t size = 99;

    EVC_CHECK_OK(
        evc_decode_base64(evc_view_text(vectors[_i].base64), out, 6, &size, NULL));
    ck_assert(evc_view_is_text(evc_view_of(out, size), vectors[_i].bytes));
}
END_TEST

START_TEST(hex_writes_the_vectors)
{
    evc_buf b;

    evc_buf_init(&b);
    evc_encode_hex(&b, evc_view_text(vectors[_i].bytes));
    ck_assert(evc_view_is_text(evc_buf_view(&b), vectors[_i].hex));
    evc_buf_reset(&b);
}
END_TEST

START_TEST(hex_reads_the_vectors)
{
    size_t size = strlen(vectors[_i].bytes);
    uint8_t out[6];

    EVC_CHECK_OK(evc_decode_hex(evc_view_text(vectors[_i].hex), out, size, NULL));
    ck_assert(evc_view_is_text(evc_view_of(out, size), vectors[_i].bytes));
}
END_TEST

static const char *const bad_base64[] = {
    "Zg",       "Zg=",   "Zg===", "Z",        "=",       "====",  "Zm9v=",
    "Zm9v====", "Zh==",  "Zm9=",  "Zg==Zg==", " Zg==",   "Zg== ", "Zg==\n",
    "Zm9v\n",   "Zm 9v", "Zm9_",  "Zm9-",     "Zm9\xc3", "Z===",  "Zm9v!",
};

START_TEST(base64_rejects_what_is_not_canonical)
{
    uint8_t out[16];
    size_t size;

    EVC_CHECK_CODE(
        evc_decode_base64(evc_view_text(bad_base64[_i]), out, sizeof(out), &size, NULL),
        ENVCRYPT_E_ENCODING);
    ck_assert_uint_eq(size, 0);
}
END_TEST

/* RFC 7515, appendix C, and what only the other alphabet or padding has. */
START_TEST(base64url_reads_the_vector_of_its_rfc)
{
    static const uint8_t wanted[] = {3, 236, 255, 224, 193};
    uint8_t out[5];
    size_t size = 99;

    EVC_CHECK_OK(evc_decode_base64url(evc_view_text("A-z_4ME"), out, 5, &size, NULL));
    ck_assert_uint_eq(size, 5);
    ck_assert_mem_eq(out, wanted, 5);
}
END_TEST

START_TEST(base64url_is_written_without_padding_and_read_again)
{
    static const char *const wanted[] = {"", "-w", "-_8", "-__g", "-__g-w"};
    const uint8_t bytes[] = {0xfb, 0xff, 0xe0, 0xfb};
    evc_buf b;

    evc_buf_init(&b);
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        uint8_t back[8];
        size_t made;

        evc_buf_clear(&b);
        evc_encode_base64url(&b, evc_view_of(bytes, size));
        ck_assert(evc_view_is_text(evc_buf_view(&b), wanted[size]));
        EVC_CHECK_OK(
            evc_decode_base64url(evc_buf_view(&b), back, sizeof(back), &made, NULL));
        ck_assert_uint_eq(made, size);
        ck_assert_mem_eq(back, bytes, size);
    }
    evc_buf_reset(&b);
}
END_TEST

START_TEST(long_base64url_is_that_of_base64_with_other_characters)
{
    uint8_t bytes[1000];
    evc_buf url;
    evc_buf plain;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 151);
    evc_buf_init(&url);
    evc_buf_init(&plain);
    evc_encode_base64url(&url, evc_view_of(bytes, sizeof(bytes)));
    evc_encode_base64(&plain, evc_view_of(bytes, sizeof(bytes)));
    for (size_t i = 0; i < plain.size; i++) {
        if (plain.data[i] == '+')
            plain.data[i] = '-';
        else if (plain.data[i] == '/')
            plain.data[i] = '_';
    }
    ck_assert_uint_eq(url.size, plain.size - 2); /* its padding */
    ck_assert_mem_eq(url.data, plain.data, url.size);
    evc_buf_reset(&url);
    evc_buf_reset(&plain);
}
END_TEST

static const char *const bad_base64url[] = {
    "A", "A+z/4ME", "A-z_4ME=", "Zg==", "Zh", "Zm9v\n", "Zm 9v", "Zm9\xc3",
};

START_TEST(base64url_rejects_what_is_not_canonical)
{
    uint8_t out[9];
    size_t size = 99;

    EVC_CHECK_CODE(evc_decode_base64url(evc_view_text(bad_base64url[_i]), out,
                                        sizeof(out), &size, NULL),
                   ENVCRYPT_E_ENCODING);
    ck_assert_uint_eq(size, 0);
}
END_TEST

/* Four characters are canonical exactly when encoding what they decode to gives them
 * back. */
START_TEST(base64_reads_only_what_it_would_write)
{
    static const char alphabet[] = "AQgwZ019+/=-_ \n";
    const size_t n = sizeof(alphabet) - 1;
    size_t accepted = 0;

    for (size_t i = 0; i < n * n * n * n; i++) {
        char text[5] = {alphabet[i % n], alphabet[i / n % n], alphabet[i / n / n % n],
                        alphabet[i / n / n / n], 0};
        char again[4];
        uint8_t out[3];
        size_t size;
        evc_buf b;

        if (evc_decode_base64(evc_view_text(text), out, 3, &size, NULL))
            continue;
        accepted++;
        evc_buf_init_fixed(&b, again, sizeof(again));
        evc_encode_base64(&b, evc_view_of(out, size));
        ck_assert_msg(evc_view_is_text(evc_buf_view(&b), text), "%s", text);
    }
    /*
     * Of the ten letters (values 0, 16, 32, 48, 25, 52, 53, 61, 62, 63) five end on 00
     * and may stand before "=", four end on 0000 and may stand before "==".
     */
    ck_assert_uint_eq(accepted, 10000 + 100 * 5 + 10 * 4);
}
END_TEST

START_TEST(base64_fits_exactly)
{
    uint8_t out[3];
    size_t size;

    EVC_CHECK_OK(evc_decode_base64(evc_view_text("Zm9v"), out, 3, &size, NULL));
    ck_assert_uint_eq(size, 3);
}
END_TEST

START_TEST(base64_refuses_one_byte_more_than_fits)
{
    uint8_t out[2];
    size_t size;

    EVC_CHECK_CODE(evc_decode_base64(evc_view_text("Zm9v"), out, 2, &size, NULL),
                   ENVCRYPT_E_ENCODING);
    ck_assert_uint_eq(size, 0);
}
END_TEST

START_TEST(failed_base64_wipes_the_output)
{
    uint8_t out[8] = {1, 1, 1, 1, 1, 1, 1, 1};
    size_t size;

    EVC_CHECK_CODE(evc_decode_base64(evc_view_text("Zm9vZm9!"), out, 8, &size, NULL),
                   ENVCRYPT_E_ENCODING);
    ck_assert(evc_mem_is_zero(out, 8));
}
END_TEST

static const char *const bad_hex[] = {"6",   "666",  "6g", "g6",   "6 ",
                                      " 66", "66\n", "0x", "6:66", "66666"};

START_TEST(hex_rejects_what_is_not_pairs_of_digits)
{
    size_t size = strlen(bad_hex[_i]) / 2;
    uint8_t out[16] = {0};

    EVC_CHECK_CODE(evc_decode_hex(evc_view_text(bad_hex[_i]), out, size, NULL),
                   ENVCRYPT_E_ENCODING);
}
END_TEST

START_TEST(hex_reads_only_digits)
{
    for (unsigned i = 0; i < 65536; i++) {
        const uint8_t text[2] = {(uint8_t)(i >> 8), (uint8_t)i};
        bool digits = text[0] && strchr("0123456789abcdefABCDEF", text[0]) && text[1] &&
                      strchr("0123456789abcdefABCDEF", text[1]);
        uint8_t out;

        ck_assert_msg((evc_decode_hex(evc_view_of(text, 2), &out, 1, NULL) == 0) ==
                          digits,
                      "%04x", i);
    }
}
END_TEST

START_TEST(hex_refuses_fewer_and_more_bytes_than_asked)
{
    uint8_t out[3];

    EVC_CHECK_CODE(evc_decode_hex(evc_view_text("6666"), out, 1, NULL),
                   ENVCRYPT_E_ENCODING);
    EVC_CHECK_CODE(evc_decode_hex(evc_view_text("6666"), out, 3, NULL),
                   ENVCRYPT_E_ENCODING);
    EVC_CHECK_CODE(evc_decode_hex(evc_view_text(""), out, 1, NULL),
                   ENVCRYPT_E_ENCODING);
}
END_TEST

START_TEST(failed_hex_wipes_the_output)
{
    uint8_t out[4] = {1, 1, 1, 1};

    EVC_CHECK_CODE(evc_decode_hex(evc_view_text("666666zz"), out, 4, NULL),
                   ENVCRYPT_E_ENCODING);
    ck_assert(evc_mem_is_zero(out, 4));
}
END_TEST

START_TEST(messages_do_not_show_the_text)
{
    uint8_t out[8];
    size_t size;
    evc_error *err = NULL;

    EVC_CHECK_CODE(evc_decode_base64(evc_view_text("secret!!"), out, 8, &size, &err),
                   ENVCRYPT_E_ENCODING);
    ck_assert_ptr_null(strstr(evc_error_message(err), "secret"));
    EVC_CHECK_CODE(evc_decode_hex(evc_view_text("secret!!"), out, 4, &err),
                   ENVCRYPT_E_ENCODING);
    ck_assert_ptr_null(strstr(evc_error_message(err), "secret"));
    evc_error_free(err);
}
END_TEST

/* Around the pieces in which the work is done. */
START_TEST(long_input_goes_there_and_back)
{
    uint8_t bytes[100];
    uint8_t back[100];
    evc_buf b;

    for (size_t i = 0; i < sizeof(bytes); i++)
        bytes[i] = (uint8_t)(i * 7);
    evc_buf_init(&b);
    for (size_t size = 0; size <= sizeof(bytes); size++) {
        size_t made;

        evc_buf_clear(&b);
        evc_encode_base64(&b, evc_view_of(bytes, size));
        ck_assert_uint_eq(b.size, evc_encode_base64_size(size));
        EVC_CHECK_OK(evc_decode_base64(evc_buf_view(&b), back, size, &made, NULL));
        ck_assert_uint_eq(made, size);
        ck_assert(memcmp(back, bytes, size) == 0);
        evc_buf_clear(&b);
        evc_encode_hex(&b, evc_view_of(bytes, size));
        EVC_CHECK_OK(evc_decode_hex(evc_buf_view(&b), back, size, NULL));
        ck_assert(memcmp(back, bytes, size) == 0);
    }
    evc_buf_reset(&b);
}
END_TEST

START_TEST(writes_into_room_without_a_nul)
{
    char memory[8];
    evc_buf b;

    evc_buf_init_fixed(&b, memory, sizeof(memory));
    evc_encode_base64(&b, evc_view_text("foobar"));
    EVC_CHECK_OK(evc_buf_check(&b, NULL));
}
END_TEST

START_TEST(writes_nothing_where_not_all_fits)
{
    char memory[7];
    evc_buf b;

    evc_buf_init_fixed(&b, memory, sizeof(memory));
    evc_encode_base64(&b, evc_view_text("foobar"));
    EVC_CHECK_CODE(evc_buf_check(&b, NULL), ENVCRYPT_E_BUFFER_TOO_SMALL);
    ck_assert_uint_eq(b.size, 0);
}
END_TEST

#define X64 "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx"

static const struct {
    const char *text, *shown;
} shown_rows[] = {
    {"", ""},
    {"plain \"text\" ~", "plain \"text\" ~"},
    {"a\nb\x7f", "a\\x0ab\\x7f"},
    {"back\\slash", "back\\x5cslash"},
    {"\xc3\xa4", "\\xc3\\xa4"},
    {X64, X64},
    {X64 "x", X64 "..."},
};

START_TEST(shown_text_is_printable_and_short)
{
    char out[EVC_SHOWN];

    evc_encode_shown(evc_view_text(shown_rows[_i].text), out);
    ck_assert_str_eq(out, shown_rows[_i].shown);
}
END_TEST

START_TEST(shown_text_fits_at_its_longest)
{
    uint8_t bytes[65];
    char out[EVC_SHOWN];

    memset(bytes, 0xff, sizeof(bytes));
    evc_encode_shown(evc_view_of(bytes, sizeof(bytes)), out);
    ck_assert_uint_eq(strlen(out), 64 * 4 + 3);
}
END_TEST

static void
add_loop(Suite *suite, const char *name, const TTest *test, size_t count)
{
    TCase *tcase = tcase_create(name);

    tcase_add_loop_test(tcase, test, 0, (int)count);
    suite_add_tcase(suite, tcase);
}

#define COUNT(rows) (sizeof(rows) / sizeof((rows)[0]))

static void
add_tests(Suite *suite)
{
    const TTest *const base64[] = {
        base64_reads_only_what_it_would_write,
        base64_fits_exactly,
        base64url_reads_the_vector_of_its_rfc,
        base64url_is_written_without_padding_and_read_again,
        long_base64url_is_that_of_base64_with_other_characters,
        base64_refuses_one_byte_more_than_fits,
        failed_base64_wipes_the_output,
        NULL};
    const TTest *const hex[] = {hex_reads_only_digits,
                                hex_refuses_fewer_and_more_bytes_than_asked,
                                failed_hex_wipes_the_output, NULL};
    const TTest *const other[] = {
        long_input_goes_there_and_back, messages_do_not_show_the_text,
        writes_into_room_without_a_nul, writes_nothing_where_not_all_fits,
        shown_text_fits_at_its_longest, NULL};

    evc_check_add(suite, "base64", base64);
    evc_check_add(suite, "hex", hex);
    evc_check_add(suite, "other", other);
    add_loop(suite, "base64 out", base64_writes_the_vectors, COUNT(vectors));
    add_loop(suite, "base64 in", base64_reads_the_vectors, COUNT(vectors));
    add_loop(suite, "hex out", hex_writes_the_vectors, COUNT(vectors));
    add_loop(suite, "hex in", hex_reads_the_vectors, COUNT(vectors));
    add_loop(suite, "bad base64", base64_rejects_what_is_not_canonical,
             COUNT(bad_base64));
    add_loop(suite, "bad base64url", base64url_rejects_what_is_not_canonical,
             COUNT(bad_base64url));
    add_loop(suite, "bad hex", hex_rejects_what_is_not_pairs_of_digits, COUNT(bad_hex));
    add_loop(suite, "shown", shown_text_is_printable_and_short, COUNT(shown_rows));
}

EVC_TEST_MAIN("encode", add_tests)
