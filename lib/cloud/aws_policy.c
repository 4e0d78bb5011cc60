/* SPDX-License-Identifier: Apache-2.0 */
#include "cloud/aws_policy.h"

#include "base/encode.h"
#include "cloud/arguments.h"
#include "cloud/aws_arn.h"
#include "codec/jwrite.h"

static const char *const everything[] = {"kms:*", NULL};
static const char *const use[] = {"kms:Encrypt",     "kms:Decrypt",
                                  "kms:ReEncrypt*",  "kms:GenerateDataKey*",
                                  "kms:DescribeKey", NULL};
static const char *const grant[] = {"kms:CreateGrant", "kms:DescribeKey", NULL};

/* --- checks --- */

static int
refuse(evc_view shown_text, const char *what, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(shown_text, shown);
    return evc_err(err, ENVCRYPT_E_ARGUMENT, "\"%s\" %s", shown, what);
}

static int
check_principal(const evc_aws_policy *policy, evc_view text, evc_error **err)
{
    evc_aws_principal principal;

    if (!evc_aws_principal_parse(text, &principal))
        return refuse(
            text,
            "cannot be named in a key policy; give the ARN of a user or role, "
            "arn:aws:iam::ACCOUNT:user/NAME or arn:aws:iam::ACCOUNT:role/NAME",
            err);
    if (!evc_view_is_text(principal.partition, policy->partition))
        return refuse(text, "is of another partition of AWS than the key", err);
    return 0;
}

static int
check_account(const evc_aws_policy *policy, evc_view text, evc_error **err)
{
    (void)policy;
    if (!evc_aws_is_account(text))
        return refuse(text, "is no account; give its 12 digits", err);
    return 0;
}

static int
check_list(const evc_aws_policy *policy, const char *list,
           int (*check)(const evc_aws_policy *policy, evc_view text, evc_error **err),
           evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(list));
    size_t count = 0;
    evc_view item;
    int rc = 0;

    while (!rc && evc_arguments_next(&c, &item)) {
        if (++count > EVC_AWS_POLICY_PRINCIPALS)
            return evc_err(err, ENVCRYPT_E_ARGUMENT,
                           "a statement of a key policy names at most %u; give fewer, "
                           "or a role that they share",
                           EVC_AWS_POLICY_PRINCIPALS);
        rc = check(policy, item, err);
    }
    return rc;
}

static int
check(const evc_aws_policy *policy, evc_error **err)
{
    int rc;

    if (!policy->account)
        return evc_err(err, ENVCRYPT_E_ARGUMENT,
                       "a key policy names the account of its key; give account, 12 "
                       "digits");
    rc = check_account(policy, evc_view_text(policy->account), err);
    if (!rc && !evc_aws_is_partition(evc_view_text(policy->partition)))
        rc = refuse(evc_view_text(policy->partition), "is no partition of AWS", err);
    if (!rc)
        rc = check_list(policy, policy->users, check_principal, err);
    if (!rc)
        rc = check_list(policy, policy->granters, check_principal, err);
    if (!rc)
        rc = check_list(policy, policy->accounts, check_account, err);
    return rc;
}

/* --- statements --- */

static void
write_root(const evc_aws_policy *policy, evc_view account, evc_jwrite *w)
{
    char text[128];
    evc_buf b;

    evc_buf_init_fixed(&b, text, sizeof(text));
    evc_buf_put_text(&b, "arn:");
    evc_buf_put_text(&b, policy->partition);
    evc_buf_put_text(&b, ":iam::");
    evc_buf_put_view(&b, account);
    evc_buf_put_text(&b, ":root");
    evc_jwrite_view(w, evc_buf_view(&b));
}

/* Which of the principals of a list are meant. */
typedef enum whose { OF_ALL, OF_THE_ACCOUNT, OF_OTHERS } whose;

static bool
is_meant(const evc_aws_policy *policy, evc_view text, whose which)
{
    evc_aws_principal principal;
    bool own = evc_aws_principal_parse(text, &principal) &&
               evc_view_is_text(principal.account, policy->account);

    return which == OF_ALL || own == (which == OF_THE_ACCOUNT);
}

/* Appends them when w is given. How many there are. */
static size_t
each_principal(const evc_aws_policy *policy, const char *list, whose which,
               evc_jwrite *w)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(list));
    size_t count = 0;
    evc_view item;

    while (evc_arguments_next(&c, &item)) {
        if (!is_meant(policy, item, which))
            continue;
        count++;
        if (w)
            evc_jwrite_view(w, item);
    }
    return count;
}

static void
begin_statement(evc_jwrite *w, const char *sid)
{
    evc_jwrite_object(w);
    evc_jwrite_name(w, "Sid");
    evc_jwrite_text(w, sid);
    evc_jwrite_name(w, "Effect");
    evc_jwrite_text(w, "Allow");
    evc_jwrite_name(w, "Principal");
    evc_jwrite_object(w);
    evc_jwrite_name(w, "AWS");
    evc_jwrite_array(w);
}

static void
end_statement(evc_jwrite *w, const char *const *actions)
{
    evc_jwrite_end(w);
    evc_jwrite_end(w);
    evc_jwrite_name(w, "Action");
    evc_jwrite_array(w);
    for (; *actions; actions++)
        evc_jwrite_text(w, *actions);
    evc_jwrite_end(w);
    evc_jwrite_name(w, "Resource");
    evc_jwrite_text(w, "*");
    evc_jwrite_end(w);
}

static void
write_statement(const evc_aws_policy *policy, evc_jwrite *w, const char *sid,
                const char *list, whose which, const char *const *actions)
{
    if (each_principal(policy, list, which, NULL) == 0)
        return;
    begin_statement(w, sid);
    (void)each_principal(policy, list, which, w);
    end_statement(w, actions);
}

static void
write_accounts(const evc_aws_policy *policy, evc_jwrite *w)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(policy->accounts));
    evc_view account;

    if (evc_cursor_left(&c) == 0)
        return;
    begin_statement(w, "Allow other accounts to use the key");
    while (evc_arguments_next(&c, &account))
        write_root(policy, account, w);
    end_statement(w, use);
}

int
evc_aws_policy_write(const evc_aws_policy *policy, bool pretty, evc_buf *out,
                     evc_error **err)
{
    evc_jwrite w;
    int rc = check(policy, err);

    if (rc)
        return rc;
    evc_jwrite_begin(&w, out, pretty);
    evc_jwrite_object(&w);
    evc_jwrite_name(&w, "Version");
    evc_jwrite_text(&w, "2012-10-17");
    evc_jwrite_name(&w, "Statement");
    evc_jwrite_array(&w);
    begin_statement(&w, "Enable IAM User Permissions");
    write_root(policy, evc_view_text(policy->account), &w);
    end_statement(&w, everything);
    write_statement(policy, &w, "Allow use of the key", policy->users, OF_THE_ACCOUNT,
                    use);
    write_statement(policy, &w, "Allow use of the key by others", policy->users,
                    OF_OTHERS, use);
    write_accounts(policy, &w);
    write_statement(policy, &w, "Allow grants for clusters", policy->granters, OF_ALL,
                    grant);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}
