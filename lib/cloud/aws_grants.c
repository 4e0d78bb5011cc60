/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_grants.h"

#include <string.h>

#include "base/encode.h"
#include "cloud/arguments.h"
#include "cloud/aws_errors.h"

/* --- create-grant --- */

typedef struct granting {
    const char *key;
    const char *grantee;
    const char *operations;
    const char *name;
    bool dry_run;
} granting;

static int
write_grant(const void *what, evc_jwrite *w, evc_error **err)
{
    const granting *of = what;

    (void)err;
    if (of->dry_run) {
        evc_jwrite_name(w, "DryRun");
        evc_jwrite_bool(w, true);
    }
    evc_aws_wire_text(w, "GranteePrincipal", of->grantee);
    evc_aws_wire_text(w, "KeyId", of->key);
    evc_aws_wire_text(w, "Name", of->name);
    evc_aws_wire_list(w, "Operations", of->operations);
    return 0;
}

static int
read_grant(const evc_aws_ask *ask, evc_table *out, evc_error **err)
{
    const char *grant = NULL;
    const char *token = NULL;
    int rc = evc_json_text(evc_aws_ask_root(ask), "GrantId", &grant, err);

    if (!rc)
        rc = evc_json_text_opt(evc_aws_ask_root(ask), "GrantToken", &token, err);
    rc = evc_aws_wire_result("CreateGrant", rc, err);
    if (!rc)
        rc = evc_table_set(out, "grant", grant, err);
    if (!rc)
        rc = evc_table_set(out, "token", token, err);
    return rc;
}

static int
read_args(const evc_kv *args, granting *of, evc_error **err)
{
    const char *operations = evc_service_arg(args, "operations");
    const char *dry_run;
    evc_aws_principal principal;
    char shown[EVC_SHOWN];
    int rc;

    of->grantee = evc_service_arg(args, "grantee");
    of->name = evc_service_arg(args, "name");
    of->operations =
        operations ? operations : "Encrypt,Decrypt,GenerateDataKey,DescribeKey";
    rc = evc_arguments_flag(args, "dry-run", &dry_run, err);
    of->dry_run = dry_run && dry_run[0] == 't';
    if (rc || evc_aws_principal_parse(evc_view_text(of->grantee), &principal))
        return rc;
    evc_encode_shown(evc_view_text(of->grantee), shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT,
                   "\"%s\" cannot be given a grant; give the ARN of a user or role, "
                   "arn:aws:iam::ACCOUNT:user/NAME or arn:aws:iam::ACCOUNT:role/NAME",
                   shown);
}

static int
create(evc_service *service, const granting *of, evc_wait *wait, evc_table *out,
       evc_error **err)
{
    static const evc_operation_kind real = EVC_AWS_ASKS_ONCE("CreateGrant");
    static const evc_operation_kind dry = EVC_AWS_ASKS("CreateGrant");
    evc_aws_ask ask = {.write = write_grant, .what = of};
    int rc = evc_table_add_row(out, err);

    if (rc)
        return rc;
    rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, of->dry_run ? &dry : &real,
                         of->key, &ask, wait, err);
    if (rc && of->dry_run && strcmp(ask.provider_code, EVC_AWS_DRY_RUN) == 0) {
        evc_err_drop(err);
        rc = 0;
    } else if (!rc) {
        rc = read_grant(&ask, out, err);
    }
    if (!rc)
        rc = evc_table_set(out, "key", of->key, err);
    if (!rc)
        rc = evc_table_set(out, "dry-run", of->dry_run ? "true" : "false", err);
    evc_json_free(ask.doc);
    return rc;
}

static int
run_create(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    granting of = {.dry_run = false};
    evc_buf key;
    int rc = read_args(args, &of, err);

    evc_buf_init(&key);
    if (!rc)
        rc = evc_aws_account_key(service, args, wait, &key, err);
    of.key = (const char *)key.data;
    if (!rc)
        rc = create(service, &of, wait, out, err);
    evc_buf_reset(&key);
    return rc;
}

static const char *const create_needs[] = {"key", "grantee", NULL};
static const char *const create_takes[] = {"operations", "name", "dry-run", NULL};
static const char *const create_columns[] = {"key", "grant", "token", "dry-run", NULL};
const evc_action evc_aws_create_grant = {
    .name = "create-grant",
    .help = "lets a user or role use a key by a grant; dry-run=true only asks whether "
            "that is allowed",
    .needs = create_needs,
    .takes = create_takes,
    .columns = create_columns,
    .permission = "kms:CreateGrant",
    .flags = EVC_ACTION_CHANGES,
    .run = run_create,
};

/* --- list-grants --- */

static int
write_list(const void *what, evc_jwrite *w, evc_error **err)
{
    const granting *of = what;

    (void)err;
    evc_aws_wire_text(w, "GranteePrincipal", of->grantee);
    evc_aws_wire_text(w, "KeyId", of->key);
    evc_jwrite_name(w, "Limit");
    evc_jwrite_integer(w, 100);
    return 0;
}

/* The texts of an array with commas between them. */
static int
join(const evc_json *list, evc_buf *out, evc_error **err)
{
    for (size_t i = 0; i < evc_json_count(list); i++) {
        const char *text = evc_json_as_text(evc_json_at(list, i));

        evc_buf_put_text(out, i ? "," : "");
        evc_buf_put_text(out, text ? text : "");
    }
    evc_buf_put_u8(out, 0);
    return evc_buf_check(out, err);
}

static int
add_texts(const evc_json *grant, evc_table *out, evc_error **err)
{
    static const struct {
        const char *member;
        const char *column;
    } texts[] = {
        {"GrantId", "grant"},
        {"Name", "name"},
        {"IssuingAccount", "issuer"},
        {"RetiringPrincipal", "retirer"},
        {"GranteeServicePrincipal", "grantee"},
        {"GranteePrincipal", "grantee"},
    };
    int rc = evc_table_add_row(out, err);

    for (size_t i = 0; !rc && i < sizeof(texts) / sizeof(texts[0]); i++) {
        const char *text = NULL;

        rc = evc_json_text_opt(grant, texts[i].member, &text, err);
        if (!rc && text && text[0])
            rc = evc_table_set(out, texts[i].column, text, err);
    }
    return rc;
}

static int
add_grant(const evc_json *grant, evc_table *out, evc_error **err)
{
    const evc_json *operations = NULL;
    int64_t created_ms = -1;
    evc_buf list;
    int rc = add_texts(grant, out, err);

    if (!rc)
        rc = evc_json_seconds_opt(grant, "CreationDate", &created_ms, err);
    if (!rc)
        rc = evc_table_set_time(out, "created", created_ms, err);
    if (rc || evc_json_array(grant, "Operations", &operations, NULL) != 0)
        return rc;
    evc_buf_init(&list);
    rc = join(operations, &list, err);
    if (!rc)
        rc = evc_table_set(out, "operations", (const char *)list.data, err);
    evc_buf_reset(&list);
    return rc;
}

static int
take_page(const evc_json *root, evc_table *out, evc_error **err)
{
    const evc_json *list = NULL;
    int rc = evc_json_array(root, "Grants", &list, err);

    for (size_t i = 0; !rc && i < evc_json_count(list); i++)
        rc = add_grant(evc_json_at(list, i), out, err);
    return rc;
}

static int
list_all(const evc_service *service, const granting *of, evc_wait *wait, evc_table *out,
         evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("ListGrants");
    evc_aws_page page = {.more = false};
    int rc;

    do {
        evc_aws_ask ask = {.write = write_list, .what = of, .page = &page};

        rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, &kind, of->key, &ask,
                             wait, err);
        if (rc)
            break;
        rc = take_page(evc_aws_ask_root(&ask), out, err);
        if (!rc)
            rc = evc_aws_page_read(&page, evc_aws_ask_root(&ask), err);
        evc_json_free(ask.doc);
        rc = evc_aws_wire_result(kind.name, rc, err);
    } while (!rc && page.more);
    evc_aws_page_reset(&page);
    return rc;
}

static int
run_list(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
         evc_error **err)
{
    granting of = {.grantee = evc_service_arg(args, "grantee")};
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    rc = evc_aws_account_key(service, args, wait, &key, err);
    of.key = (const char *)key.data;
    if (!rc)
        rc = list_all(service, &of, wait, out, err);
    evc_buf_reset(&key);
    return rc;
}

static const char *const list_needs[] = {"key", NULL};
static const char *const list_takes[] = {"grantee", NULL};
static const char *const list_columns[] = {"grant",  "name",    "grantee", "operations",
                                           "issuer", "retirer", "created", NULL};
const evc_action evc_aws_list_grants = {
    .name = "list-grants",
    .help = "lists the grants of a key",
    .needs = list_needs,
    .takes = list_takes,
    .columns = list_columns,
    .permission = "kms:ListGrants",
    .run = run_list,
};
