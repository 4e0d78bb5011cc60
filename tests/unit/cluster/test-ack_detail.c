/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_detail.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

static evc_ack_detail detail;
static evc_cluster_state state;

static int
read_text(const char *text)
{
    int rc;

    evc_ack_detail_reset(&detail);
    rc = evc_ack_detail_read(ack_json(text), &detail, NULL);
    return rc;
}

static void
end(void)
{
    evc_ack_detail_reset(&detail);
    evc_cluster_state_reset(&state);
    ack_json_end();
}

START_TEST(every_member_is_read)
{
    EVC_CHECK_OK(read_text(DETAIL_OF("running", ON)));
    ck_assert_str_eq(detail.id, CLUSTER);
    ck_assert_str_eq(detail.name, "shop");
    ck_assert_str_eq(detail.region, REGION);
    ck_assert_str_eq(detail.spec, "ack.pro.small");
    ck_assert_str_eq(detail.server, "https://api.test:6443");
    ck_assert_str_eq(detail.key, KEY_ID);
    ck_assert(!detail.disabled);
    end();
}
END_TEST

static const struct {
    const char *meta; /* with what is escaped in a text of JSON */
    bool encrypts;
} metas[] = {
    {"", false},
    {PLAIN, false},
    {"{\\\"Capabilities\\\":{}}", false},
    {ON, true},
    {OFF, false},
    {"{\\\"Capabilities\\\":{\\\"EncryptionKMSKeyId\\\":\\\"k\\\"}}", true},
    {"{\\\"Capabilities\\\":{\\\"EncryptionKMSKeyId\\\":\\\"\\\","
     "\\\"DisableEncryption\\\":false}}",
     false},
    {"{\\\"Capabilities\\\":{\\\"EncryptionKMSKeyId\\\":\\\"k\\\","
     "\\\"DisableEncryption\\\":\\\"false\\\"}}",
     true},
    {"{\\\"Capabilities\\\":{\\\"EncryptionKMSKeyId\\\":\\\"k\\\","
     "\\\"DisableEncryption\\\":true}}",
     false},
    {"{\\\"Capabilities\\\":{\\\"EncryptionKMSKeyId\\\":\\\"k\\\","
     "\\\"DisableEncryption\\\":null}}",
     true},
};

START_TEST(it_encrypts_with_a_key_that_is_not_switched_off)
{
    char text[1024];

    (void)snprintf(text, sizeof(text),
                   "{\"cluster_id\":\"c\",\"state\":\"running\",\"meta_data\":\"%s\"}",
                   metas[_i].meta);
    EVC_CHECK_OK(read_text(text));
    ck_assert_int_eq(evc_ack_detail_encrypts(&detail), metas[_i].encrypts);
    end();
}
END_TEST

static const char *const bad[] = {
    "{}",
    "{\"cluster_id\":7,\"state\":\"running\"}",
    "{\"cluster_id\":\"c\"}",
    "{\"cluster_id\":\"c\",\"state\":\"running\",\"name\":7}",
    "{\"cluster_id\":\"c\",\"state\":\"running\",\"meta_data\":7}",
    "{\"cluster_id\":\"c\",\"state\":\"running\",\"meta_data\":\"{\"}",
    "{\"cluster_id\":\"c\",\"state\":\"running\",\"meta_data\":\"[]\"}",
    "{\"cluster_id\":\"c\",\"state\":\"running\",\"meta_data\":\" [1]\"}",
    "{\"cluster_id\":\"c\",\"state\":\"running\",\"meta_data\":"
    "\"{\\\"Capabilities\\\":[]}\"}",
    "{\"cluster_id\":\"c\",\"state\":\"running\",\"meta_data\":"
    "\"{\\\"Capabilities\\\":{\\\"EncryptionKMSKeyId\\\":1}}\"}",
    "{\"cluster_id\":\"c\",\"state\":\"running\",\"meta_data\":"
    "\"{\\\"Capabilities\\\":{\\\"DisableEncryption\\\":\\\"maybe\\\"}}\"}",
    "{\"cluster_id\":\"c\",\"state\":\"running\",\"meta_data\":"
    "\"{\\\"Capabilities\\\":{\\\"DisableEncryption\\\":1}}\"}",
};

START_TEST(what_cannot_be_read_is_no_guess)
{
    EVC_CHECK_CODE(read_text(bad[_i]), ENVCRYPT_E_JSON);
    ack_json_end();
}
END_TEST

START_TEST(a_place_of_the_server_that_cannot_be_read_is_unknown)
{
    EVC_CHECK_OK(read_text(
        "{\"cluster_id\":\"c\",\"state\":\"running\",\"master_url\":\"nonsense\"}"));
    ck_assert_str_eq(detail.server, "");
    end();
}
END_TEST

START_TEST(what_is_wanted_is_compared_with_key_and_switch)
{
    EVC_CHECK_OK(read_text(DETAIL_OF("running", ON)));
    ck_assert(evc_ack_detail_is(&detail, KEY_ID));
    ck_assert(!evc_ack_detail_is(&detail, OTHER_ID));
    ck_assert(!evc_ack_detail_is(&detail, NULL));
    EVC_CHECK_OK(read_text(DETAIL_OF("running", OFF)));
    ck_assert(!evc_ack_detail_is(&detail, KEY_ID));
    ck_assert(evc_ack_detail_is(&detail, NULL));
    end();
}
END_TEST

static const struct {
    const char *word;
    evc_cluster_phase phase;
} words[] = {
    {"running", EVC_CLUSTER_STEADY},         {"initial", EVC_CLUSTER_CHANGING},
    {"updating", EVC_CLUSTER_CHANGING},      {"scaling", EVC_CLUSTER_CHANGING},
    {"waiting", EVC_CLUSTER_CHANGING},       {"disconnected", EVC_CLUSTER_CHANGING},
    {"something new", EVC_CLUSTER_CHANGING}, {"failed", EVC_CLUSTER_BROKEN},
    {"updating_failed", EVC_CLUSTER_BROKEN}, {"stopped", EVC_CLUSTER_BROKEN},
    {"deleting", EVC_CLUSTER_BROKEN},        {"deleted", EVC_CLUSTER_BROKEN},
    {"delete_failed", EVC_CLUSTER_BROKEN},
};

START_TEST(every_state_has_a_phase)
{
    char text[256];

    (void)snprintf(text, sizeof(text), "{\"cluster_id\":\"c\",\"state\":\"%s\"}",
                   words[_i].word);
    EVC_CHECK_OK(read_text(text));
    evc_cluster_state_init(&state);
    EVC_CHECK_OK(evc_ack_detail_state(&detail, &state, NULL));
    ck_assert_int_eq(state.phase, words[_i].phase);
    ck_assert(state.unsupported);
    end();
}
END_TEST

START_TEST(the_mark_is_another_one_after_a_change)
{
    const char *const texts[] = {DETAIL_OF("running", ON), DETAIL_OF("running", OFF),
                                 DETAIL_OF("running", ON_UNDER(OTHER_ID)),
                                 DETAIL_OF("running", PLAIN)};
    char marks[4][256];

    for (size_t i = 0; i < 4; i++) {
        EVC_CHECK_OK(read_text(texts[i]));
        evc_cluster_state_init(&state);
        EVC_CHECK_OK(evc_ack_detail_state(&detail, &state, NULL));
        (void)snprintf(marks[i], sizeof(marks[i]), "%s",
                       evc_cluster_state_text(&state, EVC_CLUSTER_MARK));
        for (size_t k = 0; k < i; k++)
            ck_assert_str_ne(marks[i], marks[k]);
        end();
    }
}
END_TEST

static int
tell_once(void *user)
{
    evc_cluster_state told;
    evc_ack_detail one;
    int rc = evc_ack_detail_read(evc_json_root(read_doc), &one, NULL);

    (void)user;
    evc_cluster_state_init(&told);
    if (!rc)
        rc = evc_ack_detail_state(&one, &told, NULL);
    evc_cluster_state_reset(&told);
    evc_ack_detail_reset(&one);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    (void)ack_json(DETAIL_OF("running", ON));
    ck_assert_uint_gt(evc_alloc_sweep(tell_once, NULL), 5);
    ack_json_end();
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {every_member_is_read,
                                  a_place_of_the_server_that_cannot_be_read_is_unknown,
                                  what_is_wanted_is_compared_with_key_and_switch,
                                  the_mark_is_another_one_after_a_change,
                                  survives_memory_that_runs_out,
                                  NULL};
    const ack_loop loops[] = {
        {it_encrypts_with_a_key_that_is_not_switched_off, COUNT(metas)},
        {what_cannot_be_read_is_no_guess, COUNT(bad)},
        {every_state_has_a_phase, COUNT(words)},
        {NULL, 0}};

    ack_add(suite, "ack_detail", tests, loops);
}

EVC_TEST_MAIN("ack_detail", add_tests)
