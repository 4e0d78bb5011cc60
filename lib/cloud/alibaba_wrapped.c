/* SPDX-License-Identifier: Apache-2.0 */
/* The action that has Alibaba Cloud KMS make a data key which nobody sees. */
#include <inttypes.h>

#include "base/encode.h"
#include "cloud/alibaba_account.h"
#include "cloud/alibaba_actions.h"
#include "cloud/alibaba_data.h"
#include "cloud/arguments.h"
#include "cloud/context_form.h"

static const evc_operation_kind generate_kind =
    EVC_ALIBABA_ASKS("GenerateDataKeyWithoutPlaintext");

/* The argument "context" as JSON with a NUL; nothing when there is none. */
static int
write_context(const evc_kv *args, evc_buf *out, evc_error **err)
{
    evc_kv pairs;
    bool fits = true;
    int rc;

    evc_kv_init(&pairs);
    rc = evc_arguments_pairs(evc_service_arg(args, "context"), "context", &pairs, err);
    if (!rc && pairs.count) {
        fits = evc_context_json(&pairs, EVC_ALIBABA_CONTEXT_MAX, out);
        evc_buf_put_u8(out, 0);
        rc = evc_buf_check(out, err);
    }
    if (!rc && !fits)
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "the argument context is longer than the %u characters of JSON "
                     "that Alibaba Cloud KMS takes",
                     EVC_ALIBABA_CONTEXT_MAX);
    evc_kv_reset(&pairs);
    return rc;
}

static int
show(const char *arn, const evc_json *root, evc_table *out, evc_error **err)
{
    const char *used = NULL;
    const char *blob = NULL;
    const char *version = NULL;
    char shown[EVC_SHOWN];
    evc_alibaba_arn parts;
    int rc = evc_json_text(root, "KeyId", &used, err);

    if (!rc)
        rc = evc_json_text(root, "CiphertextBlob", &blob, err);
    if (!rc)
        rc = evc_json_text_opt(root, "KeyVersionId", &version, err);
    if (rc)
        return rc;
    evc_encode_shown(evc_view_text(used), shown);
    if (!evc_alibaba_arn_parse(evc_view_text(arn), &parts) ||
        !evc_alibaba_arn_names(&parts, evc_view_text(used)))
        return evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                       "Alibaba Cloud KMS used the key \"%s\" where \"%s\" was "
                       "expected; its answer was not used",
                       shown, arn);
    rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "key", arn, err);
    if (!rc)
        rc = evc_table_set(out, "version", version, err);
    if (!rc)
        rc = evc_table_set(out, "wrapped", blob, err);
    return rc;
}

static int
generate(const evc_service *service, const char *arn, const char *size,
         const char *context, evc_wait *wait, evc_table *out, evc_error **err)
{
    const evc_alibaba_parameter parameters[] = {{"KeyId", arn},
                                                {"NumberOfBytes", size},
                                                {"EncryptionContext", context},
                                                {NULL, NULL}};
    evc_alibaba_ask ask = {.parameters = parameters};
    int rc = evc_alibaba_ask_run(evc_alibaba_account_of(service)->peer, &generate_kind,
                                 arn, &ask, wait, err);

    if (rc)
        return rc;
    rc = show(arn, evc_json_root(ask.doc), out, err);
    evc_json_free(ask.doc);
    return evc_alibaba_wire_result(generate_kind.name, rc, err);
}

static int
run(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
    evc_error **err)
{
    int64_t bytes = 32;
    evc_buf context;
    evc_buf key;
    evc_buf b;
    char size[16];
    int rc = evc_arguments_number(args, "bytes", 1, 1024, &bytes, err);

    evc_buf_init(&context);
    evc_buf_init(&key);
    evc_buf_init_fixed(&b, size, sizeof(size));
    evc_buf_put_format(&b, "%" PRId64, bytes);
    evc_buf_put_u8(&b, 0);
    if (!rc)
        rc = evc_buf_check(&b, err);
    if (!rc)
        rc = write_context(args, &context, err);
    if (!rc)
        rc = evc_alibaba_account_key(service, args, wait, &key, err);
    if (!rc)
        rc = generate(service, (const char *)key.data, size,
                      context.size ? (const char *)context.data : NULL, wait, out, err);
    evc_buf_reset(&context);
    evc_buf_reset(&key);
    return rc;
}

static const char *const needs[] = {"key", NULL};
static const char *const takes[] = {"bytes", "context", NULL};
static const char *const columns[] = {"key", "version", "wrapped", NULL};
const evc_action evc_alibaba_generate_wrapped_key = {
    .name = "generate-wrapped-key",
    .help = "makes a data key and tells it in wrapped form only, as the service does",
    .needs = needs,
    .takes = takes,
    .columns = columns,
    .permission = "kms:GenerateDataKeyWithoutPlaintext, kms:DescribeKey",
    .run = run,
};
