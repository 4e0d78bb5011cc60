/* SPDX-License-Identifier: Apache-2.0 */
#include "cluster/standing.h"

#include <stdarg.h>
#include <string.h>

#include "base/names.h"
#include "base/text.h"

static const char *const standing_names[] = {
    "as-wanted", "default-key", "not-encrypted", "other-key",
    "changing",  "degraded",    "key-unusable",  "unsupported"};
static const char *const key_states[] = {
    "unknown",          "enabled",        "disabled",    "destroyed", "decrypt-only",
    "pending-deletion", "pending-import", "unavailable", "creating"};
static const char *const encryptions[] = {"unknown", "none", "provider", "own"};

static const char *
or_unknown(const char *name)
{
    return name ? name : "unknown";
}

const char *
evc_standing_name(int32_t standing)
{
    return or_unknown(EVC_NAME_AT(standing_names, standing));
}

const char *
evc_standing_key_state(int32_t state)
{
    return or_unknown(EVC_NAME_AT(key_states, state));
}

const char *
evc_standing_encryption(int32_t encryption)
{
    return or_unknown(EVC_NAME_AT(encryptions, encryption));
}

/* --- judging ---------------------------------------------------------------------- */

typedef struct judgement {
    int32_t standing;
    char *next;
} judgement;

static void conclude(judgement *j, int32_t standing, const char *format, ...)
    EVC_PRINTF(3, 4);

static void
conclude(judgement *j, int32_t standing, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    evc_text_format(j->next, EVC_REENCRYPT_SENTENCE, format, arguments);
    va_end(arguments);
    j->standing = standing;
}

/* UNKNOWN and "was not asked" say nothing against it. */
static bool
is_unusable(int32_t key_state)
{
    return key_state != ENVCRYPT_KEY_UNKNOWN && key_state != ENVCRYPT_KEY_ENABLED;
}

static const char *
remedy(int32_t key_state)
{
    switch (key_state) {
    case ENVCRYPT_KEY_DISABLED:
        return "enable it at once, with key enable";
    case ENVCRYPT_KEY_PENDING_DELETION:
        return "cancel its deletion and enable it at once, with key cancel-deletion "
               "and "
               "key enable";
    case ENVCRYPT_KEY_DESTROYED:
        return "restore it if its service still can: without it the Secrets are lost";
    default:
        return "see to it that it can be used";
    }
}

/* Under a key of the customer's own, which can be used. */
static void
judge_key(judgement *j, const evc_cluster_state *state, const evc_cluster_key *wanted)
{
    const char *key = evc_cluster_state_text(state, EVC_CLUSTER_KEY);

    if (!wanted || !wanted->id || (key[0] && strcmp(key, wanted->id) == 0))
        conclude(j, ENVCRYPT_CLUSTER_AS_WANTED, "%s", "");
    else if (!key[0])
        conclude(j, ENVCRYPT_CLUSTER_OTHER_KEY,
                 "the provider does not tell which key the Secrets are encrypted "
                 "under, so it is not known to be %s",
                 wanted->id);
    else
        conclude(j, ENVCRYPT_CLUSTER_OTHER_KEY,
                 "the Secrets are encrypted under %s and not under %s; to change it, "
                 "see whether cluster rotate --key can",
                 key, wanted->id);
}

static void
judge_own(judgement *j, const evc_cluster_state *state, const evc_cluster_key *wanted)
{
    const char *key = evc_cluster_state_text(state, EVC_CLUSTER_KEY);
    const char *issue = state->issues ? evc_table_cell(state->issues, 0, 1) : NULL;

    if (is_unusable(state->key_state))
        conclude(j, ENVCRYPT_CLUSTER_KEY_UNUSABLE,
                 "the key %s is %s, and the cluster needs it to read its Secrets; %s",
                 key, evc_standing_key_state(state->key_state),
                 remedy(state->key_state));
    else if (evc_cluster_state_is_sick(state))
        conclude(j, ENVCRYPT_CLUSTER_DEGRADED,
                 "the provider reports trouble with the key%s%s; see the issues of "
                 "the report",
                 issue ? ": " : "", issue ? issue : "");
    else
        judge_key(j, state, wanted);
}

static void
judge_encryption(judgement *j, const evc_cluster_state *state,
                 const evc_cluster_key *wanted, bool off)
{
    bool own = state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN;

    if (off && own)
        conclude(j, ENVCRYPT_CLUSTER_OTHER_KEY,
                 "the Secrets are still encrypted under %s",
                 evc_cluster_state_text(state, EVC_CLUSTER_KEY));
    else if (off && state->encryption != ENVCRYPT_CLUSTER_ENCRYPTION_UNKNOWN)
        conclude(j, ENVCRYPT_CLUSTER_AS_WANTED, "%s", "");
    else if (own)
        judge_own(j, state, wanted);
    else if (state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_PROVIDER)
        conclude(j, ENVCRYPT_CLUSTER_DEFAULT_KEY,
                 "the Secrets are encrypted under a key that the provider owns; "
                 "cluster enable --key takes one of your own");
    else if (state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_NONE)
        conclude(j, ENVCRYPT_CLUSTER_NOT_ENCRYPTED,
                 "the Secrets are not encrypted by a key service; cluster enable "
                 "--key changes that");
    else
        conclude(j, ENVCRYPT_CLUSTER_NOT_ENCRYPTED,
                 "the provider does not say how the Secrets are encrypted, so they "
                 "are not known to be");
}

/* A cluster is restless as long as its key cannot be used, and no wait ends that. */
static bool
lacks_its_key(const evc_cluster_state *state)
{
    return state->encryption == ENVCRYPT_CLUSTER_ENCRYPTION_OWN &&
           is_unusable(state->key_state);
}

void
evc_standing_judge(const evc_cluster_state *state, const evc_cluster_key *wanted,
                   evc_cluster_verb verb, int32_t *standing,
                   char next[EVC_REENCRYPT_SENTENCE])
{
    judgement j;
    const char *status = evc_cluster_state_text(state, EVC_CLUSTER_STATUS);

    j.next = next;
    if (state->unsupported)
        conclude(&j, ENVCRYPT_CLUSTER_UNSUPPORTED,
                 "the Secret encryption of a cluster of the kind %s cannot be changed",
                 evc_cluster_state_text(state, EVC_CLUSTER_KIND));
    else if (state->phase == EVC_CLUSTER_CHANGING && !lacks_its_key(state))
        conclude(&j, ENVCRYPT_CLUSTER_CHANGING,
                 "the cluster is being changed (%s); wait for its end with cluster "
                 "wait",
                 status);
    else
        judge_encryption(&j, state, wanted, verb == EVC_VERB_DISABLE);
    if (state->phase == EVC_CLUSTER_BROKEN && j.standing == ENVCRYPT_CLUSTER_AS_WANTED)
        conclude(&j, ENVCRYPT_CLUSTER_DEGRADED,
                 "the cluster is %s, which does not pass by itself; see its provider's "
                 "console",
                 status);
    *standing = j.standing;
}
