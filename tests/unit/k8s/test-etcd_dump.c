/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/etcd_dump.h"

#include <unistd.h>

#include "envcrypt/k8s.h"
#include "etcd-fixture.h"
#include "evc-alloc.h"

static evc_instream in;
static evc_etcd_dump *dump;

static void
begin(void)
{
    etcd_begin();
    in.fd = -1;
    dump = NULL;
}

static void
end(void)
{
    evc_etcd_source_dump.close(dump);
    evc_instream_close(&in);
    etcd_end();
}

static int
read_range(const char *key, bool single)
{
    const evc_etcd_range range = {evc_view_text(key), single};

    evc_buf_clear(&seen);
    return evc_etcd_source_dump.read(dump, &range, NULL, note_pair, NULL, &err);
}

static int
open_text(const char *text)
{
    evc_etcd_source_dump.close(dump);
    dump = NULL;
    evc_instream_close(&in);
    evc_folder_put("dump", text, 0600);
    EVC_CHECK_OK(evc_instream_open(&in, evc_folder_path("dump"), NULL));
    return evc_etcd_dump_open(&in, &dump, &err);
}

static int
read_text(const char *text)
{
    int rc = open_text(text);

    return rc ? rc : read_range("", false);
}

#define REPLY(more, kvs) \
    "{\"header\":{\"revision\":9},\"kvs\":[" kvs "],\"more\":" more "}"
#define A "{\"key\":\"L2E=\",\"mod_revision\":3,\"value\":\"MQ==\"}"
#define B "{\"key\":\"L2I=\",\"mod_revision\":4,\"value\":\"Mg==\"}"
#define AB REPLY("false", A "," B)

START_TEST(reads_one_reply)
{
    EVC_CHECK_OK(read_text(AB "\n"));
    SAW("/a=1@3 /b=2@4 ");
}
END_TEST

START_TEST(reads_several_replies)
{
    EVC_CHECK_OK(read_text(REPLY("true", A) REPLY("false", B)));
    SAW("/a=1@3 /b=2@4 ");
    EVC_CHECK_OK(read_text("\n " REPLY("true", A) "\r\n\t" REPLY("false", B) "\n\n"));
    SAW("/a=1@3 /b=2@4 ");
}
END_TEST

START_TEST(replies_that_overlap_are_refused_at_the_first_such_key)
{
    EVC_CHECK_CODE(read_text(REPLY("true", A) AB), ENVCRYPT_E_ETCD_DUMP);
    SAW("/a=1@3 ");
    SAYS("/dump: two of its replies overlap at the key ");
    SAYS("/a, which would count twice");
}
END_TEST

START_TEST(ranges_may_come_in_any_order)
{
    EVC_CHECK_OK(read_text(REPLY("false", B) REPLY("false", A)));
    SAW("/b=2@4 /a=1@3 ");
}
END_TEST

/* Each reading is one of its own. */
START_TEST(a_dump_can_be_read_again)
{
    EVC_CHECK_OK(read_text(AB));
    EVC_CHECK_OK(read_range("", false));
    SAW("/a=1@3 /b=2@4 ");
}
END_TEST

START_TEST(is_not_misled_by_brackets_in_strings)
{
    EVC_CHECK_OK(read_text("{\"x\":\"}\\\"}{\\\\\",\"header\":{\"revision\":9}}" AB));
    SAW("/a=1@3 /b=2@4 ");
}
END_TEST

START_TEST(gives_what_the_prefix_names)
{
    EVC_CHECK_OK(open_text(AB));
    EVC_CHECK_OK(read_range("/b", false));
    SAW("/b=2@4 ");
    EVC_CHECK_OK(read_range("/", false));
    SAW("/a=1@3 /b=2@4 ");
    EVC_CHECK_OK(read_range("/bc", false));
    SAW("");
}
END_TEST

START_TEST(gives_a_single_key)
{
    EVC_CHECK_OK(open_text(AB));
    EVC_CHECK_OK(read_range("/a", true));
    SAW("/a=1@3 ");
    EVC_CHECK_OK(read_range("/", true));
    SAW("");
}
END_TEST

START_TEST(rejects_an_empty_file)
{
    EVC_CHECK_CODE(read_text(""), ENVCRYPT_E_ETCD_DUMP);
    SAYS("it is empty");
    EVC_CHECK_CODE(read_text("   \n   \n     \n         "), ENVCRYPT_E_ETCD_DUMP);
    SAYS("it is empty");
}
END_TEST

START_TEST(says_of_other_forms_what_to_do_instead)
{
    EVC_CHECK_CODE(open_text("\"ClusterID\" : 14841639068965178418\n"),
                   ENVCRYPT_E_ETCD_DUMP);
    SAYS("-w fields; dump it by: etcdctl get --prefix / -w json");
    EVC_CHECK_CODE(open_text("\n\x18\x08\xb2\x98"), ENVCRYPT_E_ETCD_DUMP);
    SAYS("-w protobuf; dump it by: etcdctl get --prefix / -w json");
    EVC_CHECK_CODE(open_text("/registry/secrets/a/b\nhello\n"), ENVCRYPT_E_ETCD_DUMP);
    SAYS("plain text");
    SAYS("dump it by: etcdctl get --prefix / -w json");
    EVC_CHECK_CODE(open_text("\x1f\x8b\x08"), ENVCRYPT_E_ETCD_DUMP);
    SAYS("unpack it first");
}
END_TEST

START_TEST(says_it_of_a_pipe_too)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    ck_assert_int_eq(write(ends[1], "\"ClusterID\" : 1\n", 16), 16);
    (void)close(ends[0]);
    (void)close(ends[1]);
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    EVC_CHECK_OK(evc_etcd_dump_open(&in, &dump, NULL));
    EVC_CHECK_CODE(read_range("", false), ENVCRYPT_E_ETCD_DUMP);
    SAYS("-w fields");
}
END_TEST

START_TEST(reads_a_pipe_once)
{
    int ends[2];

    ck_assert_int_eq(pipe(ends), 0);
    ck_assert_int_eq(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    ck_assert_int_eq(write(ends[1], AB, strlen(AB)), (ssize_t)strlen(AB));
    (void)close(ends[0]);
    (void)close(ends[1]);
    EVC_CHECK_OK(evc_instream_open(&in, "-", NULL));
    EVC_CHECK_OK(evc_etcd_dump_open(&in, &dump, NULL));
    EVC_CHECK_OK(read_range("", false));
    SAW("/a=1@3 /b=2@4 ");
    EVC_CHECK_CODE(read_range("", false), ENVCRYPT_E_STATE);
}
END_TEST

START_TEST(rejects_a_dump_of_something_else)
{
    EVC_CHECK_CODE(read_text("{\"apiVersion\":\"v1\",\"kind\":\"List\",\"items\":[]}"),
                   ENVCRYPT_E_ETCD_DUMP);
    SAYS("no header");
}
END_TEST

START_TEST(rejects_what_follows_a_reply)
{
    EVC_CHECK_CODE(read_text(AB "x"), ENVCRYPT_E_ETCD_DUMP);
    EVC_CHECK_CODE(read_text(AB "}"), ENVCRYPT_E_ETCD_DUMP);
    EVC_CHECK_CODE(read_text(AB "[]"), ENVCRYPT_E_ETCD_DUMP);
}
END_TEST

START_TEST(rejects_a_dump_that_stops_before_the_last_key)
{
    EVC_CHECK_CODE(read_text(REPLY("true", A)), ENVCRYPT_E_ETCD_DUMP);
    SAYS("without --limit");
}
END_TEST

START_TEST(rejects_a_dump_that_is_cut_anywhere)
{
    char text[] = AB;

    for (size_t size = sizeof(AB) - 1; size-- > 0;) {
        text[size] = 0;
        EVC_CHECK_CODE(read_text(text), ENVCRYPT_E_ETCD_DUMP);
    }
}
END_TEST

START_TEST(names_the_file_and_no_value)
{
    EVC_CHECK_CODE(read_text("{\"header\":{\"revision\":9},\"kvs\":[{\"key\":\"L2E=\","
                             "\"value\":\"planted*\"}]}"),
                   ENVCRYPT_E_ETCD_DUMP);
    SAYS(evc_folder_path("dump"));
    ck_assert(!says("planted"));
}
END_TEST

START_TEST(what_takes_a_pair_ends_the_reading)
{
    stop_with = ENVCRYPT_E_JSON;
    EVC_CHECK_CODE(read_text(AB), ENVCRYPT_E_JSON);
    SAYS("the test ended it");
    ck_assert_uint_eq(taken, 1);
}
END_TEST

START_TEST(a_cancel_ends_the_reading)
{
    const evc_etcd_range range = {evc_view_text(""), false};
    evc_wait wait;

    EVC_CHECK_OK(open_text(AB));
    evc_wait_init(&wait, NULL, -1);
    evc_wait_cancel(&wait);
    EVC_CHECK_CODE(
        evc_etcd_source_dump.read(dump, &range, &wait, note_pair, NULL, NULL),
        ENVCRYPT_E_CANCELED);
    evc_wait_release(&wait);
}
END_TEST

START_TEST(reads_a_dump_of_many_chunks)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char *text = calloc(1, 400000);
    char *at = text;

    ck_assert_ptr_nonnull(text);
    for (int i = 0; i < 4000; i++)
        at +=
            snprintf(at, 200, REPLY("false", "{\"key\":\"L2%c%c\",\"value\":\"MQ==\"}"),
                     digits[i / 64], digits[i % 64]);
    EVC_CHECK_OK(read_text(text));
    ck_assert_uint_eq(taken, 4000);
    free(text);
}
END_TEST

static int
read_short_of_memory(void *user)
{
    const evc_etcd_range range = {evc_view_text(""), false};
    evc_etcd_dump *own = NULL;
    evc_error *error = NULL;
    int rc = evc_etcd_dump_open(&in, &own, &error);

    (void)user;
    if (rc == 0)
        rc = evc_etcd_source_dump.read(own, &range, NULL, note_pair, NULL, &error);
    evc_etcd_source_dump.close(own);
    evc_buf_reset(&seen);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    EVC_CHECK_OK(open_text(AB));
    ck_assert_uint_gt(evc_alloc_sweep(read_short_of_memory, NULL), 3);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("etcd_dump");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, reads_one_reply);
    tcase_add_test(tcase, reads_several_replies);
    tcase_add_test(tcase, replies_that_overlap_are_refused_at_the_first_such_key);
    tcase_add_test(tcase, ranges_may_come_in_any_order);
    tcase_add_test(tcase, a_dump_can_be_read_again);
    tcase_add_test(tcase, is_not_misled_by_brackets_in_strings);
    tcase_add_test(tcase, gives_what_the_prefix_names);
    tcase_add_test(tcase, gives_a_single_key);
    tcase_add_test(tcase, rejects_an_empty_file);
    tcase_add_test(tcase, says_of_other_forms_what_to_do_instead);
    tcase_add_test(tcase, says_it_of_a_pipe_too);
    tcase_add_test(tcase, reads_a_pipe_once);
    tcase_add_test(tcase, rejects_a_dump_of_something_else);
    tcase_add_test(tcase, rejects_what_follows_a_reply);
    tcase_add_test(tcase, rejects_a_dump_that_stops_before_the_last_key);
    tcase_add_test(tcase, rejects_a_dump_that_is_cut_anywhere);
    tcase_add_test(tcase, names_the_file_and_no_value);
    tcase_add_test(tcase, what_takes_a_pair_ends_the_reading);
    tcase_add_test(tcase, a_cancel_ends_the_reading);
    tcase_add_test(tcase, reads_a_dump_of_many_chunks);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("etcd_dump", add_tests)
