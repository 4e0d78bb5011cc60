/* SPDX-License-Identifier: Apache-2.0 */
#include "k8s/config_rules.h"

#include <stdio.h>
#include <string.h>

#include "k8s/config_key.h"
#include "k8s/socket_url.h"
#include "k8s/stored_cipher.h"
#include "k8s/stored_keys.h"

/* Where a rule is at work. */
typedef struct place {
    const evc_encryption_config *config;
    evc_arena *arena;
    unsigned minor;
    evc_findings *f;
    size_t rule;
    size_t provider;
} place;

/* --- resources --- */

#define RESOURCE(p, i) "resources[%zu].resources[%zu]", (p)->rule, (i)

static void
refuse_resource(place *p, size_t index, const char *finding, const char *advice)
{
    const evc_config_resource *r = &p->config->rules[p->rule].resources[index];

    evc_findings_add(p->f, EVC_SEVERITY_ERROR, r->line, finding, advice,
                     RESOURCE(p, index));
}

/* Go compares with strings.ToLower, which knows more letters than those of ASCII; names with
 * others name nothing anyway. */
static bool
has_capital(const char *text)
{
    for (; *text; text++)
        if (*text >= 'A' && *text <= 'Z')
            return true;
    return false;
}

static bool
is_without_api(const char *text)
{
    return strcmp(text, "apiserveripinfo") == 0 ||
           strcmp(text, "serviceipallocations") == 0 ||
           strcmp(text, "servicenodeportallocations") == 0;
}

static bool
is_star(evc_view view)
{
    return evc_view_is_text(view, "*");
}

static void
check_resource(place *p, size_t index)
{
    const evc_config_resource *r = &p->config->rules[p->rule].resources[index];

    if (has_capital(r->text))
        refuse_resource(p, index, "a resource has capital letters",
                        "write the plural name in lower case, as kubectl "
                        "api-resources shows it");
    else if (strcmp(r->text, "*") == 0)
        refuse_resource(p, index, "\"*\" alone is no resource",
                        "write '*.' for the core group, or '*.*' for all");
    else if (is_without_api(r->text))
        refuse_resource(p, index, "this resource has no REST API and is not encrypted",
                        "leave it out");
    else if (evc_view_is_text(r->group, "events.k8s.io"))
        refuse_resource(p, index, "events are stored in the core group",
                        "write events");
    else if (evc_view_is_text(r->group, "extensions"))
        refuse_resource(p, index, "the group extensions was removed from Kubernetes",
                        "name the group that the resource has now");
    else if (is_star(r->group) && !is_star(r->resource))
        refuse_resource(p, index, "one resource of all groups cannot be named",
                        "name its group, or write '*.*'");
    else if (is_star(r->resource) && p->minor && p->minor < 27)
        refuse_resource(p, index, "wildcards are known since Kubernetes 1.27",
                        "name the resources");
}

static bool
is_same(const evc_config_resource *a, const evc_config_resource *b)
{
    return evc_view_equal(a->group, b->group) &&
           evc_view_equal(a->resource, b->resource);
}

static bool
is_all(const evc_config_resource *r)
{
    return is_star(r->group) && is_star(r->resource);
}

static bool
overlaps(const evc_config_resource *a, const evc_config_resource *b)
{
    return is_all(a) || is_all(b) ||
           (evc_view_equal(a->group, b->group) &&
            (is_star(a->resource) || is_star(b->resource)));
}

/* Within one list. */
static void
check_overlap(place *p, size_t index)
{
    const evc_config_rule *rule = &p->config->rules[p->rule];

    for (size_t i = 0; i < index; i++) {
        if (is_same(&rule->resources[i], &rule->resources[index])) {
            refuse_resource(p, index, "the same resource stands twice in one list",
                            "leave one out");
            return;
        }
        if (overlaps(&rule->resources[i], &rule->resources[index])) {
            refuse_resource(
                p, index, "a wildcard and a resource that it covers stand in one list",
                "leave one out");
            return;
        }
    }
}

/* By a wildcard of an earlier list: the first list that names a resource rules it. */
static void
check_masked(place *p, size_t index)
{
    const evc_config_resource *r = &p->config->rules[p->rule].resources[index];

    for (size_t i = 0; i < p->rule; i++) {
        const evc_config_rule *rule = &p->config->rules[i];

        for (size_t j = 0; j < rule->resource_count; j++) {
            const evc_config_resource *before = &rule->resources[j];

            if (!is_all(before) &&
                !(is_star(before->resource) && evc_view_equal(before->group, r->group)))
                continue;
            refuse_resource(
                p, index, "a wildcard of an earlier list covers this resource already",
                "move this list before that one");
            return;
        }
    }
}

static void
check_resources(place *p)
{
    const evc_config_rule *rule = &p->config->rules[p->rule];

    if (rule->resource_count == 0)
        evc_findings_add(p->f, EVC_SEVERITY_ERROR, rule->line,
                         "the list of resources is empty", "name one, as secrets",
                         "resources[%zu].resources", p->rule);
    for (size_t i = 0; i < rule->resource_count; i++) {
        check_resource(p, i);
        check_overlap(p, i);
        check_masked(p, i);
    }
}

/* --- keys --- */

static const evc_config_provider *
provider_of(const place *p)
{
    return &p->config->rules[p->rule].providers[p->provider];
}

static void
refuse_key(place *p, size_t index, const char *member, const char *finding,
           const char *advice)
{
    const evc_config_provider *of = provider_of(p);

    evc_findings_add(p->f, EVC_SEVERITY_ERROR, of->keys[index].line, finding, advice,
                     "resources[%zu].providers[%zu].%s.keys[%zu].%s", p->rule,
                     p->provider, evc_stored_provider_name(of->kind), index, member);
}

static void
check_secret(place *p, size_t index)
{
    const evc_config_provider *of = provider_of(p);
    evc_stored_layout layout = evc_stored_layout_of(of->kind);
    char finding[96];
    evc_secret secret;
    int rc = evc_config_key_decode(evc_view_text(of->keys[index].secret), p->arena,
                                   &secret, NULL);

    if (rc == ENVCRYPT_E_ENCODING)
        refuse_key(p, index, "secret", "the secret is no base64",
                   "make one by: head -c 32 /dev/urandom | base64");
    else if (rc && rc != ENVCRYPT_E_KEY_SIZE)
        p->f->rc = evc_err(p->f->err, rc,
                           "the keys of the EncryptionConfiguration cannot be checked: "
                           "no memory is left for them");
    else if (!evc_stored_cipher_takes(layout, secret.size)) {
        (void)snprintf(finding, sizeof(finding),
                       "the secret has %zu bytes, and %s takes %s", secret.size,
                       evc_stored_provider_name(of->kind),
                       of->kind == EVC_STORED_SECRETBOX ? "32" : "16, 24 or 32");
        refuse_key(p, index, "secret", finding,
                   "make one by: head -c 32 /dev/urandom | base64");
    }
    evc_secret_free(&secret);
}

static void
check_keys(place *p)
{
    const evc_config_provider *of = provider_of(p);

    if (of->key_count == 0)
        evc_findings_add(p->f, EVC_SEVERITY_ERROR, of->line, "the provider has no keys",
                         "give one, with name and secret",
                         "resources[%zu].providers[%zu].%s.keys", p->rule, p->provider,
                         evc_stored_provider_name(of->kind));
    for (size_t i = 0; i < of->key_count; i++) {
        if (!*of->keys[i].name)
            refuse_key(p, i, "name", "the key has no name", "give it one");
        if (!*of->keys[i].secret)
            refuse_key(p, i, "secret", "the key has no secret",
                       "make one by: head -c 32 /dev/urandom | base64");
        else
            check_secret(p, i);
    }
}

/* --- kms --- */

static void
find_kms(place *p, evc_severity severity, const char *member, const char *finding,
         const char *advice)
{
    evc_findings_add(p->f, severity, provider_of(p)->line, finding, advice,
                     "resources[%zu].providers[%zu].kms.%s", p->rule, p->provider,
                     member);
}

/* Whether a plugin before this one has its name. */
static bool
has_twin(const place *p)
{
    for (size_t i = 0; i <= p->rule; i++) {
        const evc_config_rule *rule = &p->config->rules[i];
        size_t end = i == p->rule ? p->provider : rule->provider_count;

        for (size_t j = 0; j < end; j++)
            if (rule->providers[j].is_kms &&
                strcmp(rule->providers[j].name, provider_of(p)->name) == 0)
                return true;
    }
    return false;
}

static void
check_name(place *p)
{
    const evc_config_provider *of = provider_of(p);
    bool v1 = of->kind == EVC_STORED_KMS_V1;

    if (!*of->name)
        find_kms(p, EVC_SEVERITY_ERROR, "name", "the plugin has no name",
                 "give it one, and never change it: it stands in every value");
    if (!v1 && strchr(of->name, ':'))
        find_kms(p, EVC_SEVERITY_ERROR, "name",
                 "the name of a plugin of KMS v2 holds a colon", "leave the colon out");
    if (!has_twin(p))
        return;
    if (v1)
        find_kms(p, EVC_SEVERITY_WARNING, "name",
                 "two plugins have one name, which is refused when the server reloads "
                 "the file by itself",
                 "give each plugin a name of its own");
    else
        find_kms(p, EVC_SEVERITY_ERROR, "name", "two plugins have one name",
                 "give each plugin a name of its own; one that serves several "
                 "resources stands in one list with all of them");
}

static void
check_endpoint(place *p)
{
    switch (evc_socket_url_check(provider_of(p)->endpoint)) {
    case EVC_SOCKET_URL_EMPTY:
        find_kms(p, EVC_SEVERITY_ERROR, "endpoint", "the plugin has no endpoint",
                 "write unix:///path/of/its/socket");
        break;
    case EVC_SOCKET_URL_MALFORMED:
        find_kms(p, EVC_SEVERITY_ERROR, "endpoint", "the endpoint is no URL",
                 "write unix:///path/of/its/socket");
        break;
    case EVC_SOCKET_URL_SCHEME:
        find_kms(p, EVC_SEVERITY_ERROR, "endpoint",
                 "plugins are reached by Unix sockets only",
                 "write unix:///path/of/its/socket");
        break;
    case EVC_SOCKET_URL_HOST:
        find_kms(p, EVC_SEVERITY_WARNING, "endpoint",
                 "what stands between the second and third slash is taken for a host "
                 "and ignored",
                 "write three slashes: unix:///path/of/its/socket");
        break;
    case EVC_SOCKET_URL_NO_PATH:
        find_kms(p, EVC_SEVERITY_WARNING, "endpoint", "the endpoint names no socket",
                 "write unix:///path/of/its/socket");
        break;
    case EVC_SOCKET_URL_GOOD:
        break;
    }
}

static void
check_version(place *p)
{
    const evc_config_provider *of = provider_of(p);

    if (of->kind == EVC_STORED_UNKNOWN)
        find_kms(p, EVC_SEVERITY_ERROR, "apiVersion", "there are KMS v1 and v2 only",
                 "write apiVersion: v2");
    else if (of->kind == EVC_STORED_KMS_V1 && p->minor >= 29)
        find_kms(p, EVC_SEVERITY_ERROR, "apiVersion",
                 of->api_version_given
                     ? "KMS v1 is switched off since Kubernetes 1.29"
                     : "apiVersion is left out, which means v1, and KMS v1 is switched "
                       "off since Kubernetes 1.29",
                 "write apiVersion: v2, with a plugin that serves it; what v1 wrote is "
                 "read with --feature-gates=KMSv1=true");
    else if (of->kind == EVC_STORED_KMS_V2 && p->minor && p->minor < 25)
        find_kms(p, EVC_SEVERITY_ERROR, "apiVersion",
                 "KMS v2 is known since Kubernetes 1.25", "use a newer Kubernetes");
    else if (of->kind == EVC_STORED_KMS_V2 && p->minor && p->minor < 27)
        find_kms(p, EVC_SEVERITY_ERROR, "apiVersion",
                 "KMS v2 is switched off before Kubernetes 1.27",
                 "use a newer Kubernetes: what the first forms of KMS v2 wrote is not "
                 "kept readable");
}

static void
check_kms(place *p)
{
    const evc_config_provider *of = provider_of(p);
    bool v1 = of->kind == EVC_STORED_KMS_V1;

    check_name(p);
    check_endpoint(p);
    check_version(p);
    if (of->timeout_ns <= 0)
        find_kms(p, EVC_SEVERITY_ERROR, "timeout", "the timeout is not positive",
                 "write 3s, or leave it out");
    if (!v1 && of->cachesize_given)
        find_kms(p, EVC_SEVERITY_ERROR, "cachesize", "KMS v2 has no cachesize",
                 "leave it out");
    if (v1 && of->cachesize_given && of->cachesize == 0)
        find_kms(p, EVC_SEVERITY_ERROR, "cachesize", "the cachesize is 0",
                 "write a positive number, or a negative one for no cache");
}

/* --- all of it --- */

static void
check_provider(place *p)
{
    const evc_config_provider *of = provider_of(p);

    if (of->kinds != 1)
        evc_findings_add(p->f, EVC_SEVERITY_ERROR, of->line,
                         of->kinds ? "an element of the list names several providers"
                                   : "an element of the list names no provider",
                         of->kinds ? "give each provider an element of its own"
                                   : "name kms, aesgcm, aescbc, secretbox or "
                                     "identity: {}; identity: alone is none",
                         "resources[%zu].providers[%zu]", p->rule, p->provider);
    if (of->is_kms)
        check_kms(p);
    else if (of->kind == EVC_STORED_AESCBC || of->kind == EVC_STORED_AESGCM ||
             of->kind == EVC_STORED_SECRETBOX)
        check_keys(p);
}

static void
check_providers(place *p)
{
    const evc_config_rule *rule = &p->config->rules[p->rule];

    if (rule->provider_count == 0)
        evc_findings_add(p->f, EVC_SEVERITY_ERROR, rule->line,
                         "the list of providers is empty", "name one",
                         "resources[%zu].providers", p->rule);
    for (p->provider = 0; p->provider < rule->provider_count; p->provider++)
        check_provider(p);
}

void
evc_config_rules(const evc_encryption_config *config, evc_arena *arena, unsigned minor,
                 evc_findings *f)
{
    place p = {.config = config, .arena = arena, .minor = minor, .f = f};

    if (config->rule_count == 0)
        evc_findings_add(f, EVC_SEVERITY_ERROR, 0, "the file has no rules",
                         "give one, with resources and providers", "resources");
    for (p.rule = 0; p.rule < config->rule_count; p.rule++) {
        check_resources(&p);
        check_providers(&p);
    }
}
