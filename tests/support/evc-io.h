/* SPDX-License-Identifier: Apache-2.0 */
/*
 * System calls on files that fail, are cut short or come at a bad moment where a test wants it.
 * For programs that the build links with --wrap of the calls below (a list unit_io in a
 * meson.build of tests/unit). The library's calls and the test's own are seen.
 *
 * Calls: read pread64 write fsync fchmod fchown flock renameat renameat2 linkat unlinkat
 */
#ifndef EVC_TESTS_EVC_IO_H
#define EVC_TESTS_EVC_IO_H

#include <stddef.h>

/* Everything as usual from here on, and an empty trace. */
void evc_io_reset(void);

/* Call number n of that name, from 0, fails with errnum. One at a time. */
void evc_io_fail(const char *call, size_t n, int errnum);

/* act() runs before call number n of that name. One at a time. */
void evc_io_before(const char *call, size_t n, void (*act)(void));

/* Each read, pread64 and write moves at most so many bytes. */
void evc_io_short(size_t bytes);

/* The names of the calls since the reset, each followed by a space. */
const char *evc_io_trace(void);

#endif
