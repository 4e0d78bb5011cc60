/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_wrapped.h"

#include <string.h>

#include "base/encode.h"
#include "cloud/arguments.h"
#include "cloud/aws_data.h"

/* The answer names the ARN, so a bare id is made one first. */
static int
find_arn(const evc_service *service, const evc_kv *args, evc_wait *wait, evc_buf *out,
         evc_error **err)
{
    evc_aws_describe ask = {.key_id = evc_service_arg(args, "key")};
    int rc = evc_aws_describe_run(evc_aws_account_of(service)->peer, &ask, wait, err);

    if (rc)
        return rc;
    rc = evc_aws_metadata_check_kind(&ask.metadata, err);
    evc_buf_put(out, ask.metadata.arn, strlen(ask.metadata.arn) + 1);
    evc_aws_metadata_reset(&ask.metadata);
    return rc ? rc : evc_buf_check(out, err);
}

static int
add_row(const evc_aws_blind *blind, evc_table *out, evc_error **err)
{
    evc_buf text;
    int rc = evc_table_add_row(out, err);

    evc_buf_init(&text);
    evc_encode_base64(&text, evc_buf_view(&blind->ciphertext));
    evc_buf_put_u8(&text, 0);
    if (!rc)
        rc = evc_buf_check(&text, err);
    if (!rc)
        rc = evc_table_set(out, "wrapped", (const char *)text.data, err);
    if (!rc)
        rc = evc_table_set(out, "key", blind->key_id, err);
    if (!rc && blind->material[0])
        rc = evc_table_set(out, "version", blind->material, err);
    evc_buf_reset(&text);
    return rc;
}

static int
generate(const evc_service *service, evc_aws_blind *blind, evc_wait *wait,
         evc_error **err)
{
    evc_operation op;
    int rc;

    evc_operation_init(&op, &evc_aws_blind_kind, evc_aws_account_of(service)->peer,
                       blind);
    op.subject = blind->key_id;
    rc = evc_operation_run(&op, wait, err);
    evc_operation_reset(&op);
    return rc;
}

static int
run(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
    evc_error **err)
{
    evc_aws_blind blind = {.size = 32};
    int64_t size = 32;
    evc_kv context;
    evc_buf arn;
    int rc = evc_arguments_number(args, "bytes", 1, 1024, &size, err);

    evc_kv_init(&context);
    evc_buf_init(&arn);
    evc_buf_init(&blind.ciphertext);
    if (!rc)
        rc = evc_arguments_pairs(evc_service_arg(args, "context"), "context", &context,
                                 err);
    if (!rc)
        rc = find_arn(service, args, wait, &arn, err);
    blind.size = (size_t)size;
    blind.context = &context;
    blind.key_id = (const char *)arn.data;
    if (!rc)
        rc = generate(service, &blind, wait, err);
    if (!rc)
        rc = add_row(&blind, out, err);
    evc_buf_reset(&blind.ciphertext);
    evc_buf_reset(&arn);
    evc_kv_reset(&context);
    return rc;
}

static const char *const needs[] = {"key", NULL};
static const char *const takes[] = {"bytes", "context", NULL};
static const char *const columns[] = {"key", "version", "wrapped", NULL};
const evc_action evc_aws_generate_wrapped_key = {
    .name = "generate-wrapped-key",
    .help = "makes a data key and tells it in wrapped form only, in base64",
    .needs = needs,
    .takes = takes,
    .columns = columns,
    .permission = "kms:GenerateDataKeyWithoutPlaintext, kms:DescribeKey",
    .run = run,
};
