/* SPDX-License-Identifier: Apache-2.0 */
#ifndef EVC_TESTS_ESDK_FACTS_H
#define EVC_TESTS_ESDK_FACTS_H

#include <jansson.h>
#include <stddef.h>

/*
 * Whether what inspection without any key says of a message is what its manifest entry says:
 * format, suite, content, frame_length, edk_count, encryption_context and ciphertext_len, each where
 * it is there.
 * Prints what differs.
 */
int esdk_facts_hold(const json_t *test, const void *message, size_t size);

#endif
