/* SPDX-License-Identifier: Apache-2.0 */
#include "protector-fixture.h"

#define TYPE (&evc_protector_passphrase)

static int
make(const char *passphrase)
{
    evc_protectors *list = passphrase_list(passphrase);
    int rc = make_protector(TYPE, list);

    evc_protectors_free(list);
    return rc;
}

static int
open_by(const char *passphrase)
{
    evc_protectors *list = passphrase_list(passphrase);
    int rc = open_protector(TYPE, list);

    evc_protectors_free(list);
    return rc;
}

START_TEST(opens_after_a_way_through_the_file)
{
    EVC_CHECK_OK(make(PASSPHRASE));
    write_and_read(TYPE);
    EVC_CHECK_OK(open_by(PASSPHRASE));
}
END_TEST

START_TEST(another_passphrase_does_not_open)
{
    EVC_CHECK_OK(make(PASSPHRASE));
    EVC_CHECK_CODE(open_by(PASSPHRASE "!"), EVC_NOT_AUTHENTIC);
}
END_TEST

START_TEST(takes_the_costs_of_the_list)
{
    evc_protectors *list = passphrase_list(PASSPHRASE);

    EVC_CHECK_OK(evc_protectors_set_argon2(list, 2, TEST_KIB + 1, NULL));
    EVC_CHECK_OK(make_protector(TYPE, list));
    ck_assert_uint_eq(protector.passes, 2);
    ck_assert_uint_eq(protector.memory_kib, TEST_KIB + 1);
    evc_protectors_free(list);
}
END_TEST

START_TEST(wraps_under_a_new_salt)
{
    uint8_t old[EVC_PROTECTOR_SALT];

    EVC_CHECK_OK(make(PASSPHRASE));
    memcpy(old, protector.salt, sizeof(old));
    evc_protector_reset(&protector);
    EVC_CHECK_OK(make(PASSPHRASE));
    ck_assert_mem_ne(old, protector.salt, sizeof(old));
}
END_TEST

START_TEST(proves_the_origin)
{
    ck_assert(TYPE->proves_origin);
}
END_TEST

#define WITH(passes, memory)                                         \
    "{'salt': '" HEX16 "', 'nonce': '" HEX24 "', 'wrapped': '" HEX48 \
    "', 'passes': " passes ", 'memory-kib': " memory "}"

START_TEST(reads_costs_at_the_limits)
{
    EVC_CHECK_OK(read_text(TYPE, WITH("1", "8192")));
    EVC_CHECK_OK(read_text(TYPE, WITH("16", "1048576")));
}
END_TEST

START_TEST(refuses_costs_past_the_limits)
{
    static const char *const texts[] = {WITH("0", "8192"),
                                        WITH("17", "8192"),
                                        WITH("1", "8191"),
                                        WITH("1", "1048577"),
                                        WITH("4294967297", "8192"),
                                        WITH("1", "4294975488"),
                                        WITH("9223372036854775807", "8192")};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        EVC_CHECK_CODE(read_text(TYPE, texts[i]), ENVCRYPT_E_STORE_KDF);
}
END_TEST

START_TEST(refuses_what_is_malformed)
{
    static const char *const texts[] = {
        WITH("'1'", "8192"),
        WITH("1.5", "8192"),
        WITH("-1", "8192"),
        "{'salt': '" HEX16 "', 'nonce': '" HEX24 "', 'wrapped': '" HEX48
        "', 'passes': 1}",
        "{'salt': '" HEX8 "', 'nonce': '" HEX24 "', 'wrapped': '" HEX48
        "', 'passes': 1, 'memory-kib': 8192}",
        "{'salt': '" HEX16 "', 'nonce': '" HEX16 "', 'wrapped': '" HEX48
        "', 'passes': 1, 'memory-kib': 8192}",
        "{'salt': '" HEX16 "', 'nonce': '" HEX24 "', 'wrapped': '" HEX48
        "00', 'passes': 1, 'memory-kib': 8192}"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        EVC_CHECK_CODE(read_text(TYPE, texts[i]), ENVCRYPT_E_JSON);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        opens_after_a_way_through_the_file,
        another_passphrase_does_not_open,
        takes_the_costs_of_the_list,
        wraps_under_a_new_salt,
        proves_the_origin,
        reads_costs_at_the_limits,
        refuses_costs_past_the_limits,
        refuses_what_is_malformed,
        NULL,
    };

    protector_add(suite, "protector_passphrase", tests);
}

EVC_TEST_MAIN("protector_passphrase", add_tests)
