/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Stored values that were made for this project with Python's cryptography and that
 * k8s.io/apiserver reads; seed 00..1f, info 20..3f, nonce 40..4b, data key of v1 60..7f.
 */
#ifndef EVC_TESTS_STORED_VECTORS_H
#define EVC_TESTS_STORED_VECTORS_H

#define STORED_ETCD_KEY "/registry/secrets/default/s1"

#define STORED_V2                                                          \
    "6b38733a656e633a6b6d733a76323a6c6962656e7663727970743a0a452021222324" \
    "25262728292a2b2c2d2e2f303132333435363738393a3b3c3d3e3f40414243444546" \
    "4748494a4b6c3858a1c76e1205c12bb95415f27d27443a2497f32e54885312056b65" \
    "6b2d311a0c777261707065642d7365656422120a0d762e6578616d706c652e636f6d" \
    "1201312801"

#define STORED_V1                                                          \
    "6b38733a656e633a6b6d733a76313a6c6962656e7663727970743a000b7772617070" \
    "65642d64656b404142434445464748494a4bd1fb9f73dafdb911fa1565ecb9bf4c95" \
    "9b46000b127a263536"

/* A file with one key of secretbox, which is no secret. */
#define ENCRYPTION_CONFIG                      \
    "apiVersion: apiserver.config.k8s.io/v1\n" \
    "kind: EncryptionConfiguration\n"          \
    "resources:\n"                             \
    "- resources: [secrets]\n"                 \
    "  providers:\n"                           \
    "  - secretbox:\n"                         \
    "      keys:\n"                            \
    "      - name: key\n"                      \
    "        secret: bm90IGEgc2VjcmV0LCBmb3IgYWxsIGtub3cgaXQgc28=\n"

#endif
