/* SPDX-License-Identifier: Apache-2.0 */
#include "kms/store_writer.h"

#include "evc-alloc.h"
#include "store-fixture.h"

static const uint8_t store_id[EVC_STORE_ID] = {0xab};
static evc_store_data *data;
static evc_buf text;

static void
begin(void)
{
    evc_store_version *version;
    evc_store_key *key;
    evc_protector *protector;

    open_fixture();
    evc_buf_init(&text);
    EVC_CHECK_OK(evc_store_data_new(store_id, "store", 0, &data, NULL));
    protector = evc_store_data_add_protector(data, ENVCRYPT_PROTECTOR_RAW_KEY);
    evc_buf_put_text(&protector->wrapped, "\x01\x02");
    key = evc_store_data_add_key(data, "k", ENVCRYPT_KIND_BRANCH);
    version = evc_store_key_add_version(key);
    version->uuid[0] = 0xfe;
    version->state = ENVCRYPT_KEY_DESTROYED;
    version = evc_store_key_add_version(key);
    version->wrapped_size = 2;
    version->created_ms = 86400000;
}

static void
end(void)
{
    evc_buf_reset(&text);
    evc_store_data_unref(data);
    close_fixture();
}

#define ZEROS8 "0000000000000000"
#define ZEROS16 ZEROS8 ZEROS8
#define ZEROS24 ZEROS16 ZEROS8

static const char expected[] =
    "{\n"
    "  \"format\": 1,\n"
    "  \"type\": \"envcrypt-keystore\",\n"
    "  \"id\": \"ab000000000000000000000000000000\",\n"
    "  \"name\": \"store\",\n"
    "  \"created\": \"1970-01-01T00:00:00Z\",\n"
    "  \"protectors\": [\n"
    "    {\n"
    "      \"id\": \"" ZEROS8 "\",\n"
    "      \"type\": \"raw-key\",\n"
    "      \"created\": \"1970-01-01T00:00:00Z\",\n"
    "      \"salt\": \"" ZEROS16 "\",\n"
    "      \"nonce\": \"" ZEROS24 "\",\n"
    "      \"wrapped\": \"0102\"\n"
    "    }\n"
    "  ],\n"
    "  \"keys\": [\n"
    "    {\n"
    "      \"name\": \"k\",\n"
    "      \"kind\": \"branch\",\n"
    "      \"versions\": [\n"
    "        {\n"
    "          \"version\": 1,\n"
    "          \"state\": \"destroyed\",\n"
    "          \"created\": \"1970-01-01T00:00:00Z\",\n"
    "          \"branch-version\": \"fe000000-0000-0000-0000-000000000000\"\n"
    "        },\n"
    "        {\n"
    "          \"version\": 2,\n"
    "          \"state\": \"enabled\",\n"
    "          \"created\": \"1970-01-02T00:00:00Z\",\n"
    "          \"branch-version\": \"00000000-0000-0000-0000-000000000000\",\n"
    "          \"nonce\": \"" ZEROS24 "\",\n"
    "          \"wrapped\": \"0000\"\n"
    "        }\n"
    "      ]\n"
    "    }\n"
    "  ],\n";

static void
check_text(const char *wanted)
{
    evc_buf_put_u8(&text, 0);
    EVC_CHECK_OK(evc_buf_check(&text, NULL));
    ck_assert_str_eq((const char *)text.data, wanted);
}

START_TEST(writes_all_that_the_mac_covers)
{
    EVC_CHECK_OK(evc_store_write(data, &text, NULL));
    check_text(expected);
}
END_TEST

START_TEST(the_line_of_the_mac_ends_the_file)
{
    uint8_t mac[EVC_STORE_MAC] = {0xc0};

    evc_store_write_mac(mac, &text);
    ck_assert_uint_eq(text.size, EVC_STORE_MAC_LINE);
    check_text("  \"mac\": \"c000000000000000" ZEROS24 "\"\n}\n");
}
END_TEST

START_TEST(writes_what_an_imported_key_is_called)
{
    static char name_space[] = "th\"em";
    static char key_name[] = "ä";
    evc_store_key *key = evc_store_data_add_key(data, "i", ENVCRYPT_KIND_IMPORTED);
    evc_store_key saved = *key;

    key->name_space = name_space;
    key->key_name = key_name;
    key->writes = true;
    EVC_CHECK_OK(evc_store_write(data, &text, NULL));
    evc_buf_put_u8(&text, 0);
    ck_assert_ptr_nonnull(strstr((const char *)text.data,
                                 "      \"name\": \"i\",\n"
                                 "      \"kind\": \"imported\",\n"
                                 "      \"namespace\": \"th\\\"em\",\n"
                                 "      \"key-name\": \"ä\",\n"
                                 "      \"writes\": true,\n"
                                 "      \"versions\": []\n"));
    *key = saved;
}
END_TEST

static int
write_once(void *user)
{
    int rc = evc_store_write(data, &text, NULL);

    (void)user;
    evc_buf_reset(&text);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    ck_assert_uint_gt(evc_alloc_sweep(write_once, NULL), 0);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        writes_all_that_the_mac_covers,
        the_line_of_the_mac_ends_the_file,
        writes_what_an_imported_key_is_called,
        survives_memory_that_runs_out,
        NULL,
    };
    TCase *tcase = tcase_create("store_writer");

    tcase_add_checked_fixture(tcase, begin, end);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("store_writer", add_tests)
