/* SPDX-License-Identifier: Apache-2.0 */
/* Against a script; tests/partners/etcd has the real one. */
#include "k8s/etcd_gateway.h"

#include "at-once-lane.h"
#include "base/mem.h"
#include "envcrypt/k8s.h"
#include "etcd-fixture.h"
#include "evc-alloc.h"

/* What comes of one request; the last one for ever. */
typedef struct step {
    int status;
    const char *body;
    size_t breaks_after; /* so many bytes of a 200; 0 = it does not break */
} step;

static struct {
    step steps[8];
    size_t count;
    size_t asked;
    char bodies[8][256]; /* of the requests */
} s;

static evc_net *net;
static evc_etcd_gateway *gateway;
static evc_wait wait;

static void
answer(evc_exchange *x, const step *now)
{
    size_t size = strlen(now->body);
    size_t end = now->breaks_after ? now->breaks_after : size;

    x->status = now->status;
    if (now->status != 200) {
        evc_buf_put_text(&x->reply, now->body);
        x->code = evc_buf_check(&x->reply, &x->error);
        return;
    }
    for (size_t at = 0; !x->code && at < end; at += 7)
        x->code = x->sink(x->sink_user,
                          evc_view_of(&now->body[at], end - at < 7 ? end - at : 7),
                          &x->error);
    if (!x->code && now->breaks_after)
        x->code = evc_err(&x->error, ENVCRYPT_E_NET_BROKEN, "the line broke");
}

static void
lane_start(void *lane, evc_exchange *x)
{
    size_t at = s.asked < s.count ? s.asked : s.count - 1;

    (void)lane;
    if (s.asked < 8)
        (void)snprintf(s.bodies[s.asked], sizeof(s.bodies[0]), "%.*s",
                       (int)x->body.size, (const char *)x->body.data);
    s.asked++;
    x->sent = true;
    x->date_ms = -1;
    answer(x, &s.steps[at]);
    x->done = true;
}

static const evc_transport transport = AT_ONCE_TRANSPORT(lane_start);

static const evc_etcd_options options = {.endpoint = "https://etcd.example:2379"};

static void
begin(void)
{
    static const evc_net_settings settings = {.max_attempts = 3};

    etcd_begin();
    memset(&s, 0, sizeof(s));
    EVC_CHECK_OK(evc_net_open(env, &settings, &transport, NULL, NULL, &net, NULL));
    EVC_CHECK_OK(evc_etcd_gateway_open(net, &options, &gateway, NULL));
    evc_wait_init(&wait, NULL, 20000);
}

static void
end(void)
{
    evc_wait_release(&wait);
    evc_etcd_source_gateway.close(gateway);
    evc_net_unref(net);
    etcd_end();
}

static void
play(int status, const char *body)
{
    s.steps[s.count++] = (step){.status = status, .body = body};
}

static int
read_view(evc_view key, bool single)
{
    const evc_etcd_range range = {key, single};

    return evc_etcd_source_gateway.read(gateway, &range, &wait, note_pair, NULL, &err);
}

static int
read_range(const char *key, bool single)
{
    return read_view(evc_view_text(key), single);
}

#define ASKED(n, text) \
    ck_assert_msg(strcmp(s.bodies[n], text) == 0, "asked %s", s.bodies[n])

#define REPLY(more, kvs) \
    "{\"header\":{\"revision\":\"9\"},\"kvs\":[" kvs "],\"more\":" more "}"
#define A "{\"key\":\"L2E=\",\"mod_revision\":\"3\",\"value\":\"MQ==\"}"
#define B "{\"key\":\"L2I=\",\"mod_revision\":\"4\",\"value\":\"Mg==\"}"
#define C "{\"key\":\"L2M=\",\"mod_revision\":\"5\",\"value\":\"Mw==\"}"

/* --- what is asked --- */

START_TEST(asks_for_what_begins_with_the_prefix)
{
    play(200, REPLY("false", A "," B));
    EVC_CHECK_OK(read_range("/", false));
    SAW("/a=1@3 /b=2@4 ");
    ASKED(0, "{\"key\":\"Lw==\",\"range_end\":\"MA==\",\"limit\":\"32\",\"revision\":"
             "\"0\"}");
    ck_assert_uint_eq(s.asked, 1);
}
END_TEST

START_TEST(asks_for_every_key)
{
    play(200, REPLY("false", A));
    EVC_CHECK_OK(read_range("", false));
    ASKED(0, "{\"key\":\"AA==\",\"range_end\":\"AA==\",\"limit\":\"32\",\"revision\":"
             "\"0\"}");
}
END_TEST

START_TEST(asks_for_prefixes_that_end_in_the_highest_byte)
{
    play(200, REPLY("false", ""));
    EVC_CHECK_OK(read_view(evc_view_of("a\xff\xff", 3), false));
    ASKED(0, "{\"key\":\"Yf//\",\"range_end\":\"Yg==\",\"limit\":\"32\",\"revision\":"
             "\"0\"}");
    EVC_CHECK_OK(read_view(evc_view_of("\xff", 1), false));
    ASKED(1, "{\"key\":\"/w==\",\"range_end\":\"AA==\",\"limit\":\"32\",\"revision\":"
             "\"0\"}");
}
END_TEST

START_TEST(asks_for_a_single_key)
{
    play(200, REPLY("false", A));
    EVC_CHECK_OK(read_range("/a", true));
    SAW("/a=1@3 ");
    ASKED(0, "{\"key\":\"L2E=\",\"limit\":\"1\",\"revision\":\"0\"}");
}
END_TEST

START_TEST(gives_nothing_for_a_key_that_is_not_there)
{
    play(200, "{\"header\":{\"revision\":\"9\"}}");
    EVC_CHECK_OK(read_range("/a", true));
    SAW("");
}
END_TEST

START_TEST(goes_on_behind_the_last_key_at_the_first_revision)
{
    play(200, REPLY("true", A "," B));
    play(200, "{\"header\":{\"revision\":\"12\"},\"kvs\":[" C "]}");
    EVC_CHECK_OK(read_range("/", false));
    SAW("/a=1@3 /b=2@4 /c=3@5 ");
    ASKED(1, "{\"key\":\"L2IA\",\"range_end\":\"MA==\",\"limit\":\"250\",\"revision\":"
             "\"9\"}");
    ck_assert_uint_eq(s.asked, 2);
}
END_TEST

/* The value of one key, of so many bytes. */
static char *
of_size(size_t size)
{
    size_t text = size / 3 * 4;
    char *out = calloc(1, text + 200);
    size_t head;

    ck_assert_ptr_nonnull(out);
    head = (size_t)snprintf(
        out, 200,
        "{\"header\":{\"revision\":\"9\"},\"more\":true,\"kvs\":[{\"key\":"
        "\"L2E=\",\"value\":\"");
    memset(&out[head], 'A', text);
    memcpy(&out[head + text], "\"}]}", 5);
    return out;
}

START_TEST(asks_for_fewer_keys_when_values_are_large)
{
    char *large = of_size(600000);

    play(200, large);
    play(200, REPLY("false", B));
    EVC_CHECK_OK(read_range("/", false));
    ASKED(1, "{\"key\":\"L2EA\",\"range_end\":\"MA==\",\"limit\":\"3\",\"revision\":"
             "\"9\"}");
    free(large);
}
END_TEST

START_TEST(asks_for_one_key_at_least)
{
    char *large = of_size(3000000);

    play(200, large);
    play(200, REPLY("false", B));
    EVC_CHECK_OK(read_range("/", false));
    ASKED(1, "{\"key\":\"L2EA\",\"range_end\":\"MA==\",\"limit\":\"1\",\"revision\":"
             "\"9\"}");
    free(large);
}
END_TEST

/* --- what breaks --- */

START_TEST(a_page_that_broke_goes_on_where_it_broke)
{
    play(200, REPLY("true", A "," B));
    s.steps[0].breaks_after =
        strlen("{\"header\":{\"revision\":\"9\"},\"kvs\":[" A) + 9;
    play(200, REPLY("false", B "," C));
    EVC_CHECK_OK(read_range("/", false));
    SAW("/a=1@3 /b=2@4 /c=3@5 ");
    ASKED(1, "{\"key\":\"L2EA\",\"range_end\":\"MA==\",\"limit\":\"32\",\"revision\":"
             "\"9\"}");
}
END_TEST

START_TEST(a_page_may_break_anywhere)
{
    const char *whole = REPLY("false", A "," B);

    for (size_t at = 1; at < strlen(whole); at++) {
        const char *rest;

        evc_buf_clear(&seen);
        s.asked = 0;
        s.count = 0;
        play(200, whole);
        s.steps[0].breaks_after = at;
        play(200, whole);
        if (at >= strlen("{\"header\":{\"revision\":\"9\"},\"kvs\":[" A))
            s.steps[1].body = REPLY("false", B);
        if (at >= strlen("{\"header\":{\"revision\":\"9\"},\"kvs\":[" A "," B))
            s.steps[1].body = REPLY("false", "");
        rest = s.bodies[1];
        EVC_CHECK_OK(read_range("/", false));
        SAW("/a=1@3 /b=2@4 ");
        ck_assert_ptr_nonnull(strstr(rest, "range_end"));
    }
}
END_TEST

START_TEST(a_line_that_breaks_for_ever_is_told)
{
    play(200, REPLY("false", A));
    s.steps[0].breaks_after = 5;
    EVC_CHECK_CODE(read_range("/", false), ENVCRYPT_E_NET_BROKEN);
    ck_assert_uint_eq(s.asked, 3);
    SAYS("etcd Range for \"/\" at etcd.example:2379 failed after 3 attempts");
}
END_TEST

START_TEST(a_change_of_the_leader_is_waited_for)
{
    play(503,
         "{\"error\":\"etcdserver: leader changed\",\"message\":\"etcdserver: leader "
         "changed\",\"code\":14}");
    play(200, REPLY("false", A));
    EVC_CHECK_OK(read_range("/", false));
    SAW("/a=1@3 ");
}
END_TEST

START_TEST(a_revision_that_was_compacted_is_told)
{
    play(200, REPLY("true", A));
    play(400, "{\"error\":\"etcdserver: mvcc: required revision has been compacted\","
              "\"code\":11}");
    EVC_CHECK_CODE(read_range("/", false), ENVCRYPT_E_KUBE_EXPIRED);
    SAW("/a=1@3 ");
    SAYS("HTTP 400, OutOfRange");
    SAYS("read again, or save a snapshot");
}
END_TEST

START_TEST(a_gateway_that_is_off_is_told)
{
    play(404, "404 page not found\n");
    EVC_CHECK_CODE(read_range("/", false), ENVCRYPT_E_ENDPOINT);
    SAYS("--enable-grpc-gateway=false");
    ck_assert_uint_eq(s.asked, 1);
}
END_TEST

START_TEST(rejects_replies_that_are_none)
{
    static const char *const wrong[] = {
        "",
        "<html></html>",
        "[]",
        "{}",
        "{\"kvs\":[]}",
        REPLY("false", A) "x",
        "{\"header\":{\"revision\":\"9\"},\"kvs\":[{\"key\":\"*\"}]}",
        "{\"header\":{\"revision\":\"9\"},\"kvs\":[" A,
        REPLY("true", ""),       /* it would go on for ever */
        REPLY("false", B "," A), /* not in order */
        REPLY("false", A "," A),
        REPLY("false", "{\"key\":\"MQ==\"}"), /* not under the prefix */
    };

    play(200, wrong[_i]);
    EVC_CHECK_CODE(read_range("/", false), ENVCRYPT_E_PROTOCOL);
    ck_assert_uint_eq(s.asked, 1);
}
END_TEST

START_TEST(no_message_shows_a_reply)
{
    play(200, "{\"header\":{\"revision\":\"9\"},\"kvs\":[{\"key\":\"L2E=\",\"value\":"
              "\"planted*\"}]}");
    EVC_CHECK_CODE(read_range("/", false), ENVCRYPT_E_PROTOCOL);
    ck_assert(!says("planted"));
}
END_TEST

START_TEST(no_message_shows_a_refusal)
{
    play(400, "{\"error\":\"planted\",\"message\":\"planted\",\"code\":3}");
    EVC_CHECK_CODE(read_range("/", false), ENVCRYPT_E_REQUEST_REFUSED);
    ck_assert(!says("planted"));
}
END_TEST

START_TEST(a_message_shows_the_prefix_printable_and_cut)
{
    play(404, "");
    EVC_CHECK_CODE(
        read_range("/\n0123456789012345678901234567890123456789012345678901234"
                   "5678901234567890",
                   false),
        ENVCRYPT_E_ENDPOINT);
    SAYS("\"/\\x0a0123456789012345678901234567890123456789012345678901234567890"
         "1...\"");
}
END_TEST

START_TEST(what_takes_a_pair_ends_the_reading)
{
    play(200, REPLY("true", A "," B));
    stop_with =
        ENVCRYPT_E_NET_BROKEN; /* which would be tried again, were it the line's */
    EVC_CHECK_CODE(read_range("/", false), ENVCRYPT_E_NET_BROKEN);
    ck_assert_uint_eq(taken, 1);
    ck_assert_uint_eq(s.asked, 1);
    ck_assert_str_eq(evc_error_message(err), "the test ended it");
}
END_TEST

START_TEST(a_cancel_ends_the_reading)
{
    play(200, REPLY("false", A));
    evc_wait_cancel(&wait);
    EVC_CHECK_CODE(read_range("/", false), ENVCRYPT_E_CANCELED);
    SAW("");
}
END_TEST

/* --- what refusals mean --- */

START_TEST(knows_refusals)
{
    static const struct {
        int status;
        const char *body;
        int code;
        evc_verdict verdict;
    } all[] = {
        {500, "{\"code\":2}", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
        {400, "{\"code\":3}", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
        {504, "{\"code\":4}", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
        {403, "{\"code\":7,\"message\":\"etcdserver: permission denied\"}",
         ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
        {429, "{\"code\":8}", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
        {400, "{\"code\":9}", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_AGAIN},
        {400, "{\"code\":11,\"details\":[]}", ENVCRYPT_E_KUBE_EXPIRED,
         EVC_VERDICT_FAIL},
        {501, "{\"code\":12}", ENVCRYPT_E_ENDPOINT, EVC_VERDICT_FAIL},
        {500, "{\"code\":13}", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
        {503, "{\"code\":14}", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
        {500, "{\"code\":15}", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_FAIL},
        {401, "{\"code\":16}", ENVCRYPT_E_AUTH, EVC_VERDICT_FAIL},
        {400, "CommonName of client sending a request against gateway will be ignored",
         ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
        {400, "Client sent an HTTP request to an HTTPS server.\n",
         ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
        {401, "", ENVCRYPT_E_AUTH, EVC_VERDICT_FAIL},
        {403, "", ENVCRYPT_E_DENIED, EVC_VERDICT_FAIL},
        {404, "Not Found", ENVCRYPT_E_ENDPOINT, EVC_VERDICT_FAIL},
        {404, "{\"code\":5}", ENVCRYPT_E_ENDPOINT, EVC_VERDICT_FAIL},
        {429, "", ENVCRYPT_E_THROTTLED, EVC_VERDICT_THROTTLED},
        {502, "<html>", ENVCRYPT_E_SERVICE_DOWN, EVC_VERDICT_AGAIN},
        {400, "{\"code\":\"\"}", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
        {400, "{\"code\":-1}", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
        {400, "{\"code\":1111}", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
        {400, "{\"code\":", ENVCRYPT_E_REQUEST_REFUSED, EVC_VERDICT_FAIL},
    };

    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
        evc_fault fault = {.retry_after_ms = -1};
        evc_exchange x;

        evc_exchange_init(&x);
        x.status = all[i].status;
        evc_buf_put_text(&x.reply, all[i].body);
        evc_etcd_gateway_classify(&x, &fault);
        ck_assert_msg(fault.code == all[i].code && fault.verdict == all[i].verdict,
                      "%d %s gave %s", all[i].status, all[i].body,
                      evc_error_name(fault.code));
        evc_exchange_reset(&x);
    }
}
END_TEST

/* --- options --- */

static int
open_with(const evc_etcd_options *with)
{
    evc_etcd_gateway *g = NULL;
    int rc = evc_etcd_gateway_open(net, with, &g, &err);

    evc_etcd_source_gateway.close(g);
    return rc;
}

START_TEST(an_endpoint_must_be_given)
{
    const evc_etcd_options with = {.ca_file = "ca.pem"};

    EVC_CHECK_CODE(open_with(&with), ENVCRYPT_E_ARGUMENT);
    SAYS("https://HOST:2379");
}
END_TEST

START_TEST(certificate_and_key_go_together)
{
    evc_etcd_options with = options;

    with.client_cert = "c.pem";
    EVC_CHECK_CODE(open_with(&with), ENVCRYPT_E_ARGUMENT);
    with.client_key = "k.pem";
    EVC_CHECK_OK(open_with(&with));
    with.client_cert = NULL;
    EVC_CHECK_CODE(open_with(&with), ENVCRYPT_E_ARGUMENT);
}
END_TEST

START_TEST(http_goes_to_this_machine_only)
{
    evc_etcd_options with = {.endpoint = "http://etcd.example:2379"};

    EVC_CHECK_CODE(open_with(&with), ENVCRYPT_E_ENDPOINT);
    with.endpoint = "http://127.0.0.1:2379";
    EVC_CHECK_OK(open_with(&with));
}
END_TEST

static int
read_short_of_memory(void *user)
{
    const evc_etcd_range range = {evc_view_text("/"), false};
    evc_etcd_gateway *g = NULL;
    evc_error *error = NULL;
    int rc = evc_etcd_gateway_open(net, &options, &g, &error);

    (void)user;
    s.asked = 0;
    if (rc == 0)
        rc = evc_etcd_source_gateway.read(g, &range, &wait, note_pair, NULL, &error);
    evc_etcd_source_gateway.close(g);
    evc_buf_reset(&seen);
    evc_error_free(error);
    return rc;
}

START_TEST(memory_may_run_out_anywhere)
{
    play(200, REPLY("true", A));
    play(200, REPLY("false", B));
    ck_assert_uint_gt(evc_alloc_sweep(read_short_of_memory, NULL), 10);
}
END_TEST

static void
add_tests(Suite *suite)
{
    TCase *tcase = tcase_create("etcd_gateway");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, begin, end);
    tcase_add_test(tcase, asks_for_what_begins_with_the_prefix);
    tcase_add_test(tcase, asks_for_every_key);
    tcase_add_test(tcase, asks_for_prefixes_that_end_in_the_highest_byte);
    tcase_add_test(tcase, asks_for_a_single_key);
    tcase_add_test(tcase, gives_nothing_for_a_key_that_is_not_there);
    tcase_add_test(tcase, goes_on_behind_the_last_key_at_the_first_revision);
    tcase_add_test(tcase, asks_for_fewer_keys_when_values_are_large);
    tcase_add_test(tcase, asks_for_one_key_at_least);
    tcase_add_test(tcase, a_page_that_broke_goes_on_where_it_broke);
    tcase_add_test(tcase, a_page_may_break_anywhere);
    tcase_add_test(tcase, a_line_that_breaks_for_ever_is_told);
    tcase_add_test(tcase, a_change_of_the_leader_is_waited_for);
    tcase_add_test(tcase, a_revision_that_was_compacted_is_told);
    tcase_add_test(tcase, a_gateway_that_is_off_is_told);
    tcase_add_loop_test(tcase, rejects_replies_that_are_none, 0, 12);
    tcase_add_test(tcase, no_message_shows_a_reply);
    tcase_add_test(tcase, no_message_shows_a_refusal);
    tcase_add_test(tcase, a_message_shows_the_prefix_printable_and_cut);
    tcase_add_test(tcase, what_takes_a_pair_ends_the_reading);
    tcase_add_test(tcase, a_cancel_ends_the_reading);
    tcase_add_test(tcase, knows_refusals);
    tcase_add_test(tcase, an_endpoint_must_be_given);
    tcase_add_test(tcase, certificate_and_key_go_together);
    tcase_add_test(tcase, http_goes_to_this_machine_only);
    tcase_add_test(tcase, memory_may_run_out_anywhere);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("etcd_gateway", add_tests)
