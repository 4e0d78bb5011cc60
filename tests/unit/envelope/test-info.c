/* SPDX-License-Identifier: Apache-2.0 */
#include "codec/json.h"
#include "envelope-fixture.h"
#include "envelope/info.h"
#include "envelope/record.h"

/* A header as it is read, with EDKs of "toy". */
typedef struct sample {
    evc_header header;
    evc_edk edks[4];
    char infos[4][32];
} sample;

static void
begin_sample(sample *s, int32_t suite)
{
    *s = (sample){0};
    s->header.suite = evc_suite_find((uint16_t)suite);
    s->header.edks = s->edks;
    s->header.frame_length = 4096;
    s->header.size = 333;
    memset(s->header.id, 0x5A, sizeof(s->header.id));
    evc_kv_init(&s->header.context);
}

static void
add_edk(sample *s, const char *info)
{
    evc_edk *edk = &s->edks[s->header.edk_count];
    char *kept = s->infos[s->header.edk_count++];

    (void)snprintf(kept, sizeof(s->infos[0]), "%s", info);
    *edk = (evc_edk){text("toy"), text(kept), text("ciphertext")};
}

static evc_info *
make_info(sample *s)
{
    evc_info *info;

    EVC_CHECK_OK(evc_info_from_header(&s->header, NULL, false, &info, NULL));
    evc_kv_reset(&s->header.context);
    memset(s->infos, 'x', sizeof(s->infos)); /* the info has its own */
    return info;
}

/* Of one message for keys like "a/1", up to a NULL. */
static evc_info *
info_of(int32_t suite, const char *const *keys)
{
    sample s;

    begin_sample(&s, suite);
    for (; *keys; keys++)
        add_edk(&s, *keys);
    return make_info(&s);
}

#define KEYS(...)         \
    (const char *const[]) \
    {                     \
        __VA_ARGS__, NULL \
    }

/* -- content ---------------------------------------------------------------------- */

START_TEST(keeps_what_the_header_says)
{
    evc_info *info;
    sample s;

    begin_sample(&s, ENVCRYPT_SUITE_0478);
    add_pair(&s.header.context, "name", "value");
    add_edk(&s, "a/1");
    add_edk(&s, "b/7");
    info = make_info(&s);
    ck_assert(!info->verified);
    ck_assert_uint_eq(info->suite->id, ENVCRYPT_SUITE_0478);
    ck_assert_uint_eq(info->frame_length, 4096);
    ck_assert_uint_eq(info->header_size, 333);
    ck_assert_uint_eq(info->id[31], 0x5A);
    ck_assert_uint_eq(info->context.pairs.count, 1);
    ck_assert_uint_eq(info->context.size, 2 + 2 + 4 + 2 + 5);
    ck_assert_uint_eq(info->edk_count, 2);
    ck_assert_str_eq(info->edks[0].provider, "toy");
    ck_assert_str_eq(info->edks[1].key_id, "b/7");
    ck_assert(evc_view_is_text(info->edks[1].edk.info, "b/7"));
    ck_assert(evc_view_is_text(info->edks[1].edk.ciphertext, "ciphertext"));
    evc_info_free(info);
}
END_TEST

START_TEST(takes_another_context_than_the_stored_one)
{
    evc_info *info;
    evc_kv whole;
    sample s;

    begin_sample(&s, ENVCRYPT_SUITE_0478);
    add_edk(&s, "a/1");
    evc_kv_init(&whole);
    add_pair(&whole, "given", "again");
    EVC_CHECK_OK(evc_info_from_header(&s.header, &whole, true, &info, NULL));
    evc_kv_reset(&whole);
    ck_assert(info->verified);
    ck_assert_uint_eq(info->context.pairs.count, 1);
    evc_info_free(info);
}
END_TEST

/* A key id of a local key, whose info has binary bytes behind the name. */
START_TEST(a_key_id_ends_with_a_nul)
{
    static const uint8_t iv[12] = {'n', 'o', 't'};
    evc_info *info;
    evc_buf layout;
    sample s;

    begin_sample(&s, ENVCRYPT_SUITE_0478);
    evc_buf_init(&layout);
    evc_edk_raw_aes_info(&layout, text("key/3"), iv);
    s.edks[0] = (evc_edk){text("space"), evc_buf_view(&layout), text("wrapped")};
    s.header.edk_count = 1;
    info = make_info(&s);
    ck_assert_str_eq(info->edks[0].key_id, "key/3");
    ck_assert_uint_eq(info->edks[0].facts.key_id.size, 5);
    evc_info_free(info);
    evc_buf_reset(&layout);
}
END_TEST

START_TEST(tells_version_and_time_of_a_service)
{
    evc_edk_service service = {text("arn:key"), text("v9"), EVC_FORM_HASH, 1700000000};
    evc_info *info;
    evc_buf layout;
    sample s;

    begin_sample(&s, ENVCRYPT_SUITE_0478);
    evc_buf_init(&layout);
    evc_edk_service_info(&layout, &service);
    s.edks[0] = (evc_edk){text("acme"), evc_buf_view(&layout), text("wrapped")};
    s.header.edk_count = 1;
    info = make_info(&s);
    ck_assert_str_eq(info->edks[0].key_id, "arn:key");
    ck_assert_str_eq(info->edks[0].facts.key_version, "v9");
    ck_assert_int_eq(info->edks[0].facts.wrapped_ms, INT64_C(1700000000000));
    evc_info_free(info);
    evc_buf_reset(&layout);
}
END_TEST

/* -- inspection of bytes ---------------------------------------------------------- */

static evc_buf
make_record(evc_record_purpose purpose)
{
    toy t = {0};
    evc_keyring *keyring = open_keyring(toy_open(&t, "a", TOY_BOTH), NULL, NULL, NULL);
    uint8_t key[32] = {1};
    evc_kv context;
    evc_buf record;

    evc_kv_init(&context);
    add_pair(&context, "table", "users");
    evc_buf_init(&record);
    EVC_CHECK_OK(evc_record_wrap(keyring, evc_view_of(key, 32), purpose, &context, NULL,
                                 &record, NULL));
    evc_kv_reset(&context);
    evc_keyring_unref(keyring);
    return record;
}

START_TEST(inspects_a_record)
{
    evc_buf record = make_record(EVC_RECORD_VALUES);
    evc_info *info;

    EVC_CHECK_OK(evc_info_inspect(evc_buf_view(&record), evc_config_or_default(NULL),
                                  &info, NULL));
    ck_assert_ptr_null(info->suite);
    ck_assert_uint_eq(info->purpose, EVC_RECORD_VALUES);
    ck_assert_uint_eq(info->header_size, record.size);
    ck_assert_uint_eq(info->edk_count, 1);
    evc_info_free(info);
    evc_buf_reset(&record);
}
END_TEST

static evc_buf
make_header(void)
{
    evc_header header = {.suite = evc_suite_find(ENVCRYPT_SUITE_0478),
                         .frame_length = 4096};
    evc_edk edk = {text("toy"), text("a/1"), text("wrapped")};
    evc_buf edks;
    evc_buf bytes;

    evc_buf_init(&edks);
    evc_buf_init(&bytes);
    evc_edk_write(&edk, &edks);
    evc_header_write(&header, &header.context, evc_buf_view(&edks), 1, &bytes);
    (void)evc_buf_extend(&bytes, EVC_HEADER_TAG);
    evc_buf_reset(&edks);
    return bytes;
}

START_TEST(inspects_the_beginning_of_a_message)
{
    evc_buf bytes = make_header();
    size_t size = bytes.size;
    evc_info *info;

    evc_buf_put_text(&bytes, "the body");
    EVC_CHECK_OK(evc_info_inspect(evc_buf_view(&bytes), evc_config_or_default(NULL),
                                  &info, NULL));
    ck_assert_uint_eq(info->header_size, size);
    ck_assert_str_eq(info->edks[0].key_id, "a/1");
    evc_info_free(info);
    evc_buf_reset(&bytes);
}
END_TEST

START_TEST(says_when_the_header_is_not_all_there)
{
    evc_buf bytes = make_header();
    evc_info *info;

    for (size_t size = 0; size < bytes.size; size++) {
        EVC_CHECK_CODE(evc_info_inspect(evc_view_of(bytes.data, size),
                                        evc_config_or_default(NULL), &info, NULL),
                       ENVCRYPT_E_TRUNCATED);
        ck_assert_ptr_null(info);
    }
    evc_buf_reset(&bytes);
}
END_TEST

START_TEST(says_what_is_no_message)
{
    evc_info *info;

    EVC_CHECK_CODE(
        evc_info_inspect(text("plain text"), evc_config_or_default(NULL), &info, NULL),
        ENVCRYPT_E_NOT_A_MESSAGE);
    EVC_CHECK_CODE(
        evc_info_inspect(text("EK\x01"), evc_config_or_default(NULL), &info, NULL),
        ENVCRYPT_E_RECORD);
}
END_TEST

/* -- JSON ------------------------------------------------------------------------- */

static evc_json_doc *
to_json(const evc_info *info)
{
    evc_json_doc *doc;
    evc_buf json;

    evc_buf_init(&json);
    EVC_CHECK_OK(evc_info_to_json(info, &json, NULL));
    EVC_CHECK_OK(evc_json_parse(evc_buf_view(&json), "info", &doc, NULL));
    evc_buf_reset(&json);
    return doc;
}

static const char *
member(const evc_json *of, const char *name)
{
    const char *value = NULL;

    EVC_CHECK_OK(evc_json_text_opt(of, name, &value, NULL));
    return value ? value : "(none)";
}

START_TEST(a_message_as_json)
{
    evc_json_doc *doc;
    const evc_json *edks;
    evc_info *info;
    int64_t number;

    info = info_of(ENVCRYPT_SUITE_0578, KEYS("a/1", "b/1"));
    doc = to_json(info);
    ck_assert_str_eq(member(evc_json_root(doc), "type"), "message");
    ck_assert_str_eq(member(evc_json_root(doc), "suite"), "0x0578");
    EVC_CHECK_OK(evc_json_integer(evc_json_root(doc), "frame_length", 0, 1 << 20,
                                  &number, NULL));
    ck_assert_int_eq(number, 4096);
    EVC_CHECK_OK(
        evc_json_array(evc_json_root(doc), "encrypted_data_keys", &edks, NULL));
    ck_assert_uint_eq(evc_json_count(edks), 2);
    ck_assert_str_eq(member(evc_json_at(edks, 1), "key_id"), "b/1");
    ck_assert_str_eq(member(evc_json_at(edks, 1), "key_version"), "(none)");
    evc_json_free(doc);
    evc_info_free(info);
}
END_TEST

START_TEST(a_record_as_json)
{
    evc_buf record = make_record(EVC_RECORD_VALUES);
    evc_json_doc *doc;
    const evc_json *pairs;
    evc_info *info;

    EVC_CHECK_OK(evc_info_inspect(evc_buf_view(&record), evc_config_or_default(NULL),
                                  &info, NULL));
    doc = to_json(info);
    ck_assert_str_eq(member(evc_json_root(doc), "type"), "wrapped-key record");
    ck_assert_str_eq(member(evc_json_root(doc), "purpose"), "small values");
    EVC_CHECK_OK(
        evc_json_array(evc_json_root(doc), "encryption_context", &pairs, NULL));
    ck_assert_str_eq(member(evc_json_at(pairs, 0), "value"), "users");
    evc_json_free(doc);
    evc_info_free(info);
    evc_buf_reset(&record);
}
END_TEST

START_TEST(key_ids_that_are_no_text_are_base64)
{
    const evc_json *edks;
    evc_json_doc *doc;
    evc_info *info = info_of(ENVCRYPT_SUITE_0478, KEYS("\xff\xfe"));

    doc = to_json(info);
    EVC_CHECK_OK(
        evc_json_array(evc_json_root(doc), "encrypted_data_keys", &edks, NULL));
    ck_assert_str_eq(member(evc_json_at(edks, 0), "key_id"), "(none)");
    ck_assert_str_eq(member(evc_json_at(edks, 0), "key_id_base64"), "//4=");
    evc_json_free(doc);
    evc_info_free(info);
}
END_TEST

/* -- rotation --------------------------------------------------------------------- */

static toy services[3];
static evc_keyring *keyring; /* generator "a", recipient "b" */

static void
open_rotation(void)
{
    open_crypto();
    memset(services, 0, sizeof(services));
    keyring = open_keyring(toy_open(&services[0], "a", TOY_BOTH),
                           toy_open(&services[1], "b", TOY_BOTH), NULL, NULL);
}

static void
close_rotation(void)
{
    evc_keyring_unref(keyring);
    close_crypto();
}

static int32_t
needs(evc_info *info, int64_t max_age_ms)
{
    int32_t answer = evc_info_needs_rewrap(info, keyring, WALL_MS, max_age_ms);

    evc_info_free(info);
    return answer;
}

START_TEST(tells_which_edk_is_current)
{
    evc_info *info = info_of(ENVCRYPT_SUITE_0478, KEYS("a/0", "b/1", "c/1"));

    ck_assert_int_eq(evc_info_edk_is_current(info, 0, keyring), ENVCRYPT_NO);
    ck_assert_int_eq(evc_info_edk_is_current(info, 1, keyring), ENVCRYPT_YES);
    ck_assert_int_eq(evc_info_edk_is_current(info, 2, keyring), ENVCRYPT_UNKNOWN);
    ck_assert_int_eq(evc_info_edk_is_current(info, 3, keyring), ENVCRYPT_UNKNOWN);
    evc_info_free(info);
}
END_TEST

START_TEST(a_current_message_needs_nothing)
{
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1")), -1),
                     ENVCRYPT_NO);
}
END_TEST

START_TEST(a_stale_version_needs_a_rewrap)
{
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/0")), -1),
                     ENVCRYPT_YES);
}
END_TEST

START_TEST(an_unknown_version_is_never_guessed)
{
    services[1].ignores_versions = true;
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/0")), -1),
                     ENVCRYPT_UNKNOWN);
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/0", "b/0")), -1),
                     ENVCRYPT_YES);
}
END_TEST

START_TEST(other_recipients_need_a_rewrap)
{
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1")), -1),
                     ENVCRYPT_YES);
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1", "c/1")), -1),
                     ENVCRYPT_YES);
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "c/1")), -1),
                     ENVCRYPT_YES);
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "a/1")), -1),
                     ENVCRYPT_YES);
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1", "a/1")), -1),
                     ENVCRYPT_YES);
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("b/1", "a/1")), -1),
                     ENVCRYPT_NO);
}
END_TEST

START_TEST(a_key_that_only_opens_is_no_recipient)
{
    evc_info *both = info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1"));
    evc_info *one = info_of(ENVCRYPT_SUITE_0478, KEYS("a/1"));

    evc_keyring_unref(keyring);
    keyring = open_keyring(toy_open(&services[0], "a", TOY_BOTH),
                           toy_open(&services[1], "b", ENVCRYPT_OP_UNWRAP), NULL, NULL);
    ck_assert(evc_info_recipients_differ(both, keyring));
    ck_assert(!evc_info_recipients_differ(one, keyring));
    evc_info_free(both);
    evc_info_free(one);
}
END_TEST

START_TEST(without_a_generator_all_keys_are_wanted)
{
    evc_info *both = info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1"));
    evc_info *one = info_of(ENVCRYPT_SUITE_0478, KEYS("a/1"));

    evc_keyring_unref(keyring);
    keyring = open_keyring(NULL, toy_open(&services[0], "a", ENVCRYPT_OP_UNWRAP),
                           toy_open(&services[1], "b", TOY_BOTH), NULL);
    ck_assert(!evc_info_recipients_differ(both, keyring));
    ck_assert(evc_info_recipients_differ(one, keyring));
    evc_info_free(both);
    evc_info_free(one);
}
END_TEST

START_TEST(a_suite_that_does_not_commit_needs_a_rewrap)
{
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0178, KEYS("a/1", "b/1")), -1),
                     ENVCRYPT_YES);
}
END_TEST

START_TEST(age_is_measured_against_the_limit)
{
    services[0].age_from_ms = WALL_MS - 1000;
    services[1].age_from_ms = WALL_MS;
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1")), 1000),
                     ENVCRYPT_NO);
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1")), 999),
                     ENVCRYPT_YES);
}
END_TEST

START_TEST(an_unknown_age_is_unknown_only_where_age_counts)
{
    services[0].age_from_ms = WALL_MS;
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1")), 1000),
                     ENVCRYPT_UNKNOWN);
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1")), -1),
                     ENVCRYPT_NO);
}
END_TEST

START_TEST(a_time_ahead_of_the_clock_is_no_age)
{
    services[0].age_from_ms = WALL_MS + 5000;
    services[1].age_from_ms = WALL_MS;
    ck_assert_int_eq(needs(info_of(ENVCRYPT_SUITE_0478, KEYS("a/1", "b/1")), 0),
                     ENVCRYPT_NO);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const content[] = {
        keeps_what_the_header_says,
        takes_another_context_than_the_stored_one,
        a_key_id_ends_with_a_nul,
        tells_version_and_time_of_a_service,
        inspects_a_record,
        inspects_the_beginning_of_a_message,
        says_when_the_header_is_not_all_there,
        says_what_is_no_message,
        a_message_as_json,
        a_record_as_json,
        key_ids_that_are_no_text_are_base64,
        NULL,
    };
    const TTest *const rotation[] = {
        tells_which_edk_is_current,
        a_current_message_needs_nothing,
        a_stale_version_needs_a_rewrap,
        an_unknown_version_is_never_guessed,
        other_recipients_need_a_rewrap,
        a_key_that_only_opens_is_no_recipient,
        without_a_generator_all_keys_are_wanted,
        a_suite_that_does_not_commit_needs_a_rewrap,
        age_is_measured_against_the_limit,
        an_unknown_age_is_unknown_only_where_age_counts,
        a_time_ahead_of_the_clock_is_no_age,
        NULL,
    };
    TCase *tcase = tcase_create("rotation");

    envelope_add(suite, "content", content);
    tcase_add_checked_fixture(tcase, open_rotation, close_rotation);
    for (size_t i = 0; rotation[i]; i++)
        tcase_add_test(tcase, rotation[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("info", add_tests)
