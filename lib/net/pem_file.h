/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files in PEM that a caller names for TLS: who the client is, and whom it trusts.
 * Symbolic links are followed, since who renews such files does it by links: kubelet
 * (kubelet-client-current.pem), cert-manager and every volume of a Secret (..data). What
 * counts is what they lead to: a regular file, of at most so many bytes, and of a key
 * with a mode that lets nobody but its owner read it. Any number of threads.
 */
#ifndef EVC_NET_PEM_FILE_H
#define EVC_NET_PEM_FILE_H

#include "base/buf.h"
#include "base/err.h"

#define EVC_PEM_CLIENT_MAX ((size_t)256 * 1024)       /* bytes: certificates, a key */
#define EVC_PEM_AUTHORITIES_MAX ((size_t)1024 * 1024) /* a system's have 220 KiB */

/* Each appends to out, and on failure nothing. The errors of evc_file_read. */
int evc_pem_file_read_key(const char *path, evc_buf *out,
                          evc_error **err) EVC_MUST_CHECK;
int evc_pem_file_read_cert(const char *path, evc_buf *out,
                           evc_error **err) EVC_MUST_CHECK;
int evc_pem_file_read_authorities(const char *path, evc_buf *out,
                                  evc_error **err) EVC_MUST_CHECK;
/*
 * Whether the last one would read it, for libcurl, which reads such a file by itself and
 * keeps what it says for further connections. FILE_NOT_FOUND, FILE_DENIED, FILE_TYPE,
 * FILE_TOO_LARGE, IO.
 */
int evc_pem_file_check_authorities(const char *path, evc_error **err) EVC_MUST_CHECK;

#endif
