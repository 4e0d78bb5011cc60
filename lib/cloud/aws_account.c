/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_account.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cloud/aws_open.h"

/* --- open --- */

static int
copy_view(evc_view view, char *out, size_t size, evc_error **err)
{
    evc_buf b;

    evc_buf_init_fixed(&b, out, size);
    evc_buf_put_view(&b, view);
    evc_buf_put_u8(&b, 0);
    return evc_buf_check(&b, err);
}

/* A service is an account; of a key that is named, its account and Region count. */
static int
find_place(const evc_uri *uri, const struct envcrypt_kms_config *config,
           evc_aws_account *account, evc_aws_place *place, char arn_region[64],
           evc_error **err)
{
    const char *key = uri->path[0] == '/' ? &uri->path[1] : uri->path;
    evc_aws_arn arn;
    int rc = evc_aws_open_region(uri, config, &place->region, err);

    if (rc || !evc_aws_arn_parse(evc_view_text(key), &arn))
        return rc;
    place->arn_region = arn_region;
    rc = copy_view(arn.region, arn_region, 64, err);
    return rc ? rc
              : copy_view(arn.account, account->account, sizeof(account->account), err);
}

int
evc_aws_account_open(evc_service *service, const evc_uri *uri,
                     const struct envcrypt_kms_config *config, evc_wait *wait,
                     evc_error **err)
{
    evc_aws_account *account = evc_mem_new(sizeof(*account));
    evc_aws_place place = {.region = NULL};
    char arn_region[64];
    evc_buf region;
    int rc;

    if (!account)
        return evc_err_nomem(err);
    service->state = account;
    evc_buf_init(&region);
    rc = find_place(uri, config, account, &place, arn_region, err);
    if (!rc)
        rc = evc_aws_open(service->crypto, service->net, uri, config, &place, wait,
                          &account->peer, &region, err);
    if (!rc) {
        account->region = evc_mem_strdup((const char *)region.data);
        rc = account->region ? 0 : evc_err_nomem(err);
    }
    evc_buf_reset(&region);
    return rc;
}

void
evc_aws_account_close(void *state)
{
    evc_aws_account *account = state;

    evc_peer_unref(account->peer);
    evc_mem_free(account->region);
    evc_mem_free(account);
}

const evc_aws_account *
evc_aws_account_of(const evc_service *service)
{
    return service->state;
}

/* --- keys --- */

static int
resolve(const evc_aws_account *account, const char *alias, evc_wait *wait, evc_buf *out,
        evc_error **err)
{
    evc_aws_describe ask = {.key_id = alias};
    int rc = evc_aws_describe_run(account->peer, &ask, wait, err);

    if (rc)
        return rc;
    evc_buf_put(out, ask.metadata.arn, strlen(ask.metadata.arn) + 1);
    evc_aws_metadata_reset(&ask.metadata);
    return evc_buf_check(out, err);
}

int
evc_aws_account_key(const evc_service *service, const evc_kv *args, evc_wait *wait,
                    evc_buf *out, evc_error **err)
{
    const evc_aws_account *account = evc_aws_account_of(service);
    const char *key = evc_service_arg(args, "key");
    evc_view text = evc_view_text(key);
    bool is_alias = evc_aws_is_alias_name(text);
    char shown[EVC_SHOWN];
    evc_aws_arn arn;

    evc_encode_shown(text, shown);
    if (evc_aws_arn_parse(text, &arn)) {
        is_alias = arn.is_alias;
        if (!evc_view_is_text(arn.region, account->region))
            return evc_err(err, ENVCRYPT_E_REGION,
                           "the key \"%s\" is not of the Region %s; open the service "
                           "in its Region",
                           shown, account->region);
    } else if (!is_alias && !evc_aws_is_key_id(text)) {
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" is no key of AWS KMS; give its id, its ARN or an alias "
                       "like alias/NAME",
                       shown);
    }
    if (is_alias)
        return resolve(account, key, wait, out, err);
    evc_buf_put(out, key, text.size + 1);
    return evc_buf_check(out, err);
}

static int
write_key(const void *what, evc_jwrite *w, evc_error **err)
{
    (void)err;
    evc_aws_wire_text(w, "KeyId", what);
    return 0;
}

int
evc_aws_account_do(const evc_service *service, const evc_operation_kind *kind,
                   const char *key, evc_wait *wait, evc_error **err)
{
    evc_aws_ask ask = {.write = write_key, .what = key};
    int rc =
        evc_aws_ask_run(evc_aws_account_of(service)->peer, kind, key, &ask, wait, err);

    evc_json_free(ask.doc);
    return rc;
}

/* --- policies --- */

bool
evc_aws_account_has_policy(const evc_kv *args)
{
    return evc_service_arg(args, "policy") || evc_service_arg(args, "allow") ||
           evc_service_arg(args, "allow-account") ||
           evc_service_arg(args, "allow-grant");
}

int
evc_aws_account_policy(const evc_service *service, const evc_kv *args,
                       const char *account, evc_buf *out, evc_error **err)
{
    const char *policy = evc_service_arg(args, "policy");
    evc_aws_policy built = {
        .account = account,
        .partition = evc_aws_partition(evc_aws_account_of(service)->region),
        .users = evc_service_arg(args, "allow"),
        .accounts = evc_service_arg(args, "allow-account"),
        .granters = evc_service_arg(args, "allow-grant"),
    };

    if (policy && (built.users || built.accounts || built.granters))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a policy of one's own is given whole; leave away allow, "
                       "allow-account and allow-grant, or policy");
    if (!policy)
        return evc_aws_policy_write(&built, false, out, err);
    evc_buf_put_text(out, policy);
    return evc_buf_check(out, err);
}

/* --- rows --- */

const char *const evc_aws_key_columns[] = {
    "key",      "arn",     "aliases",  "state",   "spec",         "usage",
    "manager",  "origin",  "version",  "account", "multi-region", "primary",
    "replicas", "created", "deletion", "expires", "description",  NULL,
};

/* The ARNs of a multi-Region key's primary and replicas. */
static int
set_regions(evc_table *out, const evc_aws_metadata *m, evc_error **err)
{
    const evc_json *regions = NULL;
    const evc_json *primary = NULL;
    const evc_json *replicas = NULL;
    const char *text = NULL;
    evc_buf list;
    int rc;

    if (!m->multi_region ||
        evc_json_object(m->root, "MultiRegionConfiguration", &regions, NULL) != 0)
        return 0;
    rc = evc_json_text_opt(regions, "MultiRegionKeyType", &text, err);
    if (!rc)
        rc = evc_table_set(out, "multi-region", text, err);
    text = NULL;
    if (!rc && evc_json_object(regions, "PrimaryKey", &primary, NULL) == 0)
        rc = evc_json_text_opt(primary, "Arn", &text, err);
    if (!rc)
        rc = evc_table_set(out, "primary", text, err);
    if (rc || evc_json_array(regions, "ReplicaKeys", &replicas, NULL) != 0)
        return rc;
    evc_buf_init(&list);
    for (size_t i = 0; !rc && i < evc_json_count(replicas); i++) {
        rc = evc_json_text(evc_json_at(replicas, i), "Arn", &text, err);
        evc_buf_put_text(&list, i ? "," : "");
        evc_buf_put_text(&list, rc ? "" : text);
    }
    evc_buf_put_u8(&list, 0);
    if (!rc)
        rc = evc_buf_check(&list, err);
    if (!rc && list.size > 1)
        rc = evc_table_set(out, "replicas", (const char *)list.data, err);
    evc_buf_reset(&list);
    return rc;
}

static int
set_view(evc_table *out, const char *column, evc_view text, evc_error **err)
{
    char copy[256];
    int rc = copy_view(text, copy, sizeof(copy), err);

    return rc ? rc : evc_table_set(out, column, copy, err);
}

int
evc_aws_account_row(evc_table *out, const evc_aws_metadata *m, const char *aliases,
                    evc_error **err)
{
    const struct {
        const char *column;
        const char *text;
    } texts[] = {
        {"arn", m->arn},
        {"aliases", aliases},
        {"state", m->state},
        {"spec", m->spec},
        {"usage", m->usage},
        {"manager", m->manager},
        {"origin", m->origin},
        {"version", m->material},
        {"description", m->description},
    };
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++) {
        if (texts[i].text && texts[i].text[0])
            rc = evc_table_set(out, texts[i].column, texts[i].text, err);
    }
    if (!rc)
        rc = set_view(out, "key", m->parts.id, err);
    if (!rc)
        rc = set_view(out, "account", m->parts.account, err);
    if (!rc)
        rc = set_regions(out, m, err);
    if (!rc)
        rc = evc_table_set_time(out, "created", m->created_ms, err);
    if (!rc)
        rc = evc_table_set_time(out, "deletion", m->deletion_ms, err);
    if (!rc)
        rc = evc_table_set_time(out, "expires", m->valid_to_ms, err);
    return evc_aws_wire_result("DescribeKey", rc, err);
}
