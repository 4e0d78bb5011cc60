/* SPDX-License-Identifier: Apache-2.0 */
/* One bit for each command, by which the table of options names the commands it is for. */
#ifndef ENVCRYPT_CLI_COMMANDS_H
#define ENVCRYPT_CLI_COMMANDS_H

enum {
    C_CREATE = 1 << 0,
    C_LIST = 1 << 1,
    C_ADD = 1 << 2,
    C_ROTATE = 1 << 3,
    C_DISABLE = 1 << 4,
    C_ENABLE = 1 << 5,
    C_DESTROY = 1 << 6,
    C_IMPORT = 1 << 7,
    C_PROTECT = 1 << 8,
    C_UNPROTECT = 1 << 9,
    C_RECOVER = 1 << 10,
    C_CHECK = 1 << 11,
    C_ENCRYPT = 1 << 12,
    C_DECRYPT = 1 << 13,
    C_INSPECT = 1 << 14,
    C_REWRAP = 1 << 15,
    C_CAT = 1 << 16,
    C_SEAL = 1 << 17,
    C_OPEN = 1 << 18,
    C_COMPLETION = 1 << 19,
    C_STORE_REWRAP = 1 << 20,
    C_KEY_LIST = 1 << 21,
    C_KEY_DESCRIBE = 1 << 22,
    C_KEY_CREATE = 1 << 23,
    C_KEY_POLICY = 1 << 24,
    C_KEY_ROTATE = 1 << 25,
    C_KEY_CHECK = 1 << 26,
    C_KEY_RUN = 1 << 27,

    C_ALL = (1 << 28) - 1,
    C_WORK = C_ALL & ~C_COMPLETION,
    C_KEY_USERS =
        C_ENCRYPT | C_DECRYPT | C_INSPECT | C_REWRAP | C_CAT | C_SEAL | C_OPEN,
    C_SERVICES = C_KEY_LIST | C_KEY_CREATE | C_KEY_POLICY | C_KEY_RUN,
    C_ONE_KEY = C_KEY_DESCRIBE | C_KEY_ROTATE | C_KEY_CHECK,
    C_CHANGES = C_KEY_CREATE | C_KEY_ROTATE | C_KEY_RUN,
    C_OPENERS = C_WORK & ~C_SERVICES, /* where key stores are opened */
    C_STORES = C_WORK & ~C_KEY_USERS & ~C_SERVICES & ~C_ONE_KEY,
    C_NEW = C_PROTECT | C_RECOVER,
    C_WRITES_MESSAGES = C_ENCRYPT | C_REWRAP,
    C_READS_MESSAGES = C_DECRYPT | C_REWRAP | C_CAT,
    C_HAS_OUTPUT = C_ENCRYPT | C_DECRYPT | C_CAT | C_SEAL | C_OPEN
};

#endif
