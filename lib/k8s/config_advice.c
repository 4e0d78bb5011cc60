/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_advice.h"

#include <string.h>

#include "base/mem.h"
#include "k8s/config_key.h"
#include "k8s/go_duration.h"

#define DISTINCT_LEAST 8 /* bytes; 16 random ones have fewer once in 10^8 times */
#define TIMEOUT_LEAST EVC_SECOND_NS
#define TIMEOUT_MOST (30 * EVC_SECOND_NS)

typedef struct advice {
    const evc_encryption_config *config;
    evc_arena *arena;
    unsigned minor;
    evc_findings *f;
} advice;

/* --- what writes --- */

static void
tell_provider(advice *a, size_t rule, size_t provider, evc_severity severity,
              const char *finding, const char *text)
{
    evc_findings_add(a->f, severity, a->config->rules[rule].providers[provider].line,
                     finding, text, "resources[%zu].providers[%zu]", rule, provider);
}

static void
tell_writer(advice *a, size_t rule)
{
    const evc_config_rule *of = &a->config->rules[rule];

    switch (of->providers[0].kind) {
    case EVC_STORED_AESCBC:
        tell_provider(a, rule, 0, EVC_SEVERITY_WARNING,
                      "aescbc writes: it authenticates nothing, so who can write to "
                      "etcd can change Secrets, and may read them by a padding oracle",
                      "use kms v2; if a local key must do, secretbox");
        break;
    case EVC_STORED_AESGCM:
        tell_provider(a, rule, 0, EVC_SEVERITY_WARNING,
                      "aesgcm writes: random nonces under one key, which Kubernetes "
                      "wants rotated every 200,000 writes",
                      "use kms v2, whose keys are made for each value");
        break;
    case EVC_STORED_SECRETBOX:
        tell_provider(
            a, rule, 0, EVC_SEVERITY_HINT,
            "secretbox writes: its key stands in this file, on the disks that "
            "it protects, and its cipher is not approved by FIPS 140",
            "use kms v2 where a key service is at hand");
        break;
    case EVC_STORED_IDENTITY:
        if (of->provider_count > 1)
            tell_provider(a, rule, 0, EVC_SEVERITY_WARNING,
                          "identity stands first: values are written in the clear, and "
                          "the others only read",
                          "right in the first step of a roll-out and when encryption "
                          "is switched off; else move it to the end");
        else
            tell_provider(a, rule, 0, EVC_SEVERITY_HINT,
                          "these resources are not encrypted",
                          "if that is meant: fine");
        break;
    default:
        break;
    }
}

/* --- what reads --- */

static void
tell_readers(advice *a, size_t rule)
{
    const evc_config_rule *of = &a->config->rules[rule];
    bool clear = false;

    for (size_t i = 0; i < of->provider_count; i++) {
        clear = clear || of->providers[i].kind == EVC_STORED_IDENTITY;
        if (i > 0 && of->providers[i].kind == EVC_STORED_AESCBC)
            tell_provider(a, rule, i, EVC_SEVERITY_HINT,
                          "aescbc still reads: what etcd holds under it is not "
                          "authenticated",
                          "re-encrypt, verify, then remove it");
    }
    if (!clear)
        evc_findings_add(a->f, EVC_SEVERITY_HINT, of->line,
                         "identity is not among the providers: what was stored in the "
                         "clear before cannot be read",
                         "right once everything is re-encrypted; before that, put "
                         "identity: {} at the end",
                         "resources[%zu].providers", rule);
}

/* --- kms --- */

static void
tell_version(advice *a, size_t rule, size_t provider)
{
    const evc_config_provider *of = &a->config->rules[rule].providers[provider];

    if (of->kind == EVC_STORED_KMS_V2 && a->minor && a->minor < 29)
        tell_provider(a, rule, provider, EVC_SEVERITY_HINT,
                      "KMS v2 is stable since Kubernetes 1.29",
                      "upgrade before it is relied on");
    if (of->kind != EVC_STORED_KMS_V1 || a->minor >= 29)
        return;
    if (!of->api_version_given)
        tell_provider(a, rule, provider, EVC_SEVERITY_WARNING,
                      "apiVersion is left out, which means KMS v1: deprecated since "
                      "Kubernetes 1.28, switched off since 1.29",
                      "write apiVersion: v2, with a plugin that serves it");
    else
        tell_provider(
            a, rule, provider, EVC_SEVERITY_WARNING,
            "KMS v1 is deprecated since Kubernetes 1.28 and switched off since "
            "1.29",
            "add the plugin with apiVersion: v2 under another name, "
            "re-encrypt, then remove this one");
}

static void
tell_timeout(advice *a, size_t rule, size_t provider)
{
    const evc_config_provider *of = &a->config->rules[rule].providers[provider];

    if (of->timeout_ns > 0 && of->timeout_ns < TIMEOUT_LEAST)
        tell_provider(a, rule, provider, EVC_SEVERITY_WARNING,
                      "the timeout is below one second, which a key service may well "
                      "need",
                      "leave it out: it is 3s then");
    if (of->timeout_ns > TIMEOUT_MOST)
        tell_provider(a, rule, provider, EVC_SEVERITY_HINT,
                      "the timeout is above 30 seconds: so long requests hang when the "
                      "plugin does",
                      "leave it out: it is 3s then");
}

/* --- keys --- */

static bool
looks_chosen(const evc_secret *key)
{
    bool seen[256] = {false};
    bool printable = true;
    size_t distinct = 0;

    for (size_t i = 0; i < key->size; i++) {
        uint8_t byte = key->bytes[i];

        printable = printable && ((byte >= ' ' && byte <= '~') || byte == '\n');
        distinct += !seen[byte];
        seen[byte] = true;
    }
    evc_mem_wipe(seen, sizeof(seen));
    return printable || distinct < DISTINCT_LEAST;
}

static void
tell_key(advice *a, size_t rule, size_t provider, size_t key, const char *finding,
         const char *text)
{
    const evc_config_provider *of = &a->config->rules[rule].providers[provider];

    evc_findings_add(a->f, EVC_SEVERITY_WARNING, of->keys[key].line, finding, text,
                     "resources[%zu].providers[%zu].%s.keys[%zu]", rule, provider,
                     evc_stored_provider_name(of->kind), key);
}

/* false: what it is not, or no memory, which the rules have told. */
static bool
decode(const advice *a, const evc_config_key *key, evc_secret *out)
{
    return evc_config_key_decode(evc_view_text(key->secret), a->arena, out, NULL) == 0;
}

/* Whether a key that stands earlier has these bytes under another name or for another
 * cipher. Few keys stand in a file, so each is decoded again. */
static bool
is_reused_by(const advice *a, const evc_config_provider *of, size_t end,
             const evc_config_provider *by, const evc_config_key *key,
             const evc_secret *secret)
{
    bool found = false;

    for (size_t i = 0; i < end && !found; i++) {
        evc_secret other;

        if (of->kind == by->kind && strcmp(of->keys[i].name, key->name) == 0)
            continue;
        if (!decode(a, &of->keys[i], &other))
            continue;
        found = other.size == secret->size &&
                evc_mem_equal_secret(other.bytes, secret->bytes, secret->size);
        evc_secret_free(&other);
    }
    return found;
}

static bool
is_reused(const advice *a, size_t rule, size_t provider, size_t key,
          const evc_secret *secret)
{
    const evc_config_provider *by = &a->config->rules[rule].providers[provider];

    for (size_t r = 0; r <= rule; r++) {
        const evc_config_rule *of = &a->config->rules[r];
        size_t end = r == rule ? provider + 1 : of->provider_count;

        for (size_t i = 0; i < end; i++) {
            bool here = r == rule && i == provider;

            if (is_reused_by(a, &of->providers[i],
                             here ? key : of->providers[i].key_count, by,
                             &by->keys[key], secret))
                return true;
        }
    }
    return false;
}

static void
tell_keys(advice *a, size_t rule, size_t provider)
{
    const evc_config_provider *of = &a->config->rules[rule].providers[provider];

    for (size_t i = 0; i < of->key_count; i++) {
        evc_secret secret;

        if (!decode(a, &of->keys[i], &secret))
            continue;
        if (looks_chosen(&secret))
            tell_key(a, rule, provider, i,
                     "the secret looks like one that somebody chose, or that stands in "
                     "a manual",
                     "make a random one by: head -c 32 /dev/urandom | base64; then "
                     "re-encrypt, and remove this one");
        if (is_reused(a, rule, provider, i, &secret))
            tell_key(a, rule, provider, i,
                     "the same secret stands here under two names, or for two ciphers",
                     "make a secret of its own for each");
        evc_secret_free(&secret);
    }
}

/* --- resources --- */

static bool
is_custom(const evc_config_resource *r)
{
    evc_cursor c = evc_cursor_of_view(r->group);
    static const char own[] = ".k8s.io";
    size_t size = sizeof(own) - 1;

    if (r->group.size == 0 || !memchr(r->group.data, '.', r->group.size))
        return false;
    if (r->group.size < size)
        return true;
    (void)evc_cursor_bytes(&c, r->group.size - size);
    return !evc_view_is_text(evc_cursor_bytes(&c, size), own);
}

static void
tell_resource(advice *a, size_t rule, size_t index)
{
    const evc_config_resource *r = &a->config->rules[rule].resources[index];
    bool twice = false;

    for (size_t i = 0; i < rule; i++)
        for (size_t j = 0; j < a->config->rules[i].resource_count; j++)
            twice = twice ||
                    (evc_view_equal(a->config->rules[i].resources[j].resource,
                                    r->resource) &&
                     evc_view_equal(a->config->rules[i].resources[j].group, r->group));
    if (twice)
        evc_findings_add(a->f, EVC_SEVERITY_WARNING, r->line,
                         "an earlier list names this resource too: its providers come "
                         "first, and these only read",
                         "name each resource in one list",
                         "resources[%zu].resources[%zu]", rule, index);
    if (r->resource.size == 0)
        evc_findings_add(a->f, EVC_SEVERITY_WARNING, r->line,
                         "an empty name names no resource", "leave it out",
                         "resources[%zu].resources[%zu]", rule, index);
    if (a->minor && a->minor < 26 && is_custom(r))
        evc_findings_add(a->f, EVC_SEVERITY_WARNING, r->line,
                         "custom resources are encrypted since Kubernetes 1.26 only",
                         "use a newer Kubernetes", "resources[%zu].resources[%zu]",
                         rule, index);
}

static bool
covers_secrets(const evc_config_rule *rule)
{
    for (size_t i = 0; i < rule->resource_count; i++) {
        const evc_config_resource *r = &rule->resources[i];
        bool star = evc_view_is_text(r->resource, "*");

        if ((r->group.size == 0 &&
             (star || evc_view_is_text(r->resource, "secrets"))) ||
            (star && evc_view_is_text(r->group, "*")))
            return true;
    }
    return false;
}

/* --- all of it --- */

static void
tell_rule(advice *a, size_t rule)
{
    const evc_config_rule *of = &a->config->rules[rule];

    for (size_t i = 0; i < of->resource_count; i++)
        tell_resource(a, rule, i);
    if (of->provider_count == 0)
        return;
    tell_writer(a, rule);
    tell_readers(a, rule);
    for (size_t i = 0; i < of->provider_count; i++) {
        if (of->providers[i].is_kms) {
            tell_version(a, rule, i);
            tell_timeout(a, rule, i);
        }
        tell_keys(a, rule, i);
    }
}

void
evc_config_advice(const evc_encryption_config *config, evc_arena *arena, unsigned minor,
                  evc_findings *f)
{
    advice a = {config, arena, minor, f};
    bool covered = false;

    for (size_t i = 0; i < config->rule_count; i++) {
        tell_rule(&a, i);
        covered = covered || covers_secrets(&config->rules[i]);
    }
    if (config->rule_count > 0 && !covered)
        evc_findings_add(f, EVC_SEVERITY_WARNING, 0,
                         "no list names secrets: they are stored in the clear",
                         "add secrets to the resources", "resources");
    if (config->documents > 1)
        evc_findings_add(f, EVC_SEVERITY_WARNING, 0,
                         "the file holds several documents, of which kube-apiserver "
                         "reads the first only",
                         "remove the others", "%s", "");
    evc_findings_add(f, EVC_SEVERITY_HINT, 0,
                     "what one API server writes, all of them must be able to read",
                     "use the same file on all control plane nodes; a new provider "
                     "first reads on all of them, and writes only then",
                     "%s", "");
}
