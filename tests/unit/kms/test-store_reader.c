/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_reader.h"

#include "kms/store_writer.h"
#include "store-fixture.h"

#define HEX8 "0011223344556677"
#define HEX16 HEX8 HEX8
#define HEX24 HEX16 HEX8
#define HEX32 HEX16 HEX16
#define HEX40 HEX32 HEX8
#define HEX48 HEX24 HEX24
#define TIME "2026-02-03T04:05:06Z"
#define UUID "00112233-4455-4677-8899-aabbccddeeff"

/* A store's parts with ' for "; a test exchanges one of them. */
#define FORMAT "'format': 1"
#define TYPE "'type': 'envcrypt-keystore'"
#define ID "'id': '" HEX16 "'"
#define NAME "'name': 'store'"
#define CREATED "'created': '" TIME "'"
#define SEALED "'salt': '" HEX16 "', 'nonce': '" HEX24 "', 'wrapped': '" HEX48 "'"
#define RAW_KEY "{'id': '" HEX8 "', 'type': 'raw-key', " CREATED ", " SEALED "}"
#define PROTECTORS "'protectors': [" RAW_KEY "]"
#define WRAPPED "'nonce': '" HEX24 "', 'wrapped': '" HEX48 "'"
#define VERSION "{'version': 1, 'state': 'enabled', " CREATED ", " WRAPPED "}"
#define GONE "{'version': 1, 'state': 'destroyed', " CREATED "}"
#define KEY_OF(versions) "{'name': 'k', 'kind': 'wrap', 'versions': [" versions "]}"
#define FOREIGN "'namespace': 'n', 'key-name': 'x', 'writes': true"
#define IMPORTED_OF(foreign, versions) \
    "{'name': 'i', 'kind': 'imported', " foreign ", 'versions': [" versions "]}"
#define BRANCH_OF(versions) \
    "{'name': 'b', 'kind': 'branch', 'versions': [" versions "]}"
#define HEAD(format, type, id, name, created, protectors) \
    "{\n  " format ", " type ", " id ", " name ", " created ", " protectors ",\n"
#define GOOD_HEAD HEAD(FORMAT, TYPE, ID, NAME, CREATED, PROTECTORS)
#define KEYS(keys) "  'keys': [" keys "],\n"
#define MAC "  'mac': '" HEX32 "'\n}\n"
#define STORE_OF(keys) GOOD_HEAD KEYS(keys) MAC
#define STORE STORE_OF(KEY_OF(VERSION))

static evc_buf file;
static evc_error *error;

/* What opening the text, reading the head and reading the keys give. */
static int
read_bytes(evc_view bytes, evc_store_data **out)
{
    evc_store_text text;
    int rc = evc_store_text_open(bytes, "the-file", &text, &error);

    *out = NULL;
    if (!rc)
        rc = evc_store_read_head(&text, out, &error);
    if (!rc)
        rc = evc_store_read_keys(&text, *out, &error);
    evc_store_text_close(&text);
    return rc;
}

static int
read_store(const char *text)
{
    evc_store_data *data;
    int rc;

    evc_error_free(error);
    error = NULL;
    evc_buf_clear(&file);
    for (; *text; text++)
        evc_buf_put_u8(&file, *text == '\'' ? '"' : (uint8_t)*text);
    rc = read_bytes(evc_buf_view(&file), &data);
    evc_store_data_unref(data);
    return rc;
}

static void
begin(void)
{
    open_fixture();
    evc_buf_init(&file);
}

static void
end(void)
{
    evc_error_free(error);
    error = NULL;
    evc_buf_reset(&file);
    close_fixture();
}

START_TEST(reads_a_small_store)
{
    EVC_CHECK_OK(read_store(STORE));
}
END_TEST

START_TEST(reads_what_the_mac_covers)
{
    evc_store_text text;

    EVC_CHECK_OK(read_store(STORE));
    EVC_CHECK_OK(evc_store_text_open(evc_buf_view(&file), "f", &text, NULL));
    ck_assert_uint_eq(text.covered.size, file.size - EVC_STORE_MAC_LINE);
    ck_assert_uint_eq(text.mac[1], 0x11);
    evc_store_text_close(&text);
}
END_TEST

/* What Python wrote is read, and written again as it would write it but for order. */
START_TEST(reads_the_golden_store)
{
    evc_store_data *data;

    slurp_vector("keystore.json", &file);
    EVC_CHECK_OK(read_bytes(evc_buf_view(&file), &data));
    ck_assert_str_eq(data->name, "golden");
    ck_assert_uint_eq(data->protector_count, 4);
    ck_assert_uint_eq(data->key_count, 3);
    ck_assert_uint_eq(data->keys[0].count, 4);
    ck_assert_int_eq(data->keys[0].versions[0].state, ENVCRYPT_KEY_DESTROYED);
    ck_assert_int_eq(data->keys[0].versions[1].state, ENVCRYPT_KEY_DISABLED);
    ck_assert_str_eq(data->keys[2].name_space, "acme");
    ck_assert_uint_eq(data->keys[2].versions[0].wrapped_size, 32);
    evc_store_data_unref(data);
}
END_TEST

START_TEST(reads_what_the_writer_writes)
{
    static const uint8_t mac[EVC_STORE_MAC];
    evc_store_data *data;
    evc_buf again = {0};

    slurp_vector("keystore.json", &file);
    EVC_CHECK_OK(read_bytes(evc_buf_view(&file), &data));
    evc_buf_clear(&file);
    EVC_CHECK_OK(evc_store_write(data, &file, NULL));
    evc_store_write_mac(mac, &file);
    evc_store_data_unref(data);
    EVC_CHECK_OK(read_bytes(evc_buf_view(&file), &data));
    EVC_CHECK_OK(evc_store_write(data, &again, NULL));
    evc_store_write_mac(mac, &again);
    ck_assert(evc_view_equal(evc_buf_view(&file), evc_buf_view(&again)));
    evc_store_data_unref(data);
    evc_buf_reset(&again);
}
END_TEST

START_TEST(says_that_the_format_is_newer)
{
    EVC_CHECK_CODE(read_store(HEAD("'format': 2", TYPE, ID, NAME, CREATED, PROTECTORS)
                                  KEYS("") MAC),
                   ENVCRYPT_E_STORE_NEWER);
    EVC_CHECK_CODE(read_store("{'format': 2, 'type': 'envcrypt-keystore'}"),
                   ENVCRYPT_E_STORE_NEWER);
}
END_TEST

START_TEST(errors_name_file_and_reason)
{
    EVC_CHECK_CODE(read_store("{'format': 1}"), ENVCRYPT_E_STORE_FORMAT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "the-file"));
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "\"type\""));
}
END_TEST

START_TEST(refuses_what_is_no_key_store)
{
    static const char *const texts[] = {
        "",
        "x",
        "[]",
        "{}",
        "{'format': 1}",
        "{'a': 1, 'format': 1}",
        "{" TYPE ", " FORMAT "}",
        "{'format': 1, 'type': 'keystore'}",
        HEAD(TYPE, FORMAT, ID, NAME, CREATED, PROTECTORS) KEYS("") MAC,
        HEAD("'format': 0", TYPE, ID, NAME, CREATED, PROTECTORS) KEYS("") MAC,
        HEAD("'format': '1'", TYPE, ID, NAME, CREATED, PROTECTORS) KEYS("") MAC,
        "\xef\xbb\xbf" STORE};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        EVC_CHECK_CODE(read_store(texts[i]), ENVCRYPT_E_STORE_FORMAT);
}
END_TEST

START_TEST(refuses_another_last_line)
{
    static const char *const texts[] = {
        GOOD_HEAD KEYS("") "  'mac': '" HEX32 "'\n}",
        GOOD_HEAD KEYS("") "  'mac': '" HEX32 "'\n}\n\n",
        GOOD_HEAD KEYS("") "  'mac': '" HEX32 "' }\n",
        GOOD_HEAD KEYS("") "  'mac' : '" HEX32 "'\n}\n",
        GOOD_HEAD KEYS("") "'mac': '" HEX32 "'\n}\n",
        GOOD_HEAD KEYS("") "  'mac': '" HEX24 HEX8 "00'\n}\n",
        GOOD_HEAD KEYS("") "  'mac': '" HEX24 "00112233445566AA'\n}\n",
        GOOD_HEAD KEYS("") "  'mac': '" HEX24 "001122334455667g'\n}\n",
        GOOD_HEAD "  'mac': '" HEX32 "',\n" KEYS("") "  'x': 1\n}\n",
        GOOD_HEAD "  'mac': '" HEX32 "',\n" KEYS("") MAC};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        EVC_CHECK_CODE(read_store(texts[i]), ENVCRYPT_E_STORE_FORMAT);
}
END_TEST

#define WITH_HEAD(id, name, created, protectors) \
    HEAD(FORMAT, TYPE, id, name, created, protectors) KEYS("") MAC
#define OTHER_RAW_KEY "{'id': '" HEX8 "', 'type': 'key-file', " CREATED ", " SEALED "}"

START_TEST(refuses_a_malformed_head)
{
    static const char *const texts[] = {
        WITH_HEAD("'id': '" HEX8 "'", NAME, CREATED, PROTECTORS),
        WITH_HEAD("'id': 7", NAME, CREATED, PROTECTORS),
        WITH_HEAD(ID, "'name': 'Store'", CREATED, PROTECTORS),
        WITH_HEAD(ID, "'name': 'aws-kms'", CREATED, PROTECTORS),
        WITH_HEAD(ID, "'name': ''", CREATED, PROTECTORS),
        WITH_HEAD(ID, NAME, "'created': 'yesterday'", PROTECTORS),
        WITH_HEAD(ID, NAME, CREATED, "'protectors': []"),
        WITH_HEAD(ID, NAME, CREATED, "'protectors': {}"),
        WITH_HEAD(ID, NAME, CREATED, "'protectors': [7]"),
        WITH_HEAD(ID, NAME, CREATED, "'protectors': [{'type': 'tpm'}]"),
        WITH_HEAD(ID, NAME, CREATED, "'protectors': [" RAW_KEY ", " OTHER_RAW_KEY "]"),
        WITH_HEAD(ID, NAME, CREATED,
                  "'protectors': [{'id': '" HEX16 "', 'type': 'raw-key', " CREATED
                  ", " SEALED "}]"),
        WITH_HEAD(ID, NAME, CREATED,
                  "'protectors': [{'id': '" HEX8 "', 'type': 'raw-key', " CREATED
                  ", 'passes': 1, " SEALED "}]"),
        WITH_HEAD(ID, NAME, CREATED,
                  "'protectors': [{'id': '" HEX8 "', 'type': 'raw-key', " SEALED "}]"),
        WITH_HEAD(ID, NAME, CREATED ", 'more': 1", PROTECTORS)};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        EVC_CHECK_CODE(read_store(texts[i]), ENVCRYPT_E_STORE_FORMAT);
}
END_TEST

#define PASSPHRASE_OF(passes, memory)                                              \
    "'protectors': [{'id': '" HEX8 "', 'type': 'passphrase', " CREATED ", " SEALED \
    ", 'passes': " passes ", 'memory-kib': " memory "}]"

START_TEST(refuses_costs_past_their_limits)
{
    EVC_CHECK_OK(
        read_store(WITH_HEAD(ID, NAME, CREATED, PASSPHRASE_OF("16", "1048576"))));
    EVC_CHECK_CODE(
        read_store(WITH_HEAD(ID, NAME, CREATED, PASSPHRASE_OF("17", "8192"))),
        ENVCRYPT_E_STORE_KDF);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "the-file"));
    EVC_CHECK_CODE(
        read_store(WITH_HEAD(ID, NAME, CREATED, PASSPHRASE_OF("1", "1048577"))),
        ENVCRYPT_E_STORE_KDF);
}
END_TEST

/* n protectors that differ in their ids. */
static int
read_with_protectors(unsigned n)
{
    evc_buf text = {0};
    int rc;

    evc_buf_put_text(&text, "{" FORMAT ", " TYPE ", " ID ", " NAME ", " CREATED
                            ", 'protectors': [");
    for (unsigned i = 0; i < n; i++)
        evc_buf_put_format(
            &text, "%s{'id': '%016x', 'type': 'raw-key', " CREATED ", " SEALED "}",
            i ? ", " : "", i);
    evc_buf_put_text(&text, "],\n" KEYS("") MAC);
    evc_buf_put_u8(&text, 0);
    EVC_CHECK_OK(evc_buf_check(&text, NULL));
    rc = read_store((const char *)text.data);
    evc_buf_reset(&text);
    return rc;
}

START_TEST(a_store_has_at_most_64_protectors)
{
    EVC_CHECK_OK(read_with_protectors(64));
    EVC_CHECK_CODE(read_with_protectors(65), ENVCRYPT_E_STORE_FORMAT);
}
END_TEST

#define BRANCH_VERSION                                                         \
    "{'version': 1, 'state': 'enabled', " CREATED ", 'branch-version': '" UUID \
    "', " WRAPPED "}"
#define SMALL(bytes)                                                   \
    "{'version': 1, 'state': 'enabled', " CREATED ", 'nonce': '" HEX24 \
    "', 'wrapped': '" bytes "'}"

START_TEST(reads_keys_of_each_kind_and_size)
{
    static const char *const texts[] = {
        STORE_OF(""),
        STORE_OF(KEY_OF(GONE)),
        STORE_OF(BRANCH_OF(BRANCH_VERSION)),
        STORE_OF(IMPORTED_OF(FOREIGN, VERSION)),
        STORE_OF(IMPORTED_OF(FOREIGN, SMALL(HEX40))),
        STORE_OF(IMPORTED_OF(FOREIGN, SMALL(HEX32))),
        STORE_OF(IMPORTED_OF(FOREIGN, GONE)),
        STORE_OF(KEY_OF(VERSION) ", " BRANCH_OF(BRANCH_VERSION))};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        EVC_CHECK_OK(read_store(texts[i]));
}
END_TEST

START_TEST(refuses_malformed_keys)
{
    static const char *const texts[] = {
        STORE_OF("7"),
        STORE_OF(KEY_OF("")),
        STORE_OF(KEY_OF("7")),
        GOOD_HEAD "  'keys': {},\n" MAC,
        GOOD_HEAD MAC,
        STORE_OF("{'name': 'K', 'kind': 'wrap', 'versions': [" VERSION "]}"),
        STORE_OF("{'name': 'k', 'kind': 'sign', 'versions': [" VERSION "]}"),
        STORE_OF("{'name': 'k', 'kind': 'wrap', 'current': 1, 'versions': [" VERSION
                 "]}"),
        STORE_OF("{'name': 'k', 'kind': 'wrap', " FOREIGN ", 'versions': [" VERSION
                 "]}"),
        STORE_OF(KEY_OF(VERSION) ", " KEY_OF(VERSION)),
        STORE_OF(IMPORTED_OF("'namespace': 'aws-kms', 'key-name': 'x'", VERSION)),
        STORE_OF(IMPORTED_OF("'namespace': 'n', 'key-name': ''", VERSION)),
        STORE_OF(IMPORTED_OF("'namespace': 'n'", VERSION)),
        STORE_OF(
            IMPORTED_OF("'namespace': 'n', 'key-name': 'x', 'writes': 1", VERSION)),
        STORE_OF(IMPORTED_OF(FOREIGN,
                             VERSION ", {'version': 2, 'state': 'enabled', " CREATED
                                     ", " WRAPPED "}"))};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        EVC_CHECK_CODE(read_store(texts[i]), ENVCRYPT_E_STORE_FORMAT);
}
END_TEST

START_TEST(refuses_malformed_versions)
{
    static const char *const texts[] = {
        KEY_OF("{'version': 2, 'state': 'enabled', " CREATED ", " WRAPPED "}"),
        KEY_OF(VERSION ", " VERSION),
        KEY_OF("{'version': 1, 'state': 'current', " CREATED ", " WRAPPED "}"),
        KEY_OF("{'version': 1, 'state': 'enabled', " WRAPPED "}"),
        KEY_OF("{'version': 1, 'state': 'enabled', " CREATED "}"),
        KEY_OF("{'version': 1, 'state': 'destroyed', " CREATED ", " WRAPPED "}"),
        KEY_OF("{'version': 1, 'state': 'enabled', " CREATED ", 'nonce': '" HEX16
               "', 'wrapped': '" HEX48 "'}"),
        KEY_OF(SMALL(HEX32)),
        KEY_OF(SMALL(HEX48 "00")),
        KEY_OF(SMALL("")),
        KEY_OF(SMALL(HEX48 "0")),
        KEY_OF(BRANCH_VERSION),
        BRANCH_OF(VERSION),
        IMPORTED_OF(FOREIGN, SMALL(HEX24)),
        BRANCH_OF("{'version': 1, 'state': 'enabled', " CREATED
                  ", 'branch-version': '" HEX16 "', " WRAPPED "}")};
    evc_buf text = {0};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        evc_buf_clear(&text);
        evc_buf_put_format(&text, "%s  'keys': [%s],\n%s", GOOD_HEAD, texts[i], MAC);
        evc_buf_put_u8(&text, 0);
        EVC_CHECK_CODE(read_store((const char *)text.data), ENVCRYPT_E_STORE_FORMAT);
    }
    evc_buf_reset(&text);
}
END_TEST

/* Comparing all pairs of so many names would take minutes. */
START_TEST(many_keys_are_read_quickly)
{
    evc_buf text = {0};

    evc_buf_put_text(&text, GOOD_HEAD "  'keys': [");
    for (unsigned i = 0; i < 50000; i++)
        evc_buf_put_format(&text,
                           "%s{'name': 'k%u', 'kind': 'wrap', 'versions': [" GONE "]}",
                           i ? ", " : "", i);
    evc_buf_put_text(&text, "],\n" MAC);
    evc_buf_put_u8(&text, 0);
    EVC_CHECK_OK(evc_buf_check(&text, NULL));
    EVC_CHECK_OK(read_store((const char *)text.data));
    evc_buf_reset(&text);
}
END_TEST

START_TEST(every_shorter_file_is_refused)
{
    evc_store_data *data;

    EVC_CHECK_OK(read_store(STORE));
    for (size_t size = 0; size < file.size; size++) {
        EVC_CHECK_CODE(read_bytes(evc_view_of(file.data, size), &data),
                       ENVCRYPT_E_STORE_FORMAT);
        evc_store_data_unref(data);
    }
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        reads_a_small_store,
        reads_what_the_mac_covers,
        reads_the_golden_store,
        reads_what_the_writer_writes,
        says_that_the_format_is_newer,
        errors_name_file_and_reason,
        refuses_what_is_no_key_store,
        refuses_another_last_line,
        refuses_a_malformed_head,
        refuses_costs_past_their_limits,
        a_store_has_at_most_64_protectors,
        reads_keys_of_each_kind_and_size,
        refuses_malformed_keys,
        refuses_malformed_versions,
        many_keys_are_read_quickly,
        every_shorter_file_is_refused,
        NULL,
    };
    TCase *tcase = tcase_create("store_reader");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("store_reader", add_tests)
