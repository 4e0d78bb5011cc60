/* SPDX-License-Identifier: Apache-2.0 */
/* The table of commands, with the texts that --help shows. */
#include "commands.h"
#include "cli.h"

const command commands[] = {
    {"keystore", "create", C_CREATE, run_keystore_create, "STORE", 1, 1,
     "make a key store and its first key",
     "Makes the file STORE with one key. What opens the store is given here: a\n"
     "passphrase (asked for when nothing else is given), a key file, an RSA recovery\n"
     "key; any one of several opens it. Note the fingerprint that is printed: it "
     "tells\n"
     "this store from another one that somebody puts in its place.\n",
     "  envcrypt keystore create keys.json --name my-app\n"
     "  envcrypt keystore create keys.json --make-key-file my-app.key \\\n"
     "      --rsa-public escrow.pem\n"},
    {"keystore", "list", C_LIST, run_keystore_list, "STORE", 1, 1,
     "show keys, versions and protectors",
     "Without a protector nothing of the list is verified, and it says so.\n",
     "  envcrypt keystore list keys.json\n"
     "  envcrypt keystore list keys.json --passphrase --json\n"},
    {"keystore", "add", C_ADD, run_keystore_add, "STORE NAME", 2, 2, "add a key",
     "Adds the key NAME. A key of kind branch wraps as the hierarchical keyring of "
     "the\n"
     "AWS Encryption SDK does.\n",
     "  envcrypt keystore add keys.json backups\n"
     "  envcrypt keystore add keys.json tenants --kind branch\n"},
    {"keystore", "rotate", C_ROTATE, run_keystore_rotate, "STORE NAME", 2, 2,
     "make a new version of a key",
     "The new version wraps from now on. Older ones go on opening what they wrapped,\n"
     "until they are disabled or destroyed; `envcrypt rewrap` moves messages.\n",
     "  envcrypt keystore rotate keys.json main\n"},
    {"keystore", "disable", C_DISABLE, run_keystore_disable, "STORE NAME/VERSION", 2, 2,
     "stop the use of a version, for a time",
     "The safe step before `keystore destroy`: what still needs the version fails, "
     "and\n"
     "`keystore enable` brings it back.\n",
     "  envcrypt keystore disable keys.json main/1\n"},
    {"keystore", "enable", C_ENABLE, run_keystore_enable, "STORE NAME/VERSION", 2, 2,
     "allow a disabled version again",
     "The newest enabled version is the one that wraps.\n",
     "  envcrypt keystore enable keys.json main/1\n"},
    {"keystore", "destroy", C_DESTROY, run_keystore_destroy, "STORE NAME/VERSION", 2, 2,
     "remove a version for good",
     "What only this version opens is lost. NAME/VERSION is typed back on the "
     "terminal,\n"
     "or given by --confirm. Copies of the store file still hold the version: after a\n"
     "compromise, rotate the key and rewrap the messages.\n",
     "  envcrypt keystore destroy keys.json main/1\n"
     "  envcrypt keystore destroy keys.json main/1 --confirm main/1\n"},
    {"keystore", "import", C_IMPORT, run_keystore_import, "STORE NAME", 2, 2,
     "import a raw AES key of another program",
     "The key keeps the namespace and name that messages have for it. It opens; with\n"
     "--writes it also wraps. It has one version and is not rotated.\n",
     "  envcrypt keystore import keys.json legacy --namespace my-app \\\n"
     "      --key-name key-1 --material legacy.key\n"},
    {"keystore", "protect", C_PROTECT, run_keystore_protect, "STORE", 1, 1,
     "add a protector, or exchange one",
     "Present a protector that opens the store, and give the new one by a --new "
     "option,\n"
     "or by --with: a key of a key service. Two clouds can protect one store; either\n"
     "opens it while the other is down.\n"
     "With --replace ID it takes the place of that one (see `keystore list`), and the\n"
     "store gets a new key: then every protector that stays must be presented too, or\n"
     "be dropped by --drop ID.\n",
     "  envcrypt keystore protect keys.json --new-rsa-public escrow.pem\n"
     "  envcrypt keystore protect keys.json --with aws-kms:///arn:aws:kms:...\n"
     "  envcrypt keystore protect keys.json --replace 0123456789abcdef "
     "--new-passphrase\n"},
    {"keystore", "unprotect", C_UNPROTECT, run_keystore_unprotect, "STORE ID", 2, 2,
     "remove a protector",
     "ID is what `keystore list` shows. The store gets a new key, so that the removed\n"
     "protector opens no copy that is made from now on; the fingerprint changes. "
     "Every\n"
     "protector that stays must be presented, or be dropped too by --drop ID.\n"
     "--keep-store-key only removes the entry.\n",
     "  envcrypt keystore unprotect keys.json 0123456789abcdef\n"},
    {"keystore", "recover", C_RECOVER, run_keystore_recover, "STORE", 1, 1,
     "open a store by its RSA recovery key",
     "The store gets the new protector and a new key; its other protectors but RSA "
     "ones\n"
     "go. Anybody who has the public half of the recovery key can make a store that "
     "it\n"
     "opens, so the fingerprint of the store is given, or its name typed back.\n",
     "  envcrypt keystore recover keys.json --rsa-private escrow-private.pem \\\n"
     "      --fingerprint HEX --new-passphrase\n"},
    {"keystore", "check", C_CHECK, run_keystore_check, "STORE", 1, 1,
     "prove that protectors open the store and versions unwrap",
     "Present every protector that you want proven, a recovery key before it is "
     "needed,\n"
     "say. The exit code is 3 when one that was presented opens nothing.\n",
     "  envcrypt keystore check keys.json -p --rsa-private escrow-private.pem\n"},
    {"keystore", "rewrap", C_STORE_REWRAP, run_keystore_rewrap, "STORE [ID...]", 1, -1,
     "wrap the store key anew, after a key service rotated its key",
     "Present the key by --with. Every protector that is wrapped under it is wrapped\n"
     "anew, or only those of ID (see `keystore list`): one small file changes, and no\n"
     "message. The fingerprint stays; an old copy of the store still opens. To "
     "exchange\n"
     "the key: `keystore protect --with NEW`, then `keystore unprotect`.\n",
     "  envcrypt keystore rewrap keys.json --with aws-kms:///arn:aws:kms:...\n"},
    {"key", "list", C_KEY_LIST, run_key_list, "SERVICE", 1, 1,
     "list the keys of a key service",
     "SERVICE is aws-kms://REGION, ibm-kp://REGION/INSTANCE or alibaba-kms://REGION.\n"
     "Filters of a service are given by --arg; `envcrypt key run SERVICE` shows "
     "them.\n",
     "  envcrypt key list aws-kms://eu-central-1\n"
     "  envcrypt key list ibm-kp://us-south/INSTANCE --arg state=active --json\n"},
    {"key", "describe", C_KEY_DESCRIBE, run_key_describe, "KEY", 1, 1,
     "show state and versions of a key", NULL,
     "  envcrypt key describe aws-kms://eu-central-1/alias/my-app\n"
     "  envcrypt key describe keys.json#main\n"},
    {"key", "create", C_KEY_CREATE, run_key_create, "SERVICE", 1, 1,
     "make a key at a key service",
     "Says first what it would do; then it is confirmed on the terminal or by --yes.\n"
     "--allow ARN puts a user or role into the key's policy that may encrypt and\n"
     "decrypt with it, and no more (AWS KMS). Keys cost money.\n",
     "  envcrypt key create aws-kms://eu-central-1 --alias alias/my-app \\\n"
     "      --allow arn:aws:iam::111122223333:role/my-app --dry-run\n"
     "  envcrypt key create ibm-kp://us-south/INSTANCE --name my-app --yes\n"},
    {"key", "policy", C_KEY_POLICY, run_key_policy, "SERVICE", 1, 1,
     "print the key policy that lets others use a key",
     "Nothing is asked of the service: the policy is for your own tools. `key create\n"
     "--allow` applies it to a new key (AWS KMS).\n",
     "  envcrypt key policy aws-kms://eu-central-1 --arg account=111122223333 \\\n"
     "      --allow arn:aws:iam::111122223333:role/my-app\n"},
    {"key", "rotate", C_KEY_ROTATE, run_key_rotate, "KEY", 1, 1,
     "make a new version of a key of a key service",
     "The new version wraps from then on, older ones go on opening. Says first what "
     "it\n"
     "would do; then it is confirmed on the terminal or by --yes.\n",
     "  envcrypt key rotate ibm-kp:///crn:v1:... --yes\n"},
    {"key", "check", C_KEY_CHECK, run_key_check, "KEY", 1, 1,
     "prove that a key can be used as it is configured",
     "Looks where credentials come from, opens the key, describes it, wraps and "
     "unwraps\n"
     "a random data key, sees that another encryption context is refused, and tells "
     "how\n"
     "long each took and which permission is missing. Nothing is changed.\n",
     "  envcrypt key check aws-kms:///arn:aws:kms:...\n"
     "  envcrypt key check aws-kms://eu-central-1/alias/my-app --json\n"},
    {"key", "run", C_KEY_RUN, run_key_run, "SERVICE [ACTION [NAME=VALUE...]]", 1, -1,
     "run any other action of a key service, or list them",
     "What changes something is said first, and confirmed on the terminal or by "
     "--yes.\n"
     "Disabling and deleting keys is refused: a cluster that still uses the key would\n"
     "lose its Secrets. `key disable` and `key schedule-deletion` look for such "
     "clusters.\n",
     "  envcrypt key run aws-kms://eu-central-1\n"
     "  envcrypt key run aws-kms://eu-central-1 list-aliases\n"},
    {"key", "disable", C_KEY_DISABLE, run_key_disable, "KEY", 1, 1,
     "disable a key, after a look at the clusters that need it",
     "A cluster whose key is disabled fails, on EKS for good after some time. The "
     "clusters\n"
     "that use the key are looked up now, in its Region (--region for more); what "
     "cannot be\n"
     "looked up counts as one that does. Their names are typed back, or given by "
     "--confirm;\n"
     "clusters of one name are confirmed as REGION/NAME each.\n"
     "KEY is the URI of a key of a cloud; --region names where its clusters can be.\n",
     "  envcrypt key disable aws-kms:///arn:aws:kms:...\n"
     "  envcrypt key disable alibaba-kms:///acs:kms:... --confirm prod,test\n"},
    {"key", "enable", C_KEY_ENABLE, run_key_enable, "KEY", 1, 1,
     "allow a disabled key again",
     "Clusters that failed without it recover by themselves, if it was not for too "
     "long.\n",
     "  envcrypt key enable aws-kms:///arn:aws:kms:...\n"},
    {"key", "schedule-deletion", C_KEY_DELETE, run_key_schedule_deletion, "KEY", 1, 1,
     "have a key deleted, after a look at the clusters that need it",
     "A cluster whose key is deleted is lost. Guarded as `key disable`; `key\n"
     "cancel-deletion` takes it back until the day comes. Keys of IBM and Alibaba "
     "Cloud are\n"
     "not deleted by this command.\n",
     "  envcrypt key schedule-deletion aws-kms:///arn:aws:kms:... --pending-days 30\n"},
    {"key", "cancel-deletion", C_KEY_KEEP, run_key_cancel_deletion, "KEY", 1, 1,
     "keep a key that was to be deleted",
     "The key is disabled then, and allowed again by `key enable`.\n",
     "  envcrypt key cancel-deletion aws-kms:///arn:aws:kms:...\n"},
    {"secrets", "reencrypt", C_REENCRYPT, run_secrets_reencrypt, "", 0, 0,
     "store all Secrets of a cluster anew, under the current key",
     "After encryption was turned on, or the key was changed, Secrets that exist stay "
     "as\n"
     "they are stored until somebody writes them. This writes them: each gets a patch\n"
     "that changes nothing, or an annotation. Nothing of their data comes here.\n"
     "First the server is reached, the rights to list and patch are asked for, and\n"
     "objects are counted. Mode auto then tests some of the oldest objects: if an "
     "empty\n"
     "patch is stored anew, the server knows what is stale (rewrite); if none is, "
     "each\n"
     "object gets an annotation with the time (annotate), as the guide of EKS asks "
     "for.\n"
     "Ctrl-C stops it at any time; the same command goes on where it stopped. A "
     "Secret\n"
     "that fails is listed at the end and stops nothing; the exit code is then 6.\n",
     "  envcrypt secrets reencrypt --dry-run\n"
     "  envcrypt secrets reencrypt --since 2026-01-31T12:00:00Z\n"
     "  envcrypt secrets reencrypt --eks-cluster prod --server https://... --ca-file "
     "ca.pem\n"
     "  envcrypt secrets reencrypt --resource configmaps -N team-a -N team-b\n"
     "  envcrypt secrets reencrypt --mode annotate \\\n"
     "      --annotation eksctl.io/kms-encryption-timestamp\n"},
    {"secrets", "verify", C_VERIFY, run_secrets_verify, "", 0, 0,
     "say what is proven of a re-encryption",
     "proven (exit code 0): every object is stored under the current key. With --etcd\n"
     "each stored value is read. Without it, every object gets an empty patch once\n"
     "more; that proves only if the server stores none anew, has shown that it sees "
     "this\n"
     "change (the journal of the run tells), and each object was written after "
     "--since.\n"
     "not proven (9): nothing speaks against it, and it cannot be shown. After mode\n"
     "annotate it is at most that without etcd, for such a server rewrites nothing by\n"
     "itself, stale or not. contradicted (10): an object is not stored so; it is "
     "named.\n"
     "Where the KMS plugin keeps its key id when the key is rotated, restart all API\n"
     "servers, re-encrypt, and give --restarted with --etcd: a server makes a new "
     "data\n"
     "key when it starts. What --etcd read is kept in the journal, for later "
     "changes.\n",
     "  envcrypt secrets verify --since 2026-01-31T12:00:00Z\n"
     "  envcrypt secrets verify --etcd https://127.0.0.1:2379 --etcd-ca-file ca.crt "
     "\\\n"
     "      --etcd-client-cert client.crt --etcd-client-key client.key\n"
     "  envcrypt secrets verify --etcd snapshot.db --json\n"
     "  envcrypt secrets verify --since 2026-01-31T12:00:00Z \\\n"
     "      --restarted 2026-01-31T12:30:00Z --etcd snapshot.db\n"},
    {"etcd", "inspect", C_ETCD_INSPECT, run_etcd_inspect, "[FILE]", 0, 1,
     "show what protects each stored value, without a key",
     "A line for each: provider, name of the key or KMS plugin, key id, digest of the\n"
     "wrapped data key, revision. FILE is a dump (`etcdctl get --prefix / -w json`) or "
     "a\n"
     "snapshot (`etcdctl snapshot save`), - is standard input. `identity` is stored "
     "in\n"
     "the clear. The exit code is 6 when values are damaged.\n",
     "  envcrypt etcd inspect --etcd https://127.0.0.1:2379 --ca-file ca.crt \\\n"
     "      --client-cert client.crt --client-key client.key\n"
     "  envcrypt etcd inspect snapshot.db --json | jq -r 'select(.provider == "
     "\"identity\").key'\n"
     "  etcdctl get /registry/secrets/default/a --print-value-only | \\\n"
     "      envcrypt etcd inspect --raw\n"},
    {"etcd", "census", C_ETCD_CENSUS, run_etcd_census, "[FILE]", 0, 1,
     "count stored values by what protects them",
     "How many objects are under which provider, key and data key, which is the "
     "oldest,\n"
     "and what would be lost if a key went. Needs no key; memory does not grow with "
     "the\n"
     "number of objects.\n",
     "  envcrypt etcd census snapshot.db\n"
     "  etcdctl get --prefix /registry -w json | envcrypt etcd census - --prefix "
     "/registry/\n"},
    {"etcd", "decrypt", C_ETCD_DECRYPT, run_etcd_decrypt, "ETCD-KEY [FILE]", 1, 2,
     "open a stored value without an API server",
     "For disaster recovery: the bytes that kube-apiserver encrypted, as they were\n"
     "(protobuf, or JSON of custom resources). Keys come from an "
     "EncryptionConfiguration\n"
     "(--config), or are keys of a key service in the place of the KMS plugin "
     "(--key).\n"
     "ETCD-KEY is the whole key, to which the value is bound.\n",
     "  envcrypt etcd decrypt /registry/secrets/default/a snapshot.db -o a.bin \\\n"
     "      --config encryption.yaml\n"
     "  envcrypt etcd decrypt /registry/secrets/default/a --etcd https://10.0.0.1:2379 "
     "\\\n"
     "      -k aws-kms:///arn:aws:kms:... -o a.bin\n"},
    {"k8s", "config explain", C_CONFIG_EXPLAIN, run_config_explain, "FILE", 1, 1,
     "say what an EncryptionConfiguration does",
     "FILE is what kube-apiserver gets by --encryption-provider-config. A row for "
     "each\n"
     "provider of each resource: which one writes, which ones read. Keys are not "
     "shown.\n",
     "  envcrypt k8s config explain /etc/kubernetes/encryption.yaml\n"},
    {"k8s", "config check", C_CONFIG_CHECK, run_config_check, "FILE", 1, 1,
     "check an EncryptionConfiguration before it is rolled out",
     "By the rules of kube-apiserver, which does not start with a file that it does "
     "not\n"
     "take, and for what it takes but nobody should use. The exit code is 4 when "
     "there\n"
     "are errors.\n",
     "  envcrypt k8s config check encryption.yaml --kube-version 1.31\n"},
    {"k8s", "config generate", C_CONFIG_GENERATE, run_config_generate, "", 0, 0,
     "make an EncryptionConfiguration for a KMS v2 plugin",
     "With the fields that are often forgotten, and comments. On several API servers,\n"
     "give --order rollout first: every one must read before any writes. What exists "
     "is\n"
     "encrypted by `envcrypt secrets reencrypt` afterwards.\n",
     "  envcrypt k8s config generate --name my-kms --socket unix:///run/my-kms.sock\n"
     "  envcrypt k8s config generate --name my-kms --socket unix:///run/my-kms.sock "
     "\\\n"
     "      --resource secrets --resource configmaps --order rollout -o "
     "encryption.yaml\n"},
    {"cluster", "list", C_CLUSTER_LIST, run_cluster_list, "[PLACE]", 0, 1,
     "list clusters, and how their Secrets are encrypted",
     "PLACE is eks://REGION, eks://REGION,REGION, iks:// or ack://REGION. With --uses "
     "only\n"
     "the clusters that need a key. The exit code is 6 when something could not be "
     "looked at.\n",
     "  envcrypt cluster list eks://eu-central-1,eu-west-1\n"
     "  envcrypt cluster list eks://eu-central-1 --uses "
     "arn:aws:kms:eu-central-1:...\n"},
    {"cluster", "status", C_CLUSTER_STATUS, run_cluster_status, "[CLUSTER]", 0, 1,
     "say how the Secrets of a cluster are encrypted, and what to do",
     "The exit code tells how it stands: 0 as wanted, 12 to 18 otherwise (see below). "
     "With\n"
     "--key as wanted is only that key, else any key of yours. A name is looked for "
     "in\n"
     "several Regions too. The exit code is 6 when one of them, or the state of the\n"
     "key, could not be looked at.\n",
     "  envcrypt cluster status eks://eu-central-1/prod\n"
     "  envcrypt cluster status eks://eu-central-1,us-east-1/prod\n"
     "  envcrypt cluster status iks://prod --json\n"},
    {"cluster", "keys", C_CLUSTER_KEYS, run_cluster_keys, "[CLUSTER]", 0, 1,
     "list the keys that a cluster could use, and why not the others",
     "CLUSTER may be a place too: eks://REGION, iks:// or ack://REGION.\n",
     "  envcrypt cluster keys eks://eu-central-1\n"
     "  envcrypt cluster keys --instance-id 11111111-2222-3333-4444-555555555555\n"},
    {"cluster", "permissions", C_CLUSTER_PERMISSIONS, run_cluster_permissions,
     "[CLUSTER]", 0, 1, "say which rights a change takes, and whether you have them",
     "yes, no or unknown for each; what the key policy leaves to IAM is never called\n"
     "lacking. The exit code is 3 when one is lacking that is not optional. With\n"
     "--policy the least policy is printed, as the provider takes it.\n",
     "  envcrypt cluster permissions eks://eu-central-1/prod --key aws-kms:///arn:...\n"
     "  envcrypt cluster permissions eks://eu-central-1 --policy > policy.json\n"},
    {"cluster", "preflight", C_CLUSTER_PREFLIGHT, run_cluster_preflight, "[CLUSTER]", 0,
     1, "check everything that can be known before a change",
     "The state of the cluster, the key, your rights, and the API server: a line for "
     "each.\n"
     "Changes nothing. The exit code is 5 when a check refuses; rules are explained "
     "in\n"
     "doc/clusters.md.\n",
     "  envcrypt cluster preflight eks://eu-central-1/prod --key aws-kms:///arn:...\n"},
    {"cluster", "plan", C_CLUSTER_PLAN, run_cluster_plan, "[CLUSTER]", 0, 1,
     "say what would be done, to the last request",
     "The checks of `cluster preflight`, every request that would be sent, what cannot "
     "be\n"
     "undone, and how many Secrets would be stored anew. Changes nothing.\n",
     "  envcrypt cluster plan eks://eu-central-1/prod --key aws-kms:///arn:...\n"
     "  envcrypt cluster plan -f cluster.yaml\n"
     "  envcrypt cluster plan ack://cn-beijing/c0123 --for disable\n"},
    {"cluster", "create", C_CLUSTER_CREATE, run_cluster_create, "[CLUSTER]", 0, 1,
     "make a cluster that is encrypted from its first Secret",
     "On EKS and ACK, and without nodes. What the provider needs is given by --set, or "
     "by a\n"
     "ClusterConfig of eksctl; its node groups and add-ons are left to eksctl. IBM "
     "encrypts\n"
     "after creation only: `cluster enable`.\n",
     "  envcrypt cluster create eks://eu-central-1/prod --key aws-kms:///arn:... \\\n"
     "      --set role-arn=arn:aws:iam::111122223333:role/eks \\\n"
     "      --set subnets=subnet-0a,subnet-0b\n"
     "  envcrypt cluster create -f cluster.yaml\n"},
    {"cluster", "enable", C_CLUSTER_ENABLE, run_cluster_enable, "[CLUSTER]", 0, 1,
     "encrypt Secrets under your key: change, wait, store anew, prove",
     "Reads the cluster, checks everything that can be known, shows the plan, and asks "
     "for\n"
     "the cluster's name; without a terminal it wants --yes, else the exit code is 11. "
     "Then\n"
     "it changes the cluster, waits, has existing Secrets stored anew, and says what "
     "is\n"
     "proven. On EKS and IBM this cannot be undone. What stands as wanted is left "
     "alone.\n"
     "Ctrl-C stops the waiting, not the change: the same command goes on where it was, "
     "also\n"
     "with a change that eksctl or Terraform began.\n",
     "  envcrypt cluster enable eks://eu-central-1/prod --key aws-kms:///arn:...\n"
     "  envcrypt cluster enable --cluster prod --region eu-central-1 --key-arn ARN "
     "--approve\n"
     "  envcrypt cluster enable -f cluster.yaml --encrypt-existing-secrets=false\n"
     "  envcrypt cluster enable -c prod --instance-id INSTANCE --crk ROOT-KEY\n"
     "  envcrypt cluster enable ack://cn-beijing/c0123 --key-id key-0123 --yes "
     "--json\n"},
    {"cluster", "wait", C_CLUSTER_WAIT, run_cluster_wait, "[CLUSTER]", 0, 1,
     "wait for a change that is under way",
     "For the one that was begun from here, or the one of --update-id; else until the\n"
     "cluster is changed no more, whoever began that.\n",
     "  envcrypt cluster wait eks://eu-central-1/prod\n"
     "  envcrypt cluster wait eks://eu-central-1/prod --update-id ID --timeout "
     "1h20m\n"},
    {"cluster", "reencrypt", C_CLUSTER_REENCRYPT, run_cluster_reencrypt, "[CLUSTER]", 0,
     1, "store the existing Secrets of a cluster anew",
     "As `secrets reencrypt`, by the access that the cloud gives, and with the time of "
     "the\n"
     "change. IBM does it by itself, so there it is refused.\n",
     "  envcrypt cluster reencrypt eks://eu-central-1/prod\n"},
    {"cluster", "verify", C_CLUSTER_VERIFY, run_cluster_verify, "[CLUSTER]", 0, 1,
     "say what is proven of the encryption of a cluster",
     "proven (exit code 0), not proven (9) or contradicted (10): by the cluster, the "
     "key and\n"
     "its users, the audit trail where there is one, and the Secrets as `secrets "
     "verify`\n"
     "looks at them, which has stale ones stored anew; --etcd reads stored values.\n"
     "--set secrets-since=TIME says when the change of key was over, where that is "
     "not\n"
     "known from here. --destructive (IBM) disables the key until the cluster fails "
     "or\n"
     "its Secrets cannot be listed, at most four hours, and enables it again, "
     "whatever\n"
     "happens. Should this process be killed, the next `cluster` command, whatever "
     "it\n"
     "is about, does so first.\n",
     "  envcrypt cluster verify eks://eu-central-1/prod --key aws-kms:///arn:...\n"
     "  envcrypt cluster verify ack://cn-beijing/c0123 --json\n"},
    {"cluster", "rotate", C_CLUSTER_ROTATE, run_cluster_rotate, "[CLUSTER]", 0, 1,
     "rotate the key of a cluster in place, or move it to another key",
     "Without a key: new material for the same key (EKS, IBM). With --key: another key "
     "(IBM,\n"
     "ACK); EKS keeps one key for the life of a cluster. Asks and goes on as `cluster\n"
     "enable`.\n",
     "  envcrypt cluster rotate eks://eu-central-1/prod\n"
     "  envcrypt cluster rotate ack://cn-beijing/c0123 --key "
     "alibaba-kms:///acs:kms:...\n"},
    {"cluster", "disable", C_CLUSTER_DISABLE, run_cluster_disable, "[CLUSTER]", 0, 1,
     "encrypt Secrets under no key of yours any more",
     "On ACK only; existing Secrets are stored anew, without a key service.\n",
     "  envcrypt cluster disable ack://cn-beijing/c0123\n"},
    {"cluster", "report", C_CLUSTER_REPORT, run_cluster_report, "[CLUSTER]", 0, 1,
     "show what the last change of a cluster did",
     "Ids, request ids, times, phases, counts of Secrets and evidence of the last\n"
     "change from this machine, as its end told them. With --json one object, to be\n"
     "kept.\n",
     "  envcrypt cluster report eks://eu-central-1/prod\n"
     "  envcrypt cluster report eks://eu-central-1/prod --json > report.json\n"},
    {NULL, "encrypt", C_ENCRYPT, run_encrypt, "[FILE]", 0, 1,
     "encrypt a file or standard input",
     "The first --key wraps the data key, each further one is another recipient: any "
     "of\n"
     "them opens the message, which has the format of the AWS Encryption SDK. Pairs "
     "of\n"
     "--context are bound to it and readable by anybody; one that --require names is\n"
     "bound but not stored, and must be given again.\n",
     "  envcrypt encrypt report.pdf -o report.pdf.enc -k keys.json#main\n"
     "  tar c /srv | envcrypt encrypt -k keys.json#main -c host=a > srv.tar.enc\n"},
    {NULL, "decrypt", C_DECRYPT, run_decrypt, "[FILE]", 0, 1,
     "decrypt a file or standard input",
     "Each pair of --context must be one of the message. An output file\n"
     "appears when all of the message was checked. To a pipe goes each part as it was\n"
     "checked, and the exit code says whether the end was reached.\n",
     "  envcrypt decrypt report.pdf.enc -o report.pdf -k keys.json#main\n"
     "  envcrypt decrypt -k keys.json < srv.tar.enc | tar x\n"},
    {NULL, "inspect", C_INSPECT, run_inspect, "FILE...", 0, -1,
     "show what messages and records say, without a key",
     "With --key it also says whether a rewrap is due; the exit code is 7 when one "
     "is.\n"
     "Nothing that is shown is verified.\n",
     "  envcrypt inspect report.pdf.enc\n"
     "  envcrypt inspect --json *.enc | jq .header.suite\n"},
    {NULL, "rewrap", C_REWRAP, run_rewrap, "FILE...", 0, -1,
     "move messages to the newest key versions, or to other keys",
     "Each message is checked whole, and a new one under the newest version takes its\n"
     "place; a file is never without a good one. What is current is kept. --to names\n"
     "other recipients. Records of `envcrypt seal` are rewrapped too. Machines share\n"
     "a list of files by --shard 1/3, 2/3 and 3/3.\n",
     "  envcrypt rewrap *.enc -k keys.json#main\n"
     "  envcrypt rewrap old.enc -k old.json --to new.json#main\n"
     "  find /srv -name '*.enc' | envcrypt rewrap --files-from - -k keys.json#main \\\n"
     "      --shard 1/4\n"},
    {NULL, "cat", C_CAT, run_cat, "FILE", 1, 1,
     "write a part of the plaintext of a message",
     "Only the frames of the range are read and checked, and the end of the message.\n",
     "  envcrypt cat big.enc --range 1G:4096 -k keys.json#main\n"},
    {NULL, "seal", C_SEAL, run_seal, "[FILE]", 0, 1, "seal a small value",
     "For fields and tokens up to 1 MiB. The data key is kept in a record, which many\n"
     "values share; --new-record makes one. Pairs of --context are bound to the value\n"
     "and must be given again to open it.\n",
     "  envcrypt seal --new-record users.rec -k keys.json#main < value > sealed\n"
     "  envcrypt seal --record users.rec -k keys.json#main -c user=42 --base64 < "
     "value\n"},
    {NULL, "open", C_OPEN, run_open, "[FILE]", 0, 1, "open a sealed value", NULL,
     "  envcrypt open --record users.rec -k keys.json#main -c user=42 --base64 < "
     "sealed\n"},
    {NULL, "completion", C_COMPLETION, run_completion, "bash|zsh|fish", 1, 1,
     "print the completion script of a shell", NULL,
     "  envcrypt completion bash > /etc/bash_completion.d/envcrypt\n"
     "  envcrypt completion zsh > /usr/local/share/zsh/site-functions/_envcrypt\n"
     "  envcrypt completion fish > ~/.config/fish/completions/envcrypt.fish\n"},
    {NULL, NULL, 0, NULL, NULL, 0, 0, NULL, NULL, NULL},
};

const command_group command_groups[] = {
    {"keystore", "make and keep key stores", "STORE",
     "A key store is a file of named keys with versions. Its protectors open it: a\n"
     "passphrase, a key file, a raw key, a key of a key service, an RSA recovery key;\n"
     "any one of them does. Messages are encrypted under its keys: -k STORE#NAME.\n",
     "  envcrypt keystore create keys.json --name my-app\n"},
    {"key", "find, make and check keys of key services", "SERVICE|KEY",
     "Keys of AWS KMS, IBM Key Protect and Alibaba Cloud KMS encrypt as those of a "
     "key\n"
     "store do, -k aws-kms:///ARN, or protect a key store. Credentials are found "
     "where\n"
     "the cloud's own tools find them.\n",
     "  envcrypt key check aws-kms://eu-central-1/alias/my-app\n"},
    {"secrets", "store Kubernetes Secrets anew under the current key, and prove it", "",
     "Changing the key of a cluster, or turning encryption on, changes no Secret that\n"
     "exists. These commands have the API server store each of them anew, of any "
     "number,\n"
     "without their data leaving it, and say what is proven.\n",
     "  envcrypt secrets reencrypt\n"},
    {"etcd", "see what etcd holds of a cluster, and what protects it", "[FILE]",
     "Values as kube-apiserver stored them, of a live etcd, a dump or a snapshot. "
     "What\n"
     "protects one is told without any key.\n",
     "  envcrypt etcd census snapshot.db\n"},
    {"k8s", "read and make the file that encrypts a cluster", "[FILE]",
     "The EncryptionConfiguration tells kube-apiserver how to store what.\n",
     "  envcrypt k8s config check encryption.yaml\n"},
    {"cluster", "encrypt the Secrets of EKS, IBM Cloud and ACK under your key",
     "[CLUSTER]",
     "From \"not encrypted with my key\" to \"encrypted, existing Secrets stored "
     "anew,\n"
     "proven\", with the same commands for three providers. CLUSTER is\n"
     "eks://REGION/NAME, iks://NAME-OR-ID or ack://REGION/ID.\n",
     "  envcrypt cluster plan eks://eu-central-1/prod --key aws-kms:///arn:...\n"},
    {NULL, NULL, NULL, NULL, NULL},
};
