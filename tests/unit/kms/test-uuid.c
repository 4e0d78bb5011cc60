/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/uuid.h"

#include "evc-check.h"

/* The example of RFC 9562, appendix A.3. */
static const char example[] = "919108f7-52d1-4320-9bac-f847db4148a8";
static const uint8_t example_bytes[16] = {0x91, 0x91, 0x08, 0xf7, 0x52, 0xd1,
                                          0x43, 0x20, 0x9b, 0xac, 0xf8, 0x47,
                                          0xdb, 0x41, 0x48, 0xa8};

START_TEST(writes_the_example)
{
    char out[EVC_UUID_TEXT];

    evc_uuid_format(example_bytes, out);
    ck_assert_str_eq(out, example);
}
END_TEST

START_TEST(reads_the_example)
{
    uint8_t out[16];

    ck_assert(evc_uuid_parse(evc_view_text(example), out));
    ck_assert_mem_eq(out, example_bytes, 16);
}
END_TEST

START_TEST(reads_upper_case)
{
    uint8_t out[16];

    ck_assert(
        evc_uuid_parse(evc_view_text("919108F7-52D1-4320-9BAC-F847DB4148A8"), out));
    ck_assert_mem_eq(out, example_bytes, 16);
}
END_TEST

/* Every character in turn is replaced by one that fits nowhere. */
START_TEST(rejects_a_wrong_character_anywhere)
{
    static const char wrong[] = "g/:@G`";
    uint8_t out[16];

    for (size_t i = 0; i < sizeof(example) - 1; i++) {
        for (size_t j = 0; j < sizeof(wrong) - 1; j++) {
            char text[EVC_UUID_TEXT];

            memcpy(text, example, sizeof(text));
            text[i] = wrong[j];
            ck_assert(!evc_uuid_parse(evc_view_text(text), out));
        }
    }
}
END_TEST

START_TEST(rejects_dashes_elsewhere)
{
    uint8_t out[16];

    ck_assert(
        !evc_uuid_parse(evc_view_text("9191-08f752d1-4320-9bac-f847db4148a8"), out));
}
END_TEST

START_TEST(rejects_other_lengths)
{
    uint8_t out[16];

    ck_assert(!evc_uuid_parse(evc_view_of(example, 35), out));
    ck_assert(!evc_uuid_parse(evc_view_of(example, 37), out));
    ck_assert(!evc_uuid_parse(evc_view_text(""), out));
    ck_assert(!evc_uuid_parse(evc_view_text("919108f752d143209bacf847db4148a8"), out));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {writes_the_example,
                                  reads_the_example,
                                  reads_upper_case,
                                  rejects_a_wrong_character_anywhere,
                                  rejects_dashes_elsewhere,
                                  rejects_other_lengths,
                                  NULL};

    evc_check_add(suite, "uuid", tests);
}

EVC_TEST_MAIN("uuid", add_tests)
