/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A service that answers Encrypt and Decrypt in the manner of AWS KMS, over TLS on the
 * loopback, after a delay: what is sent comes back as its counterpart. A thread for each
 * connection; nothing is checked.
 */
#ifndef EVC_TESTS_CLOUD_SERVER_H
#define EVC_TESTS_CLOUD_SERVER_H

#define CLOUD_KEY "arn:aws:kms:us-east-1:111122223333:key/bench"

typedef struct cloud_server cloud_server;

/* Ends the program when it cannot be started. delay_ms: from the whole request to the
 * reply. */
cloud_server *cloud_server_start(int delay_ms);
void cloud_server_stop(cloud_server *server);
int cloud_server_port(const cloud_server *server);
const char *cloud_server_ca(
    const cloud_server *server); /* PEM file of its certificate */
unsigned long cloud_server_connections(const cloud_server *server); /* so far */

#endif
