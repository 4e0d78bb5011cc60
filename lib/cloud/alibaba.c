/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cloud/alibaba_data.h"
#include "cloud/alibaba_metadata.h"
#include "cloud/alibaba_open.h"
#include "cloud/alibaba_versions.h"

#define FORM                                                           \
    "the forms are alibaba-kms:///acs:kms:REGION:ACCOUNT:key/ID, and " \
    "alibaba-kms://REGION/KEY with the id, the ARN or the alias (alias/NAME) of a key"

static const char *const options[] = {"instance", EVC_ALIBABA_OPTIONS, NULL};

/* --- calls that take more than one request --- */

/* Asks for the key's metadata, and takes note of its current version. */
static int
describe_key(evc_alibaba_key *key, evc_alibaba_metadata *out, evc_wait *wait,
             evc_error **err)
{
    const evc_clock *clock = &evc_crypto_env(key->crypto)->clock;
    char shown[EVC_SHOWN];
    int rc = evc_alibaba_describe(key->cloud.peer, key->arn, wait, out, err);

    if (rc)
        return rc;
    if (strcmp(out->arn, key->arn) == 0) {
        evc_alibaba_key_learn(key, out->version, evc_clock_wall_ms(clock));
        return 0;
    }
    evc_encode_shown(evc_view_text(out->arn), shown);
    evc_alibaba_metadata_reset(out);
    return evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                   "Alibaba Cloud KMS described the key \"%s\" where \"%s\" was asked "
                   "for",
                   shown, key->arn);
}

static int
serve_describe(evc_alibaba_key *key, evc_call *call, evc_wait *wait, evc_error **err)
{
    evc_alibaba_metadata metadata;
    evc_alibaba_versions versions = {.count = 0};
    int rc = describe_key(key, &metadata, wait, err);

    if (rc)
        return rc;
    rc = evc_alibaba_versions_list(key->cloud.peer, key->arn, wait, &versions, err);
    if (rc == ENVCRYPT_E_DENIED) { /* the current one is told without it */
        evc_err_drop(err);
        rc = 0;
    }
    if (!rc)
        rc = evc_key_info_new(evc_view_text(key->arn), &call->info, err);
    if (!rc)
        rc = evc_alibaba_versions_describe(&versions, &metadata, call->info, err);
    evc_alibaba_versions_reset(&versions);
    evc_alibaba_metadata_reset(&metadata);
    return rc;
}

static int
serve_probe(evc_alibaba_key *key, evc_wait *wait, evc_error **err)
{
    evc_alibaba_metadata metadata;
    int rc = describe_key(key, &metadata, wait, err);

    if (!rc)
        rc = evc_alibaba_metadata_check_kind(&metadata, err);
    if (!rc)
        rc = evc_alibaba_metadata_check_state(&metadata, err);
    evc_alibaba_metadata_reset(&metadata);
    return rc;
}

static int
alibaba_run(evc_kms *kms, evc_call *call, evc_wait *wait, evc_error **err)
{
    return call->operation == ENVCRYPT_OP_DESCRIBE
               ? serve_describe(kms->state, call, wait, err)
               : serve_probe(kms->state, wait, err);
}

/* --- open --- */

/* What a URI names. */
typedef struct named {
    char region[64];
    const char *key;
    evc_alibaba_arn arn;
    bool is_arn;
} named;

static int
refuse_uri(const char *why, evc_error **err)
{
    return evc_err(err, ENVCRYPT_E_URI,
                   "this URI of a key of Alibaba Cloud KMS %s; " FORM, why);
}

static int
set_region(named *out, evc_view region, evc_error **err)
{
    evc_buf b;

    evc_buf_init_fixed(&b, out->region, sizeof(out->region));
    evc_buf_put_view(&b, region);
    evc_buf_put_u8(&b, 0);
    return evc_buf_check(&b, err);
}

static int
read_uri(const evc_uri *uri, named *out, evc_error **err)
{
    evc_view authority = evc_view_text(uri->authority);
    evc_view key;

    out->key = uri->path[0] == '/' ? &uri->path[1] : uri->path;
    key = evc_view_text(out->key);
    out->is_arn = evc_alibaba_arn_parse(key, &out->arn);
    if (uri->fragment)
        return refuse_uri("has a # where none belongs", err);
    if (key.size == 0)
        return refuse_uri("names no key", err);
    if (authority.size && !evc_alibaba_arn_is_region(authority))
        return refuse_uri("names what is no Region", err);
    if (out->is_arn && authority.size && !evc_view_equal(authority, out->arn.region))
        return refuse_uri("names one Region itself and another one in the ARN", err);
    if (out->is_arn)
        return set_region(out, out->arn.region, err);
    if (evc_view_starts_with(key, "acs:"))
        return refuse_uri("has an ARN that is none of a key", err);
    if (!evc_alibaba_is_alias_name(key) && !evc_alibaba_is_key_id(key))
        return refuse_uri("names what is no key", err);
    if (!authority.size)
        return refuse_uri("names no Region", err);
    return set_region(out, authority, err);
}

/* Asked for once, so that a later change of an alias changes nothing here. */
static int
resolve(evc_alibaba_key *key, const named *name, evc_wait *wait, evc_error **err)
{
    const evc_clock *clock = &evc_crypto_env(key->crypto)->clock;
    evc_alibaba_metadata found;
    evc_view asked = evc_view_text(name->key);
    bool fits;
    int rc = evc_alibaba_describe(key->cloud.peer, name->key, wait, &found, err);

    if (rc)
        return rc;
    fits = evc_view_is_text(found.parts.region, name->region) &&
           (evc_alibaba_is_alias_name(asked) ||
            evc_alibaba_arn_names(&found.parts, asked));
    if (!fits)
        rc = evc_err(err, ENVCRYPT_E_KEY_MISMATCH,
                     "Alibaba Cloud KMS says that the key \"%s\" is one that it cannot "
                     "be; check the endpoint",
                     name->key);
    if (!rc)
        rc = evc_alibaba_metadata_check_kind(&found, err);
    if (!rc)
        rc = evc_alibaba_key_pin(key, evc_view_text(found.arn), err);
    if (!rc)
        evc_alibaba_key_learn(key, found.version, evc_clock_wall_ms(clock));
    evc_alibaba_metadata_reset(&found);
    return rc;
}

/* The gateway of an instance does not describe keys, so there is nothing to resolve. */
static int
pin(evc_alibaba_key *key, const named *name, evc_error **err)
{
    if (!name->is_arn)
        return refuse_uri("has the option instance, whose gateway describes no keys: "
                          "name the whole ARN",
                          err);
    return evc_alibaba_key_pin(key, evc_view_text(name->key), err);
}

static int
open_key(evc_kms *kms, const evc_uri *uri, const struct envcrypt_kms_config *config,
         evc_wait *wait, evc_error **err)
{
    evc_alibaba_key *key = kms->state;
    evc_alibaba_place place = {.instance = evc_backend_option(uri, config, "instance")};
    named name = {.key = NULL};
    evc_buf region;
    int rc = read_uri(uri, &name, err);

    if (rc)
        return rc;
    key->dedicated = place.instance != NULL;
    if (key->dedicated) {
        rc = pin(key, &name, err);
        if (rc)
            return rc;
    }
    place.region = name.region;
    evc_buf_init(&region);
    rc = evc_alibaba_open(kms->crypto, kms->net, uri, config, &place, &key->cloud.peer,
                          &key->caller, &region, err);
    evc_buf_reset(&region);
    if (!rc && !key->dedicated)
        rc = resolve(key, &name, wait, err);
    return rc;
}

static int
alibaba_open(evc_kms *kms, const evc_uri *uri, const struct envcrypt_kms_config *config,
             evc_wait *wait, evc_error **err)
{
    evc_alibaba_key *key;
    int rc = evc_alibaba_key_new(kms->crypto, &key, err);

    if (rc)
        return rc;
    kms->state = key;
    key->cloud.kind_of = evc_alibaba_data_kind;
    key->cloud.run = alibaba_run;
    rc = open_key(kms, uri, config, wait, err);
    if (rc)
        return rc;
    kms->provider = evc_mem_strdup(EVC_ALIBABA_PROVIDER);
    kms->key_id = evc_mem_strdup(key->arn);
    kms->operations = ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_GENERATE;
    if (!key->dedicated)
        kms->operations |=
            ENVCRYPT_OP_REWRAP | ENVCRYPT_OP_DESCRIBE | ENVCRYPT_OP_PROBE;
    return kms->provider && kms->key_id ? 0 : evc_err_nomem(err);
}

/* --- questions without a call --- */

static const char *
alibaba_permission(uint32_t operation)
{
    switch (operation) {
    case ENVCRYPT_OP_WRAP:
        return "kms:Encrypt";
    case ENVCRYPT_OP_UNWRAP:
        return "kms:Decrypt";
    case ENVCRYPT_OP_GENERATE:
        return "kms:GenerateDataKey";
    case ENVCRYPT_OP_REWRAP:
        return "kms:ReEncryptFrom, kms:ReEncryptTo";
    case ENVCRYPT_OP_DESCRIBE:
        return "kms:DescribeKey, kms:ListKeyVersions";
    case ENVCRYPT_OP_PROBE:
        return "kms:DescribeKey";
    default:
        return NULL;
    }
}

static const char *
alibaba_instead(uint32_t operation)
{
    if (operation == ENVCRYPT_OP_ROTATE)
        return "Alibaba Cloud KMS rotates symmetric keys by their rotation policy "
               "only: "
               "set that (action rotation-policy), or wrap under a new key";
    return "the gateway of a KMS instance wraps and unwraps only: take the key without "
           "the option instance for the rest";
}

static bool
alibaba_claims(const evc_kms *kms, const evc_edk *edk)
{
    evc_edk_service info;

    return evc_alibaba_key_claims(kms->state, edk, &info);
}

/* That it is the current one cannot be known here: the key may have been rotated since. */
static int32_t
alibaba_is_current(const evc_kms *kms, const evc_edk *edk)
{
    char version[EVC_EDK_VERSION_MAX + 1];
    evc_edk_service info;
    evc_buf b;

    if (!evc_alibaba_key_claims(kms->state, edk, &info))
        return ENVCRYPT_UNKNOWN;
    evc_buf_init_fixed(&b, version, sizeof(version));
    evc_buf_put_view(&b, info.key_version);
    evc_buf_put_u8(&b, 0);
    if (b.failed ||
        !evc_alibaba_key_is_old(kms->state, version, evc_edk_service_wrapped_ms(&info)))
        return ENVCRYPT_UNKNOWN;
    return ENVCRYPT_NO;
}

static int64_t
alibaba_age_from_ms(const evc_kms *kms, const evc_edk *edk)
{
    evc_edk_service info;

    return evc_alibaba_key_claims(kms->state, edk, &info)
               ? evc_edk_service_wrapped_ms(&info)
               : -1;
}

static int
alibaba_identity(const evc_kms *kms, evc_wait *wait, evc_buf *out, evc_error **err)
{
    const evc_alibaba_key *key = kms->state;
    char region[64];
    evc_buf b;
    int rc;

    evc_buf_init_fixed(&b, region, sizeof(region));
    evc_buf_put_view(&b, key->parts.region);
    evc_buf_put_u8(&b, 0);
    rc = evc_buf_check(&b, err);
    if (rc)
        return rc;
    return evc_alibaba_identity(key->caller.config, key->caller.chain, region, wait,
                                out, err);
}

const evc_backend evc_backend_alibaba = {
    .scheme = "alibaba-kms",
    .options = options,
    .open = alibaba_open,
    .close = evc_alibaba_key_free,
    .claims = alibaba_claims,
    .start = evc_cloud_start,
    .at_once = true,
    .start_many = evc_cloud_start_many,
    .is_current = alibaba_is_current,
    .permission = alibaba_permission,
    .instead = alibaba_instead,
    .identity = alibaba_identity,
    .age_from_ms = alibaba_age_from_ms,
};
