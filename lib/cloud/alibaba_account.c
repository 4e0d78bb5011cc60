/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_account.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cloud/alibaba_open.h"

/* --- open --- */

/* Room for a Region's name with a NUL. */
#define REGION_ROOM 64

static int
find_region(const evc_uri *uri, char region[REGION_ROOM], evc_error **err)
{
    const char *key = uri->path[0] == '/' ? &uri->path[1] : uri->path;
    evc_view named = evc_view_text(uri->authority);
    evc_alibaba_arn arn;
    char shown[EVC_SHOWN];
    evc_buf b;

    if (!named.size && evc_alibaba_arn_parse(evc_view_text(key), &arn))
        named = arn.region;
    if (named.size && !evc_alibaba_arn_is_region(named)) {
        evc_encode_shown(named, shown);
        return evc_err(err, ENVCRYPT_E_REGION,
                       "\"%s\" is no Region of Alibaba Cloud; Regions are called like "
                       "cn-hangzhou",
                       shown);
    }
    evc_buf_init_fixed(&b, region, REGION_ROOM);
    evc_buf_put_view(&b, named);
    evc_buf_put_u8(&b, 0);
    return evc_buf_check(&b, err);
}

int
evc_alibaba_account_open(evc_service *service, const evc_uri *uri,
                         const struct envcrypt_kms_config *config, evc_wait *wait,
                         evc_error **err)
{
    evc_alibaba_account *account = evc_mem_new(sizeof(*account));
    evc_alibaba_place place = {.instance = NULL};
    char named[REGION_ROOM] = "";
    evc_buf region;
    int rc;

    (void)wait;
    if (!account)
        return evc_err_nomem(err);
    service->state = account;
    evc_buf_init(&region);
    rc = find_region(uri, named, err);
    if (named[0])
        place.region = named;
    if (!rc)
        rc = evc_alibaba_open(service->crypto, service->net, uri, config, &place,
                              &account->peer, NULL, &region, err);
    if (!rc) {
        account->region = evc_mem_strdup((const char *)region.data);
        rc = account->region ? 0 : evc_err_nomem(err);
    }
    evc_buf_reset(&region);
    return rc;
}

void
evc_alibaba_account_close(void *state)
{
    evc_alibaba_account *account = state;

    evc_peer_unref(account->peer);
    evc_mem_free(account->region);
    evc_mem_free(account);
}

const evc_alibaba_account *
evc_alibaba_account_of(const evc_service *service)
{
    return service->state;
}

/* --- keys --- */

static int
resolve(const evc_service *service, const char *key, evc_wait *wait, evc_buf *out,
        evc_error **err)
{
    evc_alibaba_metadata found;
    int rc = evc_alibaba_describe(evc_alibaba_account_of(service)->peer, key, wait,
                                  &found, err);

    if (rc)
        return rc;
    evc_buf_put_text(out, found.arn);
    evc_alibaba_metadata_reset(&found);
    return 0;
}

int
evc_alibaba_account_key(const evc_service *service, const evc_kv *args, evc_wait *wait,
                        evc_buf *out, evc_error **err)
{
    const char *region = evc_alibaba_account_of(service)->region;
    const char *key = evc_service_arg(args, "key");
    char shown[EVC_SHOWN];
    evc_alibaba_arn arn;
    int rc = 0;

    evc_encode_shown(evc_view_text(key), shown);
    if (evc_alibaba_arn_parse(evc_view_text(key), &arn)) {
        if (!evc_view_is_text(arn.region, region))
            return evc_err(err, ENVCRYPT_E_REGION,
                           "the key %s is not in the Region %s of this service; open "
                           "the service of its Region",
                           shown, region);
        evc_buf_put_text(out, key);
    } else if (evc_alibaba_is_alias_name(evc_view_text(key)) ||
               evc_alibaba_is_key_id(evc_view_text(key))) {
        rc = resolve(service, key, wait, out, err);
    } else {
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" is no key of Alibaba Cloud KMS; give an id, alias/NAME "
                       "or an ARN",
                       shown);
    }
    evc_buf_put_u8(out, 0);
    return rc ? rc : evc_buf_check(out, err);
}

int
evc_alibaba_account_do(const evc_service *service, const evc_operation_kind *kind,
                       const char *subject, const evc_alibaba_parameter *parameters,
                       evc_wait *wait, evc_error **err)
{
    evc_alibaba_ask ask = {.parameters = parameters};
    int rc = evc_alibaba_ask_run(evc_alibaba_account_of(service)->peer, kind, subject,
                                 &ask, wait, err);

    evc_json_free(ask.doc);
    return rc;
}

/* --- rows --- */

const char *const evc_alibaba_key_columns[] = {
    "key",         "arn",       "aliases",  "state",    "spec",    "usage",
    "origin",      "level",     "instance", "version",  "rotates", "rotation-interval",
    "next",        "protected", "created",  "deletion", "expires", "creator",
    "description", NULL,
};

/* Members that are texts, and the columns that show them. */
static const struct {
    const char *column;
    const char *member;
} texts[] = {
    {"key", "KeyId"},
    {"arn", "Arn"},
    {"state", "KeyState"},
    {"spec", "KeySpec"},
    {"usage", "KeyUsage"},
    {"origin", "Origin"},
    {"level", "ProtectionLevel"},
    {"instance", "DKMSInstanceId"},
    {"version", "PrimaryKeyVersion"},
    {"rotates", "AutomaticRotation"},
    {"rotation-interval", "RotationInterval"},
    {"protected", "DeletionProtection"},
    {"creator", "Creator"},
    {"description", "Description"},
};

static const struct {
    const char *column;
    const char *member;
} times[] = {
    {"created", "CreationDate"},
    {"next", "NextRotationDate"},
    {"deletion", "DeleteDate"},
    {"expires", "MaterialExpireTime"},
};

static int
put_text(evc_table *out, const char *column, const evc_json *object, const char *member,
         evc_error **err)
{
    const char *text = NULL;
    int rc = evc_json_text_opt(object, member, &text, err);

    if (rc || !text || !text[0])
        return rc;
    return evc_table_set(out, column, text, err);
}

int
evc_alibaba_account_row(evc_table *out, const evc_alibaba_metadata *metadata,
                        const char *aliases, evc_error **err)
{
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++)
        rc = put_text(out, texts[i].column, metadata->object, texts[i].member, err);
    for (size_t i = 0; !rc && i < sizeof(times) / sizeof(times[0]); i++)
        rc = evc_table_set_time(out, times[i].column,
                                evc_alibaba_time(metadata->object, times[i].member),
                                err);
    if (!rc && aliases && aliases[0])
        rc = evc_table_set(out, "aliases", aliases, err);
    return evc_alibaba_wire_result("DescribeKey", rc, err);
}

int
evc_alibaba_account_show(const evc_service *service, const char *key,
                         const char *aliases, evc_wait *wait, evc_table *out,
                         evc_error **err)
{
    evc_alibaba_metadata found;
    int rc = evc_alibaba_describe(evc_alibaba_account_of(service)->peer, key, wait,
                                  &found, err);

    if (rc)
        return rc;
    rc = evc_alibaba_account_row(out, &found, aliases, err);
    evc_alibaba_metadata_reset(&found);
    return rc;
}
