/* SPDX-License-Identifier: Apache-2.0 */

#include "auth/aws_reply.h"
#include "auth/aws_sources.h"
#include "auth/json_value.h"
#include "base/process.h"

#define OUTPUT_MAX 65536u
#define TIME_MAX_MS 60000

/* "Sourcing credentials with an external process", AWS SDKs and Tools Reference Guide. */
static const evc_aws_form form = {.id = "AccessKeyId",
                                  .secret = "SecretAccessKey",
                                  .token = "SessionToken",
                                  .expires = "Expiration",
                                  .account = "AccountId",
                                  .may_have_no_token = true,
                                  .may_never_expire = true};

static int
run(const char *profile, const evc_words *words, evc_wait *wait, evc_buf *output,
    evc_error **err)
{
    const evc_process process = {.argv = (const char *const *)words->items,
                                 .limit = OUTPUT_MAX,
                                 .timeout_ms = TIME_MAX_MS};
    int status = 0;
    int rc = evc_process_run(&process, wait, output, &status, err);

    if (evc_process_was_cut(rc, wait))
        return rc;
    if (rc)
        return evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                            "the program of credential_process of profile %s did not "
                            "give credentials",
                            profile);
    if (status)
        return evc_err(err, ENVCRYPT_E_CREDENTIALS_DOWN,
                       "the program %s of credential_process of profile %s ended with "
                       "status %d; run it by hand to see why",
                       words->items[0], profile, status);
    return 0;
}

static int
read_output(const evc_aws_config *config, const char *profile, evc_buf *output,
            evc_creds **out, evc_error **err)
{
    const evc_aws_origin origin = {.source = "profile", .detail = profile};
    int64_t version = 0;
    int rc;

    if (!evc_json_value_integer(evc_buf_view(output), "Version", 0, INT32_MAX,
                                &version) ||
        version != 1)
        rc = evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                     "the program of credential_process of profile %s did not write a "
                     "JSON object with \"Version\": 1",
                     profile);
    else
        rc = evc_aws_reply_read(config->env->arena, &form, &origin, output, out, err);
    if (rc != ENVCRYPT_E_PROTOCOL)
        return rc;
    return evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                        "the program of credential_process of profile %s wrote no "
                        "credentials",
                        profile);
}

int
evc_aws_process_fetch(const evc_aws_config *config, const char *profile, evc_wait *wait,
                      evc_creds **out, evc_error **err)
{
    evc_words words;
    evc_buf output;
    int rc = evc_words_split(
        evc_aws_files_get(&config->files, profile, "credential_process"), &words, err);

    if (rc == ENVCRYPT_E_ARGUMENT)
        return evc_err_wrap(
            err, ENVCRYPT_E_BAD_CREDENTIALS,
            "the setting credential_process of profile %s cannot be read", profile);
    if (rc)
        return rc;
    evc_buf_init(&output);
    rc = run(profile, &words, wait, &output, err);
    if (rc == 0)
        rc = read_output(config, profile, &output, out, err);
    evc_buf_reset(&output);
    evc_words_reset(&words);
    return rc;
}
