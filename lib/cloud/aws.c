/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cloud/arguments.h"
#include "cloud/aws_data.h"
#include "cloud/aws_errors.h"
#include "cloud/aws_metadata.h"
#include "cloud/aws_open.h"
#include "cloud/aws_rotations.h"

#define FORM                                                                    \
    "the forms are aws-kms:///ARN, aws-kms://REGION/KEY with the id, alias or " \
    "ARN of a key, and aws-kms://REGION for discovery"

#define GRANT_TOKENS_MAX 10u
#define GRANT_TOKEN_MAX 8192u

static const char *const options[] = {
    EVC_AWS_OPTIONS, "grant-tokens", "discovery-accounts", "discovery-partition", NULL,
};

/* --- calls that take more than one request --- */

static int
describe_key(evc_aws_key *key, evc_aws_metadata *out, evc_wait *wait, evc_error **err)
{
    evc_aws_describe ask = {.key_id = key->arn, .grant_tokens = key->grant_tokens};
    char shown[EVC_SHOWN];
    int rc = evc_aws_describe_run(key->cloud.peer, &ask, wait, err);

    *out = ask.metadata;
    if (rc)
        return rc;
    if (strcmp(out->arn, key->arn) == 0)
        return 0;
    evc_encode_shown(evc_view_text(out->arn), shown);
    rc = evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                 "AWS KMS described the key \"%s\" where \"%s\" was asked for", shown,
                 key->arn);
    evc_aws_metadata_reset(out);
    return rc;
}

static int32_t
version_state(const evc_aws_rotation *rotation)
{
    if (!rotation->state)
        return ENVCRYPT_KEY_UNKNOWN;
    if (strcmp(rotation->state, "CURRENT") == 0)
        return ENVCRYPT_KEY_ENABLED;
    if (strcmp(rotation->state, "NON_CURRENT") == 0)
        return ENVCRYPT_KEY_DECRYPT_ONLY;
    return ENVCRYPT_KEY_CREATING; /* pending */
}

/* Versions as far as they can be told; the current one is what the metadata says. */
static int
add_versions(evc_key_info *info, const evc_aws_metadata *metadata,
             const evc_aws_rotations *rotations, evc_error **err)
{
    size_t current = SIZE_MAX;
    int rc = 0;

    for (size_t i = 0; !rc && i < rotations->count; i++) {
        const evc_aws_rotation *one = &rotations->items[i];

        if (!one->material)
            continue;
        rc = evc_key_info_add(info, one->material, version_state(one),
                              one->date_ms < 0 ? metadata->created_ms : one->date_ms,
                              err);
        if (!rc && metadata->material && strcmp(one->material, metadata->material) == 0)
            current = info->count - 1;
    }
    if (!rc && current == SIZE_MAX && metadata->material) {
        rc = evc_key_info_add(info, metadata->material, ENVCRYPT_KEY_ENABLED, -1, err);
        if (!rc)
            current = info->count - 1;
    }
    info->current = current;
    return rc;
}

/* Whether a key that cannot list its versions can go without. */
static bool
may_go_without(int code)
{
    return code == ENVCRYPT_E_DENIED || code == ENVCRYPT_E_UNSUPPORTED ||
           code == ENVCRYPT_E_REQUEST_REFUSED || code == ENVCRYPT_E_KEY_NOT_FOUND ||
           evc_error_class_of(code) == ENVCRYPT_CLASS_KEY_STATE;
}

static void
note_retired(evc_aws_key *key, const evc_aws_rotations *rotations)
{
    for (size_t i = 0; i < rotations->count; i++) {
        const evc_aws_rotation *one = &rotations->items[i];

        if (one->material && version_state(one) == ENVCRYPT_KEY_DECRYPT_ONLY)
            evc_aws_key_retire(key, one->material);
    }
}

static int
serve_describe(evc_aws_key *key, evc_call *call, evc_wait *wait, evc_error **err)
{
    evc_aws_metadata metadata;
    evc_aws_rotations rotations = {.items = NULL};
    int rc = describe_key(key, &metadata, wait, err);

    if (rc)
        return rc;
    rc = evc_aws_rotations_list(key->cloud.peer, key->arn, &rotations, wait, err);
    if (rc && may_go_without(rc)) {
        evc_err_drop(err);
        rc = 0;
    }
    if (!rc)
        rc = evc_key_info_new(evc_view_text(key->arn), &call->info, err);
    if (!rc) {
        call->info->state = evc_aws_metadata_state(&metadata);
        rc = add_versions(call->info, &metadata, &rotations, err);
    }
    if (!rc)
        note_retired(key, &rotations);
    evc_aws_rotations_reset(&rotations);
    evc_aws_metadata_reset(&metadata);
    return rc;
}

/* Without the permission to describe: a dry run tells as much. */
static int
probe_dry(evc_aws_key *key, evc_wait *wait, evc_error **err)
{
    evc_operation op;
    int rc;

    evc_operation_init(&op, &evc_aws_dry_run_kind, key->cloud.peer, key);
    op.subject = key->arn;
    rc = evc_operation_run(&op, wait, err);
    if (rc && strcmp(op.fault.provider_code, EVC_AWS_DRY_RUN) == 0) {
        evc_err_drop(err);
        rc = 0;
    }
    evc_operation_reset(&op);
    return rc;
}

static int
serve_probe(evc_aws_key *key, evc_wait *wait, evc_error **err)
{
    evc_aws_metadata metadata;
    int rc = describe_key(key, &metadata, wait, err);

    if (rc == ENVCRYPT_E_DENIED)
        return probe_dry(key, wait, err);
    if (!rc)
        rc = evc_aws_metadata_check_kind(&metadata, err);
    if (!rc)
        rc = evc_aws_metadata_check_state(&metadata, err);
    evc_aws_metadata_reset(&metadata);
    return rc;
}

static int
aws_run(evc_kms *kms, evc_call *call, evc_wait *wait, evc_error **err)
{
    return call->operation == ENVCRYPT_OP_DESCRIBE
               ? serve_describe(kms->state, call, wait, err)
               : serve_probe(kms->state, wait, err);
}

/* --- open --- */

static int
refuse_uri(evc_error **err, const char *why)
{
    return evc_err(err, ENVCRYPT_E_URI, "this URI of a key of AWS KMS %s; " FORM, why);
}

/* What a URI names. */
typedef struct named {
    const char *region; /* demanded; NULL = not */
    const char *key;    /* "" = discovery */
    evc_aws_arn arn;
    bool is_arn;
    char arn_region[64];
} named;

static int
check_arn_region(named *out, evc_error **err)
{
    evc_buf b;

    evc_buf_init_fixed(&b, out->arn_region, sizeof(out->arn_region));
    evc_buf_put_view(&b, out->arn.region);
    evc_buf_put_u8(&b, 0);
    if (!out->region || strcmp(out->region, out->arn_region) == 0 ||
        evc_aws_arn_is_multi_region(&out->arn))
        return evc_buf_check(&b, err);
    return evc_err(err, ENVCRYPT_E_REGION,
                   "the ARN names the Region %s and the URI or option %s; only "
                   "multi-Region keys (mrk-…) are used in another Region than their "
                   "ARN's",
                   out->arn_region, out->region);
}

static int
read_uri(const evc_uri *uri, const struct envcrypt_kms_config *config, named *out,
         evc_error **err)
{
    evc_view key;
    int rc = evc_aws_open_region(uri, config, &out->region, err);

    if (rc)
        return rc;
    if (uri->fragment)
        return refuse_uri(err, "has a # where none belongs");
    out->key = uri->path[0] == '/' ? &uri->path[1] : uri->path;
    key = evc_view_text(out->key);
    if (key.size == 0)
        return uri->authority[0] ? 0 : refuse_uri(err, "names no key and no Region");
    out->is_arn = evc_aws_arn_parse(key, &out->arn);
    if (out->is_arn)
        return check_arn_region(out, err);
    if (evc_view_starts_with(key, "arn:"))
        return refuse_uri(err, "has an ARN that is not one of a key or alias");
    if (!evc_aws_is_alias_name(key) && !evc_aws_is_key_id(key))
        return refuse_uri(err, "names what is no key");
    return 0;
}

static int
check_grant_tokens(const char *list, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(list));
    evc_view token;
    size_t count = 0;

    while (evc_arguments_next(&c, &token)) {
        if (++count > GRANT_TOKENS_MAX || token.size == 0 ||
            token.size > GRANT_TOKEN_MAX || !evc_is_utf8(token))
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "the option grant-tokens is 1 to %u tokens with commas "
                           "between them",
                           GRANT_TOKENS_MAX);
    }
    return 0;
}

static int
check_filter(const evc_aws_key *key, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(key->accounts));
    evc_view account;

    if (key->arn[0] && (key->accounts || key->partition))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the options discovery-accounts and discovery-partition are for "
                       "URIs that name no key");
    if (key->partition && !evc_aws_is_partition(evc_view_text(key->partition)))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the option discovery-partition is like aws or aws-cn");
    if (key->accounts && !key->accounts[0])
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the option discovery-accounts is empty; give accounts, or "
                       "leave it away for any");
    while (evc_arguments_next(&c, &account)) {
        if (!evc_aws_is_account(account))
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "the option discovery-accounts is accounts of 12 digits "
                           "with commas between them");
    }
    return 0;
}

static int
copy_option(const evc_uri *uri, const struct envcrypt_kms_config *config,
            const char *name, char **out, evc_error **err)
{
    const char *text = evc_backend_option(uri, config, name);

    if (!text)
        return 0;
    *out = evc_mem_strdup(text);
    return *out ? 0 : evc_err_nomem(err);
}

/* Alias or bare id: asked for once, so that a later change of the alias changes nothing
 * here. */
static int
resolve(evc_aws_key *key, const named *name, evc_wait *wait, evc_error **err)
{
    evc_aws_describe ask = {.key_id = name->key, .grant_tokens = key->grant_tokens};
    const evc_aws_metadata *found = &ask.metadata;
    bool fits;
    int rc = evc_aws_describe_run(key->cloud.peer, &ask, wait, err);

    if (rc)
        return rc;
    fits = evc_view_is_text(found->parts.region, key->region);
    if (name->is_arn)
        fits = fits && evc_view_equal(found->parts.account, name->arn.account) &&
               evc_view_equal(found->parts.partition, name->arn.partition);
    else if (evc_aws_is_key_id(evc_view_text(name->key)))
        fits = fits && evc_view_is_text(found->parts.id, name->key);
    if (!fits)
        rc = evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                     "AWS KMS says that the key \"%s\" is one that it cannot be; check "
                     "the endpoint",
                     name->key);
    if (!rc)
        rc = evc_aws_metadata_check_kind(found, err);
    if (!rc) {
        key->arn = evc_mem_strdup(found->arn);
        rc = key->arn ? 0 : evc_err_nomem(err);
    }
    evc_aws_metadata_reset(&ask.metadata);
    return rc;
}

/* The ARN in the Region where it is asked for: only multi-Region keys differ. */
static int
pin_arn(evc_aws_key *key, const named *name, evc_error **err)
{
    char arn[EVC_AWS_ARN_MAX + 64];
    evc_buf b;
    int rc;

    evc_buf_init_fixed(&b, arn, sizeof(arn));
    if (name->key[0])
        evc_aws_arn_write(&name->arn, evc_view_text(key->region), &b);
    evc_buf_put_u8(&b, 0);
    rc = evc_buf_check(&b, err);
    if (rc)
        return rc;
    key->arn = evc_mem_strdup(arn);
    return key->arn ? 0 : evc_err_nomem(err);
}

/* The peer and the Region. */
static int
open_peer(evc_kms *kms, const evc_uri *uri, const struct envcrypt_kms_config *config,
          const named *name, evc_wait *wait, evc_error **err)
{
    evc_aws_key *key = kms->state;
    evc_aws_place place = {.region = name->region,
                           .arn_region = name->is_arn ? name->arn_region : NULL,
                           .caller = &key->caller};
    evc_buf region;
    int rc;

    evc_buf_init(&region);
    rc = evc_aws_open(kms->crypto, kms->net, uri, config, &place, wait,
                      &key->cloud.peer, &region, err);
    if (!rc) {
        key->region = evc_mem_strdup((const char *)region.data);
        rc = key->region ? 0 : evc_err_nomem(err);
    }
    evc_buf_reset(&region);
    return rc;
}

static int
open_key(evc_kms *kms, const evc_uri *uri, const struct envcrypt_kms_config *config,
         evc_wait *wait, evc_error **err)
{
    evc_aws_key *key = kms->state;
    named name = {.region = NULL};
    bool fixed;
    int rc = read_uri(uri, config, &name, err);

    if (!rc)
        rc = copy_option(uri, config, "grant-tokens", &key->grant_tokens, err);
    if (!rc)
        rc = copy_option(uri, config, "discovery-accounts", &key->accounts, err);
    if (!rc)
        rc = copy_option(uri, config, "discovery-partition", &key->partition, err);
    if (!rc)
        rc = check_grant_tokens(key->grant_tokens, err);
    if (!rc)
        rc = open_peer(kms, uri, config, &name, wait, err);
    if (rc)
        return rc;
    fixed = !name.key[0] || (name.is_arn && !name.arn.is_alias);
    rc = fixed ? pin_arn(key, &name, err) : resolve(key, &name, wait, err);
    return rc ? rc : check_filter(key, err);
}

static int
aws_open(evc_kms *kms, const evc_uri *uri, const struct envcrypt_kms_config *config,
         evc_wait *wait, evc_error **err)
{
    evc_env *env = evc_crypto_env(kms->crypto);
    evc_aws_key *key;
    int rc = evc_aws_key_new(env->generation, &key, err);

    if (rc)
        return rc;
    kms->state = key;
    key->arena = env->arena;
    key->cloud.kind_of = evc_aws_data_kind;
    key->cloud.run = aws_run;
    rc = open_key(kms, uri, config, wait, err);
    if (rc)
        return rc;
    kms->provider = evc_mem_strdup(EVC_AWS_PROVIDER);
    kms->key_id = evc_mem_strdup(key->arn);
    kms->discovery = !key->arn[0];
    kms->max_plaintext = EVC_AWS_PLAINTEXT_MAX;
    kms->operations = ENVCRYPT_OP_UNWRAP;
    if (!kms->discovery)
        kms->operations |= ENVCRYPT_OP_WRAP | ENVCRYPT_OP_GENERATE |
                           ENVCRYPT_OP_REWRAP | ENVCRYPT_OP_DESCRIBE |
                           ENVCRYPT_OP_ROTATE | ENVCRYPT_OP_PROBE;
    return kms->provider && kms->key_id ? 0 : evc_err_nomem(err);
}

static bool
aws_claims(const evc_kms *kms, const evc_edk *edk)
{
    return evc_aws_key_claims(kms->state, edk);
}

static const char *
aws_permission(uint32_t operation)
{
    switch (operation) {
    case ENVCRYPT_OP_WRAP:
        return "kms:Encrypt";
    case ENVCRYPT_OP_UNWRAP:
        return "kms:Decrypt";
    case ENVCRYPT_OP_GENERATE:
        return "kms:GenerateDataKey";
    case ENVCRYPT_OP_REWRAP:
        return "kms:ReEncryptFrom and kms:ReEncryptTo";
    case ENVCRYPT_OP_DESCRIBE:
    case ENVCRYPT_OP_PROBE:
        return "kms:DescribeKey";
    case ENVCRYPT_OP_ROTATE:
        return "kms:RotateKeyOnDemand";
    default:
        return NULL;
    }
}

static int
aws_identity(const evc_kms *kms, evc_wait *wait, evc_buf *out, evc_error **err)
{
    const evc_aws_key *key = kms->state;

    return evc_aws_identity(key->caller.config, key->caller.chain, key->region, wait,
                            out, err);
}

const evc_backend evc_backend_aws = {
    .scheme = "aws-kms",
    .options = options,
    .open = aws_open,
    .close = evc_aws_key_free,
    .claims = aws_claims,
    .start = evc_cloud_start,
    .at_once = true,
    .start_many = evc_cloud_start_many,
    .permission = aws_permission,
    .identity = aws_identity,
};
