/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/plugin_form.h"

#include "stored-fixture.h"

static turning service;

/* What evc_plugin_form_read makes of a text. */
static int
read_form(const char *form, const char *provider, evc_view text, evc_buf *info,
          evc_edk *edk)
{
    evc_kms *kms = open_turning(&service, provider, "arn:k");
    evc_plugin_form parsed;
    static char provider_text[64];
    int rc;

    EVC_CHECK_OK(evc_plugin_form_parse(form, kms, &parsed, NULL));
    rc = evc_plugin_form_read(parsed, kms, text, evc_view_text("stored id"), false,
                              info, edk, NULL);
    (void)snprintf(provider_text, sizeof(provider_text), "%s", provider);
    if (rc == 0 && edk->provider.data == (const uint8_t *)kms->provider)
        edk->provider = evc_view_text(provider_text);
    evc_kms_unref(kms);
    return rc;
}

#define VIEW(text) evc_view_of(text, sizeof(text) - 1)

START_TEST(aws_has_a_version_before_the_blob)
{
    evc_buf info = {0};
    evc_edk edk;

    EVC_CHECK_OK(read_form("aws", "aws-kms", VIEW("1blob"), &info, &edk));
    ck_assert(evc_view_is_text(edk.ciphertext, "blob"));
    ck_assert(evc_view_is_text(edk.info, "arn:k"));
    ck_assert(evc_view_is_text(edk.provider, "aws-kms"));
    evc_buf_reset(&info);
}
END_TEST

/* Blobs of AWS KMS begin with 01 02. */
START_TEST(aws_may_lack_the_version)
{
    evc_buf info = {0};
    evc_edk edk;

    EVC_CHECK_OK(read_form("aws", "aws-kms", VIEW("\x01\x02zz"), &info, &edk));
    ck_assert_uint_eq(edk.ciphertext.size, 4);
    evc_buf_reset(&info);
}
END_TEST

START_TEST(other_forms_take_the_text_as_it_is)
{
    static const char *const cases[][2] = {{"alibaba", "envcrypt-alibaba-kms"},
                                           {"raw", "acme"},
                                           {"raw", "envcrypt-ibm-kp"}};

    for (size_t i = 0; i < 3; i++) {
        evc_buf info = {0};
        evc_edk_service said;
        evc_edk edk;

        EVC_CHECK_OK(read_form(cases[i][0], cases[i][1], VIEW("1blob"), &info, &edk));
        ck_assert(evc_view_is_text(edk.ciphertext, "1blob"));
        ck_assert(evc_edk_service_parse(edk.info, &said));
        ck_assert(evc_view_is_text(said.key_id, "arn:k"));
        ck_assert_int_eq(said.form, EVC_FORM_NONE);
        evc_buf_reset(&info);
    }
}
END_TEST

START_TEST(edk_is_a_whole_encrypted_data_key)
{
    static const char text[] = "\0\4acme\0\2in\0\3key";
    evc_buf info = {0};
    evc_edk edk;

    EVC_CHECK_OK(read_form("edk", "acme", VIEW(text), &info, &edk));
    ck_assert(evc_view_is_text(edk.provider, "acme"));
    ck_assert(evc_view_is_text(edk.info, "in"));
    ck_assert(evc_view_is_text(edk.ciphertext, "key"));
}
END_TEST

START_TEST(refuses_what_has_another_form)
{
    evc_buf info = {0};
    evc_edk edk;

    EVC_CHECK_CODE(read_form("edk", "acme", VIEW("\0\4acme"), &info, &edk),
                   ENVCRYPT_E_STORED);
    EVC_CHECK_CODE(read_form("edk", "acme", VIEW("\0\1a\0\1b\0\1c."), &info, &edk),
                   ENVCRYPT_E_STORED);
    EVC_CHECK_CODE(read_form("aws", "aws-kms", VIEW("1"), &info, &edk),
                   ENVCRYPT_E_STORED);
    evc_buf_reset(&info);
}
END_TEST

START_TEST(writes_what_it_reads)
{
    static const struct {
        evc_plugin_form form;
        const char *text;
        size_t size;
    } cases[] = {{EVC_PLUGIN_AWS, "1key", 4},
                 {EVC_PLUGIN_ALIBABA, "key", 3},
                 {EVC_PLUGIN_EDK, "\0\4acme\0\2in\0\3key", 15},
                 {EVC_PLUGIN_RAW, "key", 3}};
    evc_edk edk = {VIEW("acme"), VIEW("in"), VIEW("key")};

    for (size_t i = 0; i < 4; i++) {
        evc_buf out = {0};

        evc_plugin_form_write(cases[i].form, &edk, &out);
        ck_assert(evc_view_equal(evc_buf_view(&out),
                                 evc_view_of(cases[i].text, cases[i].size)));
        evc_buf_reset(&out);
    }
}
END_TEST

START_TEST(forms_of_a_cloud_want_its_keys)
{
    evc_kms *kms = open_turning(&service, "acme", "k");
    evc_plugin_form form;

    EVC_CHECK_CODE(evc_plugin_form_parse("aws", kms, &form, NULL), ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_plugin_form_parse("alibaba", kms, &form, NULL),
                   ENVCRYPT_E_ARGUMENT);
    EVC_CHECK_CODE(evc_plugin_form_parse("azure", kms, &form, NULL),
                   ENVCRYPT_E_ARGUMENT);
    evc_kms_unref(kms);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        aws_has_a_version_before_the_blob,  aws_may_lack_the_version,
        other_forms_take_the_text_as_it_is, edk_is_a_whole_encrypted_data_key,
        refuses_what_has_another_form,      writes_what_it_reads,
        forms_of_a_cloud_want_its_keys,     NULL};

    stored_add(suite, "plugin form", tests);
}

EVC_TEST_MAIN("plugin form", add_tests)
