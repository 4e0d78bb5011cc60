/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "cluster/eks_create.h"
#include "cluster/eks_key.h"
#include "cluster/eks_policy.h"

static bool
is_text(const char *text, const char *wanted)
{
    return text && strcmp(text, wanted) == 0;
}

/* NULL and "" are what KMS did not say. */
static bool
differs(const char *text, const char *wanted)
{
    return text && text[0] && strcmp(text, wanted) != 0;
}

const char *
evc_eks_check_unfit(const char *spec, const char *usage, const char *manager,
                    const char *state)
{
    if (differs(spec, "SYMMETRIC_DEFAULT"))
        return "it is not a symmetric encryption key";
    if (differs(usage, "ENCRYPT_DECRYPT"))
        return "it is not for encryption";
    if (differs(manager, "CUSTOMER"))
        return "AWS manages it, and such keys allow EKS no grant";
    if (differs(state, "Enabled"))
        return "it is not enabled";
    return NULL;
}

/* A look that was not possible: a row that says what is not known, or the error when it
 * ends the call. failed is consumed. */
static int
add_unknown(evc_checks *out, const char *check, const char *rule, const char *what,
            int code, evc_error *failed, evc_error **err)
{
    if (evc_error_ends_call(code)) {
        evc_err_add_cause(err, failed);
        return code;
    }
    code = evc_checks_add(out, check, EVC_CHECK_UNKNOWN, rule, 0, err, "%s: %s", what,
                          evc_error_message(failed));
    evc_error_free(failed);
    return code;
}

/* --- who asks --- */

static int
check_identity(evc_cluster *cluster, evc_wait *wait, evc_checks *out, evc_error **err)
{
    const evc_eks *eks = evc_eks_of(cluster);
    evc_error *failed = NULL;
    evc_buf who;
    int rc;

    evc_buf_init(&who);
    rc = evc_aws_identity(eks->config, eks->chain, evc_eks_here(cluster)->name, wait,
                          &who, &failed);
    evc_buf_put_u8(&who, 0);
    if (rc == 0)
        rc = evc_buf_check(&who, &failed);
    if (rc == 0)
        rc = evc_checks_add(out, "credentials", EVC_CHECK_OK, "R01", 0, err,
                            "AWS knows the caller as %s", (const char *)who.data);
    else if (evc_error_class_of(rc) == ENVCRYPT_CLASS_CREDENTIALS ||
             evc_error_class_of(rc) == ENVCRYPT_CLASS_CONFIG)
        rc = evc_checks_add_error(out, "credentials", "R01", &failed, err);
    else /* STS may be out of reach where EKS is not */
        rc = add_unknown(out, "credentials", "R01", "who asks is not known", rc, failed,
                         err);
    evc_buf_reset(&who);
    return rc;
}

/* --- the cluster --- */

static int
check_kind(const evc_cluster_state *state, evc_checks *out, evc_error **err)
{
    const char *kind = evc_cluster_state_text(state, EVC_CLUSTER_KIND);

    if (state->unsupported) {
        return evc_checks_add(out, "kind of cluster", EVC_CHECK_REFUSED, "R14",
                              ENVCRYPT_E_CLUSTER_KIND, err,
                              "EKS does not encrypt Secrets of %s clusters with a key "
                              "of one's own; that needs "
                              "a cluster whose control plane runs in a Region of AWS",
                              strcmp(kind, "outposts") == 0 ? "local (Outposts)"
                                                            : "registered (connector)");
    }
    return evc_checks_add(out, "kind of cluster", EVC_CHECK_OK, "R14", 0, err,
                          "EKS runs the control plane of the cluster");
}

static int
check_default(const evc_cluster_state *state, evc_checks *out, evc_error **err)
{
    const char *version = evc_cluster_state_text(state, EVC_CLUSTER_VERSION);

    switch (state->encryption) {
    case ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER:
        return evc_checks_add(
            out, "encryption now", EVC_CHECK_OK, NULL, 0, err,
            "Kubernetes %s: EKS encrypts all objects under a key that AWS "
            "owns; with a key of one's own that key is used instead",
            version);
    case ENVCRYPT_CLUSTER_ENCRYPTION_NONE:
        return evc_checks_add(
            out, "encryption now", EVC_CHECK_OK, NULL, 0, err,
            "Kubernetes %s: Secrets are not encrypted by a key service, "
            "only the disks are",
            version);
    default:
        return 0;
    }
}

/* --- the key --- */

static int
check_type(const evc_aws_metadata *m, evc_checks *out, evc_error **err)
{
    int rc;

    if (differs(m->spec, "SYMMETRIC_DEFAULT"))
        rc = evc_checks_add(
            out, "key type", EVC_CHECK_REFUSED, "R06", ENVCRYPT_E_KEY_UNSUITABLE, err,
            "the key is %s; a symmetric encryption key (SYMMETRIC_DEFAULT) is "
            "required",
            m->spec);
    else
        rc = evc_checks_add(out, "key type", EVC_CHECK_OK, "R06", 0, err,
                            "the key is symmetric");
    if (rc == 0 && differs(m->usage, "ENCRYPT_DECRYPT"))
        return evc_checks_add(
            out, "key usage", EVC_CHECK_REFUSED, "R07", ENVCRYPT_E_KEY_UNSUITABLE, err,
            "the usage of the key is %s; it must be ENCRYPT_DECRYPT", m->usage);
    return rc ? rc
              : evc_checks_add(out, "key usage", EVC_CHECK_OK, "R07", 0, err,
                               "the key encrypts and decrypts");
}

static int
check_state(const evc_aws_metadata *m, evc_checks *out, evc_error **err)
{
    char date[EVC_TIME_TEXT];
    evc_error *failed = NULL;
    int code = evc_aws_metadata_check_state(m, &failed);
    int rc;

    if (code == 0)
        return evc_checks_add(out, "key state", EVC_CHECK_OK, "R08", 0, err,
                              "the key is Enabled");
    if (m->deletion_ms < 0)
        return evc_checks_add_error(out, "key state", "R08", &failed, err);
    evc_clock_format(m->deletion_ms, date);
    rc = evc_checks_add(
        out, "key state", EVC_CHECK_REFUSED, "R08", code, err,
        "the key %s is %s and will be deleted on %s; cancel the deletion and "
        "enable it first",
        m->arn, m->state, date);
    evc_error_free(failed);
    return rc;
}

static int
check_manager(const evc_aws_metadata *m, evc_checks *out, evc_error **err)
{
    if (differs(m->manager, "CUSTOMER"))
        return evc_checks_add(
            out, "key manager", EVC_CHECK_REFUSED, "R09", ENVCRYPT_E_KEY_UNSUITABLE,
            err,
            "AWS manages this key, and keys that AWS manages do not allow "
            "CreateGrant; create a customer managed key");
    return evc_checks_add(out, "key manager", EVC_CHECK_OK, "R09", 0, err,
                          "the key is a customer managed key");
}

/* Imported material ends, and what stands outside of KMS can be out of reach. */
static int
check_origin(const evc_aws_metadata *m, bool rotates, evc_checks *out, evc_error **err)
{
    bool store =
        is_text(m->origin, "AWS_CLOUDHSM") || is_text(m->origin, "EXTERNAL_KEY_STORE");
    char date[EVC_TIME_TEXT];

    if (rotates && store)
        return evc_checks_add(
            out, "key material", EVC_CHECK_REFUSED, NULL, ENVCRYPT_E_CLUSTER_CANNOT,
            err,
            "the material of the key is in a custom key store (%s), where "
            "KMS does not rotate it",
            m->origin);
    if (m->valid_to_ms >= 0) {
        evc_clock_format(m->valid_to_ms, date);
        return evc_checks_add(
            out, "key material", EVC_CHECK_WARNING, NULL, 0, err,
            "the imported material of the key expires on %s, and with it "
            "the cluster's Secrets; import it again before, or take "
            "material that does not expire",
            date);
    }
    if (store)
        return evc_checks_add(
            out, "key material", EVC_CHECK_WARNING, NULL, 0, err,
            "the material of the key is in a custom key store (%s): when it "
            "cannot be reached the cluster cannot read Secrets, and the key "
            "cannot be rotated",
            m->origin);
    return 0;
}

static int
check_account(const evc_cluster_state *state, const evc_aws_metadata *m,
              evc_checks *out, evc_error **err)
{
    const char *account =
        state ? evc_cluster_state_text(state, EVC_CLUSTER_ACCOUNT) : "";

    if (!account[0] || evc_view_is_text(m->parts.account, account))
        return 0;
    return evc_checks_add(
        out, "account of the key", EVC_CHECK_WARNING, NULL, 0, err,
        "the key is of the account %.*s and the cluster of %s: the key's "
        "policy there and an IAM policy here must both allow its use, and "
        "who owns the key can take it away",
        (int)m->parts.account.size, (const char *)m->parts.account.data, account);
}

/* The primary of a replica has the material of all; and who owns a key rotates it. */
static int
check_rotation(const evc_cluster_state *state, const evc_aws_metadata *m,
               evc_checks *out, evc_error **err)
{
    const char *account = evc_cluster_state_text(state, EVC_CLUSTER_ACCOUNT);
    const evc_json *regions = NULL;
    const evc_json *primary = NULL;
    const char *kind = NULL;
    const char *arn = NULL;

    if (account[0] && !evc_view_is_text(m->parts.account, account))
        return evc_checks_add(
            out, "who rotates the key", EVC_CHECK_REFUSED, NULL,
            ENVCRYPT_E_CLUSTER_CANNOT, err,
            "the key is of the account %.*s, from which alone it can be "
            "rotated",
            (int)m->parts.account.size, (const char *)m->parts.account.data);
    if (evc_json_object(m->root, "MultiRegionConfiguration", &regions, NULL) != 0 ||
        evc_json_text(regions, "MultiRegionKeyType", &kind, NULL) != 0 ||
        strcmp(kind, "REPLICA") != 0)
        return 0;
    if (evc_json_object(regions, "PrimaryKey", &primary, NULL) != 0 ||
        evc_json_text(primary, "Arn", &arn, NULL) != 0)
        arn = "in its Region";
    return evc_checks_add(out, "which key is rotated", EVC_CHECK_REFUSED, NULL,
                          ENVCRYPT_E_CLUSTER_CANNOT, err,
                          "the key is a replica; rotate its primary key %s, whose new "
                          "material all replicas get",
                          arn);
}

/* --- grants --- */

int
evc_eks_check_grant(const evc_eks_region *region, const evc_cluster_key *key,
                    evc_wait *wait, evc_error **err)
{
    char grantee[64];
    const char *const args[] = {"key",     key->id, "grantee", grantee,
                                "dry-run", "true",  NULL};
    evc_table *table = NULL;
    int rc;

    /* A principal that there is whatever the account has: nobody gets a grant. */
    (void)snprintf(grantee, sizeof(grantee), "arn:%s:iam::%.12s:root",
                   evc_aws_partition(region->name), key->account);
    rc = evc_eks_act(region, "create-grant", args, false, wait, &table, err);
    evc_table_free(table);
    return rc;
}

static int
check_grant(const evc_eks_region *region, const evc_cluster_key *key, evc_wait *wait,
            evc_checks *out, evc_error **err)
{
    evc_error *failed = NULL;
    int rc = evc_eks_check_grant(region, key, wait, &failed);

    if (rc == 0)
        return evc_checks_add(
            out, "kms:CreateGrant", EVC_CHECK_OK, "R10", 0, err,
            "the caller may make a grant on the key (asked by a dry run, which "
            "made none)");
    if (rc == ENVCRYPT_E_DENIED) {
        evc_error_free(failed);
        return evc_checks_add(
            out, "kms:CreateGrant", EVC_CHECK_REFUSED, "R10", ENVCRYPT_E_DENIED, err,
            "the caller lacks kms:CreateGrant on %s, without which EKS cannot "
            "use the key; allow it by the key's policy or an IAM policy, and "
            "for a key of another account by both",
            key->id);
    }
    return add_unknown(out, "kms:CreateGrant", "R10",
                       "whether the caller may make a grant is not known", rc, failed,
                       err);
}

/* A condition is looked for in the text: a dry run does not tell of it (E25). */
static int
check_policy(const evc_eks_region *region, const evc_cluster_key *key, bool create,
             evc_wait *wait, evc_checks *out, evc_error **err)
{
    const char *const args[] = {"key", key->id, NULL};
    evc_error *failed = NULL;
    evc_table *table = NULL;
    int rc = evc_eks_act(region, "get-key-policy", args, false, wait, &table, &failed);

    if (rc)
        rc = add_unknown(out, "key policy", "R11", "the key's policy could not be read",
                         rc, failed, err);
    else if (!evc_eks_policy_gates_grants(evc_table_text(table, 0, "policy")))
        rc = evc_checks_add(out, "key policy", EVC_CHECK_OK, "R11", 0, err,
                            "the key's policy does not make kms:CreateGrant depend on "
                            "kms:GrantIsForAWSResource");
    else
        rc = evc_checks_add(
            out, "key policy", create ? EVC_CHECK_REFUSED : EVC_CHECK_WARNING, "R11",
            create ? ENVCRYPT_E_KEY_UNSUITABLE : 0, err,
            "the key's policy allows kms:CreateGrant only under the condition "
            "kms:GrantIsForAWSResource, which the creation of a cluster does "
            "not fulfil; remove the condition");
    evc_table_free(table);
    return rc;
}

/* One key may serve many clusters, and all of them fall with it. */
static int
check_users(const evc_eks_region *region, const evc_cluster_key *key, evc_wait *wait,
            evc_checks *out, evc_error **err)
{
    const char *const args[] = {"key", key->id, NULL};
    evc_error *failed = NULL;
    evc_table *table = NULL;
    size_t count = 0;
    int rc = evc_eks_act(region, "list-grants", args, false, wait, &table, &failed);

    if (rc)
        return add_unknown(out, "other users of the key", NULL,
                           "the grants on the key could not be listed", rc, failed,
                           err);
    for (size_t i = 0; i < table->rows; i++)
        count += strstr(evc_table_text(table, i, "grantee"), "eks") != NULL;
    evc_table_free(table);
    if (count == 0)
        return evc_checks_add(out, "other users of the key", EVC_CHECK_OK, NULL, 0, err,
                              "no other cluster holds a grant on the key");
    return evc_checks_add(
        out, "other users of the key", EVC_CHECK_WARNING, NULL, 0, err,
        "EKS holds %zu grant%s on the key for clusters that use it: whoever "
        "disables or deletes it hits all of them",
        count, count == 1 ? "" : "s");
}

static int
check_key(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
          evc_checks *out, evc_error **err)
{
    const evc_eks_region *region = evc_eks_here(cluster);
    evc_aws_metadata m;
    int rc = evc_eks_key_describe(region, job->key->id, wait, &m, err);

    if (rc)
        return rc;
    rc = check_type(&m, out, err);
    if (rc == 0)
        rc = check_state(&m, out, err);
    if (rc == 0)
        rc = check_manager(&m, out, err);
    if (rc == 0)
        rc = check_origin(&m, job->verb == EVC_VERB_ROTATE, out, err);
    if (rc == 0)
        rc = check_account(job->state, &m, out, err);
    if (rc == 0 && job->state && job->verb == EVC_VERB_ROTATE)
        rc = check_rotation(job->state, &m, out, err);
    evc_aws_metadata_reset(&m);
    return rc;
}

int
evc_eks_check(evc_cluster *cluster, const evc_cluster_job *job, evc_wait *wait,
              evc_checks *out, evc_error **err)
{
    const evc_eks_region *region = evc_eks_here(cluster);
    bool create = job->verb == EVC_VERB_CREATE;
    bool gives = create || job->verb == EVC_VERB_ENABLE;
    int rc = check_identity(cluster, wait, out, err);

    if (rc == 0 && create) {
        const evc_eks_create of = {.name = cluster->name, .change = job->change};
        evc_error *failed = NULL;

        if (evc_eks_create_check(&of, &failed) != 0)
            rc = evc_checks_add_error(out, "what a cluster needs", NULL, &failed, err);
    }
    if (rc == 0 && job->state)
        rc = check_kind(job->state, out, err);
    if (rc == 0 && job->state)
        rc = check_default(job->state, out, err);
    if (rc || !job->key)
        return rc;
    rc = check_key(cluster, job, wait, out, err);
    if (rc == 0 && gives)
        rc = check_grant(region, job->key, wait, out, err);
    if (rc == 0 && gives)
        rc = check_policy(region, job->key, create, wait, out, err);
    return rc == 0 && gives ? check_users(region, job->key, wait, out, err) : rc;
}
