/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages from file to file. The output is a temporary of mode 0600 in the folder of
 * the target until all of it was written, and on decryption until all of the message,
 * its signature included, was checked: only then the target's name is given to it. Each
 * frame is written after its tag held, so no file ever holds unauthenticated plaintext.
 */
#ifndef EVC_ENVELOPE_MESSAGE_FILE_H
#define EVC_ENVELOPE_MESSAGE_FILE_H

#include "envelope/config.h"
#include "envelope/info.h"
#include "envelope/keyring.h"

/*
 * replace: an existing target is replaced, else FILE_EXISTS. Errors of evc_writer_open,
 * evc_writer_process, evc_infile_open and evc_replace_open; ARGUMENT when both are one
 * file; FILE_CHANGED, CANCELED, TIMEOUT.
 */
int evc_message_file_encrypt(evc_keyring *keyring, const evc_config *config,
                             const char *from, const char *to, bool replace,
                             evc_wait *wait, evc_error **err) EVC_MUST_CHECK;
/* info may be NULL. Errors of evc_reader_process, and of files as above. */
int evc_message_file_decrypt(evc_keyring *keyring, const evc_config *config,
                             const char *from, const char *to, bool replace,
                             evc_wait *wait, evc_info **info,
                             evc_error **err) EVC_MUST_CHECK;

/*
 * The frame length for a plaintext of so many bytes where the caller chose none: 4 KiB
 * up to 1 MiB, then twice as much for each doubling of the size, up to 256 KiB; never
 * more than the limit of config.
 */
uint32_t evc_message_file_frame_length(const evc_config *config, uint64_t size);

#endif
