/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The file of kube-apiserver's --encryption-provider-config, read as it reads it: strictly
 * (k8s.io/apiserver, pkg/apis/apiserver/v1/types_encryption.go, and pkg/server/options/
 * encryptionconfig; kubernetes.md 4). What is left out has the server's defaults. What it
 * would refuse afterwards is told by k8s/config_rules.h.
 *
 * Keys that stand in the file stay texts of the YAML document, which is wiped.
 */
#ifndef EVC_K8S_ENCRYPTION_CONFIG_H
#define EVC_K8S_ENCRYPTION_CONFIG_H

#include "codec/yaml.h"
#include "k8s/stored.h"

typedef struct evc_config_key {
    const char *name; /* "" = left out; borrowed from the document, as all texts here */
    const char *secret; /* base64; "" = left out */
    uint32_t line;
} evc_config_key;

typedef struct evc_config_provider {
    evc_stored_provider kind; /* UNKNOWN: no provider, or kms of another version */
    size_t kinds;             /* how many the item names; kind is the first of them */
    uint32_t line;
    evc_config_key *keys; /* of aescbc, aesgcm and secretbox */
    size_t key_count;

    /* Of kms: "" = left out. */
    bool is_kms;
    const char *api_version;
    bool api_version_given; /* else it is the default, v1 */
    const char *name;
    const char *endpoint;
    int64_t timeout_ns;
    bool cachesize_given;
    int64_t cachesize;
} evc_config_provider;

typedef struct evc_config_resource {
    const char *text;  /* "secrets", "*.apps" */
    evc_view resource; /* before the first dot */
    evc_view group;    /* behind it; "" = the core */
    uint32_t line;
} evc_config_resource;

typedef struct evc_config_rule {
    uint32_t line;
    evc_config_resource *resources;
    size_t resource_count;
    evc_config_provider *providers;
    size_t provider_count;
} evc_config_rule;

typedef struct evc_encryption_config {
    evc_yaml_doc *doc;
    evc_config_rule *rules;
    size_t rule_count;
    size_t documents; /* of the stream; the server reads the first and no other */
} evc_encryption_config;

/*
 * ENVCRYPT_E_YAML: no YAML, or a member of another type than it must have; the message names the line.
 * ENCRYPTION_CONFIG: another kind or version of file, a member that there is not, a duration
 * that is none. NOMEM.
 */
int evc_encryption_config_read(evc_view text, evc_encryption_config **out,
                               evc_error **err) EVC_MUST_CHECK;
void evc_encryption_config_free(
    evc_encryption_config *config); /* wipes; NULL is fine */

/* As ParseGroupResource of k8s.io/apimachinery. */
evc_config_resource evc_config_resource_of(const char *text);

#endif
