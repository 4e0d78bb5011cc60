/* SPDX-License-Identifier: Apache-2.0 */
/* Every option, in one table: parsing, --help, completion and the test of the man page use it. */
#include "cli.h"
#include "commands.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

typedef enum kind { FLAG, COUNT, TEXT, LIST } kind;

typedef struct spec {
    const char *name;
    int letter; /* 0: none */
    kind kind;
    size_t field;
    const char *argument;
    int section;
    uint64_t commands;
    const char *help;
} spec;

#define AT(field) offsetof(cli, field)
#define OWN SECTION_OWN
#define SERVER SECTION_SERVER
#define OPENS SECTION_OPENS
#define NEW SECTION_NEW
#define GENERAL SECTION_GENERAL

static const spec specs[] = {
    {"key", 'k', LIST, AT(keys), "KEY", OWN, C_KEY_USERS | C_ETCD_DECRYPT,
     "a key: STORE#NAME, or a URI; repeat it for more"},
    {"recipient", 'r', LIST, AT(keys), "KEY", OWN, C_KEY_USERS, "the same as --key"},
    {"to", 0, LIST, AT(to), "KEY", OWN, C_REWRAP,
     "a recipient of the new message (default: the --key)"},
    {"context", 'c', LIST, AT(context), "NAME=VALUE", OWN,
     (C_KEY_USERS & ~C_INSPECT) | C_ETCD_DECRYPT,
     "a pair of the encryption context; repeat it"},
    {"require", 0, LIST, AT(require), "NAME", OWN, C_ENCRYPT,
     "this pair is bound but not stored: reading needs it again"},
    {"output", 'o', TEXT, AT(output), "FILE", OWN, C_HAS_OUTPUT,
     "write to FILE, not to standard output"},
    {"force", 'f', FLAG, AT(force), NULL, OWN, C_HAS_OUTPUT,
     "replace an existing output file"},
    {"range", 0, TEXT, AT(range), "OFFSET[:LENGTH]", OWN, C_CAT,
     "which bytes of the plaintext, as 1M:64K"},
    {"frames-only", 0, FLAG, AT(frames_only), NULL, OWN, C_CAT,
     "read a signed message without its signature"},
    {"unsigned-only", 0, FLAG, AT(unsigned_only), NULL, OWN, C_DECRYPT,
     "refuse signed messages before a key is used"},
    {"suite", 0, TEXT, AT(suite), "0478|0578", OWN, C_WRITES_MESSAGES,
     "0478 (default); 0578 also signs the message"},
    {"frame-length", 0, TEXT, AT(frame_length), "BYTES", OWN, C_WRITES_MESSAGES,
     "plaintext of a frame (default: 4K to 256K by size)"},
    {"policy", 0, TEXT, AT(policy), "POLICY", OWN, C_READS_MESSAGES,
     "require (default), or allow-decrypt: also read messages that do not commit to "
     "their key"},
    {"max-edks", 0, TEXT, AT(max_edks), "N", OWN, C_MESSAGES | C_INSPECT,
     "most encrypted data keys of a message (default 16)"},
    {"max-frame", 0, TEXT, AT(max_frame), "BYTES", OWN, C_MESSAGES,
     "largest frame (default 16M)"},
    {"threads", 0, TEXT, AT(threads), "N", OWN, C_ENCRYPT | C_DECRYPT | C_REWRAP,
     "threads for the frames of a file (default 1)"},
    {"verify", 0, FLAG, AT(verify), NULL, OWN, C_REWRAP,
     "read back all of the new message, not only its ends"},
    {"all", 0, FLAG, AT(all), NULL, OWN, C_REWRAP,
     "rewrap also what is not known to be stale"},
    {"max-age", 0, TEXT, AT(max_age), "DAYS", OWN, C_INSPECT | C_REWRAP,
     "a wrapping older than this is due"},
    {"ask", 0, FLAG, AT(ask), NULL, OWN, C_INSPECT,
     "with --key: ask key services which version is current, by one unwrap"},
    {"dry-run", 'n', FLAG, AT(dry_run), NULL, OWN, C_REWRAP | C_CHANGES | C_REENCRYPT,
     "only say what would be done"},
    {"yes", 'y', FLAG, AT(yes), NULL, OWN, C_CHANGES, "do it without a question"},
    {"alias", 0, TEXT, AT(alias), "NAME", OWN, C_KEY_CREATE,
     "another name for the new key (AWS KMS, IBM Key Protect)"},
    {"allow", 0, LIST, AT(allow), "ARN", OWN, C_KEY_CREATE | C_KEY_POLICY,
     "a user or role that may use the key; repeat it"},
    {"arg", 'a', LIST, AT(action_args), "NAME=VALUE", OWN, C_SERVICES,
     "an argument of the action, as `envcrypt key run SERVICE` shows"},
    {"shard", 0, TEXT, AT(shard), "I/N", OWN, C_REWRAP | C_INSPECT,
     "only the I-th of N parts of the files"},
    {"files-from", 0, TEXT, AT(files_from), "FILE", OWN, C_REWRAP | C_INSPECT,
     "names of files, one a line; - is standard input"},
    {"null", '0', FLAG, AT(null_names), NULL, OWN, C_REWRAP | C_INSPECT,
     "names in --files-from end with NUL (find -print0)"},
    {"record", 0, TEXT, AT(record), "FILE", OWN, C_SEAL | C_OPEN,
     "the record of the data key"},
    {"new-record", 0, TEXT, AT(new_record), "FILE", OWN, C_SEAL,
     "make a data key and its record"},
    {"record-context", 0, LIST, AT(record_context), "NAME=VALUE", OWN, C_SEAL | C_OPEN,
     "a pair of the record's own context"},
    {"base64", 0, FLAG, AT(base64), NULL, OWN, C_SEAL | C_OPEN,
     "the sealed value is base64 text"},

    {"name", 0, TEXT, AT(name), "NAME", OWN, C_CREATE,
     "name of the store, by which messages name it (default: a random one)"},
    {"name", 0, TEXT, AT(name), "NAME", OWN, C_KEY_CREATE,
     "name of the new key (IBM Key Protect)"},
    {"first-key", 0, TEXT, AT(first_key), "NAME", OWN, C_CREATE,
     "name of the first key (default: main)"},
    {"kind", 0, TEXT, AT(kind), "wrap|branch", OWN, C_CREATE | C_ADD,
     "kind of the key (default: wrap)"},
    {"namespace", 0, TEXT, AT(name_space), "TEXT", OWN, C_IMPORT,
     "the namespace that messages have for it"},
    {"key-name", 0, TEXT, AT(key_name), "TEXT", OWN, C_IMPORT,
     "the name that messages have for it"},
    {"material", 0, TEXT, AT(material), "FILE", OWN, C_IMPORT,
     "the raw key: 16, 24 or 32 bytes, mode 0600"},
    {"writes", 0, FLAG, AT(writes), NULL, OWN, C_IMPORT, "the imported key also wraps"},
    {"confirm", 0, TEXT, AT(confirm), "TEXT", OWN, C_DESTROY | C_RECOVER,
     "what the terminal would be asked for"},
    {"replace", 0, TEXT, AT(replace), "ID", OWN, C_PROTECT,
     "the protector whose place the new one takes"},
    {"drop", 0, LIST, AT(drop), "ID", OWN, C_PROTECT | C_UNPROTECT,
     "drop a protector that cannot be presented"},
    {"keep-store-key", 0, FLAG, AT(keep_store_key), NULL, OWN, C_UNPROTECT,
     "only remove the entry: an old copy still opens"},

    {"resource", 0, TEXT, AT(resource), "RESOURCE", OWN, C_SECRETS,
     "what is stored anew: secrets (default), configmaps, or PLURAL.GROUP of a custom "
     "resource"},
    {"namespace", 'N', LIST, AT(namespaces), "NAME", OWN, C_SECRETS,
     "only of this namespace; repeat it for more"},
    {"selector", 'l', TEXT, AT(selector), "LABELS", OWN, C_SECRETS,
     "only what a label selector takes, as app=web,tier!=test"},
    {"names", 0, TEXT, AT(names), "FILE", OWN, C_SECRETS,
     "only what FILE lists: a line NAMESPACE/NAME for each"},
    {"mode", 0, TEXT, AT(mode), "auto|rewrite|annotate|migrate", OWN, C_REENCRYPT,
     "how; auto (default) finds out by a test, and says why"},
    {"mode", 0, TEXT, AT(mode), "rewrite|annotate", OWN, C_VERIFY,
     "how objects were stored anew, where no journal tells: by empty patches "
     "(default), "
     "which are sent once more, or by annotations, whose times are read"},
    {"annotation", 0, TEXT, AT(annotation), "KEY", OWN, C_SECRETS,
     "the annotation of mode annotate: kms-encryption-timestamp (default, of the guide "
     "of EKS), eksctl.io/kms-encryption-timestamp (of eksctl), or your own"},
    {"since", 0, TEXT, AT(since), "TIME", OWN, C_SECRETS,
     "when the change of key was over on all API servers: 2026-01-31T12:00:00Z"},
    {"restarted", 0, TEXT, AT(restarted), "TIME", OWN, C_SECRETS,
     "when all API servers had been restarted after that change, where its key id "
     "stayed"},
    {"in-flight", 0, TEXT, AT(in_flight), "N", OWN, C_SECRETS,
     "patches in flight at most (default 8); fewer when the server throttles"},
    {"rate", 0, TEXT, AT(rate), "N", OWN, C_SECRETS,
     "patches in a second at most (default: what the server takes)"},
    {"page", 0, TEXT, AT(page), "N", OWN, C_SECRETS,
     "objects listed at once, 1 to 500 (default)"},
    {"require-proof", 0, FLAG, AT(require_proof), NULL, OWN, C_REENCRYPT,
     "the exit code is 9 unless the run itself proves its outcome"},
    {"one-pass", 0, FLAG, AT(one_pass), NULL, OWN, C_REENCRYPT,
     "no second look at every object; then nothing is proven"},
    {"journal", 0, TEXT, AT(journal), "FILE", OWN, C_SECRETS,
     "where an interrupted run goes on from (default: a file in "
     "~/.local/state/envcrypt for this cluster, resource and selection)"},
    {"no-journal", 0, FLAG, AT(no_journal), NULL, OWN, C_SECRETS,
     "keep nothing: an interrupted run begins anew"},
    {"lease", 0, TEXT, AT(lease), "NAMESPACE", OWN, C_SECRETS,
     "where the Lease is that keeps a second run away (default: kube-system); none for "
     "no Lease"},
    {"etcd", 0, TEXT, AT(etcd), "URL|FILE", OWN, C_VERIFY | C_CLUSTER_VERIFY,
     "read the stored values of a live etcd, a dump or a snapshot"},
    {"etcd", 0, TEXT, AT(etcd), "URL", OWN, C_ETCD, "a live etcd: https://HOST:2379"},
    {"etcd-ca-file", 0, TEXT, AT(etcd_ca), "FILE", OWN, C_VERIFY | C_CLUSTER_VERIFY,
     "authorities of etcd's certificate, in PEM"},
    {"etcd-client-cert", 0, TEXT, AT(etcd_cert), "FILE", OWN,
     C_VERIFY | C_CLUSTER_VERIFY, "client certificate for etcd, in PEM"},
    {"etcd-client-key", 0, TEXT, AT(etcd_key), "FILE", OWN, C_VERIFY | C_CLUSTER_VERIFY,
     "its key, mode 0600"},
    {"etcd-tls-name", 0, TEXT, AT(etcd_tls_name), "NAME", OWN,
     C_VERIFY | C_CLUSTER_VERIFY,
     "the name that etcd's certificate is for, if it is not the host's"},
    {"ca-file", 0, TEXT, AT(etcd_ca), "FILE", OWN, C_ETCD,
     "authorities of etcd's certificate, in PEM"},
    {"client-cert", 0, TEXT, AT(etcd_cert), "FILE", OWN, C_ETCD,
     "client certificate for etcd, in PEM"},
    {"client-key", 0, TEXT, AT(etcd_key), "FILE", OWN, C_ETCD, "its key, mode 0600"},
    {"tls-name", 0, TEXT, AT(etcd_tls_name), "NAME", OWN, C_ETCD,
     "the name that etcd's certificate is for, if it is not the host's"},
    {"prefix", 0, TEXT, AT(prefix), "PREFIX", OWN, C_ETCD_INSPECT | C_ETCD_CENSUS,
     "only keys that begin so (default: /registry/secrets/)"},
    {"raw", 0, FLAG, AT(raw_value), NULL, OWN, C_ETCD_INSPECT | C_ETCD_DECRYPT,
     "FILE is one stored value, as `etcdctl get --print-value-only` gives it"},
    {"config", 0, TEXT, AT(encryption_config), "FILE", OWN, C_ETCD_DECRYPT,
     "the EncryptionConfiguration that has the keys; mode 0600"},
    {"plugin", 0, TEXT, AT(plugin), "NAME", OWN, C_ETCD_DECRYPT,
     "the KMS plugin whose place --key takes (default: any)"},
    {"form", 0, TEXT, AT(form), "aws|alibaba|edk|raw", OWN, C_ETCD_DECRYPT,
     "what the plugin stored (default: by the --key): aws-encryption-provider, "
     "ack-kms-plugin, the plugin of envcrypt, or what the key service gave"},
    {"kube-version", 0, TEXT, AT(kube_version), "1.N", OWN, C_CONFIG_CHECK,
     "the release of the API servers, as 1.31, for the rules that depend on it"},
    {"name", 0, TEXT, AT(name), "NAME", OWN, C_CONFIG_GENERATE,
     "name of the KMS plugin; it is stored with every object and never changes"},
    {"socket", 0, TEXT, AT(socket), "unix:///PATH", OWN, C_CONFIG_GENERATE,
     "where the plugin listens"},
    {"resource", 0, LIST, AT(resources), "RESOURCE", OWN, C_CONFIG_GENERATE,
     "what is encrypted; repeat it (default: secrets)"},
    {"call-timeout", 0, TEXT, AT(plugin_timeout), "TIME", OWN, C_CONFIG_GENERATE,
     "how long the API server waits for the plugin (default 3s)"},
    {"order", 0, TEXT, AT(order), "rollout|steady|disable", OWN, C_CONFIG_GENERATE,
     "rollout: the plugin only reads, the first step on several servers; steady "
     "(default): it writes; disable: what is written is in the clear again"},
    {"previous-name", 0, TEXT, AT(previous_name), "NAME", OWN, C_CONFIG_GENERATE,
     "a plugin that is left, and reads on"},
    {"previous-socket", 0, TEXT, AT(previous_socket), "unix:///PATH", OWN,
     C_CONFIG_GENERATE, "where that one listens"},

    {"key", 'k', TEXT, AT(cluster.key), "KEY", OWN, C_CLUSTER_KEYED,
     "the key, by URI: aws-kms:///ARN, ibm-kp:///CRN, alibaba-kms:///ARN"},
    {"key-arn", 0, TEXT, AT(cluster.key_arn), "ARN", OWN, C_CLUSTER_KEYED,
     "the same, as eksctl has it (EKS)"},
    {"key-id", 0, TEXT, AT(cluster.key_id), "ID", OWN, C_CLUSTER_KEYED,
     "the same, by the id that Alibaba Cloud KMS gave it (ACK)"},
    {"instance-id", 0, TEXT, AT(cluster.instance_id), "ID", OWN,
     C_CLUSTER_KEYED | C_CLUSTER_KEYS, "the Key Protect instance of --crk (IBM)"},
    {"crk", 0, TEXT, AT(cluster.crk), "ID", OWN, C_CLUSTER_KEYED,
     "the root key in that instance (IBM)"},
    {"kms-account-id", 0, TEXT, AT(cluster.kms_account), "ID", OWN,
     C_CLUSTER_KEYED | C_CLUSTER_KEYS,
     "the account of the instance, when it is another one (IBM)"},
    {"public-endpoint", 0, FLAG, AT(cluster.public_endpoint), NULL, OWN,
     C_OUTLOOKS | C_CLUSTER_ENABLE | C_CLUSTER_ROTATE,
     "the cluster asks the key service through its public endpoint, not the private "
     "one "
     "(IBM)"},
    {"resource-group", 0, TEXT, AT(cluster.resource_group), "GROUP", OWN, C_CLUSTERS,
     "the resource group of the cluster, where its name is not unique (IBM)"},
    {"cluster", 0, TEXT, AT(cluster.name), "NAME", OWN, C_ONE_CLUSTER,
     "the cluster's name, in the place of CLUSTER; other flags tell the provider"},
    {"cluster-name", 'c', TEXT, AT(cluster.ibm_name), "NAME", OWN, C_ONE_CLUSTER,
     "the same, as ibmcloud has it: name or id (IBM)"},
    {"config-file", 'f', TEXT, AT(cluster.file), "FILE", OWN, C_ONE_CLUSTER,
     "a ClusterConfig of eksctl that names cluster, Region and key; excludes "
     "--cluster, "
     "--region and --key-arn (EKS)"},
    {"region", 0, TEXT, AT(aws_region), "REGION", OWN, C_CLUSTERS | C_KEY_GUARD,
     "Region of the cluster, or several with commas between for all clusters (EKS, "
     "ACK; "
     "default: that of environment and profile, else of the key)"},
    {"profile", 0, TEXT, AT(aws_profile), "NAME", OWN, C_CLUSTERS | C_KEY_GUARD,
     "profile of the credentials (AWS, Alibaba Cloud)"},
    {"endpoint-url", 0, TEXT, AT(cluster.endpoint), "URL", OWN,
     C_CLUSTERS | C_KEY_GUARD, "where the clusters' API is, instead of its own place"},
    {"option", 0, LIST, AT(cluster.options), "NAME=VALUE", OWN,
     C_CLUSTERS | C_KEY_GUARD,
     "further options of the way there: kms-endpoint, iam-url, fips, vpc, proxy, "
     "attempt-timeout-ms ..."},
    {"set", 0, LIST, AT(cluster.sets), "NAME=VALUE", OWN, C_OUTLOOKS | C_CLUSTER_PROOFS,
     "further options of what is done: role-arn, subnets, secrets-in-flight ..."},
    {"for", 0, TEXT, AT(cluster.verb), "enable|create|rotate|disable", OWN, C_OUTLOOKS,
     "what would be done (default: enable)"},
    {"policy", 0, FLAG, AT(cluster.policy), NULL, OWN, C_CLUSTER_PERMISSIONS,
     "print the least policy instead, as the provider takes it; asks nobody"},
    {"uses", 0, TEXT, AT(cluster.uses), "KEY", OWN, C_CLUSTER_LIST,
     "only clusters that use this key, by its full ARN or CRN"},
    {"encrypt-existing-secrets", 0, TEXT, AT(cluster.existing), "true|false", OWN,
     C_OUTLOOKS | C_CLUSTER_ENABLE | C_CLUSTER_ROTATE | C_CLUSTER_DISABLE |
         C_CLUSTER_VERIFY,
     "false leaves existing Secrets as they are stored, for `cluster reencrypt` later"},
    {"override", 0, TEXT, AT(cluster.override), "WORDS", OWN,
     C_OUTLOOKS | C_CLUSTER_CHANGES,
     "go on against the advice that a check named with this word; commas between"},
    {"yes", 'y', FLAG, AT(yes), NULL, OWN,
     C_CLUSTER_CHANGES | C_CLUSTER_VERIFY | C_KEY_DISABLE | C_KEY_DELETE,
     "do it without a question"},
    {"approve", 0, FLAG, AT(yes), NULL, OWN, C_CLUSTER_CHANGES,
     "the same, as eksctl has it"},
    {"destructive", 0, FLAG, AT(cluster.destructive), NULL, OWN, C_CLUSTER_VERIFY,
     "prove it by disabling the key until the cluster fails; then it is enabled again "
     "(IBM)"},
    {"no-wait", 0, FLAG, AT(cluster.no_wait), NULL, OWN, C_CLUSTER_CHANGES,
     "end when the provider has begun; `cluster wait` goes on"},
    {"update-id", 0, TEXT, AT(cluster.update_id), "ID", OWN, C_CLUSTER_WAIT,
     "the change to wait for, as enable --no-wait or another tool printed it"},
    {"mode", 0, TEXT, AT(mode), "auto|rewrite|annotate|migrate", OWN,
     C_CLUSTER_PLAN | C_CLUSTER_ENABLE | C_CLUSTER_ROTATE | C_CLUSTER_DISABLE |
         C_CLUSTER_REENCRYPT,
     "how existing Secrets are stored anew, as in `secrets reencrypt`"},
    {"annotation", 0, TEXT, AT(annotation), "KEY", OWN,
     C_CLUSTER_PLAN | C_CLUSTER_ENABLE | C_CLUSTER_ROTATE | C_CLUSTER_DISABLE |
         C_CLUSTER_REENCRYPT,
     "the annotation of mode annotate"},
    {"require-proof", 0, FLAG, AT(require_proof), NULL, OWN,
     C_CLUSTER_CHANGES | C_CLUSTER_REENCRYPT,
     "the exit code is 9 unless it is proven that Secrets are under the key"},
    {"state-dir", 0, TEXT, AT(cluster.state), "FOLDER", OWN, C_ONE_CLUSTER,
     "where an interrupted change goes on from (default: ~/.local/state/envcrypt); "
     "none keeps nothing"},
    {"confirm", 0, TEXT, AT(confirm), "NAMES", OWN, C_KEY_DISABLE | C_KEY_DELETE,
     "names of all clusters that use the key, with commas between; REGION/NAME, or the "
     "id, of clusters of one name; the terminal is asked for them otherwise"},
    {"pending-days", 0, TEXT, AT(cluster.days), "DAYS", OWN, C_KEY_DELETE,
     "how long the deletion can be taken back: 7 to 30 (default 30)"},

    {"kubeconfig", 0, TEXT, AT(kubeconfig), "FILE", SERVER, C_SECRETS,
     "default: $KUBECONFIG, else ~/.kube/config"},
    {"kubeconfig", 0, TEXT, AT(kubeconfig), "FILE", SERVER, C_CLUSTER_API,
     "in the place of the access that the cloud gives; with --context alone it is "
     "$KUBECONFIG, else ~/.kube/config"},
    {"context", 0, TEXT, AT(kube_context), "NAME", SERVER, C_SECRETS | C_CLUSTER_API,
     "one of the kubeconfig's (default: its current one)"},
    {"in-cluster", 0, FLAG, AT(in_cluster), NULL, SERVER, C_SECRETS,
     "the service account of the pod that this runs in"},
    {"allow-exec", 0, FLAG, AT(allow_exec), NULL, SERVER, C_SECRETS | C_CLUSTER_API,
     "the program that the kubeconfig names for credentials may be run"},
    {"eks-cluster", 0, TEXT, AT(eks_cluster), "NAME", SERVER, C_SECRETS,
     "Amazon EKS: make tokens from AWS credentials, without such a program"},
    {"region", 0, TEXT, AT(aws_region), "REGION", SERVER, C_SECRETS,
     "of that cluster (default: that of environment and profile)"},
    {"profile", 0, TEXT, AT(aws_profile), "NAME", SERVER, C_SECRETS,
     "profile of AWS credentials"},
    {"server", 0, TEXT, AT(server), "URL", SERVER, C_SECRETS,
     "the API server, without a kubeconfig"},
    {"ca-file", 0, TEXT, AT(server_ca), "FILE", SERVER, C_SECRETS,
     "authorities of the server's certificate, in PEM"},
    {"token-file", 0, TEXT, AT(token_file), "FILE", SERVER, C_SECRETS,
     "a bearer token; read again each minute"},
    {"client-cert", 0, TEXT, AT(server_cert), "FILE", SERVER, C_SECRETS,
     "client certificate, in PEM"},
    {"client-key", 0, TEXT, AT(server_key), "FILE", SERVER, C_SECRETS,
     "its key, mode 0600"},
    {"kube", 0, LIST, AT(kube), "NAME=VALUE", SERVER, C_SECRETS,
     "further options: cluster, user, tls-name, proxy, as, as-groups, "
     "attempt-timeout-ms"},

    {"passphrase", 'p', COUNT, AT(opens.passphrase), NULL, OPENS, C_OPENERS,
     "ask for a passphrase (the default)"},
    {"passphrase-file", 0, LIST, AT(opens.passphrase_files), "FILE", OPENS, C_OPENERS,
     "passphrase: first line of a file of mode 0600"},
    {"passphrase-fd", 0, LIST, AT(opens.passphrase_fds), "N", OPENS, C_OPENERS,
     "passphrase: first line from an open descriptor"},
    {"key-file", 0, LIST, AT(opens.key_files), "FILE", OPENS, C_OPENERS,
     "a key file: 32 bytes, mode 0600"},
    {"raw-key-fd", 0, LIST, AT(opens.raw_key_fds), "N", OPENS, C_OPENERS,
     "a raw key: 32 bytes from an open descriptor"},
    {"with", 'w', LIST, AT(opens.services), "KEY", OPENS, C_OPENERS & ~C_NEW,
     "a key of a key service, by URI: aws-kms:///ARN"},
    {"open-with", 0, LIST, AT(opens.services), "KEY", OPENS, C_NEW,
     "a key of a key service that opens the store now"},
    {"rsa-private", 0, LIST, AT(opens.rsa_private), "FILE", OPENS,
     C_OPENERS & ~C_CREATE, "an RSA recovery key: PKCS #8 in PEM, mode 0600"},
    {"rsa-passphrase-file", 0, TEXT, AT(rsa_passphrase_file), "FILE", OPENS,
     C_OPENERS & ~C_CREATE, "passphrase of an encrypted recovery key"},
    {"rsa-public", 0, LIST, AT(opens.rsa_public), "FILE", OPENS, C_CREATE,
     "public half of an RSA recovery key, in PEM"},
    {"fingerprint", 0, TEXT, AT(fingerprint), "HEX", OPENS, C_STORES & ~C_CREATE,
     "refuse a store with another fingerprint"},

    {"with", 'w', LIST, AT(fresh.services), "KEY", NEW, C_NEW,
     "a key of a key service, by URI: aws-kms:///ARN"},
    {"new-passphrase", 0, COUNT, AT(fresh.passphrase), NULL, NEW, C_NEW,
     "ask for a new passphrase"},
    {"new-passphrase-file", 0, LIST, AT(fresh.passphrase_files), "FILE", NEW, C_NEW,
     "new passphrase: first line of a file of mode 0600"},
    {"new-passphrase-fd", 0, LIST, AT(fresh.passphrase_fds), "N", NEW, C_NEW,
     "new passphrase: first line from a descriptor"},
    {"new-key-file", 0, LIST, AT(fresh.key_files), "FILE", NEW, C_NEW,
     "an existing file of 32 bytes as new key file"},
    {"new-raw-key-fd", 0, LIST, AT(fresh.raw_key_fds), "N", NEW, C_NEW,
     "a new raw key from an open descriptor"},
    {"new-rsa-public", 0, LIST, AT(fresh.rsa_public), "FILE", NEW, C_NEW,
     "public half of a new RSA recovery key, in PEM"},
    {"make-key-file", 0, TEXT, AT(make_key_file), "FILE", NEW, C_NEW | C_CREATE,
     "make FILE with 32 random bytes, as key file"},
    {"argon2", 0, TEXT, AT(argon2), "PASSES:MIB", NEW, C_NEW | C_CREATE,
     "cost of a new passphrase (default 3:256)"},

    {"net", 0, LIST, AT(net), "NAME=VALUE", GENERAL, C_WORK,
     "network: ca-file, client-cert, client-key, proxy, connect-timeout-ms, "
     "attempt-timeout-ms, max-attempts, max-connections, memory"},
    {"timeout", 0, TEXT, AT(timeout), "TIME", GENERAL, C_WORK,
     "give up after so long: seconds, or a time as 1h20m"},
    {"json", 0, FLAG, AT(json), NULL, GENERAL, C_WORK, "print JSON for programs"},
    {"quiet", 'q', FLAG, AT(quiet), NULL, GENERAL, C_WORK, "no progress, no remarks"},
    {"help", 'h', FLAG, AT(help), NULL, GENERAL, C_ALL, "show this text"},
};

#define SPECS (sizeof specs / sizeof *specs)
#define LONG_BASE 1000 /* above every letter */

static int
apply(cli *c, const spec *s, const char *value)
{
    void *field = (char *)c + s->field;
    strings *list = field;

    switch (s->kind) {
    case FLAG:
        *(bool *)field = true;
        return 0;
    case COUNT:
        ++*(size_t *)field;
        return 0;
    case TEXT:
        if (*(const char **)field)
            return refuse(ENVCRYPT_E_ARGUMENT, "--%s is given twice", s->name);
        *(const char **)field = value;
        return 0;
    case LIST:
        if (list->count == STRINGS_MAX)
            return refuse(ENVCRYPT_E_ARGUMENT, "--%s is given more than %d times",
                          s->name, STRINGS_MAX);
        list->items[list->count++] = value;
        return 0;
    }
    return EXIT_USAGE;
}

static bool
takes_value(const spec *s)
{
    return s->argument != NULL;
}

/* What getopt_long wants, for the options of one command. */
static void
build(const command *of, struct option *longs, char *letters)
{
    *letters++ = ':';
    for (size_t i = 0; i < SPECS; i++) {
        if (!(specs[i].commands & of->bit))
            continue;
        *longs++ = (struct option){
            specs[i].name, takes_value(&specs[i]) ? required_argument : no_argument,
            NULL, LONG_BASE + (int)i};
        if (specs[i].letter) {
            *letters++ = (char)specs[i].letter;
            if (takes_value(&specs[i]))
                *letters++ = ':';
        }
    }
    *longs = (struct option){NULL, 0, NULL, 0};
    *letters = '\0';
}

static const spec *
spec_of(const command *of, int code)
{
    if (code >= LONG_BASE)
        return &specs[code - LONG_BASE];
    for (size_t i = 0; i < SPECS; i++) {
        if (specs[i].letter == code && specs[i].commands & of->bit)
            return &specs[i];
    }
    return NULL;
}

static const char *
full_name(const command *of, char out[64])
{
    (void)snprintf(out, 64, "envcrypt %s%s%s", of->group ? of->group : "",
                   of->group ? " " : "", of->name);
    return out;
}

/* What a person may have meant by a long option that there is not. */
static int
unknown_option(const command *of, const char *given)
{
    const char *names[SPECS];
    const char *const name = given + 2;
    char called[64];
    char *cut = strndup(name, strcspn(name, "="));
    const char *near;
    size_t count = 0;
    size_t begun = 0; /* how many begin with it */
    int rc;

    for (size_t i = 0; cut && i < SPECS; i++) {
        if (!(specs[i].commands & of->bit))
            continue;
        names[count++] = specs[i].name;
        begun += strncmp(specs[i].name, cut, strlen(cut)) == 0;
    }
    near = cut ? text_nearest(cut, names, count) : NULL;
    /* Without what stands behind the =, which may be meant for no other eyes. */
    if (begun > 1)
        rc = refuse(ENVCRYPT_E_ARGUMENT,
                    "--%s could be several options; see `%s --help`", cut,
                    full_name(of, called));
    else if (near)
        rc = refuse(ENVCRYPT_E_ARGUMENT, "there is no option --%s; did you mean --%s?",
                    cut, near);
    else
        rc = refuse(ENVCRYPT_E_ARGUMENT, "`%s` has no option --%s; see `%s --help`",
                    full_name(of, called), cut ? cut : "", called);
    free(cut);
    return rc;
}

static int
bad_option(const command *of, int code, const char *given)
{
    char called[64];
    const spec *s = optopt ? spec_of(of, optopt) : NULL;

    if (code == ':' && s)
        return refuse(ENVCRYPT_E_ARGUMENT, "--%s needs a value: %s", s->name,
                      s->argument);
    if (optopt >= LONG_BASE && s)
        return refuse(ENVCRYPT_E_ARGUMENT, "--%s takes no value%s", s->name,
                      s->kind == COUNT
                          ? ": others can see arguments; it asks on the terminal"
                          : "");
    if (optopt)
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "`%s` has no option -%c; see `%s --help`; file names that begin "
                      "with - go behind --",
                      full_name(of, called), optopt, called);
    return unknown_option(of, given);
}

static int
check_command(const cli *c)
{
    const command *of = c->command;
    char called[64];

    if (c->json && of->bit & C_HAS_OUTPUT && output_is_standard(c->output))
        return refuse(ENVCRYPT_E_ARGUMENT,
                      "--json needs -o FILE: standard output is for the data");
    if (c->arg_count >= (size_t)of->min_args &&
        (of->max_args < 0 || c->arg_count <= (size_t)of->max_args))
        return 0;
    return refuse(ENVCRYPT_E_ARGUMENT, "usage: %s%s%s [options]; see `%s --help`",
                  full_name(of, called), *of->arguments ? " " : "", of->arguments,
                  called);
}

int
options_parse(cli *c, int argc, char **argv)
{
    static struct option longs[SPECS + 1]; /* too large for the stack */
    char letters[2 * SPECS + 2];
    const spec *s;
    int code;
    int rc = 0;

    build(c->command, longs, letters);
    opterr = 0;
    while (!rc) {
        /* NOLINTNEXTLINE(concurrency-mt-unsafe): no thread runs yet */
        code = getopt_long(argc, argv, letters, longs, NULL);
        if (code == -1)
            break;
        s = code == ':' || code == '?' ? NULL : spec_of(c->command, code);
        rc = s ? apply(c, s, optarg) : bad_option(c->command, code, argv[optind - 1]);
    }
    if (rc)
        return rc;
    c->args = argv + optind;
    c->arg_count = (size_t)(argc - optind);
    return c->help ? 0 : check_command(c);
}

bool
options_get(const command *of, size_t index, option_facts *out)
{
    for (size_t i = 0; i < SPECS; i++) {
        if (!(specs[i].commands & of->bit) || index-- > 0)
            continue;
        *out = (option_facts){.name = specs[i].name,
                              .letter = specs[i].letter,
                              .argument = specs[i].argument,
                              .help = specs[i].help,
                              .section = specs[i].section};
        return true;
    }
    return false;
}

int
options_split(const char *option, const char *given, char **name, const char **value)
{
    const char *equals = strchr(given, '=');

    if (!equals || equals == given)
        return refuse(ENVCRYPT_E_ARGUMENT, "%s takes NAME=VALUE, not %s", option,
                      given);
    *name = strndup(given, (size_t)(equals - given));
    *value = equals + 1;
    return *name ? 0 : refuse(ENVCRYPT_E_NOMEM, "out of memory");
}

/* " --name 'value'" behind the line, which is freed; value NULL: none. NULL: memory is out. */
static char *
add_option(char *line, const spec *s, const char *value)
{
    char *quoted = value ? text_quote(value) : NULL;
    char *longer = !line || (value && !quoted)
                       ? NULL
                       : text_format("%s --%s%s%s", line, s->name, value ? " " : "",
                                     value ? quoted : "");

    free(quoted);
    free(line);
    return longer;
}

/* Which cluster is meant, in one of the ways beside its URI. */
static bool
names_a_cluster(const spec *s)
{
    return s->field == AT(cluster.name) || s->field == AT(cluster.ibm_name) ||
           s->field == AT(cluster.file) || s->field == AT(aws_region);
}

static char *
repeat(const cli *c, uint64_t of, bool names)
{
    char *line = text_format("%s", "");

    for (size_t i = 0; i < SPECS; i++) {
        const spec *s = &specs[i];
        const void *field = (const char *)c + s->field;
        const strings *list = field;

        if (!(s->commands & of) || !(s->commands & c->command->bit) ||
            (s->section == GENERAL && s->field != AT(net)) ||
            (!names && names_a_cluster(s)))
            continue;
        if (s->kind == FLAG && *(const bool *)field)
            line = add_option(line, s, NULL);
        else if (s->kind == TEXT && *(const char *const *)field)
            line = add_option(line, s, *(const char *const *)field);
        for (size_t n = 0; s->kind == LIST && n < list->count; n++)
            line = add_option(line, s, list->items[n]);
    }
    return line;
}

char *
options_repeat(const cli *c, uint64_t of)
{
    return repeat(c, of, true);
}

char *
options_repeat_way(const cli *c)
{
    return repeat(c, C_CLUSTER_REPORT, false);
}
