/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/eks_key.h"

#include <string.h>

#include "base/encode.h"
#include "cloud/aws_account.h"
#include "cloud/aws_arn.h"
#include "cloud/aws_rotations.h"
#include "envcrypt/kms.h"

#define SCHEME "aws-kms://"

/* --- as it is given --- */

static int
refuse(const char *region, const char *given, evc_error **err)
{
    char shown[EVC_SHOWN];

    evc_encode_shown(evc_view_text(given), shown);
    return evc_err(
        err, ENVCRYPT_E_ARGUMENT,
        "\"%s\" is not the ARN of a key or alias of AWS KMS in the partition %s; "
        "give arn:%s:kms:%s:ACCOUNT:key/ID, or alias/NAME or the id of a key of "
        "this account",
        shown, evc_aws_partition(region), evc_aws_partition(region), region);
}

static int
refuse_region(const char *region, const evc_aws_arn *arn, evc_error **err)
{
    char other[EVC_SHOWN];

    evc_encode_shown(arn->region, other);
    return evc_err(
        err, ENVCRYPT_E_KEY_REGION,
        "the key is in %s and the cluster in %s; EKS takes a key of the cluster's "
        "own Region",
        other, region);
}

static int
put_key(const char *region, const char *key, evc_buf *out, evc_error **err)
{
    evc_view text = evc_view_text(key);
    evc_aws_arn arn;

    if (evc_aws_arn_parse(text, &arn)) {
        if (!evc_view_is_text(arn.partition, evc_aws_partition(region)))
            return refuse(region, key, err);
        if (!evc_view_is_text(arn.region, region))
            return refuse_region(region, &arn, err);
    } else if (!evc_aws_is_alias_name(text) && !evc_aws_is_key_id(text)) {
        return refuse(region, key, err);
    }
    evc_buf_put(out, key, text.size + 1);
    return evc_buf_check(out, err);
}

int
evc_eks_key_given(const char *region, const char *given, evc_buf *out, evc_error **err)
{
    evc_uri uri;
    int rc;

    if (strncmp(given, SCHEME, strlen(SCHEME)) != 0)
        return put_key(region, given, out, err);
    rc = evc_uri_parse(given, &uri, err);
    if (rc)
        return rc;
    if (uri.authority[0] && strcmp(uri.authority, region) != 0) {
        const evc_aws_arn elsewhere = {.region = evc_view_text(uri.authority)};

        rc = refuse_region(region, &elsewhere, err);
    } else {
        rc = put_key(region, uri.path[0] == '/' ? &uri.path[1] : uri.path, out, err);
    }
    evc_uri_reset(&uri);
    return rc;
}

/* --- as KMS knows it --- */

int
evc_eks_key_describe(const evc_eks_region *region, const char *id, evc_wait *wait,
                     evc_aws_metadata *out, evc_error **err)
{
    evc_aws_describe ask = {.key_id = id};
    int rc =
        evc_aws_describe_run(evc_aws_account_of(region->kms)->peer, &ask, wait, err);

    *out = ask.metadata;
    return rc;
}

static int
set_view(char **field, evc_view text, evc_error **err)
{
    char copy[EVC_AWS_ARN_MAX + 1];

    evc_view_to_text(text, copy); /* a part of an ARN, which is no longer */
    return evc_cluster_key_set(field, copy, err);
}

int
evc_eks_key_fill(const evc_aws_metadata *m, evc_cluster_key *out, evc_error **err)
{
    const struct {
        char **field;
        const char *text;
    } texts[] = {
        {&out->id, m->arn},           {&out->service, NULL},  {&out->aliases, NULL},
        {&out->version, m->material}, {&out->word, m->state},
    };
    int rc = 0;

    for (size_t i = 0; rc == 0 && i < sizeof(texts) / sizeof(texts[0]); i++)
        rc = evc_cluster_key_set(texts[i].field, texts[i].text, err);
    if (rc == 0)
        rc = set_view(&out->short_id, m->parts.id, err);
    if (rc == 0)
        rc = set_view(&out->region, m->parts.region, err);
    if (rc == 0)
        rc = set_view(&out->account, m->parts.account, err);
    out->state = evc_aws_metadata_state(m);
    return rc;
}

/* When the key got the material that it wraps under; best effort, as few may ask. */
static void
tell_material(const evc_eks_region *region, const evc_aws_metadata *m, evc_wait *wait,
              evc_cluster_key *out)
{
    evc_aws_rotations rotations = {.items = NULL};

    if (evc_aws_rotations_list(evc_aws_account_of(region->kms)->peer, m->arn,
                               &rotations, wait, NULL) != 0)
        return;
    out->version_ms = m->created_ms;
    out->rotated = rotations.count > 0;
    if (rotations.count && rotations.items[rotations.count - 1].date_ms >= 0)
        out->version_ms = rotations.items[rotations.count - 1].date_ms;
    evc_aws_rotations_reset(&rotations);
}

/* --- a key of another Region --- */

/* The multi-Region key of the same id here, appended with a NUL; nothing when there is none. */
static void
find_replica(const evc_eks_region *region, const char *given, evc_wait *wait,
             evc_buf *out)
{
    evc_aws_metadata m;
    evc_aws_arn arn;
    evc_buf here;

    given = strstr(given, "arn:"); /* by itself, or in a URI */
    if (!given || !evc_aws_arn_parse(evc_view_text(given), &arn) ||
        !evc_aws_arn_is_multi_region(&arn))
        return;
    evc_buf_init(&here);
    evc_aws_arn_write(&arn, evc_view_text(region->name), &here);
    evc_buf_put_u8(&here, 0);
    if (!here.failed &&
        evc_eks_key_describe(region, (const char *)here.data, wait, &m, NULL) == 0) {
        evc_buf_put(out, m.arn, strlen(m.arn) + 1);
        evc_aws_metadata_reset(&m);
    }
    evc_buf_reset(&here);
}

static int
advise_replica(const evc_eks_region *region, const char *given, evc_wait *wait,
               evc_error **err)
{
    evc_buf replica;
    int rc;

    evc_buf_init(&replica);
    find_replica(region, given, wait, &replica);
    rc =
        evc_err_wrap(err, ENVCRYPT_E_KEY_REGION, "the key cannot be used here%s%s",
                     replica.size && !replica.failed ? "; use its replica in the "
                                                       "cluster's Region, "
                                                     : "",
                     replica.size && !replica.failed ? (const char *)replica.data : "");
    evc_buf_reset(&replica);
    return rc;
}

int
evc_eks_find_key(evc_cluster *cluster, const evc_cluster_change *change,
                 const evc_cluster_state *state, evc_wait *wait, evc_cluster_key *out,
                 evc_error **err)
{
    const evc_eks_region *region = evc_eks_here(cluster);
    const char *given = evc_cluster_change_text(change, "key");
    evc_aws_metadata m;
    evc_buf id;
    int rc;

    if (!given && state)
        given = evc_cluster_state_text(state, EVC_CLUSTER_KEY_GIVEN);
    if (!given || !given[0])
        return evc_err(
            err, ENVCRYPT_E_ARGUMENT,
            "no key was named, and the cluster has none of its own; name one");
    evc_buf_init(&id);
    rc = evc_eks_key_given(region->name, given, &id, err);
    if (rc == ENVCRYPT_E_KEY_REGION)
        rc = advise_replica(region, given, wait, err);
    if (rc == 0)
        rc = evc_eks_key_describe(region, (const char *)id.data, wait, &m, err);
    evc_buf_reset(&id);
    if (rc)
        return rc;
    rc = evc_eks_key_fill(&m, out, err);
    if (rc == 0 && strstr(given, "alias/"))
        rc = evc_cluster_key_set(&out->aliases, strstr(given, "alias/"), err);
    tell_material(region, &m, wait, out);
    evc_aws_metadata_reset(&m);
    return rc;
}

/* --- the key of a cluster --- */

static int
take_key(const evc_aws_metadata *m, evc_cluster_state *state, evc_error **err)
{
    int rc = evc_cluster_state_set(state, EVC_CLUSTER_KEY, m->arn, err);

    state->key_state = evc_aws_metadata_state(m);
    return rc ? rc : evc_cluster_state_set(state, EVC_CLUSTER_MARK, m->material, err);
}

int
evc_eks_key_resolve(const evc_eks_region *region, evc_cluster_state *state,
                    evc_wait *wait, evc_error **err)
{
    const char *given = evc_cluster_state_text(state, EVC_CLUSTER_KEY_GIVEN);
    evc_aws_metadata m;
    int rc;

    if (!given[0])
        return 0;
    rc = evc_eks_key_describe(region, given, wait, &m, err);
    if (rc == ENVCRYPT_E_KEY_NOT_FOUND)
        state->key_state = ENVCRYPT_KEY_DESTROYED;
    if (rc == ENVCRYPT_E_KEY_NOT_FOUND || rc == ENVCRYPT_E_DENIED) {
        evc_err_drop(err);
        return 0;
    }
    if (rc)
        return rc;
    rc = take_key(&m, state, err);
    evc_aws_metadata_reset(&m);
    return rc;
}
