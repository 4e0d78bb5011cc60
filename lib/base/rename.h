/* SPDX-License-Identifier: Apache-2.0 */
/* Renaming that never replaces. rename_linux.c and its portable sibling rename_posix.c. */
#ifndef EVC_BASE_RENAME_H
#define EVC_BASE_RENAME_H

/*
 * Within a folder, given by descriptor. 0, or -1 with errno: EEXIST when `to` exists. Atomic,
 * but a process that is killed may leave both names where the file system can do no
 * better.
 */
int evc_rename_exclusive(int folder, const char *from, const char *to);

#endif
