/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/alibaba_aliases.h"

#include "base/encode.h"
#include "cloud/alibaba_actions.h"

static const evc_operation_kind list_all = EVC_ALIBABA_ASKS("ListAliases");
static const evc_operation_kind list_of_key = EVC_ALIBABA_ASKS("ListAliasesByKeyId");
static const evc_operation_kind create_kind = EVC_ALIBABA_ASKS_ONCE("CreateAlias");
static const evc_operation_kind update_kind = EVC_ALIBABA_ASKS("UpdateAlias");

/* One item of a list. */
typedef struct alias {
    const char *name;
    const char *arn;
    const char *key_id;
} alias;

static int
read_alias(const evc_json *item, alias *out, evc_error **err)
{
    int rc = evc_json_text(item, "AliasName", &out->name, err);

    if (!rc)
        rc = evc_json_text(item, "KeyId", &out->key_id, err);
    if (!rc)
        rc = evc_json_text_opt(item, "AliasArn", &out->arn, err);
    return rc;
}

/* key NULL = of all keys. */
static int
run_list(const evc_service *service, const char *key,
         int (*take)(void *user, const evc_json *item, evc_error **err), void *user,
         evc_wait *wait, evc_error **err)
{
    const evc_alibaba_parameter parameters[] = {{"KeyId", key}, {NULL, NULL}};
    const evc_alibaba_list list = {
        .kind = key ? &list_of_key : &list_all,
        .outer = "Aliases",
        .inner = "Alias",
        .take = take,
        .user = user,
    };

    return evc_alibaba_list_run(evc_alibaba_account_of(service)->peer, &list,
                                parameters, key, wait, err);
}

/* --- for those who list keys --- */

static int
join_alias(void *user, const evc_json *item, evc_error **err)
{
    evc_kv *of = user;
    alias one = {.name = NULL};
    const evc_pair *before;
    evc_buf joined;
    int rc = read_alias(item, &one, err);

    if (rc)
        return rc;
    evc_buf_init(&joined);
    before = evc_kv_find(of, evc_view_text(one.key_id));
    if (before) {
        evc_buf_put_view(&joined, before->value);
        evc_buf_put_u8(&joined, ',');
    }
    evc_buf_put_text(&joined, one.name);
    rc = evc_buf_check(&joined, err);
    if (!rc)
        rc = evc_kv_set(of, evc_view_text(one.key_id), evc_buf_view(&joined), err);
    evc_buf_reset(&joined);
    return rc;
}

int
evc_alibaba_aliases_of(const evc_service *service, const char *key, evc_wait *wait,
                       evc_kv *out, evc_error **err)
{
    int rc = run_list(service, key, join_alias, out, wait, err);

    if (rc != ENVCRYPT_E_DENIED)
        return rc;
    evc_err_drop(err);
    evc_kv_reset(out);
    return 0;
}

/* --- list-aliases --- */

static int
show_alias(void *user, const evc_json *item, evc_error **err)
{
    alias one = {.name = NULL};
    int rc = read_alias(item, &one, err);

    if (!rc)
        rc = evc_table_add_row(user, err);
    if (!rc)
        rc = evc_table_set(user, "alias", one.name, err);
    if (!rc)
        rc = evc_table_set(user, "key", one.key_id, err);
    if (!rc)
        rc = evc_table_set(user, "arn", one.arn, err);
    return rc;
}

static int
list_aliases(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
             evc_error **err)
{
    evc_buf key;
    int rc = 0;

    if (!evc_service_arg(args, "key"))
        return run_list(service, NULL, show_alias, out, wait, err);
    evc_buf_init(&key);
    rc = evc_alibaba_account_key(service, args, wait, &key, err);
    if (!rc)
        rc = run_list(service, (const char *)key.data, show_alias, out, wait, err);
    evc_buf_reset(&key);
    return rc;
}

static const char *const key_only[] = {"key", NULL};
static const char *const list_columns[] = {"alias", "key", "arn", NULL};
const evc_action evc_alibaba_list_aliases = {
    .name = "list-aliases",
    .help = "lists aliases, of one key or all",
    .takes = key_only,
    .columns = list_columns,
    .permission = "kms:ListAliases (of one key kms:ListAliasesByKeyId)",
    .run = list_aliases,
};

/* --- create-alias, update-alias --- */

static int
check_alias(const char *name, evc_error **err)
{
    char shown[EVC_SHOWN];

    if (evc_alibaba_is_alias_name(evc_view_text(name)) &&
        !evc_view_starts_with(evc_view_text(name), "alias/acs"))
        return 0;
    evc_encode_shown(evc_view_text(name), shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "\"%s\" cannot be an alias: it is alias/ and A-Z a-z 0-9 / _ -, at "
                   "most %u characters; alias/acs… is Alibaba Cloud's own",
                   shown, EVC_ALIBABA_ALIAS_MAX);
}

static int
set_alias(const evc_service *service, const evc_operation_kind *kind,
          const evc_kv *args, evc_wait *wait, evc_table *out, evc_error **err)
{
    const char *name = evc_service_arg(args, "alias");
    evc_buf key;
    int rc = check_alias(name, err);

    evc_buf_init(&key);
    if (!rc)
        rc = evc_alibaba_account_key(service, args, wait, &key, err);
    if (!rc) {
        const evc_alibaba_parameter parameters[] = {
            {"AliasName", name}, {"KeyId", (const char *)key.data}, {NULL, NULL}};

        rc = evc_alibaba_account_do(service, kind, name, parameters, wait, err);
    }
    if (!rc)
        rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "alias", name, err);
    if (!rc)
        rc = evc_table_set(out, "key", (const char *)key.data, err);
    evc_buf_reset(&key);
    return rc;
}

static int
create_alias(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
             evc_error **err)
{
    return set_alias(service, &create_kind, args, wait, out, err);
}

static int
update_alias(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
             evc_error **err)
{
    return set_alias(service, &update_kind, args, wait, out, err);
}

static const char *const alias_and_key[] = {"alias", "key", NULL};
static const char *const set_columns[] = {"alias", "key", NULL};
const evc_action evc_alibaba_create_alias = {
    .name = "create-alias",
    .help = "gives a key an alias",
    .needs = alias_and_key,
    .columns = set_columns,
    .permission = "kms:CreateAlias on the alias and on the key",
    .flags = EVC_ACTION_CHANGES,
    .run = create_alias,
};
const evc_action evc_alibaba_update_alias = {
    .name = "update-alias",
    .help = "moves an alias to another key",
    .needs = alias_and_key,
    .columns = set_columns,
    .permission = "kms:UpdateAlias on the alias and on both keys",
    .flags = EVC_ACTION_CHANGES,
    .run = update_alias,
};
