/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_key.h"

#include "ack-fixture.h"
#include "evc-alloc.h"

static const struct {
    const char *text;
    int code;
    const char *name;
} forms[] = {
    {KEY_ID, 0, KEY_ID},
    {ARN, 0, ARN},
    {"alias/shop", 0, "alias/shop"},
    {"alibaba-kms:///" ARN, 0, ARN},
    {"alibaba-kms:///alias/shop", 0, "alias/shop"},
    {"alibaba-kms://cn-hangzhou/" KEY_ID, 0, KEY_ID},
    {"acs:kms:cn-beijing:1234567890123456:key/" KEY_ID, ENVCRYPT_E_KEY_REGION, NULL},
    {"alibaba-kms:///acs:kms:cn-beijing:1:key/" KEY_ID, ENVCRYPT_E_KEY_REGION, NULL},
    {"", ENVCRYPT_E_ARGUMENT, NULL},
    {"alibaba-kms:///", ENVCRYPT_E_ARGUMENT, NULL},
    {"arn:aws:kms:eu-west-1:1:key/x", ENVCRYPT_E_ARGUMENT, NULL},
    {"a b", ENVCRYPT_E_ARGUMENT, NULL},
};

START_TEST(a_key_is_named_in_several_forms)
{
    evc_buf name;

    evc_buf_init(&name);
    if (forms[_i].code) {
        EVC_CHECK_CODE(evc_ack_key_text(forms[_i].text, REGION, &name, NULL),
                       forms[_i].code);
    } else {
        EVC_CHECK_OK(evc_ack_key_text(forms[_i].text, REGION, &name, NULL));
        ck_assert_str_eq((const char *)name.data, forms[_i].name);
    }
    evc_buf_reset(&name);
}
END_TEST

#define KEY_WITH(spec, usage, more)                                              \
    "{\"KeyMetadata\":{\"Arn\":\"" ARN "\",\"KeyId\":\"" KEY_ID                  \
    "\",\"KeyState\":\"Enabled\",\"KeySpec\":\"" spec "\",\"KeyUsage\":\"" usage \
    "\"" more "}}"

static const struct {
    const char *answer;
    const char *says; /* NULL = it is taken */
    bool rotates;
} keys[] = {
    {KEY_WITH("Aliyun_AES_256", "ENCRYPT/DECRYPT", ""), NULL, false},
    {KEY_WITH("Aliyun_AES_256", "ENCRYPT/DECRYPT",
              ",\"Creator\":\"1234\",\"AutomaticRotation\":\"Disabled\""),
     NULL, false},
    {KEY_WITH("Aliyun_AES_256", "ENCRYPT/DECRYPT",
              ",\"AutomaticRotation\":\"Suspended\",\"MaterialExpireTime\":\"\""),
     NULL, false},
    {KEY_WITH("Aliyun_SM4", "ENCRYPT/DECRYPT", ""), "Aliyun_AES_256", false},
    {KEY_WITH("Aliyun_AES_256", "SIGN/VERIFY", ""), "ENCRYPT/DECRYPT", false},
    {KEY_WITH("Aliyun_AES_256", "ENCRYPT/DECRYPT", ",\"Creator\":\"Ecs\""),
     "cloud service", false},
    {KEY_WITH("Aliyun_AES_256", "ENCRYPT/DECRYPT",
              ",\"MaterialExpireTime\":\"2027-01-01T00:00:00Z\""),
     "expires", false},
    {KEY_WITH("Aliyun_AES_256", "ENCRYPT/DECRYPT",
              ",\"AutomaticRotation\":\"Enabled\""),
     "rotated by itself", true},
};

START_TEST(ack_takes_only_some_keys)
{
    evc_alibaba_metadata metadata;
    const char *says;
    bool rotates;

    (void)ack_json(keys[_i].answer);
    EVC_CHECK_OK(evc_alibaba_metadata_read(read_doc, &metadata, NULL));
    read_doc = NULL;
    says = evc_ack_key_objection(&metadata, &rotates);
    if (keys[_i].says)
        ck_assert_ptr_nonnull(strstr(says, keys[_i].says));
    else
        ck_assert_ptr_null(says);
    ck_assert_int_eq(rotates, keys[_i].rotates);
    evc_alibaba_metadata_reset(&metadata);
}
END_TEST

START_TEST(a_key_is_described_into_what_all_providers_share)
{
    evc_cluster_key key;

    evc_cluster_key_init(&key);
    PLAY(REPLY(METADATA_OF(ARN, KEY_ID, "Disabled",
                           "\"PrimaryKeyVersion\":\"v1\",\"LastRotationDate\":"
                           "\"2026-01-31T12:00:00Z\",")));
    ack->driver = &evc_cluster_ack;
    {
        evc_cluster_state state;

        evc_cluster_state_init(&state);
        EVC_CHECK_OK(evc_cluster_state_set(&state, EVC_CLUSTER_KEY, ARN, NULL));
        EVC_CHECK_OK(evc_ack_key_find(ack, NULL, &state, &t.wait, &key, NULL));
        evc_cluster_state_reset(&state);
    }
    ck_assert_str_eq(key.id, ARN);
    ck_assert_str_eq(key.short_id, KEY_ID);
    ck_assert_str_eq(key.account, ACCOUNT);
    ck_assert_str_eq(key.version, "v1");
    ck_assert_str_eq(key.word, "Disabled");
    ck_assert_int_eq(key.state, ENVCRYPT_KEY_DISABLED);
    ck_assert_int_eq(key.version_ms, 1769860800000);
    ck_assert_str_eq(key.aliases, "");
    evc_cluster_key_reset(&key);
}
END_TEST

START_TEST(without_any_key_one_is_asked_for)
{
    evc_cluster_state state;
    evc_cluster_key key;

    evc_cluster_state_init(&state);
    evc_cluster_key_init(&key);
    EVC_CHECK_CODE(evc_ack_key_find(ack, NULL, &state, &t.wait, &key, &err),
                   ENVCRYPT_E_ARGUMENT);
    ck_assert_ptr_nonnull(strstr(evc_error_message(err), "option key"));
    ck_assert_str_eq(asked, "");
}
END_TEST

START_TEST(no_key_is_deleted_from_here)
{
    evc_cluster_key key = ack_wanted();
    evc_table *rows;

    EVC_CHECK_CODE(
        evc_ack_key_action(ack, "schedule-deletion", &key, NULL, &t.wait, &rows, &err),
        ENVCRYPT_E_UNSUPPORTED);
    ck_assert_str_eq(asked, "");
    evc_cluster_key_reset(&key);
}
END_TEST

START_TEST(a_key_of_another_place_is_not_touched)
{
    evc_cluster_key key = ack_wanted();
    evc_table *rows;

    EVC_CHECK_OK(evc_cluster_key_set(&key.region, "cn-beijing", NULL));
    EVC_CHECK_CODE(
        evc_ack_key_action(ack, "disable-key", &key, NULL, &t.wait, &rows, NULL),
        ENVCRYPT_E_KEY_REGION);
    ck_assert_str_eq(asked, "");
    evc_cluster_key_reset(&key);
}
END_TEST

static int
list_once(void *user)
{
    evc_table *rows = NULL;
    int rc = evc_table_new(evc_cluster_key_columns, &rows, NULL);

    (void)user;
    t.started = 0;
    asked[0] = '\0';
    if (!rc)
        rc = evc_ack_key_list(ack, NULL, &t.wait, rows, NULL);
    evc_table_free(rows);
    return rc;
}

START_TEST(survives_memory_that_runs_out)
{
    PLAY(REPLY("{\"Keys\":{\"Key\":[{\"KeyId\":\"" KEY_ID "\",\"KeyArn\":\"" ARN
               "\"}]},\"TotalCount\":1}"),
         REPLY("{\"Aliases\":{\"Alias\":[{\"AliasName\":\"alias/a\",\"KeyId\":\"" KEY_ID
               "\"}]},\"TotalCount\":1}"),
         REPLY(DESCRIBED));
    ck_assert_uint_gt(evc_alloc_sweep(list_once, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_key_is_described_into_what_all_providers_share,
                                  without_any_key_one_is_asked_for,
                                  no_key_is_deleted_from_here,
                                  a_key_of_another_place_is_not_touched,
                                  survives_memory_that_runs_out,
                                  NULL};
    const ack_loop loops[] = {{a_key_is_named_in_several_forms, COUNT(forms)},
                              {ack_takes_only_some_keys, COUNT(keys)},
                              {NULL, 0}};

    ack_add(suite, "ack_key", tests, loops);
}

EVC_TEST_MAIN("ack_key", add_tests)
