/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_keys.h"

#include <string.h>

#include "base/encode.h"
#include "base/mem.h"
#include "cloud/arguments.h"
#include "cloud/aws_aliases.h"
#include "cloud/aws_policies.h"

#define WIDTH 8u /* descriptions that are asked for at a time */
#define BATCH 64u
#define MOST_KEYS 100000u

static const char *const none[] = {NULL};
static const char *const with_key[] = {"key", NULL};

/* --- list-keys --- */

/* ARNs, each with a NUL, and how many. */
typedef struct key_list {
    evc_buf arns;
    size_t count;
} key_list;

static int
write_list(const void *what, evc_jwrite *w, evc_error **err)
{
    (void)what;
    (void)err;
    evc_jwrite_name(w, "Limit");
    evc_jwrite_integer(w, 1000);
    return 0;
}

static int
take_keys(key_list *list, const evc_json *root, evc_error **err)
{
    const evc_json *keys = NULL;
    const char *arn = NULL;
    int rc = evc_json_array(root, "Keys", &keys, err);

    for (size_t i = 0; !rc && i < evc_json_count(keys); i++) {
        rc = evc_json_text(evc_json_at(keys, i), "KeyArn", &arn, err);
        if (rc)
            return rc;
        if (++list->count > MOST_KEYS)
            return evc_err(err, ENVCRYPT_E_JSON, "more than %u keys are listed",
                           MOST_KEYS);
        evc_buf_put(&list->arns, arn, strlen(arn) + 1);
        rc = evc_buf_check(&list->arns, err);
    }
    return rc;
}

static int
list_arns(const evc_service *service, key_list *list, evc_wait *wait, evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("ListKeys");
    evc_aws_page page = {.more = false};
    int rc;

    do {
        evc_aws_ask ask = {.write = write_list, .page = &page};

        rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, &kind, NULL, &ask, wait,
                             err);
        if (rc)
            break;
        rc = take_keys(list, evc_aws_ask_root(&ask), err);
        if (!rc)
            rc = evc_aws_page_read(&page, evc_aws_ask_root(&ask), err);
        evc_json_free(ask.doc);
        rc = evc_aws_wire_result(kind.name, rc, err);
    } while (!rc && page.more);
    evc_aws_page_reset(&page);
    return rc;
}

/* One DescribeKey of many. */
typedef struct described {
    evc_operation op;
    evc_aws_describe ask;
} described;

/* A key that may not be described is listed by its ARN alone. */
static int
add_listed(evc_table *out, const described *one, const evc_kv *aliases, evc_error **err)
{
    evc_aws_metadata bare = {
        .arn = one->ask.key_id, .created_ms = -1, .deletion_ms = -1, .valid_to_ms = -1};
    const evc_aws_metadata *m = one->op.code ? &bare : &one->ask.metadata;

    if (one->op.code && one->op.code != ENVCRYPT_E_DENIED &&
        one->op.code != ENVCRYPT_E_KEY_NOT_FOUND)
        return evc_err(err, one->op.code, "%s", evc_error_message(one->op.error));
    if (one->op.code && !evc_aws_arn_parse(evc_view_text(bare.arn), &bare.parts))
        return evc_err(err, ENVCRYPT_E_PROTOCOL,
                       "AWS KMS lists a key by something that is no ARN");
    return evc_aws_account_row(out, m, evc_kv_text(aliases, m->parts.id), err);
}

/* The next text up to its NUL. */
static const char *
take_arn(evc_cursor *c)
{
    size_t start = c->at;

    while (evc_cursor_left(c) > 0 && evc_cursor_u8(c) != 0)
        ;
    return (const char *)evc_cursor_since(c, start).data;
}

/* Describes a batch at once; c stands before its ARNs. */
static int
describe_some(const evc_service *service, described *some, size_t count, evc_cursor *c,
              const evc_kv *aliases, evc_wait *wait, evc_table *out, evc_error **err)
{
    evc_operation *ops[BATCH];
    int rc = 0;

    for (size_t i = 0; i < count; i++) {
        const char *arn = take_arn(c);

        some[i] = (described){.ask = {.key_id = arn}};
        evc_operation_init(&some[i].op, &evc_aws_describe_kind,
                           evc_aws_account_of(service)->peer, &some[i].ask);
        some[i].op.subject = arn;
        ops[i] = &some[i].op;
    }
    evc_operation_run_many(ops, count, WIDTH, wait);
    for (size_t i = 0; i < count; i++) {
        rc = rc ? rc : add_listed(out, &some[i], aliases, err);
        evc_aws_metadata_reset(&some[i].ask.metadata);
        evc_operation_reset(&some[i].op);
    }
    return rc;
}

static int
describe_all(const evc_service *service, const key_list *list, const evc_kv *aliases,
             evc_wait *wait, evc_table *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_buf_view(&list->arns));
    described *some = evc_mem_new_array(BATCH, sizeof(*some));
    size_t left = list->count;
    int rc = some ? 0 : evc_err_nomem(err);

    while (!rc && left) {
        size_t count = left < BATCH ? left : BATCH;

        rc = describe_some(service, some, count, &c, aliases, wait, out, err);
        left -= count;
    }
    evc_mem_free(some);
    return rc;
}

static int
run_list(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
         evc_error **err)
{
    key_list list = {.count = 0};
    evc_kv aliases;
    int rc;

    (void)args;
    evc_kv_init(&aliases);
    evc_buf_init(&list.arns);
    rc = list_arns(service, &list, wait, err);
    if (!rc)
        rc = evc_aws_aliases_by_key(service, NULL, wait, &aliases, err);
    if (rc == ENVCRYPT_E_DENIED && list.count) {
        evc_err_drop(err); /* the keys are told without aliases */
        rc = 0;
    }
    if (!rc)
        rc = describe_all(service, &list, &aliases, wait, out, err);
    evc_buf_reset(&list.arns);
    evc_kv_reset(&aliases);
    return rc;
}

const evc_action evc_aws_list_keys = {
    .name = "list-keys",
    .help = "lists the keys of the account in the Region, with aliases and states",
    .needs = none,
    .takes = none,
    .columns = evc_aws_key_columns,
    .permission = "kms:ListKeys, kms:ListAliases, kms:DescribeKey",
    .run = run_list,
};

/* --- describe-key --- */

static int
run_describe(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
             evc_error **err)
{
    evc_aws_describe ask = {.key_id = evc_service_arg(args, "key")};
    evc_kv aliases;
    int rc = evc_aws_describe_run(evc_aws_account_of(service)->peer, &ask, wait, err);

    if (rc)
        return rc;
    evc_kv_init(&aliases);
    /* Another account's key has none here, and the permission may be missing. */
    rc = evc_aws_aliases_by_key(service, ask.metadata.arn, wait, &aliases, err);
    if (rc) {
        evc_kv_reset(&aliases);
        evc_err_drop(err);
    }
    rc = evc_aws_account_row(out, &ask.metadata,
                             evc_kv_text(&aliases, ask.metadata.parts.id), err);
    evc_kv_reset(&aliases);
    evc_aws_metadata_reset(&ask.metadata);
    return rc;
}

const evc_action evc_aws_describe_key = {
    .name = "describe-key",
    .help = "tells all about a key",
    .needs = with_key,
    .takes = none,
    .columns = evc_aws_key_columns,
    .permission = "kms:DescribeKey",
    .run = run_describe,
};

/* --- create-key and replicate-key --- */

typedef struct making {
    const evc_kv *args;
    const char *policy; /* NULL = the default one */
    const evc_kv *tags;
    const char *replicated; /* the ARN of the primary */
    bool multi_region;
} making;

static void
write_tags(const evc_kv *tags, evc_jwrite *w)
{
    if (tags->count == 0)
        return;
    evc_jwrite_name(w, "Tags");
    evc_jwrite_array(w);
    for (size_t i = 0; i < tags->count; i++) {
        evc_jwrite_object(w);
        evc_aws_wire_view(w, "TagKey", tags->pairs[i].name);
        evc_aws_wire_view(w, "TagValue", tags->pairs[i].value);
        evc_jwrite_end(w);
    }
    evc_jwrite_end(w);
}

static int
write_create(const void *what, evc_jwrite *w, evc_error **err)
{
    const making *of = what;

    (void)err;
    evc_aws_wire_text(w, "Description", evc_service_arg(of->args, "description"));
    evc_aws_wire_text(w, "KeySpec", "SYMMETRIC_DEFAULT");
    evc_aws_wire_text(w, "KeyUsage", "ENCRYPT_DECRYPT");
    if (of->multi_region) {
        evc_jwrite_name(w, "MultiRegion");
        evc_jwrite_bool(w, true);
    }
    evc_aws_wire_text(w, "Policy", of->policy);
    write_tags(of->tags, w);
    return 0;
}

static int
write_replicate(const void *what, evc_jwrite *w, evc_error **err)
{
    const making *of = what;

    (void)err;
    evc_aws_wire_text(w, "Description", evc_service_arg(of->args, "description"));
    evc_aws_wire_text(w, "KeyId", of->replicated);
    evc_aws_wire_text(w, "Policy", of->policy);
    evc_aws_wire_text(w, "ReplicaRegion", evc_service_arg(of->args, "to-region"));
    write_tags(of->tags, w);
    return 0;
}

/* metadata is the caller's to reset, and holds nothing after a failure. */
static int
make_key(const evc_service *service, const evc_operation_kind *kind, evc_aws_ask *ask,
         const char *member, evc_aws_metadata *metadata, evc_wait *wait,
         evc_error **err)
{
    const making *of = ask->what;
    int rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, kind, of->replicated,
                             ask, wait, err);

    *metadata = (evc_aws_metadata){.doc = NULL};
    if (rc)
        return rc;
    if (ask->doc)
        rc = evc_aws_metadata_read(ask->doc, member, metadata, err);
    else
        rc = evc_err(err, ENVCRYPT_E_JSON, "the answer is empty");
    if (rc)
        evc_json_free(ask->doc);
    return evc_aws_wire_result(kind->name, rc, err);
}

/* What the arguments want beyond the key itself. A failure tells that the key is there. */
static int
finish_key(const evc_service *service, const evc_kv *args, const evc_aws_metadata *m,
           bool with_policy, evc_wait *wait, evc_error **err)
{
    const char *alias = evc_service_arg(args, "alias");
    int rc = 0;

    if (with_policy)
        rc = evc_aws_policies_put(service, args, m->arn, m->parts.account, wait, err);
    if (!rc && alias)
        rc = evc_aws_aliases_create(service, alias, m->arn, wait, err);
    if (rc)
        rc =
            evc_err_wrap(err, rc,
                         "the key %s was made, but not all that was asked for was set; "
                         "go on with it, or schedule its deletion",
                         m->arn);
    return rc;
}

/* Mistakes in the arguments are found before a key is made that costs money. */
static int
check_create(const evc_service *service, const evc_kv *args, evc_error **err)
{
    const char *account = evc_service_arg(args, "account");
    const char *alias = evc_service_arg(args, "alias");
    evc_buf policy;
    int rc = alias ? evc_aws_aliases_check(alias, err) : 0;

    if (rc || !evc_aws_account_has_policy(args))
        return rc;
    evc_buf_init(&policy);
    rc = evc_aws_account_policy(service, args, account ? account : "000000000000",
                                &policy, err);
    evc_buf_reset(&policy);
    return rc;
}

static int
create_key(const evc_service *service, const evc_kv *args, const evc_kv *tags,
           const char *policy, evc_wait *wait, evc_table *out, evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS_ONCE("CreateKey");
    making of = {.args = args, .tags = tags, .policy = policy};
    evc_aws_ask ask = {.write = write_create, .what = &of};
    evc_aws_metadata metadata;
    const char *multi_region;
    int rc = evc_arguments_flag(args, "multi-region", &multi_region, err);

    of.multi_region = multi_region && multi_region[0] == 't';
    if (!rc)
        rc = make_key(service, &kind, &ask, "KeyMetadata", &metadata, wait, err);
    if (rc)
        return rc;
    rc = finish_key(service, args, &metadata,
                    !policy && evc_aws_account_has_policy(args), wait, err);
    if (!rc)
        rc = evc_aws_account_row(out, &metadata, evc_service_arg(args, "alias"), err);
    evc_aws_metadata_reset(&metadata);
    return rc;
}

static int
run_create(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
           evc_error **err)
{
    const char *account = evc_service_arg(args, "account");
    bool at_once = evc_service_arg(args, "policy") || account;
    evc_buf policy;
    evc_kv tags;
    int rc = check_create(service, args, err);

    evc_buf_init(&policy);
    evc_kv_init(&tags);
    if (!rc)
        rc = evc_arguments_pairs(evc_service_arg(args, "tags"), "tags", &tags, err);
    if (!rc && at_once && evc_aws_account_has_policy(args)) {
        rc = evc_aws_account_policy(service, args, account, &policy, err);
        evc_buf_put_u8(&policy, 0);
        if (!rc)
            rc = evc_buf_check(&policy, err);
    }
    if (!rc)
        rc = create_key(service, args, &tags,
                        policy.size ? (const char *)policy.data : NULL, wait, out, err);
    evc_buf_reset(&policy);
    evc_kv_reset(&tags);
    return rc;
}

static const char *const create_takes[] = {
    "description", "tags",          "multi-region", "alias",   "policy",
    "allow",       "allow-account", "allow-grant",  "account", NULL,
};
const evc_action evc_aws_create_key = {
    .name = "create-key",
    .help = "makes a symmetric encryption key",
    .needs = none,
    .takes = create_takes,
    .columns = evc_aws_key_columns,
    .permission = "kms:CreateKey",
    .flags = EVC_ACTION_CHANGES,
    .run = run_create,
};

static int
run_replicate(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
              evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS_ONCE("ReplicateKey");
    making of = {.args = args, .policy = evc_service_arg(args, "policy")};
    evc_aws_ask ask = {.write = write_replicate, .what = &of};
    evc_aws_metadata metadata = {.doc = NULL};
    evc_buf key;
    evc_kv tags;
    int rc = 0;

    evc_buf_init(&key);
    evc_kv_init(&tags);
    of.tags = &tags;
    if (!evc_aws_is_region(evc_view_text(evc_service_arg(args, "to-region"))))
        rc = evc_err(err, ENVCRYPT_E_ARGUMENT,
                     "to-region is no Region of AWS; Regions are called like "
                     "eu-central-1");
    if (!rc)
        rc = evc_arguments_pairs(evc_service_arg(args, "tags"), "tags", &tags, err);
    if (!rc)
        rc = evc_aws_account_key(service, args, wait, &key, err);
    of.replicated = (const char *)key.data;
    if (!rc)
        rc = make_key(service, &kind, &ask, "ReplicaKeyMetadata", &metadata, wait, err);
    if (!rc)
        rc = evc_aws_account_row(out, &metadata, NULL, err);
    evc_aws_metadata_reset(&metadata);
    evc_buf_reset(&key);
    evc_kv_reset(&tags);
    return rc;
}

static const char *const replicate_needs[] = {"key", "to-region", NULL};
static const char *const replicate_takes[] = {"description", "tags", "policy", NULL};
const evc_action evc_aws_replicate_key = {
    .name = "replicate-key",
    .help = "makes a replica of a multi-Region key in another Region",
    .needs = replicate_needs,
    .takes = replicate_takes,
    .columns = evc_aws_key_columns,
    .permission = "kms:ReplicateKey",
    .flags = EVC_ACTION_CHANGES,
    .run = run_replicate,
};
