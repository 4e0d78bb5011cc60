/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_cluster.h"

#include <string.h>

#include "base/buf.h"
#include "base/utf8.h"
#include "cloud/aws_arn.h"

#define CA_MAX ((size_t)256 * 1024) /* of its base64 */
#define WORD_MAX 64u                /* characters of the code of an issue */
#define SHOWN_MAX 512u              /* of its message */
#define FIRST_DEFAULT_MINOR 28      /* of Kubernetes 1 */

static const struct status {
    const char *word;
    evc_cluster_phase phase;
} statuses[] = {
    {"ACTIVE", EVC_CLUSTER_STEADY},     {"CREATING", EVC_CLUSTER_CHANGING},
    {"UPDATING", EVC_CLUSTER_CHANGING}, {"PENDING", EVC_CLUSTER_CHANGING},
    {"DELETING", EVC_CLUSTER_BROKEN},   {"FAILED", EVC_CLUSTER_BROKEN},
};

static const struct issue {
    const char *code;
    const char *advice;
} issues[] = {
    {"KmsKeyDisabled", "enable the key: the cluster goes on for a while with what it "
                       "has in memory, and after "
                       "30 days an upgrade may make it unrecoverable"},
    {"KmsKeyMarkedForDeletion", "cancel the deletion of the key and enable it: once it "
                                "is deleted, the cluster cannot be "
                                "recovered"},
    {"KmsKeyNotFound", "the key is gone, and the cluster cannot be recovered: create "
                       "another one and move to it"},
    {"KmsGrantRevoked", "EKS may use the key no more and cannot be given the grant "
                        "again: create another cluster "
                        "and move to it"},
};

/* --- parts --- */

int32_t
evc_eks_cluster_default(const char *version)
{
    evc_view text = evc_view_text(version);
    evc_cursor c = evc_cursor_of_view(text);
    uint32_t minor = 0;
    uint32_t digits = 0;

    if (!evc_view_starts_with(text, "1."))
        return ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN;
    (void)evc_cursor_bytes(&c, 2);
    for (; evc_cursor_left(&c) && digits < 4; digits++) {
        uint8_t digit = evc_cursor_u8(&c);

        if (digit < '0' || digit > '9')
            break;
        minor = minor * 10 + digit - '0';
    }
    if (digits == 0)
        return ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN;
    return minor >= FIRST_DEFAULT_MINOR ? ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER
                                        : ENVCRYPT_CLUSTER_ENCRYPTION_NONE;
}

static int
set_view(evc_cluster_state *out, evc_cluster_text which, evc_view text, evc_error **err)
{
    char copy[EVC_AWS_ARN_MAX + 1];

    if (text.size > EVC_AWS_ARN_MAX)
        return evc_err(err, ENVCRYPT_E_JSON, "a part of an ARN is too long");
    evc_view_to_text(text, copy);
    return evc_cluster_state_set(out, which, copy, err);
}

/* Region and account of arn:PARTITION:eks:REGION:ACCOUNT:cluster/NAME. */
static int
read_place(const char *arn, evc_cluster_state *out, evc_error **err)
{
    evc_cursor c = evc_cursor_of_view(evc_view_text(arn));
    evc_view parts[5];
    int rc;

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        size_t start = c.at;
        size_t size = 0;

        while (evc_cursor_left(&c) && evc_cursor_u8(&c) != ':')
            size++;
        parts[i] = evc_view_of(evc_cursor_since(&c, start).data, size);
    }
    if (!evc_view_is_text(parts[0], "arn") || !evc_view_is_text(parts[2], "eks") ||
        !evc_aws_is_region(parts[3]) || !evc_aws_is_account(parts[4]))
        return evc_err(err, ENVCRYPT_E_JSON, "member \"arn\" is no ARN of a cluster");
    rc = set_view(out, EVC_CLUSTER_REGION, parts[3], err);
    return rc ? rc : set_view(out, EVC_CLUSTER_ACCOUNT, parts[4], err);
}

static int
read_texts(const evc_json *cluster, evc_cluster_state *out, evc_error **err)
{
    static const struct {
        const char *member;
        evc_cluster_text which;
    } texts[] = {
        {"version", EVC_CLUSTER_VERSION},
        {"endpoint", EVC_CLUSTER_SERVER},
    };
    const char *text = NULL;
    int rc = evc_json_text(cluster, "name", &text, err);

    if (rc == 0)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_NAME, text, err);
    if (rc == 0)
        rc = evc_json_text(cluster, "arn", &text, err);
    if (rc == 0)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_ID, text, err);
    if (rc == 0)
        rc = read_place(text, out, err);
    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++) {
        text = NULL;
        rc = evc_json_text_opt(cluster, texts[i].member, &text, err);
        if (rc == 0)
            rc = evc_cluster_state_set(out, texts[i].which, text, err);
    }
    return rc;
}

static int
read_status(const evc_json *cluster, evc_cluster_state *out, evc_error **err)
{
    const char *word = NULL;
    int rc = evc_json_text(cluster, "status", &word, err);

    if (rc)
        return rc;
    out->phase = EVC_CLUSTER_CHANGING; /* also of a word that nobody knows today */
    for (size_t i = 0; i < sizeof(statuses) / sizeof(statuses[0]); i++) {
        if (strcmp(statuses[i].word, word) == 0)
            out->phase = statuses[i].phase;
    }
    return evc_cluster_state_set(out, EVC_CLUSTER_STATUS, word, err);
}

/* A cluster on Outposts, or one that is only registered, has another control plane. */
static int
read_kind(const evc_json *cluster, evc_cluster_state *out, evc_error **err)
{
    const evc_json *part = NULL;
    const char *kind = "eks";

    if (evc_json_object(cluster, "outpostConfig", &part, NULL) == 0)
        kind = "outposts";
    else if (evc_json_object(cluster, "connectorConfig", &part, NULL) == 0)
        kind = "connector";
    out->unsupported = strcmp(kind, "eks") != 0;
    return evc_cluster_state_set(out, EVC_CLUSTER_KIND, kind, err);
}

static int
read_ca(const evc_json *cluster, evc_cluster_state *out, evc_error **err)
{
    const evc_json *authority = NULL;
    const char *text = NULL;
    size_t size = 0;
    evc_buf pem;
    int rc;

    if (evc_json_object(cluster, "certificateAuthority", &authority, NULL) != 0)
        return 0;
    rc = evc_json_text_opt(authority, "data", &text, err);
    if (rc || !text || !text[0])
        return rc;
    if (strlen(text) > CA_MAX)
        return evc_err(err, ENVCRYPT_E_JSON,
                       "the certificate of the cluster is too long");
    evc_buf_init(&pem);
    if (evc_buf_extend(&pem, strlen(text)))
        rc = evc_json_base64(authority, "data", pem.data, pem.size, &size, err);
    else
        rc = evc_buf_check(&pem, err);
    if (rc == 0) {
        evc_buf_truncate(&pem, size);
        evc_buf_put_u8(&pem, 0);
        rc = evc_buf_check(&pem, err);
    }
    if (rc == 0)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_CA, (const char *)pem.data, err);
    evc_buf_reset(&pem);
    return rc;
}

/* --- encryption --- */

static int
check_resources(const evc_json *entry, evc_error **err)
{
    const evc_json *list = NULL;
    int rc = evc_json_array(entry, "resources", &list, err);

    for (size_t i = 0; rc == 0 && i < evc_json_count(list); i++) {
        const char *name = evc_json_as_text(evc_json_at(list, i));

        if (name && strcmp(name, "secrets") == 0)
            return 0;
    }
    return rc ? rc
              : evc_err(err, ENVCRYPT_E_JSON,
                        "member \"encryptionConfig\" is not about Secrets");
}

static bool
is_missing(const evc_json *of, const char *name)
{
    const char *text = NULL;

    return evc_json_text_opt(of, name, &text, NULL) == 0 && !text;
}

/* One entry at most, and for Secrets ("EncryptionConfig", EKS API 2017-11-01). What has another
 * shape is not understood, and never "no key": one would take the cluster for unencrypted. */
static int
read_config(const evc_json *cluster, const char **key, evc_error **err)
{
    const evc_json *list = NULL;
    const evc_json *provider = NULL;
    int rc;

    *key = NULL;
    if (is_missing(cluster, "encryptionConfig"))
        return 0;
    rc = evc_json_array(cluster, "encryptionConfig", &list, err);
    if (rc || evc_json_count(list) == 0)
        return rc;
    if (evc_json_count(list) > 1)
        return evc_err(err, ENVCRYPT_E_JSON,
                       "member \"encryptionConfig\" has more than one entry");
    rc = check_resources(evc_json_at(list, 0), err);
    if (rc == 0)
        rc = evc_json_object(evc_json_at(list, 0), "provider", &provider, err);
    if (rc == 0)
        rc = evc_json_text(provider, "keyArn", key, err);
    if (rc == 0 && !(*key)[0])
        rc = evc_err(err, ENVCRYPT_E_JSON, "member \"keyArn\" is empty");
    return rc;
}

static int
read_encryption(const evc_json *cluster, evc_cluster_state *out, evc_error **err)
{
    const char *key = NULL;
    evc_aws_arn arn;
    int rc = read_config(cluster, &key, err);

    if (rc)
        return rc;
    if (!key) {
        out->encryption = out->unsupported
                              ? ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN
                              : evc_eks_cluster_default(
                                    evc_cluster_state_text(out, EVC_CLUSTER_VERSION));
        return 0;
    }
    out->encryption = ENVCRYPT_CLUSTER_ENCRYPTION_OWN;
    rc = evc_cluster_state_set(out, EVC_CLUSTER_KEY_GIVEN, key, err);
    if (rc == 0 && evc_aws_arn_parse(evc_view_text(key), &arn) && !arn.is_alias)
        rc = evc_cluster_state_set(out, EVC_CLUSTER_KEY, key, err);
    return rc;
}

/* Nothing but a proof goes by it. */
static void
read_created(const evc_json *cluster, evc_cluster_state *out)
{
    if (evc_json_seconds_opt(cluster, "createdAt", &out->created_ms, NULL))
        out->created_ms = 0;
}

/* --- health --- */

static int
add_issue(const evc_json *one, evc_cluster_state *out, evc_error **err)
{
    const char *code = "";
    const char *message = "";
    const char *advice = NULL;
    char word[WORD_MAX];
    char shown[SHOWN_MAX];
    int rc = evc_json_text_opt(one, "code", &code, err);

    if (rc == 0)
        rc = evc_json_text_opt(one, "message", &message, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < sizeof(issues) / sizeof(issues[0]); i++) {
        if (strcmp(issues[i].code, code) == 0)
            advice = issues[i].advice;
    }
    evc_utf8_copy(word, sizeof(word), code);
    evc_utf8_copy(shown, sizeof(shown), message);
    return evc_cluster_state_issue(out, word, shown, advice,
                                   strncmp(code, "Kms", 3) == 0, err);
}

static int
read_health(const evc_json *cluster, evc_cluster_state *out, evc_error **err)
{
    const evc_json *health = NULL;
    const evc_json *list = NULL;
    int rc = 0;

    if (evc_json_object(cluster, "health", &health, NULL) != 0 ||
        evc_json_array(health, "issues", &list, NULL) != 0)
        return 0;
    for (size_t i = 0; rc == 0 && i < evc_json_count(list); i++)
        rc = add_issue(evc_json_at(list, i), out, err);
    return rc;
}

int
evc_eks_cluster_read(const evc_json *root, evc_cluster_state *out, evc_error **err)
{
    const evc_json *cluster = NULL;
    int rc = evc_json_object(root, "cluster", &cluster, err);

    if (rc == 0)
        rc = read_texts(cluster, out, err);
    if (rc == 0)
        rc = read_status(cluster, out, err);
    if (rc == 0)
        rc = read_kind(cluster, out, err);
    if (rc == 0)
        rc = read_ca(cluster, out, err);
    if (rc == 0)
        rc = read_encryption(cluster, out, err);
    if (rc == 0)
        read_created(cluster, out);
    return rc ? rc : read_health(cluster, out, err);
}
