/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/ack_key.h"

#include <string.h>

#include "base/encode.h"

#define SCHEME "alibaba-kms:"

/* --- one key --- */

int
evc_ack_key_of(const evc_alibaba_metadata *metadata, evc_cluster_key *out,
               evc_error **err)
{
    char region[64] = "";
    char account[64] = "";
    const struct {
        char **field;
        const char *text;
    } fields[] = {
        {&out->id, metadata->arn},
        {&out->short_id, metadata->key_id},
        {&out->region, region},
        {&out->account, account},
        {&out->version, metadata->version},
        {&out->word, metadata->state},
        {&out->service, ""},
        {&out->aliases, ""},
    };
    int rc = 0;

    if (metadata->parts.region.size < sizeof(region))
        evc_view_to_text(metadata->parts.region, region);
    if (metadata->parts.account.size < sizeof(account))
        evc_view_to_text(metadata->parts.account, account);
    for (size_t i = 0; !rc && i < sizeof(fields) / sizeof(fields[0]); i++)
        rc = evc_cluster_key_set(fields[i].field, fields[i].text, err);
    out->state = evc_alibaba_metadata_state(metadata);
    out->version_ms = evc_alibaba_time(metadata->object, "LastRotationDate");
    return rc;
}

/* The path of alibaba-kms:///KEY; text itself when it is no such URI. */
static int
put_name(const char *text, evc_buf *out, evc_error **err)
{
    evc_uri uri;
    int rc;

    if (strncmp(text, SCHEME, sizeof(SCHEME) - 1) != 0) {
        evc_buf_put_text(out, text);
        evc_buf_put_u8(out, 0);
        return evc_buf_check(out, err);
    }
    rc = evc_uri_parse(text, &uri, err);
    if (rc)
        return rc;
    evc_buf_put_text(out, uri.path[0] == '/' ? &uri.path[1] : uri.path);
    evc_buf_put_u8(out, 0);
    evc_uri_reset(&uri);
    return evc_buf_check(out, err);
}

int
evc_ack_key_text(const char *text, const char *region, evc_buf *out, evc_error **err)
{
    char shown[EVC_SHOWN];
    evc_alibaba_arn arn;
    evc_view name;
    int rc = put_name(text, out, err);

    if (rc)
        return rc;
    name = evc_view_of(out->data, out->size - 1);
    evc_encode_shown(name, shown);
    if (!evc_alibaba_arn_parse(name, &arn)) {
        if (evc_alibaba_is_alias_name(name) || evc_alibaba_is_key_id(name))
            return 0;
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "\"%s\" is no key of Alibaba Cloud KMS; give its id, alias/NAME, "
            "its ARN, or alibaba-kms:///ARN",
            shown);
    }
    if (evc_view_is_text(arn.region, region))
        return 0;
    return evc_err(
        err, ENVCRYPT_E_KEY_REGION,
        "the key %s is not in the Region %s of the cluster, which takes keys "
        "of its own Region alone; choose or create one there",
        shown, region);
}

static int
describe(const evc_ack_site *site, const char *key, evc_wait *wait,
         evc_cluster_key *out, evc_error **err)
{
    evc_alibaba_metadata found;
    int rc = evc_alibaba_describe(evc_ack_place_kms(site), key, wait, &found, err);

    if (rc)
        return rc;
    rc = evc_ack_key_of(&found, out, err);
    evc_alibaba_metadata_reset(&found);
    return rc;
}

static const evc_ack_site *
site_of(const evc_ack_place *place, const char *region)
{
    for (size_t i = 0; region && i < place->count; i++) {
        if (strcmp(place->sites[i].region, region) == 0)
            return &place->sites[i];
    }
    return NULL;
}

/* That of an ARN, where several Regions were named; else the first, which then says what is
 * wrong. */
static const evc_ack_site *
site_named(const evc_cluster *cluster, const char *key)
{
    const evc_ack_site *found;
    char region[64] = "";
    evc_alibaba_arn arn;

    if (evc_alibaba_arn_parse(evc_view_text(key), &arn) &&
        arn.region.size < sizeof(region))
        evc_view_to_text(arn.region, region);
    found = site_of(evc_ack_place_of(cluster), region);
    return found ? found : evc_ack_place_site(cluster);
}

int
evc_ack_key_find(evc_cluster *cluster, const evc_cluster_change *change,
                 const evc_cluster_state *state, evc_wait *wait, evc_cluster_key *out,
                 evc_error **err)
{
    const evc_ack_site *site;
    const char *text = evc_cluster_change_text(change, "key");
    evc_buf name;
    int rc;

    if (!text && state)
        text = evc_cluster_state_text(state, EVC_CLUSTER_KEY);
    if (!text || !text[0])
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "no key was named; give the option key, or see `envcrypt cluster "
            "keys` for those that can be used");
    site = site_named(cluster, text);
    evc_buf_init(&name);
    rc = evc_ack_key_text(text, site->region, &name, err);
    if (!rc)
        rc = describe(site, (const char *)name.data, wait, out, err);
    evc_buf_reset(&name);
    return rc;
}

/* --- what ACK takes --- */

static const char *
member(const evc_alibaba_metadata *metadata, const char *name)
{
    const char *text = "";

    if (evc_json_text_opt(metadata->object, name, &text, NULL))
        return "";
    return text;
}

/* Accounts are numbers; a key of a cloud service has its name there. */
static bool
is_of_service(const evc_alibaba_metadata *metadata)
{
    const char *creator = member(metadata, "Creator");

    return creator[0] && creator[strspn(creator, "0123456789")];
}

const char *
evc_ack_key_objection(const evc_alibaba_metadata *metadata, bool *rotates)
{
    *rotates = false;
    if (strcmp(metadata->spec, "Aliyun_AES_256") != 0)
        return "is not of the type Aliyun_AES_256, the only one that ACK takes";
    if (strcmp(metadata->usage, "ENCRYPT/DECRYPT") != 0)
        return "is not for ENCRYPT/DECRYPT";
    if (is_of_service(metadata))
        return "belongs to a cloud service; ACK takes keys of the account alone";
    if (member(metadata, "MaterialExpireTime")[0])
        return "has material that expires, and with it the cluster would stop working";
    if (strcmp(member(metadata, "AutomaticRotation"), "Enabled") != 0)
        return NULL;
    *rotates = true;
    return "is rotated by itself, which ACK does not support; switch its rotation off, "
           "or choose another key";
}

/* --- lists --- */

/* The same rules as of a described key, over a row of the key service. */
static const char *
why_not(const evc_table *keys, size_t row)
{
    const char *creator = evc_table_text(keys, row, "creator");

    if (strcmp(evc_table_text(keys, row, "spec"), "Aliyun_AES_256") != 0)
        return "ACK takes keys of the type Aliyun_AES_256 alone";
    if (strcmp(evc_table_text(keys, row, "usage"), "ENCRYPT/DECRYPT") != 0)
        return "it is not for ENCRYPT/DECRYPT";
    if (creator[strspn(creator, "0123456789")])
        return "it belongs to a cloud service";
    if (strcmp(evc_table_text(keys, row, "state"), "Enabled") != 0)
        return "it is not enabled";
    if (evc_table_text(keys, row, "expires")[0])
        return "its material expires";
    if (strcmp(evc_table_text(keys, row, "rotates"), "Enabled") == 0)
        return "it is rotated by itself, which ACK does not support";
    return NULL;
}

static int
add_key(const evc_table *keys, size_t row, const char *region, evc_table *out,
        evc_error **err)
{
    const char *why = why_not(keys, row);
    const struct {
        const char *column;
        const char *text;
    } cells[] = {
        {"id", evc_table_text(keys, row, "key")},
        {"aliases", evc_table_text(keys, row, "aliases")},
        {"arn", evc_table_text(keys, row, "arn")},
        {"region", region},
        {"state", evc_table_text(keys, row, "state")},
        {"usable", why ? "no" : "yes"},
        {"why-not", why},
    };
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; !rc && i < sizeof(cells) / sizeof(cells[0]); i++)
        rc = evc_table_set(out, cells[i].column, cells[i].text, err);
    return rc;
}

static int
list_site(const evc_ack_site *site, evc_wait *wait, evc_table *out, evc_error **err)
{
    evc_table *keys = NULL;
    evc_kv args;
    int rc;

    evc_kv_init(&args);
    rc = evc_kv_set(&args, evc_view_text("creator"), evc_view_text("User"), err);
    if (!rc)
        rc = evc_kv_set(&args, evc_view_text("usage"), evc_view_text("ENCRYPT/DECRYPT"),
                        err);
    if (!rc)
        rc = evc_kv_set(&args, evc_view_text("details"), evc_view_text("true"), err);
    if (!rc)
        rc = evc_service_run(site->kms, "list-keys", &args, true, wait, &keys, err);
    evc_kv_reset(&args);
    for (size_t i = 0; !rc && i < keys->rows; i++)
        rc = add_key(keys, i, site->region, out, err);
    evc_table_free(keys);
    return rc;
}

int
evc_ack_key_list(evc_cluster *place, const evc_cluster_change *change, evc_wait *wait,
                 evc_table *out, evc_error **err)
{
    const evc_ack_place *all = evc_ack_place_of(place);
    int rc = 0;

    (void)change;
    for (size_t i = 0; !rc && i < all->count; i++)
        rc = list_site(&all->sites[i], wait, out, err);
    return rc;
}

/* --- behind the guard --- */

int
evc_ack_key_action(evc_cluster *place, const char *action, const evc_cluster_key *key,
                   const evc_cluster_change *change, evc_wait *wait, evc_table **out,
                   evc_error **err)
{
    const evc_ack_site *site = site_of(evc_ack_place_of(place), key->region);
    evc_kv args;
    int rc;

    (void)change;
    *out = NULL;
    if (strcmp(action, "schedule-deletion") == 0)
        return evc_err(
            err, ENVCRYPT_E_UNSUPPORTED,
            "keys of Alibaba Cloud are not deleted from here: a cluster that "
            "needs one is lost with it; disable the key, and delete it in "
            "the console when nothing has missed it");
    if (!site)
        return evc_err(err, ENVCRYPT_E_KEY_REGION,
                       "the key %s is in none of the Regions that were named",
                       key->id ? key->id : "");
    evc_kv_init(&args);
    rc = evc_kv_set(&args, evc_view_text("key"), evc_view_text(key->id), err);
    if (!rc)
        rc = evc_service_run(site->kms, action, &args, true, wait, out, err);
    evc_kv_reset(&args);
    return rc;
}
