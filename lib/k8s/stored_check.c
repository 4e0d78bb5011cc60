/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"

void
evc_stored_check_init(evc_stored_check *check, evc_crypto *crypto,
                      const evc_kube_reading *before)
{
    *check = (evc_stored_check){.crypto = crypto, .before = before, .newest = -1};
}

/* --- values --- */

static evc_view
key_of(const evc_stored *stored)
{
    return stored->provider == EVC_STORED_KMS_V2 ? stored->object.key_id : stored->name;
}

/* The parts with their lengths, so that none can pass for another. */
static int
digest_of(evc_stored_check *check, const evc_stored *stored, uint8_t digest[32],
          evc_error **err)
{
    evc_view key = key_of(stored);
    uint8_t head[3] = {(uint8_t)stored->provider, (uint8_t)(stored->name.size >> 8),
                       (uint8_t)stored->name.size};
    const evc_view parts[] = {evc_view_of(head, sizeof(head)), stored->name, key};

    return evc_digest(check->crypto, EVC_SHA256, parts, 3, digest, err);
}

static void
keep_name(char out[EVC_VERDICT_NAME], const char *name)
{
    (void)snprintf(out, EVC_VERDICT_NAME, "%s", name);
}

static evc_stored_kind *
kind_of(evc_stored_check *check, const evc_stored *stored, const uint8_t digest[32],
        int64_t revision)
{
    evc_stored_kind *kind;

    for (size_t i = 0; i < check->kind_count; i++) {
        if (memcmp(check->kinds[i].digest, digest, 32) == 0)
            return &check->kinds[i];
    }
    if (check->kind_count == EVC_STORED_KINDS)
        return NULL;
    kind = &check->kinds[check->kind_count++];
    memcpy(kind->digest, digest, 32);
    kind->provider = stored->provider;
    evc_encode_shown(key_of(stored), kind->key);
    kind->oldest = INT64_MAX;
    kind->newest = revision;
    return kind;
}

/* In the place of the one that was used longest ago, where there is no room. */
static void
keep_dek(evc_stored_check *check, const uint8_t *digest, int64_t revision)
{
    evc_stored_dek *place = &check->deks[0];

    for (size_t i = 0; i < check->dek_count; i++) {
        evc_stored_dek *dek = &check->deks[i];

        if (memcmp(dek->digest, digest, EVC_READING_DIGEST) == 0) {
            dek->newest = revision > dek->newest ? revision : dek->newest;
            return;
        }
        place = dek->newest < place->newest ? dek : place;
    }
    if (check->dek_count < EVC_READING_DEKS)
        place = &check->deks[check->dek_count++];
    else if (place->newest >= revision)
        return;
    memcpy(place->digest, digest, EVC_READING_DIGEST);
    place->newest = revision;
}

/* Of kms v1 each value has its own, which is as old as the value. */
static void
look_at_dek(evc_stored_check *check, const char *name, const evc_stored *stored,
            int64_t revision)
{
    if (stored->provider != EVC_STORED_KMS_V2)
        return;
    keep_dek(check, stored->dek_digest, revision);
    if (evc_kube_reading_has_dek(check->before, stored->dek_digest) &&
        check->old++ == 0)
        keep_name(check->old_example, name);
}

int
evc_stored_check_add(evc_stored_check *check, const char *name, evc_view value,
                     int64_t mod_revision, evc_error **err)
{
    evc_stored stored;
    evc_stored_kind *kind;
    uint8_t digest[32];
    int rc = evc_stored_read(check->crypto, value, &stored, err);

    check->count++;
    if (mod_revision > check->newest)
        check->newest = mod_revision;
    if (rc == ENVCRYPT_E_STORED) {
        evc_err_drop(err);
        if (check->damaged++ == 0)
            keep_name(check->damaged_example, name);
        return 0;
    }
    if (rc == 0)
        rc = digest_of(check, &stored, digest, err);
    if (rc)
        return rc;
    look_at_dek(check, name, &stored, mod_revision);
    kind = kind_of(check, &stored, digest, mod_revision);
    if (!kind) {
        if (check->others++ == 0)
            keep_name(check->others_example, name);
        return 0;
    }
    kind->count++;
    if (mod_revision > kind->newest)
        kind->newest = mod_revision;
    if (mod_revision < kind->oldest) {
        kind->oldest = mod_revision;
        keep_name(kind->example, name);
    }
    return 0;
}

/* --- the conclusion --- */

static const evc_stored_kind *
newest_kind(const evc_stored_check *check)
{
    const evc_stored_kind *newest = NULL;

    for (size_t i = 0; i < check->kind_count; i++) {
        if (!newest || check->kinds[i].newest > newest->newest)
            newest = &check->kinds[i];
    }
    return newest;
}

static const evc_stored_kind *
plain_kind(const evc_stored_check *check)
{
    for (size_t i = 0; i < check->kind_count; i++) {
        if (check->kinds[i].provider == EVC_STORED_IDENTITY)
            return &check->kinds[i];
    }
    return NULL;
}

/* Whether a value contradicts by how it is stored; the report says which. */
static bool
contradicts(const evc_stored_check *check, evc_reencrypt_report *report)
{
    const evc_stored_kind *newest = newest_kind(check);
    const evc_stored_kind *plain = plain_kind(check);
    const evc_stored_kind *other = NULL;

    for (size_t i = 0; i < check->kind_count && !other; i++) {
        if (&check->kinds[i] != newest)
            other = &check->kinds[i];
    }
    if (plain) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_CONTRADICTED,
            "%" PRIu64 " values are stored without encryption, that of %s among them",
            plain->count, plain->example);
    } else if (check->damaged > 0) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_CONTRADICTED,
            "%" PRIu64 " values are of no form that kube-apiserver stores, that of %s "
            "among them",
            check->damaged, check->damaged_example);
    } else if (other) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_CONTRADICTED,
            "the value of %s is stored under %s key \"%s\", and the newest under %s "
            "key "
            "\"%s\"",
            other->example, evc_stored_provider_name(other->provider), other->key,
            evc_stored_provider_name(newest->provider), newest->key);
    }
    return plain || check->damaged > 0 || other;
}

static void
not_proven(evc_reencrypt_report *report, const evc_stored_kind *kind, const char *why)
{
    evc_reencrypt_report_concludes(
        report, ENVCRYPT_OUTCOME_NOT_PROVEN,
        "all %" PRIu64 " values are stored under %s key \"%s\", but %s", kind->count,
        evc_stored_provider_name(kind->provider), kind->key, why);
}

/* What is known of the key of values that are all of one kind. */
typedef struct standing {
    const evc_stored_kind *kind;
    const evc_stored_facts *facts;
    const evc_kube_reading *before;
    bool
        in_use; /* it was in use before the change: what was stale was something else */
    bool came;  /* no value was under it before the change */
    bool went_over; /* so the server went over to it with the change */
} standing;

/*
 * A reading tells of the change only where nothing was stored anew between them, since the server
 * may have gone over to another key already then.
 */
static standing
standing_of(const evc_stored_check *check, const evc_stored_facts *facts)
{
    const evc_kube_reading *before = check->before;
    standing s = {&check->kinds[0], facts, before, false, false, false};

    s.in_use = evc_kube_reading_has_kind(before, s.kind->digest);
    s.came = before && before->complete && !s.in_use &&
             (before->next_ms < 0 || before->next_ms >= facts->since_ms);
    s.went_over = (facts->shown && !s.in_use) || s.came;
    return s;
}

#define ONE_DATA_KEY                                                               \
    "an API server uses one data key as long as it runs and the key id stays, so " \
    "that "                                                                        \
    "values stored after the change may have one from before: restart all API "    \
    "servers, re-encrypt in mode annotate, and say when they had been restarted "  \
    "(option restarted)"

/* What speaks against seeds of kms v2 under a key id that may have stayed. */
static const char *
missing_of_seeds(const standing *s)
{
    const evc_stored_facts *facts = s->facts;

    if (facts->restarted_ms >= 0 && facts->restarted_bound >= 0 &&
        s->kind->oldest > facts->restarted_bound)
        return NULL;
    if (facts->restarted_ms >= 0)
        return "nothing tells that all of them were stored after the API servers had "
               "been restarted; re-encrypt in mode annotate, with a journal";
    return s->in_use ? "some were so before the change already, and " ONE_DATA_KEY
                     : "nothing tells that its key id changed with the key, "
                       "and " ONE_DATA_KEY;
}

/* What speaks against values that are all of one kind; NULL = nothing. */
static const char *
missing_of(const standing *s)
{
    const evc_stored_kind *kind = s->kind;
    const evc_stored_facts *facts = s->facts;

    if (facts->since_ms < 0)
        return "whether the key was changed since, only you know: say when (option "
               "since)";
    if (kind->provider == EVC_STORED_UNKNOWN)
        return "nothing is known of that provider here, so that its keys cannot be "
               "told "
               "apart";
    if (facts->bound < 0)
        return "nothing tells which of them were stored after the change; name the "
               "journal of the run";
    if (kind->newest <= facts->bound && s->went_over)
        return "nothing is left that was stored after the change, so that which key is "
               "the current one does not show";
    /* Shown or not: what was stale may have been a plain value, under a key id that stays. */
    if (kind->oldest <= facts->bound)
        return "nothing tells that all of them were stored after the change; run "
               "again, with a journal";
    if (s->went_over || kind->provider == EVC_STORED_KMS_V1)
        return NULL;
    return kind->provider == EVC_STORED_KMS_V2
               ? missing_of_seeds(s)
               : "the server did not go over to another key with the change";
}

/* Whether a value is from before the change, or its data key; the report says which. */
static bool
is_from_before(const evc_stored_check *check, const standing *s,
               evc_reencrypt_report *report)
{
    const evc_stored_facts *facts = s->facts;
    char when[EVC_TIME_TEXT];
    char read[EVC_TIME_TEXT];
    bool missed = facts->since_ms >= 0 && s->kind->oldest <= facts->bound &&
                  !s->went_over && facts->annotated;

    evc_clock_format(facts->since_ms, when);
    evc_clock_format(s->before ? s->before->read_ms : 0, read);
    if (check->old > 0) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_CONTRADICTED,
            "%" PRIu64 " values, that of %s among them, have a data key that was in "
            "use at %s, before the change at %s: an API server was not restarted after "
            "it, or they were not stored anew; restart all, and re-encrypt in mode "
            "annotate. If the change had reached a server by then, tell when it did",
            check->old, check->old_example, read, when);
    } else if (missed) {
        evc_reencrypt_report_concludes(report, ENVCRYPT_OUTCOME_CONTRADICTED,
                                       "the value of %s was stored last before the run "
                                       "that followed the change at "
                                       "%s, under the same key id as now",
                                       s->kind->example, when);
    }
    return check->old > 0 || missed;
}

static void
conclude_proven(const standing *s, evc_reencrypt_report *report)
{
    const evc_stored_kind *kind = s->kind;
    const char *provider = evc_stored_provider_name(kind->provider);
    char when[EVC_TIME_TEXT];
    char other[EVC_TIME_TEXT];

    evc_clock_format(s->facts->since_ms, when);
    evc_clock_format(s->came ? s->before->read_ms : s->facts->restarted_ms, other);
    if (s->came) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_PROVEN,
            "all %" PRIu64 " values are stored under %s key \"%s\", each after the "
            "change at %s, and none was under it when values were read at %s",
            kind->count, provider, kind->key, when, other);
    } else if (s->went_over || kind->provider == EVC_STORED_KMS_V1) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_PROVEN,
            s->went_over
                ? "all %" PRIu64 " values are stored under %s key \"%s\", to which the "
                  "server went over with the change at %s"
                : "all %" PRIu64 " values are stored under %s key \"%s\", each with a "
                  "data key of its own that was made after the change at %s",
            kind->count, provider, kind->key, when);
    } else {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_PROVEN,
            "all %" PRIu64
            " values are stored under %s key \"%s\", each after %s, when "
            "all API servers had been restarted after the change at %s, as you say: "
            "with a start they make a new data key",
            kind->count, provider, kind->key, other, when);
    }
}

static void
conclude_one_kind(const evc_stored_check *check, const evc_stored_facts *facts,
                  evc_reencrypt_report *report)
{
    const standing s = standing_of(check, facts);
    const char *missing = missing_of(&s);

    if (is_from_before(check, &s, report))
        return;
    if (missing)
        not_proven(report, s.kind, missing);
    else
        conclude_proven(&s, report);
}

/* --- whose values they are --- */

static bool
is_of_server(const evc_stored_check *check, const evc_stored_facts *facts)
{
    return facts->objects > 0 && facts->objects <= check->count &&
           facts->served <= check->newest &&
           (!facts->newest_name[0] || facts->newest_found);
}

static void
conclude_of_another(const evc_stored_check *check, const evc_stored_facts *facts,
                    evc_reencrypt_report *report)
{
    if (facts->objects == 0) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_NOT_PROVEN,
            "the API server has none of the objects whose %" PRIu64
            " values were read: is this its etcd? If they were deleted just now, "
            "verify again",
            check->count);
    } else if (facts->served > check->newest) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_NOT_PROVEN,
            "the values that were read are older than what the API server has: its "
            "newest object is of revision %" PRId64 ", the newest value of %" PRId64,
            facts->served, check->newest);
    } else if (facts->objects > check->count) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_NOT_PROVEN,
            "the API server has %" PRIu64 " objects, and only %" PRIu64
            " values were found: is this its etcd, and its prefix right?",
            facts->objects, check->count);
    } else {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_NOT_PROVEN,
            "the value of %s was not found as the API server has it, at revision "
            "%" PRId64 " or later: is this its etcd, and its prefix right? If it was "
            "deleted just now, verify again",
            facts->newest_name, facts->served);
    }
}

void
evc_stored_check_conclude(const evc_stored_check *check, const evc_stored_facts *facts,
                          evc_reencrypt_report *report)
{
    if (check->count == 0)
        evc_reencrypt_report_concludes(report, ENVCRYPT_OUTCOME_NOT_PROVEN,
                                       "no value of the selected objects is there");
    else if (!facts->unlisted && !is_of_server(check, facts))
        conclude_of_another(check, facts, report);
    else if (contradicts(check, report))
        return;
    else if (facts->unlisted) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_NOT_PROVEN,
            "the API server cannot read all of its objects, so that nothing tells "
            "whether the %" PRIu64
            " values that were read are its own; re-encrypt names those objects",
            check->count);
    } else {
        conclude_one_kind(check, facts, report);
    }
}

bool
evc_stored_check_reading(const evc_stored_check *check, const evc_stored_facts *facts,
                         int64_t read_ms, evc_kube_reading *out)
{
    if (check->count == 0 || facts->unlisted || !is_of_server(check, facts))
        return false;
    *out = (evc_kube_reading){.read_ms = read_ms,
                              .next_ms = -1,
                              .complete = facts->whole && check->damaged == 0 &&
                                          check->others == 0,
                              .kind_count = check->kind_count,
                              .dek_count = check->dek_count};
    for (size_t i = 0; i < check->kind_count; i++)
        memcpy(out->kinds[i], check->kinds[i].digest, EVC_READING_DIGEST);
    for (size_t i = 0; i < check->dek_count; i++)
        memcpy(out->deks[i], check->deks[i].digest, EVC_READING_DIGEST);
    return true;
}
