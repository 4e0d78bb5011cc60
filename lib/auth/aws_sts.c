/* SPDX-License-Identifier: Apache-2.0 */
#include <string.h>

#include "auth/aws_reply.h"
#include "auth/aws_sources.h"
#include "auth/aws_time.h"
#include "auth/credential_file.h"
#include "auth/fetched.h"
#include "base/chance.h"
#include "base/decimal.h"
#include "base/encode.h"
#include "base/mem.h"
#include "codec/xml.h"

#define DURATION_MIN 900
#define DURATION_MAX 43200
#define TOKEN_MAX 20000u

/* One AssumeRole… under way. */
typedef struct assume {
    const evc_aws_config *config;
    const evc_aws_role *role;
    evc_view token; /* of the web identity; empty for AssumeRole */
    evc_view session;
    evc_aws_origin origin;
    evc_creds *out;
} assume;

static bool
is_web(const assume *a)
{
    return a->token.size > 0;
}

/* --- the request ------------------------------------------------------------------ */

static int
build(const evc_operation *op, evc_exchange *x, evc_error **err)
{
    const assume *a = op->user;
    int rc;

    x->method = "POST";
    evc_buf_put_u8(&x->path, '/');
    evc_form_add(&x->body, "Action", evc_view_text(op->kind->name));
    evc_form_add(&x->body, "Version", evc_view_text("2011-06-15"));
    evc_form_add(&x->body, "RoleArn", a->role->arn);
    evc_form_add(&x->body, "RoleSessionName", a->session);
    if (a->role->duration.size)
        evc_form_add(&x->body, "DurationSeconds", a->role->duration);
    if (a->role->external_id.size)
        evc_form_add(&x->body, "ExternalId", a->role->external_id);
    if (is_web(a))
        evc_form_add(&x->body, "WebIdentityToken", a->token);
    rc = evc_headers_add(&x->headers, "content-type",
                         evc_view_text("application/x-www-form-urlencoded; "
                                       "charset=utf-8"),
                         err);
    if (rc == 0)
        rc = evc_headers_add(&x->headers, "accept", evc_view_text("application/json"),
                             err);
    if (rc == 0)
        rc = evc_buf_check(&x->path, err);
    return rc == 0 ? evc_buf_check(&x->body, err) : rc;
}

/* --- the reply -------------------------------------------------------------------- */

#define JSON_FORM(action)                                                         \
    {                                                                             \
        .id = action "Response." action "Result.Credentials.AccessKeyId",         \
        .secret = action "Response." action "Result.Credentials.SecretAccessKey", \
        .token = action "Response." action "Result.Credentials.SessionToken",     \
        .expires = action "Response." action "Result.Credentials.Expiration",     \
        .epoch_ms = 1000                                                          \
    }
static const evc_aws_form role_json = JSON_FORM("AssumeRole");
static const evc_aws_form web_json = JSON_FORM("AssumeRoleWithWebIdentity");

#define XML_FORM(action)                                                          \
    {                                                                             \
        .id = action "Response/" action "Result/Credentials/AccessKeyId",         \
        .secret = action "Response/" action "Result/Credentials/SecretAccessKey", \
        .token = action "Response/" action "Result/Credentials/SessionToken",     \
        .expires = action "Response/" action "Result/Credentials/Expiration"      \
    }
static const evc_aws_form role_xml = XML_FORM("AssumeRole");
static const evc_aws_form web_xml = XML_FORM("AssumeRoleWithWebIdentity");

static int
read_field(evc_view body, const char *path, evc_buf *out, evc_error **err)
{
    bool found;
    int rc = evc_xml_find(body, path, out, &found, err);

    if (rc == 0 && !found)
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL, "cannot read %s in XML: it is missing",
                     path);
    return rc;
}

static int
read_xml_with(const assume *a, const evc_aws_form *form, evc_buf *reply,
              evc_creds_parts *parts, evc_buf *id, evc_buf *ends, evc_error **err)
{
    int rc = read_field(evc_buf_view(reply), form->id, id, err);

    if (rc == 0)
        rc = read_field(evc_buf_view(reply), form->expires, ends, err);
    if (rc == 0 && !evc_aws_time_parse(evc_buf_view(ends), &parts->expires_ms))
        rc = evc_err(err, ENVCRYPT_E_PROTOCOL, "cannot read %s in XML: it is no time",
                     form->expires);
    parts->id = evc_buf_view(id);
    parts->source = a->origin.source;
    parts->detail = a->origin.detail;
    parts->account = a->origin.account;
    return rc;
}

static int
take_xml(assume *a, const evc_aws_form *form, evc_buf *reply, evc_creds_parts *parts,
         evc_error **err)
{
    evc_arena *arena = a->config->env->arena;
    char *text = (char *)reply->data;
    evc_secret secret = {0};
    evc_secret token = {0};
    int rc = evc_xml_take(text, reply->size, form->secret, arena, EVC_ARENA_MAX_SLOT,
                          &secret, err);

    if (rc == 0)
        rc = evc_xml_take(text, reply->size, form->token, arena, EVC_ARENA_MAX_SLOT,
                          &token, err);
    parts->secret = evc_view_of(secret.bytes, secret.size);
    parts->token = evc_view_of(token.bytes, token.size);
    if (rc == 0)
        rc = evc_creds_new(arena, parts, &a->out, err);
    evc_secret_free(&secret);
    evc_secret_free(&token);
    return rc;
}

static int
read_xml(assume *a, const evc_aws_form *form, evc_buf *reply, evc_error **err)
{
    evc_creds_parts parts = {.source = a->origin.source};
    evc_buf id;
    evc_buf ends;
    int rc;

    evc_buf_init(&id);
    evc_buf_init(&ends);
    rc = read_xml_with(a, form, reply, &parts, &id, &ends, err);
    if (rc == 0)
        rc = take_xml(a, form, reply, &parts, err);
    evc_buf_reset(&id);
    evc_buf_reset(&ends);
    return rc;
}

static int
read_reply(evc_operation *op, evc_exchange *x, evc_error **err)
{
    assume *a = op->user;

    if (x->reply.size && x->reply.data[0] == '{')
        return evc_aws_reply_read(a->config->env->arena,
                                  is_web(a) ? &web_json : &role_json, &a->origin,
                                  &x->reply, &a->out, err);
    return read_xml(a, is_web(a) ? &web_xml : &role_xml, &x->reply, err);
}

static const evc_operation_kind assume_role = {
    .name = "AssumeRole", .build = build, .read = read_reply, .secret = true};
static const evc_operation_kind assume_web = {.name = "AssumeRoleWithWebIdentity",
                                              .build = build,
                                              .read = read_reply,
                                              .secret = true};

/* --- its errors ------------------------------------------------------------------- */

static void
classify(const evc_exchange *x, evc_fault *fault)
{
    evc_aws_classify_any(x, fault);
    if (strcmp(fault->provider_code, "IDPCommunicationError") == 0 ||
        strcmp(fault->provider_code, "IDPCommunicationErrorException") == 0) {
        fault->verdict = EVC_VERDICT_AGAIN;
        fault->code = ENVCRYPT_E_SERVICE_DOWN;
    } else if (fault->code == ENVCRYPT_E_DENIED) {
        fault->advice =
            "allow sts:AssumeRole on the role, and let the role's trust policy "
            "name who assumes it";
    } else if (strcmp(fault->provider_code, "RegionDisabledException") == 0) {
        fault->advice = "switch STS on in this Region, or name another one";
    }
}

static void
classify_web(const evc_exchange *x, evc_fault *fault)
{
    classify(x, fault);
    if (strncmp(fault->provider_code, "InvalidIdentityToken", 20) == 0) {
        /* Right after a provider was made it is not known everywhere. */
        fault->verdict = EVC_VERDICT_AGAIN;
        fault->code = ENVCRYPT_E_AUTH;
        fault->advice =
            "check the issuer and audience of the token, and the role's trust "
            "policy";
    } else if (fault->verdict == EVC_VERDICT_EXPIRED) {
        fault->verdict = EVC_VERDICT_FAIL;
        fault->advice = "the token in the file is stale; look at what renews it";
    }
}

/* --- where ------------------------------------------------------------------------ */

/* The Region to ask in when none is configured. */
static const char *
region_of_arn(evc_view arn)
{
    static const char *const homes[][2] = {
        {"arn:aws-cn:", "cn-north-1"},        {"arn:aws-us-gov:", "us-gov-west-1"},
        {"arn:aws-iso:", "us-iso-east-1"},    {"arn:aws-iso-b:", "us-isob-east-1"},
        {"arn:aws-iso-e:", "eu-isoe-west-1"}, {"arn:aws-iso-f:", "us-isof-south-1"},
        {"arn:aws-eusc:", "eusc-de-east-1"},
    };

    for (size_t i = 0; i < sizeof(homes) / sizeof(homes[0]); i++) {
        if (evc_view_starts_with(arn, homes[i][0]))
            return homes[i][1];
    }
    return "us-east-1";
}

/* AWS_STS_REGIONAL_ENDPOINTS=legacy: the Regions of before 2022 share one host. */
static bool
is_legacy(const evc_aws_config *config, const char *region,
          const evc_endpoint *endpoint)
{
    static const char *const regions[] = {
        "ap-northeast-1", "ap-south-1",   "ap-southeast-1", "ap-southeast-2",
        "ca-central-1",   "eu-central-1", "eu-north-1",     "eu-west-1",
        "eu-west-2",      "eu-west-3",    "sa-east-1",      "us-east-1",
        "us-east-2",      "us-west-1",    "us-west-2"};
    evc_view mode = evc_aws_config_value(config, EVC_AWS_STS_REGIONAL_ENDPOINTS,
                                         "sts_regional_endpoints");
    size_t size = strlen(region);

    if (!evc_view_is_text(mode, "legacy") || strncmp(endpoint->host, "sts.", 4) != 0 ||
        strncmp(&endpoint->host[4], region, size) != 0 ||
        strcmp(&endpoint->host[4 + size], ".amazonaws.com") != 0)
        return false;
    for (size_t i = 0; i < sizeof(regions) / sizeof(regions[0]); i++) {
        if (strcmp(regions[i], region) == 0)
            return true;
    }
    return false;
}

static int
open_endpoint(const evc_aws_config *config, evc_view arn, char **region,
              evc_endpoint **out, evc_error **err)
{
    evc_view named = evc_aws_config_region(config);
    int rc;

    *region =
        named.size ? evc_aws_config_text(named) : evc_mem_strdup(region_of_arn(arn));
    if (!*region)
        return evc_err_nomem(err);
    rc = evc_aws_endpoint(config, "sts", *region, out, err);
    if (rc || !is_legacy(config, *region, *out))
        return rc;
    evc_endpoint_unref(*out);
    evc_mem_free(*region);
    *region = evc_mem_strdup("us-east-1");
    if (!*region) {
        *out = NULL;
        return evc_err_nomem(err);
    }
    return evc_endpoint_open("https://sts.amazonaws.com", &config->link, out, err);
}

static int
open_signed(const evc_aws_config *config, evc_endpoint *endpoint, const char *region,
            evc_creds *base, evc_peer **out, evc_error **err)
{
    static const evc_chain_rules rules = {.provider = "aws"};
    evc_chain *chain = NULL;
    int rc = evc_chain_of(config->net, &rules, base, &chain, err);

    if (rc == 0)
        rc = evc_aws_peer_open(config, endpoint, "aws-sts", "sts", region, chain,
                               classify, out, err);
    evc_chain_unref(chain);
    return rc;
}

static int
open_peer(const evc_aws_config *config, evc_view arn, evc_creds *base, evc_peer **out,
          evc_error **err)
{
    static const evc_protocol unsigned_protocol = {.provider = "aws-sts",
                                                   .classify = classify_web};
    evc_endpoint *endpoint = NULL;
    char *region = NULL;
    int rc = open_endpoint(config, arn, &region, &endpoint, err);

    *out = NULL;
    if (rc == 0 && base)
        rc = open_signed(config, endpoint, region, base, out, err);
    else if (rc == 0)
        rc = evc_peer_open(config->net, endpoint, &unsigned_protocol, NULL, NULL, out,
                           err);
    evc_endpoint_unref(endpoint);
    evc_mem_free(region);
    return rc;
}

/* --- the role --------------------------------------------------------------------- */

/* Part number n between colons. */
static evc_view
arn_part(evc_view arn, unsigned n)
{
    evc_cursor c = evc_cursor_of_view(arn);
    size_t start = 0;

    for (;;) {
        while (evc_cursor_left(&c) && arn.data[c.at] != ':')
            (void)evc_cursor_u8(&c);
        if (n-- == 0)
            return evc_cursor_since(&c, start);
        if (evc_cursor_left(&c) == 0)
            return evc_view_of(NULL, 0);
        (void)evc_cursor_u8(&c);
        start = c.at;
    }
}

static bool
is_session(evc_view text)
{
    for (size_t i = 0; i < text.size; i++) {
        uint8_t c = text.data[i];

        if (!(c >= 'a' && c <= 'z') && !(c >= 'A' && c <= 'Z') &&
            !(c >= '0' && c <= '9') && (c == 0 || !strchr("_+=,.@-", c)))
            return false;
    }
    return text.size >= 2 && text.size <= 64;
}

static bool
is_duration(evc_view text)
{
    int64_t value = 0;

    return evc_decimal_read(text, DURATION_MAX, &value) && value >= DURATION_MIN;
}

static int
check_role(const evc_aws_role *role, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(role->arn, shown);
    if (!evc_view_is_text(arn_part(role->arn, 0), "arn") ||
        !evc_view_is_text(arn_part(role->arn, 2), "iam") ||
        !evc_view_starts_with(arn_part(role->arn, 5), "role/"))
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "\"%s\" is no role; one is called like "
                       "arn:aws:iam::111122223333:role/name",
                       shown);
    if (role->session.size && !is_session(role->session))
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the session name for the role %s must be 2 to 64 of letters, "
                       "digits and _+=,.@-",
                       shown);
    if (role->duration.size && !is_duration(role->duration))
        return evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                       "the duration for the role %s must be %d to %d seconds", shown,
                       DURATION_MIN, DURATION_MAX);
    return 0;
}

static int
run(assume *a, evc_creds *base, evc_wait *wait, evc_creds **out, evc_error **err)
{
    char session[32];
    evc_operation op;
    evc_peer *peer = NULL;
    evc_buf made;
    int rc = check_role(a->role, err);

    if (rc == 0)
        rc = open_peer(a->config, a->role->arn, base, &peer, err);
    if (rc)
        return rc;
    evc_buf_init_fixed(&made, session, sizeof(session));
    evc_buf_put_format(&made, "envcrypt-%08x", (unsigned)evc_chance_u32());
    a->session = a->role->session.size ? a->role->session : evc_buf_view(&made);
    a->origin.account = arn_part(a->role->arn, 4);
    evc_operation_init(&op, base ? &assume_role : &assume_web, peer, a);
    rc = evc_fetched_run(&op, wait, err);
    evc_peer_unref(peer);
    *out = a->out;
    return rc;
}

int
evc_aws_sts_assume_role(const evc_aws_config *config, const evc_aws_role *role,
                        evc_creds *base, evc_wait *wait, const char *detail,
                        evc_creds **out, evc_error **err)
{
    assume a = {.config = config,
                .role = role,
                .origin = {.source = "profile", .detail = detail}};

    return run(&a, base, wait, out, err);
}

int
evc_aws_sts_web_identity(const evc_aws_config *config, const evc_aws_role *role,
                         const char *token_file, evc_wait *wait, const char *source,
                         const char *detail, evc_creds **out, evc_error **err)
{
    assume a = {
        .config = config, .role = role, .origin = {.source = source, .detail = detail}};
    evc_buf token;
    int rc;

    evc_buf_init(&token);
    rc = evc_token_file_read(token_file, &token, err);
    if (rc == ENVCRYPT_E_FILE_NOT_FOUND)
        rc = evc_err_wrap(err, ENVCRYPT_E_BAD_CREDENTIALS,
                          "the file of a web identity's token %s is missing",
                          token_file);
    if (rc == 0 && token.size > TOKEN_MAX)
        rc = evc_err(err, ENVCRYPT_E_BAD_CREDENTIALS,
                     "the file %s holds no web identity's token, which has at most %u "
                     "bytes",
                     token_file, TOKEN_MAX);
    a.token = evc_buf_view(&token);
    if (rc == 0)
        rc = run(&a, NULL, wait, out, err);
    evc_buf_reset(&token);
    return rc;
}
