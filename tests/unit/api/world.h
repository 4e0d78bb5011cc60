/* SPDX-License-Identifier: Apache-2.0 */
/* One handle of each kind that the library has, open and in use. */
#ifndef EVC_TESTS_API_WORLD_H
#define EVC_TESTS_API_WORLD_H

#include "envcrypt/envcrypt.h"
#include "evc-check.h"
#include "evc-folder.h"
#include "stored-vectors.h"

#define KEY_32 "a raw key of thirty-two bytes..."
#define CLUSTER_CONFIG                                                         \
    "apiVersion: eksctl.io/v1alpha5\nkind: ClusterConfig\nmetadata:\n  name: " \
    "prod\n  region: eu-west-1\n"
#define DATA(buffer) envcrypt_buffer_data(buffer)
#define SIZE(buffer) envcrypt_buffer_size(buffer)
#define RSA_PEM "tests/vectors/keystore/recovery.pem"

typedef struct world {
    envcrypt_client_config *client_config;
    envcrypt_client *client;
    envcrypt_wait *wait;
    envcrypt_context *context;
    envcrypt_protectors *raw;      /* opens the stores */
    envcrypt_protectors *recovery; /* their RSA recovery key */
    envcrypt_protectors *other;
    envcrypt_protectors *services; /* the key "aes", as one of a key service */
    envcrypt_protectors *list;     /* to add to */
    envcrypt_kms_config *kms_config;
    envcrypt_credentials *credentials; /* NULL in a build without a network */
    envcrypt_service *service;         /* NULL in a build without cloud */
    envcrypt_request *request;
    envcrypt_kube_config *kube_config;
    envcrypt_kube *kube;         /* NULL in a build without k8s */
    envcrypt_exchange *exchange; /* that nobody answered yet; NULL as service */
    envcrypt_keystore *store;    /* with the keys "k" and "old" */
    envcrypt_kms *kms;           /* "k" of it */
    envcrypt_key_info *key_info;
    envcrypt_keystore_report *report;
    envcrypt_kms *aes;
    envcrypt_kms *served;
    envcrypt_kms *branch;
    envcrypt_call *wraps; /* calls that nobody answered yet */
    envcrypt_call *branches;
    envcrypt_call *describes;
    envcrypt_keyring_config *keyring_config;
    envcrypt_keyring *keyring;
    envcrypt_dek *dek;
    envcrypt_buffer *record;
    envcrypt_bulk *bulk; /* one data key, which has run */
    envcrypt_cache_config *cache_config;
    envcrypt_cache *cache;
    envcrypt_message_config *config;
    envcrypt_buffer *message;
    envcrypt_message_info *info;
    envcrypt_rewrap_result *result;
    envcrypt_value_key *values;
    envcrypt_buffer *values_record;
    unsigned char value[5 + ENVCRYPT_VALUE_OVERHEAD];
    envcrypt_writer *writer;
    envcrypt_reader *reader;
    envcrypt_range *range;
    envcrypt_reencrypt_config *reencrypt_config; /* both NULL in a build without k8s */
    envcrypt_reencrypt_report *reencrypt_report;
    envcrypt_etcd_config *etcd_config; /* these three are NULL in a build without k8s */
    envcrypt_etcd *etcd;               /* a dump with the key /a */
    envcrypt_census *census;
    envcrypt_stored_keys *stored_keys; /* with a key of secretbox; as these three */
    envcrypt_encryption_options *encryption_options; /* complete; as these three */
    envcrypt_cluster_config
        *cluster_config; /* these four are NULL in a build without clusters */
    envcrypt_cluster_change *cluster_change;
    envcrypt_cluster *cluster;
    envcrypt_cluster_report *cluster_report;
    char pem[4096]; /* of the recovery key */
} world;

static world w;
static int destroyed; /* how often count_destroy was called */
static envcrypt_call *unanswered;

static void
count_destroy(void *user)
{
    (void)user;
    destroyed++;
}

/* Answers later: the test keeps the call. */
static void
serve_never(envcrypt_call *call, void *user)
{
    (void)user;
    unanswered = call;
}

/* Answers later, too. */
static void
carry_never(envcrypt_exchange *exchange, void *user)
{
    envcrypt_exchange **kept = user;

    *kept = exchange;
}

static void
log_nowhere(void *user, int32_t level, const char *text)
{
    (void)user;
    (void)level;
    (void)text;
}

static void
no_progress(void *user, uint64_t done, uint64_t total)
{
    (void)user;
    (void)done;
    (void)total;
}

static int32_t
read_message(void *user, uint64_t offset, void *out, size_t size)
{
    const envcrypt_buffer *message = user;
    const char *bytes = envcrypt_buffer_data(message);

    if (offset > envcrypt_buffer_size(message) ||
        size > envcrypt_buffer_size(message) - offset)
        return 1;
    memcpy(out, &bytes[offset], size);
    return 0;
}

static inline int32_t
pass_over(void *user, const void *key, size_t key_size, const void *value,
          size_t value_size, int64_t create_revision, int64_t mod_revision)
{
    (void)user;
    (void)key;
    (void)key_size;
    (void)value;
    (void)value_size;
    (void)create_revision;
    (void)mod_revision;
    return 0;
}

static void
make_files(void)
{
    FILE *file;
    static char path[PATH_MAX];

    evc_folder_put("plain", "hello", 0600);
    evc_folder_put("key", KEY_32, 0600);
    evc_folder_put("dump", "{\"header\":{\"revision\":3},\"kvs\":[{\"key\":\"L2E=\"}]}",
                   0600);
    (void)snprintf(path, sizeof(path), "%s/" RSA_PEM, getenv("EVC_TEST_SOURCE"));
    file = fopen(path, "re");
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_gt(fread(w.pem, 1, sizeof(w.pem) - 1, file), 0);
    (void)fclose(file);
}

static void
make_protectors(envcrypt_protectors **out)
{
    EVC_CHECK_OK(envcrypt_protectors_new(w.client, out, NULL));
    EVC_CHECK_OK(envcrypt_protectors_set_argon2(*out, 1, 8192, NULL));
}

/* Of the private key in RSA_PEM. */
static const char rsa_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBojANBgkqhkiG9w0BAQEFAAOCAY8AMIIBigKCAYEA4Dud07gTUfqFrtBRThk6\n"
    "O5CyGF3nlYGmI5OuQKTrdZ3VTmafV/d+yM2g090UNZKsuUv/KmJbMgWu0G0ckCx8\n"
    "0ZHVDsVRg2D5I5LHhqox6TqDYmdnlDxeOs4PlfawoCDuEJ8N4/MnBRjytY/gN12T\n"
    "DjLrND/Zn1sPvYzYrOEE1Ud3MA8rykMJQaIQ2LoIspDT7q/PP2vY/FgkXdUt6jvx\n"
    "QuaKVjwClaJhEvWc5jywKrxP1y0oOCjHoxO5Frjlaj5FvvdNrYwKG9+ExC8Brvy3\n"
    "GniQpOxcr89Vt1/mZHzoYHQrLQjB7jwAXK/xVXMPWoDkI/oCiqU1snMR+apdwcfP\n"
    "WKqyPSFIJFMqdNsxeSTwtunIPV7J1sYOJkMKw9EC1m+bA2bULFnUU5LiNC/sLxHf\n"
    "4nrZRAuhTfyFfkx7zMoO5DX/qUqto7OF2Nvbcnm7+tm9qojjsB8+L6Y8ECO4EQMQ\n"
    "yUHe6hgoqNBHmU0fxmY6yv3TqkL5a0ndPsiSIYLlg1cJAgMBAAE=\n"
    "-----END PUBLIC KEY-----\n";

static void
make_store(void)
{
    envcrypt_keystore *second;

    make_protectors(&w.raw);
    make_protectors(&w.recovery);
    make_protectors(&w.other);
    make_protectors(&w.list);
    EVC_CHECK_OK(envcrypt_protectors_add_raw_key(w.raw, KEY_32, 32, NULL));
    EVC_CHECK_OK(envcrypt_protectors_add_rsa_public(w.raw, rsa_public, NULL));
    EVC_CHECK_OK(envcrypt_protectors_add_rsa_private(w.recovery, w.pem, NULL, NULL));
    EVC_CHECK_OK(
        envcrypt_protectors_add_key_file(w.other, evc_folder_path("key"), NULL));
    EVC_CHECK_OK(envcrypt_keystore_create(w.client, evc_folder_path("second.json"),
                                          "second", w.raw, NULL, &second, NULL));
    envcrypt_keystore_close(second);
    EVC_CHECK_OK(envcrypt_keystore_create(w.client, evc_folder_path("store.json"),
                                          "store", w.raw, NULL, &w.store, NULL));
    EVC_CHECK_OK(
        envcrypt_keystore_add_key(w.store, "k", ENVCRYPT_KIND_WRAP, NULL, NULL));
    EVC_CHECK_OK(
        envcrypt_keystore_add_key(w.store, "old", ENVCRYPT_KIND_WRAP, NULL, NULL));
    EVC_CHECK_OK(envcrypt_keystore_open_key(w.store, "k", &w.kms, NULL));
    EVC_CHECK_OK(envcrypt_kms_describe(w.kms, NULL, &w.key_info, NULL));
    EVC_CHECK_OK(envcrypt_keystore_check(w.client, evc_folder_path("store.json"), w.raw,
                                         NULL, NULL, &w.report, NULL));
    EVC_CHECK_OK(envcrypt_kms_config_new(&w.kms_config, NULL));
    EVC_CHECK_OK(envcrypt_kms_config_set_protectors(w.kms_config, w.raw, NULL));
}

static envcrypt_keyring *
make_keyring(envcrypt_kms *generator)
{
    envcrypt_keyring_config *config;
    envcrypt_keyring *keyring;

    EVC_CHECK_OK(envcrypt_keyring_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_keyring_config_set_generator(config, generator, NULL));
    EVC_CHECK_OK(envcrypt_keyring_open(w.client, config, &keyring, NULL));
    envcrypt_keyring_config_free(config);
    return keyring;
}

/* A call that its caller gave up waiting for. */
static envcrypt_call *
leave_call(envcrypt_kms *kms)
{
    envcrypt_keyring *keyring = make_keyring(kms);
    envcrypt_buffer *record;
    envcrypt_wait *wait;

    unanswered = NULL;
    EVC_CHECK_OK(envcrypt_wait_new(w.client, 1, &wait, NULL));
    EVC_CHECK_CODE(envcrypt_dek_wrap(w.dek, keyring, NULL, wait, &record, NULL),
                   ENVCRYPT_E_TIMEOUT);
    envcrypt_wait_free(wait);
    envcrypt_keyring_unref(keyring);
    ck_assert_ptr_nonnull(unanswered);
    return unanswered;
}

static void
make_calls(void)
{
    envcrypt_key_info *info;
    envcrypt_wait *wait;

    EVC_CHECK_OK(envcrypt_kms_open_custom(
        w.client, "acme", "key",
        ENVCRYPT_OP_WRAP | ENVCRYPT_OP_UNWRAP | ENVCRYPT_OP_DESCRIBE, serve_never, NULL,
        count_destroy, &w.served, NULL));
    EVC_CHECK_OK(envcrypt_kms_open_branch(w.client, "branch", serve_never, NULL,
                                          count_destroy, &w.branch, NULL));
    w.wraps = leave_call(w.served);
    w.branches = leave_call(w.branch);
    EVC_CHECK_OK(envcrypt_wait_new(w.client, 1, &wait, NULL));
    EVC_CHECK_CODE(envcrypt_kms_describe(w.served, wait, &info, NULL),
                   ENVCRYPT_E_TIMEOUT);
    envcrypt_wait_free(wait);
    w.describes = unanswered;
}

/* What a build without it does not have stays NULL. */
static void
make_clouds(void)
{
    int rc = envcrypt_credentials_new(w.client, "aws", "AKID", "secret", 6, NULL, 0,
                                      NULL, &w.credentials, NULL);

    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
    rc = envcrypt_service_open(w.client, "ibm-kp://us-south/0", NULL, NULL, &w.service,
                               NULL);
    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
    EVC_CHECK_OK(envcrypt_request_new("list-keys", &w.request, NULL));
}

static void
make_kube(void)
{
    int rc;

    EVC_CHECK_OK(envcrypt_kube_config_new(w.client, &w.kube_config, NULL));
    EVC_CHECK_OK(envcrypt_kube_config_set(w.kube_config, "server",
                                          "https://kube.example", NULL));
    EVC_CHECK_OK(envcrypt_kube_config_set_token(w.kube_config, "token", 5, NULL));
    rc = envcrypt_kube_open(w.kube_config, &w.kube, NULL);
    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
}

/* What a build without it does not have stays NULL. */
static void
make_reencryption(void)
{
    int rc = envcrypt_reencrypt_config_new(&w.reencrypt_config, NULL);
    envcrypt_wait *wait;

    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
    if (rc)
        return;
    /* A run without any time has a report, and sent nothing. */
    EVC_CHECK_OK(envcrypt_wait_new(w.client, 0, &wait, NULL));
    EVC_CHECK_CODE(envcrypt_reencrypt_run(w.kube, w.reencrypt_config, NULL, NULL, NULL,
                                          wait, &w.reencrypt_report, NULL),
                   ENVCRYPT_E_TIMEOUT);
    envcrypt_wait_free(wait);
}

static void
make_stored_keys(void)
{
    int rc = envcrypt_stored_keys_new(w.client, &w.stored_keys, NULL);

    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
    if (rc)
        return;
    EVC_CHECK_OK(envcrypt_stored_keys_add_key(w.stored_keys, ENVCRYPT_STORED_SECRETBOX,
                                              "first", KEY_32, 32, NULL));
    EVC_CHECK_OK(envcrypt_encryption_options_new(&w.encryption_options, NULL));
    EVC_CHECK_OK(
        envcrypt_encryption_options_set(w.encryption_options, "name", "kms", NULL));
    EVC_CHECK_OK(envcrypt_encryption_options_set(w.encryption_options, "endpoint",
                                                 "unix:///run/kms.sock", NULL));
}

/* An exchange that its caller gave up waiting for. */
static void
make_exchange(void)
{
    envcrypt_credentials *credentials;
    envcrypt_kms_config *config;
    envcrypt_service *service;
    envcrypt_table *table;
    envcrypt_wait *wait;

    if (!w.service)
        return;
    EVC_CHECK_OK(envcrypt_credentials_new(w.client, "ibm", NULL, NULL, 0, "token", 5,
                                          NULL, &credentials, NULL));
    EVC_CHECK_OK(envcrypt_kms_config_new(&config, NULL));
    EVC_CHECK_OK(envcrypt_kms_config_set_credentials(config, credentials, NULL));
    EVC_CHECK_OK(envcrypt_service_open(w.client, "ibm-kp://us-south/0", config, NULL,
                                       &service, NULL));
    EVC_CHECK_OK(envcrypt_wait_new(w.client, 200, &wait, NULL));
    EVC_CHECK_CODE(envcrypt_service_run(service, w.request, wait, &table, NULL),
                   ENVCRYPT_E_TIMEOUT);
    ck_assert_ptr_nonnull(w.exchange);
    envcrypt_wait_free(wait);
    envcrypt_service_unref(service);
    envcrypt_kms_config_free(config);
    envcrypt_credentials_unref(credentials);
}

static void
make_etcd(void)
{
    int rc = envcrypt_etcd_config_new(&w.etcd_config, NULL);

    if (rc == ENVCRYPT_E_NOT_BUILT)
        return;
    EVC_CHECK_OK(rc);
    EVC_CHECK_OK(envcrypt_etcd_config_set(w.etcd_config, "endpoint",
                                          "https://etcd.example:2379", NULL));
    EVC_CHECK_OK(
        envcrypt_etcd_open_file(w.client, evc_folder_path("dump"), &w.etcd, NULL));
    EVC_CHECK_OK(envcrypt_census_new(w.client, &w.census, NULL));
}

static void
make_cluster(void)
{
    int rc = envcrypt_cluster_config_new(&w.cluster_config, NULL);
    envcrypt_wait *wait;

    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
    if (rc)
        return;
    EVC_CHECK_OK(
        envcrypt_cluster_config_set_credentials(w.cluster_config, w.credentials, NULL));
    EVC_CHECK_OK(envcrypt_cluster_change_new(&w.cluster_change, NULL));
    EVC_CHECK_OK(envcrypt_cluster_change_set(w.cluster_change, "key", "alias/k", NULL));
    EVC_CHECK_OK(envcrypt_cluster_open(w.client, "eks://eu-west-1/prod",
                                       w.cluster_config, NULL, &w.cluster, NULL));
    /* A look without any time has a report, and sent nothing. */
    EVC_CHECK_OK(envcrypt_wait_new(w.client, 0, &wait, NULL));
    EVC_CHECK_CODE(
        envcrypt_cluster_status(w.cluster, NULL, wait, &w.cluster_report, NULL),
        ENVCRYPT_E_TIMEOUT);
    envcrypt_wait_free(wait);
}

static void
make_messages(void)
{
    size_t made;

    EVC_CHECK_OK(envcrypt_cache_config_new(&w.cache_config, NULL));
    EVC_CHECK_OK(envcrypt_cache_open(w.client, w.cache_config, &w.cache, NULL));
    EVC_CHECK_OK(envcrypt_message_config_new(&w.config, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_cache(w.config, w.cache, NULL));
    EVC_CHECK_OK(envcrypt_message_config_set_progress(w.config, no_progress, NULL,
                                                      count_destroy, NULL));
    EVC_CHECK_OK(
        envcrypt_encrypt(w.keyring, w.config, "hello", 5, NULL, &w.message, NULL));
    EVC_CHECK_OK(envcrypt_encrypt_file(w.keyring, NULL, evc_folder_path("plain"),
                                       evc_folder_path("message"), 0, NULL, NULL));
    EVC_CHECK_OK(envcrypt_inspect(envcrypt_buffer_data(w.message),
                                  envcrypt_buffer_size(w.message), NULL, &w.info,
                                  NULL));
    EVC_CHECK_OK(envcrypt_rewrap_file(w.keyring, w.keyring, NULL, NULL,
                                      evc_folder_path("message"), 0, NULL, &w.result,
                                      NULL));
    EVC_CHECK_OK(envcrypt_dek_wrap(w.dek, w.keyring, NULL, NULL, &w.record, NULL));
    EVC_CHECK_OK(envcrypt_bulk_new(w.keyring, &w.bulk, NULL));
    EVC_CHECK_OK(envcrypt_bulk_add_wrap(w.bulk, w.dek, NULL, NULL));
    EVC_CHECK_OK(envcrypt_bulk_run(w.bulk, 1, NULL, NULL));
    EVC_CHECK_OK(envcrypt_value_key_new(w.keyring, NULL, NULL, &w.values,
                                        &w.values_record, NULL));
    EVC_CHECK_OK(envcrypt_value_seal(w.values, NULL, "hello", 5, w.value,
                                     sizeof(w.value), &made, NULL));
    EVC_CHECK_OK(envcrypt_writer_open(w.keyring, w.config, NULL, &w.writer, NULL));
    EVC_CHECK_OK(envcrypt_reader_open(w.keyring, w.config, &w.reader, NULL));
    EVC_CHECK_OK(envcrypt_range_open(
        w.keyring, w.config, envcrypt_buffer_size(w.message), read_message, w.message,
        count_destroy, 0, NULL, &w.range, NULL));
}

static void
make_world(void)
{
    int rc;

    destroyed = 0;
    evc_folder_make();
    make_files();
    EVC_CHECK_OK(envcrypt_client_config_new(&w.client_config, NULL));
    EVC_CHECK_OK(envcrypt_client_config_set_log(w.client_config, 1, log_nowhere, NULL,
                                                count_destroy, NULL));
    rc = envcrypt_client_config_set_transport(w.client_config, carry_never, &w.exchange,
                                              NULL, NULL);
    ck_assert(rc == 0 || rc == ENVCRYPT_E_NOT_BUILT);
    EVC_CHECK_OK(envcrypt_client_open(w.client_config, &w.client, NULL));
    EVC_CHECK_OK(envcrypt_wait_new(w.client, -1, &w.wait, NULL));
    EVC_CHECK_OK(envcrypt_context_new(&w.context, NULL));
    make_store();
    EVC_CHECK_OK(
        envcrypt_kms_open_raw_aes(w.client, "ns", "key", KEY_32, 32, &w.aes, NULL));
    make_protectors(&w.services);
    EVC_CHECK_OK(envcrypt_protectors_add_kms(w.services, w.aes, NULL));
    EVC_CHECK_OK(envcrypt_keyring_config_new(&w.keyring_config, NULL));
    EVC_CHECK_OK(envcrypt_keyring_config_set_generator(w.keyring_config, w.aes, NULL));
    EVC_CHECK_OK(envcrypt_keyring_open(w.client, w.keyring_config, &w.keyring, NULL));
    EVC_CHECK_OK(envcrypt_dek_generate(w.client, 32, &w.dek, NULL));
    make_clouds();
    make_kube();
    make_reencryption();
    make_stored_keys();
    make_exchange();
    make_calls();
    make_etcd();
    make_cluster();
    make_messages();
}

/* Legal in a child of fork, too. */
static void
free_world(void)
{
    envcrypt_cluster_report_free(w.cluster_report);
    envcrypt_cluster_unref(w.cluster);
    envcrypt_cluster_change_free(w.cluster_change);
    envcrypt_cluster_config_free(w.cluster_config);
    envcrypt_census_free(w.census);
    envcrypt_etcd_close(w.etcd);
    envcrypt_etcd_config_free(w.etcd_config);
    envcrypt_range_free(w.range);
    envcrypt_reader_free(w.reader);
    envcrypt_writer_free(w.writer);
    envcrypt_buffer_free(w.values_record);
    envcrypt_value_key_unref(w.values);
    envcrypt_rewrap_result_free(w.result);
    envcrypt_message_info_free(w.info);
    envcrypt_buffer_free(w.message);
    envcrypt_message_config_free(w.config);
    envcrypt_cache_unref(w.cache);
    envcrypt_cache_config_free(w.cache_config);
    envcrypt_buffer_free(w.record);
    envcrypt_bulk_free(w.bulk);
    envcrypt_dek_destroy(w.dek);
    envcrypt_dek_free(w.dek);
    envcrypt_keyring_unref(w.keyring);
    envcrypt_keyring_config_free(w.keyring_config);
    envcrypt_call_finish(w.wraps, ENVCRYPT_E_CALLBACK, NULL, NULL);
    envcrypt_call_finish(w.branches, ENVCRYPT_E_CALLBACK, NULL, NULL);
    envcrypt_call_finish(w.describes, ENVCRYPT_E_CALLBACK, NULL, NULL);
    envcrypt_kms_unref(w.branch);
    envcrypt_kms_unref(w.served);
    envcrypt_kms_unref(w.aes);
    envcrypt_keystore_report_free(w.report);
    envcrypt_key_info_free(w.key_info);
    envcrypt_kms_unref(w.kms);
    envcrypt_keystore_close(w.store);
    envcrypt_exchange_finish(w.exchange, ENVCRYPT_E_TRANSPORT, 0, NULL);
    envcrypt_kube_unref(w.kube);
    envcrypt_kube_config_free(w.kube_config);
    envcrypt_request_free(w.request);
    envcrypt_service_unref(w.service);
    envcrypt_encryption_options_free(w.encryption_options);
    envcrypt_stored_keys_free(w.stored_keys);
    envcrypt_reencrypt_report_free(w.reencrypt_report);
    envcrypt_reencrypt_config_free(w.reencrypt_config);
    envcrypt_credentials_unref(w.credentials);
    envcrypt_kms_config_free(w.kms_config);
    envcrypt_protectors_free(w.list);
    envcrypt_protectors_free(w.services);
    envcrypt_protectors_free(w.other);
    envcrypt_protectors_free(w.recovery);
    envcrypt_protectors_free(w.raw);
    envcrypt_context_free(w.context);
    envcrypt_wait_free(w.wait);
    envcrypt_client_unref(w.client);
    envcrypt_client_config_free(w.client_config);
    w = (world){0};
}

static void
end_world(void)
{
    free_world();
    evc_folder_remove();
}

#endif
