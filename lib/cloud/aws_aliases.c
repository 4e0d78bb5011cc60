/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_aliases.h"

#include <string.h>

#include "base/encode.h"

static const char *const with_key[] = {"key", NULL};
static const char *const alias_and_key[] = {"alias", "key", NULL};
static const char *const none[] = {NULL};

/* --- listing --- */

/* What is done with each alias of a list. */
typedef int (*alias_fn)(void *user, const evc_json *alias, evc_error **err);

static int
write_list(const void *what, evc_jwrite *w, evc_error **err)
{
    (void)err;
    evc_aws_wire_text(w, "KeyId", what);
    evc_jwrite_name(w, "Limit");
    evc_jwrite_integer(w, 100);
    return 0;
}

static int
take_page(const evc_json *root, alias_fn fn, void *user, evc_error **err)
{
    const evc_json *list = NULL;
    int rc = evc_json_array(root, "Aliases", &list, err);

    for (size_t i = 0; !rc && i < evc_json_count(list); i++)
        rc = fn(user, evc_json_at(list, i), err);
    return rc;
}

static int
each_alias(const evc_service *service, const char *key, evc_wait *wait, alias_fn fn,
           void *user, evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("ListAliases");
    evc_aws_page page = {.more = false};
    int rc;

    do {
        evc_aws_ask ask = {.write = write_list, .what = key, .page = &page};

        rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, &kind, key, &ask, wait,
                             err);
        if (rc)
            break;
        rc = take_page(evc_aws_ask_root(&ask), fn, user, err);
        if (!rc)
            rc = evc_aws_page_read(&page, evc_aws_ask_root(&ask), err);
        evc_json_free(ask.doc);
        rc = evc_aws_wire_result(kind.name, rc, err);
    } while (!rc && page.more);
    evc_aws_page_reset(&page);
    return rc;
}

/* Adds the alias to those of its key; the predefined ones that have none yet are left
 * out. */
static int
note_alias(void *user, const evc_json *alias, evc_error **err)
{
    evc_kv *map = user;
    const char *name = NULL;
    const char *key = NULL;
    const evc_pair *known;
    evc_buf all;
    int rc = evc_json_text(alias, "AliasName", &name, err);

    if (!rc)
        rc = evc_json_text_opt(alias, "TargetKeyId", &key, err);
    if (rc || !key)
        return rc;
    evc_buf_init(&all);
    known = evc_kv_find(map, evc_view_text(key));
    if (known) {
        evc_buf_put_view(&all, known->value);
        evc_buf_put_text(&all, ",");
    }
    evc_buf_put_text(&all, name);
    rc = evc_buf_check(&all, err);
    if (!rc)
        rc = evc_kv_set(map, evc_view_text(key), evc_buf_view(&all), err);
    evc_buf_reset(&all);
    return rc;
}

int
evc_aws_aliases_by_key(const evc_service *service, const char *key, evc_wait *wait,
                       evc_kv *out, evc_error **err)
{
    return each_alias(service, key, wait, note_alias, out, err);
}

static int
add_row(void *user, const evc_json *alias, evc_error **err)
{
    evc_table *out = user;
    const char *name = NULL;
    const char *arn = NULL;
    const char *key = NULL;
    int64_t created_ms = -1;
    int64_t updated_ms = -1;
    int rc = evc_json_text(alias, "AliasName", &name, err);

    if (!rc)
        rc = evc_json_text_opt(alias, "AliasArn", &arn, err);
    if (!rc)
        rc = evc_json_text_opt(alias, "TargetKeyId", &key, err);
    if (!rc)
        rc = evc_json_seconds_opt(alias, "CreationDate", &created_ms, err);
    if (!rc)
        rc = evc_json_seconds_opt(alias, "LastUpdatedDate", &updated_ms, err);
    if (!rc)
        rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "alias", name, err);
    if (!rc)
        rc = evc_table_set(out, "key", key, err);
    if (!rc)
        rc = evc_table_set(out, "arn", arn, err);
    if (!rc)
        rc = evc_table_set_time(out, "created", created_ms, err);
    if (!rc)
        rc = evc_table_set_time(out, "updated", updated_ms, err);
    return rc;
}

static int
run_list(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
         evc_error **err)
{
    evc_buf key;
    int rc = 0;

    evc_buf_init(&key);
    if (evc_service_arg(args, "key"))
        rc = evc_aws_account_key(service, args, wait, &key, err);
    if (!rc)
        rc = each_alias(service, key.size ? (const char *)key.data : NULL, wait,
                        add_row, out, err);
    evc_buf_reset(&key);
    return rc;
}

static const char *const list_columns[] = {"alias",   "key",     "arn",
                                           "created", "updated", NULL};
const evc_action evc_aws_list_aliases = {
    .name = "list-aliases",
    .help = "lists aliases, of one key or all",
    .needs = none,
    .takes = with_key,
    .columns = list_columns,
    .permission = "kms:ListAliases",
    .run = run_list,
};

/* --- changing --- */

typedef struct aliasing {
    const char *alias;
    const char *key;
} aliasing;

static int
write_alias(const void *what, evc_jwrite *w, evc_error **err)
{
    const aliasing *of = what;

    (void)err;
    evc_aws_wire_text(w, "AliasName", of->alias);
    evc_aws_wire_text(w, "TargetKeyId", of->key);
    return 0;
}

/* With alias/ before it, and a NUL. */
static int
put_alias(const char *alias, evc_buf *out, evc_error **err)
{
    char shown[EVC_SHOWN];
    int rc;

    if (!evc_view_starts_with(evc_view_text(alias), "alias/"))
        evc_buf_put_text(out, "alias/");
    evc_buf_put_text(out, alias);
    rc = evc_buf_check(out, err);
    if (rc)
        return rc;
    if (!evc_aws_is_alias_name(evc_buf_view(out)) ||
        evc_view_starts_with(evc_buf_view(out), "alias/aws/")) {
        evc_encode_shown(evc_view_text(alias), shown);
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "\"%s\" cannot be an alias: it is made of a-z A-Z 0-9 : / _ -, "
                       "at most 250 of them, and does not begin with aws/",
                       shown);
    }
    evc_buf_put_u8(out, 0);
    return evc_buf_check(out, err);
}

int
evc_aws_aliases_check(const char *alias, evc_error **err)
{
    evc_buf name;
    int rc;

    evc_buf_init(&name);
    rc = put_alias(alias, &name, err);
    evc_buf_reset(&name);
    return rc;
}

static int
set_alias(const evc_service *service, const evc_operation_kind *kind, const char *alias,
          const char *key, evc_wait *wait, evc_error **err)
{
    aliasing of = {.key = key};
    evc_aws_ask ask = {.write = write_alias, .what = &of};
    evc_buf name;
    int rc;

    evc_buf_init(&name);
    rc = put_alias(alias, &name, err);
    if (!rc) {
        of.alias = (const char *)name.data;
        rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, kind, of.alias, &ask,
                             wait, err);
        evc_json_free(ask.doc);
    }
    evc_buf_reset(&name);
    return rc;
}

/* Once: a second try would find the alias there, and say so. */
static const evc_operation_kind create = EVC_AWS_ASKS_ONCE("CreateAlias");
static const evc_operation_kind update = EVC_AWS_ASKS("UpdateAlias");

int
evc_aws_aliases_create(const evc_service *service, const char *alias, const char *key,
                       evc_wait *wait, evc_error **err)
{
    return set_alias(service, &create, alias, key, wait, err);
}

static int
run_set(evc_service *service, const evc_operation_kind *kind, const evc_kv *args,
        evc_wait *wait, evc_table *out, evc_error **err)
{
    const char *alias = evc_service_arg(args, "alias");
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    rc = evc_aws_aliases_check(alias, err);
    if (!rc)
        rc = evc_aws_account_key(service, args, wait, &key, err);
    if (!rc)
        rc = set_alias(service, kind, alias, (const char *)key.data, wait, err);
    if (!rc)
        rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "alias", alias, err);
    if (!rc)
        rc = evc_table_set(out, "key", (const char *)key.data, err);
    evc_buf_reset(&key);
    return rc;
}

static int
run_create(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    return run_set(service, &create, args, wait, out, err);
}

static int
run_update(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    return run_set(service, &update, args, wait, out, err);
}

const evc_action evc_aws_create_alias = {
    .name = "create-alias",
    .help = "gives a key an alias",
    .needs = alias_and_key,
    .takes = none,
    .columns = alias_and_key,
    .permission = "kms:CreateAlias",
    .flags = EVC_ACTION_CHANGES,
    .run = run_create,
};
const evc_action evc_aws_update_alias = {
    .name = "update-alias",
    .help = "moves an alias to another key",
    .needs = alias_and_key,
    .takes = none,
    .columns = alias_and_key,
    .permission = "kms:UpdateAlias",
    .flags = EVC_ACTION_CHANGES,
    .run = run_update,
};
