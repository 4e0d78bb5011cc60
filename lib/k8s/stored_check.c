/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/stored_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "crypto/digest.h"

void
evc_stored_check_init(evc_stored_check *check, evc_crypto *crypto)
{
    *check = (evc_stored_check){.crypto = crypto, .newest = -1};
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

/* What speaks against values that are all of one kind; NULL = nothing. */
static const char *
missing_of(const evc_stored_kind *kind, const evc_stored_facts *facts)
{
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
    if (kind->newest <= facts->bound && facts->shown)
        return "nothing is left that was stored after the change, so that which key is "
               "the current one does not show";
    /* Shown or not: what was stale may have been a plain value, under a key id that stays. */
    if (kind->oldest <= facts->bound)
        return "nothing tells that all of them were stored after the change; run "
               "again, with a journal";
    if (!facts->shown && kind->provider == EVC_STORED_KMS_V2) {
        return "nothing tells that its key id changed with the key, and an API server "
               "uses one data key as long as it runs and the key id stays: values "
               "stored after the change may have one from before; if the API servers "
               "were not restarted between the change and the run, restart them and "
               "run "
               "again, though this outcome stays";
    }
    if (!facts->shown && kind->provider != EVC_STORED_KMS_V1)
        return "the server did not go over to another key with the change";
    return NULL;
}

static void
conclude_one_kind(const evc_stored_kind *kind, const evc_stored_facts *facts,
                  evc_reencrypt_report *report)
{
    const char *missing = missing_of(kind, facts);
    char when[EVC_TIME_TEXT];

    evc_clock_format(facts->since_ms, when);
    if (facts->since_ms >= 0 && kind->oldest <= facts->bound && !facts->shown &&
        facts->annotated) {
        evc_reencrypt_report_concludes(report, ENVCRYPT_OUTCOME_CONTRADICTED,
                                       "the value of %s was stored last before the run "
                                       "that followed the change at "
                                       "%s, under the same key id as now",
                                       kind->example, when);
    } else if (missing) {
        not_proven(report, kind, missing);
    } else {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_PROVEN,
            facts->shown
                ? "all %" PRIu64 " values are stored under %s key \"%s\", to which the "
                  "server went over with the change at %s"
                : "all %" PRIu64 " values are stored under %s key \"%s\", each with a "
                  "data key of its own that was made after the change at %s",
            kind->count, evc_stored_provider_name(kind->provider), kind->key, when);
    }
}

void
evc_stored_check_conclude(const evc_stored_check *check, const evc_stored_facts *facts,
                          evc_reencrypt_report *report)
{
    if (check->count == 0) {
        evc_reencrypt_report_concludes(report, ENVCRYPT_OUTCOME_NOT_PROVEN,
                                       "no value of the selected objects is there");
    } else if (contradicts(check, report)) {
        return;
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
    } else if (facts->newest_name[0] && !facts->newest_found) {
        evc_reencrypt_report_concludes(
            report, ENVCRYPT_OUTCOME_NOT_PROVEN,
            "the value of %s was not found as the API server has it, at revision "
            "%" PRId64 " or later: is this its etcd, and its prefix right? If it was "
            "deleted just now, verify again",
            facts->newest_name, facts->served);
    } else {
        conclude_one_kind(&check->kinds[0], facts, report);
    }
}
