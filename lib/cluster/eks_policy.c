/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_policy.h"

#include <string.h>
#include <strings.h>

#include "codec/json.h"
#include "codec/jwrite.h"

#define CONDITION "kms:GrantIsForAWSResource"

/* --- what stands in the way --- */

/* "kms:CreateGrant", "kms:Create*", "kms:*", "*": a star stands for anything, and case for
 * nothing. */
static bool
covers_grants(const char *pattern)
{
    static const char action[] = "kms:CreateGrant";
    const char *star = strchr(pattern, '*');

    if (!star)
        return strcasecmp(pattern, action) == 0;
    return strncasecmp(pattern, action, (size_t)(star - pattern)) == 0;
}

/* A member that is a text or a list of texts. */
static bool
is_about_grants(const evc_json *statement)
{
    const evc_json *list = NULL;
    const char *text = NULL;

    if (evc_json_text(statement, "Action", &text, NULL) == 0)
        return covers_grants(text);
    if (evc_json_array(statement, "Action", &list, NULL) != 0)
        return false;
    for (size_t i = 0; i < evc_json_count(list); i++) {
        text = evc_json_as_text(evc_json_at(list, i));
        if (text && covers_grants(text))
            return true;
    }
    return false;
}

/* Condition is {"Bool": {"kms:GrantIsForAWSResource": "true"}}, with any test. */
static bool
has_condition(const evc_json *statement)
{
    const evc_json *condition = NULL;

    if (evc_json_object(statement, "Condition", &condition, NULL) != 0)
        return false;
    for (const char *test = evc_json_next_name(condition, NULL); test;
         test = evc_json_next_name(condition, test)) {
        const evc_json *keys = NULL;

        if (evc_json_object(condition, test, &keys, NULL) != 0)
            continue;
        for (const char *key = evc_json_next_name(keys, NULL); key;
             key = evc_json_next_name(keys, key)) {
            if (strcasecmp(key, CONDITION) == 0)
                return true;
        }
    }
    return false;
}

/* Who it is about does not matter: a grant that one statement allows freely may be another
 * principal's, so a policy that gates any is told only when none allows it freely. */
static bool
is_gated(const evc_json *statements)
{
    bool gated = false;
    bool freely = false;

    for (size_t i = 0; i < evc_json_count(statements); i++) {
        const evc_json *one = evc_json_at(statements, i);
        const char *effect = NULL;

        if (evc_json_text(one, "Effect", &effect, NULL) != 0 || !is_about_grants(one))
            continue;
        if (has_condition(one))
            gated = true;
        if (has_condition(one) && strcmp(effect, "Deny") == 0)
            return true;
        if (!has_condition(one) && strcmp(effect, "Allow") == 0)
            freely = true;
    }
    return gated && !freely;
}

bool
evc_eks_policy_gates_grants(const char *policy)
{
    evc_json_doc *doc = NULL;
    const evc_json *statements = NULL;
    bool gated = false;

    if (evc_json_parse(evc_view_text(policy), "a key policy", &doc, NULL) != 0)
        return false;
    if (evc_json_array(evc_json_root(doc), "Statement", &statements, NULL) == 0)
        gated = is_gated(statements);
    evc_json_free(doc);
    return gated;
}

/* --- what must be allowed --- */

static void
begin_statement(evc_jwrite *w, const char *id)
{
    evc_jwrite_object(w);
    evc_jwrite_member_text(w, "Sid", id);
    evc_jwrite_member_text(w, "Effect", "Allow");
}

static void
put_actions(evc_jwrite *w, const char *const *actions)
{
    evc_jwrite_name(w, "Action");
    evc_jwrite_array(w);
    for (; *actions; actions++)
        evc_jwrite_text(w, *actions);
    evc_jwrite_end(w);
}

/* What is not known is a pattern. */
static void
put_cluster(evc_jwrite *w, const evc_eks_wish *wish)
{
    char arn[512];
    evc_buf b;

    evc_buf_init_fixed(&b, arn, sizeof(arn));
    evc_buf_put_format(&b, "arn:%s:eks:%s:%s:cluster/%s", wish->partition,
                       wish->region ? wish->region : "*",
                       wish->account ? wish->account : "*",
                       wish->cluster ? wish->cluster : "*");
    evc_jwrite_name(w, "Resource");
    evc_jwrite_view(w, evc_buf_view(&b));
}

static void
put_key(evc_jwrite *w, const evc_eks_wish *wish)
{
    evc_jwrite_member_text(w, "Resource", wish->key ? wish->key : "*");
}

static void
put_eks(evc_jwrite *w, const evc_eks_wish *wish)
{
    static const char *const reading[] = {"eks:DescribeCluster", NULL};
    static const char *const following[] = {"eks:DescribeCluster", "eks:DescribeUpdate",
                                            "eks:ListUpdates", NULL};
    static const char *const enabling[] = {"eks:AssociateEncryptionConfig", NULL};
    static const char *const creating[] = {"eks:CreateCluster", NULL};
    static const char *const listing[] = {"eks:ListClusters", NULL};
    static const char *const passing[] = {"iam:PassRole", NULL};

    begin_statement(w, "ReadCluster");
    put_actions(w, wish->enable || wish->create || wish->rotate ? following : reading);
    put_cluster(w, wish);
    evc_jwrite_end(w);
    begin_statement(w, "ListClusters");
    put_actions(w, listing);
    evc_jwrite_member_text(w, "Resource", "*");
    evc_jwrite_end(w);
    if (wish->enable) {
        begin_statement(w, "EncryptSecrets");
        put_actions(w, enabling);
        put_cluster(w, wish);
        evc_jwrite_end(w);
    }
    if (wish->create) {
        begin_statement(w, "CreateCluster"); /* of which IAM knows no resource */
        put_actions(w, creating);
        evc_jwrite_member_text(w, "Resource", "*");
        evc_jwrite_end(w);
        begin_statement(w, "PassClusterRole");
        put_actions(w, passing);
        evc_jwrite_member_text(w, "Resource", wish->role ? wish->role : "*");
        evc_jwrite_end(w);
    }
}

static void
put_kms(evc_jwrite *w, const evc_eks_wish *wish)
{
    static const char *const using[] = {"kms:DescribeKey", "kms:CreateGrant", NULL};
    static const char *const reading[] = {"kms:DescribeKey", NULL};
    static const char *const rotating[] = {"kms:RotateKeyOnDemand",
                                           "kms:GetKeyRotationStatus", NULL};
    static const char *const listing[] = {"kms:ListKeys", "kms:ListAliases", NULL};
    /* Without these a change goes on, and tells less. */
    static const char *const looking[] = {"kms:GetKeyPolicy", "kms:ListGrants",
                                          "kms:ListKeyRotations", "kms:GetKeyLastUsage",
                                          NULL};

    begin_statement(w, "UseKey");
    put_actions(w, wish->enable || wish->create ? using : reading);
    put_key(w, wish);
    evc_jwrite_end(w);
    if (wish->enable || wish->create || wish->rotate) {
        begin_statement(w, "LookAtKey");
        put_actions(w, wish->rotate ? &looking[2] : looking);
        put_key(w, wish);
        evc_jwrite_end(w);
    }
    if (wish->rotate) {
        begin_statement(w, "RotateKey");
        put_actions(w, rotating);
        put_key(w, wish);
        evc_jwrite_end(w);
    }
    if (wish->keys) {
        begin_statement(w, "ListKeys");
        put_actions(w, listing);
        evc_jwrite_member_text(w, "Resource", "*");
        evc_jwrite_end(w);
    }
}

int
evc_eks_policy_write(const evc_eks_wish *wish, evc_buf *out, evc_error **err)
{
    evc_jwrite w;

    evc_jwrite_begin(&w, out, true);
    evc_jwrite_object(&w);
    evc_jwrite_member_text(&w, "Version", "2012-10-17");
    evc_jwrite_name(&w, "Statement");
    evc_jwrite_array(&w);
    put_eks(&w, wish);
    put_kms(&w, wish);
    evc_jwrite_end(&w);
    evc_jwrite_end(&w);
    return evc_jwrite_finish(&w, err);
}
