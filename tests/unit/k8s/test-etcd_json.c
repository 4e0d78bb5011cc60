/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd_json.h"

#include "base/mem.h"
#include "envcrypt/k8s.h"
#include "etcd-fixture.h"
#include "evc-alloc.h"

static evc_etcd_json j;

static void
begin(void)
{
    etcd_begin();
    evc_etcd_json_begin(&j, note_pair, NULL);
}

static void
end(void)
{
    evc_etcd_json_reset(&j);
    etcd_end();
}

/* In parts of so many bytes. */
static int
read_in(const char *text, size_t part)
{
    size_t size = strlen(text);
    int rc = 0;

    evc_etcd_json_reset(&j);
    evc_etcd_json_begin(&j, note_pair, NULL);
    evc_buf_clear(&seen);
    for (size_t at = 0; rc == 0 && at < size; at += part)
        rc = evc_etcd_json_feed(
            &j, evc_view_of(&text[at], size - at < part ? size - at : part), &err);
    return rc ? rc : evc_etcd_json_end(&j, &err);
}

static int
read_text(const char *text)
{
    return read_in(text, 7);
}

#define OF_ETCDCTL                                                              \
    "{\"header\":{\"cluster_id\":14841639068965178418,\"member_id\":1,"         \
    "\"revision\":4,\"raft_term\":2},\"kvs\":[{\"key\":\"L2E=\","               \
    "\"create_revision\":2,\"mod_revision\":3,\"version\":1,\"value\":\"MQ==\"" \
    "},{\"key\":\"L2I=\",\"create_revision\":3,\"mod_revision\":4,\"version\":" \
    "1}],\"count\":2}\n"
#define OF_GATEWAY                                                                  \
    "{\"header\":{\"cluster_id\":\"14841639068965178418\",\"member_id\":\"1\","     \
    "\"revision\":\"4\",\"raft_term\":\"2\"},\"kvs\":[{\"key\":\"L2E=\","           \
    "\"create_revision\":\"2\",\"mod_revision\":\"3\",\"version\":\"1\",\"value\":" \
    "\"MQ==\"}],\"more\":true,\"count\":\"2\"}"
#define HEADER "{\"header\":{\"revision\":4},"
#define ONE(fields) HEADER "\"kvs\":[{" fields "}]}"

START_TEST(reads_what_etcdctl_prints)
{
    EVC_CHECK_OK(read_text(OF_ETCDCTL));
    SAW("/a=1@3 /b=@4 ");
    ck_assert_int_eq(j.revision, 4);
    ck_assert_uint_eq(j.pairs, 2);
    ck_assert(!j.more);
}
END_TEST

START_TEST(reads_what_the_gateway_answers)
{
    EVC_CHECK_OK(read_text(OF_GATEWAY));
    SAW("/a=1@3 ");
    ck_assert_int_eq(j.revision, 4);
    ck_assert(j.more);
}
END_TEST

START_TEST(reads_parts_of_any_length)
{
    for (size_t part = 1; part < sizeof(OF_ETCDCTL); part++) {
        EVC_CHECK_OK(read_in(OF_ETCDCTL, part));
        SAW("/a=1@3 /b=@4 ");
    }
}
END_TEST

START_TEST(reads_a_reply_without_keys)
{
    EVC_CHECK_OK(read_text("{\"header\":{\"revision\":4}}"));
    SAW("");
    EVC_CHECK_OK(read_text(HEADER "\"kvs\":null,\"more\":false}"));
    EVC_CHECK_OK(read_text(HEADER "\"kvs\":[]}"));
}
END_TEST

START_TEST(passes_over_what_it_does_not_know)
{
    EVC_CHECK_OK(read_text(HEADER "\"x\":{\"kvs\":[{\"key\":\"L3g=\"}],\"more\":true},"
                                  "\"kvs\":[{\"lease\":{\"key\":[1,{\"key\":2}]},"
                                  "\"key\":\"L2E=\",\"mod_revision\":9}]}"));
    SAW("/a=@9 ");
    ck_assert(!j.more);
}
END_TEST

START_TEST(reads_values_of_any_bytes)
{
    EVC_CHECK_OK(read_text(ONE("\"value\":\"AP8KIg==\",\"key\":\"L2E=\"")));
    ck_assert(evc_view_equal(evc_buf_view(&seen), evc_view_of("/a=\0\xff\n\"@0 ", 10)));
}
END_TEST

START_TEST(reads_text_with_escapes)
{
    EVC_CHECK_OK(
        read_text(ONE("\"\\u006bey\":\"L2\\u0045=\",\"value\":\"\\/\\/\\/\\/\"")));
    ck_assert(
        evc_view_equal(evc_buf_view(&seen), evc_view_of("/a=\xff\xff\xff@0 ", 9)));
}
END_TEST

/* A value of so many bytes of zero, in base64. */
static char *
of_size(size_t size)
{
    size_t text = (size + 2) / 3 * 4;
    char *out = calloc(1, text + 200);
    size_t head;

    ck_assert_ptr_nonnull(out);
    head = (size_t)snprintf(out, 200, HEADER "\"kvs\":[{\"key\":\"L2E=\",\"value\":\"");
    memset(&out[head], 'A', text);
    if (size % 3 == 1)
        memcpy(&out[head + text - 2], "==", 2);
    else if (size % 3 == 2)
        out[head + text - 1] = '=';
    memcpy(&out[head + text], "\"}]}", 5);
    return out;
}

static int
read_of_size(size_t size)
{
    char *text = of_size(size);
    int rc = read_in(text, 60000);

    free(text);
    return rc;
}

START_TEST(reads_values_of_any_length)
{
    for (size_t size = 3 * EVC_ETCD_TEXT / 4 - 5; size < 3 * EVC_ETCD_TEXT / 4 + 5;
         size++) {
        char wanted[32];

        EVC_CHECK_OK(read_of_size(size));
        (void)snprintf(wanted, sizeof(wanted), "/a=[%zu]@0 ", size);
        SAW(wanted);
    }
}
END_TEST

START_TEST(reads_a_value_as_large_as_the_limit)
{
    EVC_CHECK_OK(read_of_size(ENVCRYPT_ETCD_VALUE_MAX));
    SAW("/a=[16777216]@0 ");
}
END_TEST

START_TEST(rejects_a_value_past_the_limit)
{
    EVC_CHECK_CODE(read_of_size((size_t)ENVCRYPT_ETCD_VALUE_MAX + 1), ENVCRYPT_E_JSON);
    SAW("");
    SAYS("larger than any that is read");
}
END_TEST

START_TEST(rejects_keys_and_values_that_are_no_base64)
{
    static const char *const wrong[] = {"A",     "AA",    "AAA",      "AAA*",    "A===",
                                        "AA==A", "AB==",  "AA==AAAA", "AA AAA=", "-_-_",
                                        "\\n",   "AAAAA", "====",     "AA=A"};
    char text[200];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        (void)snprintf(text, sizeof(text), ONE("\"key\":\"L2E=\",\"value\":\"%s\""),
                       wrong[i]);
        EVC_CHECK_CODE(read_text(text), ENVCRYPT_E_JSON);
        (void)snprintf(text, sizeof(text), ONE("\"key\":\"%s\""), wrong[i]);
        EVC_CHECK_CODE(read_text(text), ENVCRYPT_E_JSON);
        SAW("");
    }
}
END_TEST

START_TEST(rejects_padding_between_two_chunks)
{
    char *text = of_size(EVC_ETCD_TEXT);
    char *value = strstr(text, "AAAA");

    value[EVC_ETCD_TEXT - 1] = '=';
    EVC_CHECK_CODE(read_in(text, 60000), ENVCRYPT_E_JSON);
    free(text);
}
END_TEST

START_TEST(rejects_other_types)
{
    static const char *const wrong[] = {
        "[]",
        "[{\"header\":{\"revision\":4}}]",
        "{\"header\":4}",
        "{\"header\":[4]}",
        "{\"header\":{\"revision\":true}}",
        "{\"header\":{\"revision\":{}}}",
        HEADER "\"kvs\":{}}",
        HEADER "\"kvs\":4}",
        HEADER "\"kvs\":[4]}",
        HEADER "\"kvs\":[null]}",
        HEADER "\"kvs\":[[]]}",
        HEADER "\"more\":1}",
        HEADER "\"more\":\"true\"}",
        ONE("\"key\":4"),
        ONE("\"key\":null"),
        ONE("\"key\":[\"L2E=\"]"),
        ONE("\"key\":\"L2E=\",\"value\":4"),
        ONE("\"key\":\"L2E=\",\"mod_revision\":null"),
        ONE("\"key\":\"L2E=\",\"create_revision\":[]"),
    };

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        int rc = read_text(wrong[i]);

        ck_assert_msg(rc == ENVCRYPT_E_JSON, "%s gave %s", wrong[i],
                      envcrypt_error_name(rc));
        SAW("");
    }
}
END_TEST

START_TEST(rejects_revisions_that_are_none)
{
    static const char *const wrong[] = {
        "-1",   "1.5",   "1e3",    "9223372036854775808",
        "\"\"", "\"x\"", "\"-1\"", "\"123456789012345678901234\""};
    char text[200];

    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        (void)snprintf(text, sizeof(text), ONE("\"key\":\"L2E=\",\"mod_revision\":%s"),
                       wrong[i]);
        EVC_CHECK_CODE(read_text(text), ENVCRYPT_E_JSON);
    }
    EVC_CHECK_OK(
        read_text(ONE("\"key\":\"L2E=\",\"mod_revision\":\"9223372036854775807\"")));
    SAW("/a=@9223372036854775807 ");
}
END_TEST

START_TEST(rejects_a_pair_without_a_key)
{
    EVC_CHECK_CODE(read_text(ONE("\"value\":\"MQ==\"")), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(read_text(ONE("\"key\":\"\"")), ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(rejects_what_comes_twice)
{
    EVC_CHECK_CODE(read_text(ONE("\"key\":\"L2E=\",\"key\":\"L2I=\"")),
                   ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(
        read_text(ONE("\"key\":\"L2E=\",\"value\":\"MQ==\",\"value\":\"MQ==\"")),
        ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(read_text(HEADER "\"kvs\":[],\"kvs\":[]}"), ENVCRYPT_E_JSON);
}
END_TEST

START_TEST(rejects_a_reply_without_a_header)
{
    EVC_CHECK_CODE(read_text("{\"apiVersion\":\"v1\",\"items\":[]}"), ENVCRYPT_E_JSON);
    EVC_CHECK_CODE(
        read_text("{\"kvs\":[{\"key\":\"L2E=\"}],\"header\":{\"revision\":4}}"),
        ENVCRYPT_E_JSON);
    SAW("");
}
END_TEST

START_TEST(rejects_a_reply_that_is_cut_anywhere)
{
    char text[] = OF_ETCDCTL;

    for (size_t size = sizeof(OF_ETCDCTL) - 2; size-- > 0;) {
        text[size] = 0;
        EVC_CHECK_CODE(read_text(text), ENVCRYPT_E_JSON);
    }
}
END_TEST

START_TEST(what_takes_a_pair_ends_the_reading)
{
    stop_with = ENVCRYPT_E_JSON;
    EVC_CHECK_CODE(read_text(OF_ETCDCTL), ENVCRYPT_E_JSON);
    ck_assert_int_eq(j.taken, ENVCRYPT_E_JSON);
    ck_assert_uint_eq(taken, 1);
    SAYS("the test ended it");
}
END_TEST

START_TEST(no_message_shows_a_value)
{
    EVC_CHECK_CODE(read_text(ONE("\"key\":\"L2E=\",\"value\":\"plantedsecret\"")),
                   ENVCRYPT_E_JSON);
    ck_assert(!says("planted"));
}
END_TEST

static evc_buf *watched;
static uint8_t at_the_end[64];

static int
watch_value(void *user, const evc_etcd_pair *pair, evc_error **error)
{
    (void)user;
    (void)error;
    watched = &j.value;
    evc_alloc_watch(pair->value.data, pair->value.size, at_the_end);
    return 0;
}

START_TEST(values_are_wiped_before_their_memory_is_freed)
{
    const char *text = ONE("\"key\":\"L2E=\",\"value\":\"cGxhbnRlZCBzZWNyZXQ=\"");

    memset(at_the_end, 1, sizeof(at_the_end));
    evc_etcd_json_reset(&j);
    evc_etcd_json_begin(&j, watch_value, NULL);
    EVC_CHECK_OK(evc_etcd_json_feed(&j, evc_view_text(text), NULL));
    ck_assert(evc_alloc_was_freed());
    ck_assert(evc_mem_is_zero(at_the_end, 14));
    EVC_CHECK_OK(evc_etcd_json_end(&j, NULL));
}
END_TEST

static int
ignore_pair(void *user, const evc_etcd_pair *pair, evc_error **error)
{
    (void)user;
    (void)pair;
    (void)error;
    return 0;
}

static int
read_short_of_memory(void *user)
{
    evc_error *error = NULL;
    int rc;

    evc_etcd_json_begin(&j, ignore_pair, NULL);
    rc = evc_etcd_json_feed(&j, evc_view_text(user), &error);
    if (rc == 0)
        rc = evc_etcd_json_end(&j, &error);
    evc_etcd_json_reset(&j);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    char *text = of_size(5000);

    ck_assert_uint_gt(evc_alloc_sweep(read_short_of_memory, text), 2);
    free(text);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("etcd_json");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, reads_what_etcdctl_prints);
    tcase_add_test(tcase, reads_what_the_gateway_answers);
    tcase_add_test(tcase, reads_parts_of_any_length);
    tcase_add_test(tcase, reads_a_reply_without_keys);
    tcase_add_test(tcase, passes_over_what_it_does_not_know);
    tcase_add_test(tcase, reads_values_of_any_bytes);
    tcase_add_test(tcase, reads_text_with_escapes);
    tcase_add_test(tcase, reads_values_of_any_length);
    tcase_add_test(tcase, reads_a_value_as_large_as_the_limit);
    tcase_add_test(tcase, rejects_a_value_past_the_limit);
    tcase_add_test(tcase, rejects_keys_and_values_that_are_no_base64);
    tcase_add_test(tcase, rejects_padding_between_two_chunks);
    tcase_add_test(tcase, rejects_other_types);
    tcase_add_test(tcase, rejects_revisions_that_are_none);
    tcase_add_test(tcase, rejects_a_pair_without_a_key);
    tcase_add_test(tcase, rejects_what_comes_twice);
    tcase_add_test(tcase, rejects_a_reply_without_a_header);
    tcase_add_test(tcase, rejects_a_reply_that_is_cut_anywhere);
    tcase_add_test(tcase, what_takes_a_pair_ends_the_reading);
    tcase_add_test(tcase, no_message_shows_a_value);
    tcase_add_test(tcase, values_are_wiped_before_their_memory_is_freed);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("etcd_json", add_tests)
