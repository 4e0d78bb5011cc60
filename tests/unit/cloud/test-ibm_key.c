/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_key.h"
#include "ibm-fixture.h"

static evc_json_doc *doc;
static evc_ibm_key key;

static int
read_key(const char *body)
{
    evc_json_free(doc);
    doc = NULL;
    EVC_CHECK_OK(evc_json_parse(evc_view_text(body), "the reply", &doc, NULL));
    return evc_ibm_key_only(doc, &key, NULL);
}

static void
tear_down(void)
{
    evc_json_free(doc);
    doc = NULL;
}

START_TEST(a_key_is_read)
{
    EVC_CHECK_OK(
        read_key(METADATA_OF("3", ",\"lastRotateDate\":\"2024-01-02T03:04:05Z\","
                                  "\"expirationDate\":\"2024-02-02T03:04:05Z\"")));
    ck_assert_str_eq(key.id, KEY);
    ck_assert_str_eq(key.crn, CRN);
    ck_assert_str_eq(key.name, "one");
    ck_assert_str_eq(key.version, VERSION);
    ck_assert_str_eq(key.ring, "default");
    ck_assert_int_eq(key.state, EVC_IBM_DEACTIVATED);
    ck_assert(!key.extractable && !key.imported);
    ck_assert_int_eq(key.created_ms, INT64_C(1672628645000));
    ck_assert_int_eq(key.rotated_ms, INT64_C(1704164645000));
    ck_assert_int_eq(key.expires_ms, INT64_C(1706843045000));
}
END_TEST

START_TEST(what_is_not_told_is_unknown)
{
    EVC_CHECK_OK(
        read_key("{\"resources\":[{\"id\":\"a\",\"crn\":\"b\",\"state\":9}]}"));
    ck_assert_ptr_null(key.name);
    ck_assert_ptr_null(key.version);
    ck_assert_int_eq(key.rotated_ms, -1);
    ck_assert(key.extractable); /* unless it says otherwise it is not for wrapping */
}
END_TEST

START_TEST(what_is_no_key_is_refused)
{
    static const char *const bodies[] = {
        "{}",
        "{\"resources\":{}}",
        "{\"resources\":[]}",
        "{\"resources\":[{},{}]}",
        "{\"resources\":[7]}",
        "{\"resources\":[{\"crn\":\"b\",\"state\":1}]}",
        "{\"resources\":[{\"id\":\"a\",\"state\":1}]}",
        "{\"resources\":[{\"id\":\"a\",\"crn\":\"b\"}]}",
        "{\"resources\":[{\"id\":1,\"crn\":\"b\",\"state\":1}]}",
        "{\"resources\":[{\"id\":\"a\",\"crn\":\"b\",\"state\":\"1\"}]}",
        "{\"resources\":[{\"id\":\"a\",\"crn\":\"b\",\"state\":-1}]}",
        "{\"resources\":[{\"id\":\"a\",\"crn\":\"b\",\"state\":4294967296}]}",
        "{\"resources\":[{\"id\":\"a\",\"crn\":\"b\",\"state\":1,\"extractable\":0}]}",
        "{\"resources\":[{\"id\":\"a\",\"crn\":\"b\",\"state\":1,\"name\":{}}]}",
    };

    for (size_t i = 0; i < sizeof(bodies) / sizeof(bodies[0]); i++)
        ck_assert_msg(read_key(bodies[i]) == ENVCRYPT_E_PROTOCOL, "%s was read",
                      bodies[i]);
    EVC_CHECK_CODE(evc_ibm_key_only(NULL, &key, NULL), ENVCRYPT_E_PROTOCOL);
}
END_TEST

START_TEST(states_say_what_a_key_does)
{
    static const struct {
        int64_t number;
        int32_t state;
        int wraps;
        int unwraps;
        const char *name;
    } rows[] = {
        {0, ENVCRYPT_KEY_CREATING, ENVCRYPT_E_KEY_NOT_READY, ENVCRYPT_E_KEY_NOT_READY,
         "Pre-activation"},
        {1, ENVCRYPT_KEY_ENABLED, 0, 0, "Active"},
        {2, ENVCRYPT_KEY_DISABLED, ENVCRYPT_E_KEY_DISABLED, ENVCRYPT_E_KEY_DISABLED,
         "Suspended"},
        {3, ENVCRYPT_KEY_DECRYPT_ONLY, ENVCRYPT_E_KEY_DECRYPT_ONLY, 0, "Deactivated"},
        {4, ENVCRYPT_KEY_UNKNOWN, 0, 0, "unknown"},
        {5, ENVCRYPT_KEY_DESTROYED, ENVCRYPT_E_KEY_DESTROYED, ENVCRYPT_E_KEY_DESTROYED,
         "Destroyed"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        evc_error *err = NULL;

        ck_assert_int_eq(evc_ibm_key_state(rows[i].number), rows[i].state);
        ck_assert_str_eq(evc_ibm_key_state_name(rows[i].number), rows[i].name);
        EVC_CHECK_CODE(evc_ibm_key_check(rows[i].number, false, CRN, NULL),
                       rows[i].unwraps);
        EVC_CHECK_CODE(evc_ibm_key_check(rows[i].number, true, CRN, &err),
                       rows[i].wraps);
        if (err)
            ck_assert_str_eq(evc_error_key_state(err), rows[i].name);
        evc_error_free(err);
    }
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {a_key_is_read, what_is_not_told_is_unknown,
                                  what_is_no_key_is_refused, states_say_what_a_key_does,
                                  NULL};
    TCase *tcase = tcase_create("key");

    tcase_add_checked_fixture(tcase, NULL, tear_down);
    for (const TTest *const *test = tests; *test; test++)
        tcase_add_test(tcase, *test);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("ibm_key", add_tests)
