/* SPDX-License-Identifier: Apache-2.0 */
/* One bit for each command, by which the table of options names the commands it is for. */
#ifndef ENVCRYPT_CLI_COMMANDS_H
#define ENVCRYPT_CLI_COMMANDS_H

#include <stdint.h>

#define C_BIT(n) (UINT64_C(1) << (n))

#define C_CREATE C_BIT(0)
#define C_LIST C_BIT(1)
#define C_ADD C_BIT(2)
#define C_ROTATE C_BIT(3)
#define C_DISABLE C_BIT(4)
#define C_ENABLE C_BIT(5)
#define C_DESTROY C_BIT(6)
#define C_IMPORT C_BIT(7)
#define C_PROTECT C_BIT(8)
#define C_UNPROTECT C_BIT(9)
#define C_RECOVER C_BIT(10)
#define C_CHECK C_BIT(11)
#define C_ENCRYPT C_BIT(12)
#define C_DECRYPT C_BIT(13)
#define C_INSPECT C_BIT(14)
#define C_REWRAP C_BIT(15)
#define C_CAT C_BIT(16)
#define C_SEAL C_BIT(17)
#define C_OPEN C_BIT(18)
#define C_COMPLETION C_BIT(19)
#define C_STORE_REWRAP C_BIT(20)
#define C_KEY_LIST C_BIT(21)
#define C_KEY_DESCRIBE C_BIT(22)
#define C_KEY_CREATE C_BIT(23)
#define C_KEY_POLICY C_BIT(24)
#define C_KEY_ROTATE C_BIT(25)
#define C_KEY_CHECK C_BIT(26)
#define C_KEY_RUN C_BIT(27)
#define C_REENCRYPT C_BIT(28)
#define C_VERIFY C_BIT(29)
#define C_ETCD_INSPECT C_BIT(30)
#define C_ETCD_CENSUS C_BIT(31)
#define C_ETCD_DECRYPT C_BIT(32)
#define C_CONFIG_EXPLAIN C_BIT(33)
#define C_CONFIG_CHECK C_BIT(34)
#define C_CONFIG_GENERATE C_BIT(35)
#define C_CLUSTER_LIST C_BIT(36)
#define C_CLUSTER_STATUS C_BIT(37)
#define C_CLUSTER_KEYS C_BIT(38)
#define C_CLUSTER_PERMISSIONS C_BIT(39)
#define C_CLUSTER_PREFLIGHT C_BIT(40)
#define C_CLUSTER_PLAN C_BIT(41)
#define C_CLUSTER_CREATE C_BIT(42)
#define C_CLUSTER_ENABLE C_BIT(43)
#define C_CLUSTER_WAIT C_BIT(44)
#define C_CLUSTER_REENCRYPT C_BIT(45)
#define C_CLUSTER_VERIFY C_BIT(46)
#define C_CLUSTER_ROTATE C_BIT(47)
#define C_CLUSTER_DISABLE C_BIT(48)
#define C_CLUSTER_REPORT C_BIT(49)
#define C_KEY_DISABLE C_BIT(50)
#define C_KEY_ENABLE C_BIT(51)
#define C_KEY_DELETE C_BIT(52)
#define C_KEY_KEEP C_BIT(53)

#define C_ALL (C_BIT(54) - 1)
#define C_WORK (C_ALL & ~C_COMPLETION)
#define C_KEY_USERS \
    (C_ENCRYPT | C_DECRYPT | C_INSPECT | C_REWRAP | C_CAT | C_SEAL | C_OPEN)
#define C_SERVICES (C_KEY_LIST | C_KEY_CREATE | C_KEY_POLICY | C_KEY_RUN)
#define C_ONE_KEY (C_KEY_DESCRIBE | C_KEY_ROTATE | C_KEY_CHECK)
#define C_CHANGES (C_KEY_CREATE | C_KEY_ROTATE | C_KEY_RUN)
#define C_SECRETS (C_REENCRYPT | C_VERIFY)
#define C_ETCD (C_ETCD_INSPECT | C_ETCD_CENSUS | C_ETCD_DECRYPT)
#define C_CONFIG (C_CONFIG_EXPLAIN | C_CONFIG_CHECK | C_CONFIG_GENERATE)
#define C_KUBERNETES (C_SECRETS | C_ETCD | C_CONFIG)
/* Of clusters: what only looks ahead, what changes something, and all. */
#define C_OUTLOOKS (C_CLUSTER_PERMISSIONS | C_CLUSTER_PREFLIGHT | C_CLUSTER_PLAN)
#define C_CLUSTER_CHANGES \
    (C_CLUSTER_CREATE | C_CLUSTER_ENABLE | C_CLUSTER_ROTATE | C_CLUSTER_DISABLE)
#define C_CLUSTER_PROOFS (C_CLUSTER_CHANGES | C_CLUSTER_REENCRYPT | C_CLUSTER_VERIFY)
#define C_CLUSTERS                                                     \
    (C_CLUSTER_LIST | C_CLUSTER_STATUS | C_CLUSTER_KEYS | C_OUTLOOKS | \
     C_CLUSTER_WAIT | C_CLUSTER_PROOFS | C_CLUSTER_REPORT)
/* Where one cluster is meant, and where a key of it may be named. */
#define C_ONE_CLUSTER (C_CLUSTERS & ~C_CLUSTER_LIST & ~C_CLUSTER_KEYS)
#define C_CLUSTER_KEYED                                                    \
    (C_CLUSTER_STATUS | C_OUTLOOKS | C_CLUSTER_CREATE | C_CLUSTER_ENABLE | \
     C_CLUSTER_WAIT | C_CLUSTER_REENCRYPT | C_CLUSTER_VERIFY | C_CLUSTER_ROTATE)
/* Where an API server is asked. */
#define C_CLUSTER_API (C_CLUSTER_PREFLIGHT | C_CLUSTER_PLAN | C_CLUSTER_PROOFS)
#define C_KEY_GUARD (C_KEY_DISABLE | C_KEY_ENABLE | C_KEY_DELETE | C_KEY_KEEP)
/* Where key stores are opened. */
#define C_OPENERS                                                            \
    (C_WORK & ~C_SERVICES & (~C_KUBERNETES | C_ETCD_DECRYPT) & ~C_CLUSTERS & \
     ~C_KEY_GUARD)
#define C_STORES                                                                      \
    (C_WORK & ~C_KEY_USERS & ~C_SERVICES & ~C_ONE_KEY & ~C_KUBERNETES & ~C_CLUSTERS & \
     ~C_KEY_GUARD)
#define C_NEW (C_PROTECT | C_RECOVER)
#define C_WRITES_MESSAGES (C_ENCRYPT | C_REWRAP)
#define C_READS_MESSAGES (C_DECRYPT | C_REWRAP | C_CAT)
#define C_MESSAGES (C_ENCRYPT | C_DECRYPT | C_REWRAP | C_CAT) /* either */
#define C_HAS_OUTPUT                                                    \
    (C_ENCRYPT | C_DECRYPT | C_CAT | C_SEAL | C_OPEN | C_ETCD_DECRYPT | \
     C_CONFIG_GENERATE)

#endif
