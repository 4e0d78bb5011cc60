/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_policies.h"

static const char *const none[] = {NULL};
static const char *const with_key[] = {"key", NULL};
static const char *const columns[] = {"policy", NULL};

static int
add_row(evc_table *out, const char *policy, evc_error **err)
{
    int rc = evc_table_add_row(out, err);

    return rc ? rc : evc_table_set(out, "policy", policy, err);
}

/* --- key-policy: without any call --- */

static int
run_print(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
          evc_error **err)
{
    const char *account = evc_service_arg(args, "account");
    evc_buf policy;
    int rc;

    (void)wait;
    if (!account && evc_aws_account_of(service)->account[0])
        account = evc_aws_account_of(service)->account;
    evc_buf_init(&policy);
    rc = evc_aws_account_policy(service, args, account, &policy, err);
    evc_buf_put_u8(&policy, 0);
    if (!rc)
        rc = evc_buf_check(&policy, err);
    if (!rc)
        rc = add_row(out, (const char *)policy.data, err);
    evc_buf_reset(&policy);
    return rc;
}

static const char *const print_takes[] = {"account", "allow", "allow-account",
                                          "allow-grant", NULL};
const evc_action evc_aws_key_policy = {
    .name = "key-policy",
    .help = "prints the policy that lets users, roles or other accounts use a key",
    .needs = none,
    .takes = print_takes,
    .columns = columns,
    .permission = "",
    .run = run_print,
};

/* --- get-key-policy --- */

typedef struct policy_of {
    const char *key;
    const char *policy;
} policy_of;

static int
write_policy(const void *what, evc_jwrite *w, evc_error **err)
{
    const policy_of *of = what;

    (void)err;
    evc_aws_wire_text(w, "KeyId", of->key);
    evc_aws_wire_text(w, "Policy", of->policy);
    evc_aws_wire_text(w, "PolicyName", "default");
    return 0;
}

static int
run_get(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
        evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("GetKeyPolicy");
    policy_of of = {.policy = NULL};
    evc_aws_ask ask = {.write = write_policy, .what = &of};
    const char *policy = NULL;
    evc_buf key;
    int rc;

    evc_buf_init(&key);
    rc = evc_aws_account_key(service, args, wait, &key, err);
    of.key = (const char *)key.data;
    if (!rc)
        rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, &kind, of.key, &ask,
                             wait, err);
    if (!rc)
        rc = evc_aws_wire_result(
            kind.name, evc_json_text(evc_aws_ask_root(&ask), "Policy", &policy, err),
            err);
    if (!rc)
        rc = add_row(out, policy, err);
    evc_json_free(ask.doc);
    evc_buf_reset(&key);
    return rc;
}

const evc_action evc_aws_get_key_policy = {
    .name = "get-key-policy",
    .help = "shows the policy of a key",
    .needs = with_key,
    .takes = none,
    .columns = columns,
    .permission = "kms:GetKeyPolicy",
    .run = run_get,
};

/* --- put-key-policy --- */

static int
account_text(evc_view account, char out[16], evc_error **err)
{
    evc_buf b;

    evc_buf_init_fixed(&b, out, 16);
    evc_buf_put_view(&b, account);
    evc_buf_put_u8(&b, 0);
    return evc_buf_check(&b, err);
}

int
evc_aws_policies_put(const evc_service *service, const evc_kv *args, const char *key,
                     evc_view account, evc_wait *wait, evc_error **err)
{
    static const evc_operation_kind kind = EVC_AWS_ASKS("PutKeyPolicy");
    policy_of of = {.key = key};
    evc_aws_ask ask = {.write = write_policy, .what = &of};
    char text[16];
    evc_buf policy;
    int rc = account_text(account, text, err);

    evc_buf_init(&policy);
    if (!rc)
        rc = evc_aws_account_policy(service, args, text, &policy, err);
    evc_buf_put_u8(&policy, 0);
    if (!rc)
        rc = evc_buf_check(&policy, err);
    of.policy = (const char *)policy.data;
    if (!rc)
        rc = evc_aws_ask_run(evc_aws_account_of(service)->peer, &kind, key, &ask, wait,
                             err);
    evc_json_free(ask.doc);
    evc_buf_reset(&policy);
    return rc;
}

static int
run_put(evc_service *service, const evc_kv *args, evc_wait *wait, evc_table *out,
        evc_error **err)
{
    evc_aws_describe ask = {.key_id = evc_service_arg(args, "key")};
    int rc;

    if (!evc_aws_account_has_policy(args))
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "the action put-key-policy sets what policy, or allow, "
                       "allow-account and allow-grant say; none of them was given");
    rc = evc_aws_describe_run(evc_aws_account_of(service)->peer, &ask, wait, err);
    if (rc)
        return rc;
    rc = evc_aws_policies_put(service, args, ask.metadata.arn,
                              ask.metadata.parts.account, wait, err);
    if (!rc)
        rc = evc_table_add_row(out, err);
    if (!rc)
        rc = evc_table_set(out, "key", ask.metadata.arn, err);
    evc_aws_metadata_reset(&ask.metadata);
    return rc;
}

static const char *const put_takes[] = {"policy", "allow", "allow-account",
                                        "allow-grant", NULL};
const evc_action evc_aws_put_key_policy = {
    .name = "put-key-policy",
    .help = "sets the policy of a key, in place of the one that it has",
    .needs = with_key,
    .takes = put_takes,
    .columns = with_key,
    .permission = "kms:PutKeyPolicy, kms:DescribeKey",
    .flags = EVC_ACTION_CHANGES,
    .run = run_put,
};
