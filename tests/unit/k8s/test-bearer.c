/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/bearer.h"

#include "../auth/aws-served.h"
#include "evc-alloc.h"
#include "k8s/eks_token.h"

static evc_kube_access granted;
static evc_bearer_options bearer;

static void
set_up(void)
{
    aws_open();
    evc_kube_access_init(&granted);
    bearer = (evc_bearer_options){.access = &granted};
}

static void
tear_down(void)
{
    evc_kube_access_reset(&granted);
    aws_close();
}

static int
open_bearer(void)
{
    evc_chain_unref(chain);
    return evc_bearer_open(crypto, net, &bearer, &chain, NULL);
}

static int
get(void)
{
    evc_creds_unref(creds);
    creds = NULL;
    evc_error_free(error);
    error = NULL;
    return evc_chain_get(chain, &real_wait, &creds, &error);
}

static void
set_token(const char *token)
{
    EVC_CHECK_OK(evc_kube_access_keep(env->arena, "the token", evc_view_text(token),
                                      &granted.token, NULL));
}

START_TEST(without_anything_there_is_no_chain)
{
    EVC_CHECK_OK(open_bearer());
    ck_assert_ptr_null(chain);
}
END_TEST

START_TEST(a_token_is_fixed)
{
    set_token("planted");
    EVC_CHECK_OK(open_bearer());
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "planted"));
    ck_assert(!evc_chain_refuse(chain, creds));
}
END_TEST

/* --- file --- */

static void
open_file(const char *content)
{
    evc_folder_put("token", content, 0600);
    EVC_CHECK_OK(evc_text_set(&granted.token_file, evc_folder_path("token"), NULL));
    EVC_CHECK_OK(open_bearer());
}

START_TEST(a_file_goes_before_a_token_and_is_trimmed)
{
    set_token("planted");
    open_file(" \tfrom-file\r\n\n");
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "from-file"));
}
END_TEST

START_TEST(a_file_is_read_again_after_50_s_and_not_before)
{
    open_file("one");
    EVC_CHECK_OK(get());
    evc_folder_put("token", "two", 0600);
    served.now_ms += 49999;
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "one"));
    served.now_ms += 1;
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "two"));
}
END_TEST

START_TEST(a_token_of_a_file_that_is_refused_is_read_again)
{
    open_file("one");
    EVC_CHECK_OK(get());
    evc_folder_put("token", "two", 0600);
    ck_assert(evc_chain_refuse(chain, creds));
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "two"));
}
END_TEST

START_TEST(a_file_that_is_away_for_a_moment_does_no_harm)
{
    open_file("one");
    EVC_CHECK_OK(get());
    ck_assert_int_eq(unlink(evc_folder_path("token")), 0);
    served.now_ms += 55000;
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "one"));
    served.now_ms += 5000;
    EVC_CHECK_CODE(get(), ENVCRYPT_E_BAD_CREDENTIALS);
    ck_assert_ptr_nonnull(strstr(evc_error_message(error), "/token"));
}
END_TEST

START_TEST(a_token_of_a_file_may_have_16_kib_and_no_more)
{
    static char content[17000];

    (void)snprintf(content, sizeof(content), "%016384d\n", 1);
    open_file(content);
    EVC_CHECK_OK(get());
    (void)snprintf(content, sizeof(content), "%016385d\n", 1);
    open_file(content);
    EVC_CHECK_CODE(get(), ENVCRYPT_E_BAD_CREDENTIALS);
}
END_TEST

/* --- program --- */

/* Each run writes one more line to the file "runs" of the folder, where we are, and gives the number as token. */
static void
open_program(const char *expires)
{
    static char script[1024];

    (void)snprintf(script, sizeof(script),
                   "#!/bin/sh\necho >> runs\nn=$(wc -l < runs)\n"
                   "echo '{\"apiVersion\":\"client.authentication.k8s.io/v1\",\"kind\":"
                   "\"ExecCredential\",\"status\":{\"token\":\"run-'$n'\"%s}}'\n",
                   expires);
    evc_folder_put("plugin", script, 0700);
    EVC_CHECK_OK(evc_text_set(&granted.exec.command, evc_folder_path("plugin"), NULL));
    EVC_CHECK_OK(evc_text_set(&granted.exec.user, "user dev of /k", NULL));
    granted.exec.v1 = true;
    EVC_CHECK_OK(open_bearer());
}

START_TEST(a_program_is_run_once_and_again_when_it_was_refused)
{
    open_program("");
    EVC_CHECK_OK(get());
    served.now_ms += 1000000;
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "run-1"));
    ck_assert(evc_chain_refuse(chain, creds));
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "run-2"));
}
END_TEST

START_TEST(a_program_is_run_again_before_its_token_ends)
{
    open_program(",\"expirationTimestamp\":\"2023-11-14T22:23:20Z\""); /* 600 s */
    EVC_CHECK_OK(get());
    served.now_ms += 539999;
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "run-1"));
    served.now_ms += 1;
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "run-2"));
}
END_TEST

START_TEST(a_program_whose_token_is_over_already_gives_none)
{
    open_program(",\"expirationTimestamp\":\"2023-11-14T22:13:20Z\"");
    EVC_CHECK_CODE(get(), ENVCRYPT_E_CREDENTIALS_DOWN);
}
END_TEST

START_TEST(no_program_is_run_where_there_is_a_token_or_certificate)
{
    set_token("planted");
    open_program("");
    EVC_CHECK_OK(get());
    ck_assert(is_secret(&creds->token, "planted"));
    evc_secret_free(&granted.token);
    EVC_CHECK_OK(evc_text_set(&granted.cert_pem, "c", NULL));
    EVC_CHECK_OK(open_bearer());
    ck_assert_ptr_null(chain);
}
END_TEST

/* --- EKS --- */

static void
open_eks(void)
{
    set_variable("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    set_variable("AWS_SECRET_ACCESS_KEY", "planted-secret");
    bearer.eks_cluster = "prod";
    bearer.aws_region = "eu-west-1";
    EVC_CHECK_OK(open_bearer());
}

START_TEST(a_token_for_eks_is_made_and_made_anew)
{
    evc_creds *first;

    set_token("planted");
    open_eks();
    EVC_CHECK_OK(get());
    ck_assert_mem_eq(creds->token.bytes, "k8s-aws-v1.", 11);
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + EVC_EKS_TOKEN_LIFE_MS);
    first = evc_creds_ref(creds);
    served.now_ms += EVC_EKS_TOKEN_LIFE_MS - 60001;
    EVC_CHECK_OK(get());
    ck_assert_ptr_eq(creds, first);
    served.now_ms += 1;
    EVC_CHECK_OK(get());
    ck_assert_ptr_ne(creds, first);
    evc_creds_unref(first);
}
END_TEST

/* The server takes no others, so an endpoint of one's own is not for tokens. */
START_TEST(a_token_for_eks_is_for_the_host_of_aws)
{
    static const char begins[] = "k8s-aws-v1.aHR0cHM6Ly9zdHMu"; /* "https://sts." */

    ck_assert_int_eq(setenv("AWS_ENDPOINT_URL_STS", "https://custom.example", 1), 0);
    open_eks();
    EVC_CHECK_OK(get());
    ck_assert_mem_eq(creds->token.bytes, begins, sizeof(begins) - 1);
}
END_TEST

START_TEST(a_token_for_eks_that_was_refused_is_made_anew)
{
    evc_creds *first;

    open_eks();
    EVC_CHECK_OK(get());
    first = evc_creds_ref(creds);
    ck_assert(evc_chain_refuse(chain, creds));
    served.now_ms += 1000;
    EVC_CHECK_OK(get());
    ck_assert_ptr_ne(creds, first);
    evc_creds_unref(first);
}
END_TEST

static int fetched; /* how often the source below was asked */

static int
fetch_short(void *state, evc_net *of, int64_t now_ms, evc_wait *wait, evc_creds **out,
            evc_error **err)
{
    const evc_creds_parts parts = {.id = evc_view_text("AKID"),
                                   .secret = evc_view_text("s"),
                                   .token = evc_view_text("t"),
                                   .expires_ms = now_ms + 300000,
                                   .source = "test"};

    (void)state;
    (void)wait;
    fetched++;
    return evc_creds_new(evc_net_env(of)->arena, &parts, out, err);
}

static evc_chain *
open_short(void)
{
    static const evc_source source = {"test", fetch_short, NULL, false};
    static const evc_chain_rules rules = {"aws", 1000, 500, ""};
    evc_chain *made;

    fetched = 0;
    EVC_CHECK_OK(evc_chain_new(net, &rules, &made, NULL));
    EVC_CHECK_OK(evc_chain_add(made, &source, NULL, NULL));
    return made;
}

START_TEST(a_token_for_eks_ends_with_the_credentials_that_made_it)
{
    evc_chain *aws = open_short();

    bearer.aws_chain = aws;
    open_eks();
    evc_chain_unref(aws);
    EVC_CHECK_OK(get());
    ck_assert_int_eq(creds->expires_ms, SERVED_TIME + 300000);
}
END_TEST

START_TEST(credentials_whose_token_was_refused_are_asked_for_anew)
{
    evc_chain *aws = open_short();

    bearer.aws_chain = aws;
    open_eks();
    evc_chain_unref(aws);
    EVC_CHECK_OK(get());
    ck_assert_int_eq(fetched, 1);
    ck_assert(evc_chain_refuse(chain, creds));
    EVC_CHECK_OK(get());
    ck_assert_int_eq(fetched, 2);
}
END_TEST

START_TEST(without_a_region_eks_cannot_be)
{
    set_variable("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE");
    set_variable("AWS_SECRET_ACCESS_KEY", "s");
    set_variable("AWS_EC2_METADATA_DISABLED", "true");
    bearer.eks_cluster = "prod";
    EVC_CHECK_OK(open_bearer());
    EVC_CHECK_CODE(get(), ENVCRYPT_E_REGION);
}
END_TEST

START_TEST(the_region_of_the_environment_counts)
{
    set_variable("AWS_REGION", "cn-north-1");
    open_eks();
    bearer.aws_region = NULL;
    EVC_CHECK_OK(open_bearer());
    EVC_CHECK_OK(get());
}
END_TEST

/* --- memory --- */

static int
open_once(void *user)
{
    evc_chain *made = NULL;
    evc_creds *got = NULL;
    int rc = evc_bearer_open(crypto, net, &bearer, &made, NULL);

    (void)user;
    if (rc == 0 && made)
        rc = evc_chain_get(made, &real_wait, &got, NULL);
    evc_creds_unref(got);
    evc_chain_unref(made);
    return rc;
}

START_TEST(each_survives_memory_that_runs_out)
{
    set_token("planted");
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 2);
    open_file("one");
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 4);
    open_eks();
    ck_assert_uint_gt(evc_alloc_sweep(open_once, NULL), 20);
}
END_TEST

static void
add_tests(Suite *suite)
{
    const TTest *const tests[] = {
        without_anything_there_is_no_chain,
        a_token_is_fixed,
        a_file_goes_before_a_token_and_is_trimmed,
        a_file_is_read_again_after_50_s_and_not_before,
        a_token_of_a_file_that_is_refused_is_read_again,
        a_file_that_is_away_for_a_moment_does_no_harm,
        a_token_of_a_file_may_have_16_kib_and_no_more,
        a_program_is_run_once_and_again_when_it_was_refused,
        a_program_is_run_again_before_its_token_ends,
        a_program_whose_token_is_over_already_gives_none,
        no_program_is_run_where_there_is_a_token_or_certificate,
        a_token_for_eks_is_made_and_made_anew,
        a_token_for_eks_is_for_the_host_of_aws,
        a_token_for_eks_that_was_refused_is_made_anew,
        a_token_for_eks_ends_with_the_credentials_that_made_it,
        credentials_whose_token_was_refused_are_asked_for_anew,
        without_a_region_eks_cannot_be,
        the_region_of_the_environment_counts,
        each_survives_memory_that_runs_out,
        NULL};
    TCase *tcase = tcase_create("bearer");

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    for (size_t i = 0; tests[i]; i++)
        tcase_add_test(tcase, tests[i]);
    suite_add_tcase(suite, tcase);
}

EVC_TEST_MAIN("bearer", add_tests)
