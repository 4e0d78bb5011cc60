/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/ibm_crn.h"
#include "evc-check.h"

#define INSTANCE "crn:v1:bluemix:public:kms:us-south:a/f047b55a:1e0a7b9c-aa"
#define KEY INSTANCE ":key:2291e4ae-a14c-4af9-88f0-27c0cb2739e2"

static evc_ibm_crn crn;

static bool
parses(const char *text)
{
    return evc_ibm_crn_parse(evc_view_text(text), &crn);
}

START_TEST(a_key_has_all_parts)
{
    ck_assert(parses(KEY));
    ck_assert(evc_view_is_text(crn.kind, "public"));
    ck_assert(evc_view_is_text(crn.service, "kms"));
    ck_assert(evc_view_is_text(crn.region, "us-south"));
    ck_assert(evc_view_is_text(crn.account, "f047b55a"));
    ck_assert(evc_view_is_text(crn.instance, "1e0a7b9c-aa"));
    ck_assert(evc_view_is_text(crn.key, "2291e4ae-a14c-4af9-88f0-27c0cb2739e2"));
}
END_TEST

START_TEST(an_instance_has_no_key)
{
    ck_assert(parses(INSTANCE "::"));
    ck_assert_uint_eq(crn.key.size, 0);
}
END_TEST

START_TEST(hyper_protect_is_read_too)
{
    ck_assert(parses("crn:v1:bluemix:public:hs-crypto:eu-de:a/1:2:key:3"));
    ck_assert(evc_view_is_text(crn.service, EVC_IBM_HPCS));
}
END_TEST

static const char *const wrong[] = {
    "",
    "crn",
    ":::::::::",
    INSTANCE,           /* parts are missing */
    INSTANCE ":key:",   /* a key without id */
    INSTANCE "::key",   /* an id without type */
    INSTANCE ":ring:a", /* no key */
    KEY ":more",        /* one part too many */
    "crx:v1:bluemix:public:kms:us-south:a/1:2:key:3",
    "crn:v2:bluemix:public:kms:us-south:a/1:2:key:3",
    "crn:v1::public:kms:us-south:a/1:2:key:3",
    "crn:v1:bluemix::kms:us-south:a/1:2:key:3",
    "crn:v1:bluemix:public:cos:us-south:a/1:2:key:3",
    "crn:v1:bluemix:public:kms::a/1:2:key:3",
    "crn:v1:bluemix:public:kms:evil.example/:a/1:2:key:3", /* goes to the host */
    "crn:v1:bluemix:public:kms:-south:a/1:2:key:3",
    "crn:v1:bluemix:public:kms:south-:a/1:2:key:3",
    "crn:v1:bluemix:public:kms:us-south:1:2:key:3", /* scope is no account */
    "crn:v1:bluemix:public:kms:us-south:a/:2:key:3",
    "crn:v1:bluemix:public:kms:us-south:a/1::key:3",
    "crn:v1:bluemix:public:kms:us-south:a/1:2:key:../3", /* goes to the path */
    "crn:v1:bluemix:public:kms:us-south:a/1:2:key:3\n",
};

START_TEST(other_texts_are_refused)
{
    ck_assert_msg(!parses(wrong[_i]), "\"%s\" was read", wrong[_i]);
}
END_TEST

START_TEST(every_shorter_text_is_refused)
{
    for (size_t size = 0; size < strlen(KEY); size++) {
        bool whole = evc_ibm_crn_parse(evc_view_of(KEY, size), &crn);

        ck_assert_msg(!whole || crn.key.size > 0, "%zu bytes were read", size);
        ck_assert(!whole || size > strlen(INSTANCE ":key:"));
    }
}
END_TEST

START_TEST(a_nul_is_no_part_of_a_name)
{
    static const char text[] = "crn:v1:bluemix:public:kms:us-south:a/1:2:key:3\0004";

    ck_assert(!evc_ibm_crn_parse(evc_view_of(text, sizeof(text) - 1), &crn));
}
END_TEST

START_TEST(length_is_limited)
{
    char text[EVC_IBM_CRN_MAX + 2];
    static const char head[] = "crn:v1:bluemix:public:kms:us-south:a/";
    size_t tail = strlen(":key:") + 255 + 1; /* one of the instance */

    for (size_t over = 0; over < 2; over++) {
        size_t size = EVC_IBM_CRN_MAX + over;

        memset(text, 'x', sizeof(text));
        memcpy(text, head, strlen(head));
        memcpy(&text[size - tail - 1], ":", 1);
        memcpy(&text[size - 255 - strlen(":key:")], ":key:", strlen(":key:"));
        ck_assert(evc_ibm_crn_parse(evc_view_of(text, size), &crn) == (over == 0));
    }
}
END_TEST

START_TEST(a_token_is_limited)
{
    char text[257];

    memset(text, 'a', sizeof(text));
    ck_assert(evc_ibm_is_token(evc_view_of(text, 255)));
    ck_assert(!evc_ibm_is_token(evc_view_of(text, 256)));
    ck_assert(!evc_ibm_is_token(evc_view_of(text, 0)));
    ck_assert(evc_ibm_is_region(evc_view_of(text, 63)));
    ck_assert(!evc_ibm_is_region(evc_view_of(text, 64)));
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        a_key_has_all_parts,        an_instance_has_no_key,
        hyper_protect_is_read_too,  every_shorter_text_is_refused,
        a_nul_is_no_part_of_a_name, length_is_limited,
        a_token_is_limited,         NULL};
    TCase *refused = tcase_create("refused");

    evc_check_add(suite, "crn", tests);
    tcase_add_loop_test(refused, other_texts_are_refused, 0,
                        sizeof(wrong) / sizeof(wrong[0]));
    suite_add_tcase(suite, refused);
}

EVC_TEST_MAIN("ibm_crn", add_tests)
